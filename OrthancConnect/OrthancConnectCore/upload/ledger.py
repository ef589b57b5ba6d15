"""What became of each file of an upload: counted in one receipt, and kept as a row a file.

A receipt counts, and names what did not go through; a folder of a million files has a million rows,
which no receipt in memory should hold: they are on the disk while the upload runs, and saved as CSV
or JSON from there.
"""

from __future__ import annotations

import json
import os
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Container, Dict, Iterator, List, Mapping, Optional, TextIO, Union

from ..files import new_private_file
from ..orthanc.retry import Absence
from ..scan.archives.members import SkippedFile
from ..scan.files import FoundFile
from ..shared.disk import open_plain
from ..shared.errors import InputError
from ..shared.events import Progress, ProgressCallback, ProgressMeter
from ..shared.receipts import MOST_PROBLEMS, Problem, Receipt
from ..tables import check_table, table
from .fates import ALREADY_STORED, BY_IDENTITY, COLUMNS, FAILED, STORED, FileRow, shown
from .job_file import jobs_folder

SUFFIX = ".rows"
_FORMAT = "OrthancConnect upload rows 1"
#: So many receipts are kept for a later "save", the latest ones.
_KEPT = 20
#: Seconds after which it is said again that the server is away.
WAITING_INTERVAL = 1.0
#: Takes the number of files of each outcome so far.
Note = Callable[[Mapping[str, int]], None]


class Ledger:
    """Counts outcomes until it is closed; later ones change nothing.

    `progress`, and `note` with `Receipt.outcomes`, are called by `report` and `close` alone, thus
    in the thread that calls these. `rows` takes a row for each file, and is left open.
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
        self._problems: Dict[int, FileRow] = {}
        self._under_way: Dict[int, FoundFile] = {}
        self._held: Dict[int, FileRow] = {}  # counted, but not kept for good
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
        self.found += isinstance(finding, FoundFile)
        size = finding.size if isinstance(finding, FoundFile) else 0
        self.meter.expect(files=1, size=size)
        return self._receipt.expected

    def begin(self, number: int, file: FoundFile) -> None:
        """Note that a file is being sent."""
        with self._lock:
            self._under_way[number] = file

    def leave(self, number: int) -> None:
        """Note that a file is no longer being sent, and is not at the server."""
        with self._lock:
            self._under_way.pop(number, None)

    def ended(self, number: int, row: FileRow, size: int = 0, hold: bool = False) -> None:
        """Count a file that is done with, in any thread, in the place of what was held of it.

        `size` are its bytes that the meter does not have yet. With `hold` it counts, and may change
        until `settled`.
        """
        with self._lock:
            self._under_way.pop(number, None)
            if self._closed:
                return
            is_new = number not in self._held
            self._put(number, row, hold)
        if is_new:
            self.meter.add(files=1, size=size, current=shown(row.path))

    def settled(self, number: int) -> None:
        """Note that what was held of a file is so."""
        with self._lock:
            if not self._closed:
                self._keep_row(number, self._held.pop(number))

    def _put(self, number: int, row: FileRow, hold: bool = False) -> None:
        before = self._held.pop(number, None)
        if before is not None:
            self._count(number, before, -1)
        self._count(number, row)
        if hold:
            self._held[number] = row
        else:
            self._keep_row(number, row)

    def _keep_row(self, number: int, row: FileRow) -> None:
        if self._row_file is not None:
            self._row_file.add(row, number)

    def _count(self, number: int, row: FileRow, by: int = 1) -> None:
        receipt = self._receipt
        receipt.verified += by * row.verified
        receipt.by_identity += by * (row.reason == BY_IDENTITY)
        setattr(receipt, row.outcome, getattr(receipt, row.outcome) + by)
        if row.outcome in (STORED, ALREADY_STORED):
            # The receipt's bytes are those that were transferred.
            receipt.bytes += by * row.bytes * row.transferred
        elif by < 0:
            self._problems.pop(number, None)
        elif getattr(receipt, row.outcome) <= MOST_PROBLEMS:
            self._problems[number] = row

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

        `complete` tells whether the scan came to its end, `cancelled` whether the user asked to
        stop, which counts only if that left something undone.
        """
        # Nobody knows what became of these, and a guess must not look like a success.
        reason = "The upload was stopped before the server answered; it may be stored."
        hint = "Upload it again: what is there already is recognised."
        with self._lock:
            self._closed = True
            unanswered = sorted(self._under_way.items())
            for number, file in unanswered:
                row = FileRow(file.item, "", FAILED, reason, bytes=file.size, hint=hint)
                self._put(number, row)
            for number, row in self._held.items():
                self._keep_row(number, row)
        receipt = self._receipt
        if self._row_file is not None:
            self._row_file.receipt = receipt
        for _number, row in sorted(self._problems.items()):
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


class RowFile:
    """The rows of a running upload, in a file for their owner alone; any thread may add.

    The rows of an earlier run of the same job are there until `close`. Raises OSError where it
    can't be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        #: What was wrong with the disk, if anything.
        self.fault: Optional[OSError] = None
        #: Goes with the rows; the run's own, once that has ended.
        self.receipt: Optional[Receipt] = None
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._new = path.with_name(path.name + ".new")
        self._file: Optional[TextIO] = new_private_file(self._new)
        self._lock = threading.Lock()
        self._write({"format": _FORMAT})

    def add(self, row: FileRow, number: int = 0) -> None:
        """Note a row and its file's number; a full disk stops no upload, but is told in the end."""
        self._write([*row[: len(COLUMNS)], number])

    def find(self, numbers: Container[int]) -> Dict[int, FileRow]:
        """Return the rows with these numbers, as far as they can be read now."""
        found: Dict[int, FileRow] = {}
        with suppress(OSError, ValueError), self._lock:
            if self._file is not None:
                self._file.flush()
                with open(self._new, encoding="ascii") as source:
                    for row in _rows(source):
                        if row[-1] in numbers:
                            found[row[-1]] = FileRow(*row[:-1])
        return found

    def _write(self, record: Any) -> None:
        line = json.dumps(record, separators=(",", ":")) + "\n"
        with self._lock:
            if self._file is not None and self.fault is None:
                try:
                    self._file.write(line)
                except OSError as error:
                    self.fault = error

    def close(self) -> None:
        """Put the rows, and the receipt if there is one, in the place of the earlier ones."""
        if self.receipt is not None:
            summary = self.receipt.to_dict()
            del summary["problems"]
            self._write({"receipt": summary})
        with self._lock:
            file, self._file = self._file, None
        if file is None:
            return
        try:
            file.close()
            os.replace(self._new, self.path)
        except OSError as error:
            self.fault = self.fault or error
            with suppress(OSError):
                self._new.unlink()
        _forget_old(self.path)


def rows_path(job_id: str, folder: Optional[Path] = None) -> Path:
    """Return where the rows of a job are kept."""
    return (folder or jobs_folder()) / "receipts" / (job_id + SUFFIX)


def check_receipt(target: Path) -> None:
    """Make sure that a receipt may be written to a file; as `check_target`."""
    check_table(target, COLUMNS, "receipt")


def save_rows(rows: Path, target: Union[str, Path]) -> int:
    """Write rows to a file: JSON when its name ends so, else CSV; return how many.

    Where an earlier receipt is, it is replaced; nothing else is.

    Raises
    ------
    InputError
        There are no such rows, or the file can't be written.
    """
    try:
        handle, _status = open_plain(str(rows))
    except OSError as error:
        raise InputError(
            "The receipt of this upload is no longer kept.", "Upload again to get a new one."
        ) from error
    receipt: Dict[str, Any] = {}
    count = 0
    with os.fdopen(handle, encoding="ascii") as source:
        with table(Path(target), COLUMNS, receipt, "receipt") as add:
            for record in _records(source):
                if isinstance(record, list):
                    add(dict(zip(COLUMNS, record)))
                    count += 1
                elif isinstance(record, dict):
                    receipt.update(record.get("receipt", {}))
    return count


def _records(source: TextIO) -> Iterator[Any]:
    for line in source:
        try:
            yield json.loads(line)
        except ValueError:
            continue  # cut off by a full disk


def _rows(source: TextIO) -> Iterator[List[Any]]:
    return (record for record in _records(source) if isinstance(record, list))


def _forget_old(latest: Path) -> None:
    """Keep the latest receipts only; the one just made is the latest, whatever the clock says."""
    with suppress(OSError):  # another process is at the same
        entries = [path for path in latest.parent.glob(f"*{SUFFIX}") if path != latest]
        entries.sort(key=lambda path: path.stat().st_mtime)
        for path in entries[: 1 - _KEPT]:
            path.unlink()
