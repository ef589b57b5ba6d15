"""TCP ports of this computer: which is free, and which program has one that is not."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from ..shared.validation import plain_text

_LISTENING = "0A"


def free_port(preferred: int) -> int:
    """Return the first free TCP port from a preferred one on; 0 when there is none."""
    for port in range(preferred, min(preferred + 200, 65536)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
    return 0


def port_owner(port: int) -> str:
    """Return which program listens on a TCP port, for people; empty when that can't be told.

    Linux alone tells it without further tools: /proc/net/tcp has the socket's inode, and /proc who
    has that open. Other users' programs are named only to an administrator.
    """
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue  # no such table, or not Linux
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    if not inodes:
        return ""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(os.readlink(link) in inodes for link in (process / "fd").iterdir()):
                name = (process / "comm").read_text(encoding="utf-8", errors="replace")
                return f"{plain_text(name, 60)} (process {process.name})"
        except OSError:
            continue  # another user's, or gone
    return "another user's program"
