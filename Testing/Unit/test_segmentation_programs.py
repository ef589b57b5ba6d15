"""What dciodvfy and dcmqi make of our segmentations, and we of theirs and highdicom's."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from OrthancConnectCore.results import planes, segmentation
from OrthancConnectCore.shared.errors import InputError
from Support.data import drawn as drawings
from Support.data.drawn import (
    GEOMETRIES,
    drawing_in,
    matrix_of,
    segment,
    series_of,
    split_in,
    voxels_in_space,
    written,
)

SHAPE = (8, 40, 32)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:highdicom")


def box(value: int = 1) -> np.ndarray:
    drawn = np.zeros(SHAPE, np.uint8)
    drawn[1:7, 5:30, 4:20] = value
    return drawn


def two() -> np.ndarray:
    drawn = box()
    drawn[3, 31:39, :9] = 2
    return drawn


sent, back = partial(drawings.sent, segmentation), partial(drawings.back, segmentation)


def judged(path: Path) -> list[str]:
    """What dciodvfy calls an error."""
    ran = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True)
    return [line for line in (ran.stdout + ran.stderr).splitlines() if line.startswith("Error")]


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_dciodvfy_and_dcmqi_take_it(tmp_path: Path, geometry: str) -> None:
    images = series_of(tmp_path / "series", geometry)
    drawn = two()
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
    drawn = box()
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
    assert one["name"] == "Liver" and one["type"] == ["10200004", "SCT", "Liver"]
    assert np.allclose(np.array(one["color"]) * 255, [221, 130, 101], atol=1)
    result = drawing_in(tmp_path / "d", images, [drawn], [segment("Liver", 1)])
    assert voxels_in_space(tmp_path / "back", again) == voxels_in_space(tmp_path / "d", result)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5"])
def test_fractions_count_from_half_on(tmp_path: Path, syntax: str) -> None:
    import highdicom

    images = series_of(tmp_path / "series")
    fractions = np.linspace(0, 1, int(np.prod(SHAPE))).reshape(SHAPE)
    result = drawing_in(tmp_path / "d", images, [box()], [segment("Liver", 1)])
    like = sent(tmp_path / "d", result, images)
    image = [segmentation._stand_in(one, planes.planes_of(images)) for one in images]
    made = highdicom.seg.Segmentation(
        image, fractions, "FRACTIONAL", [like.SegmentSequence[0]], "1.2.3", 1, "1.2.4", 1,
        "Maker", "Model", "1", "1", transfer_syntax_uid=syntax, content_label="FRACTIONS",
    )  # fmt: skip
    again = back(pydicom.dcmread(written(made, tmp_path / "f.dcm")), tmp_path / "back")
    (found,) = voxels_in_space(tmp_path / "back", again).values()
    assert len(found) == int((np.around(fractions * 255) >= 128).sum())
    assert "half or more" in again["notes"][0]


def test_dciodvfy_takes_joined_parts(tmp_path: Path, monkeypatch: Any) -> None:
    """As many as there are segments, whose frames end within a byte."""
    monkeypatch.setattr(segmentation, "_AT_ONCE", 1)
    images = series_of(tmp_path / "series", shape=(5, 9, 7))
    layers = [np.random.default_rng(at).integers(0, 4, (5, 9, 7), np.uint8) for at in range(2)]
    segments = [segment(f"{at} {value}", value, layer=at) for at in (0, 1) for value in (1, 2, 3)]
    sent(tmp_path / "d", drawing_in(tmp_path / "d", images, layers, segments), images)
    assert judged(tmp_path / "d" / "made.dcm") == []


@pytest.mark.parametrize("is_labelmap", [False, True])
def test_segments_in_files_of_their_own_come_back_together(
    tmp_path: Path, is_labelmap: bool
) -> None:
    if is_labelmap:
        pytest.importorskip("highdicom", minversion="0.25")
    images = series_of(tmp_path / "series")
    made, wanted = [], {}
    for name, drawn in (("first", two()), ("second", box())):
        segments = [segment(f"{name} {value}", value) for value in range(1, drawn.max() + 1)]
        result = drawing_in(tmp_path / name, images, [drawn], segments, labelmap=is_labelmap)
        made.append(sent(tmp_path / name, result, images))
        wanted.update(voxels_in_space(tmp_path / name, result))
    again = back(made[0], tmp_path / "back", made[1:])
    assert voxels_in_space(tmp_path / "back", again) == wanted and again["notes"] == []
    made[1].FrameOfReferenceUID = "1.2.3"
    with pytest.raises(InputError, match="its FrameOfReferenceUID is missing or makes no sense"):
        segmentation.read(made[0], tmp_path, made[1:])


def test_one_in_several_files_comes_back_whole_or_says_what_is_missing(tmp_path: Path) -> None:
    images = series_of(tmp_path / "series")
    segments = [segment("one", 1), segment("two", 2)]
    result = drawing_in(tmp_path / "d", images, [two()], segments)
    parts = split_in(sent(tmp_path / "d", result, images), [slice(0, 3), slice(3, 6), slice(6, 99)])
    again = back(parts[2], tmp_path / "back", parts[:2])
    assert voxels_in_space(tmp_path / "back", again) == voxels_in_space(tmp_path / "d", result)
    assert again["notes"] == []
    again = back(parts[1], tmp_path / "less", parts[2:])
    assert again["notes"] == ["1 of 3 files of it are missing, and what they hold."]
