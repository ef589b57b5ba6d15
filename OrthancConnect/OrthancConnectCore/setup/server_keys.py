"""The keys of Orthanc's configuration that a server takes, with what there is to say of each.

Keys and their meaning: Orthanc's own ``orthanc.json``; Orthanc Book, "Configuration of Orthanc".
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Sequence, Tuple

from ..shared.opening import link_template
from .orthanc_json import shown
from .server_config import COMPOSE, DEBIAN, INSIDE_STORAGE, Wanted

#: The files of Debian's folder that have keys of their own.
HOMES = {
    "RegisteredUsers": "credentials.json",
    "DicomWeb": "dicomweb.json",
    "PostgreSQL": "postgresql.json",
}
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
        found["MaximumStorageSize"] = max(1, wanted.most_storage // 2**20)
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
