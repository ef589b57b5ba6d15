"""The command line's grammar: ``orthancconnect COMMAND …``, by argparse.

argparse is in every Python that we run on, Slicer's included; a framework would be one more
package to install there for the same grammar.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import re
import shlex
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from .. import __version__
from ..shared.errors import ConfigurationError
from . import result_grammar, study_grammar
from .arguments import (
    DEFAULT,
    Parser,
    absolute,
    add_deidentify,
    add_filters,
    add_login,
    flag,
    many,
    number,
    option,
    seconds,
    size,
)
from .arguments import LOGIN as _login
from .arguments import SERVER as _server
from .arguments import WAIT as _WAIT
from .arguments import actions as _actions
from .arguments import command as _command

PROGRAM = "orthancconnect"

_EPILOG = """\
Begin with: orthancconnect connect https://server:8042 --user NAME

exit codes: 0 all that was asked was done; 1 part of it failed (the receipt says which);
2 usage or configuration; 3 certificate not trusted; 4 refused by the server; 5 not reachable;
130 cancelled"""

#: How our options are spelled: a password may begin as an option does.
_OPTION = re.compile(r"--[a-z]+(-[a-z]+)*")
_PORT = number(1, 65535)
_PARALLEL = number(1, 32)


def _method(parser: Any, text: str = "", name: str = "retrieve_method") -> None:
    from ..shared.profile import RETRIEVE_METHODS

    parser.add_argument("--method", dest=name, choices=RETRIEVE_METHODS, help=text or None)


_anchor = Parser(add_help=False)
option(_anchor, "--ca-file", "FILE", "trust the authorities in this PEM file")
option(_anchor, "--fingerprint", "SHA256", "trust exactly the certificate with this SHA-256")
_paths = Parser(add_help=False)
option(_paths, "paths", "PATH", "file, folder or archive", nargs="+")
_deidentify = Parser(add_help=False)
add_deidentify(_deidentify)


def _add_profile(commands: Any, name: str, text: str) -> None:
    actions = _actions(commands, name, text)
    _add_profile_add(_command(actions, "add", "profiles.add", "add a server profile", _anchor))
    _command(actions, "list", "profiles.list_profiles", "list all profiles")
    show = _command(actions, "show", "profiles.show", "show all of one profile")
    option(show, "name", "NAME", DEFAULT, nargs="?")
    remove = _command(actions, "remove", "profiles.remove", "remove a profile")
    option(remove, "name", "NAME")
    flag(remove, "--forget-password", "take its password out of the keychain too")
    text = "make a profile the default one"
    option(_command(actions, "default", "profiles.set_default", text), "name", "NAME")
    copy = _command(actions, "copy", "profiles.copy", "make a second profile like another one")
    rename = _command(actions, "rename", "profiles.rename", "give a profile another name")
    for parser in (copy, rename):
        option(parser, "name", "NAME")
        option(parser, "new_name", "NEW_NAME")
    option(copy, "--address", "URL", "for another server with the same settings")
    text = "write profiles, without passwords, for other people"
    export = _command(actions, "export", "profiles.export", text)
    option(export, "names", "NAME", "all when left out", nargs="*")
    option(export, "-o --output", "FILE", "stdout when left out")
    flag(export, "--replace", "overwrite the file")
    take = _command(actions, "import", "profiles.import_profiles", "take over exported profiles")
    option(take, "file", "FILE", "exported file; - for stdin")
    option(take, "--user", "USER", "yours, for a file that is made for all")
    flag(take, "--replace", "overwrite profiles of the same name")
    flag(take, "--default", "take over the default as well")


def _add_profile_add(parser: argparse.ArgumentParser) -> None:
    option(parser, "name", "NAME")
    _add_address(parser, "rest_url")
    add_login(parser)
    dicom = parser.add_argument_group("DICOM")
    option(dicom, "--dicom-host", "HOST", "the host of URL when left out")
    option(dicom, "--dicom-port", "PORT", "4242 when left out", type=_PORT)
    option(dicom, "--called-ae-title", "AET", "Orthanc's DicomAet")
    option(dicom, "--calling-ae-title", "AET", "this computer's")
    option(dicom, "--storage-ae-title", "AET", "of its listener, for C-MOVE")
    option(dicom, "--storage-port", "PORT", "11112 when left out", type=_PORT)
    flag(dicom, "--dicom-tls", "speak DICOM over TLS")
    option(dicom, "--dicom-fingerprint", "SHA256", "of its certificate, if not that of HTTPS")
    text = "PEM with a certificate and key of ours"
    option(dicom, "--dicom-certificate", "FILE", text, type=absolute)
    _method(dicom)
    limits = parser.add_argument_group("limits")
    option(limits, "--parallel", "N", "connections", dest="parallel_transfers", type=_PARALLEL)
    for name in ("connect", "read", "dimse"):
        option(limits, f"--{name}-timeout", "SECONDS", type=seconds)
    flag(parser, "--replace", "overwrite the profile of that name")


def _add_address(parser: argparse.ArgumentParser, name: str) -> None:
    """Add what `connect` and `profile add` have in common."""
    option(parser, name, "URL", "for example https://server:8042")
    parser.add_argument("--user", help="your name on the server")
    flag(parser, "--default", "make it the default profile")
    flag(parser, "--allow-insecure-http", "allow a URL without encryption")


def _add_connect(commands: Any, name: str, text: str) -> None:
    parser = _command(commands, name, "connect.connect", text, _anchor, _login)
    _add_address(parser, "address")
    parser.add_argument("--name", help="of the profile; the server's own name when left out")
    option(parser, "--calling-ae-title", "AET", "this computer's; a unique one when left out")
    _method(parser, "how retrieve fetches; Automatic when left out")
    flag(parser, "--remember", "keep the password in the keychain")
    flag(parser, "--replace", "make the profile of that address or name anew")


def _add_password(commands: Any, name: str, text: str) -> None:
    actions = _actions(commands, name, text)
    text = "keep the password, once the server has accepted it"
    _command(actions, "remember", "login.remember", text, _server, _login)
    _command(actions, "forget", "login.forget", "take the password out", _server)


def _add_login(commands: Any, name: str, text: str) -> None:
    parser = _command(commands, name, f"login.{name}", text, _server, _login)
    option(parser, "name", "PROFILE", DEFAULT, nargs="?")


def _add_trust(commands: Any, name: str, text: str) -> None:
    parser = _command(commands, name, "trust.trust", text, _server)
    option(parser, "--fingerprint", "SHA256", "agree to the certificate with this SHA-256")
    flag(parser, "--dicom", "of the DICOM side, and speak DICOM over TLS")
    flag(parser, "--replace", "put it in the place of a trusted one")


def _add_echo(commands: Any, name: str, text: str) -> None:
    parser = _command(commands, name, "transfer.echo", text, _server, _login)
    parser.add_argument("--only", choices=("https", "dicom"), help="ask one side")


def _add_query(commands: Any, name: str, text: str) -> None:
    from ..shared.profile import AUTOMATIC, QUERY_WAYS

    parser = _command(commands, name, "query.query", text, _server, _login)
    add_filters(parser)
    shown = parser.add_argument_group("what is shown")
    limit = number(0, 1000)
    option(shown, "--limit", "N", "studies on a page, 100 when left out", type=limit, default=100)
    option(shown, "--page", "N", "which page", type=number(1, 10**6), default=1)
    flag(shown, "--all", "all there is, without pages")
    flag(shown, "--csv", "a row for each series")
    text = "DICOM's C-FIND, HTTPS, or what is open; pages come over HTTPS, C-FIND has none"
    shown.add_argument("--via", choices=QUERY_WAYS, default=AUTOMATIC, help=text)


def _add_retrieve(commands: Any, name: str, text: str) -> None:
    from ..shared.series import LIST_KINDS

    parser = _command(commands, name, "follow.retrieve", text, _server, _login)
    for name, value in (("patient", "ID"), ("study", "UID"), ("series", "UID")):
        many(parser, f"--{name}", value, "may be repeated")
    option(parser, "-o --output", "FOLDER", required=True)
    _method(parser, "the profile's when left out", "method")
    option(parser, "--from-csv", "FILE", "patient IDs, accession numbers or UIDs, one a row")
    option(parser, "--column", "NAME|NUMBER", "where they are; found out when left out")
    parser.add_argument("--by", choices=LIST_KINDS)
    option(parser, "--receipt", "FILE", "a row an instance, or a row of the table: JSON or CSV")


def _add_follow(commands: Any, name: str, text: str) -> None:
    from ..shared.query import FOLLOW_SINCE

    parser = _command(commands, name, "follow.follow", text, _server, _login)
    option(parser, "name", "PROFILE", DEFAULT, nargs="?")
    option(parser, "output", "FOLDER")
    add_filters(parser)
    _method(parser, "the profile's when left out", "method")
    text = "what comes from now on, or all that is there as well (%(default)s)"
    parser.add_argument("--since", choices=FOLLOW_SINCE, default=FOLLOW_SINCE[0], help=text)
    flag(parser, "--once", "end when what is there has been fetched")
    option(parser, "--interval", "SECONDS", "between two looks (5)", type=seconds, default=5.0)
    option(parser, "--quota", "SIZE", "most that the folder gets: 50GB", type=size, default=0)
    option(parser, "--keep-free", "SIZE", "of the disk (1GB)", type=size, default=10**9)
    option(parser, "--run", "COMMAND", "for each finished series' folder", dest="for_each")
    option(parser, "--run-limit", "SECONDS", "for COMMAND", type=seconds, default=0.0)
    option(parser, "--receipt", "FILE", "a row for each series: JSON for *.json, else CSV")


def _add_room(commands: Any, name: str, text: str) -> None:
    parser = _command(commands, name, "room.room", text, _server, _login)
    option(parser, "folder", "FOLDER")
    option(parser, "--quota", "SIZE", "most that it should have: 50GB", type=size)
    flag(parser, "--clean", "offer to remove studies that the server has with this content")
    flag(parser, "--yes", "remove them without a question")


def _add_open(commands: Any, name: str, text: str) -> None:
    parser = _command(commands, name, "room.open_elsewhere", text, _server, _login)
    option(parser, "name", "PROFILE", DEFAULT, nargs="?")
    option(parser, "--study", "UID|ID", "its UID, or Orthanc's identifier", required=True)
    viewers = ("explorer2", "explorer", "stone", "ohif", "webviewer", "wsi")
    parser.add_argument("--with", dest="viewer", choices=viewers, help="the best when left out")
    flag(parser, "--launch", "open it in the web browser")


def _add_upload(commands: Any, name: str, text: str) -> None:
    parser = _command(commands, name, "upload.upload", text, _server, _login, _deidentify, _paths)
    _add_upload_options(parser)


def _add_upload_options(parser: argparse.ArgumentParser) -> None:
    from ..shared.upload_options import PATIENCE

    option(parser, "--parallel", "N", "most connections", type=_PARALLEL)
    flag(parser, "--fresh", "forget what an interrupted run of this upload stored")
    flag(parser, "--verify", "compare what the server has of each file with the file, by MD5")
    text = "put a file in the place of other content that the server has of its instance"
    flag(parser, "--overwrite", text)
    option(parser, "--receipt", "FILE", "write a row for each file: JSON for *.json, else CSV")
    many(parser, "--except-series", "UID", "leave a series out")
    many(parser, "--label", "LABEL", "put on the studies")
    text = "put on the studies; NAME is a number from 1024 or one of UserMetadata"
    many(parser, "--metadata", "NAME=VALUE", text)
    flag(parser, "--deidentify", "before anything is sent, by DICOM PS3.15")
    flag(parser, "--no-compression", "send each file as it is, in a request of its own")
    text = "for a server that is away, at the start or later (%(default)g)"
    option(parser, "--wait", "SECONDS", text, type=_WAIT, default=PATIENCE)


def _add_scan(commands: Any, name: str, text: str) -> None:
    parser = _command(commands, name, "scan.scan", text, _paths)
    flag(parser, "--problems", "name each file that is no instance, and why")


def _add_sample(commands: Any, name: str, text: str) -> None:
    option(_command(commands, name, "scan.sample", text), "folder", "FOLDER")


def _add_preview(commands: Any, name: str, text: str) -> None:
    parser = _command(commands, name, "upload.preview", text, _deidentify, _paths)
    parser.set_defaults(deidentify=True, except_series=[])


def _add_jobs(commands: Any, name: str, text: str) -> None:
    actions = _actions(commands, name, text)
    text = "list them; the same upload again goes on"
    _command(actions, "list", "upload.list_uploads", text)
    text = "forget one; what it stored stays stored"
    remove = _command(actions, "remove", "upload.remove_upload", text)
    option(remove, "job", "JOB", "as the list names it")


def _add_import_files(commands: Any, name: str, text: str) -> None:
    parser = _command(commands, name, "upload.import_files", text, _anchor, _login, _deidentify)
    option(parser, "host", "HOST")
    option(parser, "port", "PORT", "of HTTPS", type=_PORT)
    option(parser, "path", "PATH", "file or folder")
    option(parser, "user", "USER", nargs="?", default="")
    option(parser, "password", "PASSWORD", "better: --password-stdin", nargs="?")
    _add_upload_options(parser)


def _add_doctor(commands: Any, name: str, text: str) -> None:
    parser = _command(commands, name, "doctor.doctor", text, _server, _login)
    option(parser, "name", "PROFILE", DEFAULT, nargs="?")
    option(parser, "--save", "FILE", "write the report (JSON for *.json) as well")
    flag(parser, "--read-only", "store no test instance on the server for the time of the check")


def _add_server_check(commands: Any, name: str, text: str) -> None:
    parser = _command(commands, name, "server_check.server_check", text, _anchor, _login)
    option(parser, "target", "FILE|FOLDER|PROFILE|URL", "for example /etc/orthanc")
    parser.add_argument("--user", help="for a URL")
    flag(parser, "--allow-insecure-http", "allow a URL without encryption")


def _add_audit(commands: Any, name: str, text: str) -> None:
    parser = _command(commands, name, "audit.audit", text)
    option(parser, "--since", "MOMENT", "2026-11-29, or 2026-11-29T18:30")
    flag(parser, "--csv", "a row for each event")
    text = "note patients' names and IDs from now on, or not (off unless switched on)"
    parser.add_argument("--patients", choices=("on", "off"), help=text)


def _add_register(commands: Any, name: str, text: str) -> None:
    parser = _command(commands, name, "doctor.register", text, _server, _login)
    option(parser, "name", "PROFILE", DEFAULT, nargs="?")
    text = "this computer as the server reaches it; found out by itself"
    option(parser, "--address", "HOST", text)
    option(parser, "--port", "PORT", "of our listener; kept in the profile", type=_PORT)
    flag(parser, "--replace", "correct an entry that leads elsewhere")
    text = "replace a host name by the address, for DicomCheckModalityHost"
    flag(parser, "--exact-address", text)


def _add_server_config(commands: Any, name: str, text: str) -> None:
    from ..setup.server_config import LAYOUTS, MOST_SERVERS, PLUGINS

    parser = _command(commands, name, "server_config.server_config", text)
    option(parser, "folder", "DIR", "/etc on the Debian server itself, or any other")
    text = "name or address of the server; the first is in the profile"
    many(parser, "--host", "HOST", text, dest="hosts")
    parser.add_argument("--name", help="of the server, for people")
    option(parser, "--ae-title", "AET", "DicomAet; the host's name when left out")
    text = "who gets a new password; may be repeated"
    many(parser, "--user", "USER", text, dest="users")
    many(parser, "--slicer", "NAME,AET,HOST,PORT", "a Slicer that queries and retrieves")
    many(parser, "--scanner", "NAME,AET,HOST,PORT", "a scanner that stores")
    option(parser, "--stations", "FILE", "more of both: slicer|scanner,NAME,AET,HOST,PORT a line")
    flag(parser, "--dicom-tls", "DICOM over TLS alone")
    flag(parser, "--known-only", "only these may store and echo as well")
    flag(parser, "--in-database", "entries that people register outlive a restart")
    option(parser, "--https-port", "PORT", "8042 when left out", type=_PORT)
    option(parser, "--http-port", "PORT", "behind nginx; 8043 when left out", type=_PORT)
    option(parser, "--dicom-port", "PORT", "4242 when left out", type=_PORT)
    option(parser, "--storage", "FOLDER", "of images and index")
    option(parser, "--most-storage", "SIZE", "of images: 500GB", type=size)
    text = "may be repeated; dicomweb when left out"
    names = tuple(PLUGINS)
    parser.add_argument("--plugin", dest="plugins", action="append", choices=names, help=text)
    option(parser, "--plugin-folder", "FOLDER", "of an official build")
    parser.add_argument("--layout", choices=LAYOUTS, help="debian when left out")
    parser.add_argument("--tls", choices=("nginx", "orthanc"), help="who speaks TLS")
    option(parser, "--image", "IMAGE", "for --layout compose")
    text = "index in PostgreSQL, whose socket is there: /run/postgresql"
    option(parser, "--postgresql", "FOLDER", text, dest="database")
    option(parser, "--servers", "N", "Orthancs on that database", type=number(1, MOST_SERVERS))
    option(parser, "--installed-in", "DIR", "where the files will lie, if elsewhere: /etc")
    deed = parser.add_mutually_exclusive_group()
    flag(deed, "--renew", "prepare the certificate that is to follow; the profile names both")
    flag(deed, "--switch", "put it in place")
    flag(parser, "--dry-run", "show what would change, and write nothing")
    flag(parser, "--yes", "change files that are there without a question")


#: Commands in the order of the help: the line that tells what each does, and what adds its parser.
_COMMANDS: Dict[str, Tuple[str, Optional[Callable[[Any, str, str], Any]]]] = {
    "connect": ("connect for the first time, and keep what is found in a profile", _add_connect),
    "profile": ("keep the servers' addresses and settings", _add_profile),
    "trust": ("show the server's certificate and, when you agree, trust just that", _add_trust),
    "password": ("keep passwords in the system's keychain", _add_password),
    "login": ("log in, and keep it in the system's keychain: what commands need", _add_login),
    "logout": ("end a login, and take it out of the keychain", _add_login),
    "echo": ("ask both sides of the server, HTTPS and DICOM, whether they answer", _add_echo),
    "query": ("find patients, studies and series, by C-FIND or over HTTPS", _add_query),
    "retrieve": ("fetch patients, studies or series, and verify that all came", _add_retrieve),
    "follow": ("fetch series as they come, and run a command for each", _add_follow),
    "room": ("show what a folder takes by study, and offer to clean it up", _add_room),
    "open": ("tell where a viewer of the server shows a study", _add_open),
    "delete": ("delete a study or series from the server", study_grammar.add_delete),
    "modify": ("correct a study's attributes on the server", study_grammar.add_modify),
    "label": ("show, put and take away labels of studies and series", study_grammar.add_label),
    "results": ("send results to their study, and bring them back", result_grammar.add_results),
    "worklist": (
        "work through cases together: assign, open the next, finish, review",
        study_grammar.add_worklist,
    ),
    "upload": ("store files and whole folders on the server, over HTTPS", _add_upload),
    "scan": ("show what files, folders and archives hold, without a server", _add_scan),
    "sample": ("make a study of nobody to try everything with: a drawn chest, CT", _add_sample),
    "deidentify-preview": ("show what upload --deidentify would change", _add_preview),
    "jobs": ("uploads that were interrupted or left files behind", _add_jobs),
    "audit": ("show who sent, fetched, changed or deleted what, and when", _add_audit),
    "import-files": ("upload by Orthanc's ImportDicomFiles.py's arguments", _add_import_files),
    "doctor": ("examine the whole connection, say what is wrong and the cure", _add_doctor),
    "server-check": ("find what is unsafe or won't work in Orthanc's set-up", _add_server_check),
    "register": ("make the server know this computer, in its DicomModalities", _add_register),
    "server-config": ("write the configuration of an Orthanc server", _add_server_config),
    # __main__ starts it: it ends the process by itself.
    "worker": ("serve JSON-RPC 2.0 on stdin and stdout, for the panel", None),
}


def make_parser(words: Optional[Sequence[str]] = None) -> argparse.ArgumentParser:
    """Return the parser of the command line; `args.run` names the command's file and function.

    A command that is not among the `words` typed has no more than its line in the help: half of
    the time that this takes is spent on other commands' options.
    """
    parser = Parser(
        prog=PROGRAM,
        description="Finds, fetches and stores images on an Orthanc server, and counts what came.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (text, add) in _COMMANDS.items():
        if add is None or (words is not None and name not in words):
            bare = commands.add_parser(name, help=text)
            bare.set_defaults(parser=bare)
        else:
            add(commands, name, text)
    return parser


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the parsed command line; `run` is the command's function, `typed` the line.

    Raises
    ------
    ConfigurationError
        It is not well formed. Unknown options are named, values are not.
    """
    args, unknown = make_parser(arguments).parse_known_args(arguments)
    if unknown:
        typed = [item.split("=", 1)[0] for item in unknown]
        names: List[str] = list(filter(_OPTION.fullmatch, typed))
        what, hint = "a word that no option stands before", ""
        if names:
            what = "unknown option " + ", ".join(names)
            there = [match[0] for match in _OPTION.finditer(args.parser.format_usage())]
            like = [one for one in there if names[0][2:] in one]
            like = like or difflib.get_close_matches(names[0], there, 1)
            hint = f"It has {', '.join(like)}. " if like else ""
        raise ConfigurationError(
            f"This can't be read: {what}.", f"{hint}See {args.parser.prog} --help."
        )
    module, _dot, function = args.run.partition(".")
    args.typed = shlex.join([PROGRAM, *arguments])
    args.run = getattr(importlib.import_module(f"{__package__}.{module}"), function)
    return args
