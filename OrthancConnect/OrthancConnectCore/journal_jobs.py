"""The upload jobs of the past: which there are, and how they are forgotten."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from .errors import InputError
from .journal_entries import FORMAT, KEY_SUFFIX, SUFFIX, JobIdentity, to_entry
from .journal_file import JournalBusy, from_line, iter_lines, jobs_folder, lock

_DAY = 24 * 3600.0
#: Days that an upload which nobody resumes is remembered.
DAYS_KEPT = 30


@dataclass(frozen=True)
class JobSummary:
    """An upload job, as its journal tells it.

    Attributes
    ----------
    job_id : str
        `JobIdentity.job_id`.
    identity : JobIdentity
        Server, chosen files and folders, options.
    created, changed : float
        Seconds since 1970.
    finished : bool
        Whether all was done; otherwise it can be resumed.
    ended : bool
        Whether its last run came to its end, as its receipt said, though something was left undone.
    running : bool
        Whether a process works on it now.
    outcomes : mapping of str to int
        Number of files of each outcome: the receipt's where the last run came to its end.
    """

    job_id: str
    identity: JobIdentity
    created: float
    changed: float
    finished: bool
    running: bool
    outcomes: Mapping[str, int]
    ended: bool = False

    def to_dict(self) -> Dict[str, Any]:
        """Return the fields as JSON-serialisable values."""
        return {
            "job_id": self.job_id,
            **self.identity.to_dict(),
            "created": self.created,
            "changed": self.changed,
            "finished": self.finished,
            "running": self.running,
            "outcomes": dict(self.outcomes),
            "ended": self.ended,
        }


def list_jobs(folder: Optional[Path] = None) -> List[JobSummary]:
    """Return the jobs that have a journal, the latest first.

    What is no journal, or not readable as one, is left out.
    """
    found = []
    for path in _journals(folder):
        summary = _summary(path)
        if summary is not None:
            found.append(summary)
    return sorted(found, key=lambda job: -job.changed)


def remove_job(job_id: str, folder: Optional[Path] = None) -> bool:
    """Forget a job; return whether there was one. What it stored stays at the server.

    The key that a de-identifying job had for itself goes with it.

    Raises
    ------
    InputError
        A process works on it.
    """
    for path in _journals(folder):
        if path.name == job_id + SUFFIX:
            return _remove(path)
    return False


def remove_old_jobs(days: float = DAYS_KEPT, folder: Optional[Path] = None) -> int:
    """Forget the jobs, and what was moved aside, that nothing has changed for so many days."""
    limit = time.time() - days * _DAY
    removed = 0
    for path in _journals(folder, f"*{SUFFIX}*"):
        try:
            if path.stat().st_mtime < limit and _remove(path):
                removed += 1
        except (InputError, OSError):
            continue  # it runs, or another process was quicker
    for key in (folder or jobs_folder()).glob(f"*{KEY_SUFFIX}"):
        try:
            if key.stat().st_mtime < limit and not key.with_suffix(SUFFIX).exists():
                key.unlink()  # of a job that is forgotten
        except OSError:
            continue
    return removed


def _journals(folder: Optional[Path], pattern: str = f"*{SUFFIX}") -> Iterator[Path]:
    yield from sorted((folder or jobs_folder()).glob(pattern))


def _remove(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        lock(handle)
    except JournalBusy as error:
        os.close(handle)
        raise InputError(
            "This upload is running.", "Cancel it, or wait for it, and try again.", cause="job_busy"
        ) from error
    try:
        if path.suffix == SUFFIX:
            path.with_suffix(KEY_SUFFIX).unlink(missing_ok=True)
        if os.name != "nt":
            os.unlink(path)  # while it is ours, so that nobody begins on what vanishes
    finally:
        os.close(handle)
    if os.name == "nt":
        os.unlink(path)  # Windows removes no open file
    return True


def _summary(path: Path) -> Optional[JobSummary]:
    try:
        running = _is_running(path)
        with open(path, "rb") as file:
            header = from_line(file.readline())
            if not isinstance(header, dict) or header.get("format") != FORMAT:
                return None
            outcomes, finished, ended = _count(file)
            changed = os.fstat(file.fileno()).st_mtime
    except OSError:
        return None
    job = header["job"]
    identity = JobIdentity(job["server"], tuple(job["roots"]), job["options"])
    created = float(header["created"])
    return JobSummary(
        path.name[: -len(SUFFIX)], identity, created, changed, finished, running, outcomes, ended
    )


def _count(file: Any) -> Tuple[Dict[str, int], bool, bool]:
    """Return the number of files of each outcome, and whether the job and its last run ended."""
    latest: Dict[int, str] = {}
    finished = False
    told: Optional[Dict[str, int]] = None
    for _place, line in iter_lines(file):
        record = from_line(line)
        entry = to_entry(record)
        if entry is not None:
            latest[hash((entry.path, entry.member))] = entry.outcome
            told = None
        elif isinstance(record, dict) and "left" in record:
            told = record["outcomes"]
        finished = isinstance(record, dict) and "end" in record
    if told is not None:
        return told, finished, True
    outcomes: Dict[str, int] = {}
    for outcome in latest.values():
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    return outcomes, finished, False


def _is_running(path: Path) -> bool:
    handle = os.open(path, os.O_RDWR)
    try:
        lock(handle)
        return False
    except JournalBusy:
        return True
    finally:
        os.close(handle)
