"""Where files and folders can be dropped; says so while nothing is chosen."""

from __future__ import annotations

from typing import Any, Callable, List

import qt


class DropArea(qt.QFrame):
    """A framed text that takes files and folders dropped on it."""

    def __init__(self, on_dropped: Callable[[List[str]], None]) -> None:
        qt.QFrame.__init__(self)
        self._on_dropped = on_dropped
        self.setAcceptDrops(True)
        self.setFrameShape(qt.QFrame.StyledPanel)
        self.label = qt.QLabel()
        self.label.textFormat = qt.Qt.PlainText
        self.label.wordWrap = True
        self.label.alignment = qt.Qt.AlignCenter
        self.label.setSizePolicy(qt.QSizePolicy.Ignored, qt.QSizePolicy.Preferred)
        layout = qt.QVBoxLayout()
        layout.setContentsMargins(12, 10, 12, 10)
        layout.addWidget(self.label)
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
