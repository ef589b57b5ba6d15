"""Orthanc's records as those of a query: whose a study is, and which series it has."""

from __future__ import annotations

import re
from typing import Any, Iterable, List, Tuple
from urllib.parse import quote

from ..shared.errors import NotFoundError
from ..shared.query import PatientRecord, SeriesRecord, StudyRecord
from ..shared.validation import plain_text
from .answers import RECORD
from .client import OrthancClient, tag

_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")


def patients_of(
    client: OrthancClient, study_orthanc_ids: Iterable[str]
) -> Tuple[PatientRecord, ...]:
    """Return the patient of each study, with that study and its series, if they still are there."""
    found: List[PatientRecord] = []
    for orthanc_id in study_orthanc_ids:
        path = f"/studies/{quote(orthanc_id, safe='')}"
        try:
            record = client.get_json(path, shape=RECORD)
            series = client.get_json(f"{path}/series", shape=[RECORD])
        except NotFoundError:
            continue
        found.append(_patient(record, series))
    return tuple(found)


def _patient(record: Any, series: Any) -> PatientRecord:
    def of_patient(keyword: str) -> str:
        return plain_text(tag(record, "PatientMainDicomTags", keyword), 200)

    def of_study(keyword: str) -> str:
        return plain_text(tag(record, "MainDicomTags", keyword), 128)

    rows = [_series(one) for one in series]
    study = StudyRecord(
        tag(record, "MainDicomTags", "StudyInstanceUID"),
        of_study("StudyDate"),
        of_study("StudyDescription"),
        of_study("AccessionNumber"),
        tuple(sorted({row.modality for row in rows} - {""})),
        tuple(sorted(rows, key=_by_number)),
    )
    return PatientRecord(
        tag(record, "PatientMainDicomTags", "PatientID"),
        of_patient("PatientName"),
        of_patient("PatientBirthDate"),
        of_patient("PatientSex"),
        (study,),
    )


def _by_number(series: SeriesRecord) -> Tuple[bool, int, str]:
    number = series.series_number
    return number is None, number or 0, series.series_instance_uid


def _series(record: Any) -> SeriesRecord:
    number = tag(record, "MainDicomTags", "SeriesNumber")
    return SeriesRecord(
        tag(record, "MainDicomTags", "SeriesInstanceUID"),
        int(number) if _NUMBER.fullmatch(number) else None,
        plain_text(tag(record, "MainDicomTags", "Modality"), 16),
        plain_text(tag(record, "MainDicomTags", "SeriesDescription"), 128),
        len(record.get("Instances", ())),
    )
