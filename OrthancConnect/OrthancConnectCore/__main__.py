"""``python -m OrthancConnectCore`` and the console script: the one place that picks exit codes."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import List, Optional, Sequence, Tuple, Type

from . import trace_log
from .cli import streams
from .shared.errors import (
    AuthenticationError,
    ConfigurationError,
    DimseError,
    InputError,
    ListenerError,
    LoginFailedError,
    OperationCancelled,
    OrthancConnectError,
    PermissionDeniedError,
    RedirectRefusedError,
    ServerError,
    TransportError,
    TrustError,
)

DONE, PARTLY, USAGE, UNTRUSTED, REFUSED, UNREACHABLE, CANCELLED = 0, 1, 2, 3, 4, 5, 130

_CODES: Tuple[Tuple[Type[OrthancConnectError], int], ...] = (
    (OperationCancelled, CANCELLED),
    (TrustError, UNTRUSTED),
    (AuthenticationError, REFUSED),
    (PermissionDeniedError, REFUSED),
    (LoginFailedError, REFUSED),
    (TransportError, UNREACHABLE),
    (ConfigurationError, USAGE),
    (InputError, USAGE),
    (ListenerError, USAGE),
    (RedirectRefusedError, USAGE),
)
#: What a proxy in front of Orthanc answers when Orthanc itself is not there.
_GATEWAY_STATUS = (502, 503, 504)


def exit_code(error: OrthancConnectError) -> int:
    """Return the exit code that tells a script what kind of error it was."""
    if isinstance(error, DimseError):
        return REFUSED if error.facts.get("refused") else UNREACHABLE
    if isinstance(error, ServerError) and error.facts.get("status_code") in _GATEWAY_STATUS:
        return UNREACHABLE
    return next((code for kind, code in _CODES if isinstance(error, kind)), PARTLY)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments after the program's name; those of this process when left out.
    """
    arguments: List[str] = list(sys.argv[1:] if argv is None else argv)
    streams.open_missing()
    _write_no_core()
    trace_log.configure()
    client = arguments[1:]
    if arguments[:1] == ["worker"] and (not client or (len(client) == 1 and client[0].isdigit())):
        from .worker.process import main as run_worker

        run_worker(*map(int, client))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    as_json = "--json" in arguments
    with streams.interrupts():
        try:
            return _run(arguments)
        except KeyboardInterrupt:
            return _fail(OperationCancelled(), as_json)
        except OrthancConnectError as error:
            return _fail(error, as_json)
        except Exception as error:  # noqa: BLE001  # the outermost edge: a sentence, no traceback
            return _fail(trace_log.log_fault("command line", error), as_json)


def _write_no_core() -> None:
    """Keep the memory of a crashed process, passwords included, from being written to a file."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def _run(arguments: List[str]) -> int:
    from .cli import grammar

    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            args = grammar.parse(arguments)
    except SystemExit as end:  # argparse, after --help and --version
        return _answered(printed.getvalue(), int(end.code or 0))
    from .cli import output  # neither --help nor --version needs it

    answer = args.run(args)
    text = output.json_text(answer.data) if args.json else answer.text
    return _answered(f"{text}\n", DONE if answer.fault is None else exit_code(answer.fault))


def _fail(error: OrthancConnectError, as_json: bool) -> int:
    from .cli import output

    code = exit_code(error)
    if as_json:
        text = output.json_text({"error": error.to_dict(), "exit_code": code})
        return _answered(f"{text}\n", code)
    receipt = error.facts.get("receipt")  # what was done before the error ended the work
    sums = ("stored", "already_stored", "different", "failed")
    if isinstance(receipt, dict) and any(map(receipt.get, sums)):
        from .shared.receipts import Receipt

        done = output.receipt_text(Receipt.from_dict(receipt), "Before it ended:")
        _answered(f"{done}\n", code)
    streams.aside(f"{output.error_text(error)}\n")
    return code


def _answered(text: str, code: int) -> int:
    """Print what was asked for, and return the exit code: what nobody could get is not done."""
    return code if streams.answer(text) else code or PARTLY


if __name__ == "__main__":
    sys.exit(main())
