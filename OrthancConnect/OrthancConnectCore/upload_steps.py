"""What is done with one file of an upload: changed if asked for, looked for, sent, verified."""

from __future__ import annotations

import hashlib
import threading
from typing import Any, Callable, Iterable, NamedTuple, Optional, Tuple

from .errors import InputError, NotFoundError, OperationCancelled
from .events import ProgressMeter
from .patience import Patience
from .rest import OrthancClient, StoreResult
from .scan import FoundFile, reading_fault
from .upload_known import Known
from .upload_marks import study_of
from .upload_pace import Turn
from .upload_rows import ALREADY_STORED, DIFFERENT, FAILED, STORED, FileRow
from .upload_sending import Sending

#: Makes of a file what is sent in its place, with `FoundFile.opener`; raises InputError.
Prepare = Callable[[FoundFile], FoundFile]
_LOOK_HINT = "Compare the two; to replace the server's, delete it there first and upload again."
_BLOCK = 256 * 1024


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
    """

    client: OrthancClient
    patience: Patience
    known: Known


def unprepared(file: FoundFile) -> FoundFile:
    """Return a file without its identity, since a receipt tells of what is sent."""
    return file._replace(identity=None)


def row_of(found: FoundFile, sent: FoundFile, outcome: str, **facts: Any) -> FileRow:
    """Return what became of a file.

    Parameters
    ----------
    found : FoundFile
        As the scan found it.
    sent : FoundFile
        What was made of it to be sent; `found` itself where nothing was changed.
    outcome, facts
        Further fields of `FileRow`.
    """
    uid = sent.identity.sop_instance_uid if sent.identity is not None else ""
    return FileRow(found.item, uid, outcome, bytes=sent.size, **facts)


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

    @property
    def uncounted(self) -> int:
        """Bytes of the file that the meter does not have yet."""
        return self.found.size - (self._sending.counted if self._sending is not None else 0)

    def look(self, prepare: Optional[Prepare]) -> Optional[FileRow]:
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
        if identifier is None:
            return None
        self.study = study_of(self.sent)
        row = row_of(self.found, self.sent, ALREADY_STORED, orthanc_id=identifier)
        return self._verified(row._replace(md5=self._md5())) if self._verify else row

    @property
    def sending(self) -> Sending:
        """The file on its way, to be sent after `look`."""
        if self._sending is None:
            self._sending = Sending(
                self.sent, self._server.client, self._meter, self._stopped, self._verify, self._turn
            )
        return self._sending

    def send(self) -> FileRow:
        """Bring the file to the server, alone, and return what became of it; see `look`."""
        result = self._server.patience.persist(self.sending.send)
        return self.stored(result)

    def stored(self, result: StoreResult) -> FileRow:
        """Return the fate of a file that the server has now; see `look`."""
        sending = self.sending
        if self._server.patience.back_at > self._turn.began:
            self._turn.sent = 0  # it waited for the server: its time tells nothing of the line
        self.study = result.study_orthanc_id or study_of(self.sent)
        row = row_of(
            self.found,
            self.sent,
            ALREADY_STORED if result.already_stored else STORED,
            orthanc_id=result.orthanc_id,
            md5=sending.md5,
            attempts=sending.attempts,
            transferred=True,
        )
        return self._verified(row) if self._verify else row

    def failed(self, reason: str, hint: str) -> FileRow:
        """Return the fate of a file that could not be brought to the server."""
        attempts = self._sending.attempts if self._sending is not None else 0
        return row_of(self.found, self.sent, FAILED, reason=reason, hint=hint, attempts=attempts)

    def _md5(self) -> str:
        """Return the MD5 of a file that is not sent."""
        try:
            stream = Sending(self.sent, self._server.client, self._meter, self._stopped).open()[0]
            with stream:
                return self._md5_of(iter(lambda: stream.read(_BLOCK), b""))
        except OSError as error:
            raise InputError(*reading_fault(error)) from error

    def _md5_of(self, blocks: Iterable[bytes]) -> str:
        digest = hashlib.md5(usedforsecurity=False)
        for block in blocks:
            if self._stopped.is_set():
                raise OperationCancelled()
            digest.update(block)
        return digest.hexdigest()

    def _verified(self, row: FileRow) -> FileRow:
        """Compare with what the server has; the fate of a file that is there changes little."""
        try:
            same, how = self._compare(row)
        except NotFoundError:
            return row._replace(
                outcome=FAILED,
                reason="The server acknowledged the file and no longer has it.",
                hint="Somebody or a script deletes there: ask the administrator.",
            )
        if same:
            return row._replace(verified=True)
        if row.outcome == STORED:
            return row._replace(
                outcome=FAILED,
                reason=f"The server does not have what was sent: {how} is another.",
                hint="The server may change what it stores (IngestTranscoding): "
                "ask the administrator.",
            )
        return row._replace(
            outcome=DIFFERENT,
            reason=f"It is there, but different ({how}); the server's was left as it is.",
            hint=_LOOK_HINT,
        )

    def _compare(self, row: FileRow) -> Tuple[bool, str]:
        """Return whether the server has a file's very bytes, and what was compared, for people.

        ``GET /instances/{id}/attachments/dicom/md5``. Where the server keeps no MD5
        (``StoreMD5ForAttachments``), the size, and if that is the same, the file itself is read
        back.

        Raises
        ------
        NotFoundError
            The server has it no longer.
        OperationCancelled
            The upload was stopped.
        OrthancConnectError
            As of `OrthancClient`.
        """
        client, persist = self._server.client, self._server.patience.persist
        name = row.orthanc_id
        stored = persist(lambda: client.stored_md5(name))
        if stored:
            return stored == row.md5, "the MD5 that the server keeps"
        if persist(lambda: client.stored_size(name)) != row.bytes:
            return False, "the size"
        read_back = persist(lambda: self._md5_of(client.download_instance(name)))
        return read_back == row.md5, "the file read back"
