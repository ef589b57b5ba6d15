"""How the worker learns that the process which it serves has ended, on each platform."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import Any, List

import pytest

from OrthancConnectCore.worker import parent


def ends(pid: int) -> threading.Thread:
    thread = threading.Thread(target=parent.wait_for_end, args=(pid,), daemon=True)
    thread.start()
    return thread


def test_another_process_counts_as_ended_before_anybody_asked_for_it() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        waiting = ends(other.pid)
        waiting.join(0.5)
        assert waiting.is_alive()
        assert other.stdin is not None
        other.stdin.close()
        waiting.join(20)
        assert not waiting.is_alive() and other.returncode is None
    ends(other.pid).join(20)  # it is not there at all


def test_the_parent_is_waited_for() -> None:
    waiting = ends(os.getppid())
    waiting.join(0.5)
    assert waiting.is_alive()


@pytest.mark.parametrize(
    ("handle", "fault", "waits"), [(7, 0, [7]), (None, 87, []), (None, 5, ["for ever"])]
)
def test_on_windows_its_handle_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, handle: Any, fault: int, waits: List[Any]
) -> None:
    waited: List[Any] = []

    def open_process(access: int, _inherit: bool, pid: int) -> Any:
        assert (access, pid) == (0x00100000, 42)
        return handle

    def wait(opened: int, milliseconds: int) -> None:
        assert milliseconds == 0xFFFFFFFF
        waited.append(opened)

    kernel = SimpleNamespace(OpenProcess=open_process, WaitForSingleObject=wait)
    monkeypatch.setattr(ctypes, "WinDLL", lambda *_args, **_more: kernel, raising=False)
    monkeypatch.setattr(ctypes, "get_last_error", lambda: fault, raising=False)
    monkeypatch.setattr(parent.sys, "platform", "win32")
    event = SimpleNamespace(wait=lambda: waited.append("for ever"))
    monkeypatch.setattr(parent.threading, "Event", lambda: event)
    parent.wait_for_end(42)
    assert waited == waits
