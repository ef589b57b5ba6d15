"""Results of the scene as what `shared.results` has of them, and their files.

Points and matrices are in the patient's LPS system, where Slicer has RAS; transforms that a node
is under are applied to them.
"""

from __future__ import annotations

import math
import os
import re
from dataclasses import replace
from typing import Any, Callable, Dict, Iterator, List, Mapping, Sequence

import slicer

from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.results import (
    ALGORITHM_TYPES,
    CONTOURS,
    LAYER_TYPES,
    MEASUREMENTS,
    SCENE,
    SEGMENTATION,
    VOLUME,
    Code,
    Item,
    Layer,
    Point,
    Segment,
    Statistic,
    Value,
)

from ...turns import Pause
from ..scene import ATTRIBUTE, attribute
from .volumes import code_of, labelmap, layers_of, nodes_of, to_lps, write_scene, write_volume

#: Slicer's words for the kinds of markups, and ours (`ITEM_KINDS`).
MARKUPS = {
    "Fiducial": "points",
    "Line": "line",
    "Angle": "angle",
    "Plane": "plane",
    "ROI": "roi",
    "Curve": "curve",
    "ClosedCurve": "closed_curve",
}
_FEWEST_POINTS = {"line": 2, "angle": 3, "curve": 2, "closed_curve": 3}
#: Slicer's units that UCUM writes otherwise.
_UCUM = {
    **{"": "1", "°": "deg", "mm²": "mm2", "cm²": "cm2", "mm³": "mm3", "cm³": "cm3"},
    **{"voxels": "{voxels}", "in": "[in_i]", "mm-1": "/mm", "1/mm": "/mm"},
}
_CODE = re.compile(r"CodeValue:(.*)\|CodingSchemeDesignator:(.*)\|CodeMeaning:(.*)")
#: The tag of a segment that keeps its name in all the world (PS3.3 C.8.20.2, Tracking UID).
TRACKING = ATTRIBUTE + "TrackingUID"


def state_of(node: Any) -> Any:
    """Return what tells whether a result is still what it was; of the scene, nothing does."""
    if node is None:
        return None
    if node.IsA("vtkMRMLMarkupsNode"):
        return _item(node)
    if node.IsA("vtkMRMLTableNode"):
        return str(node.GetName()), node.GetTable().GetMTime()
    parts: List[Any] = [str(node.GetName()), node.GetTransformNodeID()]
    if node.IsA("vtkMRMLSegmentationNode"):
        segmentation = node.GetSegmentation()
        for segment_id in segmentation.GetSegmentIDs():
            segment = segmentation.GetSegment(segment_id)
            parts.append(_segment(segment_id, segment, 0))
        parts += [image.GetMTime() for image in layers_of(node)]
    elif node.GetImageData() is not None:
        parts.append(node.GetImageData().GetMTime())
    return parts


def _to_lps(point: Sequence[float]) -> Point:
    return -point[0], -point[1], point[2]


def _three(numbers: Sequence[float]) -> Point:
    first, second, third = map(float, numbers)
    return first, second, third


# Segmentations --------------------------------------------------------------------------------


def segment_names(node: Any) -> List[str]:
    """Return the names of a segmentation's segments."""
    segmentation = node.GetSegmentation()
    return [str(segmentation.GetSegment(one).GetName()) for one in segmentation.GetSegmentIDs()]


def _is_under_linear(node: Any) -> bool:
    parent = node.GetParentTransformNode()
    return parent is None or bool(parent.IsTransformToWorldLinear())


def why_not_segmentation(node: Any) -> str:
    """Return why a segmentation can't be sent; empty where it can."""
    if not node.GetSegmentation().GetNumberOfSegments():
        return "It has no segments."
    if not _is_under_linear(node):
        return "It is under a transform that bends: harden that first (module Transforms)."
    return ""


def _write_segmentation(nodes: Sequence[Any], folder: str, parts: Dict[str, Any]) -> Iterator[Any]:
    """Copy label maps slice by slice; where there are none yet, Slicer makes them in one step."""
    import numpy
    import vtk
    from vtk.util import numpy_support

    (node,) = nodes
    segmentation, kind = node.GetSegmentation(), labelmap()
    if not segmentation.ContainsRepresentation(kind):
        yield Pause(20)
        if not node.CreateBinaryLabelmapRepresentation():
            raise InputError(f"Slicer can't make label maps of {node.GetName()}.")
    to_world = vtk.vtkMatrix4x4()
    slicer.vtkMRMLTransformNode.GetMatrixTransformBetweenNodes(
        node.GetParentTransformNode(), None, to_world
    )
    layers: List[Layer] = []
    for number, image in enumerate(layers_of(node)):
        scalars = image.GetPointData().GetScalars()
        size, values = tuple(image.GetDimensions()), None
        if scalars is not None and min(size) > 0:
            values = numpy_support.vtk_to_numpy(scalars).reshape(size[::-1])
        else:  # nothing was drawn in this layer
            size, values = (1, 1, 1), numpy.zeros((1, 1, 1), "uint8")
        name = values.dtype.name if values.dtype.name in LAYER_TYPES else "int32"
        target = numpy.dtype(name).newbyteorder("<")
        with open(os.path.join(folder, f"layer-{number}.raw"), "xb") as file:
            for values_of_slice in values:
                file.write(values_of_slice.astype(target).tobytes())
                yield
        matrix = vtk.vtkMatrix4x4()
        image.GetImageToWorldMatrix(matrix)
        extent = image.GetExtent()
        first = matrix.MultiplyPoint([*map(float, extent[::2]), 1.0])
        for row in range(3):
            matrix.SetElement(row, 3, first[row])
        vtk.vtkMatrix4x4.Multiply4x4(to_world, matrix, matrix)
        layers.append(Layer(f"layer-{number}.raw", name, size, to_lps(matrix)))
    segments = []
    for segment_id in segmentation.GetSegmentIDs():
        segment = segmentation.GetSegment(segment_id)
        layer = segmentation.GetLayerIndex(segment_id, kind)
        segments.append(_segment(segment_id, segment, layer))
        yield
    parts.update(layers=tuple(layers), segments=tuple(segments))


def _segment(segment_id: str, segment: Any, layer: int) -> Segment:
    kind = _tag(segment, "DICOM.SegmentAlgorithmType")
    kind = kind if kind in ALGORITHM_TYPES else ALGORITHM_TYPES[0]  # as Slicer's own exporter
    return Segment(
        str(segment_id),
        str(segment.GetName()),
        _three(segment.GetColor()),
        layer,
        int(segment.GetLabelValue()),
        **_codes(_tag(segment, slicer.vtkSegment.GetTerminologyEntryTagName())),
        algorithm_type=kind,
        algorithm_name=_tag(segment, "DICOM.SegmentAlgorithmName"),
        tracking_uid=_tag(segment, TRACKING),
    )


def _tag(segment: Any, name: str) -> str:
    import vtk

    value = vtk.mutable("")
    return str(value) if segment.GetTag(name, value) else ""


def _codes(entry: str) -> Dict[str, Any]:
    """Read a terminology entry, as `SerializeTerminologyEntry` of Slicer's module writes it.

    The context's name, category, type, its modifier, the anatomical context's name, region and its
    modifier, parted by ``~``; each code is scheme, value and meaning, parted by ``^``.
    """
    parts = entry.split("~")
    if len(parts) != 7:
        return {}
    names = {"category": 1, "type": 2, "type_modifier": 3, "region": 5, "region_modifier": 6}
    codes: Dict[str, Any] = {}
    for name, place in names.items():
        code = parts[place].split("^")
        codes[name] = Code(code[1], code[0], code[2]) if len(code) == 3 and all(code) else None
    return codes


# Measurements ---------------------------------------------------------------------------------


def _points(node: Any) -> List[int]:
    """Return the numbers of the points that were placed."""
    placed = node.PositionDefined
    numbers = range(node.GetNumberOfControlPoints())
    return [one for one in numbers if node.GetNthControlPointPositionStatus(one) == placed]


def why_not_markup(node: Any, kind: str) -> str:
    """Return why a markup, of one of `MARKUPS`, can't be sent; empty where it can."""
    if not kind:
        return "Markups of this kind can't be sent."
    if kind in ("plane", "roi"):
        complete = bool(_points(node)) and min(_item(node).size or (0.0,)) >= 0
    else:
        complete = len(_points(node)) >= _FEWEST_POINTS.get(kind, 1)
    return "" if complete else "It is not complete: place its points."


def _item(node: Any) -> Item:
    """Return a markup with its points in the world, whatever transforms it is under."""
    kind, points, labels = MARKUPS.get(str(node.GetMarkupType()), "points"), [], []
    for number in _points(node):
        point = [0.0, 0.0, 0.0]
        node.GetNthControlPointPositionWorld(number, point)
        points.append(_to_lps(point))
        labels.append(str(node.GetNthControlPointLabel(number)))
    values = []
    for number in range(node.GetNumberOfMeasurements()):
        one = node.GetNthMeasurement(number)
        shown = float(one.GetDisplayValue())
        if one.GetEnabled() and one.GetValueDefined() and math.isfinite(shown):
            unit = _unit(str(one.GetUnits()), one.GetUnitsCode())
            values.append(Value(str(one.GetName()), shown, unit, code_of(one.GetQuantityCode())))
    display = node.GetDisplayNode()
    color = display.GetSelectedColor() if display is not None else (1.0, 0.5, 0.5)
    kind = "point" if kind == "points" and len(points) == 1 else kind
    name = str(node.GetName())
    item = Item(kind, name, _three(color), tuple(points), tuple(labels), tuple(values))
    if kind not in ("plane", "roi"):
        return item
    center, axes, size = [0.0] * 3, [[0.0] * 3 for _axis in range(3)], [0.0] * 3
    node.GetCenterWorld(center)
    if kind == "plane":
        node.GetAxesWorld(*axes)
        size = [*map(float, node.GetSizeWorld()), 0.0]
    else:
        for number, axis in enumerate(axes):
            node.GetAxisWorld(number, axis)
        node.GetSizeWorld(size)
    x, y, z = map(_to_lps, axes)
    return replace(item, center=_to_lps(center), axes=(x, y, z), size=_three(size))


def _unit(label: str, entry: Any = None) -> str:
    """Return a unit in UCUM: by its code, else by the label that Slicer shows."""
    code = code_of(entry)
    if code is not None and code.scheme == "UCUM":
        return code.value
    unit = _UCUM.get(label.strip(), label.strip())
    # What UCUM can't have, stands there as an annotation.
    return unit if re.fullmatch(r"[!-~]+", unit) else "{" + re.sub(r"[^!-z]", "_", unit) + "}"


def statistics_rows(node: Any) -> Dict[str, List[Value]]:
    """Return what the module Segment Statistics wrote into a table, by segment; else nothing."""
    table = node.GetTable()
    columns = [table.GetColumn(number) for number in range(table.GetNumberOfColumns())]
    names = [str(column.GetName()) for column in columns]
    if "Segment" not in names or not any(node.GetColumnProperty(one, "Plugin") for one in names):
        return {}
    segments = columns[names.index("Segment")]
    rows: Dict[str, List[Value]] = {}
    for row in range(table.GetNumberOfRows()):
        values = rows.setdefault(str(segments.GetValue(row)), [])
        for name, column in zip(names, columns):
            if not column.IsA("vtkDataArray") or column.GetNumberOfComponents() != 1:
                continue
            number = float(column.GetTuple1(row))
            if math.isfinite(number):
                found = _CODE.fullmatch(str(node.GetColumnProperty(name, "DICOM.QuantityCode")))
                code = Code(*found.groups()) if found else None
                unit = _CODE.fullmatch(str(node.GetColumnProperty(name, "DICOM.UnitsCode")))
                label = unit[1] if unit else str(node.GetColumnUnitLabel(name) or "")
                values.append(Value(name, number, _unit(label), code))
    return rows


def _write_measurements(
    nodes: Sequence[Any], _folder: str, parts: Dict[str, Any]
) -> Iterator[None]:
    markups = [node for node in nodes if node.IsA("vtkMRMLMarkupsNode")]
    items: List[Item] = []
    for node in markups:
        items.append(_item(node))
        yield
    found: List[Statistic] = []
    owners = {
        name: node for node in nodes_of("vtkMRMLSegmentationNode") for name in segment_names(node)
    }
    for node in nodes:
        rows = statistics_rows(node) if node not in markups else {}
        for name, values in rows.items():
            owner = owners.get(name)
            uid = attribute(owner, "Sent.segmentation") if owner is not None else ""
            origin = attribute(owner, "Origin") if owner is not None else ""
            tracking = f"{origin} {name}" if origin else ""
            found.append(Statistic(name, tuple(values), uid or None, tracking))
            yield
    parts.update(items=tuple(items), statistics=tuple(found))


#: By kind what writes the files of its nodes into a folder, in steps, and fills in the members.
WRITERS: Mapping[str, Callable[[Sequence[Any], str, Dict[str, Any]], Iterator[Any]]] = {
    SEGMENTATION: _write_segmentation,
    CONTOURS: _write_segmentation,
    MEASUREMENTS: _write_measurements,
    VOLUME: write_volume,
    SCENE: write_scene,
}
