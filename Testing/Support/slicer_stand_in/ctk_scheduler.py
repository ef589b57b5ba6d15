"""ctkDICOMScheduler: queries, retrieves and echoes that do not block.

After ctkDICOMScheduler.cpp: a job for every server that is enabled and trusted or allowed; servers
and database are not owned, so that forgetting to keep them is a crash there and an error here.
"""

from __future__ import annotations

import weakref
from typing import Any, Dict, List, Sequence, Tuple

from PySide6.QtCore import Signal

from Support.slicer_stand_in.ctk_job_scheduler import ctkJobScheduler
from Support.slicer_stand_in.ctk_jobs import ECHO, EchoJob, Job, QueryJob, RetrieveJob
from Support.slicer_stand_in.ctk_properties import kept
from Support.slicer_stand_in.qt_signals import converted, weak_slot


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

    def _database_file(self) -> str:
        database = self.dicomDatabase()
        return str(database.databaseFilename) if database is not None else ""

    def setFilters(self, filters: Any) -> None:
        self._filters = {key: converted(value) for key, value in sorted(filters.items())}

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

    # CTK's slots also have a parameter for the priority and one for further servers.  They cannot
    # be given: PythonQt knows no QThread::Priority, and finds no matching overload.

    def _allowed(self) -> List[Any]:
        return [
            server
            for server in self._living_servers()
            if server.queryRetrieveEnabled and server.trustedEnabled
        ]

    def _add_jobs(self, kind: Any, job_type: int, servers: List[Any], *uids: str) -> None:
        self._queue.database_file = self._database_file()
        for server in servers:
            job = kind(dict(server._values), job_type)
            for name, uid in zip(("patient_id", "study_uid", "series_uid", "sop_uid"), uids):
                setattr(job, name, uid)
            job.maximum_retries = 0 if job_type == ECHO else self._retries
            job.retry_delay = self._retry_delay
            if kind is QueryJob:
                job.filters = dict(self._filters)
            self._insert_job(job)

    def queryPatients(self) -> None:
        servers = [one for one in self._living_servers() if one.queryRetrieveEnabled]
        self._add_jobs(QueryJob, 1, servers)

    def queryStudies(self, patientID: str) -> None:
        self._add_jobs(QueryJob, 2, self._allowed(), patientID)

    def querySeries(self, patientID: str, study: str) -> None:
        self._add_jobs(QueryJob, 3, self._allowed(), patientID, study)

    def queryInstances(self, patientID: str, study: str, series: str) -> None:
        self._add_jobs(QueryJob, 4, self._allowed(), patientID, study, series)

    def retrieveStudy(self, patientID: str, study: str) -> None:
        self._add_jobs(RetrieveJob, 5, self._allowed(), patientID, study)

    def retrieveSeries(self, patientID: str, study: str, series: str) -> None:
        self._add_jobs(RetrieveJob, 6, self._allowed(), patientID, study, series)

    def retrieveSOPInstance(self, patientID: str, study: str, series: str, sop: str) -> None:
        self._add_jobs(RetrieveJob, 7, self._allowed(), patientID, study, series, sop)

    def echo(self, server: Any) -> None:
        if isinstance(server, str):
            server = self.server(server)
        if server is not None:
            self._add_jobs(EchoJob, ECHO, [server])

    def _matching(self, *lists: Sequence[str]) -> List[Job]:
        names = ("patient_id", "study_uid", "series_uid", "sop_uid")
        return [
            job
            for job in self._queue.jobs.values()
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
