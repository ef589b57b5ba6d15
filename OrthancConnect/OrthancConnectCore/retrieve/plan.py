"""What is to be retrieved: asked of the server's REST API before anything is fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

from ..dicom.part10 import is_uid
from ..orthanc.client import OrthancClient, SeriesInventory, tag
from ..shared.errors import AuthenticationError, ConnectionFailedError, OrthancHttpError
from ..shared.receipts import Receipt
from ..shared.series import Selection, SeriesTarget
from .files import Wanted

#: Instances asked for in one ``/tools/bulk-content``.
_INSTANCES_A_REQUEST = 5000
_BY_HAND = "Download it on the server's own web page."


def targets_of(client: OrthancClient, selection: Selection) -> List[SeriesTarget]:
    """Return the series that the server has of a selection, each once.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side.
    selection : Selection
        Patients, studies and series together.

    Returns
    -------
    list of SeriesTarget
        What the server does not know (any longer) is not in it.

    Notes
    -----
    Orthanc REST API, ``POST /tools/find``. It matches patient IDs without regard to case and with
    wildcards; here only the very same ID counts.
    """
    studies: Dict[str, Tuple[str, str]] = {}
    for patient_id in dict.fromkeys(selection.patient_ids):
        for record in client.find("Study", {"PatientID": patient_id}):
            if tag(record, "PatientMainDicomTags", "PatientID") == patient_id.strip():
                _add_study(studies, record)
    for record in client.find_uids("Study", _usable(selection.study_instance_uids)):
        _add_study(studies, record)
    found: Dict[SeriesTarget, None] = {}
    of_studies = _usable(uid for _patient_id, uid in studies.values())
    for record in client.find_uids("Series", of_studies, "StudyInstanceUID"):
        _add_series(found, studies, record)
    for record in client.find_uids("Series", _usable(selection.series_instance_uids)):
        parent = str(record.get("ParentStudy"))
        if parent not in studies:
            _add_study(studies, client.get_json(f"/studies/{parent}"))
        _add_series(found, studies, record)
    return list(found)


def _add_study(studies: Dict[str, Tuple[str, str]], record: Any) -> None:
    uid = tag(record, "MainDicomTags", "StudyInstanceUID")
    if uid:
        patient_id = tag(record, "PatientMainDicomTags", "PatientID")
        studies[str(record.get("ID"))] = (patient_id, uid)


def _add_series(
    found: Dict[SeriesTarget, None], studies: Mapping[str, Tuple[str, str]], record: Any
) -> None:
    uid = tag(record, "MainDicomTags", "SeriesInstanceUID")
    patient_id, study_uid = studies.get(str(record.get("ParentStudy")), ("", ""))
    if is_uid(uid) and is_uid(study_uid):
        found[SeriesTarget(patient_id, study_uid, uid)] = None


def _usable(uids: Iterable[str]) -> List[str]:
    """Return the UIDs that are well formed: a wildcard, for example, would find too much."""
    return [uid for uid in uids if is_uid(uid)]


def plan_of(
    client: OrthancClient,
    targets: Sequence[SeriesTarget],
    root: Path,
    receipt: Receipt,
    only: Optional[Mapping[str, Iterable[str]]] = None,
) -> List[Wanted]:
    """Return the instances that the server has of some series, and where each goes.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side.
    targets : sequence of SeriesTarget
        What to look for; each once. Those without a study go right below `root`.
    root : Path
        The folder to be filled.
    receipt : Receipt
        Gets a row for what can't be fetched at all.
    only : mapping of str to iterable of str, optional
        Series Instance UID → SOP Instance UIDs, where not all of a series is wanted.

    Notes
    -----
    Orthanc REST API, ``POST /tools/bulk-content`` (since 1.9.4): one request tells the UID, size,
    SOP class and transfer syntax of all instances. Where it is not there, the inventory does, and
    those facts stay unknown.
    """
    folders: Dict[str, SeriesTarget] = {}
    for target in targets:
        study_uid, uid = target.study_instance_uid, target.series_instance_uid
        if is_uid(uid) and (is_uid(study_uid) or not study_uid):
            folders.setdefault(uid, target)
        else:
            _refuse(receipt, uid, "The UID of study or series is not well formed.", _BY_HAND)
    known: Dict[str, List[Wanted]] = {uid: [] for uid in folders}
    for uid, sop_uid, facts in _instances(client, folders):
        study_uid = folders[uid].study_instance_uid
        path = root / study_uid / uid / f"{sop_uid}.dcm"
        known[uid].append(Wanted(sop_uid, uid, study_uid, path=path, **facts))
    wanted: List[Wanted] = []
    for uid, instances in known.items():
        chosen = None if only is None else dict.fromkeys(only[uid])
        for one in instances:
            if chosen is not None and one.sop_instance_uid not in chosen:
                continue
            if is_uid(one.sop_instance_uid):
                wanted.append(one)
            else:
                reason = "The SOP Instance UID is not well formed."
                _refuse(receipt, one.sop_instance_uid, reason, _BY_HAND)
        there = {one.sop_instance_uid for one in instances}
        for sop_uid in chosen or ():
            if sop_uid not in there:
                reason = "The server has no such instance any longer."
                _refuse(receipt, sop_uid, reason, "Query again.")
        if chosen is None and not instances:
            reason = "The server has no instances of this series any longer."
            _refuse(receipt, uid, reason, "Query again.")
    return wanted


def _refuse(receipt: Receipt, item: str, reason: str, hint: str) -> None:
    receipt.expected += 1
    receipt.add_failed(item or "(empty)", reason, hint)


def _instances(
    client: OrthancClient, folders: Mapping[str, SeriesTarget]
) -> Iterator[Tuple[str, str, Dict[str, Any]]]:
    """Yield Series and SOP Instance UID, and what else is known, of each instance."""
    series: Dict[str, Tuple[str, int]] = {}
    for record in client.find_uids("Series", folders):
        uid = tag(record, "MainDicomTags", "SeriesInstanceUID")
        if uid in folders:
            children = record.get("Instances")
            count = len(children) if isinstance(children, list) else 0
            series[str(record.get("ID"))] = (uid, count)
    for batch in _batches({orthanc_id: count for orthanc_id, (_uid, count) in series.items()}):
        rows = _bulk_content(client, batch)
        if rows is None:
            uids = [series[orthanc_id][0] for orthanc_id in batch]
            for uid, inventory in client.inventory(uids).items():
                for sop_uid, orthanc_id in inventory.instances.items():
                    yield uid, sop_uid, {"orthanc_id": orthanc_id}
            continue
        for row in rows:
            parent = series.get(str(row.get("ParentSeries")))
            if parent is not None:
                yield parent[0], tag(row, "MainDicomTags", "SOPInstanceUID"), _facts(row)


def _facts(row: Mapping[str, Any]) -> Dict[str, Any]:
    size = row.get("FileSize")
    sop_class, syntax = (tag(row, "Metadata", name) for name in ("SopClassUid", "TransferSyntax"))
    return {
        "orthanc_id": str(row.get("ID", "")),
        "size": size if isinstance(size, int) and size > 0 else 0,
        "sop_class_uid": sop_class if is_uid(sop_class) else "",
        "transfer_syntax_uid": syntax if is_uid(syntax) else "",
    }


def _batches(counts: Mapping[str, int]) -> Iterator[List[str]]:
    batch: List[str] = []
    total = 0
    for orthanc_id, count in counts.items():
        if batch and total + count > _INSTANCES_A_REQUEST:
            yield batch
            batch, total = [], 0
        batch.append(orthanc_id)
        total += count
    if batch:
        yield batch


def _bulk_content(client: OrthancClient, series: List[str]) -> Optional[List[Dict[str, Any]]]:
    request = {"Resources": series, "Level": "Instance", "Metadata": True}
    try:
        rows = client.post_json("/tools/bulk-content", request)
    except AuthenticationError:
        raise
    except OrthancHttpError:
        return None  # an Orthanc before 1.9.4, or a plugin keeps this user from it
    except ConnectionFailedError as error:
        if error.facts.get("cause") != "not_orthanc":
            raise
        return None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    return rows


def newly_arrived(
    wanted: Sequence[Wanted], inventory: Mapping[str, SeriesInventory]
) -> List[Wanted]:
    """Return what the server has got since, of the series of a plan."""
    known = {(one.series_instance_uid, one.sop_instance_uid) for one in wanted}
    places = {one.series_instance_uid: one for one in wanted}
    found = []
    for uid, series in inventory.items():
        for sop_uid, orthanc_id in series.instances.items():
            if uid in places and (uid, sop_uid) not in known and is_uid(sop_uid):
                path = places[uid].path.with_name(f"{sop_uid}.dcm")
                study_uid = places[uid].study_instance_uid
                found.append(Wanted(sop_uid, uid, study_uid, orthanc_id, path))
    return found
