"""Uploads that are killed, and go on: nothing acknowledged is sent again, nothing is missed."""

from __future__ import annotations

import random
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest

from OrthancConnectCore.shared.jobs import there_of
from OrthancConnectCore.upload.job_file import list_jobs
from Support.data.dicom import write_small_instances
from Support.process.command_line import CommandLine
from Support.process.ports import wait_until_unconnected
from Support.servers.orthanc import PrivateOrthanc

KILLS = 20


def _requests(server: PrivateOrthanc) -> list[str]:
    return (server.folder / "nginx-access.log").read_text(encoding="utf-8").splitlines()


def requests(server: PrivateOrthanc, beginning: str) -> int:
    """Count requests that reached Orthanc; 5xx are nginx's own answers."""
    return sum(f'"{beginning}' in row and '" 50' not in row for row in _requests(server))


def told() -> int:
    """Number of files that the job's file says are stored."""
    return sum(there_of(job.outcomes) for job in list_jobs())


def begin(process: subprocess.Popen[bytes], password: str) -> None:
    """Let a run go on that has loaded its program and waits for the password."""
    assert process.stdin is not None
    process.stdin.write(password.encode() + b"\n")
    process.stdin.flush()


def end_of(process: subprocess.Popen[bytes]) -> None:
    """Kill a run by SIGKILL, and wait for its end."""
    process.kill()
    process.communicate()


def test_killed_at_random_moments_until_all_is_stored(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    files = write_small_instances(tmp_path / "data", count=1200, patients=3, series=2)
    # Each file is a request of its own, so that requests can be counted.
    command = ("upload", tmp_path / "data", "--no-compression", "--password-stdin", "--json")
    chance = random.Random(20)
    killed_within = 0
    process = following = line.start(*command)
    request.addfinalizer(lambda: [end_of(one) for one in (process, following)])
    for _ in range(KILLS):
        following = line.start(*command)  # loads its program meanwhile
        known, sent = server.count(), requests(server, "POST /instances")
        aim = len(_requests(server)) + chance.randrange(1, 60)
        begin(process, server.password)
        deadline = time.monotonic() + 60
        while len(_requests(server)) < aim:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.002)
        end_of(process)
        wait_until_unconnected(server.https_port)
        killed_within += known < server.count() < len(files)
        # Nothing that is there is sent again; what was on its way when it was killed, on two
        # connections, may not have arrived.
        posts = requests(server, "POST /instances") - sent
        assert server.count() - known <= posts <= len(files) - known
        assert server.count() >= known + posts - 2
        assert told() <= server.count()
        process = following
    known, sent = server.count(), requests(server, "POST /instances")
    begin(process, server.password)
    said = line.end(process)
    posts = requests(server, "POST /instances") - sent
    assert process.returncode == 0 and said.data["complete"]
    assert killed_within >= KILLS // 2
    assert posts == len(files) - known
    assert said.data["already_stored"] == known > 0
    assert len(files) <= requests(server, "POST /instances") <= len(files) + 2 * KILLS
    ids = server.get_json("/instances")
    assert server.count() == len(ids) == len(files)
    stored = {server.request("GET", f"/instances/{one}/file") for one in ids}
    assert stored == {path.read_bytes() for path in files}
    assert list_jobs() == []


def test_killed_while_many_go_together(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    files = write_small_instances(tmp_path / "data", count=1500, patients=3, series=2)
    command = ("upload", tmp_path / "data", "--password-stdin", "--json")
    chance = random.Random(7)
    for _ in range(4):
        process = line.start(*command)
        request.addfinalizer(partial(end_of, process))
        aim = len(_requests(server)) + chance.randrange(2, 9)
        begin(process, server.password)
        deadline = time.monotonic() + 60
        while len(_requests(server)) < aim and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        end_of(process)
        wait_until_unconnected(server.https_port)
        assert told() <= server.count()  # nothing is noted that is not there
    said = line.run(*command, stdin=server.password + "\n")
    assert said.data["complete"] and said.data["expected"] == len(files)
    assert requests(server, "POST /instances") < len(files) / 2
    ids = server.get_json("/instances")
    stored = {server.request("GET", f"/instances/{one}/file") for one in ids}
    assert stored == {path.read_bytes() for path in files} and len(ids) == len(files)
    assert list_jobs() == []


def test_an_emptied_server_is_noticed_and_jobs_are_listed(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    files = write_small_instances(tmp_path / "data", count=60)
    bad = tmp_path / "data" / "bad"
    bad.write_bytes(files[0].read_bytes()[:800])
    login = {"stdin": server.password + "\n"}
    # Each file is a request of its own, so that requests can be counted.
    command = ("upload", tmp_path / "data", "--no-compression", "--password-stdin", "--json")
    first = line.run(*command, **login)
    assert (first.code, first.data["stored"], first.data["failed"]) == (1, 60, 1)
    (job,) = line.run("jobs", "list", "--json").data["jobs"]
    assert job["outcomes"] == {"stored": 60, "failed": 1}
    assert job["job_id"] in line.run("jobs", "list").out

    again = line.run(*command, **login)
    assert (again.data["already_stored"], again.data["failed"], again.data["bytes"]) == (60, 1, 0)
    assert requests(server, "POST /instances") == 60 + 1 + 1

    server.reset()
    emptied = line.run(*command, **login)
    assert (emptied.data["stored"], server.count()) == (60, 60)
    assert "no longer has all" in emptied.data["notes"][0]

    fresh = line.run(*command, "--fresh", **login)
    assert (fresh.data["already_stored"], fresh.data["failed"]) == (60, 1)
    # Fresh or not, the server is asked what it has: only the bad file is sent.
    assert requests(server, "POST /instances") == 62 + 61 + 1
    assert line.run("jobs", "remove", job["job_id"]).code == 0
    assert line.run("jobs", "list", "--json").data["jobs"] == []
    assert line.run("jobs", "remove", job["job_id"]).code == 2
    bad.unlink()
    assert line.run(*command, **login).code == 0
    assert line.run("jobs", "list").out.strip() == "No upload was interrupted."
