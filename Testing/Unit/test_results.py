"""A result on the disk: checked, kept whole or not at all, and known again by its UIDs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any, Callable

import pytest

from OrthancConnectCore.results import kept, versions
from OrthancConnectCore.shared.disk import write_private
from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.results import NAME, Result, StudyResult
from OrthancConnectCore.shared.validation import uid_fault
from Support.scenarios.results import keep, keep_line, keep_scene, record

SEGMENT = {
    **{"id": "s1", "name": "肝", "color": [1, 0, 0.5], "layer": 0, "value": 1},
    **{"category": ["123037004", "SCT", "Anatomical Structure"], "type": None},
}
LAYER = {"file": "layer-0.raw", "type": "uint8", "size": [4, 3, 2], "matrix": [1, 0, 0, 0] * 4}
DRAWN = {**record("segmentation", []), "layers": [LAYER], "segments": [SEGMENT]}


def test_a_record_comes_back_as_it_was() -> None:
    result = Result.from_dict(DRAWN)
    assert Result.from_dict(result.to_dict()) == result
    assert Result.from_json(json.dumps(result.to_dict()).encode()) == result
    assert result.to_dict()["segments"][0]["category"] == SEGMENT["category"]
    assert (result.parts, result.layers[0].bytes) == (("layer-0.raw",), 24)
    assert "labelmap" not in DRAWN and result.labelmap is False


def _set(*path: Any) -> Callable[[Any], None]:
    *way, last, value = path

    def change(told: Any) -> None:
        for name in way:
            told = told[name]
        told[last] = value

    return change


WRONG = {
    "format is of another kind": _set("format", "1"),
    "it is of another version": _set("format", 2),
    "its kind is unknown": _set("kind", "hologram"),
    "it has no title": _set("title", " "),
    "it has no origin": _set("origin", ""),
    "its time has no zone": _set("created", "2026-11-29T22:00:00"),
    "its time is none": _set("created", "yesterday"),
    "colour is missing, or unknown": _set("colour", 1),
    "a UID is not well formed": _set("replaces", "1.a"),
    "files is no list": _set("source", "files", "/etc/passwd"),
    "its series number is out of range": _set("series_number", -1),
    "The segmentation has no segments.": _set("segments", []),
    "a segment is in no layer": _set("segments", 0, "layer", 1),
    "the value of a segment is below 1": _set("segments", 0, "value", 0),
    "a colour is none": _set("segments", 0, "color", [0, 0, 1.5]),
    "color has another length": _set("segments", 0, "color", [0, 0]),
    "color is no number": _set("segments", 0, "color", [0, 0, float("nan")]),
    "category has another length": _set("segments", 0, "category", ["1", "SCT"]),
    "name has text that can't be used": _set("segments", 0, "name", "\ud800"),
    "title has text that can't be used": _set("title", "x" * 20_000),
    "a layer has an unknown type": _set("layers", 0, "type", "float64"),
    "a layer has an impossible size": _set("layers", 0, "size", [4, 3, 0]),
    "a layer has no matrix of 16 numbers": _set("layers", 0, "matrix", [1.0] * 12),
    "one of its files has a name": _set("layers", 0, "file", NAME),
    "layer is of another kind": _set("segments", 0, "layer", True),
    "value is too large": _set("segments", 0, "value", 2**70),
}


@pytest.mark.parametrize("sentence", WRONG)
def test_what_makes_no_sense_is_refused(sentence: str) -> None:
    told = deepcopy(DRAWN)
    WRONG[sentence](told)
    with pytest.raises(InputError) as refused:
        Result.from_dict(told)
    assert sentence in refused.value.message


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/b", "a\\b", "", ".", "-x", NAME, "x\n"])
def test_a_part_lies_in_the_folder(name: str) -> None:
    for told in (
        {**record("volume", []), "files": [name]},
        {**DRAWN, "layers": [{**LAYER, "file": name}]},
    ):
        with pytest.raises(InputError, match="a name that can't be used"):
            Result.from_dict(told)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"[" * 100_000, b"null", b"{}"])
def test_any_bytes_as_a_record(content: bytes) -> None:
    with pytest.raises(InputError, match="The result can't be used"):
        Result.from_json(content)


def test_a_result_of_a_study_is_checked() -> None:
    told = asdict(StudyResult("scene", "t", "a", "", 1, "s", number=5200, sha256="0" * 64))
    assert StudyResult.from_dict(json.loads(json.dumps(told))).number == 5200
    for wrong in ({"kind": "x"}, {"sha256": ""}, {"number": "5200"}, {"instances": [1]}):
        with pytest.raises(InputError):
            StudyResult.from_dict({**told, **wrong})


# UIDs -------------------------------------------------------------------------------------------


def test_a_uid_tells_of_what_it_is_a_version() -> None:
    origin = versions.origin_of("1.2.3", "node")
    first = versions.series_uid(origin, "a" * 64, "")
    second = versions.series_uid(origin, "b" * 64, first)
    back = versions.series_uid(origin, "a" * 64, second)
    assert len({first, second, back}) == 3
    for uid in (first, second, back, versions.instance_uid(first, 1)):
        assert uid_fault(uid) == "" and uid.startswith("2.25.")
        bits = int(uid[5:])
        assert (bits >> 76 & 0xF, bits >> 62 & 0b11) == (8, 0b10)  # RFC 9562 section 5.8
    assert {versions.version_of(uid).origin for uid in (first, second, back)} == {origin}  # type: ignore[union-attr]
    assert versions.has_content(first, "a" * 64) and versions.has_content(back, "a" * 64)
    assert not versions.has_content(second, "a" * 64)
    assert versions.origin_of("1.2.4", "node") != origin != versions.origin_of("1.2.3", "other")
    assert versions.instance_uid(first, 1) != versions.instance_uid(first, 2)


@pytest.mark.parametrize(
    "uid", ["", "1.2.3", "2.25.", "2.25.x", "2.25.1", "2.25." + "9" * 50, f"2.25.{1 << 127}"]
)
def test_other_uids_tell_nothing(uid: str) -> None:
    assert versions.version_of(uid) is None


# Kept -------------------------------------------------------------------------------------------


def test_what_waits(private_surroundings: Path) -> None:
    first, second = keep_line([]), keep(DRAWN, {"layer-0.raw": bytes(24)})
    one, other = kept.waiting()
    assert {one.result_id, other.result_id} == {first, second}
    told = next(one for one in kept.waiting() if one.result_id == second).to_dict()
    assert (told["kind"], told["title"], told["busy"]) == ("segmentation", "Lésion 肝", False)
    if os.name == "posix":
        assert Path(told["folder"]).stat().st_mode & 0o777 == 0o700
    assert kept.remove(first) and not kept.remove(first)
    assert [one.result_id for one in kept.waiting()] == [second]
    for name in ("..", "../results", "x", ""):
        assert not kept.remove(name) and kept.read(name) is None


@pytest.mark.parametrize(
    "damage, sentence",
    [
        (lambda folder: (folder / "layer-0.raw").unlink(), "No such file"),
        (
            lambda folder: (folder / "layer-0.raw").write_bytes(b"x"),
            "layer-0.raw of the result can't be used: it has 1 bytes",
        ),
        (lambda folder: (folder / NAME).write_bytes(b"{"), "is not JSON"),
    ],
)
def test_what_is_damaged_is_told_and_stays(damage: Any, sentence: str) -> None:
    result_id = keep(DRAWN, {"layer-0.raw": bytes(24)})
    damage(kept.waiting()[0].folder)
    [one] = kept.waiting()
    assert sentence in one.fault and one.result is None and one.to_dict()["fault"] == one.fault
    with pytest.raises(InputError), kept.taken(result_id):
        pass
    assert kept.remove(result_id) and kept.waiting() == []


def test_what_a_crash_leaves_is_whole_or_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, begun = keep_line([]), kept.new()
    (begun / "layer-0.raw").write_bytes(b"half")
    gone = kept.new()
    write_private(gone / NAME, json.dumps(DRAWN))
    with monkeypatch.context() as killed:  # while its files go
        killed.setattr("shutil.rmtree", lambda *_args, **_more: None)
        assert kept.remove(gone.name)
    assert [one.result_id for one in kept.waiting()] == [whole]
    assert begun.is_dir() and not gone.with_suffix(".gone").exists()
    yesterday = begun.stat().st_mtime - 2 * 24 * 3600
    os.utime(begun, (yesterday, yesterday))
    kept.waiting()
    assert not begun.exists()


def test_only_so_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_WAITING", 3)
    for _ in range(3):
        keep_scene([], b"PK")
    with pytest.raises(InputError, match="3 results wait"):
        kept.new()
    assert len(kept.waiting()) == 3


_HOLD = """
import sys, time
from OrthancConnectCore.results import kept
with kept.taken(sys.argv[1]):
    print("taken", flush=True)
    time.sleep(600)
"""


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    result_id = keep_line([])
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, result_id],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline() == b"taken\n"
        assert kept.waiting()[0].busy
        for act in (lambda: kept.remove(result_id), lambda: kept.taken(result_id).__enter__()):
            with pytest.raises(InputError, match="being sent by another"):
                act()
    finally:
        holder.kill()
        holder.communicate()
    with kept.taken(result_id) as one:
        assert one.result is not None
    assert kept.remove(result_id)
