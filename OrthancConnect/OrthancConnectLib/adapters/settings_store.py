"""What is remembered between sessions, in Slicer's own settings; never a password."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator, Optional

import qt
import slicer

from OrthancConnectCore.shared.disk import changing
from OrthancConnectCore.shared.errors import ConfigurationError, InvalidProfileError
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
        self._known = ProfileSet()

    def load(self) -> ProfileSet:
        self._known = self._stored()
        return self._known

    def _stored(self) -> ProfileSet:
        text = self._settings.value(_PROFILES)
        return ProfileSet.from_json(text if isinstance(text, str) else "")

    def save(self, profiles: ProfileSet) -> ProfileSet:
        with changing_settings(self._settings):
            profiles = _both(self._known, profiles, self._stored_or(self._known))
            self._settings.setValue(_PROFILES, profiles.to_json())
        self._known = profiles
        return profiles

    def _stored_or(self, known: ProfileSet) -> ProfileSet:
        """Return what is stored; where it is damaged, and saving is to mend it, what was known."""
        try:
            return self._stored()
        except ConfigurationError:
            return known

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


@contextmanager
def changing_settings(settings: Any) -> Iterator[None]:
    """Read and change the settings as they are on the disk now, while no other Slicer does.

    Raises
    ------
    ConfigurationError
        They can't be written, or another program keeps them.
    """
    name = settings.fileName()
    try:
        # Not the settings' own name: Qt locks them so while it writes.
        with changing(Path(f"{name}.OrthancConnect")):
            settings.sync()  # with what another Slicer has written
            yield
            settings.sync()
        is_kept = settings.status() == qt.QSettings.NoError
    except OSError:
        is_kept = False
    if not is_kept:
        raise ConfigurationError(
            "Slicer's settings can't be written, so the change is not kept.",
            f"Make this file writable: {name}",
        )


def _both(before: ProfileSet, here: ProfileSet, there: ProfileSet) -> ProfileSet:
    """Return what is stored `there`, with what was changed `here` since `before`.

    InvalidProfileError where both have added a profile of the same name.
    """
    if there == before:
        return here
    old, mine = ({one.name: one for one in known.profiles} for known in (before, here))
    kept = []
    for profile in there.profiles:
        name = profile.name
        if name not in old and mine.get(name, profile) != profile:
            raise InvalidProfileError(
                f"Another Slicer has added a profile named {name!r} meanwhile.",
                "Choose another name.",
                field="name",
            )
        if name in mine and mine[name] != old.get(name):
            kept.append(mine[name])
        elif name in mine or name not in old:
            kept.append(profile)
    new = [one for one in here.profiles if one != old.get(one.name)]
    kept += [one for one in new if one.name not in there.names]
    is_mine = here.default_name != before.default_name
    return ProfileSet(tuple(kept), (here if is_mine else there).default_name)
