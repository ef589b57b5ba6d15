"""The command line's look at files before anything is sent: ``scan``."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any, Dict, List, Sequence, Tuple

from ..scan.tree import MOST_PROBLEMS, ScanSummary, scan_tree
from ..shared.errors import OperationCancelled, OrthancConnectError
from ..shared.query import display_date, display_person_name
from ..shared.series import SeriesRow
from .output import Answer, Signs, columns, counted, human_seconds, human_size, joined
from .progress import ProgressBar, cancel_by_signal

Tree = Dict[str, Dict[str, List[SeriesRow]]]


def scan(args: argparse.Namespace) -> Answer:
    """Show what files and folders hold."""
    began = time.perf_counter()
    with cancel_by_signal() as token, ProgressBar(not args.json) as bar:
        summary = scan_tree(args.paths, progress=bar, token=token)
    seconds = time.perf_counter() - began
    faults: Tuple[OrthancConnectError, ...] = ()
    if not summary.complete:
        faults = (OperationCancelled(),)
    elif summary.failed:
        faults = (OrthancConnectError("Some files could not be read, or are broken.", ""),)
    return Answer(summary.to_dict(), summary_text(summary, seconds, args.problems), faults=faults)


def summary_text(summary: ScanSummary, seconds: float, names_problems: bool) -> str:
    """Return what a scan found as people read it: a tree, sums, and what is no instance.

    Parameters
    ----------
    summary : ScanSummary
        What was found.
    seconds : float
        How long that took.
    names_problems : bool
        Whether each problem is named, instead of how many there are of a kind.
    """
    tree = _tree(summary.series)
    lines = _tree_lines(tree)
    lines.append(_sums(summary, tree, seconds))
    lines.extend(_repeats(summary))
    if summary.problem_count:
        lines.append(f"{counted(summary.problem_count, 'file')} left out:")
        lines.append(_problems(summary) if names_problems else _reasons(summary))
        left_out = summary.problem_count - len(summary.problems)
        if names_problems and left_out:
            lines.append(f"  … and {left_out} more than the first {MOST_PROBLEMS}")
    if not summary.complete:
        lines.append("Cancelled: there may be more.")
    return "\n".join(lines)


def _tree(rows: Sequence[SeriesRow]) -> Tree:
    tree: Tree = {}
    for row in rows:
        tree.setdefault(row.patient_id, {}).setdefault(row.study_instance_uid, []).append(row)
    return tree


def _tree_lines(tree: Tree) -> List[str]:
    signs = Signs.of(sys.stdout)
    lines: List[str] = []
    for patient_id, studies in tree.items():
        first = next(iter(studies.values()))[0]
        lines.append(joined(display_person_name(first.patient_name) or "(no name)", patient_id))
        for number, rows in enumerate(studies.values(), 1):
            is_last = number == len(studies)
            lines.append((signs.last if is_last else signs.fork) + _study_line(rows))
            below = "   " if is_last else signs.line
            for place, row in enumerate(rows, 1):
                lead = signs.last if place == len(rows) else signs.fork
                lines.append(below + lead + _series_line(row))
    return lines


def _study_line(rows: Sequence[SeriesRow]) -> str:
    first = rows[0]
    if not first.study_instance_uid:
        return "(not told without a server)"
    return joined(
        display_date(first.study_date) or "(no date)",
        first.study_description,
        "/".join(sorted({row.modality for row in rows if row.modality})),
        counted(len(rows), "series"),
        human_size(sum(row.bytes for row in rows)),
        first.study_instance_uid,
    )


def _series_line(row: SeriesRow) -> str:
    return joined(
        "-" if row.series_number is None else str(row.series_number),
        row.series_description,
        row.modality,
        counted(row.instances, "instance"),
        human_size(row.bytes),
        counted(row.duplicates, "duplicate") if row.duplicates else "",
        counted(row.conflicts, "conflict") if row.conflicts else "",
        row.series_instance_uid,
    )


def _sums(summary: ScanSummary, tree: Tree, seconds: float) -> str:
    parts = (
        counted(len(tree), "patient"),
        counted(sum(len(studies) for studies in tree.values()), "study"),
        counted(len(summary.series), "series"),
        counted(summary.instances, "instance"),
        human_size(summary.bytes),
    )
    return f"{', '.join(parts)} in {human_seconds(seconds)}"


def _repeats(summary: ScanSummary) -> List[str]:
    lines = []
    if summary.duplicates:
        lines.append(
            f"{counted(summary.duplicates, 'duplicate')}: an instance once more, byte by byte"
        )
    if summary.conflicts:
        lines.append(
            f"{counted(summary.conflicts, 'conflict')}: a SOP Instance UID once more, "
            "with other content"
        )
    return lines


def _reasons(summary: ScanSummary) -> str:
    rows: List[Tuple[Any, ...]] = sorted(
        (outcome, -count, reason) for (outcome, reason), count in summary.reasons.items()
    )
    width = len(str(max(-count for _, count, _ in rows)))
    return columns(
        ((str(-count).rjust(width), outcome, reason) for outcome, count, reason in rows), "  "
    )


def _problems(summary: ScanSummary) -> str:
    lines = []
    for problem in summary.problems:
        lines.append(f"  {problem.outcome:<7}  {problem.item}: {problem.reason}")
        if problem.hint:
            lines.append(f"           {problem.hint}")
    return "\n".join(lines)
