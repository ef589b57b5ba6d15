"""The worker process as seen from Slicer: requests go out, callbacks come back, nothing waits."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional

import qt
import slicer

from OrthancConnectCore.shared.errors import (
    WORKER_ENDED,
    OperationCancelled,
    OrthancConnectError,
    WorkerError,
    error_from_dict,
)

from ..protocols import OnError
from ..signals import ignore
from ..turns import BUDGET, keep

#: Seconds that the worker has to end by itself once its stdin is closed.
GRACE = 2.0


class _Callbacks(NamedTuple):
    on_result: Callable[[Any], None]
    on_error: OnError
    on_progress: Callable[[Mapping[str, Any]], None]


def python_slicer() -> str:
    """Return the path of Slicer's own Python interpreter."""
    name = "PythonSlicer.exe" if sys.platform == "win32" else "PythonSlicer"
    return os.path.join(slicer.app.slicerHome, "bin", name)


class WorkerClient:
    """Speaks JSON-RPC 2.0 with ``python -m OrthancConnectCore worker`` over its stdin and stdout.

    The process starts with the first request. When it ends by itself, every request that it had
    gets a WorkerError and the next request starts another one. Secrets travel in `params` only.
    """

    def __init__(self, python_executable: Optional[str] = None) -> None:
        self._python = python_executable
        self._worker: Optional[_Worker] = None
        self._last_id = 0

    @property
    def running(self) -> bool:
        """Whether there is a worker process."""
        return self._worker is not None and self._worker.alive

    def request(
        self,
        method: str,
        params: Mapping[str, Any],
        on_result: Callable[[Any], None],
        on_error: OnError,
        on_progress: Callable[[Mapping[str, Any]], None] = ignore,
    ) -> int:
        if self._worker is None or not self._worker.alive:
            self._worker = _Worker(self._python or python_slicer())
        self._last_id += 1
        callbacks = _Callbacks(on_result, on_error, on_progress)
        self._worker.send(self._last_id, method, params, callbacks)
        return self._last_id

    def cancel(self, request_id: int) -> None:
        if self._worker is not None:
            self._worker.cancel(request_id)

    def stop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop()


class _Worker:
    """One worker process, what it has been asked, and what it has said that was not read yet."""

    def __init__(self, python: str) -> None:
        self._python = python
        self._requests: Dict[int, _Callbacks] = {}
        self._buffer = bytearray()
        self._fault: Optional[WorkerError] = None
        self.alive = True
        self._pump = qt.QTimer()
        self._pump.setSingleShot(True)
        self._process = qt.QProcess()
        self._slots = [
            (self._pump, "timeout()", self._onPump),
            (self._process, "readyReadStandardOutput()", self._onOutput),
            (self._process, "readyReadStandardError()", self._onMessages),
            (self._process, "finished(int,QProcess::ExitStatus)", self._onFinished),
            (self._process, "errorOccurred(QProcess::ProcessError)", self._onProcessError),
        ]
        for source, signal, slot in self._slots:
            source.connect(signal, slot)
        self._process.setProcessEnvironment(_environment())
        # PythonSlicer may be a launcher, which is then the worker's parent in our place.
        self._process.start(python, ["-m", "OrthancConnectCore", "worker", str(os.getpid())])

    # Sending --------------------------------------------------------------------------------

    def send(
        self, request_id: int, method: str, params: Mapping[str, Any], callbacks: _Callbacks
    ) -> None:
        """Write one request; QProcess takes it all and writes as fast as the worker reads."""
        self._requests[request_id] = callbacks
        self._write({"id": request_id, "method": method, "params": params})

    def cancel(self, request_id: int) -> None:
        """Write a cancel notification for a request that is under way."""
        if self.alive and request_id in self._requests:
            self._write({"method": "cancel", "params": {"id": request_id}})

    def _write(self, message: Dict[str, Any]) -> None:
        # ASCII: file names that are no text in the system's encoding survive as lone surrogates.
        line = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=True, allow_nan=False)
        self._process.write(line.encode("ascii") + b"\n")

    # Receiving ------------------------------------------------------------------------------

    def _onOutput(self) -> None:
        self._buffer += self._process.readAllStandardOutput().data()
        self._onPump()

    def _onMessages(self) -> None:
        text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        for line in text.splitlines():
            logging.debug("OrthancConnect worker: %s", line)

    def _onPump(self) -> None:
        """Handle lines for some milliseconds; the rest, and then the end, in later turns."""
        end = time.monotonic() + BUDGET
        while time.monotonic() < end:
            position = self._buffer.find(b"\n")
            if position < 0:
                if self._fault is not None:
                    self._end(self._fault)
                return
            line = bytes(self._buffer[:position])
            del self._buffer[: position + 1]
            self._handle(line)
        self._pump.start(0)

    def _handle(self, line: bytes) -> None:
        try:
            message = json.loads(line.decode("utf-8"))
            request_id = message.get("id", message.get("params", {}).get("id"))
        except (ValueError, AttributeError):
            logging.warning("OrthancConnect: the worker wrote a line that is no message.")
            return
        if message.get("method") == "progress":
            request = self._requests.get(request_id)
            if request is not None:
                _call(request.on_progress, message["params"])
            return
        request = self._requests.pop(request_id, None)
        if request is None:
            return
        if "result" in message:
            _call(request.on_result, message["result"])
        else:
            fault = message.get("error") or {}
            _call(request.on_error, error_from_dict(fault.get("data"), fault.get("message", "")))

    # The end --------------------------------------------------------------------------------

    def stop(self) -> None:
        """Close stdin, which ends the worker; kill it when that takes too long."""
        self._end(OperationCancelled("Stopped, because OrthancConnect is closing."))
        self._process.closeWriteChannel()
        if self._process.state() != qt.QProcess.NotRunning:
            qt.QTimer.singleShot(int(GRACE * 1000), lambda: self._process.kill())

    def _onProcessError(self, error: int) -> None:
        if error == qt.QProcess.FailedToStart:
            self._lost(
                f"The worker process can't be started: {self._process.errorString()}.",
                f"Check that this program is there and may be run: {self._python}",
            )

    def _onFinished(self, exit_code: int) -> None:
        self._buffer += self._process.readAllStandardOutput().data()
        self._onMessages()
        self._lost(
            f"The worker process ended unexpectedly (exit code {exit_code}).",
            "Try again: it is started anew, and what is already stored is not sent twice.",
            cause=WORKER_ENDED,
        )

    def _lost(self, message: str, hint: str, **facts: str) -> None:
        if self.alive:
            self.alive = False
            self._fault = WorkerError(message, hint, **facts)
            self._pump.start(0)

    def _end(self, error: OrthancConnectError) -> None:
        self.alive = False
        # Qt would keep connected slots, and with them this, referenced for ever.
        slots, self._slots = self._slots, []
        for source, signal, slot in slots:
            source.disconnect(signal, slot)
            keep(source)
        requests, self._requests = self._requests, {}
        for request in requests.values():
            _call(request.on_error, error)


def _environment() -> Any:
    """This process's environment, with OrthancConnectCore where Python finds it."""
    environment = qt.QProcessEnvironment.systemEnvironment()
    folder = str(Path(__file__).resolve().parents[2])
    path = environment.value("PYTHONPATH", "")
    environment.insert("PYTHONPATH", folder + (os.pathsep + path if path else ""))
    environment.insert("PYTHONIOENCODING", "utf-8")
    return environment


def _call(callback: Callable[[Any], None], argument: Any) -> None:
    try:
        callback(argument)
    except Exception:  # a slot's edge: one callback's fault must not stop the others
        logging.exception("OrthancConnect: a callback failed")
