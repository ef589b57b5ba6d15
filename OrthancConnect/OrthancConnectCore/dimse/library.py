"""pynetdicom, as far as we use it: asked for when it is missing, and kept silent."""

from __future__ import annotations

import logging
import threading

from ..shared.packages import optional

with optional(
    "DICOM queries and transfers outside Slicer need the Python package pynetdicom, which is not "
    "installed.",
    "Install it, or retrieve over HTTPS.",
    "pynetdicom",
    "dimse",
):
    import pynetdicom
    import pynetdicom.pdu
    from pynetdicom import _config  # its documented place for settings

__all__ = ["pynetdicom"]

# Its log would hold patient names, element by element; our errors say what went wrong.
_config.LOG_HANDLER_LEVEL = "none"
_config.LOG_REQUEST_IDENTIFIERS = _config.LOG_RESPONSE_IDENTIFIERS = False
_logger = logging.getLogger("pynetdicom")
_logger.addHandler(logging.NullHandler())
_logger.setLevel(logging.CRITICAL + 1)
_logger.propagate = False

# A C-MOVE may bring classes that are private, retired, or newer than pynetdicom.
_config.UNRESTRICTED_STORAGE_SERVICE = True

_report = threading.excepthook


def _report_others(stumbled: threading.ExceptHookArgs) -> None:
    """Report what ended a thread, unless it is one of pynetdicom's over a broken message."""
    if not type(stumbled.thread).__module__.startswith("pynetdicom."):
        _report(stumbled)


# A traceback would tell nobody anything: `Link` sees that the association is lost.
threading.excepthook = _report_others
