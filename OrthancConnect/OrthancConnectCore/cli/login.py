"""The command line's passwords: where they come from, and the keychain's part in it."""

from __future__ import annotations

import argparse
import getpass
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterator, Optional, Tuple

from .. import trace_log
from ..keychain import Keychain
from ..profile_store import find_profile
from ..shared.credentials import Credentials
from ..shared.errors import AuthenticationError, ConfigurationError
from ..shared.profile import ServerProfile
from ..shared.validation import plain_text
from .output import Answer, quoted, warn

if TYPE_CHECKING:
    from ..orthanc.client import OrthancClient

_LONGEST_PASSWORD = 4096


def credentials_and_source(
    args: argparse.Namespace, profile: ServerProfile
) -> Tuple[Optional[Credentials], bool]:
    """Return user and password, and whether the keychain gave them; see `typed_credentials`."""
    if not profile.user:
        return None, False
    given = getattr(args, "password", None) is not None or args.password_stdin
    remembered = None if given else _remembered(profile)
    if remembered is not None:
        trace_log.hide(profile.user, remembered)
        return Credentials(profile.user, remembered), True
    return typed_credentials(args, profile), False


def _remembered(profile: ServerProfile) -> Optional[str]:
    """Return the keychain's password; without a keychain there is none, and no complaint."""
    try:
        keychain = Keychain()
    except ConfigurationError:
        return None
    try:
        return keychain.password(profile)
    except ConfigurationError as error:
        warn(plain_text(error.message, 300))
        return None


def typed_credentials(args: argparse.Namespace, profile: ServerProfile) -> Credentials:
    """Return user and password: as argument, from stdin or from the terminal.

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
        password = _asked_password(user)
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
    return Credentials(user, password)


def _asked_password(user: str) -> str:
    try:
        with warnings.catch_warnings():
            # Rather no password than one that the terminal shows.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(f"Password of {plain_text(user, 80)}: ", stream=sys.stderr)
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
            if remembered:
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
        f"The password of {profile.user} for {profile.rest_url} {there} in the system's keychain.",
    )


def _with_user(args: argparse.Namespace) -> ServerProfile:
    profile = find_profile(args.profile)
    if not profile.user:
        raise ConfigurationError(
            f"The profile {profile.name} has no user, so it needs no password.",
            "Add the user: orthancconnect profile add NAME URL --user USER --replace.",
        )
    return profile
