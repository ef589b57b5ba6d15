"""What several pytest runs came to: ``summary.py FOLDER SECONDS``, of JUnit files.

Each test that failed is named with how it ended, below the output of all groups: what keeps only
the end of a long text still tells which ones they were.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

KINDS = {"failure": "failed", "error": "errors", "skipped": "skipped"}
#: Lines of each failure, of this many characters.
LINES, WIDTH = 6, 300


def outcomes(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Name each test case in the JUnit files of a folder, its outcome and why it failed."""
    for file in sorted(folder.glob("*.xml")):
        for case in ElementTree.parse(file).iter("testcase"):
            name = f"{file.stem}: {case.get('classname')}::{case.get('name')}"
            found = next((child for child in case if child.tag in KINDS), None)
            if found is None:
                yield name, "passed", ""
            else:
                yield name, KINDS[found.tag], found.get("message") or ""


def line(totals: dict[str, int], seconds: float) -> str:
    """Say it as pytest does."""
    told = ", ".join(f"{number} {kind}" for kind, number in totals.items() if number)
    return f" {told or 'no tests ran'} in {seconds:.2f}s ".center(80, "=")


def main(folder: Path, seconds: float) -> int:
    """Print the failures and the closing line; 1 where there was a failure."""
    totals = {"failed": 0, "passed": 0, "skipped": 0, "errors": 0}
    for name, outcome, message in outcomes(folder):
        totals[outcome] += 1
        if outcome in ("failed", "errors"):
            print(f"FAILED  {name}")
            for said in message.splitlines()[:LINES]:
                print(f"        {said[:WIDTH]}")
    print(line(totals, seconds))
    return 1 if totals["failed"] or totals["errors"] else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2])))
