"""Our own DICOM listener (Storage SCP), for the time of a C-MOVE."""

from __future__ import annotations

import errno
import socket
import socketserver
import threading
from typing import Any, Dict, Tuple

from ..files import os_reason
from ..shared.errors import ListenerError, PortInUseError
from ..shared.profile import ServerProfile
from .incoming import Incoming, hang_up, quick
from .library import AE, ALL_TRANSFER_SYNTAXES, ThreadedAssociationServer, evt
from .link import MAX_PDU, VERIFICATION
from .storage import Arrivals

#: Seconds without a byte after which an association is ended: servers think between instances.
_IDLE = 60.0
#: Seconds between two looks for the end, and for the end of an association.
_POLL, _LEAVE = 0.05, 2.0


class StorageListener:
    """A Storage SCP for the time of a C-MOVE, as a context manager.

    It accepts every class of instances, and answers a C-ECHO.

    Parameters
    ----------
    profile : ServerProfile
        `storage_ae_title` and `storage_port` are ours.
    arrivals : Arrivals
        Takes the instances that were asked for; others are refused.

    Attributes
    ----------
    connections : int
        How many there were.

    Raises
    ------
    PortInUseError
        On entering: another program has the port.
    ListenerError
        On entering: the port can't be opened.
    """

    def __init__(self, profile: ServerProfile, arrivals: Arrivals) -> None:
        self.connections = 0
        self._port = profile.storage_port
        self._arrivals = arrivals
        self._server: Any = None
        self._entity = AE(ae_title=profile.storage_ae_title)
        self._entity.maximum_pdu_size = MAX_PDU
        self._idle = self._entity.network_timeout = max(_IDLE, profile.dimse_timeout)
        self._entity.add_supported_context(VERIFICATION, ALL_TRANSFER_SYNTAXES)
        #: Of each association: its socket, and what takes its datasets.
        self._open: Dict[Any, Tuple[socket.socket, Incoming]] = {}

    def __enter__(self) -> StorageListener:
        if _answers(self._port):  # on Windows a second listener would be let in
            raise self._in_use()
        try:
            self._server = self._entity.make_server(
                ("", self._port),
                evt_handlers=[
                    (evt.EVT_CONN_OPEN, self._on_open),
                    (evt.EVT_CONN_CLOSE, self._on_close),
                ],
                server_class=ThreadedAssociationServer,
            )
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", -1)):
                raise self._in_use() from error
            raise ListenerError(
                f"The DICOM listener can't open port {self._port}: {os_reason(error)}.",
                "Choose another port above 1023 in the server settings, and tell the server.",
                port=self._port,
            ) from error
        threading.Thread(
            target=self._server.serve_forever, args=(_POLL,), name="storage-listener", daemon=True
        ).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        still_open = list(self._open.items())
        for _association, (connected, _incoming) in still_open:  # a stalled one would hold up
            hang_up(connected)
        socketserver.BaseServer.shutdown(self._server)  # pynetdicom's wants one of `start_server`
        self._server.server_close()
        for association, (connected, incoming) in still_open:
            association.join(_LEAVE)
            connected.close()
            incoming.drop()

    def _on_open(self, event: Any) -> None:
        self.connections += 1
        quick(event.assoc, self._idle)
        incoming = Incoming(self._arrivals.open)
        for kind, handler in incoming.handlers:
            event.assoc.bind(kind, handler)
        self._open[event.assoc] = (event.assoc.dul.socket.socket, incoming)

    def _on_close(self, event: Any) -> None:
        _socket, incoming = self._open.pop(event.assoc, (None, None))
        if incoming is not None:
            incoming.drop()

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
