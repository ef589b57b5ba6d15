"""JSON-RPC 2.0, one message a line: reading requests and writing answers, for the worker process.

Specification: https://www.jsonrpc.org/specification. Batches are refused (section 6 is the only
part left out), parameters are always named ones.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, BinaryIO, Callable, Deque, Dict, Iterator, List, Optional, Union

from ..shared.errors import OrthancConnectError, WorkerError

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
#: All errors of `OrthancConnectCore.shared.errors`; ``data`` says which one
#: (`OrthancConnectError.to_dict`).
APPLICATION_ERROR = -32000

#: Longest message in bytes; the inventory of some 800,000 instances fits.
MAX_LINE = 64 * 1024 * 1024

RequestId = Union[int, float, str, None]


class RpcError(Exception):
    """A message that can't be served; answered with `code`."""

    def __init__(self, code: int, message: str, request_id: RequestId = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.request_id = request_id


@dataclass(frozen=True)
class Call:
    """One request or, without an answer wanted, one notification."""

    method: str
    params: Dict[str, Any]
    request_id: RequestId = None
    is_notification: bool = False


def read_lines(stream: BinaryIO, limit: int = MAX_LINE) -> Iterator[Optional[bytes]]:
    """Yield each line of a stream until its end; None in the place of a line that is too long.

    It is read no further than `limit` bytes ahead, whatever is sent.
    """
    while True:
        line = stream.readline(limit + 1)
        if not line:
            return
        if len(line) <= limit or line.endswith(b"\n"):
            if line.strip():
                yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(1024 * 1024)
        yield None


def parse_call(line: Optional[bytes]) -> Call:
    """Return the request or notification that a line holds.

    Raises
    ------
    RpcError
        Not JSON, or not JSON-RPC 2.0 as it is spoken here.
    """
    if line is None:
        raise RpcError(PARSE_ERROR, f"The message is longer than {MAX_LINE} bytes.")
    try:
        message = json.loads(line.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RpcError(PARSE_ERROR, "The message is not JSON in UTF-8.") from error
    if isinstance(message, list):
        raise RpcError(INVALID_REQUEST, "Batches are not served: send one message a line.")
    if not isinstance(message, dict):
        raise RpcError(INVALID_REQUEST, "The message is not an object.")
    is_notification = "id" not in message
    request_id = message.get("id")
    if not is_notification and not _is_request_id(request_id):
        raise RpcError(INVALID_REQUEST, "The id is neither a number nor text.")
    if message.get("jsonrpc") != "2.0":
        raise RpcError(INVALID_REQUEST, 'The message has no "jsonrpc": "2.0".', request_id)
    method = message.get("method")
    if not isinstance(method, str):
        raise RpcError(INVALID_REQUEST, "The method is not text.", request_id)
    params = message.get("params", {})
    if isinstance(params, list):
        raise RpcError(INVALID_PARAMS, "The params must be an object, by name.", request_id)
    if not isinstance(params, dict):
        raise RpcError(INVALID_REQUEST, "The params are not an object.", request_id)
    return Call(method, params, request_id, is_notification)


def _is_request_id(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, (int, str)) and not isinstance(value, bool)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def encode(message: Dict[str, Any]) -> bytes:
    """Return a message as one line: pure ASCII, so that undecodable file names survive."""
    text = json.dumps(
        {"jsonrpc": "2.0", **message}, ensure_ascii=True, allow_nan=False, separators=(",", ":")
    )
    return text.encode("ascii") + b"\n"


class Outbox:
    """Writes answers and progress from many threads as whole lines, in a thread of its own.

    A reader who is busy for a while stops nobody: answers wait in a queue, and of the progress of
    each request only the latest state is kept. No progress follows its request's answer.

    `on_broken` is called once, in the writing thread, when nobody reads the stream any more.
    """

    def __init__(self, stream: BinaryIO, on_broken: Callable[[], None]) -> None:
        self._stream = stream
        self._on_broken = on_broken
        self._condition = threading.Condition()
        self._lines: Deque[bytes] = deque()
        self._progress: Dict[RequestId, Optional[Dict[str, Any]]] = {}
        self._waiting = self._writing = self._broken = False
        threading.Thread(target=self._write, name="outbox", daemon=True).start()

    def open(self, request_id: RequestId) -> None:
        """Let progress of this request through from now on."""
        with self._condition:
            self._progress[request_id] = None

    def progress(self, request_id: RequestId, fields: Dict[str, Any]) -> None:
        """Send a ``progress`` notification, unless a newer one overtakes it."""
        with self._condition:
            if request_id in self._progress:
                self._progress[request_id] = fields
                self._waiting = True
                self._condition.notify_all()

    def result(self, request_id: RequestId, result: Any) -> None:
        """Answer a request.

        Raises
        ------
        TypeError, ValueError
            The result is not JSON-serialisable; nothing was sent.
        """
        self._answer(request_id, {"id": request_id, "result": result})

    def error(self, request_id: RequestId, code: int, error: OrthancConnectError) -> None:
        """Answer a request with an error."""
        told = {"code": code, "message": error.message, "data": error.to_dict()}
        self._answer(request_id, {"id": request_id, "error": told})

    def refuse(self, fault: RpcError) -> None:
        """Answer a message that can't be served."""
        hint = "This is a fault of the program that sent it: report it."
        self.error(fault.request_id, fault.code, WorkerError(fault.message, hint))

    def drain(self, seconds: float) -> bool:
        """Wait until all is written; return whether that was so in time."""
        deadline = time.monotonic() + seconds
        with self._condition:
            while (self._lines or self._waiting or self._writing) and not self._broken:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._condition.wait(left)
            return not self._broken

    def _answer(self, request_id: RequestId, message: Dict[str, Any]) -> None:
        line = encode(message)
        with self._condition:
            last = self._progress.pop(request_id, None)
            if last is not None:
                self._lines.append(_progress_line(request_id, last))
            self._lines.append(line)
            self._condition.notify_all()

    def _take(self) -> List[bytes]:
        """Wait for something to write and take all of it."""
        with self._condition:
            while not self._lines and not self._waiting:
                self._condition.wait()
            lines = list(self._lines)
            self._lines.clear()
            for request_id, fields in self._progress.items():
                if fields is not None:
                    lines.append(_progress_line(request_id, fields))
                    self._progress[request_id] = None
            self._waiting = False
            self._writing = True
            return lines

    def _write(self) -> None:
        while True:
            data = b"".join(self._take())
            try:
                self._stream.write(data)
                self._stream.flush()
            except (OSError, ValueError):  # closed at the other end, or here
                self._broken = True
            with self._condition:
                self._writing = False
                self._condition.notify_all()
            if self._broken:
                self._on_broken()
                return


def _progress_line(request_id: RequestId, fields: Dict[str, Any]) -> bytes:
    return encode({"method": "progress", "params": {"id": request_id, **fields}})
