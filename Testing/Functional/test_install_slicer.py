"""A released Slicer is found, compared and unpacked, from a site as download.slicer.org is."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Iterator

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "Slicer" / "install.py"


def package() -> bytes:
    """A package for Linux: a folder with a launcher."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        content = b"#!/bin/sh\necho I am Slicer\n"
        member = tarfile.TarInfo("Slicer-5.8.1-linux-amd64/Slicer")
        member.size, member.mode = len(content), 0o755
        tar.addfile(member, io.BytesIO(content))
    return file.getvalue()


class Site(ThreadingHTTPServer):
    """What it was asked, and what it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.asked: list[str] = []
        self.package = package()
        self.record: Any = {
            "name": "Slicer-5.8.1-linux-amd64.tar.gz",
            "product_name": "Slicer",
            "version": "5.8.1",
            "size": len(self.package),
            "sha512": hashlib.sha512(self.package).hexdigest(),
            "download_url": "/bitstream/67c51fc129825655577cfee9",
        }


class Answers(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path.startswith("/bitstream/"):  # as the site does, which keeps no packages itself
            self.send_response(302)
            self.send_header("Location", "/api/v1/item/1/download")
            self.end_headers()
            return
        found = self.path.startswith("/find?")
        body = json.dumps(self.server.record).encode() if found else self.server.package
        self.send_response(200 if self.server.record else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def install(site: Site, version: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "SLICER_DOWNLOAD_SITE": f"http://127.0.0.1:{site.server_port}",
        "GITHUB_OUTPUT": str(folder) + ".output",
        "no_proxy": "*",
    }
    command = [sys.executable, str(SCRIPT), version, str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("version", "asked"),
    [
        ("5.8", "os=linux&stability=release&version=5.8"),
        ("stable", "os=linux&stability=release"),
        ("preview", "os=linux&stability=nightly"),
    ],
)
def test_the_newest_package_is_installed(
    version: str, asked: str, site: Site, tmp_path: Path
) -> None:
    ran = install(site, version, tmp_path / "slicer")
    assert ran.returncode == 0, ran.stderr
    program = ran.stdout.splitlines()[-1]
    assert subprocess.check_output([program], text=True) == "I am Slicer\n"
    assert (tmp_path / "slicer.output").read_text() == f"slicer={program}\n"
    assert site.asked[0] == f"/find?{asked}" and site.asked[1] == site.record["download_url"]
    assert "SHA-512" not in ran.stdout
    assert not (tmp_path / "slicer" / "package").exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sha512": "0" * 128}, "another SHA-512"),
        ({"size": 1}, "bytes came of 1"),
        ({"download_url": "https://example.org/other"}, "told of no package"),
    ],
)
def test_another_package_than_was_told_is_refused(
    change: dict[str, Any], told: str, site: Site, tmp_path: Path
) -> None:
    site.record.update(change)
    ran = install(site, "stable", tmp_path / "slicer")
    assert ran.returncode == 1 and told in ran.stderr
    assert not list((tmp_path / "slicer").glob("*/Slicer"))


def test_no_package_is_one_sentence(site: Site, tmp_path: Path) -> None:
    site.record = None
    ran = install(site, "9.9", tmp_path / "slicer")
    assert ran.returncode == 1
    assert ran.stderr == "Slicer 9.9 can't be installed: HTTP Error 404: Not Found\n"


def test_a_checksum_that_is_not_told_is_said(site: Site, tmp_path: Path) -> None:
    site.record["sha512"] = None
    ran = install(site, "stable", tmp_path / "slicer")
    assert ran.returncode == 0 and "tells no SHA-512" in ran.stdout
