"""A server in front of a real Orthanc that changes some of its answers."""

from __future__ import annotations

import http.client
from typing import Callable, Iterator, Optional

from Support.servers.orthanc import PrivateOrthanc
from Support.servers.scripted import Answer, Request, ScriptedServer

#: Returns the answer to a request, or None for the truth.
Lie = Callable[[Request], Optional[Answer]]
_PASSED_ON = ("authorization", "content-type", "content-encoding", "accept", "if-match")


class LyingServer(ScriptedServer):
    """Passes requests on to an Orthanc whose certificate it has, unless there is a lie for them."""

    def __init__(self, orthanc: PrivateOrthanc, lie: Lie) -> None:
        self._lie = lie
        self._orthanc = orthanc
        super().__init__(self._answer, orthanc.certificate)

    def _answer(self, request: Request) -> Answer:
        return self._lie(request) or self.truth(request)

    def truth(self, request: Request) -> Answer:
        """Return what Orthanc answers."""
        line = http.client.HTTPConnection("127.0.0.1", self._orthanc.http_port, timeout=30)
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        try:
            line.request(request.method, request.path, request.body, headers)
            answer = line.getresponse()
            fields = {"Content-Type": "application/json", **dict(answer.getheaders())}
            told = {name: fields[name] for name in ("Content-Type", "ETag") if name in fields}
            return Answer(answer.status, answer.read(), told)
        finally:
            line.close()


class Flood:
    """An answer's bytes: a head, and then blocks without end, or nearly so.

    It ends after `limit` bytes, so that a client without a bound hurts nobody; `sent` tells how
    many a client took.
    """

    def __init__(self, head: bytes, block: bytes, limit: int) -> None:
        self.sent = 0
        self._head, self._block, self._limit = head, block, limit

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        while self.sent < self._limit:
            self.sent += len(self._block)
            yield self._block
