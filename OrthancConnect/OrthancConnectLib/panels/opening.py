"""Below the server: a link of the browser, and whether what it names is to be fetched."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from ..logic.logic import OrthancConnectLogic
from ..logic.task import ASKING, FAILED, IDLE
from .part import Form
from .style import BAD, QUIET, WARNING, make_primary, reveal, say, tip
from .texts import error_text


class OpeningBox(Form):
    """While there is something to be answered, or told."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "interrupted_upload.ui")
        ui = self.ui
        ui.resumeButton.text = _("Fetch and load")
        ui.resumeButton.toolTip = tip(_("Retrieve it from your server, and load it."))
        ui.resumeButton.accessibleName = _("Fetch and load what the browser's link names")
        ui.forgetButton.text = _("No")
        ui.forgetButton.toolTip = tip(_("Fetch nothing, and forget the link."))
        ui.forgetButton.accessibleName = _("Forget the browser's link")
        make_primary(ui.resumeButton)
        self.wire(
            (ui.resumeButton, "clicked()", logic.opening.agree),
            (ui.forgetButton, "clicked()", logic.opening.forget),
            (logic.opening.changed, self.refresh),
        )
        self.refresh()

    def refresh(self) -> None:
        """Show what is asked, or what came of it."""
        opening = self._logic.opening
        text, tone = "", WARNING
        if opening.state == FAILED and opening.error is not None:
            text, tone = "✗ " + error_text(opening.error), BAD
        elif opening.link is not None and opening.profile is not None:
            kind = _("the study") if opening.link.level == "study" else _("the series")
            what = {"kind": kind, "id": opening.link.identifier, "server": opening.profile.name}
            text = _("Your browser asks to open {kind} {id} of {server} here. Shall it?")
            if opening.state != ASKING:
                text, tone = _("Opening {kind} {id} of {server}…"), QUIET
                if opening.waits:
                    text = _("Connect to {server} above: then {kind} {id} is opened.")
            text = text.format(**what)
        if opening.dropped:
            text += " " + _("Another link came meanwhile and was dropped.")
        say(self.ui.interruptedLabel, text, tone)
        self.ui.resumeButton.setVisible(opening.state == ASKING)
        self.ui.forgetButton.text = _("No") if opening.state == ASKING else _("Close")
        self.widget.setVisible(opening.state != IDLE)
        if opening.state != IDLE:
            reveal(self.widget)
