"""The command line's work with a server: echo and retrieve."""

from __future__ import annotations

import argparse
import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple

from ..profile_store import find_profile
from ..shared.errors import InputError, OperationCancelled, OrthancConnectError
from ..shared.profile import AUTOMATIC, HTTPS, ServerProfile
from ..shared.receipts import FAILED, InstanceRow
from ..shared.validation import can_be_asked_for, plain_identifier, uid_fault
from ..tables import table
from .login import client_for
from .output import (
    Answer,
    columns,
    dicom_side,
    error_text,
    human_seconds,
    place_of,
    receipt_answer,
    tell,
)
from .progress import ProgressBar, cancel_by_signal


def echo(args: argparse.Namespace) -> Answer:
    """Ask both sides of the server whether they answer."""
    profile = find_profile(args.profile)
    data: Dict[str, Any] = {"profile": profile.name}
    rows: List[Tuple[str, str]] = []
    faults: List[OrthancConnectError] = []
    checks = {"https": _echo_https, "dicom": _echo_dicom}
    for name in [args.only] if args.only else list(checks):
        try:
            facts, words = checks[name](args, profile)
            data[name] = {"ok": True, **facts}
            rows.append((name.upper(), f"{human_seconds(facts['seconds'])}  {words}"))
        except OperationCancelled:
            raise
        except OrthancConnectError as error:
            faults.append(error)
            data[name] = {"ok": False, "error": error.to_dict()}
            rows.append((name.upper(), "failed"))
    lines = [place_of(profile), columns(rows, "  ")]
    for fault in faults:
        tell(args, error_text(fault))
    return Answer(data, "\n".join(lines), faults[0] if faults else None)


def _echo_https(args: argparse.Namespace, profile: ServerProfile) -> Tuple[Dict[str, Any], str]:
    with client_for(args, profile) as client:
        start = time.perf_counter()
        system = client.system()
        seconds = time.perf_counter() - start
    facts = {"seconds": round(seconds, 4), **asdict(system)}
    return facts, f"Orthanc {system.version}  {system.name}"


def _echo_dicom(_args: argparse.Namespace, profile: ServerProfile) -> Tuple[Dict[str, Any], str]:
    from ..dimse.services import echo as c_echo

    with cancel_by_signal() as token:
        seconds = c_echo(profile, token=token)
    facts = {"seconds": round(seconds, 4), "called_ae_title": profile.called_ae_title}
    return facts, f"C-ECHO  {dicom_side(profile)}"


def needs_dicom(method: str) -> None:
    """Ask for pynetdicom, where a method can't do without, before the password is asked for."""
    if method not in (AUTOMATIC, HTTPS):
        from ..dimse import services  # noqa: F401


def retrieve(args: argparse.Namespace) -> Answer:
    """Fetch patients, studies or series into a folder.

    Raises
    ------
    InputError
        Nothing was chosen to retrieve.
    """
    if not (args.patient or args.study or args.series):
        raise InputError(
            "Nothing was chosen to retrieve.",
            "Name it by --patient, --study or --series, or give a table by --from-csv.",
        )
    from ..retrieve.run import Selection, targets_of
    from ..retrieve.run import retrieve as fetch

    profile = find_profile(args.profile)
    method = args.method or profile.retrieve_method
    selection = Selection(
        patient_ids=tuple(args.patient),
        study_instance_uids=tuple(args.study),
        series_instance_uids=tuple(args.series),
    )
    needs_dicom(method)
    folder = Path(args.output).expanduser()
    with client_for(args, profile) as client:
        targets = targets_of(client, selection)
        absent = _not_on_server(args, targets)
        if not targets:
            raise InputError(*_nothing(*absent[0]))
        with _rows_to(args.receipt) as (add, summary):
            with cancel_by_signal() as token, ProgressBar(not args.json) as bar:
                way: Any = {"method": method, "progress": bar, "token": token, "rows": add}
                receipt = fetch(profile, client, targets, folder, **way)
            for kind, value in absent:
                receipt.expected += 1
                why = _nothing(kind, value)
                receipt.add_failed(f"{kind} {plain_identifier(value)}", *why)
                add(InstanceRow("", FAILED, reason=why[0], hint=why[1]))
            summary.update(receipt.to_dict())
    return receipt_answer(receipt, f"Retrieved from {place_of(profile)}")


@contextmanager
def _rows_to(file: str) -> Iterator[Tuple[Callable[[InstanceRow], None], Dict[str, Any]]]:
    """Yield what takes the rows of a receipt, and what is to be filled with the receipt itself."""
    receipt: Dict[str, Any] = {}
    if not file:
        yield (lambda _row: None), receipt
        return
    try:
        with table(Path(file).expanduser(), InstanceRow._fields, receipt, "receipt") as add:
            yield (lambda row: add(row._asdict())), receipt
    except InputError as error:
        if receipt:
            error.facts["receipt"] = receipt  # the sum is told if nothing else
        raise


def _nothing(kind: str, value: str) -> Tuple[str, str]:
    """Return why a retrieve found nothing of something, and what to do."""
    if kind != "patient" and not can_be_asked_for(value.strip()):
        reason = f"The server can't be asked for the {kind}: its UID {uid_fault(value.strip())}."
        return reason, "Name the patient by --patient instead."
    return (
        f"The server has nothing of what was chosen: {kind} {plain_identifier(value)}.",
        "Query it first: orthancconnect query.",
    )


def _not_on_server(args: argparse.Namespace, targets: Sequence[Any]) -> List[Tuple[str, str]]:
    """Return what was asked for and is in no target: its kind, and its value."""
    found = {
        "patient": {target.patient_id.rstrip() for target in targets},
        "study": {target.study_instance_uid for target in targets},
        "series": {target.series_instance_uid for target in targets},
    }
    return [
        (kind, value)
        for kind, there in found.items()
        for value in getattr(args, kind)
        if (value if kind == "patient" else value.strip()).rstrip() not in there
    ]
