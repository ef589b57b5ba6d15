"""Upload to the server: choose, see what is there, send, and read what became of every file."""

from __future__ import annotations

import os
from typing import Any, List, Tuple

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import MissingDependencyError

from ..logic import task as states
from ..logic.logic import OrthancConnectLogic
from ..logic.transfers import Transfer
from ..logic.upload_queue import paths_title
from . import texts
from .job_rows import InterruptedRows, JobRows
from .part import DropArea, Form
from .problems_table import ProblemsTable
from .style import BAD, GOOD, PLAIN, QUIET, WARNING, allow, make_primary, say, tip
from .upload_options_form import UploadOptionsForm
from .upload_tree import UploadTree


class UploadPanel(Form):
    """The section that sends files."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "upload_panel.ui")
        self._choice = logic.choice
        ui = self.ui
        self.widget = DropArea(self.widget, self.add_paths)
        self.tree = self.own(UploadTree(ui.chosenTree, self._choice))
        self.options = self.own(UploadOptionsForm(ui, logic, self.refresh))
        self.found = self.own(ProblemsTable(ui, "found"))
        self.interrupted = self.own(InterruptedRows(ui, logic, resource_path))
        self.jobs = self.own(JobRows(ui, logic, resource_path))
        self.wire(
            (ui.folderButton, "clicked()", self._onChooseFolder),
            (ui.filesButton, "clicked()", self._onChooseFiles),
            (ui.clearButton, "clicked()", self._choice.clear),
            (ui.stopScanButton, "clicked()", self._choice.stop),
            (ui.foundButton, "toggled(bool)", self.found.set_visible),
            (ui.uploadButton, "clicked()", self.onUpload),
            (self._choice.changed, self.refresh),
            (logic.connection.changed, self.refresh),
            (logic.profiles.changed, self.refresh),
            (logic.log.finished, self._onTransferEnded),
        )
        self.refresh()

    # What a person does ---------------------------------------------------------------------

    def add_paths(self, paths: List[str]) -> None:
        """Choose files and folders, beside those already chosen."""
        self.ui.uploadSection.collapsed = False
        self._choice.add(paths)

    def add_sample(self, folder: str) -> None:
        """Choose the sample study, made in that folder."""
        self.ui.uploadSection.collapsed = False
        self._choice.add_sample(folder)

    def _onChooseFolder(self) -> None:
        folder = qt.QFileDialog.getExistingDirectory(
            self.widget, _("Choose a folder to upload"), self._start_folder()
        )
        if folder:
            self.add_paths([str(folder)])

    def _onChooseFiles(self) -> None:
        files = qt.QFileDialog.getOpenFileNames(
            self.widget, _("Choose files to upload"), self._start_folder()
        )
        self.add_paths([str(path) for path in files or ()])

    def _start_folder(self) -> str:
        return os.path.dirname(self._choice.paths[-1]) if self._choice.paths else ""

    def onUpload(self) -> None:
        """Put what is chosen into the queue; the next can be chosen then."""
        self.tree.take_ticks()
        if self._why_not():
            return
        paths, left_out = list(self._choice.paths), self._choice.except_series
        foreseen = (self._choice.files, self._choice.totals()[2])
        options = self.options.options(left_out)
        self._choice.clear()
        self._logic.upload(paths, paths_title(tuple(paths)), options, foreseen)

    # What a person sees ---------------------------------------------------------------------

    def _why_not(self) -> str:
        reason = self._logic.why_not_work()
        if not reason and not self._choice.paths:
            reason = _("Choose a folder or files first.")
        if not reason and self._choice.nothing_found:
            reason = _("There is no DICOM in what is chosen.")
        if not reason and self._choice.all_left_out:
            reason = _("Tick at least one series.")
        return reason or self.options.why_not()

    def refresh(self) -> None:
        """Show what is chosen and what can be done."""
        ui, profile = self.ui, self._logic.connection.profile
        self._refresh_chosen()
        self._refresh_found()
        self.options.refresh()
        text, told = _("Upload"), _("Send what is ticked to the server.")
        if profile is not None and self._logic.connection.connected:
            text = _("Upload to {server}").format(server=_short(profile.name))
            told = _("Send what is ticked to {server}.").format(server=profile.name)
        if self.options.deidentifies:
            text = _("De-identify and upload")
        ui.uploadButton.text = text.replace("&", "&&")
        reason = self._why_not()
        allow(ui.uploadButton, reason, told)
        make_primary(ui.uploadButton, bool(self._choice.paths))
        say(ui.reasonLabel, reason if self._choice.paths else "", WARNING)

    def _refresh_chosen(self) -> None:
        ui = self.ui
        if self._choice.paths:
            names = [texts.short_path(path) for path in self._choice.paths[:3]]
            if len(self._choice.paths) > 3:
                names = names + [_("and {count} more").format(count=len(self._choice.paths) - 3)]
            say(ui.dropLabel, "\n".join(names), PLAIN)
            ui.dropLabel.toolTip = tip("\n".join(self._choice.paths[:40]))
        else:
            text = _(
                "Drop folders, files or archives here.\n"
                "DICOM is found by content; anything else is left out and listed."
            )
            say(ui.dropLabel, text, QUIET)
            ui.dropLabel.toolTip = _("Drop folders, files or archives anywhere here.")
        ui.clearButton.setVisible(bool(self._choice.paths))
        ui.chosenTree.setVisible(bool(self._choice.rows))
        ui.stopScanButton.setVisible(self._choice.state == states.SCANNING)
        say(ui.scanLabel, *self._scan_text())

    def _scan_text(self) -> Tuple[str, str]:
        choice = self._choice
        series, instances, size = choice.totals()
        if choice.state == states.EMPTY:
            return "", PLAIN
        if choice.state == states.FAILED:
            error = choice.error
            return "✗ " + (texts.error_text(error) if error else _("Not looked through.")), BAD
        found = texts.plural(instances, _("{:,} instance"), _("{:,} instances"))
        found += " " + _("in {count} of {all} series").format(count=series, all=len(choice.rows))
        found += "  ·  " + texts.size_text(size)
        if choice.state == states.SCANNING:
            looked = texts.plural(choice.files, _("{:,} file"), _("{:,} files"))
            text = "▸ " + _("Looking… {files}").format(files=looked)
            return (text + "\n" + found if choice.rows else text), PLAIN
        if choice.state == states.STOPPED:
            text = _("Looked no further; whatever else is in there is uploaded as well.")
            return f"■ {found}\n{text}", WARNING
        if choice.nothing_found:
            return "⚠ " + _("There is no DICOM in what is chosen."), WARNING
        return "✓ " + found, GOOD

    def _refresh_found(self) -> None:
        ui, choice = self.ui, self._choice
        lines = []
        if choice.problem_count:
            pattern = texts.plural(
                choice.problem_count,
                _("{:,} file is left out: not DICOM, or not readable."),
                _("{:,} files are left out: not DICOM, or not readable."),
            )
            lines.append("– " + pattern)
        conflicts, conflict = sum(row.conflicts for row in choice.rows.values()), ""
        if conflicts:
            one = _("⚠ {:,} file has the identity of another one and other content.")
            many = _("⚠ {:,} files have the identity of another one and other content.")
            conflict = texts.plural(conflicts, one, many)
        say(ui.conflictLabel, conflict, WARNING)
        duplicates = sum(row.duplicates for row in choice.rows.values())
        if duplicates:
            one, many = _("= {:,} file is there twice."), _("= {:,} files are there twice.")
            lines.append(texts.plural(duplicates, one, many))
        say(ui.foundLabel, "\n".join(lines), QUIET)
        has_rows = bool(choice.problems)
        if has_rows and ui.foundButton.isHidden():
            self.found.show(choice.problems)
        if not has_rows:
            ui.foundButton.checked = False
        ui.foundButton.setVisible(has_rows)

    def _onTransferEnded(self, transfer: Transfer) -> None:
        if transfer.operation == "upload" and isinstance(transfer.error, MissingDependencyError):
            self.options.tell_fault(transfer.error)
        self.options.refresh()


def _short(name: str) -> str:
    return name if len(name) <= 20 else name[:19] + "…"
