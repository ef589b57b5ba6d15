"""The worker's methods for administrators: a server's set-up is checked and made, the log told."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any, Dict, Tuple

from .. import audit, trace_log
from ..setup.server_check.run import check_configuration
from ..setup.server_config import DEBIAN
from ..setup.server_files import write
from ..setup.server_plan import ServerPlan, layout_of, plan_server
from ..setup.server_renewal import KEEP
from ..setup.server_steps import plan_data
from ..shared.errors import InputError
from .methods import Context, credentials_for

#: Where Debian's files lie.
ETC = Path("/etc")
#: The latest plan, its passwords and keys with it, under the name by which it may be written.
_planned: Dict[str, Tuple[ServerPlan, str]] = {}


def check_files(_context: Context, params: Dict[str, Any]) -> Any:
    """``setup.check_files``: look at a configuration, one file or a folder of them."""
    report = check_configuration(Path(params["path"]).expanduser())
    return {**report.to_dict(), "text": report.text()}


def check_running(_context: Context, params: Dict[str, Any]) -> Any:
    """``setup.check_server``: look at a running server with a login."""
    from ..setup.server_check.running import check_server  # brings requests with it

    report = check_server(params["profile"], credentials_for(params["profile"], params["password"]))
    return {**report.to_dict(), "text": report.text()}


def plan(_context: Context, params: Dict[str, Any]) -> Any:
    """``setup.plan``: what would be written, without secrets; it is kept until the next one.

    Debian's files that are made elsewhere are for ``/etc``, unless `installed` says otherwise.
    """
    _planned.clear()
    folder, wanted = Path(params["folder"]).expanduser(), params["wanted"]
    deed, installed = params["certificate"] or KEEP, params["installed"] or ""
    if (wanted.get("layout") or layout_of(folder)) == DEBIAN and folder != ETC:
        installed = installed or str(ETC)
    made = plan_server(folder, wanted, installed=installed, certificate=deed)
    name = uuid.uuid4().hex
    _planned[name] = made, deed
    shown = {}
    for one in made.files:
        if one.changes and one.shown is not None and one.text is not None:
            shown[str(one.path)] = one.shown(one.text) if one.before is None else one.diff()
    overwrites = len(made.overwrites)
    return {**plan_data(made, deed), "plan_id": name, "shown": shown, "overwrites": overwrites}


def write_planned(_context: Context, params: Dict[str, Any]) -> Any:
    """``setup.write``: write what was planned; the answer alone has the new passwords.

    Raises
    ------
    InputError
        Another plan was made meanwhile.
    ConfigurationError
        It can't be written.
    """
    made, deed = _planned.get(params["plan_id"], (None, KEEP))
    if made is None:
        raise InputError("This preview is an old one; nothing was written.", "Look at a new one.")
    for user, password in made.passwords.items():
        trace_log.hide(user, password)
    kept = write(made.files)
    _planned.clear()
    return {**plan_data(made, deed, kept, True), "passwords": dict(made.passwords)}


def audit_state(_context: Context, params: Dict[str, Any]) -> Any:
    """``audit.state``: how much the log has; with `patients` their names are switched on or off."""
    if params["patients"] is not None:
        audit.tell_patients(params["patients"])
    events, _broken = audit.read()
    told = {"patients": audit.tells_patients(), "file": str(audit.log_path())}
    return {**told, "events": len(events)}


def export_audit(_context: Context, params: Dict[str, Any]) -> Any:
    """``audit.export``: write all events into a table, CSV or JSON."""
    from ..tables import save_table

    events, broken = audit.read()
    rows = map(audit.row_of, events)
    save_table(Path(params["path"]), audit.COLUMNS, rows, {"unreadable": broken})
    return {"rows": len(events)}
