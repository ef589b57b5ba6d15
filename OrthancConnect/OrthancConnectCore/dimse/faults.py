"""What went wrong with an association or an operation, in words that lead to the remedy."""

from __future__ import annotations

import re
import socket
from typing import Any, Optional, Tuple

from ..network.dicom_tls import shake_hands
from ..network.faults import translate_connection_fault
from ..shared.errors import DimseError, OrthancConnectError, TransportError
from ..shared.hosts import shown_host
from ..shared.profile import ServerProfile
from ..shared.validation import plain_text

# DICOM PS3.8 table 9-21: result source 1 (service user), reasons.
_CALLING_UNKNOWN, _CALLED_UNKNOWN = 3, 7
_SERVICE_USER, _PRESENTATION = 1, 3
#: Seconds that a port has to tell that it speaks HTTP.
_HTTP_PATIENCE = 2.0

_PORT = "DICOM port (DicomPort in orthanc.json, usually 4242)"
#: Cause, what happened and what to do; `p` is the profile, `where` its DICOM side.
Said = Tuple[str, str, str]
_SILENT: Said = (
    "timeout",
    "{where} took the connection and did not answer within {p.dimse_timeout:g} s.",
    "Check that it is the server's DICOM port; if it is, look at the server's log.",
)
_HTTP: Said = (
    "http_port",
    "{where} speaks HTTP, not DICOM.",
    f"Use the server's {_PORT}, not the port of its web address.",
)
_NO_DICOM: Said = (
    "closed",
    "{where} closed the connection without a DICOM answer.",
    f"Check that it is the server's {_PORT} and whether it wants DICOM over TLS, which the profile "
    "has to say (--dicom-tls); else look at the server's log.",
)
_NO_TLS: Said = (
    "not_tls",
    "{where} makes no TLS connection for DICOM, which the profile asks for.",
    "If the server has no DicomTlsEnabled, make the profile without --dicom-tls; if it has, it may "
    "want a certificate of ours that it trusts (--dicom-certificate), or a newer TLS than it "
    "offers.",
)
_WANTS_CERTIFICATE: Said = (
    "client_certificate",
    "{where} wants a certificate of ours for DICOM over TLS, and does not take {what}.",
    "Name a PEM file with certificate and key (--dicom-certificate), and ask the administrator to "
    "add the certificate to DicomTlsTrustedCertificates.",
)
_CALLED: Said = (
    "called_ae_title",
    "The server refused the association: its AE title is not {p.called_ae_title}.",
    "Set the called AE title to the server's DicomAet; its web page and orthanc.json tell it.",
)
_REGISTER = (
    'Ask the administrator for this line under "DicomModalities" in orthanc.json: {line}; if it is '
    "there, check its "
)
_CALLING: Said = (
    "calling_ae_title",
    "The server refused the association: it does not know our AE title {p.calling_ae_title}.",
    _REGISTER + "AE title and address.",
)
_BUSY: Said = (
    "busy",
    "The server refused the association: it is too busy at the moment.",
    "Try again in a while.",
)
_REJECTED: Said = (
    "rejected",
    "The server refused the association without a reason.",
    "Check both AE titles, and look at the server's log.",
)
_UNSUPPORTED: Said = (
    "unsupported",
    "The server at {where} does not offer {service}.",
    "Choose another way in the server settings, or ask the administrator.",
)
_STOPPED: Said = (
    "timeout",
    "{where} sent nothing for {p.dimse_timeout:g} s during the {service}.",
    "Try again; if it stays so, raise the DICOM timeout in the server settings.",
)
#: Orthanc does so without telling why: unknown AE title, other host, or not allowed.
_ABORTED: Said = (
    "aborted",
    "The server broke off the {service}: it does not know our AE title {p.calling_ae_title}, or "
    "doesn't allow {service} for it.",
    _REGISTER + "address and that {service} is allowed there.",
)
_IN_THE_MIDDLE: Said = (
    "aborted",
    "The server broke off the {service} in the middle.",
    "Look at the server's log, and try again.",
)
_LOST: Said = (
    "closed",
    "The connection to {where} was lost during the {service}.",
    "Look at the server's log, and try again.",
)
_ENDLESS: Said = (
    "endless",
    "The {service} was ended: {where} sent {what}.",
    "Look at the server's log; check that it is the server's DICOM port.",
)
_FAILED: Said = (
    "status",
    "The server could not do the {service} (status 0x{status:04X}{comment}).",
    "Look at the server's log for the reason.",
)
_NOT_MOVED: Said = (
    *_FAILED[:2],
    "The server must know {p.storage_ae_title} and reach this computer at port {p.storage_port}. "
    'Line under "DicomModalities" in orthanc.json: {line}.',
)


def place(profile: ServerProfile) -> str:
    """Return ``host:port`` of the DICOM side."""
    return shown_host(f"{profile.dicom_host}:{profile.dicom_port}")


def modality_line(title: str, profile: ServerProfile) -> str:
    """Return the line that Orthanc's ``DicomModalities`` needs for one of our AE titles."""
    name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "slicer"
    return f'"{name}": ["{title}", "<address of this computer>", {profile.storage_port}]'


def _fault(said: Said, profile: ServerProfile, refused: bool = False, **words: Any) -> DimseError:
    title = profile.storage_ae_title if said is _NOT_MOVED else profile.calling_ae_title
    line = modality_line(title, profile)
    message, hint = (
        text.format(p=profile, where=place(profile), line=line, **words) for text in said[1:]
    )
    return DimseError(message, hint, refused=refused, cause=said[0])


def resolve(profile: ServerProfile) -> str:
    """Return an IP address of the DICOM host, IPv4 before IPv6.

    Raises
    ------
    DimseError
        The name is not known.
    """
    try:
        found = socket.getaddrinfo(profile.dicom_host, profile.dicom_port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise connection_fault(error, profile) from error
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return str(found[0][4][0])


def connection_fault(error: Exception, profile: ServerProfile) -> DimseError:
    """Return our error for a connection that could not be made: what HTTPS says, of DICOM."""
    if isinstance(error, ConnectionError) and not isinstance(error, ConnectionRefusedError):
        error = OSError(str(error))  # there is no TLS that it could have closed
    told = translate_connection_fault(error, profile.dicom_host, profile.dicom_port)
    message = told.message.replace("The host", "The DICOM host")
    if message == told.message:
        message = f"{message[:-1]} (DICOM)."
    hint = f"{told.hint} It is the {_PORT}." if "port" in told.hint else told.hint
    return DimseError(message, hint, refused=False, **told.facts)


def tls_fault(error: OrthancConnectError, profile: ServerProfile) -> OrthancConnectError:
    """Return our error for a TLS connection that did not come about, told of DICOM."""
    cause = error.facts.get("cause")
    if not isinstance(error, TransportError) or cause in ("refused", "timeout", "name", "network"):
        return error
    if cause == "client_certificate":
        what = "the one named" if profile.dicom_certificate else "us without"
        return _fault(_WANTS_CERTIFICATE, profile, refused=True, what=what)
    return _fault(_NO_TLS, profile)


def unreachable(address: str, profile: ServerProfile, seconds: float) -> OrthancConnectError:
    """Return our error for a connection that could not be made in so many seconds.

    pynetdicom keeps the reason to itself: it is asked for once more, unless it is known.
    """
    fault: OSError = TimeoutError()
    if profile.dicom_tls and (told := told_by_tls(profile)):
        return told
    if seconds < profile.connect_timeout:
        try:
            socket.create_connection((address, profile.dicom_port), profile.connect_timeout).close()
            fault = OSError("no connection")
        except OSError as error:
            fault = error
    return connection_fault(fault, profile)


def told_by_tls(profile: ServerProfile) -> Optional[OrthancConnectError]:
    """Return what a handshake tells of why there is no association; None where it is made."""
    try:
        shake_hands(profile)
    except OrthancConnectError as error:
        return tls_fault(error, profile)
    return None


def refusal(address: str, profile: ServerProfile, seconds: float) -> OrthancConnectError:
    """Return our error for a connection that gave no association in so many seconds."""
    if profile.dicom_tls and (told := told_by_tls(profile)):
        return told
    if seconds >= profile.dimse_timeout:
        return _fault(_SILENT, profile)
    return _fault(_HTTP if _speaks_http(address, profile.dicom_port) else _NO_DICOM, profile)


def _speaks_http(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), _HTTP_PATIENCE) as connection:
            connection.settimeout(_HTTP_PATIENCE)
            connection.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False


def rejection(answer: Any, profile: ServerProfile) -> DimseError:
    """Return our error for an association that was rejected by this A-ASSOCIATE-RJ PDU."""
    said = _BUSY if answer.source == _PRESENTATION else _REJECTED
    if answer.source == _SERVICE_USER:
        known = {_CALLED_UNKNOWN: _CALLED, _CALLING_UNKNOWN: _CALLING}
        said = known.get(answer.reason_diagnostic, said)
    return _fault(said, profile, refused=True)


def bare(kind: str, text: str, profile: ServerProfile) -> DimseError:
    """Return our error for what `doctor.sockets.AssociationFault` tells of a C-ECHO."""
    lost = {
        "refused": ConnectionRefusedError(),
        "timeout": TimeoutError(),
        "network": OSError(text),
    }
    if kind in lost:
        return connection_fault(lost[kind], profile)
    said = {
        "called_ae_title": _CALLED,
        "silent": _SILENT,
        "http": _HTTP,
        "busy": _BUSY,
        "rejected": _REJECTED,
    }
    return _fault(said.get(kind, _NO_DICOM), profile)


def unsupported(service: str, profile: ServerProfile) -> DimseError:
    """Return our error for a service that the server does not offer."""
    return _fault(_UNSUPPORTED, profile, refused=True, service=service)


def broken_off(
    service: str, profile: ServerProfile, *, timed_out: bool, aborted: bool, begun: bool
) -> DimseError:
    """Return our error for an operation whose end did not come.

    Parameters
    ----------
    timed_out, aborted : bool
        Whether nothing came for too long, or the server aborted the association.
    begun : bool
        Whether some of the answer had come: then it was no refusal.
    """
    said = _IN_THE_MIDDLE if aborted else _LOST
    is_refusal = aborted and not begun and not timed_out
    if timed_out or is_refusal:
        said = _STOPPED if timed_out else _ABORTED
    return _fault(said, profile, is_refusal, service=service)


def endless(service: str, profile: ServerProfile, what: str) -> DimseError:
    """Return our error for an operation that we ended, since something had no end."""
    return _fault(_ENDLESS, profile, service=service, what=what)


def failed(service: str, status: int, comment: str, profile: ServerProfile) -> DimseError:
    """Return our error for an answer with a failure status (PS3.4 tables C.4-1 to C.4-3).

    Orthanc answers 0xC000 (unable to process) to most, also to a C-MOVE to an unknown destination.
    """
    comment = f": {plain_text(comment, 120)}" if comment else ""
    said = _NOT_MOVED if service == "C-MOVE" else _FAILED
    error = _fault(said, profile, service=service, status=status, comment=comment)
    error.facts["status"] = status
    return error
