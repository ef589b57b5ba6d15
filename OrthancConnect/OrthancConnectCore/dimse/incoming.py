"""What comes over an association, before pynetdicom takes it: datasets go to disk as they come.

pynetdicom collects a dataset in memory until it is whole, and ends with a traceback when it
stumbles over a message. Its handlers are shown each PDU before that; these here take the
datasets of C-STORE requests out of it, and whatever is broken.
"""

from __future__ import annotations

import io
import socket
import struct
from typing import Any, Callable, Dict, List, Optional, Tuple

from ..dicom.part10 import is_uid
from .library import A_ASSOCIATE_AC, P_DATA_TF, decode, evt

# Orthanc and DCMTK leave Nagle's algorithm on: their small messages wait for our acknowledgement,
# which Linux delays by 40 ms unless told otherwise after each read.
_QUICK_ACK: Optional[int] = getattr(socket, "TCP_QUICKACK", None)
# C-STORE status codes, DICOM PS3.4 table B.2-1.
STORED, OUT_OF_RESOURCES, NOT_WANTED = 0x0000, 0xA700, 0xC000
#: Command fields of the messages that we send or get, DICOM PS3.7 table E.1-1.
_STORE_REQUEST = 0x0001
_REQUESTS = (_STORE_REQUEST, 0x0010, 0x0020, 0x0021, 0x0030)
_KNOWN = {*_REQUESTS, *(0x8000 | code for code in _REQUESTS), 0x0FFF}
_NO_DATASET = 0x0101
#: What reading a broken message raises in pynetdicom and pydicom.
BROKEN_MESSAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)


class Sink:
    """Takes the bytes of one dataset; a subclass knows where they go. Never raises."""

    def write(self, data: memoryview) -> None:
        """Take the next bytes."""

    def finish(self) -> int:
        """Take the end of the dataset; return the C-STORE status for the answer."""
        return NOT_WANTED

    def discard(self) -> None:
        """Take note that the rest will not come."""


#: Makes the sink for a dataset from SOP Class UID, SOP Instance UID and Transfer Syntax UID.
Receiver = Callable[[str, str, str], Sink]


class Incoming:
    """Handlers of an association that take datasets from its PDUs, fragment by fragment.

    Parameters
    ----------
    receiver : callable, optional
        Knows where the datasets of C-STORE requests go; without one they are not wanted.
    """

    def __init__(self, receiver: Optional[Receiver] = None) -> None:
        self._receiver = receiver
        self._encoded = bytearray()
        self._command: Any = None
        self._sink: Optional[Sink] = None
        #: SOP Instance UID → status for the answer to its C-STORE request.
        self._statuses: Dict[str, int] = {}

    @property
    def handlers(self) -> List[Tuple[Any, Callable[[Any], Any]]]:
        """Events and their handlers, for pynetdicom."""
        return [(evt.EVT_PDU_RECV, self._on_pdu), (evt.EVT_C_STORE, self._on_store)]

    def _on_pdu(self, event: Any) -> None:
        """Take what is ours; runs in the thread that reads the socket."""
        if isinstance(event.pdu, A_ASSOCIATE_AC):
            _check(event.pdu)
        if not isinstance(event.pdu, P_DATA_TF):
            return
        try:
            for item in event.pdu.presentation_data_value_items:
                self._take(event.assoc, item)
        except BROKEN_MESSAGE:
            self.drop()
            event.pdu.presentation_data_value_items = []
            hang_up(event.assoc.dul.socket.socket)
        else:
            _acknowledge(event.assoc)

    def _take(self, association: Any, item: Any) -> None:
        """Take a fragment; pynetdicom gets those of datasets for us without their content.

        Notes
        -----
        DICOM PS3.8 annex E.2: bit 0 of the first byte is set in commands, bit 1 in what is last.
        """
        data = item.presentation_data_value
        is_last = bool(data[0] & 2)
        if data[0] & 1:
            self._encoded += data[1:]
            if is_last:
                self._command = _command(bytes(self._encoded))
                self._encoded.clear()
            return
        if self._command is None:
            raise ValueError("a dataset that no command announced")
        if self._command.CommandField == _STORE_REQUEST:
            if self._sink is None:
                self._sink = self._open(association, item.presentation_context_id)
            self._sink.write(memoryview(data)[1:])
            item.presentation_data_value = data[:1]
        if is_last:
            self._finish()

    def _open(self, association: Any, context_id: int) -> Sink:
        sop_class = str(self._command.get("AffectedSOPClassUID", ""))
        sop_instance = str(self._command.get("AffectedSOPInstanceUID", ""))
        syntaxes = {
            context.context_id: str(context.transfer_syntax[0])
            for context in association.accepted_contexts
        }
        syntax = syntaxes.get(context_id, "")
        if self._receiver is None or not (is_uid(sop_class) and is_uid(sop_instance) and syntax):
            return Sink()
        return self._receiver(sop_class, sop_instance, syntax)

    def _finish(self) -> None:
        if self._sink is not None:
            uid = str(self._command.get("AffectedSOPInstanceUID", ""))
            self._statuses[uid] = self._sink.finish()
        self._command = self._sink = None

    def _on_store(self, event: Any) -> int:
        """Answer a C-STORE request whose dataset was taken already."""
        return self._statuses.pop(str(event.request.AffectedSOPInstanceUID), NOT_WANTED)

    def drop(self) -> None:
        """Throw away a dataset whose end did not come."""
        sink, self._sink = self._sink, None
        if sink is not None:
            sink.discard()


def _check(answer: Any) -> None:
    """Have an A-ASSOCIATE-AC that can't be read accept nothing."""
    try:
        answer.to_primitive()
    except BROKEN_MESSAGE:
        answer.variable_items = []
        answer.reserved_aet = answer.reserved_aec = "ANY"  # an empty one can't be read either


def _command(encoded: bytes) -> Any:
    """Return a command set.

    Raises
    ------
    ValueError, or another of `BROKEN_MESSAGE`
        pynetdicom could not read it either.
    """
    command = decode(io.BytesIO(encoded), True, True)
    if command.CommandField not in _KNOWN:
        raise ValueError("a command that nobody knows")
    for element in command:
        element.value  # noqa: B018  # reads it
    return None if command.CommandDataSetType == _NO_DATASET else command


def quick(association: Any, timeout: float) -> None:
    """Set what a connected socket needs: it sends at once, and does not wait for ever."""
    connected = association.dul.socket.socket
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.settimeout(timeout)


def _acknowledge(association: Any) -> None:
    """Have what was read acknowledged at once."""
    connected = association.dul.socket.socket
    if _QUICK_ACK is not None and connected is not None:
        connected.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)


def hang_up(connected: socket.socket) -> None:
    """Close the connection under whoever reads from it."""
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # closed already
