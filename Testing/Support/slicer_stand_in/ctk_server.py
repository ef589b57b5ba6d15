"""ctkDICOMServer: where a DICOM server is and how to talk to it."""

from __future__ import annotations

from typing import Any, Mapping

from PySide6.QtCore import QObject, Signal

from Support.slicer_stand_in.ctk_properties import property_value
from Support.slicer_stand_in.dicom_association import Peer

CMOVE = 1


def server_property(attribute: str, kind: type) -> Any:
    """A read-write Q_PROPERTY of ctkDICOMServer; writing tells that the server has changed."""

    def get(self: Any) -> Any:
        return self._values[attribute]

    def put(self: Any, value: Any) -> None:
        self._values[attribute] = property_value(kind, attribute, value)
        self.serverModified.emit(self._values["connectionName"])

    return property(get, put)


class ctkDICOMServer(QObject):
    """Where a DICOM server is and how to talk to it (ctkDICOMServer.h)."""

    CGET, CMOVE = 0, 1
    RetrieveProtocol = type("RetrieveProtocol", (int,), {})  # its members are not on it
    serverModified = Signal(str)
    _DEFAULTS = {
        "connectionName": "",
        "queryRetrieveEnabled": True,
        "storageEnabled": True,
        "trustedEnabled": True,
        "callingAETitle": "",
        "calledAETitle": "",
        "host": "",
        "port": 80,
        "retrieveProtocol": 0,
        "moveDestinationAETitle": "",
        "keepAssociationOpen": False,
        "connectionTimeout": 10,
    }

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._values = dict(self._DEFAULTS)
        self._proxy: Any = None

    def retrieveProtocolAsString(self) -> str:
        return "CMOVE" if self._values["retrieveProtocol"] == self.CMOVE else "CGET"

    def setRetrieveProtocolAsString(self, protocol: str) -> None:
        if protocol in ("CGET", "CMOVE"):
            self._values["retrieveProtocol"] = self.CMOVE if protocol == "CMOVE" else self.CGET

    def proxyServer(self) -> Any:
        return self._proxy

    def setProxyServer(self, server: Any) -> None:
        self._proxy = server.clone()

    def clone(self) -> Any:
        other = ctkDICOMServer()
        other._values = dict(self._values)
        return other


def peer_of(values: Mapping[str, Any], job_uid: str) -> Peer:
    """Whom a job talks to: values of the server when the job was made, for its thread."""
    peer = Peer(
        str(values["callingAETitle"]),
        str(values["calledAETitle"]),
        int(values["port"]),
        int(values["connectionTimeout"]),
    )
    peer.connection_name, peer.host = str(values["connectionName"]), str(values["host"])
    peer.move_destination, peer.job_uid = str(values["moveDestinationAETitle"]), job_uid
    return peer


for _name, _default in ctkDICOMServer._DEFAULTS.items():
    setattr(ctkDICOMServer, _name, server_property(_name, type(_default)))
