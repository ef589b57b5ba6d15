"""How the panel may look: light or dark, larger letters, another language."""

from __future__ import annotations

import subprocess
from pathlib import Path

from Support.rules import words


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


def speak(language: str, folder: Path) -> None:
    """Let Slicer and the panel speak a language, with its translation compiled into a folder."""
    import qt
    import slicer

    settings = slicer.app.userSettings()
    settings.setValue("Internationalization/Enabled", True)
    settings.setValue("language", language)
    qt.QLocale.setDefault(qt.QLocale(language))
    try:
        import PySide6
    except ImportError:  # Slicer, which has chosen its language when it started
        lrelease = Path("lrelease")
    else:
        lrelease = Path(PySide6.__file__).parent / "lrelease"
    for file in words.files():
        compiled = folder / file.with_suffix(".qm").name
        subprocess.run([lrelease, "-silent", file, "-qm", compiled], check=True)
        if slicer.app.applicationLocaleName != language and file.stem.endswith(f"_{language}"):
            translator = qt.QTranslator(slicer.app)
            assert translator.load(str(compiled))
            qt.QCoreApplication.installTranslator(translator)
    slicer.app.loadTranslations(str(folder))
