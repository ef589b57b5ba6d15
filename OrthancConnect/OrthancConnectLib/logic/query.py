"""One query: patients come in as C-FIND finds them, the numbers of instances follow over HTTPS."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

from OrthancConnectCore.shared.errors import OperationCancelled, OrthancConnectError
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.query import PatientRecord, QueryFilters, QueryResult

from ..protocols import Adapters
from ..signals import Signal
from .login import Login, server_parameters
from .task import CANCELLED, DONE, FAILED, IDLE, RUNNING, Task

#: Series asked for in one request, so that the first numbers come soon.
COUNTS_A_REQUEST = 200


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
        self.counts: Dict[str, int] = {}
        self.counts_missing = ""  # why the numbers of instances are not known
        self.seconds = 0.0
        self.truncated = False  # whether there is more on the server than is shown

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
        self.seconds, self.truncated = 0.0, False
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
        self.truncated = result.truncated
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
        unknown = [
            series.series_instance_uid
            for patient in self.patients
            for study in patient.studies
            for series in study.series
            if series.number_of_instances is None
        ]
        assert self.profile is not None
        for start in range(0, len(unknown), COUNTS_A_REQUEST):
            params = {
                **server_parameters(self.profile, self._credentials),
                "series_instance_uids": unknown[start : start + COUNTS_A_REQUEST],
            }
            self._ask("series.counts", params, self._onCounts, self._onNoCounts)

    def _onCounts(self, counts: Mapping[str, int]) -> None:
        self.counts.update(counts)
        self.counted.emit(dict(counts))

    def _onNoCounts(self, error: OrthancConnectError) -> None:
        if not isinstance(error, OperationCancelled):
            self.counts_missing = error.message
            self.changed.emit()
