"""C-GET and C-MOVE by ctkDICOMScheduler into a DICOM database, a series a job.

CTK keeps all instances of a C-GET job in memory until it is done, and a copy while they are
written: so few jobs run at once, the fewer the larger the series are. What a job says of its
success is no proof; who wants one counts what is in the database.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Callable, Deque, Dict, Optional, Sequence, Set, Tuple

import slicer

from OrthancConnectCore.shared.errors import (
    DimseError,
    ListenerError,
    OperationCancelled,
    OrthancConnectError,
)
from OrthancConnectCore.shared.profile import C_MOVE, ServerProfile

from ...protocols import OnError
from ..listener import pending_arrivals
from . import faults
from . import jobs as ctk_jobs
from .jobs import Operation

#: Series at once: until one is done; then by the instances of the largest seen so far. Orthanc has
#: four DICOM threads.
_FIRST_AT_ONCE = 2
_SERIES_AT_ONCE = ((400, 1), (100, 2), (0, 4))
#: Seconds that stopped jobs have to end before a cancelled retrieve is over.
_STOPPING = 3.0
#: Seconds without news after which what a C-MOVE sent is taken for arrived.
_SETTLED = 0.5
#: Seconds between two looks at what a C-MOVE brought.
_LOOK_EVERY = 0.25

ProgressCallback = Callable[[str, int], None]
SeriesCallback = Callable[[str, bool, str], None]


@dataclass
class _Series:
    """What is known of one series that is under way."""

    last_sign: float
    instances: Set[str] = field(default_factory=set)
    inserter_uid: str = ""
    had: int = 0  # rows in the database before a C-MOVE
    moved: bool = False


class RetrieveOperation(Operation):
    """One retrieve of several series."""

    WHAT, MESSAGES = "retrieve", 4  # one large instance is many messages and one piece of news

    def __init__(
        self,
        profile: ServerProfile,
        database: Any,
        targets: Sequence[Any],
        on_progress: ProgressCallback,
        on_series_finished: SeriesCallback,
        on_finished: Callable[[], None],
        on_error: OnError,
    ) -> None:
        super().__init__(profile, database, on_error)
        self._on_progress, self._on_series_finished = on_progress, on_series_finished
        self._on_finished = on_finished
        self._moving = profile.retrieve_method == C_MOVE
        self._waiting: Deque[Any] = deque(
            {target.series_instance_uid: target for target in targets}.values()
        )
        self._active: Dict[str, _Series] = {}
        self._inserted: Dict[str, bool] = {}
        self._largest = 0
        self._one_done = False
        self._quiet_since: Optional[float] = None
        self._looked_at = 0.0
        self._echo: Optional[Operation] = None
        self._cancelled_at = 0.0
        self._progress: Dict[str, int] = {}
        self._ends: Dict[str, Tuple[bool, str]] = {}

    # Starting jobs ------------------------------------------------------------------------------

    def _onTick(self) -> None:
        if self._cancelled_at:
            if not self._jobs_running or time.monotonic() - self._cancelled_at > _STOPPING:
                self._fail(OperationCancelled())
            return
        if self._echo is not None:
            return
        self._report()
        if self._moving and self.running:
            self._watch_arrivals()
        while self._waiting and self.running and self._jobs_running < self._at_once():
            self._start(self._waiting.popleft())
        if self.running and not self._waiting and not self._active:
            self._close()
            self._on_finished()
        waiting = [item.last_sign for item in self._active.values() if not item.inserter_uid]
        if self.running and waiting:
            self._check_silence(max(waiting))

    def _at_once(self) -> int:
        allowed = next(count for size, count in _SERIES_AT_ONCE if self._largest >= size)
        return allowed if self._one_done else min(allowed, _FIRST_AT_ONCE)

    def _start(self, target: Any) -> None:
        series = _Series(time.monotonic())
        uid = target.series_instance_uid
        if self._moving:
            series.had = len(self._database.instancesForSeries(uid))
        self._active[uid] = series
        # Without the patient's ID: it is no key of study-root C-GET, and CTK would send it in UTF-8
        # without saying so.
        self._scheduler.retrieveSeries("", target.study_instance_uid, uid)

    # Following them -----------------------------------------------------------------------------

    def _onJobEvent(self, kind: str, detail: Any) -> None:
        if detail.jobType() == ctk_jobs.INSERTER:
            self._inserted[detail.JobUID()] = kind == ctk_jobs.FINISHED
            for active_uid, active in list(self._active.items()):
                if active.inserter_uid == detail.JobUID():
                    self._end_inserted(active_uid)
            return
        uid = detail.seriesInstanceUID()
        series = self._active.get(uid)
        if self._cancelled_at or series is None or detail.jobType() != ctk_jobs.RETRIEVE_SERIES:
            return
        series.last_sign = time.monotonic()
        if kind == ctk_jobs.PROGRESS:
            self._count(uid, series, detail.sopInstanceUID())
        elif kind == ctk_jobs.FINISHED and self._moving:
            series.moved = True
        elif kind == ctk_jobs.FINISHED and detail.referenceInserterJobUID():
            series.inserter_uid = detail.referenceInserterJobUID()
            if series.inserter_uid in self._inserted:
                self._end_inserted(uid)
        elif kind == ctk_jobs.FINISHED:
            self._end(uid, False, "The server sent none of its instances.")
        else:
            self._retrieve_failed(uid, detail)

    def _count(self, uid: str, series: _Series, sop_uid: str) -> None:
        # CTK tells of each instance twice: when it has come, and when it is in the database.
        series.instances.add(sop_uid)
        self._largest = max(self._largest, len(series.instances))
        self._progress[uid] = len(series.instances)

    def _end_inserted(self, uid: str) -> None:
        if self._inserted[self._active[uid].inserter_uid]:
            self._end(uid, True, "")
        else:
            self._end(uid, False, "It could not be written into Slicer's DICOM database.")

    def _end(self, uid: str, succeeded: bool, text: str) -> None:
        # Reported at the next tick: CTK tells of the last instances after it tells of the end.
        self._one_done = True
        self._ends[uid] = (succeeded, text)

    def _report(self) -> None:
        progress, self._progress = self._progress, {}
        for uid, count in progress.items():
            self._on_progress(uid, count)
        ends, self._ends = self._ends, {}
        for uid, (succeeded, text) in ends.items():
            del self._active[uid]
            self._on_series_finished(uid, succeeded, text)

    def _retrieve_failed(self, uid: str, detail: Any) -> None:
        error, log = self._explain(detail), self._log_of(detail)
        if faults.is_lasting(log):
            self._fail(error)
        elif "SCU initialization failed" in log:
            self._ask_why(uid)
        else:
            self._end(uid, False, str(error))

    def _ask_why(self, uid: str) -> None:
        """There was no association, and CTK does not say why: an echo does."""

        def onEcho(reached: bool, text: str) -> None:
            self._echo = None
            if not self.running:
                return
            if reached and uid in self._active:
                self._end(uid, False, "The server did not accept the connection.")
            elif not reached:
                message, _separator, hint = text.partition("\n")
                self._fail(DimseError(message, hint, refused=False))

        if self._echo is None:
            self._echo = EchoOperation(self._profile, onEcho)

    # C-MOVE: what arrives at the listener --------------------------------------------------------

    def _watch_arrivals(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < _LOOK_EVERY:
            return
        self._looked_at = now
        for uid, series in self._active.items():
            arrived = len(self._database.instancesForSeries(uid)) - series.had
            if arrived > len(series.instances):
                series.last_sign = now
                series.instances = {str(number) for number in range(arrived)}
                self._progress[uid] = arrived
        if pending_arrivals():
            self._quiet_since = None
            for series in self._active.values():
                series.last_sign = now
            return
        self._quiet_since = self._quiet_since or now
        for uid, series in list(self._active.items()):
            if series.moved and now - max(self._quiet_since, series.last_sign) > _SETTLED:
                self._end(uid, True, "")

    # The end ------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Stop it; OperationCancelled follows when nothing is written to the database any more."""
        if self.running and not self._cancelled_at:
            self._cancelled_at = time.monotonic()
            self._waiting.clear()
            self._scheduler.stopAllJobs(True)

    def _onClose(self) -> None:
        if self._echo is not None:
            self._echo.abandon()

    def _onGone(self) -> None:
        ctk_jobs.give_memory_back()


def check_listener(profile: ServerProfile) -> None:
    """Raise ListenerError when nobody here would take what a C-MOVE sends."""
    if getattr(slicer, "dicomListener", None) is None:
        raise ListenerError(
            "C-MOVE sends the images to the DICOM listener, and that is not running.",
            f"Start the listener on port {profile.storage_port}, or retrieve by C-GET.",
        )


class EchoOperation(Operation):
    """One C-ECHO; ctk sends it as ANY-SCU, so it tells nothing of the calling AE title."""

    WHAT = "echo"

    def __init__(self, profile: ServerProfile, on_finished: Callable[[bool, str], None]) -> None:
        def on_error(error: OrthancConnectError) -> None:
            on_finished(False, f"{error.message}\n{error.hint}".strip())

        super().__init__(profile, None, on_error)
        self._on_finished = on_finished
        self._begun = time.monotonic()
        self._scheduler.echo(self._server)

    def _onJobEvent(self, kind: str, detail: Any) -> None:
        if detail.jobType() != ctk_jobs.ECHO:
            return
        if kind == ctk_jobs.FINISHED:
            self._close()
            self._on_finished(True, "The server answers by DICOM.")
        elif kind != ctk_jobs.PROGRESS:
            error = self._explain(detail)
            if error.refused:
                error.hint += " An echo calls itself ANY-SCU: a query may work all the same."
            self._fail(error)

    def _onTick(self) -> None:
        self._check_silence(self._begun)
