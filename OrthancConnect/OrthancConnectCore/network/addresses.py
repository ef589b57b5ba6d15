"""Addresses of this computer and of the server: what is loopback, what is the same host."""

from __future__ import annotations

import ipaddress
import socket

from ..shared.errors import OrthancConnectError
from ..shared.profile import ServerProfile
from ..shared.validation import canonical_host, split_rest_url
from .faults import translate_connection_fault


def is_loopback(host: str) -> bool:
    """Return whether a host is this computer itself."""
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


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

    Where it has to be `exact`, a host name is not good enough: with ``DicomCheckModalityHost``
    Orthanc compares the texts (Orthanc Book, "Understanding DICOM with Orthanc").
    """
    host = canonical_host(host) if not host.isascii() else host
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


def address_for(profile: ServerProfile) -> str:
    """Return this computer's address as the server sees it, by its DICOM or else its HTTPS side.

    Raises
    ------
    TransportError
        Neither side can be reached.
    """
    try:
        return local_address(profile.dicom_host, profile.dicom_port, profile.connect_timeout)
    except OrthancConnectError:
        return local_address(*split_rest_url(profile.rest_url)[1:], profile.connect_timeout)
