"""Small files go together: each one's fate is its own, whatever becomes of the others."""

from __future__ import annotations

import io
import threading
import zipfile
from pathlib import Path
from typing import Any, List

import pytest

from OrthancConnectCore.orthanc.client import StoreResult
from OrthancConnectCore.scan.files import FoundFile, iter_dicom_files
from OrthancConnectCore.shared.errors import AuthenticationError, BadDicomFileError
from OrthancConnectCore.shared.events import CancelToken
from OrthancConnectCore.shared.upload_options import UploadOptions
from OrthancConnectCore.upload import batch as upload_batch
from OrthancConnectCore.upload import pace as upload_pace
from OrthancConnectCore.upload.job import upload_job
from OrthancConnectCore.upload.job_file import list_jobs
from OrthancConnectCore.upload.run import upload
from Support.data.dicom import write_small_instances
from Support.fakes.client import CUT, FakeClient, bad_file, check, only

pytestmark = pytest.mark.usefixtures("files_go_together")


@pytest.fixture
def files(tmp_path: Path) -> List[Path]:
    return write_small_instances(tmp_path / "data", count=200, patients=3)


@pytest.fixture
def folder(files: List[Path]) -> Path:
    return files[0].parent


def contents(files: List[Path]) -> List[bytes]:
    return sorted(path.read_bytes() for path in files)


def test_all_arrive_in_few_requests(folder: Path, files: List[Path]) -> None:
    client = FakeClient()
    receipt = check(upload(client, folder, parallel=2))  # type: ignore[arg-type]
    assert receipt.complete and receipt.stored == 200
    assert receipt.bytes == sum(path.stat().st_size for path in files)
    assert sorted(client.bodies) == contents(files)
    assert sum(client.archives) > 150 and max(client.archives) <= upload_batch.MOST_MEMBERS


def test_an_archive_is_bounded_and_tells_no_names(folder: Path, files: List[Path]) -> None:
    for path in files[::3]:
        path.write_bytes(path.read_bytes() + bytes(40_000))
    seen: List[zipfile.ZipInfo] = []

    class Looking(FakeClient):
        def upload_archive(self, body: bytes) -> List[StoreResult]:
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                infos = archive.infolist()
            seen.extend(infos)
            size = sum(info.file_size for info in infos)
            assert size <= upload_batch.MOST_BYTES + upload_batch.LARGEST_MEMBER
            return super().upload_archive(body)

    receipt = check(upload(Looking(), folder, parallel=1))  # type: ignore[arg-type]
    assert receipt.stored == 200
    assert seen and all(info.filename.isdigit() for info in seen)
    assert all(info.compress_type == zipfile.ZIP_STORED for info in seen)  # nothing is slow here


def test_what_the_server_passes_over_gets_its_own_answer(folder: Path, files: List[Path]) -> None:
    bad = files[77].read_bytes()
    client = FakeClient(only(bad, bad_file(b"", 0)))
    receipt = check(upload(client, folder, parallel=1))  # type: ignore[arg-type]
    assert (receipt.stored, receipt.failed) == (199, 1)
    (row,) = receipt.problems
    assert row.item == str(files[77]) and "Bad file format" in row.reason
    assert client.bodies.count(bad) == 2  # once among others, once alone


def test_two_files_of_one_instance_are_never_in_one_archive(
    folder: Path, files: List[Path]
) -> None:
    """What Orthanc says of the sound one must not be taken for the word on the cut one."""
    cut = folder / f"{files[50].stem}-cut.dcm"
    cut.write_bytes(files[50].read_bytes()[:-100])
    refused = cut.read_bytes()
    client = FakeClient(only(refused, bad_file(b"", 0)))
    receipt = check(upload(client, folder, parallel=1))  # type: ignore[arg-type]
    assert (receipt.stored, receipt.failed) == (200, 1)
    assert receipt.problems[0].item == str(cut)


@pytest.mark.parametrize("fault", [bad_file(b"", 0), CUT])
def test_a_server_that_takes_no_archive_gets_each_file(
    monkeypatch: pytest.MonkeyPatch, folder: Path, files: List[Path], fault: Any
) -> None:
    monkeypatch.setattr("OrthancConnectCore.orthanc.retry.PAUSES", (0.001,) * 4)
    asked: List[int] = []

    class Old(FakeClient):
        def upload_archive(self, body: bytes) -> List[StoreResult]:
            asked.append(len(body))
            raise fault

    client = Old()
    receipt = check(upload(client, folder, parallel=2))  # type: ignore[arg-type]
    assert receipt.complete and receipt.stored == 200
    assert sorted(client.bodies) == contents(files)
    if isinstance(fault, BadDicomFileError):
        assert 1 <= len(asked) <= 2  # each connection once, at the most


def test_an_archive_cut_in_the_middle_is_sent_again(
    monkeypatch: pytest.MonkeyPatch, folder: Path, files: List[Path]
) -> None:
    monkeypatch.setattr("OrthancConnectCore.orthanc.retry.PAUSES", (0.001,) * 4)
    broken: List[int] = []

    def answer(_content: bytes, number: int) -> Any:
        if number % 50 == 30 and number not in broken:
            broken.append(number)
            return CUT
        return None

    client = FakeClient(answer)
    receipt = check(upload(client, folder, parallel=2))  # type: ignore[arg-type]
    assert receipt.complete and receipt.stored == 200 and broken
    assert sorted(set(client.bodies)) == contents(files)


def test_a_refused_login_ends_the_run(folder: Path) -> None:
    refused = AuthenticationError("Who?", "Log in.", status_code=401, method="POST", path="/")
    with pytest.raises(AuthenticationError):
        upload(FakeClient(lambda *_: refused), folder, parallel=2)  # type: ignore[arg-type]


def test_cancelled_within_an_archive(folder: Path) -> None:
    token = CancelToken()

    class Cancelling(FakeClient):
        def upload_archive(self, body: bytes) -> List[StoreResult]:
            results = super().upload_archive(body)
            token.cancel()
            return results

    receipt = check(upload(Cancelling(), folder, parallel=1, token=token))  # type: ignore[arg-type]
    assert receipt.cancelled and 0 < receipt.stored < 200
    assert receipt.stored + receipt.missing + receipt.failed == receipt.expected <= 200


def test_a_file_that_vanished_is_the_only_one_that_fails(folder: Path, files: List[Path]) -> None:
    client = FakeClient(lambda _body, number: files[190].unlink() if number == 1 else None)
    receipt = check(upload(client, folder, parallel=1))  # type: ignore[arg-type]
    assert (receipt.stored, receipt.failed) == (199, 1)
    assert "no longer there" in receipt.problems[0].reason


def test_each_file_is_counted_in_the_job(folder: Path, files: List[Path]) -> None:
    bad = files[5].read_bytes()
    client = FakeClient(only(bad, bad_file(b"", 0)))
    receipt = check(upload_job(client, folder, parallel=1))  # type: ignore[arg-type]
    assert (receipt.stored, receipt.failed) == (199, 1)
    (job,) = list_jobs()
    assert job.outcomes == {"stored": 199, "failed": 1}


def test_it_can_be_switched_off(folder: Path, files: List[Path]) -> None:
    client = FakeClient()
    options = UploadOptions(compress="never")
    assert upload(client, folder, options=options, parallel=2).stored == 200  # type: ignore[arg-type]
    assert client.archives == []


def test_who_may_join() -> None:
    found = FoundFile("file", 10_000)
    assert upload_batch.share(found) == 1  # without an identity nobody knows its name


def test_only_small_files_go_together(folder: Path, files: List[Path]) -> None:
    large = files[::2]
    for path in large:
        path.write_bytes(path.read_bytes() + bytes(upload_batch.LARGEST_MEMBER))
    client = FakeClient()
    assert upload(client, folder, parallel=1).stored == 200  # type: ignore[arg-type]
    joined = [one for one in iter_dicom_files(folder) if isinstance(one, FoundFile)]
    assert sum(upload_batch.share(one) < 1 for one in joined) == 100
    assert sum(client.archives) <= 100


def test_turns_are_shared_fairly() -> None:
    done: List[List[int]] = []
    lock = threading.Lock()

    def work(items: List[int], _turn: upload_pace.Turn) -> None:
        with lock:
            done.append(items)

    pace = upload_pace.Pace(4)
    stopped = threading.Event()
    crew: upload_pace.Crew[int] = upload_pace.Crew(
        work, pace, stopped, lambda: None, 1000, lambda item: 1.0 if item % 10 == 0 else 0.05
    )
    for item in range(400):
        crew.put(item)
    crew.wait()
    stopped.set()
    crew.leave(5)
    assert sorted(item for items in done for item in items) == list(range(400))
    assert all(len(items) <= 20 for items in done)
    # What takes a whole turn is alone, or what was taken last.
    assert all(items == [items[0]] for items in done if items[0] % 10 == 0)
    assert not any(item % 10 == 0 for items in done if len(items) > 1 for item in items)
