"""Where files and folders can be dropped: a whole section, whatever of it they are dropped on."""

from __future__ import annotations

from typing import Any, Callable, List

import qt


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
