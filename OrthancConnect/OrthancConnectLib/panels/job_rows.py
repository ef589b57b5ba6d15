"""The uploads of the section: one line with a bar for each that has not ended, and the latest."""

from __future__ import annotations

from typing import Any, Dict, List

from slicer.i18n import tr as _

from OrthancConnectCore.shared.jobs import Job

from ..logic.logic import OrthancConnectLogic
from ..logic.transfers import CANCELLED, DONE, PAUSED, WAITING, Transfer
from ..logic.upload_queue import paths_title
from . import texts
from .part import Part, Row
from .problems_table import ProblemsTable, rows_of
from .style import PLAIN, WARNING, say, tip
from .texts import plural
from .transfer_actions import TransferActions

# Nothing happens by itself with these.
_STILL = (WAITING, PAUSED)


class JobRow(Row):
    """One upload: title, bar, words, and what can be done with it."""

    def __init__(self, transfer: Transfer, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "upload_job.ui")
        self.transfer = transfer
        self._message = ("", PLAIN)
        self.actions = self.own(TransferActions(self.ui, logic, lambda: transfer, self._tell))
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
        say(ui.remarksLabel, texts.remarks(transfer))
        rows = rows_of(transfer)
        ui.detailsButton.text = _("Details ({count})").format(count=len(rows))
        ui.detailsButton.setVisible(bool(rows))
        self.actions.refresh()

    def _tell(self, text: str, tone: str) -> None:
        self._message = (text, tone)
        self.refresh()


class JobRows(Part):
    """All of them, in the order of the queue, above one table for the details of one."""

    def __init__(self, ui: Any, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(ui)
        self._logic = logic
        self._resource_path = resource_path
        #: By the numbers of the uploads that have a line.
        self.rows: Dict[int, JobRow] = {}
        self.problems = self.own(ProblemsTable(ui))
        self.wire(*logic.log.signals(self._onAdded, self._onChanged, self._onCleared))
        for transfer in logic.log.transfers:
            self._onAdded(transfer)

    def _onAdded(self, transfer: Transfer) -> None:
        if transfer.operation != "upload":
            return
        for other in list(self.rows.values()):
            # What is well, given up or tried again makes room; Transfers has it still.
            before = other.transfer
            if before.state in (DONE, CANCELLED) or before.request == transfer.request:
                if before.ended:
                    self._dismiss(other)
        row = JobRow(transfer, self._logic, self._resource_path)
        row.wire(
            (row.ui.dismissButton, "clicked()", lambda: self._dismiss(row)),
            (row.ui.detailsButton, "toggled(bool)", lambda on: self._onDetails(row, on)),
        )
        self.rows[transfer.number] = row
        self.ui.jobsBox.layout().addWidget(row.widget)
        self.ui.jobsBox.show()

    def _onChanged(self, transfer: Transfer) -> None:
        row = self.rows.get(transfer.number)
        if row is not None:
            row.refresh()

    def _onCleared(self) -> None:
        for row in list(self.rows.values()):
            if row.transfer not in self._logic.log.transfers:
                self._dismiss(row)

    def _onDetails(self, row: JobRow, on: bool) -> None:
        for other in self.rows.values():
            if on and other is not row:
                other.ui.detailsButton.checked = False  # comes back here
        if on:
            self.problems.show(rows_of(row.transfer))
        self.problems.set_visible(on)

    def _dismiss(self, row: JobRow) -> None:
        if row.ui.detailsButton.checked:
            self.problems.set_visible(False)
        del self.rows[row.transfer.number]
        row.close()
        self.ui.jobsBox.setVisible(bool(self.rows))

    def close(self) -> None:
        """Let go of widgets and logic."""
        super().close()
        for row in list(self.rows.values()):
            self._dismiss(row)


class InterruptedRow(Row):
    """An upload of an earlier session, offered to go on."""

    def __init__(self, job: Job, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "interrupted_upload.ui")
        self.job = job
        self.wire(
            (self.ui.resumeButton, "clicked()", lambda: logic.resume_interrupted(job)),
            (self.ui.forgetButton, "clicked()", lambda: logic.uploads.forget_interrupted(job)),
        )
        profile = logic.connection.profile
        server = profile.name if profile is not None else ""
        say(self.ui.interruptedLabel, interrupted_text(job, server), WARNING)
        self.ui.interruptedLabel.toolTip = tip("\n".join(job.roots[:40]))


class InterruptedRows(Part):
    """All uploads to this server that earlier sessions did not bring to their end."""

    #: More are in the command line's list of jobs.
    MOST = 5

    def __init__(self, ui: Any, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(ui)
        self._logic = logic
        self._resource_path = resource_path
        self.rows: List[InterruptedRow] = []
        self.wire((logic.uploads.changed, self.refresh))
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
            self.ui.interruptedBox.layout().addWidget(row.widget)
        self.ui.interruptedBox.setVisible(bool(self.rows))

    def close(self) -> None:
        """Let go of widgets and logic."""
        super().close()
        for row in self.rows:
            row.close()


def interrupted_text(job: Job, server: str) -> str:
    """Return the sentence about an interrupted upload."""
    stored = sum(job.outcomes.get(name, 0) for name in ("stored", "already_stored"))
    failed = job.outcomes.get("failed", 0)
    known = plural(stored, _("{:,} file is stored"), _("{:,} files are stored"))
    if failed and job.ended:  # else most of these were on their way when Slicer went
        known += ", " + _("{count} failed").format(count=failed)
    text = _("The upload of {title} to {server} did not come to its end: {known}.")
    if job.ended:
        text = _("The upload of {title} to {server} left something undone: {known}.")
    return "⚠ " + text.format(title=paths_title(job.roots), server=server, known=known)
