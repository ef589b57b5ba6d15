"""Processes: what tests may have left behind, and how much memory one took."""

from __future__ import annotations

import os
from pathlib import Path

#: Source that sets `megabytes`: the most memory that a process has had. Not `ru_maxrss`, which
#: begins with what the process had that started it.
MEASURE_MEMORY = """
with open("/proc/self/status") as status:
    megabytes = next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))
"""


def child_processes() -> dict[int, str]:
    """Children of this process that still run: process id and command line."""
    children = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if state != "Z" and int(parent) == os.getpid() and "resource_tracker" not in command:
            children[int(entry.name)] = command.strip()
    return children
