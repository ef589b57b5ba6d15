"""The frames of segmentations and maps, one at a time."""

from __future__ import annotations

import math
from typing import Any, Dict, Iterable, Iterator, List, Sequence, Tuple

from pydicom.dataset import Dataset

from ..shared.errors import MissingDependencyError
from ..shared.events import CancelToken
from .home import UNREADABLE
from .layers import damaged, too_large
from .library import highdicom

#: Pixels of a frame that is read: 8192 × 8192, so that one that unpacks hugely is none.
_MOST_PIXELS = 2**26


def with_segmentations() -> Any:
    """Return the package highdicom, where it can make and decode segmentations.

    Raises
    ------
    MissingDependencyError
        It is not there, or too old for the numpy that is.
    """
    import numpy as np

    library = highdicom()
    is_old = not hasattr(library.seg.SegmentationTypeValues, "LABELMAP")
    if is_old and int(np.__version__.partition(".")[0]) > 1:  # 0.22 asks numpy for float_
        raise MissingDependencyError(
            "The package highdicom here is older than the package numpy allows.",
            "Update it.",
            package="highdicom",
            extra="results",
        )
    return library


def planewise(numbers: Any, token: CancelToken) -> Any:
    """Return an array that raises `OperationCancelled` where a plane of it is taken after a cancel.

    highdicom takes one after the other, and can't be stopped otherwise.
    """
    import numpy as np

    class Planewise(np.ndarray):
        def __getitem__(self, key: Any) -> Any:
            token.raise_if_cancelled()
            return super().__getitem__(key)

    return numbers.view(Planewise)


def wholes(datasets: Iterable[Dataset]) -> List[List[Dataset]]:
    """Return instances of a series by the objects that they are parts of, each in its order.

    An object that is too large for one file is a concatenation of several (PS3.3 C.7.6.16.2.2).
    """

    def place(one: Dataset) -> Tuple[int, str]:
        number = one.get("InConcatenationNumber") or one.get("InstanceNumber")
        return int(number or 0), str(one.SOPInstanceUID)

    found: Dict[str, List[Dataset]] = {}
    for one in sorted(datasets, key=place):
        found.setdefault(str(one.get("ConcatenationUID") or one.SOPInstanceUID), []).append(one)
    return list(found.values())


def lacking(parts: Sequence[Dataset]) -> List[str]:
    """Return in a sentence what is not there of an object in several files."""
    count = int(parts[0].get("InConcatenationTotalNumber") or 0)
    if count <= len(parts):
        return []
    return [f"{count - len(parts)} of {count} files of it are missing, and what they hold."]


class Frames:
    """The frames of a segmentation; bits are packed, over the ends of frames (PS3.5 8.1.1).

    Raises
    ------
    InputError
        There are fewer bytes than frames ask for, or more voxels than can be read here.
    """

    def __init__(self, dataset: Dataset, frames: int) -> None:
        self._dataset, self._bits = dataset, int(dataset.BitsAllocated)
        self._shape = (int(dataset.Rows), int(dataset.Columns))
        self._count = math.prod(self._shape)
        if self._bits not in (1, 8, 16) or self._count < 1:
            raise damaged("BitsAllocated")
        if self._count > _MOST_PIXELS:
            raise too_large(self._count)
        self._frames: List[bytes] = []
        if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
            self._frames = list(_encapsulated(dataset.PixelData, frames))
            if len(self._frames) != frames:
                raise damaged("PixelData")
        elif len(dataset.PixelData) * 8 < self._count * frames * self._bits:
            raise damaged("PixelData")

    def of(self, number: int) -> Any:
        """Return the values of one frame, from 0 on, [row][column]."""
        import numpy as np

        if self._frames:
            return self._decoded(self._frames[number])
        data = self._dataset.PixelData
        if self._bits > 1:
            kind = np.dtype("u1" if self._bits == 8 else "<u2")
            start = number * self._count * kind.itemsize
            return np.frombuffer(data, kind, self._count, start).reshape(self._shape)
        first = number * self._count
        packed = np.frombuffer(data, np.uint8)[first // 8 : (first + self._count + 7) // 8]
        bits = np.unpackbits(packed, bitorder="little")[first % 8 :]
        return bits[: self._count].reshape(self._shape)

    def _decoded(self, data: bytes) -> Any:
        dataset = self._dataset
        library = with_segmentations()
        try:
            found = library.frame.decode_frame(
                data,
                transfer_syntax_uid=str(dataset.file_meta.TransferSyntaxUID),
                rows=self._shape[0],
                columns=self._shape[1],
                samples_per_pixel=1,
                bits_allocated=self._bits,
                bits_stored=int(dataset.BitsStored),
                photometric_interpretation="MONOCHROME2",
                pixel_representation=0,
            )
            return found.reshape(self._shape)
        except UNREADABLE as error:
            raise damaged("PixelData") from error


def _encapsulated(data: bytes, frames: int) -> Iterator[bytes]:
    from pydicom import encaps

    if hasattr(encaps, "generate_frames"):  # pydicom 3
        yield from encaps.generate_frames(data, number_of_frames=frames)
    else:
        yield from encaps.generate_pixel_data_frame(data, frames)
