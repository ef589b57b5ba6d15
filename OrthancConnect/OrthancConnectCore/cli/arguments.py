"""What the command line's grammar is made of: its parser, options, and how values are read."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any, Callable, NoReturn

from ..shared.errors import ConfigurationError

#: What argparse repeats of a value: "invalid choice: 'x' (choose from …)", "ignored … 'x'".
_VALUE = re.compile(
    r"(?<=invalid choice): .*(?= \(choose from )|(?<=explicit argument) .*", re.DOTALL
)


class Parser(argparse.ArgumentParser):
    """Raises our errors instead of printing; takes no abbreviations.

    ``--password`` must not be read as ``--password-stdin``, nor what follows it as a path; and
    no value that was typed is repeated, since it may be a password in the wrong place.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["allow_abbrev"] = False
        super().__init__(*args, **kwargs)

    def error(self, message: str) -> NoReturn:
        """Tell what is wrong with the line that was typed.

        Raises
        ------
        ConfigurationError
            Always.
        """
        message = _VALUE.sub("", message)
        raise ConfigurationError(f"{message[:1].upper()}{message[1:]}.", f"See {self.prog} --help.")


def number(lowest: int, highest: int) -> Callable[[str], int]:
    """Return what reads a whole number in a range."""

    def convert(text: str) -> int:
        if text.isascii() and text.isdigit() and lowest <= int(text[:12]) <= highest:
            return int(text)
        raise argparse.ArgumentTypeError(f"a whole number from {lowest} to {highest} is needed")

    return convert


def seconds(text: str) -> float:
    """Read a number of seconds."""
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a number of seconds is needed") from error


def absolute(path: str) -> str:
    """Read the path of a file, which counts from wherever a command is run."""
    return str(Path(path).expanduser().resolve())


_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,3})?) ?(B|[kMGT]B)?", re.ASCII)
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def size(text: str) -> int:
    """Read a number of bytes, as ``50GB``."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError("a size is needed, as 500MB or 50GB")
    return int(float(match.group(1)) * _UNITS[match.group(2) or "B"])


def flag(parser: Any, name: str, text: str) -> None:
    """Add an option without a value."""
    parser.add_argument(name, action="store_true", help=text)


def option(parser: Any, name: str, metavar: str, text: str = "", **more: Any) -> None:
    """Add an option with a value, or an argument."""
    parser.add_argument(*name.split(), metavar=metavar, help=text or None, **more)


def many(parser: Any, name: str, metavar: str, text: str = "", **more: Any) -> None:
    """Add an option that may be repeated."""
    option(parser, name, metavar, text, action="append", default=[], **more)


def add_deidentify(parser: Any) -> None:
    """Add how files are de-identified."""
    how = parser.add_argument_group("de-identification")
    option(how, "--key-file", "FILE", "the same pseudonyms in later uploads; made if not there")
    option(how, "--map-file", "FILE", "where originals and pseudonyms are listed; never sent")
    how.add_argument("--dates", choices=("remove", "shift", "keep"), help="remove when left out")
    option(how, "--prefix", "XX", "of new patient IDs; up to 4 capitals")
    flag(how, "--keep-patient-characteristics", "sex, age, size, weight")
    flag(how, "--keep-structure-names", "names of regions in RT structure sets")


def add_filters(parser: Any) -> None:
    """Add what a study is looked for by."""
    filters = parser.add_argument_group("filters; of texts a part is enough, * and ? are wildcards")
    option(filters, "--patient-name", "TEXT", "without regard to accents, as all texts")
    option(filters, "--patient-id", "ID", "the whole of it")
    option(filters, "--birth-date", "D", "YYYY-MM-DD or YYYYMMDD")
    filters.add_argument("--sex", choices=tuple("FMO"), type=str.upper)
    option(filters, "--date", "D|D1-D2", "study date: YYYY-MM-DD or YYYYMMDD")
    option(filters, "--time", "T|T1-T2", "study time: HH:MM")
    option(filters, "--description", "TEXT", "the study's description")
    option(filters, "--accession", "NUMBER")
    option(filters, "--referring", "TEXT", "the referring physician")
    option(filters, "--institution", "TEXT")
    many(filters, "--modality", "CT,MR", "of a series of the study")
    option(filters, "--series-description", "TEXT", "the description of that series")
    option(filters, "--body-part", "TEXT", "the body part of that series")
    many(filters, "--label", "LABEL", "on the study; may be repeated")


def add_login(parser: Any) -> None:
    """Add how people log in where it is not by user and password alone."""
    from ..shared.profile_checks import AUTH_KINDS

    login = parser.add_argument_group("login beyond passwords")
    text = "a bearer token, or in the web browser (OpenID Connect); password when left out"
    login.add_argument("--auth", choices=AUTH_KINDS, help=text)
    option(login, "--issuer", "URL", "the OpenID Connect provider, as it names itself")
    option(login, "--client-id", "NAME", "what the provider calls us; orthancconnect if left out")
    option(login, "--scope", "WORDS", "asked of the provider; openid when left out")
    option(login, "--login-hosts", "HOSTS", "beside the issuer's, as the provider names them")
    option(login, "--client-certificate", "FILE", "yours (PEM), for a web server that asks for it")
    option(login, "--client-key", "FILE", "its key, if in a file of its own")


#: Seconds that a person may have to wait: up to a week.
WAIT = number(0, 7 * 24 * 3600)
_COMMON = Parser(add_help=False)
flag(_COMMON, "--json", "print one JSON document, errors included, for machines")
#: What most commands have: the server, and where its password comes from.
SERVER, LOGIN = Parser(add_help=False), Parser(add_help=False)
DEFAULT = "the default one when left out"
option(SERVER, "-p --profile", "NAME", f"server profile; {DEFAULT}")
flag(LOGIN, "--password-stdin", "take password or token from stdin's first line; ask for none")


def command(
    commands: Any, name: str, run: str, text: str, *parents: argparse.ArgumentParser
) -> argparse.ArgumentParser:
    """Add a command; `run` names its file in this folder, and the function there."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text[:1].upper() + text[1:] + ".", parents=[*parents, _COMMON]
    )
    parser.set_defaults(run=run, parser=parser)
    return parser


def actions(commands: Any, name: str, text: str) -> Any:
    """Add a command that has commands of its own."""
    parser = commands.add_parser(name, help=text)
    return parser.add_subparsers(dest="action", metavar="ACTION", required=True)
