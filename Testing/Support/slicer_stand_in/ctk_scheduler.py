"""ctkDICOMScheduler: queries, retrieves and echoes that do not block.

After ctkDICOMScheduler.cpp: a job for every server that is enabled and trusted or allowed; servers
and database are not owned, so that forgetting to keep them is a crash there and an error here.
"""

from __future__ import annotations

import weakref
from typing import Any, Dict, List, Optional, Sequence, Tuple

from PySide6.QtCore import Signal

from slicer_stand_in.ctk_job_scheduler import ctkJobScheduler
from slicer_stand_in.ctk_jobs import ECHO, EchoJob, InserterJob, Job, QueryJob, RetrieveJob
from slicer_stand_in.ctk_query import kept
from slicer_stand_in.qt_signals import weak_slot

LOW_PRIORITY = 2


class ctkDICOMScheduler(ctkJobScheduler):
    """Queries and retrieves without blocking (ctkDICOMScheduler.h)."""

    serverModified = Signal(str)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._servers: List[Any] = []
        self._database: Any = None
        self._filters: Dict[str, Any] = {}
        self._maximum_patients = 25

    @property
    def maximumPatientsQuery(self) -> int:
        return self._maximum_patients

    @maximumPatientsQuery.setter
    def maximumPatientsQuery(self, value: int) -> None:
        self._maximum_patients = int(value)

    # Database, filters and servers

    def setDicomDatabase(self, database: Any) -> None:
        self._database = weakref.ref(database)

    def dicomDatabase(self) -> Any:
        return kept(self._database, "the database given to setDicomDatabase()")

    def setFilters(self, filters: Dict[str, Any]) -> None:
        self._filters = dict(filters)

    def filters(self) -> Dict[str, Any]:
        return dict(self._filters)

    def addServer(self, server: Any) -> None:
        self._servers.append(weakref.ref(server))
        server.connect("serverModified(QString)", weak_slot(self, "_on_server_modified"))

    def _on_server_modified(self, name: str) -> None:
        self.serverModified.emit(name)

    def _living_servers(self) -> List[Any]:
        return [kept(server, "a server given to addServer()") for server in self._servers]

    def removeServer(self, server: Any) -> None:
        index = server if isinstance(server, int) else self.getServerIndexFromName(server)
        if 0 <= index < len(self._servers):
            del self._servers[index]

    def removeAllServers(self) -> None:
        self._servers.clear()

    def server(self, server: Any) -> Any:
        index = server if isinstance(server, int) else self.getServerIndexFromName(server)
        return self._living_servers()[index] if 0 <= index < len(self._servers) else None

    def serversCount(self) -> int:
        return len(self._servers)

    def queryRetrieveServersCount(self) -> int:
        return sum(bool(server.queryRetrieveEnabled) for server in self._living_servers())

    def storageServersCount(self) -> int:
        return sum(bool(server.storageEnabled) for server in self._living_servers())

    def getServerNameFromIndex(self, index: int) -> str:
        servers = self._living_servers()
        return str(servers[index].connectionName) if 0 <= index < len(servers) else ""

    def getServerIndexFromName(self, name: str) -> int:
        names = [server.connectionName for server in self._living_servers()]
        return names.index(name) if name in names else -1

    def getAllServersConnectionNames(self) -> Tuple[str, ...]:
        return tuple(server.connectionName for server in self._living_servers())

    # Jobs

    def _allowed(self, allowed: Optional[Sequence[str]]) -> List[Any]:
        return [
            server
            for server in self._living_servers()
            if server.queryRetrieveEnabled
            and (server.trustedEnabled or server.connectionName in (allowed or ()))
        ]

    def _add_jobs(self, kind: Any, job_type: int, servers: List[Any], priority: int, *uids: str):  # type: ignore[no-untyped-def]
        for server in servers:
            job = kind(server.clone(), job_type)
            for name, uid in zip(("patient_id", "study_uid", "series_uid", "sop_uid"), uids):
                if not isinstance(uid, str):
                    raise ValueError(f"a QString was expected, not {uid!r}")
                setattr(job, name, uid)
            job.priority = int(priority)
            job.maximum_retries = 0 if job_type == ECHO else self._retries
            job.retry_delay = self._retry_delay
            if kind is QueryJob:
                job.filters = dict(self._filters)
            self._insert_job(job)

    def queryPatients(self, priority: int = LOW_PRIORITY) -> None:
        servers = [one for one in self._living_servers() if one.queryRetrieveEnabled]
        self._add_jobs(QueryJob, 1, servers, priority)

    def queryStudies(
        self, patientID: str, priority: int = LOW_PRIORITY, allowed: Any = None
    ) -> None:
        self._add_jobs(QueryJob, 2, self._allowed(allowed), priority, patientID)

    def querySeries(
        self, patientID: str, study: str, priority: int = LOW_PRIORITY, allowed: Any = None
    ) -> None:
        self._add_jobs(QueryJob, 3, self._allowed(allowed), priority, patientID, study)

    def queryInstances(
        self, patientID: str, study: str, series: str, priority: int = 2, allowed: Any = None
    ) -> None:
        self._add_jobs(QueryJob, 4, self._allowed(allowed), priority, patientID, study, series)

    def retrieveStudy(
        self, patientID: str, study: str, priority: int = LOW_PRIORITY, allowed: Any = None
    ) -> None:
        self._add_jobs(RetrieveJob, 5, self._allowed(allowed), priority, patientID, study)

    def retrieveSeries(
        self, patientID: str, study: str, series: str, priority: int = 2, allowed: Any = None
    ) -> None:
        self._add_jobs(RetrieveJob, 6, self._allowed(allowed), priority, patientID, study, series)

    def retrieveSOPInstance(
        self,
        patientID: str,
        study: str,
        series: str,
        sop: str,
        priority: int = 2,
        allowed: Any = (),
    ) -> None:
        uids = (patientID, study, series, sop)
        self._add_jobs(RetrieveJob, 7, self._allowed(allowed), priority, *uids)

    def echo(self, server: Any, priority: int = LOW_PRIORITY) -> None:
        if isinstance(server, str):
            server = self.server(server)
        if server is not None:
            self._add_jobs(EchoJob, ECHO, [server], priority)

    def _insert(self, response_sets: List[Any]) -> str:
        """insertJobResponseSets, called in a worker's thread."""
        job = InserterJob()
        job.response_sets = list(response_sets)
        job.filename = self.dicomDatabase().databaseFilename
        job.priority = 4
        self._insert_job(job)
        return job.uid

    def _matching(self, *lists: Sequence[str]) -> List[Job]:
        names = ("patient_id", "study_uid", "series_uid", "sop_uid")
        return [
            job
            for job in self._jobs.values()
            if any(
                getattr(job, name) and getattr(job, name) in uids
                for name, uids in zip(names, lists)
            )
        ]

    def stopJobsByDICOMUIDs(
        self, patients: Any = (), studies: Any = (), series: Any = (), sops: Any = ()
    ) -> None:
        found = self._matching(patients, studies, series, sops)
        self._stop([job.uid for job in found], False)

    def raiseJobsPriorityForSeries(self, series: Sequence[str], priority: int = 5) -> None:
        for job in self._jobs.values():
            job.priority = int(priority) if job.series_uid in series else LOW_PRIORITY
