"""Orthanc's identifiers, computed here: what a server has can be asked before anything is sent.

An identifier is the SHA-1 of the DICOM identifiers down to the resource's level, joined by ``|``
(Orthanc Book, "Orthanc identifiers"; ``DicomInstanceHasher.cpp`` in Orthanc's source).
"""

from __future__ import annotations

import hashlib
import re
from typing import Optional, Sequence

from ..shared.errors import InputError

_ORTHANC_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{8}){4}")
# Defined terms of Specific Character Set (DICOM PS3.3 C.12.1.1.2) that Orthanc and Python read
# alike, byte by byte; without those where they differ in a sign or in invalid bytes.
_CODECS = {
    **{"ISO_IR 192": "utf-8", "ISO_IR 100": "latin-1", "ISO_IR 101": "iso8859_2"},
    **{"ISO_IR 109": "iso8859_3", "ISO_IR 110": "iso8859_4", "ISO_IR 126": "iso8859_7"},
    **{"ISO_IR 127": "iso8859_6", "ISO_IR 138": "iso8859_8", "ISO_IR 144": "iso8859_5"},
    **{"ISO_IR 148": "iso8859_9", "ISO_IR 166": "tis_620", "GB18030": "gb18030", "GBK": "gb18030"},
}


def is_orthanc_id(text: object) -> bool:
    """Tell whether `text` is an identifier of Orthanc, and so safe in a path."""
    return isinstance(text, str) and bool(_ORTHANC_ID.fullmatch(text))


def patient_orthanc_id(patient_id: str) -> str:
    """Return Orthanc's identifier of a patient; see `study_orthanc_id`."""
    return _digest(patient_id)


def study_orthanc_id(patient_id: str, study_instance_uid: str) -> str:
    """Return Orthanc's identifier of a study.

    Of the Patient ID, empty when missing, trailing spaces don't count; leading ones do.

    Raises
    ------
    InputError
        A UID is empty: Orthanc refuses such an instance.
    """
    return _digest(patient_id, study_instance_uid)


def instance_orthanc_id(
    patient_id: str, study_instance_uid: str, series_instance_uid: str, sop_instance_uid: str
) -> str:
    """Return Orthanc's identifier of an instance; see `study_orthanc_id`."""
    return _digest(patient_id, study_instance_uid, series_instance_uid, sop_instance_uid)


def read_patient_id(value: bytes, character_sets: Sequence[str]) -> Optional[str]:
    r"""Return a Patient ID as Orthanc reads it from a file, for the functions above.

    From the value of (0010,0020), padding included, and those of Specific Character Set. None where
    the server's reading depends on its version or its ``DefaultEncoding``: letters beyond ASCII
    without a character set or with an unknown one, bytes that the character set does not have, ISO
    2022 escape sequences, and Japanese signs. Ask the server by UIDs then.

    Notes
    -----
    Seen with Orthanc 1.10.1: the value ends before a NUL; of several character sets the first that
    is not empty counts.
    """
    value = value.rstrip(b" ").partition(b"\0")[0]
    if value.endswith(b" "):  # a space before a NUL: the only one that counts
        return None
    named = (name.strip(" \0").upper() for name in character_sets)
    first = next((name for name in named if name), "")
    if value.isascii() and b"\x1b" not in value:
        # ISO_IR 13 is ASCII but for two signs, and its backslash also parts the bytes of a letter.
        japanese = first in ("ISO_IR 13", "ISO 2022 IR 13")
        return None if japanese and (b"~" in value or b"\\" in value) else value.decode("ascii")
    codec = _CODECS.get(first.replace("ISO 2022 IR", "ISO_IR"))
    if codec is None or b"\x1b" in value:
        return None
    try:
        return value.decode(codec)
    except UnicodeDecodeError:
        return None


def _digest(patient_id: str, *uids: str) -> str:
    parts = [patient_id.rstrip(" "), *(uid.strip("\0 ") for uid in uids)]
    if not all(parts[1:]):
        raise InputError(
            "The DICOM file has no Study, Series or SOP Instance UID.",
            "Check that the file is a complete DICOM instance.",
        )
    # An identifier, not a safeguard: SHA-1 is what Orthanc takes.
    digits = hashlib.sha1("|".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
    return "-".join(digits[start : start + 8] for start in range(0, 40, 8))
