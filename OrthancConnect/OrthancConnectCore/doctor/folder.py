"""The folder of a run, and those of runs that were ended in their middle.

A run holds a lock beside its folder, made before it: so the next run knows which folders nobody
needs any more. The run's name is in its test instance as well, which may still be on the server.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Container, Dict, Iterator, Mapping

from ..shared.disk import SUFFIX, changing, is_locked

_PREFIX = "orthancconnect-doctor-"
#: Seconds after which what a run has left is told by its age.
FORGOTTEN = 600.0


def run_name(folder: Path) -> str:
    """Return the name of the run whose folder this is, for example ``0a1b2c3d4e5f6071``."""
    return folder.name[len(_PREFIX) :]


@contextmanager
def run_folder() -> Iterator[Path]:
    """Make the folder of a run; it is removed at the end.

    Raises
    ------
    OSError
        There is no room for it.
    """
    folder = Path(tempfile.gettempdir(), _PREFIX + secrets.token_hex(8))
    with changing(folder):
        folder.mkdir(0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def ended_runs() -> Dict[str, Path]:
    """Return what this computer's runs left that were ended in their middle: by name, the lock."""
    locks = Path(tempfile.gettempdir()).glob(f"{_PREFIX}{'[0-9a-f]' * 16}{SUFFIX}")
    ended = {}
    for lock in locks:
        with suppress(OSError):  # another user's
            if not is_locked(lock):
                ended[run_name(lock.with_suffix(""))] = lock
    return ended


def sweep(ended: Mapping[str, Path], settled: Container[str]) -> None:
    """Remove the folders of ended runs; their locks stay while their names may be needed.

    `settled` are those that have nothing on a server any more.
    """
    for name, lock in ended.items():
        shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
        with suppress(OSError):  # another's, or another process removes it as well
            if name in settled or time.time() - lock.stat().st_mtime > FORGOTTEN:
                lock.unlink()
