"""From a list: a CSV file of patients or studies, and what became of each of its rows."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from typing import Any

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OrthancConnectError
from OrthancConnectCore.shared.series import LIST_KINDS
from OrthancConnectCore.shared.validation import plain_text, spreadsheet_cell

from ..logic import task as states
from ..logic.logic import OrthancConnectLogic
from ..logic.profiles import save_text
from ..logic.transfers import Transfer
from ..wording import worded
from .part import Form
from .style import PLAIN, QUIET, WARNING, allow, fill_table, make_primary, say, wrapping
from .texts import attempt, fault, plural

_KINDS = list(LIST_KINDS)
#: More rows than anybody reads; all of them are saved.
MOST_ROWS = 200


class CohortBox(Form):
    """The chosen list, until it is put away."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "cohort_box.ui")
        ui = self.ui
        ui.rowsTable.setColumnWidth(0, 110)
        ui.rowsTable.setColumnWidth(1, 50)
        ui.rowsTable.setColumnWidth(2, 96)
        self._filling = False
        self.wire(
            wrapping(ui.rowsTable),
            (ui.closeButton, "clicked()", logic.rooms.cohort.forget),
            (ui.columnCombo, "currentIndexChanged(int)", self._onColumn),
            (ui.kindCombo, "currentIndexChanged(int)", self._onKind),
            (ui.retrieveListButton, "clicked()", self._onRetrieve),
            (ui.saveRowsButton, "clicked()", self._onSave),
            (logic.rooms.cohort.changed, self.refresh),
            (logic.connection.changed, self.refresh),
            *logic.log.signals(self._onTransfer, self._onTransfer, self.refresh),
        )
        self.refresh()

    # What a person does ---------------------------------------------------------------------

    def take(self, paths: Sequence[str]) -> None:
        """Look into a list that was chosen or dropped."""
        try:
            self._logic.rooms.cohort.read(*self._logic.server(), paths[0])
        except OrthancConnectError as error:
            self.widget.show()
            say(self.ui.listError, *fault(error))

    def choose(self) -> None:
        """Let the person choose a file."""
        kinds = _("Lists (*.csv *.txt *.tsv);;All files (*)")
        path = qt.QFileDialog.getOpenFileName(self.widget, _("Choose a list"), "", kinds)
        if path:
            self.take([str(path)])

    def _onColumn(self, index: int) -> None:
        if not self._filling and index >= 0:
            self._logic.rooms.cohort.choose(index)

    def _onKind(self, index: int) -> None:
        if not self._filling and index >= 0:
            self._logic.rooms.cohort.choose(self.ui.columnCombo.currentIndex, _KINDS[index])

    def _onRetrieve(self) -> None:
        if self._logic.rooms.cohort.ready:
            self._logic.rooms.cohort.retrieve()

    def _onSave(self) -> None:
        name = os.path.splitext(os.path.basename(self._logic.rooms.cohort.file))[0] + "-result.csv"
        kinds = "CSV (*.csv)"
        path = qt.QFileDialog.getSaveFileName(self.widget, _("Save the rows"), name, kinds)
        if path:
            self.save(str(path))

    def save(self, path: str) -> None:
        """Write what became of each row, as CSV."""
        transfer = self._logic.rooms.cohort.transfer
        target = io.StringIO()
        writer = csv.writer(target, lineterminator="\n")
        rows = transfer.rows if transfer is not None else []
        writer.writerow(rows[0] if rows else ())
        for row in rows:
            writer.writerow([spreadsheet_cell(str(cell)) for cell in row.values()])
        text = target.getvalue()
        heading = text.partition("\n")[0]

        def tell(told: str, tone: str) -> None:
            say(self.ui.rowsCount, told, tone)

        if attempt(lambda: save_text(path, "table", text, heading, "utf-8-sig"), tell):
            tell(_("Saved."), QUIET)

    # What a person sees ---------------------------------------------------------------------

    def _onTransfer(self, transfer: Transfer) -> None:
        if transfer is self._logic.rooms.cohort.transfer:
            self.refresh()

    def refresh(self) -> None:
        """Show the list, which of its columns is meant, and what became of it."""
        ui, cohort = self.ui, self._logic.rooms.cohort
        self.widget.setVisible(bool(cohort.file))
        parts = [plain_text(os.path.basename(cohort.file), 80)]
        if cohort.rows:
            parts.append(plural(cohort.rows, _("{:,} row"), _("{:,} rows")))
        say(ui.titleLabel, "  ·  ".join(parts))
        self._fill_choices()
        text, tone = "", PLAIN
        if cohort.error is not None:
            text, tone = fault(cohort.error)
        elif cohort.reason:
            text, tone = "⚠ " + _("Choose the column, and what it holds."), WARNING
        say(ui.listError, text, tone)
        transfer = cohort.transfer
        busy = transfer is not None and not transfer.ended
        why_not = self._logic.why_not_work()
        if not why_not and busy:
            why_not = _("It is being fetched already.")
        if not why_not and not cohort.ready:
            why_not = _("Choose the column first.")
        tooltip = _("Fetch all of it into Slicer's DICOM database, as one transfer.")
        allow(ui.retrieveListButton, why_not, tooltip)
        make_primary(ui.retrieveListButton, transfer is None)
        self._fill_rows(transfer.rows if transfer is not None and transfer.ended else ())

    def _fill_choices(self) -> None:
        ui, cohort = self.ui, self._logic.rooms.cohort
        self._filling = True
        names = [
            plain_text(name, 60) or _("Column {number}").format(number=number + 1)
            for number, name in enumerate(cohort.columns)
        ]
        if names != [ui.columnCombo.itemText(at) for at in range(ui.columnCombo.count)]:
            ui.columnCombo.clear()
            ui.columnCombo.addItems(names)
        ui.columnCombo.currentIndex = cohort.column
        ui.kindCombo.currentIndex = _KINDS.index(cohort.kind) if cohort.kind else -1
        for combo in (ui.columnCombo, ui.kindCombo):
            combo.enabled = cohort.state == states.DONE and bool(cohort.columns)
        self._filling = False

    def _fill_rows(self, rows: Sequence[Any]) -> None:
        ui = self.ui
        ui.rowsBox.setVisible(bool(rows))
        table = []
        for row in rows[:MOST_ROWS]:
            value = plain_text(row["value"], 200) or _("(empty)")
            arrived = _("{arrived} of {expected}").format(**row) if row["expected"] else "–"
            why = f"{worded(row['reason'])} {worded(row['hint'])}".strip() or _(
                "All of it arrived."
            )
            line = _("Line {line}: {value}").format(line=row["line"], value=value)
            table.append([(value, line), (str(row["series"]), ""), (arrived, ""), (why, why)])
        fill_table(ui.rowsTable, table)
        text = ""
        if len(rows) > MOST_ROWS:
            text = _("First {shown} of {all} rows; all are saved.")
            text = text.format(shown=MOST_ROWS, all=len(rows))
        say(ui.rowsCount, text, QUIET)
        ui.rowsCount.show()
