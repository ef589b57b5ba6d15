"""DICOM written byte by byte, sound or not, where pydicom would write only what is sound."""

from __future__ import annotations

import struct
from typing import List, Optional

IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
DEFLATED, BIG = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"
OPEN = 0xFFFFFFFF  # an undefined length
_LONG_VRS = (b"OB", b"OW", b"SQ", b"UN", b"UT", b"UC")


def element(
    tag: int, vr: bytes, value: bytes, syntax: str = EXPLICIT, length: Optional[int] = None
) -> bytes:
    """One data element, padded to an even length; `length` stands there instead of the true one."""
    value += (b"\0" if vr in (b"UI", b"OB", b"UN") else b" ") * (len(value) % 2)
    size = len(value) if length is None else length
    order = ">" if syntax == BIG else "<"
    head = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF)
    if syntax == IMPLICIT:
        return head + struct.pack("<L", size) + value
    if vr in _LONG_VRS:
        return head + vr + struct.pack(order + "HL", 0, size) + value
    return head + vr + struct.pack(order + "H", size) + value


def sequence(
    tag: int, items: List[bytes], syntax: str = EXPLICIT, is_open: bool = False, vr: bytes = b"SQ"
) -> bytes:
    """A sequence; it and its items have undefined lengths, or true ones."""
    content = b""
    for item in items:
        content += _mark(0xE000, syntax, OPEN if is_open else len(item)) + item
        content += _mark(0xE00D, syntax) if is_open else b""
    if not is_open:
        return element(tag, vr, content, syntax)
    return element(tag, vr, content + _mark(0xE0DD, syntax), syntax, OPEN)


def _mark(number: int, syntax: str, length: int = 0) -> bytes:
    return struct.pack((">" if syntax == BIG else "<") + "HHL", 0xFFFE, number, length)


def part_10(data_set: bytes, syntax: str = EXPLICIT, sop_instance_uid: str = "1.2.3") -> bytes:
    """A file with preamble and meta information before the data set."""
    meta = element(0x00020001, b"OB", b"\0\1")
    meta += element(0x00020002, b"UI", b"1.2.840.10008.5.1.4.1.1.7")
    meta += element(0x00020003, b"UI", sop_instance_uid.encode())
    meta += element(0x00020010, b"UI", syntax.encode())
    length = element(0x00020000, b"UL", struct.pack("<L", len(meta)))
    return bytes(128) + b"DICM" + length + meta + data_set
