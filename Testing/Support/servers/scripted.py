"""A local HTTP(S) server that does exactly what a test scripts, and keeps every byte it gets."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterable, List, Optional

from Support.data.certificates import TestCertificate

SYSTEM = {"Name": "Test", "Version": "1.12.0", "DicomAet": "TEST", "DicomPort": 4242}


@dataclass
class Request:
    """One HTTP request as it arrived, after TLS."""

    method: str
    path: str
    headers: Dict[str, str]
    body: bytes
    connection: int


@dataclass
class Answer:
    """What the server sends back.

    `cut_after` closes the connection after that many bytes of the body; `delay` waits before the
    status line; `close` ends the connection after the answer without announcing it. `raw` is sent
    in place of all that, a block at a time while the client takes it; then the connection ends.
    """

    status: int = 200
    body: bytes = b"{}"
    headers: Dict[str, str] = field(default_factory=dict)
    cut_after: Optional[int] = None
    delay: float = 0.0
    close: bool = False
    raw: Optional[Iterable[bytes]] = None

    @classmethod
    def of_json(cls, content: Any, status: int = 200, **options: Any) -> Answer:
        """Return an answer with a JSON body."""
        return cls(status, json.dumps(content).encode(), **options)


Handler = Callable[[Request], Answer]


def always(answer: Answer) -> Handler:
    """Return a handler that gives the same answer to everything."""
    return lambda _request: answer


class ScriptedServer:
    """Serves on a loopback port of its own choice until the end of the ``with`` block.

    Without a certificate it speaks plain HTTP; `wants` is what its clients must show one of.
    `plaintext` gathers all bytes after TLS, `connections` counts those that were accepted, `ended`
    those that it has closed; of each that shook hands `resumed` tells whether it went on with an
    older TLS session, and `names` for which host (SNI).
    """

    def __init__(
        self,
        handler: Handler,
        certificate: Optional[TestCertificate] = None,
        port: int = 0,
        highest_tls: Optional[ssl.TLSVersion] = None,
        wants: Optional[TestCertificate] = None,
    ) -> None:
        self.handler = handler
        self.requests: List[Request] = []
        self.plaintext = bytearray()
        self.connections = self.ended = 0
        self.resumed: List[bool] = []
        self.names: List[Optional[str]] = []
        self._stopped = threading.Event()
        self._context: Optional[ssl.SSLContext] = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            if highest_tls is not None:
                self._context.set_ciphers("DEFAULT:@SECLEVEL=0")
                self._context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
                self._context.maximum_version = highest_tls
            if wants is not None:
                self._context.verify_mode = ssl.CERT_REQUIRED
                self._context.load_verify_locations(wants.certificate)
            self._context.load_cert_chain(certificate.certificate, certificate.key)
            self._context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    @property
    def url(self) -> str:
        """The server's address."""
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> ScriptedServer:
        self._threads[0].start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stopped.set()
        # shutdown() wakes the thread in accept(); close() alone would leave it there.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _peer = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(
                target=self._serve, args=(connection, self.connections), daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        connection.settimeout(0.2)
        try:
            if self._context is not None:
                connection.settimeout(5)
                secure = self._context.wrap_socket(connection, server_side=True)
                self.resumed.append(bool(secure.session_reused))
                connection = secure
                connection.settimeout(0.2)
            while self._answer_one(connection, number):
                pass
        except OSError:
            pass
        finally:
            connection.close()
            self.ended += 1

    def _receive(self, connection: socket.socket) -> bytes:
        while not self._stopped.is_set():
            try:
                data = connection.recv(65536)
            except (TimeoutError, socket.timeout):
                continue
            self.plaintext += data
            return data
        return b""

    def _answer_one(self, connection: socket.socket, number: int) -> bool:
        buffer = b""
        while b"\r\n\r\n" not in buffer:
            data = self._receive(connection)
            if not data:
                return False
            buffer += data
            if buffer.startswith(b"\x16\x03"):  # a TLS handshake, answered as web servers do
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                return False
        head, _, body = buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        content = bytearray(body)  # grows in place: bodies may be large
        while len(content) < int(headers.get("content-length", 0)):
            data = self._receive(connection)
            if not data:
                return False
            content += data
        method, path, _version = first.split(" ", 2)
        request = Request(method, path, headers, bytes(content), number)
        self.requests.append(request)
        return self._send(connection, self.handler(request))

    def _send(self, connection: socket.socket, answer: Answer) -> bool:
        if answer.delay and self._stopped.wait(answer.delay):
            return False
        if answer.status == 0:  # not a word: the connection just ends
            return False
        if answer.raw is not None:
            connection.settimeout(20)
            for block in answer.raw:
                if self._stopped.is_set():
                    break
                connection.sendall(block)
            return False
        headers = {"Content-Length": str(len(answer.body)), **answer.headers}
        head = f"HTTP/1.1 {answer.status} Scripted\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in headers.items()
        )
        body = answer.body if answer.cut_after is None else answer.body[: answer.cut_after]
        connection.sendall(head.encode("latin-1") + b"\r\n" + body)
        return answer.cut_after is None and not answer.close
