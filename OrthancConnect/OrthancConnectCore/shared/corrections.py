"""What may be corrected of a study that a server has, and what of it goes: checked, compared."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Dict, Mapping, Tuple

from .errors import InputError
from .validation import plain_text

#: Attributes that tell who the patient is, and those of the study, with their value representation
#: (DICOM PS3.6 table 6-1).
OF_PATIENT = {"PatientID": "LO", "PatientName": "PN", "PatientBirthDate": "DA", "PatientSex": "CS"}
OF_STUDY = {
    **{"StudyDescription": "LO", "AccessionNumber": "SH", "StudyID": "SH", "StudyDate": "DA"},
    **{"StudyTime": "TM", "ReferringPhysicianName": "PN"},
}
_LONGEST = {"LO": 64, "SH": 16, "PN": 64}
_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?", re.ASCII)
_SEXES = ("", "M", "F", "O")


def value_fault(representation: str, text: str) -> str:
    r"""Say why a text is no value of LO, SH, PN, DA, TM or of (0010,0040); empty when it is one.

    DICOM PS3.5 section 6.2: lengths, no backslash and no control characters; a person's name has at
    most three groups of five components, each group at most 64 characters. An empty value is one.
    """
    if "\\" in text or any(ord(char) < 32 or 127 <= ord(char) < 160 for char in text):
        return "has a backslash or a control character"
    if any(0xD800 <= ord(char) < 0xE000 for char in text):
        return "has half a character"
    groups = text.split("=") if representation == "PN" else [text]
    longest = _LONGEST.get(representation, 16)
    if any(len(group) > longest for group in groups):
        return f"is longer than {longest} characters"
    if representation == "PN" and (len(groups) > 3 or any(one.count("^") > 4 for one in groups)):
        return "has more parts than a name has (five, parted by ^)"
    if representation == "DA" and text and not _is_date(text):
        return "is no date as 20261129"
    if representation == "TM" and text and not _TIME.fullmatch(text):
        return "is no time as 183000"
    if representation == "CS" and text not in _SEXES:
        return "is neither M, F, O nor empty"
    return ""


def _is_date(text: str) -> bool:
    try:
        return text.isascii() and len(text) == 8 and bool(date(*map(int, _parts(text))))
    except ValueError:
        return False


def _parts(text: str) -> Tuple[str, str, str]:
    return text[:4], text[4:6], text[6:]


def checked_correction(wanted: Mapping[str, str]) -> Dict[str, str]:
    """Return attributes by keyword and their new values, if a study can have them.

    Raises
    ------
    InputError
        None, one that is not for correction, or a value that its representation does not allow.
    """
    known = {**OF_PATIENT, **OF_STUDY}
    if not wanted:
        raise InputError("Nothing is to be corrected.", f"Name attributes: {', '.join(known)}.")
    for keyword, value in wanted.items():
        if keyword not in known:
            raise InputError(
                f"The attribute {plain_text(keyword, 60)!r} is not for correction.",
                f"These are: {', '.join(known)}.",
            )
        why = value_fault(known[keyword], value)
        if keyword == "PatientID" and not value.strip():
            why = "is empty"
        if why:
            raise InputError(f"The new {keyword} {why}.", "Nothing was changed; write it anew.")
    return {keyword: value.rstrip(" ") for keyword, value in wanted.items()}


@dataclass(frozen=True)
class ServerThing:
    """A study or series as the server has it at a moment: two of them are equal if nothing changed.

    The texts are plain; `instances` are told by their number, and by a digest of which they are.
    """

    level: str
    orthanc_id: str
    study_orthanc_id: str
    uid: str
    patient_id: str
    patient_name: str
    patient_birth_date: str
    patient_sex: str
    study_date: str
    description: str
    modalities: Tuple[str, ...]
    series: int
    instances: int
    bytes: int
    digest: str

    def to_dict(self) -> Dict[str, Any]:
        """Return the fields as JSON-serialisable values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ServerThing:
        """Build it from `to_dict`.

        Raises
        ------
        InputError
            It is not that.
        """
        try:
            fields = dict(data)
            fields["modalities"] = tuple(fields["modalities"])
            made = cls(**fields)
            if made.level not in ("Study", "Series"):
                raise ValueError(made.level)
        except (TypeError, KeyError, ValueError) as error:
            raise InputError("What is to be changed is not told.", "Look at it again.") from error
        return made

    @property
    def confirmation(self) -> str:
        """What a person types to have it deleted: the patient's ID, or where it has none, its name.

        Without both it is ``DELETE``.
        """
        return (self.patient_id or self.patient_name).strip() or "DELETE"
