"""What a running operation tells its caller: progress, and how the caller stops it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any, Callable, List, Mapping, Optional

from .errors import OperationCancelled

#: Progress is reported at most this often (10 a second), in seconds.
PROGRESS_INTERVAL = 0.1


@dataclass(frozen=True)
class Progress:
    """A moment of a running operation."""

    #: ``scan``, ``upload``, ``send`` (results), ``waiting`` (the server is away), ``query``,
    #: ``retrieve``, ``slide`` (its tiles) or ``verify``.
    phase: str
    #: Files or instances handled so far, and all that are known of so far.
    done: int
    total: int
    #: The same in bytes; `bytes_total` is 0 while unknown.
    bytes_done: int = 0
    bytes_total: int = 0
    #: Bytes per second over the last seconds.
    rate: float = 0.0
    #: Estimate; None while unknown.
    seconds_left: Optional[float] = None
    #: What is being handled: a path, a UID; may be empty.
    current: str = ""
    #: More that JSON can hold, by phase: ``waiting`` has ``message``, ``hint`` and ``since``
    #: (seconds since 1970), and the first report after it has ``back`` if the server is back;
    #: ``scan`` has ``series``, the rows that are new or changed (`scan.tree.SeriesRow.to_dict`);
    #: the worker's ``check`` has ``lines`` and ``question``; ``retrieve`` may have ``volume``
    #: (`retrieve.stack.Stack.state`).
    details: Optional[Mapping[str, Any]] = None


ProgressCallback = Callable[[Progress], None]


def ignore_progress(progress: Progress) -> None:
    """Take a progress report and do nothing with it."""


class CancelToken:
    """Lets one thread ask an operation, running in others, to stop."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._callbacks: List[Callable[[], object]] = []
        self._lock = threading.Lock()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def cancel(self) -> None:
        """Ask the operation to stop; calls each `on_cancel` callback once."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def on_cancel(self, callback: Callable[[], object]) -> None:
        """Call `callback` when cancelled, at once if that is so already."""
        with self._lock:
            if not self._event.is_set():
                self._callbacks.append(callback)
                return
        callback()

    def raise_if_cancelled(self) -> None:
        """Go on, or not after `cancel`.

        Raises
        ------
        OperationCancelled
            `cancel` was called.
        """
        if self._event.is_set():
            raise OperationCancelled()

    def wait(self, seconds: float) -> bool:
        """Sleep up to `seconds`; return True as soon as cancelled."""
        return self._event.wait(seconds)


class ProgressMeter:
    """Gathers progress of one phase from many threads, and reports it at most ten times a second.

    `callback` gets it in whichever thread happened to report.
    """

    #: Seconds over which the rate is taken.
    WINDOW = 3.0

    def __init__(self, phase: str, callback: ProgressCallback) -> None:
        self._phase = phase
        self._callback = callback
        self._lock = threading.Lock()
        self._emit_lock = threading.Lock()
        self._done = self._total = self._bytes_done = self._bytes_total = 0
        self._current = ""
        self._samples = [(time.monotonic(), 0)]
        #: Gives the `Progress.details` of each report.
        self.details: Callable[[], Optional[Mapping[str, Any]]] = lambda: None
        self._last_emit = 0.0

    def expect(self, files: int = 0, size: int = 0) -> None:
        """Add to what is to be done."""
        with self._lock:
            self._total += files
            self._bytes_total += size
        self._maybe_emit()

    def add(self, files: int = 0, size: int = 0, current: str = "") -> None:
        """Add to what has been done."""
        with self._lock:
            self._done += files
            self._bytes_done += size
            if current:
                self._current = current
        self._maybe_emit()

    def finish(self) -> None:
        """Report the final state, however recent the last report was."""
        with self._emit_lock:
            self._callback(self.snapshot())

    def snapshot(self) -> Progress:
        """Return the state of this moment."""
        now = time.monotonic()
        with self._lock:
            self._samples.append((now, self._bytes_done))
            while len(self._samples) > 2 and self._samples[1][0] < now - self.WINDOW:
                self._samples.pop(0)
            then, bytes_then = self._samples[0]
            rate = (self._bytes_done - bytes_then) / (now - then) if now > then else 0.0
            counts = (self._done, self._total, self._bytes_done, self._bytes_total)
            undone = max(0, self._bytes_total - self._bytes_done)
            left = undone / rate if rate > 0 and self._bytes_total else None
            current = self._current
        return Progress(self._phase, *counts, rate, left, current, self.details())

    def _maybe_emit(self) -> None:
        now = time.monotonic()
        with self._lock:
            if now - self._last_emit < PROGRESS_INTERVAL:
                return
            self._last_emit = now
        self.finish()
