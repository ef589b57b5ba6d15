"""Patients, studies and series in a tree: what the tree of a query and that of an upload share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.query import display_person_name
from OrthancConnectCore.shared.results import StudyResult
from OrthancConnectCore.shared.validation import plain_identifier, plain_text

from ..signals import Signal
from ..turns import Turns
from .columns import Column, Columns
from .part import Part
from .style import ROWS, tip

#: The column of names and descriptions.
NAME = 0
PATIENT, STUDY, SERIES, RESULT = "patient", "study", "series", "result"
#: Patients and studies are opened by themselves up to so many lines.
OPEN_UP_TO = 40
# What the tooltip of a line tells: the keyword of each attribute, and its name in our records.
_FACTS = {
    PATIENT: {
        "PatientName": "patient_name",
        "PatientID": "patient_id",
        "PatientBirthDate": "birth_date",
        "PatientSex": "sex",
    },
    STUDY: {
        "StudyDescription": "study_description",
        "StudyDate": "study_date",
        "StudyTime": "study_time",
        "AccessionNumber": "accession_number",
        "ModalitiesInStudy": "modalities",
        "NumberOfStudyRelatedSeries": "number_of_series",
        "ReferringPhysicianName": "referring_physician",
        "InstitutionName": "institution",
        "Labels": "labels",
        "StudyInstanceUID": "study_instance_uid",
    },
    SERIES: {
        "SeriesDescription": "series_description",
        "SeriesNumber": "series_number",
        "Modality": "modality",
        "BodyPartExamined": "body_part",
        "Labels": "labels",
        "SeriesInstanceUID": "series_instance_uid",
    },
    RESULT: {"SeriesInstanceUID": "series_instance_uid"},
}


@dataclass(eq=False)
class Line:
    """A line of the tree and the record that it shows, of the server or of the scan."""

    item: Any
    level: str
    record: Any
    parent: Any = None
    children: List[Line] = field(default_factory=list)
    #: The records above: of a study its patient, of a series patient and study.
    owners: Tuple[Any, ...] = ()
    #: Which one it is of its patient or study, on the server.
    place: int = 0
    #: The result of work that a series is, or that has a line of its own.
    result: Optional[StudyResult] = None

    def below(self) -> Iterator[Line]:
        """Give the line itself and all lines below."""
        yield self
        for child in self.children:
            yield from child.below()

    def series(self) -> Iterator[Line]:
        """Give the lines of all series below, or the line itself."""
        return (line for line in self.below() if line.level == SERIES)

    def facts_tip(self, *first: str) -> str:
        """Return a tooltip of DICOM attributes, by their keywords, below some other lines."""
        lines = list(first)
        for keyword, name in _FACTS[self.level].items():
            value = getattr(self.record, name, None)
            text = ", ".join(value) if isinstance(value, tuple) else str(value)
            if value is not None and text:
                lines.append(f"{keyword}: {plain_text(plain_identifier(text), 300)}")
        fault = getattr(self.record, "fault", "")
        if fault:
            lines.append(fault[:1].upper() + fault[1:] + ".")
        return tip("\n".join(lines))


class PatientTree(Part):
    """A tree whose lines are written between the events of the application."""

    def __init__(self, tree: Any, columns: Mapping[int, Column], shown: Iterable[int]) -> None:
        super().__init__(tree)
        self.columns = self.own(Columns(tree, columns, shown))
        self._lines: Dict[str, Line] = {}
        self._work: Optional[Turns] = None
        #: Emitted when all lines are written.
        self.written = Signal()
        tree.styleSheet = ROWS
        for signal in ("itemExpanded(QTreeWidgetItem*)", "itemCollapsed(QTreeWidgetItem*)"):
            self.wire((tree, signal, self._onFolded))

    @property
    def busy(self) -> bool:
        """Whether lines are still being written."""
        return self._work is not None and self._work.running

    def clear(self) -> None:
        """Show nothing."""
        self._stop()
        self._lines.clear()
        self.ui.clear()
        self.columns.clear()

    def _stop(self) -> None:
        if self._work is not None:
            self._work.cancel()

    def _begin(self, steps: Iterator[None]) -> None:
        self._stop()
        self._work = Turns(steps, self.written.emit)

    def _line(self, level: str, key: str, record: Any, parent: Any, opened: bool) -> Line:
        """Return the line of a key, which tells it from the others of its level; or make it."""
        key = f"{level}:{key}"
        line = self._lines.get(key)
        if line is None:
            item = qt.QTreeWidgetItem()
            item.setData(NAME, qt.Qt.UserRole, key)
            line = self._lines[key] = Line(item, level, record, parent)
            if parent is None:
                self.ui.addTopLevelItem(item)
            else:
                parent.item.addChild(item)
                parent.children.append(line)
            if opened and level != SERIES:
                item.setExpanded(True)
        line.record = record
        return line

    def _remove(self, line: Line) -> None:
        """Take away a line that stands below another and has none below."""
        line.parent.item.removeChild(line.item)
        line.parent.children.remove(line)
        del self._lines[str(line.item.data(NAME, qt.Qt.UserRole))]

    def _set(self, line: Line, column: int, text: str) -> None:
        line.item.setText(column, text)
        if column != NAME and text:
            self.columns.fill(column)

    def _onFolded(self, item: Any) -> None:
        """Give an open patient the whole width: the numbers stand in the lines below."""
        level = self.line_of(item).level
        item.setFirstColumnSpanned(level == PATIENT and item.isExpanded())

    def line_of(self, item: Any) -> Line:
        """Return what an item of the tree stands for."""
        return self._lines[str(item.data(NAME, qt.Qt.UserRole))]

    def close(self) -> None:
        """Let go of the widget."""
        self.clear()
        super().close()


def numbered(item: Any, *columns: int) -> None:
    """Let the numbers of a line stand below one another."""
    for column in columns:
        item.setTextAlignment(column, qt.Qt.AlignRight | qt.Qt.AlignVCenter)


def person(record: Any) -> str:
    """Return a patient's name as people write it."""
    return display_person_name(record.patient_name) or _("(no name)")


def with_number(number: Any, description: str) -> str:
    """Return the title of a series: its number, where it has one, and what it is."""
    title = "" if number is None else plain_text(str(number), 12) + "  "
    return title + described(description)


def described(text: str) -> str:
    """Return a description as plain text, or that there is none."""
    return plain_text(text, 200) or _("(no description)")
