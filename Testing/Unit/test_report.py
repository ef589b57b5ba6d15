"""Measurements as DICOM SR TID 1500: there and back, and as others read them."""

from __future__ import annotations

import copy
import json
import re
import sys
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from OrthancConnectCore.results import report
from OrthancConnectCore.shared.errors import InputError, MissingDependencyError
from OrthancConnectCore.shared.results import Result
from Support.data.dicom import save_dataset
from Support.data.measured import (
    BOX,
    DENSITY,
    MARKUPS,
    SEG,
    STATISTICS,
    markup,
    on_disk,
    result,
    said_by,
    same,
    source_images,
    value,
)
from Support.scenarios.results import looks_of


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[Dataset]:
    return source_images(tmp_path_factory.mktemp("ct"))


def there_and_back(images: list[Dataset], **parts: Any) -> dict[str, Any]:
    (built,) = report.build(Path("unused"), result(**parts), images)
    found = report.read(on_disk(built))
    Result.from_dict(found)
    return found


# There and back ----------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", MARKUPS, ids=lambda one: f"{one['kind']} {one['name']}")
def test_a_markup_comes_back_as_it_was_sent(images: list[Dataset], sent: dict[str, Any]) -> None:
    (found,) = there_and_back(images, items=[sent])["items"]
    assert same(found, sent), found
    assert [one["value"] for one in found["values"]] == [one["value"] for one in sent["values"]]


def test_a_cancel_ends_it_between_two_markups(images: list[Dataset]) -> None:
    told = result(items=MARKUPS, statistics=STATISTICS)
    assert looks_of(partial(report.build, Path("unused"), told, images)) == len(MARKUPS)


def test_all_come_back_in_their_order_with_whose_they_are(images: list[Dataset]) -> None:
    found = there_and_back(images, items=MARKUPS, statistics=STATISTICS)
    assert same(found["items"], MARKUPS)
    assert same(found["statistics"], STATISTICS)
    for key in ("title", "author", "created"):
        assert found[key] == result()[key]
    assert found["description"] == "说明 segunda línea"
    assert found["source"]["series_instance_uid"] == images[0].SeriesInstanceUID


def test_patient_and_study_are_the_sources(images: list[Dataset]) -> None:
    source = images[0]
    (built,) = report.build(Path("unused"), result(MARKUPS[:1]), images)
    found = on_disk(built)
    for keyword in ("PatientName", "PatientID", "PatientSex", "PatientBirthDate", "StudyDate"):
        assert found[keyword].value == source[keyword].value
    assert str(found.PatientName) == "Müller^Jürgen"
    assert found.StudyDescription == "Tórax con contraste"
    assert (found.SeriesNumber, found.ContentTime) == (301, "220001")
    assert found.SeriesInstanceUID != source.SeriesInstanceUID


def test_what_the_server_keeps_of_a_patient_is_kept_as_it_is(images: list[Dataset]) -> None:
    odd = copy.deepcopy(images[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        odd.PatientSex, odd.StudyDate, odd.PatientName = "X", "2026.03.02", "Nobody"
        del odd.AccessionNumber
        (built,) = report.build(Path("unused"), result(MARKUPS[:1]), [odd])
    assert (built.PatientSex, built.StudyDate, built.PatientName) == ("X", "2026.03.02", "Nobody")
    assert built.AccessionNumber == ""


def test_each_markup_names_the_images_nearest_to_its_points(images: list[Dataset]) -> None:
    step = float(images[0].SliceThickness)
    line = markup("line", "L", [[0.0, 0.0, 2.4 * step], [99.0, 0.0, 5.6 * step]])
    (built,) = report.build(Path("unused"), result([line]), images)
    group = built.ContentSequence[-2].ContentSequence[0]
    found = [
        one.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        for one in group.ContentSequence
        if one.ValueType == "IMAGE"
    ]
    assert found == [images[2].SOPInstanceUID, images[6].SOPInstanceUID]


def test_statistics_of_a_sent_segment_refer_to_it(images: list[Dataset]) -> None:
    seg = copy.deepcopy(images[0])
    seg.SOPClassUID, seg.Modality, seg.SOPInstanceUID = SEG, "SEG", "2.25.77"
    seg.SeriesInstanceUID = "2.25.7"
    seg.SegmentSequence = [Dataset(), Dataset(), Dataset()]
    for number, segment in enumerate(seg.SegmentSequence, 1):
        segment.SegmentNumber = number
        segment.SegmentLabel = STATISTICS[0]["segment"] + ("", " left", " right")[number % 3]
    sent = [{**STATISTICS[0], "segment_series_instance_uid": "2.25.7"}]
    (built,) = report.build(Path("unused"), result((), sent), [*images, seg])
    assert same(report.read(on_disk(built))["statistics"], sent)
    (where,) = [
        one.ReferencedSOPSequence[0].ReferencedSegmentNumber
        for one in built.ContentSequence[-2].ContentSequence[0].ContentSequence
        if one.ConceptNameCodeSequence[0].CodeMeaning == "Referenced Segment"
    ]
    assert where == 3
    with pytest.raises(InputError, match="The segmentation with the segment Pulmón 肺 is not"):
        report.build(Path("unused"), result((), sent), images)


def test_a_segment_is_tracked_by_the_same_uid_each_time(images: list[Dataset]) -> None:
    sent = [{**STATISTICS[0], "tracking": "scene-1 Pulmón"}]
    first, second = (there_and_back(images, statistics=sent) for _ in range(2))
    uid = first["statistics"][0]["tracking"]
    assert uid == second["statistics"][0]["tracking"] and re.fullmatch(r"2\.25\.\d+", uid)


def test_a_report_names_the_one_in_whose_place_it_comes(images: list[Dataset]) -> None:
    (first,) = report.build(Path("unused"), result(MARKUPS[:1]), images)
    later = result(MARKUPS[:1], replaces=first.SeriesInstanceUID)
    (second,) = report.build(Path("unused"), later, [*images, first])
    study = second.PredecessorDocumentsSequence[0]
    instance = study.ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    assert instance.ReferencedSOPInstanceUID == first.SOPInstanceUID


# As others read them -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(images: list[Dataset], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with one of each."""
    path = tmp_path_factory.mktemp("sr") / "report.dcm"
    (built,) = report.build(Path("unused"), result(MARKUPS, STATISTICS), images)
    save_dataset(built, path)
    return path


def test_dciodvfy_finds_nothing_but_our_own_coding_scheme(written: Path) -> None:
    lines = set(said_by("dciodvfy", written).splitlines())
    ours = "Unrecognized defined term <99ORTHANCCONNECT> for value 1 of attribute"
    assert lines == {"Comprehensive3DSR", f"Warning - {ours} <Coding Scheme Designator>"}


def test_dcmtk_reads_the_document(written: Path) -> None:
    text = said_by("dsrdump", "--convert-to-utf8", written)
    assert text.startswith("Comprehensive 3D SR Document")
    assert 'TEXT:(,,"Tracking Identifier")="病变 α"' in text
    assert 'NUM:(,,"Length")="103.123456789" (mm,UCUM,"mm")' in text


def test_dcmqi_reads_the_measurements(written: Path, tmp_path: Path) -> None:
    reader = Path(sys.executable).with_name("tid1500reader")
    told = tmp_path / "told.json"
    said_by(reader, "--inputDICOM", written, "--outputMetadata", told)
    measured = json.loads(told.read_text())["Measurements"]
    groups = {one["TrackingIdentifier"]: one for one in measured}
    (length,) = groups["Diámetro \\ máx"]["measurementItems"]
    assert (length["value"], length["units"]["CodeValue"]) == ("103.123456789", "mm")
    mean = groups["Pulmón 肺"]["measurementItems"][0]
    assert (mean["value"], mean["quantity"]["CodeMeaning"]) == ("-700.5", DENSITY[2])


# What can't be sent ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, "A report holds 1 to 5000 measurements, and this has 0."),
        ({"items": [markup("curve", "C 曲", [])]}, "The markup C 曲 has no points, or no size."),
        (
            {"items": [markup("plane", "P", [[0.0, 0.0, 0.0]], size=[1.0, 0.0, 0.0], **BOX)]},
            "The markup P has no points, or no size.",
        ),
        (
            {"items": [{**MARKUPS[0], "values": [value("area", 1.0, "mm²")]}]},
            "The measurement area of 病变 α has a name or a unit that a report can't hold: mm².",
        ),
        (
            {"items": [{**MARKUPS[0], "values": [value("n" * 65, 1.0, "mm")]}]},
            f"The measurement {'n' * 65} of 病变 α has a name or a unit that a report can't hold: "
            "mm.",
        ),
    ],
)
def test_what_no_report_can_hold_is_refused_in_a_sentence(
    images: list[Dataset], parts: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        report.build(Path("unused"), result(**parts), images)
    assert caught.value.message == message
    assert caught.value.hint


def test_a_curve_has_as_many_points_as_one_attribute_holds(images: list[Dataset]) -> None:
    points = [[float(number), 0.5, 0.25] for number in range(report.MOST_POINTS + 1)]
    sent = markup("closed_curve", "C", points[:-1])
    assert same(there_and_back(images, items=[sent])["items"], [sent])
    with pytest.raises(InputError, match="The markup C has more than 5460 points, which a report"):
        report.build(Path("unused"), result([markup("curve", "C", points)]), images)


def test_a_markup_without_unit_has_none_in_the_report(images: list[Dataset]) -> None:
    sent = {**MARKUPS[0], "values": [value("ratio", 0.5, "")]}
    (found,) = there_and_back(images, items=[sent])["items"]
    assert found["values"] == [value("ratio", 0.5, "1")]


def test_without_images_or_their_place_nothing_is_made(images: list[Dataset]) -> None:
    with pytest.raises(InputError, match="belong to no images of the server"):
        report.build(Path("unused"), result(MARKUPS), [])
    flat = copy.deepcopy(images[0])
    del flat.FrameOfReferenceUID
    with pytest.raises(InputError, match="they name no frame of reference"):
        report.build(Path("unused"), result(MARKUPS), [flat])


def test_too_many_are_refused(images: list[Dataset], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "MOST_GROUPS", 2)
    with pytest.raises(InputError, match="A report holds 1 to 2 measurements, and this has 3."):
        report.build(Path("unused"), result(MARKUPS[2:3]), images)


def test_highdicom_is_asked_for(images: list[Dataset], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "highdicom", None)
    with pytest.raises(MissingDependencyError) as caught:
        report.build(Path("unused"), result(MARKUPS), images)
    assert caught.value.package == "highdicom"
