"""Transfers: what was asked for, how far it is, and the one event that ends each of them."""

from __future__ import annotations

from typing import Any, Callable, List, Optional, Tuple

from OrthancConnectCore.shared.errors import OrthancConnectError
from OrthancConnectCore.shared.events import Progress
from OrthancConnectCore.shared.receipts import Receipt

from ..signals import Signal

WAITING = "waiting"
RUNNING = "running"
PAUSED = "paused"
DONE = "done"
INCOMPLETE = "incomplete"
FAILED = "failed"
CANCELLED = "cancelled"
ENDED = (DONE, INCOMPLETE, FAILED, CANCELLED)


class Transfer:
    """One upload or retrieve, from the click to its receipt."""

    def __init__(self, operation: str, title: str, server: str, method: str) -> None:
        self.number = 0
        self.operation = operation
        self.title = title
        self.server = server
        self.method = method
        self.state = WAITING
        self.phase = ""
        self.progress: Optional[Progress] = None
        self.receipt: Optional[Receipt] = None
        self.error: Optional[OrthancConnectError] = None
        self.notes: List[str] = []
        self.loaded: List[str] = []
        self.job: Any = None
        self.cancel_asked = False
        #: What was asked for; the same again resumes or retries it. None where that is not offered.
        self.request: Any = None
        #: The name of its job, and Orthanc's identifiers of the studies, once they are known.
        self.job_id = ""
        self.studies: List[str] = []
        #: The transfer that took over from this one, by Retry.
        self.retried_by: Optional[Transfer] = None

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
        """Take a new transfer in."""
        self._count += 1
        transfer.number = self._count
        self.transfers.append(transfer)
        self.added.emit(transfer)
        return transfer

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
        """End a transfer; its state follows from the receipt and the error.

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
        self.finished.emit(transfer)

    def clear_ended(self) -> None:
        """Forget the transfers that have ended."""
        self.transfers = [transfer for transfer in self.transfers if not transfer.ended]
        self.cleared.emit()

    def count(self, *states: str) -> int:
        """How many transfers are in one of these states."""
        return sum(transfer.state in states for transfer in self.transfers)

    def next_waiting(self, wanted: Callable[[Transfer], bool]) -> Optional[Transfer]:
        """Return the oldest waiting transfer of a kind, unless one of that kind runs."""
        waiting = None
        for transfer in self.transfers:
            if wanted(transfer) and transfer.state == RUNNING:
                return None
            if wanted(transfer) and transfer.state == WAITING and waiting is None:
                waiting = transfer
        return waiting


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
