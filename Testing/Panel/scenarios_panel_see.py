"""Loading what was retrieved: which series, with what they refer to, and what nodes remember."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Dict, Iterator, List, Set
from unittest.mock import patch

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from scenarios_panel_query import SMALL
from scenarios_panel_transfers import _series, _volumes

from Support.data.dicom import PATIENTS, save_dataset, stable_uid, write_ct_series
from Support.data.referring import write_referring
from Support.scenarios.files import CannotRunHere
from Support.scenarios.panel_bench import MODULE, PanelBench

NURIA = PATIENTS[0]


def _store_series(context: Any, count: int, seed: int) -> List[Path]:
    """Store one study of so many CT series of two slices; return the first image of each."""
    firsts = []
    for number in range(1, count + 1):
        files = write_ct_series(
            context.new_folder("ct"),
            NURIA,
            series_number=number,
            series_description=f"Part {number}",
            slices=2,
            seed=seed,
            **SMALL,
        )
        context.server.store(*files)
        firsts.append(files[0])
    return firsts


def _ticks(ui: Any) -> Dict[str, bool]:
    import qt

    tree = ui.seriesTree
    items = [tree.topLevelItem(index) for index in range(tree.topLevelItemCount)]
    return {str(item.text(0)): item.checkState(0) == qt.Qt.Checked for item in items}


def _end_of(bench: PanelBench, ended: int) -> Any:
    bench.wait(lambda: len(bench.ended) == ended, "the transfer's end", 60)
    return bench.ended[-1]


def scenario_many_series_are_not_loaded_without_a_question(context: Any) -> None:
    """Of seven series the person says which: images are ticked; the rest is only retrieved."""
    import qt

    firsts = _store_series(context, 6, 501)
    path = context.new_folder("pr") / "pr.dcm"
    write_referring(path, firsts[0], "PR")
    context.server.store(path)
    before = len(_volumes())
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        ui = bench.panel.query.load.ui
        bench.select(("patient", NURIA.patient_id))
        bench.click(bench.query_ui.loadButton)
        assert not ui.whichBox.isHidden() and bench.logic.log.transfers == []
        assert "7 series" in ui.whichLabel.text
        ticks = _ticks(ui)
        assert len(ticks) == 7 and ticks.pop("90  PR of it  ·  PR  ·  1") is False, ticks
        assert ticks.pop("1  Part 1  ·  CT  ·  2") and all(ticks.values())
        bench.click(ui.dropButton)
        assert ui.whichBox.isHidden() and bench.logic.log.transfers == []
        bench.click(bench.query_ui.loadButton)
        for index in range(ui.seriesTree.topLevelItemCount):
            item = ui.seriesTree.topLevelItem(index)
            wanted = str(item.text(0)).startswith(("2 ", "4 "))
            item.setCheckState(0, qt.Qt.Checked if wanted else qt.Qt.Unchecked)
        assert ui.loadChosenButton.text == "Load 2 series"
        bench.click(ui.loadChosenButton)
        transfer = _end_of(bench, 1)
        assert (transfer.state, transfer.receipt.stored) == ("done", 13), transfer.error
        assert len(_volumes()) == before + 2 and len(transfer.loaded) == 2
        assert "Part 2" in bench.query_ui.remarksLabel.text
        bench.click(bench.query_ui.loadButton)
        bench.click(ui.retrieveOnlyButton)
        assert _end_of(bench, 2).receipt.already_stored == 13
        assert len(_volumes()) == before + 2


def scenario_loading_can_be_stopped_between_series(context: Any) -> None:
    """What is loaded is said, "2 of 4"; after Cancel what was loaded stays, and is told."""
    _store_series(context, 4, 502)
    before = len(_volumes())
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        bench.select(("patient", NURIA.patient_id))
        told: List[str] = []

        def onChanged(transfer: Any) -> None:
            if transfer.phase.startswith("Loading"):
                told.append(bench.query_ui.progressText.text)
                if transfer.progress.done == 3:
                    bench.logic.cancel(transfer)

        bench.logic.log.changed.connect(onChanged)
        transfer = bench.run_transfer(bench.query_ui.loadButton)
        assert any("Part 2" in text and "2 of 4" in text for text in told), told
        assert transfer.state == "done" and transfer.receipt.complete
        assert len(_volumes()) == before + 2 and len(transfer.loaded) == 2
        assert "2 of 4 series were loaded" in bench.query_ui.remarksLabel.text


def scenario_volumes_are_rendered_when_wished(context: Any) -> None:
    """By Slicer's own logic of volume rendering; without that module nothing is offered."""
    import slicer

    _store_series(context, 1, 505)
    with _volume_rendering():
        with PanelBench(context) as bench:
            bench.connected()
            bench.query()
            check = bench.panel.query.load.ui.renderCheck
            assert not check.isHidden() and not check.checked
            check.checked = True
            bench.select(("patient", NURIA.patient_id))
            bench.run_transfer(bench.query_ui.loadButton)
            node = _volumes()[-1]
            kind = "vtkMRMLVolumeRenderingDisplayNode"
            displays = [node.GetNthDisplayNode(i) for i in range(node.GetNumberOfDisplayNodes())]
            (display,) = [one for one in displays if one.IsA(kind)]
            assert display.GetVisibility() and display.GetVolumePropertyNode() is not None
        with PanelBench(context, clear=False) as bench:
            assert bench.panel.query.load.ui.renderCheck.checked
    if not hasattr(slicer.modules, "volumerendering"):
        with PanelBench(context, clear=False) as bench:
            bench.reconnect(context.server.password)
            bench.query()
            assert bench.panel.query.load.ui.renderCheck.isHidden()
            assert not bench.panel.query.load.renders


@contextmanager
def _volume_rendering() -> Iterator[None]:
    """Give the stand-in the real logic of the module, which PyPI's slicer-core has."""
    import slicer

    if hasattr(slicer.modules, "volumerendering"):
        yield
        return
    if not hasattr(slicer, "vtkSlicerVolumeRenderingLogic"):
        raise CannotRunHere("this Slicer was built without volume rendering")
    logic = slicer.vtkSlicerVolumeRenderingLogic()
    logic.SetMRMLScene(slicer.mrmlScene)
    slicer.modules.volumerendering = SimpleNamespace(logic=lambda: logic)
    try:
        yield
    finally:
        del slicer.modules.volumerendering


def scenario_nodes_remember_where_they_came_from(context: Any) -> None:
    """Server, profile and identifiers are attributes, and nothing secret is."""
    _store_series(context, 1, 503)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        (uid,) = _series(context).values()
        bench.select(("series", uid))
        bench.run_transfer(bench.query_ui.loadButton)
        node = _volumes()[-1]
        facts = {
            name: node.GetAttribute(name)
            for name in node.GetAttributeNames()
            if name.startswith("OrthancConnect.")
        }
        (record,) = context.server.get_json("/series?expand")
        study = bench.logic.query.patients[0].studies[0].study_instance_uid
        assert facts == {
            "OrthancConnect.Server": context.server.rest_url.split("//")[1],
            "OrthancConnect.Profile": bench.logic.profiles.current.name,
            "OrthancConnect.PatientID": NURIA.patient_id,
            "OrthancConnect.StudyInstanceUID": study,
            "OrthancConnect.SeriesInstanceUID": uid,
            "OrthancConnect.Modality": "CT",
            "OrthancConnect.SeriesOrthancID": record["ID"],
        }


def scenario_a_volume_is_shown_while_it_arrives(context: Any) -> None:
    """What is shown before its end is what Slicer's own plugin makes of the files in the end."""
    import numpy
    import slicer

    files = write_ct_series(
        context.new_folder("ct"), NURIA, slices=60, rows=256, columns=192, seed=506
    )
    context.server.store(*files)
    before = [node.GetID() for node in _volumes()]
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        bench.query_ui.methodCombo.currentIndex = 3  # HTTPS
        bench.select(("patient", NURIA.patient_id))
        scene = bench.logic.adapters.scene
        seen: Dict[str, Any] = {}
        fill, refresh, remove = scene.fill_slice, scene.refresh_volume, scene.remove_volume
        filled: Set[int] = set()

        def onFill(volume: Any, state: Any, index: int) -> None:
            fill(volume, state, index)
            if state["offsets"][index]:
                filled.add(index)

        def onRefresh(volume: Any) -> None:
            refresh(volume)
            seen.setdefault("first", time.monotonic())

        def onRemove(volume: Any) -> None:
            seen["array"] = slicer.util.arrayFromVolume(volume).copy()
            seen["geometry"] = _geometry(volume)
            remove(volume)

        scene.fill_slice, scene.refresh_volume, scene.remove_volume = onFill, onRefresh, onRemove
        begun = time.monotonic()
        transfer = bench.run_transfer(bench.query_ui.loadButton)
        assert transfer.state == "done" and transfer.receipt.verified == 60, transfer.error
        (volume,) = [node for node in _volumes() if node.GetID() not in before]
        assert transfer.loaded == [volume.GetName()] and "Arriving" not in volume.GetName()
        first, all_ = seen["first"] - begun, time.monotonic() - begun
        context.note(
            f"60 slices: first ones shown after {first:.1f} s, all loaded after {all_:.1f}"
        )
        shown, whole = seen["array"], slicer.util.arrayFromVolume(volume)
        assert shown.shape == whole.shape
        # It goes when the whole one is there, on a busy machine before its last slices are filled.
        assert filled and all(numpy.array_equal(shown[one], whole[one]) for one in filled)
        assert numpy.allclose(seen["geometry"], _geometry(volume), atol=1e-4)


def _geometry(volume: Any) -> List[float]:
    """IJK to RAS, spacing and origin of a volume."""
    import vtk

    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    cells = [matrix.GetElement(row, column) for row in range(4) for column in range(4)]
    return [*cells, *volume.GetSpacing(), *volume.GetOrigin()]


def write_slide(folder: Path, patient: Any, columns: int, rows: int, parts: int) -> Any:
    """Write a level of a slide, tiles of 32 pixels, as so many instances; return its pixels.

    In one part it is TILED_FULL, in more each frame tells its place.
    """
    import numpy

    side = 32
    places = [(left, top) for top in range(0, rows, side) for left in range(0, columns, side)]
    y, x = numpy.mgrid[0 : rows + side, 0 : columns + side]
    whole = numpy.stack([x * 3 % 256, y * 5 % 256, (x + y) % 256], axis=-1).astype("uint8")
    folder.mkdir(parents=True, exist_ok=True)
    for part in range(parts):
        dataset, mine = Dataset(), places[part::parts]
        dataset.SpecificCharacterSet = patient.character_set
        dataset.PatientID, dataset.PatientName = patient.patient_id, patient.name
        dataset.StudyInstanceUID = stable_uid("slide", patient.patient_id)
        dataset.SeriesInstanceUID = stable_uid("slide", patient.patient_id, "series")
        dataset.SOPInstanceUID = stable_uid("slide", patient.patient_id, columns, part)
        dataset.SOPClassUID, dataset.Modality = "1.2.840.10008.5.1.4.1.1.77.1.6", "SM"
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
        dataset.SeriesDescription = "Biopsia"
        dataset.TotalPixelMatrixColumns, dataset.TotalPixelMatrixRows = columns, rows
        dataset.ImagedVolumeWidth, dataset.ImagedVolumeHeight = columns * 0.01, rows * 0.02
        dataset.Rows = dataset.Columns = side
        dataset.NumberOfFrames, dataset.InstanceNumber = len(mine), part + 1
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 3, "RGB"
        dataset.PlanarConfiguration = dataset.PixelRepresentation = 0
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
        if parts == 1:
            dataset.DimensionOrganizationType = "TILED_FULL"
        else:
            dataset.DimensionOrganizationType = "TILED_SPARSE"
            dataset.PerFrameFunctionalGroupsSequence = [_place(*place) for place in mine]
        dataset.PixelData = b"".join(
            whole[top : top + side, left : left + side].tobytes() for left, top in mine
        )
        dataset["PixelData"].VR = "OB"
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        save_dataset(dataset, folder / f"{columns}-{part}.dcm")
    return whole[:rows, :columns]


def _place(left: int, top: int) -> Dataset:
    frame, place = Dataset(), Dataset()
    place.ColumnPositionInTotalImagePixelMatrix = left + 1
    place.RowPositionInTotalImagePixelMatrix = top + 1
    frame.PlanePositionSlideSequence = [place]
    return frame


def scenario_a_slide_opens_at_the_level_that_fits(context: Any) -> None:
    """Its levels are told, and the largest that fits is a colour image; no file is left over."""
    import numpy
    import slicer

    folder = context.new_folder("slide")
    pixels = write_slide(folder, NURIA, 150, 100, parts=3)
    write_slide(folder, NURIA, 75, 50, parts=1)
    context.server.store(*sorted(folder.iterdir()))
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        bench.select(("patient", NURIA.patient_id))
        transfer = bench.run_transfer(bench.query_ui.loadButton)
        assert transfer.state == "done" and transfer.error is None, transfer.error
        volume = slicer.util.getNode(transfer.loaded[0])
        assert volume.IsA("vtkMRMLVectorVolumeNode") and "Biopsia" in volume.GetName()
        assert numpy.array_equal(slicer.util.arrayFromVolume(volume)[0], pixels)
        assert numpy.allclose(volume.GetSpacing(), (0.01, 0.02, 1.0))
        assert volume.GetAttribute("OrthancConnect.Modality") == "SM"
        assert "150 × 100 (shown), 75 × 50" in bench.query_ui.remarksLabel.text
        left = list(Path(slicer.app.temporaryPath).glob("orthancconnect-*"))
        assert left == [], left


def scenario_the_console_does_what_the_python_page_says(context: Any) -> None:
    """The page's lines, as they are printed, bring the sample from the server into the scene."""
    import slicer

    from OrthancConnectCore.setup.sample import make_study

    context.server.store(*make_study(context.new_folder("sample")))
    page = (MODULE.parents[1] / "docs" / "en" / "python.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"^```py\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    names: Dict[str, Any] = {"slicer": slicer}
    with PanelBench(context) as bench:
        bench.connected()
        here = {"getModuleWidget": lambda name: {"OrthancConnect": bench.module_widget}[name]}
        with patch.multiple(slicer.util, create=True, **here):
            exec(lines, names)
    (volume,) = names["nodes"]
    assert slicer.util.arrayFromVolume(volume).shape == (60, 256, 256)
    assert names["transfer"].receipt.complete
