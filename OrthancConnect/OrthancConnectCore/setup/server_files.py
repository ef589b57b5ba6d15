"""Files of a server's configuration: shown as they would change, then written all or none."""

from __future__ import annotations

import difflib
import os
import secrets
import shutil
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path, PurePath
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from ..files import open_file, os_reason
from ..shared.errors import ConfigurationError
from ..shared.validation import plain_text
from .server_config import COMPOSE, DEBIAN, SINGLE, Wanted

CONFIGURATION = "orthanc.json"
_LARGEST = 4 * 1024 * 1024
_OTHERS = stat.S_IRWXO


@dataclass(frozen=True)
class PlannedFile:
    """One file as it is and as it is to be."""

    path: Path
    #: What is to stand in it; None where it has to go.
    text: Optional[str]
    #: Of a new file; one that is there keeps its own, but for the right of others to a secret.
    mode: int = 0o644
    #: The system's group that may read it; root owns it, where root writes it.
    group: str = ""
    #: None where there is no such file yet.
    before: Optional[str] = None
    #: Makes of a text one without secrets; what has no other content is not shown.
    shown: Optional[Callable[[str], str]] = str

    def __repr__(self) -> str:
        """Without what stands in it."""
        return f"PlannedFile({self.path})"

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return self.text != self.before

    @property
    def what(self) -> str:
        """``new``, ``changed``, ``removed`` or ``as it is``."""
        if not self.changes:
            return "as it is"
        if self.text is None:
            return "removed"
        return "new" if self.before is None else "changed"

    def diff(self) -> str:
        """Return the lines that would change, without secrets."""
        if self.shown is None or self.before is None or self.text is None:
            return ""
        old, new = (self.shown(text).splitlines() for text in (self.before, self.text))
        return "\n".join(difflib.unified_diff(old, new, str(self.path), "new", n=0, lineterm=""))


@dataclass(frozen=True)
class Places:
    """Where the files are, as written now and as Orthanc and nginx will find them."""

    folder: Path
    installed: PurePath
    wanted: Wanted

    def configuration(self) -> Path:
        """Return the folder of Orthanc's files."""
        return self.folder if self.wanted.layout == SINGLE else self.folder / "orthanc"

    def pair(self, following: bool = False) -> Tuple[str, str]:
        """Return the names of certificate and key; the same where one file holds both."""
        mark = "-next" if following else ""
        if self.wanted.layout == DEBIAN:
            return f"ssl/certs/orthanc{mark}.crt", f"ssl/private/orthanc{mark}.key"
        if self.wanted.behind:
            return f"orthanc{mark}.crt", f"orthanc{mark}.key"
        inside = "orthanc/" if self.wanted.layout == COMPOSE else ""
        return (f"{inside}certificate{mark}.pem",) * 2

    def dicom_pair(self) -> Tuple[str, str]:
        """Return the names of certificate and key for DICOM, which Orthanc itself reads."""
        inside = "" if self.wanted.layout == SINGLE else "orthanc/"
        return f"{inside}dicom.crt", f"{inside}dicom.key"

    def found_at(self, name: str) -> str:
        """Return the path by which a file is named in the configuration."""
        if self.wanted.layout == COMPOSE:
            return f"/etc/{name}"
        return str(self.installed / name)


def read_text(path: Path) -> Optional[str]:
    """Return what stands in a file of the configuration, None where there is none.

    Raises
    ------
    ConfigurationError
        It can't be read.
    """
    try:
        stream, size = open_file(str(path))
        with stream:
            if size > _LARGEST:
                raise OSError(0, "it is too large")
            return stream.read(_LARGEST).decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        why = os_reason(error) if isinstance(error, OSError) else "it is not text in UTF-8"
        raise ConfigurationError(
            f"The file {plain_text(path, 300)} can't be read: {why}; nothing was written.",
            "Run this as the administrator (sudo), or mend that file.",
        ) from error


def write(files: Sequence[PlannedFile]) -> Tuple[Path, ...]:
    """Write what changes, each beside its place first, then all; return the copies that were kept.

    What is written over or removed stays as ``NAME.TIME.bak`` (UTC), which neither Orthanc nor
    nginx reads, with its owner and mode.

    Raises
    ------
    ConfigurationError
        A file can't be written, or is no longer as it was when this was planned; all are as they
        were.
    """
    for planned in files:
        if planned.changes and read_text(planned.path) != planned.before:
            raise ConfigurationError(
                f"The file {plain_text(planned.path, 300)} was changed meanwhile; nothing was "
                "written.",
                "Look at what would change now, and agree to that.",
            )
    stamp = f"{datetime.now(timezone.utc):%Y%m%d-%H%M%S-%f}"
    parts: List[Tuple[Path, Path]] = []
    kept: List[Tuple[Path, Path]] = []
    here = Path()
    try:
        for planned in files:
            here = planned.path
            if not planned.changes:
                continue
            # A link stays one.
            target = Path(os.path.realpath(planned.path))
            _make_folder(target.parent, not planned.shown and not planned.mode & _OTHERS)
            if planned.before is not None:
                backup = target.with_name(f"{target.name}.{stamp}.bak")
                _write_like(backup, planned.before, target, planned)
                kept.append((backup, target))
            if planned.text is not None:
                part = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
                parts.append((part, target))
                _write_like(part, planned.text, target, planned)
        for part, target in parts:
            os.replace(part, target)
        for planned in files:
            if planned.text is None and planned.before is not None:
                planned.path.unlink()
    except OSError as error:
        for backup, target in kept:
            with suppress(OSError):
                os.replace(backup, target)
        raise ConfigurationError(
            f"The file {plain_text(here, 300)} can't be written: {os_reason(error)}; nothing was "
            "written.",
            "Run this as the administrator (sudo), or name another folder.",
        ) from error
    finally:
        for part, _target in parts:
            with suppress(OSError):  # it has its name
                part.unlink()
    return tuple(backup for backup, _target in kept)


def _make_folder(folder: Path, is_private: bool) -> None:
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700 if is_private else 0o755)


def _write_like(path: Path, text: str, like: Path, planned: PlannedFile) -> None:
    """Write a new file with owner and mode of the one it stands for, or else as planned."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
        mode, owner, group = planned.mode, -1, -1
        with suppress(FileNotFoundError):
            status = os.stat(like)
            mode, owner, group = stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid
            if not planned.mode & _OTHERS:
                mode &= ~_OTHERS
        if sys.platform != "win32":
            if os.geteuid() == 0:
                os.fchown(handle, owner, group)
                if planned.group:
                    shutil.chown(path, group=planned.group)
            os.fchmod(handle, mode)
        stream.write(text)
        stream.flush()
        os.fsync(handle)


def kept_rights(planned: PlannedFile) -> Dict[str, Any]:
    """Return mode and group of the file that is there, or else as planned."""
    try:
        status = os.stat(planned.path)
        is_open = planned.mode & _OTHERS
        mode = stat.S_IMODE(status.st_mode) & (0o777 if is_open else ~_OTHERS)
        return {"mode": mode, "group": planned.path.group() if not mode & _OTHERS else ""}
    except (OSError, KeyError, NotImplementedError):  # no such file, group, or Windows
        return {"mode": planned.mode, "group": planned.group}


def has_group(name: str) -> bool:
    """Whether the system has a group of that name."""
    if sys.platform == "win32":
        return False
    import grp

    return any(group.gr_name == name for group in grp.getgrall())
