"""The grammar of what is said of studies that the server has: labels, results, work lists."""

from __future__ import annotations

from typing import Any

from ..shared.upload_options import PATIENCE
from .arguments import LOGIN, SERVER, WAIT, actions, command, flag, many, option


def add_label(commands: Any, name: str, text: str) -> None:
    """Add ``label``."""
    parser = command(commands, name, "label.label", text, SERVER, LOGIN)
    text = "UID or Orthanc's identifier of a study or series; all labels when left out"
    option(parser, "names", "STUDY", text, nargs="*")
    many(parser, "--add", "LABEL", "may be repeated")
    many(parser, "--remove", "LABEL", "may be repeated")
    flag(parser, "--list", "only show them, as without --add and --remove")


def add_results(commands: Any, name: str, text: str) -> None:
    """Add ``results``."""
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
    fetch = command(
        *(parts, "fetch", "results.fetch", "bring results of a study into a folder"), SERVER, LOGIN
    )
    for parser in (listed, fetch):
        option(parser, "study", "STUDY", "its UID, or Orthanc's identifier")
    option(fetch, "-o --output", "FOLDER", required=True)
    text = "a series, or the number of a scene; may be repeated; all when left out"
    many(fetch, "--result", "UID|NUMBER", text)
