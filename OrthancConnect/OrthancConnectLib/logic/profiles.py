"""The servers that are known, which of them is chosen, and what becomes of their profiles."""

from __future__ import annotations

import logging
import socket
from pathlib import Path
from typing import Callable, Optional, Set, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.disk import target
from OrthancConnectCore.shared.errors import (
    ConfigurationError,
    InputError,
    InvalidProfileError,
    OrthancConnectError,
)
from OrthancConnectCore.shared.profile import BEGINNING, ProfileSet, ServerProfile, free_name

from ..protocols import Adapters
from ..signals import Signal
from .login import Logins, entry_name

#: No file of profiles is that large, in bytes.
_LARGEST = 1024 * 1024


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
        #: Imported, and not connected to until now.
        self._fresh: Set[str] = set()

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

    def add(self, profile: ServerProfile) -> ServerProfile:
        """Store a new profile and choose it; where another Slicer has its name, by a free one."""
        added = profile.replace(name=free_name(profile.name, self.known.names))
        try:
            self.put(added)
        except InvalidProfileError:
            self.known = self._store.load()
            added = profile.replace(name=free_name(profile.name, self.known.names))
            self.put(added)
        return added

    def settle(self, used: ServerProfile, stored: ServerProfile) -> bool:
        """Keep who logged in to a server that was connected; whether nobody had seen it before."""
        is_new = used.user != stored.user or stored.name in self._fresh
        self._fresh.discard(stored.name)
        if used.user != stored.user:
            self.put(used, stored.name)
        return is_new

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
            login = self._logins.accepted.pop(before.name, None)
            if entry_name(before) == entry_name(profile):
                self._logins.accept(profile.name, login)
        is_other = before != profile or self.current_name != profile.name
        self.current_name = profile.name  # before anybody looks: the old name may be gone
        if is_other:
            self._leave()
        self.changed.emit()

    def remove(self, name: str) -> None:
        """Forget a profile, its password, and what Slicer's own lists have of it."""
        self._logins.accepted.pop(name, None)
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

    def import_file(self, path: str, following: str = "") -> str:
        """Take over the profiles of a file; return their names. Raises OrthancConnectError.

        `following` is the fingerprint of a certificate that is to follow a pinned one, once a
        person has agreed to it: the error that asks for it has it as the fact `following`.
        """
        profiles, names = _with_file(path, self.known, following)
        self._leave()
        self._keep(profiles)
        self.current_name = names[0]
        self._fresh.update(names)
        self.changed.emit()
        return ", ".join(names)

    def export_file(self, path: str) -> str:
        """Write the current profile to a file that is for others; return the path."""
        profile = self.chosen()
        text = ProfileSet((profile,), profile.name).to_json(personal=False)
        save_text(path, "export", text + "\n", BEGINNING)
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
        self.known = self._store.save(profiles)
        self.error = None


def save_text(path: str, what: str, text: str, beginning: str, encoding: str = "utf-8") -> None:
    """Write text to a file that a person chose; InputError where it may not, or can't be written.

    Only an earlier file of that kind, which has the same `beginning`, is replaced.
    """
    with target(Path(path), what, [beginning.encode(encoding)]) as part:
        part.write(text.encode(encoding, "replace"))


def _with_file(path: str, known: ProfileSet, following: str) -> Tuple[ProfileSet, Tuple[str, ...]]:
    """Return the known profiles with those of a file, and the names that these got.

    Nothing of the file is taken but a profile's own fields, checked; a name that is taken gets a
    number, so that no known profile is changed, but for the pin to follow theirs that was agreed
    to. InputError or ConfigurationError when the file can't be used, or trusts a known server for
    another reason.
    """
    hint = _("Choose a file exported by OrthancConnect.")
    try:
        with open(path, "rb") as stream:
            raw = stream.read(_LARGEST + 1)
        if len(raw) > _LARGEST:
            raise ConfigurationError(
                _("This is not a file of server profiles: it is too large."), hint
            )
        imported = ProfileSet.from_json(
            raw.decode("utf-8-sig"), lambda name: known.personal_fields(name, socket.gethostname())
        )
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(_("The file can't be read as a file of server profiles."), hint) from error
    if not imported.profiles:
        raise ConfigurationError(_("The file holds no server profile."), hint)
    others = [known.trusted_otherwise(profile) for profile in imported.profiles]
    names = []
    for profile, other in zip(imported.profiles, others):
        if other is None:
            profile = profile.replace(name=free_name(profile.name, known.names))
        elif following and profile.trust.pins == (other.trust.fingerprint, following):
            profile = other.replace(trust=profile.trust)
        else:
            raise _other_trust(profile, other)
        known = known.put(profile)
        names.append(profile.name)
    return known, tuple(names)


def _other_trust(profile: ServerProfile, other: ServerProfile) -> InvalidProfileError:
    """Refuse another certificate for a known server: a password would go where the file says."""
    pins, name = profile.trust.pins, other.name
    is_next = len(pins) == 2 and pins[0] == other.trust.fingerprint
    return InvalidProfileError(
        _(
            "The file trusts another certificate than {name} does, at the same address; "
            "nothing was imported."
        ).format(name=name),
        _("Ask the administrator which is right. To take the file's, remove {name} first.").format(
            name=name
        ),
        field="trust",
        following=pins[1] if is_next else "",
    )
