"""Troubles that people had with this and neighbouring programs: identities, files and media.

Each asserts what is right.
"""

from __future__ import annotations

import csv
import gc
import hashlib
import io
import uuid
import warnings
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.fileset import FileSet
from pydicom.sequence import Sequence
from pydicom.uid import RTStructureSetStorage

from Support.data.dicom import stable_uid, write_slice
from Support.scenarios.doctor_cases import forbid
from Support.scenarios.field import WorkingLine, given, words
from Support.servers.orthanc import PrivateOrthanc

METHODS = ("HTTPS", "C-GET", "C-MOVE")


@pytest.fixture
def line(tmp_path: Path, orthanc: PrivateOrthanc) -> WorkingLine:
    return WorkingLine.of(tmp_path, orthanc)


def upload_rows(line: WorkingLine, folder: Path, *options: Any) -> Dict[str, Dict[str, str]]:
    """Upload, and return the rows of the receipt by file name."""
    receipt = folder.parent / "receipt.csv"
    line.ask("upload", folder, "--receipt", receipt, *options)
    with open(receipt, encoding="utf-8-sig", newline="") as file:
        return {Path(row["path"]).name: row for row in csv.DictReader(file)}


def values_below(folder: Path, keyword: str) -> List[str]:
    """The values of an attribute in all DICOM files below a folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of values that are not well formed
        return [str(pydicom.dcmread(path).get(keyword)) for path in sorted(folder.rglob("*.dcm"))]


# One identity for two things ----------------------------------------------------------------------


@pytest.mark.parametrize("patient", ["PAT_A", "PAT_B"])
@pytest.mark.parametrize("method", METHODS)
def test_two_patients_with_the_same_uids_are_told_apart(
    line: WorkingLine, orthanc: PrivateOrthanc, tmp_path: Path, method: str, patient: str
) -> None:
    common = {"StudyInstanceUID": stable_uid("s"), "SeriesInstanceUID": stable_uid("e")}
    for owner in ("PAT_A", "PAT_B"):
        for number in range(3):
            uid = stable_uid("i", number)
            path = tmp_path / "data" / f"{owner}{number}.dcm"
            orthanc.store(
                write_slice(path, owner, fill=ord(owner[-1]), SOPInstanceUID=uid, **common)
            )
    given(orthanc.count() == 6, "six instances on the server")
    output = tmp_path / "output"
    said = line.ask("retrieve", "--patient", patient, "-o", output, "--method", method, "--json")
    assert values_below(output, "PatientID") == [patient] * 3
    assert (said.code, said.data["expected"], said.data["stored"]) == (0, 3, 3)
    assert said.data["verified"] == (3 if method == "HTTPS" else 0)


def test_files_with_one_identity_and_other_content_are_told(
    line: WorkingLine, tmp_path: Path
) -> None:
    uid = stable_uid("one for all")
    for number in range(5):
        path = tmp_path / "data" / f"{number}.dcm"
        write_slice(path, fill=number, InstanceNumber=number + 1, SOPInstanceUID=uid)
    receipt = tmp_path / "receipt.csv"
    said = line.ask("upload", tmp_path / "data", "--receipt", receipt)
    assert said.code == 1
    assert "other content" in words(said)


@pytest.mark.parametrize("method", METHODS)
def test_what_was_corrected_on_the_server_is_fetched_again(
    line: WorkingLine, orthanc: PrivateOrthanc, tmp_path: Path, method: str
) -> None:
    old = write_slice(tmp_path / "old.dcm", "STALE", fill=1, PatientName="Old^Name")
    new = write_slice(tmp_path / "new.dcm", "STALE", fill=2, PatientName="New^Name")
    output = tmp_path / "output"
    retrieve = ("retrieve", "--patient", "STALE", "-o", output, "--method")
    orthanc.store(old)
    given(line.ask(*retrieve, "HTTPS").code == 0, "the first retrieve")
    orthanc.reset()
    orthanc.store(new)
    line.ask(*retrieve, method)
    assert values_below(output, "PatientName") == ["New^Name"]


def test_a_file_that_was_damaged_on_the_disk_is_fetched_again(
    line: WorkingLine, orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    source = write_slice(tmp_path / "source.dcm", "DAMAGED", fill=7)
    orthanc.store(source)
    output = tmp_path / "output"
    retrieve = ("retrieve", "--patient", "DAMAGED", "-o", output, "--method", "HTTPS")
    given(line.ask(*retrieve).code == 0, "the first retrieve")
    (fetched,) = output.rglob("*.dcm")
    content = bytearray(fetched.read_bytes())
    content[-400:-200] = bytes(200)
    fetched.write_bytes(content)
    line.ask(*retrieve)
    assert fetched.read_bytes() == source.read_bytes()


# Identifiers as people have them ------------------------------------------------------------------


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


ODD_UIDS: Dict[str, Dict[str, str]] = {
    "HASH": {
        "StudyInstanceUID": digest("study"),
        "SeriesInstanceUID": digest("series"),
        "SOPInstanceUID": digest("instance"),
    },
    "LONG": {
        "StudyInstanceUID": "1.2.826.0.1.3680043.10.363." + "5" * 50,
        "SeriesInstanceUID": "1.2.826.0.1.3680043.10.363." + "5" * 50 + ".1",
        "SOPInstanceUID": "1.2.826.0.1.3680043.10.363." + "5" * 50 + ".1.1",
    },
    "SOPONLY": {"SOPInstanceUID": str(uuid.UUID(int=7))},
}


@pytest.fixture
def odd_uids(tmp_path: Path) -> Path:
    """A folder with an instance of each patient whose UIDs are not well formed."""
    for patient, uids in ODD_UIDS.items():
        write_slice(tmp_path / "odd" / f"{patient}.dcm", patient, **uids)
    return tmp_path / "odd"


def test_a_query_shows_odd_uids_or_says_what_it_leaves_out(
    line: WorkingLine, orthanc: PrivateOrthanc, odd_uids: Path
) -> None:
    given(line.ask("upload", odd_uids, "--verify").code == 0, "the upload")
    given(orthanc.count("Studies") == 3, "three studies on the server")
    said = line.say("query")
    assert said.out.count("accession") == 3 or "left out" in words(said)


@pytest.mark.parametrize("method", ["HTTPS", "C-GET"])
@pytest.mark.parametrize("patient", list(ODD_UIDS))
def test_what_has_odd_uids_is_fetched(
    line: WorkingLine, orthanc: PrivateOrthanc, odd_uids: Path, patient: str, method: str
) -> None:
    orthanc.store(*sorted(odd_uids.iterdir()))
    output = odd_uids.parent / "output"
    said = line.ask("retrieve", "--patient", patient, "-o", output, "--method", method)
    assert said.code == 0
    assert values_below(output, "SOPInstanceUID") == [ODD_UIDS[patient]["SOPInstanceUID"]]


def test_de_identification_tells_odd_uids_by_their_fault(line: WorkingLine, odd_uids: Path) -> None:
    rows = upload_rows(line, odd_uids, "--deidentify")
    given(len(rows) == 3, rows)
    for row in rows.values():
        assert row["outcome"] == "stored" or "well formed" in row["reason"]


# Media and files ----------------------------------------------------------------------------------


@pytest.fixture
def incomplete(tmp_path: Path) -> Path:
    """A folder with three files that lack one of the UIDs each."""
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        missing: Dict[str, Any] = {keyword: None}
        write_slice(tmp_path / "data" / f"no {keyword}.dcm", f"NO{keyword[:5]}", **missing)
    return tmp_path / "data"


def test_scan_names_files_without_a_uid(line: WorkingLine, incomplete: Path) -> None:
    said = line.say("scan", incomplete, "--problems")
    for path in incomplete.iterdir():
        assert path.name in said.out


@pytest.mark.parametrize(
    ("keyword", "name"),
    [
        ("StudyInstanceUID", "Study Instance UID"),
        ("SeriesInstanceUID", "Series Instance UID"),
        ("SOPInstanceUID", "SOP Instance UID"),
    ],
)
def test_the_uid_that_is_missing_is_named(
    line: WorkingLine, incomplete: Path, keyword: str, name: str
) -> None:
    row = upload_rows(line, incomplete)[f"no {keyword}.dcm"]
    assert row["outcome"] == "failed"
    assert row["reason"] == f"The {name} is missing."


@pytest.fixture
def bad_medium(tmp_path: Path) -> Path:
    """A copied medium whose DICOMDIR lists six instances, three of which are not there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # a folder that FileSet leaves to be found
        medium = FileSet()
        for number in range(6):
            medium.add(write_slice(tmp_path / "source" / f"{number}.dcm", "MEDIUM", number))
        medium.write(tmp_path / "medium")
        del medium
        gc.collect()
    files = sorted(path for path in (tmp_path / "medium").rglob("*") if path.is_file())
    images = [path for path in files if path.name != "DICOMDIR"]
    given(len(images) == 6, images)
    for path in images[:3]:
        path.unlink()
    return tmp_path / "medium"


@pytest.mark.parametrize("name", ["", "DICOMDIR"])
@pytest.mark.parametrize("command", ["scan", "upload"])
def test_files_that_a_dicomdir_lists_and_that_are_not_there_are_told(
    line: WorkingLine, bad_medium: Path, command: str, name: str
) -> None:
    path = bad_medium / name
    if command == "scan":
        said = line.say("scan", path, "--problems")
    else:
        said = line.ask("upload", path)
    assert said.code == 1
    assert words(said).count("it is missing: the dicomdir") == 3
    assert ("4 files left out" if command == "scan" else "3 failed") in said.out


@pytest.mark.parametrize("options", [(), ("--keep-structure-names",)])
def test_names_of_structures_are_kept_or_their_loss_is_told(
    line: WorkingLine, orthanc: PrivateOrthanc, tmp_path: Path, options: Tuple[str, ...]
) -> None:
    structures = []
    for number, name in enumerate(("Liver", "GTV"), 1):
        one = Dataset()
        one.ROINumber, one.ROIName = number, name
        one.ReferencedFrameOfReferenceUID, one.ROIGenerationAlgorithm = "1.2.3", "MANUAL"
        structures.append(one)
    write_slice(
        tmp_path / "data" / "rt.dcm",
        PixelData=None,
        SOPClassUID=RTStructureSetStorage,
        Modality="RTSTRUCT",
        StructureSetLabel="Plan",
        StructureSetROISequence=Sequence(structures),
    )
    said = line.ask("upload", tmp_path / "data", "--deidentify", *options)
    (instance,) = orthanc.get_json("/instances")
    content = orthanc.request("GET", f"/instances/{instance}/file")
    stored = pydicom.dcmread(io.BytesIO(content))
    names = [one.ROIName for one in stored.StructureSetROISequence]
    assert names == (["Liver", "GTV"] if options else ["", ""])
    told = "are kept as chosen" if options else "are emptied, as the basic profile says"
    assert f"the names of structures (roi name, roi observation label) {told}" in words(said)


# A user who may only read -------------------------------------------------------------------------


@pytest.fixture
def reading(tmp_path: Path, server: PrivateOrthanc) -> WorkingLine:
    """A user who may only GET, on a server with one instance."""
    server.store(write_slice(tmp_path / "one.dcm", "READ"))
    forbid(server, tmp_path, "method ~= 'GET'")
    return WorkingLine.of(tmp_path, server)


@pytest.mark.parametrize("method", ["C-GET", "HTTPS"])
def test_a_user_who_may_only_read_can_retrieve(
    reading: WorkingLine, tmp_path: Path, method: str
) -> None:
    output = tmp_path / "output"
    said = reading.ask("retrieve", "--patient", "READ", "-o", output, "--method", method)
    assert said.code == 0
    assert values_below(output, "PatientID") == ["READ"]


def test_the_check_up_agrees_with_the_retrieve(reading: WorkingLine, tmp_path: Path) -> None:
    output = tmp_path / "output"
    retrieved = reading.ask("retrieve", "--patient", "READ", "-o", output, "--method", "HTTPS")
    report = reading.ask("doctor", "--read-only", "--json").data
    assert report["healthy"] == (retrieved.code == 0)
