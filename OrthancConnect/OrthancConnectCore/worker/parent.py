"""Waits for the end of another process, the one that the worker serves."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

#: Seconds between two looks.
_INTERVAL = 0.2


def wait_for_end(pid: int) -> None:
    """Return when the process of that number has ended.

    On Windows its handle is waited for. Elsewhere it is looked at five times a second: the end of a
    parent gives its children another one, and of any other process the system is asked.
    """
    if sys.platform == "win32":
        _wait_on_windows(pid)
        return
    is_parent = os.getppid() == pid
    while os.getppid() == pid if is_parent else _is_there(pid):
        time.sleep(_INTERVAL)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # there, and another user's
        return True
    try:  # on Linux, one that has ended is there until its own parent asks for it
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return True
    return state not in (b"Z", b"X")


def _wait_on_windows(pid: int) -> None:
    import ctypes

    synchronize, infinite, no_such_process = 0x00100000, 0xFFFFFFFF, 87
    windows: Any = ctypes
    kernel = windows.WinDLL("kernel32", use_last_error=True)
    kernel.OpenProcess.restype = ctypes.c_void_p
    kernel.WaitForSingleObject.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
    handle = kernel.OpenProcess(synchronize, False, pid)
    if handle:
        kernel.WaitForSingleObject(handle, infinite)
    elif windows.get_last_error() != no_such_process:
        threading.Event().wait()  # it may not be watched: the end of stdin is left
