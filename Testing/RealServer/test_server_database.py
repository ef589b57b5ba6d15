"""Two Orthancs on one PostgreSQL behind one nginx, as ``server-config`` writes them."""

from __future__ import annotations

import base64
import hashlib
import json
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from Support.data.dicom import write_small_instances
from Support.process.busy_machine import here
from Support.scenarios.server_site import USER, Site, set_up
from Support.servers.debian_tree import STREAM_MODULE, why_not
from Support.servers.postgres import PLUGIN, PrivatePostgres, programs


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    reason = why_not()
    if not reason and not (programs() and PLUGIN.exists() and STREAM_MODULE.exists()):
        reason = "PostgreSQL, orthanc-postgresql or libnginx-mod-stream is not installed"
    if reason:
        pytest.skip(reason)
    with PrivatePostgres() as database:
        more = ("--postgresql", database.folder, "--servers", "2")
        with set_up(tmp_path_factory.mktemp("administrator"), *more) as made:
            until(lambda: count(made, 0) == count(made, 1) == 0)
            yield made


def count(site: Site, number: int) -> int:
    """How many instances an Orthanc has, by itself; -1 where it is away."""
    login = base64.b64encode(f"{USER}:{site.password}".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{site.http_port + number}/statistics",
        headers={"Authorization": f"Basic {login}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(json.load(answer)["CountInstances"])
    except (OSError, urllib.error.URLError):
        return -1


def until(is_so: Callable[[], Any], seconds: float = 60) -> None:
    deadline = time.monotonic() + here(seconds)
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def sums(folder: Path) -> list[str]:
    return sorted(hashlib.md5(path.read_bytes()).hexdigest() for path in folder.rglob("*.dcm"))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nothing_is_lost_or_twice_while_each_of_them_is_killed(site: Site, tmp_path: Path) -> None:
    line = site.newcomer(tmp_path / "ana")
    assert (
        site.ask(line, "register", "--port", site.listener, "--json").data["outcome"] == "already"
    )
    report = site.ask(line, "doctor", "--json")
    states = {one["id"]: one["state"] for one in report.data["lines"]}
    assert {name for name, state in states.items() if state != "passed"} <= {"compressed"}, states

    data, followed = tmp_path / "data", tmp_path / "followed"
    files = write_small_instances(data, count=480, patients=3, series=2, size=64)
    followed.mkdir()
    follower = line.start(
        *("follow", "IUIBS", followed, "--since", "beginning", "--interval", 0.5),
        *("--method", "HTTPS", "--password-stdin", "--json"),
    )
    assert follower.stdin is not None
    follower.stdin.write(f"{site.password}\n".encode())
    follower.stdin.flush()

    # The first upload is killed, and with it one of the servers, in the midst of it.
    upload = ("upload", data, "--no-compression", "--parallel", 4, "--password-stdin", "--json")
    first = line.start(*upload)
    assert first.stdin is not None
    first.stdin.write(f"{site.password}\n".encode())
    first.stdin.flush()
    until(lambda: count(site, 1) >= 60 or first.poll() is not None)
    assert first.poll() is None, first.communicate()
    first.kill()
    first.communicate()
    site.tree.kill_orthanc(0)
    assert count(site, 0) == -1 and 60 <= count(site, 1) < len(files)
    # The second goes on where it was, by the server that is left; half-way that one goes, too.
    second = line.start(*upload)
    assert second.stdin is not None
    second.stdin.write(f"{site.password}\n".encode())
    second.stdin.flush()
    stored = count(site, 1)
    until(lambda: count(site, 1) >= stored + 60 or second.poll() is not None)
    assert second.poll() is None, second.communicate()
    site.tree.kill_orthanc(0)
    site.tree.start_orthanc("orthanc")
    said = line.end(second, timeout=110)
    assert said.code == 0, said.out + said.err
    receipt = json.loads(said.out)
    assert receipt["complete"] and receipt["failed"] == 0
    assert receipt["stored"] + receipt["already_stored"] == len(files)
    assert count(site, 0) == len(files)

    until(lambda: len(sums(followed)) >= len(files), 110)
    follower.send_signal(signal.SIGTERM)
    follower.communicate()
    assert sums(followed) == sums(data)

    site.tree.start_orthanc("orthanc-2", site.http_port + 1)
    assert count(site, 1) == len(files)
    found = site.ask(line, "query", "--json").data["patients"]
    uids = [study["study_instance_uid"] for patient in found for study in patient["studies"]]
    assert len(uids) == 3
    for method in ("C-GET", "HTTPS"):
        target = tmp_path / method
        chosen = [word for uid in uids for word in ("--study", uid)]
        fetched = site.ask(line, "retrieve", *chosen, "-o", target, "--method", method, "--json")
        assert fetched.code == 0 and fetched.data["complete"], fetched.out
        assert fetched.data["stored"] == len(files)
        if method == "HTTPS":
            assert sums(target) == sums(data)
    again = site.configure("--json")
    assert {one["what"] for one in again.data["files"]} == {"as it is"}
