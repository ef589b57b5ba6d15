"""One file of an upload on its way: changed if asked for, looked for, sent, verified."""

from __future__ import annotations

import hashlib
import threading
from contextlib import suppress
from typing import Any, Callable, Iterable, NamedTuple, Optional, Tuple

from ..network.transport import Body, SizedBody
from ..orthanc.client import OrthancClient, StoreResult
from ..orthanc.retry import Patience
from ..scan.files import FoundFile
from ..shared.errors import InputError, NotFoundError, OperationCancelled, OrthancHttpError
from ..shared.events import ProgressMeter
from ..shared.upload_options import UploadOptions
from .bodies import FileBody, PackedBody, may_be_refusal, may_shrink, packed, seems_to_shrink
from .fates import ALREADY_STORED, BY_IDENTITY, DIFFERENT, FAILED, STORED, FileRow, shown
from .pace import Turn
from .studies import Known, identifier_of, is_refusal, study_of

#: Makes of a file what is sent in its place, with `FoundFile.opener`; raises InputError.
Prepare = Callable[[FoundFile], FoundFile]
#: Files up to this size are read whole before they are sent; larger ones are streamed. So memory
#: stays below this, once for each connection.
READ_WHOLE = 1024 * 1024
_LOOK_HINT = (
    "Compare the two; to have this one in its place, upload with --overwrite (command line), or "
    "delete it there first."
)
_KEEPS = "The server keeps what it has (OverwriteInstances is off): delete it there first."
_GONE = "Somebody or a script deletes there: ask the administrator."
_BLOCK = 256 * 1024


class Way(NamedTuple):
    """What the files of one upload share."""

    client: OrthancClient
    #: Bears the server's faults.
    patience: Patience
    #: What is there.
    known: Known
    #: Counts bytes; each once, however often it is sent.
    meter: ProgressMeter
    #: Once set, no further byte is sent.
    stopped: threading.Event
    options: UploadOptions
    #: Makes of each file what is sent.
    prepare: Optional[Prepare]


class Again(NamedTuple):
    """Why a file comes a second time."""

    #: Another file of this upload has its identity; else it was sent before itself.
    is_repeat: bool = False
    #: The path of the other, where that one is known to be what the server has.
    other: str = ""
    #: The instance, where it is known to be there.
    orthanc_id: str = ""


class Step:
    """One file on its way, in one thread.

    `turn` says how to send it, and learns how that went; `again` why it comes a second time.
    """

    def __init__(
        self, found: FoundFile, way: Way, turn: Turn, again: Optional[Again] = None
    ) -> None:
        self.found = found
        #: What is sent in the file's place.
        self.sent = found
        #: Orthanc's identifier of the study, once that is known.
        self.study = ""
        #: The server's answer, where it took the file together with others.
        self.taken: Optional[StoreResult] = None
        #: How often it was begun to be sent.
        self.attempts = 0
        #: As what the server acknowledged it.
        self.answered = ""
        #: Whether the server has it with other content, which it is to replace.
        self.replaces = False
        self._md5 = ""  # of what was sent; empty unless it is to be verified
        self._again = again
        self._way = way
        self._turn = turn
        self._counted = 0

    @property
    def uncounted(self) -> int:
        """Bytes of the file that the meter does not have yet."""
        return self.found.size - self._counted

    def look(self) -> Optional[FileRow]:
        """Make of the file what is sent; return its fate if the server has it, None if not.

        Raises
        ------
        OperationCancelled
            The upload was stopped.
        InputError, OrthancConnectError
            It could not be done; `failed` makes a fate of it.
        """
        prepare, given_up = self._way.prepare, self._way.patience.given_up
        if prepare is not None:
            self.sent = self.found._replace(identity=None)  # a receipt tells of what is sent
        if given_up is not None:
            raise InputError(f"Not sent. {given_up.message}", given_up.hint)
        if prepare is not None:
            self.sent = prepare(self.found)
        known, again = self._way.known, self._again
        if again is None:
            identifier = known.find(self.sent.identity)
        else:
            identifier = self.orthanc_id or again.orthanc_id
        if not identifier:
            return None
        self.study = study_of(self.sent)
        was_sent = again is not None and not again.is_repeat
        outcome = STORED if was_sent else ALREADY_STORED
        row = self._row(outcome, orthanc_id=identifier, transferred=was_sent)
        looks = self._way.options.verify or self._way.options.overwrite or again is not None
        if not (looks or known.is_sample(self.sent, take=True)):
            return row._replace(reason=BY_IDENTITY)
        try:
            row = self._compared(row)
        except NotFoundError:
            return None  # not there, or not any more
        if row.outcome == DIFFERENT:
            known.differs(self.sent)
        self.replaces = row.outcome == DIFFERENT and self._way.options.overwrite and again is None
        return None if self.replaces else row

    def send(self) -> FileRow:
        """Bring the file to the server, unless it is there with others, and return its fate.

        Raises
        ------
        OperationCancelled, InputError, OrthancConnectError
            As `look`.
        """
        patience = self._way.patience
        result = self.taken or patience.persist(self._try)
        if patience.back_at > self._turn.began:
            self._turn.sent = 0  # it waited for the server: its time tells nothing of the line
        self.study = result.study_orthanc_id or study_of(self.sent)
        self.answered = result.orthanc_id
        if not (self.orthanc_id or self.answered):
            raise InputError(
                "The server acknowledged the file and did not say as which instance.",
                "Look at the server's log, and at what stands before the server.",
            )
        row = self._row(
            ALREADY_STORED if result.already_stored else STORED,
            orthanc_id=self.orthanc_id or self.answered,
            md5=self._md5,
            attempts=self.attempts,
            transferred=True,
        )
        if not (self._way.options.verify or self.replaces or result.already_stored):
            return row
        try:
            row = self._compared(row)
        except NotFoundError:
            reason = "The server acknowledged the file and no longer has it."
            return row._replace(outcome=FAILED, reason=reason, hint=_GONE)
        if self.replaces and row.outcome == STORED:
            return row._replace(reason="It replaced other content that the server had.")
        return row._replace(hint=_KEEPS) if self.replaces and row.outcome == DIFFERENT else row

    @property
    def orthanc_id(self) -> str:
        """Orthanc's identifier of the instance; empty where only the server can tell it."""
        return identifier_of(self.sent.identity) or ""

    def failed(self, reason: str, hint: str) -> FileRow:
        """Return the fate of a file that could not be brought to the server."""
        return self._row(FAILED, reason=reason, hint=hint, attempts=self.attempts)

    def _row(self, outcome: str, **facts: Any) -> FileRow:
        uid = self.sent.identity.sop_instance_uid if self.sent.identity is not None else ""
        return FileRow(self.found.item, uid, outcome, bytes=self.sent.size, **facts)

    def _try(self) -> StoreResult:
        """Open the file and send it, once."""
        self.raise_if_stopped()
        self.attempts += 1
        turn, is_first = self._turn, self.attempts == 1
        turn.tried = True
        result = self._send(is_first and turn.compress and may_shrink(self.sent))
        if is_first:
            turn.sent = self.sent.size
        return result

    def _send(self, compress: bool) -> StoreResult:
        if self.sent.size > READ_WHOLE:
            with FileBody(self.sent, self._way.options.verify, self._on_read) as body:
                shrinks = compress and seems_to_shrink(self.sent)
                result = self._post(body, PackedBody(body) if shrinks else None)
                self._md5 = body.md5
                return result
        content = self.read()
        result = self._post(content, packed(content) if compress else None)
        self.count(len(content))
        return result

    def read(self) -> bytes:
        """Return the whole content, and take its MD5 where that is wanted; raises InputError."""
        with FileBody(self.sent, self._way.options.verify) as body:
            content = body.read()
            self._md5 = body.md5
            return content

    def _post(self, plain: Body, small: Optional[Body]) -> StoreResult:
        """Send compressed if that is smaller, and as it is where the server may not take it so."""
        client = self._way.client
        if small is None:
            return client.upload_instance(plain)
        try:
            result = client.upload_compressed(small)
        except OrthancHttpError as error:
            if not may_be_refusal(error):
                raise
        else:
            self._turn.compressed = True
            return result
        if isinstance(plain, SizedBody):
            plain.rewind()
        result = client.upload_instance(plain)
        self._turn.pace.refuse_compression()  # it took the same bytes as they are
        return result

    def count(self, position: int) -> None:
        """Count the bytes up to `position` as sent."""
        if position > self._counted:
            size, self._counted = position - self._counted, position
            self._way.meter.add(size=size, current=shown(self.sent.item))

    def _on_read(self, position: int) -> None:
        self.raise_if_stopped()
        self.count(position)

    def raise_if_stopped(self) -> None:
        """Go on, as long as the run was not stopped.

        Raises
        ------
        OperationCancelled
            It was.
        """
        if self._way.stopped.is_set():
            raise OperationCancelled()

    def _md5_of(self, blocks: Iterable[bytes]) -> str:
        digest = hashlib.md5(usedforsecurity=False)
        for block in blocks:
            self.raise_if_stopped()
            digest.update(block)
        return digest.hexdigest()

    def _compared(self, row: FileRow) -> FileRow:
        """Return what becomes of a row once the file is compared with what the server has.

        Raises NotFoundError where the server does not have it.
        """
        if not row.md5:
            with FileBody(self.sent, True) as body:
                row = row._replace(md5=self._md5_of(iter(lambda: body.read(_BLOCK), b"")))
        other = self._again.other if self._again is not None else ""
        try:
            same, how = self._compare(row)
        except OrthancHttpError as error:
            if self._way.options.verify or not is_refusal(error):
                raise
            return row._replace(reason=BY_IDENTITY)
        if same:
            reason = f"The same content as {shown(other)}." if other else ""
            return row._replace(verified=self._way.options.verify, reason=reason)
        if row.outcome == STORED:
            return row._replace(
                outcome=FAILED,
                reason=f"The server does not have what was sent: {how} is another.",
                hint="The server may change what it stores (IngestTranscoding): "
                "ask the administrator.",
            )
        if not self._way.options.verify and self._is_converted(row):
            reason = "It is there in another transfer syntax; the content could not be compared."
            return row._replace(reason=reason)
        if other:
            reason = (
                f"Not stored: it has other content than {shown(other)}, which has the same "
                "patient, study, series and instance, and is stored."
            )
        else:
            reason = f"It is there with other content ({how}); the server's was left as it is."
        return row._replace(outcome=DIFFERENT, reason=reason, hint=_LOOK_HINT)

    def _is_converted(self, row: FileRow) -> bool:
        """Return whether the server has it in another transfer syntax (``IngestTranscoding``)."""
        client, identity = self._way.client, self.sent.identity
        mine = identity.transfer_syntax_uid if identity is not None else ""
        path = f"/instances/{row.orthanc_id}/metadata/TransferSyntax"
        with suppress(NotFoundError):
            its = self._way.patience.persist(lambda: client.get_text(path)).strip()
            return bool(mine and its and its != mine)
        return False

    def _compare(self, row: FileRow) -> Tuple[bool, str]:
        """Return whether the server has a file's very bytes, and what was compared, for people.

        ``GET /instances/{id}/attachments/dicom/md5``. Where the server keeps no MD5
        (``StoreMD5ForAttachments``), the size, and if that is the same, the file itself is read
        back. Raises NotFoundError where the server has it no longer.
        """
        client, persist = self._way.client, self._way.patience.persist
        name = row.orthanc_id
        stored = persist(lambda: client.stored_md5(name))
        if stored:
            return stored == row.md5, "the MD5 that the server keeps"
        if persist(lambda: client.stored_size(name)) != row.bytes:
            return False, "the size"
        read_back = persist(lambda: self._md5_of(client.download_instance(name, row.bytes)))
        return read_back == row.md5, "the file read back"
