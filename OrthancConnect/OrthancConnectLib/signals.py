"""Who is told, without Qt: signals to panels and tests, and answers that still count."""

from __future__ import annotations

from typing import Any, Callable, List, Optional


class Signal:
    """Calls every connected callable, in the order of their connection.

    A callable that raises does not keep the others from being called; the first exception is
    raised when all have been.
    """

    def __init__(self) -> None:
        self._slots: List[Callable[..., None]] = []

    def connect(self, slot: Callable[..., None]) -> None:
        """Call `slot` at every `emit` from now on."""
        self._slots.append(slot)

    def disconnect(self, slot: Callable[..., None]) -> None:
        """Call `slot` no more; nothing happens when it was not connected."""
        if slot in self._slots:
            self._slots.remove(slot)

    def clear(self) -> None:
        """Call nobody any more."""
        self._slots.clear()

    def emit(self, *arguments: Any) -> None:
        """Call the connected callables."""
        first: Optional[Exception] = None
        for slot in list(self._slots):
            try:
                slot(*arguments)
            except Exception as error:  # noqa: BLE001  # the slot's edge; raised below
                first = first or error
        if first is not None:
            raise first


def clear_signals(thing: object) -> None:
    """Call nobody any more who follows one of a thing's signals."""
    for value in vars(thing).values():
        if isinstance(value, Signal):
            value.clear()


class Latest:
    """Guards callbacks: what was asked for last drops what was asked for before."""

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


def ignore(*_arguments: Any) -> None:
    """Take an answer and do nothing with it."""
