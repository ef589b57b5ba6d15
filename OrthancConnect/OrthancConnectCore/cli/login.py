"""The command line's logins: where they come from, and the keychain's part in it."""

from __future__ import annotations

import argparse
import getpass
import sys
import warnings
import webbrowser
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable, Iterator, Optional, Tuple

from .. import trace_log
from ..keychain import Keychain, entry_name, passphrase_name
from ..profile_store import ProfileStore, find_profile
from ..shared.credentials import Credentials, credentials_of
from ..shared.errors import (
    AuthenticationError,
    ConfigurationError,
    LoginFailedError,
    PasswordNeededError,
)
from ..shared.profile import ServerProfile
from ..shared.profile_checks import OPENID, PASSWORD, TOKEN
from ..shared.validation import plain_text
from .output import Answer, agrees, quoted, warn
from .progress import cancel_by_signal
from .streams import aside

if TYPE_CHECKING:
    from ..openid.session import OpenIdSession
    from ..orthanc.client import OrthancClient

_LONGEST_PASSWORD = 4096


def credentials_and_source(
    args: argparse.Namespace, profile: ServerProfile
) -> Tuple[Optional[Credentials], bool]:
    """Return what logs in, and whether the keychain gave it; see `typed_credentials`.

    The key of a client certificate is opened as well.
    """
    _open_key(profile)
    if not profile.logs_in:
        return None, False
    if profile.auth == OPENID:
        return _session(args, profile), False
    given = getattr(args, "password", None) is not None or args.password_stdin
    remembered = None if given else _remembered(profile)
    if remembered is not None:
        trace_log.hide(profile.user, remembered)
        return credentials_of(profile, remembered), True
    return typed_credentials(args, profile), False


def _open_key(profile: ServerProfile, keep: bool = False) -> None:
    """Open the key of a client certificate by the passphrase in the keychain, or ask for it.

    With `keep` it is in the keychain then. What else is wrong with it is told when it is shown.

    Raises
    ------
    PasswordNeededError
        There is nobody to ask, or the passphrase is wrong.
    """
    if not profile.client_certificate:
        return
    from ..network.client_certificate import check, key_file, unlock

    try:
        check(profile)
    except PasswordNeededError as error:
        found = _remembered(profile, passphrase_name)
        if found is None and not sys.stdin.isatty():
            error.hint = f"Run on a terminal: orthancconnect login {quoted(profile.name)}"
            raise
        typed = found or _asked_password(f"Passphrase of {key_file(profile)}")
        unlock(profile, typed)
        if keep:
            Keychain(passphrase_name).remember(profile, typed)
    except ConfigurationError:
        pass


def _session(args: argparse.Namespace, profile: ServerProfile) -> OpenIdSession:
    """Return the login that the keychain has; without one, somebody at a terminal logs in."""
    from ..openid.session import kept_session

    try:
        return kept_session(profile)
    except ConfigurationError as error:
        if sys.stdin.isatty():
            return _in_browser(args, profile)
        error.hint = f"Log in: orthancconnect login {quoted(profile.name)}"
        raise


def _in_browser(args: argparse.Namespace, profile: ServerProfile) -> OpenIdSession:
    """Log in; other hosts that the provider names are asked about once, and kept in the profile."""
    from ..openid.browser import log_in

    def show(address: str) -> None:
        aside(f"Log in with the web browser; where it does not open, at this address:\n{address}\n")
        webbrowser.open(address)

    try:
        with cancel_by_signal() as token:
            return log_in(profile, show, token)
    except LoginFailedError as error:
        hosts = error.facts.get("login_hosts", "")
        if not hosts or not agrees(args, f"{error.message}\nAre they your provider's?"):
            if hosts:
                error.hint = f"Run on a terminal: orthancconnect login {quoted(profile.name)}"
            raise
    ProfileStore().update(
        lambda known: known.put(known.get(profile.name).replace(login_hosts=hosts))
    )
    return _in_browser(args, profile.replace(login_hosts=hosts))


def _remembered(
    profile: ServerProfile, name: Callable[[ServerProfile], str] = entry_name
) -> Optional[str]:
    """Return what the keychain has; without a keychain there is none, and no complaint."""
    try:
        keychain = Keychain(name)
    except ConfigurationError:
        return None
    try:
        return keychain.password(profile)
    except ConfigurationError as error:
        warn(plain_text(error.message, 300))
        return None


def typed_credentials(args: argparse.Namespace, profile: ServerProfile) -> Credentials:
    """Return user and password, or token: as argument, from stdin or from the terminal.

    Raises
    ------
    ConfigurationError
        There is nobody to ask, or no password came.
    """
    user = profile.user
    if getattr(args, "password", None) is not None:  # import-files alone has it
        password = str(args.password)
    elif args.password_stdin:
        line = sys.stdin.buffer.readline(_LONGEST_PASSWORD)
        password = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
        if not password:
            raise ConfigurationError("No password came on stdin.", "Send it as the first line.")
    elif sys.stdin.isatty():
        what = f"Token for {profile.name}" if profile.auth == TOKEN else f"Password of {user}"
        password = _asked_password(what)
    elif profile.auth == TOKEN:
        raise ConfigurationError(
            "The token can't be asked for: this is no terminal.",
            "Send it as the first line on stdin, with --password-stdin, or keep it in the "
            f"keychain: orthancconnect login {quoted(profile.name)}",
        )
    else:
        raise ConfigurationError(
            "The password can't be asked for: this is no terminal.",
            "Send it as the first line on stdin, with --password-stdin, or keep it in the "
            "keychain: orthancconnect password remember.",
        )
    trace_log.hide(user, password)
    try:
        password.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ConfigurationError(
            "The password is not well-formed UTF-8.", "Send it in that encoding."
        ) from error
    return credentials_of(profile, password)


def _asked_password(what: str) -> str:
    try:
        with warnings.catch_warnings():
            # Rather no password than one that the terminal shows.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(f"{plain_text(what, 300)}: ", stream=sys.stderr)
    except (getpass.GetPassWarning, EOFError) as error:
        raise ConfigurationError(
            "The password can't be asked for on this terminal.",
            "Send it as the first line on stdin, with --password-stdin.",
        ) from error


@contextmanager
def client_for(args: argparse.Namespace, profile: ServerProfile) -> Iterator[OrthancClient]:
    """Give a client with user and password; say so when it is the keychain's that is refused."""
    from ..orthanc.client import OrthancClient

    credentials, remembered = credentials_and_source(args, profile)
    with OrthancClient(profile, credentials) as client:
        try:
            yield client
        except AuthenticationError as error:
            if profile.auth != PASSWORD and "log in" in error.hint.lower():
                again = f"orthancconnect login {quoted(profile.name)}"
                error.hint = f"{error.hint.rstrip('.')}: {again}"
            elif remembered:
                error.hint = (
                    "It is the one in the keychain. If it was changed on the server, run: "
                    f"orthancconnect password remember --profile {quoted(profile.name)}"
                )
            raise


def remember(args: argparse.Namespace) -> Answer:
    """Keep a password in the keychain, once the server has accepted it."""
    from ..orthanc.client import OrthancClient

    profile = _with_user(args)
    keychain = Keychain()  # before somebody types a password for nothing
    credentials = typed_credentials(args, profile)
    with OrthancClient(profile, credentials) as client:
        client.system()
    keychain.remember(profile, credentials.reveal()[1])
    return Answer(
        {"profile": profile.name, "user": profile.user, "remembered": True},
        f"The server accepts the password of {profile.user}; it is in the system's keychain now.",
    )


def forget(args: argparse.Namespace) -> Answer:
    """Take a password out of the keychain."""
    profile = _with_user(args)
    forgotten = Keychain().forget(profile)
    there = "is no longer" if forgotten else "was not"
    return Answer(
        {"profile": profile.name, "user": profile.user, "forgotten": forgotten},
        f"The password of {profile.user} for {profile.shown_url} {there} in the system's keychain.",
    )


def login(args: argparse.Namespace) -> Answer:
    """Log in, and keep it in the keychain once the server has accepted it.

    Raises
    ------
    ConfigurationError
        There is no keychain, or the profile has nothing to log in with.
    """
    from ..openid.session import OpenIdSession
    from ..orthanc.client import OrthancClient

    profile = find_profile(args.name, args.profile)
    if not (profile.logs_in or profile.client_certificate):
        raise _needs_nothing(profile)
    keychain = Keychain()  # before somebody types for nothing
    _open_key(profile, keep=True)
    credentials: Optional[Credentials] = None
    if profile.auth == OPENID:
        credentials = _in_browser(args, profile)
        profile = credentials.profile
    elif profile.logs_in:
        credentials = typed_credentials(args, profile)
    with OrthancClient(profile, credentials) as client:
        client.system()
    if isinstance(credentials, OpenIdSession):
        credentials.keep()
    elif credentials is not None:
        keychain.remember(profile, credentials.reveal()[1])
    kept = " It is kept in the system's keychain." if credentials is not None else ""
    return Answer(
        {"profile": profile.name, "auth": profile.auth, "remembered": credentials is not None},
        f"The server accepts the login of {profile.name}.{kept}",
    )


def logout(args: argparse.Namespace) -> Answer:
    """End a login, and take it out of the keychain, with the passphrase of a key."""
    from ..openid.session import OpenIdSession

    profile = find_profile(args.name, args.profile)
    keychain = Keychain()
    revoked, at_provider = False, ""
    if profile.auth == OPENID and keychain.password(profile) is not None:
        revoked = OpenIdSession(profile, kept=True).end()
        at_provider = f" {profile.shown_issuer} has ended it."
        if not revoked:
            at_provider = (
                f" {profile.shown_issuer} did not end it: there it counts until it expires."
            )
    forgotten = profile.logs_in and keychain.forget(profile)
    if profile.client_certificate:
        Keychain(passphrase_name).forget(profile)
    there = "is no longer" if forgotten else "was not"
    return Answer(
        {"profile": profile.name, "forgotten": forgotten, "revoked": revoked},
        f"The login of {profile.name} {there} in the system's keychain.{at_provider}",
    )


def _with_user(args: argparse.Namespace) -> ServerProfile:
    profile = find_profile(args.profile)
    if not profile.user:
        raise _needs_nothing(profile)
    return profile


def _needs_nothing(profile: ServerProfile) -> ConfigurationError:
    return ConfigurationError(
        f"The profile {profile.name} has no user, so it needs no password.",
        "Add the user: orthancconnect profile add NAME URL --user USER --replace.",
    )
