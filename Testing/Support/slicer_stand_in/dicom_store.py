"""The SQLite file behind ctkDICOMDatabase, without Qt, so that any thread can write one.

Rules after ctkDICOMDatabase.cpp of the CTK that Slicer 5.8 pins: what makes a dataset acceptable,
what is stored, which rows change, in which order things are told.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import logging
import os
import shutil
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Optional, Set, Tuple

from Support.slicer_stand_in.dicom_item import Item

logger = logging.getLogger("org.commontk.dicom.DICOMDatabase")
SCHEMA_VERSION = "0.8.1"
QUERY_TYPES = (1, 2, 3, 4)  # JobType: patients, studies, series, instances
RETRIEVE_TYPES = (5, 6, 7)  # study, series, SOP instance

PATIENT_FIELDS = (
    "UID PatientsName PatientID PatientsBirthDate PatientsBirthTime PatientsSex PatientsAge "
    "PatientsComments InsertTimestamp DisplayedPatientsName DisplayedNumberOfStudies "
    "DisplayedLastStudyDate DisplayedFieldsUpdatedTimestamp Connections"
).split()
STUDY_FIELDS = (
    "StudyInstanceUID PatientsUID StudyID StudyDate StudyTime StudyDescription AccessionNumber "
    "ModalitiesInStudy InstitutionName ReferringPhysician PerformingPhysiciansName "
    "InsertTimestamp DisplayedNumberOfSeries DisplayedFieldsUpdatedTimestamp"
).split()
SERIES_FIELDS = (
    "SeriesInstanceUID StudyInstanceUID SeriesNumber SeriesDate SeriesTime SeriesDescription "
    "Modality BodyPartExamined FrameOfReferenceUID AcquisitionNumber ContrastAgent "
    "ScanningSequence EchoNumber TemporalPosition InsertTimestamp DisplayedCount DisplayedSize "
    "DisplayedNumberOfFrames DisplayedFieldsUpdatedTimestamp"
).split()
IMAGE_FIELDS = (
    "SOPInstanceUID Filename URL SeriesInstanceUID InsertTimestamp DisplayedFieldsUpdatedTimestamp"
).split()
TABLES = {
    "Patients": PATIENT_FIELDS,
    "Studies": STUDY_FIELDS,
    "Series": SERIES_FIELDS,
    "Images": IMAGE_FIELDS,
}
Signal = Tuple[str, Tuple[Any, ...]]
SHOWN = (  # what updateDisplayedFields reads of a new instance
    *("PatientID", "PatientName", "StudyInstanceUID", "SeriesInstanceUID"),
    *("StudyDate", "InstitutionName", "ReferringPhysicianName"),
)


def date_text(value: str) -> Optional[str]:
    """A DICOM date as QDate stores it in SQLite, None when it is not one."""
    try:
        return datetime.datetime.strptime(value, "%Y%m%d").strftime("%Y-%m-%d")
    except ValueError:
        return None


def now_text() -> str:
    """QDateTime::currentDateTime() as SQLite gets it."""
    return datetime.datetime.now().isoformat(timespec="milliseconds")


class ResponseSet:
    """ctkDICOMJobResponseSet, as far as a database reads it."""

    def __init__(self, job_type: int, connection_name: str = "", job_uid: str = "") -> None:
        self.job_type, self.connection_name, self.job_uid = job_type, connection_name, job_uid
        self.patient_id = self.study_uid = self.series_uid = self.sop_uid = ""
        self.copy_file = False
        self.datasets: Dict[str, Item] = {}


class Store:
    """One connection to one database file."""

    def __init__(self, tell: Callable[[str, Tuple[Any, ...]], None] = lambda *_: None) -> None:
        self.filename = self.directory = ""
        self.short_paths = True
        self._tell = tell
        self._connection: Optional[sqlite3.Connection] = None
        self._lock = threading.RLock()
        self._known: Dict[str, Set[Any]] = {}
        self._patients: Dict[Tuple[str, str, str], int] = {}
        self.fresh: List[Dict[str, str]] = []

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    @property
    def in_memory(self) -> bool:
        return self.filename == ":memory:"

    def open(self, filename: str) -> str:
        """Open or make a file; returns the error's text, empty when all is well."""
        self.close()
        self.filename = filename
        self.directory = "" if self.in_memory else os.path.dirname(os.path.abspath(filename))
        try:
            connection = sqlite3.connect(
                filename, timeout=30, check_same_thread=False, isolation_level=None
            )
            connection.execute("PRAGMA synchronous = OFF")
            tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
        except sqlite3.Error as error:
            return str(error)
        self._connection = connection
        if not tables:
            self.initialize()
        self._touch_tag_cache()
        self.forget()
        return ""

    def _touch_tag_cache(self) -> None:
        folder = "." if self.in_memory or not self.filename else self.directory
        cache = Path(folder) / "ctkDICOMTagCache.sql"
        if not cache.exists():
            cache.touch()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def initialize(self) -> bool:
        """Drop and make the tables."""
        with self._lock:
            for name in [*TABLES, "SchemaInfo"]:
                self.execute(f"DROP TABLE IF EXISTS {name}")
            for name, fields in TABLES.items():
                columns = [f"{field} {self._column_type(field)}" for field in fields]
                columns[0] = f"{fields[0]} " + (
                    "INTEGER PRIMARY KEY AUTOINCREMENT"
                    if name == "Patients"
                    else "TEXT PRIMARY KEY NOT NULL"
                )
                self.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
            self.execute("CREATE TABLE SchemaInfo (Version TEXT NOT NULL)")
            self.execute("INSERT INTO SchemaInfo VALUES (?)", SCHEMA_VERSION)
        self.forget()
        return True

    @staticmethod
    def _column_type(field: str) -> str:
        whole = ("PatientsUID", "SeriesNumber", "AcquisitionNumber", "EchoNumber")
        return "INT" if field in whole or field == "TemporalPosition" else "TEXT"

    def forget(self) -> None:
        """resetLastInsertedValues."""
        self._known = {"Studies": set(), "Series": set(), "Connections": set()}
        self._patients = {}

    def execute(self, statement: str, *values: Any) -> List[Tuple[Any, ...]]:
        """Run one statement; where that fails there are no rows, and a line in the log."""
        if self._connection is None:
            sys.stderr.write("SQL failed: \nError: \n")
            return []
        try:
            with self._lock:
                return list(self._connection.execute(statement, values).fetchall())
        except sqlite3.Error as error:
            logger.error("SQL failed: %s: %s", statement, error)
            return []

    def column(self, statement: str, *values: Any) -> Tuple[str, ...]:
        """The first column as texts."""
        rows = self.execute(statement, *values)
        return tuple("" if row[0] is None else str(row[0]) for row in rows)

    def first(self, statement: str, *values: Any) -> str:
        """The first value as text, empty when there is none."""
        found = self.column(statement, *values)
        return found[0] if found else ""

    def count(self, table: str) -> int:
        return int(self.first(f"SELECT COUNT(*) FROM {table}") or 0)

    def absolute(self, path: str) -> str:
        if not path or not self.directory:
            return path
        return os.path.normpath(os.path.join(self.directory, path))

    def internal(self, path: str) -> str:
        folder = self.directory + os.sep
        return path[len(folder) :] if self.directory and path.startswith(folder) else path

    def insert_items(self, items: Iterable[Tuple[Item, str, bool]], relative: bool = True) -> None:
        """Insert files: item, its path and whether it is to be copied.

        A path inside the database's folder becomes a relative one, and with that the database's
        own (it deletes it), unless `relative` says no.
        """
        with self._transaction():
            for item, path, copy in items:
                self._insert_item(item, path, copy, relative)

    def _transaction(self) -> _Transaction:
        return _Transaction(self, self._lock)

    def _insert_item(self, item: Item, path: str, copy: bool, relative: bool) -> None:
        name, patient_id = item.text("PatientName"), item.text("PatientID")
        study, series = item.text("StudyInstanceUID"), item.text("SeriesInstanceUID")
        if self._up_to_date(item.text("SOPInstanceUID"), path):
            return
        patient_id = patient_id or study
        name = name or patient_id
        if not (name and study and patient_id):
            logger.error(
                "Required information (patient name, ID, study instance UID) is missing: %s",
                path,
            )
            return
        stored = path
        if copy and series and not self.in_memory:
            stored = self._store_file(item, path)
        self._insert_hierarchy(item, patient_id, name, "")
        self._insert_image(item, self.internal(stored) if relative else stored, "", series)

    def _up_to_date(self, sop_uid: str, path: str) -> bool:
        """indexingStatusForFile: removes the old row of a dataset that is to be indexed again."""
        rows = self.execute(
            "SELECT InsertTimestamp, Filename FROM Images WHERE SOPInstanceUID = ?", sop_uid
        )
        if not rows:
            return False
        inserted, filename = rows[0]
        if filename and os.path.isabs(filename) and filename == path and os.path.exists(path):
            changed = datetime.datetime.fromtimestamp(os.path.getmtime(path)).isoformat()
            if changed < inserted:
                return True
        self.execute("DELETE FROM Images WHERE SOPInstanceUID = ?", sop_uid)
        return False

    def _store_file(self, item: Item, path: str) -> str:
        uids = [item.text(k) for k in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")]
        if self.short_paths:
            hashes = [hashlib.md5(uid.encode()).hexdigest() for uid in uids]
            uids = [hashes[0][:8], hashes[1][:8], hashes[2]]
        target = Path(self.directory, "dicom", *uids[:2], uids[2] + ".dcm")
        target.parent.mkdir(parents=True, exist_ok=True)
        if path:
            if not target.exists():  # QFile::copy does not overwrite
                shutil.copyfile(path, target)
        else:
            item.save(target)
        return str(target)

    def _insert_hierarchy(self, item: Item, patient_id: str, name: str, connection: str) -> bool:
        birth = item.text("PatientBirthDate")
        key = (patient_id, name, birth)
        changed = False
        if key not in self._patients:
            found = self.execute(
                "SELECT UID FROM Patients WHERE PatientID = ? AND PatientsName = ?",
                patient_id,
                name,
            )
            if not found:
                self.execute(
                    "INSERT INTO Patients (PatientsName, PatientID, PatientsBirthDate, "
                    "PatientsBirthTime, PatientsSex, PatientsComments, InsertTimestamp) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    name,
                    patient_id,
                    date_text(birth),
                    item.text("PatientBirthTime"),
                    item.text("PatientSex"),
                    item.text("PatientComments"),
                    now_text(),
                )
                found = self.execute("SELECT last_insert_rowid()")
                self._tell("patientAdded", (int(found[0][0]), patient_id, name, birth))
                changed = True
            self._patients[key] = int(found[0][0])
        row = self._patients[key]
        self._add_connection(row, connection)
        changed |= self._insert_study(item, row)
        return self._insert_series(item) or changed

    def _add_connection(self, row: int, connection: str) -> None:
        if (row, connection) in self._known["Connections"]:
            return
        text = self.first("SELECT Connections FROM Patients WHERE UID = ?", row)
        lists = json.loads(text) if text else {"allow": [], "deny": []}
        if connection not in lists["allow"] and connection not in lists["deny"]:
            lists["allow"].append(connection)
            text = json.dumps(lists, separators=(",", ":"))
            self.execute("UPDATE Patients SET Connections = ? WHERE UID = ?", text, row)
        self._known["Connections"].add((row, connection))

    def _insert_row(self, table: str, values: Dict[str, Any], told: str) -> bool:
        uid = next(iter(values.values()))
        if uid in self._known[table]:
            return False
        self._known[table].add(uid)
        if self.execute(f"SELECT 1 FROM {table} WHERE {next(iter(values))} = ?", uid):
            return False
        marks = ", ".join("?" * len(values))
        self.execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", *values.values()
        )
        self._tell(told, (uid,))
        return True

    def _insert_study(self, item: Item, patient_row: int) -> bool:
        uid = item.text("StudyInstanceUID")
        values = {
            "StudyInstanceUID": uid,
            "PatientsUID": patient_row,
            "StudyID": item.text("StudyID"),
            "StudyDate": date_text(item.text("StudyDate")),
            "StudyTime": item.text("StudyTime"),
            "AccessionNumber": item.text("AccessionNumber"),
            "ModalitiesInStudy": item.text("ModalitiesInStudy"),
            "InstitutionName": item.text("InstitutionName"),
            "ReferringPhysician": item.text("ReferringPhysicianName"),
            "PerformingPhysiciansName": item.text("PerformingPhysicianName"),
            "StudyDescription": item.text("StudyDescription"),
            "InsertTimestamp": now_text(),
        }
        return self._insert_row("Studies", values, "studyAdded")

    def _insert_series(self, item: Item) -> bool:
        uid = item.text("SeriesInstanceUID")
        if not uid:
            return False
        values = {
            "SeriesInstanceUID": uid,
            "StudyInstanceUID": item.text("StudyInstanceUID"),
            "SeriesNumber": item.integer("SeriesNumber"),
            "SeriesDate": date_text(item.text("SeriesDate")),
            "SeriesTime": item.text("SeriesTime"),
            "SeriesDescription": item.text("SeriesDescription"),
            "Modality": item.text("Modality"),
            "BodyPartExamined": item.text("BodyPartExamined"),
            "FrameOfReferenceUID": item.text("FrameOfReferenceUID"),
            "AcquisitionNumber": item.integer("AcquisitionNumber"),
            "ContrastAgent": item.text("ContrastBolusAgent"),
            "ScanningSequence": item.text("ScanningSequence"),
            "EchoNumber": item.integer("EchoNumbers"),
            "TemporalPosition": item.integer("TemporalPositionIdentifier"),
            "InsertTimestamp": now_text(),
        }
        return self._insert_row("Series", values, "seriesAdded")

    def _insert_image(self, item: Item, stored: str, url: str, series: str) -> bool:
        sop_uid = item.text("SOPInstanceUID")
        if not sop_uid or not series or not (stored or url):
            return False
        if self.execute("SELECT 1 FROM Images WHERE SOPInstanceUID = ?", sop_uid):
            return False
        self.execute(
            "INSERT INTO Images (SOPInstanceUID, Filename, URL, SeriesInstanceUID, InsertTimestamp)"
            " VALUES (?, ?, ?, ?, ?)",
            sop_uid,
            stored,
            url,
            series,
            now_text(),
        )
        if stored:
            size = f"{item.number('Columns')}x{item.number('Rows')}"
            self.fresh.append({**{key: item.text(key) for key in SHOWN}, "Size": size})
        self._tell("instanceAdded", (sop_uid,))
        return True


class _Transaction:
    """One write at a time; all of it or nothing."""

    def __init__(self, store: Store, lock: Any) -> None:
        self._store, self._lock = store, lock

    def __enter__(self) -> None:
        self._lock.acquire()
        self._store.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        try:
            self._store.execute("COMMIT" if kind is None else "ROLLBACK")
        finally:
            self._lock.release()
