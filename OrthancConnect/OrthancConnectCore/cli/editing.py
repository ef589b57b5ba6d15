"""The command line's ``delete`` and ``modify``: what is on the server goes, or is corrected."""

from __future__ import annotations

import argparse
from typing import Dict, Iterable

from .. import audit
from ..orthanc import editing
from ..orthanc.client import OrthancClient
from ..orthanc.labels import named
from ..profile_store import find_profile
from ..shared.corrections import ServerThing, checked_correction
from ..shared.errors import ConfigurationError, InputError
from ..shared.query import display_date, display_person_name
from ..shared.validation import plain_identifier, plain_text
from .login import client_for
from .output import Answer, ask, columns, counted, human_size, place_of, tell
from .progress import ProgressBar, cancel_by_signal


def delete(args: argparse.Namespace) -> Answer:
    """Delete a study or series from the server, once its patient's ID was typed.

    Raises
    ------
    ConfigurationError
        It was not typed; nothing was deleted.
    """
    profile = find_profile(args.profile)
    with client_for(args, profile) as client:
        thing = editing.look_at(client, *named(client, args.study))
        _confirm(args, client, thing)
        with audit.change("delete", profile, thing):
            editing.delete(client, thing)
    what = f"{counted(thing.instances, 'instance')}, {human_size(thing.bytes)}"
    text = f"Deleted from {place_of(profile)}: the {thing.level.lower()}, {what}."
    return Answer({"deleted": thing.to_dict()}, text)


def modify(args: argparse.Namespace) -> Answer:
    """Correct attributes of a study: in a copy beside it, or in its place.

    Raises
    ------
    ConfigurationError
        It is to be replaced, and its patient's ID was not typed; nothing was changed.
    InputError
        It is a series, or an attribute or value can't be.
    """
    wanted = checked_correction(_values(args.set))
    profile = find_profile(args.profile)
    with client_for(args, profile) as client:
        level, orthanc_id = named(client, args.study)
        if level != "Study":
            raise InputError("A series is not corrected by itself.", "Name its study.")
        thing = editing.look_at(client, level, orthanc_id)
        if args.replace_source:
            _confirm(args, client, thing)
        with audit.change("modify", profile, thing) as facts, cancel_by_signal() as token:
            with ProgressBar(not args.json) as bar:
                done = editing.correct(
                    client, thing, wanted, replace=args.replace_source, progress=bar, token=token
                )
            new = done.study
            facts.update(attributes=sorted(wanted), new=new.orthanc_id, replaced=done.replaced)
    stays = "is gone" if done.replaced else "is there as well"
    lines = [
        f"The corrected study has {counted(new.instances, 'instance')} of {thing.instances}, and "
        f"new UIDs; the old one {stays}.",
        f"  {plain_identifier(new.uid)}",
        *done.notes,
    ]
    data = {"before": thing.to_dict(), "after": new.to_dict(), "replaced": done.replaced}
    return Answer({**data, "notes": list(done.notes)}, "\n".join(lines))


def _values(pairs: Iterable[str]) -> Dict[str, str]:
    found: Dict[str, str] = {}
    for pair in pairs:
        keyword, sign, value = pair.partition("=")
        if not sign or keyword in found:
            raise InputError(
                f"{plain_text(keyword, 60)!r} has no value, or two.",
                "Write KEYWORD=VALUE, once for each: PatientName=Ruiz^Ana.",
            )
        found[keyword] = value
    return found


def _confirm(args: argparse.Namespace, client: OrthancClient, thing: ServerThing) -> None:
    """Show what goes, and have its patient's ID typed."""
    rows = {
        "server": place_of(client.profile),
        thing.level.lower(): f"{plain_identifier(thing.uid)}  {thing.description}",
        "patient": f"{plain_identifier(thing.patient_id)}  "
        f"{display_person_name(thing.patient_name) or '(no name)'}",
        "date": display_date(thing.study_date) or "-",
        "goes": f"{', '.join(thing.modalities) or '-'}: {counted(thing.series, 'series')}, "
        f"{counted(thing.instances, 'instance')}, {human_size(thing.bytes)}",
    }
    tell(args, columns(rows.items()))
    word = thing.confirmation
    typed = args.confirm
    if typed is None and not args.json:
        typed = ask(f"This can't be undone. Type {plain_identifier(word)} to have it deleted: ")
    if typed is None or typed.strip() != word:
        raise ConfigurationError(
            "The patient's ID was not typed; nothing was deleted.",
            "Type it on a terminal, or give it with --confirm.",
        )
