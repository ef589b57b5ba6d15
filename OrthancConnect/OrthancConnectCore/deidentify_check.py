"""Looks at the bytes that are about to be sent, whether an original identifier is still in them.

This knows nothing of the rules by which they were made: it searches the bytes as they are. Only
where it finds something it asks what kind of element that stands in, since a patient's number may
as well be a number of millimetres.
"""

from __future__ import annotations

import functools
import re
import struct
from itertools import product
from typing import Iterator, NamedTuple, Sequence, Set, Tuple

from .deidentify_rules import known_vr
from .errors import InputError
from .scan_elements import LONG_VRS

_UID_LIKE = re.compile(rb"[0-9]+(?:\.[0-9]+){3,}")
_SHORTEST, _SHORTEST_UID = 4, 8
#: In numbers and images these bytes are no accident, with and without letters.
_SHORTEST_IN_BINARY, _SHORTEST_DIGITS_IN_BINARY = 6, 12
_TEXT = frozenset("LO SH ST LT UT UC PN AE CS UR".split())
_NUMBERS_AS_TEXT = frozenset("DS IS AS DA DT TM".split())
#: Whose codes are DICOM's own words, and some of these, which may be parts of a name as well.
STRUCTURE_GROUPS = (0x0008, 0x0028)
_STRUCTURE_WORDS = frozenset(
    b"original derived primary secondary axial localizer other none yes no reformatted average "
    b"volume projection image mixed monochrome palette color rgb head first feet supine prone "
    b"screen save mosaic magnitude phase single biplane static dynamic whole body tomo gated "
    b"left right cor sag tra processed presentation for diffusion angio reg seg pet ct mr".split()
)
_ITEMS, _UNDEFINED = 0xFFFE, 0xFFFFFFFF
#: Of ISO 2022, whose letters are no part of a word.
_ESCAPE = re.compile(rb"\x1b[ -/]*[0-~]")
_EDGES = rb"(?<![0-9A-Za-z\x80-\xff])%s(?![0-9A-Za-z\x80-\xff])"


class Originals(NamedTuple):
    """What must not be sent.

    Attributes
    ----------
    names, numbers : tuple of str
        Persons' names and identifiers, as they were.
    uids : set of str
        Those that were replaced.
    encodings : tuple of str
        Python's names of the character sets that the file uses.
    """

    names: Tuple[str, ...]
    numbers: Tuple[str, ...]
    uids: Set[str]
    encodings: Tuple[str, ...]

    def words(self, ours: str) -> Tuple[bytes, ...]:
        """Return what to look for in bytes, without what is among our own words."""
        return _words(self.names, self.numbers, self.encodings, ours)


def refuse_leftovers(
    content: bytes, implicit: bool, little: bool, originals: Originals, ours: str
) -> None:
    """Raise where a de-identified data set still tells of its patient.

    Parameters
    ----------
    content : bytes
        All attributes, as they would be sent.
    implicit, little : bool
        How they are encoded.
    originals : Originals
        What to look for.
    ours : str
        Words that we wrote ourselves, whatever the patient is called.

    Raises
    ------
    InputError
        It must not be sent.
    """
    words = [word for word in originals.words(ours) if word in content]
    uids = {uid.encode("ascii", "replace") for uid in originals.uids}
    if not words and not _has_uid(content, uids):
        return
    for tag, vr, value in _elements(content, implicit, little):
        if _has_uid(value, uids) or any(has_word(tag, vr, value, one) for one in words):
            raise InputError(
                "The patient's name, a number or a UID still stands in "
                f"({tag >> 16:04X},{tag & 0xFFFF:04X}) after the de-identification.",
                "Leave the file out, and report this fault.",
                cause="leftover",
            )


@functools.lru_cache(256)
def _words(
    names: Tuple[str, ...], numbers: Tuple[str, ...], encodings: Tuple[str, ...], ours: str
) -> Tuple[bytes, ...]:
    texts: Set[str] = set()
    for name in names:
        texts.update(re.split(r"[\^=\\ ]+", name))
    for number in numbers:
        texts.update(part.strip() for part in number.split("\\"))
    known = ours.casefold()
    found: Set[bytes] = set()
    for text in texts:
        if len(text) < 2 or text.casefold() in known:
            continue
        for variant, encoding in product((text, text.upper(), text.lower()), encodings):
            try:
                word = variant.encode(encoding)
            except (UnicodeEncodeError, LookupError):
                continue
            if len(word) >= _SHORTEST:
                found.add(word)
    return tuple(sorted(found))


def _has_uid(value: bytes, uids: Set[bytes]) -> bool:
    """Return whether a UID is in there, or the beginning of another one."""
    for found in set(_UID_LIKE.findall(value)):
        while len(found) >= _SHORTEST_UID:
            if found in uids:
                return True
            found = found.rpartition(b".")[0]
    return False


def is_structure_word(word: bytes) -> bool:
    """Return whether it is one of DICOM's own words for kinds of images."""
    return word.lower() in _STRUCTURE_WORDS


def has_word(tag: int, vr: str, value: bytes, word: bytes) -> bool:
    """Return whether a value tells of the patient, and does not only look so."""
    if word not in value:
        return False
    has_letters = not re.fullmatch(rb"[0-9 .:+-]*", word)
    if vr in _TEXT:
        if vr == "CS" and tag >> 16 in STRUCTURE_GROUPS and is_structure_word(word):
            return False
        return re.search(_EDGES % re.escape(word), _ESCAPE.sub(b" ", value)) is not None
    if vr in _NUMBERS_AS_TEXT:
        return has_letters
    if vr == "UI":
        return has_letters or word in (part.strip(b"\0 ") for part in value.split(b"\\"))
    return len(word) >= (_SHORTEST_IN_BINARY if has_letters else _SHORTEST_DIGITS_IN_BINARY)


def _elements(content: bytes, implicit: bool, little: bool) -> Iterator[Tuple[int, str, bytes]]:
    """Yield tag, value representation and value of all elements, those in sequences too."""
    order = "<" if little else ">"
    short, long = struct.Struct(order + "HHL"), struct.Struct(order + "L")
    place = 0
    while place + 8 <= len(content):
        group, number, length = short.unpack_from(content, place)
        tag, vr, size = group << 16 | number, "", 8
        if group != _ITEMS and not implicit:
            code = content[place + 4 : place + 6]
            vr = code.decode("latin-1")
            if code in LONG_VRS:
                length, size = long.unpack(content[place + 8 : place + 12].ljust(4))[0], 12
            else:
                length = struct.unpack_from(order + "H", content, place + 6)[0]
        elif group != _ITEMS:
            vr = known_vr(tag) or "UN"
        place += size
        if group == _ITEMS or vr == "SQ":
            continue  # what is inside comes next
        if length == _UNDEFINED:
            yield tag, vr, content[place:]
            return
        yield tag, vr, content[place : place + length]
        place += length


def python_encodings(character_sets: Sequence[str]) -> Tuple[str, ...]:
    """Return the encodings to look in: the file's, and those that programs take for it."""
    return tuple(dict.fromkeys((*character_sets, "utf-8", "latin-1")))
