"""A link of the browser: asked about first, then its study or series is fetched and loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Optional

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.opening import Link, link_of, profile_for
from OrthancConnectCore.shared.profile import AUTOMATIC, ServerProfile
from OrthancConnectCore.shared.query import (
    PatientRecord,
    SeriesKey,
    SeriesRecord,
    keyed_series,
)
from OrthancConnectCore.shared.series import SeriesTarget

from ..protocols import Adapters
from .connection import Connection
from .login import server_parameters
from .profiles import Profiles
from .retrieve import RetrieveRequest
from .task import ASKING, IDLE, RUNNING, Task


class Opening(Task):
    """One link at a time: `ASKING` whether, `RUNNING` until it is found, `FAILED` when it is not.

    Nobody is asked for anything before a person has agreed: `connect` then connects to the chosen
    server where that needs no question, and `load` retrieves and loads, by `method_now`.
    """

    def __init__(
        self,
        adapters: Adapters,
        profiles: Profiles,
        connection: Connection,
        connect: Callable[[], None],
        method_now: Callable[[str], str],
        load: Callable[[RetrieveRequest, str, Mapping[SeriesKey, SeriesRecord]], None],
    ) -> None:
        super().__init__(adapters)
        self._profiles = profiles
        self._connection = connection
        self._connect = connect
        self._method_now, self._load = method_now, load
        self._drop()
        connection.changed.connect(self._onConnection)

    def _drop(self) -> None:
        self._begin()
        self.link: Optional[Link] = None
        self.profile: Optional[ServerProfile] = None
        self.waits = False  # for a person who logs in
        self.dropped = 0  # links that came while one was asked about

    def receive(self, address: str) -> None:
        """Take a link; one that comes while another is asked about is dropped."""
        if self.state in (ASKING, RUNNING):
            self.dropped += 1
            self.changed.emit()
            return
        self._drop()
        try:
            self.link = link_of(address)
            known = self._profiles.known
            self.profile = profile_for(self.link, known, self._profiles.current_name)
        except InputError as error:
            self._fail(error)
        else:
            self._set(ASKING)

    def agree(self) -> None:
        """Fetch and load it: connect first, where that is not so."""
        if self.state != ASKING or self.profile is None:
            return
        self.waits = True
        self._set(RUNNING)
        if self._is_connected():
            self._onConnection()
        else:
            self._profiles.select(self.profile.name)
            self._connect()

    def _is_connected(self) -> bool:
        connected, profile = self._connection.profile, self.profile
        is_same = connected is not None and profile is not None and connected.name == profile.name
        return is_same and self._connection.connected

    def _onConnection(self) -> None:
        if self.state == RUNNING and self.waits and self._is_connected():
            self.waits = False
            assert self.link is not None
            self._ask_server("editing.find", self._onThing, study=self.link.identifier)

    def _ask_server(self, method: str, on_result: Callable[[Any], None], **params: Any) -> None:
        connection = self._connection
        assert connection.profile is not None
        server = server_parameters(connection.profile, connection.credentials)
        self._ask(method, {**server, **params}, on_result)

    def _onThing(self, thing: Mapping[str, Any]) -> None:
        series = str(thing["uid"]) if thing["level"] == "Series" else ""
        studies = (str(thing["study_orthanc_id"]),)

        def on_described(described: Sequence[Mapping[str, Any]]) -> None:
            records = dict(keyed_series(PatientRecord.from_dict(one) for one in described))
            targets = tuple(SeriesTarget(*key) for key in records if series in ("", key[2]))
            profile, login = self._connection.profile, self._connection.credentials
            self.forget()
            assert profile is not None
            method = self._method_now(AUTOMATIC)
            request = RetrieveRequest(profile, login, targets, method, studies=studies)
            self._load(request, _("From the browser"), records)

        self._ask_server("studies.describe", on_described, study_orthanc_ids=list(studies))

    def forget(self) -> None:
        """Fetch nothing."""
        self._drop()
        self._set(IDLE)
