"""The command line's look at files before anything is sent: ``scan``."""

from __future__ import annotations

import argparse
import time
from typing import Dict, List, Sequence

from ..scan.tree import MOST_PROBLEMS, ScanSummary, scan_tree
from ..setup.sample import make_study
from ..shared.query import display_date, display_person_name
from ..shared.series import SeriesRow
from ..shared.validation import plain_identifier
from .output import (
    Answer,
    columns,
    counted,
    fault_of,
    human_seconds,
    human_size,
    joined,
    problem_lines,
    series_line,
    tree_lines,
)
from .progress import ProgressBar, cancel_by_signal

Tree = Dict[str, Dict[str, List[SeriesRow]]]


def scan(args: argparse.Namespace) -> Answer:
    """Show what files and folders hold."""
    began = time.perf_counter()
    with cancel_by_signal() as token, ProgressBar(not args.json) as bar:
        summary = scan_tree(args.paths, progress=bar, token=token)
    seconds = time.perf_counter() - began
    broken = "Some files are missing, broken or could not be read."
    fault = fault_of(not summary.complete, not summary.failed, broken)
    return Answer(summary.to_dict(), summary_text(summary, seconds, args.problems), fault)


def sample(args: argparse.Namespace) -> Answer:
    """Make the sample study."""
    files = make_study(args.folder)
    text = f"{counted(len(files), 'instance')} of a drawn chest in {args.folder}"
    return Answer({"folder": str(args.folder), "files": [str(path) for path in files]}, text)


def summary_text(summary: ScanSummary, seconds: float, names_problems: bool) -> str:
    """Return what a scan found as people read it: a tree, sums, and what is no instance.

    With `names_problems` each problem is named, instead of how many there are of a kind.
    """
    tree = _tree(summary.series)
    lines = _tree_lines(tree)
    lines.append(_sums(summary, tree, seconds))
    kinds = (
        (summary.duplicates, "duplicate", "an instance once more, byte by byte"),
        (summary.conflicts, "conflict", "a SOP Instance UID once more, with other content"),
    )
    lines += [f"{counted(number, noun)}: {what}" for number, noun, what in kinds if number]
    lines += [f"{counted(n, 'instance')}: {fault}" for fault, n in summary.faults.items()]
    if summary.problem_count:
        lines.append(f"{counted(summary.problem_count, 'file')} left out:")
        lines += problem_lines(summary.problems) if names_problems else [_reasons(summary)]
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
    roots = []
    for patient_id, studies in tree.items():
        first = next(iter(studies.values()))[0]
        name = display_person_name(first.patient_name) or "(no name)"
        branches = [(_study_line(rows), list(map(_series_line, rows))) for rows in studies.values()]
        roots.append((joined(name, plain_identifier(patient_id)), branches))
    return tree_lines(roots)


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
    duplicates = counted(row.duplicates, "duplicate") if row.duplicates else ""
    conflicts = counted(row.conflicts, "conflict") if row.conflicts else ""
    count = counted(row.instances, "instance")
    return series_line(row, count, human_size(row.bytes), duplicates, conflicts)


def _sums(summary: ScanSummary, tree: Tree, seconds: float) -> str:
    parts = (
        counted(len(tree), "patient"),
        counted(sum(len(studies) for studies in tree.values()), "study"),
        counted(len(summary.series), "series"),
        counted(summary.instances, "instance"),
        human_size(summary.bytes),
    )
    return f"{', '.join(parts)} in {human_seconds(seconds)}"


def _reasons(summary: ScanSummary) -> str:
    rows = sorted((outcome, -count, reason) for (outcome, reason), count in summary.reasons.items())
    width = max(len(str(-count)) for _outcome, count, _reason in rows)
    return columns(
        ((str(-count).rjust(width), outcome, reason) for outcome, count, reason in rows), "  "
    )
