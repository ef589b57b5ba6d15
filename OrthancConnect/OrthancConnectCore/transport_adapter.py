"""What requests works with, cut down to what we need: one checked connection, one answer."""

from __future__ import annotations

import functools
import ssl
import weakref
from typing import Any, Iterator, Mapping, Optional

import requests
import requests.adapters
import urllib3.connection

from .profiles import ServerProfile
from .validation import split_rest_url

#: Bytes written to or read from the socket at a time; urllib3's default of 16 KiB costs a system
#: call and a TLS record each.
BLOCK_SIZE = 256 * 1024


class Response:
    """An HTTP answer: its status, its headers, and its content once that has been read.

    In the place of ``requests.Response``, which looks for cookies, encodings and history that we
    have no use for.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.status_code: int = raw.status
        self.headers: Mapping[str, str] = raw.headers
        self.content = b""

    def read(self, limit: Optional[int] = None) -> None:
        """Keep the content, up to `limit` bytes."""
        self.content = self._raw.read(limit, decode_content=True)

    def blocks(self) -> Iterator[bytes]:
        """Yield the content in blocks, without keeping it."""
        yield from self._raw.stream(BLOCK_SIZE, decode_content=True)

    def close(self) -> None:
        """Give the connection back, or close it if there is more to come."""
        self._raw.close()
        self._raw.release_conn()


class _PatientSending:
    """Mixed into urllib3's connections: the connect timeout is for connecting alone.

    urllib3 applies it to sending the body as well, so that a server that stops reading for a
    moment, or a slow link, would break an upload.
    """

    sock: Any
    timeout: Any

    def __init__(self, adapter: CheckedAdapter, *args: Any, **kwargs: Any) -> None:
        self._adapter = adapter
        super().__init__(*args, **kwargs)

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Connect if need be, then send with the longer timeout."""
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]
        self._adapter.is_connected = True
        self.timeout = self._adapter.profile.read_timeout
        super().request(*args, **kwargs)  # type: ignore[misc]


class _HTTPConnection(_PatientSending, urllib3.connection.HTTPConnection):
    pass


class _HTTPSConnection(_PatientSending, urllib3.connection.HTTPSConnection):
    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        """Begin a request, on a socket with TLS and on no other."""
        if not isinstance(self.sock, ssl.SSLSocket):
            raise ssl.SSLError("there is no TLS on this connection")
        super().putrequest(*args, **kwargs)


class CheckedAdapter(requests.adapters.HTTPAdapter):
    """One kept connection to one server, with our TLS context and pinned fingerprint, if any."""

    def __init__(self, profile: ServerProfile, context: Optional[ssl.SSLContext]) -> None:
        self.profile = profile
        #: Whether the last request got past connecting and shaking hands.
        self.is_connected = False
        self._context = context
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool of the one connection; requests calls this."""
        kwargs["blocksize"] = BLOCK_SIZE
        trust = self.profile.trust
        if self._context is not None:
            # Our context's trust anchors and no other: requests would add its own bundle to them.
            kwargs.update(ssl_context=self._context, cert_reqs="CERT_REQUIRED")
            if trust.mode == "pinned":
                kwargs.update(assert_fingerprint=trust.fingerprint, assert_hostname=False)
        super().init_poolmanager(*args, **kwargs)
        scheme, host, port = split_rest_url(self.profile.rest_url)
        self._pool = self.poolmanager.connection_from_host(host, port, scheme)
        connection: Any = _HTTPSConnection if scheme == "https" else _HTTPConnection
        self._pool.ConnectionCls = functools.partial(connection, weakref.proxy(self))

    def send(self, *args: Any, **kwargs: Any) -> Any:
        """Send one request."""
        self.is_connected = False
        return super().send(*args, **kwargs)

    def close(self) -> None:
        """Close the connection, unless it is in use."""
        self._pool.close()
        super().close()

    def get_connection_with_tls_context(self, *_args: Any, **_kwargs: Any) -> Any:
        """Return the one pool, whatever requests thinks of certificates."""
        return self._pool

    # What requests called before 2.32.2.
    get_connection = get_connection_with_tls_context

    def cert_verify(self, *_args: Any, **_kwargs: Any) -> None:
        """Leave the pool as it was made: it requires a certificate that our context verifies."""

    def request_url(self, request: requests.PreparedRequest, _proxies: Any) -> str:
        """Return what stands in the request line; we use no proxy."""
        return request.path_url

    def build_response(self, _request: Any, raw: Any) -> Any:
        """Return our own kind of answer."""
        return Response(raw)
