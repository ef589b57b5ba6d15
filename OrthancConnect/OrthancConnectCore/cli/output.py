"""How the command line speaks: plain text for people, one JSON document for machines, a bar."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Iterable, List, Optional, Sequence, Tuple, Union

from ..shared.errors import MissingDependencyError, OperationCancelled, OrthancConnectError
from ..shared.hosts import shown_host
from ..shared.profile import ServerProfile
from ..shared.receipts import Problem, Receipt
from ..shared.validation import plain_identifier, plain_lines, plain_text
from .streams import aside

if TYPE_CHECKING:
    from ..shared.query import SeriesRecord
    from ..shared.series import SeriesRow

#: A receipt names this many problems on the screen; ``--json`` has all.
SHOWN_PROBLEMS = 20
#: Characters of a part of a line: no identifier that a server has is cut.
_LONGEST_PART = 1100


@dataclass(frozen=True)
class Answer:
    """What a command has to say in the end: JSON-serialisable `data`, and `text` for people.

    Whatever is in that, only plain lines get to the terminal. A `fault` is what could not be done
    although there is an answer; it decides the exit code.
    """

    data: Any
    text: str
    fault: Optional[OrthancConnectError] = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", plain_lines(self.text))


def tell(args: argparse.Namespace, text: str) -> None:
    """Write to stderr what a person needs to see besides the answer or the error."""
    if not args.json:
        aside(f"{plain_lines(text)}\n")


def ask(question: str) -> Optional[str]:
    """Ask on the terminal, and return the line typed; None where nobody sits."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    aside(question)
    return sys.stdin.readline().strip()


def agrees(args: argparse.Namespace, question: str) -> Optional[bool]:
    """Ask a question of yes or no, and return the answer; None where nobody can be asked."""
    typed = None if args.json else ask(f"{question} [y/N] ")
    return None if typed is None else typed.lower() in ("y", "yes")


def warn(text: str) -> None:
    """Write one line to stderr, whatever the output is."""
    aside(f"orthancconnect: {plain_lines(text)}\n")


def json_text(data: Any) -> str:
    """Return one JSON document in pure ASCII: safe on every terminal and in every pipe."""
    return json.dumps(data, ensure_ascii=True, indent=2)


def error_text(error: OrthancConnectError) -> str:
    """Return an error as people read it: what happened, and below it what to do."""
    text, hint = f"orthancconnect: {plain_text(error.message, 1000)}", error.hint
    if isinstance(error, MissingDependencyError):  # a panel has a button for it
        hint += f' The command: pip install "orthancconnect[{error.facts.get("extra", "")}]"'
    return f"{text}\n  {plain_text(hint, 1000)}" if hint else text


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
    counts = {
        "expected": (receipt.expected, True),
        "stored": (receipt.stored, True),
        "already there": (receipt.already_stored, True),
        "skipped": (receipt.skipped, True),
        "failed": (receipt.failed, True),
        "there, but different": (receipt.different, False),
        "verified": (receipt.verified, False),
        "not reached": (receipt.missing, False),
    }
    rows = {name: str(number) for name, (number, always) in counts.items() if number or always}
    width = max(map(len, rows.values()))
    lines = [headline, columns(((name, one.rjust(width)) for name, one in rows.items()), "  ")]
    how = f"  {human_size(receipt.bytes)} in {human_seconds(receipt.seconds)}"
    if receipt.bytes and receipt.seconds > 0:
        how += f", {human_size(receipt.bytes / receipt.seconds)}/s"
    lines.append(how + (f", by {receipt.method}" if receipt.method else ""))
    if receipt.location:
        lines.append(f"  in {plain_text(receipt.location, 4096)}")
    lines.extend(f"  {note}" for note in receipt.notes)
    # Failures first: what was skipped is rarely news.
    problems = sorted(receipt.problems, key=lambda problem: problem.outcome == "skipped")
    lines.extend(problem_lines(problems[:SHOWN_PROBLEMS]))
    if len(problems) > SHOWN_PROBLEMS:
        lines.append(f"  … and {len(problems) - SHOWN_PROBLEMS} more (use --json)")
    lines.append(receipt.summary() + ("" if receipt.complete else " - incomplete"))
    return plain_lines("\n".join(lines))


def problem_lines(problems: Sequence[Problem]) -> List[str]:
    """Return each problem as a line, with its hint below where it is another than the last."""
    width = max([7, *(len(problem.outcome) for problem in problems)])
    lines, last_hint = [], ""
    for problem in problems:
        lines.append(f"  {problem.outcome:<{width}}  {problem.item}: {problem.reason}")
        if problem.hint and problem.hint != last_hint:
            lines.append(f"  {'':{width}}  {problem.hint}")
        last_hint = problem.hint
    return lines


def fault_of(cancelled: bool, done: bool, summary: str) -> Optional[OrthancConnectError]:
    """Return what an answer has for a fault: it was cancelled, or not all is well."""
    if cancelled:
        return OperationCancelled()
    return None if done else OrthancConnectError(summary)


def receipt_answer(receipt: Receipt, headline: str) -> Answer:
    """Return the answer of a transfer."""
    fault = fault_of(receipt.cancelled, receipt.complete, receipt.summary())
    return Answer(receipt.to_dict(), receipt_text(receipt, headline), fault)


def tree_lines(roots: Iterable[Tuple[str, Sequence[Tuple[str, Sequence[str]]]]]) -> List[str]:
    """Return patients, their studies and the series below as a tree, as stdout can show it."""
    fork, last, line = "├─ ", "└─ ", "│  "
    try:
        (fork + last + line).encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        fork, last, line = "|- ", "`- ", "|  "
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    lines: List[str] = []

    def add(before: str, text: str, below: str) -> None:
        """Add a line; what is too wide for a terminal has its identifier on a line of its own."""
        start, _gap, end = text.rpartition("  ")
        wide = start and 0 < width < len(before + text)
        lines.extend([before + start, below + end] if wide else [before + text])

    for root, branches in roots:
        add("", root, "   ")
        for number, (branch, leaves) in enumerate(branches, 1):
            is_last = number == len(branches)
            below = "   " if is_last else line
            add(last if is_last else fork, branch, below + (line if leaves else "   "))
            for leaf in leaves[:-1]:
                add(below + fork, leaf, below + line)
            for leaf in leaves[-1:]:
                add(below + last, leaf, below + "   ")
    return lines


def series_line(series: Union[SeriesRecord, SeriesRow], count: str, *more: str) -> str:
    """Return what there is to say of one series."""
    number = "-" if series.series_number is None else str(series.series_number)
    what = (series.series_description, series.modality)
    return joined(number, *what, count, *more, plain_identifier(series.series_instance_uid))


def joined(*parts: str) -> str:
    """Return what is not empty of some texts, as one line."""
    return "  ".join(plain_text(part, _LONGEST_PART) for part in parts if part)


def dicom_side(profile: ServerProfile) -> str:
    """Return AE title and address of a server's DICOM side."""
    return shown_host(f"{profile.called_ae_title}@{profile.dicom_host}:{profile.dicom_port}")


def place_of(profile: ServerProfile) -> str:
    """Return name and address of a server."""
    return f"{profile.name} ({profile.shown_url})"
