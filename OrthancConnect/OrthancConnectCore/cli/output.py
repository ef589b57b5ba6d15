"""How the command line speaks: plain text for people, one JSON document for machines, a bar."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import Any, Iterable, List, Optional, Sequence, TextIO, Tuple

from ..shared.errors import OrthancConnectError
from ..shared.profile import ServerProfile
from ..shared.receipts import Receipt
from ..shared.validation import plain_text

#: A receipt names this many problems on the screen; ``--json`` has all.
SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class Answer:
    """What a command has to say in the end.

    Attributes
    ----------
    data : Any
        For ``--json``: JSON-serialisable.
    text : str
        For people.
    receipt : Receipt, optional
        Of a transfer; it decides whether all was done.
    faults : tuple of OrthancConnectError
        What could not be done although there is an answer.
    """

    data: Any
    text: str
    receipt: Optional[Receipt] = None
    faults: Tuple[OrthancConnectError, ...] = field(default=())


def warn(text: str) -> None:
    """Write one line to stderr, whatever the output is."""
    print(f"orthancconnect: {text}", file=sys.stderr, flush=True)


def json_text(data: Any) -> str:
    """Return one JSON document in pure ASCII: safe on every terminal and in every pipe."""
    return json.dumps(data, ensure_ascii=True, indent=2)


def error_text(error: OrthancConnectError) -> str:
    """Return an error as people read it: what happened, and below it what to do."""
    text = f"orthancconnect: {plain_text(error.message, 1000)}"
    return f"{text}\n  {plain_text(error.hint, 1000)}" if error.hint else text


def quoted(name: str) -> str:
    """Return a profile's name as it is typed on a command line."""
    return name if name.replace("-", "").replace("_", "").isalnum() else f'"{name}"'


def human_size(size: float) -> str:
    """Return a number of bytes as people read it: ``126 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            digits = 1 if unit != "B" and size < 9.95 else 0
            return f"{size:.{digits}f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def human_seconds(seconds: float) -> str:
    """Return a duration as people read it: ``42 ms``, ``3.2 s``, ``3 min 05 s``."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.{0 if seconds >= 0.01 else 1}f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 study``, ``2 studies``, ``2 series``."""
    if number == 1 or noun.endswith("s"):
        return f"{number} {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"


def columns(rows: Iterable[Sequence[str]], indent: str = "") -> str:
    """Return rows as columns of plain text, parted by two spaces."""
    table = [[plain_text(cell, 2000) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*table)]
    return "\n".join(
        (indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths))).rstrip()
        for row in table
    )


def receipt_text(receipt: Receipt, headline: str) -> str:
    """Return a receipt as people read it."""
    rows = [
        ("expected", str(receipt.expected)),
        ("stored", str(receipt.stored)),
        ("already there", str(receipt.already_stored)),
        ("skipped", str(receipt.skipped)),
        ("failed", str(receipt.failed)),
    ]
    if receipt.different:
        rows.append(("there, but different", str(receipt.different)))
    if receipt.operation == "retrieve" or receipt.verified:
        rows.append(("verified", str(receipt.verified)))
    if receipt.missing:
        rows.append(("not reached", str(receipt.missing)))
    width = max(len(value) for _, value in rows)
    lines = [headline, columns([(name, value.rjust(width)) for name, value in rows], "  ")]
    how = f"  {human_size(receipt.bytes)} in {human_seconds(receipt.seconds)}"
    if receipt.bytes and receipt.seconds > 0:
        how += f", {human_size(receipt.bytes / receipt.seconds)}/s"
    lines.append(how + (f", by {receipt.method}" if receipt.method else ""))
    if receipt.location:
        lines.append(f"  in {plain_text(receipt.location, 4096)}")
    lines.extend(f"  {note}" for note in receipt.notes)
    lines.extend(_problem_lines(receipt))
    lines.append(receipt.summary() + ("" if receipt.complete else " - incomplete"))
    return "\n".join(lines)


def _problem_lines(receipt: Receipt) -> List[str]:
    # Failures first: what was skipped is rarely news.
    problems = sorted(receipt.problems, key=lambda problem: problem.outcome == "skipped")
    lines = []
    last_hint = ""
    width = max([7, *(len(problem.outcome) for problem in problems)])
    for problem in problems[:SHOWN_PROBLEMS]:
        lines.append(f"  {problem.outcome:<{width}}  {problem.item}: {problem.reason}")
        if problem.hint and problem.hint != last_hint:
            lines.append(f"  {'':{width}}  {problem.hint}")
        last_hint = problem.hint
    if len(problems) > SHOWN_PROBLEMS:
        lines.append(f"  … and {len(problems) - SHOWN_PROBLEMS} more (use --json)")
    return lines


def receipt_answer(receipt: Receipt, headline: str) -> Answer:
    """Return the answer of a transfer."""
    return Answer(receipt.to_dict(), receipt_text(receipt, headline), receipt=receipt)


@dataclass(frozen=True)
class Signs:
    """How a tree is drawn on a terminal of this encoding."""

    fork: str
    last: str
    line: str

    @classmethod
    def of(cls, stream: TextIO) -> Signs:
        """Return those that a stream can show."""
        try:
            "├└│─".encode(stream.encoding or "ascii")
        except (UnicodeEncodeError, LookupError):
            return cls("|- ", "`- ", "|  ")
        return cls("├─ ", "└─ ", "│  ")


def query_text(result: Any) -> str:
    """Return a query's result as a tree: patients, their studies, their series with counts."""
    from ..shared.query import display_date, display_person_name

    signs = Signs.of(sys.stdout)
    lines: List[str] = []
    for patient in result.patients:
        facts = [patient.patient_id, patient.sex, display_date(patient.birth_date)]
        lines.append(joined(display_person_name(patient.patient_name) or "(no name)", *facts))
        for number, study in enumerate(patient.studies, 1):
            is_last = number == len(patient.studies)
            facts = [
                study.study_description,
                "/".join(study.modalities),
                counted(len(study.series), "series"),
                study.accession_number and f"accession {study.accession_number}",
                study.study_instance_uid,
            ]
            lead = signs.last if is_last else signs.fork
            lines.append(lead + joined(display_date(study.study_date) or "(no date)", *facts))
            below = "   " if is_last else signs.line
            for place, series in enumerate(study.series, 1):
                lead = signs.last if place == len(study.series) else signs.fork
                lines.append(below + lead + _series_line(series))
    lines.append(_query_summary(result))
    return "\n".join(lines)


def _series_line(series: Any) -> str:
    number = series.series_number
    instances = series.number_of_instances
    count = "? instances" if instances is None else counted(instances, "instance")
    return joined(
        "-" if number is None else str(number),
        series.series_description,
        series.modality,
        count,
        series.series_instance_uid,
    )


def joined(*parts: str) -> str:
    """Return what is not empty of some texts, as one line."""
    return "  ".join(plain_text(part, 200) for part in parts if part)


def _query_summary(result: Any) -> str:
    known = [series.number_of_instances for series in result.series]
    text = ", ".join(
        (
            counted(len(result.patients), "patient"),
            counted(len(result.studies), "study"),
            counted(len(known), "series"),
        )
    )
    if known and None not in known:
        text += ", " + counted(sum(known), "instance")
    text += f" in {human_seconds(result.seconds)}"
    if not result.patients:
        text += "\nNothing matches. Try fewer filters, or * for any text and ? for any character."
    elif result.truncated:
        text += "\nThere is more than is shown: narrow the filters, or raise --limit."
    return text


def place_of(profile: ServerProfile) -> str:
    """Return name and address of a server."""
    return f"{profile.name} ({profile.rest_url})"
