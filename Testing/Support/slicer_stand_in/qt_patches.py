"""Where PySide6's and PythonQt's calls differ: tuples, file dialogs, `exec_`, modal windows."""

from __future__ import annotations

import types
from typing import Any, Callable, List, NamedTuple, Set, Tuple
from xml.etree import ElementTree

from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

from Support.slicer_stand_in import qt_names, qt_signals

# Methods with a Qt list result: PythonQt hands out a tuple.
TUPLE_METHODS = {
    "QAbstractItemModel": ("match", "mimeTypes"),
    "QAction": ("data",),
    "QApplication": ("allWidgets", "topLevelWidgets"),
    "QButtonGroup": ("buttons",),
    "QComboBox": ("itemData",),
    "QCoreApplication": ("arguments", "libraryPaths"),
    "QDialogButtonBox": ("buttons",),
    "QDir": ("entryInfoList", "entryList", "nameFilters"),
    "QFileDialog": ("history", "nameFilters", "selectedFiles", "selectedUrls"),
    "QItemSelectionModel": ("selectedColumns", "selectedIndexes", "selectedRows"),
    "QListView": ("selectedIndexes",),
    "QListWidget": ("findItems", "selectedItems"),
    "QListWidgetItem": ("data",),
    "QMessageBox": ("buttons",),
    "QMimeData": ("formats", "urls"),
    "QNetworkReply": ("rawHeaderList", "rawHeaderPairs"),
    "QModelIndex": ("data",),
    "QObject": ("children", "dynamicPropertyNames", "property"),
    "QProcess": ("arguments", "environment", "systemEnvironment"),
    "QProcessEnvironment": ("keys", "toStringList"),
    "QSettings": ("allKeys", "childGroups", "childKeys"),
    "QSplitter": ("sizes",),
    "QSslCertificate": ("fromData", "fromPath", "issuerInfo", "subjectInfo"),
    "QSslConfiguration": ("caCertificates", "peerCertificateChain"),
    "QStandardItemModel": ("findItems", "takeRow"),
    "QStandardPaths": ("locateAll", "standardLocations"),
    "QTableView": ("selectedIndexes",),
    "QTableWidget": ("findItems", "selectedItems", "selectedRanges"),
    "QTableWidgetItem": ("data",),
    "QTreeView": ("selectedIndexes",),
    "QTreeWidget": ("findItems", "selectedItems"),
    "QTreeWidgetItem": ("data", "takeChildren"),
    "QUiLoader": ("availableWidgets", "pluginPaths"),
    "QUrlQuery": ("allQueryItemValues", "queryItems"),
    "QWidget": ("actions",),
}


class ModalEvent(NamedTuple):
    """A window that would have waited for a person."""

    kind: str
    title: str
    text: str


modal_events: List[ModalEvent] = []


def record_modal(kind: str, title: str, text: str) -> None:
    """Note that a modal window was asked for."""
    modal_events.append(ModalEvent(kind, title, text))


def _tupled(function: Any) -> Callable[..., Any]:
    def method(*arguments: Any, **keywords: Any) -> Any:
        return qt_signals.converted(function(*arguments, **keywords))

    return method


def _is_static(kind: Any, name: str) -> bool:
    raw = kind.__dict__.get(name)
    return isinstance(raw, (staticmethod, types.BuiltinFunctionType))


def tuples_for_lists(names: Any) -> None:
    """Wrap the methods of TUPLE_METHODS."""
    for class_name, methods in TUPLE_METHODS.items():
        kind = names[class_name]
        for name in methods:
            original = getattr(kind, name)
            wrapped = _tupled(original)
            setattr(kind, name, staticmethod(wrapped) if _is_static(kind, name) else wrapped)


def _first_of_pair(kind: Any, name: str) -> None:
    original = getattr(kind, name)

    def choose(*arguments: Any) -> Any:
        title = str(arguments[1]) if len(arguments) > 1 else ""
        record_modal(f"{kind.__name__}.{name}", title, "")
        result = original(*arguments)
        return qt_signals.converted(result[0] if isinstance(result, tuple) else result)

    setattr(kind, name, staticmethod(choose))


def _recorded_static(kind: Any, name: str) -> None:
    original = getattr(kind, name)

    def show(*arguments: Any) -> Any:
        texts = [str(argument) for argument in arguments[1:3]] + ["", ""]
        record_modal(f"{kind.__name__}.{name}", texts[0], texts[1])
        return original(*arguments)

    setattr(kind, name, staticmethod(show))


def _exec_(self: Any, *arguments: Any) -> Any:
    text = self.text if isinstance(self, QtWidgets.QMessageBox) else ""
    record_modal(type(self).__name__ + ".exec_", self.windowTitle, text)
    return _dialog_exec(self, *arguments)


_dialog_exec = QtWidgets.QDialog.exec


def _settings_value(self: Any, key: str, default: Any = None, /, **keywords: Any) -> Any:
    """QSettings.value of PythonQt: no `type` argument, lists as tuples."""
    if keywords:
        raise ValueError(
            "Called value(QString key, QVariant defaultValue) -> QVariant with keyword arguments, "
            "but called slot does not support kwargs."
        )
    value = qt_signals.converted(_raw_value(self, key, default))
    return value[:1] if isinstance(value, tuple) and value[1:] == (_ONE,) else value


_raw_value = QtCore.QSettings.value
_raw_set_value = QtCore.QSettings.setValue
# PySide6 writes a list of one text as that text; PythonQt's list stays a list.
_ONE = "\x01one"


def _settings_set_value(self: Any, key: str, value: Any) -> None:
    if isinstance(value, (list, tuple)):
        value = list(value) + ([_ONE] if len(value) == 1 and isinstance(value[0], str) else [])
    _raw_set_value(self, key, value)


def _file_dialogs() -> None:
    for name in ("getExistingDirectory", "getOpenFileName", "getOpenFileNames", "getSaveFileName"):
        _first_of_pair(QtWidgets.QFileDialog, name)
    for name in ("getText", "getItem", "getInt", "getDouble", "getMultiLineText"):
        _first_of_pair(QtWidgets.QInputDialog, name)
    for name in ("critical", "information", "question", "warning"):
        _recorded_static(QtWidgets.QMessageBox, name)


def _find_child(self: Any, kind: Any, name: str = "") -> Any:
    """PythonQt's findChild(type or class name, name)."""
    for child in _find_children(self, kind, name):
        return child
    return None


def _find_children(self: Any, kind: Any, name: str = "") -> Any:
    wanted = kind if isinstance(kind, str) else kind.__name__
    found = _raw_find_children(self, QtCore.QObject, name or None)
    return tuple(child for child in found if child.inherits(wanted))


_raw_find_children = QtCore.QObject.findChildren


_shots: Set[Any] = set()


def _single_shot(msec: int, target: Callable[[], Any]) -> None:
    """qt.QTimer.singleShot(msec, callable)."""
    timer: Any = QtCore.QTimer()
    timer.setSingleShot(True)

    def fire() -> None:
        _shots.discard(timer)
        timer.deleteLater()
        target()

    timer.connect("timeout()", fire)
    _shots.add(timer)
    timer.start(int(msec))


custom_widgets: List[Any] = []


def _take_enumerators(form: bytes) -> Tuple[bytes, List[Tuple[str, str, int]]]:
    """Take enum properties of ctk widgets out of a form: QUiLoader cannot set them in Python."""
    kinds = {kind.__name__: kind for kind in custom_widgets}
    taken: List[Tuple[str, str, int]] = []
    root = ElementTree.fromstring(form)
    for widget in root.iter("widget"):
        kind = kinds.get(widget.get("class", ""))
        for element in widget.findall("property") if kind else []:
            flags = element.find("set") if element.find("set") is not None else element.find("enum")
            names = (flags.text or "") if flags is not None else ""
            if names.startswith(widget.get("class", "?") + "::"):
                value = 0
                for name in names.split("|"):
                    value |= int(getattr(kind, name.split("::")[-1]))
                taken.append((widget.get("name", ""), element.get("name", ""), value))
                widget.remove(element)
    return ElementTree.tostring(root), taken


def _load_ui(self: Any, device: Any, parent: Any = None) -> Any:
    """QUiLoader.load with the ctk widgets known, as the Designer plugins make them in Slicer."""
    for kind in custom_widgets:
        _register(self, kind)
    form, taken = _take_enumerators(bytes(device.readAll().data()))
    buffer = QtCore.QBuffer()
    buffer.setData(form)
    buffer.open(QtCore.QIODeviceBase.ReadOnly)
    qt_signals.loading_form.append(True)
    try:
        widget = _raw_load(self, buffer, parent)
    finally:
        qt_signals.loading_form.pop()
    if widget is None:
        return None
    # The wrappers of Python-made widgets must live as long as the form.
    widget._children_of_form = _raw_find_children(widget, QtCore.QObject, None)
    by_name = {child.objectName: child for child in (widget, *widget._children_of_form)}
    for name, attribute, value in taken:
        setattr(by_name[name], attribute, value)
    return widget


_raw_load = QtUiTools.QUiLoader.load
_register = QtUiTools.QUiLoader.registerCustomWidget


class _WrappedToolTip(qt_names.PropertyAttribute):
    """A widget's tool tip as Slicer leaves it: plain text comes back as ``<p>…</p>``.

    qSlicerApplication.cxx switches on ctkToolTipTrapper's word wrap, which puts rich text in the
    place of every plain one (ctkToolTipTrapper::eventFilter).
    """

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        text = super().__get__(owner, kind)
        if owner is None or not text or QtGui.Qt.mightBeRichText(text):
            return text
        return QtGui.Qt.convertFromPlainText(text, QtCore.Qt.WhiteSpaceMode.WhiteSpaceNormal)


def delete_what_is_to_be_deleted() -> None:
    """What deleteLater() waits for: processEvents() alone does not delete."""
    QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.DeferredDelete)


def apply(names: Any) -> None:
    """Change PySide6's classes where PythonQt calls differently."""
    tuples_for_lists(names)
    _file_dialogs()
    qobject: Any = QtCore.QObject
    qobject.findChild = _find_child
    qobject.findChildren = _find_children
    dialog: Any = QtWidgets.QDialog
    dialog.exec_ = _exec_
    settings: Any = QtCore.QSettings
    settings.value = _settings_value
    settings.setValue = _settings_set_value
    names["QTimer"].singleShot = staticmethod(_single_shot)
    widget: Any = QtWidgets.QWidget
    widget.toolTip = _WrappedToolTip(widget, "toolTip", True, "QString")
    loader: Any = QtUiTools.QUiLoader
    loader.load = _load_ui
