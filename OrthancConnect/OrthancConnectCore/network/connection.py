"""One connection to a server: made with checked TLS, usable as long as it is open.

Requests, chunks and bodies are ``http.client``'s work. A request by ``requests.Session`` takes five
times, one by urllib3's pool twice its processor time, and neither tells how long connecting took,
connects ahead, or ends what another thread waits for. Only the heads of answers are read here:
``http.client`` has the parser for mails read them, which is half of what a small answer takes.
"""

from __future__ import annotations

import errno
import http.client
import re
import socket
import ssl
import time
from typing import Any, Dict, Mapping, Optional

from ..shared.errors import OrthancConnectError
from ..shared.profile import ServerProfile
from ..shared.validation import split_rest_url
from .tls import secured, translate_connection_fault

#: Bytes written to or read from the socket at a time.
BLOCK_SIZE = 256 * 1024

#: A server may answer and close before it has read all that we send: what it said is read then.
_CLOSED_BY_PEER = (errno.EPIPE, errno.ECONNRESET, errno.EPROTOTYPE)
#: What an answer's head may have, at the most.
_MOST_FIELDS, _LONGEST_LINE, _MOST_INTERIM = 100, 65536, 10


class Answer(http.client.HTTPResponse):
    """An answer; the names of its `headers` are in lower case, repeated ones joined by commas."""

    def begin(self) -> None:
        """Read status line and header fields.

        Raises
        ------
        http.client.HTTPException
            They are not what HTTP says (RFC 9112).
        """
        status = 100
        for _ in range(_MOST_INTERIM):
            version, _space, rest = self._line().partition(" ")
            if version not in ("HTTP/1.0", "HTTP/1.1") or not re.match(r"[1-9][0-9]{2}\b", rest):
                raise http.client.BadStatusLine(version)
            status, fields = int(rest[:3]), self._fields()
            if status >= 200:
                break
        else:
            raise http.client.HTTPException("nothing but interim answers")
        self.status = status
        self.headers = self.msg = fields  # type: ignore[assignment]
        self.chunked = fields.get("transfer-encoding", "").lower() == "chunked"
        self.chunk_left = None
        self.length = None if self.chunked else _announced(status, fields)
        said = fields.get("connection", "").lower()
        is_kept = "keep-alive" in said if version == "HTTP/1.0" else "close" not in said
        self.will_close = not is_kept or not (self.chunked or self.length is not None)

    def _line(self) -> str:
        line = self.fp.readline(_LONGEST_LINE + 1)
        if len(line) > _LONGEST_LINE:
            raise http.client.LineTooLong("header line")
        if not line.endswith(b"\n"):
            raise http.client.RemoteDisconnected(
                "the connection was closed within an answer's head"
            )
        return line.decode("latin-1")[: -2 if line.endswith(b"\r\n") else -1]

    def _fields(self) -> Dict[str, str]:
        fields: Dict[str, str] = {}
        name = ""
        for _ in range(_MOST_FIELDS + 1):
            line = self._line()
            if not line:
                return fields
            if line[0] in " \t" and name:
                fields[name] += " " + line.strip()
                continue
            name, colon, value = line.partition(":")
            name = name.strip().lower()
            if not (colon and name):
                raise http.client.HTTPException("a header line without a name")
            fields[name] = f"{fields[name]}, {value.strip()}" if name in fields else value.strip()
        raise http.client.HTTPException(f"got more than {_MOST_FIELDS} headers")


def _announced(status: int, fields: Mapping[str, str]) -> Optional[int]:
    """Return a body's length; None where it goes on to the end of the connection."""
    if status in (204, 304):
        return 0
    text = fields.get("content-length")
    if text is not None and not (text.isascii() and text.isdigit()):
        raise http.client.HTTPException("a Content-Length that is no number")
    return None if text is None else int(text)


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
    response_class = Answer
    #: Seconds that connecting by TCP took: one round trip, and the look-up of the name.
    round_trip = 0.0
    #: Whether a request was answered on it, and whether it was kept since then or since connecting.
    has_answered = is_kept = False

    def __init__(self, profile: ServerProfile, context: Optional[ssl.SSLContext]) -> None:
        _scheme, host, port = split_rest_url(profile.rest_url)
        super().__init__(host, port, profile.connect_timeout, blocksize=BLOCK_SIZE)
        if context is not None:
            self.default_port = http.client.HTTPS_PORT
        self._profile = profile
        self._tls = context

    def connect(self) -> None:
        """Connect and shake hands; nothing is sent to a server that is not trusted.

        Raises
        ------
        TrustError, TransportError
            The fault of the certificate, or of the network.
        """
        self.has_answered = self.is_kept = False
        began = time.monotonic()
        try:
            super().connect()
        except (OSError, ValueError) as error:
            raise translate_connection_fault(error, self.host, self.port) from error
        self.round_trip = time.monotonic() - began
        if self._tls is not None:
            try:
                self.sock = secured(self.sock, self._tls, self._profile)
            except OrthancConnectError:
                self.close()
                raise

    def send(self, data: Any) -> None:
        """Send bytes; where TLS is wanted, on a socket with TLS and on no other."""
        if self._tls is not None and not isinstance(self.sock, ssl.SSLSocket):
            raise ssl.SSLError("there is no TLS on this connection")
        super().send(data)

    def exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: Any, timeout: float
    ) -> http.client.HTTPResponse:
        """Send a request and return the answer, whose content is still to be read.

        Raises
        ------
        OSError, http.client.HTTPException
            The connection broke, or `timeout` seconds went by in silence.
        """
        self.sock.settimeout(timeout)
        try:
            self.request(method, target, body, headers)
        except OSError as error:
            if error.errno not in _CLOSED_BY_PEER:
                raise
        answer = self.getresponse()
        self.has_answered = True
        return answer

    def is_usable(self) -> bool:
        """Return whether the kept connection is still open: an idle one has nothing to say."""
        if self.sock is None:
            return False
        if not self.has_answered:
            return True  # TLS may have sent session tickets, which the first answer's reader takes
        self.sock.settimeout(0)
        try:
            socket.socket.recv(self.sock, 1, socket.MSG_PEEK)  # below TLS
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False

    def cut(self) -> None:
        """End the connection while another thread waits for it."""
        sock = self.sock
        try:
            if sock is not None:
                # Not SSLSocket's own, which would have that thread go on in plain text.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended already
