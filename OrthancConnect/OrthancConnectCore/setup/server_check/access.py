"""Who gets in over HTTP: users and passwords, remote access, TLS and its certificate."""

from __future__ import annotations

import os
import re
import ssl
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Iterator

from ...files import os_reason
from ...network.certificates import CertificateInfo, describe_certificate
from ...shared.check_lines import Outcome, failed, skipped, warning
from ...shared.errors import UntrustedCertificateError
from ...shared.validation import plain_text
from .configuration import Configuration

#: What dpkg keeps of Debian's package, while it is installed.
DEBIAN_PACKAGE = Path("/var/lib/dpkg/info/orthanc.list")
_DEBIANS = Path("/etc/orthanc")
#: NIST SP 800-63B section 3.1.1.2: 8 at the very least, 15 where there is nothing but a password.
_SHORTEST, _SHORT = 8, 12
_COMMON = re.compile(
    r"(.)\1*|(0?1234567890?|abc|pass(word|wort)?|contrase(ñ|n)a|clave|orthanc|admin|demo|test|user"
    r"|usuario|qwerty|letmein|welcome|changeme|secret|dicom|pacs|root)[\d!@#$_.-]*",
    re.IGNORECASE,
)
_PEM = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
#: Days before the end of a certificate in which it should be renewed.
SOON = 30
_PROXY = "Let nginx speak TLS in front, and set RemoteAccessAllowed to false."


def remote(config: Configuration) -> Iterator[Outcome]:
    """Find what lets strangers in, or nobody."""
    users = config.get("RegisteredUsers")
    if config.is_remote and not config.asks_for_login:
        yield failed(
            "no_authentication",
            "Anybody in the network may read, change and delete everything: AuthenticationEnabled "
            "is false, and RemoteAccessAllowed true.",
            "Set AuthenticationEnabled to true, and name users in RegisteredUsers.",
        )
    elif config.is_remote and not users:
        yield failed(
            "default_account",
            "No user is registered, so Orthanc makes the user orthanc with the password orthanc.",
            "Name users in RegisteredUsers, each with a password of their own.",
        )
    elif config.asks_for_login and not users:
        yield failed(
            "nobody_can_log_in",
            "AuthenticationEnabled is true and no user is registered: every request gets 401.",
            "Name users in RegisteredUsers.",
        )
    elif users and not config.asks_for_login:
        yield failed(
            "users_ignored",
            "RegisteredUsers count for nothing: without RemoteAccessAllowed, AuthenticationEnabled "
            "is false unless it is set, and who comes through a proxy needs no password.",
            "Set AuthenticationEnabled to true.",
        )
    if config.is_remote and not config.get("SslEnabled"):
        yield failed(
            "no_tls",
            "Passwords and images cross the network in clear: RemoteAccessAllowed without TLS.",
            _PROXY,
        )


def passwords(config: Configuration) -> Iterator[Outcome]:
    """Find passwords that are guessed, and files from which they are read."""
    for user, password in config.get("RegisteredUsers").items():
        text, who = str(password), plain_text(user, 80)
        if "${" in text:
            continue  # the environment has it
        if (user, password) == ("orthanc", "orthanc"):
            yield failed(
                "default_account",
                "The user orthanc has the password orthanc, which everybody tries first.",
                "Remove the user, or give a password of 15 characters or more.",
            )
        elif len(text) < _SHORTEST or text.lower() == user.lower() or _COMMON.fullmatch(text):
            yield failed(
                "weak_password",
                f"The password of {who} is guessed in moments: it is common, the user's name, or "
                f"shorter than {_SHORTEST} characters.",
                "Give one of 15 characters or more.",
            )
        elif len(text) < _SHORT:
            yield warning(
                "short_password",
                f"The password of {who} has only {len(text)} characters.",
                "Give one of 15 characters or more.",
            )
        if ":" in user:
            yield failed(
                "user_with_colon",
                f"The user {who} can't log in: HTTP parts user and password by a colon (RFC 7617).",
                "Choose a name without a colon.",
            )
    file = config.places.get("RegisteredUsers")
    if config.is_here and config.get("RegisteredUsers") and file is not None and _is_open(file):
        yield failed(
            "secrets_readable",
            f"{plain_text(file, 300)} has passwords, and every user of this computer can read it.",
            f"chown root:orthanc {plain_text(file, 300)} && chmod 640 {plain_text(file, 300)}",
        )


def _is_open(file: Path) -> bool:
    return os.name == "posix" and bool(file.stat().st_mode & 0o004)


def ports(config: Configuration) -> Iterator[Outcome]:
    """Find ports that can't be had."""
    used = {}
    for key, switch in (("HttpPort", "HttpServerEnabled"), ("DicomPort", "DicomServerEnabled")):
        port = config.get(key)
        if not config.get(switch):
            continue
        if not 1 <= port <= 65535:
            yield failed(
                "no_port",
                f"{key} is {port}, which is no port; Orthanc takes another one without a word.",
                "Write a number from 1024 to 65535.",
            )
        elif port < 1024:
            yield failed(
                "privileged_port",
                f"{key} is {port}: below 1024 only root may listen, and Orthanc does not start as "
                "another user.",
                "Choose a port from 1024 on.",
            )
        used[key] = port
    if len(used) == 2 and len(set(used.values())) == 1:
        yield failed(
            "same_port",
            f"HttpPort and DicomPort are both {config.get('HttpPort')}; Orthanc does not start.",
            "Choose another for one of them; usual are 8042 and 4242.",
        )


def tls(config: Configuration) -> Iterator[Outcome]:
    """Find what is wrong with TLS, where Orthanc speaks it itself."""
    if not config.get("SslEnabled"):
        return
    is_debians = _DEBIANS in (config.path.resolve(), config.path.resolve().parent)
    if is_debians and DEBIAN_PACKAGE.exists():
        yield failed(
            "ssl_crashes",
            "The Orthanc of Debian 12 and 13 crashes at its first HTTPS request.",
            f"Set SslEnabled to false. {_PROXY}",
        )
    elif config.is_here and DEBIAN_PACKAGE.exists():
        yield warning(
            "ssl_crashes",
            "Debian's Orthanc, which is installed here, crashes at its first HTTPS request; an "
            "official build does not.",
            f"If Debian's reads this file, set SslEnabled to false. {_PROXY}",
        )
    if config.get("SslMinimumProtocolVersion") < 4:
        yield failed(
            "old_tls",
            "SslMinimumProtocolVersion below 4 lets TLS 1.1 and older in, which are broken "
            "(RFC 8996).",
            "Set SslMinimumProtocolVersion to 4.",
        )
    if not config.is_here:
        return
    authorities = config.file("SslTrustedClientCertificates")
    if config.get("SslVerifyPeers") and not os.path.exists(authorities):
        yield failed(
            "no_client_authorities",
            "SslVerifyPeers asks for client certificates, and the file of "
            "SslTrustedClientCertificates is not there.",
            "Name a PEM file with their authorities.",
        )
    yield from pem_file(config.file("SslCertificate"), config.file("SslCertificate"))


def pem_file(path: Path, key: Path) -> Iterator[Outcome]:
    """Find what is wrong with a PEM file of a certificate, and with that of its private key."""
    shown = plain_text(path, 300)
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except PermissionError:
        yield skipped("", f"This user may not read {shown}.")
        return
    except (OSError, ValueError) as error:
        yield failed(
            "no_certificate",
            f"The certificate {shown} can't be read: {os_reason(error)}. Orthanc does not start.",
            "Put the PEM file there.",
        )
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # The password of an encrypted key is asked for by nobody.
        context.load_cert_chain(path, key, lambda: "")
    except (OSError, ValueError):
        yield failed(
            "key_does_not_fit",
            f"{shown} and its private key are no pair that TLS can use.",
            "Put certificate and unencrypted key into PEM; SslCertificate wants both in one file.",
        )
    if os.path.isfile(key) and os.name == "posix" and key.stat().st_mode & 0o044:
        is_open = _is_open(key)
        who, say = ("Every user of this computer", failed) if is_open else ("Its group", warning)
        yield say(
            "key_readable",
            f"{who} can read the private key in {plain_text(key, 300)}.",
            f"chmod 600 {plain_text(key, 300)}, owned by Orthanc's user.",
        )
    found = _PEM.search(text)
    if found is None:
        return
    try:
        info = describe_certificate(found.group())
    except (UntrustedCertificateError, ValueError):
        return  # key_does_not_fit told it
    yield from certificate(info)


def certificate(info: CertificateInfo) -> Iterator[Outcome]:
    """Find what is wrong with a certificate by itself."""
    end = datetime.fromisoformat(info.not_after)
    now = datetime.now(timezone.utc)
    day = end.date().isoformat()
    renew = "Renew it, and tell those who pinned it the new fingerprint beforehand."
    if end < now:
        yield failed("certificate_expired", f"The certificate was valid until {day}.", renew)
    elif end < now + timedelta(days=SOON):
        yield warning("certificate_ends", f"The certificate is valid until {day} only.", renew)
    if not info.host_names:
        yield failed(
            "certificate_without_names",
            "The certificate has no subject alternative name: clients check no other (RFC 9525).",
            "Make one with them: openssl req -x509 … -addext subjectAltName=DNS:server.example.org",
        )
    if info.weakness:
        yield failed(
            "certificate_weak", info.weakness, "Make a new one, with 2048 bits and SHA-256."
        )
