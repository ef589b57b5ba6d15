"""Datasets as they are read from the network: whose they are, and whether they are whole."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from pydicom.filewriter import dcmwrite

from OrthancConnectCore.orthanc.identifiers import instance_orthanc_id
from OrthancConnectCore.retrieve.content import digest_of, file_head_of, identity_of, is_whole

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


def _digest(path: Path) -> str:
    content = path.read_bytes()
    head = file_head_of(content)
    assert head is not None
    return digest_of(memoryview(content)[head.start :], head.transfer_syntax)


@pytest.mark.parametrize(
    "name", ["rtplan.dcm", "test-SR.dcm", "MR_small_implicit.dcm", "JPEG2000.dcm"]
)
def test_content_is_the_same_however_it_is_written(name: str, tmp_path: Path) -> None:
    """Group lengths, padding, lengths and the character set may differ; one value may not."""
    path = tmp_path / "again.dcm"
    with pydicom.dcmread(SAMPLES / name) as dataset:
        dataset.walk(_turn_length)
        dataset.add_new(0x00080000, "UL", 4)
        if "SpecificCharacterSet" not in dataset:
            dataset.SpecificCharacterSet = "ISO_IR 100"
        dataset.add_new(0xFFFCFFFC, "OB", bytes(64))
        dcmwrite(path, dataset)
        assert _digest(path) == _digest(SAMPLES / name) != ""
        if "ReferencedStudySequence" not in dataset:
            dataset.ReferencedStudySequence = []
        dataset.ReferencedStudySequence.append(pydicom.Dataset())
        dcmwrite(path, dataset)
        assert _digest(path) != _digest(SAMPLES / name)
        dataset.ReferencedStudySequence.pop()
        dataset.PatientID += "X"
        dcmwrite(path, dataset)
    assert _digest(path) != _digest(SAMPLES / name)


def _turn_length(_dataset: object, element: pydicom.DataElement) -> None:
    if element.VR == "SQ":
        element.is_undefined_length = not element.is_undefined_length
