"""The folder of a run, and those of runs that were ended in their middle.

A run holds a lock beside its folder, made before it: so the next run knows which folders nobody
needs any more. The run's name is in its test instance as well, which may still be on the server.
"""

from __future__ import annotations

import os
import re
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
_NAME = re.compile(re.escape(_PREFIX) + r"([0-9a-f]{16})", re.ASCII)


def run_name(folder: Path) -> str:
    """Return the name of the run whose folder this is, for example ``0a1b2c3d4e5f6071``; or ""."""
    match = _NAME.fullmatch(folder.name)
    return match.group(1) if match else ""


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
    """Return the folders of this computer's runs that were ended in their middle, by `run_name`."""
    folders = Path(tempfile.gettempdir()).glob(_PREFIX + "*")
    return {run_name(folder): folder for folder in folders if _has_ended(folder)}


def sweep(ended: Mapping[str, Path], settled: Container[str]) -> None:
    """Remove the folders of ended runs; only their content while their name may be needed.

    Parameters
    ----------
    ended : mapping
        From `ended_runs`.
    settled : container of str
        Names of runs that have nothing on a server any more.
    """
    for name, folder in ended.items():
        with suppress(OSError):  # another's, or another process removes it as well
            if name in settled or time.time() - folder.stat().st_mtime > FORGOTTEN:
                shutil.rmtree(folder)
                _lock_of(folder).unlink()
                continue
            moment = folder.stat().st_mtime
            for path in folder.iterdir():
                path.unlink()
            os.utime(folder, (moment, moment))


def _has_ended(folder: Path) -> bool:
    with suppress(OSError):  # another user's
        return bool(run_name(folder)) and not is_locked(_lock_of(folder))
    return False


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + SUFFIX)
