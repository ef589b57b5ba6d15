"""Scenario files are found and judged, and the script for Slicer runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, List

import pytest

from Support.scenarios.context import ScenarioContext
from Support.scenarios.files import (
    CannotRunHere,
    Report,
    check_contract,
    chosen,
    find_scenarios,
    run_scenario,
    split_words,
)

SCRIPT = Path(__file__).resolve().parents[1] / "Slicer" / "run_in_slicer.py"
SENTINEL = "ORTHANCCONNECT SLICER TESTS PASSED"


class Context:
    """A scenario's context without anything."""

    def __init__(self, folder: Path, dialogs: int = 0) -> None:
        self.folder, self.notes, self.closed = folder, ["took long"], False
        self._dialogs = dialogs

    def assert_no_dialogs(self) -> None:
        assert self._dialogs == 0

    def close(self) -> None:
        self.closed = True


def test_scenarios_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """scenario_* of scenarios_*.py, those of the file itself; words choose among them."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "scenarios_found.py").write_text(
        "from os.path import join as scenario_join\n"
        "def scenario_a(context): pass\ndef scenario_b(context): pass\ndef helper(context): pass\n"
    )
    (tmp_path / "other.py").write_text("def scenario_c(context): pass\n")
    found = find_scenarios(tmp_path)
    assert list(found) == ["scenarios_found.scenario_a", "scenarios_found.scenario_b"]
    assert list(chosen(found, ["o_b"])) == ["scenarios_found.scenario_b"]
    assert chosen(found, []) == found
    assert split_words(["-x", "a", "--b"]) == (["-x", "--b"], ["a"])


@pytest.mark.parametrize(
    ("scenario", "dialogs", "passes"),
    [(lambda _: None, 0, True), (lambda _: 1 / 0, 0, False), (lambda _: None, 1, False)],
)
def test_each_scenario_is_judged(scenario: Any, dialogs: int, passes: bool) -> None:
    """Raising fails it, and so does a dialog; its context is closed, its folder goes."""
    lines: List[str] = []
    contexts: List[Context] = []
    report = Report(lines.append)

    def make(folder: Path) -> Context:
        contexts.append(Context(folder, dialogs))
        return contexts[0]

    run_scenario(report, "name", scenario, make)
    assert (report.passed, report.failed) == (int(passes), int(not passes))
    assert contexts[0].closed and not contexts[0].folder.exists()
    assert lines[0].endswith("name") and lines[1].strip() == "took long"
    assert report.close() == int(not passes)
    assert (SENTINEL in lines) is passes


def test_what_cannot_run_has_not_passed(tmp_path: Path) -> None:
    """It is said at once, counted by itself, and is no success."""
    lines: List[str] = []
    report = Report(lines.append)

    def needy(_context: Any) -> None:
        raise CannotRunHere("the worker's Python has no keyring")

    run_scenario(report, "needy", needy, Context)
    assert (report.passed, report.failed, report.not_run) == (0, 0, 1)
    assert lines == ["NOT RUN           needy: the worker's Python has no keyring"]
    assert report.close() == 1 and lines[-1].endswith("0 passed, 0 failed, 1 not run")


def test_the_contract_leaves_the_database_as_it_was(started: Any, tmp_path: Path) -> None:
    """Where there never was another one, DICOMUtils would leave it closed, elsewhere."""
    import slicer

    from OrthancConnectLib.adapters.database import SlicerDatabase

    before = slicer.dicomDatabase.databaseFilename
    report = Report(lambda _line: None)
    check_contract(report, tmp_path)
    assert (report.passed, report.failed) == (1, 0)
    assert slicer.dicomDatabase.databaseFilename == before
    assert SlicerDatabase().open_if_needed()


def test_a_peer_does_not_run_on_slicers_packages(
    started: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slicer's PYTHONPATH has a pydicom of its own; the peer's interpreter has another."""
    folder = tmp_path / "slicer-packages"
    folder.mkdir()
    (folder / "pydicom.py").write_text("raise ImportError('Slicer has another one')\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    context = ScenarioContext(None, tmp_path / "scenario")
    monkeypatch.setattr(context, "profile", dict)
    assert context.peer("NONE")["called_ae_title"] == "NONE"
    context.close()


def test_nothing_run_is_a_failure() -> None:
    """Without one check there is no word of success."""
    lines: List[str] = []
    assert Report(lines.append).close() == 1 and SENTINEL not in lines


def test_script_ends_with_the_sentinel() -> None:
    """The script checks the contract, runs what was chosen and says so; none of a name is fine."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PEER_PYTHON": sys.executable}
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), "scenarios_server_lists"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    lines = ran.stdout.splitlines()
    number = sum("scenarios_server_lists" in name for name in find_scenarios())
    assert lines[-2:] == [f"ORTHANCCONNECT SLICER TESTS: {number + 1} passed, 0 failed", SENTINEL]
    assert any(line.endswith("contract: every name is there") for line in lines)


def test_without_a_server_the_rest_runs_and_says_so(tmp_path: Path) -> None:
    """What needs Orthanc is named and has not passed; all lines stand in the report as well."""
    report = tmp_path / "report.txt"
    environment = {
        **{
            name: text for name, text in os.environ.items() if name != "ORTHANCCONNECT_OTHER_DEBIAN"
        },
        "QT_QPA_PLATFORM": "offscreen",
        "ORTHANCCONNECT_REPORT": str(report),
    }
    words = ["server_lists", "query_that_breaks_off"]
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), "--without-server", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    lines = report.read_text(encoding="utf-8").splitlines()
    assert [line for line in ran.stdout.splitlines() if line in lines] == lines
    assert lines[-1] == SENTINEL and lines[-2].endswith("0 failed, 1 not run")
    [missing] = [line for line in lines if line.startswith("NOT RUN")]
    assert missing.endswith("scenario_query_that_breaks_off: it needs Orthanc")
