"""The command line's uploads: ``upload``, ``import-files``, ``deidentify-preview``, ``jobs``."""

from __future__ import annotations

import argparse
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, List, Optional, Sequence, Tuple

from ..profile_store import ProfileStore, find_profile
from ..scan.files import iter_dicom_files
from ..shared.errors import (
    ConfigurationError,
    InputError,
    TransportError,
    TrustError,
)
from ..shared.jobs import Job, there_of
from ..shared.profile import ProfileSet, ServerProfile, free_name
from ..shared.profile_checks import PASSWORD
from ..shared.upload_options import COMPRESS_AUTO, COMPRESS_NEVER, DeidentifyChoice, UploadOptions
from ..shared.validation import begun, plain_text, validate_host
from ..upload.job_file import list_jobs, remove_job, unreadable_jobs
from .login import client_for
from .output import Answer, columns, counted, place_of, quoted, receipt_answer, tell, warn
from .profiles import warn_of_clear_text
from .progress import ProgressBar, cancel_by_signal
from .trust import agree, show_certificate, trust_from

if TYPE_CHECKING:
    from ..upload.deidentification import Previews, SeriesPreview

_LONGEST_CELL = 40


def upload(args: argparse.Namespace) -> Answer:
    """Store files and folders on the server."""
    options = options_from(args)
    profile = find_profile(args.profile)
    iter_dicom_files(args.paths)  # refuses what can't be read, before a password is asked for
    return _upload(args, profile, args.paths, f"Uploaded to {place_of(profile)}", options)


def _upload(
    args: argparse.Namespace,
    profile: ServerProfile,
    paths: Sequence[str],
    headline: str,
    options: UploadOptions,
) -> Answer:
    from ..upload.job import upload_job as store

    receipt_file = Path(args.receipt).expanduser() if args.receipt else None
    with client_for(args, profile) as client:
        with cancel_by_signal() as token, ProgressBar(not args.json) as bar:
            receipt = store(
                client,
                list(paths),
                fresh=args.fresh,
                progress=bar,
                token=token,
                parallel=args.parallel,
                options=options,
                receipt_file=receipt_file,
                warn=lambda text: warn(plain_text(text, 1000)),
            )
    return receipt_answer(receipt, headline)


def options_from(args: argparse.Namespace) -> UploadOptions:
    """Return the options that were typed; raises ConfigurationError."""
    return UploadOptions(
        except_series=tuple(args.except_series),
        verify=args.verify,
        overwrite=args.overwrite,
        labels=tuple(args.label),
        metadata=tuple(_pair(text) for text in args.metadata),
        deidentify=choice_from(args),
        compress=COMPRESS_NEVER if args.no_compression else COMPRESS_AUTO,
        patience=float(args.wait),
    )


def _pair(text: str) -> Tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise ConfigurationError(f"The metadata '{begun(text)}' has no value.", "Write NAME=VALUE.")
    return name, value


def import_files(args: argparse.Namespace) -> Answer:
    """Do what Orthanc's ImportDicomFiles.py does, over HTTPS with a checked certificate.

    Of a host and port that a profile knows, trust and address are the profile's. Else the
    certificate is shown, and what is agreed to is kept as a profile.

    Raises
    ------
    ConfigurationError
        The password is given twice.
    """
    if args.password is not None:
        if args.password_stdin:
            raise ConfigurationError(
                "The password is given twice.", "Leave out the one among the arguments."
            )
        warn(
            "a password among the arguments can be read by every user of this computer; "
            "use --password-stdin."
        )
    host = validate_host(args.host, "host")
    host = f"[{host}]" if ":" in host else host
    typed = ServerProfile(
        name=plain_text(f"{args.host}:{args.port}", 60),
        rest_url=f"https://{host}:{args.port}",
        user=args.user,
        trust=trust_from(args),
    )
    options = options_from(args)
    iter_dicom_files(args.path)
    known = ProfileStore().load().same_server(typed)
    is_named = bool(args.fingerprint or args.ca_file)
    profile = typed
    if known is not None:
        login = {"user": args.user, "auth": PASSWORD} if args.user else {}
        profile = known.replace(trust=typed.trust if is_named else known.trust, **login)
        warn_of_clear_text(profile)
    elif not is_named:
        profile = _agreed(args, typed)
    try:
        answer = _upload(args, profile, [args.path], f"Imported to {profile.shown_url}", options)
    except TrustError as error:
        show_certificate(args, profile, error)
        if known is not None and not is_named:
            error.hint += f" To trust it from now on: orthancconnect trust -p {quoted(known.name)}"
        raise
    if known is None and is_named:
        _remember(args, profile)
    return answer


def _agreed(args: argparse.Namespace, profile: ServerProfile) -> ServerProfile:
    """Return a server's profile once somebody agreed to its certificate, and keep that answer.

    A server that is away is waited for later on, where its certificate has to be known already.
    """
    words = ["orthancconnect", "import-files", args.host, str(args.port), args.path]
    words += [args.user, "--password-stdin"] if args.user else []
    args.typed, args.replace = shlex.join(words), False  # without the password
    try:
        agreed, _info = agree(args, profile)
    except TransportError:
        return profile
    if agreed != profile:
        _remember(args, agreed)
    return agreed


def _remember(args: argparse.Namespace, profile: ServerProfile) -> None:
    """Keep a profile of a server that none knows, unless another process was quicker."""
    names = []

    def change(known: ProfileSet) -> ProfileSet:
        if known.same_server(profile) is not None:
            return known
        names.append(free_name(profile.name, known.names))
        return known.put(profile.replace(name=names[0]))

    try:
        ProfileStore().update(change)
    except ConfigurationError as error:  # it will be asked again
        warn(f"The answer could not be kept. {error.message}")
        return
    for name in names:
        tell(args, f"Kept as the profile {name}: next time it is not asked.")


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
        "--keep-structure-names": args.keep_structure_names,
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
        keep_structure_names=args.keep_structure_names,
    )
    check_choice(choice)
    return choice


def _absolute(path: Optional[str]) -> str:
    return os.path.abspath(os.path.expanduser(path)) if path else ""


def preview(args: argparse.Namespace) -> Answer:
    """Show what a de-identification would change, without sending or writing anything."""
    from ..upload.deidentification import preview_upload

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


def list_uploads(_args: argparse.Namespace) -> Answer:
    """Show the uploads that can be resumed, the latest first."""
    jobs, unreadable = list_jobs(), unreadable_jobs()
    rows: List[Sequence[str]] = [_row(job) for job in jobs]
    text = columns(rows) if rows else "No upload was interrupted."
    for path in unreadable:
        text += f"\n{plain_text(path, 300)} is damaged, or no upload's file: remove it."
    return Answer({"jobs": [job.to_dict() for job in jobs], "unreadable": unreadable}, text)


def _row(job: Job) -> Sequence[str]:
    failed = job.outcomes.get("failed", 0)
    words = f"{counted(there_of(job.outcomes), 'file')} stored"
    words += (f", {failed} failed" if failed else "") + (", running" if job.running else "")
    first = plain_text(job.roots[0], 200)
    more = f" and {len(job.roots) - 1} more" if len(job.roots) > 1 else ""
    return job.job_id, words, first + more, job.server


def remove_upload(args: argparse.Namespace) -> Answer:
    """Forget one upload.

    Raises
    ------
    InputError
        There is no such upload, or it is running.
    """
    if not remove_job(args.job):
        raise InputError("There is no such upload.", "See orthancconnect jobs list.")
    return Answer({"removed": args.job}, "Forgotten. What it stored stays at the server.")
