"""The doctor's own tiny DICOM instance, and comparing what came back with what was sent.

Made and read by hand: a few hundred bytes, without any DICOM library. It is plainly no patient's:
name, patient ID and descriptions say what it is, and its UIDs are random ones below 2.25.
"""

from __future__ import annotations

import hashlib
import struct
import time
import uuid
from dataclasses import dataclass
from typing import List, Optional, Tuple

from .orthanc_ids import instance_orthanc_id

PATIENT_ID = "ORTHANCCONNECT-TEST"
PATIENT_NAME = "ORTHANCCONNECT^CONNECTION TEST"
DESCRIPTION = "Connection test, may be deleted"
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
#: Transfer syntaxes whose pixel data are not compressed: PS3.5 annex A.
NATIVE = (_IMPLICIT, EXPLICIT, "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99")
_DEFLATED = "1.2.840.10008.1.2.1.99"
_LONG_LENGTH = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR"}
_LONG_LENGTH |= {b"UT", b"UV"}
_UNDEFINED = 0xFFFFFFFF
_PIXEL_DATA = (0x7FE0, 0x0010)


@dataclass(frozen=True)
class Sample:
    """The instance that the doctor looks for over DICOM and over HTTPS.

    Attributes
    ----------
    orthanc_id : str
        Orthanc's identifier.
    patient_id, study_instance_uid, series_instance_uid, sop_instance_uid : str
        Its DICOM identifiers.
    sop_class_uid, transfer_syntax : str
        UIDs; may be empty when the server did not tell.
    synthetic : bool
        Whether it is the doctor's own.
    """

    orthanc_id: str
    patient_id: str
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str = ""
    transfer_syntax: str = ""
    synthetic: bool = False


def new_uid() -> str:
    """Return a UID nobody else has: a UUID below 2.25 (PS3.5 annex B.2)."""
    return f"2.25.{uuid.uuid4().int}"


def make_instance() -> Tuple[bytes, Sample]:
    """Return a new secondary capture of 8 × 8 grey pixels as a DICOM file, and what it is."""
    study, series, instance = new_uid(), new_uid(), new_uid()
    date, clock = time.strftime("%Y%m%d"), time.strftime("%H%M%S")
    elements = [
        _text(0x0008, 0x0016, b"UI", _SECONDARY_CAPTURE),
        _text(0x0008, 0x0018, b"UI", instance),
        _text(0x0008, 0x0020, b"DA", date),
        _text(0x0008, 0x0030, b"TM", clock),
        _text(0x0008, 0x0050, b"SH", ""),
        _text(0x0008, 0x0060, b"CS", "OT"),
        _text(0x0008, 0x0064, b"CS", "SYN"),
        _text(0x0008, 0x0090, b"PN", ""),
        _text(0x0008, 0x1030, b"LO", DESCRIPTION),
        _text(0x0008, 0x103E, b"LO", DESCRIPTION),
        _text(0x0010, 0x0010, b"PN", PATIENT_NAME),
        _text(0x0010, 0x0020, b"LO", PATIENT_ID),
        _text(0x0010, 0x0030, b"DA", ""),
        _text(0x0010, 0x0040, b"CS", "O"),
        _text(0x0020, 0x000D, b"UI", study),
        _text(0x0020, 0x000E, b"UI", series),
        _text(0x0020, 0x0010, b"SH", "TEST"),
        _text(0x0020, 0x0011, b"IS", "1"),
        _text(0x0020, 0x0013, b"IS", "1"),
        _text(0x0020, 0x0020, b"CS", ""),
        _number(0x0028, 0x0002, 1),
        _text(0x0028, 0x0004, b"CS", "MONOCHROME2"),
        _number(0x0028, 0x0010, 8),
        _number(0x0028, 0x0011, 8),
        _number(0x0028, 0x0100, 8),
        _number(0x0028, 0x0101, 8),
        _number(0x0028, 0x0102, 7),
        _number(0x0028, 0x0103, 0),
        _element(*_PIXEL_DATA, b"OB", bytes(range(0, 256, 4))),
    ]
    meta = b"".join(
        [
            _element(0x0002, 0x0001, b"OB", b"\0\1"),
            _text(0x0002, 0x0002, b"UI", _SECONDARY_CAPTURE),
            _text(0x0002, 0x0003, b"UI", instance),
            _text(0x0002, 0x0010, b"UI", EXPLICIT),
            _text(0x0002, 0x0012, b"UI", "2.25.309166137262937215213419337894131230129"),
            _text(0x0002, 0x0013, b"SH", "ORTHANCCONNECT"),
        ]
    )
    head = bytes(128) + b"DICM" + _element(0x0002, 0, b"UL", struct.pack("<L", len(meta)))
    identifier = instance_orthanc_id(PATIENT_ID, study, series, instance)
    sample = Sample(
        *(identifier, PATIENT_ID, study, series, instance, _SECONDARY_CAPTURE, EXPLICIT),
        synthetic=True,
    )
    return head + meta + b"".join(elements), sample


def _element(group: int, number: int, vr: bytes, value: bytes) -> bytes:
    """PS3.5 section 7.1.2: one element in Explicit VR Little Endian."""
    if vr in _LONG_LENGTH:
        return struct.pack("<HH2sHL", group, number, vr, 0, len(value)) + value
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value


def _text(group: int, number: int, vr: bytes, text: str) -> bytes:
    value = text.encode("ascii")
    if len(value) % 2:
        value += b"\0" if vr == b"UI" else b" "
    return _element(group, number, vr, value)


def _number(group: int, number: int, value: int) -> bytes:
    return _element(group, number, b"US", struct.pack("<H", value))


def pixel_digest(file: bytes) -> Optional[str]:
    """Return the SHA-256 of a DICOM file's pixel data; None when there are none to be found.

    Padding at their end does not count. Two files are only comparable when their transfer
    syntaxes are the same or both native little endian.

    Notes
    -----
    PS3.10 section 7.1 and PS3.5 section 7.1; Explicit and Implicit VR Little Endian and what is
    encapsulated in the former.
    """
    try:
        return _Reader(file).pixel_digest()
    except (struct.error, IndexError, ValueError):
        return None


def data_set_of(file: bytes) -> bytes:
    """Return a DICOM file's data set, without preamble and file meta information.

    Raises
    ------
    ValueError
        It is no DICOM file.
    """
    return file[_Reader(file).start :]


def transfer_syntax_of(file: bytes) -> str:
    """Return the transfer syntax UID of a DICOM file; empty when it has none."""
    try:
        return _Reader(file).transfer_syntax
    except (struct.error, IndexError, ValueError):
        return ""


class _Reader:
    """Walks over the elements of a file without decoding them."""

    def __init__(self, data: bytes) -> None:
        if data[128:132] != b"DICM":
            raise ValueError("not a DICOM file")
        self._data = data
        self.explicit = True
        self.transfer_syntax = ""
        position = 132
        while data[position : position + 2] == b"\x02\0":
            tag, start, length = self._header(position)
            if tag == (0x0002, 0x0010):
                self.transfer_syntax = data[start : start + length].rstrip(b"\0 ").decode("ascii")
            position = start + length
        self.start = position
        self.explicit = self.transfer_syntax != _IMPLICIT

    def pixel_digest(self) -> Optional[str]:
        """Return the digest of (7FE0,0010), of its fragments where it is encapsulated."""
        if self.transfer_syntax == _DEFLATED:
            return None
        position = self.start
        while position + 8 <= len(self._data):
            tag, start, length = self._header(position)
            if tag == _PIXEL_DATA:
                compressed = length == _UNDEFINED
                value = self._fragments(start) if compressed else self._data[start : start + length]
                return hashlib.sha256(value.rstrip(b"\0")).hexdigest()
            position = self._end(start) if length == _UNDEFINED else start + length
        return None

    def _fragments(self, position: int) -> bytes:
        """Return the fragments without the offset table that is the first (PS3.5 annex A.4)."""
        values: List[bytes] = []
        while True:
            tag, start, length = self._header(position)
            if tag != (0xFFFE, 0xE000):
                return b"".join(values[1:])
            values.append(self._data[start : start + length])
            position = start + length

    def _header(self, position: int) -> Tuple[Tuple[int, int], int, int]:
        """Return tag, start of the value and its length."""
        data = self._data
        group, number = struct.unpack_from("<HH", data, position)
        if group == 0xFFFE or not self.explicit:
            return (group, number), position + 8, struct.unpack_from("<L", data, position + 4)[0]
        if data[position + 4 : position + 6] in _LONG_LENGTH:
            return (group, number), position + 12, struct.unpack_from("<L", data, position + 8)[0]
        return (group, number), position + 8, struct.unpack_from("<H", data, position + 6)[0]

    def _end(self, position: int) -> int:
        """Return where a value of undefined length ends, its delimiter included."""
        depth = 1
        while depth:
            tag, start, length = self._header(position)
            if tag in ((0xFFFE, 0xE0DD), (0xFFFE, 0xE00D)):
                depth -= 1
            depth += length == _UNDEFINED
            position = start if length == _UNDEFINED else start + length
        return position
