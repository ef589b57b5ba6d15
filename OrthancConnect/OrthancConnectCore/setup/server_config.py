"""What an Orthanc server for Slicer is to be: names, ports, people, stations, plugins."""

from __future__ import annotations

import csv
import re
import secrets
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Tuple

from ..shared.errors import ConfigurationError
from ..shared.validation import begun, plain_text, validate_ae_title, validate_host, validate_port

DEBIAN, SINGLE, COMPOSE = "debian", "single", "compose"
LAYOUTS = (DEBIAN, SINGLE, COMPOSE)
NGINX, ORTHANC = "nginx", "orthanc"
SLICER, SCANNER = "slicer", "scanner"

#: Plugin → Debian's package, the switch of the official images, and its key in the configuration.
PLUGINS: Dict[str, Tuple[str, str, str]] = {
    "dicomweb": ("orthanc-dicomweb", "DICOM_WEB_PLUGIN_ENABLED", "DicomWeb"),
    "webviewer": ("orthanc-webviewer", "STONE_WEB_VIEWER_PLUGIN_ENABLED", ""),
    "explorer2": ("", "ORTHANC_EXPLORER_2_ENABLED", "OrthancExplorer2"),
    "gdcm": ("orthanc-gdcm", "GDCM_PLUGIN_ENABLED", "Gdcm"),
    "wsi": ("orthanc-wsi", "WSI_PLUGIN_ENABLED", ""),
}
MOST_SERVERS = 8
# Without those that look alike: 0 O, 1 l I.
_LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS, _A_GROUP = 4, 5
_FOLDER = re.compile(r"([A-Za-z]:)?[/\\][^$:\x22\x27\x00-\x1f]*")
#: OCI's "reference", as far as people use it: registry, repository, tag, digest.
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@+-]{0,254}")
#: Ports of HTTPS and DICOM inside a container.
INSIDE = (8042, 4242)
INSIDE_STORAGE = "/var/lib/orthanc/db"


@dataclass(frozen=True)
class Station:
    """A Slicer that queries, retrieves and stores, or a scanner that stores alone.

    Raises
    ------
    InvalidProfileError, ConfigurationError
        A value that can't be used.
    """

    kind: str
    #: Of the entry in ``DicomModalities``.
    name: str
    ae_title: str
    host: str
    port: int
    manufacturer: str = "Generic"

    def __post_init__(self) -> None:
        if self.kind not in (SLICER, SCANNER):
            raise ConfigurationError(
                f"A station is a slicer or a scanner, not {begun(self.kind)}.", _STATION_HINT
            )
        for text in (self.name, self.manufacturer):
            if not text or plain_text(text, 64) != text:
                raise ConfigurationError(f"The name {begun(text)} can't be used.", _STATION_HINT)
        validate_ae_title(self.ae_title, "ae_title")
        object.__setattr__(self, "host", validate_host(self.host, "host"))
        validate_port(self.port, "port")

    @property
    def entry(self) -> Any:
        """Its entry in ``DicomModalities``: a list allows all, an object tells what."""
        if self.kind == SLICER:
            return [self.ae_title, self.host, self.port, self.manufacturer]
        return {
            "AET": self.ae_title,
            "Host": self.host,
            "Port": self.port,
            "Manufacturer": self.manufacturer,
            "AllowEcho": True,
            "AllowStore": True,
            **dict.fromkeys(("AllowFind", "AllowGet", "AllowMove"), False),
        }


_STATION_HINT = "Write NAME,AE-TITLE,HOST,PORT: mac1,SlicerMac1,192.168.1.25,11112."


def stations_from(lines: Iterable[str], kind: str = "") -> Tuple[Station, ...]:
    """Read ``NAME,AE-TITLE,HOST,PORT[,MANUFACTURER]``, one a line.

    Without a `kind` for all, each line begins with it: ``slicer,…`` or ``scanner,…``. Empty lines
    and those that begin with ``#`` are passed over.

    Raises
    ------
    ConfigurationError
        A line that is not well formed, or a name or AE title that stands there twice.
    """
    found: List[Station] = []
    try:
        rows = list(csv.reader(one for one in lines if one.strip() and one.lstrip()[0] != "#"))
    except csv.Error as error:
        raise ConfigurationError("The list of stations can't be read.", _STATION_HINT) from error
    for cells in rows:
        values = [*([kind] if kind else []), *(cell.strip() for cell in cells)]
        if not 5 <= len(values) <= 6 or not (values[4].isascii() and values[4].isdigit()):
            raise ConfigurationError(
                f"The line of the station {begun(values[1] if values[1:] else '')} can't be read.",
                _STATION_HINT,
            )
        named = dict(zip(("kind", "name", "ae_title", "host"), values))
        maker = {"manufacturer": values[5]} if values[5:] else {}
        found.append(Station(port=int(values[4][:9]), **named, **maker))
    return tuple(found)


@dataclass(frozen=True)
class Wanted:
    """A server as it is to be; complete.

    Raises
    ------
    InvalidProfileError, ConfigurationError
        A value that can't be used, or two that do not go together.
    """

    #: As people's computers reach it; the first is in their profile, all are in the certificate.
    hosts: Tuple[str, ...]
    #: What people see.
    name: str
    #: ``DicomAet``.
    ae_title: str
    layout: str = DEBIAN
    #: Who speaks TLS: ``nginx`` before Orthanc, or ``orthanc`` itself.
    tls: str = NGINX
    https_port: int = 8042
    #: Orthanc's own plain port on the loopback interface, behind nginx.
    http_port: int = 8043
    dicom_port: int = 4242
    #: New ones; who is registered already stays so.
    users: Tuple[str, ...] = ()
    stations: Tuple[Station, ...] = ()
    plugins: Tuple[str, ...] = ("dicomweb",)
    #: Folder of images and index; empty for the layout's usual one.
    storage: str = ""
    #: Bytes; 0 for no limit.
    most_storage: int = 0
    #: Whether DICOM is spoken over TLS alone.
    dicom_tls: bool = False
    #: Whether only stations of the list may store and echo.
    known_only: bool = False
    #: Whether entries that people make themselves outlive a restart.
    in_database: bool = False
    #: Of the official builds' plugins; empty where none is known.
    plugin_folder: str = ""
    #: For the layout ``compose``.
    image: str = "orthancteam/orthanc:26.8.1"
    #: Folder of PostgreSQL's socket, where the index is in its database; empty for Orthanc's own.
    database: str = ""
    #: Orthancs on that database, behind one nginx.
    servers: int = 1

    def __post_init__(self) -> None:
        hosts = tuple(validate_host(host, "host") for host in self.hosts)
        object.__setattr__(self, "hosts", hosts)
        validate_ae_title(self.ae_title, "ae_title")
        ports = self.ports
        for port in ports:
            validate_port(port, "port")
        for user in self.users:
            if not user or set(user) & {":", "$"} or plain_text(user, 100) != user:
                raise ConfigurationError(
                    f"The user name {begun(user)} can't be used.",
                    "Use visible characters, without a colon (RFC 7617) and without $.",
                )
        # Orthanc, its images and compose put the environment's variables for what begins with $.
        for text in (self.name, *(one.name for one in self.stations)):
            if "$" in text:
                raise ConfigurationError(
                    f"The name {begun(text)} can't be used.", "Leave out the $."
                )
        if self.storage and not _FOLDER.fullmatch(self.storage):
            raise ConfigurationError(
                f"The storage folder {begun(self.storage)} can't be used.",
                "Name it by its whole path, without $, colon and quotation marks.",
            )
        if not _IMAGE.fullmatch(self.image):
            raise ConfigurationError(
                f"The image {begun(self.image)} can't be used.",
                "Name it as orthancteam/orthanc:26.8.1.",
            )
        self._check_what_goes_together(ports)

    def _check_what_goes_together(self, ports: List[int]) -> None:
        if not self.hosts:
            raise ConfigurationError(
                "No host is named.", "Name this server as other computers reach it (--host)."
            )
        if self.layout == DEBIAN and self.tls != NGINX:
            raise ConfigurationError(
                "Debian's Orthanc ends at its first TLS handshake.",
                "Let nginx speak TLS (--tls nginx), or use an official build (--layout single).",
            )
        if self.layout == COMPOSE and self.behind:
            raise ConfigurationError(
                "The official images speak TLS themselves.", "Leave out --tls nginx."
            )
        if len(set(ports)) < len(ports):
            raise ConfigurationError(
                "Two services have the same port.", "Give HTTPS, HTTP and DICOM each its own."
            )
        missing = [one for one in self.plugins if self.layout == DEBIAN and not PLUGINS[one][0]]
        if missing:
            raise ConfigurationError(
                f"Debian has no package of {', '.join(missing)}.",
                "Leave it out, or use the official builds or images (--layout).",
            )
        if self.servers > 1 and not self.database or self.database and self.layout != DEBIAN:
            raise ConfigurationError(
                "Several Orthancs need a database in common, in Debian's layout.",
                "Add --postgresql /run/postgresql, and leave out --layout.",
            )
        if self.in_database and self.stations:
            raise ConfigurationError(
                "With DicomModalitiesInDatabase Orthanc uses no entry of the file.",
                "Leave out either --in-database or the stations.",
            )
        for kind in ("name", "ae_title"):
            values = [getattr(station, kind).upper() for station in self.stations]
            if len(set(values)) < len(values):
                raise ConfigurationError(
                    f"Two stations have the same {'AE title' if kind == 'ae_title' else kind}.",
                    "Give each its own: Orthanc tells them apart by it.",
                )

    @property
    def rest_url(self) -> str:
        """The address that is in people's profile."""
        host = f"[{self.hosts[0]}]" if ":" in self.hosts[0] else self.hosts[0]
        return f"https://{host}:{self.https_port}"

    @property
    def behind(self) -> bool:
        """Whether nginx stands before Orthanc."""
        return self.tls == NGINX

    def inner_ports(self, number: int = 0) -> Tuple[int, int]:
        """Return the ports of HTTP and DICOM of an Orthanc, as its configuration has them.

        Where there are several, nginx has `dicom_port`, and they the next ones.
        """
        if self.layout == COMPOSE:
            return INSIDE
        dicom = self.dicom_port + (0 if self.servers == 1 else 1 + number)
        return (self.http_port + number if self.behind else self.https_port), dicom

    @property
    def ports(self) -> List[int]:
        """All ports of the computer that are listened on."""
        found = [self.https_port, self.dicom_port]
        for number in range(self.servers):
            http, dicom = self.inner_ports(number)
            found += [http] if self.behind else []
            found += [dicom] if self.servers > 1 else []
        return found


def new_password() -> str:
    """Make a password of 20 letters and digits in groups: 116 bits, made by the system."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_A_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)
