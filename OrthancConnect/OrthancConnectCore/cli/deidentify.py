"""De-identification on the command line: its options, and the preview of what it changes."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, List, Optional

from ..shared.errors import ConfigurationError
from ..shared.upload_options import DeidentifyChoice, UploadOptions
from ..shared.validation import plain_text
from .output import Answer, columns, counted
from .progress import ProgressBar, cancel_by_signal

if TYPE_CHECKING:
    from ..upload.preview import Previews, SeriesPreview

_LONGEST_CELL = 40


def choice_from(args: argparse.Namespace) -> Optional[DeidentifyChoice]:
    """Return how to de-identify; None where that was not asked for.

    Raises
    ------
    ConfigurationError
        An option of the de-identification without it, or a value that can't be used.
    MissingDependencyError
        dicognito is not installed.
    """
    given = {
        "--key-file": args.key_file,
        "--map-file": args.map_file,
        "--dates": args.dates,
        "--prefix": args.prefix,
        "--keep-patient-characteristics": args.keep_patient_characteristics,
    }
    if not args.deidentify:
        without = [name for name, value in given.items() if value]
        if without:
            raise ConfigurationError(
                f"{without[0]} has no meaning without --deidentify.",
                "Add --deidentify, or the files are sent as they are.",
            )
        return None
    from ..upload.deidentification import check_choice

    choice = DeidentifyChoice(
        key_file=_absolute(args.key_file),
        map_file=_absolute(args.map_file),
        dates=args.dates or DeidentifyChoice.dates,
        prefix=args.prefix or "",
        keep_patient_characteristics=args.keep_patient_characteristics,
    )
    check_choice(choice)
    return choice


def _absolute(path: Optional[str]) -> str:
    return os.path.abspath(os.path.expanduser(path)) if path else ""


def preview(args: argparse.Namespace) -> Answer:
    """Show what a de-identification would change, without sending or writing anything."""
    from ..upload.preview import preview_upload

    options = UploadOptions(except_series=tuple(args.except_series), deidentify=choice_from(args))
    with cancel_by_signal() as token, ProgressBar(not args.json) as bar:
        found = preview_upload(args.paths, options, progress=bar, token=token)
    return Answer(found.to_dict(), preview_text(found))


def preview_text(found: Previews) -> str:
    """Return previews as people read them."""
    lines: List[str] = []
    for one in found.series:
        lines += [*_series_lines(one), ""]
    warned = sum(bool(one.warnings) for one in found.series)
    lines.append(
        f"{counted(len(found.series), 'series')}, one file of each; warnings about {warned}. "
        "Nothing was sent."
    )
    if found.more:
        lines.append(f"{found.more} more series are not shown.")
    if found.examples:
        lines.append("The pseudonyms are examples: the key is made when the upload begins.")
    return "\n".join(lines)


def _series_lines(one: SeriesPreview) -> List[str]:
    lines = [f"Series {one.series_instance_uid or '(no UID)'}  {plain_text(one.item, 300)}"]
    rows = [
        (change.tag, change.keyword, _cell(change.before), "->", _cell(change.after) or "(removed)")
        for change in one.changes
    ]
    if rows:
        lines.append(columns(rows, "  "))
    return lines + [f"  ! {warned.message}" for warned in one.warnings]


def _cell(text: str) -> str:
    return plain_text(text, _LONGEST_CELL)
