"""Our own DICOM listener (Storage SCP), for the time of a C-MOVE."""

from __future__ import annotations

import errno
import socket
import socketserver
import threading
from typing import Any, Sequence

from .dimse_library import (
    AE,
    ALL_TRANSFER_SYNTAXES,
    AllStoragePresentationContexts,
    ThreadedAssociationServer,
    evt,
)
from .dimse_link import MAX_PDU
from .dimse_provider import Provider, QuickSocket, Watch, guard
from .dimse_storage import Arrivals
from .errors import ListenerError, PortInUseError
from .profiles import ServerProfile
from .retrieve_files import os_reason

#: Seconds without a byte after which an association is ended: servers think between instances.
_IDLE = 60.0
#: Seconds between two looks for the end, and for the end of an association.
_POLL, _LEAVE = 0.05, 2.0


class StorageListener:
    """A Storage SCP for the time of a C-MOVE, as a context manager.

    Parameters
    ----------
    profile : ServerProfile
        `storage_ae_title` and `storage_port` are ours.
    arrivals : Arrivals
        Takes the instances that were asked for; others are refused.
    sop_class_uids : iterable of str
        Classes to accept besides those of the standard.
    only : bool
        Accept just these classes: each association is then made much sooner.

    Raises
    ------
    PortInUseError
        On entering: another program has the port.
    ListenerError
        On entering: the port can't be opened.
    """

    def __init__(
        self,
        profile: ServerProfile,
        arrivals: Arrivals,
        sop_class_uids: Sequence[str] = (),
        only: bool = False,
    ) -> None:
        self._port = profile.storage_port
        self._arrivals = arrivals
        #: Told of every fragment, so that a C-MOVE is not thought dead while instances come.
        self.watch = Watch(None, profile.dimse_timeout)
        self._server: Any = None
        self._entity = AE(ae_title=profile.storage_ae_title)
        self._entity.maximum_pdu_size = MAX_PDU
        self._entity.network_timeout = max(_IDLE, profile.dimse_timeout)
        usual = [str(context.abstract_syntax) for context in AllStoragePresentationContexts]
        for uid in dict.fromkeys([*(() if only else usual), *sop_class_uids]):
            self._entity.add_supported_context(uid, ALL_TRANSFER_SYNTAXES)

    def __enter__(self) -> StorageListener:
        if _answers(self._port):  # on Windows a second listener would be let in
            raise self._in_use()
        try:
            self._server = self._entity.make_server(
                ("", self._port),
                evt_handlers=[(evt.EVT_CONN_OPEN, self._on_open)],
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
        associations = list(self._server.active_associations)
        for association in associations:  # a stalled one would hold up the end
            association.dul.socket.hang_up()
        socketserver.BaseServer.shutdown(self._server)
        self._server.server_close()
        for association in associations:
            association.dul.join(_LEAVE)
            association.dimse.drop()

    def _on_open(self, event: Any) -> None:
        wrapper = event.assoc.dul.socket
        QuickSocket.adopt(wrapper)
        guard(event.assoc)
        wrapper.opened(event.assoc, self._entity.network_timeout)
        event.assoc.dimse = Provider(event.assoc, self._arrivals.open, self.watch)

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
