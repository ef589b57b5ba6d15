"""A DICOM file in two parts: attributes, which are rewritten, and pixel data, which are not.

The pixel data are found, and copied byte by byte from the source when the file is sent, whatever
their size and compression. What lies behind them (signatures, padding, private elements) is left
out. Only a deflated file, which is compressed as a whole, is held in memory.
"""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import os
import struct
import threading
import warnings
import zlib
from typing import Any, BinaryIO, Callable, Iterator, NamedTuple, Optional, Tuple

from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset

from ..dicom.elements import END_OF_SEQUENCE, ITEM, LONG_VRS, UNDEFINED_LENGTH, VRS
from ..dicom.part10 import file_head, is_uid
from ..shared.errors import InputError
from .values import text_of

_IMPLICIT, _EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
_DEFLATED, _BIG_ENDIAN = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"
_UNCOMPRESSED = (_IMPLICIT, _EXPLICIT, _DEFLATED, _BIG_ENDIAN)
_FIRST_PIXELS, _LAST_PIXELS = 0x7FE00008, 0x7FE00010
_TRANSFER_SYNTAX = 0x00020010
#: Mostly holds all attributes.
_FIRST_READ = 64 * 1024
#: Attributes that are together larger than this, without pixels, are nothing that we know.
_LARGEST_HEAD = 256 * 1024 * 1024
_BLOCK = 1024 * 1024
#: Threads must not change the interpreter's one list of warning filters at the same time.
_ONE_AT_A_TIME = threading.Lock()
_PYDICOM_LOG = logging.getLogger("pydicom")

#: What pydicom raises for a file that makes no sense; besides an `OSError` without a number.
FAULTS = (
    InvalidDicomError,
    BytesLengthException,
    struct.error,
    zlib.error,
    RecursionError,
    EOFError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    OverflowError,
    NotImplementedError,
)

_CUT_OFF = "The DICOM file is cut off.", "Copy it again from where it came from."
_CONTRADICTION = (
    "The DICOM file contradicts itself about its encoding.",
    "Export it again from where it came from.",
)
_TOO_LARGE = (
    "An attribute of the DICOM file claims to be far too large.",
    "Copy the file again from where it came from, or leave it out.",
)

OpenSource = Callable[[], BinaryIO]


class Parts(NamedTuple):
    """A DICOM file, taken apart."""

    #: All before the pixel data.
    dataset: Dataset
    #: Of what is written: the source's, or the one that it really has.
    transfer_syntax: str
    implicit: bool
    little: bool
    #: Where the elements with pixels are in `source`, which opens what they are copied from.
    begin: int
    end: int
    source: OpenSource
    #: Of compressed pixels, which may begin with texts, what was read with the attributes.
    first_pixels: bytes


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let one thread at a time work with pydicom, which then tells nobody of values it dislikes."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, _PYDICOM_LOG.disabled = _PYDICOM_LOG.disabled, True
        try:
            yield
        finally:
            _PYDICOM_LOG.disabled = before


def take_apart(open_source: OpenSource) -> Parts:
    """Read a file's attributes, and find its pixels, whose bytes have to be there up to the last.

    Raises
    ------
    InputError
        It is cut off, or larger before its pixels than anything known, or contradicts itself.
    Exception
        Whatever pydicom raises for a file that makes no sense.
    """
    # Reading waits for the disk or unpacks an archive: that, many threads do at the same time.
    with open_source() as stream:
        head = stream.read(_FIRST_READ)
        start, syntax = _read_meta(head)
        if syntax == _DEFLATED:
            inflated = _inflate(head[start:] + stream.read(_LARGEST_HEAD))
            open_source = functools.partial(io.BytesIO, inflated)
            stream = open_source()
            head, start = stream.read(_FIRST_READ), 0
        implicit, little, syntax = _encoding(head[start : start + 6], syntax)
        dataset, begin, rest = _read_attributes(head, stream, start, implicit, little)
    with _open_at(open_source, begin) as stream:
        end = _end_of_pixels(stream, implicit, "<" if little else ">")
    first = rest[: end - begin] if syntax not in _UNCOMPRESSED else b""
    return Parts(dataset, syntax, implicit, little, begin, end, open_source, first)


def _read_attributes(
    head: bytes, stream: BinaryIO, start: int, implicit: bool, little: bool
) -> Tuple[Dataset, int, bytes]:
    """Return the attributes, where they end, before pixels or with the file, and what follows."""
    reached = False

    def is_pixels(tag: Any, _vr: Any, length: int) -> bool:
        nonlocal reached
        reached = int(tag) >= _FIRST_PIXELS  # pydicom's tags compare slowly
        if not reached and length > _LARGEST_HEAD and length != UNDEFINED_LENGTH:
            raise InputError(*_TOO_LARGE)
        return reached

    while True:
        fault: Optional[Exception] = None
        known = io.BytesIO(head)
        known.seek(start)
        try:
            with quiet():
                dataset = read_dataset(known, implicit, little, stop_when=is_pixels)
        except (*FAULTS, OSError) as error:
            fault = error
        # Without pixels or with a fault, perhaps the rest is missing: then read twice as much.
        more = b"" if reached and not fault else stream.read(len(head))
        if not more:
            break
        head += more
        if len(head) > _LARGEST_HEAD:
            raise InputError(*_TOO_LARGE)
    if fault is not None:
        raise fault
    place = known.tell()
    if not reached and (place < len(head) or any(map(_is_cut, dataset.values()))):
        raise InputError(*_CUT_OFF)
    return dataset, place, head[place:]


def encode(dataset: Dataset, implicit: bool, little: bool) -> bytes:
    """Return the bytes of a data set.

    Raises
    ------
    Exception
        Whatever pydicom raises for values that can't be written.
    """
    body = DicomBytesIO()
    body.is_implicit_VR, body.is_little_endian = implicit, little
    write_dataset(body, dataset)
    content: bytes = body.getvalue()
    return content


def put_together(parts: Parts, content: bytes, sop_class_uid: str, sop_instance_uid: str) -> Whole:
    """Return a file with other attributes, which `encode` made the content of.

    The preamble is empty, and of the file meta information (DICOM PS3.10 section 7.1) nothing is
    taken over but the transfer syntax.
    """
    head = file_head(sop_class_uid, sop_instance_uid, parts.transfer_syntax)
    if parts.transfer_syntax != _DEFLATED:
        return Whole(head + content, parts.source, parts.begin, parts.end)
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    with Whole(content, parts.source, parts.begin, parts.end).open() as stream:
        head += b"".join(map(compressor.compress, iter(lambda: stream.read(_BLOCK), b"")))
    head += compressor.flush()
    head += b"\0" * (len(head) % 2)  # DICOM PS3.5 section A.5
    return Whole(head, io.BytesIO, 0, 0)


class Whole(NamedTuple):
    """A file of bytes, and a part of a source behind them, which is read when the file is."""

    head: bytes
    source: OpenSource
    begin: int
    end: int

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.head) + self.end - self.begin

    def open(self) -> BinaryIO:
        """Open it; any number of times, by any thread."""
        return io.BufferedReader(_Joined(self), 64 * 1024)


class _Joined(io.RawIOBase):
    """A whole file as one stream."""

    def __init__(self, whole: Whole) -> None:
        super().__init__()
        self._whole = whole
        self._head = io.BytesIO(whole.head)
        self._left = whole.end - whole.begin
        self._source: Optional[BinaryIO] = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._head.readinto(buffer)
        if count or not self._left:
            return count
        if self._source is None:
            self._source = _open_at(self._whole.source, self._whole.begin)
        content = self._source.read(min(len(buffer), self._left))
        if not content:
            raise InputError(*_CUT_OFF)
        buffer[: len(content)] = content
        self._left -= len(content)
        return len(content)

    def close(self) -> None:
        if self._source is not None:
            self._source.close()
        super().close()


def _open_at(source: OpenSource, place: int) -> BinaryIO:
    stream = source()
    try:
        _skip(stream, place)
    except BaseException:
        stream.close()
        raise
    return stream


def _skip(stream: BinaryIO, count: int) -> None:
    """Go on by some bytes, which have to be there."""
    if count and stream.seekable():
        stream.seek(count - 1, os.SEEK_CUR)
        count = 1
    while count > 0:
        content = stream.read(min(count, _BLOCK))
        if not content:
            raise InputError(*_CUT_OFF)
        count -= len(content)


def _read(stream: BinaryIO, size: int) -> bytes:
    """Return the next bytes; none at the end, where all or none have to be there."""
    content = stream.read(size)
    if 0 < len(content) < size:
        raise InputError(*_CUT_OFF)
    return content


def _read_meta(head: bytes) -> Tuple[int, str]:
    """Return where the data set begins, and its transfer syntax as far as it is told."""
    stream = io.BytesIO(head)
    stream.seek(132 if head[128:132] == b"DICM" else 0)
    with quiet():
        meta = read_dataset(stream, False, True, stop_when=lambda tag, *_: int(tag) >> 16 != 2)
        return stream.tell(), text_of(meta, _TRANSFER_SYNTAX)


def _encoding(start: bytes, syntax: str) -> Tuple[bool, bool, str]:
    """Return how a data set that begins so is encoded, and the transfer syntax that says so.

    The first element tells whether value representations are implicit: also where the file claims
    another syntax. In big endian they are explicit.
    """
    if len(start) < 6:
        raise InputError(*_CUT_OFF)
    implicit = start[4:6] not in VRS
    little = not (syntax == _BIG_ENDIAN or (not syntax and start[:2] == b"\0\x08"))
    if not little and not implicit:
        return False, False, _BIG_ENDIAN
    if little and syntax in ("", _IMPLICIT, _EXPLICIT):
        return implicit, True, _IMPLICIT if implicit else _EXPLICIT
    if not little or not is_uid(syntax) or (implicit and syntax.startswith("1.2.840.10008.")):
        raise InputError(*_CONTRADICTION)
    return implicit, True, syntax


def _is_cut(item: Any) -> bool:
    """Return whether a value is shorter than said."""
    is_known = item.is_raw and item.length != UNDEFINED_LENGTH
    return bool(is_known and len(item.value or b"") < item.length)


def _end_of_pixels(stream: BinaryIO, implicit: bool, order: str) -> int:
    """Return where the elements with pixels end that begin here."""
    end, tag = stream.tell(), 0
    while tag != _LAST_PIXELS:
        header = _read(stream, 8)
        if not header:
            break
        group, number, vr, length = struct.unpack(order + "HH2sH", header)
        if implicit:
            (length,) = struct.unpack(order + "L", header[4:])
        elif vr in LONG_VRS:
            (length,) = struct.unpack(order + "L", _read(stream, 4))
        tag = group << 16 | number
        if not _FIRST_PIXELS <= tag <= _LAST_PIXELS:
            break
        if length == UNDEFINED_LENGTH:
            _skip_items(stream, order)
        else:
            _skip(stream, length)
        end = stream.tell()
    return end


def _skip_items(stream: BinaryIO, order: str) -> None:
    """Skip encapsulated pixel data (DICOM PS3.5 section A.4)."""
    tag = 0
    while tag != END_OF_SEQUENCE:
        header = _read(stream, 8)
        if not header:
            raise InputError(*_CUT_OFF)
        group, number, length = struct.unpack(order + "HHL", header)
        tag = group << 16 | number
        if tag not in (ITEM, END_OF_SEQUENCE) or length == UNDEFINED_LENGTH:
            raise InputError(*_CONTRADICTION)
        _skip(stream, length)


def _inflate(content: bytes) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    result = inflater.decompress(content, _LARGEST_HEAD)
    if inflater.unconsumed_tail:
        raise InputError(*_TOO_LARGE)
    if not inflater.eof:
        raise InputError(*_CUT_OFF)
    return result
