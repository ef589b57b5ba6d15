"""A result of work in Slicer: what both processes, the disk and the server know of it.

A result on the disk is a folder for its owner alone, with `NAME` (UTF-8, JSON) and the files that
this names. Who writes one puts the other files there first, and `NAME` last and whole
(`disk.write_private`): a folder without it is none yet. Points, matrices and directions are
DICOM's: in the patient's LPS system, in millimetres.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple, Union, get_type_hints

from .errors import InputError
from .validation import plain_text, uid_fault

NAME = "result.json"
FORMAT = 1
SEGMENTATION, CONTOURS, MEASUREMENTS = "segmentation", "contours", "measurements"
VOLUME, SCENE = "volume", "scene"
KINDS = (SEGMENTATION, CONTOURS, MEASUREMENTS, VOLUME, SCENE)
#: What a voxel of a layer may be: numpy's name, and its bytes, little-endian.
LAYER_TYPES = {"uint8": 1, "int8": 1, "uint16": 2, "int16": 2, "uint32": 4, "int32": 4}
#: And what it may be of a volume of real numbers, which becomes a parametric map.
MAP_TYPES = {"float32": 4, "float64": 8}
ALGORITHM_TYPES = ("MANUAL", "SEMIAUTOMATIC", "AUTOMATIC")  # DICOM PS3.3 C.8.20.2
ITEM_KINDS = ("point", "points", "line", "angle", "plane", "roi", "curve", "closed_curve")
#: Bytes of a result's JSON, and characters of each text in it: DICOM's longest, PS3.5 table 6.2-1.
LARGEST_JSON, LONGEST_TEXT = 64 * 1024 * 1024, 10_240
#: Bytes of a scene's file. Orthanc 1.10 and 1.12 acknowledge an attachment of 2**31 bytes and more,
#: note the hash of an empty file for it, and 1.10 gives back nothing; they take two to three times
#: a scene's size of memory.
LARGEST_SCENE = 2_000_000_000
SMALLER = "Take out of the scene what the server has already, such as the images."
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._ -]{0,199}")
_SHA256 = re.compile(r"[0-9a-f]{64}")

Point = Tuple[float, float, float]


class Code(NamedTuple):
    """A coded concept (DICOM PS3.3 section 8.8): ``("10200004", "SCT", "Liver")``."""

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True)
class Source:
    """What a result was made from; empty where it belongs to no study."""

    patient_id: str = ""
    study_instance_uid: str = ""
    series_instance_uid: str = ""
    #: Absolute paths of that series' instances in Slicer's database.
    files: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Layer:
    """A label map of segments that don't overlap."""

    #: In the result's folder: the voxels in C order of [k][j][i], nothing else.
    file: str
    #: Of `LAYER_TYPES`, or `MAP_TYPES`.
    type: str
    #: Columns, rows, slices: i, j, k.
    size: Tuple[int, int, int]
    #: From IJK to LPS, 4 x 4, row by row.
    matrix: Tuple[float, ...]
    #: Of a volume of real numbers: in which unit (of UCUM) and of what they are, where it is known.
    unit: Optional[Code] = None
    quantity: Optional[Code] = None

    def check(self) -> None:
        """Make sure that it makes sense."""
        _need(self.type in {**LAYER_TYPES, **MAP_TYPES}, "a layer has an unknown type")
        _need(all(0 < one <= 65535 for one in self.size), "a layer has an impossible size")
        _need(len(self.matrix) == 16, "a layer has no matrix of 16 numbers")
        _need_part(self.file)

    @property
    def bytes(self) -> int:
        """How many bytes its file has."""
        return self.size[0] * self.size[1] * self.size[2] * {**LAYER_TYPES, **MAP_TYPES}[self.type]


@dataclass(frozen=True)
class Segment:
    """One segment: where it lies in the layers, and what it is (DICOM PS3.3 C.8.20.4)."""

    id: str
    name: str
    #: Red, green, blue from 0 to 1, as sRGB.
    color: Point
    #: Its layer's place in `Result.layers`, and its voxels' value there.
    layer: int
    value: int
    category: Optional[Code] = None
    type: Optional[Code] = None
    type_modifier: Optional[Code] = None
    region: Optional[Code] = None
    region_modifier: Optional[Code] = None
    #: Of `ALGORITHM_TYPES`.
    algorithm_type: str = "SEMIAUTOMATIC"
    algorithm_name: str = ""
    #: Stays the same for the same segment in later results; empty where it has none.
    tracking_uid: str = ""

    def check(self) -> None:
        """Make sure that it makes sense."""
        _need(self.algorithm_type in ALGORITHM_TYPES, "a segment has an unknown algorithm type")
        _need_color(self.color)
        _need(self.value >= 1, "the value of a segment is below 1")


@dataclass(frozen=True)
class Value:
    """A measured value."""

    name: str
    value: float
    #: In UCUM: ``mm``, ``cm3``, ``deg``, ``1`` for none.
    unit: str
    #: What was measured.
    code: Optional[Code] = None


@dataclass(frozen=True)
class Item:
    """A markup: its points, and what was measured by it."""

    #: Of `ITEM_KINDS`.
    kind: str
    name: str
    color: Point
    points: Tuple[Point, ...]
    #: A label for each point, or none at all.
    labels: Tuple[str, ...] = ()
    values: Tuple[Value, ...] = ()
    #: Of a plane or ROI: its centre, its three directions (of length 1), and its three lengths
    #: along them, the whole ones, in mm; the third of a plane is its normal, with length 0.
    center: Optional[Point] = None
    axes: Optional[Tuple[Point, Point, Point]] = None
    size: Optional[Point] = None

    def check(self) -> None:
        """Make sure that it makes sense."""
        _need(self.kind in ITEM_KINDS, "a markup has an unknown kind")
        _need_color(self.color)
        _need(len(self.labels) in (0, len(self.points)), "a markup has not a label for each point")
        box = (self.center, self.axes, self.size)
        is_box = self.kind in ("plane", "roi")
        _need(
            all(box) if is_box else not any(box),
            "a plane or ROI has no place, or something else has one",
        )


@dataclass(frozen=True)
class Statistic:
    """What was measured of one segment."""

    segment: str
    values: Tuple[Value, ...]
    #: Where the segment is on the server; None where it is not.
    segment_series_instance_uid: Optional[str] = None
    #: Stays the same for the same segment in later results.
    tracking: str = ""


@dataclass(frozen=True)
class Result:
    """A result, as its folder's `NAME` tells it; parts that its kind has not are empty.

    `check` is called by `from_dict`, which is the way to one.
    """

    kind: str
    title: str
    #: ISO 8601, with its time zone: when it was made.
    created: str
    source: Source
    #: Stable name of the node that it was made from, in all the world: a second sending of the same
    #: thing is known by it.
    origin: str
    format: int = FORMAT
    author: str = ""
    description: str = ""
    #: None: the next free one.
    series_number: Optional[int] = None
    #: Series Instance UID of an earlier result in whose place this one comes; None where the server
    #: shall be asked for the latest of the same origin.
    replaces: Optional[str] = None
    #: Of a segmentation or contours; of a volume of real numbers one, of `MAP_TYPES`.
    layers: Tuple[Layer, ...] = ()
    segments: Tuple[Segment, ...] = ()
    #: Whether a segmentation shall be a label map (DICOM Supplement 243), not bits.
    labelmap: bool = False
    #: Of what was read from a server: sentences of what is not as it was.
    notes: Tuple[str, ...] = ()
    #: Of measurements.
    items: Tuple[Item, ...] = ()
    statistics: Tuple[Statistic, ...] = ()
    #: Of a volume, and of a scene that goes as DICOM (Slicer's data bundle): DICOM files.
    files: Tuple[str, ...] = ()
    #: Of another scene: its file (``.mrb``), with bytes and hash.
    file: str = ""
    size: int = 0
    sha256: str = ""

    def check(self) -> None:
        """Make sure that it makes sense."""
        _need(self.format == FORMAT, "it is of another version")
        _need(self.kind in KINDS, "its kind is unknown")
        _need(bool(self.title.strip()), "it has no title")
        _need(bool(self.origin), "it has no origin")
        try:
            _need(time_of(self.created).tzinfo is not None, "its time has no zone")
        except ValueError as error:
            raise _fault("its time is none") from error
        source, number = self.source, self.series_number
        for uid in (source.study_instance_uid, source.series_instance_uid, self.replaces):
            _need(not uid or not uid_fault(uid), "a UID is not well formed")
        _need(number is None or 0 <= number < 2**31, "its series number is out of range")
        for one in self.segments:
            _need(0 <= one.layer < len(self.layers), "a segment is in no layer")
        is_map = self.kind == VOLUME
        for layer in self.layers:
            _need((layer.type in MAP_TYPES) == is_map, "a layer has an unknown type")
        for name in self.files:
            _need_part(name)
        if self.kind in (SEGMENTATION, CONTOURS):
            _need_some(self.layers and self.segments, "The segmentation has no segments.")
        elif self.kind == MEASUREMENTS:
            _need_some(self.items or self.statistics, "There are no measurements in the result.")
        elif self.kind == VOLUME and self.layers:
            _need(len(self.layers) == 1 and not self.files, "a map is more than one layer")
        elif self.kind == VOLUME or not self.file:
            _need_some(self.files, "There are no files in the result.")
        else:
            _need_part(self.file)
            _need(
                self.size > 0 and bool(_SHA256.fullmatch(self.sha256)),
                "the scene's size or hash is none",
            )

    @property
    def parts(self) -> Tuple[str, ...]:
        """The names of the files beside `NAME`."""
        layers = (one.file for one in self.layers)
        return tuple(dict.fromkeys([*layers, *self.files, *([self.file] if self.file else [])]))

    def to_dict(self) -> Dict[str, Any]:
        """Return it as JSON has it; `from_dict` takes it back."""
        told: Dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return told

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Result:
        """Return the result that JSON told, checked.

        Raises
        ------
        InputError
            It is none, or makes no sense.
        """
        result: Result = _read(cls, data, "it")
        return result

    @classmethod
    def from_json(cls, content: bytes) -> Result:
        """Return the result of a file `NAME`; see `from_dict`."""
        try:
            _need(len(content) <= LARGEST_JSON, f"its {NAME} is too large")
            data = json.loads(content.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise _fault(f"its {NAME} is not JSON") from error
        return cls.from_dict(data)


@dataclass(frozen=True)
class StudyResult:
    """A result that a study has on the server.

    Texts are plain.
    """

    #: Of `KINDS`; a parametric map is a volume.
    kind: str
    title: str
    author: str
    #: ISO 8601; empty where it is not known.
    time: str
    #: Bytes.
    size: int
    study_orthanc_id: str
    #: Of all but a scene that is no DICOM.
    series_instance_uid: str = ""
    series_orthanc_id: str = ""
    #: Its instances on the server.
    instances: Tuple[str, ...] = ()
    #: Of a scene that is no DICOM: the number of the attachment and of its index, and its SHA-256.
    number: int = 0
    sha256: str = ""
    #: Names what it is a version of, and which one it is, from 1; empty of what others made.
    origin: str = ""
    version: int = 1
    #: Whether it is marked as replaced.
    replaced: bool = False
    #: Whether a volume is a parametric map, which is read as results are.
    is_map: bool = False

    def check(self) -> None:
        """Make sure that it makes sense."""
        _need(self.kind in KINDS, "its kind is unknown")
        _need(not self.number or bool(_SHA256.fullmatch(self.sha256)), "it has no hash")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> StudyResult:
        """Return what `asdict` made of one, checked.

        Raises
        ------
        InputError
            It is none.
        """
        result: StudyResult = _read(cls, data, "it")
        return result


def time_of(text: str) -> datetime:
    """Return a moment of ISO 8601; ValueError for anything else."""
    return datetime.fromisoformat(re.sub(r"Z$", "+00:00", text))  # as Python 3.9 reads it


def check_scene(size: int) -> None:
    """See that a scene's file has no more bytes than Orthanc keeps.

    Raises
    ------
    InputError
        It has.
    """
    if size > LARGEST_SCENE:
        raise InputError(
            f"The scene has {size / 1e9:.1f} GB, and Orthanc keeps attachments of up to "
            f"{LARGEST_SCENE // 10**9} GB.",
            SMALLER,
            cause="result",
        )


def _fault(what: str) -> InputError:
    return InputError(
        f"The result can't be used: {plain_text(what, 200)}.",
        "Make the result anew in Slicer; what is kept of it stays until you remove it.",
        cause="result",
    )


def _need(is_right: bool, what: str) -> None:
    if not is_right:
        raise _fault(what)


def _need_some(parts: Any, sentence: str) -> None:
    if not parts:
        raise InputError(sentence, "Make something of it, and send it then.", cause="result")


def _need_part(name: str) -> None:
    _need(
        bool(_PART.fullmatch(name)) and name != NAME,
        "one of its files has a name that can't be used",
    )


def _need_color(color: Point) -> None:
    _need(all(0 <= part <= 1 for part in color), "a colour is none")


@lru_cache(maxsize=32)
def _members(kind: Any) -> Tuple[Dict[str, Any], Tuple[str, ...]]:
    """Return the kinds of a record's members, and which of these must be there."""
    hints = get_type_hints(kind)
    return hints, tuple(one.name for one in fields(kind) if one.default is MISSING)


def _read(kind: Any, value: Any, where: str) -> Any:
    """Return a value of JSON as the kind that a record declares; where it is none, an error."""
    inner: Tuple[Any, ...] = getattr(kind, "__args__", ())
    if getattr(kind, "__origin__", None) is Union:
        return None if value is None else _read(inner[0], value, where)
    if getattr(kind, "__origin__", None) is tuple:
        _need(isinstance(value, (list, tuple)), f"{where} is no list")
        kinds = inner[:1] * len(value) if inner[-1] is Ellipsis else inner
        _need(len(value) == len(kinds), f"{where} has another length")
        return tuple(_read(one, item, where) for one, item in zip(kinds, value))
    if kind is Code:
        return Code(*_read(Tuple[str, str, str], value, where))
    if hasattr(kind, "__dataclass_fields__"):
        _need(isinstance(value, Mapping), f"{where} is no object")
        hints, needed = _members(kind)
        for name in (*needed, *value):
            _need(name in value and name in hints, f"{name} is missing, or unknown")
        found = kind(**{name: _read(hints[name], item, name) for name, item in value.items()})
        if hasattr(found, "check"):
            found.check()
        return found
    if kind is float and type(value) is int:
        value = float(value) if abs(value) < 2**53 else math.inf
    _need(type(value) is kind, f"{where} is of another kind")
    if kind is float:
        _need(math.isfinite(value), f"{where} is no number")
    elif kind is int:
        _need(abs(value) < 2**63, f"{where} is too large")
    elif kind is str:
        _need(
            len(value) <= LONGEST_TEXT and not re.search("[\0\ud800-\udfff]", value),
            f"{where} has text that can't be used",
        )
    return value
