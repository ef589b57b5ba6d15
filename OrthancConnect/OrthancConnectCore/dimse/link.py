"""An association with the server: made, watched over and ended, with our errors."""

from __future__ import annotations

import queue
import socket
import threading
import time
from contextlib import suppress
from typing import Any, Callable, Iterable, Iterator, Optional, Sequence, Tuple, TypeVar

from pydicom.dataset import Dataset

from ..network.dicom_tls import checked, client_context
from ..shared.errors import OrthancConnectError
from ..shared.events import CancelToken
from ..shared.profile import ServerProfile
from ..shared.validation import plain_text
from .arrivals import MAX_PDU, Arrivals, bound_pdus, hang_up
from .faults import (
    broken_off,
    endless,
    refusal,
    rejection,
    resolve,
    tls_fault,
    unreachable,
    unsupported,
)
from .library import pynetdicom

#: Of every request: there is one at a time on an association.
_MESSAGE_ID = 1
#: Status codes, DICOM PS3.4 tables C.4-1 to C.4-3.
SUCCESS, CANCELLED, PENDING = 0x0000, 0xFE00, (0xFF00, 0xFF01)
#: Seconds that the end of an association, and of a thread, may take.
_RELEASE_TIMEOUT = 3.0
#: Seconds that a server gets to stop after a C-CANCEL, before it is cut off.
_CANCEL_TIMEOUT = 0.3
#: Seconds between two looks at the token while waiting for a message.
_SLICE = 0.05
#: Seconds that a large instance may take, as long as some of it comes within the DICOM timeout.
_LONGEST_MESSAGE = 3600.0
VERIFICATION = "1.2.840.10008.1.1"
#: Service → its UID, DICOM PS3.6 table A-1, and what pynetdicom's association calls it.
_SERVICES = {
    "C-ECHO": (VERIFICATION, "send_c_echo"),
    "C-FIND": ("1.2.840.10008.5.1.4.1.2.2.1", "send_c_find"),
    "C-MOVE": ("1.2.840.10008.5.1.4.1.2.2.2", "send_c_move"),
    "C-GET": ("1.2.840.10008.5.1.4.1.2.2.3", "send_c_get"),
}

AnyLink = TypeVar("AnyLink", bound="Link")


class Link:
    """An association with the server of a profile, as a context manager.

    Parameters
    ----------
    service : str
        ``C-ECHO``, ``C-FIND``, ``C-MOVE`` or ``C-GET``.
    tick : callable, optional
        Called about twenty times a second while waiting, in the waiting thread.
    storage : sequence of (str, str)
        SOP class and transfer syntax of what a C-GET will bring; roles are negotiated.
    arrivals : Arrivals, optional
        Takes the instances of a C-GET; also those of a C-MOVE are a sign of life.

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
        service: str,
        *,
        token: Optional[CancelToken] = None,
        tick: Optional[Callable[[], None]] = None,
        storage: Sequence[Tuple[str, str]] = (),
        arrivals: Optional[Arrivals] = None,
    ) -> None:
        self.profile = profile
        self.service = service
        self._model, self._method = _SERVICES[service]
        self._token = token or CancelToken()
        self._tick = tick
        self._storage = storage
        self._arrivals = arrivals or Arrivals()
        self._association: Any = None
        self._socket: Optional[socket.socket] = None
        self._thread = threading.Thread()  # none yet
        self._connected = self._established = self._aborted = False
        self._rejection: Any = None  # the A-ASSOCIATE-RJ PDU
        self._tls: Any = None  # context and host, where the profile has DICOM over TLS
        self._fault: Optional[OrthancConnectError] = None  # another certificate than the pinned one
        #: Whether the server answered anything: then it was no refusal when it broke off.
        self._answered = False

    def __enter__(self: AnyLink) -> AnyLink:
        address = resolve(self.profile)
        if self.profile.dicom_tls:
            try:
                self._tls = client_context(self.profile)
            except OrthancConnectError as error:
                raise tls_fault(error, self.profile) from error
        began = time.monotonic()
        try:
            for _nothing in self._results(lambda: self._associate(address)):
                pass
            accepted = self._association.accepted_contexts if self._association else ()
            if not accepted:
                raise self._refused(address, time.monotonic() - began)
            self._established = True
            if not any(context.abstract_syntax == self._model for context in accepted):
                raise unsupported(self.service, self.profile)
        except OrthancConnectError:
            self.close()
            raise
        return self

    def _associate(self, address: str) -> Tuple[()]:
        profile = self.profile
        contexts = [pynetdicom.build_context(self._model)]
        contexts += [pynetdicom.build_context(name, [syntax]) for name, syntax in self._storage]
        classes = dict.fromkeys(name for name, _syntax in self._storage)
        is_short = self.service in ("C-ECHO", "C-FIND")
        entity = pynetdicom.AE(profile.calling_ae_title)
        entity.connection_timeout = profile.connect_timeout
        entity.acse_timeout = profile.dimse_timeout
        entity.dimse_timeout = profile.dimse_timeout if is_short else _LONGEST_MESSAGE
        entity.associate(
            address,
            profile.dicom_port,
            contexts=contexts,
            ae_title=profile.called_ae_title,
            max_pdu=MAX_PDU,
            tls_args=self._tls,
            ext_neg=[pynetdicom.build_role(name, scp_role=True) for name in classes],
            evt_handlers=[
                (pynetdicom.evt.EVT_ACSE_SENT, self._on_sent),
                (pynetdicom.evt.EVT_CONN_OPEN, self._on_open),
                (pynetdicom.evt.EVT_PDU_RECV, self._on_pdu),
                *self._arrivals.handlers,
            ],
        )
        return ()

    def _on_sent(self, event: Any) -> None:
        """Keep association and socket: the first that is sent is the request to make them.

        pynetdicom leaves a socket to the garbage collector, and `abort` waits for its reader.
        """
        if self._socket is None:
            self._association, self._socket = event.assoc, event.assoc.dul.socket.socket
            bound_pdus(event.assoc)

    def _on_open(self, event: Any) -> None:
        self._connected = True
        self._socket = event.assoc.dul.socket.socket  # another one than before, where it has TLS
        if self._tls is not None:
            try:
                checked(self.profile, self._socket)
            except OrthancConnectError as error:  # nothing has been sent
                self._fault = error
                hang_up(self._socket)

    def _on_pdu(self, event: Any) -> None:
        """Keep a refusal as it came: pynetdicom may return before its association tells of it."""
        if isinstance(event.pdu, pynetdicom.pdu.A_ASSOCIATE_RJ):
            self._rejection = event.pdu
        self._aborted = self._aborted or isinstance(event.pdu, pynetdicom.pdu.A_ABORT_RQ)

    def _refused(self, address: str, seconds: float) -> OrthancConnectError:
        association = self._association
        if self._fault is not None:
            return self._fault
        if not self._connected:
            return unreachable(address, self.profile, seconds)
        if self._rejection is not None:
            return rejection(self._rejection, self.profile)
        if association.rejected_contexts:
            return unsupported(self.service, self.profile)
        return refusal(address, self.profile, seconds)

    def gets_on(self) -> None:
        """Take what came last for a sign that the server gets on; a dataset always is one."""
        self._arrivals.heard = time.monotonic()

    def endless(self, what: str) -> OrthancConnectError:
        """Return our error for something without an end."""
        return endless(self.service, self.profile, what)

    def _lost(self, timed_out: bool = False) -> OrthancConnectError:
        if self._arrivals.excess:
            return self.endless(self._arrivals.excess)
        how = {"timed_out": timed_out, "aborted": self._aborted, "begun": self._answered}
        return broken_off(self.service, self.profile, **how)

    def ask(self, *arguments: Any) -> Iterator[Tuple[int, str, Any]]:
        """Send a request with what it takes; yield status, comment and identifier of each answer.

        Raises
        ------
        DimseError
            No final answer came.
        """
        send = getattr(self._association, self._method)
        arguments = (*arguments, self._model) if arguments else ()  # a C-ECHO has none

        def answers() -> Any:
            found = send(*arguments, msg_id=_MESSAGE_ID)
            return [(found, None)] if isinstance(found, Dataset) else found

        code = PENDING[0]
        for status, identifier in self._results(answers):
            if "Status" not in status:
                break
            self._answered = True
            code = int(status.Status)
            yield code, plain_text(status.get("ErrorComment", ""), 120), identifier
        if code in PENDING:
            raise self._lost()

    def _results(self, work: Callable[[], Iterable[Any]]) -> Iterator[Any]:
        """Yield what `work` brings in a thread: pynetdicom waits there without looking up.

        This thread reports meanwhile, and sees to cancel, to silence and to a lost association.
        """
        results: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def run() -> None:
            try:
                for result in work():
                    results.put(result)
            except Exception:  # noqa: BLE001  # the answer was strange, or the association has ended
                pass
            finally:
                results.put(None)

        self._thread = threading.Thread(target=run, name="dimse", daemon=True)
        self._arrivals.heard = time.monotonic()
        self._thread.start()
        while True:
            if self._tick is not None:
                self._tick()
            self._token.raise_if_cancelled()
            try:
                result = results.get(timeout=_SLICE)
            except queue.Empty:
                if not self._established:
                    continue  # pynetdicom looks at the time for that
                if time.monotonic() - self._arrivals.heard > self.profile.dimse_timeout:
                    raise self._lost(timed_out=True) from None
                if self._arrivals.is_dripping(self.profile.dimse_timeout):
                    raise self.endless("a message that hardly gets on") from None
                if not self._association.dul.is_alive():
                    raise self._lost() from None
                continue
            if result is None:
                self._thread.join()
                return
            yield result

    def cancel(self) -> None:
        """Ask the server to stop what it is doing for us (C-CANCEL)."""
        with suppress(RuntimeError):  # the association has ended meanwhile
            self._association.send_c_cancel(_MESSAGE_ID, query_model=self._model)

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the association, whatever the server is doing: what still goes on is cut off."""
        thread = self._thread
        if self._established and thread.is_alive() and self.service != "C-ECHO":
            self.cancel()
            thread.join(_CANCEL_TIMEOUT)
        if self._established and self._association.is_established and not thread.is_alive():
            self._association.acse_timeout = _RELEASE_TIMEOUT
            thread = threading.Thread(target=self._association.release, daemon=True)
            thread.start()
            thread.join(_RELEASE_TIMEOUT)
        hang_up(self._socket)
        if thread.is_alive():
            thread.join(_RELEASE_TIMEOUT)
        if self._socket is not None:
            self._socket.close()
