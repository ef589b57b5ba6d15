"""Attacks by servers, surroundings and files, without an Orthanc.

Each asserts what is right.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Iterator, List, Tuple

import pytest
from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from OrthancConnectCore.profile_store import ProfileStore
from OrthancConnectCore.shared.profile import ProfileSet, ServerProfile, TrustPolicy
from Support.data.certificates import (
    TestCertificate,
    certificate_fingerprint,
    make_certificate,
)
from Support.data.dicom import write_small_instances
from Support.process.busy_machine import here
from Support.process.command_line import CORE_PARENT
from Support.process.ports import release_port, reserve_port
from Support.process.worker import COMMAND
from Support.scenarios.doctor_cases import QUICK
from Support.scenarios.field import WorkingLine, given, words
from Support.servers.dimse_flood import DimseFlood
from Support.servers.lying import Flood
from Support.servers.scripted import SYSTEM, Answer, Handler, Request, ScriptedServer, always

MEGABYTE = 1024 * 1024
ALONE = "--no-compression"  # each file is a request of its own


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> TestCertificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "own")


@pytest.fixture
def line(tmp_path: Path) -> WorkingLine:
    """A command line with a profile that leads nowhere."""
    pin = TrustPolicy.pinned(":".join(["AA"] * 32))
    return WorkingLine(
        tmp_path, ServerProfile("lab", "https://127.0.0.1:8042", user="u", trust=pin), "x"
    )


def line_to(folder: Path, server: ScriptedServer, certificate: TestCertificate) -> WorkingLine:
    trust = TrustPolicy.pinned(certificate.fingerprint)
    profile = ServerProfile("scripted", server.url, user="ana", trust=trust, read_timeout=1)
    return WorkingLine(folder, profile, "a password")


def empty_server(request: Request) -> Answer:
    """What an Orthanc without a study answers."""
    return Answer(404) if request.path.startswith("/studies/") else Answer.of_json(SYSTEM)


def at(path: str, answer: Answer) -> Handler:
    """One path's answer; the rest is an empty Orthanc's."""
    return lambda request: answer if request.path == path else empty_server(request)


# Answers without an end ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/system", "/instances"])
def test_an_endless_answer_is_not_read_for_ever(
    certificate: TestCertificate, tmp_path: Path, path: str
) -> None:
    flood = Flood(b"HTTP/1.1 200 OK\r\n\r\n", b" " * (MEGABYTE // 4), 96 * MEGABYTE)
    write_small_instances(tmp_path / "data", count=1)
    with ScriptedServer(at(path, Answer(raw=flood)), certificate) as server:
        line = line_to(tmp_path, server, certificate)
        if path == "/system":
            said = line.ask_apart("echo", "--only", "https")
        else:
            said = line.ask_apart("upload", tmp_path / "data", ALONE, "--wait", 2)
    given(flood.sent > 0 and said.code != 0, said)
    assert flood.sent < 48 * MEGABYTE
    assert "foresee" not in said.err and "Traceback" not in said.err


def test_an_answer_that_drips_is_not_waited_for_for_ever(
    certificate: TestCertificate, tmp_path: Path
) -> None:
    came_whole: List[bool] = []

    def drip() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
        for _turn in range(24):
            time.sleep(0.25)
            yield b" "
        came_whole.append(True)

    with ScriptedServer(at("/system", Answer(raw=drip())), certificate) as server:
        said = line_to(tmp_path, server, certificate).ask("echo", "--only", "https")
    given(said.code != 0, said)
    assert came_whole == []


@pytest.mark.parametrize("what", ["command", "dataset", "PDU", "drip"])
def test_a_dicom_message_without_an_end_is_ended(tmp_path: Path, what: str) -> None:
    limits = {**QUICK, "dimse_timeout": 1.0 if what == "drip" else 5.0}
    with DimseFlood(48 * MEGABYTE, what) as peer:
        profile = ServerProfile(
            "flood", "https://127.0.0.1:1", dicom_port=peer.port, called_ae_title="FLOOD", **limits
        )
        line = WorkingLine(tmp_path, profile, "")
        said = line.run("echo", "--only", "dicom")
    given(peer.sent > 0 and said.code != 0, said)
    assert peer.sent < 24 * MEGABYTE
    assert "Traceback" not in said.err
    assert "was ended" in said.err or what in ("PDU", "drip")


# Trust --------------------------------------------------------------------------------------------


def name_of_kind(content: str) -> x509.UnrecognizedExtension:
    """Alternative names in DER, as they stand in a certificate."""
    return x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.17"), bytes.fromhex(content))


@pytest.mark.parametrize(
    "content",
    [
        "3006a30430020500",  # x400Address
        "3009a507a1050c034f4349",  # ediPartyName
        "3010a00e06032a0304a0070c056f74686572",  # otherName
        "300488022a03",  # registeredID
        "300b8209ff2e6578616d706c65",  # a DNS name that is none
    ],
)
def test_a_certificate_with_an_unusual_alternative_name_is_told(
    line: WorkingLine, tmp_path: Path, content: str
) -> None:
    unusual = make_certificate(tmp_path, "unusual", extension=name_of_kind(content))
    with ScriptedServer(always(Answer.of_json(SYSTEM)), unusual) as server:
        said = line.ask("connect", server.url, "--user", "u")
    given(said.code != 0, said)
    assert unusual.fingerprint in said.out + said.err
    assert "foresee" not in said.err


@pytest.fixture
def issued(tmp_path: Path) -> Iterator[Any]:
    """A server whose certificate an authority of ours has issued, and the authority's."""
    authority = make_certificate(tmp_path / "tls", "authority", authority=True)
    leaf = make_certificate(tmp_path / "tls", "leaf", issuer=authority)
    with ScriptedServer(always(Answer.of_json(SYSTEM)), leaf) as server:
        yield server, authority.certificate


def trusting_line(folder: Path, server: ScriptedServer, **environment: str) -> WorkingLine:
    """A command line that trusts as the system does."""
    port = reserve_port()
    release_port(port)
    profile = ServerProfile("system", server.url, user="u", dicom_port=port, **QUICK)
    return WorkingLine(folder, profile, "x", **environment)


@pytest.mark.parametrize("command", [("doctor", "--read-only"), ("profile", "show")])
def test_the_store_that_decides_trust_is_named(
    issued: Any, tmp_path: Path, command: Tuple[str, ...]
) -> None:
    server, authority = issued
    line = trusting_line(tmp_path, server, SSL_CERT_FILE=str(authority))
    said = line.ask_apart(*command) if command[0] == "doctor" else line.run(*command)
    given(said.out != "", said)
    assert f"SSL_CERT_FILE={authority}" in said.out


@pytest.mark.parametrize("pinned", [False, True])
def test_the_keys_of_a_session_are_not_written(issued: Any, tmp_path: Path, pinned: bool) -> None:
    server, authority = issued
    keys = tmp_path / "keys"
    environment = {"SSL_CERT_FILE": str(authority), "SSLKEYLOGFILE": str(keys)}
    line = trusting_line(tmp_path, server, **environment)
    if pinned:
        shown = certificate_fingerprint(tmp_path / "tls" / "leaf.crt")
        line.know(ServerProfile("p", server.url, user="u", trust=TrustPolicy.pinned(shown)))
    said = line.ask_apart("echo", "--only", "https")
    given(said.code == 0, said)
    assert server.connections == 1 + pinned  # by the bare handshake before
    assert not keys.exists()


def test_an_import_does_not_change_a_pin_unsaid(line: WorkingLine, tmp_path: Path) -> None:
    known = line.say("profile", "show", "lab", "--json").data["trust"]["fingerprint"]
    trust = TrustPolicy.pinned(":".join(["BB"] * 32))
    other = ServerProfile("lab", "https://127.0.0.1:8042", user="u", trust=trust)
    (tmp_path / "import.json").write_text(ProfileSet((other,)).to_json(), encoding="utf-8")
    said = line.say("profile", "import", tmp_path / "import.json", "--replace")
    now = line.say("profile", "show", "lab", "--json").data["trust"]["fingerprint"]
    assert now == known or "certificate" in words(said) or "fingerprint" in words(said)


# Files of the program -----------------------------------------------------------------------------


def test_two_changes_of_the_profiles_at_once_are_both_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORTHANCCONNECT_CONFIG_DIR", str(tmp_path))
    meeting = threading.Barrier(2)

    def add(name: str) -> None:
        def change(profiles: ProfileSet) -> ProfileSet:
            with contextlib.suppress(threading.BrokenBarrierError):  # one waits for the other
                meeting.wait(1)
            return profiles.put(ServerProfile(name, f"https://{name}.example.org"))

        ProfileStore().update(change)

    threads = [threading.Thread(target=add, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(ProfileStore().load().names) == ["one", "two"]


@pytest.fixture
def jobs(certificate: TestCertificate, tmp_path: Path) -> Any:
    """A command line with an upload that left a file behind, and the folder of its state."""
    write_small_instances(tmp_path / "data", count=1)
    with ScriptedServer(at("/instances", Answer(400)), certificate) as server:
        line = line_to(tmp_path, server, certificate)
        line.ask("upload", tmp_path / "data", ALONE)
    listed = line.say("jobs", "list", "--json")
    given(len(listed.data["jobs"]) == 1, listed)
    (folder,) = {path.parent for path in Path(os.environ["XDG_STATE_HOME"]).rglob("*.json")}
    return line, folder


@pytest.mark.parametrize(
    "content", ['{"format": "OrthancConnect upload job 1"}', "[1, 2]", "{", ""]
)
def test_one_bad_file_of_a_job_hides_no_other_job(jobs: Any, content: str) -> None:
    line, folder = jobs
    (folder / "0123456789abcdef.json").write_text(content)
    said = line.say("jobs", "list", "--json")
    assert said.code == 0, said.err
    assert len(said.data["jobs"]) == 1
    assert said.data["unreadable"] == [str(folder / "0123456789abcdef.json")]
    assert "0123456789abcdef.json is damaged" in line.say("jobs", "list").out
    assert line.say("jobs", "remove", "0123456789abcdef").code == 0
    assert line.say("jobs", "list", "--json").data["unreadable"] == []


def test_a_pipe_in_the_state_folder_stops_nothing(jobs: Any) -> None:
    line, folder = jobs
    os.mkfifo(folder / "0123456789abcdef.json")
    process = line.start("jobs", "list", "--json")
    try:
        said = line.end(process, timeout=min(here(4), 15))
    except subprocess.TimeoutExpired:
        process.communicate()
        said = None
    assert said is not None, "it waits for ever"
    assert (said.code, len(said.data["jobs"])) == (0, 1)


# Processes ----------------------------------------------------------------------------------------

# Starts a worker, and a child without exec that has its pipes as well, as multiprocessing does.
# Slicer's Python may be a launcher, which stays between and has the pipes too.
_PARENT = """
import json, os, subprocess, sys, time
command = json.loads(sys.argv[1])
if sys.argv[2] == "launcher":
    command.append(str(os.getpid()))
    code = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    command = [sys.executable, "-c", code, *command]
worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
other = os.fork()
if other == 0:
    time.sleep(300)
    os._exit(0)
worker.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "worker.info"}\\n')
worker.stdin.flush()
print(json.loads(worker.stdout.readline())["result"]["pid"], worker.pid, other, flush=True)
time.sleep(300)
"""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("between", ["nothing", "launcher"])
def test_a_worker_ends_with_its_parent_whoever_holds_the_pipe(between: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, json.dumps(COMMAND), between],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(CORE_PARENT)},
        text=True,
    ) as parent:
        assert parent.stdout is not None
        worker, *others = map(int, parent.stdout.readline().split())
        parent.kill()
    given(is_alive(worker) and all(map(is_alive, others)), "all run")
    deadline = time.monotonic() + min(here(2), 15)
    try:
        while is_alive(worker) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not is_alive(worker)
    finally:
        for pid in (worker, *others):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
