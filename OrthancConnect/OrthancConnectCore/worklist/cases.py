"""The cases of the lists that are on a server: which there are, and putting studies on a list."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Sequence, Tuple

from .. import audit
from ..orthanc import metadata
from ..orthanc.client import OrthancClient, tag
from ..orthanc.labels import (
    all_labels,
    change_labels,
    every_study,
    has_own,
    labels_of,
    studies_with,
)
from ..orthanc.records import path_of
from ..shared.errors import InputError, NotFoundError
from ..shared.validation import plain_text
from .scheme import (
    DOING,
    LAST_PLACE,
    MOST_LISTS,
    REJECTED,
    STATES,
    TODO,
    Case,
    label_of,
    lists_in,
    now,
    read_cases,
    write_cases,
)

#: Times that the labels are put right while others change the same case.
_LOOKS = 5


@dataclass(frozen=True)
class Entry:
    """A case with what tells people which study it is; names and dates as DICOM has them."""

    orthanc_id: str
    study_instance_uid: str
    patient_id: str
    patient_name: str
    study_date: str
    study_description: str
    case: Case

    def row(self) -> Dict[str, Any]:
        """Return all of it as one row of a table."""
        told = asdict(self)
        return {**told.pop("case"), **told}


#: The states of what is still to be worked on.
LEFT = (TODO, DOING, REJECTED)
#: The columns of a table of cases.
COLUMNS = (
    *("place", "patient_id", "patient_name", "study_date", "study_description", "state", "user"),
    *("since", "reason", "reviewer", "note", "study_instance_uid", "orthanc_id"),
)


def lists_of(client: OrthancClient) -> List[str]:
    """Return the names of the lists on a server.

    Raises
    ------
    InputError
        There are more than `MOST_LISTS`.
    """
    return _names_in(all_labels(client))


def _names_in(labels: Iterable[str]) -> List[str]:
    names = lists_in(list(labels))
    if len(names) > MOST_LISTS:
        raise InputError(
            f"The server has {len(names)} work lists: of more than {MOST_LISTS} none is shown.",
            "Remove those that are done: orthancconnect worklist remove.",
        )
    return names


def entries(client: OrthancClient, name: str) -> List[Entry]:
    """Return the cases of a list in its order.

    Notes
    -----
    By their label, as `studies_with` finds them. A study whose label somebody has taken away is no
    longer on the list.
    """
    return _entries_in(studies_with(client, label_of(name)), name)


def entries_by_list(client: OrthancClient) -> Iterator[Tuple[str, List[Entry]]]:
    """Yield each list of a server, as `lists_of` names them, with its cases.

    A server without labels of its own has its studies read once, and not once a list.

    Raises
    ------
    InputError
        There are more than `MOST_LISTS`.
    """
    if has_own(client):
        for name in lists_of(client):
            yield name, entries(client, name)
        return
    studies = list(every_study(client))
    for name in _names_in({label for one in studies for label in one["Labels"]}):
        label = label_of(name)
        yield name, _entries_in((one for one in studies if label in one["Labels"]), name)


def _entries_in(studies: Iterable[Mapping[str, Any]], name: str) -> List[Entry]:
    found = []
    for record in studies:
        with suppress(InputError):  # of another program
            told = record.get("Metadata", {}).get(metadata.WORK_LISTS)
            case = read_cases(told if isinstance(told, str) else None).get(name)
            if case is not None:
                found.append(_entry(record, case))
    return sorted(found, key=lambda one: (one.case.place, one.orthanc_id))


def _entry(record: Mapping[str, Any], case: Case) -> Entry:
    def text(group: str, keyword: str) -> str:
        return plain_text(tag(record, group, keyword), 200)

    return Entry(
        str(record["ID"]),
        tag(record, "MainDicomTags", "StudyInstanceUID"),
        tag(record, "PatientMainDicomTags", "PatientID"),
        text("PatientMainDicomTags", "PatientName"),
        text("MainDicomTags", "StudyDate"),
        text("MainDicomTags", "StudyDescription"),
        case,
    )


def counts(cases: Iterable[Case]) -> Dict[str, int]:
    """Return how many cases are in each state."""
    found = dict.fromkeys(STATES, 0)
    for case in cases:
        found[case.state] += 1
    return found


def create(
    client: OrthancClient, name: str, study_orthanc_ids: Sequence[str], reviews: bool = False
) -> Tuple[int, int]:
    """Put studies on a list in this order, behind those that it has; return how many are new.

    The second number is how many are on it. Done again, it adds what is new and puts labels right.

    Raises
    ------
    NotFoundError
        A study was deleted meanwhile.
    PermissionDeniedError
        This user may not change studies.
    """
    with audit.act("worklist", client, study_orthanc_ids, list=name, step="create"):
        return _create(client, name, study_orthanc_ids, reviews)


def _create(
    client: OrthancClient, name: str, study_orthanc_ids: Sequence[str], reviews: bool
) -> Tuple[int, int]:
    known = {one.orthanc_id: one.case for one in entries(client, name)}
    place = max((case.place for case in known.values()), default=0)
    new = 0
    for orthanc_id in dict.fromkeys(study_orthanc_ids):
        fresh = Case(since=now(), place=min(place + 1, LAST_PLACE), reviews=reviews)

        def edit(text: Any, fresh: Case = fresh) -> str:
            cases = read_cases(text)
            cases.setdefault(name, fresh)
            return write_cases(cases)

        if orthanc_id not in known:
            place += 1
            new += 1
            metadata.change(client, path_of("Study", orthanc_id), metadata.WORK_LISTS, edit)
        show(client, name, orthanc_id)
    return new, len(set(known) | set(study_orthanc_ids))


def remove(client: OrthancClient, name: str) -> int:
    """Take a list off the server, and return how many cases it had; the studies stay."""
    found = entries(client, name)
    with audit.act("worklist", client, [one.orthanc_id for one in found], list=name, step="remove"):
        _remove(client, name, found)
    return len(found)


def _remove(client: OrthancClient, name: str, found: Sequence[Entry]) -> None:
    for one in found:

        def edit(text: Any) -> str:
            cases = read_cases(text)
            cases.pop(name, None)
            return write_cases(cases)

        with suppress(NotFoundError):  # deleted meanwhile
            metadata.change(client, path_of("Study", one.orthanc_id), metadata.WORK_LISTS, edit)
    for study in studies_with(client, label_of(name)):
        with suppress(NotFoundError):
            show(client, name, str(study["ID"]))


def show(client: OrthancClient, name: str, orthanc_id: str) -> None:
    """Let a study's labels show what its metadata tells, whoever changes that meanwhile."""
    study = ("Study", orthanc_id)
    shown = None
    for _look in range(_LOOKS):
        kept = metadata.read(client, path_of(*study), metadata.WORK_LISTS)
        case = read_cases(kept.text if kept is not None else None).get(name)
        if kept == shown and shown is not None:
            return
        wanted = case.labels(name) if case is not None else frozenset()
        present = set(_own(labels_of(client, study), name))
        if wanted != present:
            change_labels(client, study, sorted(wanted - present), sorted(present - wanted))
        shown = kept


def _own(labels: Iterable[str], name: str) -> Iterator[str]:
    label = label_of(name)
    return (one for one in labels if one == label or one.startswith(f"{label}_"))
