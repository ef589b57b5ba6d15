"""Put the stand-in in place, whole or only its `slicer` part, and take it down again.

    standin = slicer_stand_in.install()            # qt, ctk, slicer, DICOMLib
    module = standin.load_module(".../OrthancConnect/OrthancConnect.py")
    standin.start_up()                             # emits startupCompleted()
    slicer.util.selectModule("OrthancConnect")
    ...
    standin.close()

Under a real ctk/PythonQt: `install(qt_module=qt, ctk_module=ctk)` supplies `slicer` alone.
A process can hold one stand-in at a time, and one set of qt and ctk for its life.
"""

from __future__ import annotations

import atexit
import gc
import logging
import os
import shutil
import sys
import tempfile
import time
import types
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Union

_current: Optional[StandIn] = None
#: Not in Slicer's own Python; the worker's may have them (`python` of `install`).
NOT_IN_SLICER = ("keyring", "dicognito")


class Message(NamedTuple):
    """One slicer.util.*Display call; `asks` is True for those that wait for an answer."""

    level: str
    text: str
    asks: bool


class StandIn:
    """What a test holds: the pieces in place, and what only a test may do with them."""

    def __init__(self, folder: Path, own_qt: bool) -> None:
        self.folder = folder
        self.own_qt = own_qt
        self.main_window: Any = None
        self.modal_events: List[Any] = []  # dialogs that waited, or would have, for a person
        self.messages: List[Message] = []  # slicer.util's displays and confirmations
        self.collector: Any = None
        self._hidden: Dict[str, Any] = _hide_packages(NOT_IN_SLICER)
        self._closed = False

    def load_module(self, path: Union[str, Path]) -> Any:
        """Load a scripted module from its .py file, as Slicer does before it is started up."""
        from Support.slicer_stand_in import scripted_modules

        return scripted_modules.load_module(Path(path))

    def start_up(self) -> None:
        """What happens once the event loop runs: startupCompleted() in order of connection."""
        import slicer

        slicer.app._emit("startupCompleted()")

    def process_events(
        self, until: Callable[[], Any] = lambda: False, seconds: float = 0.05
    ) -> bool:
        """Let the event loop run until something is so, at most some seconds; was it so?"""
        import qt

        deadline = time.monotonic() + seconds
        while not until():
            if time.monotonic() > deadline:
                return bool(until())
            qt.QApplication.processEvents()
            time.sleep(0.002)
        return True

    def reread_settings(self) -> None:
        """Make QSettings read its file again, so that values are text, as after a restart."""
        import qt

        settings = qt.QSettings()
        settings.sync()
        path = Path(str(settings.fileName()))
        if path.is_file():
            path.write_bytes(path.read_bytes() + b"\n")  # Qt reads again what changed on disk
            settings.sync()

    def clear_settings(self) -> None:
        """Forget every setting."""
        import qt

        settings = qt.QSettings()
        settings.clear()
        settings.sync()

    def close(self) -> None:
        """Unload the modules and remove the folder; qt and ctk stay as they are."""
        global _current
        if self._closed:
            return
        self._closed = True
        import slicer

        slicer.app.moduleManager()._unload_all()
        slicer.modules.DICOMInstance.stopListener()
        slicer.app.dicomDatabase().closeDatabase()
        slicer.app._close()
        for name in ("dicomDatabase", "dicomDatabaseDirectorySettingsKey"):
            if hasattr(slicer, name):
                delattr(slicer, name)
        if self.main_window is not None:
            self.main_window.close()
            self.main_window.setObjectName("")  # nobody's main window from now on
            self.main_window.deleteLater()
            self.main_window = None
        self.process_events(seconds=0.01)
        if self.own_qt:
            from Support.slicer_stand_in import qt_patches

            qt_patches.delete_what_is_to_be_deleted()
            self.collector.stop()
            gc.collect()
            gc.enable()
            gc.unfreeze()
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in NOT_IN_SLICER:
            sys.modules.pop(name, None)
        sys.modules.update(self._hidden)
        if _current is self:
            _current = None


def _hide_packages(names: Sequence[str]) -> Dict[str, Any]:
    """Let packages not be imported; returns what was there of them."""
    found = {
        name: module for name, module in sys.modules.items() if name.partition(".")[0] in names
    }
    for name in found:
        del sys.modules[name]
    for name in names:
        sys.modules[name] = None  # type: ignore[assignment]
    return found


def _collect_garbage_here(standin: StandIn) -> None:
    """Let Python look for reference cycles in the main thread only.

    It would do so in whatever thread allocates: QObjects of the main thread would be destroyed in
    a job's thread.  In Slicer no other thread runs Python.
    """
    import qt

    gc.collect()
    gc.freeze()
    gc.disable()
    standin.collector = qt.QTimer()
    standin.collector.connect("timeout()", gc.collect)
    standin.collector.start(1000)


def _own_qt_and_ctk() -> None:
    """Make `qt` and `ctk` of PySide6, once in a process."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # qt_patches keeps what it needs of PySide6 before that is changed.
    from Support.slicer_stand_in import qt_names, qt_patches

    qt = qt_names.build_qt_module()
    from Support.slicer_stand_in import ctk_classes, ctk_widgets, slots

    qt_patches.apply(qt.__dict__)
    sys.modules["qt"] = qt
    ctk = types.ModuleType("ctk", "Slicer's ctk, played by PySide6 and pynetdicom.")
    for widget in ctk_widgets.WIDGETS:
        qt_names.pythonize_own(widget)
        qt_patches.custom_widgets.append(widget)
        setattr(ctk, widget.__name__, widget)
    for kind in ctk_classes.DICOM_CLASSES:
        qt_names.pythonize_own(kind)
        slots.offer_slots(kind)
        setattr(ctk, kind.__name__, kind)
    sys.modules["ctk"] = ctk


def _settings_in(folder: Path) -> None:
    import qt

    qt.QCoreApplication.setOrganizationName("NA-MIC")
    qt.QCoreApplication.setApplicationName("Slicer")
    qt.QSettings.setDefaultFormat(qt.QSettings.IniFormat)
    (folder / "settings").mkdir()
    for scope in (qt.QSettings.UserScope, qt.QSettings.SystemScope):
        qt.QSettings.setPath(qt.QSettings.IniFormat, scope, str(folder / "settings"))


def install(
    qt_module: Any = None,
    ctk_module: Any = None,
    *,
    testing: bool = True,
    main_window: bool = True,
    python: Optional[str] = None,
) -> StandIn:
    """Put the stand-in in place and return it.

    `testing` is Slicer's --testing; `main_window=False` its --no-main-window; `python` the
    interpreter that bin/PythonSlicer starts.
    """
    global _current
    if _current is not None:
        raise RuntimeError("a stand-in is in place already: close() it first")
    folder = Path(tempfile.mkdtemp(prefix="slicer-stand-in-"))
    own_qt = qt_module is None
    if own_qt:
        if "qt" not in sys.modules:
            _own_qt_and_ctk()
    else:
        sys.modules["qt"], sys.modules["ctk"] = qt_module, ctk_module
    import qt

    if qt.QApplication.instance() is None:
        sys.modules["qt"].__dict__["_application"] = qt.QApplication([])
    _settings_in(folder)
    standin = StandIn(folder, own_qt)
    _install_slicer(standin, python or sys.executable, testing, main_window)
    if own_qt:
        _collect_garbage_here(standin)
    _current = standin
    atexit.register(standin.close)
    return standin


def _record_messages(standin: StandIn) -> None:
    import slicer

    original = getattr(slicer.util, "_stand_in_display", slicer.util._messageDisplay)
    slicer.util._stand_in_display = original

    def display(level: int, text: str, answer: Any, *arguments: Any, **keywords: Any) -> Any:
        asks = not keywords.get("mainWindowNeeded", bool(arguments))
        standin.messages.append(Message(logging.getLevelName(level), str(text), asks))
        return original(level, text, answer, *arguments, **keywords)

    slicer.util._messageDisplay = display


def _install_slicer(standin: StandIn, python: str, testing: bool, main_window: bool) -> None:
    import slicer

    from Support.slicer_stand_in import scripted_modules, slicer_app

    slicer_app.remove_names_slicer_has_not(slicer)
    scripted_modules.install_python_modules()
    slicer.app = slicer_app.Application(standin.folder, python, testing, main_window)
    slicer.app._modules = scripted_modules.ModuleManager()
    slicer.mrmlScene = slicer.app.mrmlScene()
    from Support.slicer_stand_in import dicom_lib

    dicom_lib.install_dicom()
    _record_messages(standin)
    if main_window:
        standin.main_window = slicer_app.MainWindow()
        standin.main_window.resize(1100, 800)
    if standin.own_qt:
        from Support.slicer_stand_in import qt_patches

        if scripted_modules.qMRMLWidget not in qt_patches.custom_widgets:
            qt_patches.custom_widgets.append(scripted_modules.qMRMLWidget)
        standin.modal_events = qt_patches.modal_events
        del standin.modal_events[:]
