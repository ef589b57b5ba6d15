"""A whole slide of microscopy: its levels, and one of them put together as a colour image."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

from ..files import os_reason
from ..network.bounds import file_of
from ..orthanc.answers import RECORD
from ..orthanc.client import OrthancClient
from ..orthanc.identifiers import is_orthanc_id
from ..shared.errors import InputError
from ..shared.events import CancelToken, ProgressMeter
from ..shared.series import SeriesTarget
from .plan import series_with_ids

_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
#: Pixels of the largest level that is put together: 50 MB as colours.
MOST_PIXELS = 4096 * 4096
#: Instances that are looked at, pixels that a level may have, and a tile.
_MOST_INSTANCES, _LARGEST, _LARGEST_TILE = 2000, 1 << 40, 1 << 24
_NOT_THE_SLIDE = {"LABEL", "OVERVIEW", "THUMBNAIL"}
_VIEWER = "Open it on the server, in a viewer for slides."
#: Netpbm's PAM: https://netpbm.sourceforge.net/doc/pam.html
_PAM = "image/x-portable-arbitrarymap"
_HEADER = re.compile(rb"P7\n((?:[A-Z]+ [0-9A-Z_]+\n){1,12})ENDHDR\n", re.ASCII)


@dataclass
class Level:
    """One magnification of a slide.

    Attributes
    ----------
    columns, rows : int
        Of the whole image.
    spacing : tuple of float
        Millimetres from column to column and from row to row; (1, 1) where they are not told.
    tile : tuple of int
        Columns and rows of a tile.
    tiles : list of (str, int, int, int)
        Orthanc's identifier of the instance, number of the frame, and the tile's first column and
        row.
    """

    columns: int
    rows: int
    spacing: Tuple[float, float]
    tile: Tuple[int, int]
    tiles: List[Tuple[str, int, int, int]] = field(default_factory=list)


def levels_of(client: OrthancClient, target: SeriesTarget) -> List[Level]:
    """Return the levels of a slide, the largest first; none where it is no slide.

    Notes
    -----
    Orthanc REST API, ``GET /instances/{id}/simplified-tags``: sizes and places of tiles (DICOM
    PS3.3 C.8.12.6.1, C.8.12.14), without the pixels. Of images with several focal planes or optical
    paths the first is taken.
    """
    levels: Dict[Tuple[int, int], Level] = {}
    for orthanc_id in series_with_ids(client, [target]):
        record = client.get_json(f"/series/{orthanc_id}", shape=RECORD)
        for name in list(filter(is_orthanc_id, record.get("Instances", ())))[:_MOST_INSTANCES]:
            tags = client.get_json(f"/instances/{name}/simplified-tags", shape=dict)
            _add(levels, name, tags)
    return sorted(levels.values(), key=lambda one: -one.columns * one.rows)


def level_that_fits(levels: Iterable[Level]) -> Optional[Level]:
    """Return the largest level that can be put together."""
    fitting = [one for one in levels if one.columns * one.rows <= MOST_PIXELS]
    return max(fitting, key=lambda one: one.columns * one.rows, default=None)


def _add(levels: Dict[Tuple[int, int], Level], name: str, tags: Mapping[str, Any]) -> None:
    """Take an instance of a slide in: a level, or a part of one."""
    kinds = str(tags.get("ImageType", "")).upper().split("\\")
    if tags.get("SOPClassUID") != _SLIDE or _NOT_THE_SLIDE & set(kinds):
        return
    names = ("TotalPixelMatrixColumns", "TotalPixelMatrixRows", "Columns", "Rows", "NumberOfFrames")
    columns, rows, width, height, frames = (_whole(tags.get(one)) for one in names)
    if not 0 < columns * rows <= _LARGEST or not 0 < width * height <= _LARGEST_TILE or not frames:
        return
    size = (_length(tags, "ImagedVolumeWidth"), _length(tags, "ImagedVolumeHeight"))
    spacing = (size[0] / columns, size[1] / rows) if all(size) else (1.0, 1.0)
    level = levels.setdefault((columns, rows), Level(columns, rows, spacing, tile=(width, height)))
    if level.tile != (width, height):
        return
    taken = {place[2:] for place in level.tiles}
    for frame, (left, top) in enumerate(_places(tags, columns, rows, width, height, frames)):
        if (left, top) not in taken and 0 <= left < columns and 0 <= top < rows:
            taken.add((left, top))
            level.tiles.append((name, frame, left, top))


def _places(
    tags: Mapping[str, Any], columns: int, rows: int, width: int, height: int, frames: int
) -> Iterator[Tuple[int, int]]:
    """Yield the first column and row of each frame's tile, from 0."""
    sequence = tags.get("PerFrameFunctionalGroupsSequence")
    if tags.get("DimensionOrganizationType") == "TILED_FULL" or not isinstance(sequence, list):
        across, down = -(-columns // width), -(-rows // height)
        for frame in range(min(frames, across * down)):
            yield frame % across * width, frame // across * height
        return
    for item in sequence[:frames]:
        positions = item.get("PlanePositionSlideSequence") if isinstance(item, dict) else None
        first = positions[0] if isinstance(positions, list) and positions else {}
        place = first if isinstance(first, dict) else {}
        yield (
            _whole(place.get("ColumnPositionInTotalImagePixelMatrix")) - 1,
            _whole(place.get("RowPositionInTotalImagePixelMatrix")) - 1,
        )


def _whole(text: object) -> int:
    return int(text) if isinstance(text, str) and re.fullmatch("[0-9]{1,10}", text) else 0


def _length(tags: Mapping[str, Any], name: str) -> float:
    text = tags.get(name)
    is_number = isinstance(text, str) and re.fullmatch(r"[0-9]{1,6}(\.[0-9]{0,12})?", text)
    return float(str(text)) if is_number else 0.0


def write_level(
    client: OrthancClient, level: Level, path: Path, *, meter: ProgressMeter, token: CancelToken
) -> None:
    """Write a level as red, green and blue bytes, row by row, to a new file.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side, which decodes the tiles.
    level : Level
        One of `levels_of`; what no tile covers is white.
    path : Path
        Must not be there; only this user can read what is made.
    meter : ProgressMeter
        Told of tiles.
    token : CancelToken
        Stops it between two tiles.

    Raises
    ------
    InputError
        The server can't decode a tile, or the file can't be written.
    OperationCancelled
        It was stopped.

    Notes
    -----
    ``GET /instances/{id}/frames/{number}/preview`` as PAM, which needs no decoder here.
    """
    width, height = level.tile
    stride = level.columns * 3
    image = bytearray(b"\xff") * (stride * level.rows)
    meter.expect(files=len(level.tiles))
    for name, frame, left, top in level.tiles:
        token.raise_if_cancelled()
        content = client.request(
            "GET",
            f"/instances/{name}/frames/{frame}/preview",
            headers={"Accept": _PAM},
            bound=file_of(width * height * 3 + 1024),
        )
        pixels = _pixels(content, width, height)
        used = min(width, level.columns - left) * 3
        for row in range(min(height, level.rows - top)):
            start = (top + row) * stride + left * 3
            image[start : start + used] = pixels[row * width * 3 : row * width * 3 + used]
        meter.add(files=1)
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(image)
    except OSError as error:
        raise InputError(
            f"The image can't be written: {os_reason(error)}.", "Make room on the disk."
        ) from error


def _pixels(content: bytes, width: int, height: int) -> bytes:
    """Return the colours of a tile; grey becomes red, green and blue."""
    header = _HEADER.match(content[:1024])
    lines = header.group(1).decode("ascii").splitlines() if header else []
    fields = dict(line.split(" ", 1) for line in lines)
    depth = _whole(fields.get("DEPTH", ""))
    pixels = content[header.end() :] if header else b""
    told = (fields.get("WIDTH"), fields.get("HEIGHT"), fields.get("MAXVAL"))
    if told != (str(width), str(height), "255") or len(pixels) != width * height * depth:
        raise InputError("The server sent a tile of the slide that can't be read.", _VIEWER)
    if depth == 1:
        return bytes(value for value in pixels for _colour in range(3))
    if depth != 3:
        raise InputError("A tile of the slide has no colours that can be shown.", _VIEWER)
    return pixels
