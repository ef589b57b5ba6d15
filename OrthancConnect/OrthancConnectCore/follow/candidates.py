"""The series that a follower fetches, how it does so, and what it tells of each."""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from ..orthanc.client import tag
from ..orthanc.records import target_of
from ..retrieve.files import folder_of
from ..shared.errors import InputError
from ..shared.query import FOLLOW_SINCE
from ..shared.receipts import Receipt

#: Series and instances that are fetched together.
_TOGETHER, _INSTANCES_TOGETHER = 20, 2000
#: What is told of a series, in the order of a table's columns.
COLUMNS = (
    *("patient_id", "study_instance_uid", "series_instance_uid", "series_orthanc_id", "modality"),
    *("folder", "expected", "stored", "already_stored", "verified", "reason", "exit_code"),
    *("seconds", "uploaded", "command_reason"),
)


@dataclass(frozen=True)
class FollowOptions:
    """How it is followed.

    Attributes
    ----------
    since : str
        Of `FOLLOW_SINCE`. Now counts when a folder is followed into for the first time; all that
        there is can be looked at later as well, and what was fetched is recognised.
    once : bool
        End when what is there has been fetched.
    interval : float
        Seconds between two looks at the server.
    quota : int
        Bytes that the folder may take; 0 for any.
    keep_free : int
        Bytes of the disk that stay free.
    command : tuple of str
        Run for each finished series, with its folder as last argument; none when empty.
    time_limit : float
        Seconds that the command may take; 0 for any.

    Raises
    ------
    InputError
        A value that can't be used.
    """

    since: str = FOLLOW_SINCE[0]
    once: bool = False
    interval: float = 5.0
    quota: int = 0
    keep_free: int = 1_000_000_000
    command: Tuple[str, ...] = ()
    time_limit: float = 0.0

    def __post_init__(self) -> None:
        if self.since not in FOLLOW_SINCE:
            raise InputError("The beginning can't be used.", "Use now or beginning.")
        if not 0.1 <= self.interval <= 24 * 3600:
            raise InputError("The interval can't be used.", "Use seconds: 0.1 up to a day.")
        if min(self.quota, self.keep_free, self.time_limit) < 0:
            raise InputError("A limit is below nothing.", "Use 0 for none.")


@dataclass
class Followed:
    """What a follower did.

    Attributes
    ----------
    receipt : Receipt
        Of all that was fetched.
    rows : list of dict
        A series each, with the `COLUMNS`, up to `MOST_PROBLEMS`; `series` counts all.
    stopped : str
        Why it ended: ``done`` (all that is there), ``cancelled`` or ``full``.
    waiting : int
        Series that are known and not fetched yet.
    """

    receipt: Receipt
    rows: List[Dict[str, Any]] = field(default_factory=list)
    series: int = 0
    faults: int = 0
    stopped: str = ""
    waiting: int = 0

    def to_dict(self) -> Dict[str, Any]:
        """Return all as JSON-serialisable values."""
        return {**asdict(self), "receipt": self.receipt.to_dict()}


class Candidate:
    """A series that is whole and matches.

    Attributes
    ----------
    orthanc_id, modality : str
        Orthanc's identifier, and (0008,0060).
    target : SeriesTarget
        What to fetch.
    folder : Path
        Where it will lie.
    state : str
        As of `state_of`.
    """

    def __init__(self, study: Any, series: Any, root: Path) -> None:
        self.orthanc_id: str = series["ID"]
        self.target = target_of(study, series)
        self.modality = tag(series, "MainDicomTags", "Modality")
        self.folder = folder_of(
            root,
            (self.target.study_instance_uid, study["ID"]),
            (self.target.series_instance_uid, self.orthanc_id),
        )
        self.state = state_of(series)


def state_of(series: Mapping[str, Any]) -> str:
    """Return what tells a series from itself with more, fewer or other instances."""
    facts = [str(series.get("LastUpdate")), *sorted(series.get("Instances", ()))]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def together(candidates: Sequence[Candidate]) -> List[List[Candidate]]:
    """Return series in groups that are fetched in one go."""
    groups: List[List[Candidate]] = []
    count = 0
    for one in candidates:
        count += one.target.instances
        if not groups or len(groups[-1]) == _TOGETHER or count > _INSTANCES_TOGETHER:
            groups.append([])
            count = one.target.instances
        groups[-1].append(one)
    return groups


def disk_usage(folder: Path) -> int:
    """Return the bytes of all plain files below a folder; no link is followed."""
    total = 0
    for place, _folders, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            try:
                if not os.path.islink(path):
                    total += os.stat(path).st_size
            except OSError:
                continue  # it went away meanwhile
    return total
