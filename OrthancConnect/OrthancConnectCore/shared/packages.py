"""The Python packages that nothing works without, how new they have to be, and optional ones."""

from __future__ import annotations

import importlib
import re
from contextlib import contextmanager
from typing import Iterator, Optional, Tuple

from .errors import ConfigurationError, MissingDependencyError

#: As in pyproject.toml. cryptography 42 has the dates of a certificate with their time zone.
REQUIRED = {"pydicom": "2.4", "requests": "2.31", "cryptography": "42"}


def too_old() -> Optional[ConfigurationError]:
    """Return the error for the first package that is older than needed; None when none is."""
    from importlib import metadata  # some 20 ms

    for name, least in REQUIRED.items():
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:  # nobody says how old it is
            continue
        if version and _numbers(version) < _numbers(least):
            return ConfigurationError(
                f"The Python package {name} is too old here: OrthancConnect needs version {least} "
                f"or newer, and this is {version}.",
                "Update it, or ask the administrator of this computer.",
                package=name,
            )
    return None


@contextmanager
def optional(message: str, hint: str, package: str, extra: str) -> Iterator[None]:
    """Say what an optional package is needed for, where it can't be imported within.

    `extra` is the one of pyproject.toml that brings it. It may be installed while this process
    runs, and is looked for anew the next time.

    Raises
    ------
    MissingDependencyError
        An import within failed.
    """
    try:
        yield
    except ImportError as error:
        importlib.invalidate_caches()
        raise MissingDependencyError(message, hint, package=package, extra=extra) from error


def _numbers(version: str) -> Tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])
