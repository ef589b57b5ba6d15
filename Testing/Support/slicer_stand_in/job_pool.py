"""Threads for jobs, used again and again, each with one log for whatever runs in it.

As QThreadPool and ctkDICOMScheduler's appender do it: what DCMTK logs is kept by thread, and the
first job of that thread that is told about takes it all, its own or not.
"""

from __future__ import annotations

import collections
import sys
import threading
from typing import Callable, Deque, Dict, List

IDLE_SECONDS = 5.0


class JobPool:
    """At most so many threads; they know nothing of the scheduler."""

    def __init__(self, maximum: int) -> None:
        self.maximum = maximum
        self._condition = threading.Condition()
        self._waiting: Deque[Callable[[List[str]], None]] = collections.deque()
        self._threads: List[threading.Thread] = []
        self._logs: Dict[str, List[str]] = {}
        self._idle = self._busy = 0
        self._closed = False

    def submit(self, work: Callable[[List[str]], None]) -> None:
        """Run `work` in some thread; it gets that thread's log."""
        with self._condition:
            self._waiting.append(work)
            if len(self._waiting) <= self._idle:
                self._condition.notify()
            elif len(self._threads) < self.maximum:
                thread = threading.Thread(target=self._serve, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self) -> None:
        log: List[str] = self._logs.setdefault(thread_name(), [])
        while True:
            with self._condition:
                while not self._waiting:
                    self._idle += 1
                    woken = not self._closed and self._condition.wait(IDLE_SECONDS)
                    self._idle -= 1
                    if not self._waiting and (not woken or self._closed):
                        self._threads.remove(threading.current_thread())
                        return
                work = self._waiting.popleft()
                self._busy += 1
            try:
                work(log)
            except Exception:  # the thread's edge: told as Python tells it of any thread
                threading.excepthook(
                    threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread()))
                )
            finally:
                del work  # what it holds must not wait for the next job
                with self._condition:
                    self._busy -= 1

    def take_log(self, name: str) -> str:
        """All that was logged in a thread since it was last asked."""
        log = self._logs.get(name, [])
        text = "".join(log)
        del log[:]
        return text

    @property
    def is_done(self) -> bool:
        """Whether nothing runs or waits."""
        with self._condition:
            return not self._busy and not self._waiting

    def close(self, seconds: float) -> None:
        """Let the threads end after what they are at; wait for them."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
            threads = list(self._threads)
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(seconds)


def thread_name() -> str:
    """This thread, as a job tells it."""
    return hex(threading.get_ident())
