"""Results that wait on the disk until they are at home: a folder each, which is the queue's entry.

A folder is an entry once it has its `NAME`, which is written last. It goes by getting another name
before its files go, so that a crash leaves whole entries or none.
"""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import shutil
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from ..files import open_file, os_reason, user_state_directory
from ..shared.disk import SUFFIX as LOCK_SUFFIX
from ..shared.disk import is_locked, lock, unlock
from ..shared.errors import ConfigurationError, InputError
from ..shared.results import LARGEST_JSON, NAME, Result
from ..shared.validation import plain_text

#: Results that may wait.
MOST_WAITING = 1000
_ID = re.compile(r"[0-9a-f]{16}")
_GONE = ".gone"
#: Seconds after which a folder without `NAME`, and what was fetched, counts as left behind.
_STALE = 24 * 3600.0
#: Seconds to wait for one who only looks whether a result is being sent.
_LOCK_PATIENCE = 0.5


@dataclass(frozen=True)
class Kept:
    """A result that waits."""

    result_id: str
    folder: Path
    #: None where it can't be used, which `fault` and `hint` tell.
    result: Optional[Result]
    #: As its file has it.
    record: Mapping[str, Any]
    #: Whether a process sends it now.
    busy: bool = False
    fault: str = ""
    hint: str = ""

    def to_dict(self) -> Dict[str, Any]:
        """Return what a list shows of it, as JSON-serialisable values."""
        told = {name: getattr(self, name) for name in ("result_id", "busy", "fault", "hint")}
        told["folder"] = str(self.folder)
        if self.result is not None:
            for name in ("kind", "title", "author", "created", "origin"):
                told[name] = plain_text(getattr(self.result, name))
            told["patient_id"] = plain_text(self.result.source.patient_id)
            told["study_instance_uid"] = self.result.source.study_instance_uid
        return told


def new() -> Path:
    """Make the folder of a new result, for its owner alone; it waits once it has its `NAME`.

    Raises
    ------
    InputError
        Too many wait already.
    ConfigurationError
        It can't be made.
    """
    if len(_names()) >= MOST_WAITING:
        raise InputError(
            f"{MOST_WAITING} results wait to be sent: no more are kept.",
            "Send them, or remove those that nobody needs.",
        )
    return _new_folder(_folder())


def new_fetched() -> Path:
    """Make a folder for a result from the server; those of yesterday go.

    Raises
    ------
    ConfigurationError
        It can't be made.
    """
    parent = user_state_directory() / "fetched"
    with suppress(OSError):
        for path in parent.iterdir():
            if _is_stale(path):
                shutil.rmtree(path, ignore_errors=True)
    return _new_folder(parent)


def _new_folder(parent: Path) -> Path:
    path = parent / secrets.token_hex(8)
    try:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.mkdir(mode=0o700)
    except OSError as error:
        raise _unusable(path, error) from error
    return path


def waiting() -> List[Kept]:
    """Return what waits, the oldest first; what was left behind unfinished goes.

    What can't be used is among it, with the reason.
    """
    _tidy()
    found = (read(name) for name in _names()[:MOST_WAITING])
    return sorted((one for one in found if one is not None), key=_age)


def _age(kept: Kept) -> Tuple[float, str]:
    try:
        return (kept.folder / NAME).stat().st_mtime, kept.result_id
    except OSError:
        return 0.0, kept.result_id


def read(result_id: str) -> Optional[Kept]:
    """Return a result that waits; None where there is none of this name."""
    folder = _folder() / result_id
    if not _ID.fullmatch(result_id) or not os.path.lexists(folder / NAME):
        return None
    busy = is_locked(folder.with_suffix(LOCK_SUFFIX))
    try:
        result, record = load(folder)
    except InputError as error:
        return Kept(result_id, folder, None, {}, busy, error.message, error.hint)
    return Kept(result_id, folder, result, record, busy)


def load(folder: Path) -> Tuple[Result, Dict[str, Any]]:
    """Return the result of a folder, checked, and its record as the file has it.

    Raises
    ------
    InputError
        It is none, or one of its files is missing or has another size.
    """
    name = NAME
    try:
        stream, size = open_file(str(folder / name))
        with stream:
            content = stream.read(LARGEST_JSON + 1)
        result = Result.from_json(content)
        sizes = {one.file: one.bytes for one in result.layers}
        sizes.update({result.file: result.size} if result.file else {})
        for name in result.parts:
            stream, size = open_file(str(folder / name))
            stream.close()
            if size != sizes.get(name, size):
                raise OSError(errno.EIO, f"it has {size} bytes instead of {sizes[name]}")
    except OSError as error:
        raise InputError(
            f"The file {name} of the result can't be used: {os_reason(error)}.",
            "Make the result anew in Slicer; what is kept of it stays until you remove it.",
            cause="result",
        ) from error
    return result, json.loads(content)


@contextmanager
def taken(result_id: str) -> Iterator[Kept]:
    """Have a result for oneself; nobody else sends or removes it meanwhile.

    Raises
    ------
    InputError
        It waits no longer, another process has it, or it can't be used.
    """
    with _locked(result_id):
        kept = read(result_id)
        if kept is None:
            raise _none(result_id)
        if kept.result is None:
            raise InputError(kept.fault, kept.hint, cause="result")
        yield kept


def remove(result_id: str) -> bool:
    """Remove a result with all its files; return whether there was one.

    Raises
    ------
    InputError
        It is being sent.
    ConfigurationError
        It can't be removed.
    """
    if not _ID.fullmatch(result_id) or not (_folder() / result_id).is_dir():
        return False
    with _locked(result_id):
        return discard(result_id)


def discard(result_id: str) -> bool:
    """Remove a result that is `taken`."""
    folder = _folder() / result_id
    gone = folder.with_suffix(_GONE)
    try:
        os.replace(folder, gone)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _unusable(folder, error) from error
    shutil.rmtree(gone, ignore_errors=True)  # what is left goes with the next list
    return True


def _folder() -> Path:
    return user_state_directory() / "results"


def _names() -> List[str]:
    """Return the names of what is there, whole or not."""
    try:
        return sorted(filter(_ID.fullmatch, os.listdir(_folder())))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unusable(_folder(), error) from error


def _tidy() -> None:
    """Remove what a crash has left: removed by half, or never finished."""
    with suppress(OSError):
        for path in _folder().iterdir():
            unfinished = _ID.fullmatch(path.name) and not os.path.lexists(path / NAME)
            if path.suffix == _GONE:
                shutil.rmtree(path, ignore_errors=True)
            elif unfinished and _is_stale(path):
                with suppress(InputError, ConfigurationError):  # somebody has it
                    remove(path.name)


def _is_stale(path: Path) -> bool:
    """Whether nothing was put into a folder for a day."""
    return time.time() - path.lstat().st_mtime > _STALE


@contextmanager
def _locked(result_id: str) -> Iterator[None]:
    path = _folder() / f"{result_id}{LOCK_SUFFIX}"
    if not _ID.fullmatch(result_id) or not path.with_suffix("").is_dir():
        raise _none(result_id)
    try:
        handle = lock(path, _LOCK_PATIENCE)
    except OSError as error:
        raise _unusable(path, error) from error
    if handle is None:
        raise InputError(
            "This result is being sent by another window or process.",
            "Wait for it, or cancel it there.",
            cause="result_busy",
        )
    try:
        yield
    finally:
        unlock(path, handle)


def _none(result_id: str) -> InputError:
    return InputError(
        f"No result {plain_text(result_id, 40)} waits here.", "Look at the list of what waits."
    )


def _unusable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"The folder {plain_text(path, 500)} can't be used: {os_reason(error)}.",
        "Make it writable, or name another with ORTHANCCONNECT_STATE_DIR.",
    )
