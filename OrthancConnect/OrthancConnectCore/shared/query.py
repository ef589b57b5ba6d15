"""What to look for on the server, and what was found: filters, records and the query itself.

The records import nothing heavy, so that Slicer's process can use them as well.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

from .matching import as_typed, folded, has, matches, wildcard_text
from .query_checks import (
    DATE,
    TEXT_LENGTHS,
    checked_date,
    checked_labels,
    checked_modalities,
    checked_sex,
    checked_text,
    checked_time,
    is_within,
    refused,
    times_to_ask_for,
)
from .validation import plain_text, uid_fault

#: What is said where a server ended its answer before its end.
SERVER_LIMIT = (
    "The server ended its answer early, by a limit of its own (Orthanc's LimitFindResults). Narrow "
    "the filters, or ask its administrator to raise it."
)

#: Where what is followed begins: with what comes, or with all that is there.
FOLLOW_SINCE = ("now", "beginning")


@dataclass(frozen=True)
class QueryFilters:
    """What a person looks for; empty fields match everything.

    Texts are looked for without regard to case and accents: ``perez`` finds ``Pérez``. A patient ID
    is meant as it is, and of an accession number the case alone is left out of account.

    Attributes
    ----------
    patient_name : str
        Part of the name; ``*`` and ``?`` are wildcards. ``Pérez, Núria`` is taken as the DICOM
        name ``Pérez^Núria``.
    patient_id : str
        The whole patient ID, unless it holds a wildcard; spaces before it count.
    study_date_from, study_date_to : str
        First and last study date, ``YYYYMMDD``; ISO dates (``2026-03-02``) are accepted.
    modalities : tuple of str
        For example ``("CT", "MR")``; a text with commas or spaces between them is accepted.
    accession_number : str
        Part of the accession number; wildcards as in `patient_name`.
    study_description : str
        Part of the study's description; wildcards as in `patient_name`.
    birth_date : str
        ``YYYYMMDD``; an ISO date is accepted.
    sex : str
        (0010,0040): ``F``, ``M`` or ``O``.
    study_time : str
        An hour, minute or second, ``HH[MM[SS]]``, or a range of them with a hyphen, ``0830-12``,
        ``17-``; colons are accepted.
    series_description, body_part : str
        Part of (0008,103E), and of (0018,0015), of one series of the study. That series has also
        one of the `modalities`.
    referring_physician, institution : str
        Part of (0008,0090) and of (0008,0080).
    labels : tuple of str
        All of them are on the study.

    Raises
    ------
    InputError
        A value that can't be searched for; the fact `field` names it.
    """

    patient_name: str = ""
    patient_id: str = ""
    study_date_from: str = ""
    study_date_to: str = ""
    modalities: Tuple[str, ...] = ()
    accession_number: str = ""
    study_description: str = ""
    birth_date: str = ""
    sex: str = ""
    study_time: str = ""
    series_description: str = ""
    body_part: str = ""
    referring_physician: str = ""
    institution: str = ""
    labels: Tuple[str, ...] = ()

    def __post_init__(self) -> None:
        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        for name, length in TEXT_LENGTHS.items():
            put(name, checked_text(name, getattr(self, name), length))
        for name in ("patient_name", "referring_physician"):
            text = getattr(self, name)
            if "," in text and "^" not in text:
                put(name, "^".join(part.strip() for part in text.split(",")).strip("^"))
        for name in ("study_date_from", "study_date_to", "birth_date"):
            put(name, checked_date(name, getattr(self, name)))
        if self.study_date_to and self.study_date_from > self.study_date_to:
            raise refused(
                "study_date_to",
                f"The study date range ends on {display_date(self.study_date_to)}, before it "
                f"begins on {display_date(self.study_date_from)}.",
                "Swap the two dates.",
            )
        put("sex", checked_sex(self.sex))
        put("study_time", checked_time(self.study_time))
        put("modalities", checked_modalities(self.modalities))
        put("labels", checked_labels(self.labels))

    @property
    def is_empty(self) -> bool:
        """Whether everything on the server matches."""
        return self == QueryFilters()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> QueryFilters:
        """Rebuild filters from `asdict`; what is left out matches everything.

        Raises
        ------
        InputError
            An unknown filter, or one that can't be searched for.
        """
        unknown = set(data) - {spec.name for spec in fields(cls)}
        if unknown:
            field = plain_text(sorted(unknown)[0], 60)
            raise refused(field, f"There is no filter named {field}.", "Report this fault.")
        return cls(**data)

    @property
    def date_range(self) -> str:
        """The study dates as DICOM asks for them: ``D``, ``D1-D2``, ``D1-``, ``-D2`` or nothing."""
        first, last = self.study_date_from, self.study_date_to
        return first if first == last else f"{first}-{last}"

    @property
    def time_range(self) -> str:
        """The study times to ask for, which are some more."""
        return times_to_ask_for(self.study_time)

    def accept(
        self,
        patient: PatientRecord,
        study: StudyRecord,
        fold: Callable[[str], str] = folded,
    ) -> bool:
        """Whether a study matches, as far as its record tells: also its series, where it has some.

        Parameters
        ----------
        patient, study : PatientRecord, StudyRecord
            What the server has.
        fold : callable
            `folded`, or `as_typed` to compare with accents.
        """
        names = (
            (self.patient_name, patient.patient_name),
            (self.referring_physician, study.referring_physician),
        )
        texts = (
            (self.study_description, study.study_description),
            (self.institution, study.institution),
        )
        accession = wildcard_text(self.accession_number)
        first, last = self.study_date_from, self.study_date_to or "9"
        return (
            all(has(text, value, name=True, fold=fold) for text, value in names)
            and all(has(text, value, fold=fold) for text, value in texts)
            and (not self.patient_id or matches(self.patient_id, patient.patient_id, fold=str))
            and (not accession or matches(accession, study.accession_number, fold=as_typed))
            and (not (first or self.study_date_to) or first <= study.study_date <= last)
            and self.birth_date in ("", patient.birth_date)
            and self.sex in ("", patient.sex.upper())
            and is_within(self.study_time, study.study_time)
            and set(self.labels) <= set(study.labels)
            and self._accepts_series_of(study, fold)
        )

    def _accepts_series_of(self, study: StudyRecord, fold: Callable[[str], str]) -> bool:
        if study.series:
            return any(self.accepts_series(one, fold) for one in study.series)
        return not (self.modalities and study.modalities) or any(
            self._accepts_modality(one) for one in study.modalities
        )

    def _accepts_modality(self, modality: str) -> bool:
        return not self.modalities or any(matches(one, modality) for one in self.modalities)

    def accepts_series(self, series: SeriesRecord, fold: Callable[[str], str] = folded) -> bool:
        """Whether a series is such a one as the filters want in a study."""
        return (
            self._accepts_modality(series.modality)
            and has(self.series_description, series.series_description, fold=fold)
            and has(self.body_part, series.body_part, fold=fold)
        )


@dataclass(frozen=True)
class SeriesRecord:
    """A series on the server.

    Attributes
    ----------
    series_instance_uid : str
        (0020,000E), as the server has it, whether it is well formed or not.
    series_number : int or None
        (0020,0011); None where the server has none.
    modality, series_description : str
        (0008,0060) and (0008,103E), as plain text.
    number_of_instances : int or None
        How many instances the server has of it; None where it does not tell.
    orthanc_id : str
        Orthanc's identifier; empty where it is not known.
    body_part : str
        (0018,0015), as plain text.
    size : int or None
        Bytes on the server; None where they are not known.
    labels : tuple of str
        Orthanc's own (since 1.12).
    """

    series_instance_uid: str
    series_number: Optional[int] = None
    modality: str = ""
    series_description: str = ""
    number_of_instances: Optional[int] = None
    orthanc_id: str = ""
    body_part: str = ""
    size: Optional[int] = None
    labels: Tuple[str, ...] = ()

    @property
    def fault(self) -> str:
        """What is wrong with its UID, as a sentence without its point; empty for a sound one."""
        fault = uid_fault(self.series_instance_uid)
        return fault and f"the Series Instance UID {fault}"


@dataclass(frozen=True)
class StudyRecord:
    """A study on the server, with its series by number.

    Attributes
    ----------
    study_instance_uid : str
        (0020,000D), as the server has it, whether it is well formed or not.
    study_date : str
        (0008,0020), ``YYYYMMDD``; empty where the server has none.
    study_description, accession_number : str
        (0008,1030) and (0008,0050), as plain text.
    modalities : tuple of str
        (0008,0061), or those of the series where the server does not tell.
    series : tuple of SeriesRecord
        By number, then by UID; empty where they are not known (yet).
    orthanc_id : str
        Orthanc's identifier; empty where it is not known.
    study_time : str
        (0008,0030), ``HHMMSS.FFFFFF`` or a part of it.
    referring_physician, institution : str
        (0008,0090), as `PatientRecord.patient_name`, and (0008,0080).
    labels : tuple of str
        Orthanc's.
    number_of_series : int or None
        As the server counts them; None where it does not tell.
    """

    study_instance_uid: str
    study_date: str = ""
    study_description: str = ""
    accession_number: str = ""
    modalities: Tuple[str, ...] = ()
    series: Tuple[SeriesRecord, ...] = ()
    orthanc_id: str = ""
    study_time: str = ""
    referring_physician: str = ""
    institution: str = ""
    labels: Tuple[str, ...] = ()
    number_of_series: Optional[int] = None

    @property
    def fault(self) -> str:
        """What is wrong with its UID, as a sentence without its point; empty for a sound one."""
        fault = uid_fault(self.study_instance_uid)
        return fault and f"the Study Instance UID {fault}"


@dataclass(frozen=True)
class PatientRecord:
    """A patient on the server, with the studies that match, newest first.

    Attributes
    ----------
    patient_id : str
        (0010,0020), as the server has it but for padding behind it; may be empty.
    patient_name : str
        (0010,0010) as the server has it, ``Pérez^Núria``; see `display_person_name`.
    birth_date : str
        (0010,0030), ``YYYYMMDD``; may be empty.
    sex : str
        (0010,0040); may be empty.
    studies : tuple of StudyRecord
        The newest first.
    orthanc_id : str
        Orthanc's identifier; empty where it is not known.
    """

    patient_id: str
    patient_name: str = ""
    birth_date: str = ""
    sex: str = ""
    studies: Tuple[StudyRecord, ...] = ()
    orthanc_id: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PatientRecord:
        """Rebuild a patient with all studies and series from `asdict`."""
        studies = []
        for study in data["studies"]:
            known = ({**one, "labels": tuple(one.get("labels", ()))} for one in study["series"])
            series = tuple(SeriesRecord(**one) for one in known)
            lists = {name: tuple(study.get(name, ())) for name in ("modalities", "labels")}
            studies.append(StudyRecord(**{**study, **lists, "series": series}))
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
    """What a query found.

    Attributes
    ----------
    patients : tuple of PatientRecord
        By name, then by patient ID.
    truncated : bool
        Whether there is more than is shown, for whatever reason.
    seconds : float
        Wall time.
    limited : bool
        Whether it was the limit that was asked for.
    notes : tuple of str
        Sentences: other reasons why there may be more, what is left out, and what was found how.
    next : int or None
        The cursor of the next page; None where there is none.
    """

    patients: Tuple[PatientRecord, ...] = ()
    truncated: bool = False
    seconds: float = 0.0
    limited: bool = False
    notes: Tuple[str, ...] = ()
    next: Optional[int] = None

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

    Notes
    -----
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
    match = DATE.fullmatch(value.strip())
    return "-".join(match.group(1, 3, 4)) if match else plain_text(value, 40)


def grouped(patients: Iterable[PatientRecord]) -> Tuple[PatientRecord, ...]:
    """Return each patient once, by name, with all studies, the newest first."""
    known: Dict[Tuple[str, str], List[PatientRecord]] = {}
    for one in patients:
        # Without an ID, only the name tells people apart.
        name = "" if one.patient_id else one.patient_name.casefold()
        known.setdefault((one.patient_id, name), []).append(one)
    return names_in_order(
        replace(
            same[0],
            studies=tuple(sorted((two for one in same for two in one.studies), key=_newest_first)),
        )
        for same in known.values()
    )


def _newest_first(study: StudyRecord) -> Tuple[int, str]:
    date = study.study_date
    return (-int(date) if date.isascii() and date.isdigit() else 0, study.study_instance_uid)


def series_in_order(series: Iterable[SeriesRecord]) -> Tuple[SeriesRecord, ...]:
    """Return series by number, then by UID."""

    def place(one: SeriesRecord) -> Tuple[bool, int, str]:
        return one.series_number is None, one.series_number or 0, one.series_instance_uid

    return tuple(sorted(series, key=place))


def accents_notes(filters: QueryFilters, found: Iterable[PatientRecord]) -> List[str]:
    """Return a sentence, where something was found only by comparing without accents."""
    strictly = all(
        filters.accept(patient, study, as_typed) for patient in found for study in patient.studies
    )
    return [] if strictly else ["Letters with and without accents were taken for the same."]


def names_in_order(patients: Iterable[PatientRecord]) -> Tuple[PatientRecord, ...]:
    """Return patients by name as people look for them, then by patient ID."""
    return tuple(sorted(patients, key=lambda item: (item.patient_name.casefold(), item.patient_id)))
