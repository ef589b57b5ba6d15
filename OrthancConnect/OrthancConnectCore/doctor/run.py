"""The connection doctor: looks at every link of the chain, and says what is wrong and the cure.

The checks form a graph: each names the lines that it builds on. Those that don't depend on one
another run at the same time, so a healthy server on the local network takes well under a second.
"""

from __future__ import annotations

import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Callable, List, Optional, Set, Tuple

from .. import audit
from ..shared.check_lines import FAILED, SKIPPED, CheckLine, DoctorReport, Outcome, failed, skipped
from ..shared.credentials import Credentials
from ..shared.errors import MissingDependencyError, OperationCancelled, OrthancConnectError
from ..shared.events import CancelToken
from ..shared.profile import C_MOVE, ServerProfile
from .checks import dicom, https, listener, registered, search, storage
from .examination import Check, Examination, KnownListener
from .probe import DicomProbe

#: After a cancel, seconds that checks under way get; then the report is made without them.
_GRACE = 0.5


@dataclass(frozen=True)
class Step:
    """One step of the plan."""

    #: Of the line; a step without title makes none.
    id: str
    title: str
    #: Looks and says what it found.
    check: Check
    #: Lines that must be fine; if one is not, this step is skipped because of it.
    needs: Tuple[str, ...] = ()
    #: Lines that must be known first, whatever they say.
    after: Tuple[str, ...] = ()
    #: Whether it is done after a cancel as well.
    always: bool = False


#: In the order in which a connection is built up, which is that of the report.
PLAN: Tuple[Step, ...] = (
    Step("name", "Server name", https.check_name),
    Step("tcp", "HTTPS port", https.check_tcp, ("name",)),
    Step("tls", "TLS", https.check_tls, ("tcp",)),
    Step("certificate", "Certificate", https.check_certificate, ("tls",)),
    Step("login", "Login", https.check_login, ("tls", "certificate")),
    Step("orthanc", "Orthanc", https.check_orthanc, ("login",)),
    Step("storage", "Storage writable", storage.check_storage, ("orthanc",)),
    Step("sample", "", storage.choose_sample, ("orthanc",), ("storage",)),
    Step("search", "Search over HTTPS", search.check_search, ("orthanc",), ("sample",)),
    Step("dicom_port", "DICOM port", dicom.check_dicom_port),
    Step("echo", "C-ECHO", dicom.check_echo, ("dicom_port",)),
    Step(
        "registered",
        "Our AE title on the server",
        registered.check_registered,
        needs=("orthanc",),
        after=("dicom_port", "echo", "listener_echo", "find", "get", "move"),
    ),
    Step("probe", "", dicom.load_probe),
    Step("listener", "DICOM listener", listener.check_listener, after=("probe",)),
    Step(
        "listener_echo",
        "Server reaches our listener",
        listener.check_listener_echo,
        needs=("orthanc", "listener"),
        after=("dicom_port",),
    ),
    Step("find", "C-FIND", dicom.check_find, ("echo",), ("orthanc", "sample", "probe")),
    Step("get", "C-GET", dicom.check_get, ("echo",), ("orthanc", "sample", "probe")),
    Step(
        "move",
        "C-MOVE",
        dicom.check_move,
        needs=("echo", "listener"),
        after=("orthanc", "sample", "listener_echo"),
    ),
    Step(
        "https_instance",
        "Same instance over HTTPS",
        storage.check_https_instance,
        needs=("orthanc",),
        after=("sample",),
    ),
    Step("compressed", "Compressed series by C-GET", storage.check_compressed, ("orthanc", "get")),
    Step(
        "pace",
        "Number of requests",
        search.check_pace,
        needs=("orthanc",),
        after=("storage", "search", "listener_echo", "registered", "https_instance", "compressed"),
    ),
    Step("clear", "Images encrypted or local", dicom.check_clear, ("dicom_port",)),
    Step(
        "cleanup",
        "Test instance deleted",
        storage.check_cleanup,
        after=(
            *("storage", "search", "find", "get", "move", "https_instance"),
            *("listener_echo", "registered"),
        ),
        always=True,
    ),
)


def _steps_for(profile: ServerProfile) -> List[Step]:
    left_out = {"move"} if profile.retrieve_method != C_MOVE else set()
    left_out |= {"certificate"} if not profile.is_secure else set()
    return [step for step in PLAN if step.id not in left_out]


def number_of_lines(profile: ServerProfile) -> int:
    """Return how many lines the report on a profile will have."""
    return sum(1 for step in _steps_for(profile) if step.title)


def run(
    profile: ServerProfile,
    credentials: Optional[Credentials] = None,
    *,
    progress: Callable[[CheckLine], None] = lambda _line: None,
    token: Optional[CancelToken] = None,
    listener: Optional[KnownListener] = None,
    probe: Optional[DicomProbe] = None,
    write: bool = True,
) -> DoctorReport:
    """Examine a connection, end to end.

    Of the profile, timeouts longer than the doctor's own are cut. `progress` gets each line as
    soon as it is known, in whichever thread found it, one at a time. Without a `listener`, the
    profile's storage port is looked at, and one is started there for the time of the run if it is
    free; without a `probe`, pynetdicom speaks DICOM, and where that is missing the lines that need
    it are skipped. If it may `write`, a test instance of some 1.1 MB, which is nobody's, is stored
    on the server for the time of the run. It is deleted in every case, and so is what an earlier
    run has left that was ended in its middle. On a server whose storage is at its limit nothing is
    stored. Nothing that is wrong with the server is raised.

    Without permission to write, the first instance that the server has is looked for instead.
    """
    token = token or CancelToken()
    started, began = datetime.now(timezone.utc), time.monotonic()
    examination = Examination(profile, credentials, token, probe, listener, write, progress)
    plan = _steps_for(profile)
    with closing(examination):
        _run_plan(examination, plan)
    unknown = skipped("", "The run was cancelled before this was known.")
    if write:
        steps = ("storage", "cleanup")
        told = {name: line.state for name, line in examination.lines.items() if name in steps}
        audit.record("check", profile, "cancelled" if token.cancelled else "done", **told)
    lines = [
        examination.lines.get(step.id) or CheckLine.of(step.id, step.title, unknown, 0.0)
        for step in plan
        if step.title
    ]
    return DoctorReport(
        profile_name=profile.name,
        rest_url=profile.rest_url,
        dicom_address=f"{profile.called_ae_title}@{profile.dicom_host}:{profile.dicom_port}",
        calling_ae_title=profile.calling_ae_title,
        retrieve_method=profile.retrieve_method,
        started=started.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - began, 3),
        lines=tuple(lines),
        cancelled=token.cancelled,
    )


def _run_plan(ex: Examination, plan: List[Step]) -> None:
    pool = ThreadPoolExecutor(len(plan), "doctor")
    ids = {step.id for step in plan}
    futures = {pool.submit(_run_step, ex, step, ids): step for step in plan}
    try:
        pending = set(futures)
        while pending and not ex.token.cancelled:
            done, pending = wait(pending, timeout=0.1, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
    finally:
        ex.stop_waiting()
        wait([future for future, step in futures.items() if step.always])
        wait(futures, timeout=_GRACE)
        pool.shutdown(wait=False)


def _run_step(ex: Examination, step: Step, ids: Set[str]) -> None:
    before = [ex.line(name) for name in (*step.needs, *step.after) if name in ids]
    if ex.stopped and not step.always:
        return
    began = time.perf_counter()
    # Why it is pointless: the line where the fault is, not just the one before.
    blocking = (
        skipped(line.because_of or line.id, "")
        for line in before
        if line is not None and line.id in step.needs and line.state in (FAILED, SKIPPED)
    )
    outcome = next(blocking, None) or _look(ex, step)
    if outcome is not None:
        ex.publish(CheckLine.of(step.id, step.title, outcome, time.perf_counter() - began))


def _look(ex: Examination, step: Step) -> Optional[Outcome]:
    try:
        return step.check(ex)
    except OperationCancelled:
        return None
    except MissingDependencyError as error:
        line = skipped("", error.message)
        package = {"package": error.facts.get("package", "")}
        return replace(line, cure=error.hint, cure_action="install", cure_values=package)
    except OrthancConnectError as error:
        # A fault that the check has no words of its own for; the error has.
        return failed(type(error).__name__, error.message, error.hint)
