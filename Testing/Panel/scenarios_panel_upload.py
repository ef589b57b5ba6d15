"""Upload by the panel: what is chosen and found, the queue, and what a person can do with it."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, List

import pydicom
from scenarios_panel_house import every_widget_speaks

from Support.data.dicom import (
    PATIENTS,
    Patient,
    hostile_files,
    save_dataset,
    write_ct_series,
    write_small_instances,
)
from Support.scenarios.panel_bench import PanelBench
from Support.servers.orthanc import PrivateOrthanc

NURIA = PATIENTS[0]
SMALL = {"rows": 32, "columns": 32}


def _some_progress(bench: PanelBench, transfer: Any, files: int = 20) -> None:
    bench.wait(
        lambda: transfer.ended or (transfer.progress and transfer.progress.done > files),
        "some progress",
    )
    assert not transfer.ended, "it was over too soon for this scenario"


def _mixed_folder(context: Any) -> Path:
    """Two series of a patient, one of them in an archive, a text, a twin and a false twin."""
    folder: Path = context.new_folder("mixed")
    files = write_ct_series(
        folder, NURIA, slices=4, series_number=3, series_description="Axial 1 mm", seed=7, **SMALL
    )
    inside = write_ct_series(
        context.new_folder("inside"),
        NURIA,
        slices=3,
        series_number=4,
        series_description="Coronal",
        seed=7,
        **SMALL,
    )
    with zipfile.ZipFile(folder / "coronal.zip", "w") as archive:
        for path in inside:
            archive.write(path, path.name)
    (folder / "letter.txt").write_text("Dear colleague")
    shutil.copy(files[0], folder / "twin.dcm")
    false = pydicom.dcmread(files[1])
    false.PixelData = bytes(len(false.PixelData))
    save_dataset(false, folder / "other content.dcm")
    return folder


def scenario_what_is_chosen_is_shown_and_can_be_left_out(context: Any) -> None:
    """A tree with check boxes, signs for twins, what is no DICOM in a table; unticked stays."""
    import qt

    folder = _mixed_folder(context)
    with PanelBench(context) as bench:
        bench.connected()
        ui, choice = bench.upload_ui, bench.logic.choice
        assert not ui.uploadButton.enabled and "Choose" in ui.uploadButton.toolTip
        assert "Drop folders" in ui.dropLabel.text and ui.chosenTree.isHidden()
        bench.choose(folder)
        assert choice.state == "done" and not ui.chosenTree.isHidden(), choice.error
        assert "in 2 of 2 series" in ui.scanLabel.text, ui.scanLabel.text
        axial, coronal = bench.find_chosen("Axial 1 mm"), bench.find_chosen("Coronal")
        assert coronal.text(0).startswith("CT  4") and coronal.text(1) == "3", coronal.text(0)
        assert "kB" in coronal.text(2) and not coronal.text(3)
        assert axial.text(3) == "⚠ 1  = 1", axial.text(3)
        study = axial.parent()
        assert "2 Mar 2026" in study.text(0) and "Pérez, Núria" in study.parent().text(0)
        assert "1 file is left out" in ui.foundLabel.text, ui.foundLabel.text
        bench.click(ui.foundButton)
        assert not ui.foundBox.isHidden() and ui.foundTable.rowCount == 1
        assert ui.foundTable.item(0, 0).text() == "letter.txt"
        study.parent().setCheckState(0, qt.Qt.Unchecked)
        bench.wait(lambda: not ui.uploadButton.enabled, "the reason")
        assert "Tick at least one" in ui.uploadButton.toolTip
        coronal.setCheckState(0, qt.Qt.Checked)
        bench.wait(lambda: ui.uploadButton.enabled, "the tick")
        transfer = bench.run_transfer(ui.uploadButton)
        assert (transfer.state, transfer.receipt.stored) == ("done", 3), transfer.receipt
        assert len(context.instances_on_server(_series_uid(folder, "coronal.zip"))) == 3
        assert context.server.count() == 3
        # What was sent is chosen no longer; the next can be chosen.
        assert choice.paths == [] and ui.chosenTree.isHidden() and ui.scanLabel.isHidden()


def _series_uid(folder: Path, archive: str) -> str:
    with zipfile.ZipFile(folder / archive) as opened:
        with opened.open(opened.namelist()[0]) as member:
            return str(pydicom.dcmread(member, stop_before_pixels=True).SeriesInstanceUID)


def scenario_files_can_be_dropped_and_added(context: Any) -> None:
    """On the whole section; more is added to what is there, and the list emptied."""
    import qt

    one, two = context.new_folder("one"), context.new_folder("two")
    write_small_instances(one, count=3, seed=1)
    (path,) = write_small_instances(two, count=1, seed=2)
    with PanelBench(context) as bench:
        area, choice = bench.panel.upload.widget, bench.logic.choice
        taken: List[bool] = []
        data = qt.QMimeData()
        event = SimpleNamespace(
            mimeData=lambda: data, acceptProposedAction=lambda: taken.append(True)
        )
        area.dragEnterEvent(event)
        area.dropEvent(event)
        assert taken == [] and choice.paths == []
        data.setUrls([qt.QUrl.fromLocalFile(str(one)), qt.QUrl("https://example.org/x.dcm")])
        area.dragEnterEvent(event)
        area.dropEvent(event)
        assert taken and choice.paths == [str(one)]
        assert not bench.sections["upload"].collapsed
        bench.panel.upload.add_paths([str(path), str(one)])
        assert choice.paths == [str(one), str(path)]
        bench.wait(lambda: choice.state == "done", "the scan")
        assert choice.totals()[:2] == (2, 4), choice.totals()
        assert "first" in bench.upload_ui.reasonLabel.text, "why not, in the panel"
        bench.click(bench.upload_ui.clearButton)
        assert choice.paths == [] and choice.rows == {}


def scenario_upload_of_hostile_files(context: Any) -> None:
    """A folder of everything that hurts: each file accounted for, reasons in a table, no crash."""
    folder = context.new_folder("hostile")
    kinds = hostile_files(folder)
    html = Patient("<i>ID</i>", "<img src>^<b>Eva</b>", "F", "19700101")
    marks = {"study": "<h1>big</h1>", "series_description": "<b>bold</b>"}
    files = write_ct_series(folder / "html", html, slices=1, seed=5, **marks, **SMALL)
    kinds.update((path, "dicom") for path in files)
    try:
        with PanelBench(context) as bench:
            bench.connected()
            bench.choose(folder)
            choice = bench.logic.choice
            item = bench.find_chosen("<b>bold</b>")
            while item is not None:
                assert "<" in item.text(0) and "<b>" not in item.toolTip(0), item.text(0)
                assert "<h1>" not in item.toolTip(0) and "<i>" not in item.toolTip(0)
                item = item.parent()
            assert (
                bench.find_chosen("<h1>big</h1>") is not None
                and bench.find_chosen("<b>Eva</b>") is not None
            )
            assert choice.problem_count > 3
            transfer = bench.run_transfer(bench.upload_ui.uploadButton)
            receipt, ui = transfer.receipt, bench.job_ui(transfer)
            good = sum(kind in ("dicom", "headless") for kind in kinds.values())
            assert receipt.stored == good == context.server.count(), receipt.summary()
            assert receipt.skipped + receipt.failed == len(receipt.problems) > 0
            assert f"{good} stored" in ui.stateLabel.text
            bench.click(ui.detailsButton)
            section = bench.upload_ui
            assert not section.detailsBox.isHidden()
            assert section.detailsTable.rowCount == len(receipt.problems)
            named = {
                section.detailsTable.item(row, 0).text() for row in range(len(receipt.problems))
            }
            assert any("cut.dcm" in name for name in named), named
            _details_can_be_kept(context, bench, len(receipt.problems))
            again = bench.upload(folder)
            # The cut one has the identity of a whole one, which is there.
            assert again.receipt.stored == 0 and again.receipt.already_stored >= good
            assert "already there" in bench.job_ui(again).stateLabel.text
            missing = bench.upload(folder / "not there")
            assert missing.state == "failed" and missing.error.hint
            assert bench.job_ui(missing).stateLabel.text.startswith("✗ ")
            _no_html(bench)
    finally:
        os.chmod(folder / "closed folder", 0o700)


def _details_can_be_kept(context: Any, bench: PanelBench, rows: int) -> None:
    import qt

    bench.click(bench.upload_ui.detailsCopyButton)
    copied = str(qt.QApplication.clipboard().text())
    assert copied.count("\n") >= rows + 1 and "cut.dcm" in copied
    path = context.folder / "details.csv"
    problems = bench.panel.upload.jobs.problems
    problems.save(str(path))
    assert "cut.dcm" in Path(path).read_text(encoding="utf-8-sig")
    problems.save(str(context.folder / "no" / "where.csv"))
    assert "can't be written" in bench.upload_ui.detailsCount.text


def _no_html(bench: PanelBench) -> None:
    """What has a tag in it is shown as plain text."""
    import qt

    for label in bench.panel.upload.widget.findChildren("QLabel"):
        if "<" in label.text:
            assert label.textFormat == qt.Qt.PlainText, label.text
        assert "<b>" not in label.toolTip and "<img" not in label.toolTip


def scenario_upload_leaves_the_panel_free_and_can_be_cancelled(context: Any) -> None:
    """The largest gap of a 20 ms timer during an upload; then one that is stopped."""
    folder = context.new_folder("many")
    write_small_instances(folder, count=1500, size=96)
    with PanelBench(context) as bench:
        bench.connected()
        warm = write_small_instances(context.new_folder("warm"), count=1, seed=5)
        bench.upload(*warm)
        with context.measured_gap() as gap:
            transfer = bench.upload(folder)
        assert transfer.receipt.stored == 1500
        seconds = transfer.receipt.seconds
        context.note(
            f"upload of 1500 files in {seconds:.1f} s: largest gap of a 20 ms timer {gap[0]:.0f} ms"
        )
        assert gap[0] < 1000, gap
        context.server.reset()
        transfer = bench.start_upload(folder)
        _some_progress(bench, transfer)
        ui = bench.job_ui(transfer)
        bench.click_when_shown(ui.cancelButton)
        bench.wait(lambda: transfer.ended, "the end", 10)
        receipt = transfer.receipt
        assert transfer.state == "cancelled" and receipt.cancelled and receipt.stored < 1500
        # What was on its way is a row that says that it may be stored.
        assert 0 <= context.server.count() - receipt.stored <= receipt.failed
        assert "Cancelled" in ui.stateLabel.text
        assert (
            ui.receiptButton.isHidden()
            and "1 cancelled" in bench.panel.transfers.ui.transfersSection.text
        )
        again = bench.run_transfer(ui.retryButton)
        assert again.state == "done" and context.server.count() == 1500
        assert bench.panel.upload.jobs.rows.keys() == {again.number}, "the cancelled one made room"


def scenario_a_queue_of_two_with_a_pause(context: Any) -> None:
    """The second waits; a pause lets it go first; the first goes on where it was."""
    many, few = context.new_folder("many"), context.new_folder("few")
    write_small_instances(many, count=800, size=96)
    write_small_instances(few, count=12, size=96, seed=3)
    with PanelBench(context) as bench:
        bench.connected()
        first, second = bench.start_upload(many), bench.start_upload(few)
        assert (first.state, second.state) == ("running", "waiting")
        ui, other = bench.job_ui(first), bench.job_ui(second)
        assert "Waiting for the upload before it" in other.stateLabel.text
        _some_progress(bench, first)
        for part in (" of ", " MB", "/s"):
            assert part in ui.stateLabel.text, ui.stateLabel.text
        bench.click(ui.pauseButton)
        bench.wait(lambda: first.state == "paused", "the pause")
        stored = context.server.count()
        assert 20 < stored < 800 and "Paused" in ui.stateLabel.text
        bench.wait(lambda: second.ended, "the second")
        assert (second.state, second.receipt.stored) == ("done", 12)
        assert "paused" in bench.panel.transfers.ui.transfersSection.text
        assert str(ui.pauseButton.text) == "Resume"
        bench.click(ui.pauseButton)
        bench.wait(lambda: first.ended, "the first", 60)
        receipt = first.receipt
        assert first.state == "done" and receipt.stored + receipt.already_stored == 800
        assert receipt.stored <= 800 - stored + 16, "sent again what was there"
        assert context.server.count() == 812


def scenario_a_crashed_worker_is_a_pause(context: Any) -> None:
    """One sentence, and Resume: a new worker goes on, and what was stored is not sent again."""
    folder = context.new_folder("many")
    write_small_instances(folder, count=800, size=96)
    with PanelBench(context) as bench:
        bench.connected()
        pids: List[int] = []
        bench.logic.adapters.worker.request(
            "worker.info", {}, lambda info: pids.append(info["pid"]), print
        )
        bench.wait(lambda: pids, "the worker's word")
        transfer = bench.start_upload(folder)
        _some_progress(bench, transfer)
        os.kill(pids[0], signal.SIGKILL)
        bench.wait(lambda: transfer.state != "running", "the end", 10)
        ui = bench.job_ui(transfer)
        assert transfer.state == "paused" and "Resume goes on" in ui.stateLabel.text
        assert "interrupted" in bench.panel.transfers.ui.transferTree.topLevelItem(0).text(1)
        assert bench.ended == []
        bench.click(ui.pauseButton)
        bench.wait(lambda: transfer.ended, "the end", 60)
        assert transfer.state == "done" and transfer.receipt.already_stored > 10
        assert context.server.count() == 800 and len(bench.ended) == 1


def scenario_a_failure_is_mended_and_retried(context: Any) -> None:
    """One bad file: the list of failures, Retry when it was replaced, the receipt in a file."""
    folder = context.new_folder("one is bad")
    files = write_small_instances(folder, count=5, seed=11)
    good = files[2].read_bytes()
    files[2].write_bytes(good[: len(good) // 2])
    with PanelBench(context) as bench:
        bench.connected()
        transfer = bench.upload(folder)
        ui, transfers = bench.job_ui(transfer), bench.panel.transfers
        assert transfer.state == "incomplete" and transfer.receipt.stored == 4
        assert every_widget_speaks(bench) > 85, "the lines of uploads as well"
        assert "1 failed" in ui.stateLabel.text and "(1)" in ui.detailsButton.text
        files[2].write_bytes(good)
        transfers.choose(transfer)
        bench.sections["transfers"].collapsed = False
        again = bench.run_transfer(transfers.ui.retryButton)
        assert (again.state, again.receipt.stored, again.receipt.already_stored) == ("done", 1, 4)
        assert context.server.count() == 5
        assert not transfers.ui.retryButton.enabled and transfers.ui.retryButton.toolTip
        _receipts(context, bench, again, {path.name for path in files})
        opened: List[str] = []
        bench.logic.adapters.open_page = lambda url: not opened.append(url)
        bench.click(bench.job_ui(again).showButton)
        (study,) = context.server.get_json("/studies")
        page = f"{context.server.rest_url}/app/explorer.html#study?uuid={study}"
        bench.wait(lambda: opened, "the server's page")
        assert opened == [page], opened


def _receipts(context: Any, bench: PanelBench, transfer: Any, names: Any) -> None:
    actions, ui = bench.panel.upload.jobs.rows[transfer.number].actions, bench.job_ui(transfer)
    table, rows = context.folder / "receipt.csv", context.folder / "receipt.json"
    actions.save_receipt(str(table))
    bench.wait(lambda: "Receipt saved: 5 rows" in ui.stateLabel.text, "the receipt")
    with open(table, encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert {Path(row["path"]).name for row in found} == names
    assert sorted(row["outcome"] for row in found) == ["already_stored"] * 4 + ["stored"]
    actions.save_receipt(str(rows))
    bench.wait(lambda: rows.exists() and rows.stat().st_size, "the receipt as JSON")
    bench.wait(lambda: len(json.loads(rows.read_text())) > 0, "its content")
    actions.save_receipt(str(context.folder / "no" / "where.csv"))
    bench.wait(lambda: "✗" in ui.stateLabel.text, "the refusal")


def scenario_an_interrupted_upload_is_offered(context: Any) -> None:
    """Slicer goes away in the middle; the next time Resume goes on, and Forget forgets."""
    many, other = context.new_folder("many"), context.new_folder("other")
    write_small_instances(many, count=800, size=96)
    write_small_instances(other, count=800, size=96, seed=4)
    with PanelBench(context) as bench:
        bench.connected()
        transfer = bench.start_upload(many)
        _some_progress(bench, transfer)
        bench.click(bench.job_ui(transfer).pauseButton)
        second = bench.start_upload(other)
        bench.wait(lambda: transfer.state == "paused", "the pause")
        _some_progress(bench, second)
        bench.close()
    stored = context.server.count()
    assert 40 < stored < 1600
    with PanelBench(context, clear=False) as again:
        offered = again.panel.upload.interrupted
        again.answers.append(True)
        again.reconnect(context.server.password)
        again.wait(lambda: len(offered.rows) == 2, "the offers")
        by_path = {row.job.roots[0]: row for row in offered.rows}
        again.click(by_path[str(other)].ui.forgetButton)
        (row,) = offered.rows
        text = row.ui.interruptedLabel.text
        assert many.name in text and "stored" in text and "did not come to its end" in text
        again.click(row.ui.resumeButton)
        assert offered.rows == []
        again.wait(lambda: again.ended, "the end", 60)
        (ended,) = again.ended
        assert ended.state == "done" and ended.receipt.already_stored > 20, ended.receipt
        again.logic.disconnect_server()
        again.reconnect(context.server.password)
        again.context.wait(seconds=0.3)
        assert offered.rows == [], "neither the forgotten one nor the one that is done"


def scenario_a_server_that_is_away_is_waited_for(context: Any) -> None:
    """A sentence says so, and the upload goes on by itself when it is back."""
    folder = context.new_folder("many")
    write_small_instances(folder, count=800, size=96)
    with PrivateOrthanc(plugins=False) as server, PanelBench(context) as bench:
        bench.connected(server)
        transfer = bench.start_upload(folder)
        _some_progress(bench, transfer)
        server.kill()
        ui = bench.job_ui(transfer)
        bench.wait(lambda: "goes on by itself" in ui.stateLabel.text, "the sentence", 30)
        assert ui.stateLabel.text.startswith("⚠ ") and transfer.state == "running"
        tree = bench.panel.transfers.ui.transferTree
        assert "server is away" in tree.topLevelItem(0).text(1)
        top, chips = bench.server_ui, ("trustChip", "dicomChip", "registeredChip")
        bench.wait(lambda: "does not answer" in top.stateLabel.text, "the head's word", 10)
        assert not [one for one in chips if "✓" in getattr(top, one).text]
        server.restart()
        bench.wait(lambda: transfer.ended, "the end", 90)
        assert transfer.state == "done", (transfer.error, transfer.receipt)
        assert server.count() == 800
