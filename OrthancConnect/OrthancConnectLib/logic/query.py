"""One query: patients come in as C-FIND finds them, the numbers of instances follow over HTTPS."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Dict, List, Mapping, Optional, Sequence, Set, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OperationCancelled, OrthancConnectError
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.query import (
    PatientRecord,
    QueryFilters,
    QueryResult,
    SeriesKey,
    keyed_series,
    names_in_order,
)

from ..protocols import Adapters
from ..signals import Signal
from .login import Login, server_parameters
from .task import CANCELLED, DONE, FAILED, IDLE, RUNNING, Task

#: Series asked for in one request, so that the first numbers come soon.
COUNTS_A_REQUEST = 200
#: Studies with one UID of which each is asked for.
MOST_HOLDERS = 200


class Query(Task):
    """The latest query and what it found; a new one takes the place of the one before."""

    def __init__(self, adapters: Adapters) -> None:
        super().__init__(adapters)
        self._operation: Any = None
        self._began = 0.0
        self.counted = Signal()
        self.profile: Optional[ServerProfile] = None
        self.filters = QueryFilters()
        self.limit = 0
        self.patients: Tuple[PatientRecord, ...] = ()
        self.counts: Dict[SeriesKey, int] = {}
        self.counts_missing = ""  # why the numbers of instances are not known
        self.seconds = 0.0
        self.truncated = False  # whether there is more on the server than is shown …
        self.limited = False  # … and whether that is by our own limit
        self.notes: Tuple[str, ...] = ()  # other reasons, as sentences
        self._keys: Dict[str, List[SeriesKey]] = {}  # by Series Instance UID
        self._holders: Dict[str, Set[str]] = {}  # Study Instance UID → Orthanc's identifiers

    @property
    def studies(self) -> int:
        """How many studies were found."""
        return sum(len(patient.studies) for patient in self.patients)

    def start(
        self,
        profile: ServerProfile,
        credentials: Optional[Login],
        filters: QueryFilters,
        limit: int,
    ) -> None:
        """Ask the server; `changed` tells of patients and of the end, `counted` of numbers."""
        self.reset()
        self.profile, self._credentials = profile, credentials
        self.filters, self.limit = filters, limit
        self._began = self._adapters.now()
        self._set(RUNNING)
        try:
            self._operation = self._adapters.dimse_for(profile).query(
                filters,
                limit,
                self._latest.only(self._onPatients),
                self._latest.only(self._onFinished),
                self._latest.only(self._onError),
            )
        except OrthancConnectError as error:  # no room for the answers, for one
            self._end(FAILED, error)

    def cancel(self) -> None:
        """Stop asking; what was found until now stays."""
        if self.running:
            self._drop()
            self._end(CANCELLED)
            self._count_instances()

    def reset(self) -> None:
        """Forget what was found."""
        self._drop()
        self.patients, self.counts, self.counts_missing = (), {}, ""
        self.seconds, self.truncated, self.limited, self.notes = 0.0, False, False, ()
        self._keys, self._holders = {}, {}
        self._set(IDLE)

    def _drop(self) -> None:
        self._begin()
        operation, self._operation = self._operation, None
        if operation is not None:
            operation.cancel()

    def _onPatients(self, patients: Sequence[PatientRecord]) -> None:
        self.patients = tuple(patients)
        self.seconds = self._adapters.now() - self._began
        self.changed.emit()

    def _onFinished(self, result: QueryResult) -> None:
        self._operation = None
        self.truncated, self.limited = result.truncated, result.limited
        self.notes = result.notes
        self._end(DONE)
        self._count_instances()

    def _onError(self, error: OrthancConnectError) -> None:
        self._operation = None
        if isinstance(error, OperationCancelled):
            self._end(CANCELLED)
        else:
            self._end(FAILED, error)

    def _end(self, state: str, error: Optional[OrthancConnectError] = None) -> None:
        self.seconds = self._adapters.now() - self._began
        self._set(state, error)

    # Numbers of instances: C-FIND through ctk does not bring them -------------------------------

    def _count_instances(self) -> None:
        for key, series in keyed_series(self.patients):
            if series.number_of_instances is None:
                self._keys.setdefault(series.series_instance_uid, []).append(key)
        assert self.profile is not None
        unknown = list(self._keys)
        for start in range(0, len(unknown), COUNTS_A_REQUEST):
            uids = unknown[start : start + COUNTS_A_REQUEST]
            on_counts = partial(self._onCounts, uids)
            self._ask_server("series.counts", on_counts, series_instance_uids=uids)

    def _ask_server(self, method: str, on_result: Any, **params: Any) -> None:
        assert self.profile is not None
        params = {**server_parameters(self.profile, self._credentials), **params}
        self._ask(method, params, on_result, self._onNoCounts)

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
            self._ask_server("studies.describe", self._onShared, study_orthanc_ids=ids)

    def _onShared(self, described: Sequence[Mapping[str, Any]]) -> None:
        """Show each study that has its UID in common with another one under its own patient."""
        found = [PatientRecord.from_dict(one) for one in described]
        uids = {study.study_instance_uid for one in found for study in one.studies}
        shown = {key[:2] for key, _series in keyed_series(self.patients)}
        patients = [
            replace(
                one, studies=tuple(two for two in one.studies if two.study_instance_uid not in uids)
            )
            for one in self.patients
        ]
        for one in found:
            if not all(
                (one.patient_id, study.study_instance_uid) in shown
                or self.filters.accept(one, study)
                for study in one.studies
            ):
                continue
            same = [two for two in patients if two.patient_id == one.patient_id and two.patient_id]
            if same:
                place = patients.index(same[0])
                studies = sorted(
                    same[0].studies + one.studies, key=lambda two: two.study_date, reverse=True
                )
                patients[place] = replace(same[0], studies=tuple(studies))
            else:
                patients.append(one)
        self.patients = names_in_order(one for one in patients if one.studies)
        self.counts = {key: count for key, count in self.counts.items() if key[1] not in uids}
        for key, series in keyed_series(self.patients):
            if key[1] in uids and series.number_of_instances is not None:
                self.counts[key] = series.number_of_instances
        self.changed.emit()

    def _onNoCounts(self, error: OrthancConnectError) -> None:
        if not isinstance(error, OperationCancelled):
            self.counts_missing = error.message
            self.changed.emit()
