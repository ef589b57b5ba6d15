"""Small pictures of a series' slices, as the server renders them; kept on the disk."""

from __future__ import annotations

import hashlib
import os
import re
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple
from urllib.parse import quote

from ..files import unwritable, user_state_directory
from ..network.bounds import Bound
from ..shared.disk import PartFile, remove_abandoned
from ..shared.errors import ConnectionFailedError, OrthancHttpError
from ..shared.events import CancelToken
from .client import OrthancClient, tag

#: Bytes of all pictures that are kept.
MOST_KEPT = 64 * 1024 * 1024
_INSTANCE = {"ID": str, "FileUuid?": str, "MainDicomTags?": dict}
#: What a PNG begins with: its signature, and the length and name of the chunk with its size.
_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_MOST_FRAMES = 1_000_000
#: What the server says to what is no picture: a report, a transfer syntax that it can't read.
_NO_PICTURE = (400, 404, 415, 500)


def pictures_of(
    client: OrthancClient,
    series_orthanc_id: str,
    count: int,
    side: int,
    token: Optional[CancelToken] = None,
    folder: Optional[Path] = None,
) -> List[str]:
    """Return the PNG files of slices that are spread evenly over a series.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side.
    series_orthanc_id : str
        Orthanc's identifier of the series.
    count : int
        How many slices; of one alone it is the middle one.
    side : int
        Most pixels of a picture's width and height.
    token : CancelToken, optional
        Stops it between two requests.
    folder : Path, optional
        Where pictures are kept; that in the user's state, for its owner alone, when left out.

    Returns
    -------
    list of str
        Fewer where the series has fewer slices, none where the server can show none.

    Raises
    ------
    ConnectionFailedError
        The server sent something else than such a picture.
    ConfigurationError
        The folder can't be written.

    Notes
    -----
    ``GET /instances/{id}/frames/{frame}/rendered?width=…``: of a CT slice of 512 × 512 some 3 kB
    by the window that is written in it, where ``preview`` takes 115 kB. A picture is kept under
    the name of its file on the server, which is another one when an instance is overwritten.
    """
    token = token or CancelToken()
    path = f"/series/{quote(series_orthanc_id, safe='')}/instances"
    slices = _slices(client.get_json(path, shape=[_INSTANCE]))
    folder = folder or user_state_directory() / "pictures"
    found = []
    for record, frame in _spread(slices, count):
        token.raise_if_cancelled()
        name = f"{record['ID']}/{record.get('FileUuid', '')}/{frame}/{side}"
        kept = folder / f"{hashlib.sha256(name.encode()).hexdigest()}.png"
        if not (record.get("FileUuid") and _is_kept(kept)):
            try:
                _keep(kept, _picture(client, record["ID"], frame, side))
            except OrthancHttpError as error:
                if error.facts.get("status_code") not in _NO_PICTURE:
                    raise
                continue
        found.append(str(kept))
    return found


def _slices(records: Sequence[Mapping[str, Any]]) -> List[Tuple[Mapping[str, Any], int]]:
    """Return instances in order, each with how many frames it has."""
    ordered = sorted(records, key=_place)
    return [(record, _frames(record)) for record in ordered]


def _spread(
    slices: Sequence[Tuple[Mapping[str, Any], int]], count: int
) -> List[Tuple[Mapping[str, Any], int]]:
    total = sum(frames for _record, frames in slices)
    count = min(count, total)
    wanted = [(2 * turn + 1) * total // (2 * count) for turn in range(count)]
    found, before = [], 0
    for record, frames in slices:
        found += [(record, one - before) for one in wanted if before <= one < before + frames]
        before += frames
    return found


def _place(record: Mapping[str, Any]) -> Tuple[float, str]:
    """Return where a slice lies on the line that is perpendicular to it, or its number."""
    position = _numbers(tag(record, "MainDicomTags", "ImagePositionPatient"), 3)
    row = _numbers(tag(record, "MainDicomTags", "ImageOrientationPatient"), 6)
    if position and row:
        x, y, z, a, b, c = row
        normal = (y * c - z * b, z * a - x * c, x * b - y * a)
        return sum(one * other for one, other in zip(normal, position)), record["ID"]
    number = _numbers(tag(record, "MainDicomTags", "InstanceNumber"), 1)
    return (number[0] if number else 0.0), record["ID"]


def _numbers(text: str, count: int) -> List[float]:
    try:
        found = [float(part) for part in text.split("\\")]
    except ValueError:
        return []
    return found if len(found) == count and all(abs(one) < 1e9 for one in found) else []


def _frames(record: Mapping[str, Any]) -> int:
    text = tag(record, "MainDicomTags", "NumberOfFrames").strip()
    frames = int(text) if re.fullmatch("[0-9]{1,7}", text) else 1
    return min(max(frames, 1), _MOST_FRAMES)


def _picture(client: OrthancClient, orthanc_id: str, frame: int, side: int) -> bytes:
    path = f"/instances/{quote(orthanc_id, safe='')}/frames/{frame}/rendered"
    content = client.request(
        "GET",
        path,
        params={"width": side, "height": side, "smooth": 1},
        headers={"Accept": "image/png"},
        bound=Bound(side * side * 4 + 64 * 1024, 2),
    )
    size: Tuple[int, ...] = ()
    if content.startswith(_PNG) and len(content) > len(_PNG) + 8:
        size = struct.unpack(">II", content[len(_PNG) : len(_PNG) + 8])
    if not size or not all(1 <= one <= side for one in size):
        raise ConnectionFailedError(
            "The server sent something else than the picture that it was asked for.",
            "Check host, port and path of the address, and what changes answers on the way.",
            cause="not_orthanc",
        )
    return content


# On the disk --------------------------------------------------------------------------------------


def _is_kept(path: Path) -> bool:
    """Whether a picture is there; then it is the newest of them."""
    try:
        os.utime(path)
    except OSError:
        return False
    return True


def _keep(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with PartFile(path) as part:
            part.write(content)
            part.commit()
        if path.stem.startswith("00"):  # every 256th time is often enough
            make_room(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error


def make_room(folder: Path, most: int = MOST_KEPT) -> None:
    """Remove the pictures that were not looked at for longest, beyond so many bytes."""
    remove_abandoned(folder)
    found: Dict[str, os.stat_result] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):  # another process has removed it meanwhile
                found[entry.path] = entry.stat(follow_symlinks=False)
    size = sum(status.st_size for status in found.values())
    for path, status in sorted(found.items(), key=lambda pair: pair[1].st_mtime):
        if size <= most:
            return
        with suppress(OSError):
            os.unlink(path)
        size -= status.st_size
