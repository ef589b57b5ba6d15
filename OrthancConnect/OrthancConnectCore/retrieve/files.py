"""Where retrieved instances lie on disk, and how they get there: whole, or not at all."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Union

from ..dicom.part10 import is_uid
from ..files import os_reason
from ..shared.errors import InputError
from ..shared.validation import plain_text

#: Bytes that a file received by C-GET may be shorter than the server's: mostly its header.
_SHORTER = 4096
_STALE_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class Wanted:
    """One instance that is to be on disk.

    Attributes
    ----------
    sop_instance_uid : str
        (0008,0018); `is_uid` holds.
    series_instance_uid, study_instance_uid : str
        Where it belongs; `study_instance_uid` may be empty.
    orthanc_id : str
        Orthanc's identifier, for the download.
    path : Path
        Where it will lie.
    size : int
        Bytes of the file that the server has; 0 when unknown.
    sop_class_uid, transfer_syntax_uid : str
        What it is and how it is stored; empty when unknown.
    """

    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str
    orthanc_id: str
    path: Path
    size: int = 0
    sop_class_uid: str = ""
    transfer_syntax_uid: str = ""


def prepare_folder(folder: Union[str, Path]) -> Path:
    """Make the folder that a retrieve fills.

    Raises
    ------
    InputError
        It can't be made or written.
    """
    path = Path(folder).expanduser()
    try:
        path.mkdir(parents=True, exist_ok=True)
        writable = os.access(path, os.W_OK | os.X_OK)
    except (OSError, ValueError) as error:
        raise InputError(
            f"The folder {plain_text(path, 1000)} can't be used: {os_reason(error)}.",
            "Choose another folder.",
        ) from error
    if not writable:
        raise InputError(
            f"The folder {plain_text(path, 1000)} can't be written.", "Choose another folder."
        )
    return path


def files_in(folder: Path) -> Dict[str, int]:
    """Return the SOP Instance UIDs that have a file in a series' folder, with its size.

    Empty files do not count. What a killed run left behind more than a day ago is removed.
    """
    found: Dict[str, int] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name, extension = os.path.splitext(entry.name)
                if extension == ".dcm" and is_uid(name) and entry.is_file():
                    size = entry.stat().st_size
                    if size:
                        found[name] = size
                elif extension == ".part" and time.time() - entry.stat().st_mtime > _STALE_SECONDS:
                    os.unlink(entry.path)
    except OSError:
        pass  # no such folder, or it went away meanwhile: what was not seen is not there
    return found


def holds_instance(wanted: Wanted, size: int) -> bool:
    """Tell whether the file that is already there is the whole instance.

    Its size is that of the server's file; or its file meta names the instance and it is hardly
    shorter: what came by C-GET has another header and may have its sequences written otherwise.
    """
    if wanted.size and size == wanted.size:
        return True
    if size < wanted.size - max(min(_SHORTER, wanted.size // 5), wanted.size // 100):
        return False
    try:
        with open(wanted.path, "rb") as stream:
            head = stream.read(1024)
    except OSError:
        return False
    uid = wanted.sop_instance_uid.encode("ascii")
    length = len(uid) + len(uid) % 2
    # DICOM PS3.10 table 7.1-1: (0002,0003) Media Storage SOP Instance UID, explicit little endian.
    element = b"\x02\x00\x03\x00UI" + length.to_bytes(2, "little") + uid
    return head[128:132] == b"DICM" and element in head
