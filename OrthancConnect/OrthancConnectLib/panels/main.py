"""The whole panel: the server on top, then the sections; each remembers whether it was open."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Callable, Dict, Iterator, TypeVar

import qt

from ..logic.logic import OrthancConnectLogic
from ..turns import Turns
from .checkup import CheckupPanel
from .kept import KeptBox
from .listener import ListenerPanel
from .part import Form, Part
from .query import QueryPanel
from .registration import RegistrationBox
from .server import ServerPanel
from .style import column_width
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
F = TypeVar("F", bound=Form)


class MainPanel(Part):
    """Composes the sections in one column.

    A section that is open is made at once. A closed one follows when the event loop has its turn,
    one section a turn, or when somebody asks for it: so the panel is there sooner.
    """

    def __init__(self, logic: OrthancConnectLogic, resource_path: Callable[[str], str]) -> None:
        super().__init__(None)
        self._logic = logic
        self._resource_path = resource_path
        self._opened = logic.state("sections")
        self._panels: Dict[str, Form] = {}
        self.server = self.own(ServerPanel(logic, resource_path))
        self.server.chips.show_check = lambda line_id: self.checkup.show_check(line_id)
        typed_password = self.server.typed_password
        self.registration = self.own(RegistrationBox(logic, resource_path, typed_password))
        self.kept = self.own(KeptBox(logic, resource_path))
        self.widget = qt.QWidget()
        self.widget.minimumWidth = column_width(self.widget)
        layout = qt.QVBoxLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.server.widget)
        layout.addWidget(self.registration.widget)
        layout.addWidget(self.kept.widget)
        layout.addStretch(1)
        self.widget.setLayout(layout)
        self.wire((logic.profiles.changed, self._onProfiles))
        for name in _OPEN_AT_FIRST:
            if self._is_to_open(name):
                getattr(self, name)
        self.filling = Turns(self._make_the_rest())

    def _make_the_rest(self) -> Iterator[None]:
        for name in _OPEN_AT_FIRST:
            getattr(self, name)
            yield

    def _onProfiles(self) -> None:
        """Before there is a server, nothing but the way to one is shown."""
        for panel in self._panels.values():
            panel.widget.setVisible(bool(self._logic.profiles.known.profiles))

    def _is_to_open(self, name: str) -> bool:
        return bool(self._opened.get(_NAMES.get(name, name), _OPEN_AT_FIRST[name]))

    # The sections ---------------------------------------------------------------------------

    @cached_property
    def checkup(self) -> CheckupPanel:
        """The check-up."""
        panel = CheckupPanel(self._logic, self._resource_path, self.server)
        return self._place("checkup", panel)

    @cached_property
    def query(self) -> QueryPanel:
        """Find and retrieve."""
        panel = QueryPanel(self._logic, self._resource_path)
        panel.show_details = lambda transfer: self.transfers.choose(transfer, details=True)
        panel.restore(self._logic.state("query"))
        self._place("query", panel)
        section = panel.ui.querySection

        def onFolded(folded: bool) -> None:
            """The list of patients takes the height that is left; folded, nothing does."""
            self.widget.layout().setStretchFactor(panel.widget, 0 if folded else 100)

        panel.wire((section, "contentsCollapsed(bool)", onFolded))
        onFolded(bool(section.collapsed))
        return panel

    @cached_property
    def upload(self) -> UploadPanel:
        """Upload."""
        panel = UploadPanel(self._logic, self._resource_path)
        panel.options.restore(self._logic.state("upload"))
        return self._place("upload", panel)

    @cached_property
    def transfers(self) -> TransfersPanel:
        """All transfers of this session."""
        return self._place("transfers", TransfersPanel(self._logic, self._resource_path))

    @cached_property
    def listener(self) -> ListenerPanel:
        """The DICOM listener."""
        return self._place("listener", ListenerPanel(self._logic, self._resource_path))

    def _place(self, name: str, panel: F) -> F:
        """Put a section at its place, open or closed as it was."""
        self._section(panel, name).collapsed = not self._is_to_open(name)
        self._panels[name] = panel
        order = [one for one in _OPEN_AT_FIRST if one in self._panels]
        self.widget.layout().insertWidget(3 + order.index(name), panel.widget)
        self._onProfiles()
        return self.own(panel)

    @staticmethod
    def _section(panel: Form, name: str) -> Any:
        return getattr(panel.ui, name + "Section")

    def enter(self) -> None:
        """The module is shown: so is its list beside the views, where it was."""
        self.query.list.place(self.query.list.wants_large)

    def exit(self) -> None:
        """Another module is shown: the views have their room, and what is open is remembered."""
        self.remember()
        self.query.list.place(False)

    # The end --------------------------------------------------------------------------------

    def remember(self) -> None:
        """Keep what comes back at the next start."""
        opened = dict(self._opened)
        for name, panel in self._panels.items():
            opened[_NAMES.get(name, name)] = not self._section(panel, name).collapsed
        self._logic.remember("sections", opened)
        if "query" in self._panels:
            self._logic.remember("query", self.query.state())
        if "upload" in self._panels:
            self._logic.remember("upload", self.upload.options.state())

    def close(self) -> None:
        """Remember, and let go of widgets and logic."""
        self.filling.cancel()
        self.remember()
        super().close()
