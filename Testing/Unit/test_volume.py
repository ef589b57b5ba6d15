"""Volumes that Slicer exported become series of their source's study."""

from __future__ import annotations

import copy
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from OrthancConnectCore.results import parametric, volume
from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.results import Result
from Support.data.dicom import save_dataset
from Support.data.drawn import split_in
from Support.data.measured import said_by, source_images
from Support.scenarios.results import looks_of

#: What the exporter of Slicer 5.8 to 5.12 (the CLI CreateDICOMSeries, ITK's GDCM) writes of images.
_EXPORTED = """
    SOPClassUID SOPInstanceUID Rows Columns BitsAllocated BitsStored HighBit SamplesPerPixel
    PixelRepresentation PhotometricInterpretation PixelData ImagePositionPatient PixelSpacing
    ImageOrientationPatient SliceThickness RescaleSlope RescaleIntercept RescaleType Modality
    InstanceNumber
""".split()


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[Dataset]:
    return source_images(tmp_path_factory.mktemp("ct"))


@pytest.fixture
def folder(images: list[Dataset], tmp_path: Path) -> Path:
    """A folder as the exporter leaves it, of a person who was typed, last slice first."""
    for number, image in enumerate(reversed(images)):
        whole, exported = pydicom.dcmread(image.filename), Dataset()
        exported.file_meta = whole.file_meta
        for keyword in _EXPORTED:
            exported[keyword] = whole[keyword]
        exported.SpecificCharacterSet = "ISO_IR 100"
        exported.PatientName, exported.PatientID = "Typed^Name", "typed"
        exported.PatientComments, exported.ProtocolName = "typed", "Tórax"
        exported.StudyInstanceUID, exported.SeriesInstanceUID = "1.2.3", "1.2.4"
        exported.FrameOfReferenceUID = "1.2.5"
        exported.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        save_dataset(exported, tmp_path / f"IMG{number:04d}.dcm")
    return tmp_path


def result(folder: Path, kind: str = "volume", **more: Any) -> dict[str, Any]:
    names = sorted(path.name for path in folder.iterdir())
    return {
        **{"kind": kind, "title": "Filtrado", "author": "Núria Pérez", "files": names},
        **{"created": "2026-11-29T22:00:01+01:00", "description": "Mediana 3 × 3 × 3"},
        **{"series_number": None, "replaces": None, **more},
    }


def built(folder: Path, images: list[Dataset], target: Path, **more: Any) -> list[Path]:
    paths = []
    for number, dataset in enumerate(volume.build(folder, result(folder, **more), images)):
        paths.append(target / f"{number}.dcm")
        save_dataset(dataset, paths[-1])
    return paths


def change(folder: Path, name: str = "IMG0002.dcm", **values: Any) -> None:
    dataset = pydicom.dcmread(folder / name)
    for keyword, one in values.items():
        setattr(dataset, keyword, one)
    save_dataset(dataset, folder / name)


def test_the_voxels_and_their_places_are_those_that_were_exported(
    folder: Path, images: list[Dataset], tmp_path_factory: pytest.TempPathFactory
) -> None:
    paths = built(folder, images, tmp_path_factory.mktemp("out"))
    for number, (path, image) in enumerate(zip(paths, images), 1):
        found, source = pydicom.dcmread(path), pydicom.dcmread(image.filename)
        assert np.array_equal(found.pixel_array, source.pixel_array)
        assert found.ImagePositionPatient == source.ImagePositionPatient
        assert found.InstanceNumber == number
    assert len(paths) == len(images)


def test_whose_they_are_comes_from_the_source(
    folder: Path, images: list[Dataset], tmp_path_factory: pytest.TempPathFactory
) -> None:
    paths = built(folder, images, tmp_path_factory.mktemp("out"))
    found = [pydicom.dcmread(path) for path in paths]
    for one, image in zip(found, images):
        for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "FrameOfReferenceUID"):
            assert one[keyword].value == image[keyword].value
        assert "PatientComments" not in one
        assert one.ProtocolName == "Tórax"
        assert one.ImageType == ["DERIVED", "SECONDARY", "AXIAL"]
        assert one.DerivationDescription == "Mediana 3 × 3 × 3"
        assert (one.SeriesNumber, one.SeriesDescription) == (301, "Filtrado")
        assert one.SourceImageSequence[0].ReferencedSOPInstanceUID == image.SOPInstanceUID
        assert one.ReferencedSeriesSequence[0].SeriesInstanceUID == image.SeriesInstanceUID
        assert one.SOPInstanceUID == one.file_meta.MediaStorageSOPInstanceUID
        assert (one.KVP, one.PatientPosition) == (image.KVP, image.PatientPosition)
    assert len({one.SOPInstanceUID for one in found}) == len(images)
    (series,) = {one.SeriesInstanceUID for one in found}
    assert series not in ("1.2.4", images[0].SeriesInstanceUID)
    assert {said_by("dciodvfy", path) for path in paths} == {"CTImage\n"}


def test_pixels_of_a_lossy_source_stay_lossy(
    folder: Path, images: list[Dataset], tmp_path: Path
) -> None:
    lossy = [pydicom.dcmread(image.filename, stop_before_pixels=True) for image in images]
    for image in lossy:
        image.LossyImageCompression, image.LossyImageCompressionRatio = "01", "10"
    (first, *_) = volume.build(folder, result(folder), lossy)
    assert (first.LossyImageCompression, first.LossyImageCompressionRatio) == ("01", 10)


def test_another_kind_of_image_takes_over_no_acquisition(
    folder: Path, images: list[Dataset]
) -> None:
    capture = "1.2.840.10008.5.1.4.1.1.7"
    for path in folder.iterdir():
        change(folder, path.name, SOPClassUID=capture, Modality="OT")
    for one in volume.build(folder, result(folder), images):
        assert "KVP" not in one and one.FrameOfReferenceUID == images[0].FrameOfReferenceUID


def test_a_scene_in_dicom_gets_its_patient_and_keeps_the_rest(
    folder: Path, images: list[Dataset]
) -> None:
    """From whatever instance of its study."""
    for path in sorted(folder.iterdir())[1:]:
        path.unlink()
    report = copy.deepcopy(images[0])
    report.Modality = "SR"
    (scene,) = volume.build(folder, result(folder, "scene"), [report])
    assert str(scene.PatientName) == "Müller^Jürgen"
    assert (scene.ImageType[0], scene.FrameOfReferenceUID) == ("ORIGINAL", "1.2.5")
    assert "SourceImageSequence" not in scene


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"Rows": 15}, "they are of different kinds, or have not all their pixels"),
        ({"PixelData": bytes(16)}, "they are of different kinds, or have not all their pixels"),
        ({"ImagePositionPatient": None}, "not all have a place in the patient"),
        ({"ImageOrientationPatient": [0, 1, 0, 0, 0, 1]}, "they lie in different directions"),
        ({"ImagePositionPatient": [0, 0, 0]}, "several lie at the same place"),
    ],
)
def test_images_that_are_no_volume_are_refused(
    folder: Path, images: list[Dataset], changes: dict[str, Any], why: str
) -> None:
    change(folder, **changes)
    with pytest.raises(InputError) as caught:
        volume.build(folder, result(folder), images)
    assert caught.value.message == f"The images that were exported are no volume: {why}."


# Real numbers ------------------------------------------------------------------------------------

#: From feet to head, and the other way round; highdicom puts the planes in an order of its own.
MATRICES = {
    step: [0.0, 2.0, 0.5, -10.0, 1.5, 0.0, 0.0, -20.0, 0.0, 0.0, step, 5.0, 0.0, 0.0, 0.0, 1.0]
    for step in (3.0, -3.0)
}


def real_numbers(
    folder: Path, kind: str = "float32", step: float = 3.0, **more: Any
) -> dict[str, Any]:
    """A volume of 4 x 3 x 2 real numbers, sheared as one of a tilted gantry is."""
    voxels = np.random.default_rng(1).random((2, 3, 4)) - 0.5
    voxels.astype(np.dtype(kind).newbyteorder("<")).tofile(folder / "layer-0.raw")
    layer = {
        "file": "layer-0.raw",
        "type": kind,
        "size": [4, 3, 2],
        "matrix": MATRICES[step],
        **more,
    }
    source = {"patient_id": "PAT0071", "files": []}
    told = {
        "format": 1,
        "source": source,
        "origin": "n1",
        "layers": [{**layer, **more}],
        "files": [],
    }
    whole = {**result(folder), **told}
    Result.from_dict(whole)
    return whole


@pytest.mark.parametrize(("kind", "step"), [("float32", 3.0), ("float64", -3.0)])
def test_real_numbers_become_a_parametric_map(
    tmp_path: Path, images: list[Dataset], kind: str, step: float
) -> None:
    told = real_numbers(tmp_path, kind, step)
    (made,) = volume.build(tmp_path, told, images)
    save_dataset(made, tmp_path / "map.dcm")
    found = pydicom.dcmread(tmp_path / "map.dcm")
    sent = np.fromfile(tmp_path / "layer-0.raw", kind).reshape(2, 3, 4)
    name = "FloatPixelData" if kind == "float32" else "DoubleFloatPixelData"
    frames = np.frombuffer(found[name].value, kind).reshape(2, 3, 4)
    shared, groups = found.SharedFunctionalGroupsSequence[0], found.PerFrameFunctionalGroupsSequence
    assert shared.PixelMeasuresSequence[0].PixelSpacing == [2, 1.5]
    assert shared.PlaneOrientationSequence[0].ImageOrientationPatient == [0, 1, 0, 1, 0, 0]
    places = [one.PlanePositionSequence[0].ImagePositionPatient for one in groups]
    by_place = {tuple(map(float, place)): frame for place, frame in zip(places, frames)}
    assert np.array_equal(by_place[-10.0, -20.0, 5.0], sent[0])
    assert np.array_equal(by_place[-9.5, -20.0, 5.0 + step], sent[1])
    assert (str(found.PatientName), found.SeriesNumber) == ("Müller^Jürgen", 301)
    assert found.FrameOfReferenceUID == images[0].FrameOfReferenceUID
    assert found.SourceImageSequence[0].ReferencedSOPInstanceUID == images[0].SOPInstanceUID
    said = said_by("dciodvfy", tmp_path / "map.dcm").splitlines()
    highdicoms = [f"value 4 of attribute <{name} Type>" for name in ("Image", "Frame")]
    assert said == ["ParametricMap"] + [
        f"Warning - Unrecognized defined term <QUANTITY> for {one}" for one in highdicoms
    ]


def test_a_cancel_ends_it_between_two_planes(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, images: list[Dataset]
) -> None:
    assert looks_of(partial(volume.build, folder, result(folder), images)) == 2 * len(images)
    other = tmp_path_factory.mktemp("map")
    assert looks_of(partial(volume.build, other, real_numbers(other), images)) >= 2


@pytest.mark.parametrize(
    ("layer", "why"),
    [
        ({"size": [4, 3, 3]}, "cannot reshape array of size 24 into shape"),
        ({"file": "layer-1.raw"}, "No such file or directory"),
        ({"matrix": [0.0] * 16}, "its matrix is none"),
    ],
)
def test_numbers_that_make_no_map_are_refused(
    tmp_path: Path, images: list[Dataset], layer: dict[str, Any], why: str
) -> None:
    told = real_numbers(tmp_path, **layer)
    with pytest.raises(InputError, match="No parametric map can be made of this volume: .*" + why):
        volume.build(tmp_path, told, images)


DIFFUSION = {
    "unit": ["mm2/s", "UCUM", "mm2/s"],
    "quantity": ["113041", "DCM", "Apparent Diffusion Coefficient"],
}


def map_of(folder: Path, images: list[Dataset], **more: Any) -> Dataset:
    (made,) = volume.build(folder, real_numbers(folder, **more), images)
    save_dataset(made, folder / "map.dcm")
    return pydicom.dcmread(folder / "map.dcm")


@pytest.mark.parametrize("codes", [{}, DIFFUSION])
@pytest.mark.parametrize(("kind", "step"), [("float32", 3.0), ("float64", -3.0)])
def test_a_map_is_read_as_it_was_made(
    tmp_path: Path, images: list[Dataset], kind: str, step: float, codes: dict[str, Any]
) -> None:
    made = map_of(tmp_path, images, kind=kind, step=step, **codes)
    sent = np.fromfile(tmp_path / "layer-0.raw", kind).reshape(2, 3, 4)
    back = tmp_path / "back"
    back.mkdir()
    told = parametric.read(made, back)
    assert Result.from_dict(told).source.series_instance_uid == images[0].SeriesInstanceUID
    (layer,) = told["layers"]
    found = np.fromfile(back / "layer-0.raw", kind).reshape(layer["size"][::-1])
    matrix, before = (np.reshape(one, (4, 4)) for one in (layer["matrix"], MATRICES[step]))
    for k in (0, 1):
        place = np.linalg.solve(matrix, before @ [0, 0, k, 1])
        assert np.allclose(place[:2], 0) and np.array_equal(found[round(place[2])], sent[k])
    wanted = tuple(tuple(codes[name]) if codes else None for name in ("unit", "quantity"))
    assert (layer["type"], layer["unit"], layer["quantity"]) == (kind, *wanted)


def test_a_map_in_two_files_is_read(tmp_path: Path, images: list[Dataset]) -> None:
    made = map_of(tmp_path, images)
    for name in ("back", "parts"):
        (tmp_path / name).mkdir()
    whole = parametric.read(made, tmp_path / "back")["layers"]
    first, second = split_in(made, [slice(0, 1), slice(1, 2)])
    assert parametric.read(second, tmp_path / "parts", [first])["layers"] == whole
    one, other = (tmp_path / name / "layer-0.raw" for name in ("back", "parts"))
    assert one.read_bytes() == other.read_bytes()
    with pytest.raises(InputError, match="ImagePositionPatient"):  # two numbers for a place
        parametric.read(second, tmp_path, [first, first])


def test_whole_numbers_with_a_slope_are_read(tmp_path: Path, images: list[Dataset]) -> None:
    made = map_of(tmp_path, images)
    stored = np.arange(24, dtype="<u2")
    del made.FloatPixelData
    made.PixelData, made.BitsAllocated, made.PixelRepresentation = stored.tobytes(), 16, 0
    for group in (*made.SharedFunctionalGroupsSequence, *made.PerFrameFunctionalGroupsSequence):
        for mapping in group.get("RealWorldValueMappingSequence", ()):
            mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = 0.5, -1
    (layer,) = parametric.read(made, tmp_path)["layers"]
    found = np.sort(np.fromfile(tmp_path / "layer-0.raw", layer["type"]))
    assert layer["type"] == "float64" and np.array_equal(found, stored * 0.5 - 1)


def _one_place(made: Dataset) -> None:
    for group in made.PerFrameFunctionalGroupsSequence:
        group.PlanePositionSequence[0].ImagePositionPatient = [0, 0, 0]


def _no_meaning(made: Dataset) -> None:
    for group in (*made.SharedFunctionalGroupsSequence, *made.PerFrameFunctionalGroupsSequence):
        group.pop("RealWorldValueMappingSequence", None)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (_one_place, "ImagePositionPatient"),
        (_no_meaning, "RealWorldValueMappingSequence"),
        (lambda made: setattr(made, "FloatPixelData", b"1234"), "FloatPixelData"),
        (lambda made: setattr(made, "SOPClassUID", "1.2.3"), "SOPClassUID"),
        (lambda made: setattr(made, "BitsAllocated", 8), "BitsAllocated"),
        (lambda made: delattr(made, "FloatPixelData"), "PixelData"),
        (
            lambda made: delattr(made, "PerFrameFunctionalGroupsSequence"),
            "PerFrameFunctionalGroupsSequence",
        ),
    ],
)
def test_a_map_that_makes_no_sense_is_refused(
    tmp_path: Path, images: list[Dataset], spoil: Any, named: str
) -> None:
    made = map_of(tmp_path, images)
    spoil(made)
    with pytest.raises(InputError, match=f"its {named} is missing or makes no sense"):
        parametric.read(made, tmp_path)


def test_what_is_no_number_is_refused(tmp_path: Path, images: list[Dataset]) -> None:
    told = real_numbers(tmp_path)
    np.full(24, np.nan, "<f4").tofile(tmp_path / "layer-0.raw")
    with pytest.raises(InputError, match="not every voxel is a number"):
        volume.build(tmp_path, told, images)


# What can't be made ------------------------------------------------------------------------------


def test_what_is_no_dicom_file_is_named(folder: Path, images: list[Dataset]) -> None:
    told = result(folder)
    (folder / "IMG0003.dcm").write_bytes(b"nothing")
    with pytest.raises(InputError, match="The file IMG0003.dcm of this result is no DICOM file: "):
        volume.build(folder, told, images)
    (folder / "IMG0003.dcm").unlink()
    with pytest.raises(InputError, match="The file IMG0003.dcm of this result is no DICOM file: "):
        volume.build(folder, told, images)


def test_without_a_source_nothing_is_made(folder: Path) -> None:
    with pytest.raises(InputError, match="This volume belongs to no images of the server."):
        volume.build(folder, result(folder), [])
