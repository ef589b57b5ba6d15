"""The only user of ``requests``: one kept connection a thread, checked TLS, our errors."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple, Union

import requests
from requests.auth import HTTPBasicAuth

from .credentials import Credentials
from .errors import ConnectionFailedError, OrthancConnectError, RequestTimeoutError
from .http_faults import http_fault, retry_after_seconds
from .profiles import ServerProfile
from .tls import (
    changed_fault,
    fetch_certificate,
    fingerprint_of,
    ssl_context,
    translate_connection_fault,
    trust_fault,
)
from .transport_adapter import CheckedAdapter, OtherCertificateError, Response
from .validation import plain_text, split_rest_url

#: Orthanc's error bodies are small; more is not read, whatever the server sends.
_ERROR_BODY_LIMIT = 64 * 1024

__all__ = ["Body", "ChunkedBody", "Response", "SizedBody", "Transport"]

Body = Union[bytes, "SizedBody", "ChunkedBody"]
#: What is raised until there is an answer, and what while it is read.
_FAULTS = (requests.RequestException, http.client.HTTPException, OSError)


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
    context is made once, at the first request.

    Parameters
    ----------
    profile : ServerProfile
        Address, trust policy and timeouts.
    credentials : Credentials, optional
        For HTTP basic authentication; without, none is sent.
    """

    def __init__(self, profile: ServerProfile, credentials: Optional[Credentials] = None) -> None:
        self.profile = profile
        self._auth: Optional[HTTPBasicAuth] = None
        if credentials:
            # As UTF-8 (RFC 7617, section 2.1), as Orthanc reads orthanc.json; requests' own choice
            # is Latin-1, which fails on some characters and is refused for others.
            self._auth = HTTPBasicAuth(*(text.encode("utf-8") for text in credentials.reveal()))
        self._local = threading.local()
        self._adapters: Dict[threading.Thread, CheckedAdapter] = {}
        self._lock = threading.Lock()
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
            adapters, self._adapters = list(self._adapters.values()), {}
        for adapter in adapters:
            adapter.close()

    @property
    def round_trip(self) -> float:
        """Seconds of a round trip to the server, as connecting showed; 0 while unknown."""
        with self._lock:
            times = [adapter.round_trip for adapter in self._adapters.values()]
        return min((seconds for seconds in times if seconds), default=0.0)

    def connect(self) -> None:
        """Connect in this thread ahead of its next request, which meets the fault, if any.

        Raises
        ------
        TrustError
            The server shows another certificate than the pinned one.
        """
        adapter = self._adapter()
        try:
            adapter.connect(self.profile.connect_timeout)
        except _FAULTS:
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
        stream: bool = False,
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
        stream : bool
            Leave the answer's body unread, for `iterate`.
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
        request = self._prepare(method, path, params, body, content_type)
        if content_encoding:
            request.headers["Content-Encoding"] = content_encoding
        if idempotent is None:
            idempotent = method != "POST"
        timeout = (self.profile.connect_timeout, read_timeout or self.profile.read_timeout)
        try:
            response = self._send(request, timeout, retry=idempotent)
            self._refuse_compression(response)
            if response.status_code < 300 and not stream:
                response.read()
        except _FAULTS as error:
            raise self._translate(error, method, path) from error
        if response.status_code >= 300:
            details, orthanc_status = _orthanc_words(response)
            retry_after = retry_after_seconds(response.headers.get("Retry-After"))
            raise http_fault(
                response.status_code, method, path, details, orthanc_status, retry_after
            )
        return response

    def _refuse_compression(self, response: Response) -> None:
        """Raise for an answer that is compressed although we asked for ``identity``."""
        if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
            response.close()
            raise ConnectionFailedError(
                f"What answers at {self.profile.rest_url} compresses, which it was asked not to.",
                "Have compression switched off in the web server before Orthanc.",
                cause="compressed",
            )

    def iterate(self, response: Response, method: str, path: str) -> Iterator[bytes]:
        """Yield the body of a streamed answer in blocks; close it in the end.

        Raises
        ------
        TransportError
            The connection broke before the end.
        """
        expected = response.headers.get("Content-Length")
        received = 0
        try:
            for block in response.blocks():
                received += len(block)
                yield block
        except _FAULTS as error:
            raise self._translate(error, method, path) from error
        finally:
            response.close()
        if expected is not None and expected.isdigit() and received != int(expected):
            raise ConnectionFailedError(
                f"The answer to {method} {path} was cut after {received} of {expected} bytes.",
                "Try again.",
                cause="cut",
            )

    def _prepare(
        self,
        method: str,
        path: str,
        params: Optional[Mapping[str, Any]],
        body: Optional[Body],
        content_type: str,
    ) -> requests.PreparedRequest:
        request = requests.PreparedRequest()
        request.method = method
        request.url = self.profile.rest_url + path
        if params:
            request.prepare_url(request.url, params)
        headers: Dict[str, str] = {"User-Agent": "OrthancConnect", "Accept-Encoding": "identity"}
        if content_type:
            headers["Content-Type"] = content_type
        if isinstance(body, ChunkedBody):
            headers["Transfer-Encoding"] = "chunked"
        elif body is not None or method != "GET":
            headers["Content-Length"] = str(len(body) if body is not None else 0)
        request.headers = headers  # type: ignore[assignment]
        request.body = body  # type: ignore[assignment]
        if self._auth is not None:
            self._auth(request)
        return request

    def _send(
        self, request: requests.PreparedRequest, timeout: Tuple[float, float], retry: bool
    ) -> Response:
        adapter = self._adapter()
        try:
            response: Response = adapter.send(request, timeout=timeout)
            return response
        except requests.ConnectionError as error:
            # Only a kept connection that the server closed meanwhile is worth a second try.
            worth = (
                retry
                and adapter.was_kept
                and not isinstance(error, (requests.Timeout, requests.exceptions.SSLError))
            )
            if not worth:
                raise
        body: Any = request.body
        if isinstance(body, (SizedBody, ChunkedBody)):
            body.rewind()
        again: Response = adapter.send(request, timeout=timeout)
        return again

    def _adapter(self) -> CheckedAdapter:
        """Return this thread's adapter."""
        adapter: Optional[CheckedAdapter] = getattr(self._local, "adapter", None)
        if adapter is not None and not self._closed:
            return adapter
        context = self._shared_context()
        with self._lock:
            if self._closed:
                raise ConnectionFailedError("The connection was closed.", "Connect again.")
            ended = next((thread for thread in self._adapters if not thread.is_alive()), None)
            adapter = self._adapters.pop(ended) if ended is not None else None
            if adapter is None:
                adapter = CheckedAdapter(self.profile, context)
            self._adapters[threading.current_thread()] = adapter
        self._local.adapter = adapter
        return adapter

    def _shared_context(self) -> Optional[ssl.SSLContext]:
        if not self.profile.is_secure:
            return None
        with self._lock:
            if self._context is None:
                self._context = ssl_context(self.profile)
            return self._context

    def _translate(self, error: Exception, method: str, path: str) -> OrthancConnectError:
        """Return our error for a fault of requests; TLS before connection faults."""
        _scheme, host, port = split_rest_url(self.profile.rest_url)
        if isinstance(error, (requests.ReadTimeout, socket.timeout)):
            return RequestTimeoutError(
                f"{host}:{port} did not answer {method} {path} in time.",
                "Try again; if it stays so, raise the timeout in the server settings.",
                cause="read_timeout",
            )
        causes = _causes(error)
        for cause in causes:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return self._refused_certificate(cause)
            if isinstance(cause, OtherCertificateError):
                return changed_fault(self.profile, cause.presented)
        if isinstance(error, requests.ConnectTimeout):
            return translate_connection_fault(TimeoutError(), host, port)
        adapter: Optional[CheckedAdapter] = getattr(self._local, "adapter", None)
        was_connected = adapter is not None and adapter.was_connected
        for cause in causes:
            if isinstance(cause, OSError) and not isinstance(cause, requests.RequestException):
                if was_connected and isinstance(cause, (ConnectionError, ssl.SSLError)):
                    break
                return translate_connection_fault(cause, host, port)
        return ConnectionFailedError(
            f"{host}:{port} closed the connection without an answer to {method} {path}.",
            "Look at the server's log, and try again."
            if self.profile.is_secure
            else "If this address is an HTTPS port, use https://; else look at the server's log, "
            "and try again.",
            cause="closed",
        )

    def _refused_certificate(self, cause: ssl.SSLCertVerificationError) -> OrthancConnectError:
        presented = self._presented_fingerprint()
        trust = self.profile.trust
        if presented and trust.mode == "pinned" and presented != trust.fingerprint:
            return changed_fault(self.profile, presented)
        return trust_fault(cause, self.profile, presented)

    def _presented_fingerprint(self) -> str:
        """Return the fingerprint that the server shows now, empty when it shows none."""
        _scheme, host, port = split_rest_url(self.profile.rest_url)
        try:
            pem = fetch_certificate(host, port, self.profile.connect_timeout)
        except OrthancConnectError:
            return ""
        return fingerprint_of(ssl.PEM_cert_to_DER_cert(pem))


def _orthanc_words(response: Response) -> Tuple[str, Optional[int]]:
    """Return Orthanc's own description of an error, as plain text, and its ErrorCode."""
    try:
        response.read(_ERROR_BODY_LIMIT)
        data = json.loads(response.content)
    except (*_FAULTS, ValueError, RecursionError):
        return "", None
    finally:
        response.close()
    if not isinstance(data, dict):
        return "", None
    details = plain_text(data.get("Details") or data.get("Message") or "", 300)
    code = data.get("OrthancStatus")
    return details, code if isinstance(code, int) else None


def _causes(error: BaseException) -> List[BaseException]:
    """Return an exception and all that it was made from."""
    found: List[BaseException] = []
    pending: List[Any] = [error]
    while pending:
        item = pending.pop(0)
        if not isinstance(item, BaseException) or item in found:
            continue
        found.append(item)
        pending.extend([item.__cause__, item.__context__])
        pending.extend(item.args)
    return found
