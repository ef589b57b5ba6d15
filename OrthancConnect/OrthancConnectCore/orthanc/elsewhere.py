"""Where else a server is: its Orthanc, and the pages on which its viewers show a study."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import List, Mapping, Optional, Tuple
from urllib.parse import quote, urlsplit

from ..shared.credentials import Credentials
from ..shared.errors import (
    ConnectionFailedError,
    InputError,
    OrthancConnectError,
    OrthancHttpError,
)
from ..shared.profile import ServerProfile
from ..shared.validation import plain_identifier
from .client import OrthancClient, tag
from .identifiers import is_orthanc_id
from .records import records_of, records_with, series_by_study

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
            f"Orthanc answers under {address}, not under {profile.shown_url}.",
            f"Use the address {address}.",
            cause="elsewhere",
            rest_url=address,
        )
    return None


@dataclass(frozen=True)
class Viewer:
    """A viewer that a server has.

    Attributes
    ----------
    name, title : str
        For programs, and for people.
    study_url : str
        Where it shows a study, with one of ``{study_instance_uid}``, ``{study_orthanc_id}`` and
        ``{series_orthanc_id}`` (of the study's series) in it, to be percent-encoded.
    list_url : str
        Where it lists all studies; empty where it does not.
    """

    name: str
    title: str
    study_url: str
    list_url: str = ""


#: Plugin → name, title, and the path to a study, as the Orthanc Book says of each plugin; and the
#: path to all of them.
_VIEWERS: Mapping[str, Tuple[str, ...]] = {
    "orthanc-explorer-2": (
        *("explorer2", "Orthanc Explorer 2"),
        "/ui/app/#/filtered-studies?StudyInstanceUID={study_instance_uid}&expand=study",
        "/ui/app/#/",
    ),
    "": (
        *("explorer", "Orthanc Explorer"),
        "/app/explorer.html#study?uuid={study_orthanc_id}",
        "/app/explorer.html#find-studies",
    ),
    "stone-webviewer": (
        *("stone", "Stone web viewer"),
        "/stone-webviewer/index.html?study={study_instance_uid}",
    ),
    "ohif": ("ohif", "OHIF", "/ohif/viewer?StudyInstanceUIDs={study_instance_uid}"),
    "web-viewer": (
        *("webviewer", "Orthanc web viewer"),
        "/web-viewer/app/viewer.html?series={series_orthanc_id}",
    ),
    "wsi": ("wsi", "Whole-slide viewer", "/wsi/app/viewer.html?series={series_orthanc_id}"),
}
#: From this version on, Orthanc Explorer 2 has no ``#/`` in its addresses.
_WITHOUT_HASH = (1, 13)


def viewers_of(client: OrthancClient) -> List[Viewer]:
    """Return the viewers of a server, the best first (``GET /plugins``).

    A user who may not ask for its plugins is told of Orthanc Explorer alone, which each has.
    """
    try:
        plugins = client.get_json("/plugins", shape=[str])
        client_version = _version(client, plugins)
    except OrthancHttpError as error:
        if error.facts.get("status_code") not in (403, 404):
            raise
        plugins, client_version = [], (0, 0)
    found = []
    for plugin, (name, title, *paths) in _VIEWERS.items():
        if plugin == "orthanc-explorer-2" and client_version >= _WITHOUT_HASH:
            paths = [path.replace("/#/", "/") for path in paths]
        if not plugin or plugin in plugins:
            found.append(Viewer(name, title, *(client.profile.rest_url + path for path in paths)))
    return found


def _version(client: OrthancClient, plugins: List[str]) -> Tuple[int, ...]:
    """Return the first two numbers of Orthanc Explorer 2's version; later ones for "mainline"."""
    if "orthanc-explorer-2" not in plugins:
        return (0, 0)
    told = client.get_json("/plugins/orthanc-explorer-2", shape={"Version": str})["Version"]
    match = re.match(r"(\d{1,6})\.(\d{1,6})", told, re.ASCII)
    return tuple(map(int, match.groups())) if match else _WITHOUT_HASH


def study_page(client: OrthancClient, viewer: Viewer, study: str) -> str:
    """Return the address at which a viewer shows a study.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side.
    viewer : Viewer
        As of `viewers_of`.
    study : str
        Orthanc's identifier of the study, or its Study Instance UID.

    Raises
    ------
    InputError
        The server has no such study, several of that UID, or none with series.
    """
    shown = plain_identifier(study)
    if is_orthanc_id(study):
        found = list(records_of(client, "Study", [study]))
    else:
        found = list(records_with(client, "Study", [study], "StudyInstanceUID"))
    if not found:
        hint = "Query first what the server has."
        raise InputError(f"The server has no study {shown}.", hint)
    if len(found) > 1:
        names = ", ".join(one["ID"] for one in found)
        raise InputError(
            f"The server has {len(found)} studies with the UID {shown}, of several patients.",
            f"Name one by Orthanc's identifier: {names}.",
        )
    values = {
        "study_orthanc_id": found[0]["ID"],
        "study_instance_uid": tag(found[0], "MainDicomTags", "StudyInstanceUID"),
    }
    if "{series_orthanc_id}" in viewer.study_url:
        series = [one for _study, its in series_by_study(client, found) for one in its]
        if not series:
            raise InputError(f"The study {shown} has no series.", "Choose another viewer.")
        values["series_orthanc_id"] = series[0]["ID"]
    address = viewer.study_url
    for name, value in values.items():
        address = address.replace(f"{{{name}}}", quote(value, safe=""))
    return address
