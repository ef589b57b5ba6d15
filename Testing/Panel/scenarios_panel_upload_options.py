"""Options of an upload in the panel: labels, de-identification, and what is remembered."""

from __future__ import annotations

import json
from typing import Any

from Support.data.dicom import PATIENTS, write_ct_series, write_small_instances
from Support.scenarios.panel_bench import PanelBench

NURIA = PATIENTS[0]
SMALL = {"rows": 32, "columns": 32}


def scenario_what_is_no_label_is_refused_at_once(context: Any) -> None:
    """In a sentence, before anything is sent."""
    (file,) = write_small_instances(context.new_folder("one"), count=1, seed=21)
    with PanelBench(context) as bench:
        bench.connected()
        ui = bench.upload_ui
        bench.sections["upload"].collapsed = False
        bench.click(ui.optionsButton)
        bench.choose(file)
        ui.labelsEdit.text = "trial, no good!"
        assert not ui.uploadButton.enabled and "'no …'" in ui.reasonLabel.text
        ui.labelsEdit.text = "trial, second,trial"
        assert bench.panel.upload.options.labels() == ("trial", "second")
        assert ui.uploadButton.enabled
        assert bench.run_transfer(ui.uploadButton).state == "done"


def scenario_options_of_an_upload_are_remembered(context: Any) -> None:
    """All but the labels, which belong to one upload."""
    with PanelBench(context) as bench:
        ui = bench.upload_ui
        bench.sections["upload"].collapsed = False
        assert ui.optionsBox.isHidden()
        bench.click(ui.optionsButton)
        ui.verifyCheck.checked = ui.deidentifyCheck.checked = True
        ui.characteristicsCheck.checked = True
        ui.datesCombo.currentIndex = 2
        ui.keyEdit.text = "/secret/place/key"
        ui.labelsEdit.text = "trial"
    with PanelBench(context, clear=False) as again:
        ui = again.upload_ui
        assert ui.verifyCheck.checked and ui.deidentifyCheck.checked
        assert ui.characteristicsCheck.checked and ui.datesCombo.currentIndex == 2
        assert ui.keyEdit.text == "/secret/place/key" and ui.labelsEdit.text == ""
        assert not ui.optionsBox.isHidden() and "De-identified" in ui.deidentifyLabel.text
        again.click(ui.optionsButton)
        assert "verify · de-identify" in ui.optionsSummary.text


def scenario_a_de_identified_upload_with_its_preview(context: Any) -> None:
    """Said loudly, looked at before, and nothing of the person is on the server."""
    context.needs("dicognito")
    folder = context.new_folder("named")
    write_ct_series(folder, NURIA, slices=3, seed=31, **SMALL)
    with PanelBench(context) as bench:
        bench.connected()
        ui = bench.upload_ui
        bench.sections["upload"].collapsed = False
        bench.click(ui.optionsButton)
        assert ui.deidentifyBox.isHidden() and ui.deidentifyLabel.isHidden()
        assert not ui.previewButton.enabled and ui.previewButton.toolTip
        ui.deidentifyCheck.checked = True
        ui.verifyCheck.checked = True
        assert "De-identified" in ui.deidentifyLabel.text
        assert ui.uploadButton.text == "De-identify and upload"
        ui.datesCombo.currentIndex = 1
        assert "shifted" in ui.deidentifyLabel.text
        bench.choose(folder)
        bench.click(ui.previewButton)
        bench.wait(lambda: not ui.previewBox.isHidden(), "the preview")
        rows = {
            str(ui.previewTable.item(row, 0).text()): (
                str(ui.previewTable.item(row, 1).text()),
                str(ui.previewTable.item(row, 2).text()),
            )
            for row in range(ui.previewTable.rowCount)
        }
        before, after = rows["PatientID"]
        assert before == NURIA.patient_id and after and NURIA.patient_id not in after
        assert ui.previewWarnings.text and ui.previewCombo.count == 1
        transfer = bench.run_transfer(ui.uploadButton)
        assert transfer.state == "done" and transfer.receipt.stored == 3, transfer.error
        assert (
            transfer.receipt.verified == 3
            and "3 verified" in bench.job_ui(transfer).stateLabel.text
        )
        (patient,) = context.server.get_json("/patients?expand")
        assert NURIA.patient_id not in json.dumps(patient) and "Pérez" not in json.dumps(patient)


def scenario_the_de_identifier_is_offered_when_it_is_missing(context: Any) -> None:
    """By a button that says so; only a click installs it, and the worker starts anew then."""
    (file,) = write_small_instances(context.new_folder("one"), count=1, seed=41)
    with PanelBench(context) as bench:
        bench.hide_package("dicognito")
        bench.connected()
        ui, asked = bench.upload_ui, []
        bench.logic.adapters.install = asked.append
        ui.deidentifyCheck.checked = True
        bench.choose(file)
        assert ui.installButton.isHidden()
        transfer = bench.run_transfer(ui.uploadButton)
        assert transfer.state == "failed" and context.server.count() == 0
        assert not ui.installButton.isHidden() and asked == []
        assert ui.previewMessage.text.startswith("✗ ") and not ui.optionsBox.isHidden()
        bench.click(ui.installButton)
        assert asked == ["dicognito"] and ui.installButton.isHidden()
