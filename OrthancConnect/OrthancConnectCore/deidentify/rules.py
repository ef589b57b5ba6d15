"""What the basic profile of DICOM PS3.15 annex E makes of each attribute, by table and by kind.

Where the table leaves a choice ("X/D": remove, or a dummy where the kind of object needs a value),
the dummy is taken: it is valid for every kind of object. Where it allows an empty value, that is.

Attributes that the table does not list are kept, but for

* private ones, curves, overlays, group lengths, and any that DICOM's dictionary does not know;
* groups that are about people and visits as a whole (0010, 0038, 0400, 4008);
* free text (value representations ST, LT, UT, UC), which becomes a dummy, and addresses (UR);
* names, UIDs, dates and times, which are dealt with as their listed kin.

In the content tree of structured reports and in drawn annotations, which the table replaces as a
whole, the structure stays and all text but codes becomes a dummy.
"""

from __future__ import annotations

from typing import Dict, Union

from ..shared.errors import ConfigurationError
from ..shared.upload_options import DeidentifyChoice
from .basic_profile import (
    ACTIONS,
    PATIENT_CHARACTERISTICS,
    STRUCTURE_NAMES,
    TEMPORAL,
    TIMES,
    known_vr,
)

REMOVE_DATES, SHIFT_DATES, KEEP_DATES = "remove", "shift", "keep"

# What is to be done with an element.
KEEP, REMOVE, EMPTY, DUMMY = "keep", "remove", "empty", "dummy"
UID, NAME, SHIFT, PSEUDONYM = "uid", "name", "shift", "pseudonym"
ITEMS, CONTENT = "items", "content"  # look into each item; the same, as in content

PATIENT_ID, PATIENT_ID_ISSUER, PATIENT_NAME = 0x00100020, 0x00100021, 0x00100010
ACCESSION_NUMBER, STUDY_ID = 0x00080050, 0x00200010
PSEUDONYMS = frozenset({PATIENT_ID, PATIENT_NAME, ACCESSION_NUMBER, STUDY_ID})
PERSON_CODES = 0x00401101
#: Where it is said what was done (DICOM PS3.15 E.1.1, PS3.3 C.7.1.1 and C.12.1).
SIGNED = (0x00120062, 0x00120063, 0x00120064, 0x00280303)
IDENTITY_REMOVED, METHOD, METHOD_CODES, TEMPORAL_MODIFIED = SIGNED
_TIMEZONE = (0x00080201, "SH")
_FREE_TEXT = ("ST", "LT", "UT", "UC")
#: Codes and their schemes: value, designator, version, meaning, long and URN value, URL.
_CODES = (0x00080100, 0x00080102, 0x00080103, 0x00080104, 0x00080119, 0x00080120, 0x0008010E)
#: What group 0010 has about animals and about how they lie.
_KEPT_OF_PATIENT = (0x00102201, 0x00102202, 0x00102210, 0x00102292, 0x00102293, 0x00102294)
_PEOPLE_GROUPS = (0x0010, 0x0038, 0x0400, 0x4008)

#: A value for each representation that says nothing.
DUMMIES: Dict[str, Union[str, bytes, int, float]] = {
    **dict.fromkeys(("LO", "SH", "ST", "LT", "UT", "UC", "AE", "CS", "PN"), "REMOVED"),
    **dict.fromkeys(("OB", "OW", "UN", "OD", "OF", "OL", "OV"), b"\0\0"),
    **dict.fromkeys(("US", "UL", "SS", "SL", "SV", "UV"), 0),
    **dict.fromkeys(("FL", "FD"), 0.0),
    "AS": "000Y",
    "DA": "19000101",
    "DT": "19000101000000",
    "TM": "000000",
    "DS": "0",
    "IS": "0",
    "UR": "urn:removed",
}


def check_choice(choice: DeidentifyChoice) -> None:
    """Make sure that all values can be used.

    Raises
    ------
    ConfigurationError
        One can't.
    """
    if choice.dates not in (REMOVE_DATES, SHIFT_DATES, KEEP_DATES):
        raise ConfigurationError(
            "The de-identification does not know what to do with dates.",
            "Use remove, shift or keep.",
        )
    prefix = choice.prefix
    fits = prefix.isalnum() and prefix.isascii() and prefix == prefix.upper()
    if prefix and not (fits and len(prefix) <= 4):
        raise ConfigurationError(
            "The prefix of new patient IDs can't be used.",
            "Use up to 4 capital letters and digits.",
        )


def treatment(tag: int, vr: str, choice: DeidentifyChoice, in_content: bool = False) -> str:
    """Decide what becomes of an element; `in_content` is it in a report or a drawn annotation."""
    group = tag >> 16
    if group & 1 or group < 8 or group >> 8 in (0x50, 0x60) or not tag & 0xFFFF:
        return REMOVE
    if tag in PSEUDONYMS:
        return PSEUDONYM
    if tag in PATIENT_CHARACTERISTICS and choice.keep_patient_characteristics and vr != "SQ":
        return KEEP
    if tag in STRUCTURE_NAMES and choice.keep_structure_names and vr in ("LO", "SH"):
        return KEEP
    is_time = vr in TIMES or (tag, vr) == _TIMEZONE
    if tag in TEMPORAL and choice.dates != REMOVE_DATES and is_time:
        return SHIFT if choice.dates == SHIFT_DATES and vr in ("DA", "DT") else KEEP
    action = ACTIONS.get(tag)
    if action is None:
        return _unlisted(tag, vr, choice, in_content)
    if vr == "SQ":
        return {"D": CONTENT, "X/Z/U*": ITEMS, "Z": EMPTY, "X/Z": EMPTY}.get(action, REMOVE)
    if vr == "UI" and action != "X":
        return UID
    if action in ("X", "Z", "X/Z"):
        return REMOVE if action == "X" else EMPTY
    return NAME if vr == "PN" else DUMMY


def _unlisted(tag: int, vr: str, choice: DeidentifyChoice, in_content: bool) -> str:
    if not known_vr(tag) or (tag >> 16 in _PEOPLE_GROUPS and tag not in _KEPT_OF_PATIENT):
        return REMOVE
    if vr in ("SQ", "UI", "PN"):
        return {"SQ": CONTENT if in_content else ITEMS, "UI": UID, "PN": NAME}[vr]
    if vr in TIMES:
        if choice.dates == SHIFT_DATES and vr != "TM":
            return SHIFT
        return DUMMY if choice.dates == REMOVE_DATES else KEEP
    if tag in _CODES:
        return KEEP
    if vr == "UR":
        return REMOVE
    if vr in _FREE_TEXT or (in_content and vr in ("LO", "SH", "AE")):
        return DUMMY
    return KEEP
