"""ctkJobScheduler: jobs in threads, signals in batches in the main thread.

After ctkJobScheduler.cpp and ctkAbstractWorker.cpp: at most 20 details in 300 ms, progress last
and also when there is none; a failed attempt is a new job with a UID of its own; finished jobs
stay in the queue, so numberOfJobs never goes down by itself.
"""

from __future__ import annotations

import collections
import functools
import threading
import time
import weakref
from typing import Any, Deque, Dict, List, Sequence, Tuple

from PySide6 import QtCore
from PySide6.QtCore import QObject, Signal

from slicer_stand_in.ctk_database import read_only
from slicer_stand_in.ctk_jobs import (
    ATTEMPT_FAILED,
    FAILED,
    FINISHED,
    INITIALIZED,
    QUEUED,
    RUNNING,
    USER_STOPPED,
    Job,
    ctkDICOMJobDetail,
)
from slicer_stand_in.qt_signals import weak_slot

BATCH, INTERVAL_MS = 20, 300
TOLD_AT_ONCE = ("jobInitialized", "jobQueued")
SIGNAL_OF = {
    RUNNING: "jobStarted",
    USER_STOPPED: "jobUserStopped",
    FINISHED: "jobFinished",
    ATTEMPT_FAILED: "jobAttemptFailed",
    FAILED: "jobFailed",
}
NOTE_OF = {
    "jobStarted": "started",
    "jobUserStopped": "user stopped",
    "jobFinished": "finished",
    "jobAttemptFailed": "attempt failed",
    "jobFailed": "failed",
}


def _tell(scheduler: Any, method: str, *arguments: Any) -> Any:
    """Call a method of the scheduler, if it still lives."""
    living = scheduler()
    return getattr(living, method)(*arguments) if living is not None else ""


def _work(scheduler: Any, job: Job) -> None:
    """A worker's thread: ctkAbstractWorker::run and onJobCanceled."""
    try:
        if not job.canceled:
            _tell(scheduler, "_finish", job, RUNNING)
            done = job.run(functools.partial(_tell, scheduler))
        if job.canceled:
            _tell(scheduler, "_finish", job, USER_STOPPED)
        elif done:
            _tell(scheduler, "_finish", job, FINISHED)
        elif job.retries < job.maximum_retries:
            _tell(scheduler, "_next_attempt", job)
        else:
            _tell(scheduler, "_finish", job, FAILED)
    finally:
        _tell(scheduler, "_thread_ended", job)


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
    _posted = Signal()
    _EXACT_SIGNALS = {
        name: f"{name}(QList<QVariant>)" for name in [*SIGNAL_OF.values(), "progressJobDetail"]
    }

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._jobs: Dict[str, Job] = {}
        self._batches: Dict[str, List[Any]] = {name: [] for name in SIGNAL_OF.values()}
        self._progress: List[Any] = []
        self._mail: Deque[Tuple[str, Any]] = collections.deque()
        self._lock = threading.RLock()
        self._threads: Dict[str, threading.Thread] = {}
        self._waiting: Deque[Job] = collections.deque()
        self._frozen = False
        self._thread_count = 20
        self._retries, self._retry_delay = 3, 100
        self._throttle: Any = QtCore.QTimer(self)
        self._throttle.setSingleShot(True)
        self._throttle.setInterval(INTERVAL_MS)
        self._throttle.connect("timeout()", weak_slot(self, "_emit_batches"))
        self._posted._bound.connect(self._read_mail, QtCore.Qt.QueuedConnection)

    def __del__(self) -> None:
        # The C++ destructor stops all jobs and waits for them.
        for job in list(self.__dict__.get("_jobs", {}).values()):
            job.cancel()
        for thread in list(self.__dict__.get("_threads", {}).values()):
            if thread is not threading.current_thread():
                thread.join(10)

    # Properties

    @property
    def maximumThreadCount(self) -> int:
        return self._thread_count

    @maximumThreadCount.setter
    def maximumThreadCount(self, value: int) -> None:
        self._thread_count = int(value)

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
        return int(self._frozen)

    @freezeJobsScheduling.setter
    def freezeJobsScheduling(self, value: int) -> None:
        self._frozen = bool(value)

    @read_only("numberOfJobs")
    def numberOfJobs(self) -> int:
        return len(self._jobs)

    @read_only("numberOfPersistentJobs")
    def numberOfPersistentJobs(self) -> int:
        return 0

    @read_only("numberOfRunningJobs")
    def numberOfRunningJobs(self) -> int:
        with self._lock:
            return sum(job.status <= RUNNING for job in self._jobs.values())

    def _insert_job(self, job: Job) -> None:
        if self._frozen:
            return
        self._post("jobInitialized", ctkDICOMJobDetail.of_job(job))
        with self._lock:
            self._jobs[job.uid] = job
            if self._same_type_under_way(job) < job.concurrent:
                self._queue(job)

    def _same_type_under_way(self, job: Job) -> int:
        return sum(
            other.status in (QUEUED, RUNNING) and type(other) is type(job) and other is not job
            for other in self._jobs.values()
        )

    def _queue(self, job: Job) -> None:
        job.status = QUEUED
        self._post("jobQueued", ctkDICOMJobDetail.of_job(job))
        self._waiting.append(job)
        self._start_threads()

    def _start_threads(self) -> None:
        with self._lock:
            while self._waiting and len(self._threads) < self._thread_count:
                job = self._waiting.popleft()
                # The thread does not hold the scheduler: letting that go stops its jobs.
                arguments = (weakref.ref(self), job)
                thread = threading.Thread(target=_work, args=arguments, daemon=True)
                self._threads[job.uid] = thread
                thread.start()

    def _thread_ended(self, job: Job) -> None:
        with self._lock:
            self._threads.pop(job.uid, None)
        self._start_threads()

    def _next_attempt(self, job: Job) -> None:
        again = job.clone()
        again.retries = job.retries + 1
        self._insert_job(again)
        self._finish(job, ATTEMPT_FAILED)

    def _finish(self, job: Job, status: int) -> None:
        job.set_status(status)
        self._post(SIGNAL_OF[status], job)

    # From the threads to the main thread

    def _post(self, name: str, content: Any) -> None:
        if name in TOLD_AT_ONCE and threading.current_thread() is threading.main_thread():
            getattr(self, name).emit(content)
            return
        self._mail.append((name, content))
        self._posted._bound.emit()

    def _report_progress(self, detail: Any) -> None:
        self._post("progress", detail)

    def _read_mail(self) -> None:
        while self._mail:
            name, content = self._mail.popleft()
            if name in TOLD_AT_ONCE:
                getattr(self, name).emit(content)
                continue
            if name == "progress":
                self._progress.append(content)
            else:
                content.note(NOTE_OF[name])
                self._batches[name].append(ctkDICOMJobDetail.of_job(content))
                if content.status > RUNNING:
                    self._after(content)
            if not self._throttle.active:
                self._throttle.start()

    def _after(self, job: Job) -> None:
        with self._lock:
            if job.destroy_after_use:
                self._jobs.pop(job.uid, None)
            for uid in sorted(self._jobs):
                waiting = self._jobs[uid]
                if self._frozen or waiting.status != INITIALIZED:
                    continue
                if self._same_type_under_way(waiting) >= waiting.concurrent:
                    return
                self._queue(waiting)

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
        self._frozen = True
        with self._lock:
            uids = [job.uid for job in self._jobs.values() if job.status <= RUNNING]
        self._stop(uids, removeJobs)
        self._frozen = False
        return tuple(uids)

    def stopJobsByJobUIDs(self, uids: Sequence[str], removeJobs: bool = False) -> None:
        self._stop(list(uids), removeJobs)

    def _stop(self, uids: List[str], remove: bool) -> None:
        for uid in uids:
            job = self._jobs.get(uid)
            if job is None:
                continue
            job.destroy_after_use = remove
            if job.status == INITIALIZED:
                job.set_status(USER_STOPPED)
                self._batches["jobUserStopped"].append(ctkDICOMJobDetail.of_job(job))
                if remove:
                    self._jobs.pop(uid, None)
            elif job.status in (QUEUED, RUNNING):
                job.cancel()
        if uids and not self._throttle.active:
            self._throttle.start()

    def deleteJob(self, uid: str) -> None:
        self._jobs.pop(uid, None)

    def waitForDone(self, msec: int = -1) -> None:
        deadline = time.monotonic() + (msec / 1000 if msec >= 0 else 3600)
        while self._threads and time.monotonic() < deadline:
            time.sleep(0.005)

    def waitForFinish(self, waitForPersistentJobs: bool = False, processEvents: bool = False):  # type: ignore[no-untyped-def]
        while True:
            self.waitForDone(500)
            if processEvents:
                QtCore.QCoreApplication.processEvents()
            if self.numberOfRunningJobs == 0:
                return
