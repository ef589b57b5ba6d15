"""One ctkDICOMScheduler with one server: its jobs and their signals, in plain Python.

What CTK does is in Libs/DICOM/Core (ctkDICOMScheduler.cpp, ctkDICOMQuery.cpp, ctkDICOMRetrieve.cpp)
and Libs/Core/ctkJobScheduler.cpp. Its signals come in batches every 300 ms, whatever the jobs do;
`numberOfRunningJobs` falls to 0 as soon as they and their inserters are done, so that is looked at
in between.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Callable, List, Optional, Tuple

import ctk

from OrthancConnectCore.shared.errors import OperationCancelled, OrthancConnectError
from OrthancConnectCore.shared.profile import C_MOVE, ServerProfile

from ...protocols import OnError
from ...turns import Ticker

#: ctkDICOMJobResponseSet::JobType.
QUERY_STUDIES, QUERY_SERIES, RETRIEVE_SERIES, INSERTER, ECHO = 2, 3, 6, 9, 10

FINISHED, FAILED, STOPPED, PROGRESS = "finished", "failed", "stopped", "progress"
_SIGNALS = {
    FINISHED: "jobFinished(QList<QVariant>)",
    FAILED: "jobFailed(QList<QVariant>)",
    STOPPED: "jobUserStopped(QList<QVariant>)",
    PROGRESS: "progressJobDetail(QList<QVariant>)",
}
#: Milliseconds between two looks at the jobs.
TICK = 20
#: Seconds that stopped jobs have to end before they are left alone for good.
_PATIENCE = 10.0


def prepare_environment() -> None:
    """Switch Nagle's algorithm off in DCMTK, before this process's first association.

    Without it each message pair costs some 45 ms. Child processes (storescp) inherit it.
    """
    os.environ.setdefault("TCP_NODELAY", "1")


class Operation(ABC):
    """Something under way; exactly one of its ending callbacks comes, also after `cancel`."""

    def __init__(self, on_error: OnError) -> None:
        self.running = True
        self._on_error = on_error

    def cancel(self) -> None:
        """Stop it; its error callback gets OperationCancelled, soon."""
        self.abandon()

    def abandon(self) -> None:
        """Stop it and wait for nothing: OperationCancelled comes at once."""
        self._fail(OperationCancelled())

    def _fail(self, error: OrthancConnectError) -> None:
        """End with an error, unless it has ended."""
        if self.running:
            self._report()
            self._close()
            self._on_error(error)

    def _report(self) -> None:
        """Say for the last time how far it came."""
        return  # most say nothing on the way

    @abstractmethod
    def _close(self) -> None:
        """Let go of everything; it is not `running` any more."""


@dataclass(frozen=True)
class JobEvent:
    """What a signal of the scheduler said about one job."""

    kind: str
    job_type: int
    job_uid: str
    study_uid: str
    series_uid: str
    sop_uid: str
    inserter_uid: str
    study_uids: Tuple[str, ...]
    series_uids: Tuple[str, ...]
    log: str


class CtkJobs:
    """A scheduler for one operation, with the profile's server and a database."""

    def __init__(
        self, profile: ServerProfile, database: Any, on_event: Callable[[JobEvent], None]
    ) -> None:
        prepare_environment()
        self._on_event = on_event
        self._started = _log_stamp()
        self._slots: List[Tuple[str, Callable[[Any], None]]] = []
        # CTK takes no ownership of these two: they must live as long as the scheduler's jobs.
        self.database = database
        self.server = _server(profile)
        self.scheduler = ctk.ctkDICOMScheduler()
        # A refused association is refused again: what is missing comes over HTTPS instead.
        self.scheduler.maximumNumberOfRetry = 0
        if database is not None:
            self.scheduler.setDicomDatabase(database)
        self.scheduler.addServer(self.server)
        for kind, signal in _SIGNALS.items():
            slot = self._slot(kind)
            if not self.scheduler.connect(signal, slot):
                raise AttributeError(f"ctkDICOMScheduler has no signal {signal}")
            self._slots.append((signal, slot))

    def _slot(self, kind: str) -> Callable[[Any], None]:
        def onJobs(details: Any) -> None:
            for detail in details:
                if self._slots:  # not closed by one of the callbacks
                    self._on_event(self._event(kind, detail))

        return onJobs

    def _event(self, kind: str, detail: Any) -> JobEvent:
        is_query = detail.jobType() in (QUERY_STUDIES, QUERY_SERIES)
        return JobEvent(
            kind,
            int(detail.jobType()),
            detail.JobUID(),
            detail.studyInstanceUID(),
            detail.seriesInstanceUID(),
            detail.sopInstanceUID(),
            detail.referenceInserterJobUID(),
            tuple(detail.queriedStudyInstanceUIDs()) if is_query else (),
            tuple(detail.queriedSeriesInstanceUIDs()) if is_query else (),
            "" if kind == PROGRESS else self._log_of(detail.logging()),
        )

    def _log_of(self, log: str) -> str:
        """The job's log without what others left in the same thread before (CTK mixes them up)."""
        lines = [line for line in log.splitlines() if line[:23] >= self._started]
        return "\n".join(lines)

    @property
    def running(self) -> int:
        """How many jobs wait or run, inserters included."""
        return int(self.scheduler.numberOfRunningJobs)

    def close(self, on_gone: Optional[Callable[[], None]] = None) -> None:
        """Stop all jobs; `on_gone` comes when nothing of them is left."""
        slots, self._slots = self._slots, []
        if not slots:
            return
        for signal, slot in slots:
            self.scheduler.disconnect(signal, slot)
        self.scheduler.stopAllJobs(True)
        _Retired(self, on_gone)


class _Retired:
    """Keeps a scheduler until its threads have ended: its destructor would wait for them."""

    waiting: List[_Retired] = []

    def __init__(self, jobs: CtkJobs, on_gone: Optional[Callable[[], None]]) -> None:
        self._jobs: Optional[CtkJobs] = jobs
        self._on_gone = on_gone
        self._since = time.monotonic()
        self._ticker = Ticker(TICK, self._onTimeout)
        self.waiting.append(self)

    def _onTimeout(self) -> None:
        if self._jobs is not None and self._jobs.running:
            if time.monotonic() - self._since < _PATIENCE:
                return
            # A thread that waits for a silent server: leaving Slicer must not wait for it too.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._jobs))
            logging.warning("OrthancConnect: a DICOM job did not stop; its connection hangs.")
        self._ticker.stop()
        self._jobs = None
        self.waiting.remove(self)
        if self._on_gone is not None:
            self._on_gone()


def give_memory_back() -> None:
    """Let glibc return freed memory to the system; without it the process grows by each retrieve.

    The allocator keeps an arena for each of CTK's threads: eight retrieves of 65 MB left 1.3 GB
    behind, with this 0.4. It takes some 20 ms, outside the main thread and without the GIL.
    """
    trim = None
    if sys.platform.startswith("linux"):
        try:
            trim = getattr(ctypes.CDLL("libc.so.6"), "malloc_trim", None)
        except OSError:  # another C library
            return
    if trim is not None:
        threading.Thread(target=trim, args=(0,), daemon=True).start()


def still_running() -> Tuple[Any, ...]:
    """The closed schedulers that have not come to rest yet."""
    return tuple(_Retired.waiting)


def _server(profile: ServerProfile) -> Any:
    server = ctk.ctkDICOMServer()
    server.connectionName = "OrthancConnect"
    server.callingAETitle = profile.calling_ae_title
    server.calledAETitle = profile.called_ae_title
    server.host = profile.dicom_host
    server.port = profile.dicom_port
    server.connectionTimeout = max(1, round(profile.connect_timeout))
    server.queryRetrieveEnabled = True
    server.storageEnabled = False
    server.trustedEnabled = True
    server.keepAssociationOpen = False
    server.moveDestinationAETitle = profile.storage_ae_title
    # By name: the scoped enum does not exist in Slicer 5.8.
    server.setRetrieveProtocolAsString("CMOVE" if profile.retrieve_method == C_MOVE else "CGET")
    return server


def _log_stamp() -> str:
    """This moment as CTK stamps the lines of a job's log."""
    now = time.time()
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now)) + f".{int(now % 1 * 1000):03d}"
