"""Below the buttons of a retrieve: what is loaded of many series, and what else is to come."""

from __future__ import annotations

from typing import Any, Dict

import qt
from slicer.i18n import tr as _

from ..logic.logic import OrthancConnectLogic
from ..logic.task import ASKING, RUNNING
from .part import Form
from .style import PLAIN, ROWS, WARNING, allow, make_primary, reveal, say, tip
from .texts import fault, plural

_STATE = "load"


class LoadBox(Form):
    """The questions before something is loaded, and whether volumes are rendered."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "load_box.ui")
        ui = self.ui
        self._choice, self._results = logic.load_choice, logic.rooms.study_results
        self._uids: Dict[int, str] = {}
        ui.seriesTree.styleSheet = ROWS
        ui.renderCheck.checked = logic.state(_STATE).get("render") is True
        self.wire(
            (ui.renderCheck, "toggled(bool)", self._onRender),
            (ui.seriesTree, "itemChanged(QTreeWidgetItem*,int)", self._onTicked),
            (ui.loadChosenButton, "clicked()", lambda: self._choice.choose(self._ticked())),
            (ui.retrieveOnlyButton, "clicked()", lambda: self._choice.choose(())),
            (ui.dropButton, "clicked()", self._choice.forget),
            (ui.yesButton, "clicked()", lambda: self._answer(True)),
            (ui.noButton, "clicked()", lambda: self._answer(False)),
            (self._choice.changed, self._refresh),
            (self._results.changed, self._refresh),
            (logic.query.changed, self._refresh_render),
        )
        self._refresh()
        self._refresh_render()

    @property
    def renders(self) -> bool:
        """Whether volumes are rendered when they are loaded."""
        return self._choice.can_render and bool(self.ui.renderCheck.checked)

    def _onRender(self, on: bool) -> None:
        self._logic.remember(_STATE, {"render": on})

    def _answer(self, bring: bool) -> None:
        (self._results if self._results.question else self._choice).answer(bring)

    def _refresh_render(self) -> None:
        can = self._choice.can_render
        self.ui.renderCheck.setVisible(can and bool(self._logic.query.patients))

    def _refresh(self) -> None:
        """Show what is asked, or nothing."""
        ui, choice = self.ui, self._choice
        ui.whichBox.setVisible(bool(choice.series))
        question = self._results.question or choice.question
        ui.questionBox.setVisible(bool(question))
        say(ui.questionLabel, question, WARNING if self._results.question else PLAIN)
        text, tone = "", PLAIN
        if choice.state == RUNNING:
            text = _("Asking the server what this belongs to…")
        elif choice.error is not None:
            text, tone = fault(choice.error)
        say(ui.askingLabel, text, tone)
        make_primary(ui.yesButton, bool(question))
        if choice.series:
            self._fill()
        if choice.state == ASKING or question:
            reveal(self.widget)

    def _fill(self) -> None:
        ui, choice = self.ui, self._choice
        text = _("Which of these {count} series shall be loaded? All will be retrieved.")
        say(ui.whichLabel, text.format(count=len(choice.series)))
        ui.seriesTree.blockSignals(True)
        ui.seriesTree.clear()
        self._uids = {}
        for target in choice.series:
            item = qt.QTreeWidgetItem()
            title = choice.title_of(target)
            item.setText(0, title)
            item.setToolTip(0, tip(title))
            ticked = qt.Qt.Checked if choice.is_image(target) else qt.Qt.Unchecked
            item.setCheckState(0, ticked)
            ui.seriesTree.addTopLevelItem(item)
            self._uids[ui.seriesTree.indexOfTopLevelItem(item)] = target.series_instance_uid
        ui.seriesTree.blockSignals(False)
        self._onTicked()

    def _ticked(self) -> Any:
        tree = self.ui.seriesTree
        return [
            uid
            for index, uid in self._uids.items()
            if tree.topLevelItem(index).checkState(0) == qt.Qt.Checked
        ]

    def _onTicked(self, *_item: Any) -> None:
        ui, count = self.ui, len(self._ticked())
        ui.loadChosenButton.text = plural(count, _("Load {} series"), _("Load {} series"))
        why_not = "" if count else _("Tick at least one series.")
        allow(ui.loadChosenButton, why_not, _("Retrieve all of them, then load those ticked."))
        make_primary(ui.loadChosenButton)
