"""GitHub's workflows: pinned, with few rights, bounded in time; what they run is here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
WORKFLOWS = {
    path.name: path.read_text(encoding="utf-8")
    for path in (REPOSITORY / ".github" / "workflows").glob("*.yml")
}
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
_OURS = re.compile(r"\./\.github/workflows/(\S+)( # .+)?")


def jobs(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from yaml.safe_load(text)["jobs"].items()


def faults(text: str) -> list[str]:
    """What breaks our rules for a workflow."""
    content = yaml.safe_load(text)
    broken = [] if content.get("permissions") == {"contents": "read"} else ["rights by default"]
    for used in re.findall(r"^\s*(?:- )?uses: (.+)$", text, re.MULTILINE):
        ours = _OURS.fullmatch(used)
        if not _PINNED.fullmatch(used) and not (ours and ours[1] in WORKFLOWS):
            broken.append(f"not pinned by hash, with its version: {used}")
    for name, job in jobs(text):
        if "uses" not in job and not 0 < job.get("timeout-minutes", 0) <= 120:
            broken.append(f"{name} has no end")
        rights = job.get("permissions", {})
        if any(right == "write" for right in rights.values()) and name != "draft":
            broken.append(f"{name} may write")
        for step in job.get("steps", []):
            checkout = str(step.get("uses", "")).startswith("actions/checkout@")
            if checkout and step.get("with", {}).get("persist-credentials") is not False:
                broken.append(f"{name} leaves the token in the checkout")
            if "${{" in str(step.get("run", "")):
                broken.append(f"{name} puts an expression into a shell: {step['run'][:40]}")
    if re.search(r"\bsecrets\.|pull_request_target", text):
        broken.append("a secret, or code of strangers with our rights")
    return broken


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_a_workflow_keeps_the_rules(name: str) -> None:
    assert faults(WORKFLOWS[name]) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7"),
        ("c181273ba90b1 # v7.0.1", "c181273ba90b1"),
        ("contents: read", "contents: write"),
        ("    timeout-minutes: 120\n", ""),
        ("persist-credentials: false", "fetch-depth: 1"),
        ("bash Testing/test.sh", "bash Testing/test.sh ${{ github.ref }}"),
        ("bash Testing/test.sh", "bash Testing/test.sh # secrets.TOKEN"),
        ("  pull_request:", "  pull_request_target:"),
    ],
)
def test_a_workflow_that_breaks_them_is_caught(old: str, new: str) -> None:
    broken = WORKFLOWS["tests.yml"].replace(old, new, 1)
    assert broken != WORKFLOWS["tests.yml"] and len(faults(broken)) == 1


def test_they_run_what_the_readme_says_and_all_that_people_have() -> None:
    assert "run: bash Testing/test.sh\n" in WORKFLOWS["tests.yml"]
    matrices = {name: job["strategy"]["matrix"] for name, job in jobs(WORKFLOWS["slicer.yml"])}
    wanted = ["5.8", "5.10", "stable", "preview"]
    assert [matrix["slicer"] for matrix in matrices.values()] == [wanted, wanted]
    assert matrices["linux"]["orthanc"][0] == "debian" and len(matrices["linux"]["orthanc"]) == 3
    assert "run: bash Testing/test.sh Slicer\n" in WORKFLOWS["slicer.yml"]
    assert {"tests.yml", "slicer.yml", "scans.yml", "release.yml"} == set(WORKFLOWS)


def test_they_install_all_that_an_installation_may_have() -> None:
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    optional = text.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    extras = set(re.findall(r"(?m)^(\w+) = \[", optional)) - {"test"}
    assert len(extras) > 4
    for name in ("scans.yml", "tests.yml"):
        (installed,) = re.findall(r'install "\.\[(.+)\]"', WORKFLOWS[name])
        assert set(installed.split(",")) == extras, name


def test_the_files_that_they_name_are_here() -> None:
    named = set(re.findall(r"\bTesting/[\w/]+\.(?:py|sh)\b", "".join(WORKFLOWS.values())))
    assert len(named) >= 3
    assert [name for name in named if not (REPOSITORY / name).is_file()] == []


def test_a_release_needs_the_tests_and_is_a_draft() -> None:
    release = dict(jobs(WORKFLOWS["release.yml"]))
    assert release["draft"]["needs"] == ["tests", "build"]
    [*_others, last] = release["draft"]["steps"]
    assert "gh release create" in last["run"] and "--draft" in last["run"]
    assert release["tests"]["uses"] == "./.github/workflows/tests.yml"


def test_zizmor_finds_nothing() -> None:
    """Its audits that need no network, also of what updates the actions."""
    command = [str(Path(sys.executable).with_name("zizmor")), "--offline", "--no-progress"]
    folder = str(REPOSITORY / ".github")
    ran = subprocess.run([*command, folder], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
