"""What there is beside the list: viewers, results, labels, room, administration, and more."""

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
from .recall import Retrieve, StudyResults
from .results import Results
from .room import Room
from .transfers import TransferLog
from .viewers import Viewers
from .worklist import WorkLists


class Rooms:
    """All of them, told of connections together."""

    def __init__(
        self, adapters: Adapters, log: TransferLog, query: Query, retrieve: Retrieve
    ) -> None:
        self._query = query
        self.viewers = Viewers(adapters)
        self.cohort = CohortChoice(adapters, log)
        self.follow = Follow(adapters, log)
        self.room = Room(adapters)
        self.comparison = Comparison(adapters)
        self.administration = Administration(adapters)
        self.results = Results(adapters, log)
        self.study_results = StudyResults(adapters, log, retrieve)
        self.labels = Labels(adapters, query)
        self.worklists = WorkLists(adapters, log, retrieve, self.results)
        self.editing = Editing(adapters, query)
        self.follow.arrived.connect(self._onArrived)

    def look(self, profile: Optional[ServerProfile], login: Optional[Login]) -> None:
        """Another server is connected, or with None no more."""
        self.viewers.look(profile, login)
        self.follow.look(profile, login)
        self.comparison.forget()
        self.study_results.stop()
        self.results.look_for_waiting(profile is not None)
        self.labels.forget()
        self.worklists.look(profile, login)
        self.editing.forget()

    def _onArrived(self, studies: Sequence[str]) -> None:
        transfer = self.follow.transfer
        if transfer is not None:
            self._query.look_at(transfer.request.profile, studies)

    def close(self) -> None:
        """Tell nobody any more, and ask for nothing."""
        parts = (self.viewers, self.cohort, self.follow, self.room, self.comparison, self.labels)
        for part in (*parts, self.results, self.study_results, self.worklists, self.editing):
            clear_signals(part)
        self.viewers.look(None, None)
        self.cohort.forget()
        self.room.close()
        self.administration.close()
        self.results.watch(False)
        self.study_results.stop()
        self.comparison.forget()
        self.labels.forget()
        self.worklists.look(None, None)
        self.editing.forget()
