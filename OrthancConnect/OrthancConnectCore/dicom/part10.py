"""What stands before the data set in a DICOM file: preamble and file meta information."""

from __future__ import annotations

import struct

from ..shared.validation import uid_fault
from .elements import LONG_VRS

#: What wrote a file (DICOM PS3.7 annex D.3.3.2): a UUID below 2.25, made once for this project.
IMPLEMENTATION_CLASS_UID = "2.25.309166137262937215213419337894131230129"
IMPLEMENTATION_VERSION_NAME = "ORTHANCCONNECT"


def is_uid(text: object) -> bool:
    """Tell whether `text` is a DICOM UID, and so safe as a file name; `uid_fault` tells why not."""
    return not uid_fault(text)


def element(tag: int, vr: bytes, value: bytes) -> bytes:
    """Return a data element in Explicit VR Little Endian (DICOM PS3.5 section 7.1.2), padded."""
    if len(value) % 2:
        value += b"\0" if vr in (b"UI", b"OB") else b" "
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr)
    if vr in LONG_VRS:
        return head + struct.pack("<HL", 0, len(value)) + value
    return head + struct.pack("<H", len(value)) + value


def file_head(
    sop_class_uid: str, sop_instance_uid: str, transfer_syntax: str, note: bytes = b""
) -> bytes:
    """Return an empty preamble, ``DICM`` and file meta information (DICOM PS3.10 section 7.1).

    A note of our own goes into Private Information (0002,0102).
    """
    meta = element(0x00020001, b"OB", b"\0\1")
    meta += element(0x00020002, b"UI", sop_class_uid.encode("ascii"))
    meta += element(0x00020003, b"UI", sop_instance_uid.encode("ascii"))
    meta += element(0x00020010, b"UI", transfer_syntax.encode("ascii"))
    meta += element(0x00020012, b"UI", IMPLEMENTATION_CLASS_UID.encode("ascii"))
    meta += element(0x00020013, b"SH", IMPLEMENTATION_VERSION_NAME.encode("ascii"))
    if note:
        meta += element(0x00020100, b"UI", IMPLEMENTATION_CLASS_UID.encode("ascii"))
        meta += element(0x00020102, b"OB", note)
    return bytes(128) + b"DICM" + element(0x00020000, b"UL", struct.pack("<L", len(meta))) + meta
