"""How many connections an upload uses, and whether it compresses: found by trying, and measuring.

What limits an upload is seldom known before: the server's processors, the round trip, the wire.
More connections help against the round trip, compression helps against a slow wire, and neither
against a slow server. So one thing is changed at a time, and kept when the rate is clearly better.
"""

from __future__ import annotations

import threading
import time
from typing import Callable, Generator, NamedTuple, Optional, Set

#: Connections to begin with, no worse than fewer on the same machine; and with a server far away.
FIRST_CONNECTIONS, FAR_CONNECTIONS = 8, 16
#: Seconds of a round trip from which a server is.
FAR = 0.005
#: What a file costs beside its bytes, as bytes; so small and large files can be compared.
FILE_COST = 64 * 1024
#: How much better the rate has to be for more connections, and for compression.
GROWTH_GAIN, COMPRESSION_GAIN = 1.15, 1.15
#: What the rate may lose when there are fewer connections, or no compression any more.
ECONOMY = 0.97
#: A measurement's seconds and files, at the least, and its files for each connection.
LEAST_SECONDS, LEAST_FILES, FILES_A_CONNECTION = 0.1, 12, 2
#: Seconds until things are tried again; doubled each time that nothing changed.
FIRST_REST, LONGEST_REST = 3.0, 60.0
#: Bytes a second that a processor compresses, by a careful guess. Compression is not even tried
#: where half of it would not be enough.
COMPRESSION_SPEED = 50e6
#: Files of this many bytes that go slower than this are most likely held up by the wire.
_LARGE, _SLOW_WIRE = 64 * 1024, 25e6
#: Turns that may fail during a measurement before it is given up.
_MOST_SPOILT = 3


class Turn:
    """The way of one file, or of several that go together, through a thread.

    Attributes
    ----------
    compress : bool
        Whether its body should be compressed, if it can be.
    tried : bool
        Set by the sender when it begins to send.
    compressed : bool
        Set by the sender when the body was compressed.
    sent : int
        Bytes, set by the sender when the server has taken them at the first try.
    files : int
        How many files that were.
    """

    __slots__ = (
        "compress",
        "tried",
        "compressed",
        "sent",
        "files",
        "connections",
        "epoch",
        "began",
        "disturbs",
        "_pace",
    )

    def __init__(
        self,
        pace: Optional[Pace] = None,
        epoch: int = 0,
        began: float = 0.0,
        disturbs: bool = False,
    ) -> None:
        self.connections = 0 if pace is None else pace.connections
        self.compress = pace is not None and pace.compressing
        self.tried = self.compressed = False
        self.sent = 0
        self.files = 1
        self.epoch = epoch
        self.began = began
        self.disturbs = disturbs
        self._pace = pace

    def refuse_compression(self) -> None:
        """Say that the server takes nothing that is compressed."""
        if self._pace is not None:
            self._pace.refuse_compression()

    def refuse_batches(self) -> None:
        """Say that the server takes no files together."""
        if self._pace is not None:
            self._pace.batching = False

    def relieve(self) -> None:
        """Say that the server has too much to do."""
        if self._pace is not None:
            self._pace.relieve(self)


class _Measured(NamedTuple):
    """What one setting brought; `rate` is 0 where that is unknown."""

    rate: float = 0.0
    byte_rate: float = 0.0
    mean_size: float = 0.0
    compressed: bool = False


class _Sums:
    """What the turns of one setting amount to."""

    def __init__(self, now: float) -> None:
        self.since = now
        self.turns = self.files = self.compressed = self.spoilt = 0
        self.size = 0
        self.seconds = 0.0

    def add(self, turn: Turn, now: float) -> None:
        """Take a turn in."""
        self.turns += 1
        self.files += turn.files
        self.compressed += turn.compressed
        self.size += turn.sent
        self.seconds += now - turn.began

    def measured(self, connections: int) -> _Measured:
        """Rates by Little's law, so that it is no matter how the turns' ends fall together."""
        scale = connections / max(self.seconds, 1e-9)
        return _Measured(
            scale * (self.size + FILE_COST * self.files),
            scale * self.size,
            self.size / self.files,
            2 * self.compressed > self.turns,
        )


#: Waits for a measurement, which it is sent, or until the time that it yields.
_Course = Generator[Optional[float], _Measured, None]
_Trial = Generator[Optional[float], _Measured, _Measured]


class Pace:
    """Decides, from the turns that ended, what the next ones are like; for any number of threads.

    Parameters
    ----------
    most : int
        Connections, at the most.
    cores : int
        Processors of this machine.
    compress : bool
        Whether bodies may be compressed, and small files packed together, at all.
    clock : callable
        Seconds, never going back.

    Attributes
    ----------
    connections : int
        How many there should be now.
    compressing : bool
        Whether bodies are compressed now, for good or on trial.
    batching : bool
        Whether small files may go together.
    """

    def __init__(
        self,
        most: int,
        cores: int = 1,
        compress: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = max(1, most)
        self._cores = max(1, cores)
        self._may_compress = compress
        self._clock = clock
        self._lock = threading.Lock()
        self.connections = min(FIRST_CONNECTIONS, self._most)
        self.compressing = False
        self.batching = compress
        self._epoch = 0
        self._sums = _Sums(clock())
        self._under_way: Set[Turn] = set()
        self._disturbing = 0
        self._rest = FIRST_REST
        self._course = self._run()
        self._wake_at = next(self._course)

    def begin(self, fresh: bool = False) -> Turn:
        """Begin a turn; a `fresh` one has still to connect, and nothing is measured meanwhile."""
        now = self._clock()
        with self._lock:
            if self._wake_at is not None and now >= self._wake_at:
                self._go_on(_Measured())
            turn = Turn(self, self._epoch, now, fresh)
            self._under_way.add(turn)
            self._disturbing += fresh
            return turn

    def end(self, turn: Turn) -> None:
        """Take note of a turn that ended."""
        now = self._clock()
        with self._lock:
            self._under_way.discard(turn)
            self._disturbing -= turn.disturbs
            if self._wake_at is not None:
                return
            sums = self._sums
            if not turn.sent:
                sums.spoilt += turn.tried
                if sums.spoilt > _MOST_SPOILT:
                    self._go_on(_Measured())
            elif turn.disturbs:
                self._measure_anew()
            elif turn.epoch == self._epoch and not self._disturbing:
                sums.add(turn, now)
                enough = sums.turns >= max(LEAST_FILES, FILES_A_CONNECTION * self.connections)
                if enough and now - sums.since >= LEAST_SECONDS:
                    self._go_on(sums.measured(self.connections))

    def starve(self) -> None:
        """Take note that a thread finds nothing to do: what was measured meanwhile is void."""
        with self._lock:
            if self._wake_at is None:
                self._measure_anew()

    def set_out(self, round_trip: float) -> None:
        """Take note of the round trip, in seconds, before anything was measured."""
        with self._lock:
            if round_trip >= FAR and self.connections < min(FAR_CONNECTIONS, self._most):
                self._set(FAR_CONNECTIONS, self.compressing)
                self._course = self._run()
                self._wake_at = next(self._course)

    def refuse_compression(self) -> None:
        """Compress nothing any more: the server does not take it."""
        with self._lock:
            self._may_compress = self.compressing = False

    def relieve(self, turn: Turn) -> None:
        """Halve the connections: the server says that it has too much to do."""
        with self._lock:
            if turn.connections != self.connections:
                return  # that was before the last change
            self._set(self.connections // 2, self.compressing)
            self._course = self._run(resting=True)
            self._wake_at = next(self._course)

    def _set(self, connections: int, compressing: bool) -> None:
        self.connections = max(1, min(self._most, connections))
        self.compressing = compressing and self._may_compress
        # What is under way still competes with what comes, by the old setting.
        for turn in self._under_way:
            turn.disturbs = True
        self._disturbing = len(self._under_way)
        self._measure_anew()

    def _measure_anew(self) -> None:
        """Count only what begins from now on."""
        self._epoch += 1
        self._sums = _Sums(self._clock())

    def _go_on(self, measured: _Measured) -> None:
        self._wake_at = self._course.send(measured)

    # What is tried, in which order ---------------------------------------------------------------

    def _run(self, resting: bool = False) -> _Course:
        while True:
            if resting:
                yield self._clock() + self._rest
            before = (self.connections, self.compressing)
            yield from self._improve(resting)
            unchanged = before == (self.connections, self.compressing)
            self._rest = min(2 * self._rest, LONGEST_REST) if unchanged else FIRST_REST
            resting = True

    def _improve(self, fewer: bool) -> _Course:
        """Try one thing after the other; each that is better stays."""
        base = yield from self._measure()
        if not base.rate:
            return
        packing_first = base.mean_size > _LARGE and base.byte_rate < _SLOW_WIRE
        untried = True
        while True:
            if untried and packing_first:
                untried = False
                base = yield from self._try_compression(base)
            connections = self.connections
            base = yield from self._try(2 * connections, self.compressing, base, GROWTH_GAIN)
            if self.connections > connections:
                continue
            if not untried:
                break
            packing_first = True
        if fewer:
            yield from self._try(self.connections // 2, self.compressing, base, ECONOMY)

    def _try_compression(self, base: _Measured) -> _Trial:
        useful = COMPRESSION_SPEED / 2 * min(self._cores, self.connections)
        if self.compressing:
            return (yield from self._try(self.connections, False, base, ECONOMY))
        if base.byte_rate > useful:
            return base
        return (yield from self._try(self.connections, True, base, COMPRESSION_GAIN))

    def _try(self, connections: int, compressing: bool, base: _Measured, gain: float) -> _Trial:
        """Try a setting and return what the better one brings; that one stays."""
        before = (self.connections, self.compressing)
        self._set(connections, compressing)
        if before == (self.connections, self.compressing):
            return base
        found = yield from self._measure()
        if found.rate > base.rate * gain and found.compressed == self.compressing:
            return found
        self._set(*before)
        return base

    def _measure(self) -> _Trial:
        self._measure_anew()
        return (yield None)
