"""Verified uploads to a real Orthanc: what the server has is compared, nothing is overwritten."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pydicom
import pytest

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from OrthancConnectCore.shared.upload_options import UploadOptions
from OrthancConnectCore.upload.job import upload_job
from OrthancConnectCore.upload.job_file import list_jobs
from OrthancConnectCore.upload.run import upload
from Support.data.dicom import save_dataset, write_small_instances
from Support.process.command_line import CommandLine
from Support.process.ports import wait_until_unconnected
from Support.servers.orthanc import PrivateOrthanc

VERIFY = UploadOptions(verify=True)


def client_of(server: PrivateOrthanc) -> OrthancClient:
    profile = ServerProfile(
        "private", server.rest_url, user=server.user, trust=TrustPolicy.pinned(server.fingerprint)
    )
    return OrthancClient(profile, Credentials(server.user, server.password))


@pytest.fixture(scope="module", params=["md5", "no md5", "compressed storage"])
def server(request: pytest.FixtureRequest) -> Iterator[PrivateOrthanc]:
    configuration: Dict[str, Any] = {
        "md5": {},
        "no md5": {"StoreMD5ForAttachments": False},
        "compressed storage": {"StorageCompression": True},
    }[request.param]
    with PrivateOrthanc(configuration, plugins=False) as running:
        yield running


@pytest.fixture
def client(server: PrivateOrthanc) -> Iterator[OrthancClient]:
    server.reset()
    with client_of(server) as running:
        yield running


@pytest.fixture
def files(tmp_path: Path) -> List[Path]:
    return write_small_instances(tmp_path / "data", count=12, patients=2)


def altered(path: Path, **values: Any) -> None:
    """Give a file other content under the same SOP Instance UID."""
    dataset = pydicom.dcmread(path)
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    save_dataset(dataset, path)


def test_stored_and_already_there_are_compared(
    server: PrivateOrthanc, client: OrthancClient, files: List[Path]
) -> None:
    first = upload(client, files[0].parent, options=VERIFY)
    assert (first.complete, first.stored, first.verified) == (True, 12, 12)
    again = upload(client, files[0].parent, options=VERIFY)
    assert (again.complete, again.already_stored, again.verified) == (True, 12, 12)
    assert again.bytes == 0 and "12 verified" in again.summary()


def test_there_but_different_is_told_and_left_alone(
    server: PrivateOrthanc, client: OrthancClient, files: List[Path]
) -> None:
    upload(client, files[0].parent)
    before = {path: path.read_bytes() for path in files}
    altered(files[3], SeriesDescription="another")
    altered(files[5], ContentTime="121212.5")
    receipt = upload(client, files[0].parent, options=VERIFY)
    assert not receipt.complete and receipt.failed == 0
    assert (receipt.already_stored, receipt.different, receipt.verified) == (10, 2, 10)
    assert [row.item for row in receipt.problems] == [str(files[3]), str(files[5])]
    for row in receipt.problems:
        assert row.outcome == "different" and "was left as it is" in row.reason
        assert "there with other content" in row.reason and "delete it there first" in row.hint
    assert "2 there, but different" in receipt.summary()
    stored = {
        hashlib.sha256(b"".join(client.download_instance(name))).digest()
        for name in server.get_json("/instances")
    }
    assert stored == {hashlib.sha256(content).digest() for content in before.values()}
    # To do it again would change nothing, so there is nothing to go on with.
    assert upload_job(client, files[0].parent, options=VERIFY).different == 2
    assert list_jobs() == []
    # Without being asked to compare, what was changed later than the others is found.
    later = time.time() + 3600
    os.utime(files[5], (later, later))
    quick = upload(client, files[0].parent)
    assert (quick.complete, quick.already_stored) == (False, 12 - quick.different)
    assert str(files[5]) in [row.item for row in quick.problems]


@pytest.mark.parametrize("lets", [True, False])
def test_a_corrected_file_takes_the_place_of_the_servers_only_if_asked_for(
    files: List[Path], lets: bool
) -> None:
    configuration = {"OverwriteInstances": lets}
    with PrivateOrthanc(configuration, plugins=False) as server, client_of(server) as client:
        upload(client, files[0].parent)
        altered(files[3], PatientComments="corrected")
        mine = hashlib.md5(files[3].read_bytes()).hexdigest()
        kept = upload(client, files[3])
        assert (kept.different, kept.complete) == (1, False)
        told = client.system().overwrites
        assert told in (lets, None)  # None before Orthanc 1.11
        try:
            receipt = upload(client, files[3], options=UploadOptions(overwrite=True))
        except InputError as error:
            assert told is False and "OverwriteInstances" in error.message
        else:
            assert (receipt.stored, receipt.different) == ((1, 0) if lets else (0, 1))
        md5s = {client.stored_md5(name) for name in server.get_json("/instances")}
        assert server.count() == 12 and (mine in md5s) is lets


def test_a_resumed_upload_to_a_server_that_converts_is_not_called_different(
    tmp_path: Path,
) -> None:
    path = Path(str(pydicom.data.get_testdata_file("CT_small.dcm")))
    save_dataset(pydicom.dcmread(path), tmp_path / "explicit.dcm")
    configuration = {"IngestTranscoding": "1.2.840.10008.1.2"}
    with PrivateOrthanc(configuration, plugins=False) as server, client_of(server) as client:
        assert upload(client, tmp_path / "explicit.dcm").stored == 1
        again = upload(client, tmp_path / "explicit.dcm")
    assert (again.already_stored, again.different, again.complete) == (1, 0, True)


def test_a_server_that_changes_what_it_stores_is_found_out(tmp_path: Path) -> None:
    path = Path(str(pydicom.data.get_testdata_file("CT_small.dcm")))
    dataset = pydicom.dcmread(path)
    save_dataset(dataset, tmp_path / "explicit.dcm")
    configuration = {"IngestTranscoding": "1.2.840.10008.1.2"}
    with PrivateOrthanc(configuration, plugins=False) as server, client_of(server) as client:
        receipt = upload(client, tmp_path / "explicit.dcm", options=VERIFY)
        assert server.count() == 1
    assert (receipt.stored, receipt.failed, receipt.verified) == (0, 1, 0)
    assert "does not have what was sent" in receipt.problems[0].reason
    assert "IngestTranscoding" in receipt.problems[0].hint


def test_the_command_line_writes_a_row_a_file(
    orthanc: PrivateOrthanc, files: List[Path], tmp_path: Path
) -> None:
    line = CommandLine(tmp_path)
    login = ("--user", orthanc.user, "--fingerprint", orthanc.fingerprint)
    assert line.run("profile", "add", "lab", orthanc.rest_url, *login).code == 0
    (files[0].parent / "note.txt").write_text("no DICOM")
    target = tmp_path / "receipt.csv"
    command = ("upload", files[0].parent, "--verify", "--receipt", target, "--metadata", "1024=ñ")
    password = {"stdin": orthanc.password + "\n"}
    said = line.run(*command, "--password-stdin", **password)
    assert said.code == 0 and "verified" in said.out, said.err
    with open(target, encoding="utf-8-sig", newline="") as stream:
        rows = {row["path"]: row for row in csv.DictReader(stream)}
    assert len(rows) == 13 and rows[str(files[0].parent / "note.txt")]["outcome"] == "skipped"
    for path in files:
        row = rows[str(path)]
        assert row["md5"] == hashlib.md5(path.read_bytes()).hexdigest()
        assert (row["outcome"], row["verified"], row["attempts"]) == ("stored", "True", "1")
        assert int(row["bytes"]) == path.stat().st_size
        assert row["sop_instance_uid"] == pydicom.dcmread(path).SOPInstanceUID
        assert (
            orthanc.get_json(f"/instances/{row['orthanc_id']}")["MainDicomTags"]["SOPInstanceUID"]
            == (row["sop_instance_uid"])
        )
    studies = orthanc.get_json("/studies")
    assert len(studies) == 2

    labelled = line.run("upload", files[0].parent, "--label", "x", "--password-stdin", **password)
    assert labelled.code == 0
    where = "labels" if orthanc.version >= (1, 12) else "metadata/5101"
    assert {tuple(orthanc.get_json(f"/studies/{study}/{where}")) for study in studies} == {("x",)}
    for wrong in (("--label", "a b"), ("--metadata", "1024"), ("--receipt", tmp_path / "no" / "x")):
        said = line.run("upload", files[0].parent, *wrong, "--password-stdin", **password)
        assert said.code == 2 and "Traceback" not in said.err, wrong

    series = pydicom.dcmread(files[0]).SeriesInstanceUID
    without = ("--except-series", series, "--password-stdin", "--json")
    said = line.run("upload", files[0].parent, *without, **password)
    kept = [path for path in files if pydicom.dcmread(path).SeriesInstanceUID != series]
    assert said.data["already_stored"] == len(kept) < 12 and "Left out" in said.data["notes"][0]
    assert json.dumps(said.data)


def test_all_that_is_there_is_asked_once_a_study(tmp_path: Path) -> None:
    files = write_small_instances(tmp_path / "data", count=60, patients=3, series=2)
    with PrivateOrthanc(plugins=False) as server:
        with client_of(server) as client:
            assert upload(client, tmp_path / "data").stored == 60

        def rows() -> List[str]:
            text = (server.folder / "nginx-access.log").read_text(encoding="utf-8")
            return [row for row in text.splitlines() if " /" in row]

        wait_until_unconnected(server.https_port)
        before = len(rows())
        with client_of(server) as client:
            again = upload(client, tmp_path / "data")
        assert (again.already_stored, again.bytes) == (len(files), 0)
        wait_until_unconnected(server.https_port)
        asked = rows()[before:]
    compared = [row for row in asked if "/md5 " in row]
    assert len(compared) <= 6  # of each series one
    assert len(asked) <= 3 + 1 + len(compared), asked
    assert not any("POST /instances" in row for row in asked), asked
