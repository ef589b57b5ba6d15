"""A request that ends the server: it alone is to blame."""

from __future__ import annotations

import threading
import time
from typing import List, Tuple

from OrthancConnectCore.orthanc import retry as patience
from OrthancConnectCore.shared.errors import ConnectionFailedError, OrthancConnectError
from Support.fakes.client import CUT

REFUSED = ConnectionFailedError("Nothing listens there.", "Check.", cause="refused")
#: Longer than any test: who waits that long never comes back.
LONG = 100.0


class _Mortal:
    """A server that ends at one of the requests, with all that are under way, and comes back."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._under_way = self._ended = 0
        self._gone_until = 0.0

    def probe(self) -> None:
        if time.monotonic() < self._gone_until:
            raise REFUSED

    def take(self, number: int) -> int:
        with self._changed:
            self.probe()
            ended = self._ended
            self._under_way += 1
            # All that are at work at the time are on their way together.
            self._changed.wait(0.02)
            if number == 0:
                self._ended += 1
                self._gone_until = time.monotonic() + 0.05
                self._changed.notify_all()
            self._changed.wait_for(lambda: self._ended > ended, 0.02)
            self._under_way -= 1
            if self._ended > ended:
                raise CUT
        return number


def test_a_request_that_ends_the_server_takes_no_other_along() -> None:
    server = _Mortal()
    done: List[int] = []
    blamed: List[Tuple[int, str]] = []
    borne = patience.Patience(threading.Event(), server.probe, LONG)

    def send(number: int) -> None:
        try:
            done.append(borne.persist(lambda: server.take(number)))
        except OrthancConnectError as error:
            blamed.append((number, str(error.facts.get("cause"))))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (sorted(done), [number for number, _cause in blamed]) == ([1, 2, 3, 4, 5, 6, 7], [0])
