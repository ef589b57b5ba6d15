"""ctkDICOMDatabase: properties, invokables and signals of the header, over a Store."""

from __future__ import annotations

import os
import warnings
import weakref
from typing import Any, List, Tuple

from PySide6 import QtCore
from PySide6.QtCore import QObject, Signal

from Support.slicer_stand_in import dicom_store, dicom_store_changes
from Support.slicer_stand_in.ctk_properties import plain_property, read_only
from Support.slicer_stand_in.dicom_item import Item
from Support.slicer_stand_in.dicom_store import Store
from Support.slicer_stand_in.qt_signals import weak_slot

Texts = Tuple[str, ...]
PIXEL_DATA, NOT_IN_INSTANCE = "7FE0,0010", "__TAG_NOT_IN_INSTANCE__"
_by_connection: Any = weakref.WeakValueDictionary()
_unnamed_connections = 0


class ctkDICOMDatabase(QObject):
    """A DICOM database in an SQLite file (ctkDICOMDatabase.h at Slicer 5.8's pin)."""

    Failed, NotInserted, Inserted = 0, 1, 2

    opened = Signal()
    closed = Signal()
    databaseChanged = Signal()
    patientAdded = Signal(int, str, str, str)
    connectionNameAdded = Signal(int, str, str, str, str)
    studyAdded = Signal(str)
    seriesAdded = Signal(str)
    instanceAdded = Signal(str)
    patientRemoved = Signal(str)
    studyRemoved = Signal(str)
    seriesRemoved = Signal(str)
    tagsToPrecacheChanged = Signal()
    tagsToExcludeFromStorageChanged = Signal()
    displayedFieldsUpdateStarted = Signal()
    displayedFieldsUpdateProgress = Signal(int)
    displayedFieldsUpdated = Signal()
    schemaUpdateStarted = Signal(int)
    schemaUpdated = Signal()

    def __init__(self, databaseFile: Any = None) -> None:
        super().__init__()
        this = weakref.ref(self)
        self._store = Store(lambda name, arguments: this()._tell(name, arguments))  # type: ignore[union-attr]
        self._error, self._watcher = "", None
        self._precache: List[str] = []
        self._exclude: List[str] = []
        self._schema = dicom_store.SCHEMA_VERSION
        self._is_application_database = False
        if isinstance(databaseFile, str):
            self.openDatabase(databaseFile)

    def _tell(self, name: str, arguments: Tuple[Any, ...]) -> None:
        getattr(self, name).emit(*arguments)

    # Properties

    @read_only("isOpen")
    def isOpen(self) -> bool:
        return self._store.is_open

    @read_only("isInMemory")
    def isInMemory(self) -> bool:
        return self._store.in_memory

    @read_only("lastError")
    def lastError(self) -> str:
        return self._error

    @read_only("databaseFilename")
    def databaseFilename(self) -> str:
        return self._store.filename

    @read_only("databaseDirectory")
    def databaseDirectory(self) -> str:
        return self._store.directory

    @property
    def tagsToPrecache(self) -> Texts:
        return tuple(self._precache)

    @tagsToPrecache.setter
    def tagsToPrecache(self, tags: Any) -> None:
        self._precache = sorted(tag.upper() for tag in tags)
        self.tagsToPrecacheChanged.emit()

    @property
    def tagsToExcludeFromStorage(self) -> Texts:
        return tuple(self._exclude)

    @tagsToExcludeFromStorage.setter
    def tagsToExcludeFromStorage(self, tags: Any) -> None:
        self._exclude = sorted(tag.upper() for tag in tags)
        self.tagsToExcludeFromStorageChanged.emit()

    @property
    def useShortStoragePath(self) -> bool:
        return self._store.short_paths

    @useShortStoragePath.setter
    def useShortStoragePath(self, value: bool) -> None:
        self._store.short_paths = bool(value)

    loadedSeries = plain_property("loadedSeries", ())
    visibleSeries = plain_property("visibleSeries", ())

    @read_only("patientFieldNames")
    def patientFieldNames(self) -> Texts:
        return tuple(dicom_store.PATIENT_FIELDS)

    @read_only("studyFieldNames")
    def studyFieldNames(self) -> Texts:
        return tuple(dicom_store.STUDY_FIELDS)

    @read_only("seriesFieldNames")
    def seriesFieldNames(self) -> Texts:
        return tuple(dicom_store.SERIES_FIELDS)

    # Opening and closing

    def openDatabase(self, databaseFile: str, connectionName: str = "") -> bool:
        was_open = self.isOpen
        self._guard_connection(connectionName)
        self._error = self._store.open(databaseFile)
        if self._error:
            self._error += " Error opening database"
            if was_open:
                self.closed.emit()
            return False
        if not self._store.in_memory and databaseFile:
            watcher: Any = QtCore.QFileSystemWatcher([databaseFile], self)
            watcher.connect("fileChanged(QString)", weak_slot(self, "_on_file_changed"))
            self._watcher = watcher
        self.opened.emit()
        return True

    def _on_file_changed(self, path: str) -> None:
        self.databaseChanged.emit()

    def _guard_connection(self, name: str) -> None:
        """Qt replaces a connection of the same name: the older object is lost, and may crash."""
        global _unnamed_connections
        if not name:
            if self._is_application_database:
                return
            _unnamed_connections += 1
            if _unnamed_connections > 1:
                warnings.warn(
                    "several ctkDICOMDatabase objects opened without a connection name of their "
                    "own: this has crashed Slicer",
                    RuntimeWarning,
                    stacklevel=3,
                )
            return
        older = _by_connection.get(name)
        if older is not None and older is not self._store:
            older.close()
        _by_connection[name] = self._store

    def closeDatabase(self) -> None:
        was_open = self.isOpen
        self._store.close()
        if was_open:
            self.closed.emit()

    def initializeDatabase(self, schemaFile: str = ":/dicom/dicom-schema.sql") -> bool:
        known = (":/dicom/dicom-schema.sql", ":/dicom/dicom-qr-schema.sql")
        done = schemaFile in known and self._store.is_open and self._store.initialize()
        self.databaseChanged.emit()
        return done

    def schemaVersion(self) -> str:
        return self._schema

    def setSchemaVersion(self, version: str) -> None:
        self._schema = version

    def schemaVersionLoaded(self) -> str:
        return self._store.first("SELECT Version FROM SchemaInfo")

    def updateSchemaIfNeeded(self, schemaFile: str = "", newDatabaseDir: Any = None) -> bool:
        return False

    # Walking through

    def patients(self) -> Texts:
        return self._store.column("SELECT UID FROM Patients")

    def studiesForPatient(self, patientUID: str) -> Texts:
        return self._store.column(
            "SELECT StudyInstanceUID FROM Studies WHERE PatientsUID = ?", patientUID
        )

    def seriesForStudy(self, studyUID: str) -> Texts:
        return self._store.column(
            "SELECT SeriesInstanceUID FROM Series WHERE StudyInstanceUID = ?", studyUID
        )

    def instancesForSeries(self, seriesUID: str, hits: int = -1) -> Texts:
        found = self._store.column(
            "SELECT SOPInstanceUID FROM Images WHERE SeriesInstanceUID = ?", seriesUID
        )
        return found[:hits] if hits > 0 else found

    def filesForSeries(self, seriesUID: str, hits: int = -1) -> Texts:
        found = self._store.column(
            "SELECT Filename FROM Images WHERE SeriesInstanceUID = ?", seriesUID
        )
        found = tuple(self._store.absolute(path) for path in found)
        return found[:hits] if hits > 0 else found

    def urlsForSeries(self, seriesUID: str, hits: int = -1) -> Texts:
        found = self._store.column("SELECT URL FROM Images WHERE SeriesInstanceUID = ?", seriesUID)
        return found[:hits] if hits > 0 else found

    def studyForSeries(self, seriesUID: str) -> str:
        return self._field("Series", "StudyInstanceUID", "SeriesInstanceUID", seriesUID)

    def patientForStudy(self, studyUID: str) -> str:
        return self._field("Studies", "PatientsUID", "StudyInstanceUID", studyUID)

    def allFiles(self) -> Texts:
        return tuple(
            self._store.absolute(path) for path in self._store.column("SELECT Filename FROM Images")
        )

    def patientsCount(self) -> int:
        return self._store.count("Patients")

    def studiesCount(self) -> int:
        return self._store.count("Studies")

    def seriesCount(self) -> int:
        return self._store.count("Series")

    def imagesCount(self) -> int:
        return self._store.count("Images")

    # Fields

    def _field(self, table: str, field: str, key: str, uid: str) -> str:
        if field not in dicom_store.TABLES[table]:
            dicom_store.logger.error("no such column: %s", field)
            return ""
        return self._store.first(f"SELECT {field} FROM {table} WHERE {key} = ?", uid)

    def fieldForPatient(self, field: str, patientUID: str) -> str:
        return self._field("Patients", field, "UID", patientUID)

    def fieldForStudy(self, field: str, studyUID: str) -> str:
        return self._field("Studies", field, "StudyInstanceUID", studyUID)

    def fieldForSeries(self, field: str, seriesUID: str) -> str:
        return self._field("Series", field, "SeriesInstanceUID", seriesUID)

    def _inserted(self, table: str, key: str, uid: str) -> Any:
        text = self._field(table, "InsertTimestamp", key, uid)
        return QtCore.QDateTime.fromString(text, QtCore.Qt.ISODateWithMs)

    def insertDateTimeForPatient(self, patientUID: str) -> Any:
        return self._inserted("Patients", "UID", patientUID)

    def insertDateTimeForStudy(self, studyUID: str) -> Any:
        return self._inserted("Studies", "StudyInstanceUID", studyUID)

    def insertDateTimeForSeries(self, seriesUID: str) -> Any:
        return self._inserted("Series", "SeriesInstanceUID", seriesUID)

    def nameForPatient(self, patientUID: str) -> str:
        return self.fieldForPatient("PatientsName", patientUID)

    def displayedNameForPatient(self, patientUID: str) -> str:
        return self.fieldForPatient("DisplayedPatientsName", patientUID)

    def descriptionForStudy(self, studyUID: str) -> str:
        return self.fieldForStudy("StudyDescription", studyUID)

    def descriptionForSeries(self, seriesUID: str) -> str:
        return self.fieldForSeries("SeriesDescription", seriesUID)

    # Files and tags

    def _image(self, field: str, key: str, value: str) -> str:
        return self._store.first(f"SELECT {field} FROM Images WHERE {key} = ?", value)

    def fileForInstance(self, sopInstanceUID: str) -> str:
        return self._store.absolute(self._image("Filename", "SOPInstanceUID", sopInstanceUID))

    def urlForInstance(self, sopInstanceUID: str) -> str:
        return self._image("URL", "SOPInstanceUID", sopInstanceUID)

    def instanceForURL(self, url: str) -> str:
        return self._image("SOPInstanceUID", "URL", url)

    def instanceForFile(self, fileName: str) -> str:
        return self._image("SOPInstanceUID", "Filename", self._store.internal(fileName))

    def seriesForFile(self, fileName: str) -> str:
        return self._image("SeriesInstanceUID", "Filename", self._store.internal(fileName))

    def fileExistsAndUpToDate(self, filePath: str) -> bool:
        return bool(self.instanceForFile(filePath)) and os.path.exists(filePath)

    def instanceValue(self, sopInstanceUID: str, tag: Any, element: Any = None) -> str:
        path = self.fileForInstance(sopInstanceUID)
        item = Item.from_file(path) if path else None
        name = tag if element is None else f"{tag:04X},{element:04X}"
        if item is not None and name.upper() == PIXEL_DATA:
            return "__VALUE_IS_NOT_STORED__" if Item.has_pixels(path) else NOT_IN_INSTANCE
        return "" if item is None else item.all_values(name.upper())

    def fileValue(self, fileName: str, tag: Any, element: Any = None) -> str:
        sop_uid = self.instanceForFile(fileName)
        return self.instanceValue(sop_uid, tag, element) if sop_uid else ""

    def instanceValueExists(self, sopInstanceUID: str, tag: Any, element: Any = None) -> bool:
        return self.instanceValue(sopInstanceUID, tag, element) not in ("", NOT_IN_INSTANCE)

    def fileValueExists(self, fileName: str, tag: Any, element: Any = None) -> bool:
        return self.instanceValueExists(self.instanceForFile(fileName), tag, element)

    # Changing

    def prepareInsert(self) -> None:
        self._store.forget()

    def insert(
        self,
        filePath: Any,
        storeFile: bool = True,
        generateThumbnail: bool = True,
        createHierarchy: bool = True,
        destinationDirectoryName: str = "",
    ) -> Any:
        if isinstance(filePath, (list, tuple)):
            sets = [response_set._set for response_set in filePath]
            dicom_store_changes.insert_response_sets(self._store, sets)
            return self.NotInserted
        item = Item.from_file(filePath)
        if item is None:
            dicom_store.logger.warning("Could not read DICOM file:%s", filePath)
        elif not self.fileExistsAndUpToDate(filePath):
            # A linked file keeps its absolute path here, in the database's folder as well.
            self._store.insert_items([(item, filePath, storeFile)], relative=storeFile)
        return None

    def updateDisplayedFields(self) -> None:
        self.displayedFieldsUpdateStarted.emit()
        dicom_store_changes.update_displayed_fields(self._store)
        self.displayedFieldsUpdated.emit()

    def removeSeries(
        self, seriesInstanceUID: str, clearCachedTags: bool = False, cleanup: bool = True
    ) -> bool:
        dicom_store_changes.remove_series(self._store, seriesInstanceUID, cleanup)
        self.seriesRemoved.emit(seriesInstanceUID)
        return True

    def removeStudy(self, studyInstanceUID: str, cleanup: bool = True) -> bool:
        for series in self.seriesForStudy(studyInstanceUID):
            self.removeSeries(series, False, cleanup)
        self.studyRemoved.emit(studyInstanceUID)
        return True

    def removePatient(self, patientUID: str, cleanup: bool = True) -> bool:
        for study in self.studiesForPatient(patientUID):
            self.removeStudy(study, cleanup)
        self.patientRemoved.emit(patientUID)
        return True

    def cleanup(self, vacuum: bool = False) -> bool:
        dicom_store_changes.clean_up(self._store)
        return True
