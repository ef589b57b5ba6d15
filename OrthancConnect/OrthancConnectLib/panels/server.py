"""Who we work with: the first connection, the chosen server, and the state of the connection."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Callable, Optional, Tuple

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import (
    AuthenticationError,
    InvalidProfileError,
    MissingDependencyError,
    OrthancConnectError,
)
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.profile_checks import OPENID, PASSWORD, TOKEN

from ..logic import task as states
from ..logic.connection import Decide
from ..logic.logic import OrthancConnectLogic
from ..wording import worded
from .certificate_dialog import ask_about_certificate
from .chips import Chips
from .part import Form
from .profile_form import ProfileForm, blank_profile
from .server_menu import ServerMenu
from .style import BAD, GOOD, PLAIN, QUIET, WARNING, allow, make_primary, say, tip
from .texts import attempt, error_text, fault


class ServerPanel(Form):
    """The top of the panel; `decide_trust` may be replaced by who answers in a person's place."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "server_panel.ui")
        self._adding = False
        self._names_before: Tuple[str, ...] = ()
        self._question: Any = None
        self.decide_trust: Decide = lambda question, answer: ask_about_certificate(
            resource_path, question, answer
        )
        ui = self.ui
        make_primary(ui.firstConnectButton)
        self.chips = self.own(Chips(logic, ui))
        says = self._tell, self.typed_password
        self.menu = self.own(ServerMenu(logic, ui.menuButton, *says, self.onEdit, self._onRemove))
        self.wire(
            (ui.firstConnectButton, "clicked()", self.onConnectFirst),
            (ui.addressEdit, "returnPressed()", self.onConnectFirst),
            (ui.userEdit, "returnPressed()", self.onConnectFirst),
            (ui.firstPasswordEdit, "returnPressed()", self.onConnectFirst),
            (ui.addressEdit, "textChanged(QString)", self._onFirstEdited),
            (ui.userEdit, "textChanged(QString)", self._onFirstEdited),
            (ui.moreSettingsButton, "clicked()", self.onMoreSettings),
            (ui.importButton, "clicked()", self.menu.onImport),
            (ui.keepCheck, "toggled(bool)", self._onKeepToggled),
            (ui.installButton, "clicked()", self._onInstall),
            (ui.cancelAddButton, "clicked()", self._onCancelAdd),
            (ui.profileCombo, "currentIndexChanged(int)", self._onProfileChosen),
            (ui.addButton, "clicked()", self.onAdd),
            (ui.keepButton, "clicked()", self.refresh),
            (ui.reallyRemoveButton, "clicked()", self.onReallyRemove),
            (ui.connectButton, "clicked()", self.onConnect),
            (ui.disconnectButton, "clicked()", logic.disconnect_server),
            (ui.ownUserEdit, "returnPressed()", self.onConnect),
            (ui.passwordEdit, "returnPressed()", self.onConnect),
            (ui.useAeTitleButton, "clicked()", self._onUseAeTitle),
            (logic.profiles.changed, self.refresh),
            (logic.connection.changed, self.refresh),
            (logic.logins.kept, self._onPasswordKept),
            (logic.workerFailed, lambda error: self._tell(*fault(error))),
            (logic.listener.changed, self._refresh_chips),
            (logic.checkup.changed, self._refresh_chips),
            (logic.registration.changed, self._refresh_chips),
        )
        self.refresh()

    @cached_property
    def form(self) -> ProfileForm:
        """The form with all settings of a server; made when it is first needed."""
        form = self.own(ProfileForm(self._logic, self._resource_path, self.refresh))
        self.widget.layout().addWidget(form.widget)
        return form

    @property
    def _form_is_open(self) -> bool:
        return "form" in vars(self) and self.form.is_open

    def _hide_form(self) -> None:
        if self._form_is_open:
            self.form.widget.hide()

    # What a person does ---------------------------------------------------------------------

    def onConnectFirst(self) -> None:
        """Connect with the three fields, or give up connecting."""
        ui = self.ui
        if self._logic.connection.state == states.CONNECTING:
            self._logic.disconnect_server()
            return
        try:
            self._logic.connect_first(
                ui.addressEdit.text,
                ui.userEdit.text,
                ui.firstPasswordEdit.text,
                self._decide,
                remember=bool(ui.firstKeepCheck.checked),
            )
        except InvalidProfileError as error:
            label = ui.userError if error.field == "user" else ui.addressError
            say(label, *fault(error))

    def onConnect(self) -> None:
        """Connect to the chosen server, or give up connecting."""
        if self._logic.connection.state == states.CONNECTING:
            self._logic.disconnect_server()
            return
        ui = self.ui
        password, user = ui.passwordEdit.text, ui.ownUserEdit.text.strip()
        keep = bool(ui.keepCheck.checked)
        attempt(lambda: self._logic.connect_server(password, self._decide, keep, user), self._tell)

    def _onKeepToggled(self, on: bool) -> None:
        profile = self._logic.profiles.current
        if profile is not None and not on:
            self._logic.logins.forget(profile)

    def _onPasswordKept(self, error: Optional[OrthancConnectError]) -> None:
        """Say what became of the wish to keep a password; a missing package can be installed."""
        self.ui.installButton.setVisible(isinstance(error, MissingDependencyError))
        self._tell("" if error is None else "⚠ " + error_text(error), WARNING)

    def _onInstall(self) -> None:
        """Install keyring, because the person clicked the button that says so."""
        self.ui.installButton.hide()
        done = _("Installed. Connect again with the box ticked.")
        attempt(lambda: self._logic.install("keyring"), self._tell, done)

    def _tell(self, text: str, tone: str) -> None:
        say(self.ui.messageLabel, text, tone)

    def typed_password(self) -> str:
        """Return what stands in the password field."""
        return str(self.ui.passwordEdit.text)

    def ask_password(self) -> None:
        """Let the person type the password again, or log in again in the browser."""
        self._logic.disconnect_server()
        profile = self._logic.profiles.current
        if profile is not None and profile.auth == OPENID:
            self._logic.logins.drop(profile)
            self.onConnect()
            return
        self.ui.passwordEdit.setFocus()
        self.ui.passwordEdit.selectAll()

    def _decide(self, question: Any, answer: Any) -> None:
        self._question = self.decide_trust(question, answer)

    def onAdd(self) -> None:
        """Ask for another server, by the three fields."""
        self._adding = True
        self._names_before = self._logic.profiles.known.names
        self._hide_form()
        for edit in (self.ui.addressEdit, self.ui.userEdit, self.ui.firstPasswordEdit):
            edit.text = ""
        self.refresh()
        self.ui.addressEdit.setFocus()

    def _onCancelAdd(self) -> None:
        self._adding = False
        if self._logic.connection.state == states.CONNECTING:
            self._logic.disconnect_server()
        self.refresh()

    def onMoreSettings(self) -> None:
        """Open the form of a new server; what was typed already is taken along."""
        self.form.open(blank_profile(), "")
        self.form.ui.nameEdit.text = ""
        self.form.ui.restUrlEdit.text = self.ui.addressEdit.text
        self.form.ui.userEdit.text = self.ui.userEdit.text
        self._adding = False
        self.refresh()

    def onEdit(self) -> None:
        """Open the form with the chosen server."""
        profile = self._logic.profiles.chosen()
        self.form.open(profile, profile.name)
        self.refresh()

    def _onRemove(self) -> None:
        question = _("Remove {name} from this list? Nothing is deleted on the server.")
        say(self.ui.removeQuestion, question.format(name=self._logic.profiles.current_name))
        self.ui.keepButton.show()
        self.ui.reallyRemoveButton.show()
        self.ui.keepButton.setFocus()

    def onReallyRemove(self) -> None:
        """Forget the chosen server."""
        profiles = self._logic.profiles
        self._change(lambda: profiles.remove(profiles.current_name))

    def _onUseAeTitle(self) -> None:
        self._change(self._logic.use_called_ae_title)

    def _change(self, change: Callable[[], None]) -> None:
        """Change what is stored; where that can't be written, it is said."""
        if attempt(change, self._tell):
            self.refresh()

    def _onProfileChosen(self, index: int) -> None:
        if index >= 0:
            self.ui.passwordEdit.text = ""
            self._hide_form()
            self._adding = False
            self._logic.profiles.select(self.ui.profileCombo.itemText(index))

    def _onFirstEdited(self) -> None:
        say(self.ui.addressError, "")
        say(self.ui.userError, "")
        self._refresh_buttons()

    # What a person sees ---------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the logic's state."""
        ui, logic = self.ui, self._logic
        has_profile = bool(logic.profiles.known.profiles)
        if logic.profiles.known.names != self._names_before:
            self._adding = False
        asks = (self._adding or not has_profile) and not self._form_is_open
        ui.firstTime.setVisible(asks)
        title = _("Connect to another Orthanc server")
        ui.firstTime.title = title if self._adding else _("Connect to your Orthanc server")
        ui.cancelAddButton.setVisible(self._adding)
        if self._question is not None and logic.connection.state != states.CONNECTING:
            question, self._question = self._question, None
            question.reject()  # nobody waits for its answer any more
        ui.serverBar.setVisible(has_profile)
        say(ui.removeQuestion, "")
        ui.keepButton.hide()
        ui.reallyRemoveButton.hide()
        self._refresh_combo()
        profile = logic.profiles.current
        insecure = ""
        if profile is not None and not profile.is_secure:
            insecure = _(
                "⚠ Not encrypted (http): the password and all images cross the network in clear."
            )
        say(ui.insecureLabel, insecure, WARNING)
        self._refresh_state(profile)
        self._refresh_buttons()
        self._refresh_chips()

    def _refresh_combo(self) -> None:
        combo, profiles = self.ui.profileCombo, self._logic.profiles
        combo.blockSignals(True)
        combo.clear()
        for index, profile in enumerate(profiles.known.profiles):
            combo.addItem(profile.name)
            combo.setItemData(index, tip(profile.shown_url), qt.Qt.ToolTipRole)
        if profiles.known.profiles:
            combo.setCurrentIndex(profiles.known.names.index(profiles.current_name))
        combo.blockSignals(False)

    def _refresh_state(self, profile: Optional[ServerProfile]) -> None:
        ui, connection = self.ui, self._logic.connection
        text, hint, tone = "", "", PLAIN
        error: Optional[OrthancConnectError] = None
        if connection.state == states.CONNECTING:
            text = "… " + connection.step
        elif connection.state == states.CONNECTED and connection.profile is not None:
            name = str(connection.system.get("name") or connection.profile.name)
            version = str(connection.system.get("version") or "")
            text = _("● Connected to {name} (Orthanc {version})").format(name=name, version=version)
            tone = GOOD
            if connection.away is not None:
                text, tone = _("◐ {name} does not answer").format(name=name), WARNING
                hint = worded(connection.away.message) + " " + _("It is asked again by itself.")
        elif connection.state == states.FAILED:
            error = connection.error
        elif profile is not None:
            text, tone = _("○ Not connected"), QUIET
        else:
            error = self._logic.profiles.error
        if error is not None:
            text, hint, tone = "✗ " + worded(error.message), worded(error.hint), BAD
        say(ui.stateLabel, text, tone)
        say(ui.hintLabel, hint)
        if isinstance(connection.error, AuthenticationError):
            edit = ui.firstPasswordEdit if self._adding or profile is None else ui.passwordEdit
            edit.selectAll()
            edit.setFocus()
        elif connection.state == states.CONNECTED:
            ui.passwordEdit.text = ""
            ui.firstPasswordEdit.text = ""

    def _refresh_buttons(self) -> None:
        ui, logic = self.ui, self._logic
        connecting = logic.connection.state == states.CONNECTING
        connected = logic.connection.state == states.CONNECTED
        text = _("Cancel") if connecting else _("Connect")
        ui.firstConnectButton.text = text
        why = ""
        if not connecting and not ui.addressEdit.text.strip():
            why = _("Type the server's address first.")
        allow(ui.firstConnectButton, why, _("Connect to this server and remember it."))
        ui.connectButton.text = text
        ui.passwordRow.setVisible(not connected and not self._adding)
        ui.disconnectButton.setVisible(connected)
        make_primary(ui.connectButton, not connecting and not self._form_is_open)
        profile = logic.profiles.current
        asks = profile is not None and not connected
        ui.ownUserEdit.setVisible(profile is not None and not profile.logs_in)
        in_browser = profile is not None and profile.auth == OPENID
        ui.passwordEdit.setVisible(asks and (not in_browser or logic.connection.wants_passphrase))
        ui.keepCheck.setVisible(asks)
        by_password = profile is None or profile.auth == PASSWORD
        password, login = (
            _("Remember the password in the keychain"),
            _("Remember the login in the keychain"),
        )
        ui.keepCheck.text = password if by_password else login
        if asks and profile is not None:
            ui.keepCheck.checked = ui.keepCheck.checked or logic.logins.wanted(profile)
            ui.passwordEdit.placeholderText = self._placeholder(profile)
            if profile.auth == OPENID and not connecting and not logic.logins.login(profile):
                ui.connectButton.text = _("Log in…")

    def _placeholder(self, profile: ServerProfile) -> str:
        """Return what the password field asks for, or where that is known from."""
        logins = self._logic.logins
        if self._logic.connection.wants_passphrase:
            return _("Passphrase of your key")
        known = logins.known(profile.name)
        if profile.auth == TOKEN:
            kept = known or logins.wanted(profile)
            return _("Token: still known") if kept else _("Token")
        placeholder = _("Password of {user}") if profile.user else _("Password")
        if logins.wanted(profile) and not known:
            placeholder = _("Password of {user}: in the keychain")
        if known:
            placeholder = _("Password of {user}: still known")
        return placeholder.format(user=profile.user)

    def _refresh_chips(self) -> None:
        ui, connection = self.ui, self._logic.connection
        self.chips.refresh()
        mismatch = ""
        if connection.connected and connection.profile is not None and connection.away is None:
            ours = connection.profile.called_ae_title
            told = str(connection.system.get("dicom_aet") or "")
            if told and told != ours:
                mismatch = _("The server's AE title is {told}; the settings have {ours}.").format(
                    told=told, ours=ours
                )
            bad = connection.dicom == states.SILENT
            hint = mismatch or (worded(connection.dicom_text.replace("\n", " ")) if bad else "")
            say(ui.hintLabel, "⚠ " + hint if hint else "", WARNING)
        ui.useAeTitleButton.setVisible(bool(mismatch))
