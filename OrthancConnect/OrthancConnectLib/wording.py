"""The engine's sentences in the person's language.

The engine is without Qt and speaks English, to the command line as to the panel. Slicer's
translation has the templates of its sentences, in a context of their own: a sentence is led back to
its template, and the template and what fills it are translated. What is no sentence of the engine,
such as the words of a server, stays as it is.
"""

from __future__ import annotations

import re
import string
from functools import lru_cache
from pathlib import Path
from typing import Iterator, List, NamedTuple, Tuple

from slicer.i18n import translate

#: Where Slicer's translation has them; the files name them all, each for its language.
CONTEXT = "OrthancConnectCore"
_FILES = Path(__file__).resolve().parents[1] / "Resources" / "Translations"
_END = re.compile(r"(?<=[.!?:;]) (?=\S)")
#: More than the engine says at once; a server may try to keep the panel busy with its words.
_MOST_SENTENCES, _LONGEST = 12, 2000


class _Template(NamedTuple):
    text: str
    #: Its longest words: what lacks them is not made of it.
    words: str
    pattern: str
    names: Tuple[str, ...]


def worded(text: str) -> str:
    """Return what the engine said, in Slicer's language."""
    is_english = translate(CONTEXT, "Cancelled.") == "Cancelled."
    too_much = len(text) > _LONGEST or len(_END.findall(text)) > _MOST_SENTENCES
    return text if is_english or too_much else _told(text)[0]


@lru_cache(maxsize=1)
def _templates() -> List[_Template]:
    """Return the templates that have fields, those of the most words first."""
    from xml.etree import ElementTree  # which English does not need

    tree = ElementTree.parse(next(_FILES.glob("*.ts")))
    (context,) = (one for one in tree.iter("context") if one.findtext("name") == CONTEXT)
    texts = (str(message.findtext("source")) for message in context.iter("message"))
    texts = (text for text in texts if "{" in text)
    return [_template(text) for text in sorted(texts, key=_weight, reverse=True)]


def _weight(text: str) -> int:
    """Return how many letters a template has beside its fields."""
    return sum(map(str.isalpha, re.sub(r"\{.*?\}", "", text)))


def _template(text: str) -> _Template:
    pattern, words = "", [""]
    names: List[str] = []
    # Few words are in many texts that are not made of them.
    value = ".*?" if _weight(text) > 2 else r"\S*"
    for literal, name, _how, _kind in string.Formatter().parse(text):
        pattern += re.escape(literal)
        words.append(literal)
        if name and name in names:
            pattern += f"(?P=f{names.index(name)})"
        elif name is not None:
            pattern += f"(?P<f{len(names)}>{value})"
            names.append(name)
    return _Template(text, max(words, key=len), f"(?s:{pattern})", tuple(names))


@lru_cache(maxsize=4096)
def _told(text: str) -> Tuple[str, int]:
    """Return a text in Slicer's language, and how many of its letters are still as they were."""
    core = text.strip()
    if core != text:
        told, kept = _told(core)
        return text.replace(core, told), kept
    told = str(translate(CONTEXT, text))
    if told != text:
        return told, 0
    best = text, sum(map(str.isalpha, text))
    for other in _readings(text):
        best = min(best, other, key=lambda reading: reading[1])
    return best


def _readings(text: str) -> Iterator[Tuple[str, int]]:
    """Give each way to read a text: as made of a template, or as a row of sentences."""
    for template in _templates():
        found = re.fullmatch(template.pattern, text) if template.words in text else None
        if found:
            yield _filled(template, [_told(value) for value in found.groups()])
    for end in _END.finditer(text):
        (head, kept), (rest, more) = _told(text[: end.start()]), _told(text[end.end() :])
        yield f"{head} {rest}", kept + more
    if text.endswith((".", ":")):
        told, kept = _told(text[:-1])
        yield told + text[-1], kept


def _filled(template: _Template, values: List[Tuple[str, int]]) -> Tuple[str, int]:
    """Return a translated template with its translated values."""
    told, unnamed = "", 0
    words = str(translate(CONTEXT, template.text))
    for literal, name, _how, _kind in string.Formatter().parse(words):
        told += literal
        if name is not None:
            told += values[template.names.index(name) if name else unnamed][0]
            unnamed += not name
    return told, sum(kept for _value, kept in values)
