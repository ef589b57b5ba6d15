"""How far one transfer is, below the buttons that started it."""

from __future__ import annotations

from typing import Any, Callable, Optional

import qt

from ..logic.transfers import Transfer
from . import texts
from .part import Part
from .style import PLAIN, say

#: Milliseconds before a bar appears: what is over sooner needs none.
DELAY = 700


class ProgressLine(Part):
    """A bar, its words and a Cancel button for one transfer at a time, or nothing."""

    def __init__(self, ui: Any, on_cancel: Callable[[Transfer], None]) -> None:
        super().__init__(ui)
        self._on_cancel = on_cancel
        self._transfer: Optional[Transfer] = None
        self.wire((ui.cancelButton, "clicked()", self._onCancel))

    def follow(self, transfer: Transfer) -> None:
        """Show how far a transfer is, unless another one that has begun has not ended yet."""
        if self._transfer is None and not transfer.ended:
            self._transfer = transfer
            qt.QTimer.singleShot(DELAY, lambda: self._onDelayOver(transfer))
        if self._transfer is transfer:
            self._refresh(transfer)

    def _refresh(self, transfer: Transfer) -> None:
        ui = self.ui
        if transfer.ended:
            self._transfer = None
            ui.progressBox.hide()
            return
        percent = texts.percent(transfer.progress)
        ui.progressBar.maximum = 100 if percent >= 0 else 0
        if percent >= 0:
            ui.progressBar.value = percent
        say(ui.progressText, texts.outcome(transfer)[0].lstrip("▸ "), PLAIN)
        ui.cancelButton.enabled = not transfer.cancel_asked

    def _onDelayOver(self, transfer: Transfer) -> None:
        if self._transfer is transfer and not self.closed:
            self.ui.progressBox.show()

    def _onCancel(self) -> None:
        if self._transfer is not None:
            self._on_cancel(self._transfer)
