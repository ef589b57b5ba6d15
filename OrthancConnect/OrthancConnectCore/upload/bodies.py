"""The body of an upload's request: a file's bytes as they are, or compressed on their way.

A body is compressed (``Content-Encoding: gzip``) where that makes it smaller. Orthanc takes such
bodies since 1.6 and stores what was compressed.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from typing import BinaryIO, Callable, Iterator, Optional

from ..files import open_file, reading_fault
from ..network.transport import ChunkedBody, SizedBody
from ..scan.files import FoundFile
from ..shared.errors import InputError, OrthancConnectError, OrthancHttpError

#: Larger files are not compressed: the server has to hold both forms in memory.
LARGEST_PACKED = 256 * 1024 * 1024
#: Of the size, what has to go away to be worth it.
_WORTH = 0.9
#: Bytes of a file that are compressed to see whether the rest is worth it.
SAMPLE = 32 * 1024
#: The fastest: anything better is slower than most wires.
_LEVEL = 1
#: Bytes of a large file that are compressed at a time.
_BLOCK = 256 * 1024
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
#: Transfer syntaxes whose files are not compressed yet (DICOM PS3.5 sections A.1 to A.3). One that
#: is unknown is judged by its bytes.
_PLAIN = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "")
#: Answers that no compression caused: login, timeout, too many requests, away, full.
_OTHER_CAUSES = (401, 408, 429, 502, 503, 504, 507)


def open_found(file: FoundFile) -> BinaryIO:
    """Open what the scan found, a file or an archive's member, and nothing else in its place.

    Raises
    ------
    InputError
        It can't be read, or is not what the scan found any more.
    """
    try:
        if file.opener is not None:
            return file.opener()
        stream, size = open_file(file.path)
    except OSError as error:
        raise unreadable(error) from error
    if size != file.size:
        stream.close()
        raise changed(file.size, size)
    return stream


class FileBody(SizedBody):
    """A file's bytes, never more or fewer than were announced; closed as a context manager.

    `digest` tells whether to take the MD5; `on_read` is called before each read with the bytes that
    were sent, of what was read before.
    """

    def __init__(
        self,
        file: FoundFile,
        digest: bool,
        on_read: Callable[[int], None] = lambda _position: None,
    ) -> None:
        super().__init__(open_found(file), file.size)
        self._file = file
        self._on_read = on_read
        self._position = 0
        self._digest = hashlib.md5(usedforsecurity=False) if digest else None

    def __enter__(self) -> FileBody:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stream.close()

    @property
    def md5(self) -> str:
        """MD5 of what was read since the last `rewind`; empty when it is not wanted."""
        return self._digest.hexdigest() if self._digest is not None else ""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; a fault of the file is not taken for one of the connection."""
        self._on_read(self._position)  # who asks for more has sent what came before
        rest = self._size - self._position
        wanted = rest if size < 0 else min(size, rest)
        try:
            content: bytes = self._stream.read(wanted)
            if 0 < rest == wanted and self._stream.read(1):
                raise changed(self._size, os.fstat(self._stream.fileno()).st_size)
        except OSError as error:
            raise unreadable(error) from error
        if len(content) != wanted:
            raise changed(self._size, self._position + len(content))
        if self._digest is not None:
            self._digest.update(content)
        self._position += wanted
        return content

    def rewind(self) -> None:
        """Go back to the first byte, by opening anew: not all of an archive goes back."""
        self._stream.close()
        self._stream = open_found(self._file)
        self._position = 0
        if self._digest is not None:
            self._digest = hashlib.md5(usedforsecurity=False)


class PackedBody(ChunkedBody):
    """A body that is compressed while it is read."""

    def __init__(self, body: SizedBody) -> None:
        self._body = body
        self._blocks = self._compressed()

    def _compressed(self) -> Iterator[bytes]:
        compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
        for content in iter(lambda: self._body.read(_BLOCK), b""):
            yield compressor.compress(content)
        yield compressor.flush()

    def read(self, size: int = -1) -> bytes:
        """Return some of the compressed bytes, however many were asked for; none at the end."""
        return next(filter(None, self._blocks), b"")

    def rewind(self) -> None:
        """Go back to the first byte."""
        self._body.rewind()
        self._blocks = self._compressed()


def may_shrink(file: FoundFile) -> bool:
    """Return whether a file may be worth compressing, as far as the scan tells."""
    if file.size > LARGEST_PACKED:
        return False
    return file.identity is None or file.identity.transfer_syntax_uid in _PLAIN


def seems_to_shrink(file: FoundFile) -> bool:
    """Return whether some bytes of a large file are worth compressing; raises as `open_found`."""
    with open_found(file) as stream:
        try:
            if file.opener is None:
                stream.seek(file.size // 2)
            return packed(stream.read(SAMPLE)) is not None
        except OSError as error:
            raise unreadable(error) from error


def packed(content: bytes) -> Optional[bytes]:
    """Return a file's content compressed; None where that is not worth it."""
    if len(content) > 2 * SAMPLE:
        start = (len(content) - SAMPLE) // 2
        if not _is_smaller(zlib.compress(content[start : start + SAMPLE], _LEVEL), SAMPLE):
            return None
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    result = compressor.compress(content) + compressor.flush()
    return result if _is_smaller(result, len(content)) else None


def _is_smaller(result: bytes, size: int) -> bool:
    return len(result) < _WORTH * size


def may_be_refusal(error: OrthancConnectError) -> bool:
    """Return whether a server may have answered so because the body was compressed."""
    return isinstance(error, OrthancHttpError) and (
        error.facts.get("status_code") not in _OTHER_CAUSES
    )


def unreadable(error: OSError) -> InputError:
    """Return what is wrong with a file that can't be read."""
    return InputError(*reading_fault(error))


def changed(before: int, now: int) -> InputError:
    """Return what is wrong with a file whose size is no longer what the scan found."""
    return InputError(
        f"The file changed during the upload: it had {before} bytes, and now has {now}.",
        "Upload it again when nothing writes to it any more.",
    )
