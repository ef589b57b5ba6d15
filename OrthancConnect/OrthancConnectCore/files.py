"""Plain files on the disk."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Optional, Sequence, TextIO, Tuple, Union

from .shared.errors import ConfigurationError, InputError
from .shared.validation import plain_text
from .trace_log import redact

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NONBLOCK", 0)
)
_WRITE_BUFFER = 256 * 1024
#: Seconds in which Windows lets a file be replaced that somebody has open for a moment.
_REPLACE_PATIENCE = 2.0
#: What `PartFile` writes, now and before 0.2.
_PART_NAME = re.compile(r"\.([0-9a-f]{16}|[0-9]+-[0-9]+)\.part$")
_STALE_SECONDS = 24 * 3600.0


def open_plain(path: str) -> Tuple[int, os.stat_result]:
    """Open a plain file for reading, never waiting for a pipe or a device.

    Returns
    -------
    tuple
        The descriptor, and what the system tells of the file.

    Raises
    ------
    OSError
        It can't be read, or is no plain file.
    """
    handle = os.open(path, _OPEN_FLAGS)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "It is no plain file")
        return handle, status
    except OSError:
        os.close(handle)
        raise


class PartFile:
    """A file that appears under its name only when it is complete.

    Written beside it as ``*.part``, under a name that can't be foretold, and locked meanwhile: two
    runs at once do not disturb each other and see what a killed one left, and no link that somebody
    has put there is followed.

    Parameters
    ----------
    path : Path
        The final name; its folder is made.

    Raises
    ------
    OSError
        The folder or the file can't be written.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self.size = 0
        while True:
            self._part = path.with_name(f"{path.stem}.{secrets.token_hex(8)}.part")
            self._stream = open(self._part, "xb", buffering=_WRITE_BUFFER)
            handle = self._stream.fileno()
            if _locks(handle) is not False and os.fstat(handle).st_nlink:
                return
            self._stream.close()  # another run took it for abandoned before it was locked

    def __enter__(self) -> PartFile:
        return self

    def __exit__(self, *_error: object) -> None:
        self.discard()

    def write(self, data: Union[bytes, memoryview]) -> None:
        """Append bytes."""
        self._stream.write(data)
        self.size += len(data)

    def commit(self) -> None:
        """Give the file its name."""
        self._stream.flush()
        if fcntl is None:  # Windows renames no open file
            self._stream.close()
        os.replace(self._part, self._path)
        self._stream.close()

    def discard(self) -> None:
        """Leave nothing behind; does nothing after `commit`."""
        with suppress(OSError):  # what could not be flushed is thrown away with the rest
            self._stream.close()
        with suppress(OSError):  # committed, or its folder is gone
            self._part.unlink()


def _locks(handle: int) -> Optional[bool]:
    """Try to lock a file; None where files can't be locked."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def remove_abandoned(folder: Path) -> None:
    """Remove what killed runs had begun to write into a folder, as `PartFile`.

    Windows keeps what is open from being removed. Where files can't be locked otherwise, what was
    not written to for a day counts as abandoned.
    """
    try:
        with os.scandir(folder) as entries:
            parts = [entry.path for entry in entries if _PART_NAME.search(entry.name)]
    except OSError:
        return  # no such folder
    for part in parts:
        with suppress(OSError):  # it is in use, or went away meanwhile
            if fcntl is None:
                os.unlink(part)
            else:
                _remove_unless_locked(part)


def _remove_unless_locked(part: str) -> None:
    handle = os.open(part, os.O_RDWR | os.O_NOFOLLOW)
    try:
        lock = _locks(handle)
        if lock or (lock is None and time.time() - os.fstat(handle).st_mtime > _STALE_SECONDS):
            os.unlink(part)
    finally:
        os.close(handle)


def os_reason(error: BaseException) -> str:
    """Return the system's own words for a fault."""
    return plain_text(redact(str(getattr(error, "strerror", None) or error)), 200)


def user_config_directory() -> Path:
    """Return the folder of the user's own settings for OrthancConnect, by the system's custom."""
    return _user_directory("CONFIG", "APPDATA", "AppData/Roaming", ".config", "")


def user_state_directory() -> Path:
    """Return the folder of what OrthancConnect remembers for itself, by the system's custom."""
    return _user_directory("STATE", "LOCALAPPDATA", "AppData/Local", ".local/state", "State")


def _user_directory(kind: str, variable: str, windows: str, unix: str, inner: str) -> Path:
    """Return what ``ORTHANCCONNECT_CONFIG_DIR`` or ``…_STATE_DIR`` says, else the system's."""
    override = os.environ.get(f"ORTHANCCONNECT_{kind}_DIR")
    if override:
        return Path(override)
    if sys.platform == "win32":
        return Path(os.environ.get(variable) or Path.home() / windows) / "OrthancConnect" / inner
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "OrthancConnect" / inner
    return Path(os.environ.get(f"XDG_{kind}_HOME") or Path.home() / unix) / "orthancconnect"


def write_private_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only.

    Raises
    ------
    ConfigurationError
        The folder or the file can't be written, or something else has its name: a folder, a pipe
        or a device.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            os.close(open_plain(str(path))[0])
        handle, temporary = tempfile.mkstemp(dir=str(path.parent), prefix=path.name + ".")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            _replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise unwritable(path, error) from error


def _replace(new: str, path: Path) -> None:
    """Put a file in the place of another, once nobody has that one open (on Windows)."""
    deadline = time.monotonic() + _REPLACE_PATIENCE
    while True:
        try:
            os.replace(new, path)
            return
        except PermissionError:
            if os.name != "nt" or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def unwritable(path: Path, error: OSError) -> ConfigurationError:
    """Return the error for a file of the settings, or one that a person named."""
    return ConfigurationError(
        f"The file {plain_text(path, 500)} can't be written: {os_reason(error)}.",
        "Make its folder writable, or name another with ORTHANCCONNECT_CONFIG_DIR.",
    )


def open_file(path: str) -> Tuple[BinaryIO, int]:
    """Open a plain file for reading, never waiting for a pipe or a device.

    Returns
    -------
    tuple
        The open file, and its size.

    Raises
    ------
    OSError
        It can't be read, or is no plain file any more.
    """
    handle, status = open_plain(path)
    return os.fdopen(handle, "rb"), status.st_size


def reading_fault(error: OSError) -> Tuple[str, str]:
    """Return sentence and hint for a file or folder that can't be read."""
    if isinstance(error, PermissionError):
        return "It can't be read: permission denied.", "Give your user the right to read it."
    if isinstance(error, FileNotFoundError):
        return "It is no longer there.", "Look for it, and upload again."
    return (
        f"It can't be read: {os_reason(error)}.",
        "Check the disk or the network drive, and try again.",
    )


def new_private_file(path: Path) -> TextIO:
    """Make an ASCII file for its owner alone, in the place of what a killed process left."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(handle, "w", encoding="ascii", newline="\n")


def check_target(path: Path, what: str, beginnings: Sequence[bytes]) -> None:
    """Make sure that a file which a person named may be written, before work is done for it.

    Nothing of theirs is written over: what is there has to be empty, or an earlier file of the
    same kind.

    Parameters
    ----------
    path : Path
        Where a link is, what it leads to is looked at.
    what : str
        What shall be written: ``receipt``.
    beginnings : sequence of bytes
        How a file of this kind begins.

    Raises
    ------
    InputError
        It may not, or its folder can't be written.
    """
    try:
        if path.exists():
            handle, _status = open_plain(str(path))
            with os.fdopen(handle, "rb") as stream:
                head = stream.read(256)
            if head and not head.startswith(tuple(beginnings)):
                raise InputError(
                    f"The {what} can't be written to {plain_text(path, 300)}: another file has "
                    f"this name, and it is no earlier {what}.",
                    "Choose another name.",
                )
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise InputError(
            f"The {what} can't be written to {plain_text(path, 300)}: {os_reason(error)}.",
            "Choose another name, or another folder.",
        ) from error
