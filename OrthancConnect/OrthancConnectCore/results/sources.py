"""Where the pixels of source images lie in the patient (DICOM PS3.3 C.7.6.2 and C.7.6.16)."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from pydicom.dataset import Dataset

from ..shared.errors import InputError
from ..shared.validation import uid_fault

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


class Plane:
    """One image, or one frame of it: its first pixel's centre, and the steps to the next ones."""

    def __init__(
        self, image: Dataset, frame: Optional[int], position: Any, orientation: Any
    ) -> None:
        import numpy as np

        self.image, self.frame = image, frame
        self.position = np.array([float(one) for one in position])
        self.right = np.array([float(one) for one in orientation[:3]])
        self.down = np.array([float(one) for one in orientation[3:]])
        self.normal = np.cross(self.right, self.down)
        if self.position.shape != (3,) or self.down.shape != (3,) or not self.normal.any():
            raise ValueError(image.get("SOPInstanceUID"))


def planes(image: Dataset) -> Iterator[Tuple[Plane, Any]]:
    """Return the planes of an image, each with its pixels' spacing; none where it has no place."""
    frames = image.get("PerFrameFunctionalGroupsSequence")
    if not frames:
        frames = [None]
    shared = (image.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
    for number, frame in enumerate(frames[:_MOST_FRAMES], 1):
        groups = (image,) if frame is None else (frame, shared)
        try:
            position = _found(groups, "PlanePositionSequence", "ImagePositionPatient")
            orientation = _found(groups, "PlaneOrientationSequence", "ImageOrientationPatient")
            spacing = _found(groups, "PixelMeasuresSequence", "PixelSpacing")
            yield Plane(image, None if frame is None else number, position, orientation), spacing
        except (ValueError, TypeError, KeyError, AttributeError):
            continue


def _found(groups: Sequence[Dataset], sequence: str, keyword: str) -> Any:
    for group in groups:
        items = group.get(sequence)
        if items and keyword in items[0]:
            return items[0][keyword].value
        if keyword in group:
            return group[keyword].value
    return None if keyword == "PixelSpacing" else ()


class Places:
    """Finds the images that are nearest to points of the patient."""

    def __init__(self, images: Sequence[Dataset]) -> None:
        import numpy as np

        self._planes = [plane for image in images for plane, _ in planes(image)]
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
        self._found: Dict[str, List[Tuple[Plane, Any]]] = {}

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
        for plane, spacing in self._found[sop_instance_uid]:
            if plane.frame in (None, frame) and spacing:
                down, right = (float(one) for one in spacing)
                return [
                    (
                        plane.position
                        + plane.right * right * (column - 0.5)
                        + plane.down * down * (row - 0.5)
                    ).tolist()
                    for column, row in pixels
                ]
        return None
