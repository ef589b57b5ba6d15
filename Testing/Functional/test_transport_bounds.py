"""Answers without an end, in size or in time, are ended; what is long and honest is not."""

from __future__ import annotations

import json
import time
from typing import Any, Callable, Iterator

import pytest

from OrthancConnectCore.network.bounds import LARGEST_LISTING, Meter, file_of, listing
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.shared.errors import (
    ConfigurationError,
    ConnectionFailedError,
    RequestTimeoutError,
    ServerError,
)
from OrthancConnectCore.shared.profile import ServerProfile
from Support.servers.lying import Flood
from Support.servers.scripted import Answer, ScriptedServer, always

MEGABYTE = 1024 * 1024
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
#: Newer versions of urllib3 end a long line themselves.
ENDED = "was not read further|without an answer"
Act = Callable[[OrthancClient], Any]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(always(Answer())) as running:
        yield running


@pytest.fixture
def client(server: ScriptedServer) -> Iterator[OrthancClient]:
    profile = ServerProfile("t", server.url, allow_insecure_http=True, read_timeout=1)
    with OrthancClient(profile) as running:
        yield running


def short(value: Any) -> str:
    """What a case is called."""
    return str(getattr(value, "__name__", "")) or repr(value)[:40]


def system(client: OrthancClient) -> Any:
    return client.system()


def upload(client: OrthancClient) -> Any:
    return client.upload_instance(b"DICM")


def find(client: OrthancClient) -> Any:
    return client.find("Study", {"PatientID": "*"})


def fetch(client: OrthancClient) -> Any:
    return sum(map(len, client.download_instance("a", 100_000)))


@pytest.mark.parametrize(
    ("act", "head", "block", "most"),
    [
        (system, OK + b"\r\n", b" " * 65536, 8),
        (system, OK + b"Content-Length: 1000000000000000000\r\n\r\n", b" " * 65536, 4),
        (system, OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", b" " * 65536, 4),
        (system, CHUNKED, b"10000\r\n" + b" " * 65536 + b"\r\n", 8),
        (system, CHUNKED + b"1;", b"x" * 65536, 8),
        (system, CHUNKED + b"0\r\n", b"trailer: 1\r\n" * 5000, 8),
        (system, b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, 4),
        (upload, OK + b"\r\n", b" " * 65536, 8),
        (find, OK + b"\r\n[", b"1," * 32768, 5),
        (fetch, OK + b"\r\n", b"DICM" * 16384, 4),
        (fetch, OK + b"Content-Length: 1000000000000000000\r\n\r\n", b"DICM" * 16384, 4),
    ],
    ids=short,
)
def test_an_answer_without_an_end(
    server: ScriptedServer,
    client: OrthancClient,
    monkeypatch: pytest.MonkeyPatch,
    act: Act,
    head: bytes,
    block: bytes,
    most: int,
) -> None:
    monkeypatch.setenv(LARGEST_LISTING, "1")
    flood = Flood(head, block, 64 * MEGABYTE)
    server.handler = always(Answer(raw=flood))
    with pytest.raises(ConnectionFailedError, match=ENDED) as fault:
        act(client)
    assert flood.sent < (most + 8) * MEGABYTE  # what the sockets hold included
    assert fault.value.hint


def test_a_refusal_without_an_end_is_a_refusal(
    server: ScriptedServer, client: OrthancClient
) -> None:
    for size in (b"", b"Content-Length: 1000000000000000000\r\n"):
        flood = Flood(b"HTTP/1.1 500 No\r\n" + size + b"\r\n", b" " * 65536, 64 * MEGABYTE)
        server.handler = always(Answer(raw=flood))
        with pytest.raises(ServerError, match="HTTP 500"):
            client.system()
        assert flood.sent < 8 * MEGABYTE


def drip(head: bytes, block: bytes = b" ") -> Iterator[bytes]:
    for byte in range(len(head)):
        yield head[byte : byte + 1]
    for _turn in range(150):
        time.sleep(0.1)
        yield block


@pytest.mark.parametrize(
    ("act", "head", "words"),
    [
        (system, OK + b"Content-Length: 1000\r\n\r\n", "less than 100 bytes a second"),
        (system, CHUNKED + b"0\r\n", "less than 100 bytes"),
        (system, OK + b"x: ", "less than 100 bytes"),
        (fetch, OK + b"Content-Length: 100000\r\n\r\n", "less than 100 bytes"),
        (find, OK + b"\r\n", "less than 100 bytes"),
    ],
)
def test_a_byte_now_and_then(
    server: ScriptedServer, client: OrthancClient, act: Act, head: bytes, words: str
) -> None:
    server.handler = always(Answer(raw=drip(head)))
    began = time.monotonic()
    with pytest.raises(RequestTimeoutError, match=words) as fault:
        act(client)
    assert time.monotonic() - began < 10
    assert fault.value.hint


def test_a_small_answer_has_an_end_at_any_rate(
    server: ScriptedServer, client: OrthancClient
) -> None:
    server.handler = always(Answer(raw=drip(OK + b"\r\n", b" " * 100)))
    with pytest.raises(RequestTimeoutError, match="did not end within 2 s"):
        client.system()
    server.handler = always(Answer(raw=drip(OK + b"Content-Length: 1500\r\n\r\n", b"D" * 100)))
    assert fetch(client) == 1500  # a file may take its time


def test_a_long_listing_can_be_allowed(
    server: ScriptedServer, client: OrthancClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = json.dumps(["x" * 40] * 60_000).encode()
    server.handler = always(Answer(200, body))
    monkeypatch.setenv(LARGEST_LISTING, "2")
    with pytest.raises(ConnectionFailedError, match="more than 2 MB") as fault:
        client.get_json("/instances")
    assert LARGEST_LISTING in fault.value.hint
    monkeypatch.setenv(LARGEST_LISTING, "3")
    assert len(client.get_json("/instances", shape=[str])) == 60_000
    monkeypatch.delenv(LARGEST_LISTING)
    assert listing().size == 16 * MEGABYTE


@pytest.mark.parametrize("value", ["much", "0", "-1", "1e3", "9" * 30, "٣"])
def test_a_bound_that_is_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(LARGEST_LISTING, value)
    with pytest.raises(ConfigurationError, match=LARGEST_LISTING):
        listing()


def test_a_file_may_be_a_little_larger_than_known() -> None:
    assert 1000 < file_of(1000).size < MEGABYTE
    assert file_of(0).size == 4096 * MEGABYTE


def test_time_is_what_an_answer_is_waited_for() -> None:
    """Neither the server's thinking before its first byte nor our own work counts."""
    meter = Meter()
    meter.begin(1)
    meter.count(10, 3600.0)
    for _turn in range(100):
        time.sleep(0)
        meter.count(1000, 0.01)
