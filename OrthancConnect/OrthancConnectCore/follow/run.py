"""Follow a server: fetch each series that matches as soon as it is whole, and miss none.

What is fetched, the folder's files tell (`retrieve`); up to where the server was read, and which
series are still to be done, the follower's memory.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import (
    Any,
    Callable,
    Collection,
    Dict,
    Iterable,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

from ..files import prepare_folder
from ..orthanc.client import OrthancClient, tag
from ..orthanc.identifiers import is_orthanc_id
from ..orthanc.labels import labelled
from ..orthanc.records import (
    all_records,
    patient_of,
    records_of,
    series_by_study,
    series_of,
    studies_of,
)
from ..retrieve.run import retrieve
from ..shared.errors import (
    NotFoundError,
    OperationCancelled,
    OrthancConnectError,
    ServerError,
    TransportError,
)
from ..shared.events import CancelToken, Progress, ProgressCallback, ignore_progress
from ..shared.profile import ServerProfile
from ..shared.query import FOLLOW_SINCE, QueryFilters
from ..shared.receipts import Receipt
from ..shared.series import SeriesResult, SeriesTarget
from .candidates import Candidate, Followed, FollowOptions, disk_usage, state_of, together
from .changes import begin_at_the_end, news
from .finish import TRIES, Finish, Upload
from .memory import Memory

#: Series that are looked at together.
_LOOKED_AT = 200
#: Seconds between two tries while the server is away.
_LONGEST_PAUSE = 10.0


class _Full(Exception):
    """There is no room for the next series; says why."""


def follow(
    profile: ServerProfile,
    client: OrthancClient,
    folder: Union[str, Path],
    filters: QueryFilters,
    options: Optional[FollowOptions] = None,
    *,
    method: Optional[str] = None,
    upload: Optional[Upload] = None,
    finished: Callable[[Mapping[str, Any]], object] = lambda _row: None,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
) -> Followed:
    """Fetch series that match as they come, until it is cancelled, done or there is no room.

    After a crash, or a restart of the server, it goes on where it was: no series is left out, and
    what is there already is not fetched again. A command that was ended in its middle is run again.

    Parameters
    ----------
    profile, client, folder, method, progress, token
        As of `retrieve`. While the server is away, `progress` has the phase ``waiting``.
    filters : QueryFilters
        Of patient, study and series: what is said of a series, each that is fetched has. What a
        study gets later, as a label, does not make it match.
    options : FollowOptions, optional
        How.
    upload : callable, optional
        Uploads the folder ``results`` that a command leaves in its series' folder; nothing is
        uploaded without.
    finished : callable
        Told each series' row.

    Raises
    ------
    InputError, ConfigurationError
        As `Memory` and `retrieve`.
    OrthancConnectError
        The server refuses; with `FollowOptions.once`, also when it is away.

    Notes
    -----
    Orthanc REST API, ``GET /changes`` and ``GET /series``.
    """
    options = options or FollowOptions()
    root = prepare_folder(folder)
    chosen = {name: value for name, value in asdict(filters).items() if value}
    what = {"server": profile.rest_url, "filters": chosen}
    with Memory(root, what) as memory:
        token = token or CancelToken()
        told = Followed(Receipt("retrieve", location=str(root)))
        finish = Finish(profile.name, memory, options, told, token, upload, finished)
        follower = _Follower(client, root, filters, options, memory, token, told, finish)
        follower.fetch = lambda targets, results: retrieve(
            *(profile, client, targets, root),
            method=method,
            progress=progress,
            token=token,
            results=results,
        )
        follower.progress = progress
        return follower.run()


class _Follower:
    fetch: Callable[[Sequence[SeriesTarget], Dict[str, SeriesResult]], Receipt]
    progress: ProgressCallback

    def __init__(
        self,
        client: OrthancClient,
        root: Path,
        filters: QueryFilters,
        options: FollowOptions,
        memory: Memory,
        token: CancelToken,
        told: Followed,
        finish: Finish,
    ) -> None:
        self._client = client
        self._root = root
        self._filters = filters
        self._options = options
        self._memory = memory
        memory.listing |= options.since == FOLLOW_SINCE[1]
        self.token = token
        self._told = told
        self.finish = finish
        self._taken = disk_usage(root) if options.quota else 0
        self._away_since = 0.0
        self._is_told = False  # that the server is there
        self._pause = 0.5

    def run(self) -> Followed:
        began = time.monotonic()
        told = self._told
        try:
            while not told.stopped:
                try:
                    self._turn()
                except OperationCancelled:
                    pass
                except _Full as full:
                    told.stopped = "full"
                    told.receipt.notes.append(str(full))
                if self.token.cancelled and not told.stopped:
                    told.stopped = "cancelled"
        except OrthancConnectError as error:
            error.facts.setdefault("receipt", told.receipt.to_dict())
            raise
        told.receipt.cancelled = False  # to be ended is the way in which this ends
        told.receipt.seconds = time.monotonic() - began
        told.waiting = len(self._memory.waiting)
        return told

    def _turn(self) -> None:
        """Look at the server, do what is to be done, and wait."""
        pause = self._options.interval
        try:
            self._read()
            self._do(self._memory.waiting)
            self._back()
            if self._options.once and not self.token.cancelled:
                self._told.stopped = "done"
                return
        except (TransportError, ServerError) as error:
            if self._options.once or error.facts.get("cause") in ("name", "not_tls"):
                raise
            pause = self._away(error)
        self.token.wait(pause)

    def _away(self, error: OrthancConnectError) -> float:
        """Tell that the server is away; return how long to wait."""
        if not self._away_since:
            self._away_since, self._pause = time.time(), 0.5
            self._is_told = False
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        details = {
            "message": error.message,
            "hint": "It goes on by itself when the server is back.",
            "since": self._away_since,
        }
        self.progress(Progress("waiting", 0, 0, details=details))
        return self._pause

    def _back(self) -> None:
        if not self._is_told:
            self._away_since, self._is_told = 0.0, True
            self.progress(Progress("retrieve", 0, 0, details={"back": True}))

    # What there is to do ---------------------------------------------------------------------

    def _read(self) -> None:
        memory = self._memory
        if memory.last < 0:
            begin_at_the_end(self._client, memory)
            memory.save()
        if memory.listing:
            self._list()
        while not self.token.cancelled:
            before = memory.last
            new = news(self._client, memory)
            if new is None:
                self._told.receipt.notes.append(
                    "The server's list of changes is another than before: all series were looked "
                    "at again."
                )
                begin_at_the_end(self._client, memory)
                memory.listing = True
                memory.save()
                self._list()
                continue
            if memory.last != before:
                memory.waiting |= new.series
                for name in new.series:
                    self.finish.tries.pop(name, None)
                memory.save()
            if new.is_all:
                return

    def _list(self) -> None:
        """Go through all series that the server has; only then its changes count again."""
        rest = set(filter(is_orthanc_id, self._client.get_json("/series", shape=[str])))
        studies: List[Dict[str, Any]] = []
        for study in chain(all_records(self._client, "Study"), [None]):
            if study is not None:
                studies.append(study)
            if studies and (study is None or len(studies) == _LOOKED_AT):
                by_study = series_by_study(self._client, studies, self.token)
                found = [one for _study, series in by_study for one in series]
                self._consider(found, (), studies)
                rest.difference_update(one["ID"] for one in found)
                studies = []
            if self.token.cancelled:
                return
        self._do(rest)  # what came or went meanwhile
        if not self.token.cancelled:
            self._memory.listing = False
            self._memory.save()

    def _do(self, names: Iterable[str]) -> None:
        """Look at some series, and fetch what is to be fetched of them."""
        chosen = [one for one in sorted(names) if self.finish.tries.get(one, 0) < TRIES]
        for start in range(0, len(chosen), _LOOKED_AT):
            if self.token.cancelled:
                return
            some = chosen[start : start + _LOOKED_AT]
            found = list(records_of(self._client, "Series", some))
            lost = set(some) - {one["ID"] for one in found}
            self._memory.waiting |= lost
            self._consider(found, {one for one in lost if self._is_gone(one)})

    def _consider(
        self,
        records: Sequence[Mapping[str, Any]],
        gone: Collection[str],
        studies: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Fetch those of some series that are whole and match; those that are not whole wait."""
        memory = self._memory
        candidates, passed = self._candidates(records, studies)
        before = sorted(memory.waiting)
        memory.waiting.update(one["ID"] for one in records)
        memory.waiting -= passed.union(gone)
        if sorted(memory.waiting) != before:
            memory.save()
        for some in together(candidates):
            if self.token.cancelled:
                return
            self._fetch(some)

    def _is_gone(self, name: str) -> bool:
        try:
            self._client.get_json(f"/series/{name}")
        except NotFoundError:
            return True
        return False

    def _candidates(
        self, records: Iterable[Mapping[str, Any]], studies: Sequence[Mapping[str, Any]]
    ) -> Tuple[List[Candidate], Set[str]]:
        """Return the series that are to be fetched, and those that are not."""
        new, passed = [], set()
        for record in records:
            if record.get("IsStable") is not False:
                mark = self._memory.mark(record["ID"])
                if mark.get("state") == state_of(record) and mark.get("stage") == "done":
                    passed.add(record["ID"])
                else:
                    new.append(record)
        owners: Mapping[str, Any] = {study["ID"]: study for study in studies}
        if not studies:
            owners = studies_of(self._client, new)
        if self._filters.labels:
            owners = {one["ID"]: one for one in labelled(self._client, owners.values())}
        found = []
        for record in new:
            study = owners.get(str(record.get("ParentStudy")))
            if study is None:
                continue  # it is looked at again
            if self._matches(study, record):
                found.append(Candidate(study, record, self._root))
            else:
                passed.add(record["ID"])
        return found, passed

    def _matches(self, study: Any, record: Any) -> bool:
        if self._memory.is_result(tag(record, "MainDicomTags", "SeriesInstanceUID")):
            return False
        patient = patient_of(study, [series_of(record)])
        return self._filters.accept(patient, patient.studies[0])

    # Doing it --------------------------------------------------------------------------------

    def _make_room(self, some: Sequence[Candidate]) -> None:
        """Make sure that there is room for some series.

        Raises
        ------
        _Full
            There is none.
        """
        size = 0
        for one in some:
            whole = self._client.disk_size(f"/series/{one.orthanc_id}", "UncompressedSize")
            size += max(0, whole - disk_usage(one.folder))
        quota, least = self._options.quota, self._options.keep_free
        if quota and self._taken + size > quota:
            self._taken = disk_usage(self._root)  # some may have been taken away
            if self._taken + size > quota:
                raise _Full(
                    f"The next series has {size} bytes; with them the folder would have "
                    f"{self._taken + size}, more than its quota of {quota}. It was not fetched."
                )
        free = shutil.disk_usage(self._root).free
        if free - size < least:
            raise _Full(
                f"The disk has {free} bytes left, and the next series {size}; {least} are to stay "
                "free. It was not fetched."
            )

    def _fetch(self, some: Sequence[Candidate]) -> None:
        try:
            self._make_room(some)
        except (NotFoundError, _Full):
            if len(some) > 1:  # one by one, as long as there is room
                for one in some:
                    self._fetch([one])
                return
            if self._is_gone(some[0].orthanc_id):
                return  # which the next look tells
            raise
        results: Dict[str, SeriesResult] = {}
        receipt = self.fetch([one.target for one in some], results)
        self._told.receipt.include(receipt)
        self._taken += receipt.bytes
        for one in some:
            result = results.get(one.orthanc_id, SeriesResult())
            if result.complete:
                self.finish.done(one, result)
            elif not self.token.cancelled:
                self.finish.put_off(one, result)
