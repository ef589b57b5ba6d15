"""ctkDICOMQuery, ctkDICOMRetrieve, ctkDICOMEcho, ctkDICOMJobResponseSet: the classes that block."""

from __future__ import annotations

import logging
import weakref
from typing import Any, Dict, List, Tuple

from PySide6.QtCore import QObject, Signal

from Support.slicer_stand_in import dicom_network, dicom_requests, qt_signals
from Support.slicer_stand_in.ctk_properties import kept, property_value, read_only
from Support.slicer_stand_in.dicom_association import Peer
from Support.slicer_stand_in.dicom_item import Item
from Support.slicer_stand_in.dicom_network import Find, Get
from Support.slicer_stand_in.dicom_store import ResponseSet


def peer_property(attribute: str, kind: type) -> Any:
    """A read-write Q_PROPERTY that lives in the peer."""

    def get(self: Any) -> Any:
        return getattr(self._peer, attribute)

    def put(self: Any, value: Any) -> None:
        setattr(self._peer, attribute, property_value(kind, attribute, value))

    return property(get, put)


class ctkDICOMJobResponseSet(QObject):
    """What a query or retrieve brought; `datasets()` cannot be converted to Python."""

    (
        QueryPatients,
        QueryStudies,
        QuerySeries,
        QueryInstances,
        RetrieveStudy,
        RetrieveSeries,
        RetrieveSOPInstance,
        StoreSOPInstance,
        Inserter,
        Echo,
        ThumbnailGenerator,
    ) = range(1, 12)

    def __init__(self, response_set: Any = None) -> None:
        super().__init__()
        self._set = response_set if response_set is not None else ResponseSet(0)

    @property
    def jobType(self) -> int:
        return int(self._set.job_type)

    @property
    def jobUID(self) -> str:
        return str(self._set.job_uid)

    @property
    def patientID(self) -> str:
        return str(self._set.patient_id)

    @property
    def studyInstanceUID(self) -> str:
        return str(self._set.study_uid)

    @property
    def seriesInstanceUID(self) -> str:
        return str(self._set.series_uid)

    @property
    def sopInstanceUID(self) -> str:
        return str(self._set.sop_uid)

    @property
    def connectionName(self) -> str:
        return str(self._set.connection_name)

    def datasets(self) -> Any:
        raise ValueError(
            "Called datasets() -> QMap<QString,ctkDICOMItem*>, return type "
            "'QMap<QString,ctkDICOMItem*>' is ignored because it is unknown to PythonQt."
        )


def report_to(owner: Any, name: str, value: Any) -> None:
    """Emit what happened; what only goes to DCMTK's log has no signal."""
    if name == "log":
        logging.getLogger("dcmtk").error(value)
    else:
        qt_signals.emit(owner, name, value)


class _PeerProperties:
    """Properties of ctkDICOMQuery, ctkDICOMRetrieve and ctkDICOMEcho alike."""

    connectionName = peer_property("connection_name", str)
    callingAETitle = peer_property("calling_ae_title", str)
    calledAETitle = peer_property("called_ae_title", str)
    host = peer_property("host", str)
    port = peer_property("port", int)
    connectionTimeout = peer_property("timeout", int)
    jobUID = peer_property("job_uid", str)


class ctkDICOMQuery(QObject, _PeerProperties):
    """C-FIND, blocking (ctkDICOMQuery.h)."""

    progress = Signal((int,), (str,))
    debug = Signal(str)
    warn = Signal(str)
    error = Signal(str)
    done = Signal(bool)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._peer = Peer("", "", 0, 10)
        this = weakref.ref(self)
        self._find = Find(self._peer, lambda name, value: report_to(this(), name, value))
        self._pairs: List[Tuple[str, str]] = []

    @property
    def maximumPatientsQuery(self) -> int:
        return self._find.maximum_patients

    @maximumPatientsQuery.setter
    def maximumPatientsQuery(self, value: int) -> None:
        self._find.maximum_patients = int(value)

    @read_only("studyAndSeriesInstanceUIDQueried")
    def studyAndSeriesInstanceUIDQueried(self) -> Any:
        return tuple(self._pairs)

    def setFilters(self, filters: Any) -> None:
        self._find.filters = {
            key: qt_signals.converted(value) for key, value in sorted(filters.items())
        }

    def filters(self) -> Dict[str, Any]:
        return dict(self._find.filters)

    def query(self, database: Any) -> bool:
        """Studies, then the series of each, into a database; `Modalities` picks whole studies."""
        self._report("progress(int)", 0)
        association = None if self._find.canceled else self._find.open()
        if association is None:
            self._report("done(bool)", False)
            return False
        self._pairs = []
        request = dicom_requests.study_and_counts_request()
        pattern = dicom_requests.apply_filters(request, self._find.filters)
        studies = self._find.send(association, request)
        if studies is None:
            self._report("error(QString)", "Find failed")
            self._report("done(bool)", False)
            return False
        for study in studies:
            self._insert(database, [Item(study)])
            uid = Item(study).text("StudyInstanceUID")
            self._report("progress(QString)", f"Processing: {uid}")
            self._report("progress(int)", 50)
        for study in studies:
            if not self._query_series(association, database, Item(study), pattern):
                self._report("done(bool)", False)
                return False
        association.release()
        self._report("progress(int)", 100)
        self._report("done(bool)", True)
        return True

    def _query_series(self, association: Any, database: Any, study: Item, pattern: str) -> bool:
        uid = study.text("StudyInstanceUID")
        found = self._find.send(association, dicom_requests.series_request(uid, pattern))
        if self._find.canceled:
            return False
        if found is None:
            self._report("error(QString)", f"Find at Series level failed for Study: {uid}")
            return True
        items = [Item(series) for series in found]
        for item in items:
            self._pairs.append((uid, item.text("SeriesInstanceUID")))
            for keyword in ("PatientName", "PatientID"):
                item.set_text(keyword, study.text(keyword))
            item.set_text("StudyInstanceUID", uid)
        self._insert(database, items)
        return True

    @staticmethod
    def _insert(database: Any, items: List[Item]) -> None:
        database._store.insert_items([(item, "", False) for item in items])

    def _report(self, name: str, value: Any) -> None:
        report_to(self, name, value)

    def queryPatients(self) -> bool:
        return self._find.run("PATIENT")

    def queryStudies(self, patientID: str) -> bool:
        return self._find.run("STUDY", patientID)

    def querySeries(self, patientID: str, studyInstanceUID: str) -> bool:
        return self._find.run("SERIES", patientID, studyInstanceUID)

    def queryInstances(self, patientID: str, studyInstanceUID: str, seriesInstanceUID: str) -> bool:
        return self._find.run("IMAGE", patientID, studyInstanceUID, seriesInstanceUID)

    def jobResponseSets(self) -> Any:
        return tuple(ctkDICOMJobResponseSet(found) for found in self._find.response_sets)

    def wasCanceled(self) -> bool:
        return self._find.canceled

    def cancel(self) -> None:
        self._find.canceled = True

    def releaseAssociation(self) -> None:
        """Nothing is kept open between calls."""


class ctkDICOMRetrieve(QObject, _PeerProperties):
    """C-GET and C-MOVE, blocking (ctkDICOMRetrieve.h)."""

    progress = Signal((int,), (str,))
    debug = Signal(str)
    warn = Signal(str)
    error = Signal(str)
    done = Signal(bool)
    progressJobDetail = Signal("QVariant")

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._peer = Peer("ANY-SCU", "ANY-SCP", 104, 3)
        this = weakref.ref(self)
        self._get = Get(self._peer, lambda name, value: this()._report(name, value))  # type: ignore[union-attr]
        self._keep_open = True
        self._database: Any = None

    def _report(self, name: str, value: Any) -> None:
        if name == "progressJobDetail(QVariant)":
            from Support.slicer_stand_in.ctk_jobs import ctkDICOMJobDetail

            value = ctkDICOMJobDetail.of_response_set(value)
        report_to(self, name, value)

    moveDestinationAETitle = peer_property("move_destination", str)

    @property
    def keepAssociationOpen(self) -> bool:
        return self._keep_open

    @keepAssociationOpen.setter
    def keepAssociationOpen(self, value: bool) -> None:
        self._keep_open = bool(value)

    @read_only("studyInstanceUID")
    def studyInstanceUID(self) -> str:
        return self._get.study_uid

    @read_only("seriesInstanceUID")
    def seriesInstanceUID(self) -> str:
        return self._get.series_uid

    def setDatabase(self, database: Any) -> None:
        self._database = weakref.ref(database)

    def dicomDatabase(self) -> Any:
        return kept(self._database, "the database given to setDatabase()")

    def _run(self, level: str, move: bool, uids: Dict[str, str]) -> bool:
        database = self.dicomDatabase()
        if database is not None:
            self._get.insert_now = lambda item: database._store.insert_items([(item, "", True)])
        return self._get.run(level, move, uids)

    def getStudy(self, studyInstanceUID: str, patientID: str = "") -> bool:
        return self._run("STUDY", False, _uids(patientID, studyInstanceUID))

    def getSeries(self, studyInstanceUID: str, seriesInstanceUID: str, patientID: str = "") -> bool:
        return self._run("SERIES", False, _uids(patientID, studyInstanceUID, seriesInstanceUID))

    def getSOPInstance(self, study: str, series: str, sop: str, patientID: str = "") -> bool:
        return self._run("IMAGE", False, _uids(patientID, study, series, sop))

    def moveStudy(self, studyInstanceUID: str, patientID: str = "") -> bool:
        return self._run("STUDY", True, _uids(patientID, studyInstanceUID))

    def moveSeries(
        self, studyInstanceUID: str, seriesInstanceUID: str, patientID: str = ""
    ) -> bool:
        return self._run("SERIES", True, _uids(patientID, studyInstanceUID, seriesInstanceUID))

    def moveSOPInstance(self, study: str, series: str, sop: str, patientID: str = "") -> bool:
        return self._run("IMAGE", True, _uids(patientID, study, series, sop))

    def jobResponseSets(self) -> Any:
        return tuple(ctkDICOMJobResponseSet(found) for found in self._get.response_sets)

    def wasCanceled(self) -> bool:
        return self._get.canceled

    def cancel(self) -> None:
        self._get.canceled = True

    def releaseAssociation(self) -> None:
        """Nothing is kept open between calls."""


def _uids(patient_id: str, study: str, series: str = "", sop: str = "") -> Dict[str, str]:
    uids = {"PatientID": patient_id, "StudyInstanceUID": study}
    if series:
        uids["SeriesInstanceUID"] = series
    if sop:
        uids["SOPInstanceUID"] = sop
    return uids


class ctkDICOMEcho(QObject, _PeerProperties):
    """C-ECHO, blocking, without signals (ctkDICOMEcho.h)."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._peer = Peer("", "", 80, 3)
        self._canceled = False

    def echo(self) -> bool:
        return dicom_network.echo(self._peer, lambda name, text: report_to(self, name, text))

    def wasCanceled(self) -> bool:
        return self._canceled

    def cancel(self) -> None:
        self._canceled = True
