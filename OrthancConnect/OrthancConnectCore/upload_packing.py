"""Bodies compressed on their way (``Content-Encoding: gzip``), where that makes them smaller.

Orthanc takes such bodies since 1.6 and stores what was compressed. Each instance stays a request
of its own, so that its outcome is known by its name.
"""

from __future__ import annotations

import zlib
from typing import Optional

from .errors import OrthancConnectError, OrthancHttpError
from .scan import FoundFile
from .transport import ChunkedBody, SizedBody

#: Larger files are sent as they are: the server has to hold both forms in memory.
LARGEST = 256 * 1024 * 1024
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


def may_shrink(file: FoundFile) -> bool:
    """Return whether a file may be worth compressing, as far as the scan tells."""
    if file.size > LARGEST:
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


def may_be_refusal(error: OrthancConnectError) -> bool:
    """Return whether a server may have answered so because the body was compressed."""
    return isinstance(error, OrthancHttpError) and (
        error.facts.get("status_code") not in _OTHER_CAUSES
    )
