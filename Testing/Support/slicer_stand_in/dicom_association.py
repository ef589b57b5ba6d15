"""An association by pynetdicom, and DCMTK's words for what goes wrong with one.

The words are those that DCMTK 3.6.7 says against Orthanc, a web server, a silent and a closed port.
"""

from __future__ import annotations

import os
import socket
import time
from typing import Any, Dict, List

from pynetdicom import AE, evt


class Peer:
    """Whom to talk to: the properties that the ctk classes share."""

    def __init__(self, calling: str, called: str, port: int, timeout: int) -> None:
        self.connection_name = self.host = self.job_uid = self.move_destination = ""
        self.calling_ae_title, self.called_ae_title = calling, called
        self.port, self.timeout = port, timeout


class _Entity(AE):
    """An entity that keeps its raw socket, which pynetdicom leaves open when nobody answers."""

    raw_socket: Any = None
    first_bytes = b""

    def _create_socket(self, *arguments: Any, **keywords: Any) -> Any:
        made = super()._create_socket(*arguments, **keywords)
        self.raw_socket = made.socket
        receive = made.recv

        def recv(count: int) -> bytes:
            data = bytes(receive(count))
            self.first_bytes = self.first_bytes or data
            return data

        made.recv = recv  # type: ignore[method-assign]
        return made


def entity_for(peer: Peer, calling: str) -> Any:
    """An entity with the timeouts that the ctk classes set."""
    entity = _Entity(ae_title=calling)
    entity.acse_timeout = entity.connection_timeout = peer.timeout
    entity.dimse_timeout = entity.network_timeout = None
    return entity


class Failure(Exception):
    """An association that did not come about, with DCMTK's words for it."""


def associate(peer: Peer, entity: Any, handlers: Any = (), **more: Any) -> Any:
    """An established association; Failure in DCMTK's words."""
    opened: List[bool] = []
    watch = (evt.EVT_CONN_OPEN, lambda event: opened.append(True))
    started = time.monotonic()
    try:
        association = entity.associate(
            peer.host,
            int(peer.port),
            ae_title=peer.called_ae_title,
            evt_handlers=[*handlers, watch],
            **more,
        )
    except (ValueError, TypeError, OSError) as error:
        raise Failure(f"TCP Initialization Error: {error}") from error
    if association.is_established:
        return association
    if entity.raw_socket is not None:
        entity.raw_socket.close()
    if not opened:
        raise Failure(_why_not_connected(peer))
    if association.is_rejected:
        raise Failure("DUL Association Rejected")
    if entity.first_bytes and entity.first_bytes[0] not in range(1, 8):
        raise Failure(f"Unrecognized PDU type: {entity.first_bytes[0]:x}")
    if time.monotonic() - started >= peer.timeout:
        raise Failure("DUL network read timeout")
    raise Failure("Peer aborted Association (or never connected)")


def _why_not_connected(peer: Peer) -> str:
    try:
        with socket.create_connection((peer.host, int(peer.port)), timeout=peer.timeout):
            return "Peer aborted Association (or never connected)"
    except socket.gaierror:
        return f"Attempt to connect to unknown host: {peer.host}"
    except socket.timeout:
        return "TCP Initialization Error: Operation now in progress (Timeout)"
    except OSError as error:
        return f"TCP Initialization Error: {os.strerror(error.errno or 0)}"


FIND_STATUS = {
    0x0122: "Refused: SOPClassNotSupported",
    0xA700: "Refused: OutOfResources",
    0xA900: "Failed: IdentifierDoesNotMatchSOPClass",
    0xFE00: "Cancel: MatchingTerminatedDueToCancelRequest",
}
GET_STATUS = {
    0xA701: "Refused: OutOfResourcesNumberOfMatches",
    0xA702: "Refused: OutOfResourcesSubOperations",
    0xA801: "Refused: MoveDestinationUnknown",
    0xA900: "Failed: IdentifierDoesNotMatchSOPClass",
    0xFE00: "Cancel: SubOperationsTerminatedDueToCancelIndication",
}
ABORTED = "Failed receiving DIMSE {}: 0006:0317 Peer aborted Association (or never connected)"
RELEASE_FAILED = (
    "Association Release Failed: 0006:0303 DUL Finite State Machine Error: "
    "No action defined, state 1 event 10"
)


def status_text(status: int, known: Dict[int, str]) -> str:
    """DCMTK's words for an unsuccessful DIMSE status."""
    if status & 0xF000 == 0xC000:
        return "DIMSE status is: Failed: UnableToProcess"
    return "DIMSE status is: " + known.get(status, f"Unknown Status: 0x{status:x}")
