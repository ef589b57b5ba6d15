"""``connect``: from an address and a login to a profile, asked once for each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Iterator

import pytest

from Support.data.certificates import make_certificate
from Support.fakes.keychains import shared_keychain
from Support.process.command_line import CORE_PARENT, CommandLine
from Support.servers.orthanc import PrivateOrthanc


@pytest.fixture(scope="module")
def server() -> Iterator[PrivateOrthanc]:
    with PrivateOrthanc(modalities={}, plugins=False) as running:
        yield running


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    environment: Any = shared_keychain(tmp_path / "keychain", CORE_PARENT)
    return CommandLine(tmp_path, **environment)


def _connect(server: PrivateOrthanc, *more: str) -> tuple[str, ...]:
    return ("connect", server.rest_url, "--user", server.user, *more)


def _pinned(server: PrivateOrthanc, *more: str) -> tuple[str, ...]:
    return _connect(server, "--fingerprint", server.fingerprint, "--password-stdin", *more)


def _profiles(line: CommandLine) -> dict[str, Any]:
    data = line.run("profile", "list", "--json").data
    return {item["name"]: item for item in data["profiles"]}


def test_on_a_terminal_everything_is_asked_once_and_the_rest_is_found(
    line: CommandLine, server: PrivateOrthanc
) -> None:
    answers = {"User (": server.user, "[y/N]": "y", "Password of": server.password}
    said = line.on_terminal("connect", server.rest_url, "--remember", answers=answers)
    assert said.code == 0
    assert said.out.count(server.fingerprint) >= 1 and said.out.count("[y/N]") == 1
    assert f"DICOM             127.0.0.1:{server.dicom_port}" in said.out
    assert "in the keychain" in said.out and "orthancconnect register" in said.out
    profile = _profiles(line)[server.aet]
    assert profile["default"] is True
    assert profile["trust"] == {
        "mode": "pinned",
        "fingerprint": server.fingerprint,
        "ca_file": "",
        "next_fingerprint": "",
    }
    for field, value in (
        ("rest_url", server.rest_url),
        ("user", server.user),
        ("called_ae_title", server.aet),
        ("dicom_port", server.dicom_port),
    ):
        assert profile[field] == value
    assert profile["calling_ae_title"] not in ("", "SLICER")
    echo = line.run("echo")  # neither a password nor a question: the keychain has it
    assert (echo.code, echo.err) == (0, "")
    assert server.password not in line.everything


def test_no_on_the_terminal_keeps_nothing(line: CommandLine, server: PrivateOrthanc) -> None:
    said = line.on_terminal(*_connect(server), answers={"[y/N]": "n"})
    assert said.code == 3 and "Password of" not in said.out
    assert _profiles(line) == {}


def test_without_a_terminal_the_fingerprint_is_needed(
    line: CommandLine, server: PrivateOrthanc
) -> None:
    password = server.password + "\n"
    said = line.run(*_connect(server, "--password-stdin"), stdin=password)
    assert said.code == 3 and _profiles(line) == {}
    (hint,) = (text for text in said.err.splitlines() if "then run: " in text)
    again = hint.partition("then run: orthancconnect ")[2].split()
    assert again[-2:] == ["--fingerprint", server.fingerprint]
    said = line.run(*again, "--password-stdin", "--json", stdin=password)
    assert (said.code, said.err) == (0, "")
    assert said.data["profile"]["name"] == said.data["system"]["name"] == server.aet
    assert said.data["certificate"]["fingerprint"] == server.fingerprint
    assert said.data["remembered"] is False
    assert not (line.settings.parent / "keychain").exists()


def test_a_wrong_fingerprint_or_password_keeps_nothing(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    other = make_certificate(tmp_path / "tls", "other").fingerprint
    said = line.run(
        *_connect(server, "--fingerprint", other, "--password-stdin"), stdin=server.password
    )
    assert said.code == 3 and other in said.err and server.fingerprint in said.err
    said = line.run(*_pinned(server, "--remember"), stdin="wrong\n")
    assert said.code == 4
    nobody = line.run("connect", server.rest_url, "--fingerprint", server.fingerprint)
    assert nobody.code == 4 and "--user" in nobody.err
    assert _profiles(line) == {} and not (tmp_path / "keychain").exists()


def test_names_and_wishes(line: CommandLine, server: PrivateOrthanc) -> None:
    password = {"stdin": server.password + "\n"}
    assert line.run(*_pinned(server), **password).code == 0
    again = line.run(*_pinned(server), **password)
    assert again.code == 2 and "already a profile named" in again.err
    wished = ("--name", "second", "--method", "HTTPS", "--calling-ae-title", "MINE", "--default")
    assert line.run(*_pinned(server, *wished), **password).code == 0
    profiles = _profiles(line)
    assert list(profiles) == [server.aet, "second"] and profiles["second"]["default"]
    fields = ("retrieve_method", "calling_ae_title", "storage_ae_title")
    assert [profiles["second"][field] for field in fields] == ["HTTPS", "MINE", "MINE"]
    assert line.run(*_pinned(server, "--name", "second"), **password).code == 2
    anew = line.run(*_pinned(server, "--name", "second", "--replace"), **password)
    assert anew.code == 0
    assert _profiles(line)["second"]["retrieve_method"] == "Automatic"


def test_a_changed_certificate_is_not_taken_by_connecting_anew(
    line: CommandLine, tmp_path: Path
) -> None:
    with PrivateOrthanc(modalities={}, plugins=False) as server:
        password = {"stdin": server.password + "\n"}
        assert line.run(*_pinned(server), **password).code == 0
        old = server.fingerprint
        server.replace_certificate(make_certificate(tmp_path / "tls", "renewed"))
        said = line.run(*_connect(server, "--replace", "--password-stdin"), **password)
        assert said.code == 3 and old in said.err and server.fingerprint in said.err
        assert _profiles(line)[server.aet]["trust"]["fingerprint"] == old
        assert line.run(*_pinned(server, "--replace"), **password).code == 0
        assert _profiles(line)[server.aet]["trust"]["fingerprint"] == server.fingerprint


def test_plain_http_needs_an_explicit_word(line: CommandLine, server: PrivateOrthanc) -> None:
    arguments = ("connect", server.http_url, "--user", server.user, "--password-stdin")
    said = line.run(*arguments, stdin=server.password)
    assert said.code == 2 and "--allow-insecure-http" in said.err
    said = line.run(*arguments, "--allow-insecure-http", "--json", stdin=server.password)
    assert said.code == 0 and "clear" in said.err
    assert said.data["certificate"] is None


def test_the_keychain_answers_for_a_server_that_was_removed(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    line.run(*_pinned(server, "--remember"), stdin=server.password)
    line.run("profile", "remove", server.aet)
    assert server.password in json.loads((tmp_path / "keychain").read_text()).values()
    said = line.run(*_connect(server, "--fingerprint", server.fingerprint, "--json"))
    assert said.code == 0 and said.data["remembered"] is True
    line.run("profile", "remove", server.aet, "--forget-password")
    assert json.loads((tmp_path / "keychain").read_text()) == {}


def test_remember_without_the_package_says_what_to_install(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['keyring'] = None\n")
    bare = CommandLine(tmp_path, PYTHONPATH=f"{CORE_PARENT}:{tmp_path}")
    said = bare.run(*_pinned(server, "--remember", "--json"), stdin=server.password)
    assert said.code == 2
    assert said.data["error"]["facts"] == {"package": "keyring", "extra": "keychain"}
    assert bare.run(*_pinned(server), stdin=server.password).code == 0
