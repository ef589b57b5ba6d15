"""The journal of an upload: what was stored stays known when the upload is killed.

Order of events: the server acknowledges an instance, its line is handed to the system, then the
upload counts it. So a process that is killed (``SIGKILL`` too) forgets nothing that it counted;
only instances whose answer was still on its way may be sent again, at most one request for each
connection.
The disk is brought up to date at most 0.2 s later, so that a loss of power forgets at most that.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO, Dict, Iterator, List, Mapping, Optional, Tuple

from .errors import ConfigurationError, InputError
from .journal_entries import FORMAT, KEY_NAME, OUTCOMES, SUFFIX, JobIdentity, JournalEntry, to_entry
from .journal_file import (
    JournalBusy,
    JournalFile,
    from_line,
    iter_lines,
    jobs_folder,
    make_private_folder,
    sync_folder,
    to_line,
)
from .validation import plain_text

#: Seconds after which the disk is brought up to date.
SYNC_INTERVAL = 0.2
#: Seconds to wait for one who only looks whether a job runs.
_LOCK_PATIENCE = 0.5
#: Lines that newer ones replaced, above which the file is written anew.
_MOST_DEAD_LINES = 10_000


class Journal:
    """The open journal of one job; any thread may use it.

    Parameters
    ----------
    identity : JobIdentity
        The job.
    folder : Path, optional
        `jobs_folder` when left out.
    fresh : bool
        Forget what an earlier run did.

    Attributes
    ----------
    notes : list of str
        Sentences for the user: what was wrong with the journal, and what follows from it.
    resumes : bool
        Whether an earlier run of this job did not come to its end.

    Raises
    ------
    InputError
        Another process runs this job.
    ConfigurationError
        The journal can't be written.
    """

    def __init__(
        self, identity: JobIdentity, folder: Optional[Path] = None, fresh: bool = False
    ) -> None:
        self.identity = identity
        self.notes: List[str] = []
        self.resumes = False
        self._places: Dict[int, int] = {}
        self._lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._unsynced = threading.Event()
        self._closing = threading.Event()
        self._syncer: Optional[threading.Thread] = None
        self._broken = False
        path = (folder or jobs_folder()) / (identity.job_id + SUFFIX)
        try:
            make_private_folder(path.parent)
            self._file = _open_locked(path)
            try:
                self._load(fresh)
                self._reader: BinaryIO = self._file.reader()
            except BaseException:
                self._file.close()
                raise
        except OSError as error:
            raise _unwritable(path, error) from error

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The journal's file."""
        return self._file.path

    def record(self, entry: JournalEntry) -> None:
        """Note what became of a file: call it right after the server's answer.

        When it returns, the death of this process can't undo it. A journal that can't be written
        any more stops no upload: it is said once, in `notes`.
        """
        if entry.outcome not in OUTCOMES:
            raise ValueError(f"{entry.outcome!r} is not an outcome")
        line = to_line(list(entry))
        with self._lock:
            if self._broken or self._closing.is_set():
                return
            try:
                place = self._file.append(line)
            except OSError as error:
                self._give_up(error)
                return
            self._places[_key(entry.path, entry.member)] = place
            if self._syncer is None:
                self._syncer = threading.Thread(target=self._sync, name="journal", daemon=True)
                self._syncer.start()
        self._unsynced.set()

    def done(self, path: str, member: str, size: int, mtime_ns: int) -> Optional[JournalEntry]:
        """Return the entry of a file that is at the server and has not changed since."""
        entry = self.last(path, member)
        if entry is None or not entry.is_at_server:
            return None
        return entry if (entry.size, entry.mtime_ns) == (size, mtime_ns) else None

    def last(self, path: str, member: str = "") -> Optional[JournalEntry]:
        """Return the newest entry of a file."""
        with self._lock:
            place = self._places.get(_key(path, member))
        if place is None:
            return None
        entry = self._entry_at(place)
        return entry if entry and (entry.path, entry.member) == (path, member) else None

    def entries(self) -> Iterator[JournalEntry]:
        """Yield the newest entry of each file, in the order in which these were noted."""
        with self._lock:
            places = sorted(self._places.values())
        for place in places:
            entry = self._entry_at(place)
            if entry is not None:
                yield entry

    def finish(self) -> None:
        """Note that the job came to its end: the next run of it begins anew."""
        self._append({"end": time.time()})

    def leave(self, outcomes: Mapping[str, int]) -> None:
        """Note that this run came to its end and left something undone, with its receipt's counts.

        Parameters
        ----------
        outcomes : mapping of str to int
            Number of files of each outcome.
        """
        self._append({"left": time.time(), "outcomes": dict(outcomes)})

    def _append(self, record: Dict[str, Any]) -> None:
        with self._lock:
            if not self._broken:
                try:
                    self._file.append(to_line(record))
                except OSError as error:
                    self._give_up(error)
        self._unsynced.set()

    def close(self) -> None:
        """Bring the disk up to date, and let another process have the job."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._unsynced.set()
        if self._syncer is not None:
            self._syncer.join()
        with self._lock:
            if not self._broken:
                self._sync_now()
            self._reader.close()
            self._file.close()

    def _sync(self) -> None:
        while True:
            self._unsynced.wait()
            if self._closing.wait(SYNC_INTERVAL):
                return
            self._unsynced.clear()
            self._sync_now()

    def _sync_now(self) -> None:
        try:
            self._file.sync()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        if not self._broken:
            self._broken = True
            words = plain_text(error.strerror or error, 200)
            self.notes.append(
                f"The upload's journal can't be written ({words}): should the upload be "
                "interrupted, some files will be sent again."
            )

    def _entry_at(self, place: int) -> Optional[JournalEntry]:
        with self._read_lock:
            self._reader.seek(place)
            record = from_line(self._reader.readline())
        return to_entry(record)

    def _load(self, fresh: bool) -> None:
        """Read what is there; begin anew where there is nothing, or nothing to go on with."""
        with self._file.reader() as reader:
            header = from_line(reader.readline())
            ours = isinstance(header, dict) and header.get("format") == FORMAT
            if ours and header.get("job") == self.identity.to_dict():
                finished, dead = self._load_lines(reader)
                if not finished and not fresh:
                    self.resumes = True
                    if dead > max(_MOST_DEAD_LINES, len(self._places)):
                        self._rewrite()
                    return
            elif self._file.end and not (ours and self._is_with_another_key(header)):
                self._move_aside(reader)
        self._places.clear()
        self._file.truncate(0)
        self._file.append(self._header())
        self._file.sync()
        sync_folder(self._file.path.parent)

    def _is_with_another_key(self, header: Dict[str, Any]) -> bool:
        """Return whether the same job was begun with another key: what it sent is not ours."""
        job, own = header.get("job"), self.identity.to_dict()
        if not isinstance(job, dict) or not isinstance(job.get("options"), dict):
            return False
        return {**job, "options": {**job["options"], KEY_NAME: own["options"].get(KEY_NAME)}} == own

    def _header(self) -> bytes:
        job = self.identity.to_dict()
        return to_line({"format": FORMAT, "job": job, "created": time.time()})

    def _load_lines(self, reader: BinaryIO) -> Tuple[bool, int]:
        """Find each file's newest line; return whether the job is over, and lines replaced."""
        finished, lines, damaged, end = False, 0, 0, reader.tell()
        for place, line in iter_lines(reader):
            record = from_line(line)
            if line.endswith(b"\n"):
                end = place + len(line)
            entry = to_entry(record)
            if entry is not None:
                self._places[_key(entry.path, entry.member)] = place
                lines += 1
            finished = isinstance(record, dict) and "end" in record
            damaged += record is None and line.endswith(b"\n")
        if end < self._file.end:
            self._file.truncate(end)  # a line that the crash cut off
        if damaged:
            self.notes.append(
                f"The upload's journal has {damaged} unreadable lines: the files that they were "
                "about are sent again."
            )
        return finished, lines - len(self._places)

    def _move_aside(self, reader: BinaryIO) -> None:
        """Keep a file that is not this job's journal, under another name."""
        target = self._file.path.with_name(f"{self._file.path.name}.unreadable-{time.time_ns()}")
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as copy:
            reader.seek(0)
            for _place, block in iter_lines(reader):
                copy.write(block)
        self.notes.append(
            f"The journal of an earlier upload can't be read and was kept as {target.name}: "
            "this upload begins anew, and what is at the server already is recognised there."
        )

    def _rewrite(self) -> None:
        """Write the file anew, without the lines that later ones replaced."""
        target = self._file.path.with_name(self._file.path.name + ".new")
        target.unlink(missing_ok=True)
        new = JournalFile(target)
        try:
            places: Dict[int, int] = {}
            with self._file.reader() as reader:
                new.append(reader.readline())
                for key, place in sorted(self._places.items(), key=lambda item: item[1]):
                    reader.seek(place)
                    places[key] = new.append(reader.readline())
            new.sync()
            os.replace(target, self._file.path)
        except OSError:  # no room, or Windows: then it stays as long as it is
            new.close()
            target.unlink(missing_ok=True)
            return
        new.path, old = self._file.path, self._file
        self._file, self._places = new, places
        old.close()
        sync_folder(self._file.path.parent)


def _open_locked(path: Path) -> JournalFile:
    deadline = time.monotonic() + _LOCK_PATIENCE
    while True:
        try:
            return JournalFile(path)
        except JournalBusy as error:
            if time.monotonic() < deadline:
                time.sleep(0.05)
                continue
            raise InputError(
                "This upload runs already in another window or process.",
                "Wait for it, or cancel it there.",
                cause="job_busy",
            ) from error


def _key(path: str, member: str) -> int:
    name = f"{path}\0{member}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big")


def _unwritable(path: Path, error: OSError) -> ConfigurationError:
    words = plain_text(error.strerror or error, 200)
    return ConfigurationError(
        f"The upload's journal {path} can't be written: {words}.",
        "Make its folder writable, or name another with ORTHANCCONNECT_STATE_DIR.",
    )
