"""Which instance a file holds as pydicom reads it: what the scan's own walk is held against."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Any, Optional

from pydicom.dataset import Dataset
from pydicom.filereader import read_partial

from OrthancConnectCore.orthanc.identifiers import read_patient_id
from OrthancConnectCore.scan.header import Identity, examine


def identify(head: bytes) -> Optional[Identity]:
    """Which instance a file holds as its first bytes tell the scan."""
    return examine(head, False).identity


def pydicoms(content: bytes) -> Optional[tuple[Optional[str], ...]]:
    """What pydicom reads up to (0020,000E), as `identify` does; None if it finds no instance."""
    met = []

    def is_after(tag: Any, vr: Optional[str], length: int) -> bool:
        if met or int(tag) > 0x0020000E:
            return True
        met.extend([tag] if tag == 0x0020000E else [])
        return False

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = read_partial(BytesIO(content), stop_when=is_after, force=True)
        uids = [_uid(dataset, tag) for tag in (0x0020000D, 0x0020000E, 0x00080018)]
    if not all(uids):
        return None
    names = _raw(dataset, 0x00080005).decode("latin-1").split("\\")
    return read_patient_id(_raw(dataset, 0x00100020), names), *uids


def _raw(dataset: Dataset, tag: int) -> bytes:
    value = dataset.get_item(tag).value if tag in dataset else b""
    if isinstance(value, bytes):
        return value
    values = [value] if isinstance(value, str) else value  # pydicom has looked at it already
    return "\\".join(values or [""]).encode("latin-1")


def _uid(dataset: Dataset, tag: int) -> str:
    return _raw(dataset, tag).strip(b" \0").decode("latin-1")
