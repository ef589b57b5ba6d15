"""The tree of patients, studies, series and results that a query has found, in three shapes."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OrthancConnectError
from OrthancConnectCore.shared.matching import folded
from OrthancConnectCore.shared.query import (
    PatientRecord,
    SeriesKey,
    keyed_series,
)
from OrthancConnectCore.shared.series import SeriesTarget

from ..logic.details import Details, Resource
from ..logic.local import Compared, key_of, together
from .columns import Column
from .patient_tree import (
    NAME,
    OPEN_UP_TO,
    PATIENT,
    RESULT,
    SERIES,
    STUDY,
    Line,
    PatientTree,
    numbered,
    person,
)
from .query_cells import (
    BIRTH,
    COLUMNS,
    DATE,
    FEW,
    INSTANCES,
    KEY,
    MODALITY,
    SIZE,
    STATE,
    cells,
    resources,
    series_key,
    state_text,
    sum_of,
)
from .query_results import ICONS, fault_text, result_lines
from .style import BAD, GOOD, WARNING, icon, picture, tip
from .texts import compared_text, error_text, size_text

#: The shapes: what is at the top.
SHAPES = (PATIENT, STUDY, SERIES)
_SIGNS = {"●": ("accept", GOOD), "◐": ("downloading", WARNING), "✕": ("error", BAD)}
_MOST_SHOWN = 200
Key = Union[str, float]


class QueryTree(PatientTree):
    """Shows a query's patients; knows which series are chosen, and how many of each are here."""

    def __init__(
        self,
        tree: Any,
        in_database: Callable[[str, str], Tuple[int, str]],
        details: Details,
        compared: Mapping[SeriesKey, Compared],
        on_selected: Callable[[], None],
    ) -> None:
        # The icons of the states; none where they are not at hand.
        icons = {sign: icon(tree, *drawn) for sign, drawn in _SIGNS.items()}
        self._icons = icons if all(icons.values()) else {}
        self._kinds = {kind: picture(name) for kind, name in ICONS.items()}
        drawn_state = {STATE: Column("state", "In Slicer")} if self._icons else {}
        super().__init__(tree, {**COLUMNS, **drawn_state}, FEW)
        tree.hideColumn(KEY)
        self._in_database = in_database
        self._details = details
        self._compared = compared
        self.shape = PATIENT
        self.sorted_by, self.descending = NAME, False
        self._is_sorted = True
        self.side = 0  # of the series' pictures, in pixels; 0 for none
        self._patients: Sequence[PatientRecord] = ()
        self._written: Sequence[PatientRecord] = ()
        # How many instances of each series the server has, how many are here, and a sentence where
        # another patient's are.
        self._counts: Dict[SeriesKey, int] = {}
        self._present: Dict[SeriesKey, int] = {}
        self._others: Dict[SeriesKey, str] = {}
        self._series: Dict[SeriesKey, Line] = {}
        # By Orthanc's identifier: series, studies, and studies whose results are to be written.
        self._pictured: Dict[str, Line] = {}
        self._studies: Dict[str, Line] = {}
        self._listed: List[str] = []
        self.columns.header.setSortIndicatorShown(True)
        self.wire(
            (tree, "itemSelectionChanged()", on_selected),
            (self.columns.header, "sectionClicked(int)", self._onSectionClicked),
            (details.sized, self._onSized),
            (details.pictured, self._onPictured),
            (details.listed, self._onListed),
        )

    # Filling --------------------------------------------------------------------------------

    def clear(self) -> None:
        """Show nothing."""
        self._clear_lines()
        self._patients = ()
        self._counts, self._present, self._others = {}, {}, {}

    def _clear_lines(self) -> None:
        super().clear()
        self._written = ()
        self._series, self._pictured, self._studies = {}, {}, {}
        self._listed.clear()

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

    def set_shape(self, shape: str) -> None:
        """Show patients, studies or series at the top."""
        if shape != self.shape:
            self.shape = shape
            self.ui.rootIsDecorated = shape != SERIES
            self._clear_lines()
            self.look_again()

    def set_pictures(self, side: int) -> None:
        """Show pictures of the series, so many pixels wide, or none."""
        if side != self.side:
            self.side = side
            self.ui.setIconSize(qt.QSize(max(side, 16), max(side, 16)))
            self._blank.fill(qt.QColor(0, 0, 0, 0))
            for series in self._series.values():
                self._write_picture(series)

    def look_again(self) -> None:
        """See how many instances of each series are in Slicer; what is not shown yet, first."""
        self._is_sorted &= not self.busy  # that may have been broken off
        self._begin(self._steps())

    def _steps(self) -> Iterator[None]:
        while self._written is not self._patients:
            patients = self._patients  # while they are written, there may be more
            yield from self._write(patients)
            self._written = patients
        yield from self._settle()
        for series in list(self._series.values()):
            key = series_key(series)
            self._present[key], self._others[key] = self._in_database(key[0], key[2])
            self._write_numbers(series)
            yield
        for line in list(self._lines.values()):
            if line.level != SERIES:
                self._write_numbers(line)
                yield
        yield from self._settle()

    def _write(self, patients: Sequence[PatientRecord]) -> Iterator[None]:
        rows = sum(1 + len(study.series) for patient in patients for study in patient.studies)
        opened = rows <= OPEN_UP_TO
        place = 0
        for patient in patients:
            whose = f"{patient.patient_id}\n{patient.patient_name}"
            top: Any = None
            if self.shape == PATIENT:
                top = self._put(PATIENT, whose, (patient,), None, opened, 0)
                yield
            for study in patient.studies:
                place += 1
                key = f"{whose}\n{study.study_instance_uid}"
                below = top
                if self.shape != SERIES:
                    below = self._put(STUDY, key, (patient, study), top, opened, place)
                    self._studies[study.orthanc_id] = below
                    if study.orthanc_id in self._details.results:
                        self._listed.append(study.orthanc_id)
                    yield
                for number, series in enumerate(study.series):
                    key_below = f"{key}\n{series.series_instance_uid}"
                    at = number if below else place * 10_000 + number
                    leaf = self._put(SERIES, key_below, (patient, study, series), below, opened, at)
                    self._series[series_key(leaf)] = leaf
                    self._pictured[series.orthanc_id] = leaf
                    if series.number_of_instances is not None:
                        self._counts[series_key(leaf)] = series.number_of_instances
                    yield

    def _put(
        self, level: str, key: str, records: Tuple[Any, ...], parent: Any, opened: bool, place: int
    ) -> Line:
        """Write a line: all that does not change when numbers come."""
        known = len(self._lines)
        line = self._line(level, key, records[-1], parent, opened)
        line.owners, line.place = records[:-1], place
        self._write_cells(line)
        if len(self._lines) > known:
            numbered(line.item, INSTANCES, SIZE)
            self._is_sorted = False
            if level == SERIES:
                self._write_picture(line)
        self._write_numbers(line)
        return line

    def _write_cells(self, line: Line) -> None:
        for column, text in cells(line, *(*line.owners, line.record)):
            self._set(line, column, text)
        facts = line.facts_tip(*(result_lines(line.result) if line.result else ()))
        for column in (NAME, DATE, MODALITY):
            line.item.setToolTip(column, facts)

    # Results --------------------------------------------------------------------------------

    def _onListed(self, study: str) -> None:
        self._listed.append(study)
        if not self.busy:
            self._begin(self._settle())

    def _write_results(self, study: str) -> Iterator[None]:
        """Write the results of a study: into the lines of series, others into their own."""
        top, listed = self._studies.get(study), self._details.results.get(study)
        if top is None or listed is None:
            return
        series = {line.record.series_instance_uid: line for line in top.series()}
        gone = {line for line in top.children if line.level == RESULT}
        for place, one in enumerate(listed if isinstance(listed, tuple) else (None,)):
            line = series.get(one.series_instance_uid) if one else None
            if line is None:
                name = (one.series_instance_uid or one.number) if one else ""
                records = (*top.owners, top.record, one)
                line = self._put(RESULT, f"{study}\n{name}", records, top, False, 10_000 + place)
                gone.discard(line)
            if line.result != one:
                line.result = one
                self._write_cells(line)
                self._write_numbers(line)
                self._write_picture(line)
                self._is_sorted = False
            if isinstance(listed, OrthancConnectError):
                line.item.setText(NAME, fault_text(listed))
                line.item.setToolTip(NAME, tip(error_text(listed)))
                line.item.setFlags(qt.Qt.ItemIsEnabled)
            line.item.setFirstColumnSpanned(True)
            yield
        for line in gone:
            self._remove(line)

    # Numbers and pictures ---------------------------------------------------------------------

    def set_counts(self, counts: Mapping[SeriesKey, int]) -> None:
        """Show how many instances the server has of some series."""
        self._counts.update(counts)
        self._refresh(self._series.get(key) for key in counts)

    def _onSized(self, orthanc_ids: Sequence[str]) -> None:
        sized = set(orthanc_ids)
        self._refresh(
            line
            for line in self._lines.values()
            if any(name in sized for _level, name in resources(line))
        )

    def _refresh(self, lines: Iterator[Optional[Line]]) -> None:
        """Write the numbers of some lines and of those above them; sort anew if it is by them."""
        found = {id(line): line for line in lines if line is not None}
        for line in list(found.values()):
            while line.parent is not None:
                line = line.parent
                found[id(line)] = line
        for line in found.values():
            self._write_numbers(line)
        if not self._is_sorted and not self.busy:
            self._begin(self._settle())

    def _write_numbers(self, line: Line) -> None:
        if self.sorted_by in (INSTANCES, SIZE, STATE):
            self._is_sorted = False
        instances, size = sum_of(line, self._counts), self._size(line)
        self._set(line, INSTANCES, "" if instances is None else str(instances))
        self._set(line, SIZE, "" if size is None else size_text(size))
        text, told = self._state(line)
        drawn = self._icons.get(text[:1])
        self._set(line, STATE, "" if drawn else text)
        if drawn:
            line.item.setIcon(STATE, drawn)
            self.columns.fill(STATE)
        line.item.setData(STATE, qt.Qt.AccessibleTextRole, text)
        line.item.setToolTip(STATE, tip(told))
        if line.result is not None:  # which has the whole width
            self._set(line, NAME, "\n".join(result_lines(line.result, text)))

    def _state(self, line: Line) -> Tuple[str, str]:
        """Return what Slicer has of a line in a word, and in a sentence."""
        instances, present = sum_of(line, self._counts), sum_of(line, self._present)
        other = next(filter(None, (self._others.get(series_key(one)) for one in line.series())), "")
        text = state_text(instances, present)
        if other:
            return text or _("✕ other patient"), other
        if not text:
            return "", ""
        told = _("Instances in Slicer: {here}, on the server: {there}.")
        told = told.format(here=present, there=_("?") if instances is None else instances)
        keys = [series_key(one) for one in line.series()]
        found = [(self._compared.get(key, Compared()), self._present.get(key)) for key in keys]
        compared = together(one for one, present in found if one.files == present)
        if compared.files:
            what = compared_text(compared)[0]
            told += "\n" + _("Compared at {time}: {what}").format(time=compared.at, what=what)
        return _("✕ other content") if compared.differ else text, told

    def _size(self, line: Line) -> Optional[int]:
        if line.result is not None:
            return line.result.size
        sizes = [self._details.sizes.get(name) for _level, name in resources(line)]
        known = [size for size in sizes if size is not None]
        return sum(known) if known and len(known) == len(sizes) else None

    @cached_property
    def _blank(self) -> Any:
        return qt.QPixmap(64, 64)

    def _write_picture(self, line: Line) -> None:
        """Show the picture of a series, the place of one that is to come, or what it is."""
        kind = self._kinds.get(line.result.kind) if line.result else None
        if kind is not None:
            line.item.setIcon(NAME, kind)
            return
        name = getattr(line.record, "orthanc_id", "")
        file = self._details.pictures.get(name, "") if self.side else ""
        picture = qt.QPixmap(file) if file else self._blank
        line.item.setIcon(NAME, qt.QIcon(picture) if self.side else qt.QIcon())

    def _onPictured(self, orthanc_id: str) -> None:
        line = self._pictured.get(orthanc_id)
        if line is not None:
            self._write_picture(line)

    def wanted(self) -> Tuple[List[Resource], List[str], List[str]]:
        """Return what is to be asked of what can be seen: sizes, pictures, results of studies."""
        shown = list(self._shown())
        pictures = [one.record.orthanc_id for one in shown if one.level == SERIES and self.side]
        sizes: List[Resource] = []
        if SIZE in self.columns.wished:
            by_size = self.sorted_by == SIZE
            for line in list(self._lines.values()) if by_size else shown:
                sizes += resources(line)
        tops = (top for one in shown for top in (one, one.parent) if top and top.level == STUDY)
        studies = dict.fromkeys(top.record.orthanc_id for top in tops if top.item.isExpanded())
        return list(dict.fromkeys(sizes)), list(filter(None, pictures)), list(filter(None, studies))

    def _shown(self) -> Iterator[Line]:
        """Give the lines that can be seen."""
        tree, count = self.ui, 0
        bottom = int(tree.viewport().height)
        item = tree.itemAt(qt.QPoint(2, 2))
        while item is not None and count < _MOST_SHOWN and tree.visualItemRect(item).top() < bottom:
            count += 1
            yield self.line_of(item)
            item = tree.itemBelow(item)

    # In order -------------------------------------------------------------------------------

    def _onSectionClicked(self, column: int) -> None:
        self.sort(column, column == self.sorted_by and not self.descending)

    def sort(self, column: int, descending: bool) -> None:
        """Sort by the values of a column; what is open and selected stays so."""
        self.sorted_by, self.descending, self._is_sorted = column, descending, False
        if not self.busy:
            self._begin(self._settle())

    def _settle(self) -> Iterator[None]:
        """Write what is known of results, and bring all lines in order."""
        order = qt.Qt.DescendingOrder if self.descending else qt.Qt.AscendingOrder
        while self._listed or not self._is_sorted:
            if self._listed:
                yield from self._write_results(self._listed[0])
                del self._listed[0]
                continue
            self._is_sorted = True
            for line in list(self._lines.values()):
                line.item.setData(KEY, qt.Qt.DisplayRole, self._key(line))
                yield
            # 5 ms for 5,000 lines, as long as nothing of it is Python.
            self.ui.sortItems(KEY, order)
        self.columns.header.setSortIndicator(self.sorted_by, order)

    def _key(self, line: Line) -> Key:
        """Return what a line is sorted by: of one kind for all lines."""
        column, record = self.sorted_by, line.record
        if column == INSTANCES:
            return float(sum_of(line, self._counts) or 0)
        if column == SIZE:
            return float(self._size(line) or 0)
        if column == STATE:
            return (sum_of(line, self._present) or 0) / (sum_of(line, self._counts) or 1)
        patient, study = (*line.owners, record, None)[:2]
        if column == NAME:
            place = f"{line.place:010d}"
            name = "" if line.parent else folded(person(patient)) + f"\0{patient.patient_id}\0"
            return name + place
        if column == DATE:
            if line.result is not None:
                return line.result.time[:10].replace("-", "")
            dates = [one.study_date for one in ([study] if study else patient.studies)]
            return max(dates, default="")
        if column == BIRTH:
            return str(patient.birth_date)
        return folded(str(line.item.text(column)))

    # Choosing -------------------------------------------------------------------------------

    def selected(self) -> List[Line]:
        """Return the selected lines."""
        return [self.line_of(item) for item in self.ui.selectedItems()]

    def selected_targets(self) -> List[SeriesTarget]:
        """Return the chosen series; a patient or a study stands for all its series."""
        series = (series_key(one) for line in self.selected() for one in line.series())
        return [SeriesTarget(*key) for key in dict.fromkeys(series)]

    def present(self, target: SeriesTarget) -> int:
        """Return how many instances of a series are in Slicer."""
        return self._present.get(key_of(target), 0)

    def is_here(self, target: SeriesTarget) -> bool:
        """Whether Slicer has as many instances of a series as the server."""
        key, present = key_of(target), self.present(target)
        return 0 < self._counts.get(key, present) <= present
