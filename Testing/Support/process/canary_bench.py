"""A folder for processes that know a planted password, and the search through all they leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator

import pytest

from Support.data.dicom import write_small_instances
from Support.fakes.keychains import shared_keychain
from Support.process.canary import CANARY, Audit, Sighting, Watcher, leaks_in, leaks_in_files
from Support.process.command_line import CORE_PARENT, CommandLine, Said
from Support.process.worker import COMMAND, Process
from Support.servers.orthanc import PrivateOrthanc

_WITH_ACTIONS = ("profile", "password", "jobs", "results", "worklist")


@pytest.fixture(scope="module")
def canary_server() -> Iterator[PrivateOrthanc]:
    """Give an Orthanc whose password is the planted one."""
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
def mine(tmp_path: Path, canary_server: PrivateOrthanc) -> Iterator[Mine]:
    """Give the folder; afterwards everything in it and all that was said is searched."""
    canary_server.reset()
    folder = tmp_path / "mine"
    folder.mkdir()
    made = Mine(folder, canary_server)
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
