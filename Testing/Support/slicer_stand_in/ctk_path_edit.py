"""ctkPathLineEdit, with the names and properties of its header."""

from __future__ import annotations

import os
from typing import Any, List

from PySide6 import QtCore, QtWidgets
from PySide6.QtCore import Property, Signal

from Support.slicer_stand_in.qt_signals import weak_slot


class ctkPathLineEdit(QtWidgets.QWidget):
    """An editable path with history and a browse button (ctkPathLineEdit.h)."""

    Dirs, Files, Drives, NoSymLinks, AllEntries, TypeMask = 0x1, 0x2, 0x4, 0x8, 0x7, 0xF
    Readable, Writable, Executable, PermissionMask = 0x10, 0x20, 0x40, 0x70
    Modified, Hidden, System, AccessMask = 0x80, 0x100, 0x200, 0x3F0
    AllDirs, CaseSensitive, NoDotAndDotDot, NoDot, NoDotDot = 0x400, 0x800, 0x1000, 0x2000, 0x4000
    NoFilter = -1
    AdjustToContents, AdjustToContentsOnFirstShow, AdjustToMinimumContentsLength = 0, 1, 2

    currentPathChanged = Signal(str)
    validInputChanged = Signal(bool)

    def __init__(
        self, label: Any = "", nameFilters: Any = (), filters: Any = None, parent: Any = None
    ) -> None:
        if isinstance(label, QtWidgets.QWidget) or label is None:
            label, parent = "", label
        super().__init__(parent)
        self._label, self._setting_key = label, ""
        self._name_filters: List[str] = list(nameFilters)
        self._filters = self.AllEntries if filters is None else int(filters)
        self._current, self._valid = "", False
        self._minimum_length = 0
        self._combo = QtWidgets.QComboBox(self)
        self._combo.setEditable(True)
        self._combo.setInsertPolicy(QtWidgets.QComboBox.NoInsert)
        self._combo.setSizePolicy(QtWidgets.QSizePolicy.Expanding, QtWidgets.QSizePolicy.Fixed)
        self._button = QtWidgets.QToolButton(self)
        self._button.setText("...")
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo)
        layout.addWidget(self._button)
        self._button.connect("clicked()", weak_slot(self, "_on_clicked"))
        self._combo.connect("editTextChanged(QString)", weak_slot(self, "_on_text"))

    def _on_clicked(self) -> None:
        self.browse()

    def _on_text(self, text: str) -> None:
        self._current = text
        self.currentPathChanged.emit(text)
        is_right = os.path.isdir if self._filters & self.TypeMask == self.Dirs else os.path.exists
        valid = bool(text) and is_right(text)
        if valid != self._valid:
            self._valid = valid
            self.validInputChanged.emit(valid)

    def _get_path(self) -> str:
        return self._current

    def setCurrentPath(self, path: str) -> None:
        self._combo.setEditText(path)

    currentPath = Property(str, _get_path, setCurrentPath, user=True)

    def _get_filters(self) -> int:
        return self._filters

    def _set_filters(self, value: int) -> None:
        self._filters = int(value)

    filters = Property(int, _get_filters, _set_filters)

    def _get_label(self) -> str:
        return str(self._label)

    def _set_label(self, value: str) -> None:
        self._label = value

    label = Property(str, _get_label, _set_label)

    def _get_name_filters(self) -> Any:
        return tuple(self._name_filters)

    def _set_name_filters(self, value: Any) -> None:
        self._name_filters = list(value)

    nameFilters = Property("QStringList", _get_name_filters, _set_name_filters)

    def _get_key(self) -> str:
        return self._setting_key

    def _set_key(self, value: str) -> None:
        self._setting_key = value
        self.retrieveHistory()

    settingKey = Property(str, _get_key, _set_key)

    def _get_browse(self) -> bool:
        return not self._button.isHidden()

    def _set_browse(self, value: bool) -> None:
        self._button.setVisible(value)

    showBrowseButton = Property(bool, _get_browse, _set_browse)

    def _get_history(self) -> bool:
        return bool(getattr(self, "_show_history", True))

    def _set_history(self, value: bool) -> None:
        self._show_history = value

    showHistoryButton = Property(bool, _get_history, _set_history)

    def _get_length(self) -> int:
        return self._minimum_length

    def _set_length(self, value: int) -> None:
        self._minimum_length = value
        self._combo.setMinimumContentsLength(value)

    minimumContentsLength = Property(int, _get_length, _set_length)

    def _get_policy(self) -> int:
        return int(getattr(self, "_policy", 1))

    def _set_policy(self, value: int) -> None:
        self._policy = int(value)

    sizeAdjustPolicy = Property(int, _get_policy, _set_policy)

    def comboBox(self) -> Any:
        return self._combo

    def browse(self) -> None:
        if self._filters & self.TypeMask == self.Dirs:
            path = QtWidgets.QFileDialog.getExistingDirectory(self, self._label, self._current)
        else:
            path = QtWidgets.QFileDialog.getOpenFileName(self, self._label, self._current)
        if path:
            self.setCurrentPath(path)
            self.addCurrentPathToHistory()

    def _history_key(self) -> str:
        return "ctkPathLineEdit/" + (self._setting_key or "")

    def retrieveHistory(self) -> None:
        history = QtCore.QSettings().value(self._history_key()) or ()
        paths = [history] if isinstance(history, str) else list(history)
        blocked = self._combo.blockSignals(True)
        text = self._combo.currentText
        self._combo.clear()
        self._combo.addItems(paths)
        self._combo.setEditText(text)
        self._combo.blockSignals(blocked)
        if paths and not self._current:
            self.setCurrentPath(paths[0])

    def addCurrentPathToHistory(self) -> None:
        if not self._setting_key or not self._current:
            return
        history = QtCore.QSettings().value(self._history_key()) or ()
        paths = [history] if isinstance(history, str) else list(history)
        paths = [self._current] + [path for path in paths if path != self._current]
        QtCore.QSettings().setValue(self._history_key(), paths[:5])
