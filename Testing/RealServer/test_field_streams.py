"""Commands whose standard streams are closed or full: one sentence, whatever is missing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from Support.data.dicom import write_small_instances
from Support.scenarios.field import WorkingLine, given
from Support.servers.orthanc import PrivateOrthanc

LOGIN = "--password-stdin"
STDOUT_LOST = "Stdout can't be written"


@pytest.mark.parametrize(
    ("command", "redirection", "code", "sentence"),
    [
        ("query", "1>&-", 1, STDOUT_LOST),
        ("query", "2>&-", 0, ""),
        ("query", "1>/dev/full", 1, STDOUT_LOST),
        ("query --json", "1>/dev/full", 1, STDOUT_LOST),
        ("query", "0<&- 2>/dev/full", 0, ""),
        ("query --help", "1>/dev/full", 1, STDOUT_LOST),
        (f"upload DATA {LOGIN}", "0<&-", 2, "No password came on stdin."),
        ("upload DATA", "0<&-", 2, "The password can't be asked for"),
        ("upload DATA", "0<&- 1>&- 2>&-", 2, ""),
        (f"upload DATA {LOGIN}", "1>&-", 1, "2 stored"),
        (f"upload DATA {LOGIN}", "1>/dev/full", 1, "2 stored"),
        (f"upload DATA {LOGIN}", "2>&-", 0, "2 stored"),
        (f"upload DATA {LOGIN}", "2>/dev/full", 0, "2 stored"),
        (f"upload DATA {LOGIN} --receipt PIPE", "", 2, "is no plain file"),
        (f"upload DATA {LOGIN} --receipt /dev/stdout", "", 2, "is no plain file"),
        ("profile import -", "0<&-", 2, "The file holds no server profile."),
        ("worker", "0<&-", 0, ""),
        ("worker", "1>&-", 0, ""),
    ],
)
def test_a_stream_that_is_closed_or_full_ends_in_a_sentence(
    orthanc: PrivateOrthanc,
    tmp_path: Path,
    command: str,
    redirection: str,
    code: int,
    sentence: str,
) -> None:
    write_small_instances(tmp_path / "data", count=2)
    line = WorkingLine.of(tmp_path, orthanc)
    os.mkfifo(tmp_path / "pipe")
    places = {"DATA": tmp_path / "data", "PIPE": tmp_path / "pipe"}
    arguments = [places.get(word, word) for word in command.split()]
    shell = ("sh", "-c", f'exec "$@" {redirection}', "sh")
    said = line.run(*arguments, stdin=line.password + "\n", prefix=shell)
    for word in ("foresee", "Traceback", "ignored"):
        assert word not in said.out + said.err
    assert (said.code, sentence in said.out + said.err) == (code, True), said
    if "--receipt" not in command and LOGIN in command and "0<" not in redirection:
        assert orthanc.count() == 2


@pytest.mark.parametrize("reading", ["| head -c 1", "2>&1 | head -c 1", "2>&1 >&- | head -c 1"])
def test_a_pipe_that_ends_changes_nothing_that_is_done(
    orthanc: PrivateOrthanc, tmp_path: Path, reading: str
) -> None:
    write_small_instances(tmp_path / "data", count=6)
    line = WorkingLine.of(tmp_path, orthanc)
    receipt = tmp_path / "receipt.json"
    command = ("upload", tmp_path / "data", LOGIN, "--receipt", receipt)
    shell = ("bash", "-c", f'"$@" {reading}; exit ${{PIPESTATUS[0]}}', "bash")
    said = line.run(*command, stdin=line.password + "\n", prefix=shell)
    given(said.code in (0, 1), said)
    told = json.loads(receipt.read_text())
    assert orthanc.count() == told["receipt"]["stored"] == told["receipt"]["expected"] == 6
    assert len(told["rows"]) == 6
