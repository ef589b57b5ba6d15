"""Instances that a server sends, by C-GET or C-MOVE: each goes to its file when it has come."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

from ..dicom.part10 import file_head, is_uid
from ..files import PartFile, os_reason
from ..shared.events import CancelToken
from .library import pynetdicom

# C-STORE status codes, DICOM PS3.4 table B.2-1.
STORED, OUT_OF_RESOURCES, NOT_WANTED = 0x0000, 0xA700, 0xC000
#: Bytes that are written between two looks at the token: a disk may be slow.
_PIECE = 1024 * 1024


class Arrivals:
    """Where instances go that the server sends, and what became of them.

    Parameters
    ----------
    places : mapping of str to Path
        SOP Instance UID → file. What is not in it was not asked for and is refused.
    token : CancelToken, optional
        After a cancel nothing more is written.

    Attributes
    ----------
    stored : dict of str to int
        SOP Instance UID → bytes of its file.
    failed : dict of str to str
        SOP Instance UID → why it could not be written.
    bytes_received : int
        Bytes of datasets that came so far, also of those that are not complete yet.
    heard : float
        When the server last sent anything, by `time.monotonic`.
    handlers : list of tuple
        Events and their handlers, for pynetdicom.
    """

    def __init__(self, places: Mapping[str, Path], token: Optional[CancelToken] = None) -> None:
        self.stored: Dict[str, int] = {}
        self.failed: Dict[str, str] = {}
        self.bytes_received = 0
        self.heard = 0.0
        self.handlers: List[Any] = [
            (pynetdicom.evt.EVT_PDU_RECV, self._on_pdu),
            (pynetdicom.evt.EVT_C_STORE, self._on_store),
        ]
        self._places = places
        self._token = token or CancelToken()

    def _on_pdu(self, event: Any) -> None:
        """Note what came of a dataset.

        Notes
        -----
        DICOM PS3.8 annex E.2: bit 0 of a fragment's first byte is set in commands.
        """
        self.heard = time.monotonic()
        if isinstance(event.pdu, pynetdicom.pdu.P_DATA_TF):
            for item in event.pdu.presentation_data_value_items:
                data = item.presentation_data_value
                if data and not data[0] & 1:
                    self.bytes_received += len(data) - 1

    def _on_store(self, event: Any) -> int:
        """Write the dataset of a C-STORE request to its file; return the status for the answer."""
        request = event.request
        sop_class, uid = str(request.AffectedSOPClassUID), str(request.AffectedSOPInstanceUID)
        path = self._places.get(uid)
        if path is None or not (is_uid(sop_class) and is_uid(uid)):
            return NOT_WANTED
        data = request.DataSet.getbuffer()
        try:
            with PartFile(path) as part:
                part.write(file_head(sop_class, uid, str(event.context.transfer_syntax)))
                for start in range(0, len(data), _PIECE):
                    if self._token.cancelled:
                        return NOT_WANTED
                    part.write(data[start : start + _PIECE])
                    self.heard = time.monotonic()  # meanwhile the server waits for us
                part.commit()
        except OSError as error:
            self.failed[uid] = f"The file can't be written: {os_reason(error)}."
            return OUT_OF_RESOURCES
        self.stored[uid] = part.size
        self.failed.pop(uid, None)
        return STORED


def hang_up(connected: Optional[socket.socket]) -> None:
    """Close the connection under whoever reads from it."""
    try:
        if connected is not None:
            connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # closed already
