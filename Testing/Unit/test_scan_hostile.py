"""The corpus of files that hurt: each one accounted for, little memory, and nothing written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Dict, List, Set, Tuple

import pytest

from OrthancConnectCore.scan.files import FoundFile, SkippedFile, iter_dicom_files
from OrthancConnectCore.scan.tree import scan_tree
from OrthancConnectCore.shared.errors import InputError
from Support.data.hostile import write_hostile_corpus
from Support.data.pydicom_identity import pydicoms
from Support.process.command_line import CORE_PARENT
from Support.process.left_behind import MEASURE_MEMORY

_MEASURED = """
import json, sys
from OrthancConnectCore.scan.tree import scan_tree
summary = scan_tree(sys.argv[1])
"""
_TELL = """
print(json.dumps({"megabytes": megabytes, "summary": summary.to_dict()}))
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "corpus"
    count = write_hostile_corpus(folder)
    assert count == len(_listing(folder)) > 500
    return folder


def _listing(folder: Path) -> Dict[str, Tuple[int, int]]:
    return {
        os.path.join(root, name): (status.st_size, status.st_mtime_ns)
        for root, _, names in os.walk(folder)
        for name in names
        for status in [os.lstat(os.path.join(root, name))]
    }


def test_each_file_is_found_or_named_once_and_nothing_changes(corpus: Path) -> None:
    before, around = _listing(corpus), set(corpus.parent.iterdir())
    seen: List[str] = []
    members: Set[str] = set()
    for finding in iter_dicom_files(corpus):
        is_member = "!/" in finding.path or isinstance(finding, FoundFile) and finding.member
        item = finding.item if isinstance(finding, FoundFile) else finding.path
        if is_member:
            assert item not in members
            members.add(item)
            seen.append(item.partition("!/")[0])
        else:
            seen.append(finding.path)
    assert set(seen) == set(before)
    plain = [path for path in seen if not path.startswith(f"{corpus}/archives/")]
    assert max(Counter(plain).values()) == 1
    assert all(item.isprintable() for item in members)
    assert (_listing(corpus), set(corpus.parent.iterdir())) == (before, around)


def test_what_is_told_of_a_damaged_file_is_what_pydicom_reads(corpus: Path) -> None:
    told = 0
    for finding in iter_dicom_files([corpus / "cut", corpus / "flipped", corpus / "lengths"]):
        if isinstance(finding, SkippedFile) or finding.identity is None:
            continue
        assert finding.identity[:4] == pydicoms(Path(finding.path).read_bytes()), finding.path
        told += 1
    assert told > 100


def test_members_of_archives_stay_within_their_bounds(corpus: Path) -> None:
    read = failed = 0
    for finding in iter_dicom_files(corpus / "archives"):
        if not isinstance(finding, FoundFile):
            continue
        assert finding.opener is not None
        try:
            with finding.opener() as stream:
                assert len(stream.read()) == finding.size
            read += 1
        except InputError as error:
            assert error.message.endswith(".")
            failed += 1
    assert read > 10 and failed == 0


def test_the_summary_counts_everything_in_little_memory(corpus: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(CORE_PARENT)}
    said = subprocess.run(
        [sys.executable, "-c", _MEASURED + MEASURE_MEMORY + _TELL, str(corpus)],
        env=environment,
        capture_output=True,
        timeout=100,
    )
    assert said.returncode == 0, said.stderr.decode()
    told: Dict[str, Any] = json.loads(said.stdout)
    summary = told["summary"]
    counted = (summary[name] for name in ("instances", "duplicates", "conflicts"))
    assert summary["files"] == sum(counted) + summary["problem_count"] > 700
    assert summary["complete"] and summary["failed"] > 50
    assert summary["problem_count"] == len(summary["problems"])
    assert all(row["item"].isprintable() for row in summary["problems"])
    assert summary == scan_tree(corpus).to_dict()
    print(f"{told['megabytes']} MB for {summary['files']} findings")
    assert told["megabytes"] < 150
