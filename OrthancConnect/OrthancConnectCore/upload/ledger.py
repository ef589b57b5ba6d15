"""What became of each file of an upload, gathered from many threads into one receipt."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Callable, Dict, List, Mapping, Optional, Tuple, Union

from ..orthanc.retry import Absence
from ..scan.files import FoundFile, SkippedFile
from ..shared.events import Progress, ProgressCallback, ProgressMeter
from ..shared.receipts import MOST_PROBLEMS, Problem, Receipt
from .rows import ALREADY_STORED, FAILED, STORED, FileRow, RowFile, shown

#: Takes the number of files of each outcome so far.
Note = Callable[[Mapping[str, int]], None]
#: Seconds after which it is said again that the server is away.
WAITING_INTERVAL = 1.0


class Ledger:
    """Counts outcomes until it is closed; later ones change nothing.

    Parameters
    ----------
    progress : callable
        Called by `report` and `close` alone, thus in the thread that calls these.
    rows : RowFile, optional
        Takes a row for each file. It is left open.
    note : callable, optional
        Called with `Receipt.outcomes`, as `progress`.
    """

    def __init__(
        self,
        progress: ProgressCallback,
        rows: Optional[RowFile] = None,
        note: Optional[Note] = None,
    ) -> None:
        self._progress = progress
        self._note = note or (lambda _outcomes: None)
        self._row_file = rows
        self._latest: Optional[Progress] = None
        self._lock = threading.Lock()
        self._receipt = Receipt("upload", method="REST")
        self._problems: List[Tuple[int, FileRow]] = []
        self._under_way: Dict[int, FoundFile] = {}
        self._started = time.monotonic()
        self._closed = False
        self.meter = ProgressMeter("upload", self._keep)
        #: Files found that begin as DICOM files do.
        self.found = 0
        #: Tells whether the server is away.
        self.absence: Callable[[], Optional[Absence]] = lambda: None
        self._told: Optional[Absence] = None
        self._told_at = 0.0

    def expect(self, finding: Union[FoundFile, SkippedFile]) -> int:
        """Count what the scan met, and return its number; for the scanning thread only."""
        self._receipt.expected += 1
        if isinstance(finding, FoundFile):
            self.found += 1
            self.meter.expect(files=1, size=finding.size)
        else:
            self.meter.expect(files=1)
        return self._receipt.expected

    def begin(self, number: int, file: FoundFile) -> None:
        """Note that a file is being sent."""
        with self._lock:
            self._under_way[number] = file

    def leave(self, number: int) -> None:
        """Note that a file is no longer being sent, and is not at the server."""
        with self._lock:
            self._under_way.pop(number, None)

    def ended(self, number: int, row: FileRow, size: int = 0) -> None:
        """Count a file that is done with, in any thread.

        Parameters
        ----------
        number : int
            As `expect` returned it.
        row : FileRow
            What became of it.
        size : int
            Bytes of it that the meter does not have yet.
        """
        with self._lock:
            self._under_way.pop(number, None)
            if self._closed:
                return
            self._count(number, row)
        if self._row_file is not None:
            self._row_file.add(row)
        self.meter.add(files=1, size=size, current=shown(row.path))

    def _count(self, number: int, row: FileRow) -> None:
        receipt = self._receipt
        receipt.verified += row.verified
        if row.outcome in (STORED, ALREADY_STORED):
            # The receipt's bytes are those that were transferred.
            receipt.add_stored(row.bytes * row.transferred, row.outcome == ALREADY_STORED)
            return
        count = getattr(receipt, row.outcome) + 1
        setattr(receipt, row.outcome, count)
        if count <= MOST_PROBLEMS:
            self._problems.append((number, row))

    def _keep(self, progress: Progress) -> None:
        self._latest = progress

    def report(self) -> None:
        """Pass on the progress that came since the last call, if any, or that all wait."""
        latest, self._latest = self._latest, None
        absence = self.absence()
        if absence is not None:
            self._tell(absence)
            return
        if self._told is not None:
            latest = latest or self.meter.snapshot()
            if self._told.is_over:
                latest = replace(latest, details={"back": True})
            self._told = None
        if latest is not None:
            self._note(self._receipt.outcomes)
            self._progress(latest)

    def _tell(self, absence: Absence) -> None:
        now = time.monotonic()
        if absence is self._told and now - self._told_at < WAITING_INTERVAL:
            return
        self._told, self._told_at = absence, now
        moment = self.meter.snapshot()
        details = absence.details()
        self._progress(
            replace(moment, phase="waiting", rate=0.0, seconds_left=None, details=details)
        )

    def close(self, complete: bool, cancelled: bool) -> Receipt:
        """Report the last progress, and return the receipt with its rows in the scan's order.

        Parameters
        ----------
        complete : bool
            Whether the scan came to its end.
        cancelled : bool
            Whether the user asked to stop; counts only if that left something undone.
        """
        # Nobody knows what became of these, and a guess must not look like a success.
        reason = "The upload was stopped before the server answered; it may be stored."
        hint = "Upload it again: what is there already is recognised."
        with self._lock:
            self._closed = True
            unanswered = sorted(self._under_way.items())
            for number, file in unanswered:
                row = FileRow(file.item, "", FAILED, reason, bytes=file.size, hint=hint)
                self._count(number, row)
                if self._row_file is not None:
                    self._row_file.add(row)
        receipt = self._receipt
        for _number, row in sorted(self._problems, key=lambda numbered: numbered[0]):
            receipt.problems.append(Problem.of(row.path, row.outcome, row.reason, row.hint))
        unlisted = receipt.skipped + receipt.failed + receipt.different - len(self._problems)
        if unlisted:
            receipt.notes.append(
                f"{unlisted} more files that were skipped or failed are counted, but not listed "
                "here; the saved receipt lists all."
            )
        receipt.cancelled = cancelled and bool(unanswered or receipt.missing or not complete)
        receipt.seconds = time.monotonic() - self._started
        self._note(receipt.outcomes)
        self._progress(self.meter.snapshot())
        return receipt
