"""Structured reports that others made, or that somebody made to hurt: what can be shown of them."""

from __future__ import annotations

import copy
import io
import json
import math
import random
import re
import sys
import warnings
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes

from OrthancConnectCore.results import findings, report, tree
from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.results import Result
from Support.data.dicom import save_dataset
from Support.data.measured import (
    DENSITY,
    MARKUPS,
    STATISTICS,
    markup,
    on_disk,
    result,
    said_by,
    same,
    source_images,
    value,
)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[Dataset]:
    return source_images(tmp_path_factory.mktemp("ct"))


def test_a_report_of_dcmqi_is_read(images: list[Dataset], tmp_path: Path) -> None:
    for number, image in enumerate(images):
        whole = pydicom.dcmread(image.filename)
        save_dataset(whole, tmp_path / f"{number}.dcm")
    told = {
        "@schema": "https://raw.githubusercontent.com/qiicr/dcmqi/master/doc/schemas/"
        "sr-tid1500-schema.json#",
        "SeriesDescription": "Measurements",
        "SeriesNumber": "1001",
        "InstanceNumber": "1",
        "compositeContext": ["0.dcm"],
        "imageLibrary": [f"{number}.dcm" for number in range(len(images))],
        "observerContext": {
            "ObserverType": "PERSON",
            "PersonObserverName": "Reader^One",
        },
        "VerificationFlag": "UNVERIFIED",
        "CompletionFlag": "COMPLETE",
        "activitySession": "1",
        "timePoint": "1",
        "Measurements": [
            {
                "MeasurementGroup": {
                    "TrackingIdentifier": "Lesion 1",
                    "ReferencedSegment": 2,
                    "SourceSeriesForImageSegmentation": str(images[0].SeriesInstanceUID),
                    "segmentationSOPInstanceUID": "1.2.3.4",
                    "Finding": coded("108369006", "SCT", "Neoplasm"),
                },
                "TrackingIdentifier": "Lesion 1",
                "ReferencedSegment": 2,
                "SourceSeriesForImageSegmentation": str(images[0].SeriesInstanceUID),
                "segmentationSOPInstanceUID": "1.2.3.4",
                "Finding": coded("108369006", "SCT", "Neoplasm"),
                "measurementItems": [
                    {
                        "value": "37.5",
                        "quantity": coded(*DENSITY),
                        "units": coded("[hnsf'U]", "UCUM", "Hounsfield unit"),
                        "derivationModifier": coded("373098007", "SCT", "Mean"),
                    }
                ],
            }
        ],
    }
    (tmp_path / "told.json").write_text(json.dumps(told))
    writer = Path(sys.executable).with_name("tid1500writer")
    said_by(
        *(writer, "--inputMetadata", tmp_path / "told.json", "--outputDICOM", tmp_path / "sr.dcm"),
        *("--inputImageLibraryDirectory", tmp_path, "--inputCompositeContextDirectory", tmp_path),
    )
    found = report.read(pydicom.dcmread(tmp_path / "sr.dcm"))
    assert found["items"] == []
    (one,) = found["statistics"]
    assert one["segment"] == "Lesion 1"
    assert one["values"] == [value(DENSITY[2], 37.5, "[hnsf'U]", DENSITY)]
    assert (found["author"], found["title"]) == ("Reader^One", "Measurements")


def coded(value: str, scheme: str, meaning: str) -> dict[str, str]:
    return {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}


def by_highdicom(images: list[Dataset], regions: list[Any]) -> Dataset:
    """A report with regions of pixels, as web viewers write them."""
    import highdicom as hd

    groups = [
        hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations(
            hd.sr.TrackingIdentifier(hd.UID(), f"Region {number}"),
            referenced_region=region,
            measurements=[hd.sr.Measurement(codes.SCT.Area, 12.5, codes.UCUM.SquareMillimeter)],
        )
        for number, region in enumerate(regions)
    ]
    observer = hd.sr.ObserverContext(
        codes.DCM.Person, hd.sr.PersonObserverIdentifyingAttributes("Doe^Jane")
    )
    content = hd.sr.MeasurementReport(
        hd.sr.ObservationContext(observer), codes.LN.CTUnspecifiedBodyRegion, groups
    )
    return on_disk(
        hd.sr.Comprehensive3DSR(
            images, content, hd.UID(), 9, hd.UID(), 1, manufacturer="Somebody", is_complete=True
        )
    )


def test_regions_of_pixels_come_to_lie_in_the_patient(images: list[Dataset]) -> None:
    import highdicom as hd

    where = hd.sr.SourceImageForRegion.from_source_image(images[3])
    corners = np.array([[0.5, 0.5], [8.5, 0.5], [8.5, 4.5], [0.5, 0.5]])
    drawn = by_highdicom(
        images,
        [
            hd.sr.ImageRegion("POLYLINE", corners, where),
            hd.sr.ImageRegion("POINT", corners[1:2], where),
            hd.sr.ImageRegion("CIRCLE", np.array([[4.5, 4.5], [4.5, 6.5]]), where),
        ],
    )
    area = [value("Area", 12.5, "mm2", ["42798000", "SCT", "Area"])]
    found = report.read(drawn, None, images)
    closed, point, circle = found["items"]
    first, (down, right) = images[3].ImagePositionPatient, images[3].PixelSpacing
    assert (closed["kind"], closed["name"]) == ("closed_curve", "Region 0")
    assert same(closed["points"][0], [float(one) for one in first])
    assert same(point["points"], [[first[0] + 8 * right, float(first[1]), float(first[2])]])
    assert closed["values"] == point["values"] == area
    middle = np.array(circle["points"]).mean(axis=0)
    assert np.allclose(middle, [first[0] + 4 * right, first[1] + 4 * down, first[2]], atol=0.01)
    assert np.allclose(np.linalg.norm(circle["points"] - middle, axis=1), 2 * down, atol=0.01)
    elsewhere = report.read(drawn)
    assert (elsewhere["items"], len(elsewhere["statistics"])) == ([], 3)


def test_frames_of_one_image_have_places_of_their_own(images: list[Dataset]) -> None:
    """An enhanced CT: two frames, the second 5 mm higher; a region of the second, and a point."""
    import highdicom as hd

    image = copy.deepcopy(images[0])
    image.NumberOfFrames, shared = 2, Dataset()
    for group, keyword in (("Orientation", "ImageOrientation"), ("Position", "ImagePosition")):
        keyword += "Patient"
        frames = []
        for height in (0.0, 5.0):
            inner, frame = Dataset(), Dataset()
            inner[keyword] = copy.deepcopy(image[keyword])
            if group == "Position":
                inner.ImagePositionPatient[2] = height
            setattr(frame, f"Plane{group}Sequence", [inner])
            frames.append(frame)
        del image[keyword]
        shared.update(frames[0])
    measures = Dataset()
    measures.PixelSpacing = image.PixelSpacing
    shared.PixelMeasuresSequence = [measures]
    del image.PixelSpacing, shared.PlanePositionSequence
    image.SharedFunctionalGroupsSequence = [shared]
    image.PerFrameFunctionalGroupsSequence = frames

    where = hd.sr.SourceImageForRegion(image.SOPClassUID, image.SOPInstanceUID, [2])
    drawn = by_highdicom([image], [hd.sr.ImageRegion("POINT", np.array([[0.5, 0.5]]), where)])
    (found,) = report.read(drawn, None, [image])["items"]
    assert found["points"][0][2] == 5.0

    sent = markup("line", "L", [[0.0, 0.0, 1.0], [0.0, 0.0, 9.0]])
    (built,) = report.build(Path("unused"), result([sent]), [image])
    (reference,) = [
        one.ReferencedSOPSequence[0]
        for one in built.ContentSequence[-2].ContentSequence[0].ContentSequence
        if one.ValueType == "IMAGE"
    ]
    assert list(reference.ReferencedFrameNumber) == [1, 2]


def test_values_of_one_region_stand_at_one_markup(images: list[Dataset]) -> None:
    """Web viewers repeat the region below each of its values (TID 300, inferred from)."""
    import highdicom as hd

    where = hd.sr.SourceImageForRegion.from_source_image(images[3])
    line = np.array([[0.5, 0.5], [8.5, 4.5]])
    drawn = by_highdicom(images, [hd.sr.ImageRegion("POLYLINE", line, where)])
    group = drawn.ContentSequence[-1].ContentSequence[0]
    region = next(one for one in group.ContentSequence if one.ValueType == "SCOORD")
    for number in (1.5, 2.5):
        below = copy.deepcopy(region)
        below.RelationshipType = "INFERRED FROM"
        (length,) = hd.sr.Measurement(codes.SCT.Length, number, codes.UCUM.Millimeter)
        length.ContentSequence = [hd.sr.ScoordContentItem.from_dataset(below)]
        group.ContentSequence.append(length)
    (item,) = report.read(drawn, None, images)["items"]
    assert [one["value"] for one in item["values"]] == [12.5, 1.5, 2.5]


def test_a_region_whose_image_is_not_here_is_told_of(images: list[Dataset]) -> None:
    import highdicom as hd

    frame = images[0].FrameOfReferenceUID
    where = hd.sr.SourceImageForRegion.from_source_image(images[3])
    line = np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]])
    drawn = by_highdicom(
        images,
        [
            hd.sr.ImageRegion("POINT", np.array([[1.0, 1.0]]), where),
            hd.sr.ImageRegion3D("POLYLINE", line, frame),
        ],
    )
    found = report.read(drawn)
    assert [one["kind"] for one in found["items"]] == ["line"]
    (left,) = found["statistics"]
    assert (left["segment"], left["values"][0]["value"]) == ("Region 0", 12.5)
    assert found["notes"] == ["1 of its regions can't be shown: their images are not here."]


def test_a_report_of_no_template_gives_its_numbers() -> None:
    path = get_testdata_file("test-SR.dcm")
    found = report.read(pydicom.dcmread(path))
    diameter = value("Diameter", 3.0, "cm", ["1234", "99_OFFIS_DCMTK", "Diameter"])
    assert [one["values"] for one in found["statistics"]] == [[diameter], [diameter]]
    with pytest.raises(InputError, match="This report holds no measurements"):
        report.read(pydicom.dcmread(get_testdata_file("reportsi.dcm")))


def nested(depth: int) -> Dataset:
    node = Dataset()
    node.ValueType = "CONTAINER"
    for _ in range(depth):
        outer = Dataset()
        outer.ValueType, outer.ContentSequence = "CONTAINER", Sequence([node])
        node = outer
    return node


def wide(count: int) -> Dataset:
    node = Dataset()
    node.ContentSequence = Sequence([Dataset()] * count)
    return node


@pytest.mark.parametrize("hostile", [nested(70), nested(5000), wide(tree.MOST_NODES + 1)])
def test_a_bottomless_report_is_not_read(hostile: Dataset) -> None:
    with pytest.raises(InputError, match="This report is deeper than 64 levels or has more than"):
        report.read(hostile)


def test_more_markups_than_a_scene_can_bear_are_not_read(
    images: list[Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "MOST_ITEMS", 3)
    with pytest.raises(InputError, match="This report has more than 3 measurements"):
        report.read(report.build(Path("unused"), result(MARKUPS), images)[0])


def test_a_damaged_report_is_an_error_in_words_or_is_read(images: list[Dataset]) -> None:
    """Bytes changed at random: nothing but an `InputError` comes out, or a sound result."""
    buffer, chance = io.BytesIO(), random.Random(11)
    save_dataset(report.build(Path("unused"), result(MARKUPS, STATISTICS), images)[0], buffer)
    whole = buffer.getvalue()
    outcomes = set()
    for _ in range(60):
        content = bytearray(whole)
        for _ in range(chance.choice((1, 5, 40))):
            content[chance.randrange(400, len(content))] = chance.randrange(256)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outcomes.add(outcome(lambda: pydicom.dcmread(io.BytesIO(content), force=True)))  # noqa: B023
    assert {"read", "refused"} <= outcomes <= {"read", "refused", "no file"}


def outcome(load: Callable[[], Dataset]) -> str:
    try:
        dataset = load()
    except Exception:
        return "no file"
    try:
        Result.from_dict(report.read(dataset))
    except InputError as error:
        assert re.match("This report|The result can't be used", error.message), error.message
        return "refused"
    return "read"


@pytest.mark.parametrize("number", [math.nan, math.inf, "none"])
def test_a_coordinate_that_is_no_number_is_not_shown(images: list[Dataset], number: Any) -> None:
    (built,) = report.build(Path("unused"), result(MARKUPS[:2]), images)
    groups = built.ContentSequence[-2].ContentSequence
    region = next(one for one in groups[0].ContentSequence if one.ValueType == "SCOORD3D")
    region.GraphicData = [0.0, number, 0.0] if number != "none" else [1.0, 2.0]
    found = report.read(built)
    assert [one["name"] for one in found["items"]] == [MARKUPS[1]["name"]]
    assert "1 of its regions can't be shown" in found["notes"][0]
