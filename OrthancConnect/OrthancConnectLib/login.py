"""Who logs in: with a password of this session, or with the keychain's, which Slicer never sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Union

from OrthancConnectCore.credentials import Credentials
from OrthancConnectCore.errors import OrthancConnectError
from OrthancConnectCore.profiles import ServerProfile

from .adapters import Adapters


@dataclass(frozen=True)
class InKeychain:
    """The login of a user whose password the worker process reads from the system's keychain."""

    user: str


Login = Union[Credentials, InKeychain]


def server_parameters(profile: ServerProfile, login: Optional[Login]) -> Dict[str, Any]:
    """Return what every request to the worker about a server carries."""
    password: Any = None
    if isinstance(login, InKeychain):
        password = {"keychain": True}
    elif login is not None:
        password = login.reveal()[1]
    return {"profile": profile.to_dict(), "password": password}


class RememberedPasswords:
    """Which passwords the person wants in the keychain, by user and address; never the passwords.

    The keychain itself is the worker's: it may ask the person to unlock it, and so keep its caller
    waiting.
    """

    _STATE = "passwords in the keychain"

    def __init__(self, adapters: Adapters) -> None:
        self._adapters = adapters

    def wanted(self, profile: ServerProfile) -> bool:
        """Whether the keychain is to hold the password of this user on this server."""
        return _entry(profile) in self._entries()

    def remember(
        self,
        profile: ServerProfile,
        password: str,
        on_done: Callable[[Optional[OrthancConnectError]], None],
    ) -> None:
        """Put a password, which the server accepted, into the keychain; None is success."""

        def on_result(_answer: Any) -> None:
            self._save([*self._entries(), _entry(profile)])
            on_done(None)

        params = {"profile": profile.to_dict(), "password": password}
        self._adapters.worker.request("password.remember", params, on_result, on_done)

    def forget(
        self, profile: ServerProfile, on_done: Callable[[Optional[OrthancConnectError]], None]
    ) -> None:
        """Take the password out of the keychain again, if it is there."""
        if not self.wanted(profile):
            return
        self._save([entry for entry in self._entries() if entry != _entry(profile)])
        params = {"profile": profile.to_dict()}
        self._adapters.worker.request(
            "password.forget", params, lambda _answer: on_done(None), on_done
        )

    def _entries(self) -> List[str]:
        entries = self._adapters.store.state(self._STATE, [])
        return [str(entry) for entry in entries] if isinstance(entries, list) else []

    def _save(self, entries: List[str]) -> None:
        self._adapters.store.set_state(self._STATE, sorted(set(entries)))


def _entry(profile: ServerProfile) -> str:
    return f"{profile.user}@{profile.rest_url}"
