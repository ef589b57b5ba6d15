"""The standard streams and signals as they come: closed, full, with nobody at the other end."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from typing import Any, Iterator, TextIO

from ..files import os_reason


def open_missing() -> None:
    """Put a stream in the place of each standard one that this process was started without.

    Else the next file or connection would get its number, and with it what is printed. Nothing
    comes from this stdin, writing to this stdout fails as to a closed one, and stderr says nothing.
    """
    for name, access, mode in (
        ("stdin", os.O_RDONLY, "r"),
        ("stdout", os.O_RDONLY, "w"),
        ("stderr", os.O_WRONLY, "w"),
    ):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, access)  # the lowest number that is free: the missing one
            setattr(sys, name, open(handle, mode, encoding="utf-8", closefd=False))


def answer(text: str) -> bool:
    """Print to stdout; return whether that went well.

    Who no longer reads a pipe wants no more. A stdout that is closed or full is told on stderr,
    with the answer, which would be lost.
    """
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:
        _give_up(sys.stdout)
    except OSError as error:
        _give_up(sys.stdout)
        aside(f"orthancconnect: Stdout can't be written: {os_reason(error)}. The answer:\n{text}")
        return False
    return True


def aside(text: str) -> None:
    """Print to stderr, if that can be; it stops nothing if not."""
    try:
        print(text, end="", file=sys.stderr, flush=True)
    except OSError:
        _give_up(sys.stderr)


def _give_up(stream: TextIO) -> None:
    """Throw away what a stream did not take: else Python complains about it at its exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def interrupts() -> Iterator[None]:
    """Let SIGTERM, and the end of the terminal, end a command as Ctrl-C does."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in ending_signals():
            if signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ending_signals() -> Iterator[Any]:
    """Give the signals that end a command, beside Ctrl-C; without that which nohup turns off."""
    yield signal.SIGTERM
    hang_up = getattr(signal, "SIGHUP", None)  # not on Windows
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        yield hang_up
