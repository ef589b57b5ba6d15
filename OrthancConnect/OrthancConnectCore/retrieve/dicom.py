"""A retrieve's DICOM side: which presentation contexts, which requests, and what came."""

from __future__ import annotations

from typing import Collection, Dict, Iterator, List, Optional, Sequence, Set, Tuple

from ..dicom.part10 import file_head, is_uid
from ..dimse.arrivals import GENEROUS, Arrivals, Instance, Place
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
from ..shared.validation import plain_text
from .content import identity_of, is_whole, note_of
from .files import Wanted
from .https import Arrived

_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
#: SOP Instance UIDs in one request, where a part of the series is there already.
_UIDS_A_REQUEST = 100
#: Instances that were not asked for that may come: of other patients with the same UIDs, say.
_OTHERS_AT_LEAST = 1000
#: Bytes that a dataset may be longer than the server's file, written otherwise.
_LONGER = 1 << 20
#: Transfer syntaxes that are not converted into another.
_NATIVE = ("1.2.840.10008.1.2", _EXPLICIT_LITTLE_ENDIAN, "1.2.840.10008.1.2.2")
_LOG = "Look at the server's log."

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
    titles : set of str
        The server's AE titles: whose instances the listener of a C-MOVE takes.
    reasons : dict of str to (str, str)
        By Orthanc's identifier: what did not come, why, and a hint; only where that is known.
    last_words : str
        The last reason that the server gave for something that did not come.
    notes : list of str
        What a person should know besides.
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
        self._wanted = {one.orthanc_id: one for one in wanted}
        self._arrivals = Arrivals(
            self._place_of, token, most_bytes(wanted), _OTHERS_AT_LEAST + 10 * len(wanted)
        )
        self._reported_files = self._reported_bytes = self._untold = 0
        self._method = ""
        self.titles: Set[str] = {profile.called_ae_title}
        self.last_words = ""
        self.reasons: Dict[str, Tuple[str, str]] = {}
        self.notes: List[str] = []

    @property
    def stored(self) -> Dict[str, Arrived]:
        """What came and has its file, by Orthanc's identifier."""
        return {
            name: Arrived(self._wanted[name], size, is_verified=False, method=self._method)
            for name, size in self._arrivals.stored.items()
        }

    def run(self, method: str) -> None:
        """Fetch all by C-GET or C-MOVE; raises what `fetch` and `StorageListener` raise."""
        self._method = method
        if method != C_MOVE:
            self._fetch(method)
            return
        listener = StorageListener(self._profile, self._arrivals, self.titles)
        try:
            with listener:
                self._fetch(method)
        finally:
            for (title, address), count in listener.refused.items():
                self.notes.append(
                    f"The DICOM listener refused {count} instances from {plain_text(title, 16)} at "
                    f"{address}, which is not the server."
                )

    def _fetch(self, method: str) -> None:
        try:
            for contexts, requests in self._associations():
                outcomes = fetch(
                    self._profile,
                    method,
                    requests,
                    self._arrivals,
                    storage=() if method == C_MOVE else list(contexts),
                    token=self._token,
                    tick=self._report,
                )
                self._learn(outcomes)
        finally:
            self._finish()

    def _place_of(self, instance: Instance) -> Optional[Place]:
        """Return where an instance goes: by its identity, which its dataset tells."""
        sop_class, _said_uid, syntax, dataset = instance
        name = identity_of(dataset, syntax).orthanc_id
        self._untold += not name
        wanted = self._wanted.get(name)
        if wanted is None or not is_uid(sop_class) or not is_uid(wanted.sop_instance_uid):
            return None
        if not is_whole(dataset, syntax):
            self.reasons[name] = ("What came can't be read to its end.", _LOG)
            return None
        self.reasons.pop(name, None)
        note = note_of(wanted.file_uuid, dataset)
        head = file_head(sop_class, wanted.sop_instance_uid, syntax, note)
        return Place(name, wanted.path, head)

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
            yield SeriesRequest(study_uid, series_uid, instances=len(self._series[key]))
            return
        uids = list(dict.fromkeys(one.sop_instance_uid for one in self._series[key]))
        for start in range(0, len(uids), _UIDS_A_REQUEST):
            batch = tuple(uids[start : start + _UIDS_A_REQUEST])
            yield SeriesRequest(study_uid, series_uid, batch, instances=len(batch))

    def _report(self) -> None:
        files, size = len(self._arrivals.stored), self._arrivals.bytes_received
        new_files, new_size = files - self._reported_files, size - self._reported_bytes
        self._reported_files, self._reported_bytes = files, size
        if new_files or new_size:
            self._meter.add(files=new_files, size=new_size)

    def _finish(self) -> None:
        self._report()
        for name, reason in self._arrivals.failed.items():
            self.reasons[name] = (reason, "Make room, or choose another folder.")

    def _learn(self, outcomes: Sequence[Outcome]) -> None:
        """Keep the server's reasons for what it could not send."""
        for outcome in outcomes:
            if not outcome.text:
                continue
            request = outcome.request
            reason = _sentence(outcome.text), _LOG
            asked = set(outcome.failed or request.sop_instance_uids)
            for one in self._series[(request.study_instance_uid, request.series_instance_uid)]:
                is_meant = not asked or one.sop_instance_uid in asked
                if is_meant and one.orthanc_id not in self._arrivals.stored:
                    self.reasons.setdefault(one.orthanc_id, reason)
            self.last_words = reason[0]
        if self._untold:
            self.last_words = f"Of {self._untold} instances it can't be told whose they are."


def most_bytes(wanted: Sequence[Wanted]) -> int:
    """Return how long the longest dataset may be."""
    largest = max((one.size for one in wanted), default=0)
    is_known = all(one.size and one.transfer_syntax_uid in _NATIVE for one in wanted)
    return (largest if is_known else max(largest, GENEROUS)) + _LONGER


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
