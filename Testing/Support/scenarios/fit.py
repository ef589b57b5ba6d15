"""Whether every text of a window can be read: it fits, wraps, or can be scrolled to."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List

#: Pixels that a style may take from what a widget asks for, without a letter being lost.
_SLACK = 2
_TEXTS = ("text", "title", "toolTip", "placeholderText", "accessibleName", "windowTitle")
#: Words of English that no other language has, nor the names of servers and files.
_ENGLISH = re.compile(r"(?i)\b(the|is|are|not|and|of|with|it|this|was|by|from|for|can't|be|has)\b")
#: Pixels beside a section's heading.
_ARROW = 30
#: Pixels beside the text of a list that drops down.
_DROP = 22
#: Lists of what people and servers have named.
_OF_DATA = ("profileCombo", "reviewCombo", "columnCombo", "previewCombo")


def cut_texts(window: Any) -> List[str]:
    """Return what is cut of the texts that are shown in a window, a line each."""
    from OrthancConnectLib.panels.style import text_width

    found: List[str] = []
    for kind in ("QLabel", "QPushButton", "QToolButton", "QCheckBox", "QGroupBox"):
        for widget in window.findChildren(kind):
            if widget.isVisibleTo(window) and str(getattr(widget, "text", "") or ""):
                found += [f"{widget.objectName} {what}: {widget.text!r}" for what in _cut(widget)]
                found += [
                    f"{widget.objectName} juts out of {parent.objectName}"
                    for parent in _outside(widget, window)
                ]
    for combo in window.findChildren("QComboBox"):
        needed = text_width(combo, str(combo.currentText)) + _DROP
        is_ours = not combo.editable and str(combo.objectName) not in _OF_DATA
        if combo.isVisibleTo(window) and is_ours and needed > combo.width:
            found.append(f"{combo.objectName} cuts {combo.currentText!r}")
    for section in window.findChildren("ctkCollapsibleButton"):
        heading = text_width(section, str(section.text)) + _ARROW
        if section.isVisibleTo(window) and heading > section.width:
            found.append(f"{section.objectName} has a long heading: {section.text!r}")
    return found


def standing_out(window: Any) -> Dict[str, List[str]]:
    """Return the buttons that stand out and can be used, by the section that they are in."""
    found: Dict[str, List[str]] = {}
    for button in window.findChildren("QPushButton"):
        if button.isVisibleTo(window) and button.enabled and "bold" in str(button.styleSheet):
            outer = button
            while outer is not window and outer.className() != "ctkCollapsibleButton":
                outer = outer.parent()
            found.setdefault(str(outer.objectName), []).append(str(button.objectName))
    return found


def english_texts(window: Any) -> List[str]:
    """Return the texts and tooltips of a window that have English words in them."""
    import qt

    found = []
    for widget in window.findChildren("QWidget"):
        texts = [str(getattr(widget, name, "") or "") for name in _TEXTS]
        if isinstance(widget, qt.QComboBox):
            texts += [str(widget.itemText(at)) for at in range(widget.count)]
        found += [f"{widget.objectName}: {text!r}" for text in texts if _ENGLISH.search(text)]
    return found


def _cut(widget: Any) -> Iterator[str]:
    width, height = widget.width + _SLACK, widget.height + _SLACK
    if not getattr(widget, "wordWrap", False):
        if widget.sizeHint.width() > width or widget.sizeHint.height() > height:
            yield f"needs {widget.sizeHint.width()} of {widget.width} pixels"
        return
    if widget.minimumSizeHint.width() > width:
        yield f"has a word of {widget.minimumSizeHint.width()} in {widget.width} pixels"
    if widget.heightForWidth(widget.width) > height:
        yield f"is {widget.heightForWidth(widget.width)} high in {widget.height} pixels"


def _outside(widget: Any, window: Any) -> Iterator[Any]:
    """Give each parent that a widget or its parents jut out of; what scrolls may be higher."""
    child, parent = widget, widget.parent()
    while parent is not None and child is not window:
        where, width, height = child.geometry, parent.width, parent.height
        scrolled = str(parent.objectName) == "qt_scrollarea_viewport"
        if where.left() < -_SLACK or where.right() > width + _SLACK:
            yield parent
        elif not scrolled and (where.top() < -_SLACK or where.bottom() > height + _SLACK):
            yield parent
        child, parent = parent, parent.parent()
