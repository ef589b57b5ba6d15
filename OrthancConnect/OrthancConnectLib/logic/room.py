"""Room on disk: what Slicer's DICOM database takes, and what of it the server has as well.

A study is offered for removal only when the server was asked about every file of it and has each
with the same content; it goes only when its files are still those, and nothing of it is loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Dict, List, Optional

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import InputError, OrthancConnectError
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.receipts import Receipt

from ..protocols import Adapters, StudyFiles
from ..signals import ignore
from .local import open_database
from .login import Login, server_parameters
from .task import ASKING, CANCELLED, DONE, FAILED, IDLE, RUNNING, Task

_STATE = "room"


class Room(Task):
    """Counts the database, asks the server study by study, and removes what a person agreed to.

    States: running (counting), asking (the server), done, cancelled, failed; `removing` besides.
    """

    def __init__(self, adapters: Adapters) -> None:
        super().__init__(adapters)
        #: All studies, those that were changed longest ago first.
        self.studies: List[StudyFiles] = []
        #: Those of which the server has every file, and how many it was asked about.
        self.offered: List[StudyFiles] = []
        self.asked = 0
        #: Why others are not offered, a sentence each.
        self.kept_back: List[str] = []
        self.freed = 0
        self.removed = 0
        self.removing = False
        self._server: Dict[str, Any] = {}
        #: Orthanc's identifier of each study that was asked about.
        self._names: Dict[str, str] = {}
        kept = adapters.store.state(_STATE, {})
        quota = kept.get("quota", 0) if isinstance(kept, dict) else 0
        self._quota = quota if type(quota) is int and quota > 0 else 0

    @property
    def quota(self) -> int:
        """Bytes that the database may take, as a person wishes; 0 for any."""
        return self._quota

    @quota.setter
    def quota(self, quota: int) -> None:
        if quota != self._quota:
            self._quota = quota
            self._adapters.store.set_state(_STATE, {"quota": quota})
            self.changed.emit()

    @property
    def bytes(self) -> int:
        """What all studies take."""
        return sum(study.bytes for study in self.studies)

    @property
    def excess(self) -> int:
        """How much more that is than the quota."""
        return max(0, self.bytes - self._quota) if self._quota else 0

    def count(self) -> None:
        """See what the database takes, without keeping anybody waiting."""
        if self.removing:
            return
        self._begin()
        self._forget()
        self.studies = []
        self._set(RUNNING)
        found: List[StudyFiles] = []

        def done() -> None:
            self.studies = sorted(found, key=lambda study: study.changed)
            self._set(DONE)

        self._in_turns(self._counting(found), done)

    def _counting(self, found: List[StudyFiles]) -> Iterator[None]:
        open_database(self._adapters.database)
        for study in self._adapters.database.studies():
            if study is not None:
                found.append(study)
            yield

    def _forget(self) -> None:
        self.offered, self.kept_back, self.asked = [], [], 0
        self.freed = self.removed = 0

    # What may go ----------------------------------------------------------------------------

    def ask(self, profile: ServerProfile, login: Optional[Login]) -> None:
        """Ask the server about every file of each study, the oldest first."""
        self._begin()
        self._forget()
        self._server = server_parameters(profile, login)
        self._set(ASKING)
        self._ask_next()

    def _ask_next(self) -> None:
        if self.asked == len(self.studies):
            self._set(DONE)
            return
        study = self.studies[self.asked]
        if self._adapters.database.is_loaded(study.study_instance_uid):
            self._keep_back(study, _("It is loaded."))
            return
        params = {**self._server, "files": list(study.files)}
        self._ask("room.check", params, lambda rows: self._onRows(study, rows))

    def _onRows(self, study: StudyFiles, rows: Sequence[Mapping[str, Any]]) -> None:
        self._names[study.study_instance_uid] = str(rows[0]["study_orthanc_id"]) if rows else ""
        may_go = {row["path"] for row in rows if row["may_go"] is True}
        if set(study.files) <= may_go:
            self.offered.append(study)
            self._go_on()
            return
        reasons = (row["reason"] for row in rows if row["may_go"] is not True)
        self._keep_back(study, next(reasons, _("The server did not tell of every file.")))

    def _keep_back(self, study: StudyFiles, reason: str) -> None:
        self.kept_back.append(f"{study.title}: {reason}")
        self._go_on()

    def _go_on(self) -> None:
        self.asked += 1
        self.changed.emit()
        self._adapters.call_later(0, self._latest.only(self._ask_next))

    def stop(self) -> None:
        """Ask no further; what was found until now stays offered."""
        if self.state == ASKING:
            self._begin()
            self._set(CANCELLED)

    # Removing -------------------------------------------------------------------------------

    def remove(self, uids: Collection[str]) -> None:
        """Remove some of the offered studies from this computer."""
        self.stop()
        chosen = [study for study in self.offered if study.study_instance_uid in uids]
        self.freed = self.removed = 0
        self.kept_back = []
        self.removing = True
        self.changed.emit()
        self._in_turns(self._removing(chosen), self._onRemoved)

    def _removing(self, chosen: Sequence[StudyFiles]) -> Iterator[None]:
        try:
            for study in chosen:
                try:
                    for size in self._adapters.database.remove_study(study):
                        self.freed += size
                        yield
                    self.removed += 1
                except InputError as error:
                    self.kept_back.append(f"{study.title}: {error.message}")
                self.offered.remove(study)
                yield
        finally:
            self._note(chosen)

    def _note(self, chosen: Sequence[StudyFiles]) -> None:
        """Have the removal noted in the audit log."""
        receipt = Receipt("remove", len(chosen), self.removed, bytes=self.freed)
        params = {
            "profile": self._server["profile"],
            "receipt": receipt.to_dict(),
            "study_orthanc_ids": [self._names.get(one.study_instance_uid, "") for one in chosen],
        }
        self._adapters.worker.request("audit.note", params, ignore, ignore)

    def _onRemoved(self) -> None:
        told = self.freed, self.removed, self.kept_back, self.offered
        self.removing = False
        self.count()
        self.freed, self.removed, self.kept_back, self.offered = told

    def _in_turns(self, steps: Iterator[None], done: Any) -> None:
        def failed(error: Exception) -> None:
            self.removing = False
            if not isinstance(error, OrthancConnectError):
                self._set(FAILED)
                raise error
            self._fail(error)

        self._adapters.in_turns(steps, self._latest.only(done), self._latest.only(failed))

    def close(self) -> None:
        """Ask and count no more."""
        self._begin()
        self._set(IDLE)
