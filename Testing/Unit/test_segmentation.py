"""Segmentations: from the disk to DICOM SEG and back, and what others make of ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from OrthancConnectCore.results import segmentation
from OrthancConnectCore.shared.errors import InputError, OrthancConnectError
from OrthancConnectCore.shared.results import Result
from Support.data.drawn import (
    GEOMETRIES,
    drawing_in,
    matrix_of,
    multi_frame,
    segment,
    series_of,
    voxels_in_space,
    written,
)

SHAPE = (8, 40, 32)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:highdicom")


def labels(*boxes: tuple[int, slice, slice, slice], shape: Any = SHAPE) -> np.ndarray:
    drawn = np.zeros(shape, np.uint8)
    for value, *box in boxes:
        drawn[tuple(box)] = value
    return drawn


LIVER, LESION = (1, slice(1, 7), slice(5, 30), slice(4, 20)), (2, 3, slice(31, 39), slice(0, 9))
INSIDE = (1, slice(2, 5), slice(10, 20), slice(8, 25))
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


def sent(folder: Path, result: dict[str, Any], images: list[Dataset]) -> Dataset:
    """Build, write and read the file, as the server gives it."""
    (made,) = segmentation.build(folder, result, images)
    return pydicom.dcmread(written(made, folder / "made.dcm"))


def back(dataset: Dataset, folder: Path) -> dict[str, Any]:
    folder.mkdir()
    result = segmentation.read(dataset, folder)
    return Result.from_dict(json.loads(json.dumps(result))).to_dict()


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
    assert dataset.get("DerivationDescription") is None and again["notes"] == ()
    for one, was in zip(again["segments"], result["segments"]):
        assert np.allclose(one["color"], was["color"], atol=0.002)
        kept = ("id", "name", "type_modifier", "region", "region_modifier", "algorithm_type")
        assert {key: one[key] for key in kept} == {
            key: tuple(was[key]) if isinstance(was[key], list) else was[key] for key in kept
        }
        assert one["algorithm_name"] == was["algorithm_name"]
        tissue = ("85756007", "SCT", "Tissue")
        assert one["type"] == tuple(was["type"] or tissue)
        assert one["category"] == tuple(was["category"] or tissue)
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
    assert judged(tmp_path / "d" / "made.dcm") == []


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
    overlapping = drawing(tmp_path / "d", images, labelmap=True)
    with pytest.raises(InputError, match="may overlap"):
        segmentation.build(tmp_path / "d", overlapping, images)


# Other programs --------------------------------------------------------------------------------


def judged(path: Path) -> list[str]:
    """What dciodvfy calls an error."""
    ran = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True)
    return [line for line in (ran.stdout + ran.stderr).splitlines() if line.startswith("Error")]


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_dciodvfy_and_dcmqi_take_it(tmp_path: Path, geometry: str) -> None:
    images = series_of(tmp_path / "series", geometry)
    drawn = labels(LIVER, LESION)
    result = drawing_in(tmp_path / "d", images, [drawn], [segment("肝臓", 1), segment("Läsion", 2)])
    sent(tmp_path / "d", result, images)
    assert judged(tmp_path / "d" / "made.dcm") == []
    theirs = tmp_path / "dcmqi"
    theirs.mkdir()
    dcmqi("segimage2itkimage", "--inputDICOM", tmp_path / "d" / "made.dcm", "-t", "nrrd",
          "--outputDirectory", theirs)  # fmt: skip
    ours = voxels_in_space(tmp_path / "d", result)
    for number, name in ((1, "肝臓"), (2, "Läsion")):
        if geometry != "gantry tilted":  # ITK's images have no leaning planes
            assert nrrd_in_space(theirs / f"{number}.nrrd") == ours[name]
    told = json.loads((theirs / "meta.json").read_text(encoding="utf-8"))
    attributes = [one[0] for one in told["segmentAttributes"]]
    assert [one["SegmentLabel"] for one in attributes] == ["肝臓", "Läsion"]
    assert attributes[0]["SegmentedPropertyTypeCodeSequence"]["CodeValue"] == "4147007"
    assert np.allclose(attributes[0]["recommendedDisplayRGBValue"], [127, 63, 191], atol=1.5)


def dcmqi(tool: str, *arguments: Any) -> None:
    command = [str(Path(sys.executable).parent / tool), *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def nrrd_in_space(path: Path) -> set[tuple[int, int, int]]:
    """Return the voxels of an uncompressed or gzipped NRRD file, in hundredths of a millimetre."""
    import gzip

    head, _, data = path.read_bytes().partition(b"\n\n")
    fields = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
    if fields["encoding"] == "gzip":
        data = gzip.decompress(data)
    size = [int(part) for part in fields["sizes"].split()]
    kind = {"unsigned char": "u1", "short": "<i2", "unsigned short": "<u2"}[fields["type"]]
    voxels = np.frombuffer(data, kind).reshape(size[::-1])
    axes = [json.loads(f"[{part}]") for part in fields["space directions"].strip("()").split(") (")]
    origin = json.loads(f"[{fields['space origin'].strip('()')}]")
    assert fields["space"] == "left-posterior-superior"
    places = np.argwhere(voxels)[:, ::-1] @ np.array(axes) + origin
    return {(int(x), int(y), int(z)) for x, y, z in np.rint(places * 100)}


def test_what_dcmqi_made(tmp_path: Path) -> None:
    images = series_of(tmp_path / "series")
    drawn = labels(LIVER)
    matrix = matrix_of(images)
    axes = " ".join("(" + ",".join(map(repr, matrix[:3, at].tolist())) + ")" for at in range(3))
    head = (
        "NRRD0004\ntype: unsigned char\ndimension: 3\nspace: left-posterior-superior\n"
        f"sizes: {SHAPE[2]} {SHAPE[1]} {SHAPE[0]}\nspace directions: {axes}\n"
        "kinds: domain domain domain\nencoding: raw\n"
        f"space origin: ({','.join(map(repr, matrix[:3, 3].tolist()))})\n\n"
    )
    (tmp_path / "in.nrrd").write_bytes(head.encode() + drawn.tobytes())
    code = {"CodeValue": "10200004", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Liver"}
    told = {
        "ContentCreatorName": "Somebody",
        "SeriesNumber": "300",
        "InstanceNumber": "1",
        "SeriesDescription": "of dcmqi",
        "ClinicalTrialSeriesID": "1",
        "ClinicalTrialTimePointID": "1",
        "segmentAttributes": [
            [
                {
                    "labelID": 1,
                    "SegmentLabel": "Liver",
                    "SegmentDescription": "a liver",
                    "SegmentAlgorithmType": "MANUAL",
                    "SegmentedPropertyCategoryCodeSequence": code,
                    "SegmentedPropertyTypeCodeSequence": code,
                    "recommendedDisplayRGBValue": [221, 130, 101],
                }
            ]
        ],
    }
    (tmp_path / "meta.json").write_text(json.dumps(told))
    dcmqi("itkimage2segimage", "--inputImageList", tmp_path / "in.nrrd",
          "--inputMetadata", tmp_path / "meta.json", "--inputDICOMDirectory", tmp_path / "series",
          "--outputDICOM", tmp_path / "seg.dcm", "--skip")  # fmt: skip
    again = back(pydicom.dcmread(tmp_path / "seg.dcm"), tmp_path / "back")
    (one,) = again["segments"]
    assert one["name"] == "Liver" and one["type"] == ("10200004", "SCT", "Liver")
    assert np.allclose(np.array(one["color"]) * 255, [221, 130, 101], atol=1)
    result = drawing_in(tmp_path / "d", images, [drawn], [segment("Liver", 1)])
    assert voxels_in_space(tmp_path / "back", again) == voxels_in_space(tmp_path / "d", result)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5"])
def test_fractions_count_from_half_on(tmp_path: Path, syntax: str) -> None:
    import highdicom

    images = series_of(tmp_path / "series")
    fractions = np.linspace(0, 1, int(np.prod(SHAPE))).reshape(SHAPE)
    result = drawing_in(tmp_path / "d", images, [labels(LIVER)], [segment("Liver", 1)])
    like = sent(tmp_path / "d", result, images)
    image = [segmentation._stand_in(one, segmentation.planes_of(images)) for one in images]
    made = highdicom.seg.Segmentation(
        image, fractions, "FRACTIONAL", [like.SegmentSequence[0]], "1.2.3", 1, "1.2.4", 1,
        "Maker", "Model", "1", "1", transfer_syntax_uid=syntax, content_label="FRACTIONS",
    )  # fmt: skip
    again = back(pydicom.dcmread(written(made, tmp_path / "f.dcm")), tmp_path / "back")
    (found,) = voxels_in_space(tmp_path / "back", again).values()
    assert len(found) == int((np.around(fractions * 255) >= 128).sum())
    assert "half or more" in again["notes"][0]


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


def _same_number(dataset: Dataset) -> None:
    dataset.SegmentSequence[1].SegmentNumber = 1


@pytest.mark.parametrize(
    "harm",
    [
        *(_huge, _far, _uneven, _same_number, _other_number),
        lambda dataset: setattr(dataset, "NumberOfFrames", 2_000_000_000),
        lambda dataset: setattr(dataset, "PixelData", dataset.PixelData[:100]),
        lambda dataset: setattr(dataset, "SegmentSequence", []),
        lambda dataset: setattr(dataset, "BitsAllocated", 32),
        lambda dataset: setattr(dataset, "SegmentationType", "OTHER"),
        lambda dataset: setattr(dataset, "Rows", 0),
        lambda dataset: delattr(dataset, "Columns"),
        lambda dataset: delattr(dataset, "PixelData"),
        lambda dataset: delattr(dataset, "PerFrameFunctionalGroupsSequence"),
        lambda dataset: delattr(dataset, "SharedFunctionalGroupsSequence"),
        lambda dataset: delattr(
            dataset.PerFrameFunctionalGroupsSequence[3], "PlanePositionSequence"
        ),
    ],
)
def test_a_hostile_object(
    tmp_path: Path, harm: Callable[[Dataset], object], disk_and_memory: Callable[[], None]
) -> None:
    images = series_of(tmp_path / "series")
    dataset = sent(tmp_path / "d", drawing(tmp_path / "d", images), images)
    harm(dataset)
    (tmp_path / "back").mkdir()
    with pytest.raises(OrthancConnectError) as raised:
        segmentation.read(dataset, tmp_path / "back")
    assert raised.value.message.count(".") == 1 and raised.value.hint
    disk_and_memory()


@pytest.fixture
def disk_and_memory(tmp_path: Path) -> Any:
    """Give a check that little was written and held."""
    import tracemalloc

    tracemalloc.start()

    def check() -> None:
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
        assert sum(one.stat().st_size for one in (tmp_path / "back").iterdir()) < 2**20

    yield check
    tracemalloc.stop()
