"""The uploads of the section: one line with a bar for each that has not ended, and the latest."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional

from slicer.i18n import tr as _

from ..logic.logic import OrthancConnectLogic
from ..logic.transfers import CANCELLED, DONE, PAUSED, WAITING, Transfer
from ..logic.upload_queue import Interrupted
from . import texts
from .problems_table import ProblemsTable, rows_of
from .style import PLAIN, WARNING, load_ui, say, tip
from .texts import plural
from .transfer_actions import TransferActions
from .wires import Wires


class JobRow:
    """One upload: title, bar, words, and what can be done with it."""

    def __init__(
        self,
        transfer: Transfer,
        logic: OrthancConnectLogic,
        resource_path: Any,
        on_details: Callable[[JobRow, bool], None],
        on_dismiss: Callable[[JobRow], None],
    ) -> None:
        self.transfer = transfer
        self._message = ("", PLAIN)
        self.widget, self.ui = load_ui(resource_path, "upload_job.ui")
        self.actions = TransferActions(self.ui, logic, lambda: transfer, self._tell)
        self._wires = Wires(
            (self.ui.dismissButton, "clicked()", lambda: on_dismiss(self)),
            (self.ui.detailsButton, "toggled(bool)", lambda on: on_details(self, on)),
        )
        say(self.ui.titleLabel, f"↑ {transfer.title} → {transfer.server}")
        self.ui.titleLabel.toolTip = tip("\n".join(transfer.request.paths[:40]))
        self.refresh()

    def refresh(self) -> None:
        """Show how far it is."""
        ui, transfer = self.ui, self.transfer
        ui.progressBox.setVisible(not transfer.ended)
        ui.endedBox.setVisible(transfer.ended)
        ui.dismissButton.setVisible(transfer.ended)
        ui.retryButton.setVisible(transfer.state != DONE)
        percent = texts.percent(transfer.progress)
        # A bar that runs to and fro says that something happens: not while it waits for its turn.
        ui.progressBar.maximum = 0 if percent < 0 and transfer.state not in _STILL else 100
        ui.progressBar.value = max(percent, 0)
        line, tone = texts.outcome(transfer)
        if self._message[0]:
            line = f"{line}\n{self._message[0]}"
        say(ui.stateLabel, line, tone)
        rows = rows_of(transfer)
        ui.detailsButton.text = _("Details ({count})").format(count=len(rows))
        ui.detailsButton.setVisible(bool(rows))
        self.actions.refresh()

    def _tell(self, text: str, tone: str) -> None:
        self._message = (text, tone)
        self.refresh()

    def close(self) -> None:
        """Let go of the widgets."""
        self.actions.close()
        self._wires.close()
        self.widget.hide()
        self.widget.deleteLater()


# Nothing happens by itself with these.
_STILL = (WAITING, PAUSED)


class JobRows:
    """All of them, in the order of the queue, above one table for the details of one."""

    def __init__(self, ui: Any, logic: OrthancConnectLogic, resource_path: Any) -> None:
        self._ui = ui
        self._logic = logic
        self._resource_path = resource_path
        self._rows: Dict[int, JobRow] = {}
        self._detailed: Optional[JobRow] = None
        self.problems = ProblemsTable(ui)
        signals = logic.log.signals(self._onAdded, self._onChanged, self._onCleared)
        self._wires = Wires(*signals)
        for transfer in logic.log.transfers:
            self._onAdded(transfer)

    def row(self, transfer: Transfer) -> JobRow:
        """Return the line of an upload."""
        return self._rows[transfer.number]

    @property
    def shown(self) -> List[Transfer]:
        """The uploads that have a line."""
        return [row.transfer for row in self._rows.values()]

    def _onAdded(self, transfer: Transfer) -> None:
        if transfer.operation != "upload":
            return
        for row in list(self._rows.values()):
            # What is well, given up or tried again makes room; Transfers has it still.
            if row.transfer.state in (DONE, CANCELLED) or row.transfer.request == transfer.request:
                if row.transfer.ended:
                    self._dismiss(row)
        row = JobRow(transfer, self._logic, self._resource_path, self._onDetails, self._dismiss)
        self._rows[transfer.number] = row
        self._ui.jobsBox.layout().addWidget(row.widget)
        self._ui.jobsBox.show()

    def _onChanged(self, transfer: Transfer) -> None:
        row = self._rows.get(transfer.number)
        if row is not None:
            row.refresh()

    def _onCleared(self) -> None:
        for row in list(self._rows.values()):
            if row.transfer not in self._logic.log.transfers:
                self._dismiss(row)

    def _onDetails(self, row: JobRow, on: bool) -> None:
        before, self._detailed = self._detailed, row if on else None
        if on and before is not None and before is not row:
            before.ui.detailsButton.checked = False  # comes back here
            self._detailed = row
        if on:
            self.problems.show(rows_of(row.transfer))
        self.problems.set_visible(self._detailed is not None)

    def _dismiss(self, row: JobRow) -> None:
        if self._detailed is row:
            self._detailed = None
            self.problems.set_visible(False)
        del self._rows[row.transfer.number]
        row.close()
        self._ui.jobsBox.setVisible(bool(self._rows))

    def close(self) -> None:
        """Let go of widgets and logic."""
        self._wires.close()
        for row in list(self._rows.values()):
            self._dismiss(row)
        self.problems.close()


class InterruptedRow:
    """An upload of an earlier session, offered to go on."""

    def __init__(self, job: Interrupted, logic: OrthancConnectLogic, resource_path: Any) -> None:
        self.job = job
        self._logic = logic
        self.widget, self.ui = load_ui(resource_path, "interrupted_upload.ui")
        self._wires = Wires(
            (self.ui.resumeButton, "clicked()", self._onResume),
            (self.ui.forgetButton, "clicked()", self._onForget),
        )
        profile = logic.connection.profile
        server = profile.name if profile is not None else ""
        say(self.ui.interruptedLabel, interrupted_text(job, server), WARNING)
        self.ui.interruptedLabel.toolTip = tip("\n".join(job.paths[:40]))

    def _onResume(self) -> None:
        self._logic.resume_interrupted(self.job)

    def _onForget(self) -> None:
        self._logic.uploads.forget_interrupted(self.job)

    def close(self) -> None:
        """Let go of the widgets."""
        self._wires.close()
        self.widget.hide()
        self.widget.deleteLater()


class InterruptedRows:
    """All uploads to this server that earlier sessions did not bring to their end."""

    #: More are in the command line's list of jobs.
    MOST = 5

    def __init__(self, ui: Any, logic: OrthancConnectLogic, resource_path: Any) -> None:
        self._ui = ui
        self._logic = logic
        self._resource_path = resource_path
        self.rows: List[InterruptedRow] = []
        logic.uploads.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show those that there are."""
        for row in self.rows:
            row.close()
        self.rows = [
            InterruptedRow(job, self._logic, self._resource_path)
            for job in self._logic.uploads.interrupted[: self.MOST]
        ]
        for row in self.rows:
            self._ui.interruptedBox.layout().addWidget(row.widget)
        self._ui.interruptedBox.setVisible(bool(self.rows))

    def close(self) -> None:
        """Let go of widgets and logic."""
        self._logic.uploads.changed.disconnect(self.refresh)
        for row in self.rows:
            row.close()
        self.rows = []


def interrupted_text(job: Interrupted, server: str) -> str:
    """Return the sentence about an interrupted upload."""
    stored = sum(job.outcomes.get(name, 0) for name in ("stored", "already_stored"))
    failed = job.outcomes.get("failed", 0)
    known = plural(stored, _("{:,} file is stored"), _("{:,} files are stored"))
    if failed:
        known += ", " + _("{count} failed").format(count=failed)
    text = _("The upload of {title} to {server} did not come to its end: {known}.")
    if job.ended:
        text = _("The upload of {title} to {server} left something undone: {known}.")
    return "⚠ " + text.format(title=job.title, server=server, known=known)
