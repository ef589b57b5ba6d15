"""The demo's pictures: slices of a loaded volume, and the panel after a query."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Sequence, Tuple

import numpy as np
import pydicom
from PIL import Image

from Support.servers.orthanc import PrivateOrthanc

REPOSITORY = Path(__file__).resolve().parents[2]
MARK = "ORTHANCCONNECT DEMO PANEL: "
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

    Runs in a process of its own, which is Slicer where there is one.
    """
    names = ("rest_url", "user", "password", "aet", "fingerprint", "storage_port")
    names += ("dicom_host", "dicom_port", "calling_aet")
    facts = {
        "server": {name: getattr(orthanc, name) for name in names},
        "picture": str(path),
    }
    script = str(Path(__file__).with_name("panel_in_demo.py"))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "demo.json"
        file.touch(0o600)
        file.write_text(json.dumps(facts), encoding="utf-8")
        environment = {**os.environ, "XDG_CONFIG_HOME": folder}
        slicer = os.environ.get("SLICER")
        if slicer:
            environment["ORTHANCCONNECT_DEMO"] = str(file)
            environment.pop("QT_QPA_PLATFORM", None)
            command = [] if os.environ.get("DISPLAY") else ["xvfb-run", "-a"]
            command += [slicer, "--no-splash", "--testing", "--additional-module-path"]
            command += [str(REPOSITORY / "OrthancConnect"), "--python-script", script]
        else:
            command = [sys.executable, script, str(file)]
        done = subprocess.run(command, capture_output=True, env=environment, timeout=180)
    output = done.stdout.decode("utf-8", "replace")
    shown = [line.partition(MARK)[2] for line in output.splitlines() if MARK in line]
    if done.returncode != 0 or not shown:
        errors = done.stderr.decode("utf-8", "replace")[-4000:]
        raise RuntimeError(f"the panel ended with {done.returncode}: {output[-2000:]}{errors}")
    return shown[-1]
