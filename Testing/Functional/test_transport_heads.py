"""Heads of HTTP messages: what goes out, where an answer's body ends, and what is no answer."""

from __future__ import annotations

import json
import socket
import threading
import time
from email.utils import formatdate
from typing import Iterator, List

import pytest

from OrthancConnectCore.network.faults import http_fault, retry_after_seconds
from OrthancConnectCore.network.transport import Transport
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.shared.errors import ConnectionFailedError
from OrthancConnectCore.shared.profile import ServerProfile
from Support.servers.scripted import SYSTEM

BODY = json.dumps(SYSTEM).encode()
LENGTH = b"Content-Length: %d" % len(BODY)


class Speaker:
    """Answers each request by the same bytes; a request has no body here."""

    def __init__(self) -> None:
        self.said = b""
        self.closes = False
        self.heads: List[bytes] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Speaker:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _peer = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection, connection.makefile("rb") as stream:
                try:
                    self._serve(connection, stream)
                except OSError:
                    pass  # the client had enough

    def _serve(self, connection, stream) -> None:
        while True:
            head = b"".join(iter(stream.readline, b"\r\n")) if stream.peek(1) else b""
            if not head:
                return
            self.heads.append(head)
            connection.sendall(self.said)
            if self.closes:
                return


@pytest.fixture
def server() -> Iterator[Speaker]:
    with Speaker() as running:
        yield running


@pytest.fixture
def profile(server: Speaker) -> ServerProfile:
    return ServerProfile("t", server.url, allow_insecure_http=True, read_timeout=5)


def test_a_request_head(server, profile) -> None:
    server.said = b"HTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n\r\n" + BODY
    with Transport(profile) as transport:
        transport.request(
            "POST", "/instances", params={"a": "b"}, headers={"Content-Type": "text/plain"}
        )
    lines = server.heads[0].split(b"\r\n")
    assert lines[0] == b"POST /instances?a=b HTTP/1.1"
    fields = dict(line.split(b": ") for line in lines[1:] if line)
    assert fields.pop(b"User-Agent")
    assert fields == {
        b"Host": server.url[7:].encode(),
        b"Accept-Encoding": b"identity",
        b"Content-Type": b"text/plain",
        b"Content-Length": b"0",
    }


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        ("/a b", b"/a%20b"),
        ("/a\r\nX: y", b"/a%0D%0AX:%20y"),
        ("/a\0", b"/a%00"),
        ("/\x7f", b"/%7F"),
    ],
)
def test_no_address_ends_its_line(server, profile, target: str, sent: bytes) -> None:
    server.said = b"HTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n\r\n" + BODY
    with Transport(profile) as transport:
        transport.request("GET", target)
    (head,) = server.heads
    lines = head.split(b"\r\n")
    assert lines[0] == b"GET " + sent + b" HTTP/1.1"
    assert not [line for line in lines[1:] if line.startswith(b"X")]


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb"])
def test_no_value_ends_its_line(server, profile, value: str) -> None:
    with Transport(profile) as transport:
        with pytest.raises(ValueError):
            transport.request("POST", "/", body=b"", headers={"Content-Type": value})
    assert server.heads == []


@pytest.mark.parametrize(
    ("head", "body", "closes"),
    [
        (
            b"HTTP/1.1 200 OK\r\nContent-LENGTH:%d\r\nA: 1\r\nlong: b\r\n\t c" % len(BODY),
            BODY,
            False,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked",
            b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
            False,
        ),
        (b"HTTP/1.1 200 OK", BODY, True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + LENGTH, BODY, True),
        (b"HTTP/1.0 200 OK\r\n" + LENGTH, BODY, True),
        (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n" + LENGTH, BODY, False),
        (b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 200 OK\r\n" + LENGTH, BODY, False),
    ],
)
def test_where_a_body_ends(server, profile, head: bytes, body: bytes, closes: bool) -> None:
    server.said, server.closes = head + b"\r\n\r\n" + body, closes
    with OrthancClient(profile) as client:
        for _ in range(3):
            assert client.system().version == SYSTEM["Version"]
    assert server.connections == (3 if closes else 1)


def test_an_answer_without_a_body(server, profile) -> None:
    server.said = b"HTTP/1.1 204 No\r\n\r\n"
    with OrthancClient(profile) as client:
        client.delete("/x")
        client.delete("/x")
    assert server.connections == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 101 + b"\r\n",
        b"HTTP/1.1 200 OK\r\na: " + b"b" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 100 Go on\r\n\r\n" * 20,
    ],
)
def test_what_is_no_answer_is_a_fault(server, profile, content: bytes) -> None:
    server.said, server.closes = content, True
    with OrthancClient(profile) as client:
        with pytest.raises(ConnectionFailedError, match="without an answer"):
            client.system()


@pytest.mark.parametrize(
    "fields", [b"no colon\r\n", b": no name\r\n", b"\r\r\n", b"Content-Length: -1\r\n"]
)
def test_a_head_that_tells_no_length_is_read_to_the_end(server, profile, fields: bytes) -> None:
    server.said, server.closes = b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n", True
    with OrthancClient(profile) as client:
        for _ in range(2):
            with pytest.raises(ConnectionFailedError, match="is not Orthanc"):
                client.system()
    assert server.connections == 2


@pytest.mark.parametrize("version", [b"HTTP/2", b"ICY", b"HTTP/1.1 2x0", b" 200"])
def test_a_first_line_that_is_none(server, profile, version: bytes) -> None:
    server.said, server.closes = version + b" 200 OK\r\n" + LENGTH + b"\r\n\r\n" + BODY, True
    with OrthancClient(profile) as client:
        with pytest.raises(ConnectionFailedError, match="without an answer"):
            client.system()


def test_retry_after_is_read_as_seconds_and_as_a_date() -> None:
    for text, seconds in ((None, None), ("", None), ("soon", None), ("-3", None), ("²", None)):
        assert retry_after_seconds(text) == seconds
    assert retry_after_seconds(" 120 ") == 120
    assert retry_after_seconds("9" * 5000) == 86400
    in_a_minute = retry_after_seconds(formatdate(time.time() + 60, usegmt=True))
    assert in_a_minute is not None and 30 < in_a_minute <= 60
    assert retry_after_seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert "retry_after" not in http_fault(503, "GET", "/system").facts


def test_whose_answer_a_gateway_lacks_is_said() -> None:
    assert "web server before Orthanc" in http_fault(502, "GET", "/system").message
    assert "server failed" in http_fault(502, "GET", "/system", orthanc_status=8).message
