"""What a person should see of a de-identification: what changes, and what to be careful about."""

from __future__ import annotations

from typing import Iterable, Iterator, List, NamedTuple, Tuple

from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from ..shared.validation import plain_text
from .basic_profile import STRUCTURE_NAMES
from .values import element_vr, tag_text, text_of

_LONGEST_VALUE = 100
_MOST_ROWS = 5000
_BURNED_IN, _RECOGNIZABLE = 0x00280301, 0x00280302
_MODALITY, _SOP_CLASS, _IMAGE_TYPE = 0x00080060, 0x00080016, 0x00080008
#: Kinds of images that are often screenshots, or have names drawn into them by the device.
_DRAWN_ON_MODALITIES = frozenset("US XA RF ES OT SC XC GM OP IVUS".split())
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_BASIC_TEXT = "1.2.840.10008.5.1.4.1.1.88."
#: Kind of a warning → what it says, the file's private elements and attributes in its place.
_MESSAGES = {
    "burned_in": "The image says that text is burned into it: names may be readable in its pixels, "
    "which are not changed.",
    "unsaid": "The image does not say whether text is burned into its pixels, which are not "
    "changed.",
    "secondary_capture": "This is a screenshot, an ultrasound or another kind of image that often "
    "shows the patient's name: look at it before you give it away.",
    "faces": "The image says that the patient's features can be recognised in it.",
    "overlay": "An overlay is stored within the pixels, which are not changed: programs may still "
    "show it.",
    "private_tags": "The file has {} private elements; all are removed.",
    "structured_report": "This is a structured report: its structure, codes and numbers are kept, "
    "and all its text is removed.",
    "emptied": "The names of structures (ROI Name, ROI Observation Label) are emptied, as the "
    "basic profile says (DICOM PS3.15 table E.1-1); choose to keep structure names where they are "
    "needed.",
    "structures": "The names of structures (ROI Name, ROI Observation Label) are kept as chosen: "
    "the patient's name is searched for in them, other people's are not.",
    "segments": "The names of segments (Segment Label) are kept, since the basic profile does not "
    "list them: the patient's name is searched for in them, other people's are not.",
    "leftover": "The patient's name or number stood in {} as well; it was removed.",
    "doubtful": "A part of the patient's name that may be an ordinary word stands in {}, which was "
    "kept: look at it before you give it away.",
}
_KINDS = {"unsaid": "burned_in", "emptied": "structures"}
#: After which names may well be readable in the pixels.
_READABLE = ("burned_in", "secondary_capture")
#: Structure Set ROI Sequence, RT ROI Observations Sequence, Segment Sequence; what is named there.
_STRUCTURES = {
    0x30060020: ("structures", STRUCTURE_NAMES),
    0x30060080: ("structures", STRUCTURE_NAMES),
    0x00620002: ("segments", (0x00620005,)),
}
_BINARY = ("OB", "OW", "OD", "OF", "OL", "OV", "UN")


class Warned(NamedTuple):
    """Something to be careful about."""

    #: One of `_MESSAGES`, or what `_KINDS` makes of it.
    kind: str
    message: str
    #: Whether names may well be readable in the pixels, which are not changed.
    in_pixels: bool = False
    #: The attributes that it is about, where it names them (`named`).
    places: Tuple[str, ...] = ()


class Change(NamedTuple):
    """One element before and after; empty text where it is not there or has no value."""

    tag: str
    keyword: str
    before: str
    after: str


def named(kind: str, places: Iterable[str]) -> Warned:
    """Return the warning of a kind, ``leftover`` or ``doubtful``, about some attributes."""
    places = tuple(sorted(places))
    return Warned(kind, _MESSAGES[kind].format(", ".join(places)), False, places)


def warnings_about(dataset: Dataset, keeps_structure_names: bool = False) -> List[Warned]:
    """Return what a person should know before this data set, as it was, is given away."""
    private = _private_elements(dataset)
    found = list(_about_pixels(dataset))
    found += ["private_tags"] * bool(private)
    found += ["structured_report"] * text_of(dataset, _SOP_CLASS).startswith(_BASIC_TEXT)
    found += _about_structures(dataset, keeps_structure_names)
    return [
        Warned(_KINDS.get(what, what), _MESSAGES[what].format(private), what in _READABLE)
        for what in found
    ]


def _about_structures(dataset: Dataset, keeps_names: bool) -> List[str]:
    kinds = set()
    for sequence, (kind, names) in _STRUCTURES.items():
        if sequence in dataset and dataset[sequence].VR == "SQ":
            items = dataset[sequence].value or []
            if any(text_of(item, name) for item in items for name in names):
                kinds.add(kind if keeps_names or kind == "segments" else "emptied")
    return sorted(kinds, key=lambda kind: _KINDS.get(kind, kind))


def _about_pixels(dataset: Dataset) -> Iterator[str]:
    burned_in = text_of(dataset, _BURNED_IN).upper()
    if burned_in == "YES":
        yield "burned_in"
    elif burned_in != "NO" and 0x00280010 in dataset:
        yield "unsaid"
    image_type = text_of(dataset, _IMAGE_TYPE)
    derived = "SECONDARY" in image_type and "SCREEN" in image_type
    is_capture = text_of(dataset, _SOP_CLASS).startswith(_SECONDARY_CAPTURE) or derived
    if burned_in != "NO" and (is_capture or text_of(dataset, _MODALITY) in _DRAWN_ON_MODALITIES):
        yield "secondary_capture"
    if text_of(dataset, _RECOGNIZABLE).upper() == "YES":
        yield "faces"
    overlays = {tag.group for tag in dataset.keys() if tag.group >> 8 == 0x60}
    if any(Tag(one, 0x3000) not in dataset and Tag(one, 0x0102) in dataset for one in overlays):
        yield "overlay"


def _private_elements(dataset: Dataset) -> int:
    count = 0
    for item in list(dataset.values()):
        if item.tag.group & 1:
            count += 1
        elif element_vr(item) == "SQ":
            count += sum(map(_private_elements, dataset[item.tag].value or []))
    return count


def changes(before: Dataset, after: Dataset) -> List[Change]:
    """Return the elements that differ, in the order of their tags, those in sequences too."""
    old, new = dict(_flat(before, "")), dict(_flat(after, ""))
    rows = []
    for place in sorted(set(old) | set(new)):
        keyword, was = old.get(place) or (new[place][0], "")
        is_now = new[place][1] if place in new else ""
        if was != is_now or (place in old) is not (place in new):
            rows.append(Change(place, keyword, was, is_now))
    return rows[:_MOST_ROWS]


def _flat(dataset: Dataset, place: str) -> Iterator[Tuple[str, Tuple[str, str]]]:
    """Yield where all elements are, with their keywords and what people see of their values."""
    for tag in sorted(dataset.keys()):
        name = place + tag_text(tag)
        keyword = "" if tag.group & 1 else keyword_for_tag(tag)
        vr = element_vr(dataset.get_item(tag))
        if vr == "SQ" and dataset[tag].VR == "SQ":
            for number, item in enumerate(dataset[tag].value or []):
                yield from _flat(item, f"{name}[{number}]")
        elif vr in _BINARY:
            value = dataset.get_item(tag).value
            yield name, (keyword, f"{len(value)} bytes" if value else "")
        else:
            yield name, (keyword, plain_text(text_of(dataset, int(tag)), _LONGEST_VALUE))
