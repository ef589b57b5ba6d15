"""The command line's profiles in a file of their own, written whole and readable by its owner."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Optional

from .files import user_config_directory, write_private_text
from .shared.errors import ConfigurationError
from .shared.profile import ProfileSet, ServerProfile


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


def find_profile(name: Optional[str]) -> ServerProfile:
    """Return the stored profile of that name, the default one when none is named."""
    return ProfileStore().load().get(name or "")
