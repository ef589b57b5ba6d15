"""Checks of a server profile's fields (`ServerProfile`), beside those of `shared.validation`."""

from __future__ import annotations

import re
from typing import Any, Callable
from urllib.parse import urlsplit

from .errors import InvalidProfileError
from .validation import host_and_port, plain_text, validate_rest_url

PASSWORD, TOKEN, OPENID = "password", "token", "openid"
#: How people log in.
AUTH_KINDS = (PASSWORD, TOKEN, OPENID)
#: What the provider is told who asks, and asked for, where a profile does not say.
_CLIENT_ID, _SCOPE = "orthancconnect", "openid"
#: OAuth 2.0 (RFC 6749, appendix A.1 and A.4); a scope has spaces too.
_CLIENT = re.compile(r"[\x20-\x7e]{1,255}")
_SCOPES = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+){0,31}")


def invalid_field(field_name: str, why: str) -> InvalidProfileError:
    """Return the error for a field that can't be used."""
    return InvalidProfileError(
        f"The profile's {field_name} {why}.", "Correct it in the server settings.", field=field_name
    )


def check_login(profile: Any, put: Callable[[str, object], None]) -> None:
    """Check how a profile logs people in.

    What that does not use is dropped by `put`, and what is left out of it is filled in.

    Raises
    ------
    InvalidProfileError
        A value that can't be used.
    """
    if profile.auth not in AUTH_KINDS:
        raise invalid_field("auth", "must be password, token or openid")
    user = profile.user
    if not isinstance(user, str) or plain_text(user, 1000) != user:
        raise invalid_field("user", "must be text without control characters")
    if ":" in user:
        raise invalid_field("user", "can't hold a colon (HTTP basic authentication, RFC 7617)")
    if profile.auth != PASSWORD:
        put("user", "")
    is_openid = profile.auth == OPENID
    put("login_hosts", _login_hosts(profile.login_hosts) if is_openid else "")
    put("issuer", _issuer(profile.issuer) if is_openid else "")
    put("client_id", (profile.client_id or _CLIENT_ID) if is_openid else "")
    put("scope", (profile.scope or _SCOPE) if is_openid else "")
    if is_openid and not _CLIENT.fullmatch(profile.client_id):
        raise invalid_field("client_id", "must be plain letters, digits and signs")
    if is_openid and not _SCOPES.fullmatch(profile.scope):
        raise invalid_field("scope", "must be words with a space between them")
    if is_openid and "openid" not in profile.scope.split(" "):
        raise invalid_field("scope", "must have openid in it")
    for name in ("client_certificate", "client_key", "dicom_certificate"):
        path = getattr(profile, name)
        if not isinstance(path, str) or plain_text(path, 4096) != path:
            raise invalid_field(name, "is no path that can be used")
    if profile.client_key and not profile.client_certificate:
        raise invalid_field("client_certificate", "is missing: there is a key for it")
    if profile.client_certificate and not profile.is_secure:
        raise invalid_field("client_certificate", "needs https://")


def _issuer(text: str) -> str:
    """Return an issuer as it is written, which is how it names itself, slash and all.

    OpenID Connect Discovery 1.0, section 2: https, without query and fragment. The host is ASCII.
    """
    try:
        address = validate_rest_url(text)
    except InvalidProfileError as error:
        raise invalid_field("issuer", "must be an address as https://login.example.org") from error
    if urlsplit(text.strip()).scheme != "https":
        raise invalid_field("issuer", "must begin with https://")
    typed = text.strip()
    return address + typed[len(typed.rstrip("/")) :]


def _login_hosts(text: str) -> str:
    try:
        found = [host_and_port(f"https://{word}") for word in text.split()]
    except InvalidProfileError as error:
        raise invalid_field("login_hosts", "must be host names with spaces between") from error
    if "/" in text:
        raise invalid_field("login_hosts", "must be host names, without an address's path")
    return " ".join(dict.fromkeys(found))


def check_the_rest(profile: Any, scheme: str) -> None:
    """Check a profile's encryption, timeouts and connections.

    Raises
    ------
    InvalidProfileError
        A value that can't be used.
    """
    for name in ("allow_insecure_http", "dicom_tls"):
        if not isinstance(getattr(profile, name), bool):
            raise invalid_field(name, "must be true or false")
    if scheme == "http" and not profile.allow_insecure_http:
        raise InvalidProfileError(
            "Plain http would send the password and the images in clear.",
            "Use https://, or allow insecure HTTP in this profile explicitly.",
            field="rest_url",
        )
    for name in ("connect_timeout", "read_timeout", "dimse_timeout"):
        seconds = getattr(profile, name)
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            raise invalid_field(name, "must be a number of seconds")
        if not 0.1 <= seconds <= 3600:
            raise invalid_field(name, "must be between 0.1 and 3600 seconds")
    count = profile.parallel_transfers
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 32:
        raise invalid_field("parallel_transfers", "must be a whole number from 1 to 32")
