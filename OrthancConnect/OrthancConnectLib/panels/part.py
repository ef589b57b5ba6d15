"""What the panel is made of: parts that connect signals, and let go of all of them together."""

from __future__ import annotations

from typing import Any, List, Tuple, TypeVar

from ..logic.logic import OrthancConnectLogic
from .style import load_ui

#: A widget, its signal and the slot; or a signal of the logic and the slot.
Wire = Tuple[Any, ...]
P = TypeVar("P", bound="Part")


class Part:
    """Works on the widgets of `ui`; what it has connected and owns, it lets go with `close`."""

    def __init__(self, ui: Any) -> None:
        self.ui = ui
        self.closed = False
        self._wires: List[Wire] = []
        self._parts: List[Part] = []

    def wire(self, *wires: Wire) -> None:
        """Connect until `close`: Qt keeps a connected slot referenced for ever."""
        for source, *connection in wires:
            source.connect(*connection)
            self._wires.append((source, *connection))

    def own(self, part: P) -> P:
        """Return a part that is closed together with this one."""
        self._parts.append(part)
        return part

    def close(self) -> None:
        """Let go of widgets and logic."""
        self.closed = True
        for source, *connection in self._wires:
            source.disconnect(*connection)
        self._wires.clear()
        for part in self._parts:
            part.close()


class Form(Part):
    """A part with a form of Resources/UI: all of it is `widget`, what has a name is in `ui`."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any, name: str) -> None:
        self.widget, ui = load_ui(resource_path, name)
        super().__init__(ui)
        self._logic = logic
        self._resource_path = resource_path


class Row(Form):
    """A form that comes and goes while the panel is there."""

    def close(self) -> None:
        """Let go of widgets and logic, and go away."""
        super().close()
        self.widget.hide()
        self.widget.deleteLater()
