"""Markups and segment statistics as a structured report: PS3.16 TID 1500, in Comprehensive 3D SR.

Each markup is a measurement group of its own (TID 1410, a ROI TID 1411) with its name as tracking
identifier, its geometry as SCOORD3D in the source's frame of reference, its values with units of
UCUM, and the source images nearest to its points. Each point of a list of points is a group. What
these templates have no place for stands in the group under codes of our own scheme, which the
templates allow (PS3.16 section 6.2.4): the kind of markup, its colour, the list's name, control
points, and their labels. Statistics of a segment are a group of TID 1411 where the segmentation is
among the sources, else one of TID 1501.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from pathlib import Path
from typing import Any, List, Mapping, Optional, Sequence

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from .. import __version__
from ..dicom.part10 import IMPLEMENTATION_CLASS_UID
from ..shared.errors import InputError
from ..shared.events import CancelToken
from ..shared.validation import plain_text, uid_fault
from . import identity
from .findings import read as read
from .library import highdicom
from .scheme import CODES, NO_UNIT, SCHEME
from .sources import Places, frame_of_reference

#: The sides of a ROI: across which of its axes, and at which end.
_FACES = ((2, -1), (2, 1), (0, -1), (0, 1), (1, -1), (1, 1))
#: More groups than a person places; so many take highdicom half a minute and 700 MB.
MOST_GROUPS = 5_000
#: Points of a region: three numbers of four bytes each, and a length of 16 bits (PS3.5 7.1.2).
MOST_POINTS = 0xFFFE // 12 - 1


def build(
    folder: Path, result: Any, sources: Sequence[Dataset], token: Optional[CancelToken] = None
) -> List[Dataset]:
    """Return the report of a result of the kind measurements: one instance of a new series.

    `sources` are instances of the source series without pixels; the segmentation that statistics
    are of may be among them. Nothing is read from `folder`. `token` ends it between two markups.

    Raises
    ------
    InputError
        It has no source, no frame of reference, no points, or what no report can hold.
    MissingDependencyError
        highdicom is not installed.
    """
    data: Mapping[str, Any] = result if isinstance(result, Mapping) else result.to_dict()
    images = [one for one in sources if one.get("Modality") not in ("SEG", "SR", "RTSTRUCT")]
    if not images:
        raise InputError(
            "These measurements belong to no images of the server, so no report can be made.",
            "Load the images from the server's study, and measure on them.",
        )
    maker = _Maker(images, sources)
    try:
        groups: List[Any] = []
        for item in data["items"]:
            if token is not None:
                token.raise_if_cancelled()
            groups += maker.markup(item)
        groups += [maker.statistic(one) for one in data["statistics"]]
        if not 0 < len(groups) <= MOST_GROUPS:
            raise InputError(
                f"A report holds 1 to {MOST_GROUPS} measurements, and this has {len(groups)}.",
                "Send the measurements in several reports.",
            )
        return [maker.report(data, groups)]
    except (ValueError, TypeError) as error:  # highdicom's own checks
        raise InputError(
            f"No report can be made of these measurements: {plain_text(error, 300)}",
            "Save them in the scene, and write to who looks after OrthancConnect.",
        ) from error


class _Maker:
    """Makes the groups of one report."""

    def __init__(self, images: Sequence[Dataset], sources: Sequence[Dataset]) -> None:
        self._hd = highdicom()
        self._images, self._sources = images, sources
        self._frame = frame_of_reference(images)
        self._places = Places(images)

    def _code(self, code: Sequence[str]) -> Any:
        return self._hd.sr.CodedConcept(*code)

    def _text(self, concept: str, text: str, relation: str = "CONTAINS") -> Any:
        name = self._code(CODES[concept])
        return self._hd.sr.TextContentItem(name, text, relationship_type=relation)

    def markup(self, item: Mapping[str, Any]) -> List[Any]:
        """Return the groups of one markup."""
        sr, kind, name = self._hd.sr, item["kind"], item["name"] or item["kind"]
        points = self._points(item)
        labels = list(item["labels"]) or [""] * len(points)
        extras = [self._text("kind", kind), self._text("color", _hexadecimal(item["color"]))]
        values = [self._value(one, name) for one in item["values"]]
        if kind == "points":
            extras.append(self._text("list_name", name))
            list_uid, reference = generate_uid(None), self._code(CODES["list"])
            groups = []
            for number, (point, label) in enumerate(zip(points, labels), 1):
                one = sr.UIDRefContentItem(reference, list_uid, "CONTAINS")
                known = label.strip() or f"{name}-{number}"
                region = self._region("POINT", [point])
                groups.append(
                    self._group(
                        known, region, values, [one, *self._labels([label]), *extras], [point]
                    )
                )
                values, extras = [], []  # of the list, not of each point
            return groups
        extras += self._labels(labels)
        if kind in ("plane", "roi"):
            extras.append(self._points_item("points", points))
        if kind == "roi":
            return [self._box(item, values, extras, points)]
        shape, drawn = "POLYLINE" if len(points) > 1 else "POINT", list(points)
        if kind == "plane":
            shape, drawn = "POLYGON", _face(item)
        elif kind == "closed_curve" and len(points) > 1:
            drawn.append(points[0])
        return [self._group(name, self._region(shape, drawn), values, extras, points)]

    def statistic(self, one: Mapping[str, Any]) -> Any:
        """Return the group of one segment's statistics."""
        sr, name = self._hd.sr, one["segment"]
        uid = _tracking_uid(one["tracking"])
        tracking = sr.TrackingIdentifier(uid, name)
        values = [self._value(value, name) for value in one["values"]]
        series = one["segment_series_instance_uid"]
        for source in self._segmentations() if series else ():
            number = _segment_number(source, name, uid)
            if source.SeriesInstanceUID == series and number:
                where = sr.ReferencedSegment(
                    source.SOPClassUID, source.SOPInstanceUID, number, source_series=self._series()
                )
                return sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
                    tracking, referenced_segment=where, measurements=values
                )
        if series:
            raise InputError(
                f"The segmentation with the segment {plain_text(name, 100)} is not on the server.",
                "Send the segmentation first, or measure it again.",
            )
        return sr.MeasurementsAndQualitativeEvaluations(
            tracking,
            measurements=values,
            source_images=[
                sr.SourceImageForMeasurementGroup.from_source_image(self._images[0]),
            ],
        )

    def report(self, data: Mapping[str, Any], groups: Sequence[Any]) -> Dataset:
        """Return the whole report."""
        sr, first = self._hd.sr, self._images[0]
        author, created = identity.person_name(data["author"]), identity.created(data)
        if author:
            who = sr.ObserverContext(
                self._code(CODES["person"]), sr.PersonObserverIdentifyingAttributes(author)
            )
            context = sr.ObservationContext(observer_person_context=who)
        else:
            software = sr.DeviceObserverIdentifyingAttributes(
                IMPLEMENTATION_CLASS_UID, "OrthancConnect"
            )
            who = sr.ObserverContext(self._code(CODES["device"]), software)
            context = sr.ObservationContext(observer_device_context=who)
        content = sr.MeasurementReport(context, self._code(CODES["procedure"]), groups)
        if data["description"]:
            content[0].ContentSequence.append(self._text("comment", data["description"]))
        scheme = self._hd.coding_schemes.CodingSchemeIdentificationItem
        before = [one for one in self._sources if one.SeriesInstanceUID == data["replaces"]]
        report: Dataset = sr.Comprehensive3DSR(
            evidence=[identity.bare(one) for one in [*self._images, *self._segmentations()]],
            content=content,
            series_instance_uid=generate_uid(None),
            series_number=data["series_number"] or identity.free_number(self._images),
            sop_instance_uid=generate_uid(None),
            instance_number=1,
            manufacturer="OrthancConnect",
            manufacturer_model_name="OrthancConnect",
            software_versions=__version__,
            device_serial_number="1",
            is_complete=True,
            previous_versions=before or None,
            series_description=identity.long_string(data["title"]),
            coding_schemes=[scheme(SCHEME, name="OrthancConnect")],
        )
        identity.adopt(report, first)
        identity.date(report, created)
        report.ObservationDateTime = created.strftime("%Y%m%d%H%M%S.%f%z")
        return report

    def _segmentations(self) -> List[Dataset]:
        return [one for one in self._sources if one.get("Modality") == "SEG"]

    def _series(self) -> Any:
        return self._hd.sr.SourceSeriesForSegmentation(self._images[0].SeriesInstanceUID)

    def _labels(self, labels: Sequence[str]) -> List[Any]:
        lines = [label.replace("\n", " ") for label in labels]
        return [self._text("labels", "\n".join(lines))] if "".join(lines).strip() else []

    def _points(self, item: Mapping[str, Any]) -> List[List[float]]:
        sizes = {"plane": 2, "roi": 3}.get(item["kind"], 0)
        if not item["points"] or not all(size > 0 for size in (item["size"] or ())[:sizes]):
            raise InputError(
                f"The markup {plain_text(item['name'], 100)} has no points, or no size.",
                "Finish it in the scene, or leave it out.",
            )
        if len(item["points"]) > MOST_POINTS and item["kind"] != "points":
            raise InputError(
                f"The markup {plain_text(item['name'], 100)} has more than {MOST_POINTS} points, "
                "which a report can't hold.",
                "Resample it in the module Markups, or leave it out.",
            )
        return [list(point) for point in item["points"]]

    def _region(self, shape: str, points: Sequence[Sequence[float]]) -> Any:
        return self._hd.sr.ImageRegion3D(shape, _array(points), self._frame)

    def _points_item(self, concept: str, points: Sequence[Sequence[float]]) -> Any:
        shape = "MULTIPOINT" if len(points) > 1 else "POINT"
        name = self._code(CODES[concept])
        return self._hd.sr.Scoord3DContentItem(
            name, shape, _array(points), self._frame, relationship_type="CONTAINS"
        )

    def _box(self, item: Mapping[str, Any], values: Any, extras: Any, points: Any) -> Any:
        sr = self._hd.sr
        surface = sr.VolumeSurface(
            "POLYGON",
            [_array(_face(item, axis, side)) for axis, side in _FACES],
            self._frame,
            source_series=self._series(),
        )
        tracking = sr.TrackingIdentifier(generate_uid(None), item["name"] or "roi")
        group = sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
            tracking, referenced_volume_surface=surface, measurements=values
        )
        return self._completed(group, extras, points)

    def _group(self, name: str, region: Any, values: Any, extras: Any, points: Any) -> Any:
        sr = self._hd.sr
        group = sr.PlanarROIMeasurementsAndQualitativeEvaluations(
            sr.TrackingIdentifier(generate_uid(None), name),
            referenced_region=region,
            measurements=values,
        )
        return self._completed(group, extras, points)

    def _completed(self, group: Any, extras: Sequence[Any], points: Any) -> Any:
        content = group[0].ContentSequence
        content.extend(extras)
        for image, frames in self._places.nearest(points):
            content.append(
                self._hd.sr.SourceImageForMeasurementGroup(
                    image.SOPClassUID, image.SOPInstanceUID, frames
                )
            )
        return group

    def _value(self, value: Mapping[str, Any], of: str) -> Any:
        name, unit = value["name"], value["unit"] or NO_UNIT[0]
        code = value["code"] or (_code_value(name), SCHEME, name)
        if not 0 < len(name) <= 64 or len(code[0]) > 16 or not re.fullmatch(r"[!-~]{1,64}", unit):
            raise InputError(
                f"The measurement {plain_text(name, 100)} of {plain_text(of, 100)} has a name or a "
                f"unit that a report can't hold: {plain_text(unit, 100)}.",
                "Names have up to 64 characters, units are those of UCUM, such as mm2.",
            )
        sr = self._hd.sr
        unit_code = NO_UNIT if unit == NO_UNIT[0] else (unit, "UCUM", unit)
        known = None if name == code[2] else sr.TrackingIdentifier(identifier=name)
        return sr.Measurement(
            self._code(code),
            float(value["value"]),
            self._code(unit_code),
            tracking_identifier=known,
        )


def _array(points: Sequence[Sequence[float]]) -> Any:
    import numpy

    return numpy.array(points, dtype=float)


def _code_value(name: str) -> str:
    """Return a code of up to 16 characters for a measurement that has none, always the same."""
    return name if len(name) <= 16 else hashlib.sha256(name.encode()).hexdigest()[:16]


def _segment_number(segmentation: Dataset, name: str, uid: str) -> int:
    """Return the number of the segment of that tracking UID, else of that name; 0 for none."""
    label = plain_text(name.replace("\\", "/"), len(name) + 1)[:64].strip()  # as it is written
    segments = list(segmentation.get("SegmentSequence") or ())
    tracked = [one for one in segments if one.get("TrackingUID") == uid]
    named = [one for one in segments if str(one.get("SegmentLabel")) in (name, label)]
    return next((int(one.SegmentNumber) for one in [*tracked, *named]), 0)


def _tracking_uid(name: str) -> str:
    """Return the UID of what has a name in all the world: always the same (PS3.5 annex B.2)."""
    if not name:
        return str(generate_uid(None))
    return name if not uid_fault(name) else f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, name).int}"


def _hexadecimal(color: Sequence[float]) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in color)


def _face(item: Mapping[str, Any], axis: int = 2, side: int = 0) -> List[List[float]]:
    """Return the corners of a side of a ROI, or of a plane, the first again as the last."""
    center, axes, size = item["center"], item["axes"], item["size"]
    across, along = (axis + 1) % 3, (axis + 2) % 3
    steps = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    return [
        [
            center[i]
            + (axes[across][i] * size[across] * first + axes[along][i] * size[along] * second) / 2
            + axes[axis][i] * size[axis] * side / 2
            for i in range(3)
        ]
        for first, second in steps
    ]
