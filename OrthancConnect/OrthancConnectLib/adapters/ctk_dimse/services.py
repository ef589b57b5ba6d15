"""Query and retrieve inside Slicer: C-FIND, C-GET and C-MOVE by ctk's own classes.

They run in C++ threads of ctkDICOMScheduler and need nothing of Python meanwhile.
"""

from __future__ import annotations

from typing import Any, Callable, List, Optional, Sequence

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import DimseError
from OrthancConnectCore.shared.profile import C_MOVE, ServerProfile
from OrthancConnectCore.shared.query import PatientRecord, QueryFilters, QueryResult

from ...protocols import OnError
from ..database import open_database
from .jobs import Operation
from .query import QueryOperation
from .retrieve import RetrieveOperation, check_listener


class CtkDimse:
    """The DICOM side of one server.

    Every operation has a scheduler of its own, since CTK's cancel is for good. Callbacks come in
    the main thread; none comes before the method that starts an operation has returned.
    """

    def __init__(self, profile: ServerProfile, database: Optional[Any] = None) -> None:
        """Take the profile; `database` is a ctkDICOMDatabase in the place of Slicer's own."""
        self._profile = profile
        self._database = database
        self._operations: List[Operation] = []

    def query(
        self,
        filters: QueryFilters,
        limit: int,
        on_patients: Callable[[List[PatientRecord]], None],
        on_finished: Callable[[QueryResult], None],
        on_error: OnError,
    ) -> Operation:
        self._check_tls()
        callbacks = (on_patients, on_finished, on_error)
        return self._under_way(QueryOperation(self._profile, filters, limit, *callbacks))

    def retrieve(
        self,
        targets: Sequence[Any],
        on_progress: Callable[[str, int], None],
        on_series_finished: Callable[[str, bool, str], None],
        on_finished: Callable[[], None],
        on_error: OnError,
    ) -> Operation:
        self._check_tls()
        database = open_database() if self._database is None else self._database
        if self._profile.retrieve_method == C_MOVE:
            check_listener(self._profile)
        callbacks = (on_progress, on_series_finished, on_finished, on_error)
        return self._under_way(RetrieveOperation(self._profile, database, targets, *callbacks))

    def _check_tls(self) -> None:
        """Refuse what would go in clear: ctk's classes use none of DCMTK's TLS."""
        if self._profile.dicom_tls:
            raise DimseError(
                _("Slicer itself speaks no DICOM over TLS, which this server's profile asks for."),
                _("Query and retrieve over HTTPS, or by orthancconnect on the command line."),
            )

    def _under_way(self, operation: Operation) -> Operation:
        self._operations = [item for item in self._operations if item.running] + [operation]
        return operation

    def close(self) -> None:
        operations, self._operations = self._operations, []
        for operation in operations:
            if operation.running:
                operation.abandon()
