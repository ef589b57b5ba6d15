"""Bodies compressed on their way, and the threads that send them."""

from __future__ import annotations

import gzip
import io
import os
import threading
from pathlib import Path
from typing import Any, List

import pytest

from OrthancConnectCore.network.transport import SizedBody
from OrthancConnectCore.orthanc.client import StoreResult
from OrthancConnectCore.scan.files import FoundFile
from OrthancConnectCore.scan.header import Identity
from OrthancConnectCore.shared.errors import BadDicomFileError, OrthancHttpError, ServerError
from OrthancConnectCore.shared.upload_options import UploadOptions
from OrthancConnectCore.upload import run as upload_module
from OrthancConnectCore.upload import sending as upload_sending
from OrthancConnectCore.upload.bodies import LARGEST_PACKED, PackedBody, may_shrink, packed
from OrthancConnectCore.upload.pace import Crew, Pace
from OrthancConnectCore.upload.run import upload
from Support.data.dicom import write_small_instances
from Support.fakes.client import FakeClient, bad_file, check

JPEG = "1.2.840.10008.1.2.4.50"


def refusal(status: int) -> OrthancHttpError:
    kind = (
        BadDicomFileError if status == 400 else ServerError if status >= 500 else OrthancHttpError
    )
    return kind(
        "Refused.",
        "",
        status_code=status,
        method="POST",
        path="/instances",
        orthanc_status=None,
        details="",
    )


class AlwaysCompressing(Pace):
    """Wants every body compressed from the first one on; its clock stands, so it tries nothing."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, clock=lambda: 0.0, **options)
        self.compressing = self._may_compress


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twenty files, and a pace that compresses them."""
    write_small_instances(tmp_path / "data", 20)
    monkeypatch.setattr(upload_module, "Pace", AlwaysCompressing)
    return tmp_path / "data"


def contents(folder: Path) -> List[bytes]:
    return sorted(path.read_bytes() for path in folder.iterdir())


def test_what_shrinks_is_compressed_and_is_the_same_again() -> None:
    for content in (b"DICM" * 9, b"\0" * 70_000, os.urandom(1000) * 300):
        small = packed(content)
        assert small is not None and len(small) < len(content)
        assert gzip.decompress(small) == content


@pytest.mark.parametrize("size", [1, 1000, 400_000])
def test_what_does_not_shrink_is_left(size: int) -> None:
    assert packed(os.urandom(size)) is None


@pytest.mark.parametrize("size", [0, 1, 999, 300_000])
def test_a_stream_is_compressed_while_it_is_read_and_can_be_read_again(size: int) -> None:
    content = (os.urandom(100) * (size // 100 + 1))[:size]
    body = PackedBody(SizedBody(io.BytesIO(content), size))
    for _turn in range(2):
        blocks = list(iter(lambda: body.read(4096), b""))
        assert gzip.decompress(b"".join(blocks)) == content
        body.rewind()


def test_what_is_compressed_already_or_too_large_is_not_tried() -> None:
    def file(size: int, syntax: str) -> FoundFile:
        return FoundFile("x", size, identity=Identity("P", "1", "2", "3", syntax))

    assert may_shrink(FoundFile("x", 10)) and may_shrink(file(10, "1.2.840.10008.1.2.1"))
    assert not may_shrink(file(10, JPEG)) and not may_shrink(file(LARGEST_PACKED + 1, ""))


def test_the_server_gets_the_same_instances(folder: Path) -> None:
    client = FakeClient()
    assert check(upload(client, folder)).stored == client.compressed == 20
    assert sorted(client.bodies) == contents(folder)


def test_large_files_are_compressed_as_a_stream(folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(upload_sending, "READ_WHOLE", 100)
    client = FakeClient()
    receipt = check(upload(client, folder, options=UploadOptions(verify=False)))
    assert receipt.stored == client.compressed == 20 and client.streamed == 0
    assert sorted(client.bodies) == contents(folder)
    assert receipt.bytes == sum(map(len, contents(folder)))


def test_nothing_is_compressed_where_that_is_not_wanted(folder: Path) -> None:
    client = FakeClient()
    assert check(upload(client, folder, options=UploadOptions(compress="never"))).stored == 20
    assert client.compressed == 0


@pytest.mark.parametrize("status", [400, 403, 415, 500, 501])
@pytest.mark.parametrize("read_whole", [100, 10**6])
def test_a_server_that_takes_nothing_compressed_gets_all_as_it_is(
    folder: Path, monkeypatch: Any, status: int, read_whole: int
) -> None:
    monkeypatch.setattr(upload_sending, "READ_WHOLE", read_whole)
    refused: List[int] = []

    class Plain(FakeClient):
        def upload_compressed(self, body: Any) -> StoreResult:
            body.read(1000) if isinstance(body, PackedBody) else None
            refused.append(status)
            raise refusal(status)

    client = Plain()
    receipt = check(upload(client, folder, parallel=2))
    assert receipt.stored == 20 and receipt.complete
    assert sorted(client.bodies) == contents(folder)
    assert 1 <= len(refused) <= 2  # each connection once, at the most


def test_a_bad_file_does_not_switch_compression_off(folder: Path) -> None:
    bad = contents(folder)[3]
    client = FakeClient(lambda body, number: bad_file(body, number) if body == bad else None)
    receipt = check(upload(client, folder, parallel=1))
    assert (receipt.stored, receipt.failed, client.compressed) == (19, 1, 20)


def crew(work: Any, pace: Pace, stopped: threading.Event, ahead: int = 100) -> Crew[int]:
    return Crew(work, pace, stopped, lambda: None, ahead)


def test_one_item_has_one_thread_and_each_item_is_done_once() -> None:
    for count in (0, 1, 500):
        done: List[int] = []
        before = threading.active_count()
        seen: List[int] = []

        def work(items: List[int], _turn: Any, done: List[int] = done, seen: Any = seen) -> None:
            done.extend(items)
            seen.append(threading.active_count() - before)  # noqa: B023

        stopped = threading.Event()
        team = crew(work, Pace(32), stopped, ahead=7)
        for item in range(count):
            team.put(item)
        team.wait()
        stopped.set()
        team.leave(5)
        assert sorted(done) == list(range(count))
        assert threading.active_count() == before
        assert count != 1 or seen == [1]


def test_threads_come_and_go_with_the_pace() -> None:
    pace = Pace(32)
    stopped = threading.Event()
    at_work: List[List[int]] = [[], []]
    lock = threading.Lock()
    now = [0, 0]

    def work(items: List[int], _turn: object) -> None:
        (item,) = items
        late = item >= 2500  # an earlier one may take as long as it likes
        with lock:
            now[late] += 1
            at_work[late].append(now[late])
        pace.connections = 12 if item < 2000 else 2
        if item < 200:
            stopped.wait(0.002)
        with lock:
            now[late] -= 1

    team = crew(work, pace, stopped, ahead=50)
    for item in range(3000):
        team.put(item)
    team.wait()
    stopped.set()
    team.leave(5)
    assert (len(at_work[0]), len(at_work[1])) == (2500, 500)
    assert 4 < max(at_work[0]) <= 12 and max(at_work[1]) <= 2


def test_a_thread_that_breaks_does_not_hold_up_the_end(monkeypatch: Any) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _arguments: None)

    def work(_items: List[int], _turn: object) -> None:
        raise AssertionError("a mistake in the program")

    stopped = threading.Event()
    team = crew(work, Pace(4), stopped, ahead=3)
    for item in range(100):
        team.put(item)
    team.wait()
    team.leave(5)
