"""What ``pip install .`` gives on a machine without Slicer."""

from __future__ import annotations

import os
import subprocess
import sys
from email import message_from_string
from pathlib import Path

import pytest

import OrthancConnectCore

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the package was installed into."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--no-cache-dir"]
    command = [*pip, *offline, "--target", str(target), str(REPOSITORY)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


def test_the_command_line_works(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [str(installed / "bin" / "orthancconnect"), "--help"]
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for word in ("profile", "trust", "echo", "query", "retrieve", "upload", "import-files"):
        assert word in done.stdout


def test_it_holds_the_core_and_nothing_of_slicer(installed: Path) -> None:
    packages = {path.name for path in installed.iterdir() if path.name != "bin"}
    (metadata,) = (name for name in packages if name.endswith(".dist-info"))
    assert packages == {"OrthancConnectCore", metadata}
    ours, there = Path(OrthancConnectCore.__file__).parent, installed / "OrthancConnectCore"
    wanted = {path.relative_to(ours) for path in ours.rglob("*.py")}
    assert {path.relative_to(there) for path in there.rglob("*.py")} == wanted
    assert (installed / "OrthancConnectCore" / "py.typed").exists()


def test_it_tells_version_licence_and_needs(installed: Path) -> None:
    (folder,) = installed.glob("*.dist-info")
    told = message_from_string((folder / "METADATA").read_text(encoding="utf-8"))
    assert told["Version"] == OrthancConnectCore.__version__
    assert told["License-Expression"] == "Apache-2.0"
    needs = [one.partition(";") for one in told.get_all("Requires-Dist", [])]
    always = {need.split("<")[0].split(">")[0] for need, _, condition in needs if not condition}
    assert always == {"pydicom", "requests", "cryptography"}
    assert {"cli", "dimse", "keychain"} <= set(told.get_all("Provides-Extra", []))


def test_building_leaves_nothing_in_the_tree(installed: Path) -> None:
    litter = [REPOSITORY / "build", REPOSITORY / "dist", *REPOSITORY.rglob("*.egg-info")]
    assert [path for path in litter if path.exists()] == []
