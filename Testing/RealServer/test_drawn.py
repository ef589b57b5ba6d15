"""Segmentations and contours on a real Orthanc: stored, in the study they belong to, and back."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from OrthancConnectCore.results import contours, segmentation
from Support.data.dicom import PATIENTS
from Support.data.drawn import (
    GEOMETRIES,
    drawing_in,
    segment,
    series_of,
    voxels_in_space,
    written,
)
from Support.servers.orthanc import PrivateOrthanc

SHAPE = (8, 40, 32)


@pytest.mark.parametrize("kind", ["SEG", "RTSTRUCT"])
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_what_is_drawn_goes_to_its_study_and_comes_back(
    tmp_path: Path, usual_server: PrivateOrthanc, geometry: str, kind: str
) -> None:
    images = series_of(tmp_path / "series", geometry, patient=PATIENTS[2])  # in Latin 1 there
    usual_server.store(*(image.filename for image in images))
    layers = [np.random.default_rng(at).integers(0, 3, SHAPE).astype(np.uint8) for at in (1, 2)]
    segments = [segment(f"肝臓 {at} {value}", value, layer=at) for at in (0, 1) for value in (1, 2)]
    result = drawing_in(tmp_path / "drawing", images, layers, segments)
    build = {"SEG": segmentation.build, "RTSTRUCT": contours.build}[kind]
    (made,) = build(tmp_path / "drawing", result, images)
    (identifier,) = usual_server.store(written(made, tmp_path / "made.dcm"))
    assert usual_server.count("Studies") == 1 and usual_server.count("Series") == 2
    tags = usual_server.get_json(f"/instances/{identifier}/tags?simplify")
    assert (tags["Modality"], tags["PatientName"]) == (kind, PATIENTS[2].name)
    assert tags["SeriesDescription"] == "Leber 肝臓"
    again = read(usual_server, identifier, kind, tmp_path / "back", images)
    assert again["segments"][3]["name"] == "肝臓 1 2"
    assert voxels_in_space(tmp_path / "back", again) == voxels_in_space(
        tmp_path / "drawing", result
    )


def read(
    server: PrivateOrthanc, identifier: str, kind: str, folder: Path, images: list[Dataset]
) -> dict[str, Any]:
    """Return what the server has of an instance, read into a folder."""
    folder.mkdir()
    dataset = pydicom.dcmread(BytesIO(server.request("GET", f"/instances/{identifier}/file")))
    if kind == "SEG":
        return segmentation.read(dataset, folder)
    return contours.read(dataset, folder, images)
