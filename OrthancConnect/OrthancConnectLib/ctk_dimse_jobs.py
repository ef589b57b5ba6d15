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

from OrthancConnectCore.errors import DimseError, OperationCancelled, OrthancConnectError
from OrthancConnectCore.profiles import C_MOVE, ServerProfile
from OrthancConnectCore.validation import plain_text

from .adapters import OnError
from .slices import Ticker

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
            self._close()
            self._on_error(error)

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


# What DCMTK says, in small letters → our message and hint. {host}, {called}, … are the profile's.
_CAUSES = (
    (
        ("connection refused", "connection reset"),
        "Nothing answers by DICOM at {host}:{port}.",
        "Check DICOM host and port in the server's settings, and that Orthanc is running.",
    ),
    (
        ("unknown host", "host name lookup"),
        "The DICOM host {host} is not known.",
        "Check its spelling in the server's settings.",
    ),
    (
        ("timeout", "timed out", "no route", "unreachable"),
        "{host}:{port} did not answer by DICOM in time.",
        "Check DICOM host and port, and that the network (VPN, firewall) lets DICOM through.",
    ),
    (
        ("unrecognized pdu",),
        "{host}:{port} answers, but it does not speak DICOM.",
        "Use the server's DICOM port, 4242 unless it was changed; it is not the web port.",
    ),
    (
        ("association rejected",),  # CTK does not pass on which of the two it is
        "The server rejects the association of {calling} with {called}.",
        "Check both AE titles in the server's settings: {called} must be the server's DicomAet, and"
        " {calling} one of its DicomModalities.",
    ),
    (
        ("peer aborted association",),
        "The server refuses DICOM requests from the AE title {calling}.",
        "Ask its administrator to add {calling} to Orthanc's DicomModalities, or correct the"
        " calling AE title in the server's settings.",
    ),
    (
        ("outofresources",),
        "The server has no room to work on this request.",
        "Narrow it down, or try again later.",
    ),
)
#: These hold for the next request as well.
_LASTING = tuple(word for words, _message, _hint in _CAUSES[:6] for word in words)


def is_lasting(log: str) -> bool:
    """Whether a job's log tells that no other request would fare better."""
    return any(word in log.lower() for word in _LASTING)


def has_cause(log: str) -> bool:
    """Whether a job's log tells why it failed."""
    return any(word in log.lower() for words, _m, _h in _CAUSES for word in words)


def explain(log: str, profile: ServerProfile, what: str) -> DimseError:
    """Return what a failed job's log means; `what` is the query or the retrieve."""
    refused = any(word in log.lower() for words, _m, _h in _CAUSES[4:6] for word in words)
    for words, message, hint in _CAUSES:
        if any(word in log.lower() for word in words):
            values = {
                "host": profile.dicom_host,
                "port": profile.dicom_port,
                "called": profile.called_ae_title,
                "calling": profile.calling_ae_title,
            }
            return DimseError(message.format(**values), hint.format(**values), refused=refused)
    status, fault = dimse_status(log), _first_error(log)
    if status:
        message = f"The server answered the DICOM {what} with: {status}."
    else:
        message = f"The DICOM {what} failed: {fault}." if fault else f"The DICOM {what} failed."
    return DimseError(message, "Try again; the server's log says more.", refused=False)


def dimse_status(log: str) -> str:
    """The unsuccessful DIMSE status that a log tells of, in DCMTK's words; empty if there is none.

    "Cancel: MatchingTerminatedDueToCancelRequest" is what Orthanc says when LimitFindResults cut
    its answer.
    """
    marker = "DIMSE status is: "
    lines = [line.partition(marker)[2] for line in log.splitlines() if marker in line]
    return plain_text(lines[-1], 200) if lines else ""


def _first_error(log: str) -> str:
    errors = [line.partition("ERROR: ")[2] for line in log.splitlines() if " ERROR: " in line]
    return plain_text(errors[0], 200).rstrip(".") if errors else ""


def patience(profile: ServerProfile, messages: int = 1) -> float:
    """Seconds without news after which a server counts as silent.

    CTK tells of whole answers only, so there may be several messages between two pieces of news.
    """
    return profile.connect_timeout + messages * profile.dimse_timeout


def silence(profile: ServerProfile, what: str) -> DimseError:
    """Return the error for a server that stopped answering; ctk itself would wait for ever."""
    return DimseError(
        f"The server stopped answering during the DICOM {what}.",
        f"Try again; if the server is only slow, raise the DICOM timeout"
        f" ({profile.dimse_timeout:g} s) in its settings.",
        refused=False,
    )
