"""The audit log of a real day's work, by the command line and by the panel's worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from OrthancConnectCore.orthanc.identifiers import study_orthanc_id
from OrthancConnectCore.shared.receipts import Receipt
from Support.data.dicom import write_small_instances
from Support.process.command_line import CommandLine
from Support.process.worker import Process
from Support.servers.orthanc import PrivateOrthanc

CANARY = "cañary-€-Ka8wT3"


@pytest.fixture
def line(tmp_path: Path, orthanc: PrivateOrthanc) -> CommandLine:
    made = CommandLine(tmp_path, ORTHANCCONNECT_STATE_DIR=str(tmp_path / "state"))
    add = ("profile", "add", "lab", orthanc.rest_url, "--user", orthanc.user)
    made.run(*add, "--fingerprint", orthanc.fingerprint, "--dicom-port", orthanc.dicom_port)
    return made


def test_a_days_work(line: CommandLine, orthanc: PrivateOrthanc, tmp_path: Path) -> None:
    write_small_instances(tmp_path / "data", count=4)
    login = {"stdin": f"{orthanc.password}\n"}

    def run(*arguments: Any, code: int = 0) -> None:
        said = line.run(*arguments, "--password-stdin", **login)
        assert said.code == code, said

    run("upload", tmp_path / "data", "--metadata", "1024=x")
    fetch = ("retrieve", "--patient", "SMALL0000", "--method", "HTTPS")
    run(*fetch, "--output", tmp_path / "out")
    run("register", "--address", "127.0.0.1", "--replace")
    run("room", tmp_path / "out", "--clean", "--yes")
    run("worklist", "create", "lung", "--query")
    run("worklist", "remove", "lung", "--yes")
    line.run("audit", "--patients", "on")
    run(*fetch, "--output", tmp_path / "out")
    assert line.run("upload", tmp_path / "data", "--password-stdin", stdin=f"{CANARY}\n").code == 4
    line.run("doctor", "lab", "--password-stdin", **login)
    *events, check = line.run("audit", "--json").data["events"]
    states = [check[name] for name in ("event", "outcome", "storage", "cleanup")]
    assert states == ["check", "done", "passed", "passed"], "a test instance came and went"
    told = [(one["event"], one["outcome"], one["profile"], one["user"]) for one in events]
    assert told == [
        ("upload", "done", "lab", orthanc.user),
        ("retrieve", "done", "lab", orthanc.user),
        ("register", "registered", "lab", orthanc.user),
        ("remove", "done", "lab", orthanc.user),
        ("worklist", "done", "lab", orthanc.user),
        ("worklist", "done", "lab", orthanc.user),
        ("retrieve", "done", "lab", orthanc.user),
        ("upload", "failed", "lab", orthanc.user),
    ]
    upload, retrieve, register, remove, *listed, named, failed = events
    assert [one["step"] for one in listed] == ["create", "remove"]
    studies = orthanc.get_json("/studies")
    assert all(one["studies"] == studies for one in (upload, retrieve, remove, *listed, named))
    assert (upload["stored"], retrieve["stored"], named["stored"]) == (4, 4, 4)
    assert (upload["labels"], upload["metadata"]) == ([], ["1024"])
    assert failed["error"] == "AuthenticationError"
    assert register["entries"][0]["host"] == "127.0.0.1"
    assert [one["id"] for one in named["patients"]] == ["SMALL0000"]
    log = (tmp_path / "state" / "audit.jsonl").read_text()
    for secret in (CANARY, orthanc.password, str(tmp_path)):
        assert secret not in log
    assert all("SMALL" not in text for text in log.splitlines()[:6])
    assert "SMALL0000" in line.run("audit", "--csv").out


def test_the_workers_work_is_in_the_same_log(
    line: CommandLine, orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    write_small_instances(tmp_path / "data", count=2)
    trust = {"mode": "pinned", "fingerprint": orthanc.fingerprint}
    profile = {"name": "panel", "rest_url": orthanc.rest_url, "user": orthanc.user, "trust": trust}
    login = {"profile": profile, "password": orthanc.password}
    with Process(tmp_path, ORTHANCCONNECT_STATE_DIR=str(tmp_path / "state")) as worker:
        answer = worker.ask(1, "upload", paths=[str(tmp_path / "data")], **login)
        assert answer["result"]["stored"] == 2, answer
        # What the panel fetched by DICOM, and removed from Slicer's database.
        note: dict[str, Any] = {"profile": profile, "whose": {"1.3": ["SMALL0000", "1.2"]}}
        for operation in ("retrieve", "remove"):
            receipt = Receipt(operation, expected=2, stored=2, method="C-GET").to_dict()
            answer = worker.ask(operation, "audit.note", receipt=receipt, **note)
            assert answer["result"] == {"fault": ""}
        answer = worker.ask(5, "audit.note", receipt={"operation": "upload"}, **note)
        assert answer["error"]["code"] == -32602
    events = line.run("audit", "--json").data["events"]
    assert [(one["event"], one["profile"], one["stored"]) for one in events] == [
        ("upload", "panel", 2),
        ("retrieve", "panel", 2),
        ("remove", "panel", 2),
    ]
    assert events[1]["studies"] == [study_orthanc_id("SMALL0000", "1.2")]
