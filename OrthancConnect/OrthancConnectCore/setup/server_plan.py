"""A server's configuration planned: what is there is read and kept, the rest is added."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any, Dict, List, Mapping, Optional, Sequence, Set, Tuple

from ..network.key_pair import KeyPair
from ..network.ports import free_port, port_owner
from ..shared.errors import ConfigurationError, InvalidProfileError
from ..shared.hosts import shown_host
from ..shared.profile import AUTOMATIC, ProfileSet, ServerProfile, TrustPolicy
from ..shared.validation import plain_text, split_rest_url, validate_ae_title, validate_port
from .orthanc_json import changed, read
from .server_config import (
    COMPOSE,
    DEBIAN,
    INSIDE_STORAGE,
    NGINX,
    ORTHANC,
    PLUGINS,
    SINGLE,
    Wanted,
    new_password,
)
from .server_files import CONFIGURATION, Places, PlannedFile, has_group, kept_rights, read_text
from .server_keys import HEAD, HOMES, KEPT, ONCE, configuration_text, sections
from .server_renewal import KEEP, certificates, for_dicom
from .server_sites import SYSTEMD_UNIT, VOLUME, compose_text, dicom_site, nginx_site, unit_text

PROFILE = "orthancconnect/profile.json"
_GROUP = "orthanc"
#: Who may have a port already: what is set up here.
_OURS = ("Orthanc", "nginx")


@dataclass(frozen=True)
class ServerPlan:
    """What would be written, and what there is to say of it."""

    files: Tuple[PlannedFile, ...]
    wanted: Wanted
    #: For people, to be imported.
    profile: ServerProfile
    #: New users, with their passwords: to be shown once.
    passwords: Mapping[str, str]
    #: Where the profile's file is.
    profile_path: Path
    places: Places
    #: The end of the certificate's time; ISO 8601 in UTC.
    valid_until: str
    #: Sentences about what could not be checked, or comes next.
    notes: Tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Without passwords."""
        return f"ServerPlan({self.wanted})"

    @property
    def overwrites(self) -> Tuple[PlannedFile, ...]:
        """The files that are there and would change."""
        return tuple(one for one in self.files if one.changes and one.before is not None)


def plan_server(
    folder: Path,
    wanted: Mapping[str, Any],
    *,
    installed: str = "",
    certificate: str = KEEP,
) -> ServerPlan:
    """Plan a server's configuration in a folder: of Debian ``/etc`` itself; write nothing.

    Parameters
    ----------
    folder : Path
        Where the files are or will be.
    wanted : mapping
        Fields of `Wanted`; what is left out is as it was, or as usual.
    installed : str, optional
        Where they will lie when they are used, if elsewhere, perhaps on another computer.
    certificate : str
        ``keep``, ``renew`` or ``switch``.

    Raises
    ------
    ConfigurationError
        What is there is broken, or what is wanted can't be.
    InvalidProfileError
        A host, port or AE title that can't be used.
    """
    folder = Path(folder).expanduser().absolute()
    old = _earlier_profile(folder)
    layout = wanted.get("layout") or layout_of(folder)
    tls = wanted.get("tls") or _tls_of(folder, layout, old)
    draft = {**wanted, "layout": layout, "tls": tls}
    places = Places(
        folder, PurePath(installed) if installed else folder, _draft_for_places(layout, tls)
    )
    texts, values, homes = _read_configuration(places)
    whole = _completed(draft, old, values, places)
    places = replace(places, wanted=whole)
    _check_names_and_ports(whole, old, is_here=not installed)
    if layout == DEBIAN and folder == Path("/etc") and not has_group(_GROUP):
        raise ConfigurationError(
            "Orthanc is not installed on this computer; nothing was written.",
            f"First: {packages_line(whole)}",
        )
    passwords = _new_passwords(whole, values)
    pairs, trust, until, notes = certificates(places, certificate)
    profile = _profile(whole, trust)
    if whole.dicom_tls:
        named = values.get("DicomTlsCertificate", "")
        added, pin = for_dicom(places, pairs, named, _GROUP if has_group(_GROUP) else "")
        pairs, profile = [*pairs, *added], profile.replace(dicom_tls=True, dicom_fingerprint=pin)
    configuration = _configuration_files(places, texts, values, homes, passwords, first=old is None)
    files = [
        *configuration,
        *_further_servers(places, configuration, texts),
        *_surroundings(places),
        *pairs,
    ]
    shared = ProfileSet((profile,), profile.name).to_json(personal=False) + "\n"
    path = folder / PROFILE
    files.append(PlannedFile(path, shared, before=read_text(path)))
    notes += _notes(whole, values)
    return ServerPlan(tuple(files), whole, profile, passwords, path, places, until, tuple(notes))


def _new_passwords(wanted: Wanted, values: Mapping[str, Any]) -> Dict[str, str]:
    known = _users(values)
    if not wanted.users and not known:
        raise ConfigurationError(
            "No user is named, and nobody could log in.", "Name each person (--user)."
        )
    return {user: new_password() for user in wanted.users if user not in known}


def packages_line(wanted: Wanted) -> str:
    """Return the line that installs Debian's packages."""
    plugins = [PLUGINS[one][0] for one in wanted.plugins]
    plugins += ["orthanc-postgresql", "postgresql"] if wanted.database else []
    plugins += ["libnginx-mod-stream"] if wanted.servers > 1 else []
    return " ".join(["apt install orthanc", *plugins, "nginx", "orthanc-doc"])


# What is there -----------------------------------------------------------------------------------


def _earlier_profile(folder: Path) -> Optional[ServerProfile]:
    """Return the profile of an earlier run, which tells what was set up then."""
    text = read_text(folder / PROFILE)
    return ProfileSet.from_json(text).default if text else None


def layout_of(folder: Path) -> str:
    """Return which of the layouts a folder has; Debian's where there is nothing yet."""
    if (folder / "compose.yaml").exists():
        return COMPOSE
    return SINGLE if (folder / CONFIGURATION).exists() else DEBIAN


def _tls_of(folder: Path, layout: str, old: Optional[ServerProfile]) -> str:
    has_site = old is not None and (folder / "orthanc.crt").exists()
    return NGINX if layout == DEBIAN or has_site else ORTHANC


def _draft_for_places(layout: str, tls: str) -> Wanted:
    return Wanted(("localhost",), "draft", "DRAFT", layout, tls)


def _read_configuration(
    places: Places,
) -> Tuple[Dict[Path, str], Dict[str, Any], Dict[str, Path]]:
    """Return the text of each file that Orthanc would read, their values, and each key's file."""
    folder = places.configuration()
    names = [folder / CONFIGURATION]
    if places.wanted.layout != SINGLE:
        names = sorted({*names, *folder.glob("*.json")})
    texts: Dict[Path, str] = {}
    values: Dict[str, Any] = {}
    homes: Dict[str, Path] = {}
    for path in names:
        text = read_text(path)
        if text is None:
            continue
        texts[path] = text
        for key, value in read(text, str(path)).items():
            if key in homes:
                raise ConfigurationError(
                    f"{plain_text(key, 60)} stands in {homes[key].name} and in {path.name} of "
                    f"{plain_text(folder, 300)}; nothing was written.",
                    "Orthanc does not start so: take it out of one of them.",
                )
            values[key], homes[key] = value, path
    return texts, values, homes


def _users(values: Mapping[str, Any]) -> Mapping[str, Any]:
    users = values.get("RegisteredUsers")
    return users if isinstance(users, dict) else {}


def _completed(
    given: Mapping[str, Any],
    old: Optional[ServerProfile],
    values: Mapping[str, Any],
    places: Places,
) -> Wanted:
    """Return what is wanted with what was set up before, and what is usual."""
    named = {key: value for key, value in given.items() if value not in (None, (), "")}
    if old is None:
        named = {**_told_to_others(values), **named}
    else:
        before: Dict[str, Any] = {
            "hosts": _certificate_hosts(places) or (split_rest_url(old.rest_url)[1],),
            "name": old.name,
            "ae_title": old.called_ae_title,
            "https_port": split_rest_url(old.rest_url)[2],
            "dicom_port": old.dicom_port,
            **_composed(places),
            "database": _socket_of(values),
            "servers": 1 + len(list(places.folder.glob("orthanc-[2-9]/orthanc.json"))),
            "known_only": values.get("DicomAlwaysAllowStore") is False,
            "in_database": values.get("DicomModalitiesInDatabase") is True,
        }
        if places.wanted.behind and isinstance(values.get("HttpPort"), int):
            before["http_port"] = values["HttpPort"]
        named = {**before, **named}
    named["dicom_tls"] = bool(given.get("dicom_tls") or values.get("DicomTlsEnabled") is True)
    hosts = named.get("hosts") or ()
    title = named.get("ae_title") or _title_of(hosts[0] if hosts else "")
    return Wanted(**{"hosts": (), "name": title, **named, "ae_title": title})


def _told_to_others(values: Mapping[str, Any]) -> Dict[str, Any]:
    """Return what scanners know of a server that somebody else has set up."""
    found: Dict[str, Any] = {}
    with suppress(InvalidProfileError):
        found["dicom_port"] = validate_port(values.get("DicomPort"), "dicom_port")
    with suppress(InvalidProfileError):
        title = validate_ae_title(str(values.get("DicomAet", "")), "ae_title")
        found.update({"ae_title": title} if title != "ORTHANC" else {})  # as nobody named it
    return found


def _socket_of(values: Mapping[str, Any]) -> str:
    database = values.get("PostgreSQL")
    is_used = isinstance(database, dict) and database.get("EnableIndex") is True
    return str(database.get("Host", "")) if is_used and isinstance(database, dict) else ""


def _composed(places: Places) -> Dict[str, Any]:
    """Return what the compose file says of image, storage and plugins."""
    text = read_text(places.folder / "compose.yaml") or ""
    plugins = tuple(name for name, (_package, switch, _key) in PLUGINS.items() if switch in text)
    found: Dict[str, Any] = {"plugins": plugins} if plugins else {}
    for field, pattern in (("image", r"image: (\S+)"), ("storage", rf"- '?(.+):{INSIDE_STORAGE}")):
        match = re.search(pattern, text)
        if match and match[1] != VOLUME:
            found[field] = match[1]
    return found


def _certificate_hosts(places: Places) -> Tuple[str, ...]:
    text = read_text(places.folder / places.pair()[0])
    try:
        return KeyPair.found_in(text).info.host_names if text else ()
    except ConfigurationError:
        return ()  # told when the pair is looked at


def _title_of(host: str) -> str:
    """Return an AE title for a server: its host name's first part, or Orthanc's own."""
    first = host.partition(".")[0].upper()[:16]
    return validate_ae_title(first, "ae_title") if first and not first.isdigit() else "ORTHANC"


def _check_names_and_ports(wanted: Wanted, old: Optional[ServerProfile], is_here: bool) -> None:
    for host in (one for one in wanted.hosts if not _resolves(one)):
        raise ConfigurationError(
            f"The host {shown_host(host)} is not known here; nothing was written.",
            "Have it entered in the network's DNS, or name the server's IP address.",
        )
    before = {old.dicom_port, split_rest_url(old.rest_url)[2]} if old is not None else set()
    ports = set(wanted.ports) if old is None else {wanted.https_port, wanted.dicom_port}
    for port in sorted(ports - before) if is_here else ():
        owner = "" if free_port(port) == port else port_owner(port)
        if owner and not owner.startswith(_OURS):
            raise ConfigurationError(
                f"Port {port} is in use by {owner}; nothing was written.",
                "Choose another (--https-port, --http-port, --dicom-port), or end that program.",
            )


def _resolves(host: str) -> bool:
    try:
        return bool(socket.getaddrinfo(host, None))
    except (OSError, UnicodeError):
        return False


def _notes(wanted: Wanted, values: Mapping[str, Any]) -> List[str]:
    """Return what can't be seen to from here."""
    notes = [
        f"The host {shown_host(one.host)} of {one.name} is not known here; C-MOVE to it will fail."
        for one in wanted.stations
        if not _resolves(one.host)
    ]
    if wanted.servers > 1:
        notes.append(
            "What people register themselves reaches one of the servers: name their Slicers here "
            "(--slicer), and restart all."
        )
    if wanted.database and "StorageDirectory" in values and not _socket_of(values):
        notes.append(
            "What is stored so far is in the index that Orthanc had: it is not in the database. "
            "Export it before, and upload it again."
        )
    return notes


# What is to be -----------------------------------------------------------------------------------


def _profile(wanted: Wanted, trust: TrustPolicy) -> ServerProfile:
    return ServerProfile(
        name=wanted.name,
        rest_url=wanted.rest_url,
        trust=trust,
        dicom_port=wanted.dicom_port,
        called_ae_title=wanted.ae_title,
        retrieve_method=AUTOMATIC,
    )


def _configuration_files(
    places: Places,
    texts: Mapping[Path, str],
    values: Mapping[str, Any],
    homes: Mapping[str, Path],
    passwords: Mapping[str, str],
    first: bool,
) -> List[PlannedFile]:
    wanted, folder = places.wanted, places.configuration()
    one_file = wanted.layout == SINGLE
    certificate, *dicom = map(places.found_at, (places.pair()[0], *places.dicom_pair()))
    groups = sections(wanted, passwords, certificate, dicom)
    by_file: Dict[Path, List[Tuple[str, Dict[str, Any]]]] = {}
    for comment, keys in groups:
        for path, some in _apart(keys, homes, folder, one_file).items():
            by_file.setdefault(path, []).append((comment, some))
    files = []
    for path, parts in sorted(by_file.items()):
        before = texts.get(path)
        has_passwords = any("RegisteredUsers" in keys for _comment, keys in parts)
        if before is None:
            text = configuration_text(parts, HEAD)
        else:
            asked = {key: value for _comment, keys in parts for key, value in keys.items()}
            kept = (KEPT if first else ONCE) & values.keys() - _asked_for(wanted, values)
            text = changed(before, {k: v for k, v in asked.items() if k not in kept})
        mode = (0o600 if wanted.layout != DEBIAN else 0o640) if has_passwords else 0o644
        group = _GROUP if has_passwords and wanted.layout == DEBIAN and has_group(_GROUP) else ""
        files.append(PlannedFile(path, text, mode, group, before, without_passwords))
    return files


def _further_servers(
    places: Places, files: Sequence[PlannedFile], texts: Mapping[Path, str]
) -> List[PlannedFile]:
    """Return the folders of further Orthancs: as that of the first, but for the ports."""
    first = places.configuration()
    whole = [*files, *(PlannedFile(path, text) for path, text in texts.items())]
    whole = [replace(one, **kept_rights(one)) for one in whole]
    found: Dict[Path, PlannedFile] = {}
    for number in range(2, places.wanted.servers + 1):
        http, dicom = places.wanted.inner_ports(number - 1)
        own = {
            "HttpPort": http,
            "DicomPort": dicom,
            "DatabaseServerIdentifier": f"orthanc-{number}",
        }
        for one in whole:
            text = one.text or ""
            there = read(text, str(one.path))
            text = changed(text, {key: value for key, value in own.items() if key in there})
            path = first.with_name(f"{first.name}-{number}") / one.path.name
            planned = PlannedFile(path, text, one.mode, one.group, read_text(path), one.shown)
            found.setdefault(path, planned)
    return list(found.values())


def _asked_for(wanted: Wanted, values: Mapping[str, Any]) -> Set[str]:
    """Return the keys that are set although they stand there, because an option says so."""
    asked = {"StorageDirectory", "IndexDirectory"} if wanted.storage else set()
    if wanted.known_only:
        asked |= {"DicomAlwaysAllowEcho", "DicomAlwaysAllowStore"}
    if values.get("DicomTlsEnabled") is not True:  # Debian's file has the key all the same
        asked.add("DicomTlsRemoteCertificateRequired")
    return asked | ({"DicomModalitiesInDatabase"} if wanted.in_database else set())


def _apart(
    keys: Mapping[str, Any], homes: Mapping[str, Path], folder: Path, one_file: bool
) -> Dict[Path, Dict[str, Any]]:
    """Return the keys by file: where each stands already, or else where it belongs."""
    found: Dict[Path, Dict[str, Any]] = {}
    for key, value in keys.items():
        usual = folder / (CONFIGURATION if one_file else HOMES.get(key, CONFIGURATION))
        found.setdefault(homes.get(key, usual), {})[key] = value
    return found


def without_passwords(text: str) -> str:
    """Return a configuration file's text with stars for the passwords of its users."""
    users = _users(read(text, "the configuration"))
    return changed(text, {"RegisteredUsers": dict.fromkeys(users, "***")}) if users else text


def _surroundings(places: Places) -> List[PlannedFile]:
    """Return what stands around Orthanc."""
    wanted, texts = places.wanted, {}
    if wanted.behind:
        site = "nginx/conf.d/orthanc.conf" if wanted.layout == DEBIAN else "nginx-orthanc.conf"
        texts[site] = nginx_site(wanted, *map(places.found_at, places.pair()))
    if wanted.layout == DEBIAN:
        texts["systemd/system/orthanc.service.d/orthancconnect.conf"] = SYSTEMD_UNIT
    for number in range(2, wanted.servers + 1):
        texts[f"systemd/system/orthanc-{number}.service"] = unit_text(number)
    if wanted.servers > 1:
        texts["nginx/modules-enabled/90-orthanc-dicom.conf"] = dicom_site(wanted)
    if wanted.layout == COMPOSE:
        texts["compose.yaml"] = compose_text(wanted)
    files = []
    for name, text in texts.items():
        path = places.folder / name
        before = read_text(path)
        if before is not None and _directives(text) <= _directives(before):
            text = before  # an administrator has added to it
        files.append(PlannedFile(path, text, before=before))
    return files


def _directives(text: str) -> Set[str]:
    return {line.strip() for line in text.splitlines() if line.strip()[:1] not in ("", "#")}
