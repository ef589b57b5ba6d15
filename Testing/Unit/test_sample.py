"""The sample study: what pydicom and the scan make of it, and what it does not write over."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest

from OrthancConnectCore.scan.tree import scan_tree
from OrthancConnectCore.setup import sample
from OrthancConnectCore.shared.errors import InputError
from Support.process.command_line import in_process


def test_the_sample_is_a_ct_series_of_nobody(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    folder = tmp_path / "new" / "sample"
    said = in_process(capsys)("sample", str(folder))
    assert (said.code, said.err) == (0, "") and "60 instances of a drawn chest" in said.out
    slices = [pydicom.dcmread(path) for path in sorted(folder.iterdir())]
    assert len(slices) == sample.SLICES and len({one.SOPInstanceUID for one in slices}) == 60
    first = slices[0]
    assert (first.PatientName, first.PatientID) == ("SAMPLE^DRAWN CHEST", "ORTHANCCONNECT-SAMPLE")
    assert first.file_meta.MediaStorageSOPInstanceUID == first.SOPInstanceUID
    heights = [float(one.ImagePositionPatient[2]) for one in slices]
    assert heights == [5.0 * number for number in range(60)]
    tags = [element.tag for element in first]
    assert tags == sorted(tags)
    pixels = slices[30].pixel_array.astype(int) + int(first.RescaleIntercept)
    assert pixels.shape == (256, 256) and pixels.min() < -950 and pixels.max() > 550
    assert (pixels[:, 60:70].mean() < -300) and 20 < pixels[100:110, 120:125].mean() < 300
    found = scan_tree([str(folder)])
    assert (found.instances, found.problem_count, len(found.series)) == (60, 0, 1)


def test_the_sample_is_the_same_each_time_and_writes_over_nothing(tmp_path: Path) -> None:
    files = sample.make_study(tmp_path)
    content = [path.read_bytes() for path in files]
    assert sample.make_study(tmp_path) == files  # once more is nothing new
    assert [path.read_bytes() for path in files] == content
    files[7].write_bytes(b"somebody's")
    with pytest.raises(InputError, match="CT008.dcm: another file has this name"):
        sample.make_study(tmp_path)
    assert files[7].read_bytes() == b"somebody's"
