"""The scenario files of Testing/Panel: found by their names, run one by one, reported by lines."""

from __future__ import annotations

import importlib
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Tuple

PANEL = Path(__file__).resolve().parents[2] / "Panel"
Scenario = Callable[[Any], None]


class CannotRunHere(Exception):
    """What a scenario needs is not on this machine; the text says what."""


def find_scenarios(folder: Path = PANEL) -> Dict[str, Scenario]:
    """All functions scenario_* of all files scenarios_*.py, as file.name."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    found: Dict[str, Scenario] = {}
    for path in sorted(folder.glob("scenarios_*.py")):
        module = importlib.import_module(path.stem)
        for name, function in vars(module).items():
            if name.startswith("scenario_") and function.__module__ == module.__name__:
                found[f"{path.stem}.{name}"] = function
    return found


def chosen(scenarios: Dict[str, Scenario], words: Sequence[str]) -> Dict[str, Scenario]:
    """Those whose name has one of the words; all without words."""
    return {
        name: function
        for name, function in scenarios.items()
        if not words or any(word in name for word in words)
    }


class Report:
    """Counts and says what passed, what failed and what could not run, a line each."""

    def __init__(self, say: Callable[[str], None] = print) -> None:
        self.passed, self.failed, self.not_run = 0, 0, 0
        self._say = say

    def tell(
        self, passed: bool, name: str, seconds: float = 0.0, notes: Sequence[str] = ()
    ) -> None:
        """Say how one check ended."""
        self.passed += passed
        self.failed += not passed
        self._say(f"{'ok' if passed else 'FAILED':6} {seconds:6.1f} s  {name}")
        for note in notes:
            self._say(f"{'':17}{note}")

    def tell_not_run(self, name: str, why: str) -> None:
        """Say that a check could not run here: it has not passed."""
        self.not_run += 1
        self._say(f"NOT RUN           {name}: {why}")

    def close(self) -> int:
        """Say the sum, in the words that others look for; return the number of failures."""
        sums = f"{self.passed} passed, {self.failed} failed"
        sums += f", {self.not_run} not run" if self.not_run else ""
        self._say(f"ORTHANCCONNECT SLICER TESTS: {sums}")
        if self.failed == 0 and self.passed > 0:
            self._say("ORTHANCCONNECT SLICER TESTS PASSED")
        return self.failed if self.passed or self.failed else 1


def run_scenario(
    report: Report, name: str, scenario: Scenario, make_context: Callable[[Path], Any]
) -> None:
    """Run one scenario in a context of its own; whatever it raises is its failure."""
    folder = Path(tempfile.mkdtemp(prefix="orthancconnect-scenario-"))
    context = make_context(folder)
    began = time.monotonic()
    passed, lacking = False, ""
    try:
        scenario(context)
        context.assert_no_dialogs()
        passed = True
    except CannotRunHere as lack:
        lacking = str(lack)
    except Exception:  # each scenario is judged by itself
        traceback.print_exc()
    context.close()
    shutil.rmtree(folder, ignore_errors=True)
    if lacking:
        report.tell_not_run(name, lacking)
    else:
        report.tell(passed, name, time.monotonic() - began, context.notes)


def check_contract(report: Report, folder: Path) -> None:
    """Hold the contract of names against what is here; Slicer's database is as before then."""
    import ctk
    import DICOMLib
    import qt
    import SampleData
    import slicer

    from Support.rules.contract import check_contract as check

    before = slicer.dicomDatabase.databaseFilename
    original = DICOMLib.DICOMUtils.openTemporaryDatabase(str(folder / "contract"))
    missing, unchecked = check(
        {module.__name__: module for module in (qt, ctk, slicer, DICOMLib, SampleData)}
    )
    DICOMLib.DICOMUtils.closeTemporaryDatabase(original)
    if before and slicer.dicomDatabase.databaseFilename != before:
        # DICOMUtils leaves it closed, pointing at the temporary file, where there was none; with a
        # main window, whose browser calls that ".", it opens one in the current folder.
        slicer.dicomDatabase.closeDatabase()
        slicer.dicomDatabase.openDatabase(before)
    for finding in missing:
        report.tell(False, f"contract: {finding}")
    for path in unchecked:
        report.tell(False, f"contract: {path} could not be checked")
    if not missing and not unchecked:
        report.tell(True, "contract: every name is there")


def split_words(arguments: Sequence[str]) -> Tuple[List[str], List[str]]:
    """Options and words of a command line."""
    options = [argument for argument in arguments if argument.startswith("-")]
    return options, [argument for argument in arguments if not argument.startswith("-")]
