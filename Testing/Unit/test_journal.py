"""The journal of an upload: nothing that was acknowledged is forgotten, whatever happens."""

from __future__ import annotations

import errno
import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Optional

import pytest

from OrthancConnectCore import journal as journal_module
from OrthancConnectCore import journal_file
from OrthancConnectCore.errors import ConfigurationError, InputError
from OrthancConnectCore.journal import Journal
from OrthancConnectCore.journal_entries import JobIdentity, JournalEntry
from OrthancConnectCore.journal_jobs import list_jobs, remove_job, remove_old_jobs

IDENTITY = JobIdentity.of("https://server.example:8042", ["/data/b", "/data/a"], {"verify": True})


@pytest.fixture()
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


def entry(number: int, outcome: str = "stored", path: Optional[str] = None) -> JournalEntry:
    return JournalEntry(
        path if path is not None else f"/data/a/IM{number:05d}",
        "",
        1000 + number,
        1_700_000_000_000_000_000 + number,
        outcome,
        f"1.2.{number}",
        f"{number:08x}-0-0-0-0",
    )


def done(journal: Journal, one: JournalEntry) -> Optional[JournalEntry]:
    return journal.done(one.path, one.member, one.size, one.mtime_ns)


# What it remembers ------------------------------------------------------------------------------


def test_what_is_at_the_server_is_known_to_the_next_run(folder: Path) -> None:
    with Journal(IDENTITY, folder) as journal:
        assert not journal.resumes
        for number, outcome in enumerate(["stored", "already_stored", "failed", "skipped"]):
            journal.record(entry(number, outcome))
    with Journal(IDENTITY, folder) as journal:
        assert journal.resumes and journal.notes == []
        assert done(journal, entry(0)) == entry(0)
        assert done(journal, entry(1)) == entry(1, "already_stored")
        assert done(journal, entry(2)) is None and done(journal, entry(3)) is None
        assert journal.last("/data/a/IM00002") == entry(2, "failed")
        assert journal.last("/data/a/IM00009") is None
        assert [one.outcome for one in journal.entries()] == [
            "stored",
            "already_stored",
            "failed",
            "skipped",
        ]


def test_a_file_that_changed_is_sent_again(folder: Path) -> None:
    with Journal(IDENTITY, folder) as journal:
        journal.record(entry(1))
        assert done(journal, entry(1)._replace(size=1)) is None
        assert done(journal, entry(1)._replace(mtime_ns=1)) is None
        assert done(journal, entry(1)._replace(member="x.zip!/IM")) is None
        assert done(journal, entry(1)) is not None


def test_the_newest_entry_counts(folder: Path) -> None:
    with Journal(IDENTITY, folder) as journal:
        journal.record(entry(1, "failed"))
        journal.record(entry(1)._replace(attempts=3))
        assert done(journal, entry(1)) is not None
        journal.record(entry(1, "failed")._replace(reason="Vanished."))
    with Journal(IDENTITY, folder) as journal:
        assert done(journal, entry(1)) is None
        assert [one.reason for one in journal.entries()] == ["Vanished."]


@pytest.mark.parametrize(
    "name",
    [
        "new\nline\r\x00",
        "<b>bold</b>",
        "東京 áéí \U0001f600",
        os.fsdecode(b"no utf-8 \xe9\xff"),
        "\ud800 half",
        "x" * 5000,
        "",
        "\u2028\u0085",
    ],
)
def test_names_of_any_kind(folder: Path, name: str) -> None:
    one = entry(1, path=name)._replace(member=name, reason=name)
    with Journal(IDENTITY, folder) as journal:
        journal.record(one)
    with Journal(IDENTITY, folder) as journal:
        assert journal.notes == []
        assert done(journal, one) == one


def test_what_makes_a_job_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    same = JobIdentity.of(
        "https://server.example:8042", ["data/a", "/data/b/", "/data/a"], {"verify": True}
    )
    assert same == IDENTITY and same.job_id == IDENTITY.job_id
    others = [
        JobIdentity.of("https://server.example:8043", ["/data/a", "/data/b"], {"verify": True}),
        JobIdentity.of("https://server.example:8042", ["/data/a"], {"verify": True}),
        JobIdentity.of("https://server.example:8042", ["/data/a", "/data/b"], {"verify": False}),
        JobIdentity.of("https://server.example:8042", ["/data/a", "/data/b"]),
    ]
    assert len({one.job_id for one in [IDENTITY, *others]}) == 5


def test_after_its_end_a_job_begins_anew(folder: Path) -> None:
    with Journal(IDENTITY, folder) as journal:
        journal.record(entry(1))
        journal.finish()
    (job,) = list_jobs(folder)
    assert job.finished and job.outcomes == {"stored": 1}
    with Journal(IDENTITY, folder) as journal:
        assert not journal.resumes and done(journal, entry(1)) is None
        journal.record(entry(2))
    with Journal(IDENTITY, folder, fresh=True) as journal:
        assert not journal.resumes and done(journal, entry(2)) is None


def test_an_outcome_that_nobody_knows_is_a_mistake(folder: Path) -> None:
    with Journal(IDENTITY, folder) as journal, pytest.raises(ValueError):
        journal.record(entry(1, "perhaps"))


def test_many_threads_write_at_once(folder: Path) -> None:
    with Journal(IDENTITY, folder) as journal:

        def work(start: int) -> None:
            for number in range(start, start + 300):
                journal.record(entry(number))

        threads = [threading.Thread(target=work, args=(k * 300,)) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(journal.entries()) == [entry(number) for number in range(2400)]
    with Journal(IDENTITY, folder) as journal:
        assert all(done(journal, entry(number)) for number in range(2400))


# What it survives -------------------------------------------------------------------------------

_WRITER = """
import os, sys, threading
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from OrthancConnectCore.journal import Journal
from OrthancConnectCore.journal_entries import JobIdentity, JournalEntry

identity = JobIdentity.of("https://server.example:8042", ["/data/a", "/data/b"], {"verify": True})
journal = Journal(identity, Path(sys.argv[2]))
sent = sum(1 for _ in journal.entries())
def work(thread):
    number = 0
    while True:
        name = f"/data/run{sys.argv[3]}/{thread}/{number}"
        journal.record(JournalEntry(name, "", 1, 2, "stored", "1.2.3", "0-0-0-0-0"))
        os.write(1, name.encode() + b"\\n")
        number += 1
os.write(1, b"known %d\\n" % sent)
for thread in range(4):
    threading.Thread(target=work, args=(thread,), daemon=True).start()
threading.Event().wait()
"""


def test_killed_at_random_moments_it_forgets_nothing(folder: Path) -> None:
    """Whatever the writer said that it noted is there, without a wait for the disk in between."""
    core = Path(journal_module.__file__).parents[1]
    source = random.Random(4)
    acknowledged: set[str] = set()
    for run in range(20):
        command = [sys.executable, "-c", _WRITER, str(core), str(folder), str(run)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            known = writer.stdout.readline().split()
            timer = threading.Timer(source.uniform(0.001, 0.04), writer.kill)
            timer.start()
            said = writer.stdout.read()
            timer.join()
        assert writer.returncode == -signal.SIGKILL
        assert known[0] == b"known" and int(known[1]) >= len(acknowledged)
        acknowledged.update(line.decode() for line in said[: said.rfind(b"\n") + 1].split())
    assert len(acknowledged) > 200
    with Journal(IDENTITY, folder) as journal:
        assert journal.notes == []
        there = {one.path for one in journal.entries()}
        assert acknowledged <= there
        assert len(there - acknowledged) <= 20 * 4  # noted, and killed before it was said
        assert all(journal.done(name, "", 1, 2) for name in acknowledged)


def test_cut_anywhere_it_loses_only_what_is_behind(folder: Path) -> None:
    with Journal(IDENTITY, folder) as journal:
        path = journal.path
        starts = []
        for number in range(3):
            starts.append(path.stat().st_size)
            journal.record(entry(number))
    whole = path.read_bytes()
    for end in range(starts[1], len(whole)):
        path.write_bytes(whole[:end])
        with Journal(IDENTITY, folder) as journal:
            assert journal.notes == [] and journal.resumes
            there = [one for one in (0, 1, 2) if done(journal, entry(one))]
            assert there == [0, 1, 2][: 1 + (end >= starts[2])]
            journal.record(entry(7))
        with Journal(IDENTITY, folder) as journal:
            assert journal.notes == [] and done(journal, entry(7))


def test_damage_in_the_middle_costs_only_its_lines(folder: Path) -> None:
    with Journal(IDENTITY, folder) as journal:
        for number in range(50):
            journal.record(entry(number))
        path = journal.path
    content = bytearray(path.read_bytes())
    for number in (10, 20):
        content[content.index(f"IM{number:05d}".encode())] ^= 0x20
    path.write_bytes(content)
    with Journal(IDENTITY, folder) as journal:
        assert journal.notes == [
            "The upload's journal has 2 unreadable lines: the files that they were about are sent "
            "again."
        ]
        there = {number for number in range(50) if done(journal, entry(number))}
        assert there == set(range(50)) - {10, 20}


@pytest.mark.parametrize(
    "content",
    [
        b"nonsense",
        bytes(5000),
        journal_file.to_line({"format": "OrthancConnect upload journal 7", "job": {}}),
        journal_file.to_line(
            {"format": "OrthancConnect upload journal 1", "job": {"server": "another"}}
        ),
        random.Random(1).randbytes(3_000_000),
        b"[" * 100_000 + b"\n",
    ],
)
def test_what_is_no_journal_of_ours_is_kept_aside(folder: Path, content: bytes) -> None:
    with Journal(IDENTITY, folder) as journal:
        path = journal.path
    path.write_bytes(content)
    with Journal(IDENTITY, folder) as journal:
        journal.record(entry(1))
        (note,) = journal.notes
    assert list_jobs(folder)[0].outcomes == {"stored": 1}
    (aside,) = [one for one in folder.iterdir() if "unreadable" in one.name]
    assert aside.name in note and note.endswith(".")
    assert aside.read_bytes() == content
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600


def test_a_full_disk_stops_no_upload_and_breaks_no_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Journal(IDENTITY, folder) as journal:
        journal.record(entry(1))
        write = os.write

        def full(handle: int, content: bytes) -> int:
            if len(content) < 20:
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(handle, content[: len(content) // 2])

        monkeypatch.setattr(journal_file.os, "write", full)
        for number in range(2, 5):
            journal.record(entry(number))
        monkeypatch.undo()
        journal.record(entry(5))
        assert journal.notes == [
            "The upload's journal can't be written (No space left on device): should the upload be "
            "interrupted, some files will be sent again."
        ]
    with Journal(IDENTITY, folder) as journal:
        assert journal.notes == []
        assert list(journal.entries()) == [entry(1)]


def test_the_disk_is_brought_up_to_date_soon_and_not_for_each_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[float] = []
    plain = journal_file.JournalFile.sync

    def sync(self: journal_file.JournalFile) -> None:
        plain(self)
        synced.append(time.monotonic())

    monkeypatch.setattr(journal_file.JournalFile, "sync", sync)
    with Journal(IDENTITY, folder) as journal:
        synced.clear()
        began = time.monotonic()
        for number in range(1000):
            journal.record(entry(number))
        while not synced and time.monotonic() - began < 5:
            time.sleep(0.01)
        assert synced and synced[0] - began < 1.0
        time.sleep(0.5)
        quiet = len(synced)
        assert quiet <= 5
        time.sleep(0.3)
        assert len(synced) == quiet
        journal.record(entry(1))
    assert len(synced) > quiet  # closing waits for the disk


def test_it_does_not_grow_for_ever(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "_MOST_DEAD_LINES", 100)
    sizes = []
    for _ in range(11):
        with Journal(IDENTITY, folder) as journal:
            sizes.append(journal.path.stat().st_size)
            assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
            for number in range(50):
                journal.record(entry(number, "failed"))
            journal.record(entry(99))
    assert max(sizes) < 6 * sizes[1]
    with Journal(IDENTITY, folder) as journal:
        assert done(journal, entry(99))
        assert len(list(journal.entries())) == 51
        with pytest.raises(InputError):
            Journal(IDENTITY, folder)  # a file written anew is locked as well
    assert [one.name for one in folder.iterdir()] == [IDENTITY.job_id + ".journal"]


# Who may use it ---------------------------------------------------------------------------------


def test_two_cannot_run_the_same_job(folder: Path) -> None:
    with Journal(IDENTITY, folder):
        with pytest.raises(InputError) as caught:
            Journal(IDENTITY, folder)
        assert caught.value.facts["cause"] == "job_busy" and caught.value.hint
        other = JobIdentity.of("https://server.example", ["/data"])
        with Journal(other, folder):
            assert sorted(job.running for job in list_jobs(folder)) == [True, True]
        with pytest.raises(InputError):
            remove_job(IDENTITY.job_id, folder)
        assert remove_old_jobs(-1, folder) == 1
    assert [job.running for job in list_jobs(folder)] == [False]
    Journal(IDENTITY, folder).close()


def test_a_job_removed_while_another_waits_for_it(folder: Path) -> None:
    """Who got hold of a removed file must not write into nowhere."""
    Journal(IDENTITY, folder).close()
    opened: list[Journal] = []
    for _ in range(50):
        thread = threading.Thread(target=lambda: opened.append(Journal(IDENTITY, folder)))
        thread.start()
        try:
            remove_job(IDENTITY.job_id, folder)
        except InputError:
            pass
        thread.join()
        with opened.pop() as journal:
            assert journal.path.exists()


def test_it_is_for_its_owner_alone(folder: Path) -> None:
    before = os.umask(0)
    try:
        with Journal(IDENTITY, folder) as journal:
            assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            os.chmod(journal.path, 0o644)
        with Journal(IDENTITY, folder) as journal:
            assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_jobs_are_listed_and_forgotten(folder: Path) -> None:
    assert list_jobs(folder) == [] and not remove_job("none", folder)
    identities = [JobIdentity.of("https://server.example", [f"/data/{n}"]) for n in range(3)]
    for age, identity in enumerate(identities):
        with Journal(identity, folder) as journal:
            journal.record(entry(1))
            journal.record(entry(2, "failed"))
            journal.record(entry(2))
            journal.record(entry(3, "failed"))
        then = time.time() - age * 86400
        os.utime(journal.path, (then, then))
    (folder / "foreign.journal").write_bytes(b"nonsense")
    jobs = list_jobs(folder)
    assert [job.identity for job in jobs] == identities
    assert all(job.outcomes == {"stored": 2, "failed": 1} for job in jobs)
    assert not any(job.finished or job.running for job in jobs)
    assert jobs[0].to_dict()["roots"] == ["/data/0"]
    assert remove_job(jobs[0].job_id, folder) and not remove_job(jobs[0].job_id, folder)
    assert remove_old_jobs(1.5, folder) == 1
    assert [job.identity for job in list_jobs(folder)] == [identities[1]]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError) as caught:
        Journal(IDENTITY, tmp_path / "file" / "below")
    assert "ORTHANCCONNECT_STATE_DIR" in caught.value.hint


def test_where_it_lives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ORTHANCCONNECT_STATE_DIR", raising=False)
    monkeypatch.setattr(journal_file.sys, "platform", "linux")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert journal_file.jobs_folder() == tmp_path / "xdg" / "orthancconnect" / "uploads"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert journal_file.user_state_directory() == tmp_path / ".local/state/orthancconnect"
    monkeypatch.setattr(journal_file.sys, "platform", "darwin")
    assert str(journal_file.user_state_directory()).startswith(str(tmp_path / "Library"))
    monkeypatch.setattr(journal_file.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert journal_file.user_state_directory() == tmp_path / "local" / "OrthancConnect" / "State"
    monkeypatch.setenv("ORTHANCCONNECT_STATE_DIR", str(tmp_path / "own"))
    assert journal_file.user_state_directory() == tmp_path / "own"
