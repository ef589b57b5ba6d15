"""Bare sockets for the doctor: names, ports, one DICOM request without any DICOM library.

The DICOM part is the smallest that tells every way in which an association or a request can be
refused. It works where pynetdicom is missing, and says nothing to any log: in Slicer, DCMTK writes
a refusal to the standard error, which becomes a critical line of Slicer's error log.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
import uuid
from contextlib import suppress
from typing import Callable, List, NamedTuple, Optional, Tuple

from ..dicom.elements import IMPLICIT_LITTLE, walk
from ..dicom.part10 import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from ..shared.validation import plain_text

#: DICOM UIDs: Verification SOP Class, Study Root Query/Retrieve by C-FIND and C-GET, Implicit and
#: Explicit VR Little Endian, the application context.
VERIFICATION = "1.2.840.10008.1.1"
_STUDY_ROOT_FIND, _STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.3"
_IMPLICIT, _EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
_APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
_LONGEST_PDU = 1 << 20

_ACCEPT, _REJECT, _DATA, _RELEASE_ANSWER, _ABORT = 0x02, 0x03, 0x04, 0x06, 0x07
# PS3.8 table 9-21: (source, reason).
_REASONS = {(1, 3): "calling_ae_title", (1, 7): "called_ae_title", (3, 1): "busy", (3, 2): "busy"}


class Request(NamedTuple):
    """What is asked: the SOP class, the command field (PS3.7 table E.1-1), and what goes with it.

    `data_set` is in Explicit VR Little Endian, without preamble and file meta information: at most
    8 KB, which every PDU length allows. `sop_instance` is the UID of what is to be stored.
    """

    sop_class: str
    field: int
    data_set: bytes = b""
    sop_instance: str = ""


#: A C-ECHO.
ECHO = Request(VERIFICATION, 0x0030)


def store(sop_class: str, sop_instance: str, data_set: bytes) -> Request:
    """Return a C-STORE of one small instance."""
    return Request(sop_class, 0x0001, data_set, sop_instance)


def find_none() -> Request:
    """Return a C-FIND for a study that nobody has: what comes of it is whether it is allowed."""
    return Request(_STUDY_ROOT_FIND, 0x0020, _no_study())


def get_none() -> Request:
    """Return a C-GET of a study that nobody has."""
    return Request(_STUDY_ROOT_GET, 0x0010, _no_study())


def _no_study() -> bytes:
    level, uid = b"STUDY ", _uid(f"2.25.{uuid.uuid4().int}")
    return (
        struct.pack("<HH2sH", 0x0008, 0x0052, b"CS", len(level))
        + level
        + struct.pack("<HH2sH", 0x0020, 0x000D, b"UI", len(uid))
        + uid
    )


class AssociationFault(Exception):
    """Why a request was not answered with success.

    Attributes
    ----------
    kind : str
        ``refused``, ``timeout`` (nobody answers the connection), ``network``, ``silent`` (it is
        accepted, and nothing is said), ``closed``, ``http``, ``not_dicom``, ``calling_ae_title``,
        ``called_ae_title``, ``busy``, ``rejected``, ``aborted``, ``status`` or ``tls``.
    text : str
        More about it, as plain text; may be empty.
    """

    def __init__(self, kind: str, text: str = "") -> None:
        super().__init__(kind, text)
        self.kind = kind
        self.text = text


def resolve(host: str, timeout: float) -> Optional[List[str]]:
    """Return the addresses of a host, none for an unknown one; None when nobody answers in time."""
    found: List[List[str]] = []

    def look() -> None:
        try:
            items = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found.append(list(dict.fromkeys(str(item[4][0]) for item in items)))
        except (OSError, UnicodeError):
            found.append([])

    thread = threading.Thread(target=look, name="resolve", daemon=True)
    thread.start()
    thread.join(timeout)
    return found[0] if found else None


def accepts_connections(host: str, port: int, timeout: float) -> bool:
    """Return whether something accepts connections there."""
    with suppress(OSError, UnicodeError), socket.create_connection((host, port), timeout):
        return True
    return False


def speaks_http(host: str, port: int, timeout: float) -> Tuple[bool, bool]:
    """Return whether plain HTTP is spoken there, and whether by Orthanc; no login is sent."""
    request = f"GET /system HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("ascii")
    answer = b""
    with suppress(OSError), socket.create_connection((host, port), timeout) as connection:
        connection.sendall(request)
        while len(answer) < 4096:  # what comes until a fault says enough
            block = connection.recv(4096)
            if not block:
                break
            answer += block
    return answer.startswith(b"HTTP/1."), b"Orthanc" in answer or b'"DicomAet"' in answer


def bare_exchange(
    host: str,
    port: int,
    titles: Tuple[str, str],
    timeout: float,
    request: Request = ECHO,
    secure: Callable[[socket.socket], socket.socket] = lambda plain: plain,
) -> None:
    """Make an association, send one request, read the first answer, release.

    `titles` are called and calling AE title, `timeout` the seconds for the connection and for each
    message, as a whole; `secure` makes TLS of a connection.

    DICOM PS3.8 section 9.3 (protocol data units), PS3.7 section 9.3 (messages).

    Raises
    ------
    AssociationFault
        No answer with status Success.
    """
    syntax = _EXPLICIT if request.data_set else _IMPLICIT
    opening = _association_request(*titles, request.sop_class, syntax)
    message = _command(request)
    if request.data_set:
        message += _fragment(2, request.data_set)
    try:
        connection = socket.create_connection((host, port), timeout)
    except (socket.timeout, TimeoutError):
        raise AssociationFault("timeout") from None
    except ConnectionRefusedError:
        raise AssociationFault("refused") from None
    except (OSError, UnicodeError) as error:
        raise AssociationFault("network", plain_text(error, 120)) from error
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = secure(connection)
    except (OSError, ValueError) as error:
        connection.close()
        raise AssociationFault("tls", plain_text(error, 120)) from error
    with connection:
        try:
            _exchange_over(connection, timeout, opening, message)
        except (socket.timeout, TimeoutError):
            raise AssociationFault("silent") from None
        except OSError as error:
            raise AssociationFault("closed", plain_text(error, 120)) from error


def _exchange_over(
    connection: socket.socket, timeout: float, opening: bytes, message: bytes
) -> None:
    connection.sendall(opening)
    kind, body = _read_pdu(connection, timeout)
    if kind != _ACCEPT:
        raise _refusal(kind, body)
    if not _context_accepted(body):
        raise AssociationFault("rejected", "the service is not offered")
    connection.sendall(message)
    kind, body = _read_pdu(connection, timeout)
    if kind != _DATA:
        raise _refusal(kind, body)
    status = _status_of(body)
    if status != 0:
        shown = "none" if status is None else f"0x{status:04X}"
        raise AssociationFault("status", f"status {shown}")
    connection.sendall(struct.pack(">BBL", 0x05, 0, 4) + bytes(4))
    _read_pdu(connection, timeout)  # the answer to the release, or the end of the connection


def _refusal(kind: int, body: bytes) -> AssociationFault:
    if kind == _REJECT and len(body) >= 4:
        source, reason = body[2], body[3]
        known = _REASONS.get((source, reason), "rejected")
        return AssociationFault(known, f"source {source}, reason {reason}")
    if kind == _ABORT:
        return AssociationFault("aborted")
    return AssociationFault("not_dicom", f"PDU type {kind}")


def _read_pdu(connection: socket.socket, timeout: float) -> Tuple[int, bytes]:
    """Read the next one, whole within the timeout."""
    end = time.monotonic() + timeout
    head = _read(connection, 6, end)
    kind, length = head[0], struct.unpack(">L", head[2:6])[0]
    if not _ACCEPT <= kind <= _ABORT or length > _LONGEST_PDU:
        raise AssociationFault("not_dicom", plain_text(head.decode("latin-1"), 20))
    return kind, _read(connection, length, end)


def _read(connection: socket.socket, length: int, end: float) -> bytes:
    data = b""
    while len(data) < length:
        connection.settimeout(max(end - time.monotonic(), 0.001))
        block = connection.recv(length - len(data))
        if not block:
            break
        data += block
    if data[:4] == b"HTTP":
        raise AssociationFault("http")
    if len(data) < length:
        raise AssociationFault("not_dicom" if data else "closed")
    return data


def _item(kind: int, body: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(body)) + body


def _association_request(called: str, calling: str, sop_class: str, syntax: str) -> bytes:
    """PS3.8 table 9-11: one presentation context with one transfer syntax."""
    context = _item(0x30, sop_class.encode()) + _item(0x40, syntax.encode())
    user = (
        _item(0x51, struct.pack(">L", 16384))
        + _item(0x52, IMPLEMENTATION_CLASS_UID.encode())
        + _item(0x55, IMPLEMENTATION_VERSION_NAME.encode())
    )
    body = (
        struct.pack(">HH", 1, 0)
        + called.encode("ascii", "replace")[:16].ljust(16)
        + calling.encode("ascii", "replace")[:16].ljust(16)
        + bytes(32)
        + _item(0x10, _APPLICATION_CONTEXT.encode())
        + _item(0x20, b"\x01\0\0\0" + context)
        + _item(0x50, user)
    )
    return struct.pack(">BBL", 0x01, 0, len(body)) + body


def _context_accepted(body: bytes) -> bool:
    """PS3.8 table 9-17: the result of our one presentation context."""
    position = 68
    while position + 4 <= len(body):
        kind, length = body[position], struct.unpack(">H", body[position + 2 : position + 4])[0]
        item = body[position + 4 : position + 4 + length]
        if kind == 0x21 and len(item) >= 4:
            return item[2] == 0
        position += 4 + length
    return False


def _uid(text: str) -> bytes:
    return text.encode("ascii") + b"\0" * (len(text) % 2)


def _short(number: int) -> bytes:
    return struct.pack("<H", number)


def _command(request: Request) -> bytes:
    """PS3.7 tables 9.3-1, 9.3-3, 9.3-6 and 9.3-12: the command set of a request."""
    elements = [(0x0002, _uid(request.sop_class)), (0x0100, _short(request.field))]
    elements.append((0x0110, _short(1)))
    if request.data_set:
        elements += [(0x0700, _short(0)), (0x0800, _short(0))]
    else:
        elements.append((0x0800, _short(0x0101)))
    if request.sop_instance:
        elements.append((0x1000, _uid(request.sop_instance)))
    body = b"".join(
        struct.pack("<HHL", 0, number, len(value)) + value for number, value in elements
    )
    return _fragment(3, struct.pack("<HHLL", 0, 0, 4, len(body)) + body)


def _fragment(control: int, content: bytes) -> bytes:
    """PS3.8 table 9-22: the last fragment of a command (3) or a data set (2)."""
    value = struct.pack(">LBB", len(content) + 2, 1, control) + content
    return struct.pack(">BBL", _DATA, 0, len(value)) + value


def _status_of(body: bytes) -> Optional[int]:
    """PS3.7 table 9.3-13: (0000,0900) of the answer."""
    # After the length, the context and the header of the fragment.
    values, _, _ = walk(body, 6, IMPLICIT_LITTLE, {0x0900: b""}, 0x0900)
    value = values.get(0x0900, b"")
    return int(struct.unpack("<H", value)[0]) if len(value) == 2 else None
