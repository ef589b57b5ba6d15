"""The tree of patients, studies and series that a query has found."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.query import PatientRecord, SeriesRecord, StudyRecord
from OrthancConnectCore.shared.series import SeriesTarget
from OrthancConnectCore.shared.validation import plain_text

from .patient_tree import (
    NAME,
    OPEN_UP_TO,
    PATIENT,
    SERIES,
    STUDY,
    Line,
    PatientTree,
    described,
    person,
)
from .texts import day_text, plural

DATE, MODALITY, INSTANCES, STATE = range(1, 5)
_SAMPLES = {DATE: "28 Sep 2028", MODALITY: "Mod.", INSTANCES: "0000", STATE: "◐ 120 of 240"}


class QueryTree(PatientTree):
    """Shows a query's patients; knows which series are chosen, and how many of each are here."""

    def __init__(
        self, tree: Any, present_instances: Callable[[str], int], on_selected: Callable[[], None]
    ) -> None:
        super().__init__(tree, _SAMPLES, 9)
        self._present_instances = present_instances
        self._patients: Sequence[PatientRecord] = ()
        self._written: Sequence[PatientRecord] = ()
        # How many instances of each series the server has, and how many are here.
        self._counts: Dict[str, int] = {}
        self._present: Dict[str, int] = {}
        self.wire((tree, "itemSelectionChanged()", on_selected))

    def column_widths(self) -> List[int]:
        """Return the widths of all columns but the first, which takes what is left."""
        return [int(self.ui.columnWidth(column)) for column in _SAMPLES]

    def set_column_widths(self, widths: Any) -> None:
        """Take back what `column_widths` returned."""
        if isinstance(widths, list) and len(widths) == len(_SAMPLES):
            for column, width in zip(_SAMPLES, widths):
                if isinstance(width, int) and 20 <= width <= 300:
                    self.ui.header().resizeSection(column, width)

    # Filling --------------------------------------------------------------------------------

    def clear(self) -> None:
        """Show nothing."""
        super().clear()
        self._patients = self._written = ()
        self._counts, self._present = {}, {}

    def show(self, patients: Sequence[PatientRecord], counts: Mapping[str, int]) -> None:
        """Show all that is known so far; lines that are there already stay."""
        self._counts.update(counts)
        is_writing = self._written is not self._patients
        if patients is not self._patients:
            self._patients = patients
            if not is_writing:
                self.look_again()

    def look_again(self) -> None:
        """See how many instances of each series are in Slicer; what is not shown yet, first."""
        self._begin(self._steps())

    def _steps(self) -> Iterator[None]:
        while self._written is not self._patients:
            patients = self._patients  # while they are written, there may be more
            yield from self._write(patients)
            self._written = patients
        for line in list(self._lines.values()):
            if line.level == STUDY:
                for series in line.children:
                    uid = series.record.series_instance_uid
                    self._present[uid] = self._present_instances(uid)
                    self._write_numbers(series)
                    yield
                self._write_numbers(line)

    def _write(self, patients: Sequence[PatientRecord]) -> Iterator[None]:
        rows = sum(1 + len(study.series) for patient in patients for study in patient.studies)
        opened = rows <= OPEN_UP_TO
        for patient in patients:
            key = f"{patient.patient_id}\n{patient.patient_name}"
            line = self._line(PATIENT, key, patient, None, opened)
            self._write_patient(line, patient)
            yield
            for study in patient.studies:
                below = self._line(STUDY, study.study_instance_uid, study, line, opened)
                self._write_study(below, study)
                yield
                for series in study.series:
                    key = series.series_instance_uid
                    self._write_series(self._line(SERIES, key, series, below, opened), series)
                    yield

    def _write_patient(self, line: Line, patient: PatientRecord) -> None:
        line.record = patient
        year = plain_text(patient.birth_date[:4], 4)
        born = _("born {year}").format(year=year) if year else ""
        parts = [person(patient), plain_text(patient.patient_id, 64), plain_text(patient.sex, 16)]
        parts.append(born)
        if len(patient.studies) > 1:
            parts.append(plural(len(patient.studies), _("{} study"), _("{} studies")))
        line.item.setText(NAME, "  ·  ".join(part for part in parts if part))
        line.item.setToolTip(NAME, line.facts_tip())

    def _write_study(self, line: Line, study: StudyRecord) -> None:
        line.record = study
        line.item.setText(NAME, described(study.study_description))
        line.item.setText(DATE, day_text(study.study_date))
        line.item.setText(MODALITY, plain_text(", ".join(study.modalities), 40))
        for column in (NAME, DATE, MODALITY):
            line.item.setToolTip(column, line.facts_tip())

    def _write_series(self, line: Line, series: SeriesRecord) -> None:
        line.record = series
        number = "" if series.series_number is None else f"{series.series_number}  "
        line.item.setText(NAME, number + described(series.series_description))
        line.item.setText(MODALITY, plain_text(series.modality, 16))
        for column in (NAME, MODALITY):
            line.item.setToolTip(column, line.facts_tip())
        if series.number_of_instances is not None:
            self._counts[series.series_instance_uid] = series.number_of_instances
        self._write_numbers(line)

    # Numbers --------------------------------------------------------------------------------

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """Show how many instances the server has of some series."""
        self._counts.update(counts)
        series = [self._lines.get(f"{SERIES}:{uid}") for uid in counts]
        found = [line for line in series if line is not None]
        parents = {id(line.parent): line.parent for line in found}
        for line in (*found, *parents.values()):
            self._write_numbers(line)

    def _write_numbers(self, line: Line) -> None:
        instances, present = _sum(line, self._counts), _sum(line, self._present)
        line.item.setText(INSTANCES, "" if instances is None else str(instances))
        line.item.setTextAlignment(INSTANCES, qt.Qt.AlignRight | qt.Qt.AlignVCenter)
        line.item.setText(STATE, state_text(instances, present))

    # Choosing -------------------------------------------------------------------------------

    def selected_targets(self) -> List[SeriesTarget]:
        """Return the chosen series; a patient or a study stands for all its series."""
        found: Dict[str, SeriesTarget] = {}
        for item in self.ui.selectedItems():
            for series in self.line_of(item).series():
                uid, study = series.record.series_instance_uid, series.parent
                found[uid] = SeriesTarget(
                    study.parent.record.patient_id, study.record.study_instance_uid, uid
                )
        return list(found.values())

    def selected_title(self) -> str:
        """Return what is chosen in a few words: the first line, and how many more."""
        items = self.ui.selectedItems()
        if not items:
            return ""
        line = patient = self.line_of(items[0])
        while patient.parent is not None:
            patient = patient.parent
        title = person(patient.record)
        if line is not patient:
            title += " · " + str(line.item.text(NAME))
        if len(items) > 1:
            title = _("{title} and {count} more").format(title=title, count=len(items) - 1)
        return title

    def is_series(self, item: Any) -> bool:
        """Whether a line is a series."""
        return self.line_of(item).level == SERIES


def state_text(instances: Optional[int], present: Optional[int]) -> str:
    """Return ● in Slicer, ◐ 120 of 240, or nothing."""
    if not present:
        return ""
    if instances is None:
        return _("◐ {count}").format(count=present)
    if present >= instances:
        return _("● in Slicer")
    return _("◐ {present} of {all}").format(present=present, all=instances)


def _sum(line: Line, numbers: Mapping[str, int]) -> Optional[int]:
    """Return the number of all series of a line; None while one of them is not known."""
    uids = [series.record.series_instance_uid for series in line.series()]
    return sum(numbers[uid] for uid in uids) if all(uid in numbers for uid in uids) else None
