"""What the DICOMDIR of a medium lists, compared with what is there (DICOM PS3.10 section 8)."""

from __future__ import annotations

import functools
import os
import re
import struct
import sys
from typing import BinaryIO, Callable, Dict, Iterable, List, Tuple

from ..dicom.elements import (
    END_OF_SEQUENCE,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    ITEM,
    UNDEFINED_LENGTH,
    VRS,
    read_element,
    walk,
)
from ..shared.errors import InputError

_END_OF_META, _RECORDS, _IN_USE, _FILE_ID = 0x0002FFFF, 0x00041220, 0x00041410, 0x00041500
_ITEMS = ITEM >> 16

#: Larger ones are nothing that we know: some 500 bytes an instance are usual.
_LARGEST = 256 * 1024 * 1024
#: Which of the files that are a DICOMDIR are their medium's, by `plain_name`.
INDEX = "dicomdir"
#: What copying a medium adds to names or takes from them: case aside, versions, dots, extensions.
_ADDED = re.compile(r"(\.dcm)?\.?(;1)?$")

#: The components of a file's name, from the folder of the DICOMDIR.
Parts = Tuple[str, ...]


def plain_name(name: str) -> str:
    """Return a file's name without what copying a medium makes of it."""
    return _ADDED.sub("", name.casefold())


def plain_parts(names: Iterable[str]) -> Parts:
    """Return the components of a file's name so."""
    return tuple(map(plain_name, names))


def missing_files(stream: BinaryIO, is_there: Callable[[Parts], bool]) -> List[Parts]:
    """Return what a DICOMDIR lists and is not there by its `plain_name` components, once each.

    Raises
    ------
    InputError
        It makes no sense.
    OSError
        It can't be read.
    """
    content = stream.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise _senseless()
    return [parts for parts in _listed(content) if not is_there(plain_parts(parts))]


def _listed(content: bytes) -> List[Parts]:
    """Return the files of the records in use (PS3.3 section F.3.2.2), in their order."""
    position = walk(content, 132, EXPLICIT_LITTLE, {}, _END_OF_META)[1]
    encoding = EXPLICIT_LITTLE if content[position + 4 : position + 6] in VRS else IMPLICIT_LITTLE
    if content[position : position + 1] == b"\0":
        encoding = EXPLICIT_BIG
    found: Dict[Parts, None] = {}
    end, is_used = sys.maxsize, True
    try:
        while position < len(content):
            tag, vr, start, length = read_element(content, position, encoding)
            if tag == 0 and not content[position:].strip(b"\0"):
                break  # padding
            if encoding.is_explicit and vr not in VRS and tag >> 16 != _ITEMS:
                raise _senseless()
            value = content[start : start + length]
            if tag == _RECORDS and length != UNDEFINED_LENGTH:
                end = start + length
            elif tag == END_OF_SEQUENCE:
                end = min(end, start)
            elif tag == ITEM:
                is_used = True
            elif tag == _IN_USE:
                is_used = value != b"\0\0"
            elif tag == _FILE_ID and is_used:
                parts = value.decode("latin-1").split("\\")
                found[tuple(part.strip(" \0") for part in parts)] = None
            is_inside = length == UNDEFINED_LENGTH or vr == b"SQ" or tag in (ITEM, _RECORDS)
            position = start if is_inside else start + length
    except struct.error as error:
        raise _senseless() from error
    if not end <= position <= len(content):  # it is cut off, or lists nothing
        raise _senseless()
    return [parts for parts in found if any(parts)]


def _senseless() -> InputError:
    return InputError("The DICOMDIR makes no sense.", "Copy the medium again.")


def in_folder(path: str) -> Callable[[Parts], bool]:
    """Return what tells by `plain_name` components whether a file is below a folder."""

    @functools.cache
    def entries(folder: str) -> Dict[str, str]:
        try:
            return {plain_name(name): name for name in os.listdir(folder or os.curdir)}
        except OSError:
            return {}  # the scan tells of it

    def is_there(parts: Parts) -> bool:
        place = path
        for part in parts:
            name = entries(place).get(part)
            if name is None:
                return False
            place = os.path.join(place, name)
        return True

    return is_there
