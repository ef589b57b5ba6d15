"""The tree of what is chosen to be uploaded, with check boxes, filled while the scan runs."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Sequence, Tuple

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.series import SeriesRow
from OrthancConnectCore.shared.validation import plain_identifier, plain_text

from ..logic.upload_choice import UploadChoice
from .columns import Column
from .patient_tree import (
    NAME,
    OPEN_UP_TO,
    PATIENT,
    SERIES,
    STUDY,
    Line,
    PatientTree,
    numbered,
    person,
    with_number,
)
from .style import is_dark, tip
from .texts import day_text, plural, size_text

INSTANCES, SIZE, NOTE = range(1, 4)
_COLUMNS = {
    INSTANCES: Column("instances", "00000"),
    SIZE: Column("size", "000 MB "),
    NOTE: Column("note", "⚠ 00  = 00"),
}


class UploadTree(PatientTree):
    """Shows the rows of a choice as patients, studies and series, and ticks them there."""

    def __init__(self, tree: Any, choice: UploadChoice) -> None:
        super().__init__(tree, _COLUMNS, _COLUMNS)
        self._choice = choice
        self._pending: Dict[Tuple[str, str, str], SeriesRow] = {}
        self._dirty: Dict[int, Line] = {}
        self._writing = False
        self._ticking = False
        if is_dark(tree):  # there an empty box is as dark as what is around it
            tree.styleSheet += (
                " QTreeView::indicator:unchecked { border: 1px solid palette(text); }"
            )
        self.wire(
            (tree, "itemChanged(QTreeWidgetItem*,int)", self._onItemChanged),
            (choice.found, self.show),
            (choice.emptied, self.clear),
        )

    # Filling --------------------------------------------------------------------------------

    def clear(self) -> None:
        """Show nothing."""
        super().clear()
        self._ticking = False
        self._pending.clear()
        self._dirty.clear()

    def show(self, rows: Sequence[SeriesRow]) -> None:
        """Show rows that are new or changed, some milliseconds at a time."""
        self._pending.update((row.key, row) for row in rows)
        if not self.busy:
            self._begin(self._steps())

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
        key = "\n".join(row.key)
        line: Any = self._lines.get(f"{SERIES}:{key}") or self._new_series(key, row)
        line.record = row
        while line is not None:
            self._dirty[id(line)] = line
            line = line.parent

    def _new_series(self, key: str, row: SeriesRow) -> Line:
        if not row.series_instance_uid:
            line = self._titled(SERIES, key, row, None, _("Instances that name no series"))
            line.item.setToolTip(NAME, tip(_("They are sent as they are; the server decides.")))
            return line
        key_above = f"{row.patient_id}\n{row.patient_name}"
        patient = self._titled(PATIENT, key_above, row, None, _patient_text(row))
        parts = [day_text(row.study_date), plain_text(row.study_description, 200)]
        text = "  ·  ".join(part for part in parts if part) or _("(no description)")
        key_above += "\n" + row.study_instance_uid
        study = self._titled(STUDY, key_above, row, patient, text)
        title = with_number(row.series_number, row.series_description)
        parts = [plain_text(row.modality, 16), title]
        line = self._titled(SERIES, key, row, study, "  ".join(part for part in parts if part))
        ticked = row.series_instance_uid not in self._choice.left_out
        line.item.setCheckState(NAME, qt.Qt.Checked if ticked else qt.Qt.Unchecked)
        return line

    def _titled(self, level: str, key: str, row: SeriesRow, parent: Any, text: str) -> Line:
        line = self._line(level, key, row, parent, len(self._lines) < OPEN_UP_TO)
        item = line.item
        if not item.text(NAME):  # a new one
            item.setText(NAME, text)
            item.setToolTip(NAME, line.facts_tip())
            flags = qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable
            if row.series_instance_uid:
                flags = flags | qt.Qt.ItemIsUserCheckable
            if level != SERIES:
                flags = flags | qt.Qt.ItemIsAutoTristate
            item.setFlags(flags)
            numbered(item, INSTANCES, SIZE)
        return line

    def _write_numbers(self, line: Line) -> None:
        item, rows = line.item, [series.record for series in line.series()]
        self._set(line, INSTANCES, str(sum(row.instances for row in rows)))
        self._set(line, SIZE, size_text(sum(row.bytes for row in rows)))
        duplicates, conflicts = (row.duplicates for row in rows), (row.conflicts for row in rows)
        note, explained = note_text(sum(duplicates), sum(conflicts))
        self._set(line, NOTE, note)
        item.setToolTip(NOTE, tip(explained))

    # Ticking --------------------------------------------------------------------------------

    def _onItemChanged(self, _item: Any, column: int) -> None:
        # A patient's box brings one call for each series: they are looked at later, all together.
        if not self._writing and column == NAME and not self._ticking:
            self._ticking = True
            qt.QTimer.singleShot(0, self.take_ticks)

    def take_ticks(self) -> None:
        """Tell the choice what is ticked, without waiting for the next turn."""
        if not self._ticking:
            return
        self._ticking = False
        ticked: Dict[bool, List[str]] = {True: [], False: []}
        for line in self._lines.values():
            uid = line.record.series_instance_uid
            if line.level == SERIES and uid:
                on = line.item.checkState(NAME) == qt.Qt.Checked
                if on is (uid in self._choice.left_out):
                    ticked[on].append(uid)
        for on, uids in ticked.items():
            if uids:
                self._choice.tick(uids, on)


def _patient_text(row: SeriesRow) -> str:
    identifier = plain_text(plain_identifier(row.patient_id), 64)
    return person(row) + (f"  ·  {identifier}" if identifier else "")


def note_text(duplicates: int, conflicts: int) -> Tuple[str, str]:
    """Return the note on a line in a few letters, and what it means."""
    short, long = [], []
    if conflicts:
        short.append(f"⚠ {conflicts}")
        text = plural(
            conflicts,
            _("{} file has the identity of another one and other content."),
            _("{} files have the identity of another one and other content."),
        )
        long.append(text + " " + _("The server keeps what comes first."))
    if duplicates:
        short.append(f"= {duplicates}")
        text = plural(
            duplicates,
            _("{} file is there twice, with the same content."),
            _("{} files are there twice, with the same content."),
        )
        long.append(text)
    return "  ".join(short), "\n".join(long)
