"""Upload to the server: choose, send, and read what became of every file."""

from __future__ import annotations

import os
from typing import Any, List, Optional, Tuple

import qt
from slicer.i18n import tr as _

from ..logic import OrthancConnectLogic
from ..transfers import Transfer
from . import texts
from .drop_area import DropArea
from .look import PLAIN, QUIET, WARNING, allow, load_ui, make_primary, say, tip
from .problems_table import ProblemsTable, rows_of
from .progress_line import ProgressLine


class UploadPanel:
    """The section that sends files."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        self._logic = logic
        self._last: Optional[Transfer] = None
        self.paths: List[str] = []
        self.widget, self.ui = load_ui(resource_path, "upload_panel.ui")
        ui = self.ui
        self.drop_area = DropArea(self.add_paths)
        self.drop_area.toolTip = _("Drop files or folders here.")
        self.drop_area.accessibleName = _("Files to upload")
        ui.uploadSection.layout().insertWidget(0, self.drop_area)
        self.progress = ProgressLine(ui, logic.cancel)
        self.problems = ProblemsTable(ui)
        self._connections: List[Tuple[Any, str, Any]] = [
            (ui.folderButton, "clicked()", self._onChooseFolder),
            (ui.filesButton, "clicked()", self._onChooseFiles),
            (ui.clearButton, "clicked()", self.clear),
            (ui.uploadButton, "clicked()", self.onUpload),
            (ui.detailsButton, "toggled(bool)", self.problems.set_visible),
        ]
        for widget, signal, slot in self._connections:
            widget.connect(signal, slot)
        self._signals = [
            (logic.connection.changed, self.refresh),
            (logic.profilesChanged, self.refresh),
            (logic.log.added, self._onTransfer),
            (logic.log.changed, self._onTransfer),
            (logic.log.finished, self._onTransferEnded),
        ]
        for logic_signal, slot in self._signals:
            logic_signal.connect(slot)
        self.refresh()

    # What a person does ---------------------------------------------------------------------

    def add_paths(self, paths: List[str]) -> None:
        """Choose files and folders, beside those already chosen."""
        self.paths += [path for path in paths if path not in self.paths]
        self.refresh()

    def clear(self) -> None:
        """Choose nothing."""
        self.paths = []
        self.refresh()

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
        return os.path.dirname(self.paths[-1]) if self.paths else ""

    def onUpload(self) -> None:
        """Send what is chosen."""
        if self.paths and not self._why_not():
            self._logic.upload(list(self.paths), self._chosen_text())

    # What a person sees ---------------------------------------------------------------------

    def _why_not(self) -> str:
        reason = self._logic.why_not_work()
        if not reason and not self.paths:
            reason = _("Choose a folder or files first.")
        if not reason and self._running() is not None:
            reason = _("An upload is running.")
        return reason

    def _running(self) -> Optional[Transfer]:
        for transfer in self._logic.log.transfers:
            if transfer.operation == "upload" and not transfer.ended:
                return transfer
        return None

    def _chosen_text(self) -> str:
        if len(self.paths) == 1:
            return os.path.basename(self.paths[0].rstrip("/\\")) or self.paths[0]
        return _("{count} files and folders").format(count=len(self.paths))

    def refresh(self) -> None:
        """Show what is chosen and what can be done."""
        ui, profile = self.ui, self._logic.connection.profile
        if self.paths:
            names = [texts.short_path(path) for path in self.paths[:3]]
            if len(self.paths) > 3:
                names = names + [_("and {count} more").format(count=len(self.paths) - 3)]
            say(self.drop_area.label, "\n".join(names), PLAIN)
            self.drop_area.label.toolTip = tip("\n".join(self.paths[:40]))
        else:
            text = _(
                "Drop folders or files here.\n"
                "DICOM is found by content; anything else is left out and listed."
            )
            say(self.drop_area.label, text, QUIET)
            self.drop_area.label.toolTip = ""
        ui.clearButton.setVisible(bool(self.paths))
        text = _("Upload")
        if profile is not None and self._logic.connection.connected:
            text = _("Upload to {server}").format(server=_short(profile.name))
        ui.uploadButton.text = text.replace("&", "&&")
        reason = self._why_not()
        allow(ui.uploadButton, reason, _("Send the chosen files to the server."))
        make_primary(ui.uploadButton, bool(self.paths))
        say(ui.reasonLabel, reason if self.paths and self._running() is None else "", WARNING)

    def _onTransfer(self, transfer: Transfer) -> None:
        if transfer.operation != "upload":
            return
        self.progress.follow(transfer)
        if transfer is not self._last:
            self._last = transfer
            say(self.ui.resultLabel, "")
            self.ui.detailsButton.checked = False
            self.ui.detailsButton.hide()
            self.refresh()

    def _onTransferEnded(self, transfer: Transfer) -> None:
        if transfer.operation != "upload":
            return
        self.progress.follow(transfer)
        line, tone = texts.outcome(transfer)
        say(self.ui.resultLabel, line, tone)
        rows = rows_of(transfer)
        self.problems.show(rows)
        self.ui.detailsButton.text = _("Details ({count})").format(count=len(rows))
        self.ui.detailsButton.setVisible(bool(rows))
        if transfer.receipt is not None and transfer.receipt.complete:
            self.paths = []
        self.refresh()

    def close(self) -> None:
        """Let go of widgets and logic."""
        for widget, signal, slot in self._connections:
            widget.disconnect(signal, slot)
        self._connections = []
        for logic_signal, slot in self._signals:
            logic_signal.disconnect(slot)
        self.progress.close()
        self.problems.close()


def _short(name: str) -> str:
    return name if len(name) <= 24 else name[:23] + "…"
