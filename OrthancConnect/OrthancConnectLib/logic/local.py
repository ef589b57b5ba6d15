"""What Slicer's own DICOM database has, whether the server is there or not."""

from __future__ import annotations

from typing import Any, List, Sequence, Tuple

from ..protocols import Adapters
from .retrieve import one_of_two, other_owner


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
