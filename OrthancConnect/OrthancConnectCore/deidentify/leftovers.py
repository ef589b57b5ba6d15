"""Searches a data set for its patient before it is sent: names, numbers and UIDs, as they were.

This knows nothing of the rules by which the data set was changed: it looks at all that is written,
at all depths. Texts are compared as texts, without case and accents; numbers, tables and images
byte by byte, where few bytes may be there by accident.
"""

from __future__ import annotations

import functools
import io
import re
import unicodedata
from itertools import product
from typing import Iterable, Iterator, List, NamedTuple, Optional, Pattern, Sequence, Set, Tuple

from pydicom.charset import convert_encodings, decode_bytes, default_encoding
from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset

from ..shared.errors import InputError
from .rules import ACCESSION_NUMBER, DUMMIES, PATIENT_ID, PATIENT_NAME, SIGNED, known_vr
from .values import element_vr, joined_text, put_dummy, tag_text, text_of

_CHARACTER_SET = 0x00080005
#: Whose values betray the patient wherever else they stand: names, numbers, birth date, address.
_TELLTALE = (
    PATIENT_NAME,
    PATIENT_ID,
    ACCESSION_NUMBER,
    0x00100030,
    0x00101000,
    0x00101001,
    0x00101005,
    0x00101040,
    0x00101060,
    0x00102154,
    0x00101090,
    0x00380010,
)
_OWN_UIDS = (0x0020000D, 0x0020000E, 0x00080018, 0x00200052)
_DICOM_UIDS = "1.2.840.10008."
#: Of plain letters, and of others, of which two may be a whole name.
_SHORTEST, _SHORTEST_OF_OTHERS, _SHORTEST_UID = 3, 2, 8
#: In bytes. In numbers and images these are no accident, with and without letters.
_SHORTEST_AS_BYTES, _SHORTEST_IN_BINARY, _SHORTEST_DIGITS_IN_BINARY = 4, 6, 12
_TEXT = frozenset("LO SH ST LT UT UC PN AE UR CS".split())
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
_DIGITS = re.compile(r"[0-9 .:+-]*")
#: Of ISO 2022, whose letters are no part of a word.
_ESCAPE = re.compile(r"\x1b[ -/]*[0-~]")
#: What ends a part of a text, after which ISO 2022 begins anew.
_DELIMITERS = set(b"\\^=\r\n\t\f")


class _Words(NamedTuple):
    """What to look for.

    Attributes
    ----------
    text : Pattern, optional
        Finds names and numbers as whole words, in text without case and accents.
    encoded : tuple of bytes
        The same as they are, in the file's character sets and in those that programs take for it.
    in_binary : tuple of bytes
        Of these the ones that are met nowhere by accident.
    """

    text: Optional[Pattern[str]]
    encoded: Tuple[bytes, ...]
    in_binary: Tuple[bytes, ...]


class Leftovers:
    """What must not be sent of one data set, and where it still stands.

    Parameters
    ----------
    dataset : Dataset
        As it was.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._uids: Set[str] = set()
        self.add_uids(text_of(dataset, tag) for tag in _OWN_UIDS)
        # The file's character sets, and those that programs take for them.
        encodings = dict.fromkeys((*_encodings(dataset, []), "utf-8", "latin-1"))
        self._encodings = tuple(encodings)
        texts = tuple(text_of(dataset, tag) for tag in _TELLTALE)
        self._words = _words(texts, self._encodings)

    def add_uids(self, uids: Iterable[str]) -> None:
        """Add UIDs that were replaced, but for DICOM's own."""
        self._uids.update(uid for uid in uids if uid and not f"{uid}.".startswith(_DICOM_UIDS))

    def blank(self, dataset: Dataset) -> List[str]:
        """Replace what tells of the patient; return the keywords of names and numbers."""
        found = set()
        for where, tag, vr in self._find(dataset):
            put_dummy(where, tag, vr)
            if vr != "UI":
                found.add(keyword_for_tag(tag) or tag_text(tag))
        return sorted(found)

    def refuse(self, content: bytes, implicit: bool, little: bool) -> None:
        """Raise where the bytes that are about to be sent tell of the patient all the same.

        Parameters
        ----------
        content : bytes
            All attributes.
        implicit, little : bool
            How they are encoded.

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
        for _, tag, _ in self._find(written):
            raise InputError(
                "The patient's name, a number or a UID still stands in "
                f"{tag_text(tag)} after the de-identification.",
                "Leave the file out, and report this fault.",
                cause="leftover",
            )

    def _find(
        self, dataset: Dataset, encodings: Sequence[str] = (default_encoding,)
    ) -> Iterator[Tuple[Dataset, int, str]]:
        """Yield all elements that tell of the patient, with the data set that they stand in."""
        encodings = _encodings(dataset, encodings)
        for item in list(dataset.values()):
            tag, vr = int(item.tag), element_vr(item)
            if vr == "SQ":
                items = dataset[tag].value if dataset[tag].VR == "SQ" else None
                for nested in items or []:
                    yield from self._find(nested, encodings)
            elif self._tells(tag, vr, item.value, encodings):
                yield dataset, tag, vr

    def _tells(self, tag: int, vr: str, value: object, encodings: Sequence[str]) -> bool:
        """Return whether a value tells of the patient, and does not only look so."""
        if not value:
            return False
        if not isinstance(value, bytes):
            value, encodings = joined_text(value).encode("utf-8", "replace"), ["utf-8"]
        if self._has_uid(value):
            return True
        if vr == "UI":
            parts = value.decode("latin-1").rstrip("\0 ").split("\\")
            return not self._uids.isdisjoint(parts)
        if vr in _TEXT or vr in _NUMBERS_AS_TEXT:
            return self._is_named(tag, vr, value, encodings)
        return any(word in value for word in self._words.in_binary)

    def _is_named(self, tag: int, vr: str, value: bytes, encodings: Sequence[str]) -> bool:
        if self._words.text is None:
            return False
        if value.isascii() and b"\x1b" not in value:
            text = value.decode("ascii")
        else:
            texts = [value.decode(one, "replace") for one in self._encodings]
            texts.append(decode_bytes(value, list(encodings), _DELIMITERS))
            text = _ESCAPE.sub(" ", "\n".join(texts))
        found = self._words.text.findall(_folded(text))
        if vr == "CS" and tag >> 16 in _STRUCTURE_GROUPS:
            return not _STRUCTURE_WORDS.issuperset(found)
        if vr in _NUMBERS_AS_TEXT:
            return not all(map(_DIGITS.fullmatch, found))
        return bool(found) and value.strip() != str(DUMMIES[vr]).encode()

    def _has_uid(self, value: bytes) -> bool:
        """Return whether one of the UIDs is in there, or the beginning of another one."""
        for found in set(_UID_LIKE.findall(value)):
            uid = found.decode("ascii")
            while len(uid) >= _SHORTEST_UID:
                if uid in self._uids:
                    return True
                uid = uid.rpartition(".")[0]
        return False


@functools.lru_cache(256)
def _words(texts: Tuple[str, ...], encodings: Tuple[str, ...]) -> _Words:
    words: Set[str] = set()
    for tag, text in zip(_TELLTALE, texts):
        parts = re.split(r"[\^=\\ ]+", text) if known_vr(tag) == "PN" else text.split("\\")
        words.update(part.strip() for part in parts)
    words = {
        word
        for word in words
        if len(word) >= (_SHORTEST if word.isascii() else _SHORTEST_OF_OTHERS)
    }
    folded = sorted(filter(None, map(_folded, words)))
    edges = r"(?<![^\W_])(?:%s)(?![^\W_])"
    pattern = re.compile(edges % "|".join(map(re.escape, folded))) if folded else None
    encoded: Set[bytes] = set()
    in_binary: Set[bytes] = set()
    for word, encoding in product(words, encodings):
        has_letters = not _DIGITS.fullmatch(word)
        enough = _SHORTEST_IN_BINARY if has_letters else _SHORTEST_DIGITS_IN_BINARY
        for variant in (word, word.upper(), word.lower()):
            try:
                content = variant.encode(encoding)
            except (UnicodeEncodeError, LookupError):
                continue
            if len(content) >= _SHORTEST_AS_BYTES:
                encoded.add(content)
            if len(content) >= enough:
                in_binary.add(content)
    return _Words(pattern, tuple(sorted(encoded)), tuple(sorted(in_binary)))


def _encodings(dataset: Dataset, outer: Sequence[str]) -> Sequence[str]:
    """Return the character sets of a data set, where it names some."""
    if _CHARACTER_SET not in dataset:
        return outer
    return convert_encodings(dataset[_CHARACTER_SET].value or "ISO_IR 6")


def _folded(text: str) -> str:
    """Return text without case and accents, for comparing."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()
