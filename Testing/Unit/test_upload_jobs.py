"""The file of an upload job: whole whatever happens, one process at a time, forgotten in time."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import Any, Optional

import pytest

from OrthancConnectCore import files
from OrthancConnectCore.shared.errors import ConfigurationError, InputError
from OrthancConnectCore.shared.jobs import job_id_of
from OrthancConnectCore.shared.upload_options import DeidentifyChoice, UploadOptions
from OrthancConnectCore.upload import job_file as upload_jobs
from OrthancConnectCore.upload.job_file import (
    JobFile,
    list_jobs,
    remove_job,
    remove_old_jobs,
    unreadable_jobs,
)

SERVER = "https://server.example:8042"
OPTIONS = UploadOptions(labels=("trial",), verify=True, except_series=("1.2",))


@pytest.fixture
def folder() -> Path:
    return upload_jobs.jobs_folder()


def job(root: str = "/data/a", **facts: Any) -> JobFile:
    return JobFile(SERVER, [root], OPTIONS, **facts)


def leave(root: str = "/data/a", ended: bool = False, **outcomes: int) -> Path:
    one = job(root)
    one.note(outcomes or {"stored": 3, "failed": 1}, ended)
    one.close(is_over=False)
    return one.path


# What is kept ------------------------------------------------------------------------------------


def test_what_was_chosen_and_how_far_it_came() -> None:
    path = leave()
    (known,) = list_jobs()
    assert (known.server, known.roots, known.options) == (SERVER, ("/data/a",), OPTIONS)
    assert known.outcomes == {"stored": 3, "failed": 1} and not known.ended and not known.running
    assert known.job_id == path.stem == job_id_of(SERVER, ["/data/a"], OPTIONS)
    assert abs(known.created - time.time()) < 60 and known.changed >= known.created
    told = json.loads(json.dumps(known.to_dict()))
    assert told["options"] == {"except_series": "1.2"} and told["roots"] == ["/data/a"]
    assert UploadOptions.from_dict(told["upload"]) == OPTIONS
    again = job()
    assert again.earlier == {"stored": 3, "failed": 1}
    assert list_jobs()[0].created == known.created
    again.close(is_over=False)
    leave(ended=True, stored=1)
    assert list_jobs()[0].ended


def test_what_is_done_or_never_began_is_forgotten(folder: Path) -> None:
    for outcomes, is_over in (({}, False), ({"skipped": 3}, False), ({"stored": 3}, True)):
        one = job()
        one.note(outcomes)
        one.path.with_suffix(".key").touch()
        one.close(is_over)
        assert list(folder.iterdir()) == []


def test_another_key_and_fresh_begin_anew() -> None:
    leave()
    for facts in ({"fresh": True}, {"key_name": "0123abcd"}):
        one = job(**facts)
        assert one.earlier == {} and list_jobs()[0].outcomes == {}
        one.note({"stored": 1})
        one.close(is_over=False)
    (known,) = list_jobs()
    assert known.to_dict()["options"]["key_name"] == "0123abcd"


def test_a_run_that_is_killed_early_does_not_forget_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upload_jobs, "NOTE_INTERVAL", 0.0)
    leave()
    one = job()
    one.note({"already_stored": 2})
    assert list_jobs()[0].outcomes == {"stored": 3, "failed": 1}
    one.note({"already_stored": 2, "stored": 2})
    assert list_jobs()[0].outcomes == {"already_stored": 2, "stored": 2}
    one.close(is_over=False)


def test_the_job_is_the_same_however_it_is_named(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    plain = job_id_of(SERVER, [str(tmp_path / "a"), str(tmp_path / "b")], UploadOptions())
    assert plain == job_id_of(SERVER, ["b", "./a", "a"], UploadOptions(verify=True))
    others = {
        job_id_of("https://other", ["a", "b"], UploadOptions()),
        job_id_of(SERVER, ["a"], UploadOptions()),
        job_id_of(SERVER, ["a", "b"], UploadOptions(except_series=("1",))),
        job_id_of(SERVER, ["a", "b"], UploadOptions(deidentify=DeidentifyChoice())),
        job_id_of(SERVER, ["a", "b"], UploadOptions(deidentify=DeidentifyChoice("key"))),
    }
    assert len(others) == 5 and plain not in others
    assert len(job_id_of(SERVER, ["/bad\udcff name\n\"'"], UploadOptions())) == 16


_WRITER = """
from OrthancConnectCore.upload import job_file as upload_jobs
upload_jobs.NOTE_INTERVAL = 0.0
from OrthancConnectCore.shared.upload_options import UploadOptions
job = upload_jobs.JobFile("https://s", ["/data"], UploadOptions())
number = sum(job.earlier.values())
while True:
    number += 1
    job.note({"stored": number})
    print(number, flush=True)
"""


def test_killed_at_any_moment_it_is_whole() -> None:
    core = Path(upload_jobs.__file__).parents[2]
    known = 0
    for _ in range(10):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(core)},
        )
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(1 + known % 7)]
        process.kill()
        said += [int(line) for line in process.communicate()[0].split(b"\n")[:-1]]
        (one,) = list_jobs()
        assert said[0] == known + 1 and not one.running
        assert said[-1] <= one.outcomes["stored"] <= said[-1] + 1
        known = one.outcomes["stored"]


def test_a_full_disk_stops_no_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_jobs, "NOTE_INTERVAL", 0.0)
    one = job()
    one.note({"stored": 1})

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(upload_jobs.os, "fsync", full)
        one.note({"stored": 2})
        one.close(is_over=False)
    assert list_jobs()[0].outcomes == {"stored": 1}
    again = job()
    assert again.earlier == {"stored": 1}
    again.close(is_over=True)


def test_what_is_no_file_of_ours_hides_none(folder: Path) -> None:
    path = leave()
    good = json.loads(path.read_text())
    foreign = [
        b"",
        b"nonsense",
        b"[" * 100_000,
        b"{}",
        b"[]",
        path.read_bytes(),  # under another name
        *(
            json.dumps({**good, name: value}).encode()
            for name, value in (
                ("format", "OrthancConnect upload job 7"),
                ("roots", 3),
                ("upload", {"labels": ["no good!"]}),
                ("upload", None),
                ("outcomes", [1]),
                ("created", "yesterday"),
                ("created", float("nan")),
                ("created", 10**400),
                ("outcomes", {"stored": float("inf")}),
                ("roots", []),
            )
        ),
    ]
    for number, content in enumerate(foreign):
        (folder / f"{number:016x}.json").write_bytes(content)
    (folder / "0123456789abcdef.json").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "fedcba9876543210.json")
    named = [f"{job_id_of(SERVER, [], OPTIONS)}.json", "tampered.json"]
    (folder / named[0]).write_text(json.dumps({**good, "roots": []}))
    (folder / named[1]).symlink_to(folder / "nowhere")
    for facts in ({"created": float("nan")}, {"outcomes": {"stored": float("inf")}}):
        tampered = leave("/data/tampered")
        tampered.write_text(json.dumps({**json.loads(tampered.read_text()), **facts}))
        assert [one.job_id for one in list_jobs()] == [path.stem]
    unreadable = set(unreadable_jobs())
    assert unreadable == {str(one) for one in folder.glob("*.json")} - {str(path)}
    path.write_bytes(b"{")
    one = job()
    assert one.earlier == {} and [each.running for each in list_jobs()] == [True]


def test_journals_of_the_version_before_are_no_matter(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True)
    text = json.dumps({"format": "OrthancConnect upload journal 1", "job": {}}).encode()
    names = ("0123456789abcdef.journal", "0123456789abcdef.key", "a.journal.unreadable-17")
    for name in names:
        (folder / name).write_bytes(b"%08x %s\n" % (zlib.crc32(text), text))
    (folder / "receipts").mkdir()
    assert list_jobs() == [] and not remove_job("0123456789abcdef")
    path = leave()
    assert remove_old_jobs(1) == 0 and len(list(folder.iterdir())) == 5
    for name in names:
        os.utime(folder / name, (1e9, 1e9))
    remove_old(folder, 1)
    assert {one.name for one in folder.iterdir()} == {path.name, "receipts"}


# Who may use it ---------------------------------------------------------------------------------


def test_two_cannot_run_the_same_job() -> None:
    one = job()
    with pytest.raises(InputError) as caught:
        job()
    assert caught.value.facts["cause"] == "job_busy" and caught.value.hint
    other = job("/data")
    other.note({"stored": 1})
    assert sorted(each.running for each in list_jobs()) == [True, True]
    with pytest.raises(InputError):
        remove_job(one.path.stem)
    other.close(is_over=False)
    assert remove_old(one.path.parent, -1) == 1
    assert [each.running for each in list_jobs()] == [True]
    one.close(is_over=True)
    job().close(is_over=True)


def test_a_job_removed_while_another_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who got hold of a removed lock must not believe to be alone."""
    leave()
    opened: list[JobFile] = []
    for _ in range(50):
        thread = threading.Thread(target=lambda: opened.append(job()))
        thread.start()
        try:
            remove_job(job_id_of(SERVER, ["/data/a"], OPTIONS))
        except InputError:
            pass
        thread.join()
        one = opened.pop()
        assert one.path.exists()
        with monkeypatch.context() as patch, pytest.raises(InputError):
            patch.setattr(upload_jobs, "_LOCK_PATIENCE", 0.0)
            job()
        one.note({"stored": 1})
        one.close(is_over=False)


def test_it_is_for_its_owner_alone(folder: Path) -> None:
    before = os.umask(0)
    try:
        path = leave()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        os.chmod(path, 0o644)
        leave()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def remove_old(folder: Path, days: float) -> int:
    """Remove what is found to be old today, and still is tomorrow."""
    assert remove_old_jobs(days) == 0
    for mark in folder.glob("*.old"):
        os.utime(mark, (time.time() - 90000,) * 2)
    return remove_old_jobs(days)


def test_a_clock_that_jumps_neither_removes_jobs_nor_keeps_them_for_ever(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, today = leave(), time.time()
    key = path.with_suffix(".key")
    key.touch()
    monkeypatch.setattr(upload_jobs.time, "time", lambda: clock)
    for years in (20, -20, 20, 0):  # a clock that is wrong, and right again
        clock = today + years * 365 * 86400.0
        assert remove_old_jobs() == 0 and len(list_jobs()) == 1 and key.exists()
    assert sorted(folder.iterdir()) == [path, key]
    os.utime(path, (today + 1e9,) * 2)  # written while the clock was ahead
    os.utime(key, (today + 1e9,) * 2)
    assert remove_old_jobs() == 0
    for days in (31, 33):
        clock = today + days * 86400
        removed = remove_old_jobs()
        for mark in folder.glob("*.old"):
            os.utime(mark, (clock, clock))
    assert removed == 1
    clock += 86401
    remove_old_jobs()
    assert list(folder.iterdir()) == []


def test_jobs_are_listed_and_forgotten(folder: Path) -> None:
    assert list_jobs() == [] and not remove_job("none")
    names = []
    for age in range(3):
        path = leave(f"/data/{age}")
        names.append(path.stem)
        then = time.time() - age * 86400
        os.utime(path, (then, then))
    assert [one.job_id for one in list_jobs()] == names
    assert remove_job(names[0]) and not remove_job(names[0])
    assert remove_old(folder, 1.5) == 1
    assert [one.job_id for one in list_jobs()] == [names[1]]
    assert not remove_job("../uploads/" + names[1])


def test_a_folder_that_cannot_be_written_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("ORTHANCCONNECT_STATE_DIR", str(tmp_path / "file" / "below"))
    with pytest.raises(ConfigurationError) as caught:
        job()
    assert "ORTHANCCONNECT_STATE_DIR" in caught.value.hint


def test_where_it_lives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def state(platform: str, name: Optional[str] = None, value: str = "") -> Path:
        monkeypatch.setattr(files.sys, "platform", platform)
        if name is not None:
            monkeypatch.setenv(name, value)
        return files.user_state_directory()

    monkeypatch.delenv("ORTHANCCONNECT_STATE_DIR", raising=False)
    xdg = tmp_path / "xdg"
    assert state("linux", "XDG_STATE_HOME", str(xdg)) == xdg / "orthancconnect"
    assert upload_jobs.jobs_folder() == xdg / "orthancconnect" / "uploads"
    monkeypatch.delenv("XDG_STATE_HOME")
    assert state("linux", "HOME", str(tmp_path)) == tmp_path / ".local/state/orthancconnect"
    assert str(state("darwin")).startswith(str(tmp_path / "Library"))
    local = tmp_path / "local"
    assert state("win32", "LOCALAPPDATA", str(local)) == local / "OrthancConnect" / "State"
    own = tmp_path / "own"
    assert state("win32", "ORTHANCCONNECT_STATE_DIR", str(own)) == own
