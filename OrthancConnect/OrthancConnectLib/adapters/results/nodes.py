"""Nodes of Slicer's scene from a result that was read into a folder."""

from __future__ import annotations

import os
import re
import stat
import zipfile
from typing import Any, Dict, Iterator, List, Optional, Sequence

import slicer

from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.results import (
    CONTOURS,
    MEASUREMENTS,
    SCENE,
    SEGMENTATION,
    VOLUME,
    Code,
    Item,
    Layer,
    Result,
    Segment,
    Statistic,
)

from ...turns import Pause
from ..scene import attribute
from .parts import TRACKING
from .volumes import labelmap, nodes_of

#: Kinds of markups (`ITEM_KINDS`) and Slicer's classes for them.
_CLASSES = {
    "point": "Fiducial",
    "points": "Fiducial",
    "line": "Line",
    "angle": "Angle",
    "plane": "Plane",
    "roi": "ROI",
    "curve": "Curve",
    "closed_curve": "ClosedCurve",
}
#: What Slicer calls its own contexts of codes from DICOM's.
_CONTEXTS = (
    "Segmentation category and type - DICOM master list",
    "Anatomic codes - DICOM master list",
)


def make(result: Result, folder: str, nodes: List[Any]) -> Iterator[Any]:
    """Make the nodes of a result in small steps, and put them into `nodes`."""
    if result.kind in (SEGMENTATION, CONTOURS):
        yield from _make_segmentation(result, folder, nodes)
    elif result.kind == MEASUREMENTS:
        for item in result.items:
            nodes.append(_markup(item))
            yield
        if result.statistics:
            nodes.append(_table(result.title, result.statistics))
    elif result.kind == VOLUME:
        yield from _make_volume(result, folder, nodes)
    elif result.kind == SCENE:
        yield from _open_scene(os.path.join(folder, result.file))


def _add(name: str, title: str) -> Any:
    unique = slicer.mrmlScene.GenerateUniqueName(title)
    return slicer.mrmlScene.AddNewNodeByClass(f"vtkMRML{name}Node", unique)


def _to_ras(point: Sequence[float]) -> List[float]:
    return [-point[0], -point[1], point[2]]


# Segmentations --------------------------------------------------------------------------------


def _make_segmentation(result: Result, folder: str, nodes: List[Any]) -> Iterator[Any]:
    images = []
    for layer in result.layers:
        images.append(_allocate(slicer.vtkOrientedImageData(), layer))
        images[-1].SetImageToWorldMatrix(_to_ras_matrix(layer))
        yield from _fill(images[-1], layer, os.path.join(folder, layer.file))
    node = _add("Segmentation", result.title)
    nodes.append(node)
    segmentation = node.GetSegmentation()
    segmentation.SetSourceRepresentationName(labelmap())
    for one in result.segments:
        segment = slicer.vtkSegment()
        segment.SetName(one.name)
        segment.SetColor(*one.color)
        segment.SetLabelValue(one.value)
        for name, value in _tags(one).items():
            segment.SetTag(name, value)
        segment.AddRepresentation(labelmap(), images[one.layer])
        # Others call several segments the same, and Slicer would keep the last of them.
        segmentation.AddSegment(segment, segmentation.GenerateUniqueSegmentID(one.id))
        yield
    node.CreateDefaultDisplayNodes()
    uid = result.source.series_instance_uid
    for image in nodes_of("vtkMRMLScalarVolumeNode"):
        is_result = bool(attribute(image, "Origin"))
        if uid and not is_result and attribute(image, "SeriesInstanceUID") == uid:
            node.SetReferenceImageGeometryParameterFromVolumeNode(image)
            break


def _allocate(image: Any, layer: Layer) -> Any:
    """Give an image room for the voxels of a layer, and return it."""
    import numpy
    from vtk.util import numpy_support

    image.SetDimensions(*layer.size)
    kind = numpy_support.get_vtk_array_type(numpy.dtype(layer.type))
    image.AllocateScalars(kind, 1)
    return image


def _to_ras_matrix(layer: Layer) -> Any:
    import vtk

    matrix = vtk.vtkMatrix4x4()
    for number, value in enumerate(layer.matrix):
        row, column = divmod(number, 4)
        matrix.SetElement(row, column, -value if row < 2 else value)
    return matrix


def _fill(image: Any, layer: Layer, path: str) -> Iterator[None]:
    """Copy a file's voxels into an image, a slice a step."""
    import numpy
    from vtk.util import numpy_support

    columns, rows, slices = layer.size
    kind = numpy.dtype(layer.type).newbyteorder("<")
    voxels = numpy_support.vtk_to_numpy(image.GetPointData().GetScalars())
    voxels = voxels.reshape(slices, rows, columns)
    if os.path.getsize(path) != layer.bytes:
        raise InputError(f"A part of the result is not whole: {layer.file}.")
    with open(path, "rb") as file:
        for number in range(slices):
            values = numpy.fromfile(file, kind, rows * columns)
            voxels[number] = values.reshape(rows, columns)
            yield


def _tags(segment: Segment) -> Dict[str, str]:
    tags = {"DICOM.SegmentAlgorithmType": segment.algorithm_type}
    if segment.algorithm_name:
        tags["DICOM.SegmentAlgorithmName"] = segment.algorithm_name
    if segment.tracking_uid:
        tags[TRACKING] = segment.tracking_uid
    if segment.category is not None and segment.type is not None:
        codes = (segment.category, segment.type, segment.type_modifier)
        regions = (segment.region, segment.region_modifier)
        parts = [_CONTEXTS[0], *map(_written, codes), _CONTEXTS[1], *map(_written, regions)]
        tags[slicer.vtkSegment.GetTerminologyEntryTagName()] = "~".join(parts)
    return tags


def _written(code: Optional[Code]) -> str:
    """Return a code as a part of a terminology entry; see `parts`."""
    parts = (code.scheme, code.value, code.meaning) if code is not None else ("", "", "")
    return "^".join(part.replace("^", " ").replace("~", " ") for part in parts)


# Volumes --------------------------------------------------------------------------------------


def _make_volume(result: Result, folder: str, nodes: List[Any]) -> Iterator[Any]:
    import numpy
    import vtk
    from vtk.util import numpy_support

    (layer,) = result.layers
    image = _allocate(vtk.vtkImageData(), layer)
    yield from _fill(image, layer, os.path.join(folder, layer.file))
    ends: List[float] = []
    voxels = numpy_support.vtk_to_numpy(image.GetPointData().GetScalars())
    for plane in voxels.reshape(layer.size[2], -1):
        numbers = plane[numpy.isfinite(plane)]
        ends += [float(numbers.min()), float(numbers.max())] if numbers.size else []
        yield
    node = _add("ScalarVolume", result.title)
    nodes.append(node)
    node.SetIJKToRASMatrix(_to_ras_matrix(layer))
    node.CreateDefaultDisplayNodes()
    if ends:
        low, high = min(ends), max(ends)
        node.GetDisplayNode().SetAutoWindowLevel(False)
        node.GetDisplayNode().SetWindowLevel(high - low or 1.0, (low + high) / 2)
    node.SetAndObserveImageData(image)  # last: else all of it is looked through for a window
    for code, tell in (
        (layer.unit, node.SetVoxelValueUnits),
        (layer.quantity, node.SetVoxelValueQuantity),
    ):
        if code is not None:
            entry = slicer.vtkCodedEntry()
            entry.SetValueSchemeMeaning(*code)
            tell(entry)


# Measurements ---------------------------------------------------------------------------------


def _markup(item: Item) -> Any:
    kind = _CLASSES[item.kind]
    node = _add(f"Markups{kind}", item.name or kind)
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetSelectedColor(*item.color)
    if item.center is None or item.axes is None or item.size is None:
        labels = item.labels or [""] * len(item.points)
        for point, label in zip(item.points, labels):
            node.AddControlPointWorld(*_to_ras(point), label)
        return node
    center, axes = _to_ras(item.center), [_to_ras(axis) for axis in item.axes]
    if item.kind == "plane":
        node.SetSizeMode(node.SizeModeAbsolute)
        node.SetAxesWorld(*axes)
        node.SetCenterWorld(center)
        node.SetSizeWorld(*item.size[:2])
    else:
        import vtk

        matrix = vtk.vtkMatrix4x4()
        for column, vector in enumerate((*axes, center)):
            for row, value in enumerate(vector):
                matrix.SetElement(row, column, value)
        node.SetAndObserveObjectToNodeMatrix(matrix)
        node.SetSize(*item.size)
    for number, label in enumerate(item.labels[: node.GetNumberOfControlPoints()]):
        node.SetNthControlPointLabel(number, label)
    return node


def _table(title: str, statistics: Sequence[Statistic]) -> Any:
    """Return a table as the module Segment Statistics makes it."""
    import vtk

    node = _add("Table", title)
    names = list(dict.fromkeys(value.name for one in statistics for value in one.values))
    segments = vtk.vtkStringArray()
    segments.SetName("Segment")
    columns = {name: vtk.vtkDoubleArray() for name in names}
    for one in statistics:
        segments.InsertNextValue(one.segment)
        values = {value.name: value for value in one.values}
        for name, column in columns.items():
            value = values.get(name)
            column.InsertNextValue(value.value if value is not None else float("nan"))
    node.AddColumn(segments)
    for name, column in columns.items():
        column.SetName(name)
        node.AddColumn(column)
        first = next(one for row in statistics for one in row.values if one.name == name)
        node.SetColumnUnitLabel(name, first.unit)
        node.SetColumnProperty(name, "Plugin", "OrthancConnect")
        node.SetColumnProperty(
            name, "DICOM.UnitsCode", _coded(Code(first.unit, "UCUM", first.unit))
        )
        if first.code is not None:
            node.SetColumnProperty(name, "DICOM.QuantityCode", _coded(first.code))
    return node


def _coded(code: Code) -> str:
    return f"CodeValue:{code.value}|CodingSchemeDesignator:{code.scheme}|CodeMeaning:{code.meaning}"


# Scenes -----------------------------------------------------------------------------------------


def _open_scene(path: str) -> Iterator[Any]:
    """Add what a scene holds to what is open; Slicer stands still until it is there."""
    _refuse_elsewhere(path)
    yield Pause(20)
    if not slicer.mrmlScene.ReadFromMRB(path, False):
        raise InputError(
            "Slicer could not open the scene.",
            "Slicer's Error Log says why (menu View, Error Log).",
        )


def _refuse_elsewhere(path: str) -> None:
    """Refuse a scene with files outside of its own folder: Slicer would write them there."""
    try:
        with zipfile.ZipFile(path) as archive:
            for one in archive.infolist():
                archive.open(one).close()  # by the name that stands before it, too
                parts = re.split(r"[\\/]", one.filename)
                is_link = stat.S_ISLNK(one.external_attr >> 16)
                if not parts[0] or parts[0][1:2] == ":" or ".." in parts or is_link:
                    raise InputError(
                        "The scene holds a file that would lie outside of its own folder, so it "
                        "is not opened.",
                        "Ask who made it.",
                    )
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise InputError(
            "This is no data bundle of Slicer's, so it is not opened.", "Ask who made it."
        ) from error
