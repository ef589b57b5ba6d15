"""DICOMLib's storescp listener and the DICOM module that starts it.

After DICOMProcesses.py and DICOM.py of Slicer 5.8, with what they do wrong: starting twice raises
UnboundLocalError, success returns None, a taken port is only told when storescp has ended, and any
other storescp in `ps` brings up a question.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
from typing import Any, Callable, List, Optional

import ctk
import qt
import slicer

AUTO_UPDATE_SECONDS = 10.0


class DICOMProcess:
    """A DCMTK program run by a QProcess."""

    POSSIBLE_DCMTK_PATHS = [
        "/../DCMTK-build/bin",
        "/../CTK-build/CMakeExternals/Install/bin",
        "/bin",
    ]

    @classmethod
    def getDCMTKToolsPath(cls, additionalPaths: Any = ()) -> str:
        for path in [*cls.POSSIBLE_DCMTK_PATHS, *additionalPaths]:
            folder = str(slicer.app.slicerHome) + path
            if os.path.exists(folder):
                return folder
        raise UserWarning("Could not find a valid path to DICOM helper applications")

    def __init__(self) -> None:
        self.process: Any = None
        self.connections: Any = {}
        self.exeDir = self.getDCMTKToolsPath()
        self.exeExtension = ".exe" if os.name == "nt" else ""

    def __del__(self) -> None:
        self.stop()

    def start(self, cmd: Any = None, args: Any = None) -> Any:
        if self.process is not None:
            self.stop()
        self.cmd, self.args = cmd, args
        self.process = qt.QProcess()
        self.process.connect("stateChanged(QProcess::ProcessState)", self.onStateChanged)
        self.process.start(cmd, list(args))
        return self.process

    def onStateChanged(self, newState: int) -> Any:
        """Read what is left when the program has ended."""
        stdout = stderr = None
        if newState == qt.QProcess.NotRunning and self.process:
            stdout = self.process.readAllStandardOutput()
            stderr = self.process.readAllStandardError()
        return stdout, stderr

    def stop(self) -> None:
        if getattr(self, "process", None):
            self.process.kill()
            self.process.waitForFinished(3000)
            self.process = None


class DICOMStoreSCPProcess(DICOMProcess):
    """storescp, reporting each file by dcmdump."""

    STORESCP_PROCESS_FILE_NAME = "storescp"

    def __init__(self, incomingDataDir: str, incomingPort: Optional[int] = None) -> None:
        super().__init__()
        self.incomingDataDir = incomingDataDir
        if not os.path.exists(incomingDataDir):
            os.mkdir(incomingDataDir)
        if incomingPort:
            self.port = str(incomingPort)
        else:
            settings = qt.QSettings()
            if not settings.value("StoragePort"):
                settings.setValue("StoragePort", "11112")
            self.port = settings.value("StoragePort")
        self.storescpExecutable = os.path.join(self.exeDir, "storescp" + self.exeExtension)
        self.dcmdumpExecutable = os.path.join(self.exeDir, "dcmdump" + self.exeExtension)

    def onStateChanged(self, newState: int) -> Any:
        stdout, stderr = super().onStateChanged(newState)
        if stderr and stderr.size():
            slicer.util.errorDisplay(
                "An error occurred. For further information click 'Show Details...'",
                windowTitle=self.__class__.__name__,
                detailedText=str(stderr),
            )
        return stdout, stderr

    def start(self, cmd: Any = None, args: Any = None) -> Any:
        self.killStoreSCPProcesses()
        report = (
            f"{self.dcmdumpExecutable} --load-short --print-short --print-filename "
            f'--search PatientName "{self.incomingDataDir}/#f"'
        )
        arguments = [str(self.port), "--accept-all", "--output-directory", self.incomingDataDir]
        super().start(
            self.storescpExecutable, [*arguments, "--exec-sync", "--exec-on-reception", report]
        )
        self.process.connect("readyReadStandardOutput()", self.readFromStandardOutput)

    def killStoreSCPProcesses(self) -> bool:
        """Ask about every other storescp of this machine, whatever its port."""
        listing = subprocess.run(["ps", "-A"], stdout=subprocess.PIPE, check=False).stdout
        unique = True
        for line in listing.decode(errors="replace").splitlines():
            if self.STORESCP_PROCESS_FILE_NAME in line:
                unique = self.notifyUserAboutRunningStoreSCP(int(line.split(None, 1)[0]))
        return unique

    def notifyUserAboutRunningStoreSCP(self, pid: Any = None) -> bool:
        question = "There are other DICOM listeners running.\n Do you want to end them?"
        if not slicer.util.confirmYesNoDisplay(question):
            return False
        os.kill(pid, signal.SIGKILL)
        return True

    def readFromStandardOutput(self, readLineCallback: Any = None) -> None:
        lines = []
        while self.process.canReadLine():
            lines.append(self.process.readLine().data().decode(errors="replace").strip())
        for line in lines if readLineCallback else []:
            readLineCallback(line)
        self.process.readAllStandardError()


class DICOMListener(DICOMStoreSCPProcess):
    """storescp whose files go into a database; they stay in `incoming` until it is quiet."""

    def __init__(
        self,
        database: Any,
        fileToBeAddedCallback: Optional[Callable[[], None]] = None,
        fileAddedCallback: Optional[Callable[[], None]] = None,
    ) -> None:
        self.dicomDatabase = database
        self.indexer = ctk.ctkDICOMIndexer()
        self.indexer.backgroundImportEnabled = True
        self.fileToBeAddedCallback = fileToBeAddedCallback
        self.fileAddedCallback = fileAddedCallback
        self.lastFileAdded: Optional[str] = None
        self.delayedAutoUpdateTimer = qt.QTimer()
        self.delayedAutoUpdateTimer.setSingleShot(True)
        self.delayedAutoUpdateTimer.interval = int(AUTO_UPDATE_SECONDS * 1000)
        self.delayedAutoUpdateTimer.connect("timeout()", self.completeIncomingFilesIndexing)
        self.incomingFiles: List[str] = []
        self.maximumIncomingFiles = 400
        folder = database.databaseDirectory
        if not folder:
            raise UserWarning("Database directory not set: cannot start DICOMListener")
        if not os.path.exists(folder):
            os.mkdir(folder)
        super().__init__(incomingDataDir=folder + "/incoming")

    def readFromStandardOutput(self, readLineCallback: Any = None) -> None:
        super().readFromStandardOutput(readLineCallback=self.processStdoutLine)

    def processStdoutLine(self, line: str) -> None:
        mark = "# dcmdump (1/1): "
        if mark not in line:
            return
        path = line.split(mark, 1)[1].strip()
        if self.fileToBeAddedCallback:
            self.fileToBeAddedCallback()
        self.indexer.addFile(self.dicomDatabase, path, True)
        self.incomingFiles.append(path)
        if len(self.incomingFiles) < self.maximumIncomingFiles:
            self.delayedAutoUpdateTimer.start()
        else:
            self.delayedAutoUpdateTimer.stop()
            self.completeIncomingFilesIndexing()
        self.lastFileAdded = path
        if self.fileAddedCallback:
            self.fileAddedCallback()

    def completeIncomingFilesIndexing(self) -> None:
        """Wait for the indexer, in an event loop of its own, and empty `incoming`."""
        self.indexer.waitForImportFinished()
        for path in self.incomingFiles:
            os.remove(path)
        self.incomingFiles = []


class DICOM:
    """The DICOM module's class, as slicer.modules.DICOMInstance."""

    def __init__(self, parent: Any) -> None:
        self.parent = parent
        parent.title = "DICOM"
        parent.categories = ["", "Informatics"]
        self.browserWidget: Any = None
        self.postModuleDiscoveryTasksPerformed = False

    def setup(self) -> None:
        slicer.app.connect("startupCompleted()", self.performPostModuleDiscoveryTasks)

    def performPostModuleDiscoveryTasks(self) -> None:
        if self.postModuleDiscoveryTasksPerformed:
            return
        self.postModuleDiscoveryTasksPerformed = True
        self.initializeDICOMDatabase()
        settings = qt.QSettings()
        wanted = settings.contains("DICOM/RunListenerAtStart")
        if wanted and not slicer.app.commandOptions().testingEnabled:
            if settings.value("DICOM/RunListenerAtStart") == "true":
                self.startListener()

    def initializeDICOMDatabase(self) -> None:
        """Open the database where the settings say; its folder is not made here."""
        slicer.dicomDatabase = slicer.app.dicomDatabase()
        version = slicer.dicomDatabase.schemaVersion()
        name = slicer.app.applicationName
        if slicer.app.commandOptions().testingEnabled:
            slicer.dicomDatabaseDirectorySettingsKey = "DatabaseDirectoryTest_" + version
            folder = os.path.join(
                slicer.app.temporaryPath, "temp" + name + "DICOMDatabase_" + version
            )
        else:
            slicer.dicomDatabaseDirectorySettingsKey = "DatabaseDirectory_" + version
            settings = qt.QSettings()
            folder = settings.value(slicer.dicomDatabaseDirectorySettingsKey)
            if not folder:
                folder = os.path.join(slicer.app._documents, name + "DICOMDatabase")
                settings.setValue(slicer.dicomDatabaseDirectorySettingsKey, folder)
        slicer.dicomDatabase.openDatabase(folder + "/ctkDICOM.sql")
        if slicer.dicomDatabase.isOpen:
            if slicer.dicomDatabase.schemaVersionLoaded() != version:
                slicer.dicomDatabase.closeDatabase()

    def startListener(self) -> Optional[bool]:
        if not slicer.dicomDatabase.isOpen:
            logging.error("Failed to start DICOM listener. DICOM database is not open.")
            return False
        if not hasattr(slicer, "dicomListener"):
            dicomListener = DICOMListener(slicer.dicomDatabase)
        try:
            dicomListener.start()  # unbound when there is a listener: Slicer's own mistake
        except (UserWarning, OSError) as message:
            logging.error("Problem trying to start DICOM listener:\n %s", message)
            return False
        if not dicomListener.process:
            logging.error("Failed to start DICOM listener. Process start failed.")
            return False
        slicer.dicomListener = dicomListener
        return None

    def stopListener(self) -> None:
        if hasattr(slicer, "dicomListener"):
            slicer.dicomListener.stop()
            del slicer.dicomListener


def has_dcmtk() -> bool:
    """Whether this machine can play the listener at all."""
    return all(shutil.which(tool) for tool in ("storescp", "dcmdump"))
