"""What segments are called in DICOM: names, colours, codes, and what they are known again by."""

from __future__ import annotations

import colorsys
from datetime import datetime, timezone
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from ..shared.results import ALGORITHM_TYPES, Code, Result, Segment
from ..shared.validation import uid_fault
from .identity import long_string, number_of

Color = Tuple[float, float, float]
#: What Slicer gives a segment of which nothing is said.
TISSUE = Code("85756007", "SCT", "Tissue")
#: Under which keyword each code stands, within which other.
_PLACES: Mapping[str, Tuple[str, str]] = {
    "category": ("", "SegmentedPropertyCategoryCodeSequence"),
    "type": ("", "SegmentedPropertyTypeCodeSequence"),
    "type_modifier": ("type", "SegmentedPropertyTypeModifierCodeSequence"),
    "region": ("", "AnatomicRegionSequence"),
    "region_modifier": ("region", "AnatomicRegionModifierSequence"),
}

# Colours -----------------------------------------------------------------------------------------

#: From sRGB to CIE XYZ with the white point D65 (IEC 61966-2-1), as dcmqi and highdicom do.
_TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
_WHITE = (0.9505, 1.0, 1.089)


def _curve(value: float) -> float:
    return value ** (1 / 3) if value > (6 / 29) ** 3 else value / 3 / (6 / 29) ** 2 + 4 / 29


def _curve_back(value: float) -> float:
    return value**3 if value > 6 / 29 else 3 * (6 / 29) ** 2 * (value - 4 / 29)


def cielab_of(color: Color) -> List[int]:
    """Return a colour (0 to 1) as DICOM's three 16-bit numbers (PS3.3 C.10.7.1.1)."""
    linear = [((c + 0.055) / 1.055) ** 2.4 if c > 0.04045 else c / 12.92 for c in color]
    sums = [sum(a * b for a, b in zip(line, linear)) for line in _TO_XYZ]
    x, y, z = (_curve(part / white) for part, white in zip(sums, _WHITE))
    lab = ((116 * y - 16) / 100, (500 * (x - y) + 128) / 255, (200 * (y - z) + 128) / 255)
    return [round(min(max(part, 0.0), 1.0) * 65535) for part in lab]


def color_of(cielab: Sequence[int]) -> Color:
    """Return the colour (0 to 1) of DICOM's three numbers."""
    import numpy as np

    light, a, b = (part / 65535 for part in cielab)
    y = (light * 100 + 16) / 116
    x, z = y + (a * 255 - 128) / 500, y - (b * 255 - 128) / 200
    xyz = [_curve_back(part) * white for part, white in zip((x, y, z), _WHITE)]
    linear = np.linalg.solve(np.array(_TO_XYZ), np.array(xyz))
    parts = [1.055 * c ** (1 / 2.4) - 0.055 if c > 0.0031308 else 12.92 * c for c in linear]
    red, green, blue = (round(min(max(float(part), 0.0), 1.0), 4) for part in parts)
    return red, green, blue


def some_color(number: int) -> Color:
    """Return a colour for a segment that has none; those of neighbours differ."""
    return colorsys.hsv_to_rgb(number * 0.618 % 1, 0.6, 0.9)


# Codes -------------------------------------------------------------------------------------------


def _item(code: Code) -> Dataset:
    value, scheme, meaning = code
    item = Dataset()
    if value.startswith(("urn:", "http:", "https:")):
        item.URNCodeValue = value
    elif len(value) > 16:
        item.LongCodeValue = value
    else:
        item.CodeValue = value
    item.CodingSchemeDesignator = scheme[:16]
    item.CodeMeaning = long_string(meaning)
    return item


def write_codes(item: Dataset, segment: Segment) -> None:
    """Write a segment's codes; category and type are Slicer's own tissue where there are none."""
    codes = {name: getattr(segment, name) for name in _PLACES}
    known = {name: code for name, code in codes.items() if code is not None}
    known = {"category": TISSUE, "type": TISSUE, **known}
    holders = {"": item}
    for name in _PLACES:
        within, keyword = _PLACES[name]
        if name in known and within in holders:
            holders[name] = _item(known[name])
            setattr(holders[within], keyword, [holders[name]])


def codes_of(item: Dataset) -> Dict[str, Optional[List[str]]]:
    """Return a segment's codes by name, None for those that it has not."""
    found: Dict[str, Optional[List[str]]] = dict.fromkeys(_PLACES)
    holders = {"": item}
    for name in _PLACES:
        within, keyword = _PLACES[name]
        inside = holders[within].get(keyword) if within in holders else None
        if inside:
            holders[name] = inside[0]
            values = [inside[0].get(k) for k in ("CodeValue", "LongCodeValue", "URNCodeValue")]
            code = [next((v for v in values if v), ""), inside[0].get("CodingSchemeDesignator")]
            found[name] = [str(one or "") for one in (*code, inside[0].get("CodeMeaning"))]
    return found


# Segments ----------------------------------------------------------------------------------------


def name_of(item: Dataset, label: str, description: str, number: int) -> str:
    """Return a segment's name, whole, from the keywords of its label and of its description."""
    short, long = str(item.get(label) or ""), str(item.get(description) or "")
    return long if long and long_string(long) == short else short or f"Segment {number}"


def write_name(item: Dataset, name: str, label: str, description: str, number: int) -> None:
    """Write a segment's name; one that its label can't hold stands whole in the description."""
    setattr(item, label, long_string(name) or f"Segment {number}")
    if name and getattr(item, label) != name:
        setattr(item, description, name[:1024])


def write_tracking(item: Dataset, result: Result, segment: Segment) -> None:
    """Write by what a segment is known again: its identifier, and a UID, made of it if need be."""
    item.TrackingID = long_string(segment.id) or "Segment"
    made = [result.source.study_instance_uid, result.origin, segment.id or segment.name]
    known = "" if uid_fault(segment.tracking_uid) else segment.tracking_uid
    item.TrackingUID = known or generate_uid(entropy_srcs=made)


def tracking_of(item: Dataset, name: str) -> Dict[str, str]:
    """Return a segment's `id` and `tracking_uid`."""
    uid = str(item.get("TrackingUID") or "")
    return {
        "id": str(item.get("TrackingID") or name),
        "tracking_uid": "" if uid_fault(uid) else uid,
    }


def segment_of(
    item: Dataset,
    name: str,
    color: Sequence[float],
    layer: int,
    value: int,
    algorithm_type: Any,
    algorithm_name: Any,
) -> Dict[str, Any]:
    """Return a segment as a result has it; `item` has its codes and what it is tracked by."""
    return {
        **tracking_of(item, name),
        "name": name,
        "color": list(color),
        "layer": layer,
        "value": value,
        **codes_of(item),
        "algorithm_type": algorithm_type if algorithm_type in ALGORITHM_TYPES else "MANUAL",
        "algorithm_name": str(algorithm_name or ""),
    }


# The whole ---------------------------------------------------------------------------------------


def series_of(dataset: Dataset, kind: str, series_instance_uid: str) -> Dict[str, Any]:
    """Return what `shared.results.Result` tells of a whole result, from an object of the server's.

    `series_instance_uid` is that of the images.
    """
    description = str(dataset.get("SeriesDescription") or "")
    title = dataset.get("ContentDescription") or dataset.get("StructureSetName") or description
    patient, study = (dataset.get(keyword) for keyword in ("PatientID", "StudyInstanceUID"))
    return {
        "kind": kind,
        "title": str(title or kind),
        "author": str(dataset.get("OperatorsName") or dataset.get("ContentCreatorName") or ""),
        "created": _created(dataset),
        "description": description,
        "series_number": number_of(dataset),
        "source": {
            "patient_id": str(patient or ""),
            "study_instance_uid": str(study or ""),
            "series_instance_uid": series_instance_uid,
        },
        "origin": str(dataset.SeriesInstanceUID),
        "notes": [],
    }


def referenced_series(dataset: Dataset) -> str:
    """Return the series that an object says it is of, the first one; empty where it says none."""
    series = dataset.get("ReferencedSeriesSequence") or [Dataset()]
    return str(series[0].get("SeriesInstanceUID") or "")


def _created(dataset: Dataset) -> str:
    """Return when the series was made, in this computer's zone where it names none (PS3.3 C.12)."""
    time = str(dataset.get("SeriesTime") or "").partition(".")[0]
    text = (
        f"{dataset.get('SeriesDate') or ''}{time:0<6}{dataset.get('TimezoneOffsetFromUTC') or ''}"
    )
    for form in ("%Y%m%d%H%M%S%z", "%Y%m%d%H%M%S"):
        try:
            return datetime.strptime(text, form).astimezone().isoformat()
        except ValueError:
            continue
    return datetime.fromtimestamp(0, timezone.utc).isoformat()
