"""Retrieves that an earlier session did not bring to their end: kept without any name, and offered.

What is kept of each is the server, the method, and identifiers: Orthanc's of the studies (hashes)
and the Series Instance UIDs. Whose they are, the server is asked again.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OrthancConnectError
from OrthancConnectCore.shared.profile import RETRIEVE_METHODS, ServerProfile
from OrthancConnectCore.shared.query import PatientRecord, display_person_name, keyed_series
from OrthancConnectCore.shared.series import SeriesTarget

from ..protocols import Adapters
from ..signals import Latest, Signal
from .login import Login, server_parameters
from .transfers import Transfer, TransferLog

_STATE = "retrieves"
#: Most of them that are kept, and most series of each.
_MOST, _MOST_SERIES = 50, 5000


class KeptRetrieves:
    """Keeps what has not ended, for the next session; `offered` is what the last one left."""

    def __init__(self, adapters: Adapters, log: TransferLog) -> None:
        self._adapters = adapters
        self._log = log
        self._latest = Latest()
        self.changed = Signal()
        kept = adapters.store.state(_STATE, [])
        self._earlier = [one for one in kept if _is_sound(one)] if isinstance(kept, list) else []
        self._saved = list(self._earlier)
        self.offered: List[Dict[str, Any]] = []
        self.error: Optional[OrthancConnectError] = None
        for signal in (log.added, log.finished):
            signal.connect(lambda _transfer: self._save())

    def look(self, profile: Optional[ServerProfile]) -> None:
        """Offer what an earlier session left undone at this server; None offers nothing."""
        server = profile.rest_url if profile is not None else None
        self._latest.begin()
        self.offered = [one for one in self._earlier if one["server"] == server]
        self.error = None
        self.changed.emit()

    @property
    def series(self) -> int:
        """How many series are offered."""
        return sum(len(one["series"]) for one in self.offered)

    def forget(self) -> None:
        """Offer them no more; what arrived of them stays."""
        self._earlier = [one for one in self._earlier if one not in self.offered]
        self.offered = []
        self._save()
        self.changed.emit()

    def resume(self, profile: ServerProfile, login: Optional[Login], retrieve: Any) -> None:
        """Ask whose they are, and give each to `retrieve`, as the logic has it."""
        wanted, self.offered = self.offered, []
        self.changed.emit()

        def go_on(described: Sequence[Mapping[str, Any]]) -> None:
            patients = [PatientRecord.from_dict(one) for one in described]
            self._earlier = [one for one in self._earlier if one not in wanted]
            for one in wanted:
                targets, title = _targets(patients, one["series"])
                if targets:
                    studies = tuple(one["studies"])
                    retrieve(targets, one["method"], title, studies, tuple(one["to_load"]))
            self._save()

        def on_error(error: OrthancConnectError) -> None:
            self.offered, self.error = wanted, error
            self.changed.emit()

        studies = dict.fromkeys(study for one in wanted for study in one["studies"])
        params = {**server_parameters(profile, login), "study_orthanc_ids": list(studies)}
        callbacks = self._latest.only(go_on), self._latest.only(on_error)
        self._adapters.worker.request("studies.describe", params, *callbacks)

    def _save(self) -> None:
        own = [_entry(one) for one in self._log.transfers if not one.ended]
        kept = [*self._earlier, *(one for one in own if one is not None)][-_MOST:]
        if kept != self._saved:
            self._saved = kept
            self._adapters.store.set_state(_STATE, kept)


def _entry(transfer: Transfer) -> Optional[Dict[str, Any]]:
    request = transfer.request
    if transfer.operation != "retrieve" or not request.studies:
        return None
    return {
        "server": request.profile.rest_url,
        "method": request.method,
        "to_load": list(request.to_load)[:_MOST_SERIES],
        "studies": list(request.studies),
        "series": [one.series_instance_uid for one in request.targets][:_MOST_SERIES],
    }


def _is_sound(entry: Any) -> bool:
    """Whether an entry of the settings, which anybody may have changed, can be used."""
    if not isinstance(entry, dict) or not isinstance(entry.get("server"), str):
        return False
    lists = (entry.get("studies"), entry.get("series"), entry.get("to_load"))
    return (
        all(isinstance(one, list) for one in lists)
        and all(lists[:2])
        and all(isinstance(text, str) for one in lists if one for text in one)
        and entry.get("method") in RETRIEVE_METHODS
    )


def _targets(
    patients: Iterable[PatientRecord], wanted: Sequence[str]
) -> Tuple[List[SeriesTarget], str]:
    """Return the series that are wanted, as far as the server still has them, and a title."""
    found = [key for key, series in keyed_series(patients) if series.series_instance_uid in wanted]
    names = {one.patient_id: one.patient_name for one in patients}
    title = display_person_name(names[found[0][0]]) if found else ""
    if len(found) > 1:
        title = _("{title} and {count} more").format(title=title, count=len(found) - 1)
    return [SeriesTarget(*key) for key in found], title
