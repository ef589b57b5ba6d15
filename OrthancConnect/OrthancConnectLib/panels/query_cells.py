"""What stands in the columns of the list of what was found."""

from __future__ import annotations

from typing import Iterator, List, Mapping, Optional, Sequence, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.query import (
    PatientRecord,
    SeriesKey,
    SeriesRecord,
    StudyRecord,
    display_person_name,
)
from OrthancConnectCore.shared.validation import plain_identifier, plain_text

from ..logic.details import Resource
from .columns import Column
from .patient_tree import NAME, PATIENT, RESULT, STUDY, Line, described, person, with_number
from .texts import day_text, plural

DATE, MODALITY, INSTANCES, SIZE, STATE = range(1, 6)
PATIENT_ID, BIRTH, ACCESSION, REFERRING, INSTITUTION, BODY, LABELS = range(6, 13)
#: Never shown: what the lines are sorted by.
KEY = 13
COLUMNS = {
    DATE: Column("date", "28 Sep 2028"),
    MODALITY: Column("modality", "Mod."),
    INSTANCES: Column("instances", "0000"),
    SIZE: Column("size", "000 MB"),
    STATE: Column("state", "● in Slicer"),
    PATIENT_ID: Column("patient ID", "PATIENT0000"),
    BIRTH: Column("birth date", "28 Sep 2028"),
    ACCESSION: Column("accession number", "ACCESSION00"),
    REFERRING: Column("referring physician", "Physician, Name"),
    INSTITUTION: Column("institution", "Name of a hospital"),
    BODY: Column("body part", "ABDOMEN"),
    LABELS: Column("labels", "label, label"),
}
#: What is shown at first in the panel.
FEW = (DATE, MODALITY, INSTANCES, STATE)


def cells(
    line: Line,
    patient: PatientRecord,
    study: Optional[StudyRecord] = None,
    series: Optional[SeriesRecord] = None,
) -> Iterator[Tuple[int, str]]:
    """Give what stands in the columns of a line; a line below another repeats nothing of it.

    That of a result comes with its numbers.
    """
    if line.level == RESULT:
        return
    whose = "" if study is None or line.parent is not None else person(patient) + "\n"
    if study is None:
        yield NAME, _patient_text(patient)
        yield DATE, day_text(max((one.study_date for one in patient.studies), default=""))
        modalities = {kind for one in patient.studies for kind in one.modalities}
        yield MODALITY, plain_text(", ".join(sorted(modalities)), 40)
        return
    if series is None:
        yield NAME, whose + described(study.study_description)
        yield MODALITY, plain_text(", ".join(study.modalities), 40)
        parts = {one.body_part for one in study.series} - {""}
        yield BODY, ", ".join(sorted(parts))
    else:
        yield NAME, whose + with_number(series.series_number, series.series_description)
        yield MODALITY, plain_text(series.modality, 16)
        yield BODY, series.body_part
    own = study if series is None else series
    yield LABELS, ", ".join((*study.labels, *own.labels) if whose and series else own.labels)
    if series is None or whose:
        yield DATE, day_text(study.study_date)
        yield ACCESSION, study.accession_number
        yield REFERRING, display_person_name(study.referring_physician)
        yield INSTITUTION, study.institution
    if whose:
        yield PATIENT_ID, plain_text(plain_identifier(patient.patient_id), 64)
        yield BIRTH, day_text(patient.birth_date)


def resources(line: Line) -> List[Resource]:
    """Return what a line's size is the sum of, as far as Orthanc's identifiers are known."""
    if line.level == RESULT:
        return []
    if line.level == PATIENT:
        return [(STUDY, study.orthanc_id) for study in line.record.studies if study.orthanc_id]
    return [(line.level, line.record.orthanc_id)] if line.record.orthanc_id else []


def series_key(line: Line) -> SeriesKey:
    """Return what tells a line's series from one of the same UID under another patient."""
    patient, study = line.owners
    return (patient.patient_id, study.study_instance_uid, line.record.series_instance_uid)


def sum_of(line: Line, numbers: Mapping[SeriesKey, int]) -> Optional[int]:
    """Return the number of all series of a line; None while one of them is not known."""
    keys = [series_key(series) for series in line.series()]
    return sum(numbers[key] for key in keys) if all(key in numbers for key in keys) else None


def title_of(lines: Sequence[Line]) -> str:
    """Return what is chosen in a few words: the first line, and how many more."""
    if not lines:
        return ""
    line = lines[0]
    title = person((*line.owners, line.record)[0])
    if line.level != PATIENT:
        title += " · " + str(line.item.text(NAME)).split("\n")[0 if line.result else -1]
    if len(lines) > 1:
        title = _("{title} and {count} more").format(title=title, count=len(lines) - 1)
    return title


def state_text(instances: Optional[int], present: Optional[int]) -> str:
    """Return ● in Slicer, ◐ 120 of 240, ✕ and what is there, or nothing."""
    if not present:
        return ""
    if instances is None:
        return _("◐ {count}").format(count=present)
    if present == instances:
        return _("● in Slicer")
    text = _("◐ {present} of {all}") if present < instances else _("✕ {present}, not {all}")
    return text.format(present=present, all=instances)


def _patient_text(patient: PatientRecord) -> str:
    year = plain_text(patient.birth_date[:4], 4)
    born = _("born {year}").format(year=year) if year else ""
    identifier = plain_text(plain_identifier(patient.patient_id), 64)
    parts = [person(patient), identifier, plain_text(patient.sex, 16), born]
    if len(patient.studies) > 1:
        parts.append(plural(len(patient.studies), _("{} study"), _("{} studies")))
    return "  ·  ".join(part for part in parts if part)
