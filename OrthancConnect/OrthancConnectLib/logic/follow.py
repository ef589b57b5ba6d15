"""A query that is followed: its new series come by themselves, while the person wishes so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Dict, Optional

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import InputError, OrthancConnectError
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.query import FOLLOW_SINCE, QueryFilters
from OrthancConnectCore.shared.receipts import Receipt

from ..protocols import Adapters
from ..signals import Signal, ignore
from ..wording import worded
from .folder_job import Arrived, FolderJob, FolderRequest
from .login import Login
from .transfers import RUNNING, Transfer, TransferLog
from .upload import progress_of

_STATE = "follow"
#: Most studies that a transfer names.
_MOST_STUDIES = 100
#: Filters that name a patient: what has them is not kept in the settings.
_PERSONAL = ("patient_name", "patient_id", "birth_date", "accession_number")


@dataclass(frozen=True)
class FollowRequest(FolderRequest):
    """What is followed, and one of `FOLLOW_SINCE`; the quota is in bytes, 0 for any."""

    filters: QueryFilters
    quota: int = 0
    since: str = FOLLOW_SINCE[0]
    asked = "follow.run"

    def more(self) -> Dict[str, Any]:
        """Return the filters."""
        return {"filters": asdict(self.filters)}

    def params(self, **more: Any) -> Dict[str, Any]:
        """Return the parameters, with those that the folder's name does not depend on."""
        return super().params(follow={"quota": self.quota, "since": self.since}, **more)


class FollowJob(FolderJob):
    """Follows until it is stopped; each finished series is indexed at once."""

    _told, _full = 0, ""

    def start(self) -> None:
        """Begin, or go on after a pause; what lies in the folder already, is indexed."""
        self._told, self._full = 0, ""
        super().start()
        if self._transfer.state == RUNNING:
            self._import(self._folder, ignore)

    def _onProgress(self, data: Mapping[str, Any]) -> None:
        progress = progress_of(data)
        details = progress.details or {}
        if progress.phase == "waiting":
            phase = str(details.get("message") or "") + " " + str(details.get("hint") or "")
            self._log.update(self._transfer, progress=progress, phase=worded(phase.strip()))
            return
        new = [one for one in details.get("finished", ()) if one["number"] > self._told]
        for one in new:
            self._import(one["folder"], partial(self._onImported, one["study"]))
        self._told += len(new)
        if not self.stopping:
            text = _("{count} series so far").format(count=self._told)
            self._log.update(self._transfer, progress=None, phase=text)

    def _onImported(self, study: str) -> None:
        self._log.update(self._transfer, studies=[*self._transfer.studies, study][-_MOST_STUDIES:])

    def _series(self, data: Mapping[str, Any]) -> Iterable[Arrived]:
        if data["stopped"] == "full":
            self._full = next(reversed(data["receipt"]["notes"]), "")
        return [
            (
                *(row["patient_id"], row["study_instance_uid"], row["series_instance_uid"]),
                row["stored"] + row["already_stored"],
            )
            for row in data["rows"]
        ]

    def _fault(self, receipt: Receipt) -> Optional[OrthancConnectError]:
        if not self._full:
            return None
        return InputError(_("There is no room for the next series."), _("Make room, then Retry."))


class Follow:
    """The query that is followed, and whether it is followed again at the next connection."""

    def __init__(self, adapters: Adapters, log: TransferLog) -> None:
        self._adapters = adapters
        self._log = log
        self.changed = Signal()
        #: Emitted with Orthanc's identifier, in a list, of the study that a new series is of.
        self.arrived = Signal()
        self._seen: Sequence[str] = ()
        log.changed.connect(self._onChanged)
        log.finished.connect(self._onFinished)

    @property
    def transfer(self) -> Optional[Transfer]:
        """The one under way, which may wait or be paused."""
        mine = (one for one in self._log.transfers if one.operation == "follow")
        return next((one for one in mine if not one.ended), None)

    @property
    def is_kept(self) -> bool:
        """Whether something is followed again at the next connection."""
        return bool(self._adapters.store.state(_STATE, {}))

    def keep(self, on: bool) -> str:
        """Keep what is followed for the next connection, or not; return why that can't be."""
        request: Any = self.transfer.request if self.transfer is not None else None
        on = on and request is not None
        if on and any(getattr(request.filters, name) for name in _PERSONAL):
            return _("A query that names a patient is not kept in Slicer's settings.")
        kept = {}
        if on:
            kept = {
                "server": request.profile.rest_url,
                "filters": asdict(request.filters),
                "quota": request.quota,
            }
        self._adapters.store.set_state(_STATE, kept)
        return ""

    def start(
        self,
        profile: ServerProfile,
        login: Optional[Login],
        filters: QueryFilters,
        quota: int = 0,
        since: str = FOLLOW_SINCE[0],
    ) -> Transfer:
        """Fetch each new series that matches; at most so many bytes, 0 for any."""
        request = FollowRequest(profile, login, filters, quota, since)
        chosen = [_text(value) for value in asdict(filters).values() if value]
        title = " · ".join(chosen) or _("all")
        transfer = Transfer("follow", title, request, request.method, kind=FollowJob)
        self._log.add(transfer)
        self.changed.emit()
        return transfer

    def stop(self) -> None:
        """End it, and do not begin again at the next connection."""
        if self.transfer is not None:
            self._log.cancel(self.transfer)

    def look(self, profile: Optional[ServerProfile], login: Optional[Login]) -> None:
        """Go on with what the person wished to be followed at this server."""
        kept = self._adapters.store.state(_STATE, {})
        if profile is None or self.transfer is not None or not isinstance(kept, dict):
            return
        filters, quota = kept.get("filters"), kept.get("quota")
        if kept.get("server") != profile.rest_url or not isinstance(filters, dict):
            return
        if type(quota) is not int or quota < 0:
            return  # the settings were changed by somebody else
        try:
            wanted = QueryFilters.from_dict(filters)
        except OrthancConnectError:
            return
        self.start(profile, login, wanted, quota)

    def _onChanged(self, transfer: Transfer) -> None:
        if transfer.operation == "follow" and transfer.studies is not self._seen:
            self._seen = transfer.studies
            self.arrived.emit(list(self._seen[-1:]))

    def _onFinished(self, transfer: Transfer) -> None:
        if transfer.operation == "follow":
            if transfer.cancel_asked:
                self.keep(False)
            self.changed.emit()


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, (list, tuple)) else str(value)
