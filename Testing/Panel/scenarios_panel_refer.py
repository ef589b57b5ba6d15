"""Loading what has no images of its own: with what it belongs to, by plugins that may lack."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator, List, Sequence

import pydicom
from scenarios_panel_query import SMALL
from scenarios_panel_see import NURIA, _end_of, _store_series
from scenarios_panel_transfers import _volumes

from Support.data.dicom import save_dataset, stable_uid, write_ct_series
from Support.data.referring import CLASSES, write_referring
from Support.scenarios.panel_bench import PanelBench


def scenario_what_a_series_refers_to_comes_with_it(context: Any) -> None:
    """Asked once, in the panel: brought and loaded first by Yes, left by No; silent when here."""
    (image,) = _store_series(context, 1, 504)
    uids = {}
    for modality in ("SEG", "RTSTRUCT", "PR"):
        path = context.new_folder("ref") / f"{modality}.dcm"
        uids[modality] = write_referring(path, image, modality)
        context.server.store(path)
    ct = str(pydicom.dcmread(image, stop_before_pixels=True).SeriesInstanceUID)
    with PanelBench(context) as bench:
        loaded = _recorded_loads(bench)
        bench.connected()
        bench.query()
        ui = bench.panel.query.load.ui
        bench.select(("series", uids["PR"]))
        bench.click(bench.query_ui.loadButton)
        bench.wait(lambda: not ui.questionBox.isHidden(), "the question")
        text = ui.questionLabel.text
        assert "presentation state belongs to the series “1  Part 1”, which is not here" in text
        bench.click(ui.noButton)
        assert _end_of(bench, 1).receipt.expected == 1 and ui.questionBox.isHidden()
        assert loaded == [uids["PR"]]
        bench.select(("series", uids["SEG"]), ("series", uids["RTSTRUCT"]))
        bench.click(bench.query_ui.loadButton)
        bench.wait(lambda: not ui.questionBox.isHidden(), "the question")
        text = ui.questionLabel.text
        assert "segmentation" in text and "structure set" in text and ct not in text, text
        bench.click(ui.yesButton)
        transfer = _end_of(bench, 2)
        assert transfer.receipt.expected == 4  # two slices and the two
        assert loaded[1:] == [ct, uids["SEG"], uids["RTSTRUCT"]], loaded
        bench.select(("series", uids["PR"]))
        bench.click(bench.query_ui.loadButton)
        _end_of(bench, 3)
        assert ui.questionBox.isHidden() and loaded[4:] == [ct, uids["PR"]]


@contextmanager
def _plugins(**extensions: Any) -> Iterator[None]:
    """Have only Slicer's own DICOM plugins, and these."""
    import slicer

    plugins = slicer.modules.dicomPlugins
    before = dict(plugins)
    for name in ("DICOMSegmentationPlugin", "DicomRtImportExportPlugin", "DICOMTID1500Plugin"):
        plugins.pop(name, None)
    plugins.update(extensions)
    try:
        yield
    finally:
        plugins.clear()
        plugins.update(before)


def scenario_what_nothing_loads_says_what_would(context: Any) -> None:
    """One fact, and the extension to install; nothing is made of what has no image in Slicer."""
    (image,) = _store_series(context, 1, 507)
    told = {
        "SEG": ("segmentation.", "Install the extension QuantitativeReporting (Ext"),
        "RTSTRUCT": ("structure set.", "Install the extension SlicerRT (Ext"),
        "SR": ("structured report.", "Install the extension QuantitativeReporting (Ext"),
        "PR": ("presentation state.", "“Open” shows it as the server does."),
        "DOC": ("document.", "“Open” shows it as the server does."),
    }
    with _plugins(), PanelBench(context) as bench:
        uids = {}
        for modality in CLASSES:
            path = context.new_folder("ref") / f"{modality}.dcm"
            uids[modality] = write_referring(path, image, modality)
            context.server.store(path)
        bench.connected()
        bench.query()
        before = len(_volumes())
        for index in (1, 3):  # C-GET, HTTPS
            bench.query_ui.methodCombo.currentIndex = index
            for modality, (kind, hint) in told.items():
                transfer = _loaded_alone(bench, uids[modality])
                message = f"This Slicer has nothing that loads this {kind}"
                assert transfer.error.message == message, transfer.error
                assert transfer.error.hint.startswith(hint), transfer.error.hint
                assert transfer.receipt.complete and not transfer.loaded, transfer.receipt
                assert message in bench.query_ui.remarksLabel.text
        assert len(_volumes()) == before


def _loaded_alone(bench: PanelBench, series_uid: str) -> Any:
    """Load a series without what it refers to; return the transfer when it has ended."""
    ui, ended = bench.panel.query.load.ui, len(bench.ended)
    bench.select(("series", series_uid))
    bench.click(bench.query_ui.loadButton)
    bench.wait(lambda: not ui.questionBox.isHidden() or bench.ended[ended:], "the end")
    if not ui.questionBox.isHidden():
        bench.click(ui.noButton)
    return _end_of(bench, ended + 1)


def scenario_a_segmentation_is_loaded_with_its_source(context: Any) -> None:
    """With an extension's plugin: after the series that it is of, in one scene, asked for once."""
    import DICOMLib
    import slicer

    (image,) = _store_series(context, 1, 508)
    path = context.new_folder("ref") / "seg.dcm"
    seg = write_referring(path, image, "SEG")
    context.server.store(path)
    before = len(_volumes())

    class Plugin:
        """As that of QuantitativeReporting, which finds the source among what is loaded."""

        loadType = "DICOMSegmentation"

        def examineForImport(self, fileLists: Any) -> List[Any]:
            value, found = slicer.dicomDatabase.fileValue, []
            for files in fileLists:
                if value(files[0], "0008,0060") == "SEG":
                    found.append(DICOMLib.DICOMLoadable())
                    found[-1].files, found[-1].confidence = list(files), 0.95
            return found

        examine = examineForImport

        def load(self, _loadable: Any) -> bool:
            assert len(_volumes()) == before + 1, "its source is not loaded"
            slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "SEG of it")
            return True

    with _plugins(DICOMSegmentationPlugin=Plugin), PanelBench(context) as bench:
        bench.connected()
        bench.query()
        bench.select(("series", seg))
        bench.click(bench.query_ui.loadButton)
        ui = bench.panel.query.load.ui
        bench.wait(lambda: not ui.questionBox.isHidden(), "the question")
        bench.click(ui.yesButton)
        transfer = _end_of(bench, 1)
        assert transfer.error is None and transfer.notes == [], transfer.notes
        assert transfer.loaded[1:] == ["SEG of it"] and "Part 1" in transfer.loaded[0]
        (node,) = slicer.util.getNodes("SEG of it").values()
        assert node.GetAttribute("OrthancConnect.Modality") == "SEG"


def scenario_what_slicer_warns_of_is_told(context: Any) -> None:
    """That an enhanced CT may be misplaced, and that a slice lacks, which no count sees."""
    folder = context.new_folder("ct")
    images = write_ct_series(folder, NURIA, slices=5, seed=509, **SMALL)
    dataset = pydicom.dcmread(images[0])
    gap = str(dataset.SeriesInstanceUID)
    context.server.store(*images[:2], *images[3:])
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    dataset.SeriesInstanceUID = stable_uid(gap, "enhanced")
    dataset.SOPInstanceUID = stable_uid(gap, "enhanced", 1)
    dataset.NumberOfFrames, dataset.PixelData = 3, dataset.PixelData * 3
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    save_dataset(dataset, folder / "enhanced.dcm")
    context.server.store(folder / "enhanced.dcm")
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        for uid, told in (
            (str(dataset.SeriesInstanceUID), "Multi-frame image. If slice orientation"),
            (gap, "not equally spaced (60 spacing was expected, 120 spacing was found between"),
            (gap, "between files 4 and 2)."),
        ):
            bench.select(("series", uid))
            transfer = bench.run_transfer(bench.query_ui.loadButton)
            assert transfer.state == "done" and len(transfer.loaded) == 1, transfer.error
            assert told in transfer.notes[0], transfer.notes
            assert told[:25] in bench.query_ui.remarksLabel.text


def _recorded_loads(bench: PanelBench) -> List[str]:
    """Tell which series were loaded; Slicer without extensions has no plugin for some of them."""
    database = bench.logic.adapters.database
    load = database.load_series
    loaded: List[str] = []

    def record(series_uid: str) -> Sequence[Any]:
        loaded.append(series_uid)
        return load(series_uid)

    database.load_series = record
    return loaded
