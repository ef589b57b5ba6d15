"""The whole panel: the server on top, then the sections; each remembers whether it was open."""

from __future__ import annotations

from typing import Any, Dict

import qt

from ..logic import OrthancConnectLogic
from ..transfers import Transfer
from .checkup_panel import CheckupPanel
from .listener_panel import ListenerPanel
from .query_panel import QueryPanel
from .server_panel import ServerPanel
from .transfers_panel import TransfersPanel
from .upload_panel import UploadPanel

_OPEN_AT_FIRST = {
    "find": True,
    "upload": False,
    "transfers": False,
    "listener": False,
    "checkup": False,
}


class MainPanel:
    """Composes the sections in one column."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        self._logic = logic
        self.server = ServerPanel(logic, resource_path)
        self.checkup = CheckupPanel(logic, resource_path, self._decide_trust)
        self.checkup.ask_password = self.server.ask_password
        self.checkup.typed_password = self.server.typed_password
        self.query = QueryPanel(logic, resource_path)
        self.upload = UploadPanel(logic, resource_path)
        self.transfers = TransfersPanel(logic, resource_path)
        self.listener = ListenerPanel(logic, resource_path)
        self.query.show_details = self._show_details
        self.server.chips.show_check = self.checkup.show_check
        self.sections: Dict[str, Any] = {
            "find": self.query.ui.querySection,
            "upload": self.upload.ui.uploadSection,
            "transfers": self.transfers.ui.transfersSection,
            "listener": self.listener.ui.listenerSection,
            "checkup": self.checkup.ui.checkupSection,
        }
        self.widget = qt.QWidget()
        layout = qt.QVBoxLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for panel in self.panels:
            layout.addWidget(panel.widget)
        layout.addStretch(1)
        self.widget.setLayout(layout)
        self._restore()
        self.query.ui.querySection.connect("contentsCollapsed(bool)", self._onFolded)
        self._onFolded(bool(self.query.ui.querySection.collapsed))

    @property
    def panels(self) -> Any:
        """All sections, from top to bottom."""
        return (
            self.server,
            self.checkup,
            self.query,
            self.upload,
            self.transfers,
            self.listener,
        )

    def _decide_trust(self, question: Any, answer: Any) -> None:
        self.server.decide_trust(question, answer)

    def _show_details(self, transfer: Transfer) -> None:
        self.transfers.choose(transfer, details=True)

    def _onFolded(self, folded: bool) -> None:
        """The list of patients takes the height that is left; folded, nothing does."""
        self.widget.layout().setStretchFactor(self.query.widget, 0 if folded else 100)

    def _restore(self) -> None:
        opened = self._logic.state("sections")
        for name, section in self.sections.items():
            section.collapsed = not opened.get(name, _OPEN_AT_FIRST[name])
        self.query.restore(self._logic.state("query"))
        self.upload.options.restore(self._logic.state("upload"))

    def remember(self) -> None:
        """Keep what comes back at the next start."""
        opened = {name: not section.collapsed for name, section in self.sections.items()}
        self._logic.remember("sections", opened)
        self._logic.remember("query", self.query.state())
        self._logic.remember("upload", self.upload.options.state())

    def close(self) -> None:
        """Remember, and let go of widgets and logic."""
        self.remember()
        self.query.ui.querySection.disconnect("contentsCollapsed(bool)", self._onFolded)
        for panel in self.panels:
            panel.close()
