"""What an earlier run of an upload stored: known from its journal, checked against the server."""

from __future__ import annotations

import threading
from typing import List, Optional, Set
from urllib.parse import quote

from .errors import NotFoundError, OperationCancelled
from .journal import Journal
from .journal_entries import ALREADY_STORED, FAILED, STORED, JournalEntry
from .patience import Patience
from .rest import OrthancClient, StoreResult
from .scan import FoundFile

#: Instances found gone after which nothing more is asked: what is not known to be there is sent.
MOST_ABSENT = 32


class Resume:
    """The journal of a running upload; without one, nothing is known and nothing is kept.

    Parameters
    ----------
    journal : Journal, optional
        Open, and left open.
    """

    def __init__(self, journal: Optional[Journal]) -> None:
        self._journal = journal
        # Hashes of Orthanc identifiers: there may be a million.
        self._present: Set[int] = set()
        #: Sentences for the receipt.
        self.notes: List[str] = []

    def check(self, client: OrthancClient, patience: Patience, stopped: threading.Event) -> None:
        """Ask the server for what the journal says it has: one request a series.

        Raises
        ------
        OrthancConnectError
            The server does not answer, or accepts nothing from us.
        """
        if self._journal is None or not self._journal.resumes:
            return
        absent = lost = 0
        for entry in self._journal.entries():
            if not entry.is_at_server or hash(entry.orthanc_id) in self._present:
                continue
            lost += 1
            if absent < MOST_ABSENT and not stopped.is_set():
                siblings = _siblings(client, patience, entry.orthanc_id)
                self._present.update(map(hash, siblings))
                if hash(entry.orthanc_id) in self._present:
                    lost -= 1
                else:
                    absent += 1
        if lost and not stopped.is_set():
            self.notes.append(
                "The server no longer has all that an earlier run of this upload stored: "
                f"{lost} files were sent again or found there."
            )

    def has(self, file: FoundFile) -> bool:
        """Return whether an earlier run stored it, it has not changed, and it is still there."""
        if self._journal is None or not self._present:
            return False
        entry = self._journal.done(file.path, file.member, file.size, file.mtime_ns)
        return entry is not None and hash(entry.orthanc_id) in self._present

    def stored(self, file: FoundFile, result: StoreResult) -> None:
        """Note what the server acknowledged; to be called before it is counted."""
        outcome = ALREADY_STORED if result.already_stored else STORED
        self._note(_entry(file, outcome)._replace(orthanc_id=result.orthanc_id))

    def failed(self, file: FoundFile, reason: str, hint: str) -> None:
        """Note what the server did not take."""
        self._note(_entry(file, FAILED)._replace(reason=reason, hint=hint))

    def _note(self, entry: JournalEntry) -> None:
        if self._journal is not None:
            self._journal.record(entry)


def _entry(file: FoundFile, outcome: str) -> JournalEntry:
    return JournalEntry(file.path, file.member, file.size, file.mtime_ns, outcome)


def _siblings(client: OrthancClient, patience: Patience, orthanc_id: str) -> List[str]:
    """Return the identifiers of all instances in an instance's series; none if it is gone."""
    path = f"/instances/{quote(orthanc_id, safe='')}/series"
    try:
        series = patience.persist(lambda: client.get_json(path))
    except (NotFoundError, OperationCancelled):
        return []
    found = series.get("Instances") if isinstance(series, dict) else None
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
