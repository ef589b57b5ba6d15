"""What an instance is, told from the first bytes of its file: as few of them as possible."""

from __future__ import annotations

from typing import NamedTuple, Optional


class Identity(NamedTuple):
    """What Orthanc tells instances apart by.

    Attributes
    ----------
    patient_id : str or None
        (0010,0020) as Orthanc reads it; None where that depends on the server
        (`orthanc_ids.read_patient_id`).
    study_instance_uid, series_instance_uid, sop_instance_uid : str
        (0020,000D), (0020,000E) and (0008,0018), never empty.
    transfer_syntax_uid : str
        (0002,0010); empty in a file without preamble.
    """

    patient_id: Optional[str]
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str = ""
