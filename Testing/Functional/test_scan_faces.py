"""The scan through the worker process and on a terminal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator

import pytest

from OrthancConnectCore.scan.tree import scan_tree
from Support.data.dicom import write_small_instances
from Support.process.command_line import CommandLine
from Support.process.worker import Process


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Process]:
    (tmp_path / "worker").mkdir()
    with Process(tmp_path / "worker") as process:
        yield process


def test_the_worker_scans_and_tells_rows_on_the_way(worker: Process, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    write_small_instances(folder / "a", count=12, seed=1)
    write_small_instances(folder / "b", count=3, seed=2)
    (folder / os.fsdecode(b"name \xff\n<b>")).write_bytes(b"no DICOM")
    answer = worker.ask(1, "scan", paths=[str(folder)])
    assert answer["result"] == scan_tree(folder).to_dict()
    assert (answer["result"]["instances"], answer["result"]["problem_count"]) == (15, 1)
    last = worker.progress[-1]
    assert (last["id"], last["phase"], last["done"]) == (1, "scan", 16)
    rows = {}
    for report in worker.progress:
        rows.update({row["series_instance_uid"]: row for row in report["details"]["series"]})
    assert list(rows.values()) == answer["result"]["series"]


def test_the_worker_takes_names_that_are_no_text(worker: Process, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"f\xffo")
    write_small_instances(folder, count=2)
    assert worker.ask(1, "scan", paths=[str(folder)])["result"]["instances"] == 2


def test_the_worker_refuses_a_wrong_choice(worker: Process, tmp_path: Path) -> None:
    for paths, words in (([], "Nothing was chosen"), ([str(tmp_path / "absent")], "There is no")):
        error = worker.ask(1, "scan", paths=paths)["error"]
        assert words in error["message"] and error["data"]["hint"]
    assert worker.ask(2, "scan", paths="text")["error"]["code"] == -32602
    assert worker.ask(3, "scan")["error"]["code"] == -32602


def test_a_cancelled_scan_answers_with_its_part(worker: Process, tmp_path: Path) -> None:
    """Sparse files whose bytes are compared keep it busy until it is cancelled."""
    content = write_small_instances(tmp_path / "data", count=1)[0].read_bytes()
    for name in ("first", "second"):
        with open(tmp_path / "data" / name, "wb") as stream:
            stream.write(content)
            stream.truncate(1 << 40)
    worker.call(1, "scan", paths=[str(tmp_path / "data")])
    assert worker.ask(2, "worker.info")["id"] == 2
    worker.cancel(1)
    answer = worker.read()
    assert answer["id"] == 1
    assert answer["result"]["complete"] is False


def test_a_terminal_shows_the_tree_and_ctrl_c_gives_a_part_of_it(tmp_path: Path) -> None:
    commands = CommandLine(tmp_path)
    *_, last = write_small_instances(tmp_path / "data", count=4)
    content = last.read_bytes()
    last.unlink()
    said = commands.on_terminal("scan", tmp_path / "data")
    assert said.code == 0 and "└─ " in said.out and "3 instances" in said.out
    for name in ("~long", "~long too"):
        with open(tmp_path / "data" / name, "wb") as stream:
            stream.write(content)
            stream.truncate(1 << 40)
    said = commands.on_terminal("scan", tmp_path / "data", interrupt_after="scan")
    assert said.code == 130 and "cancelling" in said.out
    assert "4 instances" in said.out and "Cancelled: there may be more." in said.out
