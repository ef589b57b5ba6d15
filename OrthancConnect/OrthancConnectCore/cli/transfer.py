"""The command line's work with a server: echo, query, retrieve."""

from __future__ import annotations

import argparse
import re
import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple

from ..profile_store import find_profile
from ..shared.errors import InputError, OperationCancelled, OrthancConnectError
from ..shared.profile import AUTOMATIC, HTTPS, ServerProfile
from ..shared.query import (
    QueryFilters,
    QueryResult,
    SeriesRecord,
    StudyRecord,
    display_date,
    display_person_name,
)
from ..shared.receipts import FAILED, InstanceRow
from ..shared.validation import begun, can_be_asked_for, plain_identifier, uid_fault
from ..tables import table
from .login import client_for
from .output import (
    Answer,
    columns,
    counted,
    dicom_side,
    error_text,
    human_seconds,
    joined,
    place_of,
    receipt_answer,
    series_line,
    tell,
    tree_lines,
)
from .progress import ProgressBar, cancel_by_signal

_DAY = r"\d{8}|\d{4}-\d{2}-\d{2}"
_DATES = re.compile(rf"(?P<first>{_DAY})?(?P<to>\s*-\s*)?(?P<last>{_DAY})?", re.ASCII)


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


def study_dates(text: str) -> Tuple[str, str]:
    """Return the first and the last day of ``D``, ``D1-D2``, ``D1-`` or ``-D2``.

    Raises
    ------
    InputError
        Written otherwise.
    """
    match = _DATES.fullmatch(text.strip())
    first, to, last = match.group("first", "to", "last") if match else (None, None, None)
    if not (first or last) or (first and last and not to):
        raise InputError(
            f"The date {begun(text)} can't be read.",
            "Type a day, 2026-03-02 or 20260302, or a range with a hyphen: 20260101-20260331.",
        )
    if not to:
        last = first
    return first or "", last or ""


def query(args: argparse.Namespace) -> Answer:
    """Find patients, studies and series by C-FIND."""
    from ..dimse.query import query as find

    first, last = study_dates(args.date) if args.date else ("", "")
    filters = QueryFilters(
        patient_name=args.patient_name or "",
        patient_id=args.patient_id or "",
        study_date_from=first,
        study_date_to=last,
        modalities=tuple(",".join(args.modality).replace(",", " ").split()),
        accession_number=args.accession or "",
        study_description=args.description or "",
    )
    profile = find_profile(args.profile)
    with cancel_by_signal() as token, ProgressBar(not args.json) as bar:
        result = find(profile, filters, limit=args.limit, progress=bar, token=token)
    text = query_text(result)
    if not result.patients and filters.patient_id[:1].isspace():
        text += "\nThe patient ID was looked for with the spaces before it."
    return Answer(asdict(result), text)


def query_text(result: QueryResult) -> str:
    """Return a query's result as a tree: patients, their studies, their series with counts."""
    roots = []
    for patient in result.patients:
        birth_date = display_date(patient.birth_date)
        facts = (plain_identifier(patient.patient_id), patient.sex, birth_date)
        name = display_person_name(patient.patient_name) or "(no name)"
        branches = [
            (_study_line(study), list(map(_series_line, study.series))) for study in patient.studies
        ]
        roots.append((joined(name, *facts), branches))
    return "\n".join([*tree_lines(roots), _sums(result), *result.notes])


def _study_line(study: StudyRecord) -> str:
    return joined(
        display_date(study.study_date) or "(no date)",
        study.study_description,
        "/".join(study.modalities),
        counted(len(study.series), "series") if study.series else "? series",
        study.accession_number and f"accession {study.accession_number}",
        plain_identifier(study.study_instance_uid),
        study.fault and f"- {study.fault}",
    )


def _series_line(series: SeriesRecord) -> str:
    number = series.number_of_instances
    count = "? instances" if number is None else counted(number, "instance")
    return joined(series_line(series, count), series.fault and f"- {series.fault}")


def _sums(result: QueryResult) -> str:
    text = f"{counted(len(result.patients), 'patient')}, {counted(len(result.studies), 'study')}, "
    text += counted(len(result.series), "series")
    numbers = [one.number_of_instances for one in result.series]
    if numbers and None not in numbers:
        text += ", " + counted(sum(map(int, filter(None, numbers))), "instance")
    text += f" in {human_seconds(result.seconds)}"
    if not result.patients:
        text += "\nNothing matches. Try fewer filters, or * for any text and ? for any character."
    elif result.limited:
        text += "\nThere is more than is shown: narrow the filters, or raise --limit."
    return text


def retrieve(args: argparse.Namespace) -> Answer:
    """Fetch patients, studies or series into a folder.

    Raises
    ------
    InputError
        Nothing was chosen to retrieve.
    """
    if not (args.patient or args.study or args.series):
        raise InputError(
            "Nothing was chosen to retrieve.", "Name it by --patient, --study or --series."
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
    if method not in (AUTOMATIC, HTTPS):
        from ..dimse import services  # noqa: F401  # asks for pynetdicom before the password
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
