"""An upload that can be interrupted: the same call again goes on where it was."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any, Callable, Iterable, List, Mapping, Optional, Sequence, Union

from .. import audit
from ..files import os_reason
from ..orthanc.client import OrthancClient
from ..scan.files import AnyPath, chosen_paths, iter_dicom_files
from ..shared.errors import ConfigurationError, InputError, OrthancConnectError
from ..shared.events import CancelToken, ProgressCallback, ignore_progress
from ..shared.jobs import job_id_of, there_of
from ..shared.receipts import Receipt
from ..shared.upload_options import UploadOptions
from .job_file import JobFile, remove_old_jobs
from .ledger import RowFile, check_receipt, rows_path, save_rows
from .run import upload


def upload_job(
    client: OrthancClient,
    paths: Union[AnyPath, Iterable[AnyPath]],
    *,
    fresh: bool = False,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
    parallel: Optional[int] = None,
    options: Optional[UploadOptions] = None,
    receipt_file: Optional[Path] = None,
    warn: Callable[[str], object] = lambda _text: None,
) -> Receipt:
    """Do as `upload`, remember the job until all is stored, and keep a row for each file.

    Server, paths and what changes the files (`job_id_of`) make the job: the same ones again go on
    where an earlier run was killed, cancelled or left files behind. A job's file that can't be
    written stops nothing; the receipt's notes say so. With `UploadOptions.deidentify`
    every file is de-identified before a byte of it leaves, or is not sent.

    Parameters
    ----------
    client, paths, progress, token, parallel, options
        As of `upload`.
    fresh : bool
        Forget how far an earlier run came.
    receipt_file : Path, optional
        Gets a row for each file in the end, also when the upload fails: JSON when its name ends
        so, else CSV.
    warn : callable
        As of `upload`; told as well that the job can't be remembered, and what to do.

    Raises
    ------
    InputError
        Another process runs this job; the receipt's file can't be written, which has the fact
        ``receipt`` (`Receipt.to_dict`) where all else was done; or as `upload`.
    MissingDependencyError, ConfigurationError
        As `Deidentification`, before anything is sent.
    OrthancConnectError
        As `upload`.
    """
    options = options or UploadOptions()
    with audit.transfer("upload", client.profile, client) as deed:
        deed.facts["deidentified"] = options.deidentify is not None
        if options.marks:
            deed.facts["labels"] = list(options.labels)
            deed.facts["metadata"] = [name for name, _value in options.metadata]
        deed.receipt = _upload_job(
            *(client, chosen_paths(paths), fresh, options, receipt_file, warn),
            progress=progress,
            token=token,
            parallel=parallel,
        )
    return deed.receipt


def _upload_job(
    client: OrthancClient,
    chosen: Sequence[str],
    fresh: bool,
    options: UploadOptions,
    receipt_file: Optional[Path],
    warn: Callable[[str], object],
    **more: Any,
) -> Receipt:
    if receipt_file is not None:
        check_receipt(receipt_file)
    remove_old_jobs()
    iter_dicom_files(chosen)  # refuses what is not there, before anything is made
    server, notes = client.profile.rest_url, []
    key_name = ""
    if options.deidentify is not None:
        from .deidentification import key_name_of  # brings pydicom with it

        key_name = key_name_of(options.deidentify)
    job: Optional[JobFile] = None
    try:
        job = JobFile(server, chosen, options, key_name, fresh=fresh)
    except ConfigurationError as error:
        notes.append(f"{error.message} Should the upload be interrupted, it begins anew.")
        warn(f"{notes[0]} {error.hint}")
    receipt: Optional[Receipt] = None
    unsaved: Optional[InputError] = None
    with ExitStack() as stack:
        rows = _rows(job_id_of(server, chosen, options), stack)
        send = partial(upload, client, chosen, options=options, rows=rows)
        send = partial(send, warn=warn, **more)
        try:
            receipt = _upload(send, options, job)
            receipt.job_id = job_id_of(server, chosen, options)
            receipt.notes += notes
        except OrthancConnectError as error:
            error.facts.get("receipt", {}).setdefault("notes", []).extend(notes)
            raise
        finally:
            if job is not None:
                job.close(receipt is not None and not receipt.resumable)
            if rows is not None:
                rows.close()
            if receipt_file is not None:
                unsaved = _save(rows, receipt_file)
    if unsaved is not None:
        unsaved.facts["receipt"] = receipt.to_dict()  # the sum is told if nothing else
        raise unsaved
    return receipt


def _upload(
    send: Callable[..., Receipt], options: UploadOptions, job: Optional[JobFile]
) -> Receipt:
    """Upload, de-identified where that is asked for, and note in the job's file how it ended."""
    note = job.note if job is not None else None
    if options.deidentify is None:
        receipt = send(note=note)
    else:
        from .deidentification import Deidentification  # brings pydicom with it

        job_id = job.path.stem if job is not None else ""
        with Deidentification(options.deidentify, job_id) as hidden:
            try:
                receipt = send(note=note, prepare=hidden.prepare)
            except OrthancConnectError as error:
                if "receipt" in error.facts:
                    error.facts["receipt"]["notes"] += hidden.notes
                raise
            receipt.notes += hidden.notes
    if job is not None:
        job.note(receipt.outcomes, ended=not receipt.cancelled)
        receipt.notes[:0] = _lost(job.earlier, receipt)
    return receipt


def _rows(job_id: str, stack: ExitStack) -> Optional[RowFile]:
    """Return a file for the rows: in the state folder, or, where that can't be, until the end.

    None where no disk takes one: the sum is told all the same.
    """
    with suppress(OSError):
        return RowFile(rows_path(job_id))
    with suppress(OSError):  # the job's file can't be written either, and that was said
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="orthancconnect-"))
        return RowFile(rows_path(job_id, Path(folder)))
    return None


def _save(rows: Optional[RowFile], target: Path) -> Optional[InputError]:
    """Save the rows; return why that could not be done."""
    try:
        if rows is not None and rows.fault is None:
            save_rows(rows.path, target)
            return None
    except InputError as error:
        return error
    reason = os_reason(rows.fault) if rows is not None and rows.fault else "no disk takes it"
    return InputError(
        f"The receipt could not be kept while the upload ran: {reason}.",
        "Make room on the disk, and upload again: what is there is recognised.",
    )


def _lost(earlier: Mapping[str, int], receipt: Receipt) -> List[str]:
    """Return a note where an earlier run stored more than the server has now."""
    lost = min(there_of(earlier) - receipt.already_stored, receipt.stored)
    if lost <= 0 or receipt.cancelled or receipt.expected < sum(earlier.values()):
        return []
    return [
        "The server no longer has all that an earlier run of this upload stored: "
        f"{lost} files were sent again."
    ]
