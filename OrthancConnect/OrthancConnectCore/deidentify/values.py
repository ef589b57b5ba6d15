"""Values of a data set's elements, as pydicom holds them: raw bytes, until somebody asks."""

from __future__ import annotations

import functools
import re
from typing import Iterable, Union

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset

from .basic_profile import known_vr
from .rules import DUMMIES

#: What pydicom, which takes longer, would read as one text of ASCII.
_PLAIN = frozenset("LO SH PN UI CS DA TM AE".split())
TEXT = frozenset("LO SH ST LT UT UC PN AE UR CS".split())
#: No text has these, but for tabulators, ends of lines and pages, and ISO 2022's escape.
CONTROLS = re.compile(rb"[\0-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_NOT_PLAIN = re.compile(rb"[\\\x1b]")

Element = Union[DataElement, RawDataElement]


def element_vr(item: Element) -> str:
    """Return an element's value representation: as it says, or as the dictionary knows."""
    said = item.VR or "UN"
    return (known_vr(int(item.tag)) or said) if said == "UN" else str(said)


def tag_text(tag: int) -> str:
    """Return a tag as people write it: ``(0010,0020)``."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def text_of(dataset: Dataset, tag: int, strip_left: bool = True) -> str:
    """Return a value as text without what pads it, empty where there is none."""
    item = dataset.get_item(tag)
    if item is None:
        return ""
    value = item.value
    is_ascii = isinstance(value, bytes) and value.isascii()
    if is_ascii and item.VR in _PLAIN and not _NOT_PLAIN.search(value):
        text = str(value, "ascii")
    else:
        text = joined_text(dataset[tag].value)
    return text.strip(" \0") if strip_left else text.rstrip(" \0")


def joined_text(value: object) -> str:
    """Return a value of pydicom's as DICOM writes it: several with backslashes between them."""
    if value is None:
        return ""
    is_one = isinstance(value, (str, bytes)) or hasattr(value, "original_string")
    if is_one or not isinstance(value, Iterable):
        return str(value)
    return "\\".join(map(str, value))


def is_empty(item: Element) -> bool:
    """Return whether an element has no value."""
    value = item.value
    return value is None or (hasattr(value, "__len__") and len(value) == 0)


@functools.lru_cache(4096)
def made(tag: int, vr: str, value: Union[str, bytes, int, float, None]) -> DataElement:
    """Return an element with a value of ours; data sets share it, so nobody may change it."""
    return DataElement(tag, vr, value)


def put_dummy(dataset: Dataset, tag: int, vr: str) -> None:
    """Put a value that says nothing into an element."""
    dataset[tag] = made(tag, vr, DUMMIES.get(vr))
