"""Byte streams inside archives: parts of files, and what comes out of compressed ones.

Every stream made here reads on to the number of bytes asked for unless it ends before, can be
opened again for a retry, and raises `InputError` where the archive is damaged.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import stat
import zlib
from typing import Any, BinaryIO, Callable, Dict, Optional, Protocol

from .errors import InputError

_BLOCK = 64 * 1024
#: An xz archive may ask for any amount of memory; ``xz -9`` asks for 65 MiB.
_XZ_MEMORY = 100 * 1024 * 1024
_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NONBLOCK", 0)
)
COPY_AGAIN = "Copy it again from where it came from."


def damaged(what: str) -> InputError:
    """Return the error for bytes that are not what the archive says they are."""
    return InputError(f"The archive is damaged: {what}.", COPY_AGAIN)


class Source(Protocol):
    """Something that can be opened for reading, any number of times, by any thread."""

    @property
    def size(self) -> Optional[int]:
        """In bytes; None where only reading it to the end would tell."""

    @property
    def seekable(self) -> bool:
        """Whether a stream can go to any place at once."""

    def open(self) -> BinaryIO:
        """Open it at its first byte."""


class FileSource:
    """A plain file; it must not change between one opening and the next."""

    seekable = True

    def __init__(self, path: str) -> None:
        self.path = path
        status = os.stat(path)
        self.size: Optional[int] = status.st_size
        self._state = (status.st_size, status.st_mtime_ns)

    def open(self) -> BinaryIO:
        """Open the file, never waiting for a pipe or a device."""
        handle = os.open(self.path, _OPEN_FLAGS)
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or (status.st_size, status.st_mtime_ns) != self._state:
            os.close(handle)
            raise InputError(
                "The archive changed while it was read.",
                "Upload it again when nothing writes to it any more.",
            )
        return os.fdopen(handle, "rb")


class SliceSource:
    """A part of a seekable source, byte by byte as it lies there."""

    seekable = True

    def __init__(self, parent: Source, offset: int, size: int) -> None:
        self._parent = parent
        self._offset = offset
        self.size: Optional[int] = size

    def open(self) -> BinaryIO:
        """Open the part."""
        return slice_stream(self._parent.open(), self._offset, self.size or 0)


class DecompressedSource:
    """A whole source decompressed; its size is known to nobody before it is read.

    Parameters
    ----------
    parent : Source
        What is compressed.
    kind : str
        ``gz``, ``bz2`` or ``xz``.
    limit : int
        Most bytes that may come out.
    """

    seekable = False
    size = None

    def __init__(self, parent: Source, kind: str, limit: int) -> None:
        self._parent = parent
        self._kind = kind
        self._limit = limit

    def open(self) -> BinaryIO:
        """Open it at the first decompressed byte."""
        return decompressed(self._parent.open(), self._kind, limit=self._limit)


class _SliceRaw(io.RawIOBase):
    """A window on a seekable file, which it closes in the end."""

    def __init__(
        self, file: BinaryIO, offset: int, size: int, checksum: Optional[int] = None
    ) -> None:
        super().__init__()
        self._file = file
        self._offset = offset
        self._size = size
        self._position = 0
        self._checksum = checksum
        self._crc = self._summed = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._position, self._size)[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._size - self._position)
        if wanted <= 0:
            return 0
        self._file.seek(self._offset + self._position)
        content = self._file.read(wanted)
        if not content:
            raise damaged("it ends too early")
        if self._checksum is not None and self._position == self._summed:
            self._crc = zlib.crc32(content, self._crc)
            self._summed += len(content)
            if self._summed == self._size and self._crc != self._checksum:
                raise damaged("a member's checksum is wrong")
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)

    def close(self) -> None:
        self._file.close()
        super().close()


def slice_stream(
    file: BinaryIO, offset: int, size: int, checksum: Optional[int] = None
) -> BinaryIO:
    """Return a part of an open file as a stream of its own, which closes the file.

    A CRC-32 is checked, when the part is read in order, before its last bytes are given away.
    """
    return io.BufferedReader(_SliceRaw(file, offset, size, checksum), _BLOCK)


def buffered(raw: io.RawIOBase) -> BinaryIO:
    """Return a stream that reads on to the number of bytes asked for."""
    return io.BufferedReader(raw, _BLOCK)


class _Zlib:
    """zlib's decompressor with the manners of those of bz2 and lzma."""

    def __init__(self, window_bits: int) -> None:
        self._inner = zlib.decompressobj(window_bits)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


_DECOMPRESSORS: Dict[str, Callable[[], Any]] = {
    "deflate": lambda: _Zlib(-15),
    "gz": lambda: _Zlib(31),
    "bz2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
    "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_XZ_MEMORY),
}
#: First bytes of what may come several in a row, as one stream.
MAGIC = {"gz": b"\x1f\x8b\x08", "bz2": b"BZh", "xz": b"\xfd7zXZ\0"}
_FAULTS = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)


class _Decompressed(io.RawIOBase):
    """What `decompressed` returns, without its buffer."""

    def __init__(
        self,
        stream: BinaryIO,
        kind: str,
        *,
        start: bytes = b"",
        size: Optional[int] = None,
        checksum: Optional[int] = None,
        limit: Optional[int] = None,
    ) -> None:
        super().__init__()
        self._stream = stream
        self._make = _DECOMPRESSORS[kind]
        self._magic = MAGIC.get(kind) if size is None else None
        self._inner = self._make()
        self._input = start
        self._size = size
        self._checksum = checksum
        self._limit = limit
        self._position = 0
        self._crc = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            content = self._next(len(buffer))
        except _FAULTS as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk's, not the archive's
            if isinstance(error, lzma.LZMAError) and "emory" in str(error):
                raise too_much() from error
            raise damaged("its compressed data make no sense") from error
        self._check(content)
        buffer[: len(content)] = content
        return len(content)

    def _next(self, most: int) -> bytes:
        while not self._inner.eof or self._begin_part():
            data, self._input = self._input, b""
            content: bytes = self._inner.decompress(data, most)
            if content:
                return content
            if not self._inner.eof:
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

    def _check(self, content: bytes) -> None:
        self._position += len(content)
        if self._limit is not None and self._position > self._limit:
            raise too_much()
        if self._size is None:
            return
        if self._position > self._size:
            raise damaged("a member is longer than its directory says")
        if not content and self._position < self._size:
            raise damaged("a member is shorter than its directory says")
        if self._checksum is not None:
            self._crc = zlib.crc32(content, self._crc)
            if self._position == self._size and self._crc != self._checksum:
                raise damaged("a member's checksum is wrong")

    def close(self) -> None:
        self._stream.close()
        super().close()


def decompressed(
    stream: BinaryIO,
    kind: str,
    *,
    start: bytes = b"",
    size: Optional[int] = None,
    checksum: Optional[int] = None,
    limit: Optional[int] = None,
) -> BinaryIO:
    """Return what comes out of a compressed stream, which is closed in the end.

    Parameters
    ----------
    stream : file
        What is compressed.
    kind : str
        ``gz``, ``bz2``, ``xz``, or zip's ``deflate`` and ``lzma``.
    start : bytes
        Put before the stream.
    size, checksum : int, optional
        What must come out, and its CRC-32: checked before the last bytes are given away.
    limit : int, optional
        Most bytes that may come out where the size is not known.
    """
    raw = _Decompressed(stream, kind, start=start, size=size, checksum=checksum, limit=limit)
    return buffered(raw)


def too_much() -> InputError:
    """Return the error for an archive that grows beyond all measure."""
    return InputError(
        "The archive unpacks to far more than its size allows; the rest of it was left out.",
        "If you trust it, unpack it and upload the folder.",
    )
