"""What a login tells of a running server: its requests are those that anybody with it may send."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from ...network.certificates import CertificateInfo
from ...network.tls import inspect_certificate, takes_old_tls
from ...orthanc.client import OrthancClient
from ...orthanc.modalities import read_modalities
from ...shared.check_lines import CheckLine, Outcome, failed, passed, skipped, warning
from ...shared.credentials import Credentials
from ...shared.errors import AuthenticationError, OrthancHttpError
from ...shared.profile import ServerProfile
from ...shared.validation import plain_text
from .access import certificate
from .configuration import Configuration
from .dicom import entries, own_name, peers
from .run import Check, ServerReport, lines_of
from .spelling import encoding, settings
from .storage import deletes


@dataclass
class _Running:
    """A server with an open connection to it, and what it told."""

    client: OrthancClient
    #: All of ``GET /system``.
    system: Mapping[str, Any]

    @property
    def profile(self) -> ServerProfile:
        return self.client.profile

    def told(self, **values: Any) -> Configuration:
        """Return a configuration with the keys of which the server told the values."""
        return Configuration(Path(), values)


def check_server(profile: ServerProfile, credentials: Optional[Credentials]) -> ServerReport:
    """Look at a running server with a login; nothing is changed there.

    Orthanc's REST API tells a part of its configuration only: `check_configuration` sees all of it.
    The user orthanc with the password orthanc is tried, and a request without login.

    Raises
    ------
    OrthancConnectError
        It can't be reached, is not trusted, or refuses the login.
    """
    with OrthancClient(profile, credentials) as client:
        server = _Running(client, client.system_record())
        lines = [line for check in _CHECKS for line in _lines(check, server)]
    return ServerReport(profile.rest_url, tuple(lines))


def _lines(check: Check, server: _Running) -> List[CheckLine]:
    try:
        return list(lines_of([check], server))
    except OrthancHttpError as error:
        told = skipped("", f"The server does not tell this user (HTTP {error.status_code}).")
        return [CheckLine.of(*check[:2], told, 0.0)]


def _version(server: _Running) -> Iterator[Outcome]:
    version = plain_text(server.system["Version"], 40)
    plugins = server.client.get_json("/plugins", shape=[str])
    names = ", ".join(plain_text(one, 60) for one in plugins if one != "explorer.js")
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers and tuple(map(int, numbers.groups())) < (1, 10):
        yield warning(
            "old_orthanc",
            f"This is Orthanc {version}; what is said here was tried with 1.10 and later.",
            "Bring the server up to date.",
        )
    else:
        yield passed(f"Orthanc {version}; plugins: {names or 'none'}")


def _encryption(server: _Running) -> Iterator[Outcome]:
    profile = server.profile
    if not profile.is_secure:
        yield failed(
            "no_tls",
            "Passwords and images cross the network in clear.",
            "Let nginx speak TLS in front of Orthanc, and use https://.",
        )
        return
    info: CertificateInfo = inspect_certificate(profile)
    yield from certificate(info)
    if takes_old_tls(profile):
        yield failed(
            "old_tls",
            "The server lets TLS 1.1 or older in, which are broken (RFC 8996).",
            "nginx: ssl_protocols TLSv1.2 TLSv1.3; Orthanc: SslMinimumProtocolVersion 4.",
        )


def _strangers(server: _Running) -> Iterator[Outcome]:
    if _lets_in(server, None):
        yield failed(
            "no_authentication",
            "Anybody in the network may read, change and delete everything: no login is asked for.",
            "Set AuthenticationEnabled to true, and name users in RegisteredUsers.",
        )
    elif _lets_in(server, Credentials("orthanc", "orthanc")):
        yield failed(
            "default_account",
            "The user orthanc has the password orthanc, which everybody tries first.",
            "Name users in RegisteredUsers, each with a password of 15 characters or more.",
        )


def _lets_in(server: _Running, credentials: Optional[Credentials]) -> bool:
    profile = server.profile.replace(user=credentials.user if credentials else "")
    try:
        with OrthancClient(profile, credentials) as client:
            client.system()
    except OrthancHttpError as error:
        if isinstance(error, AuthenticationError) or error.status_code == 403:
            return False
        raise
    return True


def _told(server: _Running) -> Iterator[Outcome]:
    """Look at what ``GET /system`` tells: since 1.11 more than the names."""
    keys = ("OverwriteInstances", "StorageCompression", "ReadOnly")
    values = {key: server.system[key] for key in keys if key in server.system}
    yield from settings(server.told(**values))
    if server.system.get("HttpPort") == server.system["DicomPort"]:
        yield failed(
            "same_port",
            "HttpPort and DicomPort are the same: one of the two servers is not there.",
            "Choose another for one of them.",
        )


def _deletes(server: _Running) -> Iterator[Outcome]:
    keys = ("MaximumStorageSize", "MaximumPatientCount", "MaximumStorageMode")
    values = {key: server.system[key] for key in keys if key in server.system}
    if not values:
        yield skipped("", "Orthanc tells its limits since 1.11.3.")
        return
    config = server.told(**values)
    yield from deletes(config)
    size = server.client.get_json("/statistics", shape={"TotalDiskSizeMB": int})["TotalDiskSizeMB"]
    limit = config.get("MaximumStorageSize")
    if limit and size > 0.9 * limit:
        yield warning(
            "nearly_full",
            f"{size} of {limit} MB (MaximumStorageSize) are taken.",
            "Make room, or raise MaximumStorageSize.",
        )


def _name(server: _Running) -> Iterator[Outcome]:
    yield from own_name(server.told(DicomAet=str(server.system.get("DicomAet", ""))))


def _encoding(server: _Running) -> Iterator[Outcome]:
    name = server.client.get_text("/tools/default-encoding").strip()
    yield from encoding(server.told(DefaultEncoding=name))


def _lua(server: _Running) -> Iterator[Outcome]:
    try:
        server.client.request("POST", "/tools/execute-script", body=b"")  # an empty script
    except OrthancHttpError as error:
        if error.status_code not in (403, 405):
            raise
        return
    yield from settings(server.told(ExecuteLuaEnabled=True))


def _log(server: _Running) -> Iterator[Outcome]:
    level = plain_text(server.client.get_text("/tools/log-level"), 20)
    if level in ("verbose", "trace"):
        yield warning(
            "talkative_log",
            f"The log level is {level}: the log grows fast, and may name patients.",
            "PUT default to /tools/log-level, or start Orthanc without --verbose and --trace.",
        )


def _entries(server: _Running) -> Iterator[Outcome]:
    listed = {  # what else an entry has, a newer Orthanc may know
        one.name: {"AET": one.ae_title, "Host": one.host, "Port": one.port}
        for one in read_modalities(server.client)
    }
    yield from entries(server.told(DicomModalities=listed))


def _peers(server: _Running) -> Iterator[Outcome]:
    shape: Dict[str, Any] = server.client.get_json("/peers", {"expand": ""}, shape=dict)
    named = {
        name: {**peer, "Password": bool(peer.get("Username"))}  # the password is never told
        for name, peer in shape.items()
        if isinstance(peer, dict)
    }
    yield from peers(server.told(OrthancPeers=named))


_CHECKS: Tuple[Check, ...] = (
    ("version", "Orthanc", _version),
    ("tls", "TLS and its certificate", _encryption),
    ("remote", "Who gets in", _strangers),
    ("own_name", "Orthanc's AE title", _name),
    ("entries", "Entries in DicomModalities", _entries),
    ("peers", "Other Orthancs", _peers),
    ("encoding", "Accents", _encoding),
    ("settings", "Safety and speed", _told),
    ("lua", "Scripts over HTTP", _lua),
    ("log", "Orthanc's log", _log),
    ("deletes", "What deletes images", _deletes),
)
