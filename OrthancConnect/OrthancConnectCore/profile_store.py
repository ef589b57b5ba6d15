"""The command line's profiles in a file of their own, written whole and readable by its owner."""

from __future__ import annotations

from typing import Callable, Optional

from .files import user_config_directory, write_private_text
from .shared.errors import ConfigurationError
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
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ProfileSet()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"The profiles in {self.path} can't be read.", "Mend or remove that file."
            ) from error
        return ProfileSet.from_json(text)

    def update(self, change: Callable[[ProfileSet], ProfileSet]) -> ProfileSet:
        """Load, apply `change`, save whole or not at all; return what was saved."""
        changed = change(self.load())
        write_private_text(self.path, changed.to_json())
        return changed


def find_profile(name: Optional[str]) -> ServerProfile:
    """Return the stored profile of that name, the default one when none is named."""
    return ProfileStore().load().get(name or "")
