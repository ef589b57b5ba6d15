"""A DICOM peer, byte by byte, that accepts everything and then sends something without an end."""

from __future__ import annotations

import socket
import struct
import time
from typing import Any, Iterator, List, Tuple

from Support.servers.relay import Relay, shut

_HEADER_OF_ITEMS = 74  # a PDU's type and length, and what an A-ASSOCIATE PDU has before its items
_APPLICATION, _PROPOSED, _ACCEPTED, _USER, _SYNTAX = 0x10, 0x20, 0x21, 0x50, 0x40
_IMPLEMENTATION = b"1.2.3.4.5"


class DimseFlood(Relay):
    """Sends until the client hangs up, or `limit` bytes are sent.

    `what` is without an end: ``command`` or ``dataset``, in fragments, or ``PDU``, a single one; or
    it is a ``drip``, a dataset that comes ever so slowly.
    """

    def __init__(self, limit: int, what: str = "command") -> None:
        super().__init__()
        self.sent = 0
        self._limit = limit
        self._what = what
        self._clients: List[socket.socket] = []

    def cut(self) -> None:
        """End all connections: one whose window is full is told late that the client has gone."""
        for client in self._clients:
            shut(client)

    def welcome(self, client: socket.socket) -> None:
        """Accept the association, take a request, and send."""
        client.settimeout(10)
        self._clients.append(client)
        self.start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        try:
            answer, context = acceptance(client.recv(65536))
            client.sendall(answer)
            client.recv(65536)
            fragment = bytes(2 if self._what == "drip" else 60000)
            mark = int(self._what == "command")
            value = struct.pack(">LBB", len(fragment) + 2, context, mark) + fragment
            block = b"\4\0" + struct.pack(">L", len(value)) + value
            if self._what == "PDU":
                block = fragment
                head = b"\4\0" + struct.pack(">LLBB", 1 << 31, (1 << 31) - 4, context, 1)
                client.sendall(head)
                self.sent = len(head)  # may be all that the client takes
            while self.sent < self._limit:
                client.sendall(block)
                self.sent += len(block)
                if self._what == "drip":
                    time.sleep(0.05)
        except OSError:
            pass
        finally:
            client.close()


def _items(content: bytes) -> Iterator[Tuple[int, bytes]]:
    place = 0
    while place + 4 <= len(content):
        kind, length = content[place], struct.unpack(">H", content[place + 2 : place + 4])[0]
        yield kind, content[place + 4 : place + 4 + length]
        place += 4 + length


def _item(kind: int, value: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(value)) + value


def acceptance(request: bytes) -> Tuple[bytes, int]:
    """Return the A-ASSOCIATE-AC for a request, and the first of its presentation contexts."""
    body, first = request[6:_HEADER_OF_ITEMS], 0
    for kind, value in _items(request[_HEADER_OF_ITEMS:]):
        if kind == _APPLICATION:
            body += _item(kind, value)
        elif kind == _PROPOSED:
            first = first or value[0]
            syntax: Any = next(v for k, v in _items(value[4:]) if k == _SYNTAX)
            body += _item(_ACCEPTED, bytes([value[0], 0, 0, 0]) + _item(_SYNTAX, syntax))
    most = _item(0x51, struct.pack(">L", 16384))
    body += _item(_USER, most + _item(0x52, _IMPLEMENTATION))
    return b"\2\0" + struct.pack(">L", len(body)) + body, first
