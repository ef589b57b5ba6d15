"""How requests reaches the server: one kept connection, made with checked TLS, and little else.

``requests.Session`` merges headers, cookies, environment and redirects anew for each call, and
urllib3 below it keeps pools, retries and copies of all headers. We use nothing of that. Connecting
and reading bodies is ``http.client``'s work; heads are written and read in `http_heads`.
"""

from __future__ import annotations

import errno
import http.client
import select
import socket
import ssl
import threading
import time
from typing import Any, Iterator, Optional, Set, Tuple

import requests
import requests.adapters

from .http_heads import Answer, request_head
from .profiles import ServerProfile
from .tls import fingerprint_of
from .validation import split_rest_url

#: Bytes written to or read from the socket at a time.
BLOCK_SIZE = 256 * 1024

#: Bodies up to this size go out together with their head.
_ONE_PIECE = 64 * 1024

#: A server may answer and close before it has read all that we send: what it said is read then.
_CLOSED_BY_PEER = (errno.EPIPE, errno.ECONNRESET, errno.EPROTOTYPE)


class OtherCertificateError(ssl.SSLError):
    """The server shows another certificate than the pinned one."""

    def __init__(self, presented: str) -> None:
        super().__init__("another certificate than the pinned one")
        self.presented = presented


class Connection(http.client.HTTPConnection):
    """A connection over plain TCP or, with a context, over TLS.

    Parameters
    ----------
    profile : ServerProfile
        Address, pin and timeouts.
    context : ssl.SSLContext or None
        Requires a certificate that it verifies.
    """

    auto_open = 0  # connected by `connect` alone
    #: Seconds that connecting by TCP took: one round trip, and the look-up of the name.
    round_trip = 0.0
    #: Whether a request was answered on it.
    has_answered = False

    def __init__(self, profile: ServerProfile, context: Optional[ssl.SSLContext]) -> None:
        _scheme, host, port = split_rest_url(profile.rest_url)
        super().__init__(host, port, profile.connect_timeout, blocksize=BLOCK_SIZE)
        self._context = context
        shown = f"[{host}]" if ":" in host else host
        default = http.client.HTTPS_PORT if context is not None else http.client.HTTP_PORT
        self._host = shown if port == default else f"{shown}:{port}"
        self._pin = profile.trust.fingerprint if profile.trust.mode == "pinned" else ""

    def connect(self) -> None:
        """Connect and shake hands; nothing is sent to a server that is not trusted."""
        began = time.monotonic()
        super().connect()
        self.round_trip = time.monotonic() - began
        if self._context is None:
            return
        try:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)
            presented = fingerprint_of(self.sock.getpeercert(binary_form=True) or b"")
            if self._pin and presented != self._pin:
                raise OtherCertificateError(presented)
        except (OSError, ValueError):
            self.close()
            raise

    def send(self, data: Any) -> None:
        """Send bytes; where TLS is wanted, on a socket with TLS and on no other."""
        if self._context is not None and not isinstance(self.sock, ssl.SSLSocket):
            raise ssl.SSLError("there is no TLS on this connection")
        self.sock.sendall(data)

    def send_request(self, method: str, target: str, headers: Any, body: Any) -> None:
        """Send a request whole: a small one in one piece, a large one block by block."""
        head = request_head(method, target, self._host, headers)
        if body is None:
            self.send(head)
        elif isinstance(body, bytes):
            if len(body) <= _ONE_PIECE:
                self.send(head + body)
            else:
                self.send(head)
                self.send(body)
        else:
            self.send(head)
            self._send_blocks(body, "Transfer-Encoding" in headers)

    def _send_blocks(self, body: Any, chunked: bool) -> None:
        while True:
            block = body.read(BLOCK_SIZE)
            if not block:
                break
            self.send(b"%X\r\n%b\r\n" % (len(block), block) if chunked else block)
        if chunked:
            self.send(b"0\r\n\r\n")

    def read_answer(self, method: str) -> Answer:
        """Return the answer to the last request, its head read and its body not."""
        answer = Answer(self.sock, method=method)
        try:
            answer.begin()
        except BaseException:
            answer.close()
            raise
        if answer.will_close:
            self.close()  # the answer keeps the socket until it is read
        return answer

    def is_usable(self) -> bool:
        """Return whether the kept connection is still open: an idle one has nothing to say."""
        if self.sock is None:
            return False
        if not self.has_answered:
            return True  # TLS may have sent session tickets, which the first answer's reader takes
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(self.sock, select.POLLIN)
            return not poll.poll(0)
        return not select.select([self.sock], [], [], 0)[0]


class Response:
    """An HTTP answer: its status, its headers, and its content once that has been read."""

    def __init__(self, adapter: CheckedAdapter, connection: Connection, method: str) -> None:
        self._adapter = adapter
        self._connection = connection
        self._raw = connection.read_answer(method)
        self.status_code = self._raw.status
        self.headers = self._raw.headers
        self.content = b""
        self._given_back = False

    def read(self, limit: Optional[int] = None) -> None:
        """Keep the content, up to `limit` bytes, and give the connection back."""
        try:
            self.content = self._raw.read(limit)
        finally:
            self.close()

    def blocks(self) -> Iterator[bytes]:
        """Yield the content in blocks, without keeping it."""
        return iter(lambda: self._raw.read(BLOCK_SIZE), b"")

    def close(self) -> None:
        """Give the connection back, or close it if there is more to come."""
        if self._given_back:
            return
        self._given_back = True
        if not self._raw.isclosed():
            self._raw.close()
            self._connection.close()
        self._adapter.take_back(self._connection)


class CheckedAdapter(requests.adapters.BaseAdapter):
    """Sends requests to one server, and keeps the connection for the next one.

    For one thread; only `close` may come from another.

    Parameters
    ----------
    profile : ServerProfile
        Address, pin and timeouts.
    context : ssl.SSLContext or None
        For HTTPS; None for plain HTTP.
    """

    def __init__(self, profile: ServerProfile, context: Optional[ssl.SSLContext]) -> None:
        super().__init__()
        self._profile = profile
        self._context = context
        self._idle: Optional[Connection] = None
        self._busy: Set[Connection] = set()
        self._lock = threading.Lock()
        #: Of the last request: whether its connection was there already, and whether it got past
        #: connecting and shaking hands.
        self.was_kept = self.was_connected = False
        #: The shortest time that connecting took, in seconds; 0 before.
        self.round_trip = 0.0

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, timeout: Tuple[float, float], **_options: Any
    ) -> Response:
        """Send a request and return the answer, whose content is still to be read.

        Raises
        ------
        requests.RequestException
            Made from the fault of ``socket``, ``ssl`` or ``http.client``.
        """
        connect_timeout, read_timeout = timeout
        connection = self._take()
        self.was_kept = self.was_connected = connection.sock is not None
        answered = False
        try:
            if not self.was_kept:
                self._connect(connection, connect_timeout)
                self.was_connected = True
            connection.sock.settimeout(read_timeout)
            response = self._exchange(connection, request)
            answered = connection.has_answered = True
            return response
        finally:
            if not answered:
                connection.close()
                self.take_back(connection)

    def connect(self, timeout: float) -> None:
        """Connect, for the next request, where there is no connection yet.

        Raises
        ------
        requests.RequestException
            As `send`.
        """
        connection = self._take()
        try:
            if connection.sock is None:
                self._connect(connection, timeout)
        finally:
            self.take_back(connection)

    def _take(self) -> Connection:
        with self._lock:
            connection, self._idle = self._idle, None
            if connection is not None and not connection.is_usable():
                connection.close()
                connection = None
            if connection is None:
                connection = Connection(self._profile, self._context)
            self._busy.add(connection)
            return connection

    def take_back(self, connection: Connection) -> None:
        """Keep a connection for the next request, if it is open and there is none yet."""
        with self._lock:
            self._busy.discard(connection)
            if self._idle is None and connection.sock is not None:
                self._idle = connection
                return
        connection.close()

    def _connect(self, connection: Connection, timeout: float) -> None:
        connection.timeout = timeout
        try:
            connection.connect()
            now = connection.round_trip
            self.round_trip = min(self.round_trip or now, now)
        except socket.timeout as error:
            raise requests.ConnectTimeout(error) from error
        except ssl.SSLError as error:
            raise requests.exceptions.SSLError(error) from error
        except (OSError, ValueError) as error:
            raise requests.ConnectionError(error) from error

    def _exchange(self, connection: Connection, request: requests.PreparedRequest) -> Response:
        headers: Any = request.headers
        method, body = str(request.method), request.body
        try:
            try:
                connection.send_request(method, request.path_url, headers, body)
            except OSError as error:
                if error.errno not in _CLOSED_BY_PEER:
                    raise
            return Response(self, connection, method)
        except socket.timeout as error:
            raise requests.ReadTimeout(error) from error
        except (OSError, http.client.HTTPException) as error:
            raise requests.ConnectionError(error) from error

    def close(self) -> None:
        """Close the connection; a request under way in another thread fails."""
        with self._lock:
            idle, self._idle = self._idle, None
            busy = list(self._busy)
        if idle is not None:
            idle.close()
        for connection in busy:
            if connection.sock is not None:
                _cut(connection.sock)


def _cut(sock: socket.socket) -> None:
    """End a connection that another thread waits for."""
    try:
        # Not SSLSocket's own, which would have that thread go on in plain text.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        pass  # it has ended already
