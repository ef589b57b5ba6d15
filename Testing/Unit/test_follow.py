"""A follower's memory on the disk, and the command that it runs."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from OrthancConnectCore.follow.candidates import FollowOptions
from OrthancConnectCore.follow.command import command_of, run_command
from OrthancConnectCore.follow.memory import FOLDER, Memory
from OrthancConnectCore.shared.errors import ConfigurationError, InputError
from OrthancConnectCore.shared.events import CancelToken

WHAT = {"server": "https://a:1", "filters": {"modalities": ("CT",)}}
NAME = "-".join(["0badc0de"] * 5)


def test_what_was_saved_is_there_again(tmp_path: Path) -> None:
    with Memory(tmp_path, WHAT) as memory:
        assert (memory.last, memory.mark(NAME)) == (-1, {})
        for number in range(1, 20):
            memory.read_up_to(number, f"r{number % 12}")
        memory.waiting = {"a", "b"}
        memory.save()
        memory.keep_mark(NAME, {"stage": "done"})
        memory.keep_result("1.2.3")
    with Memory(tmp_path, WHAT) as memory:
        assert (memory.last, memory.waiting, memory.listing) == (19, {"a", "b"}, False)
        assert memory.anchors[-1] == (19, "r7") and len(memory.anchors) == 8
        assert len({name for _number, name in memory.anchors}) == 8
        assert memory.mark(NAME) == {"stage": "done"}
        assert memory.is_result("1.2.3") and not memory.is_result("1.2.4")
        assert not memory.is_result("../series")


def test_one_at_a_time_and_one_thing_a_folder(tmp_path: Path) -> None:
    with Memory(tmp_path, WHAT) as memory:
        memory.save()
        with pytest.raises(InputError, match="Another process"):
            Memory(tmp_path, WHAT)
    with pytest.raises(InputError, match="other filters"):
        Memory(tmp_path, {**WHAT, "filters": {}})
    Memory(tmp_path, WHAT).__exit__()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"last": 3}', "\0" * 100])
def test_a_damaged_memory_is_told(tmp_path: Path, text: str) -> None:
    Memory(tmp_path, WHAT).__exit__()
    (tmp_path / FOLDER / "follow.json").write_text(text)
    with pytest.raises(ConfigurationError, match="damaged|can't be read"):
        Memory(tmp_path, WHAT)


def test_a_link_is_no_memory(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / FOLDER).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="is a link"):
        Memory(tmp_path / "out", WHAT)
    assert not any((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("line", ["", "  ", "a 'b"])
def test_a_command_that_is_none(line: str) -> None:
    with pytest.raises(InputError):
        command_of(line)


def run(folder: Path, line: str, **options: Any) -> Any:
    settings = {"time_limit": 0.0, "token": CancelToken(), **options}
    return run_command(command_of(line), folder, {"series_uid": "1.2; rm -rf x"}, **settings)


def test_a_command_gets_folder_and_facts_and_no_shell(tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    folder.mkdir()
    told = run(folder, """sh -c 'env > "$1/env"; cat > "$1/stdin"; exit 3' x""")
    assert told["exit_code"] == 3 and told["reason"] == "The command ended with 3."
    seen = (folder / "env").read_text().splitlines()
    assert "ORTHANCCONNECT_SERIES_UID=1.2; rm -rf x" in seen
    assert f"ORTHANCCONNECT_RESULTS={folder}/results" in seen
    assert (folder / "stdin").read_bytes() == b""
    assert run(folder, "true")["exit_code"] == 0
    assert "can't be started" in run(folder, str(tmp_path / "nobody"))["reason"]


def _is_there(pid: int) -> bool:
    """Whether a process runs; one that has ended and nobody has asked about does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


@pytest.mark.parametrize("by", ["time", "token"])
def test_a_command_is_ended_with_all_that_it_began(tmp_path: Path, by: str) -> None:
    token = CancelToken()
    limit = 0.3 if by == "time" else 0.0
    children = tmp_path / "children"

    def cancel() -> None:
        while not (children.exists() and children.read_text().count("\n") == 2):
            time.sleep(0.01)
        token.cancel()

    watcher = threading.Thread(target=cancel)
    if by == "token":
        watcher.start()
    began = time.monotonic()
    line = "sh -c 'sleep 60 & echo $! > $0/../children; echo $$ >> $0/../children; wait'"
    (tmp_path / "series").mkdir()
    told = run(tmp_path / "series", line, time_limit=limit, token=token)
    assert time.monotonic() - began < 20 and told["exit_code"] is None
    assert ("longer than 0.3 s" if by == "time" else "before its end") in told["reason"]
    for pid in map(int, children.read_text().split()):
        deadline = time.monotonic() + 5
        while _is_there(pid) and time.monotonic() < deadline:
            os.sched_yield()
        assert not _is_there(pid)
    if by == "token":
        watcher.join()


@pytest.mark.parametrize(
    "wrong", [{"since": "then"}, {"interval": 0.0}, {"quota": -1}, {"interval": float("nan")}]
)
def test_options_that_can_not_be_used(wrong: Any) -> None:
    with pytest.raises(InputError):
        FollowOptions(**wrong)
