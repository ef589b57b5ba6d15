"""What the panel is made of: parts that connect signals, and let go of all of them together."""

from __future__ import annotations

from typing import Any, Callable, List, Tuple, TypeVar

import qt

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


class DropArea(qt.QFrame):  # type: ignore[misc]
    """Holds a form, and takes files and folders that are dropped anywhere on it.

    What is dragged over a child that does not want it is offered to its parents in turn.
    """

    def __init__(self, form: Any, on_dropped: Callable[[List[str]], None]) -> None:
        qt.QFrame.__init__(self)
        self._on_dropped = on_dropped
        self.setAcceptDrops(True)
        layout = qt.QVBoxLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(form)
        self.setLayout(layout)

    def dragEnterEvent(self, event: Any) -> None:
        """Take what is made of local files."""
        if local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        """Hand on the paths."""
        paths = local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self._on_dropped(paths)


def local_paths(data: Any) -> List[str]:
    """Return the files and folders among what is dragged."""
    urls = data.urls() if data is not None and data.hasUrls() else ()
    return [str(url.toLocalFile()) for url in urls if url.isLocalFile()]
