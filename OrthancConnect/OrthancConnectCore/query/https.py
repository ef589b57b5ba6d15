"""Finding studies over HTTPS, page by page.

Orthanc is asked for more than was typed, and its answers are sifted here. A page is a stretch of
the server's own order (by Orthanc's identifier), in which the cursor is a place: as long as the
server does not change, no study is on two pages or on none.
"""

from __future__ import annotations

import time
from typing import Any, Dict, Iterator, List, Optional, Sequence, Set, Tuple

from ..orthanc.answers import RECORD
from ..orthanc.client import OrthancClient
from ..orthanc.labels import labelled, with_series
from ..orthanc.records import (
    ONLY_READING,
    STUDY_UID,
    Record,
    patient_of,
    series_of,
    studies_of,
)
from ..shared.errors import OrthancHttpError
from ..shared.events import CancelToken
from ..shared.matching import wide, wide_identifier, wildcard_text
from ..shared.query import (
    PatientRecord,
    QueryFilters,
    QueryResult,
    accents_notes,
    grouped,
)

#: Requests for records to fill a page, and records in one of them; series come with all their
#: instances' identifiers, and their studies are asked for.
_MOST_REQUESTS, _MOST_STUDIES, _MOST_SERIES = 8, 2000, 200
_ONLY_READING = (
    "This user may not search on the server: its lists were read instead, which takes longer."
)
_LIMITED = (
    "The server looks at few studies for one query (Orthanc's LimitFindResults): there may be "
    "more. Narrow the filters, or ask its administrator to raise it."
)


def page(
    client: OrthancClient,
    filters: QueryFilters,
    *,
    since: int = 0,
    limit: int = 100,
    token: Optional[CancelToken] = None,
) -> QueryResult:
    """Return a page of the studies that match, with their series.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side.
    filters : QueryFilters
        What to look for.
    since : int
        Where to go on: 0, or `QueryResult.next` of the page before.
    limit : int
        Most studies on it. It may have fewer, also none, and a next one: a page ends as well after
        so many requests.
    token : CancelToken, optional
        Stops it between two requests.

    Raises
    ------
    OrthancConnectError
        The server can't be reached, or refuses.
    OperationCancelled
        The token was cancelled.

    Notes
    -----
    ``POST /tools/find`` with ``Since`` and ``Limit``; for a user who may only read,
    ``GET /studies?expand&since=…&limit=…``. Before Orthanc 1.12 the labels are those of the
    studies' metadata (`orthanc.labels`), which are read and compared here.
    """
    began = time.monotonic()
    token = token or CancelToken()
    listing = _Listing(client, filters, token)
    found, following = _fill(listing, since, limit)
    notes = listing.notes
    if following is None and listing.place and _is_cut(listing):
        notes.append(_LIMITED)
    if not listing.by_series:
        found = with_series(client, [listing.records[_id(one)] for one in found], token)
    notes += accents_notes(filters, found)
    return QueryResult(
        grouped(found),
        following is not None or _LIMITED in notes,
        time.monotonic() - began,
        following is not None,
        tuple(notes),
        following,
    )


class _Listing:
    """The server's records that may match, in its own order.

    They are those of studies, or of series where a study has to have one of some kind.
    """

    def __init__(self, client: OrthancClient, filters: QueryFilters, token: CancelToken) -> None:
        self.client, self.filters, self.token = client, filters, token
        self.query = query_of(filters)
        self.by_series = bool(filters.series_description or filters.body_part or filters.modalities)
        #: Whether the list of all is read, since there is nothing to ask for or a user may not.
        self.reads_all = not (self.query or filters.labels)
        #: Behind the last record that was read.
        self.place = 0
        self.notes: List[str] = []
        self._count: Optional[int] = None
        #: Of studies that match, by Orthanc's identifier.
        self.records: Dict[str, Record] = {}

    @property
    def count(self) -> int:
        """How many records of this kind the server has (``GET /statistics``)."""
        if self._count is None:
            name = "CountSeries" if self.by_series else "CountStudies"
            self._count = int(self.client.get_json("/statistics", shape={name: int})[name])
        return self._count

    def read(self, since: int, limit: int) -> List[Record]:
        """Return the records from one place on; at most so many, and none behind the last."""
        self.token.raise_if_cancelled()
        more: Dict[str, Any] = {"Since": since, "Limit": limit}
        if self.by_series:
            more["RequestedTags"] = [STUDY_UID]
        elif self.filters.labels:
            more.update(Labels=list(self.filters.labels), LabelsConstraint="All")
        try:
            if not self.reads_all:
                level = "Series" if self.by_series else "Study"
                return self.client.find(level, self.query, **more)[:limit]
        except OrthancHttpError as error:
            if error.facts.get("status_code") not in ONLY_READING:
                raise
            self.reads_all = True
            self.notes.append(_ONLY_READING)
        path, window = "/studies", {"expand": "", "since": since, "limit": limit}
        if self.by_series:
            path, window["requestedTags"] = "/series", STUDY_UID
        records: List[Record] = self.client.get_json(path, window, [RECORD])
        return records[:limit]

    def matches(self, records: Sequence[Record]) -> Iterator[Tuple[int, PatientRecord]]:
        """Yield the studies among some records that match, and the place of each in them."""
        if self.by_series:
            yield from self._by_series(records)
            return
        known = labelled(self.client, records) if self.filters.labels else records
        for place, record in enumerate(known):
            patient = patient_of(record)
            if _id(patient) not in self.records and self.filters.accept(
                patient, patient.studies[0]
            ):
                self.records[_id(patient)] = record
                yield place, patient

    def _by_series(self, records: Sequence[Record]) -> Iterator[Tuple[int, PatientRecord]]:
        """Yield each study once: where that of its series stands that matches and sorts first."""
        wanted = [one for one in records if self.filters.accepts_series(series_of(one))]
        owners = studies_of(self.client, wanted, self.token).values()
        known = {_id(one): one for one in with_series(self.client, list(owners), self.token)}
        for place, record in enumerate(records):
            patient = known.get(str(record.get("ParentStudy")))
            if patient is None or not self.filters.accept(patient, patient.studies[0]):
                continue
            series = filter(self.filters.accepts_series, patient.studies[0].series)
            if record["ID"] == min((one.orthanc_id for one in series), default=""):
                yield place, patient


def _id(patient: PatientRecord) -> str:
    return patient.studies[0].orthanc_id


def _fill(listing: _Listing, since: int, limit: int) -> Tuple[List[PatientRecord], Optional[int]]:
    """Return the studies of a page, each as a patient's only one, and the cursor of the next."""
    found: List[PatientRecord] = []
    seen: Set[str] = set()
    listing.place, size = since, limit + 1
    for _turn in range(_MOST_REQUESTS):
        size = min(size, _MOST_SERIES if listing.by_series else _MOST_STUDIES)
        records = listing.read(listing.place, size)
        if not records:
            return found, None
        if {str(one["ID"]) for one in records} <= seen:
            listing.notes.append("The server sent the same answers again: it has no pages.")
            return found, None
        seen.update(str(one["ID"]) for one in records)
        for place, patient in listing.matches(records):
            if len(found) == limit:
                return found, listing.place + place
            found.append(patient)
        listing.place += len(records)
        if len(records) < size and listing.place >= listing.count:
            return found, None
        size *= 4
    return found, listing.place


def _is_cut(listing: _Listing) -> bool:
    """Whether a limit of the server's own may have hidden some answers.

    With ``LimitFindResults`` Orthanc 1.10 looks at one more than that of what its index finds, on
    all pages together, and does not say so; 1.12 lets each request have so many.
    """
    if listing.reads_all or listing.place >= listing.count:
        return False
    level = "Series" if listing.by_series else "Study"
    return not listing.client.find(level, {}, expand=False, Since=listing.place, Limit=1)


def query_of(filters: QueryFilters) -> Dict[str, str]:
    """Return the ``Query`` of ``/tools/find`` that finds at least all that matches.

    Notes
    -----
    Nothing but ASCII is asked for: Orthanc 1.12 takes its pages out of what its index finds, which
    knows no other letters, and sifts them after that. It compares without regard to case, and takes
    a list of values, not of patterns. Of an ID of unknown representation (UN) it has kept the space
    that makes its length even. In pages of ``ModalitiesInStudy`` 1.10 loses studies.
    """
    patient_id = wide_identifier(filters.patient_id, by_case=False)
    if len(patient_id) % 2 and not set(patient_id) & set("*?"):
        patient_id = f"{patient_id}\\{patient_id} "
    patterns = any(set(one) & set("*?") for one in filters.modalities)
    query = {
        "PatientID": patient_id,
        "PatientBirthDate": filters.birth_date,
        "PatientSex": filters.sex,
        "StudyDate": filters.date_range,
        "StudyTime": filters.time_range,
        "AccessionNumber": wide_identifier(wildcard_text(filters.accession_number), by_case=False),
        "Modality": "" if patterns else "\\".join(filters.modalities),
    }
    for keyword, text in (
        ("PatientName", filters.patient_name),
        ("StudyDescription", filters.study_description),
        ("ReferringPhysicianName", filters.referring_physician),
        ("InstitutionName", filters.institution),
        ("SeriesDescription", filters.series_description),
        ("BodyPartExamined", filters.body_part),
    ):
        query[keyword] = wide(wildcard_text(text), str.isascii)
    return {name: value for name, value in query.items() if value.strip("*")}
