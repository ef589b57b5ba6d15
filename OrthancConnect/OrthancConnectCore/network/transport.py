"""HTTP requests to one server: kept connections, checked TLS, our errors."""

from __future__ import annotations

import contextlib
import functools
import json
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, Mapping, Optional, TypeVar, Union
from urllib.parse import urlencode, urlsplit
from weakref import WeakSet

from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, IncompleteRead, ProtocolError

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
from .bounds import LEAST_RATE, REFUSAL, SMALL, Bound, BoundExceeded, file_of
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
from .tls import Connection, SecureConnection, beneath, ssl_context

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse  # since urllib3 2


#: Bytes written to or read from the socket at a time.
BLOCK_SIZE = 256 * 1024
#: Connections that are kept at the most; more than a profile allows at once.
_MOST_KEPT = 64
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

    The connections are kept by a pool of urllib3, which is made at the first request. Nothing of
    the environment counts: neither proxies nor ``.netrc``. Redirects are not followed. What logs
    in are `credentials`; those that can be renewed are so once, when the server refuses them.
    """

    def __init__(self, profile: ServerProfile, credentials: Optional[Credentials] = None) -> None:
        self.profile = profile
        self._credentials = credentials
        self._prefix = urlsplit(profile.rest_url).path.rstrip("/")
        self._lock = threading.Lock()
        self._pool: Optional[HTTPConnectionPool] = None
        self._connections: WeakSet[Connection] = WeakSet()
        self._closed = False

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; requests under way fail."""
        with self._lock:
            self._closed = True
            if self._pool is not None:
                self._pool.close()
            for connection in self._connections:
                connection.cut()

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
            for block in answer.stream(BLOCK_SIZE, decode_content=False):
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
            on_fields(answer.headers)
            yield from answer.stream(BLOCK_SIZE, decode_content=False)

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
    ) -> Iterator[BaseHTTPResponse]:
        """Send a request, let its answer be read, and keep the connection if it was read whole."""
        headers["User-Agent"] = "OrthancConnect"
        if self._credentials is not None:
            headers["Authorization"] = self._credentials.authorization()
        send = functools.partial(
            self._opened().urlopen,
            method,
            self._prefix + path,
            body,
            headers,
            retries=False,
            redirect=False,
            timeout=timeout,
            preload_content=False,
            decode_content=False,
            enforce_content_length=True,
        )
        answer: Optional[BaseHTTPResponse] = None
        try:
            try:
                answer = send()
            except ProtocolError as error:
                # It may have been a kept connection that the server closed meanwhile.
                if not idempotent or isinstance(beneath(error), socket.timeout):
                    raise
                _rewind(body)
                answer = send()
            if answer.status == 401 and self._renewed(headers):
                answer.close()
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
        except (HTTPError, OSError) as error:
            raise self._of_login(self._broken(error, method, path)) from error
        finally:
            if answer is not None:
                answer.close()  # which is the end of a connection with something left to read

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

    def _opened(self) -> HTTPConnectionPool:
        """Return the pool of connections."""
        with self._lock:
            self._refuse_closed()
            if self._pool is None:
                self._pool = self._new_pool()
            return self._pool

    def _new_pool(self) -> HTTPConnectionPool:
        scheme, host, port = split_rest_url(self.profile.rest_url)
        options: Dict[str, Any] = {"maxsize": _MOST_KEPT, "blocksize": BLOCK_SIZE}
        options.update(profile=self.profile, on_connect=self._watch)
        pool: HTTPConnectionPool
        try:
            if scheme == "http":
                pool, kind = HTTPConnectionPool(host, port, **options), Connection
            else:
                options["ssl_context"] = ssl_context(self.profile)
                show_certificate(options["ssl_context"], self.profile)
                pool, kind = HTTPSConnectionPool(host, port, **options), SecureConnection
        except ValueError as error:  # no host can have that name
            raise translate_connection_fault(error, host, port) from error
        pool.ConnectionCls = kind
        return pool

    def _watch(self, connection: Connection) -> None:
        """Take note of a connection, so that `close` ends it; none is made after that."""
        with self._lock:
            self._refuse_closed()
            self._connections.add(connection)

    def _refuse_compression(self, answer: BaseHTTPResponse) -> None:
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
        cause = beneath(error)
        if isinstance(cause, IncompleteRead) and cause.expected is not None:
            size = cause.partial + cause.expected
            return ConnectionFailedError(
                f"The answer to {method} {path} was cut after {cause.partial} of {size} bytes.",
                "Try again.",
                cause="cut",
            )
        if isinstance(cause, socket.timeout):
            return RequestTimeoutError(
                f"{place(self.profile)} did not answer {method} {path} in time.",
                "Try again; if it stays so, raise the timeout in the server settings.",
                cause="read_timeout",
            )
        is_told = wants_certificate(cause) or not isinstance(cause, (ConnectionError, ssl.SSLError))
        if isinstance(cause, OSError) and is_told:
            return translate_connection_fault(cause, *split_rest_url(self.profile.rest_url)[1:])
        return ConnectionFailedError(
            f"{place(self.profile)} closed the connection without an answer to {method} {path}.",
            "Look at the server's log, and try again."
            if self.profile.is_secure
            else "If this address is an HTTPS port, use https://; else look at the server's log, "
            "and try again.",
            cause="closed",
        )


def _rewind(body: Any) -> None:
    if isinstance(body, (SizedBody, ChunkedBody)):
        body.rewind()


def _bind(answer: BaseHTTPResponse, bound: Bound) -> None:
    """Let an answer have so much, and no more.

    Raises
    ------
    BoundExceeded
        It says itself that it has more.
    """
    said = answer.headers.get("content-length", "").strip()
    if said.isascii() and said.isdigit() and (len(said) > 18 or int(said) > bound.size):
        if answer.status < 300:
            raise BoundExceeded(bound.size, hint=bound.hint)
    if isinstance(answer.connection, Connection):  # None once the answer has ended
        answer.connection.meter.allow(bound)


def _refusal(answer: BaseHTTPResponse, method: str, path: str) -> OrthancConnectError:
    """Return our error for an answer of status 300 or more, with Orthanc's own words."""
    details, orthanc_status, body, data = "", None, b"", None
    try:
        body = answer.read(_ERROR_BODY_LIMIT)
        data = json.loads(body)
    except (HTTPError, OSError, ValueError, RecursionError, BoundExceeded):
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
