"""The command line's results: what waits here, what a study has, and the way between."""

from __future__ import annotations

import argparse
import re
from dataclasses import asdict
from typing import Any, Dict, List, Sequence

from ..files import prepare_folder
from ..orthanc.labels import named
from ..profile_store import find_profile
from ..results import kept
from ..results.fetch import fetch as bring
from ..results.listing import results_of
from ..results.send import send as take_home
from ..shared.errors import InputError, OrthancConnectError
from ..shared.results import StudyResult
from ..shared.validation import plain_identifier
from .login import client_for
from .output import Answer, columns, counted, human_size, place_of, receipt_answer, tell
from .progress import ProgressBar, cancel_by_signal


def waiting(_args: argparse.Namespace) -> Answer:
    """Show the results that wait on this computer."""
    found = [one.to_dict() for one in kept.waiting()]
    rows = [
        (
            one["result_id"],
            one.get("kind", "?"),
            one.get("created", ""),
            one.get("author", ""),
            one.get("title", ""),
            one["fault"] or ("being sent" if one["busy"] else ""),
        )
        for one in found
    ]
    return Answer({"results": found}, columns(rows) if rows else "No result waits.")


def send(args: argparse.Namespace) -> Answer:
    """Send results that wait: those that are named, or all."""
    profile = find_profile(args.profile)
    chosen = args.results or [one.result_id for one in kept.waiting() if not one.busy]
    if not chosen:
        return Answer({"receipt": None, "rows": [], "results": []}, "No result waits.")
    with client_for(args, profile) as client:
        with cancel_by_signal() as token, ProgressBar(not args.json) as bar:
            sending = take_home(
                client,
                chosen,
                mark_replaced=args.mark_replaced,
                patience=float(args.wait),
                progress=bar,
                token=token,
            )
    answer = receipt_answer(sending.receipt, f"Sent to {place_of(profile)}")
    rows = [
        (one.outcome, one.kind, one.title or one.result_id, _named(vars(one)))
        for one in sending.fates
    ]
    text = "\n".join([columns(rows, "  "), answer.text])
    return Answer(sending.to_dict(), text, answer.fault)


def remove(args: argparse.Namespace) -> Answer:
    """Remove one of them.

    Raises
    ------
    InputError
        There is no such result, or it is being sent.
    """
    if not kept.remove(args.result):
        raise InputError("There is no such result.", "See orthancconnect results waiting.")
    return Answer({"removed": args.result}, "Removed. What the server has of it stays there.")


def list_results(args: argparse.Namespace) -> Answer:
    """Show the results that a study has on the server."""
    profile = find_profile(args.profile)
    with client_for(args, profile) as client, cancel_by_signal() as token:
        found = results_of(client, _study(client, args.study), token)
    rows = [
        (
            one.kind,
            one.time,
            one.author,
            f"version {one.version}" + (", replaced" if one.replaced else ""),
            human_size(one.size),
            one.title,
            _named(asdict(one)),
        )
        for one in found
    ]
    text = "\n".join(filter(None, [columns(rows) if rows else "", counted(len(rows), "result")]))
    return Answer({"results": [asdict(one) for one in found]}, text)


def fetch(args: argparse.Namespace) -> Answer:
    """Bring results of a study into a folder, each into a folder of its own there."""
    profile, folder = find_profile(args.profile), prepare_folder(args.output)
    rows: List[Dict[str, Any]] = []
    faults: List[OrthancConnectError] = []
    with client_for(args, profile) as client:
        found = results_of(client, _study(client, args.study))
        wanted = _chosen(found, args.result)
        with cancel_by_signal() as token, ProgressBar(not args.json) as bar:
            for one in wanted:
                place = folder / re.sub(r"\W+", "-", _named(asdict(one)))
                row: Dict[str, Any] = {"result": asdict(one), "folder": str(place)}
                try:
                    row["record"] = bring(client, one, place, progress=bar, token=token)
                except OrthancConnectError as error:
                    token.raise_if_cancelled()
                    row["reason"] = error.message
                    faults.append(error)
                    tell(args, f"{one.kind} {one.title}: {error}")
                rows.append(row)
    shown = [
        (row["result"]["kind"], row["result"]["title"], row.get("reason") or row["folder"])
        for row in rows
    ]
    text = columns(shown) if shown else "The study has no results."
    return Answer({"results": rows}, text, faults[0] if faults else None)


def _chosen(found: Sequence[StudyResult], names: Sequence[str]) -> List[StudyResult]:
    """Return the results that are named; without a name all that are not replaced."""
    if not names:
        return [one for one in found if not one.replaced]
    by_name = {_named(asdict(one)): one for one in found}
    for name in names:
        if name not in by_name:
            raise InputError(
                f"The study has no result {plain_identifier(name)}.",
                "See orthancconnect results list.",
            )
    return [by_name[name] for name in names]


def _named(result: Dict[str, Any]) -> str:
    """Return what names a result: its series, or the number of a scene."""
    return str(result["series_instance_uid"] or result["number"] or "")


def _study(client: Any, name: str) -> str:
    level, orthanc_id = named(client, name)
    if level != "Study":
        raise InputError(
            f"{plain_identifier(name)} is a series.", "Name the study that it belongs to."
        )
    return orthanc_id
