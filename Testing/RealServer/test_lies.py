"""A server that lies, in each way and at each step of a command, and what the command says of it.

The suite tries a sixth of the lies with each command, each at one step, and none of the slow
ones; with ``ORTHANCCONNECT_ALL_LIES=1`` every lie at every step.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import sys
import time
from pathlib import Path
from typing import Dict, List, Tuple

import keyring
import pydicom
import pytest

from OrthancConnectCore.orthanc import editing, retry
from OrthancConnectCore.results import kept
from Support.data.dicom import write_small_instances
from Support.fakes.keychains import SharedKeyring
from Support.fakes.shared_keychain import FILE, shared_keychain
from Support.process.busy_machine import here
from Support.process.command_line import CORE_PARENT, Said
from Support.scenarios.doctor_cases import server_profile
from Support.scenarios.field import WorkingLine, given
from Support.scenarios.results import SCENE, client_of, keep_line, keep_scene, listed, sent
from Support.servers.lies import LARGE_LIES, Liar, lies_at
from Support.servers.orthanc import PrivateOrthanc
from Support.servers.scripted import Answer

_DATA, _OUT, _URL, _PORT, _PIN = "DATA", "OUT", "URL", "PORT", "PIN"
_STUDY, _SERIES = "STUDY", "SERIES"
PATIENT = "SMALL0000"
_NEWCOMER = "NEWCOMER"  # the computer that is registered
_UPLOAD = ("upload", _DATA, "--wait", "1", "--json")
_RETRIEVE = ("retrieve", "-o", _OUT, "--json", "--method")
_KNOWN = ("--user", "usuario_1", "--fingerprint", _PIN)
_CORRECTED = ("modify", _STUDY, "--set", "StudyDescription=x", "--json")
_LIST = "lung"
#: All that ask the server over HTTPS; `trust` does not, and `password` asks as `login`.
COMMANDS: Dict[str, Tuple[str, ...]] = {
    "echo": ("echo", "--only", "https", "--json"),
    "connect": ("connect", _URL, *_KNOWN, "--replace", "--json"),
    "upload": _UPLOAD,
    "upload, verified": (*_UPLOAD, "--verify", "--no-compression"),
    "retrieve over HTTPS": (*_RETRIEVE, "HTTPS", "--patient", PATIENT),
    "retrieve by C-GET": (*_RETRIEVE, "C-GET", "--patient", PATIENT),
    "doctor": ("doctor", "--json"),
    "server-check": ("server-check", "examined", "--json"),
    "register": ("register", "--address", "127.0.0.1", "--replace", "--json"),
    "upload, marked": (*_UPLOAD, "--metadata", "1024=x"),
    "upload, overwriting": (*_UPLOAD, "--overwrite"),
    "import-files": (
        *("import-files", "127.0.0.1", _PORT, _DATA, *_KNOWN[1:], "--wait", "1", "--json"),
    ),
    "retrieve by C-MOVE": (*_RETRIEVE, "C-MOVE", "--series", _SERIES),
    "results, sent": ("results", "send", "--wait", "1", "--json"),
    "results, listed": ("results", "list", _STUDY, "--json"),
    "results, fetched": ("results", "fetch", _STUDY, "-o", _OUT, "--json"),
    "server-check of a URL": ("server-check", _URL, *_KNOWN, "--json"),
    "login": ("login", "--json"),
    "query": ("query", "--via", "HTTPS", "--json"),
    "follow": ("follow", "examined", _OUT, "--once", "--since", "beginning", "--json"),
    "open": ("open", "examined", "--study", _STUDY, "--json"),
    "label": ("label", _STUDY, "--add", "x", "--json"),
    "label, all": ("label", "--json"),
    "delete": ("delete", _STUDY, "--confirm", PATIENT, "--json"),
    "modify": (*_CORRECTED, "--keep-source"),
    "modify, replacing": (*_CORRECTED, "--replace-source", "--confirm", PATIENT),
    "worklist, created": (
        *("worklist", "create", _LIST, "--query", "--patient-id", PATIENT, "--json"),
    ),
    "worklist, next": ("worklist", "next", _LIST, "--json"),
    "worklist, done": ("worklist", "done", _LIST, _STUDY, "--json"),
    "worklist, told": ("worklist", "status", "--json"),
    "worklist, removed": ("worklist", "remove", _LIST, "--yes", "--json"),
    "retrieve with GET alone": (*_RETRIEVE, "HTTPS", "--study", _STUDY),
}
#: Exit codes of README.md that a lie may lead to; a person's Ctrl-C is none of them.
CODES = {0, 1, 2, 3, 4, 5}
#: The read timeout is three seconds, but for the two that make a profile of their own. An upload
#: gives a server up that leaves five requests in a row without an answer, each tried five times.
SECONDS = {"connect": 250, "upload": 100, "import-files": 250, "results": 100}
MEGABYTES = 200  # and 50 more for results: highdicom with its terms has 190 by itself
#: States of Orthanc's jobs (Orthanc Book, "Jobs").
UNDER_WAY = ("Pending", "Running")
#: Instances that are there once it is done.
_LEFT = {"delete": 0, "modify": 6, "modify, replacing": 3}
FATES = ("stored", "already_stored", "different", "skipped", "failed", "missing")
#: Runs a command; its megabytes are the last line on stderr.
_MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=sys.stderr)
sys.exit(code)
"""
_SHARE = 6
ALL = "ORTHANCCONNECT_ALL_LIES" in os.environ


class Case:
    """A command, its data and a server that may lie at one step of it."""

    def __init__(self, orthanc: PrivateOrthanc, folder: Path, command: str) -> None:
        self._orthanc, self._folder, self._command = orthanc, folder, command
        self._files = write_small_instances(folder / "data", count=3)
        self._true = [pydicom.dcmread(path) for path in self._files]
        self._there = self._files
        if command == "upload, overwriting":
            self._there = [self._other(folder / path.name, path) for path in self._files]
        self._numbers = itertools.count()
        self.keychain = shared_keychain(folder / "keychain", CORE_PARENT)
        self.truths: Dict[str, Answer] = {}  # one for each step that the command took last

    @staticmethod
    def _other(place: Path, path: Path) -> Path:
        content = path.read_bytes()
        place.write_bytes(content[:-2] + bytes(byte ^ 1 for byte in content[-2:]))
        return place

    def run(self, step: str, lie: str) -> Tuple[Said, int, Path]:
        """Return what the command said, its megabytes, and where it may have written."""
        while any(job["State"] in UNDER_WAY for job in self._orthanc.get_json("/jobs?expand")):
            time.sleep(0.01)  # a job goes on when nobody waits for it any more
        self._orthanc.reset()
        if not self._command.startswith(("upload", "import")) or self._there != self._files:
            self._orthanc.store(*self._there)
        folder = self._folder / str(next(self._numbers))
        if self._command.startswith("results"):
            for waiting in kept.waiting():
                kept.remove(waiting.result_id)
            made = keep_line(self._files), keep_scene(self._files, SCENE)
            if self._command != "results, sent":
                with client_of(self._orthanc) as client:
                    sent(client, *made)
        with Liar(self._orthanc, self._command.endswith("GET alone")) as server:
            server.tell(step, lie)
            self.truths = server.truths
            changes = {"rest_url": server.url, "read_timeout": 3.0}
            if self._command == "register":
                changes["calling_ae_title"] = _NEWCOMER
            known = server_profile(self._orthanc, **changes)
            line = WorkingLine(folder, known, self._orthanc.password, **self.keychain)
            places = {
                _DATA: self._folder / "data",
                _OUT: folder / "out",
                _URL: server.url,
                _PORT: server.port,
                _PIN: self._orthanc.fingerprint,
                _STUDY: self._true[0].StudyInstanceUID,
                _SERIES: self._true[0].SeriesInstanceUID,
            }
            words = [places.get(word, word) for word in COMMANDS[self._command]]
            if self._command.startswith("worklist") and "created" not in self._command:
                server.tell()
                for before in ("created", "next")[: 1 + self._command.endswith("done")]:
                    said = line.ask(*COMMANDS[f"worklist, {before}"])
                    given(said.code == 0, said)
                server.tell(step, lie)
                self.truths = server.truths
            if lie not in LARGE_LIES:
                return line.ask(*words), 0, folder / "out"
            prefix, login = (sys.executable, "-c", _MEASURED), line.password + "\n"
            said = line.run(*words, "--password-stdin", stdin=login, timeout=120, prefix=prefix)
            text, _end, peak = said.err.rstrip().rpartition("\n")
            return said._replace(err=text), int(peak), folder / "out"

    def try_lie(self, step: str, lie: str) -> List[str]:
        """Return what was wrong with what the command said of it."""
        began = time.monotonic()
        said, megabytes, output = self.run(step, lie)
        found = [] if step in self.truths else [f"not asked, but {list(self.truths)}"]
        if time.monotonic() - began > here(SECONDS.get(self._command.split(",")[0], 25)):
            found.append(f"took {time.monotonic() - began:.0f} s")
        if megabytes > MEGABYTES + 50 * self._command.startswith("results"):
            found.append(f"{megabytes} MB")
        if said.code not in CODES or "foresee" in said.out + said.err:
            found.append(f"exit code {said.code}")
        if "Traceback" in said.out + said.err:
            found.append("a traceback")
        if "\x1b" in said.out + said.err or "\u202e" in said.out + said.err:
            found.append("control characters")
        if len(said.out + said.err) > 100_000:
            found.append(f"{len(said.out + said.err)} characters")
        try:
            document = json.loads(said.out) if said.out else {}
        except ValueError:
            return [*found, f"no JSON: {said.out[:300]}"]
        if self._command.startswith(("upload", "import")):
            claimed = document.get("stored", 0) + document.get("already_stored", 0)
            if claimed > self._orthanc.count():
                found.append(f"{claimed} claimed, {self._orthanc.count()} there")
        if self._command == "results, sent":
            with client_of(self._orthanc) as client:
                if len(kept.waiting()) + len(listed(client, self._orthanc)) < 2:
                    found.append("a result is lost")
        there = self._orthanc.count()
        if self._command == "modify, replacing" and there < 3:
            found.append(f"{there} instances are left")
        if said.code == 0 and there != _LEFT.get(self._command, there):
            found.append(f"done, and {there} are there")
        right = sum(_is_one_of(path, self._true) for path in output.rglob("*.dcm"))
        if document.get("operation") == "retrieve" and document["verified"] > right:
            found.append(f"{document['verified']} verified, {right} right")
        if "expected" in document and document["expected"] != sum(map(document.get, FATES)):
            found.append("sums")
        return [f"{problem}: {(said.err or said.out)[-600:]}" for problem in found]


def _is_one_of(path: Path, true: List[pydicom.Dataset]) -> bool:
    """Return whether a file has the content of one of these; C-GET writes its own file meta."""
    try:
        return pydicom.dcmread(path) in true
    except Exception:  # noqa: BLE001  # not DICOM, whatever is wrong with it
        return False


@pytest.mark.timeout(0 if ALL else 600)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_lie_is_told_and_not_believed(
    orthanc: PrivateOrthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(retry, "PAUSES", (0.01, 0.01, 0.01, 0.01))
    monkeypatch.setattr(editing, "STALLED", 3.0)
    with contextlib.ExitStack() as stack:
        if command == "upload, overwriting":
            own = PrivateOrthanc({"OverwriteInstances": True}, plugins=False)
            orthanc = stack.enter_context(own)
        case = Case(orthanc, tmp_path, command)
        monkeypatch.setenv(FILE, case.keychain[FILE])
        stack.callback(keyring.set_keyring, keyring.get_keyring())
        keyring.set_keyring(SharedKeyring())
        said, _megabytes, _output = case.run("", "")
        given(said.code == 0 and case.truths != {}, said)
        wrong = {
            f"{lie} at {step}": found
            for step, lie in lies_at(case.truths, ALL, _SHARE, list(COMMANDS).index(command))
            if (found := case.try_lie(step, lie))
        }
    assert not wrong, json.dumps(wrong, indent=1)
