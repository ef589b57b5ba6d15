"""The check-up: a line for each link of the connection, and its cure."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Optional, Tuple

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.check_lines import CheckLine
from OrthancConnectCore.shared.profile import ServerProfile

from ..logic.checkup import Checkup, Lines
from ..logic.connection import TrustQuestion
from ..logic.logic import OrthancConnectLogic
from ..logic.profiles import save_text
from ..wording import worded
from .part import Form, Row
from .server import ServerPanel
from .style import BAD, GOOD, PLAIN, QUIET, WARNING, allow, reveal, say
from .texts import attempt, fault, plural, seconds_text

SIGNS = {
    "passed": ("✓", GOOD),
    "warning": ("⚠", WARNING),
    "failed": ("✗", BAD),
    "skipped": ("–", QUIET),
}
_PROFILE_CURES = ("use_https", "change_profile", "choose_port", "switch_method")


class CheckupPanel(Form):
    """The section of the check-up; what only a person can tell it asks of the server's section."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any, server: ServerPanel) -> None:
        super().__init__(logic, resource_path, "checkup_panel.ui")
        self._server = server
        self.rows: Dict[str, CheckRow] = {}
        self._message: Tuple[str, str] = ("", PLAIN)
        self._wanted = ""
        ui = self.ui
        self.wire(
            (ui.runButton, "clicked()", self.onRun),
            (ui.copyButton, "clicked()", self._onCopy),
            (ui.saveButton, "clicked()", self._onSave),
            (logic.checkup.changed, self.refresh),
            (logic.profiles.changed, self._onProfiles),
            (logic.connection.changed, self._refresh_buttons),
        )
        self._shown: Optional[ServerProfile] = logic.profiles.current
        self.refresh()

    # What a person does ---------------------------------------------------------------------

    def onRun(self) -> None:
        """Start the check-up, or stop it."""
        self._message = ("", PLAIN)
        if self._logic.checkup.running:
            self._logic.checkup.stop()
        else:
            write = bool(self.ui.writeCheck.checked)
            self._logic.start_checkup(self._server.typed_password(), write)

    def show_check(self, line_id: str) -> None:
        """Open the section at a line; where there is none yet, look first."""
        self.ui.checkupSection.collapsed = False
        self._wanted = line_id
        if line_id not in self.rows and not self._logic.checkup.running:
            self.onRun()
        self._show_wanted()

    def _show_wanted(self) -> None:
        """Bring the line that was asked for into view, once it has its place."""
        if self._wanted in self.rows and not self._logic.checkup.running:
            line_id, self._wanted = self._wanted, ""
            row = self.rows[line_id]
            row.widget.setFocus()

            def onPlaced() -> None:
                if self.rows.get(line_id) is row:
                    reveal(row.widget)

            qt.QTimer.singleShot(0, onPlaced)  # a section that was just opened has no places yet

    def cure(self, line: CheckLine) -> None:
        """Do what mends a line's fault; then look again."""
        action = line.cure_action
        if action in ("pin", "replace_pin"):
            self._cure_trust(line)
        elif action in _PROFILE_CURES:
            self._cure_profile(line)
        elif action == "register":
            self._logic.start_registration(
                self._server.typed_password(),
                bool(line.cure_values.get("exact_address")),
                str(line.cure_values.get("address") or ""),
            )
        elif action == "start_listener":
            self._logic.start_listener()
            qt.QTimer.singleShot(1500, self._run_again)
        elif action == "ask_password":
            self._server.ask_password()
        elif action == "install":
            self._install(str(line.cure_values.get("package") or ""))

    def _cure_trust(self, line: CheckLine) -> None:
        profile = self._logic.profiles.current
        if profile is None:
            return

        def on_certificate(info: Any) -> None:
            def answer(yes: bool) -> None:
                if yes and info["fingerprint"] == line.cure_values["fingerprint"]:
                    self._cure_profile(line)
                elif yes:
                    self._tell(_("The certificate changed meanwhile: look again."), WARNING)

            self._server.decide_trust(TrustQuestion(profile, info), answer)

        self._logic.look_at_certificate(
            profile, on_certificate, lambda error: self._tell(*fault(error))
        )

    def _cure_profile(self, line: CheckLine) -> None:
        if attempt(lambda: self._logic.cure(line), self._tell):
            self._run_again()

    def _run_again(self) -> None:
        if not self.closed and not self._logic.checkup.running:
            self.onRun()

    def _install(self, package: str) -> None:
        self._tell(_("Installing {package}…").format(package=package), PLAIN)
        if attempt(lambda: self._logic.install(package), self._tell):
            self._run_again()

    def _report(self) -> str:
        return str(self._logic.checkup.report.get("text") or "")

    def _onCopy(self) -> None:
        qt.QApplication.clipboard().setText(self._report())

    def _onSave(self) -> None:
        name = qt.QFileDialog.getSaveFileName(
            self.widget, _("Save the report"), "orthancconnect-check-up.txt", _("Text") + " (*.txt)"
        )
        if name:
            path, text = os.fspath(name), self._report()
            attempt(lambda: save_text(path, "report", text, "OrthancConnect "), self._tell)

    # What a person sees ---------------------------------------------------------------------

    def _onProfiles(self) -> None:
        profile = self._logic.profiles.current
        if profile != self._shown:
            self._shown = profile
            self._logic.checkup.clear()
        self._refresh_buttons()

    def _tell(self, text: str, tone: str) -> None:
        self._message = (text, tone)
        self._refresh_summary()

    def refresh(self) -> None:
        """Show the lines as far as they are known."""
        lines = self._logic.checkup.lines
        rows = list(self.rows.values())
        rows += [self._new_row() for _line in lines[len(rows) :]]
        for row in rows[len(lines) :]:
            row.close()
        self.rows = {line.id: row for line, row in zip(lines, rows)}
        titles = {line.id: worded(line.title) for line in lines}
        for line in lines:
            self.rows[line.id].show(line, titles.get(line.because_of, ""))
        self.ui.linesBox.setVisible(bool(lines))
        self._show_wanted()
        self.ui.reportBar.setVisible(bool(self._logic.checkup.report))
        self._refresh_summary()
        self._refresh_buttons()

    def _refresh_summary(self) -> None:
        checkup = self._logic.checkup
        text, tone = self._message
        if not text and checkup.running:
            known = plural(len(checkup.lines), _("{} line so far"), _("{} lines so far"))
            text, tone = _("Looking… {known}").format(known=known), PLAIN
        elif not text and checkup.error is not None:
            text, tone = fault(checkup.error)
        elif not text and checkup.report:
            time = seconds_text(float(checkup.report["seconds"]))
            sign, tone = SIGNS[checkup.verdict]
            text = f"{sign} {_summary(checkup)} ({time})"
        say(self.ui.summaryLabel, text, tone)
        heading = _("Check-up")
        if checkup.report and not checkup.running:
            heading += "  —  " + _verdict_text(checkup)
        self.ui.checkupSection.text = heading

    def _refresh_buttons(self) -> None:
        ui, checkup = self.ui, self._logic.checkup
        why = "" if self._logic.profiles.current else _("Connect to a server first.")
        ui.runButton.text = _("Stop") if checkup.running else _("Check-up")
        allow(ui.runButton, why, _("Examine the connection to the server, step by step."))

    def _new_row(self) -> CheckRow:
        row = CheckRow(self._logic, self._resource_path, "check_line.ui")
        row.wire((row.ui.cureButton, "clicked()", lambda: self.cure(row.line)))
        self.ui.linesBox.layout().addWidget(row.widget)
        return row

    def close(self) -> None:
        """Let go of widgets and logic."""
        super().close()
        for row in self.rows.values():
            row.close()


class CheckRow(Row):
    """One line: sign and words, below it cause and cure, and a button that mends it."""

    line: Any = None
    _shown: Any = None

    def show(self, line: CheckLine, because_of: str) -> None:
        """Show a line, and the title of the one that made it pointless; again changes nothing."""
        if (line, because_of) == self._shown:
            return
        self.line, self._shown = line, (line, because_of)
        sign, tone = SIGNS[line.state]
        time = f"  ·  {line.seconds * 1000:.0f} ms" if line.seconds else ""
        title, detail = worded(line.title), f": {worded(line.detail)}" if line.detail else ""
        text = f"{sign} {title}{detail}{time}"
        say(self.ui.headLabel, text, PLAIN if line.state == "passed" else tone)
        first = _("Not tested, because of: {title}").format(title=because_of) if because_of else ""
        advice = (first, worded(line.cause), worded(line.cure))
        say(self.ui.adviceLabel, "\n".join(part for part in advice if part))
        words = _cure_words(line)
        self.ui.cureButton.text = words
        self.ui.cureButton.accessibleName = f"{title}: {words}"
        self.ui.cureButton.setVisible(bool(words))


def counts(checkup: Lines) -> List[str]:
    """Return how many lines ended in which way, the worst first."""
    kinds = (
        ("failed", _("{} fault"), _("{} faults")),
        ("warning", _("{} warning"), _("{} warnings")),
        ("passed", _("{} ok"), _("{} ok")),
        ("skipped", _("{} not tested"), _("{} not tested")),
    )
    found = ((checkup.count(state), one, many) for state, one, many in kinds)
    return [plural(count, one, many) for count, one, many in found if count]


def _summary(checkup: Checkup) -> str:
    """Return the counts in one sentence, and where to begin."""
    if checkup.report.get("cancelled"):
        return worded(checkup.report["summary"])
    failed = [line for line in checkup.lines if line.state == "failed"]
    first = [_("look first at: {title}").format(title=worded(failed[0].title))] if failed else []
    return "; ".join([", ".join(counts(checkup)), *first]) + "."


def _verdict_text(checkup: Checkup) -> str:
    """Return the worst of what was found, in a few words."""
    if checkup.count("failed") or checkup.count("warning"):
        return counts(checkup)[0]
    skipped = checkup.count("skipped")
    return _("nothing wrong, {} not tested").format(skipped) if skipped else _("all is well")


def _cure_words(line: CheckLine) -> str:
    values = line.cure_values
    words = {
        "pin": _("Look at the certificate…"),
        "replace_pin": _("Compare the certificates…"),
        "ask_password": _("Type the password again"),
        "use_https": _("Use HTTPS"),
        "change_profile": _("Correct the settings"),
        "register": _("Register this Slicer…"),
        "start_listener": _("Start the listener"),
        "choose_port": _("Use port {port}").format(port=values.get("storage_port")),
        "switch_method": _("Retrieve by {way}").format(way=values.get("retrieve_method")),
        "install": _("Install {package}").format(package=values.get("package")),
    }
    return words.get(line.cure_action, "")
