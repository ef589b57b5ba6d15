"""The pace of an upload, with servers and wires that are calculated: no thread and no clock."""

from __future__ import annotations

import heapq
from typing import Callable, List, Optional, Tuple

from OrthancConnectCore.upload.pace import FIRST_CONNECTIONS, Pace, Turn

SMALL, SLICE = 10_000, 525_000


class World:
    """A server, the wire to it, and this machine, each with its own limits.

    Parameters
    ----------
    round_trip : float
        Seconds of each request beside all else.
    wire : float
        Bytes a second that all connections share.
    server : float
        Seconds of work a file; `workers` at a time.
    ratio : float
        Size of a compressed body; `packing` is the seconds that a byte takes on one processor.
    """

    def __init__(
        self,
        round_trip: float = 0.0,
        wire: float = 1e12,
        server: float = 0.002,
        workers: int = 2,
        ratio: float = 1.0,
        packing: float = 1 / 70e6,
        cores: int = 2,
    ) -> None:
        self.now = 0.0
        self.round_trip, self.wire, self.server = round_trip, wire, server
        self.ratio, self.packing = ratio, packing
        self._wire_free = 0.0
        self._workers = [0.0] * workers
        self._cores = [0.0] * cores

    def clock(self) -> float:
        return self.now

    def send(self, turn: Turn, size: int) -> float:
        """Return when a file's answer comes that is begun now."""
        at, body = self.now, float(size)
        if turn.compress and self.ratio < 0.9:
            core = heapq.heappop(self._cores)
            at = max(at, core) + size * self.packing
            heapq.heappush(self._cores, at)
            body *= self.ratio
            turn.compressed = True
        self._wire_free = at = max(at, self._wire_free) + body / self.wire
        worker = heapq.heappop(self._workers)
        at = max(at, worker) + self.server
        heapq.heappush(self._workers, at)
        return at + self.round_trip * (3 if turn.fresh else 1)


def run(
    pace: Pace,
    world: World,
    seconds: float,
    size: int = SLICE,
    outcome: Optional[Callable[[Turn], bool]] = None,
) -> int:
    """Send files for some seconds, with as many connections as the pace wants; return how many.

    What is under way in the end is waited for.
    """
    end, files, at_work, made = world.now + seconds, 0, 0, 0
    under_way: List[Tuple[float, int, Turn]] = []
    while True:
        while at_work < pace.connections and world.now < end:
            at_work += 1
            turn = pace.begin(at_work > made)
            made = max(made, at_work)
            heapq.heappush(under_way, (world.send(turn, size), id(turn), turn))
        if not under_way:
            return files
        world.now, _order, turn = heapq.heappop(under_way)
        files += 1
        turn.tried = True
        if outcome is None or outcome(turn):
            turn.sent = size
        pace.end(turn)
        at_work -= 1


def test_a_near_server_needs_few_connections() -> None:
    world = World(server=0.002, workers=2)
    pace = Pace(32, 2, clock=world.clock)
    run(pace, world, 30)
    assert pace.connections <= 2 * FIRST_CONNECTIONS
    assert not pace.compressing


def test_never_more_than_the_limit() -> None:
    world = World(round_trip=0.1)
    for most in (1, 2, 3, 5, 32):
        pace = Pace(most, 2, clock=world.clock)
        most_seen = 0

        def outcome(_turn: Turn, pace: Pace = pace) -> bool:
            nonlocal most_seen
            most_seen = max(most_seen, pace.connections)
            return True

        pace.set_out(world.round_trip)
        run(pace, world, 10, outcome=outcome)
        assert most_seen == most


def test_a_slow_wire_gets_compressed_bodies_within_a_second() -> None:
    world = World(round_trip=0.01, wire=12.5e6, ratio=0.55)
    pace = Pace(32, 2, clock=world.clock)
    plain = run(Pace(32, 2, False, clock=world.clock), world, 10)
    world = World(round_trip=0.01, wire=12.5e6, ratio=0.55)
    pace = Pace(32, 2, clock=world.clock)
    run(pace, world, 1)
    assert pace.compressing
    assert run(pace, world, 10) > 1.6 * plain


def test_what_does_not_shrink_is_not_compressed() -> None:
    world = World(round_trip=0.01, wire=12.5e6, ratio=1.0)
    pace = Pace(32, 2, clock=world.clock)
    run(pace, world, 25)  # between two trials
    assert not pace.compressing


def test_a_fast_wire_gets_no_compression_and_none_is_tried() -> None:
    world = World(server=0.002, workers=2, ratio=0.5)
    pace = Pace(32, 2, clock=world.clock)
    tried = []
    run(pace, world, 60, outcome=lambda turn: tried.append(turn.compress) is None)
    assert not any(tried)


def test_compression_that_only_takes_time_is_given_up() -> None:
    world = World(wire=12.5e6, ratio=0.5, packing=1 / 3e6, cores=2)
    pace = Pace(32, 2, clock=world.clock)
    assert run(pace, world, 50) > 0.8 * 50 * 12.5e6 / SLICE  # between two trials
    assert not pace.compressing


def test_nothing_is_compressed_where_that_is_not_wanted() -> None:
    world = World(round_trip=0.01, wire=12.5e6, ratio=0.3)
    pace = Pace(32, 2, compress=False, clock=world.clock)
    tried = []
    run(pace, world, 30, outcome=lambda turn: tried.append(turn.compress) is None)
    assert not any(tried)


def test_a_server_that_refuses_compression_is_not_asked_again() -> None:
    world = World(round_trip=0.01, wire=12.5e6, ratio=0.3)
    pace = Pace(32, 2, clock=world.clock)
    compressed = []

    def outcome(turn: Turn) -> bool:
        if turn.compress:
            compressed.append(turn)
            turn.compressed = False
            pace.refuse_compression()
        return True

    run(pace, world, 60, outcome=outcome)
    assert 1 <= len(compressed) <= 32 and not pace.compressing


def test_a_trial_whose_files_fail_ends() -> None:
    world = World(round_trip=0.01, wire=12.5e6, ratio=0.3)
    pace = Pace(32, 2, clock=world.clock)
    run(pace, world, 10, outcome=lambda turn: not turn.compress)
    assert not pace.compressing


def test_a_wire_that_becomes_slow_is_noticed_and_one_that_becomes_fast_too() -> None:
    world = World(round_trip=0.002, ratio=0.5, server=0.004)
    pace = Pace(16, 2, clock=world.clock)
    run(pace, world, 20)
    assert not pace.compressing
    world.wire = 6e6
    run(pace, world, 200)
    assert pace.compressing
    world.wire = 1e12
    run(pace, world, 200)
    assert not pace.compressing


def test_what_a_waiting_thread_measures_is_void() -> None:
    world = World(round_trip=0.01, wire=12.5e6, ratio=0.3)
    pace = Pace(16, 2, clock=world.clock)
    tried = []

    def outcome(turn: Turn) -> bool:
        tried.append(turn.compress)
        pace.starve()
        return True

    run(pace, world, 20, outcome=outcome)
    assert not any(tried)


def test_a_server_far_away_gets_more_connections_at_once() -> None:
    for round_trip, most, expected in (
        (0.02, 16, 16),
        (0.02, 4, 4),
        (0.02, 32, 32),
        (0.001, 16, 8),
    ):
        world = World(round_trip=round_trip, server=0.0005)
        pace = Pace(most, 2, clock=world.clock)
        pace.set_out(round_trip)
        assert pace.connections == expected
        run(pace, world, 1, SMALL)  # and goes on measuring
        assert pace.connections >= expected


def test_files_that_are_there_already_tell_nothing() -> None:
    pace = Pace(16, 2, clock=lambda: 0.0)
    for _ in range(100):
        pace.end(pace.begin())
    assert pace.connections == FIRST_CONNECTIONS
