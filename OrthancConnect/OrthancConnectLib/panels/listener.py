"""The DICOM listener: its state, start and stop, and whether it starts with Slicer."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from ..logic.logic import OrthancConnectLogic
from ..wording import worded
from .part import Form
from .style import BAD, GOOD, PLAIN, QUIET, allow, head, say

_SIGNS = {"stopped": ("○", QUIET), "starting": ("…", PLAIN), "running": ("●", GOOD)}


class ListenerPanel(Form):
    """The section of the listener."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "listener_panel.ui")
        ui = self.ui
        ui.autostartCheck.checked = logic.listener_autostart
        self.wire(
            (ui.startButton, "clicked()", self.onStartOrStop),
            (ui.autostartCheck, "toggled(bool)", self._onAutostart),
            (logic.listener.changed, self.refresh),
            (logic.profiles.changed, self.refresh),
        )
        self.refresh()

    def onStartOrStop(self) -> None:
        """Start the listener, or stop it."""
        if self._logic.listener.state in ("running", "starting"):
            self._logic.listener.stop()
        else:
            self._logic.start_listener()

    def _onAutostart(self, on: bool) -> None:
        self._logic.listener_autostart = on
        self.refresh()

    def refresh(self) -> None:
        """Show the listener's state."""
        ui, listener = self.ui, self._logic.listener
        profile = self._logic.profiles.current
        sign, tone = _SIGNS.get(listener.state, ("✗", BAD))
        message = worded(listener.message)
        if listener.state == "stopped" and profile is not None:
            message = _("Not running (port {port}).").format(port=profile.storage_port)
        say(ui.stateLabel, f"{sign} {message}", tone)
        say(ui.hintLabel, worded(listener.hint))
        runs = listener.state in ("running", "starting")
        ui.startButton.text = _("Stop") if runs else _("Start")
        why = ""
        if not runs and profile is None:
            why = _("Connect to a server first: its settings have the port.")
        tooltip = _("Stop the DICOM listener.") if runs else _("Start the DICOM listener.")
        allow(ui.startButton, why, tooltip)
        heading = {
            "running": _("running on {port}").format(port=listener.port),
            "starting": _("starting"),
            "failed": _("needs you"),
        }.get(listener.state, _("not running"))
        parts = [heading, _("starts with Slicer")] if ui.autostartCheck.checked else [heading]
        head(ui.listenerSection, _("DICOM listener"), parts)
