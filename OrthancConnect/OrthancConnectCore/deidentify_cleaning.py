"""Applies the rules to a data set, element by element, at all depths."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Callable, Dict, Iterable, List, Optional, Pattern, Set, Tuple, Union

from pydicom.charset import convert_encodings, decode_bytes
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset

from .deidentify_check import (
    STRUCTURE_GROUPS,
    Originals,
    has_word,
    is_structure_word,
    python_encodings,
)
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
from .part10 import is_uid

_KINDS = {ACCESSION_NUMBER: "AccessionNumber", STUDY_ID: "StudyID"}
_CHARACTER_SET = 0x00080005
_TEXT = frozenset(("LO", "SH", "ST", "LT", "UT", "UC", "PN", "AE", "UR"))
_BINARY = frozenset(("OB", "OW", "OD", "OF", "OL", "OV", "UN", "US", "SS"))
_CODE_TEXT = frozenset(("CS", "AS", "DS", "IS", "DA", "DT", "TM"))
#: What values in numbers may consist of.
_NUMBERS = {
    vr: re.compile(rb"(?:[%s+.,: \\\0-]|nan|inf)*" % letters, re.IGNORECASE)
    for vr, letters in (
        *(("DS", rb"0-9e"), ("IS", rb"0-9"), ("AS", rb"0-9dwmy")),
        *(("DA", rb"0-9"), ("DT", rb"0-9"), ("TM", rb"0-9")),
    )
}
_PLAIN = frozenset(("LO", "SH", "PN", "UI", "CS", "DA", "TM", "AE"))
_NOT_PLAIN = re.compile(rb"[\\\x1b]")
_ESCAPE = re.compile(r"\x1b[ -/]*[0-~]")
#: No text has these, but for tabulators, ends of lines and pages, and ISO 2022's escape.
_CONTROLS = re.compile(rb"[\0-\x08\x0b\x0e-\x1a\x1c-\x1f]")
#: Whose values betray the patient wherever else they stand: names, numbers, birth date, address.
_TELLTALE = (
    *(PATIENT_NAME, PATIENT_ID, ACCESSION_NUMBER, 0x00100030, 0x00101000, 0x00101001),
    *(0x00101005, 0x00101040, 0x00101060, 0x00102154, 0x00101090, 0x00380010),
)
_SHORTEST_TELLTALE = 3
_NAMES = (PATIENT_NAME, 0x00101001, 0x00101005, 0x00101060)
_IDENTIFIERS = (PATIENT_ID, ACCESSION_NUMBER, 0x00101000, 0x00380010)
_OWN_UIDS = (0x0020000D, 0x0020000E, 0x00080018, 0x00200052)
#: Far more than there are attributes in files that are not made to be many.
_MOST_DECIDED = 20_000
_DELIMITERS = {0x5C, 0x5E, 0x3D, 0x0D, 0x0A, 0x09, 0x0C}

Element = Union[DataElement, RawDataElement]


def element_vr(item: Element) -> str:
    """Return an element's value representation: as it says, or as the dictionary knows."""
    said = item.VR or "UN"
    return (known_vr(int(item.tag)) or said) if said == "UN" else str(said)


def _is_plain(vr: Optional[str], value: bytes) -> bool:
    """Return whether pydicom, which takes longer, would read one text of ASCII."""
    return vr in _PLAIN and value.isascii() and not _NOT_PLAIN.search(value)


def text_of(dataset: Dataset, tag: int) -> str:
    """Return a value as text, empty where there is none."""
    item = dataset.get_item(tag)
    if item is None:
        return ""
    value = item.value
    if not isinstance(value, bytes) or not _is_plain(item.VR, value):
        value = dataset[tag].value
    else:
        value = value.decode("ascii")
    if value is None:
        return ""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        return str(value).strip(" \0")
    parts = value if not hasattr(value, "original_string") else [value]
    return "\\".join(str(part) for part in parts).strip(" \0")


@functools.lru_cache(4096)
def _made(tag: int, vr: str, value: Union[str, bytes, int, float, None]) -> DataElement:
    """Return an element with a value of ours; data sets share it, so nobody may change it."""
    return DataElement(tag, vr, value)


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
        self._decided: Dict[Tuple[int, str, bool], str] = {}
        #: Words that are put into every data set, whatever the patient is called.
        self.own_words = "REMOVED"
        #: Of the last data set.
        self.originals = Originals((), (), set(), ())

    def clean(self, dataset: Dataset) -> List[str]:
        """De-identify a data set; return the keywords of what told of the patient unexpectedly."""
        self._patient = self.patient_of(dataset)
        self._days = self._pseudonyms.days(self._patient)
        self.originals = _originals(dataset)
        telltale = _telltale(dataset)
        if PATIENT_ID not in dataset:
            dataset.add_new(PATIENT_ID, "LO", "")
        if PATIENT_NAME not in dataset:
            dataset.add_new(PATIENT_NAME, "PN", "")
        self._clean(dataset, False)
        leftovers = _Leftovers(telltale, self.originals, self.own_words)
        leftovers.blank(dataset, convert_encodings("ISO_IR 6"))
        return sorted(leftovers.found)

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
        for tag in sorted(map(int, dataset.keys())):
            vr = element_vr(dataset.get_item(tag))
            what = self._decided.get((tag, vr, in_content))
            if what is None:
                what = treatment(tag, vr, self._options, in_content)
                if len(self._decided) < _MOST_DECIDED:
                    self._decided[tag, vr, in_content] = what
            if what != KEEP:
                self._treatments[what](self, dataset, tag, vr)

    def _remove(self, dataset: Dataset, tag: int, _vr: str) -> None:
        del dataset[tag]

    def _empty(self, dataset: Dataset, tag: int, vr: str) -> None:
        dataset[tag] = DataElement(tag, vr, []) if vr == "SQ" else _made(tag, vr, None)

    def _dummy(self, dataset: Dataset, tag: int, vr: str) -> None:
        if not _is_empty(dataset.get_item(tag)):
            dataset[tag] = _made(tag, vr, DUMMIES.get(vr, ""))

    def _uid(self, dataset: Dataset, tag: int, vr: str) -> None:
        before = text_of(dataset, tag).split("\\")
        self._pseudonyms.uid(dataset, dataset[tag])
        after = text_of(dataset, tag).split("\\")
        if any(one and not is_uid(one) for one in after):
            self._empty(dataset, tag, vr)
        self.originals.uids.update(one for one in before if is_uid(one) and one not in after)

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
        dataset[tag] = _made(tag, vr, value)

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


def _originals(dataset: Dataset) -> Originals:
    names, numbers = (
        tuple(text_of(dataset, tag) for tag in tags) for tags in (_NAMES, _IDENTIFIERS)
    )
    uids = {text_of(dataset, tag) for tag in _OWN_UIDS}
    uids = {uid for uid in uids if is_uid(uid) and not uid.startswith("1.2.840.10008.")}
    character_sets = (
        convert_encodings(dataset[_CHARACTER_SET].value or "ISO_IR 6")
        if (_CHARACTER_SET in dataset)
        else []
    )
    return Originals(names, numbers, uids, python_encodings(character_sets))


def _telltale(dataset: Dataset) -> Optional[Pattern[str]]:
    """Return a pattern that finds the patient's names and numbers as whole words."""
    return _pattern(tuple(text_of(dataset, tag) for tag in _TELLTALE))


@functools.lru_cache(256)
def _pattern(texts: Tuple[str, ...]) -> Optional[Pattern[str]]:
    words: Set[str] = set()
    for tag, text in zip(_TELLTALE, texts):
        parts = re.split(r"[\^=\\ ]+", text) if known_vr(tag) == "PN" else text.split("\\")
        words.update(_folded(part).strip() for part in parts)
    long_enough = sorted(word for word in words if len(word) >= _SHORTEST_TELLTALE)
    if not long_enough:
        return None
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, long_enough)) + r")(?!\w)")


class _Leftovers:
    """Replaces what names the patient although the profile keeps it, and what is broken.

    Attributes
    ----------
    found : set of str
        Keywords of the texts with the patient's name or number in them.
    """

    def __init__(self, telltale: Optional[Pattern[str]], originals: Originals, ours: str) -> None:
        self.found: Set[str] = set()
        self._telltale = telltale
        self._uids = originals.uids
        self._words = originals.words(ours)

    def blank(self, dataset: Dataset, encodings: List[str]) -> None:
        """Go through a data set, at all depths."""
        if _CHARACTER_SET in dataset:
            encodings = convert_encodings(dataset[_CHARACTER_SET].value or "ISO_IR 6")
        for tag in sorted(map(int, dataset.keys())):
            item = dataset.get_item(tag)
            vr = element_vr(item)
            if vr == "SQ":
                for nested in dataset[tag].value or []:
                    self.blank(nested, encodings)
            elif vr == "UI":
                if not self._uids.isdisjoint(text_of(dataset, tag).split("\\")):
                    dataset[tag] = _made(tag, vr, None)
            elif vr in _TEXT or vr in _CODE_TEXT:
                if _is_broken(vr, item.value):
                    dataset[tag] = _made(tag, vr, DUMMIES[vr])
                elif self._tells(tag, vr, item.value, encodings):
                    dataset[tag] = _made(tag, vr, DUMMIES[vr])
                    self.found.add(keyword_for_tag(tag) or f"({tag >> 16:04X},{tag & 0xFFFF:04X})")
            elif vr in _BINARY and isinstance(item.value, bytes) and len(item.value) > 3:
                if any(has_word(tag, vr, item.value, word) for word in self._words):
                    dataset[tag] = _made(tag, vr, DUMMIES[vr])
                    self.found.add(keyword_for_tag(tag))

    def _tells(self, tag: int, vr: str, value: object, encodings: List[str]) -> bool:
        if self._telltale is None or not value or not (vr in _TEXT or vr == "CS"):
            return False
        if isinstance(value, bytes):
            value = decode_bytes(value, encodings, _DELIMITERS)
        folded = _folded(_ESCAPE.sub(" ", str(value)))
        if vr == "CS" and tag >> 16 in STRUCTURE_GROUPS:
            found = self._telltale.findall(folded)
            return not all(is_structure_word(word.encode()) for word in found)
        return self._telltale.search(folded) is not None


def _is_broken(vr: str, value: object) -> bool:
    """Return whether something was swallowed by a wrong length, or hides among numbers."""
    legal = _NUMBERS.get(vr)
    if value is not None and not isinstance(value, bytes):
        if legal is None:
            return False
        many = isinstance(value, Iterable) and not isinstance(value, str)
        parts = map(str, value) if many else [str(value)]  # type: ignore[call-overload]
        value = "\\".join(parts).encode("utf-8", "replace")
    if value is None or (legal is not None and not legal.fullmatch(value)):
        return value is not None
    return _CONTROLS.search(value.rstrip(b"\0 ")) is not None
