"""From C-FIND answers to patients, studies and series."""

from __future__ import annotations

import re
import time
from collections import deque
from contextlib import ExitStack
from dataclasses import replace
from typing import Dict, List, Optional, Tuple

from ..shared.events import CancelToken, ProgressCallback, ProgressMeter, ignore_progress
from ..shared.matching import wide, wide_identifier, wildcard_text
from ..shared.profile import ServerProfile
from ..shared.query import (
    SERVER_LIMIT,
    PatientRecord,
    QueryFilters,
    QueryResult,
    SeriesRecord,
    StudyRecord,
    accents_notes,
    grouped,
    series_in_order,
)
from ..shared.validation import can_be_asked_for, plain_text
from .services import LIMIT, LONGEST_VALUE, REPEATS, SERVER, TIME, Answer, FindLink, longest_query

#: Studies whose series are asked for in one C-FIND.
_STUDIES_A_REQUEST = 50
_NUMBER = re.compile(r"\s*([+-]?\d{1,9})(\.0*)?\s*", re.ASCII)
_STUDY_KEYS = (
    "StudyInstanceUID",
    "NumberOfStudyRelatedSeries",
    "NumberOfStudyRelatedInstances",
)
_SERIES_KEYS = (
    "SeriesInstanceUID",
    "SeriesNumber",
    "Modality",
    "SeriesDescription",
    "BodyPartExamined",
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
    """Ask the server by C-FIND (PS3.4 section C.4.1) which patients, studies and series match.

    The result is sorted, has no duplicates, and of studies `limit` at most, 0 for all; `progress`
    is told of those whose series are known. Labels, which DICOM has not, are not asked for.

    Raises
    ------
    MissingDependencyError
        pynetdicom is not installed.
    DimseError
        The server can't be reached by DICOM, or refuses.
    """
    began = time.monotonic()
    meter = ProgressMeter("query", progress)
    of_series = bool(filters.series_description or filters.body_part)
    with ExitStack() as stack:
        link = stack.enter_context(FindLink(profile, token))
        studies, notes = _studies(link, filters, 0 if of_series else limit)
        cut = link.cut
        if cut and cut != LIMIT:
            notes.append(_why(cut, profile))
        meter.expect(files=len(studies))
        if link.is_over:  # the server did not stop, and has to be called anew
            link = stack.enter_context(FindLink(profile, token))
        uids = [one.studies[0].study_instance_uid for one in studies]
        series, cut_short = _series_of(link, uids, meter)
        if cut_short:
            notes.append(f"Not all series are known. {_why(cut_short, profile)}")
    meter.finish()
    found = [_with_series(one, series) for one in studies]
    if of_series:
        found = [one for one in found if filters.accept(one, one.studies[0])]
        if limit and len(found) > limit:
            found, cut = found[:limit], cut or LIMIT
    return QueryResult(
        grouped(found),
        bool(cut or cut_short),
        time.monotonic() - began,
        cut == LIMIT,
        (*notes, *accents_notes(filters, found)),
    )


def _why(cut: str, profile: ServerProfile) -> str:
    """Return why there may be more, and what to do."""
    reasons = {
        SERVER: SERVER_LIMIT,
        REPEATS: "The server sent the same answers again and again, and the query was ended. Look "
        "at the server's log.",
        TIME: f"The server was still sending after {longest_query(profile):g} s, and the query was "
        "ended. Narrow the filters, or raise the DICOM timeout in the server's settings.",
    }
    return reasons.get(cut, "The server sent more than is taken in at once. Narrow the filters.")


def study_query(filters: QueryFilters) -> Dict[str, str]:
    """Return the C-FIND identifier of the STUDY level that finds at least all that matches.

    Notes
    -----
    Orthanc compares by case and by accents what is no person name (DICOM PS3.4 C.2.2.2.1), and
    takes a list of values, not of patterns.
    """
    patterns = any(set(one) & set("*?") for one in filters.modalities)
    return {
        "QueryRetrieveLevel": "STUDY",
        "PatientName": wide(wildcard_text(filters.patient_name)),
        "PatientID": wide_identifier(filters.patient_id, by_case=False),
        "PatientBirthDate": filters.birth_date,
        "PatientSex": filters.sex,
        "StudyDate": filters.date_range,
        "StudyTime": filters.time_range,
        "ModalitiesInStudy": "" if patterns else "\\".join(filters.modalities),
        "AccessionNumber": wide_identifier(wildcard_text(filters.accession_number), by_case=True),
        "StudyDescription": wide(wildcard_text(filters.study_description), _caseless),
        "ReferringPhysicianName": wide(wildcard_text(filters.referring_physician), str.isascii),
        "InstitutionName": wide(wildcard_text(filters.institution), _caseless),
        **dict.fromkeys(_STUDY_KEYS, ""),
    }


def _caseless(letter: str) -> bool:
    return letter.upper() == letter.lower()


def _studies(
    link: FindLink, filters: QueryFilters, limit: int
) -> Tuple[List[PatientRecord], List[str]]:
    """Return each study with its patient, and a note on what has no usable identifier."""
    asked = study_query(filters)
    of_studies = replace(filters, series_description="", body_part="")

    def is_wanted(answer: Answer) -> bool:
        patient = _patient(answer)
        return of_studies.accept(patient, patient.studies[0])

    answers = list(link.find(asked, limit, wanted=is_wanted))
    wanted_id = filters.patient_id
    if len(wanted_id) % 2 and not answers and not set(wanted_id) & set("*?"):
        # An ID of unknown representation (UN) has kept the space that makes its length even, and
        # is not found without.
        asked["PatientID"] += "*"
        answers = list(link.find(asked, limit, wanted=is_wanted))
    found: Dict[Tuple[str, str], PatientRecord] = {}
    left_out = 0
    for patient in map(_patient, answers):
        key = patient.patient_id, patient.studies[0].study_instance_uid
        if key[1] and max(map(len, key)) < LONGEST_VALUE:
            found.setdefault(key, patient)
        else:
            left_out += 1
    if not left_out:
        return list(found.values()), []
    fault = "no Study Instance UID, or an identifier of a thousand characters"
    note = f"Left out: {left_out} of the server's answers, with {fault}."
    return list(found.values()), [note]


def _series_of(
    link: FindLink, studies: List[str], meter: ProgressMeter
) -> Tuple[Dict[str, SeriesFound], str]:
    """Ask for the series of many studies at a time; once more, alone, where that brought none.

    The standard wants one Study Instance UID here (PS3.4 C.4.1.2.1), Orthanc takes a list. Where
    that is cut short or not understood, each study is asked for by itself. Also returned is why
    not all are known; a server that goes beyond our bounds is not asked any further.
    """
    found: Dict[str, SeriesFound] = {uid: {} for uid in studies}
    distinct = [uid for uid in found if can_be_asked_for(uid)]
    starts = range(0, len(distinct), _STUDIES_A_REQUEST)
    requests = deque(distinct[start : start + _STUDIES_A_REQUEST] for start in starts)
    cut, asked = "", set()
    while requests:
        batch = requests.popleft()
        _ask_for_series(link, batch, found)
        if link.gave_up:
            return found, link.cut
        again = [uid for uid in batch if not found[uid] and uid not in asked]
        if len(batch) > 1 and link.cut:
            again = batch
        elif len(batch) == 1:
            cut = cut or link.cut
        asked.update(batch)
        requests.extendleft([uid] for uid in reversed(again))
        meter.add(files=len(batch) - len(again))
    return found, cut


def _ask_for_series(link: FindLink, studies: List[str], found: Dict[str, SeriesFound]) -> None:
    query = {
        "QueryRetrieveLevel": "SERIES",
        "StudyInstanceUID": "\\".join(studies),
        **dict.fromkeys(_SERIES_KEYS, ""),
    }
    for answer in link.find(query):
        study = _identifier(answer, "StudyInstanceUID")
        if not study and len(studies) == 1:
            study = studies[0]
        uid = _identifier(answer, "SeriesInstanceUID")
        if study in found and uid and len(uid) < LONGEST_VALUE:
            found[study].setdefault((_identifier(answer, "PatientID"), uid), _series(uid, answer))


def _series(uid: str, answer: Answer) -> SeriesRecord:
    return SeriesRecord(
        uid,
        _number(_first(answer, "SeriesNumber")),
        _first(answer, "Modality", 16),
        _first(answer, "SeriesDescription"),
        _count(answer, "NumberOfSeriesRelatedInstances"),
        body_part=_first(answer, "BodyPartExamined", 16),
    )


def _patient(answer: Answer) -> PatientRecord:
    """Return the patient of a study, with that study."""
    told = {plain_text(item, 16) for item in answer.get("ModalitiesInStudy", ())}
    study = StudyRecord(
        _identifier(answer, "StudyInstanceUID"),
        _first(answer, "StudyDate", 16),
        _first(answer, "StudyDescription"),
        _first(answer, "AccessionNumber", 64),
        tuple(sorted(told - {""})),
        study_time=_first(answer, "StudyTime", 16),
        referring_physician=_first(answer, "ReferringPhysicianName", 200),
        institution=_first(answer, "InstitutionName"),
        number_of_series=_count(answer, "NumberOfStudyRelatedSeries"),
    )
    return PatientRecord(
        _identifier(answer, "PatientID"),
        _first(answer, "PatientName", 200),
        _first(answer, "PatientBirthDate", 16),
        _first(answer, "PatientSex", 16),
        (study,),
    )


def _with_series(patient: PatientRecord, series: Dict[str, SeriesFound]) -> PatientRecord:
    """Return the patient of a study with that study's own series.

    They are those of nobody where the server tells no patient.
    """
    (study,) = patient.studies
    found = series.get(study.study_instance_uid, {})
    own = [record for (owner, _uid), record in found.items() if owner == patient.patient_id]
    own = own or [record for (owner, _uid), record in found.items() if not owner]
    modalities = study.modalities or tuple(sorted({one.modality for one in own} - {""}))
    whole = replace(study, modalities=modalities, series=series_in_order(own))
    return replace(patient, studies=(whole,))


def _first(answer: Answer, keyword: str, limit: int = 128) -> str:
    values = answer.get(keyword, ())
    return plain_text(values[0], limit) if values else ""


def _identifier(answer: Answer, keyword: str) -> str:
    """Return an identifier as the server has it: plain text it is only where it is shown."""
    values = answer.get(keyword, ())
    return values[0] if values else ""


def _number(text: str) -> Optional[int]:
    match = _NUMBER.fullmatch(text)
    return int(match.group(1)) if match else None


def _count(answer: Answer, keyword: str) -> Optional[int]:
    number = _number(_first(answer, keyword))
    return number if number is not None and number >= 0 else None
