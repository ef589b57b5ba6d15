"""Doctor, registration and first connection through the worker process and the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Iterator

import pytest

from OrthancConnectCore.doctor.instance import Sample
from OrthancConnectCore.doctor.probe import PynetdicomProbe
from OrthancConnectCore.doctor.run import PLAN
from OrthancConnectCore.shared.events import CancelToken
from Support.process.command_line import CommandLine
from Support.process.worker import Process
from Support.scenarios.doctor_cases import entry, forbid, know, server_profile
from Support.servers.orthanc import PrivateOrthanc


@pytest.fixture
def server(usual_server: PrivateOrthanc) -> PrivateOrthanc:
    return usual_server


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Process]:
    with Process(tmp_path) as process:
        yield process


@pytest.fixture
def lab(tmp_path: Path, server: PrivateOrthanc) -> CommandLine:
    line = CommandLine(tmp_path)
    added = line.run(
        *("profile", "add", "lab", server.rest_url, "--user", server.user),
        *("--fingerprint", server.fingerprint, "--dicom-port", server.dicom_port),
        *("--called-ae-title", server.aet, "--calling-ae-title", "SLICER"),
        *("--storage-port", server.storage_port),
    )
    assert (added.code, added.err) == (0, "")
    return line


def login(server: PrivateOrthanc, **changes: Any) -> dict[str, Any]:
    profile = server_profile(server, **changes)
    return {"profile": profile.to_dict(), "password": server.password}


# The worker --------------------------------------------------------------------------------------


def test_the_worker_examines(server: PrivateOrthanc, worker: Process) -> None:
    answer = worker.ask(1, "doctor.run", **login(server))
    report = answer["result"]
    assert report["healthy"], report["text"]
    titles = {step.id for step in PLAN if step.title and step.id != "move"}
    assert {line["id"] for line in report["lines"]} == titles
    last = worker.progress[-1]
    assert last["id"] == 1 and last["phase"] == "check"
    assert (last["done"], last["total"], len(last["details"]["lines"])) == (20, 20, 20)
    assert server.password not in json.dumps([answer, worker.progress]) + worker.log.read_text()


def test_the_worker_examines_a_listener_that_the_panel_tells_of(
    server: PrivateOrthanc, worker: Process
) -> None:
    listener = {"state": "failed", "port": server.storage_port, "message": "No storescp."}
    report = worker.ask(
        1, "doctor.run", **login(server, retrieve_method="C-MOVE"), listener=listener, write=False
    )["result"]
    blamed = [line for line in report["lines"] if line["state"] == "failed"]
    assert [line["fault"] for line in blamed] == ["listener_down"]
    assert "No storescp" in blamed[0]["cause"]
    wrong = worker.ask(2, "doctor.run", **login(server), listener={"state": "dancing"})
    assert wrong["error"]["code"] == -32602


def test_the_panel_does_the_dicom_part(server: PrivateOrthanc, worker: Process) -> None:
    probe = PynetdicomProbe(server_profile(server), CancelToken())
    worker.call("d", "doctor.run", **login(server), caller="run 7")
    asked: list[str] = []
    while True:
        message = json.loads(worker.stdout.readline())
        if message.get("method") == "progress":
            question = message["params"]["details"]["question"]
            if question and question["step"] not in asked:
                asked.append(question["step"])
                result = _do(probe, question)
                worker.call(
                    f"a{len(asked)}",
                    "doctor.answer",
                    caller="run 7",
                    step=question["step"],
                    result=result,
                )
        elif message.get("id") == "d":
            break
        else:
            assert message["result"] == {"taken": True}
    report = message["result"]
    assert sorted(asked) == ["find", "get"]
    assert report["healthy"], report["text"]
    late = worker.ask("x", "doctor.answer", caller="run 7", step="get", result={"path": None})
    assert late["result"] == {"taken": False}


def _do(probe: PynetdicomProbe, question: dict[str, Any]) -> dict[str, Any]:
    sample = Sample(**question["sample"])
    if question["step"] == "find":
        return {"matches": probe.find_one(sample)}
    return {"path": str(probe.get_one(sample, Path(question["folder"])))}


def test_the_worker_registers_what_was_planned_and_nothing_else(
    server: PrivateOrthanc, worker: Process
) -> None:
    know(server, slicer=entry(server, Port=1))
    plan = worker.ask(1, "registration.plan", **login(server))["result"]
    (change,) = plan["entries"]
    assert change["changes"] == [["Port", "1", str(server.storage_port)]]
    know(server, slicer=entry(server, Port=2))
    refused = worker.ask(2, "registration.apply", **login(server), plan=plan)["error"]["data"]
    assert refused["kind"] == "ConflictError"
    assert server.get_json("/modalities?expand")["slicer"]["Port"] == 2
    plan = worker.ask(3, "registration.plan", **login(server))["result"]
    done = worker.ask(4, "registration.apply", **login(server), plan=plan)["result"]
    assert done["outcome"] == "registered"
    assert server.get_json("/modalities?expand")["slicer"]["Port"] == server.storage_port


def test_the_worker_makes_the_first_connection(server: PrivateOrthanc, worker: Process) -> None:
    typed = {"address": server.rest_url, "user": server.user, "password": server.password}
    refused = worker.ask(1, "connection.first", **typed)["error"]["data"]
    assert refused["kind"] == "UntrustedCertificateError"
    assert refused["facts"]["certificate"]["fingerprint"] == server.fingerprint
    trust = {"mode": "pinned", "fingerprint": server.fingerprint}
    found = worker.ask(2, "connection.first", **typed, trust=trust)["result"]
    assert (found["profile"]["name"], found["address"]) == ("IUIBS", "127.0.0.1")
    assert found["known_as"] == "slicer"
    bad = worker.ask(3, "connection.first", **typed, trust={"mode": "none"})
    assert "trust policy" in json.dumps(bad["error"])


# The command line --------------------------------------------------------------------------------


def test_doctor_on_the_command_line(
    lab: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    stdin = server.password + "\n"
    saved = [tmp_path / "report.txt", tmp_path / "report.json"]
    for path in saved:
        done = lab.run("doctor", "lab", "--password-stdin", "--save", path, stdin=stdin)
        assert (done.code, done.err) == (0, ""), done.out
    assert "19 ok, 1 not tested." in done.out
    assert saved[0].read_text().splitlines()[4].startswith("[ok  ] Server name: 127.0.0.1")
    assert json.loads(saved[1].read_text())["healthy"] is True
    assert server.password not in saved[0].read_text() + saved[1].read_text() + done.out

    know(server)
    sick = lab.run("doctor", "--read-only", "--json", "--password-stdin", stdin=stdin)
    assert (sick.code, sick.err) == (1, "")
    blamed = [line for line in sick.data["lines"] if line["state"] == "failed"]
    assert [line["cure_action"] for line in blamed] == ["register"]

    wrong = lab.run("doctor", "nobody", "--password-stdin", stdin=stdin)
    assert wrong.code == 2 and "named 'nob…'" in wrong.err


def test_register_on_the_command_line(lab: CommandLine, server: PrivateOrthanc) -> None:
    options = ("--password-stdin",)
    stdin = server.password + "\n"
    know(server)
    done = lab.run("register", "lab", *options, stdin=stdin)
    assert (done.code, done.err) == (0, ""), done.out
    assert f"SLICER at 127.0.0.1:{server.storage_port}" in done.out
    assert f'"SLICER" : ["SLICER", "127.0.0.1", {server.storage_port}, "Generic"]' in done.out
    assert lab.run("register", *options, stdin=stdin).out.startswith("The server knew")

    other = lab.run("register", *options, "--port", 11999, stdin=stdin)
    assert other.code == 2 and "--replace" in other.err
    assert server.get_json("/modalities?expand")["SLICER"]["Port"] == server.storage_port
    assert lab.run("profile", "show", "--json").data["storage_port"] == server.storage_port
    done = lab.run("register", *options, "--port", 11999, "--replace", "--json", stdin=stdin)
    assert (done.code, done.data["outcome"]) == (0, "registered")
    assert server.get_json("/modalities?expand")["SLICER"]["Port"] == 11999
    assert lab.run("profile", "show", "--json").data["storage_port"] == 11999


def test_register_without_the_right_gives_the_line(
    lab: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    forbid(server, tmp_path, "method == 'PUT'")
    server.request("DELETE", "/modalities/slicer")
    done = lab.run("register", "lab", "--password-stdin", stdin=server.password + "\n")
    assert done.code == 4
    line = done.out.partition('"DicomModalities" : ')[2]
    assert json.loads(line) == {"SLICER": ["SLICER", "127.0.0.1", server.storage_port, "Generic"]}
    assert "administrator" in done.out
