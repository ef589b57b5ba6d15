"""A proxy before the server that people meet: it limits, has a path, or wants a certificate.

Each asserts what is right.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Callable, Iterator, List, Optional

import pytest

from Support.data.dicom import write_slice
from Support.process.command_line import Said
from Support.scenarios.field import WorkingLine, given, words
from Support.servers.lying import LyingServer
from Support.servers.orthanc import PrivateOrthanc
from Support.servers.scripted import Answer, Request

LOCATION = "location / {\n        proxy_pass http://orthanc;"


def changed(old: str, new: str) -> Callable[[str], str]:
    """Return an edit of nginx's configuration."""

    def edit(text: str) -> str:
        given(text.count(old) == 1, f"{old!r} once in nginx's configuration")
        return text.replace(old, new)

    return edit


# A limited rate -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [503, 429])
def test_an_upload_slows_down_for_a_proxy_that_limits_the_rate(
    orthanc: PrivateOrthanc, tmp_path: Path, status: int
) -> None:
    for number in range(4):
        write_slice(tmp_path / "data" / f"{number}.dcm", "RATE", number, fill=number)
    page = f"<html><center>{status} of the proxy</center></html>".encode()
    limited: List[float] = []
    refused = Answer(status, page, {"Content-Type": "text/html"})

    def answer(request: Request) -> Optional[Answer]:
        """Let one file through, and then none for a while, nor the request after each of them."""
        is_file = (request.method, request.path) == ("POST", "/instances")
        if limited and time.monotonic() > limited[0] + 3.5:
            return None
        if is_file and orthanc.count() > 0:
            limited.append(time.monotonic())
            after.append(True)
            return refused
        return refused if after and after.pop() else None

    after: List[bool] = []
    with LyingServer(orthanc, answer) as server:
        line = WorkingLine.of(tmp_path, orthanc, rest_url=server.url)
        said = line.ask("upload", tmp_path / "data", "--no-compression", "--parallel", 1)
    given(len(limited) > 1, "files were limited")
    assert (said.code, orthanc.count()) == (0, 4), said.out
    assert said.err.count("waiting for the server") == 1


# A path -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def below_a_path() -> Iterator[PrivateOrthanc]:
    """Orthanc lives at ``/orthanc/``; above it there is nothing."""
    edit = changed(LOCATION, "location /orthanc/ {\n        proxy_pass http://orthanc/;")
    with PrivateOrthanc(plugins=False, edit_nginx=edit) as server:
        yield server


def connected(folder: Path, server: PrivateOrthanc, path: str = "") -> Said:
    line = WorkingLine.of(folder, server, rest_url="https://127.0.0.1:1")  # not that one yet
    login = ("--fingerprint", server.fingerprint, "--user", server.user)
    return line.ask("connect", server.rest_url + path, *login)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        *((one, 5) for one in ("", "/system", "/orthanc/patients", "/elsewhere/orthanc", "/o/a/b")),
        *((one, 0) for one in ("/orthanc/system", "/orthanc/dicom-web/studies")),
        *((one, 0) for one in ("/orthanc/app/explorer.html", "/orthanc/ui/app/")),
    ],
)
def test_an_address_with_a_wrong_path_is_told(
    below_a_path: PrivateOrthanc, tmp_path: Path, path: str, code: int
) -> None:
    said = connected(tmp_path, below_a_path, path)
    assert "deleted meanwhile" not in words(said)
    assert said.code == code, said
    if code:
        assert f"answers under {below_a_path.rest_url}/orthanc, not under" in words(said)


def test_an_address_with_the_right_path_connects(
    below_a_path: PrivateOrthanc, tmp_path: Path
) -> None:
    assert connected(tmp_path, below_a_path, "/orthanc").code == 0


# A client certificate -----------------------------------------------------------------------------


def wanting_a_certificate(text: str) -> str:
    (own,) = re.findall(r'ssl_certificate +"?([^";]+)', text)
    wish = f'ssl_verify_client on;\n    ssl_client_certificate "{own}";\n    ssl_protocols'
    return changed("ssl_protocols", wish)(text)


def test_a_proxy_that_wants_a_client_certificate_is_told(tmp_path: Path) -> None:
    with PrivateOrthanc(plugins=False, edit_nginx=wanting_a_certificate) as server:
        said = connected(tmp_path, server)
    given(said.code != 0, said)
    assert "client certificate" in words(said)
