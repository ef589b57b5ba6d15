"""The content tree of a structured report, walked with bounds (DICOM PS3.3 C.17.3)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from pydicom.dataset import Dataset

from ..shared.errors import InputError
from ..shared.validation import plain_text
from .scheme import FINDING, IMAGE_LIBRARY, OWN, SCHEME, SEGMENT, TRACKING_IDENTIFIER, TRACKING_UID
from .sources import Pixels

#: Deeper and larger than reports of people and programs are.
DEEPEST, MOST_NODES = 64, 200_000
_LONGEST_TEXT = 10_000


@dataclass
class Drawn:
    """A region: DICOM's graphic type, and its points in mm of LPS; None if they can't be told."""

    shape: str
    points: Optional[List[List[float]]]


@dataclass
class Value:
    """A number with what it is, and what it was measured on where that is told."""

    measured: Dict[str, Any]
    drawn: List[Drawn] = field(default_factory=list)


@dataclass
class Group:
    """What a container of a report holds itself."""

    name: str = ""
    tracking: str = ""
    #: SOP Instance UID of the segmentation that it is of.
    segmentation: str = ""
    values: List[Value] = field(default_factory=list)
    drawn: List[Drawn] = field(default_factory=list)
    #: By the names of `scheme.CODES`: texts, and the control points.
    own: Dict[str, Any] = field(default_factory=dict)
    #: Whether the name is the one that its maker gave.
    is_named: bool = False


def groups(report: Dataset, pixels: Pixels) -> Iterator[Group]:
    """Return the containers that hold values or regions, in the report's order.

    Raises
    ------
    InputError
        It is deeper, or larger, than it may be.
    """
    root = Group(name=_meaning(report, "ConceptNameCodeSequence"))
    found = [root]
    #: Node, its depth, its container, the number that it belongs to.
    waiting: List[Tuple[Dataset, int, Group, Optional[Value]]] = [(report, 0, root, None)]
    seen = 0
    while waiting:
        node, depth, group, value = waiting.pop()
        children = node.get("ContentSequence") or []
        seen += len(children)
        if depth >= DEEPEST or seen > MOST_NODES:
            raise InputError(
                f"This report is deeper than {DEEPEST} levels or has more than {MOST_NODES} "
                "entries, so it is not read.",
                "Ask who made it.",
            )
        inner: List[Tuple[Dataset, int, Group, Optional[Value]]] = []
        for child in children:
            kind = str(child.get("ValueType") or "")
            if kind == "CONTAINER":
                if code_of(child) != IMAGE_LIBRARY:
                    own = Group(name=_meaning(child, "ConceptNameCodeSequence"))
                    found.append(own)
                    inner.append((child, depth + 1, own, None))
                continue
            inner.append((child, depth + 1, group, _take(child, kind, group, value, pixels)))
        waiting.extend(reversed(inner))
    return (one for one in found if one.values or one.drawn)


def _take(
    node: Dataset, kind: str, group: Group, value: Optional[Value], pixels: Pixels
) -> Optional[Value]:
    """Put what a node says into its group; return the number that what is below it belongs to."""
    code = code_of(node)
    if kind != "NUM" and code[1] == SCHEME and code[0] in OWN:
        group.own[OWN[code[0]]] = (
            _region(node, kind, pixels) if kind.startswith("SCOORD") else _text(node)
        )
    elif kind == "NUM" and value is None:
        value = Value(_measured(node))
        if value.measured:
            group.values.append(value)
    elif kind in ("SCOORD", "SCOORD3D"):
        (value.drawn if value else group.drawn).append(_region(node, kind, pixels))
    elif code == TRACKING_IDENTIFIER and value is not None:
        value.measured["name"] = _text(node) or value.measured.get("name")
    elif code == TRACKING_IDENTIFIER:
        group.name, group.is_named = _text(node) or group.name, True
    elif code == TRACKING_UID and value is None:
        group.tracking = str(node.get("UID") or "")
    elif code == FINDING and not group.is_named:
        group.name = _meaning(node, "ConceptCodeSequence") or group.name
    elif code == SEGMENT:
        group.segmentation = _reference(node)[0]
    return value


def code_of(item: Dataset, keyword: str = "ConceptNameCodeSequence") -> Tuple[str, str]:
    """Return code value and scheme of a coded attribute, empty where there is none."""
    for code in item.get(keyword) or ():
        value = code.get("CodeValue") or code.get("LongCodeValue") or code.get("URNCodeValue")
        return str(value or ""), str(code.get("CodingSchemeDesignator") or "")
    return "", ""


def _meaning(item: Dataset, keyword: str) -> str:
    for code in item.get(keyword) or ():
        return plain_text(code.get("CodeMeaning") or "", 200)
    return ""


def _text(node: Dataset) -> str:
    lines = str(node.get("TextValue") or node.get("UID") or "")[:_LONGEST_TEXT].split("\n")
    return "\n".join(plain_text(line, _LONGEST_TEXT) for line in lines)


def _reference(node: Dataset) -> Tuple[str, int]:
    """Return the instance, and the first frame of it, that a node names."""
    for item in node.get("ReferencedSOPSequence") or ():
        frames = item.get("ReferencedFrameNumber")
        first = frames if frames is None or isinstance(frames, int) else frames[0]
        return str(item.get("ReferencedSOPInstanceUID") or ""), int(first or 1)
    return "", 1


def _measured(node: Dataset) -> Dict[str, Any]:
    """Return a number as a result has it; nothing where it has no value."""
    for item in node.get("MeasuredValueSequence") or ():
        exact, written = item.get("FloatingPointValue"), item.get("NumericValue")
        try:
            number = float(written if exact is None else exact)
        except (TypeError, ValueError):
            return {}
        if not math.isfinite(number):
            return {}
        code, meaning = code_of(node), _meaning(node, "ConceptNameCodeSequence")
        return {
            "name": meaning or code[0],
            "value": number,
            "unit": code_of(item, "MeasurementUnitsCodeSequence")[0] or "1",
            "code": None if code[1] == SCHEME or not code[0] else [*code, meaning],
        }
    return {}


def _region(node: Dataset, kind: str, pixels: Pixels) -> Drawn:
    """Return a node's points; of an image's pixels, where they lie in the patient."""
    data, size = node.get("GraphicData"), 3 if kind == "SCOORD3D" else 2
    shape = str(node.get("GraphicType") or "")
    try:
        numbers = [float(number) for number in data or ()]
    except (TypeError, ValueError):
        return Drawn(shape, None)
    if not numbers or len(numbers) % size or not all(map(math.isfinite, numbers)):
        return Drawn(shape, None)
    points: Optional[List[List[float]]]
    points = [numbers[start : start + size] for start in range(0, len(numbers), size)]
    if shape == "CIRCLE" and size == 2 and len(points) == 2:  # its centre, and a point on it
        (x, y), radius = points[0], math.dist(*points)
        shape = "ELLIPSE"
        points = [[x - radius, y], [x + radius, y], [x, y - radius], [x, y + radius]]
    if size == 2:
        points = _in_the_patient(node, points, pixels)
    return Drawn(shape, points)


def _in_the_patient(
    node: Dataset, points: Sequence[Sequence[float]], pixels: Pixels
) -> Optional[List[List[float]]]:
    for child in node.get("ContentSequence") or ():
        if child.get("ValueType") == "IMAGE":
            uid, frame = _reference(child)
            return pixels.places(uid, frame, points)
    return None
