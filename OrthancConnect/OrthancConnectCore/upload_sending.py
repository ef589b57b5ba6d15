"""One file on its way to the server: opened anew for each try, counted, stopped within.

Its body may be compressed on the way (``Content-Encoding: gzip``), where that makes it smaller.
Orthanc takes such bodies since 1.6 and stores what was compressed.
"""

from __future__ import annotations

import hashlib
import os
import threading
import zlib
from typing import BinaryIO, Optional, Tuple

from .errors import InputError, OperationCancelled, OrthancConnectError, OrthancHttpError
from .events import ProgressMeter
from .rest import OrthancClient, StoreResult
from .scan import FoundFile, open_file, reading_fault
from .transport import Body, ChunkedBody, SizedBody
from .upload_pace import Turn
from .validation import plain_text

#: Files up to this size are read whole before they are sent; larger ones are streamed. So memory
#: stays below this, once for each connection.
READ_WHOLE = 1024 * 1024
#: Answers of a server that has too much to do.
_TOO_MUCH = (429, 503)
#: Larger files are not compressed: the server has to hold both forms in memory.
LARGEST_PACKED = 256 * 1024 * 1024
#: Of the size, what has to go away to be worth it.
_WORTH = 0.9
#: Bytes of a file that are compressed to see whether the rest is worth it.
SAMPLE = 32 * 1024
#: The fastest: anything better is slower than most wires.
_LEVEL = 1
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
#: Transfer syntaxes whose files are not compressed yet (DICOM PS3.5 sections A.1 to A.3). One that
#: is unknown is judged by its bytes.
_PLAIN = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "")
#: Answers that no compression caused: login, timeout, too many requests, away, full.
_OTHER_CAUSES = (401, 408, 429, 502, 503, 504, 507)


class Sending:
    """One file, to be sent in one or more tries.

    Parameters
    ----------
    file : FoundFile
        As the scan found it.
    client : OrthancClient
        The server.
    meter : ProgressMeter
        Counts bytes; each once, however often it is sent.
    stopped : threading.Event
        Once set, no further byte is sent.
    digest : bool
        Whether to take the MD5 of what is sent.
    turn : Turn, optional
        Says whether to compress, and learns how it went.

    Attributes
    ----------
    attempts : int
        How often it was begun.
    md5 : str
        Of what was sent, as hexadecimal digits; empty without `digest`.
    """

    def __init__(
        self,
        file: FoundFile,
        client: OrthancClient,
        meter: ProgressMeter,
        stopped: threading.Event,
        digest: bool = False,
        turn: Optional[Turn] = None,
    ) -> None:
        self.file = file
        self.attempts = 0
        self.md5 = ""
        self._digest = digest
        self._turn = turn or Turn()
        self._client = client
        self._meter = meter
        self._stopped = stopped
        self._counted = 0

    @property
    def counted(self) -> int:
        """Bytes of it that the meter has."""
        return self._counted

    def send(self) -> StoreResult:
        """Open the file and send it, once.

        Raises
        ------
        InputError
            It can't be read, or is not what the scan found any more.
        OperationCancelled
            The run was stopped.
        OrthancConnectError
            As `OrthancClient.upload_instance`.
        """
        self.raise_if_stopped()
        self.attempts += 1
        turn, is_first = self._turn, self.attempts == 1
        turn.tried = True
        try:
            result = self._send(is_first and turn.compress and may_shrink(self.file))
        except OrthancHttpError as error:
            if error.facts.get("status_code") in _TOO_MUCH:
                turn.relieve()
            raise
        if is_first:
            turn.sent = self.file.size
        return result

    def _send(self, compress: bool) -> StoreResult:
        if self.file.size > READ_WHOLE:
            stream, size = self._open()
            return self._stream(stream, size, compress)
        content = self.read()
        small = packed(content) if compress else None
        if small is not None:
            result = self._send_packed(small, content)
        else:
            result = self._client.upload_instance(content)
        self.count(len(content))
        return result

    def read(self) -> bytes:
        """Return the whole content, and take its MD5 where that is wanted.

        Raises
        ------
        InputError
            It can't be read, or is not what the scan found any more.
        """
        stream, size = self._open()
        with stream:
            if size != self.file.size:
                raise _changed(self.file.size, size)
            try:
                content = stream.read(size + 1)
            except OSError as error:
                raise _unreadable(error) from error
        if len(content) != size:
            raise _changed(size, len(content))
        if self._digest:
            self.md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return content

    def _open(self) -> Tuple[BinaryIO, int]:
        try:
            return self.open()
        except OSError as error:
            raise _unreadable(error) from error

    def _send_packed(self, small: Body, plain: Body) -> StoreResult:
        """Send compressed, and as it is where the server may not take it so."""
        try:
            result = self._client.upload_compressed(small)
        except OrthancHttpError as error:
            if not may_be_refusal(error):
                raise
        else:
            self._turn.compressed = True
            return result
        if isinstance(plain, SizedBody):
            plain.rewind()
        result = self._client.upload_instance(plain)
        self._turn.refuse_compression()  # it took the same bytes as they are
        return result

    def open(self) -> Tuple[BinaryIO, int]:
        """Open the file or the archive's member, and tell its size as far as that is known now.

        Raises
        ------
        OSError
            It can't be read.
        InputError
            The archive is damaged or has changed.
        """
        if self.file.opener is not None:
            return self.file.opener(), self.file.size
        return open_file(self.file.path)

    def _stream(self, stream: BinaryIO, size: int, compress: bool) -> StoreResult:
        with stream, _FileBody(stream, self, self._digest) as body:
            if size != self.file.size:
                raise _changed(self.file.size, size)
            if compress and body.seems_to_shrink():
                result = self._send_packed(PackedBody(body), body)
            else:
                result = self._client.upload_instance(body)
            self.md5 = body.md5
            return result

    def count(self, position: int) -> None:
        """Count the bytes up to `position` as sent."""
        if position > self._counted:
            self._meter.add(size=position - self._counted, current=shown(self.file.item))
            self._counted = position

    def raise_if_stopped(self) -> None:
        """Raise `OperationCancelled` once the run was stopped."""
        if self._stopped.is_set():
            raise OperationCancelled()


class _FileBody(SizedBody):
    """A file's bytes, never more or fewer than were announced."""

    def __init__(self, stream: BinaryIO, sending: Sending, digest: bool) -> None:
        super().__init__(stream, sending.file.size)
        self._sending = sending
        self._position = 0
        self._wants_digest = digest
        self._digest = self._new_digest()
        self._reopened: Optional[BinaryIO] = None

    def __enter__(self) -> _FileBody:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._reopened is not None:
            self._reopened.close()

    def _new_digest(self) -> Optional[hashlib._Hash]:
        return hashlib.md5(usedforsecurity=False) if self._wants_digest else None

    @property
    def md5(self) -> str:
        """MD5 of what was read since the last `rewind`; empty when it is not wanted."""
        return self._digest.hexdigest() if self._digest is not None else ""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; a fault of the file is not taken for one of the connection."""
        self._sending.raise_if_stopped()
        rest = self._size - self._position
        wanted = rest if size < 0 else min(size, rest)
        try:
            content: bytes = self._stream.read(wanted)
            has_grown = 0 < rest == wanted and self._stream.read(1) != b""
        except OSError as error:
            raise _unreadable(error) from error
        if len(content) != wanted or has_grown:
            raise _changed(self._size, self._size_now(len(content) + has_grown))
        if self._digest is not None:
            self._digest.update(content)
        self._sending.count(self._position)  # who asks for more has sent what came before
        self._position += wanted
        return content

    def seems_to_shrink(self) -> bool:
        """Return whether some bytes of it are worth compressing; nothing was read before."""
        try:
            if self._sending.file.opener is None:
                self._stream.seek(self._size // 2)
            sample: bytes = self._stream.read(SAMPLE)
        except OSError as error:
            raise _unreadable(error) from error
        self.rewind()
        return packed(sample) is not None

    def rewind(self) -> None:
        """Go back to the first byte; what comes out of an archive is opened anew."""
        if self._sending.file.opener is None:
            super().rewind()
        else:
            self._stream.close()
            try:
                self._stream = self._reopened = self._sending.open()[0]
            except OSError as error:
                raise _unreadable(error) from error
        self._position = 0
        self._digest = self._new_digest()

    def _size_now(self, just_read: int) -> int:
        if self._sending.file.opener is None:
            return os.fstat(self._stream.fileno()).st_size
        return self._position + just_read


class PackedBody(ChunkedBody):
    """A body that is compressed while it is read.

    Parameters
    ----------
    body : SizedBody
        What is compressed.
    """

    def __init__(self, body: SizedBody) -> None:
        self._body = body
        self._start()

    def _start(self) -> None:
        self._compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
        self._left = len(self._body)
        self._is_over = False

    def read(self, size: int = -1) -> bytes:
        """Return some of the compressed bytes, however many were asked for; none at the end."""
        while not self._is_over:
            wanted = self._left if size < 0 else min(size, self._left)
            content = self._body.read(wanted)
            self._left -= len(content)
            result = self._compressor.compress(content)
            if not self._left:
                self._is_over = True
                result += self._compressor.flush()
            if result:
                return result
        return b""

    def rewind(self) -> None:
        """Go back to the first byte."""
        self._body.rewind()
        self._start()


def shown(path: str) -> str:
    """Return a path as one line of plain text."""
    return path if path.isprintable() else plain_text(path, 4096)


def may_shrink(file: FoundFile) -> bool:
    """Return whether a file may be worth compressing, as far as the scan tells."""
    if file.size > LARGEST_PACKED:
        return False
    return file.identity is None or file.identity.transfer_syntax_uid in _PLAIN


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


def _unreadable(error: OSError) -> InputError:
    return InputError(*reading_fault(error))


def _changed(before: int, now: int) -> InputError:
    return InputError(
        f"The file changed during the upload: it had {before} bytes, and now has {now}.",
        "Upload it again when nothing writes to it any more.",
    )
