"""ctkDICOMJobDetail, ctkDICOMInserter, and the jobs that a scheduler runs in threads."""

from __future__ import annotations

import datetime
import uuid
from typing import Any, Callable, Dict, List, Mapping, Sequence

from PySide6.QtCore import QObject, Signal

from Support.slicer_stand_in import dicom_network, dicom_store_changes
from Support.slicer_stand_in.ctk_properties import plain_property
from Support.slicer_stand_in.ctk_server import CMOVE, peer_of
from Support.slicer_stand_in.dicom_network import Find, Get
from Support.slicer_stand_in.dicom_store import ResponseSet, Store
from Support.slicer_stand_in.job_pool import thread_name

INITIALIZED, QUEUED, RUNNING, USER_STOPPED, ATTEMPT_FAILED, FAILED, FINISHED = range(7)
LEVELS = ("", "PATIENT", "STUDY", "SERIES", "IMAGE")
INSERTER, ECHO = 9, 10
# How ctkDICOM…Job::loggerReport calls a job; ctk says "studies" of a series query, too.
NOTES = {
    1: "Query job at patients level",
    2: "Query job at studies level",
    3: "Query job at studies level",
    4: "Query job at instances level",
    5: "Retrieve task at studies level",
    6: "Retrieve task at series level",
    7: "Retrieve task at instances level",
    9: "Insert job",
    10: "Echo job",
}


class ctkDICOMJobDetail:
    """What a signal says about a job: a plain C++ structure, read by methods."""

    def __init__(self) -> None:
        self._texts: Dict[str, Any] = {}

    @classmethod
    def of_job(cls, job: Job) -> ctkDICOMJobDetail:
        detail = cls()
        detail._texts = {
            "jobClass": job.class_name,
            "jobType": job.job_type,
            "JobUID": job.uid,
            "patientID": job.patient_id,
            "studyInstanceUID": job.study_uid,
            "seriesInstanceUID": job.series_uid,
            "sopInstanceUID": job.sop_uid,
            "connectionName": job.connection_name,
            "referenceInserterJobUID": job.inserter_uid,
            "logging": job.log,
            "creationDateTime": job.created,
            "startDateTime": job.started,
            "completionDateTime": job.completed,
            "runningThreadID": job.thread_id,
        }
        return detail

    @classmethod
    def of_response_set(cls, response_set: ResponseSet) -> ctkDICOMJobDetail:
        detail = cls()
        detail._texts = {
            "jobType": response_set.job_type,
            "JobUID": response_set.job_uid,
            "patientID": response_set.patient_id,
            "studyInstanceUID": response_set.study_uid,
            "seriesInstanceUID": response_set.series_uid,
            "sopInstanceUID": response_set.sop_uid,
            "connectionName": response_set.connection_name,
            "numberOfDataSets": len(response_set.datasets),
        }
        queried = {1: "PatientIDs", 2: "StudyInstanceUIDs", 3: "SeriesInstanceUIDs"}
        queried[4] = "SOPInstanceUIDs"
        if response_set.job_type in queried:
            name = "queried" + queried[response_set.job_type]
            detail._texts[name] = tuple(sorted(response_set.datasets))
        return detail


def _reader(name: str, default: Any) -> Callable[[Any], Any]:
    def read(self: Any) -> Any:
        return self._texts.get(name, default)

    read.__name__ = name
    return read


for _name in (
    *("jobClass", "JobUID", "patientID", "studyInstanceUID", "seriesInstanceUID"),
    *("sopInstanceUID", "connectionName", "referenceInserterJobUID", "logging"),
    *("creationDateTime", "startDateTime", "completionDateTime", "runningThreadID"),
):
    setattr(ctkDICOMJobDetail, _name, _reader(_name, ""))
for _name in ("jobType", "numberOfDataSets"):
    setattr(ctkDICOMJobDetail, _name, _reader(_name, 0))
for _name in (
    *("queriedPatientIDs", "queriedStudyInstanceUIDs"),
    *("queriedSeriesInstanceUIDs", "queriedSOPInstanceUIDs"),
):
    setattr(ctkDICOMJobDetail, _name, _reader(_name, ()))


def _stamp() -> str:
    return datetime.datetime.now().strftime("%Y-%m-%d %H:%M:%S.%f")[:23]


def _now() -> str:
    return datetime.datetime.now().strftime("%H:%M:%S.%f %a %d %b %Y")


class Job:
    """One job and its worker; `run` is called in a thread."""

    class_name = "ctkDICOMJob"
    concurrent = 20

    def __init__(self, server: Mapping[str, Any], job_type: int) -> None:
        self.uid = str(uuid.uuid4())
        self.server, self.job_type = server, job_type
        self.patient_id = self.study_uid = self.series_uid = self.sop_uid = ""
        self.connection_name = str(server.get("connectionName", ""))
        self.inserter_uid = self.log = self.thread_id = ""
        self.created, self.started, self.completed = _now(), "", ""
        self.status, self.priority = INITIALIZED, 2
        self.retries, self.maximum_retries, self.retry_delay = 0, 3, 100
        self.destroy_after_use = False
        self.thread_log: List[str] = []

    def cancel(self) -> None:
        """Asked for from the main thread while the job may run."""

    def run(self, tell: Callable[..., None]) -> bool:
        """Do the work; `tell` calls a method of the queue.  Was it done?"""
        raise NotImplementedError

    @staticmethod
    def _hand_on(tell: Callable[..., None], response_sets: Sequence[ResponseSet]) -> str:
        """insertJobResponseSets: a further job writes them; returns its UID."""
        job = InserterJob(response_sets)
        tell("insert", job)
        return job.uid

    @property
    def canceled(self) -> bool:
        return False

    def clone(self) -> Job:
        """The next attempt: a job of its own, with a UID of its own."""
        other = type(self)(self.server, self.job_type)
        for name in ("patient_id", "study_uid", "series_uid", "sop_uid", "priority", "retries"):
            setattr(other, name, getattr(self, name))
        other.maximum_retries, other.retry_delay = self.maximum_retries, self.retry_delay
        self._clone_into(other)
        return other

    def _clone_into(self, other: Any) -> None:
        """What a subclass has to pass on."""

    def on_report(self, name: str, value: Any) -> None:
        """DCMTK's lines from Warning upwards, as the scheduler's appender writes them."""
        level = {"log": "ERROR", "error(QString)": "ERROR", "warn(QString)": " WARN"}.get(name)
        if level is not None:
            self.thread_log.append(f"{_stamp()} {level}: {value}\n")

    def note(self, status: str) -> None:
        """ctkDICOM…Job::loggerReport."""
        self.log += f"{_stamp()} INFO: {NOTES[self.job_type]} {status}.\n"

    def set_status(self, status: int) -> None:
        self.status = status
        if status == RUNNING:
            self.started, self.thread_id = _now(), thread_name()
        elif status > RUNNING:
            self.completed = _now()


class QueryJob(Job):
    class_name = "ctkDICOMQueryJob"

    def __init__(self, server: Any, job_type: int) -> None:
        super().__init__(server, job_type)
        self.filters: Dict[str, Any] = {}
        # The scheduler's maximumPatientsQuery does not reach the query: it stays at 25.
        self._find = Find(peer_of(server, self.uid), self.on_report)

    def _clone_into(self, other: Any) -> None:
        other.filters = self.filters

    def cancel(self) -> None:
        self._find.canceled = True

    @property
    def canceled(self) -> bool:
        return self._find.canceled

    def run(self, tell: Callable[..., None]) -> bool:
        self._find.filters = self.filters
        level = LEVELS[self.job_type]
        if not self._find.run(level, self.patient_id, self.study_uid, self.series_uid):
            return False
        if self._find.response_sets:
            self.inserter_uid = self._hand_on(tell, self._find.response_sets)
        return True


class RetrieveJob(Job):
    class_name = "ctkDICOMRetrieveJob"

    def __init__(self, server: Any, job_type: int) -> None:
        super().__init__(server, job_type)
        self._tell: Callable[..., None] = lambda *_: None
        self._get = Get(peer_of(server, self.uid), self._on_report)

    def _on_report(self, name: str, value: Any) -> None:
        if name == "progressJobDetail(QVariant)":
            self._tell("report_progress", ctkDICOMJobDetail.of_response_set(value))
        self.on_report(name, value)

    def cancel(self) -> None:
        self._get.canceled = True

    @property
    def canceled(self) -> bool:
        return self._get.canceled

    def run(self, tell: Callable[..., None]) -> bool:
        self._tell = tell
        uids = {"PatientID": self.patient_id, "StudyInstanceUID": self.study_uid}
        if self.job_type > 5:
            uids["SeriesInstanceUID"] = self.series_uid
        if self.job_type > 6:
            uids["SOPInstanceUID"] = self.sop_uid
        move = self.server["retrieveProtocol"] == CMOVE
        if not self._get.run({5: "STUDY", 6: "SERIES", 7: "IMAGE"}[self.job_type], move, uids):
            return False
        if self._get.response_sets and not move:
            self.inserter_uid = self._hand_on(tell, self._get.response_sets)
        return True


class EchoJob(Job):
    class_name = "ctkDICOMEchoJob"
    _stopped = False

    def cancel(self) -> None:
        self._stopped = True

    @property
    def canceled(self) -> bool:
        return self._stopped

    def run(self, tell: Callable[..., None]) -> bool:
        return dicom_network.echo(peer_of(self.server, self.uid), self.on_report)


class InserterJob(Job):
    """Writes what a job brought; only then is it in the database.  One at a time."""

    class_name = "ctkDICOMInserterJob"
    concurrent = 1

    def __init__(self, response_sets: Sequence[ResponseSet]) -> None:
        super().__init__({}, INSERTER)
        self.response_sets = list(response_sets)
        self.filename = ""
        self._stopped = False

    def cancel(self) -> None:
        self._stopped = True

    @property
    def canceled(self) -> bool:
        return self._stopped

    def run(self, tell: Callable[..., None]) -> bool:
        if self._stopped:
            return False
        store = Store()
        store.open(self.filename)
        dicom_store_changes.insert_response_sets(store, self.response_sets)
        dicom_store_changes.update_displayed_fields(store)
        store.close()
        for response_set in self.response_sets:
            tell("report_progress", ctkDICOMJobDetail.of_response_set(response_set))
        self.response_sets = []
        return True


class ctkDICOMInserter(QObject):
    """Writes response sets to a database file (ctkDICOMInserter.h)."""

    updatingDatabase = Signal(bool)
    done = Signal()
    databaseFilename = plain_property("databaseFilename", "")
    tagsToPrecache = plain_property("tagsToPrecache", ())
    tagsToExcludeFromStorage = plain_property("tagsToExcludeFromStorage", ())

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._canceled = False

    def addJobResponseSets(self, response_sets: Any) -> bool:
        if self._canceled:
            return False
        self.updatingDatabase.emit(True)
        store = Store()
        store.open(self.databaseFilename)
        dicom_store_changes.insert_response_sets(store, [one._set for one in response_sets])
        dicom_store_changes.update_displayed_fields(store)
        store.close()
        self.updatingDatabase.emit(False)
        self.done.emit()
        return True

    def wasCanceled(self) -> bool:
        return self._canceled

    def cancel(self) -> None:
        self._canceled = True
