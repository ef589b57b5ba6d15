"""TCP ports of this computer: which is free, and which program has one that is not."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Set

from .validation import plain_text

_LISTENING = "0A"
_PATIENCE = 3.0


@dataclass(frozen=True)
class PortOwner:
    """A program that listens.

    Attributes
    ----------
    pid : int
        Its process id; 0 when the system does not tell.
    name : str
        Its name; may be empty.
    """

    pid: int
    name: str

    def __str__(self) -> str:
        if not self.pid:
            return "another user's program"
        return f"{self.name or 'a program'} (process {self.pid})"


def free_port(preferred: int = 11112, tries: int = 200) -> int:
    """Return the first free TCP port from a preferred one on; 0 when there is none."""
    for port in range(preferred, min(preferred + tries, 65536)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
    return 0


def port_owner(port: int) -> Optional[PortOwner]:
    """Return who listens on a TCP port; None when that can't be told.

    Other users' programs are named only to an administrator.
    """
    try:
        if sys.platform.startswith("linux"):
            return _by_proc(port)
        if sys.platform == "win32":
            return _by_netstat(port)
        return _by_lsof(port)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def _by_proc(port: int) -> Optional[PortOwner]:
    """Linux: the socket's inode in /proc/net/tcp, and who has that open."""
    inodes: Set[str] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    if not inodes:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        try:
            for link in (process / "fd").iterdir():
                if os.readlink(link) in inodes:
                    name = (process / "comm").read_text(encoding="utf-8", errors="replace")
                    return PortOwner(int(process.name), plain_text(name, 60))
        except OSError:
            continue  # another user's, or gone
    return PortOwner(0, "")


def _output(*command: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=_PATIENCE, check=False
    )
    return done.stdout


def _by_lsof(port: int) -> Optional[PortOwner]:
    """macOS: lsof is part of the system."""
    text = _output("/usr/sbin/lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc")
    pid = re.search(r"^p(\d+)$", text, re.MULTILINE)
    name = re.search(r"^c(.+)$", text, re.MULTILINE)
    return PortOwner(int(pid[1]), plain_text(name[1] if name else "", 60)) if pid else None


def _by_netstat(port: int) -> Optional[PortOwner]:
    """Windows: netstat and tasklist are part of the system."""
    text = _output("netstat", "-ano", "-p", "TCP")
    found = re.search(rf"^\s*TCP\s+\S+:{port}\s+\S+:0\s+\S+\s+(\d+)\s*$", text, re.MULTILINE)
    if found is None:
        return None
    tasks = _output("tasklist", "/FI", f"PID eq {found[1]}", "/FO", "CSV", "/NH")
    name = re.match(r'\s*"([^"]+)"', tasks)
    return PortOwner(int(found[1]), plain_text(name[1] if name else "", 60))
