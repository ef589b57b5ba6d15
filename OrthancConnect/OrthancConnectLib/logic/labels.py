"""The labels of one study or series on the server: shown, and changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, List, Optional, Tuple

from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.query_checks import checked_labels

from ..protocols import Adapters
from .login import Login, server_parameters
from .query import Query
from .task import DONE, IDLE, RUNNING, Task


class Labels(Task):
    """Those of what a person has chosen in the list, until they are put away."""

    def __init__(self, adapters: Adapters, query: Query) -> None:
        super().__init__(adapters)
        self._query = query
        self._server: Mapping[str, Any] = {}
        self.labels: List[str] = []
        self.known: List[str] = []
        self._drop()

    def _drop(self) -> None:
        self.resource, self._study, self.title = ("", ""), "", ""
        self.labels, self.known = [], []
        self.fault, self.saved = "", False

    def show(
        self,
        profile: ServerProfile,
        login: Optional[Login],
        resource: Tuple[str, str],
        study: str,
        title: str,
    ) -> None:
        """Ask for the labels of a resource: ``Study`` or ``Series``, and Orthanc's identifier.

        `study` is the identifier of its study, of which the list is told what changes.
        """
        self._begin()
        self._drop()
        self._server = server_parameters(profile, login)
        self.resource, self._study, self.title = resource, study, title
        self._set(RUNNING)
        self._ask("labels.of", {**self._server, "resource": list(resource)}, self._onLabels)

    def _onLabels(self, told: Mapping[str, Sequence[str]]) -> None:
        self.labels, self.known = list(told["labels"]), list(told["known"])
        self._set(DONE)

    def change(self, text: str) -> None:
        """Let it have just the labels that were typed, with commas between them.

        InputError says what is no label; nothing is changed then.
        """
        wanted = checked_labels(text)
        params = {
            **self._server,
            "resource": list(self.resource),
            "add": [label for label in wanted if label not in self.labels],
            "remove": [label for label in self.labels if label not in wanted],
        }
        self._set(RUNNING)
        self._ask("labels.change", params, self._onChanged)

    def _onChanged(self, told: Mapping[str, Any]) -> None:
        self.labels, self.fault, self.saved = list(told["labels"]), str(told["fault"]), True
        self._query.look_again([self._study])
        self._set(DONE)

    def forget(self) -> None:
        """Put them away."""
        self._begin()
        self._drop()
        self._set(IDLE)
