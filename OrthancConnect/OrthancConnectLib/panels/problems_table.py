"""The table of what was skipped or failed; it can be copied and saved."""

from __future__ import annotations

import os
from typing import Any, List, Sequence

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.receipts import Problem

from ..logic.receipt_text import details_text, save_details
from .style import BAD, QUIET, say, tip
from .texts import error_text
from .wires import Wires

#: More rows than anybody reads; all of them are copied and saved.
MOST_ROWS = 200


class ProblemsTable:
    """Shows the rows of a receipt in the widgets of a form's `detailsBox`."""

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self._problems: Sequence[Problem] = ()
        ui.detailsTable.setColumnWidth(0, 130)
        ui.detailsTable.setColumnWidth(1, 62)
        self._wires = Wires(
            (ui.copyButton, "clicked()", self.onCopy),
            (ui.saveDetailsButton, "clicked()", self._onSave),
        )

    def show(self, problems: Sequence[Problem]) -> None:
        """Fill the table."""
        self._problems = problems
        table = self._ui.detailsTable
        shown = problems[:MOST_ROWS]
        table.setRowCount(len(shown))
        outcomes = {
            "skipped": _("skipped"),
            "failed": _("failed"),
            "different": _("different"),
            "unmarked": _("no label"),
        }
        for row, problem in enumerate(shown):
            why = f"{problem.reason} {problem.hint}".strip()
            name = os.path.basename(problem.item) or problem.item
            cells = (name, outcomes.get(problem.outcome, problem.outcome), why)
            for column, text in enumerate(cells):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(tip(problem.item if column == 0 else text))
                table.setItem(row, column, item)
        text = ""
        if len(problems) > len(shown):
            text = _("First {shown} of {all} rows; all are copied and saved.").format(
                shown=len(shown), all=len(problems)
            )
        say(self._ui.detailsCount, text, QUIET)
        self._ui.detailsCount.show()

    def set_visible(self, visible: bool) -> None:
        """Show or hide the whole box."""
        self._ui.detailsBox.setVisible(visible)

    def onCopy(self) -> None:
        """Put all rows into the clipboard."""
        qt.QApplication.clipboard().setText(details_text(self._problems))
        say(self._ui.detailsCount, _("Copied."), QUIET)

    def _onSave(self) -> None:
        name = qt.QFileDialog.getSaveFileName(
            self._ui.detailsBox, _("Save the details"), "details.csv", "CSV (*.csv)"
        )
        if name:
            self.save(str(name))

    def save(self, path: str) -> None:
        """Write all rows to a file."""
        try:
            save_details(self._problems, path)
        except InputError as error:
            say(self._ui.detailsCount, "✗ " + error_text(error), BAD)
            return
        say(self._ui.detailsCount, _("Saved."), QUIET)

    def close(self) -> None:
        """Let go of the widgets."""
        self._wires.close()


def rows_of(transfer: Any) -> List[Problem]:
    """Return the rows of a transfer's receipt."""
    return list(transfer.receipt.problems) if transfer.receipt is not None else []
