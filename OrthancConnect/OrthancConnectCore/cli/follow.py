"""The command line's lasting work: ``follow``, and ``retrieve --from-csv``."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence

from ..follow import candidates
from ..follow import cohort as cohorts
from ..follow.command import command_of
from ..follow.run import follow as go_on
from ..profile_store import find_profile
from ..query.cohort import read_cohort
from ..shared.errors import InputError, OrthancConnectError
from ..shared.receipts import Receipt
from ..shared.upload_options import UploadOptions
from ..shared.validation import plain_identifier, plain_text
from ..tables import check_table, save_table
from .login import client_for
from .output import SHOWN_PROBLEMS, Answer, counted, fault_of, place_of, receipt_text, tell
from .progress import ProgressBar, cancel_by_signal
from .query import filters_from
from .transfer import needs_dicom
from .transfer import retrieve as by_name


def _receipt_file(args: argparse.Namespace, names: Sequence[str]) -> Optional[Path]:
    """Return where the rows go, if somewhere; it is looked at before anything is done."""
    if not args.receipt:
        return None
    path = Path(args.receipt).expanduser()
    check_table(path, names)
    return path


def retrieve(args: argparse.Namespace) -> Answer:
    """Fetch what was named, or what a table asks for.

    Raises
    ------
    InputError
        Both were chosen, or something that belongs to a table without one.
    """
    is_named = args.patient or args.study or args.series
    of_table = args.column or args.by
    if args.from_csv and not is_named:
        return _cohort(args)
    if args.from_csv or of_table:
        raise InputError(
            "--from-csv stands alone, and --column and --by belong to it.",
            "Name it by --patient, --study or --series, or give a table by --from-csv.",
        )
    return by_name(args)


def _cohort(args: argparse.Namespace) -> Answer:
    profile = find_profile(args.profile)
    target = _receipt_file(args, cohorts.COLUMNS)
    method = args.method or profile.retrieve_method
    needs_dicom(method)
    with client_for(args, profile) as client:
        client.system()
        path = Path(args.from_csv).expanduser()
        table = read_cohort(client, path, args.column or "", args.by or "")
        with cancel_by_signal() as token, ProgressBar(not args.json) as bar:
            fetched = cohorts.retrieve_cohort(
                *(profile, client, table, Path(args.output).expanduser()),
                method=method,
                progress=bar,
                token=token,
            )
    receipt = fetched.receipt
    if target is not None:
        save_table(target, cohorts.COLUMNS, map(asdict, fetched.rows), receipt.to_dict())
    lines = [receipt_text(receipt, f"Retrieved from {place_of(profile)}")]
    lines.append(f"{counted(len(fetched.rows), 'row')}, {fetched.faults} with something missing")
    missing = [row for row in fetched.rows if row.reason]
    lines += [
        f"  line {row.line}  {plain_identifier(row.value)}: {row.reason}"
        for row in missing[:SHOWN_PROBLEMS]
    ]
    if len(missing) > SHOWN_PROBLEMS:
        lines.append(f"  … and {len(missing) - SHOWN_PROBLEMS} more (use --receipt)")
    done = receipt.complete and not missing
    fault = fault_of(receipt.cancelled, done, lines[1])
    return Answer(fetched.to_dict(), "\n".join(lines), fault)


def follow(args: argparse.Namespace) -> Answer:
    """Fetch series as they come."""
    options = candidates.FollowOptions(
        since=args.since,
        once=args.once,
        interval=args.interval,
        quota=args.quota,
        keep_free=args.keep_free,
        command=command_of(args.for_each) if args.for_each else (),
        time_limit=args.run_limit,
    )
    filters = filters_from(args)
    profile = find_profile(args.name, args.profile)
    target = _receipt_file(args, candidates.COLUMNS)
    method = args.method or profile.retrieve_method
    needs_dicom(method)
    with client_for(args, profile) as client:
        client.system()
        with cancel_by_signal() as token, ProgressBar(not args.json) as bar:

            def upload(results: Path) -> Receipt:
                from ..upload.job import upload_job

                verified = UploadOptions(verify=True)
                return upload_job(client, [results], token=token, options=verified)

            followed = go_on(
                *(profile, client, Path(args.output).expanduser(), filters, options),
                method=method,
                upload=upload,
                finished=lambda row: tell(args, _line(row)),
                progress=bar,
                token=token,
            )
    data = followed.to_dict()
    if target is not None:
        save_table(target, candidates.COLUMNS, followed.rows, data["receipt"])
    lines = [receipt_text(followed.receipt, f"Followed {place_of(profile)}")]
    lines.append(
        f"{counted(followed.series, 'series')} finished, {followed.faults} with a fault, "
        f"{followed.waiting} waiting"
    )
    is_well = not followed.faults and followed.stopped != "full"
    return Answer(data, "\n".join(lines), None if is_well else OrthancConnectError(lines[1]))


def _line(row: Mapping[str, Any]) -> str:
    """Return what is told of a series when it is finished."""
    there = row["stored"] + row["already_stored"]
    parts = [f"{row['modality']}  {there} of {row['expected']} instances", row["folder"]]
    parts.append(row["reason"] or row["command_reason"])
    if row["exit_code"] == 0:
        parts.append(f"command done in {row['seconds']:g} s, {row['uploaded']} results uploaded")
    return "  ".join(plain_text(part, 4096) for part in parts if part)
