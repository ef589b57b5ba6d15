"""pynetdicom, as far as we use it: asked for when it is missing, and kept silent."""

from __future__ import annotations

import logging

from .errors import MissingDependencyError

try:
    from pydicom.config import IGNORE
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset
    from pynetdicom import (
        AE,
        ALL_TRANSFER_SYNTAXES,
        PYNETDICOM_IMPLEMENTATION_UID,
        PYNETDICOM_IMPLEMENTATION_VERSION,
        AllStoragePresentationContexts,
        StoragePresentationContexts,
        _config,
        build_context,
        build_role,
        evt,
    )
    from pynetdicom.dimse import DIMSEServiceProvider
    from pynetdicom.dimse_messages import C_STORE_RQ
    from pynetdicom.dimse_primitives import C_STORE
    from pynetdicom.pdu import A_ABORT_RQ
    from pynetdicom.pdu_primitives import A_P_ABORT
    from pynetdicom.transport import AssociationSocket, ThreadedAssociationServer
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
    "A_P_ABORT",
    "AllStoragePresentationContexts",
    "AssociationSocket",
    "C_STORE",
    "C_STORE_RQ",
    "DIMSEServiceProvider",
    "DataElement",
    "Dataset",
    "IGNORE",
    "PYNETDICOM_IMPLEMENTATION_UID",
    "PYNETDICOM_IMPLEMENTATION_VERSION",
    "ThreadedAssociationServer",
    "StoragePresentationContexts",
    "build_context",
    "build_role",
    "evt",
]

# Its log would hold patient names, element by element; our errors say what went wrong.
_config.LOG_HANDLER_LEVEL = "none"
_config.LOG_REQUEST_IDENTIFIERS = _config.LOG_RESPONSE_IDENTIFIERS = False
_logger = logging.getLogger("pynetdicom")
_logger.addHandler(logging.NullHandler())
_logger.setLevel(logging.CRITICAL + 1)
_logger.propagate = False
