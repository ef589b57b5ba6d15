"""What OrthancConnect does in Slicer, without any widget: panels ask it and follow its signals."""

from __future__ import annotations

import logging
from typing import Any, Dict, Optional, Sequence, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.credentials import Credentials
from OrthancConnectCore.errors import ConfigurationError, InvalidProfileError, OrthancConnectError
from OrthancConnectCore.profiles import C_MOVE, ProfileSet, ServerProfile
from OrthancConnectCore.query import QueryFilters
from OrthancConnectCore.upload_options import UploadOptions

from .adapters import Adapters, slicer_adapters
from .checkup import CheckLine, Checkup, Registration, cured_profile
from .connection import Connection, Decide, first_profile
from .login import InKeychain, Login, RememberedPasswords
from .profile_files import export_profile, free_name, import_profiles
from .query_job import Query
from .retrieve_job import RetrieveJob, RetrieveRequest
from .signals import Signal
from .transfers import WAITING, Transfer, TransferLog
from .upload_choice import UploadChoice
from .upload_job import UploadRequest
from .uploads import Interrupted, Uploads

_PLAIN = UploadOptions()
#: Most studies that a query brings at first; "More" asks for all.
FIRST_STUDIES = 100


class OrthancConnectLogic:
    """Profiles, connection, query, transfers and listener, wired together.

    Parameters
    ----------
    adapters : Adapters, optional
        Slicer's own when left out.
    """

    def __init__(self, adapters: Optional[Adapters] = None) -> None:
        self.adapters = slicer_adapters() if adapters is None else adapters
        self.profilesChanged = Signal()
        self.listenerChanged = Signal()
        self.databaseChanged = Signal()
        self.settings_error: Optional[OrthancConnectError] = None
        self.profiles = self._stored_profiles()
        self.current_name = self.profiles.default_name
        self.connection = Connection(self.adapters)
        self.query = Query(self.adapters)
        self.checkup = Checkup(self.adapters)
        self.registration = Registration(self.adapters)
        self.log = TransferLog()
        self.uploads = Uploads(self.adapters, self.log)
        self.choice = UploadChoice(self.adapters)
        self._connected_to = ""
        self.connection.changed.connect(self._onConnectionChanged)
        self.log.finished.connect(lambda _transfer: self.databaseChanged.emit())
        self.remembered = RememberedPasswords(self.adapters)
        self.server_lists = self.adapters.server_lists
        self.passwordKept = Signal()
        self.firstConnected = Signal()
        self._credentials: Dict[str, Login] = {}
        self._closed = False
        self.adapters.listener.on_change(self._onListenerChanged)

    # Profiles -------------------------------------------------------------------------------

    def _stored_profiles(self) -> ProfileSet:
        try:
            return self.adapters.store.load()
        except OrthancConnectError as error:
            logging.warning("OrthancConnect: %s", error)
            self.settings_error = error
            return ProfileSet()

    @property
    def current_profile(self) -> Optional[ServerProfile]:
        """The profile chosen in the panel; None when there is none."""
        return self.profiles.get(self.current_name) if self.profiles.profiles else None

    def select_profile(self, name: str) -> None:
        """Work with another profile from now on; a connection to the one before is given up."""
        if name != self.current_name:
            self.disconnect_server()
            self.current_name = name
            self.profilesChanged.emit()

    def save_profile(self, profile: ServerProfile, replacing: str = "") -> None:
        """Add a profile, or put it in the place of another, and choose it.

        Raises
        ------
        InvalidProfileError
            Another profile has that name.
        """
        if not replacing and profile.name in self.profiles.names:
            raise InvalidProfileError(
                _("There is a server of this name already."),
                _("Choose another name."),
                field="name",
            )
        before = self.profiles.get(replacing) if replacing else None
        if before is not None:
            profile = profile.without_pin_of(before)  # it was for the address before
        self._store(self.profiles.put(profile, replacing))
        if before is not None:
            known = self._credentials.pop(before.name, None)
            if known and (before.rest_url, before.user) == (profile.rest_url, profile.user):
                self._credentials[profile.name] = known
        if before != profile or self.current_name != profile.name:
            self.disconnect_server()
        self.current_name = profile.name
        self.profilesChanged.emit()

    def remove_profile(self, name: str) -> None:
        """Forget a profile, its password, and what Slicer's own lists have of it."""
        self._credentials.pop(name, None)
        self.remembered.forget(self.profiles.get(name), self.passwordKept.emit)
        self.server_lists.hide(name)
        if name == self.current_name:
            self.disconnect_server()
        self._store(self.profiles.remove(name))
        if name == self.current_name:
            self.current_name = self.profiles.default_name
        self.profilesChanged.emit()

    def duplicate_profile(self) -> str:
        """Make a copy of the current profile, choose it, and return its name."""
        profile = self.profiles.get(self.current_name)
        name = free_name(profile.name, self.profiles)
        self.save_profile(profile.replace(name=name))
        return name

    def import_profiles(self, path: str) -> str:
        """Take over the profiles of a file; return their names. Raises OrthancConnectError."""
        profiles, names = import_profiles(path, self.profiles)
        self.disconnect_server()
        self._store(profiles)
        self.current_name = names[0]
        self.profilesChanged.emit()
        return ", ".join(names)

    def export_profile(self, path: str) -> str:
        """Write the current profile to a file, without any password; return the path."""
        export_profile(self.profiles.get(self.current_name), path)
        return path

    def show_in_server_lists(self, shown: bool) -> None:
        """Write the current profile into Slicer's own server lists, or take it out again."""
        profile = self.profiles.get(self.current_name)
        if shown:
            self.server_lists.show(profile)
        else:
            self.server_lists.hide(profile.name)
        self.profilesChanged.emit()

    def set_default_profile(self, name: str) -> None:
        """Choose the profile that Slicer starts with."""
        self._store(self.profiles.with_default(name))
        self.profilesChanged.emit()

    def _store(self, profiles: ProfileSet) -> None:
        self.adapters.store.save(profiles)
        self.profiles = profiles
        self.settings_error = None

    # Connection -----------------------------------------------------------------------------

    def connect_first(
        self, address: str, user: str, password: str, decide: Decide, remember: bool = False
    ) -> None:
        """Connect with what a person types the first time; the profile is saved on success.

        With `remember` the password goes into the keychain then; `passwordKept` tells how.

        Raises
        ------
        InvalidProfileError
            The address or the user can't be used.
        """
        profile = first_profile(address, user)
        self.query.reset()
        credentials = Credentials(profile.user, password) if profile.user else None

        def on_connected(kept: ServerProfile) -> None:
            self._store(self.profiles.put(kept))
            self.current_name = kept.name
            if credentials is not None:
                self._credentials[kept.name] = credentials
            if remember and credentials is not None and password:
                self.remembered.remember(kept, password, self.passwordKept.emit)
            self.profilesChanged.emit()
            self.adapters.call_later(0, self._onFirstConnected)

        taken = self.profiles.names
        self.connection.start(profile, credentials, decide, on_connected, _nothing, taken)

    def connect_server(self, password: str, decide: Decide, remember: bool = False) -> None:
        """Connect to the current profile.

        An empty password is the one of this session, or the one in the keychain. With `remember`
        a typed one goes into the keychain when the server has accepted it.
        """
        profile = self.profiles.get(self.current_name)
        self.query.reset()
        credentials = self._credentials.get(profile.name)
        if profile.user and (password or credentials is None):
            credentials = Credentials(profile.user, password)
            if not password and self.remembered.wanted(profile):
                credentials = InKeychain(profile.user)

        def on_connected(used: ServerProfile) -> None:
            if credentials is not None:
                self._credentials[used.name] = credentials
            if remember and profile.user and password:
                self.remembered.remember(used, password, self.passwordKept.emit)

        def on_trusted(used: ServerProfile) -> None:
            self._store(self.profiles.put(used, profile.name))
            self.profilesChanged.emit()

        self.connection.start(profile, credentials, decide, on_connected, on_trusted)

    def _onFirstConnected(self) -> None:
        if not self._closed and self.connection.connected:
            self.firstConnected.emit()

    def _onConnectionChanged(self) -> None:
        profile = self.connection.profile if self.connection.connected else None
        if self._connected_to != (profile.rest_url if profile is not None else ""):
            self._connected_to = profile.rest_url if profile is not None else ""
            self.uploads.look_for_interrupted(profile)

    def disconnect_server(self) -> None:
        """Give up the connection and what was found; transfers go on."""
        self.query.reset()
        self.connection.stop()

    def knows_password(self, name: str) -> bool:
        """Whether a password was accepted in this session."""
        return name in self._credentials

    def use_called_ae_title(self) -> None:
        """Take the AE title that the server says it has into the profile."""
        profile = self.connection.profile
        title = str(self.connection.system.get("dicom_aet") or "")
        if profile is None or not title:
            return
        changed = profile.replace(called_ae_title=title)
        self._store(self.profiles.put(changed, profile.name))
        self.connection.replace_profile(changed)
        self.profilesChanged.emit()

    # Check-up -------------------------------------------------------------------------------

    def start_checkup(self, password: str = "") -> None:
        """Examine the connection to the current profile's server."""
        profile = self.profiles.get(self.current_name)
        self.checkup.start(profile, self._known_credentials(profile, password))

    def cure(self, line: CheckLine) -> ServerProfile:
        """Change the current profile as a line of the check-up says, and store it.

        Raises
        ------
        InvalidProfileError
            What the line found can't be used.
        """
        profile = self.profiles.get(self.current_name)
        changed = cured_profile(profile, line)
        credentials = self._credentials.get(profile.name)
        self.save_profile(changed, profile.name)
        if credentials is not None and changed.user == profile.user:
            self._credentials.setdefault(changed.name, credentials)
        return changed

    def start_registration(
        self, password: str = "", exact_address: bool = False, address: str = ""
    ) -> None:
        """Plan the entry that makes the server know this Slicer; see `plan_registration`."""
        profile = self.profiles.get(self.current_name)
        credentials = self._known_credentials(profile, password)
        self.registration.start(profile, credentials, exact_address, address)

    def _known_credentials(self, profile: ServerProfile, password: str) -> Optional[Login]:
        if profile.user and password:
            return Credentials(profile.user, password)
        if profile.name not in self._credentials and self.remembered.wanted(profile):
            return InKeychain(profile.user)
        return self._credentials.get(profile.name)

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

    def start_query(self, filters: QueryFilters, limit: int = FIRST_STUDIES) -> None:
        """Ask the server what matches."""
        profile = self._connected_profile()
        self.query.start(profile, self.connection.credentials, filters, limit)

    def present_instances(self, series_uid: str) -> int:
        """Return how many instances of a series are in Slicer's database."""
        if not self.adapters.database.is_open:
            return 0
        return len(self.adapters.database.present_instances(series_uid))

    # Transfers ------------------------------------------------------------------------------

    def retrieve(
        self, targets: Sequence[Any], method: str, then_load: bool = False, title: str = ""
    ) -> Transfer:
        """Retrieve series into Slicer's database, one retrieve after the other."""
        profile = self._connected_profile()
        request = RetrieveRequest(
            profile, self.connection.credentials, tuple(targets), method, then_load
        )
        transfer = self.log.add(Transfer("retrieve", title, profile.name, method))
        transfer.job = RetrieveJob(
            transfer, request, self.adapters, self.log, self._start_next_retrieve
        )
        self._start_next_retrieve()
        return transfer

    def _start_next_retrieve(self) -> None:
        transfer = self.log.next_waiting(lambda item: item.operation == "retrieve")
        if transfer is not None and not self._closed:
            transfer.job.start()

    def upload(
        self,
        paths: Sequence[str],
        title: str = "",
        options: UploadOptions = _PLAIN,
        foreseen: Tuple[int, int] = (0, 0),
    ) -> Transfer:
        """Upload files and folders, when the uploads before are done; so many files and bytes."""
        profile, login = self._connected_profile(), self.connection.credentials
        request = UploadRequest(profile, login, tuple(paths), options, *foreseen)
        return self.uploads.add(request, title)

    def resume_interrupted(self, job: Interrupted) -> Transfer:
        """Go on with an upload of an earlier session."""
        login = self.connection.credentials
        return self.uploads.resume_interrupted(job, self._connected_profile(), login)

    def cancel(self, transfer: Transfer) -> None:
        """Stop a transfer; its receipt tells what was done until then."""
        if transfer.operation == "upload":
            self.uploads.cancel(transfer)
        elif transfer.state == WAITING:
            transfer.cancel_asked = True
            self.log.finish(transfer)
        elif transfer.job is not None:
            transfer.job.cancel()

    # Listener -------------------------------------------------------------------------------

    def start_listener(self) -> None:
        """Start the DICOM listener on the port of the current profile."""
        profile = self.current_profile
        if profile is not None:
            self.adapters.database.open_if_needed()  # what arrives has to go somewhere
            self.adapters.listener.start(profile.storage_port)

    def stop_listener(self) -> None:
        """Stop the DICOM listener."""
        self.adapters.listener.stop()

    def _onListenerChanged(self) -> None:
        if not self._closed:
            self.listenerChanged.emit()

    # Why not --------------------------------------------------------------------------------

    def why_not_work(self) -> str:
        """Return why the server can't be asked now; empty when it can."""
        if self.connection.connected:
            return ""
        if not self.profiles.profiles:
            return _("Connect to a server first.")
        return _("Connect to the server first.")

    def why_not_retrieve(self, method: str) -> str:
        """Return why nothing can be retrieved by a method now; empty when it can."""
        reason = self.why_not_work()
        if not reason and method == C_MOVE and self.adapters.listener.state != "running":
            return _("Start the DICOM listener first, or retrieve by C-GET.")
        return reason

    # The end --------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Start the worker before it is needed, and look again at the listener."""
        self.adapters.worker.request("worker.info", {}, _nothing, _nothing)
        self.adapters.listener.refresh()

    def close(self) -> None:
        """Disconnect everything; the module goes away."""
        self._closed = True
        self.adapters.listener.off_change(self._onListenerChanged)
        for finding in (self.checkup.changed, self.registration.changed):
            finding.clear()
        self.checkup.stop()
        self.uploads.close()
        self.choice.close()
        self.query.changed.clear()
        self.query.counted.clear()
        self.connection.changed.clear()
        for signal in (self.log.added, self.log.changed, self.log.finished, self.log.cleared):
            signal.clear()
        self.passwordKept.clear()
        self.firstConnected.clear()
        for signal in (self.profilesChanged, self.listenerChanged, self.databaseChanged):
            signal.clear()
        self.query.reset()
        self.connection.stop()
        for transfer in self.log.transfers:
            if transfer.job is not None:
                transfer.job.abandon()
        self._credentials.clear()
        self.adapters.close()

    def _connected_profile(self) -> ServerProfile:
        profile = self.connection.profile
        if profile is None or not self.connection.connected:
            raise ConfigurationError(
                _("There is no connection to a server."), _("Connect to the server first.")
            )
        return profile


def _nothing(_answer: Any) -> None:
    """Take an answer and do nothing with it."""
