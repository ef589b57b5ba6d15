"""HTTP requests to one server: kept connections, checked TLS, our errors."""

from __future__ import annotations

import contextlib
import functools
import json
import socket
import ssl
import threading
from http.client import HTTPException
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, TypeVar, Union
from urllib.parse import quote, urlencode, urlsplit
from weakref import WeakSet

from urllib3.util.connection import is_connection_dropped

from ..shared.credentials import Credentials
from ..shared.errors import (
    AuthenticationError,
    ConnectionFailedError,
    OrthancConnectError,
    RequestTimeoutError,
)
from ..shared.profile import ServerProfile
from ..shared.profile_checks import PASSWORD
from ..shared.validation import plain_text, split_rest_url
from .bounds import LEAST_RATE, REFUSAL, SMALL, Bound, BoundExceeded, CountedResponse, file_of
from .client_certificate import show_certificate
from .faults import (
    REFUSED_CERTIFICATE,
    http_fault,
    page_fault,
    place,
    refused_token,
    retry_after_seconds,
    translate_connection_fault,
    wants_certificate,
)
from .tls import Connection, SecureConnection, ssl_context

#: Bytes written to or read from the socket at a time.
BLOCK_SIZE = 256 * 1024
#: Of a path and its query: what has a meaning there (RFC 3986, section 2.2), or is encoded already.
_RESERVED = "%/?:@!$&'()*+,;=[]"
#: Orthanc's error bodies are small; more is not read, whatever the server sends.
_ERROR_BODY_LIMIT = 64 * 1024
#: Where Orthanc says why it refuses, and a provider of logins (RFC 6749, section 5.2).
_WORDS = ("Details", "Message", "error")

_Self = TypeVar("_Self", bound="Transport")
Body = Union[bytes, "SizedBody", "ChunkedBody"]


class SizedBody:
    """A request body read from a stream whose size is known: Content-Length, never chunked."""

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

    Connections whose answer was read whole are kept for the next requests. Nothing of the
    environment counts: neither proxies nor ``.netrc``. Redirects are not followed. What logs in
    are `credentials`; those that can be renewed are so once, when the server refuses them.
    """

    def __init__(self, profile: ServerProfile, credentials: Optional[Credentials] = None) -> None:
        self.profile = profile
        self._credentials = credentials
        self._prefix = urlsplit(profile.rest_url).path.rstrip("/")
        self._lock = threading.Lock()
        self._new: Optional[Callable[[], Connection]] = None
        self._connections: WeakSet[Connection] = WeakSet()
        self._idle: List[Connection] = []
        self._closed = False

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; requests under way fail."""
        with self._lock:
            self._closed = True
            for connection in self._connections:
                connection.cut()
            while self._idle:
                self._idle.pop().close()

    @property
    def round_trip(self) -> float:
        """Seconds of a round trip to the server, as connecting showed; 0 while unknown.

        Connecting takes one by TCP, and one more by TLS 1.3.
        """
        with self._lock:
            took = [one.seconds for one in self._connections if one.seconds]
        return min(took, default=0.0) / (2 if self.profile.is_secure else 1)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Optional[Mapping[str, Any]] = None,
        json_body: Any = None,
        body: Optional[Body] = None,
        headers: Optional[Mapping[str, str]] = None,
        read_timeout: Optional[float] = None,
        idempotent: Optional[bool] = None,
        bound: Bound = SMALL,
    ) -> bytes:
        """Send one request and return the content of its answer, whose status is below 300.

        Parameters
        ----------
        headers : mapping, optional
            Header fields that say what `body` is.
        read_timeout : float, optional
            Seconds; the profile's when left out.
        idempotent : bool, optional
            Whether a second try does no harm; true for all methods but POST when left out. Such a
            request is sent once more when its connection was closed without an answer.
        bound : Bound, optional
            How long the answer may be, and how long it may take.

        Raises
        ------
        TrustError
            The certificate is not trusted; nothing was sent.
        TransportError
            No answer, or one that goes beyond its bound.
        OrthancHttpError
            An answer with status 300 or more.
        """
        fields = dict(headers or {})
        if json_body is not None:
            body = json.dumps(json_body).encode("utf-8")
            fields["Content-Type"] = "application/json"
        if isinstance(body, SizedBody):
            fields["Content-Length"] = str(len(body))
        if params:
            path += "?" + urlencode(params)
        if idempotent is None:
            idempotent = method != "POST"
        timeout = read_timeout or self.profile.read_timeout
        with self._answer(method, path, fields, body, timeout, idempotent, bound) as answer:
            content = bytearray()  # grows in place, also by chunks of a byte each
            for block in _blocks(answer, method, path):
                content += block
            return bytes(content)

    def download(
        self,
        path: str,
        on_fields: Callable[[Mapping[str, str]], object] = lambda _fields: None,
        *,
        size: int = 0,
    ) -> Iterator[bytes]:
        """Yield the content of a ``GET`` in blocks, without keeping it; see `request`.

        It should have `size` bytes, 0 when that is not known: hardly more is read. The answer's
        header fields are given to `on_fields` before.

        Raises
        ------
        ConnectionFailedError
            The connection broke before the content's end, or there is far more than `size`.
        TransportError
            There was no answer, or it came too slowly.
        """
        timeout = self.profile.read_timeout
        with self._answer("GET", path, {}, None, timeout, True, file_of(size)) as answer:
            on_fields(answer.headers)  # type: ignore[arg-type]  # it has a mapping's `get`
            yield from _blocks(answer, "GET", path)

    @contextlib.contextmanager
    def _answer(
        self,
        method: str,
        path: str,
        headers: Dict[str, str],
        body: Any,
        timeout: float,
        idempotent: bool,
        bound: Bound,
    ) -> Iterator[CountedResponse]:
        """Send a request, let its answer be read, and keep the connection if it was read whole."""
        headers["User-Agent"] = "OrthancConnect"
        if self._credentials is not None:
            headers["Authorization"] = self._credentials.authorization()
        target = quote(self._prefix + path, _RESERVED)
        send = functools.partial(self._send, method, target, body, headers, timeout)
        answer: Optional[CountedResponse] = None
        try:
            try:
                answer = send()
            except (HTTPException, OSError) as error:
                # It may have been a kept connection that the server closed meanwhile.
                if not idempotent or isinstance(error, (socket.timeout, ssl.SSLError)):
                    raise
                _rewind(body)
                answer = send()
            if answer.status == 401 and self._renewed(headers):
                answer.connection.close()
                _rewind(body)
                answer = send()
            self._refuse_compression(answer)
            is_refused = answer.status >= 300
            _bind(answer, REFUSAL if is_refused else bound)
            if is_refused:
                raise self._of_login(_refusal(answer, method, path))
            yield answer
        except ConnectionFailedError as error:  # of connecting
            raise self._of_login(error) from error.__cause__
        except BoundExceeded as error:
            raise self._endless(error, method, path) from error
        except (HTTPException, OSError) as error:
            raise self._of_login(self._broken(error, method, path)) from error
        finally:
            if answer is not None:
                self._release(answer)

    def _send(
        self, method: str, target: str, body: Any, headers: Dict[str, str], timeout: float
    ) -> CountedResponse:
        """Return the answer to a request, whose head was read, over a kept connection or a new."""
        connection = self._connection()
        try:
            return connection.ask(method, target, body, headers, timeout)
        except BaseException:
            connection.close()
            raise

    def _release(self, answer: CountedResponse) -> None:
        """Keep the connection of an answer that was read whole, and end any other."""
        connection, answer.connection = answer.connection, None
        with self._lock:
            if answer.isclosed() and not self._closed:
                self._idle.append(connection)
                return
        answer.close()
        connection.close()

    def _renewed(self, headers: Dict[str, str]) -> bool:
        """Return whether what was refused could be renewed, and put it into a request's fields."""
        login = self._credentials
        if login is None or not login.renew(headers["Authorization"]):
            return False
        headers["Authorization"] = login.authorization()
        return True

    def _of_login(self, error: OrthancConnectError) -> OrthancConnectError:
        """Say of a refused login what it was: the others know nothing but passwords."""
        is_401 = isinstance(error, AuthenticationError)
        is_certificate = error.facts.get("cause") == "client_certificate"
        if is_401 and self.profile.auth != PASSWORD:
            error.message, error.hint = refused_token(self.profile, self._credentials)
        elif is_certificate and self.profile.client_certificate:
            error.message, error.hint = REFUSED_CERTIFICATE
        return error

    def _refuse_closed(self) -> None:
        if self._closed:
            raise ConnectionFailedError("The connection was closed.", "Connect again.")

    def _connection(self) -> Connection:
        """Return a connection that was kept and still stands, or one that is still to be made."""
        while True:
            with self._lock:
                self._refuse_closed()
                if not self._idle:
                    self._new = self._new or self._maker()
                    return self._new()
                connection = self._idle.pop()
            if not is_connection_dropped(connection):
                return connection
            connection.close()

    def _maker(self) -> Callable[[], Connection]:
        scheme, host, port = split_rest_url(self.profile.rest_url)
        options: Dict[str, Any] = {"blocksize": BLOCK_SIZE, "on_connect": self._watch}
        if scheme == "http":
            return functools.partial(Connection, host, port, profile=self.profile, **options)
        options["ssl_context"] = ssl_context(self.profile)
        show_certificate(options["ssl_context"], self.profile)
        return functools.partial(SecureConnection, host, port, profile=self.profile, **options)

    def _watch(self, connection: Connection) -> None:
        """Take note of a connection, so that `close` ends it; none is made after that."""
        with self._lock:
            self._refuse_closed()
            self._connections.add(connection)

    def _refuse_compression(self, answer: CountedResponse) -> None:
        """Raise for an answer that is compressed although we asked for ``identity``."""
        if answer.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
            raise ConnectionFailedError(
                f"What answers at {self.profile.shown_url} compresses, which it was asked not to.",
                "Have compression switched off in the web server before Orthanc.",
                cause="compressed",
            )

    def _endless(self, error: BoundExceeded, method: str, path: str) -> OrthancConnectError:
        """Return our error for an answer beyond its bound."""
        most = error.size // 1024
        if most:
            shown = f"{most // 1024} MB" if most >= 1024 else f"{most} kB"
            return ConnectionFailedError(
                f"The answer to {method} {path} has more than {shown}, and was not read further.",
                error.hint,
                cause="too_long",
            )
        slow = f"came at less than {LEAST_RATE} bytes a second"
        if error.seconds:
            slow = f"did not end within {error.seconds:g} s"
        return RequestTimeoutError(
            f"The answer to {method} {path} {slow}.",
            "Try again; if it stays so, look at the network, or raise the timeout in the server "
            "settings.",
            cause="read_timeout",
        )

    def _broken(self, error: Exception, method: str, path: str) -> OrthancConnectError:
        """Return our error for a fault after connecting."""
        if isinstance(error, socket.timeout):
            return RequestTimeoutError(
                f"{place(self.profile)} did not answer {method} {path} in time.",
                "Try again; if it stays so, raise the timeout in the server settings.",
                cause="read_timeout",
            )
        is_told = wants_certificate(error) or not isinstance(error, (ConnectionError, ssl.SSLError))
        if isinstance(error, OSError) and is_told:
            return translate_connection_fault(error, *split_rest_url(self.profile.rest_url)[1:])
        return ConnectionFailedError(
            f"{place(self.profile)} closed the connection without an answer to {method} {path}.",
            "Look at the server's log, and try again."
            if self.profile.is_secure
            else "If this address is an HTTPS port, use https://; else look at the server's log, "
            "and try again.",
            cause="closed",
        )


def _blocks(answer: CountedResponse, method: str, path: str) -> Iterator[bytes]:
    """Yield the content of an answer in blocks, and make sure that it came to its end."""
    partial = 0
    while True:
        block = answer.read(min(BLOCK_SIZE, answer.length or BLOCK_SIZE))
        if not block:
            break
        partial += len(block)
        yield block
    if answer.length:
        size = partial + answer.length
        raise ConnectionFailedError(
            f"The answer to {method} {path} was cut after {partial} of {size} bytes.",
            "Try again.",
            cause="cut",
        )


def _rewind(body: Any) -> None:
    if isinstance(body, (SizedBody, ChunkedBody)):
        body.rewind()


def _bind(answer: CountedResponse, bound: Bound) -> None:
    """Let an answer have so much, and no more.

    Raises
    ------
    BoundExceeded
        It says itself that it has more.
    HTTPException
        It says so in two ways.
    """
    if len(set(answer.headers.get_all("content-length", ()))) > 1:
        raise HTTPException("its lengths differ")
    if answer.length and answer.length > bound.size and answer.status < 300:
        raise BoundExceeded(bound.size, hint=bound.hint)
    answer.meter.allow(bound)


def _refusal(answer: CountedResponse, method: str, path: str) -> OrthancConnectError:
    """Return our error for an answer of status 300 or more, with Orthanc's own words."""
    details, orthanc_status, body, data = "", None, b"", None
    try:
        body = answer.read(_ERROR_BODY_LIMIT)
        data = json.loads(body)
    except (HTTPException, OSError, ValueError, RecursionError, BoundExceeded):
        fault = page_fault(answer.status, body.decode("utf-8", errors="replace"))
        if fault is not None:
            return fault
    if isinstance(data, dict):
        details = plain_text(next(filter(None, map(data.get, _WORDS)), ""), 300)
        code = data.get("OrthancStatus")
        orthanc_status = code if isinstance(code, int) else None
    retry_after = retry_after_seconds(answer.headers.get("retry-after"))
    by_orthanc = not body or isinstance(data, dict)
    return http_fault(answer.status, method, path, details, orthanc_status, retry_after, by_orthanc)
