"""Making the server know this Slicer: offered where it does not, shown before it is written."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.profile import ServerProfile

from ..logic import task as states
from ..logic.logic import OrthancConnectLogic
from ..wording import worded
from .part import Form
from .style import GOOD, PLAIN, QUIET, WARNING, make_primary, said, say
from .texts import fault


class RegistrationBox(Form):
    """Below the server, while there is something to register or to say of it."""

    def __init__(
        self,
        logic: OrthancConnectLogic,
        resource_path: Any,
        typed_password: Callable[[], str],
    ) -> None:
        super().__init__(logic, resource_path, "registration_box.ui")
        self._typed_password = typed_password
        self._shown: Optional[ServerProfile] = logic.profiles.current
        ui = self.ui
        self.wire(
            (ui.registerButton, "clicked()", self.onRegister),
            (ui.applyButton, "clicked()", logic.registration.confirm),
            (ui.copyLineButton, "clicked()", self._onCopyLine),
            (ui.dropButton, "clicked()", logic.registration.forget),
            (logic.registration.changed, self.refresh),
            (logic.connection.changed, self.refresh),
            (logic.profiles.changed, self._onProfiles),
        )
        self.refresh()

    def onRegister(self) -> None:
        """Plan the entry for this Slicer, to be shown first."""
        self._logic.start_registration(self._typed_password())

    def _onCopyLine(self) -> None:
        qt.QApplication.clipboard().setText(said(self.ui.lineLabel))

    def _onProfiles(self) -> None:
        profile = self._logic.profiles.current
        if profile != self._shown:
            self._shown = profile
            self._logic.registration.forget()

    def refresh(self) -> None:
        """Show what would be written, or what became of it; else what works without."""
        ui, registration = self.ui, self._logic.registration
        text, tone, line, hint = "", PLAIN, "", ""
        if registration.state == states.RUNNING:
            text = _("Asking the server…")
        elif registration.state == states.ASKING:
            text = _plan_text(registration.plan)
            if registration.plan["may_be_anothers"]:
                hint = _(
                    "⚠ The entry has another address: if it is another computer's, choose another "
                    "AE title in the settings instead."
                )
            lines = zip(registration.plan["entries"], registration.plan["configuration_lines"])
            line = "\n".join(line for entry, line in lines if entry["action"] != "keep")
        elif registration.state == states.FAILED and registration.error is not None:
            text, tone = fault(registration.error)
        elif registration.state == states.DONE:
            result = registration.result
            done = registration.is_done
            tone = GOOD if done else WARNING
            text = ("✓ " if done else "⚠ ") + worded(result["message"])
            hint = worded(result["hint"])
            line = "\n".join(result["configuration_lines"])
        say(ui.registrationLabel, text, tone)
        say(ui.registrationHint, hint, WARNING if hint.startswith("⚠") else PLAIN)
        say(ui.lineLabel, line, QUIET)
        ui.registrationBar.setVisible(
            registration.state in (states.ASKING, states.FAILED, states.DONE)
        )
        ui.applyButton.setVisible(registration.state == states.ASKING)
        ui.copyLineButton.setVisible(bool(line))
        make_primary(ui.applyButton, registration.state == states.ASKING)
        connection = self._logic.connection
        unknown = connection.connected and connection.known == states.REFUSED
        ui.noteBox.setVisible(unknown and not text)
        self.widget.setVisible(unknown or bool(text))


def _plan_text(plan: Dict[str, Any]) -> str:
    lines = [_("This computer is {address} for the server.").format(address=plan["address"])]
    # What stays comes first: the lines of what changes stand below.
    for entry in sorted(plan["entries"], key=lambda entry: bool(entry["action"] != "keep")):
        wanted = entry["wanted"]
        name = wanted["name"]
        if entry["action"] == "add":
            lines.append(_("New entry {name}:").format(name=name))
        elif entry["action"] == "correct":
            lines.append(_("Entry {name} is corrected:").format(name=name))
            lines += [f"   {key}: {now} → {to_be}" for key, now, to_be in entry["changes"]]
        else:
            lines.append(_("Entry {name} stays as it is.").format(name=name))
        if entry["same_ae_title"]:
            others = ", ".join(entry["same_ae_title"])
            text = _("The AE title stands in other entries as well: {others}.")
            lines.append(text.format(others=others))
    return "\n".join(lines)
