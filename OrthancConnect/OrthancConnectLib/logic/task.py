"""Something that the worker is asked for, and whose state the panels follow."""

from __future__ import annotations

from typing import Any, Callable, List, Mapping, Optional

from OrthancConnectCore.shared.errors import OrthancConnectError

from ..protocols import Adapters
from ..signals import Latest, Signal, ignore

# States of all of them, and those of registration, query, scan and connection.
IDLE, RUNNING, DONE, FAILED = "idle", "running", "done", "failed"
ASKING, CANCELLED = "asking", "cancelled"
EMPTY, SCANNING, STOPPED = "empty", "scanning", "stopped"
DISCONNECTED, CONNECTING, CONNECTED = "disconnected", "connecting", "connected"
# What is known of the server's DICOM side.
UNKNOWN, CHECKING, ANSWERS, SILENT = "unknown", "checking", "answers", "silent"
# What it says to a C-FIND of ours.
ACCEPTED, REFUSED = "accepted", "refused"


class Task:
    """A state, the error that ended it, and requests of which only the latest attempt's count."""

    def __init__(self, adapters: Adapters) -> None:
        self._adapters = adapters
        self._latest = Latest()
        self._requests: List[int] = []
        self.changed = Signal()
        self.state = IDLE
        self.error: Optional[OrthancConnectError] = None

    @property
    def running(self) -> bool:
        """Whether an answer is waited for."""
        return self.state == RUNNING

    def _begin(self) -> None:
        """Begin anew: what is under way is stopped, and its answers count no longer."""
        self._latest.begin()
        self._stop_requests()

    def _ask(
        self,
        method: str,
        params: Mapping[str, Any],
        on_result: Callable[[Any], None],
        on_error: Optional[Callable[[OrthancConnectError], None]] = None,
        on_progress: Callable[[Mapping[str, Any]], None] = ignore,
    ) -> None:
        callbacks = map(self._only, (on_result, on_error or self._fail, on_progress))
        self._requests.append(self._adapters.worker.request(method, params, *callbacks))

    def _only(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Return the callback as one of this attempt, which fails by an error in it."""

        def call(*arguments: Any) -> None:
            try:
                callback(*arguments)
            except OrthancConnectError as error:
                self._fail(error)

        return self._latest.only(call)

    def _stop_requests(self) -> None:
        requests, self._requests = self._requests, []
        for request in requests:
            self._adapters.worker.cancel(request)

    def _fail(self, error: OrthancConnectError) -> None:
        self._set(FAILED, error)

    def _set(self, state: str, error: Optional[OrthancConnectError] = None) -> None:
        self.state, self.error = state, error
        self.changed.emit()
