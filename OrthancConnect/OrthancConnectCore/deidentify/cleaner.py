"""Applies the rules to a data set, element by element, at all depths."""

from __future__ import annotations

import functools
import re
from typing import Callable, Dict, List

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from ..dicom.part10 import is_uid
from ..shared.upload_options import DeidentifyChoice
from . import rules
from .leftovers import Leftovers
from .pseudonyms import Pseudonyms
from .values import (
    CONTROLS,
    TEXT,
    Element,
    element_vr,
    is_empty,
    joined_text,
    made,
    put_dummy,
    text_of,
)

_KINDS = {rules.ACCESSION_NUMBER: "AccessionNumber", rules.STUDY_ID: "StudyID"}
_BIRTH_DATE, _ISSUER_QUALIFIERS, _UNIVERSAL_ID = 0x00100030, 0x00100024, 0x00400032
#: What values in numbers may consist of.
_NUMBERS = {
    vr: re.compile(rb"(?:[%s+.,: \\\0-]|nan|inf)*" % letters, re.IGNORECASE)
    for vr, letters in (
        *(("DS", rb"0-9e"), ("IS", rb"0-9"), ("AS", rb"0-9dwmy")),
        *(("DA", rb"0-9"), ("DT", rb"0-9"), ("TM", rb"0-9")),
    )
}
#: Far more than there are attributes in files that are not made to be many.
_MOST_DECIDED = 20_000


class Cleaner:
    """Changes one data set after the other in place, with new names, numbers and UIDs."""

    def __init__(self, pseudonyms: Pseudonyms, choice: DeidentifyChoice) -> None:
        self._pseudonyms = pseudonyms
        self._patient = ""
        self._decide = functools.lru_cache(_MOST_DECIDED)(
            lambda tag, vr, in_content: rules.treatment(tag, vr, choice, in_content)
        )
        #: Of the last data set.
        self.leftovers = Leftovers(Dataset())

    def clean(self, dataset: Dataset) -> List[str]:
        """De-identify a data set; return the keywords of what told of the patient unexpectedly."""
        self._patient = _patient_of(dataset)
        self.leftovers = Leftovers(dataset)
        if rules.PATIENT_ID not in dataset:
            dataset.add_new(rules.PATIENT_ID, "LO", "")
        if rules.PATIENT_NAME not in dataset:
            dataset.add_new(rules.PATIENT_NAME, "PN", "")
        self._clean(dataset, False)
        return self.leftovers.blank(dataset)

    def _clean(self, dataset: Dataset, in_content: bool) -> None:
        for item in list(dataset.values()):
            tag, vr = int(item.tag), element_vr(item)
            what = self._decide(tag, vr, in_content)
            if what != rules.KEEP:
                self._treatments[what](self, dataset, tag, vr)
            elif _is_broken(item, vr):
                put_dummy(dataset, tag, vr)

    def _remove(self, dataset: Dataset, tag: int, _vr: str) -> None:
        del dataset[tag]

    def _empty(self, dataset: Dataset, tag: int, vr: str) -> None:
        dataset[tag] = DataElement(tag, vr, []) if vr == "SQ" else made(tag, vr, None)

    def _dummy(self, dataset: Dataset, tag: int, vr: str) -> None:
        if not is_empty(dataset.get_item(tag)):
            put_dummy(dataset, tag, vr)

    def _uid(self, dataset: Dataset, tag: int, vr: str) -> None:
        before = text_of(dataset, tag)
        after = self._pseudonyms.uids(tag, before)
        if not all(is_uid(one) for one in after.split("\\") if one):
            after = ""
        if after != before:
            dataset[tag] = made(tag, vr, after)
        self.leftovers.add_uids(set(before.split("\\")) - set(after.split("\\")))

    def _name(self, dataset: Dataset, tag: int, _vr: str) -> None:
        if not is_empty(dataset.get_item(tag)):
            self._pseudonyms.name(dataset, dataset[tag])

    def _shift(self, dataset: Dataset, tag: int, vr: str) -> None:
        if is_empty(dataset.get_item(tag)):
            return
        days = self._pseudonyms.days(self._patient)
        if not self._pseudonyms.shift(dataset, dataset[tag], days):
            put_dummy(dataset, tag, vr)

    def _pseudonym(self, dataset: Dataset, tag: int, vr: str) -> None:
        if tag in (rules.PATIENT_ID, rules.PATIENT_NAME):
            value = self._pseudonyms.identifier("PatientID", self._patient)
        elif is_empty(dataset.get_item(tag)):
            return
        else:
            value = self._pseudonyms.identifier(_KINDS[tag], text_of(dataset, tag))
        self.leftovers.add_ours(value)
        dataset[tag] = made(tag, vr, value)

    def _items(self, dataset: Dataset, tag: int, _vr: str, in_content: bool = False) -> None:
        element = dataset[tag]
        if element.VR != "SQ":
            del dataset[tag]
            return
        for item in element.value or []:
            self._clean(item, in_content)

    def _content(self, dataset: Dataset, tag: int, vr: str) -> None:
        if tag == rules.PERSON_CODES:
            self._empty(dataset, tag, vr)
        else:
            self._items(dataset, tag, vr, in_content=True)

    _treatments: Dict[str, Callable[[Cleaner, Dataset, int, str], None]] = {
        rules.REMOVE: _remove,
        rules.EMPTY: _empty,
        rules.DUMMY: _dummy,
        rules.UID: _uid,
        rules.NAME: _name,
        rules.SHIFT: _shift,
        rules.PSEUDONYM: _pseudonym,
        rules.ITEMS: _items,
        rules.CONTENT: _content,
    }


def _patient_of(dataset: Dataset) -> str:
    """Return what tells patients apart: ID and who gave it, or in its stead name and birth date.

    Of the ID, trailing spaces are padding; others are a part of it, as they are to Orthanc.
    """
    patient_id = text_of(dataset, rules.PATIENT_ID, strip_left=False)
    if not patient_id.strip():
        name, birth_date = text_of(dataset, rules.PATIENT_NAME), text_of(dataset, _BIRTH_DATE)
        return f"{name}\n{birth_date}"
    issuer = text_of(dataset, rules.PATIENT_ID_ISSUER) or _universal_issuer(dataset)
    return f"{patient_id}\nissued by {issuer}" if issuer else patient_id


def _universal_issuer(dataset: Dataset) -> str:
    """Return who gave the Patient ID, where only its qualifiers tell (PS3.3 table 10-1)."""
    if _ISSUER_QUALIFIERS not in dataset or dataset[_ISSUER_QUALIFIERS].VR != "SQ":
        return ""
    return "".join(text_of(item, _UNIVERSAL_ID) for item in dataset[_ISSUER_QUALIFIERS].value or [])


def _is_broken(item: Element, vr: str) -> bool:
    """Return whether something was swallowed by a wrong length, or hides among numbers."""
    value = item.value
    if vr not in _NUMBERS and vr not in TEXT or value is None:
        return False
    if not isinstance(value, bytes):
        value = joined_text(value).encode("utf-8", "replace")
    if vr in _NUMBERS and not _NUMBERS[vr].fullmatch(value):
        return True
    return CONTROLS.search(value.rstrip(b"\0 ")) is not None
