"""The keychain behind the worker: passwords go in and to the server, and never back to Slicer."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Iterator

import pytest

from Support.data.certificates import certificate_fingerprint, make_certificate
from Support.fakes.keychains import shared_keychain
from Support.process.worker import COMMAND, CORE_PARENT, Process
from Support.servers.scripted import SYSTEM, Answer, Request, ScriptedServer

CANARY = "canary-Wk5pQ1"
KEYCHAIN = {"password": {"keychain": True}}


class Logins:
    """A server's users; keeps who came with which password."""

    def __init__(self) -> None:
        self.password = CANARY
        self.seen: list[str] = []

    def __call__(self, request: Request) -> Answer:
        header = request.headers.get("authorization", "")
        self.seen.append(base64.b64decode(header.partition(" ")[2]).decode())
        if self.seen[-1] != f"ana:{self.password}":
            return Answer(401)
        return Answer.of_json(SYSTEM)


@pytest.fixture
def logins() -> Logins:
    return Logins()


@pytest.fixture
def server(tmp_path: Path, logins: Logins) -> Iterator[ScriptedServer]:
    with ScriptedServer(logins, make_certificate(tmp_path, "own")) as running:
        yield running


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Process]:
    environment: Any = shared_keychain(tmp_path / "keychain", CORE_PARENT)
    with Process(tmp_path, COMMAND, **environment) as process:
        yield process
        assert process.seconds_to_end() < 2
        assert process.log.read_text() == ""


@pytest.fixture
def profile(server: ScriptedServer, tmp_path: Path) -> dict[str, Any]:
    fingerprint = certificate_fingerprint(tmp_path / "own.crt")
    trust = {"mode": "pinned", "fingerprint": fingerprint}
    return {"name": "lab", "rest_url": server.url, "user": "ana", "trust": trust}


def _kind(answer: Any) -> str:
    assert CANARY not in json.dumps(answer)
    return str(answer["error"]["data"]["kind"])


def _result(answer: Any) -> Any:
    assert CANARY not in json.dumps(answer)
    return answer["result"]


def test_remembered_used_and_forgotten(worker, profile, logins) -> None:
    system = {"profile": profile, **KEYCHAIN}
    assert _kind(worker.ask(2, "server.system", **system)) == "PasswordNeededError"
    assert logins.seen == []  # not a word to the server
    told = _result(worker.ask(3, "password.remember", profile=profile, password=CANARY))
    assert told == {"remembered": True}
    assert _result(worker.ask(5, "server.system", **system))["dicom_aet"] == "TEST"
    assert logins.seen == [f"ana:{CANARY}"]
    assert _result(worker.ask(6, "password.forget", profile=profile)) == {"forgotten": True}
    assert _result(worker.ask(7, "password.forget", profile=profile)) == {"forgotten": False}
    assert _kind(worker.ask(8, "server.system", **system)) == "PasswordNeededError"


def test_another_user_or_address_gets_no_password(worker, profile, logins) -> None:
    worker.ask(1, "password.remember", profile=profile, password=CANARY)
    for number, change in enumerate(
        (
            {"user": "eva"},
            {"rest_url": "https://127.0.0.1:9"},
            {"rest_url": f"{profile['rest_url']}/x"},
        )
    ):
        answer = worker.ask(
            f"x{number}", "server.system", profile={**profile, **change}, **KEYCHAIN
        )
        assert _kind(answer) == "PasswordNeededError"
    nobody = {**profile, "user": ""}
    assert (
        _kind(worker.ask(9, "server.system", profile=nobody, **KEYCHAIN)) == "AuthenticationError"
    )
    assert logins.seen == [""]


def test_a_refused_password_is_read_again(worker, profile, logins, tmp_path: Path) -> None:
    worker.ask(1, "password.remember", profile=profile, password=CANARY)
    logins.password = "new"
    system = {"profile": profile, **KEYCHAIN}
    assert _kind(worker.ask(2, "server.system", **system)) == "AuthenticationError"
    entries = json.loads((tmp_path / "keychain").read_text())
    (tmp_path / "keychain").write_text(json.dumps(dict.fromkeys(entries, "new")))
    assert "result" in worker.ask(3, "server.system", **system)


def test_a_locked_keychain_is_one_sentence(worker, profile, tmp_path: Path) -> None:
    (tmp_path / "keychain").write_text('{"locked": ""}')
    for number, (method, more) in enumerate(
        (
            ("server.system", KEYCHAIN),
            ("password.remember", {"password": CANARY}),
            ("password.forget", {}),
        )
    ):
        answer = worker.ask(number, method, profile=profile, **more)
        assert _kind(answer) == "ConfigurationError"
        assert "keychain can't be" in answer["error"]["message"]


def test_without_the_package_the_panel_learns_what_to_install(tmp_path: Path, profile) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['keyring'] = None\n")
    with Process(tmp_path, COMMAND, PYTHONPATH=f"{CORE_PARENT}:{tmp_path}") as worker:
        for number, (method, more) in enumerate(
            (
                ("server.system", KEYCHAIN),
                ("password.remember", {"password": CANARY}),
                ("password.forget", {}),
            )
        ):
            answer = worker.ask(number, method, profile=profile, **more)
            assert _kind(answer) == "MissingDependencyError"
            told = answer["error"]["data"]
            assert told["facts"] == {"package": "keyring", "extra": "keychain"}
            assert "pip" not in told["hint"], "the panel has a button for it"


def test_the_package_may_be_installed_while_the_worker_runs(tmp_path: Path, profile) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.path[:] = [p for p in sys.path if 'site-packages' not in p]\n"
    )
    with Process(tmp_path, COMMAND, PYTHONPATH=f"{tmp_path}:{CORE_PARENT}:{packages}") as worker:
        remember = {"profile": profile, "password": CANARY}
        assert _kind(worker.ask(1, "password.remember", **remember)) == "MissingDependencyError"
        folder = packages / "keyring"
        folder.mkdir()
        (folder / "__init__.py").write_text(
            "class Backend:\n    priority = 5\n"
            "def get_keyring():\n    return Backend()\n"
            "def set_password(service, name, password):\n    pass\n"
        )
        (folder / "errors.py").write_text("class KeyringError(Exception):\n    pass\n")
        assert _result(worker.ask(2, "password.remember", **remember)) == {"remembered": True}


@pytest.mark.parametrize(
    "password", [{"keychain": False}, {"keychain": 1}, {"keychain": True, "x": 1}, {}, [], 3, True]
)
def test_no_other_form_of_password_is_taken(worker, profile, password: Any) -> None:
    answer = worker.ask(1, "server.system", profile=profile, password=password)
    assert answer["error"]["code"] == -32602
