"""The command line for tests: in this process, as a process of its own, or on a terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional, Sequence

from OrthancConnectCore.__main__ import main

CORE_PARENT = Path(__file__).resolve().parents[3] / "OrthancConnect"
#: Inside Slicer an interpreter of its own, to which Slicer's packages are nothing.
PYTHON = os.environ.get("ORTHANCCONNECT_PYTHON") or sys.executable


# Makes the terminal on stdin the controlling one, as a shell would: for Ctrl-C and getpass.
_TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Said(NamedTuple):
    """What a run of the command line left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


def in_process(capsys: Any) -> Callable[..., Said]:
    """Return a function that runs the command line here, without a process of its own."""

    def call(*arguments: str) -> Said:
        capsys.readouterr()
        code = main(arguments)
        return Said(code, *capsys.readouterr())

    return call


class CommandLine:
    """Runs ``python -m OrthancConnectCore`` with settings of its own.

    `everything` gathers all that was said, for the search for secrets.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self.settings = folder / "settings"
        self.everything = ""
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(CORE_PARENT),
            "PYTHONIOENCODING": "utf-8",
            "ORTHANCCONNECT_CONFIG_DIR": str(self.settings),
            **environment,
        }
        self._environment.pop("PYTHONHOME", None)

    def start(
        self, *arguments: Any, prefix: Sequence[str] = (), **options: Any
    ) -> subprocess.Popen[bytes]:
        """Start a run and return its process; whoever calls waits for it."""
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(
            [*prefix, *_command(arguments)], env=self._environment, **{**streams, **options}
        )

    def run(
        self,
        *arguments: Any,
        stdin: str = "",
        timeout: float = 60,
        prefix: Sequence[str] = (),
    ) -> Said:
        """Run without a terminal; `prefix` is a command that runs others."""
        with self.start(*arguments, prefix=prefix) as process:
            return self.end(process, stdin, timeout)

    def end(self, process: subprocess.Popen[bytes], stdin: str = "", timeout: float = 60) -> Said:
        """Wait for a run that `start` began."""
        try:
            out, err = process.communicate(stdin.encode(), timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        said = Said(process.returncode, out.decode(), err.decode())
        self.everything += said.out + said.err
        return said

    def on_terminal(
        self,
        *arguments: Any,
        answers: Optional[dict[str, str]] = None,
        interrupt_after: str = "",
        timeout: float = 30,
    ) -> Said:
        """Run with a terminal as stdin, stdout and stderr; `out` is all that it showed.

        Each question in `answers` is answered once, when it appears. Ctrl-C is typed when
        `interrupt_after` appears.
        """
        waiting = dict(answers or {})
        terminal, inside = pty.openpty()
        process = subprocess.Popen(
            [PYTHON, "-c", _TAKE_TERMINAL, *_command(arguments)],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            env=self._environment,
            start_new_session=True,
        )
        os.close(inside)
        shown, deadline = b"", time.monotonic() + timeout
        try:
            while time.monotonic() < deadline:
                if not select.select([terminal], [], [], 0.1)[0]:
                    continue
                try:
                    data = os.read(terminal, 65536)
                except OSError:  # the other end is closed
                    break
                shown += data
                text = shown.decode(errors="replace")
                for question in [question for question in waiting if question in text]:
                    os.write(terminal, waiting.pop(question).encode() + b"\n")
                if interrupt_after and interrupt_after in text:
                    interrupt_after = ""
                    time.sleep(0.3)  # no faster than a person, who reads the prompt first
                    os.write(terminal, b"\x03")
            else:
                process.kill()
        finally:
            os.close(terminal)
            code = process.wait()
        text = shown.decode(errors="replace").replace("\r\n", "\n")
        self.everything += text
        return Said(code, text, "")


def _command(arguments: Any) -> list[str]:
    strict = ["-W", "error::ResourceWarning"]
    return [PYTHON, *strict, "-m", "OrthancConnectCore", *map(str, arguments)]
