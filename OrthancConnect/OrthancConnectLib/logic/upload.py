"""One upload: the worker does it, the log tells of it; it can be paused and goes on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, Mapping, Optional, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import (
    WORKER_ENDED,
    OperationCancelled,
    OrthancConnectError,
    WorkerError,
)
from OrthancConnectCore.shared.events import Progress
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.shared.upload_options import UploadOptions, job_id_of

from ..protocols import Adapters
from .login import Login, server_parameters
from .transfers import PAUSED, RUNNING, Transfer, TransferLog

PROGRESS_FIELDS = tuple(Progress.__dataclass_fields__)


@dataclass(frozen=True)
class UploadRequest:
    """What is asked of the worker; the same again goes on where it was."""

    profile: ServerProfile
    credentials: Optional[Login]
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

    @property
    def job_id(self) -> str:
        """The name of its job."""
        return job_id_of(self.profile.rest_url, self.paths, self.options)

    def parameters(self) -> Dict[str, Any]:
        """Return the parameters of the worker's method."""
        return {
            **server_parameters(self.profile, self.credentials),
            "paths": list(self.paths),
            "options": self.options.to_dict(),
        }


class UploadJob:
    """Runs one upload; ends it in the log once, or leaves it paused there.

    `on_idle` is called each time that the worker does nothing for it any more.
    """

    def __init__(
        self,
        transfer: Transfer,
        adapters: Adapters,
        log: TransferLog,
        on_idle: Callable[[], None],
    ) -> None:
        self._transfer = transfer
        self._adapters = adapters
        self._log = log
        self._on_idle = on_idle
        self._request = 0
        self._pausing = self._abandoned = False

    def start(self) -> None:
        """Begin, or go on after a pause."""
        self._pausing = False
        phase = _("Looking for DICOM files…")
        self._log.update(self._transfer, state=RUNNING, phase=phase, error=None, progress=None)
        self._request = self._adapters.worker.request(
            "upload",
            self._transfer.request.parameters(),
            self._onResult,
            self._onError,
            self._onProgress,
        )

    @property
    def stopping(self) -> bool:
        """Whether it was asked to pause or to stop, and has not done so yet."""
        return self._pausing or self._transfer.cancel_asked

    def pause(self) -> None:
        """Stop for now; what was stored until then is known to the server."""
        if self._transfer.state == RUNNING and not self.stopping:
            self._pausing = True
            self._log.update(self._transfer, phase=_("Pausing…"))
            self._adapters.worker.cancel(self._request)

    def cancel(self) -> None:
        """Stop for good; what was stored until then is in the receipt."""
        if self._transfer.state == RUNNING and not self._transfer.cancel_asked:
            self._log.update(self._transfer, cancel_asked=True, phase=_("Stopping…"))
            self._adapters.worker.cancel(self._request)

    def abandon(self) -> None:
        """Drop it without a further word; the module is closing."""
        self._abandoned = True
        if self._transfer.state == RUNNING:
            self._adapters.worker.cancel(self._request)

    def _onProgress(self, data: Mapping[str, Any]) -> None:
        if self._abandoned or self._transfer.state != RUNNING:
            return
        progress = self._transfer.request.foreseen(progress_of(data))
        phase = self._transfer.phase
        if not self.stopping:
            phase = _phase(progress, phase)
        self._log.update(self._transfer, progress=progress, phase=phase)

    def _onResult(self, data: Mapping[str, Any]) -> None:
        if self._abandoned:
            return
        receipt = Receipt.from_dict(dict(data))
        transfer = self._transfer
        transfer.job_id = receipt.job_id
        transfer.studies = [study["orthanc_id"] for study in receipt.studies]
        if self._pausing and receipt.cancelled and not transfer.cancel_asked:
            self._log.update(transfer, state=PAUSED, phase="", receipt=receipt)
        else:
            self._log.finish(transfer, receipt)
        self._on_idle()

    def _onError(self, error: OrthancConnectError) -> None:
        if self._abandoned:
            return
        crashed = isinstance(error, WorkerError) and error.facts.get("cause") == WORKER_ENDED
        crashed = crashed or isinstance(error, OperationCancelled)  # the worker starts anew
        if self._transfer.cancel_asked:
            self._log.finish(self._transfer)
        elif self._pausing:
            self._log.update(self._transfer, state=PAUSED, phase="")
        elif crashed:
            self._log.update(self._transfer, state=PAUSED, phase="", error=error)
        else:
            self._log.finish(self._transfer, None, error)
        self._on_idle()


def _phase(progress: Progress, before: str) -> str:
    details = progress.details or {}
    if progress.phase == "waiting":
        reason = str(details.get("message") or _("The server does not answer."))
        return _("{reason} The upload goes on by itself when it is back.").format(reason=reason)
    words = {"upload": "", "verify": _("Verifying")}  # what is counted is an upload
    return words.get(progress.phase, before)


def progress_of(data: Mapping[str, Any]) -> Progress:
    """Return the progress that the worker told."""
    return Progress(**{name: data[name] for name in PROGRESS_FIELDS if name in data})
