"""Results of a study come back: asked for, fetched, and loaded with the images they are of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OperationCancelled, OrthancConnectError
from OrthancConnectCore.shared.hosts import shown_host
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.shared.results import SCENE, VOLUME, Result, StudyResult
from OrthancConnectCore.shared.series import SeriesTarget
from OrthancConnectCore.shared.validation import split_rest_url

from ..protocols import Adapters
from .login import Login, server_parameters
from .task import DONE, IDLE, RUNNING, Task
from .transfers import RUNNING as UNDER_WAY
from .transfers import Job, Request, Transfer, TransferLog, told_fault

#: Fetches images into Slicer and loads some: `OrthancConnectLogic.retrieve`.
Retrieve = Callable[..., Any]


@dataclass(frozen=True)
class Fetched:
    """A result that lies in a folder, as the worker has read it."""

    told: StudyResult
    folder: str
    result: Result


@dataclass(frozen=True)
class MakeRequest(Request):
    """Results whose nodes are to be made."""

    fetched: Tuple[Fetched, ...]
    studies: Tuple[str, ...] = ()
    method = "HTTPS"


class MakeJob(Job):
    """Makes the nodes of results, in turns of the event loop, when the images are there."""

    def start(self) -> None:
        """Begin; a result that can't be loaded does not keep the others out."""
        self._left = list(self._transfer.request.fetched)
        self._receipt = Receipt("retrieve", expected=len(self._left), method="HTTPS")
        self._nodes: List[Any] = []
        self._log.update(self._transfer, state=UNDER_WAY, error=None)
        self._next()

    def _next(self) -> None:
        if not self._left or self._transfer.cancel_asked:
            self._receipt.cancelled = bool(self._left)
            self._adapters.scene.show(self._nodes)
            self._transfer.loaded = [str(node.GetName()) for node in self._nodes]
            self._log.finish(self._transfer, self._receipt)
            return
        one, made = self._left.pop(0), []  # type: Tuple[Fetched, List[Any]]
        phase = _("Loading {series}").format(series=one.told.title)
        if one.told.kind == SCENE:
            phase = _("Opening the scene: Slicer stands still until it is open")
        self._log.update(self._transfer, phase=phase)
        facts = _facts(self._transfer.request.profile, one.told)
        steps = self._adapters.results.make(one.result, one.folder, facts, made)
        self._adapters.in_turns(
            steps,
            self._latest.only(partial(self._onMade, one, made)),
            self._latest.only(partial(self._onFault, one)),
        )

    def _onMade(self, one: Fetched, made: List[Any]) -> None:
        self._nodes += made
        self._receipt.add_stored(one.told.size)
        self._transfer.notes += [f"{one.told.title}: {note}" for note in one.result.notes]
        self._next()

    def _onFault(self, one: Fetched, error: Exception) -> None:
        fault = told_fault(error)
        self._receipt.add_failed(one.told.title, fault.message, fault.hint)
        self._next()


def _facts(profile: ServerProfile, told: StudyResult) -> Dict[str, str]:
    _scheme, host, port = split_rest_url(profile.rest_url)
    facts = {"Server": shown_host(f"{host}:{port}"), "Profile": profile.name}
    return {**facts, "replaces": told.series_instance_uid}


class StudyResults(Task):
    """The results that the server has of one study, and loading them."""

    def __init__(self, adapters: Adapters, log: TransferLog, retrieve: Retrieve) -> None:
        super().__init__(adapters)
        self._log = log
        self._retrieve = retrieve
        self._forget()
        log.finished.connect(self._onFinished)

    def _forget(self) -> None:
        self._begin()
        self.study = ""
        self.found: List[StudyResult] = []
        self._server: Tuple[Optional[ServerProfile], Optional[Login]] = (None, None)
        self._unticked: Set[str] = set()
        self._fetched: List[Fetched] = []
        self.loading = False

    def look(
        self,
        profile: Optional[ServerProfile] = None,
        login: Optional[Login] = None,
        study_orthanc_id: str = "",
    ) -> None:
        """Ask for the results of a study; without one, show none."""
        if study_orthanc_id == self.study:
            return
        self._forget()
        self.study, self._server = study_orthanc_id, (profile, login)
        if profile is None or not study_orthanc_id:
            self._set(IDLE)
            return
        self._set(RUNNING)
        params = server_parameters(profile, login)
        self._ask("results.of", {**params, "study_orthanc_id": study_orthanc_id}, self._onFound)

    def _onFound(self, answer: Sequence[Mapping[str, Any]]) -> None:
        self.found = [StudyResult.from_dict(one) for one in answer]
        latest = {one.origin: one.version for one in self.found if one.origin}
        self._unticked = {
            key_of(one)
            for one in self.found
            if one.kind == SCENE or one.replaced or one.version < latest.get(one.origin, 1)
        }
        self._set(DONE)

    def is_ticked(self, one: StudyResult) -> bool:
        """Whether a result is loaded: the latest version of each that is no scene, at first."""
        return key_of(one) not in self._unticked

    def tick(self, key: str, on: bool) -> None:
        """Load a result, or do not."""
        self._unticked.discard(key)
        if not on:
            self._unticked.add(key)
        self.changed.emit()

    @property
    def chosen(self) -> List[StudyResult]:
        """What is ticked."""
        return [one for one in self.found if self.is_ticked(one)]

    def _onFinished(self, transfer: Transfer) -> None:
        """Ask again when something was sent to this study."""
        if transfer.operation in ("results", "upload") and self.study in transfer.studies:
            study, (profile, login) = self.study, self._server
            self.study = ""
            self.look(profile, login, study)

    # Loading --------------------------------------------------------------------------------

    def load(self, images: Iterable[SeriesTarget], method: str, scenes: bool = True) -> None:
        """Fetch what is ticked, then the images it is of (or `images`), and load all of it."""
        chosen = [one for one in self.chosen if scenes or one.kind != SCENE]
        self._fetched, self.loading = [], True
        self._fetch(iter(chosen), [], tuple(images), method)

    def stop(self) -> None:
        """Fetch no more."""
        self._begin()
        self.loading = False
        self._set(DONE)

    def _fetch(
        self,
        left: Iterator[StudyResult],
        volumes: List[StudyResult],
        images: Tuple[SeriesTarget, ...],
        method: str,
    ) -> None:
        self.changed.emit()
        one = next(left, None)
        while one is not None and one.kind == VOLUME and not one.is_map:
            volumes.append(one)
            one = next(left, None)
        if one is None:
            self._load(volumes, images, method)
            return
        profile, login = self._server
        assert profile is not None
        told = one

        def on_fetched(answer: Mapping[str, Any]) -> None:
            result = Result.from_dict(answer["result"])
            self._fetched.append(Fetched(told, str(answer["folder"]), result))
            self._fetch(left, volumes, images, method)

        params = {**server_parameters(profile, login), "result": asdict(one)}
        self._ask("results.fetch", params, on_fetched, self._onNotFetched)

    def _onNotFetched(self, error: OrthancConnectError) -> None:
        self.loading = False
        if isinstance(error, OperationCancelled):
            self._set(DONE)
        else:
            self._set(DONE, error)

    def _load(
        self, volumes: List[StudyResult], images: Tuple[SeriesTarget, ...], method: str
    ) -> None:
        profile, login = self._server
        assert profile is not None
        sources = [one.result.source for one in self._fetched if one.told.kind != SCENE]
        targets = {one.series_instance_uid: one for one in images}
        if not sources or any(one.series_instance_uid for one in sources):
            targets = {}  # a scene has its own images
        known = [(one.patient_id, one.study_instance_uid) for one in images]
        for source in sources:
            known.append((source.patient_id, source.study_instance_uid))
            if source.series_instance_uid:
                uid = source.series_instance_uid
                targets[uid] = SeriesTarget(*known[-1], uid)
        if volumes:
            targets.update((one.series_instance_uid, one) for one in images)
        for volume in volumes:
            uid = volume.series_instance_uid
            targets[uid] = SeriesTarget(*known[0], uid)
        loaded = self._adapters.results.loaded_series()
        targets = {uid: one for uid, one in targets.items() if uid not in loaded}
        if targets:
            title = _("Images of the results")
            self._retrieve(list(targets.values()), method, title, (self.study,), list(targets))
        if self._fetched:
            title = self._fetched[0].told.title
            if len(self._fetched) > 1:
                more = len(self._fetched) - 1
                title = _("{title} and {count} more").format(title=title, count=more)
            request = MakeRequest(profile, login, tuple(self._fetched))
            self._log.add(Transfer("retrieve", title, request, request.method, kind=MakeJob))
        self.loading = False
        self.changed.emit()


def key_of(one: StudyResult) -> str:
    """Return what names a result within its study."""
    return one.series_instance_uid or f"scene {one.number}"
