"""How long the faults of a server are borne, by all connections of a transfer together."""

from __future__ import annotations

import random
import threading
import time
from typing import Callable, Optional, TypeVar

from .errors import (
    AuthenticationError,
    NotFoundError,
    OperationCancelled,
    OrthancConnectError,
    OrthancHttpError,
    PermissionDeniedError,
    ServerError,
    TransportError,
)
from .http_faults import is_storage_full

#: Seconds before each further try, more or less a quarter: connections shall not march in step.
PAUSES = (0.2, 0.5, 1.0, 2.0)
#: How many of them a server gets that has not answered anything yet.
FIRST_PAUSES = 2
#: After this many seconds a request gets no third try.
LONGEST = 30.0
#: Requests in a row that use up their tries before the server is given up, even if it answers
#: to something else.
FAULTS_IN_A_ROW = 5

#: Causes of a `TransportError` that do not pass by themselves.
_HOPELESS = ("name", "not_tls", "not_orthanc", "timeout")
_TOO_MANY_REQUESTS = 429
_Result = TypeVar("_Result")


class Patience:
    """Repeats requests that met a fault which may pass, and knows when to stop.

    Parameters
    ----------
    stopped : threading.Event
        Ends every pause.
    probe : callable
        A small request; asked before the server is taken to be away.

    Attributes
    ----------
    unreachable : OrthancConnectError or None
        Set when the server has never answered: the transfer can't be done.
    given_up : OrthancConnectError or None
        Set when the server went away, or is full: the rest of the transfer can't be done.
    """

    def __init__(self, stopped: threading.Event, probe: Callable[[], object]) -> None:
        self.unreachable: Optional[OrthancConnectError] = None
        self.given_up: Optional[OrthancConnectError] = None
        self._stopped = stopped
        self._probe = probe
        self._reached = False
        self._last_answer = 0.0
        self._in_a_row = 0

    def persist(self, request: Callable[[], _Result]) -> _Result:
        """Return what `request` returns, after further tries if need be.

        Raises
        ------
        OrthancConnectError
            The fault of the last try.
        OperationCancelled
            Stopped during a pause.
        """
        began = time.monotonic()
        pauses = iter(PAUSES)
        while True:
            try:
                result = request()
            except OrthancConnectError as error:
                if not may_pass(error):
                    # 404 may come from anything that is not Orthanc.
                    if isinstance(error, OrthancHttpError) and not isinstance(error, NotFoundError):
                        self._answered()
                    raise
                pause = next(pauses, None)
                if pause is None or not self._is_worth(pause, error, began):
                    self._conclude(error, began)
                    raise
                if self._stopped.wait(pause * random.uniform(0.75, 1.25)):
                    raise OperationCancelled() from error
            else:
                self._answered()
                return result

    def _answered(self) -> None:
        self._reached = True
        self._last_answer = time.monotonic()
        self._in_a_row = 0

    def _is_worth(self, pause: float, error: OrthancConnectError, began: float) -> bool:
        """Return whether to try again after `pause`."""
        if (
            self.given_up is not None
            or self.unreachable is not None
            or is_storage_full(error.facts)
        ):
            return False
        if not self._reached and error.facts.get("cause") in _HOPELESS:
            return False
        if not self._reached and pause not in PAUSES[:FIRST_PAUSES]:
            return self._answers_a_probe()
        return pause == PAUSES[0] or time.monotonic() - began < LONGEST

    def _conclude(self, error: OrthancConnectError, began: float) -> None:
        """Decide whether it was this request's own misfortune, or everybody's."""
        self._in_a_row += 1
        if is_storage_full(error.facts):
            self.given_up = self.given_up or error
        elif self._last_answer < began and (
            self._in_a_row >= FAULTS_IN_A_ROW or not self._answers_a_probe()
        ):
            if self._reached:
                self.given_up = self.given_up or error
            else:
                self.unreachable = self.unreachable or error

    def _answers_a_probe(self) -> bool:
        if self.given_up is not None or self.unreachable is not None:
            return False
        try:
            self._probe()
        except (AuthenticationError, PermissionDeniedError):
            pass
        except OrthancConnectError:
            return False
        self._reached = True
        return True


def may_pass(error: OrthancConnectError) -> bool:
    """Return whether the same request may succeed later."""
    if isinstance(error, (TransportError, ServerError)):
        return True
    return error.facts.get("status_code") == _TOO_MANY_REQUESTS
