"""The command line's labels of studies and series."""

from __future__ import annotations

import argparse
from typing import Any, Dict, List

from ..orthanc.labels import all_labels, labels_of, named, relabel
from ..profile_store import find_profile
from ..shared.errors import InputError, OrthancConnectError
from ..shared.query_checks import checked_labels
from ..shared.validation import plain_identifier
from .login import client_for
from .output import Answer, columns, counted


def label(args: argparse.Namespace) -> Answer:
    """Show labels, put some on studies and series, take others away.

    Raises
    ------
    InputError
        A label that Orthanc would not take, or there is nothing that it is for.
    """
    add, remove = checked_labels(args.add), checked_labels(args.remove)
    if (args.list or not args.names) and (add or remove):
        raise InputError(
            "--add and --remove need studies or series, and change them: --list only shows.",
            "Name what gets or loses the labels, and leave --list out.",
        )
    profile = find_profile(args.profile)
    rows: List[Dict[str, Any]] = []
    faults: List[OrthancConnectError] = []
    with client_for(args, profile) as client:
        if not args.names:
            known = list(all_labels(client))
            return Answer({"labels": known}, "\n".join([*known, counted(len(known), "label")]))
        resources = [named(client, name) for name in args.names]
        for name, resource in zip(args.names, resources):
            row: Dict[str, Any] = {"name": name, "level": resource[0], "orthanc_id": resource[1]}
            try:
                if add or remove:
                    relabel(client, resource, add, remove)
                row["labels"] = list(labels_of(client, resource))
            except OrthancConnectError as error:
                row.update(labels=[], reason=error.message)
                faults.append(error)
            rows.append(row)
    shown = [
        (plain_identifier(one["name"]), one.get("reason") or ", ".join(one["labels"]) or "(none)")
        for one in rows
    ]
    return Answer({"resources": rows}, columns(shown), faults[0] if faults else None)
