"""What went wrong with an association or an operation, in words that lead to the remedy."""

from __future__ import annotations

import re
import socket
from typing import Any

from ..shared.errors import DimseError
from ..shared.profile import ServerProfile
from ..shared.validation import plain_text

# DICOM PS3.8 table 9-21: result source 1 (service user), reasons.
_CALLING_UNKNOWN, _CALLED_UNKNOWN = 3, 7
_SERVICE_USER, _PRESENTATION = 1, 3
#: Seconds that a port has to tell that it speaks HTTP.
_HTTP_PATIENCE = 2.0


def place(profile: ServerProfile) -> str:
    """Return ``host:port`` of the DICOM side."""
    return f"{profile.dicom_host}:{profile.dicom_port}"


def modality_line(title: str, profile: ServerProfile) -> str:
    """Return the line that Orthanc's ``DicomModalities`` needs for one of our AE titles.

    Notes
    -----
    Orthanc Book, "DicomModalities": name, then AE title, host and port of the remote modality.
    """
    name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "slicer"
    return f'"{name}": ["{title}", "<address of this computer>", {profile.storage_port}]'


def _register(profile: ServerProfile, wanted: str) -> str:
    line = modality_line(profile.calling_ae_title, profile)
    return (
        f'Ask the administrator for this line under "DicomModalities" in orthanc.json: {line}; '
        f"if it is there, {wanted}."
    )


def resolve(profile: ServerProfile) -> str:
    """Return an IP address of the DICOM host, IPv4 before IPv6.

    Raises
    ------
    DimseError
        The name is not known.
    """
    try:
        found = socket.getaddrinfo(profile.dicom_host, profile.dicom_port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise connection_fault(error, profile) from error
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return str(found[0][4][0])


def connection_fault(error: OSError, profile: ServerProfile) -> DimseError:
    """Return our error for a connection that could not be made."""
    where = place(profile)
    if isinstance(error, socket.gaierror):
        return _fault(
            f"The DICOM host {profile.dicom_host} is not known.",
            "Check the spelling of the address, and that you are in the right network or VPN.",
            cause="name",
        )
    if isinstance(error, (socket.timeout, TimeoutError)):
        return _fault(
            f"{where} did not answer in time (DICOM).",
            "Check host and DICOM port, and ask whether a firewall lets this computer through.",
            cause="timeout",
        )
    if isinstance(error, ConnectionRefusedError):
        return _fault(
            f"Nothing listens on {where} (DICOM).",
            "Check the DICOM port (DicomPort in orthanc.json, usually 4242), and that the server "
            "is running.",
            cause="connection_refused",
        )
    return _fault(
        f"{where} can't be reached (DICOM): {plain_text(error.strerror or error, 120)}.",
        "Check address, network and VPN, and that the server is running.",
        cause="network",
    )


def unreachable(address: str, profile: ServerProfile, seconds: float) -> DimseError:
    """Return our error for a connection that could not be made in so many seconds.

    pynetdicom keeps the reason to itself: it is asked for once more, unless it is known.
    """
    fault = OSError("no connection")
    if seconds >= profile.connect_timeout:
        fault = TimeoutError()
    else:
        try:
            socket.create_connection((address, profile.dicom_port), profile.connect_timeout).close()
        except OSError as error:
            fault = error
    return connection_fault(fault, profile)


def refusal(address: str, profile: ServerProfile, seconds: float) -> DimseError:
    """Return our error for a connection that gave no association in so many seconds."""
    where = place(profile)
    if seconds >= profile.dimse_timeout:
        return _fault(
            f"{where} took the connection and did not answer within {profile.dimse_timeout:g} s.",
            "Check that it is the server's DICOM port; if it is, look at the server's log.",
            cause="timeout",
        )
    if _speaks_http(address, profile.dicom_port):
        return _fault(
            f"{where} speaks HTTP, not DICOM.",
            "Use the server's DICOM port (DicomPort in orthanc.json, usually 4242), not the port "
            "of its web address.",
            cause="http_port",
        )
    return _fault(
        f"{where} closed the connection without a DICOM answer.",
        "Check that it is the server's DICOM port (DicomPort in orthanc.json, usually 4242) and "
        "that it does not want DICOM over TLS; else look at the server's log.",
        cause="closed",
    )


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
    source, reason = answer.source, answer.reason_diagnostic
    if (source, reason) == (_SERVICE_USER, _CALLED_UNKNOWN):
        return _fault(
            f"The server refused the association: its AE title is not {profile.called_ae_title}.",
            "Set the called AE title to the server's DicomAet; its web page and orthanc.json "
            "tell it.",
            refused=True,
            cause="called_ae_title",
        )
    if (source, reason) == (_SERVICE_USER, _CALLING_UNKNOWN):
        return _fault(
            f"The server refused the association: it does not know our AE title "
            f"{profile.calling_ae_title}.",
            _register(profile, "check its AE title and address"),
            refused=True,
            cause="calling_ae_title",
        )
    if source == _PRESENTATION:
        return _fault(
            "The server refused the association: it is too busy at the moment.",
            "Try again in a while.",
            refused=True,
            cause="busy",
        )
    return _fault(
        "The server refused the association without a reason.",
        "Check both AE titles, and look at the server's log.",
        refused=True,
        cause="rejected",
    )


def unsupported(service: str, profile: ServerProfile) -> DimseError:
    """Return our error for a service that the server does not offer."""
    return _fault(
        f"The server at {place(profile)} does not offer {service}.",
        "Choose another way in the server settings, or ask the administrator.",
        refused=True,
        cause="unsupported",
    )


def broken_off(
    service: str, profile: ServerProfile, *, timed_out: bool, aborted: bool, begun: bool
) -> DimseError:
    """Return our error for an operation whose end did not come.

    Parameters
    ----------
    service : str
        For example ``C-FIND``.
    profile : ServerProfile
        Whom we called.
    timed_out, aborted : bool
        Whether nothing came for too long, or the server aborted the association.
    begun : bool
        Whether some of the answer had come: then it was no refusal.
    """
    if timed_out:
        return _fault(
            f"{place(profile)} sent nothing for {profile.dimse_timeout:g} s during the {service}.",
            "Try again; if it stays so, raise the DICOM timeout in the server settings.",
            cause="timeout",
        )
    if aborted and not begun:
        # Orthanc does so without telling why: unknown AE title, other host, or not allowed.
        return _fault(
            f"The server broke off the {service}: it does not know our AE title "
            f"{profile.calling_ae_title}, or doesn't allow {service} for it.",
            _register(profile, f"check its address and that {service} is allowed there"),
            refused=True,
            cause="aborted",
        )
    return _fault(
        f"The server broke off the {service} in the middle."
        if aborted
        else f"The connection to {place(profile)} was lost during the {service}.",
        "Look at the server's log, and try again.",
        cause="aborted" if aborted else "closed",
    )


def endless(service: str, profile: ServerProfile, what: str) -> DimseError:
    """Return our error for an operation that we ended, since something had no end."""
    return _fault(
        f"The {service} was ended: {place(profile)} sent {what}.",
        "Look at the server's log; check that it is the server's DICOM port.",
        cause="endless",
    )


def failed(service: str, status: int, comment: str, profile: ServerProfile) -> DimseError:
    """Return our error for an answer with a failure status.

    Notes
    -----
    Status codes: DICOM PS3.4 tables C.4-1 to C.4-3. Orthanc answers 0xC000 (unable to process) to
    most, and a C-MOVE to an unknown destination as well.
    """
    said = f": {plain_text(comment, 120)}" if comment else ""
    message = f"The server could not do the {service} (status 0x{status:04X}{said})."
    hint = "Look at the server's log for the reason."
    if service == "C-MOVE":
        hint = (
            f"The server must know {profile.storage_ae_title} and reach this computer at port "
            f'{profile.storage_port}. Line under "DicomModalities" in orthanc.json: '
            f"{modality_line(profile.storage_ae_title, profile)}."
        )
    return _fault(message, hint, cause="status", status=status)


def _fault(message: str, hint: str, *, refused: bool = False, **facts: Any) -> DimseError:
    return DimseError(message, hint, refused=refused, **facts)
