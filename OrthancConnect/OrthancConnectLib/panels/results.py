"""Results of this scene, sent to their studies."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Sequence

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.query import display_person_name
from OrthancConnectCore.shared.results import (
    CONTOURS,
    LARGEST_SCENE,
    MEASUREMENTS,
    SCENE,
    SEGMENTATION,
    VOLUME,
)

from ..logic.logic import OrthancConnectLogic
from ..logic.results import OPERATION, SceneResult
from ..logic.transfers import Transfer
from ..wording import worded
from .part import Form
from .problems_table import rows_of
from .progress_line import ProgressLine
from .style import QUIET, ROWS, WARNING, allow, fit_rows, head, make_primary, say, size_columns, tip
from .texts import attempt, day_text, fault, outcome, plural, remarks, size_text, what_text

_WHAT, _BECOMES, _STUDY = range(3)
#: Those that wait and are named by *Show*.
_MOST_NAMED = 20


def _becomes() -> Dict[str, str]:
    return {
        SEGMENTATION: "SEG",
        CONTOURS: "RTSTRUCT",
        MEASUREMENTS: "SR",
        VOLUME: _("series"),
        SCENE: _("with the study"),
    }


class ResultsPanel(Form):
    """The section that appears when there is something to send, or something waits."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "results_panel.ui")
        self.show_details: Any = lambda transfer: None
        self._results = logic.rooms.results
        self._keys: Dict[int, str] = {}
        self._shown: List[Any] = []
        self._asks = False
        ui = self.ui
        ui.rowsTree.styleSheet = ROWS
        size_columns(ui.rowsTree, {_BECOMES: "SEG · sent before", _STUDY: "Šimůnek, 28 Sep"}, 14)
        self.progress = self.own(ProgressLine(ui, logic.cancel))
        self.wire(
            (ui.rowsTree, "itemChanged(QTreeWidgetItem*,int)", self._onTicked),
            (ui.sendResultsButton, "clicked()", self._onSend),
            (ui.markButton, "clicked()", lambda: self._send(True)),
            (ui.leaveButton, "clicked()", lambda: self._send(False)),
            (ui.dropButton, "clicked()", lambda: self._ask(False)),
            (ui.sendWaitingButton, "clicked()", self._onSendWaiting),
            (ui.showWaitingButton, "toggled(bool)", lambda _on: self.refresh()),
            (ui.removeWaitingButton, "clicked()", self._results.remove_waiting),
            (ui.installButton, "clicked()", self._onInstall),
            (ui.detailsButton, "clicked()", lambda: self.show_details(self._results.transfer)),
            (self._results.changed, self.refresh),
            (logic.connection.changed, self.refresh),
            *logic.log.signals(self._onTransfer, self._onTransfer, self.refresh),
        )
        self.refresh()

    # What a person does ---------------------------------------------------------------------

    def _onTicked(self, item: Any, column: int) -> None:
        key = self._keys.get(self.ui.rowsTree.indexOfTopLevelItem(item))
        if column == _WHAT and key is not None:
            self._asks = False
            self._results.tick(key, item.checkState(_WHAT) == qt.Qt.Checked)

    def _onSend(self) -> None:
        if self._results.earlier:
            self._ask(True)
        else:
            self._send(False)

    def _ask(self, on: bool) -> None:
        self._asks = on
        self.refresh()

    def _send(self, mark: bool) -> None:
        self._asks = False
        if not self._results.why_not_send():
            self._try(lambda: self._results.send(*self._logic.server(), mark))

    def _onSendWaiting(self) -> None:
        self._try(lambda: self._results.send_waiting(*self._logic.server()))

    def _onInstall(self) -> None:
        """Install what was lacking, because the person clicked the button that says so."""
        transfer = self._results.transfer
        if transfer is not None and self._try(lambda: self._logic.install(transfer.lacks)):
            self.ui.installButton.hide()
            self._logic.log.retry(transfer)

    def _try(self, work: Callable[[], Any]) -> bool:
        return attempt(work, lambda text, tone: say(self.ui.resultLabel, text, tone))

    # What a person sees ---------------------------------------------------------------------

    def _onTransfer(self, transfer: Transfer) -> None:
        if transfer.operation != OPERATION:
            return
        ui, ended = self.ui, transfer.ended
        self.progress.follow(transfer)
        say(ui.resultLabel, *(outcome(transfer) if ended else ("",)))
        say(ui.remarksLabel, remarks(transfer))
        ui.detailsButton.setVisible(ended and bool(rows_of(transfer)))
        ui.installButton.setVisible(ended and bool(transfer.lacks))
        ui.installButton.text = _("Install {package}").format(package=transfer.lacks)
        self.refresh()

    def refresh(self) -> None:
        """Show what there is, what it becomes, and what waits."""
        ui, results = self.ui, self._results
        rows, waiting = results.rows, results.waiting
        known = bool(self._logic.profiles.known.profiles)
        self.widget.setVisible(known and bool(rows or waiting or results.transfer))
        chosen = results.chosen
        told = _("{count} of {all} ticked").format(count=len(chosen), all=len(rows))
        head(ui.resultsSection, _("Results of this scene"), [told] if rows else [])
        ui.rowsTree.setVisible(bool(rows))
        self._fill(rows)
        profile = self._logic.connection.profile
        name = profile.name if profile is not None else _("the server")
        ui.sendResultsButton.text = _("Send to {server}").format(server=name)
        why_not = self._logic.why_not_work() or results.why_not_send()
        tooltip = _("Write what is ticked, and send it to its study.")
        allow(ui.sendResultsButton, why_not, tooltip)
        make_primary(ui.sendResultsButton, not why_not)
        asks = self._asks and not why_not
        ui.questionBox.setVisible(asks)
        ui.sendResultsButton.setVisible(bool(rows) and not asks)
        text = plural(
            results.earlier,
            _("{} of these was sent before. Mark the earlier one as replaced?"),
            _("{} of these were sent before. Mark the earlier ones as replaced?"),
        )
        say(ui.questionLabel, text)
        self._refresh_waiting(waiting)

    def _refresh_waiting(self, waiting: Sequence[Dict[str, Any]]) -> None:
        ui, error = self.ui, self._results.error
        busy = self._results.transfer is not None and not self._results.transfer.ended
        ui.waitingBox.setVisible(bool(waiting) and not busy or error is not None)
        text = plural(len(waiting), _("⚠ {} result waits"), _("⚠ {} results wait"))
        days = sorted({str(one.get("created", ""))[:10] for one in waiting} - {""})
        if days:
            text = _("{results}, from {day}.").format(
                results=text, day=day_text(days[0].replace("-", ""))
            )
        say(ui.waitingLabel, *((text, WARNING) if error is None else fault(error)))
        lines = []
        for one in waiting[:_MOST_NAMED]:
            why = worded(str(one.get("fault", "")))
            lines.append(f"– {one.get('title') or one['result_id']}  {why}".rstrip())
        if len(waiting) > _MOST_NAMED:
            lines.append(_("… and {count} more").format(count=len(waiting) - _MOST_NAMED))
        say(ui.waitingList, "\n".join(lines) if ui.showWaitingButton.checked else "", QUIET)
        why_not = self._logic.why_not_work()
        if not why_not and all(one.get("fault") for one in waiting):
            why_not = _("None of them can be used.")
        allow(ui.sendWaitingButton, why_not, _("Send what waits on this computer to the server."))

    def _fill(self, rows: Sequence[SceneResult]) -> None:
        ticks = [self._results.is_ticked(row) for row in rows]
        if [rows, ticks] == self._shown:
            return
        self._shown = [list(rows), ticks]
        tree, self._keys = self.ui.rowsTree, {}
        tree.blockSignals(True)
        tree.clear()
        for row, ticked in zip(rows, ticks):
            item = qt.QTreeWidgetItem()
            title = _title(row)
            item.setText(_WHAT, title)
            told = (title, worded(row.reason), _limit() if row.kind == SCENE else "")
            item.setToolTip(_WHAT, tip("\n".join(filter(None, told))))
            tree.addTopLevelItem(item)
            if row.reason:
                self._add_reason(item, worded(row.reason))
                continue
            item.setCheckState(_WHAT, qt.Qt.Checked if ticked else qt.Qt.Unchecked)
            for column, text in ((_BECOMES, _becoming(row)), (_STUDY, _study(row))):
                item.setText(column, text)
                item.setToolTip(column, tip(text))
            self._keys[tree.indexOfTopLevelItem(item)] = row.key
        tree.blockSignals(False)
        studies = {row.source.study_instance_uid: _study(row) for row in rows if row.can_go}
        say(self.ui.studyLabel, next(iter(studies.values())) if len(studies) == 1 else "")
        if len(studies) == 1:
            tree.hideColumn(_STUDY)
        else:
            tree.showColumn(_STUDY)
        fit_rows(tree, len(rows) + sum(not row.can_go for row in rows))

    @staticmethod
    def _add_reason(item: Any, reason: str) -> None:
        """Say below a row why it can't be sent."""
        below = qt.QTreeWidgetItem()
        below.setText(_WHAT, reason)
        below.setToolTip(_WHAT, tip(reason))
        item.addChild(below)
        below.setFirstColumnSpanned(True)
        item.setExpanded(True)


def _title(row: SceneResult) -> str:
    """Return what a row is: Segmentation “Lung”, or Scene (4 MB)."""
    what = what_text(row.what)
    if row.kind == SCENE:
        return _("{what} (up to {size})").format(what=what, size=size_text(row.bytes))
    return _("{what} “{title}”").format(what=what, title=row.title)


def _limit() -> str:
    return _("Orthanc keeps scenes of up to {size}.").format(size=size_text(LARGEST_SCENE))


def _study(row: SceneResult) -> str:
    """Return whose study it is, and from when; what is known of it."""
    name = display_person_name(row.patient_name) or row.source.patient_id
    return "  ·  ".join(filter(None, (name, day_text(row.study_date))))


def _becoming(row: SceneResult) -> str:
    becomes = _becomes()[row.kind]
    if not row.was_sent:
        return becomes
    word = {True: _("changed"), False: _("sent"), None: _("sent before")}[row.changed]
    return f"{becomes} · {word}"
