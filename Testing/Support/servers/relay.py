"""What the tests' relays on the line between a client and a server have in common."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any


class Relay:
    """Accepts connections on a loopback port of its own until the end of the ``with`` block."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """The address that the client uses."""
        return f"https://127.0.0.1:{self.port}"

    def __enter__(self) -> Any:
        self.start(self._accept)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(10)  # whom it let in last is cut as well
        self.cut()
        for thread in self._threads:
            thread.join(10)

    def cut(self) -> None:
        """End all connections at once."""
        raise NotImplementedError

    def welcome(self, client: socket.socket) -> None:
        """Take a new connection; OSError closes it."""
        raise NotImplementedError

    def start(self, run: Any, *arguments: Any) -> None:
        """Run in a thread of its own."""
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _peer = self._listener.accept()
            except OSError:
                return
            try:
                self.welcome(client)
            except OSError:
                client.close()


def connect(port: int) -> socket.socket:
    """Connect to a server on this computer."""
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def shut(connection: socket.socket) -> None:
    """End a connection, whoever waits for it; its user closes it, or its number is another's."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class Pair:
    """Two connections that a thread each reads; closed when both threads have left."""

    def __init__(self, *connections: socket.socket) -> None:
        self.connections = list(connections)
        self._inside = 2
        self._lock = threading.Lock()

    def shut(self) -> None:
        """End both."""
        for connection in self.connections:
            shut(connection)

    def leave(self) -> None:
        """Tell that a thread uses them no more."""
        self.shut()
        with self._lock:
            self._inside -= 1
            while not self._inside and self.connections:
                self.connections.pop().close()
