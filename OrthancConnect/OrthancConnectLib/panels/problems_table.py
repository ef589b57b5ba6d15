"""The table of what was skipped or failed; it can be copied and saved."""

from __future__ import annotations

import csv
import io
import os
from typing import Any, List, Sequence

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.receipts import Problem
from OrthancConnectCore.shared.validation import spreadsheet_cell

from ..logic.profiles import save_text
from ..wording import worded
from .part import Part
from .style import QUIET, fill_table, say, wrapping
from .texts import attempt

#: More rows than anybody reads; all of them are copied and saved.
MOST_ROWS = 200


class ProblemsTable(Part):
    """Shows the rows of a receipt, or of a scan, in the widgets of a form with this prefix."""

    def __init__(self, ui: Any, prefix: str = "details") -> None:
        super().__init__(ui)
        self._box = getattr(ui, prefix + "Box")
        self._table = getattr(ui, prefix + "Table")
        self._count = getattr(ui, prefix + "Count")
        self._problems: Sequence[Problem] = ()
        self._table.setColumnWidth(0, 130)
        self._table.setColumnWidth(1, 62)
        self.wire(
            wrapping(self._table),
            (getattr(ui, prefix + "CopyButton"), "clicked()", self._onCopy),
            (getattr(ui, prefix + "SaveButton"), "clicked()", self._onSave),
        )

    def show(self, problems: Sequence[Problem]) -> None:
        """Fill the table."""
        self._problems = problems
        shown = problems[:MOST_ROWS]
        outcomes = {
            "skipped": _("skipped"),
            "failed": _("failed"),
            "different": _("different"),
            "unmarked": _("no label"),
        }
        rows = []
        for problem in shown:
            name = os.path.basename(problem.item) or problem.item
            outcome = outcomes.get(problem.outcome, problem.outcome)
            why = f"{worded(problem.reason)} {worded(problem.hint)}".strip()
            rows.append([(name, problem.item), (outcome, outcome), (why, why)])
        fill_table(self._table, rows)
        text = ""
        if len(problems) > len(shown):
            text = _("First {shown} of {all} rows; all are copied and saved.").format(
                shown=len(shown), all=len(problems)
            )
        say(self._count, text, QUIET)
        self._count.show()

    def set_visible(self, visible: bool) -> None:
        """Show or hide the whole box."""
        self._box.setVisible(visible)

    def _onCopy(self) -> None:
        qt.QApplication.clipboard().setText(self._as_text("\t"))
        say(self._count, _("Copied."), QUIET)

    def _onSave(self) -> None:
        name = qt.QFileDialog.getSaveFileName(
            self._box, _("Save the details"), "details.csv", "CSV (*.csv)"
        )
        if name:
            self.save(str(name))

    def save(self, path: str) -> None:
        """Write all rows to a CSV file."""
        text = self._as_text(",")
        heading = text.partition("\n")[0]
        if attempt(lambda: save_text(path, "table", text, heading, "utf-8-sig"), self._tell):
            self._tell(_("Saved."), QUIET)

    def _as_text(self, delimiter: str) -> str:
        """All rows as text for a spreadsheet."""
        target = io.StringIO()
        writer = csv.writer(target, delimiter=delimiter, lineterminator="\n")
        writer.writerow([_("What"), _("Outcome"), _("Why"), _("What to do")])
        for problem in self._problems:
            why = worded(problem.reason), worded(problem.hint)
            row = [problem.item, problem.outcome, *why]
            writer.writerow([spreadsheet_cell(cell) for cell in row])
        return target.getvalue()

    def _tell(self, text: str, tone: str) -> None:
        say(self._count, text, tone)


def rows_of(transfer: Any) -> List[Problem]:
    """Return the rows of a transfer's receipt."""
    return list(transfer.receipt.problems) if transfer.receipt is not None else []
