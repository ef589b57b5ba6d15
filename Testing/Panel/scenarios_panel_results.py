"""Results of the scene: sent to their study, kept where that fails, and loaded again."""

from __future__ import annotations

from typing import Any, Dict, List

from scenarios_panel_query import SMALL
from scenarios_panel_transfers import _volumes

from Support.data.dicom import PATIENTS, write_ct_series
from Support.scenarios.drawn import (
    draw_large_segmentation,
    draw_markups,
    draw_segmentation,
    draw_statistics,
    draw_volume,
    numbers_of,
    show_what_was_drawn,
    voxels_of,
)
from Support.scenarios.panel_bench import PanelBench, items_of, told


def _loaded(context: Any, bench: PanelBench, seed: int, **more: Any) -> Any:
    """Store a series, load it by the panel, and return its volume."""
    sizes = {**SMALL, "slices": 8, **more}
    files = write_ct_series(context.new_folder("ct"), PATIENTS[0], seed=seed, **sizes)
    context.server.store(*files)
    bench.connected()
    bench.query()
    bench.select(("study", _study(context)["MainDicomTags"]["StudyInstanceUID"]))
    bench.run_transfer(bench.query_ui.loadButton)
    return _volumes()[-1]


def _study(context: Any) -> Any:
    return context.server.get_json("/studies?expand")[0]


def _modalities(context: Any) -> List[str]:
    found = context.server.get_json("/series?expand")
    return sorted(one["MainDicomTags"]["Modality"] for one in found)


def _rows(tree: Any) -> Dict[str, Any]:
    """Return the lines of a tree by what they say first."""
    items = map(tree.topLevelItem, range(tree.topLevelItemCount))
    return {str(item.text(0)): item for item in items}


def _found(bench: PanelBench, count: int) -> Any:
    """Query anew, choose the study, and return its results when they stand below it."""
    bench.query()
    study = bench.logic.query.patients[0].studies[0]
    bench.select(("study", study.study_instance_uid))
    results = bench.logic.details.results
    bench.wait(lambda: study.orthanc_id in results, "the study's results")
    bench.wait(lambda: not bench.panel.query.tree.busy, "their lines")
    found = results[study.orthanc_id]
    assert isinstance(found, tuple) and len(found) == count, found
    return found


def _lines(bench: PanelBench, *kinds: str) -> List[Any]:
    """Return the items of results of some kinds."""
    tree = bench.panel.query.tree
    items = [item for _level, item in items_of(bench.query_ui.resultTree)]
    results = [(item, tree.line_of(item).result) for item in items]
    return [item for item, one in results if one is not None and one.kind in kinds]


def _said(item: Any) -> str:
    return str(item.text(0)).replace("\u00a0", " ")


def _nodes(name: str) -> Dict[str, Any]:
    import slicer

    nodes = slicer.mrmlScene.GetNodesByClass(name)
    nodes.UnRegister(None)
    found = map(nodes.GetItemAsObject, range(nodes.GetNumberOfItems()))
    return {str(node.GetName()): node for node in found}


def _points(node: Any) -> List[List[float]]:
    points = []
    for number in range(node.GetNumberOfControlPoints()):
        point = [0.0, 0.0, 0.0]
        node.GetNthControlPointPositionWorld(number, point)
        points.append([round(part, 2) for part in point])
    return points


def _items(nodes: Any) -> Dict[str, Any]:
    """Return what markups are, to hundredths of a millimetre, by their names."""
    from OrthancConnectLib.adapters.results.parts import state_of

    def rounded(value: Any) -> Any:
        if isinstance(value, float):
            return round(value, 2) + 0.0  # no -0.0
        return tuple(map(rounded, value)) if isinstance(value, (tuple, list)) else value

    found = {}
    for item in map(state_of, nodes):
        parts = (item.kind, item.labels, item.points, item.center, item.axes, item.size)
        measured = [(one.name, one.unit, one.value) for one in item.values]
        found[item.name] = rounded((*parts, item.color, measured))
    return found


def scenario_results_go_home_and_come_back(context: Any) -> None:
    """A drawing, markups and statistics are sent by one click, and come back as they were."""
    import slicer

    context.needs("highdicom")
    with PanelBench(context) as bench:
        volume = _loaded(context, bench, 901)
        panel, results = bench.panel.results, bench.logic.rooms.results
        results.look()
        assert panel.widget.isHidden(), "shown though there is nothing to send"
        drawn = draw_segmentation(volume)
        markups = draw_markups()
        draw_statistics(["肝脏 é", "Tumour"])
        results.look()
        ui = panel.ui
        assert not panel.widget.isHidden()
        rows = _rows(ui.rowsTree)
        line = rows["Segmentation “Lung”"]
        assert (line.text(1), line.text(2)) == ("SEG", "Pérez, Núria  ·  2 Mar 2026")
        assert ui.studyLabel.text == line.text(2)
        assert rows["Contours “Lung”"].text(1) == "RTSTRUCT"
        assert "sent" not in rows["Line “My Line é”"].text(1)
        assert "9 of 11 ticked" in ui.resultsSection.text, ui.resultsSection.text
        voxels, items = voxels_of(drawn), _items(markups.values())
        show_what_was_drawn(context)
        changed: List[str] = []
        for node in (volume, drawn, *markups.values()):
            node.AddObserver("ModifiedEvent", lambda one, _event: changed.append(one.GetName()))
        with context.measured_gap() as gap:
            transfer = bench.run_transfer(ui.sendResultsButton)
        assert changed == [], "the views are painted anew for these"
        context.note(f"sent with a largest gap of {gap[0]:.0f} ms")
        assert transfer.state == "done", (transfer.error, transfer.receipt)
        assert transfer.receipt.verified == transfer.receipt.stored == 2, transfer.receipt
        assert _modalities(context) == ["CT", "SEG", "SR"]
        assert _study(context)["PatientMainDicomTags"]["PatientID"] == "PAT0012"
        assert "2 stored" in ui.resultLabel.text and "2 verified" in ui.resultLabel.text
        bench.wait(lambda: not results.is_ticked(results.rows[0]), "what was sent, as sent")
        assert _rows(ui.rowsTree)["Segmentation “Lung”"].text(1) == "SEG · sent"
        assert not ui.sendResultsButton.enabled and "Tick" in told(ui.sendResultsButton)
        bench.wait(lambda: bench.logic.log.count("running") == 0, "the rest")
        slicer.mrmlScene.Clear(0)
        _found(bench, 2)
        (line,) = _lines(bench, "segmentation")
        title, more = _said(line).split("\n")
        assert title == "Segmentation “Lung”" and more.startswith(f"{context.server.user}  ·  ")
        assert line.isFirstColumnSpanned() and ":" in more and "version" not in more, more
        series = [row for row in bench.tree_rows() if row[0] == "2"]
        assert len(series) == 3, "a result that is a series stands there twice"
        ended = len(bench.ended)
        bench.click(bench.query_ui.loadResultsButton)
        bench.wait(lambda: len(bench.ended) == ended + 2, "images and results", 60)
        for transfer in bench.ended[ended:]:
            assert transfer.state == "done", (transfer.error, transfer.receipt)
        assert len(_volumes()) == 1
        (made,) = _nodes("vtkMRMLSegmentationNode").values()
        assert voxels_of(made) == voxels
        role = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
        assert made.GetNodeReference(role) is _volumes()[0]
        assert _items(_nodes("vtkMRMLMarkupsNode").values()) == items
        segment = made.GetSegmentation().GetNthSegment(0)
        assert segment.GetName() == "肝脏 é"
        assert [round(part, 2) for part in segment.GetColor()] == [0.25, 0.5, 0.75]
        results.look()
        changed = {row.title: row.changed for row in results.rows if row.was_sent}
        assert changed and not any(changed.values()), changed
        _send_a_change(context, bench, made)


def _send_a_change(context: Any, bench: PanelBench, node: Any) -> None:
    """A changed result becomes a new version; the person says whether the earlier one is marked."""
    from OrthancConnectLib.panels.query_results import to_load

    ui, results = bench.panel.results.ui, bench.logic.rooms.results
    node.GetSegmentation().GetNthSegment(1).SetName("Tumour, again")
    results.look()
    bench.click(ui.sendResultsButton)
    assert not ui.questionBox.isHidden() and "1 of these was sent" in ui.questionLabel.text
    assert _modalities(context).count("SEG") == 1, "sent without an answer"
    bench.run_transfer(ui.markButton)
    assert _modalities(context).count("SEG") == 2
    segmentations = [one for one in _found(bench, 3) if one.kind == "segmentation"]
    assert [one.replaced for one in segmentations] == [True, False], segmentations
    old, new = _lines(bench, "segmentation")
    assert _said(old).endswith("  ·  replaced") and "replaced" not in _said(new)
    wanted = to_load(bench.panel.query.tree.selected())
    assert [one for one in wanted.results if one.kind == "segmentation"] == segmentations[1:]
    bench.query_ui.resultTree.clearSelection()
    old.setSelected(True)
    assert to_load(bench.panel.query.tree.selected()).results == (segmentations[0],)


def scenario_results_are_asked_of_open_studies_alone(context: Any) -> None:
    """One whose answer fails says why in a line of its own, until it is opened again."""
    import qt

    files = write_ct_series(context.new_folder("ct"), PATIENTS[0], seed=907, slices=2, **SMALL)
    context.server.store(*files)
    with PanelBench(context) as bench:
        bench.connected()
        _found(bench, 0)
        tree, results = bench.panel.query.tree, bench.logic.details.results
        (study,) = results
        item = bench.query_ui.resultTree.topLevelItem(0).child(0)
        assert tree.wanted()[2] == [study] and item.childCount() == 1
        item.setExpanded(False)
        assert tree.wanted()[2] == []
        context.server.kill()
        try:
            item.setExpanded(True)
            bench.wait(lambda: study in results and not tree.busy, "what became of it")
            line = item.child(1)
            told = ["".join(text.split()) for text in (_said(line), results[study].message)]
            assert told[0] == f"✗{told[1]}", told
            assert line.isFirstColumnSpanned() and not line.flags() & qt.Qt.ItemIsSelectable
        finally:
            context.server.restart()
        item.setExpanded(False)
        item.setExpanded(True)
        bench.wait(lambda: results.get(study) == () and not tree.busy, "the answer")
        assert item.childCount() == 1


def scenario_results_wait_for_a_server_that_was_away(context: Any) -> None:
    """What could not be sent waits on the disk, also for the next session, and then arrives."""
    import slicer

    context.needs("highdicom")
    with PanelBench(context) as bench:
        volume = _loaded(context, bench, 902)
        draw_segmentation(volume)
        results, ui = bench.logic.rooms.results, bench.panel.results.ui
        results.look()
        context.server.stop_nginx()
        try:
            bench.click(ui.sendResultsButton)
            transfer = results.transfer
            bench.wait(lambda: transfer.phase == "Sending" or transfer.ended, "the sending", 30)
            bench.close()  # as at a crash: nobody cancels, and nothing is cleaned up
        finally:
            context.server.start_nginx()
    slicer.mrmlScene.Clear(0)
    with PanelBench(context, clear=False) as again:
        panel, ui = again.panel.results, again.panel.results.ui
        assert panel.widget.isHidden(), "offered without a server"
        again.reconnect(context.server.password)
        again.wait(lambda: again.logic.rooms.results.waiting, "what waits")
        assert not panel.widget.isHidden() and ui.rowsTree.isHidden()
        assert "1 result waits" in ui.waitingLabel.text, ui.waitingLabel.text
        again.click(ui.showWaitingButton)
        assert "Lung" in ui.waitingList.text
        before = len(again.ended)
        again.click(ui.sendWaitingButton)
        again.wait(lambda: len(again.ended) > before, "the end", 60)
        (transfer,) = again.ended[before:]
        assert (transfer.state, transfer.receipt.verified) == ("done", 1), transfer.error
        assert _modalities(context) == ["CT", "SEG"]
        again.wait(lambda: ui.waitingBox.isHidden(), "nothing that waits")


def scenario_what_results_need_is_installed_by_a_click(context: Any) -> None:
    """Without highdicom the result waits; its button installs it and sends what waits."""
    import os

    context.needs("highdicom")
    with PanelBench(context) as bench:
        draw_segmentation(_loaded(context, bench, 904))
        path = os.environ.get("PYTHONPATH")
        bench.hide_package("highdicom")
        results, ui = bench.logic.rooms.results, bench.panel.results.ui
        results.look()
        transfer = bench.run_transfer(ui.sendResultsButton)
        assert transfer.state == "incomplete", transfer.error
        bench.wait(lambda: results.waiting, "the result that waits")
        assert ui.installButton.text == "Install highdicom" and not ui.installButton.isHidden()
        installed: List[str] = []

        def install(package: str) -> None:
            installed.append(package)
            if path is None:
                del os.environ["PYTHONPATH"]
            else:
                os.environ["PYTHONPATH"] = path

        bench.logic.adapters.install = install
        transfer = bench.run_transfer(ui.installButton)
        assert (transfer.state, installed) == ("done", ["highdicom"]), transfer.receipt
        assert _modalities(context) == ["CT", "SEG"] and ui.installButton.isHidden()
        bench.wait(lambda: not results.waiting, "nothing that waits")
        assert _rows(ui.rowsTree)["Segmentation “Lung”"].text(1) == "SEG · sent"


def scenario_a_scene_is_kept_with_its_study(context: Any) -> None:
    """Only where it is ticked; opened only with consent; a computed volume becomes a series."""
    import slicer

    with PanelBench(context) as bench:
        volume = _loaded(context, bench, 903)
        line = draw_markups()["Line"]
        points = _points(line)
        results, panel = bench.logic.rooms.results, bench.panel.results
        computed = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
        computed.Copy(volume)
        computed.SetName("Smooth")
        results.look()
        can_export = hasattr(slicer.modules, "createdicomseries")
        for row in results.rows:
            results.tick(row.key, row.kind in ("scene", "volume"))
        text = next(text for text in _rows(panel.ui.rowsTree) if text.startswith("Scene"))
        assert _rows(panel.ui.rowsTree)[text].text(1) == "with the study"
        transfer = bench.run_transfer(panel.ui.sendResultsButton)
        assert transfer.state == "done", (transfer.error, transfer.receipt)
        assert _modalities(context) == (["CT", "CT"] if can_export else ["CT"])
        slicer.mrmlScene.Clear(0)
        _found(bench, 2 if can_export else 1)
        loader, box = bench.logic.rooms.study_results, bench.panel.query.load.ui
        for shape, count in ((2, 0), (1, 1), (0, 1)):
            bench.query_ui.shapeCombo.currentIndex = shape
            bench.wait(lambda: not bench.panel.query.tree.busy, "the lines")
            assert len(_lines(bench, "scene")) == count, shape
        (scene,) = _lines(bench, "scene")
        bench.query_ui.resultTree.clearSelection()
        scene.setSelected(True)
        assert "Load with results" in bench.query_ui.reasonLabel.text
        assert not bench.query_ui.retrieveButton.enabled and box.questionBox.isHidden()
        bench.panel.query._onEnter()
        assert not box.questionBox.isHidden() and "trust" in box.questionLabel.text
        assert _nodes("vtkMRMLMarkupsLineNode") == {}, "opened without an answer"
        before = len(bench.ended)
        bench.click(box.yesButton)
        bench.wait(
            lambda: (
                len(bench.ended) > before
                and not loader.running
                and bench.logic.log.count("running") == 0
            ),
            "the scene",
            60,
        )
        found = _points(_nodes("vtkMRMLMarkupsLineNode")["My Line é"])
        assert found == points, found
        assert "Smooth" in {str(node.GetName()) for node in _volumes()}


def scenario_a_large_segmentation_keeps_nothing_waiting(context: Any) -> None:
    """200 slices of 512 × 512 with 10 segments on two layers, to the disk and back."""
    import slicer

    from OrthancConnectCore.shared.results import Result
    from OrthancConnectLib.adapters.database import SlicerDatabase
    from OrthancConnectLib.adapters.results.found import SceneResults
    from OrthancConnectLib.turns import Turns

    drawn = draw_large_segmentation()
    show_what_was_drawn(context)
    results = SceneResults(SlicerDatabase())
    folder, ended = context.new_folder("result"), []
    nodes: List[Any] = []
    with context.measured_gap() as looking:
        row = next(one for one in results.found() if one.kind == "segmentation")
        context.wait(seconds=0.05)
    facts = {"title": "Large", "created": "2026-03-12T10:00:00+01:00", "origin": "o"}
    with context.measured_gap() as writing:
        Turns(results.write([row], str(folder), facts), lambda: ended.append(None), ended.append)
        assert context.wait(lambda: ended, 60) and ended == [None], ended
    result = Result.from_json((folder / "result.json").read_bytes())
    assert sum(layer.bytes for layer in result.layers) == 2 * 200 * 512 * 512
    slicer.mrmlScene.RemoveNode(drawn)
    with context.measured_gap() as reading:
        steps = results.make(result, str(folder), {}, nodes)
        Turns(steps, lambda: ended.append(None), ended.append)
        assert context.wait(lambda: len(ended) == 2, 60) and ended[1] is None, ended
    assert nodes[0].GetSegmentation().GetNumberOfSegments() == 10
    gaps = {"looking": looking, "writing": writing, "reading": reading}
    told = [f"{name} {gap[0]:.0f} ms" for name, gap in gaps.items()]
    context.note("largest gaps: " + ", ".join(told))
    drawn_by_slicer = hasattr(slicer.app.layoutManager(), "threeDWidget")  # as soon as it is read
    assert max(looking[0], writing[0], 0 if drawn_by_slicer else reading[0]) < 50, told


def scenario_contours_come_back_as_a_segmentation(context: Any) -> None:
    """Where they are ticked they go as RTSTRUCT; what comes back is drawn by their lines."""
    import slicer

    for package in ("highdicom", "contourpy"):
        context.needs(package)
    with PanelBench(context) as bench:
        drawn = draw_segmentation(_loaded(context, bench, 905))
        before = voxels_of(drawn)
        results, ui = bench.logic.rooms.results, bench.panel.results.ui
        results.look()
        for row in results.rows:
            results.tick(row.key, row.kind == "contours")
        transfer = bench.run_transfer(ui.sendResultsButton)
        assert transfer.state == "done", (transfer.error, transfer.receipt)
        assert _modalities(context) == ["CT", "RTSTRUCT"]
        slicer.mrmlScene.Clear(0)
        _found(bench, 1)
        ended = len(bench.ended)
        bench.click(bench.query_ui.loadResultsButton)
        bench.wait(lambda: len(bench.ended) == ended + 2, "images and contours", 60)
        (made,) = _nodes("vtkMRMLSegmentationNode").values()
        after = voxels_of(made)
        assert set(after) == set(before)
        for name, voxels in before.items():
            same = len(set(voxels) & set(after[name]))
            assert same > 0.9 * max(len(voxels), len(after[name])), (name, same)
        results.look()
        sent = {row.kind: row.was_sent for row in results.rows if row.title == made.GetName()}
        assert sent == {"segmentation": False, "contours": True}


def scenario_real_numbers_come_back_as_they_were(context: Any) -> None:
    """A computed volume of fractions goes as a parametric map, and none is rounded on its way."""
    import slicer

    context.needs("highdicom")
    with PanelBench(context) as bench:
        drawn = draw_volume(_loaded(context, bench, 906), "ADC")
        before = numbers_of(drawn)
        results, ui = bench.logic.rooms.results, bench.panel.results.ui
        results.look()
        show_what_was_drawn(context)
        with context.measured_gap() as gap:
            transfer = bench.run_transfer(ui.sendResultsButton)
        context.note(f"sent with a largest gap of {gap[0]:.0f} ms")
        assert transfer.state == "done", (transfer.error, transfer.receipt)
        slicer.mrmlScene.Clear(0)
        (found,) = _found(bench, 1)
        assert (found.kind, found.is_map, found.title) == ("volume", True, "ADC")
        ended = len(bench.ended)
        bench.click(bench.query_ui.loadResultsButton)
        bench.wait(lambda: len(bench.ended) == ended + 2, "images and map", 60)
        for transfer in bench.ended[ended:]:
            assert transfer.state == "done", (transfer.error, transfer.receipt)
        (made,) = (node for node in _volumes() if node.GetName() == "ADC")
        assert numbers_of(made) == before and len(_volumes()) == 2
        results.look()
        (row,) = (row for row in results.rows if row.title == "ADC")
        assert row.was_sent and not row.changed
