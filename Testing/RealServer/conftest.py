"""What tests of uploads against a real Orthanc share."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from command_line import CommandLine
from orthanc_server import PrivateOrthanc


@pytest.fixture
def server() -> Iterator[PrivateOrthanc]:
    """A server of its own: the requests in its log are ours."""
    with PrivateOrthanc(plugins=False) as running:
        yield running


@pytest.fixture
def line(tmp_path: Path, server: PrivateOrthanc) -> CommandLine:
    line = CommandLine(tmp_path)
    login = ("--user", server.user, "--fingerprint", server.fingerprint, "--parallel", 2)
    assert line.run("profile", "add", "lab", server.rest_url, *login).code == 0
    return line
