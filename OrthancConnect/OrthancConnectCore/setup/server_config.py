"""What an Orthanc server for Slicer is to be, and the keys that this takes.

Keys and their meaning: Orthanc's own ``orthanc.json``; Orthanc Book, "Configuration of Orthanc".
"""

from __future__ import annotations

import csv
import secrets
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Mapping, Sequence, Tuple

from ..shared.errors import ConfigurationError
from ..shared.opening import link_template
from ..shared.validation import begun, plain_text, validate_ae_title, validate_host, validate_port
from .orthanc_json import shown

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
#: The files of Debian's folder that have keys of their own.
HOMES = {
    "RegisteredUsers": "credentials.json",
    "DicomWeb": "dicomweb.json",
    "PostgreSQL": "postgresql.json",
}
MOST_SERVERS = 8
#: What stays as it is found: where the images are, and what a server is used to.
KEPT = frozenset(
    (
        *("StorageDirectory", "IndexDirectory", "StorageCompression", "OverwriteInstances"),
        *("Plugins", "Gdcm", "OrthancExplorer2", "DicomTlsCertificate", "DicomTlsPrivateKey"),
        *("DicomTlsTrustedCertificates", "DicomTlsRemoteCertificateRequired"),
    )
)
#: What an administrator may have changed since it was set up: set once, and not again.
ONCE = KEPT | frozenset(
    (
        *("DefaultEncoding", "DicomCheckCalledAet", "LimitFindResults", "LimitFindInstances"),
        *("KeepAlive", "TcpNoDelay", "DicomWeb", "DicomModalitiesInDatabase"),
        *("DicomAlwaysAllowEcho", "DicomAlwaysAllowStore", "DicomAlwaysAllowFind"),
        *("DicomAlwaysAllowGet", "DicomAlwaysAllowMove"),
    )
)
# Without those that look alike: 0 O, 1 l I.
_LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS, _A_GROUP = 4, 5
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
        validate_host(self.host, "host")
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
    for cells in csv.reader(line for line in lines if line.strip() and line.lstrip()[0] != "#"):
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
    image: str = "orthancteam/orthanc:24.10.3"
    #: Folder of PostgreSQL's socket, where the index is in its database; empty for Orthanc's own.
    database: str = ""
    #: Orthancs on that database, behind one nginx.
    servers: int = 1

    def __post_init__(self) -> None:
        for host in self.hosts:
            validate_host(host, "host")
        validate_ae_title(self.ae_title, "ae_title")
        ports = self.ports
        for port in ports:
            validate_port(port, "port")
        for user in self.users:
            if not user or ":" in user or plain_text(user, 100) != user:
                raise ConfigurationError(
                    f"The user name {begun(user)} can't be used.",
                    "Use visible characters, without a colon (RFC 7617).",
                )
        self._check_what_goes_together(ports)

    def _check_what_goes_together(self, ports: List[int]) -> None:
        if not self.hosts:
            raise ConfigurationError(
                "No host is named.", "Add --host NAME: as other computers reach this server."
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


def sections(
    wanted: Wanted, users: Mapping[str, str], certificate: str, dicom: Sequence[str] = ()
) -> List[Tuple[str, Dict[str, Any]]]:
    """Return the keys of the configuration, each group with what there is to say of it.

    `certificate` is the path of the PEM file with key and certificate, where Orthanc reads it;
    `dicom` those of certificate and key for DICOM.
    """
    http_port, dicom_port = wanted.inner_ports()
    web: Dict[str, Any] = {"HttpServerEnabled": True, "HttpPort": http_port}
    web["SslEnabled"] = not wanted.behind
    if not wanted.behind:
        web.update(SslCertificate=certificate, SslMinimumProtocolVersion=4)
    stations = {one.name: one.entry for one in wanted.stations}
    found: List[Tuple[str, Dict[str, Any]]] = [
        (_NAME, {"Name": wanted.name, "DicomAet": wanted.ae_title, "DicomPort": dicom_port}),
        (_ENCODING, {"DefaultEncoding": "Utf8"}),
        (_BEHIND_NGINX if wanted.behind else _BY_ITSELF, web),
        (_LOOPBACK if wanted.behind else _OPEN, {"RemoteAccessAllowed": not wanted.behind}),
        (_USERS, {"AuthenticationEnabled": True, "RegisteredUsers": dict(users)}),
        (_STATIONS, {"DicomModalities": stations}),
        (_IN_DATABASE, {"DicomModalitiesInDatabase": wanted.in_database}),
        (_DICOM_TLS, _dicom_tls(*dicom) if wanted.dicom_tls else {}),
        (_CALLED, {"DicomCheckCalledAet": False}),
        (
            _KNOWN_ONLY if wanted.known_only else _KNOWN,
            {
                **dict.fromkeys(
                    ("DicomAlwaysAllowEcho", "DicomAlwaysAllowStore"), not wanted.known_only
                ),
                **dict.fromkeys(
                    [f"DicomAlwaysAllow{one}" for one in ("Find", "Get", "Move")], False
                ),
            },
        ),
        (_LIMITS, {"LimitFindResults": 0, "LimitFindInstances": 0}),
        ("", {"KeepAlive": True, "TcpNoDelay": True}),
        *_of_plugins(wanted),
        *_of_database(wanted),
        (_STORAGE, _storage(wanted)),
    ]
    return found


def _dicom_tls(certificate: str, key: str) -> Dict[str, Any]:
    return {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": certificate,
        "DicomTlsPrivateKey": key,
        "DicomTlsTrustedCertificates": certificate,
        "DicomTlsRemoteCertificateRequired": False,
    }


def _of_plugins(wanted: Wanted) -> List[Tuple[str, Dict[str, Any]]]:
    found: List[Tuple[str, Dict[str, Any]]] = []
    if wanted.layout == DEBIAN:
        found.append((_DEBIANS_PLUGINS, {"Plugins": ["/usr/share/orthanc/plugins/"]}))
    elif wanted.plugin_folder:
        found.append(("Plugins: a folder, or the files.", {"Plugins": [wanted.plugin_folder]}))
    if "dicomweb" in wanted.plugins:
        found.append((_DICOMWEB, {"DicomWeb": {"Enable": True, "Ssl": True}}))
    if "explorer2" in wanted.plugins:
        buttons = {level: [_slicer_button(wanted, level)] for level in ("study", "series")}
        options = {"CustomButtons": buttons}
        explorer = {"Enable": True, "IsDefaultOrthancUI": True, "UiOptions": options}
        found.append((_EXPLORER, {"OrthancExplorer2": explorer}))
    if "gdcm" in wanted.plugins:
        found.append(("GDCM decodes JPEG 2000 and more.", {"Gdcm": {"Enable": True}}))
    return found


def _slicer_button(wanted: Wanted, level: str) -> Dict[str, str]:
    """Return the button of Explorer 2 (since 1.8.0) that opens a study or series in Slicer."""
    return {
        "HttpMethod": "GET",
        "Id": f"slicer-{level}",
        "Tooltip": "Open in 3D Slicer",
        "Icon": "bi bi-box",
        "Target": "_self",
        "Url": link_template(wanted.rest_url, level, "{UUID}"),
    }


def _of_database(wanted: Wanted) -> List[Tuple[str, Dict[str, Any]]]:
    if not wanted.database:
        return []
    index = {"EnableIndex": True, "EnableStorage": False, "Lock": wanted.servers == 1}
    login = {"Host": wanted.database, "Port": 5432, "Username": "orthanc", "Password": ""}
    database = {**index, **login, "Database": "orthanc", "IndexConnectionsCount": 5}
    found: List[Tuple[str, Dict[str, Any]]] = [(_DATABASE, {"PostgreSQL": database})]
    if wanted.servers > 1:
        found.append((_IDENTIFIER, {"DatabaseServerIdentifier": "orthanc-1"}))
    return found


def _storage(wanted: Wanted) -> Dict[str, Any]:
    usual = "/var/lib/orthanc/db-v6" if wanted.layout == DEBIAN else "OrthancStorage"
    folder = INSIDE_STORAGE if wanted.layout == COMPOSE else wanted.storage or usual
    found: Dict[str, Any] = {"StorageDirectory": folder, "IndexDirectory": folder}
    found.update(StorageCompression=False, OverwriteInstances=False)
    if wanted.most_storage:
        found["MaximumStorageSize"] = -(-wanted.most_storage // 10**6)
        found["MaximumStorageMode"] = "Reject"  # since Orthanc 1.11.3; older ones delete the oldest
    return found


def configuration_text(groups: Iterable[Tuple[str, Mapping[str, Any]]], head: str) -> str:
    """Return a new configuration file, with comments, which Orthanc allows."""
    paragraphs = []
    for comment, keys in groups:
        if keys:
            lines = [f"  // {line}".rstrip() for line in comment.split("\n") if comment]
            values = ",\n".join(f'  "{key}" : {shown(value, 1)}' for key, value in keys.items())
            paragraphs.append("\n".join([*lines, values]))
    comment = "".join(f"  // {line}\n" for line in head.split("\n"))
    return "{\n" + comment + "\n" + ",\n\n".join(paragraphs) + "\n}\n"


HEAD = """\
An Orthanc server for a group that works with 3D Slicer and OrthancConnect, as
"orthancconnect server-config" writes it. Orthanc allows comments in this file. In a folder of
files, as Debian's /etc/orthanc, a key may stand in one of them only."""
_NAME = """\
The name that people see, and the name of the server in the DICOM network (at most 16
characters). Profiles in OrthancConnect have it as called AE title."""
_ENCODING = "Names with accents need it: without it answers come in Latin-1."
_BEHIND_NGINX = """\
TLS stands in front of Orthanc, in nginx:

  Slicer --- https ---> nginx --- http on this machine ---> Orthanc

Do not set "SslEnabled" with the Orthanc packages of Debian 12 and 13: they crash on their first
HTTPS request. Official binaries and images can do TLS themselves."""
_BY_ITSELF = """\
Orthanc speaks TLS itself, as the official binaries and images can; those of Debian can't. The
PEM file holds key and certificate. 4 is TLS 1.2."""
_LOOPBACK = "Only this machine may speak to the plain port; everybody else comes through nginx."
_OPEN = "Other computers may connect; TLS and passwords guard the way."
_USERS = "Each person has a name and a password of their own."
_STATIONS = """\
Each Slicer that may query and retrieve, and each scanner that stores: AE title, address, port of
its DICOM listener and manufacturer. For a Slicer the AE title is the calling AE title of the
profile in OrthancConnect, the port its storage port, used by C-MOVE only."""
_IN_DATABASE = """\
If true, entries that people register outlive a restart, and those of this file are not used."""
_DICOM_TLS = """\
DICOM over TLS (since 1.9.0), and nothing else on that port. The trusted certificates are those of
computers that show one; if true, the last key lets in nobody without."""
_CALLED = "Any called AE title is answered, which forgives a wrong one; true makes Orthanc strict."
_KNOWN = "Query and retrieve are for the modalities above only; C-ECHO and C-STORE are open."
_KNOWN_ONLY = "All of DICOM is for the modalities above only."
_LIMITS = "No limit: a limit cuts the answer of a query short."
_DEBIANS_PLUGINS = "The plugins whose packages are installed."
_DICOMWEB = 'DICOMweb. "Ssl" says that addresses in its answers begin with https.'
_EXPLORER = "Orthanc Explorer 2, the newer page, with buttons that open things in 3D Slicer."
_DATABASE = """\
The index is in PostgreSQL, the images on the disk. The system's user orthanc logs in by the socket,
without a password. Several Orthancs may have the same database, which is not locked then."""
_IDENTIFIER = "Each Orthanc on one database has its own (since 1.11.1)."
_STORAGE = "Keep index and images on one disk; a limit, in MB, keeps that from running full."
