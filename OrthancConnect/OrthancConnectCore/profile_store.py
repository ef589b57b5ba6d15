"""The command line's profiles in a file of their own, written whole and readable by its owner."""

from __future__ import annotations

from typing import Callable, Optional

from .files import open_file, os_reason, unwritable, user_config_directory
from .shared.disk import changing, write_private
from .shared.errors import ConfigurationError, ProfileNotFoundError
from .shared.profile import ProfileSet, ServerProfile


class ProfileStore:
    """The command line's profiles: ``profiles.json`` in `user_config_directory`."""

    def __init__(self) -> None:
        self.path = user_config_directory() / "profiles.json"

    def load(self) -> ProfileSet:
        """Return the stored profiles; an empty set when nothing was stored yet.

        Raises
        ------
        ConfigurationError
            The file is there and can't be read.
        """
        try:
            stream, _size = open_file(str(self.path))
            with stream:
                text = stream.read().decode("utf-8")
        except FileNotFoundError:
            return ProfileSet()
        except (OSError, UnicodeDecodeError) as error:
            why = os_reason(error) if isinstance(error, OSError) else "it is not text"
            raise ConfigurationError(
                f"The profiles in {self.path} can't be read: {why}.", "Mend or remove that file."
            ) from error
        return ProfileSet.from_json(text)

    def update(self, change: Callable[[ProfileSet], ProfileSet]) -> ProfileSet:
        """Load, apply `change`, save whole or not at all; return what was saved.

        Nobody else changes the file meanwhile: `change` is no place to wait for a person or a
        server.

        Raises
        ------
        ConfigurationError
            As `load`, or the file can't be written.
        """
        try:
            with changing(self.path):
                changed = change(self.load())
                write_private(self.path, changed.to_json())
        except OSError as error:
            raise unwritable(self.path, error) from error
        return changed


def find_profile(*names: Optional[str]) -> ServerProfile:
    """Return the stored profile that is named, as argument or by option; else the default one.

    Raises
    ------
    ConfigurationError
        Two are named.
    ProfileNotFoundError
        There is none.
    """
    named = sorted({name for name in names if name})
    if len(named) > 1:
        raise ConfigurationError("Two profiles are named.", "Name one.")
    known = ProfileStore().load()
    try:
        return known.get("".join(named))
    except ProfileNotFoundError as error:
        if not known.profiles:
            error.hint = "Begin with: orthancconnect connect https://server:8042 --user NAME"
        raise
