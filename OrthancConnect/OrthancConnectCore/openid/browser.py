"""The login itself: an address for the system's browser, and the answer to this computer alone.

Authorization code with PKCE (RFC 7636, S256), for an application of this computer (RFC 8252): the
answer comes to a free port of 127.0.0.1, which listens no longer than it is waited for.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import queue
import secrets
import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any, Callable, Dict, Iterator, Optional
from urllib.parse import parse_qs, urlsplit

from ..shared.errors import LoginFailedError
from ..shared.events import CancelToken
from ..shared.profile import ServerProfile
from ..shared.validation import plain_text
from ..trace_log import hide
from .provider import Provider, library
from .session import OpenIdSession

#: Seconds that somebody has to log in.
PATIENCE = 600.0
_PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>OrthancConnect</title></head>
<body><h1>OrthancConnect</h1><p>The answer has arrived. You can close this page.</p>
<p lang="es">La respuesta ha llegado. Puede cerrar esta página.</p></body></html>"""
_Answer = Dict[str, str]


def log_in(
    profile: ServerProfile,
    show: Callable[[str], object],
    token: Optional[CancelToken] = None,
    patience: float = PATIENCE,
) -> OpenIdSession:
    """Log in at the provider that a profile names; `show` gets the address for the browser.

    Raises
    ------
    LoginFailedError
        The provider or the person refused, nobody logged in within `patience` seconds, or the
        answer does not prove what it should.
    MissingDependencyError
        PyJWT is not installed.
    TrustError, TransportError
        The provider can't be reached, or its certificate is not trusted.
    OperationCancelled
        The token was cancelled.
    """
    library()  # before somebody types a password for nothing
    token = token or CancelToken()
    state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
    for secret in (state, nonce, verifier):
        hide("", secret)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest())
    answers: queue.Queue[Optional[_Answer]] = queue.Queue()
    with Provider(profile) as provider, _listening(state, answers) as port:
        redirect_uri = f"http://127.0.0.1:{port}/"
        address = provider.address(
            "authorization_endpoint",
            response_type="code",
            client_id=profile.client_id,
            scope=profile.scope,
            redirect_uri=redirect_uri,
            state=state,
            nonce=nonce,
            code_challenge=challenge.rstrip(b"=").decode("ascii"),
            code_challenge_method="S256",
        )
        show(address)
        token.on_cancel(lambda: answers.put(None))
        try:
            answer = answers.get(timeout=patience)
        except queue.Empty as error:
            raise LoginFailedError(
                f"Nobody logged in within {patience:.0f} seconds.", "Log in again."
            ) from error
        token.raise_if_cancelled()
        code = _code_of(answer or {}, provider.metadata["issuer"])
        tokens = provider.tokens(
            grant_type="authorization_code",
            code=code,
            redirect_uri=redirect_uri,
            code_verifier=verifier,
        )
        subject = provider.subject_of(tokens.id_token, nonce)
    return OpenIdSession(profile, tokens, subject=subject)


def _code_of(answer: _Answer, issuer: str) -> str:
    """Return the code of an answer that is the provider's (RFC 9207, where it says so)."""
    refusal = plain_text(answer.get("error", ""), 80)
    code = answer.get("code", "")
    if answer.get("iss", issuer) != issuer:
        refusal = "the answer is another provider's"
    if refusal or not code:
        raise LoginFailedError(
            f"The login was refused: {refusal or 'the answer has no code'}.",
            "Log in again, or ask the administrator of the provider.",
        )
    hide("", code)
    return code


@contextmanager
def _listening(state: str, answers: queue.Queue[Optional[_Answer]]) -> Iterator[int]:
    """Put the answer with our state into `answers`; give the port where it is waited for."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            answer = {name: values[0] for name, values in parse_qs(parts.query).items()}
            given = answer.get("state", "").encode("utf-8", "replace")
            # What others on this computer send is no answer, and does not end the waiting.
            is_ours = parts.path == "/" and hmac.compare_digest(given, state.encode("ascii"))
            try:
                self._show(_PAGE.encode("utf-8") if is_ours else b"")
            finally:
                if is_ours:
                    answers.put(answer)

        def _show(self, page: bytes) -> None:
            self.send_response(200 if page else 404)
            for name, value in (
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Length", str(len(page))),
                ("Content-Security-Policy", "default-src 'none'"),
                ("Referrer-Policy", "no-referrer"),
                ("Cache-Control", "no-store"),
                ("Connection", "close"),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page)
            self.wfile.flush()

        def log_message(self, *_args: Any) -> None:
            """Write nothing: the address has the code in it."""

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, *_args: Any) -> None:
            """Leave a connection that broke."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, name="login", daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
