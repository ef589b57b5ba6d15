"""The tree of patients, studies and series that a query has found."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.query import (
    PatientRecord,
    SeriesKey,
    SeriesRecord,
    StudyRecord,
    keyed_series,
)
from OrthancConnectCore.shared.series import SeriesTarget
from OrthancConnectCore.shared.validation import plain_identifier, plain_text

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
from .style import tip
from .texts import day_text, plural

DATE, MODALITY, INSTANCES, STATE = range(1, 5)
_SAMPLES = {DATE: "28 Sep 2028", MODALITY: "Mod.", INSTANCES: "0000", STATE: "◐ 120 of 240"}


class QueryTree(PatientTree):
    """Shows a query's patients; knows which series are chosen, and how many of each are here."""

    def __init__(
        self,
        tree: Any,
        in_database: Callable[[str, str], Tuple[int, str]],
        on_selected: Callable[[], None],
    ) -> None:
        super().__init__(tree, _SAMPLES, 9)
        self._in_database = in_database
        self._patients: Sequence[PatientRecord] = ()
        self._written: Sequence[PatientRecord] = ()
        # How many instances of each series the server has, how many are here, and a sentence where
        # another patient's are.
        self._counts: Dict[SeriesKey, int] = {}
        self._present: Dict[SeriesKey, int] = {}
        self._others: Dict[SeriesKey, str] = {}
        self._series: Dict[SeriesKey, Line] = {}
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
        self._counts, self._present, self._others, self._series = {}, {}, {}, {}

    def show(self, patients: Sequence[PatientRecord], counts: Mapping[SeriesKey, int]) -> None:
        """Show all that is known so far; lines stay that are there already and still hold."""
        if not set(self._series) <= {key for key, _series in keyed_series(patients)}:
            self.clear()
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
                    key = series_key(series)
                    self._present[key], self._others[key] = self._in_database(key[0], key[2])
                    self._write_numbers(series)
                    yield
                self._write_numbers(line)

    def _write(self, patients: Sequence[PatientRecord]) -> Iterator[None]:
        rows = sum(1 + len(study.series) for patient in patients for study in patient.studies)
        opened = rows <= OPEN_UP_TO
        for patient in patients:
            whose = f"{patient.patient_id}\n{patient.patient_name}"
            line = self._line(PATIENT, whose, patient, None, opened)
            self._write_patient(line, patient)
            yield
            for study in patient.studies:
                key = f"{whose}\n{study.study_instance_uid}"
                below = self._line(STUDY, key, study, line, opened)
                self._write_study(below, study)
                yield
                for series in study.series:
                    below_key = f"{key}\n{series.series_instance_uid}"
                    leaf = self._line(SERIES, below_key, series, below, opened)
                    self._series[series_key(leaf)] = leaf
                    self._write_series(leaf, series)
                    yield

    def _write_patient(self, line: Line, patient: PatientRecord) -> None:
        line.record = patient
        year = plain_text(patient.birth_date[:4], 4)
        born = _("born {year}").format(year=year) if year else ""
        identifier = plain_text(plain_identifier(patient.patient_id), 64)
        parts = [person(patient), identifier, plain_text(patient.sex, 16), born]
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
            self._counts[series_key(line)] = series.number_of_instances
        self._write_numbers(line)

    # Numbers --------------------------------------------------------------------------------

    def set_counts(self, counts: Mapping[SeriesKey, int]) -> None:
        """Show how many instances the server has of some series."""
        self._counts.update(counts)
        series = [self._series.get(key) for key in counts]
        found = [line for line in series if line is not None]
        parents = {id(line.parent): line.parent for line in found}
        for line in (*found, *parents.values()):
            self._write_numbers(line)

    def _write_numbers(self, line: Line) -> None:
        instances, present = _sum(line, self._counts), _sum(line, self._present)
        line.item.setText(INSTANCES, "" if instances is None else str(instances))
        line.item.setTextAlignment(INSTANCES, qt.Qt.AlignRight | qt.Qt.AlignVCenter)
        other = next(filter(None, (self._others.get(series_key(one)) for one in line.series())), "")
        text, explained = state_text(instances, present), ""
        if other:
            text, explained = text or _("✕ other patient"), other
        line.item.setText(STATE, text)
        line.item.setToolTip(STATE, tip(explained))

    # Choosing -------------------------------------------------------------------------------

    def selected_targets(self) -> List[SeriesTarget]:
        """Return the chosen series; a patient or a study stands for all its series."""
        found: Dict[SeriesKey, None] = {}
        for item in self.ui.selectedItems():
            found.update((series_key(series), None) for series in self.line_of(item).series())
        return [SeriesTarget(*key) for key in found]

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


def series_key(line: Line) -> SeriesKey:
    """Return what tells a line's series from one of the same UID under another patient."""
    study = line.parent
    uids = study.record.study_instance_uid, line.record.series_instance_uid
    return (study.parent.record.patient_id, *uids)


def state_text(instances: Optional[int], present: Optional[int]) -> str:
    """Return ● in Slicer, ◐ 120 of 240, or nothing."""
    if not present:
        return ""
    if instances is None:
        return _("◐ {count}").format(count=present)
    if present >= instances:
        return _("● in Slicer")
    return _("◐ {present} of {all}").format(present=present, all=instances)


def _sum(line: Line, numbers: Mapping[SeriesKey, int]) -> Optional[int]:
    """Return the number of all series of a line; None while one of them is not known."""
    keys = [series_key(series) for series in line.series()]
    return sum(numbers[key] for key in keys) if all(key in numbers for key in keys) else None
