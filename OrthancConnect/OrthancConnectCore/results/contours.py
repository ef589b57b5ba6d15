"""Segmentations as contours for radiotherapy, RTSTRUCT (PS3.3 A.19), and those of others as voxels.

Contours are traced by contourpy halfway between the pixels inside and those outside, plane by plane
on the source's images, so that filling them gives the same pixels again. A hole is reached through
a channel without width, the keyhole of PS3.3 C.8.8.6.3, which every reader knows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.tag import Tag
from pydicom.uid import UID, ImplicitVRLittleEndian, generate_uid

from .. import __version__
from ..shared.events import CancelToken
from ..shared.packages import optional
from ..shared.results import CONTOURS, Result
from . import identity, terms
from .layers import MOST_SEGMENTS, LayerFiles, damaged, reading
from .planes import Drawing, Planes, planes_of, stack_of

RTSTRUCT = UID("1.2.840.10008.5.1.4.1.1.481.3")
#: The class of a study that PS3.3 C.8.8.5 asks for; it is retired and means nothing else.
_STUDY = "1.2.840.10008.3.1.2.3.1"
_CONTOUR_DATA = Tag(0x3006, 0x0050)
#: Points of all contours that are read, and rows that all their edges cross; and so many at once.
_MOST_POINTS, MOST_CROSSINGS, _AT_ONCE = 50_000_000, 2**29, 2**21
#: Millimetres that a contour may leave its plane.
_FLAT = 0.1


def build(
    folder: Path,
    result: Mapping[str, Any],
    sources: Sequence[Dataset],
    token: Optional[CancelToken] = None,
) -> List[Dataset]:
    """Return a result of the disk as an RTSTRUCT of the source's study, in a list.

    What was not drawn on the grid of the source's images is brought onto it by nearest neighbour,
    and the object says so in its Structure Set Description. Segments' codes stand in the RT ROI
    observations. The parameters are those of `planes.Drawing`.

    Raises
    ------
    InputError
        The result or the source series can't be used.
    MissingDependencyError
        contourpy is not there.
    """
    with optional("Contours need the package contourpy.", "Install it.", "contourpy", "results"):
        import contourpy
    drawing = Drawing(folder, result, sources, token)
    told, planes = drawing.result, drawing.planes
    found: Dict[int, List[Dataset]] = {}
    for numbers in drawing:
        for plane, labels in enumerate(numbers):
            drawing.token.raise_if_cancelled()
            for roi, points in _traced(contourpy, labels):
                found.setdefault(roi, []).append(_contour(planes, plane, points))
    said = drawing.said()
    dataset = _structure_set(told, planes)
    identity.entitle(dataset, planes.images[0], result)
    dataset.StructureSetDate, dataset.StructureSetTime = dataset.SeriesDate, dataset.SeriesTime
    del dataset.ContentDate, dataset.ContentTime  # of images and reports
    if said:
        dataset.StructureSetDescription = said
    for roi in range(1, len(told.segments) + 1):
        _add(dataset, told, roi, found.get(roi, []))
    return [dataset]


def _structure_set(result: Result, planes: Planes) -> Dataset:
    source = planes.images[0]
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = RTSTRUCT
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    # Contours are longer than the 64 KiB that a value with explicit VR may have (PS3.5 7.1.2).
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    dataset.SeriesInstanceUID = generate_uid()
    dataset.Modality = "RTSTRUCT"
    dataset.FrameOfReferenceUID = source.FrameOfReferenceUID
    dataset.PositionReferenceIndicator = source.get("PositionReferenceIndicator", "")
    dataset.Manufacturer = dataset.ManufacturerModelName = "OrthancConnect"
    dataset.SoftwareVersions = __version__
    dataset.SeriesNumber = result.series_number or identity.free_number(planes.images)
    dataset.StructureSetName = identity.long_string(result.title)
    dataset.InstanceNumber = 1
    dataset.StructureSetLabel = dataset.StructureSetName[:16].strip()
    dataset.ApprovalStatus = "UNAPPROVED"
    series, study, frame = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = source.SeriesInstanceUID
    series.ContourImageSequence = [_image(image) for image in planes.images]
    study.ReferencedSOPClassUID = _STUDY
    study.ReferencedSOPInstanceUID = source.StudyInstanceUID
    study.RTReferencedSeriesSequence = [series]
    frame.FrameOfReferenceUID = source.FrameOfReferenceUID
    frame.RTReferencedStudySequence = [study]
    dataset.ReferencedFrameOfReferenceSequence = [frame]
    dataset.StructureSetROISequence, dataset.ROIContourSequence = [], []
    dataset.RTROIObservationsSequence = []
    return dataset


def _image(image: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = image.SOPClassUID
    item.ReferencedSOPInstanceUID = image.SOPInstanceUID
    return item


def _traced(tracer: Any, labels: Any) -> Iterator[Tuple[int, Any]]:
    """Yield the contours on one plane, each as its number and its points in columns and rows."""
    import numpy as np

    for number in np.flatnonzero(np.bincount(labels.ravel())[1:]) + 1:
        inside = labels == number
        rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
        part = inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        lines = tracer.contour_generator(
            z=np.pad(part, 1).astype(float), fill_type=tracer.FillType.OuterOffset
        )
        for points, offsets in zip(*lines.filled(0.5, 2)):
            rings = [points[a : b - 1] for a, b in zip(offsets[:-1], offsets[1:])]
            ring = _straight(rings[0])
            for hole in rings[1:]:
                ring = _with_hole(ring, _straight(hole))
            yield int(number), ring + (columns[0] - 1, rows[0] - 1)


def _straight(ring: Any) -> Any:
    """Return a closed ring without the points that lie straight between their neighbours."""
    import numpy as np

    before, after = ring - np.roll(ring, 1, 0), np.roll(ring, -1, 0) - ring
    turns = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    return ring[abs(turns) > 1e-9]


def _with_hole(ring: Any, hole: Any) -> Any:
    """Return a ring that goes to a hole and around it, and back on the same way."""
    import numpy as np

    start = int(hole[:, 0].argmin())
    near = int(((ring - hole[start]) ** 2).sum(1).argmin())
    around = np.roll(hole, -start, 0)
    return np.concatenate([ring[: near + 1], around, around[:1], ring[near:]])


def _contour(planes: Planes, plane: int, points: Any) -> Dataset:
    """Return a contour through points in columns and rows; to the thousandth of a millimetre."""
    across, down = planes.row * planes.steps[0], planes.column * planes.steps[1]
    places = planes.positions[plane] + points[:, :1] * across + points[:, 1:] * down
    text = "\\".join(f"{part:.4f}" for part in places.ravel())
    item = Dataset()
    image = _image(planes.images[plane if len(planes.images) > 1 else 0])
    if "PerFrameFunctionalGroupsSequence" in planes.images[0]:
        image.ReferencedFrameNumber = plane + 1
    item.ContourImageSequence = [image]
    item.ContourGeometricType = "CLOSED_PLANAR"
    item.NumberOfContourPoints = len(places)
    # As bytes, since pydicom would make an object of each of millions of numbers; that they are
    # DS, is not written with an implicit VR.
    data = (text + " " * (len(text) % 2)).encode("ascii")
    item[_CONTOUR_DATA] = DataElement(_CONTOUR_DATA, "OB", data)
    return item


def _add(dataset: Dataset, result: Result, number: int, found: List[Dataset]) -> None:
    """Write a segment as a region of interest."""
    segment = result.segments[number - 1]
    roi, contour, observation = Dataset(), Dataset(), Dataset()
    roi.ROINumber = contour.ReferencedROINumber = number
    roi.ReferencedFrameOfReferenceUID = dataset.FrameOfReferenceUID
    terms.write_name(roi, segment.name, "ROIName", "ROIDescription", number)
    roi.ROIGenerationAlgorithm = segment.algorithm_type
    if segment.algorithm_name:
        roi.ROIGenerationDescription = identity.long_string(segment.algorithm_name)
    contour.ROIDisplayColor = [round(part * 255) for part in segment.color]
    if found:
        contour.ContourSequence = found
    observation.ObservationNumber = observation.ReferencedROINumber = number
    observation.RTROIInterpretedType, observation.ROIInterpreter = "", ""
    terms.write_codes(observation, segment)
    observation.RTROIIdentificationCodeSequence = observation.SegmentedPropertyTypeCodeSequence
    terms.write_tracking(observation, result, segment)
    dataset.StructureSetROISequence.append(roi)
    dataset.ROIContourSequence.append(contour)
    dataset.RTROIObservationsSequence.append(observation)


# Back --------------------------------------------------------------------------------------------


def read(dataset: Dataset, folder: Path, sources: Sequence[Dataset]) -> Dict[str, Any]:
    """Write an RTSTRUCT, of anybody's, as layers into a folder, and return the result.

    Contours have no grid: the pixels of the source series are, whose centres lie inside. Several on
    one plane count by turns as outer and inner ones, as those of PS3.3 C.8.8.6.3 with
    CLOSEDPLANAR_XOR.

    Parameters
    ----------
    sources : sequence of Dataset
        The images of the series that it was drawn on, without pixels.

    Raises
    ------
    InputError
        Something in it or in the series is missing, makes no sense, or is too large.
    OSError
        The folder can't be written.
    """
    planes = planes_of(sources)
    with reading("StructureSetROISequence"):
        return _read(dataset, folder, planes)


def _read(dataset: Dataset, folder: Path, planes: Planes) -> Dict[str, Any]:

    if dataset.SOPClassUID != RTSTRUCT:
        raise damaged("SOPClassUID")
    regions = list(dataset.StructureSetROISequence)
    if len({int(one.ROINumber) for one in regions}) < len(regions):
        raise damaged("ROINumber")
    if not 0 < len(regions) <= MOST_SEGMENTS:
        raise damaged("StructureSetROISequence")
    turn = [*planes.row, *planes.column]
    matrix, places = stack_of(turn, planes.steps[::-1], planes.positions)
    shape = (int(places.max()) + 1, planes.rows, planes.columns)
    files = LayerFiles(folder, shape, matrix, len(regions))
    drawn = {int(one.ReferencedROINumber): one for one in dataset.get("ROIContourSequence") or []}
    seen = dataset.get("RTROIObservationsSequence") or []
    observed = {int(one.ReferencedROINumber): one for one in seen}
    series = planes.images[0].SeriesInstanceUID
    result = terms.series_of(dataset, CONTOURS, str(series))
    result["segments"] = []
    lost, filling = 0, _Filling(planes)
    for region in regions:
        number = int(region.ROINumber)
        item = drawn.get(number, Dataset())
        masks, left_out = filling.of(item.get("ContourSequence") or [])
        lost += left_out
        layer, value = files.add((int(places[plane]), mask) for plane, mask in masks)
        name = terms.name_of(region, "ROIName", "ROIDescription", number)
        color = item.get("ROIDisplayColor")
        color = _color(color) if color else terms.some_color(number)
        observation = observed.get(number, Dataset())
        named = observation.get("RTROIIdentificationCodeSequence")
        if named and "SegmentedPropertyTypeCodeSequence" not in observation:
            observation.SegmentedPropertyTypeCodeSequence = named
        made = [region.get(f"ROIGeneration{one}") for one in ("Algorithm", "Description")]
        told = terms.segment_of(observation, name, color, layer, value, *made)
        result["segments"].append(told)
    if lost:
        result["notes"].append(
            f"{lost} contours that are not closed, or lie on none of the images, are left out."
        )
    result["layers"] = files.told()
    return result


def _color(told: Sequence[int]) -> List[float]:
    red, green, blue = (min(max(int(part), 0), 255) / 255 for part in told)
    return [round(part, 4) for part in (red, green, blue)]


class _Filling:
    """Fills contours on planes; the points of all of them together are bounded."""

    def __init__(self, planes: Planes) -> None:
        import numpy as np

        self._planes, self._points, self._crossings = planes, 0, 0.0
        self._normal = np.cross(planes.row, planes.column)
        self._order = planes.order
        self._heights = (planes.positions @ self._normal)[self._order]
        gaps = np.diff(self._heights)
        #: Half the usual distance: what lies farther from any plane belongs to none.
        self._reach = float(np.median(gaps)) / 2 + _FLAT if len(gaps) else 1.0

    def of(self, contours: Sequence[Dataset]) -> Tuple[List[Tuple[int, Any]], int]:
        """Return the pixels inside by plane, and how many contours were left out.

        Raises
        ------
        InputError
            A contour's points make no sense, or there are too many.
        """
        import numpy as np

        edges: Dict[int, List[Any]] = {}
        left_out = 0
        planes = self._planes
        for contour in contours:
            points = self._points_of(contour)
            heights = points @ self._normal
            nearest = int(abs(self._heights - heights.mean()).argmin())
            off = abs(self._heights[nearest] - heights.mean())
            is_closed = str(contour.ContourGeometricType).startswith("CLOSED")
            if not is_closed or np.ptp(heights) > 2 * _FLAT or off > self._reach:
                left_out += 1
                continue
            plane = int(self._order[nearest])
            moved = points - planes.positions[plane]
            x = moved @ planes.row / planes.steps[0]
            y = moved @ planes.column / planes.steps[1]
            ring = np.stack([x, y], 1)
            self._crossings += abs(np.diff(np.clip(y, 0, planes.rows), append=y[0])).sum()
            if self._crossings > MOST_CROSSINGS:
                raise damaged("ContourData")
            edges.setdefault(plane, []).append(np.stack([ring, np.roll(ring, -1, 0)], 1))
        shape = (planes.rows, planes.columns)
        return [(k, filled(np.concatenate(found), shape)) for k, found in edges.items()], left_out

    def _points_of(self, contour: Dataset) -> Any:
        import numpy as np

        element = contour.get_item(_CONTOUR_DATA)
        if element is None or not element.value:
            raise damaged("ContourData")
        value = element.value
        # pydicom would make an object of each number
        parts = value.split(b"\\") if isinstance(value, bytes) else list(value)
        self._points += len(parts) // 3
        if len(parts) % 3 or self._points > _MOST_POINTS:
            raise damaged("ContourData")
        try:
            points = np.array(parts, float).reshape(-1, 3)
        except ValueError as error:
            raise damaged("ContourData") from error
        if not (abs(points) < 1e6).all():  # no number, or an infinity
            raise damaged("ContourData")
        return points


def filled(edges: Any, shape: Tuple[int, int]) -> Any:
    """Return the pixels whose centres lie inside of closed lines, by the even-odd rule.

    Parameters
    ----------
    edges : array
        [edge][begin, end][x, y], in columns and rows; centres have whole numbers.
    shape : tuple of int
        Rows and columns.
    """
    import numpy as np

    rows, columns = shape
    upper = np.where(edges[:, :1, 1] <= edges[:, 1:, 1], [[0, 1]], [[1, 0]])
    ordered = np.take_along_axis(edges, upper[:, :, np.newaxis], 1)
    # an edge crosses the rows y with y0 < y <= y1
    ends = np.clip(np.floor(ordered[:, :, 1]) + 1, 0, rows).astype(np.int64)
    counts = ends[:, 1] - ends[:, 0]
    crossings = np.zeros(rows * (columns + 1), bool)
    parts = np.flatnonzero(np.diff(np.cumsum(counts) // _AT_ONCE, prepend=0))
    for part in np.split(np.arange(len(edges)), parts):
        (x0, y0), (x1, y1) = ordered[part, 0].T, ordered[part, 1].T
        edge = np.repeat(np.arange(len(part)), counts[part])
        y = np.arange(len(edge)) - np.repeat(np.cumsum(counts[part]) - counts[part], counts[part])
        y += ends[part, 0][edge]
        x = x0[edge] + (y - y0[edge]) * (x1 - x0)[edge] / (y1 - y0)[edge]
        begins = np.clip(np.ceil(x), 0, columns).astype(np.int64)
        found = np.bincount(y * (columns + 1) + begins, minlength=len(crossings))
        crossings ^= found % 2 == 1
    return np.logical_xor.accumulate(crossings.reshape(rows, columns + 1), axis=1)[:, :columns]
