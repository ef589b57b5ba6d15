"""Datasets as they are read from the network: whose they are, and whether they are whole."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest

from OrthancConnectCore.orthanc.identifiers import instance_orthanc_id
from OrthancConnectCore.retrieve.content import file_head_of, identity_of, is_whole

SAMPLES = Path(pydicom.__file__).parent / "data" / "test_files"
IDENTITY = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


@pytest.mark.parametrize(
    "name",
    [
        "CT_small.dcm",
        "rtplan.dcm",
        "image_dfl.dcm",
        "ExplVR_BigEnd.dcm",
        "test-SR.dcm",
        "SC_rgb_jpeg_dcmtk.dcm",
        "JPEG2000.dcm",
        "SC_rgb_rle.dcm",
        "MR_small_implicit.dcm",
    ],
)
def test_a_sample_is_whole_and_a_part_of_it_is_not(name: str) -> None:
    content = (SAMPLES / name).read_bytes()
    head = file_head_of(content)
    assert head is not None
    dataset = content[head.start :]
    with pydicom.dcmread(SAMPLES / name, stop_before_pixels=True) as known:
        identity = [str(known.get(keyword, "")) for keyword in IDENTITY]
    assert identity_of(dataset, head.transfer_syntax).orthanc_id == instance_orthanc_id(*identity)
    assert is_whole(memoryview(dataset), head.transfer_syntax)
    assert not is_whole(dataset[:-9], head.transfer_syntax)
    assert not is_whole(dataset[: len(dataset) // 2], head.transfer_syntax)
