"""My cases: the work lists of the connected server, the case that is open, and its review."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Dict, List, Optional, Set, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import InputError, OrthancConnectError
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.query import (
    PatientRecord,
    SeriesRecord,
    display_person_name,
)
from OrthancConnectCore.shared.series import SeriesTarget

from ..protocols import Adapters
from .load import REFERRING
from .load_choice import MANY, NO_IMAGES
from .login import Login, server_parameters
from .recall import Retrieve
from .results import Results
from .task import DONE, FAILED, IDLE, RUNNING, Task
from .transfers import PAUSED, Transfer, TransferLog

_STATE = "worklist"


class WorkLists(Task):
    """What a person works through; one case is open at a time."""

    def __init__(
        self, adapters: Adapters, log: TransferLog, retrieve: Retrieve, results: Results
    ) -> None:
        super().__init__(adapters)
        self._retrieve, self._results = retrieve, results
        self._profile: Optional[ServerProfile] = None
        self._login: Optional[Login] = None
        self._server: Mapping[str, Any] = {}
        self.user, self.name = "", ""
        #: Each as the worker tells it: name, cases, left, states, open, review, following.
        self.lists: List[Mapping[str, Any]] = []
        #: Whether the server may have some, and is asked once a person wants to see them: without
        #: labels of its own it has all its studies read for that.
        self.unknown = False
        self._is_wanted = False
        self._forget()
        log.finished.connect(self._onFinished)

    def _forget(self) -> None:
        #: The case that is open here, and the one that is looked at by a reviewer.
        self.case: Optional[Mapping[str, Any]] = None
        self.reviewed: Optional[Mapping[str, Any]] = None
        self._study_instance_uid = ""  # of the case
        self.outcome = ""
        self._loading: Optional[Transfer] = None
        #: The sending of its results, and one that was under way before.
        self._sending: Optional[Transfer] = None
        self._before: Optional[Transfer] = None
        self._prefetched: Set[str] = set()

    # Which list, and who --------------------------------------------------------------------

    def look(self, profile: Optional[ServerProfile], login: Optional[Login]) -> None:
        """Ask a server which lists it has; None forgets them."""
        self._begin()
        self._forget()
        self.lists, self.unknown, self._is_wanted = [], False, False
        self._set(IDLE)
        if profile is not None:
            self._profile, self._login = profile, login
            self._server = server_parameters(profile, login)
            self.user = str(self._kept().get("user") or profile.user)
            self.name = str(self._kept().get("list") or "")
            self._ask_lists()

    def _kept(self) -> Dict[str, Any]:
        kept = self._adapters.store.state(_STATE, {})
        return kept if isinstance(kept, dict) else {}

    def _keep(self, **facts: Any) -> None:
        self._adapters.store.set_state(_STATE, {**self._kept(), **facts})

    @property
    def _known(self) -> Set[str]:
        """The profiles of servers that had lists before."""
        return set(self._kept().get("servers") or ())

    def want(self) -> None:
        """Ask whatever it takes: a person wants to see the lists of this server."""
        if self.unknown and not self._is_wanted:
            self._is_wanted = True
            self._ask_lists()

    @property
    def may_be_shown(self) -> bool:
        """Whether there are lists, may be some, or were to be and are none."""
        return bool(self.lists) or self.unknown or self._is_wanted

    def choose(self, name: str) -> None:
        """Work on another list; the case that is open stays open on the server."""
        if name != self.name:
            self._begin()
            self.name, self.case, self.reviewed, self.outcome = name, None, None, ""
            self._before = self._sending = None
            self._keep(list=name)
            self._set(IDLE)
            self._ask_lists()

    def set_user(self, user: str) -> None:
        """Take a person's name for the lists."""
        self.user = user.strip()
        self._keep(user=self.user)
        self._ask_lists()

    @property
    def chosen(self) -> Mapping[str, Any]:
        """The list that is worked on; empty where there is none."""
        return next((one for one in self.lists if one["name"] == self.name), {})

    def _ask_lists(self) -> None:
        # Those of a server are shown to who has not said a name yet as well.
        assert self._profile is not None
        thorough = self._is_wanted or self._profile.name in self._known
        params = {**self._server, "user": self.user or "nobody", "thorough": thorough}
        self._ask("worklist.lists", params, self._onLists)

    def _onLists(self, told: Optional[Sequence[Mapping[str, Any]]]) -> None:
        assert self._profile is not None
        self.lists, self.unknown = list(told or ()), told is None
        known = self._known - {self._profile.name} | ({self._profile.name} if told else set())
        if known != self._known:
            self._keep(servers=sorted(known))
        if self.lists and not self.chosen:
            self.name = str(self.lists[0]["name"])
        if self.state == IDLE:
            self._set(DONE)
        self.changed.emit()
        self._prefetch()

    # A case ---------------------------------------------------------------------------------

    def why_not(self) -> str:
        """Return why nothing can be done with a case now; empty when it can."""
        if self.running or self.unknown:
            return _("Asking the server…")
        if not self.chosen:
            return _("This server has no work list.")
        return "" if self.user else _("Type your name first.")

    @property
    def open_elsewhere(self) -> List[Mapping[str, Any]]:
        """What this person has open and is not the case here."""
        own = self.case["orthanc_id"] if self.case is not None else ""
        return [one for one in self.chosen.get("open", ()) if one["orthanc_id"] != own]

    def next(self, resume: bool = False) -> None:
        """Open the next case, or with `resume` the one that this person has open already."""
        self.outcome = ""
        self._set(RUNNING)
        self._ask(
            "worklist.next", {**self._of_list(), "resume": resume}, self._onCase, self._onRefused
        )

    def _of_list(self) -> Dict[str, Any]:
        return {**self._server, "list": self.name, "user": self.user}

    def _onCase(self, case: Optional[Mapping[str, Any]]) -> None:
        self.case = case
        if case is None:
            self.outcome = _("There is nothing left for you on this list.")
            self._set(DONE)
        else:
            self._open(str(case["orthanc_id"]))
        self._ask_lists()

    def _open(self, study: str) -> None:
        self._describe(study, partial(self._onStudy, study))

    def _describe(self, study: str, on_study: Callable[[Sequence[Any]], None]) -> None:
        params = {**self._server, "study_orthanc_ids": [study]}
        self._ask("studies.describe", params, on_study)

    def _onStudy(self, study: str, described: Sequence[Mapping[str, Any]]) -> None:
        found = _series(described)
        if not found:
            raise InputError(
                _("The server has nothing of this case any more."), _("Skip it, and say why.")
            )
        self._study_instance_uid = found[0][0].study_instance_uid
        images = [target for target, series in found if series.modality not in NO_IMAGES]
        results = [target for target, series in found if series.modality in REFERRING]
        to_load = [one.series_instance_uid for one in (*images[:MANY], *results)]
        self._loading = self._fetch(study, described, to_load)
        left_out = len(images) - MANY
        if left_out > 0:
            text = _("{count} more series of it are in Slicer's database, and not loaded.")
            self.outcome = text.format(count=left_out)
        self._set(DONE)

    def _fetch(
        self, study: str, described: Sequence[Mapping[str, Any]], to_load: Sequence[str]
    ) -> Transfer:
        targets = [target for target, _series_of in _series(described)]
        title = title_of(PatientRecord.from_dict(described[0]))
        assert self._profile is not None
        method = self._profile.retrieve_method
        transfer: Transfer = self._retrieve(targets, method, title, (study,), tuple(to_load))
        return transfer

    def _prefetch(self) -> None:
        """Retrieve meanwhile what comes next, once the case itself is loaded."""
        study = str(self.chosen.get("following") or "")
        is_loaded = self._loading is not None and self._loading.ended
        if study and self.case is not None and is_loaded and study not in self._prefetched:
            self._prefetched.add(study)

            def on_study(described: Sequence[Mapping[str, Any]]) -> None:
                if _series(described):
                    self._fetch(study, described, ())

            self._describe(study, on_study)

    def _onFinished(self, transfer: Transfer) -> None:
        if transfer is self._loading:
            self._prefetch()
        elif self.case is not None and transfer in (self._before, self._sending):
            is_own = transfer is self._sending or self._is_of_case(transfer)
            after = partial(self._do, "done") if transfer is self._sending else self._send
            self._before = self._sending = None
            receipt = transfer.receipt
            is_whole = transfer.error is None and receipt is not None and receipt.complete
            if is_whole or not is_own:
                after()
            else:
                text = _("The results were not all sent: the case stays open.")
                self._onRefused(transfer.error or InputError(text, _("Look at Transfers.")))

    def _is_of_case(self, transfer: Transfer) -> bool:
        """Whether a sending, which may be of the same results, is of the case that is open."""
        assert self.case is not None
        studies = (row.source.study_instance_uid for row in transfer.request.rows)
        return self._study_instance_uid in studies or self.case["orthanc_id"] in transfer.studies

    # What is done with it -------------------------------------------------------------------

    def finish(self) -> None:
        """Send the results of the case, say that it is done, and open the next one."""
        self.outcome = ""
        self._set(RUNNING)
        before = self._results.transfer
        if before is not None and not before.ended and before.state != PAUSED:
            self._before = before  # what it sends is not sent twice
        else:
            self._send()

    def _send(self) -> None:
        """Send the results of the case that are ticked, if there are any; then it is done."""
        self._results.look()
        if not self.has_results:
            self._do("done")
            return
        assert self._profile is not None
        study = self._study_instance_uid
        self._sending = self._results.send(self._profile, self._login, study_instance_uid=study)

    @property
    def has_results(self) -> bool:
        """Whether the scene has something of the case to be sent."""
        study = self._study_instance_uid if self.case is not None else ""
        return bool(study and self._results.chosen_of(study))

    def skip(self, reason: str) -> None:
        """Leave the case out, and open the next one."""
        self._do("skip", reason)

    def _do(self, deed: str, text: str = "") -> None:
        assert self.case is not None
        self._step(self.case, deed, text, self._onDone)

    def _onDone(self, _told: Mapping[str, Any]) -> None:
        self.case = None
        self.next()

    def _step(
        self, case: Mapping[str, Any], deed: str, text: str, on_result: Callable[[Any], None]
    ) -> None:
        self.outcome = ""
        self._set(RUNNING)
        more = {"claim": str(case.get("claim") or ""), "text": text}
        params = {**self._of_list(), "study": case["orthanc_id"], "step": deed, **more}
        self._ask("worklist.step", params, on_result, self._onRefused)

    def _onRefused(self, error: OrthancConnectError) -> None:
        self._set(FAILED, error)
        self._ask_lists()

    # Review ---------------------------------------------------------------------------------

    def review(self, study: str) -> None:
        """Open a case that waits for a reviewer."""
        waiting = self.chosen.get("review", ())
        self.reviewed = next((one for one in waiting if one["orthanc_id"] == study), None)
        if self.reviewed is not None:
            self._set(RUNNING)
            self._open(study)

    def judge(self, accepted: bool, note: str) -> None:
        """Accept the case that is reviewed, or send it back with a note."""
        assert self.reviewed is not None
        self._step(self.reviewed, "accept" if accepted else "reject", note, self._onJudged)

    def _onJudged(self, told: Mapping[str, Any]) -> None:
        sent_back = _("Sent back to {user}.").format(user=self.reviewed and self.reviewed["user"])
        self.outcome = _("Accepted.") if told["state"] == "done" else sent_back
        self.reviewed = None
        self._set(DONE)
        self._ask_lists()


def _series(described: Sequence[Mapping[str, Any]]) -> List[Tuple[SeriesTarget, SeriesRecord]]:
    """Return all series of what the worker has described."""
    return [
        (
            SeriesTarget(
                patient.patient_id,
                study.study_instance_uid,
                series.series_instance_uid,
                series.orthanc_id,
                series.number_of_instances or 0,
            ),
            series,
        )
        for patient in map(PatientRecord.from_dict, described)
        for study in patient.studies
        for series in study.series
    ]


def title_of(patient: PatientRecord) -> str:
    """Return whose a case is, and what was done."""
    name = display_person_name(patient.patient_name) or patient.patient_id
    return "  ·  ".join(filter(None, [name, *(one.study_description for one in patient.studies)]))
