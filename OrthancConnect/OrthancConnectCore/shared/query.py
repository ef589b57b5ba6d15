"""What to look for on the server, and what was found: filters, records and the query itself.

The records import nothing heavy, so that Slicer's process can use them as well.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Iterable, Iterator, Mapping, Optional, Tuple

from .errors import InputError
from .validation import begun, plain_text, uid_fault

# Longest values, in characters: DICOM PS3.5 table 6.2-1 (PN counts for one component group). Of
# identifiers people have longer ones than it allows: what Orthanc takes.
_TEXT_LENGTHS = {
    "patient_name": 64,
    "patient_id": 256,
    "accession_number": 256,
    "study_description": 64,
}
_LABELS = {
    "patient_id": "patient ID",
    "study_date_from": "first study date",
    "study_date_to": "last study date",
}
#: What is said where a server ended its answer before its end.
SERVER_LIMIT = (
    "The server ended its answer early, by a limit of its own (Orthanc's LimitFindResults). Narrow "
    "the filters, or ask its administrator to raise it."
)
# DICOM PS3.5 table 6.2-1, VR CS; "?" and "*" are wildcards (PS3.4 C.2.2.2.4).
_MODALITY = re.compile(r"[A-Z0-9_ ?*]{1,16}")
_DATE = re.compile(r"(\d{4})([-/.]?)(\d{2})\2(\d{2})", re.ASCII)


@dataclass(frozen=True)
class QueryFilters:
    """What a person looks for; empty fields match everything.

    Raises
    ------
    InputError
        A value that can't be searched for; the fact `field` names it.
    """

    #: Part of the name; ``*`` and ``?`` are wildcards. ``Pérez, Núria`` is taken as the DICOM name
    #: ``Pérez^Núria``.
    patient_name: str = ""
    #: The whole patient ID, unless it holds a wildcard; spaces before it count.
    patient_id: str = ""
    #: First and last study date, ``YYYYMMDD``; ISO dates (``2026-03-02``) are accepted.
    study_date_from: str = ""
    study_date_to: str = ""
    #: For example ``("CT", "MR")``; a text with commas or spaces between them is accepted.
    modalities: Tuple[str, ...] = ()
    #: Part of the accession number; wildcards as in `patient_name`.
    accession_number: str = ""
    #: Part of the study's description; wildcards as in `patient_name`.
    study_description: str = ""

    def __post_init__(self) -> None:
        for name, length in _TEXT_LENGTHS.items():
            object.__setattr__(self, name, _checked_text(name, getattr(self, name), length))
        name = self.patient_name
        if "," in name and "^" not in name:
            parts = (part.strip() for part in name.split(","))
            object.__setattr__(self, "patient_name", "^".join(parts).strip("^"))
        for name in ("study_date_from", "study_date_to"):
            object.__setattr__(self, name, _checked_date(name, getattr(self, name)))
        if self.study_date_to and self.study_date_from > self.study_date_to:
            raise _refused(
                "study_date_to",
                f"The study date range ends on {display_date(self.study_date_to)}, before it "
                f"begins on {display_date(self.study_date_from)}.",
                "Swap the two dates.",
            )
        object.__setattr__(self, "modalities", _checked_modalities(self.modalities))

    @property
    def is_empty(self) -> bool:
        """Whether everything on the server matches."""
        return self == QueryFilters()

    def accept(self, patient: PatientRecord, study: StudyRecord) -> bool:
        """Whether a study that was not found by a query of these filters would match them."""
        texts = (
            (wildcard_text(self.patient_name), patient.patient_name),
            (self.patient_id, patient.patient_id),
            (wildcard_text(self.accession_number), study.accession_number),
            (wildcard_text(self.study_description), study.study_description),
        )
        first, last = self.study_date_from, self.study_date_to or "9"
        in_time = not (first or self.study_date_to) or first <= study.study_date <= last
        kinds = (matches(one, has) for one in self.modalities for has in study.modalities)
        right = all(matches(pattern, value) for pattern, value in texts if pattern)
        return right and in_time and (not self.modalities or any(kinds))


def _label(field: str) -> str:
    return _LABELS.get(field, field.replace("_", " "))


def _refused(field: str, message: str, hint: str) -> InputError:
    return InputError(message, hint, field=field)


def _checked_text(field: str, value: object, longest: int) -> str:
    if not isinstance(value, str):
        raise _refused(field, f"The {_label(field)} must be text.", "Type it again.")
    is_id = field == "patient_id"  # the spaces before one count, and a backslash parts nothing
    text = value.rstrip() if is_id else value.strip()
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text) or (
        "\\" in text and not is_id
    ):
        raise _refused(
            field,
            f"The {_label(field)} holds a backslash or a control character.",
            "Remove it; use * for any text and ? for any one character.",
        )
    if len(text) > longest:
        raise _refused(
            field,
            f"The {_label(field)} is longer than {longest} characters.",
            "Shorten it; a part of it is enough, with * for the rest.",
        )
    return text


def _checked_date(field: str, value: object) -> str:
    text = value.strip() if isinstance(value, str) else plain_text(value, 40)
    if not text:
        return ""
    match = _DATE.fullmatch(text)
    if match:
        with suppress(ValueError):
            date(*map(int, match.group(1, 3, 4)))
            return "".join(match.group(1, 3, 4))
    raise _refused(
        field,
        f"The {_label(field)} {begun(text)} is not a date.",
        "Type it as YYYY-MM-DD or YYYYMMDD.",
    )


def _checked_modalities(value: object) -> Tuple[str, ...]:
    if isinstance(value, str):
        value = [part for part in re.split(r"[,;\s]+", value) if part]
    if not isinstance(value, (tuple, list)):
        raise _refused("modalities", "The modalities must be a list of texts.", "Type CT or CT,MR.")
    found = []
    for item in value:
        modality = item.strip().upper() if isinstance(item, str) else ""
        if not _MODALITY.fullmatch(modality):
            raise _refused(
                "modalities",
                f"{begun(item)} is not a modality.",
                "Use DICOM's short names, as CT, MR, US or SEG.",
            )
        found.append(modality)
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class SeriesRecord:
    """A series on the server."""

    #: (0020,000E), as the server has it, whether it is well formed or not.
    series_instance_uid: str
    #: (0020,0011); None where the server has none.
    series_number: Optional[int] = None
    #: (0008,0060) and (0008,103E), as plain text.
    modality: str = ""
    series_description: str = ""
    #: How many instances the server has of it; None where it does not tell.
    number_of_instances: Optional[int] = None

    @property
    def fault(self) -> str:
        """What is wrong with its UID, as a sentence without its point; empty for a sound one."""
        fault = uid_fault(self.series_instance_uid)
        return fault and f"the Series Instance UID {fault}"


@dataclass(frozen=True)
class StudyRecord:
    """A study on the server, with its series by number."""

    #: (0020,000D), as the server has it, whether it is well formed or not.
    study_instance_uid: str
    #: (0008,0020), ``YYYYMMDD``; empty where the server has none.
    study_date: str = ""
    #: (0008,1030) and (0008,0050), as plain text.
    study_description: str = ""
    accession_number: str = ""
    #: (0008,0061), or those of the series where the server does not tell.
    modalities: Tuple[str, ...] = ()
    #: By number, then by UID; empty where they are not known (yet).
    series: Tuple[SeriesRecord, ...] = ()

    @property
    def fault(self) -> str:
        """What is wrong with its UID, as a sentence without its point; empty for a sound one."""
        fault = uid_fault(self.study_instance_uid)
        return fault and f"the Study Instance UID {fault}"


@dataclass(frozen=True)
class PatientRecord:
    """A patient on the server, with the studies that match, newest first."""

    #: (0010,0020), as the server has it but for padding behind it; may be empty.
    patient_id: str
    #: (0010,0010) as the server has it, ``Pérez^Núria``; see `display_person_name`.
    patient_name: str = ""
    #: (0010,0030), ``YYYYMMDD``; may be empty.
    birth_date: str = ""
    #: (0010,0040); may be empty.
    sex: str = ""
    #: The newest first.
    studies: Tuple[StudyRecord, ...] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PatientRecord:
        """Rebuild a patient with all studies and series from `asdict`."""
        studies = []
        for study in data["studies"]:
            series = tuple(SeriesRecord(**one) for one in study["series"])
            modalities = tuple(study["modalities"])
            studies.append(StudyRecord(**{**study, "modalities": modalities, "series": series}))
        return cls(**{**data, "studies": tuple(studies)})


#: What tells a series from all others: patient ID, Study and Series Instance UID. UIDs alone may
#: stand under two patients.
SeriesKey = Tuple[str, str, str]


def keyed_series(patients: Iterable[PatientRecord]) -> Iterator[Tuple[SeriesKey, SeriesRecord]]:
    """Yield all series of some patients, each with what tells it from the others."""
    for patient in patients:
        for study in patient.studies:
            for series in study.series:
                uids = study.study_instance_uid, series.series_instance_uid
                yield (patient.patient_id, *uids), series


@dataclass(frozen=True)
class QueryResult:
    """What a query found."""

    #: By name, then by patient ID.
    patients: Tuple[PatientRecord, ...] = ()
    #: Whether there is more than is shown, for whatever reason.
    truncated: bool = False
    #: Wall time.
    seconds: float = 0.0
    #: Whether it was the limit that was asked for.
    limited: bool = False
    #: Sentences: other reasons why there may be more, and what is left out.
    notes: Tuple[str, ...] = ()

    @property
    def studies(self) -> Tuple[StudyRecord, ...]:
        """The studies of all patients."""
        return tuple(study for patient in self.patients for study in patient.studies)

    @property
    def series(self) -> Tuple[SeriesRecord, ...]:
        """The series of all studies."""
        return tuple(series for study in self.studies for series in study.series)


def display_person_name(name: str) -> str:
    """Return a DICOM person name as a person reads it: ``Pérez^Núria`` → ``Pérez, Núria``.

    DICOM PS3.5 section 6.2.1: family, given, middle, prefix and suffix, parted by ``^``; up to
    three component groups (alphabetic, ideographic, phonetic), parted by ``=``. The first group
    that is not empty is shown.
    """
    group = next((part for part in name.split("=") if part.strip("^ ")), "")
    parts = [plain_text(part, 200) for part in group.split("^")] + [""] * 5
    family, given, middle, prefix, suffix = parts[:5]
    first = " ".join(part for part in (prefix, given, middle) if part)
    return ", ".join(part for part in (family, first, suffix) if part)


def display_date(value: str) -> str:
    """Return a DICOM date as ISO 8601, ``20260302`` → ``2026-03-02``; anything else as it is."""
    match = _DATE.fullmatch(value.strip())
    return "-".join(match.group(1, 3, 4)) if match else plain_text(value, 40)


def wildcard_text(text: str) -> str:
    """Return a text filter as C-FIND needs it to find a part: ``*text*``, unless it has wildcards.

    DICOM PS3.4 section C.2.2.2.4. Orthanc matches names without regard to case, accents count.
    """
    return text if not text or "*" in text or "?" in text else f"*{text}*"


def matches(pattern: str, value: str) -> bool:
    """Whether a text, or one component group of a name, has a pattern of `*` and `?`.

    Where a server can't be asked as precisely as is meant, its answers are sifted by this.
    """
    folded = unicodedata.normalize("NFC", pattern).casefold()
    whole = unicodedata.normalize("NFC", value).casefold()
    shell_pattern = folded.replace("[", "[[]")  # which is no wildcard in DICOM
    return any(fnmatchcase(text.rstrip(), shell_pattern) for text in [whole, *whole.split("=")])


def names_in_order(patients: Iterable[PatientRecord]) -> Tuple[PatientRecord, ...]:
    """Return patients by name as people look for them, then by patient ID."""
    return tuple(sorted(patients, key=lambda item: (item.patient_name.casefold(), item.patient_id)))
