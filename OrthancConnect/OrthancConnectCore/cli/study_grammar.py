"""The grammar of what is said of studies that the server has: labels and work lists."""

from __future__ import annotations

from typing import Any

from .arguments import LOGIN, SERVER, actions, add_filters, command, flag, many, number, option


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


def add_worklist(commands: Any, name: str, text: str) -> None:
    """Add ``worklist``."""
    from ..shared.series import LIST_KINDS

    acts = actions(commands, name, text)

    def add(action: str, text: str, *, of_list: bool = True) -> Any:
        parser = command(acts, action, f"worklist.{action}", text, SERVER, LOGIN)
        if of_list:
            option(parser, "list", "NAME", "up to 24 letters, digits and hyphens")
        return parser

    def add_step(action: str, text: str, *, claimed: bool = False) -> Any:
        parser = add(action, text)
        option(parser, "study", "STUDY", "its UID, or Orthanc's identifier")
        _as(parser)
        if claimed:
            option(parser, "--claim", "CLAIM", "as next told it", default="")
        return parser

    create = add("create", "put studies on a list, a new one or one that is there")
    option(create, "--from-csv", "FILE", "patient IDs, accession numbers or UIDs, one a row")
    option(create, "--column", "NAME|NUMBER", "where they are; found out when left out")
    create.add_argument("--by", choices=LIST_KINDS)
    flag(create, "--query", "all studies of the server, where no filter is given")
    flag(create, "--review", "what is done waits for a reviewer")
    add_filters(create)
    assign = add("assign", "let one person alone have cases, or with --to '' anybody")
    option(assign, "--to", "USER", required=True)
    option(assign, "studies", "STUDY", "UID or Orthanc's identifier", nargs="*")
    text = "so many of those that nobody has yet, in the list's order"
    option(assign, "--count", "N", text, type=number(1, 100_000), default=0)
    status = add("status", "tell how far lists are, and who has done how many", of_list=False)
    option(status, "list", "NAME", "all lists when left out", nargs="?", default="")
    following = add("next", "open the next case for yourself")
    _as(following)
    flag(following, "--resume", "one that you have open already, here or elsewhere")
    text = "hours after which a case that somebody has open is offered again (24)"
    option(following, "--stale", "HOURS", text, type=number(1, 24 * 365), default=24)
    add_step("done", "say that a case is done", claimed=True)
    skip = add_step("skip", "leave a case out", claimed=True)
    option(skip, "--reason", "TEXT", "why, up to 500 characters", required=True)
    accept = add_step("accept", "as a reviewer, accept what was done")
    option(accept, "--note", "TEXT", "up to 500 characters", default="")
    reject = add_step("reject", "as a reviewer, send a case back to who did it")
    option(reject, "--note", "TEXT", "what is to be done, up to 500 characters", required=True)
    release = add_step("release", "give a case back that somebody has open")
    option(release, "--reason", "TEXT", "why, up to 500 characters", required=True)
    add("table", "print who has done what as CSV, a row for each case")
    flag(
        add("remove", "take a list off the server; the studies stay"), "--yes", "without a question"
    )


def _as(parser: Any) -> None:
    text = "your name on the list; the server's user when left out"
    option(parser, "--as", "USER", text, dest="person", default="")
