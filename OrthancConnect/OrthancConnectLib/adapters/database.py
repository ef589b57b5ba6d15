"""Slicer's own DICOM database: what is in it, what comes in, and loading from it."""

from __future__ import annotations

import os
import stat
import tempfile
from collections import deque
from typing import Any, Callable, Deque, Dict, Iterator, List, Optional, Tuple

import ctk
import qt
import slicer

from OrthancConnectCore.shared.errors import ConfigurationError, InputError
from OrthancConnectCore.shared.query import display_person_name
from OrthancConnectCore.shared.validation import plain_text

from ..protocols import LoadedSeries, StudyFiles

_SHOWN_CLASSES = tuple(
    f"vtkMRML{name}Node" for name in ("Volume", "Segmentation", "Model", "Markups", "Table")
)
_SOP_CLASS, _NUMBER, _PIXELS = "0008,0016", "0020,0013", "7FE0,0010"
_RT, _QUANTITATIVE = ("DicomRtImportExportPlugin", "SlicerRT"), "QuantitativeReporting"
#: By modality (PS3.3 C.7.3.1.1.1) or SOP class what Slicer itself can't load: the plugin and the
#: extension that can. As in Slicer's DICOMExtensions.json.
_EXTENSIONS = {
    "SEG": ("DICOMSegmentationPlugin", _QUANTITATIVE),
    "SR": ("DICOMTID1500Plugin", _QUANTITATIVE),
    "1.2.840.10008.5.1.4.1.1.30": ("DICOMParametricMapPlugin", _QUANTITATIVE),
    "RTSTRUCT": _RT,
    "RTPLAN": _RT,
    "RTDOSE": _RT,  # the values of its image are stored numbers, without their scale
    "RWV": ("DICOMRWVMPlugin", "PETDICOMExtension"),
}
_NOT_OPEN_HINT = "Open Slicer's DICOM module once: it makes or repairs the database."


def open_database() -> Any:
    """Return `slicer.dicomDatabase`; ConfigurationError while it is not open."""
    database = getattr(slicer, "dicomDatabase", None)
    if database is None or not database.isOpen:
        raise ConfigurationError("Slicer's DICOM database is not open.", _NOT_OPEN_HINT)
    return database


def _size(path: str) -> Optional[int]:
    """Return the size of a file in bytes; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _warning(loadable: Any) -> str:
    """Return what a plugin says against what it offers, with instance numbers for its paths."""
    text = str(loadable.warning)
    for path in (path for path in loadable.files if path in text):
        text = text.replace(path, str(open_database().fileValue(path, _NUMBER) or "?"))
    return plain_text(" ".join(text.split()))


class SlicerDatabase:
    """`slicer.dicomDatabase`, which the DICOM module opens when Slicer has started."""

    def __init__(self) -> None:
        self._indexer: Optional[Any] = None
        self._imports: Deque[Tuple[str, Callable[[int], None]]] = deque()

    @property
    def is_open(self) -> bool:
        database = getattr(slicer, "dicomDatabase", None)
        return database is not None and bool(database.isOpen)

    def open_if_needed(self) -> bool:
        if self.is_open:
            return True
        module = getattr(slicer.modules, "DICOMInstance", None)
        if module is None:
            return False
        module.performPostModuleDiscoveryTasks()
        if self.is_open:
            return True
        # Where the DICOM module tried to open it: the settings' folder, or the one for tests.
        folder = os.path.dirname(slicer.dicomDatabase.databaseFilename or "")
        if not folder or os.path.exists(os.path.join(folder, "ctkDICOM.sql")):
            return False  # a database of another version: the DICOM module asks what to do
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError:
            return False
        from DICOMLib import DICOMUtils

        return bool(DICOMUtils.openDatabase(folder))

    # What is there --------------------------------------------------------------------------

    def present_instances(self, series_uid: str) -> Dict[str, int]:
        database = open_database()
        instances = database.instancesForSeries(series_uid)
        # Both lists are of the same rows in the same order, except where rows have no file.
        sizes = [_size(path) for path in database.filesForSeries(series_uid)]
        if len(sizes) != len(instances) or None in sizes:
            sizes = [_size(database.fileForInstance(uid)) for uid in instances]
        return {uid: size for uid, size in zip(instances, sizes) if size is not None}

    def files_of_series(self, series_uid: str) -> List[str]:
        paths = open_database().filesForSeries(series_uid)
        return [str(path) for path in paths if _size(path) is not None]

    def patient_of_series(self, series_uid: str) -> Optional[str]:
        database = open_database()
        study = database.studyForSeries(series_uid)
        patient = database.patientForStudy(study) if study else ""
        if not patient:
            return None
        patient_id = str(database.fieldForPatient("PatientID", patient))
        return "" if patient_id == study else patient_id  # CTK's word for none

    def series_of_instance(self, sop_instance_uid: str) -> str:
        database = open_database()
        path = database.fileForInstance(sop_instance_uid)
        return str(database.seriesForFile(path)) if path else ""

    def study_of_series(self, series_uid: str) -> Tuple[str, str, str]:
        database = open_database()
        study = str(database.studyForSeries(series_uid) or "")
        if not study:
            return "", "", ""
        name = database.fieldForPatient("PatientsName", database.patientForStudy(study))
        return study, str(name), str(database.fieldForStudy("StudyDate", study)).replace("-", "")

    # What comes in --------------------------------------------------------------------------

    def incoming_folder(self, name: str = "") -> str:
        parent = os.path.join(open_database().databaseDirectory, "orthancconnect")
        try:
            os.makedirs(os.path.join(parent, name), exist_ok=True)
            return os.path.join(parent, name) if name else tempfile.mkdtemp(dir=parent, prefix="")
        except OSError as error:
            raise InputError(
                f"The folder {parent} can't be written: {error.strerror or error}.",
                "Make room or give yourself the right to write there.",
            ) from error

    def import_folder(self, folder: str, on_finished: Callable[[int], None]) -> None:
        open_database()
        self._imports.append((folder, on_finished))
        if len(self._imports) == 1:
            self._start_import()

    def _start_import(self) -> None:
        if self._indexer is None:
            self._indexer = ctk.ctkDICOMIndexer()
            self._indexer.backgroundImportEnabled = True
            self._indexer.connect("indexingComplete(int,int,int,int)", self._onIndexingComplete)
        # Links to the outside are not followed: what is indexed here was written by ourselves. Nor
        # is what is hidden, as a follower's memory.
        self._indexer.followSymlinks = False
        self._indexer.addDirectory(open_database(), self._imports[0][0], False, False)

    def _onIndexingComplete(self, _patients: int, _studies: int, _series: int, images: int) -> None:
        if not self._imports:
            return
        _folder, on_finished = self._imports.popleft()
        if self._imports:
            qt.QTimer.singleShot(0, self._start_import)
        on_finished(images)

    # Room -----------------------------------------------------------------------------------

    def studies(self) -> Iterator[Optional[StudyFiles]]:
        database = open_database()
        for patient in database.patients():
            name = display_person_name(str(database.fieldForPatient("PatientsName", patient)))
            for study in database.studiesForPatient(patient):
                files: Dict[str, Tuple[int, int]] = {}
                for _series in self._read_files(study, files):
                    yield None
                root = os.path.join(os.path.normpath(database.databaseDirectory), "")
                if files and all(os.path.normpath(path).startswith(root) for path in files):
                    told = str(database.fieldForStudy("StudyDescription", study))
                    title = " · ".join(plain_text(text, 100) for text in (name, told) if text)
                    date = str(database.fieldForStudy("StudyDate", study)).replace("-", "")
                    yield StudyFiles(study, title or study, date, files)

    def _read_files(self, study_uid: str, files: Dict[str, Tuple[int, int]]) -> Iterator[None]:
        """Put a study's files into `files`, a series a step; a link counts as a file elsewhere."""
        database = open_database()
        for series in database.seriesForStudy(study_uid):
            for path in filter(None, database.filesForSeries(series)):
                try:
                    found = os.lstat(path)
                except OSError:
                    continue  # a row whose file was deleted
                place = path if stat.S_ISREG(found.st_mode) else os.path.realpath(path)
                files[place] = (found.st_size, found.st_mtime_ns)
            yield

    def is_loaded(self, study_uid: str) -> bool:
        database = open_database()
        series = database.seriesForStudy(study_uid)
        uids = {uid for one in series for uid in database.instancesForSeries(one)}
        paths = {os.path.normpath(path) for one in series for path in database.filesForSeries(one)}
        nodes = slicer.mrmlScene.GetNodesByClass("vtkMRMLNode")
        nodes.UnRegister(None)
        for node in map(nodes.GetItemAsObject, range(nodes.GetNumberOfItems())):
            if not uids.isdisjoint((node.GetAttribute("DICOM.instanceUIDs") or "").split()):
                return True
            if node.IsA("vtkMRMLStorageNode"):
                names = [node.GetFileName()]
                names += map(node.GetNthFileName, range(node.GetNumberOfFileNames()))
                if not paths.isdisjoint(os.path.normpath(name) for name in names if name):
                    return True
        return False

    def remove_study(self, study: StudyFiles) -> Iterator[int]:
        database = open_database()
        files: Dict[str, Tuple[int, int]] = {}
        for _series in self._read_files(study.study_instance_uid, files):
            yield 0
        if files != study.files:
            raise InputError("Its files have changed meanwhile.", "Look for it again.")
        if self.is_loaded(study.study_instance_uid):
            raise InputError("It is loaded.", "Close the scene first.")
        for series in database.seriesForStudy(study.study_instance_uid):
            paths = database.filesForSeries(series)
            database.removeSeries(series, True)
            yield sum(files[path][0] for path in paths if not os.path.lexists(path))

    # Loading --------------------------------------------------------------------------------

    def title_of_series(self, series_uid: str) -> str:
        number, text = (
            str(open_database().fieldForSeries(name, series_uid) or "")
            for name in ("SeriesNumber", "SeriesDescription")
        )
        return plain_text(f"{number}  {text or series_uid}".strip(), 200)

    def modality_of_series(self, series_uid: str) -> str:
        return str(open_database().fieldForSeries("Modality", series_uid) or "")

    def load_series(self, series_uid: str) -> LoadedSeries:
        # DICOMLib prints a traceback for a series without files, and wants a list.
        if not self.present_instances(series_uid):
            raise InputError(
                "The series has no files in Slicer's DICOM database.", "Retrieve it first."
            )
        from DICOMLib import DICOMUtils

        database, modality = open_database(), self.modality_of_series(series_uid)
        files = list(database.filesForSeries(series_uid))
        names = DICOMUtils.getDefaultPluginClassNames()
        if modality == "SEG" or not any(database.fileValueExists(one, _PIXELS) for one in files):
            # It would try these as well, with red lines in Slicer's log.
            names = [name for name in names if name != "DICOMScalarVolumePlugin"]
        offers, _any = DICOMUtils.getLoadablesFromFileLists([files], names)
        DICOMUtils.selectHighestConfidenceLoadables(offers)
        chosen = [one for some in offers.values() for one in some if one.selected]
        node_ids = DICOMUtils.loadLoadables(offers)
        nodes = [slicer.mrmlScene.GetNodeByID(node_id) for node_id in node_ids]
        plugin, extension = _EXTENSIONS.get(
            str(database.fileValue(files[0], _SOP_CLASS)), _EXTENSIONS.get(modality, ("", ""))
        )
        return LoadedSeries(
            [node for node in nodes if node and any(node.IsA(name) for name in _SHOWN_CLASSES)],
            list(dict.fromkeys(_warning(one) for one in chosen if one.warning)),
            "" if plugin in slicer.modules.dicomPlugins else extension,
            not all(one.loadSuccess for one in chosen),
        )

    def close(self) -> None:
        self._imports.clear()
        if self._indexer is not None:
            self._indexer.disconnect("indexingComplete(int,int,int,int)", self._onIndexingComplete)
            self._indexer.cancel()
            # Its destructor touches the database; that one may be gone when Python's turn comes.
            self._indexer.setDatabase(None)
            self._indexer = None
