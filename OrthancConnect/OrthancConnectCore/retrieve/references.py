"""What a segmentation, a structure set, a presentation state or a report refers to."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any, Dict, Iterator, List, Sequence

from ..orthanc.answers import RECORD
from ..orthanc.client import OrthancClient
from ..orthanc.identifiers import is_orthanc_id
from ..orthanc.records import series_of
from ..shared.errors import NotFoundError
from ..shared.series import Selection, SeriesTarget
from ..shared.validation import uid_fault
from .plan import series_with_ids, targets_of

#: By modality the sequences, from the outermost, whose items name series by (0020,000E).
_SEQUENCES = {
    # PS3.3 C.12.2: ReferencedSeriesSequence, and that of another study
    "SEG": (("0008-1115",), ("0008-1200", "0008-1115")),
    "PR": (("0008-1115",),),  # PS3.3 C.11.11
    "SR": (
        ("0040-a375", "0008-1115"),
    ),  # PS3.3 C.17.2.3, CurrentRequestedProcedureEvidenceSequence
    "RTSTRUCT": (("3006-0010", "3006-0012", "3006-0014"),),  # PS3.3 C.8.8.5
}
#: Instances that are looked at of a series, and items of each sequence: each is a request.
_MOST_ITEMS = 16
_INDEX = re.compile(r"[0-9]{1,5}", re.ASCII)


def references_of(client: OrthancClient, targets: Sequence[SeriesTarget]) -> List[Dict[str, Any]]:
    """Return the series that others refer to, each pair of them once.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side.
    targets : sequence of SeriesTarget
        Those that refer; one of another modality refers to nothing here.

    Returns
    -------
    list of dict
        ``of``, the Series Instance UID of who refers; ``uid``, that of what is referred to;
        ``target`` and ``series``, its `SeriesTarget` and `SeriesRecord` as dicts, both None where
        the server has it not under this patient ID.

    Notes
    -----
    Orthanc REST API, ``GET /instances/{id}/content/{sequence}/{index}/{tag}``: a few bytes, however
    large the instance is. The states of a series of presentation states may be of several series.
    """
    found: List[Dict[str, Any]] = []
    for orthanc_id, target in series_with_ids(client, targets).items():
        record = client.get_json(f"/series/{orthanc_id}", shape=RECORD)
        sequences = _SEQUENCES.get(series_of(record).modality)
        instances = [one for one in record.get("Instances", ()) if is_orthanc_id(one)]
        if not sequences or not instances:
            continue
        uids = dict.fromkeys(
            uid
            for instance in instances[:_MOST_ITEMS]
            for path in sequences
            for uid in _uids_below(client, f"/instances/{instance}/content", path)
        )
        uids.pop(target.series_instance_uid, None)
        there = {
            one.series_instance_uid: one
            for one in targets_of(client, Selection(series_instance_uids=tuple(uids)))
            if one.patient_id == target.patient_id or not target.patient_id
        }
        for uid in uids:
            one, series = there.get(uid), None
            if one is not None:
                series = series_of(client.get_json(f"/series/{one.orthanc_id}", shape=RECORD))
            pair = {"of": target.series_instance_uid, "uid": uid}
            as_dicts = {"target": one and asdict(one), "series": series and asdict(series)}
            found.append({**pair, **as_dicts})
    return found


def _uids_below(client: OrthancClient, path: str, sequences: Sequence[str]) -> Iterator[str]:
    try:
        if not sequences:
            uid = client.get_text(f"{path}/0020-000e").strip("\0 \r\n")
            if not uid_fault(uid):
                yield uid
            return
        path = f"{path}/{sequences[0]}"
        for index in client.get_json(path, shape=[str])[:_MOST_ITEMS]:
            if _INDEX.fullmatch(index):
                yield from _uids_below(client, f"{path}/{index}", sequences[1:])
    except NotFoundError:
        return  # it has no such attribute
