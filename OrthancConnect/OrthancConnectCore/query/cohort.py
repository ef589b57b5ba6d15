"""A list of patients, accession numbers, studies or series in a CSV file: read and looked up."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Sequence, Set, Tuple

from ..files import open_file, os_reason
from ..orthanc.client import OrthancClient, tag
from ..orthanc.identifiers import patient_orthanc_id
from ..orthanc.records import records_of, records_with, series_by_study, studies_of, target_of
from ..shared.errors import InputError, NotFoundError
from ..shared.series import LIST_KINDS, SeriesTarget
from ..shared.validation import plain_identifier, plain_text

#: Names of columns, in small letters without accents, spaces and signs.
_HEADERS: Mapping[str, Sequence[str]] = {
    "patient-id": (
        *("patientid", "patient", "patientnumber", "patid", "pid", "mrn", "medicalrecordnumber"),
        *("idpaciente", "iddepaciente", "iddelpaciente", "paciente", "numerodepaciente", "nhc"),
        *("historiaclinica", "numerodehistoria", "numerodehistoriaclinica", "ndehistoriaclinica"),
        *("patientenid", "patientennummer", "patientennr", "patnr", "fallnummer"),
    ),
    "accession": (
        *("accession", "accessionnumber", "accessionno", "accno", "acc", "numerodeacceso"),
        *("numerodeaccession", "numeroacceso", "nacceso", "acceso", "numerodeestudio"),
        *("zugangsnummer", "zugriffsnummer", "accessionnummer", "anforderungsnummer"),
        *("auftragsnummer", "untersuchungsnummer"),
    ),
    "study": (
        *("studyinstanceuid", "studyuid", "studyinstanceid", "uiddeestudio", "uiddelestudio"),
        *("uidestudio", "estudiouid", "studieninstanzuid", "studieninstanceuid", "studienuid"),
    ),
    "series": (
        *("seriesinstanceuid", "seriesuid", "seriesinstanceid", "uiddeserie", "uiddelaserie"),
        *("uidserie", "serieuid", "serieninstanzuid", "serieninstanceuid", "serienuid"),
    ),
}
_KIND_OF = {name: kind for kind, names in _HEADERS.items() for name in names}
_DELIMITERS = ",;\t"
_LARGEST_FILE = 64 * 1024 * 1024
#: Characters by which the delimiter is found; rows and values by which a column is.
_SAMPLE, _SAMPLE_ROWS, _SAMPLE_VALUES, _SAMPLE_COLUMNS = 65536, 200, 20, 50
#: Excel's way to keep a number's leading zeros; and what it makes of long numbers otherwise.
_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_EXCEL_NUMBER = re.compile(r"\d+([.,]\d+)?E\+?\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Cohort:
    """What a table asks for.

    Attributes
    ----------
    kind : str
        One of `LIST_KINDS`.
    values : tuple of (int, str)
        Line in the file, and the cell; in the file's order, repeated ones included.
    notes : tuple of str
        How the table was read.
    column : int
        Which of its columns it was, from 0.
    """

    kind: str
    values: Tuple[Tuple[int, str], ...]
    notes: Tuple[str, ...] = ()
    column: int = 0


_Row = Tuple[int, List[str]]


def read_cohort(client: OrthancClient, path: Path, column: str = "", by: str = "") -> Cohort:
    """Read a table: which of its columns it is about, its names tell, or else its content.

    Parameters
    ----------
    client : OrthancClient
        The server, which is asked for what the columns hold where no name tells.
    path : Path
        CSV with commas, semicolons or tabs, with or without a header, in UTF-8, UTF-16 or
        Windows-1252.
    column : str
        The column's name, or its number from 1; found out when empty.
    by : str
        One of `LIST_KINDS`; found out when empty.

    Raises
    ------
    InputError
        The file can't be read, or it can't be told which column is meant.
    """
    if by and by not in LIST_KINDS:
        raise InputError("There is no such kind of identifier.", f"Use {', '.join(LIST_KINDS)}.")
    rows = _rows(_text(path))
    if not rows:
        raise _empty(path)
    first = rows[0][1]
    named = {index: _KIND_OF[_plain(cell)] for index, cell in enumerate(first) if _named(cell)}
    index, is_header = _chosen(column, first) if column else (-1, False)
    kind = by or named.get(index, "")
    if not column:
        wanted = [by] if by else ["series", "study", "accession", "patient-id"]
        found = [(one, at) for one in wanted for at, its in named.items() if its == one]
        kind, index = found[0] if found else (by, -1)
    if index < 0 or not kind:
        columns = [index] if index >= 0 else range(min(max(map(_width, rows)), _SAMPLE_COLUMNS))
        index, kind = _by_content(client, rows, columns, [by] if by else list(LIST_KINDS))
    level, keyword, words = LIST_KINDS[kind]
    cell = _cell(first, index)
    is_header = is_header or index in named
    notes = []
    if not is_header and cell and not any(map(str.isdigit, cell)):
        is_header = not _known(client, kind, [cell])
        if is_header:
            notes.append(f"The first line was taken for the names of the columns: {cell}.")
    notes.insert(0, f"Column {index + 1} was read as {words}s.")
    values = tuple((line, _cell(row, index)) for line, row in rows[is_header:])
    return Cohort(kind, values, tuple(plain_text(note) for note in notes), index)


def columns_of(path: Path) -> List[str]:
    """Return a table's first line: the columns' names, or its first values.

    Raises
    ------
    InputError
        The file can't be read, or is empty.
    """
    rows = _rows(_text(path))
    if not rows:
        raise _empty(path)
    return rows[0][1]


def _empty(path: Path) -> InputError:
    return InputError(f"The table {plain_text(path, 300)} is empty.", "Choose another file.")


def series_of(
    client: OrthancClient, kind: str, values: Iterable[str]
) -> Dict[str, List[SeriesTarget]]:
    """Return the series that the server has of each value, which are asked for together.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side.
    kind : str
        One of `LIST_KINDS`.
    values : iterable of str
        Some hundreds at a time: their records are in memory.
    """
    level, keyword, _words = LIST_KINDS[kind]
    values = set(values) - {""}
    found: Dict[str, List[SeriesTarget]] = {}
    records = list(records_with(client, level, values, keyword))
    if kind == "patient-id":
        records += _by_patient(client, values)
    if level == "Series":
        owners = studies_of(client, records)
        for one in records:
            study = owners.get(str(one.get("ParentStudy")))
            if study is not None:
                found.setdefault(_value(one, keyword), []).append(target_of(study, one))
        return found
    for study, series in series_by_study(client, records):
        targets = found.setdefault(_value(study, keyword), [])
        targets += [target_of(study, one) for one in series]
    return found


def why_not_found(kind: str, value: str) -> Tuple[str, str]:
    """Return why there is nothing of a value, and what to do."""
    words = LIST_KINDS[kind][2]
    if not value:
        return "The cell is empty.", ""
    if kind != "patient-id" and set("*?\\") & set(value):
        return f"The server can't be asked for this {words}: it has a wildcard or a backslash.", ""
    hint = "Query first what the server has."
    if _EXCEL_NUMBER.fullmatch(value):
        hint = "A spreadsheet has shortened the number: format its column as text, and save again."
    return f"The server has no {words} “{plain_identifier(value)}”.", hint


def _by_patient(client: OrthancClient, values: Iterable[str]) -> List[Dict[str, Any]]:
    """Return the studies of patients whose ID can stand in no query: by its hash."""
    found: List[Dict[str, Any]] = []
    for value in values:
        if set("*?\\") & set(value):
            path = f"/patients/{patient_orthanc_id(value)}"
            try:
                studies = client.get_json(path, shape={"Studies": [str]})["Studies"]
            except NotFoundError:
                continue
            found += records_of(client, "Study", studies)
    return found


def _value(record: Mapping[str, Any], keyword: str) -> str:
    group = "PatientMainDicomTags" if keyword == "PatientID" else "MainDicomTags"
    return tag(record, group, keyword)


def _known(client: OrthancClient, kind: str, values: Iterable[str]) -> Set[str]:
    level, keyword, _words = LIST_KINDS[kind]
    return {_value(one, keyword) for one in records_with(client, level, values, keyword)}


def _by_content(
    client: OrthancClient, rows: Sequence[_Row], columns: Iterable[int], kinds: Sequence[str]
) -> Tuple[int, str]:
    """Return the column of whose values the server knows most, and as what."""
    samples: Dict[int, List[str]] = {}
    for index in columns:
        values = dict.fromkeys(_cell(row, index) for _line, row in rows[:_SAMPLE_ROWS])
        samples[index] = [value for value in values if value][:_SAMPLE_VALUES]
    everything = [cell for cells in samples.values() for cell in cells]
    best, found = 0, (-1, "")
    for kind in kinds:
        known = _known(client, kind, everything)
        for index, cells in samples.items():
            hits = len(known.intersection(cells))
            if hits > best:
                best, found = hits, (index, kind)
    if not best:
        raise InputError(
            "It can't be told which column holds identifiers: none has a name that says so, and "
            "the server knows none of their first values.",
            "Name it by --column, and what it holds by --by; or choose another server.",
        )
    return found


def _chosen(column: str, first: Sequence[str]) -> Tuple[int, bool]:
    """Return a column that somebody named, and whether the first line holds its name."""
    names = [_plain(cell) for cell in first]
    if _plain(column) in names:
        return names.index(_plain(column)), True
    if column.isascii() and column.isdigit() and 1 <= int(column[:6]) <= len(first):
        return int(column) - 1, False
    raise InputError(
        f"The table has no column {plain_text(column, 80)!r}.",
        f"It has {len(first)}: {plain_text(', '.join(first), 300)}.",
    )


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.replace("º", "").replace("ª", "")).casefold()
    return "".join(char for char in letters if char.isalnum())


def _named(cell: str) -> bool:
    return _plain(cell) in _KIND_OF


def _width(row: _Row) -> int:
    return len(row[1])


def _cell(row: Sequence[str], index: int) -> str:
    return row[index] if index < len(row) else ""


# The file ----------------------------------------------------------------------------------------


def _text(path: Path) -> str:
    """Return a file's text, in whichever of the usual encodings it is."""
    try:
        stream, size = open_file(str(path))
        with stream:
            content = stream.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise InputError(
            f"The table {plain_text(path, 300)} can't be read: {os_reason(error)}.",
            "Choose another file.",
        ) from error
    if size > _LARGEST_FILE or len(content) > _LARGEST_FILE:
        raise InputError(
            f"The table has more than {_LARGEST_FILE // 1024**2} MB.", "Make several of it."
        )
    for encoding in _encodings(content):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _encodings(content: bytes) -> Sequence[str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    head = content[:1000]
    if head.count(b"\0") * 3 > len(head):
        is_little = head[1::2].count(b"\0") > head[::2].count(b"\0")
        return ("utf-16-le",) if is_little else ("utf-16-be",)
    return ("utf-8-sig", "cp1252")


def _rows(text: str) -> List[_Row]:
    """Return the lines that hold something, with their numbers."""
    first, _end, rest = text.partition("\n")
    told = re.fullmatch(r"sep=(.)\r?", first)  # Excel's own line
    begin = 1 if told else 0
    text = rest if told else text
    delimiter = told.group(1) if told else max(_DELIMITERS, key=lambda one: _fits(text, one))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: List[_Row] = []
    try:
        for cells in reader:
            clean = [_clean(cell) for cell in cells]
            if any(clean):
                rows.append((reader.line_num + begin, clean))
    except csv.Error as error:
        raise InputError(
            f"Line {reader.line_num + begin} of the table can't be read: {error}.",
            "Save it again as CSV.",
        ) from error
    return rows


def _fits(text: str, delimiter: str) -> Tuple[float, int]:
    """Return how many of the first lines have the same number of cells, and that number."""
    lines = io.StringIO(text[:_SAMPLE], newline="")
    try:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
    except csv.Error:
        return 0.0, 0
    if not widths:
        return 0.0, 0
    width, count = widths.most_common(1)[0]
    return (count / sum(widths.values()) if width > 1 else 0.0), width


def _clean(cell: str) -> str:
    text = cell.replace("\0", "").strip()
    match = _EXCEL_TEXT.fullmatch(text)
    return match.group(1).replace('""', '"').strip() if match else text
