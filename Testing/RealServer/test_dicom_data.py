"""The files that the other tests work with, judged by a real Orthanc."""

from __future__ import annotations

import os
import stat
import urllib.error
from pathlib import Path
from typing import Iterator

import numpy as np
import pydicom
import pytest

from Support.data.dicom import (
    PATIENTS,
    hostile_files,
    write_ct_series,
    write_group_folder,
    write_small_instances,
)
from Support.servers.orthanc import PrivateOrthanc


@pytest.fixture()
def hostile(tmp_path: Path) -> Iterator[dict[Path, str]]:
    folder = tmp_path / "hostile"
    yield hostile_files(folder)
    (folder / "closed folder").chmod(0o700)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write_ct_series(tmp_path / name, slices=3, rows=64, columns=64, seed=5)
        write_small_instances(tmp_path / name, count=4, patients=2, seed=5)
    write_ct_series(tmp_path / "other", slices=3, rows=64, columns=64, seed=6)
    names = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert len(names) == 7
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
    image = "IM00001.dcm"
    assert (tmp_path / "first" / image).read_bytes() != (tmp_path / "other" / image).read_bytes()


def test_a_ct_series_is_a_volume_in_hounsfield_units(tmp_path: Path) -> None:
    slices = [pydicom.dcmread(path) for path in write_ct_series(tmp_path, slices=20)]
    assert {(one.Rows, one.Columns, one.PatientPosition) for one in slices} == {(512, 512, "HFS")}
    heights = [float(one.ImagePositionPatient[2]) for one in slices]
    assert np.allclose(np.diff(heights), float(slices[0].SliceThickness))
    assert len({one.SOPInstanceUID for one in slices}) == 20
    assert {one.SeriesInstanceUID for one in slices} == {slices[0].SeriesInstanceUID}
    volume = np.stack([one.pixel_array for one in slices]).astype(int)
    volume = volume * int(slices[0].RescaleSlope) + int(slices[0].RescaleIntercept)
    assert abs(np.median(volume[:, :40, :40]) + 1000) < 10  # air around
    assert ((volume > -900) & (volume < -780)).mean() > 0.03  # lung
    assert ((volume > 0) & (volume < 120)).mean() > 0.1  # soft tissue
    assert (volume > 400).mean() > 0.003  # bone


def test_small_instances_are_shared_out_and_differ(tmp_path: Path) -> None:
    files = write_small_instances(tmp_path, count=300, size=16, patients=3, series=2)
    read = [pydicom.dcmread(path) for path in files]
    assert len({one.SOPInstanceUID for one in read}) == 300
    assert len({one.PixelData for one in read}) == 256  # as many as there are shifts of 16 x 16
    for keyword, number in (("PatientID", 3), ("StudyInstanceUID", 3), ("SeriesInstanceUID", 6)):
        values = [one[keyword].value for one in read]
        assert {values.count(value) for value in values} == {300 // number}
    assert all(one.file_meta.MediaStorageSOPInstanceUID == one.SOPInstanceUID for one in read)


def test_orthanc_knows_the_names_with_their_accents(
    orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    files = write_group_folder(tmp_path, slices=2, rows=32, columns=32)
    for group in files.values():
        orthanc.store(*group)
    stored = {
        one["MainDicomTags"]["PatientID"]: one["MainDicomTags"]["PatientName"]
        for one in orthanc.get_json("/patients?expand")
    }
    assert stored == {patient.patient_id: patient.name for patient in PATIENTS}
    assert orthanc.count("Series") == 4
    character_sets = {pydicom.dcmread(group[0]).SpecificCharacterSet for group in files.values()}
    assert character_sets == {"ISO_IR 192", "ISO_IR 100"}


def test_orthanc_takes_the_good_ones_and_refuses_the_others(
    orthanc: PrivateOrthanc, hostile: dict[Path, str]
) -> None:
    answers: dict[str, set[int]] = {}
    for path, kind in hostile.items():
        if kind in ("loop", "broken", "special", "unreadable"):
            continue
        try:
            orthanc.store(path)
            answers.setdefault(kind, set()).add(200)
        except urllib.error.HTTPError as refused:
            refused.close()
            answers.setdefault(kind, set()).add(refused.code)
    assert answers.pop("dicom") == answers.pop("headless") == {200}
    assert answers == {"cut": {400}, "damaged": {400}, "empty": {400}, "other": {400, 404}}
    good = sum(kind in ("dicom", "headless") for kind in hostile.values())
    assert orthanc.count() == good


def test_hostile_files_are_what_they_are_said_to_be(hostile: dict[Path, str]) -> None:
    kinds = set(hostile.values())
    assert {"dicom", "headless", "cut", "damaged", "empty", "other"} <= kinds
    assert {"loop", "broken", "special"} <= kinds
    for path, kind in hostile.items():
        link = os.path.islink(path)
        assert link == (kind in ("loop", "broken"))
        assert (not link and not os.access(path, os.R_OK)) == (kind == "unreadable")
        pipe = os.path.exists(path) and stat.S_ISFIFO(path.stat().st_mode)
        assert pipe == (kind == "special")
