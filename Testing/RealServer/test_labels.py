"""Labels of studies and series on a real Orthanc: its own since 1.12, in metadata before."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from OrthancConnectCore import audit
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.orthanc.labels import change_labels, labels_of, relabel
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import InputError, NotFoundError
from OrthancConnectCore.shared.query import QueryFilters
from Support.data.dicom import write_small_instances
from Support.process.command_line import CommandLine
from Support.process.worker import Process
from Support.scenarios.doctor_cases import server_profile
from Support.servers.orthanc import PrivateOrthanc


@pytest.fixture
def study(server: PrivateOrthanc, tmp_path: Path) -> str:
    server.store(*write_small_instances(tmp_path / "data", count=4, patients=2, series=1))
    return str(server.get_json("/studies")[0])


def client_of(server: PrivateOrthanc) -> OrthancClient:
    return OrthancClient(server_profile(server), Credentials(server.user, server.password))


def test_the_command_shows_puts_and_takes_away(
    server: PrivateOrthanc, line: CommandLine, study: str
) -> None:
    login = {"stdin": server.password + "\n"}

    def label(*words: object) -> dict[str, list[str]]:
        said = line.run("label", *words, "--password-stdin", "--json", **login)
        assert said.code == 0, said.err + said.out
        return {one["orthanc_id"]: one["labels"] for one in said.data["resources"]}

    record = server.get_json(f"/studies/{study}")
    uid, series = record["MainDicomTags"]["StudyInstanceUID"], record["Series"][0]
    assert label(uid) == {study: []}
    assert label(study, "--add", "lung", "--add", "to_do-1") == {study: ["lung", "to_do-1"]}
    assert label(series, "--add", "best") == {series: ["best"]}
    assert label(uid, "--list") == {study: ["lung", "to_do-1"]}
    if server.version >= (1, 12):
        assert server.get_json(f"/series/{series}/labels") == ["best"]
    else:
        kept = server.request("GET", f"/studies/{study}/metadata/5101")
        assert json.loads(kept) == ["lung", "to_do-1"]
    found = line.run("query", "--label", "lung", "--password-stdin", "--json", **login)
    (patient,) = found.data["patients"]
    assert patient["studies"][0]["labels"] == ["lung", "to_do-1"]
    everything = line.run("label", "--password-stdin", "--json", **login).data["labels"]
    assert {"lung", "to_do-1"} <= set(everything)
    assert label(uid, "--remove", "lung", "--remove", "never") == {study: ["to_do-1"]}

    events = line.run("audit", "--json").data["events"]
    (added,) = (one for one in events if "lung" in one.get("added", ()))
    assert (added["event"], added["outcome"], added["studies"]) == ("label", "done", [study])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("{study}", "--add", "a:b"), "'a:b' is no label."),
        (("{study}", "--add", "ñ"), "is no label."),
        (("{study}", "--add", "x" * 65), "is no label."),
        (("--add", "x"), "--add and --remove need studies"),
        (("{study}", "--list", "--remove", "x"), "--list only shows"),
        (("1.2.3", "--add", "x"), "The server has no study and no series 1.2.3."),
    ],
)
def test_what_can_not_be_is_refused_and_changes_nothing(
    usual_server: PrivateOrthanc, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    server, line = usual_server, CommandLine(tmp_path)
    login = ("--user", server.user, "--fingerprint", server.fingerprint)
    assert line.run("profile", "add", "lab", server.rest_url, *login).code == 0
    server.store(*write_small_instances(tmp_path / "data", count=1))
    (study,) = server.get_json("/studies")
    typed = [word.format(study=study) for word in words]
    refused = line.run("label", *typed, "--password-stdin", stdin=server.password + "\n")
    assert refused.code == 2 and said in refused.err, refused.err
    with client_of(server) as client:
        assert labels_of(client, ("Study", study)) == ()


@pytest.mark.parametrize("checks", [False, True])
def test_nobody_loses_a_label_to_somebody_else(
    server: PrivateOrthanc, study: str, checks: bool
) -> None:
    if checks:
        server.restart(CheckRevisions=True)
    names = [f"label-{number}" for number in range(12)]
    with client_of(server) as client, ThreadPoolExecutor(6) as people:
        list(people.map(lambda name: change_labels(client, ("Study", study), [name]), names))
        assert labels_of(client, ("Study", study)) == tuple(sorted(names))
        list(people.map(lambda one: change_labels(client, ("Study", study), (), [one]), names))
        assert labels_of(client, ("Study", study)) == ()
        with pytest.raises(NotFoundError):
            relabel(client, ("Study", "0" * 8 + "-00000000" * 4), ["x"], [])
        event = audit.read()[0][-1]
        told = [event[name] for name in ("event", "outcome", "error", "added")]
        assert told == ["label", "failed", "NotFoundError", ["x"]]
        with pytest.raises(InputError, match="is no label"):
            change_labels(client, ("Study", study), ["good", "not good"])
        assert labels_of(client, ("Study", study)) == ()


def test_what_another_program_keeps_there_is_no_label(server: PrivateOrthanc, study: str) -> None:
    if server.version >= (1, 12):
        pytest.skip("Orthanc has labels of its own")
    path = f"/studies/{study}/metadata/5101"
    with client_of(server) as client:
        for text in (b"plain", b'{"a": 1}', b"[1, 2]", b"[" * 2000, b"\xff\xfe"):
            server.request("PUT", path, text)
            assert labels_of(client, ("Study", study)) == ()
        change_labels(client, ("Study", study), ["mine"])
        assert labels_of(client, ("Study", study)) == ("mine",)


def test_the_panel_asks_the_worker(server: PrivateOrthanc, study: str, tmp_path: Path) -> None:
    (tmp_path / "worker").mkdir()
    login = {"profile": server_profile(server).to_dict(), "password": server.password}
    with Process(tmp_path / "worker") as worker:
        of_study = {**login, "resource": ["Study", study]}
        told = worker.ask(1, "labels.change", **of_study, add=["one", "two"])["result"]
        assert (told["labels"], told["fault"]) == (["one", "two"], "")
        told = worker.ask(2, "labels.change", **of_study, remove=["one"])["result"]
        assert told["labels"] == ["two"]
        known = worker.ask(3, "labels.of", **of_study)["result"]
        assert known["labels"] == ["two"]
        filters = QueryFilters(labels=("two",)).labels
        page = worker.ask(4, "query.page", **login, filters={"labels": list(filters)})["result"]
        assert [one["orthanc_id"] for one in page["patients"][0]["studies"]] == [study]
        wrong = worker.ask(5, "labels.change", **of_study, add=["no good"])["error"]
        assert "is no label" in wrong["message"]
        nothing = worker.ask(6, "labels.of", **login, resource=["x", "y"])["error"]
        assert "resource" in nothing["message"]
