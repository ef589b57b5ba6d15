"""DICOM messages outside Slicer: C-ECHO and C-FIND; C-GET and C-MOVE are in `dimse.storage`.

Importing this module raises `MissingDependencyError` when pynetdicom is not installed.
"""

from __future__ import annotations

import time
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple, Union

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.tag import Tag

from ..dicom.text import decoded, encodings_of
from ..shared.events import CancelToken
from ..shared.profile import ServerProfile
from .faults import failed
from .library import IGNORE, DataElement, Dataset
from .link import CANCELLED, PENDING, STUDY_ROOT_FIND, SUCCESS, VERIFICATION, Link, Watch
from .listener import StorageListener
from .storage import Arrivals, get, move

__all__ = ["Arrivals", "FindLink", "StorageListener", "echo", "find", "get", "move"]

_CHARACTER_SET = Tag(0x0008, 0x0005)

Answer = Dict[str, Tuple[str, ...]]
Query = Mapping[str, Union[str, List[str]]]


def echo(profile: ServerProfile, *, token: Optional[CancelToken] = None) -> float:
    """Ask the DICOM server whether it answers (C-ECHO).

    Parameters
    ----------
    profile : ServerProfile
        The DICOM side of the server.
    token : CancelToken, optional
        Stops the waiting.

    Returns
    -------
    float
        Seconds that the C-ECHO took, without making the association.

    Raises
    ------
    DimseError
        It can't be reached, refuses or fails.

    Notes
    -----
    DICOM PS3.7 section 9.1.5, PS3.4 annex A.
    """
    with Link(profile, VERIFICATION, Watch(token, profile.dimse_timeout)) as link:
        began = time.perf_counter()
        ((status, comment, _nothing),) = link.ask("send_c_echo")
        if status != SUCCESS:
            raise failed(link.service, status, comment, profile)
        return time.perf_counter() - began


class FindLink(Link):
    """An association for any number of C-FINDs, as a context manager.

    Parameters
    ----------
    profile : ServerProfile
        The DICOM side of the server.
    token : CancelToken, optional
        Stops a C-FIND.

    Notes
    -----
    DICOM PS3.4 annex C.4.1, Study Root Query/Retrieve Information Model.
    """

    def __init__(self, profile: ServerProfile, token: Optional[CancelToken] = None) -> None:
        super().__init__(profile, STUDY_ROOT_FIND, Watch(token, profile.dimse_timeout))
        #: Whether the server cut the last answer short (Orthanc's LimitFindResults).
        self.cut = False

    def find(self, query: Query, limit: int = 0) -> Iterator[Answer]:
        """Yield the answers to one C-FIND.

        Parameters
        ----------
        query : mapping
            Keyword → value; empty values ask for the attribute, lists match any of their values.
        limit : int
            Most answers to yield; 0 for all. `cut` tells whether there were more.

        Yields
        ------
        dict
            Keyword → values as plain text, for the keywords of `query` that the server filled.
        """
        self.cut = False
        wanted = _tags(keyword for keyword in query if keyword != "QueryRetrieveLevel")
        count = 0
        for code, comment, identifier in self.ask("send_c_find", _identifier(query)):
            if code in PENDING:
                count += 1
                if limit and count == limit + 1:
                    self.cut = True
                    self.cancel()
                elif identifier is not None and not self.cut:
                    yield _answer(identifier, wanted)
                continue
            if code == CANCELLED:
                # Ours, or Orthanc's word for "LimitFindResults was reached".
                self.cut = True
            elif code != SUCCESS:
                raise failed(self.service, code, comment, self.profile)


def find(
    profile: ServerProfile, query: Query, *, limit: int = 0, token: Optional[CancelToken] = None
) -> List[Answer]:
    """Ask one C-FIND over an association of its own; see `FindLink.find`."""
    with FindLink(profile, token) as link:
        return list(link.find(query, limit))


def _identifier(query: Query) -> Any:
    identifier = Dataset()
    identifier.SpecificCharacterSet = "ISO_IR 192"
    for keyword, value in query.items():
        identifier.add(_element(keyword, value))
    return identifier


def _element(keyword: str, value: Union[str, List[str]]) -> Any:
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise ValueError(f"{keyword} is no DICOM keyword")
    # Wildcards, ranges and lists are not values that the VR allows, but are what C-FIND asks for.
    return DataElement(tag, dictionary_VR(tag), value, validation_mode=IGNORE)


def _tags(keywords: Iterable[str]) -> Dict[str, Any]:
    return {keyword: Tag(tag_for_keyword(keyword) or 0) for keyword in keywords}


def _answer(identifier: Any, wanted: Mapping[str, Any]) -> Answer:
    """Return the values of an answer, read from its bytes: no value of a server raises here."""
    encodings = encodings_of(_raw(identifier, _CHARACTER_SET))
    found: Answer = {}
    for keyword, tag in wanted.items():
        text = decoded(_raw(identifier, tag), encodings)
        values = tuple(part.strip(" \0") for part in text.split("\\"))
        if any(values):
            found[keyword] = values
    return found


def _raw(identifier: Any, tag: Any) -> bytes:
    element = identifier.get_item(tag)  # as it came; None when it did not
    value = element.value if element is not None else b""
    return value if isinstance(value, bytes) else b""
