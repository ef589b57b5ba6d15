"""Retrieve, load and upload by the panel, each counted against the server."""

from __future__ import annotations

import csv
import time
from typing import Any, Dict, List

import pydicom
from scenarios_panel_query import SMALL, store_three_patients

from Support.data.dicom import (
    PATIENTS,
    save_dataset,
    stable_uid,
    write_ct_series,
    write_small_instances,
)
from Support.scenarios.panel_bench import PanelBench, state_of

NURIA, JIRI, JURGEN = PATIENTS


def _present(bench: PanelBench, series_uid: str) -> int:
    return int(bench.logic.local.instances(series_uid))


def _series(context: Any) -> Dict[str, str]:
    """Series UID by description."""
    return {
        item["MainDicomTags"].get("SeriesDescription", ""): item["MainDicomTags"][
            "SeriesInstanceUID"
        ]
        for item in context.server.get_json("/series?expand")
    }


def _volumes() -> List[Any]:
    import slicer

    nodes = slicer.mrmlScene.GetNodesByClass("vtkMRMLScalarVolumeNode")
    nodes.UnRegister(None)
    return [nodes.GetItemAsObject(number) for number in range(nodes.GetNumberOfItems())]


def scenario_retrieve_a_series_a_study_and_a_patient(context: Any) -> None:
    """Each level brings all that is below it; what is here is not fetched again."""
    store_three_patients(context, 103)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        series = _series(context)
        ui = bench.query_ui
        bench.select(("series", series["Coronal"]))
        transfer = bench.run_transfer(ui.retrieveButton)
        assert (transfer.state, transfer.receipt.stored) == ("done", 4), transfer.error
        assert transfer.receipt.method == "C-GET" and transfer.receipt.verified == 0
        bench.wait_for_audit(event="retrieve", outcome="done", stored=4, method="C-GET")
        text = ui.resultLabel.text
        assert "4 of 4 arrived" in text and "verified" not in text, text  # nothing was compared
        assert _present(bench, series["Coronal"]) == 4
        item = bench.find("series", series["Coronal"])
        assert (state_of(item), state_of(item.parent())) == ("● in Slicer", "◐ 4 of 10")
        study = bench.logic.query.patients[1].studies[0].study_instance_uid
        bench.select(("study", study))
        transfer = bench.run_transfer(ui.retrieveButton)
        receipt = transfer.receipt
        assert (receipt.stored, receipt.already_stored, receipt.expected) == (6, 4, 10)
        assert "4 were here before" in ui.resultLabel.text
        bench.select(("patient", "PAT0044"), ("patient", "PAT0071"))
        transfer = bench.run_transfer(ui.retrieveButton)
        assert (transfer.state, transfer.receipt.stored) == ("done", 12)
        assert transfer.title == "Šimůnek, Jiří and 1 more", transfer.title
        bench.select(("patient", "PAT0044"))
        transfer = bench.run_transfer(ui.retrieveButton)
        assert (transfer.receipt.stored, transfer.receipt.already_stored) == (0, 6)
        assert bench.logic.log.count("done") == 4 and len(bench.ended) == 4
        assert "4 done" in bench.panel.transfers.ui.transfersSection.text


def scenario_from_a_fresh_start_to_a_loaded_series(context: Any) -> None:
    """Three fields, three clicks: Connect, trust, and a double click on the series."""
    files = write_ct_series(
        context.new_folder("ct"), NURIA, slices=12, rows=64, columns=48, seed=120
    )
    context.server.store(*files)
    before = len(_volumes())
    with PanelBench(context) as bench:
        begun = time.monotonic()
        bench.connected()
        bench.clicks += 1  # Trust this certificate
        bench.wait(bench._tree_is_full, "the tree, which fills itself the first time")
        (uid,) = _series(context).values()
        item = bench.find("series", uid)
        item.setSelected(True)  # a double click does both
        bench.panel.query._onEnter(item, 0)
        bench.clicks += 1
        bench.wait(lambda: len(bench.ended) == 1, "the transfer's end", 60)
        transfer = bench.ended[-1]
        seconds = time.monotonic() - begun
        assert transfer.state == "done" and transfer.error is None, transfer.error
        volumes = _volumes()
        assert len(volumes) == before + 1
        volume = volumes[-1]
        assert volume.GetImageData().GetDimensions() == (48, 64, 12)
        assert abs(volume.GetSpacing()[2] - 25.0) < 1e-6
        assert transfer.loaded == [volume.GetName()]
        assert volume.GetName() in bench.query_ui.remarksLabel.text
        context.note(
            f"fresh start to a loaded series: {bench.typed} fields, {bench.clicks} clicks, "
            f"{seconds:.1f} s"
        )
        assert (bench.typed, bench.clicks) == (3, 3), (bench.typed, bench.clicks)


def scenario_a_retrieve_leaves_the_panel_free(context: Any) -> None:
    """240 instances by C-GET, and 240 over HTTPS: the largest gap of a 20 ms timer is reported."""
    files = write_small_instances(
        context.new_folder("many"), count=480, size=256, patients=2, series=2, seed=123
    )
    context.server.store(*files)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        for index, method, patient in ((1, "C-GET", "SMALL0000"), (3, "HTTPS", "SMALL0001")):
            bench.query_ui.methodCombo.currentIndex = index
            assert bench.query_ui.methodCombo.currentText == method
            bench.select(("patient", patient))
            with context.measured_gap() as gap:
                transfer = bench.run_transfer(bench.query_ui.retrieveButton)
            assert (transfer.state, transfer.receipt.stored) == ("done", 240)
            seconds = transfer.receipt.seconds
            context.note(
                f"{method} of 240 instances, 31 MB, in {seconds:.1f} s: "
                f"largest gap of a 20 ms timer {gap[0]:.0f} ms"
            )
            assert gap[0] < 1000, gap


def scenario_enter_and_double_click_load_a_series(context: Any) -> None:
    """In the tree, Enter or a double click on a series loads it; on a patient they do not."""
    files = write_ct_series(context.new_folder("ct"), JURGEN, slices=3, seed=124, **SMALL)
    context.server.store(*files)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        tree = bench.query_ui.resultTree
        (uid,) = _series(context).values()
        bench.select(("patient", "PAT0071"))
        bench.panel.query._onEnter()
        tree.itemDoubleClicked(tree.topLevelItem(0), 0)
        assert bench.logic.log.transfers == []
        bench.select(("series", uid))
        tree.itemDoubleClicked(bench.find("series", uid), 0)
        bench.wait(lambda: bench.ended, "the end")
        assert bench.ended[0].state == "done" and bench.ended[0].loaded


def scenario_retrieve_over_https(context: Any) -> None:
    """The third method brings the same, and says how much it was."""
    store_three_patients(context, 104)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        ui = bench.query_ui
        ui.methodCombo.currentIndex = 3
        bench.select(("patient", "PAT0012"))
        transfer = bench.run_transfer(ui.retrieveButton)
        receipt = transfer.receipt
        assert (transfer.state, receipt.stored, receipt.verified) == ("done", 10, 10)
        assert receipt.method == "HTTPS" and receipt.bytes > 10 * 2 * 32 * 32
        for uid in (_series(context)["Axial 1 mm"], _series(context)["Coronal"]):
            assert _present(bench, uid) == len(context.instances_on_server(uid))


def scenario_what_c_get_leaves_out_comes_over_https(context: Any) -> None:
    """A class that ctk does not propose is missing after its "success": counted, then fetched."""
    folder = context.new_folder("mixed")
    files = write_ct_series(folder, JIRI, slices=5, seed=121, **SMALL)
    odd = pydicom.dcmread(files[-1])
    odd.SOPClassUID = odd.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.66.6"
    odd.SOPInstanceUID = odd.file_meta.MediaStorageSOPInstanceUID = stable_uid(
        "odd class of a series"
    )
    save_dataset(odd, folder / "odd.dcm")
    context.server.store(*files, folder / "odd.dcm")
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        (uid,) = _series(context).values()
        bench.select(("series", uid))
        transfer = bench.run_transfer(bench.query_ui.retrieveButton)
        receipt = transfer.receipt
        assert (transfer.state, receipt.stored, receipt.expected) == ("done", 6, 6), receipt
        assert receipt.method == "C-GET + HTTPS"
        assert _present(bench, uid) == 6
        _save_the_receipt(context, bench, transfer)


def _save_the_receipt(context: Any, bench: PanelBench, transfer: Any) -> None:
    table, transfers = context.folder / "retrieved.csv", bench.panel.transfers
    bench.sections["transfers"].collapsed = False
    transfers.choose(transfer)
    assert transfers.ui.receiptButton.enabled and not transfers.ui.receiptButton.isHidden()
    transfers.actions.save_receipt(str(table))
    bench.wait(lambda: "Receipt saved: 6 rows" in transfers.ui.actionLabel.text, "the receipt")
    with open(table, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["outcome"] for row in rows] == ["arrived"] * 6
    assert sum(row["verified"] == "True" for row in rows) == transfer.receipt.verified > 0
    assert all(row["method"] == "HTTPS" for row in rows if row["verified"] == "True")


def scenario_retrieve_by_c_move(context: Any) -> None:
    """Without the listener the button says why; with it the series arrive."""
    store_three_patients(context, 105)
    with PanelBench(context) as bench:
        bench.connected()
        profile = bench.logic.profiles.current
        changed = profile.replace(storage_port=context.server.storage_port)
        bench.logic.profiles.save(changed, profile.name)
        bench.reconnect()
        bench.query()
        ui = bench.query_ui
        bench.select(("patient", "PAT0044"))
        assert ui.retrieveButton.enabled and ui.reasonLabel.isHidden()
        ui.methodCombo.currentIndex = 2
        assert not ui.retrieveButton.enabled and not ui.loadButton.enabled
        for text in (ui.retrieveButton.toolTip, ui.reasonLabel.text):
            assert "Start the DICOM listener" in text, text
        bench.sections["listener"].collapsed = False
        bench.click(bench.panel.listener.ui.startButton)
        listener = bench.logic.adapters.listener
        bench.wait(lambda: listener.state in ("running", "failed"), "the listener")
        assert listener.state == "running", (listener.message, listener.hint)
        assert ui.reasonLabel.isHidden()
        transfer = bench.run_transfer(ui.retrieveButton)
        receipt = transfer.receipt
        assert (transfer.state, receipt.stored, receipt.method) == ("done", 6, "C-MOVE"), (
            transfer.error,
            receipt,
        )
        bench.click(bench.panel.listener.ui.startButton)
        bench.wait(lambda: listener.state == "stopped", "the listener's end")


def scenario_cancel_a_retrieve(context: Any) -> None:
    """Running and waiting ones; the receipt counts what arrived, and there is one end each."""
    files = write_small_instances(
        context.new_folder("many"), count=400, patients=2, series=2, seed=122
    )
    context.server.store(*files)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        ui = bench.query_ui
        bench.select(("patient", "SMALL0000"))
        bench.click(ui.retrieveButton)
        bench.select(("patient", "SMALL0001"))
        bench.click(ui.retrieveButton)
        first, second = bench.logic.log.transfers
        assert (first.state, second.state) == ("running", "waiting")
        transfers = bench.panel.transfers
        bench.sections["transfers"].collapsed = False
        transfers.choose(second)
        bench.click(transfers.ui.cancelButton)
        assert second.state == "cancelled" and second.receipt is None
        bench.wait(lambda: first.progress is not None or first.ended, "progress")
        bench.logic.cancel(first)
        bench.wait(lambda: first.ended, "the end", 15)
        receipt = first.receipt
        here = sum(_present(bench, uid) for uid in _series_of(context, "SMALL0000"))
        assert first.state in ("cancelled", "done")
        if receipt is not None:
            assert receipt.stored + receipt.already_stored == here
            assert receipt.stored + receipt.missing == 200
        context.wait(seconds=0.5)
        assert len(bench.ended) == 2
        # The rest comes when asked for again.
        bench.select(("patient", "SMALL0000"))
        transfer = bench.run_transfer(ui.retrieveButton)
        assert transfer.state == "done"
        assert transfer.receipt.stored + transfer.receipt.already_stored == 200


def _series_of(context: Any, patient_id: str) -> List[str]:
    found = context.server.post_json(
        "/tools/find", {"Level": "Series", "Query": {"PatientID": patient_id}, "Expand": True}
    )
    return [item["MainDicomTags"]["SeriesInstanceUID"] for item in found]


def scenario_closing_in_the_middle_leaves_nothing(context: Any) -> None:
    """The module goes away while everything runs: the worker ends, and nothing comes back."""
    store_three_patients(context, 106)
    folder = context.new_folder("many")
    write_small_instances(folder, count=1000, size=96)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        bench.select(("patient", "PAT0012"))
        bench.click(bench.query_ui.retrieveButton)
        bench.start_upload(folder)
        bench.click(bench.query_ui.queryButton)
        logic, ended = bench.logic, bench.ended
        bench.close()
        assert not logic.adapters.worker.running
        context.wait(seconds=1.0)
        assert ended == []
