"""Where the pixels of source images lie in the patient (DICOM PS3.3 C.7.6.2 and C.7.6.16)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from pydicom.dataset import Dataset

from ..shared.errors import InputError
from ..shared.validation import uid_fault
from .home import UNREADABLE
from .planes import ORIENTATION, POSITION, SPACING, holders_of, numbers

#: More frames than a file that is not made to be many has.
_MOST_FRAMES = 100_000


def frame_of_reference(images: Sequence[Dataset]) -> str:
    """Return the frame of reference of the first image.

    Raises
    ------
    InputError
        It has none.
    """
    uid = str(images[0].get("FrameOfReferenceUID") or "")
    if uid_fault(uid):
        raise InputError(
            "These images have no place in the patient: they name no frame of reference.",
            "Keep what you made in the scene.",
        )
    return uid


class Plane(NamedTuple):
    """One image, or one frame of it: its first pixel's centre, and the steps to the next ones."""

    image: Dataset
    #: Its number; None of an image without frames.
    frame: Optional[int]
    position: Any
    right: Any
    down: Any
    #: Millimetres between two rows and two columns; None where it does not tell.
    spacing: Optional[List[float]]

    @property
    def normal(self) -> Any:
        """The direction that the plane faces."""
        import numpy as np

        return np.cross(self.right, self.down)


def planes(image: Dataset) -> Iterator[Plane]:
    """Yield the planes of an image; none of what has no place."""
    import numpy as np

    is_many = bool(image.get("PerFrameFunctionalGroupsSequence"))
    for number, holders in enumerate(holders_of(image)[:_MOST_FRAMES], 1):
        with suppress(*UNREADABLE):
            turn, spacing = np.array(numbers(holders, ORIENTATION)), None
            position = np.array(numbers(holders, POSITION))
            with suppress(*UNREADABLE):
                spacing = numbers(holders, SPACING)
            yield Plane(image, number if is_many else None, position, turn[:3], turn[3:], spacing)


class Places:
    """Finds the images that are nearest to points of the patient."""

    def __init__(self, images: Sequence[Dataset]) -> None:
        import numpy as np

        self._planes = [plane for image in images for plane in planes(image)]
        if self._planes:
            normals = np.array([plane.normal for plane in self._planes])
            self._normals = normals / np.linalg.norm(normals, axis=1)[:, None]
            positions = np.array([plane.position for plane in self._planes])
            self._offsets = (self._normals * positions).sum(axis=1)

    def nearest(
        self, points: Sequence[Sequence[float]]
    ) -> List[Tuple[Dataset, Optional[List[int]]]]:
        """Return the image, with its frames of several, whose plane is nearest to each point."""
        import numpy as np

        found: Dict[str, Tuple[Dataset, Optional[List[int]]]] = {}
        for point in points if self._planes else ():
            distances = np.abs(self._normals @ np.array(point, float) - self._offsets)
            plane = self._planes[int(distances.argmin())]
            frames = found.setdefault(
                str(plane.image.SOPInstanceUID),
                (plane.image, None if plane.frame is None else []),
            )[1]
            if frames is not None and plane.frame not in frames:
                frames.append(plane.frame or 1)
        return list(found.values())


class Pixels:
    """Leads pixels of images back to places in the patient."""

    def __init__(self, images: Iterable[Dataset]) -> None:
        self._waiting: Optional[Iterable[Dataset]] = images  # asked for once they are needed
        self._images: Dict[str, Dataset] = {}
        self._found: Dict[str, List[Plane]] = {}

    def places(
        self, sop_instance_uid: str, frame: int, pixels: Sequence[Sequence[float]]
    ) -> Optional[List[List[float]]]:
        """Return the places, in mm of LPS, of columns and rows; None where they are not known.

        A coordinate of 0.5 is the middle of the first pixel (PS3.3 C.18.6.1.1).
        """
        if self._waiting is not None:
            self._images = {str(one.get("SOPInstanceUID")): one for one in self._waiting}
            self._waiting = None
        if sop_instance_uid not in self._found:
            image = self._images.get(sop_instance_uid)
            self._found[sop_instance_uid] = [] if image is None else list(planes(image))
        for plane in self._found[sop_instance_uid]:
            if plane.frame in (None, frame) and plane.spacing:
                down, right = plane.spacing
                return [
                    (
                        plane.position
                        + plane.right * right * (column - 0.5)
                        + plane.down * down * (row - 0.5)
                    ).tolist()
                    for column, row in pixels
                ]
        return None
