"""Answers that still count: what was asked for last drops what was asked for before."""

from __future__ import annotations

from typing import Any, Callable


class Latest:
    """Guards callbacks, so that those of an earlier attempt are not called any more."""

    def __init__(self) -> None:
        self._attempt = 0

    def begin(self) -> None:
        """Begin an attempt; the callbacks of the one before count no longer."""
        self._attempt += 1

    def only(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Return the callback as one that does nothing when another attempt has begun."""
        attempt = self._attempt

        def call(*arguments: Any) -> None:
            if attempt == self._attempt:
                callback(*arguments)

        return call
