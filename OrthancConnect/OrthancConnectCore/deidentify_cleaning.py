"""Applies the rules to a data set, element by element, at all depths."""

from __future__ import annotations

import re
import unicodedata
from typing import Callable, Dict, Iterable, List, Optional, Pattern, Set, Union

from pydicom.charset import convert_encodings, decode_bytes
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset

from .deidentify_pseudonyms import Pseudonyms
from .deidentify_rules import (
    ACCESSION_NUMBER,
    CONTENT,
    DUMMIES,
    DUMMY,
    EMPTY,
    ITEMS,
    KEEP,
    NAME,
    PATIENT_ID,
    PATIENT_NAME,
    PERSON_CODES,
    PSEUDONYM,
    REMOVE,
    SHIFT,
    STUDY_ID,
    UID,
    DeidentifyOptions,
    known_vr,
    treatment,
)

_KINDS = {ACCESSION_NUMBER: "AccessionNumber", STUDY_ID: "StudyID"}
_CHARACTER_SET = 0x00080005
_TEXT = frozenset(("LO", "SH", "ST", "LT", "UT", "UC", "PN", "AE"))
_CODE_TEXT = frozenset(("CS", "AS", "DS", "IS", "DA", "DT", "TM"))
#: Whose codes are DICOM's own words, without which there is no image.
_STRUCTURE_GROUPS = (0x0008, 0x0028)
#: No text has these, but for tabulators, ends of lines and pages, and ISO 2022's escape.
_CONTROLS = re.compile(rb"[\0-\x08\x0b\x0e-\x1a\x1c-\x1f]")
#: Whose values betray the patient wherever else they stand: names, numbers, birth date, address.
_TELLTALE = (
    *(PATIENT_NAME, PATIENT_ID, ACCESSION_NUMBER, 0x00100030, 0x00101000, 0x00101001),
    *(0x00101005, 0x00101040, 0x00101060, 0x00102154, 0x00101090, 0x00380010),
)
_SHORTEST_TELLTALE = 3
_DELIMITERS = {0x5C, 0x5E, 0x3D, 0x0D, 0x0A, 0x09, 0x0C}

Element = Union[DataElement, RawDataElement]


def element_vr(item: Element) -> str:
    """Return an element's value representation: as it says, or as the dictionary knows."""
    said = item.VR or "UN"
    return (known_vr(int(item.tag)) or said) if said == "UN" else str(said)


def text_of(dataset: Dataset, tag: int) -> str:
    """Return a value as text, empty where there is none."""
    element = dataset.get(tag)
    value = getattr(element, "value", None)
    if value is None:
        return ""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        return str(value).strip(" \0")
    parts = value if not hasattr(value, "original_string") else [value]
    return "\\".join(str(part) for part in parts).strip(" \0")


class Cleaner:
    """Changes one data set after the other in place.

    Parameters
    ----------
    pseudonyms : Pseudonyms
        Where the new names, numbers and UIDs come from.
    options : DeidentifyOptions
        Beside the basic profile.
    """

    def __init__(self, pseudonyms: Pseudonyms, options: DeidentifyOptions) -> None:
        self._pseudonyms = pseudonyms
        self._options = options
        self._patient = ""
        self._days = 0

    def clean(self, dataset: Dataset) -> List[str]:
        """De-identify a data set; return the keywords of what told of the patient unexpectedly."""
        self._patient = self.patient_of(dataset)
        self._days = self._pseudonyms.days(self._patient)
        telltale = _telltale(dataset)
        if PATIENT_ID not in dataset:
            dataset.add_new(PATIENT_ID, "LO", "")
        if PATIENT_NAME not in dataset:
            dataset.add_new(PATIENT_NAME, "PN", "")
        self._clean(dataset, False)
        found: Set[str] = set()
        _blank(dataset, telltale, convert_encodings("ISO_IR 6"), found)
        return sorted(found)

    @staticmethod
    def patient_of(dataset: Dataset) -> str:
        """Return what tells patients apart: the Patient ID, or in its stead name and birth date."""
        patient_id = text_of(dataset, PATIENT_ID).strip()
        if patient_id:
            return patient_id
        return "\n".join((text_of(dataset, PATIENT_NAME), text_of(dataset, 0x00100030)))

    @property
    def days(self) -> int:
        """By how many days the dates of the last data set would be shifted."""
        return self._days

    def _clean(self, dataset: Dataset, in_content: bool) -> None:
        for tag in sorted(dataset.keys()):
            if tag not in dataset:
                continue
            item = dataset.get_item(tag)
            vr = element_vr(item)
            what = treatment(int(tag), vr, self._options, in_content)
            if what == KEEP:
                continue
            self._treatments[what](self, dataset, int(tag), vr)

    def _remove(self, dataset: Dataset, tag: int, _vr: str) -> None:
        del dataset[tag]

    def _empty(self, dataset: Dataset, tag: int, vr: str) -> None:
        dataset[tag] = DataElement(tag, vr, [] if vr == "SQ" else None)

    def _dummy(self, dataset: Dataset, tag: int, vr: str) -> None:
        if not _is_empty(dataset.get_item(tag)):
            dataset[tag] = DataElement(tag, vr, DUMMIES.get(vr, ""))

    def _uid(self, dataset: Dataset, tag: int, _vr: str) -> None:
        self._pseudonyms.uid(dataset, dataset[tag])

    def _name(self, dataset: Dataset, tag: int, _vr: str) -> None:
        if not _is_empty(dataset.get_item(tag)):
            self._pseudonyms.name(dataset, dataset[tag])

    def _shift(self, dataset: Dataset, tag: int, vr: str) -> None:
        if _is_empty(dataset.get_item(tag)):
            return
        if not self._pseudonyms.shift(dataset, dataset[tag], self._days):
            self._dummy(dataset, tag, vr)

    def _pseudonym(self, dataset: Dataset, tag: int, vr: str) -> None:
        if tag in (PATIENT_ID, PATIENT_NAME):
            value = self._pseudonyms.identifier("PatientID", self._patient)
        elif _is_empty(dataset.get_item(tag)):
            return
        else:
            value = self._pseudonyms.identifier(_KINDS[tag], text_of(dataset, tag))
        dataset[tag] = DataElement(tag, vr, value)

    def _items(self, dataset: Dataset, tag: int, _vr: str, in_content: bool = False) -> None:
        element = dataset[tag]
        if element.VR != "SQ":
            del dataset[tag]
            return
        for item in element.value or []:
            self._clean(item, in_content)

    def _content(self, dataset: Dataset, tag: int, vr: str) -> None:
        if tag == PERSON_CODES:
            self._empty(dataset, tag, vr)
        else:
            self._items(dataset, tag, vr, in_content=True)

    _treatments: Dict[str, Callable[[Cleaner, Dataset, int, str], None]] = {
        REMOVE: _remove,
        EMPTY: _empty,
        DUMMY: _dummy,
        UID: _uid,
        NAME: _name,
        SHIFT: _shift,
        PSEUDONYM: _pseudonym,
        ITEMS: _items,
        CONTENT: _content,
    }


def _is_empty(item: Element) -> bool:
    value = item.value
    return value is None or (hasattr(value, "__len__") and len(value) == 0)


def _folded(text: str) -> str:
    """Return text without case and accents, for comparing."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()


def _telltale(dataset: Dataset) -> Optional[Pattern[str]]:
    """Return a pattern that finds the patient's names and numbers as whole words."""
    words: Set[str] = set()
    for tag in _TELLTALE:
        text = text_of(dataset, tag)
        parts = re.split(r"[\^=\\ ]+", text) if known_vr(tag) == "PN" else text.split("\\")
        words.update(_folded(part).strip() for part in parts)
    long_enough = sorted(word for word in words if len(word) >= _SHORTEST_TELLTALE)
    if not long_enough:
        return None
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, long_enough)) + r")(?!\w)")


def _blank(
    dataset: Dataset, telltale: Optional[Pattern[str]], encodings: List[str], found: Set[str]
) -> None:
    """Replace texts that name the patient although the profile keeps them, and broken ones."""
    if _CHARACTER_SET in dataset:
        encodings = convert_encodings(dataset[_CHARACTER_SET].value or "ISO_IR 6")
    for tag in sorted(dataset.keys()):
        item = dataset.get_item(tag)
        vr = element_vr(item)
        if vr == "SQ":
            for nested in dataset[tag].value or []:
                _blank(nested, telltale, encodings, found)
        elif vr in _TEXT or vr in _CODE_TEXT:
            value = item.value
            if isinstance(value, bytes):
                if _CONTROLS.search(value.rstrip(b"\0 ")):
                    # Something else was swallowed by a wrong length, or hides there.
                    dataset[tag] = DataElement(tag, vr, DUMMIES[vr])
                    continue
                value = decode_bytes(value, encodings, _DELIMITERS)
            searched = vr in _TEXT or (vr == "CS" and tag.group not in _STRUCTURE_GROUPS)
            if telltale and value and searched and telltale.search(_folded(str(value))):
                dataset[tag] = DataElement(tag, vr, DUMMIES[vr])
                found.add(keyword_for_tag(tag) or str(tag))
