"""What a file or a dataset is, told by its own bytes: whose instance, whole or not, the same."""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional, Union

from ..dicom.elements import (
    END_OF_ITEM,
    END_OF_SEQUENCE,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    ITEM,
    PASSED,
    UNDEFINED_LENGTH,
    Encoding,
    read_element,
    walk,
)
from ..orthanc.identifiers import instance_orthanc_id, read_patient_id, study_orthanc_id

_DEFLATED = "1.2.840.10008.1.2.1.99"
_ENCODINGS = {"1.2.840.10008.1.2": IMPLICIT_LITTLE, "1.2.840.10008.1.2.2": EXPLICIT_BIG}
_CHARACTER_SETS, _SOP_INSTANCE, _PATIENT_ID = 0x00080005, 0x00080018, 0x00100020
_STUDY, _SERIES = 0x0020000D, 0x0020000E
_IDENTITY = dict.fromkeys((_CHARACTER_SETS, _SOP_INSTANCE, _PATIENT_ID, _STUDY, _SERIES), b"")
_TRANSFER_SYNTAX, _NOTE = 0x00020010, 0x00020102
_LAST_OF_META, _LAST_BEFORE_PIXELS, _LAST = 0x0002FFFF, 0x7FE0000F, 0xFFFFFFFE
_ITEM_MARK = b"\xfe\xff\0\xe0"
_PADDING = 0xFFFCFFFC
#: Bytes of a value below which what pads it is left out.
_SHORT_VALUE = 1024
#: Bytes of a file that are looked at for its identity; and that are read, or inflated, at a time.
HEAD = 256 * 1024
_BLOCK = 1024 * 1024

Bytes = Union[bytes, memoryview]


class Identity(NamedTuple):
    """Which instance something is: Orthanc's identifier, empty where it tells none, and more."""

    orthanc_id: str = ""
    study_instance_uid: str = ""
    series_instance_uid: str = ""
    patient_id: str = ""

    @property
    def study_orthanc_id(self) -> str:
        """Orthanc's identifier of its study; of what tells its own."""
        return study_orthanc_id(self.patient_id, self.study_instance_uid)


def identity_of(dataset: Bytes, transfer_syntax: str, start: int = 0) -> Identity:
    """Return which instance a dataset is, which begins at `start`.

    Notes
    -----
    Of bytes that say nothing of their character set, Orthanc's reading depends on its settings:
    `read_patient_id`. Such a dataset tells none.
    """
    if transfer_syntax == _DEFLATED:
        try:
            inflater = zlib.decompressobj(-zlib.MAX_WBITS)
            dataset, start = inflater.decompress(dataset[start:], HEAD), 0
        except zlib.error:
            return Identity()
    encoding = _ENCODINGS.get(transfer_syntax, EXPLICIT_LITTLE)
    found, _, _ = walk(dataset, start, encoding, _IDENTITY, _SERIES)  # type: ignore[arg-type]
    values = {tag: bytes(value) for tag, value in found.items()}
    character_sets = values.get(_CHARACTER_SETS, b"").decode("ascii", "replace").split("\\")
    patient_id = read_patient_id(values.get(_PATIENT_ID, b""), character_sets)
    study, series, instance = (
        values.get(tag, b"").decode("utf-8", "replace").strip("\0 ")
        for tag in (_STUDY, _SERIES, _SOP_INSTANCE)
    )
    if patient_id is None or not (study and series and instance):
        return Identity("", study, series)
    name = instance_orthanc_id(patient_id, study, series, instance)
    return Identity(name, study, series, patient_id)


def is_whole(dataset: Bytes, transfer_syntax: str) -> bool:
    """Tell whether a dataset can be read, element by element, to its very end."""
    if transfer_syntax == _DEFLATED:
        return _inflates(dataset)
    encoding = _ENCODINGS.get(transfer_syntax, EXPLICIT_LITTLE)
    _, position, why = walk(dataset, 0, encoding, {}, _LAST_BEFORE_PIXELS)  # type: ignore[arg-type]
    try:
        while why == PASSED and position < len(dataset):
            _, _, position, length = read_element(dataset, position, encoding)  # type: ignore[arg-type]
            if length == UNDEFINED_LENGTH:
                position = _after_fragments(dataset, position, encoding)
            else:
                position += length
    except struct.error:
        return False
    return 0 < position == len(dataset)


def _after_fragments(dataset: Any, position: int, encoding: Encoding) -> int:
    """Return where encapsulated pixel data end (DICOM PS3.5 annex A.4)."""
    while True:
        tag, _, position, length = read_element(dataset, position, encoding)
        if tag == END_OF_SEQUENCE:
            return position
        if tag != ITEM:
            return -1
        position += length


def _inflates(dataset: Bytes) -> bool:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    rest: Bytes = dataset
    try:
        while rest and not inflater.eof:
            inflater.decompress(rest, _BLOCK)
            rest = inflater.unconsumed_tail
        return inflater.eof
    except zlib.error:
        return False


def digest_of(dataset: Bytes, transfer_syntax: str) -> str:
    """Return a digest of a dataset's elements; empty where it can't be read to its end.

    Group lengths, padding, and how the ends of sequences are told, are not in it: DCMTK, and with
    it ctk and Orthanc, write these anew. Nor is the character set, which Orthanc adds.
    """
    encoding = _ENCODINGS.get(transfer_syntax, EXPLICIT_LITTLE)
    # Open sequences and items: where each ends, -1 where that is told by a delimiter.
    ends = [len(dataset)]
    found, in_pixels, position = hashlib.md5(), False, 0
    try:
        while ends and transfer_syntax != _DEFLATED:
            if position == ends[-1]:
                ends.pop()
                found.update(b")")
                continue
            tag, vr, start, length = read_element(dataset, position, encoding)  # type: ignore[arg-type]
            position = start + length
            if tag in (END_OF_ITEM, END_OF_SEQUENCE):
                ends.pop()
                in_pixels, position = False, start
                found.update(b")")
            elif not tag & 0xFFFF or tag in (_PADDING, _CHARACTER_SETS):
                continue
            elif (
                length == UNDEFINED_LENGTH
                or vr == b"SQ"
                or (tag == ITEM and not in_pixels)
                or (not vr and tag != ITEM and dataset[start : start + 4] == _ITEM_MARK)
            ):
                in_pixels = vr in (b"OB", b"OW")
                ends.append(-1 if length == UNDEFINED_LENGTH else position)
                position = start
                found.update(b"%d(" % tag)
            else:
                value = dataset[start:position]
                value = bytes(value).rstrip(b" \0") if length < _SHORT_VALUE else value
                found.update(b"%d(%d " % (tag, len(value)) if value else b"%d(" % tag)
                found.update(value)
                found.update(b")")
    except (struct.error, IndexError):
        return ""
    return found.hexdigest() if not ends and position == len(dataset) else ""


class FileHead(NamedTuple):
    """What stands before a file's dataset."""

    transfer_syntax: str
    note: bytes
    #: Where the dataset begins.
    start: int


def file_head_of(head: bytes) -> Optional[FileHead]:
    """Return what stands before a file's dataset; None of what is no DICOM file."""
    if head[128:132] != b"DICM":
        return None
    wanted = {_TRANSFER_SYNTAX: b"UI", _NOTE: b"OB"}
    values, start, _ = walk(head, 132, EXPLICIT_LITTLE, wanted, _LAST_OF_META)
    syntax = values.get(_TRANSFER_SYNTAX, b"").decode("ascii", "replace").strip("\0 ")
    return FileHead(syntax, values.get(_NOTE, b""), start)


def file_identity(head: bytes) -> Optional[Identity]:
    """Return which instance a file is, by its first bytes; None of what is no DICOM file."""
    meta = file_head_of(head)
    return None if meta is None else identity_of(head, meta.transfer_syntax, meta.start)


def note_of(file_uuid: str, dataset: Bytes) -> bytes:
    """Return what a file that came by DICOM notes of itself, to be known again.

    Parameters
    ----------
    file_uuid : str
        Orthanc's name for the file that it has; another content gets another name.
    dataset : bytes or memoryview
        What came.
    """
    digest = hashlib.md5(dataset).hexdigest()
    return f"{file_uuid} {digest}".encode("ascii") if file_uuid else b""


class Found(NamedTuple):
    """A file that is on the disk."""

    size: int
    md5: str
    #: Which instance it is; None of what is no DICOM file.
    identity: Optional[Identity]
    #: Its note of itself, if its dataset is still what it was when the note was made.
    note: bytes


def found_at(path: Path, pause: Callable[[], object]) -> Found:
    """Look at a file from its first byte to its last; `pause` is called now and then.

    Raises
    ------
    OSError
        It can't be read.
    """
    whole, dataset = hashlib.md5(), hashlib.md5()
    size = 0
    with open(path, "rb") as stream:
        head = stream.read(_BLOCK)
        meta = file_head_of(head)
        block, rest = head, head[meta.start :] if meta else b""
        while block:
            pause()
            size += len(block)
            whole.update(block)
            if meta is not None and meta.note:
                dataset.update(rest)
            block = rest = stream.read(_BLOCK)
    name, _, noted = meta.note.partition(b" ") if meta else (b"", b"", b"")
    intact = noted.rstrip(b"\0") == dataset.hexdigest().encode("ascii")
    return Found(size, whole.hexdigest(), file_identity(head[:HEAD]), name if intact else b"")
