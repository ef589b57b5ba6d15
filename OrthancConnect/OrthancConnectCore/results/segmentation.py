"""Segmentations as DICOM SEG (PS3.3 A.51), by highdicom, and those of others back into voxels.

What was not drawn on the grid of the source's images is brought onto it by nearest neighbour, and
the object says so in its Derivation Description. It is binary; a label map (Supplement 243) where
the result asks for one and no segments overlap.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from .. import __version__
from ..shared.errors import InputError, MissingDependencyError
from ..shared.events import CancelToken
from ..shared.results import SEGMENTATION, Result, Segment
from ..shared.validation import plain_text
from . import identity, terms
from .frames import Frames, lacking, planewise, wholes, with_segmentations
from .layers import (
    MOST_SEGMENTS,
    MOST_VOXELS,
    LayerFiles,
    damaged,
    reading,
)
from .planes import Drawing, Planes, stack_in

BINARY, LABELMAP = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"
#: Pixels of all frames that highdicom gets at once: 0.22 packs the bits only when it has all.
_AT_ONCE = 64 * 2**20
_SEGMENT = "SegmentIdentificationSequence"
_KINDS = ("BINARY", "FRACTIONAL", "LABELMAP")


def build(
    folder: Path,
    result: Mapping[str, Any],
    sources: Sequence[Dataset],
    token: Optional[CancelToken] = None,
) -> List[Dataset]:
    """Return a result of the disk as a DICOM SEG of the source's study, in a list.

    The parameters are those of `planes.Drawing`.

    Raises
    ------
    InputError
        The result or the source series can't be used.
    MissingDependencyError
        highdicom is not there, or too old for a label map.
    """
    library = with_segmentations()
    drawing = Drawing(folder, result, sources, token)
    told, planes = drawing.result, drawing.planes
    kind = "LABELMAP" if told.labelmap else "BINARY"
    if not hasattr(library.seg.SegmentationTypeValues, kind):
        raise MissingDependencyError(
            "A label map needs a newer version of the package highdicom.",
            "Update it, or send the segmentation without label map.",
            package="highdicom",
            extra="results",
        )
    tissue = library.sr.CodedConcept(*terms.TISSUE)
    arguments = {
        "source_images": [_stand_in(image, planes) for image in planes.images],
        "segmentation_type": kind,
        "segment_descriptions": [
            library.seg.SegmentDescription(number + 1, "Segment", tissue, tissue, "MANUAL")
            for number in range(len(told.segments))
        ],
        "series_instance_uid": str(generate_uid()),
        "series_number": told.series_number or identity.free_number(planes.images),
        "sop_instance_uid": str(generate_uid()),
        "instance_number": 1,
        "manufacturer": "OrthancConnect",
        "manufacturer_model_name": "OrthancConnect",
        "software_versions": __version__,
        "device_serial_number": "0",
        "transfer_syntax_uid": ExplicitVRLittleEndian,
        "content_label": "SEGMENTATION",
    }
    parts: List[Dataset] = []
    try:
        for numbers in drawing:
            parts += _parts(library, planes, numbers, arguments, drawing.token)
        said = drawing.said()
        if told.labelmap and len(parts) > 1:
            raise InputError(
                "Segments that may overlap can't be sent as one label map.",
                "Send the segmentation without label map.",
            )
        whole = _joined(parts) if parts else _empty(library, planes, arguments)
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # highdicom's own checks
        raise InputError(
            f"No segmentation can be made of these images: {plain_text(error, 300)}",
            "Draw on another series.",
        ) from error
    if drawing.may_overlap:
        whole.SegmentsOverlap = "UNDEFINED"
    for item in whole.SegmentSequence:
        if item.SegmentNumber:  # 0 is a label map's background
            _describe(item, told, told.segments[item.SegmentNumber - 1])
    identity.entitle(whole, planes.images[0], result)
    whole.ContentDescription = identity.long_string(told.description)
    whole.ContentCreatorName = identity.person_name(told.author)
    if said:
        whole.DerivationDescription = said
    return [whole]


#: What highdicom takes from an image beside the patient and the study.
_TAKEN = (
    *("Rows", "Columns", "FrameOfReferenceUID", "PositionReferenceIndicator"),
    *("ImagePositionPatient", "PerFrameFunctionalGroupsSequence", "SliceThickness"),
    *("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod"),
    *("Manufacturer", "ManufacturerModelName", "DeviceSerialNumber", "SoftwareVersions"),
    "InstitutionName",
)


def _stand_in(image: Dataset, planes: Planes) -> Dataset:
    """Return what highdicom asks of an image, with the rounding of its geometry mended."""
    import numpy as np

    stand_in = identity.bare(image)
    stand_in.update({image[keyword].tag: image[keyword] for keyword in _TAKEN if keyword in image})
    turn = [f"{part:.12g}"[:16] for part in (*planes.row, *planes.column)]
    measures = stand_in
    if "PerFrameFunctionalGroupsSequence" in image:
        measures, orientation, shared = Dataset(), Dataset(), Dataset()
        orientation.ImageOrientationPatient = turn
        shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
        stand_in.SharedFunctionalGroupsSequence = [shared]
        stand_in.NumberOfFrames = len(planes.positions)
    else:
        stand_in.ImageOrientationPatient = turn
    heights = np.sort(planes.positions @ np.cross(planes.row, planes.column))
    apart = float(np.median(np.diff(heights))) if len(heights) > 1 else 0.0
    measures.PixelSpacing = [f"{part:.12g}"[:16] for part in planes.steps[::-1]]
    if not measures.get("SliceThickness"):
        measures.SliceThickness = f"{apart or 1:.12g}"[:16]
    if apart:
        measures.SpacingBetweenSlices = f"{apart:.12g}"[:16]
    return stand_in


def _describe(item: Dataset, result: Result, segment: Segment) -> None:
    name = (segment.name, "SegmentLabel", "SegmentDescription", item.SegmentNumber)
    terms.write_name(item, *name)
    terms.write_codes(item, segment)
    terms.write_tracking(item, result, segment)
    item.RecommendedDisplayCIELabValue = terms.cielab_of(segment.color)
    item.SegmentAlgorithmType = segment.algorithm_type
    if segment.algorithm_type != "MANUAL":
        item.SegmentAlgorithmName = identity.long_string(segment.algorithm_name) or "Slicer"


def _parts(
    library: Any,
    planes: Planes,
    numbers: Any,
    arguments: Mapping[str, Any],
    token: CancelToken,
) -> Iterator[Dataset]:
    """Yield a layer as segmentations of some segments each, of those that have voxels."""
    import numpy as np

    is_bits = arguments["segmentation_type"] == "BINARY"
    most = _AT_ONCE // (planes.rows * planes.columns) if is_bits else MOST_VOXELS
    frames: Dict[int, int] = defaultdict(int)
    for plane in planewise(numbers, token):
        for found in np.flatnonzero(np.bincount(plane.ravel())[1:]):
            frames[int(found) + 1] += 1
    groups: List[List[int]] = []
    room = 0
    for number, count in sorted(frames.items()):
        room -= count
        if room < 0:
            groups.append([])
            room = most - count
        groups[-1].append(number)
    for group in groups:
        kept = np.zeros(MOST_SEGMENTS + 1, numbers.dtype)
        kept[group] = group
        labels = numbers if len(groups) == 1 else kept[numbers]
        yield library.seg.Segmentation(pixel_array=planewise(labels, token), **arguments)


def _empty(library: Any, planes: Planes, arguments: Mapping[str, Any]) -> Dataset:
    """Return a segmentation without a voxel: one plane, since DICOM asks for a frame."""
    import numpy as np

    place = library.PlanePositionSequence("PATIENT", [float(x) for x in planes.positions[0]])
    nothing = np.zeros((1, planes.rows, planes.columns), np.uint8)
    made: Dataset = library.seg.Segmentation(
        pixel_array=nothing, plane_positions=[place], **arguments
    )
    return made


def _joined(parts: Sequence[Dataset]) -> Dataset:
    """Return segmentations of the same planes and segments as one; it may be the only one.

    The segments' numbers are those that each part has; a frame's dimension indices are the ranks of
    its segment's number and of its position (PS3.3 C.7.6.17).
    """
    import numpy as np

    whole = parts[0]
    if len(parts) == 1:
        return whole
    frames = [frame for part in parts for frame in part.PerFrameFunctionalGroupsSequence]
    corners = [one.PlanePositionSequence[0].ImagePositionPatient for one in frames]
    turn = whole.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0]
    row, column = np.array(turn.ImageOrientationPatient, float).reshape(2, 3)
    heights = np.array(corners, float) @ np.cross(row, column)
    _heights, ranks = np.unique(heights, return_inverse=True)
    for frame, rank in zip(frames, ranks):
        number = frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        frame.FrameContentSequence[0].DimensionIndexValues = [number, int(rank) + 1]
    length = 0
    pieces: List[Any] = []
    for part in parts:
        count = part.NumberOfFrames * part.Rows * part.Columns
        data = memoryview(part.PixelData)[: (count + 7) // 8]
        del part.PixelData
        if length % 8:  # the frames before end within a byte
            bits = pieces.pop()[0] | int.from_bytes(data, "little") << length % 8
            data = memoryview(bits.to_bytes((length % 8 + count + 7) // 8, "little"))
        pieces += [data[:-1], data[-1:]]
        length += count
    pieces.append(b"\0" * (-(-length // 8) % 2))
    whole.PixelData = b"".join(pieces)
    whole.PerFrameFunctionalGroupsSequence = frames
    whole.NumberOfFrames = len(frames)
    return whole


# Back --------------------------------------------------------------------------------------------


def read(dataset: Dataset, folder: Path, others: Sequence[Dataset] = ()) -> Dict[str, Any]:
    """Write the layers of a DICOM SEG, of anybody's, into a folder, and return the result.

    `others` are the other instances of its series: further parts of it, or other segments on the
    same grid.

    Raises
    ------
    InputError
        Something in it is missing, makes no sense, or is too large.
    OSError
        The folder can't be written.
    MissingDependencyError
        It is compressed, and highdicom, which can decompress it, is not there.
    """
    with reading("SegmentSequence"):
        return _read(wholes([dataset, *others]), folder)


def _read(found: Sequence[Sequence[Dataset]], folder: Path) -> Dict[str, Any]:
    first = found[0][0]
    places, shape, matrix = stack_in([one for parts in found for one in parts])
    count = sum(len(parts[0].SegmentSequence) for parts in found)
    files = LayerFiles(folder, shape, matrix, count)
    result = terms.series_of(first, SEGMENTATION, terms.referenced_series(first))
    result["segments"] = []
    left = iter(places)
    for parts in found:
        result["segments"] += _segments(parts, left, files, result["notes"])
        result["notes"] += lacking(parts)
    if len(result["segments"]) > MOST_SEGMENTS:
        raise damaged("SegmentSequence")
    result["layers"] = files.told()
    return result


def _segments(
    parts: Sequence[Dataset], places: Iterator[int], files: LayerFiles, notes: List[str]
) -> List[Dict[str, Any]]:
    """Write the segments of an object, whose frames' planes are the next ones, and return them."""
    import numpy as np

    kind = str(parts[0].SegmentationType)
    segments = {int(item.SegmentNumber): item for item in parts[0].SegmentSequence}
    if len(segments) != len(parts[0].SegmentSequence) or len(segments) > MOST_SEGMENTS:
        raise damaged("SegmentNumber")
    segments.pop(0, None)  # a label map may describe its background
    if not segments:
        raise damaged("SegmentSequence")
    planes: List[Tuple[int, Frames, int, List[Dataset]]] = []
    for part in parts:
        if part.SOPClassUID not in (BINARY, LABELMAP) or kind not in _KINDS:
            raise damaged("SegmentationType")
        frames = list(part.PerFrameFunctionalGroupsSequence)
        if not frames or len(frames) != int(part.NumberOfFrames):
            raise damaged("PerFrameFunctionalGroupsSequence")
        pixels = Frames(part, len(frames))
        for number, frame in enumerate(frames):
            groups = [frame, *part.SharedFunctionalGroupsSequence]
            planes.append((next(places), pixels, number, groups))
    told = []
    if kind == "LABELMAP":
        at, layer = files.new()
        values = files.values(len(segments))
        table = np.zeros(2**16, layer.dtype)
        table[list(segments)] = values
        lost = 0
        for k, pixels, number, _groups in planes:
            labels = pixels.of(number)
            layer[k] = table[labels]
            lost += int(np.count_nonzero(labels) - np.count_nonzero(layer[k]))
        if lost > 0:
            notes.append(f"{lost} voxels belong to no segment that is described, and are left out.")
        told = [(at, value) for value in values]
    else:
        least = 1
        if kind == "FRACTIONAL":
            least = (int(parts[0].MaximumFractionalValue) + 1) // 2
            notes.append("Each voxel with a fraction of half or more counts as inside.")
        if least < 1:
            raise damaged("MaximumFractionalValue")
        own: Dict[int, List[Tuple[int, Frames, int]]] = {number: [] for number in segments}
        for k, pixels, number, groups in planes:
            known = next((one for one in groups if _SEGMENT in one), groups[0])
            named = int(known.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
            own[named].append((k, pixels, number))
        for found in own.values():
            told.append(files.add((k, pixels.of(one) >= least) for k, pixels, one in found))
    return [_told(item, number, *place) for (number, item), place in zip(segments.items(), told)]


def _told(item: Dataset, number: int, layer: int, value: int) -> Dict[str, Any]:
    name = terms.name_of(item, "SegmentLabel", "SegmentDescription", number)
    cielab = item.get("RecommendedDisplayCIELabValue")
    color = terms.color_of(cielab) if cielab else terms.some_color(number)
    made = [item.get(f"SegmentAlgorithm{one}") for one in ("Type", "Name")]
    return terms.segment_of(item, name, color, layer, value, *made)
