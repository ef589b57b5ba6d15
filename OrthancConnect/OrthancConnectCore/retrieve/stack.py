"""The slices of one volume on their way in: where each belongs, and where its pixels lie."""

from __future__ import annotations

import struct
import threading
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..dicom.elements import EXPLICIT_LITTLE, IMPLICIT_LITTLE, PASSED, read_element, walk
from .content import file_head_of
from .files import Wanted

_CT, _MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
_ENCODINGS = {"1.2.840.10008.1.2": IMPLICIT_LITTLE, "1.2.840.10008.1.2.1": EXPLICIT_LITTLE}
_SAMPLES, _COLOURS, _FRAMES, _ROWS, _COLUMNS = (
    0x00280002,
    0x00280004,
    0x00280008,
    0x00280010,
    0x00280011,
)
_SPACING, _ALLOCATED, _STORED, _HIGH, _SIGNED = (
    0x00280030,
    0x00280100,
    0x00280101,
    0x00280102,
    0x00280103,
)
_CENTER, _WIDTH, _INTERCEPT, _SLOPE = 0x00281050, 0x00281051, 0x00281052, 0x00281053
_NUMBERS = (_SAMPLES, _ROWS, _COLUMNS, _ALLOCATED, _STORED, _HIGH, _SIGNED)
_TEXTS = (_COLOURS, _FRAMES, _SPACING, _CENTER, _WIDTH, _INTERCEPT, _SLOPE)
_ASKED = {**dict.fromkeys(_NUMBERS, b"US"), **dict.fromkeys(_TEXTS, b"")}
_PIXELS, _LAST_BEFORE_PIXELS = 0x7FE00010, 0x7FE0000F
#: A stack has so many slices; millimetres that one may lie beside its place; and the difference of
#: two direction cosines.
_FEWEST, _MOST, _OFF, _TURNED = 3, 2000, 0.01, 1e-4


class _Form(NamedTuple):
    """What all slices of a volume have in common."""

    rows: int
    columns: int
    spacing: Tuple[float, float]
    bits: int
    stored: int
    signed: int
    slope: float
    intercept: float


class Stack:
    """A series whose volume can be shown while its slices arrive.

    Parameters
    ----------
    slices : sequence of Wanted
        In the order of their places, as `stack_of` has found them.

    Notes
    -----
    DICOM PS3.3 C.7.6.2.1.1: place and spacing; C.7.6.3: pixels; C.11.1: the rescaling.
    """

    def __init__(self, slices: Sequence[Wanted]) -> None:
        self._slices = list(slices)
        self._indices = {one.orthanc_id: index for index, one in enumerate(slices)}
        self._offsets = [0] * len(slices)
        self._lock = threading.Lock()
        self._form: Optional[_Form] = None
        self._window: Optional[List[float]] = None
        self._fits = True

    @property
    def in_order(self) -> List[Wanted]:
        """The slices in the order to be fetched: from the middle outwards, since views begin there.

        Measured in ``Testing/Benchmarks``: from first to last the middle comes at half time.
        """
        middle = len(self._slices) // 2
        indices = sorted(range(len(self._slices)), key=lambda index: abs(index - middle))
        return [self._slices[index] for index in indices]

    def arrived(self, wanted: Wanted, head: bytes) -> None:
        """Take in that a slice has its file, which begins with these bytes."""
        found = _read(head)
        with self._lock:
            if found is None or self._form not in (None, found[0]):
                self._fits = False  # the whole is not what Slicer's plugin would make of it
                return
            form, offset, window = found
            if self._form is None:
                self._form, self._window = form, window
            self._offsets[self._indices[wanted.orthanc_id]] = offset

    def state(self) -> Optional[Dict[str, Any]]:
        """Return what is known of the volume, as JSON can hold it; None before the first slice.

        ``rows``, ``columns``, ``spacing`` (mm along a row, along a column, between slices),
        ``origin`` (mm, LPS), ``axes`` (direction of rows, columns and slices), ``bits``,
        ``stored``, ``signed``, ``slope``, ``intercept``, ``window`` (center and width, or None),
        ``files`` (paths, by place) and ``offsets`` (where in its file the pixels of each begin, 0
        of what is not here yet).
        """
        with self._lock:
            form, offsets = self._form, list(self._offsets)
            if form is None or not self._fits:
                return None
        first, last = self._slices[0].place, self._slices[-1].place
        step = [(b - a) / (len(offsets) - 1) for a, b in zip(first[:3], last[:3])]
        length = _dot(step, step) ** 0.5
        return {
            **form._asdict(),
            "spacing": [form.spacing[1], form.spacing[0], length],
            "origin": list(first[:3]),
            "axes": [list(first[3:6]), list(first[6:9]), [part / length for part in step]],
            "window": self._window,
            "files": [str(one.path) for one in self._slices],
            "offsets": offsets,
        }


def stack_of(wanted: Sequence[Wanted]) -> Optional[Stack]:
    """Return instances as the slices of one volume; None where they are something else.

    They are CT or MR, uncompressed, of one series and one orientation, and evenly spaced along it.
    """
    sops = {one.sop_class_uid for one in wanted}
    series = {one.series_instance_uid for one in wanted}
    if len(series) != 1 or sops not in ({_CT}, {_MR}) or not _FEWEST <= len(wanted) <= _MOST:
        return None
    if any(len(one.place) != 9 or one.transfer_syntax_uid not in _ENCODINGS for one in wanted):
        return None
    turns = wanted[0].place[3:]
    if any(abs(a - b) > _TURNED for one in wanted for a, b in zip(one.place[3:], turns)):
        return None
    row, column = turns[:3], turns[3:]
    lengths = (_dot(row, row), _dot(column, column))
    if any(abs(length - 1) > _TURNED for length in lengths) or abs(_dot(row, column)) > _TURNED:
        return None
    normal = _cross(row, column)
    slices = sorted(wanted, key=lambda one: _dot(one.place[:3], normal))
    first, last = slices[0].place, slices[-1].place
    step = (_dot(last[:3], normal) - _dot(first[:3], normal)) / (len(slices) - 1)
    if step <= _OFF:
        return None
    for index, one in enumerate(slices):
        expected = (a + index * step * b for a, b in zip(first[:3], normal))
        if any(abs(a - b) > _OFF for a, b in zip(one.place[:3], expected)):
            return None
    return Stack(slices)


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other))


def _cross(one: Sequence[float], other: Sequence[float]) -> Tuple[float, float, float]:
    (a, b, c), (d, e, f) = one, other
    return b * f - c * e, c * d - a * f, a * e - b * d


def _read(head: bytes) -> Optional[Tuple[_Form, int, Optional[List[float]]]]:
    """Return a file's form, where its pixels begin, and its window; None of what is no slice."""
    meta = file_head_of(head)
    encoding = _ENCODINGS.get(meta.transfer_syntax) if meta else None
    if meta is None or encoding is None:
        return None
    values, position, why = walk(head, meta.start, encoding, _ASKED, _LAST_BEFORE_PIXELS)
    try:
        tag, _, offset, length = read_element(head, position, encoding)
        number = {name: struct.unpack("<H", values[name])[0] for name in _NUMBERS}
        spacing = _decimals(values[_SPACING])
        slope, intercept = (
            _decimals(values.get(_SLOPE, b"1")),
            _decimals(values.get(_INTERCEPT, b"0")),
        )
        frames = _decimals(values.get(_FRAMES, b"1"))
        window = [*_decimals(values.get(_CENTER, b""))[:1], *_decimals(values.get(_WIDTH, b""))[:1]]
    except (KeyError, ValueError, struct.error):
        return None
    bits = number[_ALLOCATED]
    is_slice = (
        why == PASSED
        and tag == _PIXELS
        and number[_SAMPLES] == 1
        and values.get(_COLOURS, b"").strip(b"\0 ") == b"MONOCHROME2"
        and frames == [1]
        and (len(spacing), len(slope), len(intercept)) == (2, 1, 1)
        and min(spacing) > 0
        and bits in (8, 16)
        and 0 < number[_STORED] <= bits
        and number[_HIGH] == number[_STORED] - 1
        and number[_SIGNED] in (0, 1)
        and 0 < number[_ROWS] * number[_COLUMNS] * bits // 8 <= length
    )
    if not is_slice:
        return None
    form = _Form(
        number[_ROWS],
        number[_COLUMNS],
        (spacing[0], spacing[1]),
        bits,
        number[_STORED],
        number[_SIGNED],
        slope[0],
        intercept[0],
    )
    return form, offset, window if len(window) == 2 and window[1] > 0 else None


def _decimals(value: bytes) -> List[float]:
    r"""Return the numbers of a decimal string, with ``\`` between them (DICOM PS3.5 6.2)."""
    return decimals(value.decode("ascii", "replace"))


def decimals(text: str) -> List[float]:
    r"""Return the numbers of a text with ``\`` between them; ValueError where one is none."""
    numbers = [float(part) for part in text.strip("\0 ").split("\\")] if text.strip("\0 ") else []
    if not all(abs(number) < 1e9 for number in numbers):  # neither infinite nor no number
        raise ValueError(text)
    return numbers
