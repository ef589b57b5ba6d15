"""The ctk widgets that a Slicer module uses, with the names and properties of CTK's headers.

Only Q_PROPERTY, signals, slots and Q_INVOKABLE reach Python in the real ctk: an ordinary C++
setter such as setCollapsed() does not, and is not here either.
"""

from __future__ import annotations

from typing import Any, Optional

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import Property, Qt, Signal

from Support.slicer_stand_in.ctk_path_edit import ctkPathLineEdit
from Support.slicer_stand_in.qt_signals import weak_slot

HIDDEN_BY_PERSON = "_standInHiddenExplicitly"


class _Collapsing:
    """What ctkCollapsibleButton and ctkCollapsibleGroupBox share: hiding their children.

    As in CTK, a child that was hidden on purpose stays hidden when the section opens.
    """

    _collapsed = False
    _changing = False

    def _watch(self, child: Any) -> None:
        if isinstance(child, QtWidgets.QWidget):
            child.installEventFilter(self)
            if self._collapsed:
                self._hide(child)

    def _hide(self, child: Any) -> None:
        self._set_visible(child, False)

    def _set_visible(self, child: Any, visible: bool) -> None:
        """Not as a person would: what a person says afterwards must be heard as an event."""
        self._changing = True
        child.setVisible(visible)
        if not QtCore.QObject.property(child, HIDDEN_BY_PERSON):
            child.setAttribute(Qt.WA_WState_ExplicitShowHide, False)
        self._changing = False

    def _show_or_hide_children(self) -> None:
        for child in QtCore.QObject.children(self):
            if isinstance(child, QtWidgets.QWidget) and not child.isWindow():
                wanted = not bool(QtCore.QObject.property(child, HIDDEN_BY_PERSON))
                self._set_visible(child, wanted and not self._collapsed)

    def _filter(self, child: Any, event: Any) -> bool:
        if self._changing or event is None:
            return False
        if event.type() == QtCore.QEvent.ShowToParent:
            QtCore.QObject.setProperty(child, HIDDEN_BY_PERSON, False)
            if self._collapsed:
                self._hide(child)
        elif event.type() == QtCore.QEvent.HideToParent:
            QtCore.QObject.setProperty(child, HIDDEN_BY_PERSON, True)
        return False


class ctkCollapsibleButton(QtWidgets.QAbstractButton, _Collapsing):
    """A section with a heading that folds its contents away (ctkCollapsibleButton.h)."""

    contentsCollapsed = Signal(bool)

    def __init__(self, text: Any = "", parent: Any = None) -> None:
        if not isinstance(text, str):
            text, parent = "", text
        super().__init__(parent)
        self._height = 10
        self._frame = QtWidgets.QFrame.NoFrame
        self.setCheckable(True)
        self.setChecked(True)
        self.setSizePolicy(QtWidgets.QSizePolicy.Minimum, QtWidgets.QSizePolicy.Preferred)
        self.setText(text)
        self.setContentsMargins(0, self._heading_height(), 0, 0)
        self.connect("toggled(bool)", weak_slot(self, "_on_toggled"))

    def _heading_height(self) -> int:
        return int(self.fontMetrics().height()) + 8

    def _on_toggled(self, checked: bool) -> None:
        self._collapse(not checked)

    def _collapse(self, value: bool) -> None:
        if value == self._collapsed:
            return
        self._collapsed = value
        self._show_or_hide_children()
        self.setMaximumHeight(self._heading_height() + self._height if value else 16777215)
        self.updateGeometry()
        self.contentsCollapsed.emit(value)

    def _get_collapsed(self) -> bool:
        return self._collapsed

    def _set_collapsed(self, value: bool) -> None:
        self.setChecked(not value)

    collapsed = Property(bool, _get_collapsed, _set_collapsed)

    def _get_height(self) -> int:
        return self._height

    def _set_height(self, value: int) -> None:
        self._height = value

    collapsedHeight = Property(int, _get_height, _set_height)

    def _get_flat(self) -> bool:
        return bool(getattr(self, "_flat", False))

    def _set_flat(self, value: bool) -> None:
        self._flat = value

    flat = Property(bool, _get_flat, _set_flat)

    def _get_frame(self) -> int:
        return int(self._frame)

    def _set_frame(self, value: int) -> None:
        self._frame = value

    contentsFrameShape = Property(int, _get_frame, _set_frame)

    def childEvent(self, event: Any) -> None:
        if event.added():
            self._watch(event.child())
        super().childEvent(event)

    def setVisible(self, visible: bool) -> None:
        # Children may have been shown by their layout meanwhile; what follows is no person's will.
        self._changing = True
        super().setVisible(visible)
        self._show_or_hide_children()

    def eventFilter(self, child: Any, event: Any) -> bool:
        return self._filter(child, event)

    def hitButton(self, position: Any) -> bool:
        return bool(position.y() < self._heading_height())

    def minimumSizeHint(self) -> Any:
        return self._hint(self.layout().minimumSize() if self.layout() else QtCore.QSize(0, 0))

    def sizeHint(self) -> Any:
        return self._hint(self.layout().totalSizeHint() if self.layout() else QtCore.QSize(0, 0))

    def _hint(self, contents: Any) -> Any:
        heading = QtCore.QSize(
            self.fontMetrics().horizontalAdvance(self.text) + 40, self._heading_height()
        )
        if self._collapsed:
            return QtCore.QSize(max(heading.width(), contents.width()), heading.height())
        return contents.expandedTo(heading)

    def paintEvent(self, event: Any) -> None:
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.text = ""
        option.rect = QtCore.QRect(0, 0, self.width, self._heading_height())
        option.state |= QtWidgets.QStyle.State_Raised
        painter = QtGui.QPainter(self)
        style = self.style()
        style.drawControl(QtWidgets.QStyle.CE_PushButtonBevel, option, painter, self)
        arrow = QtWidgets.QStyleOption()
        arrow.initFrom(self)
        arrow.rect = QtCore.QRect(8, (self._heading_height() - 10) // 2, 10, 10)
        element = (
            QtWidgets.QStyle.PE_IndicatorArrowRight
            if self._collapsed
            else QtWidgets.QStyle.PE_IndicatorArrowDown
        )
        style.drawPrimitive(element, arrow, painter, self)
        style.drawItemText(
            painter,
            option.rect.adjusted(26, 0, 0, 0),
            int(Qt.AlignVCenter | Qt.TextShowMnemonic),
            self.palette,
            self.isEnabled(),
            self.text,
            QtGui.QPalette.ButtonText,
        )
        painter.end()


class ctkCollapsibleGroupBox(QtWidgets.QGroupBox, _Collapsing):
    """A checkable group box that folds (ctkCollapsibleGroupBox.h); it has no signal of its own."""

    def __init__(self, title: Any = "", parent: Any = None) -> None:
        if not isinstance(title, str):
            title, parent = "", title
        super().__init__(parent)
        self._height = 14
        self.setTitle(title)
        self.setCheckable(True)
        self.setChecked(True)
        self.connect("toggled(bool)", weak_slot(self, "_on_toggled"))

    def _on_toggled(self, checked: bool) -> None:
        self._collapsed = not checked
        self._show_or_hide_children()
        self.setMaximumHeight(16777215 if checked else self.fontMetrics().height() + self._height)

    def _get_collapsed(self) -> bool:
        return not self.isChecked()

    def _set_collapsed(self, value: bool) -> None:
        self.setChecked(not value)

    collapsed = Property(bool, _get_collapsed, _set_collapsed)

    def _get_height(self) -> int:
        return self._height

    def _set_height(self, value: int) -> None:
        self._height = value

    collapsedHeight = Property(int, _get_height, _set_height)

    def childEvent(self, event: Any) -> None:
        if event.added():
            self._watch(event.child())
        super().childEvent(event)

    def eventFilter(self, child: Any, event: Any) -> bool:
        return self._filter(child, event)


class ctkComboBox(QtWidgets.QComboBox):
    """A combo box with a text for "nothing chosen" (ctkComboBox.h)."""

    NeverScroll, AlwaysScroll, ScrollWithFocus, ScrollWithNoVScrollBar = 0, 1, 2, 3

    returnRelease = Signal()

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._default_text, self._force_default, self._scroll = "", False, 1

    def _get_default(self) -> str:
        return self._default_text

    def _set_default(self, value: str) -> None:
        self._default_text = value
        self.setPlaceholderText(value)

    defaultText = Property(str, _get_default, _set_default)

    def _get_force(self) -> bool:
        return self._force_default

    def _set_force(self, value: bool) -> None:
        self._force_default = value

    forceDefault = Property(bool, _get_force, _set_force)

    def _get_scroll(self) -> int:
        return self._scroll

    def _set_scroll(self, value: int) -> None:
        self._scroll = int(value)

    scrollWheelEffect = Property(int, _get_scroll, _set_scroll)

    def _get_data(self) -> str:
        data = self.currentData
        return "" if data is None else str(data)

    def setCurrentUserDataAsString(self, data: str) -> None:
        for index in range(self.count):
            if str(self.itemData(index)) == data:
                self.setCurrentIndex(index)
                return
        self.setCurrentIndex(-1)

    currentUserDataAsString = Property(str, _get_data, setCurrentUserDataAsString)

    def wheelEvent(self, event: Any) -> None:
        if self._scroll == self.NeverScroll or (
            self._scroll == self.ScrollWithFocus and not self.hasFocus()
        ):
            event.ignore()
            return
        super().wheelEvent(event)


class ctkMessageBox(QtWidgets.QMessageBox):
    """A message box with "Don't show this message again" (ctkMessageBox.h)."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._key: Optional[str] = ""
        self._again = QtWidgets.QCheckBox("Don't show this message again")
        self.setCheckBox(self._again)
        self._again.hide()

    def _get_again(self) -> bool:
        return bool(self._again.isChecked())

    def setDontShowAgain(self, value: bool) -> None:
        self._again.setChecked(value)

    dontShowAgain = Property(bool, _get_again, setDontShowAgain)

    def _get_key(self) -> str:
        return self._key or ""

    def _set_key(self, value: str) -> None:
        self._key = value
        self._again.setVisible(bool(value))

    dontShowAgainSettingsKey = Property(str, _get_key, _set_key)

    def _get_visible(self) -> bool:
        return not self._again.isHidden()

    def _set_visible(self, value: bool) -> None:
        self._again.setVisible(value)

    dontShowAgainVisible = Property(bool, _get_visible, _set_visible)


WIDGETS = (
    ctkCollapsibleButton,
    ctkCollapsibleGroupBox,
    ctkComboBox,
    ctkMessageBox,
    ctkPathLineEdit,
)
