"""Segmentations as DICOM SEG (PS3.3 A.51), by highdicom, and those of others back into voxels.

What was not drawn on the grid of the source's images is brought onto it by nearest neighbour, and
the object says so in its Derivation Description. It is binary; a label map (Supplement 243) where
the result asks for one and no segments overlap.
"""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Sequence, Tuple

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from .. import __version__
from ..shared.errors import InputError, MissingDependencyError
from ..shared.results import ALGORITHM_TYPES, SEGMENTATION, Result, Segment
from . import identity, terms
from .layers import MOST_SEGMENTS, MOST_VOXELS, LayerFiles, damaged, labels_of, too_large
from .library import highdicom
from .planes import Drawn, Planes, drawn_on, numbers_of, planes_of, said_of, stack_of

BINARY, LABELMAP = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"
#: Pixels of all frames that highdicom gets at once: 0.22 packs the bits only when it has all.
_AT_ONCE = 64 * 2**20
_KINDS = ("BINARY", "FRACTIONAL", "LABELMAP")


def build(folder: Path, result: Mapping[str, Any], sources: Sequence[Dataset]) -> List[Dataset]:
    """Return a result of the disk as a DICOM SEG of the source's study, in a list.

    Parameters
    ----------
    folder : Path
        Where the layers lie.
    result : mapping
        As `shared.results.Result.from_dict` takes it.
    sources : sequence of Dataset
        The images of the source series, without pixels, or its one multi-frame image.

    Raises
    ------
    InputError
        The result or the source series can't be used.
    MissingDependencyError
        highdicom is not there, or too old for a label map.
    """
    library = _library()
    told = Result.from_dict(result)
    planes = planes_of(sources)
    kind = "LABELMAP" if told.labelmap else "BINARY"
    if not hasattr(library.seg.SegmentationTypeValues, kind):
        raise MissingDependencyError(
            "A label map needs a newer version of the package highdicom.",
            "Update it, or send the segmentation without label map.",
            package="highdicom",
            extra="results",
        )
    drawn = [drawn_on(planes, layer) for layer in labels_of(folder, told)]
    said = said_of(drawn)
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
    parts = list(_parts(library, planes, drawn, arguments))
    if told.labelmap and len(parts) > 1:
        raise InputError(
            "Segments that may overlap can't be sent as one label map.",
            "Send the segmentation without label map.",
        )
    whole = _joined(parts, sum(one.after > 0 for one in drawn) > 1)
    for item in whole.SegmentSequence:
        if item.SegmentNumber:  # 0 is a label map's background
            _describe(item, told, told.segments[item.SegmentNumber - 1])
    identity.adopt(whole, planes.images[0])
    identity.date(whole, identity.created(result))
    whole.SeriesDescription = identity.long_string(told.title)
    whole.ContentDescription = identity.long_string(told.description)
    whole.ContentCreatorName = whole.OperatorsName = identity.person_name(told.author)
    if said:
        whole.DerivationDescription = " ".join(said)
    return [whole]


def _library() -> Any:
    library = highdicom()

    return library


#: What highdicom takes from an image beside the patient and the study.
_TAKEN = """
    Rows Columns FrameOfReferenceUID PositionReferenceIndicator ImagePositionPatient NumberOfFrames
    SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence SliceThickness
    LossyImageCompression LossyImageCompressionRatio LossyImageCompressionMethod
    Manufacturer ManufacturerModelName DeviceSerialNumber SoftwareVersions InstitutionName
""".split()


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
    library: Any, planes: Planes, drawn: Sequence[Drawn], arguments: Mapping[str, Any]
) -> Iterator[Dataset]:
    """Yield the segmentation in parts: each layer, and of it some segments at a time."""
    import numpy as np

    is_bits = arguments["segmentation_type"] == "BINARY"
    most = _AT_ONCE // (planes.rows * planes.columns) if is_bits else MOST_VOXELS
    for one in drawn:
        frames: Dict[int, int] = defaultdict(int)
        for plane in one.numbers:
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
            kept = np.zeros(MOST_SEGMENTS + 1, one.numbers.dtype)
            kept[group] = group
            labels = one.numbers if len(groups) == 1 else kept[one.numbers]
            yield library.seg.Segmentation(pixel_array=labels, **arguments)
    if not any(one.after for one in drawn):  # all are empty, and DICOM asks for a frame
        place = library.PlanePositionSequence("PATIENT", [float(x) for x in planes.positions[0]])
        nothing = np.zeros((1, planes.rows, planes.columns), np.uint8)
        yield library.seg.Segmentation(pixel_array=nothing, plane_positions=[place], **arguments)


def _joined(parts: Sequence[Dataset], may_overlap: bool) -> Dataset:
    """Return segmentations of the same planes and segments as one; it may be the only one.

    The segments' numbers are those that each part has; a frame's dimension indices are the ranks of
    its segment's number and of its position (PS3.3 C.7.6.17).
    """
    import numpy as np

    whole = parts[0]
    if len(parts) > 1:
        frames = [frame for part in parts for frame in part.PerFrameFunctionalGroupsSequence]
        corners = np.array(
            [one.PlanePositionSequence[0].ImagePositionPatient for one in frames], float
        )
        turn = whole.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0]
        row, column = np.array(turn.ImageOrientationPatient, float).reshape(2, 3)
        _heights, ranks = np.unique(corners @ np.cross(row, column), return_inverse=True)
        for frame, rank in zip(frames, ranks):
            number = frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber
            frame.FrameContentSequence[0].DimensionIndexValues = [number, int(rank) + 1]
        bits, length = 0, 0
        pieces: List[bytes] = []
        for part in parts:
            count = part.NumberOfFrames * part.Rows * part.Columns
            if length % 8:  # a frame may end within a byte
                rest = int.from_bytes(part.PixelData, "little") & ((1 << count) - 1)
                bits = pieces.pop()[0] | rest << length % 8
                pieces.append(bits.to_bytes((length % 8 + count + 7) // 8, "little"))
            else:
                pieces.append(part.PixelData[: (count + 7) // 8])
            last = pieces.pop()
            pieces += [last[:-1], last[-1:]]
            length += count
        data = b"".join(pieces)
        whole.PixelData = data + b"\0" * (len(data) % 2)
        whole.PerFrameFunctionalGroupsSequence = frames
        whole.NumberOfFrames = len(frames)
    if may_overlap:
        whole.SegmentsOverlap = "UNDEFINED"
    return whole


# Back --------------------------------------------------------------------------------------------


def read(dataset: Dataset, folder: Path) -> Dict[str, Any]:
    """Write the layers of a DICOM SEG, of anybody's, into a folder, and return the result.

    Raises
    ------
    InputError
        Something in it is missing, makes no sense, or is too large.
    MissingDependencyError
        It is compressed, and highdicom, which can decompress it, is not there.
    """
    try:
        return _read(dataset, folder)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise damaged(str(error).partition(" ")[0].strip("'\"") or "SegmentSequence") from error


def _read(dataset: Dataset, folder: Path) -> Dict[str, Any]:
    import numpy as np

    kind = str(dataset.SegmentationType)
    if dataset.SOPClassUID not in (BINARY, LABELMAP) or kind not in _KINDS:
        raise damaged("SegmentationType")
    frames = list(dataset.PerFrameFunctionalGroupsSequence)
    if not frames or len(frames) != int(dataset.NumberOfFrames):
        raise damaged("PerFrameFunctionalGroupsSequence")
    segments = {int(item.SegmentNumber): item for item in dataset.SegmentSequence}
    if len(segments) != len(dataset.SegmentSequence) or len(segments) > MOST_SEGMENTS:
        raise damaged("SegmentNumber")
    segments.pop(0, None)  # a label map may describe its background
    if not segments:
        raise damaged("SegmentSequence")
    places, shape, matrix = _stack(dataset, frames)
    pixels = _Pixels(dataset, len(frames))
    files = LayerFiles(folder, shape, matrix, len(segments))
    result = terms.series_of(dataset, SEGMENTATION, _referenced(dataset))
    told = []
    if kind == "LABELMAP":
        layer = files.new()
        table = np.zeros(2**16, layer.dtype)
        table[list(segments)] = range(1, len(segments) + 1)
        for number, k in enumerate(places):
            layer[k] = table[pixels.of(number)]
        told = [(0, value) for value in range(1, len(segments) + 1)]
    else:
        least = 1
        if kind == "FRACTIONAL":
            least = (int(dataset.MaximumFractionalValue) + 1) // 2
            result["notes"].append("Each voxel with a fraction of half or more counts as inside.")
        if least < 1:
            raise damaged("MaximumFractionalValue")
        own: Dict[int, List[int]] = {number: [] for number in segments}
        for number, frame in enumerate(frames):
            groups = [frame, *dataset.SharedFunctionalGroupsSequence]
            known = next(one for one in groups if "SegmentIdentificationSequence" in one)
            own[int(known.SegmentIdentificationSequence[0].ReferencedSegmentNumber)].append(number)
        for numbers in own.values():
            told.append(files.add((places[one], pixels.of(one) >= least) for one in numbers))
    result["layers"] = files.told()
    result["segments"] = [
        _told(item, number, *place) for (number, item), place in zip(segments.items(), told)
    ]
    return result


def _stack(
    dataset: Dataset, frames: Sequence[Dataset]
) -> Tuple[List[int], Tuple[int, int, int], Any]:
    """Return each frame's plane in an even stack, the stack's shape and its matrix."""
    import numpy as np

    def all_of(sequence: str, keyword: str, count: int) -> Any:
        try:
            found = [numbers_of(dataset, one, sequence, keyword, count) for one in frames]
        except (AttributeError, IndexError, TypeError, ValueError) as error:
            raise damaged(keyword) from error
        return np.array(found)

    turns = all_of("PlaneOrientationSequence", "ImageOrientationPatient", 6)
    spacings = all_of("PixelMeasuresSequence", "PixelSpacing", 2)
    if abs(turns - turns[0]).max() > 1e-4 or abs(spacings - spacings[0]).max() > 1e-3:
        raise damaged("ImageOrientationPatient")
    positions = all_of("PlanePositionSequence", "ImagePositionPatient", 3)
    measures = [one.get("PixelMeasuresSequence") for one in dataset.SharedFunctionalGroupsSequence]
    told = measures[0][0] if measures and measures[0] else Dataset()
    between = float(told.get("SpacingBetweenSlices") or told.get("SliceThickness") or 0)
    matrix, indices = stack_of(turns[0], spacings[0], positions, between)
    shape = (int(indices.max()) + 1, int(dataset.Rows), int(dataset.Columns))
    return [int(k) for k in indices], shape, matrix


class _Pixels:
    """The frames of a segmentation, decoded one at a time; bits are packed (PS3.5 8.1.1).

    Raises
    ------
    InputError
        There are fewer bytes than frames ask for, or more voxels than can be read here.
    """

    def __init__(self, dataset: Dataset, frames: int) -> None:
        self._dataset, self._bits = dataset, int(dataset.BitsAllocated)
        self._shape = (int(dataset.Rows), int(dataset.Columns))
        self._count = math.prod(self._shape)
        if self._bits not in (1, 8, 16) or self._count < 1:
            raise damaged("BitsAllocated")
        if self._count * frames > 64 * MOST_VOXELS:
            raise too_large(self._count * frames)
        self._frames: List[bytes] = []
        if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
            self._frames = list(_encapsulated(dataset.PixelData, frames))
            if len(self._frames) != frames:
                raise damaged("PixelData")
        elif len(dataset.PixelData) * 8 < self._count * frames * self._bits:
            raise damaged("PixelData")

    def of(self, number: int) -> Any:
        """Return the values of one frame, from 0 on, [row][column]."""
        import numpy as np

        if self._frames:
            return self._decoded(self._frames[number])
        data = self._dataset.PixelData
        if self._bits > 1:
            kind = np.dtype("u1" if self._bits == 8 else "<u2")
            start = number * self._count * kind.itemsize
            return np.frombuffer(data, kind, self._count, start).reshape(self._shape)
        first = number * self._count
        packed = np.frombuffer(data, np.uint8)[first // 8 : (first + self._count + 7) // 8]
        bits = np.unpackbits(packed, bitorder="little")[first % 8 :]
        return bits[: self._count].reshape(self._shape)

    def _decoded(self, data: bytes) -> Any:
        dataset = self._dataset
        found = _library().frame.decode_frame(
            data,
            transfer_syntax_uid=str(dataset.file_meta.TransferSyntaxUID),
            rows=self._shape[0],
            columns=self._shape[1],
            samples_per_pixel=1,
            bits_allocated=self._bits,
            bits_stored=int(dataset.BitsStored),
            photometric_interpretation="MONOCHROME2",
            pixel_representation=0,
        )
        return found.reshape(self._shape)


def _encapsulated(data: bytes, frames: int) -> Iterator[bytes]:
    from pydicom import encaps

    if hasattr(encaps, "generate_frames"):  # pydicom 3
        yield from encaps.generate_frames(data, number_of_frames=frames)
    else:
        yield from encaps.generate_pixel_data_frame(data, frames)


def _referenced(dataset: Dataset) -> str:
    series = dataset.get("ReferencedSeriesSequence") or [Dataset()]
    return str(series[0].get("SeriesInstanceUID") or "")


def _told(item: Dataset, number: int, layer: int, value: int) -> Dict[str, Any]:
    name = terms.name_of(item, "SegmentLabel", "SegmentDescription", number)
    cielab = item.get("RecommendedDisplayCIELabValue")
    algorithm = str(item.get("SegmentAlgorithmType") or "")
    return {
        **terms.tracking_of(item, name),
        "name": name,
        "color": list(terms.color_of(cielab) if cielab else terms.some_color(number)),
        "layer": layer,
        "value": value,
        **terms.codes_of(item),
        "algorithm_type": algorithm if algorithm in ALGORITHM_TYPES else "MANUAL",
        "algorithm_name": str(item.get("SegmentAlgorithmName") or ""),
    }
