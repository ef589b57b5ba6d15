"""How long the faults of a server are borne, by all connections of a transfer together.

A fault may be one request's own misfortune, or everybody's. Where nothing tells, one small request,
the probe, is asked. If it is answered, the request alone is tried again, a few times. If not, the
server is away: all requests wait, and one thread goes on probing until the server is back or
patience has run out. A server that has not answered yet is one that is away.
"""

from __future__ import annotations

import random
import threading
import time
from contextlib import nullcontext
from typing import Any, Callable, Dict, Optional, TypeVar

from ..network.faults import is_storage_full
from ..shared.errors import (
    AuthenticationError,
    ConnectionFailedError,
    NotFoundError,
    OperationCancelled,
    OrthancConnectError,
    OrthancHttpError,
    PermissionDeniedError,
    RedirectRefusedError,
    ServerError,
    TransportError,
)

#: Seconds before each further try, more or less a quarter: connections shall not march in step.
PAUSES = (0.2, 0.5, 1.0, 2.0)
#: Requests in a row that use up their tries before the server is given up, even if it answers
#: to something else.
FAULTS_IN_A_ROW = 5
#: Seconds between two probes of a server that is away, at most.
LONGEST_PAUSE = 10.0
#: Seconds of a server's ``Retry-After`` that are obeyed, at most.
LONGEST_RETRY_AFTER = 60.0
#: How often one request may find the server gone: it may be what brings it down.
MOST_ABSENCES = 5

#: Causes of a `TransportError` that a server which starts anew may have; all others stay, as long
#: as nobody mends the address, the network or the server.
_OUTAGES = ("refused", "timeout", "read_timeout", "network", "closed", "cut", "tls_closed")
#: Causes that may be one request's own; all others concern every request.
_PERHAPS_ITS_OWN = ("closed", "cut", "read_timeout")
#: What only a server that is there says.
_REFUSALS = (AuthenticationError, PermissionDeniedError, RedirectRefusedError)
_TOO_MANY_REQUESTS = 429
#: What is said of too much to do, by the server or by one before it that limits the rate: no fault
#: of the request's, however often it is met.
BUSY = (_TOO_MANY_REQUESTS, 503)
#: What a web server says when Orthanc behind it does not answer, or not now.
_GATEWAY_FAULTS = (502, 504, *BUSY)
#: Seconds; so long the probe may take before it is said that there is no answer.
_TELL_AFTER = 1.0
_TICK = 0.1
_Result = TypeVar("_Result")


class Absence:
    """A server that is away.

    Attributes
    ----------
    error : OrthancConnectError
        What the latest request met.
    since : float
        Seconds since 1970.
    began : float
        The same on the monotonic clock.
    limit : float
        Seconds until it is given up.
    is_first : bool
        Whether it has never answered.
    is_certain : bool
        Whether a probe was left without an answer, too.
    is_over : bool
        Whether the server is back; not set when it was given up.
    """

    def __init__(self, error: OrthancConnectError, limit: float, is_first: bool = False) -> None:
        self.error = error
        self.is_first = is_first
        self.since, self.began = time.time(), time.monotonic()
        self.is_certain = self.is_over = False
        self.limit = limit

    def details(self) -> Dict[str, Any]:
        """Return what `Progress.details` has in the phase ``waiting``."""
        first = f"{self.error.hint} " if self.is_first else ""
        return {
            "message": self.error.message,
            "hint": f"{first}It goes on by itself when the server is back. Away since "
            f"{_clock(self.since)}, given up at {_clock(self.since + self.limit)}.",
            "since": self.since,
        }


def _clock(moment: float) -> str:
    then = time.localtime(moment)
    is_today = then[:3] == time.localtime()[:3]
    return time.strftime("%H:%M:%S" if is_today else "%Y-%m-%d %H:%M:%S", then)


class _Course:
    """How it has gone with one request so far; `began` anew after each absence of the server."""

    def __init__(self) -> None:
        self.faults = self.absences = self.cuts = 0
        self.first = self.began = self.try_began = time.monotonic()


class Patience:
    """Repeats requests that met a fault which may pass, and knows when to stop.

    Any thread may use it.

    Parameters
    ----------
    stopped : threading.Event
        Ends every pause.
    probe : callable
        A small request; asked before the server is taken to be away, and until it is back.
    patience : float
        Seconds to wait for a server that is away; for one that went away at least as long as the
        pauses between a request's tries take together.
    tick : callable
        Called several times a second in each thread that waits for the server.
    reached : bool
        Whether the server answered before. Else the probe comes before the first request, and what
        no waiting mends of its faults, a wrong name or something else than Orthanc, ends all.

    Attributes
    ----------
    reached : bool
        Whether the server has answered.
    given_up : OrthancConnectError or None
        Set when the server was away for too long, or is full: the rest of the transfer can't be
        done.
    back_at : float
        When requests last began again, on the monotonic clock; 0 if they were never held up.
    """

    def __init__(
        self,
        stopped: threading.Event,
        probe: Callable[[], object],
        patience: float = 0.0,
        tick: Callable[[], None] = lambda: None,
        reached: bool = False,
    ) -> None:
        self.given_up: Optional[OrthancConnectError] = None
        self.reached = reached
        self.back_at = 0.0
        self._stopped = stopped
        self._probe = probe
        self._patience = patience
        self._tick = tick
        # When a request was last answered, and when anything was.
        self._last_answer = self._seen = 0.0
        self._in_a_row = 0
        self._changed = threading.RLock()  # guards all of this
        self._absence: Optional[Absence] = None
        self._probing = threading.Lock()  # held by the one who probes
        # Held by the one that is sent of those whose connection ended twice: so that one which ends
        # the server takes no other along.
        self._alone = threading.Lock()

    @property
    def absence(self) -> Optional[Absence]:
        """The server's absence, if it is away and no request is made therefore."""
        absence = self._absence if self.given_up is None else None
        if absence is None or not absence.limit:
            return None  # nobody waits
        if absence.is_certain:
            return absence
        return absence if time.monotonic() - absence.began > _TELL_AFTER else None

    def persist(self, request: Callable[[], _Result]) -> _Result:
        """Return what `request` returns, after further tries if need be.

        Raises
        ------
        OrthancConnectError
            The fault of the last try, or why the server was given up.
        OperationCancelled
            Stopped during a pause.
        """
        course = _Course()
        while True:
            with self._changed:
                if not (self.reached or self.given_up or self._absence):
                    unknown = ConnectionFailedError("The server has not answered yet.")
                    self._absence = Absence(unknown, self._patience, is_first=True)
                absence = self._absence
            if absence is not None:
                self._see_through(absence)
            elif self.given_up is not None:
                raise _again(self.given_up)
            with self._alone if course.cuts > 1 else nullcontext():
                if course.cuts > 1 and self._absence is not None:
                    continue  # it went away while this waited for its turn
                course.try_began = time.monotonic()
                try:
                    result = request()
                except OrthancConnectError as error:
                    self._after(error, course)
                else:
                    self._answered()
                    return result

    def _after(self, error: OrthancConnectError, course: _Course) -> None:
        """Wait for the next try, or raise where there is none."""
        if not may_pass(error):
            # 404 may come from anything that is not Orthanc.
            if isinstance(error, OrthancHttpError) and not isinstance(error, NotFoundError):
                self._answered()
            raise error
        pause = self._pause_after(error, course)
        if pause is None and course.absences >= MOST_ABSENCES:
            raise _blamed(error) from error
        if pause is None:
            raise error
        if pause and self._stopped.wait(pause):
            raise OperationCancelled() from error

    def _answered(self) -> None:
        with self._changed:
            self.reached = True
            self._last_answer = self._seen = time.monotonic()
            self._in_a_row = 0

    def _pause_after(self, error: OrthancConnectError, course: _Course) -> Optional[float]:
        """Return the seconds until the next try, None for no further one; wait while away."""
        if is_storage_full(error.facts):
            self._give_up(error)
        if self.given_up is not None:
            return None
        course.faults += 1
        course.cuts += isinstance(error, TransportError) or _status(error) in _GATEWAY_FAULTS
        is_busy = _status(error) in BUSY
        pause = self._own_pause(error, course, is_busy)
        if self._is_suspicious(error, course, pause is None) and self._was_away(error):
            course.began = time.monotonic()
            if is_busy:  # the probe had its share of what is let through: not at once after it
                pause = self._own_pause(error, course, is_busy)
            else:
                course.faults, course.absences = 0, course.absences + 1
                pause = 0.0 if course.absences < MOST_ABSENCES else None
        if pause is None:
            self._fail(error, course)
        return pause

    def _own_pause(
        self, error: OrthancConnectError, course: _Course, is_busy: bool
    ) -> Optional[float]:
        """Return the pause before a request's next try, if the server is there."""
        left = self._left(course) if is_busy else 0.0
        if course.faults > len(PAUSES) and left <= 0:
            return None
        pause = PAUSES[min(course.faults, len(PAUSES)) - 1]
        if not is_busy:
            return pause * random.uniform(0.75, 1.25)
        asked = min(_retry_after(error), left)  # who wants to wait less is not held longer
        return max(pause, asked) * random.uniform(1, 1.25)  # never too early

    def _left(self, course: _Course) -> float:
        """Return the seconds that a busy server is still borne: longer as long as others pass."""
        return max(course.first, self._last_answer) + self._patience - time.monotonic()

    def _is_suspicious(self, error: OrthancConnectError, course: _Course, is_last: bool) -> bool:
        """Return whether a probe has to tell if the server is away."""
        if isinstance(error, TransportError):
            its_own = error.facts.get("cause") in _PERHAPS_ITS_OWN
        elif _status(error) in _GATEWAY_FAULTS:
            its_own = True
        else:
            with self._changed:
                self._seen = time.monotonic()
            return False
        return self._seen < (course.began if its_own and not is_last else course.try_began)

    def _fail(self, error: OrthancConnectError, course: _Course) -> None:
        """Count a request that used up its tries; enough in a row are everybody's misfortune."""
        with self._changed:
            self._in_a_row += 1
            if _status(error) in BUSY and self._patience and self._left(course) <= 0:
                self._give_up(error)  # nobody got through for so long
            if self._last_answer < course.began and self._in_a_row >= FAULTS_IN_A_ROW:
                self._give_up(error)

    def _give_up(self, error: OrthancConnectError) -> None:
        with self._changed:
            self.given_up = self.given_up or error

    # While the server is away --------------------------------------------------------------------

    def _was_away(self, error: OrthancConnectError) -> bool:
        """Find out whether the server is away, and wait for it; return whether it was."""
        with self._changed:
            if self._absence is None:
                self._absence = Absence(error, max(self._patience, sum(PAUSES)))
            absence = self._absence
        self._see_through(absence)
        return absence.is_certain

    def _see_through(self, absence: Absence) -> None:
        """Wait until the server is back: as the one who probes, or as one of the others.

        Raises
        ------
        OrthancConnectError
            It was given up.
        OperationCancelled
            Stopped.
        """
        while True:
            if self._stopped.is_set():
                raise OperationCancelled()
            if self._probing.acquire(timeout=_TICK):
                break
            self._tick()
        try:
            if self._absence is absence and self.given_up is None:
                self._probe_on(absence)
        finally:
            self._probing.release()
        if self.given_up is not None:
            raise _again(self.given_up)

    def _probe_on(self, absence: Absence) -> None:
        """Probe until the server is back, or given up."""
        pause = PAUSES[0]
        while True:
            error = self._fault_of_probe()
            if error is None:
                with self._changed:
                    self._absence = None
                    self.back_at = time.monotonic()
                    absence.is_over = True
                return
            absence.error, absence.is_certain = error, True
            left = absence.began + absence.limit - time.monotonic()
            passes = self.reached or _is_outage(error)
            if left <= 0 or not passes:
                with self._changed:
                    self._give_up(self._never_back(error, absence) if passes else error)
                    self._absence = None
                return
            wanted = max(pause * random.uniform(0.75, 1.25), _retry_after(error))
            self._rest(min(wanted, left))
            pause = min(2 * pause, LONGEST_PAUSE)

    def _never_back(self, error: OrthancConnectError, absence: Absence) -> OrthancConnectError:
        """Return the error of a server that was waited for in vain."""
        if not self._patience:
            return error
        what = "did not answer" if absence.is_first else "did not come back"
        hint = "Do the same again when the server is back: what it has is not sent again."
        return ConnectionFailedError(
            f"The server {what} within {self._patience:g} s. {error.message}",
            error.hint if absence.is_first else hint,
            cause="away",
            since=absence.since,
        )

    def _rest(self, seconds: float) -> None:
        """Wait, and be heard meanwhile."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if self._stopped.wait(max(0.0, min(left, 2 * _TICK))):
                raise OperationCancelled()
            self._tick()
            if left <= 0:
                return

    def _fault_of_probe(self) -> Optional[OrthancConnectError]:
        """Return why the probe got no answer, None if it got one; a refusal is one, too."""
        try:
            self._probe()
        except OrthancConnectError as error:
            if _status(error) == _TOO_MANY_REQUESTS:
                self.reached = True  # it is there
            if isinstance(error, (OrthancHttpError, TransportError)) and not (
                isinstance(error, _REFUSALS)
            ):
                return error
            # Else the next request will meet it, and tell.
        with self._changed:
            self.reached = True
            self._seen = time.monotonic()
        return None


def may_pass(error: OrthancConnectError) -> bool:
    """Return whether the same request may succeed later."""
    if isinstance(error, (TransportError, ServerError)):
        return True
    return _status(error) == _TOO_MANY_REQUESTS


def _is_outage(error: OrthancConnectError) -> bool:
    """Return whether a server that starts anew may answer so, or not answer."""
    if isinstance(error, TransportError):
        return error.facts.get("cause") in _OUTAGES
    return may_pass(error)


def _status(error: OrthancConnectError) -> Optional[int]:
    return error.facts.get("status_code")


def _retry_after(error: OrthancConnectError) -> float:
    """Return the seconds that the server asked to wait, within bounds."""
    return min(float(error.facts.get("retry_after", 0.0)), LONGEST_RETRY_AFTER)


def _blamed(error: OrthancConnectError) -> OrthancConnectError:
    """Return the error of a request that found the server gone again and again."""
    return type(error)(
        f"The server went away each of the {MOST_ABSENCES} times that this was sent: it may be "
        f"what brings the server down. {error.message}",
        "Look at the server's log; leave the file out, or have the server brought up to date.",
        **error.facts,
    )


def _again(error: OrthancConnectError) -> OrthancConnectError:
    """Return a like error: one object is not raised in two threads."""
    return type(error)(error.message, error.hint, **error.facts)
