"""From C-FIND answers to patients, studies and series."""

from __future__ import annotations

import re
import time
from typing import Dict, Iterable, List, Optional, Tuple

from ..dicom.part10 import is_uid
from ..shared.events import CancelToken, ProgressCallback, ProgressMeter, ignore_progress
from ..shared.profile import ServerProfile
from ..shared.query import (
    PatientRecord,
    QueryFilters,
    QueryResult,
    SeriesRecord,
    StudyRecord,
    names_in_order,
    wildcard_text,
)
from ..shared.validation import plain_text
from .services import Answer, FindLink

#: Studies whose series are asked for in one C-FIND.
_STUDIES_A_REQUEST = 50
_NUMBER = re.compile(r"\s*([+-]?\d{1,9})(\.0*)?\s*", re.ASCII)
_STUDY_KEYS = (
    "StudyInstanceUID",
    "PatientBirthDate",
    "PatientSex",
    "NumberOfStudyRelatedSeries",
    "NumberOfStudyRelatedInstances",
)
_SERIES_KEYS = (
    "SeriesInstanceUID",
    "SeriesNumber",
    "Modality",
    "SeriesDescription",
    "NumberOfSeriesRelatedInstances",
    "PatientID",
)
#: Series by patient ID and UID: copies under another ID have the same UIDs.
SeriesFound = Dict[Tuple[str, str], SeriesRecord]


def query(
    profile: ServerProfile,
    filters: QueryFilters,
    *,
    limit: int = 0,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
) -> QueryResult:
    """Ask the server by C-FIND which patients, studies and series match.

    Parameters
    ----------
    profile : ServerProfile
        The DICOM side of the server.
    filters : QueryFilters
        What to look for.
    limit : int
        Most studies to return; 0 for all.
    progress : callable
        Told of studies whose series are known.
    token : CancelToken, optional
        Stops the query.

    Returns
    -------
    QueryResult
        Sorted and without duplicates.

    Raises
    ------
    MissingDependencyError
        pynetdicom is not installed.
    DimseError
        The server can't be reached by DICOM, or refuses.
    OperationCancelled
        The token was cancelled.

    Notes
    -----
    DICOM PS3.4 section C.4.1, Study Root Query/Retrieve.
    """
    began = time.monotonic()
    meter = ProgressMeter("query", progress)
    with FindLink(profile, token) as link:
        answers = _distinct(link.find(study_query(filters), limit))
        truncated = link.cut
        meter.expect(files=len(answers))
        series, cut = _series_of(link, [uid for _patient_id, uid in answers], meter)
    meter.finish()
    patients = _patients(answers, series)
    return QueryResult(patients, truncated or cut, time.monotonic() - began)


def study_query(filters: QueryFilters) -> Dict[str, str]:
    """Return the C-FIND identifier of the STUDY level for these filters."""
    dates = ""
    if filters.study_date_from or filters.study_date_to:
        same = filters.study_date_from == filters.study_date_to
        separator, last = ("", "") if same else ("-", filters.study_date_to)
        dates = filters.study_date_from + separator + last
    return {
        "QueryRetrieveLevel": "STUDY",
        "PatientName": wildcard_text(filters.patient_name),
        "PatientID": filters.patient_id,
        "StudyDate": dates,
        "ModalitiesInStudy": "\\".join(filters.modalities),
        "AccessionNumber": wildcard_text(filters.accession_number),
        "StudyDescription": wildcard_text(filters.study_description),
        **dict.fromkeys(_STUDY_KEYS, ""),
    }


def _distinct(answers: Iterable[Answer]) -> Dict[Tuple[str, str], Answer]:
    """Return the answers by patient ID and study; what has no usable UID can't be fetched."""
    found: Dict[Tuple[str, str], Answer] = {}
    for answer in answers:
        uid = _first(answer, "StudyInstanceUID", 64)
        if is_uid(uid):
            found.setdefault((_first(answer, "PatientID"), uid), answer)
    return found


def _series_of(
    link: FindLink, studies: List[str], meter: ProgressMeter
) -> Tuple[Dict[str, SeriesFound], bool]:
    """Ask for the series of many studies at a time; alone, for those that this left without.

    The standard wants one Study Instance UID here (PS3.4 C.4.1.2.1), Orthanc takes a list. Where
    that is cut short or not understood, each study is asked for by itself.
    """
    found: Dict[str, SeriesFound] = {uid: {} for uid in studies}
    distinct = list(found)
    cut = False
    for start in range(0, len(distinct), _STUDIES_A_REQUEST):
        batch = distinct[start : start + _STUDIES_A_REQUEST]
        _ask_for_series(link, batch, found)
        alone = batch if link.cut else [uid for uid in batch if not found[uid]]
        if len(batch) > 1:
            for uid in alone:
                _ask_for_series(link, [uid], found)
                cut = cut or link.cut
        else:
            cut = cut or link.cut
        meter.add(files=len(batch))
    return found, cut


def _ask_for_series(link: FindLink, studies: List[str], found: Dict[str, SeriesFound]) -> None:
    query = {
        "QueryRetrieveLevel": "SERIES",
        "StudyInstanceUID": "\\".join(studies),
        **dict.fromkeys(_SERIES_KEYS, ""),
    }
    for answer in link.find(query):
        study = _first(answer, "StudyInstanceUID", 64)
        if not study and len(studies) == 1:
            study = studies[0]
        uid = _first(answer, "SeriesInstanceUID", 64)
        if study in found and is_uid(uid):
            found[study].setdefault((_first(answer, "PatientID"), uid), _series(uid, answer))


def _series(uid: str, answer: Answer) -> SeriesRecord:
    count = _number(_first(answer, "NumberOfSeriesRelatedInstances"))
    return SeriesRecord(
        uid,
        _number(_first(answer, "SeriesNumber")),
        _first(answer, "Modality", 16),
        _first(answer, "SeriesDescription"),
        count if count is not None and count >= 0 else None,
    )


def _patients(
    answers: Dict[Tuple[str, str], Answer], series: Dict[str, SeriesFound]
) -> Tuple[PatientRecord, ...]:
    known: Dict[Tuple[str, str], Tuple[Answer, List[StudyRecord]]] = {}
    for (patient_id, uid), answer in answers.items():
        # Without an ID, only the name tells people apart.
        name = "" if patient_id else _first(answer, "PatientName", 200).casefold()
        _answer, studies = known.setdefault((patient_id, name), (answer, []))
        studies.append(_study(uid, answer, _series_of_patient(series.get(uid, {}), patient_id)))
    return names_in_order(
        PatientRecord(
            patient_id,
            _first(answer, "PatientName", 200),
            _first(answer, "PatientBirthDate", 16),
            _first(answer, "PatientSex", 16),
            tuple(sorted(studies, key=_newest_first)),
        )
        for (patient_id, _name), (answer, studies) in known.items()
    )


def _series_of_patient(found: SeriesFound, patient_id: str) -> Dict[str, SeriesRecord]:
    """Return a patient's own series, by UID; those of nobody where the server tells no patient."""
    own = {uid: record for (owner, uid), record in found.items() if owner == patient_id}
    return own or {uid: record for (owner, uid), record in found.items() if not owner}


def _newest_first(study: StudyRecord) -> Tuple[int, str]:
    date = study.study_date
    return (-int(date) if date.isascii() and date.isdigit() else 0, study.study_instance_uid)


def _study(uid: str, answer: Answer, series: Dict[str, SeriesRecord]) -> StudyRecord:
    in_order = sorted(
        series.values(),
        key=lambda item: (
            item.series_number is None,
            item.series_number or 0,
            item.series_instance_uid,
        ),
    )
    told = (plain_text(item, 16) for item in answer.get("ModalitiesInStudy", ()))
    modalities = [item for item in told if item] or [item.modality for item in in_order]
    return StudyRecord(
        uid,
        _first(answer, "StudyDate", 16),
        _first(answer, "StudyDescription"),
        _first(answer, "AccessionNumber", 64),
        tuple(sorted(set(modalities) - {""})),
        tuple(in_order),
    )


def _first(answer: Answer, keyword: str, limit: int = 128) -> str:
    values = answer.get(keyword, ())
    return plain_text(values[0], limit) if values else ""


def _number(text: str) -> Optional[int]:
    match = _NUMBER.fullmatch(text)
    return int(match.group(1)) if match else None
