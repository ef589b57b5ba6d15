"""The command line's ``server-config``: a server's configuration is shown, agreed to, written."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import List, Tuple

from ..setup.server_config import DEBIAN, SCANNER, SLICER, Station, Wanted, stations_from
from ..setup.server_files import read_text, write
from ..setup.server_plan import ServerPlan, plan_server
from ..setup.server_renewal import KEEP, RENEW, SWITCH
from ..setup.server_steps import plan_data, steps
from ..shared.errors import ConfigurationError, InputError
from ..shared.validation import plain_text
from .output import Answer, agrees, columns, counted, tell
from .streams import aside


def server_config(args: argparse.Namespace) -> Answer:
    """Write a server's configuration, and say what to do with it.

    Raises
    ------
    ConfigurationError
        What is there or what is wanted can't be used, or nobody agrees to what would change.
    """
    named = {name: getattr(args, name, None) for name in Wanted.__dataclass_fields__}
    wanted = {name: tuple(v) if isinstance(v, list) else v for name, v in named.items()}
    wanted["stations"] = _stations(args)
    deed = RENEW if args.renew else SWITCH if args.switch else KEEP
    folder = Path(args.folder)
    plan = plan_server(folder, wanted, installed=args.installed_in or "", certificate=deed)
    rows = [(one.what, str(one.path)) for one in plan.files if one.changes]
    listed = columns(rows) if rows else "Nothing is to be changed."
    differences = "\n".join(filter(None, (one.diff() for one in plan.overwrites)))
    if args.dry_run:
        return Answer(plan_data(plan, deed), "\n".join(filter(None, (differences, listed))))
    if plan.overwrites and not args.yes:
        tell(args, f"{differences}\n{listed}")
        if not agrees(args, "Write this? What is there now is kept beside it, as *.bak."):
            raise ConfigurationError(
                f"What is there would change: {counted(len(plan.overwrites), 'file')}; nothing "
                "was written.",
                "Look at the change with --dry-run, then answer the question on a terminal, or add "
                "--yes.",
            )
    kept = write(plan.files)
    lines = [listed, *(f"kept     {path}" for path in kept)]
    lines += [f"Note: {note}" for note in plan.notes]
    if plan.wanted.layout == DEBIAN and not args.installed_in and folder != Path("/etc"):
        lines.append(
            "Note: these files are to be used where they are. For a server's /etc make them anew, "
            "with --installed-in /etc."
        )
    lines += _show_passwords(plan, args.json)
    lines += ["", "What to do:", *steps(plan, deed)]
    return Answer(plan_data(plan, deed, kept, True), "\n".join(lines))


def _stations(args: argparse.Namespace) -> Tuple[Station, ...]:
    found = [*stations_from(args.slicer, SLICER), *stations_from(args.scanner, SCANNER)]
    if args.stations:
        text = read_text(Path(args.stations).expanduser())
        if text is None:
            raise InputError(
                f"There is no file {plain_text(args.stations, 300)}.",
                "Name the one that lists the stations, one a line.",
            )
        found += stations_from(text.splitlines())
    return tuple(found)


def _show_passwords(plan: ServerPlan, as_json: bool) -> List[str]:
    """Show new passwords on the terminal alone, which keeps no log; say where they are."""
    if not plan.passwords:
        return []
    home = next(one.path for one in plan.files if '"RegisteredUsers"' in (one.text or ""))
    if sys.stderr.isatty() and not as_json:
        aside(f"Passwords, shown this once:\n{columns(plan.passwords.items(), '  ')}\n")
    return [f"The passwords of {', '.join(plan.passwords)} stand in {home}, for its readers alone."]
