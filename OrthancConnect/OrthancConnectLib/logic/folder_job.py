"""A retrieve whose files the worker puts into a folder of the database; then they are counted."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Dict, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OrthancConnectError
from OrthancConnectCore.shared.profile import HTTPS
from OrthancConnectCore.shared.receipts import Receipt

from .local import one_of_two, open_database, other_owner
from .transfers import RUNNING, Job, Request

#: Patient ID, study, series, and how many instances of it lie in the folder.
Arrived = Tuple[str, str, str, int]


class FolderRequest(Request):
    """What one of the worker's methods is to put into a folder."""

    #: How it is done, and by which of the worker's methods.
    method = HTTPS
    asked = ""
    #: Orthanc's identifiers of the studies: they are not known.
    studies: Tuple[str, ...] = ()

    def more(self) -> Dict[str, Any]:
        """Return the method's parameters besides server and folder."""
        raise NotImplementedError

    @property
    def folder(self) -> str:
        """The folder's name: the same request finds what it has fetched before."""
        told = json.dumps([self.profile.rest_url, self.more()], sort_keys=True)
        return f"{self.asked}-{uuid.uuid5(uuid.NAMESPACE_URL, told).hex}"


class FolderJob(Job):
    """Runs one of them."""

    def start(self) -> None:
        """Begin, or go on after a pause: what is in the folder is not fetched again."""
        self._pausing = False
        self._latest.begin()
        request, database = self._transfer.request, self._adapters.database
        try:
            open_database(database)
            self._folder = database.incoming_folder(request.folder)
        except OrthancConnectError as error:
            self._log.finish(self._transfer, None, error)
            return
        phase = _("Asking the server…")
        self._log.update(self._transfer, state=RUNNING, phase=phase, error=None, progress=None)
        params = request.params(folder=self._folder, **request.more())
        self._ask_worker(request.asked, params, self._onResult, self._onError, self._onProgress)

    def _onProgress(self, data: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def _onResult(self, data: Mapping[str, Any]) -> None:
        receipt = Receipt.from_dict(dict(data["receipt"]))
        receipt.location = _("Slicer's DICOM database")
        self._transfer.notes.extend(receipt.notes)
        self._import(self._folder, partial(self._count, receipt, self._series(data)))

    def _series(self, data: Mapping[str, Any]) -> Iterable[Arrived]:
        """Return what a result says to be in the folder."""
        raise NotImplementedError

    def _onError(self, error: OrthancConnectError) -> None:
        known = error.facts.get("receipt")
        receipt = Receipt.from_dict(dict(known)) if known else None
        self._import(self._folder, lambda: self._end(receipt, error))

    def _import(self, folder: str, then: Callable[[], None]) -> None:
        """Index a folder, then go on, unless another attempt has begun meanwhile."""
        onward = self._latest.only(lambda _new: then())
        try:
            self._adapters.database.import_folder(folder, onward)
        except OrthancConnectError as error:
            self._stop()
            self._end(None, error)

    def _count(self, receipt: Receipt, series: Iterable[Arrived]) -> None:
        self._log.update(self._transfer, phase=_("Checking what arrived"), progress=None)
        done = self._latest.only(lambda: self._end(receipt, self._fault(receipt)))

        def failed(error: Exception) -> None:
            if not isinstance(error, OrthancConnectError):
                raise error
            self._end(receipt, error)

        self._adapters.in_turns(self._counting(receipt, series), done, self._latest.only(failed))

    def _counting(self, receipt: Receipt, series: Iterable[Arrived]) -> Iterator[None]:
        """See whether the database has taken what is in the folder."""
        database = self._adapters.database
        for patient_id, _study, series_uid, arrived in series:
            yield
            other = other_owner(database, patient_id, series_uid)
            there = 0 if other else len(database.present_instances(series_uid))
            lacking = arrived - there
            if lacking <= 0:
                continue
            new = min(receipt.stored, lacking)
            receipt.stored -= new
            receipt.already_stored -= lacking - new
            receipt.verified = min(receipt.verified, receipt.stored + receipt.already_stored)
            text = _("Slicer's DICOM database has {there} of its {arrived} instances.")
            reason = one_of_two(other) if other else text.format(there=there, arrived=arrived)
            receipt.add_failed(series_uid, reason, _("Look into it in the DICOM module."))
            receipt.failed += lacking - 1

    def _fault(self, receipt: Receipt) -> Any:
        """Return the error that a whole result tells of; None for none."""
        return None

    def _end(self, receipt: Any, error: Any) -> None:
        self._latest.begin()
        transfer = self._transfer
        if self._pausing and not transfer.cancel_asked:
            self._rest(progress=None, receipt=receipt)
        else:
            self._log.finish(transfer, receipt, error)
