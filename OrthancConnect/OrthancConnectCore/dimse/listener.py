"""Our own DICOM listener (Storage SCP), for the time of a C-MOVE."""

from __future__ import annotations

import errno
import socket
from collections import Counter
from typing import Any, Collection, List, Optional, Set, Tuple

from ..files import os_reason
from ..network.dicom_tls import checked, listener_context
from ..shared.errors import ListenerError, PortInUseError, TrustError
from ..shared.profile import ServerProfile
from .arrivals import MAX_PDU, NOT_AUTHORIZED, Arrivals, bound_pdus, hang_up
from .library import pynetdicom
from .link import VERIFICATION

#: Seconds without a byte after which an association is ended: servers think between instances.
_IDLE = 60.0
#: Seconds that a TLS handshake may take.
_HANDSHAKE = 5.0
#: Seconds that the end of an association may take.
_LEAVE = 2.0


class StorageListener:
    """A Storage SCP for the time of a C-MOVE, as a context manager.

    It accepts every class of instances, and answers a C-ECHO. What does not come from the server's
    address and AE title is refused. Where the profile has DICOM over TLS, it speaks nothing else,
    and to nobody without the server's certificate.

    Parameters
    ----------
    profile : ServerProfile
        `storage_ae_title` and `storage_port` are ours; `dicom_host` is the server's address.
    arrivals : Arrivals
        Takes the instances that were asked for.
    titles : collection of str, optional
        The server's AE titles, compared without case as Orthanc does; any when left out.

    Raises
    ------
    PortInUseError
        On entering: another program has the port.
    ListenerError
        On entering: the port can't be opened.
    ConfigurationError, TrustError, TransportError
        On entering: there is no TLS to be had (`listener_context`).
    """

    def __init__(
        self, profile: ServerProfile, arrivals: Arrivals, titles: Optional[Collection[str]] = None
    ) -> None:
        self.connections = 0
        #: Instances that were refused, by AE title and address of who sent them.
        self.refused: Counter[Tuple[str, str]] = Counter()
        self._titles = None if titles is None else {one.strip().casefold() for one in titles}
        self._addresses = _addresses_of(profile.dicom_host)
        self._profile = profile
        self._port = profile.storage_port
        self._arrivals = arrivals
        self._others = Arrivals()
        self._entity = pynetdicom.AE(ae_title=profile.storage_ae_title)
        self._entity.maximum_pdu_size = MAX_PDU
        self._entity.network_timeout = max(_IDLE, profile.dimse_timeout)
        self._entity.add_supported_context(VERIFICATION, pynetdicom.ALL_TRANSFER_SYNTAXES)

    def __enter__(self) -> StorageListener:
        if _answers(self._port):  # on Windows a second listener would be let in
            raise self._in_use()
        handlers: List[Any] = [
            (pynetdicom.evt.EVT_CONN_OPEN, self._on_open),
            (pynetdicom.evt.EVT_PDU_RECV, self._on_pdu),
            (pynetdicom.evt.EVT_C_STORE, self._on_store),
        ]
        tls = listener_context(self._profile) if self._profile.dicom_tls else None
        try:
            self._entity.start_server(
                ("", self._port), block=False, evt_handlers=handlers, ssl_context=tls
            )
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", -1)):
                raise self._in_use() from error
            raise ListenerError(
                f"The DICOM listener can't open port {self._port}: {os_reason(error)}.",
                "Choose another port above 1023 in the server settings, and tell the server.",
                port=self._port,
            ) from error
        return self

    def __exit__(self, *_exc: object) -> None:
        still_open: List[Any] = self._entity.active_associations
        for association in still_open:  # to end a stalled one would wait for its next byte
            hang_up(association.dul.socket.socket)
        self._entity.shutdown()
        for association in still_open:  # it may be about to write a file
            association.join(_LEAVE)

    def _on_open(self, event: Any) -> None:
        self.connections += 1
        bound_pdus(event.assoc)
        if self._profile.dicom_tls:
            connected = event.assoc.dul.socket.socket
            try:
                connected.settimeout(_HANDSHAKE)
                connected.do_handshake()
                checked(self._profile, connected)
                connected.settimeout(self._entity.network_timeout)
            except (OSError, TrustError):
                hang_up(connected)

    def _on_pdu(self, event: Any) -> None:
        """Take what comes of the server for a sign of life, and bound what comes of whomever."""
        (self._arrivals if self._is_known(event.assoc) else self._others).on_pdu(event)

    def _on_store(self, event: Any) -> int:
        if self._is_known(event.assoc):
            return self._arrivals.on_store(event)
        self.refused[_name(event.assoc)] += 1
        return NOT_AUTHORIZED

    def _is_known(self, association: Any) -> bool:
        title, address = _name(association)
        is_right = self._titles is None or title.casefold() in self._titles
        return is_right and self._is_the_servers(address)

    def _is_the_servers(self, address: str) -> bool:
        """Tell whether the server calls from an address; from this computer, it may from each."""
        if address in self._addresses:
            return True
        return _is_ours(address) and any(_is_ours(one) for one in self._addresses)

    def _in_use(self) -> PortInUseError:
        return PortInUseError(
            f"Port {self._port} is taken by another program; it may be Slicer's own DICOM "
            "listener.",
            "Stop that one, choose another listener port, or retrieve by C-GET.",
            port=self._port,
        )


def _answers(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _name(association: Any) -> Tuple[str, str]:
    peer = association.requestor
    return str(peer.ae_title).strip(), str(peer.address)


def _addresses_of(host: str) -> Set[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return set()  # the request to send has told
    return {str(one[4][0]) for one in found}


def _is_ours(address: str) -> bool:
    """Tell whether an address is this computer's."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
