"""The check-up of a connection, and making the server know this Slicer; without any widget."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any, Dict, Mapping, Optional, Tuple

from OrthancConnectCore.shared.check_lines import FAILED as FAULTY
from OrthancConnectCore.shared.check_lines import PASSED, WARNING, CheckLine
from OrthancConnectCore.shared.errors import OperationCancelled, OrthancConnectError
from OrthancConnectCore.shared.profile import ServerProfile

from ..protocols import Adapters
from ..signals import ignore
from .login import Login, server_parameters
from .task import ASKING, DONE, FAILED, IDLE, RUNNING, Task


class Lines(Task):
    """Lines of checks, and their report when there is one."""

    def __init__(self, adapters: Adapters) -> None:
        super().__init__(adapters)
        self.lines: Tuple[CheckLine, ...] = ()
        self.report: Dict[str, Any] = {}

    def count(self, state: str) -> int:
        """Return how many lines have a state."""
        return sum(line.state == state for line in self.lines)

    @property
    def verdict(self) -> str:
        """The worst state of what was looked at."""
        return next((state for state in (FAULTY, WARNING) if self.count(state)), PASSED)


class Checkup(Lines):
    """The latest check-up: its lines come one by one, and in their order when it is done."""

    def __init__(self, adapters: Adapters) -> None:
        super().__init__(adapters)
        self._probe: Any = None
        self._asked: Optional[Mapping[str, Any]] = None
        self.profile: Optional[ServerProfile] = None

    def start(self, profile: ServerProfile, login: Optional[Login], write: bool) -> None:
        """Examine the connection; `changed` tells of each line and of the end.

        With `write` a test instance is stored on the server and deleted again.
        """
        self.stop()
        name = uuid.uuid4().hex
        self.profile, self.lines, self.report = profile, (), {}
        self._probe, self._asked = self._adapters.make_probe(profile), None
        listener = self._adapters.listener
        listener.refresh()
        params = {
            **server_parameters(profile, login),
            "caller": name,
            "write": write,
            "listener": {
                "state": listener.state,
                "port": listener.port or profile.storage_port,
                "message": listener.message,
            },
        }
        on_progress = partial(self._onProgress, name)
        self._ask("doctor.run", params, self._onReport, on_progress=on_progress)
        self._set(RUNNING)

    def stop(self) -> None:
        """Give up a check-up that is under way."""
        if self.running:
            self._fail(OperationCancelled())

    def clear(self) -> None:
        """Forget the lines: they are of another server, or of one that was changed."""
        self.stop()
        self.lines, self.report = (), {}
        self._set(IDLE)

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
        self._ask("doctor.answer", {"caller": name, "step": step, "result": dict(result)}, ignore)

    def _onReport(self, report: Mapping[str, Any]) -> None:
        self.report = dict(report)
        self.lines = tuple(CheckLine(**line) for line in report["lines"])
        self._close()
        self._set(DONE)

    def _fail(self, error: OrthancConnectError) -> None:
        self._close()
        self._set(FAILED, error)

    def _close(self) -> None:
        self._begin()
        if self._probe is not None:
            self._probe.close()
            self._probe = None


class Registration(Task):
    """Making the server know this Slicer: first the plan, then the deed when the person agrees."""

    def __init__(self, adapters: Adapters) -> None:
        super().__init__(adapters)
        self._params: Dict[str, Any] = {}
        self.plan: Dict[str, Any] = {}
        self.result: Dict[str, Any] = {}

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
        self._ask("registration.plan", self._params, self._onPlan)
        self._set(RUNNING)

    @property
    def is_done(self) -> bool:
        """Whether the server knows this Slicer now, as far as a registration can tell."""
        return self.result.get("outcome") in ("registered", "already")

    def confirm(self) -> None:
        """Do what the plan says."""
        if self.state == ASKING:
            self._apply()

    def forget(self) -> None:
        """Drop the plan or the result."""
        self._latest.begin()
        self.plan, self.result, self._params = {}, {}, {}
        self._set(IDLE)

    def _onPlan(self, plan: Dict[str, Any]) -> None:
        self.plan = plan
        if plan["changes_nothing"] or not plan["readable"]:  # then nothing is written
            self._apply()
        else:
            self._set(ASKING)

    def _apply(self) -> None:
        self._ask("registration.apply", {**self._params, "plan": self.plan}, self._onResult)
        self._set(RUNNING)

    def _onResult(self, result: Dict[str, Any]) -> None:
        self._params = {}
        self.result = result
        self._set(DONE)

    def _fail(self, error: OrthancConnectError) -> None:
        self._params = {}
        self._set(FAILED, error)
