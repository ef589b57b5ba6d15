"""Below the list: what goes or is corrected on the server, and the ID that is typed to agree."""

from __future__ import annotations

from typing import Any, Dict

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.query import display_person_name

from ..logic.logic import OrthancConnectLogic
from ..logic.task import ASKING, DONE, IDLE, RUNNING
from ..wording import worded
from .part import Form
from .style import BAD, GOOD, PLAIN, QUIET, WARNING, allow, reveal, say
from .texts import day_text, fault, size_text

#: Attribute → its line.
_EDITS = {
    "PatientID": "patientIdEdit",
    "PatientName": "patientNameEdit",
    "PatientBirthDate": "birthDateEdit",
    "PatientSex": "sexEdit",
    "StudyDescription": "descriptionEdit",
    "AccessionNumber": "accessionEdit",
    "StudyDate": "studyDateEdit",
    "StudyTime": "studyTimeEdit",
    "ReferringPhysicianName": "physicianEdit",
}


class EditingBox(Form):
    """Comes by the list's menu, and goes when it is closed."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "editing_box.ui")
        ui, self._editing = self.ui, logic.rooms.editing
        self._shown: Any = None
        self.wire(
            (ui.confirmEdit, "textChanged(QString)", self._refresh_button),
            (ui.confirmEdit, "returnPressed()", self._onDo),
            (ui.keepRadio, "toggled(bool)", self._refresh_button),
            (ui.doEditingButton, "clicked()", self._onDo),
            (ui.closeEditingButton, "clicked()", self._editing.stop),
            (self._editing.changed, self._refresh),
            (logic.connection.changed, self._refresh),
        )
        self._refresh()

    def _typed(self) -> Dict[str, str]:
        return {key: str(getattr(self.ui, name).text) for key, name in _EDITS.items()}

    def _onDo(self) -> None:
        editing = self._editing
        if not self.ui.doEditingButton.enabled:
            return
        if not editing.corrects:
            editing.delete()
            return
        try:
            editing.correct(self._typed(), bool(self.ui.replaceRadio.checked))
        except InputError as error:
            say(self.ui.editingMessage, *fault(error))

    def _refresh(self) -> None:
        ui, editing = self.ui, self._editing
        thing, is_open = editing.thing, editing.state != IDLE
        is_new = is_open and self.widget.isHidden()
        self.widget.setVisible(is_open)
        title = _("Correct “{what}”") if editing.corrects else _("Delete “{what}”")
        say(ui.editingTitle, title.format(what=editing.title))
        if thing is not self._shown:
            self._shown = thing
            for key, name in _EDITS.items():
                getattr(ui, name).text = editing.values.get(key, "")
            ui.confirmEdit.text = ""
            ui.keepRadio.checked = True
        say(ui.editingFacts, self._facts() if thing is not None else "", QUIET)
        is_asking = editing.state == ASKING
        ui.attributesBox.setVisible(is_asking and editing.corrects)
        ui.closeEditingButton.text = _("Stop") if editing.running and thing else _("Close")
        self._say_message()
        self._refresh_button()
        if is_new:
            reveal(self.widget)

    def _facts(self) -> str:
        thing = self._editing.thing
        profile = self._logic.connection.profile
        assert thing is not None and profile is not None
        text = _("{server}: {patient} {name}, {date}, {modalities}, {series} series, ")
        text += _("{instances} instances, {size}. Looked at just now.")
        return text.format(
            server=profile.name,
            patient=thing.patient_id or "–",
            name=display_person_name(thing.patient_name),
            date=day_text(thing.study_date) or "–",
            modalities=", ".join(thing.modalities) or "–",
            series=thing.series,
            instances=thing.instances,
            size=size_text(thing.bytes),
        )

    def _say_message(self) -> None:
        editing = self._editing
        text, tone = "", PLAIN
        if editing.state == RUNNING:
            text = _("Asking the server…")
            if editing.percent:
                text = _("The server is at it: {percent} %").format(percent=editing.percent)
        elif editing.error is not None:
            text, tone = fault(editing.error)
        elif editing.state == DONE:
            text, tone = self._outcome(), GOOD
            notes = [worded(str(one)) for one in editing.result.get("notes", ())]
            if notes:
                text, tone = " ".join([text, *notes]), WARNING
        say(self.ui.editingMessage, text, tone)

    def _outcome(self) -> str:
        editing = self._editing
        if not editing.corrects:
            return _("● Deleted on the server.")
        count = editing.result["study"]["instances"]
        text = _("● The corrected study has {count} instances; the old one is there as well.")
        if editing.result["replaced"]:
            text = _("● The corrected study has {count} instances and took the old one's place.")
        return text.format(count=count)

    def _refresh_button(self) -> None:
        ui, editing = self.ui, self._editing
        thing = editing.thing
        is_asking = editing.state == ASKING and thing is not None
        goes = not editing.corrects or bool(ui.replaceRadio.checked)
        word = thing.confirmation if thing is not None else ""
        text = _("It can't be undone. Type {word} to agree:").format(word=word)
        say(ui.confirmLabel, text if is_asking and goes else "", BAD)
        ui.confirmEdit.setVisible(is_asking and goes)
        ui.doEditingButton.setVisible(is_asking)
        ui.doEditingButton.text = _("Correct") if editing.corrects else _("Delete")
        why_not = self._logic.why_not_work()
        if not why_not and goes and str(ui.confirmEdit.text).strip() != word:
            why_not = _("Type {word} first.").format(word=word)
        tooltip = _("Delete it on the server, if it is still the same.")
        if editing.corrects:
            tooltip = _("Have the server make a corrected study, with new UIDs.")
        allow(ui.doEditingButton, why_not, tooltip)
