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
from OrthancConnectCore.upload.job_file import JobFile, list_jobs, remove_job, remove_old_jobs

SERVER = "https://server.example:8042"
OPTIONS = UploadOptions(labels=("trial",), verify=True, except_series=("1.2",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "jobs"


def job(folder: Path, root: str = "/data/a", **facts: Any) -> JobFile:
    return JobFile(SERVER, [root], OPTIONS, folder=folder, **facts)


def leave(folder: Path, root: str = "/data/a", ended: bool = False, **outcomes: int) -> Path:
    one = job(folder, root)
    one.note(outcomes or {"stored": 3, "failed": 1}, ended)
    one.close(is_over=False)
    return one.path


# What is kept ------------------------------------------------------------------------------------


def test_what_was_chosen_and_how_far_it_came(folder: Path) -> None:
    path = leave(folder)
    (known,) = list_jobs(folder)
    assert (known.server, known.roots, known.options) == (SERVER, ("/data/a",), OPTIONS)
    assert known.outcomes == {"stored": 3, "failed": 1} and not known.ended and not known.running
    assert known.job_id == path.stem == job_id_of(SERVER, ["/data/a"], OPTIONS)
    assert abs(known.created - time.time()) < 60 and known.changed >= known.created
    told = json.loads(json.dumps(known.to_dict()))
    assert told["options"] == {"except_series": "1.2"} and told["roots"] == ["/data/a"]
    assert UploadOptions.from_dict(told["upload"]) == OPTIONS
    again = job(folder)
    assert again.earlier == {"stored": 3, "failed": 1}
    assert list_jobs(folder)[0].created == known.created
    again.close(is_over=False)
    leave(folder, ended=True, stored=1)
    assert list_jobs(folder)[0].ended


def test_what_is_done_or_never_began_is_forgotten(folder: Path) -> None:
    for outcomes, is_over in (({}, False), ({"skipped": 3}, False), ({"stored": 3}, True)):
        one = job(folder)
        one.note(outcomes)
        one.path.with_suffix(".key").touch()
        one.close(is_over)
        assert list(folder.iterdir()) == []


def test_another_key_and_fresh_begin_anew(folder: Path) -> None:
    leave(folder)
    for facts in ({"fresh": True}, {"key_name": "0123abcd"}):
        one = job(folder, **facts)
        assert one.earlier == {} and list_jobs(folder)[0].outcomes == {}
        one.note({"stored": 1})
        one.close(is_over=False)
    (known,) = list_jobs(folder)
    assert known.to_dict()["options"]["key_name"] == "0123abcd"


def test_a_run_that_is_killed_early_does_not_forget_the_one_before(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setattr(upload_jobs, "NOTE_INTERVAL", 0.0)
    leave(folder)
    one = job(folder)
    one.note({"already_stored": 2})
    assert list_jobs(folder)[0].outcomes == {"stored": 3, "failed": 1}
    one.note({"already_stored": 2, "stored": 2})
    assert list_jobs(folder)[0].outcomes == {"already_stored": 2, "stored": 2}
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
import sys
from pathlib import Path
from OrthancConnectCore.upload import job_file as upload_jobs
upload_jobs.NOTE_INTERVAL = 0.0
from OrthancConnectCore.shared.upload_options import UploadOptions
job = upload_jobs.JobFile("https://s", ["/data"], UploadOptions(), folder=Path(sys.argv[1]))
number = sum(job.earlier.values())
while True:
    number += 1
    job.note({"stored": number})
    print(number, flush=True)
"""


def test_killed_at_any_moment_it_is_whole(folder: Path) -> None:
    core = Path(upload_jobs.__file__).parents[2]
    known = 0
    for _ in range(10):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(core)},
        )
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(1 + known % 7)]
        process.kill()
        said += [int(line) for line in process.communicate()[0].split(b"\n")[:-1]]
        (one,) = list_jobs(folder)
        assert said[0] == known + 1 and not one.running
        assert said[-1] <= one.outcomes["stored"] <= said[-1] + 1
        known = one.outcomes["stored"]


def test_a_full_disk_stops_no_upload(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(upload_jobs, "NOTE_INTERVAL", 0.0)
    one = job(folder)
    one.note({"stored": 1})

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(upload_jobs.os, "fsync", full)
        one.note({"stored": 2})
        one.close(is_over=False)
    assert list_jobs(folder)[0].outcomes == {"stored": 1}
    again = job(folder)
    assert again.earlier == {"stored": 1}
    again.close(is_over=True)


def test_what_is_no_file_of_ours_hides_none(folder: Path) -> None:
    path = leave(folder)
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
            )
        ),
    ]
    for number, content in enumerate(foreign):
        (folder / f"{number:016x}.json").write_bytes(content)
    (folder / "0123456789abcdef.json").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "fedcba9876543210.json")
    assert [one.job_id for one in list_jobs(folder)] == [path.stem]
    path.write_bytes(b"{")
    one = job(folder)
    assert one.earlier == {} and [each.running for each in list_jobs(folder)] == [True]


def test_journals_of_the_version_before_are_no_matter(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    text = json.dumps({"format": "OrthancConnect upload journal 1", "job": {}}).encode()
    names = ("0123456789abcdef.journal", "0123456789abcdef.key", "a.journal.unreadable-17")
    for name in names:
        (folder / name).write_bytes(b"%08x %s\n" % (zlib.crc32(text), text))
    (folder / "receipts").mkdir()
    assert list_jobs(folder) == [] and not remove_job("0123456789abcdef", folder)
    path = leave(folder)
    assert remove_old_jobs(1, folder) == 0 and len(list(folder.iterdir())) == 5
    for name in names:
        os.utime(folder / name, (1e9, 1e9))
    remove_old_jobs(1, folder)
    assert {one.name for one in folder.iterdir()} == {path.name, "receipts"}


# Who may use it ---------------------------------------------------------------------------------


def test_two_cannot_run_the_same_job(folder: Path) -> None:
    one = job(folder)
    with pytest.raises(InputError) as caught:
        job(folder)
    assert caught.value.facts["cause"] == "job_busy" and caught.value.hint
    other = job(folder, "/data")
    other.note({"stored": 1})
    assert sorted(each.running for each in list_jobs(folder)) == [True, True]
    with pytest.raises(InputError):
        remove_job(one.path.stem, folder)
    other.close(is_over=False)
    assert remove_old_jobs(-1, folder) == 1
    assert [each.running for each in list_jobs(folder)] == [True]
    one.close(is_over=True)
    job(folder).close(is_over=True)


def test_a_job_removed_while_another_waits_for_it(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """Who got hold of a removed lock must not believe to be alone."""
    leave(folder)
    opened: list[JobFile] = []
    for _ in range(50):
        thread = threading.Thread(target=lambda: opened.append(job(folder)))
        thread.start()
        try:
            remove_job(job_id_of(SERVER, ["/data/a"], OPTIONS), folder)
        except InputError:
            pass
        thread.join()
        one = opened.pop()
        assert one.path.exists()
        with monkeypatch.context() as patch, pytest.raises(InputError):
            patch.setattr(upload_jobs, "_LOCK_PATIENCE", 0.0)
            job(folder)
        one.note({"stored": 1})
        one.close(is_over=False)


def test_it_is_for_its_owner_alone(folder: Path) -> None:
    before = os.umask(0)
    try:
        path = leave(folder)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        os.chmod(path, 0o644)
        leave(folder)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_jobs_are_listed_and_forgotten(folder: Path) -> None:
    assert list_jobs(folder) == [] and not remove_job("none", folder)
    names = []
    for age in range(3):
        path = leave(folder, f"/data/{age}")
        names.append(path.stem)
        then = time.time() - age * 86400
        os.utime(path, (then, then))
    assert [one.job_id for one in list_jobs(folder)] == names
    assert remove_job(names[0], folder) and not remove_job(names[0], folder)
    assert remove_old_jobs(1.5, folder) == 1
    assert [one.job_id for one in list_jobs(folder)] == [names[1]]
    assert not remove_job("../jobs/" + names[1], folder)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError) as caught:
        job(tmp_path / "file" / "below")
    assert "ORTHANCCONNECT_STATE_DIR" in caught.value.hint


def test_where_it_lives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def state(platform: str, name: Optional[str] = None, value: str = "") -> Path:
        monkeypatch.setattr(upload_jobs.sys, "platform", platform)
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
