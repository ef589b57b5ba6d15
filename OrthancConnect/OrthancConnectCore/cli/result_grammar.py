"""The grammar of results: ``orthancconnect results …``."""

from __future__ import annotations

from typing import Any

from .arguments import LOGIN, SERVER, WAIT, actions, command, flag, many, option


def add_results(commands: Any, name: str, text: str) -> None:
    """Add ``results``."""
    from ..shared.upload_options import PATIENCE

    parts = actions(commands, name, text)
    text = "show what waits on this computer to be sent"
    command(parts, "waiting", "results.waiting", text)
    text = "send what waits, to the study that each belongs to, and see that it is there"
    send = command(parts, "send", "results.send", text, SERVER, LOGIN)
    option(send, "results", "RESULT", "as waiting names it; all when left out", nargs="*")
    text = "put the label replaced on the series in whose place a result comes"
    flag(send, "--mark-replaced", text)
    text = "for a server that is away (%(default)g)"
    option(send, "--wait", "SECONDS", text, type=WAIT, default=PATIENCE)
    text = "remove a result that waits; what the server has of it stays there"
    remove = command(parts, "remove", "results.remove", text)
    option(remove, "result", "RESULT", "as waiting names it")
    text = "show the results that a study has, scenes included"
    listed = command(parts, "list", "results.list_results", text, SERVER, LOGIN)
    text = "bring results of a study into a folder"
    fetch = command(parts, "fetch", "results.fetch", text, SERVER, LOGIN)
    for parser in (listed, fetch):
        option(parser, "study", "STUDY", "its UID, or Orthanc's identifier")
    option(fetch, "-o --output", "FOLDER", required=True)
    text = "a series, or the number of a scene; may be repeated; all when left out"
    many(fetch, "--result", "UID|NUMBER", text)
