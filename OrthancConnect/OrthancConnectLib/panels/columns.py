"""The columns of a tree: which are shown, in which order and how wide; remembered."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Set

import qt

from .part import Part
from .style import text_width

#: Pixels that a column may have.
_WIDTHS = range(20, 601)
#: Pixels beside the text of a cell.
_MARGIN = 9


class Column(NamedTuple):
    """What the settings call a column, and a text that it is as wide as at first."""

    name: str
    sample: str


class Columns(Part):
    """The head of a tree, whose first column is always there and takes what is left.

    What has no text in any line takes no room, whether a person wants to see it or not.
    """

    def __init__(self, tree: Any, columns: Mapping[int, Column], shown: Iterable[int]) -> None:
        super().__init__(tree)
        self.columns = columns
        self.header = tree.header()
        self._first = set(shown)
        self.wished = set(shown)
        self._filled: Set[int] = set()
        self._samples = {
            number: text_width(tree, column.sample) + _MARGIN for number, column in columns.items()
        }
        self._widths = dict(self._samples)
        self._least = 0
        self.header.setSectionsMovable(True)
        self.header.setSectionsClickable(True)
        self.header.setContextMenuPolicy(qt.Qt.CustomContextMenu)
        for number in columns:
            self.header.setSectionResizeMode(number, qt.QHeaderView.Interactive)
            tree.hideColumn(number)
        self.fit()

    def fill(self, number: int) -> None:
        """Take note of a text in a column."""
        if number not in self._filled:
            self._filled.add(number)
            self._show(number)

    def is_shown(self, number: int) -> bool:
        """Whether a column can be seen."""
        return number in self.wished & self._filled

    def clear(self) -> None:
        """Take note that there are no lines."""
        self._keep_widths()
        self._filled.clear()
        for number in self.columns:
            self.ui.hideColumn(number)

    def want(self, number: int, on: bool) -> None:
        """Show a column, or hide it."""
        self._keep_widths()
        (self.wished.add if on else self.wished.discard)(number)
        self._show(number)

    def _show(self, number: int) -> None:
        if self.is_shown(number):
            self.ui.showColumn(number)
            self.header.resizeSection(number, self._widths[number])
        else:
            self.ui.hideColumn(number)
        self.fit()

    def widen(self, letters: int) -> None:
        """Let the first column be at least so many letters wide."""
        self._least = text_width(self.ui, "n" * letters)
        self.fit()

    def room(self, numbers: Iterable[int]) -> int:
        """Return how many pixels the first column and some others need."""
        return self._least + sum(self._widths[one] for one in numbers)

    def fit(self) -> None:
        """Give the first column what is left, and not less than a name needs."""
        others = sum(self.ui.columnWidth(one) for one in self.columns if self.is_shown(one))
        if int(self.ui.viewport().width) - others >= self._least:
            self.header.setSectionResizeMode(0, qt.QHeaderView.Stretch)
        else:
            self.header.setSectionResizeMode(0, qt.QHeaderView.Interactive)
            self.header.resizeSection(0, max(self._least, int(self.ui.columnWidth(0))))

    def _keep_widths(self) -> None:
        for number in self.columns:
            if self.is_shown(number):
                self._widths[number] = int(self.ui.columnWidth(number))

    def fill_menu(self, menu: Any) -> Dict[int, Any]:
        """Put a line for each column into a menu; return their actions."""
        actions = {}
        for number in self.columns:
            action = menu.addAction(str(self.ui.headerItem().text(number)))
            action.checkable = True
            action.checked = number in self.wished
            actions[number] = action
        return actions

    # Remembered -----------------------------------------------------------------------------

    def state(self) -> Dict[str, Any]:
        """Return what `restore` takes back."""
        self._keep_widths()
        order = sorted(self.columns, key=self.header.visualIndex)
        return {
            "shown": [self.columns[one].name for one in sorted(self.wished)],
            "order": [self.columns[one].name for one in order],
            "widths": {column.name: self._widths[one] for one, column in self.columns.items()},
        }

    def restore(self, state: Any) -> None:
        """Take back what `state` returned; anything else is as it was at first."""
        state = state if isinstance(state, dict) else {}
        numbers = {column.name: number for number, column in self.columns.items()}

        def known(part: str) -> List[int]:
            names = state.get(part)
            names = names if isinstance(names, list) else []
            return list(dict.fromkeys(numbers[one] for one in names if one in numbers))

        self.wished = set(known("shown")) if "shown" in state else set(self._first)
        order = known("order")
        order += [one for one in self.columns if one not in order]
        for place, number in enumerate(order, 1):
            self.header.moveSection(self.header.visualIndex(number), place)
        widths = state.get("widths")
        self._widths = dict(self._samples)
        for name, width in widths.items() if isinstance(widths, dict) else ():
            if name in numbers and isinstance(width, int) and width in _WIDTHS:
                self._widths[numbers[name]] = width
        for number in self.columns:
            self._show(number)
