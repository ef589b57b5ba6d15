"""Orthanc's configuration files: JSON with comments, read as Orthanc does, and changed in place.

Orthanc reads them by JsonCpp, which allows ``//`` and ``/* */`` comments and a comma behind the
last member. A change touches the values that change: comments, order and all else stay as they are.
"""

from __future__ import annotations

import json
import re
from typing import Any, Dict, Iterator, List, Mapping, NoReturn, Tuple

from ..shared.errors import ConfigurationError
from ..shared.validation import plain_text

_STRING = r'"(?:\\.|[^"\\])*"'
_STRING_OR_COMMENT = re.compile(rf"{_STRING}|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_STRING_OR_LAST_COMMA = re.compile(rf"{_STRING}|,(?=\s*[\]}}])", re.DOTALL)
_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder(strict=False)
_Cut = Tuple[int, int, str]
_STRING_OR_END = re.compile(rf"{_STRING}|}}", re.DOTALL)


def read_orthanc_json(text: str) -> Dict[str, Any]:
    """Return what a configuration file of Orthanc says; see Orthanc's book, *Configuration*.

    Variables of the environment (``${NAME}``) stay as they are written.

    Raises
    ------
    ConfigurationError
        It can't be read; the message and the fact ``line`` tell the line. A name that stands twice
        in one object, of which Orthanc takes the last without a word, can't be read either.
    """
    try:
        content = _read(_bare(text.lstrip("\ufeff")))
    except json.JSONDecodeError as error:
        raise _fault(error.lineno, error.msg) from error
    except RecursionError as error:
        raise _fault(1, "it is nested too deeply") from error
    if not isinstance(content, dict):
        raise _fault(1, "it is no object in braces")
    return content


def read(text: str, name: str) -> Dict[str, Any]:
    """Return what a file says that is to be changed; `name` is the file's in errors.

    Raises
    ------
    ConfigurationError
        As of `read_orthanc_json`.
    """
    try:
        return read_orthanc_json(text)
    except ConfigurationError as error:
        line, what = error.facts["line"], error.facts["what"]
        raise ConfigurationError(
            f"{plain_text(name, 300)} is broken: line {line}: {what}; nothing was written.",
            "Mend it, or put an earlier one in its place.",
        ) from error


def _read(plain: str) -> Any:
    """Return what JSON says; a JSONDecodeError also where a name stands twice in an object."""
    ends = (found.start() for found in _STRING_OR_END.finditer(plain) if found.group() == "}")

    def take(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
        end = next(ends)  # objects are told in the order in which they end
        content: Dict[str, Any] = {}
        for name, value in pairs:
            if name in content:
                where = plain.rfind(json.dumps(name, ensure_ascii=False), 0, end)
                what = f"{plain_text(name, 80)} stands twice"
                raise json.JSONDecodeError(what, plain, max(0, where))
            content[name] = value
        return content

    def refuse(word: str) -> NoReturn:
        raise json.JSONDecodeError(f"{word} is no number", plain, plain.find(word))

    return json.loads(plain, strict=False, parse_constant=refuse, object_pairs_hook=take)


def _bare(text: str) -> str:
    """Return the text with spaces for comments and last commas: each sign keeps its place."""
    return _STRING_OR_LAST_COMMA.sub(_blank, _STRING_OR_COMMENT.sub(_blank, text))


def _blank(match: re.Match[str]) -> str:
    """Return spaces for a comment or a comma, so that lines and columns stay; strings stay too."""
    found = match.group()
    if found[0] == '"':
        return found
    if found[:2] == "/*" and found[2:][-2:] != "*/":
        raise json.JSONDecodeError("the comment does not end", match.string, match.start())
    return re.sub(r"[^\n]", " ", found)


def _fault(line: int, what: str) -> ConfigurationError:
    what = plain_text(what, 200)
    return ConfigurationError(
        f"Line {line} is not Orthanc's JSON: {what}.",
        "Mend that line: what Orthanc can't read it does not start with.",
        line=line,
        what=what,
    )


def changed(text: str, changes: Mapping[str, Any]) -> str:
    """Return a well-formed file's text (see `read`) with other values; objects are merged.

    A key that is not there is added at the end of its object. A file where nothing is to change
    is returned as it is.
    """
    bare = _bare(text)
    cuts = list(_cuts(text, bare, bare.index("{"), changes, 1))
    # From the end; of two at one place the second is put there first.
    for begin, end, new in reversed(sorted(cuts, key=lambda cut: cut[0])):
        text = text[:begin] + new + text[end:]
    return text


def _members(bare: str, place: int) -> Tuple[Dict[str, Tuple[int, int, Any]], int]:
    """Return begin, end and value of each member of an object, and the place of its brace."""
    found: Dict[str, Tuple[int, int, Any]] = {}
    place = _skip(bare, place + 1)
    while bare[place] != "}":
        key, place = _DECODER.raw_decode(bare, place)
        begin = _skip(bare, _skip(bare, place) + 1)
        value, end = _DECODER.raw_decode(bare, begin)
        found[key] = (begin, end, value)
        place = _skip(bare, end)
        if bare[place] == ",":
            place = _skip(bare, place + 1)
    return found, place


def _skip(bare: str, place: int) -> int:
    match = _SPACE.match(bare, place)
    return match.end() if match else place


def _cuts(
    text: str, bare: str, start: int, changes: Mapping[str, Any], depth: int
) -> Iterator[_Cut]:
    members, brace = _members(bare, start)
    added = {}
    for key, value in changes.items():
        if key not in members:
            added[key] = value
            continue
        begin, end, before = members[key]
        if isinstance(value, Mapping) and isinstance(before, dict):
            yield from _cuts(text, bare, begin, value, depth + 1)
        elif before != value or type(before) is not type(value):
            yield begin, end, shown(value, depth)
    if not added:
        return
    indent = "  " * depth
    lines = ",\n".join(f"{indent}{json.dumps(k)} : {shown(v, depth)}" for k, v in added.items())
    if members:
        last = max(end for _begin, end, _value in members.values())
        # Comments are bare there, so that a comma can be none but the last, which JsonCpp allows.
        if "," not in _STRING_OR_COMMENT.sub("", text[last:brace]):
            yield last, last, ","
    line = text.rfind("\n", 0, brace) + 1
    if text[line:brace].strip() or not line:
        yield brace, brace, f"\n{lines}\n{indent[2:]}"
    else:
        yield line, line, lines + "\n"


def shown(value: Any, depth: int) -> str:
    """Return a value as it is written into a file, at that depth."""
    if not isinstance(value, Mapping) or not value:
        text = json.dumps(value, ensure_ascii=False)
        return f"[ {text[1:-1]} ]" if isinstance(value, (list, tuple)) and value else text
    indent = "  " * depth
    lines = (f"{indent}  {json.dumps(k)} : {shown(v, depth + 1)}" for k, v in value.items())
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
