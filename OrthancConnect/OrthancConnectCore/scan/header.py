"""What a file is, told from its first bytes: whether it is DICOM, and which instance it holds.

One walk over the data elements (DICOM PS3.5 section 7.1), no more of them than needed. It is not
done by pydicom for two reasons: it is some ten times as fast, which is what looking through files
that a server has already mostly costs, and it can't be made to read or to allocate more than the
bytes that it is given.
"""

from __future__ import annotations

import functools
import re
import struct
from typing import Collection, Dict, Mapping, NamedTuple, Optional, Tuple

from ..dicom.elements import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    PASSED,
    SHORT,
    VRS,
    Encoding,
    walk,
)
from ..orthanc.identifiers import read_patient_id

#: So many bytes tell what most files are …
HEAD = 4096
#: … and beyond so many it stays unknown which instance a file holds.
LONGEST_HEAD = 64 * 1024

MEDIA_STORAGE_SOP_CLASS_UID, MEDIA_STORAGE_SOP_INSTANCE_UID = 0x00020002, 0x00020003
TRANSFER_SYNTAX_UID = 0x00020010
SPECIFIC_CHARACTER_SET, SOP_INSTANCE_UID, PATIENT_ID = 0x00080005, 0x00080018, 0x00100020
STUDY_INSTANCE_UID, SERIES_INSTANCE_UID = 0x0020000D, 0x0020000E

#: Without which no server takes an instance, and their names.
_REQUIRED = {
    SOP_INSTANCE_UID: "SOP Instance UID",
    STUDY_INSTANCE_UID: "Study Instance UID",
    SERIES_INSTANCE_UID: "Series Instance UID",
}
_META = dict.fromkeys(
    (MEDIA_STORAGE_SOP_CLASS_UID, MEDIA_STORAGE_SOP_INSTANCE_UID, TRANSFER_SYNTAX_UID), b"UI"
)
_IDENTITY = {SPECIFIC_CHARACTER_SET: b"CS", PATIENT_ID: b"LO", **dict.fromkeys(_REQUIRED, b"UI")}
_END_OF_META = 0x0002FFFF
_DICOMDIR = b"1.2.840.10008.1.3.10"
# Well formed or not (`uid_fault` tells): what every reader takes as it is. Spaces are not.
_UID = re.compile(rb"[0-9A-Za-z.-]{1,256}")
#: Orthanc refuses longer ones, or takes them for missing.
_LONGEST_VALUE = 256


class Identity(NamedTuple):
    """What Orthanc tells instances apart by.

    The Patient ID is None where Orthanc's reading depends on the server (`read_patient_id`). The
    first three UIDs are never empty; the transfer syntax is, in a file without preamble.
    """

    patient_id: Optional[str]
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str = ""


class Header(NamedTuple):
    """What the first bytes of a file tell."""

    #: `DICOM`, `DICOMDIR`, `CUT` (it ends before its data set) or `FOREIGN`.
    kind: str
    #: None where the bytes do not tell, or `kind` is not `DICOM`.
    identity: Optional[Identity] = None
    #: Whether more bytes might tell more.
    is_open: bool = False
    #: The name of a UID that is missing for certain, without which no server takes it.
    missing: str = ""


DICOM, DICOMDIR, CUT, FOREIGN = "DICOM", "DICOMDIR", "CUT", "FOREIGN"


_DICOM_SYNTAX = "1.2.840.10008.1.2"
_ENCODINGS: Mapping[str, Optional[Encoding]] = {
    _DICOM_SYNTAX: IMPLICIT_LITTLE,
    _DICOM_SYNTAX + ".2": EXPLICIT_BIG,
    # The data set is deflated (PS3.5 section A.5, A.8, A.12).
    **dict.fromkeys((_DICOM_SYNTAX + end for end in (".1.99", ".4.95", ".4.205")), None),
}

#: Neighbours have most values in common, and share them in memory as text.
_REMEMBERED = 1024


def examine(head: bytes, is_whole: bool) -> Header:
    """Tell from the first bytes of a file what it is.

    ``DICM`` at 128 makes a DICOM file (DICOM PS3.10 section 7.1). So does, without preamble, which
    Orthanc accepts, a data set that holds a SOP Instance UID; elements have to come in ascending
    order there.

    `HEAD` bytes are enough for most; whether they are all of the file tells `is_whole`. The
    identity is left out where the bytes don't tell for certain: they end too early, the
    transfer syntax is deflated or unknown, elements are out of order or no sound ones. The walk
    ends at (0020,000E): a data set that goes on with a second (0010,0020) after that breaks the
    standard's order (PS3.5 section 7.1) unseen.
    """
    if head[128:132] == b"DICM":
        start = 132
    elif len(head) > 16 and head[:2] in (b"\x02\0", b"\x08\0", b"\0\x08"):
        if head[0] != 2:
            return _examine_data_set(head, is_whole)
        start = 0
    else:
        return Header(FOREIGN)
    meta, position, state = walk(head, start, EXPLICIT_LITTLE, _META, _END_OF_META)
    if start == 0 and _uid(meta.get(MEDIA_STORAGE_SOP_INSTANCE_UID, b"")) is None:
        return Header(FOREIGN, None, state is SHORT and not is_whole)
    if meta.get(MEDIA_STORAGE_SOP_CLASS_UID, b"").rstrip(b"\0 ") == _DICOMDIR:
        return Header(DICOMDIR)
    if state is SHORT and is_whole and start:
        return Header(CUT)
    if state is PASSED:
        syntax, encoding = _told_encoding(head, position, meta)
        if encoding is None:
            return Header(DICOM)
        return _examine_elements(head, position, encoding, syntax)
    return Header(DICOM, None, state is SHORT)


def _examine_elements(head: bytes, position: int, encoding: Encoding, syntax: str) -> Header:
    """Tell which instance a data set is that begins at a place, and what it lacks."""
    values, end, state = walk(
        head, position, encoding, _IDENTITY, SERIES_INSTANCE_UID, _END_OF_META
    )
    if state is not PASSED:
        return Header(DICOM, None, state is SHORT)
    identity = _identity(values, syntax)
    if identity is None:
        order = ">HH" if encoding is EXPLICIT_BIG else "<HH"
        for tag, name in _REQUIRED.items():
            # It may stand behind its place, where other readers find it.
            comes_late = struct.pack(order, tag >> 16, tag & 0xFFFF) in head[end:]
            if not values.get(tag, b"").strip(b"\0 ") and not comes_late:
                return Header(DICOM, None, False, name)
    return Header(DICOM, identity)


def read_values(head: bytes, tags: Collection[int]) -> Dict[int, bytes]:
    """Read elements of a data set, as far as the first bytes of its file go, padding included."""
    position, encoding = 0, _guessed_encoding(head)
    if head[128:132] == b"DICM" or head[:2] == b"\x02\0":
        start = 132 if head[128:132] == b"DICM" else 0
        meta, position, _ = walk(head, start, EXPLICIT_LITTLE, _META, _END_OF_META)
        encoding = _told_encoding(head, position, meta)[1]
    wanted = dict.fromkeys(tags, b"")
    return walk(head, position, encoding, wanted, max(tags), _END_OF_META)[0] if encoding else {}


def _examine_data_set(head: bytes, is_whole: bool) -> Header:
    """Tell what a file is that begins like a data set."""
    encoding = _guessed_encoding(head)
    if encoding is None:
        return Header(FOREIGN)
    values, _, state = walk(head, 0, encoding, _IDENTITY, SERIES_INSTANCE_UID, _END_OF_META)
    if _uid(values.get(SOP_INSTANCE_UID, b"")) is None:
        return Header(FOREIGN, None, state is SHORT and not is_whole)
    return _examine_elements(head, 0, encoding, "")


def _told_encoding(
    head: bytes, position: int, meta: Mapping[int, bytes]
) -> Tuple[str, Optional[Encoding]]:
    """Return a file's transfer syntax, and how its data set is written; None if that is unsure."""
    syntax = _shared_uid(meta.get(TRANSFER_SYNTAX_UID, b"")) or ""
    if not syntax.startswith(_DICOM_SYNTAX):
        return syntax, None
    encoding = _ENCODINGS.get(syntax, EXPLICIT_LITTLE)
    has_vr = head[position + 4 : position + 6] in VRS
    return syntax, encoding if encoding and encoding.is_explicit is has_vr else None


def _guessed_encoding(head: bytes) -> Optional[Encoding]:
    """Return how a data set at the beginning of a file is written; None if it is none."""
    if head[4:6] in VRS:
        return EXPLICIT_BIG if head[:1] == b"\0" else EXPLICIT_LITTLE
    return None if head[:1] == b"\0" else IMPLICIT_LITTLE


def _identity(values: Mapping[int, bytes], syntax: str) -> Optional[Identity]:
    sop = _uid(values.get(SOP_INSTANCE_UID, b""))
    study = _shared_uid(values.get(STUDY_INSTANCE_UID, b""))
    series = _shared_uid(values.get(SERIES_INSTANCE_UID, b""))
    if sop is None or study is None or series is None:
        return None
    patient = values.get(PATIENT_ID, b""), values.get(SPECIFIC_CHARACTER_SET, b"")
    return Identity(_patient_id(*patient), study, series, sop, syntax)


@functools.lru_cache(_REMEMBERED)
def _patient_id(value: bytes, character_set: bytes) -> Optional[str]:
    if len(value) > _LONGEST_VALUE:
        return None
    return read_patient_id(value, character_set.decode("latin-1").split("\\"))


def _uid(value: bytes) -> Optional[str]:
    """Return a UID as text; None if it is none."""
    value = value.strip(b"\0 ")
    return value.decode("ascii") if _UID.fullmatch(value) else None


_shared_uid = functools.lru_cache(_REMEMBERED)(_uid)
