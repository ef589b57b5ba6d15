"""The doctor's own DICOM instance, and comparing what came back with what was sent.

Made and read by hand, without any DICOM library. It is plainly no patient's:
name, patient ID and descriptions say what it is, and its UIDs are random ones below 2.25.
"""

from __future__ import annotations

import hashlib
import re
import struct
import time
import uuid
from dataclasses import dataclass
from typing import Any, List, Mapping, Optional, Tuple

from ..dicom import elements
from ..dicom.part10 import element, file_head
from ..orthanc.identifiers import instance_orthanc_id

PATIENT_ID = "ORTHANCCONNECT-TEST"
PATIENT_NAME = "ORTHANCCONNECT^CONNECTION TEST"
DESCRIPTION = "Connection test, may be deleted"
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
_DEFLATED = "1.2.840.10008.1.2.1.99"
#: Transfer syntaxes whose pixel data are not compressed: PS3.5 annex A.
NATIVE = (IMPLICIT, EXPLICIT, "1.2.840.10008.1.2.2", _DEFLATED)
_TRANSFER_SYNTAX_UID, _END_OF_META = 0x00020010, 0x0002FFFF
_PIXEL_DATA = 0x7FE00010
#: Rows and columns of the test instance: of one that every server takes, and of one whose file has
#: more than 1 MiB, the most that nginx lets through unless it is told otherwise.
SMALL, LARGE = 8, 1056
_OWN_UID = re.compile(r"2\.25\.[0-9]{1,39}", re.ASCII)
#: Date, time and run.
_OWN_TAGS = re.compile(r"[0-9]{8} [0-9]{6} [\w-]{1,16}", re.ASCII)


@dataclass(frozen=True)
class Sample:
    """The instance that the doctor looks for over DICOM and over HTTPS."""

    #: Orthanc's identifier.
    orthanc_id: str
    #: Its DICOM identifiers.
    patient_id: str
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    #: UIDs; may be empty when the server did not tell.
    sop_class_uid: str = ""
    transfer_syntax: str = ""
    #: Whether it is the doctor's own.
    synthetic: bool = False


def new_uid() -> str:
    """Return a UID nobody else has: a UUID below 2.25 (PS3.5 annex B.2)."""
    return f"2.25.{uuid.uuid4().int}"


def make_instance(run: str = "TEST", side: int = SMALL) -> Tuple[bytes, Sample]:
    """Return a new secondary capture as a DICOM file, and what it is.

    The `run` becomes its Study ID; it has `side` rows and columns of grey pixels, a multiple of 8.
    """
    uids = (new_uid(), new_uid(), new_uid())
    return _made(uids, (time.strftime("%Y%m%d"), time.strftime("%H%M%S")), run, side)


def remake(tags: Mapping[str, Any]) -> Tuple[bytes, Sample]:
    """Return the instance that a run of the doctor made, if it made the one with these tags.

    The `tags` are those of ``/instances/{id}/simplified-tags``. They are not compared: only a file
    that is the very same as what is returned here is the doctor's.

    Raises
    ------
    ValueError
        The doctor makes none with such tags.
    """
    uids = [str(tags.get(f"{level}InstanceUID")) for level in ("Study", "Series", "SOP")]
    named = (str(tags.get(key)) for key in ("StudyDate", "StudyTime", "StudyID", "Rows"))
    date, clock, run, rows = named
    is_own = all(map(_OWN_UID.fullmatch, uids)) and _OWN_TAGS.fullmatch(f"{date} {clock} {run}")
    if not is_own or rows not in (str(SMALL), str(LARGE)):
        raise ValueError("these are not the doctor's")
    return _made((uids[0], uids[1], uids[2]), (date, clock), run, int(rows))


def _made(
    uids: Tuple[str, str, str], moment: Tuple[str, str], run: str, side: int
) -> Tuple[bytes, Sample]:
    (study, series, instance), (date, clock) = uids, moment
    numbers = {0x10: side, 0x11: side, 0x100: 8, 0x101: 8, 0x102: 7, 0x103: 0}
    parts = [
        _text(0x00080016, b"UI", _SECONDARY_CAPTURE),
        _text(0x00080018, b"UI", instance),
        _text(0x00080020, b"DA", date),
        _text(0x00080030, b"TM", clock),
        _text(0x00080050, b"SH", ""),
        _text(0x00080060, b"CS", "OT"),
        _text(0x00080064, b"CS", "SYN"),
        _text(0x00080090, b"PN", ""),
        _text(0x00081030, b"LO", DESCRIPTION),
        _text(0x0008103E, b"LO", DESCRIPTION),
        _text(0x00100010, b"PN", PATIENT_NAME),
        _text(0x00100020, b"LO", PATIENT_ID),
        _text(0x00100030, b"DA", ""),
        _text(0x00100040, b"CS", "O"),
        _text(0x0020000D, b"UI", study),
        _text(0x0020000E, b"UI", series),
        _text(0x00200010, b"SH", run),
        _text(0x00200011, b"IS", "1"),
        _text(0x00200013, b"IS", "1"),
        _text(0x00200020, b"CS", ""),
        _number(0x00280002, 1),
        _text(0x00280004, b"CS", "MONOCHROME2"),
        *(_number(0x00280000 + tag, value) for tag, value in numbers.items()),
        element(_PIXEL_DATA, b"OB", bytes(range(0, 256, 4)) * (side * side // 64)),
    ]
    digest = instance_orthanc_id(PATIENT_ID, study, series, instance)
    sample = Sample(
        digest, PATIENT_ID, study, series, instance, _SECONDARY_CAPTURE, EXPLICIT, synthetic=True
    )
    head = file_head(_SECONDARY_CAPTURE, instance, EXPLICIT)
    return head + b"".join(parts), sample


def _text(tag: int, vr: bytes, text: str) -> bytes:
    return element(tag, vr, text.encode("ascii"))


def _number(tag: int, value: int) -> bytes:
    return element(tag, b"US", struct.pack("<H", value))


def pixel_digest(file: bytes) -> Optional[str]:
    """Return the SHA-256 of a DICOM file's pixel data; None when there are none to be found.

    A byte of padding at their end does not count. Two files are only comparable when their transfer
    syntaxes are the same or both native little endian.

    PS3.10 section 7.1 and PS3.5 section 7.1; Explicit and Implicit VR Little Endian and what is
    encapsulated in the former.
    """
    try:
        value = _pixel_data(file)
    except struct.error:
        return None
    if value is None:
        return None
    return hashlib.sha256(value[:-1] if value.endswith(b"\0") else value).hexdigest()


def read_meta(file: bytes) -> Tuple[str, int]:
    """Return a DICOM file's transfer syntax UID, and where its data set begins; else "" and 0."""
    if file[128:132] != b"DICM":
        return "", 0
    wanted = {_TRANSFER_SYNTAX_UID: b"UI"}
    values, position, _ = elements.walk(file, 132, elements.EXPLICIT_LITTLE, wanted, _END_OF_META)
    return values.get(_TRANSFER_SYNTAX_UID, b"").rstrip(b"\0 ").decode("latin-1"), position


def _pixel_data(file: bytes) -> Optional[bytes]:
    """Return (7FE0,0010), its fragments where it is encapsulated; None where there is none."""
    syntax, start = read_meta(file)
    if not start or syntax == _DEFLATED:
        return None
    encoding = elements.IMPLICIT_LITTLE if syntax == IMPLICIT else elements.EXPLICIT_LITTLE
    wanted = {_PIXEL_DATA: b""}
    values, position, _ = elements.walk(file, start, encoding, wanted, _PIXEL_DATA, _END_OF_META)
    if _PIXEL_DATA in values:
        return values[_PIXEL_DATA]
    tag, _, start, length = elements.read_element(file, position, encoding)
    return (
        _fragments(file, start)
        if (tag, length) == (_PIXEL_DATA, elements.UNDEFINED_LENGTH)
        else None
    )


def _fragments(file: bytes, position: int) -> bytes:
    """Return the fragments without the offset table that is the first (PS3.5 annex A.4)."""
    values: List[bytes] = []
    while True:
        tag, _, start, length = elements.read_element(file, position, elements.EXPLICIT_LITTLE)
        if tag != elements.ITEM:
            return b"".join(values[1:])
        values.append(file[start : start + length])
        position = start + length
