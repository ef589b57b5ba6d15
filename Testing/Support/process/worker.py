"""The worker process for tests: started, spoken to, and ended."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Sequence

CORE_PARENT = Path(__file__).resolve().parents[3] / "OrthancConnect"
COMMAND = [sys.executable, "-m", "OrthancConnectCore", "worker"]


class Process:
    """A worker process and its two pipes; a context manager."""

    def __init__(self, folder: Path, command: Sequence[str] = COMMAND, **environment: str) -> None:
        self.log = folder / "stderr.txt"
        self.progress: list[Any] = []
        with open(self.log, "wb") as stderr:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(CORE_PARENT), **environment},
            )
        assert self.process.stdin is not None and self.process.stdout is not None
        self.stdin, self.stdout = self.process.stdin, self.process.stdout

    def __enter__(self) -> Process:
        """Return itself."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Kill it, if it still runs."""
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(BrokenPipeError):
            self.stdin.close()
        self.stdout.close()

    def send(self, message: Any) -> None:
        """Write one message."""
        self.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self.stdin.flush()

    def call(self, request_id: Any, method: str, /, **params: Any) -> None:
        """Send a request."""
        self.send({"id": request_id, "method": method, "params": params})

    def cancel(self, request_id: Any) -> None:
        """Ask it to stop a request."""
        self.send({"method": "cancel", "params": {"id": request_id}})

    def read(self) -> Any:
        """Return the next answer; progress before it goes to `progress`."""
        while True:
            line = self.stdout.readline()
            assert line, f"the worker ended: {self.log.read_text()}"
            message = json.loads(line)
            if message.get("method") != "progress":
                return message
            self.progress.append(message["params"])

    def ask(self, request_id: Any, method: str, /, **params: Any) -> Any:
        """Send a request and return the next answer."""
        self.call(request_id, method, **params)
        return self.read()

    def seconds_to_end(self) -> float:
        """Close stdin, and wait for the end."""
        start = time.monotonic()
        self.stdin.close()
        self.process.wait(10)
        return time.monotonic() - start
