"""Series to draw on, and drawings as Slicer leaves them in a folder."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any, Optional, Sequence

import numpy as np
import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from OrthancConnectCore.shared.results import Result
from Support.data.dicom import PATIENTS, Patient, save_dataset, write_ct_series

#: Orientation of the rows' and columns' indices, and the step from slice to slice in mm.
_TURN = math.radians(20)
GEOMETRIES = {
    "axial": ([1, 0, 0, 0, 1, 0], [0, 0, 3.0]),
    "sagittal, from the left": ([0, 1, 0, 0, 0, -1], [-3.0, 0, 0]),
    "oblique": (
        [math.cos(_TURN), math.sin(_TURN), 0, 0, 0, -1],
        [-3 * math.sin(_TURN), 3 * math.cos(_TURN), 0],
    ),
    # the planes lean by 20 degrees, the table moves along the patient
    "gantry tilted": ([1, 0, 0, 0, math.cos(_TURN), math.sin(_TURN)], [0, 0, 3.0]),
}


def series_of(
    folder: Path,
    geometry: str = "axial",
    shape: tuple[int, int, int] = (8, 40, 32),
    patient: Patient = PATIENTS[0],
) -> list[Dataset]:
    """Write a CT series, [slice][row][column], and return its images without pixels."""
    slices, rows, columns = shape
    turn, step = GEOMETRIES[geometry]
    images = []
    files = write_ct_series(folder, patient, slices=slices, rows=rows, columns=columns)
    for index, path in enumerate(files):
        image = pydicom.dcmread(path)
        image.ImageOrientationPatient = [f"{part:.10f}" for part in turn]
        image.ImagePositionPatient = [f"{-50 + index * part:.6f}" for part in step]
        image.PixelSpacing = ["0.8", "0.9"]
        image.SliceThickness = "3"
        del image.SpacingBetweenSlices
        save_dataset(image, path)
        image.filename = str(path)
        del image.PixelData
        images.append(image)
    return images


def matrix_of(images: Sequence[Dataset]) -> np.ndarray:
    """Return the matrix from column, row and slice to millimetres (LPS) of an even series."""
    matrix = np.eye(4)
    turn = np.array(images[0].ImageOrientationPatient, float)
    first, last = (np.array(images[at].ImagePositionPatient, float) for at in (0, -1))
    matrix[:3, 0] = turn[:3] * float(images[0].PixelSpacing[1])
    matrix[:3, 1] = turn[3:] * float(images[0].PixelSpacing[0])
    matrix[:3, 2] = (last - first) / (len(images) - 1)
    matrix[:3, 3] = first
    return matrix


def multi_frame(images: Sequence[Dataset]) -> Dataset:
    """Return a series as one Enhanced CT image, with all of the geometry frame by frame."""
    whole = Dataset()
    whole.update(images[0])
    whole.file_meta = images[0].file_meta
    whole.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    whole.NumberOfFrames = len(images)
    whole.SharedFunctionalGroupsSequence = [Dataset()]
    frames = []
    for image in images:
        frame, place, turn, measures = Dataset(), Dataset(), Dataset(), Dataset()
        place.ImagePositionPatient = image.ImagePositionPatient
        turn.ImageOrientationPatient = image.ImageOrientationPatient
        measures.PixelSpacing = image.PixelSpacing
        measures.SliceThickness = image.SliceThickness
        frame.PlanePositionSequence = [place]
        frame.PlaneOrientationSequence = [turn]
        frame.PixelMeasuresSequence = [measures]
        frames.append(frame)
    whole.PerFrameFunctionalGroupsSequence = frames
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        delattr(whole, keyword)
    return whole


def segment(name: str, value: int, layer: int = 0, **more: Any) -> dict[str, Any]:
    """Return one segment of a drawing as the format has it."""
    return {
        "id": f"Segment_{layer}_{value}",
        "name": name,
        "color": [0.5, 0.25, 0.75],
        "layer": layer,
        "value": value,
        "category": ["49755003", "SCT", "Morphologically Altered Structure"],
        "type": ["4147007", "SCT", "Mass"],
        "type_modifier": None,
        "region": ["10200004", "SCT", "Liver"],
        "region_modifier": None,
        "algorithm_type": "MANUAL",
        "algorithm_name": "",
        **more,
    }


def drawing_in(
    folder: Path,
    images: Sequence[Dataset],
    layers: Sequence[np.ndarray],
    segments: Sequence[dict[str, Any]],
    matrix: Optional[np.ndarray] = None,
    **more: Any,
) -> dict[str, Any]:
    """Write layers, [k][j][i], as Slicer leaves them, and return the result that tells of them."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if matrix is None:
        matrix = matrix_of(images)
    told = []
    for number, layer in enumerate(layers):
        (folder / f"layer-{number}.raw").write_bytes(np.ascontiguousarray(layer).tobytes())
        told.append(
            {
                "file": f"layer-{number}.raw",
                "type": layer.dtype.name,
                "size": list(layer.shape[::-1]),
                "matrix": [float(part) for part in matrix.ravel()],
            }
        )
    result = {
        "format": 1,
        "kind": "segmentation",
        "title": "Leber 肝臓",
        "author": "Pérez Núria",
        "created": "2026-11-29T22:30:05+01:00",
        "description": "Leber, zweite Lesung",
        "series_number": 501,
        "source": {
            "patient_id": str(images[0].PatientID),
            "study_instance_uid": str(images[0].StudyInstanceUID),
            "series_instance_uid": str(images[0].SeriesInstanceUID),
            "files": [str(getattr(image, "filename", "")) for image in images],
        },
        "replaces": None,
        "origin": "vtkMRMLSegmentationNode1",
        "layers": told,
        "segments": list(segments),
        **more,
    }
    return json.loads(json.dumps(result))


def voxels_in_space(folder: Path, result: dict[str, Any]) -> dict[str, set[tuple[int, int, int]]]:
    """Return each segment's voxels by its name: their centres, in hundredths of a millimetre."""
    found: dict[str, set[tuple[int, int, int]]] = {}
    for one in result["segments"]:
        layer = result["layers"][one["layer"]]
        shape = layer["size"][::-1]
        voxels = np.fromfile(folder / layer["file"], np.dtype(layer["type"]).newbyteorder("<"))
        places = np.argwhere(voxels.reshape(shape) == one["value"])[:, ::-1]
        matrix = np.array(layer["matrix"]).reshape(4, 4)
        centres = np.rint((places @ matrix[:3, :3].T + matrix[:3, 3]) * 100).astype(int)
        found[one["name"]] = {(int(x), int(y), int(z)) for x, y, z in centres}
    return found


def written(dataset: Dataset, path: Path) -> Path:
    """Write an object as a whole file, for other programs, with pydicom 2.4 as with 3."""
    if hasattr(dataset, "is_implicit_VR") and pydicom.__version__.startswith("2"):
        dataset.is_little_endian = True
        dataset.is_implicit_VR = dataset.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2"
        dataset.save_as(path, write_like_original=False)
    else:
        dataset.save_as(path, enforce_file_format=True)
    return path


def tear(dataset: Dataset, keyword: str) -> None:
    """Cut a sequence off within its first item's tag, as in the bytes of a file."""
    tag = Tag(keyword)
    dataset[tag] = RawDataElement(tag, "SQ", 2, b"\xfe\xff", 0, True, True)


def sent(kind: Any, folder: Path, result: dict[str, Any], images: list[Dataset]) -> Dataset:
    """Build by a module of results, write and read the file, as the server gives it."""
    (made,) = kind.build(folder, result, images)
    return pydicom.dcmread(written(made, folder / "made.dcm"))


def back(kind: Any, dataset: Dataset, folder: Path, *images: list[Dataset]) -> dict[str, Any]:
    """Read by a module of results into a new folder; what comes back, as JSON has it."""
    folder.mkdir()
    result = kind.read(dataset, folder, *images)
    return json.loads(json.dumps(Result.from_dict(result).to_dict()))


def split_in(dataset: Dataset, places: Sequence[slice]) -> list[Dataset]:
    """Return a segmentation or map as a concatenation of files with some of its frames each."""
    frames, pixels = list(dataset.PerFrameFunctionalGroupsSequence), "PixelData"
    if "FloatPixelData" in dataset:
        pixels = "FloatPixelData"
    bits = np.unpackbits(np.frombuffer(dataset[pixels].value, np.uint8), bitorder="little")
    size = dataset.Rows * dataset.Columns * dataset.BitsAllocated
    bits = bits[: len(frames) * size].reshape(len(frames), size)
    parts = []
    for number, place in enumerate(places, 1):
        part = copy.deepcopy(dataset)
        part.SOPInstanceUID = f"1.2.3.4.{number}"
        part.file_meta.MediaStorageSOPInstanceUID = part.SOPInstanceUID
        part.ConcatenationUID, part.InConcatenationNumber = "1.2.3.4", number
        part.InConcatenationTotalNumber = len(places)
        part.PerFrameFunctionalGroupsSequence = frames[place]
        part.NumberOfFrames = len(frames[place])
        packed = np.packbits(bits[place].ravel(), bitorder="little").tobytes()
        part[pixels].value = packed + bytes(len(packed) % 2)
        parts.append(part)
    return parts
