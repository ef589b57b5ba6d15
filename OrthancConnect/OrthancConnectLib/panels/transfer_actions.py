"""The buttons that act on one upload: pause, cancel, retry, the server's page, the receipt."""

from __future__ import annotations

from typing import Any, Callable, Optional

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OrthancConnectError

from ..logic.logic import OrthancConnectLogic
from ..logic.transfers import PAUSED, Transfer
from .style import BAD, GOOD, allow
from .texts import error_text, plural
from .wires import Wires

#: Says a text in a tone.
Tell = Callable[[str, str], None]


class TransferActions:
    """Wires the buttons of a form for the transfer that `transfer` gives at the time."""

    def __init__(
        self,
        ui: Any,
        logic: OrthancConnectLogic,
        transfer: Callable[[], Optional[Transfer]],
        tell: Tell,
    ) -> None:
        self._ui = ui
        self._logic = logic
        self._transfer = transfer
        self._tell = tell
        self._wires = Wires(
            (ui.pauseButton, "clicked()", self.onPause),
            (ui.cancelButton, "clicked()", self.onCancel),
            (ui.retryButton, "clicked()", self.onRetry),
            (ui.showButton, "clicked()", self.onShow),
            (ui.receiptButton, "clicked()", self.onSaveReceipt),
        )

    def refresh(self) -> None:
        """Enable what can be done, and say of the rest why not."""
        ui, transfer = self._ui, self._transfer()
        if transfer is None:
            none = _("Choose a transfer first.")
            for name in ("pause", "cancel", "retry", "show", "receipt"):
                allow(getattr(ui, name + "Button"), none, "")
            return
        uploads = self._logic.uploads
        why = ""
        if transfer.ended:
            why = _("It has ended already.")
        elif transfer.cancel_asked:
            why = _("It is being stopped.")
        tooltip = _("End it; what has arrived until then is kept.")
        allow(ui.cancelButton, why, tooltip)
        if transfer.state == PAUSED:
            ui.pauseButton.text = _("Resume")
            allow(ui.pauseButton, "", _("Go on where it was; what is stored is not sent again."))
        else:
            ui.pauseButton.text = _("Pause")
            tooltip = _("Stop for now; Resume goes on where it was, even after a restart.")
            allow(ui.pauseButton, uploads.why_not_pause(transfer), tooltip)
        ui.pauseButton.accessibleName = ui.pauseButton.text
        tooltip = _("The same again: what is stored is recognised, what failed is tried again.")
        allow(ui.retryButton, uploads.why_not_retry(transfer), tooltip)
        tooltip = _("Show it on the server's own page, in your browser.")
        allow(ui.showButton, uploads.why_not_show(transfer), tooltip)
        tooltip = _("Save one row a file, as CSV or JSON.")
        allow(ui.receiptButton, uploads.why_not_save_receipt(transfer), tooltip)

    def onPause(self) -> None:
        """Pause, or go on."""
        transfer = self._transfer()
        if transfer is not None and transfer.state == PAUSED:
            self._logic.uploads.resume(transfer)
        elif transfer is not None:
            self._logic.uploads.pause(transfer)
        self.refresh()

    def onCancel(self) -> None:
        """End it."""
        transfer = self._transfer()
        if transfer is not None:
            self._logic.cancel(transfer)

    def onRetry(self) -> None:
        """Do the same again."""
        transfer = self._transfer()
        if transfer is not None:
            self._logic.uploads.retry(transfer)
            self.refresh()

    def onShow(self) -> None:
        """Open the server's page."""
        transfer = self._transfer()
        if transfer is not None and not self._logic.uploads.show_on_server(transfer):
            self._tell("✗ " + _("No browser could be opened."), BAD)

    def onSaveReceipt(self) -> None:
        """Ask where to, and save one row a file."""
        name = qt.QFileDialog.getSaveFileName(
            self._ui.receiptButton,
            _("Save the receipt"),
            "receipt.csv",
            "CSV (*.csv);;JSON (*.json)",
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
            self._tell("✗ " + error_text(error), BAD)

        self._logic.uploads.save_receipt(transfer, path, on_saved, on_error)

    def close(self) -> None:
        """Let go of the widgets."""
        self._wires.close()
