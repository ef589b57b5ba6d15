"""A link of a browser that wants something opened in Slicer: whoever made it, it is only a wish.

``slicer://orthancconnect/?server=https%3A%2F%2Fserver%3A8042&study=ID``: `ID` is Orthanc's
identifier or the UID, and ``series`` may stand for ``study``. Slicer's DICOM module takes another
host, ``viewer``, so it leaves these alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Tuple
from urllib.parse import parse_qsl, quote, urlsplit

from .errors import InputError, InvalidProfileError
from .hosts import shown_host
from .profile import ProfileSet, ServerProfile
from .validation import canonical_host, plain_text, split_rest_url, uid_fault

HOST = "orthancconnect"
#: How a link for us begins, in any case.
BEGINNING = f"slicer://{HOST}"
_VISIBLE = re.compile(r"[!-~]{1,1000}")
_ORTHANC_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{8}){4}")
_LEVELS = ("study", "series")


@dataclass(frozen=True)
class Link:
    """What is wished: a study or series, of a server at a host and port."""

    server: str
    level: str
    identifier: str

    @property
    def place(self) -> Tuple[str, int]:
        """Host and port of the server, in the one spelling that is compared."""
        return _place(self.server)


def _place(rest_url: str) -> Tuple[str, int]:
    _scheme, host, port = split_rest_url(rest_url)
    return canonical_host(host), port


def link_of(address: object) -> Link:
    """Read a link.

    Raises
    ------
    InputError
        It has another shape, or more in it than the one wish.
    """
    if not isinstance(address, str) or not _VISIBLE.fullmatch(address):
        raise _refused("it is empty, too long, or has signs that no link has")
    try:
        parts = urlsplit(address)
        pairs = parse_qsl(parts.query, True, True, errors="strict", max_num_fields=2)
    except ValueError as error:
        raise _refused("it is not well formed") from error
    is_ours = (parts.scheme.lower(), parts.netloc.lower()) == ("slicer", HOST)
    if not is_ours or parts.path not in ("", "/") or parts.fragment or "#" in address:
        raise _refused("it is for something else")
    values = dict(pairs)
    levels = [name for name in _LEVELS if name in values]
    if len(pairs) != 2 or len(levels) != 1 or "server" not in values:
        raise _refused("it does not name one server and one study or series")
    if not all(map(_VISIBLE.fullmatch, values.values())):
        raise _refused("it is empty, too long, or has signs that no link has")
    identifier = values[levels[0]]
    if uid_fault(identifier) and not _ORTHANC_ID.fullmatch(identifier):
        raise _refused("what it names is neither a UID nor an identifier of Orthanc")
    try:
        link = Link(values["server"], levels[0], identifier)
        _ = link.place
    except InvalidProfileError as error:
        raise _refused("its server has no address that can be used") from error
    return link


def _refused(why: str) -> InputError:
    return InputError(
        f"The browser's link can't be used: {why}; nothing was fetched.",
        "Open the study by the list below.",
    )


def profile_for(link: Link, known: ProfileSet, preferred: str = "") -> ServerProfile:
    """Return the profile of the server that a link names, the `preferred` one if it is that.

    What is fetched is fetched from the profile's address and as the profile trusts it: of the link,
    host and port are compared, and nothing is used.

    Raises
    ------
    InputError
        There is none.
    """
    found = [one for one in known.profiles if _place(one.rest_url) == link.place]
    if not found:
        host, port = link.place
        raise InputError(
            f"The browser's link is for {shown_host(plain_text(host, 100))}:{port}, which is none "
            "of your servers; nothing was fetched.",
            "If you know that server and trust it, connect to it first.",
        )
    return next((one for one in found if one.name == preferred), found[0])


def link_template(rest_url: str, level: str, identifier: str) -> str:
    """Return the link to a study or series; `identifier` may be what a page puts one in for."""
    return f"{BEGINNING}/?server={quote(rest_url, safe='')}&{level}={identifier}"
