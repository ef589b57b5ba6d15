"""One upload: the worker does it, the log tells of it."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence

from slicer.i18n import tr as _

from OrthancConnectCore.errors import OrthancConnectError
from OrthancConnectCore.events import Progress
from OrthancConnectCore.profiles import ServerProfile
from OrthancConnectCore.receipts import Receipt

from .adapters import Adapters
from .login import Login, server_parameters
from .transfers import RUNNING, Transfer, TransferLog

PROGRESS_FIELDS = tuple(Progress.__dataclass_fields__)


class UploadJob:
    """Runs one upload; ends it in the log exactly once."""

    def __init__(
        self,
        transfer: Transfer,
        profile: ServerProfile,
        credentials: Optional[Login],
        adapters: Adapters,
        log: TransferLog,
    ) -> None:
        self._transfer = transfer
        self._profile = profile
        self._credentials = credentials
        self._adapters = adapters
        self._log = log
        self._request = 0
        self._abandoned = False

    def start(self, paths: Sequence[str]) -> None:
        """Begin."""
        self._log.update(self._transfer, state=RUNNING, phase=_("Looking for DICOM files…"))
        self._request = self._adapters.worker.request(
            "upload",
            {**server_parameters(self._profile, self._credentials), "paths": list(paths)},
            self._onResult,
            self._onError,
            self._onProgress,
        )

    def cancel(self) -> None:
        """Stop; what was stored until then is in the receipt."""
        if not self._transfer.ended and not self._transfer.cancel_asked:
            self._log.update(self._transfer, cancel_asked=True, phase=_("Stopping…"))
            self._adapters.worker.cancel(self._request)

    def abandon(self) -> None:
        """Drop it without a further word; the module is closing."""
        self._abandoned = True
        self._adapters.worker.cancel(self._request)

    def _onProgress(self, data: Mapping[str, Any]) -> None:
        if self._abandoned or self._transfer.ended:
            return
        progress = progress_of(data)
        phase = self._transfer.phase
        if progress.phase == "upload" and not self._transfer.cancel_asked:
            phase = _("Uploading")
        self._log.update(self._transfer, progress=progress, phase=phase)

    def _onResult(self, data: Mapping[str, Any]) -> None:
        if not self._abandoned:
            self._log.finish(self._transfer, Receipt.from_dict(dict(data)))

    def _onError(self, error: OrthancConnectError) -> None:
        if not self._abandoned:
            asked = self._transfer.cancel_asked
            self._log.finish(self._transfer, None, None if asked else error)


def progress_of(data: Mapping[str, Any]) -> Progress:
    """Return the progress that the worker told."""
    return Progress(**{name: data[name] for name in PROGRESS_FIELDS if name in data})
