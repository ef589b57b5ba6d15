"""What administrators need: a look at a set-up, a server's configuration, and the audit log.

New passwords are here from the answer that brings them until `Setup.forget`, and nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Dict, Optional

from OrthancConnectCore.shared.check_lines import PASSED, CheckLine
from OrthancConnectCore.shared.profile import ServerProfile

from ..protocols import Adapters
from ..signals import clear_signals
from .checkup import Lines
from .login import Login, server_parameters
from .task import ASKING, DONE, FAILED, IDLE, RUNNING, Task


class Findings(Lines):
    """What is unsafe or won't work in a configuration, or in a running server."""

    @property
    def faults(self) -> Sequence[CheckLine]:
        """The lines that found something, or could not look."""
        return [line for line in self.lines if line.state != PASSED]

    def look_at_server(self, profile: ServerProfile, login: Optional[Login]) -> None:
        """See what a login tells of a running server; nothing is changed there."""
        self._look("setup.check_server", server_parameters(profile, login))

    def look_at_files(self, path: str) -> None:
        """Look at a configuration file, or a folder of them."""
        self._look("setup.check_files", {"path": path})

    def _look(self, method: str, params: Mapping[str, Any]) -> None:
        self._begin()
        self.report, self.lines = {}, ()
        self._ask(method, params, self._onReport)
        self._set(RUNNING)

    def _onReport(self, report: Mapping[str, Any]) -> None:
        self.report = dict(report)
        self.lines = tuple(CheckLine(**line) for line in report["lines"])
        self._set(DONE)

    def stop(self) -> None:
        """Wait for no answer."""
        self._begin()
        self._set(IDLE)


class Setup(Task):
    """A server's configuration: planned, looked at by a person (`ASKING`), then written."""

    def __init__(self, adapters: Adapters) -> None:
        super().__init__(adapters)
        #: What the worker told of the plan, then of what was written.
        self.told: Dict[str, Any] = {}
        #: Of new users, until somebody has noted them.
        self.passwords: Dict[str, str] = {}

    def plan(self, folder: str, wanted: Mapping[str, Any], installed: str, deed: str) -> None:
        """Plan the files of a folder; see the worker's ``setup.plan``."""
        self._begin()
        self.told, self.passwords = {}, {}
        params = {"folder": folder, "wanted": dict(wanted), "certificate": deed}
        self._ask("setup.plan", {**params, "installed": installed}, self._onPlan)
        self._set(RUNNING)

    def _onPlan(self, plan: Mapping[str, Any]) -> None:
        self.told = dict(plan)
        self._set(ASKING)

    def write(self) -> None:
        """Write what was planned and looked at."""
        if self.state == ASKING:
            self._ask("setup.write", {"plan_id": self.told["plan_id"]}, self._onWritten)
            self._set(RUNNING)

    def _onWritten(self, told: Mapping[str, Any]) -> None:
        self.told = {key: value for key, value in told.items() if key != "passwords"}
        self.passwords = dict(told["passwords"])
        self._set(DONE)

    def edit(self) -> None:
        """What is wanted has changed: a plan that was made before is of no use."""
        if self.state in (ASKING, FAILED):
            self._begin()
            self.told = {}
            self._set(IDLE)

    def forget(self) -> None:
        """Have the passwords no more."""
        if self.passwords:
            self.passwords = {}
            self.changed.emit()


class AuditLog(Task):
    """How much the audit log has, whether it names patients, and a table of it."""

    def __init__(self, adapters: Adapters) -> None:
        super().__init__(adapters)
        self.told: Dict[str, Any] = {}
        #: Where the table was written.
        self.exported = ""

    def look(self, patients: Optional[bool] = None) -> None:
        """See how it stands; with `patients`, names and IDs are noted from now on, or not."""
        self._begin()
        self.exported = ""
        self._ask("audit.state", {} if patients is None else {"patients": patients}, self._onTold)
        self._set(RUNNING)

    def _onTold(self, told: Mapping[str, Any]) -> None:
        self.told = dict(told)
        self._set(DONE)

    def export(self, path: str) -> None:
        """Write all events into a file."""
        self._begin()
        self.exported = ""

        def on_written(_told: Mapping[str, Any]) -> None:
            self.exported = os.path.basename(path)
            self._set(DONE)

        self._ask("audit.export", {"path": path}, on_written)
        self._set(RUNNING)


class Administration:
    """All three."""

    def __init__(self, adapters: Adapters) -> None:
        self.findings = Findings(adapters)
        self.setup = Setup(adapters)
        self.audit = AuditLog(adapters)

    def close(self) -> None:
        """Tell nobody any more, and have no password."""
        for part in (self.findings, self.setup, self.audit):
            clear_signals(part)
        self.findings.stop()
        self.setup.forget()
