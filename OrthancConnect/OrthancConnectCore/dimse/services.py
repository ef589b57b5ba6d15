"""DICOM messages outside Slicer: C-ECHO, C-FIND, C-GET and C-MOVE.

Importing this module raises `MissingDependencyError` when pynetdicom is not installed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Set, Tuple, Union

from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from ..dicom.text import decoded, encodings_of
from ..shared.events import CancelToken
from ..shared.profile import C_MOVE, ServerProfile
from .arrivals import Arrivals
from .faults import failed
from .library import pynetdicom
from .link import CANCELLED, PENDING, SUCCESS, Link

#: DICOM PS3.8 section 9.3.2.2: context numbers are odd and at most 255; one is for the C-GET.
MOST_STORAGE_CONTEXTS = 127
_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
#: Pending answers to one request that are taken: one an instance is usual, and so is one a second.
_ANSWERS_AT_LEAST, _ANSWERS_AN_INSTANCE = 1000, 10

#: Why a C-FIND did not bring all: the limit that was asked for, one of the server's own (status
#: 0xFE00), answers that come again and again, too many of them, or too long a time.
LIMIT, SERVER, REPEATS, NUMBER, TIME = "limit", "server", "repeats", "number", "time"
#: Answers to one C-FIND without a limit, characters of a value and of all, values of an attribute.
MOST_ANSWERS, LONGEST_VALUE = 50_000, 1024
_MOST_TEXT, _MOST_VALUES = 50_000_000, 100
#: Answers that tell again what another one told.
_MOST_REPEATS = 1000
#: A query's time in DICOM timeouts, and seconds that a server has to end after a C-CANCEL.
_LONGEST, _STOPPING = 20, 2.0
_IDENTIFIERS = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")

Answer = Dict[str, Tuple[str, ...]]
Query = Mapping[str, Union[str, List[str]]]


def echo(profile: ServerProfile, *, token: Optional[CancelToken] = None) -> float:
    """Ask the DICOM server whether it answers (C-ECHO).

    Returned are the seconds that it took, without making the association (PS3.7 section 9.1.5).

    Raises
    ------
    DimseError
        It can't be reached, refuses or fails.
    """
    with Link(profile, "C-ECHO", token=token) as link:
        began = time.perf_counter()
        ((status, comment, _nothing),) = link.ask()
        if status != SUCCESS:
            raise failed(link.service, status, comment, profile)
        return time.perf_counter() - began


class FindLink(Link):
    """An association for any number of C-FINDs (PS3.4 annex C.4.1), as a context manager.

    What a server sends is bounded, in number, size and time: at a bound it gets a C-CANCEL, and
    where it goes on after that, the association is ended.

    Attributes
    ----------
    cut : str
        Why the last C-FIND did not bring all there is: `LIMIT`, `SERVER`, `REPEATS`, `NUMBER` or
        `TIME`; empty where it did.
    is_over : bool
        Whether the server did not stop, and another C-FIND needs another association.
    """

    def __init__(self, profile: ServerProfile, token: Optional[CancelToken] = None) -> None:
        super().__init__(profile, "C-FIND", token=token, tick=self._watch)
        self.cut = ""
        self.is_over = False
        self._asking = False
        #: When it is to end, and when at the latest after a C-CANCEL.
        self._end = time.monotonic() + longest_query(profile)
        self._last_end = 0.0

    @property
    def gave_up(self) -> bool:
        """Whether the server went beyond our bounds: it is of no use to ask it for more."""
        return self.cut in (REPEATS, NUMBER, TIME)

    def find(
        self,
        query: Query,
        limit: int = 0,
        *,
        wanted: Callable[[Answer], bool] = lambda _answer: True,
    ) -> Iterator[Answer]:
        """Yield the answers to one C-FIND: values as text, of what the server filled of `query`.

        Identifiers are as they came, but for padding.

        Parameters
        ----------
        query : mapping
            Keyword → value; empty values ask for the attribute, lists match any of their values.
        limit : int
            Most answers to yield; 0 for all, up to `MOST_ANSWERS`.
        wanted : callable
            Whether an answer counts: where the server can't be asked as precisely as is meant.

        Raises
        ------
        DimseError
            The server refuses, breaks off or falls silent.
        """
        self.cut = ""
        keywords = [keyword for keyword in query if keyword != "QueryRetrieveLevel"]
        found = _Found(limit)
        self._asking = True
        try:
            for code, comment, identifier in self.ask(_identifier(query)):
                if code == CANCELLED:  # ours, or the server's own
                    self.cut = self.cut or SERVER
                elif code not in PENDING:
                    if code != SUCCESS:
                        raise failed(self.service, code, comment, self.profile)
                elif identifier is not None and not self.cut:
                    answer = _answer(identifier, keywords)
                    if not wanted(answer):
                        continue
                    is_new = found.add(answer)
                    if found.why_enough:
                        self._stop(found.why_enough)
                    elif is_new:
                        yield answer
        except _Endless:
            self.is_over = True
            self.close()
        finally:
            self._asking = False

    def _stop(self, why: str) -> None:
        self.cut = why
        self._last_end = time.monotonic() + _STOPPING
        self.cancel()

    def _watch(self) -> None:
        """Look at the time, also while nothing comes."""
        now = time.monotonic()
        if self._asking and not self.cut and now > self._end:
            self._stop(TIME)
        elif self._asking and self.cut and self._last_end and now > self._last_end:
            raise _Endless


class _Endless(Exception):
    """The server goes on after a C-CANCEL."""


class _Found:
    """Counts the answers to one C-FIND; `why_enough` is the bound that one of them is beyond."""

    def __init__(self, limit: int) -> None:
        self.why_enough = ""
        self._limit = limit
        self._size = self._repeats = 0
        self._identities: Set[int] = set()

    def add(self, answer: Answer) -> bool:
        """Take in an answer; return whether it tells of something new."""
        identity = hash(tuple(answer.get(keyword) for keyword in _IDENTIFIERS))
        if identity in self._identities:
            self._repeats += 1
            if self._repeats > _MOST_REPEATS:
                self.why_enough = REPEATS
            return False
        self._size += sum(len(value) for values in answer.values() for value in values)
        if self._limit and len(self._identities) >= self._limit:
            self.why_enough = LIMIT
        elif len(self._identities) >= (self._limit or MOST_ANSWERS) or self._size > _MOST_TEXT:
            self.why_enough = NUMBER
        self._identities.add(identity)
        return True


def longest_query(profile: ServerProfile) -> float:
    """Return the seconds after which a query is ended, whatever still comes."""
    return _LONGEST * profile.dimse_timeout


def _identifier(query: Query) -> Any:
    return _dataset({"SpecificCharacterSet": "ISO_IR 192", **query})


def _dataset(values: Query) -> Any:
    dataset = Dataset()
    for keyword, value in values.items():
        tag = tag_for_keyword(keyword)
        if tag is None:
            raise ValueError(f"{keyword} is no DICOM keyword")
        # Wildcards and ranges are not values that the VR allows, but are what C-FIND asks for.
        dataset.add(DataElement(tag, dictionary_VR(tag), value, validation_mode=IGNORE))
    return dataset


def _answer(identifier: Any, wanted: Iterable[str]) -> Answer:
    """Return the values of an answer, read from its bytes: no value of a server raises here.

    An identifier is one value whatever is in it: a backslash parts nothing there, and the spaces
    before a patient ID count.
    """
    encodings = encodings_of(_raw(identifier, "SpecificCharacterSet"))
    found: Answer = {}
    for keyword in wanted:
        text = decoded(_raw(identifier, keyword), encodings)
        if keyword in _IDENTIFIERS:
            whole = text.rstrip("\0 ") if keyword == "PatientID" else text.strip("\0 ")
            values: Tuple[str, ...] = (whole,)
        else:
            values = tuple(part.strip(" \0") for part in text.split("\\"))
        if any(values):
            found[keyword] = tuple(value[:LONGEST_VALUE] for value in values[:_MOST_VALUES])
    return found


def _raw(identifier: Any, keyword: str) -> bytes:
    element = identifier.get_item(Tag(keyword))  # as it came; None when it did not
    value = element.value if element is not None else b""
    return value if isinstance(value, bytes) else b""


def usual_storage() -> List[Tuple[str, str]]:
    """Return contexts for a server that does not tell what it holds."""
    classes = [str(context.abstract_syntax) for context in pynetdicom.StoragePresentationContexts]
    return [(uid, _EXPLICIT_LITTLE_ENDIAN) for uid in classes[:MOST_STORAGE_CONTEXTS]]


@dataclass(frozen=True)
class SeriesRequest:
    """What to ask for of one series: all of it, or single instances.

    How many `instances` the server has of it, the answers are counted by.
    """

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uids: Tuple[str, ...] = ()
    instances: int = 0


@dataclass(frozen=True)
class Outcome:
    """How the server ended a C-GET or C-MOVE: its final status, and its words if it is no success.

    Of the SOP Instance UIDs in `failed` it says that it could not send them.
    """

    request: SeriesRequest
    status: int
    text: str = ""
    failed: Tuple[str, ...] = ()


def fetch(
    profile: ServerProfile,
    method: str,
    requests: Sequence[SeriesRequest],
    arrivals: Arrivals,
    *,
    storage: Sequence[Tuple[str, str]] = (),
    token: Optional[CancelToken] = None,
    tick: Optional[Callable[[], None]] = None,
) -> List[Outcome]:
    """Fetch series, one after the other over one association; return how each request ended.

    Nothing is known to be complete by that: count `arrivals`.

    Parameters
    ----------
    method : str
        ``C-GET``; or ``C-MOVE`` to the DICOM listener with the profile's `storage_ae_title`.
    arrivals : Arrivals
        Takes the instances of a C-GET; for a C-MOVE, what the `StorageListener` gives them to.
    storage : sequence of (str, str)
        C-GET: SOP class and transfer syntax of what will come, at most `MOST_STORAGE_CONTEXTS`
        pairs.
    token : CancelToken, optional
        Ends it, within a file as well.

    Raises
    ------
    DimseError
        The server can't be reached, refuses, breaks off or falls silent.

    Notes
    -----
    DICOM PS3.4 annex C.4.2 and C.4.3. The server must know the destination of a C-MOVE: Orthanc's
    ``DicomModalities``. For a C-GET each transfer syntax has a presentation context of its own:
    Orthanc before 1.12 takes Explicit VR Little Endian wherever it stands beside others, and then
    can't send what is stored compressed.
    """
    storage = storage[:MOST_STORAGE_CONTEXTS]
    destination = (profile.storage_ae_title,) if method == C_MOVE else ()
    with Link(profile, method, token=token, tick=tick, storage=storage, arrivals=arrivals) as link:
        return [one_request(link, request, *destination) for request in requests]


def one_request(link: Link, request: SeriesRequest, *destination: str) -> Outcome:
    """Ask for one series, or some instances of it; see `fetch`."""
    wanted: Dict[str, Union[str, List[str]]] = {
        "QueryRetrieveLevel": "SERIES",
        "StudyInstanceUID": request.study_instance_uid,
        "SeriesInstanceUID": request.series_instance_uid,
    }
    if request.sop_instance_uids:
        wanted["QueryRetrieveLevel"] = "IMAGE"
        wanted["SOPInstanceUID"] = list(request.sop_instance_uids)
    outcome = Outcome(request, SUCCESS)
    answers = 0
    for code, comment, identifier in link.ask(_dataset(wanted), *destination):
        answers += 1
        if answers <= request.instances:
            link.gets_on()
        elif answers > _ANSWERS_AT_LEAST + _ANSWERS_AN_INSTANCE * request.instances:
            raise link.endless(f"{answers} answers and no last one")
        if code not in PENDING:
            text = "" if code == SUCCESS else comment or _status_text(link.service, code)
            outcome = Outcome(request, code, text, _failed_uids(identifier))
    return outcome


def _failed_uids(identifier: Any) -> Tuple[str, ...]:
    """Return (0008,0058) Failed SOP Instance UID List, of an answer that may hold anything."""
    found = _answer(identifier, ["FailedSOPInstanceUIDList"]) if identifier is not None else {}
    return tuple(uid for uids in found.values() for uid in uids if uid)


def _status_text(service: str, code: int) -> str:
    known = {
        0xA701: "is out of resources",
        0xA702: "could not send some of the instances",
        0xA801: "does not know the destination",
        0xA900: "did not understand the request",
        0xB000: "could not send some of the instances",
        0xC000: "was unable to process the request",
    }
    return f"the server {known.get(code, 'ended the ' + service)} (status 0x{code:04X})"
