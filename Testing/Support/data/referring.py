"""DICOM objects without images of their own, which belong to a series: what they say of it."""

from __future__ import annotations

from pathlib import Path
from typing import Union

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from Support.data.dicom import save_dataset, stable_uid

CLASSES = {
    "SEG": "1.2.840.10008.5.1.4.1.1.66.4",
    "RTSTRUCT": "1.2.840.10008.5.1.4.1.1.481.3",
    "PR": "1.2.840.10008.5.1.4.1.1.11.1",
    "SR": "1.2.840.10008.5.1.4.1.1.88.34",
    "DOC": "1.2.840.10008.5.1.4.1.1.104.1",
}


def write_referring(
    path: Path, image: Path, modality: str, number: int = 1, other: Union[Path, None] = None
) -> str:
    """Write what refers to the series of an image, and return its Series Instance UID.

    `number` is that of the instance in its series; one with an `other` image refers to the series
    of that, which may be of another study (DICOM PS3.3 C.12.2).
    """
    source = pydicom.dcmread(image, stop_before_pixels=True)
    target = source if other is None else pydicom.dcmread(other, stop_before_pixels=True)
    dataset = Dataset()
    for keyword in ("PatientID", "PatientName", "StudyInstanceUID", "StudyDate", "StudyTime"):
        setattr(dataset, keyword, source[keyword].value)
    dataset.SpecificCharacterSet = source.SpecificCharacterSet
    dataset.SOPClassUID, dataset.Modality = CLASSES[modality], modality
    dataset.SeriesInstanceUID = stable_uid(source.SeriesInstanceUID, modality)
    dataset.SOPInstanceUID = stable_uid(dataset.SeriesInstanceUID, number)
    dataset.SeriesNumber, dataset.SeriesDescription = 90, f"{modality} of it"
    dataset.InstanceNumber = number
    series = Dataset()
    series.SeriesInstanceUID = target.SeriesInstanceUID
    study = Dataset()
    if modality == "SR":
        study.StudyInstanceUID = target.StudyInstanceUID
        study.ReferencedSeriesSequence = [series]
        dataset.CurrentRequestedProcedureEvidenceSequence = [study]
    elif modality == "RTSTRUCT":
        frame = Dataset()
        study.RTReferencedSeriesSequence = [series]
        frame.RTReferencedStudySequence = [study]
        dataset.ReferencedFrameOfReferenceSequence = [frame]
    elif target.StudyInstanceUID != source.StudyInstanceUID:
        study.StudyInstanceUID = target.StudyInstanceUID
        study.ReferencedSeriesSequence = [series]
        dataset.StudiesContainingOtherReferencedInstancesSequence = [study]
    else:
        dataset.ReferencedSeriesSequence = [series]
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path.parent.mkdir(parents=True, exist_ok=True)
    save_dataset(dataset, path)
    return str(dataset.SeriesInstanceUID)
