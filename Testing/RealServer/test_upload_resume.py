"""Uploads that are killed, and go on: nothing acknowledged is sent again, nothing is missed."""

from __future__ import annotations

import random
import time
from pathlib import Path

from command_line import CommandLine
from dicom_data import write_small_instances
from orthanc_server import PrivateOrthanc
from OrthancConnectCore.journal_jobs import list_jobs
from ports import wait_until_unconnected


def _requests(server: PrivateOrthanc) -> list[str]:
    return (server.folder / "nginx-access.log").read_text(encoding="utf-8").splitlines()


def requests(server: PrivateOrthanc, beginning: str) -> int:
    """Count requests that reached Orthanc; 5xx are nginx's own answers."""
    return sum(f'"{beginning}' in row and '" 50' not in row for row in _requests(server))


def recorded() -> int:
    """Number of files that the journal says are stored."""
    return sum(
        job.outcomes.get("stored", 0) + job.outcomes.get("already_stored", 0) for job in list_jobs()
    )


def test_killed_at_random_moments_until_all_is_stored(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    files = write_small_instances(tmp_path / "data", count=600, patients=3, series=2)
    pauses = random.Random(20)
    kills = killed_within = 0
    while True:
        known, sent = recorded(), requests(server, "POST /instances")
        process = line.start("upload", tmp_path / "data", "--password-stdin", "--json")
        assert process.stdin is not None
        process.stdin.write(server.password.encode() + b"\n")
        process.stdin.flush()
        if kills < 6:
            deadline = time.monotonic() + 30
            aim = sent + pauses.randrange(1, 90)
            while requests(server, "POST /instances") < aim and time.monotonic() < deadline:
                assert process.poll() is None
                time.sleep(0.005)
            process.kill()
            process.communicate()
            wait_until_unconnected(server.https_port)
            kills += 1
            killed_within += known < recorded() < len(files)
        else:
            said = line.end(process)
        # Two connections: what was on its way when it was killed may be sent once more.
        posts = requests(server, "POST /instances") - sent
        assert posts <= len(files) - known
        assert recorded() >= known + posts - 2 or kills == 6
        if kills == 6 and process.returncode == 0:
            break
    assert killed_within >= 4
    # What was on its way when it was killed may have arrived: the server is asked, so it is known.
    assert len(files) - known - 2 * kills <= posts <= len(files) - known
    assert said.data["complete"] and said.data["already_stored"] >= known
    assert server.count() == len(files)
    assert requests(server, "POST /instances") <= len(files) + 2 * kills
    assert 0 < requests(server, "GET /instances/") <= kills * 6  # one a series, each time
    assert list_jobs() == []


def test_an_emptied_server_is_noticed_and_jobs_are_listed(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    files = write_small_instances(tmp_path / "data", count=60)
    bad = tmp_path / "data" / "bad"
    bad.write_bytes(files[0].read_bytes()[:800])
    login = {"stdin": server.password + "\n"}
    command = ("upload", tmp_path / "data", "--password-stdin", "--json")
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
