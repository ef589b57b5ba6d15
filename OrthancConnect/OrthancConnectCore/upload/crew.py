"""The threads of an upload: as many as the pace asks for, started when there is work for them."""

from __future__ import annotations

import queue
import threading
import time
from typing import Callable, Generic, List, Optional, Set, Tuple, TypeVar

from .pace import Pace, Turn

#: Fewer items do not go together.
FEWEST_TOGETHER = 4
_TICK = 0.1
_Item = TypeVar("_Item")


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
        self._queue: queue.Queue[Optional[_Item]] = queue.Queue(ahead)
        self._lock = threading.Lock()
        self._threads: List[threading.Thread] = []
        self._at_work: Set[threading.Thread] = set()  # those of them that are to go on
        self._broken = False
        self._ends = 0  # how many of the things in the queue mean that nothing more comes

    def put(self, item: _Item) -> None:
        """Hand an item over; wait while there is too much to do already."""
        self._put(item)
        self._hire()

    def wait(self) -> None:
        """Return when all items are done, or the run was stopped."""
        self._ends = 1
        self._put(None)
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
        while True:
            try:
                self._queue.get_nowait()
            except queue.Empty:
                break
        self._queue.put(None)
        deadline = time.monotonic() + grace
        for thread in self._now():
            thread.join(max(0.0, deadline - time.monotonic()))

    def _put(self, item: Optional[_Item]) -> None:
        while not self._is_over():
            try:
                self._queue.put(item, timeout=_TICK)
                return
            except queue.Full:
                self._report()

    def _now(self) -> List[threading.Thread]:
        with self._lock:
            return list(self._threads)

    def _is_over(self) -> bool:
        """Whether nothing is begun any more: the run was stopped, or a fault of ours ended it."""
        return self._stopped.is_set() or (self._broken and not self._at_work)

    def _hire(self) -> None:
        """Start threads, as far as there is something for them to do."""
        while len(self._at_work) < self._pace.connections and self._queue.qsize() > self._ends:
            with self._lock:
                enough = len(self._at_work) >= self._pace.connections
                if enough or self._broken or self._stopped.is_set():
                    return
                thread = threading.Thread(target=self._run, name="upload", daemon=True)
                self._threads = [one for one in self._threads if one.is_alive()] + [thread]
                self._at_work.add(thread)
                thread.start()

    def _run(self) -> None:
        try:
            self._take_turns()
        except BaseException:
            self._broken = True
            raise
        finally:
            self._at_work.discard(threading.current_thread())

    def _take_turns(self) -> None:
        """Work until the end, or until this thread is one too many."""
        is_fresh = True
        left: List[_Item] = []  # taken from the queue, and for a turn of its own
        while not self._stopped.is_set():
            if not left:
                if self._queue.empty():
                    self._pace.starve()
                item = self._queue.get()
                if item is None:
                    self._queue.put(None)  # for the next one
                    break
                left.append(item)
            items, left = self._together(left.pop())
            turn = self._pace.begin(is_fresh)
            self._work(items, turn)
            is_fresh = False
            self._pace.end(turn)
            self._hire()
            if not left and self._is_one_too_many():
                break

    def _is_one_too_many(self) -> bool:
        with self._lock:
            too_many = len(self._at_work) > max(1, self._pace.connections)
            if too_many:
                self._at_work.discard(threading.current_thread())
            return too_many

    def _together(self, first: _Item) -> Tuple[List[_Item], List[_Item]]:
        """Return an item with those that go together with it, and one that does not, if any.

        So many only that others who are at work get as many.
        """
        items: List[_Item] = [first]
        left: List[_Item] = []
        most = self._queue.qsize() // (2 * max(1, len(self._at_work)))
        taken = self._room(first)
        if not self._pace.batching or most < FEWEST_TOGETHER:
            return items, left
        while len(items) < most and taken < 1:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is None:
                self._queue.put(None)
                break
            room = self._room(item)
            taken += room
            if room >= 1:
                left.append(item)
            else:
                items.append(item)
        return items, left
