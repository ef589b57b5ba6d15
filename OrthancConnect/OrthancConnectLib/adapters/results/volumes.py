"""Volumes of the scene, and the scene itself, as what `shared.results` has of them."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
import zipfile
import zlib
from functools import partial
from typing import Any, Dict, Generator, Iterator, List, Optional, Sequence, Tuple

import slicer

from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.results import (
    LARGEST_SCENE,
    MAP_TYPES,
    SMALLER,
    Code,
    Layer,
    check_scene,
)

from ...turns import Pause
from ..scene import attribute

#: What Slicer's exporter takes: modalities, and voxels with their least and their greatest value.
_MODALITIES = ("CT", "MR", "NM", "US", "CR", "SC")
_VOXELS = {"Short": (-(2**15), 2**15 - 1), "UnsignedShort": (0, 2**16 - 1)}
#: Bytes that are read of a scene in a step, and milliseconds between two looks at an export.
_PIECE, _LOOK = 1 << 18, 100
#: Of an image's voxels, how many samples of how many bytes tell how well they can be compressed.
_SAMPLES, _SAMPLE = 24, 1 << 17
#: The nodes that have voxels.
_SAVED = ("vtkMRMLVolumeNode", "vtkMRMLSegmentationNode")


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


def nodes_of(name: str) -> List[Any]:
    """Return the nodes of a class that a person can see in Slicer's lists."""
    found = slicer.mrmlScene.GetNodesByClass(name)
    found.UnRegister(None)
    nodes = map(found.GetItemAsObject, range(found.GetNumberOfItems()))
    return [one for one in nodes if not one.GetHideFromEditors() and one.GetSaveWithScene()]


def labelmap() -> str:
    """Return what Slicer calls the representation of segments as voxels."""
    return str(slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName())


def layers_of(node: Any) -> List[Any]:
    segmentation, kind = node.GetSegmentation(), labelmap()
    return [
        segmentation.GetLayerDataObject(number, kind)
        for number in range(segmentation.GetNumberOfLayers(kind))
    ]


def _images_of(node: Any) -> List[Any]:
    """Return the images that have the voxels of a node, as far as it has any."""
    if node.IsA("vtkMRMLSegmentationNode"):
        images = layers_of(node)
    else:
        images = [node.GetImageData()] if node.IsA("vtkMRMLVolumeNode") else []
    return [image for image in images if image is not None]


def bytes_of(node: Any) -> int:
    """Return what the voxels of a node take, as far as it has any."""
    return sum(1024 * int(image.GetActualMemorySize()) for image in _images_of(node))


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


def write_scene(_nodes: Sequence[Any], folder: str, parts: Dict[str, Any]) -> Iterator[Any]:
    """Save the scene beside its own place, so that it stays what it is for Slicer; then pack it.

    `WriteToMRB` packs it while Slicer stands still, and leaves all in its cache where that fails.
    """
    images = [image for name in _SAVED for node in nodes_of(name) for image in _images_of(node)]
    guess = yield from _size_packed(images)
    if guess > LARGEST_SCENE:
        raise InputError(
            f"The scene would have about {guess / 1e9:.1f} GB, and Orthanc keeps attachments of up "
            f"to {LARGEST_SCENE // 10**9} GB.",
            SMALLER,
        )
    yield Pause(20)  # what is said of it is to be seen before Slicer stands still
    path, saved = os.path.join(folder, "scene.mrb"), os.path.join(folder, "scene")
    os.mkdir(saved)
    if not slicer.mrmlScene.SaveSceneToSlicerDataBundleDirectory(saved):
        raise InputError(
            "Slicer could not save the scene.",
            "Slicer's Error Log says why (menu View, Error Log).",
        )
    yield
    yield from _pack(saved, path)
    digest, size = hashlib.sha256(), os.path.getsize(path)
    check_scene(size)
    with open(path, "rb") as file:
        for piece in iter(partial(file.read, _PIECE), b""):
            digest.update(piece)
            yield
    parts.update(file="scene.mrb", size=size, sha256=digest.hexdigest())


def _size_packed(images: Sequence[Any]) -> Generator[Any, None, float]:
    """Return what a file of these would take: all as it is, or by samples where that is too much.

    Slicer compresses by zlib's quickest level (`vtkMRMLNRRDStorageNode`).
    """
    from vtk.util import numpy_support

    voxels = [image.GetPointData().GetScalars() for image in images]
    arrays = [numpy_support.vtk_to_numpy(one) for one in voxels if one is not None]
    arrays = [array.reshape(-1).view("uint8") for array in arrays]
    size = float(sum(map(len, arrays)))
    for array in arrays if size > LARGEST_SCENE else ():
        packed = taken = 0
        for start in range(0, len(array), max(len(array) // _SAMPLES, _SAMPLE)):
            sample = array[start : start + _SAMPLE].tobytes()
            packed, taken = packed + len(zlib.compress(sample, 1)), taken + len(sample)
            yield
        size -= len(array) * (1 - packed / max(taken, 1))
    return size


def _pack(saved: str, path: str) -> Iterator[None]:
    """Make a bundle of what Slicer saved, as `vtkArchive` has it; what is in it goes."""
    names = [os.path.join(root, one) for root, _folders, files in os.walk(saved) for one in files]
    with zipfile.ZipFile(path, "x") as bundle:
        for name in sorted(names):
            inside = os.path.relpath(name, os.path.dirname(saved))
            with open(name, "rb") as file, bundle.open(inside, "w", force_zip64=True) as target:
                for piece in iter(partial(file.read, _PIECE), b""):
                    target.write(piece)
                    yield
            os.remove(name)
    shutil.rmtree(saved)
