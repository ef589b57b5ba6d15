"""How texts are compared: by DICOM's wildcards, without regard to case and accents.

A server compares more strictly than a person means it, so it is asked for more than was typed
(`wide`), and what it answers is sifted here (`matches`).
"""

from __future__ import annotations

import re
import unicodedata
from fnmatch import fnmatchcase
from typing import Callable

# Letters that Unicode does not take for accented ones, and people do.
_PLAIN = {
    **str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i"}),
    **str.maketrans({"æ": "ae", "œ": "oe", "þ": "th"}),
}
# Letters that have accented or other forms in a language that is written today. What is left of the
# Latin ones, b f j m p q v x, can be asked for as it is.
_MANY_FORMS = frozenset("acdeghiklnorstuwyzаежзиіоукгчыэαεηιουωσς")
_WRITTEN_ONE_WAY = ("CJK UNIFIED", "HANGUL SYLLABLE", "CYRILLIC", "GREEK")


def folded(text: str) -> str:
    """Return a text without case, accents and differences of width (Unicode's NFKD and NFKC).

    ``Núria`` → ``nuria``, ``Łuczak`` → ``luczak``, half-width katakana → katakana, whose voicing
    marks stay, as they make other letters.
    """
    if text.isascii():
        return text.lower()
    parted = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    bare = "".join(char for char in parted if not "\u0300" <= char <= "\u036f")
    return unicodedata.normalize("NFKC", bare)


def as_typed(text: str) -> str:
    """Return a text without case alone; what is the same to Unicode stays the same."""
    return unicodedata.normalize("NFC", text).casefold()


def wildcard_text(text: str) -> str:
    """Return a text filter as a pattern that finds a part: ``*text*``, unless it has wildcards.

    Notes
    -----
    DICOM PS3.4 section C.2.2.2.4.
    """
    return text if not text or "*" in text or "?" in text else f"*{text}*"


def matches(
    pattern: str, value: str, *, name: bool = False, fold: Callable[[str], str] = folded
) -> bool:
    """Whether a text, or one component group of a name, has a pattern of `*` and `?`.

    Parameters
    ----------
    pattern, value : str
        What is looked for, and what is there.
    name : bool
        Whether they are person names, whose components may be parted by spaces as well.
    fold : callable
        `folded`, `as_typed`, or `str` for texts that are meant as they are.
    """
    texts = [value, *value.split("=")] if "=" in value else [value]
    if name:
        pattern, texts = _spaced(pattern), [_spaced(text) for text in texts]
    shell_pattern = fold(pattern).replace("[", "[[]")  # which is no wildcard in DICOM
    return any(fnmatchcase(fold(text).rstrip(), shell_pattern) for text in texts)


def has(text: str, value: str, *, name: bool = False, fold: Callable[[str], str] = folded) -> bool:
    """Whether a value has a text filter's text in it; an empty one finds everything."""
    return not text or matches(wildcard_text(text), value, name=name, fold=fold)


def _spaced(name: str) -> str:
    return re.sub(r"[\s^,]+", " ", name)


def wide(pattern: str, sure: Callable[[str], bool] = lambda _letter: True) -> str:
    """Return a pattern by which a server finds at least all that `matches` finds.

    Parameters
    ----------
    pattern : str
        With `*` and `?`.
    sure : callable
        Which letters can be asked for: those that the server compares without regard to case.

    Notes
    -----
    Orthanc compares names twice: with its index, from which all that is not ASCII was taken out
    (`ServerToolbox::NormalizeIdentifier`), and then byte for byte in UTF-8. A letter that may be
    written with an accent stands there with it, without it, as two characters or not at all, and
    ``?`` is one of several bytes: only ``*`` finds them all.
    """
    kept = "".join(char if _is_firm(char, sure) else "*" for char in as_typed(pattern))
    return re.sub(r"\*+", "*", kept)


def _is_firm(char: str, sure: Callable[[str], bool]) -> bool:
    if not char.isalpha():
        return char == "-" or (char.isascii() and char.isdigit())
    if char in _MANY_FORMS or folded(char) != char:
        return False
    return sure(char) and (
        char.isascii() or unicodedata.name(char, "").startswith(_WRITTEN_ONE_WAY)
    )


def wide_identifier(pattern: str, *, by_case: bool) -> str:
    """Return a pattern by which a server finds at least the identifiers that are meant.

    Parameters
    ----------
    pattern : str
        With `*` and `?`.
    by_case : bool
        Whether the server compares by case where it is not meant, as C-FIND does.

    Notes
    -----
    A backslash would part two values; Orthanc's index has no spaces at the ends, and a space in the
    place of ``_`` and ``%``.
    """
    kept = "".join(_of_identifier(char, by_case) for char in pattern)
    return re.sub(r"\*+", "*", kept)


def _of_identifier(char: str, by_case: bool) -> str:
    if not char.isascii() or char in "?\\ *":
        return "*"
    return "?" if char in "_%" or (by_case and char.isalpha()) else char
