"""An association with the server: made, watched over and ended, with our errors."""

from __future__ import annotations

import queue
import socket
import threading
import time
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple, TypeVar

from ..shared.errors import OperationCancelled, OrthancConnectError
from ..shared.events import CancelToken
from ..shared.profile import ServerProfile
from ..shared.validation import plain_text
from .faults import broken_off, refusal, rejection, resolve, unreachable, unsupported
from .incoming import BROKEN_MESSAGE, Incoming, Receiver, hang_up, quick
from .library import A_ABORT_RQ, A_ASSOCIATE_RJ, AE, Dataset, build_context, build_role, evt

#: Bytes of a PDU that we take: the most that DCMTK, and so Orthanc, sends.
MAX_PDU = 131072
#: Of every request: there is one at a time on an association.
_MESSAGE_ID = 1
#: Status codes, DICOM PS3.4 tables C.4-1 to C.4-3.
SUCCESS, CANCELLED, PENDING = 0x0000, 0xFE00, (0xFF00, 0xFF01)
_RELEASE_TIMEOUT = 3.0
#: Seconds between two looks at the token while waiting for a message.
_SLICE = 0.05
#: Seconds that the server has to answer a C-CANCEL before the connection is closed.
_CANCEL_PATIENCE = 1.0
#: Seconds that pynetdicom may wait for one message; `Watch` tells much sooner that none comes.
_LONGEST_MESSAGE = 3600.0
#: UIDs of the services that we use, DICOM PS3.6 table A-1, and their names for people.
VERIFICATION = "1.2.840.10008.1.1"
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3"
SERVICES = {
    VERIFICATION: "C-ECHO",
    STUDY_ROOT_FIND: "C-FIND",
    STUDY_ROOT_MOVE: "C-MOVE",
    STUDY_ROOT_GET: "C-GET",
}

AnyLink = TypeVar("AnyLink", bound="Link")
#: A message's status and identifier, as pynetdicom has them; None after the last.
_Message = Optional[Tuple[Any, Any]]


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
        self.token = token or CancelToken()
        self._timeout = timeout
        self._tick = tick
        self._last_heard = time.monotonic()
        self._cancelled_at: Optional[float] = None

    def heard(self) -> None:
        """Note that the server is alive."""
        self._last_heard = time.monotonic()

    def expired(self) -> bool:
        """Tell whether nothing was heard for too long."""
        return time.monotonic() - self._last_heard > self._timeout

    def look(self, cancel: Callable[[], None]) -> None:
        """Report, and see to a cancel: ask the server to stop by `cancel`, then stop without it.

        Raises
        ------
        OperationCancelled
            The server did not stop in time.
        """
        if self._tick is not None:
            self._tick()
        if not self.token.cancelled:
            return
        if self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
            cancel()
        elif time.monotonic() - self._cancelled_at > _CANCEL_PATIENCE:
            raise OperationCancelled()


class Link:
    """An association with the server of a profile, as a context manager.

    Parameters
    ----------
    profile : ServerProfile
        Host, port, AE titles and timeouts.
    model : str
        Abstract syntax of the service: verification or a query/retrieve model.
    watch : Watch
        Token, patience and progress.
    storage : sequence of (str, str)
        SOP class and transfer syntax of what a C-GET will bring; roles are negotiated.
    receiver : callable, optional
        Takes the datasets of a C-GET.

    Raises
    ------
    DimseError
        On entering: no association, or not for that service.
    OperationCancelled
        On entering: cancelled meanwhile.
    """

    def __init__(
        self,
        profile: ServerProfile,
        model: str,
        watch: Watch,
        *,
        storage: Sequence[Tuple[str, str]] = (),
        receiver: Optional[Receiver] = None,
    ) -> None:
        self.profile = profile
        self.service = SERVICES[model]
        self._model = model
        self._watch = watch
        self._contexts = [build_context(model)]
        self._contexts += [build_context(name, [syntax]) for name, syntax in storage]
        classes = dict.fromkeys(name for name, _syntax in storage)
        self._roles: List[Any] = [build_role(name, scp_role=True) for name in classes]
        self._incoming = Incoming(receiver)
        self._association: Any = None
        self._socket: Optional[socket.socket] = None
        self._connected = False
        self._rejection: Any = None
        self._aborted = False
        #: Whether the server answered anything: then it was no refusal when it broke off.
        self._answered = False
        self._request: Optional[threading.Thread] = None

    def __enter__(self: AnyLink) -> AnyLink:
        address = resolve(self.profile)
        began = time.monotonic()
        self._watch.token.on_cancel(self._stop_negotiating)
        try:
            self._associate(address)
            self._watch.token.raise_if_cancelled()
            if not self._association.is_established:
                raise self._refused(address, time.monotonic() - began)
            accepted = self._association.accepted_contexts
            if not any(context.abstract_syntax == self._model for context in accepted):
                raise unsupported(self.service, self.profile)
        except OrthancConnectError:
            self.close()
            raise
        return self

    def _associate(self, address: str) -> None:
        profile = self.profile
        entity = AE(profile.calling_ae_title)
        entity.connection_timeout = profile.connect_timeout
        entity.acse_timeout = profile.dimse_timeout
        entity.dimse_timeout = _LONGEST_MESSAGE
        entity.network_timeout = None  # `Watch` tells a slow server from a silent one
        self._association = entity.associate(
            address,
            profile.dicom_port,
            contexts=self._contexts,
            ae_title=profile.called_ae_title,
            max_pdu=MAX_PDU,
            ext_neg=self._roles,
            evt_handlers=[
                (evt.EVT_ACSE_SENT, self._on_sent),
                (evt.EVT_CONN_OPEN, self._on_open),
                (evt.EVT_PDU_RECV, self._on_pdu),
                *self._incoming.handlers,
            ],
        )

    def _on_sent(self, event: Any) -> None:
        """Keep the socket, before it connects: the first that is sent is the association request.

        pynetdicom leaves one that can't connect to the garbage collector.
        """
        if self._socket is None:
            self._socket = event.assoc.dul.socket.socket

    def _on_open(self, event: Any) -> None:
        self._connected = True
        quick(event.assoc, self.profile.dimse_timeout)
        if self._watch.token.cancelled:
            self._stop_negotiating()

    def _on_pdu(self, event: Any) -> None:
        self._watch.heard()
        if isinstance(event.pdu, A_ASSOCIATE_RJ):
            self._rejection = event.pdu
        self._aborted = self._aborted or isinstance(event.pdu, A_ABORT_RQ)

    def _stop_negotiating(self) -> None:
        if self._association is None and self._socket is not None:
            hang_up(self._socket)

    def _refused(self, address: str, seconds: float) -> OrthancConnectError:
        if not self._connected:
            return unreachable(address, self.profile, seconds)
        if self._rejection is not None:
            return rejection(self._rejection, self.profile)
        if self._association.rejected_contexts:
            return unsupported(self.service, self.profile)
        return refusal(address, self.profile, seconds)

    def _lost(self, timed_out: bool = False) -> OrthancConnectError:
        if self._watch.token.cancelled:
            return OperationCancelled()
        return broken_off(
            self.service,
            self.profile,
            timed_out=timed_out,
            aborted=self._aborted,
            begun=self._answered,
        )

    def ask(self, method: str, *arguments: Any) -> Iterator[Tuple[int, str, Any]]:
        """Send a request with `method` of the association; yield status, comment and identifier.

        Raises
        ------
        DimseError
            No final answer came.
        OperationCancelled
            The token was cancelled, and the server stopped or did not.
        """
        send = getattr(self._association, method)
        arguments = (*arguments, self._model) if arguments else ()  # a C-ECHO has none
        messages: queue.SimpleQueue[_Message] = queue.SimpleQueue()

        def work() -> None:
            try:
                answers = send(*arguments, msg_id=_MESSAGE_ID)
                for message in [(answers, None)] if isinstance(answers, Dataset) else answers:
                    messages.put(message)
            except BROKEN_MESSAGE:
                pass  # the association has ended meanwhile, or its making was strange
            finally:
                messages.put(None)

        # pynetdicom waits without looking up: it does so in a thread, and we watch over it.
        self._request = threading.Thread(target=work, name="dimse-request", daemon=True)
        self._watch.heard()
        self._request.start()
        code = PENDING[0]
        while code in PENDING:
            status, identifier = self._next(messages)
            code = status.Status
            self._answered = True
            if code not in PENDING:
                self._watch.token.raise_if_cancelled()
            yield int(code), plain_text(status.get("ErrorComment", ""), 120), identifier

    def _next(self, messages: queue.SimpleQueue[_Message]) -> Tuple[Any, Any]:
        while True:
            self._watch.look(self.cancel)
            try:
                message = messages.get(timeout=_SLICE)
            except queue.Empty:
                if not self._association.dul.is_alive():
                    raise self._lost() from None
                if self._watch.expired():
                    raise self._lost(timed_out=True) from None
                continue
            if message is None or "Status" not in message[0]:
                raise self._lost()
            return message

    def cancel(self) -> None:
        """Ask the server to stop what it is doing for us (C-CANCEL)."""
        try:
            self._association.send_c_cancel(_MESSAGE_ID, query_model=self._model)
        except RuntimeError:
            pass  # the association has ended meanwhile

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the association, whatever the server is doing: what still goes on is cut off."""
        association, request = self._association, self._request
        if association.is_established and (request is None or not request.is_alive()):
            association.acse_timeout = _RELEASE_TIMEOUT
            association.release()
        if self._socket is not None:
            hang_up(self._socket)
        association.kill()
        if request is not None:
            # So pynetdicom tells who waits that no message comes; that may have gone unheard.
            association.dimse.msg_queue.put((None, None))
            request.join(_RELEASE_TIMEOUT)
        if self._socket is not None:
            self._socket.close()
        self._incoming.drop()
