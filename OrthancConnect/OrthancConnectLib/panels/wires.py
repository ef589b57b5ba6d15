"""What a section has connected: signals of its widgets and of the logic; undone all together."""

from __future__ import annotations

from typing import Any, List, Tuple

#: A widget, its signal and the slot; or a signal of the logic and the slot.
Wire = Tuple[Any, ...]


class Wires:
    """Connects what it is given, until `close`: Qt keeps a connected slot referenced for ever."""

    def __init__(self, *wires: Wire) -> None:
        self._wires: List[Wire] = []
        self.add(*wires)

    def add(self, *wires: Wire) -> None:
        """Connect some more."""
        for source, *connection in wires:
            source.connect(*connection)
            self._wires.append((source, *connection))

    @property
    def closed(self) -> bool:
        """Whether nothing is connected any more."""
        return not self._wires

    def close(self) -> None:
        """Disconnect everything."""
        for source, *connection in self._wires:
            source.disconnect(*connection)
        self._wires = []
