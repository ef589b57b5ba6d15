"""What became of each file of an upload, gathered from many threads into one receipt."""

from __future__ import annotations

import threading
import time
from typing import Dict, List, NamedTuple, Optional, Union

from .events import Progress, ProgressCallback, ProgressMeter
from .receipts import Receipt
from .rest import StoreResult
from .scan import FoundFile, SkippedFile
from .upload_sending import shown


class _Row(NamedTuple):
    number: int
    failed: bool
    path: str
    reason: str
    hint: str


class Ledger:
    """Counts outcomes until it is closed; later ones change nothing.

    Parameters
    ----------
    progress : callable
        Called by `report` and `close` alone, thus in the thread that calls these.
    """

    def __init__(self, progress: ProgressCallback) -> None:
        self._progress = progress
        self._latest: Optional[Progress] = None
        self._lock = threading.Lock()
        self._receipt = Receipt("upload", method="REST")
        self._rows: List[_Row] = []
        self._under_way: Dict[int, FoundFile] = {}
        self._started = time.monotonic()
        self._closed = False
        self.meter = ProgressMeter("upload", self._keep)
        #: Files found that begin as DICOM files do.
        self.found = 0

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

    def stored(self, number: int, file: FoundFile, result: StoreResult) -> None:
        """Count an instance that the server has now."""
        with self._lock:
            self._under_way.pop(number, None)
            if self._closed:
                return
            self._receipt.add_stored(file.size, result.already_stored)
        self.meter.add(files=1, current=shown(file.item))

    def known(self, file: FoundFile) -> None:
        """Count an instance that an earlier run stored."""
        self._receipt.add_stored(already=True)
        self.meter.add(files=1, size=file.size, current=shown(file.item))

    def skipped(self, number: int, item: SkippedFile) -> None:
        """Count what the scan left out."""
        self._add(_Row(number, item.failed, item.path, item.reason, item.hint), 0)

    def failed(
        self, number: int, file: FoundFile, reason: str, hint: str, uncounted: int = 0
    ) -> None:
        """Count a file that was not stored; the meter lacks `uncounted` of its bytes."""
        self._add(_Row(number, True, file.item, reason, hint), uncounted)

    def _add(self, row: _Row, uncounted: int) -> None:
        with self._lock:
            self._under_way.pop(row.number, None)
            if self._closed:
                return
            self._rows.append(row)
        self.meter.add(files=1, size=uncounted, current=shown(row.path))

    def _keep(self, progress: Progress) -> None:
        self._latest = progress

    def report(self) -> None:
        """Pass on the progress that came since the last call, if any."""
        latest, self._latest = self._latest, None
        if latest is not None:
            self._progress(latest)

    def close(self, complete: bool, cancelled: bool) -> Receipt:
        """Report the last progress, and return the receipt with its rows in the scan's order.

        Parameters
        ----------
        complete : bool
            Whether the scan came to its end.
        cancelled : bool
            Whether the user asked to stop; counts only if that left something undone.
        """
        with self._lock:
            self._closed = True
            unanswered = sorted(self._under_way.items())
        for number, file in unanswered:
            # Nobody knows what became of it, and a guess must not look like a success.
            reason = "The upload was stopped before the server answered; it may be stored."
            hint = "Upload it again: what is there already is recognised."
            self._rows.append(_Row(number, True, file.item, reason, hint))
        receipt = self._receipt
        for row in sorted(self._rows):
            add = receipt.add_failed if row.failed else receipt.add_skipped
            add(row.path, row.reason, row.hint)
        receipt.cancelled = cancelled and bool(unanswered or receipt.missing or not complete)
        receipt.seconds = time.monotonic() - self._started
        self._progress(self.meter.snapshot())
        return receipt
