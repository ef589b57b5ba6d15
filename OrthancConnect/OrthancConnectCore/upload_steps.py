"""What is done with one file of an upload: changed if asked for, looked for, sent, verified."""

from __future__ import annotations

import threading
from typing import BinaryIO, Callable, Dict, List, NamedTuple, Optional

from .errors import InputError, NotFoundError
from .events import ProgressMeter
from .orthanc_ids import study_orthanc_id
from .patience import Patience
from .rest import OrthancClient, StoreResult
from .scan import FoundFile, reading_fault
from .upload_known import Known
from .upload_ledger import ALREADY_STORED, DIFFERENT, FAILED, STORED, Fate
from .upload_pace import Turn
from .upload_resume import Resume
from .upload_sending import Sending
from .upload_verify import Verdict, compare, md5_of

#: Makes of a file what is sent in its place, with `FoundFile.opener`; raises InputError.
Prepare = Callable[[FoundFile], FoundFile]
_LOOK_HINT = "Compare the two; to replace the server's, delete it there first and upload again."


class Server(NamedTuple):
    """The server of an upload, and what is known of it.

    Attributes
    ----------
    client : OrthancClient
        Sends requests.
    patience : Patience
        Bears their faults.
    known : Known
        What is there.
    resume : Resume
        What an earlier run stored.
    """

    client: OrthancClient
    patience: Patience
    known: Known
    resume: Resume


def unprepared(file: FoundFile) -> FoundFile:
    """Return a file without its identity, since a receipt tells of what is sent."""
    return file._replace(identity=None)


class Step:
    """One file on its way, in one thread.

    Parameters
    ----------
    found : FoundFile
        As the scan found it.
    server : Server
        Where it goes.
    meter : ProgressMeter
        Counts bytes.
    stopped : threading.Event
        Once set, no further byte is sent.
    verify : bool
        Whether to compare what the server has with the file.
    turn : Turn
        Says how to send it, and learns how that went.

    Attributes
    ----------
    sent : FoundFile
        What is sent in the file's place.
    study : str
        Orthanc's identifier of the study, once that is known.
    """

    def __init__(
        self,
        found: FoundFile,
        server: Server,
        meter: ProgressMeter,
        stopped: threading.Event,
        verify: bool,
        turn: Turn,
    ) -> None:
        self.found = found
        self.sent = found
        self.study = ""
        self._server = server
        self._meter = meter
        self._stopped = stopped
        self._verify = verify
        self._turn = turn
        self._sending: Optional[Sending] = None

    def look(self, prepare: Optional[Prepare]) -> Optional[Fate]:
        """Make of the file what is sent; return its fate if the server has it, None if not.

        Raises
        ------
        OperationCancelled
            The upload was stopped.
        OrthancConnectError
            It could not be done; `failed` makes a fate of it.
        """
        if prepare is not None:
            self.sent = unprepared(self.found)
            try:
                self.sent = prepare(self.found)
            except OSError as error:
                raise InputError(*reading_fault(error)) from error
        identifier = self._server.known.find(self.sent.identity)
        if identifier is not None:
            self.study = _study_of(self.sent)
            return self._known(identifier)
        return None

    @property
    def sending(self) -> Sending:
        """The file on its way, to be sent after `look`."""
        if self._sending is None:
            self._sending = Sending(
                self.sent, self._server.client, self._meter, self._stopped, self._verify, self._turn
            )
        return self._sending

    def send(self) -> Fate:
        """Bring the file to the server, alone, and return what became of it; see `look`."""
        result = self._server.patience.persist(self.sending.send)
        return self.stored(result)

    def stored(self, result: StoreResult) -> Fate:
        """Return the fate of a file that the server has now; see `look`."""
        sending = self.sending
        if self._server.patience.back_at > self._turn.began:
            self._turn.sent = 0  # it waited for the server: its time tells nothing of the line
        self.study = result.study_orthanc_id or _study_of(self.sent)
        fate = Fate(
            ALREADY_STORED if result.already_stored else STORED,
            orthanc_id=result.orthanc_id,
            md5=sending.md5,
            attempts=sending.attempts,
            counted=sending.counted,
            sent=True,
        )
        self._server.resume.note(self.found, self.sent, fate)
        return self._verified(fate) if self._verify else fate

    def failed(self, reason: str, hint: str) -> Fate:
        """Return the fate of a file that could not be brought to the server, and note it."""
        sending = self._sending
        attempts, counted = (sending.attempts, sending.counted) if sending else (0, 0)
        fate = Fate(FAILED, reason, hint, attempts=attempts, counted=counted)
        self._server.resume.note(self.found, self.sent, fate)
        return fate

    def _known(self, identifier: str) -> Fate:
        fate = Fate(ALREADY_STORED, orthanc_id=identifier)
        if not self._verify:
            return fate
        try:
            with self._open() as stream:
                md5 = md5_of(stream, self._stopped)
        except OSError as error:
            raise InputError(*reading_fault(error)) from error
        return self._verified(fate._replace(md5=md5))

    def _open(self) -> BinaryIO:
        return Sending(self.sent, self._server.client, self._meter, self._stopped).open()[0]

    def _verified(self, fate: Fate) -> Fate:
        """Compare with what the server has; the fate of a file that is there changes little."""
        server = self._server
        identifier, size = fate.orthanc_id, self.sent.size
        try:
            verdict = compare(
                server.client, server.patience, self._stopped, identifier, fate.md5, size
            )
        except NotFoundError:
            fate = fate._replace(
                outcome=FAILED,
                reason="The server acknowledged the file and no longer has it.",
                hint="Somebody or a script deletes there: ask the administrator.",
            )
        else:
            fate = _judged(fate, verdict)
        if fate.outcome == FAILED:
            server.resume.note(self.found, self.sent, fate)
        return fate


def _judged(fate: Fate, verdict: Verdict) -> Fate:
    if verdict.same:
        return fate._replace(verified=True)
    if fate.outcome == STORED:
        return fate._replace(
            outcome=FAILED,
            reason=f"The server does not have what was sent: {verdict.how} is another.",
            hint="The server may change what it stores (IngestTranscoding): ask the administrator.",
        )
    return fate._replace(
        outcome=DIFFERENT,
        reason=f"It is there, but different ({verdict.how}); the server's was left as it is.",
        hint=_LOOK_HINT,
    )


def _study_of(file: FoundFile) -> str:
    identity = file.identity
    if identity is None or identity.patient_id is None:
        return ""
    return study_orthanc_id(identity.patient_id, identity.study_instance_uid)


class Studies:
    """The studies of an upload: Orthanc's identifiers, and Study Instance UIDs as far as known."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: Dict[str, str] = {}
        self._last = ("", "")

    def add(self, orthanc_id: str, file: FoundFile) -> None:
        """Note the study of a file."""
        if orthanc_id and orthanc_id not in self._found:
            uid = file.identity.study_instance_uid if file.identity is not None else ""
            with self._lock:
                self._found[orthanc_id] = uid

    def add_known(self, file: FoundFile) -> None:
        """Note the study of a file that the server has."""
        identity = file.identity
        if identity is not None and identity.patient_id is not None:
            key = (identity.patient_id, identity.study_instance_uid)
            if key != self._last:
                self._last = key
                self.add(_study_of(file), file)

    def found(self) -> Dict[str, str]:
        """Return Orthanc's identifier → Study Instance UID, in the order of the upload."""
        with self._lock:
            return dict(self._found)

    def first(self, count: int) -> List[Dict[str, str]]:
        """Return the first ones, as a receipt holds them."""
        rows = list(self.found().items())[:count]
        return [{"orthanc_id": name, "study_instance_uid": uid} for name, uid in rows]
