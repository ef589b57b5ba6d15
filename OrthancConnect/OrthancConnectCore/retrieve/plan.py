"""What is to be retrieved: asked of the server's REST API before anything is fetched."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

from ..dicom.part10 import is_uid
from ..orthanc.client import OrthancClient, SeriesInventory
from ..shared.errors import (
    AuthenticationError,
    ConnectionFailedError,
    OrthancHttpError,
    PermissionDeniedError,
)
from ..shared.receipts import Receipt
from ..shared.series import Selection, SeriesTarget
from .files import Wanted

#: UIDs joined in one ``/tools/find``, and instances asked for in one ``/tools/bulk-content``.
_UIDS_A_REQUEST, _INSTANCES_A_REQUEST = 100, 5000


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
            if _tag(record, "PatientMainDicomTags", "PatientID") == patient_id.strip():
                _add_study(studies, record)
    for joined in _joined(selection.study_instance_uids):
        for record in client.find("Study", {"StudyInstanceUID": joined}):
            _add_study(studies, record)
    found: Dict[SeriesTarget, None] = {}
    for joined in _joined(uid for _patient_id, uid in studies.values()):
        for record in client.find("Series", {"StudyInstanceUID": joined}):
            _add_series(found, studies, record)
    for joined in _joined(selection.series_instance_uids):
        for record in client.find("Series", {"SeriesInstanceUID": joined}):
            parent = str(record.get("ParentStudy"))
            if parent not in studies:
                _add_study(studies, client.get_json(f"/studies/{parent}"))
            _add_series(found, studies, record)
    return list(found)


def _add_study(studies: Dict[str, Tuple[str, str]], record: Any) -> None:
    uid = _tag(record, "MainDicomTags", "StudyInstanceUID")
    if uid:
        patient_id = _tag(record, "PatientMainDicomTags", "PatientID")
        studies[str(record.get("ID"))] = (patient_id, uid)


def _add_series(
    found: Dict[SeriesTarget, None], studies: Mapping[str, Tuple[str, str]], record: Any
) -> None:
    uid = _tag(record, "MainDicomTags", "SeriesInstanceUID")
    patient_id, study_uid = studies.get(str(record.get("ParentStudy")), ("", ""))
    if is_uid(uid) and is_uid(study_uid):
        found[SeriesTarget(patient_id, study_uid, uid)] = None


def _joined(uids: Iterable[str]) -> Iterator[str]:
    """Yield the usable UIDs as lists that ``/tools/find`` takes; anything else finds nothing."""
    usable = [uid for uid in dict.fromkeys(uids) if is_uid(uid)]
    for start in range(0, len(usable), _UIDS_A_REQUEST):
        yield "\\".join(usable[start : start + _UIDS_A_REQUEST])


def _tag(record: Any, group: str, keyword: str) -> str:
    tags = record.get(group) if isinstance(record, dict) else None
    value = tags.get(keyword) if isinstance(tags, dict) else None
    return value.strip(" \0") if isinstance(value, str) else ""


@dataclass
class Plan:
    """What a retrieve has to bring.

    Attributes
    ----------
    wanted : list of Wanted
        The instances that the server has and that can have a file.
    unusable : list of (str, str, str)
        Item, reason and hint of what can't be fetched at all.
    """

    wanted: List[Wanted] = field(default_factory=list)
    unusable: List[Tuple[str, str, str]] = field(default_factory=list)

    def add(self, instance: Wanted) -> None:
        """Take an instance, unless its UID can't be a file name."""
        uid = instance.sop_instance_uid
        if is_uid(uid):
            self.wanted.append(instance)
        else:
            self.refuse(uid, "The SOP Instance UID is not well formed")

    def refuse(self, item: str, reason: str) -> None:
        """Note what can't have a file."""
        self.unusable.append(
            (item or "(empty)", f"{reason}.", "Download it on the server's own web page.")
        )

    def begin(self, receipt: Receipt) -> None:
        """Enter what is expected, and what can't be fetched."""
        receipt.expected = len(self.wanted) + len(self.unusable)
        for row in self.unusable:
            receipt.add_failed(*row)


def plan_of(client: OrthancClient, targets: Sequence[SeriesTarget], root: Path) -> Plan:
    """Return the instances that the server has of some series, and where each goes.

    Notes
    -----
    Orthanc REST API, ``POST /tools/bulk-content`` (since 1.9.4): one request tells the UID, size,
    SOP class and transfer syntax of all instances. Where it is not there, the inventory does, and
    those facts stay unknown.
    """
    plan = Plan()
    folders: Dict[str, SeriesTarget] = {}
    for target in targets:
        if is_uid(target.study_instance_uid) and is_uid(target.series_instance_uid):
            folders.setdefault(target.series_instance_uid, target)
        else:
            plan.refuse(target.series_instance_uid, "The UID of study or series is not well formed")
    known: Dict[str, List[Wanted]] = {uid: [] for uid in folders}
    for uid, sop_uid, facts in _instances(client, folders):
        target = folders[uid]
        path = root / target.study_instance_uid / uid / f"{sop_uid}.dcm"
        known[uid].append(Wanted(sop_uid, uid, target.study_instance_uid, path=path, **facts))
    for uid, instances in known.items():
        for instance in instances:
            plan.add(instance)
        if not instances:
            plan.unusable.append(
                (uid, "The server has no instances of this series any longer.", "Query again.")
            )
    return plan


def _instances(
    client: OrthancClient, folders: Mapping[str, SeriesTarget]
) -> Iterator[Tuple[str, str, Dict[str, Any]]]:
    """Yield Series and SOP Instance UID, and what else is known, of each instance."""
    series: Dict[str, Tuple[str, int]] = {}
    for joined in _joined(folders):
        for record in client.find("Series", {"SeriesInstanceUID": joined}):
            uid = _tag(record, "MainDicomTags", "SeriesInstanceUID")
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
                yield parent[0], _tag(row, "MainDicomTags", "SOPInstanceUID"), _facts(row)


def _facts(row: Mapping[str, Any]) -> Dict[str, Any]:
    size = row.get("FileSize")
    sop_class, syntax = (_tag(row, "Metadata", name) for name in ("SopClassUid", "TransferSyntax"))
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
    except (AuthenticationError, PermissionDeniedError) as error:
        if isinstance(error, AuthenticationError):
            raise
        return None  # a plugin keeps this user from it
    except (OrthancHttpError, ConnectionFailedError) as error:
        if isinstance(error, ConnectionFailedError) and error.facts.get("cause") != "not_orthanc":
            raise
        return None  # an Orthanc before 1.9.4
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    return rows


def newly_arrived(plan: Plan, inventory: Mapping[str, SeriesInventory], root: Path) -> List[Wanted]:
    """Add to a plan what the server has got since, and return it."""
    known = {(one.series_instance_uid, one.sop_instance_uid) for one in plan.wanted}
    studies = {one.series_instance_uid: one.study_instance_uid for one in plan.wanted}
    found = []
    for uid, series in inventory.items():
        study = studies.get(uid)
        for sop_uid, orthanc_id in series.instances.items():
            if study is not None and (uid, sop_uid) not in known and is_uid(sop_uid):
                path = root / study / uid / f"{sop_uid}.dcm"
                found.append(Wanted(sop_uid, uid, study, orthanc_id, path))
    plan.wanted.extend(found)
    return found
