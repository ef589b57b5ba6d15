"""The whole panel: the server on top, then the sections; each remembers whether it was open."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Callable, Dict, Iterator

import qt

from ..logic.logic import OrthancConnectLogic
from ..logic.transfers import Transfer
from ..turns import Turns
from .checkup import CheckupPanel
from .listener import ListenerPanel
from .query import QueryPanel
from .server import ServerPanel
from .transfers import TransfersPanel
from .upload import UploadPanel

#: The sections below the server, from top to bottom, and whether they are open at first.
_OPEN_AT_FIRST = {
    "checkup": False,
    "query": True,
    "upload": False,
    "transfers": False,
    "listener": False,
}
#: What the settings call a section, where that is another name.
_NAMES = {"query": "find"}


class MainPanel:
    """Composes the sections in one column.

    A section that is open is made at once. A closed one follows when the event loop has its turn,
    one section a turn, or when somebody asks for it: so the panel is there sooner.
    """

    def __init__(self, logic: OrthancConnectLogic, resource_path: Callable[[str], str]) -> None:
        self._logic = logic
        self._resource_path = resource_path
        self._opened = logic.state("sections")
        self._collapsibles: Dict[str, Any] = {}
        self.server = ServerPanel(logic, resource_path)
        self.server.chips.show_check = lambda line_id: self.checkup.show_check(line_id)
        self.widget = qt.QWidget()
        layout = qt.QVBoxLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.server.widget)
        layout.addStretch(1)
        self.widget.setLayout(layout)
        for name in _OPEN_AT_FIRST:
            if self._is_to_open(name):
                getattr(self, name)
        self._closed_ones = Turns(self._make_the_rest())

    def _make_the_rest(self) -> Iterator[None]:
        for name in _OPEN_AT_FIRST:
            getattr(self, name)
            yield

    def _is_to_open(self, name: str) -> bool:
        return bool(self._opened.get(_NAMES.get(name, name), _OPEN_AT_FIRST[name]))

    @property
    def complete(self) -> bool:
        """Whether the closed sections are there as well."""
        return not self._closed_ones.running

    # The sections ---------------------------------------------------------------------------

    @cached_property
    def checkup(self) -> CheckupPanel:
        """The check-up; what only a person can tell it asks of the server's section."""
        panel = CheckupPanel(self._logic, self._resource_path, self._decide_trust)
        panel.ask_password = self.server.ask_password
        panel.typed_password = self.server.typed_password
        self._place("checkup", panel.widget, panel.ui.checkupSection)
        return panel

    @cached_property
    def query(self) -> QueryPanel:
        """Find and retrieve."""
        panel = QueryPanel(self._logic, self._resource_path)
        panel.show_details = self._show_details
        panel.restore(self._logic.state("query"))
        section = panel.ui.querySection
        self._place("query", panel.widget, section)

        def onFolded(folded: bool) -> None:
            """The list of patients takes the height that is left; folded, nothing does."""
            self.widget.layout().setStretchFactor(panel.widget, 0 if folded else 100)

        panel.wires.add((section, "contentsCollapsed(bool)", onFolded))
        onFolded(bool(section.collapsed))
        return panel

    @cached_property
    def upload(self) -> UploadPanel:
        """Upload."""
        panel = UploadPanel(self._logic, self._resource_path)
        panel.options.restore(self._logic.state("upload"))
        self._place("upload", panel.widget, panel.ui.uploadSection)
        return panel

    @cached_property
    def transfers(self) -> TransfersPanel:
        """All transfers of this session."""
        panel = TransfersPanel(self._logic, self._resource_path)
        self._place("transfers", panel.widget, panel.ui.transfersSection)
        return panel

    @cached_property
    def listener(self) -> ListenerPanel:
        """The DICOM listener."""
        panel = ListenerPanel(self._logic, self._resource_path)
        self._place("listener", panel.widget, panel.ui.listenerSection)
        return panel

    def _place(self, name: str, widget: Any, section: Any) -> None:
        """Put a section at its place, open or closed as it was."""
        section.collapsed = not self._is_to_open(name)
        self._collapsibles[name] = section
        order = [one for one in _OPEN_AT_FIRST if one in self._collapsibles]
        self.widget.layout().insertWidget(1 + order.index(name), widget)

    @property
    def sections(self) -> Dict[str, Any]:
        """The collapsible widgets of all sections, by their names in the settings."""
        for name in _OPEN_AT_FIRST:
            getattr(self, name)
        return {_NAMES.get(name, name): one for name, one in self._collapsibles.items()}

    # What they need of one another ----------------------------------------------------------

    def _decide_trust(self, question: Any, answer: Any) -> None:
        self.server.decide_trust(question, answer)

    def _show_details(self, transfer: Transfer) -> None:
        self.transfers.choose(transfer, details=True)

    # The end --------------------------------------------------------------------------------

    def remember(self) -> None:
        """Keep what comes back at the next start."""
        opened = dict(self._opened)
        for name, section in self._collapsibles.items():
            opened[_NAMES.get(name, name)] = not section.collapsed
        self._logic.remember("sections", opened)
        if "query" in self._collapsibles:
            self._logic.remember("query", self.query.state())
        if "upload" in self._collapsibles:
            self._logic.remember("upload", self.upload.options.state())

    def close(self) -> None:
        """Remember, and let go of widgets and logic."""
        self._closed_ones.cancel()
        self.remember()
        self.server.close()
        for name in self._collapsibles:
            getattr(self, name).close()
