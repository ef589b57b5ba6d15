"""How many connections an upload uses, and whether it compresses.

More connections help against the round trip, and the round trip is known from connecting. Whether
compression helps depends on the wire, and on the processors at both ends: so the rate is measured
early and now and then, the other setting tried, and kept when it is clearly better.
"""

from __future__ import annotations

import threading
import time
from typing import Callable, NamedTuple, Optional

#: Connections to a server that is near: more do not help on the same machine.
FIRST_CONNECTIONS = 8
#: Seconds of a round trip from which a server is far: it gets as many as the profile allows.
FAR = 0.005
#: What a file costs beside its bytes, as bytes; so small and large files can be compared.
FILE_COST = 64 * 1024
#: How much better the rate has to be for compression, and what it may lose without.
COMPRESSION_GAIN, ECONOMY = 1.15, 0.97
#: A measurement's seconds and turns, at the least, and its turns for each connection.
LEAST_SECONDS, LEAST_TURNS, TURNS_A_CONNECTION = 0.1, 12, 2
#: Seconds until compression is tried again; doubled each time that nothing changed.
FIRST_REST, LONGEST_REST = 3.0, 60.0
#: Bytes a second that a processor compresses, by a careful guess. Compression is not even tried
#: where half of it would not be enough.
COMPRESSION_SPEED = 50e6
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
    began : float
        When, on the pace's clock.
    fresh : bool
        Whether its thread has still to connect.
    number : int
        Turns are numbered in the order in which they begin.
    """

    def __init__(
        self,
        pace: Optional[Pace] = None,
        number: int = 0,
        began: float = 0.0,
        fresh: bool = False,
    ) -> None:
        self._pace = pace or Pace(1, compress=False)
        self.connections = self._pace.connections
        self.compress = self._pace.compressing
        self.tried = self.compressed = False
        self.sent = 0
        self.files = 1
        self.number = number
        self.began = began
        self.fresh = fresh

    def refuse_compression(self) -> None:
        """Say that the server takes nothing that is compressed."""
        self._pace.refuse_compression()

    def refuse_batches(self) -> None:
        """Say that the server takes no files together."""
        self._pace.batching = False

    def relieve(self) -> None:
        """Say that the server has too much to do."""
        self._pace.relieve(self)


class _Measured(NamedTuple):
    """What one setting brought; `rate` is 0 where that is unknown."""

    rate: float = 0.0
    byte_rate: float = 0.0
    compressed: bool = False


class _Sums:
    """What the turns from one on amount to."""

    def __init__(self, since: float, first: int) -> None:
        self.since, self.first = since, first
        self.turns = self.files = self.compressed = self.size = self.spoilt = 0
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
            2 * self.compressed > self.turns,
        )


class Pace:
    """Decides, from the turns that ended, what the next ones are like; for any number of threads.

    Parameters
    ----------
    most : int
        Connections to a server that is far; to one that is near not more than a few.
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
        self.connections = self._wanted = min(FIRST_CONNECTIONS, self._most)
        self.compressing = False
        self.batching = compress
        self._begun = 0
        self._changed = 0  # the last turn that was begun with another setting
        self._before: Optional[_Measured] = None  # while the other setting is on trial
        self._rest = FIRST_REST
        self._wake_at = 0.0
        self._sums = _Sums(clock(), 1)

    def begin(self, fresh: bool = False) -> Turn:
        """Begin a turn; a `fresh` one has still to connect, and nothing is measured meanwhile."""
        now = self._clock()
        with self._lock:
            self._begun += 1
            if self._wake_at and now >= self._wake_at:
                self._wake_at = 0.0
                if self.connections < self._wanted:
                    self._set(2 * self.connections, self.compressing)
                self._measure_anew()
            return Turn(self, self._begun, now, fresh)

    def end(self, turn: Turn) -> None:
        """Take note of a turn that ended."""
        now = self._clock()
        with self._lock:
            sums = self._sums
            if self._wake_at:
                return
            if turn.fresh or turn.number <= self._changed:
                self._measure_anew()  # it competed, by another setting, with what was measured
            elif not turn.sent:
                sums.spoilt += turn.tried
                if sums.spoilt > _MOST_SPOILT:
                    self._judge(_Measured())
            elif turn.number >= sums.first:
                sums.add(turn, now)
                enough = max(LEAST_TURNS, TURNS_A_CONNECTION * self.connections)
                if sums.turns >= enough and now - sums.since >= LEAST_SECONDS:
                    self._judge(sums.measured(self.connections))

    def starve(self) -> None:
        """Take note that a thread finds nothing to do: what was measured meanwhile is void."""
        with self._lock:
            self._measure_anew()

    def set_out(self, round_trip: float) -> None:
        """Take note of the round trip, in seconds, before anything was measured."""
        with self._lock:
            if round_trip >= FAR:
                self._wanted = self._most
                self._set(self._wanted, self.compressing)

    def refuse_compression(self) -> None:
        """Compress nothing any more: the server does not take it."""
        with self._lock:
            self._may_compress = self.compressing = False

    def relieve(self, turn: Turn) -> None:
        """Halve the connections for a while: the server says that it has too much to do."""
        with self._lock:
            if turn.connections == self.connections:  # else that was before the last change
                self._set(self.connections // 2, self.compressing)
                self._pause(changed=False)

    def _set(self, connections: int, compressing: bool) -> None:
        self.connections = max(1, min(self._wanted, connections))
        self.compressing = compressing and self._may_compress
        self._changed = self._begun
        self._measure_anew()

    def _measure_anew(self) -> None:
        """Count only what begins from now on."""
        self._sums = _Sums(self._clock(), self._begun + 1)

    def _pause(self, changed: bool) -> None:
        """Measure and try nothing for some seconds."""
        self._before = None
        self._wake_at = self._clock() + self._rest
        self._rest = FIRST_REST if changed else min(2 * self._rest, LONGEST_REST)

    def _judge(self, found: _Measured) -> None:
        """Try the other setting after the first measurement, and keep the better after the next."""
        before = self._before
        if before is None:
            useful = COMPRESSION_SPEED / 2 * min(self._cores, self.connections)
            worth = self.compressing or (self._may_compress and found.byte_rate <= useful)
            if found.rate and worth:
                self._before = found
                self._set(self.connections, not self.compressing)
            else:
                self._pause(changed=False)
            return
        gain = COMPRESSION_GAIN if self.compressing else ECONOMY
        better = found.rate > before.rate * gain and found.compressed == self.compressing
        if not better:
            self._set(self.connections, not self.compressing)
        self._pause(changed=better)
