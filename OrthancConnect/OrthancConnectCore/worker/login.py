"""Logins in the browser, which go on in this process; and the keys of client certificates."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple

from ..keychain import Keychain, entry_name, passphrase_name
from ..shared.errors import ConfigurationError, PasswordNeededError
from ..shared.events import Progress
from ..shared.profile import ServerProfile, TrustPolicy
from .parameters import any_text

if TYPE_CHECKING:
    from ..openid.session import OpenIdSession

_sessions: Dict[Tuple[str, TrustPolicy], OpenIdSession] = {}
_lock = threading.Lock()


def _key(profile: ServerProfile) -> Tuple[str, TrustPolicy]:
    return entry_name(profile), profile.trust


def session_of(profile: ServerProfile, in_keychain: bool) -> Optional[OpenIdSession]:
    """Return the login that goes on here, or the one of the keychain; None where there is none.

    Raises
    ------
    PasswordNeededError, MissingDependencyError, ConfigurationError
        The keychain shall have it and has not.
    """
    from ..openid.session import kept_session

    with _lock:
        found = _sessions.get(_key(profile))
        if in_keychain and (found is None or found.ended):
            found = _sessions[_key(profile)] = kept_session(profile)
        return found


def in_browser(context: Any, params: Dict[str, Any]) -> Any:
    """``login.browser``: the progress ``login`` has the address, as ``url`` of its details."""
    from ..openid.browser import log_in

    profile = params["profile"]

    def show(address: str) -> None:
        context.progress(Progress("login", 0, 1, details={"url": address}))

    session = log_in(profile, show, context.token)
    with _lock:
        _sessions[_key(profile)] = session
    return {"logged_in": True}


def end(profile: ServerProfile) -> Dict[str, bool]:
    """Log out, here, in the keychain and at the provider, where that does it."""
    from ..openid.session import OpenIdSession

    with _lock:
        session = _sessions.pop(_key(profile), None)
    revoked = (session or OpenIdSession(profile, kept=True)).end()
    return {"revoked": revoked, "forgotten": forget(profile)}


def keep(profile: ServerProfile) -> None:
    """Put the login that goes on here into the keychain.

    Raises
    ------
    AuthenticationError
        There is none.
    LoginFailedError, MissingDependencyError, ConfigurationError
        As `OpenIdSession.keep`.
    """
    from ..openid.provider import login_ended

    session = session_of(profile, in_keychain=False)
    if session is None:
        raise login_ended(profile)
    session.keep()


def forget(profile: ServerProfile) -> bool:
    """Take a login out of the keychain; here it goes on."""
    with _lock:
        session = _sessions.get(_key(profile))
    try:
        return session.let_go() if session is not None else Keychain().forget(profile)
    except ConfigurationError:
        return False  # without a keychain there is none in it


def unlock(_context: Any, params: Dict[str, Any]) -> Any:
    """``key.unlock``: keep the passphrase of a client certificate's key, here or for good."""
    from ..network import client_certificate

    profile, passphrase = params["profile"], any_text("password", params["password"])
    client_certificate.unlock(profile, passphrase)
    if params["remember"]:
        Keychain(passphrase_name).remember(profile, passphrase)
    return {"unlocked": True}


def open_key(profile: ServerProfile) -> None:
    """Open the key of a profile's client certificate, by the passphrase in the keychain.

    Raises
    ------
    PasswordNeededError
        It has a passphrase, and the keychain has not the right one.
    """
    if not profile.client_certificate:
        return
    from ..network import client_certificate

    try:
        client_certificate.check(profile)
    except PasswordNeededError as error:
        try:
            found = Keychain(passphrase_name).password(profile)
        except ConfigurationError:
            found = None
        if found is None:
            raise error from None
        client_certificate.unlock(profile, found)
    except ConfigurationError:
        pass  # told when it is shown
