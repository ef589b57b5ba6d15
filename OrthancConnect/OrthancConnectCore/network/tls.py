"""Certificates: looking at a server's, saying what is wrong with it, and trusting it.

Every connection is made with a context that requires a verified certificate. A pinned one is
verified against itself: the certificate is fetched by a bare handshake, compared with the pin,
and then is the only trust anchor of the context. So nothing is ever sent to a server that shows
another.
"""

from __future__ import annotations

import hashlib
import socket
import ssl
import sys
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import Any, Dict, List, Tuple

import certifi
from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

from ..shared.errors import (
    CertificateChangedError,
    CertificateExpiredError,
    ConfigurationError,
    ConnectionFailedError,
    HostnameMismatchError,
    OrthancConnectError,
    RequestTimeoutError,
    TransportError,
    TrustError,
    UntrustedCertificateError,
)
from ..shared.profile import ServerProfile, TrustPolicy
from ..shared.validation import plain_text, split_rest_url

# OpenSSL's X509_V_FLAG_PARTIAL_CHAIN: a certificate that is not self-signed may be a trust anchor.
# The ssl module names it only from Python 3.10 on.
_PARTIAL_CHAIN = 0x80000
# OpenSSL's X509_V_ERR_* codes that ssl.SSLCertVerificationError.verify_code holds.
_NOT_YET_VALID, _HAS_EXPIRED = 9, 10
_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH = 62, 64


@dataclass(frozen=True)
class CertificateInfo:
    """What a person needs to see of a server's certificate before trusting it.

    Attributes
    ----------
    fingerprint : str
        SHA-256 of the DER form, upper-case pairs joined by colons.
    subject, issuer : str
        Common names or, without one, the whole distinguished names; plain text.
    not_before, not_after : str
        Validity, ISO 8601 in UTC.
    host_names : tuple of str
        DNS names and IP addresses that the certificate is for.
    self_signed : bool
        Whether subject and issuer are the same.
    trusted : bool
        Whether the profile's trust policy accepts it for the profile's address.
    problem : str
        Why not, in one sentence; empty when trusted.
    hint : str
        What the user does about it.
    problem_kind : str
        Name of the error class that a connection would raise; empty when trusted.
    """

    fingerprint: str
    subject: str
    issuer: str
    not_before: str
    not_after: str
    host_names: Tuple[str, ...]
    self_signed: bool
    trusted: bool = False
    problem: str = ""
    hint: str = ""
    problem_kind: str = ""

    def to_dict(self) -> Dict[str, Any]:
        """Return the fields as JSON-serialisable values."""
        return asdict(self)


def fingerprint_of(der: bytes) -> str:
    """Return the SHA-256 fingerprint of a certificate in DER."""
    digest = hashlib.sha256(der).hexdigest().upper()
    return ":".join(digest[i : i + 2] for i in range(0, 64, 2))


def fetch_certificate(host: str, port: int, timeout: float) -> str:
    """Return the certificate that a server shows, in PEM; only a handshake is made.

    Raises
    ------
    ConnectionFailedError
        Nothing listens there, the name is unknown, or what answers does not speak TLS.
    RequestTimeoutError
        No answer within `timeout` seconds.
    """
    try:
        if sys.version_info >= (3, 10):
            return ssl.get_server_certificate((host, port), timeout=timeout)
        return _fetch_certificate_python_3_9(host, port, timeout)
    except (OSError, ValueError) as error:
        raise translate_connection_fault(error, host, port) from error


def _shown_by(profile: ServerProfile) -> Tuple[str, str]:
    """Return a server's certificate in PEM, and its fingerprint; see `fetch_certificate`."""
    _scheme, host, port = split_rest_url(profile.rest_url)
    pem = fetch_certificate(host, port, profile.connect_timeout)
    return pem, fingerprint_of(ssl.PEM_cert_to_DER_cert(pem))


def _fetch_certificate_python_3_9(host: str, port: int, timeout: float) -> str:
    """Do what ``get_server_certificate`` does from Python 3.10 on: with a timeout and with SNI."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection((host, port), timeout) as raw:
        with context.wrap_socket(raw, server_hostname=host) as secure:
            return ssl.DER_cert_to_PEM_cert(secure.getpeercert(binary_form=True) or b"")


def translate_connection_fault(error: BaseException, host: str, port: int) -> OrthancConnectError:
    """Return our error for a fault of resolving, connecting or shaking hands.

    Parameters
    ----------
    error : BaseException
        From ``socket`` or ``ssl``.
    host : str
        As in the profile.
    port : int
        TCP port.
    """
    where = f"{host}:{port}"
    if isinstance(error, socket.gaierror):
        return ConnectionFailedError(
            f"The host {host} is not known.",
            "Check the spelling of the address, and that you are in the right network or VPN.",
            cause="name",
        )
    if isinstance(error, (socket.timeout, TimeoutError)):
        return RequestTimeoutError(
            f"{where} did not answer in time.",
            "Check host and port, and ask whether a firewall lets this computer through.",
            cause="timeout",
        )
    if isinstance(error, ConnectionRefusedError):
        return ConnectionFailedError(
            f"Nothing listens on {where}.",
            "Check the port, and that the server is running.",
            cause="refused",
        )
    if isinstance(error, ssl.SSLError) and _is_not_tls(error):
        return ConnectionFailedError(
            f"{where} does not speak HTTPS: it seems to be a plain HTTP port.",
            "Use the server's HTTPS port, or have the administrator put HTTPS in front of it.",
            cause="not_tls",
        )
    closed = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionResetError, ConnectionAbortedError)
    if isinstance(error, closed):
        return ConnectionFailedError(
            f"{where} closed the connection at the TLS handshake.",
            "If it is Debian's Orthanc with SslEnabled, it crashes there: put nginx in front of it "
            "for HTTPS (see the README's server section).",
            cause="tls_closed",
        )
    if isinstance(error, ssl.SSLError):
        return ConnectionFailedError(
            f"{where} and this computer agree on no secure connection "
            f"({plain_text(error.reason or error, 80)}).",
            "Ask the administrator to allow TLS 1.2 or newer on the server.",
            cause="tls",
        )
    return ConnectionFailedError(
        f"{where} can't be reached: {plain_text(getattr(error, 'strerror', None) or error, 120)}.",
        "Check address, network and VPN, and that the server is running.",
        cause="network",
    )


def _is_not_tls(error: ssl.SSLError) -> bool:
    reason = (error.reason or "") + str(error)
    return any(mark in reason for mark in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER"))


def trust_fault(
    error: ssl.SSLCertVerificationError, profile: ServerProfile, fingerprint: str = ""
) -> TrustError:
    """Return our error for a certificate that the TLS library refused."""
    _scheme, host, port = split_rest_url(profile.rest_url)
    where = f"{host}:{port}"
    facts = {"fingerprint": fingerprint} if fingerprint else {}
    if error.verify_code in (_HAS_EXPIRED, _NOT_YET_VALID):
        state = "has expired" if error.verify_code == _HAS_EXPIRED else "is not valid yet"
        return CertificateExpiredError(
            f"The certificate of {where} {state}.",
            "Ask the administrator for a new one, and check this computer's clock.",
            **facts,
        )
    if error.verify_code in (_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH):
        return HostnameMismatchError(
            f"The certificate of {where} is for another host.",
            "Use the address that the certificate names, or pin this certificate after comparing "
            "its fingerprint with the administrator's.",
            **facts,
        )
    return UntrustedCertificateError(
        f"The certificate of {where} is not trusted "
        f"({plain_text(error.verify_message, 80) or 'unknown issuer'}).",
        "Compare its SHA-256 fingerprint with the administrator's and trust it, or choose the CA "
        "file of your institution.",
        **facts,
    )


def changed_fault(profile: ServerProfile, presented: str) -> CertificateChangedError:
    """Return the error for a certificate that is not the pinned one."""
    _scheme, host, port = split_rest_url(profile.rest_url)
    return CertificateChangedError(
        f"{host}:{port} shows another certificate than the trusted one. "
        f"Trusted: {profile.trust.fingerprint}. Shown: {presented}.",
        "Nothing was sent. Ask the administrator whether the certificate was renewed; only then "
        "trust the new one.",
        pinned=profile.trust.fingerprint,
        presented=presented,
    )


def ssl_context(profile: ServerProfile) -> ssl.SSLContext:
    """Return the TLS context for a profile: TLS 1.2 at the least, certificate required.

    For a pinned certificate the server is asked for its certificate once, by a bare handshake.

    Raises
    ------
    CertificateChangedError
        The server shows another certificate than the pinned one.
    ConfigurationError
        The CA file can't be read.
    TransportError
        The server can't be reached to look at its certificate.
    """
    trust = profile.trust
    if trust.mode == "pinned":
        pem, presented = _shown_by(profile)
        if presented != trust.fingerprint:
            raise changed_fault(profile, presented)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=pem)
        # The exact certificate was agreed on, whatever host it names; who issued it is no matter.
        context.check_hostname = False
        context.verify_flags = ssl.VerifyFlags(context.verify_flags | _PARTIAL_CHAIN)
    elif trust.mode == "ca_file":
        context = _ca_file_context(trust)
    else:
        # The system's store; and certifi's, since Slicer's own Python finds none on some systems.
        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # One handshake a connection, so that the certificate that was checked is the one that stays.
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context


def _ca_file_context(trust: TrustPolicy) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=trust.ca_file)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"The CA file {plain_text(trust.ca_file, 300)} can't be read as PEM certificates.",
            "Choose the file that the administrator gave you (BEGIN CERTIFICATE).",
        ) from error
    return context


def secured(raw: socket.socket, context: ssl.SSLContext, profile: ServerProfile) -> ssl.SSLSocket:
    """Shake hands on a new connection and check the certificate; nothing else is sent.

    Raises
    ------
    TrustError
        The certificate is not trusted.
    TransportError
        There is no TLS with the other end.
    """
    _scheme, host, port = split_rest_url(profile.rest_url)
    try:
        secure = context.wrap_socket(raw, server_hostname=host)
        presented = fingerprint_of(secure.getpeercert(binary_form=True) or b"")
    except ssl.SSLCertVerificationError as error:
        raise _refused(error, profile) from error
    except (OSError, ValueError) as error:
        raise translate_connection_fault(error, host, port) from error
    if profile.trust.mode == "pinned" and presented != profile.trust.fingerprint:
        secure.close()
        raise changed_fault(profile, presented)
    return secure


def _refused(error: ssl.SSLCertVerificationError, profile: ServerProfile) -> TrustError:
    """Return our error for a refused certificate, with the fingerprint that is shown now."""
    try:
        _pem, presented = _shown_by(profile)
    except TransportError:
        presented = ""
    if presented and profile.trust.mode == "pinned" and presented != profile.trust.fingerprint:
        return changed_fault(profile, presented)
    return trust_fault(error, profile, presented)


def inspect_certificate(profile: ServerProfile) -> CertificateInfo:
    """Look at a server's certificate and at whether the profile trusts it; send nothing else.

    Raises
    ------
    TransportError
        The server can't be reached, or does not speak TLS.
    ConfigurationError
        The address is plain HTTP, or the CA file can't be read.
    """
    scheme, host, port = split_rest_url(profile.rest_url)
    if scheme != "https":
        raise ConfigurationError(
            "Plain HTTP has no certificate: everything crosses the network in clear.",
            "Use an https:// address.",
        )
    info = describe_certificate(_shown_by(profile)[0])
    try:
        context = ssl_context(profile)
        try:
            with socket.create_connection((host, port), profile.connect_timeout) as raw:
                secured(raw, context, profile).close()
        except OSError as error:
            raise translate_connection_fault(error, host, port) from error
    except TrustError as error:
        kind = type(error).__name__
        return replace(info, problem=error.message, hint=error.hint, problem_kind=kind)
    return replace(info, trusted=True)


def describe_certificate(pem: str) -> CertificateInfo:
    """Return what a certificate says of itself.

    Raises
    ------
    UntrustedCertificateError
        It is not well formed.
    """
    der = ssl.PEM_cert_to_DER_cert(pem)
    try:
        certificate = x509.load_der_x509_certificate(der)
        subject, issuer = _name(certificate.subject), _name(certificate.issuer)
        hosts = _host_names(certificate)
    except ValueError as error:
        raise UntrustedCertificateError(
            "The server's certificate is not well formed.",
            "Ask the administrator for a new one.",
            fingerprint=fingerprint_of(der),
        ) from error
    return CertificateInfo(
        fingerprint=fingerprint_of(der),
        subject=subject,
        issuer=issuer,
        not_before=_utc(certificate, "not_valid_before"),
        not_after=_utc(certificate, "not_valid_after"),
        host_names=hosts,
        self_signed=certificate.subject == certificate.issuer,
    )


def _utc(certificate: x509.Certificate, name: str) -> str:
    # cryptography 42 added the aware *_utc forms; all of Slicer's versions have them.
    moment: datetime = getattr(certificate, name + "_utc")
    return moment.astimezone(timezone.utc).isoformat()


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return plain_text(common[0].value if common else name.rfc4514_string(), 200)


def _host_names(certificate: x509.Certificate) -> Tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_oid(
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME
        )
    except x509.ExtensionNotFound:
        return ()
    names: List[str] = []
    for name in extension.value:  # type: ignore[attr-defined]
        if isinstance(name, x509.DNSName):
            names.append(plain_text(name.value, 253))
        elif isinstance(name, x509.IPAddress):
            names.append(str(name.value))
    return tuple(names)
