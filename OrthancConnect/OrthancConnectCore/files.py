"""Where files lie, how they are opened, and in which words a fault of theirs is told."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO, TextIO, Tuple, Union

from .shared.disk import open_plain
from .shared.errors import ConfigurationError, InputError
from .shared.validation import plain_text
from .trace_log import redact


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


def unwritable(path: Path, error: OSError) -> ConfigurationError:
    """Return the error for a file of the settings, or one that a person named."""
    return ConfigurationError(
        f"The file {plain_text(path, 500)} can't be written: {os_reason(error)}.",
        "Make its folder writable, or name another with ORTHANCCONNECT_CONFIG_DIR.",
    )


def open_file(path: str) -> Tuple[BinaryIO, int]:
    """Open a plain file for reading, never waiting for a pipe or a device; tell its size.

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


def prepare_folder(folder: Union[str, Path]) -> Path:
    """Make the folder that files are to be written into.

    Raises
    ------
    InputError
        It can't be made or written.
    """
    path = Path(folder).expanduser()
    try:
        path.mkdir(parents=True, exist_ok=True)
        writable = os.access(path, os.W_OK | os.X_OK)
    except (OSError, ValueError) as error:
        raise InputError(
            f"The folder {plain_text(path, 1000)} can't be used: {os_reason(error)}.",
            "Choose another folder.",
        ) from error
    if not writable:
        raise InputError(
            f"The folder {plain_text(path, 1000)} can't be written.", "Choose another folder."
        )
    return path


def new_private_file(path: Path) -> TextIO:
    """Make an ASCII file for its owner alone, in the place of what a killed process left."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(handle, "w", encoding="ascii", newline="\n")
