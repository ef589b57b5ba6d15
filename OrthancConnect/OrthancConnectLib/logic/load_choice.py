"""What a person is asked before series are retrieved and loaded: which, and what they refer to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Collection, Dict, List, Mapping, Optional, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OrthancConnectError
from OrthancConnectCore.shared.query import SeriesKey, SeriesRecord
from OrthancConnectCore.shared.series import SeriesTarget

from ..protocols import Adapters
from .load import REFERRING, kind_of
from .retrieve import RetrieveRequest
from .task import ASKING, DONE, IDLE, RUNNING, Task

#: More series than this are not loaded without a question.
MANY = 5
#: Modalities (PS3.3 C.7.3.1.1.1) of what has no pixels of its own to be looked at.
NO_IMAGES = {*REFERRING, *"AU DOC ECG EEG EPS FID HD KO PLAN REG RTPLAN RTRECORD".split()}

#: A retrieve that has been decided on: what is asked for, its title, and what is to be said of it.
Go = Callable[[RetrieveRequest, str, List[str]], Any]


class LoadChoice(Task):
    """One *Retrieve and load*, from the click until nothing more is to be asked.

    Attributes
    ----------
    series : list of SeriesTarget
        Those to choose from while it is `ASKING` which; empty while it asks for something else.
    question : str
        What is asked to be answered by yes or no; empty where that is not so.
    """

    def __init__(self, adapters: Adapters, go: Go) -> None:
        super().__init__(adapters)
        self._go = go
        self._records: Mapping[SeriesKey, SeriesRecord] = {}
        self._forget()

    def _forget(self) -> None:
        self._begin()
        self.series: List[SeriesTarget] = []
        self.question = ""
        self._request: Optional[RetrieveRequest] = None
        self._title = ""
        self._absent: List[Tuple[SeriesTarget, SeriesRecord]] = []
        self._notes: List[str] = []

    def start(
        self, request: RetrieveRequest, title: str, records: Mapping[SeriesKey, SeriesRecord]
    ) -> None:
        """Begin with what was chosen; what was asked about before is forgotten.

        `records` are those of the series, as far as they are known.
        """
        self._forget()
        self._title, self._records = title, records
        targets = [replace(one, orthanc_id=self._record(one).orthanc_id) for one in request.targets]
        self._request = replace(request, targets=targets)
        if len(request.targets) > MANY:
            self.series = list(request.targets)
            self._set(ASKING)
        else:
            self.choose([one.series_instance_uid for one in request.targets])

    def forget(self) -> None:
        """Retrieve nothing and load nothing."""
        self._forget()
        self._set(IDLE)

    @property
    def can_render(self) -> bool:
        """Whether volumes can be rendered in this Slicer."""
        return self._adapters.scene.can_render

    def is_image(self, target: SeriesTarget) -> bool:
        """Whether a series is to be looked at by itself, as far as its modality is known."""
        return self._record(target).modality not in NO_IMAGES

    def title_of(self, target: SeriesTarget) -> str:
        """Return number, description, modality and size of a series."""
        record = self._record(target)
        count = record.number_of_instances
        parts = [_described(record), record.modality, "" if count is None else str(count)]
        return "  ·  ".join(part for part in parts if part)

    def _record(self, target: SeriesTarget) -> SeriesRecord:
        key = target.patient_id, target.study_instance_uid, target.series_instance_uid
        return self._records.get(key) or SeriesRecord(target.series_instance_uid)

    def choose(self, series_uids: Collection[str]) -> None:
        """Load these of the series, and retrieve all; ask what they refer to, if they do."""
        assert self._request is not None
        self.series = []
        chosen = tuple(
            one for one in self._request.targets if one.series_instance_uid in series_uids
        )
        self._load(*chosen)
        referring = [one for one in chosen if self._record(one).modality in REFERRING]
        if not referring:
            self._done()
            return
        params = self._request.params(
            series_instance_uids=[one.series_instance_uid for one in referring],
            whose={
                one.series_instance_uid: [one.patient_id, one.study_instance_uid]
                for one in referring
            },
        )
        self._set(RUNNING)
        self._ask("series.references", params, self._onReferences, self._onUnknown)

    def _load(self, *targets: SeriesTarget) -> None:
        """Take series in to be loaded; those that others refer to come first."""
        assert self._request is not None
        known = {one.series_instance_uid: one for one in (*self._request.targets, *targets)}
        to_load = {*self._request.to_load, *(one.series_instance_uid for one in targets)}
        in_order = sorted(
            (one for uid, one in known.items() if uid in to_load),
            key=lambda one: self._record(one).modality in REFERRING,
        )
        self._request = replace(
            self._request,
            targets=tuple(known.values()),
            to_load=tuple(one.series_instance_uid for one in in_order),
        )

    def _onReferences(self, answer: List[Dict[str, Any]]) -> None:
        assert self._request is not None
        chosen = {one.series_instance_uid: one for one in self._request.targets}
        asked: List[str] = []
        for row in answer:
            who = chosen[row["of"]]
            if row["uid"] in chosen:
                continue  # it comes, and was a choice of its own
            words = {"kind": kind_of(self._record(who).modality), "uid": row["uid"]}
            if row["target"] is None:
                text = _("The {kind} belongs to the series {uid}, which the server has not.")
                self._notes.append(text.format(**words))
                continue
            target, record = SeriesTarget(**row["target"]), SeriesRecord(**row["series"])
            database = self._adapters.database
            if database.open_if_needed() and database.present_instances(row["uid"]):
                self._load(target)
                continue
            self._absent.append((target, record))
            text = _("This {kind} belongs to the series “{title}”, which is not here.")
            asked.append(text.format(title=_described(record), **words))
        if asked:
            more = _("Retrieve it as well?") if len(asked) == 1 else _("Retrieve them as well?")
            self.question = "\n".join([*dict.fromkeys(asked), more])
            self._set(ASKING)
        else:
            self._done()

    def _onUnknown(self, error: OrthancConnectError) -> None:
        text = _("What this belongs to could not be asked: {why}")
        self._notes.append(text.format(why=error.message))
        self._done()

    def answer(self, bring: bool) -> None:
        """Bring what is referred to and is not here, or leave it."""
        if bring:
            self._load(*(target for target, _record in self._absent))
        self._done()

    def _done(self) -> None:
        request, title, notes = self._request, self._title, self._notes
        self._forget()
        self._set(DONE)
        assert request is not None
        self._go(request, title, notes)


def _described(record: SeriesRecord) -> str:
    number = "" if record.series_number is None else f"{record.series_number}  "
    return number + (record.series_description or record.series_instance_uid)
