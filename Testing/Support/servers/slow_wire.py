"""A slow network between this process and the servers on loopback: real TCP, real round trips.

`SlowWire` makes a network namespace that has nothing but a wire to this machine; there, 127.0.0.1
is this machine's own loopback at the far end of the wire. The wire is a process between two TUN
devices that holds each packet back for half the round trip, and lets no more than its rate pass:
what ``tc netem`` does where the kernel has it. So TCP's and TLS' handshakes, slow start, Nagle's
algorithm and delayed acknowledgements cost what they cost on such a network.

Linux, root, ``/dev/net/tun`` and iproute2 are needed; `absent` tells what is missing. All is gone
when the process of the wire ends, which it does with its parent.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Optional

_CLONE_NEWNET = 0x40000000
_TUNSETIFF, _TUNSETOFFLOAD = 0x400454CA, 0x400454D0
_IFF_TUN, _IFF_NO_PI, _IFF_VNET_HDR = 0x0001, 0x1000, 0x4000
_TUN_F_CSUM, _TUN_F_TSO4 = 0x01, 0x02
#: ``struct virtio_net_hdr``: a packet may be one that the kernel has not yet cut into segments.
_HEADER = 10
_MTU = 1500
#: Bytes that wait for the wire in each direction before packets are lost; a router's buffer.
_BUFFER = 1500 * 1000
_NEAR, _FAR = "10.213.7.2", "10.213.7.1"


def absent() -> str:
    """Why there can be no slow wire here; empty when there can."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "needs Linux and root"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun"
    return "" if shutil.which("ip") else "there is no ip (iproute2)"


@dataclass(frozen=True)
class Measured:
    """What a wire is like: seconds of a round trip, bytes a second towards the server."""

    round_trip: float
    rate: float


class SlowWire:
    """A wire with a round trip and, if wanted, a rate; a context manager.

    Parameters
    ----------
    round_trip : float
        Seconds.
    rate : float
        Bits a second in each direction; 0 for as many as there are.
    """

    def __init__(self, round_trip: float, rate: float = 0) -> None:
        self._options = (repr(round_trip), repr(rate))
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._home = self._away = -1

    def __enter__(self) -> SlowWire:
        reason = absent()
        if reason:
            raise RuntimeError(f"no slow wire: {reason}")
        command = [sys.executable, __file__, *self._options]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._process = process
        assert process.stdout is not None
        if process.stdout.readline() != b"ready\n":
            self.close()
            raise RuntimeError("no slow wire: its process has ended")
        self._home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self._away = os.open(f"/proc/{process.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the wire."""
        for handle in (self._home, self._away):
            if handle >= 0:
                os.close(handle)
        self._home = self._away = -1
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
            process.wait(30)
            if process.stdout is not None:
                process.stdout.close()

    @property
    def pid(self) -> int:
        """The process of the wire."""
        assert self._process is not None
        return self._process.pid

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Put this thread, and what it starts meanwhile, at the near end of the wire."""
        _set_namespace(self._away)
        try:
            yield
        finally:
            _set_namespace(self._home)

    def measure(self, seconds: float = 1.0) -> Measured:
        """Measure the wire with a server of our own: it answers a byte, and swallows the rest."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            with self.inside():
                client = socket.create_connection(server.getsockname())
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer, _address = server.accept()
        with client, peer:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return Measured(_round_trip(client, peer), _rate(client, peer, seconds))


def _round_trip(client: socket.socket, peer: socket.socket) -> float:
    trips = []
    for _turn in range(7):
        began = time.perf_counter()
        client.sendall(b"?")
        peer.recv(1)
        peer.sendall(b"!")
        client.recv(1)
        trips.append(time.perf_counter() - began)
    return sorted(trips)[len(trips) // 2]


def _rate(client: socket.socket, peer: socket.socket, seconds: float) -> float:
    """Send as fast as it goes, and count what arrives after the first half."""
    client.setblocking(False)
    block = bytes(256 * 1024)
    began = time.perf_counter()
    half, received = began + seconds, 0
    while True:
        now = time.perf_counter()
        if now > half + seconds:
            return received / (now - half)
        readable, writable, _ = select.select([peer], [client], [], 0.05)
        if writable:
            client.send(block)
        if readable:
            count = len(peer.recv(1024 * 1024))
            received += count if now > half else 0


def _set_namespace(handle: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(handle, _CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


# The process of the wire ---------------------------------------------------------------------


class _Direction:
    """From one end to the other: packets wait for their turn, and then travel."""

    def __init__(self, source: int, target: int, delay: float, rate: float) -> None:
        self.source, self._target = source, target
        self._delay, self._rate = delay, rate
        self._free_at = 0.0
        self._travelling: deque[tuple[float, bytes]] = deque()

    def take(self, now: float) -> None:
        """Read what has come."""
        while True:
            try:
                packet = os.read(self.source, 128 * 1024)
            except BlockingIOError:
                return
            leaves = max(now, self._free_at)
            if self._rate:
                if (leaves - now) * self._rate > _BUFFER:
                    continue  # lost
                leaves += (len(packet) - _HEADER) / self._rate
                self._free_at = leaves
            self._travelling.append((leaves + self._delay, packet))

    def give(self, now: float) -> Optional[float]:
        """Write what has arrived, and return when more will."""
        travelling = self._travelling
        while travelling:
            if travelling[0][0] > now:
                return travelling[0][0]
            try:
                os.write(self._target, travelling.popleft()[1])
            except OSError:
                pass  # no memory for it: lost
        return None


def _open_tun(name: str) -> int:
    handle = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    flags = _IFF_TUN | _IFF_NO_PI | _IFF_VNET_HDR
    fcntl.ioctl(handle, _TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
    fcntl.ioctl(handle, _TUNSETOFFLOAD, _TUN_F_CSUM | _TUN_F_TSO4)
    return handle


def _ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True)


def _set_up(name: str, own: str, other: str) -> int:
    """Make one end; 127.0.0.1 may come over it."""
    handle = _open_tun(name)
    _ip(f"addr add {own} peer {other} dev {name}")
    _ip(f"link set {name} mtu {_MTU} txqueuelen 10000 up")
    folder = Path("/proc/sys/net/ipv4/conf") / name
    (folder / "route_localnet").write_text("1")
    (folder / "rp_filter").write_text("0")
    return handle


def _carry(delay: float, rate: float) -> None:
    far = _set_up(f"wire{os.getpid()}"[:15], _FAR, _NEAR)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    near = _set_up("wire", _NEAR, _FAR)
    _ip(f"route add 127.0.0.0/8 dev wire src {_NEAR}")
    print("ready", flush=True)
    directions = [_Direction(near, far, delay, rate), _Direction(far, near, delay, rate)]
    watched = [near, far, sys.stdin.fileno()]
    due: Optional[float] = None
    while True:
        timeout = None if due is None else max(0.0, due - time.monotonic())
        readable, _, _ = select.select(watched, [], [], timeout)
        if watched[2] in readable:
            return
        now = time.monotonic()
        for direction in directions:
            if direction.source in readable:
                direction.take(now)
        dues = [direction.give(now) for direction in directions]
        due = min((one for one in dues if one is not None), default=None)


if __name__ == "__main__":
    _carry(float(sys.argv[1]) / 2, float(sys.argv[2]) / 8)
