"""Labels and work lists in the panel."""

from __future__ import annotations

import json
from typing import Any, List

from scenarios_panel_query import SMALL
from scenarios_panel_tree import LABELS, _choose, _column, _settled

from Support.data.dicom import PATIENTS, write_ct_series
from Support.scenarios.panel_bench import PanelBench

NURIA = PATIENTS[0]


def _labels_there(context: Any, resource: str) -> List[str]:
    """What the server has of a resource's labels, its own or in metadata."""
    server = context.server
    where = "labels" if server.version >= (1, 12) else "metadata/5101"
    return list(json.loads(server.request("GET", f"{resource}/{where}")))


def scenario_labels_are_shown_and_changed(context: Any) -> None:
    """By the list's menu: those of a study and of a series; what is none is refused at once."""
    context.server.store(*write_ct_series(context.new_folder("ct"), NURIA, slices=2, **SMALL))
    (study,) = context.server.get_json("/studies")
    (series,) = context.server.get_json("/series")
    uids = context.targets()[0]
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        _column(bench, "Labels")
        bench.select(("patient", NURIA.patient_id))
        bench.panel.query.list.fill_menu()
        actions = {str(one.text): one for one in bench.panel.query.list.menu.actions()}
        assert not actions["Labels…"].enabled
        bench.select(("study", uids.study_instance_uid))
        bench.panel.query.list.fill_menu()
        _choose(bench, "Labels…")
        ui, labels = bench.panel.query.labels.ui, bench.logic.rooms.labels
        bench.wait(lambda: labels.state == "done", "the labels")
        assert ui.ownLabelsEdit.text == "" and not bench.panel.query.labels.widget.isHidden()
        bench.type(ui.ownLabelsEdit, "lung, no good!")
        bench.click(ui.saveLabelsButton)
        assert "is no label" in ui.labelsMessage.text and labels.state == "done"
        bench.type(ui.ownLabelsEdit, "lung, teaching")
        bench.click(ui.saveLabelsButton)
        bench.wait(lambda: labels.saved, "the labels on the server")
        assert "Saved" in ui.labelsMessage.text
        assert _labels_there(context, f"/studies/{study}") == ["lung", "teaching"]

        def shown() -> str:
            return str(bench.find("study", uids.study_instance_uid).text(LABELS))

        bench.wait(lambda: shown() == "lung, teaching", "the labels in the list")
        bench.type(ui.ownLabelsEdit, "teaching")
        bench.click(ui.saveLabelsButton)
        bench.wait(lambda: shown() == "teaching", "the list without the label")
        assert _labels_there(context, f"/studies/{study}") == ["teaching"]
        bench.click(ui.closeLabelsButton)
        assert bench.panel.query.labels.widget.isHidden()

        bench.select(("series", uids.series_instance_uid))
        bench.panel.query.list.fill_menu()
        _choose(bench, "Labels…")
        bench.wait(lambda: labels.state == "done", "the series' labels")
        assert ui.ownLabelsEdit.text == ""
        bench.type(ui.ownLabelsEdit, "best")
        bench.click(ui.saveLabelsButton)
        bench.wait(lambda: labels.saved, "the label on the server")
        assert _labels_there(context, f"/series/{series}") == ["best"]

        bench.click(bench.query_ui.moreButton)
        assert len(bench.query(labelsEdit="teaching")) == 3
        assert bench.query(labelsEdit="lung") == []
        _settled(bench)


def scenario_a_study_is_corrected_and_deleted_on_the_server(context: Any) -> None:
    """By the list's menu; the patient's ID is typed for what goes, and the list follows."""
    context.server.store(*write_ct_series(context.new_folder("ct"), NURIA, slices=3, **SMALL))
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        editing = bench.logic.rooms.editing

        def open_box(action: str) -> Any:
            (target,) = context.targets()
            bench.select(("study", target.study_instance_uid))
            bench.panel.query.list.fill_menu()
            _choose(bench, action)
            bench.wait(lambda: editing.state == "asking", "what there is")
            return bench.panel.query.editing.ui

        ui = open_box("Correct on the server…")
        assert NURIA.patient_id in ui.editingFacts.text and "3 instances" in ui.editingFacts.text
        assert ui.patientIdEdit.text == NURIA.patient_id and ui.doEditingButton.enabled
        bench.type(ui.sexEdit, "female")
        bench.click(ui.doEditingButton)
        assert "neither M, F, O" in ui.editingMessage.text and editing.state == "asking"
        bench.type(ui.sexEdit, "M")
        ui.replaceRadio.checked = True
        assert not ui.doEditingButton.enabled and NURIA.patient_id in ui.confirmLabel.text
        bench.type(ui.confirmEdit, NURIA.patient_id)
        bench.click(ui.doEditingButton)
        bench.wait(lambda: editing.state == "done", "the corrected study")
        assert "took the old one's place" in ui.editingMessage.text, ui.editingMessage.text
        (study,) = context.server.get_json("/studies?expand")
        assert study["PatientMainDicomTags"]["PatientSex"] == "M"
        bench.wait(lambda: bench.logic.query.state == "done", "the list")
        _settled(bench)

        ui = open_box("Delete on the server…")
        context.server.store(*write_ct_series(context.new_folder("x"), NURIA, slices=1, **SMALL))
        bench.type(ui.confirmEdit, "nobody")
        assert not ui.doEditingButton.enabled
        bench.type(ui.confirmEdit, NURIA.patient_id)
        bench.click(ui.doEditingButton)
        bench.wait(lambda: editing.state == "done", "the end of the study")
        assert study["ID"] not in context.server.get_json("/studies")
        bench.click(ui.closeEditingButton)
        assert bench.panel.query.editing.widget.isHidden()


def scenario_a_link_of_the_browser_is_asked_about(context: Any) -> None:
    """Nothing is fetched before; a known server's study is loaded, also where one has to log in."""
    from OrthancConnectCore.shared.opening import link_template

    context.server.store(*write_ct_series(context.new_folder("ct"), NURIA, slices=3, **SMALL))
    (study,) = context.server.get_json("/studies")
    (target,) = context.targets()
    link = link_template(context.server.rest_url, "study", study)
    with PanelBench(context) as bench:
        bench.connected()
        opening, ui = bench.logic.opening, bench.panel.opening.ui
        log = context.server.folder / "nginx-access.log"
        before = len(log.read_text(encoding="utf-8"))
        for wrong in (link + "\n", link + "&token=x", link.replace("%3A%2F%2F", "%3A%2F%2Fevil.")):
            opening.receive(wrong)
            assert opening.state == "failed" and "nothing was fetched" in ui.interruptedLabel.text
            assert ui.resumeButton.isHidden()
        opening.receive(link)
        assert study in ui.interruptedLabel.text.replace("\u200b", "")
        assert not ui.resumeButton.isHidden() and opening.state == "asking"
        opening.receive(link.replace("study=", "series="))
        assert "Another link came" in ui.interruptedLabel.text
        bench.click(ui.forgetButton)
        assert bench.panel.opening.widget.isHidden() and opening.state == "idle"
        assert study not in log.read_text(encoding="utf-8")[before:], "nothing was fetched"

        bench.logic.disconnect_server()
        bench.logic.logins.accepted.clear()
        opening.receive(
            link_template(context.server.rest_url, "series", target.series_instance_uid)
        )
        bench.click(ui.resumeButton)
        assert opening.state == "running" and "Connect to" in ui.interruptedLabel.text
        bench.reconnect(context.server.password)
        bench.wait(lambda: bench.logic.log.transfers, "the retrieve")
        (transfer,) = bench.logic.log.transfers
        bench.wait(lambda: transfer.ended, "its end")
        assert transfer.receipt.complete and transfer.receipt.expected == 3, transfer.error
        assert opening.state == "idle"

        opening.receive(link.replace(study, "1.2.3"))
        bench.click(ui.resumeButton)
        bench.wait(lambda: opening.state == "failed", "that there is none")
        assert "no study and no series" in ui.interruptedLabel.text
