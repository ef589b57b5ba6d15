"""Orthanc's configuration files: read as JsonCpp does, and changed without touching the rest."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from OrthancConnectCore.setup.orthanc_json import changed, read
from OrthancConnectCore.shared.errors import ConfigurationError

FILE = r"""
/* An old friend: { "Name" : "no" } */
{
  // "Name" : "commented out",
  "Name" : "a // b /* c */ \" d", // after it, with "quotes" and a }
  "DicomModalities" : {
    /**  "x" : [ "X", "h", 1 ]  **/
    "old" : [ "OLD", "10.0.0.1", 104, ], // a last comma, as JsonCpp allows
  },
  "Plugins" : [ "/usr/share//x", /* none */ ],
  "Last" : { "Nested" : {} } // no comma here
}
"""


def test_comments_and_last_commas_are_no_part_of_it() -> None:
    assert read(FILE, "f") == {
        "Name": 'a // b /* c */ " d',
        "DicomModalities": {"old": ["OLD", "10.0.0.1", 104]},
        "Plugins": ["/usr/share//x"],
        "Last": {"Nested": {}},
    }


def test_a_change_touches_its_values_alone() -> None:
    changes = {
        "Name": "IUIBS",
        "DicomModalities": {"new": ["NEW", "h", 2], "old": ["OLD", "10.0.0.2", 104]},
        "Last": {"Nested": {"deep": True}},
        "Added": 1,
    }
    text = changed(FILE, changes)
    expected = (
        FILE.replace(r'"a // b /* c */ \" d"', '"IUIBS"')
        .replace('[ "OLD", "10.0.0.1", 104, ]', '[ "OLD", "10.0.0.2", 104 ]')
        .replace("allows\n  },", 'allows\n    "new" : [ "NEW", "h", 2 ]\n  },')
        .replace('"Nested" : {}', '"Nested" : {\n      "deep" : true\n    }')
        .replace("} } //", "} }, //")
        .replace("here\n}", 'here\n  "Added" : 1\n}')
    )
    assert re.sub(r"\s+", " ", text) == re.sub(r"\s+", " ", expected)
    assert changed(text, changes) == text
    assert changed(FILE, {"Name": 'a // b /* c */ " d'}) == FILE


@pytest.mark.parametrize(
    "text", ['{"a":1}', '{"a":1,}', "{}", '{"a":{"b":1}}', '{"a":1}//x', "{\n}"]
)
def test_a_key_is_added_however_narrow_it_is(text: str) -> None:
    new = {"z": [1], "a": {"c": 2}}
    assert read(changed(text, new), "f") == merged(read(text, "f"), new)


def test_true_is_not_one() -> None:
    assert changed('{"a": 1}', {"a": True}) == '{"a": true}'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1"),
        ("[]", "no object in braces"),
        ('{\n "a" : 1\n "b" : 2\n}', "line 3"),
        ('{ "a" : 1, /* no end', "line 1"),
        ('{ "a" : "no end }', "line 1"),
        ('{ "a" : 1, "a" : 2 }', "a stands twice"),
        ('{ "m" : { "a" : 1, "a" : 2 } }', "a stands twice"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_broken_is_one_sentence(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as refused:
        read(text, "/etc/orthanc/orthanc.json")
    assert refused.value.message.startswith("/etc/orthanc/orthanc.json is broken: ")
    assert refused.value.message.endswith("; nothing was written.")


_KEYS = st.text('ab/"\\*{}é,', max_size=4)
_VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | _KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


def merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: merged(old.get(key), value) for key, value in new.items()}}
    return new


@settings(max_examples=500, deadline=None)
@given(
    old=st.dictionaries(_KEYS, _VALUES, max_size=4),
    new=st.dictionaries(_KEYS, _VALUES, max_size=4),
    noise=st.sampled_from(["", " ", '// x } " ,\n', '/* " , } */', "\n"]),
    indent=st.sampled_from([None, 1, 4]),
    comma=st.booleans(),
)
def test_what_is_read_after_a_change(
    old: dict[str, Any], new: dict[str, Any], noise: str, indent: Any, comma: bool
) -> None:
    text = json.dumps(old, indent=indent)
    if old and comma:
        text = text[:-1] + "," + noise + "}"
    text = noise + text[:1] + noise + text[1:-1] + noise + text[-1:] + noise
    assert read(text, "f") == old
    after = changed(text, new)
    assert read(after, "f") == merged(old, new)
    assert changed(after, new) == after


def test_debians_own_file_is_read_and_kept() -> None:
    path = Path("/etc/orthanc/orthanc.json")
    if not path.exists():
        pytest.skip("there is no Orthanc of Debian here")
    text = path.read_text(encoding="utf-8")
    values = read(text, str(path))
    assert values["DicomPort"] == 4242 and changed(text, values) == text
    after = changed(text, {"DicomAet": "IUIBS", "DicomModalities": {"m": ["M", "h", 1]}})
    assert read(after, "f") == {
        **values,
        "DicomAet": "IUIBS",
        "DicomModalities": {"m": ["M", "h", 1]},
    }
    assert len(after.splitlines()) == len(text.splitlines()) + 1
