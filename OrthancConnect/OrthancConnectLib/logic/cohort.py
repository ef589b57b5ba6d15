"""A list of patients or studies in a CSV file: what it asks for, and fetching that."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from slicer.i18n import tr as _

from OrthancConnectCore.shared.profile import ServerProfile

from ..protocols import Adapters
from .folder_job import Arrived, FolderJob, FolderRequest
from .login import Login, server_parameters
from .task import DONE, IDLE, RUNNING, Task
from .transfers import Transfer, TransferLog
from .upload import progress_of


@dataclass(frozen=True)
class CohortRequest(FolderRequest):
    """A table, the number of its column from 1, and what that holds."""

    file: str
    column: str
    by: str
    asked = "retrieve.cohort"

    def more(self) -> Dict[str, Any]:
        """Return which table it is."""
        return {"file": self.file, "column": self.column, "by": self.by}


class CohortJob(FolderJob):
    """Fetches what a table asks for; its rows are the transfer's then."""

    def _onProgress(self, data: Mapping[str, Any]) -> None:
        progress = progress_of(data)
        rows = (progress.details or {}).get("of_rows")
        phase = _("A list of {rows} rows").format(rows=rows) if rows else ""
        self._log.update(self._transfer, progress=progress, phase=phase)

    def _series(self, data: Mapping[str, Any]) -> Iterable[Arrived]:
        self._transfer.rows = [dict(row) for row in data["rows"]]
        return [tuple(one) for one in data["series"]]


class CohortChoice(Task):
    """The table that a person has chosen: its columns, and which of them it is about."""

    def __init__(self, adapters: Adapters, log: TransferLog) -> None:
        super().__init__(adapters)
        self._log = log
        self._profile: Optional[ServerProfile] = None
        self._login: Optional[Login] = None
        self._drop()

    def _drop(self) -> None:
        self.file = ""
        self.columns: List[str] = []
        self.column, self.kind, self.rows = -1, "", 0
        self.reason = ""  # why it can't be told which column is meant
        self.transfer: Optional[Transfer] = None

    def read(self, profile: ServerProfile, login: Optional[Login], file: str) -> None:
        """Look into a table."""
        self._profile, self._login = profile, login
        self._drop()
        self.file = os.path.abspath(file)
        self.choose()

    def choose(self, column: int = -1, kind: str = "") -> None:
        """Take another column, or take it for something else; found out where that is left out."""
        assert self._profile is not None
        self._begin()
        more = {"column": str(column + 1) if column >= 0 else "", "by": kind}
        params = {**server_parameters(self._profile, self._login), "file": self.file, **more}
        self.column, self.kind, self.rows, self.reason = column, kind, 0, ""
        self._set(RUNNING)
        self._ask("cohort.read", params, self._onRead)

    def _onRead(self, told: Mapping[str, Any]) -> None:
        self.columns, self.reason = list(told["columns"]), told["reason"]
        if not self.reason:
            self.column, self.kind, self.rows = told["column"], told["kind"], told["rows"]
        self._set(DONE)

    @property
    def ready(self) -> bool:
        """Whether it can be fetched."""
        return self.state == DONE and bool(self.kind) and self.rows > 0 and not self.reason

    def retrieve(self) -> Transfer:
        """Fetch it into Slicer's database, as one transfer of the queue."""
        assert self._profile is not None
        column = str(self.column + 1)
        request = CohortRequest(self._profile, self._login, self.file, column, self.kind)
        title = os.path.basename(self.file)
        transfer = Transfer("retrieve", title, request, request.method, kind=CohortJob)
        self.transfer = self._log.add(transfer)
        self.changed.emit()
        return transfer

    def forget(self) -> None:
        """Put the table away; what is fetched of it goes on."""
        self._begin()
        self._drop()
        self._set(IDLE)
