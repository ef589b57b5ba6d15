"""The identifiers of C-FIND requests, as ctkDICOMQuery.cpp makes them."""

from __future__ import annotations

from typing import Any, List, Mapping, Tuple

from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

TEXT_FILTERS = {
    "Name": "PatientName",
    "ID": "PatientID",
    "Study": "StudyDescription",
    "AccessionNumber": "AccessionNumber",
}
PATIENT_KEYS = ("PatientID", "PatientName", "PatientBirthDate")
STUDY_KEYS = (
    *PATIENT_KEYS,
    *("StudyID", "StudyInstanceUID", "StudyDescription", "StudyDate", "StudyTime"),
    *("ModalitiesInStudy", "AccessionNumber", "NumberOfStudyRelatedSeries"),
)
SERIES_KEYS = (
    *("SeriesNumber", "SeriesDescription", "SeriesInstanceUID", "SeriesDate", "SeriesTime"),
    *("Modality", "NumberOfSeriesRelatedInstances"),
)
INSTANCE_KEYS = ("InstanceNumber", "SOPInstanceUID", "Rows", "Columns")
LOWER_FILTERS = ("Name", "ID", "Study", "AccessionNumber", "StartDate", "EndDate", "Series")


def put(dataset: Dataset, keyword: str, value: str) -> None:
    tag = tag_for_keyword(keyword)
    assert tag is not None
    dataset.add(DataElement(tag, dictionary_VR(tag), value, validation_mode=IGNORE))


def latin1(text: str) -> str:
    """QString::toLatin1: what it has not becomes a question mark (a wildcard in DICOM)."""
    return text.encode("latin-1", "replace").decode("latin-1")


def raw_bytes(text: str) -> str:
    """QString::toStdString is UTF-8, sent under ISO_IR 100."""
    return text.encode("utf-8").decode("latin-1")


def filter_list(value: Any) -> List[str]:
    """QVariant::toStringList."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(part) for part in value]


def apply_filters(dataset: Dataset, filters: Mapping[str, Any]) -> str:
    """Put the known filters into a request; returns the series description's pattern."""
    series = ""
    for key, value in filters.items():
        if key == "Modalities":
            if filter_list(value):
                put(dataset, "ModalitiesInStudy", latin1("\\".join(filter_list(value))))
        elif key in TEXT_FILTERS and value:
            put(dataset, TEXT_FILTERS[key], latin1(f"*{value}*"))
        elif key == "Series" and value:
            series = f"*{value}*"
    start, end = filters.get("StartDate"), filters.get("EndDate")
    if start and end:
        put(dataset, "StudyDate", latin1(f"{start}-{end}"))
    return latin1(series)


def _request(level: str, keys: Tuple[str, ...]) -> Dataset:
    dataset = Dataset()
    for key in keys:
        put(dataset, key, "")
    dataset.SpecificCharacterSet = "ISO_IR 100"
    put(dataset, "QueryRetrieveLevel", level)
    return dataset


def study_and_counts_request() -> Dataset:
    """The first request of ctkDICOMQuery::query()."""
    return _request("STUDY", (*STUDY_KEYS, "NumberOfStudyRelatedInstances"))


def series_request(study_uid: str, series_pattern: str) -> Dataset:
    """The request for one study's series of ctkDICOMQuery::query()."""
    dataset = _request("SERIES", (*SERIES_KEYS, "Rows", "Columns"))
    del dataset.SpecificCharacterSet
    put(dataset, "SeriesDescription", series_pattern)
    put(dataset, "StudyInstanceUID", study_uid)
    return dataset


def level_request(
    level: str, filters: Mapping[str, Any], patient_id: str, study_uid: str, series_uid: str
) -> Dataset:
    """The request of queryPatients, queryStudies, querySeries or queryInstances."""
    dataset = _request(
        level,
        {
            "PATIENT": PATIENT_KEYS,
            "STUDY": STUDY_KEYS,
            "SERIES": SERIES_KEYS,
            "IMAGE": INSTANCE_KEYS,
        }[level],
    )
    if level == "PATIENT":
        wanted: Tuple[str, ...] = ("Name", "ID")
    elif level == "STUDY":
        wanted = (*LOWER_FILTERS[:-1], "Modalities")
    else:
        wanted = LOWER_FILTERS
        del dataset.SpecificCharacterSet
    series = apply_filters(dataset, {key: filters.get(key) for key in wanted})
    if level in ("SERIES", "IMAGE"):
        put(dataset, "SeriesDescription", series)
        put(dataset, "StudyInstanceUID", study_uid)
    if level == "IMAGE":
        put(dataset, "SeriesInstanceUID", series_uid)
    if level != "PATIENT":
        put(dataset, "PatientID", raw_bytes(patient_id))  # as it is, wildcards and all
    return dataset
