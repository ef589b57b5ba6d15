"""The command line's ``profile``: who we talk to, kept, passed on and taken over."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any, Dict, Set

from ..files import unwritable
from ..keychain import Keychain
from ..profile_store import ProfileStore
from ..shared.disk import write_private
from ..shared.errors import (
    ConfigurationError,
    InputError,
    InvalidProfileError,
    MissingDependencyError,
)
from ..shared.profile import KEY_FILES, ProfileSet, ServerProfile
from ..shared.profile_checks import PASSWORD
from ..shared.validation import plain_text
from .output import Answer, agrees, columns, dicom_side, quoted, tell, warn
from .trust import trust_from, trust_words

#: An exported profile takes about 700 bytes.
_LARGEST_IMPORT = 1024 * 1024


def add(args: argparse.Namespace) -> Answer:
    """Add a profile, or replace the one of that name."""
    named = {name: getattr(args, name, None) for name in ServerProfile.__dataclass_fields__}
    given = {name: value for name, value in named.items() if value is not None}
    for name in KEY_FILES:
        if given.get(name):
            given[name] = str(Path(given[name]).expanduser().resolve())
    profile = ServerProfile(**{**given, "trust": trust_from(args)})
    store = ProfileStore()

    def change(known: ProfileSet) -> ProfileSet:
        if profile.name in known.names and not args.replace:
            raise exists(profile.name)
        return known.put(profile, default=args.default)

    profiles = store.update(change)
    as_default = " as the default" if profiles.default_name == profile.name else ""
    following = "echo" if profile.auth == PASSWORD else "login"
    if profile.is_secure and profile.trust.mode == "system":
        following = "trust"
    warn_of_clear_text(profile)
    return Answer(
        {**described(profile, profiles), "file": str(store.path)},
        f"Profile {profile.name} is stored{as_default}.\n"
        f"Next: orthancconnect {following} {'' if following == 'login' else '--profile '}"
        f"{quoted(profile.name)}",
    )


def list_profiles(_args: argparse.Namespace) -> Answer:
    """List all profiles."""
    profiles = ProfileStore().load()
    data = {
        "default": profiles.default_name,
        "profiles": [described(profile, profiles) for profile in profiles.profiles],
    }
    if not profiles.profiles:
        return Answer(data, "No profile yet. Add one: orthancconnect profile add NAME URL")
    rows = [("", "NAME", "ADDRESS", "USER", "TRUST", "DICOM")]
    for profile in profiles.profiles:
        mark = "*" if profile.name == profiles.default_name else ""
        who = profile.user or (profile.auth if profile.logs_in else "-")
        rest = (profile.shown_url, who, trust_words(profile))
        rows.append((mark, profile.name, *rest, dicom_side(profile)))
    return Answer(data, columns(rows) + "\n* the default")


def show(args: argparse.Namespace) -> Answer:
    """Show all of one profile."""
    profiles = ProfileStore().load()
    profile = profiles.get(args.name or "")
    data = described(profile, profiles)
    shown = {**data, "trust": why_trusted(profile), "rest_url": profile.shown_url}
    return Answer(data, columns((name, str(value) or "-") for name, value in shown.items()))


def remove(args: argparse.Namespace) -> Answer:
    """Remove a profile, and its password from the keychain if that is wished."""
    store = ProfileStore()
    gone = store.load().get(args.name)
    forgotten = False
    if args.forget_password:
        try:
            forgotten = gone.logs_in and Keychain().forget(gone)
        except MissingDependencyError:
            pass  # without a keychain there is no password in it
    profiles = store.update(lambda known: known.remove(args.name))
    lines = [f"Profile {gone.name} is removed."]
    if args.forget_password:
        had = "is no longer" if forgotten else "was not"
        lines.append(f"Its password {had} in the system's keychain.")
    if profiles.default_name:
        lines.append(f"The default is {profiles.default_name} now.")
    data = {"removed": gone.name, "default": profiles.default_name, "forgotten": forgotten}
    return Answer(data, " ".join(lines))


def copy(args: argparse.Namespace) -> Answer:
    """Make a second profile like another one, perhaps for another address."""

    def copied(source: ServerProfile) -> ServerProfile:
        made = source.replace(name=args.new_name)
        return made.with_address(args.address) if args.address else made

    def change(known: ProfileSet) -> ProfileSet:
        made = copied(known.get(args.name))
        if made.name in known.names:
            raise exists(made.name, "")
        return known.put(made)

    profiles = ProfileStore().update(change)
    source = profiles.get(args.name)
    made = copied(source)
    text = f"Profile {made.name} is a copy of {source.name}."
    if made.trust != source.trust:
        text += "\nThe pinned certificate was for the other address. "
        text += f"Next: orthancconnect trust --profile {quoted(made.name)}"
    warn_of_clear_text(made)
    return Answer(described(made, profiles), text)


def rename(args: argparse.Namespace) -> Answer:
    """Give a profile another name; its place and its password stay."""

    def change(known: ProfileSet) -> ProfileSet:
        renamed = known.get(args.name).replace(name=args.new_name)
        return known.put(renamed, replacing=args.name)

    profiles = ProfileStore().update(change)
    renamed = profiles.get(args.new_name.strip())
    return Answer(described(renamed, profiles), f"Profile {args.name} is {renamed.name} now.")


def set_default(args: argparse.Namespace) -> Answer:
    """Make a profile the default."""
    profiles = ProfileStore().update(lambda known: known.with_default(args.name))
    name = profiles.default_name
    return Answer({"default": name}, f"Profile {name} is the default now.")


def export(args: argparse.Namespace) -> Answer:
    """Write profiles to a file or to stdout, for others: without what is each person's own.

    Raises
    ------
    ConfigurationError
        There is no such profile, or the file can't be written.
    """
    known = ProfileStore().load()
    chosen = [known.get(name) for name in dict.fromkeys(args.names)] or list(known.profiles)
    if not chosen:
        known.get("")  # raises: there is no profile yet
    names = [profile.name for profile in chosen]
    default = known.default_name if known.default_name in names else ""
    text = ProfileSet(tuple(chosen), default).to_json(personal=False)
    if not args.output:
        return Answer(json.loads(text), text)
    path = Path(args.output).expanduser()
    if os.path.lexists(path) and not args.replace:
        raise ConfigurationError(
            f"The file {plain_text(path, 500)} is there already.",
            "Choose another name, or add --replace.",
        )
    try:
        write_private(path, text + "\n")
    except OSError as error:
        raise unwritable(path, error) from error
    return Answer(
        {"file": str(path), "profiles": names},
        f"{', '.join(names)} exported to {plain_text(path, 500)}, for others to import.",
    )


def import_profiles(args: argparse.Namespace) -> Answer:
    """Take over profiles that `export` wrote; all of them or, after an error, none.

    Raises
    ------
    ConfigurationError
        The file can't be read, or holds no server profile.
    InvalidProfileError
        A profile in it is not one.
    """
    store = ProfileStore()
    before = store.load()

    def own(name: str) -> Dict[str, Any]:
        given = {} if args.user is None else {"user": args.user}
        return {**before.personal_fields(name, socket.gethostname()), **given}

    imported = ProfileSet.from_json(_import_text(args.file), own)
    if not imported.profiles:
        raise ConfigurationError(
            "The file holds no server profile.", "Choose a file exported by OrthancConnect."
        )

    agreed: Set[str] = set()
    for profile in imported.profiles if args.replace else ():
        if before.trusted_otherwise(profile) is not None:
            _check_trust(args, before, profile, asks=True)
            agreed.add(profile.name)

    def change(known: ProfileSet) -> ProfileSet:
        changed = known
        for profile in imported.profiles:
            if profile.name in known.names and not args.replace:
                raise exists(profile.name)
            if profile.name not in agreed:
                _check_trust(args, known, profile, asks=False)
            changed = changed.put(profile)
        take_default = args.default or not known.profiles
        return changed.with_default(imported.default_name) if take_default else changed

    profiles = store.update(change)
    for profile in imported.profiles:
        warn_of_clear_text(profile)
    names = list(imported.names)
    lines = [f"{', '.join(names)} imported. The default is {profiles.default_name}."]
    for profile in imported.profiles:
        old = before.get(profile.name) if profile.name in before.names else profile
        was, now = (
            f"{one.shown_url}, {why_trusted(one)}{one.issuer and ', login at '}{one.shown_issuer}"
            f"{one.login_hosts and ' and '}{one.login_hosts}"
            for one in (old, profile)
        )
        if was != now:
            lines.append(f"{profile.name} was {was}; it is {now} now.")
    return Answer({"imported": names, "default": profiles.default_name}, "\n".join(lines))


def _import_text(name: str) -> str:
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(_LARGEST_IMPORT + 1)
        else:
            with open(Path(name).expanduser(), "rb") as stream:
                raw = stream.read(_LARGEST_IMPORT + 1)
        if len(raw) > _LARGEST_IMPORT:
            raise ValueError("too large")
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise InputError(
            f"The file {plain_text(name, 500)} can't be read: {error.strerror}.",
            "Check its name and its permissions.",
        ) from error
    except ValueError as error:
        raise ConfigurationError(
            f"The file {plain_text(name, 500)} is not an exported profile.",
            "Choose a file exported by OrthancConnect.",
        ) from error


def _check_trust(
    args: argparse.Namespace, known: ProfileSet, imported: ServerProfile, asks: bool
) -> None:
    """Refuse another reason to trust a server that is known, unless a person agrees to it.

    Whose file it is can't be seen.
    """
    profile = known.trusted_otherwise(imported)
    if profile is None:
        return
    sides = {profile.name: why_trusted(profile), f"{imported.name} (file)": why_trusted(imported)}
    question = "Ask the administrator which certificate is right. Trust the file's?"
    if asks and agrees(args, f"{columns(sides.items())}\n{question}"):
        return
    tell(args, columns(sides.items()))
    raise InvalidProfileError(
        f"The file trusts the server of the profile {profile.name} for another reason, perhaps "
        "another certificate; nothing was changed.",
        "Ask the administrator which is right. To take the file's, add --replace on a terminal, "
        f"where it is asked, or remove {profile.name} first.",
        field="trust",
        reasons=sides,
    )


def why_trusted(profile: ServerProfile) -> str:
    """Return why a profile's server is trusted, with the fingerprint, the file or the stores."""
    if profile.is_secure and profile.trust.mode == "system":
        from ..network.tls import trust_source

        return trust_source(profile)
    detail = ", then ".join(profile.trust.pins) or profile.trust.ca_file
    return f"{trust_words(profile)} {detail}".strip()


def exists(name: str, hint: str = ", or add --replace") -> InvalidProfileError:
    """Return the error for a name that is taken."""
    return InvalidProfileError(
        f"There is already a profile named {name!r}; nothing was changed.",
        f"Choose another name{hint}.",
        field="name",
    )


def warn_of_clear_text(profile: ServerProfile) -> None:
    """Say on stderr that a profile without encryption has none."""
    if not profile.is_secure:
        warn(
            f"{profile.name} uses plain http: everything, the password included, crosses the "
            "network in clear."
        )


def described(profile: ServerProfile, profiles: ProfileSet) -> Dict[str, Any]:
    """Return a profile for ``--json``, with whether it is the default."""
    return {**profile.to_dict(), "default": profile.name == profiles.default_name}
