"""What OrthancConnect does in Slicer, without any widget: panels ask it and follow its signals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.check_lines import CheckLine, cured_profile
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import (
    ConfigurationError,
    OperationCancelled,
    OrthancConnectError,
    TransportError,
)
from OrthancConnectCore.shared.jobs import Job
from OrthancConnectCore.shared.profile import AUTOMATIC, C_FIND, C_GET, C_MOVE, HTTPS, ServerProfile
from OrthancConnectCore.shared.profile_checks import OPENID
from OrthancConnectCore.shared.query import QueryFilters, keyed_series
from OrthancConnectCore.shared.upload_options import UploadOptions

from ..protocols import Adapters, OnError
from ..signals import Latest, Signal, clear_signals, ignore
from .checkup import Checkup, Registration
from .connection import Connection, Decide, first_profile
from .details import Details
from .kept import KeptRetrieves
from .load_choice import LoadChoice
from .local import Local
from .login import Login, Logins
from .opening import Opening
from .profiles import Profiles
from .query import Query
from .retrieve import RetrieveJob, RetrieveRequest
from .rooms import Rooms
from .task import CANCELLED, DISCONNECTED, DONE, IDLE
from .transfers import Transfer, TransferLog
from .upload import UploadRequest
from .upload_choice import UploadChoice
from .upload_queue import Uploads

_PLAIN = UploadOptions()
#: Most studies that a query brings at first; "More" asks for all.
FIRST_STUDIES = 100


class OrthancConnectLogic:
    """Profiles, connection, query, transfers and listener, wired together around `adapters`."""

    def __init__(self, adapters: Adapters) -> None:
        self.adapters = adapters
        self.listener = adapters.listener
        self.firstConnected = Signal()
        #: Emitted with the error of a worker process that can't do its work.
        self.workerFailed = Signal()
        self.logins = Logins(self.adapters)
        self.profiles = Profiles(self.adapters, self.logins, self._leave)
        self.connection = Connection(self.adapters)
        self.query = Query(self.adapters)
        self.details = Details(self.query)
        self.checkup = Checkup(self.adapters)
        self.registration = Registration(self.adapters)
        self.log = TransferLog(self.adapters)
        self.local = Local(self.adapters)
        self.load_choice = LoadChoice(self.adapters, self._add_retrieve)
        self.uploads = Uploads(self.adapters, self.log)
        self.choice = UploadChoice(self.adapters)
        self.kept = KeptRetrieves(self.adapters, self.log)
        self.rooms = Rooms(self.adapters, self.log, self.query, self.retrieve)
        ways = self.reconnect, self.method_now, self.load_choice.start
        self.opening = Opening(self.adapters, self.profiles, self.connection, *ways)
        self._connected_to = ""
        self._latest = Latest()
        self.connection.changed.connect(self._onConnectionChanged)
        self.query.changed.connect(self._onQueryChanged)
        self.registration.changed.connect(self._onRegistrationChanged)
        self.log.finished.connect(self._onTransferFinished)
        self.log.stalled.connect(self.connection.look)

    # Connection -----------------------------------------------------------------------------

    def connect_first(
        self, address: str, user: str, password: str, decide: Decide, remember: bool = False
    ) -> None:
        """Connect with what a person types the first time; the profile is saved on success.

        With `remember` the password goes into the keychain then; `logins.kept` tells how.

        Raises
        ------
        InvalidProfileError
            The address or the user can't be used.
        """
        profile = first_profile(address, user)
        self.query.reset()
        login = Credentials(profile.user, password) if profile.user else None

        def on_connected(kept: ServerProfile) -> None:
            kept = self.profiles.add(kept)
            self.connection.replace_profile(kept)
            self._accepted(kept, password, remember)
            self.adapters.call_later(0, self._onFirstConnected)

        taken = self.profiles.known.names
        self.connection.start(profile, login, decide, on_connected, ignore, taken)

    def connect_server(
        self, password: str, decide: Decide, remember: bool = False, user: str = ""
    ) -> None:
        """Connect to the current profile.

        An empty password is that of this session, or of the keychain; with `remember` a typed one
        is kept there. A `user` goes into a profile that has none; it may raise InvalidProfileError.
        """
        stored = self.profiles.chosen()
        profile = stored.replace(user=stored.user or user)
        self.query.reset()
        login = self.logins.to_connect(profile, password)
        if self.connection.takes_passphrase(password, remember):
            login, password = self.connection.credentials, ""

        def on_connected(used: ServerProfile) -> None:
            if self.profiles.settle(used, stored):
                self.adapters.call_later(0, self._onFirstConnected)
            self._accepted(used, password, remember)

        def on_trusted(used: ServerProfile) -> None:
            self.profiles.put(used.replace(user=stored.user), stored.name)

        self.connection.start(profile, login, decide, on_connected, on_trusted)

    def reconnect(self) -> None:
        """Connect again at the next start, where that needs no click: never with a question."""
        profile = self.profiles.current
        if profile is not None and self.connection.state == DISCONNECTED:
            if not profile.logs_in or self.logins.wanted(profile):
                self.connect_server("", lambda _question, _answer: self.connection.stop())

    def _accepted(self, profile: ServerProfile, password: str, remember: bool) -> None:
        self.logins.accept(profile.name, self.connection.credentials)
        if remember and profile.logs_in and (password or profile.auth == OPENID):
            self.logins.remember(profile, password)

    def _onFirstConnected(self) -> None:
        if self.connection.connected:
            self.firstConnected.emit()
            self.adapters.call_later(0, self._start_wanted_listener)

    def _start_wanted_listener(self) -> None:
        """Start what starts with Slicer from now on, since this Slicer has started already."""
        wanted = self.listener_autostart and self.connection.connected
        if wanted and self.listener.state not in ("running", "starting"):
            self.start_listener()

    def _onQueryChanged(self) -> None:
        query = self.query
        if query.state in (IDLE, CANCELLED):
            self.details.forget()
        if (query.state, query.way, query.profile) == (DONE, C_FIND, self.connection.profile):
            self.connection.note_accepted()
        self._onFault(query.error)

    def _onTransferFinished(self, transfer: Transfer) -> None:
        """Show in the list what was uploaded, without a further click."""
        if transfer.operation in ("upload", "results"):
            self.query.look_at(transfer.request.profile, transfer.studies)
        self._onFault(transfer.error)

    def _onFault(self, error: Optional[OrthancConnectError]) -> None:
        """See whether the server is still there, when something could not reach it."""
        if isinstance(error, TransportError):
            self.connection.look()

    def _onRegistrationChanged(self) -> None:
        """Ask for the list again when the server has got to know this Slicer."""
        registration, query = self.registration, self.query
        if registration.state == DONE and registration.is_done:
            self.connection.try_dicom()
            if self.connection.connected and not query.running:
                self.start_query(query.filters, query.limit or FIRST_STUDIES, query.wished)

    def _onConnectionChanged(self) -> None:
        if self.connection.login_ended and self.connection.profile is not None:
            self.logins.drop(self.connection.profile)
        profile = self.connection.profile if self.connection.connected else None
        if self._connected_to != (profile.rest_url if profile is not None else ""):
            self._connected_to = profile.rest_url if profile is not None else ""
            self.uploads.look_for_interrupted(profile)
            self.kept.look(profile)
            self.rooms.look(profile, self.connection.credentials)

    def disconnect_server(self) -> None:
        """Give up the connection; transfers go on, and what is here can still be loaded."""
        self.query.cancel()
        self.connection.stop()

    def _leave(self) -> None:
        """Another server becomes current: forget what this one had."""
        self.disconnect_server()
        self.query.reset()

    def use_called_ae_title(self) -> None:
        """Take the AE title that the server says it has into the profile."""
        profile = self.connection.profile
        title = str(self.connection.system.get("dicom_aet") or "")
        if profile is not None and title:
            changed = profile.replace(called_ae_title=title)
            self.profiles.put(changed, profile.name)
            self.connection.replace_profile(changed)

    # Check-up -------------------------------------------------------------------------------

    def start_checkup(self, password: str = "", write: bool = False) -> None:
        """Examine the connection to the current profile's server; with `write` store there, too."""
        profile = self.profiles.chosen()
        self.checkup.start(profile, self.logins.login(profile, password), write)

    def cure(self, line: CheckLine) -> ServerProfile:
        """Change the current profile as a line of the check-up says, and store it.

        Raises
        ------
        InvalidProfileError
            What the line found can't be used.
        """
        profile = self.profiles.chosen()
        changed = cured_profile(profile, line)
        login = self.logins.known(profile.name)
        self.profiles.save(changed, profile.name)
        if changed.user == profile.user:
            self.logins.accept(changed.name, login)
        return changed

    def start_registration(
        self, password: str = "", exact_address: bool = False, address: str = ""
    ) -> None:
        """Plan the entry that makes the server know this Slicer; see `plan_registration`."""
        profile = self.profiles.chosen()
        login = self.logins.login(profile, password)
        self.registration.start(profile, login, exact_address, address)

    def look_at_certificate(
        self, profile: ServerProfile, on_certificate: Callable[[Any], None], on_error: OnError
    ) -> None:
        """Ask for the certificate that a server shows, to be decided on by the person."""
        params = {"profile": profile.to_dict()}
        self.adapters.worker.request("server.certificate", params, on_certificate, on_error)

    def install(self, package: str) -> None:
        """Install an optional package that the person agreed to; the worker starts anew with it.

        Raises
        ------
        ConfigurationError
            It can't be installed.
        """
        self.adapters.install(package)
        self.adapters.worker.stop()

    # Query ----------------------------------------------------------------------------------

    def start_query(
        self, filters: QueryFilters, limit: int = FIRST_STUDIES, way: str = AUTOMATIC
    ) -> None:
        """Ask the server what matches, in one of `QUERY_WAYS`."""
        self.query.start(*self.server(), filters, limit, way)

    # Transfers ------------------------------------------------------------------------------

    def retrieve(
        self,
        targets: Sequence[Any],
        method: str,
        title: str = "",
        studies: Tuple[str, ...] = (),
        to_load: Sequence[str] = (),
    ) -> Transfer:
        """Retrieve series into Slicer's database, one retrieve after the other, and load some.

        `studies` are Orthanc's identifiers; those that the query knows when left out.
        """
        request = self._retrieve_request(targets, method, studies)
        return self._add_retrieve(replace(request, to_load=to_load), title, [])

    def retrieve_and_load(
        self, targets: Sequence[Any], method: str, title: str = "", render: bool = False
    ) -> None:
        """Retrieve series and load them; `load_choice` asks first, where there is a question."""
        records = dict(keyed_series(self.query.patients))
        request = replace(self._retrieve_request(targets, method), render=render)
        self.load_choice.start(request, title, records)

    def _retrieve_request(
        self, targets: Sequence[Any], method: str, studies: Tuple[str, ...] = ()
    ) -> RetrieveRequest:
        profile, login = self.server()
        studies = studies or self.query.study_ids(targets)
        method = self.method_now(method)
        return RetrieveRequest(profile, login, tuple(targets), method, studies=studies)

    def _add_retrieve(self, request: RetrieveRequest, title: str, notes: List[str]) -> Transfer:
        transfer = Transfer("retrieve", title, request, request.method, kind=RetrieveJob)
        transfer.notes.extend(notes)
        known = {one.study_instance_uid: 0 for one in request.targets}
        transfer.studies = request.studies or tuple(known)
        return self.log.add(transfer)

    def upload(
        self,
        paths: Sequence[str],
        title: str = "",
        options: UploadOptions = _PLAIN,
        foreseen: Tuple[int, int] = (0, 0),
    ) -> Transfer:
        """Upload files and folders, when the uploads before are done; so many files and bytes."""
        request = UploadRequest(*self.server(), tuple(paths), options, *foreseen)
        return self.uploads.add(request, title)

    def preview_deidentified(
        self, options: UploadOptions, on_result: Callable[[Any], None], on_error: OnError
    ) -> Callable[[], None]:
        """Ask what would be sent of one file of each chosen series; return what stops that."""
        worker = self.adapters.worker
        params = {"paths": list(self.choice.paths), "options": options.to_dict()}
        request = worker.request("deidentify.preview", params, on_result, on_error)
        return lambda: worker.cancel(request)

    def resume_interrupted(self, job: Job) -> Transfer:
        """Go on with an upload of an earlier session."""
        return self.uploads.resume_interrupted(job, *self.server())

    def resume_kept(self) -> None:
        """Go on with the retrieves that an earlier session did not bring to their end."""
        self.kept.resume(*self.server(), self.retrieve)

    def cancel(self, transfer: Transfer) -> None:
        """Stop a transfer; its receipt tells what was done until then."""
        self.log.cancel(transfer)

    # Listener -------------------------------------------------------------------------------

    @property
    def listener_autostart(self) -> bool:
        """Whether the DICOM listener starts with Slicer."""
        return self.adapters.store.listener_autostart

    @listener_autostart.setter
    def listener_autostart(self, on: bool) -> None:
        self.adapters.store.listener_autostart = on

    def start_listener(self) -> None:
        """Start the DICOM listener on the port of the current profile."""
        profile = self.profiles.current
        if profile is not None:
            self.adapters.database.open_if_needed()  # what arrives has to go somewhere
            self.listener.start(profile.storage_port)

    # Why not --------------------------------------------------------------------------------

    def why_not_work(self) -> str:
        """Return why the server can't be asked now; empty when it can."""
        if self.connection.connected:
            return ""
        if not self.profiles.known.profiles:
            return _("Connect to a server first.")
        return _("Connect to the server first.")

    def method_now(self, method: str) -> str:
        """Return how is retrieved by a method: *Automatic* is C-GET where the server knows us."""
        if method != AUTOMATIC:
            return method
        return C_GET if self.connection.gets else HTTPS

    def why_not_retrieve(self, method: str) -> str:
        """Return why nothing can be retrieved by a method now; empty when it can."""
        reason = self.why_not_work()
        if not reason and method in (C_GET, C_MOVE) and self.connection.needs_tls:
            return _("Slicer speaks no DICOM over TLS: retrieve over HTTPS.")
        if not reason and method == C_MOVE and self.listener.state != "running":
            return _("Start the DICOM listener first, or retrieve by C-GET.")
        return reason

    # What is remembered ---------------------------------------------------------------------

    def state(self, name: str) -> Dict[str, Any]:
        """Return a piece of the panel's state; empty where there is none, or another thing."""
        state = self.adapters.store.state(name, {})
        return state if isinstance(state, dict) else {}

    def remember(self, name: str, state: Mapping[str, Any]) -> None:
        """Keep a piece of the panel's state for the next session."""
        self.adapters.store.set_state(name, dict(state))

    # The end --------------------------------------------------------------------------------

    def watch(self, on: bool) -> None:
        """Keep an eye on the server and the scene while the panel is shown."""
        self.connection.watch(on)
        self.rooms.results.watch(on)

    def refresh(self) -> None:
        """Look again at the listener, and start the worker, which says if it can't do its work.

        That takes 15 ms of Slicer, which is a large process to be forked: so the panel comes first.
        """

        def on_error(error: OrthancConnectError) -> None:
            if not isinstance(error, OperationCancelled):
                self.workerFailed.emit(error)

        self._latest.begin()

        def ask() -> None:
            self.adapters.worker.request("worker.info", {}, ignore, on_error)

        self.adapters.call_later(0, self._latest.only(ask))
        self.listener.refresh()

    def close(self) -> None:
        """Disconnect everything; the module goes away."""
        tasks = (self.connection, self.query, self.checkup, self.registration, self.choice)
        parts = (self.profiles, self.logins, self.log, self.uploads, self.kept, self.details)
        for part in (self, *parts, *tasks, self.load_choice, self.opening):
            clear_signals(part)
        self._latest.begin()
        self.rooms.close()
        self.checkup.stop()
        self.uploads.look_for_interrupted(None)
        self.choice.clear()
        self.load_choice.forget()
        self.query.reset()
        self.connection.stop()
        self.log.close()
        self.logins.accepted.clear()
        self.adapters.close()

    def server(self) -> Tuple[ServerProfile, Optional[Login]]:
        """Return the connected server and who logs in there; ConfigurationError where none is."""
        profile = self.connection.profile
        if profile is None or not self.connection.connected:
            raise ConfigurationError(
                _("There is no connection to a server."), _("Connect to the server first.")
            )
        return profile, self.connection.credentials
