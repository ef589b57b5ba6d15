"""The files of an upload that are looked at again, and why: one flow, a round after the other.

What the server acknowledged is looked for in its own list, asked for once a study, or once for many
small ones: an answer may name another instance or none, a script may take away what was stored, and
an instance whose answer was lost may be there. What is not as it was said comes once more.

Which instance a file is, its patient, study, series and SOP Instance UID tell. Where several files
of an upload are one instance, the first is sent, and the others wait until it is known what became
of it: they are compared with what the server has then, so that none hides or replaces another.
"""

from __future__ import annotations

import threading
from typing import Dict, List, NamedTuple, Optional, Set, Tuple

from ..orthanc.client import OrthancClient
from ..orthanc.retry import Patience
from ..scan.files import FoundFile
from ..shared.errors import OperationCancelled, OrthancConnectError
from .fates import ALREADY_STORED, STORED, FileRow
from .ledger import RowFile
from .sending import Again
from .studies import contents

#: So many files are looked at again together, at the most: each is some 1.5 KB here.
MOST_WAITING = 8_000


class Item(NamedTuple):
    """A file with its number in the ledger; `again` where it comes a second time."""

    number: int
    file: FoundFile
    again: Optional[Again] = None


class Claim(NamedTuple):
    """One file that is at the server, as far as was said."""

    item: Item
    #: What was said.
    row: FileRow
    #: The instance, as it is computed, or else as the server called it.
    orthanc_id: str
    #: As the server called it; may be empty.
    answered: str
    #: Orthanc's identifier of the study, and its UID; empty where only the server knows that.
    study: str
    study_instance_uid: str
    #: Whether the server did not acknowledge it: its answer may have been lost.
    is_doubtful: bool


class Rounds:
    """What has to be looked at again; for the scanning thread alone, but `claim`.

    `rows` tells what became of the files before.
    """

    def __init__(
        self, client: OrthancClient, patience: Patience, rows: Optional[RowFile] = None
    ) -> None:
        self._client = client
        self._patience = patience
        self._row_file = rows
        self._lock = threading.Lock()
        self._claims: List[Claim] = []
        #: Why the server could not be asked for its list, if so.
        self.fault: Optional[OrthancConnectError] = None
        # Hashes of 64 bits with this process's own secret → the number of the first file. Should
        # two instances have one, a file is looked for once more than needed, and no more than that.
        self._met: Dict[int, int] = {}
        self._repeats: Dict[int, List[Item]] = {}
        self._waiting = 0
        self._unproven: List[Item] = []
        self._rows: Dict[int, FileRow] = {}

    def claim(self, claim: Claim) -> None:
        """Take what was said of a file, in any thread."""
        with self._lock:
            self._claims.append(claim)

    def takes(self, item: Item) -> bool:
        """Return whether a file has the identity of one before it; then it waits here."""
        if item.file.identity is None:
            return False
        key = hash(item.file.identity[:4])
        if self._met.setdefault(key, item.number) == item.number:
            return False
        self._repeats.setdefault(key, []).append(item)
        self._waiting += 1
        return True

    def sends_again(self, item: Item) -> bool:
        """Take a file whose claim did not hold; return whether it gets its one more try."""
        if item.again is not None and not item.again.is_repeat:
            return False
        self._unproven.append(item._replace(again=Again()))
        self._waiting += 1
        return True

    @property
    def claims_are_many(self) -> bool:
        """Whether they should be settled now."""
        return len(self._claims) >= MOST_WAITING

    @property
    def are_many(self) -> bool:
        """Whether the next round should be now."""
        return self._waiting >= MOST_WAITING

    def settle(self) -> List[Tuple[Claim, bool]]:
        """Return each claim and whether it holds, and forget them.

        Where the server can't be asked, what it acknowledged by the right name holds.

        Raises
        ------
        OperationCancelled
            The upload was stopped; nothing is forgotten.
        """
        with self._lock:
            claims = list(self._claims)
        there: Optional[Set[str]] = None
        try:
            if claims and self.fault is None:
                there = self._listed(claims)
        except OperationCancelled:
            raise
        except OrthancConnectError as error:
            self.fault = error
        with self._lock:
            del self._claims[: len(claims)]
        if there is None:
            return [(one, not one.is_doubtful and one.answered == one.orthanc_id) for one in claims]
        return [(one, one.orthanc_id in there) for one in claims]

    def _listed(self, claims: List[Claim]) -> Set[str]:
        """Return Orthanc's identifiers of what the server has of the claims' studies."""
        uids = {one.study: one.study_instance_uid for one in claims}
        there: Set[str] = set()
        if len(uids) > 1:
            there.update(*contents(self._client, self._patience, uids).values())
        # That answer may be cut (LimitFindResults): the one about a single study is not.
        for study in {one.study for one in claims if one.orthanc_id not in there}:
            there.update(*contents(self._client, self._patience, {study: uids[study]}).values())
        return there

    def next_round(self) -> List[Item]:
        """Return what can be looked at now: no two that may both have to be sent."""
        items, self._unproven = self._unproven, []
        firsts = {self._met[key] for key in self._repeats} - set(self._rows)
        if firsts and self._row_file is not None:
            self._rows.update(self._row_file.find(firsts))
        for key, waiting in list(self._repeats.items()):
            first = self._rows.get(self._met[key])
            if first is not None and first.outcome in (STORED, ALREADY_STORED):
                known = first.path if first.outcome == STORED or first.verified else ""
                again = Again(True, known, first.orthanc_id)
                items += [item._replace(again=again) for item in self._repeats.pop(key)]
                continue
            item = waiting.pop(0)
            items.append(item._replace(again=Again(True)))
            self._met[key] = item.number  # in the place of the first, which is not there
            if not waiting:
                del self._repeats[key]
        self._waiting = sum(map(len, self._repeats.values()))
        if not self._repeats:
            self._rows.clear()
        return items
