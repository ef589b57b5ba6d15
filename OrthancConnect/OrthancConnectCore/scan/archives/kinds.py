"""Which kind of archive or disc image a file is, told from its bytes; parts from their names."""

from __future__ import annotations

import re
from typing import BinaryIO, Callable, Tuple

from ...shared.errors import InputError
from .streams import MAGIC
from .tar import looks_like_tar
from .zip import ONE_OF_SEVERAL, find_directory

#: So many bytes of a file tell whether it is an archive, unless something stands before it.
KIND_SIZE = 512
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_MAGIC = {
    **MAGIC,
    "7z": b"7z\xbc\xaf\x27\x1c",
    "rar": b"Rar!\x1a\x07",
    "zst": b"\x28\xb5\x2f\xfd",
    "lz4": b"\x04\x22\x4d\x18",
    "lzip": b"LZIP\x01",
    "cab": b"MSCF\0\0\0\0",
    "wim": b"MSWIM\0\0\0",
    "Z": b"\x1f\x9d",
}
#: Zip archives that begin with one of these are documents or programs.
_DOCUMENT_NAMES = (b"[Content_Types].xml", b"mimetype", b"META-INF/", b"_rels/")
_PART_NAME = re.compile(
    r"\.((zip|7z|rar|tar|tgz|gz|bz2|xz|iso)\.\d{2,3}|z\d\d|part\d+\.rar|r\d\d)$", re.IGNORECASE
)
_IMAGE_NAME = re.compile(r"\.(iso|img|udf)$", re.IGNORECASE)
#: Where ECMA-119 (ISO 9660) and ECMA-167 (UDF) have their volume descriptors: from the 17th sector
#: on. In raw images a sector has 2352 bytes, of which 16 or 24 stand before its content.
_SECTOR, _FIRST, _SECTORS = 2048, 16, 8
_RAW = (_FIRST * 2352 + 16, _FIRST * 2352 + 24)
_IMAGE_SIZE = (_FIRST + _SECTORS) * _SECTOR
_ISO, _UDF = b"CD001", (b"BEA01", b"NSR02", b"NSR03")
#: Kinds that are no archive, and what is said of them.
PART, IMAGE_KINDS = "part", {"ISO 9660", "UDF", "raw sectors", "Apple"}


def archive_kind(head: bytes) -> str:
    """Tell by its first bytes (`KIND_SIZE`) what kind of archive a file is.

    ``zip``, ``tar``, ``gz``, ``bz2``, ``xz``; ``7z``, ``rar``, ``zst`` and others, which can't be
    read here; or empty: no archive, also for documents that are zip archives inside.
    """
    if head[128:132] == b"DICM":
        return ""
    if head.startswith(_ZIP_MAGIC):
        return "" if head[30:].startswith(_DOCUMENT_NAMES) else "zip"
    kinds = (kind for kind, magic in _MAGIC.items() if head.startswith(magic))
    return next(kinds, "tar" if looks_like_tar(head) else "")


def file_kind(stream: BinaryIO, name: str) -> str:
    """Tell what a seekable file, at its first byte, is that is no DICOM file.

    That is as of `archive_kind`, also where something stands before a zip archive, such as the
    program that unpacks it; `PART`, by its name; one of `IMAGE_KINDS`; or empty.
    """
    head = stream.read(KIND_SIZE)
    kind = archive_kind(head)
    is_document = not kind and head.startswith(_ZIP_MAGIC)
    is_zip = kind in ("", "zip") and not is_document and _has_directory(stream)
    if _PART_NAME.search(name) and not is_zip:
        return PART
    if kind or is_document:
        return kind
    return "zip" if is_zip else _image_kind(stream)


def member_kind(head: bytes, name: str, open_member: Callable[[], BinaryIO]) -> str:
    """Tell what a member of an archive is, from its first bytes and its name."""
    kind = archive_kind(head)
    if _PART_NAME.search(name) and head[128:132] != b"DICM":
        return PART
    if kind or not _IMAGE_NAME.search(name):
        return kind
    with open_member() as stream:
        return _kind_of_image(stream.read(_IMAGE_SIZE))


def what_can_not_be_read(kind: str) -> Tuple[str, str]:
    """Return what is said of an archive or a disc image that can't be read, and the next step."""
    if kind == PART:
        return ONE_OF_SEVERAL
    if kind in IMAGE_KINDS:
        return (
            f"It is a disc image ({kind}), which can't be read here.",
            "Open it, as a drive or with a program for archives, and upload what is in it.",
        )
    return f"It is a {kind} archive, which can't be read here.", "Unpack it and upload the folder."


def _has_directory(stream: BinaryIO) -> bool:
    """Return whether a file ends as a zip archive with members does, whatever it begins with."""
    try:
        start, _size, count, _shift = find_directory(stream)
        stream.seek(start)
        return count > 0 and stream.read(4) == b"PK\x01\x02"
    except (InputError, OverflowError):
        return False


def _image_kind(stream: BinaryIO) -> str:
    size = stream.seek(0, 2)
    stream.seek(max(0, size - 512))
    if stream.read(4) == b"koly":
        return "Apple"
    stream.seek(0)
    return _kind_of_image(stream.read(_IMAGE_SIZE)) if size > _FIRST * _SECTOR else ""


def _kind_of_image(start: bytes) -> str:
    marks = [
        start[sector * _SECTOR + 1 : sector * _SECTOR + 6]
        for sector in range(_FIRST, _FIRST + _SECTORS)
    ]
    if _ISO in marks:
        return "ISO 9660"
    if any(mark in _UDF for mark in marks):
        return "UDF"
    return "raw sectors" if any(start[one + 1 : one + 6] == _ISO for one in _RAW) else ""
