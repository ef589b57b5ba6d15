"""C-FIND by ctkDICOMScheduler: studies in one association, their series in few more.

ctkDICOMScheduler.queryStudies puts its patient ID into the request as it is, so "*" asks for the
studies of all patients at once. querySeries does the same with the study's UID, and Orthanc takes a
list of UIDs; a server that does not is asked study by study. The answers are read back from a
scratch database: CTK does not hand them to Python otherwise.
"""

from __future__ import annotations

import logging
import re
import time
import unicodedata
from collections import deque
from typing import Any, Callable, Deque, Dict, Iterator, List, Optional, Set

from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.query import (
    SERVER_LIMIT,
    PatientRecord,
    QueryFilters,
    QueryResult,
)
from OrthancConnectCore.shared.validation import can_be_asked_for

from ...protocols import OnError
from ...turns import Turns
from . import faults
from . import jobs as ctk_jobs
from .jobs import Operation, Scratch
from .records import QueryRecords

#: Studies in the first and in each further request for series: the first ones are seen at once.
_FIRST_STUDIES, _MORE_STUDIES = 25, 200
#: Requests for series at once, where the server wants them study by study.
_SINGLE_STUDIES = 8
_FIRST_DATE, _LAST_DATE = "00010101", "99991231"
_ANY = "*"


def ctk_filters(filters: QueryFilters) -> Dict[str, Any]:
    """Return filters under CTK's names; it ignores others, and a date without the second one.

    CTK sends text in Latin-1. What that lacks is sent as a wildcard, and `ctk_dimse.records` sifts
    the answers. The wildcard is `*`, also where `?` was typed: for Orthanc a `?` is one byte of
    UTF-8, so that it does not stand for an accented letter.
    """
    texts = {
        "Name": filters.patient_name,
        "AccessionNumber": filters.accession_number,
        "Study": filters.study_description,
    }
    found: Dict[str, Any] = {key: _only_below(text, 256) for key, text in texts.items() if text}
    if filters.study_date_from or filters.study_date_to:
        found["StartDate"] = filters.study_date_from or _FIRST_DATE
        found["EndDate"] = filters.study_date_to or _LAST_DATE
    if filters.modalities:
        found["Modalities"] = list(filters.modalities)
    return found


def ctk_patient_id(patient_id: str) -> str:
    """Return the PatientID key; it goes out in UTF-8 under a Latin-1 label, so only ASCII holds.

    A backslash would part two values.
    """
    return _only_below(patient_id.replace("\\", "?"), 128) or _ANY


def _only_below(text: str, limit: int) -> str:
    composed = unicodedata.normalize("NFC", text)
    known = "".join("*" if char == "?" or ord(char) >= limit else char for char in composed)
    return re.sub(r"\*+", "*", known)


class QueryOperation(Operation):
    """One query; `on_patients` gets what is known so far, several times."""

    WHAT, MESSAGES = "query", 2  # all answers of a request come as one piece of news

    def __init__(
        self,
        profile: ServerProfile,
        filters: QueryFilters,
        limit: int,
        on_patients: Callable[[List[PatientRecord]], None],
        on_finished: Callable[[QueryResult], None],
        on_error: OnError,
    ) -> None:
        self._scratch = Scratch("query")
        super().__init__(profile, self._scratch.database, on_error)
        self._limit = limit
        self._on_patients, self._on_finished = on_patients, on_finished
        self._begun = self._last_sign = time.monotonic()
        self._records = QueryRecords(filters)
        self._cut_by_server = self._limited = self._studies_read = False
        self._reading: Optional[Turns] = None
        self._jobs_open = 1
        self._inserters: Set[str] = set()
        self._inserted: Set[str] = set()
        self._to_ask: Deque[List[str]] = deque()
        self._asked: List[List[str]] = []
        self._scheduler.setFilters(ctk_filters(filters))
        self._scheduler.queryStudies(ctk_patient_id(filters.patient_id))

    # Following the jobs -----------------------------------------------------------------------

    def _onJobEvent(self, kind: str, detail: Any) -> None:
        self._last_sign = time.monotonic()
        if detail.jobType() == ctk_jobs.INSERTER:
            self._onInserterEvent(kind, detail)
        elif kind == ctk_jobs.PROGRESS:
            self._records.announce(
                detail.queriedStudyInstanceUIDs(),
                detail.studyInstanceUID(),
                detail.queriedSeriesInstanceUIDs(),
            )
        elif kind == ctk_jobs.FINISHED and detail.referenceInserterJobUID():
            self._jobs_open -= 1
            self._inserters.add(detail.referenceInserterJobUID())
            status = faults.dimse_status(self._log_of(detail))
            if status.startswith("Cancel"):  # LimitFindResults
                self._cut_by_server = True
            elif status:
                self._fail(self._explain(detail))
        else:  # failed; or "finished" without an answer to insert: CTK's word for refused
            self._fail(self._explain(detail))

    def _onInserterEvent(self, kind: str, detail: Any) -> None:
        if kind == ctk_jobs.PROGRESS:
            return
        self._inserted.add(detail.JobUID())
        if kind != ctk_jobs.FINISHED:
            self._fail(ctk_jobs.no_room(self._scratch.folder))

    def _onTick(self) -> None:
        if self._reading is not None:
            return
        if self._jobs_running or (self._studies_read and self._awaits_verdicts()):
            self._check_silence(self._last_sign)
        elif not self._studies_read:
            steps = self._records.read_studies(self._database)
            self._reading = Turns(steps, self._studies_known, self._reading_failed)
        elif self._asked:
            self._reading = Turns(self._read_series(), self._series_known, self._reading_failed)
        elif self._to_ask:
            self._ask_for_series()
        else:
            self._finish()

    def _awaits_verdicts(self) -> bool:
        """Whether all is read, and only CTK's word on how the jobs ended is still to come."""
        all_told = self._jobs_open == 0 and self._inserters <= self._inserted
        if all_told:
            # Studies without a patient's name never get into CTK's database.
            for study_uid in self._records.add_nameless(self._limit):
                self._to_ask.append([study_uid])
        return not (all_told or self._asked or self._to_ask)

    # Reading ----------------------------------------------------------------------------------

    def _studies_known(self) -> None:
        self._reading = None
        self._studies_read = True
        if self._records.keep_newest(self._limit):
            self._limited = True
        uids = [uid for uid in self._records.study_uids if can_be_asked_for(uid)]
        if uids:
            self._to_ask.append(uids[:_FIRST_STUDIES])
            rest = uids[_FIRST_STUDIES:]
            for start in range(0, len(rest), _MORE_STUDIES):
                self._to_ask.append(rest[start : start + _MORE_STUDIES])
        self._publish()

    def _publish(self) -> None:
        if self._records.changed:
            self._on_patients(self._records.patients())
        if self.running:
            self._onTick()

    def _ask_for_series(self) -> None:
        self._last_sign = time.monotonic()
        self._scheduler.setFilters({})
        while self._to_ask and len(self._asked) < _SINGLE_STUDIES:
            batch = self._to_ask.popleft()
            self._asked.append(batch)
            self._jobs_open += 1
            self._scheduler.querySeries(_ANY, "\\".join(batch))
            if len(batch) > 1:
                return

    def _read_series(self) -> Iterator[None]:
        asked, self._asked = self._asked, []
        for batch in asked:
            for study_uid in batch:
                found = self._records.read_series(self._database, study_uid)
                if not found and len(batch) > 1:
                    self._to_ask.append([study_uid])
                yield

    def _series_known(self) -> None:
        self._reading = None
        self._publish()

    def _reading_failed(self, error: Exception) -> None:
        logging.error("OrthancConnect: the answers of a query can't be read", exc_info=error)
        self._fail(
            InputError(
                "The answers of the query can't be read.",
                "Please report it; Slicer's log says more.",
            )
        )

    # The end ----------------------------------------------------------------------------------

    def _finish(self) -> None:
        seconds = time.monotonic() - self._begun
        changed, patients = self._records.changed, self._records.patients()
        self._close()
        if changed:
            self._on_patients(patients)
        notes = (SERVER_LIMIT,) if self._cut_by_server else ()
        truncated = self._cut_by_server or self._limited
        self._on_finished(QueryResult(tuple(patients), truncated, seconds, self._limited, notes))

    def _onClose(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    def _onGone(self) -> None:
        self._scratch.remove()
