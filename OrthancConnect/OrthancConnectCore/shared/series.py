"""The light records of a series: found on the disk, or wanted from the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Optional, Tuple

#: What a column of a list may hold: the level and the keyword that a server is asked by, in words.
LIST_KINDS: Mapping[str, Tuple[str, str, str]] = {
    "patient-id": ("Study", "PatientID", "patient ID"),
    "accession": ("Study", "AccessionNumber", "accession number"),
    "study": ("Study", "StudyInstanceUID", "Study Instance UID"),
    "series": ("Series", "SeriesInstanceUID", "Series Instance UID"),
}


@dataclass
class SeriesRow:
    """A series, and how much of it there is; with empty UIDs, all instances that tell none.

    All but the numbers is of the first file: identifiers as they are, the rest as plain text;
    ``Pérez^Núria``, ``20260302``.
    """

    patient_id: str = ""
    patient_name: str = ""
    study_instance_uid: str = ""
    study_date: str = ""
    study_description: str = ""
    series_instance_uid: str = ""
    series_number: Optional[int] = None
    modality: str = ""
    series_description: str = ""
    #: Each instance once.
    instances: int = 0
    bytes: int = 0
    #: Further files with a SOP Instance UID that was met before, and the same bytes; with others.
    duplicates: int = 0
    conflicts: int = 0

    @property
    def key(self) -> Tuple[str, str, str]:
        """What tells it from the others."""
        return (self.patient_id, self.study_instance_uid, self.series_instance_uid)


@dataclass
class SeriesResult:
    """What a retrieve brought of one series, counted in instances.

    Attributes
    ----------
    expected, stored, already_stored, verified : int
        As of a `Receipt`.
    reason, hint : str
        Why the first of those that lack is not there; empty where none lacks.
    """

    expected: int = 0
    stored: int = 0
    already_stored: int = 0
    verified: int = 0
    reason: str = ""
    hint: str = ""

    @property
    def arrived(self) -> int:
        """How many are there now."""
        return self.stored + self.already_stored

    @property
    def complete(self) -> bool:
        """Whether all that the server has of it is there."""
        return self.arrived == self.expected > 0 and not self.reason


@dataclass(frozen=True)
class Selection:
    """What a person chose to retrieve, at any level."""

    #: (0010,0020), exactly as the server has them.
    patient_ids: Tuple[str, ...] = ()
    #: (0020,000D) and (0020,000E).
    study_instance_uids: Tuple[str, ...] = ()
    series_instance_uids: Tuple[str, ...] = ()


@dataclass(frozen=True)
class SeriesTarget:
    """One series to retrieve."""

    #: (0010,0020).
    patient_id: str
    #: (0020,000D) and (0020,000E).
    study_instance_uid: str
    series_instance_uid: str
    #: Orthanc's identifier of the series, which tells it from one of the same UIDs under another
    #: patient ID; empty where it is not known.
    orthanc_id: str = ""
    #: How many instances the server had of it; 0 where it is not known.
    instances: int = 0
