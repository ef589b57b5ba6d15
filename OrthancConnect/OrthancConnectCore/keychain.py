"""Passwords in the system's keychain, through the optional package ``keyring``.

Without that package, or without a keychain on the system, passwords live for the session only:
they are written nowhere else.
"""

from __future__ import annotations

from typing import Any, Optional

from .errors import ConfigurationError, MissingDependencyError
from .profiles import ServerProfile
from .validation import plain_text

SERVICE = "OrthancConnect"


def entry_name(profile: ServerProfile) -> str:
    """Return the name of a profile's entry: user and address, so that two servers never share."""
    return f"{profile.user}@{profile.rest_url}"


class Keychain:
    """The system's keychain: macOS Keychain, Windows Credential Locker, Secret Service, KWallet.

    A keychain may ask the user to unlock it, and so keep the caller waiting: use it in the worker
    process or on the command line, not in Slicer's own.

    Raises
    ------
    MissingDependencyError
        ``keyring`` is not installed.
    ConfigurationError
        The system has no keychain that can be used.
    """

    def __init__(self) -> None:
        try:
            import keyring
            import keyring.errors
        except ImportError as error:
            raise MissingDependencyError(
                "The system's keychain needs the package keyring.",
                'Install it (pip install "orthancconnect[keychain]"), or type the password each '
                "session.",
                package="keyring",
            ) from error
        self._keyring: Any = keyring
        self._errors: Any = keyring.errors
        # keyring's "fail" and "null" backends stand in where the system has none.
        if getattr(keyring.get_keyring(), "priority", 0) <= 0:
            raise ConfigurationError(
                "This system has no keychain that can be used.",
                "Type the password each session, or start the system's keychain service.",
            )

    def password(self, profile: ServerProfile) -> Optional[str]:
        """Return the stored password, None when there is none."""
        try:
            found = self._keyring.get_password(SERVICE, entry_name(profile))
        except self._errors.KeyringError as error:
            raise self._fault("read", error) from error
        return found if isinstance(found, str) else None

    def remember(self, profile: ServerProfile, password: str) -> None:
        """Store the password, in the place of an older one."""
        try:
            self._keyring.set_password(SERVICE, entry_name(profile), password)
        except self._errors.KeyringError as error:
            raise self._fault("written", error) from error

    def forget(self, profile: ServerProfile) -> bool:
        """Remove the stored password; return whether there was one."""
        if self.password(profile) is None:
            return False
        try:
            self._keyring.delete_password(SERVICE, entry_name(profile))
        except self._errors.KeyringError as error:
            raise self._fault("changed", error) from error
        return True

    @staticmethod
    def _fault(what: str, error: Exception) -> ConfigurationError:
        return ConfigurationError(
            f"The system's keychain can't be {what}: {plain_text(error, 120) or 'refused'}.",
            "Unlock it and try again, or type the password each session.",
        )
