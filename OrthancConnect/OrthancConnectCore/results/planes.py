"""The planes of an image series in the patient, and labels brought onto them.

DICOM PS3.3 C.7.6.2.1.1: the centre of the pixel in column x and row y lies at
``position + x · spacing between columns · row direction + y · spacing between rows · column
direction``, in millimetres (LPS). Planes may be tilted against the way from one to the next, as
those of a CT with a tilted gantry: each counts with its own position.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, List, Mapping, Optional, Sequence, Tuple

from pydicom.dataset import Dataset

from ..shared.errors import InputError
from ..shared.events import CancelToken
from ..shared.results import Result
from .home import UNREADABLE
from .layers import Labels, damaged, labels_of

#: Differences that only stem from rounding: of a direction cosine, of a place in millimetres, and
#: of a voxel's index.
_TURNED, _MOVED, _OFF = 1e-4, 1e-3, 0.01
#: More than so many times the usual distance between two planes, and one is missing there.
_GAP = 1.5
_IN_COMMON = ("SeriesInstanceUID", "FrameOfReferenceUID", "Rows", "Columns")
_HINT = "Retrieve the series again, or draw on another one."


@dataclass(frozen=True)
class Planes:
    """A series' planes, in the order of its images (or of the frames of its one image).

    `row` and `column` are the directions in which the column's and the row's index grows, `steps`
    the millimetres between two columns and two rows, `positions` the centre of each first pixel.
    """

    images: Sequence[Any]
    rows: int
    columns: int
    row: Any
    column: Any
    steps: Tuple[float, float]
    positions: Any

    @property
    def order(self) -> Any:
        """Indices of the planes along their normal."""
        import numpy as np

        return np.argsort(self.positions @ np.cross(self.row, self.column), kind="stable")


def planes_of(sources: Sequence[Any]) -> Planes:
    """Return the planes of a series' images, given without pixels; single frames are put in order.

    Raises
    ------
    InputError
        There are none, or they are no single volume.
    """
    import numpy as np

    if not sources:
        raise InputError("The images that the result belongs to are not there.", _HINT)
    frames = [frame for source in sources for frame in _frames(source)]
    kinds = {tuple(source.get(keyword) for keyword in _IN_COMMON) for source in sources}
    if len(kinds) > 1:
        raise InputError(
            "The images that the result belongs to are of different sizes, or of several series.",
            _HINT,
        )
    turns = np.array([turn for turn, _place, _spacing in frames])
    spacings = np.array([spacing for _turn, _place, spacing in frames])
    if abs(turns - turns[0]).max() > _TURNED or abs(spacings - spacings[0]).max() > _MOVED:
        raise InputError(
            "The images of the series that the result belongs to lie in different directions.",
            _HINT,
        )
    row, column = turns[0][:3], turns[0][3:]
    normal = np.cross(row, column)
    positions = np.array([place for _turn, place, _spacing in frames])
    heights = np.sort(positions @ normal)
    gaps = np.diff(heights)
    if len(gaps) and gaps.min() < _MOVED:
        raise InputError(
            "Several images of the series that the result belongs to lie at the same place, so it "
            "is not one volume.",
            _HINT,
        )
    if len(gaps) and gaps.max() > _GAP * np.median(gaps):
        raise InputError(
            "The series that the result belongs to has a gap: two images are "
            f"{gaps.max():.1f} mm apart, the others {np.median(gaps):.1f} mm.",
            _HINT,
        )
    images: Sequence[Any] = sources
    if len(sources) > 1:
        if len(frames) > len(sources):
            raise InputError(
                "The series that the result belongs to has several images of many frames each.",
                "Draw on a series of one such image, or of single slices.",
            )
        order = np.argsort(positions @ normal, kind="stable")
        images, positions = [sources[index] for index in order], positions[order]
    between_rows, between_columns = (float(part) for part in spacings[0])
    return Planes(
        images,
        int(sources[0].Rows),
        int(sources[0].Columns),
        row,
        column,
        (between_columns, between_rows),
        positions,
    )


def _frames(source: Any) -> Iterator[Tuple[List[float], List[float], List[float]]]:
    """Yield orientation, position and spacing of an image's frames."""
    try:
        if not all(source.get(keyword) for keyword in _IN_COMMON):
            raise ValueError("FrameOfReferenceUID")
        frames = holders_of(source)
        if len(frames) == 1 < int(source.get("NumberOfFrames") or 1):
            raise ValueError("PerFrameFunctionalGroupsSequence")
        for one in frames:
            yield numbers(one, ORIENTATION), numbers(one, POSITION), numbers(one, SPACING)
    except UNREADABLE as error:
        raise InputError(
            "The images of the series that the result belongs to have no place in the patient.",
            "Draw on a series whose images tell their position, orientation and spacing.",
        ) from error


#: What tells a plane's place: its functional group, the attribute, and how many numbers it has.
ORIENTATION = ("PlaneOrientationSequence", "ImageOrientationPatient", 6)
POSITION = ("PlanePositionSequence", "ImagePositionPatient", 3)
SPACING = ("PixelMeasuresSequence", "PixelSpacing", 2)


def holders_of(image: Any) -> List[List[Any]]:
    """Return for each frame of an image what tells of it: its groups, or the image itself."""
    frames = image.get("PerFrameFunctionalGroupsSequence")
    shared = image.get("SharedFunctionalGroupsSequence") or []
    return [[frame, *shared] for frame in frames] if frames else [[image]]


def numbers(holders: Sequence[Any], what: Tuple[str, str, int]) -> List[float]:
    """Return the numbers of one of `ORIENTATION`, `POSITION` and `SPACING`, of a frame's holders.

    Raises
    ------
    ValueError, AttributeError, TypeError
        They are missing, or make no sense.
    """
    sequence, keyword, count = what
    groups = [one[sequence].value[0] for one in holders if one.get(sequence)] or holders
    found = [float(part) for part in getattr(groups[0], keyword)]
    if len(found) != count or not all(abs(part) < 1e6 for part in found):
        raise ValueError(keyword)
    if keyword == "PixelSpacing" and min(found) <= 0:
        raise ValueError(keyword)
    if count == 6:
        lengths = [sum(part * part for part in found[at : at + 3]) for at in (0, 3)]
        across = sum(a * b for a, b in zip(found[:3], found[3:]))
        if max(abs(length - 1) for length in lengths) > 0.01 or abs(across) > 0.01:
            raise ValueError(keyword)
    return found


class Drawing:
    """A result of the disk on the planes of its source, layer after layer, until cancelled.

    Iterating gives each layer's numbers ([plane][row][column]): copied where the grids are one,
    else those of the nearest voxels. Labels become their segments' numbers; those of none become 0,
    as does what lies outside.

    Parameters
    ----------
    folder : Path
        Where the layers lie.
    result : mapping
        As `shared.results.Result.from_dict` takes it.
    sources : sequence of Dataset
        The images of the source series, without pixels, or its one multi-frame image.
    token : CancelToken, optional
        Ends it between two planes.

    Raises
    ------
    InputError
        The result or the series can't be used.
    """

    def __init__(
        self,
        folder: Path,
        result: Mapping[str, Any],
        sources: Sequence[Any],
        token: Optional[CancelToken] = None,
    ) -> None:
        self.result, self.planes = Result.from_dict(result), planes_of(sources)
        self.token = token or CancelToken()
        self._folder = folder
        #: Of each layer, whether its voxels and the planes' pixels have the same centres, and how
        #: many voxels of segments it has, and are on the planes.
        self._counts: List[Tuple[bool, int, int]] = []

    def __iter__(self) -> Iterator[Any]:
        for layer in labels_of(self._folder, self.result):
            yield self._on_planes(layer)

    def _on_planes(self, layer: Labels) -> Any:
        import numpy as np

        planes, numbers = self.planes, layer.numbers
        kind = np.uint8 if max(numbers.values(), default=0) < 256 else np.uint16
        table = np.zeros(max(numbers, default=0) + 2, kind)
        for label, number in numbers.items():
            table[label] = number
        grid = _Grid(planes, layer)
        result = np.zeros((len(planes.positions), planes.rows, planes.columns), kind)
        for index in range(len(result)):
            self.token.raise_if_cancelled()
            result[index] = table.take(grid.labels(index), mode="clip")
        before = 0
        for k in layer.voxels:
            self.token.raise_if_cancelled()
            before += int(np.count_nonzero(table.take(k, mode="clip")))
        self._counts.append((grid.is_exact, before, int(np.count_nonzero(result))))
        return result

    @property
    def may_overlap(self) -> bool:
        """Whether several layers have something on the planes."""
        return sum(after > 0 for _is_exact, _before, after in self._counts) > 1

    def said(self) -> str:
        """Return in a sentence what was not copied as it was; empty where all was.

        Raises
        ------
        InputError
            Something was drawn, and nothing of it lies on the planes.
        """
        before, after = (sum(one[at] for one in self._counts) for at in (1, 2))
        if before and not after:
            raise InputError(
                "Nothing that was drawn lies within the images of the series that it belongs to.",
                "Look whether it belongs to another series.",
            )
        if not all(is_exact for is_exact, count, _after in self._counts if count):
            return (
                "Drawn on another grid than that of the source images, and brought onto theirs by "
                "nearest neighbour."
            )
        if after < before:
            return f"{before - after} voxels lie outside of the source images and are left out."
        return ""


class _Grid:
    """Where the pixels of planes lie in a layer."""

    def __init__(self, planes: Planes, layer: Labels) -> None:
        import numpy as np

        self._planes, self._layer = planes, layer
        inverse = np.linalg.inv(layer.matrix)
        self._across = inverse[:3, :3] @ planes.row * planes.steps[0]
        self._down = inverse[:3, :3] @ planes.column * planes.steps[1]
        self._starts = planes.positions @ inverse[:3, :3].T + inverse[:3, 3]
        corners = [
            self._starts + x * self._across + y * self._down
            for x in (0, planes.columns - 1)
            for y in (0, planes.rows - 1)
        ]
        turned = np.stack([self._across, self._down])
        self.is_exact = bool(
            all((abs(corner - np.rint(corner)) < _OFF).all() for corner in corners)
            and (np.sort(abs(np.rint(turned)), axis=1) == (0, 0, 1)).all()
        )

    def labels(self, index: int) -> Any:
        """Return the labels on one plane, [row][column]; 0 where the layer ends."""
        import numpy as np

        planes, voxels = self._planes, self._layer.voxels
        x, y = np.arange(planes.columns), np.arange(planes.rows)[:, np.newaxis]
        inside: Any = True
        wanted = []
        for axis, size in enumerate(voxels.shape[::-1]):
            places: Any = self._starts[index][axis]
            for step, along in ((self._across[axis], x), (self._down[axis], y)):
                # rounding alone must not make of a straight plane an oblique one
                places = places + step * along if abs(step) * along.size > _OFF else places
            nearest = np.rint(places).astype(np.int64)
            inside = inside & (nearest >= 0) & (nearest < size)
            wanted.append(np.clip(nearest, 0, size - 1))
        return np.where(inside, voxels[wanted[2], wanted[1], wanted[0]], 0)


def stack_of(
    turn: Sequence[float], spacing: Sequence[float], positions: Any, between: float = 0.0
) -> Tuple[Any, Any]:
    """Return the matrix from i, j, k to millimetres of an even stack of planes, and each one's k.

    The way from one plane to the next need not lie along their normal. `turn` and `spacing` are as
    DICOM has them; `between` is what is told of the distance, 0 where nothing is, and is believed
    where it fits.

    Raises
    ------
    InputError
        They lie at uneven distances, or not above one another.
    """
    import numpy as np

    row, column = np.array(turn, float).reshape(2, 3)
    normal = np.cross(row, column)
    heights = positions @ normal
    low, high = int(heights.argmin()), int(heights.argmax())
    apart = np.diff(np.unique(heights))
    apart = apart[apart > _MOVED]
    distance = between if between > 0 else 1.0
    if len(apart):
        shares = apart / distance
        if between <= 0 or abs(shares - np.rint(shares)).max() > 0.2 or shares.min() < 0.5:
            distance = float(apart.min())
    indices = np.rint((heights - heights[low]) / distance).astype(np.int64)
    step = normal * distance
    if indices[high]:
        step = (positions[high] - positions[low]) / indices[high]
    off = positions[low] + indices[:, np.newaxis] * step - positions
    if abs(off).max() > 0.2 * min(*spacing, float(step @ normal)):
        raise InputError(
            "The planes of the result from the server lie at uneven distances.",
            "Open it with the program that made it.",
        )
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = row * spacing[1], column * spacing[0], step
    matrix[:3, 3] = positions[low]
    return matrix, indices


def stack_in(datasets: Sequence[Dataset]) -> Tuple[List[int], Tuple[int, int, int], Any]:
    """Return the plane of each frame of some objects in an even stack, its shape and its matrix.

    Raises
    ------
    InputError
        The frames have no places, lie at uneven distances, or not on one grid.
    """
    import numpy as np

    first = datasets[0]
    for keyword in ("Rows", "Columns", "FrameOfReferenceUID"):
        if any(one.get(keyword) != first.get(keyword) for one in datasets):
            raise damaged(keyword)

    if not all(len(one.PerFrameFunctionalGroupsSequence) for one in datasets):
        raise damaged("PerFrameFunctionalGroupsSequence")
    frames = [holders for one in datasets for holders in holders_of(one)]

    def all_of(what: Tuple[str, str, int]) -> Any:
        try:
            return np.array([numbers(holders, what) for holders in frames])
        except UNREADABLE as error:
            raise damaged(what[1]) from error

    turns, spacings = all_of(ORIENTATION), all_of(SPACING)
    if abs(turns - turns[0]).max() > 1e-4 or abs(spacings - spacings[0]).max() > 1e-3:
        raise damaged("ImageOrientationPatient")
    positions = all_of(POSITION)
    measures = [one.get("PixelMeasuresSequence") for one in frames[0][1:]]
    told = measures[0][0] if measures and measures[0] else Dataset()
    between = float(told.get("SpacingBetweenSlices") or told.get("SliceThickness") or 0)
    matrix, indices = stack_of(turns[0], spacings[0], positions, between)
    shape = (int(indices.max()) + 1, int(first.Rows), int(first.Columns))
    return [int(k) for k in indices], shape, matrix
