"""An upload that can be interrupted: the same call again goes on where it was."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import ContextManager, Iterable, List, Optional, Union

from .errors import ConfigurationError, InputError, OrthancConnectError
from .events import CancelToken, ProgressCallback, ignore_progress
from .journal import Journal
from .journal_entries import JobIdentity
from .journal_jobs import remove_job, remove_old_jobs
from .receipts import Receipt
from .rest import OrthancClient
from .scan import AnyPath, chosen_paths
from .upload import upload
from .upload_deidentify import Deidentification, key_identity
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
    """Do as `upload`, keep a journal until all is stored, and a row for each file.

    Server, paths and what changes the files (`UploadOptions.identity`) make the job: the same ones
    again go on where an earlier run was killed, cancelled or left files behind. A journal that
    can't be written stops nothing; the receipt's notes say so. With `UploadOptions.deidentify`
    every file is de-identified before a byte of it leaves, or is not sent.

    Parameters
    ----------
    client, paths, progress, token, parallel, options
        As of `upload`.
    fresh : bool
        Forget what an earlier run did.
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
    with tempfile.TemporaryDirectory(prefix="orthancconnect-") as temporary:
        job = _Job(client, chosen, options, fresh, Path(temporary))
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
        temporary: Path,
    ) -> None:
        self._client = client
        self._chosen = chosen
        self._options = options
        self._notes: List[str] = []
        self._receipt: Optional[Receipt] = None
        self._is_over = False
        changes = {**options.identity(), **key_identity(options.deidentify)}
        identity = JobIdentity.of(client.profile.rest_url, chosen, changes)
        self._job_id = identity.job_id
        self._journal: Optional[Journal] = None
        if chosen:  # else `upload` says what is wrong
            try:
                self._journal = Journal(identity, fresh=fresh)
            except ConfigurationError as error:
                words = f"{error.message} Should the upload be interrupted, it begins anew."
                self._notes.append(words)
        try:
            self._rows = RowFile(rows_path(self._job_id))
        except OSError:  # the journal's folder can't be written either, and that was said
            self._rows = RowFile(rows_path(self._job_id, temporary))

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
                    journal=self._journal,
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
        if self._journal is not None and not receipt.resumable:
            self._journal.finish()
            self._is_over = True
        elif self._journal is not None and not receipt.cancelled:
            self._journal.leave(receipt.outcomes)
        receipt.notes += self._notes + (self._journal.notes if self._journal else [])
        return receipt

    def _deidentification(self) -> ContextManager[Optional[Deidentification]]:
        choice, journal = self._options.deidentify, self._journal
        if choice is None or not self._chosen:
            return nullcontext()
        if journal is None:
            return Deidentification(choice)
        return Deidentification(choice, self._job_id, journal.path.parent)

    def close(self, receipt_file: Optional[Path]) -> None:
        """Keep what can be gone on with, and write the receipt's rows."""
        journal = self._journal
        if journal is not None:
            is_over = self._is_over or next(journal.entries(), None) is None
            journal.close()
            if is_over:
                remove_job(journal.identity.job_id, journal.path.parent)
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
