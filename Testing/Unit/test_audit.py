"""The audit log: an event for whatever ends, whole lines, no names; no transfer stops for it."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest

from OrthancConnectCore import audit
from OrthancConnectCore.orthanc.identifiers import study_orthanc_id
from OrthancConnectCore.shared.errors import AuthenticationError, ConfigurationError
from OrthancConnectCore.shared.events import CancelToken
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.upload.job import upload_job
from Support.data.dicom import write_small_instances
from Support.fakes.client import CUT, FakeClient
from Support.process.command_line import CORE_PARENT, Said, in_process

PROFILE = ServerProfile("lab", "https://server.example:8042", "ana")
#: Notes numbers as events until it is killed or has told them all; says when it has told the first.
WRITER = """
import sys
from OrthancConnectCore import audit
from OrthancConnectCore.shared.profile import ServerProfile
audit.LARGEST, audit.FILES = int(sys.argv[3]), 1000
profile = ServerProfile(sys.argv[1], "https://server.example:8042")
for number in range(int(sys.argv[2])):
    fault = audit.record("upload", profile, "done", number=number)
    if fault:
        sys.exit(fault)
    if number == 0:
        print("begun", flush=True)
"""


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_told", type(audit._told)())


@pytest.fixture
def run(capsys: Any) -> Callable[..., Said]:
    return in_process(capsys)


def events() -> List[Dict[str, Any]]:
    found, broken = audit.read()
    assert broken == 0
    return found


def text() -> str:
    return audit.log_path().read_text(encoding="ascii")


def test_an_upload_is_an_event_without_names(tmp_path: Path) -> None:
    write_small_instances(tmp_path / "Pérez", count=4)
    receipt = upload_job(FakeClient(), [tmp_path / "Pérez"])
    (event,) = events()
    told = {name: event[name] for name in ("event", "outcome", "profile", "server", "stored")}
    assert told == {
        "event": "upload",
        "outcome": "done",
        "profile": "fake",
        "server": "https://127.0.0.1:1",
        "stored": receipt.stored,
    }
    assert receipt.stored == 4 and event["job_id"] == receipt.job_id
    assert event["studies"] == [one["orthanc_id"] for one in receipt.studies] != []
    assert event["who"] and event["computer"] and event["process"] == os.getpid()
    for name in ("SMALL", "rez", str(tmp_path), receipt.studies[0]["study_instance_uid"]):
        assert name not in text()
    assert stat.S_IMODE(audit.log_path().stat().st_mode) == 0o600


def test_what_fails_and_what_is_cancelled_is_an_event(tmp_path: Path) -> None:
    write_small_instances(tmp_path / "data", count=4)
    facts = {"status_code": 401, "method": "POST", "path": "/instances"}
    refusal = AuthenticationError("The password canary-7 is wrong.", "", **facts)
    with pytest.raises(AuthenticationError):
        upload_job(FakeClient(lambda _body, _number: refusal), [tmp_path / "data"])
    token = CancelToken()
    token.cancel()
    upload_job(FakeClient(), [tmp_path / "data"], token=token)
    upload_job(FakeClient(lambda _body, n: CUT if n == 1 else None), [tmp_path / "data"])
    failed, cancelled, third = events()
    assert (failed["outcome"], failed["error"]) == ("failed", "AuthenticationError")
    assert cancelled["outcome"] == "cancelled"
    assert third["outcome"] in ("done", "partly")
    assert "canary" not in text()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("canary Pérez")])
def test_whatever_ends_a_transfer_is_noted(error: BaseException) -> None:
    with pytest.raises(type(error)):
        with audit.transfer("retrieve", PROFILE, FakeClient()):  # type: ignore[arg-type]
            raise error
    (event,) = events()
    is_cancelled = isinstance(error, KeyboardInterrupt)
    assert event["outcome"] == ("cancelled" if is_cancelled else "failed")
    assert "canary" not in text()


def test_a_log_that_can_not_be_written_is_said_once_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_small_instances(tmp_path / "data", count=2)
    (tmp_path / "taken").write_text("no folder")
    monkeypatch.setenv("ORTHANCCONNECT_STATE_DIR", str(tmp_path / "taken"))
    said = []
    for _time in range(2):
        receipt = upload_job(FakeClient(), [tmp_path / "data"])
        assert receipt.stored == 2
        said.append([note for note in receipt.notes if "audit log" in note])
    assert said[1] == [] and len(said[0]) == 1
    assert str(tmp_path / "taken") in said[0][0]


def test_a_log_that_another_keeps_is_not_waited_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(audit, "_PATIENCE", 0.05)
    audit.log_path().parent.mkdir(parents=True)
    with audit._locked(audit.log_path()):
        assert "another program" in audit.record("upload", PROFILE, "done")
    assert audit.record("upload", PROFILE, "done") == ""
    assert len(events()) == 1


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    audit.log_path().parent.mkdir(parents=True)
    (tmp_path / "other").write_text("precious")
    audit.log_path().symlink_to(tmp_path / "other")
    assert "can't be written" in audit.record("upload", PROFILE, "done")
    assert (tmp_path / "other").read_text() == "precious"


def writer(name: str, count: int, largest: int = audit.LARGEST) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(CORE_PARENT)}
    command = [sys.executable, "-c", WRITER, name, str(count), str(largest)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)


def test_several_write_at_once_and_the_file_is_rotated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "FILES", 1000)
    writers = [writer(f"w{number}", 150, 5000) for number in range(3)]
    for one in writers:
        assert one.communicate(timeout=60)[0] == b"begun\n" and one.returncode == 0
    found = events()
    for number in range(3):
        told = [one["number"] for one in found if one["profile"] == f"w{number}"]
        assert told == list(range(150)), "each once, in order"
    files = list(audit.log_path().parent.glob("audit.jsonl*"))
    assert len(files) > 10 and not list(audit.log_path().parent.glob("*.lock"))
    for file in files:
        assert file.stat().st_size <= 5000 and stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_killed_writer_spoils_nobodys_line() -> None:
    for _time in range(3):
        with writer("killed", 10**6) as process:
            assert process.stdout is not None and process.stdout.readline() == b"begun\n"
            process.send_signal(signal.SIGKILL)
        assert audit.record("upload", PROFILE, "done") == ""
    found, broken = audit.read()
    assert broken <= 3 and [one["profile"] for one in found].count("lab") == 3
    with open(audit.log_path(), "ab") as file:
        file.write(b'{"time": "2026-11-29T18')  # the half of a line
    assert audit.record("remove", PROFILE, "done") == ""
    found, after = audit.read()
    assert after == broken + 1 and found[-1]["event"] == "remove"


def test_the_oldest_file_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "LARGEST", 1000)
    monkeypatch.setattr(audit, "FILES", 3)
    for number in range(40):
        assert audit.record("upload", PROFILE, "done", number=number) == ""
    numbers = [event["number"] for event in events()]
    assert numbers == list(range(numbers[0], 40)) and numbers[0] > 20
    assert len(list(audit.log_path().parent.glob("audit.jsonl*"))) == 3


def test_the_command_shows_and_exports(run: Callable[..., Said]) -> None:
    assert "0 events" in run("audit").out
    study = study_orthanc_id("P1", "1.2.3")
    audit.record("upload", PROFILE, "done", expected=3, stored=2, already_stored=1, studies=[study])
    audit.record("register", PROFILE, "registered", entries=[{"name": "=1+1"}])
    said = run("audit")
    assert said.code == 0 and "lab  3 of 3" in said.out and "not noted" in said.out
    data = run("audit", "--json", "--since", "2020-01-01").data
    assert [one["event"] for one in data["events"]] == ["upload", "register"]
    assert run("audit", "--json", "--since", "2100-01-01T08:00").data["events"] == []
    rows = run("audit", "--csv").out.splitlines()
    assert rows[0].startswith("time,event,outcome,who,") and len(rows) == 3 and study in rows[1]
    assert run("audit", "--since", "yesterday").code == 2


def test_patients_are_switched_on_and_off(run: Callable[..., Said]) -> None:
    assert not audit.tells_patients()
    assert run("audit", "--patients", "on").out.endswith("IDs are noted.\n")
    assert audit.tells_patients()
    assert run("audit", "--patients", "off", "--json").data["patients"] is False
    assert not audit.tells_patients()


def test_a_log_that_can_not_be_read_is_said() -> None:
    audit.log_path().mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="can't be read"):
        audit.read()
    assert "can't be written" in audit.record("upload", PROFILE, "done")


def test_an_event_of_somebody_else_is_only_a_line() -> None:
    audit.log_path().parent.mkdir(parents=True)
    event = {"time": "2026-11-29T18:00:00+00:00"}
    lines = ["[]", "5", '{"time": 5}', json.dumps(event), "\udcff", "[" * 100_000]
    event.update(dict.fromkeys(("event", "outcome", "profile"), "x"))
    odd = {"stored": "4", "verified": [], "patients": [{"id": 5}], "expected": {}}
    lines += [json.dumps({**event, name: value}) for name, value in odd.items()]
    audit.log_path().write_text("\n".join(lines), errors="surrogateescape")
    assert audit.read() == ([], len(lines))
