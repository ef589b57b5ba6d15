"""What Slicer's own DICOM database has, whether the server is there or not."""

from __future__ import annotations

import time
from typing import Any, Dict, Iterable, Mapping, NamedTuple, Optional, Sequence, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import ConfigurationError, OrthancConnectError
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.query import SeriesKey
from OrthancConnectCore.shared.series import SeriesTarget
from OrthancConnectCore.shared.validation import plain_identifier, plain_text

from ..protocols import Adapters, Database
from .load import REFERRING, load_series
from .login import Login, server_parameters
from .task import CANCELLED, DONE, IDLE, RUNNING, Task


class Local:
    """Counts and shows what is here."""

    def __init__(self, adapters: Adapters) -> None:
        self._adapters = adapters

    def instances(self, series_uid: str) -> int:
        """Return how many instances of a series are in Slicer's database."""
        if not self._adapters.database.is_open:
            return 0
        return len(self._adapters.database.present_instances(series_uid))

    def of_patient(self, patient_id: str, series_uid: str) -> Tuple[int, str]:
        """Return how many instances of a patient's series are in Slicer's DICOM database.

        Where that has another patient's with the same UIDs, none, and a sentence about it.
        """
        count = self.instances(series_uid)
        other = other_owner(self._adapters.database, patient_id, series_uid) if count else ""
        return (0, one_of_two(other)) if other else (count, "")

    def load(self, series_uids: Sequence[str]) -> str:
        """Load series that are in Slicer's database and show them; return names, and what of them.

        Those that others may refer to come first.

        Raises
        ------
        OrthancConnectError
            Nothing came of any of them.
        """
        database, nodes, notes = self._adapters.database, [], []
        failed: Optional[OrthancConnectError] = None
        in_order = sorted(
            series_uids, key=lambda uid: database.modality_of_series(uid) in REFERRING
        )
        for uid in in_order:
            title = database.title_of_series(uid)
            try:
                new, said = load_series(database, uid)
            except OrthancConnectError as error:
                failed = failed or error
                new, said = [], [f"{error.message} {error.hint}"]
            nodes += new
            notes += [f"{title}: {text}" for text in said]
        if failed is not None and not nodes:
            raise failed
        self._adapters.scene.show(nodes)
        names = ", ".join(str(node.GetName()) for node in nodes)
        return ". ".join([names, *(note.rstrip(".") for note in notes)])


class Compared(NamedTuple):
    """How many files were compared with the server's, and what was seen."""

    files: int = 0
    #: With other content; and those of which it can't be told, with the first one's reason.
    differ: int = 0
    unknown: int = 0
    reason: str = ""
    #: Time of day.
    at: str = ""


def together(found: Iterable[Compared]) -> Compared:
    """Return several in one."""
    files, differ, unknown, reasons, times = zip(Compared(), *found)
    reason = next(filter(None, reasons), "")
    return Compared(sum(files), sum(differ), sum(unknown), reason, max(times))


class Comparison(Task):
    """Looks whether what is here has the server's content: a series a time, when a person asks."""

    def __init__(self, adapters: Adapters) -> None:
        super().__init__(adapters)
        #: What was seen of each series.
        self.found: Dict[SeriesKey, Compared] = {}
        self.targets: Sequence[SeriesTarget] = ()
        self.done = 0

    def start(
        self, profile: ServerProfile, login: Optional[Login], targets: Sequence[SeriesTarget]
    ) -> None:
        """Ask the server about each file of some series."""
        self._begin()
        self._server = server_parameters(profile, login)
        self.targets, self.done = targets, 0
        self._set(RUNNING)
        self._only(self._next)()

    def _next(self) -> None:
        if self.done == len(self.targets):
            self._set(DONE)
            return
        open_database(self._adapters.database)
        uid = self.targets[self.done].series_instance_uid
        files = self._adapters.database.files_of_series(uid)
        self._ask("room.check", {**self._server, "files": files}, self._onRows)

    def _onRows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        unknown = [row["reason"] for row in rows if not (row["may_go"] or row["differs"])]
        differ = sum(row["differs"] is True for row in rows)
        reason = unknown[0] if unknown else ""
        told = Compared(len(rows), differ, len(unknown), reason, time.strftime("%H:%M"))
        self.found[key_of(self.targets[self.done])] = told
        self.done += 1
        self.changed.emit()
        self._adapters.call_later(0, self._only(self._next))

    @property
    def result(self) -> Compared:
        """What was seen of all that was asked for."""
        return together(self.found[key_of(one)] for one in self.targets[: self.done])

    def stop(self) -> None:
        """Ask no further."""
        if self.running:
            self._begin()
            self._set(CANCELLED)

    def forget(self) -> None:
        """Know nothing: another server is connected."""
        self._begin()
        self.found.clear()
        self.targets, self.done = (), 0
        self._set(IDLE)


def key_of(target: SeriesTarget) -> SeriesKey:
    """Return what tells a series from one of the same UID under another patient."""
    return target.patient_id, target.study_instance_uid, target.series_instance_uid


def open_database(database: Database) -> None:
    """Have Slicer's database open; ConfigurationError where it can't be."""
    if not database.open_if_needed():
        raise ConfigurationError(
            _("Slicer's DICOM database is not open."),
            _("Open the DICOM module once and let it create the database, then try again."),
        )


def other_owner(database: Database, patient_id: str, series_uid: str) -> str:
    """Return the patient ID that Slicer's database files a series under, where it is another one.

    Empty where it is not, or has no file of the series.
    """
    owner = database.patient_of_series(series_uid)
    if owner is None or owner.strip() == patient_id.strip() or "\\" in patient_id:
        return ""  # of an ID with a backslash CTK may keep a part
    return (owner or _("(none)")) if database.present_instances(series_uid) else ""


def one_of_two(other: str) -> str:
    """Return why Slicer's database can't take what another patient's has the UIDs of."""
    return _(
        "Slicer's DICOM database has these UIDs already, of the patient ID {other}. It can hold "
        "only one of the two."
    ).format(other=plain_text(plain_identifier(other), 64))
