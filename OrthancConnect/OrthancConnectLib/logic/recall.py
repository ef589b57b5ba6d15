"""Results of a study come back: fetched, and loaded with the images they are of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.hosts import shown_host
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.shared.results import SCENE, VOLUME, Result, StudyResult
from OrthancConnectCore.shared.series import SeriesTarget
from OrthancConnectCore.shared.validation import split_rest_url

from ..protocols import Adapters
from .login import Login, server_parameters
from .task import ASKING, DONE, IDLE, RUNNING, Task
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


class ToLoad(NamedTuple):
    """What is loaded with results, all that can be told of it before these are here."""

    results: Tuple[StudyResult, ...] = ()
    #: Results that are images: no more than series.
    volumes: Tuple[SeriesTarget, ...] = ()
    #: What is loaded where the results do not say which images they are of.
    images: Tuple[SeriesTarget, ...] = ()
    #: Orthanc's identifiers of the studies of all of them.
    studies: Tuple[str, ...] = ()


class StudyResults(Task):
    """Results of studies, from *Load with results* until they and their images are on their way.

    Attributes
    ----------
    question : str
        What is asked before scenes are opened, while it is `ASKING`; empty else.
    """

    def __init__(self, adapters: Adapters, log: TransferLog, retrieve: Retrieve) -> None:
        super().__init__(adapters)
        self._log = log
        self._retrieve = retrieve
        self.question = ""
        self._server: Tuple[Optional[ServerProfile], Optional[Login]] = (None, None)
        self._wanted, self._method = ToLoad(), ""
        self._left: List[StudyResult] = []
        self._fetched: List[Fetched] = []

    def load(
        self, profile: ServerProfile, login: Optional[Login], wanted: ToLoad, method: str
    ) -> None:
        """Fetch results, then the images they are of, and load all of it; of scenes, ask first."""
        self._begin()
        self._server, self._wanted, self._method = (profile, login), wanted, method
        self._left, self._fetched = list(wanted.results), []
        self.question = ""
        if any(one.kind == SCENE for one in self._left):
            self.question = _(
                "A scene is added to what is open. It may name files and addresses, which Slicer "
                "then reads by itself, and Slicer stands still until it is open. Open only scenes "
                "of people whom you trust.\nOpen it?"
            )
            self._set(ASKING)
        else:
            self._fetch()

    def answer(self, bring: bool) -> None:
        """Go on with the scenes, or without them."""
        self.question = ""
        self._left = [one for one in self._left if bring or one.kind != SCENE]
        self._fetch()

    def stop(self) -> None:
        """Fetch no more."""
        if self.state in (RUNNING, ASKING):
            self._begin()
            self.question = ""
            self._set(IDLE)

    def _fetch(self) -> None:
        if not self._left:
            self._set(DONE)
            self._load()
            return
        self._set(RUNNING)
        profile, login = self._server
        assert profile is not None
        told = self._left.pop(0)

        def on_fetched(answer: Mapping[str, Any]) -> None:
            result = Result.from_dict(answer["result"])
            self._fetched.append(Fetched(told, str(answer["folder"]), result))
            self._fetch()

        params = {**server_parameters(profile, login), "result": asdict(told)}
        self._ask("results.fetch", params, on_fetched)

    def _load(self) -> None:
        profile, login = self._server
        assert profile is not None
        _results, volumes, images, studies = self._wanted
        sources = [one.result.source for one in self._fetched if one.told.kind != SCENE]
        wanted = [
            SeriesTarget(one.patient_id, one.study_instance_uid, one.series_instance_uid)
            for one in sources
            if one.series_instance_uid
        ]
        if volumes or sources and not wanted:  # a scene has its own images
            wanted += images
        loaded = self._adapters.results.loaded_series()
        targets = {one.series_instance_uid: one for one in (*wanted, *volumes)}
        targets = {uid: one for uid, one in targets.items() if uid not in loaded}
        if targets:
            title = _("Images of the results")
            self._retrieve(list(targets.values()), self._method, title, studies, list(targets))
        if self._fetched:
            title = self._fetched[0].told.title
            if len(self._fetched) > 1:
                more = len(self._fetched) - 1
                title = _("{title} and {count} more").format(title=title, count=more)
            request = MakeRequest(profile, login, tuple(self._fetched))
            self._log.add(Transfer("retrieve", title, request, request.method, kind=MakeJob))


def latest(results: Iterable[StudyResult]) -> List[StudyResult]:
    """Return those that are loaded unless others are chosen: of each the latest, and no scene."""
    results = list(results)
    versions: Dict[Tuple[str, str], int] = {}
    for one in results:
        name = one.study_orthanc_id, one.origin
        versions[name] = max(versions.get(name, 0), one.version)
    return [
        one
        for one in results
        if one.kind != SCENE
        and not one.replaced
        and (not one.origin or one.version == versions[one.study_orthanc_id, one.origin])
    ]


def is_volume(one: StudyResult) -> bool:
    """Whether a result is a series of images, and is loaded as any other."""
    return one.kind == VOLUME and not one.is_map
