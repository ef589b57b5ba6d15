"""Follow this query: fetch what is new, while the person wishes so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OrthancConnectError
from OrthancConnectCore.shared.query import FOLLOW_SINCE, QueryFilters

from ..logic.logic import OrthancConnectLogic
from ..logic.transfers import Transfer
from .part import Form
from .style import WARNING, allow, say
from .texts import fault, outcome

GIGABYTE = 1_000_000_000


class FollowBox(Form):
    """Below the filters: whether their query is followed, how much it may take, and how it goes."""

    def __init__(
        self,
        logic: OrthancConnectLogic,
        resource_path: Any,
        filters: Callable[[], QueryFilters],
    ) -> None:
        super().__init__(logic, resource_path, "follow_box.ui")
        self._filters = filters
        self._revealed = False
        ui = self.ui
        ui.againCheck.checked = logic.rooms.follow.is_kept
        self.wire(
            (ui.followCheck, "clicked()", self._onFollow),
            (ui.againCheck, "clicked()", self._onAgain),
            (logic.rooms.follow.changed, self.refresh),
            (logic.connection.changed, self.refresh),
            *logic.log.signals(self._onTransfer, self._onTransfer, self.refresh),
        )
        self.refresh()

    def reveal(self, on: bool) -> None:
        """Show it, or only while something is followed."""
        self._revealed = on
        self.refresh()

    def _onFollow(self) -> None:
        follow, ui = self._logic.rooms.follow, self.ui
        if not ui.followCheck.checked:
            follow.stop()
            return
        try:
            quota = int(ui.quotaSpin.value) * GIGABYTE
            since = FOLLOW_SINCE[ui.sinceCombo.currentIndex]
            follow.start(*self._logic.server(), self._filters(), quota, since)
        except OrthancConnectError as error:
            say(ui.followLabel, *fault(error))
            ui.followCheck.checked = False
            return
        if ui.againCheck.checked:
            self._onAgain()

    def _onAgain(self) -> None:
        """Keep what is followed for the next connection, or no longer."""
        follow, ui = self._logic.rooms.follow, self.ui
        why_not = follow.keep(bool(ui.againCheck.checked))
        ui.againCheck.checked = ui.againCheck.checked and not why_not
        if why_not:
            say(ui.followLabel, "⚠ " + why_not, WARNING)

    def _onTransfer(self, transfer: Transfer) -> None:
        if transfer.operation == "follow":
            say(self.ui.followLabel, *outcome(transfer))
            self.refresh()

    def refresh(self) -> None:
        """Show whether something is followed, and what can be done."""
        ui, transfer = self.ui, self._logic.rooms.follow.transfer
        ui.followCheck.checked = transfer is not None
        self.widget.setVisible(self._revealed or transfer is not None)
        why_not = self._logic.why_not_work() if transfer is None else ""
        tooltip = _(
            "Fetch each new series that matches, as soon as it is whole, until you stop it."
        )
        allow(ui.followCheck, why_not, tooltip)
        busy = _("Stop following first.") if transfer is not None else ""
        tooltip = _("It stops before what it has fetched takes more than this.")
        allow(ui.quotaSpin, busy, tooltip)
        tooltip = _(
            "Whether what is on the server already is fetched as well. A query that was followed "
            "before goes on where it was."
        )
        allow(ui.sinceCombo, busy, tooltip)
