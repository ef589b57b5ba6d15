"""One operation on one ctkDICOMScheduler with one server: its jobs, their signals and their end.

What CTK does is in Libs/DICOM/Core (ctkDICOMScheduler.cpp, ctkDICOMQuery.cpp, ctkDICOMRetrieve.cpp)
and Libs/Core/ctkJobScheduler.cpp. Its signals come in batches every 300 ms, whatever the jobs do;
`numberOfRunningJobs` falls to 0 as soon as they and their inserters are done, so that is looked at
in between.
"""

from __future__ import annotations

import ctypes
import logging
import os
import shutil
import sys
import tempfile
import time
import uuid
from abc import ABC, abstractmethod
from typing import Any, Callable, List

import ctk

from OrthancConnectCore.shared.errors import (
    DimseError,
    InputError,
    OperationCancelled,
    OrthancConnectError,
)
from OrthancConnectCore.shared.profile import C_MOVE, ServerProfile

from ...protocols import OnError
from ...turns import Ticker
from . import faults

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


#: The closed operations whose schedulers have not come to rest yet.
retired: List[Operation] = []


class Operation(ABC):
    """Something under way on a scheduler of its own, with the profile's server and a database.

    Exactly one of its ending callbacks comes, also after `cancel`.
    """

    #: What it is called in messages, and the messages that may lie between two pieces of news.
    WHAT, MESSAGES = "", 1

    def __init__(self, profile: ServerProfile, database: Any, on_error: OnError) -> None:
        # No Nagle's algorithm in DCMTK: it costs some 45 ms a message pair. Child processes
        # (storescp) inherit it; OrthancConnect.py sets it before any association of Slicer's own.
        os.environ.setdefault("TCP_NODELAY", "1")
        self._profile = profile
        self._on_error = on_error
        self.running = True
        self._started = _log_stamp()
        # CTK takes no ownership of these two: they must live as long as the scheduler's jobs.
        self._database = database
        self._server = _server(profile)
        self._scheduler = ctk.ctkDICOMScheduler()
        # A refused association is refused again: what is missing comes over HTTPS instead.
        self._scheduler.maximumNumberOfRetry = 0
        if database is not None:
            self._scheduler.setDicomDatabase(database)
        self._scheduler.addServer(self._server)
        self._slots = [(signal, self._slot(kind)) for kind, signal in _SIGNALS.items()]
        for signal, slot in self._slots:
            if not self._scheduler.connect(signal, slot):
                raise AttributeError(f"ctkDICOMScheduler has no signal {signal}")
        self._ticker = Ticker(TICK, self._onTick)

    def cancel(self) -> None:
        """Stop it; its error callback gets OperationCancelled, soon."""
        self.abandon()

    def abandon(self) -> None:
        """Stop it and wait for nothing: OperationCancelled comes at once."""
        self._fail(OperationCancelled())

    @abstractmethod
    def _onJobEvent(self, kind: str, detail: Any) -> None:
        """Take what one of the scheduler's signals said of one job (a ctkDICOMJobDetail)."""

    @abstractmethod
    def _onTick(self) -> None:
        """Look at the jobs between their signals."""

    def _slot(self, kind: str) -> Callable[[Any], None]:
        def onJobs(details: Any) -> None:
            for detail in details:
                if self.running:  # not ended by one of them
                    self._onJobEvent(kind, detail)

        return onJobs

    @property
    def _jobs_running(self) -> int:
        """How many jobs wait or run, inserters included."""
        return int(self._scheduler.numberOfRunningJobs)

    def _log_of(self, detail: Any) -> str:
        """The job's log without what others left in the same thread before (CTK mixes them up)."""
        lines = detail.logging().splitlines()
        return "\n".join(line for line in lines if line[:23] >= self._started)

    def _explain(self, detail: Any) -> DimseError:
        """Return what the log of a failed job means."""
        return faults.explain(self._log_of(detail), self._profile, self.WHAT)

    def _check_silence(self, last_sign: float) -> None:
        """End with an error when the server has been silent for too long."""
        if time.monotonic() - last_sign > faults.patience(self._profile, self.MESSAGES):
            self._fail(faults.silence(self._profile, self.WHAT))

    def _fail(self, error: OrthancConnectError) -> None:
        """End with an error, unless it has ended."""
        if self.running:
            self._report()
        if self.running:  # whoever was told may have ended it
            self._close()
            self._on_error(error)

    def _report(self) -> None:
        """Say for the last time how far it came."""
        return  # most say nothing on the way

    def _close(self) -> None:
        """Let go of everything; it is not `running` any more."""
        self.running = False
        self._onClose()
        self._ticker.stop()
        slots, self._slots = self._slots, []
        for signal, slot in slots:
            self._scheduler.disconnect(signal, slot)
        self._scheduler.stopAllJobs(True)
        self._closed_at = time.monotonic()
        self._ticker = Ticker(TICK, self._onRest)
        retired.append(self)

    def _onRest(self) -> None:
        """Keep the scheduler until its threads have ended: its destructor would wait for them."""
        if self._jobs_running:
            if time.monotonic() - self._closed_at < _PATIENCE:
                return
            # A thread that waits for a silent server: leaving Slicer must not wait for it too.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self))
            logging.info("OrthancConnect: a DICOM job did not stop; its connection hangs.")
        self._ticker.stop()
        retired.remove(self)
        self._onGone()

    def _onClose(self) -> None:
        """End what it has under way besides the jobs."""
        return  # most have nothing

    def _onGone(self) -> None:
        """Clean up; nothing of the jobs is left."""
        return  # most leave nothing behind


def give_memory_back() -> None:
    """Let glibc return freed memory to the system; without it the process grows by each retrieve.

    The allocator keeps an arena for each of CTK's threads: eight retrieves of 65 MB left 1.3 GB
    behind, with this 0.4. It takes some 20 ms, in a native thread that runs nothing else: in a
    Python thread garbage may be collected, and Qt's objects be destroyed outside the main thread.
    """
    if sys.platform.startswith("linux"):
        process, thread = ctypes.CDLL(None), ctypes.c_ulong()
        trim = getattr(process, "malloc_trim", None)  # another C library has none
        if trim and process.pthread_create(ctypes.byref(thread), None, trim, None) == 0:
            process.pthread_detach(thread)


class Scratch:
    """A DICOM database in a temporary folder of its own; InputError when there is no room."""

    def __init__(self, purpose: str) -> None:
        try:
            self.folder = tempfile.mkdtemp(prefix=f"orthancconnect-{purpose}-")
        except OSError as error:
            raise no_room(tempfile.gettempdir()) from error
        self.database = ctk.ctkDICOMDatabase()
        path, name = self.folder + "/ctkDICOM.sql", "orthancconnect-" + uuid.uuid4().hex
        # A connection of its own: several objects under the default name have crashed the process.
        if not self.database.openDatabase(path, name):
            shutil.rmtree(self.folder, ignore_errors=True)
            raise no_room(self.folder)

    def remove(self) -> None:
        """Close the database and remove its folder."""
        self.database.closeDatabase()
        shutil.rmtree(self.folder, ignore_errors=True)


def no_room(folder: str) -> InputError:
    """Return the error for answers that can't be kept."""
    return InputError(
        f"The answers of the server can't be written to the temporary folder {folder}.",
        "Make room there.",
    )


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
