"""What can be shown before it is whole, and how a slide is put together: on bytes and records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List

import pytest

from OrthancConnectCore.retrieve.files import Wanted
from OrthancConnectCore.retrieve.slide import _add, _pixels, level_that_fits
from OrthancConnectCore.retrieve.stack import stack_of
from OrthancConnectCore.shared.errors import InputError
from Support.data.dicom import write_slice

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
FLAT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def slices(count: int = 5, step: float = 2.0) -> List[Wanted]:
    """Return instances of one CT series, in no order."""
    made = [
        Wanted(
            f"id{index}",
            f"1.{index}",
            "1",
            "2",
            Path(f"/x/{index}.dcm"),
            0,
            CT,
            EXPLICIT,
            "",
            place=(-10.0, 5.0, index * step, *FLAT),
        )  # fmt: skip
        for index in range(count)
    ]
    return made[::2] + made[1::2]


def test_slices_are_in_order_and_the_middle_comes_first() -> None:
    stack = stack_of(slices())
    assert stack is not None and stack.state() is None
    assert [one.orthanc_id for one in stack.in_order] == ["id2", "id1", "id3", "id0", "id4"]


@pytest.mark.parametrize(
    "change",
    [
        {"sop_class_uid": "1.2.840.10008.5.1.4.1.1.7"},
        {"transfer_syntax_uid": "1.2.840.10008.1.2.4.70"},
        {"series_instance_uid": "9"},
        {"place": ()},
        {"place": (-10.0, 5.0, 3.0, *FLAT)},  # not at its place
        {"place": (-9.9, 5.0, 4.0, *FLAT)},  # beside it
        {"place": (-10.0, 5.0, 4.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)},
    ],
)
def test_what_is_no_volume_is_loaded_at_the_end(change: Dict[str, Any]) -> None:
    assert stack_of([*slices()[:4], replace(slices()[1], **change)]) is None
    assert stack_of(slices()[:2]) is None and stack_of(slices(step=0.0)) is None


def test_the_state_tells_where_pixels_lie(tmp_path: Path) -> None:
    stack = stack_of(slices())
    assert stack is not None
    head = write_slice(tmp_path / "one.dcm", fill=7).read_bytes()
    stack.arrived(stack.in_order[0], head)
    state = stack.state()
    assert state is not None
    assert [bool(offset) for offset in state["offsets"]] == [False, False, True, False, False]
    assert head[state["offsets"][2] :] == b"\7" * 512
    assert (state["rows"], state["columns"], state["intercept"]) == (16, 16, -1024.0)
    assert (state["origin"], state["spacing"]) == ([-10.0, 5.0, 0.0], [1.0, 1.0, 2.0])
    assert state["axes"][2] == [0.0, 0.0, 1.0] and state["window"] == [40.0, 400.0]


@pytest.mark.parametrize(
    "change",
    [
        {"RescaleSlope": "2"},
        {"PixelSpacing": ["2", "1"]},
        {"PhotometricInterpretation": "MONOCHROME1"},
        {"NumberOfFrames": 2},
        {"RescaleIntercept": "nan"},
        {"Rows": 400},
        {"BitsStored": 17},
    ],
)
def test_one_that_differs_ends_it(tmp_path: Path, change: Dict[str, Any]) -> None:
    stack = stack_of(slices())
    assert stack is not None
    stack.arrived(stack.in_order[0], write_slice(tmp_path / "one.dcm").read_bytes())
    assert stack.state() is not None
    stack.arrived(stack.in_order[1], write_slice(tmp_path / "other.dcm", **change).read_bytes())
    assert stack.state() is None


def test_a_part_of_a_slide_that_makes_no_sense_is_left_out() -> None:
    good = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.77.1.6",
        "ImageType": "ORIGINAL\\PRIMARY\\VOLUME\\NONE",
        "TotalPixelMatrixColumns": "100",
        "TotalPixelMatrixRows": "60",
        "Columns": "64",
        "Rows": "64",
        "NumberOfFrames": "9999999",
        "DimensionOrganizationType": "TILED_FULL",
    }
    levels: Dict[Any, Any] = {}
    for change in (
        {"ImageType": "ORIGINAL\\PRIMARY\\LABEL\\NONE"},
        {"SOPClassUID": CT},
        {"TotalPixelMatrixRows": "9999999999", "TotalPixelMatrixColumns": "9999999999"},
        {"Columns": "0"},
        {"Rows": ["64"]},
    ):
        _add(levels, "id", {**good, **change})
    assert levels == {}
    _add(levels, "id", good)
    (level,) = levels.values()
    assert level.tiles == [("id", 0, 0, 0), ("id", 1, 64, 0)] and level.spacing == (1.0, 1.0)
    _add(levels, "other", good)  # a second focal plane
    assert len(level.tiles) == 2 and level_that_fits([level]) is level
    assert level_that_fits([replace(level, columns=10**6)]) is level_that_fits([]) is None


def test_a_tile_is_taken_only_as_it_was_asked_for() -> None:
    header = b"P7\nWIDTH 2\nHEIGHT 1\nDEPTH %d\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n"
    assert _pixels(header % 3 + b"abcdef", 2, 1) == b"abcdef"
    assert _pixels(header % 1 + b"ab", 2, 1) == b"aaabbb"
    for answer in (b"", b"<html>", header % 3 + b"abcde", header % 4 + b"abcdefgh"):
        with pytest.raises(InputError):
            _pixels(answer, 2, 1)
    with pytest.raises(InputError):
        _pixels(header % 3 + b"abcdef", 1, 2)
