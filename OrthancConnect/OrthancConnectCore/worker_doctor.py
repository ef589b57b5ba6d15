"""The worker's methods for the first connection, the registration and the connection doctor."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Tuple

from .doctor import number_of_lines, run
from .doctor_examination import KnownListener
from .doctor_probe import CallerProbe
from .doctor_report import CheckLine
from .errors import ConflictError, InputError
from .events import Progress
from .first_connection import connect_first
from .profiles import ServerProfile
from .registration import RegistrationPlan, plan_registration, register
from .rest import OrthancClient
from .worker_methods import Context, credentials_for

#: Seconds that the panel has for one DICOM step of the doctor.
CALLER_PATIENCE = 30.0


@dataclass(frozen=True)
class DoctorProgress(Progress):
    """The state of a run of the doctor: each report has all that is known so far.

    Attributes
    ----------
    lines : tuple of mapping
        `CheckLine.to_dict` of each line known so far, in the order in which they came.
    question : mapping or None
        The DICOM step that the caller is to do now; see `doctor_probe.CallerProbe`.
    """

    lines: Tuple[Mapping[str, Any], ...] = ()
    question: Optional[Mapping[str, Any]] = None


class _Reporter:
    """Tells lines and questions as they come, from many threads, the newest state last."""

    def __init__(self, context: Context, profile: ServerProfile) -> None:
        self._send = context.progress
        self._total = number_of_lines(profile)
        self._lock = threading.Lock()
        self._lines: List[Mapping[str, Any]] = []
        self._question: Optional[Mapping[str, Any]] = None

    def line(self, line: CheckLine) -> None:
        """Tell a line."""
        with self._lock:
            self._lines.append(line.to_dict())
            self._tell(line.title)

    def question(self, question: Optional[Mapping[str, Any]]) -> None:
        """Tell what the caller is to do; None when that is done."""
        with self._lock:
            self._question = question
            self._tell("")

    def _tell(self, current: str) -> None:
        self._send(
            DoctorProgress(
                "check",
                len(self._lines),
                self._total,
                current=current,
                lines=tuple(self._lines),
                question=self._question,
            )
        )


class _Callers:
    """The runs whose DICOM part is done by the caller, by the name that it gave them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._probes: Dict[str, Tuple[CallerProbe, _Reporter]] = {}

    def add(self, name: str, probe: CallerProbe, reporter: _Reporter) -> None:
        """Take a run.

        Raises
        ------
        InputError
            That name is under way already.
        """
        with self._lock:
            if name in self._probes:
                raise InputError("A run of the doctor with that name is under way.", "Wait for it.")
            self._probes[name] = (probe, reporter)

    def remove(self, name: str) -> None:
        """Forget a run."""
        with self._lock:
            self._probes.pop(name, None)

    def answer(self, name: str, step: str, result: Mapping[str, Any]) -> bool:
        """Hand an answer to its run; return whether that is still under way."""
        with self._lock:
            found = self._probes.get(name)
        if found is None:
            return False
        probe, reporter = found
        reporter.question(None)
        probe.answer(step, result)
        return True


_callers = _Callers()


def run_doctor(context: Context, params: Dict[str, Any]) -> Any:
    """``doctor.run``: examine a connection."""
    profile: ServerProfile = params["profile"]
    reporter = _Reporter(context, profile)
    name = params["caller"]
    probe: Optional[CallerProbe] = None
    if name:
        probe = CallerProbe(reporter.question, context.token, CALLER_PATIENCE)
        _callers.add(name, probe, reporter)
    listener = params["listener"]
    try:
        report = run(
            profile,
            credentials_for(profile, params["password"]),
            progress=reporter.line,
            token=context.token,
            listener=KnownListener(**listener) if listener else None,
            probe=probe,
            write=params["write"] is not False,
        )
    finally:
        _callers.remove(name or "")
    return {**report.to_dict(), "text": report.text()}


def answer_doctor(_context: Context, params: Dict[str, Any]) -> Any:
    """``doctor.answer``: what came of the step that a run asked the caller for."""
    return {"taken": _callers.answer(params["caller"], params["step"], params["result"])}


def _client(context: Context, params: Dict[str, Any]) -> OrthancClient:
    return context.clients.get(params["profile"], params["password"])


def plan(context: Context, params: Dict[str, Any]) -> Any:
    """``registration.plan``: what registering this computer would change."""
    return _plan(_client(context, params), params).to_dict()


def _plan(client: OrthancClient, params: Dict[str, Any]) -> RegistrationPlan:
    return plan_registration(
        client,
        params["profile"],
        address=params["address"] or "",
        exact_address=bool(params["exact_address"]),
    )


def apply(context: Context, params: Dict[str, Any]) -> Any:
    """``registration.apply``: do what a plan says, if it still says the same."""
    client = _client(context, params)
    made = _plan(client, params)
    if params["plan"] is not None and params["plan"] != _as_json(made.to_dict()):
        raise ConflictError(
            "The server's list of DICOM modalities was changed meanwhile; nothing was done.",
            "Look at the new plan, and register then.",
            status_code=409,
            method="PUT",
            path="/modalities",
            orthanc_status=None,
            details="",
        )
    return register(client, made, seconds_ago=params["seconds_ago"]).to_dict()


def _as_json(data: Any) -> Any:
    """Return what JSON makes of a value: lists for tuples."""
    if isinstance(data, dict):
        return {key: _as_json(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_as_json(item) for item in data]
    return data


def first(_context: Context, params: Dict[str, Any]) -> Any:
    """``connection.first``: from address and login to a profile."""
    from . import trace_log
    from .credentials import Credentials

    credentials: Optional[Credentials] = None
    if params["user"] and params["password"] is not None:
        trace_log.hide(params["user"], params["password"])
        credentials = Credentials(params["user"], params["password"])
    return connect_first(
        params["address"],
        credentials,
        trust=params["trust"],
        allow_insecure_http=bool(params["allow_insecure_http"]),
        taken_names=params["taken_names"] or (),
    ).to_dict()
