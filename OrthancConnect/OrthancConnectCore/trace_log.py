"""The optional log file: full traces for a bug report, and never a secret.

Nothing is written unless the environment variable ``ORTHANCCONNECT_LOG`` names a file.
"""

from __future__ import annotations

import base64
import errno
import html
import logging
import os
import re
import sys
import threading
from contextlib import suppress
from functools import lru_cache
from typing import IO, List, Optional, Pattern, Set, Tuple

from .shared.errors import OrthancConnectError
from .shared.packages import too_old
from .shared.validation import plain_text

VARIABLE = "ORTHANCCONNECT_LOG"
_LOGGER = logging.getLogger("orthancconnect")
_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
_HANDLER = "orthancconnect"
#: Users and passwords.
_secrets: Set[Tuple[str, str]] = set()
#: Bytes below which an encoded password could be anything.
_SHORTEST = 4
#: Characters above which it is no password, and of the parts of it that are looked for.
_LONGEST, _PIECE = 256, 16
#: What each escaping doubles: three of them at most.
_ESCAPE = r"\\{1,8}"
_NAMES = {"\n": "n", "\r": "r", "\t": "t"}
_lock = threading.Lock()


def hide(user: str, password: str) -> None:
    """Keep a password out of the log, and out of others' words that are shown, from now on."""
    if password:
        with _lock:
            _secrets.add((user, password))


def redact(text: str) -> str:
    """Return a text without any of the hidden passwords, however they are spelled in it."""
    with _lock:
        known = sorted(_secrets, key=lambda pair: -len(pair[1]))
    for pair in known:
        text = _spellings(*pair).sub("…", text)
    return text


@lru_cache(maxsize=64)
def _spellings(user: str, password: str) -> Pattern[str]:
    """Return what matches a password: plain, escaped, and where it is long enough, encoded.

    Escaped is each character for itself, as source code, JSON, URLs and HTML do it. Encoded is all
    of it: as base64, alone, with its user as HTTP does (RFC 7617) or in the middle of something,
    and as hexadecimal digits, also in a dump with spaces and colons.
    """
    if len(password) > _LONGEST:  # a token, which is sent as it is; shown may be a part of it
        steps = range(0, len(password) - _PIECE + 1, _PIECE)
        return re.compile("|".join(re.escape(password[at : at + _PIECE]) for at in steps))
    alone = _encoded(password)
    sent = dict.fromkeys([*_encoded(f"{user}:{password}")[:2], *alone])
    ways = [_base64(raw, shift) for raw in sent for shift in range(3)]
    ways += [_hexadecimal(raw) for raw in alone]
    runs = re.findall(r"\\+|[^\\]", password, re.DOTALL)
    ways.append(f"{_escaped(0)}?".join(map(_characters, runs)))  # UTF-16 has zeros between
    return re.compile("|".join(filter(None, ways)))


def _encoded(text: str) -> List[bytes]:
    """Return a text in the encodings in which it may have been sent."""
    unicode = [text.encode(kind, "surrogatepass") for kind in ("utf-8", "utf-16-le")]
    return [unicode[0], text.encode("latin-1", "replace"), unicode[1]]


def _characters(run: str) -> str:
    """Return what matches a character, or a run of backslashes, as it is or escaped."""
    char = run[0]
    if char == "\\":  # each escaping doubles the run
        count = len(run)
        return rf"(?:\\{{{count},{8 * count}}}|{_escaped(0x5C)}{{{count}}})"
    ways = {_escaped(ord(char)), re.escape(html.escape(char))}
    if not char.isascii():
        for raw in _encoded(char):
            ways.add("".join(map(_escaped, raw)))
        units = char.encode("utf-16-be", "surrogatepass")
        pairs = (units[start : start + 2] for start in range(0, len(units), 2))
        ways.add("".join(_escaped(int.from_bytes(pair, "big")) for pair in pairs))
    elif not char.isalnum():
        ways.add(_ESCAPE + _NAMES.get(char, re.escape(char)))
        ways |= {r"\+"} if char == " " else set()
    # What is shorter may be the beginning of what is longer.
    return f"(?:{'|'.join(sorted(ways, key=len, reverse=True))})"


def _escaped(value: int) -> str:
    """Return what matches a byte or a code point, as it is or by its number."""
    digits = _digits(f"{value:02x}")
    plain = "" if value == 0x5C else f"|{re.escape(chr(value))}"
    number = f"&#(?:[xX]0*{_digits(f'{value:x}')}|0*{value});"
    return f"(?:%{digits}|{_ESCAPE}(?:x|[uU]0*){digits}|{number}{plain})"


def _digits(text: str) -> str:
    """Return what matches hexadecimal digits, small or capital."""
    return re.sub("[a-f]", lambda found: f"[{found[0]}{found[0].upper()}]", text)


def _hexadecimal(raw: bytes) -> str:
    if len(raw) < _SHORTEST:
        return ""
    return r"(?:[\s:,-]|0[xX])*".join(_digits(f"{value:02x}") for value in raw)


def _base64(raw: bytes, shift: int) -> str:
    """Return what matches bytes in base64 behind `shift` others; empty for too few."""
    text = base64.b64encode(b"\0" * shift + raw).decode("ascii")
    core = text[(shift * 8 + 5) // 6 : (shift + len(raw)) * 8 // 6]  # whatever stands around it
    if len(raw) < _SHORTEST:
        return ""
    signs = {"+": "(?:[+-]|%2[bB])", "/": "(?:[/_]|%2[fF])"}
    body = r"\s*".join(signs.get(sign, sign) for sign in core)
    return f"[A-Za-z0-9+/_-]?{body}[A-Za-z0-9+/_-]{{0,2}}(?:=|%3[dD]){{0,2}}"


class _RedactingFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _PrivateFileHandler(logging.FileHandler):
    """Appends to a file that only its owner can read, and to none but an earlier log."""

    _is_broken = False

    def _open(self) -> IO[str]:  # type: ignore[override]
        def opener(path: str, flags: int) -> int:
            # A pipe that nobody reads is refused instead of waited for.
            return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)

        if os.path.isfile(self.baseFilename):
            with open(self.baseFilename, "rb") as file:
                begin = file.read(11)
            if begin and not re.match(rb"\d{4}-\d\d-\d\d ", begin):
                raise FileExistsError(errno.EEXIST, "Another file has this name")
        return open(self.baseFilename, "a", encoding="utf-8", errors="replace", opener=opener)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """Say once that the log can't be written, instead of a trace for each record."""
        if not self._is_broken:
            self._is_broken = True
            _tell_unwritable(self.baseFilename, sys.exc_info()[1])


def configure() -> None:
    """Send all warnings and log records of this process to the log file, or nowhere.

    A log file that can't be opened costs one line on stderr, not the work.
    """
    handler: logging.Handler = logging.NullHandler()
    path = os.environ.get(VARIABLE)
    if path:
        try:
            handler = _PrivateFileHandler(path)
        except OSError as error:
            _tell_unwritable(path, error)
        else:
            handler.setFormatter(_RedactingFormatter(_FORMAT))
            handler.setLevel(logging.INFO)
    root = logging.getLogger()
    for old in [item for item in root.handlers if getattr(item, "name", "") == _HANDLER]:
        root.removeHandler(old)
        with suppress(OSError):  # its disk is full
            old.close()
    handler.name = _HANDLER
    root.addHandler(handler)
    logging.captureWarnings(True)
    if threading.excepthook is getattr(threading, "__excepthook__", threading.excepthook):
        threading.excepthook = _log_thread  # its trace may hold anything


def _log_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None:
        log_fault(f"thread {ended.thread.name if ended.thread else ''}", ended.exc_value)


def _tell_unwritable(path: str, error: Optional[BaseException]) -> None:
    why = plain_text(getattr(error, "strerror", None) or type(error).__name__, 200)
    with suppress(OSError):
        print(f"The log file {plain_text(path, 300)} can't be written: {why}.", file=sys.stderr)


def log_fault(where: str, error: BaseException) -> OrthancConnectError:
    """Write an unforeseen fault with its trace, and return what a person may see of it.

    The fault's own text is left out, since it may hold anything; but what the operating system
    says of a file is worth repeating. Where a package is too old, that is what it comes from.
    """
    _LOGGER.error("%s", where, exc_info=(type(error), error, error.__traceback__))
    old = too_old()
    if old is not None:
        return old
    if isinstance(error, OSError) and error.strerror:
        name = f" ({plain_text(redact(str(error.filename)), 300)})" if error.filename else ""
        return OrthancConnectError(
            f"The operating system refused: {plain_text(redact(error.strerror), 200)}{name}.",
            "Check the permissions and the free space there.",
        )
    return OrthancConnectError(
        f"OrthancConnect met a fault that it did not foresee ({type(error).__name__}).",
        f"Try again; for a bug report, name a log file in the variable {VARIABLE} first.",
    )
