"""Profiles on their way: exported for other people, imported from an administrator, duplicated."""

from __future__ import annotations

from typing import Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import ConfigurationError, InputError, InvalidProfileError
from OrthancConnectCore.shared.profile import ProfileSet, ServerProfile, free_name

from .receipt_text import save_text

#: No file of profiles is that large, in bytes.
_LARGEST = 1024 * 1024


def export_profile(profile: ServerProfile, path: str) -> None:
    """Write one profile, with its pin and without any password; InputError when it can't be."""
    save_text(path, ProfileSet((profile,), profile.name).to_json() + "\n")


def import_profiles(path: str, known: ProfileSet) -> Tuple[ProfileSet, Tuple[str, ...]]:
    """Return the known profiles with those of a file, and the names that these got.

    Nothing of the file is taken but a profile's own fields, checked; a name that is taken gets a
    number, so that no known profile is changed. InputError or ConfigurationError when the file
    can't be used, or trusts a known server for another reason.
    """
    try:
        with open(path, "rb") as stream:
            raw = stream.read(_LARGEST + 1)
        if len(raw) > _LARGEST:
            raise ConfigurationError(
                _("This is not a file of server profiles: it is too large."),
                _("Choose a file exported by OrthancConnect."),
            )
        imported = ProfileSet.from_json(raw.decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            _("The file can't be read as a file of server profiles."),
            _("Choose a file exported by OrthancConnect."),
        ) from error
    if not imported.profiles:
        raise ConfigurationError(
            _("The file holds no server profile."), _("Choose a file exported by OrthancConnect.")
        )
    names = []
    for profile in imported.profiles:
        _refuse_other_trust(profile, known)
    for profile in imported.profiles:
        name = free_name(profile.name, known.names)
        known = known.put(profile.replace(name=name))
        names.append(name)
    return known, tuple(names)


def _refuse_other_trust(profile: ServerProfile, known: ProfileSet) -> None:
    """Refuse another certificate for a known server: a password would go where the file says."""
    other = known.trusted_otherwise(profile)
    if other is not None:
        raise InvalidProfileError(
            _(
                "The file trusts another certificate than {name} does, at the same address; "
                "nothing was imported."
            ).format(name=other.name),
            _(
                "Ask the administrator which is right. To take the file's, remove {name} first."
            ).format(name=other.name),
            field="trust",
        )
