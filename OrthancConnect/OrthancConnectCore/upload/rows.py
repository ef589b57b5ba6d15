"""What became of each file, a row a file: kept on disk while an upload runs, saved as CSV or JSON.

A receipt counts, and names what did not go through; a folder of a million files has a million rows,
which no receipt in memory should hold.
"""

from __future__ import annotations

import csv
import json
import os
import threading
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, TextIO, Union

from ..files import make_private_folder
from ..shared.errors import InputError
from ..shared.receipts import Receipt
from ..shared.validation import plain_text, spreadsheet_cell
from .job_file import jobs_folder

STORED, ALREADY_STORED, DIFFERENT = "stored", "already_stored", "different"
SKIPPED, FAILED = "skipped", "failed"
SUFFIX = ".rows"
_FORMAT = "OrthancConnect upload rows 1"
#: So many receipts are kept for a later "save", the latest ones.
_KEPT = 20


class FileRow(NamedTuple):
    """What became of one file.

    Attributes
    ----------
    path : str
        The file, or archive and member.
    sop_instance_uid : str
        As it was sent; empty where unknown.
    outcome : str
        ``stored``, ``already_stored``, ``different``, ``skipped`` or ``failed``.
    reason : str
        One sentence; empty for what is at the server as it should be.
    orthanc_id : str
        Orthanc's identifier of the instance; empty where it is not there.
    bytes : int
        Size of what was sent, or would have been.
    md5 : str
        Of these bytes, as hexadecimal digits; empty when it was not asked for.
    attempts : int
        How often it was sent.
    verified : bool
        Whether the server was shown to have these very bytes.
    hint : str
        What the user does next; no column of its own, as what follows.
    transferred : bool
        Whether its bytes went over the wire.
    """

    path: str
    sop_instance_uid: str = ""
    outcome: str = ""
    reason: str = ""
    orthanc_id: str = ""
    bytes: int = 0
    md5: str = ""
    attempts: int = 0
    verified: bool = False
    hint: str = ""
    transferred: bool = False


#: What is kept of a row, in this order.
COLUMNS = FileRow._fields[:9]


class RowFile:
    """The rows of a running upload, in a file for their owner alone; any thread may add.

    The rows of an earlier run of the same job are there until `close`.

    Parameters
    ----------
    path : Path
        As of `rows_path`.

    Raises
    ------
    OSError
        It can't be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        #: What was wrong with the disk, if anything.
        self.fault: Optional[OSError] = None
        make_private_folder(path.parent)
        self._new = path.with_name(path.name + ".new")
        self._new.unlink(missing_ok=True)
        handle = os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file: Optional[TextIO] = os.fdopen(handle, "w", encoding="ascii", newline="\n")
        self._lock = threading.Lock()
        self._write({"format": _FORMAT})

    def add(self, row: FileRow) -> None:
        """Note a row; a disk that takes none stops no upload, but is told in the end."""
        self._write(row[: len(COLUMNS)])

    def _write(self, record: Any) -> None:
        line = json.dumps(record, separators=(",", ":")) + "\n"
        with self._lock:
            if self._file is not None and self.fault is None:
                try:
                    self._file.write(line)
                except OSError as error:
                    self.fault = error

    def close(self, receipt: Optional[Receipt] = None) -> None:
        """Put the rows, and the receipt if there is one, in the place of the earlier ones."""
        if receipt is not None:
            summary = receipt.to_dict()
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
        _forget_old(self.path.parent)


def rows_path(job_id: str, folder: Optional[Path] = None) -> Path:
    """Return where the rows of a job are kept."""
    return (folder or jobs_folder()) / "receipts" / (job_id + SUFFIX)


def save_rows(rows: Path, target: Union[str, Path]) -> int:
    """Write rows to a file: JSON when its name ends so, else CSV; return how many.

    Parameters
    ----------
    rows : Path
        As `RowFile` left them.
    target : path
        Replaced where it is there.

    Raises
    ------
    InputError
        There are no such rows, or the file can't be written.
    """
    target = Path(target)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        source = open(rows, encoding="ascii")
    except OSError as error:
        raise InputError(
            "The receipt of this upload is no longer kept.", "Upload again to get a new one."
        ) from error
    is_json = target.suffix.lower() == ".json"
    try:
        # A byte order mark lets spreadsheets read accents; JSON has none.
        encoding = "ascii" if is_json else "utf-8-sig"
        with (
            source,
            open(temporary, "w", encoding=encoding, errors="backslashreplace", newline="") as file,
        ):
            count = _write_json(source, file) if is_json else _write_csv(source, file)
        os.replace(temporary, target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        words = plain_text(error.strerror or error, 200)
        raise InputError(
            f"The receipt can't be written to {plain_text(target, 300)}: {words}.",
            "Choose another folder.",
        ) from error
    return count


def shown(path: str) -> str:
    """Return a path as one line of plain text."""
    return path if path.isprintable() else plain_text(path, 4096)


def _records(source: TextIO) -> Iterator[Any]:
    for line in source:
        try:
            yield json.loads(line)
        except ValueError:
            continue  # cut off by a full disk


def _write_csv(source: TextIO, target: TextIO) -> int:
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = 0
    for record in _records(source):
        if isinstance(record, list):
            writer.writerow([spreadsheet_cell(value) for value in record])
            count += 1
    return count


def _write_json(source: TextIO, target: TextIO) -> int:
    summary: Dict[str, Any] = {}
    count = 0
    target.write('{"rows": [')
    for record in _records(source):
        if isinstance(record, list):
            target.write(",\n" if count else "\n")
            target.write(json.dumps(dict(zip(COLUMNS, record))))
            count += 1
        elif isinstance(record, dict) and "receipt" in record:
            summary = record["receipt"]
    target.write(f'],\n"receipt": {json.dumps(summary)}}}\n')
    return count


def _forget_old(folder: Path) -> None:
    """Keep the latest receipts only."""
    try:
        entries: List[os.DirEntry[str]] = [
            entry for entry in os.scandir(folder) if entry.name.endswith(SUFFIX)
        ]
        entries.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
        for entry in entries[_KEPT:]:
            os.unlink(entry.path)
    except OSError:
        pass  # another process is at the same
