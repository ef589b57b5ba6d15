"""Text values of DICOM data elements, whatever their bytes are: never an error, always plain."""

from __future__ import annotations

import warnings
from typing import List

from pydicom.charset import decode_bytes, python_encoding

# Code points that reset ISO 2022 to the first character set: PS3.5 section 6.1.2.5.3.
_DELIMITERS = {ord("^"), ord("="), ord("\\")}


def encodings_of(character_set: bytes) -> List[str]:
    """Return Python's names for a value of Specific Character Set (PS3.3 section C.12.1.1.2).

    What is not defined there, or missing, is taken for UTF-8.
    """
    terms = [term.strip(b" \0").decode("ascii", "replace") for term in character_set.split(b"\\")]
    return [python_encoding.get(term, "utf-8") if term else "utf-8" for term in terms]


def decoded(value: bytes, encodings: List[str]) -> str:
    """Return a value as text; bytes that the encodings do not have are read some other way."""
    if b"\x1b" in value:  # ISO 2022 escape sequences
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return str(decode_bytes(value, encodings, _DELIMITERS))
    for encoding in (encodings[0], "utf-8"):
        try:
            return value.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return value.decode("latin-1")
