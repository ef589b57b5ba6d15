"""Slicer's scene: what was loaded remembers where it came from, and is shown."""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from typing import Any, Mapping, Sequence

import slicer
from slicer.i18n import tr as _

#: What the names of our attributes of nodes begin with.
ATTRIBUTE = "OrthancConnect."
_TO_RAS = (-1, -1, 1)  # DICOM has LPS
#: Slicer's own preset of volume rendering for each modality that has one.
_PRESETS = {"CT": "CT-Chest-Contrast-Enhanced", "MR": "MR-Default"}


def attribute(node: Any, name: str) -> str:
    """Return what a node remembers under one of our names; empty where that is nothing."""
    return str(node.GetAttribute(ATTRIBUTE + name) or "")


def note(node: Any, name: str, value: str) -> None:
    """Let a node remember a text under one of our names; nothing is drawn anew for it."""
    before = node.GetDisableModifiedEvent()
    node.SetDisableModifiedEvent(1)
    node.SetAttribute(ATTRIBUTE + name, value)
    node.SetDisableModifiedEvent(before)


class SlicerScene:
    """`slicer.mrmlScene` and the views of it."""

    _dark, _is_shown = 0.0, False  # of the volume that arrives

    @property
    def can_render(self) -> bool:
        return hasattr(slicer.modules, "volumerendering")  # a Slicer may be built without it

    def mark(self, nodes: Sequence[Any], facts: Mapping[str, str]) -> None:
        for node in nodes:
            for name, value in facts.items():
                note(node, name, value)

    def show(self, nodes: Sequence[Any], render: bool = False) -> None:
        volumes = [node for node in nodes if node.IsA("vtkMRMLVolumeNode")]
        if not volumes:
            return
        slicer.util.setSliceViewerLayers(background=volumes[0], fit=True)
        has_views = slicer.app.layoutManager() is not None
        if has_views:
            slicer.util.resetSliceViews()
        if render and self.can_render:
            for volume in volumes:
                self._render(volume)
            if has_views:
                slicer.util.resetThreeDViews()

    # While it arrives ------------------------------------------------------------------------

    def begin_volume(self, state: Mapping[str, Any]) -> Any:
        import numpy
        import vtk
        from vtk.util import numpy_support

        image = vtk.vtkImageData()
        image.SetDimensions(state["columns"], state["rows"], len(state["files"]))
        kind = numpy.dtype(_pixel_type(state))
        image.AllocateScalars(numpy_support.get_vtk_array_type(kind), 1)
        name = slicer.mrmlScene.GenerateUniqueName(_("Arriving"))
        volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
        volume.SetSaveWithScene(False)
        volume.SetIJKToRASMatrix(_matrix(state["axes"], state["spacing"], state["origin"]))
        volume.CreateDefaultDisplayNodes()
        arrived = [index for index, offset in enumerate(state["offsets"]) if offset]
        first = _pixels(state, arrived[0])
        low, high = float(first.min()), float(first.max())
        center, width = state["window"] or ((low + high) / 2, high - low or 1.0)
        display = volume.GetDisplayNode()
        display.SetAutoWindowLevel(False)
        display.SetWindowLevel(width, center)
        volume.SetAndObserveImageData(image)  # last: else all of it is looked through for a window
        self._dark, self._is_shown = low, False
        return volume

    def fill_slice(self, volume: Any, state: Mapping[str, Any], index: int) -> None:
        there = state["offsets"][index]
        slices = slicer.util.arrayFromVolume(volume)
        slices[index] = _pixels(state, index) if there else self._dark

    def refresh_volume(self, volume: Any) -> None:
        slicer.util.arrayFromVolumeModified(volume)
        if not self._is_shown:
            self._is_shown = True
            self.show([volume])

    def remove_volume(self, volume: Any) -> None:
        if slicer.mrmlScene.IsNodePresent(volume):  # a person may have closed the scene
            slicer.mrmlScene.RemoveNode(volume)

    # Slides -----------------------------------------------------------------------------------

    def new_path(self) -> str:
        return os.path.join(slicer.app.temporaryPath, f"orthancconnect-{uuid.uuid4().hex}")

    def remove_file(self, path: str) -> None:
        with suppress(OSError):
            os.remove(path)

    def open_slide(
        self, path: str, size: Sequence[int], spacing: Sequence[float], name: str
    ) -> Any:
        import numpy
        import vtk

        columns, rows = size
        image = vtk.vtkImageData()
        image.SetDimensions(columns, rows, 1)
        image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 3)
        volume = slicer.mrmlScene.AddNewNodeByClass(
            "vtkMRMLVectorVolumeNode", slicer.mrmlScene.GenerateUniqueName(name)
        )
        volume.SetAndObserveImageData(image)
        pixels = numpy.fromfile(path, numpy.uint8, columns * rows * 3)
        slicer.util.arrayFromVolume(volume)[:] = pixels.reshape(1, rows, columns, 3)
        slicer.util.arrayFromVolumeModified(volume)
        volume.SetIJKToRASMatrix(_matrix([(1, 0, 0), (0, 1, 0), (0, 0, 1)], [*spacing, 1.0]))
        volume.CreateDefaultDisplayNodes()
        return volume

    @staticmethod
    def _render(volume: Any) -> None:
        """Show a scalar volume in the 3D views, as the module *Volume Rendering* does."""
        modality = attribute(volume, "Modality")
        if modality not in _PRESETS or not volume.IsA("vtkMRMLScalarVolumeNode"):
            return
        module: Any = slicer.modules.volumerendering
        logic = module.logic()
        display = logic.CreateDefaultVolumeRenderingNodes(volume)
        preset = logic.GetPresetByName(_PRESETS[modality])
        if preset is not None:
            display.GetVolumePropertyNode().Copy(preset)
        display.SetVisibility(True)


def _matrix(
    axes: Sequence[Sequence[float]], spacing: Sequence[float], origin: Sequence[float] = (0, 0, 0)
) -> Any:
    """Return the IJK to RAS matrix of what lies in DICOM's LPS."""
    import vtk

    matrix = vtk.vtkMatrix4x4()
    for column, (axis, length) in enumerate(zip(axes, spacing)):
        for row, part in enumerate(axis):
            matrix.SetElement(row, column, _TO_RAS[row] * part * length)
    for row, part in enumerate(origin):
        matrix.SetElement(row, 3, _TO_RAS[row] * part)
    return matrix


def _pixel_type(state: Mapping[str, Any]) -> str:
    """Return the type that holds all values that the slices may have, rescaled."""
    bits, slope, intercept = state["stored"], state["slope"], state["intercept"]
    low = -(1 << bits - 1) if state["signed"] else 0
    ends = sorted(value * slope + intercept for value in (low, low + (1 << bits) - 1))
    if not (float(slope).is_integer() and float(intercept).is_integer()):
        return "float32"
    return "int16" if -(1 << 15) <= ends[0] and ends[1] < 1 << 15 else "int32"


def _pixels(state: Mapping[str, Any], index: int) -> Any:
    """Return the rescaled values of a slice that is on the disk (DICOM PS3.3 C.7.6.3, C.11.1)."""
    import numpy

    shape = state["rows"], state["columns"]
    kind = ("<i" if state["signed"] else "<u") + str(state["bits"] // 8)
    count, offset = shape[0] * shape[1], state["offsets"][index]
    values = numpy.fromfile(state["files"][index], kind, count, offset=offset).reshape(shape)
    unused = state["bits"] - state["stored"]
    if unused:  # these bits may hold anything
        values = values << unused >> unused
    values = values.astype(_pixel_type(state))
    number = float if _pixel_type(state) == "float32" else int
    if (state["slope"], state["intercept"]) != (1, 0):
        values = values * number(state["slope"]) + number(state["intercept"])
    return values
