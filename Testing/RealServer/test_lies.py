"""A server that lies, in each way and at each step of a command, and what the command says of it.

The suite tries a sixth of the lies with each command, each at one step, and none of the slow
ones; with ``ORTHANCCONNECT_ALL_LIES=1`` every lie at every step.
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import time
from pathlib import Path
from typing import Any, Dict, Iterable, List, Tuple

import pydicom
import pytest

from Support.data.dicom import write_small_instances
from Support.process.busy_machine import here
from Support.scenarios.field import WorkingLine, given
from Support.servers.lies import IDENTIFIER, LIES, SLOW_LIES
from Support.servers.lying import LyingServer
from Support.servers.orthanc import PrivateOrthanc
from Support.servers.scripted import Request

_DATA, _OUT, _URL, _PIN = "DATA", "OUT", "URL", "PIN"
PATIENT = "SMALL0000"
COMMANDS: Dict[str, Tuple[str, ...]] = {
    "echo": ("echo", "--only", "https", "--json"),
    "connect": (
        "connect",
        _URL,
        "--fingerprint",
        _PIN,
        "--user",
        "usuario_1",
        "--replace",
        "--json",
    ),
    "upload": ("upload", _DATA, "--wait", "1", "--json"),
    "upload, verified": ("upload", _DATA, "--verify", "--no-compression", "--wait", "1", "--json"),
    "retrieve over HTTPS": (
        *("retrieve", "--patient", PATIENT, "-o", _OUT, "--method", "HTTPS", "--json"),
    ),
    "retrieve by C-GET": (
        *("retrieve", "--patient", PATIENT, "-o", _OUT, "--method", "C-GET", "--json"),
    ),
    "doctor": ("doctor", "--json"),
    "register": ("register", "--address", "127.0.0.1", "--replace", "--json"),
}
#: Exit codes of README.md that a lie may lead to; a person's Ctrl-C is none of them.
CODES = {0, 1, 2, 3, 4, 5}
SECONDS = 25
_SHARE = 6
ALL = "ORTHANCCONNECT_ALL_LIES" in os.environ


def step_of(request: Request) -> str:
    """Return which kind of request it is: method and path, without identifiers and names."""
    return f"{request.method} {IDENTIFIER.sub('*', request.path.partition('?')[0])}"


class Case:
    """A command, its data and a server that may lie at one step of it."""

    def __init__(self, orthanc: PrivateOrthanc, folder: Path, command: str) -> None:
        self._orthanc, self._folder, self._command = orthanc, folder, command
        self._files = write_small_instances(folder / "data", count=3)
        self._numbers = itertools.count()

    def run(self, step: str, lie: str) -> Tuple[Any, List[str], Path]:
        """Return what the command said, the steps it took, and where it may have written."""
        steps: List[str] = []
        server: LyingServer

        def answer(request: Request) -> Any:
            steps.append(step_of(request))
            return LIES[lie](server.truth(request)) if steps[-1] == step else None

        self._orthanc.reset()
        if self._command.startswith(("retrieve", "doctor")):
            self._orthanc.store(*self._files)
        folder = self._folder / str(next(self._numbers))
        with LyingServer(self._orthanc, answer) as server:
            line = WorkingLine.of(folder, self._orthanc, rest_url=server.url, read_timeout=3.0)
            places = {_DATA: self._folder / "data", _OUT: folder / "out"}
            places.update({_URL: server.url, _PIN: self._orthanc.fingerprint})
            words = [places.get(word, word) for word in COMMANDS[self._command]]
            return line.ask(*words), list(dict.fromkeys(steps)), folder / "out"

    def try_lie(self, step: str, lie: str) -> List[str]:
        """Return what was wrong with what the command said of it."""
        began = time.monotonic()
        said, steps, output = self.run(step, lie)
        given(step in steps, f"{step} is not among {steps}")
        found = []
        if time.monotonic() - began > here(SECONDS):
            found.append(f"took {time.monotonic() - began:.0f} s")
        if said.code not in CODES or "foresee" in said.out + said.err:
            found.append(f"exit code {said.code}")
        if "Traceback" in said.out + said.err:
            found.append("a traceback")
        if "\x1b" in said.out + said.err or "\u202e" in said.out + said.err:
            found.append("control characters")
        try:
            document = json.loads(said.out) if said.out else {}
        except ValueError:
            return [*found, f"no JSON: {said.out[:300]}"]
        if self._command.startswith("upload"):
            claimed = document.get("stored", 0) + document.get("already_stored", 0)
            if claimed > self._orthanc.count():
                found.append(f"{claimed} claimed, {self._orthanc.count()} there")
        true = [pydicom.dcmread(path) for path in self._files]
        right = sum(_is_one_of(path, true) for path in output.rglob("*.dcm"))
        if document.get("operation") == "retrieve" and document["verified"] > right:
            found.append(f"{document['verified']} verified, {right} right")
        return [f"{problem}: {(said.err or said.out)[-600:]}" for problem in found]


def _is_one_of(path: Path, true: List[pydicom.Dataset]) -> bool:
    """Return whether a file has the content of one of these; C-GET writes its own file meta."""
    try:
        return pydicom.dcmread(path) in true
    except Exception:  # noqa: BLE001  # not DICOM, whatever is wrong with it
        return False


def pairs(command: str, steps: List[str]) -> Iterable[Tuple[str, str]]:
    """Return which lie is tried at which step."""
    if ALL:
        return itertools.product(steps, LIES)
    place = list(COMMANDS).index(command)
    lies = [lie for lie in LIES if lie not in SLOW_LIES][place % _SHARE :: _SHARE]
    return [(steps[(place + number) % len(steps)], lie) for number, lie in enumerate(lies)]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_lie_is_told_and_not_believed(
    orthanc: PrivateOrthanc, tmp_path: Path, command: str
) -> None:
    case = Case(orthanc, tmp_path, command)
    said, steps, _output = case.run("", "")
    given(said.code == 0 and steps, said)
    wrong = {
        f"{lie} at {step}": found
        for step, lie in pairs(command, steps)
        if (found := case.try_lie(step, lie))
    }
    assert not wrong, json.dumps(wrong, indent=1)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 500_000  # the tests' own included
