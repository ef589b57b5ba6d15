"""The grammar of what is said of studies that the server has: labels and work lists."""

from __future__ import annotations

from typing import Any

from .arguments import LOGIN, SERVER, command, flag, many, option


def add_label(commands: Any, name: str, text: str) -> None:
    """Add ``label``."""
    parser = command(commands, name, "label.label", text, SERVER, LOGIN)
    text = "UID or Orthanc's identifier of a study or series; all labels when left out"
    option(parser, "names", "STUDY", text, nargs="*")
    many(parser, "--add", "LABEL", "may be repeated")
    many(parser, "--remove", "LABEL", "may be repeated")
    flag(parser, "--list", "only show them, as without --add and --remove")
