"""A study to try everything with: CT slices of a drawn chest, which is nobody's, made on the spot.

No scanner and no download is needed, and nobody's privacy is touched. The same bytes come
out each time, so that what was uploaded twice is there once.
"""

from __future__ import annotations

import math
import random
import struct
import sys
import uuid
from array import array
from pathlib import Path
from typing import Iterable, Iterator, List, NamedTuple, Tuple, Union

from ..dicom.part10 import element, file_head
from ..files import prepare_folder
from ..shared.disk import target

SLICES, SIDE = 60, 256
PATIENT_ID, PATIENT_NAME = "ORTHANCCONNECT-SAMPLE", "SAMPLE^DRAWN CHEST"
#: Of the pictures, and of the whole chest, in millimetres.
FIELD_OF_VIEW, _HEIGHT = 380.0, 300.0
_CT, _EXPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1"
_NOISE = 20.0  # Hounsfield units


class Ellipse(NamedTuple):
    """A part of a slice: all in it has this value, whatever was there."""

    #: In Hounsfield units.
    value: float
    #: Its middle and half its axes, in millimetres; the picture's middle is 0, 0.
    x: float
    y: float
    half_x: float
    half_y: float


class Chest:
    """A drawn chest, from diaphragm (height 0) to shoulders (1), the same for the same seed."""

    def __init__(self, seed: int = 0) -> None:
        dice = random.Random(seed)
        self._build = dice.uniform(0.9, 1.05)  # how broad this person is
        self._tilt = dice.uniform(-4, 4)
        self._vessels = [_vessel(dice, -1 if number % 2 else 1) for number in range(120)]

    def ellipses(self, height: float) -> Iterator[Ellipse]:
        """Return what a slice consists of, in the order in which one covers the other."""
        taper = 1.0 - 0.22 * max(0.0, height - 0.72) / 0.28
        half_x, half_y = 158 * self._build * taper, 112 * self._build * (1 - 0.1 * height)
        yield Ellipse(-180.0, 0, 126, 175, 15)  # the table
        yield Ellipse(-880.0, 0, 126, 172, 12)
        yield Ellipse(-105.0, 0, 0, half_x, half_y)  # fat under the skin, then muscle
        yield Ellipse(48.0, 0, 0, half_x - 14, half_y - 14)
        yield from self._lungs(height, half_x, half_y)
        yield from _heart(height)
        yield from _bones(height, half_x, half_y)

    def _lungs(self, height: float, half_x: float, half_y: float) -> Iterator[Ellipse]:
        size = math.sqrt(max(0.0, 1.0 - ((height - 0.48) / 0.5) ** 2))
        if size <= 0.05:
            return
        for side, breadth in ((-1, 1.06), (1, 0.94)):
            half = half_x * 0.36 * size * breadth
            x = side * (half_x * 0.5 + 2)
            yield Ellipse(-845.0, x, self._tilt, half, (half_y - 30) * size)
        if height < 0.3:  # the dome of the diaphragm: liver and stomach push into the lungs
            dome = (0.3 - height) / 0.3
            yield Ellipse(62.0, -half_x * 0.42, 4, half_x * 0.36 * dome, half_y * 0.62 * dome)
            yield Ellipse(40.0, half_x * 0.42, -6, half_x * 0.28 * dome, half_y * 0.5 * dome)
        for (x, y, z), (end_x, end_y, end_z), radius in self._vessels:
            along = (height - z) / (end_z - z + 1e-6)
            thin = radius * (1.0 - 0.7 * along)
            if 0 < along < 1 and thin > 0.5:
                middle = (x + along * (end_x - x), y + along * (end_y - y))
                yield Ellipse(90.0, *middle, thin * 1.4, thin)


def _vessel(dice: random.Random, side: int) -> Tuple[List[float], List[float], float]:
    """Return a straight branch from the hilum of a lung: start, end (x, y, z) and radius."""
    angle, reach = dice.uniform(-2.2, 2.2), dice.uniform(30, 62)
    start = [side * 38.0, 2.0, dice.gauss(0.5, 0.06)]
    x, y = side * (55 + 0.9 * reach * math.cos(angle / 2)), 1.1 * reach * math.sin(angle)
    end = [x, y, min(0.98, max(0.02, start[2] + dice.gauss(0, 0.35)))]
    return start, end, dice.uniform(1.2, 3.4)


def _heart(height: float) -> Iterator[Ellipse]:
    yield Ellipse(30.0, 0, 8, 40, 58)  # mediastinum
    heart = 1.0 - ((height - 0.3) / 0.28) ** 2
    if heart > 0:
        size = math.sqrt(heart)
        yield Ellipse(70.0, 20, -26, 56 * size, 44 * size)
        yield Ellipse(240.0, 32, -20, 25 * size, 21 * size)  # left chambers, contrast
        yield Ellipse(190.0, -6, -34, 22 * size, 18 * size)
    yield Ellipse(255.0, 19, 30, 12, 12)  # descending aorta
    if 0.45 < height < 0.78:
        yield Ellipse(255.0, -8, -22, 15, 15)  # ascending aorta
        yield Ellipse(215.0, 14, -10, 20, 11)  # pulmonary trunk
    if 0.72 < height < 0.82:
        yield Ellipse(255.0, 5, 4, 13, 38)  # arch
    yield Ellipse(130.0, -26, -16, 9, 8)  # superior vena cava
    if height > 0.55:
        yield Ellipse(-980.0, 0, 12, 8, 7)  # trachea
    elif height > 0.42:
        spread = 8 + (0.55 - height) * 180
        for side in (-1, 1):
            yield Ellipse(-970.0, side * spread, 14, 6, 5)


def _bones(height: float, half_x: float, half_y: float) -> Iterator[Ellipse]:
    disc = (height * 12) % 1.0 < 0.2
    yield Ellipse(90.0 if disc else 620.0, 0, 56, 21, 16)  # vertebral body
    if not disc:
        yield Ellipse(260.0, 0, 56, 17, 12)  # spongy inside
    yield Ellipse(560.0, 0, 80, 15, 13)
    yield Ellipse(30.0, 0, 76, 9, 8)  # spinal canal
    yield Ellipse(520.0, 0, 92, 4, 12)  # spinous process
    if 0.3 < height < 0.9:
        yield Ellipse(420.0, 0, -half_y + 20, 17, 6)  # sternum
    for number in range(9):  # ribs come forward as they go down
        forward = (height * 6 + number * 0.71) % 1.0
        angle = math.pi * (0.05 + 0.9 * (number + forward) / 9.5)
        x, y = (half_x - 22) * math.sin(angle), (half_y - 21) * math.cos(angle)
        for side in (-1, 1):
            yield Ellipse(680.0, side * x, y, 5.5, 8.5)
            yield Ellipse(290.0, side * x, y, 3.0, 5.5)


def make_study(folder: Union[str, Path]) -> List[Path]:
    """Write the study's one series and return its files: 60 CT slices of 132 kB.

    CT image IOD of DICOM PS3.3 A.3, in Explicit VR Little Endian. The folder is made when it is not
    there; what else lies in it stays.

    Raises
    ------
    InputError
        The folder can't be used, or another file has the name of a slice.
    """
    root = prepare_folder(folder)
    dice = random.Random(0)
    chest, noise = Chest(), array("h", (round(dice.gauss(0, _NOISE)) for _ in range(SIDE * SIDE)))
    files = []
    for number in range(SLICES):
        pixels = _painted(chest.ellipses((number + 0.5) / SLICES))
        start = dice.randrange(len(noise))
        grain = noise[start:] + noise[:start]
        pixels = array("h", map(_grained, pixels, pixels[1:] + pixels[:1], grain))
        if sys.byteorder == "big":
            pixels.byteswap()
        head = file_head(_CT, _uid(f"slice {number}"), _EXPLICIT)
        path = root / f"CT{number + 1:03d}.dcm"
        with target(path, "sample", [head[:256]]) as file:
            file.write(head + _data_set(number) + element(0x7FE00010, b"OW", pixels.tobytes()))
        files.append(path)
    return files


def _painted(ellipses: Iterable[Ellipse]) -> array[int]:
    """Return a slice, row by row; stored are Hounsfield units plus 1024."""
    image, size = array("h", bytes(2 * SIDE * SIDE)), FIELD_OF_VIEW / SIDE
    middle = (SIDE - 1) / 2
    for value, x, y, half_x, half_y in ellipses:
        first = max(0, math.ceil((y - half_y) / size + middle))
        last = min(SIDE - 1, math.floor((y + half_y) / size + middle))
        for row in range(first, last + 1):
            part = 1.0 - (((row - middle) * size - y) / half_y) ** 2
            reach = half_x * math.sqrt(max(0.0, part))
            left = max(0, math.ceil((x - reach) / size + middle))
            right = min(SIDE - 1, math.floor((x + reach) / size + middle))
            if left <= right:
                begin, end = row * SIDE + left, row * SIDE + right + 1
                image[begin:end] = array("h", [round(value) + 1024]) * (end - begin)
    return image


def _grained(pixel: int, neighbour: int, noise: int) -> int:
    """Return what a scanner would: the edge between two pixels is soft, and nothing is smooth."""
    return max(0, (pixel + neighbour) // 2 + noise)


def _data_set(number: int) -> bytes:
    """Return all elements of a slice before its pixels."""
    spacing, thickness = FIELD_OF_VIEW / SIDE, _HEIGHT / SLICES
    corner = -spacing * (SIDE - 1) / 2
    texts = (
        (0x00080008, b"CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        (0x00080016, b"UI", _CT),
        (0x00080018, b"UI", _uid(f"slice {number}")),
        (0x00080020, b"DA", "20260302"),
        (0x00080021, b"DA", "20260302"),
        (0x00080030, b"TM", "101530"),
        (0x00080050, b"SH", "SAMPLE"),
        (0x00080060, b"CS", "CT"),
        (0x00080070, b"LO", "OrthancConnect"),
        (0x00080090, b"PN", ""),
        (0x00081030, b"LO", "Drawn chest, nobody's"),
        (0x0008103E, b"LO", "Chest, axial"),
        (0x00100010, b"PN", PATIENT_NAME),
        (0x00100020, b"LO", PATIENT_ID),
        (0x00100030, b"DA", ""),
        (0x00100040, b"CS", "O"),
        (0x00180015, b"CS", "CHEST"),
        (0x00180050, b"DS", f"{thickness:g}"),
        (0x00180060, b"DS", "120"),
        (0x00185100, b"CS", "HFS"),
        (0x0020000D, b"UI", _uid("study")),
        (0x0020000E, b"UI", _uid("series")),
        (0x00200010, b"SH", "1"),
        (0x00200011, b"IS", "1"),
        (0x00200012, b"IS", "1"),
        (0x00200013, b"IS", str(number + 1)),
        (0x00200032, b"DS", f"{corner:.4f}\\{corner:.4f}\\{number * thickness:g}"),
        (0x00200037, b"DS", "1\\0\\0\\0\\1\\0"),
        (0x00200052, b"UI", _uid("frame")),
        (0x00201040, b"LO", ""),
        (0x00280002, b"US", 1),
        (0x00280004, b"CS", "MONOCHROME2"),
        (0x00280010, b"US", SIDE),
        (0x00280011, b"US", SIDE),
        (0x00280030, b"DS", f"{spacing:.6f}\\{spacing:.6f}"),
        (0x00280100, b"US", 16),
        (0x00280101, b"US", 12),
        (0x00280102, b"US", 11),
        (0x00280103, b"US", 0),
        (0x00281050, b"DS", "40"),
        (0x00281051, b"DS", "400"),
        (0x00281052, b"DS", "-1024"),
        (0x00281053, b"DS", "1"),
        (0x00281054, b"LO", "HU"),
    )
    return b"".join(
        element(tag, vr, value.encode() if isinstance(value, str) else struct.pack("<H", value))
        for tag, vr, value in texts
    )


def _uid(part: str) -> str:
    """Return a UID below 2.25 (PS3.5 annex B.2), always the same for the same part of the study."""
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_URL, f'orthancconnect:sample:{part}').int}"
