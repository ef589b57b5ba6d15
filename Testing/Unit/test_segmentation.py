"""Segmentations: from the disk to DICOM SEG and back, and what others make of ours."""

from __future__ import annotations

import shutil
import sys
import tracemalloc
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import numpy as np
import pytest
from pydicom.dataset import Dataset

from OrthancConnectCore.results import segmentation
from OrthancConnectCore.shared.errors import InputError, MissingDependencyError, OrthancConnectError
from OrthancConnectCore.shared.results import Result
from Support.data import drawn as drawings
from Support.data.drawn import (
    GEOMETRIES,
    drawing_in,
    matrix_of,
    multi_frame,
    segment,
    series_of,
    tear,
    voxels_in_space,
)
from Support.scenarios.results import looks_of

SHAPE = (8, 40, 32)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:highdicom")


def labels(*boxes: tuple[int, slice, slice, slice], shape: Any = SHAPE) -> np.ndarray:
    drawn = np.zeros(shape, np.uint8)
    for value, *box in boxes:
        drawn[tuple(box)] = value
    return drawn


LIVER, LESION = (1, slice(1, 7), slice(5, 30), slice(4, 20)), (2, 3, slice(31, 39), slice(0, 9))
INSIDE = (1, slice(2, 5), slice(10, 20), slice(8, 25))
TISSUE = ["85756007", "SCT", "Tissue"]
NAMES = ("肝臓", "Läsion \\ 2", "leer", "n" * 80)


def drawing(folder: Path, images: list[Dataset], **more: Any) -> dict[str, Any]:
    """Two layers, whose segments overlap, and an empty segment."""
    modified = ["24028007", "SCT", "Right"]
    segments = [
        segment(NAMES[0], 1, algorithm_type="AUTOMATIC", algorithm_name="TotalSegmentator"),
        segment(NAMES[1], 2, type_modifier=modified, region_modifier=modified, color=[1, 0, 0.1]),
        segment(NAMES[2], 3, category=None, type=None, region=None),
        segment(NAMES[3], 1, layer=1, tracking_uid="1.2.3.4"),
    ]
    layers = [labels(LIVER, LESION), labels(INSIDE)]
    return drawing_in(folder, images, layers, segments, **more)


sent, back = partial(drawings.sent, segmentation), partial(drawings.back, segmentation)


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("frames", ["files", "frames"])
def test_it_comes_back_as_it_was_sent(tmp_path: Path, geometry: str, frames: str) -> None:
    images = series_of(tmp_path / "series", geometry)
    result = drawing(tmp_path / "drawing", images)
    sources = images[::-1] if frames == "files" else [multi_frame(images)]
    dataset = sent(tmp_path / "drawing", result, sources)
    again = back(dataset, tmp_path / "back")
    assert voxels_in_space(tmp_path / "back", again) == voxels_in_space(
        tmp_path / "drawing", result
    )
    assert dataset.get("DerivationDescription") is None and again["notes"] == []
    for one, was in zip(again["segments"], result["segments"]):
        assert np.allclose(one["color"], was["color"], atol=0.002)
        kept = ("id", "name", "type_modifier", "region", "region_modifier", "algorithm_type")
        assert {key: one[key] for key in kept} == {key: was[key] for key in kept}
        assert one["algorithm_name"] == was["algorithm_name"]
        assert one["type"] == (was["type"] or TISSUE)
        assert one["category"] == (was["category"] or TISSUE)
    assert again["segments"][3]["tracking_uid"] == "1.2.3.4"
    assert (
        again["created"]
        and Result.from_dict(result).source.series_instance_uid
        == (again["source"]["series_instance_uid"])
    )


def test_a_second_sending_tracks_the_same_segments(tmp_path: Path) -> None:
    images = series_of(tmp_path / "series")
    result = drawing(tmp_path / "drawing", images)
    first, second = (sent(tmp_path / "drawing", result, images) for _time in range(2))
    uids = [[one.TrackingUID for one in each.SegmentSequence] for each in (first, second)]
    assert uids[0] == uids[1] and len(set(uids[0])) == 4
    assert first.SOPInstanceUID != second.SOPInstanceUID


def test_whose_it_is_and_what_it_was_made_of(tmp_path: Path) -> None:
    images = series_of(tmp_path / "series")
    dataset = sent(tmp_path / "d", drawing(tmp_path / "d", images), images)
    for keyword in ("PatientID", "PatientName", "StudyInstanceUID", "FrameOfReferenceUID"):
        assert dataset[keyword].value == images[0][keyword].value
    (series,) = dataset.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == images[0].SeriesInstanceUID
    assert len(series.ReferencedInstanceSequence) == SHAPE[0]
    frame = dataset.PerFrameFunctionalGroupsSequence[0]
    (source,) = frame.DerivationImageSequence[0].SourceImageSequence
    place = frame.PlanePositionSequence[0].ImagePositionPatient
    (image,) = [one for one in images if one.SOPInstanceUID == source.ReferencedSOPInstanceUID]
    assert np.allclose(np.array(place, float), np.array(image.ImagePositionPatient, float))
    assert dataset.SeriesNumber == 501 and dataset.SpecificCharacterSet == "ISO_IR 192"


@pytest.mark.parametrize("is_labelmap", [False, True])
def test_a_cancel_ends_it_between_two_planes(tmp_path: Path, is_labelmap: bool) -> None:
    if is_labelmap:
        pytest.importorskip("highdicom", minversion="0.25")
    images = series_of(tmp_path / "series")
    folder, drawn = tmp_path / "d", [labels(LIVER, LESION)]
    segments = [segment("a", 1), segment("b", 2)]
    result = drawing_in(folder, images, drawn, segments, labelmap=is_labelmap)
    looks = looks_of(partial(segmentation.build, folder, result, images))
    assert looks >= 4 * SHAPE[0]  # brought onto the planes, counted, looked through, and packed


@pytest.mark.parametrize(
    ("change", "exact"),
    [
        ("flipped", True),
        ("cropped", True),
        ("transposed", True),
        ("finer", False),
        ("turned", False),
        ("upright over tilted planes", False),
    ],
)
def test_another_grid(tmp_path: Path, change: str, exact: bool) -> None:
    """What was drawn on another grid comes back on that of the images, and this is said."""
    geometry = "gantry tilted" if "tilted" in change else "axial"
    images = series_of(tmp_path / "series", geometry)
    matrix, drawn = matrix_of(images), labels(LIVER)
    move = np.eye(4)
    if change == "flipped":
        drawn, move[0, 0], move[0, 3] = drawn[:, :, ::-1], -1, SHAPE[2] - 1
    elif change == "cropped":
        drawn, move[:3, 3] = drawn[1:7, 5:30, 4:20], (4, 5, 1)
    elif change == "transposed":
        drawn, move[:3, :3] = drawn.transpose(2, 0, 1), [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    elif change == "finer":
        drawn, move[0, 0], move[0, 3] = drawn.repeat(2, axis=2), 0.5, -0.25
    elif change == "turned":
        turn = np.radians(10)
        move[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    matrix = matrix @ move
    if "upright" in change:
        matrix[:3, 1], matrix[:3, 2] = [0, 0.8, 0], [0, 0, 3]
    result = drawing_in(tmp_path / "d", images, [drawn], [segment("Box", 1)], matrix)
    dataset = sent(tmp_path / "d", result, images)
    found = voxels_in_space(tmp_path / "back", back(dataset, tmp_path / "back"))["Box"]
    assert bool(dataset.get("DerivationDescription")) is not exact
    expected = set()
    inverse = np.linalg.inv(matrix)
    to_mm = matrix_of(images)
    for place in np.ndindex(SHAPE):
        centre = to_mm @ [*place[::-1], 1]
        i, j, k = np.rint(inverse @ centre)[:3].astype(int)
        inside = all(0 <= n < size for n, size in zip((k, j, i), drawn.shape))
        if inside and drawn[k, j, i]:
            expected.add(tuple(np.rint(centre[:3] * 100).astype(int).tolist()))
    assert found == expected and len(found) > 500


def test_what_lies_outside_is_counted(tmp_path: Path) -> None:
    images = series_of(tmp_path / "series")
    drawn = np.ones((10, 40, 32), np.int16)
    result = drawing_in(tmp_path / "d", images, [drawn], [segment("All", 1)])
    dataset = sent(tmp_path / "d", result, images)
    assert dataset.DerivationDescription.startswith(f"{2 * 40 * 32} voxels lie outside")
    away = matrix_of(images)
    away[:3, 3] += 1000
    result = drawing_in(tmp_path / "d", images, [drawn], [segment("All", 1)], away)
    with pytest.raises(InputError, match="Nothing that was drawn lies within"):
        segmentation.build(tmp_path / "d", result, images)


def test_two_hundred_segments_and_empty_ones(tmp_path: Path) -> None:
    images = series_of(tmp_path / "series")
    drawn = (np.arange(np.prod(SHAPE)) % 201).reshape(SHAPE).astype(np.uint16)
    many = [segment(f"Nr. {value}", value) for value in range(1, 201)]
    result = drawing_in(tmp_path / "d", images, [drawn], many)
    dataset = sent(tmp_path / "d", result, images)
    again = back(dataset, tmp_path / "back")
    assert voxels_in_space(tmp_path / "back", again) == voxels_in_space(tmp_path / "d", result)
    result = drawing_in(tmp_path / "d", images, [drawn * 0], many)
    dataset = sent(tmp_path / "d", result, images)
    again = back(dataset, tmp_path / "none")
    assert [one["name"] for one in again["segments"]] == [one["name"] for one in many]
    assert set(map(len, voxels_in_space(tmp_path / "none", again).values())) == {0}
    assert len(dataset.PixelData) < 200 * 40 * 32  # one plane, not all


def test_parts_of_odd_frames_are_joined(tmp_path: Path, monkeypatch: Any) -> None:
    """Frames that end within a byte, in as many parts as segments."""
    monkeypatch.setattr(segmentation, "_AT_ONCE", 1)
    shape = (5, 9, 7)
    images = series_of(tmp_path / "series", shape=shape)
    random = np.random.default_rng(3)
    layers = [random.integers(0, 4, shape).astype(np.uint8) for _layer in range(3)]
    segments = [segment(f"{n} {v}", v, layer=n) for n in range(3) for v in range(1, 4)]
    result = drawing_in(tmp_path / "d", images, layers, segments)
    dataset = sent(tmp_path / "d", result, images)
    again = back(dataset, tmp_path / "back")
    assert voxels_in_space(tmp_path / "back", again) == voxels_in_space(tmp_path / "d", result)
    assert dataset.SegmentsOverlap == "UNDEFINED"


def test_a_label_map(tmp_path: Path) -> None:
    pytest.importorskip("highdicom", minversion="0.25")
    images = series_of(tmp_path / "series")
    segments = [segment("one", 1), segment("two", 2)]
    layer = labels(LIVER, LESION)
    result = drawing_in(tmp_path / "d", images, [layer], segments, labelmap=True)
    dataset = sent(tmp_path / "d", result, images)
    assert dataset.SOPClassUID == segmentation.LABELMAP
    again = back(dataset, tmp_path / "back")
    assert voxels_in_space(tmp_path / "back", again) == voxels_in_space(tmp_path / "d", result)
    del dataset.SegmentSequence[-1]
    less = back(dataset, tmp_path / "less")
    assert less["notes"][0].startswith("72 voxels belong to no segment")
    overlapping = drawing(tmp_path / "d", images, labelmap=True)
    with pytest.raises(InputError, match="may overlap"):
        segmentation.build(tmp_path / "d", overlapping, images)


# What can't be used -------------------------------------------------------------------------------


def _several_at_one_place(images: list[Dataset]) -> None:
    images[3].ImagePositionPatient = images[4].ImagePositionPatient


def _turned(images: list[Dataset]) -> None:
    images[2].ImageOrientationPatient = [0, 1, 0, 0, 0, -1]


def _size(images: list[Dataset]) -> None:
    images[2].Rows = 41


def _no_frame_of_reference(images: list[Dataset]) -> None:
    del images[2].FrameOfReferenceUID


def _no_position(images: list[Dataset]) -> None:
    images[0].ImagePositionPatient = ["1", "2"]


def _two_of_many_frames(images: list[Dataset]) -> None:
    images[:] = [multi_frame(images[:4]), multi_frame(images[4:])]


def _no_image(images: list[Dataset]) -> None:
    for image in images:
        image.SOPClassUID = "1.2.3"


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (_several_at_one_place, "at the same place"),
        (_turned, "different directions"),
        (_size, "different sizes"),
        (_no_frame_of_reference, "no place in the patient"),
        (_no_position, "no place in the patient"),
        (lambda images: images.pop(3), r"a gap: two images are 6\.0 mm apart, the others 3\.0 mm"),
        (lambda images: images.clear(), "not there"),
        (lambda images: setattr(images[0], "NumberOfFrames", 3), "no place in the patient"),
        (_two_of_many_frames, "several images of many frames"),
        (_no_image, "No segmentation can be made of these images"),
    ],
)
def test_a_series_that_is_no_volume(
    tmp_path: Path, harm: Callable[[list[Dataset]], object], message: str
) -> None:
    images = series_of(tmp_path / "series")
    result = drawing(tmp_path / "d", images)
    harm(images)
    with pytest.raises(InputError, match=message) as raised:
        segmentation.build(tmp_path / "d", result, images)
    assert raised.value.hint


@pytest.mark.parametrize(
    "harm",
    [
        lambda one: one["layers"][0].update(file="../layer-0.raw"),
        lambda one: one["layers"][0].update(file="link.raw"),
        lambda one: one["layers"][0].update(file="none.raw"),
        lambda one: one["layers"][0].update(size=[32, 40, 9]),
        lambda one: one["layers"][0].update(size=[60000, 60000, 60000]),
        lambda one: one["layers"][0].update(matrix=[0.0] * 16),
        lambda one: one["layers"][0].update(type="float64"),
        lambda one: one["segments"][0].update(value=70000),
        lambda one: one["segments"][1].update(value=1),
        lambda one: one["segments"].clear(),
    ],
)
def test_a_folder_that_was_tampered_with(
    tmp_path: Path, harm: Callable[[dict[str, Any]], object]
) -> None:
    images = series_of(tmp_path / "series")
    result = drawing(tmp_path / "d", images)
    (tmp_path / "d" / "link.raw").symlink_to(tmp_path / "d" / "layer-0.raw")
    harm(result)
    with pytest.raises(InputError) as raised:
        segmentation.build(tmp_path / "d", result, images)
    assert raised.value.hint


def _huge(dataset: Dataset) -> None:
    dataset.Rows = dataset.Columns = 65535


def _far(dataset: Dataset) -> None:
    frame = dataset.PerFrameFunctionalGroupsSequence[0]
    frame.PlanePositionSequence[0].ImagePositionPatient = ["0", "0", "900000"]


def _uneven(dataset: Dataset) -> None:
    frame = dataset.PerFrameFunctionalGroupsSequence[0]
    frame.PlanePositionSequence[0].ImagePositionPatient = ["-50", "-50", "-48.4"]


def _other_number(dataset: Dataset) -> None:
    frame = dataset.PerFrameFunctionalGroupsSequence[0]
    frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber = 99


def _no_pixels(dataset: Dataset) -> None:
    del dataset.PixelData


def _same_number(dataset: Dataset) -> None:
    dataset.SegmentSequence[1].SegmentNumber = 1


@pytest.mark.parametrize(
    "harm",
    [
        *(_huge, _far, _uneven, _same_number, _other_number),
        lambda dataset: tear(dataset, "SegmentSequence"),
        lambda dataset: setattr(dataset, "NumberOfFrames", 2_000_000_000),
        lambda dataset: setattr(dataset, "PixelData", dataset.PixelData[:100]),
        lambda dataset: setattr(dataset, "SegmentSequence", []),
        lambda dataset: setattr(dataset, "BitsAllocated", 32),
        lambda dataset: setattr(dataset, "SegmentationType", "OTHER"),
        lambda dataset: setattr(dataset, "Rows", 0),
        lambda dataset: delattr(dataset, "Columns"),
        _no_pixels,
        lambda dataset: delattr(dataset, "PerFrameFunctionalGroupsSequence"),
        lambda dataset: delattr(dataset, "SharedFunctionalGroupsSequence"),
        lambda dataset: delattr(
            dataset.PerFrameFunctionalGroupsSequence[3], "PlanePositionSequence"
        ),
    ],
)
def test_a_hostile_object(tmp_path: Path, harm: Callable[[Dataset], object]) -> None:
    images = series_of(tmp_path / "series")
    dataset = sent(tmp_path / "d", drawing(tmp_path / "d", images), images)
    harm(dataset)
    (tmp_path / "back").mkdir()
    tracemalloc.start()
    with pytest.raises(OrthancConnectError) as raised:
        segmentation.read(dataset, tmp_path / "back")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert raised.value.message.count(".") == 1 and raised.value.hint
    if harm is _no_pixels:
        assert "its PixelData is missing" in raised.value.message
    assert peak < 100 * 2**20
    assert sum(one.stat().st_size for one in (tmp_path / "back").iterdir()) < 2**20


def test_a_negative_series_number_is_none(tmp_path: Path) -> None:
    images = series_of(tmp_path / "series")
    dataset = sent(tmp_path / "d", drawing(tmp_path / "d", images), images)
    dataset.SeriesNumber = -3
    assert back(dataset, tmp_path / "back")["series_number"] is None


@pytest.mark.parametrize("free", [1000, 15_000])  # two layers have 20,480 bytes
def test_a_disk_without_room(tmp_path: Path, monkeypatch: Any, free: int) -> None:
    """A map of a file without room for it would kill the process when it is written to."""
    images = series_of(tmp_path / "series")
    dataset = sent(tmp_path / "d", drawing(tmp_path / "d", images), images)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free))
    with pytest.raises(OSError, match="No space left"):
        segmentation.read(dataset, tmp_path)


def test_a_package_that_is_missing_or_too_old(tmp_path: Path, monkeypatch: Any) -> None:
    import highdicom.seg

    images = series_of(tmp_path / "series")
    result = drawing(tmp_path / "d", images)
    monkeypatch.setattr(highdicom.seg, "SegmentationTypeValues", SimpleNamespace(BINARY=1))
    monkeypatch.setattr(np, "__version__", "2.0.2")
    with pytest.raises(MissingDependencyError, match="older than the package numpy"):
        segmentation.build(tmp_path / "d", result, images)
    monkeypatch.setattr(np, "__version__", "1.26.4")
    with pytest.raises(MissingDependencyError, match="A label map needs a newer version"):
        segmentation.build(tmp_path / "d", {**result, "labelmap": True}, images)
    monkeypatch.setitem(sys.modules, "highdicom", None)
    with pytest.raises(MissingDependencyError, match="needs the package highdicom") as raised:
        segmentation.build(tmp_path / "d", result, images)
    assert raised.value.package == "highdicom"
