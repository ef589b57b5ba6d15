"""The list of what was found: shapes, order, columns, menus, pictures, and its place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, List

from scenarios_panel_query import SMALL, store_three_patients

from Support.data.dicom import PATIENTS, write_ct_series, write_slice
from Support.scenarios.panel_bench import PanelBench, state_of

NAME, DATE, MODALITY, INSTANCES, SIZE, STATE, PATIENT_ID = range(7)
LABELS = 12


def _names(bench: PanelBench, level: str = "0") -> List[str]:
    """The texts of one level, from top to bottom."""
    return [row[1] for row in bench.tree_rows() if row[0] == level]


def _settled(bench: PanelBench) -> None:
    bench.wait(lambda: not bench.panel.query.tree.busy, "the lines")


def _sort(bench: PanelBench, column: int) -> None:
    """Click a column's head."""
    bench.query_ui.resultTree.header().sectionClicked(column)
    _settled(bench)


def _choose(bench: PanelBench, text: str) -> None:
    """Choose from the menu that was filled last."""
    (action,) = [one for one in bench.panel.query.list.menu.actions() if str(one.text) == text]
    assert action.enabled, text
    action.trigger()


def _column(bench: PanelBench, title: str) -> None:
    """Choose a column, or not, from the menu of the head."""
    bench.panel.query.list.fill_columns_menu()
    _choose(bench, title)
    _settled(bench)


def scenario_the_list_has_three_shapes(context: Any) -> None:
    """Patients, studies with the patient's name, or series; remembered."""
    from OrthancConnectLib.panels.query_cells import title_of

    store_three_patients(context, 301)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        ui = bench.query_ui
        assert [len(_names(bench, level)) for level in "012"] == [3, 3, 4]
        ui.shapeCombo.currentIndex = 1
        _settled(bench)
        assert _names(bench)[1] == "Pérez, Núria\nTórax con contraste", _names(bench)
        assert [len(_names(bench, level)) for level in "012"] == [3, 4, 0]
        bench.select(("study", context.targets()[0].study_instance_uid))
        assert title_of(bench.panel.query.tree.selected()).count(" · ") == 1
        ui.shapeCombo.currentIndex = 2
        _settled(bench)
        assert len(_names(bench)) == 4 and "Pérez, Núria\n3  Axial 1 mm" in _names(bench)
        item = bench.find("series", context.targets()[0].series_instance_uid)
        item.setSelected(True)
        (target,) = bench.panel.query.tree.selected_targets()
        assert target.study_instance_uid == context.targets()[0].study_instance_uid
    with PanelBench(context, clear=False) as again:
        assert again.query_ui.shapeCombo.currentIndex == 2
        again.reconnect(context.server.password)
        assert [row[0] for row in again.query()] == ["0"] * 4


def scenario_lines_are_sorted_by_value(context: Any) -> None:
    """Names without case and accents, dates, numbers; what is open and selected stays so."""
    for name, date, slices in (
        ("zorro^a", "20250102", 2),
        ("Älvarez^b", "20240309", 10),
        ("alvaro^c", "20251201", 9),
    ):
        for number in range(slices):
            path = context.new_folder("one") / "one.dcm"
            write_slice(path, name[:3].upper(), number, PatientName=name, StudyDate=date)
            context.server.store(path)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()

        def order() -> List[str]:
            return [name[:6] for name in _names(bench)]

        assert order() == ["Älvare", "alvaro", "zorro,"]
        tree = bench.query_ui.resultTree
        tree.topLevelItem(1).setExpanded(False)
        bench.select(("patient", "ALV"))
        for column, ascending in (
            (DATE, ["Älvare", "zorro,", "alvaro"]),
            (INSTANCES, ["zorro,", "alvaro", "Älvare"]),
            (NAME, ["Älvare", "alvaro", "zorro,"]),
        ):
            _sort(bench, column)
            assert order() == ascending, (column, order())
            _sort(bench, column)
            assert order() == ascending[::-1], (column, order())
            opened = [tree.topLevelItem(one).isExpanded() for one in range(3)]
            assert opened == [not name.startswith("alvaro") for name in order()], opened
            (selected,) = bench.panel.query.tree.selected()
            assert selected.record.patient_name == "alvaro^c"
        _sort(bench, DATE)
    with PanelBench(context, clear=False) as again:
        again.reconnect(context.server.password)
        again.query()
        assert [name[:6] for name in _names(again)] == ["Älvare", "zorro,", "alvaro"]


def scenario_5000_lines_leave_the_panel_free(context: Any) -> None:
    """Written and sorted in slices; the largest gap of a 20 ms timer is reported."""
    from OrthancConnectCore.shared.query import PatientRecord, SeriesRecord, StudyRecord
    from OrthancConnectCore.shared.results import StudyResult

    some = ("segmentation", "Lung", "Ana", "2026-03-12T10:00:00", 9, "study-7")
    results = tuple(StudyResult(*some, f"1.2.7.{number}") for number in range(500))
    patients = tuple(
        PatientRecord(
            f"ID{number:04d}",
            f"Name{number * 7919 % 1000:04d}^X",
            studies=(
                StudyRecord(
                    f"1.2.{number}",
                    f"2025{number % 12 + 1:02d}01",
                    "Study",
                    modalities=("CT",),
                    orthanc_id=f"study-{number}",
                    series=tuple(
                        SeriesRecord(f"1.2.{number}.{one}", one, "CT", "Axial", number % 97)
                        for one in range(5)
                    ),
                ),
            ),
        )
        for number in range(1000)
    )
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        tree = bench.panel.query.tree
        gaps: Dict[str, float] = {}
        for shape in (0, 2):
            bench.query_ui.shapeCombo.currentIndex = shape
            with context.measured_gap() as gap:
                tree.show(patients, {})
                bench.wait(lambda: not tree.busy, "the lines", 120)
            gaps[f"shape {shape}, written"] = gap[0]
            with context.measured_gap() as gap:
                _sort(bench, INSTANCES)
            gaps[f"shape {shape}, sorted"] = gap[0]
            with context.measured_gap() as gap:
                bench.logic.details.results["study-7"] = results
                bench.logic.details.listed.emit("study-7")
                bench.wait(lambda: not tree.busy, "the results", 120)
            gaps[f"shape {shape}, 500 results"] = gap[0]
            tree.clear()
        context.note("7,000 and 5,000 lines, largest gaps in ms: " + str(gaps))
        assert max(gaps.values()) < 1000, gaps


def scenario_columns_are_chosen_and_remembered(context: Any) -> None:
    """By a menu at the head, with order and width; what is empty in all lines takes no room."""
    store_three_patients(context, 303)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        tree = bench.query_ui.resultTree
        header = tree.header()

        def shown() -> List[int]:
            return [one for one in range(14) if tree.columnWidth(one)]

        assert shown() == [NAME, DATE, MODALITY, INSTANCES], shown()
        _column(bench, "Size")
        details = bench.logic.details
        bench.wait(lambda: details.sizes and tree.columnWidth(SIZE), "the sizes")
        sizes = [str(item.text(SIZE)) for item in map(tree.topLevelItem, range(3))]
        bench.wait(lambda: all(tree.topLevelItem(one).text(SIZE) for one in range(3)), "all")
        assert all(size.endswith(" kB") for size in sizes if size), sizes
        _column(bench, "Labels")
        assert LABELS not in shown()  # nothing has any
        _column(bench, "Mod.")
        assert MODALITY not in shown()
        _column(bench, "Patient ID")
        assert PATIENT_ID not in shown()  # stands in the patient's line
        bench.query_ui.shapeCombo.currentIndex = 1
        _settled(bench)
        assert PATIENT_ID in shown()
        header.resizeSection(DATE, 77)
        header.moveSection(header.visualIndex(PATIENT_ID), 1)
    with PanelBench(context, clear=False) as again:
        again.reconnect(context.server.password)
        again.query()
        tree = again.query_ui.resultTree
        assert tree.columnWidth(DATE) == 77 and not tree.columnWidth(MODALITY)
        assert tree.header().visualIndex(PATIENT_ID) == 1


def scenario_the_menu_of_a_line(context: Any) -> None:
    """Identifiers go to the clipboard, the study's page in the best viewer to the browser."""
    import qt

    store_three_patients(context, 304)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        pages: List[str] = []
        bench.logic.adapters.open_page = lambda page: pages.append(page) or True
        (study,) = [
            one
            for one in context.server.get_json("/studies?expand")
            if one["PatientMainDicomTags"]["PatientID"] == "PAT0044"
        ]
        uid = study["MainDicomTags"]["StudyInstanceUID"]
        bench.select(("study", uid))
        menu = bench.panel.query.list
        for text, copied in (("Copy UID", uid), ("Copy Orthanc identifier", study["ID"])):
            menu.fill_menu()
            _choose(bench, text)
            assert str(qt.QApplication.clipboard().text()) == copied
        bench.wait(lambda: bench.logic.rooms.viewers.known, "the viewers")
        bench.select(("patient", "PAT0044"))  # of one study
        menu.fill_menu()
        _choose(bench, "Open")
        bench.wait(lambda: pages, "the page")
        bench.click(menu.viewers.ui.openButton)
        bench.wait(lambda: pages[1:], "the same page")
        assert pages[0] == pages[1] and f"study?uuid={study['ID']}" in pages[0], pages
        assert menu.viewers.menu.menuAction() in menu.menu.actions()
        menu.fill_menu()
        _choose(bench, "Retrieve and load")
        bench.wait(lambda: bench.ended, "the retrieve", 60)
        assert bench.ended[0].loaded, bench.ended[0].error


def scenario_other_content_is_seen_when_it_is_compared(context: Any) -> None:
    """A file of the database that was changed: the line says so, with its number as it was."""
    store_three_patients(context, 307)
    uids = [one.series_instance_uid for one in context.targets()[:2]]
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        menu, comparison = bench.panel.query.list, bench.logic.rooms.comparison
        bench.select(("patient", "PAT0012"))
        menu.fill_menu()
        actions = {str(one.text): one for one in menu.menu.actions()}
        assert not actions["Compare with the server"].enabled, "nothing of it is here"
        bench.run_transfer(bench.query_ui.retrieveButton)
        (file, *_more) = bench.logic.adapters.database.files_of_series(uids[0])
        content = bytearray(Path(file).read_bytes())
        content[-1] ^= 1
        Path(file).write_bytes(content)
        menu.fill_menu()
        _choose(bench, "Compare with the server")
        bench.wait(lambda: comparison.state == "done", "the comparison")
        bench.wait(lambda: not bench.panel.query.tree.busy, "the lines")
        said = str(bench.query_ui.resultLabel.text)
        assert "Other content than the server's: 1 of 10 files" in said, said
        states = [state_of(bench.find("series", uid)) for uid in uids]
        assert states == ["✕ other content", "● in Slicer"], states
        assert state_of(bench.find("patient", "PAT0012")) == "✕ other content"
        content[-1] ^= 1
        Path(file).write_bytes(content)
        menu.fill_menu()
        _choose(bench, "Compare with the server")
        bench.wait(lambda: comparison.state == "done", "the comparison again")
        bench.wait(lambda: not bench.panel.query.tree.busy, "the lines again")
        assert "All 10 files have the server's content" in str(bench.query_ui.resultLabel.text)
        assert state_of(bench.find("series", uids[0])) == "● in Slicer"


def scenario_what_is_here_is_loaded_with_the_server_away(context: Any) -> None:
    """*Load* needs no server for what Slicer has whole; also after Disconnect."""
    import slicer

    store_three_patients(context, 305)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        ui = bench.query_ui
        bench.select(("patient", "PAT0044"))
        assert str(ui.loadButton.text) == "Retrieve and load"
        bench.run_transfer(ui.retrieveButton)
        bench.wait(lambda: str(ui.loadButton.text) == "Load", "the button")
        assert bench.tree_rows()[-1][5] == "● in Slicer", bench.tree_rows()
        bench.click(bench.server_ui.disconnectButton)
        bench.wait(lambda: bench.state == "disconnected", "the end of the connection")
        context.server.kill()
        try:
            assert not ui.retrieveButton.enabled and "Connect" in ui.retrieveButton.toolTip
            bench.click(ui.loadButton)
            assert str(ui.resultLabel.text).startswith("✓ Loaded: "), ui.resultLabel.text
            assert slicer.mrmlScene.GetNodesByClass("vtkMRMLScalarVolumeNode").GetNumberOfItems()
            assert len(bench.ended) == 1
            bench.select(("patient", "PAT0012"))
            assert str(ui.loadButton.text) == "Retrieve and load" and not ui.loadButton.enabled
        finally:
            context.server.restart()


def scenario_series_have_pictures(context: Any) -> None:
    """Of the middle slice, when they come into sight; kept on the disk; off when wished."""
    folder = context.new_folder("ct")
    files = write_ct_series(folder, PATIENTS[0], slices=9, seed=306, **SMALL)
    context.server.store(*files)
    kept = Path(context.folder) / "state" / "pictures"
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        pictures = bench.logic.details.pictures
        bench.wait(lambda: len(pictures) == 1, "the picture")
        (file,) = pictures.values()
        assert Path(file).parent == kept and Path(file).read_bytes()[:4] == b"\x89PNG"
        if os.name == "posix":
            assert kept.stat().st_mode & 0o077 == 0, "others can read the pictures"
        ui, rows = bench.query_ui, bench.panel.query.list
        assert ui.lookBox.isHidden()
        bench.select(("patient", "PAT0012"))
        rows._onSpace()
        bench.wait(lambda: "…" not in ui.lookTitle.text, "the slices")
        assert not ui.lookPictures.isHidden() and ui.lookPictures.pixmap is not None
        assert len(list(kept.glob("*.png"))) == 10
        assert bench.logic.log.transfers == []
        rows._onSpace()
        assert ui.lookBox.isHidden()
        rows.fill_columns_menu()
        _choose(bench, "Pictures of series")
        bench.query()
        context.wait(seconds=0.3)
        assert bench.logic.details.pictures == {}
    Path(file).write_bytes(b"as it was kept")
    with PanelBench(context, clear=False) as again:
        assert not again.panel.query.list.with_pictures
        again.panel.query.list.show_pictures(True)
        again.reconnect(context.server.password)
        again.query()
        again.wait(lambda: again.logic.details.pictures, "the picture")
        assert Path(file).read_bytes() == b"as it was kept", "asked for again"


def scenario_the_list_opens_beside_the_views(context: Any) -> None:
    """With all columns and larger pictures; remembered; another module has the views to itself."""
    import slicer

    window = slicer.util.mainWindow()
    store_three_patients(context, 307)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        ui, rows = bench.query_ui, bench.panel.query.list
        assert ui.largeButton.isHidden() is (window is None)
        if window is None:
            bench.module_widget.enter()
            rows.place(True)
            assert not rows.is_large
            return
        views = window.centralWidget()
        window.resize(2000, 900)
        context.wait(seconds=0.2)
        ui.largeButton.checked = True
        assert rows.is_large and window.findChild("QDockWidget", "OrthancConnectListDock")
        assert not views.isHidden()
        bench.wait(lambda: ui.resultTree.columnWidth(SIZE), "the sizes")
        assert ui.resultStack.currentIndex == 0 and "in the main window" in ui.emptyLabel.text
        bench.select(("patient", "PAT0044"))
        assert ui.retrieveButton.enabled
        bench.module_widget.exit()
        assert not rows.is_large and ui.resultStack.currentIndex == 1
        assert not ui.resultTree.columnWidth(SIZE)
        bench.module_widget.enter()
        assert rows.is_large
        _instead_of_the_views(bench, window)
    with PanelBench(context, clear=False) as again:
        assert not again.panel.query.list.is_large
        again.module_widget.enter()
        assert again.panel.query.list.is_large and views.isHidden()
        again.query_ui.largeButton.checked = False
        assert not again.panel.query.list.is_large
        again.module_widget.exit()
    assert not window.findChildren("QDockWidget", "OrthancConnectListDock")
    assert not views.isHidden()


def _instead_of_the_views(bench: PanelBench, window: Any) -> None:
    """In a small window the list takes their place, until there is something to be seen."""
    button, views = bench.query_ui.largeButton, window.centralWidget()
    button.checked = False
    window.resize(400, 600)
    bench.context.wait(seconds=0.2)
    button.checked = True
    assert views.isHidden() and bench.panel.query.list.is_large
    bench.select(("patient", "PAT0044"))
    bench.run_transfer(bench.query_ui.loadButton)
    assert not views.isHidden() and not bench.panel.query.list.is_large
    button.checked = True
