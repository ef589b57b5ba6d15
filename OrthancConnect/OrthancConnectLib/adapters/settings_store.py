"""What is remembered between sessions, in Slicer's own settings; never a password."""

from __future__ import annotations

import json
from typing import Any, Optional

import qt
import slicer

from OrthancConnectCore.shared.errors import ConfigurationError
from OrthancConnectCore.shared.profile import ProfileSet

_PROFILES = "OrthancConnect/Profiles"
_LISTENER_AUTOSTART = "OrthancConnect/ListenerAutostart"
_STATE = "OrthancConnect/State/"


class SettingsProfileStore:
    """The server profiles as JSON text in QSettings, and the panel's own state beside them.

    An INI file gives every value back as text, lists of one entry as that entry: so profiles and
    state are JSON, and flags are read with `slicer.util.toBool`.
    """

    def __init__(self, settings: Optional[Any] = None) -> None:
        self._settings = qt.QSettings() if settings is None else settings

    def load(self) -> ProfileSet:
        text = self._settings.value(_PROFILES)
        return ProfileSet.from_json(text if isinstance(text, str) else "")

    def save(self, profiles: ProfileSet) -> None:
        self._settings.setValue(_PROFILES, profiles.to_json())
        self._settings.sync()
        if self._settings.status() != qt.QSettings.NoError:
            raise ConfigurationError(
                "Slicer's settings can't be written, so the server profiles are not kept.",
                f"Make this file writable: {self._settings.fileName()}",
            )

    @property
    def listener_autostart(self) -> bool:
        """Whether the DICOM listener starts with Slicer; yes until somebody says no."""
        return bool(
            slicer.util.settingsValue(
                _LISTENER_AUTOSTART, True, converter=slicer.util.toBool, settings=self._settings
            )
        )

    @listener_autostart.setter
    def listener_autostart(self, on: bool) -> None:
        self._settings.setValue(_LISTENER_AUTOSTART, bool(on))

    def state(self, name: str, default: Any = None) -> Any:
        text = self._settings.value(_STATE + name)
        if not isinstance(text, str):
            return default
        try:
            return json.loads(text)
        except ValueError:
            return default

    def set_state(self, name: str, value: Any) -> None:
        self._settings.setValue(_STATE + name, json.dumps(value))
