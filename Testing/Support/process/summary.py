"""The closing line over several pytest runs: ``summary.py FOLDER SECONDS``, of JUnit files."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

KINDS = {"failure": "failed", "error": "errors", "skipped": "skipped"}


def count(folder: Path) -> dict[str, int]:
    """Count the outcomes of all test cases in the JUnit files of a folder."""
    totals = {"failed": 0, "passed": 0, "skipped": 0, "errors": 0}
    for file in folder.glob("*.xml"):
        for case in ElementTree.parse(file).iter("testcase"):
            outcomes = [KINDS[child.tag] for child in case if child.tag in KINDS]
            totals[outcomes[0] if outcomes else "passed"] += 1
    return totals


def line(totals: dict[str, int], seconds: float) -> str:
    """Say it as pytest does."""
    told = ", ".join(f"{number} {kind}" for kind, number in totals.items() if number)
    return f" {told or 'no tests ran'} in {seconds:.2f}s ".center(80, "=")


if __name__ == "__main__":
    outcome = count(Path(sys.argv[1]))
    print(line(outcome, float(sys.argv[2])))
    sys.exit(1 if outcome["failed"] or outcome["errors"] else 0)
