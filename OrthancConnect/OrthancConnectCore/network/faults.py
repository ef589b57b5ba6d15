"""Which error a fault of the network, a certificate or an HTTP status is, and what to do then."""

from __future__ import annotations

import re
import socket
import ssl
import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Dict, Mapping, Optional, Tuple, Type

from ..shared.credentials import BearerToken, Credentials
from ..shared.errors import (
    AuthenticationError,
    BadDicomFileError,
    CertificateChangedError,
    CertificateExpiredError,
    ConflictError,
    ConnectionFailedError,
    HostnameMismatchError,
    NotFoundError,
    OrthancConnectError,
    OrthancHttpError,
    PermissionDeniedError,
    RedirectRefusedError,
    RequestTimeoutError,
    ServerError,
    TrustError,
    UntrustedCertificateError,
)
from ..shared.hosts import shown_host
from ..shared.profile import ServerProfile
from ..shared.validation import plain_text, split_rest_url
from ..trace_log import redact

# OpenSSL's X509_V_ERR_* codes that ssl.SSLCertVerificationError.verify_code holds.
_NOT_YET_VALID, _HAS_EXPIRED, _HOSTNAME_MISMATCH, _IP_MISMATCH = 9, 10, 62, 64
_ISSUER_MISSING = (2, 20, 21)
_TOO_WEAK = {
    66: "its key is too short",
    67: "the key of the authority behind it is too short",
    68: "it, or one of the authority behind it, is signed with MD5 or SHA-1, which can be forged",
}

#: Orthanc's ErrorCode_FullStorage; ErrorCode_CannotWriteFile and _FileStorageCannotWrite, and
#: _SQLiteExecute, _SQLiteFlush, _SQLiteCannotRun, _SQLiteCannotStep and _SQLiteTransactionCommit of
#: its index, by which it tells that the disk is full.
_FULL_STORAGE, _CAN_NOT_WRITE = 19, (14, 2002)
_INDEX_CAN_NOT_WRITE = (1004, 1008, 1009, 1010, 1014)
_HTTP_ERRORS: Dict[int, Tuple[Type[OrthancHttpError], str]] = {
    400: (
        OrthancHttpError,
        "Look at the server's log, and at that of the web server before it, if there is one.",
    ),
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
#: Seconds of a ``Retry-After`` that are believed, at most.
_LONGEST_RETRY_AFTER = 24 * 3600.0
#: TLS alone (RFC 8446, section 6.2) for want of a certificate of ours that is trusted there.
_WANTS_CERTIFICATE = ("CERTIFICATE_REQUIRED", "ALERT_BAD_CERTIFICATE", "ALERT_UNKNOWN_CA")
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER")
_CLOSED = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionResetError, ConnectionAbortedError)
#: Cause → what is said of it, and what to do.
_NO_CONNECTION = {
    "name": (
        "The host {host} is not known.",
        "Check the spelling of the address, and that you are in the right network or VPN.",
    ),
    "timeout": (
        "{where} did not answer in time.",
        "Check host and port, and ask whether a firewall lets this computer through.",
    ),
    "refused": ("Nothing listens on {where}.", "Check the port, and that the server is running."),
    "gone": (
        "{where} was there and is gone after the first HTTPS request.",
        "Debian's Orthanc crashes so when SslEnabled is true: put nginx in front of it for HTTPS "
        "(see the documents, For administrators).",
    ),
    "not_tls": (
        "{where} does not speak HTTPS: it seems to be a plain HTTP port.",
        "Use the server's HTTPS port, or have the administrator put HTTPS in front of it.",
    ),
    "client_certificate": (
        "The web server before Orthanc wants a client certificate, and the profile names none.",
        "Name yours and its key in the server settings; if you have none, ask the administrator.",
    ),
    "https_port": (
        "The web server before Orthanc speaks HTTPS at this address.",
        "Use https:// in the address.",
    ),
    "tls_closed": (
        "{where} closed the connection at the TLS handshake.",
        "Check that it is the port of HTTPS, not of DICOM. Debian's Orthanc with SslEnabled "
        "crashes there: put nginx in front of it for HTTPS (see the documents, For "
        "administrators).",
    ),
    "tls": (
        "{where} and this computer agree on no secure connection ({reason}).",
        "Ask the administrator to allow TLS 1.2 or newer on the server.",
    ),
    "network": (
        "{where} can't be reached: {reason}.",
        "Check address, network and VPN, and that the server is running.",
    ),
}
REFUSED_CERTIFICATE = (
    "The web server before Orthanc does not accept this client certificate.",
    "Ask the administrator whether it is known there, and whether it was revoked.",
)
#: What web servers before Orthanc write into the page of their own refusals, with which status.
_PAGES = (
    (
        re.compile(r"no required ssl certificate|ssl certificate error|client certificate", re.I),
        (400, 403, 495, 496),
        "client_certificate",
    ),
    (re.compile(r"plain http request was sent to https port", re.I), (400, 497), "https_port"),
)


def translate_connection_fault(
    error: BaseException, host: str, port: int, was_there: bool = False
) -> OrthancConnectError:
    """Return our error for a fault of resolving, connecting or shaking hands.

    `was_there` tells that TLS was spoken there a moment ago.
    """
    host = shown_host(host)
    where, cause = f"{host}:{port}", _cause_of(error)
    if was_there and cause in ("refused", "tls_closed"):
        cause = "gone"
    message, hint = _NO_CONNECTION[cause]
    reason = getattr(error, "reason" if cause == "tls" else "strerror", None) or error
    message = message.format(host=host, where=where, reason=plain_text(redact(str(reason)), 120))
    kind = RequestTimeoutError if cause == "timeout" else ConnectionFailedError
    return kind(message, hint, cause=cause)


def _cause_of(error: BaseException) -> str:
    if isinstance(error, socket.gaierror):
        return "name"
    if isinstance(error, (socket.timeout, TimeoutError)):
        return "timeout"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    is_tls = isinstance(error, ssl.SSLError)
    if is_tls and any(mark in str(error) for mark in _NOT_TLS):
        return "not_tls"
    if wants_certificate(error):
        return "client_certificate"
    if isinstance(error, _CLOSED):
        return "tls_closed"
    return "tls" if is_tls else "network"


def wants_certificate(error: BaseException) -> bool:
    """Return whether a server ended TLS for want of a client certificate."""
    marks = _WANTS_CERTIFICATE
    return isinstance(error, ssl.SSLError) and any(mark in str(error).upper() for mark in marks)


def page_fault(status: int, page: str) -> Optional[ConnectionFailedError]:
    """Return our error for a refusal that is not Orthanc's, None where its page tells nothing."""
    for mark, statuses, cause in _PAGES:
        if status in statuses and mark.search(page):
            return ConnectionFailedError(*_NO_CONNECTION[cause], cause=cause)
    return None


def refused_token(profile: ServerProfile, login: Optional[Credentials]) -> Tuple[str, str]:
    """Return what is said of HTTP 401 where no password logs in, and what to do."""
    if login is None:
        return "The server wants a login (HTTP 401), and nobody is logged in.", "Log in."
    if not isinstance(login, BearerToken):
        return (
            f"The server does not accept the login at {profile.shown_issuer} (HTTP 401).",
            "Ask the administrator whether it takes what that provider gives to "
            f"{profile.client_id}.",
        )
    hint = "Ask for a new one where you have it from, and log in with that."
    if login.end is not None and login.end < time.time():
        when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(login.end))
        return f"The token has expired (HTTP 401): it was good until {when} UTC.", hint
    return "The server does not accept this token (HTTP 401).", hint


def trust_fault(
    error: BaseException, profile: ServerProfile, shown: Mapping[str, Any]
) -> TrustError:
    """Return our error for a certificate that OpenSSL refused, or urllib3 for its host name.

    What it says of itself (`CertificateInfo.to_dict`) is `shown`: empty when the server showed none
    any more.
    """
    where = place(profile)
    kind: Type[TrustError] = UntrustedCertificateError
    whose, hint = f"The certificate of {where}", "Ask the administrator for a new one"
    code = getattr(error, "verify_code", _HOSTNAME_MISMATCH)
    if code in (_HAS_EXPIRED, _NOT_YET_VALID):
        now = datetime.now(timezone.utc).isoformat()
        if shown and shown["not_before"] <= now <= shown["not_after"]:
            whose = f"A certificate of the authority behind that of {where}"
        kind = CertificateExpiredError
        message = f"{whose} {'has expired' if code == _HAS_EXPIRED else 'is not valid yet'}."
        hint = f"{hint}, and check this computer's clock."
    elif code in (_HOSTNAME_MISMATCH, _IP_MISMATCH):
        names = shown_host(", ".join(shown.get("host_names", ())[:3]))
        kind = HostnameMismatchError
        message = f"{whose} is for another host{': ' if names else ''}{names}."
        hint = (
            "Use the address that the certificate names, or pin this certificate after comparing "
            "its fingerprint with the administrator's."
        )
    elif code in _TOO_WEAK:
        message = f"{whose} is refused: {_TOO_WEAK[code]}."
        hint = f"{hint}: SHA-256, and RSA with 2048 bits or more."
    elif code in _ISSUER_MISSING and shown:
        message = (
            f"{whose} is not trusted: its issuer, {shown['issuer']}, or one above it, is neither "
            "among the trusted authorities nor sent by the server."
        )
        hint = (
            "Ask the administrator for the right CA file, and whether the server sends its "
            "intermediate certificates; or compare its SHA-256 fingerprint with the "
            "administrator's and trust it."
        )
    else:
        reason = plain_text(getattr(error, "verify_message", ""), 80) or "unknown issuer"
        message = f"{whose} is not trusted ({reason})."
        hint = (
            "Compare its SHA-256 fingerprint with the administrator's and trust it, or choose the "
            "CA file of your institution."
        )
    facts = {"fingerprint": shown["fingerprint"]} if shown else {}
    return kind(message, hint, **facts)


def place(profile: ServerProfile) -> str:
    """Return ``host:port`` of the REST side."""
    return shown_host("{1}:{2}".format(*split_rest_url(profile.rest_url)))


def changed_fault(profile: ServerProfile, presented: str) -> CertificateChangedError:
    """Return the error for a certificate that is not the pinned one."""
    return CertificateChangedError(
        f"{place(profile)} shows another certificate than the trusted one. "
        f"Trusted: {profile.trust.fingerprint}. Shown: {presented}.",
        "Nothing was sent. Ask the administrator whether the certificate was renewed; only then "
        "trust the new one.",
        pinned=profile.trust.fingerprint,
        presented=presented,
    )


def http_fault(
    status: int,
    method: str,
    path: str,
    details: str = "",
    orthanc_status: Optional[int] = None,
    retry_after: Optional[float] = None,
    by_orthanc: bool = True,
) -> OrthancHttpError:
    """Return our error for an HTTP answer of status 300 or more.

    It may have Orthanc's own words, as plain text, its ErrorCode, and seconds after which it wants
    to be asked again; `by_orthanc` is false for a web page, which can't be Orthanc's.
    """
    details = redact(details)  # a server may repeat what it was sent
    facts: Dict[str, Any] = {"status_code": status, "method": method, "path": path}
    facts.update(orthanc_status=orthanc_status, details=details)
    if retry_after is not None:
        facts["retry_after"] = retry_after
    said = f" ({details})" if details else ""
    pause = f"; it asks to wait {retry_after:.0f} s" if retry_after else ""
    if 300 <= status < 400:
        return RedirectRefusedError(
            "The server redirects to another address, which is not followed: the login "
            "would go with it.",
            "Type the address that the server really has, or log in again if it leads to a login "
            "page.",
            **facts,
        )
    if is_storage_full(facts):
        what = "The server's storage is full"
        if orthanc_status in _CAN_NOT_WRITE:
            what = "The server can't write to its disk, which may be full"
        elif orthanc_status in _INDEX_CAN_NOT_WRITE:
            what = "The server can't write its index: the disk may be full"
        return ServerError(
            f"{what} (HTTP {status}{details and ', ' + details}).",
            "Ask the administrator to make room, then try again.",
            **facts,
        )
    if status in (502, 504) and orthanc_status is None:  # a gateway's (RFC 9110, 15.6)
        return ServerError(
            f"The web server before Orthanc has no answer of it to {method} {path}: HTTP {status}.",
            "Try again. If it stays so, ask the administrator whether Orthanc runs.",
            **facts,
        )
    if status >= 500:
        return ServerError(
            f"The server failed on {method} {path}: HTTP {status}{said}{pause}.",
            "Look at the server's log, and try again.",
            **facts,
        )
    kind, hint = _HTTP_ERRORS.get(
        status, (OrthancHttpError, "Check that this address is an Orthanc server.")
    )
    if status == 400 and by_orthanc and (method, path) == ("POST", "/instances"):
        kind, hint = BadDicomFileError, "Check that the file is a complete DICOM instance."
    if status == 404 and not by_orthanc:
        hint = "Check the address, its path above all: it is not Orthanc that says so."
    if status == 401:
        message = "The server does not accept this user and password (HTTP 401)."
    elif status == 403:
        message = f"This user may not do that on the server (HTTP 403, {method} {path})."
    else:
        message = f"The server refused {method} {path}: HTTP {status}{said}{pause}."
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
        or facts.get("orthanc_status") in (_FULL_STORAGE, *_CAN_NOT_WRITE, *_INDEX_CAN_NOT_WRITE)
        or (facts.get("status_code", 0) >= 500 and "storage" in words and "full" in words)
    )


def retry_after_seconds(value: Optional[str]) -> Optional[float]:
    """Return what ``Retry-After`` (RFC 9110, section 10.2.3) asks for, a day at most, or None."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:99]), _LONGEST_RETRY_AFTER)
    try:
        left = parsedate_to_datetime(text).timestamp() - time.time()
        return min(max(0.0, left), _LONGEST_RETRY_AFTER)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
