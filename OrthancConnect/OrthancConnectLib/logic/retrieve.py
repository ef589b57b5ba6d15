"""One retrieve into Slicer's DICOM database, counted against what the server says it has.

The steps: ask the server for the instances of each series; see which are here already; fetch the
series (C-GET, C-MOVE or HTTPS); count again; fetch over HTTPS what is missing; count; load. A
method that says it succeeded is not believed: ctk says so after failed sub-operations.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Set,
)

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import (
    ConfigurationError,
    OperationCancelled,
    OrthancConnectError,
)
from OrthancConnectCore.shared.events import PROGRESS_INTERVAL, Progress
from OrthancConnectCore.shared.profile import C_MOVE, HTTPS, ServerProfile
from OrthancConnectCore.shared.receipts import Receipt

from ..latest import Latest
from ..protocols import Adapters
from .login import Login, server_parameters
from .tally import Tally
from .transfers import RUNNING, Transfer, TransferLog
from .upload import progress_of

#: Seconds without news after which what a C-MOVE sent is taken for arrived; `ctk_dimse`
#: has waited for the listener's indexing before, so this is for a slow disk only.
LISTENER_PATIENCE = 4.0
#: Milliseconds between two looks at what the listener has indexed.
LISTENER_POLL = 500
#: Milliseconds after which a cancelled step that does not answer is left behind.
CANCEL_PATIENCE = 6000


class SeriesTarget(NamedTuple):
    """A series to retrieve, with what C-GET and C-MOVE need to name it."""

    patient_id: str
    study_instance_uid: str
    series_instance_uid: str


@dataclass(frozen=True)
class RetrieveRequest:
    """What is to be retrieved, from whom and how."""

    profile: ServerProfile
    credentials: Optional[Login]
    targets: Sequence[SeriesTarget]
    method: str
    then_load: bool = False

    def worker_params(self, **more: Any) -> Dict[str, Any]:
        """Return the params of a worker request."""
        return {**server_parameters(self.profile, self.credentials), **more}


class RetrieveJob:
    """Runs one retrieve; ends it in the log exactly once and then calls `on_end`."""

    def __init__(
        self,
        transfer: Transfer,
        request: RetrieveRequest,
        adapters: Adapters,
        log: TransferLog,
        on_end: Callable[[], None],
    ) -> None:
        self._transfer = transfer
        self._request = request
        self._adapters = adapters
        self._log = log
        self._on_end = on_end
        self._began = adapters.now()
        self._latest = Latest()
        self._ended = False
        self._stop: Callable[[], None] = lambda: None
        self._tally = Tally(target.series_instance_uid for target in request.targets)
        self._arriving: Dict[str, int] = {}
        self._moved: Set[str] = set()
        self._error: Optional[OrthancConnectError] = None
        self._bytes = 0
        self._used_https = False
        self._deadline = 0.0
        self._last_report = 0.0
        self._fetching_since = 0.0

    # The steps ------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin."""
        self._safely(self._ask_what_the_server_has)

    def cancel(self) -> None:
        """Stop what is under way; what has arrived until then is counted."""
        if self._ended or self._transfer.cancel_asked:
            return
        self._log.update(self._transfer, cancel_asked=True, phase=_("Stopping…"))
        leave_behind = self._latest.only(self._leave_behind)
        self._safely(self._stop)
        self._adapters.call_later(CANCEL_PATIENCE, leave_behind)

    def abandon(self) -> None:
        """Drop everything without a further word; the module is closing."""
        if not self._ended:
            self._ended = True
            self._latest.begin()
            self._stop()

    def _ask_what_the_server_has(self) -> None:
        if not self._adapters.database.open_if_needed():
            raise ConfigurationError(
                _("Slicer's DICOM database is not open."),
                _("Open the DICOM module once and let it create the database, then try again."),
            )
        self._log.update(self._transfer, state=RUNNING, phase=_("Asking the server…"))
        params = self._request.worker_params(series_instance_uids=self._tally.series_uids)
        on_result, on_error = self._step(self._onInventory, self._onRefused)
        self._ask_worker("series.inventory", params, on_result, on_error)

    def _onInventory(self, answer: Mapping[str, Mapping[str, str]]) -> None:
        self._tally.expect(answer)
        self._count(self._onCountedBefore)

    def _onCountedBefore(self) -> None:
        self._tally.remember_before()
        wanted = [
            target
            for target in self._request.targets
            if self._tally.missing(target.series_instance_uid)
        ]
        if self._transfer.cancel_asked or not wanted:
            self._conclude()
        elif self._request.method == HTTPS:
            self._fetch_over_https()
        else:
            self._fetch_by_dicom(wanted)

    def _fetch_by_dicom(self, wanted: Sequence[Any]) -> None:
        method = self._request.method
        self._log.update(self._transfer, phase=_("Retrieving by {method}").format(method=method))
        dimse = self._adapters.dimse_for(self._request.profile.replace(retrieve_method=method))
        callbacks = self._step(
            self._onInstances, self._onSeriesFinished, self._onDicomFinished, self._onDicomFault
        )
        self._fetching_since = self._adapters.now()
        operation = dimse.retrieve(wanted, *callbacks)
        self._stop = operation.cancel
        self._report()

    def _onInstances(self, series_uid: str, count: int) -> None:
        self._arriving[series_uid] = count
        self._report()

    def _onSeriesFinished(self, series_uid: str, succeeded: bool, text: str) -> None:
        if succeeded:
            self._moved.add(series_uid)
        else:
            self._tally.add_fault(series_uid, text)

    def _onDicomFault(self, error: OrthancConnectError) -> None:
        if not isinstance(error, OperationCancelled):
            self._error = error
        self._onDicomFinished()

    def _onDicomFinished(self) -> None:
        self._stop = lambda: None
        if self._request.method == C_MOVE and self._moved and not self._transfer.cancel_asked:
            self._log.update(self._transfer, phase=_("Waiting for the DICOM listener"))
            self._deadline = self._adapters.now() + LISTENER_PATIENCE
            self._look_for_arrivals()
        else:
            self._log.update(self._transfer, phase=_("Checking what arrived"))
            self._count(self._onCountedAfter)

    def _look_for_arrivals(self) -> None:
        before = self._tally.present

        def then() -> None:
            now = self._adapters.now()
            if self._tally.present > before:
                self._deadline = now + LISTENER_PATIENCE
                self._report()
            waiting = any(self._tally.missing(uid) for uid in self._moved)
            if not waiting or now > self._deadline or self._transfer.cancel_asked:
                self._count(self._onCountedAfter)
            else:
                (again,) = self._step(self._look_for_arrivals)
                self._adapters.call_later(LISTENER_POLL, again)

        self._count(then, [uid for uid in self._moved if self._tally.missing(uid)])

    def _onCountedAfter(self) -> None:
        if self._tally.all_missing() and not self._used_https and not self._transfer.cancel_asked:
            if self._error is not None:  # the reason stays to be read, though all may arrive yet
                self._transfer.notes.append(str(self._error))
                self._error = None
            self._fetch_over_https()
        else:
            self._conclude()

    def _fetch_over_https(self) -> None:
        self._used_https = True
        self._arriving.clear()
        only = self._tally.all_missing()
        folder = self._adapters.database.incoming_folder()
        text = _("Retrieving over HTTPS")
        if self._request.method != HTTPS:
            text = _("Fetching over HTTPS what is missing")
        self._log.update(self._transfer, phase=text)
        on_result, on_error, on_progress = self._step(
            lambda answer: self._onDownloaded(answer, folder),
            lambda error: self._onDownloadFault(error, folder),
            self._onDownloadProgress,
        )
        params = self._request.worker_params(
            series_instance_uids=list(only), only=only, folder=folder
        )
        self._ask_worker("retrieve.https", params, on_result, on_error, on_progress)

    def _onDownloadProgress(self, data: Mapping[str, Any]) -> None:
        progress = progress_of(data)
        if progress.phase in ("", "retrieve"):
            self._report(progress)

    def _onDownloaded(self, answer: Mapping[str, Any], folder: str) -> None:
        receipt = Receipt.from_dict(dict(answer["receipt"]))
        self._bytes += receipt.bytes
        self._tally.add_problems(receipt.problems)
        self._index(folder)

    def _onDownloadFault(self, error: OrthancConnectError, folder: str) -> None:
        if not isinstance(error, OperationCancelled):
            self._error = error
        self._index(folder)

    def _index(self, folder: str) -> None:
        self._stop = lambda: None
        self._log.update(self._transfer, phase=_("Adding to Slicer's database"))
        (on_finished,) = self._step(lambda *_counts: self._count(self._conclude))
        self._adapters.database.import_folder(folder, on_finished)

    # The end --------------------------------------------------------------------------------

    def _conclude(self) -> None:
        if not self._tally.known:
            self._end(None, self._error)
            return
        method = self._request.method
        if self._used_https and method != HTTPS:
            method += " + " + HTTPS
        receipt = self._tally.receipt(
            method,
            self._adapters.now() - self._began,
            self._bytes,
            self._transfer.cancel_asked,
            self._error,
        )
        complete = self._tally.complete_series
        if not self._request.then_load or receipt.cancelled or not complete:
            self._end(receipt, self._error)
            return
        self._log.update(self._transfer, phase=_("Loading…"), progress=None)
        (load,) = self._step(lambda: self._load(complete, receipt))
        self._adapters.call_later(20, load)  # so that the panel can show it before the views wait

    def _load(self, series_uids: List[str], receipt: Receipt) -> None:
        database = self._adapters.database
        left_out = len(self._tally.expected_series) - len(series_uids)
        try:
            nodes = database.load_series(series_uids)
            if nodes:
                database.show(nodes)
        except OrthancConnectError as error:
            self._end(receipt, error)
            return
        self._transfer.loaded = [str(node.GetName()) for node in nodes]
        if left_out:
            self._transfer.notes.append(
                _("Series that are not complete were not loaded: {count}.").format(count=left_out)
            )
        if not nodes:
            self._error = OrthancConnectError(
                _("Slicer found nothing in it that it can load."),
                _("It is in the DICOM database: look at it in the DICOM module."),
            )
        self._end(receipt, self._error)

    def _onRefused(self, error: OrthancConnectError) -> None:
        if isinstance(error, OperationCancelled):
            self._conclude()
        else:
            self._end(None, error)

    def _leave_behind(self) -> None:
        if not self._ended:
            self._latest.begin()
            self._safely(lambda: self._count(self._conclude))

    def _end(self, receipt: Optional[Receipt], error: Optional[OrthancConnectError]) -> None:
        self._ended = True
        self._latest.begin()
        self._stop = lambda: None
        try:
            self._log.finish(self._transfer, receipt, error)
        finally:
            self._on_end()

    # Helpers --------------------------------------------------------------------------------

    def _count(self, then: Callable[[], None], series_uids: Optional[Iterable[str]] = None) -> None:
        """See which instances are in the database, a series at a time."""
        uids = self._tally.expected_series if series_uids is None else list(series_uids)

        def steps() -> Iterator[None]:
            for uid in uids:
                self._tally.see(uid, self._adapters.database.present_instances(uid))
                yield

        on_done, on_error = self._step(then, self._fault)
        self._adapters.in_turns(steps(), on_done, on_error)

    def _report(self, download: Optional[Progress] = None) -> None:
        now = self._adapters.now()
        if now - self._last_report < PROGRESS_INTERVAL and download is None:
            return
        self._last_report = now
        done, total = self._tally.arriving(self._arriving), self._tally.expected
        new, elapsed = done - self._tally.present, now - self._fetching_since
        left = (total - done) * elapsed / new if new > 0 and elapsed > 1 else None
        progress = Progress("retrieve", done, total, seconds_left=left)
        if download is not None:
            progress = replace(
                download, phase="retrieve", done=done + download.done, total=total, current=""
            )
        self._log.update(self._transfer, progress=progress)

    def _ask_worker(self, method: str, params: Mapping[str, Any], *callbacks: Any) -> None:
        request_id = self._adapters.worker.request(method, params, *callbacks)
        self._stop = lambda: self._adapters.worker.cancel(request_id)

    def _step(self, *callbacks: Callable[..., None]) -> List[Callable[..., None]]:
        """Begin a step: its callbacks count until the next step begins."""
        self._latest.begin()
        return [self._latest.only(partial(self._safely, callback)) for callback in callbacks]

    def _safely(self, callback: Callable[..., None], *arguments: Any) -> None:
        try:
            callback(*arguments)
        except OrthancConnectError as error:
            if not self._ended:
                self._end(None, error)
        except Exception as error:  # a slot's edge
            if self._ended:
                raise
            self._fault(error)

    def _fault(self, error: Exception) -> None:
        logging.error("OrthancConnect: a retrieve met a fault", exc_info=error)
        self._end(
            None,
            OrthancConnectError(
                _("OrthancConnect met a fault of its own in this retrieve."),
                _("Try again; if it happens again, report it with Slicer's log."),
            ),
        )
