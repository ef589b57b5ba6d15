"""Volumes of the scene, and the scene itself, as what `shared.results` has of them."""

from __future__ import annotations

import hashlib
import os
import uuid
from typing import Any, Dict, Iterator, Optional, Sequence, Tuple

import slicer

from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.results import MAP_TYPES, Code, Layer

from ...turns import Pause
from ..scene import attribute

#: What Slicer's exporter takes: modalities, and voxels with their least and their greatest value.
_MODALITIES = ("CT", "MR", "NM", "US", "CR", "SC")
_VOXELS = {"Short": (-(2**15), 2**15 - 1), "UnsignedShort": (0, 2**16 - 1)}
#: Bytes that are read of a scene in a step, and milliseconds between two looks at an export.
_PIECE, _LOOK = 1 << 20, 100


def to_lps(matrix: Any) -> Tuple[float, ...]:
    """Return a matrix that leads to Slicer's RAS as one to DICOM's LPS, row by row."""
    rows = [[matrix.GetElement(row, column) for column in range(4)] for row in range(4)]
    return (*(-one for row in rows[:2] for one in row), *(one for row in rows[2:] for one in row))


def code_of(entry: Any) -> Optional[Code]:
    """Return a coded entry of Slicer; None where it is none, or not whole."""
    if entry is None:
        return None
    parts = (entry.GetCodeValue(), entry.GetCodingSchemeDesignator(), entry.GetCodeMeaning())
    return Code(*map(str, parts)) if all(parts) else None


def _can_export() -> bool:
    return hasattr(slicer.modules, "createdicomseries")  # a Slicer may be built without it


def why_not_volume(node: Any) -> str:
    """Return why a volume can't be sent; empty where it can."""
    if node.GetImageData() is None:
        return "It has no voxels."
    if node.GetParentTransformNode() is not None:
        return "It is under a transform: harden that first (module Transforms)."
    if node.GetImageData().GetNumberOfScalarComponents() != 1:
        return "It has several numbers in a voxel: send the scene."
    is_real = node.GetImageData().GetScalarTypeAsString() in ("float", "double")
    if not (is_real or _can_export()):
        return "This Slicer is without its module Create DICOM Series."
    return ""


def write_volume(nodes: Sequence[Any], folder: str, parts: Dict[str, Any]) -> Iterator[Any]:
    """Write what Slicer's exporter would cut as real numbers; let it write everything else."""
    import numpy

    (node,) = nodes
    voxels = slicer.util.arrayFromVolume(node)
    low, high = node.GetImageData().GetScalarRange()
    fitting = [name for name, ends in _VOXELS.items() if ends[0] <= low and high <= ends[1]]
    fitting = fitting if _can_export() else []
    for plane in voxels if voxels.dtype.kind == "f" else ():
        if not numpy.isfinite(plane).all():
            raise InputError(
                f"{node.GetName()} has voxels that are no numbers.",
                "Replace them first (module Simple Filters), or send the scene.",
            )
        if fitting and not numpy.array_equal(plane, numpy.rint(plane)):
            fitting = []
        yield
    if fitting:
        yield from _export(node, folder, fitting[0], parts)
    else:
        yield from _write_map(node, voxels, folder, parts)


def _write_map(node: Any, voxels: Any, folder: str, parts: Dict[str, Any]) -> Iterator[Any]:
    """Copy the numbers slice by slice."""
    import numpy
    import vtk

    kind = voxels.dtype.name if voxels.dtype.name in MAP_TYPES else "float64"
    with open(os.path.join(folder, "layer-0.raw"), "xb") as file:
        for plane in voxels:
            file.write(plane.astype(numpy.dtype(kind).newbyteorder("<")).tobytes())
            yield
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    unit, quantity = code_of(node.GetVoxelValueUnits()), code_of(node.GetVoxelValueQuantity())
    size = tuple(node.GetImageData().GetDimensions())
    layer = Layer("layer-0.raw", kind, size, to_lps(matrix), unit, quantity)
    parts.update(layers=(layer,))


def _export(node: Any, folder: str, kind: str, parts: Dict[str, Any]) -> Iterator[Any]:
    """Let Slicer's own module write the series, in its thread: whose it is, the sender sets."""
    source, display = attribute(node, "Modality"), node.GetDisplayNode()
    parameters = {
        "inputVolume": node.GetID(),
        "dicomDirectory": folder,
        "dicomPrefix": "IMG",
        "modality": source if source in _MODALITIES else "SC",
        "Type": kind,
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


def write_scene(_nodes_of: Sequence[Any], folder: str, parts: Dict[str, Any]) -> Iterator[Any]:
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
