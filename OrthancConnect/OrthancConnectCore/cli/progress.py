"""What the command line shows while something runs, and how Ctrl-C ends it."""

from __future__ import annotations

import functools
import importlib
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Iterator, Optional

from ..shared.events import CancelToken, Progress
from ..shared.validation import plain_text
from .output import human_seconds, human_size, warn
from .streams import aside, ending_signals


class ProgressBar:
    """Shows the progress of one operation on stderr, if that is a terminal.

    With ``tqdm`` (the extra ``cli``) a bar; without, a line of text every two seconds. Nothing
    is shown of what takes less than a second. That the server is away is said once on any stderr,
    and that it is back.
    """

    DELAY, TEXT_INTERVAL = 0.7, 2.0
    #: A server that is away again within so many seconds, and for not longer than the other, is the
    #: same trouble: a limited rate looks so.
    SAME_TROUBLE, SHORT_AGAIN = 60.0, 10.0

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted and sys.stderr.isatty()
        self._is_open = True
        self._away_since: Optional[float] = None
        self._waited_at = 0.0
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._last_text = 0.0
        self._bar: Any = None
        self._phase = ""

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_exc: object) -> None:
        with self._lock, suppress(OSError):
            self._is_open = False
            self._close()

    def __call__(self, progress: Progress) -> None:
        """Take a progress report, from any thread."""
        now = time.monotonic()
        with self._lock, suppress(OSError):  # a terminal that is gone stops no work
            if not self._is_open:
                return
            self._tell_waiting(progress)
            if not self._wanted or now - self._started < self.DELAY:
                return
            make_bar = _tqdm()
            if make_bar is None:
                if now - self._last_text >= self.TEXT_INTERVAL:
                    self._last_text = now
                    aside(f"{progress.phase}: {_figures(progress)}\n")
                return
            if self._bar is None or self._phase != progress.phase:
                self._close()
                self._phase = progress.phase
                # Sizes are given, since tqdm shows nothing where the terminal tells none.
                self._bar = make_bar(
                    total=1, file=sys.stderr, leave=False, ncols=80, nrows=20, delay=1e-6
                )
                self._bar.delay = 0  # kept it from showing an empty bar, not from clearing this one
            by_bytes = progress.bytes_total > 0
            self._bar.total = (progress.bytes_total if by_bytes else progress.total) or 1
            self._bar.n = min(progress.bytes_done if by_bytes else progress.done, self._bar.total)
            known = "{percentage:3.0f}% |{bar}| " if progress.total or by_bytes else ""
            figures = known + _figures(progress)
            self._bar.ncols = _terminal_width()
            self._bar.bar_format = f"{progress.phase} {figures}"
            self._bar.refresh()

    def _tell_waiting(self, progress: Progress) -> None:
        details = progress.details or {}
        since = details.get("since", 0.0) if progress.phase == "waiting" else None
        if since == self._away_since:
            return
        if since is not None:
            before, self._waited_at = self._waited_at, time.time()
            if since - before < self.SAME_TROUBLE and self._waited_at - since < self.SHORT_AGAIN:
                return
        self._away_since = since
        self._close()  # the lines shall stand above the bar
        if since is None:
            if details.get("back"):  # else it was given up, or the upload was cancelled
                warn("the server is back.")
        else:
            words, hint = (plain_text(details.get(key, ""), 1000) for key in ("message", "hint"))
            warn(f"waiting for the server. {words}\n  {hint}")

    def _close(self) -> None:
        bar, self._bar = self._bar, None
        if bar is not None:
            bar.close()


def _terminal_width() -> int:
    """Return the columns of the terminal on stderr, now; 80 where it does not tell."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _figures(progress: Progress) -> str:
    parts = [f"{progress.done} of {progress.total}" if progress.total else str(progress.done)]
    if progress.rate > 0:
        parts.append(f"{human_size(progress.rate)}/s")
    if progress.seconds_left is not None:
        left = max(1, round(progress.seconds_left))
        parts.append(f"{left} s left" if left < 100 else f"{human_seconds(left)} left")
    return ", ".join(parts)


@functools.cache
def _tqdm() -> Any:
    """Return tqdm's class, None when it is not installed."""
    try:
        bar = importlib.import_module("tqdm").tqdm
    except ImportError:
        return None
    bar.monitor_interval = 0  # no thread of its own
    return bar


@contextmanager
def cancel_by_signal() -> Iterator[CancelToken]:
    """Give a token that Ctrl-C, SIGTERM or the end of the terminal cancels.

    A second Ctrl-C or SIGTERM ends the process at once.
    """
    token = CancelToken()

    def on_signal(number: int, _frame: Optional[FrameType]) -> None:
        if token.cancelled:
            if number in (signal.SIGINT, signal.SIGTERM):  # a terminal's end is told twice
                os._exit(130)
            return
        with suppress(OSError):
            os.write(2, b"\northancconnect: cancelling; once more to stop at once\n")
        token.cancel()

    numbers = (signal.SIGINT, *ending_signals())
    before = [signal.signal(number, on_signal) for number in numbers]
    try:
        yield token
    finally:
        for number, handler in zip(numbers, before):
            signal.signal(number, handler)
