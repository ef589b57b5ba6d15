"""How the panel may look: light or dark, larger letters, longer texts."""

from __future__ import annotations

import re
from typing import Any


def make_dark(on: bool) -> None:
    """Give the application a light or a dark palette, as Slicer's two styles do."""
    import qt

    qt.QApplication.setStyle("Fusion")
    palette = qt.QPalette()
    shades = {
        "Window": "#353535" if on else "#efefef",
        "WindowText": "#ffffff" if on else "#000000",
        "Base": "#2a2a2a" if on else "#ffffff",
        "AlternateBase": "#323232" if on else "#f5f5f5",
        "Text": "#ffffff" if on else "#000000",
        "Button": "#404040" if on else "#efefef",
        "ButtonText": "#ffffff" if on else "#000000",
        "ToolTipBase": "#2a2a2a" if on else "#ffffdc",
        "ToolTipText": "#ffffff" if on else "#000000",
        "Highlight": "#2a82da" if on else "#308cc6",
        "HighlightedText": "#ffffff",
        "Mid": "#2b2b2b" if on else "#b8b8b8",
        "Dark": "#232323" if on else "#9f9f9f",
        "PlaceholderText": "#8f8f8f" if on else "#7f7f7f",
    }
    for role, colour in shades.items():
        palette.setColor(getattr(qt.QPalette, role), qt.QColor(colour))
    grey = qt.QColor("#7f7f7f" if on else "#a0a0a0")
    for role in ("WindowText", "Text", "ButtonText"):
        palette.setColor(qt.QPalette.Disabled, getattr(qt.QPalette, role), grey)
    qt.QApplication.setPalette(palette)


def make_larger(scale: float) -> None:
    """Let the letters be larger, as the desktop's settings do."""
    import qt

    font = qt.QApplication.font()
    font.setPointSizeF(font.pointSizeF() * scale)
    qt.QApplication.setFont(font)


def make_longer() -> None:
    """Let all texts of the panel be a third longer; before its modules are loaded."""
    import qt
    import slicer
    import slicer.i18n

    load_ui = slicer.util.loadUI
    kinds = (
        (qt.QLabel, "text"),
        (qt.QAbstractButton, "text"),
        (qt.QGroupBox, "title"),
        (qt.QLineEdit, "placeholderText"),
    )

    def load_longer_ui(path: str) -> Any:
        widget = load_ui(path)
        for child in [widget, *slicer.util.findChildren(widget)]:
            for kind, name in kinds:
                if isinstance(child, kind):
                    setattr(child, name, longer(getattr(child, name)))
        return widget

    slicer.util.loadUI = load_longer_ui
    slicer.i18n.tr = longer


def longer(text: str) -> str:
    """Double the vowels outside of the fields that `str.format` fills."""
    return re.sub(r"\{[^}]*\}|[aeiou]", lambda found: found[0] * (1 + (found[0][0] != "{")), text)
