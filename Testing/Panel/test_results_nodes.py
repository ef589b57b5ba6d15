"""Results of the scene with Slicer's real nodes: what is found, written, and made of it again."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any, List

import numpy
import pytest

from Support.data.dicom import PATIENTS, write_ct_series
from Support.scenarios.drawn import (
    draw_markups,
    draw_segmentation,
    draw_statistics,
    draw_volume,
    numbers_of,
    voxels_of,
)

FACTS = {"title": "Mine", "created": "2026-03-12T10:00:00+01:00", "origin": "o-1", "author": "ana"}


class Bench:
    """A loaded series, and the adapters."""

    def __init__(self, started: Any, folder: Path) -> None:
        import slicer
        from DICOMLib import DICOMUtils

        from OrthancConnectLib.adapters.database import SlicerDatabase
        from OrthancConnectLib.adapters.results.found import SceneResults

        self.database = SlicerDatabase()
        assert self.database.open_if_needed()
        files = write_ct_series(folder / "ct", PATIENTS[0], slices=6, rows=24, columns=20)
        DICOMUtils.importDicom(str(folder / "ct"))
        self.uid = next(
            series
            for patient in slicer.dicomDatabase.patients()
            for study in slicer.dicomDatabase.studiesForPatient(patient)
            for series in slicer.dicomDatabase.seriesForStudy(study)
        )
        (self.volume,) = self.database.load_series(self.uid).nodes
        self.files = files
        self.results = SceneResults(self.database)
        self.folder = folder

    def rows(self, **wanted: Any) -> List[Any]:
        return [
            one
            for one in self.results.found()
            if all(getattr(one, name) == value for name, value in wanted.items())
        ]

    def write(self, some: List[Any], name: str = "out", **facts: Any) -> Any:
        from OrthancConnectCore.shared.results import Result

        folder = self.folder / name
        folder.mkdir()
        for _step in self.results.write(some, str(folder), {**FACTS, **facts}):
            pass
        return Result.from_json((folder / "result.json").read_bytes()), folder

    def make(self, result: Any, folder: Path) -> List[Any]:
        nodes: List[Any] = []
        facts = {"Server": "server:8042", "replaces": "1.2.3"}
        copy = shutil.copytree(folder, folder.with_name(folder.name + "-read"))
        for _step in self.results.make(result, str(copy), facts, nodes):
            pass
        assert not copy.exists()
        return nodes


@pytest.fixture()
def bench(started: Any, tmp_path: Path) -> Bench:
    return Bench(started, tmp_path)


def test_a_segmentation_comes_back_as_it_was(bench: Bench) -> None:
    drawn = draw_segmentation(bench.volume)
    (row,) = bench.rows(kind="segmentation")
    assert (row.title, row.reason, row.patient_name) == ("Lung", "", "Pérez^Núria")
    assert row.source.series_instance_uid == bench.uid and row.source.patient_id == "PAT0012"
    assert row.source.study_instance_uid and row.changed is None
    result, folder = bench.write([row])
    assert len(result.source.files) == 6 and result.origin == "o-1"
    assert sorted(path.name for path in folder.iterdir()) == [
        *(layer.file for layer in result.layers),
        "result.json",
    ]
    (made,) = bench.make(result, folder)
    assert voxels_of(made) == voxels_of(drawn)
    (row,) = bench.rows(title=made.GetName(), kind="segmentation")
    assert (row.origin, row.replaces, row.changed) == ("o-1", "1.2.3", False)
    assert row.source.series_instance_uid == bench.uid
    again, _folder = bench.write(bench.rows(title=made.GetName(), kind="segmentation"), "again")
    assert again.segments == result.segments and again.layers == result.layers
    liver = result.segments[0]
    assert liver.type is not None and liver.type[:2] == ("10200004", "SCT")
    assert liver.name == "肝脏 é" and liver.algorithm_type == "SEMIAUTOMATIC"


def test_segments_that_others_call_the_same_stay_apart(bench: Bench) -> None:
    drawn = draw_segmentation(bench.volume)
    result, folder = bench.write(bench.rows(kind="segmentation"))
    same = tuple(replace(one, id="Lesion") for one in result.segments)
    (made,) = bench.make(replace(result, segments=same), folder)
    assert voxels_of(made) == voxels_of(drawn)


def test_transforms_are_in_what_is_written(bench: Bench) -> None:
    """A turn and a shift are applied; what bends is not, and the sentence says what to do."""
    import slicer
    import vtk

    drawn = draw_segmentation(bench.volume)
    line = draw_markups()["Line"]
    shift = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    turned = vtk.vtkTransform()
    turned.RotateZ(90)
    turned.Translate(5, 0, 2)
    shift.SetMatrixTransformToParent(turned.GetMatrix())
    for node in (drawn, line):
        node.SetAndObserveTransformNodeID(shift.GetID())
    (made,) = bench.make(*bench.write(bench.rows(title="Lung", kind="segmentation")))
    assert voxels_of(made) == voxels_of(drawn)
    result, _folder = bench.write(bench.rows(what="line"), "line")
    assert numpy.allclose(result.items[0].points, [(0, -5, 2), (40, -35, 2)])
    assert [(one.value, one.unit) for one in result.items[0].values] == [(50.0, "mm")]
    bent = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLBSplineTransformNode")
    spline = vtk.vtkThinPlateSplineTransform()
    bent.SetAndObserveTransformToParent(spline)
    drawn.SetAndObserveTransformNodeID(bent.GetID())
    (row,) = bench.rows(title="Lung", kind="segmentation")
    assert "harden" in row.reason


def test_markups_of_each_kind_come_back(bench: Bench) -> None:
    drawn = draw_markups()
    rows = bench.rows(kind="measurements")
    assert len(rows) == len(drawn) and not any(row.reason for row in rows), rows
    assert {row.source.series_instance_uid for row in rows} == {bench.uid}  # the only one there is
    result, folder = bench.write(rows)
    assert {item.kind for item in result.items} == {
        *("points", "line", "angle", "curve", "closed_curve", "plane", "roi")
    }
    made = bench.make(result, folder)
    for row in bench.results.found():
        if row.kind == "measurements" and row.title in {node.GetName() for node in made}:
            assert not row.reason
    again, _folder = bench.write(
        [row for row in bench.rows(kind="measurements") if row.replaces == "1.2.3"],
        "again",
    )
    for before, after in zip(result.items, again.items):
        assert (before.kind, before.labels, before.color) == (after.kind, after.labels, after.color)
        assert numpy.allclose(before.points, after.points, atol=0.01)
        for name in ("center", "axes", "size"):
            one, other = getattr(before, name), getattr(after, name)
            assert one == other or numpy.allclose(one, other, atol=0.01), (before.kind, name)
        assert [(one.name, one.unit) for one in before.values] == [
            (one.name, one.unit) for one in after.values
        ]
        assert numpy.allclose(
            *([one.value for one in item.values] for item in (before, after)), rtol=1e-4
        )


def test_what_lacks_something_says_what(bench: Bench) -> None:
    import slicer

    add = slicer.mrmlScene.AddNewNodeByClass
    add("vtkMRMLSegmentationNode", "Nothing")
    add("vtkMRMLMarkupsAngleNode", "Two").AddControlPointWorld(1, 2, 3, "")
    add("vtkMRMLMarkupsROINode", "Unplaced")
    add("vtkMRMLLabelMapVolumeNode", "Map")
    add("vtkMRMLScalarVolumeNode", "Stranger")
    drawn = draw_segmentation(bench.volume)
    add("vtkMRMLModelNode", "Tumour")
    add("vtkMRMLModelNode", "Skull")
    add("vtkMRMLTableNode", "Anything")
    reasons = {row.title: row.reason for row in bench.results.found()}
    assert reasons.pop(drawn.GetName()) == reasons.pop("Scene") == ""
    assert set(reasons) == {"Nothing", "Two", "Unplaced", "Map", "Stranger", "Tumour"}
    words = {"Nothing": "no segments", "Two": "not complete", "Unplaced": "not complete"}
    words.update(Map="segmentation first", Stranger="no voxels", Tumour="“Lung”")
    for title, word in words.items():
        assert word in reasons[title], (title, reasons[title])
    line = draw_markups()["Line"]  # with a stranger among the images nobody knows whose it is
    (row,) = bench.rows(title=line.GetName())
    assert "no study" in row.reason


def test_statistics_go_with_their_segments(bench: Bench) -> None:
    draw_segmentation(bench.volume)
    draw_statistics(["肝脏 é", "Tumour"])
    (row,) = bench.rows(what="statistics")
    result, folder = bench.write([row])
    assert [one.segment for one in result.statistics] == ["肝脏 é", "Tumour"]
    value = result.statistics[1].values[0]
    assert (value.value, value.unit) == (2.5, "cm3") and value.code.value == "118565006"
    (made,) = bench.make(result, folder)
    again, _folder = bench.write(bench.rows(title=made.GetName()), "again")
    assert again.statistics == result.statistics


def test_a_computed_volume_is_written_by_slicers_module(bench: Bench, started: Any) -> None:
    """What was loaded is no result; a copy of it is one, of the same study."""
    import slicer

    from OrthancConnectLib.turns import Turns

    assert bench.rows(kind="volume") == []
    copy = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Smooth")
    copy.Copy(bench.volume)
    copy.SetName("Smooth")
    (row,) = bench.rows(kind="volume")
    assert row.reason == "" and row.source.series_instance_uid == bench.uid
    folder = bench.folder / "out"
    folder.mkdir()
    ended: List[Any] = []
    steps = bench.results.write([row], str(folder), FACTS)
    Turns(steps, lambda: ended.append(None), ended.append)
    assert started.process_events(lambda: ended, 20) and ended == [None]
    told = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert len(told["files"]) == 6 and all((folder / name).exists() for name in told["files"])


@pytest.mark.parametrize("kind", ["float32", "float64", "int32"])
def test_what_slicers_module_would_cut_comes_back_as_it_was(bench: Bench, kind: str) -> None:
    """That makes 16-bit whole numbers of whatever it gets."""
    drawn = draw_volume(bench.volume, "ADC", kind)
    (row,) = bench.rows(title="ADC", kind="volume")
    assert row.reason == "" and row.source.series_instance_uid == bench.uid
    result, folder = bench.write([row])
    (layer,) = result.layers
    assert layer.type == ("float32" if kind == "float32" else "float64")
    assert layer.unit == ("mm2/s", "UCUM", "mm2/s") and layer.quantity is None
    (made,) = bench.make(result, folder)
    assert numbers_of(made) == numbers_of(drawn)
    (row,) = bench.rows(title=made.GetName())
    assert (row.origin, row.replaces, row.changed) == ("o-1", "1.2.3", False)


def test_what_is_no_number_or_several_is_not_written(bench: Bench) -> None:
    import slicer
    import vtk

    from OrthancConnectCore.shared.errors import InputError

    drawn = draw_volume(bench.volume, "FA", "float32")
    slicer.util.arrayFromVolume(drawn)[0, 0, 0] = numpy.nan
    with pytest.raises(InputError, match="no numbers"):
        bench.write(bench.rows(title="FA", kind="volume"))
    image = vtk.vtkImageData()
    image.SetDimensions(2, 2, 2)
    image.AllocateScalars(vtk.VTK_FLOAT, 3)
    drawn.SetAndObserveImageData(image)
    assert "several numbers" in bench.rows(title="FA", kind="volume")[0].reason


def test_a_scene_is_saved_beside_its_own_place_and_added_again(bench: Bench) -> None:
    import slicer

    drawn = draw_segmentation(bench.volume)
    voxels = voxels_of(drawn)
    slicer.mrmlScene.SetURL("/somewhere/mine.mrml")
    (row,) = bench.rows(kind="scene")
    assert row.bytes > 0 and row.origin == ""
    result, folder = bench.write([row])
    assert slicer.mrmlScene.GetURL() == "/somewhere/mine.mrml"
    assert result.size == (folder / result.file).stat().st_size > 1000
    slicer.mrmlScene.Clear(0)
    line = draw_markups()["Line"]
    bench.make(result, folder)
    names = {row.title for row in bench.results.found()}
    assert {"Lung", line.GetName()} <= names, names
    node = next(
        slicer.mrmlScene.GetNthNodeByClass(number, "vtkMRMLSegmentationNode")
        for number in range(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode"))
    )
    assert voxels_of(node) == voxels


@pytest.mark.parametrize("packs_well", [True, False])
def test_a_scene_that_orthanc_would_not_keep_is_not_saved_at_all(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, packs_well: bool
) -> None:
    """What it will have is told by samples: nothing is on the disk of one that is too large."""
    import slicer

    from OrthancConnectCore.shared.errors import InputError
    from OrthancConnectLib.adapters.results import volumes

    voxels = numpy.zeros((80, 100, 100), "float32")
    if not packs_well:
        voxels += numpy.random.default_rng(1).normal(size=voxels.shape)
    slicer.util.addVolumeFromArray(voxels, name="Computed")
    monkeypatch.setattr(volumes, "LARGEST_SCENE", 2_500_000)
    if packs_well:
        result, folder = bench.write(bench.rows(kind="scene"))
        assert sorted(path.name for path in folder.iterdir()) == ["result.json", "scene.mrb"]
        assert (folder / "scene.mrb").stat().st_size == result.size < 100_000
        return
    with pytest.raises(InputError, match="would have about 0.0 GB.* keeps attachments") as caught:
        bench.write(bench.rows(kind="scene"))
    assert "the server has already" in caught.value.hint
    assert list((bench.folder / "out").iterdir()) == []


OUTSIDE = ("../../evil.txt", "/evil.txt", "a\\..\\..\\evil.txt", "C:evil.txt", "link")


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_scene_whose_files_lie_elsewhere_is_not_opened(bench: Bench, name: str) -> None:
    """Slicer would write them there."""
    from OrthancConnectCore.shared.errors import InputError

    draw_segmentation(bench.volume)
    result, folder = bench.write(bench.rows(kind="scene"))
    with zipfile.ZipFile(folder / result.file, "a") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = (0o120777 if name == "link" else 0o100600) << 16
        archive.writestr(entry, "/etc")
    with pytest.raises(InputError, match="outside of its own folder"):
        bench.make(result, folder)
    (folder / result.file).write_bytes(b"PK, and no more")
    with pytest.raises(InputError, match="no data bundle"):
        bench.make(result, folder)


def test_what_was_sent_is_known_and_a_change_is_seen(bench: Bench) -> None:
    drawn = draw_segmentation(bench.volume)
    line = draw_markups()["Line"]
    for kind, node, change in (
        ("segmentation", drawn, lambda: drawn.GetSegmentation().GetNthSegment(0).SetName("New")),
        ("measurements", line, lambda: line.SetNthControlPointPositionWorld(0, 1.0, 1.0, 1.0)),
    ):
        rows = bench.rows(kind=kind, title=node.GetName())
        bench.write(rows, kind)
        bench.results.note_sent(rows, {**FACTS, "origin": f"of-{kind}", "replaces": "1.9"})
        (row,) = bench.rows(kind=kind, title=node.GetName())
        assert (row.origin, row.replaces, row.changed) == (f"of-{kind}", "1.9", False)
        change()
        (row,) = bench.rows(kind=kind, title=node.GetName())
        assert row.changed is True
    (row,) = bench.rows(kind="contours")
    assert (row.origin, row.was_sent) == ("of-segmentation-contours", False)


def test_a_change_while_it_is_written_is_no_half_result(bench: Bench) -> None:
    from OrthancConnectCore.shared.errors import InputError

    drawn = draw_segmentation(bench.volume)
    folder = bench.folder / "out"
    folder.mkdir()
    steps = bench.results.write(bench.rows(kind="segmentation"), str(folder), FACTS)
    next(steps)
    drawn.GetSegmentation().GetNthSegment(0).SetColor(1, 0, 0)
    with pytest.raises(InputError, match="changed while"):
        list(steps)
    assert not (folder / "result.json").exists()
    import slicer

    (row,) = bench.rows(kind="segmentation")
    slicer.mrmlScene.RemoveNode(drawn)
    with pytest.raises(InputError, match="no longer"):
        list(bench.results.write([row], str(bench.folder), FACTS))
