"""Transfers: what was asked for, how far it is, and the one event that ends each of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OrthancConnectError
from OrthancConnectCore.shared.events import Progress
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.receipts import Receipt

from ..protocols import Adapters
from ..signals import Latest, Signal, ignore
from .login import Login, server_parameters

WAITING = "waiting"
RUNNING = "running"
PAUSED = "paused"
DONE = "done"
INCOMPLETE = "incomplete"
FAILED = "failed"
CANCELLED = "cancelled"
ENDED = (DONE, INCOMPLETE, FAILED, CANCELLED)


@dataclass(frozen=True)
class Request:
    """What is asked of a server, and who asks; the same again goes on where it was."""

    profile: ServerProfile
    credentials: Optional[Login]

    def params(self, **more: Any) -> Dict[str, Any]:
        """Return the parameters of one of the worker's methods."""
        return {**server_parameters(self.profile, self.credentials), **more}


@dataclass(eq=False)
class Transfer:
    """One upload or retrieve, from the click to its receipt."""

    operation: str
    title: str
    request: Any
    method: str
    number: int = 0
    state: str = WAITING
    phase: str = ""
    progress: Optional[Progress] = None
    receipt: Optional[Receipt] = None
    error: Optional[OrthancConnectError] = None
    notes: List[str] = field(default_factory=list)
    loaded: Sequence[str] = ()
    job: Any = None
    cancel_asked: bool = False
    #: The name of its job, and Orthanc's identifiers of the studies, once they are known.
    job_id: str = ""
    studies: Sequence[str] = ()
    #: The transfer that took over from this one, by Retry.
    retried_by: Optional[Transfer] = None

    @property
    def server(self) -> str:
        """The name of the server's profile."""
        return str(self.request.profile.name)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED


class TransferLog:
    """All transfers of this session; the newest last."""

    def __init__(self) -> None:
        self.transfers: List[Transfer] = []
        self.added = Signal()
        self.changed = Signal()
        self.finished = Signal()
        self.cleared = Signal()
        self._count = 0
        self._closed = False

    def signals(
        self, added: Callable[..., None], changed: Callable[..., None], cleared: Callable[..., None]
    ) -> Tuple[Tuple[Signal, Callable[..., None]], ...]:
        """Return the signals with their slots, for who shows all: an end is a change there."""
        return (
            (self.added, added),
            (self.changed, changed),
            (self.finished, changed),
            (self.cleared, cleared),
        )

    def add(self, transfer: Transfer) -> Transfer:
        """Take a new transfer in, and start it when its turn comes."""
        self._count += 1
        transfer.number = self._count
        self.transfers.append(transfer)
        self.added.emit(transfer)
        self.start_next(transfer.operation)
        return transfer

    def start_next(self, operation: str) -> None:
        """Start the oldest waiting transfer of an operation, unless one of them runs."""
        same = [transfer for transfer in self.transfers if transfer.operation == operation]
        waiting = [transfer for transfer in same if transfer.state == WAITING]
        if waiting and not self._closed and all(one.state != RUNNING for one in same):
            waiting[0].job.start()

    def cancel(self, transfer: Transfer) -> None:
        """Stop a transfer; its receipt tells what was done until then."""
        if transfer.state == RUNNING:
            transfer.job.cancel()
        elif not transfer.ended:
            transfer.cancel_asked = True
            self.finish(transfer, transfer.receipt)

    def update(self, transfer: Transfer, **facts: Any) -> None:
        """Change a transfer that has not ended yet, and tell."""
        if transfer.ended:
            return
        for name, value in facts.items():
            setattr(transfer, name, value)
        self.changed.emit(transfer)

    def finish(
        self,
        transfer: Transfer,
        receipt: Optional[Receipt] = None,
        error: Optional[OrthancConnectError] = None,
    ) -> None:
        """End a transfer, whose state follows from receipt and error; the next one starts.

        Raises
        ------
        RuntimeError
            It has ended already: there is one terminal event only.
        """
        if transfer.ended:
            raise RuntimeError(f"transfer {transfer.number} ended twice")
        transfer.receipt = receipt
        transfer.error = error
        transfer.progress = None
        transfer.phase = ""
        transfer.job = None
        transfer.state = _end_state(transfer, receipt, error)
        try:
            self.finished.emit(transfer)
        finally:
            self.start_next(transfer.operation)

    def clear_ended(self) -> None:
        """Forget the transfers that have ended."""
        self.transfers = [transfer for transfer in self.transfers if not transfer.ended]
        self.cleared.emit()

    def count(self, *states: str) -> int:
        """How many transfers are in one of these states."""
        return sum(transfer.state in states for transfer in self.transfers)

    def close(self) -> None:
        """Drop what is under way without a further word, and start nothing more."""
        self._closed = True
        for transfer in self.transfers:
            if transfer.job is not None:
                transfer.job.abandon()


class Job:
    """Does one transfer, and ends it in the log exactly once, or leaves it paused there."""

    def __init__(self, transfer: Transfer, adapters: Adapters, log: TransferLog) -> None:
        self._transfer = transfer
        self._adapters = adapters
        self._log = log
        self._latest = Latest()
        self._stop: Callable[[], None] = ignore
        transfer.job = self

    def cancel(self) -> None:
        """Stop it for good; what was done until then is in the receipt."""
        if not self._transfer.cancel_asked:
            self._log.update(self._transfer, cancel_asked=True, phase=_("Stopping…"))
            self._stop()

    def abandon(self) -> None:
        """Drop everything without a further word; the module is closing."""
        self._latest.begin()
        self._stop()

    def _ask_worker(
        self, method: str, params: Mapping[str, Any], *callbacks: Callable[..., None]
    ) -> None:
        worker = self._adapters.worker
        request = worker.request(method, params, *map(self._latest.only, callbacks))
        self._stop = partial(worker.cancel, request)


def _end_state(
    transfer: Transfer, receipt: Optional[Receipt], error: Optional[OrthancConnectError]
) -> str:
    if transfer.cancel_asked and (receipt is None or receipt.cancelled):
        return CANCELLED
    if receipt is None:
        return FAILED
    if error is not None or not receipt.complete:
        return INCOMPLETE
    return DONE
