"""Files that come a second time: another one has their identity, or a claim of theirs did not hold.

Which instance a file is, its patient, study, series and SOP Instance UID tell. Where several files
of an upload are one instance, the first is sent, and the others wait until it is known what became
of it: they are compared with what the server has then, so that none hides or replaces another.
"""

from __future__ import annotations

from typing import Dict, List, Optional, Set, Tuple

from ..scan.files import FoundFile
from .fates import ALREADY_STORED, STORED, FileRow
from .ledger import RowFile
from .sending import Again

#: So many files wait here at the most: each is some 1 KB.
MOST_WAITING = 8_000
_Item = Tuple[int, FoundFile]


class Returning:
    """What has to be looked at again; for the scanning thread alone.

    Parameters
    ----------
    rows : RowFile, optional
        Tells what became of the files before.
    """

    def __init__(self, rows: Optional[RowFile]) -> None:
        self._row_file = rows
        # Hashes of 64 bits with this process's own secret → the number of the first file. Should
        # two instances have one, a file is looked for once more than needed, and no more than that.
        self._met: Dict[int, int] = {}
        self._repeats: Dict[int, List[_Item]] = {}
        self._waiting = 0
        self._unproven: List[_Item] = []
        self._sent_again: Set[int] = set()
        self._rows: Dict[int, FileRow] = {}

    def takes(self, number: int, file: FoundFile) -> bool:
        """Return whether a file has the identity of one before it; then it waits here."""
        if file.identity is None:
            return False
        key = hash(file.identity[:4])
        if self._met.setdefault(key, number) == number:
            return False
        self._repeats.setdefault(key, []).append((number, file))
        self._waiting += 1
        return True

    def send_again(self, number: int, file: FoundFile) -> bool:
        """Take a file whose claim did not hold; return whether it gets its one more try."""
        if number in self._sent_again:
            return False
        self._sent_again.add(number)
        self._unproven.append((number, file))
        self._waiting += 1
        return True

    @property
    def are_many(self) -> bool:
        """Whether they should be looked at now."""
        return self._waiting >= MOST_WAITING

    def next_round(self) -> List[Tuple[_Item, Again]]:
        """Return what can be looked at now: no two that may both have to be sent."""
        items = [(item, Again()) for item in self._unproven]
        self._unproven = []
        firsts = {self._met[key] for key in self._repeats} - set(self._rows)
        if firsts and self._row_file is not None:
            self._rows.update(self._row_file.find(firsts))
        for key, waiting in list(self._repeats.items()):
            first = self._rows.get(self._met[key])
            if first is not None and first.outcome in (STORED, ALREADY_STORED):
                known = first.path if first.outcome == STORED or first.verified else ""
                items += [(item, Again(True, known, first.orthanc_id)) for item in waiting]
                del self._repeats[key]
                continue
            items.append((waiting[0], Again(True)))
            self._met[key] = waiting.pop(0)[0]  # in the place of the first, which is not there
            if not waiting:
                del self._repeats[key]
        self._waiting = sum(map(len, self._repeats.values()))
        if not self._repeats:
            self._rows.clear()
        return items
