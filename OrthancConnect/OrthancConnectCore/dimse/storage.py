"""C-GET and C-MOVE: instances come as they are stored, and go to disk as they come."""

from __future__ import annotations

import struct
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from ..files import PartFile, os_reason
from ..shared.events import CancelToken
from ..shared.profile import ServerProfile
from .incoming import OUT_OF_RESOURCES, STORED, Sink
from .library import (
    IGNORE,
    PYNETDICOM_IMPLEMENTATION_UID,
    PYNETDICOM_IMPLEMENTATION_VERSION,
    DataElement,
    Dataset,
    StoragePresentationContexts,
)
from .link import PENDING, STUDY_ROOT_GET, STUDY_ROOT_MOVE, SUCCESS, Link, Watch

#: DICOM PS3.8 section 9.3.2.2: context numbers are odd and at most 255; one is for the C-GET.
MOST_STORAGE_CONTEXTS = 127
_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"


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
        Bytes that came so far, also of files that are not complete yet.
    """

    def __init__(self, places: Mapping[str, Path], token: Optional[CancelToken] = None) -> None:
        self.stored: Dict[str, int] = {}
        self.failed: Dict[str, str] = {}
        self.bytes_received = 0
        #: Told of every fragment, so that a C-MOVE is not thought dead while instances come.
        self.heard: Callable[[], None] = lambda: None
        self._places = places
        self._token = token
        self._lock = threading.Lock()

    @property
    def cancelled(self) -> bool:
        """Whether nothing more is to be written."""
        return self._token is not None and self._token.cancelled

    def open(self, sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str) -> Sink:
        """Return what takes a dataset: a `dimse.incoming.Receiver`."""
        path = self._places.get(sop_instance_uid)
        if path is None or self.cancelled:
            return Sink()
        header = file_header(sop_class_uid, sop_instance_uid, transfer_syntax_uid)
        return _FileSink(self, sop_instance_uid, path, header)

    def count(self, size: int) -> None:
        """Add to the bytes that came."""
        self.heard()
        with self._lock:
            self.bytes_received += size

    def succeeded(self, sop_instance_uid: str, size: int) -> None:
        """Note that an instance has its file."""
        with self._lock:
            self.stored[sop_instance_uid] = size
            self.failed.pop(sop_instance_uid, None)

    def refused(self, sop_instance_uid: str, error: OSError) -> None:
        """Note that an instance could not be written."""
        with self._lock:
            self.failed[sop_instance_uid] = f"The file can't be written: {os_reason(error)}."


class _FileSink(Sink):
    """Writes a dataset to its file; a fault of the disk is kept for the end."""

    def __init__(self, arrivals: Arrivals, uid: str, path: Path, header: bytes) -> None:
        self._arrivals = arrivals
        self._uid = uid
        self._part: Optional[PartFile] = None
        try:
            self._part = PartFile(path)
            self._part.write(header)
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self._arrivals.refused(self._uid, error)
        self.discard()

    def write(self, data: memoryview) -> None:
        self._arrivals.count(len(data))
        if self._part is None:
            return
        if self._arrivals.cancelled:
            self.discard()
            return
        try:
            self._part.write(data)
        except OSError as error:
            self._give_up(error)

    def finish(self) -> int:
        part, self._part = self._part, None
        if part is None:
            return OUT_OF_RESOURCES
        try:
            part.commit()
        except OSError as error:
            self._part = part
            self._give_up(error)
            return OUT_OF_RESOURCES
        self._arrivals.succeeded(self._uid, part.size)
        return STORED

    def discard(self) -> None:
        part, self._part = self._part, None
        if part is not None:
            part.discard()


def file_header(sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str) -> bytes:
    """Return preamble, ``DICM`` and file meta information (DICOM PS3.10 section 7.1)."""
    meta = b"\x02\x00\x01\x00OB\x00\x00\x02\x00\x00\x00\x00\x01"
    for number, representation, text in (
        (0x02, b"UI", sop_class_uid),
        (0x03, b"UI", sop_instance_uid),
        (0x10, b"UI", transfer_syntax_uid),
        (0x12, b"UI", PYNETDICOM_IMPLEMENTATION_UID),
        (0x13, b"SH", PYNETDICOM_IMPLEMENTATION_VERSION),
    ):
        value = text.encode("ascii")
        if len(value) % 2:
            value += b" " if representation == b"SH" else b"\0"
        meta += struct.pack("<HH2sH", 0x0002, number, representation, len(value)) + value
    length = struct.pack("<HH2sHL", 0x0002, 0x0000, b"UL", 4, len(meta))
    return bytes(128) + b"DICM" + length + meta


def usual_storage() -> List[Tuple[str, str]]:
    """Return contexts for a server that does not tell what it holds."""
    classes = [str(context.abstract_syntax) for context in StoragePresentationContexts]
    return [(uid, _EXPLICIT_LITTLE_ENDIAN) for uid in classes[:MOST_STORAGE_CONTEXTS]]


@dataclass(frozen=True)
class SeriesRequest:
    """What to ask for of one series.

    Attributes
    ----------
    study_instance_uid, series_instance_uid : str
        (0020,000D) and (0020,000E).
    sop_instance_uids : tuple of str
        Single instances; empty for the whole series.
    """

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uids: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """How the server ended a C-GET or C-MOVE.

    Attributes
    ----------
    request : SeriesRequest
        What was asked.
    status : int
        Final status.
    text : str
        The server's words for it; empty for a success.
    failed : tuple of str
        SOP Instance UIDs that the server says it could not send.
    """

    request: SeriesRequest
    status: int
    text: str = ""
    failed: Tuple[str, ...] = ()


def get(
    profile: ServerProfile,
    requests: Sequence[SeriesRequest],
    storage: Sequence[Tuple[str, str]],
    arrivals: Arrivals,
    *,
    token: Optional[CancelToken] = None,
    tick: Optional[Callable[[], None]] = None,
) -> List[Outcome]:
    """Fetch series by C-GET, one after the other over one association.

    Parameters
    ----------
    profile : ServerProfile
        The DICOM side of the server.
    requests : sequence of SeriesRequest
        What to fetch.
    storage : sequence of (str, str)
        SOP class and transfer syntax of what will come, at most `MOST_STORAGE_CONTEXTS` pairs.
    arrivals : Arrivals
        Takes the instances.
    token : CancelToken, optional
        Stops it, within a file as well.
    tick : callable, optional
        Called about twenty times a second meanwhile.

    Returns
    -------
    list of Outcome
        For each request; nothing is known to be complete by it: count `arrivals`.

    Raises
    ------
    DimseError
        The server can't be reached, refuses, breaks off or falls silent.
    OperationCancelled
        The token was cancelled.

    Notes
    -----
    DICOM PS3.4 annex C.4.3. Each transfer syntax has a presentation context of its own: Orthanc
    before 1.12 takes Explicit VR Little Endian wherever it stands beside others, and then can't
    send what is stored compressed.
    """
    watch = Watch(token, profile.dimse_timeout, tick)
    storage = storage[:MOST_STORAGE_CONTEXTS]
    with Link(profile, STUDY_ROOT_GET, watch, storage=storage, receiver=arrivals.open) as link:
        return [_one(link, "send_c_get", request) for request in requests]


def move(
    profile: ServerProfile,
    requests: Sequence[SeriesRequest],
    arrivals: Optional[Arrivals] = None,
    *,
    token: Optional[CancelToken] = None,
    tick: Optional[Callable[[], None]] = None,
) -> List[Outcome]:
    """Have the server send series to our DICOM listener by C-MOVE; otherwise as `get`.

    Parameters
    ----------
    profile : ServerProfile
        The DICOM side of the server; `storage_ae_title` is the destination.
    requests : sequence of SeriesRequest
        What to fetch.
    arrivals : Arrivals, optional
        What a `StorageListener` gives the instances to: a sign of life.
    token : CancelToken, optional
        Stops it.
    tick : callable, optional
        Called about twenty times a second meanwhile.

    Notes
    -----
    DICOM PS3.4 annex C.4.2. The server must know the destination: Orthanc's ``DicomModalities``.
    """
    watch = Watch(token, profile.dimse_timeout, tick)
    if arrivals is not None:
        arrivals.heard = watch.heard
    with Link(profile, STUDY_ROOT_MOVE, watch) as link:
        destination = profile.storage_ae_title
        return [_one(link, "send_c_move", request, destination) for request in requests]


def _one(link: Link, method: str, request: SeriesRequest, *args: str) -> Outcome:
    outcome = Outcome(request, SUCCESS)
    for code, comment, identifier in link.ask(method, _identifier(request), *args):
        if code not in PENDING:
            text = "" if code == SUCCESS else comment or _status_text(link.service, code)
            outcome = Outcome(request, code, text, _failed_uids(identifier))
    return outcome


def _identifier(request: SeriesRequest) -> Any:
    identifier = Dataset()
    identifier.QueryRetrieveLevel = "IMAGE" if request.sop_instance_uids else "SERIES"
    identifier.StudyInstanceUID = request.study_instance_uid
    identifier.SeriesInstanceUID = request.series_instance_uid
    if request.sop_instance_uids:
        uids = list(request.sop_instance_uids)
        identifier.add(DataElement(0x00080018, "UI", uids, validation_mode=IGNORE))
    return identifier


def _failed_uids(identifier: Any) -> Tuple[str, ...]:
    """Return (0008,0058) Failed SOP Instance UID List, of an answer that may hold anything."""
    if identifier is None or 0x00080058 not in identifier:
        return ()
    value = identifier.get_item(0x00080058).value
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else ""
    return tuple(uid for uid in (part.strip(" \0") for part in text.split("\\")) if uid)


def _status_text(service: str, code: int) -> str:
    known = {
        0xA701: "the server is out of resources",
        0xA702: "the server could not send some of the instances",
        0xA801: "the server does not know the destination",
        0xA900: "the server did not understand the request",
        0xB000: "the server could not send some of the instances",
        0xC000: "the server was unable to process the request",
    }
    return f"{known.get(code, 'the server ended the ' + service)} (status 0x{code:04X})"
