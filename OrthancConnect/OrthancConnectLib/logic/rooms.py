"""What there is beside the list: viewers, labels, what is followed, room, administration …"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from OrthancConnectCore.shared.profile import ServerProfile

from ..protocols import Adapters
from ..signals import clear_signals
from .administration import Administration
from .cohort import CohortChoice
from .editing import Editing
from .follow import Follow
from .labels import Labels
from .local import Comparison
from .login import Login
from .query import Query
from .room import Room
from .transfers import TransferLog
from .viewers import Viewers


class Rooms:
    """All of them, told of connections together."""

    def __init__(self, adapters: Adapters, log: TransferLog, query: Query) -> None:
        self._query = query
        self.viewers = Viewers(adapters)
        self.cohort = CohortChoice(adapters, log)
        self.follow = Follow(adapters, log)
        self.room = Room(adapters)
        self.comparison = Comparison(adapters)
        self.labels = Labels(adapters, query)
        self.editing = Editing(adapters, query)
        self.administration = Administration(adapters)
        self.follow.arrived.connect(self._onArrived)

    def look(self, profile: Optional[ServerProfile], login: Optional[Login]) -> None:
        """Another server is connected, or with None no more."""
        self.viewers.look(profile, login)
        self.follow.look(profile, login)
        self.comparison.forget()
        self.labels.forget()
        self.editing.forget()

    def _onArrived(self, studies: Sequence[str]) -> None:
        transfer = self.follow.transfer
        if transfer is not None:
            self._query.look_at(transfer.request.profile, studies)

    def close(self) -> None:
        """Tell nobody any more, and ask for nothing."""
        parts = (self.viewers, self.cohort, self.follow, self.room, self.comparison)
        for part in (*parts, self.labels, self.editing):
            clear_signals(part)
        self.viewers.look(None, None)
        self.cohort.forget()
        self.room.close()
        self.administration.close()
        self.comparison.forget()
        self.labels.forget()
        self.editing.forget()
