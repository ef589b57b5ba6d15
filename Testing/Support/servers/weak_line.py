"""A bad line between a client and a server on this computer: slow, cut, or silent for a while."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Iterable, Optional

from Support.servers.relay import Pair, Relay, connect

#: Bytes passed on at a time: small, so that a cut falls within a body.
_BLOCK = 16 * 1024
#: Bytes that a slow line holds for each connection: little, as a real one.
_BUFFER = 64 * 1024


class WeakLine(Relay):
    """Relays TCP to `target`, a port of this computer; a context manager.

    Parameters
    ----------
    target : int
        Port of the server.
    rate : float
        Bytes a second from all clients together; 0 for as many as there are.
    cuts : iterable of int
        After how many of a client's bytes its connection is cut, one connection after the other;
        those after the last one are left alone.

    Attributes
    ----------
    cut_within : int
        Connections that were cut so.
    """

    def __init__(self, target: int, rate: float = 0, cuts: Iterable[int] = ()) -> None:
        super().__init__()
        if rate:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._target = target
        self._rate = rate
        self._cuts = iter(cuts)
        self.cut_within = 0
        self._plugged = threading.Event()
        self._plugged.set()
        self._lock = threading.Lock()
        self._free_at = 0.0
        self._open: list[Pair] = []

    def __exit__(self, *_exc: object) -> None:
        self.plug_in()
        super().__exit__()

    def unplug(self) -> None:
        """Let nothing through any more, without a word to either side: a cable is out."""
        self._plugged.clear()

    def plug_in(self) -> None:
        """Let through what waits, and all that comes."""
        self._plugged.set()

    def cut(self) -> None:
        """End all connections at once."""
        with self._lock:
            pairs, self._open = self._open, []
        for pair in pairs:
            pair.shut()

    def welcome(self, client: socket.socket) -> None:
        """Connect to the server, once the cable is in."""
        self._plugged.wait()
        server = connect(self._target)
        server.settimeout(None)
        pair = Pair(client, server)
        with self._lock:
            self._open.append(pair)
            limit = next(self._cuts, None)
        self.start(self._pass_on, pair, client, server, limit, self._rate)
        self.start(self._pass_on, pair, server, client, None, 0.0)

    def _pass_on(
        self,
        pair: Pair,
        source: socket.socket,
        target: socket.socket,
        limit: Optional[int],
        rate: float,
    ) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(_BLOCK):
                self._plugged.wait()
                if rate:
                    self._take_turn(len(data) / rate)
                passed += len(data)
                if limit is not None and passed > limit:
                    with self._lock:
                        self.cut_within += 1
                    target.sendall(data[: len(data) // 2])
                    break
                target.sendall(data)
        pair.leave()

    def _take_turn(self, seconds: float) -> None:
        """Wait until the line is free, and occupy it."""
        with self._lock:
            begin = max(time.monotonic(), self._free_at)
            self._free_at = begin + seconds
        time.sleep(max(0.0, begin + seconds - time.monotonic()))
