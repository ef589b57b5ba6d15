"""Checks of what a person looks for; each refusal names its field."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Tuple

from .errors import InputError
from .validation import begun, is_label, plain_text

#: Longest values, in characters: DICOM PS3.5 table 6.2-1 (PN counts for one component group). Of
#: identifiers people have longer ones than it allows: what Orthanc takes.
TEXT_LENGTHS = {
    "patient_name": 64,
    "patient_id": 256,
    "accession_number": 256,
    "study_description": 64,
    "series_description": 64,
    "body_part": 16,
    "referring_physician": 64,
    "institution": 64,
}
_LABELS = {
    "patient_name": "patient name",
    "patient_id": "patient ID",
    "study_date_from": "first study date",
    "study_date_to": "last study date",
    "modalities": "modality",
    "accession_number": "accession number",
    "study_description": "study description",
    "birth_date": "birth date",
    "series_description": "series description",
    "body_part": "body part",
    "referring_physician": "referring physician",
    "institution": "institution",
}
# DICOM PS3.5 table 6.2-1, VR CS; "?" and "*" are wildcards (PS3.4 C.2.2.2.4).
_MODALITY = re.compile(r"[A-Z0-9_ ?*]{1,16}")
#: A date as DICOM has it, or ISO 8601.
DATE = re.compile(r"(\d{4})([-/.]?)(\d{2})\2(\d{2})", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3])(:?[0-5]\d(:?[0-5]\d)?)?", re.ASCII)
_SEX = re.compile(r"[A-Z0-9_ ]{1,16}")


def refused(field: str, message: str, hint: str) -> InputError:
    """Return the error that names a field."""
    return InputError(message, hint, field=field)


def checked_text(field: str, value: object, longest: int) -> str:
    """Return a text without spaces at its ends."""
    if not isinstance(value, str):
        raise refused(field, f"The {_LABELS[field]} must be text.", "Type it again.")
    is_id = field == "patient_id"  # the spaces before one count, and a backslash parts nothing
    text = value.rstrip() if is_id else value.strip()
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text) or (
        "\\" in text and not is_id
    ):
        raise refused(
            field,
            f"The {_LABELS[field]} holds a backslash or a control character.",
            "Remove it; use * for any text and ? for any one character.",
        )
    if len(text) > longest:
        raise refused(
            field,
            f"The {_LABELS[field]} is longer than {longest} characters.",
            "Shorten it; a part of it is enough, with * for the rest.",
        )
    return text


def checked_date(field: str, value: object) -> str:
    """Return a date as ``YYYYMMDD``, or nothing."""
    text = value.strip() if isinstance(value, str) else plain_text(value, 40)
    if not text:
        return ""
    match = DATE.fullmatch(text)
    if match:
        year, _separator, month, day = match.groups()
        try:
            date(int(year), int(month), int(day))
        except ValueError:
            match = None
        else:
            return year + month + day
    raise refused(
        field,
        f"The {_LABELS[field]} '{begun(text)}' is not a date.",
        "Type it as YYYY-MM-DD or YYYYMMDD.",
    )


def checked_sex(value: object) -> str:
    """Return a value of (0010,0040), or nothing."""
    sex = value.strip().upper() if isinstance(value, str) else plain_text(value, 40)
    if sex and not _SEX.fullmatch(sex):
        raise refused("sex", f"The sex '{begun(sex)}' can't be searched for.", "Type F, M or O.")
    return sex


def checked_time(value: object) -> str:
    """Return a time or a range of times as digits and a hyphen."""
    text = re.sub(r"\s", "", value) if isinstance(value, str) else plain_text(value, 40)
    first, to, last = text.partition("-")
    for part in (first, last):
        if part and not _TIME.fullmatch(part):
            raise refused(
                "study_time",
                f"The study time '{begun(text)}' can't be read.",
                "Type it as HH:MM, or as a range with a hyphen: 08:30-12:00.",
            )
    first, last = first.replace(":", ""), last.replace(":", "")
    if first and last and first.ljust(6, "0") > last.ljust(6, "9"):
        raise refused(
            "study_time", "The study time range ends before it begins.", "Swap the two times."
        )
    return first + to + last if first or last else ""


def times_to_ask_for(wanted: str) -> str:
    """Return a range of times as a server needs it: from the whole hour to the last second.

    Orthanc compares times as texts, and they are written with more or fewer digits.
    """
    first, last = _bounds(wanted)
    upto = f"{last}{'5959'[len(last) - 2 :]}.999999" if last else ""
    return f"{first[:2]}-{upto}" if wanted else ""


def is_within(wanted: str, time: str) -> bool:
    """Tell whether a time is one that is looked for; any time is, where none is."""
    first, last = _bounds(wanted)
    digits = time.replace(":", "")[:6].ljust(6, "0")
    within = first.ljust(6, "0") <= digits <= (last or "9").ljust(6, "9")
    return not wanted or (bool(time) and within)


def _bounds(wanted: str) -> Tuple[str, str]:
    first, to, last = wanted.partition("-")
    return first, last if to else first


def checked_labels(value: object) -> Tuple[str, ...]:
    """Return labels as Orthanc has them, each once."""
    if isinstance(value, str):
        value = [part for part in re.split(r"[,;\s]+", value) if part]
    if not isinstance(value, (tuple, list)):
        raise refused("labels", "The labels must be a list of texts.", "Type one or several.")
    for label in value:
        if not is_label(label):
            raise refused(
                "labels",
                f"'{begun(label)}' is no label.",
                "Use up to 64 plain letters, digits, hyphens and underscores.",
            )
    return tuple(dict.fromkeys(value))


def checked_modalities(value: object) -> Tuple[str, ...]:
    """Return modalities in capitals, each once."""
    if isinstance(value, str):
        value = [part for part in re.split(r"[,;\s]+", value) if part]
    if not isinstance(value, (tuple, list)):
        raise refused("modalities", "The modalities must be a list of texts.", "Type CT or CT,MR.")
    found = []
    for item in value:
        modality = item.strip().upper() if isinstance(item, str) else ""
        if not _MODALITY.fullmatch(modality):
            raise refused(
                "modalities",
                f"'{begun(item)}' is not a modality.",
                "Use DICOM's short names, as CT, MR, US or SEG.",
            )
        found.append(modality)
    return tuple(dict.fromkeys(found))
