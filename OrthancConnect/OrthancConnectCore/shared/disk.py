"""Files on the disk: read without waiting, changed by one process at a time, written whole.

There is one lock here, of an open file, and the system takes it away from a process that ends, by
whatever way. POSIX: ``flock``, which hinders nobody who does not ask for it, and an open file can
be renamed and removed. Windows: the first byte, by ``msvcrt.locking``, and what is open is neither
renamed nor removed, so it is closed first.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Iterator, Optional, Sequence, Tuple, Union

from .errors import ConfigurationError, InputError
from .validation import plain_text

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

SUFFIX = ".lock"
_BUSY = (errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK, errno.EDEADLK)
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
#: Seconds to wait for those who change the same file.
_PATIENCE = 20.0
_NEW_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_OPEN_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NONBLOCK")
)
#: Bytes for which there is room, or the first write tells.
_SMALL = 16 * 1024 * 1024
#: Seconds in which Windows lets a file be replaced that somebody has open for a moment.
_REPLACE_PATIENCE = 2.0
#: What `PartFile` writes, now and before 0.2.
_PART_NAME = re.compile(r"\.([0-9a-f]{16}|[0-9]+-[0-9]+)\.part$")
_STALE_SECONDS = 24 * 3600.0


def open_plain(path: str, flags: int = 0) -> Tuple[int, os.stat_result]:
    """Open a plain file for reading, never waiting for a pipe or a device; tell its status.

    Raises
    ------
    OSError
        It can't be read, or is no plain file.
    """
    handle = os.open(path, _OPEN_FLAGS | flags)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "It is no plain file")
        return handle, status
    except OSError:
        os.close(handle)
        raise


def try_lock(handle: int) -> Optional[bool]:
    """Lock an open file until it is closed; False where another has it, None where none can be."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _BUSY:
            return False
        if error.errno in _NO_LOCKS:
            return None
        raise
    return True


def lock(path: Path, patience: float = 0.0) -> Optional[int]:
    """Lock a lock's file until `unlock`; None where another has it after `patience` seconds.

    On a file system without locks, one process at a time is up to the user.

    Raises
    ------
    OSError
        The file can't be made.
    """
    deadline = time.monotonic() + patience
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | _NO_FOLLOW, 0o600)
        try:
            is_ours = try_lock(handle) is not False
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
        os.close(handle)
    with suppress(OSError):  # its folder is gone
        path.unlink()  # while it is ours, so that nobody waits for what vanishes
    if os.name != "nt":
        os.close(handle)


def is_locked(path: Path) -> bool:
    """Whether somebody has the lock now."""
    try:
        handle = os.open(path, os.O_RDWR | _NO_FOLLOW)
    except FileNotFoundError:
        return False
    try:
        return try_lock(handle) is False
    finally:
        os.close(handle)


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Be the only one that reads, changes and writes a file; its folder is made.

    The lock is of a file beside it, since it is itself replaced whenever it is written.

    Raises
    ------
    OSError
        The lock can't be made.
    ConfigurationError
        Somebody keeps it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
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


class PartFile:
    """A file that appears under its name only when it is complete.

    Written beside it as ``*.part``, under a name that can't be foretold, and locked meanwhile: two
    runs at once do not disturb each other and see what a killed one left, and no link that somebody
    has put there is followed.

    `is_private` is for its owner alone, and on the disk itself before it has its name; `size` are
    the bytes that somebody says it will have, 0 where nobody does.

    Raises
    ------
    OSError
        The folder or the file can't be written, or there is no room for so much.
    """

    def __init__(self, path: Path, is_private: bool = False, size: int = 0) -> None:
        if size > _SMALL:
            path.parent.mkdir(parents=True, exist_ok=True)
            disk = shutil.disk_usage(path.parent)
            if size > disk.free and disk.total:  # some network drives tell neither
                what = f"{size:,} bytes are to come, and {disk.free:,} are free on that disk"
                raise OSError(errno.EFBIG, what)
        self._path = path
        self._is_private = is_private
        self._committed = False
        self.size = 0
        while True:
            self._part = f"{os.path.splitext(path)[0]}.{os.urandom(8).hex()}.part"
            try:
                self._handle = self._open()
            except FileNotFoundError:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._handle = self._open()
            if try_lock(self._handle) is not False and os.fstat(self._handle).st_nlink:
                return
            self._close()  # another run took it for abandoned before it was locked

    def _open(self) -> int:
        return os.open(self._part, _NEW_FLAGS, 0o600 if self._is_private else 0o666)

    def _close(self) -> None:
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def __enter__(self) -> PartFile:
        return self

    def __exit__(self, *_error: object) -> None:
        self.discard()

    def write(self, data: Union[bytes, memoryview]) -> None:
        """Append bytes."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._handle, rest) :]
        self.size += len(data)

    def commit(self) -> None:
        """Give the file its name."""
        if self._is_private:
            os.fsync(self._handle)
        if os.name == "nt":
            self._close()
        deadline = time.monotonic() + _REPLACE_PATIENCE
        while True:
            try:
                os.replace(self._part, self._path)
                self._committed = True
                break
            except PermissionError:  # on Windows, somebody has the old one open
                if os.name != "nt" or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        self._close()

    def discard(self) -> None:
        """Leave nothing behind; does nothing after `commit`."""
        with suppress(OSError):
            self._close()
        with suppress(OSError):  # its folder is gone
            if not self._committed:
                os.unlink(self._part)


def write_private(path: Path, text: str) -> None:
    """Write a text whole or not at all, in UTF-8, for its owner alone.

    Raises
    ------
    OSError
        The folder or the file can't be written, or something else has its name: a folder, a pipe
        or a device.
    """
    if path.exists():
        os.close(open_plain(str(path))[0])
    with PartFile(path, is_private=True) as part:
        part.write(text.encode("utf-8"))
        part.commit()


def remove_abandoned(folder: Path) -> None:
    """Remove what killed runs had begun to write into a folder, as `PartFile`.

    Where files can't be locked, what was not written to for a day counts as abandoned.
    """
    try:
        with os.scandir(folder) as entries:
            parts = [entry.path for entry in entries if _PART_NAME.search(entry.name)]
    except OSError:
        return  # no such folder
    for part in parts:
        with suppress(OSError):  # it is in use, or went away meanwhile
            handle = os.open(part, os.O_RDWR | _NO_FOLLOW)
            try:
                is_ours = try_lock(handle)
                age = time.time() - os.fstat(handle).st_mtime
                if is_ours is None and age > _STALE_SECONDS:
                    is_ours = True
                if is_ours and os.name != "nt":
                    os.unlink(part)
            finally:
                os.close(handle)
            if is_ours and os.name == "nt":
                os.unlink(part)  # which the system refuses where it is open again


def check_target(path: Path, what: str, beginnings: Sequence[bytes]) -> None:
    """Make sure that a file which a person named may be written, before work is done for it.

    Nothing of theirs is written over: what is there has to be empty, or an earlier file of the
    same kind. No link is followed.

    `what` is what shall be written, ``receipt``, and `beginnings` are how files of the kind begin.

    Raises
    ------
    InputError
        It may not, or its folder can't be written.
    """
    try:
        if os.path.lexists(path):
            handle, _status = open_plain(str(path), _NO_FOLLOW)
            with os.fdopen(handle, "rb") as stream:
                head = stream.read(256)
            if head and not head.startswith(tuple(beginnings)):
                raise InputError(
                    f"The {what} can't be written to {plain_text(path, 300)}: another file has "
                    f"this name, and it is no earlier {what}.",
                    "Choose another name.",
                )
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise _not_written(path, what, error) from error


@contextmanager
def target(path: Path, what: str, beginnings: Sequence[bytes]) -> Iterator[PartFile]:
    """Write a file which a person named, whole or not at all, as `check_target` allows it.

    Raises
    ------
    InputError
        It may not be written, or can't be.
    """
    check_target(path, what, beginnings)
    try:
        with PartFile(path) as part:
            yield part
            part.commit()
    except OSError as error:
        raise _not_written(path, what, error) from error


def _not_written(path: Path, what: str, error: OSError) -> InputError:
    is_link = error.errno == errno.ELOOP
    why = "It is no plain file, but a link" if is_link else plain_text(error.strerror, 200)
    return InputError(
        f"The {what} can't be written to {plain_text(path, 300)}: {why}.",
        "Choose another name, or another folder.",
    )
