"""The command line's uploads of the past: ``jobs list`` and ``jobs remove``."""

from __future__ import annotations

import argparse
from typing import List, Sequence

from .cli_output import Answer, columns, counted
from .errors import InputError
from .journal_jobs import JobSummary, list_jobs, remove_job
from .validation import plain_text


def list_uploads(_args: argparse.Namespace) -> Answer:
    """Show the uploads that can be resumed, the latest first."""
    jobs = [job for job in list_jobs() if not job.finished]
    rows: List[Sequence[str]] = [_row(job) for job in jobs]
    text = columns(rows) if rows else "No upload was interrupted."
    return Answer({"jobs": [job.to_dict() for job in jobs]}, text)


def _row(job: JobSummary) -> Sequence[str]:
    there = job.outcomes.get("stored", 0) + job.outcomes.get("already_stored", 0)
    failed = job.outcomes.get("failed", 0)
    words = f"{counted(there, 'file')} stored"
    words += (f", {failed} failed" if failed else "") + (", running" if job.running else "")
    first = plain_text(job.identity.roots[0], 200)
    more = f" and {len(job.identity.roots) - 1} more" if len(job.identity.roots) > 1 else ""
    return job.job_id, words, first + more, job.identity.server


def remove(args: argparse.Namespace) -> Answer:
    """Forget one upload."""
    if not remove_job(args.job):
        raise InputError("There is no such upload.", "See orthancconnect jobs list.")
    return Answer({"removed": args.job}, "Forgotten. What it stored stays at the server.")
