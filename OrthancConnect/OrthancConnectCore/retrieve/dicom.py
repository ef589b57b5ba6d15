"""A retrieve's DICOM side: which presentation contexts, which requests, and what came."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Collection, Dict, Iterator, List, Sequence, Tuple

from ..dimse.arrivals import Arrivals
from ..dimse.listener import StorageListener
from ..dimse.services import (
    MOST_STORAGE_CONTEXTS,
    Outcome,
    SeriesRequest,
    fetch,
    usual_storage,
)
from ..shared.events import CancelToken, ProgressMeter
from ..shared.profile import C_MOVE, ServerProfile
from .files import Wanted

_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
#: SOP Instance UIDs in one request, where a part of the series is there already.
_UIDS_A_REQUEST = 100

_Contexts = Dict[Tuple[str, str], None]


class DicomRetrieve:
    """Fetches instances by C-GET or C-MOVE.

    Parameters
    ----------
    profile : ServerProfile
        The DICOM side of the server.
    wanted : sequence of Wanted
        What to fetch.
    partly_there : collection of str
        Series Instance UIDs of which some instances are there already.
    meter : ProgressMeter
        Told of instances and bytes, in the calling thread.
    token : CancelToken
        Stops it.

    Attributes
    ----------
    stored : dict of Path to int
        Files that came, with their sizes.
    reasons : dict of Path to (str, str)
        Files that did not come: why, and a hint; only where that is known.
    last_words : str
        The last reason that the server gave for something that did not come.
    """

    def __init__(
        self,
        profile: ServerProfile,
        wanted: Sequence[Wanted],
        partly_there: Collection[str],
        meter: ProgressMeter,
        token: CancelToken,
    ) -> None:
        self._profile = profile
        self._partly_there = partly_there
        self._meter = meter
        self._token = token
        self._series: Dict[Tuple[str, str], List[Wanted]] = {}
        for one in wanted:
            key = (one.study_instance_uid, one.series_instance_uid)
            self._series.setdefault(key, []).append(one)
        self._places = {one.sop_instance_uid: one.path for one in wanted}
        self._arrivals = Arrivals(self._places, token)
        self._reported_files = self._reported_bytes = 0
        self.last_words = ""
        self.reasons: Dict[Path, Tuple[str, str]] = {}

    @property
    def stored(self) -> Dict[Path, int]:
        """What came and has its file."""
        return {self._places[uid]: size for uid, size in self._arrivals.stored.items()}

    def run(self, method: str) -> None:
        """Fetch all by C-GET or C-MOVE; raises what `fetch` and `StorageListener` raise."""
        listens = method == C_MOVE
        listener = StorageListener(self._profile, self._arrivals) if listens else nullcontext()
        try:
            with listener:
                for contexts, requests in self._associations():
                    outcomes = fetch(
                        self._profile,
                        method,
                        requests,
                        self._arrivals,
                        storage=() if listens else list(contexts),
                        token=self._token,
                        tick=self._report,
                    )
                    self._learn(outcomes)
        finally:
            self._finish()

    def _associations(self) -> Iterator[Tuple[_Contexts, List[SeriesRequest]]]:
        """Yield contexts and requests of each association: usually all go into one."""
        contexts: _Contexts = {}
        requests: List[SeriesRequest] = []
        for key, group in self._series.items():
            needed = _contexts_of(group)
            if requests and len({**contexts, **needed}) > MOST_STORAGE_CONTEXTS:
                yield contexts, requests
                contexts, requests = {}, []
            contexts.update(needed)
            requests.extend(self._requests(key))
        if requests:
            yield contexts, requests

    def _requests(self, key: Tuple[str, str]) -> Iterator[SeriesRequest]:
        """Yield one request for a whole series, or some for what is missing of it."""
        study_uid, series_uid = key
        if series_uid not in self._partly_there:
            yield SeriesRequest(study_uid, series_uid)
            return
        uids = [one.sop_instance_uid for one in self._series[key]]
        for start in range(0, len(uids), _UIDS_A_REQUEST):
            batch = tuple(uids[start : start + _UIDS_A_REQUEST])
            yield SeriesRequest(study_uid, series_uid, batch)

    def _report(self) -> None:
        files, size = len(self._arrivals.stored), self._arrivals.bytes_received
        new_files, new_size = files - self._reported_files, size - self._reported_bytes
        self._reported_files, self._reported_bytes = files, size
        if new_files or new_size:
            self._meter.add(files=new_files, size=new_size)

    def _finish(self) -> None:
        self._report()
        for uid, reason in self._arrivals.failed.items():
            self.reasons[self._places[uid]] = (reason, "Make room, or choose another folder.")

    def _learn(self, outcomes: Sequence[Outcome]) -> None:
        """Keep the server's reasons for what it could not send."""
        for outcome in outcomes:
            if not outcome.text:
                continue
            request = outcome.request
            group = self._series[(request.study_instance_uid, request.series_instance_uid)]
            asked = request.sop_instance_uids or [one.sop_instance_uid for one in group]
            for uid in outcome.failed or asked:
                if uid in self._places and uid not in self._arrivals.stored:
                    reason = (_sentence(outcome.text), "Look at the server's log.")
                    self.reasons[self._places[uid]] = reason
            self.last_words = _sentence(outcome.text)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _contexts_of(group: Sequence[Wanted]) -> _Contexts:
    """Return SOP class and transfer syntax of each presentation context that a series needs.

    What is stored is asked for as it is stored; and in Explicit VR Little Endian, so that a server
    that can't send it so may convert it.
    """
    contexts: _Contexts = {}
    for one in group:
        if not one.sop_class_uid:
            return dict.fromkeys(usual_storage())
        if one.transfer_syntax_uid:
            contexts[(one.sop_class_uid, one.transfer_syntax_uid)] = None
    for one in group:
        contexts[(one.sop_class_uid, _EXPLICIT_LITTLE_ENDIAN)] = None
    return contexts
