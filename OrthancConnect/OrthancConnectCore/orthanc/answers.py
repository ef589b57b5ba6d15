"""The one reader of what a server answers in JSON: whatever it is, it has the shape asked for.

A shape is a type (``str``, ``int``, ``bool``, ``dict``, ``list``, ``object`` for anything), a list
of one shape, or a mapping of names to shapes; a name that ends in ``?`` may be missing.
"""

from __future__ import annotations

import json
from typing import Any

#: Whole numbers beyond this are none of Orthanc's.
_LARGEST = 2**63
#: In Python a value takes ten times the room of its JSON or more, where it is short, an object as
#: much as four, a list as two. Orthanc's have 20 bytes and more on average; answers with fewer
#: values than this may have any.
_LEAST_BYTES, _FEW_VALUES = 16, 100_000
_WORDS = {str: "a text", int: "a whole number", bool: "true or false", list: "a list"}

#: A patient, study, series or instance (Orthanc REST API, ``GET /studies/{id}`` and its like).
RECORD = {
    "ID": str,
    "MainDicomTags?": dict,
    "PatientMainDicomTags?": dict,
    "ParentStudy?": str,
    "ParentSeries?": str,
    "Series?": [str],
    "Instances?": [str],
    "Labels?": [str],
    "Metadata?": dict,
    "RequestedTags?": dict,
    "IsStable?": bool,
    "LastUpdate?": str,
}
#: The fate of an instance (``POST /instances``).
STORED = {"ID": str, "Status": str, "ParentStudy?": str}


class UnexpectedAnswer(Exception):
    """An answer has another shape; its text is what is wrong, for a person."""


class NoJson(UnexpectedAnswer):
    """An answer is not JSON at all."""


def read_json(content: bytes, shape: Any = object) -> Any:
    """Return what JSON text says, if it has a shape.

    Raises
    ------
    NoJson
        It is no JSON (RFC 8259).
    UnexpectedAnswer
        It is something else.
    """
    values = content.count(b",") + 2 * content.count(b"[") + 4 * content.count(b"{")
    if values > _FEW_VALUES and values * _LEAST_BYTES > len(content):
        raise UnexpectedAnswer("it has too many values for its length")
    try:
        text = content.decode("utf-8-sig")
        answer = json.loads(text, parse_constant=_refuse_constant)
        if "\\ud" in text or "\\uD" in text:  # half a character can be neither shown nor sent
            json.dumps(answer, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise NoJson("it is not JSON") from error
    check_shape(answer, shape)
    return answer


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def check_shape(answer: Any, shape: Any, where: str = "it") -> None:
    """Make sure that an answer has a shape, as this file says at its top; `where` is its name.

    Raises
    ------
    UnexpectedAnswer
        It has another.
    """
    kind = shape if isinstance(shape, type) else list if isinstance(shape, list) else dict
    fits = isinstance(answer, kind) and (kind is not int or type(answer) is int)
    if not fits:
        raise UnexpectedAnswer(f"{where} is not {_WORDS.get(kind, 'an object')}")
    if kind is int and abs(answer) >= _LARGEST:
        raise UnexpectedAnswer(f"{where} is too large")
    if isinstance(shape, list):
        (of_each,), member = shape, f"a member of {where}"
        if isinstance(of_each, type) and set(map(type, answer)) <= {of_each}:
            return  # the quick way for a long list
        for item in answer:
            check_shape(item, of_each, member)
    elif isinstance(shape, dict):
        for name, its_shape in shape.items():
            key = name.rstrip("?")
            if key in answer:
                check_shape(answer[key], its_shape, key)
            elif key == name:
                raise UnexpectedAnswer(f"{where} has no {name}")
