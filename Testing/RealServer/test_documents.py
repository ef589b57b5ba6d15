"""What README and the documents tell people to type, typed from their own text on a terminal."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator

import pytest

from OrthancConnectCore.profile_store import ProfileStore
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from Support.data.dicom import write_group_folder
from Support.process.command_line import CommandLine
from Support.servers.orthanc import PrivateOrthanc

REPOSITORY = Path(__file__).resolve().parents[2]
#: What the documents call the server and its user, and the name that `connect` finds.
ADDRESS, USER, NAME = "https://server:8042", "ana", "LAB"


@pytest.fixture
def server() -> Iterator[PrivateOrthanc]:
    settings = {"StableAge": 1}  # seconds until a series may be followed; the usual ones are 60
    with PrivateOrthanc(settings, modalities={}, plugins=False, aet=NAME, user=USER) as running:
        yield running


def blocks(page: str, language: str) -> list[str]:
    """The page's blocks of code in a language."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands(page: str) -> list[list[str]]:
    """The words of each line that people are told to type."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    words = [shlex.split(line, comments=True) for line in lines]
    return [line[1:] for line in words if line and line[0] == "orthancconnect"]


def _all_stable(server: PrivateOrthanc) -> bool:
    return all(one["IsStable"] for one in server.get_json("/series?expand"))


@pytest.mark.parametrize(
    ("page", "count"),
    [("README.md", 7), ("docs/en/tutorial.md", 6), ("docs/en/command-line.md", 11)],
)
def test_what_a_page_says_works_line_by_line(
    page: str, count: int, server: PrivateOrthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of the page, in a folder with files to upload, each with exit code 0."""
    monkeypatch.chdir(tmp_path)
    group = write_group_folder(tmp_path / "folder", slices=4, rows=32, columns=32)
    if page.endswith("command-line.md"):
        for files in group.values():
            server.store(*files)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not _all_stable(server):
            time.sleep(0.1)
    (tmp_path / "cohort.csv").write_text("NHC\nPAT0012\nPAT0044\n", encoding="utf-8")
    line = CommandLine(tmp_path, ORTHANCCONNECT_STATE_DIR=str(tmp_path / "state"))
    said = {}
    typed = commands(page)
    assert len(typed) == count
    for words in typed:
        words = [server.rest_url if word == ADDRESS else word for word in words]
        if words[0] == "register":  # other tests have the usual port
            words += ["--port", str(server.storage_port)]
        answers = {"[y/N]": "y", "Password of": server.password}
        done = line.on_terminal(*words, answers=answers, timeout=100)
        assert done.code == 0, (words, done.out)
        said[words[0]] = done.out
    assert server.fingerprint in said["connect"] and server.password not in line.everything
    if "query" in said:
        assert "PAT0012" in said["query"] or "ORTHANCCONNECT-SAMPLE" in said["query"]
    if page.endswith("command-line.md"):  # what was fetched is on the server, and may go
        assert len((tmp_path / "result.csv").read_text("utf-8-sig").splitlines()) == 3
        assert not list((tmp_path / "scans").rglob("*.dcm"))
        assert (tmp_path / "study.key").is_file() and list((tmp_path / "new").rglob("*.dcm"))
    else:
        assert "verified" in said["retrieve"] or "arrived" in said["retrieve"]
        fetched = list((tmp_path / "scans").rglob("*.dcm"))
        assert len(fetched) == (60 if "sample" in said else len(group["PAT0012"]))


def test_the_python_page_works_as_it_is_printed(
    server: PrivateOrthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the profile that `orthancconnect connect` would have made."""
    for name in ("CONFIG", "STATE"):
        monkeypatch.setenv(f"ORTHANCCONNECT_{name}_DIR", str(tmp_path / name))
    trust = TrustPolicy.pinned(server.fingerprint)
    profile = ServerProfile("lab", server.rest_url, USER, trust=trust, retrieve_method="HTTPS")
    ProfileStore().update(lambda known: known.put(profile))
    text = "\n".join(blocks("docs/en/python.md", "python"))
    names = {
        "address": server.rest_url,
        "fingerprint": server.fingerprint,
        "dicom_port": server.dicom_port,
        "password": server.password,
        "folder": tmp_path,
    }
    test = doctest.DocTestParser().get_doctest(text, names, "python.md", "python.md", 0)
    assert len(test.examples) > 30
    said: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    assert result.failed == 0, "".join(said)


@pytest.mark.slow
def test_the_demo_that_readme_begins_with(tmp_path: Path) -> None:
    """What `Testing/demo.sh` runs once all is installed."""
    assert ["bash", "Testing/demo.sh"] in [block.split() for block in blocks("README.md", "sh")]
    script = REPOSITORY / "Testing" / "Demo" / "demo.py"
    assert 'Testing/Demo/demo.py" "$@"' in (REPOSITORY / "Testing" / "demo.sh").read_text("utf-8")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("SLICER", None)  # the stand-in will do here
    done = subprocess.run(
        [sys.executable, str(script), "--output", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        env=environment,
        timeout=110,
    )
    assert done.returncode == 0 and "All steps passed" in done.stdout, done.stdout + done.stderr
    pictures = ["panel.png", "receipt.csv", "slices.png"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == pictures
