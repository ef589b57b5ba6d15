"""What Orthanc's REST API answers, as far as we use it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping


@dataclass(frozen=True)
class SystemInfo:
    """What ``GET /system`` tells.

    Attributes
    ----------
    name : str
        Orthanc's ``Name``, as plain text.
    version : str
        Orthanc's version, for example ``1.12.7`` or ``mainline``.
    dicom_aet : str
        Orthanc's ``DicomAet``.
    dicom_port : int
        Orthanc's ``DicomPort``.
    """

    name: str
    version: str
    dicom_aet: str
    dicom_port: int


@dataclass(frozen=True)
class StoreResult:
    """What ``POST /instances`` answered for one instance.

    Attributes
    ----------
    orthanc_id : str
        Orthanc's identifier of the instance.
    already_stored : bool
        Whether Orthanc had it before; its content was then kept.
    study_orthanc_id : str
        Orthanc's identifier of its study.
    """

    orthanc_id: str
    already_stored: bool
    study_orthanc_id: str = ""


@dataclass(frozen=True)
class SeriesInventory:
    """The instances that Orthanc has of one series.

    Attributes
    ----------
    series_instance_uid : str
        (0020,000E).
    instances : mapping of str to str
        SOP Instance UID → Orthanc's identifier.
    sizes : mapping of str to int
        SOP Instance UID → bytes of the stored file, as far as known.
    """

    series_instance_uid: str
    instances: Mapping[str, str]
    sizes: Mapping[str, int] = field(default_factory=dict)
