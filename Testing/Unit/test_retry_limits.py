"""How long a server that limits its requests is borne, and what it says of when to come again."""

from __future__ import annotations

import threading
import time
from email.utils import formatdate
from typing import List, Optional

import pytest

from OrthancConnectCore.network.faults import http_fault, retry_after_seconds
from OrthancConnectCore.orthanc import retry as patience
from OrthancConnectCore.shared.errors import (
    ConnectionFailedError,
    OrthancConnectError,
    OrthancHttpError,
    ServerError,
)
from Support.fakes.client import CUT

REFUSED = ConnectionFailedError("Nothing listens there.", "Check.", cause="refused")
BAD_GATEWAY = ServerError("Bad gateway.", "Look.", status_code=502)
#: Longer than any test: who waits that long never comes back.
LONG = 100.0


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PAUSES", (0.002, 0.005, 0.01, 0.02))


class _Clock(threading.Event):
    """Notes the pauses, and makes none."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: List[float] = []

    def wait(self, timeout: Optional[float] = None) -> bool:
        self.waits.append(timeout or 0.0)
        return False


@pytest.mark.parametrize(
    ("asked", "shortest", "longest"), [(1.5, 1.5, 1.875), (10**6, 60.0, 75.0), (None, 0.0, 0.02)]
)
def test_a_busy_server_says_when_to_come_again(asked, shortest: float, longest: float) -> None:
    faults = [http_fault(429, "POST", "/instances", retry_after=asked), None]
    faults[:0] = [http_fault(503, "POST", "/instances", retry_after=asked)]
    clock = _Clock()
    calm = patience.Patience(clock, lambda: None, LONG)
    calm.persist(lambda: None)

    def request() -> str:
        fault = faults.pop(0)
        if fault is not None:
            raise fault
        return "done"

    assert calm.persist(request) == "done"
    assert len(clock.waits) == 2
    assert all(shortest <= wait <= longest for wait in clock.waits)


def test_a_busy_server_holds_nobody_longer_than_patience() -> None:
    fault = http_fault(503, "POST", "/instances", retry_after=10**9)
    faults = [fault, fault, None]
    clock = _Clock()

    def request() -> None:
        error = faults.pop(0)
        if error is not None:
            raise error

    patience.Patience(clock, lambda: None, 5, reached=True).persist(request)
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


@pytest.mark.parametrize("fault", [REFUSED, CUT, BAD_GATEWAY])
def test_who_was_answered_before_waits_at_the_first_request(
    fault: OrthancConnectError,
) -> None:
    away = [fault] * 9

    def request() -> str:
        if away:
            raise away.pop()
        return "done"

    waiting = patience.Patience(_Clock(), request, LONG, reached=True)
    assert waiting.persist(request) == "done" and waiting.unreachable is None
    away[:] = [fault] * 9
    stranger = patience.Patience(_Clock(), request, LONG)
    with pytest.raises(type(fault)):
        stranger.persist(request)
    assert stranger.unreachable is fault


def test_a_busy_server_gets_more_tries_while_patience_lasts() -> None:
    tries: List[float] = []

    def request() -> str:
        tries.append(0)
        if len(tries) < 12:
            raise OrthancHttpError("Too many.", "Later.", status_code=429)
        return "done"

    assert patience.Patience(_Clock(), lambda: None, LONG).persist(request) == "done"
    tries.clear()
    with pytest.raises(OrthancHttpError):
        patience.Patience(_Clock(), lambda: None, 0).persist(request)
    assert len(tries) == 1 + len(patience.PAUSES)


def test_retry_after_is_read_as_seconds_and_as_a_date() -> None:
    for text, seconds in ((None, None), ("", None), ("soon", None), ("-3", None), ("²", None)):
        assert retry_after_seconds(text) == seconds
    assert retry_after_seconds(" 120 ") == 120
    assert retry_after_seconds("9" * 5000) == 86400
    in_a_minute = retry_after_seconds(formatdate(time.time() + 60, usegmt=True))
    assert in_a_minute is not None and 30 < in_a_minute <= 60
    assert retry_after_seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert "retry_after" not in http_fault(503, "GET", "/system").facts
