"""An upload that can be interrupted: the same call again goes on where it was."""

from __future__ import annotations

from typing import Iterable, List, Optional, Union

from .errors import ConfigurationError
from .events import CancelToken, ProgressCallback, ignore_progress
from .journal import Journal
from .journal_entries import JobIdentity
from .journal_jobs import remove_job
from .receipts import Receipt
from .rest import OrthancClient
from .scan import AnyPath, chosen_paths
from .upload import upload


def upload_job(
    client: OrthancClient,
    paths: Union[AnyPath, Iterable[AnyPath]],
    *,
    fresh: bool = False,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
    parallel: Optional[int] = None,
) -> Receipt:
    """Do as `upload`, and keep a journal until all is stored.

    Server and paths make the job: the same ones again go on where an earlier run was killed,
    cancelled or left files behind. A journal that can't be written stops nothing; the receipt's
    notes say so.

    Parameters
    ----------
    client, paths, progress, token, parallel
        As of `upload`.
    fresh : bool
        Forget what an earlier run did.

    Raises
    ------
    InputError
        Another process runs this job; or as `upload`.
    OrthancConnectError
        As `upload`.
    """
    chosen = chosen_paths(paths)
    notes: List[str] = []
    journal = _journal(client, chosen, fresh, notes)
    if journal is None:
        receipt = upload(client, chosen, progress=progress, token=token, parallel=parallel)
        receipt.notes += notes
        return receipt
    is_over = False
    try:
        receipt = upload(
            client, chosen, progress=progress, token=token, parallel=parallel, journal=journal
        )
        is_over = receipt.complete
        if is_over:
            journal.finish()
    finally:
        is_over = is_over or next(journal.entries(), None) is None
        journal.close()
        if is_over:
            remove_job(journal.identity.job_id, journal.path.parent)
    receipt.notes += journal.notes
    return receipt


def _journal(
    client: OrthancClient, chosen: List[str], fresh: bool, notes: List[str]
) -> Optional[Journal]:
    if not chosen:
        return None  # `upload` says what is wrong
    try:
        return Journal(JobIdentity.of(client.profile.rest_url, chosen), fresh=fresh)
    except ConfigurationError as error:
        notes.append(f"{error.message} Should the upload be interrupted, it begins anew.")
        return None
