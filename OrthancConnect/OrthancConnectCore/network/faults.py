"""Which error an HTTP status is, and what the user does about it."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Any, Dict, Mapping, Optional, Tuple, Type

from ..shared.errors import (
    AuthenticationError,
    BadDicomFileError,
    ConflictError,
    NotFoundError,
    OrthancHttpError,
    PermissionDeniedError,
    RedirectRefusedError,
    ServerError,
)

#: Orthanc's ErrorCode_FullStorage; and ErrorCode_CannotWriteFile and _FileStorageCannotWrite, by
#: which it tells that the disk is full.
_FULL_STORAGE, _CAN_NOT_WRITE = 19, (14, 2002)
_HTTP_ERRORS: Dict[int, Tuple[Type[OrthancHttpError], str]] = {
    400: (BadDicomFileError, "Check that the file is a complete DICOM instance."),
    401: (
        AuthenticationError,
        "Check user and password; if they are right, ask the administrator whether "
        "RemoteAccessAllowed is true in orthanc.json.",
    ),
    403: (PermissionDeniedError, "Ask the administrator to give this user that right."),
    404: (NotFoundError, "Query again: it may have been deleted meanwhile."),
    409: (ConflictError, "Look at the server's state and try again."),
    413: (
        OrthancHttpError,
        "It is too large for the web server before Orthanc: ask the administrator to raise its "
        "limit (nginx: client_max_body_size).",
    ),
    429: (OrthancHttpError, "The server is busy: try again later."),
}


def http_fault(
    status: int,
    method: str,
    path: str,
    details: str = "",
    orthanc_status: Optional[int] = None,
    retry_after: Optional[float] = None,
) -> OrthancHttpError:
    """Return our error for an HTTP answer of status 300 or more.

    Parameters
    ----------
    status : int
        Of the answer.
    method, path : str
        Of the request.
    details : str
        Orthanc's own words, as plain text.
    orthanc_status : int, optional
        Orthanc's ErrorCode.
    retry_after : float, optional
        Seconds after which the server wants to be asked again.
    """
    facts: Dict[str, Any] = {
        "status_code": status,
        "method": method,
        "path": path,
        "orthanc_status": orthanc_status,
        "details": details,
    }
    if retry_after is not None:
        facts["retry_after"] = retry_after
    said = f" ({details})" if details else ""
    if 300 <= status < 400:
        return RedirectRefusedError(
            "The server redirects to another address, which is not followed: the password "
            "would go with it.",
            "Type the address that the server really has.",
            **facts,
        )
    if is_storage_full(facts):
        said = f", {details}" if details else ""
        what = "The server's storage is full"
        if orthanc_status in _CAN_NOT_WRITE:
            what = "The server can't write to its disk, which may be full"
        return ServerError(
            f"{what} (HTTP {status}{said}).",
            "Ask the administrator to make room, then try again.",
            **facts,
        )
    if status >= 500:
        return ServerError(
            f"The server failed on {method} {path}: HTTP {status}{said}.",
            "Look at the server's log, and try again.",
            **facts,
        )
    kind, hint = _HTTP_ERRORS.get(
        status, (OrthancHttpError, "Check that this address is an Orthanc server.")
    )
    if status == 401:
        message = "The server does not accept this user and password (HTTP 401)."
    elif status == 403:
        message = f"This user may not do that on the server (HTTP 403, {method} {path})."
    else:
        message = f"The server refused {method} {path}: HTTP {status}{said}."
    return kind(message, hint, **facts)


def is_storage_full(facts: Mapping[str, Any]) -> bool:
    """Return whether the facts of an `OrthancHttpError` say that the server has no room.

    Orthanc before 1.12 answers 500 then, later ones 507. What it says in ``Details`` may be
    "Cannot recycle more patients", or "Cannot write to file" where it is the disk that is full:
    only its ErrorCode is certain.
    """
    words = str(facts.get("details", "")).lower()
    return (
        facts.get("status_code") == 507
        or facts.get("orthanc_status") in (_FULL_STORAGE, *_CAN_NOT_WRITE)
        or (facts.get("status_code", 0) >= 500 and "storage" in words and "full" in words)
    )


def retry_after_seconds(value: Optional[str]) -> Optional[float]:
    """Return what a ``Retry-After`` header asks for, None where there is none that can be read.

    Notes
    -----
    RFC 9110, section 10.2.3: a number of seconds, or a date.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
