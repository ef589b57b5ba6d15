"""Finding studies by whichever way is open: DICOM or HTTPS, with the same records."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Dict, Optional

from ..shared.errors import (
    DimseError,
    InputError,
    MissingDependencyError,
    OperationCancelled,
    OrthancConnectError,
    PasswordNeededError,
    PermissionDeniedError,
    TransportError,
)
from ..shared.events import CancelToken, ProgressCallback, ignore_progress
from ..shared.profile import AUTOMATIC, C_FIND, HTTPS, ServerProfile
from ..shared.query import PatientRecord, QueryFilters, QueryResult, grouped
from . import https

if TYPE_CHECKING:
    from ..orthanc.client import OrthancClient

_CLOSED = (
    DimseError,
    MissingDependencyError,
    PermissionDeniedError,
    TransportError,
)
#: Studies of a page over HTTPS where all are wanted, and most of them.
_STUDIES_A_PAGE, _MOST_STUDIES = 1000, 50_000


def query(
    profile: ServerProfile,
    client: Optional[OrthancClient],
    filters: QueryFilters,
    *,
    via: str = AUTOMATIC,
    limit: int = 0,
    pages: int = 1,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
) -> QueryResult:
    """Ask the server which patients, studies and series match.

    Parameters
    ----------
    profile : ServerProfile
        The server.
    client : OrthancClient or None
        Its REST side; None where it can't be used, since no password is known.
    filters : QueryFilters
        What to look for.
    via : str
        `AUTOMATIC`, `C_FIND` or `HTTPS`. Automatically a page comes over HTTPS, since C-FIND has
        none, and all there is by C-FIND where the server lets us; where one way is closed, it is
        the other, and a note says why.
    limit : int
        Most studies on a page; 0 for all there are.
    pages : int
        Which page is wanted, from 1 on.
    progress : callable
        Told of studies whose series are known, over C-FIND.
    token : CancelToken, optional
        Stops the query.

    Raises
    ------
    InputError
        What the way has not: C-FIND pages or labels.
    PasswordNeededError
        HTTPS is wanted, and no password is known.
    OrthancConnectError
        The server can't be reached, or refuses.
    OperationCancelled
        The token was cancelled.
    """
    only_https = "labels" if filters.labels else "pages" if pages > 1 else ""
    if only_https and (via == C_FIND or client is None):
        raise InputError(
            f"C-FIND has no {only_https}.", "Query over HTTPS, with a password, or leave them out."
        )

    def by_dicom() -> QueryResult:
        from ..dimse.query import query as find

        return find(profile, filters, limit=limit, progress=progress, token=token)

    if client is None and via == HTTPS:
        raise PasswordNeededError("No password is known for HTTPS.", "Give it.")
    if client is None or via == C_FIND:
        found = by_dicom()
        if via == C_FIND:
            return found
        return _noted(found, "By C-FIND. No password is known for HTTPS.")
    token = token or CancelToken()
    over_https = partial(_all, client, filters, token)
    if limit:
        over_https = partial(_page, client, filters, token, limit, pages)
    if via == HTTPS:
        return over_https()
    by_pages = bool(limit or only_https)
    first, second = (over_https, by_dicom) if by_pages else (by_dicom, over_https)
    ways = ("HTTPS (C-FIND has no pages)", "C-FIND") if by_pages else ("C-FIND", "HTTPS")
    try:
        return _noted(first(), f"By {ways[0]}.")
    except _CLOSED as error:
        if only_https:
            raise
        try:
            return _noted(second(), f"By {ways[1]}. {error.message}")
        except OperationCancelled:
            raise
        except OrthancConnectError as other:
            raise error from other


def _noted(result: QueryResult, note: str) -> QueryResult:
    return replace(result, notes=(note, *result.notes))


def _page(
    client: OrthancClient, filters: QueryFilters, token: CancelToken, limit: int, pages: int
) -> QueryResult:
    """Return one page, which is found by reading those before it."""
    seconds, since = 0.0, 0
    for number in range(1, pages + 1):
        found = https.page(client, filters, since=since, limit=limit, token=token)
        seconds += found.seconds
        if number == pages:
            break
        if found.next is None:
            return QueryResult(seconds=seconds, notes=(f"Page {number} is the last one.",))
        since = found.next
    return replace(found, seconds=seconds)


def _all(client: OrthancClient, filters: QueryFilters, token: CancelToken) -> QueryResult:
    """Return all there is, up to a bound; a server that repeats itself is asked no further."""
    seconds = 0.0
    since: Optional[int] = 0
    studies: Dict[str, PatientRecord] = {}
    notes: Dict[str, None] = {}
    while since is not None:
        found = https.page(client, filters, since=since, limit=_STUDIES_A_PAGE, token=token)
        seconds += found.seconds
        since, before = found.next, len(studies)
        for patient in found.patients:
            for study in patient.studies:
                studies[study.orthanc_id] = replace(patient, studies=(study,))
        notes.update(dict.fromkeys(one for one in found.notes))
        if found.patients and len(studies) == before:
            notes["The server sent the same answers again: it has no pages."] = None
            break
        if len(studies) >= _MOST_STUDIES:
            notes["These are more studies than are taken in at once. Narrow the filters."] = None
            break
    truncated = since is not None or found.truncated
    return QueryResult(grouped(studies.values()), truncated, seconds, False, tuple(notes))
