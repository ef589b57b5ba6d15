"""What a follower remembers in the folder that it fills, so that nothing is lost or done twice.

``.orthancconnect/follow.json`` tells up to which change the server was read, and which series are
still to be done; ``series/<Orthanc's identifier>.json`` what was done with one. Both are written
whole or not at all, by the one process that has the lock.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Set, Tuple

from ..files import open_file, os_reason, unwritable
from ..orthanc.answers import UnexpectedAnswer, check_shape, read_json
from ..shared.disk import SUFFIX, lock, unlock, write_private
from ..shared.errors import ConfigurationError, InputError
from ..shared.validation import plain_text, uid_fault

FOLDER = ".orthancconnect"
_FORMAT = "OrthancConnect follow 1"
_SHAPE = {
    "format": str,
    "what": dict,
    "last": int,
    "anchors": [list],
    "listing": bool,
    "waiting": [str],
}
#: Changes by which the server's list is known again.
_MOST_ANCHORS = 8
_LOCK_PATIENCE = 0.5


class Memory:
    """The memory of one follower; a context manager, which holds the lock.

    Parameters
    ----------
    root : Path
        The folder that is filled.
    what : mapping
        What is followed: server and filters.

    Attributes
    ----------
    last : int
        Number of the last change that was read; -1 before the first.
    anchors : list of (int, str)
        The last changes that were read, with what they are of.
    listing : bool
        Whether the server's list of all series is to be gone through.
    waiting : set of str
        Orthanc's identifiers of the series that are to be done.
    handle : int
        Of the lock's file. A process that inherits it keeps the lock.

    Raises
    ------
    InputError
        Another process follows into this folder, or something else is followed into it.
    ConfigurationError
        The memory can't be read or written.
    """

    def __init__(self, root: Path, what: Mapping[str, Any]) -> None:
        self._folder = root / FOLDER
        self._path = self._folder / "follow.json"
        self._what = json.loads(json.dumps(what))
        self.last = -1
        self.anchors: List[Tuple[int, str]] = []
        self.listing = False
        self.waiting: Set[str] = set()
        if self._folder.is_symlink():
            raise InputError(f"{self._folder} is a link.", "Choose another folder.")
        try:
            for name in ("series", "results"):
                (self._folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = lock(self._lock_path, _LOCK_PATIENCE)
        except OSError as error:
            raise unwritable(self._path, error) from error
        if handle is None:
            raise InputError(
                f"Another process follows into {plain_text(root, 300)} now, or a command that it "
                "began still runs.",
                "End it, or choose another folder.",
            )
        self.handle = handle
        try:
            self._load(root)
        except BaseException:
            unlock(self._lock_path, handle)
            raise

    @property
    def _lock_path(self) -> Path:
        return self._path.with_name(self._path.name + SUFFIX)

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *_error: object) -> None:
        unlock(self._lock_path, self.handle)

    def _load(self, root: Path) -> None:
        data = _read(self._path)
        if data is None:
            return
        try:
            check_shape(data, _SHAPE)
            self.anchors = [(int(number), str(name)) for number, name in data["anchors"]]
        except (UnexpectedAnswer, TypeError, ValueError) as error:
            raise self._damaged(error) from error
        if data["format"] != _FORMAT:
            raise self._damaged("it has another format")
        if data["what"] != self._what:
            raise InputError(
                f"Another server, or other filters, are followed into {plain_text(root, 300)}.",
                "Choose another folder, or the same server and filters as before.",
            )
        self.last, self.listing = data["last"], data["listing"]
        self.waiting = set(data["waiting"])

    def _damaged(self, why: object) -> ConfigurationError:
        return ConfigurationError(
            f"The file {self._path} is damaged: {plain_text(why, 200)}.",
            "Remove it, and follow with --since beginning: what is there is recognised.",
        )

    def save(self) -> None:
        """Write what is to be done, whole or not at all.

        Raises
        ------
        ConfigurationError
            That can't be done.
        """
        data = {
            "format": _FORMAT,
            "what": self._what,
            "last": self.last,
            "anchors": self.anchors,
            "listing": self.listing,
            "waiting": sorted(self.waiting),
        }
        _write(self._path, json.dumps(data, indent=1))

    def read_up_to(self, last: int, name: str = "") -> None:
        """Note that the server was read up to a change, which is of the resource `name`."""
        self.last = last
        if name:
            kept = [one for one in self.anchors if one[1] != name]
            self.anchors = [*kept[1 - _MOST_ANCHORS :], (last, name)]

    def mark(self, orthanc_id: str) -> Dict[str, Any]:
        """Return what was done with a series; empty where nothing was, or it can't be read."""
        with suppress(ConfigurationError):
            return _read(self._mark_path(orthanc_id)) or {}
        return {}

    def keep_mark(self, orthanc_id: str, mark: Mapping[str, Any]) -> None:
        """Keep what was done with a series; raises as `save`."""
        _write(self._mark_path(orthanc_id), json.dumps(mark))

    def _mark_path(self, orthanc_id: str) -> Path:
        return self._folder / "series" / f"{orthanc_id}.json"

    def is_result(self, series_instance_uid: str) -> bool:
        """Whether a series is what a command of ours has made."""
        return not uid_fault(series_instance_uid) and self._result(series_instance_uid).exists()

    def keep_result(self, series_instance_uid: str) -> None:
        """Note a series that a command has made, which is not to be fetched; raises as `save`."""
        if not uid_fault(series_instance_uid):
            _write(self._result(series_instance_uid), "")

    def _result(self, series_instance_uid: str) -> Path:
        return self._folder / "results" / series_instance_uid


def _write(path: Path, text: str) -> None:
    try:
        write_private(path, text)
    except OSError as error:
        raise unwritable(path, error) from error


def _read(path: Path) -> Optional[Dict[str, Any]]:
    try:
        stream, _size = open_file(os.fspath(path))
        with stream:
            data: Dict[str, Any] = read_json(stream.read(), dict)
        return data
    except FileNotFoundError:
        return None
    except (OSError, UnexpectedAnswer) as error:
        why = os_reason(error) if isinstance(error, OSError) else str(error)
        raise ConfigurationError(
            f"The file {path} can't be read: {why}.", "Remove it, and follow again."
        ) from error
