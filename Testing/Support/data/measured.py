"""Measurements of every kind, as a result on the disk has them, and how they are compared."""

from __future__ import annotations

import io
import math
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from Support.data.dicom import PATIENTS, save_dataset, write_ct_series

LENGTH, ANGLE = ["410668003", "SCT", "Length"], ["1483009", "SCT", "Angle"]
VOLUME = ["118565006", "SCT", "Volume"]
DENSITY = ["112031", "DCM", "Attenuation Coefficient"]
SEG = "1.2.840.10008.5.1.4.1.1.66.4"


def markup(kind: str, name: str, points: list[list[float]], **more: Any) -> dict[str, Any]:
    return {
        **{"kind": kind, "name": name, "color": [1.0, 0.2, 0.0], "points": points},
        **{"labels": [], "values": [], "center": None, "axes": None, "size": None, **more},
    }


def value(name: str, number: float, unit: str, code: Any = None) -> dict[str, Any]:
    return {"name": name, "value": number, "unit": unit, "code": code}


def turned() -> list[list[float]]:
    """Three directions at right angles to one another, along none of the patient's."""
    a, b = math.radians(20), math.radians(-35)
    first = np.array([math.cos(a), math.sin(a), 0])
    second = np.array([-math.sin(a) * math.cos(b), math.cos(a) * math.cos(b), math.sin(b)])
    return [one.tolist() for one in (first, second, np.cross(first, second))]


BOX = {"center": [5.5, -6.25, 40.125], "axes": turned()}
MARKUPS = [
    markup("point", "病变 α", [[1.234, -2.345, 137.5]]),
    markup("point", "Un punto", [[0.0, 0.0, 0.0]], labels=["p"]),
    markup("points", "F", [[1.2, 3.4, 5.6], [7.0, 8.0, 90.0], [-1.0, 2.0, 3.0]]),
    markup("points", "F 标签", [[1.2, 3.4, 5.6], [7.0, 8.0, 9.0]], labels=["", "左"]),
    markup("points", "F", [[9.0, 9.0, 9.0]], values=[value("points", 1.0, "1")]),
    markup(
        "line",
        "Diámetro \\ máx",
        [[0.0, 0.0, 0.0], [10.123, 20.5, 100.25]],
        values=[value("Length", 103.123456789, "mm", LENGTH)],
    ),
    markup(
        "angle",
        "A",
        [[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [10.0, 10.0, 0.0]],
        values=[value("angle", 90.0, "deg", ANGLE), value("a name of one's own", 1e-12, "1")],
        labels=["a", "b", "c"],
    ),
    markup("curve", "C", [[0.0, 0.0, 0.0], [10.0, 0.0, 10.0], [10.0, 10.0, 3.0], [3.0, 4.0, 5.0]]),
    markup("curve", "One point", [[1.0, 2.0, 3.0]]),
    markup("closed_curve", "CC", [[0.0, 0.0, 0.0], [10.0, 0.0, 10.0], [3.0, 4.0, 5.0]]),
    markup("plane", "P", [[1.0, 1.0, 1.0], [2.0, 1.0, 1.0]], size=[10.0, 20.0, 0.0], **BOX),
    markup(
        "roi",
        "R",
        [[5.5, -6.25, 40.125]],
        size=[10.0, 20.0, 30.0],
        values=[value("volume", 6000.0, "mm3", VOLUME)],
        **BOX,
    ),
]
STATISTICS = [
    {
        "segment": "Pulmón 肺",
        "segment_series_instance_uid": None,
        "tracking": "2.25.4711",
        "values": [value("mean", -700.5, "[hnsf'U]", DENSITY), value("voxels", 12.0, "1")],
    }
]


def result(items: Any = (), statistics: Any = (), **more: Any) -> dict[str, Any]:
    return {
        **{"format": 1, "kind": "measurements", "title": "Mediciones", "author": "Núria Pérez"},
        **{"created": "2026-11-29T22:00:01.250000+01:00", "description": "说明\nsegunda línea"},
        **{"series_number": None, "replaces": None, "origin": "n1"},
        "source": {"patient_id": PATIENTS[2].patient_id, "files": []},
        "items": list(items),
        "statistics": list(statistics),
        **more,
    }


def source_images(folder: Path) -> list[Dataset]:
    """A series of eight slices, with text in Latin 1."""
    files = write_ct_series(folder, PATIENTS[2], slices=8, rows=16, columns=16)
    return [pydicom.dcmread(path, stop_before_pixels=True) for path in files]


def on_disk(dataset: Dataset) -> Dataset:
    """A data set as it is read from its file."""
    buffer = io.BytesIO()
    save_dataset(dataset, buffer)
    buffer.seek(0)
    return pydicom.dcmread(buffer)


def same(found: Any, sent: Any) -> bool:
    """Whether two values are the same, numbers to 0.01, and unnamed labels aside."""
    if isinstance(sent, dict):
        return set(found) == set(sent) and all(same(found[key], sent[key]) for key in sent)
    if isinstance(sent, (list, tuple)):
        return len(found) == len(sent) and all(map(same, found, sent))
    return abs(found - sent) < 0.01 if isinstance(sent, float) else bool(found == sent)


def said_by(*command: Any) -> str:
    """What another program says of a file that it reads without a fault."""
    done = subprocess.run([str(one) for one in command], capture_output=True, check=True)
    return (done.stdout + done.stderr).decode()
