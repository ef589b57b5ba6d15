"""The command line's ``doctor`` and ``register``: is the connection well, and does it know us."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Optional

from ..doctor.run import number_of_lines, run
from ..profile_store import ProfileStore, find_profile
from ..setup.registration import RegistrationPlan, RegistrationResult, plan_registration
from ..setup.registration import register as apply
from ..shared.disk import check_target, target
from ..shared.errors import (
    ConfigurationError,
    InputError,
    OrthancConnectError,
    PermissionDeniedError,
)
from ..shared.events import ProgressMeter
from ..shared.validation import plain_text
from .login import client_for, credentials_and_source
from .output import Answer, error_text, fault_of, tell
from .progress import ProgressBar, cancel_by_signal

#: How a saved report begins, as text and as JSON.
REPORT_BEGINNINGS = (b"OrthancConnect ", b'{\n  "profile_name": ')


def doctor(args: argparse.Namespace) -> Answer:
    """Examine a connection, and print a line for each check."""
    profile = find_profile(args.name, args.profile)
    saved = Path(args.save).expanduser() if args.save else None
    if saved is not None:
        check_target(saved, "report", REPORT_BEGINNINGS)
    credentials, _remembered = credentials_and_source(args, profile)
    with cancel_by_signal() as token, ProgressBar(not args.json) as bar:
        meter = ProgressMeter("check", bar)
        meter.expect(files=number_of_lines(profile))
        report = run(
            profile,
            credentials,
            progress=lambda line: meter.add(files=1, current=line.title),
            token=token,
            write=not args.read_only,
        )
    fault = fault_of(report.cancelled, report.healthy, report.summary())
    if saved is not None:
        as_json = saved.suffix.lower() == ".json"
        text = json.dumps(report.to_dict(), indent=2) if as_json else report.text()
        try:
            with target(saved, "report", REPORT_BEGINNINGS) as part:
                part.write(f"{text}\n".encode())
        except InputError as error:  # the report is shown all the same
            tell(args, error_text(error))
            fault = error
    return Answer(report.to_dict(), report.text(), fault)


def register(args: argparse.Namespace) -> Answer:
    """Make the server know this computer; correct its entry only with ``--replace``."""
    profile = find_profile(args.name, args.profile)
    if args.port:
        profile = profile.replace(storage_port=args.port)
    with client_for(args, profile) as client:
        plan = plan_registration(
            client, profile, address=args.address or "", exact_address=args.exact_address
        )
        _refuse_silent_correction(plan, args)
        result = apply(client, plan)
    if args.port and result.outcome in ("registered", "already"):
        port = {"storage_port": args.port}  # somebody may have changed the rest meanwhile
        ProfileStore().update(lambda known: known.put(known.get(profile.name).replace(**port)))
    data = {"profile": profile.name, "plan": plan.to_dict(), **asdict(result)}
    return Answer(data, _result_text(plan, result), _fault(result))


def _refuse_silent_correction(plan: RegistrationPlan, args: argparse.Namespace) -> None:
    corrected = [entry for entry in plan.entries if entry.action == "correct"]
    if not corrected or args.replace:
        return
    changes = "; ".join(
        f"{entry.wanted.name}: {key} is {old}, would become {new}"
        for entry in corrected
        for key, old, new in entry.changes
    )
    raise ConfigurationError(
        f"The server has an entry for this AE title already ({plain_text(changes, 400)}).",
        "If it is this computer's, add --replace; if it is another's, choose another calling AE "
        "title.",
        plan=plan.to_dict(),
    )


def _result_text(plan: RegistrationPlan, result: RegistrationResult) -> str:
    lines = [result.message]
    for entry in plan.entries:
        if result.outcome != "not_allowed":
            lines += [f"  {key}: {old} -> {new}" for key, old, new in entry.changes]
        if entry.same_ae_title:
            others = ", ".join(entry.same_ae_title)
            lines.append(f"  {entry.wanted.ae_title} stands in other entries as well: {others}")
    if result.outcome in ("registered", "already"):
        lines.append("  outlives a restart  not known")
    lines.append(f"  {result.outlives_restart_because}")
    if result.hint:
        lines.append(result.hint)
    entries = ",\n  ".join(result.configuration_lines)
    lines += ['"DicomModalities" : {', f"  {entries}", "}"]
    return "\n".join(lines)


def _fault(result: RegistrationResult) -> Optional[OrthancConnectError]:
    if result.outcome == "not_allowed":
        facts = {"status_code": 403, "method": "PUT", "path": "/modalities"}
        return PermissionDeniedError(result.message, result.hint, **facts)
    if result.outcome == "not_kept":
        return OrthancConnectError(result.message, result.hint)
    return None
