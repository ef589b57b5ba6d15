"""Open elsewhere, lists, followed queries and room on disk, by the panel and a real Orthanc."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Dict, List
from urllib.parse import urlsplit

from scenarios_panel_query import SMALL, store_three_patients
from scenarios_panel_transfers import _present, _series, _volumes

from Support.data.dicom import PATIENTS, write_ct_series
from Support.scenarios.panel_bench import PanelBench, state_of, told

NURIA, JIRI, JURGEN = PATIENTS


def scenario_a_study_opens_in_the_servers_viewers(context: Any) -> None:
    """The best viewer by a click, each by the menu; also of a transfer; never with a login."""
    store_three_patients(context, 801)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        opened: List[str] = []
        bench.logic.adapters.open_page = lambda url: not opened.append(url)
        ui = bench.panel.query.list.viewers.ui
        bench.wait(lambda: bench.logic.rooms.viewers.known, "the viewers")
        assert not ui.openButton.enabled and told(ui.openButton) == "Select one study."
        bench.select(("patient", "PAT0012"), ("patient", "PAT0044"))
        assert not ui.openButton.enabled
        bench.select(("series", _series(context)["Coronal"]))
        bench.click(ui.openButton)
        bench.wait(lambda: opened, "the page")
        study = next(
            one
            for one in context.server.get_json("/studies?expand")
            if one["PatientMainDicomTags"]["PatientID"] == "PAT0012"
        )
        names = (study["ID"], study["MainDicomTags"]["StudyInstanceUID"])
        actions = bench.panel.query.list.viewers.menu.actions()
        assert [action.text for action in actions] == [
            viewer["title"] for viewer in bench.logic.rooms.viewers.known
        ]
        for action in actions:
            before = len(opened)
            action.trigger()
            bench.wait(lambda before=before: len(opened) > before, "the page of the menu")
        assert opened[0] == opened[1] and len(set(opened)) == len(actions), opened
        bench.run_transfer(bench.query_ui.retrieveButton)
        bench.sections["transfers"].collapsed = False
        bench.click(bench.panel.transfers.ui.showButton)
        bench.wait(lambda: len(opened) > 1 + len(actions), "the page of the transfer")
        assert opened[-1] == opened[0]
        server = context.server
        for page in opened:
            assert page.startswith(server.rest_url + "/") and "@" not in urlsplit(page).netloc
            assert server.password not in page and any(name in page for name in names), page
        server.request("DELETE", f"/studies/{study['ID']}")
        bench.click(ui.openButton)
        bench.wait(lambda: "no study" in bench.query_ui.resultLabel.text, "the reason")


def scenario_all_of_a_list_is_fetched(context: Any) -> None:
    """The column is recognised, each series comes once, each row is told, and saved."""
    import qt

    store_three_patients(context, 802)
    table = context.new_folder("lists") / "list.csv"
    rows = ["Remark;NHC", "<b>one</b>;PAT0012", "two;PAT0044", "again;PAT0012", "none;NOBODY"]
    table.write_text("\n".join(rows), encoding="cp1252")
    with PanelBench(context) as bench:
        bench.connected()
        box = bench.panel.query.cohort
        ui = box.ui
        assert box.widget.isHidden() and not bench.query_ui.listButton.isHidden()
        data = qt.QMimeData()
        data.setUrls([qt.QUrl.fromLocalFile(str(table))])
        event = SimpleNamespace(mimeData=lambda: data, acceptProposedAction=list)
        bench.panel.query.widget.dropEvent(event)
        bench.wait(lambda: bench.logic.rooms.cohort.state == "done", "the list")
        assert "list.csv" in ui.titleLabel.text and "4 rows" in ui.titleLabel.text
        assert (ui.columnCombo.currentText, ui.kindCombo.currentText) == ("NHC", "Patient ID")
        ui.columnCombo.currentIndex = 0  # nothing that the server knows
        bench.wait(lambda: bench.logic.rooms.cohort.state == "done", "the other column")
        assert "Choose the column" in ui.listError.text and not ui.retrieveListButton.enabled
        ui.columnCombo.currentIndex = 1
        bench.wait(lambda: bench.logic.rooms.cohort.ready, "the first column")
        transfer = bench.run_transfer(ui.retrieveListButton)
        assert (transfer.state, transfer.error) == ("done", None), transfer.receipt
        receipt = transfer.receipt
        assert (receipt.expected, receipt.stored, receipt.verified) == (16, 16, 16)
        uids = [
            one["MainDicomTags"]["SeriesInstanceUID"]
            for one in context.server.get_json("/series?expand")
        ]
        assert sorted(_present(bench, uid) for uid in uids) == [0, 4, 6, 6]
        shown = [
            [str(ui.rowsTable.item(row, column).text()) for column in range(4)]
            for row in range(ui.rowsTable.rowCount)
        ]
        assert [row[:3] for row in shown] == [
            ["PAT0012", "2", "10 of 10"],
            ["PAT0044", "1", "6 of 6"],
            ["PAT0012", "2", "10 of 10"],
            ["NOBODY", "0", "–"],
        ], shown
        assert "no patient ID “NOBODY”" in shown[3][3], shown
        target = table.with_name("result.csv")
        box.save(str(target))
        with open(target, encoding="utf-8-sig", newline="") as stream:
            saved = list(csv.DictReader(stream))
        assert [row["arrived"] for row in saved] == ["10", "6", "10", "0"]
        again = bench.run_transfer(ui.retrieveListButton)
        assert (again.receipt.stored, again.receipt.already_stored) == (0, 16)
        bench.click(ui.closeButton)
        assert box.widget.isHidden() and bench.logic.rooms.cohort.file == ""


def _ct(context: Any, folder: str, patient: Any, seed: int, **more: Any) -> Dict[str, Any]:
    files = write_ct_series(
        context.new_folder(folder), patient, slices=4, seed=seed, **SMALL, **more
    )
    context.server.store(*files)
    uid = context.server.get_json("/series?expand")[-1]["MainDicomTags"]["SeriesInstanceUID"]
    return {"files": files, "uid": uid}


def scenario_a_followed_query_brings_what_is_new(context: Any) -> None:
    """Only with the person's wish; what comes is listed and indexed; stopped; again if wished."""
    context.server.restart(StableAge=1)
    try:
        _follow(context)
    finally:
        context.server.restart(StableAge=60)


def _follow(context: Any) -> None:
    import qt

    old = _ct(context, "old", NURIA, 802)
    old_series = f"/series/{context.server.get_json('/series')[0]}"
    assert context.wait(lambda: context.server.get_json(old_series)["IsStable"], 20)
    with PanelBench(context) as bench:
        bench.connected()
        ui, log = bench.panel.query.follow.ui, bench.logic.log
        assert bench.panel.query.follow.widget.isHidden()
        bench.click(bench.query_ui.followButton)
        assert not bench.panel.query.follow.widget.isHidden()
        bench.query(nameEdit="Pérez")
        bench.click(ui.followCheck)
        transfer = bench.logic.rooms.follow.transfer
        bench.wait(lambda: "0 series so far" in ui.followLabel.text, "the first look", 30)
        bench.click(ui.againCheck)
        assert "names a patient" in ui.followLabel.text and not ui.againCheck.checked
        new = _ct(context, "new", NURIA, 803)
        other = _ct(context, "other", JIRI, 804)
        assert new["uid"] != other["uid"]
        bench.wait(lambda: _present(bench, new["uid"]) == 4, "the new series", 40)
        bench.wait(lambda: bench.find("series", new["uid"]) is not None, "it in the list")
        bench.wait(lambda: "1 series so far" in ui.followLabel.text, "the count")
        bench.wait(
            lambda: "in Slicer" in state_of(bench.find("series", new["uid"])), "its state there"
        )
        uids = [old["uid"], new["uid"], other["uid"]]
        assert [_present(bench, uid) for uid in uids] == [0, 4, 0] and "Following" in (
            bench.panel.transfers.ui.transferTree.topLevelItem(0).text(0)
        )
        bench.click(ui.followCheck)
        bench.wait(lambda: transfer.ended, "the end")
        assert (transfer.state, transfer.receipt.stored) == ("done", 4), transfer.error
        assert not ui.followCheck.checked and log.count("running") == 0
        bench.query(nameEdit="", modalityCombo="CT")
        ui.sinceCombo.currentIndex = 1
        bench.click(ui.followCheck)
        bench.wait(lambda: "3 series so far" in ui.followLabel.text, "the second query", 30)
        bench.wait(lambda: [_present(bench, uid) for uid in uids] == [4, 4, 4], "what is there")
        bench.click(ui.againCheck)
        assert ui.againCheck.checked
    kept = str(qt.QSettings().value("OrthancConnect/State/follow"))
    assert "CT" in kept and context.server.password not in kept
    late = _ct(context, "late", JURGEN, 805)  # while nobody looks
    with PanelBench(context, clear=False) as again:
        ui = again.panel.query.follow.ui
        assert again.logic.rooms.follow.transfer is None and ui.againCheck.checked
        again.reconnect(context.server.password)
        again.wait(lambda: again.logic.rooms.follow.transfer is not None, "the start by itself")
        again.wait(lambda: _present(again, late["uid"]) == 4, "what came meanwhile", 40)
        assert ui.followCheck.checked
        again.click(ui.followCheck)
        again.wait(lambda: again.logic.rooms.follow.transfer is None, "the end")
        assert not again.logic.rooms.follow.is_kept
    with PanelBench(context, clear=False) as third:
        third.reconnect(context.server.password)
        third.wait(lambda: third.logic.rooms.viewers.known, "what is asked for at each connection")
        assert third.logic.rooms.follow.transfer is None, "followed without the person's wish"


def _tick(tree: Any, name: str) -> None:
    import qt

    for item in map(tree.topLevelItem, range(tree.topLevelItemCount)):
        if name in item.text(0):
            item.setCheckState(0, qt.Qt.Checked)


def scenario_room_is_made_of_what_the_server_has(context: Any) -> None:
    """Counted; offered only what the server has whole and nobody has loaded; removed when asked."""
    import slicer

    store_three_patients(context, 806)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        bench.select(*(("patient", one) for one in ("PAT0012", "PAT0044", "PAT0071")))
        bench.query_ui.methodCombo.currentIndex = 3  # HTTPS
        bench.run_transfer(bench.query_ui.retrieveButton)
        series = _series(context)
        bench.select(("patient", "PAT0071"))
        volumes = len(_volumes())
        bench.click(bench.query_ui.loadButton)  # it is here already
        bench.wait(lambda: len(_volumes()) > volumes, "the volume")
        jiri = next(
            one
            for one in context.server.get_json("/instances?expand")
            if context.server.get_json(f"/instances/{one['ID']}/patient")["MainDicomTags"][
                "PatientID"
            ]
            == "PAT0044"
        )
        context.server.request("DELETE", f"/instances/{jiri['ID']}")
        panel, room = bench.panel.room, bench.logic.rooms.room
        ui = panel.ui
        assert room.state == "idle", "counted though nobody looks"
        bench.sections["room"].collapsed = False
        bench.wait(lambda: room.state == "done", "the count")
        before = room.bytes
        assert len(room.studies) >= 3 and "DICOM database takes" in ui.roomLabel.text
        bench.click(ui.cleanButton)
        bench.wait(lambda: room.state == "done" and not room.running, "what may go", 60)
        names = [study.title for study in room.offered]
        assert any("Pérez" in name for name in names), (names, room.kept_back)
        assert not any("Šimůnek" in name or "Müller" in name for name in names), names
        reasons = "\n".join(room.kept_back)
        assert "does not have it" in reasons and "loaded" in reasons, reasons
        assert not ui.removeButton.enabled and told(ui.removeButton).startswith("Tick")
        (study,) = (one for one in room.offered if "Pérez" in one.title)
        _tick(ui.roomTree, "Pérez")
        paths = [Path(path) for path in study.files]
        assert paths and all(path.exists() for path in paths)
        bench.click(ui.removeButton)
        assert not ui.questionBox.isHidden() and "1 study" in ui.questionLabel.text
        assert all(path.exists() for path in paths), "removed without an answer"
        known = paths[0].stat().st_mtime_ns
        os.utime(paths[0], ns=(known, known + 1))
        bench.click(ui.confirmButton)
        bench.wait(lambda: not room.removing and room.state == "done", "the refusal")
        assert all(path.exists() for path in paths), "removed though it had changed"
        assert "changed meanwhile" in ui.keptLabel.text and not room.removed
        bench.click(ui.cleanButton)
        bench.wait(lambda: room.state == "done", "what may go now", 60)
        _tick(ui.roomTree, "Pérez")
        bench.click(ui.removeButton)
        bench.click(ui.confirmButton)
        bench.wait(lambda: room.removed and room.state == "done", "the removal")
        assert "1 study removed" in ui.freedLabel.text, ui.freedLabel.text
        bench.wait_for_audit(event="remove", outcome="done", stored=1, bytes=study.bytes)
        assert room.freed == study.bytes == before - room.bytes
        assert not any(path.exists() for path in paths)
        assert _present(bench, series["Coronal"]) == 0
        assert all(study.study_instance_uid not in one.title for one in room.studies)
        slicer.mrmlScene.Clear(0)
        ui.keepSpin.value = 1
        assert room.quota == 1_000_000_000 and not room.excess
