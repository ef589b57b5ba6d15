"""One query: over HTTPS a page of studies at a time, or by C-FIND, which has no pages.

*Automatic* asks over HTTPS, where a server with 20,000 studies answers its first page in a tenth of
the second that C-FIND takes for all of them; and by C-FIND where HTTPS is closed.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import (
    AuthenticationError,
    InputError,
    OperationCancelled,
    OrthancConnectError,
    TrustError,
)
from OrthancConnectCore.shared.profile import AUTOMATIC, C_FIND, HTTPS, ServerProfile
from OrthancConnectCore.shared.query import (
    PatientRecord,
    QueryFilters,
    QueryResult,
    SeriesKey,
    StudyRecord,
    keyed_series,
    names_in_order,
)
from OrthancConnectCore.shared.series import SeriesTarget

from ..protocols import Adapters
from ..signals import Signal
from .login import Login, server_parameters
from .task import CANCELLED, DONE, FAILED, IDLE, RUNNING, Task

#: Series, or studies, asked for in one request, so that the first numbers come soon.
COUNTS_A_REQUEST = 200
STUDIES_A_REQUEST = 25
#: Studies with one UID of which each is asked for.
MOST_HOLDERS = 200
#: What C-FIND is not tried after: nobody is let in then, or what was typed is wrong.
_NO_OTHER_WAY = (AuthenticationError, TrustError, InputError)


class Query(Task):
    """The latest query and what it found; a new one takes the place of the one before."""

    def __init__(self, adapters: Adapters) -> None:
        super().__init__(adapters)
        self._operation: Any = None
        self._began = 0.0
        #: Emitted with numbers of instances, and with studies that have changed on the server.
        self.counted, self.renewed = Signal(), Signal()
        self.profile: Optional[ServerProfile] = None
        self.filters = QueryFilters()
        self.limit = 0
        self.wished = self.way = AUTOMATIC  # how the person wants to ask, and how it was asked
        self.patients: Tuple[PatientRecord, ...] = ()
        self.counts: Dict[SeriesKey, int] = {}
        self.counts_missing = ""  # why the numbers of instances are not known
        self.seconds = 0.0
        self.next: Optional[int] = None  # where the next page begins; None where there is none
        self.truncated = False  # whether there is more on the server than is shown …
        self.limited = False  # … and whether that is by our own limit
        self.notes: Tuple[str, ...] = ()  # other reasons, as sentences
        self._fault_of_https: Optional[OrthancConnectError] = None
        self._keys: Dict[str, List[SeriesKey]] = {}  # by Series Instance UID
        self._holders: Dict[str, Set[str]] = {}  # Study Instance UID → Orthanc's identifiers

    @property
    def studies(self) -> int:
        """How many studies were found."""
        return sum(len(patient.studies) for patient in self.patients)

    def study_ids(self, targets: Iterable[SeriesTarget]) -> Tuple[str, ...]:
        """Return Orthanc's identifiers of the studies of some series, as far as they are known."""
        wanted = {(one.patient_id, one.study_instance_uid) for one in targets}
        return tuple(
            study.orthanc_id
            for patient in self.patients
            for study in patient.studies
            if study.orthanc_id and (patient.patient_id, study.study_instance_uid) in wanted
        )

    def start(
        self,
        profile: ServerProfile,
        credentials: Optional[Login],
        filters: QueryFilters,
        limit: int,
        way: str = AUTOMATIC,
    ) -> None:
        """Ask the server; `changed` tells of patients and of the end, `counted` of numbers.

        At most `limit` studies: over HTTPS a page, after which `more` goes on; 0 for all by C-FIND.
        """
        self.reset()
        self.profile, self._credentials = profile, credentials
        self.filters, self.limit, self.wished = filters, limit, way
        if way == C_FIND:
            self._ask_by_dicom()
        else:
            self._ask_for_page(0)

    def more(self) -> None:
        """Ask for the next page; by C-FIND for all there is."""
        if self.running or not self.limited:
            return
        if self.next is not None:
            self._ask_for_page(self.next)
        elif self.profile is not None:
            self.start(self.profile, self._credentials, self.filters, 0, self.wished)

    def again(self) -> None:
        """Ask once more what was asked last."""
        if self.profile is not None:
            self.start(self.profile, self._credentials, self.filters, self.limit, self.wished)

    def look_at(self, profile: ServerProfile, study_orthanc_ids: Sequence[str]) -> None:
        """Take in what the server that was asked has got meanwhile, as far as it matches."""
        asked = self.profile.rest_url if self.profile is not None else ""
        if self.state == DONE and asked == profile.rest_url:
            self.renewed.emit(study_orthanc_ids)
            self._ask_for_studies(study_orthanc_ids, self._onNew)

    def look_again(self, study_orthanc_ids: Sequence[str]) -> None:
        """Ask anew for studies that are in the list."""
        if self.state == DONE:
            self.renewed.emit(study_orthanc_ids)
            self._ask_for_studies(study_orthanc_ids, self._onSeries)

    def _onNew(self, described: Sequence[Mapping[str, Any]]) -> None:
        found = [PatientRecord.from_dict(one) for one in described]
        self._put(one for one in found if all(self.filters.accept(one, two) for two in one.studies))
        self.changed.emit()

    def cancel(self) -> None:
        """Stop asking; what was found until now stays."""
        if self.running:
            self._drop()
            self._end(CANCELLED)
            self._count_instances()

    def reset(self) -> None:
        """Forget what was found."""
        self._drop()
        self.way, self._fault_of_https = AUTOMATIC, None
        self.patients, self.counts, self.counts_missing = (), {}, ""
        self.seconds, self.truncated, self.limited, self.notes = 0.0, False, False, ()
        self.next = None
        self._keys, self._holders = {}, {}
        self._set(IDLE)

    def _drop(self) -> None:
        self._begin()
        operation, self._operation = self._operation, None
        if operation is not None:
            operation.cancel()

    def _end(self, state: str, error: Optional[OrthancConnectError] = None) -> None:
        self.seconds = self._adapters.now() - self._began
        self._set(state, error)

    def ask_server(self, method: str, on_result: Any, on_error: Any, **params: Any) -> None:
        """Ask about what was found; the answer counts until the next query."""
        assert self.profile is not None
        params = {**server_parameters(self.profile, self._credentials), **params}
        self._ask(method, params, on_result, on_error)

    # Over HTTPS -----------------------------------------------------------------------------

    def _ask_for_page(self, since: int) -> None:
        self.way, self._began = HTTPS, self._adapters.now()
        self._set(RUNNING)
        self.ask_server(
            "query.page",
            self._onPage,
            self._onNoPage,
            filters=asdict(self.filters),
            since=since,
            limit=self.limit,
        )

    def _onPage(self, page: Mapping[str, Any]) -> None:
        found = [PatientRecord.from_dict(one) for one in page["patients"]]
        self.next = page["next"]
        self.truncated = self.limited = self.next is not None
        self.notes = tuple(dict.fromkeys((*self.notes, *page["notes"])))
        self._put(found)
        self._end(DONE)
        self._ask_for_series(found)

    def _onNoPage(self, error: OrthancConnectError) -> None:
        if isinstance(error, OperationCancelled):
            self._end(CANCELLED)
        elif self.wished == HTTPS or self.patients or isinstance(error, _NO_OTHER_WAY):
            self._end(FAILED, error)
        elif self.profile is not None and self.profile.dicom_tls:  # no other way in Slicer
            self._end(FAILED, error)
        else:
            self._fault_of_https = error
            note = _("Asked by C-FIND: {why}")
            self.notes = (note.format(why=error.message),)
            self._ask_by_dicom()

    def _ask_for_series(self, patients: Iterable[PatientRecord]) -> None:
        """Ask for the series of studies that came without; they follow some studies at a time."""
        ids = [
            study.orthanc_id
            for patient in patients
            for study in patient.studies
            if study.orthanc_id and not study.series
        ]
        self._ask_for_studies(ids, self._onSeries)

    def _ask_for_studies(self, ids: Sequence[str], on_result: Any) -> None:
        for start in range(0, len(ids), STUDIES_A_REQUEST):
            some = list(ids[start : start + STUDIES_A_REQUEST])
            self.ask_server("studies.describe", on_result, self._onNoCounts, study_orthanc_ids=some)

    def _onSeries(self, described: Sequence[Mapping[str, Any]]) -> None:
        self._put([PatientRecord.from_dict(one) for one in described])
        self.changed.emit()

    def _put(self, found: Iterable[PatientRecord]) -> None:
        """Take studies in, each under its patient, in the place of what was known of it before."""
        patients = {(one.patient_id, one.patient_name): one for one in self.patients}
        for one in found:
            key = one.patient_id, one.patient_name
            known = patients.get(key, replace(one, studies=()))
            studies = {_study_key(study): study for study in known.studies}
            studies.update((_study_key(study), study) for study in one.studies)
            newest_first = sorted(studies.values(), key=lambda two: two.study_date, reverse=True)
            patients[key] = replace(known, studies=tuple(newest_first))
        self.patients = names_in_order(patients.values())
        for series_key, series in keyed_series(self.patients):
            if series.number_of_instances is not None:
                self.counts[series_key] = series.number_of_instances

    # By C-FIND ------------------------------------------------------------------------------

    def _ask_by_dicom(self) -> None:
        assert self.profile is not None
        self.way, self._began = C_FIND, self._adapters.now()
        self._set(RUNNING)
        try:
            self._operation = self._adapters.dimse_for(self.profile).query(
                self.filters,
                self.limit,
                self._latest.only(self._onPatients),
                self._latest.only(self._onFinished),
                self._latest.only(self._onError),
            )
        except OrthancConnectError as error:  # no room for the answers, for one
            self._end(FAILED, error)

    def _onPatients(self, patients: Sequence[PatientRecord]) -> None:
        self.patients = tuple(patients)
        self.seconds = self._adapters.now() - self._began
        self.changed.emit()

    def _onFinished(self, result: QueryResult) -> None:
        self._operation = None
        self.truncated, self.limited = result.truncated, result.limited
        self.notes = (*self.notes, *result.notes)
        self._end(DONE)
        self._count_instances()

    def _onError(self, error: OrthancConnectError) -> None:
        self._operation = None
        if isinstance(error, OperationCancelled):
            self._end(CANCELLED)
        else:
            # Of two ways that are closed, the one that is mended first.
            self._end(FAILED, self._fault_of_https or error)

    # Numbers of instances: C-FIND through ctk does not bring them -------------------------------

    def _count_instances(self) -> None:
        for key, series in keyed_series(self.patients):
            if series.number_of_instances is None:
                self._keys.setdefault(series.series_instance_uid, []).append(key)
        unknown = list(self._keys)
        for start in range(0, len(unknown), COUNTS_A_REQUEST):
            uids = unknown[start : start + COUNTS_A_REQUEST]
            on_counts = partial(self._onCounts, uids)
            self.ask_server("series.counts", on_counts, self._onNoCounts, series_instance_uids=uids)

    def _onCounts(self, asked: Sequence[str], rows: Sequence[Tuple[str, str, int]]) -> None:
        """Take Orthanc's identifier of the study, the series' UID and its number of instances."""
        silent = len(set(asked) - {uid for _holder, uid, _count in rows})
        if silent:
            self.counts_missing = _("Over HTTPS the server has nothing of {} of these series.")
            self.counts_missing = self.counts_missing.format(silent)
            self.changed.emit()
        shared: Set[str] = set()
        for holder, uid, _count in rows:
            for _patient_id, study_uid, _uid in self._keys.get(uid, ()):
                holders = self._holders.setdefault(study_uid, set())
                if holder not in holders:
                    holders.add(holder)
                    if len(holders) > 1:
                        shared.add(study_uid)
        counts = {
            key: count
            for _holder, uid, count in rows
            for key in self._keys.get(uid, ())
            if len(self._holders[key[1]]) == 1
        }
        self.counts.update(counts)
        self.counted.emit(counts)
        for study_uid in shared:
            # CTK keeps one study of a UID, whoever else has it: the server tells of all of them.
            ids = sorted(self._holders[study_uid])
            if len(ids) > MOST_HOLDERS:
                self.counts_missing = _("{} studies on the server have one and the same UID.")
                self.counts_missing = self.counts_missing.format(len(ids))
                self.changed.emit()
                continue
            self._ask_for_studies(ids, self._onShared)

    def _onShared(self, described: Sequence[Mapping[str, Any]]) -> None:
        """Show each study that has its UID in common with another one under its own patient."""
        found = [PatientRecord.from_dict(one) for one in described]
        uids = {study.study_instance_uid for one in found for study in one.studies}
        shown = {key[:2] for key, _series in keyed_series(self.patients)}
        patients = (
            replace(
                one, studies=tuple(two for two in one.studies if two.study_instance_uid not in uids)
            )
            for one in self.patients
        )
        self.patients = tuple(one for one in patients if one.studies)
        self.counts = {key: count for key, count in self.counts.items() if key[1] not in uids}
        self._put(
            one
            for one in found
            if all(
                (one.patient_id, study.study_instance_uid) in shown
                or self.filters.accept(one, study)
                for study in one.studies
            )
        )
        self.changed.emit()

    def _onNoCounts(self, error: OrthancConnectError) -> None:
        if not isinstance(error, OperationCancelled):
            self.counts_missing = error.message
            self.changed.emit()


def _study_key(study: StudyRecord) -> str:
    """Return what tells a study from the others of its patient."""
    return study.orthanc_id or study.study_instance_uid
