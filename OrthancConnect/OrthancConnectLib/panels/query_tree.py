"""The tree of patients, studies and series, filled between the events of the application."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.query import (
    PatientRecord,
    SeriesRecord,
    StudyRecord,
    display_person_name,
)
from OrthancConnectCore.shared.validation import plain_text

from ..logic.retrieve import SeriesTarget
from ..turns import Turns
from .style import size_columns
from .texts import day_text, facts_tip, plural

NAME, DATE, MODALITY, INSTANCES, STATE = range(5)
#: Patients and studies are opened by themselves up to so many lines.
OPEN_UP_TO = 40


@dataclass
class _Row:
    """A line of the tree, and what is known of its series."""

    item: Any
    record: Any
    parent: Optional[_Row] = None
    children: List[_Row] = field(default_factory=list)
    instances: Optional[int] = None
    present: Optional[int] = None


class QueryTree:
    """Shows a query's patients; knows which series are chosen, and how many of each are here."""

    def __init__(
        self, tree: Any, present_instances: Callable[[str], int], on_selected: Callable[[], None]
    ) -> None:
        self._tree = tree
        self._present_instances = present_instances
        self._on_selected = on_selected
        self._patients: Sequence[PatientRecord] = ()
        self._counts: Dict[str, int] = {}
        self._rows: Dict[str, _Row] = {}
        self._filling: Optional[Turns] = None
        self._looking: Optional[Turns] = None
        self._again = False
        self._open_new = True
        self._prepare()

    def _prepare(self) -> None:
        tree = self._tree
        samples = {DATE: "28 Sep 2028", MODALITY: "Mod.", INSTANCES: "0000", STATE: "◐ 120 of 240"}
        size_columns(tree, samples, 9)
        tree.styleSheet = "QTreeView::item { padding: 2px 1px; }"
        tree.connect("itemSelectionChanged()", self._on_selected)

    def column_widths(self) -> List[int]:
        """Return the widths of all columns but the first, which takes what is left."""
        return [int(self._tree.columnWidth(column)) for column in range(DATE, STATE + 1)]

    def set_column_widths(self, widths: Any) -> None:
        """Take back what `column_widths` returned."""
        if isinstance(widths, list) and len(widths) == STATE:
            for column, width in enumerate(widths, start=DATE):
                if isinstance(width, int) and 20 <= width <= 300:
                    self._tree.header().resizeSection(column, width)

    # Filling --------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether lines are still being added."""
        return self._filling is not None

    @property
    def looking(self) -> bool:
        """Whether it is still being counted what is in Slicer."""
        return self._looking is not None

    @property
    def row_count(self) -> int:
        """How many patients, studies and series are shown."""
        return len(self._rows)

    def clear(self) -> None:
        """Show nothing."""
        for work in (self._filling, self._looking):
            if work is not None:
                work.cancel()
        self._filling = self._looking = None
        self._again = False
        self._patients, self._counts = (), {}
        self._rows.clear()
        self._tree.clear()

    def show(self, patients: Sequence[PatientRecord], counts: Mapping[str, int]) -> None:
        """Show all that is known so far; lines that are there already stay."""
        self._counts.update(counts)
        if patients is self._patients:
            return
        self._patients = patients
        if self._filling is not None:
            self._again = True  # the pass under way has older records
        elif patients:
            self._fill()

    def _fill(self) -> None:
        self._again = False
        self._filling = Turns(self._steps(self._patients), self._onFilled, self._onFault)

    def _onFault(self, error: Exception) -> None:
        self._filling = self._looking = None
        raise error

    def _onFilled(self) -> None:
        self._filling = None
        if self._again:
            self._fill()
        else:
            self.look_again()

    def _steps(self, patients: Sequence[PatientRecord]) -> Iterator[None]:
        rows = sum(1 + len(study.series) for patient in patients for study in patient.studies)
        self._open_new = rows <= OPEN_UP_TO
        for patient in patients:
            key = f"p:{patient.patient_id}\n{patient.patient_name}"
            row = self._row(key, patient, None)
            self._write_patient(row, patient)
            yield
            for study in patient.studies:
                study_row = self._row("t:" + study.study_instance_uid, study, row)
                self._write_study(study_row, study)
                yield
                for series in study.series:
                    key = "s:" + series.series_instance_uid
                    series_row = self._row(key, series, study_row)
                    self._write_series(series_row, series)
                    yield

    def _row(self, key: str, record: Any, parent: Optional[_Row]) -> _Row:
        row = self._rows.get(key)
        if row is None:
            item = qt.QTreeWidgetItem()
            item.setData(NAME, qt.Qt.UserRole, key)
            row = self._rows[key] = _Row(item, record, parent)
            if parent is None:
                self._tree.addTopLevelItem(item)
                item.setFirstColumnSpanned(True)
            else:
                parent.item.addChild(item)
                parent.children.append(row)
            if self._open_new and not key.startswith("s:"):
                item.setExpanded(True)
        row.record = record
        return row

    def _write_patient(self, row: _Row, patient: PatientRecord) -> None:
        name = display_person_name(patient.patient_name) or _("(no name)")
        year = plain_text(patient.birth_date[:4], 4)
        born = _("born {year}").format(year=year) if year else ""
        parts = [name, plain_text(patient.patient_id, 64), plain_text(patient.sex, 16), born]
        if len(patient.studies) > 1:
            parts.append(plural(len(patient.studies), _("{} study"), _("{} studies")))
        row.item.setText(NAME, "  ·  ".join(part for part in parts if part))
        facts = [
            ("PatientName", patient.patient_name),
            ("PatientID", patient.patient_id),
            ("PatientBirthDate", patient.birth_date),
            ("PatientSex", patient.sex),
        ]
        row.item.setToolTip(NAME, facts_tip(facts))

    def _write_study(self, row: _Row, study: StudyRecord) -> None:
        text = plain_text(study.study_description, 200) or _("(no description)")
        row.item.setText(NAME, text)
        row.item.setText(DATE, day_text(study.study_date))
        row.item.setText(MODALITY, plain_text(", ".join(study.modalities), 40))
        facts = [
            ("StudyDescription", study.study_description),
            ("StudyDate", study.study_date),
            ("AccessionNumber", study.accession_number),
            ("ModalitiesInStudy", ", ".join(study.modalities)),
            ("StudyInstanceUID", study.study_instance_uid),
        ]
        for column in (NAME, DATE, MODALITY):
            row.item.setToolTip(column, facts_tip(facts))

    def _write_series(self, row: _Row, series: SeriesRecord) -> None:
        text = plain_text(series.series_description, 200) or _("(no description)")
        if series.series_number is not None:
            text = f"{series.series_number}  {text}"
        row.item.setText(NAME, text)
        row.item.setText(MODALITY, plain_text(series.modality, 16))
        facts = [
            ("SeriesDescription", series.series_description),
            ("SeriesNumber", "" if series.series_number is None else str(series.series_number)),
            ("Modality", series.modality),
            ("SeriesInstanceUID", series.series_instance_uid),
        ]
        for column in (NAME, MODALITY):
            row.item.setToolTip(column, facts_tip(facts))
        count = series.number_of_instances
        if count is None:
            count = self._counts.get(series.series_instance_uid)
        row.instances = count
        self._write_numbers(row)

    # Numbers --------------------------------------------------------------------------------

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """Show how many instances the server has of some series."""
        self._counts.update(counts)
        parents: Set[str] = set()
        for uid, count in counts.items():
            row = self._rows.get("s:" + uid)
            if row is not None:
                row.instances = count
                self._write_numbers(row)
                self._note_parents(row, parents)
        self._write_parents(parents)

    def look_again(self, series_uids: Optional[Sequence[str]] = None) -> None:
        """See how many instances of each series are in Slicer, a series at a time."""
        if self._looking is not None:
            self._looking.cancel()
        keys = list(self._rows) if series_uids is None else ["s:" + uid for uid in series_uids]
        wanted = [key for key in keys if key.startswith("s:") and key in self._rows]

        def steps() -> Iterator[None]:
            parents: Set[str] = set()
            for key in wanted:
                row = self._rows[key]
                row.present = self._present_instances(key[2:])
                self._write_numbers(row)
                self._note_parents(row, parents)
                yield
            self._write_parents(parents)

        self._looking = Turns(steps(), self._onLooked, self._onFault)

    def _onLooked(self) -> None:
        self._looking = None

    def _note_parents(self, row: _Row, keys: Set[str]) -> None:
        if row.parent is not None:
            keys.add("t:" + row.parent.record.study_instance_uid)

    def _write_parents(self, keys: Set[str]) -> None:
        for key in keys:
            row = self._rows[key]
            known = [child.instances for child in row.children]
            row.instances = None if None in known else sum(count or 0 for count in known)
            here = [child.present for child in row.children]
            row.present = None if None in here else sum(count or 0 for count in here)
            self._write_numbers(row)

    def _write_numbers(self, row: _Row) -> None:
        row.item.setText(INSTANCES, "" if row.instances is None else str(row.instances))
        row.item.setTextAlignment(INSTANCES, qt.Qt.AlignRight | qt.Qt.AlignVCenter)
        row.item.setText(STATE, state_text(row.instances, row.present))

    # Choosing -------------------------------------------------------------------------------

    def selected_targets(self) -> List[SeriesTarget]:
        """Return the chosen series; a patient or a study stands for all its series."""
        found: Dict[str, SeriesTarget] = {}
        for item in self._tree.selectedItems():
            row = self._rows.get(str(item.data(NAME, qt.Qt.UserRole)))
            if row is not None:
                for series, study, patient in _below(row):
                    uid = series.record.series_instance_uid
                    found[uid] = SeriesTarget(
                        patient.record.patient_id, study.record.study_instance_uid, uid
                    )
        return list(found.values())

    def selected_title(self) -> str:
        """Return what is chosen in a few words: the first line, and how many more."""
        items = self._tree.selectedItems()
        if not items:
            return ""
        row = self._rows[str(items[0].data(NAME, qt.Qt.UserRole))]
        patient = row
        while patient.parent is not None:
            patient = patient.parent
        name = display_person_name(patient.record.patient_name) or _("(no name)")
        parts = [name] if row is patient else [name, str(row.item.text(NAME))]
        title = " · ".join(parts)
        if len(items) > 1:
            title = _("{title} and {count} more").format(title=title, count=len(items) - 1)
        return title

    def is_series(self, item: Any) -> bool:
        """Whether a line is a series."""
        return str(item.data(NAME, qt.Qt.UserRole)).startswith("s:")

    def find(self, level: str, identifier: str) -> Any:
        """Return the item of a patient (by ID), study or series (by UID); None when not shown."""
        for key, row in self._rows.items():
            if level == "patient" and key.startswith(f"p:{identifier}\n"):
                return row.item
            if key == {"study": "t:", "series": "s:"}.get(level, "?") + identifier:
                return row.item
        return None

    def close(self) -> None:
        """Let go of the widget."""
        self.clear()
        self._tree.disconnect("itemSelectionChanged()", self._on_selected)


def state_text(instances: Optional[int], present: Optional[int]) -> str:
    """Return ● in Slicer, ◐ 120 of 240, or nothing."""
    if not present:
        return ""
    if instances is None:
        return _("◐ {count}").format(count=present)
    if present >= instances:
        return _("● in Slicer")
    return _("◐ {present} of {all}").format(present=present, all=instances)


def _below(row: _Row) -> Iterator[Tuple[_Row, _Row, _Row]]:
    if isinstance(row.record, SeriesRecord):
        assert row.parent is not None and row.parent.parent is not None
        yield row, row.parent, row.parent.parent
        return
    for child in row.children:
        yield from _below(child)
