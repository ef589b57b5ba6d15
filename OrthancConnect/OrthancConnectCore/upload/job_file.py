"""The upload jobs of this computer: one small file each, so that what was interrupted goes on.

The file tells what was chosen, with which options, and how far it came when it was last written.
What the server has of it, the server is asked (`upload.studies`). Beside it lie the key of a job
that de-identifies with a key of its own, and the lock that keeps a second process off.
"""

from __future__ import annotations

import json
import math
import os
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Iterable, List, Mapping, Optional, Tuple

from ..files import open_file, os_reason, user_state_directory
from ..shared.disk import SUFFIX as LOCK_SUFFIX
from ..shared.disk import is_locked, lock, unlock, write_private
from ..shared.errors import ConfigurationError, InputError
from ..shared.jobs import Job, absolute_paths, job_id_of, there_of
from ..shared.upload_options import UploadOptions

FORMAT = "OrthancConnect upload job 1"
#: Of a job's file, and of the de-identification key that it has for itself.
SUFFIX, KEY_SUFFIX = ".json", ".key"
#: Of the mark that a file was found to be old.
_OLD_SUFFIX = ".old"
#: Days that an upload which nobody resumes is remembered.
DAYS_KEPT = 30
#: Seconds after which a running job's counts are written again.
NOTE_INTERVAL = 2.0
#: Seconds to wait for one who only looks whether a job runs.
_LOCK_PATIENCE = 0.5
#: What is said where another process has the lock.
_RUNS_ELSEWHERE = (
    "This upload runs already in another window or process.",
    "Wait for it, or cancel it there.",
)
_RUNS = ("This upload is running.", "Cancel it, or wait for it, and try again.")
_DAY = 24 * 3600.0
#: No job's file is that large, in bytes.
_LARGEST = 64 * 1024 * 1024


class JobFile:
    """The file of a running job: made before anything is sent; one process has it at a time.

    Raises
    ------
    InputError, ConfigurationError
        Another process runs this job; the file can't be written.
    """

    def __init__(
        self,
        server: str,
        roots: Iterable[str],
        options: UploadOptions,
        key_name: str = "",
        fresh: bool = False,
    ) -> None:
        name = job_id_of(server, roots, options)
        self.path = jobs_folder() / (name + SUFFIX)
        self._written = 0.0
        #: Number of files of each outcome in an earlier run that left something undone; with
        #: another key, what was sent then counts for nothing.
        self.earlier: Mapping[str, int] = {}
        job = Job(name, server, tuple(absolute_paths(roots)), options, key_name, time.time())
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _lock(self.path, _RUNS_ELSEWHERE, _LOCK_PATIENCE)
            try:
                before = None if fresh else _read(self.path)
                if before is not None and before.key_name == key_name:
                    self.earlier = before.outcomes
                    job = replace(job, created=before.created, outcomes=before.outcomes)
                self._job = job
                self._write()
            except BaseException:
                unlock(self.path.with_suffix(LOCK_SUFFIX), self._lock)
                raise
        except OSError as error:
            raise ConfigurationError(
                f"The upload's journal {self.path} can't be written: {os_reason(error)}.",
                "Make its folder writable, or name another with ORTHANCCONNECT_STATE_DIR.",
            ) from error

    def note(self, outcomes: Mapping[str, int], ended: bool = False) -> None:
        """Note how far it is, once it is further than the run before; written now and then.

        `ended` tells that the run came to its end and left something undone.
        """
        if not ended and there_of(outcomes) < there_of(self.earlier):
            return
        self._job = replace(self._job, outcomes=dict(outcomes), ended=ended)
        if time.monotonic() > self._written + NOTE_INTERVAL:
            self._try_to_write()

    def close(self, is_over: bool) -> None:
        """Let another process have the job; it is forgotten where all or nothing was done."""
        if is_over or not set(self._job.outcomes) - {"skipped"}:
            with suppress(OSError):  # a folder that became read-only: it is offered once more
                _forget(self.path)
        else:
            self._try_to_write()
        unlock(self.path.with_suffix(LOCK_SUFFIX), self._lock)

    def _try_to_write(self) -> None:
        with suppress(OSError):  # a full disk: what is offered later has older counts
            self._write()

    def _write(self) -> None:
        """Put the job into the file, whole or not at all."""
        self._written = time.monotonic()
        write_private(self.path, json.dumps({"format": FORMAT, **self._job.to_dict()}))


def list_jobs() -> List[Job]:
    """Return the jobs that are not done, the latest first, without the `unreadable_jobs`."""
    jobs = [job for job in map(_read, jobs_folder().glob(f"*{SUFFIX}")) if job is not None]
    return sorted(jobs, key=lambda job: -job.changed)


def unreadable_jobs() -> List[str]:
    """Return the paths of what has a job's name, and is none or can't be read as one."""
    paths = sorted(jobs_folder().glob(f"*{SUFFIX}"))
    return [str(path) for path in paths if _read(path) is None and os.path.lexists(path)]


def remove_job(job_id: str) -> bool:
    """Forget a job; return whether there was one. What it stored stays at the server.

    The key that a de-identifying job had for itself goes with it. Raises InputError where a process
    works on it.
    """
    path = next((one for one in jobs_folder().glob(f"*{SUFFIX}") if one.stem == job_id), None)
    if path is None:
        return False
    handle = _lock(path, _RUNS)
    was_there = path.exists()
    _forget(path)
    unlock(path.with_suffix(LOCK_SUFFIX), handle)
    return was_there


def remove_old_jobs(days: float = DAYS_KEPT) -> int:
    """Forget the jobs that nothing has changed for so many days, and what lies about without a job.

    That are keys and locks, and the journals of version 0.1, which nothing reads any more. Clocks
    jump: what seems to be from tomorrow ages from now on, and what seems to be old is marked first,
    and removed where it still is a day later.
    """
    now = time.time()
    removed = 0
    for path in sorted(jobs_folder().glob("*.*")):
        name = path.name.partition(".")[0]
        mark = path.with_name(path.name + _OLD_SUFFIX)
        try:
            age = now - path.lstat().st_mtime
            if path.suffix == _OLD_SUFFIX:
                if age < 0 or not path.with_suffix("").exists():
                    path.unlink()
            elif path.is_dir():
                continue
            elif age < -_DAY:
                os.utime(path)
            elif age <= days * _DAY:
                mark.unlink(missing_ok=True)
            elif not _was_marked(mark, now):
                continue
            elif path.suffix == SUFFIX:
                removed += remove_job(name)
            elif not path.with_name(name + SUFFIX).exists():
                path.unlink()
        except (InputError, OSError):
            continue  # it runs, or another process was quicker
    return removed


def _was_marked(mark: Path, now: float) -> bool:
    """Return whether a mark is a day old; make it where there is none."""
    try:
        return now - mark.lstat().st_mtime >= _DAY
    except FileNotFoundError:
        mark.touch(0o600)
        return False


def jobs_folder() -> Path:
    """Return the folder of the jobs."""
    return user_state_directory() / "uploads"


def _read(path: Path) -> Optional[Job]:
    """Return the job that a file tells of; None for any other file."""
    try:
        stream, size = open_file(str(path))
        with stream:
            changed = os.fstat(stream.fileno()).st_mtime
            record = json.loads(stream.read(_LARGEST) if size <= _LARGEST else b"")
        job = Job.from_dict(record)
        name = job_id_of(job.server, job.roots, job.options)
        if record["format"] != FORMAT or name != path.stem:
            return None
        running = is_locked(path.with_suffix(LOCK_SUFFIX))
        job = replace(job, job_id=name, changed=changed, running=running)
    except (OSError, ConfigurationError, RecursionError):
        return None
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
        return None
    return job if job.roots and math.isfinite(job.created) else None


def _forget(path: Path) -> None:
    for suffix in (SUFFIX, KEY_SUFFIX):
        path.with_suffix(suffix).unlink(missing_ok=True)


def _lock(job: Path, words: Tuple[str, str], patience: float = 0.0) -> int:
    """Lock a job until the handle is closed, by whatever way the process ends."""
    handle = lock(job.with_suffix(LOCK_SUFFIX), patience)
    if handle is None:
        raise InputError(*words, cause="job_busy")
    return handle
