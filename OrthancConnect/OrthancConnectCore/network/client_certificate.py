"""The client certificate that a profile names: its files checked, its key opened, and shown.

It is loaded for connections that are sent requests, never to look at a server's certificate, and
the server gets it only after its own was checked (RFC 8446, section 4.4).
"""

from __future__ import annotations

import os
import ssl
import threading
from datetime import datetime, timezone
from typing import Dict

from ..shared.errors import ConfigurationError, PasswordNeededError, UntrustedCertificateError
from ..shared.profile import ServerProfile
from ..shared.validation import plain_text
from ..trace_log import hide
from .certificates import describe_certificate

#: The fact `what` of the `PasswordNeededError` that asks for a key's passphrase.
PASSPHRASE = "passphrase"
_passphrases: Dict[str, str] = {}
_lock = threading.Lock()
_LARGEST = 1024 * 1024
#: OpenSSL's word for a key that is another certificate's.
_MISMATCH = "KEY_VALUES_MISMATCH"
_END = "-----END CERTIFICATE-----"


def key_file(profile: ServerProfile) -> str:
    """Return the file with the key: where a profile names none, that of the certificate."""
    return profile.client_key or profile.client_certificate


def unlock(profile: ServerProfile, passphrase: str) -> None:
    """Keep the passphrase of a profile's key in this process.

    Raises
    ------
    ConfigurationError
        It does not open the key, or the certificate can't be used.
    """
    hide("", passphrase)
    path = key_file(profile)
    with _lock:
        before, _passphrases[path] = _passphrases.get(path), passphrase
    try:
        check(profile)
    except ConfigurationError:
        with _lock:
            _passphrases.pop(path)
            if before is not None:
                _passphrases[path] = before
        raise


def check(profile: ServerProfile) -> None:
    """Make sure that a profile's client certificate can be shown; see `show_certificate`."""
    show_certificate(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), profile)


def show_certificate(context: ssl.SSLContext, profile: ServerProfile) -> None:
    """Have a context show the profile's client certificate, if it names one.

    Raises
    ------
    PasswordNeededError
        The key's passphrase is not known: `unlock`.
    ConfigurationError
        A file can't be read, is not what it should be, may be read by others, or has expired.
    """
    certificate, key = profile.client_certificate, key_file(profile)
    if not certificate:
        return
    _refuse_open(key)

    given = False

    def passphrase() -> str:
        nonlocal given
        with _lock:
            if key in _passphrases:
                given = True
                return _passphrases[key]
        raise PasswordNeededError(
            f"The key of the client certificate, {plain_text(key, 300)}, has a passphrase.",
            "Type the passphrase.",
            what=PASSPHRASE,
        )

    try:
        context.load_cert_chain(certificate, key, passphrase)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        if given and getattr(error, "reason", None) != _MISMATCH:
            raise PasswordNeededError(
                f"The passphrase does not open the key {plain_text(key, 300)}.",
                "Type it again.",
                what=PASSPHRASE,
            ) from error
        raise _unusable(error, certificate, key) from error
    _refuse_expired(certificate)


def _refuse_open(key: str) -> None:
    try:
        mode = os.stat(key).st_mode
    except (OSError, ValueError) as error:
        raise _unusable(error, key, key) from error
    if os.name == "posix" and mode & 0o077:
        raise ConfigurationError(
            f"The key of the client certificate, {plain_text(key, 300)}, may be read by others.",
            "Make it yours alone, as by chmod 600, and consider whether somebody has it.",
        )


def _unusable(error: Exception, certificate: str, key: str) -> ConfigurationError:
    if getattr(error, "reason", None) == _MISMATCH:
        message = f"The key {plain_text(key, 300)} is not that of the client certificate."
    elif isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
        path = plain_text(error.filename or certificate, 300)
        message = f"The client certificate can't be read ({path}: {error.strerror})."
    else:
        message = "The client certificate can't be read as PEM."
    return ConfigurationError(message, "Name the right files in the server settings.")


def _refuse_expired(certificate: str) -> None:
    try:
        with open(certificate, encoding="ascii", errors="replace") as stream:
            text = stream.read(_LARGEST)
        own = text[text.index("-----BEGIN CERTIFICATE") : text.index(_END) + len(_END)]
        end = datetime.fromisoformat(describe_certificate(own).not_after)
    except (OSError, ValueError, UntrustedCertificateError) as error:
        raise _unusable(error, certificate, certificate) from error
    if end < datetime.now(timezone.utc):
        raise ConfigurationError(
            f"The client certificate expired on {end:%Y-%m-%d}.",
            "Ask the administrator for a new one.",
        )
