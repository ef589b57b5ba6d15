"""Lies of a server: what each makes of a true answer. What is no JSON object or list stays true."""

from __future__ import annotations

import json
import re
import time
from typing import Any, Callable, Dict, Iterator

from Support.servers.lying import Flood
from Support.servers.scripted import Answer

_MEGABYTE = 1024 * 1024
#: Orthanc's identifiers, Orthanc Book, "Orthanc identifiers of the DICOM resources".
IDENTIFIER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{8}){4}")
_NUMBER = re.compile(rb"(?<=[:\[, \t])(\d+)(?=[,\s\]}])")


def _body(content: bytes) -> Callable[[Answer], Answer]:
    return lambda truth: Answer(truth.status, content, truth.headers)


def _of_text(change: Callable[[bytes], bytes]) -> Callable[[Answer], Answer]:
    return lambda truth: Answer(truth.status, change(truth.body), truth.headers)


def _of_values(change: Callable[[Any], Any]) -> Callable[[Answer], Answer]:
    """Change each value within the outermost list or object of a JSON answer."""

    def lie(truth: Answer) -> Answer:
        try:
            content = json.loads(truth.body)
        except ValueError:
            return truth
        if isinstance(content, dict):
            content = {key: change(value) for key, value in content.items()}
        elif isinstance(content, list):
            content = [change(value) for value in content]
        else:
            content = change(content)
        return Answer(truth.status, json.dumps(content).encode(), truth.headers)

    return lie


def _raw(head: bytes, body: bytes = b"") -> Callable[[Answer], Answer]:
    return lambda truth: Answer(raw=[head, body or truth.body])


def _endless(_truth: Answer) -> Answer:
    return Answer(raw=Flood(b"HTTP/1.1 200 OK\r\n\r\n", b" " * _MEGABYTE, 300 * _MEGABYTE))


def _endless_heads(_truth: Answer) -> Answer:
    line = b"X-More: " + b"x" * 1000 + b"\r\n"
    return Answer(raw=Flood(b"HTTP/1.1 200 OK\r\n", line * 1000, 100 * _MEGABYTE))


def _renamed(body: bytes, name: bytes) -> bytes:
    """Give all identifiers one name, that of the first when none is given."""
    found = re.search(IDENTIFIER.pattern.encode(), body)
    return body if found is None else re.sub(IDENTIFIER.pattern.encode(), name or found[0], body)


def _drip(_truth: Answer) -> Answer:
    def drops() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
        for _second in range(200):
            time.sleep(0.2)
            yield b" "

    return Answer(raw=drops())


LIES: Dict[str, Callable[[Answer], Answer]] = {
    # Types
    "null": _body(b"null"),
    "list of null": _body(b"[null]"),
    "list of lists": _body(b"[[1], [2]]"),
    "text": _body(b'"x"'),
    "number": _body(b"7"),
    "empty object": _body(b"{}"),
    "empty list": _body(b"[]"),
    "identifier is an object": _body(b'{"ID": {}, "Status": "Success"}'),
    "values are null": _of_values(lambda _value: None),
    "values are objects": _of_values(lambda value: {"x": value}),
    "values are lists": _of_values(lambda value: [value]),
    "values are text": _of_values(str),
    "values are numbers": _of_values(lambda _value: -1.5),
    "numbers are text": _of_text(lambda body: _NUMBER.sub(rb'"\1"', body)),
    "numbers are huge": _of_text(lambda body: _NUMBER.sub(b"9" * 5000, body)),
    "numbers are infinite": _of_text(lambda body: _NUMBER.sub(b"-1e999", body)),
    "not a number": _of_text(lambda body: _NUMBER.sub(b"NaN", body)),
    # Bodies
    "nothing": _body(b""),
    "half": _of_text(lambda body: body[: len(body) // 2]),
    "page": _body(b"<html><body>Please log in</body></html>"),
    "no UTF-8": _of_text(lambda body: body.replace(b"a", b"\xff")),
    "half a character": _body(b'{"ID": "\\ud800", "Name": "\\udfff", "Version": "\\ud800"}'),
    "control characters": _of_text(lambda body: body.replace(b"a", b"\\u001b[31m\\u202e")),
    "deep": _body(b"[" * 200_000),
    "deep object": _body(b'{"a":' * 100_000),
    # Sizes and heads
    "shorter than said": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"),
    "longer than said": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
    "length is no number": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"),
    "length below nothing": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"),
    "bad chunks": _raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"zz\r\nabc\r\n"),
    "no gzip": _raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"),
    "no HTTP": _raw(b"SSH-2.0-OpenSSH_9.2\r\n", b"\0" * 1000),
    "endless": _endless,
    "endless heads": _endless_heads,
    # Speed
    "drip": _drip,
    # Identity
    "others' identifiers": _of_text(lambda body: _renamed(body, b"-".join([b"0badc0de"] * 5))),
    "one identifier for all": _of_text(lambda body: _renamed(body, b"")),
    # Status
    "not found": lambda _truth: Answer(404, b"{}"),
    "no content": lambda _truth: Answer(204, b""),
    "elsewhere": lambda _truth: Answer(302, b"", {"Location": "https://127.0.0.1:1/"}),
    "failed": lambda _truth: Answer(500, b"<html>Oops</html>"),
    "refused": lambda _truth: Answer(403, b"[1, 2]"),
    "conflict": lambda _truth: Answer(409, b'{"OrthancStatus": "x", "Details": 5}'),
    "strange status": lambda _truth: Answer(799, b"null"),
}

#: Those of which a client must wait for the end.
SLOW_LIES = ("drip", "endless", "endless heads", "shorter than said")
