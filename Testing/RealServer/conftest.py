"""What tests against a real Orthanc share."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from OrthancConnectCore.orthanc.client import OrthancClient
from Support.data.dicom import write_small_instances
from Support.process.canary_bench import canary_server as canary_server
from Support.process.canary_bench import mine as mine
from Support.process.command_line import CommandLine
from Support.scenarios.doctor_cases import as_usual
from Support.scenarios.results import client_of
from Support.servers.orthanc import PrivateOrthanc


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


@pytest.fixture(scope="session")
def session_usual() -> Iterator[PrivateOrthanc]:
    """Hold one server without plugins for the whole run; tests use `usual_server`."""
    with PrivateOrthanc(plugins=False) as running:
        yield running


@pytest.fixture
def usual_server(session_usual: PrivateOrthanc) -> PrivateOrthanc:
    """Give the server with its usual configuration and our entry, empty, whatever was before."""
    return as_usual(session_usual)


@pytest.fixture
def images(usual_server: PrivateOrthanc, tmp_path: Path) -> list[Path]:
    """Slices of a series that the usual server has."""
    files = write_small_instances(tmp_path / "images", count=4)
    usual_server.store(*files)
    return files


@pytest.fixture
def client(usual_server: PrivateOrthanc) -> Iterator[OrthancClient]:
    """A client of the usual server."""
    with client_of(usual_server) as client:
        yield client
