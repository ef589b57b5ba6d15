"""Heads of HTTP messages, written and read."""

from __future__ import annotations

import http.client
import io
from typing import Any

import pytest

from OrthancConnectCore.http_heads import Answer, request_head


class _Socket:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._content)


def answer(content: bytes, method: str = "GET") -> Answer:
    socket: Any = _Socket(content)
    found = Answer(socket, method=method)
    found.begin()
    return found


def test_a_request_head() -> None:
    head = request_head("POST", "/instances?a=b", "server:8042", {"Content-Length": "3"})
    assert head == (
        b"POST /instances?a=b HTTP/1.1\r\nHost: server:8042\r\nContent-Length: 3\r\n\r\n"
    )


@pytest.mark.parametrize("target", ["/a b", "/a\r\nX: y", "/a\0", "/\x7f"])
def test_no_address_ends_its_line(target: str) -> None:
    with pytest.raises(http.client.InvalidURL):
        request_head("GET", target, "server", {})


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\0"])
def test_no_value_ends_its_line(value: str) -> None:
    with pytest.raises(ValueError):
        request_head("GET", "/", "server", {"Authorization": value})


def test_fields_are_found_in_whatever_case_and_joined() -> None:
    found = answer(
        b"HTTP/1.1 200 OK\r\nContent-LENGTH:2\r\nA: 1\r\na:  2 \r\nlong: b\r\n\t c\r\n\r\nokXX"
    )
    assert found.status == 200 and found.read() == b"ok" and not found.will_close
    assert found.headers.get("Content-Length") == "2" and found.headers.get("A") == "1, 2"
    assert found.headers.get("LONG") == "b c" and found.headers.get("none", "x") == "x"


@pytest.mark.parametrize(
    ("head", "body", "content", "closes"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", b"2\r\nok\r\n0\r\n\r\n", b"ok", False),
        (b"HTTP/1.1 200 OK", b"to the end", b"to the end", True),
        (b"HTTP/1.1 204 No", b"", b"", False),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1", b"x", b"x", True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1", b"x", b"x", True),
        (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1", b"x", b"x", False),
        (b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1", b"x", b"x", False),
    ],
)
def test_where_a_body_ends(head: bytes, body: bytes, content: bytes, closes: bool) -> None:
    found = answer(head + b"\r\n\r\n" + body)
    assert (found.read(), found.will_close) == (content, closes)


def test_the_answer_to_head_has_no_body() -> None:
    assert answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD").read() == b""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 101 + b"\r\n",
        b"HTTP/1.1 200 OK\r\na: " + b"b" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 100 Go on\r\n\r\n" * 20,
    ],
)
def test_what_is_no_answer_is_a_fault(content: bytes) -> None:
    with pytest.raises(http.client.HTTPException):
        answer(content)
