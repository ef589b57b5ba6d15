"""The check-up of a connection, and making the server know this Slicer; without any widget."""

from __future__ import annotations

import uuid
from typing import Any, Callable, Dict, Mapping, Optional, Protocol, Tuple

from OrthancConnectCore.shared.check_lines import CheckLine
from OrthancConnectCore.shared.errors import OperationCancelled, OrthancConnectError
from OrthancConnectCore.shared.profile import ServerProfile

from ..protocols import Adapters
from ..signals import Latest, Signal
from .login import Login, server_parameters

IDLE, RUNNING, DONE, FAILED = "idle", "running", "done", "failed"
ASKING = "asking"


class Probe(Protocol):
    """Who does the DICOM steps (`ctk_dimse.probe.CtkProbe`)."""

    def do(self, question: Mapping[str, Any], answer: Callable[[Mapping[str, Any]], None]) -> None:
        """Do a step and answer once."""

    def close(self) -> None:
        """Stop, and leave nothing behind."""


class Checkup:
    """The latest check-up: its lines come one by one, and in their order when it is done."""

    def __init__(self, adapters: Adapters) -> None:
        self._adapters = adapters
        self._latest = Latest()
        self._request = 0
        self._probe: Optional[Probe] = None
        self._asked: Optional[Mapping[str, Any]] = None
        self.changed = Signal()
        self.state = IDLE
        self.profile: Optional[ServerProfile] = None
        self.lines: Tuple[CheckLine, ...] = ()
        self.report: Dict[str, Any] = {}
        self.error: Optional[OrthancConnectError] = None

    @property
    def running(self) -> bool:
        """Whether the connection is being examined."""
        return self.state == RUNNING

    def start(self, profile: ServerProfile, login: Optional[Login]) -> None:
        """Examine the connection; `changed` tells of each line and of the end."""
        self.stop()
        name = uuid.uuid4().hex
        self.profile, self.lines, self.report, self.error = profile, (), {}, None
        self._probe, self._asked = self._adapters.make_probe(profile), None
        listener = self._adapters.listener
        listener.refresh()
        params = {
            **server_parameters(profile, login),
            "caller": name,
            "listener": {
                "state": listener.state,
                "port": listener.port or profile.storage_port,
                "message": listener.message,
            },
        }
        self._request = self._adapters.worker.request(
            "doctor.run",
            params,
            self._latest.only(self._onReport),
            self._latest.only(self._onError),
            self._latest.only(lambda progress: self._onProgress(name, progress)),
        )
        self.state = RUNNING
        self.changed.emit()

    def stop(self) -> None:
        """Give up a check-up that is under way."""
        if self.running:
            self._adapters.worker.cancel(self._request)
            self._end(FAILED, OperationCancelled())

    def clear(self) -> None:
        """Forget the lines: they are of another server, or of one that was changed."""
        self.stop()
        self.lines, self.report, self.error, self.state = (), {}, None, IDLE
        self.changed.emit()

    def _onProgress(self, name: str, progress: Mapping[str, Any]) -> None:
        details = progress["details"]
        self.lines = tuple(CheckLine(**line) for line in details["lines"])
        question = details["question"]
        if question is not None and question != self._asked and self._probe is not None:
            self._asked = question
            step = str(question["step"])
            answer = self._latest.only(lambda result: self._answer(name, step, result))
            self._probe.do(question, answer)
        self.changed.emit()

    def _answer(self, name: str, step: str, result: Mapping[str, Any]) -> None:
        self._adapters.worker.request(
            "doctor.answer",
            {"caller": name, "step": step, "result": dict(result)},
            lambda _answer: None,
            self._latest.only(self._onError),
        )

    def _onReport(self, report: Mapping[str, Any]) -> None:
        self.report = dict(report)
        self.lines = tuple(CheckLine(**line) for line in report["lines"])
        self._end(DONE, None)

    def _onError(self, error: OrthancConnectError) -> None:
        self._end(FAILED, error)

    def _end(self, state: str, error: Optional[OrthancConnectError]) -> None:
        self._latest.begin()
        self.state, self.error = state, error
        if self._probe is not None:
            self._probe.close()
            self._probe = None
        self.changed.emit()


class Registration:
    """Making the server know this Slicer: first the plan, then the deed when the person agrees."""

    def __init__(self, adapters: Adapters) -> None:
        self._adapters = adapters
        self._latest = Latest()
        self._params: Dict[str, Any] = {}
        self.changed = Signal()
        self.state = IDLE
        self.plan: Dict[str, Any] = {}
        self.result: Dict[str, Any] = {}
        self.error: Optional[OrthancConnectError] = None

    def start(
        self,
        profile: ServerProfile,
        login: Optional[Login],
        exact_address: bool = False,
        address: str = "",
    ) -> None:
        """Ask the server what would change; `state` is then `ASKING`, or `DONE` for nothing."""
        self.forget()
        self._params = {
            **server_parameters(profile, login),
            "exact_address": exact_address,
            **({"address": address} if address else {}),
        }
        self._ask("registration.plan", {}, self._onPlan)

    def confirm(self) -> None:
        """Do what the plan says."""
        if self.state == ASKING:
            self._ask("registration.apply", {"plan": self.plan}, self._onResult)

    def forget(self) -> None:
        """Drop the plan or the result."""
        self._latest.begin()
        self.plan, self.result, self.error, self.state = {}, {}, None, IDLE
        self._params = {}
        self.changed.emit()

    def _ask(
        self, method: str, more: Mapping[str, Any], on_result: Callable[[Dict[str, Any]], None]
    ) -> None:
        self.state = RUNNING
        self._adapters.worker.request(
            method,
            {**self._params, **more},
            self._latest.only(on_result),
            self._latest.only(self._onError),
        )
        self.changed.emit()

    def _onPlan(self, plan: Dict[str, Any]) -> None:
        self.plan = plan
        if plan["changes_nothing"]:
            self._ask("registration.apply", {"plan": plan}, self._onResult)
            return
        self.state = ASKING
        self.changed.emit()

    def _onResult(self, result: Dict[str, Any]) -> None:
        self._params = {}
        self.result, self.state = result, DONE
        self.changed.emit()

    def _onError(self, error: OrthancConnectError) -> None:
        self._params = {}
        self.error, self.state = error, FAILED
        self.changed.emit()
