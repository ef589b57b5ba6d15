"""Contours: from the disk to RTSTRUCT and back, and what plastimatch makes of ours."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from functools import partial
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from OrthancConnectCore.results import contours
from OrthancConnectCore.shared.errors import InputError, MissingDependencyError, OrthancConnectError
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
NAMES = ("肝臓", "Läsion", "leer", "n" * 80)


def ball(radius: float = 10, hole: float = 4) -> np.ndarray:
    """Return a hollow ball, with a smaller one within."""
    k, j, i = np.indices(SHAPE) - np.array([3.5, 20, 16]).reshape(3, 1, 1, 1)
    away = np.sqrt((3 * k) ** 2 + j**2 + i**2)
    return (((away < radius) & (away >= hole)) | (away < hole / 2)).astype(np.uint8)


def drawing(folder: Path, images: list[Dataset], **more: Any) -> dict[str, Any]:
    """A hollow ball, a frame at the image's very edge, an empty segment, and noise over both."""
    first = ball()
    first[2, 0, :] = first[2, -1, :] = first[2, :, 0] = first[2, :, -1] = 2
    noise = (np.random.default_rng(5).random(SHAPE) > 0.85).astype(np.uint8)
    segments = [
        segment(NAMES[0], 1, algorithm_type="AUTOMATIC", algorithm_name="TotalSegmentator"),
        segment(NAMES[1], 2, color=[1, 0, 0.1]),
        segment(NAMES[2], 3, category=None, type=None, region=None),
        segment(NAMES[3], 1, layer=1, tracking_uid="1.2.3.4"),
    ]
    return drawing_in(folder, images, [first, noise], segments, kind="contours", **more)


sent, back = partial(drawings.sent, contours), partial(drawings.back, contours)


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("frames", ["files", "frames"])
def test_it_comes_back_as_it_was_sent(tmp_path: Path, geometry: str, frames: str) -> None:
    images = series_of(tmp_path / "series", geometry)
    result = drawing(tmp_path / "d", images)
    sources = images[::-1] if frames == "files" else [multi_frame(images)]
    dataset = sent(tmp_path / "d", result, sources)
    again = back(dataset, tmp_path / "back", sources)
    assert voxels_in_space(tmp_path / "back", again) == voxels_in_space(tmp_path / "d", result)
    assert "StructureSetDescription" not in dataset and again["notes"] == []
    tissue = ["85756007", "SCT", "Tissue"]
    for one, was in zip(again["segments"], result["segments"]):
        assert np.allclose(one["color"], was["color"], atol=0.002)
        kept = ("id", "name", "algorithm_type", "algorithm_name")
        assert {key: one[key] for key in kept} == {key: was[key] for key in kept}
        assert one["type"] == (was["type"] or tissue)
        assert one["region"] == was["region"]
    assert again["segments"][3]["tracking_uid"] == "1.2.3.4"
    errors = subprocess.run(["dciodvfy", tmp_path / "d" / "made.dcm"], capture_output=True)
    lines = [one for one in errors.stderr.decode().splitlines() if one.startswith("Error")]
    assert all("ROI Name" in one or "invalid data values" in one for one in lines)  # 80 letters


def test_a_cancel_ends_it_between_two_planes(tmp_path: Path) -> None:
    images = series_of(tmp_path / "series")
    result = drawing(tmp_path / "d", images)
    looks = looks_of(partial(contours.build, tmp_path / "d", result, images))
    assert looks == 2 * 3 * SHAPE[0]  # of each layer: brought onto the planes, counted, traced


def test_where_its_points_are(tmp_path: Path) -> None:
    """Each lies on its image's plane, halfway between a pixel inside and one outside."""
    images = series_of(tmp_path / "series", "oblique")
    drawn = np.zeros(SHAPE, np.uint8)
    drawn[4, 10:13, 20:24] = 1
    result = drawing_in(tmp_path / "d", images, [drawn], [segment("Box", 1)], kind="contours")
    dataset = sent(tmp_path / "d", result, images)
    (item,) = dataset.ROIContourSequence[0].ContourSequence
    assert item.ContourImageSequence[0].ReferencedSOPInstanceUID == images[4].SOPInstanceUID
    points = np.array(item.ContourData, float).reshape(-1, 3)
    assert len(points) == item.NumberOfContourPoints
    inverse = np.linalg.inv(matrix_of(images))
    indices = points @ inverse[:3, :3].T + inverse[:3, 3]
    assert np.allclose(indices[:, 2], 4, atol=1e-3)
    assert np.allclose(indices.min(0)[:2], [19.5, 9.5], atol=1e-3)
    assert np.allclose(indices.max(0)[:2], [23.5, 12.5], atol=1e-3)
    (frame,) = dataset.ReferencedFrameOfReferenceSequence
    (series,) = frame.RTReferencedStudySequence[0].RTReferencedSeriesSequence
    assert series.SeriesInstanceUID == images[0].SeriesInstanceUID
    assert len(series.ContourImageSequence) == SHAPE[0]


def test_another_grid_is_said(tmp_path: Path) -> None:
    images = series_of(tmp_path / "series")
    matrix = matrix_of(images)
    matrix[:3, 0] /= 2
    wide = ball().repeat(2, axis=2)
    result = drawing_in(tmp_path / "d", images, [wide], [segment("Ball", 1)], matrix)
    dataset = sent(tmp_path / "d", result, images)
    assert "nearest neighbour" in dataset.StructureSetDescription


def test_contours_longer_than_64_kib(tmp_path: Path) -> None:
    images = series_of(tmp_path / "series", shape=(2, 160, 160))
    comb = np.zeros((2, 160, 160), np.uint8)
    comb[0, 1, 1:-1] = comb[0, 1:-1, 1:-1:2] = 1
    comb[0, ::2, 1::2] |= 0
    comb[0, 1:-1, 2::4] = np.arange(158)[:, None] % 2
    result = drawing_in(tmp_path / "d", images, [comb], [segment("Comb", 1)])
    dataset = sent(tmp_path / "d", result, images)
    items = dataset.ROIContourSequence[0].ContourSequence
    assert max(len(str(one.ContourData)) for one in items) > 65536
    again = back(dataset, tmp_path / "back", images)
    assert voxels_in_space(tmp_path / "back", again) == voxels_in_space(tmp_path / "d", result)


# plastimatch -------------------------------------------------------------------------------------


def plastimatch(*arguments: Any) -> None:
    ran = subprocess.run(["plastimatch", *map(str, arguments)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def meta_image(path: Path, voxels: np.ndarray) -> Path:
    """Write a MetaImage of the axial series' geometry."""
    head = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        f"Offset = -50 -50 -50\nElementSpacing = 0.9 0.8 3\nDimSize = {SHAPE[2]} {SHAPE[1]} 8\n"
        "ElementType = MET_UINT\nElementDataFile = LOCAL\n"
    )
    path.write_bytes(head.encode() + voxels.astype("<u4").tobytes())
    return path


def image_of(path: Path) -> np.ndarray:
    """Return the voxels of plastimatch's MetaImage file, [k][j][i]."""
    head, _, data = path.read_bytes().partition(b"ElementDataFile = LOCAL\n")
    fields = dict(line.split(" = ", 1) for line in head.decode().splitlines())
    size = [int(part) for part in fields["DimSize"].split()]
    kind = {"MET_UCHAR": "u1", "MET_UINT": "<u4", "MET_SHORT": "<i2"}[fields["ElementType"]]
    return np.frombuffer(data, kind).reshape(size[::-1])


def test_plastimatch_reads_it(tmp_path: Path) -> None:
    images = series_of(tmp_path / "series")
    result = drawing_in(tmp_path / "d", images, [ball()], [segment("Ball", 1)], kind="contours")
    sent(tmp_path / "d", result, images)
    fixed = meta_image(tmp_path / "fixed.mha", ball())
    plastimatch("convert", "--input", tmp_path / "d" / "made.dcm", "--fixed", fixed,
                "--output-prefix", tmp_path / "p", "--prefix-format", "mha")  # fmt: skip
    (found,) = (tmp_path / "p").glob("*.mha")
    assert "Ball" in found.name
    assert np.array_equal(image_of(found) != 0, ball() != 0)


def test_what_plastimatch_made(tmp_path: Path) -> None:
    images = series_of(tmp_path / "series")
    solid = (ball(hole=0) != 0).astype(np.uint8)
    meta_image(tmp_path / "ss.mha", solid)
    (tmp_path / "names.txt").write_text("0|255 10 20|Leber\n")
    plastimatch("convert", "--input-ss-img", tmp_path / "ss.mha", "--referenced-ct",
                tmp_path / "series", "--input-ss-list", tmp_path / "names.txt",
                "--output-dicom", tmp_path / "out")  # fmt: skip
    (path,) = (tmp_path / "out").glob("*rtss*")
    dataset = pydicom.dcmread(path)
    again = back(dataset, tmp_path / "back", images)
    (one,) = again["segments"]
    assert one["name"] == "Leber"
    assert np.allclose(np.array(one["color"]) * 255, [255, 10, 20], atol=0.1)
    (found,) = voxels_in_space(tmp_path / "back", again).values()
    result = drawing_in(tmp_path / "d", images, [solid], [segment("Ball", 1)])
    (drawn,) = voxels_in_space(tmp_path / "d", result).values()
    assert len(found ^ drawn) < 0.02 * len(drawn)  # it traces with points on the pixels' edges


# What can't be used ------------------------------------------------------------------------------


def _data(value: Any) -> Callable[[Dataset], None]:
    def harm(dataset: Dataset) -> None:
        contour = dataset.ROIContourSequence[0].ContourSequence[0]
        contour.ContourData = value

    return harm


@pytest.mark.parametrize(
    "harm",
    [
        _data(["1", "2"]),
        _data([]),
        _data(["1e9"] * 9),
        lambda dataset: tear(dataset, "ROIContourSequence"),
        lambda dataset: setattr(dataset, "SOPClassUID", "1.2.3"),
        lambda dataset: setattr(dataset.StructureSetROISequence[0], "ROINumber", 2),
        lambda dataset: setattr(dataset, "StructureSetROISequence", []),
        lambda dataset: delattr(dataset, "StructureSetROISequence"),
        lambda dataset: delattr(dataset.StructureSetROISequence[0], "ROINumber"),
        lambda dataset: delattr(
            dataset.ROIContourSequence[0].ContourSequence[0], "ContourGeometricType"
        ),
    ],
)
def test_a_hostile_object(tmp_path: Path, harm: Callable[[Dataset], object]) -> None:
    images = series_of(tmp_path / "series")
    dataset = sent(tmp_path / "d", drawing(tmp_path / "d", images), images)
    harm(dataset)
    (tmp_path / "back").mkdir()
    with pytest.raises(OrthancConnectError) as raised:
        contours.read(dataset, tmp_path / "back", images)
    assert raised.value.message.count(".") == 1 and raised.value.hint


def test_a_contour_up_and_down_fills_no_memory(tmp_path: Path, monkeypatch: Any) -> None:
    rows, columns, count = 512, 64, 20_000
    x = np.random.default_rng(3).uniform(0, columns, count)
    ring = np.stack([x, np.arange(count) % 2 * float(rows)], 1)
    edges = np.stack([ring, np.roll(ring, -1, 0)], 1)
    tracemalloc.start()
    found = contours.filled(edges, (rows, columns))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6  # 10 million crossings, of 40 bytes and more each
    for row in (1, 300):  # which of the crossings lie left of a pixel
        share = row / rows
        low, high = ring[::2, 0], ring[1::2, 0]
        there = low + (high - low) * share, np.roll(low, -1) + (high - np.roll(low, -1)) * share
        left = np.concatenate(there)[:, np.newaxis] <= np.arange(columns)
        assert np.array_equal(found[row], left.sum(0) % 2 == 1)

    images = series_of(tmp_path / "series")
    dataset = sent(tmp_path / "d", drawing(tmp_path / "d", images), images)
    monkeypatch.setattr(contours, "MOST_CROSSINGS", 10)
    with pytest.raises(InputError, match="ContourData"):
        contours.read(dataset, tmp_path, images)


def test_what_is_no_area_is_left_out_and_said(tmp_path: Path) -> None:
    images = series_of(tmp_path / "series")
    dataset = sent(tmp_path / "d", drawing(tmp_path / "d", images), images)
    first, second = dataset.ROIContourSequence[0].ContourSequence[:2]
    first.ContourGeometricType = "POINT"
    second.ContourData = ["0", "0", "500", "9", "0", "500", "9", "9", "500"]
    again = back(dataset, tmp_path / "back", images)
    assert again["notes"][0].startswith("2 contours that are not closed")


def test_it_needs_contourpy(tmp_path: Path, monkeypatch: Any) -> None:
    images = series_of(tmp_path / "series")
    result = drawing(tmp_path / "d", images)
    monkeypatch.setitem(sys.modules, "contourpy", None)
    with pytest.raises(MissingDependencyError, match="contourpy") as raised:
        contours.build(tmp_path / "d", result, images)
    assert raised.value.package == "contourpy"


def test_it_needs_the_images(tmp_path: Path) -> None:
    images = series_of(tmp_path / "series")
    dataset = sent(tmp_path / "d", drawing(tmp_path / "d", images), images)
    with pytest.raises(InputError, match="not there"):
        contours.read(dataset, tmp_path, [])
