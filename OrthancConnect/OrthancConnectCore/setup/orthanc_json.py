"""Orthanc's JSON: with ``//`` and ``/* */`` comments, and commas behind the last element."""

from __future__ import annotations

import json
import re
from typing import Any, Dict, List, NoReturn, Tuple

from ..shared.errors import ConfigurationError
from ..shared.validation import plain_text

_STRING = r'"(?:\\.|[^"\\])*"'
_STRING_OR_COMMENT = re.compile(rf"{_STRING}|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_STRING_OR_LAST_COMMA = re.compile(rf"{_STRING}|,(?=\s*[\]}}])", re.DOTALL)
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
        plain = _STRING_OR_COMMENT.sub(_blank, text.lstrip("\ufeff"))
        content = _read(_STRING_OR_LAST_COMMA.sub(_blank, plain))
    except json.JSONDecodeError as error:
        raise _fault(error.lineno, error.msg) from error
    except RecursionError as error:
        raise _fault(1, "it is nested too deeply") from error
    if not isinstance(content, dict):
        raise _fault(1, "it is no object in braces")
    return content


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


def _blank(match: re.Match[str]) -> str:
    """Return spaces for a comment or a comma, so that lines and columns stay; strings stay too."""
    found = match.group()
    if found[0] == '"':
        return found
    if found[:2] == "/*" and found[2:][-2:] != "*/":
        raise json.JSONDecodeError("the comment does not end", match.string, match.start())
    return re.sub(r"[^\n]", " ", found)


def _fault(line: int, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"Line {line} is not Orthanc's JSON: {plain_text(what, 200)}.",
        "Mend that line: what Orthanc can't read it does not start with.",
        line=line,
    )
