"""A planted password is nowhere but where it belongs: command line, worker, and all they leave.

Every command and every method of the worker runs, also in every way to fail, with the log on, while
/proc is watched. Then all files, outputs, logs and receipts are searched. The one exception is
documented: ``import-files`` with the password as its argument shows it in its own command line.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import time
from pathlib import Path
from typing import Any, Iterator

import pytest

from OrthancConnectCore.cli.grammar import make_parser
from OrthancConnectCore.shared.jobs import job_id_of
from OrthancConnectCore.shared.upload_options import UploadOptions
from OrthancConnectCore.worker.methods import METHODS
from Support.data.certificates import make_certificate
from Support.data.dicom import write_small_instances
from Support.fakes.keychains import shared_keychain
from Support.process import canary
from Support.process.canary import CANARY, WRONG, Audit, Sighting, Watcher, leaks_in, leaks_in_files
from Support.process.command_line import CORE_PARENT, CommandLine, Said
from Support.process.worker import COMMAND, Process
from Support.servers.orthanc import PrivateOrthanc

pytestmark = pytest.mark.timeout(900)
CRASH = {"ORTHANCCONNECT_TEST_CRASH": "1"}
_WITH_ACTIONS = ("profile", "password", "jobs")
_TYPED = ("password.remember", "connection.first", "key.unlock", "editing.delete")


@pytest.fixture(scope="module")
def server() -> Iterator[PrivateOrthanc]:
    with PrivateOrthanc(user="ana", password=CANARY, plugins=False) as running:
        yield running


class Mine:
    """A folder in which our processes have all that they write, and what was seen of them."""

    def __init__(self, folder: Path, server: PrivateOrthanc) -> None:
        self.folder, self.server = folder, server
        self.audit = Audit(folder)
        self.keychain = folder / "keychain"
        self.log = folder / "log.txt"
        self.ran: set[str] = set()
        self.said = ""
        keychain = dict(shared_keychain(self.keychain, CORE_PARENT))
        self.environment = {
            **keychain,
            **self.audit.environment(keychain["PYTHONPATH"]),
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
            "ORTHANCCONNECT_LOG": str(self.log),
            **{
                name: str(folder / "home" / name)
                for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
            },
        }
        for name in ("home", "tmp"):
            (folder / name).mkdir()
        self.data = folder / "data"
        self.files = write_small_instances(self.data, count=4, series=2)
        (self.data / "notes.txt").write_text("no DICOM here")
        self.line = CommandLine(folder, **self.environment)
        self.watcher = Watcher()

    def run(self, *arguments: Any, secret: str = CANARY, code: Any = None, **more: Any) -> Said:
        """Run a command with the password on stdin, and note which one it was."""
        words = [str(word) for word in arguments]
        self.ran.add(" ".join(words[: 2 if words[0] in _WITH_ACTIONS else 1]))
        said = self.line.run(*arguments, stdin=secret + "\n", **more)
        assert code is None or said.code == code, (arguments, said)
        return said

    def add(self, name: str, url: str = "", *more: str) -> None:
        """Add a profile of the server, or of another address."""
        self.run(
            *("profile", "add", name, url or self.server.rest_url, "--user", "ana"),
            *("--fingerprint", self.server.fingerprint, "--dicom-port", self.server.dicom_port),
            *("--called-ae-title", self.server.aet, "--storage-port", self.server.storage_port),
            *more,
            code=0,
        )

    def worker(self, name: str, **environment: str) -> Process:
        """Start a worker in a folder of its own."""
        folder = self.folder / name
        folder.mkdir()
        return Process(folder, COMMAND, **{**self.environment, **environment})

    @property
    def login(self) -> dict[str, Any]:
        """The parameters that name the server and the password."""
        server = self.server
        profile = {
            "name": "lab",
            "rest_url": server.rest_url,
            "user": "ana",
            "trust": {"mode": "pinned", "fingerprint": server.fingerprint},
            "dicom_port": server.dicom_port,
            "called_ae_title": server.aet,
            "calling_ae_title": server.calling_aet,
            "storage_port": server.storage_port,
        }
        return {"profile": profile, "password": CANARY}


@pytest.fixture
def mine(tmp_path: Path, server: PrivateOrthanc) -> Iterator[Mine]:
    """Give the folder; afterwards everything in it and all that was said is searched."""
    server.reset()
    folder = tmp_path / "mine"
    folder.mkdir()
    made = Mine(folder, server)
    with made.watcher:
        yield made
    assert made.watcher.watched, "no process was watched"
    said = made.line.everything + made.said
    assert leaks_in(said.encode("utf-8", "surrogateescape")) == []
    assert leaks_in_files(folder, frozenset({made.keychain})) == []
    written = made.audit.written()
    assert str(made.log) in written, "the audit has not seen the log"
    elsewhere = [
        path for path in written if not path.startswith((str(folder), "/dev/", "/proc/self/"))
    ]
    assert elsewhere == [], "files outside the searched folder"
    assert made.log.stat().st_mode & 0o077 == 0
    exempt = {seen for seen in made.watcher.sightings if _is_documented(seen)}
    assert made.watcher.sightings - exempt == set()


def _is_documented(seen: Sighting) -> bool:
    return seen.where == "cmdline" and "OrthancConnectCore import-files" in seen.command


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
    words = ("import-files", host, port, mine.data, "ana", CANARY)
    said = mine.run(*words, "--fingerprint", mine.server.fingerprint, code=0)
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
    mine.run("open", "lab", "--study", study, *login, code=0)
    mine.run("label", study, *login, code=0)
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


def test_a_killed_process_leaves_no_memory_behind(mine: Mine) -> None:
    mine.add("lab")
    before = resource.getrlimit(resource.RLIMIT_CORE)
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
        worker = mine.worker("killed")
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    with worker:
        assert "result" in worker.ask(1, "server.system", **mine.login)
        limits = resource.prlimit(worker.process.pid, resource.RLIMIT_CORE)
        assert limits == (0, before[1])
        worker.process.send_signal(signal.SIGABRT)
        worker.process.wait(10)
    assert [path.name for path in mine.folder.rglob("*core*") if path.is_file()] == []


# The worker --------------------------------------------------------------------------------------


def _calls(mine: Mine) -> dict[str, dict[str, Any]]:
    """Good parameters of every method, in an order in which they succeed."""
    login, profile = mine.login, {"profile": mine.login["profile"]}
    found = json.loads(mine.server.request("GET", "/series?expand"))
    series = [one["MainDicomTags"]["SeriesInstanceUID"] for one in found]
    uids = {"series_instance_uids": series}
    table = mine.folder / "table.csv"
    table.write_text("\n".join(["Series UID", *series]))
    plain = mine.folder / "plain.csv"  # whose column only the server can tell
    plain.write_text("\n".join(series))
    job = job_id_of(mine.server.rest_url, [str(mine.data)], UploadOptions())
    own = make_certificate(mine.folder / "own").locked(CANARY)
    made = {"layout": "single", "hosts": ["localhost"], "users": ["ana"]}
    first = {"address": mine.server.rest_url, "user": "ana", "password": CANARY}
    groups = [{"row": {"outcome": "arrived"}, "instances": {"1.2": 3}}]
    once = {"once": True, "since": "beginning"}
    return {
        "worker.info": {},
        "server.certificate": profile,
        "dicom.reach": profile,
        "password.remember": login,
        "server.system": login,
        "upload": {**login, "paths": [str(mine.data)]},
        "scan": {"paths": [str(mine.data)]},
        "sample.make": {"folder": str(mine.folder / "sample")},
        "receipt.save": {"job_id": job, "path": str(mine.folder / "rows.csv")},
        "jobs.list": {},
        "jobs.remove": {"job_id": job},
        "deidentify.preview": {"paths": [str(mine.data)], "options": {"deidentify": {}}},
        "series.counts": {**login, **uids},
        "studies.describe": {**login, "study_orthanc_ids": mine.server.get_json("/studies")},
        "query.page": {**login, "filters": {"patient_name": "p", "modalities": ["CT"]}},
        "query.sizes": {**login, "series_orthanc_ids": [one["ID"] for one in found]},
        "series.inventory": {**login, **uids},
        "retrieve.save_receipt": {"path": f"{table}.csv", "groups": groups, "receipt": {}},
        "retrieve.https": {**login, **uids, "only": None, "folder": str(mine.folder / "https")},
        "retrieve.cohort": {**login, "file": str(table), "folder": str(mine.folder / "cohort")},
        "follow.run": {**login, "folder": f"{mine.folder}/f", "filters": {}, "follow": once},
        "cohort.read": {**login, "file": str(plain)},
        "series.references": {**login, **uids},
        "series.pictures": {**login, "series_orthanc_id": found[0]["ID"], "count": 1, "side": 64},
        "slide.show": {**login, "series_instance_uids": series[:1], "path": f"{mine.folder}/s"},
        "room.check": {**login, "files": list(map(str, mine.files))},
        "audit.note": {**profile, "receipt": {"operation": "remove", "stored": 1}},
        "audit.state": {"patients": False},
        "audit.export": {"path": str(mine.folder / "audit.csv")},
        "setup.check_server": login,
        "setup.plan": {"folder": f"{mine.folder}/made", "wanted": made},
        "setup.write": {"plan_id": "the latest"},
        "setup.check_files": {"path": f"{mine.folder}/made"},
        "viewers.of": {**login, "study": mine.server.get_json("/studies")[0]},
        **canary.study_calls(login, mine.server.get_json("/studies")[0]),
        "connection.first": {**first, "trust": profile["profile"]["trust"]},
        "registration.plan": {**login, "address": "127.0.0.1"},
        "registration.apply": {**login, "address": "127.0.0.1"},
        "doctor.run": login,
        "doctor.answer": {"caller": "nobody", "step": "echo", "result": {}},
        "key.unlock": {"profile": {**profile["profile"], **own.as_client}, "password": CANARY},
        "login.end": profile,
        "password.forget": profile,
    }


def test_every_method_with_good_and_with_wrong_parameters(mine: Mine) -> None:
    mine.add("lab")
    mine.server.store(*mine.files)
    calls = _calls(mine)
    assert set(METHODS) - set(calls) == {"login.browser"}, "call these here as well"
    with mine.worker("worker") as worker:

        def ask(method: str, params: dict[str, Any]) -> Any:
            answer = worker.ask(f"{method} {len(mine.said)}", method, **params)
            mine.said += json.dumps(answer, ensure_ascii=False) + "\n"
            return answer

        for method, params in calls.items():
            assert "result" in (answer := ask(method, params)), mine.said.splitlines()[-1]
            if method == "setup.plan":
                calls["setup.write"]["plan_id"] = answer["result"]["plan_id"]
            if "password" in params and method not in _TYPED:
                assert "result" in ask(method, {**params, "password": {"keychain": True}})
        for method, params in calls.items():
            for wrong in _wrong(params):
                assert "error" in ask(method, wrong), (method, wrong)
        for raw in (
            b'{"jsonrpc": "2.0", "id": 1, "params": {"password": "' + CANARY.encode() + b"\n",
            json.dumps({"id": 2, "method": "server.system", "params": mine.login}).encode() + b"\n",
            json.dumps([CANARY]).encode() + b"\n",
        ):
            worker.stdin.write(raw)
            worker.stdin.flush()
            mine.said += json.dumps(worker.read(), ensure_ascii=False)
        mine.said += json.dumps(worker.progress, ensure_ascii=False)
        assert worker.seconds_to_end() < 2
        mine.said += worker.log.read_text()
    assert '"InvalidProfileError"' in mine.said and '"AuthenticationError"' in mine.said


def _wrong(params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same parameters, each with the password where it does not belong, or a wrong one."""
    yield {**params, "unknown": CANARY}
    if "profile" in params:
        profile = params["profile"]
        yield {**params, "profile": {**profile, "password": CANARY}}
        yield {**params, "profile": {**profile, "dicom_port": [CANARY]}}
        yield {**params, "profile": {**profile, "rest_url": f"https://ana:{CANARY}@127.0.0.1"}}
    if "password" in params:
        for form in ([CANARY], {"keychain": CANARY}, {"password": CANARY}, 5, CANARY + "\ud800"):
            yield {**params, "password": form}
    if "password" in params and set(params) != {"profile", "password"}:
        yield {**params, "password": WRONG}
    elif "password" in params:
        yield {"profile": {**params["profile"], "rest_url": "ftp://x"}, "password": CANARY}


def test_a_transfer_that_is_cancelled(mine: Mine) -> None:
    mine.add("lab")
    write_small_instances(mine.data / "many", count=1500)
    slow = {**mine.login, "profile": {**mine.login["profile"], "parallel_transfers": 1}}
    with mine.worker("cancelled") as worker:
        worker.call(1, "upload", **slow, paths=[str(mine.data)])
        while mine.server.count() < 10:
            time.sleep(0.01)
        worker.cancel(1)
        mine.said += json.dumps(worker.read()) + worker.log.read_text()
        assert '"cancelled": true' in mine.said
        assert os.path.isdir(mine.folder)
