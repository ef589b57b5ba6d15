"""What is corrected and deleted on the server, and what a link of the browser opens."""

from __future__ import annotations

from typing import Any

from scenarios_panel_query import SMALL
from scenarios_panel_tree import _choose, _settled

from Support.data.dicom import PATIENTS, write_ct_series
from Support.scenarios.panel_bench import PanelBench

NURIA = PATIENTS[0]


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


def scenario_dicom_over_tls_is_not_slicers(context: Any) -> None:
    """It is said plainly, and all comes over HTTPS; another field of the profile keeps it so."""
    context.server.store(*write_ct_series(context.new_folder("ct"), NURIA, slices=2, **SMALL))
    with PanelBench(context) as bench:
        bench.connected()
        profile = bench.logic.profiles.chosen().replace(dicom_tls=True)
        bench.logic.profiles.save(profile, profile.name)
        bench.reconnect(context.server.password)
        bench.wait(lambda: bench.logic.connection.known != "checking", "the DICOM side")
        assert len(bench.query()) == 3 and bench.logic.method_now("Automatic") == "HTTPS"
        for method in ("C-GET", "C-MOVE"):
            assert "no DICOM over TLS" in bench.logic.why_not_retrieve(method)
        bench.select(("patient", NURIA.patient_id))
        bench.click(bench.query_ui.retrieveButton)
        bench.wait(lambda: bench.ended, "the retrieve")
        (transfer,) = bench.ended
        assert transfer.receipt.complete and transfer.receipt.method == "HTTPS", transfer.error
        bench.query_ui.wayCombo.currentIndex = 1
        bench.click(bench.query_ui.queryButton)
        bench.wait(lambda: bench.logic.query.state == "failed", "that C-FIND can't be")
        assert "speaks no DICOM over TLS" in bench.logic.query.error.message
        form = bench.panel.server.form
        form.open(profile, profile.name)
        changed, faults = form.profile_and_faults()
        assert changed == profile and not faults
