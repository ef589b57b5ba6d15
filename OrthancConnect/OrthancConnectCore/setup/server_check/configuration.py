"""An Orthanc configuration as Orthanc reads it: one file, or a folder of split files."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

from ...files import open_file, os_reason
from ...shared.check_lines import Outcome, failed
from ...shared.errors import ConfigurationError, InputError
from ...shared.validation import plain_text
from ..orthanc_json import read_orthanc_json
from .keys import DEFAULTS

#: Bytes of a configuration file; Debian's has 38,000.
_LONGEST = 10_000_000


@dataclass
class Configuration:
    """What the files say, and what Orthanc takes where they are silent."""

    #: As it was named.
    path: Path
    values: Dict[str, Any] = field(default_factory=dict)
    #: Key: the file in which it stands.
    places: Dict[str, Path] = field(default_factory=dict)
    #: What hinders Orthanc from reading it.
    faults: List[Outcome] = field(default_factory=list)

    def get(self, key: str) -> Any:
        """Return a key's value, Orthanc's default where it is left out or of another type."""
        default = DEFAULTS[key]
        value = self.values.get(key, default)
        return value if type(value) is type(default) else default

    def file(self, key: str) -> Path:
        """Return the path that a key names; a relative one is below the configuration's folder."""
        return self.below(self.get(key))

    def below(self, name: str) -> Path:
        """Return a path as Orthanc takes it."""
        folder = self.path if self.path.is_dir() else self.path.parent
        return folder / name

    @property
    def storage(self) -> Path:
        """Where the images go."""
        return self.file("StorageDirectory")

    @property
    def index(self) -> Path:
        """Where the index goes: beside the images where nothing else is said."""
        named = self.values.get("IndexDirectory")
        return self.below(named) if isinstance(named, str) and named else self.storage

    @property
    def is_here(self) -> bool:
        """Whether it is this computer's: the folder of the images is there, and may be seen."""
        return os.path.isdir(self.storage)

    @property
    def is_remote(self) -> bool:
        """Whether other computers reach the HTTP server."""
        return bool(self.get("RemoteAccessAllowed") and self.get("HttpServerEnabled"))

    @property
    def asks_for_login(self) -> bool:
        """Whether the HTTP server does; left out, it is as ``RemoteAccessAllowed`` (1.5.8)."""
        known = "AuthenticationEnabled" in self.values
        return bool(self.get("AuthenticationEnabled" if known else "RemoteAccessAllowed"))


def read_configuration(path: Path) -> Configuration:
    """Read a configuration; what Orthanc could not read is among its `faults`.

    Raises
    ------
    InputError
        There is no such file or folder, it can't be read, or a folder has no ``.json``.
    """
    found = Configuration(path)
    for file in _files(path):
        text = _text(file)
        try:
            content = read_orthanc_json(text)
        except ConfigurationError as error:
            words = f"{plain_text(file, 300)}: {error.message}"
            found.faults.append(failed("not_json", words, error.hint))
            continue
        for key, value in content.items():
            if key in found.values:
                found.faults.append(
                    failed(
                        "twice_in_folder",
                        f"{plain_text(key, 80)} stands in {found.places[key].name} and in "
                        f"{file.name}; Orthanc does not start.",
                        "Take it out of one of the two files.",
                    )
                )
                continue
            found.values[key], found.places[key] = value, file
    return found


def _files(path: Path) -> Tuple[Path, ...]:
    try:
        if not path.is_dir():
            return (path,)
        # As Orthanc: those of the folder itself, whose name ends so in any case.
        files = sorted(one for one in path.iterdir() if one.suffix.lower() == ".json")
        files = [one for one in files if not one.is_dir()]
    except OSError as error:
        raise _unreadable(path, error) from error
    if not files:
        raise InputError(
            f"The folder {plain_text(path, 300)} has no .json file.",
            "Name Orthanc's configuration, for example /etc/orthanc.",
        )
    return tuple(files)


def _text(file: Path) -> str:
    try:
        stream, _size = open_file(str(file))
        with stream:
            content = stream.read(_LONGEST + 1)
    except OSError as error:
        raise _unreadable(file, error) from error
    if len(content) > _LONGEST:
        raise InputError(
            f"{plain_text(file, 300)} is too long for a configuration.", "Name another."
        )
    return content.decode("utf-8", errors="replace")


def _unreadable(path: Path, error: OSError) -> InputError:
    hint = "Name Orthanc's configuration, a file or a folder, and run it as a user who may read it."
    return InputError(f"{plain_text(path, 300)} can't be read: {os_reason(error)}.", hint)


def mount_of(path: Path) -> Tuple[int, str]:
    """Return which file system a path lies on, or the nearest folder above that is there.

    It is the device's number and the kind of the file system, empty where the system does not tell.
    """
    while not os.path.exists(path) and path != path.parent:
        path = path.parent
    real = os.path.realpath(path)
    kinds = {where: kind for where, kind in _mounts() if _is_below(real, where)}
    return os.stat(path).st_dev, kinds[max(kinds, key=len)] if kinds else ""


def _mounts() -> Iterator[Tuple[str, str]]:
    try:
        text = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:  # not Linux
        return
    for line in text.splitlines():
        _device, where, kind = line.split()[:3]
        yield where.replace("\\040", " "), kind


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
