"""pynetdicom, as far as we use it: asked for when it is missing, and kept silent."""

from __future__ import annotations

import logging

from ..shared.errors import MissingDependencyError

try:
    from pydicom.config import IGNORE
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset
    from pynetdicom import (
        AE,
        ALL_TRANSFER_SYNTAXES,
        PYNETDICOM_IMPLEMENTATION_UID,
        PYNETDICOM_IMPLEMENTATION_VERSION,
        StoragePresentationContexts,
        _config,  # its documented place for settings
        build_context,
        build_role,
        evt,
    )
    from pynetdicom.dsutils import decode
    from pynetdicom.pdu import A_ABORT_RQ, A_ASSOCIATE_AC, A_ASSOCIATE_RJ, P_DATA_TF
    from pynetdicom.transport import ThreadedAssociationServer
except ImportError as error:
    raise MissingDependencyError(
        "DICOM queries and transfers outside Slicer need the Python package pynetdicom, which is "
        "not installed.",
        'Install it with: pip install "orthancconnect[dimse]"; or retrieve over HTTPS.',
        package="pynetdicom",
    ) from error

__all__ = [
    "AE",
    "ALL_TRANSFER_SYNTAXES",
    "A_ABORT_RQ",
    "A_ASSOCIATE_AC",
    "A_ASSOCIATE_RJ",
    "DataElement",
    "Dataset",
    "IGNORE",
    "PYNETDICOM_IMPLEMENTATION_UID",
    "PYNETDICOM_IMPLEMENTATION_VERSION",
    "P_DATA_TF",
    "StoragePresentationContexts",
    "ThreadedAssociationServer",
    "build_context",
    "build_role",
    "decode",
    "evt",
]

# Its log would hold patient names, element by element; our errors say what went wrong.
_config.LOG_HANDLER_LEVEL = "none"
_config.LOG_REQUEST_IDENTIFIERS = _config.LOG_RESPONSE_IDENTIFIERS = False
_logger = logging.getLogger("pynetdicom")
_logger.addHandler(logging.NullHandler())
_logger.setLevel(logging.CRITICAL + 1)
_logger.propagate = False

# A C-MOVE may bring classes that are private, retired, or newer than pynetdicom.
_config.UNRESTRICTED_STORAGE_SERVICE = True
