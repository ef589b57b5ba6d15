"""Results of the scene as what `shared.results` has of them, and their files.

Points and matrices are in the patient's LPS system, where Slicer has RAS; transforms that a node
is under are applied to them.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import uuid
from dataclasses import replace
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence

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
#: What Slicer's exporter takes: modalities, and voxels with their least and their greatest value.
_MODALITIES = ("CT", "MR", "NM", "US", "CR", "SC")
_VOXELS = {"Short": (-(2**15), 2**15 - 1), "UnsignedShort": (0, 2**16 - 1)}
#: Bytes that are read of a scene in a step, and milliseconds between two looks at an export.
_PIECE, _LOOK = 1 << 20, 100


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
        parts += [image.GetMTime() for image in _layers(node)]
    elif node.GetImageData() is not None:
        parts.append(node.GetImageData().GetMTime())
    return parts


def _to_lps(point: Sequence[float]) -> Point:
    return -point[0], -point[1], point[2]


def _three(numbers: Sequence[float]) -> Point:
    first, second, third = map(float, numbers)
    return first, second, third


def nodes_of(name: str) -> List[Any]:
    """Return the nodes of a class that a person can see in Slicer's lists."""
    found = slicer.mrmlScene.GetNodesByClass(name)
    found.UnRegister(None)
    nodes = map(found.GetItemAsObject, range(found.GetNumberOfItems()))
    return [one for one in nodes if not one.GetHideFromEditors() and one.GetSaveWithScene()]


# Segmentations --------------------------------------------------------------------------------


def labelmap() -> str:
    """Return what Slicer calls the representation of segments as voxels."""
    return str(slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName())


def _layers(node: Any) -> List[Any]:
    segmentation, kind = node.GetSegmentation(), labelmap()
    return [
        segmentation.GetLayerDataObject(number, kind)
        for number in range(segmentation.GetNumberOfLayers(kind))
    ]


def segment_names(node: Any) -> List[str]:
    """Return the names of a segmentation's segments."""
    segmentation = node.GetSegmentation()
    return [str(segmentation.GetSegment(one).GetName()) for one in segmentation.GetSegmentIDs()]


def bytes_of(node: Any) -> int:
    """Return what the voxels of a node take, as far as it has any."""
    if node.IsA("vtkMRMLSegmentationNode"):
        images = _layers(node)
    else:
        images = [node.GetImageData()] if node.IsA("vtkMRMLVolumeNode") else []
    return sum(1024 * int(image.GetActualMemorySize()) for image in images if image is not None)


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
    for number, image in enumerate(_layers(node)):
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
        rows = [[matrix.GetElement(row, column) for column in range(4)] for row in range(4)]
        lps = [-one for row in rows[:2] for one in row] + [one for row in rows[2:] for one in row]
        layers.append(Layer(f"layer-{number}.raw", name, size, tuple(lps)))
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
            values.append(Value(str(one.GetName()), shown, unit, _code(one.GetQuantityCode())))
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


def _code(entry: Any) -> Optional[Code]:
    """Return a coded entry of Slicer; None where it is none, or not whole."""
    if entry is None:
        return None
    parts = (entry.GetCodeValue(), entry.GetCodingSchemeDesignator(), entry.GetCodeMeaning())
    return Code(*map(str, parts)) if all(parts) else None


def _unit(label: str, entry: Any = None) -> str:
    """Return a unit in UCUM: by its code, else by the label that Slicer shows."""
    code = _code(entry)
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


# Volumes and the scene --------------------------------------------------------------------------


def why_not_volume(node: Any) -> str:
    """Return why a volume can't be sent; empty where it can."""
    if node.GetImageData() is None:
        return "It has no voxels."
    if node.GetParentTransformNode() is not None:
        return "It is under a transform: harden that first (module Transforms)."
    if not hasattr(slicer.modules, "createdicomseries"):
        return "This Slicer is without its module Create DICOM Series."
    return ""


def _write_volume(nodes: Sequence[Any], folder: str, parts: Dict[str, Any]) -> Iterator[Any]:
    """Let Slicer's own module write the series, in its thread: whose it is, the sender sets."""
    import numpy

    (node,) = nodes
    voxels = slicer.util.arrayFromVolume(node)
    low, high = node.GetImageData().GetScalarRange()
    fitting = [name for name, ends in _VOXELS.items() if ends[0] <= low and high <= ends[1]]
    for plane in voxels if voxels.dtype.kind == "f" else ():
        if not numpy.array_equal(plane, numpy.rint(plane)):
            fitting = []
        yield
    if not fitting:
        raise InputError(
            f"{node.GetName()} has voxels that Slicer's exporter would cut: fractions, or beyond "
            "16 bits.",
            "Bring them to whole numbers first (module Cast Scalar Volume), or send the scene.",
        )
    source, display = attribute(node, "Modality"), node.GetDisplayNode()
    parameters = {
        "inputVolume": node.GetID(),
        "dicomDirectory": folder,
        "dicomPrefix": "IMG",
        "modality": source if source in _MODALITIES else "SC",
        "Type": fitting[0],
        "seriesDescription": str(node.GetName()),
        "studyInstanceUID": f"2.25.{uuid.uuid4().int}",  # PS3.5 B.2
        "seriesInstanceUID": f"2.25.{uuid.uuid4().int}",
        "frameOfReferenceUID": f"2.25.{uuid.uuid4().int}",
    }
    if display is not None:
        parameters["windowCenter"] = str(display.GetLevel())
        parameters["windowWidth"] = str(display.GetWindow())
    job = slicer.cli.run(slicer.modules.createdicomseries, None, parameters)
    try:
        while job.IsBusy():
            yield Pause(_LOOK)
        done = job.GetStatus() == job.Completed
        files = sorted(name for name in os.listdir(folder) if name.startswith("IMG"))
        if not done or not files:
            raise InputError(
                f"Slicer could not write {node.GetName()} as DICOM.",
                "Slicer's Error Log says why (menu View, Error Log).",
            )
    finally:
        slicer.mrmlScene.RemoveNode(job)
    parts.update(files=tuple(files))


def _write_scene(_nodes_of: Sequence[Any], folder: str, parts: Dict[str, Any]) -> Iterator[Any]:
    """Save the scene beside its own place, so that it stays what it is for Slicer; then hash it."""
    path = os.path.join(folder, "scene.mrb")
    yield Pause(20)  # what is said of it is to be seen before Slicer stands still
    if not slicer.mrmlScene.WriteToMRB(path) or not os.path.isfile(path):
        raise InputError(
            "Slicer could not save the scene.",
            "Slicer's Error Log says why (menu View, Error Log).",
        )
    yield
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        piece = file.read(_PIECE)
        while piece:
            digest.update(piece)
            yield
            piece = file.read(_PIECE)
    size = os.path.getsize(path)
    parts.update(file="scene.mrb", size=size, sha256=digest.hexdigest())


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
    VOLUME: _write_volume,
    SCENE: _write_scene,
}
