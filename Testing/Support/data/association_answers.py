"""What a DICOM server may answer to an association request, as bytes."""

from __future__ import annotations


def _item(kind: int, content: bytes) -> bytes:
    return bytes([kind, 0]) + len(content).to_bytes(2, "big") + content


#: An A-ASSOCIATE-AC that accepts no context (PS3.8 section 9.3.3), and one that is cut short.
NOTHING_ACCEPTED = (
    b"\0\1\0\0"
    + b"IUIBS".ljust(16)
    + b"SLICER".ljust(16)
    + bytes(32)
    + _item(0x10, b"1.2.840.10008.3.1.1.1")
    + _item(0x21, b"\1\0\3\0" + _item(0x40, b"1.2.840.10008.1.2"))
    + _item(0x50, _item(0x51, (16384).to_bytes(4, "big")) + _item(0x52, b"1.2.3.4"))
)
NOTHING_ACCEPTED = b"\2\0" + len(NOTHING_ACCEPTED).to_bytes(4, "big") + NOTHING_ACCEPTED
CUT_ACCEPT = b"\2\0\0\0\0\4abcd"
#: One that accepts all, and after it a message that nobody can read (PS3.8 section 9.3.5).
BROKEN_MESSAGE = NOTHING_ACCEPTED.replace(b"\1\0\3\0\x40", b"\1\0\0\0\x40") + (
    b"\4\0\0\0\0\x0a" + b"\0\0\0\6" + b"\1\3" + bytes(4)
)
