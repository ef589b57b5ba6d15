"""Pictures of the list of what was found, in the panel and beside the views."""

from __future__ import annotations

from typing import Any

from Support.data.dicom import write_slice
from Support.scenarios.panel_bench import PanelBench


def tree(bench: PanelBench, camera: Any) -> None:
    """The list in its three shapes, with slices of a series; then beside the views."""
    bench.connected()
    _tell_more(bench)
    bench.query()
    ui, tree = bench.query_ui, bench.query_ui.resultTree
    pictures = bench.logic.details.pictures
    bench.wait(lambda: pictures and all(pictures.values()), "the pictures")
    bench.select(("patient", "PAT0012"))
    tree.topLevelItem(0).setExpanded(False)
    bench.panel.query.list.look()
    bench.wait(lambda: "…" not in ui.lookTitle.text, "the slices")
    camera.take(bench, "tree")
    for shape, name in ((1, "tree-studies"), (2, "tree-series")):
        ui.shapeCombo.currentIndex = shape
        bench.wait(lambda: not bench.panel.query.tree.busy, "the lines")
        bench.context.wait(seconds=0.3)
        camera.take(bench, name)
    for shape in (0, 1, 2):
        ui.shapeCombo.currentIndex = shape
        for size in ((1400, 1000), (1024, 600)):
            take_window(bench, camera, f"tree-large-{shape}-{size[0]}", *size)


def _tell_more(bench: PanelBench) -> None:
    """Fill what the studies on the server have not: physicians and institutions."""
    folder = bench.context.new_folder("more")
    more = {
        "ReferringPhysicianName": "Gutiérrez de la Peña^María",
        "InstitutionName": "Universitätsklinikum Schleswig-Holstein",
        "AccessionNumber": "ACC20260302",
        "BodyPartExamined": "CHEST",
        "StudyDescription": "Verlaufskontrolle Thorax und Abdomen nach Kontrastmittelgabe",
        "SeriesDescription": "Portalvenöse Phase, koronare Rekonstruktion 1 mm",
        "PatientName": "Hohenzollern-Sigmaringen^Friedrich Wilhelm",
        "StudyDate": "20260302",
    }
    for number in range(3):
        write_slice(folder / f"{number}.dcm", "LONG-0001", number, **more)
        bench.server.store(folder / f"{number}.dcm")


def take_window(bench: PanelBench, camera: Any, name: str, width: int, height: int) -> None:
    """Take the main window, with the panel at its left and the list beside the views."""
    import qt
    import slicer

    window = slicer.util.mainWindow()
    window._show_panel(bench.module_widget.parent)
    window.resize(width, height)
    window.show()
    window.resizeDocks([window._dock], [440], qt.Qt.Horizontal)
    bench.context.wait(seconds=0.1)
    bench.query_ui.largeButton.checked = True
    bench.wait(lambda: not bench.panel.query.tree.busy, "the lines")
    bench.context.wait(seconds=0.5)
    camera.save(window, name)
    bench.query_ui.largeButton.checked = False


def cases(bench: Any, camera: Any) -> None:
    """My cases: one that the reviewer sent back is open, another one waits; labels of a study."""
    from OrthancConnectCore.orthanc.client import OrthancClient
    from OrthancConnectCore.shared.credentials import Credentials
    from OrthancConnectCore.worklist.cases import create
    from OrthancConnectCore.worklist.steps import claim_next, step

    bench.connected()
    server, logic = bench.server, bench.logic
    profile = logic.connection.profile
    with OrthancClient(profile, Credentials(server.user, server.password)) as client:
        create(client, "torax-2026", server.get_json("/studies"), reviews=True)
        for user in (server.user, "eva"):
            done = claim_next(client, "torax-2026", user)
            assert done is not None
            step(client, "torax-2026", done.orthanc_id, "done", user)
            if user != "eva":
                text = "Falta el lóbulo izquierdo"
                step(client, "torax-2026", done.orthanc_id, "reject", "eva", text=text)
    lists, ui = logic.rooms.worklists, bench.panel.worklist.ui
    lists.look(*logic.server())
    ui.worklistSection.collapsed = False
    bench.wait(lambda: lists.lists, "the list")
    bench.click(ui.nextCaseButton)
    bench.wait(lambda: lists.case is not None and not lists.running, "the case")
    bench.wait(lambda: not logic.log.count("running"), "the transfers", 60)
    bench.query()
    study = str(lists.case["study_instance_uid"])
    bench.select(("study", study))
    _choose(bench, "Labels…", "Etiquetas…")
    bench.wait(lambda: logic.rooms.labels.state == "done", "the labels")
    camera.take(bench, "cases")


def _choose(bench: PanelBench, *texts: str) -> None:
    """Choose of the list's menu, in one of its languages."""
    bench.panel.query.list.fill_menu()
    (action,) = [one for one in bench.panel.query.list.menu.actions() if one.text in texts]
    action.trigger()


def editing(bench: PanelBench, camera: Any) -> None:
    """What is asked before a study goes, and before it is corrected."""
    bench.connected()
    bench.query()
    bench.query_ui.resultTree.topLevelItem(1).child(0).setSelected(True)
    for name, *texts in (
        ("delete", "Delete on the server…", "Borrar en el servidor…"),
        ("correct", "Correct on the server…", "Corregir en el servidor…"),
    ):
        _choose(bench, *texts)
        bench.wait(lambda: bench.logic.rooms.editing.state == "asking", "what there is")
        camera.take(bench, name)


def administrators(bench: PanelBench, camera: Any) -> None:
    """What is wrong with the server, a configuration to be written, and one that was."""
    bench.connected()
    panel, parts = bench.panel.administrators, bench.logic.rooms.administration
    bench.sections["administrators"].collapsed = False
    bench.sections["find"].collapsed = True
    bench.click(panel.ui.checkServerButton)
    bench.wait(lambda: parts.findings.state == "done", "the findings")
    panel.ui.setupButton.checked = True
    ui = panel.setup.ui
    ui.folderEdit.currentPath = str(bench.context.new_folder() / "server")
    ui.hostsEdit.text, ui.usersEdit.text = "localhost, 127.0.0.1", "ana, jiri"
    ui.slicersText.plainText = "mac1, SlicerMac1, 127.0.0.1, 11112"
    bench.click(ui.previewButton)
    bench.wait(lambda: parts.setup.state == "asking", "the plan")
    bench.click(ui.writeButton)
    camera.take(bench, "administrators-asks")
    bench.click(ui.confirmButton)
    bench.wait(lambda: parts.setup.state == "done", "the files")
    camera.take(bench, "administrators")
