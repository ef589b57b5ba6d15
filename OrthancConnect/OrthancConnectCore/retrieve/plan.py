"""What is to be retrieved: asked of the server's REST API before anything is fetched.

What is told apart is told apart by Orthanc's identifiers: UIDs may stand under two patients.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

from ..dicom.part10 import is_uid
from ..orthanc.answers import RECORD
from ..orthanc.client import OrthancClient, tag
from ..orthanc.identifiers import is_orthanc_id, patient_orthanc_id, study_orthanc_id
from ..orthanc.records import (
    STUDY_UID,
    Record,
    dicom_file_of,
    records_with,
    series_by_study,
    studies_of,
    target_of,
)
from ..shared.errors import (
    AuthenticationError,
    ConnectionFailedError,
    NotFoundError,
    OrthancHttpError,
    PermissionDeniedError,
)
from ..shared.receipts import FAILED, InstanceRow
from ..shared.series import Selection, SeriesTarget
from ..shared.validation import can_be_asked_for
from .files import Wanted, apart, folder_of, folders_of, link_out_of, name_of, settle
from .stack import decimals

#: Instances and series asked for in one request.
_INSTANCES_A_REQUEST, _SERIES_A_REQUEST = 5000, 100
#: What one query tells of each instance (``ResponseContent``), and its shape.
_CONTENT = ("MainDicomTags", "Attachments", "Parent")
_FOUND = {
    **RECORD,
    "ParentSeries": str,
    "Attachments": [
        {"ContentType": int, "UncompressedSize": int, "Uuid": str, "UncompressedMD5?": str}
    ],
}
_UUID = re.compile(r"[0-9a-f-]{1,64}")


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
    A patient is asked for by Orthanc's identifier, the hash of the patient ID: exactly that one.
    UIDs are looked for by ``POST /tools/find``, or, where a user may only read, in the lists of all
    studies or series.
    """
    studies: Dict[str, Record] = {}
    for patient_id in dict.fromkeys(selection.patient_ids):
        studies.update((record["ID"], record) for record in _studies_of(client, patient_id))
    for record in records_with(client, "Study", selection.study_instance_uids, STUDY_UID):
        studies[record["ID"]] = record
    whole = series_by_study(client, list(studies.values()))
    found = [target_of(study, one) for study, series in whole for one in series]
    uids = selection.series_instance_uids
    series = list(records_with(client, "Series", uids, "SeriesInstanceUID"))
    owners = studies_of(client, series)
    for record in series:
        if str(record.get("ParentStudy")) in owners:
            found.append(target_of(owners[record["ParentStudy"]], record))
    known = {one.orthanc_id: one for one in found}
    return [one for one in known.values() if one.study_instance_uid and one.series_instance_uid]


def _studies_of(client: OrthancClient, patient_id: str) -> List[Dict[str, Any]]:
    try:
        return _records(client, f"/patients/{patient_orthanc_id(patient_id)}/studies")
    except NotFoundError:
        return []


def _records(client: OrthancClient, path: str) -> List[Dict[str, Any]]:
    records: List[Dict[str, Any]] = client.get_json(path, shape=[RECORD])
    return records


def series_with_ids(
    client: OrthancClient, targets: Sequence[SeriesTarget]
) -> Dict[str, SeriesTarget]:
    """Return the series by Orthanc's identifier, of which those found by UID get theirs."""
    known = {one.orthanc_id: one for one in targets if is_orthanc_id(one.orthanc_id)}
    by_uid = {one.series_instance_uid: one for one in targets if not one.orthanc_id}
    found: Dict[str, List[Dict[str, Any]]] = {}
    for record in records_with(client, "Series", by_uid, "SeriesInstanceUID"):
        found.setdefault(tag(record, "MainDicomTags", "SeriesInstanceUID"), []).append(record)
    for uid, records in found.items():
        target = by_uid[uid]
        study_uid = target.study_instance_uid
        study = study_orthanc_id(target.patient_id, study_uid) if study_uid else ""
        own = [record for record in records if record.get("ParentStudy") == study]
        for record in own or records:
            more = {"orthanc_id": record["ID"], "instances": len(record.get("Instances", ()))}
            known[record["ID"]] = replace(target, **more)
    return known


def inventory_of(
    client: OrthancClient, targets: Sequence[SeriesTarget]
) -> Dict[str, Dict[str, str]]:
    """Return the instances that the server has of some series.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side.
    targets : sequence of SeriesTarget
        As of a `Plan`.

    Returns
    -------
    dict
        Series Instance UID → SOP Instance UID → Orthanc's identifier; unknown series are left out.
    """
    found: Dict[str, Dict[str, str]] = {}
    for orthanc_id, target in series_with_ids(client, targets).items():
        for row in _records(client, f"/series/{orthanc_id}/instances"):
            uid = tag(row, "MainDicomTags", "SOPInstanceUID")
            if uid and is_orthanc_id(row.get("ID")):
                found.setdefault(target.series_instance_uid, {})[uid] = row["ID"]
    return found


class Plan:
    """The instances that the server has of some series, and where each goes.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side.
    targets : sequence of SeriesTarget
        What to look for. Those without a study go right below `root`; those without Orthanc's
        identifier are looked for by UID: of this patient and study, or whosever they are where
        these are not known.
    root : Path
        The folder to be filled.
    only : mapping of str to iterable of str, optional
        Series Instance UID → SOP Instance UIDs, where not all of a series is wanted.
    kinds : bool
        Whether to ask for what each is as well: SOP class, transfer syntax and place. The server
        takes nearly twice as long for that.

    Attributes
    ----------
    wanted : list of Wanted
        Each with a path of its own.
    refused : list of (str, InstanceRow)
        What can't be fetched at all, and why, with Orthanc's identifier of the series.

    Raises
    ------
    OrthancConnectError
        The server's list can't be had.

    Notes
    -----
    Orthanc REST API, ``POST /tools/find`` with ``ResponseContent`` (since 1.12.5): one request
    tells the UID, size, SOP class and transfer syntax of all instances. Of a series that it leaves
    without some, as by ``LimitFindResults``, ``POST /tools/bulk-content`` (since 1.9.4) does, for
    which 1.12.7 takes ten times as long among 5,000 series. Where that can't be asked, ``GET
    /series/{id}/instances`` does for one series, and SOP class and transfer syntax stay unknown.
    """

    def __init__(
        self,
        client: OrthancClient,
        targets: Sequence[SeriesTarget],
        root: Path,
        only: Optional[Mapping[str, Iterable[str]]] = None,
        kinds: bool = True,
    ) -> None:
        self._client = client
        self._kinds = kinds
        self._root = root
        self._finds = self._bulk = True
        with suppress(PermissionDeniedError):  # then it is tried
            self._finds = client.system().tells_content
        self.refused: List[Tuple[str, InstanceRow]] = []
        self._series = series_with_ids(client, targets)
        listed = list(self._listed())
        self._seen: Set[str] = {one.orthanc_id for one in listed}
        chosen = {uid: set(sops) for uid, sops in (only or {}).items()}
        if only is not None:
            listed = [
                one
                for one in listed
                if one.sop_instance_uid in chosen.get(one.series_instance_uid, ())
            ]
        self._tell_absent(targets, listed, chosen)
        self.wanted = self._within(settle(listed))

    def newcomers(self) -> List[Wanted]:
        """Return what the server has got since, of the series of the plan, and plan it as well."""
        if self._seen.issuperset(self._children(self._series)):
            return []
        self._finds = False  # a limit of the server's may have hidden them
        taken = {one.path for one in self.wanted}
        listed = [one for one in self._listed() if one.orthanc_id not in self._seen]
        new = self._within([apart(one) if one.path in taken else one for one in settle(listed)])
        self._seen.update(one.orthanc_id for one in listed)
        self.wanted.extend(new)
        return new

    def _children(self, series: Iterable[str]) -> Iterator[str]:
        """Yield Orthanc's identifiers of all instances of some series, which is told quickly."""
        for name in series:
            try:
                record = self._client.get_json(f"/series/{name}", shape=RECORD)
            except NotFoundError:
                continue  # deleted meanwhile
            yield from record.get("Instances", ())

    def _listed(self) -> Iterator[Wanted]:
        """Yield each instance that the server has, once, at the place that its UIDs name."""
        told: Set[str] = set()
        series = self._series.values()
        folders = {one.orthanc_id: self._folder_of(one) for one in series}
        for batch in batches(series, _INSTANCES_A_REQUEST, _SERIES_A_REQUEST):
            for row in self._rows([one.orthanc_id for one in batch]):
                target = self._series.get(str(row.get("ParentSeries")))
                uid = tag(row, "MainDicomTags", "SOPInstanceUID")
                is_new = is_orthanc_id(row["ID"]) and row["ID"] not in told
                if target is not None and uid and is_new:
                    told.add(row["ID"])
                    yield self._wanted(target, folders[target.orthanc_id], uid, row)

    def _folder_of(self, target: SeriesTarget) -> Path:
        study_uid = target.study_instance_uid
        study_id = study_orthanc_id(target.patient_id, study_uid) if study_uid else ""
        series = target.series_instance_uid, target.orthanc_id
        return folder_of(self._root, (study_uid, study_id), series)

    def _wanted(
        self, target: SeriesTarget, folder: Path, uid: str, row: Mapping[str, Any]
    ) -> Wanted:
        size, name, md5 = row.get("FileSize"), row.get("FileUuid"), row.get("FileMD5")
        sop_class, syntax = (
            tag(row, "Metadata", name) for name in ("SopClassUid", "TransferSyntax")
        )
        return Wanted(
            row["ID"],
            uid,
            target.series_instance_uid,
            target.study_instance_uid,
            path=folder / f"{name_of(uid, row['ID'])}.dcm",
            size=size if isinstance(size, int) and size > 0 else 0,
            sop_class_uid=sop_class if is_uid(sop_class) else "",
            transfer_syntax_uid=syntax if is_uid(syntax) else "",
            file_uuid=name if isinstance(name, str) and _UUID.fullmatch(name) else "",
            md5=md5 if isinstance(md5, str) else "",
            series_orthanc_id=target.orthanc_id,
            place=_place(row) if self._kinds else (),
        )

    def _rows(self, series: Sequence[str]) -> List[Dict[str, Any]]:
        """Return the records of all instances of some series."""
        is_long = sum(self._series[name].instances for name in series) > _INSTANCES_A_REQUEST
        rows = self._found(series) if self._finds and not is_long else []
        told = Counter(row["ParentSeries"] for row in rows)
        rest = [name for name in series if not 0 < self._series[name].instances <= told[name]]
        asked = list(self._children(rest)) if is_long else rest
        for start in range(0, len(asked), _INSTANCES_A_REQUEST):
            if self._bulk:
                some = asked[start : start + _INSTANCES_A_REQUEST]
                request = {"Resources": some, "Level": "Instance", "Metadata": self._kinds}
                bulk = self._ask("/tools/bulk-content", request, [RECORD])
                self._bulk = bulk is not None
                rows += bulk or ()
        if not self._bulk:
            for name in rest:
                rows += _records(self._client, f"/series/{name}/instances")
        return rows

    def _found(self, series: Sequence[str]) -> List[Dict[str, Any]]:
        """Return what one query tells of the instances of some series."""
        uids = [self._series[name].series_instance_uid for name in series]
        values = "\\".join(filter(can_be_asked_for, uids))
        query = {"SeriesInstanceUID": values}
        content = [*_CONTENT, *["Metadata"] * self._kinds]
        request = {"Level": "Instance", "Query": query, "ResponseContent": content}
        rows = self._ask("/tools/find", request, [_FOUND]) if values else []
        self._finds = rows is not None
        for row in rows or ():
            for file in dicom_file_of(row):
                row.update(FileSize=file["UncompressedSize"], FileUuid=file["Uuid"])
                row["FileMD5"] = file.get("UncompressedMD5", "")
        return rows or []

    def _ask(self, path: str, request: Any, shape: Any) -> Optional[List[Dict[str, Any]]]:
        """Return rows; None where the server is too old for it, or a user may only read."""
        rows: Optional[List[Dict[str, Any]]] = None
        try:
            rows = self._client.post_json(path, request, shape=shape)
        except AuthenticationError:
            raise
        except OrthancHttpError:
            pass
        except ConnectionFailedError as error:
            if error.facts.get("cause") != "not_orthanc":
                raise
        return rows

    def _tell_absent(
        self,
        targets: Iterable[SeriesTarget],
        listed: Sequence[Wanted],
        only: Mapping[str, Set[str]],
    ) -> None:
        there: Dict[str, Set[str]] = {}
        for one in listed:
            there.setdefault(one.series_instance_uid, set()).add(one.sop_instance_uid)
        for uid, sops in only.items():
            for sop in sorted(sops - there.get(uid, set())):
                self._refuse("The server has no such instance any longer.", "", sop, uid)
        absent = {one.series_instance_uid: one.orthanc_id for one in targets}
        for uid, series in absent.items():
            if uid not in there and uid not in only:
                reason = "The server has no instances of this series any longer."
                self._refuse(reason, series, "", uid)

    def _within(self, wanted: Sequence[Wanted]) -> List[Wanted]:
        """Return what lies within the folder to be filled; a row tells of each that does not."""
        links = {
            series: link_out_of(self._root, folder) for series, folder in folders_of(wanted).items()
        }
        for one in wanted:
            link = links[one.series_orthanc_id]
            if link is not None:
                self._refuse(
                    f"{link} is a link that leads out of the folder to be filled.",
                    one.series_orthanc_id,
                    *(one.sop_instance_uid, one.series_instance_uid),
                    *(one.study_instance_uid, one.orthanc_id),
                    hint="Remove the link, or choose another folder.",
                )
        return [one for one in wanted if links[one.series_orthanc_id] is None]

    def _refuse(
        self, reason: str, series: str, sop_uid: str, *of: str, hint: str = "Query again."
    ) -> None:
        row = InstanceRow(sop_uid, FAILED, False, "", 0, reason, hint, *of)
        self.refused.append((series, row))


def _place(row: Mapping[str, Any]) -> Tuple[float, ...]:
    names = ("ImagePositionPatient", "ImageOrientationPatient")
    try:
        numbers = [number for name in names for number in decimals(tag(row, "MainDicomTags", name))]
    except ValueError:
        return ()
    return tuple(numbers) if len(numbers) == 9 else ()


def batches(
    targets: Iterable[SeriesTarget], instances: int, series: int
) -> Iterator[List[SeriesTarget]]:
    """Yield some series at a time: at most so many, with so many instances if they are several."""
    batch: List[SeriesTarget] = []
    total = 0
    for target in targets:
        if batch and (total + target.instances > instances or len(batch) == series):
            yield batch
            batch, total = [], 0
        batch.append(target)
        total += target.instances
    if batch:
        yield batch
