"""One upload: the worker does it, the log tells of it; it can be paused and goes on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Mapping, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import (
    WORKER_ENDED,
    OperationCancelled,
    OrthancConnectError,
    WorkerError,
)
from OrthancConnectCore.shared.events import Progress
from OrthancConnectCore.shared.jobs import job_id_of
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.shared.upload_options import UploadOptions

from ..wording import worded
from .transfers import RUNNING, Job, Request

PROGRESS_FIELDS = tuple(Progress.__dataclass_fields__)


@dataclass(frozen=True)
class UploadRequest(Request):
    """Files and folders to be uploaded."""

    paths: Tuple[str, ...]
    options: UploadOptions = UploadOptions()
    #: Files and bytes that a scan has counted; zero where there was none. The upload looks through
    #: the folders while it sends, and knows the sum only when it has seen them all.
    files: int = 0
    bytes: int = 0

    def foreseen(self, progress: Progress) -> Progress:
        """Return progress against all that is to come, as far as that is known."""
        total, size = max(progress.total, self.files), max(progress.bytes_total, self.bytes)
        left = progress.seconds_left
        if left is not None and progress.rate > 0:
            left = max(0.0, (size - progress.bytes_done) / progress.rate)
        return replace(progress, total=total, bytes_total=size, seconds_left=left)

    #: How it is done.
    method = "REST"

    @property
    def job_id(self) -> str:
        """The name of its job."""
        return job_id_of(self.profile.rest_url, self.paths, self.options)


class UploadJob(Job):
    """Runs one upload, which can be paused."""

    def start(self) -> None:
        """Begin, or go on after a pause."""
        self._pausing = False
        phase = _("Looking for DICOM files…")
        self._log.update(self._transfer, state=RUNNING, phase=phase, error=None, progress=None)
        request = self._transfer.request
        params = request.params(paths=list(request.paths), options=request.options.to_dict())
        self._ask_worker("upload", params, self._onResult, self._onError, self._onProgress)

    def _onProgress(self, data: Mapping[str, Any]) -> None:
        progress = self._transfer.request.foreseen(progress_of(data))
        phase, before = self._transfer.phase, self._transfer.progress
        if not self.stopping:
            phase = _phase(progress, phase)
        self._log.update(self._transfer, progress=progress, phase=phase)
        if progress.phase == "waiting" and (before is None or before.phase != "waiting"):
            self._log.stalled.emit()

    def _onResult(self, data: Mapping[str, Any]) -> None:
        self._latest.begin()
        receipt = Receipt.from_dict(dict(data))
        transfer = self._transfer
        transfer.job_id = receipt.job_id
        transfer.studies = [study["orthanc_id"] for study in receipt.studies]
        if self._pausing and receipt.cancelled and not transfer.cancel_asked:
            self._rest(receipt=receipt)
        else:
            self._log.finish(transfer, receipt)

    def _onError(self, error: OrthancConnectError) -> None:
        self._latest.begin()
        crashed = isinstance(error, WorkerError) and error.facts.get("cause") == WORKER_ENDED
        crashed = crashed or isinstance(error, OperationCancelled)  # the worker starts anew
        if self._transfer.cancel_asked:
            self._log.finish(self._transfer)
        elif self._pausing:
            self._rest()
        elif crashed:
            self._rest(error=error)
        else:
            self._log.finish(self._transfer, None, error)


def _phase(progress: Progress, before: str) -> str:
    details = progress.details or {}
    if progress.phase == "waiting":
        reason = worded(str(details.get("message") or "")) or _("The server does not answer.")
        return _("{reason} The upload goes on by itself when it is back.").format(reason=reason)
    words = {"upload": "", "verify": _("Verifying")}  # what is counted is an upload
    return words.get(progress.phase, before)


def progress_of(data: Mapping[str, Any]) -> Progress:
    """Return the progress that the worker told."""
    return Progress(**{name: data[name] for name in PROGRESS_FIELDS if name in data})
