"""Below the list: the labels of one study or series, to be changed."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import InputError

from ..logic.logic import OrthancConnectLogic
from ..logic.task import IDLE, RUNNING
from ..wording import worded
from .part import Form
from .style import GOOD, PLAIN, QUIET, WARNING, allow, make_primary, reveal, say
from .texts import fault

#: Labels of the server that are named, of those that there are.
_SHOWN = 20


class LabelsBox(Form):
    """Comes by the list's menu, and goes when it is closed."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "labels_box.ui")
        ui, self._labels = self.ui, logic.rooms.labels
        self._shown = ("", "")
        self.wire(
            (ui.ownLabelsEdit, "returnPressed()", self._onSave),
            (ui.saveLabelsButton, "clicked()", self._onSave),
            (ui.closeLabelsButton, "clicked()", self._labels.forget),
            (self._labels.changed, self._refresh),
            (logic.connection.changed, self._refresh),
        )
        self._refresh()

    def _onSave(self) -> None:
        if not self.ui.saveLabelsButton.enabled:
            return
        try:
            self._labels.change(str(self.ui.ownLabelsEdit.text))
        except InputError as error:
            say(self.ui.labelsMessage, *fault(error))

    def _refresh(self) -> None:
        ui, labels = self.ui, self._labels
        is_new = labels.resource != self._shown
        self.widget.setVisible(labels.state != IDLE)
        say(ui.labelsTitle, _("Labels of “{what}”").format(what=labels.title))
        if not labels.running and (is_new or labels.saved):
            self._shown = labels.resource if labels.error is None else ("", "")
            ui.ownLabelsEdit.text = ", ".join(labels.labels)
        text, tone = "", PLAIN
        if labels.state == RUNNING:
            text = _("Asking the server…")
        elif labels.error is not None:
            text, tone = fault(labels.error)
        elif labels.fault:
            text, tone = "⚠ " + worded(labels.fault), WARNING
        elif labels.saved:
            text, tone = _("● Saved on the server."), GOOD
        say(ui.labelsMessage, text, tone)
        others = [one for one in labels.known if one not in labels.labels][:_SHOWN]
        text = _("Others on this server: {labels}").format(labels=", ".join(others))
        say(ui.knownLabels, text if others else "", QUIET)
        why_not = self._logic.why_not_work() or (_("Asking the server…") if labels.running else "")
        make_primary(ui.saveLabelsButton, not labels.saved)
        allow(ui.saveLabelsButton, why_not, _("Put these labels on it, and take others away."))
        if is_new and labels.state != IDLE:
            reveal(self.widget)
