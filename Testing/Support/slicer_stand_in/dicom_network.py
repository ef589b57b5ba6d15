"""C-ECHO, C-FIND, C-GET and C-MOVE as the ctk classes do them, on pynetdicom, without Qt.

After ctkDICOMQuery.cpp, ctkDICOMRetrieve.cpp and ctkDICOMEcho.cpp of the CTK that Slicer 5.8 pins,
with what they get wrong: a refused C-FIND is a success without datasets, several answers to a
C-GET are a success whatever the last one says, an echo calls itself ANY-SCU, no DIMSE timeout.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional

from pydicom.dataset import Dataset
from pynetdicom import build_role, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

from Support.slicer_stand_in.dicom_association import (
    ABORTED,
    FIND_STATUS,
    GET_STATUS,
    RELEASE_FAILED,
    Failure,
    Peer,
    associate,
    entity_for,
    status_text,
)
from Support.slicer_stand_in.dicom_item import Item
from Support.slicer_stand_in.dicom_requests import level_request, put, raw_bytes
from Support.slicer_stand_in.dicom_store import ResponseSet
from Support.slicer_stand_in.storage_classes import STORAGE_CLASSES, UNCOMPRESSED

Report = Callable[[str, Any], None]


class Find:
    """One ctkDICOMQuery: cancelling it is for good."""

    def __init__(self, peer: Peer, report: Report = lambda *_: None) -> None:
        self.peer = peer
        self.filters: Dict[str, Any] = {}
        self.maximum_patients = 25
        self.canceled = False
        self.response_sets: List[ResponseSet] = []
        self._aborted = False
        self._report = report

    def open(self) -> Any:
        """An association for C-FIND, None when there is none (the error is reported)."""
        self._report("progress(int)", 10)
        if self._aborted:  # the DcmSCU is not reset: no query more with this object
            self._report("error(QString)", "Error initializing the network")
            return None
        entity = entity_for(self.peer, self.peer.calling_ae_title or "ANY-SCU")
        entity.add_requested_context(StudyRootQueryRetrieveInformationModelFind, list(UNCOMPRESSED))
        self._report("progress(int)", 20)
        try:
            return associate(self.peer, entity)
        except Failure as failure:
            self._report("error(QString)", f"Error negotiating the association: {failure}")
            return None

    def send(self, association: Any, dataset: Dataset) -> Optional[List[Dataset]]:
        """The datasets of one C-FIND; None when it could not be sent at all."""
        found: List[Dataset] = []
        try:
            answers = association.send_c_find(dataset, StudyRootQueryRetrieveInformationModelFind)
            for status, identifier in answers:
                if self.canceled:
                    association.abort()
                    return None
                if not status:
                    self._aborted = True
                    self._report("log", ABORTED.format("response"))
                    self._report("log", RELEASE_FAILED)
                    return None
                self._report("debug(QString)", "FIND RESPONSE")
                if status.Status not in (0x0000, 0xFF00, 0xFF01):
                    self._report("log", status_text(status.Status, FIND_STATUS))
                if identifier is not None:
                    found.append(identifier)
        except (ValueError, RuntimeError):  # no presentation context, or the association is gone
            self._report("error(QString)", "Failed to find acceptable presentation context")
            return None
        return found

    def run(
        self, level: str, patient_id: str = "", study_uid: str = "", series_uid: str = ""
    ) -> bool:
        """queryPatients, queryStudies, querySeries or queryInstances: True unless unreachable."""
        self._report("progress(int)", 0)
        self.response_sets = []
        association = None if self.canceled else self.open()
        if association is None or self.canceled:
            self._report("done(bool)", False)
            return False
        kind = ("PATIENT", "STUDY", "SERIES", "IMAGE").index(level) + 1
        dataset = level_request(level, self.filters, patient_id, study_uid, series_uid)
        response_set = ResponseSet(kind, self.peer.connection_name, self.peer.job_uid)
        response_set.patient_id, response_set.study_uid = patient_id, study_uid
        response_set.series_uid = series_uid
        self._report("progress(int)", 50)
        answers = self.send(association, dataset)
        if answers is not None:
            self._collect(response_set, level, answers)
        else:
            words = {
                "PATIENT": "patient level failed",
                "STUDY": f"study level failed for patient: {patient_id}",
                "SERIES": f"series level failed for study: {study_uid}",
                "IMAGE": f"sop instance level failed for series: {series_uid}",
            }
            self._report("error(QString)", f"Find at {words[level]}")
        if answers is not None or level == "IMAGE":
            self.response_sets.append(response_set)
        self._report("progress(int)", 100)
        if association.is_established:
            association.release()
        self._report("done(bool)", not self.canceled)
        return not self.canceled

    def _collect(self, response_set: ResponseSet, level: str, answers: List[Dataset]) -> None:
        key = {
            "PATIENT": "PatientID",
            "STUDY": "StudyInstanceUID",
            "SERIES": "SeriesInstanceUID",
            "IMAGE": "SOPInstanceUID",
        }[level]
        if level == "PATIENT" and len(answers) > self.maximum_patients:
            self._report(
                "warn(QString)",
                "The number of responses of the query task at patients level surpassed the "
                f"maximum value of permitted results (i.e. {self.maximum_patients}).",
            )
            answers = answers[: self.maximum_patients]
        for answer in answers:
            item = Item(answer)
            response_set.datasets[item.text(key)] = item


class Get:
    """One ctkDICOMRetrieve: C-GET or C-MOVE; cancelling it is for good."""

    LEVELS = {"STUDY": 5, "SERIES": 6, "IMAGE": 7}

    def __init__(self, peer: Peer, report: Report = lambda *_: None) -> None:
        self.peer = peer
        self.canceled = False
        self.response_sets: List[ResponseSet] = []
        self.insert_now: Optional[Callable[[Item], None]] = None
        self.patient_id = self.study_uid = self.series_uid = ""
        self._kind = 0
        self._report = report

    def _open(self) -> Any:
        entity = entity_for(self.peer, self.peer.calling_ae_title or "ANY-SCU")
        for model in (
            StudyRootQueryRetrieveInformationModelMove,
            StudyRootQueryRetrieveInformationModelGet,
        ):
            entity.add_requested_context(model, list(UNCOMPRESSED))
        roles = []
        for uid in STORAGE_CLASSES:
            entity.add_requested_context(uid, list(UNCOMPRESSED))
            roles.append(build_role(uid, scp_role=True))
        handlers = [(evt.EVT_C_STORE, self._on_store)]
        return associate(self.peer, entity, handlers, ext_neg=roles)

    def _on_store(self, event: Any) -> int:
        if self.canceled:
            return 0xA700  # the association is aborted at the next response
        sop_uid = str(event.request.AffectedSOPInstanceUID)
        self._report("progress(QString)", f"Got STORE request for {sop_uid}")
        self._report("progress(int)", 0)
        item = Item(event.dataset, event.encoded_dataset(include_meta=True))
        if self.peer.job_uid:
            response_set = self._response_set()
            response_set.sop_uid, response_set.copy_file = sop_uid, True
            response_set.datasets[sop_uid] = item
            if self._kind == self.LEVELS["SERIES"]:
                self._report("progressJobDetail(QVariant)", response_set)
            self.response_sets.append(response_set)
        elif self.insert_now is not None:
            self.insert_now(item)
        return 0x0000

    def _response_set(self) -> ResponseSet:
        response_set = ResponseSet(self._kind, self.peer.connection_name, self.peer.job_uid)
        response_set.patient_id, response_set.study_uid = self.patient_id, self.study_uid
        response_set.series_uid = self.series_uid
        return response_set

    def run(self, level: str, move: bool, uids: Dict[str, str]) -> bool:
        """get* or move*: True is no proof that all, or anything, has come."""
        self.response_sets = []
        self._kind = self.LEVELS[level]
        self.patient_id = uids.get("PatientID", "")
        self.study_uid = uids.get("StudyInstanceUID", "")
        self.series_uid = uids.get("SeriesInstanceUID", "")
        done = not self.canceled and self._exchange(level, move, uids)
        if done and move:
            self.response_sets.append(self._response_set())
        self._report("progress(int)", 100) if done else None
        self._report("done(bool)", done)
        return done

    def _exchange(self, level: str, move: bool, uids: Dict[str, str]) -> bool:
        name = "MOVE" if move else "GET"
        try:
            association = self._open()
        except Failure:  # ctkDICOMRetrieve does not tell why
            self._report("error(QString)", "Error negotiating association")
            self._report("error(QString)", f"{name} Request failed: SCU initialization failed")
            return False
        dataset = Dataset()
        put(dataset, "QueryRetrieveLevel", level)
        for keyword, value in uids.items():
            if value or keyword != "PatientID":
                put(dataset, keyword, raw_bytes(value))
        self._report("progress(int)", 1)
        statuses = self._send(association, dataset, move)
        self._report("progress(int)", 2)
        if association.is_established:
            association.release()
        if not statuses:
            self._report(
                "error(QString)",
                "No responses received at all! (at least one empty response always expected)",
            )
            return False
        if self.canceled:
            return False
        self._report("progress(int)", 3)
        return len(statuses) > 1 or self._only_answer(statuses[0])

    def _only_answer(self, status: Any) -> bool:
        if status.Status not in (0x0000, 0xB000):
            self._report("debug(QString)", "request failed, server does report error")
            return False
        if not status.get("NumberOfCompletedSuboperations"):
            self._report("error(QString)", "No images transferred by PACS!")
            return False
        return True

    def _send(self, association: Any, dataset: Dataset, move: bool) -> List[Any]:
        statuses: List[Any] = []
        try:
            if move:
                answers = association.send_c_move(
                    dataset,
                    self.peer.move_destination or "EMPTY",  # pynetdicom sends no empty one
                    StudyRootQueryRetrieveInformationModelMove,
                )
            else:
                answers = association.send_c_get(dataset, StudyRootQueryRetrieveInformationModelGet)
            for status, _identifier in answers:
                if self.canceled:
                    association.abort()
                    break
                if not status:
                    self._report("log", ABORTED.format("command"))
                    self._report("log", RELEASE_FAILED)
                    break
                if status.Status not in (0x0000, 0xFF00, 0xB000):
                    self._report("log", status_text(status.Status, GET_STATUS))
                statuses.append(status)
                self._report("progress(QString)", f"Got C{'MOVE' if move else 'GET'} response")
        except (ValueError, RuntimeError):
            self._report(
                "error(QString)",
                f"{'MOVE' if move else 'GET'} Request failed: "
                "No valid Study Root Presentation Context available",
            )
        return statuses


def echo(peer: Peer, report: Report = lambda *_: None) -> bool:
    """ctkDICOMEcho::echo: the calling title that was set is not used."""
    entity = entity_for(peer, "ANY-SCU")
    entity.add_requested_context(Verification, list(UNCOMPRESSED))
    try:
        association = associate(peer, entity)
        status = association.send_c_echo()
    except Failure as failure:
        report("log", f"Error negotiating the association: {failure}")
        return False
    except (ValueError, RuntimeError):
        report("log", "ECHO Request failed: No valid verification Presentation Context available")
        return False
    if association.is_established:
        association.release()
    if status and status.Status == 0x0000:
        return True
    report("log", "Echo failed")
    return False
