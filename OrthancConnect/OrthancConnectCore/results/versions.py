"""Which results are versions of one another: told by their UIDs alone.

A result that we send has a Series Instance UID that tells what it is a version of: a UUID of
version 8 (RFC 9562 section 5.8, as a UID by DICOM PS3.5 section B.2) whose first 60 free bits are
a hash of its study and its `Result.origin`, the next 46 one of its content, and the last 16 one of
the series that it replaces. So the UIDs of a study's series, which any server lists, tell whether
the server has a result, in which versions, and whether the latest is what is to be sent.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple, Optional


class Version(NamedTuple):
    """What a UID of ours tells."""

    origin: str
    content: str


def origin_of(study_instance_uid: str, origin: str) -> str:
    """Return what all versions of a result have in common."""
    return _hash(60, study_instance_uid, origin)


def series_uid(origin: str, content_sha256: str, replaces: str) -> str:
    """Return the Series Instance UID of a version; the origin is that of `origin_of`."""
    first = int(origin, 16)
    last = int(_short(content_sha256), 16) << 16 | int(_hash(16, replaces), 16)
    bits = (first >> 12) << 80 | 8 << 76 | (first & 0xFFF) << 64 | 0b10 << 62 | last
    return f"2.25.{bits}"


def instance_uid(series_instance_uid: str, number: int) -> str:
    """Return the SOP Instance UID of an instance, by its place in its series."""
    digest = int(_hash(122, series_instance_uid, str(number)), 16)
    bits = (digest >> 74) << 80 | 8 << 76 | (digest >> 62 & 0xFFF) << 64 | 0b10 << 62
    return f"2.25.{bits | digest & (1 << 62) - 1}"


def version_of(series_instance_uid: str) -> Optional[Version]:
    """Return what a UID tells; None of one that is not ours."""
    root, _, digits = series_instance_uid.rpartition(".")
    bits = int(digits) if root == "2.25" and digits.isdecimal() and len(digits) < 40 else 0
    if bits >> 128 or bits >> 76 & 0xF != 8 or bits >> 62 & 0b11 != 0b10:
        return None
    first = (bits >> 80) << 12 | bits >> 64 & 0xFFF
    return Version(f"{first:015x}", f"{bits >> 16 & (1 << 46) - 1:012x}")


def has_content(series_instance_uid: str, content_sha256: str) -> bool:
    """Return whether a series of ours was made of this content."""
    version = version_of(series_instance_uid)
    return version is not None and version.content == _short(content_sha256)


def _hash(bits: int, *parts: str) -> str:
    digest = hashlib.sha256("\0".join(parts).encode("utf-8")).digest()
    return f"{int.from_bytes(digest, 'big') >> (256 - bits):0{-(-bits // 4)}x}"


def _short(content_sha256: str) -> str:
    return _hash(46, content_sha256)
