"""Orthanc's records as those of a query: whose a study is, and which series it has."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple
from urllib.parse import quote

from ..shared.errors import NotFoundError, OrthancHttpError
from ..shared.events import CancelToken
from ..shared.query import PatientRecord, SeriesRecord, StudyRecord, series_in_order
from ..shared.validation import plain_text
from .answers import RECORD
from .client import OrthancClient, tag

#: What a server says to a user who may only read: forbidden, or the method not allowed.
ONLY_READING = (403, 405)
#: How often a study without any series is asked for them, and seconds between: Orthanc keeps no
#: such study, and 1.10 may miss a series for milliseconds after its last instance came.
_LOOKS, _PAUSE = 4, 0.03
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")


def patients_of(
    client: OrthancClient, study_orthanc_ids: Iterable[str]
) -> Tuple[PatientRecord, ...]:
    """Return the patient of each study, with that study and its series, if they still are there."""
    found: List[PatientRecord] = []
    for orthanc_id in study_orthanc_ids:
        try:
            record = client.get_json(_path("studies", orthanc_id), shape=RECORD)
            found.append(patient_of(record, _listed_series(client, orthanc_id)))
        except NotFoundError:
            continue
    return tuple(found)


def patient_of(record: Mapping[str, Any], series: Sequence[SeriesRecord] = ()) -> PatientRecord:
    """Return the patient of a study's record, with that study; see `RECORD`."""

    def of_patient(keyword: str) -> str:
        return plain_text(tag(record, "PatientMainDicomTags", keyword), 200)

    def of_study(keyword: str, limit: int = 128) -> str:
        return plain_text(tag(record, "MainDicomTags", keyword), limit)

    known = record.get("Series")
    study = StudyRecord(
        tag(record, "MainDicomTags", "StudyInstanceUID"),
        of_study("StudyDate", 16),
        of_study("StudyDescription"),
        of_study("AccessionNumber"),
        tuple(sorted({row.modality for row in series} - {""})),
        series_in_order(series),
        orthanc_id=record["ID"],
        study_time=of_study("StudyTime", 16),
        referring_physician=of_study("ReferringPhysicianName", 200),
        institution=of_study("InstitutionName"),
        labels=tuple(sorted(plain_text(label, 64) for label in record.get("Labels", ()))),
        number_of_series=len(series) if series or known is None else len(known),
    )
    return PatientRecord(
        tag(record, "PatientMainDicomTags", "PatientID"),
        of_patient("PatientName"),
        of_patient("PatientBirthDate"),
        of_patient("PatientSex"),
        (study,),
        orthanc_id=str(record.get("ParentPatient") or ""),
    )


def series_of(record: Mapping[str, Any]) -> SeriesRecord:
    """Return a series from Orthanc's record of it; see `RECORD`."""
    number = tag(record, "MainDicomTags", "SeriesNumber")
    return SeriesRecord(
        tag(record, "MainDicomTags", "SeriesInstanceUID"),
        int(number) if _NUMBER.fullmatch(number) else None,
        plain_text(tag(record, "MainDicomTags", "Modality"), 16),
        plain_text(tag(record, "MainDicomTags", "SeriesDescription"), 128),
        len(record.get("Instances", ())),
        record["ID"],
        plain_text(tag(record, "MainDicomTags", "BodyPartExamined"), 16),
    )


def with_series(
    client: OrthancClient,
    records: Sequence[Mapping[str, Any]],
    token: Optional[CancelToken] = None,
) -> List[PatientRecord]:
    """Return the patient of each study's record, with that study and its series.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side.
    records : sequence of mapping
        Of studies, as Orthanc has them; see `RECORD`. What the server has no longer is left out.
    token : CancelToken, optional
        Stops it between two requests.

    Notes
    -----
    ``POST /tools/find`` for many studies together, since Orthanc 1.12 takes 0.1 s for a
    ``GET /studies/{id}/series`` among 20,000 studies. That is asked where a user may only read, and
    of a study that was left without all its series, as by ``LimitFindResults``.
    """
    token = token or CancelToken()
    found: Dict[str, List[SeriesRecord]] = {str(record["ID"]): [] for record in records}
    uids = [tag(record, "MainDicomTags", "StudyInstanceUID") for record in records]
    try:
        for one in client.find_uids("Series", uids, "StudyInstanceUID"):
            token.raise_if_cancelled()
            found.get(str(one.get("ParentStudy")), []).append(series_of(one))
    except OrthancHttpError as error:
        if error.facts.get("status_code") not in ONLY_READING:
            raise
    patients = []
    for record in records:
        series = found[str(record["ID"])]
        try:
            if not series or len(series) < len(record.get("Series", ())):
                series = _series_at_last(client, str(record["ID"]), token)
        except NotFoundError:
            continue
        patients.append(patient_of(record, series))
    return patients


def _series_at_last(
    client: OrthancClient, study_orthanc_id: str, token: CancelToken
) -> List[SeriesRecord]:
    series: List[SeriesRecord] = []
    for look in range(_LOOKS):
        if look:
            token.wait(_PAUSE)
        token.raise_if_cancelled()
        series = _listed_series(client, study_orthanc_id)
        if series:
            break
    return series


def _listed_series(client: OrthancClient, study_orthanc_id: str) -> List[SeriesRecord]:
    path = f"{_path('studies', study_orthanc_id)}/series"
    return [series_of(one) for one in client.get_json(path, shape=[RECORD])]


def sizes_of(
    client: OrthancClient,
    level: str,
    orthanc_ids: Iterable[str],
    token: Optional[CancelToken] = None,
) -> Dict[str, int]:
    """Return the bytes that studies or series take on the server, by Orthanc's identifier.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side.
    level : str
        ``study`` or ``series``.
    orthanc_ids : iterable of str
        What the server has no longer is left out of the answer.
    token : CancelToken, optional
        Stops it between two requests.

    Notes
    -----
    ``GET /series/{id}/statistics``, ``DiskSize``.
    """
    sizes: Dict[str, int] = {}
    for orthanc_id in dict.fromkeys(orthanc_ids):
        if token is not None:
            token.raise_if_cancelled()
        try:
            path = _path("studies" if level == "study" else level, orthanc_id)
            sizes[orthanc_id] = client.disk_size(path)
        except NotFoundError:
            continue
    return sizes


def _path(level: str, orthanc_id: str) -> str:
    return f"/{level}/{quote(orthanc_id, safe='')}"
