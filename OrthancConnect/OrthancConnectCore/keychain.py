"""Passwords in the system's keychain, through the optional package ``keyring``.

Without that package, or without a keychain on the system, passwords live for the session only:
they are written nowhere else.
"""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, Optional

from . import trace_log
from .shared.errors import ConfigurationError, PasswordNeededError
from .shared.packages import optional
from .shared.profile import ServerProfile
from .shared.profile_checks import PASSWORD, TOKEN
from .shared.validation import plain_text

SERVICE = "OrthancConnect"


def entry_name(profile: ServerProfile) -> str:
    """Return the name of a profile's entry: who, and the address, so that two servers never share.

    A user name holds no colon, so no two give the same name. What logs in at a provider is for that
    provider too.
    """
    who = profile.user if profile.auth == PASSWORD else f"{profile.auth}:{profile.issuer}"
    return f"{who}{profile.client_id and ' '}{profile.client_id}@{profile.rest_url}"


def passphrase_name(profile: ServerProfile) -> str:
    """Return the name of the entry with the passphrase of a profile's client certificate."""
    return f"key:{profile.client_key or profile.client_certificate}"


class Keychain:
    """The system's keychain: macOS Keychain, Windows Credential Locker, Secret Service, KWallet.

    A keychain may ask the user to unlock it, and so keep the caller waiting: use it in the worker
    process or on the command line, not in Slicer's own. Which of a profile's secrets is meant says
    the name of its entry.

    Raises
    ------
    MissingDependencyError
        ``keyring`` is not installed.
    ConfigurationError
        The system has no keychain that can be used.
    """

    def __init__(self, name: Callable[[ServerProfile], str] = entry_name) -> None:
        self._name = name
        needs = "The system's keychain needs the package keyring."
        hint = "Install it, or type the password each session."
        try:
            with optional(needs, hint, "keyring", "keychain"):
                import keyring
                import keyring.errors
            backend = keyring.get_keyring()
        except (ImportError, OSError, RuntimeError, ValueError) as error:  # its own settings
            raise self._fault("opened", error) from error
        if not _is_safe(backend):
            raise ConfigurationError(
                "This system has no keychain that can be used.",
                "Type the password each session, or start the system's keychain service.",
            )
        self._keyring: Any = keyring
        self._faults = (keyring.errors.KeyringError, OSError, RuntimeError, ValueError)

    def password(self, profile: ServerProfile) -> Optional[str]:
        """Return the stored password, None when there is none."""
        found = self._do("read", self._keyring.get_password, profile)
        return found if isinstance(found, str) else None

    def remember(self, profile: ServerProfile, password: str) -> None:
        """Store the password, in the place of an older one."""
        trace_log.hide(profile.user, password)
        self._do("written", self._keyring.set_password, profile, password)

    def forget(self, profile: ServerProfile) -> bool:
        """Remove the stored password; return whether there was one."""
        if self.password(profile) is None:
            return False
        self._do("changed", self._keyring.delete_password, profile)
        return True

    def _do(self, what: str, act: Callable[..., Any], profile: ServerProfile, *more: str) -> Any:
        try:
            return act(SERVICE, self._name(profile), *more)
        except self._faults as error:
            raise self._fault(what, error) from error

    @staticmethod
    def _fault(what: str, error: Exception) -> ConfigurationError:
        words = plain_text(trace_log.redact(str(error)), 120) or type(error).__name__
        return ConfigurationError(
            f"The system's keychain can't be {what}: {words}.",
            "Unlock it and try again, or type the password each session.",
        )


def _is_safe(backend: Any) -> bool:
    """Return whether a backend of keyring is a keychain of the system.

    keyring recommends those of priority 1 and more. Below are its "fail" and "null", which stand in
    where there is none, and the plain text files of the package keyrings.alt. A chain of backends
    writes to its first one.
    """
    chained = getattr(backend, "backends", None)
    if isinstance(chained, (list, tuple)):
        return bool(chained) and _is_safe(chained[0])
    return bool(getattr(backend, "priority", 0) >= 1)


def _needed(profile: ServerProfile) -> PasswordNeededError:
    if profile.auth == TOKEN:
        message = f"The keychain has no token for {profile.shown_url}."
        return PasswordNeededError(message, "Paste the token.")
    return PasswordNeededError(
        f"The keychain has no password of {plain_text(profile.user, 80)} for {profile.shown_url}.",
        "Type the password.",
    )


class RememberedPasswords:
    """The keychain's passwords in a process that serves many requests: each is read once.

    A keychain may ask the person at each reading, and may be locked in the middle of the work.
    """

    def __init__(self) -> None:
        self._known: Dict[str, str] = {}
        self._lock = threading.Lock()

    def get(self, profile: ServerProfile) -> str:
        """Return the password of the profile's user at its address.

        Raises
        ------
        PasswordNeededError
            The keychain has none.
        MissingDependencyError, ConfigurationError
            As `Keychain`.
        """
        name = entry_name(profile)
        with self._lock:
            found = self._known.get(name)
            if found is None:
                found = Keychain().password(profile)
            if found is None:
                raise _needed(profile)
            self._known[name] = found
            return found

    def remember(self, profile: ServerProfile, password: str) -> None:
        """Store the password in the keychain, in the place of an older one."""
        with self._lock:
            Keychain().remember(profile, password)
            self._known[entry_name(profile)] = password

    def forget(self, profile: ServerProfile) -> bool:
        """Remove the password from the keychain; return whether there was one."""
        with self._lock:
            self._known.pop(entry_name(profile), None)
            return Keychain().forget(profile)

    def read_again(self) -> None:
        """Read the keychain anew at the next request: a server has refused a password."""
        with self._lock:
            self._known.clear()
