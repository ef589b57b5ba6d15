"""Whose a result is: the patient and the study of its source, as the server has them."""

from __future__ import annotations

import copy
import re
from datetime import datetime
from typing import Any, Mapping, Optional, Sequence

from pydicom.dataset import Dataset

from ..shared.validation import plain_text

#: Attributes of the modules Patient, Clinical Trial Subject and Study, General Study and Patient
#: Study (DICOM PS3.3 C.7.1.1, C.7.1.3, C.7.2.1, C.7.2.2, C.7.2.3) that are of type 2 or 1 …
_REQUIRED = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
    *("StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "AccessionNumber"),
    "ReferringPhysicianName",
)
#: … and those that may be absent.
_OPTIONAL = (
    *("IssuerOfPatientID", "IssuerOfPatientIDQualifiersSequence", "TypeOfPatientID"),
    *("OtherPatientIDsSequence", "OtherPatientNames", "PatientBirthTime"),
    *("QualityControlSubject", "EthnicGroup", "PatientComments", "PatientSpeciesDescription"),
    *("PatientSpeciesCodeSequence", "PatientBreedDescription", "PatientBreedCodeSequence"),
    *("BreedRegistrationSequence", "ResponsiblePerson", "ResponsiblePersonRole"),
    *("ResponsibleOrganization", "PatientIdentityRemoved", "DeidentificationMethod"),
    *("DeidentificationMethodCodeSequence", "ClinicalTrialSponsorName"),
    *("ClinicalTrialProtocolID", "ClinicalTrialProtocolName", "ClinicalTrialSiteID"),
    *("ClinicalTrialSiteName", "ClinicalTrialSubjectID", "ClinicalTrialSubjectReadingID"),
    *("ClinicalTrialTimePointID", "ClinicalTrialTimePointDescription"),
    *("LongitudinalTemporalInformationModified", "StudyDescription"),
    *("IssuerOfAccessionNumberSequence", "PhysiciansOfRecord", "ProcedureCodeSequence"),
    *("PatientAge", "PatientSize", "PatientWeight", "PatientSexNeutered", "AdmissionID"),
    *("AdmittingDiagnosesDescription", "TimezoneOffsetFromUTC"),
)


def adopt(dataset: Dataset, source: Dataset) -> None:
    """Give a data set the patient and the study of another, and nothing else of these two.

    Text is written in UTF-8 (ISO_IR 192), which has room for every name.
    """
    source.decode()
    for keyword in (*_REQUIRED, *_OPTIONAL):
        if keyword in source:
            dataset[keyword] = copy.deepcopy(source[keyword])
        elif keyword in dataset:
            del dataset[keyword]
    for keyword in set(_REQUIRED) - {"StudyInstanceUID"}:
        if keyword not in dataset:
            setattr(dataset, keyword, "")
    dataset.SpecificCharacterSet = "ISO_IR 192"


def bare(source: Dataset) -> Dataset:
    """Return what identifies an instance, without its patient's attributes.

    A library that checks those would refuse what the server keeps, such as a sex that the standard
    does not know; `adopt` then takes them as they are.
    """
    dataset = Dataset()
    for keyword in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        setattr(dataset, keyword, source.get(keyword, ""))
    for keyword in set(_REQUIRED) - {"StudyInstanceUID"}:
        setattr(dataset, keyword, "")
    return dataset


def person_name(author: object) -> str:
    """Return an author's name for the value representation PN (PS3.5 section 6.2)."""
    text = re.sub(r"[\\=\x00-\x1f]+", " ", str(author or "")).strip()[:63]
    return text if not text or "^" in text else f"{text}^"


def created(result: Mapping[str, Any]) -> datetime:
    """Return when a result was made, with its time zone."""
    return datetime.fromisoformat(str(result["created"]).replace("Z", "+00:00"))


def date(dataset: Dataset, moment: datetime) -> None:
    """Say when a new instance and its series were made, in the maker's own time (PS3.3 C.7.3.1)."""
    day, time = moment.strftime("%Y%m%d"), moment.strftime("%H%M%S")
    dataset.SeriesDate = dataset.ContentDate = dataset.InstanceCreationDate = day
    dataset.SeriesTime = dataset.ContentTime = dataset.InstanceCreationTime = time


def entitle(dataset: Dataset, source: Dataset, result: Mapping[str, Any]) -> None:
    """Give an instance its source's patient and study, and a result's title, author and time."""
    adopt(dataset, source)
    date(dataset, created(result))
    dataset.SeriesDescription = long_string(result["title"])
    author = person_name(result["author"])
    if author:
        dataset.OperatorsName = author


def long_string(text: str) -> str:
    """Return a text as the value representation LO holds it: one line of up to 64 characters."""
    return plain_text(text.replace("\\", "/"), 64)


def number_of(dataset: Dataset) -> Optional[int]:
    """Return a series' number as a result has it; None where there is none, or a negative one."""
    number = dataset.get("SeriesNumber")
    return int(number) if number is not None and int(number) >= 0 else None


def free_number(sources: Sequence[Dataset]) -> int:
    """Return a series number that tells its source's: 301 for what was made of series 3."""
    try:
        return min(int(sources[0].get("SeriesNumber") or 0) * 100 + 1, 2**31 - 1)
    except (TypeError, ValueError):
        return 1
