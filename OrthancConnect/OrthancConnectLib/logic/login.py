"""Who logs in: with a password or token of this session, or with what Slicer never sees.

That is what the keychain has, and a login in the web browser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Union

from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.profile_checks import OPENID, PASSWORD

from ..protocols import Adapters
from ..signals import Signal


@dataclass(frozen=True)
class InKeychain:
    """The login of a user whose password the worker process reads from the system's keychain."""

    user: str


@dataclass(frozen=True)
class InWorker:
    """A login that was made in the browser, and goes on in the worker process."""


Login = Union[Credentials, InKeychain, InWorker]


def server_parameters(profile: ServerProfile, login: Optional[Login]) -> Dict[str, Any]:
    """Return what every request to the worker about a server carries."""
    password: Any = None
    if isinstance(login, InKeychain):
        password = {"keychain": True}
    elif isinstance(login, Credentials):
        password = login.reveal()[1]
    return {"profile": profile.to_dict(), "password": password}


class Logins:
    """The logins that servers accepted in this session, and whose passwords are in the keychain.

    Of those in the keychain only user and address are known here. The keychain itself is the
    worker's: it may ask the person to unlock it, and so keep its caller waiting.
    """

    _STATE = "passwords in the keychain"

    def __init__(self, adapters: Adapters) -> None:
        self._adapters = adapters
        #: By the profile's name, for the rest of the session.
        self.accepted: Dict[str, Login] = {}
        #: Emitted with None when a keychain did what was asked, else with the error.
        self.kept = Signal()

    def login(self, profile: ServerProfile, password: str = "") -> Optional[Login]:
        """Return who logs in: with what was typed, with this session's password, or by keychain.

        None where somebody has to log in first, in the browser.
        """
        if profile.auth == OPENID:
            known = self.accepted.get(profile.name)
            return InKeychain("") if self.wanted(profile) else known
        if profile.logs_in and password:
            return Credentials(profile.user, password)
        if profile.name not in self.accepted and self.wanted(profile):
            return InKeychain(profile.user)
        return self.accepted.get(profile.name)

    def to_connect(self, profile: ServerProfile, password: str) -> Optional[Login]:
        """Return the same; what nobody has typed is empty, for the server to refuse."""
        login = self.login(profile, password)
        if login is None and profile.logs_in and profile.auth != OPENID:
            return Credentials(profile.user, "")
        return login

    def accept(self, name: str, login: Optional[Login]) -> None:
        """Keep what a server accepted for the rest of the session, by the profile's name."""
        if login is not None:
            self.accepted[name] = login

    def known(self, name: str) -> Optional[Login]:
        """Return what a server accepted in this session."""
        return self.accepted.get(name)

    def drop(self, profile: ServerProfile) -> None:
        """Forget a login that has ended."""
        self.accepted.pop(profile.name, None)
        self._save([entry for entry in self._entries() if entry != entry_name(profile)])

    def log_out(self, profile: ServerProfile, on_done: Callable[[bool], None]) -> None:
        """End a login that was made in the browser; tell whether the provider has ended it too."""
        self.drop(profile)
        params = {"profile": profile.to_dict()}
        self._adapters.worker.request(
            "login.end", params, lambda answer: on_done(bool(answer["revoked"])), self.kept.emit
        )

    # The keychain ---------------------------------------------------------------------------

    def wanted(self, profile: ServerProfile) -> bool:
        """Whether the keychain is to hold the password of this user on this server."""
        return entry_name(profile) in self._entries()

    def remember(self, profile: ServerProfile, password: str) -> None:
        """Put a password, which the server accepted, into the keychain; `kept` tells how."""

        def on_result(_answer: Any) -> None:
            self._save([*self._entries(), entry_name(profile)])
            self.kept.emit(None)

        params = {"profile": profile.to_dict(), "password": password}
        self._adapters.worker.request("password.remember", params, on_result, self.kept.emit)

    def forget(self, profile: ServerProfile) -> None:
        """Take the password out of the keychain again, if it is there; `kept` tells how."""
        if not self.wanted(profile):
            return
        self._save([entry for entry in self._entries() if entry != entry_name(profile)])
        params = {"profile": profile.to_dict()}
        self._adapters.worker.request(
            "password.forget", params, lambda _answer: self.kept.emit(None), self.kept.emit
        )

    def _entries(self) -> List[str]:
        entries = self._adapters.store.state(self._STATE, [])
        return [str(entry) for entry in entries] if isinstance(entries, list) else []

    def _save(self, entries: List[str]) -> None:
        self._adapters.store.set_state(self._STATE, sorted(set(entries)))


def entry_name(profile: ServerProfile) -> str:
    """Return what tells a login from others: who, and where."""
    who = profile.user if profile.auth == PASSWORD else f"{profile.auth}:{profile.issuer}"
    return f"{who}@{profile.rest_url}"
