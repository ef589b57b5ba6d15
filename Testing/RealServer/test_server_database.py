"""Two Orthancs on one PostgreSQL behind one nginx, as ``server-config`` writes them."""

from __future__ import annotations

import base64
import hashlib
import json
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.orthanc.labels import change_labels, studies_with
from OrthancConnectCore.results import kept
from OrthancConnectCore.results.listing import results_of
from OrthancConnectCore.results.send import send
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.events import Progress
from OrthancConnectCore.shared.profile import ProfileSet
from OrthancConnectCore.worklist.cases import create, entries
from Support.data.dicom import write_small_instances
from Support.process.busy_machine import here
from Support.process.command_line import CommandLine
from Support.process.worker import Process
from Support.scenarios.results import SCENE, keep_line, keep_scene
from Support.scenarios.server_site import USER, Site, set_up
from Support.scenarios.worklist import work_through
from Support.servers.debian_tree import STREAM_MODULE, why_not
from Support.servers.postgres import PLUGIN, PrivatePostgres, programs

_ORTHANCS = ("orthanc", "orthanc-2")


@pytest.fixture(scope="module")
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


def begin(site: Site, line: CommandLine, *words: object) -> subprocess.Popen[bytes]:
    """Start a command that logs in."""
    process = line.start(*words, "--password-stdin", "--json")
    assert process.stdin is not None
    process.stdin.write(f"{site.password}\n".encode())
    process.stdin.flush()
    return process


def kill_each(site: Site, seen: Callable[[], int], step: int, ended: Callable[[], bool]) -> None:
    """Kill one Orthanc in the midst of work, start it again later on, and do so with the other."""
    for number, folder in enumerate(_ORTHANCS):
        restart = partial(site.tree.start_orthanc, folder, site.http_port + number)
        for deed in (partial(site.tree.kill_orthanc, 0), restart):
            goal = seen() + step
            until(lambda: seen() >= goal or ended())  # noqa: B023
            deed()


def client_of(site: Site) -> OrthancClient:
    text = (site.tree.etc / "orthancconnect" / "profile.json").read_text(encoding="utf-8")
    (profile,) = ProfileSet.from_json(text).profiles
    return OrthancClient(profile.replace(user=USER), Credentials(USER, site.password))


def sums(folder: Path) -> list[str]:
    return sorted(hashlib.md5(path.read_bytes()).hexdigest() for path in folder.rglob("*.dcm"))


@pytest.mark.slow
@pytest.mark.timeout(300)
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
    follower = begin(
        *(site, line, "follow", "IUIBS", followed, "--since", "beginning", "--interval", 0.5),
        *("--method", "HTTPS"),
    )

    # The first upload is killed, and with it one of the servers, in the midst of it.
    upload = (site, line, "upload", data, "--no-compression", "--parallel", 4)
    first = begin(*upload)
    until(lambda: count(site, 1) >= 60 or first.poll() is not None)
    assert first.poll() is None, first.communicate()
    first.kill()
    first.communicate()
    site.tree.kill_orthanc(0)
    assert count(site, 0) == -1 and 60 <= count(site, 1) < len(files)
    # The second goes on where it was, by the server that is left; half-way that one goes, too.
    second = begin(*upload)
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

    # DICOM finds the one that is there, and what is cut is fetched from the other.
    found = site.ask(line, "query", "--via", "C-FIND", "--json").data["patients"]
    uids = [study["study_instance_uid"] for patient in found for study in patient["studies"]]
    assert len(uids) == 3
    site.tree.start_orthanc("orthanc-2", site.http_port + 1)
    assert count(site, 1) == len(files)
    chosen = [word for uid in uids for word in ("--study", uid)]

    def fetch(method: str) -> list[str]:
        target = tmp_path / method
        fetching = begin(site, line, "retrieve", *chosen, "-o", target, "--method", method)
        kill_each(site, lambda: len(sums(target)), 60, lambda: fetching.poll() is not None)
        fetched = line.end(fetching, timeout=110)
        receipt = json.loads(fetched.out)
        assert fetched.code == 0 and receipt["complete"], fetched.out
        assert receipt["stored"] == len(files) == len(sums(target))
        return sums(target)

    fetch("C-GET")
    assert fetch("HTTPS") == sums(data)
    again = site.configure("--json")
    assert {one["what"] for one in again.data["files"]} == {"as it is"}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_each_case_is_done_once_while_each_of_them_is_killed(site: Site, tmp_path: Path) -> None:
    name, done = "lung", [[] for _person in range(3)]  # type: tuple[str, list[list[str]]]
    files = write_small_instances(tmp_path / "data", count=200, patients=200, seed=1)
    with client_of(site) as client:
        studies = [client.upload_instance(path.read_bytes()).study_orthanc_id for path in files]
        assert create(client, name, studies) == (200, 200)
        login = {"profile": client.profile.to_dict(), "password": site.password, "list": name}
        with ExitStack() as stack:
            work = []
            for number, mine in enumerate(done):
                (tmp_path / f"{number}").mkdir()
                worker = stack.enter_context(Process(tmp_path / f"{number}"))
                asked = {**login, "user": f"user {number // 2}"}
                work.append(threading.Thread(target=work_through, args=(worker, asked, mine)))
                work[-1].start()
            is_over = lambda: not any(one.is_alive() for one in work)  # noqa: E731
            kill_each(site, lambda: sum(map(len, done)), 30, is_over)
            for one in work:
                one.join()
        assert Counter(study for mine in done for study in mine) == Counter(studies)
        states = Counter(one.case.state for one in entries(client, name))
        shown = {study["ID"] for study in studies_with(client, f"task_{name}_done")}
        assert states == {"done": 200} and shown == set(studies)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_results_are_sent_once_while_each_of_them_is_killed(site: Site, tmp_path: Path) -> None:
    images = write_small_instances(tmp_path / "data", count=3, seed=2)
    with client_of(site) as client:
        study = [client.upload_instance(path.read_bytes()).study_orthanc_id for path in images][0]
        before = count(site, 0)
        for number, folder in enumerate(_ORTHANCS):
            alive = [True]

            def kill(progress: Progress, at: int = number * 5_000_000, alive: Any = alive) -> None:
                """At the report's beginning, or in the midst of the scene."""
                if alive and progress.phase == "send" and progress.bytes_done >= at:
                    alive.clear()
                    site.tree.kill_orthanc(0)

            results = keep_line(images, f"L{number}"), keep_scene(images, SCENE * (300 + number))
            sending = send(client, results, progress=kill)
            assert not alive and sending.receipt.failed == 0, sending.receipt.problems
            assert sending.receipt.verified == 2 and kept.waiting() == []
            change_labels(client, ("Study", study), [f"round-{number}"])
            site.tree.start_orthanc(folder, site.http_port + number)
        assert count(site, 0) == count(site, 1) == before + 2
        kinds = Counter(one.kind for one in results_of(client, study))
        assert kinds == {"measurements": 2, "scene": 2}
        for label in ("round-0", "round-1"):
            assert [one["ID"] for one in studies_with(client, label)] == [study]
