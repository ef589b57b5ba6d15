"""Orthanc's records, many at once, and as those of a query: whose a study is, and its series."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    Tuple,
)
from urllib.parse import quote

from ..shared.errors import (
    AuthenticationError,
    ConnectionFailedError,
    NotFoundError,
    OrthancHttpError,
)
from ..shared.events import CancelToken
from ..shared.query import PatientRecord, SeriesRecord, StudyRecord, series_in_order
from ..shared.series import SeriesTarget
from ..shared.validation import plain_text
from .answers import RECORD
from .client import OrthancClient, tag
from .identifiers import is_orthanc_id

#: What a server says to a user who may only read: forbidden, or the method not allowed.
ONLY_READING = (403, 405)
#: The study of a series, asked for with the series' record (``RequestedTags``, Orthanc 1.11).
STUDY_UID = "StudyInstanceUID"
#: How often a study without any series is asked for them, and seconds between: Orthanc keeps no
#: such study, and 1.10 may miss a series for milliseconds after its last instance came.
_LOOKS, _PAUSE = 4, 0.03
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
#: Resources or values in one request, records on a page, pages.
_VALUES_A_REQUEST, _RECORDS_A_PAGE, _MOST_PAGES = 200, 1000, 1000
#: Studies in one request for their series, each of which names all its instances: a page's 100, and
#: the one after them.
_STUDIES_A_REQUEST = 101
_NAMES = {"Study": "studies", "Series": "series"}
_COUNTS = {"Study": "CountStudies", "Series": "CountSeries"}
#: Orthanc's number for the attachment that is the DICOM file.
_DICOM = 1
Record = Mapping[str, Any]


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
        labels=_labels(record),
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


def _labels(record: Record) -> Tuple[str, ...]:
    return tuple(sorted(plain_text(label, 64) for label in record.get("Labels", ())))


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
        labels=_labels(record),
    )


def target_of(study: Record, series: Record) -> SeriesTarget:
    """Return what to retrieve for a series' record, of whose study the record is given."""
    return SeriesTarget(
        tag(study, "PatientMainDicomTags", "PatientID"),
        tag(study, "MainDicomTags", STUDY_UID),
        tag(series, "MainDicomTags", "SeriesInstanceUID"),
        series["ID"],
        len(series.get("Instances", ())),
    )


def series_by_study(
    client: OrthancClient, studies: Sequence[Record], token: Optional[CancelToken] = None
) -> Iterator[Tuple[Record, List[Record]]]:
    """Yield each of some studies with the records of all its series.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side.
    studies : sequence of mapping
        As Orthanc has them; see `RECORD`. What the server has no longer is left out.
    token : CancelToken, optional
        Stops it between two requests.

    Notes
    -----
    Many studies together: ``POST /tools/bulk-content``, and from Orthanc 1.12 on, which takes 20 ms
    for each series then, ``POST /tools/find``, for which 1.10 looks at all it has. ``GET
    /studies/{id}/series``, 0.1 s among 20,000 studies of 1.12, is asked where a user may only read,
    and of a study that was left without all its series, as by ``LimitFindResults``.
    """
    token = token or CancelToken()
    for start in range(0, len(studies), _STUDIES_A_REQUEST):
        token.raise_if_cancelled()
        part = studies[start : start + _STUDIES_A_REQUEST]
        found: Dict[str, Dict[str, Record]] = {str(one["ID"]): {} for one in part}
        for one in _series_of(client, part):
            found.get(str(one.get("ParentStudy")), {})[one["ID"]] = one
        for study in part:
            series = list(found[str(study["ID"])].values())
            if not series or len(series) < len(study.get("Series", ())):
                try:
                    series = _series_at_last(client, str(study["ID"]), token)
                except NotFoundError:  # deleted meanwhile
                    continue
            yield study, list(filter(_is_named, series))


def _series_of(client: OrthancClient, studies: Sequence[Record]) -> Iterator[Record]:
    """Yield the series of some studies, as far as one request tells of them."""
    try:
        if "Labels" in studies[0]:  # as since Orthanc 1.12
            uids = [tag(one, "MainDicomTags", STUDY_UID) for one in studies]
            yield from client.find_uids("Series", uids, STUDY_UID)
        else:
            names = [str(one["ID"]) for one in studies]
            yield from _in_bulk(client, "Series", names) or ()
    except OrthancHttpError as error:
        if error.facts.get("status_code") not in (*ONLY_READING, 404):  # older than 1.9.4
            raise


def _in_bulk(
    client: OrthancClient, level: str, orthanc_ids: Sequence[str], with_metadata: bool = False
) -> Optional[List[Dict[str, Any]]]:
    """Return the records of a level of some resources (``POST /tools/bulk-content``)."""
    request = {"Resources": list(orthanc_ids), "Level": level, "Metadata": with_metadata}
    rows: Optional[List[Dict[str, Any]]] = client.post_json(
        "/tools/bulk-content", request, idempotent=True, shape=[RECORD]
    )
    return rows


def _series_at_last(
    client: OrthancClient, study_orthanc_id: str, token: CancelToken
) -> List[Record]:
    series: List[Record] = []
    for look in range(_LOOKS):
        if look:
            token.wait(_PAUSE)
        token.raise_if_cancelled()
        series = client.get_json(f"{path_of('Study', study_orthanc_id)}/series", shape=[RECORD])
        if series:
            break
    return series


def studies_of(
    client: OrthancClient, series: Iterable[Record], token: Optional[CancelToken] = None
) -> Dict[str, Record]:
    """Return the studies' records of some series' records, by Orthanc's identifier.

    What the server has no longer is left out; the token stops it between two requests.

    Notes
    -----
    ``POST /tools/find`` by the UIDs that came with the series (`STUDY_UID`), and `records_of` where
    none came.
    """
    token = token or CancelToken()
    uids = {str(one.get("ParentStudy")): tag(one, "RequestedTags", STUDY_UID) for one in series}
    found: Dict[str, Record] = {}
    try:
        for record in client.find_uids("Study", filter(None, uids.values())):
            token.raise_if_cancelled()
            found[str(record["ID"])] = record
    except OrthancHttpError as error:
        if error.facts.get("status_code") not in ONLY_READING:
            raise
    for record in records_of(client, "Study", [name for name in uids if name not in found]):
        token.raise_if_cancelled()
        found[record["ID"]] = record
    return {name: found[name] for name in uids if name in found}


def records_of(
    client: OrthancClient, level: str, orthanc_ids: Iterable[str], *, with_metadata: bool = False
) -> Iterator[Dict[str, Any]]:
    """Yield the records of some studies or series, each once.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side.
    level : str
        ``Study`` or ``Series``.
    orthanc_ids : iterable of str
        What the server has no longer is left out.
    with_metadata : bool
        Each with its ``Metadata`` besides, where the server can be asked for many together.

    Notes
    -----
    Orthanc REST API, ``POST /tools/bulk-content`` (since 1.9.4); where that can't be asked, a
    ``GET`` for each. Among 5,000 series Orthanc 1.12.7 takes 20 ms for the record of a series and
    2 ms for that of a study, 1.10 0.1 ms; where UIDs are known, `records_with` is quicker.
    """
    wanted = [one for one in dict.fromkeys(orthanc_ids) if is_orthanc_id(one)]
    met = set()
    for start in range(0, len(wanted), _VALUES_A_REQUEST):
        for record in _some_records(
            client, level, wanted[start:][:_VALUES_A_REQUEST], with_metadata
        ):
            if record["ID"] not in met and is_orthanc_id(record["ID"]):
                met.add(record["ID"])
                yield record


def _some_records(
    client: OrthancClient, level: str, orthanc_ids: List[str], with_metadata: bool
) -> Iterator[Dict[str, Any]]:
    try:
        rows = _in_bulk(client, level, orthanc_ids, with_metadata)
        if rows is not None:
            yield from rows
            return
    except AuthenticationError:
        raise
    except OrthancHttpError:
        pass  # an older Orthanc, or a user who may only read
    for orthanc_id in orthanc_ids:
        with suppress(NotFoundError):  # deleted meanwhile
            yield client.get_json(path_of(level, orthanc_id), shape=RECORD)


def _is_named(record: Mapping[str, Any]) -> bool:
    return is_orthanc_id(record["ID"])


def records_with(
    client: OrthancClient, level: str, values: Iterable[str], keyword: str
) -> Iterator[Dict[str, Any]]:
    """Yield the records of a level whose identifier is one of some values, exactly.

    Where a user may only read, the lists of all studies or series are gone through.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side.
    level : str
        ``Study`` or ``Series``.
    values : iterable of str
        A wildcard, for example, is none.
    keyword : str
        DICOM keyword of the identifier.
    """
    # What a query for a value is for just that one (DICOM PS3.4 C.2.2.2).
    wanted = [
        one
        for one in dict.fromkeys(values)
        if one and one.isprintable() and not set("*?\\") & set(one)
    ]
    found: Iterable[Dict[str, Any]]
    try:
        found = [
            record
            for start in range(0, len(wanted), _VALUES_A_REQUEST)
            for record in _found(client, level, keyword, wanted[start:][:_VALUES_A_REQUEST])
        ]
    except OrthancHttpError as error:
        if error.facts.get("status_code") not in ONLY_READING:
            raise
        found = all_records(client, level)
    group = "PatientMainDicomTags" if keyword == "PatientID" else "MainDicomTags"
    chosen = set(wanted)
    for record in found:
        if tag(record, group, keyword) in chosen and _is_named(record):
            yield record


def _found(
    client: OrthancClient, level: str, keyword: str, values: List[str]
) -> List[Dict[str, Any]]:
    """Return what has one of some values, whatever ``LimitFindResults`` a server has.

    Orthanc 1.12 tells so many on each page; 1.10 one more than that on all pages together.
    """
    query = {keyword: "\\".join(values)}
    more: Dict[str, Any] = {"RequestedTags": [STUDY_UID]} if level == "Series" else {}
    records: Dict[str, Dict[str, Any]] = {}
    place = 0
    while True:
        page = client.find(level, query, **more)
        if not {one["ID"] for one in page} - set(records):
            break
        place += len(page)
        more["Since"] = place
        records.update((one["ID"], one) for one in page)
        if place < 2:
            break
    is_one = len(records) < 2  # which no limit has cut
    if is_one or client.find(level, {}, expand=False, Since=place, Limit=1):
        return list(records.values())
    count = client.get_json("/statistics", shape={_COUNTS[level]: int})[_COUNTS[level]]
    if count <= place:
        return list(records.values())
    if len(values) == 1:
        return list(all_records(client, level))
    half = len(values) // 2
    first = _found(client, level, keyword, values[:half])
    return first + _found(client, level, keyword, values[half:])


def all_records(client: OrthancClient, level: str) -> Iterator[Dict[str, Any]]:
    """Yield all records of a level, page by page (``GET /series?expand&since=…&limit=…``).

    Raises
    ------
    ConnectionFailedError
        There is no end to them.
    """
    path = f"/{_NAMES[level]}?expand&limit={_RECORDS_A_PAGE}&since="

    def page(since: int) -> List[Record]:
        found: List[Record] = client.get_json(f"{path}{since}", shape=[RECORD])
        return found

    hint = "Ask the administrator to allow POST /tools/find: then the list is not read."
    return all_pages(_NAMES[level], page, hint)


def all_pages(
    name: str, page: Callable[[int], Sequence[Record]], hint: str
) -> Iterator[Dict[str, Any]]:
    """Yield the records of all pages, each once; `page` returns what comes after so many.

    Raises
    ------
    ConnectionFailedError
        There is no end to them.
    """
    seen: Set[str] = set()
    for _page in range(_MOST_PAGES):
        new = {str(one["ID"]): one for one in page(len(seen)) if one["ID"] not in seen}
        yield from map(dict, new.values())
        seen.update(new)
        if not new:  # the end, or the same page again
            return
    raise ConnectionFailedError(
        f"The server's list of {name} does not end: {len(seen)} came.", hint, cause="too_long"
    )


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
        ``Study`` or ``Series``.
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
        with suppress(NotFoundError):
            sizes[orthanc_id] = client.disk_size(path_of(level, orthanc_id))
    return sizes


def path_of(level: str, orthanc_id: str) -> str:
    """Return where a study or series is in Orthanc's REST API: ``/studies/{id}``."""
    return f"/{_NAMES[level]}/{quote(orthanc_id, safe='')}"


def dicom_file_of(row: Mapping[str, Any]) -> List[Dict[str, Any]]:
    """Return the attachment that is an instance's DICOM file, if it was told (1.12.5)."""
    return [one for one in row["Attachments"] if one["ContentType"] == _DICOM]
