"""A planted password is nowhere but where it belongs: command line, worker, and all they leave.

Every command and every method of the worker runs, also in every way to fail, with the log on, while
/proc is watched. Then all files, outputs, logs and receipts are searched. The one exception is
documented: ``import-files`` with the password as its argument shows it in its own command line.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Iterator

import pytest

from OrthancConnectCore.cli.grammar import make_parser
from Support.data.certificates import make_certificate
from Support.data.dicom import write_small_instances
from Support.process import canary
from Support.process.canary import CANARY, WRONG, leaks_in, leaks_in_files
from Support.process.canary_bench import Mine
from Support.process.command_line import CommandLine

pytestmark = pytest.mark.timeout(900)
CRASH = {"ORTHANCCONNECT_TEST_CRASH": "1"}


# The search itself -------------------------------------------------------------------------------


def test_the_search_finds_it_in_every_form(tmp_path: Path) -> None:
    for secret in (CANARY, WRONG):
        for spelling in canary.spellings(secret, "ana"):
            assert leaks_in(b"x" + spelling + b"y"), spelling
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"x" * 100_000 + CANARY.encode("utf-16-le"))
    assert "deep/file: UTF-16" in leaks_in_files(tmp_path)
    assert leaks_in(b"nothing here") == []


def test_the_watch_finds_it_and_the_documented_exception_is_the_only_one(mine: Mine) -> None:
    (mine.data / "slow").mkdir()
    write_small_instances(mine.data / "slow", count=200)
    host, port = "127.0.0.1", mine.server.https_port
    said = mine.run(
        *("import-files", host, port, mine.data, "ana", CANARY),
        *("--fingerprint", mine.server.fingerprint),
        code=0,
    )
    assert "can be read by every user" in said.err
    assert {seen.where for seen in mine.watcher.sightings} == {"cmdline"}


# The command line --------------------------------------------------------------------------------


def test_every_command_that_succeeds(mine: Mine) -> None:
    server, pin = mine.server, ("--fingerprint", mine.server.fingerprint)
    login = ("--password-stdin",)
    connect = ("connect", server.rest_url, "--user", "ana", *pin, *login)
    mine.run(*connect, "--name", "first", "--remember", code=0)
    mine.add("lab", "", "--default")
    mine.run("profile", "list", "--json", code=0)
    mine.run("profile", "show", "lab", code=0)
    mine.run("profile", "copy", "lab", "copied", code=0)
    mine.run("profile", "rename", "copied", "renamed", code=0)
    mine.run("profile", "default", "lab", code=0)
    mine.run("profile", "export", "--output", mine.folder / "export.json", code=0)
    mine.run("profile", "import", mine.folder / "export.json", "--replace", code=0)
    mine.run("trust", "--json", code=0)
    mine.run("login", *login, code=0)
    mine.run("logout", code=0)
    mine.run("password", "remember", *login, "--json", code=0)
    for source in ((), login):  # from the keychain, and from stdin
        mine.run("echo", *source, code=0)
        mine.run("upload", mine.data, *source, "--json", code=0)
    mine.run("upload", mine.data, *login, "--deidentify", code=0)
    mine.run("scan", mine.data, code=0)
    mine.run("sample", mine.folder / "sample", code=0)
    mine.run("deidentify-preview", mine.data, code=0)
    mine.run("query", code=0)
    for method in ("C-GET", "HTTPS"):
        output = ("--output", mine.folder / f"out-{method}")
        mine.run("retrieve", "--patient", "SMALL0000", "--method", method, *output, code=0)
    once = ("--once", "--since", "beginning", "--method", "HTTPS")
    mine.run("follow", "lab", mine.folder / "followed", *once, code=0)
    mine.run("room", mine.folder / "followed", "--clean", "--json", code=0)
    study = mine.server.get_json("/studies")[0]
    mine.run("label", study, "--add", "seen", *login, code=0)
    mine.run("results", "waiting", code=0)
    mine.run("results", "send", *login)
    mine.run("results", "remove", "none")
    mine.run("results", "list", study, *login, code=0)
    mine.run("results", "fetch", study, "--output", mine.folder / "results", *login)
    mine.run("worklist", "create", "cases", "--query", "--review", *login, code=0)
    mine.run("worklist", "assign", "cases", "--to", "ana", "--count", "1", *login, code=0)
    mine.run("worklist", "next", "cases", *login, code=0)
    mine.run("worklist", "done", "cases", study, *login)
    mine.run("worklist", "reject", "cases", study, "--note", "again", *login)
    mine.run("worklist", "accept", "cases", study, *login)
    mine.run("worklist", "release", "cases", study, "--reason", "ill", *login)
    mine.run("worklist", "skip", "cases", study, "--reason", "cut", *login)
    mine.run("worklist", "status", *login, code=0)
    mine.run("worklist", "table", "cases", *login, code=0)
    mine.run("worklist", "remove", "cases", "--yes", *login, code=0)
    mine.run("open", "lab", "--study", study, *login, code=0)
    mine.run("modify", study, "--set", "StudyID=9", "--keep-source", *login, code=0)
    mine.run("delete", study, "--confirm", "SMALL0000", *login, code=0)
    mine.run("doctor", *login, "--save", mine.folder / "report.json")
    mine.run("server-check", "lab", "--json")
    setting = ("--host", "localhost", "--user", "ana", "--layout", "single", "--yes")
    mine.run("server-config", mine.folder / "server", *setting, code=0)
    mine.run("register", "--address", "127.0.0.1", "--json")
    mine.run(*("import-files", "127.0.0.1", server.https_port, mine.data, "ana"), *pin, *login)
    mine.run("audit", "--json", code=0)
    mine.run("jobs", "list")
    mine.run("jobs", "remove", "none")
    mine.run("password", "forget", code=0)
    mine.run("profile", "remove", "renamed", "--forget-password", code=0)
    mine.ran.add("worker")  # by the tests below
    assert set(_commands(make_parser())) - mine.ran == set(), "run these here as well"


def _commands(parser: argparse.ArgumentParser) -> Iterator[str]:
    """All commands that a parser knows, ``profile add`` among them."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                deeper = [f"{name} {rest}" for rest in _commands(below)]
                yield from deeper or [name]


_WITH_LOGIN = (
    ("echo", "--only", "https"),
    ("upload", "{data}", "--wait", "0"),
    ("retrieve", "--patient", "SMALL0000", "--output", "{out}"),
    ("doctor",),
    ("register",),
    ("password", "remember"),
)


def test_every_command_that_logs_in_and_fails(mine: Mine, tmp_path: Path) -> None:
    mine.add("lab")
    mine.add("closed", "https://127.0.0.1:9")
    other = make_certificate(tmp_path / "tls", "other").fingerprint
    add = ("profile", "add", "changed", mine.server.rest_url, "--user", "ana")
    mine.run(*add, "--fingerprint", other)
    for number, command in enumerate(_WITH_LOGIN):
        words = [word.format(data=mine.data, out=mine.folder / "out") for word in command]
        words += ["--password-stdin"] + (["--json"] if number % 2 else [])
        refused = mine.run(*words, secret=WRONG)
        assert refused.code in (1, 4), refused
        for profile in ("closed", "changed"):
            assert mine.run(*words, "--profile", profile).code != 0
    mine.run("upload", mine.folder / "gone", "--password-stdin", code=2)
    (mine.data / "cut.dcm").write_bytes(mine.files[0].read_bytes()[:-100])
    mine.run("upload", mine.data, "--password-stdin", code=1)
    connect = ("connect", mine.server.rest_url, "--user", "ana", "--name", "x", "--password-stdin")
    mine.run(*connect, code=3)
    pinned = (*connect, "--fingerprint", mine.server.fingerprint)
    mine.run(*pinned, secret=WRONG, code=4)
    mine.run(*pinned, "--calling-ae-title", "Ñ", code=2)
    mine.run(
        "import-files", "127.0.0.1", 9, mine.data, "ana", "--password-stdin", "--wait", 0, code=5
    )
    mine.run("password", "forget", "--profile", "nowhere", code=2)
    mine.keychain.write_text('{"locked": ""}')
    mine.run("password", "remember", "--password-stdin", code=2)
    mine.run("echo", "--only", "https", code=2)


def test_what_is_typed_on_a_terminal(mine: Mine) -> None:
    mine.add("lab")
    answers = {"Password of": CANARY}
    said = mine.line.on_terminal("echo", "--only", "https", answers=answers)
    assert said.code == 0 and "Password of" in said.out
    said = mine.line.on_terminal("upload", mine.folder / "gone", answers=answers)
    assert said.code == 2
    said = mine.line.on_terminal("upload", mine.data, answers={"Password of": WRONG})
    assert said.code == 4


def test_a_crash_with_the_password_in_its_words(mine: Mine) -> None:
    mine.add("lab")
    mine.line = CommandLine(mine.folder, **mine.environment, **CRASH)
    for command in _WITH_LOGIN[:2]:
        words = [word.format(data=mine.data) for word in command]
        said = mine.run(*words, "--password-stdin", code=1)
        # An upload's threads may fail, and its receipt tells.
        is_upload = command[0] == "upload"
        words = "incomplete" if is_upload else "did not foresee (RuntimeError)"
        assert words in (said.out if is_upload else said.err)
    with mine.worker("crashing", **CRASH) as worker:
        answer = worker.ask(1, "server.system", **mine.login)
        mine.said += json.dumps(answer)
        assert answer["error"]["code"] == -32603
        mine.said += worker.log.read_text()
    logged = mine.log.read_text()
    # Of each thread of the upload as well.
    assert logged.count("Traceback") == logged.count("RuntimeError: ") >= 3
    assert logged.count("…") >= 3
