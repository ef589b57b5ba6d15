"""`slicer.app` and what hangs on it: settings, scene, layout, main window.

Written against the `qt` in place, PySide6's or the real one.  Names: qSlicerCoreApplication.h,
qSlicerApplication.h, qSlicerCoreCommandOptions.h, qMRMLLayoutManager.h of Slicer 5.8.
"""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

import ctk
import qt
import slicer
import vtk

from Support.slicer_stand_in.hub import SignalHub

VERSION = (5, 12)
DCMTK_TOOLS = ("storescp", "dcmdump", "storescu", "echoscu")


class CommandOptions:
    """qSlicerCommandOptions."""

    def __init__(self, testing: bool, main_window: bool) -> None:
        self.testingEnabled = testing
        self.noMainWindow = not main_window
        self.runPythonAndExit = False
        self.pythonScript = ""
        self.pythonCode = ""


class LayoutManager(SignalHub):
    """qSlicerLayoutManager with the three slice views of Slicer's usual layouts."""

    SIGNALS = ["layoutChanged(int)"]

    def __init__(self, scene: Any) -> None:
        super().__init__()
        self.layout = 3  # SlicerLayoutFourUpView
        self._logics: Dict[str, Any] = {}
        for name, orientation in (("Red", "Axial"), ("Yellow", "Sagittal"), ("Green", "Coronal")):
            logic = slicer.vtkMRMLSliceLogic()
            logic.SetMRMLScene(scene)
            node = logic.AddSliceNode(name)
            node.SetOrientation(orientation)
            self._logics[name] = logic
        self._widgets = {name: SliceWidget(logic) for name, logic in self._logics.items()}

    def setLayout(self, layout: int) -> None:
        self.layout = layout
        self._emit("layoutChanged(int)", layout)

    def sliceViewNames(self) -> Any:
        return tuple(self._logics)

    def sliceWidget(self, name: str) -> Any:
        return self._widgets.get(name)

    def mrmlSliceLogics(self) -> Any:
        collection = vtk.vtkCollection()
        for logic in self._logics.values():
            collection.AddItem(logic)
        return collection

    def resetSliceViews(self) -> None:
        for logic in self._logics.values():
            logic.FitSliceToAll()

    def resetThreeDViews(self) -> None:
        """There is no 3D view here to reset."""


class SliceWidget:
    """qMRMLSliceWidget, without its view."""

    def __init__(self, logic: Any) -> None:
        self._logic = logic

    def sliceLogic(self) -> Any:
        return self._logic

    def mrmlSliceNode(self) -> Any:
        return self._logic.GetSliceNode()

    def mrmlSliceCompositeNode(self) -> Any:
        return self._logic.GetSliceCompositeNode()


class ModuleSelector(SignalHub):
    """qSlicerModuleSelectorToolBar: which module's panel is shown."""

    SIGNALS = ["moduleSelected(QString)"]

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        self.selectedModule = ""

    def selectModule(self, name: str) -> None:
        if name == self.selectedModule:
            return
        slicer.app.moduleManager()._leave()
        self.selectedModule = name
        self._window._show_panel(slicer.app.moduleManager()._enter(name))
        self._emit("moduleSelected(QString)", name)


class MainWindow(qt.QMainWindow):
    """qSlicerMainWindow: a module panel beside an empty middle, and a status bar."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self._panel = qt.QScrollArea()
        self._panel.setWidgetResizable(True)
        self._panel.setObjectName("ModulePanel")
        dock = qt.QDockWidget("Module panel", self)
        dock.setObjectName("PanelDockWidget")
        dock.setWidget(self._panel)
        self.addDockWidget(qt.Qt.LeftDockWidgetArea, dock)
        self._dock = dock
        self.setCentralWidget(qt.QWidget())
        self._selector = ModuleSelector(self)

    def resizeDocks(self, docks: Any, sizes: Any, orientation: Any) -> None:
        """Of docks side by side; some of PySide6's builds can't read their own lists of docks."""
        assert orientation == qt.Qt.Horizontal
        for dock, size in zip(docks, sizes):
            dock.setFixedWidth(size)

    def moduleSelector(self) -> Any:
        return self._selector

    def _show_panel(self, widget: Any) -> None:
        self._panel.takeWidget()
        if widget is not None:
            self._panel.setWidget(widget)
            widget.show()


class Application(SignalHub):
    """qSlicerApplication; what is not of Slicer's own goes to the QApplication."""

    SIGNALS = ["startupCompleted()", "urlReceived(QString)", "mrmlSceneChanged(vtkMRMLScene*)"]

    def __init__(self, folder: Path, python: str, testing: bool, main_window: bool) -> None:
        super().__init__()
        self._qapplication = qt.QApplication.instance()
        self._options = CommandOptions(testing, main_window)
        self._exit_code: Optional[int] = None
        self._make_home(folder / "home", python)
        self.slicerHome = str(folder / "home")
        self.temporaryPath = self._made(folder / "temporary")
        self.cachePath = self._made(folder / "cache")
        self.extensionsInstallPath = self._made(folder / "extensions")
        self.startupWorkingPath = os.getcwd()
        self.majorVersion, self.minorVersion = VERSION
        self.revision = "0"
        self.os = {"Linux": "linux", "Darwin": "macosx", "Windows": "win"}[platform.system()]
        self.arch = "amd64"
        self.platform = f"{self.os}-{self.arch}"
        self.isInstalled = True
        self._user_settings = qt.QSettings()
        self._revision_settings = qt.QSettings(
            str(folder / "settings" / "Slicer-0.ini"), qt.QSettings.IniFormat
        )
        self._scene = slicer.vtkMRMLScene()
        self._logic = slicer.vtkMRMLApplicationLogic()
        self._logic.SetMRMLScene(self._scene)
        self._prepare_scene()
        self._documents = self._made(folder / "documents")
        self._database = ctk.ctkDICOMDatabase()
        if hasattr(type(self._database), "_guard_connection"):
            self._database._is_application_database = True
        self._layout = LayoutManager(self._scene) if main_window else None
        self._modules: Any = None
        self._translators: List[Any] = []

    def _prepare_scene(self) -> None:
        """Give the scene what Slicer's modules bring: a cache, kinds of nodes and conversions."""
        self._logics = slicer.vtkSlicerMarkupsLogic(), slicer.vtkSlicerSegmentationsModuleLogic()
        for logic in self._logics:
            logic.SetMRMLScene(self._scene)
        cache, manager = slicer.vtkCacheManager(), slicer.vtkDataIOManager()
        cache.SetRemoteCacheDirectory(self.cachePath)
        manager.SetCacheManager(cache)
        self._scene.SetDataIOManager(manager)
        self._scene.SetCacheManager(cache)
        factory = slicer.vtkSegmentationConverterFactory.GetInstance()
        for kind in ("BinaryLabelmapToClosedSurface", "ClosedSurfaceToBinaryLabelmap"):
            factory.RegisterConverterRule(getattr(slicer, f"vtk{kind}ConversionRule")())

    @staticmethod
    def _made(path: Path) -> str:
        path.mkdir(parents=True, exist_ok=True)
        return str(path)

    @staticmethod
    def _make_home(home: Path, python: str) -> None:
        bin_folder = home / "bin"
        bin_folder.mkdir(parents=True, exist_ok=True)
        launcher = bin_folder / "PythonSlicer"
        launcher.write_text(f'#!/bin/sh\nexec "{python}" "$@"\n', encoding="utf-8")
        launcher.chmod(launcher.stat().st_mode | stat.S_IXUSR)
        for tool in DCMTK_TOOLS:
            found = shutil.which(tool)
            if found and not (bin_folder / tool).exists():
                (bin_folder / tool).symlink_to(found)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._qapplication, name)

    def connect(self, signature: str, target: Any) -> bool:
        if signature.replace(" ", "") in self._slots:
            return super().connect(signature, target)
        return bool(self._qapplication.connect(signature, target))

    def disconnect(self, signature: str, target: Any) -> bool:
        if signature.replace(" ", "") in self._slots:
            return super().disconnect(signature, target)
        return bool(self._qapplication.disconnect(signature, target))

    def testingEnabled(self) -> bool:
        return bool(self._options.testingEnabled)

    def commandOptions(self) -> Any:
        return self._options

    def userSettings(self) -> Any:
        return self._user_settings

    settings = userSettings

    def revisionUserSettings(self) -> Any:
        return self._revision_settings

    def mrmlScene(self) -> Any:
        return self._scene

    def applicationLogic(self) -> Any:
        return self._logic

    def dicomDatabase(self) -> Any:
        return self._database

    def moduleManager(self) -> Any:
        return self._modules

    def layoutManager(self) -> Any:
        return self._layout

    @property
    def applicationLocaleName(self) -> str:
        settings = self._user_settings
        on = str(settings.value("Internationalization/Enabled")).lower() == "true"
        return str(settings.value("language") or "en_US") if on else "en_US"

    def loadTranslations(self, folder: str) -> None:
        """Install the translators of a folder, as qSlicerCoreApplication does for its own."""
        name = self.applicationLocaleName

        def named(language: str) -> Any:
            spellings = {language.replace("-", "_"), language.replace("_", "-")}
            return [file for one in spellings for file in Path(folder).glob(f"*{one}.qm")]

        for file in named(name) or named(name.split("_")[0]):
            translator = qt.QTranslator()
            if translator.load(str(file)):
                qt.QApplication.installTranslator(translator)
                self._translators.append(translator)

    def translate(self, context: str, text: str) -> str:
        return str(qt.QApplication.translate(context, text))

    def _close(self) -> None:
        for translator in self._translators:
            qt.QApplication.removeTranslator(translator)

    def processEvents(self) -> None:
        qt.QApplication.processEvents()

    def exit(self, status: int = 0) -> None:
        self._exit_code = status
        qt.QApplication.exit(status)


def remove_names_slicer_has_not(module: Any) -> None:
    """slicer-core puts all of slicer.util, and its own loops' leftovers, on `slicer` itself."""
    keep = {"util", "annotations", "__builtins__"}
    leftovers = {
        "info",
        "item_name",
        "iter_modules",
        "import_module",
        "extend_path",
        "me",
        "module",
    }
    names: List[str] = [name for name in vars(module) if not name.startswith("__")]
    for name in names:
        value = getattr(module, name)
        from_util = hasattr(module.util, name) and getattr(module.util, name) is value
        if name not in keep and (from_util or name in leftovers):
            delattr(module, name)


def python_for_worker() -> str:
    """The interpreter that stands for PythonSlicer's."""
    return sys.executable
