"""What a failed DICOM job of ctk's means, and how long to wait for one."""

from __future__ import annotations

from typing import Tuple

from OrthancConnectCore.shared.errors import DimseError
from OrthancConnectCore.shared.hosts import shown_host
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.validation import plain_text

_Causes = Tuple[Tuple[Tuple[str, ...], str, str], ...]
# What DCMTK says, in small letters → our message and hint. {host}, {called}, … are the profile's.
_CAUSES: _Causes = (
    (
        ("connection refused", "connection reset"),
        "Nothing answers by DICOM at {host}:{port}.",
        "Check DICOM host and port in the server's settings, and that Orthanc is running.",
    ),
    (
        ("unknown host", "host name lookup"),
        "The DICOM host {host} is not known.",
        "Check its spelling in the server's settings.",
    ),
    (
        ("timeout", "timed out", "no route", "unreachable"),
        "{host}:{port} did not answer by DICOM in time.",
        "Check DICOM host and port, and that the network (VPN, firewall) lets DICOM through.",
    ),
    (
        ("unrecognized pdu",),
        "{host}:{port} answers, but it does not speak DICOM.",
        "Use the server's DICOM port, 4242 unless it was changed; it is not the web port.",
    ),
    (
        ("association rejected",),  # CTK does not pass on which of the two it is
        "The server rejects the association of {calling} with {called}.",
        "Check both AE titles in the server's settings: {called} must be the server's DicomAet, and"
        " {calling} one of its DicomModalities.",
    ),
    (
        ("peer aborted association",),
        "The server refuses DICOM requests from the AE title {calling}.",
        "Ask its administrator to add {calling} to Orthanc's DicomModalities, or correct the"
        " calling AE title in the server's settings.",
    ),
    (
        ("outofresources",),
        "The server has no room to work on this request.",
        "Narrow it down, or try again later.",
    ),
)

#: These hold for the next request as well, and these of them are refusals.
_LASTING, _REFUSALS = _CAUSES[:6], _CAUSES[4:6]


def _told(causes: _Causes, log: str) -> _Causes:
    """Return those causes that a log tells of."""
    said = log.lower()
    return tuple(cause for cause in causes if any(word in said for word in cause[0]))


def is_lasting(log: str) -> bool:
    """Whether a job's log tells that no other request would fare better."""
    return bool(_told(_LASTING, log))


def explain(log: str, profile: ServerProfile, what: str) -> DimseError:
    """Return what a failed job's log means; `what` is the query or the retrieve."""
    told = _told(_CAUSES, log)
    if told:
        values = {
            "host": shown_host(profile.dicom_host),
            "port": profile.dicom_port,
            "called": profile.called_ae_title,
            "calling": profile.calling_ae_title,
        }
        _words, message, hint = told[0]
        refused = bool(_told(_REFUSALS, log))
        return DimseError(message.format(**values), hint.format(**values), refused=refused)
    status, fault = dimse_status(log), _first_error(log)
    if status:
        message = f"The server answered the DICOM {what} with: {status}."
    else:
        message = f"The DICOM {what} failed: {fault}." if fault else f"The DICOM {what} failed."
    return DimseError(message, "Try again; the server's log says more.", refused=False)


def dimse_status(log: str) -> str:
    """The unsuccessful DIMSE status that a log tells of, in DCMTK's words; empty if there is none.

    "Cancel: MatchingTerminatedDueToCancelRequest" is what Orthanc says when LimitFindResults cut
    its answer.
    """
    marker = "DIMSE status is: "
    lines = [line.partition(marker)[2] for line in log.splitlines() if marker in line]
    return plain_text(lines[-1], 200) if lines else ""


def _first_error(log: str) -> str:
    errors = [line.partition("ERROR: ")[2] for line in log.splitlines() if " ERROR: " in line]
    return plain_text(errors[0], 200).rstrip(".") if errors else ""


def patience(profile: ServerProfile, messages: int = 1) -> float:
    """Seconds without news after which a server counts as silent.

    CTK tells of whole answers only, so there may be several messages between two pieces of news.
    """
    return profile.connect_timeout + messages * profile.dimse_timeout


def silence(profile: ServerProfile, what: str) -> DimseError:
    """Return the error for a server that is silent, or never ends; ctk would wait for ever.

    Which of the two it is can't be told: CTK speaks of whole answers only.
    """
    return DimseError(
        f"The server did not end its answer to the DICOM {what} in time.",
        f"Try again; if the server is only slow, raise the DICOM timeout"
        f" ({profile.dimse_timeout:g} s) in its settings.",
        refused=False,
    )
