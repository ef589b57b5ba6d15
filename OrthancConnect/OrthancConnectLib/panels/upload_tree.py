"""The tree of what is chosen to be uploaded, with check boxes, filled while the scan runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.query import display_person_name
from OrthancConnectCore.shared.series import SeriesRow
from OrthancConnectCore.shared.validation import plain_text

from ..logic.upload_choice import UploadChoice
from ..turns import Turns
from .style import is_dark, size_columns, tip
from .texts import day_text, facts_tip, plural, size_text

NAME, INSTANCES, SIZE, NOTE = range(4)
#: Patients and studies are opened by themselves up to so many series.
OPEN_UP_TO = 40


@dataclass
class _Line:
    """A patient or a study, or, with a row, a series."""

    item: Any
    parent: Optional[_Line]
    text: str = ""
    row: Optional[SeriesRow] = None
    children: List[_Line] = field(default_factory=list)
    instances: int = 0
    bytes: int = 0
    duplicates: int = 0
    conflicts: int = 0

    def add(self, new: SeriesRow, old: SeriesRow) -> None:
        """Count a series, or what has changed of it."""
        self.instances += new.instances - old.instances
        self.bytes += new.bytes - old.bytes
        self.duplicates += new.duplicates - old.duplicates
        self.conflicts += new.conflicts - old.conflicts


class UploadTree:
    """Shows the rows of a choice as patients, studies and series, and ticks them there."""

    def __init__(self, tree: Any, choice: UploadChoice) -> None:
        self._tree = tree
        self._choice = choice
        self._pending: Dict[Tuple[str, str, str], SeriesRow] = {}
        self._filling: Optional[Turns] = None
        self._lines: Dict[str, _Line] = {}
        self._dirty: Dict[int, _Line] = {}
        self._writing = False
        self._ticking = False
        self._flush = qt.QTimer()
        self._flush.setSingleShot(True)
        self._flush.connect("timeout()", self.take_ticks)
        self._prepare()
        choice.found.connect(self.show)
        choice.emptied.connect(self.clear)

    def _prepare(self) -> None:
        tree = self._tree
        size_columns(tree, {INSTANCES: "00000", SIZE: "000 MB", NOTE: "⚠ 00 differ…"}, 12)
        tree.hideColumn(NOTE)
        style = "QTreeView::item { padding: 2px 1px; }"
        if is_dark(tree):  # there an empty box is as dark as what is around it
            style += " QTreeView::indicator:unchecked { border: 1px solid #9a9a9a; }"
        tree.styleSheet = style
        tree.connect("itemChanged(QTreeWidgetItem*,int)", self._onItemChanged)

    # Filling --------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether lines are still being written."""
        return self._filling is not None

    @property
    def series_count(self) -> int:
        """How many series are shown."""
        return sum(line.row is not None for line in self._lines.values())

    def clear(self) -> None:
        """Show nothing."""
        if self._filling is not None:
            self._filling.cancel()
            self._filling = None
        self._flush.stop()
        self._ticking = False
        self._pending.clear()
        self._lines.clear()
        self._dirty.clear()
        self._tree.clear()
        self._tree.hideColumn(NOTE)

    def show(self, rows: Sequence[SeriesRow]) -> None:
        """Show rows that are new or changed, some milliseconds at a time."""
        self._pending.update((row.key, row) for row in rows)
        if self._filling is None:
            self._filling = Turns(self._steps(), self._onFilled, self._onFault)

    def _onFilled(self) -> None:
        self._filling = None

    def _onFault(self, error: Exception) -> None:
        self._filling = None
        raise error

    def _steps(self) -> Iterator[None]:
        while self._pending or self._dirty:
            self._writing = True
            try:
                if self._pending:
                    self._take(self._pending.pop(next(iter(self._pending))))
                else:
                    self._write_numbers(self._dirty.pop(next(iter(self._dirty))))
            finally:
                self._writing = False
            yield

    def _take(self, row: SeriesRow) -> None:
        key = "s:" + "\n".join(row.key)
        line = self._lines.get(key)
        if line is None:
            line = self._new_series(key, row)
        old = line.row or SeriesRow()
        line.row = row
        line.item.setText(NAME, line.text)
        above: Optional[_Line] = line
        while above is not None:
            above.add(row, old)
            self._dirty[id(above)] = above
            above = above.parent

    def _new_series(self, key: str, row: SeriesRow) -> _Line:
        if not row.series_instance_uid:
            line = self._new_line(key, _("Instances that name no series"), None, False)
            line.item.setToolTip(NAME, tip(_("They are sent as they are; the server decides.")))
            return line
        name = display_person_name(row.patient_name) or _("(no name)")
        parts = [name, plain_text(row.patient_id, 64)]
        patient = self._parent_line(
            f"p:{row.patient_id}\n{row.patient_name}",
            "  ·  ".join(part for part in parts if part),
            None,
            [("PatientName", row.patient_name), ("PatientID", row.patient_id)],
        )
        parts = [day_text(row.study_date), plain_text(row.study_description, 200)]
        study = self._parent_line(
            f"t:{row.patient_id}\n{row.patient_name}\n{row.study_instance_uid}",
            "  ·  ".join(part for part in parts if part) or _("(no description)"),
            patient,
            [
                ("StudyDescription", row.study_description),
                ("StudyDate", row.study_date),
                ("StudyInstanceUID", row.study_instance_uid),
            ],
        )
        text = plain_text(row.series_description, 200) or _("(no description)")
        number = "" if row.series_number is None else str(row.series_number)
        parts = [plain_text(row.modality, 16), plain_text(number, 12), text]
        text = "  ".join(part for part in parts if part)
        line = self._new_line(key, text, study, True)
        facts = [
            ("SeriesDescription", row.series_description),
            ("SeriesNumber", number),
            ("Modality", row.modality),
            ("SeriesInstanceUID", row.series_instance_uid),
        ]
        line.item.setToolTip(NAME, facts_tip(facts))
        ticked = row.series_instance_uid not in self._choice.left_out
        line.item.setCheckState(NAME, qt.Qt.Checked if ticked else qt.Qt.Unchecked)
        return line

    def _parent_line(
        self, key: str, text: str, parent: Optional[_Line], facts: Sequence[Tuple[str, str]]
    ) -> _Line:
        line = self._lines.get(key)
        if line is None:
            line = self._new_line(key, text, parent, True)
            line.item.setText(NAME, text)
            line.item.setToolTip(NAME, facts_tip(facts))
        return line

    def _new_line(self, key: str, text: str, parent: Optional[_Line], ticks: bool) -> _Line:
        item = qt.QTreeWidgetItem()
        item.setData(NAME, qt.Qt.UserRole, key)
        is_series = key.startswith("s:")
        flags = qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable
        if ticks and is_series:
            flags = flags | qt.Qt.ItemIsUserCheckable
        elif ticks:
            flags = flags | qt.Qt.ItemIsUserCheckable | qt.Qt.ItemIsAutoTristate
        item.setFlags(flags)
        for column in (INSTANCES, SIZE):
            item.setTextAlignment(column, qt.Qt.AlignRight | qt.Qt.AlignVCenter)
        line = self._lines[key] = _Line(item, parent, text)
        if parent is None:
            self._tree.addTopLevelItem(item)
            item.setFirstColumnSpanned(ticks)
        else:
            parent.item.addChild(item)
            parent.children.append(line)
        if not is_series and len(self._lines) <= OPEN_UP_TO:
            item.setExpanded(True)
        return line

    def _write_numbers(self, line: _Line) -> None:
        item = line.item
        if line.children and line.parent is None:  # a patient's line is one text
            item.setText(NAME, f"{line.text}  ·  {line.instances}  ·  {size_text(line.bytes)}")
            return
        item.setText(INSTANCES, str(line.instances))
        item.setText(SIZE, size_text(line.bytes))
        note, explained = note_text(line.duplicates, line.conflicts)
        item.setText(NOTE, note)
        item.setToolTip(NOTE, tip(explained))
        if note:
            self._tree.showColumn(NOTE)

    # Ticking --------------------------------------------------------------------------------

    def _onItemChanged(self, _item: Any, column: int) -> None:
        # A patient's box brings one call for each series: they are looked at later, all together.
        if not self._writing and column == NAME and not self._ticking:
            self._ticking = True
            self._flush.start(0)

    def take_ticks(self) -> None:
        """Tell the choice what is ticked, without waiting for the next turn."""
        if not self._ticking:
            return
        self._ticking = False
        left_out = self._choice.left_out
        ticked: Dict[bool, List[str]] = {True: [], False: []}
        for line in self._lines.values():
            if line.row is not None and line.row.series_instance_uid:
                uid = line.row.series_instance_uid
                on = line.item.checkState(NAME) == qt.Qt.Checked
                if on is (uid in left_out):
                    ticked[on].append(uid)
        for on, uids in ticked.items():
            if uids:
                self._choice.tick(uids, on)

    def find(self, *words: str) -> Any:
        """Return the first item whose text has all the words; None when there is none."""
        for line in self._lines.values():
            if all(word in line.text for word in words):
                return line.item
        return None

    def close(self) -> None:
        """Let go of the widget."""
        self.clear()
        self._tree.disconnect("itemChanged(QTreeWidgetItem*,int)", self._onItemChanged)
        self._flush.disconnect("timeout()", self.take_ticks)


def note_text(duplicates: int, conflicts: int) -> Tuple[str, str]:
    """Return the note on a line in a few letters, and what it means."""
    short, long = [], []
    if conflicts:
        short.append(_("⚠ {count} differ").format(count=conflicts))
        text = plural(
            conflicts,
            _("{} file has the identity of another one and other content."),
            _("{} files have the identity of another one and other content."),
        )
        long.append(text + " " + _("The server keeps what comes first."))
    if duplicates:
        short.append(_("= {count} twice").format(count=duplicates))
        text = plural(
            duplicates,
            _("{} file is there twice, with the same content."),
            _("{} files are there twice, with the same content."),
        )
        long.append(text)
    return "  ".join(short), "\n".join(long)
