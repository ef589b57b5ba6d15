"""One dataset as ctkDICOMItem shows it: first values, as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional

import pydicom
from pydicom.charset import convert_encodings, decode_bytes
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.tag import BaseTag, Tag


class Item:
    """A dataset with, for a received one, its encoded form."""

    def __init__(self, dataset: Dataset, encoded: bytes = b"") -> None:
        self.dataset = dataset
        self.encoded = encoded
        self._changed: Dict[str, str] = {}

    @classmethod
    def from_file(cls, path: str) -> Optional[Item]:
        """Read a file's header, None when it is not DICOM."""
        try:
            with open(path, "rb") as stream:
                start = stream.read(132)
            bare = start[:2] in (b"\x08\x00", b"\x02\x00") and start[128:] != b"DICM"
            return cls(pydicom.dcmread(path, stop_before_pixels=True, force=bare))
        except (InvalidDicomError, OSError, EOFError, ValueError, NotImplementedError):
            return None

    @staticmethod
    def has_pixels(path: str) -> bool:
        """Whether a DICOM file has Pixel Data."""
        return "PixelData" in pydicom.dcmread(path, defer_size=1024, force=True)

    def _raw_text(self, tag: BaseTag) -> str:
        element: Any = self.dataset.get_item(tag)
        if element is None or element.value is None:
            return ""
        value = element.value
        if isinstance(value, bytes):
            return str(decode_bytes(value, self._encodings(), set("\\^=")))
        if isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue":
            return "\\".join(str(part) for part in value)
        return str(value)

    def _encodings(self) -> List[str]:
        element: Any = self.dataset.get_item(Tag(0x0008, 0x0005))
        value = element.value if element is not None else None
        if isinstance(value, bytes):
            value = value.decode("ascii", "replace").rstrip(" \0").split("\\")
        return list(convert_encodings(value or ["ISO_IR 6"]))

    def all_values(self, tag: str) -> str:
        """GetAllElementValuesAsString of a tag "gggg,eeee"."""
        group, element = tag.split(",")
        found = self.dataset.get(Tag(int(group, 16), int(element, 16)))
        if found is None or found.value is None or found.VR in ("SQ", "OB", "OW"):
            return ""
        value = found.value
        if isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue":
            return "\\".join(str(part) for part in value)
        return str(value)

    def text(self, keyword: str) -> str:
        """GetElementAsString: the first value, without padding."""
        if keyword in self._changed:
            return self._changed[keyword]
        tag = tag_for_keyword(keyword)
        assert tag is not None
        return self._raw_text(Tag(tag)).split("\\")[0].strip(" \0")

    def integer(self, keyword: str) -> int:
        """GetElementAsInteger: 0 where there is none."""
        text = self.text(keyword)
        try:
            return int(float(text)) if text else 0
        except ValueError:
            return 0

    def number(self, keyword: str) -> int:
        """A binary number of a dataset: 0 where there is none."""
        value = self.dataset.get(keyword)
        return value if isinstance(value, int) else 0

    def set_text(self, keyword: str, value: str) -> None:
        """SetElementAsString."""
        self._changed[keyword] = value

    def save(self, path: Path) -> None:
        """SaveToFile, with the bytes that were received."""
        path.write_bytes(self.encoded)
