"""The doctor's checks of the HTTPS side: name, TCP, TLS, certificate, login, Orthanc."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Optional, Tuple

from ...network.addresses import local_address
from ...network.certificates import CertificateInfo
from ...network.tls import fetch_certificate, inspect_certificate, trust_source
from ...orthanc.elsewhere import orthanc_elsewhere
from ...orthanc.modalities import read_modalities
from ...shared import errors
from ...shared.check_lines import Outcome, by_https, failed, passed, warning
from ...shared.hosts import shown_host
from ...shared.profile import C_GET
from ...shared.profile_checks import PASSWORD
from ...shared.validation import plain_text
from ..examination import Examination
from ..reach import REFUSALS, ask_bare
from ..sockets import AssociationFault, accepts_connections, resolve, speaks_http

_SOON = timedelta(days=14)
_NGINX = (
    "Have the administrator put nginx in front of Orthanc for HTTPS, and leave SslEnabled false "
    "(see the documents, For administrators)."
)
_TYPE_ADDRESS = "Correct the address in the server settings"
#: Orthanc's C-GET came with 1.7.0.
_FIRST_WITH_C_GET = (1, 7, 0)


def check_name(ex: Examination) -> Outcome:
    """Look the server's name up."""
    return name_outcome(ex, ex.host)


def name_outcome(ex: Examination, host: str) -> Outcome:
    """Look a name up."""
    addresses = resolve(host, ex.profile.connect_timeout)
    if addresses is None:
        return failed(
            "name_timeout",
            f"The name service does not answer when asked for {shown_host(host)}.",
            "Check the network and the VPN.",
        )
    if not addresses:
        return failed(
            "host_not_found",
            f"The host {shown_host(host)} is not known.",
            "Check the spelling of the address, and that you are in the right network or VPN.",
        )
    return passed(", ".join(addresses[:4]))


def check_tcp(ex: Examination) -> Outcome:
    """Connect to the HTTPS port."""
    try:
        address = local_address(ex.host, ex.port, ex.profile.connect_timeout)
    except errors.OrthancConnectError as error:
        cause = error.facts.get("cause")
        if cause == "refused":
            return failed(
                "connection_refused",
                f"Nothing listens on {ex.where}.",
                f"{_TYPE_ADDRESS}, or have the administrator start the server.",
            )
        if cause == "timeout":
            return failed(
                "filtered",
                f"Nobody answers at {ex.where}: a firewall drops the connection, or the address "
                "is wrong.",
                "Ask the administrator to let this computer through, or check network and VPN.",
            )
        return failed("network", error.message, error.hint)
    return passed(f"port {ex.port}, from {address}")


def check_tls(ex: Examination) -> Outcome:
    """Shake hands; nothing is sent."""
    if ex.scheme == "http":
        return _plain_http(ex)
    try:
        fetch_certificate(ex.host, ex.port, ex.profile.connect_timeout)
    except errors.OrthancConnectError as error:
        return _tls_fault(ex, error)
    return passed()


def _plain_http(ex: Examination) -> Outcome:
    https = f"https://{ex.profile.rest_url.partition('://')[2]}"
    if speaks_tls(ex.host, ex.port, ex.profile.connect_timeout):
        cause = f"{ex.where} speaks HTTPS, and the address begins with http://."
        return failed("https_port_as_http", cause, f"Use {https}.", "use_https", rest_url=https)
    return warning(
        "plain_http",
        "Everything, the password included, crosses the network in clear.",
        "Have the administrator put HTTPS in front of Orthanc.",
    )


def speaks_tls(host: str, port: int, timeout: float) -> bool:
    """Return whether TLS is spoken there, with whatever certificate."""
    with suppress(errors.OrthancConnectError):
        fetch_certificate(host, port, timeout)
        return True
    return False


def _tls_fault(ex: Examination, error: errors.OrthancConnectError) -> Outcome:
    cause = error.facts.get("cause")
    if cause == "gone" or (cause in ("tls_closed", "network", "refused") and _is_gone(ex)):
        return _dies(ex)
    if cause in ("tls_closed", "network", "refused", "not_tls"):
        return _not_tls(ex, cause)
    if cause == "timeout":
        return failed(
            "tls_silent",
            f"{ex.where} accepts the connection and then says nothing.",
            "Check the port; if it is right, ask the administrator to look at the server.",
        )
    return failed(
        "tls_version",
        f"{ex.where} and this computer agree on no secure connection.",
        "Ask the administrator to allow TLS 1.2 or newer on the server.",
    )


def _is_gone(ex: Examination) -> bool:
    """Return whether nothing listens any more; a crash may take a moment."""
    for pause in (0.0, 0.1, 0.3):
        time.sleep(pause)
        if not accepts_connections(ex.host, ex.port, ex.profile.connect_timeout):
            return True
    return False


def _dies(ex: Examination) -> Outcome:
    return failed(
        "dies_at_tls",
        f"{ex.where} was there and is gone after the first HTTPS request: Debian's Orthanc "
        "crashes on it when SslEnabled is true.",
        _NGINX,
    )


def _not_tls(ex: Examination, cause: str) -> Outcome:
    is_http, is_orthanc = speaks_http(ex.host, ex.port, ex.profile.connect_timeout)
    if is_http:
        who = "Orthanc itself" if is_orthanc else "a server"
        return failed(
            "http_port_as_https",
            f"{ex.where} speaks plain HTTP, not HTTPS: it is {who} without TLS.",
            "Use the server's HTTPS port, or have the administrator put nginx in front of Orthanc.",
        )
    if _is_dicom(ex):
        return failed(
            "dicom_port_as_https",
            f"{ex.where} is a DICOM port, not the HTTPS port.",
            f"{_TYPE_ADDRESS}: Orthanc's HttpPort, usually 8042.",
        )
    if cause == "tls_closed":
        return failed(
            "tls_closed",
            f"{ex.where} closes every connection at the TLS handshake; Debian's Orthanc does so "
            "when SslEnabled is true, as it crashes and is started again.",
            _NGINX,
        )
    return failed(
        "not_https",
        f"What listens on {ex.where} speaks neither HTTPS nor HTTP.",
        f"{_TYPE_ADDRESS}: it is probably another service's port.",
    )


def _is_dicom(ex: Examination) -> bool:
    try:
        ask_bare(ex.profile.replace(dicom_host=ex.host, dicom_port=ex.port))
    except AssociationFault as fault:
        return fault.kind in (*REFUSALS, "called_ae_title", "busy")
    return True


def check_certificate(ex: Examination) -> Outcome:
    """Compare the certificate with the profile's trust policy."""
    try:
        info = inspect_certificate(ex.profile)
    except errors.ConfigurationError as error:
        return failed("ca_file", error.message, error.hint)
    except errors.TransportError as error:
        return _tls_fault(ex, error)
    if not info.trusted:
        return _untrusted(ex, info)
    expires = datetime.fromisoformat(info.not_after)
    if expires - datetime.now(timezone.utc) < _SOON:
        return warning(
            "certificate_expires",
            f"The certificate expires on {expires:%Y-%m-%d}.",
            "Ask the administrator to renew it in time.",
        )
    if info.weakness:
        return warning(
            "certificate_weak",
            info.weakness,
            "Ask the administrator for a new one: SHA-256, and RSA with 2048 bits or more.",
        )
    return passed(f"valid until {expires:%Y-%m-%d}; trusted by {trust_source(ex.profile)}")


def _untrusted(ex: Examination, info: CertificateInfo) -> Outcome:
    keys = ("fingerprint", "subject", "issuer", "not_before", "not_after")
    shown = {key: getattr(info, key) for key in keys}
    if info.problem_kind == "CertificateChangedError":
        pinned = ex.profile.trust.fingerprint
        return failed(
            "certificate_changed",
            f"The server shows another certificate than the trusted one; trusted: {pinned}; "
            f"shown: {info.fingerprint}.",
            "Nothing was sent: ask the administrator whether it was renewed, and only then trust "
            "the new one.",
            "replace_pin",
            pinned=pinned,
            **shown,
        )
    if info.problem_kind == "CertificateExpiredError":
        return failed(
            "certificate_expired",
            f"{info.problem} The server's own is valid from {info.not_before[:10]} to "
            f"{info.not_after[:10]}.",
            info.hint,
        )
    if info.problem_kind == "HostnameMismatchError":
        names = shown_host(", ".join(info.host_names[:5])) or info.subject
        return failed(
            "certificate_host",
            f"The certificate is for {names}, not for {shown_host(ex.host)}.",
            "Use the address that it names, or compare its fingerprint with the administrator's "
            "and trust exactly this certificate.",
            "pin",
            **shown,
        )
    return failed(
        "certificate_untrusted",
        f"{info.problem} Its SHA-256 fingerprint is {info.fingerprint}.",
        info.hint,
        "pin",
        **shown,
    )


def check_login(ex: Examination) -> Outcome:
    """Ask for ``/system`` with user and password."""
    try:
        ex.system = ex.client.system_record()
    except errors.OrthancConnectError as error:
        return _login_fault(ex, error)
    if ex.profile.auth != PASSWORD:
        return passed(f"at {ex.profile.shown_issuer}" if ex.profile.issuer else "by token")
    if not ex.profile.user:
        return passed("no user needed")
    return passed(f"as {ex.profile.user}")


def _login_fault(ex: Examination, error: errors.OrthancConnectError) -> Outcome:
    if isinstance(error, errors.AuthenticationError) and ex.profile.auth != PASSWORD:
        return failed("login", error.message, error.hint, "ask_password")
    is_certificate = error.facts.get("cause") == "client_certificate"
    if is_certificate or isinstance(error, errors.ConfigurationError):
        return failed("client_certificate", error.message, error.hint)
    if isinstance(error, errors.AuthenticationError):
        if ex.credentials is None:
            what = "The server asks for user and password, and none was given."
            return failed("login", what, "Type user and password.", "ask_password")
        return failed(
            "login",
            "The server does not accept this user and password (HTTP 401).",
            "Type them again; if they are right, ask the administrator whether "
            "RemoteAccessAllowed is true in orthanc.json.",
            "ask_password",
        )
    if isinstance(error, errors.PermissionDeniedError):
        return failed(
            "forbidden",
            "The server knows this user and lets it see nothing (HTTP 403).",
            "Ask the administrator to give this user, or this computer's address, the right to.",
        )
    if isinstance(error, errors.RedirectRefusedError):
        return failed("redirect", error.message, error.hint)
    if isinstance(error, errors.OrthancHttpError) and error.status_code in (429, 503):
        return failed(
            "not_let_through",
            f"The web server lets no request through to Orthanc (HTTP {error.status_code}): it is "
            "too busy, limits the number of requests, or is being serviced.",
            "Try again in a minute; if it stays so, ask the administrator.",
        )
    if isinstance(error, errors.OrthancHttpError) and error.status_code in (502, 504):
        return failed(
            "orthanc_down",
            f"The HTTPS front answers and Orthanc behind it does not (HTTP {error.status_code}).",
            "Ask the administrator to start Orthanc.",
        )
    if isinstance(error, errors.RequestTimeoutError):
        return failed(
            "http_silent",
            f"{ex.where} takes the request and does not answer.",
            "Try again; if it stays so, ask the administrator to look at the server.",
        )
    if error.facts.get("cause") in ("tls_closed", "closed", "refused", "network", "tls"):
        if _is_gone(ex):
            return _dies(ex)
        return failed(
            "http_closed",
            f"{ex.where} takes the request and closes the connection without an answer.",
            "Look at the server's log: Debian's Orthanc, for one, needs nginx in front of it for "
            "HTTPS.",
        )
    if isinstance(error, errors.NotFoundError) or error.facts.get("cause") == "not_orthanc":
        return passed("not asked for")
    return failed("http", error.message, error.hint)


def check_orthanc(ex: Examination) -> Outcome:
    """Look at the version and the plugins, and read what later checks need."""
    version = plain_text(ex.system.get("Version", ""), 40)
    if not version:
        elsewhere = orthanc_elsewhere(ex.profile, ex.credentials)
        if elsewhere is not None:
            return failed("not_orthanc", elsewhere.message, f"{_TYPE_ADDRESS}.")
        return failed(
            "not_orthanc",
            f"What answers at {ex.profile.shown_url} is not Orthanc.",
            f"{_TYPE_ADDRESS}: host, port and path.",
        )
    plugins = _plugins(ex)
    try:
        ex.modalities = read_modalities(ex.client)
    except (errors.OrthancHttpError, errors.ConnectionFailedError):
        ex.modalities = None  # the line "our AE title" says so
    number = version_number(version)
    if number and number < _FIRST_WITH_C_GET and ex.profile.retrieve_method == C_GET:
        return by_https(
            "no_c_get",
            f"Orthanc {version} does not know C-GET, which came with 1.7.0.",
            "Retrieve over HTTPS, or ask the administrator for a newer Orthanc.",
            say=warning,
        )
    name = plain_text(ex.system.get("Name", ""), 64)
    shown = f"Orthanc {version}" + (f", {name}" if name else "")
    return passed(f"{shown}; plugins: {plugins}")


def _plugins(ex: Examination) -> str:
    try:
        names = ex.client.get_json("/plugins", shape=[str])
    except errors.OrthancConnectError:
        return "not told"
    real = [plain_text(name, 40) for name in names if name != "explorer.js"]
    return ", ".join(real[:12]) or "none"


def version_number(version: str) -> Optional[Tuple[int, ...]]:
    """Return the three numbers of an Orthanc version; None for ``mainline``."""
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    return tuple(int(part) for part in found.groups()) if found else None
