"""The stand-in's qt and widgets behave as PythonQt's and ctk's."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, List

import pytest


class Widget:
    """Takes what a signal brings."""

    def __init__(self) -> None:
        self.got: List[Any] = []

    def take(self, *arguments: Any) -> None:
        self.got.append(arguments)

    def take_none(self) -> None:
        self.got.append(())


def test_properties_are_attributes_and_methods_methods(standin: Any) -> None:
    """A Q_PROPERTY is an attribute; what is none stays a method, whatever PySide6 thinks."""
    import qt

    label, timer, tree = qt.QLabel("a"), qt.QTimer(), qt.QTreeWidget()
    label.text, label.enabled = "b", False
    assert (label.text, label.enabled, label.isEnabled()) == ("b", False, False)
    label.textFormat = qt.Qt.PlainText
    assert label.textFormat == qt.Qt.PlainText == 0
    timer.interval = 10.0 * 1000
    assert timer.interval == 10000 and timer.isActive() is timer.active is False
    assert tree.topLevelItemCount == 0 and tree.selectedItems() == ()
    item = qt.QTreeWidgetItem(["x"])
    item.setData(0, qt.Qt.UserRole, {"uid": "1.2"})
    tree.addTopLevelItem(item)
    assert tree.topLevelItem(0).data(0, qt.Qt.UserRole) == {"uid": "1.2"}
    assert label.sizeHint.width() > 0
    with pytest.raises(TypeError):
        label.text()


def test_new_attributes_on_cpp_objects_are_refused(standin: Any) -> None:
    """A misspelt property is an error on a widget, and fine on a Python subclass."""
    import ctk
    import qt

    class Mine(qt.QWidget):  # type: ignore[misc]
        pass

    for widget in (qt.QPushButton("a"), ctk.ctkCollapsibleButton()):
        with pytest.raises(AttributeError, match="not allowed"):
            widget.enabeld = True
        with pytest.raises(AttributeError):
            widget.setText = None
        with pytest.raises(AttributeError, match="no attribute"):
            _ = widget.enabeld
    mine = Mine()
    mine.remembered = 1
    with pytest.raises(AttributeError, match="not writable"):
        mine.sizeHint = 1
    with pytest.raises(AttributeError):
        ctk.ctkDICOMDatabase().isOpen = True


def test_connect_answers_and_trims(standin: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """connect and disconnect answer True or False; only functions and methods get less."""
    import qt

    button, taker, got = qt.QPushButton("a"), Widget(), []
    assert button.connect("clicked(bool)", taker.take)
    assert button.connect("clicked(bool)", taker.take_none)
    assert button.connect("clicked()", lambda: got.append("plain"))
    assert not button.connect("clicked(int)", taker.take)
    assert "signal 'clicked(int)' does not exist on QPushButton" in capfd.readouterr().err
    button.click()
    assert taker.got == [(False,), ()] and got == ["plain"]
    assert button.disconnect("clicked(bool)", taker.take)
    assert not button.disconnect("clicked(bool)", taker.take)
    assert not button.disconnect("clicked(bool)", got.append)
    button.clicked.connect(taker.take)
    button.click()
    assert taker.got == [(False,), (), (), (False,)]


def test_a_slot_is_held_and_its_exception_swallowed(
    standin: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    """PythonQt holds the callable, and prints what it raises."""
    import qt

    button, got = qt.QPushButton("a"), []

    class Short:
        def slot(self) -> None:
            got.append(1)
            raise ValueError("from the slot")

    button.connect("clicked()", Short().slot)
    button.click()
    button.click()
    assert got == [1, 1] and "from the slot" in capfd.readouterr().err


def test_what_pythonqt_has_not_is_not_there(standin: Any) -> None:
    """Names of newer Qt, of PySide6, and those that the wrapper leaves out."""
    import qt

    for path in (
        *("QThread", "QRestReply", "QWidget.screen", "QDate.toPython"),
        *("QNetworkRequest.setTransferTimeout", "QTimer.intervalAsDuration", "QPushButton.foo"),
    ):
        found: Any = qt
        with pytest.raises(AttributeError):
            for name in path.split("."):
                found = getattr(found, name)


def test_settings_are_text_after_a_restart(standin: Any) -> None:
    """Types live as long as the process; then everything is text, lists tuples."""
    import qt
    import slicer

    settings = qt.QSettings()
    for key, value in {"a": True, "n": 5, "one": ["x"], "two": ["x", "y"]}.items():
        settings.setValue(key, value)
    assert settings.value("a") is True and settings.value("missing") is None
    standin.reread_settings()
    again = slicer.app.userSettings()
    assert [again.value(key) for key in ("a", "n", "one")] == ["true", "5", ("x",)]
    assert again.value("two") == ("x", "y") and isinstance(again.allKeys(), tuple)
    assert slicer.util.settingsValue("a", False, converter=slicer.util.toBool) is True
    with pytest.raises(ValueError, match="kwargs"):
        again.value("a", False, type=bool)


def test_processes_talk_through_signals(standin: Any) -> None:
    """PythonSlicer runs Python; output comes by readyReadStandardOutput(), bytes by .data()."""
    import qt
    import slicer

    process, lines, ends = qt.QProcess(), [], []

    def read() -> None:
        lines.append(process.readAllStandardOutput().data())

    assert process.connect("readyReadStandardOutput()", read)
    assert process.connect("finished(int,QProcess::ExitStatus)", lambda *end: ends.append(end))
    program = os.path.join(slicer.app.slicerHome, "bin", "PythonSlicer")
    process.start(program, ["-c", "import sys; print(len(sys.stdin.read())); sys.exit(3)"])
    process.write(b"12345")
    process.closeWriteChannel()
    assert standin.process_events(lambda: ends, 20)
    assert b"".join(lines) == b"5\n" and ends == [(3, qt.QProcess.NormalExit)]
    assert process.state() == qt.QProcess.NotRunning == 0


FORM = """<ui version="4.0"><class>F</class><widget class="QWidget" name="F">
<layout class="QVBoxLayout" name="column"><item><widget class="ctkCollapsibleButton" name="section">
<property name="text"><string>Section</string></property>
<property name="collapsed"><bool>true</bool></property><layout class="QVBoxLayout" name="inner">
<item><widget class="QLineEdit" name="edit"/></item><item><widget class="QLabel" name="hidden"/>
</item><item><widget class="ctkPathLineEdit" name="path"><property name="filters">
<set>ctkPathLineEdit::Dirs|ctkPathLineEdit::Readable</set></property></widget></item></layout>
</widget></item></layout></widget><customwidgets>
<customwidget><class>ctkCollapsibleButton</class><extends>QWidget</extends><header>b.h</header>
</customwidget><customwidget><class>ctkPathLineEdit</class><extends>QWidget</extends>
<header>c.h</header></customwidget></customwidgets></ui>"""


def test_forms_get_their_ctk_widgets(standin: Any, tmp_path: Path) -> None:
    """loadUI and childWidgetVariables; a folded section hides all, and keeps hidden what was."""
    import ctk
    import slicer

    path = tmp_path / "form.ui"
    path.write_text(FORM, encoding="utf-8")
    form = slicer.util.loadUI(str(path))
    ui = slicer.util.childWidgetVariables(form)
    assert isinstance(ui.section, ctk.ctkCollapsibleButton) and ui.section.collapsed
    assert ui.path.filters == ctk.ctkPathLineEdit.Dirs | ctk.ctkPathLineEdit.Readable
    told: List[bool] = []
    assert ui.section.connect("contentsCollapsed(bool)", told.append)
    form.show()
    ui.hidden.visible = False
    assert ui.edit.isHidden() and not ui.edit.visible
    ui.section.collapsed = False
    assert told == [False] and not ui.edit.isHidden() and ui.hidden.isHidden()
    paths: List[str] = []
    ui.path.connect("currentPathChanged(QString)", paths.append)
    ui.path.currentPath = str(tmp_path)
    assert paths == [str(tmp_path)] and not hasattr(ui.section, "setCollapsed")
    with pytest.raises(RuntimeError):
        slicer.util.loadUI(str(tmp_path / "none.ui"))


def test_worker_line_protocol_survives_a_busy_panel(standin: Any) -> None:
    """20,000 lines of JSON come through readyReadStandardOutput() whole."""
    import qt
    import slicer

    script = "import json\nfor i in range(20000): print(json.dumps({'n': i, 'pad': 'x' * 40}))"
    process, buffer, ended = qt.QProcess(), bytearray(), []
    process.connect(
        "readyReadStandardOutput()",
        lambda: buffer.extend(process.readAllStandardOutput().data()),
    )
    process.connect("finished(int,QProcess::ExitStatus)", lambda: ended.append(1))
    process.start(slicer.app.slicerHome + "/bin/PythonSlicer", ["-c", script])
    assert standin.process_events(lambda: ended, 30)
    buffer.extend(process.readAllStandardOutput().data())
    assert [json.loads(line)["n"] for line in buffer.splitlines()] == list(range(20000))


def test_tool_tips_come_back_as_rich_text(standin: Any) -> None:
    """Slicer wraps them by ctkToolTipTrapper; what is rich already stays, empty stays empty."""
    import qt

    button = qt.QPushButton()
    assert button.toolTip == ""
    button.toolTip = "a < b & c"
    assert button.toolTip == "<p>a &lt; b &amp; c</p>"
    button.setToolTip("<b>x</b>")
    assert button.toolTip == "<b>x</b>"
