"""A command that is ended by a signal while it waits for a server: one sentence, and 130."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import Tuple

import pytest

from OrthancConnectCore.shared.profile import ServerProfile
from Support.data.dicom import write_small_instances
from Support.process.busy_machine import here
from Support.scenarios.field import WorkingLine, given
from Support.servers.scripted import Answer, Request, ScriptedServer

COMMANDS = {
    "echo": ("--only", "https"),
    "connect": ("ADDRESS", "--allow-insecure-http", "--user", "eva"),
    "register": (),
    "doctor": ("--read-only",),
    "upload": ("DATA",),
    "retrieve": ("--study", "1.2", "--output", "DATA", "--method", "HTTPS"),
}


@pytest.mark.parametrize(
    ("command", "number"),
    [
        *((command, signal.SIGTERM) for command in COMMANDS),
        *((command, signal.SIGHUP) for command in ("echo", "doctor")),
        ("connect", signal.SIGINT),
    ],
)
def test_a_signal_ends_a_command_in_a_sentence(
    tmp_path: Path, command: str, number: signal.Signals
) -> None:
    asked, over = threading.Event(), threading.Event()

    def keep_waiting(_request: Request) -> Answer:
        asked.set()
        over.wait(30)
        return Answer(status=0)

    write_small_instances(tmp_path / "data", count=1)
    with ScriptedServer(keep_waiting) as server:
        profile = ServerProfile("lab", server.url, user="ana", allow_insecure_http=True)
        line = WorkingLine(tmp_path, profile, "a password")
        places = {"ADDRESS": server.url, "DATA": tmp_path / "data"}
        arguments: Tuple[object, ...] = tuple(places.get(word, word) for word in COMMANDS[command])
        process = line.begin(command, *arguments)
        given(asked.wait(20), "the server is asked")
        process.send_signal(number)
        sent = time.monotonic()
        said = line.end(process)
        seconds = time.monotonic() - sent
        over.set()
    assert said.code == 130, said
    assert "ancelled" in said.out + said.err and "Traceback" not in said.err
    assert seconds < here(4)


def test_nohup_is_heeded(tmp_path: Path) -> None:
    asked, over = threading.Event(), threading.Event()

    def keep_waiting(_request: Request) -> Answer:
        asked.set()
        over.wait(30)
        return Answer(401)

    with ScriptedServer(keep_waiting) as server:
        profile = ServerProfile("lab", server.url, user="ana", allow_insecure_http=True)
        line = WorkingLine(tmp_path, profile, "a password")
        echo = ("echo", "--only", "https", "--password-stdin")
        process = line.start(*echo, prefix=("nohup",))
        assert process.stdin is not None
        process.stdin.write(b"a password\n")
        process.stdin.flush()
        given(asked.wait(20), "the server is asked")
        process.send_signal(signal.SIGHUP)
        over.set()
        assert line.end(process).code == 4  # as the server said
