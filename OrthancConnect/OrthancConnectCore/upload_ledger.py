"""What became of each file of an upload, gathered from many threads into one receipt."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Callable, Dict, List, NamedTuple, Optional, Union

from .events import Progress, ProgressCallback, ProgressMeter
from .patience import Absence
from .receipts import MOST_PROBLEMS, Receipt
from .scan import FoundFile, SkippedFile
from .upload_rows import FileRow, RowFile
from .upload_sending import shown

STORED, ALREADY_STORED, DIFFERENT = "stored", "already_stored", "different"
SKIPPED, FAILED = "skipped", "failed"
#: Seconds after which it is said again that the server is away.
WAITING_INTERVAL = 1.0


class Fate(NamedTuple):
    """What became of a file that was to be sent.

    Attributes
    ----------
    outcome : str
        ``stored``, ``already_stored``, ``different`` or ``failed``.
    reason, hint : str
        One sentence each, for what is not at the server as it should be.
    orthanc_id, md5, attempts, verified
        As of `FileRow`.
    counted : int
        Bytes that the meter has of it already.
    sent : bool
        Whether its bytes went over the wire.
    """

    outcome: str
    reason: str = ""
    hint: str = ""
    orthanc_id: str = ""
    md5: str = ""
    attempts: int = 0
    verified: bool = False
    counted: int = 0
    sent: bool = False


class _Row(NamedTuple):
    number: int
    outcome: str
    path: str
    reason: str
    hint: str


class Ledger:
    """Counts outcomes until it is closed; later ones change nothing.

    Parameters
    ----------
    progress : callable
        Called by `report` and `close` alone, thus in the thread that calls these.
    rows : RowFile, optional
        Takes a row for each file. It is left open.
    """

    def __init__(self, progress: ProgressCallback, rows: Optional[RowFile] = None) -> None:
        self._progress = progress
        self._row_file = rows
        self._latest: Optional[Progress] = None
        self._lock = threading.Lock()
        self._receipt = Receipt("upload", method="REST")
        self._rows: List[_Row] = []
        self._counts = {DIFFERENT: 0, SKIPPED: 0, FAILED: 0}
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

    def skipped(self, number: int, item: SkippedFile) -> None:
        """Count what the scan left out."""
        outcome = FAILED if item.failed else SKIPPED
        self._add(FileRow(item.path, "", outcome, item.reason), number, item.hint)
        self.meter.add(files=1, current=shown(item.path))

    def ended(self, number: int, found: FoundFile, sent: FoundFile, fate: Fate) -> None:
        """Count a file that is done with, in any thread.

        Parameters
        ----------
        number : int
            As `expect` returned it.
        found : FoundFile
            As the scan found it.
        sent : FoundFile
            What was made of it to be sent; `found` itself where nothing was changed.
        fate : Fate
            What became of it.
        """
        row = FileRow(
            found.item,
            sent.identity.sop_instance_uid if sent.identity is not None else "",
            fate.outcome,
            fate.reason,
            fate.orthanc_id,
            sent.size,
            fate.md5,
            fate.attempts,
            fate.verified,
        )
        self._add(row, number, fate.hint, fate.sent)
        self.meter.add(files=1, size=found.size - fate.counted, current=shown(found.item))

    def _add(self, row: FileRow, number: int, hint: str, sent: bool = False) -> None:
        with self._lock:
            self._under_way.pop(number, None)
            if self._closed:
                return
            self._count(row, number, hint, sent)
        if self._row_file is not None:
            self._row_file.add(row)

    def _count(self, row: FileRow, number: int, hint: str, sent: bool = False) -> None:
        if row.outcome in self._counts:
            self._counts[row.outcome] += 1
            if self._counts[row.outcome] <= MOST_PROBLEMS:
                self._rows.append(_Row(number, row.outcome, row.path, row.reason, hint))
        else:
            # The receipt's bytes are those that were transferred.
            self._receipt.add_stored(row.bytes * sent, row.outcome == ALREADY_STORED)
        self._receipt.verified += row.verified

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
                row = FileRow(file.item, "", FAILED, reason, bytes=file.size)
                self._count(row, number, hint)
                if self._row_file is not None:
                    self._row_file.add(row)
        receipt = self._receipt
        add = {
            SKIPPED: receipt.add_skipped,
            FAILED: receipt.add_failed,
            DIFFERENT: receipt.add_different,
        }
        for line in sorted(self._rows):
            add[line.outcome](line.path, line.reason, line.hint)
        unlisted = sum(self._counts.values()) - len(self._rows)
        if unlisted:
            receipt.notes.append(
                f"{unlisted} more files that were skipped or failed are counted, but not listed "
                "here; the saved receipt lists all."
            )
        receipt.skipped, receipt.failed = self._counts[SKIPPED], self._counts[FAILED]
        receipt.different = self._counts[DIFFERENT]
        receipt.cancelled = cancelled and bool(unanswered or receipt.missing or not complete)
        receipt.seconds = time.monotonic() - self._started
        self._progress(self.meter.snapshot())
        return receipt
