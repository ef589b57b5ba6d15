"""What is to be retrieved: asked of the server's REST API before anything is fetched.

What is told apart is told apart by Orthanc's identifiers: UIDs may stand under two patients.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

from ..dicom.part10 import is_uid
from ..orthanc.answers import RECORD
from ..orthanc.client import OrthancClient, tag
from ..orthanc.identifiers import is_orthanc_id, patient_orthanc_id, study_orthanc_id
from ..shared.errors import (
    AuthenticationError,
    ConnectionFailedError,
    NotFoundError,
    OrthancHttpError,
)
from ..shared.receipts import FAILED, InstanceRow
from ..shared.series import Selection, SeriesTarget
from .files import Wanted, apart, link_out_of, place_of, settle

#: Instances asked for in one ``/tools/bulk-content``.
_INSTANCES_A_REQUEST = 5000
#: Records on a page, where a list has to be read as a whole.
_RECORDS_A_PAGE = 1000
#: What a server says to a user who may only read: forbidden, or the method not allowed.
_ONLY_READING = (403, 405)
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
    studies: Dict[str, Tuple[str, str]] = {}
    for patient_id in dict.fromkeys(selection.patient_ids):
        for record in _studies_of(client, patient_id):
            _add_study(studies, record)
    for record in _by_uid(client, "Study", selection.study_instance_uids):
        _add_study(studies, record)
    found: Dict[str, SeriesTarget] = {}
    for orthanc_id in list(studies):
        for record in _records(client, f"/studies/{orthanc_id}/series"):
            _add_series(found, studies, record)
    for record in _by_uid(client, "Series", selection.series_instance_uids):
        parent = str(record.get("ParentStudy"))
        if parent not in studies and is_orthanc_id(parent):
            _add_study(studies, client.get_json(f"/studies/{parent}", shape=RECORD))
        _add_series(found, studies, record)
    return list(found.values())


def _studies_of(client: OrthancClient, patient_id: str) -> List[Dict[str, Any]]:
    try:
        return _records(client, f"/patients/{patient_orthanc_id(patient_id)}/studies")
    except NotFoundError:
        return []


def _by_uid(client: OrthancClient, level: str, uids: Iterable[str]) -> Iterator[Dict[str, Any]]:
    """Yield the studies or series with these UIDs; a wildcard, for example, is none."""
    wanted = [uid for uid in uids if uid and not set("*?\\") & set(uid)]
    if not wanted:
        return
    found: Iterable[Dict[str, Any]]
    try:
        found = list(client.find_uids(level, wanted))
    except OrthancHttpError as error:
        if error.facts.get("status_code") not in _ONLY_READING:
            raise
        found = _all_records(client, "studies" if level == "Study" else "series")
    for record in found:
        if tag(record, "MainDicomTags", f"{level}InstanceUID") in wanted:
            yield record


def _all_records(client: OrthancClient, name: str) -> Iterator[Dict[str, Any]]:
    """Yield all records of a level, page by page (``GET /series?expand&since=…&limit=…``)."""
    since = 0
    while True:
        page = _records(client, f"/{name}?expand&since={since}&limit={_RECORDS_A_PAGE}")
        yield from page
        since += len(page)
        if not page:
            return


def _records(client: OrthancClient, path: str) -> List[Dict[str, Any]]:
    records: List[Dict[str, Any]] = client.get_json(path, shape=[RECORD])
    return records


def _add_study(studies: Dict[str, Tuple[str, str]], record: Any) -> None:
    uid = tag(record, "MainDicomTags", "StudyInstanceUID")
    if uid and is_orthanc_id(record.get("ID")):
        studies[record["ID"]] = (tag(record, "PatientMainDicomTags", "PatientID"), uid)


def _add_series(
    found: Dict[str, SeriesTarget], studies: Mapping[str, Tuple[str, str]], record: Any
) -> None:
    uid, orthanc_id = tag(record, "MainDicomTags", "SeriesInstanceUID"), record.get("ID")
    parent = studies.get(str(record.get("ParentStudy")))
    if uid and parent and is_orthanc_id(orthanc_id):
        found[orthanc_id] = SeriesTarget(*parent, uid, orthanc_id, _count(record))


def _count(series: Mapping[str, Any]) -> int:
    return len(series.get("Instances", ()))


def _known(client: OrthancClient, targets: Sequence[SeriesTarget]) -> Dict[str, SeriesTarget]:
    """Return the series by Orthanc's identifier, of which those found by UID get theirs."""
    known = {one.orthanc_id: one for one in targets if is_orthanc_id(one.orthanc_id)}
    by_uid = {one.series_instance_uid: one for one in targets if not one.orthanc_id}
    found: Dict[str, List[Dict[str, Any]]] = {}
    for record in _by_uid(client, "Series", by_uid):
        found.setdefault(tag(record, "MainDicomTags", "SeriesInstanceUID"), []).append(record)
    for uid, records in found.items():
        target = by_uid[uid]
        study_uid = target.study_instance_uid
        study = study_orthanc_id(target.patient_id, study_uid) if study_uid else ""
        own = [record for record in records if record.get("ParentStudy") == study]
        for record in own or records:
            if is_orthanc_id(record.get("ID")):
                more = {"orthanc_id": record["ID"], "instances": _count(record)}
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
    for orthanc_id, target in _known(client, targets).items():
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

    Attributes
    ----------
    wanted : list of Wanted
        Each with a path of its own.
    refused : list of InstanceRow
        What can't be fetched at all, and why.

    Raises
    ------
    OrthancConnectError
        The server's list can't be had.

    Notes
    -----
    Orthanc REST API, ``POST /tools/bulk-content`` (since 1.9.4): one request tells the UID, size,
    SOP class and transfer syntax of all instances. Where it can't be asked, ``GET
    /series/{id}/instances`` does for one series, and SOP class and transfer syntax stay unknown.
    """

    def __init__(
        self,
        client: OrthancClient,
        targets: Sequence[SeriesTarget],
        root: Path,
        only: Optional[Mapping[str, Iterable[str]]] = None,
    ) -> None:
        self._client = client
        self._root = root
        self.refused: List[InstanceRow] = []
        self._bulk = True
        self._series = _known(client, targets)
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
        if self._seen.issuperset(self._children()):
            return []
        taken = {one.path for one in self.wanted}
        listed = [one for one in self._listed() if one.orthanc_id not in self._seen]
        new = self._within([apart(one) if one.path in taken else one for one in settle(listed)])
        self._seen.update(one.orthanc_id for one in listed)
        self.wanted.extend(new)
        return new

    def _children(self) -> Iterator[str]:
        """Yield Orthanc's identifiers of all instances of the series, which is told quickly."""
        for name in self._series:
            try:
                record = self._client.get_json(f"/series/{name}", shape=RECORD)
            except NotFoundError:
                continue  # deleted meanwhile
            yield from record.get("Instances", ())

    def _listed(self) -> Iterator[Wanted]:
        """Yield each instance that the server has, at the place that its UIDs name."""
        for batch in _batches(self._series):
            rows = self._bulk_content(batch)
            if rows is None:
                rows = [
                    row
                    for name in batch
                    for row in _records(self._client, f"/series/{name}/instances")
                ]
            for row in rows:
                target = self._series.get(str(row.get("ParentSeries")))
                uid = tag(row, "MainDicomTags", "SOPInstanceUID")
                if target is not None and uid and is_orthanc_id(row.get("ID")):
                    yield self._wanted(target, uid, row)

    def _wanted(self, target: SeriesTarget, uid: str, row: Mapping[str, Any]) -> Wanted:
        study_uid, series_uid = target.study_instance_uid, target.series_instance_uid
        study_id = study_orthanc_id(target.patient_id, study_uid) if study_uid else ""
        places = (study_uid, study_id), (series_uid, target.orthanc_id), (uid, row["ID"])
        size, name = row.get("FileSize"), row.get("FileUuid")
        sop_class, syntax = (
            tag(row, "Metadata", name) for name in ("SopClassUid", "TransferSyntax")
        )
        return Wanted(
            row["ID"],
            uid,
            series_uid,
            study_uid,
            path=place_of(self._root, *places),
            size=size if isinstance(size, int) and size > 0 else 0,
            sop_class_uid=sop_class if is_uid(sop_class) else "",
            transfer_syntax_uid=syntax if is_uid(syntax) else "",
            file_uuid=name if isinstance(name, str) and _UUID.fullmatch(name) else "",
        )

    def _bulk_content(self, series: Sequence[str]) -> Optional[List[Dict[str, Any]]]:
        if not self._bulk:
            return None
        request = {"Resources": list(series), "Level": "Instance", "Metadata": True}
        rows: Optional[List[Dict[str, Any]]] = None
        try:
            rows = self._client.post_json("/tools/bulk-content", request, shape=[RECORD])
        except AuthenticationError:
            raise
        except OrthancHttpError:
            pass  # an Orthanc before 1.9.4, or a user who may only read
        except ConnectionFailedError as error:
            if error.facts.get("cause") != "not_orthanc":
                raise
        self._bulk = rows is not None
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
                self._refuse(
                    "The server has no such instance any longer.", "Query again.", sop, uid
                )
        for uid in dict.fromkeys(one.series_instance_uid for one in targets):
            if uid not in there and uid not in only:
                reason = "The server has no instances of this series any longer."
                self._refuse(reason, "Query again.", "", uid)

    def _within(self, wanted: Sequence[Wanted]) -> List[Wanted]:
        """Return what lies within the folder to be filled; a row tells of each that does not."""
        folders = {one.path.parent for one in wanted}
        links = {folder: link_out_of(self._root, folder) for folder in folders}
        for one in wanted:
            link = links[one.path.parent]
            if link is not None:
                self._refuse(
                    f"{link} is a link that leads out of the folder to be filled.",
                    "Remove the link, or choose another folder.",
                    *(one.sop_instance_uid, one.series_instance_uid),
                    *(one.study_instance_uid, one.orthanc_id),
                )
        return [one for one in wanted if links[one.path.parent] is None]

    def _refuse(self, reason: str, hint: str, sop_uid: str, *of: str) -> None:
        self.refused.append(InstanceRow(sop_uid, FAILED, False, "", 0, reason, hint, *of))


def _batches(series: Mapping[str, SeriesTarget]) -> Iterator[List[str]]:
    batch: List[str] = []
    total = 0
    for orthanc_id, target in series.items():
        if batch and total + target.instances > _INSTANCES_A_REQUEST:
            yield batch
            batch, total = [], 0
        batch.append(orthanc_id)
        total += target.instances
    if batch:
        yield batch
