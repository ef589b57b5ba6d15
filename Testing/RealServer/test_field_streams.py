"""Commands whose standard streams are closed or full: one sentence, whatever is missing.

Each asserts what is right. What is marked does not hold yet, for the reason that stands there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Tuple

import pytest

from Support.data.dicom import write_small_instances
from Support.scenarios.field import WorkingLine, wrong_today
from Support.servers.orthanc import PrivateOrthanc

UPLOAD = ("upload", "DATA")


CLOSED = wrong_today("a standard stream that is closed ends in a fault that was not foreseen")


@pytest.mark.parametrize(
    ("command", "redirection"),
    [
        pytest.param(("query",), "1>&-", marks=CLOSED),
        pytest.param(("query",), "2>&-", marks=CLOSED),
        (("query",), "1>/dev/full"),
        pytest.param((*UPLOAD, "--password-stdin"), "0<&-", marks=CLOSED),
        pytest.param(UPLOAD, "0<&-", marks=CLOSED),
        pytest.param(("profile", "import", "-"), "0<&-", marks=CLOSED),
        pytest.param(("worker",), "0<&-", marks=CLOSED),
        pytest.param(("worker",), "1>&-", marks=CLOSED),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_a_stream_that_is_closed_or_full_ends_in_a_sentence(
    orthanc: PrivateOrthanc, tmp_path: Path, command: Tuple[str, ...], redirection: str
) -> None:
    write_small_instances(tmp_path / "data", count=2)
    line = WorkingLine.of(tmp_path, orthanc)
    arguments = [tmp_path / "data" if word == "DATA" else word for word in command]
    shell = ("sh", "-c", f'exec "$@" {redirection}', "sh")
    said = line.run(*arguments, prefix=shell)
    for word in ("foresee", "Traceback", "ignored"):
        assert word not in said.out + said.err
