"""What a file is, told from its first bytes: whether it is DICOM, and which instance it holds.

One walk over the data elements (DICOM PS3.5 section 7.1), no more of them than needed. It is not
done by pydicom for two reasons: it is some ten times as fast, which is what looking through files
that a server has already mostly costs, and it can't be made to read or to allocate more than the
bytes that it is given.
"""

from __future__ import annotations

import re
import struct
import sys
from typing import (
    Any,
    Callable,
    Dict,
    FrozenSet,
    Iterable,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Tuple,
)

from .orthanc_ids import read_patient_id

#: So many bytes tell what most files are …
HEAD = 4096
#: … and beyond so many it stays unknown which instance a file holds.
LONGEST_HEAD = 64 * 1024

MEDIA_STORAGE_SOP_CLASS_UID, MEDIA_STORAGE_SOP_INSTANCE_UID = 0x00020002, 0x00020003
TRANSFER_SYNTAX_UID = 0x00020010
SPECIFIC_CHARACTER_SET, SOP_INSTANCE_UID, PATIENT_ID = 0x00080005, 0x00080018, 0x00100020
STUDY_INSTANCE_UID, SERIES_INSTANCE_UID = 0x0020000D, 0x0020000E

_META = {
    MEDIA_STORAGE_SOP_CLASS_UID: b"UI",
    MEDIA_STORAGE_SOP_INSTANCE_UID: b"UI",
    TRANSFER_SYNTAX_UID: b"UI",
}
_IDENTITY = {
    SPECIFIC_CHARACTER_SET: b"CS",
    SOP_INSTANCE_UID: b"UI",
    PATIENT_ID: b"LO",
    STUDY_INSTANCE_UID: b"UI",
    SERIES_INSTANCE_UID: b"UI",
}
_END_OF_META = 0x0002FFFF
_DICOMDIR = b"1.2.840.10008.1.3.10"
_UID = re.compile(rb"[0-9.]{1,64}")
#: Orthanc refuses longer ones, or takes them for missing.
_LONGEST_VALUE = 256
#: DICOM PS3.5 section 7.1.2: these value representations have a length of 4 bytes.
_LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
_VRS: FrozenSet[bytes] = _LONG_VRS | _SHORT_VRS
_UNDEFINED_LENGTH = 0xFFFFFFFF
_ITEM, _END_OF_ITEM, _END_OF_SEQUENCE = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD


class Identity(NamedTuple):
    """What Orthanc tells instances apart by.

    Attributes
    ----------
    patient_id : str or None
        (0010,0020) as Orthanc reads it; None where that depends on the server
        (`orthanc_ids.read_patient_id`).
    study_instance_uid, series_instance_uid, sop_instance_uid : str
        (0020,000D), (0020,000E) and (0008,0018), never empty.
    transfer_syntax_uid : str
        (0002,0010); empty in a file without preamble.
    """

    patient_id: Optional[str]
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str = ""


class Header(NamedTuple):
    """What the first bytes of a file tell.

    Attributes
    ----------
    kind : str
        `DICOM`, `DICOMDIR`, `CUT` (it ends before its data set) or `FOREIGN`.
    identity : Identity, optional
        None where the bytes do not tell, or `kind` is not `DICOM`.
    is_open : bool
        Whether more bytes might tell more.
    """

    kind: str
    identity: Optional[Identity] = None
    is_open: bool = False


DICOM, DICOMDIR, CUT, FOREIGN = "DICOM", "DICOMDIR", "CUT", "FOREIGN"


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

_DICOM_SYNTAX = "1.2.840.10008.1.2"
_ENCODINGS: Mapping[str, Optional[Encoding]] = {
    _DICOM_SYNTAX: IMPLICIT_LITTLE,
    _DICOM_SYNTAX + ".2": EXPLICIT_BIG,
    # The data set is deflated (PS3.5 section A.5, A.8, A.12).
    _DICOM_SYNTAX + ".1.99": None,
    _DICOM_SYNTAX + ".4.95": None,
    _DICOM_SYNTAX + ".4.205": None,
}

_PASSED, _SHORT, _BROKEN = "passed", "short", "broken"
#: Values met lately, as text: neighbours have most of them in common, and share them in memory.
_uids: Dict[bytes, str] = {}
_patient_ids: Dict[Tuple[bytes, bytes], Optional[str]] = {}
_REMEMBERED = 4096


def identify(head: bytes) -> Optional[Identity]:
    """Tell from the first bytes of a DICOM file which instance it holds.

    Parameters
    ----------
    head : bytes
        From the file's first byte on, as many as there are at hand: `HEAD` are enough for most.

    Returns
    -------
    Identity or None
        None where the bytes don't tell for certain: they end too early, the transfer syntax is
        deflated or unknown, elements are out of order or no sound ones.

    Notes
    -----
    The walk ends at (0020,000E). A data set that goes on with a second (0010,0020) after that
    breaks the standard's order (PS3.5 section 7.1) unseen.
    """
    return examine(head, False).identity


def examine(head: bytes, is_whole: bool) -> Header:
    """Tell from the first bytes of a file what it is.

    ``DICM`` at 128 makes a DICOM file (DICOM PS3.10 section 7.1). So does, without preamble, which
    Orthanc accepts, a data set that holds a SOP Instance UID; elements have to come in ascending
    order there.

    Parameters
    ----------
    head : bytes
        From the file's first byte on.
    is_whole : bool
        Whether that is all of the file.
    """
    if head[128:132] == b"DICM":
        start = 132
    elif len(head) > 16 and head[:2] in (b"\x02\0", b"\x08\0", b"\0\x08"):
        if head[0] != 2:
            return _examine_data_set(head, is_whole)
        start = 0
    else:
        return Header(FOREIGN)
    meta, position, state = _walk(head, start, EXPLICIT_LITTLE, _META, _END_OF_META)
    if start == 0 and _uid(meta.get(MEDIA_STORAGE_SOP_INSTANCE_UID, b"")) is None:
        return Header(FOREIGN, None, state is _SHORT and not is_whole)
    if meta.get(MEDIA_STORAGE_SOP_CLASS_UID, b"").rstrip(b"\0 ") == _DICOMDIR:
        return Header(DICOMDIR)
    if state is _SHORT and is_whole and start:
        return Header(CUT)
    if state is _PASSED:
        syntax, encoding = _told_encoding(head, position, meta)
        if encoding is None:
            return Header(DICOM)
        values, _, state = _walk(
            head, position, encoding, _IDENTITY, SERIES_INSTANCE_UID, _END_OF_META
        )
        if state is _PASSED:
            return Header(DICOM, _identity(values, syntax))
    return Header(DICOM, None, state is _SHORT)


def read_values(head: bytes, tags: Iterable[int], last: int) -> Dict[int, bytes]:
    """Read elements of a data set, as far as the first bytes of its file go.

    Parameters
    ----------
    head : bytes
        From the file's first byte on.
    tags : iterable of int
        Which elements.
    last : int
        The largest of them.

    Returns
    -------
    dict
        Their values, padding included; without those that are not there or can't be reached.
    """
    if head[128:132] == b"DICM" or head[:2] == b"\x02\0":
        start = 132 if head[128:132] == b"DICM" else 0
        meta, position, _ = _walk(head, start, EXPLICIT_LITTLE, _META, _END_OF_META)
        encoding = _told_encoding(head, position, meta)[1]
    else:
        position, encoding = 0, _guessed_encoding(head)
    if encoding is None:
        return {}
    return _walk(head, position, encoding, dict.fromkeys(tags, b""), last, _END_OF_META)[0]


def _examine_data_set(head: bytes, is_whole: bool) -> Header:
    """Tell what a file is that begins like a data set."""
    encoding = _guessed_encoding(head)
    if encoding is None:
        return Header(FOREIGN)
    values, _, state = _walk(head, 0, encoding, _IDENTITY, SERIES_INSTANCE_UID, _END_OF_META)
    is_open = state is _SHORT
    if _uid(values.get(SOP_INSTANCE_UID, b"")) is None:
        return Header(FOREIGN, None, is_open and not is_whole)
    return Header(DICOM, _identity(values, "") if state is _PASSED else None, is_open)


def _told_encoding(
    head: bytes, position: int, meta: Mapping[int, bytes]
) -> Tuple[str, Optional[Encoding]]:
    """Return a file's transfer syntax, and how its data set is written; None if that is unsure."""
    syntax = _shared_uid(meta.get(TRANSFER_SYNTAX_UID, b"")) or ""
    if not syntax.startswith(_DICOM_SYNTAX):
        return syntax, None
    encoding = _ENCODINGS.get(syntax, EXPLICIT_LITTLE)
    has_vr = head[position + 4 : position + 6] in _VRS
    return syntax, encoding if encoding and encoding.is_explicit is has_vr else None


def _guessed_encoding(head: bytes) -> Optional[Encoding]:
    """Return how a data set at the beginning of a file is written; None if it is none."""
    if head[4:6] in _VRS:
        return EXPLICIT_BIG if head[:1] == b"\0" else EXPLICIT_LITTLE
    return None if head[:1] == b"\0" else IMPLICIT_LITTLE


def _walk(
    head: bytes,
    position: int,
    encoding: Encoding,
    wanted: Mapping[int, bytes],
    last: int,
    previous: int = -1,
) -> Tuple[Dict[int, bytes], int, str]:
    """Go from element to element until `last`.

    Parameters
    ----------
    head : bytes
        What there is of the file.
    position : int
        Where the first element begins.
    encoding : Encoding
        How they are written.
    wanted : mapping of int to bytes
        The elements whose values are asked for, with their value representations; b"" for any.
    last : int
        The walk ends with it, or at the first element after it.
    previous : int
        What comes has to be larger.

    Returns
    -------
    tuple
        The values, padding included; where the walk ended; and why: `_PASSED`, `_SHORT` (the
        bytes ended before) or `_BROKEN` (it makes no sense from there on).
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
                return values, position, _PASSED
            if tag <= previous:
                return values, position, _BROKEN
            start = position + 8
            if is_explicit and vr not in _SHORT_VRS:
                if length or vr not in _LONG_VRS:
                    return values, position, _BROKEN
                (length,) = read_length(head, start)
                start += 4
            if tag in wanted:
                if length == _UNDEFINED_LENGTH or is_explicit and wanted[tag] not in (vr, b""):
                    return values, position, _BROKEN
                end = start + length
                if end > size:
                    return values, position, _SHORT
                values[tag] = head[start:end]
                position = end
                if tag == last:
                    return values, position, _PASSED
            elif length == _UNDEFINED_LENGTH:
                position = _after_sequence(head, start, encoding, vr)
                if position < 0:
                    return values, start, _BROKEN
            else:
                position = start + length
            previous = tag
    except struct.error:
        return values, position, _SHORT


def _after_sequence(head: bytes, position: int, encoding: Encoding, vr: bytes) -> int:
    """Return where a sequence of undefined length ends; -1 if it makes no sense.

    Raises
    ------
    struct.error
        It goes on after the end of `head`.
    """
    inner = _encoding_within(encoding, vr)
    if inner is None:
        return -1
    # Each open sequence (None) or item (its end, or 0 if a delimiter ends it). A list, since they
    # may be deeper than Python's call stack.
    levels: List[Tuple[Optional[int], Encoding]] = [(None, inner)]
    while levels:
        end, encoding = levels[-1]
        if end and position >= end:
            if position > end:
                return -1
            levels.pop()
            continue
        group, number, length = encoding.read_item(head, position)
        tag = group * 65536 + number
        if tag in (_END_OF_SEQUENCE, _END_OF_ITEM):
            if length or (tag == _END_OF_SEQUENCE) is not (end is None) or end:
                return -1
            levels.pop()
            position += 8
        elif end is None:
            if tag != _ITEM:
                return -1
            position += 8
            if length == _UNDEFINED_LENGTH:
                levels.append((0, encoding))
            elif length:
                levels.append((position + length, encoding))
        else:
            vr = b""
            start = position + 8
            if encoding.is_explicit:
                _, _, vr, length = encoding.read(head, position)
                if vr not in _SHORT_VRS:
                    if length or vr not in _LONG_VRS:
                        return -1
                    (length,) = encoding.read_length(head, start)
                    start += 4
            if length == _UNDEFINED_LENGTH:
                deeper = _encoding_within(encoding, vr)
                if deeper is None:
                    return -1
                levels.append((None, deeper))
                position = start
            else:
                position = start + length
    return position


def _encoding_within(encoding: Encoding, vr: bytes) -> Optional[Encoding]:
    """Return how a sequence of undefined length is written inside; None if it can't be one."""
    if vr == b"UN" and encoding is EXPLICIT_LITTLE:
        return IMPLICIT_LITTLE  # PS3.5 section 6.2.2, note 4
    return encoding if vr in (b"SQ", b"") else None


def _identity(values: Mapping[int, bytes], syntax: str) -> Optional[Identity]:
    sop = _uid(values.get(SOP_INSTANCE_UID, b""))
    study = _shared_uid(values.get(STUDY_INSTANCE_UID, b""))
    series = _shared_uid(values.get(SERIES_INSTANCE_UID, b""))
    if sop is None or study is None or series is None:
        return None
    patient = values.get(PATIENT_ID, b""), values.get(SPECIFIC_CHARACTER_SET, b"")
    try:
        patient_id = _patient_ids[patient]
    except KeyError:
        patient_id = _patient_id(*patient)
        if len(_patient_ids) >= _REMEMBERED:
            _patient_ids.clear()
        _patient_ids[patient] = patient_id
    return Identity(patient_id, study, series, sop, syntax)


def _patient_id(value: bytes, character_set: bytes) -> Optional[str]:
    if len(value) > _LONGEST_VALUE:
        return None
    patient_id = read_patient_id(value, character_set.decode("latin-1").split("\\"))
    return None if patient_id is None else sys.intern(patient_id)


def _uid(value: bytes) -> Optional[str]:
    """Return a UID as text; None if it is none."""
    value = value.strip(b"\0 ")
    return value.decode("ascii") if _UID.fullmatch(value) else None


def _shared_uid(value: bytes) -> Optional[str]:
    """Return `_uid`, the same text in memory for the same UID."""
    known = _uids.get(value)
    if known is None:
        known = _uid(value)
        if known is None:
            return None
        if len(_uids) >= _REMEMBERED:
            _uids.clear()
        known = _uids[value] = sys.intern(known)
    return known
