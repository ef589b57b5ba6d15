"""The stand-in's slicer behaves as Slicer does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from stand_in_tools import real_modules

EXTENSION = Path(__file__).resolve().parents[2] / "OrthancConnect" / "OrthancConnect.py"
MODULE = """
import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import *

log = []

class Sample(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("Sample")
        slicer.app.connect("startupCompleted()", lambda: log.append("started"))

class SampleWidget(ScriptedLoadableModuleWidget):
    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        log.append(self.resourcePath("UI"))
    def enter(self): log.append("enter")
    def exit(self): log.append("exit")
    def cleanup(self): log.append("cleanup")
"""


def test_modules_live_as_in_slicer(standin: Any, tmp_path: Path) -> None:
    """Loaded, started, shown, left, unloaded: in this order and with these names."""
    import slicer

    path = tmp_path / "Sample.py"
    path.write_text(MODULE, encoding="utf-8")
    module = standin.load_module(path)
    import Sample  # type: ignore[import-not-found]

    assert slicer.modules.sample is module and module.title == "Sample"
    assert not hasattr(slicer.modules, "SampleWidget") and not hasattr(slicer, "dicomDatabase")
    standin.start_up()
    assert Sample.log == ["started"] and hasattr(slicer, "dicomDatabase")
    slicer.util.selectModule("Sample")
    assert slicer.util.getModuleWidget("Sample") is slicer.modules.SampleWidget
    slicer.util.selectModule("DICOM")
    standin.close()
    assert Sample.log == ["started", str(tmp_path / "Resources" / "UI"), "enter", "exit", "cleanup"]


def test_slicer_has_no_names_of_slicer_core(standin: Any) -> None:
    """slicer-core puts slicer.util's functions on `slicer` as well: Slicer does not."""
    import slicer

    assert callable(slicer.util.loadUI) and not hasattr(slicer, "loadUI")
    assert slicer.vtkMRMLScene and not hasattr(slicer, "import_module")


def test_messages_are_kept_and_questions_refused(standin: Any) -> None:
    """In --testing nothing waits: errors are logged, a question is answered with False."""
    import slicer

    slicer.util.errorDisplay("Something is wrong")
    assert slicer.util.confirmYesNoDisplay("Shall I?") is False
    assert [(m.level, m.asks) for m in standin.messages] == [("ERROR", False), ("INFO", True)]
    assert standin.modal_events == []


def test_form_of_slicer(standin: Any, tmp_path: Path) -> None:
    """A qMRMLWidget takes the scene (it is Slicer's: a bare ctk has none)."""
    import slicer

    path = tmp_path / "form.ui"
    path.write_text(
        '<ui version="4.0"><class>F</class><widget class="qMRMLWidget" name="F"/><customwidgets>'
        "<customwidget><class>qMRMLWidget</class><extends>QWidget</extends><header>a.h</header>"
        "</customwidget></customwidgets></ui>"
    )
    form = slicer.util.loadUI(str(path))
    form.setMRMLScene(slicer.mrmlScene)
    assert form.mrmlScene() is slicer.mrmlScene


def test_slicers_python_has_no_optional_packages(standin: Any) -> None:
    """The worker's may; what Slicer's own process imports of them is not there."""
    import importlib

    for name in ("keyring", "keyring.backend", "dicognito"):
        with pytest.raises(ImportError):
            importlib.import_module(name)
    standin.close()
    assert importlib.import_module("keyring.backend")


def test_without_main_window(standin: Any) -> None:
    """--no-main-window: no layout manager, and no module can be selected."""
    standin.close()
    from Support import slicer_stand_in

    bare = slicer_stand_in.install(**real_modules(), main_window=False)
    import slicer

    assert slicer.app.layoutManager() is None and slicer.util.mainWindow() is None
    with pytest.raises(RuntimeError):
        slicer.util.selectModule("DICOM")
    bare.start_up()
    bare.load_module(EXTENSION)
    sys.modules["OrthancConnect"].OrthancConnectTest().runTest()
    bare.close()
