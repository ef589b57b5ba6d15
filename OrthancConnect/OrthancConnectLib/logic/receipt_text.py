"""The rows of a receipt as text, for the clipboard and for a file."""

from __future__ import annotations

import csv
import io
from typing import Sequence

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.receipts import Problem
from OrthancConnectCore.shared.validation import spreadsheet_cell


def details_text(problems: Sequence[Problem], delimiter: str = "\t") -> str:
    """Return all rows as text for a spreadsheet."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter=delimiter, lineterminator="\n")
    writer.writerow([_("What"), _("Outcome"), _("Why"), _("What to do")])
    for problem in problems:
        row = [problem.item, problem.outcome, problem.reason, problem.hint]
        writer.writerow([spreadsheet_cell(cell) for cell in row])
    return target.getvalue()


def save_details(problems: Sequence[Problem], path: str) -> None:
    """Write all rows to a CSV file; InputError when it can't be written."""
    save_text(path, details_text(problems, ","), encoding="utf-8-sig")


def save_text(path: str, text: str, encoding: str = "utf-8") -> None:
    """Write text to a file; InputError when it can't be written."""
    try:
        with open(path, "w", encoding=encoding, newline="", errors="replace") as target:
            target.write(text)
    except OSError as error:
        raise InputError(
            _("The file can't be written: {why}.").format(why=error.strerror or error),
            _("Choose another folder."),
        ) from error
