"""ctkJobScheduler: jobs in threads, signals in batches in the main thread.

After ctkJobScheduler.cpp and ctkAbstractWorker.cpp: at most 20 details in 300 ms, progress last
and also when there is none; a failed attempt is a new job with a UID of its own; finished jobs
stay in the queue, so numberOfJobs never goes down by itself.
"""

from __future__ import annotations

from typing import Any, Dict, List, Sequence

from PySide6 import QtCore
from PySide6.QtCore import QObject, Signal

from Support.slicer_stand_in.ctk_jobs import RUNNING, Job, ctkDICOMJobDetail
from Support.slicer_stand_in.ctk_properties import read_only
from Support.slicer_stand_in.job_queue import SIGNAL_OF, JobQueue
from Support.slicer_stand_in.qt_signals import weak_slot

BATCH, INTERVAL_MS, LOOK_MS = 20, 300, 5
TOLD_AT_ONCE = ("jobInitialized", "jobQueued")
NOTE_OF = {
    "jobStarted": "started",
    "jobUserStopped": "user stopped",
    "jobFinished": "finished",
    "jobAttemptFailed": "attempt failed",
    "jobFailed": "failed",
}


class ctkJobScheduler(QObject):
    """A queue of jobs (ctkJobScheduler.h)."""

    jobInitialized = Signal("QVariant")
    jobQueued = Signal("QVariant")
    jobStarted = Signal("QList<QVariant>")
    jobUserStopped = Signal("QList<QVariant>")
    jobFinished = Signal("QList<QVariant>")
    jobAttemptFailed = Signal("QList<QVariant>")
    jobFailed = Signal("QList<QVariant>")
    progressJobDetail = Signal("QList<QVariant>")
    _EXACT_SIGNALS = {
        name: f"{name}(QList<QVariant>)" for name in [*SIGNAL_OF.values(), "progressJobDetail"]
    }

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._queue = JobQueue()
        self._batches: Dict[str, List[Any]] = {name: [] for name in SIGNAL_OF.values()}
        self._progress: List[Any] = []
        self._retries, self._retry_delay = 3, 100
        self._throttle: Any = QtCore.QTimer(self)
        self._throttle.setSingleShot(True)
        self._throttle.setInterval(INTERVAL_MS)
        self._throttle.connect("timeout()", weak_slot(self, "_emit_batches"))
        self._look: Any = QtCore.QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.connect("timeout()", weak_slot(self, "_read_mail"))

    def __del__(self) -> None:
        if "_queue" in self.__dict__:
            self._queue.close()

    # Properties

    @property
    def maximumThreadCount(self) -> int:
        return self._queue.pool.maximum

    @maximumThreadCount.setter
    def maximumThreadCount(self, value: int) -> None:
        self._queue.pool.maximum = int(value)

    @property
    def maximumNumberOfRetry(self) -> int:
        return self._retries

    @maximumNumberOfRetry.setter
    def maximumNumberOfRetry(self, value: int) -> None:
        self._retries = int(value)

    @property
    def retryDelay(self) -> int:
        return self._retry_delay

    @retryDelay.setter
    def retryDelay(self, value: int) -> None:
        self._retry_delay = int(value)

    @property
    def freezeJobsScheduling(self) -> int:
        return int(self._queue.frozen)

    @freezeJobsScheduling.setter
    def freezeJobsScheduling(self, value: int) -> None:
        self._queue.frozen = bool(value)

    @read_only("numberOfJobs")
    def numberOfJobs(self) -> int:
        return len(self._queue.jobs)

    @read_only("numberOfPersistentJobs")
    def numberOfPersistentJobs(self) -> int:
        return 0

    @read_only("numberOfRunningJobs")
    def numberOfRunningJobs(self) -> int:
        return self._queue.running

    def _insert_job(self, job: Job) -> None:
        self._queue.insert(job)
        self._read_mail()
        if not self._look.active:
            self._look.start()

    def _read_mail(self) -> None:
        while self._queue.mail:
            name, content = self._queue.mail.popleft()
            if name in TOLD_AT_ONCE:
                getattr(self, name).emit(content)
                continue
            if name == "progress":
                self._progress.append(content)
            else:
                content.log += self._queue.pool.take_log(content.thread_id)
                content.note(NOTE_OF[name])
                self._batches[name].append(ctkDICOMJobDetail.of_job(content))
                if content.status > RUNNING:
                    self._queue.go_on_after(content)
            if not self._throttle.active:
                self._throttle.start()
        if self._queue.at_rest:
            self._look.stop()

    def _emit_batches(self) -> None:
        room = BATCH
        for name in SIGNAL_OF.values():
            if self._batches[name] and room > 0:
                batch = self._batches[name][:room]
                self._batches[name] = self._batches[name][room:]
                room -= len(batch)
                getattr(self, name).emit(batch)
        progress, self._progress = self._progress, []
        self.progressJobDetail.emit(progress)  # also when there is nothing to tell
        if any(self._batches.values()) and not self._throttle.active:
            self._throttle.start()

    # Stopping and waiting

    def stopAllJobs(self, stopPersistentJobs: bool = False, removeJobs: bool = True) -> Any:
        self._queue.frozen = True
        uids = self._queue.unfinished()
        self._stop(uids, removeJobs)
        self._queue.frozen = False
        return tuple(uids)

    def stopJobsByJobUIDs(self, uids: Sequence[str], removeJobs: bool = False) -> None:
        self._stop(list(uids), removeJobs)

    def _stop(self, uids: List[str], remove: bool) -> None:
        self._queue.stop(uids, remove)
        self._read_mail()
        if uids and not self._throttle.active:
            self._throttle.start()

    def deleteJob(self, uid: str) -> None:
        self._queue.jobs.pop(uid, None)

    def waitForDone(self, msec: int = -1) -> None:
        self._queue.wait(msec)

    def waitForFinish(self, waitForPersistentJobs: bool = False, processEvents: bool = False):  # type: ignore[no-untyped-def]
        while True:
            self.waitForDone(500)
            if processEvents:
                QtCore.QCoreApplication.processEvents()
            if self.numberOfRunningJobs == 0:
                return
