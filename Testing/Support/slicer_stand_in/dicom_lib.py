"""The `DICOMLib` package: what DICOMUtils offers to other modules, with one plugin: scalar volume.

After Modules/Scripted/DICOMLib/DICOMUtils.py and DICOMScalarVolumePlugin.py of Slicer 5.8.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import time
import traceback
import types
from typing import Any, Dict, List, Optional, Tuple

import ctk
import qt
import slicer
import vtk

from Support.slicer_stand_in import dicom_listener, dicom_volume
from Support.slicer_stand_in.dicom_volume import DICOMLoadable, DICOMScalarVolumePluginClass


def getDefaultPluginClassNames() -> List[str]:
    return list(slicer.modules.dicomPlugins)


def getLoadablesFromFileLists(
    fileLists: Any, pluginClassNames: Optional[List[str]] = None
) -> Tuple[Dict[Any, List[Any]], bool]:
    """What each plugin offers; what one raises is printed and forgotten."""
    found: Dict[Any, List[Any]] = {}
    for name in getDefaultPluginClassNames() if pluginClassNames is None else pluginClassNames:
        plugin = slicer.modules.dicomPlugins[name]()
        try:
            found[plugin] = plugin.examineForImport(fileLists) or plugin.examine(fileLists)
        except Exception as error:  # as Slicer does
            traceback.print_exc()
            logging.error("DICOM Plugin failed: %s", error)
    return found, any(found.values())


def selectHighestConfidenceLoadables(loadablesByPlugin: Dict[Any, List[Any]]) -> None:
    """Select of each series what has the highest confidence, all of them where they tie."""
    by_series: Dict[str, List[Any]] = {}
    for loadable in (one for some in loadablesByPlugin.values() for one in some):
        uid = slicer.dicomDatabase.fileValue(loadable.files[0], "0020,000E")
        by_series.setdefault(uid, []).append(loadable)
    for loadables in by_series.values():
        highest = max(loadable.confidence for loadable in loadables)
        for loadable in loadables:
            loadable.selected = loadable.confidence == highest


def loadLoadables(loadablesByPlugin: Dict[Any, List[Any]]) -> List[str]:
    """Load what is selected; returns the ids of all new nodes but storage and display ones."""
    added: List[str] = []

    @vtk.calldata_type(vtk.VTK_OBJECT)  # type: ignore[untyped-decorator]
    def on_node_added(caller: Any, event: Any, node: Any) -> None:
        if not isinstance(node, (slicer.vtkMRMLStorageNode, slicer.vtkMRMLDisplayNode)):
            added.append(node.GetID())

    scene = slicer.mrmlScene
    tag = scene.AddObserver(slicer.vtkMRMLScene.NodeAddedEvent, on_node_added)
    for plugin, loadables in loadablesByPlugin.items():
        for loadable in [one for one in loadables if one.selected]:
            try:
                loadable.loadSuccess = bool(plugin.load(loadable))
            except Exception:  # as Slicer does
                logging.error("DICOM plugin failed to load:\n%s", traceback.format_exc())
                loadable.loadSuccess = False
    scene.RemoveObserver(tag)
    return added


def openDatabase(databaseDir: str) -> bool:
    if not os.access(databaseDir, os.F_OK):
        logging.error("Specified database directory %r cannot be found", databaseDir)
        return False
    slicer.dicomDatabase.openDatabase(databaseDir + "/ctkDICOM.sql")
    return bool(slicer.dicomDatabase.isOpen)


def clearDatabase(dicomDatabase: Any = None) -> None:
    database = slicer.dicomDatabase if dicomDatabase is None else dicomDatabase
    for patient in database.patients():
        database.removePatient(patient)
    database.databaseChanged()


def _temporary_folder(directory: Optional[str]) -> str:
    directory = directory or time.strftime("%Y%m%d_%H%M%S_", time.gmtime()) + "TempDICOMDatabase"
    folder = os.path.join(slicer.app.temporaryPath, directory)
    os.makedirs(folder, exist_ok=True)
    return folder


def openTemporaryDatabase(directory: Optional[str] = None) -> Any:
    """Replace the application's database; what the folder had is wiped."""
    folder = _temporary_folder(directory)
    settings = qt.QSettings()
    original = settings.value(slicer.dicomDatabaseDirectorySettingsKey)
    settings.setValue(slicer.dicomDatabaseDirectorySettingsKey, folder)
    openDatabase(folder)
    slicer.dicomDatabase.initializeDatabase()
    return original


def closeTemporaryDatabase(originalDatabaseDir: Any, cleanup: bool = True) -> bool:
    """Without an original the database stays closed."""
    if slicer.dicomDatabase.isOpen:
        if cleanup:
            slicer.dicomDatabase.initializeDatabase()
        slicer.dicomDatabase.closeDatabase()
    if originalDatabaseDir is None:
        return True
    qt.QSettings().setValue(slicer.dicomDatabaseDirectorySettingsKey, originalDatabaseDir)
    if os.access(originalDatabaseDir, os.F_OK):
        return openDatabase(originalDatabaseDir)
    return True


def createTemporaryDatabase(directory: Optional[str] = None) -> Any:
    database = ctk.ctkDICOMDatabase()
    database.openDatabase(_temporary_folder(directory) + "/ctkDICOM.sql")
    return database if database.isOpen else None


def deleteTemporaryDatabase(dicomDatabase: Any, cleanup: bool = True) -> bool:
    folder = os.path.dirname(dicomDatabase.databaseFilename)
    dicomDatabase.closeDatabase()
    if cleanup:
        shutil.rmtree(folder)
    return True


class TemporaryDICOMDatabase:
    """The application's database replaced for a while."""

    def __init__(self, directory: Optional[str] = None) -> None:
        self.temporaryDatabaseDir = directory
        self.originalDatabaseDir: Any = None

    def __enter__(self) -> Any:
        self.originalDatabaseDir = openTemporaryDatabase(self.temporaryDatabaseDir)
        return slicer.dicomDatabase

    def __exit__(self, *exception: Any) -> None:
        closeTemporaryDatabase(self.originalDatabaseDir)


def importDicom(dicomDataDir: str, dicomDatabase: Any = None, copyFiles: bool = False) -> bool:
    """True also when nothing was imported."""
    indexer = ctk.ctkDICOMIndexer()
    database = slicer.dicomDatabase if dicomDatabase is None else dicomDatabase
    indexer.addDirectory(database, dicomDataDir, copyFiles)
    indexer.waitForImportFinished()
    return True


def seriesUIDsForFiles(files: Any) -> Any:
    found = {slicer.dicomDatabase.seriesForFile(path) for path in files}
    return found - {""}


def refreshDICOMWidget() -> bool:
    """The DICOM browser is not played: what Slicer says before it has been shown."""
    logging.error("DICOM module or browser cannot be accessed")
    return False


UTILS = (
    getDefaultPluginClassNames,
    getLoadablesFromFileLists,
    selectHighestConfidenceLoadables,
    loadLoadables,
    openDatabase,
    clearDatabase,
    openTemporaryDatabase,
    closeTemporaryDatabase,
    createTemporaryDatabase,
    deleteTemporaryDatabase,
    TemporaryDICOMDatabase,
    importDicom,
    seriesUIDsForFiles,
    refreshDICOMWidget,
)
PROCESSES = (
    dicom_listener.DICOMProcess,
    dicom_listener.DICOMStoreSCPProcess,
    dicom_listener.DICOMListener,
    DICOMLoadable,
)


def install_dicom() -> Tuple[Any, Any]:
    """Put DICOMLib in place and load the DICOM module, as Slicer does before ours."""
    from Support.slicer_stand_in import scripted_modules

    library, utils = types.ModuleType("DICOMLib"), types.ModuleType("DICOMLib.DICOMUtils")
    contents: Dict[str, Any] = {item.__name__: item for item in (*UTILS, *PROCESSES)}
    library.__dict__.update(contents)
    utils.__dict__.update({item.__name__: item for item in UTILS})
    library.DICOMUtils = utils  # type: ignore[attr-defined]
    sys.modules["DICOMLib"], sys.modules["DICOMLib.DICOMUtils"] = library, utils
    slicer.modules.dicomPlugins["DICOMScalarVolumePlugin"] = DICOMScalarVolumePluginClass
    slicer.modules.createdicomseries = dicom_volume.CreateDICOMSeries
    slicer.cli = types.ModuleType("slicer.cli")
    slicer.cli.run = dicom_volume.run  # type: ignore[attr-defined]
    module = scripted_modules.qSlicerScriptedLoadableModule("DICOM", __file__)
    slicer.app.moduleManager()._add(module, dicom_listener.DICOM(module))
    return library, module
