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


def add_delete(commands: Any, name: str, text: str) -> None:
    """Add ``delete``."""
    parser = command(commands, name, "editing.delete", text, SERVER, LOGIN)
    option(parser, "study", "STUDY", "UID or Orthanc's identifier of a study or series")
    _add_confirm(parser)


def add_modify(commands: Any, name: str, text: str) -> None:
    """Add ``modify``."""
    parser = command(commands, name, "editing.modify", text, SERVER, LOGIN)
    option(parser, "study", "STUDY", "UID or Orthanc's identifier of a study")
    text = "new value of an attribute: PatientName=Ruiz^Ana; may be repeated"
    many(parser, "--set", "KEYWORD=VALUE", text)
    which = parser.add_mutually_exclusive_group(required=True)
    flag(which, "--keep-source", "the old study stays beside the corrected one")
    flag(which, "--replace-source", "the old study is deleted when the new one was counted")
    _add_confirm(parser)


def _add_confirm(parser: Any) -> None:
    option(parser, "--confirm", "PATIENT-ID", "in place of typing it on a terminal")
