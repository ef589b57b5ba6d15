"""A bar, its words and a Cancel button for the transfer that a section has started."""

from __future__ import annotations

from typing import Any, Callable, Optional

import qt

from ..logic.transfers import Transfer
from . import texts
from .style import PLAIN, say

#: Milliseconds before a bar appears: what is over sooner needs none.
DELAY = 700


class ProgressLine:
    """Follows one transfer at a time; hidden while there is none."""

    def __init__(self, ui: Any, on_cancel: Callable[[Transfer], None]) -> None:
        self._ui = ui
        self._on_cancel = on_cancel
        self.transfer: Optional[Transfer] = None
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY)
        self._timer.connect("timeout()", self._onDelayOver)
        ui.cancelButton.connect("clicked()", self._onCancel)

    def follow(self, transfer: Transfer) -> None:
        """Show how far a transfer is."""
        if transfer.ended:
            if self.transfer is transfer:
                self.transfer = None
                self._timer.stop()
                self._ui.progressBox.hide()
            return
        if self.transfer is not transfer:
            self.transfer = transfer
            self._timer.start()
        self._refresh()

    def _refresh(self) -> None:
        transfer = self.transfer
        if transfer is None:
            return
        percent = texts.percent(transfer.progress)
        self._ui.progressBar.maximum = 100 if percent >= 0 else 0
        if percent >= 0:
            self._ui.progressBar.value = percent
        line, _tone = texts.outcome(transfer)
        say(self._ui.progressText, line.lstrip("▸ "), PLAIN)
        self._ui.cancelButton.enabled = not transfer.cancel_asked

    def _onDelayOver(self) -> None:
        if self.transfer is not None:
            self._ui.progressBox.show()

    def _onCancel(self) -> None:
        if self.transfer is not None:
            self._on_cancel(self.transfer)

    def close(self) -> None:
        """Let go of the widgets."""
        self._timer.stop()
        self._timer.disconnect("timeout()", self._onDelayOver)
        self._ui.cancelButton.disconnect("clicked()", self._onCancel)
