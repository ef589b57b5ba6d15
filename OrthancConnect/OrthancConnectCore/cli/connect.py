"""The command line's ``connect``: from an address and a login to a profile that is filled in."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any, Dict, Optional, Tuple

from ..keychain import Keychain
from ..profile_store import ProfileStore
from ..setup.first_connection import FirstConnection, connect_first
from ..shared.errors import AuthenticationError, ConfigurationError
from ..shared.hosts import shown_host
from ..shared.profile import ProfileSet, ServerProfile, free_name
from ..shared.validation import server_address
from .login import credentials_and_source
from .output import Answer, ask, columns, quoted
from .profiles import described, exists, warn_of_clear_text, why_trusted
from .trust import agree, trust_from


def connect(args: argparse.Namespace) -> Answer:
    """Connect for the first time: agree to the certificate, log in, and keep what was found."""
    store = ProfileStore()
    known = store.load()
    keychain = Keychain() if args.remember else None  # before somebody types for nothing
    rest_url, user = _server(args)
    before = _known_as(args, known, rest_url, user)
    replaced = before.name if before is not None else ""
    draft = _draft(args, rest_url, user, before)
    info = None
    if draft.is_secure:
        draft, info = agree(args, draft)
    credentials, remembered = credentials_and_source(args, draft)
    try:
        found = connect_first(
            draft.rest_url,
            credentials,
            trust=draft.trust,
            allow_insecure_http=draft.allow_insecure_http,
            taken_names=[name for name in known.names if name != replaced],
        )
    except AuthenticationError as error:
        if remembered:
            error.hint = "It is the one in the keychain. Add --password-stdin to use another."
        elif not draft.user:
            error.hint = "The server needs a login: name the user with --user."
        raise
    profile = _wished(args, found.profile, replaced)

    def change(now: ProfileSet) -> ProfileSet:
        nonlocal profile
        other = _known_as(args, now, rest_url, user)
        if other not in (None, before):  # another process was quicker
            raise exists(other.name)
        if not args.name and not replaced:
            profile = profile.replace(name=free_name(profile.name, now.names))
        return now.put(profile, replaced, default=args.default)

    profiles = store.update(change)
    if keychain is not None and credentials is not None:
        keychain.remember(profile, credentials.reveal()[1])
        remembered = True
    warn_of_clear_text(profile)
    data = {
        **asdict(found),
        "profile": described(profile, profiles),
        "certificate": info.to_dict() if info else None,
        "remembered": remembered,
        "file": str(store.path),
    }
    return Answer(data, _text(found, profile, profiles, remembered))


def _server(args: argparse.Namespace) -> Tuple[str, str]:
    """Return the address and the user that are named."""
    rest_url = server_address(args.address)
    if args.allow_insecure_http is False and rest_url.startswith("http://"):
        raise ConfigurationError(
            "Plain http would send the password and the images in clear.",
            "Use https://, or add --allow-insecure-http.",
        )
    user = args.user
    if user is None:  # where nobody sits, the server may need no login
        user = ask("User (none for a server without login): ") or ""
    return rest_url, user


def _known_as(
    args: argparse.Namespace, known: ProfileSet, rest_url: str, user: str
) -> Optional[ServerProfile]:
    """Return the profile that is to be replaced, if there is one.

    Raises
    ------
    InvalidProfileError
        There is one, and nobody said that it may be replaced.
    """
    same = [item for item in known.profiles if (item.rest_url, item.user) == (rest_url, user)]
    taken = [item for item in known.profiles if item.name == args.name]
    found = next(iter(taken or ([] if args.name else same)), None)
    if found is not None and not args.replace:
        raise exists(found.name)
    return found


def _draft(
    args: argparse.Namespace, rest_url: str, user: str, before: Optional[ServerProfile]
) -> ServerProfile:
    """Return what is known before the first byte is sent."""
    trust = trust_from(args)
    if before is not None and trust.mode == "system" and before.rest_url == rest_url:
        trust = before.trust  # a change of what was trusted has to be agreed to
    return ServerProfile(
        name=args.name or (before.name if before is not None else "new"),
        rest_url=rest_url,
        user=user,
        trust=trust,
        allow_insecure_http=args.allow_insecure_http,
    )


def _wished(args: argparse.Namespace, profile: ServerProfile, replaced: str) -> ServerProfile:
    """Return the profile that was found with what the options say otherwise."""
    wishes: Dict[str, Any] = {"name": args.name or replaced or profile.name}
    if args.calling_ae_title:
        wishes["calling_ae_title"] = wishes["storage_ae_title"] = args.calling_ae_title
    if args.retrieve_method:
        wishes["retrieve_method"] = args.retrieve_method
    return profile.replace(**wishes)


def _text(
    found: FirstConnection, profile: ServerProfile, profiles: ProfileSet, remembered: bool
) -> str:
    is_default = profiles.default_name == profile.name
    password = "in the keychain" if remembered else "asked for each time"
    rows = [
        ("profile", profile.name + (", the default one" if is_default else "")),
        ("user", profile.user or "-"),
        *([("password", password)] if profile.user else []),
        ("trust", why_trusted(profile)),
        ("called AE title", profile.called_ae_title),
        ("DICOM", shown_host(f"{profile.dicom_host}:{profile.dicom_port}")),
        ("calling AE title", profile.calling_ae_title),
        ("listener port", str(profile.storage_port)),
        ("this computer", found.address or "not known"),
        ("known there as", found.known_as or "-"),
    ]
    name = quoted(profile.name)
    first = f"Connected to Orthanc {found.system.version} at {profile.shown_url}."
    following = f"Next, so that the server answers DICOM requests: orthancconnect register {name}"
    if found.known_as:
        following = f"Next: orthancconnect query --profile {name}"
    return "\n".join([first, columns(rows, "  "), following])
