"""Orthanc's own web pages of what is on a server."""

from __future__ import annotations

import re
from typing import Sequence
from urllib.parse import urlsplit

_ORTHANC_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{8}){4}")
_PAGE = "/app/explorer.html#"


def server_page(rest_url: str, level: str, orthanc_ids: Sequence[str]) -> str:
    """Return the address of the page of one patient, study or series, or of all studies.

    Empty where there is none; there is never a user or password in it.
    """
    address = rest_url.rstrip("/")
    parts = urlsplit(address)
    usable = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    known = [one for one in orthanc_ids if _ORTHANC_ID.fullmatch(one)]
    if not usable or not known:
        return ""
    return address + _PAGE + (f"{level}?uuid={known[0]}" if len(known) == 1 else "find-studies")
