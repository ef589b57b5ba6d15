"""Under pynetdicom: quick sockets, datasets that go to disk, waiting that can be stopped.

pynetdicom collects each dataset in memory, hands it from thread to thread, reads 4096 bytes at a
time and sleeps 1 ms between messages. Here its socket and its DIMSE provider are replaced by
subclasses that use only what 2.0 to 3.0 have: a C-STORE request goes fragment by fragment to
a `Receiver` and is answered in the thread that read it.
"""

from __future__ import annotations

import errno
import queue
import select
import socket
import struct
import time
from typing import Any, Callable, Dict, Optional, Tuple

from .dimse_library import (
    A_P_ABORT,
    C_STORE,
    C_STORE_RQ,
    AssociationSocket,
    DIMSEServiceProvider,
)
from .errors import OperationCancelled
from .events import CancelToken
from .part10 import is_uid

# Orthanc and DCMTK leave Nagle's algorithm on: their small messages wait for our acknowledgement,
# which Linux delays by 40 ms unless told otherwise after each read.
_QUICK_ACK: Optional[int] = getattr(socket, "TCP_QUICKACK", None)
#: No PDU that we negotiate is longer; a hostile length must not become memory.
_LONGEST_PDU = 16 * 1024 * 1024
#: Seconds between two looks at the token while waiting for a message.
_SLICE = 0.05
#: Seconds that the server has to answer a C-CANCEL before the association is aborted.
CANCEL_PATIENCE = 1.0
# What reading a broken message raises in pynetdicom and pydicom.
_BROKEN_MESSAGE = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, NotImplementedError),
    *(RuntimeError, TypeError, ValueError, struct.error),
)
# C-STORE status codes, DICOM PS3.4 table B.2-1.
STORED, OUT_OF_RESOURCES, NOT_WANTED = 0x0000, 0xA700, 0xC000


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


class _RawSocket(socket.socket):
    """Keeps the reason when it can't connect; pynetdicom does not, and leaves it open."""

    fault: Optional[OSError] = None

    def connect(self, address: Any) -> None:
        """Connect, or close."""
        try:
            super().connect(address)
        except OSError as error:
            self.fault = error
            self.close()
            raise


class QuickSocket(AssociationSocket):
    """Reads what is asked for at once, and wakes up when something comes."""

    raw: Any
    first_bytes = b""
    _WAIT = 0.001

    @classmethod
    def adopt(cls, wrapper: Any) -> None:
        """Put this class in the place of a new socket's class."""
        wrapper.__class__ = cls
        wrapper.raw = wrapper.socket = _RawSocket(fileno=wrapper.socket.detach())

    def opened(self, association: Any, timeout: float) -> None:
        """Set what a connected socket needs."""
        self.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.raw.settimeout(timeout)
        association.dul._run_loop_delay = 0  # `ready` waits instead

    @property
    def ready(self) -> bool:
        """Whether there is something to read, after waiting for it a little."""
        raw = self.socket
        if raw is None or not self._is_connected:
            time.sleep(self._WAIT)
            return False
        try:
            return bool(select.select([raw], [], [], self._WAIT)[0])
        except (OSError, ValueError):
            self.event_queue.put("Evt17")  # transport connection closed
            return False

    def hang_up(self) -> None:
        """Close the connection under whoever reads from it."""
        try:
            self.raw.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # closed already

    def recv(self, nr_bytes: int) -> bytearray:
        """Return `nr_bytes`, fewer when the connection ends."""
        if nr_bytes > _LONGEST_PDU:
            raise OSError(errno.EMSGSIZE, "the PDU is too long")
        data = bytearray(nr_bytes)
        received = 0
        with memoryview(data) as view:
            while received < nr_bytes:
                count = self.raw.recv_into(view[received:])
                if not count:
                    break
                received += count
        del data[received:]
        if _QUICK_ACK is not None:
            self.raw.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        if not self.first_bytes:
            self.first_bytes = bytes(data[:16])
        return data


def guard(association: Any) -> None:
    """Have the thread that reads the socket end quietly when it stumbles over what it read.

    To be called before that thread starts. Who waits for an answer is told that none will come.
    """
    reader = association.dul
    run = reader.run

    def run_guarded() -> None:
        try:
            run()
        except _BROKEN_MESSAGE:
            if isinstance(reader.socket, QuickSocket):
                reader.socket.hang_up()
            reader.to_user_queue.put(A_P_ABORT())

    reader.run = run_guarded


class Provider(DIMSEServiceProvider):
    """Sends datasets of C-STORE requests to a receiver, and waits so that it can be stopped."""

    def __init__(
        self, association: Any, receiver: Optional[Receiver] = None, watch: Optional[Watch] = None
    ) -> None:
        super().__init__(association)
        self._receiver = receiver
        self._watch = watch or Watch(None, 0)
        self._sink: Optional[Sink] = None
        self._syntaxes: Dict[int, str] = {}

    def receive_primitive(self, primitive: Any) -> None:
        """Take a P-DATA primitive; runs in the thread that reads the socket."""
        self._watch.heard()
        try:
            for context_id, data in list(primitive.presentation_data_value_list):
                if data[0] & 1 or not self._to_sink(context_id, data):
                    primitive.presentation_data_value_list = [[context_id, data]]
                    super().receive_primitive(primitive)
        except _BROKEN_MESSAGE:
            self.drop()
            self.dul.event_queue.put("Evt19")  # invalid PDU: abort

    def _to_sink(self, context_id: int, data: bytes) -> bool:
        """Take a fragment of a dataset, if it belongs to a C-STORE request."""
        if self._receiver is None or not isinstance(self.message, C_STORE_RQ):
            return False
        if self._sink is None:
            self._sink = self._open_sink(context_id)
        self._sink.write(memoryview(data)[1:])
        if data[0] & 2:  # the last fragment
            sink, self._sink = self._sink, None
            self._answer(sink.finish())
        return True

    def _open_sink(self, context_id: int) -> Sink:
        if not self._syntaxes:
            contexts: Any = self.assoc.accepted_contexts
            for context in contexts:
                self._syntaxes[context.context_id] = str(context.transfer_syntax[0])
        message: Any = self.message
        command = message.command_set
        sop_class = str(command.get("AffectedSOPClassUID", ""))
        sop_instance = str(command.get("AffectedSOPInstanceUID", ""))
        syntax = self._syntaxes.get(context_id, "")
        if self._receiver is None or not (is_uid(sop_class) and is_uid(sop_instance) and syntax):
            return Sink()
        return self._receiver(sop_class, sop_instance, syntax)

    def _answer(self, status: int) -> None:
        message: Any = self.message
        self.message = None
        command = message.command_set
        response = C_STORE()
        response.MessageIDBeingRespondedTo = command.MessageID
        for keyword in ("AffectedSOPClassUID", "AffectedSOPInstanceUID"):
            uid = str(command.get(keyword, ""))
            if is_uid(uid):
                setattr(response, keyword, uid)
        response.Status = status
        self.send_msg(response, message.context_id)

    def drop(self) -> None:
        """Throw away a dataset whose end did not come."""
        sink, self._sink = self._sink, None
        if sink is not None:
            sink.discard()

    def get_msg(self, block: bool = False) -> Any:
        """Return the next message, or two Nones when none will come."""
        if not block:
            return super().get_msg(block=False)
        self._watch.heard()
        while True:
            self._watch.look(self.assoc)
            try:
                return self.msg_queue.get(timeout=_SLICE)
            except queue.Empty:
                if not self.dul.is_alive():
                    return None, None
                if self._watch.expired():
                    wrapper: Any = self.dul.socket
                    wrapper.hang_up()
                    return None, None


class Watch:
    """Looks after one waiting thread: its token, its patience, and what it reports meanwhile.

    Parameters
    ----------
    token : CancelToken or None
        Stops the waiting.
    timeout : float
        Seconds without a single byte from the server; a large instance may take longer.
    tick : callable, optional
        Called about twenty times a second in the waiting thread.
    """

    def __init__(
        self,
        token: Optional[CancelToken],
        timeout: float,
        tick: Optional[Callable[[], None]] = None,
    ) -> None:
        self._token = token
        self._timeout = timeout
        self._tick = tick
        self._last_heard = time.monotonic()
        self._cancelled_at: Optional[float] = None
        self.timed_out = False
        #: Message and context of the request that a C-CANCEL would stop.
        self.request: Optional[Tuple[int, int]] = None

    @property
    def cancelled(self) -> bool:
        """Whether the token was cancelled."""
        return self._token is not None and self._token.cancelled

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Call `callback` as soon as the token is cancelled."""
        if self._token is not None:
            self._token.on_cancel(callback)

    def raise_if_cancelled(self) -> None:
        """Raise `OperationCancelled` after a cancel."""
        if self._token is not None:
            self._token.raise_if_cancelled()

    def heard(self) -> None:
        """Note that the server is alive."""
        self._last_heard = time.monotonic()

    def expired(self) -> bool:
        """Tell whether nothing was heard for too long."""
        self.timed_out = time.monotonic() - self._last_heard > self._timeout
        return self.timed_out

    def look(self, association: Any) -> None:
        """Report, and see to a cancel: ask the server to stop, then stop without it.

        Raises
        ------
        OperationCancelled
            The server did not stop in time.
        """
        if self._tick is not None:
            self._tick()
        if not self.cancelled:
            return
        if self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
            if self.request is None or not association.is_established:
                raise OperationCancelled()
            association.send_c_cancel(self.request[0], self.request[1])
        elif time.monotonic() - self._cancelled_at > CANCEL_PATIENCE:
            raise OperationCancelled()
