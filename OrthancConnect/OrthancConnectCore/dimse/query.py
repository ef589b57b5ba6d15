"""From C-FIND answers to patients, studies and series."""

from __future__ import annotations

import re
import time
from collections import deque
from contextlib import ExitStack
from typing import Dict, List, Optional, Tuple

from ..shared.events import CancelToken, ProgressCallback, ProgressMeter, ignore_progress
from ..shared.profile import ServerProfile
from ..shared.query import (
    SERVER_LIMIT,
    PatientRecord,
    QueryFilters,
    QueryResult,
    SeriesRecord,
    StudyRecord,
    matches,
    names_in_order,
    wildcard_text,
)
from ..shared.validation import can_be_asked_for, plain_text
from .services import LIMIT, LONGEST_VALUE, REPEATS, SERVER, TIME, Answer, FindLink, longest_query

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
    """Ask the server by C-FIND (PS3.4 section C.4.1) which patients, studies and series match.

    The result is sorted, has no duplicates, and of studies `limit` at most, 0 for all; `progress`
    is told of those whose series are known.

    Raises
    ------
    MissingDependencyError
        pynetdicom is not installed.
    DimseError
        The server can't be reached by DICOM, or refuses.
    """
    began = time.monotonic()
    meter = ProgressMeter("query", progress)
    with ExitStack() as stack:
        link = stack.enter_context(FindLink(profile, token))
        answers, notes = _studies(link, filters, limit)
        cut = link.cut
        if cut and cut != LIMIT:
            notes.append(_why(cut, profile))
        meter.expect(files=len(answers))
        if link.is_over:  # the server did not stop, and has to be called anew
            link = stack.enter_context(FindLink(profile, token))
        series, cut_short = _series_of(link, [uid for _patient_id, uid in answers], meter)
        if cut_short:
            notes.append(f"Not all series are known. {_why(cut_short, profile)}")
    meter.finish()
    return QueryResult(
        _patients(answers, series),
        bool(cut or cut_short),
        time.monotonic() - began,
        cut == LIMIT,
        tuple(notes),
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
    """Return the C-FIND identifier of the STUDY level for these filters."""
    dates = ""
    if filters.study_date_from or filters.study_date_to:
        same = filters.study_date_from == filters.study_date_to
        separator, last = ("", "") if same else ("-", filters.study_date_to)
        dates = filters.study_date_from + separator + last
    return {
        "QueryRetrieveLevel": "STUDY",
        "PatientName": wildcard_text(filters.patient_name),
        "PatientID": filters.patient_id.replace("\\", "?"),  # it would part two values
        "StudyDate": dates,
        "ModalitiesInStudy": "\\".join(filters.modalities),
        "AccessionNumber": wildcard_text(filters.accession_number),
        "StudyDescription": wildcard_text(filters.study_description),
        **dict.fromkeys(_STUDY_KEYS, ""),
    }


def _studies(
    link: FindLink, filters: QueryFilters, limit: int
) -> Tuple[Dict[Tuple[str, str], Answer], List[str]]:
    """Return the answers by patient ID and study, and a note on what has no usable identifier."""
    wanted_id = filters.patient_id
    asked = study_query(filters)

    def is_wanted(answer: Answer) -> bool:
        return matches(wanted_id, _identifier(answer, "PatientID"))

    sifted = {"wanted": is_wanted} if "\\" in wanted_id else {}
    answers = list(link.find(asked, limit, **sifted))
    if len(wanted_id) % 2 and not answers and not set(wanted_id) & set("*?"):
        # An ID of unknown representation (UN) has kept the space that makes its length even, and
        # is not found without.
        asked["PatientID"] += "*"
        answers = list(link.find(asked, limit, wanted=is_wanted))
    found: Dict[Tuple[str, str], Answer] = {}
    left_out = 0
    for answer in answers:
        key = _identifier(answer, "PatientID"), _identifier(answer, "StudyInstanceUID")
        if key[1] and max(map(len, key)) < LONGEST_VALUE:
            found.setdefault(key, answer)
        else:
            left_out += 1
    if not left_out:
        return found, []
    fault = "no Study Instance UID, or an identifier of a thousand characters"
    return found, [f"Left out: {left_out} of the server's answers, with {fault}."]


def _series_of(
    link: FindLink, studies: List[str], meter: ProgressMeter
) -> Tuple[Dict[str, SeriesFound], str]:
    """Ask for the series of many studies at a time; alone, for those that this left without.

    The standard wants one Study Instance UID here (PS3.4 C.4.1.2.1), Orthanc takes a list. Where
    that is cut short or not understood, each study is asked for by itself. Also returned is why
    not all are known; a server that goes beyond our bounds is not asked any further.
    """
    found: Dict[str, SeriesFound] = {uid: {} for uid in studies}
    distinct = [uid for uid in found if can_be_asked_for(uid)]
    starts = range(0, len(distinct), _STUDIES_A_REQUEST)
    requests = deque(distinct[start : start + _STUDIES_A_REQUEST] for start in starts)
    cut = ""
    while requests:
        batch = requests.popleft()
        _ask_for_series(link, batch, found)
        if link.gave_up:
            return found, link.cut
        again: List[str] = []
        if len(batch) > 1:
            again = [uid for uid in batch if link.cut or not found[uid]]
        else:
            cut = cut or link.cut
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


def _by_number(series: SeriesRecord) -> Tuple[bool, int, str]:
    number = series.series_number
    return number is None, number or 0, series.series_instance_uid


def _study(uid: str, answer: Answer, series: Dict[str, SeriesRecord]) -> StudyRecord:
    in_order = sorted(series.values(), key=_by_number)
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


def _identifier(answer: Answer, keyword: str) -> str:
    """Return an identifier as the server has it: plain text it is only where it is shown."""
    values = answer.get(keyword, ())
    return values[0] if values else ""


def _number(text: str) -> Optional[int]:
    match = _NUMBER.fullmatch(text)
    return int(match.group(1)) if match else None
