"""A DICOM file in two parts: attributes, which are rewritten, and pixel data, which are not.

The pixel data are found, and copied byte by byte from the source when the file is sent, whatever
their size and compression. What lies behind them (signatures, padding, private elements) is left
out. Only a deflated file, which is compressed as a whole, is held in memory.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from typing import Any, BinaryIO, Callable, List, NamedTuple, Optional, Tuple

from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset

from .deidentify_writing import is_uid
from .errors import InputError
from .part10 import file_head

_IMPLICIT, _EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
_DEFLATED, _BIG_ENDIAN = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"
_FIRST_PIXELS, _LAST_PIXELS = 0x7FE00008, 0x7FE00010
_VRS = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split()
    + b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split()
)
_LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_UNDEFINED = 0xFFFFFFFF
_ITEM, _END_OF_ITEMS = 0xFFFEE000, 0xFFFEE0DD
_LARGEST_META = 64 * 1024
#: Attributes that are together larger than this, without pixels, are nothing that we know.
_LARGEST_HEAD = 256 * 1024 * 1024
_BLOCK = 1024 * 1024

OpenSource = Callable[[], BinaryIO]


class Parts(NamedTuple):
    """A DICOM file, taken apart.

    Attributes
    ----------
    dataset : Dataset
        All before the pixel data.
    transfer_syntax : str
        Of what is written: the source's, or the one that it really has.
    implicit, little : bool
        How the attributes are encoded.
    pixels : list of tuple
        Where the elements with pixels begin and end in `source`.
    source : callable
        Opens what the pixels are copied from.
    """

    dataset: Dataset
    transfer_syntax: str
    implicit: bool
    little: bool
    pixels: List[Tuple[int, int]]
    source: OpenSource


class Attributes(NamedTuple):
    """What stands before the pixels, and how it is encoded.

    Attributes
    ----------
    dataset : Dataset
        All before the pixel data.
    transfer_syntax : str
        Of what is written: the source's, or the one that it really has.
    implicit, little : bool
        How the attributes are encoded.
    start : int
        Where the pixels begin in `source`; -1 where there are none.
    replay : Replay
        Stands there.
    source : callable
        Opens what the pixels are copied from.
    """

    dataset: Dataset
    transfer_syntax: str
    implicit: bool
    little: bool
    start: int
    replay: Replay
    source: OpenSource


def read_attributes(replay: Replay, open_source: OpenSource) -> Attributes:
    """Read a DICOM file up to its pixel data.

    Raises
    ------
    InputError
        It is cut off, or larger before its pixels than anything known, or contradicts itself.
    Exception
        Whatever pydicom raises for a file that makes no sense.
    """
    start, syntax = _read_meta(replay)
    if syntax == _DEFLATED:
        replay.seek(start)
        inflated = _inflate(replay.read(_LARGEST_HEAD))
        start, replay = 0, Replay(io.BytesIO(inflated))
        return _read_attributes(replay, lambda: io.BytesIO(inflated), start, syntax)
    return _read_attributes(replay, open_source, start, syntax)


def _read_attributes(
    replay: Replay, open_source: OpenSource, start: int, syntax: str
) -> Attributes:
    replay.seek(start)
    implicit, little = _encoding(replay.read(6), syntax)
    replay.seek(start)
    ends = [0]
    reached = []

    def stop(tag: Any, _vr: Any, length: int) -> bool:
        if int(tag) >= _FIRST_PIXELS:  # pydicom's tags compare slowly
            reached.append(tag)
            return True
        if length != _UNDEFINED:
            if length > _LARGEST_HEAD:
                raise _too_large()
            ends.append(replay.tell() + length)
        return False

    dataset = read_dataset(replay, implicit, little, stop_when=stop)  # type: ignore[arg-type]
    if not reached and (max(ends) > replay.length or replay.tell() < replay.length):
        raise _cut_off()
    actual = _written_syntax(syntax, implicit, little)
    place = replay.tell() if reached else -1
    return Attributes(dataset, actual, implicit, little, place, replay, open_source)


def find_pixels(attributes: Attributes) -> Parts:
    """Find the pixel data, whose bytes have to be there up to the last.

    Raises
    ------
    InputError
        The file is cut off, or contradicts itself.
    """
    pixels = _find_pixels(attributes) if attributes.start >= 0 else []
    dataset, syntax, implicit, little = attributes[:4]
    return Parts(dataset, syntax, implicit, little, pixels, attributes.source)


def put_together(parts: Parts, content: bytes, sop_class_uid: str, sop_instance_uid: str) -> bytes:
    """Return all bytes of the file before its pixels, or of the whole file if it is deflated.

    The preamble is empty, and of the file meta information (DICOM PS3.10 section 7.1) nothing is
    taken over but the transfer syntax.

    Parameters
    ----------
    content : bytes
        The attributes (`deidentify_writing.encode`).
    """
    if parts.transfer_syntax == _DEFLATED:
        with parts.source() as source:
            pixels = b"".join(_cut(source, begin, end) for begin, end in parts.pixels)
        compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        content = compressor.compress(content + pixels) + compressor.flush()
        content += b"\0" * (len(content) % 2)  # DICOM PS3.5 section A.5
        parts.pixels.clear()
    return file_head(sop_class_uid, sop_instance_uid, parts.transfer_syntax) + content


class Joined(io.RawIOBase):
    """Bytes, and parts of a source behind them, as one stream."""

    def __init__(self, head: bytes, open_source: OpenSource, pixels: List[Tuple[int, int]]) -> None:
        super().__init__()
        self._head = memoryview(head)
        self._open_source = open_source
        self._pixels = list(pixels)
        self._source: Optional[BinaryIO] = None
        self._place = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with the next bytes."""
        if self._head:
            count = min(len(buffer), len(self._head))
            buffer[:count] = self._head[:count]
            self._head = self._head[count:]
            return count
        while self._pixels:
            begin, end = self._pixels[0]
            if self._source is None:
                self._source = self._open_source()
            if self._place < begin:
                skip(self._source, begin - self._place)
                self._place = begin
            content = self._source.read(min(len(buffer), end - self._place))
            if content:
                buffer[: len(content)] = content
                self._place += len(content)
                return len(content)
            if self._place < end:
                raise _cut_off()
            self._pixels.pop(0)
        return 0

    def close(self) -> None:
        """Close the source as well."""
        if self._source is not None:
            self._source.close()
        super().close()


def skip(stream: BinaryIO, count: int) -> None:
    """Go on by some bytes, which have to be there.

    Raises
    ------
    InputError
        The stream ends before.
    """
    if count and stream.seekable():
        stream.seek(count - 1, os.SEEK_CUR)
        count = 1
    while count > 0:
        content = stream.read(min(count, _BLOCK))
        if not content:
            raise _cut_off()
        count -= len(content)


class Replay:
    """A stream of any kind that can be read again from its beginning; bounded in memory.

    Its first bytes, which mostly hold all attributes, are read at once.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._bytes = bytearray(stream.read(_LARGEST_META))
        self._position = 0

    @property
    def length(self) -> int:
        """How far it was read; the whole length once its end was met."""
        return len(self._bytes)

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        if whence == os.SEEK_CUR:
            offset += self._position
        self._position = max(0, offset)
        return self._position

    def read(self, size: int) -> bytes:
        """Return the next bytes; fewer at the end."""
        end = self._position + size
        if end > _LARGEST_HEAD and size < _LARGEST_HEAD:
            raise _too_large()
        if end > len(self._bytes):
            self._bytes += self._stream.read(max(end - len(self._bytes), 8192))
        content = bytes(self._bytes[self._position : end])
        self._position += len(content)
        return content

    def onwards(self) -> Onwards:
        """Go on from here, once and without a way back."""
        return Onwards(bytes(self._bytes[self._position :]), self._stream)


class Onwards:
    """What is left of a stream: bytes that were read before, and what comes after them."""

    def __init__(self, kept: bytes, stream: BinaryIO) -> None:
        self._kept = memoryview(kept)
        self._stream = stream

    def read(self, size: int) -> bytes:
        """Return the next bytes; fewer at the end."""
        content = bytes(self._kept[:size])
        self._kept = self._kept[size:]
        return content + self._stream.read(size - len(content)) if len(content) < size else content

    def skip(self, count: int) -> None:
        """Go on by some bytes, which have to be there: `InputError` otherwise."""
        kept = min(count, len(self._kept))
        self._kept = self._kept[kept:]
        skip(self._stream, count - kept)


def _read_meta(replay: Replay) -> Tuple[int, str]:
    """Return where the data set begins, and its transfer syntax as far as it is told."""
    head = replay.read(_LARGEST_META)
    place = 132 if head[128:132] == b"DICM" else 0
    syntax = ""
    while head[place : place + 2] == b"\x02\0":
        tag, vr, length, size = _element(head[place : place + 12], False, True)
        value = head[place + size : place + size + length]
        if tag == 0x00020010:
            syntax = value.rstrip(b"\0 ").decode("ascii", "replace")
        if vr not in _VRS or length == _UNDEFINED or place + size + length > len(head):
            raise _contradiction()
        place += size + length
    return place, syntax


def _element(header: bytes, implicit: bool, little: bool) -> Tuple[int, bytes, int, int]:
    """Return tag, value representation, length and header size of an element."""
    order = "<" if little else ">"
    if len(header) < 8:
        raise _cut_off()
    group, number = struct.unpack_from(order + "HH", header)
    vr = header[4:6]
    tag = group << 16 | number
    if implicit or group == 0xFFFE:
        return tag, b"", struct.unpack_from(order + "L", header, 4)[0], 8
    if vr in _LONG_VRS:
        if len(header) < 12:
            raise _cut_off()
        return tag, vr, struct.unpack_from(order + "L", header, 8)[0], 12
    return tag, vr, struct.unpack_from(order + "H", header, 6)[0], 8


def _encoding(start: bytes, syntax: str) -> Tuple[bool, bool]:
    """Tell from the first element whether value representations are implicit, and the order."""
    if len(start) < 6:
        raise _cut_off()
    explicit = start[4:6] in _VRS
    big = syntax == _BIG_ENDIAN or (not syntax and explicit and start[:2] == b"\0\x08")
    return not explicit, not big


def _written_syntax(syntax: str, implicit: bool, little: bool) -> str:
    """Return the transfer syntax, corrected where the data set is plainly of another one."""
    if not little:
        if implicit:
            raise _contradiction()
        return _BIG_ENDIAN
    if syntax in ("", _IMPLICIT, _EXPLICIT):
        return _IMPLICIT if implicit else _EXPLICIT
    if (implicit and syntax.startswith("1.2.840.10008.")) or not is_uid(syntax):
        raise _contradiction()
    return syntax


def _find_pixels(attributes: Attributes) -> List[Tuple[int, int]]:
    found: List[Tuple[int, int]] = []
    place, tag = attributes.start, 0
    stream = attributes.replay.onwards()
    while tag != _LAST_PIXELS:
        header = stream.read(8)
        if not header:
            break
        if not attributes.implicit and header[4:6] in _LONG_VRS:
            header += stream.read(4)
        tag, _vr, length, size = _element(header, attributes.implicit, attributes.little)
        if not _FIRST_PIXELS <= tag <= _LAST_PIXELS:
            break
        if length == _UNDEFINED:
            length = _skip_items(stream, attributes.little)
        else:
            stream.skip(length)
        found.append((place, place + size + length))
        place += size + length
    return found


def _skip_items(stream: Onwards, little: bool) -> int:
    """Skip encapsulated pixel data (DICOM PS3.5 section A.4) and return their size."""
    total = 0
    while True:
        tag, _vr, length, size = _element(stream.read(8), True, little)
        if tag not in (_ITEM, _END_OF_ITEMS) or length == _UNDEFINED:
            raise _contradiction()
        total += size + length
        if tag == _END_OF_ITEMS:
            return total
        stream.skip(length)


def _cut(stream: BinaryIO, begin: int, end: int) -> bytes:
    stream.seek(begin)
    return stream.read(end - begin)


def _inflate(content: bytes) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    result = inflater.decompress(content, _LARGEST_HEAD)
    if inflater.unconsumed_tail:
        raise _too_large()
    if not inflater.eof:
        raise _cut_off()
    return result


def _cut_off() -> InputError:
    return InputError("The DICOM file is cut off.", "Copy it again from where it came from.")


def _contradiction() -> InputError:
    return InputError(
        "The DICOM file contradicts itself about its encoding.",
        "Export it again from where it came from.",
    )


def _too_large() -> InputError:
    return InputError(
        "An attribute of the DICOM file claims to be far too large.",
        "Copy the file again from where it came from, or leave it out.",
    )
