"""Labels of studies and series.

Orthanc has its own since 1.12. Before that they are a JSON list of texts in the user metadata
`metadata.LABELS`, which any program can read: ``GET /studies/{id}/metadata/5101``.
"""

from __future__ import annotations

import json
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple
from urllib.parse import quote

from .. import audit
from ..shared.errors import InputError
from ..shared.events import CancelToken
from ..shared.query import PatientRecord
from ..shared.query_checks import checked_labels
from ..shared.validation import plain_identifier, plain_text
from . import metadata
from .client import OrthancClient
from .identifiers import is_orthanc_id
from .records import (
    Record,
    all_pages,
    path_of,
    patient_of,
    records_of,
    records_with,
    series_by_study,
    series_of,
)

#: A level, and Orthanc's identifier.
Resource = Tuple[str, str]
_STUDIES_A_PAGE = 500


def labelled(
    client: OrthancClient, records: Iterable[Record], level: str = "Study"
) -> Iterator[Record]:
    """Yield records with their labels, also of a server that has none of its own.

    Notes
    -----
    ``POST /tools/bulk-content`` with ``Metadata``, a request for 200 studies (10 ms) or series; a
    user who may not ask that sees no labels there.
    """
    records = list(records)
    bare = [str(one["ID"]) for one in records if "Labels" not in one]
    told = _labelled_by_metadata(records_of(client, level, bare, with_metadata=True))
    known = {str(one["ID"]): one["Labels"] for one in told}
    for one in records:
        yield one if "Labels" in one else {**one, "Labels": known.get(str(one["ID"]), [])}


def with_series(
    client: OrthancClient, records: Sequence[Record], token: Optional[CancelToken] = None
) -> List[PatientRecord]:
    """Return the patient of each study's record, with that study, its labels and its series.

    What the server has no longer is left out; see `series_by_study`.
    """
    series = {str(study["ID"]): its for study, its in series_by_study(client, records, token)}
    studies = labelled(client, [one for one in records if one["ID"] in series])
    return [patient_of(one, list(map(series_of, series[str(one["ID"])]))) for one in studies]


def patients_of(client: OrthancClient, study_orthanc_ids: Iterable[str]) -> List[PatientRecord]:
    """Return the patient of each study, with that study and its series, if they still are there."""
    return with_series(client, list(records_of(client, "Study", study_orthanc_ids)))


def _listed(text: Any) -> List[str]:
    """Return the labels of a value in metadata; none of what is no list of texts."""
    return metadata.value(text, [str]) or [] if isinstance(text, str) else []


def labels_of(client: OrthancClient, resource: Resource) -> Tuple[str, ...]:
    """Return the labels of a study or series, in order.

    Raises
    ------
    NotFoundError
        The server has no such one.
    """
    record = client.get_json(path_of(*resource), shape={"ID": str, "Labels?": [str]})
    if "Labels" in record:
        return _told(record["Labels"])
    kept = metadata.read(client, path_of(*resource), metadata.LABELS)
    return _told(_listed(kept.text) if kept is not None else [])


def _told(labels: Iterable[str]) -> Tuple[str, ...]:
    return tuple(sorted({plain_text(label, 64) for label in labels}))


def change_labels(
    client: OrthancClient, resource: Resource, add: Sequence[str], remove: Sequence[str] = ()
) -> None:
    """Put labels on a study or series, and take others away.

    Raises
    ------
    InputError
        A label that Orthanc would not take; nothing was changed.
    NotFoundError
        The server has no such study or series.
    PermissionDeniedError
        This user may not change it.

    Notes
    -----
    ``PUT`` and ``DELETE /studies/{id}/labels/{label}``, each whole in itself (Orthanc 1.12).
    """
    add, remove = checked_labels(tuple(add)), checked_labels(tuple(remove))
    path = path_of(*resource)
    if has_own(client):
        for method, labels in (("PUT", add), ("DELETE", remove)):
            for label in labels:
                body = b"" if method == "PUT" else None
                client.request(method, f"{path}/labels/{quote(label, safe='')}", body=body)
    else:

        def edit(text: Optional[str]) -> str:
            wanted: Set[str] = (set(_listed(text)) | set(add)) - set(remove)
            return json.dumps(sorted(wanted))

        metadata.change(client, path, metadata.LABELS, edit)


def relabel(
    client: OrthancClient, resource: Resource, add: Sequence[str], remove: Sequence[str]
) -> str:
    """Do the same as `change_labels`, as an event of the audit log, whatever comes of it.

    Returns why that can't be written, if so.
    """
    of = {resource[0]: [resource[1]]}
    changes = {"series": of.get("Series", []), "added": list(add), "removed": list(remove)}
    with audit.act("label", client, of.get("Study", []), **changes) as deed:
        change_labels(client, resource, add, remove)
    return deed.fault


def has_own(client: OrthancClient) -> bool:
    """Return whether the server has labels of its own, as Orthanc has since 1.12."""
    return client.system().has_labels


def all_labels(client: OrthancClient) -> Tuple[str, ...]:
    """Return all labels that studies of the server have (and of others, since Orthanc 1.12)."""
    if has_own(client):
        return _told(client.get_json("/tools/labels", shape=[str]))
    return _told(label for study in every_study(client) for label in study["Labels"])


def studies_with(client: OrthancClient, label: str) -> Iterator[Record]:
    """Yield the records of all studies that have a label, with their ``Metadata``.

    Notes
    -----
    ``POST /tools/find`` page by page, whatever ``LimitFindResults`` a server has; it tells metadata
    since Orthanc 1.12.5, ``POST /tools/bulk-content`` before that. One without labels of its own
    has all its studies read: 1.10 takes 0.3 s for 5,000 and 2.6 s for 20,000, on a loaded machine.
    """
    if not has_own(client):
        yield from (one for one in every_study(client) if label in one["Labels"])
        return
    told = ["MainDicomTags", "Labels", "Metadata"]
    chosen: Dict[str, Any] = {"Labels": [label], "LabelsConstraint": "All", "ResponseContent": told}

    def page(since: int) -> List[Record]:
        return client.find("Study", {}, **chosen, Since=since, Limit=_STUDIES_A_PAGE)

    bare: List[str] = []
    for one in all_pages("studies", page, "Look at the server's log."):
        if "Metadata" in one:
            yield one
        else:
            bare.append(str(one["ID"]))
    yield from records_of(client, "Study", bare, with_metadata=True)


def every_study(client: OrthancClient) -> Iterator[Record]:
    """Yield all studies of a server without labels of its own, with those of their metadata."""
    names = client.get_json("/studies", shape=[str])
    return _labelled_by_metadata(records_of(client, "Study", names, with_metadata=True))


def _labelled_by_metadata(records: Iterable[Record]) -> Iterator[Record]:
    """Yield records that came with their metadata, with the labels in it."""
    for one in records:
        yield {**one, "Labels": _listed(one.get("Metadata", {}).get(metadata.LABELS))}


def named(client: OrthancClient, name: str) -> Resource:
    """Return the study or series that has a UID, or that Orthanc calls so.

    Raises
    ------
    InputError
        There is none, or several of that UID.
    """
    found: List[Resource] = []
    records: Iterable[Record]
    for level in ("Study", "Series"):
        if is_orthanc_id(name):  # of a study's name Orthanc tells its series as well
            records = (one for one in records_of(client, level, [name]) if one["ID"] == name)
        else:
            records = records_with(client, level, [name], f"{level}InstanceUID")
        found += [(level, str(one["ID"])) for one in records]
    shown = plain_identifier(name)
    if not found:
        hint = "Query first what the server has."
        raise InputError(f"The server has no study and no series {shown}.", hint)
    if len(found) > 1:
        names = ", ".join([orthanc_id for _level, orthanc_id in found][:5])
        raise InputError(
            f"The server has {shown} {len(found)} times, of several patients.",
            f"Name one by Orthanc's identifier: {names}.",
        )
    return found[0]
