"""All settings of a server, checked while they are typed; the sentence stands under its field."""

from __future__ import annotations

import platform
from typing import Any, Callable, Dict, Optional, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import InvalidProfileError, OrthancConnectError
from OrthancConnectCore.shared.profile import (
    RETRIEVE_METHODS,
    TRUST_MODES,
    ServerProfile,
    TrustPolicy,
)
from OrthancConnectCore.shared.validation import propose_calling_ae_title, server_address

from .style import BAD, load_ui, make_primary, say
from .texts import error_text
from .wires import Wires

# Field of the profile → the widget that holds it. Faults of a field stand under its widget.
_WIDGETS = {
    "name": "nameEdit",
    "rest_url": "restUrlEdit",
    "user": "userEdit",
    "trust.mode": "trustCombo",
    "trust.ca_file": "caFileEdit",
    "fingerprint": "fingerprintEdit",
    "allow_insecure_http": "insecureCheck",
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
    "caFileEdit": ("currentPath", "currentPathChanged(QString)"),
}
# A value that is always good, to look for faults of the other fields as well.
_GOOD = ServerProfile("server", "https://server:8042")
# Fields that stand in their widget as they are.
_PLAIN = [name for name in _WIDGETS if hasattr(_GOOD, name) and name != "retrieve_method"]


class ProfileForm:
    """The form for a new server, or for the one chosen."""

    def __init__(
        self,
        resource_path: Any,
        save: Callable[[ServerProfile, str, bool], None],
        on_closed: Callable[[], None],
    ) -> None:
        self._save = save
        self._on_closed = on_closed
        self._replacing = ""
        self._touched = False
        self._filling = False
        self.widget, self.ui = load_ui(resource_path, "profile_form.ui")
        for name in ("connectTimeoutSpin", "readTimeoutSpin", "dimseTimeoutSpin"):
            getattr(self.ui, name).setRange(0.1, 3600.0)
        make_primary(self.ui.saveButton)
        self._wires = Wires(
            (self.ui.saveButton, "clicked()", self.onSave),
            (self.ui.cancelButton, "clicked()", self.close_form),
        )
        for name in _WIDGETS.values():
            self._wires.add((getattr(self.ui, name), _kind(name)[1], self._onEdited))

    @property
    def is_open(self) -> bool:
        """Whether the form is shown."""
        return not bool(self.widget.isHidden())

    def open(self, profile: ServerProfile, replacing: str, is_default: bool) -> None:
        """Show a profile to be changed; with an empty `replacing` it is a new one."""
        self._replacing = replacing
        self._touched = bool(replacing)
        self.ui.profileForm.title = _("Server settings") if replacing else _("New server")
        self._fill(profile)
        self.ui.defaultCheck.checked = is_default
        self.widget.show()
        self._validate()
        (self.ui.nameEdit if replacing else self.ui.restUrlEdit).setFocus()

    def close_form(self) -> None:
        """Hide the form; what was typed is forgotten."""
        self.widget.hide()
        self._on_closed()

    def _fill(self, profile: ServerProfile) -> None:
        self._filling = True
        ui = self.ui
        for field in _PLAIN:
            value = type(getattr(_GOOD, field))(getattr(profile, field))
            setattr(getattr(ui, _WIDGETS[field]), _kind(_WIDGETS[field])[0], value)
        if f"//{profile.dicom_host}" in profile.rest_url:
            ui.dicomHostEdit.text = ""
        if profile.storage_ae_title == profile.calling_ae_title:
            ui.storageEdit.text = ""
        ui.methodCombo.currentIndex = RETRIEVE_METHODS.index(profile.retrieve_method)
        ui.trustCombo.currentIndex = TRUST_MODES.index(profile.trust.mode)
        ui.caFileEdit.currentPath = profile.trust.ca_file
        ui.fingerprintEdit.text = profile.trust.fingerprint
        self._filling = False

    # Reading --------------------------------------------------------------------------------

    def _typed(self) -> Dict[str, Any]:
        values: Dict[str, Any] = {}
        for field in _PLAIN:
            value = getattr(getattr(self.ui, _WIDGETS[field]), _kind(_WIDGETS[field])[0])
            values[field] = type(getattr(_GOOD, field))(value)
        values["retrieve_method"] = RETRIEVE_METHODS[self.ui.methodCombo.currentIndex]
        return values

    def _address(self) -> str:
        return server_address(self.ui.restUrlEdit.text)

    def _trust(self) -> TrustPolicy:
        mode = TRUST_MODES[self.ui.trustCombo.currentIndex]
        ca_file = self.ui.caFileEdit.currentPath if mode == "ca_file" else ""
        fingerprint = self.ui.fingerprintEdit.text if mode == "pinned" else ""
        return TrustPolicy(mode, ca_file, fingerprint)

    def profile_and_faults(self) -> Tuple[Optional[ServerProfile], Dict[str, OrthancConnectError]]:
        """Return what is typed as a profile, or the fault of every field that has one."""
        faults: Dict[str, OrthancConnectError] = {}
        values = self._typed()
        for name, read in (("rest_url", self._address), ("trust", self._trust)):
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
                values[field] = getattr(_GOOD, field)
        return None, faults

    def _validate(self) -> Optional[ServerProfile]:
        profile, faults = self.profile_and_faults()
        ui = self.ui
        ui.fingerprintEdit.enabled = TRUST_MODES[ui.trustCombo.currentIndex] == "pinned"
        ui.caFileEdit.enabled = TRUST_MODES[ui.trustCombo.currentIndex] == "ca_file"
        for field, name in _WIDGETS.items():
            fault = faults.get(field) if self._touched else None
            say(getattr(ui, name + "Error"), _sentence(fault, field), BAD)
        say(ui.formError, "")
        return profile

    def _onEdited(self) -> None:
        if not self._filling:
            self._touched = True
            self._validate()

    def onSave(self) -> None:
        """Save, unless a field is wrong; its sentence says why."""
        self._touched = True
        profile = self._validate()
        if profile is None:
            say(self.ui.formError, _("✗ Correct the fields marked above."), BAD)
            return
        try:
            self._save(profile, self._replacing, bool(self.ui.defaultCheck.checked))
        except OrthancConnectError as error:
            name = _WIDGETS.get(str(error.facts.get("field")), "")
            target = getattr(self.ui, name + "Error") if name else self.ui.formError
            say(target, "✗ " + error_text(error), BAD)
            return
        self.close_form()

    def close(self) -> None:
        """Let go of the widgets."""
        self._wires.close()


def _sentence(fault: Optional[OrthancConnectError], field: str) -> str:
    """Return the fault's sentence without the name of the field, above which it stands."""
    return "" if fault is None else "✗ " + error_text(fault).replace(f" ({field})", "")


def _kind(name: str) -> Tuple[str, str]:
    return _KINDS[max((end for end in _KINDS if name.endswith(end)), key=len)]


def blank_profile() -> ServerProfile:
    """Return the profile that a new form begins with."""
    title = propose_calling_ae_title(platform.node())
    return _GOOD.replace(calling_ae_title=title, storage_ae_title=title)
