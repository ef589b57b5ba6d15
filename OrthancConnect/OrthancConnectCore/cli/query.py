"""The command line's query: patients, studies and series as a tree, as JSON or as CSV."""

from __future__ import annotations

import argparse
import csv
import io
import re
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any, List, Sequence, Tuple

from ..profile_store import find_profile
from ..query.run import query as find
from ..shared.errors import ConfigurationError, InputError
from ..shared.profile import C_FIND, HTTPS
from ..shared.query import (
    QueryFilters,
    QueryResult,
    SeriesRecord,
    StudyRecord,
    display_date,
    display_person_name,
)
from ..shared.validation import begun, plain_identifier, spreadsheet_cell
from .login import client_for
from .output import Answer, counted, human_seconds, joined, series_line, tell, tree_lines
from .progress import ProgressBar, cancel_by_signal

_DAY = r"\d{8}|\d{4}-\d{2}-\d{2}"
_DATES = re.compile(rf"(?P<first>{_DAY})?(?P<to>\s*-\s*)?(?P<last>{_DAY})?", re.ASCII)
_OF_PATIENT = ("patient_id", "patient_name", "birth_date", "sex")
_OF_STUDY = (
    *("study_instance_uid", "study_date", "study_time", "study_description", "accession_number"),
    *("referring_physician", "institution", "labels"),
)
_OF_SERIES = (
    *("series_instance_uid", "series_number", "modality", "series_description", "body_part"),
    "number_of_instances",
)


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
            f"The date '{begun(text)}' can't be read.",
            "Type a day, 2026-03-02 or 20260302, or a range with a hyphen: 20260101-20260331.",
        )
    if not to:
        last = first
    return first or "", last or ""


def filters_from(args: argparse.Namespace) -> QueryFilters:
    """Return the filters that were typed."""
    first, last = study_dates(args.date) if args.date else ("", "")
    return QueryFilters(
        patient_name=args.patient_name or "",
        patient_id=args.patient_id or "",
        study_date_from=first,
        study_date_to=last,
        modalities=tuple(",".join(args.modality).replace(",", " ").split()),
        accession_number=args.accession or "",
        study_description=args.description or "",
        birth_date=args.birth_date or "",
        sex=args.sex or "",
        study_time=args.time or "",
        series_description=args.series_description or "",
        body_part=args.body_part or "",
        referring_physician=args.referring or "",
        institution=args.institution or "",
        labels=tuple(args.label),
    )


def query(args: argparse.Namespace) -> Answer:
    """Find patients, studies and series."""
    filters = filters_from(args)
    limit = 0 if args.all else args.limit
    profile = find_profile(args.profile)
    with ExitStack() as stack:
        client = None
        try:
            if args.via != C_FIND:
                client = stack.enter_context(client_for(args, profile))
        except ConfigurationError:
            if args.via == HTTPS or args.password_stdin:
                raise
        token = stack.enter_context(cancel_by_signal())
        bar = stack.enter_context(ProgressBar(not args.json))
        result = find(
            profile,
            client,
            filters,
            via=args.via,
            limit=limit,
            pages=args.page,
            progress=bar,
            token=token,
        )
    text = query_text(result, args.page)
    if not result.patients and filters.patient_id[:1].isspace():
        text += "\nThe patient ID was looked for with the spaces before it."
    if args.csv and not args.json:
        tell(args, "\n".join([_sums(result, args.page), *result.notes]))
        text = query_csv(result)
    return Answer(asdict(result), text)


def query_csv(result: QueryResult) -> str:
    """Return a query's result as CSV (RFC 4180), a row a series; a study without any has one too.

    Cells are safe for spreadsheets; dates and names are as DICOM has them.
    """
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(
        [*_OF_PATIENT, *_OF_STUDY, "study_orthanc_id", *_OF_SERIES, "series_orthanc_id"]
    )
    for patient in result.patients:
        for study in patient.studies:
            for series in study.series or [None]:
                writer.writerow(
                    [
                        *_cells(patient, _OF_PATIENT),
                        *_cells(study, (*_OF_STUDY, "orthanc_id")),
                        *_cells(series, (*_OF_SERIES, "orthanc_id")),
                    ]
                )
    return lines.getvalue().rstrip("\n")


def _cells(record: Any, names: Sequence[str]) -> List[Any]:
    values = [getattr(record, name, None) for name in names]
    return [
        spreadsheet_cell(" ".join(value) if isinstance(value, tuple) else value) for value in values
    ]


def query_text(result: QueryResult, page: int = 1) -> str:
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
    return "\n".join([*tree_lines(roots), _sums(result, page), *result.notes])


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


def _sums(result: QueryResult, page: int) -> str:
    text = f"{counted(len(result.patients), 'patient')}, {counted(len(result.studies), 'study')}, "
    text += counted(len(result.series), "series")
    known = [
        one.number_of_instances for one in result.series if one.number_of_instances is not None
    ]
    if known and len(known) == len(result.series):
        text += ", " + counted(sum(known), "instance")
    text += f" in {human_seconds(result.seconds)}"
    if result.next is not None:
        text += f"\nThere is more: --page {page + 1} shows the next of it, --all everything."
    elif not result.patients and page == 1:
        text += "\nNothing matches. Try fewer filters, or * for any text and ? for any character."
    elif result.limited:
        text += "\nThere is more than is shown: narrow the filters, or see everything by --all."
    return text
