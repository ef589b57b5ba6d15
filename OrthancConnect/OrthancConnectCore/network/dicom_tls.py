"""TLS on the DICOM port, of either end (DICOM PS3.15 annex B), and what is wrong with it.

The server's certificate is trusted as that of HTTPS is, or by a pin of its own. What speaks DICOM
gets a context, and lets `checked` look at a connection before anything is sent over it.
"""

from __future__ import annotations

import dataclasses
import socket
import ssl
from contextlib import suppress
from typing import Any, Tuple

from ..shared.errors import ConfigurationError, TrustError
from ..shared.profile import ServerProfile, TrustPolicy
from .certificates import CertificateInfo, describe_certificate, fingerprint_of
from .faults import changed_fault, translate_connection_fault
from .tls import connecting_fault, fetch_certificate, ssl_context, with_anchors

#: Seconds that a server has, after the handshake, to refuse for want of a certificate: TLS 1.3
#: tells only then.
_REFUSAL = 1.0


def dicom_side(profile: ServerProfile) -> ServerProfile:
    """Return a profile whose address is the DICOM side, with what its certificate is trusted by."""
    host = f"[{profile.dicom_host}]" if ":" in profile.dicom_host else profile.dicom_host
    pin = profile.dicom_fingerprint
    trust = TrustPolicy.pinned(pin) if pin else profile.trust
    address = f"https://{host}:{profile.dicom_port}"
    return dataclasses.replace(profile, rest_url=address, trust=trust, dicom_fingerprint="")


def client_context(profile: ServerProfile) -> Tuple[ssl.SSLContext, str]:
    """Return the context for an association that we ask for, and the host that it is with.

    Raises
    ------
    CertificateChangedError
        The server shows another certificate than the pinned one.
    ConfigurationError
        The CA file, or our own certificate, can't be read.
    TransportError
        The server can't be reached to look at its certificate, or speaks no TLS.
    """
    side = dicom_side(profile)
    context = ssl_context(side, profile.dicom_certificate)
    context.check_hostname = not side.trust.pins
    return context, profile.dicom_host


class _ListenerContext(ssl.SSLContext):
    """Leaves the handshake to who serves a connection: a peer's slow one holds up nobody else."""

    def wrap_socket(self, *args: Any, **options: Any) -> ssl.SSLSocket:
        return super().wrap_socket(*args, **{**options, "do_handshake_on_connect": False})


def listener_context(profile: ServerProfile) -> ssl.SSLContext:
    """Return the context of our listener: its peer has to show the server's certificate.

    Raises
    ------
    ConfigurationError
        There is no certificate of our own, or it can't be read.
    CertificateChangedError, TransportError
        As `client_context`: a pinned certificate is fetched.
    """
    if not profile.dicom_certificate:
        raise ConfigurationError(
            "The DICOM listener has no certificate of its own for DICOM over TLS.",
            "Name a PEM file with certificate and key (--dicom-certificate), or retrieve by C-GET "
            "or over HTTPS.",
        )
    context = _ListenerContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    return with_anchors(context, dicom_side(profile), profile.dicom_certificate)


def checked(profile: ServerProfile, connection: Any) -> None:
    """Raise `CertificateChangedError` where a connection's peer shows another than the pinned one.

    Whoever else the pinned certificate vouches for is not the server.
    """
    side = dicom_side(profile)
    if side.trust.pins:
        presented = fingerprint_of(connection.getpeercert(binary_form=True) or b"")
        if presented not in side.trust.pins:
            raise changed_fault(side, presented)


def shake_hands(profile: ServerProfile) -> None:
    """Make a handshake as an association would, and hear whether it is refused; send nothing.

    Raises
    ------
    TrustError, ConfigurationError, TransportError
        Why no association comes about.
    """
    side, timeout = dicom_side(profile), profile.connect_timeout
    context, host = client_context(profile)
    try:
        with socket.create_connection((host, profile.dicom_port), timeout) as raw:
            with context.wrap_socket(raw, server_hostname=host) as secure:
                checked(profile, secure)
                secure.settimeout(_REFUSAL)
                with suppress(socket.timeout, TimeoutError):
                    if not secure.recv(1):
                        raise ssl.SSLEOFError()
    except ssl.SSLCertVerificationError as error:
        raise connecting_fault(error, side) from error
    except (OSError, ValueError) as error:
        raise translate_connection_fault(error, host, profile.dicom_port) from error


def inspect_dicom(profile: ServerProfile) -> CertificateInfo:
    """Look at the DICOM side's certificate and at whether the profile trusts it.

    Raises
    ------
    ConfigurationError, TransportError
        As `shake_hands`.
    """
    where = (profile.dicom_host, profile.dicom_port, profile.connect_timeout)
    info = describe_certificate(fetch_certificate(*where, profile.dicom_certificate))
    try:
        shake_hands(profile)
    except TrustError as error:
        return info.refused(error)
    return dataclasses.replace(info, trusted=True)
