"""The chips below the server: how each link of the connection is; a click looks at it closely."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.profile import ServerProfile

from ..logic import task as states
from ..logic.logic import OrthancConnectLogic
from .part import Part
from .style import BAD, GOOD, QUIET, WARNING, colour, dress

Text = Tuple[str, str]
_STYLE = """
    QPushButton { color: COLOUR; border: 1px solid transparent; padding: 1px 3px; }
    QPushButton { text-align: left; }
    QPushButton:hover { text-decoration: underline; }
    QPushButton:focus { border: 1px dotted palette(text); }
"""


class Chips(Part):
    """Four flat buttons; `show_check` opens the check-up at a line."""

    def __init__(self, logic: OrthancConnectLogic, ui: Any) -> None:
        super().__init__(ui)
        self._logic = logic
        self.show_check: Callable[[str], None] = lambda _line: None
        self._chips: Dict[str, Any] = {
            "certificate": ui.trustChip,
            "echo": ui.dicomChip,
            "registered": ui.registeredChip,
            "listener": ui.listenerChip,
        }
        for line_id, chip in self._chips.items():
            self.wire((chip, "clicked()", lambda line_id=line_id: self.show_check(line_id)))

    def refresh(self) -> None:
        """Show how the links are, while connected."""
        connected = self._logic.connection.connected
        texts = self._texts() if connected else {}
        for line_id, chip in self._chips.items():
            text, tone = texts.get(line_id, ("", QUIET))
            chip.setVisible(bool(text))
            if text:
                chip.text = text
                chip.toolTip = _("{text}. Click to look at it in the check-up.").format(text=text)
                dress(chip, _STYLE.replace("COLOUR", colour(chip, tone)))

    def _texts(self) -> Dict[str, Text]:
        connection, listener = self._logic.connection, self._logic.listener
        away = connection.away is not None  # then nothing is green that may be so no longer
        registered, tone = self._registered()
        if away and tone == GOOD:
            registered, tone = registered.replace("✓", "○"), QUIET
        heard = _("○ Listener"), QUIET
        if listener.state == "running":
            heard = _("✓ Listener {port}").format(port=listener.port), GOOD
        return {
            "certificate": (_("◐ HTTPS"), WARNING) if away else _trust(connection.profile),
            "echo": {
                states.UNKNOWN: (_("○ DICOM"), QUIET),
                states.CHECKING: (_("… DICOM"), QUIET),
                states.ANSWERS: (_("○ DICOM"), QUIET) if away else (_("✓ DICOM"), GOOD),
                states.SILENT: (_("✗ DICOM"), BAD),
            }[connection.dicom],
            "registered": (registered, tone),
            "listener": heard,
        }

    def _registered(self) -> Text:
        """Known after a check-up or a registration; what a C-FIND proves stands beside it."""
        known = self._logic.connection.known
        found = [line.state for line in self._logic.checkup.lines if line.id == "registered"]
        if self._logic.registration.is_done or found == ["passed"]:
            return _("✓ Registered"), GOOD
        if known == states.REFUSED or found == ["failed"]:
            return _("○ Not registered"), WARNING
        if found == ["warning"]:
            return _("⚠ Registered"), WARNING
        if known == states.ACCEPTED:
            return _("✓ C-FIND accepted"), GOOD
        return _("○ Registered?"), QUIET


def _trust(profile: Optional[ServerProfile]) -> Text:
    if profile is None or not profile.is_secure:
        return _("⚠ HTTP"), WARNING
    return _("✓ HTTPS, pinned") if profile.trust.mode == "pinned" else _("✓ HTTPS"), GOOD
