"""How widgets look and speak: signs beside colours, plain text, a reason on what can't be used."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Any, Mapping, Sequence, Tuple

import qt
import slicer

GOOD, WARNING, BAD, QUIET, PLAIN = "good", "warning", "bad", "quiet", "plain"

# Text colours on a light and on a dark background; both pass a contrast of 4.5 to 1.
_COLOURS = {
    GOOD: ("#176f2c", "#7bd88f"),
    WARNING: ("#8a5200", "#f2b866"),
    BAD: ("#b3261e", "#ff9c94"),
    QUIET: ("#5c5c5c", "#adadad"),
}


#: A place where a line may end and nothing is seen (Unicode Line Breaking, class ZW).
_BREAK = "\u200b"
#: A word of so many characters may be wider than the panel: an address, a path, an identifier.
_LONG_WORD = re.compile(r"\S{24,}")
#: Where a reader expects such a word to be parted: after its signs.
_PIECE = re.compile(r"[^/\\._:?&=-]*[/\\._:?&=-]*")


#: So that a tree's lines are not cut at their top and bottom, and that a box without its tick is
#: seen on a dark ground as well, where the style draws it dark.
ROWS = (
    "QTreeView::item { padding: 2px 1px; }"
    " QTreeView::indicator:unchecked { border: 1px solid palette(text); }"
)


def load_ui(resource_path: Any, name: str) -> Tuple[Any, Any]:
    """Return a form of Resources/UI and its named widgets as attributes."""
    widget = slicer.util.loadUI(resource_path("UI/" + name))
    return widget, slicer.util.childWidgetVariables(widget)


def is_dark(widget: Any) -> bool:
    """Return whether text is lighter than its background here."""
    return bool(widget.palette.color(qt.QPalette.Window).lightness() < 128)


def text_width(widget: Any, text: str) -> int:
    """Return how wide a text is here; QWidget.fontMetrics() can't be used in PythonQt."""
    label = qt.QLabel()
    label.font = widget.font
    label.textFormat = qt.Qt.PlainText
    label.text = text
    return int(label.sizeHint.width())


def column_width(widget: Any) -> int:
    """Return how wide the panel is at least: some 380 pixels at 100 %, of Slicer's 420.

    All texts wrap or are shortened within that: else Slicer's module panel would follow the widest
    of them, and the slice views beside it would move.
    """
    return text_width(widget, "n" * 50)


def head(section: Any, title: str, parts: Sequence[str]) -> None:
    """Give a section its heading: the title, and as many of the parts as there is room for."""
    text = shown = "  —  ".join([title, " · ".join(parts)] if parts else [title])
    if tip(text) == section.toolTip or text == section.text:
        return  # as before: measuring takes its time
    room = text_width(section, "n" * 46)
    while text_width(section, shown) > room and parts:
        parts = parts[:-1]
        shown = "  —  ".join([title, " · ".join([*parts, "…"])])
    section.text = shown
    section.toolTip = tip(text) if shown != text else ""


def size_columns(tree: Any, samples: Mapping[int, str], margin: int) -> None:
    """Make a tree's columns as wide as a sample; the first one takes what is left."""
    header = tree.header()
    header.setSectionResizeMode(0, qt.QHeaderView.Stretch)
    for column, sample in samples.items():
        header.setSectionResizeMode(column, qt.QHeaderView.Interactive)
        header.resizeSection(column, text_width(tree, sample) + margin)


def fit_rows(tree: Any, rows: int) -> None:
    """Make a tree as high as its rows, up to a dozen, and its header."""
    label = qt.QLabel("X")
    label.font = tree.font
    height = (min(max(rows, 2), 12) + 2) * (int(label.sizeHint.height()) + 4)
    tree.minimumHeight = tree.maximumHeight = height


def fill_table(table: Any, rows: Sequence[Sequence[Tuple[str, str]]]) -> None:
    """Show rows of cells, each of them a text and what its tooltip tells."""
    table.setRowCount(len(rows))
    for row, cells in enumerate(rows):
        for column, (text, told) in enumerate(cells):
            item = qt.QTableWidgetItem(text)
            item.setToolTip(tip(told))
            table.setItem(row, column, item)
    table.resizeRowsToContents()


def wrapping(table: Any) -> Tuple[Any, str, Any]:
    """Return what `Part.wire` needs for rows that stay high enough for their words."""
    resize = table.resizeRowsToContents
    return table.horizontalHeader(), "sectionResized(int,int,int)", lambda *_widths: resize()


def colour(widget: Any, tone: str) -> str:
    """Return the colour of a tone's text on this widget's background."""
    return _COLOURS[tone][1 if is_dark(widget) else 0]


def icon(widget: Any, name: str, tone: str) -> Any:
    """Return one of CTK's icons, which are black, in the colour of a tone; None without it."""
    drawn = qt.QPixmap(f":/Icons/{name}.svg")
    if drawn.isNull():
        return None
    painter = qt.QPainter(drawn)
    painter.setCompositionMode(qt.QPainter.CompositionMode_SourceIn)
    painter.fillRect(drawn.rect(), qt.QColor(colour(widget, tone)))
    painter.end()
    return qt.QIcon(drawn)


def picture(name: str) -> Any:
    """Return one of Slicer's own icons, in the middle of a square of 64 pixels; None without it."""
    drawn, square = qt.QPixmap(f":/Icons/{name}"), qt.QPixmap(64, 64)
    if drawn.isNull():
        return None
    square.fill(qt.QColor(0, 0, 0, 0))
    painter = qt.QPainter(square)
    painter.setRenderHint(qt.QPainter.SmoothPixmapTransform)
    painter.drawPixmap(6, 6, 52, 52, drawn)
    painter.end()
    return qt.QIcon(square)


def dress(widget: Any, style: str) -> None:
    """Give a widget a style sheet; the one that it has already costs nothing."""
    if widget.styleSheet != style:
        widget.styleSheet = style


def say(label: Any, text: str, tone: str = PLAIN) -> None:
    """Show a text as plain text in a tone, or hide the label when there is none."""
    label.textFormat = qt.Qt.PlainText
    label.text = _LONG_WORD.sub(lambda word: _breakable(word[0]), text)
    dress(label, f"color: {colour(label, tone)};" if tone in _COLOURS else "")
    label.setVisible(bool(text))


def said(label: Any) -> str:
    """Return what a label says, to be copied: without the places where its lines may end."""
    return str(label.text).replace(_BREAK, "")


def _breakable(word: str) -> str:
    """Let a long word be wrapped after its signs, and a long piece anywhere; Qt breaks none itself.

    Never before a combining mark.
    """
    pieces = (one if len(one) < 24 else _BREAK.join(one) for one in _PIECE.findall(word) if one)
    text = _BREAK.join(pieces)
    return "".join(
        char
        for char, after in zip(text, text[1:] + " ")
        if char != _BREAK or not unicodedata.combining(after)
    )


def tip(text: str) -> str:
    """Return a tooltip that shows text from a server as it is.

    Qt guesses whether a tooltip is rich text: so this one is, and the text in it is escaped.
    """
    return "<p style='white-space:pre-wrap'>" + html.escape(text) + "</p>" if text else ""


def allow(button: Any, reason: str, tooltip: str) -> None:
    """Enable a button, or disable it with the reason as its tooltip."""
    button.enabled = not reason
    button.toolTip = tip(reason or tooltip)


def make_primary(button: Any, on: bool = True) -> None:
    """Let one button stand out: the next useful one. Its colours are those of Slicer's theme."""
    dress(button, "font-weight: bold;" if on else "")


def reveal(widget: Any) -> None:
    """Scroll whatever it lies in, so that it can be seen."""
    outer = widget.parent()
    while outer is not None:
        if isinstance(outer, qt.QScrollArea):
            outer.ensureWidgetVisible(widget)
        outer = outer.parent()
