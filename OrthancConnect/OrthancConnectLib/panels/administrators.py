"""For administrators: what is wrong with a set-up, a server's configuration, and the audit log."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any, Dict, Iterator, List, Sequence

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.check_lines import CheckLine

from ..logic import task as states
from ..logic.logic import OrthancConnectLogic
from ..logic.profiles import save_text
from ..turns import Turns
from ..wording import worded
from .checkup import SIGNS, CheckRow, counts
from .part import Form
from .style import GOOD, PLAIN, QUIET, WARNING, allow, make_primary, say
from .texts import attempt, fault, plural

#: More findings, and more letters of a preview, than anybody reads here; a report has all.
_MOST_ROWS, _MOST_LETTERS = 100, 100_000
_LAYOUTS = ("", "debian", "single", "compose")
_DEEDS = ("keep", "renew", "switch")
_PLUGINS = ("dicomweb", "webviewer", "explorer2", "gdcm", "wsi")
_EDITS = ("installedEdit", "hostsEdit", "serverNameEdit", "storageEdit", "usersEdit")
#: By what signal each field tells that it was changed.
_FIELDS = {
    "folderEdit": "currentPathChanged(QString)",
    **dict.fromkeys(_EDITS, "textChanged(QString)"),
    **dict.fromkeys(("slicersText", "scannersText"), "textChanged()"),
    **dict.fromkeys(("layoutCombo", "certificateCombo"), "currentIndexChanged(int)"),
    **dict.fromkeys(("httpsPortSpin", "dicomPortSpin"), "valueChanged(int)"),
    **{f"{plugin}Check": "toggled(bool)" for plugin in _PLUGINS},
}


class AdministratorsPanel(Form):
    """The section; how the audit log stands is asked for when it is opened."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "administrators_panel.ui")
        parts = logic.rooms.administration
        self._findings, self._audit = parts.findings, parts.audit
        self._rows: List[CheckRow] = []
        self._filling = Turns(iter(()))
        ui = self.ui
        self._menu = qt.QMenu(ui.checkFilesButton)
        ui.checkFilesButton.setMenu(self._menu)
        self.wire(
            (ui.administratorsSection, "contentsCollapsed(bool)", self._onFolded),
            (ui.checkServerButton, "clicked()", self._onCheckServer),
            (self._menu.addAction(_("A file…")), "triggered()", self._onCheckFile),
            (self._menu.addAction(_("A folder…")), "triggered()", self._onCheckFolder),
            (ui.copyButton, "clicked()", lambda: _copy(self._report())),
            (ui.saveButton, "clicked()", self._onSave),
            (ui.setupButton, "toggled(bool)", self._onSetup),
            (ui.patientsCheck, "clicked()", self._onPatients),
            (ui.exportButton, "clicked()", self._onExport),
            (self._findings.changed, self._refresh_findings),
            (self._audit.changed, self._refresh_audit),
            (logic.connection.changed, self._refresh_buttons),
        )
        self._refresh_findings()
        self._refresh_audit()

    def close(self) -> None:
        """Let go of widgets and logic."""
        self._filling.cancel()
        super().close()
        for row in self._rows:
            row.close()

    @cached_property
    def setup(self) -> ServerSetup:
        """The form of a server's configuration; made when it is first wished."""
        form = self.own(ServerSetup(self._logic, self._resource_path))
        self.ui.setupPlace.layout().addWidget(form.widget)
        return form

    def _onSetup(self, on: bool) -> None:
        self.setup.widget.setVisible(on)

    def _onFolded(self, folded: bool) -> None:
        if folded:
            self._logic.rooms.administration.setup.forget()
        else:
            self._audit.look()

    # A check --------------------------------------------------------------------------------

    def _onCheckServer(self) -> None:
        self._findings.look_at_server(*self._logic.server())

    def _onCheckFile(self) -> None:
        self.check_files(_chosen_file(self.widget))

    def _onCheckFolder(self) -> None:
        self.check_files(qt.QFileDialog.getExistingDirectory(self.widget, _("Choose a folder")))

    def check_files(self, path: Any) -> None:
        """Look at a configuration; nothing where none was chosen."""
        if path:
            self._findings.look_at_files(os.fspath(path))

    def _report(self) -> str:
        return str(self._findings.report.get("text") or "")

    def _onSave(self) -> None:
        name = qt.QFileDialog.getSaveFileName(
            self.widget, _("Save the report"), "server-check.txt", _("Text") + " (*.txt)"
        )
        if name:
            path, text = os.fspath(name), self._report()
            attempt(lambda: save_text(path, "report", text, "Server check "), self._tell_check)

    def _tell_check(self, text: str, tone: str) -> None:
        say(self.ui.checkLabel, text, tone)

    def _refresh_findings(self) -> None:
        findings = self._findings
        self.ui.reportBar.setVisible(bool(findings.report))
        self._filling.cancel()
        for row in self._rows:
            row.close()
        self._rows = []
        text, tone = "", PLAIN
        if findings.running:
            text, tone = _("Looking…"), QUIET
        elif findings.error is not None:
            text, tone = fault(findings.error)
        elif findings.report:
            text, tone = self._summary()
        self._tell_check(text, tone)
        self.ui.findingsBox.setVisible(bool(findings.faults))
        self._filling = Turns(self._fill(findings.faults[:_MOST_ROWS]))
        self._refresh_buttons()

    def _summary(self) -> Any:
        findings, text = self._findings, ", ".join(counts(self._findings))
        if len(findings.faults) > _MOST_ROWS:
            text += "; " + _("the first {} are shown, all are in the report").format(_MOST_ROWS)
        sign, tone = SIGNS[findings.verdict]
        return f"{sign} {findings.report['target']}: {text}.", tone

    def _fill(self, lines: Sequence[CheckLine]) -> Iterator[None]:
        words = {"failed": _("Fault"), "warning": _("Warning"), "skipped": _("Not tested")}
        for line in lines:
            row = CheckRow(self._logic, self._resource_path, "check_line.ui")
            self._rows.append(row)
            row.show(line, "")
            sign, tone = SIGNS[line.state]
            say(row.ui.headLabel, f"{sign} {words[line.state]}: {worded(line.title)}", tone)
            self.ui.findingsBox.layout().addWidget(row.widget)
            yield

    def _refresh_buttons(self) -> None:
        ui = self.ui
        busy = _("Wait for its end first.") if self._findings.running else ""
        tooltip = _("See what a login tells of the connected server; nothing is changed there.")
        allow(ui.checkServerButton, busy or self._logic.why_not_work(), tooltip)
        tooltip = _("Look at a file, or at a folder such as /etc/orthanc; nothing is changed.")
        allow(ui.checkFilesButton, busy, tooltip)

    # The audit log --------------------------------------------------------------------------

    def _onPatients(self) -> None:
        self._audit.look(bool(self.ui.patientsCheck.checked))

    def _onExport(self) -> None:
        kinds = "CSV (*.csv);;JSON (*.json)"
        title = _("Export the audit log")
        self.export(qt.QFileDialog.getSaveFileName(self.widget, title, "audit.csv", kinds))

    def export(self, path: Any) -> None:
        """Write all events into a table; nothing where no file was chosen."""
        if path:
            self._audit.export(os.fspath(path))

    def _refresh_audit(self) -> None:
        audit, ui = self._audit, self.ui
        ui.patientsCheck.enabled = ui.exportButton.enabled = not audit.running
        ui.patientsCheck.checked = audit.told.get("patients") is True
        text, tone = "", PLAIN
        if audit.error is not None:
            text, tone = fault(audit.error)
        elif audit.exported:
            text, tone = _("✓ Written to {file}.").format(file=audit.exported), GOOD
        elif audit.told:
            events = plural(audit.told["events"], _("{:,} event"), _("{:,} events"))
            text = _("The audit log has {events}: {file}")
            text = text.format(events=events, file=audit.told["file"])
        say(ui.auditLabel, text, tone)


class ServerSetup(Form):
    """The form of a server's configuration: planned, looked at, written."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "server_setup.ui")
        self._setup = logic.rooms.administration.setup
        self._asks = False
        ui = self.ui
        make_primary(ui.confirmButton)
        self.wire(
            (ui.readButton, "clicked()", self._onRead),
            (ui.previewButton, "clicked()", self.onPreview),
            (ui.writeButton, "clicked()", lambda: self._ask(True)),
            (ui.cancelButton, "clicked()", lambda: self._ask(False)),
            (ui.confirmButton, "clicked()", self._onConfirmed),
            (ui.notedButton, "clicked()", self._setup.forget),
            (ui.copyStepsButton, "clicked()", lambda: _copy(ui.stepsText.plainText)),
            *((getattr(ui, name), signal, self._onEdited) for name, signal in _FIELDS.items()),
            (self._setup.changed, self.refresh),
        )
        self.refresh()

    def close(self) -> None:
        """Let go of widgets and logic; new passwords go as well."""
        self._setup.forget()
        super().close()

    def _onRead(self) -> None:
        self.read_existing(_chosen_file(self.widget))

    def read_existing(self, path: Any) -> None:
        """Take the folder in which a configuration lies: Debian's, that of images, or its own."""
        if path:
            folder = os.path.dirname(os.path.abspath(os.fspath(path)))
            own = os.path.basename(folder) == "orthanc"
            self.ui.folderEdit.currentPath = os.path.dirname(folder) if own else folder
            self.ui.layoutCombo.currentIndex = 0 if own else _LAYOUTS.index("single")

    def wanted(self) -> Dict[str, Any]:
        """Return what the form says; what is empty there is as it was, or as usual."""
        ui = self.ui
        found: Dict[str, Any] = {
            "layout": _LAYOUTS[ui.layoutCombo.currentIndex],
            "name": ui.serverNameEdit.text.strip(),
            "storage": ui.storageEdit.text.strip(),
            "plugins": [one for one in _PLUGINS if getattr(ui, f"{one}Check").checked],
            "slicer": str(ui.slicersText.plainText).splitlines(),
            "scanner": str(ui.scannersText.plainText).splitlines(),
        }
        for key, edit in (("hosts", ui.hostsEdit), ("users", ui.usersEdit)):
            found[key] = [one.strip() for one in str(edit.text).split(",") if one.strip()]
        for key, spin in (("https_port", ui.httpsPortSpin), ("dicom_port", ui.dicomPortSpin)):
            found.update({key: int(spin.value)} if spin.value else {})
        return found

    def onPreview(self) -> None:
        """Plan the files, and show them."""
        ui = self.ui
        folder, installed = str(ui.folderEdit.currentPath).strip(), ui.installedEdit.text.strip()
        deed = _DEEDS[ui.certificateCombo.currentIndex]
        self._asks = False
        self._setup.plan(folder, self.wanted(), installed, deed)

    def _onEdited(self) -> None:
        self._setup.edit()
        self.refresh()

    def _ask(self, on: bool) -> None:
        self._asks = on
        self.refresh()

    def _onConfirmed(self) -> None:
        self._asks = False
        self._setup.write()

    def refresh(self) -> None:
        """Show what is planned, or what came of it."""
        ui, setup = self.ui, self._setup
        planned, written = setup.state == states.ASKING, setup.state == states.DONE
        say(ui.certificateLabel, _about(_DEEDS[ui.certificateCombo.currentIndex]), QUIET)
        why = "" if str(ui.folderEdit.currentPath).strip() else _("Choose a folder first.")
        why = _("Wait for its end first.") if setup.running else why
        tooltip = _("Show the files and what would change in them; nothing is written.")
        allow(ui.previewButton, why, tooltip)
        make_primary(ui.previewButton, not planned and not written)
        changes = [file for file in setup.told.get("files", ()) if file["what"] != "as it is"]
        text, tone = self._said_of(changes, planned, written)
        notes = (f"– {note}" for note in map(worded, setup.told.get("notes", ())))
        say(ui.setupLabel, "\n".join([text, *notes]), tone)
        ui.setupLabel.setVisible(bool(text))
        ui.previewText.setVisible(planned)
        ui.previewText.plainText = self._preview(changes) if planned else ""
        ui.writeButton.setVisible(planned and bool(changes) and not self._asks)
        make_primary(ui.writeButton, planned)
        ui.questionBox.setVisible(planned and self._asks)
        say(ui.questionLabel, self._question(changes), WARNING)
        ui.passwordsBox.setVisible(bool(setup.passwords))
        ui.passwordsText.plainText = "\n".join(map("\t".join, setup.passwords.items()))
        text = _("Note these passwords now, and hand them out: they are shown this once.")
        say(ui.passwordsLabel, text, WARNING)
        ui.stepsBox.setVisible(written)
        say(ui.stepsLabel, _("What to do:"))
        steps = setup.told.get("steps", ()) if written else ()
        ui.stepsText.plainText = "\n".join(
            line if line.startswith("  ") else worded(line) for line in steps
        )

    def _said_of(self, changes: Sequence[Any], planned: bool, written: bool) -> Any:
        files = plural(len(changes), _("{} file"), _("{} files"))
        if self._setup.running:
            return _("Looking…"), QUIET
        if self._setup.error is not None:
            return fault(self._setup.error)
        if planned and not changes:
            return _("Nothing is to be changed."), GOOD
        if planned:
            return _("{files} would be written.").format(files=files), PLAIN
        if written:
            text = _("✓ {files} written.").format(files=files)
            kept = self._setup.told["kept"]
            if kept:
                count = plural(len(kept), _("{} copy"), _("{} copies"))
                text += " " + _("What was there is kept: {count}, *.bak.").format(count=count)
            return text, GOOD
        return "", PLAIN

    def _preview(self, changes: Sequence[Any]) -> str:
        """Return the files as they would be: what is new as it is, of the others the changes."""
        shown = self._setup.told["shown"]
        words = {"new": _("new"), "changed": _("changed"), "removed": _("removed")}
        heads = (f"── {one['path']} ({words[one['what']]})" for one in changes)
        parts = [f"{head}\n{shown.get(one['path'], '')}" for head, one in zip(heads, changes)]
        return "\n".join(parts)[:_MOST_LETTERS]

    def _question(self, changes: Sequence[Any]) -> str:
        count = int(self._setup.told.get("overwrites", 0))
        files = plural(len(changes), _("{} file"), _("{} files"))
        text = _("Write {files} below {folder}?")
        text = text.format(files=files, folder=str(self.ui.folderEdit.currentPath))
        if count:
            kept = _("{count} of them would change; what is there now is kept beside it, as *.bak.")
            text += " " + kept.format(count=count)
        return text


def _about(deed: str) -> str:
    """Return what becomes of the certificate, and what people notice."""
    return {
        "keep": _("What is there stays as it is; where there is none, the first one is made."),
        "renew": _(
            "The next certificate is prepared beside this one, and the profile file pins both: "
            "hand it out, and put the next one in place some weeks later."
        ),
        "switch": _(
            "The prepared certificate takes the place of this one. Who has imported the profile "
            "that pins both is asked nothing."
        ),
    }[deed]


def _chosen_file(parent: Any) -> Any:
    """Ask for a configuration."""
    return qt.QFileDialog.getOpenFileName(parent, _("Choose a configuration"), "", "JSON (*.json)")


def _copy(text: Any) -> None:
    qt.QApplication.clipboard().setText(str(text))
