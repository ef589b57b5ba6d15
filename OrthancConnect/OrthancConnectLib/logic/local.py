"""What Slicer's own DICOM database has, whether the server is there or not."""

from __future__ import annotations

from typing import Any, List, Sequence, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import ConfigurationError
from OrthancConnectCore.shared.validation import plain_identifier, plain_text

from ..protocols import Adapters, Database


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
        """Load series that are in Slicer's database and show them; return the names.

        Raises
        ------
        InputError
            Nothing came of one of them.
        """
        nodes: List[Any] = []
        for uid in series_uids:
            nodes += self._adapters.database.load_series(uid)
        self._adapters.scene.show(nodes)
        return ", ".join(str(node.GetName()) for node in nodes)


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
