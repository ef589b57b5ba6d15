"""One retrieve into Slicer's DICOM database, counted against what the server says it has.

The steps: ask the server for the instances of each series; see which are here already; fetch the
series (C-GET, C-MOVE or HTTPS); count again; fetch over HTTPS what is missing; count; load. A
method that says it succeeded is not believed: ctk says so after failed sub-operations.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Dict, Optional, Set, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import (
    OperationCancelled,
    OrthancConnectError,
)
from OrthancConnectCore.shared.events import PROGRESS_INTERVAL, Progress
from OrthancConnectCore.shared.profile import C_MOVE, HTTPS
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.shared.series import SeriesTarget

from ..protocols import Adapters
from ..signals import ignore
from .growing import Growing
from .load import Loading
from .local import one_of_two, open_database, other_owner
from .tally import Tally
from .transfers import RUNNING, Job, Request, Transfer, TransferLog
from .upload import progress_of

#: Seconds without news after which what a C-MOVE sent is taken for arrived; `ctk_dimse`
#: has waited for the listener's indexing before, so this is for a slow disk only.
LISTENER_PATIENCE = 4.0
#: Milliseconds between two looks at what the listener has indexed.
LISTENER_POLL = 500
#: Milliseconds after which a cancelled step that does not answer is left behind.
CANCEL_PATIENCE = 6000

#: Begins something, and is given what goes on with its result, and what goes on with its error.
Begin = Callable[[Callable[..., None], Callable[[Exception], None]], Any]
#: Hands out what is to begin next; returns the receipt and the error that end the transfer.
Steps = Generator[Begin, Any, Tuple[Optional[Receipt], Optional[OrthancConnectError]]]
#: A part of the steps.
Part = Generator[Begin, Any, None]


@dataclass(frozen=True)
class RetrieveRequest(Request):
    """What is to be retrieved, and how."""

    targets: Sequence[SeriesTarget]
    method: str
    #: The series to be loaded then, in this order, and whether their volumes are rendered.
    to_load: Sequence[str] = ()
    render: bool = False
    #: Orthanc's identifiers of the studies, as far as they are known.
    studies: Tuple[str, ...] = ()


class RetrieveJob(Job):
    """Runs one retrieve."""

    def __init__(self, transfer: Transfer, adapters: Adapters, log: TransferLog) -> None:
        super().__init__(transfer, adapters, log)
        self._request: RetrieveRequest = transfer.request
        self._growing = Growing(adapters)
        self._whose = {
            one.series_instance_uid: [one.patient_id, one.study_instance_uid]
            for one in self._request.targets
        }
        self._forget()

    def _forget(self) -> None:
        """Know nothing of what there is: the first time, and after a pause."""
        self._pausing = False
        self._began = self._adapters.now()
        self._steps = self._all_steps()
        self._tally = Tally(target.series_instance_uid for target in self._request.targets)
        self._taken: Set[str] = set()  # series that the database has of another patient
        self._arriving: Dict[str, int] = {}
        self._moved: Set[str] = set()
        self._error: Optional[OrthancConnectError] = None
        self._used_https = False
        self._last_report = 0.0
        self._fetching_since = 0.0

    def start(self) -> None:
        """Begin, or go on after a pause: what is here already is not fetched again."""
        self._forget()
        self._go_on()

    def cancel(self) -> None:
        """Stop what is under way; what has arrived until then is counted."""
        self._leave_behind_later()
        self._safely(super().cancel)

    def pause(self) -> None:
        """Stop for now; what has arrived until then stays."""
        self._leave_behind_later()
        self._safely(super().pause)

    def _leave_behind_later(self) -> None:
        self._adapters.call_later(CANCEL_PATIENCE, self._latest.only(self._leave_behind))

    # The steps ------------------------------------------------------------------------------

    def _all_steps(self) -> Steps:
        open_database(self._adapters.database)
        self._log.update(self._transfer, state=RUNNING, phase=_("Asking the server…"))
        uids = self._tally.series_uids
        try:
            inventory = yield self._asking(
                "series.inventory", series_instance_uids=uids, whose=self._whose
            )
        except OperationCancelled:
            return None, None
        self._tally.expect(inventory)
        yield self._counting()
        self._tally.remember_before()
        wanted = [
            target
            for target in self._request.targets
            if self._tally.missing(target.series_instance_uid)
            and target.series_instance_uid not in self._taken
        ]
        if wanted and not self.stopping:
            if self._request.method != HTTPS:
                yield from self._fetch_by_dicom(wanted)
            if set(self._tally.all_missing()) - self._taken and not self.stopping:
                yield from self._fetch_over_https()
        return (yield from self._conclude())

    def _fetch_by_dicom(self, wanted: Sequence[SeriesTarget]) -> Part:
        method = self._request.method
        self._log.update(self._transfer, phase=_("Retrieving by {method}").format(method=method))
        dimse = self._adapters.dimse_for(self._request.profile.replace(retrieve_method=method))
        self._fetching_since = self._adapters.now()

        def begin(done: Callable[..., None], failed: Callable[[Exception], None]) -> None:
            on_instances = self._latest.only(partial(self._safely, self._onInstances))
            on_series = self._latest.only(partial(self._safely, self._onSeriesFinished))
            operation = dimse.retrieve(wanted, on_instances, on_series, done, failed)
            self._stop = operation.cancel
            self._report()

        try:
            yield begin
        except OrthancConnectError as error:
            if not isinstance(error, OperationCancelled):
                self._error = error
        if method == C_MOVE and self._moved and not self.stopping:
            yield from self._wait_for_the_listener()
        else:
            self._log.update(self._transfer, phase=_("Checking what arrived"))
        yield self._counting()

    def _onInstances(self, series_uid: str, count: int) -> None:
        self._arriving[series_uid] = count
        self._report()

    def _onSeriesFinished(self, series_uid: str, succeeded: bool, text: str) -> None:
        if succeeded:
            self._moved.add(series_uid)
        else:
            self._tally.add_fault(series_uid, text)

    def _wait_for_the_listener(self) -> Part:
        self._log.update(self._transfer, phase=_("Waiting for the DICOM listener"))
        deadline = self._adapters.now() + LISTENER_PATIENCE
        waiting = self._moved
        while waiting and self._adapters.now() <= deadline and not self.stopping:
            before = self._tally.present
            yield self._counting(waiting)
            if self._tally.present > before:
                deadline = self._adapters.now() + LISTENER_PATIENCE
                self._report()
            waiting = {uid for uid in waiting if self._tally.missing(uid)}
            if waiting:
                yield self._waiting(LISTENER_POLL)

    def _fetch_over_https(self) -> Part:
        if self._error is not None:  # the reason stays to be read, though all may arrive yet
            self._transfer.notes.append(str(self._error))
            self._error = None
        self._used_https = True
        self._arriving.clear()
        missing = self._tally.all_missing()
        only = {uid: sops for uid, sops in missing.items() if uid not in self._taken}
        folder = self._adapters.database.incoming_folder()
        text = _("Retrieving over HTTPS")
        if self._request.method != HTTPS:
            text = _("Fetching over HTTPS what is missing")
        self._log.update(self._transfer, phase=text)
        try:
            answer = yield self._asking(
                "retrieve.https",
                series_instance_uids=list(only),
                only=only,
                folder=folder,
                whose=self._whose,
                volume=self._shows_while_it_arrives(),
            )
        except OrthancConnectError as error:
            if not isinstance(error, OperationCancelled):
                self._error = error
        else:
            receipt = Receipt.from_dict(dict(answer["receipt"]))
            self._tally.add_receipt(receipt, only, answer["unverified"])
        self._log.update(self._transfer, phase=_("Adding to Slicer's database"))
        yield lambda done, _failed: self._adapters.database.import_folder(folder, done)
        yield self._counting()

    def _shows_while_it_arrives(self) -> bool:
        """Whether it is one series to be loaded, of which nothing is here."""
        to_load = list(self._request.to_load)
        return to_load == self._tally.expected_series and not self._tally.present

    def _onDownloadProgress(self, data: Mapping[str, Any]) -> None:
        progress = progress_of(data)
        self._growing.take((progress.details or {}).get("volume"))
        if progress.phase in ("", "retrieve"):
            self._report(progress)
        elif progress.phase == "slide":
            self._log.update(self._transfer, progress=progress)

    def _conclude(self) -> Steps:
        if not self._tally.known:
            return None, self._error
        method = self._request.method
        if self._used_https and method != HTTPS:
            method += " + " + HTTPS
        receipt = self._tally.receipt(
            method,
            self._adapters.now() - self._began,
            self.stopping,
            self._error,
        )
        if method != HTTPS:  # which the worker notes itself
            params = {"profile": self._request.profile.to_dict(), "receipt": receipt.to_dict()}
            told = {"whose": self._whose}
            self._adapters.worker.request("audit.note", {**params, **told}, ignore, ignore)
        self._transfer.groups = partial(self._tally.groups, receipt, self._whose)
        if self._request.to_load and not receipt.cancelled:
            complete = set(self._tally.complete_series)
            loading = Loading(self._transfer, self._adapters, self._log, self._asking)
            yield from loading.steps(complete, lambda: self.stopping)
            return receipt, self._error or loading.error
        return receipt, self._error

    def _leave_behind(self) -> None:
        self._steps = self._after_all()
        self._go_on()

    def _after_all(self) -> Steps:
        yield self._counting()
        return (yield from self._conclude())

    # What steps are made of -----------------------------------------------------------------

    def _asking(self, method: str, **params: Any) -> Begin:
        """Ask the worker about the server."""

        def begin(done: Callable[..., None], failed: Callable[[Exception], None]) -> None:
            on_progress = partial(self._safely, self._onDownloadProgress)
            self._ask_worker(method, self._request.params(**params), done, failed, on_progress)

        return begin

    def _waiting(self, milliseconds: int) -> Begin:
        return lambda done, _failed: self._adapters.call_later(milliseconds, done)

    def _counting(self, series_uids: Optional[Iterable[str]] = None) -> Begin:
        """See which instances are in the database, a series at a time."""
        uids = self._tally.expected_series if series_uids is None else series_uids

        def steps() -> Iterator[None]:
            for uid in uids:
                self._tally.see(uid, self._here(uid))
                yield

        return partial(self._adapters.in_turns, steps())

    def _here(self, series_uid: str) -> Mapping[str, int]:
        """Return what the database has of a series; nothing where that is another patient's."""
        database = self._adapters.database
        patient_id, _study = self._whose[series_uid]
        other = other_owner(database, patient_id, series_uid)
        if other:
            self._taken.add(series_uid)
            self._tally.add_fault(series_uid, one_of_two(other))
            return {}
        return database.present_instances(series_uid)

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

    # Going through them ---------------------------------------------------------------------

    def _go_on(self, answer: Any = None) -> None:
        self._safely(self._step, lambda: self._steps.send(answer))

    def _go_on_after(self, error: Exception) -> None:
        self._safely(self._step, lambda: self._steps.throw(error))

    def _step(self, resume: Callable[[], Begin]) -> None:
        self._latest.begin()
        self._stop = ignore
        try:
            begin = resume()
        except StopIteration as end:
            self._end(*end.value)
        else:
            begin(self._latest.only(self._go_on), self._latest.only(self._go_on_after))

    def _safely(self, callback: Callable[..., None], *arguments: Any) -> None:
        try:
            callback(*arguments)
        except Exception as error:  # a slot's edge
            if self._transfer.ended:
                raise
            if not isinstance(error, OrthancConnectError):
                logging.error("OrthancConnect: a retrieve met a fault", exc_info=error)
                error = OrthancConnectError(
                    _("OrthancConnect met a fault of its own in this retrieve."),
                    _("Try again; if it happens again, report it with Slicer's log."),
                )
            self._end(None, error)

    def abandon(self) -> None:
        """Drop everything, what was shown of a volume as well; the module is closing."""
        self._growing.end()
        super().abandon()

    def _end(self, receipt: Optional[Receipt], error: Optional[OrthancConnectError]) -> None:
        self._growing.end()
        self._latest.begin()
        transfer = self._transfer
        if (
            self._pausing
            and not transfer.cancel_asked
            and (receipt is None or not receipt.complete)
        ):
            self._rest(receipt=receipt)
        else:
            self._log.finish(transfer, receipt, error)
