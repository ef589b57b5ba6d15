"""Archives among what is chosen: their members are found, sent and accounted for."""

from __future__ import annotations

import gzip
import tracemalloc
import zipfile
from pathlib import Path
from typing import List

import pytest

from OrthancConnectCore.network.transport import Body, SizedBody
from OrthancConnectCore.orthanc.client import StoreResult
from OrthancConnectCore.scan.files import FoundFile, SkippedFile, iter_dicom_files
from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.upload import sending as upload_sending
from OrthancConnectCore.upload.run import upload
from Support.data.archives import FORMATS, tar_of, zip_of
from Support.data.dicom import write_small_instances
from Support.fakes.client import FakeClient


class Keeping(FakeClient):
    """Keeps the bodies whole; asks for each streamed one twice, as after a fault."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: List[bytes] = []

    def upload_instance(self, body: Body) -> StoreResult:
        if isinstance(body, SizedBody):
            body.read(1000)
            body.rewind()
            body = body.read()
        self.kept.append(body)
        return StoreResult(self.keep(body), already_stored=False)


@pytest.fixture
def instances(tmp_path: Path) -> List[bytes]:
    folder = tmp_path / "source"
    return [path.read_bytes() for path in write_small_instances(folder, count=6)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.mark.parametrize("limit", [10, 10_000_000], ids=["streamed", "whole"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_member_is_sent(
    monkeypatch, data: Path, instances: List[bytes], name: str, limit: int
) -> None:
    monkeypatch.setattr(upload_sending, "READ_WHOLE", limit)
    content = {f"study/IM{number}": one for number, one in enumerate(instances)}
    (data / name).write_bytes(FORMATS[name](content))
    client = Keeping()
    receipt = upload(client, data)
    assert receipt.complete and receipt.stored == 6
    assert sorted(client.kept) == sorted(instances)
    assert receipt.bytes == sum(map(len, instances))


def test_archives_in_archives_and_a_compressed_file(data: Path, instances: List[bytes]) -> None:
    inner = tar_of({"a": instances[0], "b": instances[1]}, "w:gz")
    outer = {"in.zip": zip_of({"deep.tgz": inner, "c": instances[2]}), "d": instances[3]}
    (data / "all.zip").write_bytes(zip_of(outer))
    (data / "one.dcm.gz").write_bytes(gzip.compress(instances[4]))
    (data / "plain").write_bytes(instances[5])
    found = [finding for finding in iter_dicom_files(data) if isinstance(finding, FoundFile)]
    assert [file.item for file in found] == [
        f"{data}/all.zip!/in.zip!/deep.tgz!/a",
        f"{data}/all.zip!/in.zip!/deep.tgz!/b",
        f"{data}/all.zip!/in.zip!/c",
        f"{data}/all.zip!/d",
        f"{data}/one.dcm.gz!/one.dcm",
        f"{data}/plain",
    ]
    assert [file.size for file in found] == [len(one) for one in instances]
    assert found[0].path == str(data / "all.zip") and found[0].member.startswith("all.zip!/")
    assert found[0].mtime_ns == (data / "all.zip").stat().st_mtime_ns
    client = Keeping()
    assert upload(client, data).stored == 6
    assert sorted(client.kept) == sorted(instances)


def test_what_can_not_be_sent_has_its_row(data: Path, instances: List[bytes]) -> None:
    content = {
        "../../outside": instances[0],
        "notes.txt": b"nothing of DICOM",
        "empty": b"",
        "cut": instances[1][:200],
        "good": instances[2],
        "<b>\n": instances[3],
    }
    (data / "some.zip").write_bytes(zip_of(content))
    encrypted = bytearray(zip_of({"secret": instances[0]}))
    encrypted[6] |= 1
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    (data / "encrypted.zip").write_bytes(encrypted)
    (data / "broken.zip").write_bytes(b"PK\x03\x04" + bytes(5000))
    (data / "cut.gz").write_bytes(gzip.compress(instances[0])[:-900])
    (data / "none.zip").write_bytes(zip_of({}))
    (data / "other.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(100))
    client = Keeping()
    receipt = upload(client, data)
    rows = {row.item.replace(f"{data}/", ""): row for row in receipt.problems}
    assert receipt.expected == receipt.stored + receipt.skipped + receipt.failed == 11
    assert sorted(client.kept) == sorted([instances[0], instances[2], instances[3]])
    assert rows["some.zip!/notes.txt"].reason == "Not a DICOM file."
    assert rows["some.zip!/empty"].outcome == "skipped"
    assert rows["some.zip!/cut"].outcome == rows["broken.zip"].outcome == "failed"
    assert "encrypted" in rows["encrypted.zip!/secret"].reason.lower()
    assert rows["encrypted.zip!/secret"].outcome == "failed" and rows["other.7z"].hint
    assert rows["cut.gz!/cut"].outcome == "failed"
    assert rows["none.zip"].reason == "The archive holds no file."
    assert not list(data.parent.parent.glob("outside"))


def test_a_bomb_ends_in_a_row_and_in_little_memory(data: Path, instances: List[bytes]) -> None:
    with zipfile.ZipFile(data / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good", instances[0])
        with archive.open("bomb", "w", force_zip64=True) as member:
            for _ in range(300):
                member.write(bytes(1024 * 1024))
    (data / "z-plain").write_bytes(instances[1])
    tracemalloc.start()
    try:
        receipt = upload(Keeping(), data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (receipt.stored, receipt.skipped + receipt.failed) == (2, 1)
    assert peak < 20_000_000


def test_an_archive_without_dicom_is_said_to_be_so(data: Path) -> None:
    (data / "text.zip").write_bytes(zip_of({"a.txt": b"one", "b.txt": b"two"}))
    with pytest.raises(InputError, match=r"The archive .*text\.zip holds no DICOM file"):
        upload(Keeping(), data / "text.zip")
    assert all(isinstance(item, SkippedFile) for item in iter_dicom_files(data))


def test_an_archive_that_changes_after_the_scan_fails(data: Path, instances: List[bytes]) -> None:
    path = data / "some.zip"
    path.write_bytes(zip_of({"a": instances[0]}))
    (found,) = iter_dicom_files(path)
    assert isinstance(found, FoundFile) and found.opener is not None
    path.write_bytes(zip_of({"a": instances[1]}) + bytes(1))
    with pytest.raises(InputError, match="changed"):
        found.opener()
