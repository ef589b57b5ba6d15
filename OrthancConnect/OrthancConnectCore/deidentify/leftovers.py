"""Searches a data set for its patient before it is sent: names, numbers and UIDs, as they were.

This knows nothing of the rules by which the data set was changed: it looks at all that is written,
at all depths, texts as texts and what else there is byte by byte, where few bytes may be there by
accident. What to look for, and how sure that is, `vocabulary` tells.
"""

from __future__ import annotations

import functools
import io
import re
from typing import Iterable, Iterator, List, Sequence, Set, Tuple

from pydicom.charset import convert_encodings, default_encoding
from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset

from ..shared.errors import InputError
from .basic_profile import known_vr
from .rules import ACCESSION_NUMBER, DUMMIES, PATIENT_ID, PATIENT_NAME, PSEUDONYMS, SIGNED
from .values import CONTROLS, TEXT, element_vr, joined_text, put_dummy, tag_text, text_of
from .vocabulary import DIGITS, NOTHING_FOUND, SHORTEST_IN_BINARY, Vocabulary

_CHARACTER_SET = 0x00080005
#: Whose values betray the patient wherever else they stand: names, numbers, birth date, address.
_TELLTALE = (
    *(PATIENT_NAME, PATIENT_ID, ACCESSION_NUMBER, 0x00100030, 0x00101000, 0x00101001),
    *(0x00101005, 0x00101040, 0x00101060, 0x00102154, 0x00101090, 0x00380010),
)
_OWN_UIDS = (0x0020000D, 0x0020000E, 0x00080018, 0x00200052)
_DICOM_UIDS = "1.2.840.10008."
_SHORTEST_UID = 8
#: Where digits are met by accident.
_NUMBERS_AS_TEXT = frozenset("DS IS AS DA DT TM".split())
#: Whose codes are DICOM's own words, and some of these, which may be parts of a name as well.
_STRUCTURE_GROUPS = (0x0008, 0x0028)
_STRUCTURE_WORDS = frozenset(
    "original derived primary secondary axial localizer other none yes no reformatted average "
    "volume projection image mixed monochrome palette color rgb head first feet supine prone "
    "screen save mosaic magnitude phase single biplane static dynamic whole body tomo gated "
    "left right cor sag tra processed presentation for diffusion angio reg seg pet ct mr".split()
)
_UID_LIKE = re.compile(rb"[0-9]+(?:\.[0-9]+){3,}")
#: What holds bytes, and may hold text.
_BYTES = frozenset("OB OW UN OD OF OL OV".split())
#: What numbers, dates and times consist of.
_NUMERIC = b"0123456789+-. \\\0"
_SURE, _DOUBTFUL, _NOTHING = "sure", "doubtful", ""


class Leftovers:
    """What must not be sent of one data set, given as it was, and where it still stands."""

    def __init__(self, dataset: Dataset) -> None:
        self._uids: Set[str] = set()
        self._odd_uids: Set[bytes] = set()
        self.add_uids(text_of(dataset, tag) for tag in _OWN_UIDS)
        self._ours: Set[str] = set()
        texts = tuple(text_of(dataset, tag) for tag in _TELLTALE)
        self._words = _vocabulary(texts, tuple(_encodings(dataset, [])))
        #: Keywords of what may tell of the patient and was kept, after `blank`.
        self.doubtful: Set[str] = set()

    def add_uids(self, uids: Iterable[str]) -> None:
        """Add UIDs that were replaced, but for DICOM's own."""
        for uid in uids:
            if uid and not f"{uid}.".startswith(_DICOM_UIDS):
                self._uids.add(uid)
                content = uid.encode("utf-8", "replace")
                if len(uid) >= _SHORTEST_UID and not _UID_LIKE.fullmatch(content):
                    self._odd_uids.add(content)

    def add_ours(self, pseudonym: str) -> None:
        """Add a pseudonym, which a name may be part of by accident."""
        self._ours.add(pseudonym)

    def blank(self, dataset: Dataset) -> List[str]:
        """Replace what tells of the patient; return the keywords of names and numbers."""
        found = set()
        for where, tag, vr, how in self._find(dataset):
            keyword = keyword_for_tag(tag) or tag_text(tag)
            if how == _DOUBTFUL:
                self.doubtful.add(keyword)
                continue
            put_dummy(where, tag, vr)
            if vr != "UI":
                found.add(keyword)
        return sorted(found)

    def refuse(self, content: bytes, implicit: bool, little: bool) -> None:
        """Raise where the bytes that are about to be sent tell of the patient all the same.

        Raises
        ------
        InputError
            They must not be sent.
        """
        if not self._has_uid(content) and not any(word in content for word in self._words.encoded):
            return
        written = read_dataset(io.BytesIO(content), implicit, little)
        for tag in SIGNED:  # our own words, whatever the patient is called
            written.pop(tag, None)
        for tag in (tag for _, tag, _, how in self._find(written) if how == _SURE):
            raise InputError(
                "The patient's name, a number or a UID still stands in "
                f"{tag_text(tag)} after the de-identification.",
                "Leave the file out, and report this fault.",
                cause="leftover",
            )

    def refuse_pixels(self, content: bytes) -> None:
        """Raise where compressed pixels tell of the patient in a text, as JPEG's comments may.

        Raises
        ------
        InputError
            They must not be sent.
        """
        if any(word in content for word in self._words.in_binary):
            raise InputError(
                "The patient's name or number stands as text within the compressed pixel data, "
                "which are not changed.",
                "Leave the file out, or have its pixels compressed anew, without comments.",
                cause="leftover",
            )

    def _find(
        self, dataset: Dataset, encodings: Sequence[str] = (default_encoding,)
    ) -> Iterator[Tuple[Dataset, int, str, str]]:
        """Yield all elements that tell or may tell of the patient, with where they stand."""
        encodings = _encodings(dataset, encodings)
        for item in list(dataset.values()):
            tag, vr = int(item.tag), element_vr(item)
            if vr == "SQ":
                items = dataset[tag].value if dataset[tag].VR == "SQ" else None
                for nested in items or []:
                    yield from self._find(nested, encodings)
            elif item.value:
                how = self._tells(tag, vr, item.value, encodings)
                if how:
                    yield dataset, tag, vr, how

    def _tells(self, tag: int, vr: str, value: object, encodings: Sequence[str]) -> str:
        """Return whether a value tells of the patient, and does not only look so."""
        if not isinstance(value, bytes):
            value, encodings = joined_text(value).encode("utf-8", "replace"), ["utf-8"]
        if self._has_uid(value):
            return _SURE
        if vr == "UI":
            parts = value.decode("latin-1").rstrip("\0 ").split("\\")
            return _NOTHING if self._uids.isdisjoint(parts) else _SURE
        if vr in _NUMBERS_AS_TEXT and not value.translate(None, _NUMERIC):
            return _NOTHING
        if vr in TEXT or vr in _NUMBERS_AS_TEXT:
            return self._judged(tag, vr, value, encodings)
        if len(value) >= SHORTEST_IN_BINARY and any(
            word in value for word in self._words.in_binary
        ):
            return _SURE
        if vr in _BYTES and not CONTROLS.search(value.rstrip(b"\0")):
            return self._judged(tag, vr, value, encodings)
        return _NOTHING

    def _judged(self, tag: int, vr: str, value: bytes, encodings: Sequence[str]) -> str:
        """Return what the words in a text tell."""
        found = self._words.search(value, encodings)
        if found == NOTHING_FOUND or value.strip() == str(DUMMIES.get(vr)).encode():
            return _NOTHING
        if tag in PSEUDONYMS and value.decode("latin-1").strip() in self._ours:
            return _NOTHING
        sure, doubtful = found
        if vr == "CS" and tag >> 16 in _STRUCTURE_GROUPS:
            sure, doubtful = (
                tuple(one for one in words if one not in _STRUCTURE_WORDS) for words in found
            )
        elif vr in _NUMBERS_AS_TEXT:
            sure = tuple(one for one in sure if not DIGITS.fullmatch(one))
        if sure:
            return _SURE
        return _DOUBTFUL if doubtful and vr != "PN" else _NOTHING

    def _has_uid(self, value: bytes) -> bool:
        """Return whether one of the UIDs is in there, or the beginning of another one."""
        if any(uid in value for uid in self._odd_uids):
            return True
        for found in set(_UID_LIKE.findall(value)):
            uid = found.decode("ascii")
            while len(uid) >= _SHORTEST_UID:
                if uid in self._uids:
                    return True
                uid = uid.rpartition(".")[0]
        return False


@functools.lru_cache(256)
def _vocabulary(texts: Tuple[str, ...], encodings: Tuple[str, ...]) -> Vocabulary:
    names, numbers = [], []
    for tag, text in zip(_TELLTALE, texts):
        if known_vr(tag) == "PN":
            names.append(text)
        else:
            numbers += [part.strip() for part in text.split("\\")]
    return Vocabulary(names, numbers, encodings)


def _encodings(dataset: Dataset, outer: Sequence[str]) -> Sequence[str]:
    """Return the character sets of a data set, where it names some."""
    if _CHARACTER_SET not in dataset:
        return outer
    return convert_encodings(dataset[_CHARACTER_SET].value or "ISO_IR 6")
