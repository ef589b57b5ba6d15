"""``import-files``, heir of Orthanc's ImportDicomFiles.py, and secrets on the command line."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Iterator

import pytest

from Support.data.certificates import make_certificate
from Support.data.dicom import write_group_folder, write_small_instances
from Support.process.command_line import CommandLine
from Support.servers.orthanc import PrivateOrthanc

CANARY = "cañary-€-Vx7pR2"


@pytest.fixture(scope="module")
def server() -> Iterator[PrivateOrthanc]:
    with PrivateOrthanc(user="ana", password=CANARY, plugins=False) as running:
        yield running


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


def _address(server: PrivateOrthanc) -> tuple[str, str]:
    return "127.0.0.1", str(server.https_port)


def test_a_folder_twice_all_stored_then_all_already_there(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    server.reset()
    files = write_group_folder(tmp_path / "group", slices=8, rows=64, columns=64)
    total = sum(map(len, files.values()))
    arguments = ("import-files", *_address(server), tmp_path / "group", "ana", CANARY)
    trust = ("--fingerprint", server.fingerprint)
    first = line.run(*arguments, *trust)
    assert first.code == 0
    assert first.out.splitlines()[-1] == f"{total} stored, 2 skipped"
    assert "can be read by every user" in first.err and CANARY not in first.out + first.err
    assert server.count() == total and server.count("Patients") == 3
    second = line.run(*arguments, *trust, "--json")
    assert second.code == 0
    counts = [second.data[name] for name in ("stored", "already_stored", "skipped", "failed")]
    assert counts == [0, total, 2, 0]
    assert server.count() == total


def test_one_file_with_the_password_on_stdin_and_a_ca_file(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    server.reset()
    file = write_small_instances(tmp_path / "data", count=1)[0]
    arguments = ("import-files", *_address(server), file, "ana", "--password-stdin")
    said = line.run(*arguments, "--ca-file", server.certificate_path, stdin=CANARY + "\n")
    assert said.code == 0 and said.err.startswith("Kept as the profile ")
    again = line.run(*arguments, stdin=CANARY + "\n")
    assert (again.code, again.err) == (0, "")
    assert server.count() == 1


def test_an_unknown_certificate_is_shown_with_the_way_to_pass_it(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    server.reset()
    file = write_small_instances(tmp_path / "data", count=1)[0]
    arguments = ("import-files", *_address(server), file, "ana", "--password-stdin")
    for extra in ((), ("--fingerprint", "AB" * 32)):
        said = line.run(*arguments, *extra, stdin=CANARY + "\n")
        assert said.code == 3 and said.out == ""
        assert f"--fingerprint {server.fingerprint}" in said.err and "host names" in said.err
    said = line.run(*arguments, "--json", stdin=CANARY + "\n")
    assert said.code == 3
    assert said.data["error"]["facts"]["fingerprint"] == server.fingerprint
    other = make_certificate(tmp_path / "tls", "other")
    said = line.run(*arguments, "--ca-file", other.certificate, stdin=CANARY + "\n")
    assert said.code == 3
    assert server.count() == 0


def _profiles(line: CommandLine) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = line.run("profile", "list", "--json").data["profiles"]
    return found


def test_the_five_old_arguments_suffice_once_somebody_agreed(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    """The guide's line: asked on the terminal the first time, remembered from then on."""
    server.reset()
    file = write_small_instances(tmp_path / "data", count=1)[0]
    five = ("import-files", *_address(server), file, "ana", CANARY)
    said = line.on_terminal(*five, answers={"[y/N]": "n"})
    assert said.code == 3 and _profiles(line) == [] and server.count() == 0
    said = line.on_terminal(*five, answers={"[y/N]": "y"})
    assert said.code == 0 and server.fingerprint in said.out
    name = f"127.0.0.1:{server.https_port}"
    assert f"Kept as the profile {name}" in said.out
    (kept,) = _profiles(line)
    assert (kept["name"], kept["user"], kept["trust"]["fingerprint"]) == (
        *(name, "ana"),
        server.fingerprint,
    )
    again = line.run(*five)
    assert (again.code, again.out.splitlines()[-1]) == (0, "0 stored, 1 already there")
    assert "SHA-256" not in again.err
    assert CANARY not in line.everything


def test_what_is_typed_counts_whatever_a_profile_of_the_server_has(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    """User and password, where the profile logs in otherwise; a name, where it is taken."""
    file = write_small_instances(tmp_path / "data", count=1)[0]
    five = ("import-files", *_address(server), file, "ana", CANARY)
    name = f"127.0.0.1:{server.https_port}"
    assert line.run("profile", "add", name, "https://elsewhere.example").code == 0
    kept = line.run(*five, "--fingerprint", server.fingerprint)
    assert kept.code == 0 and f"Kept as the profile {name} (2):" in kept.err, kept
    token = ("--auth", "token", "--fingerprint", server.fingerprint, "--replace")
    assert line.run("profile", "add", f"{name} (2)", server.rest_url, *token).code == 0
    assert line.run(*five).code == 0
    odd = line.run("import-files", "127.0.0.1/x", server.https_port, file)
    assert odd.code == 2 and "The host '127…' (host) can't be used." in odd.err, odd


def test_a_fingerprint_is_an_answer_that_is_remembered(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    file = write_small_instances(tmp_path / "data", count=1)[0]
    five = ("import-files", *_address(server), file, "ana", CANARY)
    refused = line.run(*five)
    assert refused.code == 3 and CANARY not in refused.err
    assert f"--password-stdin --fingerprint {server.fingerprint}" in refused.err
    assert line.run(*five, "--fingerprint", server.fingerprint).code == 0
    assert line.run(*five).code == 0
    assert len(_profiles(line)) == 1


def test_a_profile_knows_the_server_and_a_changed_certificate_is_refused(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    file = write_small_instances(tmp_path / "data", count=1)[0]
    add = ("profile", "add", "our lab", f"https://localhost:{server.https_port}", "--user", "ana")
    line.run(*add, "--fingerprint", server.fingerprint)
    said = line.run(
        *("import-files", "LOCALHOST.", server.https_port, file, "ana", CANARY),
    )
    assert said.code == 0 and [one["name"] for one in _profiles(line)] == ["our lab"]
    other = make_certificate(tmp_path / "tls", "other", ["localhost"])
    before, count = server.certificate, server.count()
    server.replace_certificate(other)
    try:
        said = line.run("import-files", "localhost", server.https_port, file, "ana", CANARY)
    finally:
        server.replace_certificate(before)
    assert said.code == 3 and 'orthancconnect trust -p "our lab"' in said.err
    assert server.count() == count and _profiles(line)[0]["trust"]["fingerprint"] == (
        server.fingerprint
    )


def test_a_server_that_starts_meanwhile_is_waited_for(line: CommandLine, tmp_path: Path) -> None:
    """The first request of all, to look at the certificate, meets the same patience as the last."""
    files = write_small_instances(tmp_path / "data", count=5)
    with PrivateOrthanc(user="ana", password=CANARY, plugins=False) as server:
        server.kill()
        server.stop_nginx()
        arguments = ("import-files", *_address(server), files[0].parent, "ana", "--password-stdin")
        process = line.start(*arguments, "--fingerprint", server.fingerprint, bufsize=0)
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write(CANARY.encode() + b"\n")
        assert b"waiting for the server. Nothing listens on" in process.stderr.readline()
        server.start_nginx()  # which says 502 until the server is there
        for _ in range(3):  # some seconds, as a server takes to start
            threading.Event().wait(1)
            assert process.poll() is None
        server.restart()
        said = line.end(process)
        assert (said.code, server.count()) == (0, 5) and "the server is back" in said.err


def test_a_server_without_users_needs_neither_user_nor_password(
    line: CommandLine, tmp_path: Path
) -> None:
    file = write_small_instances(tmp_path / "data", count=1)[0]
    with PrivateOrthanc({"AuthenticationEnabled": False}, plugins=False) as server:
        arguments = ("import-files", *_address(server), file, "--fingerprint", server.fingerprint)
        assert line.run(*arguments).code == 0
        assert server.count() == 1


def test_wrong_or_missing_login_is_4(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    file = write_small_instances(tmp_path / "data", count=1)[0]
    arguments = ("import-files", *_address(server), file)
    trust = ("--fingerprint", server.fingerprint)
    assert line.run(*arguments, *trust).code == 4
    assert line.run(*arguments, "ana", "wrong", *trust).code == 4
    assert line.run(*arguments, "ana", *trust).code == 2  # nobody to ask for a password


def test_a_password_is_found_nowhere(
    server: PrivateOrthanc, tmp_path: Path, private_surroundings: Path
) -> None:
    """Search all output, all files, and the running process for the password."""
    work = tmp_path / "work"
    work.mkdir()
    log = work / "trace.log"
    line = CommandLine(work, ORTHANCCONNECT_LOG=str(log), HOME=str(work))
    write_small_instances(tmp_path / "data", count=200)
    login = {"stdin": CANARY + "\n"}
    add = ("profile", "add", "lab", server.rest_url, "--user", "ana")
    line.run(*add, "--dicom-port", server.dicom_port, "--fingerprint", server.fingerprint)
    server.reset()
    process = line.start("upload", tmp_path / "data", "--password-stdin", "--parallel", "1")
    with process:
        assert process.stdin is not None
        process.stdin.write(CANARY.encode() + b"\n")
        process.stdin.flush()
        seen = [b"", b""]
        while server.count() == 0 and process.poll() is None:
            proc = Path(f"/proc/{process.pid}")
            now = [(proc / name).read_bytes() for name in ("cmdline", "environ")]
            seen = now if now[0] else seen  # it may end meanwhile
        said = line.end(process)
    assert said.code == 0
    assert all(CANARY.encode() not in text for text in seen) and seen[0]
    for arguments in (
        ("echo", "--password-stdin", "--only", "https"),
        ("retrieve", "--patient", "SMALL0000", "--output", work / "out", "--method", "HTTPS")
        + ("--password-stdin", "--json"),
        ("upload", tmp_path / "data", "--password", CANARY),
        ("echo", f"--password={CANARY}"),
        ("upload", "--password-stdin", "--parallel", CANARY, tmp_path),
        ("profile", "add", "url", f"https://ana:{CANARY}@server"),
        ("profile", "list", "--json"),
        ("profile", "export", "--output", work / "exported.json"),
        ("import-files", *_address(server), tmp_path / "data", "ana", CANARY),
        ("import-files", *_address(server), tmp_path / "data", "ana", CANARY, "more"),
        (
            "import-files",
            "127.0.0.1",
            "9",
            tmp_path / "data",
            "ana",
            CANARY,
            "--wait",
            "0",
            "--json",
        ),
    ):
        line.run(*arguments, **login)
    assert "stored" in line.everything and CANARY not in line.everything
    assert "Traceback" not in line.everything
    searched = [path for root in (work, private_surroundings) for path in root.rglob("*")]
    searched = [path for path in searched if path.is_file()]
    assert {"profiles.json", "exported.json"} <= {path.name for path in searched}
    for path in searched:
        assert CANARY.encode() not in path.read_bytes(), path
