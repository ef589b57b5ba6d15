"""The voxels of segmentations and contours on the disk, as `shared.results` tells of them."""

from __future__ import annotations

import errno
import math
import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Tuple

from ..shared.disk import open_plain
from ..shared.errors import InputError
from ..shared.results import Layer, Result
from ..shared.validation import plain_text
from .home import UNREADABLE

#: Voxels of a layer, layers, and the greatest label or number of a segment (PS3.3 C.8.20.2: US).
MOST_VOXELS, MOST_LAYERS, MOST_SEGMENTS = 2**31, 1000, 65535


@dataclass(frozen=True)
class Labels:
    """A layer's labels, [k][j][i], and the 4 × 4 matrix from i, j, k to millimetres (LPS)."""

    voxels: Any
    matrix: Any
    #: The numbers of its segments among all, from 1 on, by their labels.
    numbers: Dict[int, int]


def labels_of(folder: Path, result: Result) -> List[Labels]:
    """Return the layers of a result; their voxels are read from the disk when they are looked at.

    Raises
    ------
    InputError
        A file is not what the result tells of it, or too large, or two segments are one.
    """
    numbers: List[Dict[int, int]] = [{} for _layer in result.layers]
    for number, segment in enumerate(result.segments, 1):
        if segment.value > MOST_SEGMENTS or segment.value in numbers[segment.layer]:
            raise _useless("segments")
        numbers[segment.layer][segment.value] = number
    if len(result.segments) > MOST_SEGMENTS:
        raise _useless("segments")
    return [_labels(folder, layer, known) for layer, known in zip(result.layers, numbers)]


def _labels(folder: Path, layer: Layer, numbers: Dict[int, int]) -> Labels:
    import numpy as np

    matrix = np.array(layer.matrix).reshape(4, 4)
    if abs(np.linalg.det(matrix)) < 1e-12 or not np.array_equal(matrix[3], (0, 0, 0, 1)):
        raise _useless("matrix")
    if math.prod(layer.size) > MOST_VOXELS:
        raise _useless("size")
    try:
        handle, status = open_plain(str(folder / layer.file), getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        raise _useless("file") from error
    with os.fdopen(handle, "rb") as stream:
        if status.st_size != layer.bytes:
            raise _useless("size")
        kind = np.dtype(layer.type).newbyteorder("<")
        voxels = np.memmap(stream, kind, "r", shape=layer.size[::-1])
    return Labels(voxels, matrix, numbers)


def _useless(key: str) -> InputError:
    return InputError(
        f"The voxels on the disk can't be used: the {key} of a layer makes no sense.",
        "Make it anew in Slicer; what is kept of it stays until you remove it.",
        cause="result",
    )


class LayerFiles:
    """Layers on their way to the disk: a segment goes into the first in which it overlaps none.

    `shape` is of [k][j][i], `matrix` leads from i, j, k to millimetres (LPS), and `count` is how
    many segments are to come at most, up to `MOST_SEGMENTS`.

    Raises
    ------
    InputError
        It would be more than `MOST_VOXELS`.
    """

    def __init__(self, folder: Path, shape: Tuple[int, int, int], matrix: Any, count: int) -> None:
        if not 0 < math.prod(shape) <= MOST_VOXELS or max(shape) > MOST_SEGMENTS:
            raise too_large(math.prod(shape))
        self._folder, self._shape, self._matrix = folder, shape, matrix
        self._kind = "uint8" if count < 256 else "uint16"
        self._layers: List[Any] = []
        self._value = 0

    def add(self, planes: Iterable[Tuple[int, Any]]) -> Tuple[int, int]:
        """Write a segment, given as pairs of k and what is inside; return its layer and value.

        Raises
        ------
        InputError
            There would be more than `MOST_LAYERS`, or more voxels than in `MOST_VOXELS` in all.
        """
        import numpy as np

        count = math.prod(self._shape[1:])
        found = [(k, np.packbits(inside)) for k, inside in planes]  # an eighth of the memory

        def each() -> Iterator[Tuple[int, Any]]:
            for k, bits in found:
                yield k, np.unpackbits(bits, count=count).reshape(self._shape[1:]).view(bool)

        [value] = self.values(1)
        free = (
            number
            for number, layer in enumerate(self._layers)
            if not any(layer[k][inside].any() for k, inside in each())
        )
        number = next(free, len(self._layers))
        layer = self._layers[number] if number < len(self._layers) else self.new()[1]
        for k, inside in each():
            layer[k][inside] = value
        return number, value

    def values(self, count: int) -> range:
        """Return so many values that no segment has yet."""
        first, self._value = self._value + 1, self._value + count
        return range(first, first + count)

    def new(self) -> Tuple[int, Any]:
        """Begin a further layer, and return its number and its voxels: all 0.

        Raises
        ------
        InputError
            As `add` says.
        OSError
            There is no room for it.
        """
        import numpy as np

        total = math.prod(self._shape) * (len(self._layers) + 1)
        if len(self._layers) >= MOST_LAYERS or total > MOST_VOXELS:
            raise too_large(total)
        path = self._folder / f"layer-{len(self._layers)}.raw"
        kind = np.dtype(self._kind).newbyteorder("<")
        size = math.prod(self._shape) * kind.itemsize
        # Writing to a map without room would end the process; those before may still be holes.
        if shutil.disk_usage(self._folder).free < size * (len(self._layers) + 1):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        path.unlink(missing_ok=True)
        with open(path, "x+b") as stream:
            os.truncate(stream.fileno(), size)
            layer = np.memmap(stream, kind, "r+", shape=self._shape)
        self._layers.append(layer)
        return len(self._layers) - 1, layer

    def told(self) -> List[Dict[str, Any]]:
        """Return the layers as ``result.json`` names them; all is on the disk then."""
        for layer in self._layers:
            layer.flush()
        return [
            {
                "file": f"layer-{number}.raw",
                "type": self._kind,
                "size": list(self._shape[::-1]),
                "matrix": [float(part) for part in self._matrix.ravel()],
            }
            for number in range(len(self._layers))
        ]


def too_large(voxels: int) -> InputError:
    """Return the error for what would fill memory or disk."""
    return InputError(
        f"The result from the server is too large to be read here: {voxels:,} voxels.",
        "Open it with the program that made it.",
    )


def damaged(keyword: str) -> InputError:
    """Return the error for an object whose attribute is missing or makes no sense."""
    return InputError(
        f"The result from the server can't be read: its {plain_text(keyword, 64)} is missing or "
        "makes no sense.",
        "Open it with the program that made it.",
    )


@contextmanager
def reading(keyword: str) -> Iterator[None]:
    """Name what is damaged where an object can't be read within: `keyword` where it is not known.

    Raises
    ------
    InputError
        It can't be read.
    """
    try:
        yield
    except UNREADABLE as error:
        if isinstance(error, OSError) and error.errno:  # of the folder; pydicom's have none
            raise
        named = re.findall(r"has no attribute '(\w+)'", str(error))  # by pydicom
        raise damaged(named[-1] if named else keyword) from error
