"""Byte streams inside archives: parts of files, and what comes out of compressed ones.

Every stream made here reads on to the number of bytes asked for unless it ends before, can be
opened again for a retry, and raises `InputError` where the archive is damaged.

`gzip`, `bz2` and `lzma` have files of their own, `zipfile` one for its members. Here it is one loop
over their decompressors, since those files put no bound on the memory that an archive may ask for.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import zlib
from typing import Any, BinaryIO, Callable, Dict, NamedTuple, Optional

from ...shared.disk import open_plain
from ...shared.errors import InputError

#: So many first bytes of a member are mostly asked for.
HEAD_SIZE = 4096
_BLOCK = 64 * 1024
#: An xz archive may ask for any amount of memory; ``xz -9`` asks for 65 MiB.
_XZ_MEMORY = 100 * 1024 * 1024
#: First bytes of what may come several in a row, as one stream.
MAGIC = {"gz": b"\x1f\x8b\x08", "bz2": b"BZh", "xz": b"\xfd7zXZ\0"}
_DECOMPRESSORS: Dict[str, Callable[[], Any]] = {
    "deflate": lambda: zlib.decompressobj(-15),
    "gz": lambda: zlib.decompressobj(31),
    "bz2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
    "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_XZ_MEMORY),
}
_FAULTS = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)


class Source(NamedTuple):
    """Something that can be opened at its first byte, any number of times, by any thread.

    Its size is None where only reading it to the end would tell; where it is seekable, a stream can
    go to any place at once.
    """

    open: Callable[[], io.BufferedReader]
    size: Optional[int]
    seekable: bool = False


class Entry(NamedTuple):
    """One member of an archive that is no folder, as the archive tells it.

    Why it can't be read says `obstacle`; of its `head` there are `HEAD_SIZE` bytes, if at hand.
    """

    name: str
    content: Source
    is_link: bool = False
    obstacle: str = ""
    head: Optional[bytes] = None


def damaged(what: str) -> InputError:
    """Return the error for bytes that are not what the archive says they are."""
    return InputError(f"The archive is damaged: {what}.", "Copy it again from where it came from.")


def too_much() -> InputError:
    """Return the error for an archive that grows beyond all measure."""
    return InputError(
        "The archive unpacks to far more than its size allows; the rest of it was left out.",
        "If you trust it, unpack it and upload the folder.",
    )


class _Stream(io.RawIOBase):
    """What `stream_of` returns, without its buffer.

    Parameters
    ----------
    read_at : callable
        Takes place and size; returns bytes, none at the end.
    close : callable
        Closes what lies beneath.
    length : callable, optional
        Tells where the end is; None where places can only be read one after the other.
    size, checksum : int, optional
        What must come, and its CRC-32: checked, as long as it is read in order, before the last
        bytes are given away.
    limit : int, optional
        Most bytes that may come where the size is not known.
    """

    def __init__(
        self,
        read_at: Callable[[int, int], bytes],
        close: Callable[[], None],
        length: Optional[Callable[[], int]] = None,
        size: Optional[int] = None,
        checksum: Optional[int] = None,
        limit: Optional[int] = None,
    ) -> None:
        super().__init__()
        self._read_at = read_at
        self._close = close
        self._length = length
        self._size = size
        self._checksum = checksum
        self._limit = limit
        self._position = self._checked = self._crc = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._length is not None

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if self._length is None:
            raise io.UnsupportedOperation("seek")
        base = (0, self._position, self._length() if whence == io.SEEK_END else 0)[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        content = self._read_at(self._position, len(buffer))
        if self._position == self._checked:
            self._check(content)
        self._position += len(content)
        buffer[: len(content)] = content
        return len(content)

    def _check(self, content: bytes) -> None:
        self._checked += len(content)
        if self._limit is not None and self._checked > self._limit:
            raise too_much()
        if self._size is None:
            return
        if self._checked > self._size:
            raise damaged("a member is longer than its directory says")
        if not content and self._checked < self._size:
            raise damaged("a member is shorter than its directory says")
        if self._checksum is not None:
            self._crc = zlib.crc32(content, self._crc)
            if self._checked == self._size and self._crc != self._checksum:
                raise damaged("a member's checksum is wrong")

    def close(self) -> None:
        if not self.closed:
            self._close()
        super().close()


def stream_of(*what: Any) -> io.BufferedReader:
    """Return a stream that reads on to the number of bytes asked for; see `_Stream`."""
    return io.BufferedReader(_Stream(*what), _BLOCK)


def file_source(path: str) -> Source:
    """Return a plain file as a source; it must not change between one opening and the next.

    Raises
    ------
    OSError
        It can't be found; when it is opened, it can't be read.
    """
    first = os.stat(path)

    def open_unchanged() -> io.BufferedReader:
        handle, status = open_plain(path)
        if (status.st_size, status.st_mtime_ns) != (first.st_size, first.st_mtime_ns):
            os.close(handle)
            raise InputError(
                "The archive changed while it was read.",
                "Upload it again when nothing writes to it any more.",
            )
        return os.fdopen(handle, "rb")

    return Source(open_unchanged, first.st_size, seekable=True)


def slice_stream(
    file: BinaryIO, offset: int, size: int, checksum: Optional[int] = None
) -> io.BufferedReader:
    """Return a part of an open file as a stream of its own, which closes the file."""

    def read_at(place: int, most: int) -> bytes:
        wanted = min(most, size - place)
        if wanted <= 0:
            return b""
        file.seek(offset + place)
        content = file.read(wanted)
        if not content:
            raise damaged("it ends too early")
        return content

    return stream_of(read_at, file.close, lambda: size, size, checksum)


def decompressed_stream(
    stream: BinaryIO,
    kind: str,
    size: Optional[int] = None,
    checksum: Optional[int] = None,
    limit: Optional[int] = None,
    start: bytes = b"",
) -> io.BufferedReader:
    """Return what comes out of a compressed stream, which is closed in the end.

    The kind is ``gz``, ``bz2``, ``xz``, or zip's ``deflate`` and ``lzma``. There may be several
    parts in a row where the size is not known. The bytes of `start` are put before the stream.
    """
    loop = _Loop(stream, kind, start, several=size is None)
    return stream_of(loop.read, stream.close, None, size, checksum, limit)


class _Loop:
    """Reads on from where it is, whatever place it is told."""

    def __init__(self, stream: BinaryIO, kind: str, start: bytes, several: bool) -> None:
        self._stream = stream
        self._make = _DECOMPRESSORS[kind]
        self._inner = self._make()
        self._magic = MAGIC[kind] if several else None
        self._input = start

    def read(self, _place: int, most: int) -> bytes:
        try:
            return self._next(most)
        except _FAULTS as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk's, not the archive's
            if isinstance(error, lzma.LZMAError) and "emory" in str(error):
                raise too_much() from error
            raise damaged("its compressed data make no sense") from error

    def _next(self, most: int) -> bytes:
        while not self._inner.eof or self._begin_part():
            content: bytes = self._inner.decompress(self._input, most)
            self._input = getattr(self._inner, "unconsumed_tail", b"")  # the others keep it
            if content:
                return content
            if not self._inner.eof and not self._input:
                self._input = self._stream.read(_BLOCK)
                if not self._input:
                    raise damaged("it ends too early")
        return b""

    def _begin_part(self) -> bool:
        """Go on with the next of several streams in a row, if there is one."""
        if self._magic is None:
            return False
        rest: bytes = self._inner.unused_data.lstrip(b"\0")
        while not rest:
            block = self._stream.read(_BLOCK)
            if not block:
                return False
            rest = block.lstrip(b"\0")  # padding
        rest += self._stream.read(len(self._magic))
        if not rest.startswith(self._magic):
            self._magic = None
            return False
        self._inner, self._input = self._make(), rest
        return True
