"""What the doctor asks of who speaks DICOM for it."""

from __future__ import annotations

from pathlib import Path
from typing import ContextManager, Optional, Protocol

from .instance import Sample


class DicomProbe(Protocol):
    """Who asks the server over DICOM: pynetdicom here, or ``ctk`` inside Slicer.

    Each method raises `DimseError` (or another `OrthancConnectError`) when the server does not do
    what was asked; the fact `refused` tells a refusal from a fault.
    """

    def find_one(self, sample: Optional[Sample]) -> int:
        """Query (C-FIND) for one instance; for one that does not exist without a sample.

        Returns
        -------
        int
            Number of matches.
        """

    def get_one(self, sample: Sample, folder: Path) -> Optional[Path]:
        """Retrieve (C-GET) one instance into a folder; return the file, None if nothing came."""

    def move_one(self, sample: Sample, destination: str) -> int:
        """Have one instance sent (C-MOVE) to an AE title; return how many were sent."""

    def listener(self, folder: Path) -> Optional[ContextManager[OwnListener]]:
        """Return a DICOM listener that puts what comes into a folder; None if there can be none.

        Entering it raises `ListenerError` when the port can't be had.
        """


class OwnListener(Protocol):
    """A listener that the doctor started for the time of the examination."""

    @property
    def connections(self) -> int:
        """How many came so far."""
