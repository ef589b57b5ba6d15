"""The command line's ``trust``: the server's certificate is shown, and pinned when one agrees."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Tuple

from ..profile_store import ProfileStore, find_profile
from ..shared.errors import (
    CertificateChangedError,
    CertificateExpiredError,
    ConfigurationError,
    TransportError,
    TrustError,
    UntrustedCertificateError,
)
from ..shared.hosts import shown_host
from ..shared.profile import ServerProfile, TrustPolicy
from ..shared.validation import normalize_fingerprint
from .output import Answer, agrees, columns, tell

if TYPE_CHECKING:
    from ..network.certificates import CertificateInfo


def trust_from(args: argparse.Namespace) -> TrustPolicy:
    """Return the trust policy that the options name.

    Raises
    ------
    ConfigurationError
        Both a fingerprint and a file are given.
    """
    if args.fingerprint and args.ca_file:
        raise ConfigurationError(
            "Give either --fingerprint or --ca-file.", "They exclude each other."
        )
    if args.fingerprint:
        return TrustPolicy.pinned(args.fingerprint)
    if args.ca_file:
        return TrustPolicy("ca_file", ca_file=str(Path(args.ca_file).expanduser().resolve()))
    return TrustPolicy()


def trust_words(profile: ServerProfile) -> str:
    """Return why a profile's server is trusted, in a few words."""
    if not profile.is_secure:
        return "none (plain http)"
    words = {"system": "system authorities", "ca_file": "CA file", "pinned": "pinned SHA-256"}
    return words[profile.trust.mode]


def trust(args: argparse.Namespace) -> Answer:
    """Show the server's certificate, and pin it when the user agrees.

    That of its DICOM side if so wished, which is spoken to over TLS from then on.
    """
    profile = find_profile(args.profile)
    shown = profile
    if args.dicom:
        from ..network.dicom_tls import dicom_side

        shown = dicom_side(profile)
        is_https = bool(profile.trust.pins) and not profile.dicom_fingerprint
        if is_https and not _look(args, shown).trusted:
            shown = replace(shown, trust=TrustPolicy())  # another one than that of HTTPS
    agreed, info = agree(args, shown)
    trust: Dict[str, Any] = {"trust": agreed.trust}  # somebody may change the rest meanwhile
    if args.dicom:
        pin = profile.dicom_fingerprint if agreed == shown else agreed.trust.fingerprint
        trust = {"dicom_tls": True, "dicom_fingerprint": pin}
    changed = profile.replace(**trust) != profile
    text = f"Already trusted: {trust_words(shown)}."
    if args.dicom and changed and agreed == shown:
        text += f" {profile.name} speaks DICOM over TLS from now on."
    if changed:
        ProfileStore().update(lambda known: known.put(known.get(profile.name).replace(**trust)))
    if agreed != shown:
        text = f"Trusted from now on by {profile.name}: exactly this certificate."
    data = {"profile": profile.name, "changed": changed, "certificate": info.to_dict()}
    return Answer(data, f"{certificate_text(info)}\n{text}")


def agree(
    args: argparse.Namespace, profile: ServerProfile
) -> Tuple[ServerProfile, CertificateInfo]:
    """Return the profile with the server's certificate trusted, pinned if it has to be.

    Where nobody can be asked, the command that was typed is to be run again with the fingerprint.

    Raises
    ------
    UntrustedCertificateError
        It is not the one that was named, nobody agrees, or no pin mends it.
    CertificateChangedError
        Another one was trusted before, and nothing says that this one may replace it.
    """
    info = _look(args, profile)
    before = profile.trust
    expected = normalize_fingerprint(args.fingerprint) if args.fingerprint else ""
    if expected and expected != info.fingerprint:
        raise _refused(
            args,
            info,
            "The server shows another certificate than the one named; nothing was changed.",
            "Ask the administrator for the fingerprint of the server's certificate.",
            named=expected,
        )
    if info.trusted:
        return profile, info
    hint = "Ask the administrator whether it was renewed; only then run this again with --replace."
    if not args.replace and before.fingerprint not in ("", info.fingerprint):
        message = "The server's certificate has changed; nothing was sent."
        facts = _refused(args, info, message, hint, trusted=before.fingerprint).facts
        facts.update(pinned=before.fingerprint, presented=info.fingerprint)
        raise CertificateChangedError(message, hint, **facts)
    if not args.replace and before.mode == "ca_file":
        message = "The CA file does not vouch for the server's certificate."
        if info.problem_kind != UntrustedCertificateError.__name__:  # not for want of an authority
            message, hint = info.problem, info.hint
        raise _refused(args, info, message, hint)
    pinned = profile.replace(trust=TrustPolicy.pinned(info.fingerprint))
    checked = _look(args, pinned)
    if not checked.trusted:  # no pin mends it: it has expired, for example
        raise _refused(args, checked, checked.problem, checked.hint)
    if expected:
        return pinned, checked
    question = (
        f"{certificate_text(info, trusted=before.fingerprint)}\n"
        "Compare the SHA-256 with the one that the administrator gave you.\n"
        "Trust this certificate?"
    )
    agreed = agrees(args, question)
    if agreed is None:
        raise _refused(
            args,
            info,
            "The server's certificate is not trusted.",
            "Compare the SHA-256 with the administrator's, then run: "
            f"{args.typed} --fingerprint {info.fingerprint}",
            trusted=before.fingerprint,
        )
    if not agreed:
        message, hint = "The certificate is not trusted.", "Nothing was changed."
        raise UntrustedCertificateError(message, hint, **_facts(info))
    return pinned, checked


def _look(args: argparse.Namespace, profile: ServerProfile) -> CertificateInfo:
    """Look at the certificate that is asked about: `profile` is of that side."""
    from ..dimse.faults import tls_fault
    from ..network.dicom_tls import inspect_dicom
    from ..network.tls import inspect_certificate

    if not getattr(args, "dicom", False):
        return inspect_certificate(profile)
    try:
        return inspect_dicom(profile)
    except TransportError as error:
        raise tls_fault(error, profile) from error


def _refused(
    args: argparse.Namespace, info: CertificateInfo, message: str, hint: str, **instead: str
) -> UntrustedCertificateError:
    """Show the certificate beside the one wanted instead; return the error."""
    tell(args, certificate_text(info, **instead))
    return UntrustedCertificateError(message, hint, **_facts(info))


def _facts(info: CertificateInfo) -> Dict[str, Any]:
    return {"fingerprint": info.fingerprint, "certificate": info.to_dict()}


def show_certificate(args: argparse.Namespace, profile: ServerProfile, error: TrustError) -> None:
    """Show a certificate that is not trusted, and how to pass its fingerprint."""
    info = _look(args, profile)
    if not info.trusted:
        tell(args, certificate_text(info))
        error.facts.update(_facts(info))
        if not isinstance(error, CertificateExpiredError):  # a pin mends everything but the dates
            error.hint = f"If the administrator confirms it, add: --fingerprint {info.fingerprint}"


def certificate_text(info: CertificateInfo, **instead: str) -> str:
    """Return what a person needs to see of a certificate, and of the one wanted instead."""
    rows = [
        ("subject", info.subject),
        ("issuer", info.issuer + (" (self-signed)" if info.self_signed else "")),
        ("valid", f"{info.not_before} to {info.not_after}"),
        ("host names", shown_host(", ".join(info.host_names)) or "-"),
        ("SHA-256", info.fingerprint),
        *instead.items(),
        ("not trusted", info.problem),
        ("but", info.weakness if info.trusted else ""),
    ]
    return columns(row for row in rows if row[1])
