"""The command line's ``connect``: from an address and a login to a profile that is filled in."""

from __future__ import annotations

import argparse
from typing import Any, Dict, Tuple

from ..keychain import Keychain
from ..profile_store import ProfileStore
from ..setup.first_connection import FirstConnection, connect_first
from ..shared.errors import AuthenticationError, ConfigurationError
from ..shared.profile import ProfileSet, ServerProfile
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
    draft, replaced = _draft(args, server_address(args.address), known)
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
    profiles = store.update(lambda now: now.put(profile, replaced, default=args.default))
    if keychain is not None and credentials is not None:
        keychain.remember(profile, credentials.reveal()[1])
        remembered = True
    warn_of_clear_text(profile)
    data = {
        **found.to_dict(),
        "profile": described(profile, profiles),
        "certificate": info.to_dict() if info else None,
        "remembered": remembered,
        "file": str(store.path),
    }
    return Answer(data, _text(found, profile, profiles, remembered))


def _draft(args: argparse.Namespace, rest_url: str, known: ProfileSet) -> Tuple[ServerProfile, str]:
    """Return what is known before the first byte is sent, and the profile that is replaced."""
    if args.allow_insecure_http is False and rest_url.startswith("http://"):
        raise ConfigurationError(
            "Plain http would send the password and the images in clear.",
            "Use https://, or add --allow-insecure-http.",
        )
    user = args.user
    if user is None:  # where nobody sits, the server may need no login
        user = ask("User (none for a server without login): ") or ""
    trust = trust_from(args)
    same = [item for item in known.profiles if (item.rest_url, item.user) == (rest_url, user)]
    taken = [item for item in known.profiles if item.name == args.name]
    replaced = ""
    for profile in (taken or ([] if args.name else same))[:1]:
        if not args.replace:
            raise exists(profile.name)
        if trust.mode == "system" and profile.rest_url == rest_url:
            trust = profile.trust  # a change of what was trusted has to be agreed to
        replaced = profile.name
    draft = ServerProfile(
        name=args.name or replaced or "new",
        rest_url=rest_url,
        user=user,
        trust=trust,
        allow_insecure_http=args.allow_insecure_http,
    )
    return draft, replaced


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
        ("DICOM", f"{profile.dicom_host}:{profile.dicom_port}"),
        ("calling AE title", profile.calling_ae_title),
        ("listener port", str(profile.storage_port)),
        ("this computer", found.address or "not known"),
        ("known there as", found.known_as or "-"),
    ]
    name = quoted(profile.name)
    first = f"Connected to Orthanc {found.system.version} at {profile.rest_url}."
    following = f"Next, so that the server answers DICOM requests: orthancconnect register {name}"
    if found.known_as:
        following = f"Next: orthancconnect query --profile {name}"
    return "\n".join([first, columns(rows, "  "), following])
