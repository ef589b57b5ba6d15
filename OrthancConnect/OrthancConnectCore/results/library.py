"""The optional package that writes DICOM of results."""

from __future__ import annotations

from typing import Any

from ..shared.packages import optional


def highdicom() -> Any:
    """Return the package highdicom with its parts `sr` and `pm`; it takes a second to load.

    Raises
    ------
    MissingDependencyError
        It is not installed.
    """
    needs = "Sending results as DICOM needs the package highdicom."
    with optional(needs, "Install it.", "highdicom", "results"):
        import highdicom
        import highdicom.coding_schemes
        import highdicom.pm
        import highdicom.sr
    return highdicom
