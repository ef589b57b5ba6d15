"""What a structured report says, as markups and statistics; reports of others as far as it goes."""

from __future__ import annotations

import math
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence

from pydicom.dataset import Dataset

from ..shared.errors import InputError
from ..shared.validation import plain_text, uid_fault
from . import identity, tree
from .home import UNREADABLE
from .scheme import COMMENT, PERSON_OBSERVER
from .sources import Pixels

#: More markups than a scene stays usable with.
MOST_ITEMS = 20_000
_KINDS = ("point", "points", "line", "angle", "plane", "roi", "curve", "closed_curve")
_CORNERS_OF_CIRCLE = 48
_SLICERS_COLOR = [1.0, 0.5, 0.5]


def read(
    dataset: Dataset, folder: Optional[Path] = None, sources: Iterable[Dataset] = ()
) -> Dict[str, Any]:
    """Return a structured report as a result of the kind measurements; nothing goes to `folder`.

    What was written by `report.build` comes back as it was. In reports of others each region is a
    markup with the values that were measured on it, and other values are statistics; a region of
    an image's pixels is shown if that image is among `sources`, which are asked for at the first.

    Raises
    ------
    InputError
        There is nothing in it that can be shown, or it is too deep or too large.
    """
    try:
        return _read(dataset, sources)
    except UNREADABLE as error:
        raise _broken(error) from error


def _broken(error: Exception) -> InputError:
    return InputError(
        f"This report is damaged, so it is not read: {plain_text(error, 300)}", "Ask who made it."
    )


def _read(dataset: Dataset, sources: Iterable[Dataset]) -> Dict[str, Any]:
    reading = _Reading()
    for group in tree.groups(dataset, Pixels(sources)):
        reading.take(group, _series_of(dataset, group.segmentation))
        if len(reading.items) + len(reading.statistics) > MOST_ITEMS:
            raise InputError(
                f"This report has more than {MOST_ITEMS} measurements, so it is not read.",
                "Ask who made it.",
            )
    if not reading.items and not reading.statistics:
        raise InputError(
            "This report holds no measurements that can be shown here.",
            "Look at it in a program that shows reports.",
        )
    author, comment = _root_texts(dataset)
    hidden = f"{reading.left_out} of its regions can't be shown: their images are not here."
    study, series = _source(dataset)
    title = plain_text(dataset.get("SeriesDescription") or "", 64)
    return {
        "format": 1,
        "kind": "measurements",
        "title": title or "Report",
        "author": author,
        "created": _created(dataset).isoformat(),
        "description": comment,
        "series_number": identity.number_of(dataset),
        "source": {
            "patient_id": str(dataset.get("PatientID") or ""),
            "study_instance_uid": study,
            "series_instance_uid": series,
            "files": [],
        },
        "replaces": None,
        "origin": str(dataset.get("SOPInstanceUID") or "unknown"),
        "items": reading.items,
        "statistics": reading.statistics,
        "notes": [hidden] if reading.left_out else [],
    }


class _Reading:
    """What was read so far."""

    def __init__(self) -> None:
        self.items: List[Dict[str, Any]] = []
        self.statistics: List[Dict[str, Any]] = []
        #: How many regions could not be shown.
        self.left_out = 0
        self._lists: Dict[str, Dict[str, Any]] = {}

    def take(self, group: tree.Group, segmentation: Optional[str]) -> None:
        """Take over one group of the report."""
        if self._ours(group):
            return
        loose = [value.measured for value in group.values if not value.drawn]
        untold: List[Dict[str, Any]] = []  # values of regions that can't be shown
        known: Dict[str, Dict[str, Any]] = {}  # by points: several values of one region
        parts = [(loose if number == 0 else [], [one]) for number, one in enumerate(group.drawn)]
        parts += [([value.measured], value.drawn) for value in group.values if value.drawn]
        for values, regions in parts or [(loose, [])]:
            items = [_item(group.name, one, [*values]) for one in regions if one.points]
            shown = [one for one in items if one is not None]
            self.left_out += len(regions) - len(shown)
            untold += [] if shown else values
            for item in shown:
                place = str(item["points"])
                if place not in known:
                    self.items.append(known.setdefault(place, item))
                elif values:
                    known[place]["values"] += values
        if untold:
            self.statistics.append(
                {
                    "segment": group.name or "Report",
                    "values": untold,
                    "segment_series_instance_uid": segmentation,
                    "tracking": group.tracking,
                }
            )

    def _ours(self, group: tree.Group) -> bool:
        """Take over a markup that `report` wrote; tell whether it was one, and whole."""
        own, kind = group.own, str(group.own.get("kind"))
        regions = [one.points for one in group.drawn if one.points]
        corners = [len(region) for region in regions[:2]]
        control = own["points"].points if "points" in own else None
        labels = own["labels"].split("\n") if own.get("labels") else []
        known = self._lists.get(str(own.get("list")))
        if known and regions:
            known["points"] += regions[0]
            if labels or known["labels"]:
                before = len(known["points"]) - 1
                known["labels"] = [*(known["labels"] or [""] * before), *(labels or [""])[:1]]
            return True
        if kind not in _KINDS or not regions:
            return False
        points = control or regions[0]
        if kind == "closed_curve" and len(points) > 1:
            points = points[:-1]
        name = own.get("list_name") or group.name
        item = _named(kind, name, points, [value.measured for value in group.values])
        item["color"] = _color(own.get("color"))
        item["labels"] = labels if len(labels) == len(points) else []
        if kind in ("plane", "roi"):
            if not control or corners != [5, 5][: 2 if kind == "roi" else 1]:
                return False
            item.update(_box(regions, kind))
        if kind == "points":
            self._lists[str(own.get("list"))] = item
        self.items.append(item)
        return True


def _named(kind: str, name: str, points: Any, values: Any) -> Dict[str, Any]:
    return {
        "kind": kind,
        "name": name or kind,
        "color": list(_SLICERS_COLOR),
        "points": points,
        "labels": [],
        "values": values,
        "center": None,
        "axes": None,
        "size": None,
    }


def _item(name: str, drawn: tree.Drawn, values: List[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
    """Return the markup that shows a region of anybody's report."""
    points: List[List[float]] = list(drawn.points or ())
    if drawn.shape == "ELLIPSE":
        points = _outline(points)
        return _named("closed_curve", name, points, values) if points else None
    if drawn.shape in ("MULTIPOINT", "ELLIPSOID"):
        return _named("points", name, points, values)
    if len(points) == 1:
        return _named("point", name, points, values)
    if len(points) > 3 and points[0] == points[-1]:
        return _named("closed_curve", name, points[:-1], values)
    if len(points) == 2:
        return _named("line", name, points, values)
    if len(points) == 3 and any(value["unit"] == "deg" for value in values):
        return _named("angle", name, points, values)
    return _named("curve", name, points, values)


def _outline(points: Sequence[Sequence[float]]) -> List[List[float]]:
    """Return points around an ellipse, given by its axes' ends (PS3.3 C.18.9.1.2)."""
    import numpy as np

    if len(points) != 4:
        return []
    ends = np.array(points)
    center, major, minor = ends[:2].mean(axis=0), ends[1] - ends[0], ends[3] - ends[2]
    turns = [2 * math.pi * number / _CORNERS_OF_CIRCLE for number in range(_CORNERS_OF_CIRCLE)]
    around = [center + (major * math.cos(t) + minor * math.sin(t)) / 2 for t in turns]
    return [point.tolist() for point in around]


def _box(regions: Sequence[Any], kind: str) -> Dict[str, Any]:
    """Return centre, axes and size of a plane, or of the ROI that has the regions as its sides."""
    import numpy as np

    first = np.array(regions[0][:4])
    edges = [first[1] - first[0], first[3] - first[0]]
    center, normal, depth = first.mean(axis=0), np.cross(*edges), 0.0
    if kind == "roi":
        other = np.array(regions[1][:4]).mean(axis=0)
        normal, center = other - center, (center + other) / 2
        depth = float(np.linalg.norm(normal))
    axes = [edge / (np.linalg.norm(edge) or 1.0) for edge in (*edges, normal)]
    return {
        "center": center.tolist(),
        "axes": [axis.tolist() for axis in axes],
        "size": [*(float(np.linalg.norm(edge)) for edge in edges), depth],
    }


def _color(text: Any) -> List[float]:
    digits = re.fullmatch(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", str(text))
    if digits is None:
        return list(_SLICERS_COLOR)
    return [round(int(part, 16) / 255, 4) for part in digits.groups()]


def _root_texts(dataset: Dataset) -> Sequence[str]:
    """Return author and comment of a report."""
    author = comment = ""
    for node in dataset.get("ContentSequence") or ():
        code = tree.code_of(node)
        if code == PERSON_OBSERVER and not author:
            name = node.get("PersonName") or node.get("TextValue") or ""
            author = plain_text(str(name).rstrip("^"), 64)
        elif code == COMMENT and not comment:
            comment = plain_text(node.get("TextValue") or "", 10_000)
    return author, comment


def _evidence(dataset: Dataset) -> List[Mapping[str, Any]]:
    """Return the series that a report refers to, each with its study and instances."""
    return [
        {
            "study": str(study.get("StudyInstanceUID") or ""),
            "series": str(series.get("SeriesInstanceUID") or ""),
            "instances": [
                str(one.get("ReferencedSOPInstanceUID") or "")
                for one in series.get("ReferencedSOPSequence") or ()
            ],
        }
        for study in dataset.get("CurrentRequestedProcedureEvidenceSequence") or ()
        for series in study.get("ReferencedSeriesSequence") or ()
    ]


def _series_of(dataset: Dataset, sop_instance_uid: str) -> Optional[str]:
    """Return the series of an instance that a report refers to."""
    for one in _evidence(dataset) if sop_instance_uid else ():
        if sop_instance_uid in one["instances"] and not uid_fault(one["series"]):
            return str(one["series"])
    return None


def _source(dataset: Dataset) -> Sequence[str]:
    """Return study and series of most of what a report refers to."""
    known = [one for one in _evidence(dataset) if not uid_fault(one["series"])]
    largest = max(known, key=lambda one: len(one["instances"]), default=None)
    study = str(dataset.get("StudyInstanceUID") or "")
    return "" if uid_fault(study) else study, str(largest["series"]) if largest else ""


def _created(dataset: Dataset) -> datetime:
    """Return when a report was made; in 1970 if it does not tell."""
    when = str(dataset.get("ObservationDateTime") or "")
    if re.fullmatch(r"\d{14}(\.\d{1,6})?[+-]\d{4}", when):
        pattern = "%Y%m%d%H%M%S.%f%z" if "." in when else "%Y%m%d%H%M%S%z"
        return datetime.strptime(when, pattern)
    day, time = str(dataset.get("ContentDate") or ""), str(dataset.get("ContentTime") or "")
    try:
        return datetime.strptime(day + (time + "000000")[:6], "%Y%m%d%H%M%S").astimezone()
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, timezone.utc)
