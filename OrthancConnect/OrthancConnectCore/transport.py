"""The only user of ``requests``: one pooled keep-alive session a thread, checked TLS, our errors."""

from __future__ import annotations

import json
import ssl
import threading
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple, Type, Union

import requests
import requests.adapters
from requests.auth import HTTPBasicAuth

from .credentials import Credentials
from .errors import (
    AuthenticationError,
    BadDicomFileError,
    ConflictError,
    ConnectionFailedError,
    NotFoundError,
    OrthancConnectError,
    OrthancHttpError,
    PermissionDeniedError,
    RedirectRefusedError,
    RequestTimeoutError,
    ServerError,
)
from .profiles import ServerProfile
from .tls import (
    changed_fault,
    fetch_certificate,
    fingerprint_of,
    ssl_context,
    translate_connection_fault,
    trust_fault,
)
from .validation import plain_text, split_rest_url

#: Bytes written to or read from the socket at a time; urllib3's default of 16 KiB costs a system
#: call and a TLS record each.
BLOCK_SIZE = 256 * 1024
#: Orthanc's error bodies are small; more is not read, whatever the server sends.
_ERROR_BODY_LIMIT = 64 * 1024

_HTTP_ERRORS: Dict[int, Tuple[Type[OrthancHttpError], str]] = {
    400: (BadDicomFileError, "Check that the file is a complete DICOM instance."),
    401: (
        AuthenticationError,
        "Check user and password; if they are right, ask the administrator whether "
        "RemoteAccessAllowed is true in orthanc.json.",
    ),
    403: (PermissionDeniedError, "Ask the administrator to give this user that right."),
    404: (NotFoundError, "Query again: it may have been deleted meanwhile."),
    409: (ConflictError, "Look at the server's state and try again."),
}

Body = Union[bytes, "SizedBody"]


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


class _CheckedAdapter(requests.adapters.HTTPAdapter):
    """Connects with our TLS context, and with the pinned fingerprint where there is one."""

    def __init__(self, context: Optional[ssl.SSLContext], fingerprint: str) -> None:
        self._context = context
        self._fingerprint = fingerprint
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        kwargs["blocksize"] = BLOCK_SIZE
        if self._context is not None:
            kwargs["ssl_context"] = self._context
        if self._fingerprint:
            kwargs["assert_fingerprint"] = self._fingerprint
            kwargs["assert_hostname"] = False
        super().init_poolmanager(*args, **kwargs)

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> Any:
        """Keep our context's trust anchors: requests would add its own bundle to them."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        kept = {key: value for key, value in pool.items() if not key.startswith("ca_cert")}
        return host, kept

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Require a certificate that our context verifies, with our context's anchors alone."""
        if str(url).lower().startswith("https"):
            conn.cert_reqs = "CERT_REQUIRED"
            conn.ca_certs = conn.ca_cert_dir = None


class Transport:
    """HTTP requests to one server, from any number of threads.

    Each thread gets its own session with one kept connection. The TLS context is made once, at the
    first request.

    Parameters
    ----------
    profile : ServerProfile
        Address, trust policy and timeouts.
    credentials : Credentials, optional
        For HTTP basic authentication; without, none is sent.
    """

    def __init__(self, profile: ServerProfile, credentials: Optional[Credentials] = None) -> None:
        self.profile = profile
        self._auth = HTTPBasicAuth(*credentials.reveal()) if credentials else None
        self._local = threading.local()
        self._sessions: List[requests.Session] = []
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
            sessions, self._sessions = self._sessions, []
        for session in sessions:
            session.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Optional[Mapping[str, Any]] = None,
        json_body: Any = None,
        body: Optional[Body] = None,
        content_type: str = "",
        stream: bool = False,
        read_timeout: Optional[float] = None,
        idempotent: Optional[bool] = None,
    ) -> requests.Response:
        """Send one request and return the answer, whose status is below 300.

        Parameters
        ----------
        method, path : str
            For example ``GET`` and ``/system``.
        params : mapping, optional
            Query arguments.
        json_body : Any, optional
            Sent as ``application/json``.
        body : bytes or SizedBody, optional
            Sent as it is, with `content_type`.
        content_type : str
            Media type of `body`.
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
        headers = {"Accept-Encoding": "identity"}
        if content_type:
            headers["Content-Type"] = content_type
        if idempotent is None:
            idempotent = method != "POST"
        arguments: Dict[str, Any] = {
            "params": params,
            "data": body,
            "headers": headers,
            "stream": stream,
            "timeout": (self.profile.connect_timeout, read_timeout or self.profile.read_timeout),
            "allow_redirects": False,
            "verify": True,
        }
        try:
            response = self._send(method, path, arguments, retry=idempotent)
        except requests.RequestException as error:
            raise self._translate(error, method, path) from error
        if response.status_code >= 300:
            raise self._http_error(response, method, path)
        return response

    def iterate(self, response: requests.Response, method: str, path: str) -> Iterator[bytes]:
        """Yield the body of a streamed answer in blocks; close it in the end.

        Raises
        ------
        TransportError
            The connection broke before the end.
        """
        expected = response.headers.get("Content-Length")
        received = 0
        try:
            for block in response.iter_content(BLOCK_SIZE):
                received += len(block)
                yield block
        except requests.RequestException as error:
            raise self._translate(error, method, path) from error
        finally:
            response.close()
        if expected is not None and expected.isdigit() and received != int(expected):
            raise ConnectionFailedError(
                f"The answer to {method} {path} was cut after {received} of {expected} bytes.",
                "Try again.",
                cause="cut",
            )

    def _send(
        self, method: str, path: str, arguments: Dict[str, Any], retry: bool
    ) -> requests.Response:
        session, kept = self._session()
        url = self.profile.rest_url + path
        try:
            return session.request(method, url, **arguments)
        except requests.ConnectionError as error:
            # Only a kept connection that the server closed meanwhile is worth a second try.
            worth = (
                retry
                and kept
                and not isinstance(error, (requests.Timeout, requests.exceptions.SSLError))
            )
            if not worth:
                raise
        body = arguments["data"]
        if isinstance(body, SizedBody):
            body.rewind()
        return session.request(method, url, **arguments)

    def _session(self) -> Tuple[requests.Session, bool]:
        """Return this thread's session, and whether it was used before."""
        existing: Optional[requests.Session] = getattr(self._local, "session", None)
        if existing is not None:
            return existing, True
        session = requests.Session()
        session.trust_env = False  # no .netrc password, no REQUESTS_CA_BUNDLE
        session.auth = self._auth
        session.headers["User-Agent"] = "OrthancConnect"
        session.mount("https://", _CheckedAdapter(self._shared_context(), self._fingerprint()))
        session.mount("http://", _CheckedAdapter(None, ""))
        with self._lock:
            if self._closed:
                raise ConnectionFailedError("The connection was closed.", "Connect again.")
            self._sessions.append(session)
        self._local.session = session
        return session, False

    def _fingerprint(self) -> str:
        trust = self.profile.trust
        return trust.fingerprint if trust.mode == "pinned" else ""

    def _shared_context(self) -> Optional[ssl.SSLContext]:
        if not self.profile.is_secure:
            return None
        with self._lock:
            if self._context is None:
                self._context = ssl_context(self.profile)
            return self._context

    def _translate(
        self, error: requests.RequestException, method: str, path: str
    ) -> OrthancConnectError:
        """Return our error for a fault of requests; TLS before connection faults."""
        _scheme, host, port = split_rest_url(self.profile.rest_url)
        if isinstance(error, requests.ReadTimeout):
            return RequestTimeoutError(
                f"{host}:{port} did not answer {method} {path} in time.",
                "Try again; if it stays so, raise the timeout in the server settings.",
                cause="read_timeout",
            )
        causes = _causes(error)
        for cause in causes:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return self._refused_certificate(cause)
        if any("fingerprint" in str(cause).lower() for cause in causes if _is_ssl_fault(cause)):
            presented = fingerprint_of(
                ssl.PEM_cert_to_DER_cert(
                    fetch_certificate(host, port, self.profile.connect_timeout)
                )
            )
            return changed_fault(self.profile, presented)
        if isinstance(error, requests.ConnectTimeout):
            return translate_connection_fault(TimeoutError(), host, port)
        for cause in causes:
            if isinstance(cause, OSError) and not isinstance(cause, requests.RequestException):
                return translate_connection_fault(cause, host, port)
        return ConnectionFailedError(
            f"{host}:{port} closed the connection without an answer to {method} {path}.",
            "If this address is an HTTPS port, use https://; else look at the server's log, and "
            "try again.",
            cause="closed",
        )

    def _refused_certificate(self, cause: ssl.SSLCertVerificationError) -> OrthancConnectError:
        _scheme, host, port = split_rest_url(self.profile.rest_url)
        try:
            pem = fetch_certificate(host, port, self.profile.connect_timeout)
        except OrthancConnectError:
            return trust_fault(cause, self.profile)
        presented = fingerprint_of(ssl.PEM_cert_to_DER_cert(pem))
        trust = self.profile.trust
        if trust.mode == "pinned" and presented != trust.fingerprint:
            return changed_fault(self.profile, presented)
        return trust_fault(cause, self.profile, presented)

    def _http_error(self, response: requests.Response, method: str, path: str) -> OrthancHttpError:
        status = response.status_code
        details, orthanc_status = _orthanc_words(response)
        facts = {
            "status_code": status,
            "method": method,
            "path": path,
            "orthanc_status": orthanc_status,
            "details": details,
        }
        said = f" ({details})" if details else ""
        if 300 <= status < 400:
            return RedirectRefusedError(
                "The server redirects to another address, which is not followed: the password "
                "would go with it.",
                "Type the address that the server really has.",
                **facts,
            )
        if status >= 500:
            full = status == 507 or "storage" in details.lower() and "full" in details.lower()
            return ServerError(
                f"The server failed on {method} {path}: HTTP {status}{said}.",
                "Its storage is full: ask the administrator to make room."
                if full
                else "Look at the server's log, and try again.",
                **facts,
            )
        kind, hint = _HTTP_ERRORS.get(
            status, (OrthancHttpError, "Check that this address is an Orthanc server.")
        )
        if status == 401:
            message = "The server does not accept this user and password (HTTP 401)."
        elif status == 403:
            message = f"This user may not do that on the server (HTTP 403, {method} {path})."
        else:
            message = f"The server refused {method} {path}: HTTP {status}{said}."
        return kind(message, hint, **facts)


def _orthanc_words(response: requests.Response) -> Tuple[str, Optional[int]]:
    """Return Orthanc's own description of an error, as plain text, and its ErrorCode."""
    try:
        raw = next(response.iter_content(_ERROR_BODY_LIMIT), b"")
        data = json.loads(raw)
    except (requests.RequestException, ValueError, RecursionError):
        return "", None
    finally:
        response.close()
    if not isinstance(data, dict):
        return "", None
    details = plain_text(data.get("Details") or data.get("Message") or "", 300)
    code = data.get("OrthancStatus")
    return details, code if isinstance(code, int) else None


def _causes(error: BaseException) -> List[BaseException]:
    """Return an exception and all that it was made from, urllib3's ``reason`` included."""
    found: List[BaseException] = []
    pending: List[Any] = [error]
    while pending:
        item = pending.pop(0)
        if not isinstance(item, BaseException) or item in found:
            continue
        found.append(item)
        pending.extend([getattr(item, "reason", None), item.__cause__, item.__context__])
        pending.extend(item.args)
    return found


def _is_ssl_fault(error: BaseException) -> bool:
    return isinstance(error, (ssl.SSLError, requests.exceptions.SSLError)) or type(
        error
    ).__module__.startswith("urllib3")
