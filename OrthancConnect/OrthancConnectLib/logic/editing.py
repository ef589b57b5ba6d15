"""Deleting one study or series on the server, or correcting a study: looked at first, then done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Dict, Optional, Tuple

from OrthancConnectCore.shared.corrections import OF_PATIENT, ServerThing, checked_correction
from OrthancConnectCore.shared.profile import ServerProfile

from ..protocols import Adapters
from .login import Login, server_parameters
from .query import Query
from .task import ASKING, DONE, IDLE, RUNNING, Task

#: Attributes of a study that the list tells, and where.
CORRECTED = {
    "StudyDescription": "study_description",
    "AccessionNumber": "accession_number",
    "StudyDate": "study_date",
    "StudyTime": "study_time",
    "ReferringPhysicianName": "referring_physician",
}


class Editing(Task):
    """What a person has chosen in the list, until it is done or put away.

    `RUNNING` while the server is asked or does it, `ASKING` while the person is to say, `DONE` when
    it is done.
    """

    def __init__(self, adapters: Adapters, query: Query) -> None:
        super().__init__(adapters)
        self._query = query
        self._server: Mapping[str, Any] = {}
        self._drop()

    def _drop(self) -> None:
        self.thing: Optional[ServerThing] = None
        self.corrects = False
        self.title = ""
        #: What the attributes are, as far as the list tells, by keyword.
        self.values: Dict[str, str] = {}
        self.result: Mapping[str, Any] = {}
        self.percent = 0

    def look(
        self,
        profile: ServerProfile,
        login: Optional[Login],
        resource: Tuple[str, str],
        title: str,
        values: Optional[Mapping[str, str]] = None,
    ) -> None:
        """Ask what there is of a study or series now; with `values` it is to be corrected."""
        self._begin()
        self._drop()
        self._server = server_parameters(profile, login)
        self.title, self.corrects = title, values is not None
        self.values = dict(values or {})
        self._set(RUNNING)
        self._ask("editing.look", {**self._server, "resource": list(resource)}, self._onSeen)

    def _onSeen(self, told: Mapping[str, Any]) -> None:
        self.thing = thing = ServerThing.from_dict(told)
        if self.corrects:
            who = thing.patient_id, thing.patient_name, thing.patient_birth_date, thing.patient_sex
            self.values.update(zip(OF_PATIENT, who))
        self._set(ASKING)

    def delete(self) -> None:
        """Delete it, if it is the same still."""
        self._do("editing.delete")

    def correct(self, typed: Mapping[str, str], replace: bool) -> None:
        """Correct what was typed otherwise than it is; InputError says what can't be."""
        changed = {key: value for key, value in typed.items() if value != self.values.get(key, "")}
        self._do("editing.modify", attributes=checked_correction(changed), replace=replace)

    def _do(self, method: str, **params: Any) -> None:
        if self.thing is not None and self.state == ASKING:
            params = {**self._server, "thing": self.thing.to_dict(), **params}
            self._set(RUNNING)
            self._ask(method, params, self._onDone, None, self._onProgress)

    def _onProgress(self, told: Mapping[str, Any]) -> None:
        self.percent = int(told.get("done") or 0)
        self.changed.emit()

    def _onDone(self, told: Mapping[str, Any]) -> None:
        self.result = told
        self._set(DONE)
        if not self._query.running:
            self._query.again()

    def stop(self) -> None:
        """Stop what is under way, or put it away."""
        if self.running and self.thing is not None:
            self._stop_requests()  # its answer says what became of it
        else:
            self.forget()

    def forget(self) -> None:
        """Put it away."""
        self._begin()
        self._drop()
        self._set(IDLE)
