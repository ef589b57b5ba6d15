"""Volumes of real numbers as parametric maps (DICOM PS3.3 A.75), by highdicom.

Slicer's exporter knows whole numbers alone. A map has the numbers themselves, as 32 or 64 bits, and
its own geometry in the source's frame of reference. What others write as whole numbers with a slope
and an intercept (PS3.3 C.7.6.16.2.11), is read as well.
"""

from __future__ import annotations

import copy
import inspect
import math
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from .. import __version__
from ..shared.errors import InputError
from ..shared.events import CancelToken
from ..shared.results import MAP_TYPES, VOLUME, Layer
from ..shared.validation import plain_text
from . import identity, terms
from .frames import planewise
from .layers import MOST_SEGMENTS, MOST_VOXELS, damaged, reading, too_large
from .library import highdicom
from .planes import stack_in
from .scheme import NO_UNIT, PARAMETRIC_MAP, QUANTITY, Code
from .sources import Places, frame_of_reference

#: Of a source image, by which highdicom tells its size and place.
_COPIED = (
    *("Rows", "Columns", "NumberOfFrames", "ImagePositionPatient", "ImageOrientationPatient"),
    *("PixelSpacing", "SliceThickness", "SharedFunctionalGroupsSequence"),
    *("PerFrameFunctionalGroupsSequence", "DimensionIndexSequence", "LossyImageCompression"),
    *("LossyImageCompressionRatio", "LossyImageCompressionMethod"),
)
#: The item that has what a frame's numbers mean, and its members for a straight line.
_MAPPING = "RealWorldValueMappingSequence"
_LINEAR = ("RealWorldValueSlope", "RealWorldValueIntercept")


def build(
    folder: Path, data: Mapping[str, Any], images: Sequence[Dataset], token: CancelToken
) -> List[Dataset]:
    """Return the map of a result of the kind volume that has a layer in the place of files.

    `token` ends it between two planes.

    Raises
    ------
    InputError
        The layer can't be read, holds what is no number, or the source has no frame of reference.
    MissingDependencyError
        highdicom is not installed.
    """
    import numpy as np

    layer = data["layers"][0]
    hd, frame = highdicom(), frame_of_reference(images)
    voxels = _voxels(folder, layer)
    matrix = np.array(layer["matrix"], float).reshape(4, 4)
    steps = np.linalg.norm(matrix[:3, :3], axis=0)
    if not np.isfinite(matrix).all() or not steps.all():
        raise _unreadable("its matrix is none")
    across, down = matrix[:3, 0] / steps[0], matrix[:3, 1] / steps[1]
    starts = [matrix[:3, 3] + matrix[:3, 2] * number for number in range(len(voxels))]
    normal = np.cross(across, down)
    apart = abs(float(matrix[:3, 2] @ normal))
    low, high = float(voxels.min()), float(voxels.max())
    quantity = layer.get("quantity")
    stand_ins = [_stand_in(image, frame) for image, _ in Places(images).nearest(starts)]
    try:
        made: Dataset = hd.pm.ParametricMap(
            stand_ins or [_stand_in(images[0], frame)],
            planewise(voxels, token),
            generate_uid(None),
            data["series_number"] or identity.free_number(images),
            generate_uid(None),
            1,
            "OrthancConnect",
            "OrthancConnect",
            __version__,
            "1",
            False,
            [
                hd.pm.RealWorldValueMapping(
                    lut_label="1",
                    lut_explanation=identity.long_string(data["title"]),
                    unit=hd.sr.CodedConcept(*layer.get("unit") or NO_UNIT),
                    quantity_definition=quantity and hd.sr.CodedConcept(*quantity),
                    value_range=(low, high),
                    slope=1.0,
                    intercept=0.0,
                )
            ],
            **_window(hd, (low + high) / 2, max(high - low, 1e-6)),
            content_description=identity.long_string(data["description"] or data["title"]),
            content_creator_name=identity.person_name(data["author"]) or None,
            pixel_measures=hd.PixelMeasuresSequence(
                [float(steps[1]), float(steps[0])], apart, apart
            ),
            plane_orientation=hd.PlaneOrientationSequence("PATIENT", [*across, *down]),
            plane_positions=[hd.PlanePositionSequence("PATIENT", start) for start in starts],
            content_label="MAP",
        )
    except (ValueError, TypeError) as error:  # highdicom's own checks
        raise _unreadable(plain_text(error, 300)) from error
    shared = made.SharedFunctionalGroupsSequence[0]
    shared.FrameVOILUTSequence[0].VOILUTFunction = "LINEAR_EXACT"  # widths below 1 (C.11.2.1.2)
    for keyword in ("BodyPartExamined", "Laterality"):
        if keyword in images[0]:
            made[keyword] = copy.deepcopy(images[0][keyword])
    return [made]


def _window(hd: Any, center: float, width: float) -> Dict[str, Any]:
    """Return how a viewer begins to show the numbers, in the words of highdicom's version."""
    if "voi_lut_transformations" in inspect.signature(hd.pm.ParametricMap.__init__).parameters:
        return {"voi_lut_transformations": [hd.VOILUTTransformation(center, width)]}
    return {"window_center": center, "window_width": width}


def _voxels(folder: Path, layer: Mapping[str, Any]) -> Any:
    """Return the numbers, [k][j][i]."""
    import numpy as np

    kind = str(layer["type"])
    if kind not in MAP_TYPES:
        raise _unreadable(f"its type is {kind}")
    try:
        flat = np.fromfile(folder / layer["file"], np.dtype(kind).newbyteorder("<"))
        voxels = flat.reshape(layer["size"][::-1])
    except (OSError, ValueError) as error:
        raise _unreadable(plain_text(error, 200)) from error
    if not np.isfinite(voxels).all():
        raise _unreadable("not every voxel is a number")
    return voxels.astype(kind)


def _unreadable(why: str) -> InputError:
    return InputError(
        f"No parametric map can be made of this volume: {why}.",
        "Look at the volume in Slicer, and send it again.",
    )


def _stand_in(image: Dataset, frame: str) -> Dataset:
    """Return of a source image what highdicom needs to refer to it."""
    stand_in = identity.bare(image)
    stand_in.FrameOfReferenceUID, stand_in.PositionReferenceIndicator = frame, ""
    for keyword in _COPIED:
        if keyword in image:
            stand_in[keyword] = image[keyword]
    return stand_in


# Reading ------------------------------------------------------------------------------------------


def read(dataset: Dataset, folder: Path, others: Sequence[Dataset] = ()) -> Dict[str, Any]:
    """Write the numbers of a map, of anybody's, as a layer into a folder, and return the result.

    `others` are the other instances of its series, which have the rest of its planes.

    Raises
    ------
    InputError
        Something in it is missing, makes no sense, or is too large, or it has not one number for
        each place.
    OSError
        The folder can't be written.
    """
    with reading("RealWorldValueMappingSequence"):
        return _read([dataset, *others], folder)


def _read(datasets: Sequence[Dataset], folder: Path) -> Dict[str, Any]:
    import numpy as np

    places, shape, matrix = stack_in(datasets)
    if sorted(places) != list(range(shape[0])):  # several numbers for a place, or none
        raise damaged("ImagePositionPatient")
    count = math.prod(shape)
    if not 0 < count <= MOST_VOXELS or max(shape) > MOST_SEGMENTS:
        raise too_large(count)
    planes = [plane for one in datasets for plane in _planes(one, shape[1] * shape[2])]
    kind = "float32" if all("FloatPixelData" in one for one in datasets) else "float64"
    layer = Layer(
        "layer-0.raw",
        kind,
        (shape[2], shape[1], shape[0]),
        tuple(float(part) for part in matrix.ravel()),
    )
    mapping = Dataset()
    with open(folder / layer.file, "wb") as file:
        for at in np.argsort(places):
            values, mapping = planes[at]
            slope, shift = (float(mapping[one].value) for one in _LINEAR)
            if (slope, shift) != (1, 0):
                values = values * slope + shift
            file.write(values.astype(np.dtype(kind).newbyteorder("<")).tobytes())
    dataset = datasets[0]
    unit = _code(mapping.MeasurementUnitsCodeSequence[0])
    told: Dict[str, Any] = {
        **{"file": layer.file, "type": kind, "size": layer.size, "matrix": layer.matrix},
        **{"unit": None if unit[:2] == NO_UNIT[:2] else unit, "quantity": _quantity(mapping)},
    }
    return {**terms.series_of(dataset, VOLUME, terms.referenced_series(dataset)), "layers": [told]}


def _planes(dataset: Dataset, size: int) -> Iterator[Tuple[Any, Dataset]]:
    """Yield the numbers of each frame of an instance, as stored, with what they mean."""
    import numpy as np

    syntax = dataset.file_meta.TransferSyntaxUID
    kinds = {"FloatPixelData": "f4", "DoubleFloatPixelData": "f8"}
    sign = "i" if dataset.get("PixelRepresentation") else "u"
    kinds["PixelData"] = f"{sign}2"
    name = next((one for one in kinds if one in dataset), "PixelData")
    frames = dataset.PerFrameFunctionalGroupsSequence
    if dataset.SOPClassUID != PARAMETRIC_MAP or syntax.is_encapsulated:
        raise damaged("SOPClassUID" if dataset.SOPClassUID != PARAMETRIC_MAP else name)
    stored = np.dtype(kinds[name]).newbyteorder("<" if syntax.is_little_endian else ">")
    data = dataset[name].value if name in dataset else b""
    if len(data) < len(frames) * size * stored.itemsize:
        raise damaged(name)
    if int(dataset.BitsAllocated) != 8 * stored.itemsize:
        raise damaged("BitsAllocated")
    for number, frame in enumerate(frames):
        values = np.frombuffer(data, stored, size, number * size * stored.itemsize)
        yield values, _mapping(dataset, frame)


def _mapping(dataset: Dataset, frame: Dataset) -> Dataset:
    """Return what makes real numbers of those of a frame (PS3.3 C.7.6.16.2.11)."""
    groups = [frame, *(dataset.get("SharedFunctionalGroupsSequence") or [])]
    found: Dataset = next((one for one in groups if _MAPPING in one), frame)[_MAPPING].value[0]
    return found


def _quantity(mapping: Dataset) -> Optional[Code]:
    for item in mapping.get("QuantityDefinitionSequence") or ():
        if _code(item.ConceptNameCodeSequence[0])[:2] == QUANTITY[:2]:
            return _code(item.ConceptCodeSequence[0])
    return None


def _code(item: Dataset) -> Code:
    value = item.get("CodeValue") or item.LongCodeValue
    return str(value), str(item.CodingSchemeDesignator), str(item.CodeMeaning)
