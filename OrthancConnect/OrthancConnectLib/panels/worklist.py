"""My cases: the next one, what becomes of it, and the reviewer's part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slicer.i18n import tr as _

from OrthancConnectCore.shared.query import display_person_name

from ..logic.logic import OrthancConnectLogic
from ..logic.task import RUNNING
from .part import Form
from .style import PLAIN, QUIET, WARNING, allow, head, make_primary, say
from .texts import day_text, fault


class WorklistPanel(Form):
    """The section; it is there while the server has a list."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "worklist_panel.ui")
        ui, self._lists = self.ui, logic.rooms.worklists
        self._shown: Any = None
        self.wire(
            (ui.listCombo, "currentIndexChanged(int)", self._onList),
            (ui.personEdit, "editingFinished()", self._onPerson),
            (ui.nextCaseButton, "clicked()", lambda: self._lists.next()),
            (ui.continueCaseButton, "clicked()", lambda: self._lists.next(resume=True)),
            (ui.doneCaseButton, "clicked()", lambda: self._lists.finish()),
            (ui.skipCaseButton, "clicked()", self._onSkip),
            (ui.skipEdit, "textChanged(QString)", self._refresh_buttons),
            (ui.openReviewButton, "clicked()", self._onReview),
            (ui.acceptCaseButton, "clicked()", lambda: self._onJudged(True)),
            (ui.rejectCaseButton, "clicked()", lambda: self._onJudged(False)),
            (ui.noteEdit, "textChanged(QString)", self._refresh_buttons),
            (ui.worklistSection, "contentsCollapsed(bool)", lambda _folded: self._want()),
            (self._lists.changed, self._onLists),
            (logic.rooms.results.changed, self._refresh_buttons),
            (logic.connection.changed, self.refresh),
        )
        self.refresh()

    # What a person does ---------------------------------------------------------------------

    def _onList(self, index: int) -> None:
        self._lists.choose(str(self.ui.listCombo.itemText(index)))

    def _onLists(self) -> None:
        self.refresh()
        self._want()

    def _want(self) -> None:
        """Ask for lists that may be there, once somebody looks."""
        if not self.ui.worklistSection.collapsed:
            self._lists.want()

    def _onPerson(self) -> None:
        typed = str(self.ui.personEdit.text)
        if typed.strip() != self._lists.user:
            self._lists.set_user(typed)

    def _onSkip(self) -> None:
        self._lists.skip(str(self.ui.skipEdit.text).strip())
        self.ui.skipEdit.text = ""

    def _onReview(self) -> None:
        waiting = self._lists.chosen.get("review", ())
        index = self.ui.reviewCombo.currentIndex
        if 0 <= index < len(waiting):
            self._lists.review(str(waiting[index]["orthanc_id"]))

    def _onJudged(self, accepted: bool) -> None:
        self._lists.judge(accepted, str(self.ui.noteEdit.text).strip())
        self.ui.noteEdit.text = ""

    # What a person sees ---------------------------------------------------------------------

    def refresh(self) -> None:
        """Show how far the list is, the case that is open, and what waits for a reviewer."""
        ui, lists = self.ui, self._lists
        chosen = lists.chosen
        self.widget.setVisible(lists.may_be_shown)
        title = _("My cases: {list}").format(list=lists.name) if chosen else _("My cases")
        left = _("{left} left of {all}")
        left = left.format(left=chosen.get("left", 0), all=chosen.get("cases", 0))
        head(ui.worklistSection, title, [left] if chosen else [])
        self._fill()
        case = lists.case
        text = "● " + _described(case) if case is not None else ""
        say(ui.caseLabel, text or _("No case is open here."), PLAIN if text else QUIET)
        note = str(case.get("note") or "") if case is not None else ""
        text = _("The reviewer wrote: {note}").format(note=note)
        say(ui.noteLabel, text if note else "", WARNING)
        others = lists.open_elsewhere
        ui.continueBox.setVisible(bool(others) and case is None)
        text = _("You have a case open: {case}")
        say(ui.continueLabel, text.format(case=_described(others[0])) if others else "")
        text, tone = lists.outcome, QUIET
        if lists.state == RUNNING:
            text = _("Asking the server…")
        elif lists.error is not None:
            text, tone = fault(lists.error)
        elif not chosen and not text:
            text = lists.why_not()
        say(ui.worklistMessage, text, tone)
        self._refresh_buttons()

    def _fill(self) -> None:
        """Fill the boxes anew, where what is in them has changed."""
        ui, lists = self.ui, self._lists
        names = [str(one["name"]) for one in lists.lists]
        waiting = list(lists.chosen.get("review", ()))
        shown = names, lists.name, waiting, lists.reviewed, lists.user
        if shown == self._shown:
            return
        self._shown = shown
        ui.listCombo.blockSignals(True)
        ui.listCombo.clear()
        ui.listCombo.addItems(names)
        ui.listCombo.currentIndex = names.index(lists.name) if lists.name in names else -1
        ui.listCombo.blockSignals(False)
        ui.listCombo.setVisible(len(names) > 1)
        ui.personEdit.text = lists.user
        ui.reviewCombo.clear()
        ui.reviewCombo.addItems([_described(one) for one in waiting])
        ui.reviewBox.setVisible(bool(waiting or lists.reviewed))
        text = _("Waiting for a reviewer: {count}").format(count=len(waiting))
        if lists.reviewed is not None:
            text = _("Reviewed: {case}, by {user}")
            text = text.format(case=_described(lists.reviewed), user=lists.reviewed["user"])
        say(ui.reviewLabel, text)

    def _refresh_buttons(self) -> None:
        ui, lists = self.ui, self._lists
        why = self._logic.why_not_work() or lists.why_not()
        is_open, review = lists.case is not None, lists.reviewed
        first = _("Finish or skip the case that is open first.") if is_open else ""
        tooltip = _("Open the next case for yourself: it is retrieved and loaded.")
        allow(ui.nextCaseButton, why or first, tooltip)
        allow(ui.continueCaseButton, why, _("Open again what you had open, here or elsewhere."))
        none = "" if is_open else _("Open a case first.")
        tooltip = _("Say that the case is done, and open the next one.")
        ui.doneCaseButton.text = _("Done")
        if lists.has_results:
            ui.doneCaseButton.text = _("Save and done")
            tooltip = _("Send the ticked results of the case, say that it is done, open the next.")
        allow(ui.doneCaseButton, why or none, tooltip)
        reason = str(ui.skipEdit.text).strip()
        why_not_skip = why or none or ("" if reason else _("Write why, in a few words."))
        tooltip = _("Leave this case out with this reason, and open the next one.")
        allow(ui.skipCaseButton, why_not_skip, tooltip)
        make_primary(ui.nextCaseButton, not is_open)
        make_primary(ui.doneCaseButton, is_open)
        tooltip = _("Retrieve and load this case to look at it.")
        allow(ui.openReviewButton, why, tooltip)
        none = "" if review is not None else _("Open a case to review first.")
        allow(ui.acceptCaseButton, why or none, _("Say that the case is done well."))
        note = "" if str(ui.noteEdit.text).strip() else _("Write a note for who did it.")
        tooltip = _("Send the case back to who did it, with the note.")
        allow(ui.rejectCaseButton, why or none or note, tooltip)


def _described(case: Mapping[str, Any]) -> str:
    name = display_person_name(str(case["patient_name"])) or str(case["patient_id"])
    parts = [name, str(case["study_description"]), day_text(str(case["study_date"]))]
    return "  ·  ".join(part for part in parts if part)
