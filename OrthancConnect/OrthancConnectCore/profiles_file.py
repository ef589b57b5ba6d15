"""The command line's profiles in a file of their own, written whole and readable by its owner."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Callable, Optional

from .errors import ConfigurationError
from .profiles import ProfileSet


def user_config_directory() -> Path:
    """Return the folder of the user's own settings for OrthancConnect, by the system's custom."""
    override = os.environ.get("ORTHANCCONNECT_CONFIG_DIR")
    if override:
        return Path(override)
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
        return base / "OrthancConnect"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "OrthancConnect"
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "orthancconnect"


def write_private_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only.

    Raises
    ------
    ConfigurationError
        The folder or the file can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=str(path.parent), prefix=path.name + ".")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise ConfigurationError(
            f"The file {path} can't be written: {error.strerror or error}.",
            "Make its folder writable, or name another with ORTHANCCONNECT_CONFIG_DIR.",
        ) from error


class ProfileStore:
    """The command line's profiles: one JSON file in the user's configuration directory.

    Parameters
    ----------
    path : Path, optional
        The file; ``profiles.json`` in `user_config_directory` when left out.
    """

    def __init__(self, path: Optional[Path] = None) -> None:
        self.path = path or user_config_directory() / "profiles.json"

    def load(self) -> ProfileSet:
        """Return the stored profiles; an empty set when nothing was stored yet.

        Raises
        ------
        ConfigurationError
            The file is there and can't be read.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ProfileSet()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"The profiles in {self.path} can't be read.", "Mend or remove that file."
            ) from error
        return ProfileSet.from_json(text)

    def save(self, profiles: ProfileSet) -> None:
        """Store the profiles, whole or not at all."""
        write_private_text(self.path, profiles.to_json())

    def update(self, change: Callable[[ProfileSet], ProfileSet]) -> ProfileSet:
        """Load, apply `change`, save; return what was saved."""
        changed = change(self.load())
        self.save(changed)
        return changed
