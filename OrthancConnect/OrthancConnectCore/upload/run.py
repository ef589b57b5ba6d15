"""Uploads files and folders to Orthanc over REST: many at once, and every file accounted for."""

from __future__ import annotations

import os
import threading
from collections import Counter
from contextlib import suppress
from typing import Callable, Dict, Iterable, Iterator, List, Optional, Set, Tuple, Union

from ..orthanc.client import OrthancClient
from ..orthanc.retry import Patience, may_pass
from ..scan.archives.members import SkippedFile
from ..scan.files import AnyPath, FoundFile, chosen_paths, iter_dicom_files
from ..shared.errors import (
    AuthenticationError,
    ConfigurationError,
    InputError,
    OperationCancelled,
    OrthancConnectError,
    PermissionDeniedError,
    RedirectRefusedError,
    TrustError,
)
from ..shared.events import CancelToken, ProgressCallback, ignore_progress
from ..shared.receipts import Receipt
from ..shared.upload_options import COMPRESS_AUTO, UploadOptions
from ..shared.validation import plain_text
from .batch import send_together, share
from .fates import ALREADY_STORED, BY_IDENTITY, FAILED, SKIPPED, STORED, FileRow
from .ledger import Ledger, Note, RowFile
from .pace import FEWEST_TOGETHER, Crew, Pace, Turn
from .rounds import Claim, Item, Rounds
from .sending import Prepare, Step, Way
from .studies import Known, mark_studies, require, study_of

#: Files that the scan may be ahead of the upload: enough to know the totals of most jobs early.
SCAN_AHEAD = 50_000
#: Seconds that requests under way get to end, once the run was stopped.
STOP_GRACE = 0.8
_MOST_CONNECTIONS = 32

#: Faults that every file would meet: they end the run.
_FATAL = (
    AuthenticationError,
    ConfigurationError,
    PermissionDeniedError,
    RedirectRefusedError,
    TrustError,
)
_DEFAULT = UploadOptions()
#: Studies that a receipt names.
MOST_STUDIES = 100


def upload(
    client: OrthancClient,
    paths: Union[AnyPath, Iterable[AnyPath]],
    *,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
    parallel: Optional[int] = None,
    options: UploadOptions = _DEFAULT,
    note: Optional[Note] = None,
    rows: Optional[RowFile] = None,
    prepare: Optional[Prepare] = None,
    warn: Callable[[str], object] = lambda _text: None,
) -> Receipt:
    """Store all DICOM files found (Orthanc REST API, ``POST /instances``).

    Scanning and uploading run at the same time, so that the totals in `progress` grow at first.
    No bad file ends the run: it becomes a row of the receipt, where rows stand in the order of the
    scan (`iter_dicom_files`).

    Connection faults and failing servers (HTTP 429, 5xx) are met with further tries after growing
    pauses. While the server is away, at the first request as at any other, the upload waits, which
    `progress` tells by the phase ``waiting``, and goes on by itself. Once patience has run out
    (`UploadOptions.patience`), or the server's storage is full, each file that is left becomes a
    failed row at once, with that reason.

    Small files go together, several in one request (`Batch`), where many wait.

    What the server has already is not sent: it is asked once a study (`Known`), and of each series
    the content of some files is compared. A file with the identity of another, here or there, and
    with other content is told (``different``), and replaces nothing unless that is asked for. What
    the server acknowledged is looked for in its own list in the end (`Rounds`), and sent once more
    where it is missing.

    Parameters
    ----------
    client : OrthancClient
        The server. It is left open.
    paths : path or iterable of paths
        Files, folders and archives.
    progress, note : callable
        Called with `Progress`, and `Receipt.outcomes`, in the calling thread: at most ten times a
        second, and once in the end.
    token : CancelToken, optional
        Cancels, also within a file's bytes: the receipt then has ``cancelled`` set, and what was
        not reached is ``missing``.
    parallel : int, optional
        Connections at the most, each with its own thread; the profile's ``parallel_transfers`` when
        left out. A server that is near gets fewer (`upload.pace`).
    options : UploadOptions, optional
        What is left out, whether the server's content is compared, and whether bodies may be
        compressed on their way.
    rows : RowFile, optional
        Gets a row for each file. It is left open.
    prepare : callable, optional
        Makes of each file what is sent in its place (`Prepare`), in the sending threads; needed
        with `UploadOptions.deidentify`.
    warn : callable
        Told, before anything is sent, what a person should know of it.

    Returns
    -------
    Receipt
        ``expected`` counts everything that the scan met:
        stored + already stored + skipped + failed + missing.

    Raises
    ------
    InputError
        A path is not there, or what was chosen holds no DICOM file, not even a broken one. Nothing
        was sent.
    AuthenticationError, PermissionDeniedError, TrustError, ConfigurationError, RedirectRefusedError
        The server accepts nothing from us, or we nothing from it. The run ends at once.
    TransportError, OrthancHttpError
        The server has not answered a single time within `UploadOptions.patience`, or what answers
        there is no Orthanc.

    Every error that is raised after the scan began has the fact ``receipt`` (`Receipt.to_dict`).
    """
    if options.deidentify is not None and prepare is None:
        raise ValueError("files to be de-identified must not be sent as they are")
    chosen = chosen_paths(paths)
    token = token or CancelToken()
    findings = iter_dicom_files(chosen, token)
    most = min(_MOST_CONNECTIONS, parallel or client.profile.parallel_transfers)
    pace = Pace(most, os.cpu_count() or 1, options.compress == COMPRESS_AUTO)
    ledger = Ledger(progress, rows, note)
    run = _Run(client, ledger, token, options, prepare, pace, rows)
    run.send_all(findings, warn)
    return run.conclude(chosen)


class _Run:
    """One upload: the calling thread scans and reports, the others send."""

    def __init__(
        self,
        client: OrthancClient,
        ledger: Ledger,
        token: CancelToken,
        options: UploadOptions,
        prepare: Optional[Prepare],
        pace: Pace,
        rows: Optional[RowFile],
    ) -> None:
        self._studies: Dict[str, str] = {}  # Orthanc's identifiers → Study Instance UIDs
        self._client = client
        self._ledger = ledger
        self._token = token
        self._options = options
        self._left_out: Counter[str] = Counter()
        self._excluded: Set[str] = set(options.except_series)
        self._stopped = threading.Event()
        self._caller = threading.current_thread()
        self._patience = Patience(
            self._stopped, client.system, options.patience, self._tell_waiting, client.answered
        )
        ledger.absence = lambda: self._patience.absence
        self._known = Known(client, self._patience)
        self._rounds = Rounds(client, self._patience, rows)
        self._replaced: Set[int] = set()
        self._way = Way(
            client, self._patience, self._known, ledger.meter, self._stopped, options, prepare
        )
        self._pace = pace
        self._crew = self._new_crew()
        self._has_set_out = False
        self._scanned = False
        self._fatal: Optional[OrthancConnectError] = None
        token.on_cancel(self._stopped.set)

    def _new_crew(self) -> Crew[Item]:
        alone = self._way.prepare is not None
        return Crew(
            self._send,
            self._pace,
            self._stopped,
            self._report,
            SCAN_AHEAD,
            lambda item: 1.0 if alone else share(item.file),
        )

    def _report(self) -> None:
        """Do what is due now and then in the calling thread."""
        self._ledger.report()
        if self._rounds.claims_are_many:
            self._settle()

    def _tell_waiting(self) -> None:
        """Report where the calling thread itself waits for the server; see `Patience`."""
        if threading.current_thread() is self._caller:
            self._ledger.report()

    def send_all(
        self, findings: Iterator[Union[FoundFile, SkippedFile]], warn: Callable[[str], object]
    ) -> None:
        """Scan and send, until all is done or the run is stopped; first see if it can be done."""
        try:
            with suppress(OperationCancelled):  # the receipt tells
                require(self._client, self._patience, self._options, warn)
                self._scan(findings)
                self._finish()
        except BaseException:
            self._stopped.set()
            with suppress(Exception):  # who listens may be what failed; the rows' sums add up
                self._ledger.close(self._scanned, self._token.cancelled)
            raise
        finally:
            self._stopped.set()
            self._crew.leave(STOP_GRACE)

    def conclude(self, chosen: List[str]) -> Receipt:
        """Return the receipt, or raise what ended the run."""
        is_whole = self._fatal is None and self._scanned and not self._token.cancelled
        receipt = self._ledger.close(self._scanned, self._token.cancelled)
        studies = dict(self._studies)
        receipt.studies = [
            {"orthanc_id": name, "study_instance_uid": studies[name]}
            for name in list(studies)[:MOST_STUDIES]
        ]
        if self._known.blind:
            receipt.notes.append(
                "The server does not tell this user what it has: everything was sent."
            )
        if self._rounds.fault is not None and not self._known.blind:
            receipt.notes.append(
                "What was stored could not be compared with the server's list. "
                f"{self._rounds.fault.message}"
            )
        if self._replaced:
            receipt.notes.append(f"{len(self._replaced)} instances were replaced at the server.")
        if self._left_out:
            files, series = sum(self._left_out.values()), len(self._left_out)
            receipt.notes.append(f"Left out as chosen: {files} files of {series} series.")
        unmet = len(self._excluded) - len(self._left_out)
        if unmet and is_whole:
            receipt.notes.append(f"Not in these files, of the series to be left out: {unmet}.")
        error = self._fatal
        nothing = not (self._ledger.found or receipt.failed or receipt.cancelled or self._left_out)
        if error is None and nothing:
            error = _nothing_found(chosen, receipt)
        elif self._options.marks and not (is_whole and self._patience.given_up is None):
            receipt.notes.append(
                "Labels and metadata were not put on the studies, since the upload did not come to "
                "its end: run it again."
            )
        elif self._options.marks:
            self._stopped.clear()
            mark_studies(self._client, self._patience, studies, self._options, receipt)
        if error is not None:
            error.facts["receipt"] = receipt.to_dict()
            raise error
        return receipt

    def _scan(self, findings: Iterator[Union[FoundFile, SkippedFile]]) -> None:
        for finding in findings:
            if self._stopped.is_set():
                return
            self._meet(finding)
            self._report()
            if self._rounds.are_many:
                self._finish()
        self._scanned = True

    def _finish(self) -> None:
        """Wait for all that was begun, and look again at what has to be."""
        self._crew.wait()
        while not self._stopped.is_set():
            self._settle()
            again = self._rounds.next_round()
            self._crew = self._new_crew()
            if not again:
                return
            for item in again:
                self._crew.put(item)
            self._crew.wait()

    def _settle(self) -> None:
        """Compare what was acknowledged with what the server lists; what is missing comes again."""
        for claim, holds in self._rounds.settle():
            if not (claim.is_doubtful or holds):
                self._ledger.ended(claim.item.number, _missing(claim), hold=True)
            if claim.is_doubtful != holds or not self._rounds.sends_again(claim.item):
                self._ledger.settled(claim.item.number)

    def _meet(self, finding: Union[FoundFile, SkippedFile]) -> None:
        """Take what the scan found: it is left out, known to be done, or put into the queue."""
        if isinstance(finding, SkippedFile):
            outcome = FAILED if finding.failed else SKIPPED
            row = FileRow(finding.path, "", outcome, finding.reason, hint=finding.hint)
            self._ledger.ended(self._ledger.expect(finding), row)
            return
        identity = finding.identity
        if identity is not None and identity.series_instance_uid in self._excluded:
            self._left_out[identity.series_instance_uid] += 1
            return
        item = Item(self._ledger.expect(finding), finding)
        if self._rounds.takes(item):
            return
        # Who a file is about, only preparing it tells.
        there = "" if self._way.prepare is not None else self._known.expect(identity)
        looks = self._options.verify or self._options.overwrite
        if identity is None or not there or looks or self._known.is_sample(finding):
            self._crew.put(item)
            return
        self._meet_study(study_of(finding), finding)
        uid, size = identity.sop_instance_uid, finding.size
        row = FileRow(finding.item, uid, ALREADY_STORED, BY_IDENTITY, there, size)
        self._ledger.ended(item.number, row, size)

    def _meet_study(self, orthanc_id: str, file: FoundFile) -> None:
        if orthanc_id and orthanc_id not in self._studies:
            identity = file.identity
            self._studies[orthanc_id] = identity.study_instance_uid if identity is not None else ""

    def _send(self, items: List[Item], turn: Turn) -> None:
        """Send one file, or several together, and account for each."""
        waiting: List[Tuple[Item, Step]] = []
        for item in items:
            self._ledger.begin(item.number, item.file)
            step = Step(item.file, self._way, turn, item.again)
            if not self._account(item, step, step.look):
                waiting.append((item, step))
        if len(waiting) >= FEWEST_TOGETHER:
            with suppress(OperationCancelled):  # each one notices
                send_together([step for _item, step in waiting], self._way, turn)
        for item, step in waiting:
            self._account(item, step, step.send)

    def _account(self, item: Item, step: Step, act: Callable[[], Optional[FileRow]]) -> bool:
        """Do a part of a file's way; return whether it is done with."""
        try:
            row = act()
            if not self._has_set_out:
                self._has_set_out = True
                self._pace.set_out(self._client.round_trip)
        except OperationCancelled:
            self._ledger.leave(item.number)
        except _FATAL as error:
            self._abort(item, error)
        except OrthancConnectError as error:
            if self._patience.given_up is not None and not self._patience.reached:
                self._abort(item, self._patience.given_up)
            else:
                self._end(item, step, step.failed(error.message, error.hint), may_pass(error))
        else:
            if row is None:
                return False
            self._meet_study(step.study, step.sent)
            self._end(item, step, row)
        return True

    def _end(self, item: Item, step: Step, row: FileRow, in_doubt: bool = False) -> None:
        """Count a file; what the server says of it, or could not say, is a claim."""
        identity, study = step.sent.identity, study_of(step.sent) or step.study
        is_doubtful = in_doubt and step.attempts > 0 and bool(step.orthanc_id)
        is_claim = is_doubtful or (row.outcome == STORED and not row.verified and bool(study))
        self._ledger.ended(item.number, row, step.uncounted, hold=is_claim)
        if step.replaces and row.outcome == STORED:
            self._replaced.add(item.number)
        if is_claim:
            uid = identity.study_instance_uid if identity is not None else ""
            names = row.orthanc_id or step.orthanc_id, step.answered, study, uid
            self._rounds.claim(Claim(item, row, *names, is_doubtful))

    def _abort(self, item: Item, error: OrthancConnectError) -> None:
        """End the run with an error, unless it was stopped before."""
        self._ledger.leave(item.number)
        if not self._stopped.is_set():
            self._fatal = error
            self._stopped.set()


def _missing(claim: Claim) -> FileRow:
    """Return the row of a file that was acknowledged, and is not in the server's list."""
    reason = "The server acknowledged the file and does not list it."
    if claim.answered != claim.orthanc_id:
        said = plain_text(claim.answered, 60) or "no instance"
        reason = f"The server acknowledged the file as {said}, and does not list it."
    hint = "Look at the server's log: a script or a filter there may change, pass on or delete it."
    return FileRow(
        claim.row.path, claim.row.sop_instance_uid, FAILED, reason, bytes=claim.row.bytes, hint=hint
    )


def _nothing_found(chosen: List[str], receipt: Receipt) -> InputError:
    shown = plain_text(chosen[0], 300)
    if len(chosen) > 1:
        message = "What was chosen holds no DICOM file."
    elif len(receipt.problems) > 1 and not os.path.isdir(chosen[0]):
        message = f"The archive {shown} holds no DICOM file."
    elif os.path.isdir(chosen[0]):
        message = f"The folder {shown} holds no DICOM file."
    else:
        reason = receipt.problems[0].reason if receipt.problems else "It holds no DICOM data."
        message = f"{shown} can't be uploaded. {reason}"
    return InputError(message, "Choose the folder or the files that hold the images.")
