"""What an upload does when the server, the network or the user breaks in."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any, List, Optional

import pytest

from OrthancConnectCore.network.transport import SizedBody
from OrthancConnectCore.orthanc import retry as patience
from OrthancConnectCore.orthanc.client import StoreResult
from OrthancConnectCore.shared.errors import (
    AuthenticationError,
    CertificateChangedError,
    ConfigurationError,
    ConnectionFailedError,
    OrthancConnectError,
    OrthancHttpError,
    PermissionDeniedError,
    RedirectRefusedError,
    RequestTimeoutError,
    ServerError,
)
from OrthancConnectCore.shared.events import CancelToken, Progress
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.shared.upload_options import UploadOptions
from OrthancConnectCore.upload import run as upload_module
from OrthancConnectCore.upload import sending as upload_sending
from OrthancConnectCore.upload.run import upload
from Support.data.dicom import write_small_instances
from Support.fakes.client import CUT, Body, FakeClient, check, only
from Support.process.busy_machine import here


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PAUSES", (0.002, 0.005, 0.01, 0.02))


@pytest.fixture
def files(tmp_path: Path) -> List[Path]:
    return write_small_instances(tmp_path / "data", count=20)


@pytest.fixture
def folder(files: List[Path]) -> Path:
    return files[0].parent


@pytest.mark.parametrize(
    "fault",
    [
        AuthenticationError("No.", "Check.", status_code=401),
        PermissionDeniedError("No.", "Ask.", status_code=403),
        CertificateChangedError("Changed.", "Ask.", pinned="A", presented="B"),
        RedirectRefusedError("Elsewhere.", "Type it.", status_code=302),
        ConfigurationError("The CA file can't be read.", "Choose it."),
    ],
)
def test_what_every_file_would_meet_ends_the_run_at_once(folder: Path, fault) -> None:
    client = FakeClient(lambda _content, number: fault if number > 6 else None)
    seen: List[Progress] = []
    with pytest.raises(type(fault)) as raised:
        upload(client, folder, parallel=2, progress=seen.append)
    assert raised.value is fault
    assert len(client.bodies) <= 8
    receipt = check(Receipt.from_dict(raised.value.facts["receipt"]))
    assert receipt.stored == 6 and receipt.failed == 0 and not receipt.complete
    assert seen[-1].done == 6
    json.dumps(fault.to_dict())


def test_a_passing_fault_is_overcome(folder: Path, files: List[Path]) -> None:
    faults = iter(
        (
            CUT,
            RequestTimeoutError("Late.", "Try again.", cause="read_timeout"),
            ServerError("Bad gateway.", "Look.", status_code=502),
            OrthancHttpError("Too many.", "Later.", status_code=429),
        )
    )
    content = files[4].read_bytes()
    client = FakeClient(lambda body, _number: next(faults, None) if body == content else None)
    receipt = check(upload(client, folder, parallel=1))
    assert receipt.complete and receipt.stored == 20
    assert client.bodies.count(content) == 5
    assert client.probes <= 1  # at the first fault: is the server there?


def test_the_file_is_opened_anew_for_each_try(monkeypatch, files: List[Path]) -> None:
    monkeypatch.setattr(upload_sending, "READ_WHOLE", 10)
    client = FakeClient(lambda _content, number: CUT if number < 3 else None)
    seen: List[Progress] = []
    receipt = check(upload(client, files[0], progress=seen.append))
    assert receipt.complete and client.streamed == 3
    assert client.bodies == [files[0].read_bytes()] * 3
    assert seen[-1].bytes_done == seen[-1].bytes_total == files[0].stat().st_size


def test_pauses_grow_and_differ() -> None:
    waits: List[float] = []

    class Clock(threading.Event):
        def wait(self, timeout: Optional[float] = None) -> bool:
            waits.append(timeout or 0)
            return False

    def fail() -> None:
        raise CUT

    calm = patience.Patience(Clock(), lambda: None, reached=True)
    for _ in range(2):
        with pytest.raises(ConnectionFailedError):
            calm.persist(fail)
    assert len(waits) == 8
    assert waits[:4] == sorted(waits[:4]) and waits[:4] != waits[4:]


def test_a_file_that_the_server_can_not_bear_does_not_end_the_run(
    folder: Path, files: List[Path]
) -> None:
    for place in (0, 9, 19):
        client = FakeClient(only(files[place].read_bytes(), CUT))
        receipt = check(upload(client, folder, parallel=1))
        assert (receipt.stored, receipt.failed) == (19, 1), place
        assert receipt.problems[0].reason == "The connection broke."
        assert client.probes <= 2


def test_a_server_that_goes_away_fails_the_rest_at_once(folder: Path, files: List[Path]) -> None:
    client = FakeClient(lambda _content, number: CUT if number > 8 else None, system=CUT)
    client.answered = True  # before it began
    started = time.monotonic()
    receipt = check(upload(client, folder, parallel=2, options=UploadOptions(patience=0)))
    assert time.monotonic() - started < here(2)
    assert (receipt.stored, receipt.failed, receipt.missing) == (8, 12, 0)
    # Each connection meets it once, one perhaps twice: it began while the other got through.
    assert len(client.bodies) <= 8 + 3
    assert [row.item for row in receipt.problems] == sorted(row.item for row in receipt.problems)
    unsent = [row for row in receipt.problems if row.reason == "Not sent. The connection broke."]
    assert len(unsent) >= 9 and all(row.hint for row in unsent)


def test_a_server_that_fails_always_but_answers_a_probe_is_given_up(folder: Path) -> None:
    failing = ServerError("Database locked.", "Look.", status_code=500, details="locked")
    client = FakeClient(lambda _content, number: failing if number > 4 else None)
    receipt = check(upload(client, folder, parallel=1))
    assert (receipt.stored, receipt.failed) == (4, 16)
    assert len(client.bodies) == 4 + 5 * patience.FAULTS_IN_A_ROW


@pytest.mark.parametrize(
    ("fault", "limit"),
    [
        (ConnectionFailedError("Unknown.", "Check.", cause="name"), 300),
        (ConnectionFailedError("No Orthanc.", "Check.", cause="not_orthanc"), 300),
        (RequestTimeoutError("Silence.", "Check.", cause="timeout"), 0),
        (ConnectionFailedError("Nothing listens.", "Check.", cause="refused"), 0),
        (ServerError("Bad gateway.", "Look.", status_code=502), 0.1),
    ],
)
def test_a_server_that_never_answers_is_one_error(folder: Path, fault, limit: float) -> None:
    client = FakeClient(lambda *_: fault, system=fault)
    with pytest.raises(OrthancConnectError) as raised:
        upload(client, folder, parallel=2, options=UploadOptions(patience=limit))
    if limit == 0.1:
        assert raised.value.message == "The server did not answer within 0.1 s. Bad gateway."
        assert client.probes > 1 and raised.value.hint == fault.hint
    else:
        assert raised.value is fault and client.probes == 1
    assert client.asked_for == client.bodies == []  # it knocks before it asks or sends
    receipt = check(Receipt.from_dict(raised.value.facts["receipt"]))
    assert receipt.stored == receipt.failed == 0 < receipt.expected


@pytest.mark.parametrize(
    "facts",
    [
        {"status_code": 507},
        {"status_code": 500, "details": "The file storage is full"},
        {"status_code": 500, "details": "Cannot recycle more patients", "orthanc_status": 19},
        {"status_code": 500, "details": "Cannot write to file", "orthanc_status": 14},
    ],
)
def test_a_full_storage_ends_the_run_with_that_sentence(folder: Path, facts) -> None:
    full = ServerError("HTTP 507.", "Its storage is full: ask for room.", **facts)
    client = FakeClient(lambda _content, number: full if number > 5 else None)
    receipt = check(upload(client, folder, parallel=1))
    assert (receipt.stored, receipt.failed) == (5, 15)
    assert len(client.bodies) == 6
    assert {row.hint for row in receipt.problems} == {"Its storage is full: ask for room."}


def test_cancel_between_files_gives_a_partial_receipt(folder: Path) -> None:
    token = CancelToken()
    client = FakeClient(lambda _content, number: token.cancel() if number == 5 else None)
    receipt = check(upload(client, folder, token=token, parallel=1))
    assert receipt.cancelled and not receipt.complete
    assert receipt.stored == 5 == len(client.bodies)
    assert receipt.failed == 0


def test_cancel_within_a_file(monkeypatch, folder: Path, files: List[Path]) -> None:
    monkeypatch.setattr(upload_sending, "READ_WHOLE", 10)
    token = CancelToken()

    class Cancelling(FakeClient):
        def upload_instance(self, body: Body) -> StoreResult:
            if len(self.bodies) == 3:
                assert isinstance(body, SizedBody) and body.read(100)
                token.cancel()
            return super().upload_instance(body)

    receipt = check(upload(Cancelling(), folder, token=token, parallel=1))
    assert receipt.cancelled and (receipt.stored, receipt.failed) == (3, 0)


def test_cancel_before_the_start(folder: Path) -> None:
    token = CancelToken()
    token.cancel()
    client = FakeClient()
    seen: List[Progress] = []
    receipt = check(upload(client, folder, token=token, progress=seen.append))
    assert receipt.cancelled and not client.bodies and len(seen) == 1


def test_cancel_during_a_pause(monkeypatch, folder: Path) -> None:
    monkeypatch.setattr(patience, "PAUSES", (60.0, 60.0))
    token = CancelToken()

    def answer(_content: bytes, number: int) -> Any:
        if number < 3:
            return None
        threading.Timer(0.05, token.cancel).start()
        return CUT

    started = time.monotonic()
    receipt = check(upload(FakeClient(answer), folder, token=token, parallel=1))
    assert time.monotonic() - started < here(2)
    assert receipt.cancelled and (receipt.stored, receipt.failed) == (2, 0)


def test_who_does_not_wait_is_not_told_of_waiting(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setattr(patience, "_TELL_AFTER", 0.0)

    class Slow(FakeClient):
        def system(self) -> None:
            told.wait(0.3)  # until something is said, if it is
            super().system()

    refused = ConnectionFailedError("Nothing listens there.", "Check.", cause="refused")
    told, seen = threading.Event(), []

    def progress(one: Progress) -> None:
        seen.append(one.phase)
        if one.phase == "waiting":
            told.set()

    with pytest.raises(ConnectionFailedError, match="Nothing listens"):
        upload(Slow(system=refused), folder, progress=progress, options=UploadOptions(patience=0))
    assert "waiting" not in seen


def test_a_stalled_server_does_not_hold_up_who_cancels(folder: Path, files: List[Path]) -> None:
    token, release = CancelToken(), threading.Event()
    late: List[Progress] = []

    def answer(_content: bytes, number: int) -> None:
        if number == 6:
            threading.Timer(0.05, token.cancel).start()
            release.wait(20)

    started = time.monotonic()
    receipt = check(
        upload(FakeClient(answer), folder, token=token, parallel=2, progress=late.append)
    )
    assert time.monotonic() - started < here(upload_module.STOP_GRACE + 1)
    assert receipt.cancelled and receipt.failed == 1
    assert "may be stored" in receipt.problems[0].reason and receipt.problems[0].hint
    before, reports = receipt.to_dict(), len(late)
    release.set()
    time.sleep(0.15)
    assert receipt.to_dict() == before and len(late) == reports  # what comes late changes nothing


def test_a_cancel_that_comes_too_late_is_no_cancel(folder: Path) -> None:
    token = CancelToken()
    client = FakeClient(lambda _content, number: token.cancel() if number == 20 else None)
    receipt = check(upload(client, folder, token=token, parallel=1))
    assert receipt.complete and not receipt.cancelled and receipt.stored == 20


def test_a_listener_that_fails_ends_the_run(folder: Path) -> None:
    def broken_pipe(_progress: Progress) -> None:
        raise BrokenPipeError("nobody listens")

    before = set(threading.enumerate())
    with pytest.raises(BrokenPipeError):
        upload(FakeClient(), folder, progress=broken_pipe)
    for thread in set(threading.enumerate()) - before:
        thread.join(20)  # the last ones may take a moment on a busy machine
        assert not thread.is_alive()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_our_own_is_no_success(folder: Path) -> None:
    def answer(_content: bytes, _number: int) -> None:
        raise AssertionError("a mistake in the program")

    receipt = check(upload(FakeClient(answer), folder, parallel=2))
    assert not receipt.complete
    assert receipt.stored == 0 and receipt.failed in (1, 2) and receipt.missing >= 18
