"""The command line's work lists: what a group works through together."""

from __future__ import annotations

import argparse
import csv
import getpass
import io
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from ..orthanc.client import OrthancClient
from ..orthanc.identifiers import study_orthanc_id
from ..orthanc.labels import named
from ..profile_store import find_profile
from ..query.cohort import read_cohort, series_of, why_not_found
from ..query.run import query as find
from ..shared.errors import InputError, OrthancConnectError
from ..shared.profile import HTTPS, ServerProfile
from ..shared.query import QueryFilters, display_date, display_person_name
from ..shared.validation import plain_identifier, spreadsheet_cell
from ..worklist import cases as lists
from ..worklist import steps
from ..worklist.scheme import REVIEW, TODO, Case, list_name
from .login import client_for
from .output import SHOWN_PROBLEMS, Answer, agrees, columns, counted, joined, place_of
from .query import filters_from


@contextmanager
def _server(args: argparse.Namespace) -> Iterator[Tuple[ServerProfile, OrthancClient]]:
    if args.list:
        list_name(args.list)
    profile = find_profile(args.profile)
    with client_for(args, profile) as client:
        yield profile, client


def _person(args: argparse.Namespace, profile: ServerProfile) -> str:
    return str(args.person or profile.user or getpass.getuser())


def create(args: argparse.Namespace) -> Answer:
    """Put studies on a list: what a table names, or what a query finds.

    Raises
    ------
    InputError
        Neither or both were chosen, or nothing is found.
    """
    filters = filters_from(args)
    if bool(args.from_csv) == (args.query or not filters.is_empty):
        raise InputError(
            "A list is made of a table, or of what filters find.",
            "Give --from-csv FILE, or filters, such as --modality CT; or --query for all studies.",
        )
    with _server(args) as (profile, client):
        missing: List[Dict[str, Any]] = []
        if args.from_csv:
            studies, missing = _of_table(args, client)
        else:
            studies = _of_query(profile, client, filters)
        if not studies:
            raise InputError("There is no study for the list.", "Look with orthancconnect query.")
        new, count = lists.create(client, args.list, studies, args.review)
    text = [f"{counted(new, 'case')} added to {args.list}, which has {count}"]
    text += [f"  line {one['line']}: {one['reason']}" for one in missing[:SHOWN_PROBLEMS]]
    data = {"list": args.list, "added": new, "cases": count, "missing": missing}
    fault = None
    if missing:
        text.append(f"{counted(len(missing), 'row')} of the table without a study")
        fault = OrthancConnectError(text[-1])
    return Answer(data, "\n".join(text), fault)


def _of_query(profile: ServerProfile, client: OrthancClient, filters: QueryFilters) -> List[str]:
    return [one.orthanc_id for one in find(profile, client, filters, via=HTTPS).studies]


def _of_table(
    args: argparse.Namespace, client: OrthancClient
) -> Tuple[List[str], List[Dict[str, Any]]]:
    path = Path(args.from_csv).expanduser()
    table = read_cohort(client, path, args.column or "", args.by or "")
    found = series_of(client, table.kind, (value for _line, value in table.values))
    studies: Dict[str, None] = {}
    missing = []
    for line, value in table.values:
        for one in found.get(value, ()):
            studies[study_orthanc_id(one.patient_id, one.study_instance_uid)] = None
        if value not in found:
            reason = why_not_found(table.kind, value)[0]
            missing.append({"line": line, "value": value, "reason": reason})
    return list(studies), missing


def assign(args: argparse.Namespace) -> Answer:
    """Let one person alone have cases.

    Raises
    ------
    InputError
        Neither studies nor a number of them were given, or one can't be assigned.
    """
    if bool(args.studies) == bool(args.count):
        raise InputError("No case is named.", "Name studies, or say how many by --count.")
    with _server(args) as (_profile, client):
        if args.count:
            free = (one for one in _entries(client, args.list) if one.case.state == TODO)
            chosen = [one.orthanc_id for one in free if not one.case.user][: args.count]
        else:
            chosen = [_study(client, name) for name in args.studies]
        for study in chosen:
            steps.step(client, args.list, study, "assign", args.to)
    whose = args.to or "anybody"
    data = {"list": args.list, "user": args.to, "studies": chosen}
    return Answer(data, f"{counted(len(chosen), 'case')} of {args.list} for {whose}")


def _entries(client: OrthancClient, name: str) -> List[lists.Entry]:
    """Return the cases of a list, which has some if it is there at all."""
    found = list(lists.entries(client, name))
    if not found:
        raise InputError(
            f"The server has no work list {name}.", "See orthancconnect worklist status."
        )
    return found


def _study(client: OrthancClient, name: str) -> str:
    level, orthanc_id = named(client, name)
    if level != "Study":
        raise InputError(f"{plain_identifier(name)} is a series.", "Name its study.")
    return orthanc_id


def status(args: argparse.Namespace) -> Answer:
    """Tell how far lists are."""
    with _server(args) as (profile, client):
        found = lists.entries_by_list(client)
        if args.list:
            found = iter([(args.list, _entries(client, args.list))])
        told = {name: [one.case for one in cases] for name, cases in found}
    data = [_status(name, cases) for name, cases in told.items()]
    lines: List[str] = []
    for one in data:
        shown = ", ".join(f"{number} {state}" for state, number in one["states"].items() if number)
        lines.append(f"{one['list']}: {one['left']} left of {counted(one['cases'], 'case')}")
        lines += [f"  {shown}"] if shown else []
        if args.list and one["users"]:
            rows = ((user, *map(str, known.values())) for user, known in one["users"].items())
            lines.append(columns([("", *one["states"]), *rows], "  "))
    text = "\n".join(lines) or f"There is no work list on {place_of(profile)}."
    return Answer({"lists": data}, text)


def _status(name: str, cases: Sequence[Case]) -> Dict[str, Any]:
    users = sorted({one.user for one in cases if one.user})
    states = lists.counts(cases)
    return {
        "list": name,
        "cases": len(cases),
        "left": sum(states[one] for one in lists.LEFT),
        "states": states,
        "users": {user: lists.counts(one for one in cases if one.user == user) for user in users},
    }


def next(args: argparse.Namespace) -> Answer:
    """Open the next case."""
    with _server(args) as (profile, client):
        person = _person(args, profile)
        entry = steps.claim_next(
            client, args.list, person, resume=args.resume, hours=float(args.stale)
        )
        if entry is None:
            _entries(client, args.list)
    if entry is None:
        return Answer({"case": None}, f"There is nothing left on {args.list} for {person}.")
    who = joined(display_person_name(entry.patient_name), plain_identifier(entry.patient_id))
    what = joined(display_date(entry.study_date), entry.study_description)
    lines = [who, what, plain_identifier(entry.study_instance_uid), f"claim {entry.case.claim}"]
    lines += [f"the reviewer wrote: {entry.case.note}"] if entry.case.note else []
    return Answer({"case": entry.row()}, "\n".join(lines))


def _step(args: argparse.Namespace, deed: str, text: str = "") -> Answer:
    with _server(args) as (profile, client):
        study = _study(client, args.study)
        person, claim = _person(args, profile), getattr(args, "claim", "")
        case = steps.step(client, args.list, study, deed, person, claim=claim, text=text)
    data = {"list": args.list, "study": study, "state": case.state, "user": case.user}
    state = {REVIEW: "waiting for a reviewer", TODO: "to be done"}.get(case.state, case.state)
    return Answer(data, f"{plain_identifier(args.study)} is {state} on {args.list}.")


def done(args: argparse.Namespace) -> Answer:
    """Say that a case is done."""
    return _step(args, "done")


def skip(args: argparse.Namespace) -> Answer:
    """Leave a case out."""
    return _step(args, "skip", args.reason)


def accept(args: argparse.Namespace) -> Answer:
    """Accept what was done."""
    return _step(args, "accept", args.note)


def reject(args: argparse.Namespace) -> Answer:
    """Send a case back."""
    return _step(args, "reject", args.note)


def release(args: argparse.Namespace) -> Answer:
    """Give a case back that somebody has open."""
    return _step(args, "release", args.reason)


def table(args: argparse.Namespace) -> Answer:
    """Print who has done what."""
    with _server(args) as (_profile, client):
        rows = [one.row() for one in _entries(client, args.list)]
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(lists.COLUMNS)
    writer.writerows([spreadsheet_cell(row[name]) for name in lists.COLUMNS] for row in rows)
    return Answer({"list": args.list, "cases": rows}, lines.getvalue().rstrip("\n"))


def remove(args: argparse.Namespace) -> Answer:
    """Take a list off the server.

    Raises
    ------
    InputError
        Nobody agreed to it.
    """
    question = f"Take the work list {args.list} off the server, with all that was noted there?"
    if not args.yes and not agrees(args, question):
        raise InputError("Nothing was changed.", "Agree to it, or say --yes.")
    with _server(args) as (_profile, client):
        _entries(client, args.list)
        count = lists.remove(client, args.list)
    text = f"{counted(count, 'case')} taken off {args.list}; the studies stay."
    return Answer({"list": args.list, "cases": count}, text)
