"""All uploads of this session: a queue, and the interrupted ones of earlier sessions."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OrthancConnectError
from OrthancConnectCore.shared.jobs import Job
from OrthancConnectCore.shared.profile import ServerProfile

from ..protocols import Adapters
from ..signals import Latest, Signal, ignore
from .login import Login
from .transfers import CANCELLED, Transfer, TransferLog
from .upload import UploadJob, UploadRequest


class Uploads:
    """Runs uploads one after the other, and knows what can be done with each of them."""

    def __init__(self, adapters: Adapters, log: TransferLog) -> None:
        self._adapters = adapters
        self._log = log
        self._latest = Latest()
        self.interrupted: List[Job] = []
        self.changed = Signal()
        log.finished.connect(self._onFinished)

    # The queue ------------------------------------------------------------------------------

    def add(self, request: UploadRequest, title: str = "") -> Transfer:
        """Put an upload at the end of the queue."""
        title = title or paths_title(request.paths)
        return self._log.add(Transfer("upload", title, request, request.method, kind=UploadJob))

    def _onFinished(self, transfer: Transfer) -> None:
        if transfer.operation == "upload" and transfer.state == CANCELLED:
            self._remove(_job_id(transfer))

    # What can be done -----------------------------------------------------------------------

    def has_receipt(self, transfer: Transfer) -> bool:
        """Return whether there are rows to be saved; those of a cancelled upload went with it."""
        if transfer.operation != "upload":
            return transfer.ended and bool(transfer.groups)
        return transfer.ended and transfer.state != CANCELLED and bool(transfer.job_id)

    def save_receipt(
        self,
        transfer: Transfer,
        path: str,
        on_saved: Callable[[int], None],
        on_error: Callable[[OrthancConnectError], None],
    ) -> None:
        """Write one row a file or instance, as CSV or JSON by the path's ending."""
        if not path.lower().endswith((".csv", ".json")):
            path += ".csv"
        params: Dict[str, Any] = {"path": os.path.abspath(path)}
        method = "receipt.save"
        if transfer.groups is not None and transfer.receipt is not None:
            method = "retrieve.save_receipt"
            params.update(groups=transfer.groups(), receipt=transfer.receipt.to_dict())
        else:
            params["job_id"] = transfer.job_id
        self._adapters.worker.request(
            method,
            params,
            lambda answer: on_saved(int(answer["rows"])),
            on_error,
        )

    # Earlier sessions -----------------------------------------------------------------------

    def look_for_interrupted(self, profile: Optional[ServerProfile]) -> None:
        """Ask for uploads to this server that did not come to their end; None forgets them."""
        self._latest.begin()
        self._set_interrupted([])
        if profile is None:
            return

        def on_result(answer: Mapping[str, Any]) -> None:
            self._set_interrupted(self._of_server(answer["jobs"], profile.rest_url))

        self._adapters.worker.request("jobs.list", {}, self._latest.only(on_result), ignore)

    def _of_server(self, jobs: List[Mapping[str, Any]], server: str) -> List[Job]:
        own = {
            _job_id(transfer) for transfer in self._log.transfers if transfer.operation == "upload"
        }
        return [
            Job.from_dict(job)
            for job in jobs
            if job["server"] == server and not job["running"] and job["job_id"] not in own
        ]

    def _set_interrupted(self, found: List[Job]) -> None:
        if found or self.interrupted:
            self.interrupted = found
            self.changed.emit()

    def resume_interrupted(
        self, job: Job, profile: ServerProfile, credentials: Optional[Login]
    ) -> Transfer:
        """Go on where an earlier session was interrupted."""
        self._set_interrupted([one for one in self.interrupted if one is not job])
        return self.add(UploadRequest(profile, credentials, job.roots, job.options))

    def forget_interrupted(self, job: Job) -> None:
        """Offer it no more; what it stored stays on the server."""
        self._set_interrupted([one for one in self.interrupted if one is not job])
        self._remove(job.job_id)

    def _remove(self, job_id: str) -> None:
        self._adapters.worker.request("jobs.remove", {"job_id": job_id}, ignore, ignore)


def _job_id(transfer: Transfer) -> str:
    return transfer.job_id or str(transfer.request.job_id)


def paths_title(paths: Tuple[str, ...]) -> str:
    """Return what is uploaded in a few words."""
    if len(paths) == 1:
        return os.path.basename(paths[0].rstrip("/\\")) or paths[0]
    return _("{count} files and folders").format(count=len(paths))
