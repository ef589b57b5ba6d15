"""Where the command line has its passwords from: stdin, the keychain, a terminal; in this order."""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import keyring
import keyring.backends.fail
import pytest

from OrthancConnectCore.profile_store import ProfileStore
from Support.data.certificates import certificate_fingerprint, make_certificate
from Support.fakes.keychains import MemoryKeyring, shared_keychain
from Support.process.command_line import CORE_PARENT, CommandLine, Said, in_process
from Support.servers.scripted import SYSTEM, Answer, Request, ScriptedServer

GOOD, OTHER = "canary-good", "canary-other"


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    before, backend = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def _login(request: Request) -> Answer:
    """Let in ana with the good password, and nobody else."""
    wanted = base64.b64encode(f"ana:{GOOD}".encode()).decode()
    if request.headers.get("authorization") != f"Basic {wanted}":
        return Answer(401)
    return Answer.of_json(SYSTEM)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ScriptedServer]:
    with ScriptedServer(_login, make_certificate(tmp_path, "own")) as running:
        yield running


@pytest.fixture
def run(tmp_path: Path, monkeypatch, capsys, server: ScriptedServer) -> Callable[..., Said]:
    """Run the command line with this as stdin; it knows the server as `lab`."""
    monkeypatch.setenv("ORTHANCCONNECT_CONFIG_DIR", str(tmp_path / "settings"))
    call = in_process(capsys)

    def with_stdin(*arguments: str, stdin: str = "") -> Said:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        said = call(*arguments)
        assert "canary" not in said.out + said.err
        return said

    fingerprint = certificate_fingerprint(tmp_path / "own.crt")
    profile = ("profile", "add", "lab", server.url, "--user", "ana")
    added = with_stdin(*profile, "--fingerprint", fingerprint)
    assert added.code == 0
    return with_stdin


def _echo(run: Callable[..., Said], *more: str, stdin: str = "") -> Said:
    return run("echo", "--only", "https", *more, stdin=stdin)


def _entry(server: ScriptedServer, user: str = "ana") -> str:
    return f"OrthancConnect {user}@{server.url}"


def test_remembered_used_and_forgotten(run, server, memory) -> None:
    assert "--password-stdin" in _echo(run).err  # no terminal, no keychain entry
    said = run("password", "remember", "--password-stdin", "--json", stdin=GOOD + "\n")
    assert (said.code, said.data["remembered"]) == (0, True)
    assert memory.entries == {_entry(server): GOOD}
    assert _echo(run).code == 0
    said = run("password", "forget")
    assert said.code == 0 and "no longer" in said.out and memory.entries == {}
    assert "was not" in run("password", "forget").out
    assert _echo(run).code == 2


def test_a_password_that_the_server_refuses_is_not_remembered(run, memory) -> None:
    said = run("password", "remember", "--password-stdin", stdin=OTHER + "\n")
    assert said.code == 4 and memory.entries == {}


def test_stdin_goes_before_the_keychain(run, server, memory) -> None:
    memory.entries = {_entry(server): OTHER}
    assert _echo(run, "--password-stdin", stdin=GOOD + "\n").code == 0
    said = _echo(run)
    assert said.code == 4 and "password remember --profile lab" in said.err


def test_another_user_or_address_never_gets_the_password(run, server, memory) -> None:
    memory.entries = {_entry(server): GOOD}
    assert _echo(run).code == 0
    run("profile", "add", "eva", server.url, "--user", "eva")
    run("profile", "copy", "lab", "moved", "--address", "https://127.0.0.1:9")
    run("profile", "copy", "lab", "same")
    for name in ("eva", "moved"):
        said = _echo(run, "--profile", name)
        assert said.code == 2 and "can't be asked for" in said.err, name
    assert _echo(run, "--profile", "same").code == 0


def test_a_keychain_that_is_locked_or_missing_stops_nobody(
    run, server, memory, monkeypatch
) -> None:
    memory.locked = True
    said = _echo(run)
    assert said.code == 2 and "keychain can't be read" in said.err
    assert _echo(run, "--password-stdin", stdin=GOOD + "\n").err == ""
    keyring.set_keyring(keyring.backends.fail.Keyring())
    said = _echo(run)
    assert "keychain can't" not in said.err and "can't be asked for" in said.err
    assert "no keychain" in run("password", "remember", "--password-stdin", stdin=GOOD).err
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert _echo(run, "--password-stdin", stdin=GOOD + "\n").code == 0
    for action in ("remember", "forget"):
        said = run("password", action, "--json")
        assert said.data["error"]["kind"] == "MissingDependencyError"
        assert said.data["error"]["facts"]["package"] == "keyring"


def test_removing_a_profile_forgets_its_password_when_asked(run, server, memory) -> None:
    memory.entries = {_entry(server): GOOD}
    run("profile", "copy", "lab", "second")
    assert run("profile", "remove", "second", "--json").data["forgotten"] is False
    assert memory.entries == {_entry(server): GOOD}
    said = run("profile", "remove", "lab", "--forget-password")
    assert said.code == 0 and "no longer in the system's keychain" in said.out
    assert memory.entries == {}
    assert ProfileStore().load().profiles == ()


def test_a_profile_is_not_removed_while_its_password_can_not_be(run, server, memory) -> None:
    memory.entries = {_entry(server): GOOD}
    memory.locked = True
    assert run("profile", "remove", "lab", "--forget-password").code == 2
    assert ProfileStore().load().names == ("lab",)


def test_a_profile_without_user_has_no_password(run, server, memory) -> None:
    run("profile", "add", "open", server.url)
    for action in ("remember", "forget"):
        assert "has no user" in run("password", action, "--profile", "open").err


def test_a_terminal_is_asked_only_without_a_remembered_password(
    tmp_path: Path, server: ScriptedServer
) -> None:
    environment: Any = shared_keychain(tmp_path / "keychain", CORE_PARENT)
    line = CommandLine(tmp_path, **environment)
    line.run(
        *("profile", "add", "lab", server.url, "--user", "ana"),
        *("--fingerprint", certificate_fingerprint(tmp_path / "own.crt")),
    )
    asked = line.on_terminal("echo", "--only", "https", answers={"Password of ana": GOOD})
    assert asked.code == 0 and "Password of ana" in asked.out
    kept = line.on_terminal("password", "remember", answers={"Password of ana": GOOD})
    assert kept.code == 0 and "in the system's keychain" in kept.out
    quiet = line.on_terminal("echo", "--only", "https")
    assert quiet.code == 0 and "Password of" not in quiet.out
    assert GOOD not in line.everything
