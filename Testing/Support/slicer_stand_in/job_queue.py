"""The queue behind ctkJobScheduler, without Qt: what its threads may touch.

They know the queue only, so that no QObject is ever destroyed in one of them; what happens is put
into `mail`, which the scheduler reads in the main thread.
"""

from __future__ import annotations

import collections
import functools
import threading
import time
from typing import Any, Deque, Dict, List, Tuple

from Support.slicer_stand_in.ctk_jobs import (
    ATTEMPT_FAILED,
    FAILED,
    FINISHED,
    INITIALIZED,
    QUEUED,
    RUNNING,
    USER_STOPPED,
    InserterJob,
    Job,
    ctkDICOMJobDetail,
)
from Support.slicer_stand_in.job_pool import JobPool

SIGNAL_OF = {
    RUNNING: "jobStarted",
    USER_STOPPED: "jobUserStopped",
    FINISHED: "jobFinished",
    ATTEMPT_FAILED: "jobAttemptFailed",
    FAILED: "jobFailed",
}


class JobQueue:
    """Jobs, the threads that run them, and what there is to tell."""

    def __init__(self) -> None:
        self.jobs: Dict[str, Job] = {}
        self.mail: Deque[Tuple[str, Any]] = collections.deque()
        self.pool = JobPool(20)
        self.frozen = False
        self.database_file = ""
        self._lock = threading.RLock()

    @property
    def running(self) -> int:
        """How many jobs have not ended."""
        with self._lock:
            return sum(job.status <= RUNNING for job in self.jobs.values())

    def insert(self, job: Job) -> None:
        """Take a job, from whatever thread."""
        if self.frozen:
            return
        if isinstance(job, InserterJob):
            job.filename = self.database_file
        self.mail.append(("jobInitialized", ctkDICOMJobDetail.of_job(job)))
        with self._lock:
            self.jobs[job.uid] = job
            if self._same_type_under_way(job) < job.concurrent:
                self._queue(job)

    def _same_type_under_way(self, job: Job) -> int:
        return sum(
            other.status in (QUEUED, RUNNING) and type(other) is type(job) and other is not job
            for other in self.jobs.values()
        )

    def _queue(self, job: Job) -> None:
        job.status = QUEUED
        self.mail.append(("jobQueued", ctkDICOMJobDetail.of_job(job)))
        self.pool.submit(functools.partial(self._work, job))

    def _work(self, job: Job, log: List[str]) -> None:
        """In a thread: ctkAbstractWorker::run and onJobCanceled."""
        job.thread_log, done = log, False
        try:
            if not job.canceled:
                self._change(job, RUNNING)
                done = job.run(lambda name, content: getattr(self, name)(content))
        finally:
            if job.canceled:
                self._change(job, USER_STOPPED)
            elif done:
                self._change(job, FINISHED)
            elif job.retries < job.maximum_retries:
                again = job.clone()
                again.retries = job.retries + 1
                self.insert(again)
                self._change(job, ATTEMPT_FAILED)
            else:
                self._change(job, FAILED)

    def _change(self, job: Job, status: int) -> None:
        job.set_status(status)
        self.mail.append((SIGNAL_OF[status], job))

    def report_progress(self, detail: ctkDICOMJobDetail) -> None:
        """Something came, or was written."""
        self.mail.append(("progress", detail))

    def go_on_after(self, job: Job) -> None:
        """A job has ended: begin those that wait."""
        with self._lock:
            if job.destroy_after_use:
                self.jobs.pop(job.uid, None)
            for uid in sorted(self.jobs):
                waiting = self.jobs[uid]
                if self.frozen or waiting.status != INITIALIZED:
                    continue
                if self._same_type_under_way(waiting) >= waiting.concurrent:
                    return
                self._queue(waiting)

    def unfinished(self) -> List[str]:
        """The UIDs of jobs that have not ended."""
        with self._lock:
            return [job.uid for job in self.jobs.values() if job.status <= RUNNING]

    def stop(self, uids: List[str], remove: bool) -> None:
        """Cancel jobs; those that have not begun end here."""
        for uid in uids:
            job = self.jobs.get(uid)
            if job is None:
                continue
            job.destroy_after_use = remove
            if job.status == INITIALIZED:
                self._change(job, USER_STOPPED)
                if remove:
                    self.jobs.pop(uid, None)
            elif job.status in (QUEUED, RUNNING):
                job.cancel()

    def wait(self, msec: int) -> None:
        """Block until nothing runs."""
        deadline = time.monotonic() + (msec / 1000 if msec >= 0 else 3600)
        while not self.pool.is_done and time.monotonic() < deadline:
            time.sleep(0.005)

    @property
    def at_rest(self) -> bool:
        """Whether nothing runs and nothing is left to tell."""
        return self.pool.is_done and not self.mail

    def close(self) -> None:
        """The C++ destructor stops all jobs and waits for them."""
        for job in list(self.jobs.values()):
            job.cancel()
        self.pool.close(10)
