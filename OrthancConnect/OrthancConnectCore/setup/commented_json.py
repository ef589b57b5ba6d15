"""Orthanc's configuration files: JSON with comments, read as Orthanc does, and changed in place.

Orthanc reads them by JsonCpp, which allows ``//`` and ``/* */`` comments and a comma behind the
last member. A change touches the values that change: comments, order and all else stay as they are.
"""

from __future__ import annotations

import json
import re
from typing import Any, Dict, Iterator, List, Mapping, Tuple

from ..shared.errors import ConfigurationError
from ..shared.validation import plain_text

_STRING_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_STRING_OR_LAST_COMMA = re.compile(r'"(?:\\.|[^"\\\n])*"|,(?=\s*[}\]])')
_NOT_A_LINE = re.compile(r"[^\n]")
_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder()
_Cut = Tuple[int, int, str]


def read(text: str, name: str) -> Dict[str, Any]:
    """Return what a configuration file says; `name` is the file's in errors.

    Raises
    ------
    ConfigurationError
        It is no JSON object, or has a key twice.
    """

    def once(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            keys = [key for key, _value in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise _broken(name, f"the key {plain_text(twice, 60)} stands there twice")
        return found

    try:
        content = json.loads(_bare(text), object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise _broken(name, f"line {error.lineno}: {plain_text(error.msg, 100)}") from error
    except (ValueError, RecursionError) as error:
        raise _broken(name, "it can't be read as JSON") from error
    if not isinstance(content, dict):
        raise _broken(name, "it is no JSON object")
    return content


def _broken(name: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{plain_text(name, 300)} is broken: {why}; nothing was written.",
        "Mend it, or put an earlier one in its place; Orthanc itself would not start with it.",
    )


def _bare(text: str) -> str:
    """Return the text with spaces for comments and last commas: each sign keeps its place."""
    for pattern in (_STRING_OR_COMMENT, _STRING_OR_LAST_COMMA):
        text = pattern.sub(
            lambda found: found[0] if found[0][0] == '"' else _NOT_A_LINE.sub(" ", found[0]), text
        )
    return text


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
