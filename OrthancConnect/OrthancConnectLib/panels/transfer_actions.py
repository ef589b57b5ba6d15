"""The buttons that act on one upload: pause, cancel, retry, the server's page, the receipt."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OrthancConnectError

from ..logic.logic import OrthancConnectLogic
from ..logic.transfers import PAUSED, Transfer
from .part import Part
from .style import GOOD, allow
from .texts import fault, plural

#: Says a text in a tone.
Tell = Callable[[str, str], None]


class TransferActions(Part):
    """Wires the buttons of a form for the transfer that `transfer` gives at the time."""

    def __init__(
        self,
        ui: Any,
        logic: OrthancConnectLogic,
        transfer: Callable[[], Optional[Transfer]],
        tell: Tell,
    ) -> None:
        super().__init__(ui)
        self._uploads = logic.uploads
        self._viewers = logic.rooms.viewers
        self._log = logic.log
        self._transfer = transfer
        self._tell = tell
        self._acts: Dict[Any, Callable[[Transfer], Any]] = {
            ui.pauseButton: self._pause_or_resume,
            ui.cancelButton: logic.cancel,
            ui.retryButton: logic.log.retry,
            ui.showButton: self._show,
            ui.receiptButton: self._ask_where_to_save,
        }
        for button, act in self._acts.items():
            self.wire((button, "clicked()", lambda act=act: self._do(act)))

    def _do(self, act: Callable[[Transfer], Any]) -> None:
        transfer = self._transfer()
        if transfer is not None:
            act(transfer)
            self.refresh()

    def refresh(self) -> None:
        """Enable what can be done, and say of the rest why not."""
        ui, uploads, transfer = self.ui, self._uploads, self._transfer()
        if transfer is None:
            for button in self._acts:
                allow(button, _("Choose a transfer first."), "")
            return
        why = ""
        if transfer.ended:
            why = _("It has ended already.")
        elif transfer.cancel_asked:
            why = _("It is being stopped.")
        allow(ui.cancelButton, why, _("End it; what has arrived until then is kept."))
        why, tooltip = "", _("Go on where it was; what is stored is not sent again.")
        ui.pauseButton.text = _("Resume")
        if transfer.state != PAUSED:
            why = self._log.why_not_pause(transfer)
            tooltip = _("Stop for now; Resume goes on where it was, even after a restart.")
            ui.pauseButton.text = _("Pause")
        allow(ui.pauseButton, why, tooltip)
        ui.pauseButton.accessibleName = ui.pauseButton.text
        tooltip = _("The same again: what is stored is recognised, what failed is tried again.")
        allow(ui.retryButton, self._log.why_not_retry(transfer), tooltip)
        tooltip = _("Show it on the server's own page, in your browser.")
        allow(ui.showButton, self._viewers.why_not_show(transfer), tooltip)
        ui.receiptButton.setVisible(uploads.has_receipt(transfer))
        allow(ui.receiptButton, "", _("Save one row a file or instance, as CSV or JSON."))

    def _pause_or_resume(self, transfer: Transfer) -> None:
        if transfer.state == PAUSED:
            self._log.resume(transfer)
        else:
            self._log.pause(transfer)

    def _show(self, transfer: Transfer) -> None:
        self._viewers.show_transfer(transfer, lambda error: self._tell(*fault(error)))

    def _ask_where_to_save(self, _transfer: Transfer) -> None:
        kinds = "CSV (*.csv);;JSON (*.json)"
        name = qt.QFileDialog.getSaveFileName(
            self.ui.receiptButton, _("Save the receipt"), "receipt.csv", kinds
        )
        if name:
            self.save_receipt(str(name))

    def save_receipt(self, path: str) -> None:
        """Save one row a file."""
        transfer = self._transfer()
        if transfer is None:
            return

        def on_saved(rows: int) -> None:
            text = plural(rows, _("Receipt saved: {} row."), _("Receipt saved: {} rows."))
            self._tell("✓ " + text, GOOD)

        def on_error(error: OrthancConnectError) -> None:
            self._tell(*fault(error))

        self._uploads.save_receipt(transfer, path, on_saved, on_error)
