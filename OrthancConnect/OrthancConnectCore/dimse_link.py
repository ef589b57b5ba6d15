"""An association with the server: made, looked after and ended, with our errors."""

from __future__ import annotations

import time
from typing import Any, Iterator, List, Optional, Sequence, Tuple, TypeVar

from .dimse_faults import broken_off, connection_fault, refusal, resolve, unsupported
from .dimse_library import A_ABORT_RQ, AE, build_context, build_role, evt
from .dimse_provider import Provider, QuickSocket, Receiver, Watch, guard
from .errors import OperationCancelled, OrthancConnectError
from .profiles import ServerProfile
from .validation import plain_text

#: Bytes of a PDU that we take: the most that DCMTK, and so Orthanc, sends.
MAX_PDU = 131072
#: Of every request: there is one at a time on an association.
MESSAGE_ID = 1
#: Status codes, DICOM PS3.4 tables C.4-1 to C.4-3.
SUCCESS, CANCELLED, PENDING = 0x0000, 0xFE00, (0xFF00, 0xFF01)
_RELEASE_TIMEOUT = 3.0
_ABORT_PATIENCE = 0.2
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


class _Entity(AE):
    """Makes associations over a `QuickSocket`."""

    def __init__(self, ae_title: str) -> None:
        super().__init__(ae_title)
        self.quick_socket: Any = None

    def _create_socket(self, association: Any, *args: Any) -> Any:
        wrapper = super()._create_socket(association, *args)
        QuickSocket.adopt(wrapper)
        guard(association)
        self.quick_socket = wrapper
        return wrapper


class Link:
    """An association with the server of a profile, as a context manager.

    Parameters
    ----------
    profile : ServerProfile
        Host, port, AE titles and timeouts.
    model : str
        Abstract syntax of the service: verification or a query/retrieve model.
    storage : sequence of (str, str)
        SOP class and transfer syntax of what a C-GET will bring; roles are negotiated.
    receiver : Receiver, optional
        Takes the datasets of a C-GET.
    watch : Watch, optional
        Token, patience and progress.

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
        *,
        storage: Sequence[Tuple[str, str]] = (),
        receiver: Optional[Receiver] = None,
        watch: Optional[Watch] = None,
    ) -> None:
        self.profile = profile
        self.model = model
        self.watch = watch or Watch(None, profile.dimse_timeout)
        self._receiver = receiver
        self._contexts = [build_context(model)]
        self._contexts += [build_context(name, [syntax]) for name, syntax in storage]
        classes = dict.fromkeys(name for name, _syntax in storage)
        self._roles: List[Any] = [build_role(name, scp_role=True) for name in classes]
        self._entity: Any = None
        self._negotiating = False
        self.association: Any = None
        self.aborted = False

    def __enter__(self: AnyLink) -> AnyLink:
        address = resolve(self.profile)
        began = time.monotonic()
        self.watch.on_cancel(self._stop_negotiating)
        try:
            self._associate(address)
            self.watch.raise_if_cancelled()
            fault = self._socket.raw.fault
            if fault is not None:
                raise connection_fault(fault, self.profile)
            if not self.association.is_established:
                first, seconds = self._socket.first_bytes, time.monotonic() - began
                raise refusal(self.association, self.service, self.profile, first, seconds)
            accepted = self.association.accepted_contexts
            if not any(cx.abstract_syntax == self.model for cx in accepted):
                raise unsupported(self.service, self.profile)
        except OrthancConnectError:
            self.break_off()
            raise
        return self

    def _associate(self, address: str) -> None:
        profile = self.profile
        entity = _Entity(profile.calling_ae_title)
        entity.connection_timeout = profile.connect_timeout
        entity.acse_timeout = entity.dimse_timeout = profile.dimse_timeout
        entity.network_timeout = None  # `Watch` tells a slow server from a silent one
        self._entity = entity
        self._negotiating = True
        self.association = entity.associate(
            address,
            profile.dicom_port,
            contexts=self._contexts,
            ae_title=profile.called_ae_title,
            max_pdu=MAX_PDU,
            ext_neg=self._roles,
            evt_handlers=[(evt.EVT_CONN_OPEN, self._on_open), (evt.EVT_PDU_RECV, self._on_pdu)],
        )
        self._negotiating = False

    def _on_open(self, event: Any) -> None:
        self._socket.opened(event.assoc, self.profile.dimse_timeout)
        event.assoc.dimse = Provider(event.assoc, self._receiver, self.watch)

    @property
    def _socket(self) -> Any:
        return self._entity.quick_socket

    def _on_pdu(self, event: Any) -> None:
        self.aborted = self.aborted or isinstance(event.pdu, A_ABORT_RQ)

    def _stop_negotiating(self) -> None:
        if self._negotiating:
            self._socket.hang_up()

    @property
    def service(self) -> str:
        """The service's name for people."""
        return SERVICES.get(self.model, "this DICOM service")

    def lost(self, begun: bool = False) -> OrthancConnectError:
        """Return our error for an answer that did not come."""
        if self.watch.cancelled:
            return OperationCancelled()
        return broken_off(
            self.service,
            self.profile,
            timed_out=self.watch.timed_out,
            aborted=self.aborted,
            begun=begun,
        )

    def ask(self, method: str, identifier: Any, *args: Any) -> Iterator[Tuple[int, str, Any]]:
        """Send a request with `method` of the association; yield status, comment and identifier.

        Raises
        ------
        DimseError
            No final answer came.
        OperationCancelled
            The token was cancelled, and the server stopped or did not.
        """
        accepted = self.association.accepted_contexts
        context = next(cx.context_id for cx in accepted if cx.abstract_syntax == self.model)
        send = getattr(self.association, method)
        begun = False
        try:
            answers = send(identifier, *args, self.model, msg_id=MESSAGE_ID)
        except RuntimeError as error:  # the association has ended meanwhile
            raise self.lost(begun=True) from error
        self.watch.request = (MESSAGE_ID, context)
        for status, answer in answers:
            code = status.get("Status")
            if code is None:
                raise self.lost(begun)
            begun = True
            if code not in PENDING:
                self.watch.request = None
                self.watch.raise_if_cancelled()
            yield int(code), plain_text(status.get("ErrorComment", ""), 120), answer

    def cancel(self) -> None:
        """Ask the server to stop what it is doing for us (C-CANCEL)."""
        if self.watch.request is not None:
            self.association.send_c_cancel(*self.watch.request)

    def __exit__(self, kind: Any, _error: Any, _trace: Any) -> None:
        if kind is None and self.association.is_established:
            self.association.acse_timeout = _RELEASE_TIMEOUT
            self.association.release()
        self.break_off()

    def break_off(self) -> None:
        """End the association, if it is not ended, whatever the server is doing."""
        association, dul = self.association, self.association.dul
        if dul.is_alive():
            if association.is_established:
                association.acse.send_abort(0x00)
                deadline = time.monotonic() + _ABORT_PATIENCE
                while dul.state_machine.current_state == "Sta6" and time.monotonic() < deadline:
                    time.sleep(0.002)
            self._socket.hang_up()
            association.kill()
        self._socket.raw.close()
        if isinstance(association.dimse, Provider):
            association.dimse.drop()
