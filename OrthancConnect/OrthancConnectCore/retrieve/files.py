"""Where retrieved instances lie on disk, and how they get there: whole, or not at all."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from ..dicom.part10 import is_uid
from .content import HEAD, file_identity


@dataclass(frozen=True)
class Wanted:
    """One instance that is to be on disk.

    Attributes
    ----------
    orthanc_id : str
        Orthanc's identifier, which alone tells it from every other instance.
    sop_instance_uid : str
        (0008,0018).
    series_instance_uid, study_instance_uid : str
        Where it belongs; `study_instance_uid` may be empty.
    path : Path
        Where it will lie.
    size : int
        Bytes of the file that the server has; 0 when unknown.
    sop_class_uid, transfer_syntax_uid : str
        What it is and how it is stored; empty when unknown.
    file_uuid : str
        Orthanc's name for the file that it has, another for another content; empty when unknown.
    md5 : str
        Of that file, as Orthanc noted it; empty where it is still to be asked for.
    series_orthanc_id : str
        Orthanc's identifier of its series.
    place : tuple of float
        (0020,0032) and (0020,0037), where an image lies: nine numbers, or none.
    """

    orthanc_id: str
    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str
    path: Path
    size: int = 0
    sop_class_uid: str = ""
    transfer_syntax_uid: str = ""
    file_uuid: str = ""
    md5: str = ""
    series_orthanc_id: str = ""
    place: Tuple[float, ...] = ()


def folder_of(root: Path, study: Tuple[str, str], series: Tuple[str, str]) -> Path:
    """Return where the instances of a series lie: ``root/<study>/<series>``.

    Parameters
    ----------
    root : Path
        The folder that is filled.
    study, series : tuple of str and str
        UID and Orthanc's identifier, which is the name where the UID can't be one. An empty study
        has no folder.
    """
    return (root / name_of(*study) if study[0] else root) / name_of(*series)


def folders_of(wanted: Iterable[Wanted]) -> Dict[str, Path]:
    """Return where instances lie, by Orthanc's identifiers of their series."""
    return {
        series: one.path.parent
        for series, one in {one.series_orthanc_id: one for one in wanted}.items()
    }


def name_of(uid: str, orthanc_id: str) -> str:
    """Return what something is called on the disk."""
    return uid if is_uid(uid) else orthanc_id


def apart(wanted: Wanted) -> Wanted:
    """Return it with a place beside that of another instance with the same UIDs."""
    name = f"{wanted.path.stem}.{wanted.orthanc_id}.dcm"
    return replace(wanted, path=wanted.path.with_name(name))


def settle(wanted: Sequence[Wanted]) -> List[Wanted]:
    """Return instances with a place for each: of those with the same UIDs, all but one go apart.

    The one is whose file is there already, else that with the first identifier of Orthanc, so that
    two runs agree.
    """
    claims: Dict[Path, List[Wanted]] = {}
    for one in wanted:
        claims.setdefault(one.path, []).append(one)
    keepers = {}
    for path, group in claims.items():
        if len(group) > 1:
            there = occupant(path)
            names = [one.orthanc_id for one in group]
            keepers[path] = there if there in names else min(names)
    return [
        apart(one) if keepers.get(one.path, one.orthanc_id) != one.orthanc_id else one
        for one in wanted
    ]


def occupant(path: Path) -> str:
    """Return Orthanc's identifier of the instance that a file holds; empty if it tells none."""
    try:
        with open(path, "rb") as stream:
            found = file_identity(stream.read(HEAD))
    except OSError:
        return ""
    return found.orthanc_id if found else ""


def link_out_of(root: Path, folder: Path) -> Optional[Path]:
    """Return the link below `root` by which `folder` is outside of it; None if it is within."""
    if Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(root)):
        return None
    below = [folder, *folder.parents]
    path = folder
    for path in reversed(below[: below.index(root)]):
        if os.path.realpath(path) != os.path.join(os.path.realpath(path.parent), path.name):
            break
    return path
