"""The words that betray a patient wherever they stand, and how surely.

A name is looked for by its components, in each of its scripts (DICOM PS3.5 section 6.2.1.1), with
and without what separates its parts, and two components together in either order. How much of a
text it takes to be sure depends on length and script: ``Kanarienvogel`` within a longer word is the
patient, ``Mann`` in ``Mannheim`` may be, ``Li`` in ``Lightspeed`` is not; Chinese, Japanese, Korean
and Thai do not part words at all. What may be the patient is *doubtful*: it is told, and kept.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations
from typing import Dict, List, NamedTuple, Optional, Pattern, Set, Tuple

from pydicom.charset import convert_encodings, decode_bytes

#: In which texts may be written, whatever the file says.
_CODECS = (
    *("utf-8", "latin-1", "utf-16-le", "utf-16-be", "gb18030", "big5hkscs", "shift_jis", "euc_jp"),
    *("euc_kr", "iso2022_jp", "tis_620", "iso8859_2", "iso8859_3", "iso8859_4", "iso8859_5"),
    *("iso8859_6", "iso8859_7", "iso8859_8", "iso8859_9", "iso8859_15", "cp1250", "cp1251"),
    *("cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r", "cp437", "cp850"),
)
#: Plain letters are the same in all others.
_CODECS_OF_ASCII = ("ascii", "utf-16-le", "utf-16-be")
_ISO_2022 = convert_encodings(
    ["", *(f"ISO 2022 IR {number}" for number in (87, 159, 149, 58, 13, 100, 101, 109, 110))]
    + [f"ISO 2022 IR {number}" for number in (144, 127, 126, 138, 148, 166)]
)
#: Of ISO 2022, whose letters are no part of a word.
_ESCAPE = re.compile(r"\x1b[ -/]*[0-~]")
_ESCAPE_BYTES = re.compile(rb"\x1b[ -/]*[0-~]|[\x0e\x0f]")
#: What ends a part of a text, after which ISO 2022 begins anew.
_DELIMITERS = set(b"\\^=\r\n\t\f")
#: What stands before and after names, and is in ordinary texts as well.
_NO_NAMES = frozenset(
    "van von der den de del della di da do dos das du la le las los el al ben bin bint ibn abu "
    "ter ten zur zum und and the dr mr mrs ms prof jr sr ii iii iv phd herr frau".split()
)
#: Letters that are not made of another one and an accent; and syllables of Japan's two kinds.
_ALIKE = str.maketrans(
    {
        **{"ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d"},
        **{"ı": "i", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th"},
        **{chr(code): chr(code + 0x60) for code in range(0x3041, 0x3097)},
    }
)
#: As people write these letters who have only plain ones.
_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_WITHOUT_SPACES = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC")
_WITHOUT_SPACES_BUT_LONG = ("THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")
#: Components of a name from here on: prefix and suffix, after family, given and middle name.
_TITLES = 3
_PART = re.compile(r"[^\W_]+")
DIGITS = re.compile(r"[0-9 .:+/-]*")
_BETWEEN = r"[\W_]{0,3}"
#: What may stand beside a word: no letter and no digit, no letter, no digit, anything.
_WHOLE, _NO_LETTER = r"(?<![^\W_])(?:%s)(?![^\W_])", r"(?<![^\W\d_])(?:%s)(?![^\W\d_])"
_NO_DIGIT, _ANYWHERE = r"(?<!\d)(?:%s)(?!\d)", r"(?:%s)"
_NEVER = ""
#: In bytes, of what is searched for byte by byte. In numbers and images these are no accident, with
#: and without letters.
_SHORTEST_AS_BYTES, SHORTEST_IN_BINARY, _SHORTEST_DIGITS_IN_BINARY = 4, 6, 12
#: Texts up to this size are found again in most files of a series.
_REMEMBERED_SIZE, _REMEMBERED = 256, 2048


class Found(NamedTuple):
    """What of a text is the patient, and what may be."""

    sure: Tuple[str, ...] = ()
    doubtful: Tuple[str, ...] = ()


NOTHING_FOUND = Found()


class _Word(NamedTuple):
    """The parts of a name or number, without case and accents."""

    parts: Tuple[str, ...]
    was_ascii: bool

    @property
    def size(self) -> int:
        """Letters and digits."""
        return sum(map(len, self.parts))

    @property
    def is_without_spaces(self) -> bool:
        """Whether it is written in a script that does not part words."""
        return _kind(self.parts[0]).startswith(_WITHOUT_SPACES)

    @property
    def pattern(self) -> str:
        """Of a regular expression: with anything or nothing between the parts."""
        return _BETWEEN.join(map(re.escape, self.parts))

    @property
    def edges(self) -> Tuple[str, str]:
        """What has to stand beside it where it is the patient for sure, and where it may be."""
        size = self.size
        if self.is_without_spaces:
            return (_ANYWHERE, _NEVER) if size > 1 else (_NEVER, _ANYWHERE)
        if _kind(self.parts[0]).startswith(_WITHOUT_SPACES_BUT_LONG):
            return (_ANYWHERE, _NEVER) if size > 3 else (_WHOLE, _ANYWHERE)
        if size >= 6:
            return _ANYWHERE, _NEVER
        if size >= 4:
            return _NO_LETTER, _ANYWHERE
        return _WHOLE if size == 3 or not self.was_ascii else _NEVER, _NO_LETTER


class Vocabulary:
    """What to look for of one patient.

    From values of persons' names (VR PN), numbers, dates and addresses, and Python's names of the
    file's character sets.

    Attributes
    ----------
    encoded : tuple of bytes
        The words as they are, in the file's character sets and in those that programs take for it.
    in_binary : tuple of bytes
        Of these the ones that are met nowhere by accident.
    """

    def __init__(self, names: Iterable[str], numbers: Iterable[str], codecs: Iterable[str]) -> None:
        names = list(names)
        numbers = [
            *numbers,
            *(one for name in names for one in _PART.findall(name) if one.isdigit()),
        ]
        numbers = [number for number in numbers if len(number) >= (3 if number.isascii() else 2)]
        by_edges: Tuple[Dict[str, Set[str]], Dict[str, Set[str]]] = ({}, {})
        spellings = set(numbers)
        for name in names:
            for word in _words(name):
                for level, edges in zip(by_edges, word.edges):
                    level.setdefault(edges, set()).add(word.pattern)
            spellings.update(_spellings(name))
        for number in numbers:
            edges, pattern = _of_number(number)
            by_edges[0].setdefault(edges, set()).add(pattern)
        self._sure, self._doubtful = map(_pattern, by_edges)
        codecs = tuple(dict.fromkeys((*codecs, *_CODECS)))
        own = [word for word in spellings if not word.isascii()]
        self._codecs = ["utf-8", "latin-1"]
        self._codecs += [one for one in codecs if any(_encoded(word, one) for word in own)]
        self.encoded, self.in_binary = _as_bytes(spellings, codecs)
        wide = [word for word in own if _word(word).edges[0] == _ANYWHERE]
        self._wide = {word.encode(one) for word in wide for one in ("utf-16-le", "utf-16-be")}
        self._remembered = functools.lru_cache(_REMEMBERED)(self._search)

    def search(self, value: bytes, encodings: Sequence[str]) -> Found:
        """Return what of a text, written in these character sets or others, is the patient."""
        if len(value) > _REMEMBERED_SIZE:
            return self._search(value, tuple(encodings))
        return self._remembered(value, tuple(encodings))

    def _search(self, value: bytes, encodings: Tuple[str, ...]) -> Found:
        if value.isascii() and b"\x1b" not in value:
            text = value.decode("ascii").lower()
        else:
            text = folded("\n".join(self._readings(value, encodings)))
        sure = self._sure.findall(text) if self._sure else []
        sure += [word.hex() for word in self._wide if word in value]
        return Found(tuple(sure), tuple(self._doubtful.findall(text)) if self._doubtful else ())

    def _readings(self, value: bytes, encodings: Tuple[str, ...]) -> Iterator[str]:
        for codec in dict.fromkeys((*encodings[:1], *self._codecs)):
            if not codec.startswith("utf-16"):  # of which anything makes Chinese: see `_wide`
                yield _ESCAPE.sub(" ", value.decode(codec, "replace"))
        if b"\x1b" in value:
            for several in (list(encodings), _ISO_2022):
                yield _ESCAPE.sub(" ", decode_bytes(value, several, _DELIMITERS))


def folded(text: str) -> str:
    """Return text without case and accents, for comparing."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.translate(_ALIKE))
    parts = "".join(part for part in parts if unicodedata.category(part)[0] != "M")
    return unicodedata.normalize("NFC", parts.translate(_ALIKE)).casefold()


def _words(name: str) -> Iterator[_Word]:
    """Yield what to look for of a person's name: parts, components, and two components together."""
    for group in re.split(r"[=\\]", name):
        spelt = unicodedata.normalize("NFC", group).lower().translate(_SPELT)
        for text in dict.fromkeys((group, spelt)):
            components = [_word(component) for component in text.split("^")]
            for place, word in enumerate(components):
                is_alone = len(word.parts) == 1 and place < _TITLES
                for part in word.parts:
                    if _is_name(part, is_alone):
                        yield _Word((part,), word.was_ascii)
                if len(word.parts) > 1 and any(map(_is_name, word.parts)):
                    yield word
            # One that is found alone makes no pair.
            short = [one for one in components[:_TITLES] if one.parts and one.edges[0] != _ANYWHERE]
            for first, second in permutations(short, 2):
                pair = _Word(first.parts + second.parts, first.was_ascii and second.was_ascii)
                if min(first.size, second.size) > 1 or pair.is_without_spaces:
                    yield pair


def _word(text: str) -> _Word:
    return _Word(tuple(_PART.findall(folded(text))), text.isascii())


def _kind(text: str) -> str:
    """Return the Unicode name of a text's first letter, which begins with its script."""
    return unicodedata.name(text[0], "") if text else ""


def _is_name(part: str, is_alone: bool = False) -> bool:
    """Return whether a part of a name is one by itself, and no initial, number or particle.

    `is_alone` says that it is all of a family or given name: then ``Das`` is one.
    """
    is_initial = len(part) == 1 and not _kind(part).startswith(_WITHOUT_SPACES)
    return not (is_initial or part.isdigit() or (part in _NO_NAMES and not is_alone))


def _of_number(number: str) -> Tuple[str, str]:
    """Return what must stand beside a number or an address, and the pattern for it."""
    if DIGITS.fullmatch(number):
        return _NO_DIGIT if len(number) >= 6 else _WHOLE, re.escape(number)
    word = _word(number)
    if word.size < 6:
        return _WHOLE, re.escape(folded(number))
    return _ANYWHERE if word.size >= 8 else _WHOLE, word.pattern


def _pattern(by_edges: Dict[str, Set[str]]) -> Optional[Pattern[str]]:
    """Return an expression for words with their edges; the longest are tried first."""
    choices = [
        edges % "|".join(sorted(patterns, key=lambda one: (-len(one), one)))
        for edges, patterns in sorted(by_edges.items())
        if edges
    ]
    return re.compile("|".join(choices)) if choices else None


def _spellings(name: str) -> Set[str]:
    """Return the parts of a name as they are written, for a search byte by byte."""
    parts = re.split(r"[\^=\\ ]+", name)
    parts += [piece for part in parts for piece in _PART.findall(part)]
    # Short as they are in these scripts, the whole name is searched as well.
    whole = ["".join(_PART.findall(group)) for group in re.split(r"[=\\]", name)]
    parts += [one for one in whole if _kind(one).startswith(_WITHOUT_SPACES)]
    return {part for part in parts if part and _is_name(folded(part))}


def _encoded(word: str, codec: str) -> bytes:
    try:
        return _ESCAPE_BYTES.sub(b"", word.encode(codec))
    except (UnicodeEncodeError, LookupError):
        return b""


def _as_bytes(
    words: Iterable[str], codecs: Sequence[str]
) -> Tuple[Tuple[bytes, ...], Tuple[bytes, ...]]:
    encoded: Set[bytes] = set()
    in_binary: Set[bytes] = set()
    for word in words:
        has_letters = not DIGITS.fullmatch(word)
        enough = SHORTEST_IN_BINARY if has_letters else _SHORTEST_DIGITS_IN_BINARY
        plain = folded(word)
        variants: List[str] = [word, word.upper(), word.lower(), word.capitalize()]
        variants += [plain, plain.upper(), plain.capitalize()]
        for variant in dict.fromkeys(variants):
            written_as = _CODECS_OF_ASCII if variant.isascii() else codecs
            contents = {_encoded(variant, codec) for codec in written_as}
            encoded |= {one for one in contents if len(one) >= _SHORTEST_AS_BYTES}
            in_binary |= {one for one in contents if len(one) >= enough}
    return tuple(sorted(encoded)), tuple(sorted(in_binary))
