"""Where a server has its Orthanc, when it is not at the address that somebody typed."""

from __future__ import annotations

from typing import List, Optional
from urllib.parse import urlsplit

from ..shared.credentials import Credentials
from ..shared.errors import ConnectionFailedError, OrthancConnectError
from ..shared.profile import ServerProfile
from .client import OrthancClient

#: Where web servers put it (Orthanc Book, "Reverse proxy").
_USUAL = "/orthanc"
#: Paths of an address that are looked at, from its end on.
_MOST_PARENTS = 4


def orthanc_elsewhere(
    profile: ServerProfile, credentials: Optional[Credentials]
) -> Optional[ConnectionFailedError]:
    """Look for an Orthanc at other paths of the same host and port, with the same trust.

    The error names the right address, also as the fact `rest_url`; None where there is none.
    """
    parts = urlsplit(profile.rest_url)
    names = parts.path.strip("/").split("/")
    paths: List[str] = ["/".join(["", *names[:end]]) for end in range(len(names))][-_MOST_PARENTS:]
    for path in [*reversed(paths), _USUAL]:
        address = f"{parts.scheme}://{parts.netloc}{path}"
        if address == profile.rest_url:
            continue
        try:
            with OrthancClient(profile.replace(rest_url=address), credentials) as client:
                client.system()
        except OrthancConnectError:
            continue
        return ConnectionFailedError(
            f"Orthanc answers under {address}, not under {profile.rest_url}.",
            f"Use the address {address}.",
            cause="elsewhere",
            rest_url=address,
        )
    return None
