"""Transfers: what was asked for, how far it is, and the one event that ends each of them."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Type

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
    kind: Optional[Type[Job]] = None
    job: Any = None
    cancel_asked: bool = False
    #: The name of its job, and Orthanc's identifiers of the studies, once they are known.
    job_id: str = ""
    studies: Sequence[str] = ()
    #: What became of each row of a list.
    rows: Sequence[Mapping[str, Any]] = ()
    #: The optional package that is not installed and would be needed.
    lacks: str = ""
    #: Of a retrieve: what became of each instance (`Tally.groups`), once that is known.
    groups: Optional[Callable[[], List[Dict[str, Any]]]] = None
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
    """All transfers of this session, and the queue of each operation; the newest last."""

    def __init__(self, adapters: Adapters) -> None:
        self._adapters = adapters
        self.transfers: List[Transfer] = []
        self.added = Signal()
        self.changed = Signal()
        self.finished = Signal()
        #: An upload waits for its server, which does not answer.
        self.stalled = Signal()
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
        assert transfer.kind is not None
        self._count += 1
        transfer.number = self._count
        transfer.kind(transfer, self._adapters, self)
        self.transfers.append(transfer)
        self.added.emit(transfer)
        self.start_next(transfer.operation)
        return transfer

    def pause(self, transfer: Transfer) -> None:
        """Stop a transfer for now, or keep it from beginning."""
        if transfer.state == WAITING:
            self.update(transfer, state=PAUSED)
        elif not self.why_not_pause(transfer):
            transfer.job.pause()

    def resume(self, transfer: Transfer) -> None:
        """Go on with a paused transfer when its turn comes."""
        if transfer.state == PAUSED:
            self.update(transfer, state=WAITING, phase="", error=None)
            self.start_next(transfer.operation)

    def retry(self, transfer: Transfer) -> Optional[Transfer]:
        """Do the same again: what is there is recognised, what failed is tried again."""
        if self.why_not_retry(transfer):
            return None
        again = Transfer(
            transfer.operation,
            transfer.title,
            transfer.request,
            transfer.request.method,
            kind=transfer.kind,
        )
        transfer.retried_by = self.add(again)
        return again

    def put_first(self, transfer: Transfer) -> None:
        """Let a waiting transfer be the next one."""
        if not self.why_not_first(transfer):
            first = next(one for one in self._queue(transfer) if one.state == WAITING)
            self.transfers.remove(transfer)
            self.transfers.insert(self.transfers.index(first), transfer)
            self.changed.emit(transfer)

    def _queue(self, transfer: Transfer) -> List[Transfer]:
        return [one for one in self.transfers if one.operation == transfer.operation]

    def why_not_first(self, transfer: Transfer) -> str:
        """Return why a transfer can't be made the next one; empty when it can."""
        waiting = [one for one in self._queue(transfer) if one.state == WAITING]
        if transfer not in waiting:
            return _("It does not wait for its turn.")
        return _("It is the next one.") if waiting[0] is transfer else ""

    def why_not_pause(self, transfer: Transfer) -> str:
        """Return why a transfer can't be paused now; empty when it can."""
        if transfer.ended:
            return _("It has ended already.")
        if transfer.state == PAUSED:
            return _("It is paused already.")
        if transfer.state == RUNNING and transfer.job.stopping:
            return _("It is being stopped.")
        return ""

    def why_not_retry(self, transfer: Transfer) -> str:
        """Return why a transfer can't be tried again now; empty when it can."""
        if not transfer.ended:
            return _("It has not ended yet.")
        if transfer.retried_by is not None:
            return _("It was tried again already; see the newer one.")
        return _("Nothing failed.") if transfer.state == DONE else ""

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

    _pausing = False

    def __init__(self, transfer: Transfer, adapters: Adapters, log: TransferLog) -> None:
        self._transfer = transfer
        self._adapters = adapters
        self._log = log
        self._latest = Latest()
        self._stop: Callable[[], None] = ignore
        transfer.job = self

    @property
    def stopping(self) -> bool:
        """Whether it was asked to pause or to stop, and has not done so yet."""
        return self._pausing or self._transfer.cancel_asked

    def pause(self) -> None:
        """Stop for now; what was done until then stays."""
        if self._transfer.state == RUNNING and not self.stopping:
            self._pausing = True
            self._log.update(self._transfer, phase=_("Pausing…"))
            self._stop()

    def cancel(self) -> None:
        """Stop it for good; what was done until then is in the receipt."""
        if not self._transfer.cancel_asked:
            self._log.update(self._transfer, cancel_asked=True, phase=_("Stopping…"))
            self._stop()

    def abandon(self) -> None:
        """Drop everything without a further word; the module is closing."""
        self._latest.begin()
        self._stop()

    def _rest(self, **facts: Any) -> None:
        """Stay paused in the log; the next one of the queue starts."""
        self._log.update(self._transfer, state=PAUSED, phase="", **facts)
        self._log.start_next(self._transfer.operation)

    def _ask_worker(
        self, method: str, params: Mapping[str, Any], *callbacks: Callable[..., None]
    ) -> None:
        worker = self._adapters.worker
        request = worker.request(method, params, *map(self._latest.only, callbacks))
        self._stop = partial(worker.cancel, request)


def told_fault(error: Exception) -> OrthancConnectError:
    """Return what a fault in a step is told as; one of our own stands in Slicer's log."""
    if isinstance(error, OrthancConnectError):
        return error
    if isinstance(error, OSError):
        return OrthancConnectError(
            _("A file of the result can't be used: {why}.").format(why=error.strerror or error),
            _("Make room on the disk, then Retry."),
        )
    logging.error("OrthancConnect: a result met a fault", exc_info=error)
    return OrthancConnectError(
        _("OrthancConnect met a fault of its own with this result."),
        _("Try again; if it happens again, report it with Slicer's log."),
    )


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
