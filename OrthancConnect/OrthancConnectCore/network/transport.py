"""HTTP requests to one server: one kept connection a thread, checked TLS, our errors."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import socket
import ssl
import threading
from typing import Any, Dict, Iterator, Mapping, NamedTuple, Optional, Set, Union
from urllib.parse import urlencode, urlsplit

from ..shared.credentials import Credentials
from ..shared.errors import (
    ConnectionFailedError,
    OrthancConnectError,
    OrthancHttpError,
    RequestTimeoutError,
    TransportError,
)
from ..shared.profile import ServerProfile
from ..shared.validation import plain_text, split_rest_url
from .connection import BLOCK_SIZE, Connection
from .faults import http_fault, retry_after_seconds
from .tls import ssl_context, translate_connection_fault

#: Orthanc's error bodies are small; more is not read, whatever the server sends.
_ERROR_BODY_LIMIT = 64 * 1024

__all__ = ["Body", "ChunkedBody", "Response", "SizedBody", "Transport"]

Body = Union[bytes, "SizedBody", "ChunkedBody"]
#: What a connection raises while a request is sent and its answer read.
_FAULTS = (http.client.HTTPException, OSError)


class Response(NamedTuple):
    """An answer: its status, which is below 300, and its content."""

    status_code: int
    content: bytes


class SizedBody:
    """A request body read from a stream whose size is known: Content-Length, never chunked.

    Subclasses override `read` to count bytes or to stop in the middle.
    """

    def __init__(self, stream: Any, size: int) -> None:
        self._stream = stream
        self._size = size

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, all that is left for a negative number."""
        data: bytes = self._stream.read(size)
        return data

    def rewind(self) -> None:
        """Go back to the first byte, for a second try."""
        self._stream.seek(0)


class ChunkedBody:
    """A request body whose size shows only when it was read (RFC 9112, section 7.1)."""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, about `size`; none at the end."""
        raise NotImplementedError

    def rewind(self) -> None:
        """Go back to the first byte, for a second try."""
        raise NotImplementedError


class Transport:
    """HTTP requests to one server, from any number of threads.

    Each thread has its own kept connection, and leaves it to a later one when it ends. The TLS
    context is made once, at the first request. Nothing of the environment counts: neither proxies
    nor ``.netrc``. Redirects are not followed.

    Parameters
    ----------
    profile : ServerProfile
        Address, trust policy and timeouts.
    credentials : Credentials, optional
        For HTTP basic authentication; without, none is sent.
    """

    def __init__(self, profile: ServerProfile, credentials: Optional[Credentials] = None) -> None:
        self.profile = profile
        self._credentials = credentials
        self._prefix = urlsplit(profile.rest_url).path.rstrip("/")
        self._lock = threading.Lock()
        self._kept: Dict[threading.Thread, Connection] = {}
        self._busy: Set[Connection] = set()
        self._round_trip = 0.0
        self._context: Optional[ssl.SSLContext] = None
        self._closed = False

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; requests under way fail."""
        with self._lock:
            self._closed = True
            kept, self._kept = list(self._kept.values()), {}
            busy = list(self._busy)
        for connection in kept:
            connection.close()
        for connection in busy:
            connection.cut()

    @property
    def round_trip(self) -> float:
        """Seconds of a round trip to the server, as connecting showed; 0 while unknown."""
        return self._round_trip

    def connect(self) -> None:
        """Connect in this thread ahead of its next request, which meets the fault, if any.

        Raises
        ------
        TrustError
            The server's certificate is not trusted.
        """
        try:
            self._give_back(self._take())
        except TransportError:
            pass  # nothing was asked for yet; who asks is told

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Optional[Mapping[str, Any]] = None,
        json_body: Any = None,
        body: Optional[Body] = None,
        content_type: str = "",
        content_encoding: str = "",
        read_timeout: Optional[float] = None,
        idempotent: Optional[bool] = None,
    ) -> Response:
        """Send one request and return the answer, whose status is below 300.

        Parameters
        ----------
        method, path : str
            For example ``GET`` and ``/system``.
        params : mapping, optional
            Query arguments.
        json_body : Any, optional
            Sent as ``application/json``.
        body : bytes, SizedBody or ChunkedBody, optional
            Sent as it is, with `content_type`.
        content_type, content_encoding : str
            Media type of `body`, and how it is compressed.
        read_timeout : float, optional
            Seconds; the profile's when left out.
        idempotent : bool, optional
            Whether a second try does no harm; true for all methods but POST when left out. Such a
            request is sent once more when a kept connection was closed under it.

        Raises
        ------
        TrustError
            The certificate is not trusted; nothing was sent.
        TransportError
            No answer.
        OrthancHttpError
            An answer with status 300 or more.
        """
        if json_body is not None:
            body = json.dumps(json_body).encode("utf-8")
            content_type = "application/json"
        headers: Dict[str, str] = {}
        if content_type:
            headers["Content-Type"] = content_type
        if content_encoding:
            headers["Content-Encoding"] = content_encoding
        if isinstance(body, SizedBody):
            headers["Content-Length"] = str(len(body))
        if params:
            path += "?" + urlencode(params)
        if idempotent is None:
            idempotent = method != "POST"
        timeout = read_timeout or self.profile.read_timeout
        with self._answer(method, path, headers, body, timeout, idempotent) as answer:
            return Response(answer.status, answer.read())

    def download(self, path: str) -> Iterator[bytes]:
        """Yield the content of a ``GET`` in blocks, without keeping it; see `request`.

        Raises
        ------
        ConnectionFailedError
            The connection broke before the content's end.
        TransportError
            There was no answer.
        """
        with self._answer("GET", path, {}, None, self.profile.read_timeout, True) as answer:
            size = answer.length or 0
            yield from iter(lambda: answer.read(BLOCK_SIZE), b"")
            if answer.length:
                received = size - answer.length
                raise ConnectionFailedError(
                    f"The answer to GET {path} was cut after {received} of {size} bytes.",
                    "Try again.",
                    cause="cut",
                )

    @contextlib.contextmanager
    def _answer(
        self,
        method: str,
        path: str,
        headers: Dict[str, str],
        body: Optional[Body],
        timeout: float,
        idempotent: bool,
    ) -> Iterator[http.client.HTTPResponse]:
        """Send a request, let its answer be read, and keep the connection if it was read whole."""
        headers["User-Agent"] = "OrthancConnect"
        if self._credentials is not None:
            # As UTF-8 (RFC 7617, section 2.1), as Orthanc reads orthanc.json.
            login = ":".join(self._credentials.reveal()).encode("utf-8")
            headers["Authorization"] = "Basic " + base64.b64encode(login).decode("ascii")
        connection = self._take()
        is_kept = connection.is_kept
        answer: Optional[http.client.HTTPResponse] = None
        target = self._prefix + path
        try:
            try:
                answer = connection.exchange(method, target, headers, body, timeout)
            except _FAULTS as error:
                # Only a kept connection that the server closed meanwhile is worth a second try.
                is_worth_it = idempotent and is_kept and not self._closed
                if not is_worth_it or isinstance(error, socket.timeout):
                    raise
                if isinstance(body, (SizedBody, ChunkedBody)):
                    body.rewind()
                connection.close()
                self._connect(connection)
                answer = connection.exchange(method, target, headers, body, timeout)
            self._refuse_compression(answer)
            if answer.status >= 300:
                raise _refusal(answer, method, path)
            yield answer
        except _FAULTS as error:
            raise self._broken(error, method, path) from error
        finally:
            if answer is None or not answer.isclosed():
                connection.close()
            if answer is not None:
                answer.close()
            self._give_back(connection)

    def _refuse_compression(self, answer: http.client.HTTPResponse) -> None:
        """Raise for an answer that is compressed although we asked for ``identity``."""
        if answer.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
            raise ConnectionFailedError(
                f"What answers at {self.profile.rest_url} compresses, which it was asked not to.",
                "Have compression switched off in the web server before Orthanc.",
                cause="compressed",
            )

    def _take(self) -> Connection:
        """Return a connection for this thread alone: the kept one if it is still open."""
        with self._lock:
            if self._closed:
                raise ConnectionFailedError("The connection was closed.", "Connect again.")
            owner = threading.current_thread()
            if owner not in self._kept:
                owner = next((one for one in self._kept if not one.is_alive()), owner)
            connection = self._kept.pop(owner, None)
            if connection is None:
                if self._context is None and self.profile.is_secure:
                    self._context = ssl_context(self.profile)
                connection = Connection(self.profile, self._context)
            self._busy.add(connection)
        try:
            if not connection.is_usable():
                connection.close()
                self._connect(connection)
        except OrthancConnectError:
            self._give_back(connection)
            raise
        return connection

    def _connect(self, connection: Connection) -> None:
        connection.connect()
        now = connection.round_trip
        self._round_trip = min(self._round_trip or now, now)

    def _give_back(self, connection: Connection) -> None:
        """Keep a connection for the thread's next request, if it is open and there is none yet."""
        with self._lock:
            self._busy.discard(connection)
            if connection.sock is not None and not self._closed:
                connection.is_kept = True
                if self._kept.setdefault(threading.current_thread(), connection) is connection:
                    return
        connection.close()

    def _broken(self, error: Exception, method: str, path: str) -> OrthancConnectError:
        """Return our error for a fault after connecting."""
        _scheme, host, port = split_rest_url(self.profile.rest_url)
        if isinstance(error, socket.timeout):
            return RequestTimeoutError(
                f"{host}:{port} did not answer {method} {path} in time.",
                "Try again; if it stays so, raise the timeout in the server settings.",
                cause="read_timeout",
            )
        if isinstance(error, OSError) and not isinstance(error, (ConnectionError, ssl.SSLError)):
            return translate_connection_fault(error, host, port)
        return ConnectionFailedError(
            f"{host}:{port} closed the connection without an answer to {method} {path}.",
            "Look at the server's log, and try again."
            if self.profile.is_secure
            else "If this address is an HTTPS port, use https://; else look at the server's log, "
            "and try again.",
            cause="closed",
        )


def _refusal(answer: http.client.HTTPResponse, method: str, path: str) -> OrthancHttpError:
    """Return our error for an answer of status 300 or more, with Orthanc's own words."""
    details, orthanc_status = "", None
    try:
        data = json.loads(answer.read(_ERROR_BODY_LIMIT))
    except (*_FAULTS, ValueError, RecursionError):
        data = None
    if isinstance(data, dict):
        details = plain_text(data.get("Details") or data.get("Message") or "", 300)
        code = data.get("OrthancStatus")
        orthanc_status = code if isinstance(code, int) else None
    retry_after = retry_after_seconds(answer.headers.get("retry-after"))
    return http_fault(answer.status, method, path, details, orthanc_status, retry_after)
