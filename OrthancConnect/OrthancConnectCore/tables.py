"""Tables for people and programs: CSV whose cells a spreadsheet takes for text alone, or JSON."""

from __future__ import annotations

import codecs
import csv
import json
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional, Sequence, Tuple

from .shared.disk import check_target, target
from .shared.validation import spreadsheet_cell

_JSON_BEGINS = '{"rows": ['
Row = Mapping[str, Any]


def check_table(path: Path, columns: Sequence[str], what: str = "table") -> None:
    """Make sure that a table may be written to a file; as `check_target`."""
    check_target(path, what, _beginnings(columns))


def _beginnings(columns: Sequence[str]) -> Tuple[bytes, bytes]:
    head = codecs.BOM_UTF8 + ",".join(columns[:4]).encode("ascii")
    return head, _JSON_BEGINS.encode("ascii")


@contextmanager
def table(
    path: Path, columns: Sequence[str], receipt: Optional[Row] = None, what: str = "table"
) -> Iterator[Callable[[Row], None]]:
    """Write a table row by row, whole or not at all: JSON when its name ends so, else CSV.

    Parameters
    ----------
    path : Path
        An earlier table of these columns is replaced; nothing else is.
    columns : sequence of str
        Their names, in order.
    receipt : mapping, optional
        Stands in JSON besides, as it is in the end.
    what : str
        The word for it in errors.

    Yields
    ------
    callable
        Takes a row with a value for each column. A full disk is no fault of it: that is told in
        the end, when all else is done.

    Raises
    ------
    InputError
        It may not be written, or can't be.
    """
    is_json = path.suffix.lower() == ".json"
    fault: Optional[OSError] = None
    separator = "\n"
    with target(path, what, _beginnings(columns)) as part:
        # A byte order mark lets spreadsheets read accents; JSON has none.
        encoding = "ascii" if is_json else "utf-8-sig"
        file = codecs.getwriter(encoding)(part, "backslashreplace")  # type: ignore[arg-type]
        writer = csv.writer(file, lineterminator="\r\n")

        def add(row: Row) -> None:
            nonlocal fault, separator
            if fault is not None:
                return
            try:
                if is_json:
                    file.write(separator + json.dumps({name: row[name] for name in columns}))
                    separator = ",\n"
                else:
                    writer.writerow([spreadsheet_cell(row[name]) for name in columns])
            except OSError as error:
                fault = error

        if is_json:
            file.write(_JSON_BEGINS)
        else:
            writer.writerow(columns)
        yield add
        if fault is not None:
            raise fault
        if is_json:
            file.write(f'],\n"receipt": {json.dumps(receipt)}}}\n')


def save_table(
    path: Path, columns: Sequence[str], rows: Iterable[Row], receipt: Optional[Row] = None
) -> None:
    """Write a table of rows that are there; see `table`."""
    with table(path, columns, receipt) as add:
        for row in rows:
            add(row)
