"""What Slicer's own DICOM database has, whether the server is there or not."""

from __future__ import annotations

from typing import Optional, Sequence, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import ConfigurationError, OrthancConnectError
from OrthancConnectCore.shared.validation import plain_identifier, plain_text

from ..protocols import Adapters, Database
from .load import REFERRING, load_series


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
