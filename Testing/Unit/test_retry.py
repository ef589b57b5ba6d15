"""How long a server is borne that is away, comes back, or limits its requests."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from typing import Any, List, Optional, Tuple

import pytest

from OrthancConnectCore.network.faults import http_fault
from OrthancConnectCore.orthanc import retry as patience
from OrthancConnectCore.orthanc.client import StoreResult
from OrthancConnectCore.shared.errors import (
    CertificateChangedError,
    ConnectionFailedError,
    OperationCancelled,
    OrthancConnectError,
    OrthancHttpError,
    ServerError,
)
from OrthancConnectCore.shared.events import CancelToken, Progress
from OrthancConnectCore.shared.upload_options import UploadOptions
from OrthancConnectCore.upload.job import upload_job
from OrthancConnectCore.upload.job_file import list_jobs
from OrthancConnectCore.upload.pace import Pace
from OrthancConnectCore.upload.run import upload
from Support.data.dicom import write_small_instances
from Support.fakes.client import CUT, Body, FakeClient, check
from Support.process.busy_machine import here

REFUSED = ConnectionFailedError("Nothing listens there.", "Check.", cause="refused")
BAD_GATEWAY = ServerError("Bad gateway.", "Look.", status_code=502)
#: Longer than any test: who waits that long never comes back.
LONG = 100.0


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PAUSES", (0.002, 0.005, 0.01, 0.02))


@pytest.fixture
def files(tmp_path: Path) -> List[Path]:
    return write_small_instances(tmp_path / "data", count=30)


@pytest.fixture
def folder(files: List[Path]) -> Path:
    return files[0].parent


class Coming(FakeClient):
    """A server that goes away after some uploads, and is back after some probes."""

    def __init__(
        self, uploads: int, probes: int, fault: OrthancConnectError = CUT, **more: Any
    ) -> None:
        super().__init__(self._answer_if_there, **more)
        self._uploads, self._back_after = uploads, probes
        self.fault = fault
        self.is_away = False
        self.back_at = 0.0
        self.refused = self.most_at_once = 0
        self._at_once = 0
        self._gate = threading.Lock()

    def _answer_if_there(self, _content: bytes, number: int) -> Any:
        with self._gate:
            if number == self._uploads + 1:
                self.is_away = True
            self.refused += self.is_away
            return self.fault if self.is_away else None

    def system(self) -> None:
        with self._gate:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            time.sleep(0.002)
            with self._gate:
                self.probes += 1
                if self.probes > self._back_after:
                    self.is_away, self.back_at = False, self.back_at or time.monotonic()
                if self.is_away:
                    raise self.fault
        finally:
            with self._gate:
                self._at_once -= 1


def phases(seen: List[Progress]) -> List[str]:
    """The phases in their order, each once for as long as it lasted."""
    names = [progress.phase for progress in seen]
    return [name for place, name in enumerate(names) if place == 0 or names[place - 1] != name]


@pytest.mark.parametrize("fault", [REFUSED, CUT, BAD_GATEWAY])
def test_all_wait_while_the_server_is_away_and_one_asks(
    monkeypatch: pytest.MonkeyPatch, folder: Path, fault: OrthancConnectError
) -> None:
    turns: List[Tuple[float, int]] = []
    monkeypatch.setattr(Pace, "end", lambda _pace, turn: turns.append((turn.began, turn.sent)))
    client = Coming(10, 8, fault)
    seen: List[Progress] = []
    receipt = check(
        upload(
            client, folder, parallel=6, progress=seen.append, options=UploadOptions(patience=LONG)
        )
    )
    assert (receipt.stored, client.most_at_once, client.probes) == (30, 1, 9) and receipt.complete
    # Only what was under way met it, again if it may have been its own misfortune.
    assert len(client.bodies) == 30 + client.refused
    assert client.refused <= (6 if fault is REFUSED else 6 * 5)
    # How fast the line is was not measured by those that waited.
    assert sum(sent > 0 for _began, sent in turns) >= 10 + 14
    assert all(not began < client.back_at or not sent for began, sent in turns[10:])
    assert phases(seen)[-2:] == ["waiting", "upload"]
    assert [progress.details for progress in seen].count({"back": True}) == 1
    waiting = next(progress for progress in seen if progress.phase == "waiting")
    assert waiting.details is not None and waiting.details["message"] == fault.message
    assert "by itself when the server is back" in waiting.details["hint"]
    assert abs(waiting.details["since"] - time.time()) < 60
    assert (waiting.rate, waiting.seconds_left) == (0.0, None)
    assert waiting.done == 10 < waiting.total  # the scan goes on meanwhile


def test_patience_runs_out_and_the_job_goes_on_later(folder: Path) -> None:
    client = Coming(12, 10**6)
    started = time.monotonic()
    receipt = check(upload_job(client, folder, parallel=3, options=UploadOptions(patience=0.3)))
    assert 0.3 <= time.monotonic() - started < here(10)
    assert (receipt.stored, receipt.failed, receipt.missing) == (12, 18, 0)
    reasons = {row.reason for row in receipt.problems}
    gone = "The server did not come back within 0.3 s. The connection broke."
    assert reasons == {gone, f"Not sent. {gone}"}
    assert all("is not sent again" in row.hint for row in receipt.problems)
    (job,) = list_jobs()
    assert job.outcomes == {"stored": 12, "failed": 18}


def test_cancel_ends_the_wait_at_once(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(patience, "PAUSES", (60.0, 60.0, 60.0, 60.0))
    token = CancelToken()
    cancelled: List[float] = []

    told: List[Any] = []

    def listen(progress: Progress) -> None:
        told.append(progress.details)
        if progress.phase == "waiting" and not cancelled:
            cancelled.append(time.monotonic())
            token.cancel()

    client = Coming(5, 10**6, REFUSED)
    receipt = check(upload(client, folder, parallel=4, progress=listen, token=token))
    assert cancelled and time.monotonic() - cancelled[0] < here(2)
    assert receipt.cancelled and (receipt.stored, receipt.failed) == (5, 0)
    assert not any(details and "back" in details for details in told)


def test_another_certificate_on_return_ends_the_run(folder: Path) -> None:
    changed = CertificateChangedError("Changed.", "Ask.", pinned="A", presented="B")

    class Impostor(Coming):
        def system(self) -> None:
            super().system() if self.probes < 3 else self._turn()

        def _turn(self) -> None:
            self.fault = changed
            raise changed

    with pytest.raises(CertificateChangedError) as raised:
        upload(Impostor(5, 10**6), folder, parallel=3, options=UploadOptions(patience=LONG))
    assert raised.value is changed
    assert raised.value.facts["receipt"]["stored"] == 5


@pytest.mark.parametrize("together", [0, 1])
def test_a_file_that_brings_the_server_down_is_given_up_and_no_other(
    request: pytest.FixtureRequest, folder: Path, files: List[Path], together: int
) -> None:
    if together:
        request.getfixturevalue("files_go_together")
    deadly = files[17].read_bytes()  # in the second batch: the first is answered

    class Fragile(FakeClient):
        down = False

        def upload_instance(self, body: Body) -> StoreResult:
            if body == deadly:
                self.down = True
            if self.down:
                self.bodies.append(bytes(body))  # type: ignore[arg-type]
                raise REFUSED
            return super().upload_instance(body)

        def system(self) -> None:
            self.probes += 1
            if self.down:
                self.down = self.probes % 3 != 0  # somebody restarts it
                raise REFUSED

    client = Fragile()
    receipt = check(upload(client, folder, parallel=1, options=UploadOptions(patience=LONG)))
    assert (receipt.stored, receipt.failed) == (29, 1)
    # Together with others once; from then on each goes alone.
    assert client.bodies.count(deadly) == together + patience.MOST_ABSENCES
    assert (
        "may be what brings the server down" in receipt.problems[0].reason
        and receipt.problems[0].hint
    )


def test_a_fault_that_one_file_meets_holds_up_no_other(folder: Path, files: List[Path]) -> None:
    ill = files[3].read_bytes()
    others = threading.Event()

    def answer(content: bytes, number: int) -> Any:
        if content == ill:
            assert others.wait(20)
            return CUT
        if number > 15:
            others.set()
        return None

    client = FakeClient(answer)
    seen: List[Progress] = []
    receipt = check(
        upload(
            client, folder, parallel=2, progress=seen.append, options=UploadOptions(patience=LONG)
        )
    )
    assert (receipt.stored, receipt.failed) == (29, 1)
    assert client.bodies.count(ill) == 1 + len(patience.PAUSES)
    assert phases(seen) == ["upload"]


def _in_threads(number: int, work: Any) -> List[BaseException]:
    """Run `work` in many threads; return what they raised."""
    raised: List[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a wake-up was lost"
    return raised


def test_another_thread_goes_on_probing_when_the_first_one_ends() -> None:
    begun = threading.Barrier(4)
    probes: List[int] = []

    def probe() -> None:
        probes.append(0)
        if len(probes) == 3:
            raise ZeroDivisionError("a mistake in the program")
        if len(probes) < 8:
            raise REFUSED

    calm = patience.Patience(threading.Event(), probe, LONG, reached=True)

    def work() -> None:
        tries: List[int] = []

        def request() -> None:
            tries.append(0)
            if len(tries) == 1:
                begun.wait(20)
                raise REFUSED

        calm.persist(request)

    (mistake,) = _in_threads(4, work)
    assert isinstance(mistake, ZeroDivisionError) and len(probes) == 8


def test_a_server_that_comes_and_goes_loses_no_request() -> None:
    chance = random.Random(7)
    gate = threading.Lock()
    state = {"down": False, "done": 0, "probing": 0}
    stopped = threading.Event()

    def ask() -> None:
        with gate:
            if chance.random() < 0.02:
                state["down"] = True
            if state["down"]:
                raise chance.choice((REFUSED, BAD_GATEWAY, CUT))
            state["done"] += 1

    def probe() -> None:
        with gate:
            state["probing"] += 1
            assert state["probing"] == 1
        time.sleep(0.0005)
        with gate:
            state["probing"] -= 1
            if chance.random() < 0.3:
                state["down"] = False
            if state["down"]:
                raise REFUSED

    calm = patience.Patience(stopped, probe, LONG, reached=True)
    lost: List[OrthancConnectError] = []

    def work() -> None:
        for _ in range(50):
            try:
                calm.persist(ask)
            except OrthancConnectError as error:
                lost.append(error)  # it met too many absences

    assert _in_threads(12, work) == []
    assert state["done"] + len(lost) == 600 and len(lost) < 30
    assert calm.given_up is None and calm.absence is None


def test_who_waits_in_the_calling_thread_is_heard() -> None:
    ticks: List[int] = []
    probes: List[int] = []

    def probe() -> None:
        probes.append(0)
        if len(probes) < 5:
            raise REFUSED

    def request(tries: List[int] = []) -> None:  # noqa: B006
        tries.append(0)
        if len(tries) == 1:
            raise REFUSED

    calm = patience.Patience(threading.Event(), probe, LONG, lambda: ticks.append(0), True)
    calm.persist(request)
    assert len(ticks) >= 4


def test_stopped_before_it_began() -> None:
    stopped = threading.Event()
    calm = patience.Patience(stopped, lambda: None, LONG, reached=True)

    def request() -> None:
        stopped.set()
        raise REFUSED

    with pytest.raises(OperationCancelled):
        calm.persist(request)


# A server that has too much to do -----------------------------------------------------------------


class _Clock(threading.Event):
    """Notes the pauses, and makes none."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: List[float] = []

    def wait(self, timeout: Optional[float] = None) -> bool:
        self.waits.append(timeout or 0.0)
        return False


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("asked", "shortest", "longest"), [(1.5, 1.5, 1.875), (10**6, 60.0, 75.0), (None, 0.0, 0.02)]
)
def test_a_busy_server_says_when_to_come_again(asked, shortest, longest, status: int) -> None:
    request = _times(2, http_fault(status, "POST", "/instances", retry_after=asked))
    clock = _Clock()
    assert patience.Patience(clock, lambda: None, LONG).persist(request) == "done"
    assert len(clock.waits) == 2
    assert all(shortest <= wait <= longest for wait in clock.waits)


def test_a_busy_server_holds_nobody_longer_than_patience() -> None:
    fault = http_fault(503, "POST", "/instances", retry_after=10**9)
    clock = _Clock()
    patience.Patience(clock, lambda: None, 5, reached=True).persist(_times(2, fault))
    assert len(clock.waits) == 2 and max(clock.waits) <= 5 * 1.25


@pytest.mark.parametrize("status", [429, 503])
def test_a_request_that_is_limited_again_and_again_is_not_to_blame(status: int) -> None:
    """Neither it nor the probe gets through at once; a rate limit looks so."""
    turns = [0]

    def limited() -> None:
        turns[0] += 1
        if turns[0] < 40 and turns[0] % 3:
            raise http_fault(status, "GET", "/system")

    def request() -> str:
        if turns[0] < 40:
            turns[0] += 1
            raise http_fault(status, "POST", "/instances")
        return "done"

    calm = patience.Patience(_Clock(), limited, LONG, reached=True)
    assert calm.persist(request) == "done" and calm.given_up is None


def _times(number: int, fault: OrthancConnectError) -> Any:
    """A request that meets a fault so often."""
    left = [fault] * number

    def request() -> str:
        if left:
            raise left.pop()
        return "done"

    return request


@pytest.mark.parametrize("fault", [REFUSED, CUT, BAD_GATEWAY, http_fault(429, "GET", "/system")])
@pytest.mark.parametrize("reached", [True, False])
def test_the_first_request_waits_as_any_other(fault: OrthancConnectError, reached: bool) -> None:
    away = _times(5, fault)
    assert patience.Patience(_Clock(), away, LONG, reached=reached).persist(away) == "done"


@pytest.mark.parametrize("cause", ["name", "not_tls", "not_orthanc", "tls", "client_certificate"])
def test_what_no_waiting_mends_is_told_at_once_until_there_was_an_answer(cause: str) -> None:
    fault = ConnectionFailedError("No.", "Check.", cause=cause)
    stranger, asked = patience.Patience(_Clock(), _times(2, fault), LONG), _times(0, fault)
    with pytest.raises(ConnectionFailedError, match="No"):
        stranger.persist(asked)
    assert stranger.given_up is fault and not stranger.reached
    away = _times(4, fault)
    assert patience.Patience(_Clock(), away, LONG, reached=True).persist(away) == "done"


def test_a_busy_server_gets_more_tries_while_patience_lasts() -> None:
    fault = OrthancHttpError("Too many.", "Later.", status_code=429)
    assert patience.Patience(_Clock(), lambda: None, LONG).persist(_times(11, fault)) == "done"
    with pytest.raises(OrthancHttpError):
        patience.Patience(_Clock(), lambda: None, 0).persist(
            _times(1 + len(patience.PAUSES), fault)
        )
