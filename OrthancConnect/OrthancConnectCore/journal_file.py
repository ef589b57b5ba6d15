"""The file under a journal: lines with a checksum, only ever appended, and a lock.

Chosen over SQLite with a write-ahead log: that needs shared memory and byte-range locks which
network file systems, where many institutes keep home directories, do not have
(https://sqlite.org/wal.html), and batches commits, so that what was acknowledged just before a
kill would be sent again. A line that `os.write` has taken is in the system's hands: killing the
process loses none, however it is killed. Only a loss of power can lose what was not yet synced.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import zlib
from pathlib import Path
from typing import Any, BinaryIO, Iterator, Optional, Tuple

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

#: No line of ours is longer; what is, is damaged.
_LONGEST_LINE = 1024 * 1024
#: Where Windows locks a byte: far behind the end, since it locks for reading as well.
_LOCK_PLACE = 2**40
_BUSY = (errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK, errno.EDEADLK)


class JournalBusy(Exception):
    """Another process has the file's lock."""


def to_line(record: Any) -> bytes:
    """Return a record as a line: CRC-32, a space, JSON in ASCII."""
    text = json.dumps(record, separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(text), text)


def from_line(line: bytes) -> Any:
    """Return the record in a line, None if the line is damaged."""
    if len(line) < 11 or line[-1:] != b"\n":
        return None
    text = line[9:-1]
    if b"%08x " % zlib.crc32(text) != line[:9]:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def iter_lines(file: BinaryIO) -> Iterator[Tuple[int, bytes]]:
    """Yield position and content of each line from the file's position on; bounded in memory."""
    position = file.tell()
    while True:
        line = file.readline(_LONGEST_LINE)
        if not line:
            return
        yield position, line
        position += len(line)


class JournalFile:
    """An open, locked file that grows by whole lines.

    Parameters
    ----------
    path : Path
        Made, for its owner alone, where it is not there.

    Raises
    ------
    JournalBusy
        Another process has it open.
    OSError
        It can't be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        while True:
            self.handle = os.open(path, flags, 0o600)
            try:
                lock(self.handle)
                if self._is_in_place():
                    break
            except BaseException:
                os.close(self.handle)
                raise
            os.close(self.handle)  # removed or replaced before the lock was ours
        if hasattr(os, "fchmod"):
            os.fchmod(self.handle, 0o600)
        self.end = os.fstat(self.handle).st_size

    def _is_in_place(self) -> bool:
        try:
            named = os.stat(self.path)
        except FileNotFoundError:
            return False
        return os.path.samestat(named, os.fstat(self.handle))

    def append(self, line: bytes) -> int:
        """Add a line, whole or not at all, and return its position; not for two threads at once.

        Raises
        ------
        OSError
            The line could not be written.
        """
        start = self.end
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self.handle, rest) :]
        except OSError:
            self.truncate(start)
            raise
        self.end = start + len(line)
        return start

    def truncate(self, end: int) -> None:
        """Forget what lies behind `end`."""
        os.ftruncate(self.handle, end)
        self.end = end

    def sync(self) -> None:
        """Wait until the disk has everything."""
        os.fsync(self.handle)

    def reader(self) -> BinaryIO:
        """Open the file a second time, at its beginning."""
        return open(self.path, "rb")

    def close(self) -> None:
        """Let go of the file and of its lock."""
        os.close(self.handle)


def lock(handle: int) -> None:
    """Lock an open file until it is closed, by whatever way the process ends.

    Raises
    ------
    JournalBusy
        It is locked already.
    OSError
        This file system knows no locks.
    """
    try:
        if sys.platform == "win32":
            os.lseek(handle, _LOCK_PLACE, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _BUSY:
            raise JournalBusy() from error
        if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
            raise
        # A file system without locks: one process at a time is then up to the user.


def sync_folder(folder: Path) -> None:
    """Wait until the disk knows the names in a folder; Windows needs and offers nothing."""
    if sys.platform == "win32":
        return
    handle: Optional[int] = None
    try:
        handle = os.open(folder, os.O_RDONLY)
        os.fsync(handle)
    except OSError:
        pass  # some network file systems refuse; the lines themselves are synced
    finally:
        if handle is not None:
            os.close(handle)


def user_state_directory() -> Path:
    """Return the folder of what OrthancConnect remembers for itself, by the system's custom."""
    override = os.environ.get("ORTHANCCONNECT_STATE_DIR")
    if override:
        return Path(override)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        return base / "OrthancConnect" / "State"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "OrthancConnect" / "State"
    base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "orthancconnect"


def jobs_folder() -> Path:
    """Return the folder of the journals."""
    return user_state_directory() / "uploads"


def make_private_folder(folder: Path) -> None:
    """Make a folder for its owner alone, where it is not there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
