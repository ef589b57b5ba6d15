"""What the doctor's checks share: who is examined, what was found so far, and the clean-up."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, ContextManager, Dict, List, Optional, Tuple
from urllib.parse import quote

from ..network.addresses import bare_address, is_same_host
from ..orthanc.modalities import RemoteModality, entries_of
from ..shared.check_lines import PASSED, SKIPPED, WARNING, CheckLine, Outcome
from ..shared.credentials import Credentials
from ..shared.errors import OperationCancelled, OrthancConnectError, OrthancHttpError
from ..shared.events import CancelToken
from ..shared.hosts import shown_host
from ..shared.profile import ServerProfile
from ..shared.validation import plain_text, split_rest_url
from .asking import UnhurriedClient
from .folder import ended_runs, run_folder, run_name
from .instance import Sample, make_instance, read_meta
from .probe import DicomProbe, PynetdicomProbe
from .reach import ask_bare
from .sockets import AssociationFault, store

if TYPE_CHECKING:
    from ..dimse.listener import StorageListener

#: The doctor waits no longer than this, whatever the profile says: seconds to connect, for an
#: HTTPS answer, and for a DICOM message.
LONGEST_CONNECT, LONGEST_READ, LONGEST_DIMSE = 5.0, 15.0, 10.0
#: Seconds before each further look for what was just stored.
_LOOKS = (0.1, 0.4, 1.0)


@dataclass(frozen=True)
class KnownListener:
    """The DICOM listener that is to be looked at, Slicer's own for example."""

    #: ``stopped``, ``starting``, ``running`` or ``failed``.
    state: str
    #: Where it listens, or would.
    port: int
    #: Why it does not run.
    message: str = ""


class Examination:
    """One run of the doctor: the state that its checks share.

    `on_line` gets each line when it is known, one at a time; the rest is as of `doctor.run.run`.
    """

    def __init__(
        self,
        profile: ServerProfile,
        credentials: Optional[Credentials],
        token: CancelToken,
        probe: Optional[DicomProbe],
        listener: Optional[KnownListener],
        write: bool,
        on_line: Callable[[CheckLine], None],
    ) -> None:
        self.profile = profile.replace(
            connect_timeout=min(profile.connect_timeout, LONGEST_CONNECT),
            read_timeout=min(profile.read_timeout, LONGEST_READ),
            dimse_timeout=min(profile.dimse_timeout, LONGEST_DIMSE),
        )
        self.scheme, self.host, self.port = split_rest_url(profile.rest_url)
        self.where = shown_host(f"{self.host}:{self.port}")  # the HTTPS side, for people
        self.dicom_where = shown_host(f"{profile.dicom_host}:{profile.dicom_port}")
        self.credentials, self.token = credentials, token
        self.listener, self.write = listener, write
        self.client = UnhurriedClient(self.profile, credentials, token)
        # Found by the checks:
        self.system: Dict[str, Any] = {}
        self.modalities: Optional[Tuple[RemoteModality, ...]] = None
        self.address = ""
        self.sample: Optional[Sample] = None
        self.stored: List[Sample] = []  # what the clean-up deletes, of this run
        self.ended = ended_runs()
        self.left: List[Tuple[str, Sample]] = []  # and of earlier ones, with the run's name
        self.own_listener: Optional[StorageListener] = None
        self.refused: List[str] = []
        self.reached_us = False
        self.fetched: Optional[bytes] = None
        self.writing = threading.Lock()
        self._seen_as: Optional[str] = None
        self._probe = probe
        self._making_probe = threading.Lock()
        self._on_line = on_line
        self._emitting = threading.Lock()
        self.lines: Dict[str, CheckLine] = {}  # known so far
        self.stopped = False  # nobody waits for further lines
        self._changed = threading.Condition()
        self._closed = False
        self._closing = threading.Lock()
        self._last = ExitStack()
        self.folder = self._last.enter_context(run_folder())  # for what is fetched
        self.run = run_name(self.folder)
        token.on_cancel(self.stop_waiting)

    @property
    def probe(self) -> DicomProbe:
        """Who speaks DICOM.

        Raises
        ------
        MissingDependencyError
            pynetdicom is not installed, and nobody else was named.
        """
        with self._making_probe:  # an import that fails in several threads at once confuses Python
            if self._probe is None:
                self._probe = PynetdicomProbe(self.profile, self.token)
            return self._probe

    def look_for_sample(self, look: Callable[[], int]) -> int:
        """Return how many matches a search finds; it is repeated while it misses the sample.

        Orthanc 1.10 may miss for milliseconds what it has just acknowledged.
        """
        matches = look()
        for pause in _LOOKS if self.sample is not None else ():
            if matches or self.token.wait(pause):
                break
            matches = look()
        return matches

    def until_end(self, manager: ContextManager[Any]) -> Any:
        """Enter a context manager that is left when the run ends.

        Raises
        ------
        OperationCancelled
            The run is over.
        """
        with self._closing:
            if self._closed:
                raise OperationCancelled()
            return self._last.enter_context(manager)

    def publish(self, line: CheckLine) -> None:
        """Take a line that is known now, and tell it."""
        with self._emitting:
            if line.title:
                self._on_line(line)
        with self._changed:
            self.lines[line.id] = line
            self._changed.notify_all()

    def line(self, check_id: str) -> Optional[CheckLine]:
        """Wait for a line and return it; None after a cancel."""
        with self._changed:
            while check_id not in self.lines and not self.stopped:
                self._changed.wait()
            return self.lines.get(check_id)

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
            self.stopped = True
            self._changed.notify_all()

    def close(self) -> None:
        """Stop our own listener, close connections, remove what was fetched."""
        with self._closing:
            self._closed = True
        with self._last:
            self.client.close()

    # What several checks ask ------------------------------------------------------------------

    def entry(self, ae_title: str) -> Optional[RemoteModality]:
        """Return the server's entry for an AE title of ours: the fitting one, else the first."""
        same = entries_of(self.modalities or (), ae_title)
        port, address = self.profile.storage_port, self.address
        ours = [one for one in same if one.port == port and is_same_host(one.host, address)]
        return next(iter([*ours, *same]), None)

    def metadata(self, orthanc_id: str, name: str) -> str:
        """Return one piece of Orthanc's metadata of an instance; empty where it has none."""
        path = f"/instances/{quote(orthanc_id, safe='')}/metadata/{name}"
        try:
            return plain_text(self.client.get_text(path), 64)
        except OrthancHttpError:
            return ""  # older instances lack some

    def translated_address(self) -> str:
        """Return our address as the server sees it where that is another; else empty."""
        seen = self.seen_address()
        return seen if seen and self.address and not is_same_host(seen, self.address) else ""

    def seen_address(self) -> str:
        """Return our address as the server's DICOM side sees it; empty where that can't be told.

        Orthanc keeps with each instance from where it came. So one tiny instance of the doctor's
        own, sent by C-STORE, tells whether something in between translates addresses (NAT). Sent
        at most once in a run, and only where the doctor may write; deleted at the end of the run.

        Orthanc Book, "Metadata associated with DICOM resources": ``RemoteIP``, since Orthanc 1.4.0.
        """
        if not self.write or self.state_of("storage") != PASSED or not self.is_fine("dicom_port"):
            return ""
        with self.writing:  # the clean-up waits for the end of this
            if self._seen_as is None:
                self.token.raise_if_cancelled()
                self._seen_as = self._ask_origin()
            return self._seen_as

    def _ask_origin(self) -> str:
        content, sample = make_instance(self.run)
        self.stored.append(sample)
        data_set = content[read_meta(content)[1] :]
        try:
            ask_bare(self.profile, store(sample.sop_class_uid, sample.sop_instance_uid, data_set))
            told = self.metadata(sample.orthanc_id, "RemoteIP")
            return bare_address(told) if told else ""
        except (AssociationFault, OrthancConnectError, ValueError):
            return ""  # not from this AE title, or not from here


#: A check of the plan.
Check = Callable[[Examination], Outcome]
