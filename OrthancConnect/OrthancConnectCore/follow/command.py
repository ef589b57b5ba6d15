"""A command that is run for each finished series, without a shell."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

from ..files import os_reason
from ..shared.errors import InputError
from ..shared.events import CancelToken
from ..shared.validation import plain_text

#: Where a command leaves what is to be uploaded, in the series' folder.
RESULTS = "results"
#: Seconds that it gets to end by itself, once it was asked to.
_GRACE = 5.0
_TICK = 0.1


def command_of(line: str) -> Tuple[str, ...]:
    """Return a command line's words, as a shell parts them.

    Raises
    ------
    InputError
        It has none, or a quotation mark is left open.
    """
    try:
        words = tuple(shlex.split(line))
    except ValueError as error:
        raise InputError(f"The command can't be read: {error}.", "Close the quotation.") from error
    if not words:
        raise InputError("The command is empty.", "Name a program after --run.")
    return words


def run_command(
    command: Sequence[str],
    folder: Path,
    facts: Mapping[str, str],
    *,
    time_limit: float,
    token: CancelToken,
    keep: Sequence[int] = (),
) -> Dict[str, Any]:
    """Run a command for the series in a folder, which is its last argument.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    folder : Path
        Of the series.
    facts : mapping of str to str
        What the environment tells, as ``ORTHANCCONNECT_…``.
    time_limit : float
        Seconds; 0 for none.
    token : CancelToken
        Ends it, with all that it has begun.
    keep : sequence of int
        Handles that it inherits (not on Windows).

    Returns
    -------
    dict
        ``exit_code`` (None where it did not end by itself), ``seconds``, ``reason`` (a sentence
        where it was not done).
    """
    told = {f"ORTHANCCONNECT_{name.upper()}": value for name, value in facts.items()}
    began = time.monotonic()
    try:
        process = subprocess.Popen(
            [*command, os.fspath(folder)],
            stdin=subprocess.DEVNULL,  # a password may stand there
            stdout=_stderr(),
            stderr=_stderr(),
            env={**os.environ, **told, "ORTHANCCONNECT_RESULTS": os.fspath(folder / RESULTS)},
            start_new_session=True,
            pass_fds=() if os.name == "nt" else tuple(keep),
        )
    except (OSError, ValueError) as error:
        return _told(None, began, f"The command can't be started: {os_reason(error)}.")
    reason = ""
    while process.poll() is None:
        if token.cancelled:
            reason = "The command was ended before its end."
        elif time_limit and time.monotonic() - began > time_limit:
            reason = f"The command took longer than {time_limit:g} s, and was ended."
        if reason:
            _end(process)
            break
        with suppress(subprocess.TimeoutExpired):
            process.wait(_TICK)
    code = None if reason else process.returncode
    if code:
        reason = f"The command ended with {code}."
    return _told(code, began, reason)


def _told(code: Optional[int], began: float, reason: str) -> Dict[str, Any]:
    seconds = round(time.monotonic() - began, 3)
    return {"exit_code": code, "seconds": seconds, "reason": plain_text(reason)}


def _stderr() -> int:
    """Return where a command's own words go: to our stderr, since stdout is for the answer."""
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):
        return subprocess.DEVNULL


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children: kindly, and then for certain."""
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with suppress(OSError):
            if os.name == "nt":
                process.kill()
            else:
                os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
