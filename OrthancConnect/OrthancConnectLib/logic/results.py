"""Results of the scene on their way to the server: what is ticked, written, sent, and kept."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Dict, List, Optional, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OrthancConnectError
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.shared.results import CONTOURS, MEASUREMENTS, SCENE

from ..protocols import Adapters
from ..protocols import SceneResult as SceneResult
from ..signals import Latest, Signal, ignore
from .login import Login
from .transfers import RUNNING, Job, Request, Transfer, TransferLog, told_fault
from .upload import progress_of

OPERATION = "results"
#: Milliseconds between two looks at the scene, while somebody looks at the panel.
_LOOK = 2000
#: Milliseconds until it is asked again what waits, while another process has some of it.
_LOOK_AGAIN = 5000
#: What is sent only where a person ticks it: the same voxels once more, or all that is open.
_UNTICKED = (CONTOURS, SCENE)


@dataclass(frozen=True)
class Written:
    """What was written into a folder: from which rows, and with which facts."""

    rows: Sequence[SceneResult]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class SendRequest(Request):
    """Results of the scene that are still to be written, and those that wait on the disk."""

    results: Tuple[SceneResult, ...] = ()
    kept: Tuple[str, ...] = ()
    #: Whether those in whose place these come are marked as replaced on the server.
    mark: bool = False
    #: By the names of their folders what was written; the same one for each retry.
    written: Dict[str, Written] = field(default_factory=dict)
    method = "REST"

    @property
    def rows(self) -> List[SceneResult]:
        """What it sends of the scene, written or not."""
        return [*self.results, *(row for one in self.written.values() for row in one.rows)]


class SendJob(Job):
    """Writes results into folders in turns of the event loop, then lets the worker send them."""

    def __init__(self, transfer: Transfer, adapters: Adapters, log: TransferLog) -> None:
        super().__init__(transfer, adapters, log)
        self._is_closed = False

    @property
    def _request(self) -> SendRequest:
        request: SendRequest = self._transfer.request
        return request

    def start(self) -> None:
        """Begin, or go on after a pause: what was written is not written again."""
        self._pausing = False
        self._log.update(self._transfer, state=RUNNING, error=None, progress=None)
        self._go_on()

    def abandon(self) -> None:
        """Write no further; what is not whole goes by itself."""
        self._is_closed = True
        super().abandon()

    def _go_on(self) -> None:
        if self._transfer.cancel_asked:
            for result_id in self._request.written:  # the scene has it still
                self._remove(result_id)
            self._log.finish(self._transfer)
        elif self._pausing:
            self._rest()
        elif self._request.results:
            self._ask_worker("results.new", {}, self._onFolder, self._onError)
        else:
            self._send()

    # Writing --------------------------------------------------------------------------------

    def _onFolder(self, answer: Mapping[str, Any]) -> None:
        folder = str(answer["folder"])
        group, rest = _first_group(self._request.results)
        phase = _("Writing {title}").format(title=group[0].title)
        if group[0].kind == SCENE:
            phase = _("Saving the scene: Slicer stands still until it is saved")
        self._log.update(self._transfer, phase=phase)
        written = Written(group, _facts(group, self._request.profile))
        self._stop = ignore  # the steps themselves look whether they are to stop
        self._adapters.in_turns(
            self._steps(written, folder),
            self._latest.only(partial(self._onWritten, written, folder, rest)),
            self._latest.only(partial(self._onFault, folder)),
        )

    def _steps(self, written: Written, folder: str) -> Iterator[Any]:
        steps = self._adapters.results.write(written.rows, folder, written.facts)
        for step in steps:
            if self._transfer.cancel_asked or self._is_closed:
                return
            yield step

    def _onWritten(self, written: Written, folder: str, rest: Sequence[SceneResult]) -> None:
        result_id = os.path.basename(folder)
        if self._transfer.cancel_asked:
            self._remove(result_id)
        else:
            self._request.written[result_id] = written
            kept = (*self._request.kept, result_id)
            self._transfer.request = replace(self._request, results=tuple(rest), kept=kept)
        self._go_on()

    def _onFault(self, folder: str, error: Exception) -> None:
        self._remove(os.path.basename(folder))
        self._log.finish(self._transfer, None, told_fault(error))

    def _remove(self, result_id: str) -> None:
        self._adapters.worker.request("results.remove", {"result_id": result_id}, ignore, ignore)

    # Sending --------------------------------------------------------------------------------

    def _send(self) -> None:
        request = self._request
        self._log.update(self._transfer, phase=_("Sending"))
        params = request.params(result_ids=list(request.kept), mark_replaced=request.mark)
        self._ask_worker("results.send", params, self._onResult, self._onError, self._onProgress)

    def _onProgress(self, data: Mapping[str, Any]) -> None:
        self._log.update(self._transfer, progress=progress_of(data))

    def _onResult(self, data: Mapping[str, Any]) -> None:
        self._latest.begin()
        receipt = Receipt.from_dict(dict(data["receipt"]))
        left = set(self._request.kept)
        for fate in data["results"]:
            if fate["outcome"] != "failed":
                left.discard(fate["result_id"])
                self._note(fate)
        self._transfer.lacks = next((f["package"] for f in data["results"] if f["package"]), "")
        studies = [fate["study_orthanc_id"] for fate in data["results"]]
        self._transfer.studies = list(dict.fromkeys(filter(None, studies)))
        kept = tuple(one for one in self._request.kept if one in left)
        self._transfer.request = replace(self._request, kept=kept)
        if self._pausing and receipt.cancelled and not self._transfer.cancel_asked:
            self._rest(receipt=receipt)
        else:
            self._log.finish(self._transfer, receipt)

    def _note(self, fate: Mapping[str, Any]) -> None:
        written = self._request.written.get(fate["result_id"])
        if written is not None:
            facts = {**written.facts, "replaces": fate["series_instance_uid"]}
            self._adapters.results.note_sent(written.rows, facts)

    def _onError(self, error: OrthancConnectError) -> None:
        self._latest.begin()
        if self._pausing and not self._transfer.cancel_asked:
            self._rest()
        else:
            self._log.finish(self._transfer, None, error)


def _first_group(
    rows: Sequence[SceneResult],
) -> Tuple[List[SceneResult], List[SceneResult]]:
    """Return what becomes one result together with the first row, and the rest.

    The measurements of a series are one report.
    """
    first = rows[0]
    group = [
        row
        for row in rows
        if row is first
        or (
            first.kind == row.kind == MEASUREMENTS
            and (first.source, first.origin) == (row.source, row.origin)
        )
    ]
    return group, [row for row in rows if row not in group]


def _facts(group: Sequence[SceneResult], profile: ServerProfile) -> Dict[str, Any]:
    first = group[0]
    title = first.title if len(group) == 1 else _("Measurements")
    own = uuid.uuid4().hex + ("-contours" if first.kind == CONTOURS else "")
    return {
        "title": title or _("Unnamed"),
        "author": profile.user,
        "created": datetime.now().astimezone().isoformat(timespec="seconds"),
        "origin": first.origin or own,
        "replaces": first.replaces or None,
    }


class Results:
    """What the scene has of results, what is ticked of it, and what waits on the disk."""

    def __init__(self, adapters: Adapters, log: TransferLog) -> None:
        self._adapters = adapters
        self._log = log
        self._latest, self._asked = Latest(), Latest()
        self.changed = Signal()
        self.rows: List[SceneResult] = []
        #: What waits on the disk, as `results.waiting` tells.
        self.waiting: List[Dict[str, Any]] = []
        self.error: Optional[OrthancConnectError] = None
        self._ticked: Dict[str, bool] = {}
        log.finished.connect(self._onFinished)

    @property
    def transfer(self) -> Optional[Transfer]:
        """The latest sending of this session."""
        mine = [one for one in self._log.transfers if one.operation == OPERATION]
        return mine[-1] if mine else None

    # The scene ------------------------------------------------------------------------------

    def watch(self, on: bool) -> None:
        """Look at the scene now and again, while somebody looks at the panel."""
        self._latest.begin()
        if on:
            self._look_again()

    def _look_again(self) -> None:
        self.look()
        self._adapters.call_later(_LOOK, self._latest.only(self._look_again))

    def look(self) -> None:
        """See what there is in the scene."""
        rows = self._adapters.results.found()
        if rows != self.rows:
            self.rows = rows
            self.changed.emit()

    def is_ticked(self, row: SceneResult) -> bool:
        """Whether a row is to be sent: what is new or has changed, unless the person says else."""
        if row.reason:
            return False
        is_news = not row.was_sent or row.changed is True
        return self._ticked.get(row.key, is_news and row.kind not in _UNTICKED)

    def tick(self, key: str, on: bool) -> None:
        """Send a row, or do not."""
        self._ticked[key] = on
        self.changed.emit()

    @property
    def chosen(self) -> List[SceneResult]:
        """The rows to be sent; a report that was sent before goes whole."""
        ticked = [row for row in self.rows if self.is_ticked(row)]
        reports = {row.origin for row in ticked if row.kind == MEASUREMENTS and row.was_sent}
        return [row for row in self.rows if row in ticked or row.origin in reports]

    def why_not_send(self) -> str:
        """Return why nothing can be sent now; empty when it can."""
        transfer = self.transfer
        if transfer is not None and not transfer.ended:
            return _("Results are being sent already.")
        return "" if self.chosen else _("Tick what is to be sent.")

    @property
    def earlier(self) -> int:
        """How many of the chosen ones come in the place of what was sent before."""
        return len({row.origin for row in self.chosen if row.was_sent})

    def chosen_of(self, study_instance_uid: str) -> List[SceneResult]:
        """The rows to be sent that belong to a study."""
        return [one for one in self.chosen if one.source.study_instance_uid == study_instance_uid]

    def send(
        self,
        profile: ServerProfile,
        login: Optional[Login],
        mark: bool = False,
        study_instance_uid: str = "",
    ) -> Transfer:
        """Send what is chosen, of one study if it is named; `mark` the earlier ones as replaced."""
        rows = self.chosen_of(study_instance_uid) if study_instance_uid else self.chosen
        self._ticked.clear()
        return self._add(SendRequest(profile, login, tuple(rows), (), mark), rows[0].title, rows)

    def _add(self, request: SendRequest, title: str, things: Sequence[Any]) -> Transfer:
        if len(things) > 1:
            title = _("{title} and {count} more").format(title=title, count=len(things) - 1)
        transfer = Transfer(OPERATION, title, request, request.method, kind=SendJob)
        self._log.add(transfer)
        self.changed.emit()
        return transfer

    # What waits -----------------------------------------------------------------------------

    def look_for_waiting(self, is_connected: bool = True) -> None:
        """Ask what waits on the disk, left by a crash or for a server that was away.

        Without a server there is nowhere to send it to, and none of it is shown.
        """
        self.waiting, self.error = [], None
        self.changed.emit()
        self._asked.begin()
        if is_connected:
            only = self._asked.only
            callbacks = only(self._onWaiting), only(self._onError)
            self._adapters.worker.request("results.waiting", {}, *callbacks)

    def _onWaiting(self, answer: Sequence[Mapping[str, Any]]) -> None:
        self.waiting, self.error = [dict(one) for one in answer if not one.get("busy")], None
        self.changed.emit()
        if len(self.waiting) < len(answer):  # another window sends some, or one that just crashed
            self._adapters.call_later(_LOOK_AGAIN, self._asked.only(self.look_for_waiting))

    def _onError(self, error: OrthancConnectError) -> None:
        self.error = error
        self.changed.emit()

    def send_waiting(self, profile: ServerProfile, login: Optional[Login]) -> Transfer:
        """Send what waits."""
        sound = [one for one in self.waiting if not one.get("fault")]
        kept = tuple(str(one["result_id"]) for one in sound)
        title = str(sound[0].get("title", "")) if sound else ""
        self.waiting = []
        return self._add(SendRequest(profile, login, kept=kept), title, sound)

    def remove_waiting(self) -> None:
        """Remove what waits; what of it is in the scene, can be sent from there."""
        for one in self.waiting:
            params = {"result_id": one["result_id"]}
            self._adapters.worker.request("results.remove", params, ignore, self._onError)
        self.waiting = []
        self.look_for_waiting()

    def _onFinished(self, transfer: Transfer) -> None:
        if transfer.operation == OPERATION:
            self.look()
            self.look_for_waiting()
