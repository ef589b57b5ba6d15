"""What the scan makes of a medium: its DICOMDIR, and what that lists."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Dict, List, Tuple

import pydicom.data
import pytest

from OrthancConnectCore.scan.files import FoundFile, SkippedFile, iter_dicom_files
from OrthancConnectCore.scan.medium import in_folder, missing_files
from Support.data.dicom import write_slice

pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR CS")


@pytest.fixture
def instance(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_slice(tmp_path_factory.mktemp("one") / "one.dcm").read_bytes()


def scan(*paths: Path) -> Tuple[List[str], Dict[str, SkippedFile]]:
    """Names of the files found, in order, and what was skipped by name."""
    found, skipped = [], {}
    for finding in iter_dicom_files(paths):
        name = os.path.basename(finding.path)
        if isinstance(finding, FoundFile):
            found.append(name)
        else:
            skipped[name] = finding
    return found, skipped


def dicomdir_of(*names: str) -> bytes:
    """A DICOMDIR that lists these files, with backslashes between the parts of their names."""
    index = pydicom.dcmread(pydicom.data.get_testdata_file("DICOMDIR"))
    records = [pydicom.Dataset() for _name in names]
    for record, name in zip(records, names):
        record.DirectoryRecordType, record.ReferencedFileID = "IMAGE", name.split("\\")
    index.DirectoryRecordSequence = records
    target = io.BytesIO()
    index.save_as(target)
    return target.getvalue()


@pytest.mark.parametrize("kind", ["folder", "DICOMDIR", "zip"])
def test_what_a_dicomdir_lists_and_is_not_there_is_missing(
    tmp_path: Path, instance, kind: str
) -> None:
    medium = tmp_path / "medium"
    there = ["dicom/im1", "dicom/IM2;1", "dicom/IM3.dcm", "dicom/IM4."]
    names = {"DICOMDIR;1": b""} if kind == "folder" else {"DICOMDIR": b""}
    index = dicomdir_of(
        *("DICOM\\IM1", "DICOM\\IM2", "DICOM\\IM3", "DICOM\\IM4", "DICOM\\IM4"),
        *("DICOM\\IM5", "OTHER\\IM1", "..\\IM6", "DICOM\\IM1\\IM1"),
    )
    names = {**dict.fromkeys(there), next(iter(names)): index}
    (tmp_path / "IM6").write_bytes(instance)
    with zipfile.ZipFile(tmp_path / "medium.zip", "w") as archive:
        for number, (name, content) in enumerate(names.items()):
            (medium / name).parent.mkdir(parents=True, exist_ok=True)
            (medium / name).write_bytes(content or instance + bytes([number]))
            archive.writestr(f"CD/{name}", content or instance + bytes([number]))
    chosen = {"folder": medium, "DICOMDIR": medium / "DICOMDIR", "zip": tmp_path / "medium.zip"}
    rows = list(iter_dicom_files(chosen[kind]))
    place = str(medium) if kind != "zip" else str(tmp_path / "medium.zip!" / "CD")
    lost = [row for row in rows if isinstance(row, SkippedFile) and row.failed]
    gone = ("DICOM/IM5", "OTHER/IM1", "../IM6", "DICOM/IM1/IM1")
    assert sorted(row.path for row in lost) == sorted(os.path.join(place, one) for one in gone)
    assert all("It is missing" in row.reason and row.hint for row in lost)
    assert len([row for row in rows if isinstance(row, FoundFile)]) == len(there)


def test_a_dicomdir_that_makes_no_sense_is_no_obstacle(tmp_path: Path, instance) -> None:
    content = Path(pydicom.data.get_testdata_file("DICOMDIR")).read_bytes()
    (tmp_path / "IM1").write_bytes(instance)
    for broken in (content[:700] + b"\xff" * 900, content[:5000], content[:700] + bytes(900)):
        (tmp_path / "DICOMDIR").write_bytes(broken)
        found, skipped = scan(tmp_path)
        assert found == ["IM1"] and "is not known" in skipped["DICOMDIR"].reason, len(broken)


@pytest.mark.parametrize("kind", ["", "-bigEnd", "-implicit", "-nooffset", "-reordered"])
def test_what_pydicoms_dicomdirs_list_is_there(tmp_path: Path, kind: str) -> None:
    index = Path(pydicom.data.get_testdata_file("DICOMDIR")).with_name(f"DICOMDIR{kind}")
    content = index.read_bytes()
    with io.BytesIO(content) as stream:
        assert missing_files(stream, in_folder(str(index.parent))) == []
    with io.BytesIO(content) as stream:
        lost = missing_files(stream, in_folder(str(tmp_path)))
    records = pydicom.dcmread(index).DirectoryRecordSequence
    names = [one.ReferencedFileID for one in records if "ReferencedFileID" in one]
    assert len(names) == 31 and sorted(map(list, lost)) == sorted(map(list, names))


def test_a_dicomdir_is_known_by_its_content(tmp_path: Path, instance) -> None:
    dicomdir = Path(pydicom.data.get_testdata_file("DICOMDIR")).read_bytes()
    folder = tmp_path / "medium"
    folder.mkdir()
    (folder / "index.dcm").write_bytes(dicomdir)
    (folder / "DICOMDIR").write_bytes(instance)
    found, skipped = scan(folder)
    assert found == ["DICOMDIR"]
    assert "DICOMDIR" in skipped["index.dcm"].reason and not skipped["index.dcm"].failed


def test_a_chosen_dicomdir_stands_for_its_medium(tmp_path: Path, instance, monkeypatch) -> None:
    medium = tmp_path / "medium"
    (medium / "IMAGES" / "DEEP").mkdir(parents=True)
    content = dicomdir_of("IMAGES\\0001")
    index = medium / "DICOMDIR"
    for path in (index, medium / "IMAGES" / "DICOMDIR2"):
        path.write_bytes(content)
    (medium / "AUTORUN.INF").write_bytes(b"[autorun]")
    names = ("IMAGES/0001", "IMAGES/DEEP/0002", ".hidden", "../outside", "../sibling")
    for number, name in enumerate(names):
        (medium / name).write_bytes(instance + bytes([number]))
    (tmp_path / "link").symlink_to(index)
    everything = ([".hidden", "0001", "0002"], {"DICOMDIR", "DICOMDIR2", "AUTORUN.INF"})
    found, skipped = scan(index)
    assert (found, set(skipped)) == everything
    assert "the index of a medium" in skipped["DICOMDIR"].reason
    found, skipped = scan(tmp_path / "link")
    assert (found, set(skipped)) == everything
    monkeypatch.chdir(medium)
    found, skipped = scan(Path("DICOMDIR"), medium, tmp_path / "sibling")
    assert found == [*everything[0], "sibling"]
    assert set(skipped) == everything[1] | {"medium"}  # chosen twice


def test_a_dicomdir_met_on_the_way_leads_nowhere(tmp_path: Path, instance) -> None:
    medium = tmp_path / "medium"
    medium.mkdir()
    index = tmp_path / "medium" / "DICOMDIR"
    index.write_bytes(dicomdir_of("INSIDE"))
    (medium / "INSIDE").write_bytes(instance)
    (tmp_path / "chosen").mkdir()
    (tmp_path / "chosen" / "link").symlink_to(index)
    found, skipped = scan(tmp_path / "chosen")
    assert found == [] and "the index of a medium" in skipped["link"].reason
