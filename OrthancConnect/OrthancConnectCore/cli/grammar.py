"""The command line's grammar: ``orthancconnect COMMAND …``, by argparse.

argparse is in every Python that we run on, Slicer's included; a framework would be one more
package to install there for the same grammar.
"""

from __future__ import annotations

import argparse
from typing import Any, Callable, Dict, List, NoReturn, Optional, Sequence, Tuple

from .. import __version__
from ..shared.errors import ConfigurationError
from ..shared.profile import RETRIEVE_METHODS
from ..shared.upload_options import PATIENCE
from .output import Answer

PROGRAM = "orthancconnect"

_EPILOG = """\
exit codes: 0 all that was asked was done; 1 part of it failed (the receipt says which);
2 usage or configuration; 3 certificate not trusted; 4 refused by the server; 5 not reachable;
130 cancelled"""


class _Parser(argparse.ArgumentParser):
    """Raises our errors instead of printing; takes no abbreviations.

    ``--password`` must not be read as ``--password-stdin``, nor what follows it as a path; and
    no value that was typed is repeated, since it may be a password in the wrong place.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["allow_abbrev"] = False
        super().__init__(*args, **kwargs)

    def error(self, message: str) -> NoReturn:
        raise ConfigurationError(f"{message[:1].upper()}{message[1:]}.", f"See {self.prog} --help.")


def _number(lowest: int, highest: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if text.isascii() and text.isdigit() and lowest <= int(text[:12]) <= highest:
            return int(text)
        raise argparse.ArgumentTypeError(f"a whole number from {lowest} to {highest} is needed")

    return convert


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a number of seconds is needed") from error


_PORT = _number(1, 65535)
_PARALLEL = _number(1, 32)
_WAIT = _number(0, 7 * 24 * 3600)

_common = _Parser(add_help=False)
_common.add_argument(
    "--json", action="store_true", help="print one JSON document, errors included, for machines"
)
_server = _Parser(add_help=False)
_server.add_argument(
    "-p", "--profile", metavar="NAME", help="server profile; the default one when left out"
)
_login = _Parser(add_help=False)
_login.add_argument(
    "--password-stdin",
    action="store_true",
    help="read the password from the first line of stdin instead of asking for it",
)
_anchor = _Parser(add_help=False)
_anchor.add_argument("--ca-file", metavar="FILE", help="trust the authorities in this PEM file")
_anchor.add_argument(
    "--fingerprint", metavar="SHA256", help="trust exactly the certificate with this SHA-256"
)
_deidentify = _Parser(add_help=False)
_how = _deidentify.add_argument_group("de-identification")
_how.add_argument(
    "--key-file", metavar="FILE", help="the same pseudonyms in later uploads; made if not there"
)
_how.add_argument(
    "--map-file", metavar="FILE", help="where originals and pseudonyms are listed; never sent"
)
_how.add_argument("--dates", choices=("remove", "shift", "keep"), help="remove when left out")
_how.add_argument("--prefix", metavar="XX", help="of new patient IDs; up to 4 capitals")
_how.add_argument(
    "--keep-patient-characteristics", action="store_true", help="sex, age, size, weight"
)


def _command(
    commands: Any,
    name: str,
    run: Callable[[argparse.Namespace], Answer],
    text: str,
    parents: Sequence[argparse.ArgumentParser] = (),
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text[:1].upper() + text[1:] + ".", parents=[*parents, _common]
    )
    parser.set_defaults(run=run)
    return parser


def _add_profile(commands: Any, name: str, text: str) -> None:
    from . import profiles as runs

    profile = commands.add_parser(name, help=text)
    actions = profile.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_profile_add(_command(actions, "add", runs.add, "add a server profile", [_anchor]))
    _command(actions, "list", runs.list_profiles, "list all profiles")
    show = _command(actions, "show", runs.show, "show all of one profile")
    show.add_argument("name", metavar="NAME", nargs="?", help="the default one when left out")
    remove = _command(actions, "remove", runs.remove, "remove a profile")
    remove.add_argument("name", metavar="NAME")
    remove.add_argument(
        "--forget-password", action="store_true", help="take its password out of the keychain too"
    )
    default = _command(actions, "default", runs.set_default, "make a profile the default one")
    default.add_argument("name", metavar="NAME")
    copy = _command(actions, "copy", runs.copy, "make a second profile like another one")
    rename = _command(actions, "rename", runs.rename, "give a profile another name")
    for parser in (copy, rename):
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("new_name", metavar="NEW_NAME")
    copy.add_argument("--address", metavar="URL", help="for another server with the same settings")
    export = _command(
        actions, "export", runs.export, "write profiles, without passwords, for other people"
    )
    export.add_argument("names", metavar="NAME", nargs="*", help="all when left out")
    export.add_argument("-o", "--output", metavar="FILE", help="stdout when left out")
    export.add_argument("--replace", action="store_true", help="overwrite the file")
    take = _command(actions, "import", runs.import_profiles, "take over exported profiles")
    take.add_argument("file", metavar="FILE", help="exported file; - for stdin")
    take.add_argument("--replace", action="store_true", help="overwrite profiles of the same name")
    take.add_argument("--default", action="store_true", help="take over the default as well")


def _add_profile_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("rest_url", metavar="URL", help="for example https://server:8042")
    parser.add_argument("--user", help="as in Orthanc's RegisteredUsers")
    dicom = parser.add_argument_group("DICOM")
    dicom.add_argument("--dicom-host", metavar="HOST", help="the host of URL when left out")
    dicom.add_argument("--dicom-port", metavar="PORT", type=_PORT, help="4242 when left out")
    dicom.add_argument("--called-ae-title", metavar="AET", help="Orthanc's DicomAet")
    dicom.add_argument("--calling-ae-title", metavar="AET", help="ours")
    dicom.add_argument("--storage-ae-title", metavar="AET", help="of our listener, for C-MOVE")
    dicom.add_argument("--storage-port", metavar="PORT", type=_PORT, help="11112 when left out")
    dicom.add_argument("--method", dest="retrieve_method", choices=RETRIEVE_METHODS)
    limits = parser.add_argument_group("limits")
    limits.add_argument(
        "--parallel", dest="parallel_transfers", metavar="N", type=_PARALLEL, help="connections"
    )
    for name in ("connect", "read", "dimse"):
        limits.add_argument(f"--{name}-timeout", metavar="SECONDS", type=_seconds)
    parser.add_argument("--default", action="store_true", help="make it the default profile")
    parser.add_argument("--replace", action="store_true", help="overwrite the profile of that name")
    parser.add_argument(
        "--allow-insecure-http", action="store_true", help="allow a URL without encryption"
    )


def _add_connect(commands: Any, name: str, text: str) -> None:
    from . import connect as runs

    parser = _command(commands, name, runs.connect, text, [_anchor, _login])
    parser.add_argument("address", metavar="URL", help="for example https://server:8042")
    parser.add_argument("--user", help="as in Orthanc's RegisteredUsers")
    parser.add_argument("--name", help="of the profile; the server's own name when left out")
    parser.add_argument("--calling-ae-title", metavar="AET", help="ours; unique when left out")
    parser.add_argument("--method", dest="retrieve_method", choices=RETRIEVE_METHODS)
    parser.add_argument("--remember", action="store_true", help="keep the password in the keychain")
    parser.add_argument("--default", action="store_true", help="make it the default profile")
    parser.add_argument(
        "--replace", action="store_true", help="make the profile of that address or name anew"
    )
    parser.add_argument(
        "--allow-insecure-http", action="store_true", help="allow a URL without encryption"
    )


def _add_password(commands: Any, name: str, text: str) -> None:
    from . import login as runs

    password = commands.add_parser(name, help=text)
    actions = password.add_subparsers(dest="action", metavar="ACTION", required=True)
    text = "keep the password in the keychain, once the server has accepted it"
    _command(actions, "remember", runs.remember, text, [_server, _login])
    text = "take the password out of the keychain"
    _command(actions, "forget", runs.forget, text, [_server])


def _add_trust(commands: Any, name: str, text: str) -> None:
    from . import trust as runs

    parser = _command(commands, name, runs.trust, text, [_server])
    parser.add_argument(
        "--fingerprint", metavar="SHA256", help="agree to the certificate with this SHA-256"
    )
    parser.add_argument(
        "--replace", action="store_true", help="put it in the place of a trusted one"
    )


def _add_echo(commands: Any, name: str, text: str) -> None:
    from . import transfer as runs

    parser = _command(commands, name, runs.echo, text, [_server, _login])
    parser.add_argument("--only", choices=("https", "dicom"), help="ask one side")


def _add_query(commands: Any, name: str, text: str) -> None:
    from . import transfer as runs

    parser = _command(commands, name, runs.query, text, [_server])
    parser.add_argument("--patient-name", metavar="TEXT", help="part of it; * and ? are wildcards")
    parser.add_argument("--patient-id", metavar="ID")
    parser.add_argument("--date", metavar="D|D1-D2", help="study date: YYYY-MM-DD or YYYYMMDD")
    parser.add_argument("--modality", metavar="CT,MR", action="append", default=[])
    parser.add_argument("--accession", metavar="NUMBER")
    parser.add_argument("--description", metavar="TEXT", help="part of the study's description")
    parser.add_argument(
        "--limit", metavar="N", type=_number(0, 10**6), default=0, help="most studies; 0 for all"
    )


def _add_retrieve(commands: Any, name: str, text: str) -> None:
    from . import transfer as runs

    parser = _command(commands, name, runs.retrieve, text, [_server, _login])
    for name, value in (("patient", "ID"), ("study", "UID"), ("series", "UID")):
        parser.add_argument(
            f"--{name}", metavar=value, action="append", default=[], help="may be repeated"
        )
    parser.add_argument("-o", "--output", metavar="FOLDER", required=True)
    parser.add_argument("--method", choices=RETRIEVE_METHODS, help="the profile's when left out")


def _add_upload(commands: Any, name: str, text: str) -> None:
    from . import upload as runs

    parser = _command(commands, name, runs.upload, text, [_server, _login, _deidentify])
    parser.add_argument("paths", metavar="PATH", nargs="+", help="file, folder or archive")
    _add_upload_options(parser)


def _add_upload_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--parallel", metavar="N", type=_PARALLEL, help="most connections")
    parser.add_argument(
        "--fresh", action="store_true", help="forget what an interrupted run of this upload stored"
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="compare what the server has of each file with the file, by MD5",
    )
    parser.add_argument(
        "--receipt", metavar="FILE", help="write a row for each file: JSON for *.json, else CSV"
    )
    parser.add_argument(
        "--except-series", metavar="UID", action="append", default=[], help="leave a series out"
    )
    parser.add_argument(
        "--label", action="append", default=[], help="put on the studies (Orthanc 1.12)"
    )
    parser.add_argument(
        "--metadata",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="put on the studies; NAME is a number from 1024 or one of UserMetadata",
    )
    parser.add_argument(
        "--deidentify", action="store_true", help="before anything is sent, by DICOM PS3.15"
    )
    parser.add_argument(
        "--no-compression",
        action="store_true",
        help="send each file as it is, in a request of its own",
    )
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=_WAIT,
        default=PATIENCE,
        help="for a server that goes away in the middle (%(default)g)",
    )


def _add_scan(commands: Any, name: str, text: str) -> None:
    from . import scan as runs

    parser = _command(commands, name, runs.scan, text)
    parser.add_argument("paths", metavar="PATH", nargs="+", help="file, folder or archive")
    parser.add_argument(
        "--problems", action="store_true", help="name each file that is no instance, and why"
    )


def _add_preview(commands: Any, name: str, text: str) -> None:
    from . import deidentify as runs

    parser = _command(commands, name, runs.preview, text, [_deidentify])
    parser.add_argument("paths", metavar="PATH", nargs="+", help="file, folder or archive")
    parser.set_defaults(deidentify=True, except_series=[])


def _add_jobs(commands: Any, name: str, text: str) -> None:
    from . import upload as runs

    jobs = commands.add_parser(name, help=text)
    actions = jobs.add_subparsers(dest="action", metavar="ACTION", required=True)
    _command(actions, "list", runs.list_uploads, "list them; the same upload again goes on")
    remove = _command(
        actions, "remove", runs.remove_upload, "forget one; what it stored stays stored"
    )
    remove.add_argument("job", metavar="JOB", help="as the list names it")


def _add_import_files(commands: Any, name: str, text: str) -> None:
    from . import upload as runs

    parser = _command(commands, name, runs.import_files, text, [_anchor, _login, _deidentify])
    parser.add_argument("host", metavar="HOST")
    parser.add_argument("port", metavar="PORT", type=_PORT, help="of HTTPS")
    parser.add_argument("path", metavar="PATH", help="file or folder")
    parser.add_argument("user", metavar="USER", nargs="?", default="")
    parser.add_argument("password", metavar="PASSWORD", nargs="?", help="better: --password-stdin")
    _add_upload_options(parser)


def _add_doctor(commands: Any, name: str, text: str) -> None:
    from . import doctor as runs

    parser = _command(commands, name, runs.doctor, text, [_server, _login])
    parser.add_argument("name", metavar="PROFILE", nargs="?", help="the default one when left out")
    parser.add_argument("--save", metavar="FILE", help="write the report (JSON for *.json) as well")
    parser.add_argument(
        "--read-only",
        action="store_true",
        help="store no test instance on the server for the time of the check",
    )


def _add_register(commands: Any, name: str, text: str) -> None:
    from . import doctor as runs

    parser = _command(commands, name, runs.register, text, [_server, _login])
    parser.add_argument("name", metavar="PROFILE", nargs="?", help="the default one when left out")
    parser.add_argument(
        "--address",
        metavar="HOST",
        help="this computer as the server reaches it; found out by itself",
    )
    parser.add_argument(
        "--port", metavar="PORT", type=_PORT, help="of our listener; kept in the profile"
    )
    parser.add_argument(
        "--replace", action="store_true", help="correct an entry that leads elsewhere"
    )
    parser.add_argument(
        "--exact-address",
        action="store_true",
        help="replace a host name by the address, for DicomCheckModalityHost",
    )


#: Commands in the order of the help: the line that tells what each does, and what adds its parser.
_COMMANDS: Dict[str, Tuple[str, Optional[Callable[[Any, str, str], Any]]]] = {
    "connect": (
        "connect to a server for the first time, find its settings and keep them in a profile",
        _add_connect,
    ),
    "profile": ("keep the servers' addresses and settings", _add_profile),
    "trust": (
        "show the server's certificate and, when you agree, trust exactly that one",
        _add_trust,
    ),
    "password": ("keep passwords in the system's keychain", _add_password),
    "echo": ("ask both sides of the server, HTTPS and DICOM, whether they answer", _add_echo),
    "query": ("find patients, studies and series by C-FIND", _add_query),
    "retrieve": (
        "fetch patients, studies or series into a folder, and verify that all came",
        _add_retrieve,
    ),
    "upload": ("store files and whole folders on the server, over HTTPS", _add_upload),
    "scan": ("show what files, folders and archives hold, without a server", _add_scan),
    "deidentify-preview": (
        "show what upload --deidentify would change, for one file of each series",
        _add_preview,
    ),
    "jobs": ("uploads that were interrupted or left files behind", _add_jobs),
    "import-files": (
        "take the arguments of Orthanc's ImportDicomFiles.py, over HTTPS",
        _add_import_files,
    ),
    "doctor": ("examine the whole connection, say what is wrong and the cure", _add_doctor),
    "register": (
        "make the server know this computer (an entry in its DicomModalities)",
        _add_register,
    ),
    # __main__ starts it: it ends the process by itself.
    "worker": ("serve JSON-RPC 2.0 on stdin and stdout, for the panel", None),
}


def make_parser(words: Optional[Sequence[str]] = None) -> argparse.ArgumentParser:
    """Return the parser of the command line; `args.run` is the command's function.

    A command that is not among the `words` typed has no more than its line in the help: its
    module, and what that imports, takes longer to load than all else here.
    """
    parser = _Parser(
        prog=PROGRAM,
        description="Works with an Orthanc DICOM server: HTTPS upload, C-FIND, C-GET, receipts.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (text, add) in _COMMANDS.items():
        if add is None or (words is not None and name not in words):
            commands.add_parser(name, help=text)
        else:
            add(commands, name, text)
    return parser


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the parsed command line.

    Raises
    ------
    ConfigurationError
        It is not well formed. Unknown options are named, values are not.
    """
    args, unknown = make_parser(arguments).parse_known_args(arguments)
    if unknown:
        names: List[str] = [item.split("=", 1)[0] for item in unknown if item.startswith("--")]
        what = "unknown option " + ", ".join(names) if names else "too many arguments"
        raise ConfigurationError(
            f"This can't be read: {what}.", f"See {PROGRAM} {args.command} --help."
        )
    return args
