"""Transfers: all of this session, with state, receipt and details."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.receipts import Receipt

from ..logic.logic import OrthancConnectLogic
from ..logic.transfers import (
    CANCELLED,
    DONE,
    FAILED,
    INCOMPLETE,
    PAUSED,
    RUNNING,
    WAITING,
    Transfer,
)
from . import texts
from .part import Form
from .problems_table import ProblemsTable, rows_of
from .style import PLAIN, ROWS, allow, head, say, size_columns, tip
from .transfer_actions import TransferActions

_WHAT, _STATE = 0, 1


class TransfersPanel(Form):
    """The section that lists transfers; the newest on top."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "transfers_panel.ui")
        self._items: Dict[int, Any] = {}
        self._detailed: Optional[Receipt] = None
        self._told: Tuple[int, str, str] = (0, "", PLAIN)
        ui = self.ui
        ui.transferTree.styleSheet = ROWS
        size_columns(ui.transferTree, {_STATE: "▸ 118 of 240  ·  54 MB/s"}, 14)
        self.problems = self.own(ProblemsTable(ui))
        self.actions = self.own(TransferActions(ui, logic, self.chosen, self._tell))
        self.wire(
            (ui.transferTree, "itemSelectionChanged()", self._refresh),
            (ui.clearButton, "clicked()", logic.log.clear_ended),
            (ui.firstButton, "clicked()", self._onFirst),
            (ui.detailsButton, "toggled(bool)", self.problems.set_visible),
            *logic.log.signals(self._onAdded, self._onChanged, self._onCleared),
        )
        for transfer in logic.log.transfers:
            self._onAdded(transfer)
        self._refresh()

    # What a person does ---------------------------------------------------------------------

    def chosen(self) -> Optional[Transfer]:
        """Return the transfer that is chosen in the list."""
        items = self.ui.transferTree.selectedItems()
        numbers = [int(item.data(_WHAT, qt.Qt.UserRole)) for item in items]
        found = (one for one in self._logic.log.transfers if one.number in numbers)
        return next(found, None)

    def choose(self, transfer: Transfer, details: bool = False) -> None:
        """Choose a transfer, and open its details."""
        item = self._items.get(transfer.number)
        if item is not None:
            self.ui.transferTree.setCurrentItem(item)
            self.ui.detailsButton.checked = details
            if details:
                self.ui.transfersSection.collapsed = False

    def _onFirst(self) -> None:
        transfer = self.chosen()
        if transfer is not None:
            self._logic.log.put_first(transfer)

    def _tell(self, text: str, tone: str) -> None:
        transfer = self.chosen()
        self._told = (transfer.number if transfer is not None else 0, text, tone)
        self._refresh()

    # What a person sees ---------------------------------------------------------------------

    def _onAdded(self, transfer: Transfer) -> None:
        item = qt.QTreeWidgetItem()
        item.setData(_WHAT, qt.Qt.UserRole, transfer.number)
        sign = "↑" if transfer.operation in ("upload", "results") else "↓"
        title = transfer.title
        if transfer.operation == "follow":
            title = _("Following: {query}").format(query=title)
        item.setText(_WHAT, f"{sign} {title}")
        what = _("Retrieve from {server}") if sign == "↓" else _("Upload to {server}")
        if transfer.operation == "results":
            what = _("Results to {server}")
        item.setToolTip(_WHAT, tip(what.format(server=transfer.server) + "\n" + transfer.title))
        self._items[transfer.number] = item
        self.ui.transferTree.insertTopLevelItem(0, item)
        if self.chosen() is None or not self.ui.detailsButton.checked:
            self.ui.transferTree.setCurrentItem(item)
        self._onChanged(transfer)

    def _onChanged(self, transfer: Transfer) -> None:
        item = self._items.get(transfer.number)
        if item is None:
            return
        item.setText(_STATE, self._short_state(transfer))
        told = (texts.outcome(transfer)[0], texts.remarks(transfer))
        item.setToolTip(_STATE, tip("\n".join(text for text in told if text)))
        self._refresh()

    def _short_state(self, transfer: Transfer) -> str:
        if texts.is_waiting_for_server(transfer):
            return _("⚠ server is away")
        if transfer.state == PAUSED:
            return _("⚠ interrupted") if transfer.error is not None else _("‖ paused")
        if transfer.state == RUNNING:
            return "▸ " + (texts.progress_text("", transfer.progress) or transfer.phase)
        words = {
            WAITING: _("… waiting"),
            DONE: _("✓ done"),
            INCOMPLETE: _("⚠ needs you"),
            FAILED: _("✗ failed"),
            CANCELLED: _("■ cancelled"),
        }
        return words[transfer.state]

    def _onCleared(self) -> None:
        kept = {transfer.number for transfer in self._logic.log.transfers}
        tree = self.ui.transferTree
        for number in [number for number in self._items if number not in kept]:
            item = self._items.pop(number)
            tree.takeTopLevelItem(tree.indexOfTopLevelItem(item))
        self._refresh()

    def _refresh(self) -> None:
        ui, log = self.ui, self._logic.log
        some = bool(log.transfers)
        transfer = self.chosen()
        ended = transfer is not None and transfer.ended
        ui.emptyLabel.setVisible(not some)
        ui.transferTree.setVisible(some)
        ui.clearButton.setVisible(some)
        ui.cancelButton.setVisible(transfer is not None and not ended)
        follows = transfer is not None and transfer.operation == "follow"
        ui.cancelButton.text = _("Stop") if follows else _("Cancel")
        is_upload = transfer is not None and transfer.operation == "upload"
        ui.pauseButton.setVisible(transfer is not None and not ended)
        waits = transfer is not None and not self._logic.log.why_not_first(transfer)
        ui.firstButton.setVisible(waits)
        shows = transfer is not None and not self._logic.rooms.viewers.why_not_show(transfer)
        ui.retryButton.setVisible(transfer is not None and ended and transfer.state != DONE)
        ui.showButton.setVisible(is_upload or shows)
        head(ui.transfersSection, _("Transfers"), self._sums())
        say(ui.receiptLabel, *(texts.outcome(transfer) if transfer is not None else ("",)))
        say(ui.remarksLabel, texts.remarks(transfer) if transfer is not None else "")
        number, text, tone = self._told
        say(ui.actionLabel, text if transfer and transfer.number == number else "", tone)
        self.actions.refresh()
        acts = not (ui.showButton.isHidden() and ui.receiptButton.isHidden())
        ui.endedBox.setVisible(ended and acts)
        rows = rows_of(transfer) if transfer is not None else []
        ui.detailsButton.setVisible(bool(rows))
        if not rows:
            ui.detailsButton.checked = False
        elif transfer is not None and transfer.receipt is not self._detailed:
            self.problems.show(rows)
        self._detailed = transfer.receipt if transfer is not None and rows else None
        why = "" if log.count(DONE, INCOMPLETE, FAILED, CANCELLED) else _("None has ended yet.")
        allow(ui.clearButton, why, _("Take the transfers that have ended off this list."))

    def _sums(self) -> List[str]:
        """How many there are of each kind; first what a person looks for first."""
        log = self._logic.log
        kinds = (
            (_("{} needs you"), _("{} need you"), (INCOMPLETE, FAILED)),
            (_("{} running"), _("{} running"), (RUNNING,)),
            (_("{} paused"), _("{} paused"), (PAUSED,)),
            (_("{} waiting"), _("{} waiting"), (WAITING,)),
            (_("{} cancelled"), _("{} cancelled"), (CANCELLED,)),
            (_("{} done"), _("{} done"), (DONE,)),
        )
        counts = [(log.count(*states), one, many) for one, many, states in kinds]
        return [texts.plural(count, one, many) for count, one, many in counts if count]
