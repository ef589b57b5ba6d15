"""Locks between processes and threads: one at a time reads, changes and writes a file.

The system takes a lock away from a process that ends, by whatever way. A lock is of a file beside
the one that it is for, since that is replaced whenever it is written.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Iterator, Optional

from .errors import ConfigurationError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

SUFFIX = ".lock"
_BUSY = (errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK, errno.EDEADLK)
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)
#: Seconds to wait for those who change the same file.
_PATIENCE = 20.0


def lock(path: Path, patience: float = 0.0) -> Optional[int]:
    """Lock a lock's file until `unlock`; None where another has it after `patience` seconds.

    Raises
    ------
    OSError
        The file can't be made.
    """
    deadline = time.monotonic() + patience
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            is_ours = _try(handle)
        except BaseException:
            os.close(handle)
            raise
        with suppress(FileNotFoundError):  # removed before the lock was ours
            if is_ours and os.path.samestat(os.stat(path), os.fstat(handle)):
                return handle
        os.close(handle)
        if not is_ours:
            if time.monotonic() >= deadline:
                return None
            time.sleep(0.02)


def unlock(path: Path, handle: int) -> None:
    """Let the next one have it; the lock's file goes."""
    if os.name == "nt":
        os.close(handle)  # Windows removes no open file
        with suppress(OSError):
            path.unlink()
        return
    with suppress(OSError):  # its folder is gone
        path.unlink()  # while it is ours, so that nobody waits for what vanishes
    os.close(handle)


def is_locked(path: Path) -> bool:
    """Whether somebody has the lock now."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _try(handle)
    finally:
        os.close(handle)


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Be the only one that reads, changes and writes a file; its folder is made.

    Raises
    ------
    OSError
        The lock can't be made.
    ConfigurationError
        Somebody keeps it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + SUFFIX)
    handle = lock(beside, _PATIENCE)
    if handle is None:
        raise ConfigurationError(
            f"Another program keeps the file {path} for itself; nothing was changed.",
            "End that program, and try again.",
        )
    try:
        yield
    finally:
        unlock(beside, handle)


def _try(handle: int) -> bool:
    """Return whether the lock is this process's now, and not another's."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _BUSY + _NO_LOCKS:
            raise
        # On a file system without locks, one process at a time is up to the user.
        return error.errno not in _BUSY
    return True
