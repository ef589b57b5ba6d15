"""What an earlier run of an upload stored: known from its journal, checked against the server."""

from __future__ import annotations

import threading
from typing import List, Optional, Set
from urllib.parse import quote

from .errors import NotFoundError, OperationCancelled
from .journal import Journal
from .journal_entries import JournalEntry
from .patience import Patience
from .rest import OrthancClient
from .scan import FoundFile
from .upload_ledger import Fate

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

    def find(self, file: FoundFile) -> Optional[str]:
        """Return Orthanc's identifier of what an earlier run stored, if it is still there.

        None if the file has changed since, or no run stored it.
        """
        if self._journal is None or not self._present:
            return None
        entry = self._journal.done(file.path, file.member, file.size, file.mtime_ns)
        if entry is None or hash(entry.orthanc_id) not in self._present:
            return None
        return entry.orthanc_id

    def note(self, file: FoundFile, sent: FoundFile, fate: Fate) -> None:
        """Note a file's fate; to be called right after the server's answer, before it is counted.

        Parameters
        ----------
        file, sent : FoundFile
            As of `Ledger.ended`.
        fate : Fate
            What became of it.
        """
        if self._journal is None:
            return
        self._journal.record(
            JournalEntry(
                file.path,
                file.member,
                file.size,
                file.mtime_ns,
                fate.outcome,
                sent.identity.sop_instance_uid if sent.identity is not None else "",
                fate.orthanc_id,
                fate.reason,
                fate.hint,
                fate.attempts,
                fate.md5,
            )
        )


def _siblings(client: OrthancClient, patience: Patience, orthanc_id: str) -> List[str]:
    """Return the identifiers of all instances in an instance's series; none if it is gone."""
    path = f"/instances/{quote(orthanc_id, safe='')}/series"
    try:
        series = patience.persist(lambda: client.get_json(path))
    except (NotFoundError, OperationCancelled):
        return []
    found = series.get("Instances") if isinstance(series, dict) else None
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
