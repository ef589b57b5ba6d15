"""The folder of a run, and those of runs that were ended in their middle.

A run holds a port of the loopback interface, whose number is in the name of its folder. The system
frees the port when the process ends, however it ends: so the next run knows which folders nobody
needs any more. The rest of the name is in the run's test instance as well, which may still be on
the server.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Container, Dict, Iterator, Mapping

_LOOPBACK = "127.0.0.1"
_PREFIX = "orthancconnect-doctor-"
#: Seconds after which what a run has left is told by its age.
FORGOTTEN = 600.0
_NAME = re.compile(re.escape(_PREFIX) + r"(([0-9]{1,5})-\w+)", re.ASCII)


def run_name(folder: Path) -> str:
    """Return the name of the run whose folder this is, for example ``40113-xk2p9_ab``; else ""."""
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
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind((_LOOPBACK, 0))
        prefix = f"{_PREFIX}{held.getsockname()[1]}-"
        with tempfile.TemporaryDirectory(prefix=prefix) as folder:
            yield Path(folder)


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
                continue
            moment = folder.stat().st_mtime
            for path in folder.iterdir():
                path.unlink()
            os.utime(folder, (moment, moment))


def _has_ended(folder: Path) -> bool:
    match = _NAME.fullmatch(folder.name)
    if match is None:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((_LOOPBACK, int(match.group(2))))
        except (OSError, OverflowError):
            return False  # it runs, or another program has the port now: then the age tells
    return True
