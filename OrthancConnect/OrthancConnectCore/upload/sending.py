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
from .bodies import (
    FileBody,
    PackedBody,
    changed,
    may_be_refusal,
    may_shrink,
    open_found,
    packed,
    seems_to_shrink,
    unreadable,
)
from .ledger import ALREADY_STORED, DIFFERENT, FAILED, STORED, FileRow, shown
from .pace import Turn
from .studies import Known, study_of

#: Makes of a file what is sent in its place, with `FoundFile.opener`; raises InputError.
Prepare = Callable[[FoundFile], FoundFile]
#: Files up to this size are read whole before they are sent; larger ones are streamed. So memory
#: stays below this, once for each connection.
READ_WHOLE = 1024 * 1024
_LOOK_HINT = "Compare the two; to replace the server's, delete it there first and upload again."
_BLOCK = 256 * 1024


class Way(NamedTuple):
    """What the files of one upload share.

    Attributes
    ----------
    client : OrthancClient
        Sends requests.
    patience : Patience
        Bears the server's faults.
    known : Known
        What is there.
    meter : ProgressMeter
        Counts bytes; each once, however often it is sent.
    stopped : threading.Event
        Once set, no further byte is sent.
    verify : bool
        Whether to compare what the server has with the file.
    prepare : callable, optional
        Makes of each file what is sent.
    """

    client: OrthancClient
    patience: Patience
    known: Known
    meter: ProgressMeter
    stopped: threading.Event
    verify: bool
    prepare: Optional[Prepare]


class Step:
    """One file on its way, in one thread.

    Parameters
    ----------
    found : FoundFile
        As the scan found it.
    way : Way
        Where it goes.
    turn : Turn
        Says how to send it, and learns how that went.

    Attributes
    ----------
    sent : FoundFile
        What is sent in the file's place.
    study : str
        Orthanc's identifier of the study, once that is known.
    taken : StoreResult, optional
        The server's answer, where it took the file together with others.
    attempts : int
        How often it was begun to be sent.
    md5 : str
        Of what was sent, as hexadecimal digits; empty unless it is to be verified.
    """

    def __init__(self, found: FoundFile, way: Way, turn: Turn) -> None:
        self.found = found
        self.sent = found
        self.study = ""
        self.taken: Optional[StoreResult] = None
        self.attempts = 0
        self.md5 = ""
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
        InputError
            The file can't be read, or can't be prepared; or the server was given up.
        OrthancConnectError
            It could not be done; `failed` makes a fate of it.
        """
        prepare, given_up = self._way.prepare, self._way.patience.given_up
        if prepare is not None:
            self.sent = self.found._replace(identity=None)  # a receipt tells of what is sent
        if given_up is not None:
            raise InputError(f"Not sent. {given_up.message}", given_up.hint)
        if prepare is not None:
            self.sent = prepare(self.found)
        identifier = self._way.known.find(self.sent.identity)
        if identifier is None:
            return None
        self.study = study_of(self.sent)
        row = self._row(ALREADY_STORED, orthanc_id=identifier)
        return self._verified(row._replace(md5=self._md5())) if self._way.verify else row

    def send(self) -> FileRow:
        """Bring the file to the server, unless it is there with others, and return its fate.

        Raises as `look`.
        """
        client, patience = self._way.client, self._way.patience
        if not patience.reached:
            with suppress(NotFoundError):  # what else is there, the file's own answer tells
                patience.persist(client.system)  # from then on the server is waited for
        result = self.taken or patience.persist(self._try)
        if patience.back_at > self._turn.began:
            self._turn.sent = 0  # it waited for the server: its time tells nothing of the line
        self.study = result.study_orthanc_id or study_of(self.sent)
        row = self._row(
            ALREADY_STORED if result.already_stored else STORED,
            orthanc_id=result.orthanc_id,
            md5=self.md5,
            attempts=self.attempts,
            transferred=True,
        )
        return self._verified(row) if self._way.verify else row

    def failed(self, reason: str, hint: str) -> FileRow:
        """Return the fate of a file that could not be brought to the server."""
        return self._row(FAILED, reason=reason, hint=hint, attempts=self.attempts)

    def _row(self, outcome: str, **facts: Any) -> FileRow:
        uid = self.sent.identity.sop_instance_uid if self.sent.identity is not None else ""
        return FileRow(self.found.item, uid, outcome, bytes=self.sent.size, **facts)

    def _try(self) -> StoreResult:
        """Open the file and send it, once.

        Raises
        ------
        InputError
            It can't be read, or is not what the scan found any more.
        OperationCancelled
            The run was stopped.
        OrthancConnectError
            As `OrthancClient.upload_instance`.
        """
        self.raise_if_stopped()
        self.attempts += 1
        turn, is_first = self._turn, self.attempts == 1
        turn.tried = True
        try:
            result = self._send(is_first and turn.compress and may_shrink(self.sent))
        except OrthancHttpError as error:
            turn.note(error)
            raise
        if is_first:
            turn.sent = self.sent.size
        return result

    def _send(self, compress: bool) -> StoreResult:
        if self.sent.size > READ_WHOLE:
            return self._stream(compress)
        content = self.read()
        small = packed(content) if compress else None
        if small is not None:
            result = self._send_packed(small, content)
        else:
            result = self._way.client.upload_instance(content)
        self.count(len(content))
        return result

    def read(self) -> bytes:
        """Return the whole content, and take its MD5 where that is wanted.

        Raises
        ------
        InputError
            It can't be read, or is not what the scan found any more.
        """
        with open_found(self.sent) as stream:
            try:
                content = stream.read(self.sent.size + 1)
            except OSError as error:
                raise unreadable(error) from error
        if len(content) != self.sent.size:
            raise changed(self.sent.size, len(content))
        if self._way.verify:
            self.md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return content

    def _send_packed(self, small: Body, plain: Body) -> StoreResult:
        """Send compressed, and as it is where the server may not take it so."""
        try:
            result = self._way.client.upload_compressed(small)
        except OrthancHttpError as error:
            if not may_be_refusal(error):
                raise
        else:
            self._turn.compressed = True
            return result
        if isinstance(plain, SizedBody):
            plain.rewind()
        result = self._way.client.upload_instance(plain)
        self._turn.pace.refuse_compression()  # it took the same bytes as they are
        return result

    def _stream(self, compress: bool) -> StoreResult:
        with FileBody(self.sent, self._way.verify, self._on_read) as body:
            if compress and seems_to_shrink(self.sent):
                result = self._send_packed(PackedBody(body), body)
            else:
                result = self._way.client.upload_instance(body)
            self.md5 = body.md5
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

    def _md5(self) -> str:
        """Return the MD5 of a file that is not sent."""
        with open_found(self.sent) as stream:
            try:
                return self._md5_of(iter(lambda: stream.read(_BLOCK), b""))
            except OSError as error:
                raise unreadable(error) from error

    def _md5_of(self, blocks: Iterable[bytes]) -> str:
        digest = hashlib.md5(usedforsecurity=False)
        for block in blocks:
            self.raise_if_stopped()
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
        client, persist = self._way.client, self._way.patience.persist
        name = row.orthanc_id
        stored = persist(lambda: client.stored_md5(name))
        if stored:
            return stored == row.md5, "the MD5 that the server keeps"
        if persist(lambda: client.stored_size(name)) != row.bytes:
            return False, "the size"
        read_back = persist(lambda: self._md5_of(client.download_instance(name, row.bytes)))
        return read_back == row.md5, "the file read back"
