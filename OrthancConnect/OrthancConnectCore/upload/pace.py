"""The threads of an upload: how many, what each one does next, and whether it compresses.

More connections help against the round trip, and the round trip is known from connecting. Whether
compression helps depends on the wire, and on the processors at both ends: so the rate is measured
early and now and then, the other setting tried, and kept when it is clearly better.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Callable, Deque, Generic, List, Set, TypeVar

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
#: Fewer items do not go together.
FEWEST_TOGETHER = 4
_TICK = 0.1
_Item = TypeVar("_Item")


@dataclass(eq=False)
class Turn:
    """The way of one file, or of several that go together, through a thread."""

    #: Whose turn it is: to be told what the server does not take.
    pace: Pace
    #: Turns are numbered in the order in which they begin.
    number: int
    #: When, on the pace's clock.
    began: float
    #: Whether its thread has still to connect.
    fresh: bool
    #: Set by the sender when it begins to send; and when the body was compressed.
    tried: bool = False
    compressed: bool = False
    #: Bytes, and of how many files, set by the sender when the server took them at the first try.
    sent: int = 0
    files: int = 1

    def __post_init__(self) -> None:
        #: Whether its body should be compressed, if it can be.
        self.compress = self.pace.compressing


@dataclass
class _Sums:
    """What the turns from one on amount to."""

    since: float
    first: int
    turns: int = 0
    files: int = 0
    compressed: int = 0
    size: int = 0
    spoilt: int = 0
    seconds: float = 0.0

    def add(self, turn: Turn, now: float) -> None:
        """Take a turn in."""
        self.turns += 1
        self.files += turn.files
        self.compressed += turn.compressed
        self.size += turn.sent
        self.seconds += now - turn.began


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
        #: How many there should be.
        self.connections = min(FIRST_CONNECTIONS, self._most)
        #: Whether bodies are compressed now, for good or on trial.
        self.compressing = False
        #: Whether small files may go together.
        self.batching = compress
        self._begun = 0
        self._changed = 0  # the last turn that was begun with another setting
        self._before = 0.0  # the rate with the other setting, while this one is on trial
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
                    self._judge(0.0)
            elif turn.number >= sums.first:
                sums.add(turn, now)
                enough = max(LEAST_TURNS, TURNS_A_CONNECTION * self.connections)
                if sums.turns >= enough and now - sums.since >= LEAST_SECONDS:
                    # By Little's law, so that it is no matter how the turns' ends fall together.
                    self._judge(self.connections / max(sums.seconds, 1e-9))

    def starve(self) -> None:
        """Take note that a thread finds nothing to do: what was measured meanwhile is void."""
        with self._lock:
            self._measure_anew()

    def set_out(self, round_trip: float) -> None:
        """Take note of the round trip, in seconds, before anything was measured."""
        with self._lock:
            if round_trip >= FAR:
                self.connections = self._most

    def refuse_compression(self) -> None:
        """Compress nothing any more: the server does not take it."""
        with self._lock:
            self._may_compress = self.compressing = False

    def _switch(self) -> None:
        """Compress if it did not, and the other way round."""
        self.compressing = not self.compressing and self._may_compress
        self._changed = self._begun
        self._measure_anew()

    def _measure_anew(self) -> None:
        """Count only what begins from now on."""
        self._sums = _Sums(self._clock(), self._begun + 1)

    def _pause(self, changed: bool) -> None:
        """Measure and try nothing for some seconds."""
        self._before = 0.0
        self._wake_at = self._clock() + self._rest
        self._rest = FIRST_REST if changed else min(2 * self._rest, LONGEST_REST)

    def _judge(self, scale: float) -> None:
        """Try the other setting after the first measurement, and keep the better after the next.

        `scale` makes rates of sums; 0 where nothing was measured.
        """
        sums, before = self._sums, self._before
        rate = scale * (sums.size + FILE_COST * sums.files)
        if not before:
            useful = COMPRESSION_SPEED / 2 * min(self._cores, self.connections)
            worth = self.compressing or (self._may_compress and scale * sums.size <= useful)
            if rate and worth:
                self._before = rate
                self._switch()
            else:
                self._pause(changed=False)
            return
        gain = COMPRESSION_GAIN if self.compressing else ECONOMY
        was_tried = (2 * sums.compressed > sums.turns) == self.compressing
        better = rate > before * gain and was_tried
        if not better:
            self._switch()
        self._pause(changed=better)


class Crew(Generic[_Item]):
    """Works off items in several threads; fed, and waited for, by one other thread.

    Parameters
    ----------
    work : callable
        Does one item, or several that go together, with their turn; shall not raise.
    pace : Pace
        Says how many threads there should be.
    stopped : threading.Event
        Once set, no further item is begun.
    report : callable
        Called again and again while the feeding thread waits.
    ahead : int
        Items that may wait.
    room : callable
        Tells how much of a turn's room an item takes: several share a turn until that is 1 or more.
    """

    def __init__(
        self,
        work: Callable[[List[_Item], Turn], None],
        pace: Pace,
        stopped: threading.Event,
        report: Callable[[], None],
        ahead: int,
        room: Callable[[_Item], float] = lambda _item: 1.0,
    ) -> None:
        self._work = work
        self._room = room
        self._pace = pace
        self._stopped = stopped
        self._report = report
        self._ahead = ahead
        self._queue: Deque[_Item] = deque()
        # Guards all of this; notified when something can be taken or put, or nothing more comes.
        self._changed = threading.Condition()
        self._threads: List[threading.Thread] = []
        self._at_work: Set[threading.Thread] = set()
        self._broken = False
        self._is_fed = False  # nothing more comes

    def put(self, item: _Item) -> None:
        """Hand an item over; wait while there is too much to do already."""
        while len(self._queue) >= self._ahead and not self._is_over():
            with self._changed:
                self._changed.wait_for(lambda: len(self._queue) < self._ahead, _TICK)
            self._report()
        with self._changed:
            self._queue.append(item)
            self._changed.notify()
        self._hire()

    def wait(self) -> None:
        """Return when all items are done, or the run was stopped."""
        self._feed_no_more()
        while not self._stopped.is_set():
            thread = next((one for one in self._now() if one.is_alive()), None)
            if thread is None:
                return
            thread.join(_TICK)
            self._report()

    def leave(self, grace: float) -> None:
        """Wake the threads that wait for work, and give the others `grace` seconds.

        Who still waits for the server then is left behind: a stalled server must not hold up who
        cancels. What it would answer is unknown.
        """
        self._queue.clear()
        self._feed_no_more()
        deadline = time.monotonic() + grace
        for thread in self._now():
            thread.join(max(0.0, deadline - time.monotonic()))

    def _feed_no_more(self) -> None:
        with self._changed:
            self._is_fed = True
            self._changed.notify_all()

    def _now(self) -> List[threading.Thread]:
        with self._changed:
            return list(self._threads)

    def _is_over(self) -> bool:
        """Whether nothing is begun any more: the run was stopped, or a fault of ours ended it."""
        return self._stopped.is_set() or (self._broken and not self._at_work)

    def _hire(self) -> None:
        """Start one more thread, if there is something for it to do."""
        if len(self._at_work) >= self._pace.connections or not self._queue:
            return
        with self._changed:
            enough = len(self._at_work) >= self._pace.connections
            if enough or self._broken or self._stopped.is_set():
                return
            thread = threading.Thread(target=self._run, name="upload", daemon=True)
            self._threads = [one for one in self._threads if one.is_alive()] + [thread]
            self._at_work.add(thread)
            thread.start()

    def _run(self) -> None:
        """Take turns until the end."""
        is_fresh = True
        try:
            while items := self._take():
                turn = self._pace.begin(is_fresh)
                self._work(items, turn)
                is_fresh = False
                self._pace.end(turn)
                self._hire()
        except BaseException:
            self._broken = True
            raise
        finally:
            self._at_work.discard(threading.current_thread())

    def _take(self) -> List[_Item]:
        """Wait for an item, and return it with those that go together with it.

        So many only that others who are at work get as many; none at the end.
        """
        with self._changed:
            if not self._queue:
                self._pace.starve()
            self._changed.wait_for(lambda: self._queue or self._is_fed)
            if not self._queue or self._stopped.is_set():
                return []
            items = [self._queue.popleft()]
            most = len(self._queue) // (2 * max(1, len(self._at_work)))
            if not self._pace.batching or most < FEWEST_TOGETHER:
                most = 1
            taken = self._room(items[0])
            while self._queue and len(items) < most and taken < 1:
                room = self._room(self._queue[0])
                if room >= 1:
                    break
                taken += room
                items.append(self._queue.popleft())
            self._changed.notify()
            return items
