"""What ``server-config`` writes, started by Debian's Orthanc and nginx as their own users."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path
from typing import Iterator

import pytest

from Support.data.dicom import write_small_instances
from Support.scenarios.server_site import USER, Site, set_up
from Support.servers.debian_tree import why_not


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with set_up(tmp_path_factory.mktemp("administrator")) as made:
        yield made


def test_owners_modes_and_users_are_debians(site: Site) -> None:
    etc = site.tree.etc
    for name, mode, owner, group in (
        ("orthanc/orthanc.json", 0o644, "root", "root"),
        ("orthanc/credentials.json", 0o640, "root", "orthanc"),
        ("ssl/private/orthanc.key", 0o600, "root", "root"),
        ("ssl/certs/orthanc.crt", 0o644, "root", "root"),
    ):
        status = (etc / name).stat()
        assert stat.S_IMODE(status.st_mode) == mode, name
        assert ((etc / name).owner(), (etc / name).group()) == (owner, group)
    (kept,) = etc.glob("orthanc/credentials.json.*.bak")
    assert kept.read_bytes() == Path("/etc/orthanc/credentials.json").read_bytes()
    assert (stat.S_IMODE(kept.stat().st_mode), kept.group()) == (0o640, "orthanc")
    assert site.tree.users == ["orthanc", "www-data"]
    others = [path for path in etc.rglob("*") if path.is_file() and path.parent.name != "orthanc"]
    assert not [path for path in others if site.password.encode() in path.read_bytes()]


def test_a_newcomer_works_with_the_profile_that_came_out(site: Site, tmp_path: Path) -> None:
    line = site.newcomer(tmp_path / "ana")
    registered = site.ask(line, "register", "--port", site.listener, "--json")
    assert registered.data["outcome"] == "already", registered.out
    report = site.ask(line, "doctor", "--json")
    assert report.code == 0, report.out
    states = {one["id"]: one["state"] for one in report.data["lines"]}
    assert {name for name, state in states.items() if state != "passed"} <= {"compressed"}, states
    files = write_small_instances(tmp_path / "scan", count=6)
    stored = site.ask(line, "upload", tmp_path / "scan", "--verify", "--json")
    assert (stored.code, stored.data["stored"]) == (0, len(files)), stored.out
    found = site.ask(line, "query", "--json")
    uids = [
        study["study_instance_uid"]
        for patient in found.data["patients"]
        for study in patient["studies"]
    ]
    assert len(uids) == 1, found.out
    for method in ("C-GET", "HTTPS", "Automatic"):
        target = tmp_path / method
        fetched = site.ask(
            *(
                line,
                "retrieve",
                "--study",
                uids[0],
                "--output",
                target,
                "--method",
                method,
                "--json",
            )
        )
        assert (fetched.code, fetched.data["stored"]) == (0, len(files)), fetched.out
        assert fetched.data["complete"], fetched.out
        assert len([path for path in target.rglob("*") if path.is_file()]) == len(files)
    assert site.password not in line.everything


def test_a_scanner_stores_and_asks_for_nothing(site: Site, tmp_path: Path) -> None:
    line = site.newcomer(tmp_path / "scanner")
    known = line.run("profile", "show", "--json").data
    answers = {}
    for title in ("CT_ROOM_1", known["calling_ae_title"], "NOBODY"):
        said = line.run(
            *("profile", "add", title, known["rest_url"], "--user", USER, "--dicom-port"),
            *(known["dicom_port"], "--called-ae-title", "IUIBS", "--calling-ae-title", title),
            *("--fingerprint", known["trust"]["fingerprint"]),
        )
        assert said.code == 0, said.err
        echo = site.ask(line, "echo", "--only", "dicom", "--profile", title)
        find = site.ask(line, "query", "--via", "C-FIND", "--profile", title)
        answers[title] = (echo.code, find.code)
    # 4: refused by the server.
    assert answers == {"CT_ROOM_1": (0, 4), known["calling_ae_title"]: (0, 0), "NOBODY": (0, 4)}


def test_once_more_changes_nothing(site: Site) -> None:
    said = site.configure("--json")
    assert said.code == 0, said.out
    assert {one["what"] for one in said.data["files"]} == {"as it is"}
    assert said.data["new_users"] == [] and said.data["kept"] == []


def test_people_are_led_over_to_the_next_certificate(site: Site, tmp_path: Path) -> None:
    late = site.newcomer(tmp_path / "late")
    ahead = site.newcomer(tmp_path / "ahead")
    first = json.loads(site.profile(tmp_path).read_text())["profiles"][0]["trust"]
    renewed = site.configure("--renew", "--yes", "--json")
    assert renewed.code == 0, renewed.out
    assert renewed.data["fingerprint"] == first["fingerprint"]
    following = renewed.data["next_fingerprint"]
    assert following and following != first["fingerprint"]
    # Who gets both is asked, as for all that is trusted anew.
    handed_out = site.profile(tmp_path)
    assert ahead.run("profile", "import", handed_out, "--replace").code == 2
    agreed = ahead.on_terminal(
        *("profile", "import", handed_out, "--replace"), answers={"Trust the file's?": "y"}
    )
    assert agreed.code == 0 and following in agreed.out, agreed.out
    shown = ahead.run("profile", "show", "--json").data
    assert (shown["user"], shown["trust"]["next_fingerprint"]) == (USER, following)

    switched = site.configure("--switch", "--yes", "--json")
    assert switched.code == 0, switched.out
    assert (switched.data["fingerprint"], switched.data["next_fingerprint"]) == (following, "")
    assert not list(site.tree.etc.glob("ssl/*/orthanc-next.*[ty]"))
    site.tree.reload_nginx()
    deadline = time.monotonic() + 30
    while site.ask(late, "echo", "--only", "https").code != 3:
        assert time.monotonic() < deadline, "the server still shows its first certificate"
    refused = site.ask(late, "echo", "--only", "https")
    assert "another certificate" in refused.err
    for words in (("echo",), ("query",)):
        assert site.ask(ahead, *words).code == 0
    # The profile of today pins what is trusted already: nobody is asked.
    assert ahead.run("profile", "import", site.profile(tmp_path), "--replace").code == 0
    assert site.ask(ahead, "echo").code == 0
