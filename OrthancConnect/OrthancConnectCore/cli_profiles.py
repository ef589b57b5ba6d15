"""The command line's ``profile`` and ``trust``: who we talk to, and why we trust it."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

from .cli_output import Answer, columns, warn
from .errors import (
    CertificateChangedError,
    ConfigurationError,
    InputError,
    InvalidProfileError,
    UntrustedCertificateError,
)
from .profiles import ProfileSet, ProfileStore, ServerProfile, TrustPolicy, write_private_text
from .tls import CertificateInfo, inspect_certificate
from .validation import normalize_fingerprint, plain_text

#: An exported profile takes about 700 bytes.
_LARGEST_IMPORT = 1024 * 1024


def trust_from(args: argparse.Namespace) -> TrustPolicy:
    """Return the trust policy that the options name."""
    if args.fingerprint and args.ca_file:
        raise ConfigurationError("Give either --fingerprint or --ca-file.", "They exclude another.")
    if args.fingerprint:
        return TrustPolicy.pinned(args.fingerprint)
    if args.ca_file:
        return TrustPolicy("ca_file", ca_file=str(Path(args.ca_file).expanduser().resolve()))
    return TrustPolicy()


def add(args: argparse.Namespace) -> Answer:
    """Add a profile, or replace the one of that name."""
    given = {
        name: getattr(args, name)
        for name in (f.name for f in dataclasses.fields(ServerProfile))
        if getattr(args, name, None) is not None
    }
    profile = ServerProfile(**{**given, "trust": trust_from(args)})

    def change(profiles: ProfileSet) -> ProfileSet:
        if profile.name in profiles.names and not args.replace:
            raise _exists(profile.name)
        return profiles.put(profile, default=args.default)

    store = ProfileStore()
    profiles = store.update(change)
    is_default = profiles.default_name == profile.name
    lines = [f"Profile {profile.name} is stored{' as the default' if is_default else ''}."]
    if profile.is_secure and profile.trust.mode == "system":
        lines.append(f"Next: orthancconnect trust --profile {_quoted(profile.name)}")
    else:
        lines.append(f"Next: orthancconnect echo --profile {_quoted(profile.name)}")
    _warn_of_clear_text(profile)
    return Answer({**_described(profile, profiles), "file": str(store.path)}, "\n".join(lines))


def list_profiles(_args: argparse.Namespace) -> Answer:
    """List all profiles."""
    profiles = ProfileStore().load()
    data = {
        "default": profiles.default_name,
        "profiles": [_described(profile, profiles) for profile in profiles.profiles],
    }
    if not profiles.profiles:
        return Answer(data, "No profile yet. Add one: orthancconnect profile add NAME URL")
    rows: List[List[str]] = [["", "NAME", "ADDRESS", "USER", "TRUST", "DICOM"]]
    for profile in profiles.profiles:
        rows.append(
            [
                "*" if profile.name == profiles.default_name else "",
                profile.name,
                profile.rest_url,
                profile.user or "-",
                _trust_words(profile),
                f"{profile.called_ae_title}@{profile.dicom_host}:{profile.dicom_port}",
            ]
        )
    return Answer(data, columns(rows) + "\n* the default")


def show(args: argparse.Namespace) -> Answer:
    """Show all of one profile."""
    profiles = ProfileStore().load()
    profile = profiles.get(args.name or "")
    rows = []
    for name, value in profile.to_dict().items():
        if name == "trust":
            value = _trust_words(profile)
            if profile.trust.mode != "system":
                value += f" {profile.trust.fingerprint or profile.trust.ca_file}"
        rows.append((name, str(value) if value != "" else "-"))
    rows.append(("default", str(profile.name == profiles.default_name)))
    return Answer(_described(profile, profiles), columns(rows))


def remove(args: argparse.Namespace) -> Answer:
    """Remove a profile."""
    profiles = ProfileStore().update(lambda known: known.remove(args.name))
    left = f" The default is {profiles.default_name} now." if profiles.default_name else ""
    return Answer(
        {"removed": args.name, "default": profiles.default_name},
        f"Profile {args.name} is removed.{left}",
    )


def set_default(args: argparse.Namespace) -> Answer:
    """Make a profile the default."""
    profiles = ProfileStore().update(lambda known: known.with_default(args.name))
    name = profiles.default_name
    return Answer({"default": name}, f"Profile {name} is the default now.")


def export(args: argparse.Namespace) -> Answer:
    """Write profiles, without any secret, to a file or to stdout."""
    known = ProfileStore().load()
    chosen = [known.get(name) for name in dict.fromkeys(args.names)] or list(known.profiles)
    if not chosen:
        known.get("")  # raises: there is no profile yet
    names = [profile.name for profile in chosen]
    default = known.default_name if known.default_name in names else ""
    text = ProfileSet(tuple(chosen), default).to_json()
    if not args.output:
        return Answer(json.loads(text), text)
    path = Path(args.output).expanduser()
    if path.exists() and not args.replace:
        raise ConfigurationError(
            f"The file {plain_text(path, 500)} is there already.",
            "Choose another name, or add --replace.",
        )
    write_private_text(path, text + "\n")
    return Answer(
        {"file": str(path), "profiles": names},
        f"{', '.join(names)} exported to {plain_text(path, 500)}, without any password.",
    )


def import_profiles(args: argparse.Namespace) -> Answer:
    """Take over profiles that `export` wrote; all of them or, after an error, none."""
    imported = ProfileSet.from_json(_import_text(args.file))
    if not imported.profiles:
        raise ConfigurationError(
            "The file holds no server profile.", "Choose a file exported by OrthancConnect."
        )

    def change(known: ProfileSet) -> ProfileSet:
        for profile in imported.profiles:
            if profile.name in known.names and not args.replace:
                raise _exists(profile.name)
        changed = known
        for profile in imported.profiles:
            changed = changed.put(profile)
        take_default = args.default or not known.profiles
        return changed.with_default(imported.default_name) if take_default else changed

    profiles = ProfileStore().update(change)
    for profile in imported.profiles:
        _warn_of_clear_text(profile)
    names = list(imported.names)
    return Answer(
        {"imported": names, "default": profiles.default_name},
        f"{', '.join(names)} imported. The default is {profiles.default_name}.",
    )


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


def _exists(name: str) -> InvalidProfileError:
    return InvalidProfileError(
        f"There is already a profile named {name!r}; nothing was changed.",
        "Choose another name, or add --replace.",
        field="name",
    )


def _warn_of_clear_text(profile: ServerProfile) -> None:
    if not profile.is_secure:
        warn(
            f"{profile.name} uses plain http: everything, the password included, crosses the "
            "network in clear."
        )


def _described(profile: ServerProfile, profiles: ProfileSet) -> Dict[str, Any]:
    return {**profile.to_dict(), "default": profile.name == profiles.default_name}


def _trust_words(profile: ServerProfile) -> str:
    if not profile.is_secure:
        return "none (plain http)"
    words = {"system": "system authorities", "ca_file": "CA file", "pinned": "pinned SHA-256"}
    return words[profile.trust.mode]


def _quoted(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() else f'"{name}"'


def trust(args: argparse.Namespace) -> Answer:
    """Show the server's certificate, and pin it when the user agrees."""
    store = ProfileStore()
    profile = store.load().get(args.profile or "")
    info = inspect_certificate(profile)
    expected = normalize_fingerprint(args.fingerprint) if args.fingerprint else ""
    if expected and expected != info.fingerprint:
        _show(args, _sides("named", expected, info))
        raise _untrusted(
            "The server shows another certificate than the one named; nothing was changed.",
            "Ask the administrator for the fingerprint of the server's certificate.",
            info,
        )
    data = {"profile": profile.name, "changed": False, "certificate": info.to_dict()}
    if info.trusted:
        text = f"{certificate_text(info)}\nAlready trusted: {_trust_words(profile)}."
        return Answer(data, text)
    if not args.replace:
        _refuse_silent_change(args, profile, info)
    pinned = profile.replace(trust=TrustPolicy.pinned(info.fingerprint))
    checked = inspect_certificate(pinned)
    if not checked.trusted:  # no pin mends it: it has expired, for example
        _show(args, certificate_text(info))
        raise _untrusted(checked.problem, checked.hint, checked)
    if not expected:
        _ask(args, profile, info)
    store.update(lambda known: known.put(pinned))
    data.update(changed=True, certificate=checked.to_dict())
    text = f"Trusted from now on by {profile.name}: exactly this certificate."
    return Answer(data, f"{certificate_text(checked)}\n{text}")


def certificate_text(info: CertificateInfo) -> str:
    """Return what a person needs to see of a certificate."""
    rows = [
        ("subject", info.subject),
        ("issuer", info.issuer + (" (self-signed)" if info.self_signed else "")),
        ("valid", f"{info.not_before} to {info.not_after}"),
        ("host names", ", ".join(info.host_names) or "-"),
        ("SHA-256", info.fingerprint),
    ]
    if info.problem:
        rows.append(("not trusted", info.problem))
    return columns(rows)


def _sides(label: str, old: str, info: CertificateInfo) -> str:
    return columns([(label, old), ("shown", info.fingerprint)])


def _show(args: argparse.Namespace, text: str) -> None:
    if not args.json:
        print(text, file=sys.stderr)


def _untrusted(message: str, hint: str, info: CertificateInfo) -> UntrustedCertificateError:
    return UntrustedCertificateError(
        message, hint, fingerprint=info.fingerprint, certificate=info.to_dict()
    )


def _refuse_silent_change(
    args: argparse.Namespace, profile: ServerProfile, info: CertificateInfo
) -> None:
    """Refuse to put another trust in the place of one that was chosen before."""
    hint = "Ask the administrator whether it was renewed; only then run this again with --replace."
    if profile.trust.mode == "pinned" and profile.trust.fingerprint != info.fingerprint:
        _show(args, certificate_text(info))
        _show(args, _sides("trusted", profile.trust.fingerprint, info))
        raise CertificateChangedError(
            "The server's certificate has changed; nothing was sent.",
            hint,
            pinned=profile.trust.fingerprint,
            presented=info.fingerprint,
            certificate=info.to_dict(),
        )
    if profile.trust.mode == "ca_file":
        _show(args, certificate_text(info))
        raise _untrusted("The CA file does not vouch for the server's certificate.", hint, info)


def _ask(args: argparse.Namespace, profile: ServerProfile, info: CertificateInfo) -> None:
    """Return when the user says yes on a terminal.

    Raises
    ------
    UntrustedCertificateError
        No, or nobody is there to ask.
    """
    _show(args, certificate_text(info))
    if profile.trust.mode == "pinned":
        _show(args, _sides("trusted", profile.trust.fingerprint, info))
    if args.json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        again = " --replace" if args.replace else ""
        raise _untrusted(
            "The server's certificate is not trusted.",
            "Compare the SHA-256 with the administrator's, then run: orthancconnect trust "
            f"--profile {_quoted(profile.name)}{again} --fingerprint {info.fingerprint}",
            info,
        )
    question = (
        "Compare the SHA-256 with the one that the administrator gave you.\n"
        "Trust this certificate? [y/N] "
    )
    print(question, end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise _untrusted("The certificate is not trusted.", "Nothing was changed.", info)


def find_profile(name: Optional[str]) -> ServerProfile:
    """Return the profile of that name, the default one when none is named."""
    return ProfileStore().load().get(name or "")
