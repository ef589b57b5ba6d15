"""Tables for people and programs: CSV whose cells a spreadsheet takes for text alone, or JSON."""

from __future__ import annotations

import codecs
import csv
import json
from pathlib import Path
from typing import Any, Iterable, Mapping, Optional, Sequence, Tuple

from .shared.disk import check_target, target
from .shared.validation import spreadsheet_cell

_JSON_BEGINS = '{"rows": ['


def check_table(path: Path, columns: Sequence[str]) -> None:
    """Make sure that a table may be written to a file; as `check_target`."""
    check_target(path, "table", _beginnings(columns))


def _beginnings(columns: Sequence[str]) -> Tuple[bytes, bytes]:
    head = codecs.BOM_UTF8 + ",".join(columns).encode("ascii")
    return head, _JSON_BEGINS.encode("ascii")


def save_table(
    path: Path,
    columns: Sequence[str],
    rows: Iterable[Mapping[str, Any]],
    receipt: Optional[Mapping[str, Any]] = None,
) -> None:
    """Write a table whole or not at all: JSON when its name ends so, else CSV; as `target`.

    Parameters
    ----------
    path : Path
        An earlier table of these columns is replaced; nothing else is.
    columns : sequence of str
        Their names, in order.
    rows : iterable of mapping
        With a value for each column.
    receipt : mapping, optional
        Stands in JSON besides.
    """
    is_json = path.suffix.lower() == ".json"
    # A byte order mark lets spreadsheets read accents; JSON has none.
    encoding = "ascii" if is_json else "utf-8-sig"
    with target(path, "table", _beginnings(columns)) as part:
        file = codecs.getwriter(encoding)(part, "backslashreplace")  # type: ignore[arg-type]
        if not is_json:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(columns)
            for row in rows:
                writer.writerow([spreadsheet_cell(row[name]) for name in columns])
            return
        file.write(_JSON_BEGINS)
        separator = "\n"
        for row in rows:
            file.write(separator + json.dumps({name: row[name] for name in columns}))
            separator = ",\n"
        file.write(f'],\n"receipt": {json.dumps(receipt)}}}\n')
