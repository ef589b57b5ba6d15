"""Checks of what people type and of what servers send. Every refusal names its field."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from typing import Any, Callable, Iterable, Tuple
from urllib.parse import urlsplit, urlunsplit

from .errors import InvalidProfileError
from .hosts import ascii_host

# DICOM PS3.5 table 6.2-1, VR AE: ISO 646 basic G0 set without backslash and control characters.
_AE_TITLE = re.compile(r"[\x20-\x5b\x5d-\x7e]{1,16}")
_FINGERPRINT = re.compile(r"[0-9A-F]{64}")
_HOST = re.compile(r"[A-Za-z0-9_.:%\-]{1,253}")
# RFC 3986 section 3.3: what a path may hold; everything else must be percent-encoded.
_PATH = re.compile(r"[A-Za-z0-9/._~%!$&'()*+,;=:@\-]*")
_PROFILE_NAME_LENGTH = 64
#: Orthanc's own default port, for an address without one.
DEFAULT_PORT = 8042
# What people copy from their browser with Orthanc's pages, beside the server's address.
_PAGES = re.compile(r"/(app(/.*)?|ui(/.*)?|index\.html|system/?|dicom-web(/.*)?)?$")
_AE_PREFIX = "SLICER-"
_UID = re.compile(r"[0-9]+(\.[0-9]+)*", re.ASCII)
_UID_LENGTH = 64
# What a spreadsheet takes for the begin of a formula: also in full width, and behind spaces.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
# Orthanc 1.12, ServerToolbox::IsValidLabel.
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,64}")
# Names that many computers have.
_COMMON_NAMES = ("", "LOCALHOST", "DEBIAN", "UBUNTU", "MACBOOK-PRO", "MACBOOK-AIR", "IMAC", "PC")


def _harmless(text: str, instead: Callable[[str], str]) -> str:
    """Replace what steers a terminal or a line of text: controls, signs of direction too."""
    if text.isprintable():  # letters, signs and the space are
        return text
    unsafe = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return "".join(instead(char) if unicodedata.category(char) in unsafe else char for char in text)


def _escape(char: str) -> str:
    return ascii(char)[1:-1]


def plain_text(text: object, limit: int = 500) -> str:
    """Make text from a server, a file or the system safe to show as one line of plain text.

    Control, format, surrogate and line-separating characters become spaces; what is longer than
    `limit` characters is cut.
    """
    cleaned = _harmless(str(text), lambda _char: " ").strip()
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1] + "…"


def plain_lines(text: str) -> str:
    """Make of several lines what `plain_text` makes of one; nothing is cut or stripped."""
    return "\n".join(_harmless(line, lambda _char: " ") for line in text.split("\n"))


def plain_identifier(identifier: str) -> str:
    """Return an identifier as it is shown, so that two that differ in a space look different.

    It stands in quotation marks, with escapes, where a space at an end or a sign that steers the
    text would be lost.
    """
    if identifier.isprintable() and identifier == identifier.strip() and identifier[:1] != '"':
        return identifier
    return f'"{_harmless(identifier, _escape)}"'


def begun(text: object) -> str:
    """Return how a typed value begins, to name it in an error: it may be a password gone astray."""
    shown = plain_text(text)
    return shown if len(shown) <= 4 else f"{shown[:3]}…"


def spreadsheet_cell(value: Any) -> Any:
    r"""Return a value for a cell of a table: the one way for text into a CSV file.

    What `plain_text` makes spaces of is written as an escape, ``\x1b``, so that nothing is lost
    of a name. Text that a spreadsheet would take for a formula is quoted.
    """
    if not isinstance(value, str):
        return value
    cell = _harmless(value, _escape)
    return f"'{cell}" if _FORMULA.match(cell) else cell


def uid_fault(text: object) -> str:
    """Say what is wrong with a UID, or nothing: the one vocabulary for it, in reports and errors.

    It is the end of a sentence that begins with the UID's name: ``is missing``, or ``is not well
    formed`` with the reason; empty for a sound UID, which is also safe as a file name.

    DICOM PS3.5 section 9.1: up to 64 digits and dots, no empty component. Components with leading
    zeros are not allowed there, but common and harmless, and taken.
    """
    if not isinstance(text, str) or not text.strip("\0 "):
        return "is missing"
    if _UID.fullmatch(text):
        if len(text) <= _UID_LENGTH:
            return ""
        why = f"it is longer than {_UID_LENGTH} characters"
    elif any(char.isalpha() for char in text):
        why = "it has letters"
    elif re.fullmatch(r"[0-9.]*", text):
        why = "it has an empty component"
    else:
        why = "it has other signs than digits and dots"
    return f"is not well formed ({why})"


def can_be_asked_for(uid: str) -> bool:
    r"""Tell whether a server can be asked for just this UID, sound or not, in a query.

    ``*`` and ``?`` would find others too, ``\`` parts two values (DICOM PS3.4 C.2.2.2), and UIDs
    are ASCII.
    """
    return bool(uid) and uid.isascii() and uid.isprintable() and not set(uid) & set("*?\\ ")


def is_label(text: object) -> bool:
    """Tell whether Orthanc takes a text for a label (since 1.12)."""
    return isinstance(text, str) and bool(_LABEL.fullmatch(text))


def _useless(what: str, value: object, field: str, hint: str) -> InvalidProfileError:
    message = f"The {what} '{begun(value)}' ({field}) can't be used."
    return InvalidProfileError(message, hint, field=field)


def validate_ae_title(text: str, field: str) -> str:
    """Return an AE title without its insignificant spaces.

    DICOM PS3.5 section 6.2, value representation AE: leading and trailing spaces are not
    significant, and a value of spaces alone is not allowed.

    Raises
    ------
    InvalidProfileError
        Not 1 to 16 characters of the DICOM AE repertoire.
    """
    title = text.strip(" ") if isinstance(text, str) else ""
    if not _AE_TITLE.fullmatch(title):
        hint = "Use 1 to 16 plain letters, digits, spaces or signs, without accents or backslash."
        raise _useless("AE title", text, field, hint)
    return title


def validate_port(value: object, field: str) -> int:
    """Return a TCP port number between 1 and 65535.

    Raises
    ------
    InvalidProfileError
        Anything else, also a text or a boolean.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535:
        return value
    raise _useless("port", value, field, "Use a number from 1 to 65535.")


def validate_host(text: str, field: str) -> str:
    """Return a host name, in ASCII (`ascii_host`), or IP address without surrounding spaces.

    Raises
    ------
    InvalidProfileError
        Empty, or with characters that no host name has.
    """
    host = ""
    with suppress(ValueError):
        host = ascii_host(text.strip()) if isinstance(text, str) else ""
    if not _HOST.fullmatch(host):
        hint = "Use a host name or an IP address, without https:// and without a port."
        raise _useless("host", text, field, hint)
    return host


def validate_profile_name(text: str) -> str:
    """Return a profile's name: 1 to 64 visible characters.

    Raises
    ------
    InvalidProfileError
        Empty, too long or with control characters.
    """
    name = text.strip() if isinstance(text, str) else ""
    if not name or len(name) > _PROFILE_NAME_LENGTH or plain_text(name, 1000) != name:
        raise InvalidProfileError(
            f"The profile name '{begun(text)}' can't be used.",
            f"Use 1 to {_PROFILE_NAME_LENGTH} visible characters.",
            field="name",
        )
    return name


def split_rest_url(text: str) -> Tuple[str, str, int]:
    """Return scheme, host and port of Orthanc's REST address.

    Raises
    ------
    InvalidProfileError
        As `validate_rest_url`.
    """
    parts = urlsplit(validate_rest_url(text))
    return (
        parts.scheme,
        parts.hostname or "",
        parts.port or (443 if parts.scheme == "https" else 80),
    )


def host_and_port(url: str) -> str:
    """Return ``host``, or ``host:port`` where the port is not 443, of an address with https://.

    Raises
    ------
    InvalidProfileError
        As `validate_rest_url`, and for any other scheme.
    """
    scheme, host, port = split_rest_url(url)
    if scheme != "https":
        raise _useless("address", url, "rest_url", "It has to begin with https://.")
    shown = f"[{host}]" if ":" in host else host
    return shown if port == 443 else f"{shown}:{port}"


def canonical_host(host: str) -> str:
    """Return the one spelling of all that name the same host; to compare, not to connect.

    ``SERVER.``, ``127.1``, ``0x7f000001`` and ``::ffff:127.0.0.1`` are spelled as ``server`` and
    ``127.0.0.1``, and letters that are not ASCII as xn--…. Another name of the same computer stays
    another.
    """
    import ipaddress  # rarely needed, and `validation` is loaded by all
    import socket

    name = host.strip("[] ").rstrip(".")
    with suppress(ValueError):
        name = ascii_host(name)
    name = name.lower()
    with suppress(OSError):
        return socket.inet_ntoa(socket.inet_aton(name))  # what the system takes for IPv4
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name
    return str(getattr(address, "ipv4_mapped", None) or address)


def validate_rest_url(text: str) -> str:
    """Return the address of Orthanc's REST API, its host in ASCII, without a trailing slash.

    Raises
    ------
    InvalidProfileError
        Not an absolute http or https address, or one with a user, a password, a query or a
        fragment in it.
    """

    def refuse(why: str) -> InvalidProfileError:
        # The address itself is not repeated: a password may have been typed into it.
        return InvalidProfileError(
            f"The server's address can't be used: {why}.",
            "Type it as https://server:8042, and user and password in their own fields.",
            field="rest_url",
        )

    if not isinstance(text, str) or not text.strip():
        raise refuse("it is empty")
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        raise refuse("the port or the host is not well formed") from error
    if parts.scheme not in ("http", "https"):
        raise refuse("it does not begin with https://")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise refuse("it holds a user name or a password")
    host, netloc = parts.hostname or "", parts.netloc
    if not host.isascii():
        name, colon, rest = netloc.partition(":")
        try:
            host = ascii_host(name)
        except ValueError as error:
            raise refuse("no host can have that name") from error
        netloc = host + colon + rest
    if parts.query or parts.fragment or not (_HOST.fullmatch(host) and _PATH.fullmatch(parts.path)):
        raise refuse("it is not just a host, a port and a path")
    if port == 0:
        raise refuse("the port is 0")
    # Python up to 3.11 reads over what stands between the bracket and the colon; up to 3.9 it takes
    # other scripts' digits and a sign for a port.
    if not re.fullmatch(r"\[[^]]*\](:[0-9]+)?|[^:]*(:[0-9]*)?", netloc):
        raise refuse("the port or the host is not well formed")
    return urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))


def server_address(text: str) -> str:
    """Return the REST address that somebody means: ``server``, ``server:8042``, a copied page.

    Without a scheme it is HTTPS; without scheme and port, port 8042.

    Raises
    ------
    InvalidProfileError
        It can't be an address.
    """
    typed = text.strip() if isinstance(text, str) else ""
    if typed and "://" not in typed:
        host, slash, path = typed.partition("/")
        port = "" if re.search(r":\d+$", host) else f":{DEFAULT_PORT}"
        typed = f"https://{host}{port}{slash}{path}"
    typed = typed.partition("#")[0]
    scheme, separator, rest = typed.partition("://")
    host, slash, path = rest.partition("/")
    page = _PAGES.sub("", slash + path) if slash else ""
    return validate_rest_url(scheme.lower() + separator + host + page)


def propose_calling_ae_title(host_name: str, taken: Iterable[str] = ()) -> str:
    """Return an AE title for this computer that no other is likely to have.

    It is ``SLICER-`` and the short host name; for a long, common or `taken` name, a part of it and
    four digits of a hash of the name and this computer's network card.
    """
    short = unicodedata.normalize("NFKD", host_name.partition(".")[0].upper())
    short = re.sub(r"[^A-Z0-9-]+", "-", short.encode("ascii", "ignore").decode()).strip("-")
    used = {title.strip().upper() for title in taken}
    room = 16 - len(_AE_PREFIX)
    if len(short) <= room and short not in _COMMON_NAMES and _AE_PREFIX + short not in used:
        return _AE_PREFIX + short
    import hashlib  # rarely needed, and `validation` is loaded by all
    import uuid

    begin = short[: room - 5].rstrip("-")
    for attempt in range(100):
        secret = f"{host_name}|{uuid.getnode()}|{attempt or ''}".encode()
        mark = hashlib.sha256(secret).hexdigest()[:4].upper()
        title = _AE_PREFIX + (f"{begin}-{mark}" if begin else mark)
        if title not in used:
            break
    return title


def normalize_fingerprint(text: str, field: str = "fingerprint") -> str:
    """Return a SHA-256 fingerprint as 32 upper-case hexadecimal pairs joined by colons.

    Accepts the spellings of OpenSSL, browsers and `ssh`-like tools: with colons, spaces or
    neither, any case, with or without a ``SHA256`` prefix.

    Raises
    ------
    InvalidProfileError
        Not 64 hexadecimal digits.
    """
    digits = re.sub(r"^\s*sha-?256(\s+fingerprint)?\s*[=:]?", "", str(text), flags=re.IGNORECASE)
    digits = re.sub(r"[\s:]", "", digits).upper()
    if not _FINGERPRINT.fullmatch(digits):
        raise InvalidProfileError(
            "The certificate fingerprint can't be used: it is not 64 hexadecimal digits.",
            "Copy the whole SHA-256 fingerprint, as the administrator or the server gives it.",
            field=field,
        )
    return ":".join(digits[i : i + 2] for i in range(0, 64, 2))
