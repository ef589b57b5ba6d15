"""The whole panel: the server on top, then the sections; each remembers whether it was open."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Callable, Dict, Iterator, TypeVar

import qt

from ..logic.logic import OrthancConnectLogic
from ..turns import Turns
from .part import Form, Part
from .query import QueryPanel
from .server import ServerPanel
from .style import column_width

#: The sections below the server, from top to bottom, and whether they are open at first.
_OPEN_AT_FIRST = {
    "checkup": False,
    "worklist": False,
    "query": True,
    "results": True,
    "upload": False,
    "transfers": False,
    "listener": False,
    "room": False,
    "administrators": False,
}
#: What comes and goes between the server and the sections, and sections that do.
_BOXES = ("opening", "registration", "kept")
_COMING = (*_BOXES, "worklist", "results")
#: What the settings call a section, where that is another name.
_NAMES = {"query": "find"}
F = TypeVar("F", bound=Form)


class MainPanel(Part):
    """Composes the sections in one column.

    A section that is open is made at once. What is closed follows when the event loop has its turn,
    one a turn, or when somebody asks for it, and its module is loaded then: so the panel is there
    sooner.
    """

    def __init__(self, logic: OrthancConnectLogic, resource_path: Callable[[str], str]) -> None:
        super().__init__(None)
        self._logic = logic
        self._resource_path = resource_path
        self._opened = logic.state("sections")
        self._panels: Dict[str, Form] = {}
        self.server = self.own(ServerPanel(logic, resource_path))
        self.server.chips.show_check = lambda line_id: self.checkup.show_check(line_id)
        self.widget = qt.QWidget()
        self.widget.minimumWidth = column_width(self.widget)
        layout = qt.QVBoxLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.server.widget)
        layout.addStretch(1)
        self.widget.setLayout(layout)
        self.wire(
            (logic.profiles.changed, self._onProfiles),
            (logic.opening.changed, lambda: self.opening),
        )
        for name in _OPEN_AT_FIRST:
            if self._is_to_open(name) and name not in _COMING:
                getattr(self, name)
        self.filling = Turns(self._make_the_rest())

    def _make_the_rest(self) -> Iterator[None]:
        for name in (*_BOXES, *_OPEN_AT_FIRST):
            getattr(self, name)
            yield

    def _onProfiles(self) -> None:
        """Before there is a server, nothing but the way to one is shown."""
        for name, panel in self._panels.items():
            if name not in (*_COMING, "administrators"):
                panel.widget.setVisible(bool(self._logic.profiles.known.profiles))

    def _is_to_open(self, name: str) -> bool:
        return bool(self._opened.get(_NAMES.get(name, name), _OPEN_AT_FIRST[name]))

    # The sections ---------------------------------------------------------------------------

    @cached_property
    def registration(self) -> Any:
        """Making the server know this Slicer."""
        from .registration import RegistrationBox

        typed_password = self.server.typed_password
        return self._put(
            "registration", RegistrationBox(self._logic, self._resource_path, typed_password)
        )

    @cached_property
    def opening(self) -> Any:
        """A link of the browser."""
        from .opening import OpeningBox

        return self._put("opening", OpeningBox(self._logic, self._resource_path))

    @cached_property
    def kept(self) -> Any:
        """Retrieves of an earlier session."""
        from .kept import KeptBox

        return self._put("kept", KeptBox(self._logic, self._resource_path))

    @cached_property
    def checkup(self) -> Any:
        """The check-up."""
        from .checkup import CheckupPanel

        panel = CheckupPanel(self._logic, self._resource_path, self.server)
        return self._place("checkup", panel)

    @cached_property
    def worklist(self) -> Any:
        """My cases."""
        from .worklist import WorklistPanel

        return self._place("worklist", WorklistPanel(self._logic, self._resource_path))

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
    def results(self) -> Any:
        """Results of the scene."""
        from .results import ResultsPanel

        panel = ResultsPanel(self._logic, self._resource_path)
        panel.show_details = lambda transfer: self.transfers.choose(transfer, details=True)
        return self._place("results", panel)

    @cached_property
    def upload(self) -> Any:
        """Upload."""
        from .upload import UploadPanel

        panel = UploadPanel(self._logic, self._resource_path)
        panel.options.restore(self._logic.state("upload"))
        return self._place("upload", panel)

    @cached_property
    def transfers(self) -> Any:
        """All transfers of this session."""
        from .transfers import TransfersPanel

        return self._place("transfers", TransfersPanel(self._logic, self._resource_path))

    @cached_property
    def listener(self) -> Any:
        """The DICOM listener."""
        from .listener import ListenerPanel

        return self._place("listener", ListenerPanel(self._logic, self._resource_path))

    @cached_property
    def room(self) -> Any:
        """Room on disk."""
        from .room import RoomPanel

        return self._place("room", RoomPanel(self._logic, self._resource_path))

    @cached_property
    def administrators(self) -> Any:
        """What administrators need; it is there without a server, too."""
        from .administrators import AdministratorsPanel

        panel = AdministratorsPanel(self._logic, self._resource_path)
        return self._place("administrators", panel)

    def _place(self, name: str, panel: F) -> F:
        """Put a section at its place, open or closed as it was."""
        self._section(panel, name).collapsed = not self._is_to_open(name)
        self._put(name, panel)
        self._onProfiles()
        return panel

    def _put(self, name: str, panel: F) -> F:
        self._panels[name] = panel
        order = [one for one in (*_BOXES, *_OPEN_AT_FIRST) if one in self._panels]
        self.widget.layout().insertWidget(1 + order.index(name), panel.widget)
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
        for name in set(_OPEN_AT_FIRST) & set(self._panels):
            panel = self._panels[name]
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
