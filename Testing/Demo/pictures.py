"""The demo's pictures: slices of a loaded volume, and the panel after a query."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Sequence, Tuple

import numpy as np
import pydicom
from orthanc_server import PrivateOrthanc
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[2]
_WINDOW, _LEVEL = 1400.0, -300.0


def load_volume(files: Sequence[Path]) -> Any:
    """Read a CT series into a vtkMRMLScalarVolumeNode, in the order of its slices' positions."""
    import slicer

    def height(path: Path) -> float:
        header = pydicom.dcmread(path, stop_before_pixels=True)
        normal = np.cross(header.ImageOrientationPatient[:3], header.ImageOrientationPatient[3:])
        return float(np.dot(normal, header.ImagePositionPatient))

    ordered = sorted(files, key=height)
    scene = slicer.vtkMRMLScene()
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Loaded")
    storage = scene.AddNewNodeByClass("vtkMRMLVolumeArchetypeStorageNode")
    storage.ResetFileNameList()
    for path in ordered:
        storage.AddFileName(str(path))
    storage.SetFileName(str(ordered[0]))
    storage.SetSingleFile(0)
    if not storage.ReadData(volume):
        raise RuntimeError("MRML could not read the series")
    volume.scene_kept = scene  # the node lives as long as its scene
    return volume


def save_slices(volume: Any, path: Path) -> Tuple[int, int]:
    """Save an axial, a coronal and a sagittal slice side by side; return the value range."""
    import slicer.util

    voxels = slicer.util.arrayFromVolume(volume)
    depth, rows, columns = voxels.shape
    spacing = volume.GetSpacing()
    views = (
        (voxels[depth // 2], spacing[1]),
        (voxels[::-1, rows // 2, :], spacing[2]),
        (voxels[::-1, :, columns // 2], spacing[2]),
    )
    pictures = []
    for pixels, row_spacing in views:
        grey = np.clip((pixels - (_LEVEL - _WINDOW / 2)) / _WINDOW * 255, 0, 255)
        picture = Image.fromarray(grey.astype(np.uint8))
        size = (columns, max(1, round(pixels.shape[0] * row_spacing / spacing[0])))
        pictures.append(picture.resize(size, Image.Resampling.BILINEAR))
    whole = Image.new("L", (sum(each.width for each in pictures), rows))
    left = 0
    for picture in pictures:
        whole.paste(picture, (left, (rows - picture.height) // 2))
        left += picture.width
    whole.save(path)
    return int(voxels.min()), int(voxels.max())


def take_panel_picture(orthanc: PrivateOrthanc, path: Path) -> str:
    """Connect the panel, query, and save its picture; return what it showed.

    Runs in a process of its own: the panel brings a Qt application along.
    """
