"""The entries of Orthanc's ``DicomModalities``: reading, naming and comparing them."""

from __future__ import annotations

import ipaddress
import json
import re
import socket
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, Iterable, Mapping, Tuple
from urllib.parse import quote

from .errors import ConnectionFailedError, OrthancConnectError
from .profiles import ServerProfile
from .rest import OrthancClient
from .tls import translate_connection_fault
from .validation import plain_text, split_rest_url


@dataclass(frozen=True)
class RemoteModality:
    """One entry of Orthanc's ``DicomModalities``.

    Attributes
    ----------
    name : str
        Orthanc's symbolic name of the entry.
    ae_title : str
        ``AET``; compared without case by Orthanc.
    host : str
        ``Host``: an IP address or a host name.
    port : int
        ``Port``.
    settings : mapping
        The whole entry as Orthanc gives it, for writing it back.
    """

    name: str
    ae_title: str
    host: str
    port: int
    settings: Mapping[str, Any] = field(default_factory=dict)

    def allows(self, operation: str) -> bool:
        """Return whether the entry allows ``Echo``, ``Find``, ``Get``, ``Move`` or ``Store``."""
        return bool(self.settings.get("Allow" + operation, True))

    @classmethod
    def from_answer(cls, name: str, data: Mapping[str, Any]) -> RemoteModality:
        """Build an entry from Orthanc's answer; what is missing in it is left empty."""
        port = data.get("Port")
        return cls(
            plain_text(name, 100),
            plain_text(data.get("AET", ""), 64),
            plain_text(data.get("Host", ""), 253),
            port if isinstance(port, int) else 0,
            dict(data),
        )

    def to_dict(self) -> Dict[str, Any]:
        """Return the fields as JSON-serialisable values."""
        return asdict(self)


def modality_name(ae_title: str, taken: Iterable[str] = ()) -> str:
    """Return a name for an entry: letters, digits, dash and underscore, and not yet taken.

    Notes
    -----
    Orthanc refuses other characters with status 400 (``CheckSymbolicName``).
    """
    base = re.sub(r"[^A-Za-z0-9_-]+", "-", ae_title).strip("-") or "slicer"
    used = {name.lower() for name in taken}
    name, number = base, 2
    while name.lower() in used:
        name, number = f"{base}-{number}", number + 1
    return name


def configuration_line(entry: RemoteModality) -> str:
    """Return the line of one entry for ``DicomModalities`` in ``orthanc.json``.

    Notes
    -----
    Orthanc Book, "Configuration": the short form allows every operation.
    """
    values = [entry.ae_title, entry.host, entry.port, "Generic"]
    return f"{json.dumps(entry.name)} : {json.dumps(values, ensure_ascii=False)}"


def local_address(host: str, port: int, timeout: float) -> str:
    """Return this computer's address as a server sees it: the local end of a connection to it.

    A router that translates addresses (NAT) in between shows the server another one.

    Raises
    ------
    TransportError
        The server can't be reached there.
    """
    try:
        with socket.create_connection((host, port), timeout) as connection:
            return bare_address(connection.getsockname()[0])
    except (OSError, UnicodeError) as error:
        raise translate_connection_fault(error, host, port) from error


def bare_address(address: str) -> str:
    """Return an IP address without zone, and an IPv4 one without its IPv6 clothes."""
    parsed = ipaddress.ip_address(str(address).partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)


def is_same_host(host: str, address: str, exact: bool = False) -> bool:
    """Return whether an entry's ``Host`` is the computer with this IP address.

    Parameters
    ----------
    host : str
        IP address or host name.
    address : str
        IP address.
    exact : bool
        Whether a host name is not good enough: with ``DicomCheckModalityHost`` Orthanc compares
        the texts (Orthanc Book, "Understanding DICOM with Orthanc").
    """
    if host.strip().lower() == address.lower():
        return True
    try:
        return bare_address(host.strip("[] ")) == bare_address(address)
    except ValueError:
        pass
    if exact:
        return False
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return any(bare_address(str(item[4][0])) == address for item in found)


def read_modalities(client: OrthancClient) -> Tuple[RemoteModality, ...]:
    """Return the entries of Orthanc's ``DicomModalities``, by name.

    Raises
    ------
    PermissionDeniedError
        This user may not read them.
    """
    answer = client.get_json("/modalities", {"expand": ""})
    if isinstance(answer, list):  # before Orthanc 1.4 there was no expand
        answer = {
            str(name): client.get_json(f"/modalities/{quote(str(name), safe='')}/configuration")
            for name in answer
        }
    if not isinstance(answer, dict):
        raise ConnectionFailedError(
            "The server's list of DICOM modalities can't be read.",
            "Check that this address is an Orthanc server.",
            cause="not_orthanc",
        )
    entries = [
        RemoteModality.from_answer(name, data)
        for name, data in answer.items()
        if isinstance(data, dict)
    ]
    return tuple(sorted(entries, key=lambda entry: entry.name))


def entries_of(entries: Iterable[RemoteModality], ae_title: str) -> Tuple[RemoteModality, ...]:
    """Return the entries with an AE title, compared as Orthanc does: without case."""
    wanted = ae_title.strip().upper()
    return tuple(entry for entry in entries if entry.ae_title.strip().upper() == wanted)


def address_for(profile: ServerProfile) -> str:
    """Return this computer's address as the server sees it, by its DICOM or else its HTTPS side.

    Raises
    ------
    TransportError
        Neither side can be reached.
    """
    _scheme, host, port = split_rest_url(profile.rest_url)
    try:
        return local_address(profile.dicom_host, profile.dicom_port, profile.connect_timeout)
    except OrthancConnectError:
        return local_address(host, port, profile.connect_timeout)
