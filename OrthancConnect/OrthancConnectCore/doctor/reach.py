"""What a server's DICOM side says to this computer: whether it answers, and what it takes of us."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Optional

from ..dimse import faults
from ..network.dicom_tls import checked, client_context
from ..shared.errors import OrthancConnectError, TrustError
from ..shared.profile import ServerProfile
from .sockets import ECHO, AssociationFault, Request, bare_exchange, find_none, get_none

#: Kinds of faults by which a server refuses a request: Orthanc aborts what it does not allow.
REFUSALS = ("aborted", "calling_ae_title", "rejected")


@dataclass(frozen=True)
class Reach:
    """What came of it.

    Attributes
    ----------
    answers : bool
        Whether DICOM is spoken there, under that called AE title.
    finds, gets : bool or None
        Whether it takes C-FIND and C-GET of our AE title from here; None where that is not known.
    message, hint : str
        Why it does not answer, and what to do; empty when it does.
    """

    answers: bool
    finds: Optional[bool] = None
    gets: Optional[bool] = None
    message: str = ""
    hint: str = ""


def reach(profile: ServerProfile) -> Reach:
    """Ask the DICOM side by C-ECHO, and for a study that nobody has by C-FIND and C-GET."""
    try:
        ask_bare(profile)
    except AssociationFault as fault:
        if fault.kind in ("aborted", "calling_ae_title"):
            return Reach(True, False, False)
        if fault.kind != "status":
            error = why_not(profile, fault)
            return Reach(False, None, None, error.message, error.hint)
    finds = takes(profile, find_none())
    return Reach(True, finds, takes(profile, get_none()) if finds else finds)


def why_not(profile: ServerProfile, fault: AssociationFault) -> OrthancConnectError:
    """Return why the DICOM side answers no C-ECHO, as an error for people."""
    lost = ("refused", "timeout", "network")
    if profile.dicom_tls and fault.kind not in lost and (told := faults.told_by_tls(profile)):
        return told
    return faults.bare(fault.kind, fault.text, profile)


def takes(profile: ServerProfile, request: Request) -> Optional[bool]:
    """Return whether the server takes a request of ours; None where nothing tells it."""
    try:
        ask_bare(profile, request)
    except AssociationFault as fault:
        if fault.kind in REFUSALS:
            return False
        return True if fault.kind == "status" else None
    return True


def ask_bare(profile: ServerProfile, request: Request = ECHO) -> None:
    """Send the DICOM side one request; `AssociationFault` for anything but success."""
    titles = (profile.called_ae_title, profile.calling_ae_title)
    timeout = min(profile.dimse_timeout, profile.connect_timeout)
    where = (profile.dicom_host, profile.dicom_port)
    if not profile.dicom_tls:
        bare_exchange(*where, titles, timeout, request)
        return
    try:
        context, host = client_context(profile)
    except OrthancConnectError as error:
        raise AssociationFault("tls", error.message) from error

    def secure(plain: socket.socket) -> socket.socket:
        connection = context.wrap_socket(plain, server_hostname=host)
        try:
            checked(profile, connection)
        except TrustError as error:
            connection.close()
            raise ValueError(error.message) from error
        return connection

    bare_exchange(*where, titles, timeout, request, secure)
