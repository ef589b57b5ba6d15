"""The servers that are known, which of them is chosen, and what becomes of their profiles."""

from __future__ import annotations

import logging
from typing import Callable, Optional

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import InvalidProfileError, OrthancConnectError
from OrthancConnectCore.shared.profile import ProfileSet, ServerProfile, free_name

from ..protocols import Adapters
from ..signals import Signal
from .login import Logins
from .profile_files import export_profile, import_profiles


class Profiles:
    """All profiles, as the settings hold them, and the current one.

    `leave` is called before another server, or the same one by other settings, becomes current.
    """

    def __init__(self, adapters: Adapters, logins: Logins, leave: Callable[[], None]) -> None:
        self._store = adapters.store
        self._server_lists = adapters.server_lists
        self._logins = logins
        self._leave = leave
        self.changed = Signal()
        self.error: Optional[OrthancConnectError] = None
        self.known = ProfileSet()
        try:
            self.known = self._store.load()
        except OrthancConnectError as error:
            logging.warning("OrthancConnect: %s", error)
            self.error = error
        self.current_name = self.known.default_name

    @property
    def current(self) -> Optional[ServerProfile]:
        """The profile chosen in the panel; None when there is none."""
        return self.known.get(self.current_name) if self.known.profiles else None

    def chosen(self) -> ServerProfile:
        """Return the current profile; ProfileNotFoundError when there is none."""
        return self.known.get(self.current_name)

    def put(self, profile: ServerProfile, replacing: str = "") -> None:
        """Store a profile as it is, and choose it."""
        self._keep(self.known.put(profile, replacing))
        self.current_name = profile.name
        self.changed.emit()

    def select(self, name: str) -> None:
        """Work with another profile from now on; a connection to the one before is given up."""
        if name != self.current_name:
            self._leave()
            self.current_name = name
            self.changed.emit()

    def save(self, profile: ServerProfile, replacing: str = "") -> None:
        """Add a profile, or put it in the place of another, and choose it.

        Raises
        ------
        InvalidProfileError
            Another profile has that name.
        """
        if not replacing and profile.name in self.known.names:
            raise InvalidProfileError(
                _("There is a server of this name already."),
                _("Choose another name."),
                field="name",
            )
        before = self.known.get(replacing) if replacing else None
        if before is not None:
            profile = profile.without_pin_of(before)  # it was for the address before
        self._keep(self.known.put(profile, replacing))
        if before is not None:
            login = self._logins.drop(before.name)
            if (before.rest_url, before.user) == (profile.rest_url, profile.user):
                self._logins.accept(profile.name, login)
        if before != profile or self.current_name != profile.name:
            self._leave()
        self.current_name = profile.name
        self.changed.emit()

    def remove(self, name: str) -> None:
        """Forget a profile, its password, and what Slicer's own lists have of it."""
        self._logins.drop(name)
        self._logins.forget(self.known.get(name))
        self._server_lists.hide(name)
        if name == self.current_name:
            self._leave()
        self._keep(self.known.remove(name))
        if name == self.current_name:
            self.current_name = self.known.default_name
        self.changed.emit()

    def duplicate(self) -> str:
        """Make a copy of the current profile, choose it, and return its name."""
        profile = self.chosen()
        name = free_name(profile.name, self.known.names)
        self.save(profile.replace(name=name))
        return name

    def import_file(self, path: str) -> str:
        """Take over the profiles of a file; return their names. Raises OrthancConnectError."""
        profiles, names = import_profiles(path, self.known)
        self._leave()
        self._keep(profiles)
        self.current_name = names[0]
        self.changed.emit()
        return ", ".join(names)

    def export_file(self, path: str) -> str:
        """Write the current profile to a file, without any password; return the path."""
        export_profile(self.chosen(), path)
        return path

    def set_default(self, name: str) -> None:
        """Choose the profile that Slicer starts with."""
        self._keep(self.known.with_default(name))
        self.changed.emit()

    def is_listed(self, name: str) -> bool:
        """Whether Slicer's own server lists have a profile from us."""
        return self._server_lists.shown(name)

    def list_in_slicer(self, listed: bool) -> None:
        """Write the current profile into Slicer's own server lists, or take it out again."""
        profile = self.chosen()
        if listed:
            self._server_lists.show(profile)
        else:
            self._server_lists.hide(profile.name)
        self.changed.emit()

    def _keep(self, profiles: ProfileSet) -> None:
        self._store.save(profiles)
        self.known = profiles
        self.error = None
