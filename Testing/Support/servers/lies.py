"""Lies of a server: what each makes of a true answer. What is no JSON object or list stays true."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import re
import time
from typing import Any, Callable, Dict, Iterator, List, Tuple

from Support.servers.lying import Flood, LyingServer
from Support.servers.orthanc import PrivateOrthanc
from Support.servers.scripted import Answer, Request

_MEGABYTE = 1024 * 1024
#: Orthanc's identifiers, Orthanc Book, "Orthanc identifiers of the DICOM resources".
IDENTIFIER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{8}){4}")
_OR_JOB = re.compile(IDENTIFIER.pattern + "|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
IDENTIFIER_BYTES = re.compile(IDENTIFIER.pattern.encode())
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


def _of_members(change: Callable[[str, Any], Any]) -> Callable[[Answer], Answer]:
    """Change each member of each object of a JSON answer, however deep it stands."""

    def changed(content: Any) -> Any:
        if isinstance(content, dict):
            return {key: change(key, changed(value)) for key, value in content.items()}
        return [changed(one) for one in content] if isinstance(content, list) else content

    def lie(truth: Answer) -> Answer:
        try:
            content = changed(json.loads(truth.body))
        except ValueError:
            return truth
        return Answer(truth.status, json.dumps(content).encode(), truth.headers)

    return lie


def _is_words(value: Any) -> bool:
    return isinstance(value, str) and re.search("[G-Zg-z]", value) is not None


def _circle(truth: Answer) -> Answer:
    """Let each record be its own parent."""
    parents = rb'("Parent\w+"\s*:\s*")' + IDENTIFIER_BYTES.pattern
    own = re.search(rb'"ID"\s*:\s*"([^"]*)"', truth.body)
    body = truth.body if own is None else re.sub(parents, rb"\g<1>" + own[1], truth.body)
    return Answer(truth.status, body, truth.headers)


def _of_children(change: Callable[[Any], Any]) -> Callable[[Answer], Answer]:
    lists = ("Instances", "Series", "Studies")
    return _of_members(lambda key, value: change(value) if key in lists else value)


def _many(megabytes: int) -> Callable[[Answer], Answer]:
    """Let a list have its members again and again, each time with other identifiers."""

    def lie(truth: Answer) -> Answer:
        try:
            content = json.loads(truth.body)
        except ValueError:
            return truth
        if not isinstance(content, list) or not content:
            return truth
        body = json.dumps(content).encode()
        parts = IDENTIFIER_BYTES.split(body[1:-1])
        copies = [body[1:-1]]
        for number in range(1, min(100_000, megabytes * _MEGABYTE // len(body))):
            names = [_identifier(f"{number} {place}") for place in range(len(parts) - 1)]
            copies.append(b"".join(itertools.chain(*zip(parts, names), parts[-1:])))
        body = b"[" + b",".join(copies) + b"]"
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
        return Answer(raw=[head, body])

    return lie


def _identifier(text: str) -> bytes:
    digest = hashlib.sha1(text.encode()).hexdigest()
    return "-".join(digest[place : place + 8] for place in range(0, 40, 8)).encode()


def _raw(head: bytes, body: bytes = b"") -> Callable[[Answer], Answer]:
    return lambda truth: Answer(raw=[head, body or truth.body])


def _endless(_truth: Answer) -> Answer:
    return Answer(raw=Flood(b"HTTP/1.1 200 OK\r\n\r\n", b" " * _MEGABYTE, 300 * _MEGABYTE))


def _endless_heads(_truth: Answer) -> Answer:
    line = b"X-More: " + b"x" * 1000 + b"\r\n"
    return Answer(raw=Flood(b"HTTP/1.1 200 OK\r\n", line * 1000, 100 * _MEGABYTE))


def _renamed(body: bytes, name: bytes) -> bytes:
    """Give all identifiers one name, that of the first when none is given."""
    found = IDENTIFIER_BYTES.search(body)
    return body if found is None else IDENTIFIER_BYTES.sub(name or found[0], body)


def _drip(head: bytes) -> Callable[[Answer], Answer]:
    """Send a head at once, and a byte every 0.2 s of what comes then."""

    def drops(body: bytes) -> Iterator[bytes]:
        yield head
        for number in range(100):
            time.sleep(0.2)
            yield body[number : number + 1] or b" "

    return lambda truth: Answer(raw=drops(truth.body))


def _silent(_truth: Answer) -> Answer:
    def nothing() -> Iterator[bytes]:
        for _turn in range(100):
            time.sleep(0.2)
            yield b""

    return Answer(raw=nothing())


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
    "numbers are below nothing": _of_text(lambda body: _NUMBER.sub(b"-5", body)),
    "numbers are too large": _of_text(lambda body: _NUMBER.sub(b"1000000000000000000", body)),
    "not a number": _of_text(lambda body: _NUMBER.sub(b"NaN", body)),
    # Records
    "texts are a megabyte": _of_members(
        lambda _key, value: value + "x" * _MEGABYTE if _is_words(value) else value
    ),
    "dates are of another shape": _of_text(
        lambda body: re.sub(rb'"(\d{4})(\d\d)(\d\d)(T\d+)?"', rb'"\3. \2. \1, noon"', body)
    ),
    "twice": _of_text(lambda body: re.sub(rb"(?s)^\s*\[(.+)\]\s*$", rb"[\1,\1]", body)),
    "as many as may be": _many(15),
    "more than may be": _many(20),
    "the first again": _of_text(lambda body: body + b" "),
    "parents in a circle": _circle,
    "no children": _of_children(lambda _children: []),
    "children that are not there": _of_children(
        lambda children: [*children, *(_identifier(str(number)).decode() for number in range(1000))]
    ),
    # Bodies
    "nothing": _body(b""),
    "half": _of_text(lambda body: body[: len(body) // 2]),
    "page": _body(b"<html><body>Please log in</body></html>"),
    "no UTF-8": _of_text(lambda body: body.replace(b"a", b"\xff")),
    "UTF-16": _of_text(lambda body: body.decode("utf-8", "replace").encode("utf-16")),
    "half a character": _body(b'{"ID": "\\ud800", "Name": "\\udfff", "Version": "\\ud800"}'),
    "control characters": _of_text(lambda body: body.replace(b"a", b"\\u001b[31m\\u202e")),
    "control characters in texts": _of_members(
        lambda _key, value: value + "\x1b[31m\u202e\n<b>\0" if _is_words(value) else value
    ),
    "deep": _body(b"[" * 200_000),
    "deep object": _body(b'{"a":' * 100_000),
    # Sizes and heads
    "shorter than said": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"),
    "longer than said": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
    "length is no number": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"),
    "length below nothing": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"),
    "bad chunks": _raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"zz\r\nabc\r\n"),
    "no gzip": _raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"),
    "gzip bomb": _raw(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
        gzip.compress(bytes(_MEGABYTE)) * 1000,
    ),
    "HTTP/1.0": _raw(b"HTTP/1.0 200 OK\r\n\r\n"),
    "no HTTP": _raw(b"SSH-2.0-OpenSSH_9.2\r\n", b"\0" * 1000),
    "endless": _endless,
    "endless heads": _endless_heads,
    # Speed
    "drip": _drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"),
    "drip of heads": _drip(b"HTTP/1.1 200 OK\r\nX-More: "),
    "silence": _silent,
    # Identity
    "others' identifiers": _of_text(lambda body: _renamed(body, b"-".join([b"0badc0de"] * 5))),
    "one identifier for all": _of_text(lambda body: _renamed(body, b"")),
    # Status
    "not found": lambda _truth: Answer(404, b"{}"),
    "no content": lambda _truth: Answer(204, b""),
    "elsewhere": lambda _truth: Answer(302, b"", {"Location": "https://127.0.0.1:1/"}),
    "failed": lambda _truth: Answer(500, b"<html>Oops</html>"),
    "login wanted": lambda _truth: Answer(401, b""),
    "refused": lambda _truth: Answer(403, b"[1, 2]"),
    "conflict": lambda _truth: Answer(409, b'{"OrthancStatus": "x", "Details": 5}'),
    "strange status": lambda _truth: Answer(799, b"null"),
}

#: Those that try a client's memory.
LARGE_LIES = (
    *("as many as may be", "more than may be", "texts are a megabyte"),
    *("endless", "endless heads", "gzip bomb"),
)
#: Those that take long, to make or to wait for.
SLOW_LIES = (*LARGE_LIES, "drip", "drip of heads", "silence", "shorter than said")


def step_of(request: Request) -> str:
    """Return which kind of request it is: method and path, without identifiers and names."""
    return f"{request.method} {_OR_JOB.sub('*', request.path.partition('?')[0])}"


class Liar(LyingServer):
    """Tells one lie at one step, and at all others the truth, which it notes: one for each step.

    With `only_get` the truth is that nobody may do more than read.
    """

    def __init__(self, orthanc: PrivateOrthanc, only_get: bool = False) -> None:
        self._only_get = only_get
        self.step, self.name = "", ""
        self.truths: Dict[str, Answer] = {}
        super().__init__(orthanc, self._one_lie)

    def tell(self, step: str = "", name: str = "") -> None:
        """Tell this lie from now on, or none; no step was taken yet."""
        self.step, self.name, self.truths = step, name, {}

    def _one_lie(self, request: Request) -> Answer:
        step = step_of(request)
        if self._only_get and request.method != "GET":
            return Answer(403)
        truth = self.truth(request)
        self.truths.setdefault(step, truth)
        if step != self.step:
            return truth
        return LIES[self.name](self.truths[step] if self.name == "the first again" else truth)


def lies_at(
    truths: Dict[str, Answer], all_of_them: bool, share: int, place: int
) -> List[Tuple[str, str]]:
    """Return which lie to tell at which step: all that are not the truth there, or a share.

    The share is one in so many, beginning at a place, each at one step and none of the slow ones.
    """
    steps = list(truths)
    if all_of_them:
        both = itertools.product(steps, LIES)
        return [(step, lie) for step, lie in both if LIES[lie](truths[step]) != truths[step]]
    lies = [lie for lie in LIES if lie not in SLOW_LIES][place % share :: share]
    return [(steps[(place + number) % len(steps)], lie) for number, lie in enumerate(lies)]
