"""Loopback ports that no other test run on this machine takes meanwhile.

Asking the system for port 0, closing the socket and handing the number to a server leaves a gap in
which somebody else can get it. So numbers are drawn from below the range that the system gives out
by itself, and each is claimed by binding a name in Linux's abstract socket namespace: exclusive
among all users of this module, without a file, and released by the kernel when the process ends.
Other systems have no such names: there a claim holds within the process.
"""

from __future__ import annotations

import random
import socket
import sys
import time
from pathlib import Path
from typing import Optional

_LOWEST, _HIGHEST = 20000, 31999
_CLAIMS: dict[int, Optional[socket.socket]] = {}
#: States in Linux's table of connections (include/net/tcp_states.h).
_TIME_WAIT, _LISTEN = "06", "0A"


def _claim(port: int) -> bool:
    if port in _CLAIMS:
        return False
    if sys.platform != "linux":
        _CLAIMS[port] = None
        return True
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0orthancconnect-test-port-{port}")
    except OSError:
        claim.close()
        return False
    _CLAIMS[port] = claim
    return True


def is_free(port: int) -> bool:
    """Tell whether nothing listens on the port, on any address."""
    for address in ("0.0.0.0", "127.0.0.1"):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def reserve_port() -> int:
    """Reserve a free TCP port until `release_port` or the end of the process."""
    for _ in range(2000):
        port = random.SystemRandom().randint(_LOWEST, _HIGHEST)
        if _claim(port):
            if is_free(port):
                return port
            release_port(port)
    raise RuntimeError(f"no free TCP port between {_LOWEST} and {_HIGHEST}")


def reserve_row(count: int) -> list[int]:
    """Reserve free TCP ports that follow one another."""
    for _ in range(2000):
        row = [reserve_port()]
        while len(row) < count and _claim(row[-1] + 1):
            row.append(row[-1] + 1)
        if len(row) == count and all(map(is_free, row)):
            return row
        for port in row:
            release_port(port)
    raise RuntimeError(f"no {count} free TCP ports in a row")


def release_port(port: int) -> None:
    """Give a reserved port back."""
    claim = _CLAIMS.pop(port, None)
    if claim is not None:
        claim.close()


def wait_until_unconnected(port: int, seconds: float = 30.0) -> None:
    """Wait until the server at a port has closed its side of all connections (proc_net_tcp(5)).

    What it does when it closes one, such as writing its log, is done then.
    """
    deadline = time.monotonic() + seconds
    while _has_connections(port):
        if time.monotonic() > deadline:
            raise RuntimeError(f"port {port} still has connections after {seconds} s")
        time.sleep(0.01)


def _has_connections(port: int) -> bool:
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        _number, local, _remote, state = line.split()[:4]
        if int(local.rpartition(":")[2], 16) == port and state not in (_LISTEN, _TIME_WAIT):
            return True
    return False
