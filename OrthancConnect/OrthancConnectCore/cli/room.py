"""The command line's look at what is where: ``room`` on the disk, and ``open`` elsewhere."""

from __future__ import annotations

import argparse
import webbrowser
from pathlib import Path
from typing import Any, Dict, List

from ..orthanc.client import OrthancClient
from ..orthanc.elsewhere import study_page, viewers_of
from ..orthanc.records import patient_of, records_of
from ..profile_store import find_profile
from ..retrieve import room as rooms
from ..scan.tree import scan_tree
from ..shared.errors import ConfigurationError, InputError, OrthancConnectError
from ..shared.query import display_date, display_person_name
from ..shared.validation import plain_identifier, plain_text
from .login import client_for
from .output import Answer, ask, columns, counted, fault_of, human_size, joined, place_of, tell
from .progress import ProgressBar, cancel_by_signal

#: Studies that are named on the screen; ``--json`` has all.
_SHOWN = 50


def room(args: argparse.Namespace) -> Answer:
    """Show what a folder takes by study, and offer to clean it up.

    Raises
    ------
    InputError
        It is no folder.
    """
    folder = Path(args.folder).expanduser()
    if not folder.is_dir():
        raise InputError(f"{plain_text(folder, 300)} is no folder.", "Choose another.")
    if args.clean:
        return _clean(args, folder)
    with cancel_by_signal() as token, ProgressBar(not args.json) as bar:
        found = scan_tree([folder], progress=bar, token=token)
    studies: Dict[Any, Dict[str, Any]] = {}
    for row in found.series:
        study = studies.setdefault(
            (row.patient_id, row.study_instance_uid),
            {
                "patient_id": row.patient_id,
                "patient_name": row.patient_name,
                "study_instance_uid": row.study_instance_uid,
                "study_date": row.study_date,
                "study_description": row.study_description,
                **dict.fromkeys(("series", "instances", "bytes"), 0),
            },
        )
        study["series"] += 1
        study["instances"] += row.instances
        study["bytes"] += row.bytes
    largest = sorted(studies.values(), key=lambda one: -one["bytes"])
    lines = [columns(map(_row, largest[:_SHOWN]))] if largest else []
    if len(largest) > _SHOWN:
        lines.append(f"… and {len(largest) - _SHOWN} more (use --json)")
    sums = f"{counted(len(largest), 'study')}, {counted(found.instances, 'instance')}, "
    lines.append(sums + human_size(found.bytes) + _over(args.quota, found.bytes))
    data = {"folder": str(folder), "studies": largest, "bytes": found.bytes, "quota": args.quota}
    fault = fault_of(token.cancelled, not (args.quota and found.bytes > args.quota), lines[-1])
    return Answer(data, "\n".join(lines), fault)


def _over(quota: Any, size: int) -> str:
    if not quota:
        return ""
    more = size - quota
    return f" - {human_size(more)} over its quota" if more > 0 else f" of {human_size(quota)}"


def _row(study: Dict[str, Any]) -> List[str]:
    name = display_person_name(study["patient_name"]) or "(no name)"
    return [
        human_size(study["bytes"]).rjust(7),
        display_date(study["study_date"]),
        name,
        plain_identifier(study["patient_id"]),
        study["study_description"],
        f"{counted(study['series'], 'series')}, {counted(study['instances'], 'instance')}",
    ]


def _clean(args: argparse.Namespace, folder: Path) -> Answer:
    profile = find_profile(args.profile)
    with client_for(args, profile) as client:
        client.system()
        with cancel_by_signal() as token, ProgressBar(not args.json) as bar:
            paths = rooms.files_below(folder)
            studies = rooms.by_study(rooms.check_files(client, paths, progress=bar, token=token))
        titles = {} if args.json else _titles(client, studies)
    may_go = [one for one in studies if not one.reason]
    if args.quota is not None:
        may_go = _oldest(may_go, sum(one.bytes for one in studies) - args.quota)
    size = sum(one.bytes for one in may_go)
    what = f"{counted(len(may_go), 'study')}, {human_size(size)}"
    kept = [one for one in studies if one.reason]
    for one in kept[:_SHOWN]:
        tell(args, f"kept    {titles.get(one.study_instance_uid)}: {one.reason}")
    for one in may_go[:_SHOWN]:
        shown = f"{counted(len(one.files), 'file')}, {human_size(one.bytes)}"
        tell(args, f"may go  {titles.get(one.study_instance_uid)}: {shown}")
    question = f"Remove {what}, which {place_of(profile)} has with this content? [y/N] "
    agreed = bool(may_go) and (args.yes or (ask(question) or "").lower() in ("y", "yes"))
    freed = rooms.remove_all(profile, folder, may_go) if agreed else 0
    data = {
        "folder": str(folder),
        "may_go": [one.study_instance_uid for one in may_go],
        "kept": {one.study_instance_uid: one.reason for one in kept},
        "bytes": size,
        "removed": agreed,
        "freed": freed,
    }
    text = f"Removed {what}." if freed == size else f"Removed {human_size(freed)} of {what}."
    if not agreed:
        text = f"{what} may go; nothing was removed." if may_go else "Nothing may go."
    is_whole = not agreed or freed == size
    return Answer(data, text, None if is_whole else OrthancConnectError(text))


def _titles(client: OrthancClient, studies: List[rooms.StudyRoom]) -> Dict[str, str]:
    """Return whose studies these are, as the server tells; else what they are called."""
    titles = {one.study_instance_uid: plain_identifier(one.study_instance_uid) for one in studies}
    ids = (file.study_orthanc_id for one in studies[: 2 * _SHOWN] for file in one.files[:1])
    for patient in map(patient_of, records_of(client, "Study", ids)):
        study, who = patient.studies[0], display_person_name(patient.patient_name)
        what = display_date(study.study_date), study.study_description
        titles[study.study_instance_uid] = joined(who, plain_identifier(patient.patient_id), *what)
    return titles


def _oldest(studies: List[rooms.StudyRoom], too_much: int) -> List[rooms.StudyRoom]:
    """Return the first studies that make room for so many bytes."""
    chosen: List[rooms.StudyRoom] = []
    while studies and too_much > 0:
        chosen.append(studies.pop(0))
        too_much -= chosen[-1].bytes
    return chosen


def open_elsewhere(args: argparse.Namespace) -> Answer:
    """Tell where a viewer of the server shows a study.

    Raises
    ------
    ConfigurationError
        The server has no such viewer, or there is no web browser.
    """
    profile = find_profile(args.name, args.profile)
    with client_for(args, profile) as client:
        there = viewers_of(client)
        names = [one.name for one in there]
        if args.viewer and args.viewer not in names:
            raise ConfigurationError(
                f"The server has no such viewer; it has {', '.join(names)}.", "Choose one of these."
            )
        viewer = there[names.index(args.viewer) if args.viewer else 0]
        address = study_page(client, viewer, args.study.strip())
    if args.launch and not webbrowser.open(address):
        raise ConfigurationError(
            "There is no web browser that could be started.", f"Open it by hand: {address}"
        )
    return Answer({"viewer": viewer.name, "viewers": names, "url": address}, address)
