"""Instances that a server sends, by C-GET or C-MOVE: each goes to its file when it has come."""

from __future__ import annotations

import errno
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ..dicom.part10 import file_head, is_uid
from ..files import os_reason
from ..shared.disk import PartFile
from ..shared.events import CancelToken
from .library import pynetdicom

# C-STORE status codes, DICOM PS3.4 table B.2-1 and PS3.7 annex C. What was not asked for gets a
# warning: to a failure Orthanc ends the whole C-MOVE.
STORED, NOT_ASKED_FOR = 0x0000, 0xB007
OUT_OF_RESOURCES, NOT_TAKEN, NOT_AUTHORIZED = 0xA700, 0xC000, 0x0124
#: Bytes of a PDU that we take: the most that DCMTK, and so Orthanc, sends.
MAX_PDU = 131072
#: Bytes of a message's command set, and of a dataset that is no instance.
MOST_OF_COMMAND, MOST_OF_ANSWER = 64 * 1024, 16 * 1024 * 1024
#: Bytes of an instance's dataset where it is not known how many there will be.
GENEROUS = 1 << 30
#: Bytes a second of a message, at the least.
LEAST_RATE = 100
#: Bytes that are written between two looks at the token: a disk may be slow.
_PIECE = 1024 * 1024


class Instance(NamedTuple):
    """An instance as it comes."""

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    dataset: memoryview


class Place(NamedTuple):
    """Where an instance goes: by which name it is counted, its file, what precedes the dataset."""

    name: str
    path: Path
    head: bytes


def by_uid(places: Mapping[str, Path]) -> Callable[[Instance], Optional[Place]]:
    """Return what lets instances go to their places by the SOP Instance UID that is said of them.

    For those who look at the content themselves.
    """

    def place_of(instance: Instance) -> Optional[Place]:
        sop_class, uid, syntax, _dataset = instance
        if uid not in places or not (is_uid(sop_class) and is_uid(uid)):
            return None
        return Place(uid, places[uid], file_head(sop_class, uid, syntax))

    return place_of


def nowhere(_instance: Instance) -> Optional[Place]:
    """Ask for nothing."""
    return None


class Arrivals:
    """Where instances go that the server sends, and what became of them.

    After a cancel nothing more is written.

    Parameters
    ----------
    place_of : callable
        Tells where an `Instance` goes; None of what was not asked for, or is not whole.
    most : int
        Bytes of the largest dataset that may come; a longer one ends its association.
    most_others : int
        How many instances may come that were not asked for, or again, before that ends it too.

    Attributes
    ----------
    stored : dict of str to int
        Name → bytes of its file.
    failed : dict of str to str
        Name → why it could not be written.
    bytes_received : int
        Bytes of datasets that came so far, also of those that are not complete yet.
    others : int
        Instances that came and were not asked for, or came again.
    """

    def __init__(
        self,
        place_of: Callable[[Instance], Optional[Place]] = nowhere,
        token: Optional[CancelToken] = None,
        most: int = MOST_OF_ANSWER,
        most_others: int = 1000,
    ) -> None:
        self.stored: Dict[str, int] = {}
        self.failed: Dict[str, str] = {}
        self.bytes_received = self.others = 0
        self.heard = 0.0  # when the server last gave a sign of getting on, by `time.monotonic`
        self.excess = ""  # what came without an end, if anything did
        self.handlers: List[Any] = [
            (pynetdicom.evt.EVT_PDU_RECV, self.on_pdu),
            (pynetdicom.evt.EVT_C_STORE, self.on_store),
        ]
        self._place_of = place_of
        self._token = token or CancelToken()
        self._most_others = most_others
        self._most = {True: MOST_OF_COMMAND, False: max(most, MOST_OF_ANSWER)}
        #: Association and whether it is a command → bytes of the message so far, and since when.
        self._open: Dict[Any, Tuple[int, float]] = {}

    def on_pdu(self, event: Any) -> None:
        """Note what came of a message, and end an association whose message has no end.

        DICOM PS3.8 annex E.2: of a fragment's first byte, bit 0 is set in commands, bit 1 in the
        last fragment.
        """
        if not isinstance(event.pdu, pynetdicom.pdu.P_DATA_TF):
            self.heard = time.monotonic()
            return
        for item in event.pdu.presentation_data_value_items:
            data = item.presentation_data_value
            if not data:
                continue
            is_command, is_last = bool(data[0] & 1), bool(data[0] & 2)
            if not is_command:
                self.heard = time.monotonic()
                self.bytes_received += len(data) - 1
            key = (event.assoc, is_command)
            size, began = self._open.pop(key, (0, time.monotonic()))
            size += len(data) - 1
            if size > self._most[is_command]:
                self._end(event.assoc, f"a message of more than {self._most[is_command]} bytes")
            elif not is_last:
                self._open[key] = (size, began)

    def is_dripping(self, patience: float) -> bool:
        """Tell whether a message has come at less than `LEAST_RATE` for so many seconds."""
        now = time.monotonic()
        taken = [(size, now - began) for size, began in list(self._open.values())]
        return any(age > patience and size < LEAST_RATE * age for size, age in taken)

    def on_store(self, event: Any) -> int:
        """Write the dataset of a C-STORE request to its file; return the status for the answer."""
        request = event.request
        data = request.DataSet.getbuffer()
        uids = str(request.AffectedSOPClassUID), str(request.AffectedSOPInstanceUID)
        place = self._place_of(Instance(*uids, str(event.context.transfer_syntax), data))
        if place is None or place.name in self.stored:
            self.others += 1
            if self.others > self._most_others:
                self._end(event.assoc, "instances that were not asked for")
            return NOT_ASKED_FOR
        try:
            with PartFile(place.path) as part:
                part.write(place.head)
                for start in range(0, len(data), _PIECE):
                    if self._token.cancelled:
                        return NOT_TAKEN
                    part.write(data[start : start + _PIECE])
                    self.heard = time.monotonic()  # meanwhile the server waits for us
                part.commit()
        except OSError as error:
            self.failed[place.name] = f"The file can't be written: {os_reason(error)}."
            return OUT_OF_RESOURCES
        self.stored[place.name] = part.size
        self.failed.pop(place.name, None)
        return STORED

    def _end(self, association: Any, excess: str) -> None:
        self.excess = self.excess or excess
        hang_up(association.dul.socket.socket)


def bound_pdus(association: Any) -> None:
    """Take no PDU that is longer than we said: pynetdicom gathers whatever length is announced."""
    connected = association.dul.socket
    receive = connected.recv

    def receive_bounded(size: int) -> Any:
        if size > 2 * MAX_PDU:
            raise OSError(errno.EMSGSIZE, "The PDU is too long")
        return receive(size)

    connected.recv = receive_bounded


def hang_up(connected: Optional[socket.socket]) -> None:
    """Close the connection under whoever reads from it."""
    with suppress(OSError):  # closed already
        if connected is not None:
            # Not SSLSocket's own, which would have a reader go on in plain text.
            socket.socket.shutdown(connected, socket.SHUT_RDWR)
