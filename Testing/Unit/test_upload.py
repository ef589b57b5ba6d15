"""What an upload sends, counts and reports when the server does its part."""

from __future__ import annotations

import json
import os
import threading
import time
import tracemalloc
from dataclasses import asdict
from pathlib import Path
from typing import Any, List

import pytest

from OrthancConnectCore.network.transport import SizedBody
from OrthancConnectCore.orthanc import retry as patience
from OrthancConnectCore.orthanc.client import StoreResult
from OrthancConnectCore.scan.files import FoundFile, SkippedFile
from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.events import Progress
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.upload import bodies as upload_bodies
from OrthancConnectCore.upload import run as upload_module
from OrthancConnectCore.upload import sending as upload_sending
from OrthancConnectCore.upload.pace import FIRST_CONNECTIONS
from OrthancConnectCore.upload.run import upload
from Support.data.dicom import write_small_instances
from Support.fakes.client import Body, FakeClient, bad_file, check


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PAUSES", (0.002, 0.005, 0.01, 0.02))


@pytest.fixture
def files(tmp_path: Path) -> List[Path]:
    return write_small_instances(tmp_path / "data", count=20)


@pytest.fixture
def folder(files: List[Path]) -> Path:
    return files[0].parent


def test_everything_is_accounted_for(folder: Path, files: List[Path]) -> None:
    (folder / "note.txt").write_text("a note")
    (folder / "empty.dcm").touch()
    (folder / "broken").symlink_to("nothing")
    known, bad = files[3].read_bytes(), files[5].read_bytes()

    def answer(content: bytes, number: int) -> Any:
        if content == known:
            return StoreResult("id", already_stored=True)
        return bad_file(content, number) if content == bad else None

    client = FakeClient(answer)
    receipt = check(upload(client, folder))
    assert sorted(client.bodies) == sorted(path.read_bytes() for path in files)
    assert (receipt.operation, receipt.method) == ("upload", "REST")
    assert (receipt.expected, receipt.stored, receipt.already_stored) == (23, 18, 1)
    assert (receipt.skipped, receipt.failed, receipt.missing) == (2, 2, 0)
    assert receipt.bytes == sum(path.stat().st_size for path in files) - len(bad)
    assert not receipt.cancelled and not receipt.complete
    rows = {os.path.basename(row.item): row for row in receipt.problems}
    assert rows["note.txt"].outcome == rows["empty.dcm"].outcome == "skipped"
    assert rows["broken"].outcome == "failed"
    assert rows[files[5].name].reason.endswith("HTTP 400 (Bad file format).")
    assert rows[files[5].name].hint == "Check the file."


@pytest.mark.parametrize("parallel", [1, 7])
def test_the_receipt_is_in_the_order_of_the_scan(folder: Path, parallel: int) -> None:
    for number in range(0, 20, 3):
        (folder / f"small-{number:06d}.note").write_text("between the others")

    def answer(content: bytes, number: int) -> Any:
        time.sleep(0.001 * (number % 4))
        return bad_file(content, number)

    receipt = check(upload(FakeClient(answer), [folder], parallel=parallel))
    names = [row.item for row in receipt.problems]
    assert len(names) == 27 and names == sorted(names)


def test_one_connection_sends_in_the_order_of_the_scan(folder: Path, files: List[Path]) -> None:
    client = FakeClient()
    upload(client, folder, parallel=1)
    assert client.bodies == [path.read_bytes() for path in files]


@pytest.mark.parametrize("parallel", [1, 3, 32])
def test_no_more_connections_than_wanted(folder: Path, parallel: int) -> None:
    together = threading.Barrier(min(parallel, FIRST_CONNECTIONS), timeout=5)
    threads = set()

    def answer(_content: bytes, number: int) -> None:
        threads.add(threading.get_ident())
        if number <= together.parties:
            together.wait()

    check(upload(FakeClient(answer), folder, parallel=parallel))
    assert together.parties <= len(threads) <= parallel
    assert threading.get_ident() not in threads


def test_uploading_begins_while_the_scan_goes_on(monkeypatch, files: List[Path]) -> None:
    first_sent = threading.Event()
    waited: List[bool] = []

    def slow_scan(_paths: Any, _token: Any) -> Any:
        for path in files:
            yield FoundFile(str(path), path.stat().st_size)
            waited.append(first_sent.wait(5))

    monkeypatch.setattr(upload_module, "iter_dicom_files", slow_scan)
    totals: List[int] = []
    receipt = upload(
        FakeClient(lambda *_: first_sent.set()), "x", progress=lambda p: totals.append(p.total)
    )
    assert all(waited) and receipt.stored == 20
    assert totals == sorted(totals)


def test_the_scan_is_never_far_ahead(monkeypatch, files: List[Path]) -> None:
    monkeypatch.setattr(upload_module, "SCAN_AHEAD", 4)
    client = FakeClient(lambda *_: time.sleep(0.002))
    ahead: List[int] = []

    def scan(_paths: Any, _token: Any) -> Any:
        for number, path in enumerate(files):
            ahead.append(number - len(client.bodies))
            yield FoundFile(str(path), path.stat().st_size)

    monkeypatch.setattr(upload_module, "iter_dicom_files", scan)
    assert check(upload(client, "x", parallel=2)).stored == 20
    assert max(ahead) <= 4 + 2 + 1


def test_a_large_file_is_streamed_in_little_memory(tmp_path: Path, folder: Path) -> None:
    large = tmp_path / "large"
    with open(large, "wb") as stream:
        stream.write(next(folder.iterdir()).read_bytes())
        stream.truncate(300_000_000)

    class Counting(FakeClient):
        def upload_instance(self, body: Body) -> StoreResult:
            assert isinstance(body, SizedBody) and len(body) == 300_000_000
            name = ""
            while block := body.read(262_144):
                name = name or self.keep(block)
                self.streamed += len(block)
                time.sleep(0.0003)  # long enough for progress to be seen
            return StoreResult(name, already_stored=False)

    client = Counting()
    seen: List[Progress] = []
    tracemalloc.start()
    try:
        receipt = check(upload(client, large, progress=seen.append))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert client.streamed == receipt.bytes == 300_000_000 and receipt.complete
    assert peak < 4_000_000
    assert any(0 < progress.bytes_done < 300_000_000 for progress in seen)


@pytest.mark.parametrize("limit", [10, 10_000_000], ids=["streamed", "whole"])
@pytest.mark.parametrize("change", [-1, 1, -1000, 100_000])
def test_a_file_that_changes_before_it_is_sent(
    monkeypatch, folder: Path, files: List[Path], limit: int, change: int
) -> None:
    monkeypatch.setattr(upload_sending, "READ_WHOLE", limit)

    def scan(_paths: Any, _token: Any) -> Any:
        for number, path in enumerate(files):
            size = path.stat().st_size
            if number == 7:
                os.truncate(path, size + change)
            yield FoundFile(str(path), size)

    monkeypatch.setattr(upload_module, "iter_dicom_files", scan)
    receipt = check(upload(FakeClient(), folder))
    assert (receipt.stored, receipt.failed) == (19, 1)
    (row,) = receipt.problems
    assert row.item == str(files[7]) and "changed" in row.reason and row.hint


@pytest.mark.parametrize("change", [-300_000, 300_000])
def test_a_file_that_changes_while_it_is_sent(
    tmp_path: Path, folder: Path, files: List[Path], change: int
) -> None:
    large = folder / "z-large"
    large.write_bytes(files[0].read_bytes() + bytes(2_000_000))
    files[0].unlink()  # which has the same identity

    class Meddling(FakeClient):
        def upload_instance(self, body: Body) -> StoreResult:
            if isinstance(body, SizedBody):
                body.read(65536)
                os.truncate(large, len(body) + change)
            return super().upload_instance(body)

    receipt = check(upload(Meddling(), folder))
    assert (receipt.stored, receipt.failed) == (19, 1)
    (row,) = receipt.problems
    assert row.item == str(large) and "changed" in row.reason


def test_a_file_that_vanishes_or_breaks_on_reading(
    monkeypatch, folder: Path, files: List[Path]
) -> None:
    client = FakeClient(lambda _content, number: files[10].unlink() if number == 1 else None)
    receipt = check(upload(client, folder, parallel=1))
    assert (receipt.stored, receipt.failed) == (19, 1)
    assert "no longer there" in receipt.problems[0].reason

    class BadDisk:
        def __enter__(self) -> BadDisk:
            return self

        def __exit__(self, *_exc: object) -> None:
            pass

        close = __exit__

        def read(self, _size: int) -> bytes:
            raise OSError(5, "Input/output error")

    size = files[0].stat().st_size
    monkeypatch.setattr(upload_bodies, "open_file", lambda _path: (BadDisk(), size))
    for limit in (10, 10_000_000):
        monkeypatch.setattr(upload_sending, "READ_WHOLE", limit)
        receipt = check(upload(FakeClient(), files[0]))
        assert receipt.failed == 1 and "Input/output error" in receipt.problems[0].reason


def test_progress_is_true_rare_and_final(monkeypatch, folder: Path, files: List[Path]) -> None:
    with open(os.fsencode(folder) + b"/z \xe9\n.dcm", "wb") as stream:
        stream.write(files[0].read_bytes())
    seen: List[Progress] = []
    threads = set()

    def report(progress: Progress) -> None:
        threads.add(threading.current_thread())
        seen.append(progress)

    def answer(content: bytes, number: int) -> Any:
        time.sleep(0.02)
        return bad_file(content, number) if number == 4 else None

    started = time.monotonic()
    check(upload(FakeClient(answer), folder, progress=report, parallel=2))
    elapsed = time.monotonic() - started
    assert 2 <= len(seen) <= elapsed / 0.1 + 3
    assert threads == {threading.current_thread()}
    size = sum(path.stat().st_size for path in files) + files[0].stat().st_size
    last = seen[-1]
    assert (last.phase, last.done, last.total) == ("upload", 21, 21)
    assert last.bytes_done == last.bytes_total == size
    for field in ("done", "total", "bytes_done", "bytes_total"):
        values = [getattr(progress, field) for progress in seen]
        assert values == sorted(values), field
    assert all(progress.current.isprintable() for progress in seen)
    json.dumps(asdict(last), ensure_ascii=False).encode()


def test_a_choice_without_dicom_is_refused(tmp_path: Path, files: List[Path]) -> None:
    empty, other = tmp_path / "empty", tmp_path / "other <b>"
    (empty / "deep").mkdir(parents=True)
    other.mkdir()
    (other / "a.txt").write_text("text")
    (other / "b.txt").write_text("text")
    client = FakeClient()
    for chosen, words, expected in (
        ([empty], f"The folder {empty} holds no DICOM file.", 0),
        ([other], f"The folder {other} holds no DICOM file.", 2),
        ([empty, other], "What was chosen holds no DICOM file.", 2),
        ([other / "a.txt"], f"{other / 'a.txt'} can't be uploaded. Not a DICOM file.", 1),
    ):
        with pytest.raises(InputError) as raised:
            upload(client, chosen)
        assert raised.value.message == words and raised.value.hint
        receipt = check(Receipt.from_dict(raised.value.facts["receipt"]))
        assert receipt.expected == receipt.skipped == expected
    for missing in ([tmp_path / "absent"], []):
        with pytest.raises(InputError):
            upload(client, missing)
    assert client.bodies == [] and client.probes == 0


def test_a_broken_dicom_file_alone_gives_a_receipt(tmp_path: Path, files: List[Path]) -> None:
    cut = tmp_path / "cut"
    cut.write_bytes(files[0].read_bytes()[:140])
    receipt = check(upload(FakeClient(), cut))
    assert (receipt.expected, receipt.failed) == (1, 1) and not receipt.complete


def test_many_skipped_files_stop_nothing(monkeypatch) -> None:
    skipped = [SkippedFile(f"/x/{number}", "Not a DICOM file.") for number in range(20_000)]
    monkeypatch.setattr(upload_module, "iter_dicom_files", lambda *_: iter(skipped))
    with pytest.raises(InputError) as raised:
        upload(FakeClient(), ["/x", "/y"])
    assert raised.value.facts["receipt"]["skipped"] == 20_000
