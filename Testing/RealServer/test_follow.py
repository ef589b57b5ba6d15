"""Following a real Orthanc through restarts and kills; a command for each series; its results."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import pydicom
import pytest

from Support.data.dicom import stable_uid, write_small_instances
from Support.process.busy_machine import here
from Support.process.command_line import CommandLine, Said
from Support.servers.orthanc import PrivateOrthanc

_FETCHED = re.compile(r'"GET /instances/([0-9a-f-]{44})/attachments/dicom/data HTTP/1.1" 200 (\d+)')


@pytest.fixture
def server() -> Iterator[PrivateOrthanc]:
    with PrivateOrthanc({"StableAge": 1}, plugins=False) as running:
        yield running


@pytest.fixture
def line(tmp_path: Path, server: PrivateOrthanc) -> CommandLine:
    line = CommandLine(tmp_path)
    login = ("--user", server.user, "--fingerprint", server.fingerprint, "--method", "HTTPS")
    assert line.run("profile", "add", "lab", server.rest_url, *login).code == 0
    return line


class Following:
    """A follower in a process of its own; `end` or `kill` it."""

    def __init__(self, line: CommandLine, server: PrivateOrthanc, out: Path, *more: Any) -> None:
        self._line, self.out, self._port = line, out, server.https_port
        arguments = ("follow", "lab", out, "--password-stdin", "--json", "--interval", 0.2)
        self.process = line.start(*arguments, "--since", "beginning", *more)
        assert self.process.stdin is not None
        self.process.stdin.write(f"{server.password}\n".encode())
        self.process.stdin.flush()

    def until(self, is_so: Callable[[], Any], seconds: float = 40) -> None:
        """Wait until something is so, while it runs."""
        deadline = time.monotonic() + here(seconds)
        while not is_so():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def kill(self) -> None:
        """Kill it as a crash would; the web server has told of all its requests then."""
        self.process.kill()
        self.process.communicate()
        deadline = time.monotonic() + here(10)
        while has_connections(self._port):
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def end(self) -> Said:
        """Ask it to end; what it says."""
        self.process.send_signal(signal.SIGTERM)
        return self._line.end(self.process)


def has_connections(port: int) -> bool:
    """Whether a port of this computer has connections that its program has not closed."""
    rows = [row.split()[1:4] for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    unclosed = ("01", "08")  # established, or closed by the other end alone
    return any(own.endswith(f":{port:04X}") and how in unclosed for own, _peer, how in rows)


def files_of(out: Path) -> list[Path]:
    return [path for path in out.rglob("*.dcm") if "results" not in path.parts]


def md5s(files: list[Path]) -> list[str]:
    return sorted(hashlib.md5(path.read_bytes()).hexdigest() for path in files)


def fetched(server: PrivateOrthanc) -> list[tuple[str, str]]:
    log = (server.folder / "nginx-access.log").read_text()
    return _FETCHED.findall(log)


def test_nothing_is_lost_or_done_twice_over_kills_and_restarts(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    files = write_small_instances(tmp_path / "data", count=120, patients=20, series=3, size=64)
    out, runs = tmp_path / "out", tmp_path / "runs"
    out.mkdir()
    command = ("--run", f"sh -c 'echo $0 >> {runs}'")
    part = len(files) // 6
    kept: set[str] = set()  # what was on the disk at a kill is not fetched again
    requests = 0
    for turn in range(5):
        server.store(*files[turn * part : (turn + 1) * part])
        if turn == 2:
            server.restart()  # a kill, before these are told to be stable
        following = Following(line, server, out, *command)
        least = turn * part + part // 3
        following.until(lambda least=least: len(files_of(out)) > least)
        following.kill()
        before = kept
        on_disk = {hashlib.md5(path.read_bytes()).hexdigest() for path in files_of(out)}
        kept = {
            name
            for name in server.get_json("/instances")
            if server.request("GET", f"/instances/{name}/attachments/dicom/md5").decode() in on_disk
        }
        # Only now, since nginx tells of an answer when it has been sent.
        after = fetched(server)[requests:]
        assert not before & {name for name, _size in after}
        requests += len(after)
    server.store(*files[5 * part :])
    following = Following(line, server, out, *command)
    following.until(lambda: len(files_of(out)) > 5 * part)
    server.restart()  # while it follows
    following.until(
        lambda: len(files_of(out)) == len(files) and len(set(runs.read_text().split())) == 60
    )
    said = following.end()
    assert (said.code, said.data["stopped"], said.data["faults"]) == (0, "cancelled", 0)
    assert md5s(files_of(out)) == md5s(files)
    assert not kept & {name for name, _size in fetched(server)[requests:]}
    assert server.password not in line.everything

    again = line.run(
        *("follow", "lab", out, "--password-stdin", "--once", "--json", *command),
        stdin=server.password + "\n",
    )
    assert (again.code, again.data["series"], again.data["receipt"]["expected"]) == (0, 0, 0)
    # A command that a kill met was begun again; no other was.
    assert len(runs.read_text().split()) <= 60 + 5


def test_results_are_uploaded_and_not_followed(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    first, second = write_small_instances(tmp_path / "data", count=2, series=2)
    made = tmp_path / "made.dcm"
    data = pydicom.dcmread(first)
    data.SeriesInstanceUID, data.SOPInstanceUID = stable_uid("result"), stable_uid("result", 1)
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    data.save_as(made)
    server.store(first)
    out, receipt = tmp_path / "out", tmp_path / "receipt.csv"
    script = tmp_path / "segment.sh"
    script.write_text(
        'mkdir -p "$ORTHANCCONNECT_RESULTS"; cp "$MADE" "$ORTHANCCONNECT_RESULTS/a.dcm"; exit $CODE'
    )
    arguments = ("follow", "lab", out, "--once", "--password-stdin", "--json", "--since")
    login = {"stdin": server.password + "\n"}

    def follow(code: int, source: Path = made) -> Said:
        command = f"env MADE={source} CODE={code} sh {script}"
        return line.run(*arguments, "beginning", "--run", command, "--receipt", receipt, **login)

    def settled() -> None:
        deadline = time.monotonic() + here(20)
        while not all(
            server.get_json(f"/series/{one}")["IsStable"] for one in server.get_json("/series")
        ):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    settled()
    assert line.run(*arguments, "now", **login).data["series"] == 0
    said = follow(0)  # also what was there before
    [row] = said.data["rows"]
    assert (said.code, row["exit_code"], row["uploaded"], row["command_reason"]) == (0, 0, 1, "")
    assert row["seconds"] > 0 and server.count() == 2
    assert receipt.read_text(encoding="utf-8-sig").splitlines()[1].startswith("SMALL0000,")
    settled()
    assert follow(0).data["series"] == 0  # its own results are no news

    server.store(second)
    settled()
    failed = follow(7)
    [row] = failed.data["rows"]
    assert failed.code == 1 and row["exit_code"] == 7 and row["uploaded"] == 0
    assert row["command_reason"] == "The command ended with 7." and row["reason"] == ""
    third = write_small_instances(tmp_path / "more", count=1, seed=5)[0]
    server.store(third)
    settled()
    own = follow(0, third)
    assert "the series' own Series Instance UID" in own.data["rows"][0]["command_reason"]
    assert server.count() == 4


def test_a_quota_is_said_and_a_second_follower_refused(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    server.store(*write_small_instances(tmp_path / "data", count=8, series=4))
    out = tmp_path / "out"
    following = Following(line, server, out, "--quota", "15kB")
    following.process.wait(here(30))
    said = following.end()
    assert (said.code, said.data["stopped"]) == (1, "full")
    assert len(files_of(out)) == 4 and said.data["waiting"] == 2
    assert "more than its quota of 15000" in said.data["receipt"]["notes"][0]

    following = Following(line, server, out)
    following.until(lambda: len(files_of(out)) == 8)
    second = line.run(
        *("follow", "lab", out, "--password-stdin", "--once"), stdin=server.password + "\n"
    )
    assert second.code == 2 and "Another process follows into" in second.err
    interrupted = following.end()
    assert (interrupted.code, interrupted.data["receipt"]["cancelled"]) == (0, False)
    state = json.loads((out / ".orthancconnect" / "follow.json").read_text())
    assert state["waiting"] == [] and state["last"] > 0
