"""All settings of a server, checked while they are typed; the sentence stands under its field."""

from __future__ import annotations

import platform
from operator import attrgetter
from typing import Any, Callable, Dict, Optional, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import InvalidProfileError, OrthancConnectError
from OrthancConnectCore.shared.hosts import shown_host
from OrthancConnectCore.shared.profile import (
    RETRIEVE_METHODS,
    TRUST_MODES,
    ServerProfile,
    TrustPolicy,
)
from OrthancConnectCore.shared.profile_checks import AUTH_KINDS, OPENID, PASSWORD
from OrthancConnectCore.shared.validation import propose_calling_ae_title, server_address

from ..logic.logic import OrthancConnectLogic
from ..wording import worded
from .part import Form
from .style import BAD, make_primary, say
from .texts import fault

# Field of the profile → the widget that holds it. Faults of a field stand under its widget.
_WIDGETS = {
    "name": "nameEdit",
    "rest_url": "restUrlEdit",
    "user": "userEdit",
    "trust.mode": "trustCombo",
    "trust.ca_file": "caFileEdit",
    "fingerprint": "fingerprintEdit",
    "allow_insecure_http": "insecureCheck",
    "auth": "authCombo",
    "issuer": "issuerEdit",
    "client_id": "clientIdEdit",
    "scope": "scopeEdit",
    "login_hosts": "loginHostsEdit",
    "client_certificate": "certificateFileEdit",
    "client_key": "keyFileEdit",
    "dicom_host": "dicomHostEdit",
    "dicom_port": "dicomPortSpin",
    "called_ae_title": "calledEdit",
    "calling_ae_title": "callingEdit",
    "retrieve_method": "methodCombo",
    "storage_port": "storagePortSpin",
    "storage_ae_title": "storageEdit",
    "parallel_transfers": "parallelSpin",
    "connect_timeout": "connectTimeoutSpin",
    "read_timeout": "readTimeoutSpin",
    "dimse_timeout": "dimseTimeoutSpin",
}
# Ending of a widget's name → the property that holds the field, and the signal of its change.
_KINDS = {
    "Edit": ("text", "textChanged(QString)"),
    "Spin": ("value", "valueChanged(int)"),
    "TimeoutSpin": ("value", "valueChanged(double)"),
    "Combo": ("currentIndex", "currentIndexChanged(int)"),
    "Check": ("checked", "toggled(bool)"),
    "FileEdit": ("currentPath", "currentPathChanged(QString)"),
}
# The values of a field whose widget holds the number of one of them.
_CHOICES = {"retrieve_method": RETRIEVE_METHODS, "trust.mode": TRUST_MODES, "auth": AUTH_KINDS}
# What is at fault together with a field.
_WITH = {
    **dict.fromkeys(("issuer", "client_id", "scope", "login_hosts"), {"auth": PASSWORD}),
    "client_certificate": {"client_key": ""},
}
_BROWSER_ALONE = ("issuerEdit", "clientIdEdit", "scopeEdit", "loginHostsEdit")
# What has no field, since Slicer itself has no use for it.
_WITHOUT_FIELD = ("dicom_tls", "dicom_fingerprint", "dicom_certificate")
# A value that is always good, to look for faults of the other fields as well.
_GOOD = ServerProfile("server", "https://server:8042")


class ProfileForm(Form):
    """The form for a new server, or for the one chosen."""

    def __init__(
        self, logic: OrthancConnectLogic, resource_path: Any, on_closed: Callable[[], None]
    ) -> None:
        super().__init__(logic, resource_path, "profile_form.ui")
        self._on_closed = on_closed
        self._replacing = ""
        self._before = TrustPolicy()
        self._kept: Dict[str, Any] = {}
        self._touched = False
        self._filling = False
        tabs = self.ui.tabs
        self._titles = [str(tabs.tabText(number)) for number in range(tabs.count)]
        make_primary(self.ui.saveButton)
        self.wire(
            (self.ui.saveButton, "clicked()", self.onSave),
            (self.ui.cancelButton, "clicked()", self.close_form),
            *(
                (getattr(self.ui, name), _kind(name)[1], self._onEdited)
                for name in _WIDGETS.values()
            ),
        )

    @property
    def is_open(self) -> bool:
        """Whether the form is shown."""
        return not bool(self.widget.isHidden())

    def open(self, profile: ServerProfile, replacing: str) -> None:
        """Show a profile to be changed; with an empty `replacing` it is a new one."""
        self._replacing = replacing
        self._before = profile.trust
        self._kept = {name: getattr(profile, name) for name in _WITHOUT_FIELD}
        self._touched = bool(replacing)
        self.ui.profileForm.title = _("Server settings") if replacing else _("New server")
        self._fill(profile)
        self.ui.defaultCheck.checked = self._logic.profiles.known.default_name == replacing
        self.ui.tabs.currentIndex = 0
        self.widget.show()
        self._validate()
        (self.ui.nameEdit if replacing else self.ui.restUrlEdit).setFocus()

    def close_form(self) -> None:
        """Hide the form; what was typed is forgotten."""
        self.widget.hide()
        self._on_closed()

    def _fill(self, profile: ServerProfile) -> None:
        self._filling = True
        for field, name in _WIDGETS.items():
            value = attrgetter("trust.fingerprint" if field == "fingerprint" else field)(profile)
            if field in ("rest_url", "dicom_host", "issuer", "login_hosts"):
                value = shown_host(value)
            if field in _CHOICES:
                value = _CHOICES[field].index(value)
            setattr(getattr(self.ui, name), _kind(name)[0], value)
        if f"//{profile.dicom_host}" in profile.rest_url:
            self.ui.dicomHostEdit.text = ""
        if profile.storage_ae_title == profile.calling_ae_title:
            self.ui.storageEdit.text = ""
        self._filling = False

    # Reading --------------------------------------------------------------------------------

    def _typed(self, field: str) -> Any:
        value = getattr(getattr(self.ui, _WIDGETS[field]), _kind(_WIDGETS[field])[0])
        return _CHOICES[field][value] if field in _CHOICES else value

    def _trust(self) -> TrustPolicy:
        mode = self._typed("trust.mode")
        ca_file = self._typed("trust.ca_file") if mode == "ca_file" else ""
        trust = TrustPolicy(mode, ca_file, self._typed("fingerprint") if mode == "pinned" else "")
        # What is to follow a pin goes with it; it has no field of its own.
        return self._before if trust.fingerprint in self._before.pins[:1] else trust

    def profile_and_faults(self) -> Tuple[Optional[ServerProfile], Dict[str, OrthancConnectError]]:
        """Return what is typed as a profile, or the fault of every field that has one."""
        faults: Dict[str, OrthancConnectError] = {}
        values = {field: self._typed(field) for field in _WIDGETS if hasattr(_GOOD, field)}
        values.update(self._kept)
        readers = {"rest_url": lambda: server_address(values["rest_url"]), "trust": self._trust}
        for name, read in readers.items():
            try:
                values[name] = read()
            except InvalidProfileError as error:
                faults[str(error.field)] = error
                values[name] = getattr(_GOOD, name)
        for _attempt in _WIDGETS:
            try:
                profile = ServerProfile(**values)
                return (None if faults else profile), faults
            except InvalidProfileError as error:
                field = str(error.field)
                faults[field] = error
                if field == "storage_ae_title" and not values[field]:
                    field = "calling_ae_title"
                values.update({field: getattr(_GOOD, field), **_WITH.get(field, {})})
        return None, faults

    def _validate(self) -> Optional[ServerProfile]:
        profile, faults = self.profile_and_faults()
        ui = self.ui
        ui.fingerprintEdit.enabled = self._typed("trust.mode") == "pinned"
        ui.userEdit.enabled = self._typed("auth") == PASSWORD
        for name in _BROWSER_ALONE:
            for widget in (getattr(ui, name), getattr(ui, name + "Label")):
                widget.setVisible(self._typed("auth") == OPENID)
        ui.caFileEdit.enabled = self._typed("trust.mode") == "ca_file"
        for field, name in _WIDGETS.items():
            sentence = ""
            if self._touched and field in faults:  # without the field's name: it stands above
                sentence = "✗ " + worded(faults[field].message).replace(f" ({field})", "")
            say(getattr(ui, name + "Error"), sentence, BAD)
        wrong = {self._tab_of(field) for field in faults if self._touched}
        for number, title in enumerate(self._titles):
            ui.tabs.setTabText(number, "✗ " + title if number in wrong else title)
        say(ui.formError, "")
        return profile

    def _tab_of(self, field: str) -> int:
        """Return which group of the settings has a field; -1 where none has."""
        name = _WIDGETS.get(field, "")
        return int(self.ui.tabs.indexOf(getattr(self.ui, name).parent())) if name else -1

    def _show_fault(self, field: str) -> None:
        """Open the group that has a field."""
        if self._tab_of(field) >= 0:
            self.ui.tabs.currentIndex = self._tab_of(field)

    def _onEdited(self) -> None:
        if not self._filling:
            self._touched = True
            self._validate()

    def onSave(self) -> None:
        """Save, unless a field is wrong; its sentence says why."""
        self._touched = True
        profile = self._validate()
        if profile is None:
            _profile, faults = self.profile_and_faults()
            if self.ui.tabs.currentIndex not in {self._tab_of(field) for field in faults}:
                self._show_fault(next(iter(faults)))
            say(self.ui.formError, _("✗ Correct the fields marked above."), BAD)
            return
        profiles = self._logic.profiles
        try:
            profiles.save(profile, self._replacing)
            if self.ui.defaultCheck.checked:
                profiles.set_default(profile.name)
        except OrthancConnectError as error:
            name = _WIDGETS.get(str(error.facts.get("field")), "")
            self._show_fault(str(error.facts.get("field")))
            target = getattr(self.ui, name + "Error") if name else self.ui.formError
            say(target, *fault(error))
            return
        self.close_form()


def _kind(name: str) -> Tuple[str, str]:
    return _KINDS[max((end for end in _KINDS if name.endswith(end)), key=len)]


def blank_profile() -> ServerProfile:
    """Return the profile that a new form begins with."""
    title = propose_calling_ae_title(platform.node())
    return _GOOD.replace(calling_ae_title=title, storage_ae_title=title)
