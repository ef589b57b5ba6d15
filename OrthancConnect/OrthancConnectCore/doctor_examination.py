"""What the doctor's checks share: who is examined, what was found so far, and the clean-up."""

from __future__ import annotations

import tempfile
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Protocol, Tuple
from urllib.parse import quote

from .credentials import Credentials
from .doctor_instance import Sample
from .doctor_report import (
    PASSED,
    SKIPPED,
    WARNING,
    CheckLine,
    Outcome,
    not_installed,
    skipped,
)
from .errors import MissingDependencyError, OperationCancelled, OrthancHttpError
from .events import CancelToken
from .profiles import ServerProfile
from .registration_entries import RemoteModality, entries_of, is_same_host
from .rest import OrthancClient
from .tls import CertificateInfo
from .validation import plain_text, split_rest_url

#: The doctor waits no longer than this, whatever the profile says: seconds to connect, for an
#: HTTPS answer, and for a DICOM message.
LONGEST_CONNECT, LONGEST_READ, LONGEST_DIMSE = 5.0, 15.0, 10.0
#: Seconds that Orthanc has to reach our listener.
ECHO_PATIENCE = 3


class DicomProbe(Protocol):
    """Who asks the server over DICOM: pynetdicom here, or ``ctk`` inside Slicer.

    Each method raises `DimseError` (or another `OrthancConnectError`) when the server does not do
    what was asked; the fact `refused` tells a refusal from a fault.
    """

    def find_one(self, sample: Optional[Sample]) -> int:
        """Query (C-FIND) for one instance; for one that does not exist without a sample.

        Returns
        -------
        int
            Number of matches.
        """

    def get_one(self, sample: Sample, folder: Path) -> Optional[Path]:
        """Retrieve (C-GET) one instance into a folder; return the file, None if nothing came."""

    def move_one(self, sample: Sample, destination: str) -> int:
        """Have one instance sent (C-MOVE) to an AE title; return how many were sent."""


class ListenerState(Protocol):
    """The DICOM listener that is to be looked at, Slicer's own for example."""

    @property
    def state(self) -> str:
        """``stopped``, ``starting``, ``running`` or ``failed``."""

    @property
    def port(self) -> int:
        """Where it listens, or would."""

    @property
    def message(self) -> str:
        """Why it does not run."""


@dataclass(frozen=True)
class KnownListener:
    """A listener in another process; see `ListenerState`."""

    state: str
    port: int
    message: str = ""


class OwnListener(Protocol):
    """A listener that the doctor started for the time of the examination."""

    @property
    def connections(self) -> int:
        """How many came so far."""

    def stop(self) -> None:
        """Close its port."""


def patient_profile(profile: ServerProfile) -> ServerProfile:
    """Return a profile with timeouts that are no longer than the doctor's own."""
    return profile.replace(
        connect_timeout=min(profile.connect_timeout, LONGEST_CONNECT),
        read_timeout=min(profile.read_timeout, LONGEST_READ),
        dimse_timeout=min(profile.dimse_timeout, LONGEST_DIMSE),
    )


class Examination:
    """One run of the doctor: the state that its checks share.

    Parameters
    ----------
    profile : ServerProfile
        Who is examined.
    credentials : Credentials, optional
        For the HTTPS side.
    token : CancelToken
        Stops the run.
    probe : DicomProbe, optional
        None: the DICOM lines that need one are skipped.
    missing : MissingDependencyError, optional
        Why there is none.
    listener : ListenerState, optional
        None: the doctor looks at the port and starts a listener of its own.
    start_listener : callable, optional
        Starts that one; None where that can't be.
    write : bool
        Whether the tiny test instance may be stored and deleted.
    on_line : callable
        Gets each line when it is known, one at a time.
    """

    def __init__(
        self,
        profile: ServerProfile,
        credentials: Optional[Credentials],
        *,
        token: CancelToken,
        probe: Optional[DicomProbe],
        missing: Optional[MissingDependencyError],
        listener: Optional[ListenerState],
        start_listener: Optional[Callable[[ServerProfile, Path], OwnListener]],
        write: bool,
        on_line: Callable[[CheckLine], None],
    ) -> None:
        self.given_profile = profile
        self.profile = patient_profile(profile)
        self.scheme, self.host, self.port = split_rest_url(profile.rest_url)
        self.credentials = credentials
        self.token = token
        self.probe = probe
        self._missing = missing
        self.listener = listener
        self.start_listener = start_listener
        self.write = write
        self.client = OrthancClient(self.profile, credentials)
        # Found by the checks:
        self.certificate: Optional[CertificateInfo] = None
        self.system: Dict[str, Any] = {}
        self.login_fault: Optional[Exception] = None
        self.statistics: Mapping[str, Any] = {}
        self.modalities: Optional[Tuple[RemoteModality, ...]] = None
        self.address = ""
        self.sample: Optional[Sample] = None
        self.uploaded: Optional[Sample] = None
        self.stored: List[Sample] = []  # what the clean-up deletes
        self.seen_as: Optional[str] = None
        self.own_listener: Optional[OwnListener] = None
        self.refused: List[str] = []
        self.reached_us: Optional[bool] = None
        self.fetched: Optional[bytes] = None
        self._on_line = on_line
        self._lines: Dict[str, CheckLine] = {}
        self._changed = threading.Condition()
        self._emitting = threading.Lock()
        self._stopped = self._closed = False
        self.writing, self.translation = threading.Lock(), threading.Lock()
        self._folder: Optional[tempfile.TemporaryDirectory[str]] = None
        token.on_cancel(self.stop_waiting)

    @property
    def where(self) -> str:
        """Host and port of the HTTPS side."""
        return f"{self.host}:{self.port}"

    @property
    def dicom_where(self) -> str:
        """Host and port of the DICOM side."""
        return f"{self.profile.dicom_host}:{self.profile.dicom_port}"

    @property
    def stopped(self) -> bool:
        """Whether nobody waits for further lines."""
        return self._stopped

    def no_probe(self) -> Outcome:
        """Return the outcome of a check that needs a probe where there is none."""
        if self._missing is None:
            return skipped("", "Nobody here can do this part.")
        return not_installed(self._missing)

    def folder(self) -> Path:
        """Return a folder for what is fetched; it is gone after the run.

        Raises
        ------
        OperationCancelled
            The run is over.
        """
        with self._changed:
            if self._closed:
                raise OperationCancelled()
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="orthancconnect-doctor-")
            return Path(self._folder.name)

    def publish(self, line: CheckLine) -> None:
        """Take a line that is known now, and tell it."""
        with self._emitting:
            if line.title:
                self._on_line(line)
        with self._changed:
            self._lines[line.id] = line
            self._changed.notify_all()

    def line(self, check_id: str) -> Optional[CheckLine]:
        """Wait for a line and return it; None after a cancel."""
        with self._changed:
            while check_id not in self._lines and not self._stopped:
                self._changed.wait()
            return self._lines.get(check_id)

    def state_of(self, check_id: str) -> str:
        """Wait for a line and return its state; ``skipped`` after a cancel."""
        line = self.line(check_id)
        return SKIPPED if line is None else line.state

    def is_fine(self, check_id: str) -> bool:
        """Wait for a line and return whether what builds on it can be looked at."""
        return self.state_of(check_id) in (PASSED, WARNING)

    def stop_waiting(self) -> None:
        """Let all who wait for a line go on without it."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def known_lines(self) -> Dict[str, CheckLine]:
        """Return the lines known so far."""
        with self._changed:
            return dict(self._lines)

    def close(self) -> None:
        """Stop our own listener, close connections, remove what was fetched."""
        with self._changed:
            self._closed = True
            listener, self.own_listener = self.own_listener, None
            folder, self._folder = self._folder, None
        with ExitStack() as last:
            if folder is not None:
                last.callback(folder.cleanup)
            last.callback(self.client.close)
            if listener is not None:
                last.callback(listener.stop)

    # What several checks ask ------------------------------------------------------------------

    def entry(self, ae_title: str) -> Optional[RemoteModality]:
        """Return the server's entry for an AE title of ours: the fitting one, else the first."""
        same = entries_of(self.modalities or (), ae_title)
        for entry in same:
            if self.is_ours(entry):
                return entry
        return same[0] if same else None

    def metadata(self, orthanc_id: str, name: str) -> str:
        """Return one piece of Orthanc's metadata of an instance; empty where it has none."""
        path = f"/instances/{quote(orthanc_id, safe='')}/metadata/{name}"
        try:
            return plain_text(self.client.get_text(path), 64)
        except OrthancHttpError:
            return ""  # older instances lack some

    def is_ours(self, entry: RemoteModality) -> bool:
        """Return whether an entry leads to this computer's listener."""
        return entry.port == self.profile.storage_port and is_same_host(entry.host, self.address)


#: A check of the plan.
Check = Callable[[Examination], Outcome]
