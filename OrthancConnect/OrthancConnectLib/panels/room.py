"""Room on disk: what the DICOM database takes, and removing what the server has as well."""

from __future__ import annotations

from typing import Any, Dict, List

import qt
from slicer.i18n import tr as _

from ..logic import task as states
from ..logic.logic import OrthancConnectLogic
from ..wording import worded
from .part import Form
from .style import (
    GOOD,
    PLAIN,
    QUIET,
    ROWS,
    WARNING,
    allow,
    head,
    make_primary,
    say,
    size_columns,
    tip,
)
from .texts import day_text, fault, plural, size_text

GIGABYTE = 1_000_000_000
_STUDY, _DATE, _SIZE = range(3)
#: Reasons that are told of what is not offered.
_MOST_REASONS = 20


class RoomPanel(Form):
    """The section that counts when it is opened."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "room_panel.ui")
        self._room = logic.rooms.room
        self._items: Dict[str, Any] = {}
        self._asks = False
        ui = self.ui
        ui.roomTree.styleSheet = ROWS
        size_columns(ui.roomTree, {_DATE: "28 Sep 2028", _SIZE: "999 MB"}, 14)
        ui.keepSpin.value = self._room.quota // GIGABYTE
        make_primary(ui.confirmButton)
        self.wire(
            (ui.roomSection, "contentsCollapsed(bool)", self._onFolded),
            (ui.keepSpin, "valueChanged(int)", self._onQuota),
            (ui.cleanButton, "clicked()", self._onCleanUp),
            (ui.stopButton, "clicked()", self._room.stop),
            (ui.roomTree, "itemChanged(QTreeWidgetItem*,int)", self._onTicked),
            (ui.removeButton, "clicked()", lambda: self._ask(True)),
            (ui.keepButton, "clicked()", lambda: self._ask(False)),
            (ui.confirmButton, "clicked()", self._onConfirmed),
            (self._room.changed, self.refresh),
            (logic.connection.changed, self.refresh),
            (logic.log.finished, lambda _transfer: self._count()),
        )
        self.refresh()

    # What a person does ---------------------------------------------------------------------

    def _onFolded(self, folded: bool) -> None:
        if not folded:
            self._count()

    def _count(self) -> None:
        """Count anew, while somebody looks and nothing else is under way."""
        if not self.ui.roomSection.collapsed and not self._is_busy() and not self._room.offered:
            self._room.count()

    def _is_busy(self) -> bool:
        return self._room.state in (states.RUNNING, states.ASKING) or self._room.removing

    def _onQuota(self, value: int) -> None:
        self._room.quota = value * GIGABYTE

    def _onCleanUp(self) -> None:
        self._asks = False
        self._room.ask(*self._logic.server())

    def _onTicked(self, _item: Any, _column: int) -> None:
        self._ask(False)

    def _ask(self, on: bool) -> None:
        self._asks = on
        self._refresh_buttons()

    def _onConfirmed(self) -> None:
        self._asks = False
        self._room.remove({study.study_instance_uid for study in self.ticked()})

    def ticked(self) -> List[Any]:
        """Return the studies that are to go."""
        return [
            study
            for study in self._room.offered
            if self._items[study.study_instance_uid].checkState(_STUDY) == qt.Qt.Checked
        ]

    # What a person sees ---------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what there is and what may go."""
        ui, room = self.ui, self._room
        parts = [size_text(room.bytes)] if room.studies else []
        if room.excess:
            parts.append(_("{size} above its limit").format(size=size_text(room.excess)))
        head(ui.roomSection, _("Room on disk"), parts)
        say(ui.roomLabel, *self._told())
        ui.roomLabel.show()
        self._fill()
        self._refresh_buttons()
        reasons = [worded(reason) for reason in room.kept_back]
        text = plural(len(reasons), _("{} study stays: {{}}"), _("{} studies stay, first: {{}}"))
        say(ui.keptLabel, text.format(reasons[0]) if reasons else "", QUIET)
        ui.keptLabel.toolTip = tip("\n".join(reasons[:_MOST_REASONS]))
        text = ""
        if room.removed and not room.removing:
            text = plural(room.removed, _("✓ {} study removed"), _("✓ {} studies removed"))
            text += _(", {size} freed").format(size=size_text(room.freed))
        say(ui.freedLabel, text, GOOD)

    def _told(self) -> Any:
        room = self._room
        if room.removing:
            return _("Removing…"), PLAIN
        if room.error is not None:
            return fault(room.error)
        if room.state in (states.IDLE, states.RUNNING):
            return _("Counting…"), QUIET
        studies = plural(len(room.studies), _("{:,} study"), _("{:,} studies"))
        text = _("Slicer's DICOM database takes {size}: {studies}.")
        text = text.format(size=size_text(room.bytes), studies=studies)
        if room.state == states.DONE and room.asked and not room.offered:
            text += " " + _("The server has none of them as they are here.")
        return ("⚠ " + text, WARNING) if room.excess else (text, PLAIN)

    def _fill(self) -> None:
        """Show what is offered; with a limit, the oldest are ticked until it is kept."""
        ui, room = self.ui, self._room
        shown = {study.study_instance_uid for study in room.offered}
        if not set(self._items) <= shown:
            ui.roomTree.clear()
            self._items.clear()
        ui.roomTree.blockSignals(True)
        ticked = sum(study.bytes for study in room.offered if self._is_ticked(study))
        for study in room.offered:
            uid = study.study_instance_uid
            if uid in self._items:
                continue
            item = self._items[uid] = qt.QTreeWidgetItem()
            goes = ticked < room.excess
            ticked += study.bytes if goes else 0
            item.setCheckState(_STUDY, qt.Qt.Checked if goes else qt.Qt.Unchecked)
            item.setText(_STUDY, study.title)
            item.setToolTip(_STUDY, tip(study.title))
            item.setText(_DATE, day_text(study.date))
            item.setText(_SIZE, size_text(study.bytes))
            item.setTextAlignment(_SIZE, qt.Qt.AlignRight | qt.Qt.AlignVCenter)
            ui.roomTree.addTopLevelItem(item)
        ui.roomTree.blockSignals(False)

    def _is_ticked(self, study: Any) -> bool:
        item = self._items.get(study.study_instance_uid)
        return item is not None and item.checkState(_STUDY) == qt.Qt.Checked

    def _refresh_buttons(self) -> None:
        ui, room = self.ui, self._room
        asking = room.state == states.ASKING
        ui.askingBox.setVisible(asking)
        ui.askingBar.maximum = max(1, len(room.studies))
        ui.askingBar.value = room.asked
        why_not = self._logic.why_not_work()
        if not why_not and self._is_busy():
            why_not = _("Wait for its end first.")
        if not why_not and not room.studies:
            why_not = _("There is nothing in Slicer's DICOM database.")
        tooltip = _("Look for studies that the server has file by file as they are here.")
        allow(ui.cleanButton, why_not, tooltip)
        some = bool(room.offered) and not room.removing
        ui.roomTree.setVisible(some)
        ui.removeButton.setVisible(some and not self._asks)
        ticked = self.ticked() if some else []
        why_not = "" if ticked else _("Tick what is to go first.")
        tooltip = _("Remove the ticked studies from this computer; the server keeps them.")
        allow(ui.removeButton, why_not, tooltip)
        size = size_text(sum(study.bytes for study in ticked))
        studies = plural(len(ticked), _("{} study"), _("{} studies"))
        ui.removeButton.text = _("Remove…")
        if ticked:
            ui.removeButton.text = _("Remove {studies} ({size})…").format(
                studies=studies, size=size
            )
        ui.questionBox.setVisible(self._asks and bool(ticked))
        text = _(
            "Remove {studies} ({size}) from this computer? The server had each file when asked."
        )
        say(ui.questionLabel, text.format(studies=studies, size=size), WARNING)
