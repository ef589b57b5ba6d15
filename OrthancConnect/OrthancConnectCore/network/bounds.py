"""How much of an answer is read, and for how long: by its kind, counted where it arrives.

A socket's timeout counts from byte to byte, so it ends neither a flood nor a drip. Here every byte
of an answer is counted as it comes from the socket, its head and its trailers included.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from http.client import HTTPResponse
from time import monotonic
from typing import Any

from ..shared.errors import ConfigurationError
from ..shared.validation import plain_text

_MEGABYTE = 1024 * 1024
#: Bytes a second, over each read timeout in which an answer is waited for.
LEAST_RATE = 100
#: Environment variable with the megabytes that a listing may have.
LARGEST_LISTING = "ORTHANCCONNECT_LARGEST_LISTING"
#: Megabytes of a listing: some 16,000 instances with all that is asked of each. In memory it takes
#: five times as much.
_USUAL_LISTING = 16


@dataclass(frozen=True)
class Bound:
    """What an answer may have, and what to do when it has more."""

    size: int  # bytes of its body, as sent
    #: Read timeouts that it may take from its first byte on; 0: while it keeps up the least rate.
    turns: float = 0.0
    hint: str = "Check that this address is an Orthanc server, and what lies between."


#: A status, one record, the fate of what was uploaded.
SMALL = Bound(4 * _MEGABYTE, 2)
#: The answer that refuses a request.
REFUSAL = Bound(128 * 1024, 2)
#: All the heads of an answer; each line of it is bounded by http.client.
_HEAD = Bound(_MEGABYTE, 2)
#: A file whose size is not known: the longest value of a DICOM element with a length (PS3.5
#: section 7.1), which is four gigabytes.
_UNKNOWN_FILE = Bound(4 * 1024 * _MEGABYTE)


def listing() -> Bound:
    """Return the bound of a listing.

    Raises
    ------
    ConfigurationError
        The environment variable `LARGEST_LISTING` is no number of megabytes.
    """
    text = os.environ.get(LARGEST_LISTING, "").strip() or str(_USUAL_LISTING)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1024 * 1024):
        raise ConfigurationError(
            f"The environment variable {LARGEST_LISTING} is {plain_text(text, 40)!r}.",
            "Set it to a whole number of megabytes, for example 512.",
        )
    hint = f"If the server holds so much, set the environment variable {LARGEST_LISTING} to more "
    return Bound(int(text) * _MEGABYTE, 10, f"{hint}than {text} megabytes; else check the address.")


def file_of(size: int) -> Bound:
    """Return the bound of a file of some bytes, and a little; 0 where its size is not known."""
    return Bound(size + size // 8 + 64 * 1024) if size > 0 else _UNKNOWN_FILE


class BoundExceeded(Exception):
    """An answer has more bytes than `size`, or did not end in `seconds`; or is too slow.

    What to do then says `hint`.
    """

    def __init__(self, size: int = 0, seconds: float = 0.0, hint: str = "") -> None:
        super().__init__()
        self.size, self.seconds, self.hint = size, seconds, hint


class Meter:
    """Counts one answer after the other of a connection."""

    def begin(self, timeout: float) -> None:
        """Await an answer, which may come after `timeout` seconds."""
        self._timeout = timeout
        self._came = self._came_since = 0
        self._waited = self._waited_since = 0.0
        self.allow(_HEAD)

    def allow(self, bound: Bound) -> None:
        """Let so much more come."""
        self._bound = bound
        self._most = self._came + bound.size
        self._until = self._waited + bound.turns * self._timeout if bound.turns else 0.0

    def count(self, size: int, seconds: float) -> None:
        """Take note of bytes and of how long they were waited for; nothing else is time.

        Raises
        ------
        BoundExceeded
            It is too much, or too slow.
        """
        if self._came:  # before the first byte it is the server that works
            self._waited += seconds
        self._came += size
        if not size:
            return  # the end
        if self._came > self._most:
            raise BoundExceeded(self._bound.size, hint=self._bound.hint)
        if self._until and self._waited > self._until:
            raise BoundExceeded(seconds=self._bound.turns * self._timeout)
        waited = self._waited - self._waited_since
        if waited >= self._timeout:
            if self._came - self._came_since < LEAST_RATE * waited:
                raise BoundExceeded()
            self._came_since, self._waited_since = self._came, self._waited


class _CountedStream(io.RawIOBase):
    """A socket's stream whose bytes a meter counts."""

    def __init__(self, stream: Any, meter: Meter) -> None:
        super().__init__()
        self._stream, self._meter = stream, meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Any:
        began = monotonic()
        size = self._stream.readinto(buffer)
        self._meter.count(size or 0, monotonic() - began)
        return size

    def close(self) -> None:
        self._stream.close()
        super().close()


class _CountedSocket:
    """A socket of which http.client makes a stream whose bytes a meter counts."""

    def __init__(self, sock: Any, meter: Meter) -> None:
        self._sock, self._meter = sock, meter

    def makefile(self, mode: str) -> io.BufferedReader:
        raw = self._sock.makefile(mode, buffering=0)
        return io.BufferedReader(_CountedStream(raw, self._meter))


class CountedResponse(HTTPResponse):
    """An answer as http.client reads it, with a meter."""

    #: What brings it.
    connection: Any = None

    def __init__(self, meter: Meter, sock: Any, *args: Any, **options: Any) -> None:
        self.meter = meter
        meter.begin(sock.gettimeout())
        super().__init__(_CountedSocket(sock, meter), *args, **options)  # type: ignore[arg-type]
