"""The retrieves of an earlier session that did not come to their end, offered to go on."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from ..logic.logic import OrthancConnectLogic
from .part import Form
from .style import WARNING, say, tip
from .texts import error_text, plural


class KeptBox(Form):
    """Below the server, while there is something to go on with."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "interrupted_upload.ui")
        ui = self.ui
        ui.resumeButton.toolTip = tip(_("Fetch what is not here yet."))
        ui.resumeButton.accessibleName = _("Resume the interrupted retrieves")
        ui.forgetButton.toolTip = tip(_("Offer it no more; what has arrived stays."))
        ui.forgetButton.accessibleName = _("Forget the interrupted retrieves")
        self.wire(
            (ui.resumeButton, "clicked()", logic.resume_kept),
            (ui.forgetButton, "clicked()", logic.kept.forget),
            (logic.kept.changed, self.refresh),
        )
        self.refresh()

    def refresh(self) -> None:
        """Show how much there is."""
        kept = self._logic.kept
        series = plural(kept.series, _("{} series"), _("{} series"))
        text = _("⚠ A retrieve of an earlier session did not come to its end: {series}.")
        text = text.format(series=series)
        if kept.error is not None:
            text += " " + error_text(kept.error)
        say(self.ui.interruptedLabel, text, WARNING)
        self.widget.setVisible(bool(kept.offered))
