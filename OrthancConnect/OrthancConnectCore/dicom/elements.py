"""Data elements one after the other, from the first bytes of a file (DICOM PS3.5 section 7.1)."""

from __future__ import annotations

import struct
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Tuple

#: DICOM PS3.5 section 7.1.2: value representations with a length of 4 bytes, and with one of 2.
LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
VRS = LONG_VRS | SHORT_VRS
UNDEFINED_LENGTH = 0xFFFFFFFF
ITEM, END_OF_ITEM, END_OF_SEQUENCE = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_ITEMS = 0xFFFE  # the group of these
_ITEM_MARK = b"\xfe\xff\0\xe0"  # in little endian

PASSED, SHORT, BROKEN = "passed", "short", "broken"


class Encoding(NamedTuple):
    """How data elements are written."""

    read: Callable[[bytes, int], Tuple[Any, ...]]
    read_length: Callable[[bytes, int], Tuple[int]]
    read_item: Callable[[bytes, int], Tuple[int, int, int]]
    is_explicit: bool


def _encoding(order: str, is_explicit: bool) -> Encoding:
    item = struct.Struct(order + "HHL").unpack_from
    element: Any = struct.Struct(order + "HH2sH").unpack_from if is_explicit else item
    length: Any = struct.Struct(order + "L").unpack_from
    return Encoding(element, length, item, is_explicit)


EXPLICIT_LITTLE, EXPLICIT_BIG = _encoding("<", True), _encoding(">", True)
IMPLICIT_LITTLE = _encoding("<", False)


def walk(
    head: bytes,
    position: int,
    encoding: Encoding,
    wanted: Mapping[int, bytes],
    last: int,
    previous: int = -1,
) -> Tuple[Dict[int, bytes], int, str]:
    """Go from element to element, each larger than the `previous`, until `last` or one after it.

    Returned are the values that are `wanted` by tag and value representation (b"" for any), padding
    included; where the walk ended; and why: `PASSED`, `SHORT` (the bytes ended before) or `BROKEN`
    (it makes no sense from there on).
    """
    values: Dict[int, bytes] = {}
    read, read_length, _, is_explicit = encoding
    size = len(head)
    vr = b""
    try:
        while True:
            if is_explicit:
                group, number, vr, length = read(head, position)
            else:
                group, number, length = read(head, position)
            tag = group * 65536 + number
            if tag > last:
                return values, position, PASSED
            if tag <= previous:
                return values, position, BROKEN
            start = position + 8
            if is_explicit and vr not in SHORT_VRS:
                if length or vr not in LONG_VRS:
                    return values, position, BROKEN
                (length,) = read_length(head, start)
                start += 4
            if tag in wanted:
                if length == UNDEFINED_LENGTH or is_explicit and wanted[tag] not in (vr, b""):
                    return values, position, BROKEN
                end = start + length
                if end > size:
                    return values, position, SHORT
                values[tag] = head[start:end]
                position = end
                if tag == last:
                    return values, position, PASSED
            elif (
                length == UNDEFINED_LENGTH
                or vr == b"SQ"
                or (not is_explicit and head[start : start + 4] == _ITEM_MARK and length >= 8)
            ):
                # Also where its length is known: other readers look inside, and come out elsewhere
                # if what is there contradicts it.
                position = _after_sequence(head, start, length, encoding, vr)
                if position < 0:
                    return values, start, BROKEN
            else:
                position = start + length
            previous = tag
    except struct.error:
        return values, position, SHORT


def read_element(content: bytes, position: int, encoding: Encoding) -> Tuple[int, bytes, int, int]:
    """Read what stands before one element's value, or before an item's.

    That is its tag, value representation, where the value begins, and its length. The
    representation is empty in items and where it is implicit; one that the standard does not know
    (not in `VRS`) is taken for short.

    Raises
    ------
    struct.error
        The content ends before.
    """
    group, number, length = encoding.read_item(content, position)
    tag = group * 65536 + number
    if group == _ITEMS or not encoding.is_explicit:
        return tag, b"", position + 8, length
    _, _, vr, length = encoding.read(content, position)
    if vr not in LONG_VRS:
        return tag, vr, position + 8, length
    return tag, vr, position + 12, encoding.read_length(content, position + 8)[0]


class _Level(NamedTuple):
    """An open sequence or item; it ends at `end`, or by a delimiter if that is 0."""

    is_item: bool
    end: int
    encoding: Encoding


def _after_sequence(head: bytes, position: int, length: int, encoding: Encoding, vr: bytes) -> int:
    """Return where a sequence ends; -1 if it makes no sense.

    Raises
    ------
    struct.error
        It goes on after the end of `head`.
    """
    first = _sequence(position, length, encoding, vr)
    # A list, since they may be deeper than Python's call stack.
    levels = [] if first is None else [first]
    if not levels:
        return -1
    while levels:
        is_item, end, encoding = levels[-1]
        if end and position >= end:
            if position > end:
                return -1
            levels.pop()
            continue
        tag, vr, start, length = read_element(head, position, encoding)
        if tag in (END_OF_SEQUENCE, END_OF_ITEM):
            if length or end or (tag == END_OF_ITEM) is not is_item:
                return -1
            levels.pop()
        elif not is_item:
            if tag != ITEM:
                return -1
            if length:
                end = 0 if length == UNDEFINED_LENGTH else start + length
                levels.append(_Level(True, end, encoding))
        elif encoding.is_explicit and (
            vr not in VRS or (vr in LONG_VRS and head[position + 6 : start - 4] != b"\0\0")
        ):
            return -1
        elif (
            length == UNDEFINED_LENGTH
            or vr == b"SQ"
            or (not vr and head[start : start + 4] == _ITEM_MARK and length >= 8)
        ):
            deeper = _sequence(start, length, encoding, vr)
            if deeper is None:
                return -1
            levels.append(deeper)
        else:
            start += length
        position = start
    return position


def _sequence(start: int, length: int, encoding: Encoding, vr: bytes) -> Optional[_Level]:
    """Return what a sequence is to the walk through it; None if it can't be one."""
    if length != UNDEFINED_LENGTH:
        return _Level(False, start + length, encoding)
    if vr == b"UN" and encoding is EXPLICIT_LITTLE:
        return _Level(False, 0, IMPLICIT_LITTLE)  # PS3.5 section 6.2.2, note 4
    return _Level(False, 0, encoding) if vr in (b"SQ", b"") else None
