"""The worker's methods for the first connection, the registration and the connection doctor."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from typing import Any, Dict, List, Mapping, Optional

from .. import trace_log
from ..doctor.examination import KnownListener
from ..doctor.probe import CallerProbe
from ..doctor.reach import reach
from ..doctor.run import number_of_lines, run
from ..orthanc.client import OrthancClient
from ..setup import registration
from ..setup.first_connection import connect_first
from ..shared.check_lines import CheckLine
from ..shared.credentials import Credentials
from ..shared.errors import InputError
from ..shared.events import Progress
from ..shared.profile import ServerProfile
from .methods import Context, client_for, credentials_for
from .parameters import any_text

#: Seconds that the panel has for one DICOM step of the doctor.
CALLER_PATIENCE = 30.0


class _Run:
    """Tells lines and questions as they come, from many threads, the newest state last.

    Each report's `details` have all ``lines`` that are known so far (`CheckLine.to_dict`), in the
    order in which they came, and as ``question`` the DICOM step that the caller is to do now (see
    `doctor.probe.CallerProbe`).
    """

    def __init__(self, context: Context, profile: ServerProfile) -> None:
        self.probe = CallerProbe(self.question, context.token, CALLER_PATIENCE)
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
        details = {"lines": list(self._lines), "question": self._question}
        done = len(self._lines)
        self._send(Progress("check", done, self._total, current=current, details=details))


#: The runs whose DICOM part is done by the caller, by the name that it gave them.
_runs: Dict[str, _Run] = {}


def run_doctor(context: Context, params: Dict[str, Any]) -> Any:
    """``doctor.run``: examine a connection.

    Raises
    ------
    InputError
        The caller has a run of that name under way already.
    """
    profile: ServerProfile = params["profile"]
    one = _Run(context, profile)
    name, listener = params["caller"], params["listener"]
    if name and _runs.setdefault(name, one) is not one:
        raise InputError("A run of the doctor with that name is under way.", "Wait for it.")
    try:
        report = run(
            profile,
            credentials_for(profile, params["password"]),
            progress=one.line,
            token=context.token,
            listener=KnownListener(**listener) if listener else None,
            probe=one.probe if name else None,
            write=params["write"] is not False,
        )
    finally:
        _runs.pop(name, None)
    return {**report.to_dict(), "text": report.text()}


def reach_dicom(_context: Context, params: Dict[str, Any]) -> Any:
    """``dicom.reach``: whether the DICOM side answers, and whether it takes C-FIND and C-GET."""
    return asdict(reach(params["profile"]))


def answer_doctor(_context: Context, params: Dict[str, Any]) -> Any:
    """``doctor.answer``: what came of the step that a run asked the caller for."""
    one = _runs.get(params["caller"])
    if one is not None:
        one.question(None)
        one.probe.answer(params["step"], params["result"])
    return {"taken": one is not None}


def plan(_context: Context, params: Dict[str, Any]) -> Any:
    """``registration.plan``: what registering this computer would change."""
    return _plan(client_for(params), params).to_dict()


def _plan(client: OrthancClient, params: Dict[str, Any]) -> registration.RegistrationPlan:
    return registration.plan_registration(
        client,
        params["profile"],
        address=params["address"] or "",
        exact_address=bool(params["exact_address"]),
    )


def apply(_context: Context, params: Dict[str, Any]) -> Any:
    """``registration.apply``: do what a plan says, if it still says the same.

    Raises
    ------
    ConflictError
        The server's list was changed since the plan was made.
    """
    client = client_for(params)
    made = _plan(client, params)
    as_json = json.loads(json.dumps(made.to_dict()))  # lists for tuples, as the caller has it
    if params["plan"] is not None and params["plan"] != as_json:
        raise registration.changed_meanwhile("list of DICOM modalities", "")
    return asdict(registration.register(client, made))


def first(_context: Context, params: Dict[str, Any]) -> Any:
    """``connection.first``: from address and login to a profile."""
    credentials: Optional[Credentials] = None
    if params["user"] and params["password"] is not None:
        password = any_text("password", params["password"])
        trace_log.hide(params["user"], password)
        credentials = Credentials(params["user"], password)
    found = connect_first(
        params["address"],
        credentials,
        trust=params["trust"],
        allow_insecure_http=bool(params["allow_insecure_http"]),
        taken_names=params["taken_names"] or (),
    )
    return asdict(found)
