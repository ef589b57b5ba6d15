"""An upload that can be interrupted: the same call again goes on where it was."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import ContextManager, Iterable, List, Mapping, Optional, Union

from .errors import ConfigurationError, InputError, OrthancConnectError
from .events import CancelToken, ProgressCallback, ignore_progress
from .receipts import Receipt
from .rest import OrthancClient
from .scan import AnyPath, chosen_paths
from .upload import upload
from .upload_deidentify import Deidentification, key_name_of
from .upload_jobs import JobFile, job_id_of, remove_old_jobs, there_of
from .upload_options import UploadOptions
from .upload_rows import RowFile, rows_path, save_rows
from .validation import plain_text


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

    Raises
    ------
    InputError
        Another process runs this job; the receipt's file can't be written; or as `upload`.
    MissingDependencyError, ConfigurationError
        As `Deidentification`, before anything is sent.
    OrthancConnectError
        As `upload`.
    """
    chosen = chosen_paths(paths)
    options = options or UploadOptions()
    if receipt_file is not None:
        _try_to_write(receipt_file)
    remove_old_jobs()
    with ExitStack() as stack:
        job = _Job(client, chosen, options, fresh, stack)
        try:
            return job.run(progress, token, parallel)
        finally:
            job.close(receipt_file)


class _Job:
    """One run of a job, and what it leaves on the disk."""

    def __init__(
        self,
        client: OrthancClient,
        chosen: List[str],
        options: UploadOptions,
        fresh: bool,
        stack: ExitStack,
    ) -> None:
        self._client = client
        self._chosen = chosen
        self._options = options
        self._notes: List[str] = []
        self._receipt: Optional[Receipt] = None
        self._is_over = False
        server = client.profile.rest_url
        self._job_id = job_id_of(server, chosen, options)
        self._file: Optional[JobFile] = None
        key_name = key_name_of(options.deidentify)
        if chosen:  # else `upload` says what is wrong
            try:
                self._file = JobFile(server, chosen, options, key_name, fresh=fresh)
            except ConfigurationError as error:
                words = f"{error.message} Should the upload be interrupted, it begins anew."
                self._notes.append(words)
        try:
            self._rows = RowFile(rows_path(self._job_id))
        except OSError:  # the state folder can't be written, and that was said
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="orthancconnect-"))
            self._rows = RowFile(rows_path(self._job_id, Path(folder)))

    def run(
        self, progress: ProgressCallback, token: Optional[CancelToken], parallel: Optional[int]
    ) -> Receipt:
        """Upload, and return the receipt."""
        with self._deidentification() as deidentification:
            try:
                receipt = upload(
                    self._client,
                    self._chosen,
                    progress=progress,
                    token=token,
                    parallel=parallel,
                    options=self._options,
                    note=self._file.note if self._file else None,
                    rows=self._rows,
                    prepare=deidentification.prepare if deidentification else None,
                )
            except OrthancConnectError as error:
                if deidentification and "receipt" in error.facts:
                    error.facts["receipt"]["notes"] += deidentification.notes
                raise
            if deidentification:
                receipt.notes += deidentification.notes
        receipt.job_id = self._job_id
        self._receipt = receipt
        if self._file is not None:
            self._is_over = not receipt.resumable
            self._file.note(receipt.outcomes, ended=not receipt.cancelled)
            receipt.notes[:0] = _lost(self._file.earlier, receipt)
        receipt.notes += self._notes
        return receipt

    def _deidentification(self) -> ContextManager[Optional[Deidentification]]:
        choice = self._options.deidentify
        if choice is None or not self._chosen:
            return nullcontext()
        return Deidentification(choice, self._job_id if self._file is not None else "")

    def close(self, receipt_file: Optional[Path]) -> None:
        """Keep what can be gone on with, and write the receipt's rows."""
        if self._file is not None:
            self._file.close(self._is_over)
        self._rows.close(self._receipt)
        if receipt_file is None:
            return
        if self._rows.fault is not None:
            words = plain_text(self._rows.fault.strerror or self._rows.fault, 200)
            raise InputError(
                f"The receipt could not be kept while the upload ran: {words}.",
                "Make room on the disk, and upload again: what is there is recognised.",
            ) from self._rows.fault
        save_rows(self._rows.path, receipt_file)


def _lost(earlier: Mapping[str, int], receipt: Receipt) -> List[str]:
    """Return a note where an earlier run stored more than the server has now."""
    lost = min(there_of(earlier) - receipt.already_stored, receipt.stored)
    if lost <= 0 or receipt.cancelled or receipt.expected < sum(earlier.values()):
        return []
    return [
        "The server no longer has all that an earlier run of this upload stored: "
        f"{lost} files were sent again."
    ]


def _try_to_write(path: Path) -> None:
    """Raise InputError for a receipt's file that could not be written in the end."""
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "It is a folder")
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        words = plain_text(error.strerror or error, 200)
        raise InputError(
            f"The receipt can't be written to {plain_text(path, 300)}: {words}.",
            "Choose another folder.",
        ) from error
