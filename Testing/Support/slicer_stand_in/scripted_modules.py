"""Scripted modules: slicer.modules, the module manager, slicer.ScriptedLoadableModule, slicer.i18n.

Behaviour after qSlicerScriptedLoadableModule.cxx, qSlicerScriptedLoadableModuleWidget.cxx and
Base/Python/slicer/{ScriptedLoadableModule,i18n}.py of Slicer 5.8.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
import types
import unittest
from pathlib import Path
from typing import Any, Dict, Optional

import qt
import slicer

from Support.slicer_stand_in.hub import SignalHub


class qMRMLWidget(qt.QWidget):
    """The widget that a module's form has at its top."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(*([parent] if parent is not None else []))
        self._scene: Any = None

    def setMRMLScene(self, scene: Any) -> None:
        self._scene = scene

    def mrmlScene(self) -> Any:
        return self._scene


class qSlicerScriptedLoadableModuleWidget(qMRMLWidget):
    """The widget that holds a scripted module's panel."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setLayout(qt.QVBoxLayout())
        self.setMRMLScene(slicer.mrmlScene)
        self._name = name
        self._self: Any = None

    def self(self) -> Any:
        return self._self

    def setEditedNode(self, node: Any, role: str = "", context: str = "") -> bool:
        return False


class qSlicerScriptedLoadableModule:
    """The module object: `parent` of the Python class, and slicer.modules.<name>."""

    def __init__(self, name: str, path: str) -> None:
        self.name, self.path = name, path
        self.title = name
        self.categories: Any = []
        self.dependencies: Any = []
        self.contributors: Any = []
        self.associatedNodeTypes: Any = []
        self.helpText = self.acknowledgementText = ""
        self.icon: Any = None
        self.hidden, self.index = False, -1
        self.widgetRepresentationCreationEnabled = True
        self.isInstalled = True
        self._widget: Any = None
        self._python: Any = None

    def widgetRepresentation(self) -> Any:
        if self._widget is None and self.widgetRepresentationCreationEnabled:
            self._widget = self.createNewWidgetRepresentation()
        return self._widget

    def createNewWidgetRepresentation(self) -> Any:
        kind = getattr(self._python, self.name + "Widget", None)
        if kind is None:
            return None
        widget = qSlicerScriptedLoadableModuleWidget(self.name)
        widget._self = kind(widget)
        setattr(slicer.modules, self.name + "Widget", widget._self)
        widget._self.setup()
        return widget


class ModuleManager(SignalHub):
    """qSlicerModuleManager."""

    SIGNALS = ["moduleLoaded(QString)", "moduleAboutToBeUnloaded(QString)"]

    def __init__(self) -> None:
        super().__init__()
        self._loaded: Dict[str, Any] = {}
        self._entered = ""

    def module(self, name: str) -> Any:
        return self._loaded.get(name)

    def modulesNames(self) -> Any:
        return tuple(self._loaded)

    def factoryManager(self) -> Any:
        return self

    def loadedModuleNames(self) -> Any:
        return tuple(self._loaded)

    def isLoaded(self, name: str) -> bool:
        return name in self._loaded

    def _enter(self, name: str) -> Any:
        module = self._loaded.get(name)
        widget = module.widgetRepresentation() if module is not None else None
        self._entered = name
        if widget is not None and hasattr(widget._self, "enter"):
            widget._self.enter()
        return widget

    def _leave(self) -> None:
        module = self._loaded.get(self._entered)
        self._entered = ""
        widget = module._widget if module is not None else None
        if widget is not None and hasattr(widget._self, "exit"):
            widget._self.exit()

    def _add(self, module: Any, instance: Any) -> None:
        self._loaded[module.name] = module
        setattr(slicer.modules, module.name.lower(), module)
        setattr(slicer.modules, module.name + "Instance", instance)
        setattr(slicer.moduleNames, module.name, module.name)
        if hasattr(instance, "setup"):
            instance.setup()
        self._emit("moduleLoaded(QString)", module.name)

    def _unload_all(self) -> None:
        self._leave()
        for name in list(self._loaded):
            self._emit("moduleAboutToBeUnloaded(QString)", name)
            del self._loaded[name]


def load_module(path: Path) -> Any:
    """Load <Name>.py as Slicer does at start-up; returns the module object."""
    name = path.stem
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"not a Python file: {path}")
    python = importlib.util.module_from_spec(spec)
    sys.modules[name] = python
    spec.loader.exec_module(python)
    module = qSlicerScriptedLoadableModule(name, str(path))
    module._python = python
    instance = getattr(python, name)(module)
    slicer.app.moduleManager()._add(module, instance)
    return module


class ScriptedLoadableModule:
    """Base of a module's class."""

    def __init__(self, parent: Any) -> None:
        super().__init__()
        self.parent = parent
        self.moduleName = self.__class__.__name__
        parent.title = ""
        parent.categories = []
        parent.dependencies = []
        parent.contributors = []
        parent.helpText = parent.acknowledgementText = ""
        for extension in (".svg", ".png"):
            icon = self.resourcePath(os.path.join("Icons", self.moduleName + extension))
            if os.path.isfile(icon):
                parent.icon = qt.QIcon(icon)
                break

    def resourcePath(self, filename: str) -> str:
        return os.path.join(os.path.dirname(self.parent.path), "Resources", filename)

    def getDefaultModuleDocumentationLink(self, docPage: Optional[str] = None) -> str:
        page = docPage or self.moduleName
        return f"<p>For more information, see the online documentation of {page}.</p>"

    def runTest(self, msec: int = 100, **keywords: Any) -> None:
        module = sys.modules[self.__module__]
        case = getattr(module, self.moduleName + "Test")()
        case.messageDelay = msec
        case.runTest(**keywords)


class ScriptedLoadableModuleWidget:
    """Base of a module's panel."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__()
        self.moduleName = self.__class__.__name__
        if self.moduleName.endswith("Widget"):
            self.moduleName = self.moduleName[:-6]
        self.developerMode = slicer.util.settingsValue(
            "Developer/DeveloperMode", False, converter=slicer.util.toBool
        )
        if not parent:
            self.parent = qMRMLWidget()
            self.parent.setLayout(qt.QVBoxLayout())
            self.parent.setMRMLScene(slicer.mrmlScene)
        else:
            self.parent = parent
        self.layout = self.parent.layout()
        if not parent:
            self.setup()
            self.parent.show()
        slicer.app.moduleManager().connect(
            "moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded
        )

    def resourcePath(self, filename: str) -> str:
        folder = os.path.dirname(slicer.util.modulePath(self.moduleName))
        return os.path.join(folder, "Resources", filename)

    def cleanup(self) -> None:
        """Overridden by a module that has something to clean up."""

    def setup(self) -> None:
        """Overridden by each module; the base adds the developer's section, not played here."""

    def _onModuleAboutToBeUnloaded(self, name: str) -> None:
        if name == self.moduleName:
            self.cleanup()
            slicer.app.moduleManager().disconnect(
                "moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded
            )


class ScriptedLoadableModuleLogic:
    """Base of a module's logic."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__()
        self.moduleName = self.__class__.__name__
        if self.moduleName.endswith("Logic"):
            self.moduleName = self.moduleName[:-5]
        self.isSingletonParameterNode = True

    def getParameterNode(self) -> Any:
        node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
        return node if node else slicer.mrmlScene.AddNode(self.createParameterNode())

    def createParameterNode(self) -> Any:
        node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
        node.UnRegister(None)
        if self.isSingletonParameterNode:
            node.SetSingletonTag(self.moduleName)
        node.SetAttribute("ModuleName", self.moduleName)
        node.SetName(slicer.mrmlScene.GenerateUniqueName(self.moduleName))
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """Base of a module's self-test."""

    def delayDisplay(self, message: str, requestedDelay: Any = None, msec: Any = None) -> None:
        delay = getattr(self, "messageDelay", msec if msec is not None else requestedDelay)
        slicer.util.delayDisplay(message, 100 if delay is None else delay)

    def runTest(self) -> None:
        for name in [method for method in dir(self) if method.startswith("test")]:
            self.setUp()
            getattr(self, name)()
            self.tearDown()


def _translate(context: str, text: str) -> str:
    return str(slicer.app.translate(context, text))


def _context(source: str) -> str:
    folder, base = os.path.split(source)
    name = os.path.splitext(base)[0]
    if os.path.isfile(os.path.join(folder, "__init__.py")):
        return os.path.basename(folder) + "." + name
    return name


def _tr(text: str) -> str:
    frame = inspect.currentframe()
    caller = frame.f_back if frame is not None else None
    source = caller.f_code.co_filename if caller is not None else ""
    return _translate(_context(source), text)


class SampleDataLogic:
    """SampleData.SampleDataLogic, as far as other modules offer samples by it."""

    @staticmethod
    def registerCustomSampleDataSource(
        category: str = "Custom",
        sampleName: Any = None,
        uris: Any = None,
        customDownloader: Any = None,
        thumbnailFileName: Any = None,
    ) -> None:
        assert isinstance(uris, str), (
            "Slicer's SampleDataSource takes the length of what it is given"
        )
        sources = slicer.modules.__dict__.setdefault("sampleDataSources", {})
        source = types.SimpleNamespace(
            sampleName=sampleName,
            customDownloader=customDownloader,
            thumbnailFileName=thumbnailFileName,
        )
        sources.setdefault(category, []).append(source)


def install_python_modules() -> None:
    """Put slicer.ScriptedLoadableModule, slicer.i18n, slicer.modules and moduleNames in place."""
    base = types.ModuleType("slicer.ScriptedLoadableModule")
    names = ["", "Widget", "Logic", "Test"]
    base.__all__ = ["ScriptedLoadableModule" + name for name in names]  # type: ignore[attr-defined]
    for name in base.__all__:
        setattr(base, name, globals()[name])
    i18n = types.ModuleType("slicer.i18n")
    i18n.tr, i18n.translate, i18n.getContext = _tr, _translate, _context  # type: ignore[attr-defined]
    modules = types.ModuleType("slicer.modules")
    modules.dicomPlugins = {}  # type: ignore[attr-defined]
    module_names = types.ModuleType("slicer.moduleNames")
    samples = types.ModuleType("SampleData")
    samples.SampleDataLogic = SampleDataLogic  # type: ignore[attr-defined]
    sys.modules["SampleData"] = samples
    for name, module in {
        "ScriptedLoadableModule": base,
        "i18n": i18n,
        "modules": modules,
        "moduleNames": module_names,
    }.items():
        sys.modules["slicer." + name] = module
        setattr(slicer, name, module)
    slicer.qMRMLWidget = qMRMLWidget
    slicer.qSlicerScriptedLoadableModuleWidget = qSlicerScriptedLoadableModuleWidget
    slicer.qSlicerScriptedLoadableModule = qSlicerScriptedLoadableModule
