"""A volume that Slicer's exporter wrote, checked and made a series of its source's study.

The exporter knows the voxels and where they lie; whose they are, and of which images they were
made, is the source's. So each instance gets the patient, the study and the frame of reference of
the source as the server has them, UIDs of its own, and what PS3.3 asks of a derived image: Image
Type DERIVED (C.7.6.1.1.2), the description of the derivation, and the source images (C.12.4). A
scene that Slicer's exporter packed into DICOM gets its patient and study in the same way.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, List, Mapping, NoReturn, Optional, Sequence

import pydicom
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import generate_uid

from .. import __version__
from ..shared.errors import InputError
from ..shared.events import CancelToken
from ..shared.validation import plain_text
from . import identity, parametric
from .home import UNREADABLE
from .scheme import CODES, Code
from .sources import Places, planes

#: Pixels stay on the disk until they are written.
_DEFERRED = "64 KB"
#: Images without a place in the patient: secondary captures (PS3.4 table B.5-1).
_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_LOSSY = ("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod")
#: Of the acquisition (group 0018): what the new voxels' geometry decides.
_GEOMETRY = (
    *("SliceThickness", "SpacingBetweenSlices", "ReconstructionDiameter"),
    "GantryDetectorTilt",
)


def build(
    folder: Path, result: Any, sources: Sequence[Dataset], token: Optional[CancelToken] = None
) -> List[Dataset]:
    """Return the instances of a result of the kind volume, or of a scene in DICOM.

    Their pixels are read from the files in `folder` when they are written. `token` ends it between
    two of them.

    Raises
    ------
    InputError
        A file is missing, is no image, or does not fit to the others; or there is no source.
    MissingDependencyError
        It is of real numbers, and highdicom is not installed.
    """
    data: Mapping[str, Any] = result if isinstance(result, Mapping) else result.to_dict()
    token = token or CancelToken()
    others = ("SEG", "SR", "RTSTRUCT") if data["kind"] == "volume" else ()
    images = [one for one in sources if one.get("Modality") not in others]
    if not images:
        raise InputError(
            "This volume belongs to no images of the server.",
            "Load the images from the server's study, and make it of them.",
        )
    if data.get("layers"):
        (made,) = found = parametric.build(folder, data, images, token)
        identity.entitle(made, images[0], data)
        return found
    found = []
    for name in data["files"]:
        token.raise_if_cancelled()
        found.append(_read(folder, name))
    if data["kind"] == "volume":
        found = _checked(found)
    series = generate_uid(None)
    number = data["series_number"] or identity.free_number(images)
    places = Places(images)
    for place, dataset in enumerate(found, 1):
        token.raise_if_cancelled()
        source = images[0]
        if data["kind"] == "volume":
            source = _derive(dataset, images, places, data)
            dataset.InstanceNumber = place
        identity.entitle(dataset, source, data)
        dataset.SeriesInstanceUID, dataset.SeriesNumber = series, number
        dataset.SOPInstanceUID = generate_uid(None)
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return found


def _read(folder: Path, name: str) -> Dataset:
    """Return a file of the exporter's, with text decoded before its character set changes."""
    try:
        dataset = pydicom.dcmread(folder / name, defer_size=_DEFERRED)
        for tag, raw in list(dataset.items()):
            if raw.value is not None:  # None: is deferred
                for item in dataset[tag].value if dataset[tag].VR == "SQ" else ():
                    item.decode()
        if not dataset.get("SOPClassUID"):
            raise ValueError("SOPClassUID")
    except UNREADABLE as error:
        raise InputError(
            f"The file {plain_text(name, 100)} of this result is no DICOM file: "
            f"{plain_text(error, 200)}",
            "Send it again, and look whether the disk is full.",
        ) from error
    return dataset


def _checked(found: Sequence[Dataset]) -> List[Dataset]:
    """Return the images of one volume in the order of their planes."""
    first = found[0]
    for dataset in found:
        same = all(
            dataset.get(keyword) == first.get(keyword)
            for keyword in ("SOPClassUID", "Rows", "Columns", "BitsAllocated", "SamplesPerPixel")
        )
        if not same or _missing_pixels(dataset):
            _no_volume("they are of different kinds, or have not all their pixels")
    if str(first.SOPClassUID).startswith(_CAPTURE):
        return list(found)  # in the exporter's order
    placed = [plane for dataset in found for plane in planes(dataset)]
    if len(placed) != len(found):
        _no_volume("not all have a place in the patient")
    normal = placed[0].normal
    if any(abs(plane.normal - normal).max() > 1e-3 for plane in placed):
        _no_volume("they lie in different directions")
    placed.sort(key=lambda plane: float(plane.position @ normal))
    heights = [float(plane.position @ normal) for plane in placed]
    if any(after - before < 1e-3 for before, after in zip(heights, heights[1:])):
        _no_volume("several lie at the same place")
    return [plane.image for plane in placed]


def _no_volume(why: str) -> NoReturn:
    raise InputError(
        f"The images that were exported are no volume: {why}.",
        "Export it in Slicer's DICOM module, and look at what it says.",
    )


def _missing_pixels(dataset: Dataset) -> bool:
    """Whether an image has fewer bytes of pixels than its size says; compressed ones may."""
    if "PixelData" not in dataset:
        return True
    if dataset.file_meta.TransferSyntaxUID.is_compressed:
        return False
    bits = int(dataset.Rows) * int(dataset.Columns) * int(dataset.BitsAllocated)
    bits *= int(dataset.get("SamplesPerPixel") or 1) * int(dataset.get("NumberOfFrames") or 1)
    element = dict(dataset.items())[Tag("PixelData")]  # which reads nothing
    return int(getattr(element, "length", 0) or len(element.value or b"")) * 8 < bits


def _derive(
    dataset: Dataset, images: Sequence[Dataset], places: Places, data: Mapping[str, Any]
) -> Dataset:
    """Say of an image what it was made of; return the source image that is nearest to it."""
    position = dataset.get("ImagePositionPatient")
    nearest = places.nearest([[float(one) for one in position]]) if position else []
    source, frames = nearest[0] if nearest else (images[0], None)
    is_alike = dataset.SOPClassUID == source.SOPClassUID
    kinds = [str(one) for one in (source if is_alike else dataset).get("ImageType") or ()][2:]
    dataset.ImageType = ["DERIVED", "SECONDARY", *kinds]
    dataset.DerivationDescription = plain_text(data["description"] or data["title"], 1024)
    dataset.SourceImageSequence = [_reference(source, frames, CODES["source"])]
    referenced = Dataset()
    referenced.SeriesInstanceUID = source.SeriesInstanceUID
    referenced.ReferencedInstanceSequence = [_reference(source, frames)]
    dataset.ReferencedSeriesSequence = [referenced]
    kept = ["FrameOfReferenceUID", "PositionReferenceIndicator"] if position else []
    if is_alike:
        acquired = (one.keyword for one in source.group_dataset(0x0018))
        kept += [keyword for keyword in acquired if keyword and keyword not in _GEOMETRY]
        kept += ["Laterality", "AcquisitionNumber"]
    if source.get("LossyImageCompression") == "01":  # once lossy, always (PS3.3 C.7.6.1.1.5)
        kept += _LOSSY
    for keyword in kept:
        if keyword in source:
            dataset[keyword] = copy.deepcopy(source[keyword])
    dataset.Manufacturer = dataset.ManufacturerModelName = "OrthancConnect"
    dataset.SoftwareVersions = __version__
    return source


def _reference(
    image: Dataset, frames: Optional[Sequence[int]], purpose: Optional[Code] = None
) -> Dataset:
    """Return a reference to an instance, or to frames of it (PS3.3 section 10.3)."""
    reference = Dataset()
    reference.ReferencedSOPClassUID = image.SOPClassUID
    reference.ReferencedSOPInstanceUID = image.SOPInstanceUID
    if frames:
        reference.ReferencedFrameNumber = list(frames)
    if purpose is not None:
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = purpose
        reference.PurposeOfReferenceCodeSequence = [code]
    return reference
