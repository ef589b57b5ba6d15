"""Long work in the main thread, a few milliseconds at a time."""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import Any, Callable, Deque, Iterator, NamedTuple, Optional

import qt

from .signals import ignore

#: Seconds that one slot may hold the event loop.
BUDGET = 0.006

_kept: Deque[Any] = deque(maxlen=32)


def keep(thing: Any) -> None:
    """Keep an ended timer or process for a while: none must go away inside its own signal."""
    _kept.append(thing)


class Pause(NamedTuple):
    """What a step hands out that has to wait for something else before the next one."""

    milliseconds: int


class Ticker:
    """Calls a slot every so many milliseconds, until it is stopped for good."""

    def __init__(self, milliseconds: int, slot: Callable[[], None]) -> None:
        self._slot = slot
        self.running = True
        self._timer = qt.QTimer()
        self._timer.connect("timeout()", slot)
        self._timer.start(milliseconds)

    def wait(self, milliseconds: int) -> None:
        """Call it after so many milliseconds, and again and again."""
        self._timer.start(milliseconds)

    def stop(self) -> None:
        """Call it no more."""
        if self.running:
            self.running = False
            self._timer.stop()
            self._timer.disconnect("timeout()", self._slot)
            keep(self._timer)


class Turns:
    """Runs the steps of an iterator between the events of the application.

    Ends with `on_done` or, after an exception in a step, with `on_error`; with neither after
    `cancel`.
    """

    def __init__(
        self,
        steps: Iterator[Any],
        on_done: Callable[[], None] = ignore,
        on_error: Optional[Callable[[Exception], None]] = None,
    ) -> None:
        self._steps = steps
        self._on_done = on_done
        self._on_error = on_error
        self._paused = False
        self._ticker = Ticker(0, self._onTimeout)

    @property
    def running(self) -> bool:
        """Whether there are steps still to come."""
        return self._ticker.running

    def cancel(self) -> None:
        """Stop without a further word."""
        self._ticker.stop()

    def _onTimeout(self) -> None:
        end = time.monotonic() + BUDGET
        if self._paused:
            self._paused = False
            self._ticker.wait(0)
        try:
            while self.running and time.monotonic() < end:
                step = next(self._steps)
                if isinstance(step, Pause):
                    self._paused = True
                    self._ticker.wait(step.milliseconds)
                    return
        except StopIteration:
            self.cancel()
            self._on_done()
        except Exception as error:  # the slot's edge
            self.cancel()
            if self._on_error is None:
                logging.exception("OrthancConnect: work in turns failed")
            else:
                self._on_error(error)
