"""The directory of a zip archive, read entry by entry: no more than one is ever in memory.

Fields as in PKWARE's APPNOTE.TXT 6.3, sections 4.3 to 4.6. `zipfile` reads the whole directory at
once, which for 100,000 members is more memory than an upload may take.
"""

from __future__ import annotations

import stat
import struct
from io import BufferedReader
from typing import BinaryIO, Iterator, NamedTuple, Tuple

from ...shared.errors import InputError
from .streams import Entry, Source, damaged, decompressed_stream, slice_stream

ONE_OF_SEVERAL = (
    "It is one of several parts of an archive, which can't be read here.",
    "Unpack them together and upload the folder.",
)
_END = struct.Struct("<4s4H2LH")
_END_64_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = 65535
_IS_64 = 0xFFFFFFFF
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_UTF_8 = 0x0800
_LZMA_END_MARK = 0x0002
_STORED, _LZMA = 0, 14
_METHODS = {8: "deflate", 12: "bz2", _LZMA: "lzma", 95: "xz"}
_METHOD_NAMES = {9: "Deflate64", 93: "Zstandard", 98: "PPMd", 1: "Shrink", 6: "Implode"}


def zip_entries(archive: Source) -> Iterator[Entry]:
    """Read a zip archive's directory, entry by entry.

    Raises
    ------
    InputError
        The archive is damaged, or one part of several; also in the middle.
    """
    with archive.open() as file:
        start, size, count, shift = find_directory(file)
    for fields, name, extra in _records(archive, start, size):
        count -= 1
        if not name.endswith(b"/"):
            yield _entry(archive, fields, name, extra, shift)
    if count > 0:
        raise damaged(f"its directory lacks {count} of its members")


def find_directory(file: BinaryIO) -> Tuple[int, int, int, int]:
    """Return where the directory lies, its size, its count, and what to add to its offsets.

    Raises
    ------
    InputError
        It is not where it should be, or in another part of the archive.
    """
    length = file.seek(0, 2)
    tail_start = max(0, length - _LONGEST_COMMENT - _END.size)
    file.seek(tail_start)
    tail = file.read(_LONGEST_COMMENT + _END.size)
    place = _end_record(tail)
    _, disk, first_disk, _, count, size, offset, _ = _END.unpack_from(tail, place)
    end = tail_start + place
    locator = place - _END_64_LOCATOR.size
    if locator >= 0 and tail[locator : locator + 4] == b"PK\x06\x07":
        _, _, end_64, _ = _END_64_LOCATOR.unpack_from(tail, locator)
        end, disk, first_disk, count, size, offset = _read_end_64(
            file, end - _END_64_LOCATOR.size, end_64
        )
    if disk or first_disk:
        raise InputError(*ONE_OF_SEVERAL)
    shift = end - size - offset  # bytes before the archive, as of a program that unpacks itself
    if shift < 0:
        raise damaged("its directory is not where it should be")
    return offset + shift, size, count, shift


def _end_record(tail: bytes) -> int:
    """Return the place of the last end record whose comment goes on to the end of the file."""
    place = tail.rfind(b"PK\x05\x06")
    last = place
    while place >= 0:
        if place + _END.size <= len(tail):
            comment = _END.unpack_from(tail, place)[-1]
            if place + _END.size + comment == len(tail):
                return place
        place = tail.rfind(b"PK\x05\x06", 0, place)
    if last < 0 or last + _END.size > len(tail):
        raise damaged("it ends without its directory")
    return last  # something was added to the file


def _read_end_64(file: BinaryIO, before: int, said: int) -> Tuple[int, int, int, int, int, int]:
    for place in (before - _END_64.size, said):
        if not 0 <= place < before:
            continue
        file.seek(place)
        record = file.read(_END_64.size)
        if len(record) == _END_64.size and record[:4] == b"PK\x06\x06":
            _, _, _, _, disk, first_disk, _, count, size, offset = _END_64.unpack(record)
            return place, disk, first_disk, count, size, offset
    raise damaged("its directory is not where it should be")


def _records(
    archive: Source, start: int, size: int
) -> Iterator[Tuple[Tuple[int, ...], bytes, bytes]]:
    """Read the directory's records, through a stream of its own."""
    with slice_stream(archive.open(), start, size) as directory:
        while True:
            record = directory.read(_ENTRY.size)
            if not record or record[:4] == b"PK\x05\x05":  # a signature of the directory
                return
            if len(record) < _ENTRY.size or record[:4] != b"PK\x01\x02":
                raise damaged("its directory is not readable to the end")
            fields = _ENTRY.unpack(record)
            name = directory.read(fields[10])
            extra = directory.read(fields[11])
            directory.read(fields[12])  # a comment
            yield fields[1:], name, extra


def _entry(
    archive: Source, fields: Tuple[int, ...], name: bytes, extra: bytes, shift: int
) -> Entry:
    made_by, _, flags, method, _, _, checksum, packed_size, size = fields[:9]
    attributes, offset = fields[-2:]
    unicode_name = b""
    for kind, value in _extra_fields(extra):
        if kind == 0x0001:
            size, packed_size, offset = _wide(value, size, packed_size, offset)
        elif kind == 0x7075 and len(value) > 5:
            unicode_name = value[5:]
    text = _text(unicode_name or name, bool(flags & _UTF_8) or bool(unicode_name))
    member = _Member(archive, size, packed_size, checksum, method, flags, offset + shift)
    mode = attributes >> 16 if made_by >> 8 in (3, 19) else 0
    return Entry(
        text,
        Source(member.open, size, seekable=method == _STORED),
        is_link=stat.S_ISLNK(mode),
        obstacle=_obstacle(flags, method),
    )


def _obstacle(flags: int, method: int) -> str:
    if flags & _ENCRYPTED:
        return "It is encrypted in the archive."
    if method not in (_STORED, *_METHODS):
        name = _METHOD_NAMES.get(method, f"number {method}")
        return f"It is compressed in the archive by a method that can't be read here ({name})."
    return ""


class _Member(NamedTuple):
    """A member, and where it lies in its archive."""

    archive: Source
    size: int
    packed_size: int
    checksum: int
    method: int
    flags: int
    header_offset: int

    def open(self) -> BufferedReader:
        """Open it; size and checksum are checked by the time that its end is reached."""
        file = self.archive.open()
        try:
            return self._open_in(file)
        except BaseException:
            file.close()
            raise

    def _open_in(self, file: BinaryIO) -> BufferedReader:
        try:
            file.seek(self.header_offset)
        except (ValueError, OverflowError, OSError) as error:  # farther than any file reaches
            raise damaged("a member is not where its directory says") from error
        header = file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
            raise damaged("a member is not where its directory says")
        *_, name_length, extra_length = _LOCAL.unpack(header)
        offset = self.header_offset + _LOCAL.size + name_length + extra_length
        if self.method == _STORED:
            if self.size != self.packed_size:
                raise damaged("a member's sizes contradict each other")
            return slice_stream(file, offset, self.size, self.checksum)
        content = slice_stream(file, offset, self.packed_size)
        start = self._lzma_header(content) if self.method == _LZMA else b""
        kind = _METHODS[self.method]
        return decompressed_stream(content, kind, self.size, self.checksum, start=start)

    def _lzma_header(self, content: BinaryIO) -> bytes:
        """Turn zip's header of an LZMA stream (APPNOTE.TXT 5.8.8) into that of an .lzma file."""
        header = content.read(9)
        if len(header) < 9 or header[2:4] != b"\x05\0":
            raise damaged("its compressed data make no sense")
        unknown = self.flags & _LZMA_END_MARK
        return header[4:] + (b"\xff" * 8 if unknown else self.size.to_bytes(8, "little"))


def _extra_fields(extra: bytes) -> Iterator[Tuple[int, bytes]]:
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        yield kind, extra[4 : 4 + length]
        extra = extra[4 + length :]


def _wide(value: bytes, *narrow: int) -> Tuple[int, ...]:
    """Replace each field that is full of ones by the next of 8 bytes."""
    found = []
    for number in narrow:
        if number == _IS_64:
            if len(value) < 8:
                raise damaged("its directory is not readable to the end")
            number, value = int.from_bytes(value[:8], "little"), value[8:]
        found.append(number)
    return tuple(found)


def _text(name: bytes, is_utf_8: bool) -> str:
    """Return a member's name: many tools write UTF-8 without saying so, others code page 437."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("utf-8" if is_utf_8 else "cp437", "replace")
