"""Open: the selected study in one of the server's viewers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.series import SeriesTarget

from ..logic.logic import OrthancConnectLogic
from ..wording import worded
from .part import Part
from .style import allow
from .texts import fault


class ViewerMenu(Part):
    """A button for the best viewer, with a menu of all that the server has."""

    def __init__(
        self,
        logic: OrthancConnectLogic,
        ui: Any,
        targets: Callable[[], Sequence[SeriesTarget]],
        tell: Callable[[str, str], None],
    ) -> None:
        super().__init__(ui)
        self._logic = logic
        self._targets = targets
        self._tell = tell
        self.menu = qt.QMenu(_("Open with"), ui.openButton)
        self._entries = Part(self.menu)
        self.ui.openButton.setMenu(self.menu)
        self.wire(
            (self.ui.openButton, "clicked()", self.open),
            (ui.resultTree, "itemSelectionChanged()", self.refresh),
            (logic.rooms.viewers.changed, self._onViewers),
            (logic.connection.changed, self.refresh),
        )
        self._onViewers()

    def _onViewers(self) -> None:
        self._entries.close()
        self.menu.clear()
        for viewer in self._logic.rooms.viewers.known:
            action = self.menu.addAction(worded(str(viewer["title"])))
            self._entries.wire((action, "triggered()", partial(self.open, viewer["name"])))
        self.refresh()

    def open(self, viewer: str = "") -> None:
        """Show the selected study in a viewer, the best one without a name."""
        targets = list(self._targets())
        if not self._why_not(targets):
            study = next(iter(self._logic.query.study_ids(targets)), "")
            server, on_error = self._logic.server(), lambda error: self._tell(*fault(error))
            study = study or targets[0].study_instance_uid
            self._logic.rooms.viewers.show(*server, study, on_error, viewer)

    def _why_not(self, targets: Sequence[SeriesTarget]) -> str:
        studies = {(one.patient_id, one.study_instance_uid) for one in targets}
        return self._logic.why_not_work() or ("" if len(studies) == 1 else _("Select one study."))

    def refresh(self) -> None:
        """Enable it for one study."""
        viewers = self._logic.rooms.viewers.known
        tooltip = _("Show the selected study on the server, in your browser.")
        if viewers:
            tooltip += " " + _("A click opens {viewer}.").format(viewer=worded(viewers[0]["title"]))
        allow(self.ui.openButton, self._why_not(list(self._targets())), tooltip)

    def close(self) -> None:
        """Let go of widgets and logic."""
        super().close()
        self._entries.close()
