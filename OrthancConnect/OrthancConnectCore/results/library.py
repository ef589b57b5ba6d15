"""The optional package that writes DICOM of results."""

from __future__ import annotations

from typing import Any

from ..shared.errors import MissingDependencyError


def highdicom() -> Any:
    """Return the package highdicom with its parts `sr` and `pm`; it takes a second to load.

    Raises
    ------
    MissingDependencyError
        It is not installed.
    """
    try:
        import highdicom
        import highdicom.coding_schemes
        import highdicom.pm
        import highdicom.sr
    except ImportError as error:
        raise MissingDependencyError(
            "Sending results as DICOM needs the package highdicom.",
            "Install it.",
            package="highdicom",
            extra="results",
        ) from error
    return highdicom
