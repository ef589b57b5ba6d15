"""The optional log file: full traces for a bug report, and never a secret.

Nothing is written unless the environment variable ``ORTHANCCONNECT_LOG`` names a file.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import sys
import threading
from typing import IO, Set
from urllib.parse import quote, quote_plus

from .shared.errors import OrthancConnectError
from .shared.validation import plain_text

VARIABLE = "ORTHANCCONNECT_LOG"
_LOGGER = logging.getLogger("orthancconnect")
_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
_HANDLER = "orthancconnect"
_secrets: Set[str] = set()
_lock = threading.Lock()


def hide(user: str, password: str) -> None:
    """Keep a password out of the log from now on, also as HTTP basic authentication spells it."""
    with _lock:
        if password:
            _secrets.add(password)
            alone = base64.b64encode(password.encode("utf-8", "surrogatepass"))
            _secrets.add(alone.decode("ascii"))
        for encoding in ("utf-8", "latin-1"):
            pair = f"{user}:{password}".encode(encoding, "replace")
            _secrets.add(base64.b64encode(pair).decode("ascii"))


def redact(text: str) -> str:
    """Return a text without any of the hidden passwords."""
    with _lock:
        known = sorted(_secrets, key=len, reverse=True)
    for secret in known:
        for spelling in _spellings(secret):
            text = text.replace(spelling, "…")
    return text


def _spellings(secret: str) -> Set[str]:
    """Return a secret as source code, JSON and URLs write it."""
    spellings = {secret, repr(secret)[1:-1], ascii(secret)[1:-1], json.dumps(secret)[1:-1]}
    raw = secret.encode("utf-8", "surrogatepass")
    return spellings | {quote(raw, safe=""), quote(raw), quote_plus(raw), repr(raw)[2:-1]}


class _RedactingFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _PrivateFileHandler(logging.FileHandler):
    """Appends to a file that only its owner can read."""

    def _open(self) -> IO[str]:  # type: ignore[override]
        def opener(path: str, flags: int) -> int:
            return os.open(path, flags, 0o600)

        return open(self.baseFilename, "a", encoding="utf-8", errors="replace", opener=opener)


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
            print(f"The log file {path} can't be written: {error.strerror}.", file=sys.stderr)
        else:
            handler.setFormatter(_RedactingFormatter(_FORMAT))
            handler.setLevel(logging.INFO)
    root = logging.getLogger()
    for old in [item for item in root.handlers if getattr(item, "name", "") == _HANDLER]:
        root.removeHandler(old)
        old.close()
    handler.name = _HANDLER
    root.addHandler(handler)
    logging.captureWarnings(True)


def log_fault(where: str, error: BaseException) -> OrthancConnectError:
    """Write an unforeseen fault with its trace, and return what a person may see of it.

    The fault's own text is left out, since it may hold anything; but what the operating system
    says of a file is worth repeating.
    """
    _LOGGER.error("%s", where, exc_info=(type(error), error, error.__traceback__))
    if isinstance(error, OSError) and error.strerror:
        name = f" ({plain_text(error.filename, 300)})" if error.filename else ""
        return OrthancConnectError(
            f"The operating system refused: {plain_text(error.strerror, 200)}{name}.",
            "Check the permissions and the free space there.",
        )
    return OrthancConnectError(
        f"OrthancConnect met a fault that it did not foresee ({type(error).__name__}).",
        f"Try again; for a bug report, name a log file in the variable {VARIABLE} first.",
    )
