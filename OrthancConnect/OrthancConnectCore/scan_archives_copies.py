"""Archives that can only be read from the front: shared by several readers, or copied aside."""

from __future__ import annotations

import io
import shutil
import tempfile
import threading
import time
import weakref
from collections import deque
from typing import Any, BinaryIO, Deque, Dict, Optional

from .errors import InputError
from .scan_archives_streams import Source, buffered, too_much

_BLOCK = 256 * 1024
#: Bytes that stay in memory behind the foremost reader of a compressed archive.
_WINDOW = 16 * 1024 * 1024
#: A reader that asks for nothing this long is not waited for.
_STALL = 5.0
#: Copies of nested archives up to this size stay in memory; larger ones go to a temporary file.
_COPY_IN_MEMORY = 8 * 1024 * 1024
#: Copies that are kept though nobody reads them just now.
_COPIES_KEPT = 2
#: Free disk that a copy must leave.
_DISK_RESERVE = 512 * 1024 * 1024


class SharedSource:
    """Members of an archive that is one compressed stream, read by several threads at once.

    The stream is decompressed once for all of them: the bytes behind the foremost reader are kept
    for the others, and it waits where they would fall out of that window. A reader that comes too
    late, as for a retry, decompresses from the beginning for itself.

    Parameters
    ----------
    stream : Source
        The whole archive, decompressed.
    """

    def __init__(self, stream: Source) -> None:
        self._source = stream
        self._stream: Optional[BinaryIO] = None
        self._blocks: Deque[bytes] = deque()
        self._start = self._end = 0  # of what is in the blocks
        self._readers: Dict[int, _SharedReader] = {}
        self._turn = threading.Condition()

    def open(self, offset: int, size: int) -> BinaryIO:
        """Open `size` bytes of the stream, from `offset` on."""
        return buffered(_SharedReader(self, offset, size))

    def open_whole(self) -> BinaryIO:
        """Open the stream at its beginning, for one reader alone."""
        return self._source.open()

    def enter(self, reader: _SharedReader) -> None:
        """Count a reader."""
        with self._turn:
            self._readers[id(reader)] = reader

    def leave(self, reader: _SharedReader) -> None:
        """Forget a reader; the window is kept, since members are mostly read in order."""
        with self._turn:
            self._readers.pop(id(reader), None)
            self._turn.notify_all()

    def read(self, reader: _SharedReader, offset: int, size: int) -> Optional[bytes]:
        """Return the next bytes at `offset`, b"" at the end, None if they are gone."""
        with self._turn:
            if offset < self._start and len(self._readers) == 1:
                self._rewind()
            while offset >= self._end:
                self._wait_for_others(reader)
                if not self._advance():
                    return b""
            if offset < self._start:
                return None
            block, place = divmod(offset - self._start, _BLOCK)
            return self._blocks[block][place : place + size]

    def _wait_for_others(self, reader: _SharedReader) -> None:
        """Wait while one that is still reading would lose what it needs next."""
        while True:
            limit = time.monotonic() - _STALL
            if not any(
                other.position < self._end + _BLOCK - _WINDOW
                and other.shares
                and other.last_read > limit
                for other in self._readers.values()
                if other is not reader
            ):
                return
            self._turn.wait(0.2)

    def _advance(self) -> bool:
        if self._stream is None:
            self._stream = self._source.open()
        content = self._stream.read(_BLOCK)
        if not content:
            return False
        self._blocks.append(content)
        self._end += len(content)
        while self._end - self._start > _WINDOW:
            self._start += len(self._blocks.popleft())
        self._turn.notify_all()
        return True

    def _rewind(self) -> None:
        stream, self._stream = self._stream, None
        self._blocks.clear()
        self._start = self._end = 0
        if stream is not None:
            stream.close()


class _SharedReader(io.RawIOBase):
    def __init__(self, shared: SharedSource, offset: int, size: int) -> None:
        super().__init__()
        self._shared = shared
        self._stop = offset + size
        self._own: Optional[BinaryIO] = None
        self.position = offset
        self.last_read = time.monotonic()
        shared.enter(self)

    @property
    def shares(self) -> bool:
        return self._own is None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._stop - self.position)
        if wanted <= 0:
            return 0
        content: Optional[bytes] = None
        if self._own is None:
            content = self._shared.read(self, self.position, wanted)
            if content is None:
                self._own = self._shared.open_whole()
                _skip(self._own, self.position)
        if self._own is not None:
            content = self._own.read(wanted)
        content = content or b""
        buffer[: len(content)] = content
        self.position += len(content)
        self.last_read = time.monotonic()
        return len(content)

    def close(self) -> None:
        if not self.closed:
            self._shared.leave(self)
            if self._own is not None:
                self._own.close()
        super().close()


def _skip(stream: BinaryIO, size: int) -> None:
    while size > 0:
        content = stream.read(min(size, _BLOCK))
        if not content:
            return
        size -= len(content)


class _Copy:
    """One copied archive; its readers take turns."""

    def __init__(self, source: Source, limit: int) -> None:
        self.users = 0
        self.size = 0
        self.lock = threading.Lock()
        self._file = tempfile.SpooledTemporaryFile(_COPY_IN_MEMORY)
        checked = 0
        try:
            with source.open() as stream:
                while True:
                    content = stream.read(_BLOCK)
                    if not content:
                        return
                    self.size += len(content)
                    if self.size > limit:
                        raise too_much()
                    if self.size > max(checked, _COPY_IN_MEMORY):
                        _check_disk()
                        checked = self.size + _DISK_RESERVE // 8
                    self._file.write(content)
        except BaseException:
            self.close()
            raise

    def read(self, offset: int, size: int) -> bytes:
        with self.lock:
            self._file.seek(offset)
            return bytes(self._file.read(size))

    def close(self) -> None:
        self._file.close()


def _check_disk() -> None:
    if shutil.disk_usage(tempfile.gettempdir()).free < _DISK_RESERVE:
        raise InputError(
            "There is too little room on the disk to look into an archive within the archive.",
            "Make room, or unpack it and upload the folder.",
        )


class Copies:
    """Copies of nested archives that can't be searched where they lie.

    They are made when first read, and made again after they were given up: few exist at a time,
    in memory or in a temporary file without a name (on Windows, one that its closing deletes), so
    that nothing is left behind by a crash.
    """

    def __init__(self) -> None:
        self._copies: Dict[Source, _Copy] = {}
        self._lock = threading.RLock()
        weakref.finalize(self, _close_all, self._copies)

    def open(self, source: Source, limit: int) -> BinaryIO:
        """Open the copy of a source.

        Parameters
        ----------
        source : Source
            What is copied; the key to its copy.
        limit : int
            Most bytes that it may have.
        """
        with self._lock:
            copy = self._copies.pop(source, None) or _Copy(source, limit)
            self._copies[source] = copy  # now the latest
            copy.users += 1
            self._give_up_unused()
        return buffered(_CopyReader(self, copy))

    def leave(self, copy: _Copy) -> None:
        """Count one reader less."""
        with self._lock:
            copy.users -= 1
            self._give_up_unused()

    def _give_up_unused(self) -> None:
        for source, copy in list(self._copies.items()):
            if len(self._copies) <= _COPIES_KEPT:
                return
            if copy.users == 0:
                del self._copies[source]
                copy.close()


def _close_all(copies: Dict[Source, _Copy]) -> None:
    for copy in copies.values():
        copy.close()


class CopiedSource:
    """A source that can be searched, since it is copied aside first.

    Parameters
    ----------
    source : Source
        What can only be read from the front.
    copies : Copies
        Where the copy is kept.
    limit : int
        Most bytes that it may have.
    """

    seekable = True
    size = None

    def __init__(self, source: Source, copies: Copies, limit: int) -> None:
        self._source = source
        self._copies = copies
        self._limit = limit

    def open(self) -> BinaryIO:
        """Open the copy; the first time, or after a while, it is made now."""
        return self._copies.open(self._source, self._limit)


class _CopyReader(io.RawIOBase):
    def __init__(self, copies: Copies, copy: _Copy) -> None:
        super().__init__()
        self._copies = copies
        self._copy = copy
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._position, self._copy.size)[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        content = self._copy.read(self._position, len(buffer))
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)

    def close(self) -> None:
        if not self.closed:
            self._copies.leave(self._copy)
        super().close()
