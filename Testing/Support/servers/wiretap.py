"""Somebody on the line: a relay that keeps every raw byte and leads connections elsewhere."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from pathlib import Path
from typing import Iterator

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from Support.data.certificates import TestCertificate
from Support.servers.relay import Pair, Relay, connect, shut


class Wiretap(Relay):
    """Relays TCP between a client and `target`, a port of this computer.

    `sent` gathers what clients sent, as it was on the wire, by the port that it was for. Whoever
    sets `target` leads the next connection elsewhere; `divert` does so in the middle of one.
    """

    def __init__(self, target: int) -> None:
        super().__init__()
        self.target = target
        self.sent: dict[int, bytearray] = {}
        self._live: list[_Line] = []

    def cut(self) -> None:
        """End all connections at once."""
        for line in self._live:
            line.shut()

    def divert(self, target: int) -> None:
        """Lead what live connections send from now on, and all later ones, to another port."""
        self.target = target
        for line in self._live:
            if line.connections:
                line.divert(target)

    def welcome(self, client: socket.socket) -> None:
        """Connect to the target of the moment."""
        line = _Line(client, self.target, self.sent)
        self._live.append(line)
        self.start(line.forward)
        self.start(line.backward)


class _Line(Pair):
    """One connection through the relay."""

    def __init__(self, client: socket.socket, target: int, sent: dict[int, bytearray]) -> None:
        self._client, self._sent = client, sent
        self._server, self._target = connect(target), target
        super().__init__(client, self._server)

    def forward(self) -> None:
        """Pass on what the client sends."""
        with contextlib.suppress(OSError):
            while data := self._client.recv(65536):
                server = self._server
                try:
                    self._send(server, data)
                except OSError:
                    if server is self._server:
                        raise
                    self._send(self._server, data)  # diverted in the middle of this block
        self.leave()

    def _send(self, server: socket.socket, data: bytes) -> None:
        # Noted first: a server that does not like it may close before all of it is taken.
        self._sent.setdefault(self._target, bytearray()).extend(data)
        server.sendall(data)

    def backward(self) -> None:
        """Pass on what the server sends, also after a change of servers."""
        while True:
            server = self._server
            with contextlib.suppress(OSError):
                while data := server.recv(65536):
                    self._client.sendall(data)
            if server is self._server:
                break
        self.leave()

    def divert(self, target: int) -> None:
        """Go on with another server."""
        old, self._target, self._server = self._server, target, connect(target)
        self.connections.append(self._server)
        shut(old)


def without_its_key(genuine: TestCertificate, folder: Path) -> TestCertificate:
    """Return somebody's certificate with a key that only claims to be the one for it.

    The private number is an attacker's own; the public half that is kept beside it (RFC 5915) is
    the certificate's, and OpenSSL compares that alone.
    """
    certificate = x509.load_pem_x509_certificate(genuine.certificate.read_bytes())
    public = certificate.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    curve = bytes.fromhex("06082a8648ce3d030107")  # prime256v1
    inner = (
        b"\x02\x01\x01"
        + _der(0x04, number.to_bytes(32, "big"))
        + _der(0xA0, curve)
        + _der(0xA1, _der(0x03, b"\0" + public))
    )
    key = folder / "claimed.key"
    key.write_bytes(_pem("EC PRIVATE KEY", _der(0x30, inner)))
    return TestCertificate(genuine.certificate, key)


def _der(tag: int, content: bytes) -> bytes:
    assert len(content) < 128
    return bytes((tag, len(content))) + content


def _pem(label: str, der: bytes) -> bytes:
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n".encode()


@contextlib.contextmanager
def recording_port() -> Iterator[tuple[int, bytearray]]:
    """Give a port that answers nothing, and what it was sent."""
    received = bytearray()
    listener = socket.create_server(("127.0.0.1", 0))

    def take() -> None:
        while True:
            try:
                connection, _peer = listener.accept()
            except OSError:
                return
            connection.settimeout(2)
            with connection, contextlib.suppress(OSError):
                while data := connection.recv(65536):
                    received.extend(data)

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    yield listener.getsockname()[1], received
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)
