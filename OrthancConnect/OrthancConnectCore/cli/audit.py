"""The command line's ``audit``: what was sent, fetched, changed and deleted from this account."""

from __future__ import annotations

import argparse
import csv
import io
from datetime import datetime
from typing import Any, Dict, List, Mapping, Sequence

from .. import audit as log
from ..shared.errors import ConfigurationError
from ..shared.validation import spreadsheet_cell
from .output import Answer, columns, counted

#: Events that are shown; ``--csv`` and ``--json`` have all.
_SHOWN = 50


def audit(args: argparse.Namespace) -> Answer:
    """Show the audit log, or switch patients' names in it on and off."""
    if args.patients:
        log.tell_patients(args.patients == "on")
    since = _moment(args.since) if args.since else None
    events, broken = log.read(since)
    tells = log.tells_patients()
    data = {
        "events": events,
        "unreadable": broken,
        "file": str(log.log_path()),
        "patients": tells,
    }
    if args.csv and not args.json:
        return Answer(data, _csv(events))
    rows = [_row(event) for event in events[-_SHOWN:]]
    lines = [columns(rows)] if rows else []
    if len(events) > _SHOWN:
        lines.insert(0, f"… {len(events) - _SHOWN} earlier ones (use --csv or --json)")
    lines.append(f"{counted(len(events), 'event')} in {log.log_path()}")
    if broken:
        lines.append(f"{counted(broken, 'line')} can't be read: a process was killed meanwhile.")
    lines.append(f"Patients' names and IDs are {'noted' if tells else 'not noted'}.")
    return Answer(data, "\n".join(lines))


def _moment(text: str) -> datetime:
    """Return a moment that was typed, in this computer's time zone unless it has its own."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError, OSError) as error:
        raise ConfigurationError(
            "The moment for --since can't be read.", "Write it as 2026-11-29 or 2026-11-29T18:30."
        ) from error


def _row(event: Mapping[str, Any]) -> Sequence[str]:
    done = event.get("stored", 0) + event.get("already_stored", 0)
    count = f"{done} of {event['expected']}" if event.get("expected") else ""
    when = datetime.fromisoformat(event["time"]).astimezone().isoformat(" ", "seconds")[:19]
    who = (str(event.get(name, "")) for name in ("who", "server"))
    return when, event["event"], event["outcome"], event["profile"], count, *who


def _csv(events: List[Dict[str, Any]]) -> str:
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(log.COLUMNS)
    for event in events:
        writer.writerow([spreadsheet_cell(cell) for cell in log.row_of(event).values()])
    return lines.getvalue().rstrip("\n")
