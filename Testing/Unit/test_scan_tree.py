"""What a scan gathers: series with counts, what is there twice, and what is no DICOM."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest

from OrthancConnectCore.cli.scan import summary_text
from OrthancConnectCore.scan import tree as module
from OrthancConnectCore.scan.files import iter_dicom_files
from OrthancConnectCore.scan.tree import ScanSummary, scan_tree
from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.events import CancelToken, Progress
from OrthancConnectCore.shared.series import SeriesRow
from Support.data.archives import tar_of, zip_of
from Support.data.dicom import hostile_files, write_slice, write_small_instances
from Support.data.raw_dicom import BIG, EXPLICIT, IMPLICIT, element, part_10
from Support.process.command_line import CORE_PARENT, in_process
from Support.process.left_behind import MEASURE_MEMORY


def made(
    sop: str = "1.2.3",
    series: str = "1.2.5",
    syntax: str = EXPLICIT,
    patient: bytes = b"PAT",
    character_set: bytes = b"ISO_IR 100",
    name: bytes = "Pérez^Núria".encode("latin-1"),
    number: bytes = b"7",
    end: bytes = b"",
) -> bytes:
    """A small instance."""
    return part_10(
        b"".join(
            element(tag, vr, value, syntax)
            for tag, vr, value in (
                (0x00080005, b"CS", character_set),
                (0x00080018, b"UI", sop.encode()),
                (0x00080020, b"DA", b"20260302"),
                (0x00080060, b"CS", b"CT"),
                (0x00081030, b"LO", b"Control"),
                (0x0008103E, b"LO", b"Thin \x07slices"),
                (0x00100010, b"PN", name),
                (0x00100020, b"LO", patient),
                (0x0020000D, b"UI", b"1.2.4"),
                (0x0020000E, b"UI", series.encode()),
                (0x00200011, b"IS", number),
                (0x00204000, b"LT", end),
            )
        ),
        syntax,
    )


def unidentified() -> bytes:
    """An instance whose identity the first bytes do not tell."""
    return part_10(element(0x00080018, b"UI", b"9.9"), "1.2.840.113619.5.2")


def accounted(summary: ScanSummary) -> None:
    """Everything has its place, and the sums are those of the rows."""
    counts = (summary.instances, summary.duplicates, summary.conflicts)
    assert summary.files == sum(counts) + summary.problem_count
    assert summary.problem_count == sum(summary.reasons.values())
    for name in ("instances", "bytes", "duplicates", "conflicts"):
        assert getattr(summary, name) == sum(getattr(row, name) for row in summary.series)
    json.dumps(summary.to_dict(), allow_nan=False)


def write(folder: Path, contents: Dict[str, bytes]) -> Path:
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_a_series_is_described_by_its_first_file(tmp_path: Path, syntax: str) -> None:
    files = {
        "a/1": made("1.1", syntax=syntax),
        "a/2": made("1.2", syntax=syntax, name=b"Another"),
        "b": made("1.3", "1.2.6", syntax=syntax, number=b""),
    }
    summary = scan_tree(write(tmp_path, files))
    size = len(files["a/1"]) + len(files["a/2"])
    text = ("PAT", "Pérez^Núria", "1.2.4", "20260302", "Control")
    assert summary.series == [
        SeriesRow(*text, "1.2.5", 7, "CT", "Thin  slices", 2, size, 0, 0),
        SeriesRow(*text, "1.2.6", None, "CT", "Thin  slices", 1, len(files["b"]), 0, 0),
    ]
    assert (summary.instances, summary.complete) == (3, True)
    accounted(summary)


@pytest.mark.parametrize(
    ("character_set", "raw", "text"),
    [
        (b"ISO_IR 192", "王^小东".encode(), "王^小东"),
        (b"ISO_IR 144", "Люкceмбypг".encode("iso8859_5"), "Люкceмбypг"),
        (b"GB18030", "王^小东".encode("gb18030"), "王^小东"),
        (b"\\ISO 2022 IR 87", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "山田^太郎"),
        (b"", b"\xff\xfe\x00\x01", "ÿþ"),
        (b"NO SUCH\0 SET", b"Plain", "Plain"),
        (b"ISO_IR 192", b"<b>\x1b[31m\xe2\x80\xaebold", "<b> [31m bold"),
    ],
)
def test_names_in_any_encoding_are_plain_text(
    tmp_path: Path, character_set: bytes, raw: bytes, text: str
) -> None:
    (tmp_path / "file").write_bytes(made(character_set=character_set, name=raw))
    (row,) = scan_tree(tmp_path).series
    assert text in row.patient_name and row.patient_name.isprintable()


def test_numbers_that_are_none_and_texts_without_end(tmp_path: Path) -> None:
    for number in (b"1.5", b"seven", b"9" * 14, b"\xb2"):
        (tmp_path / "file").write_bytes(made(number=number, name=b"x" * 3000))
        (row,) = scan_tree(tmp_path).series
        assert row.series_number is None
        assert len(row.patient_name) == 200


def test_duplicates_and_conflicts(tmp_path: Path) -> None:
    files = {
        "1": made("1.1", end=b"first"),
        "2 the same": made("1.1", end=b"first"),
        "3 as long": made("1.1", end=b"fIrst"),
        "4 longer": made("1.1", end=b"first, and more"),
        "5 in another series": made("1.1", "1.2.6", end=b"first"),
        "6": made("1.2"),
    }
    summary = scan_tree(write(tmp_path, files))
    one, other = summary.series
    assert (one.instances, one.duplicates, one.conflicts) == (2, 1, 2)
    assert one.bytes == len(files["1"]) + len(files["6"])
    assert (other.instances, other.bytes, other.duplicates, other.conflicts) == (0, 0, 0, 1)
    accounted(summary)


@pytest.mark.parametrize("pack", [zip_of, tar_of, lambda content: tar_of(content, "w:gz")])
def test_duplicates_of_what_lies_in_an_archive(tmp_path: Path, pack: Any) -> None:
    content = {f"in/{number}": made(f"1.{number}", end=b"a") for number in range(1, 6)}
    write(tmp_path, {"a.zip": pack(content)})
    write(tmp_path, {f"b/{name}": data for name, data in content.items()})
    write(tmp_path, {"c": made("1.1", end=b"b"), "d": made("1.9")})
    write(tmp_path, {"e.zip": pack({"again": made("1.9"), "other": made("1.2", end=b"c")})})
    summary = scan_tree(tmp_path)
    assert (summary.instances, summary.duplicates, summary.conflicts) == (6, 6, 2)
    accounted(summary)


def test_a_first_file_that_is_gone_is_not_the_same(tmp_path: Path, monkeypatch: Any) -> None:
    first, second = made(end=b"a"), made(end=b"a")
    write(tmp_path, {"1": first, "2.zip": zip_of({"x": made("1.7")}), "3": second})
    write(tmp_path, {"4": made("1.7")})

    def losing(paths: Any, token: CancelToken) -> Any:
        for finding in iter_dicom_files(paths, token):
            yield finding
            if finding.path.endswith(("1", ".zip")):
                os.unlink(finding.path)

    monkeypatch.setattr(module, "iter_dicom_files", losing)
    summary = scan_tree(tmp_path)
    assert (summary.instances, summary.duplicates, summary.conflicts) == (2, 0, 2)
    accounted(summary)


def test_what_can_not_be_told_has_a_row_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, {"1": unidentified(), "2": unidentified(), "3": made()})
    summary = scan_tree(tmp_path)
    untold, told = summary.series
    size = len(unidentified()) * 2
    assert untold == SeriesRow("", "", "", "", "", "", None, "", "", 2, size, 0, 0)
    assert told.instances == 1
    accounted(summary)


def test_each_hostile_file_is_accounted_for(tmp_path: Path) -> None:
    hostile_files(tmp_path)
    summary = scan_tree(tmp_path)
    accounted(summary)
    assert summary.files == len(list(iter_dicom_files(tmp_path)))
    assert summary.failed and summary.reasons["skipped", "Not a DICOM file."]
    outcomes = [problem.outcome for problem in summary.problems]
    assert outcomes == sorted(outcomes)  # failed ones first
    assert all(problem.item.isprintable() for problem in summary.problems)


def test_odd_identifiers_are_told_as_a_query_tells_them(tmp_path: Path) -> None:
    odd = {"StudyInstanceUID": "ab" * 32, "SeriesInstanceUID": "1." + "5" * 70}
    write_slice(tmp_path / "1.dcm", " P1", **odd)
    write_slice(tmp_path / "2.dcm", "P1", SOPInstanceUID=str(uuid.UUID(int=10)))
    summary = scan_tree(tmp_path)
    accounted(summary)
    assert sorted(row.patient_id for row in summary.series) == [" P1", "P1"]
    text = summary_text(summary, 1.0, False)
    assert '"' + ' P1"' in text and "ab" * 32 in text
    for name, why in (
        ("Study", "it has letters"),
        ("Series", "it is longer than 64 characters"),
        ("SOP", "it has letters"),
    ):
        assert f"1 instance: the {name} Instance UID is not well formed ({why})" in text


def test_problems_are_named_up_to_a_bound_and_all_counted(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "MOST_PROBLEMS", 10)
    monkeypatch.setattr(module, "_MOST_REASONS", 2)
    write(tmp_path, {f"text {number}": b"no DICOM" for number in range(15)})
    write(tmp_path, {"empty": b"", "index": b""})
    write(tmp_path, {f"z{number}": bytes(128) + b"DICM" for number in range(4)})
    summary = scan_tree(tmp_path)
    assert [problem.outcome for problem in summary.problems] == ["failed"] * 4 + ["skipped"] * 6
    assert (summary.problem_count, summary.failed, summary.files) == (21, 4, 21)
    assert sorted(summary.reasons.items(), key=lambda item: item[1]) == [
        (("skipped", "The file is empty (0 bytes)."), 2),
        (("failed", "Other reasons."), 4),
        (("skipped", "Not a DICOM file."), 15),
    ]
    accounted(summary)


def test_progress_tells_each_change_in_bounded_reports(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 3)
    monkeypatch.setattr(module, "PROGRESS_INTERVAL", 0.0)
    files = {f"{number:02d}": made(f"1.{number}", f"2.{number % 4}") for number in range(12)}
    seen: List[Progress] = []
    summary = scan_tree(write(tmp_path, files), progress=seen.append)
    assert [report.done for report in seen] == [*range(1, 13), 12]
    assert seen[4].current.endswith("04")
    latest: Dict[str, Any] = {}
    for report in seen:
        assert report.phase == "scan" and report.details is not None
        assert len(report.details["series"]) <= 3
        latest.update({row["series_instance_uid"]: row for row in report.details["series"]})
        json.dumps(asdict(report))
    assert list(latest.values()) == summary.to_dict()["series"]


def test_reports_come_at_most_ten_times_a_second(tmp_path: Path, monkeypatch: Any) -> None:
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    seen: List[float] = []

    def ticking(paths: Any, token: CancelToken) -> Any:
        for finding in list(iter_dicom_files(paths, token)) * 10:
            now[0] += 0.01
            yield finding

    monkeypatch.setattr(module, "iter_dicom_files", ticking)
    write(tmp_path, {str(number): made(f"1.{number}") for number in range(10)})
    scan_tree(tmp_path, progress=lambda report: seen.append(now[0]))
    gaps = [after - before for before, after in zip(seen, seen[1:])]
    assert len(seen) >= 9 and min(gaps[:-1]) > 0.0999


def test_a_cancelled_scan_tells_what_it_found(tmp_path: Path) -> None:
    write(tmp_path, {"0.zip": zip_of({"x": made("1.1")}), "1": made("1.1"), "2": made("1.2")})
    token = CancelToken()
    seen: List[Tuple[int, bool]] = []

    def stop(report: Progress) -> None:
        seen.append((report.done, token.cancelled))
        token.cancel()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PROGRESS_INTERVAL", 0.0)
        summary = scan_tree(tmp_path, progress=stop, token=token)
    assert (summary.complete, summary.files, summary.instances) == (False, 1, 1)
    accounted(summary)
    token = CancelToken()
    token.cancel()
    assert scan_tree(tmp_path, token=token) == ScanSummary(complete=False)


def test_what_was_not_compared_before_a_cancel_is_not_called_the_same(tmp_path: Path) -> None:
    write(tmp_path, {"0.zip": zip_of({"x": made("1.1")}), "1": made("1.1")})
    token = CancelToken()

    def findings(paths: Any, token: CancelToken) -> Any:
        yield from list(iter_dicom_files(paths))
        token.cancel()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "iter_dicom_files", findings)
        summary = scan_tree(tmp_path, token=token)
    assert (summary.instances, summary.duplicates, summary.conflicts) == (1, 0, 1)
    assert not summary.complete
    accounted(summary)


def test_a_wrong_choice_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Nothing was chosen"):
        scan_tree([])
    with pytest.raises(InputError, match="There is no file"):
        scan_tree(tmp_path / "absent")


_MANY = """
from OrthancConnectCore.scan import tree as module
from OrthancConnectCore.scan.files import FoundFile
from OrthancConnectCore.scan.files import SkippedFile
from OrthancConnectCore.scan.header import Identity

def findings(paths, token):
    series = "1.2.826.0.1.3680043.8.498." + "7" * 34
    for number in range(100_000):
        uid = f"{series[:-10]}{number:010d}"
        folder = f"/archive/hospital/2026/patient {number // 5000:04d}/series {number // 250:06d}"
        identity = Identity(f"PAT{number // 5000}", uid[:-4], uid[:-3], uid, "1.2.840.10008.1.2.1")
        yield FoundFile(f"{folder}/IM{number:06d}.dcm", 524288, "", 0, None, identity)
        if number % 5 == 0:
            yield SkippedFile(f"{folder}/{number}.txt", "Not a DICOM file.")

module.iter_dicom_files = findings
summary = module.scan_tree(["x"])
assert summary.instances == 100_000 and summary.problem_count == 20_000, summary.files
"""


def test_a_hundred_thousand_files_need_little_memory() -> None:
    environment = {**os.environ, "PYTHONPATH": str(CORE_PARENT)}
    source = _MANY + MEASURE_MEMORY + "print(len(summary.series), megabytes)"
    said = subprocess.run(
        [sys.executable, "-c", source], env=environment, capture_output=True, text=True, timeout=100
    )
    assert said.returncode == 0, said.stderr
    series, megabytes = map(int, said.stdout.split())
    print(f"{megabytes} MB for 100,000 files in {series} series")
    assert series == 100 and megabytes < 150


# On the command line ------------------------------------------------------------------------


@pytest.fixture
def run(capsys: Any, tmp_path: Path, monkeypatch: Any) -> Any:
    monkeypatch.setenv("ORTHANCCONNECT_CONFIG_DIR", str(tmp_path / "settings"))
    return in_process(capsys)


def test_the_command_line_shows_a_tree(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    write(folder, {"1": made("1.1"), "2": made("1.1"), "3": made("1.1", end=b"other")})
    write(folder, {"4": made("1.2", "1.2.6"), "5": unidentified(), "6": b"text", "7": b"more"})
    said = run("scan", str(folder))
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0] == "Pérez, Núria  PAT"
    assert lines[1].startswith("└─ 2026-03-02  Control  CT  2 series  ")
    assert lines[1].endswith("  1.2.4")
    assert lines[2].startswith("   ├─ 7  Thin  slices  CT  1 instance  ")
    assert lines[2].endswith("  1 duplicate  1 conflict  1.2.5")
    assert "1.2.6" in lines[3] and "(not told without a server)" in said.out
    assert "2 patients, 2 studies, 3 series, 3 instances, " in said.out
    assert "1 duplicate: an instance once more, byte by byte" in said.out
    assert "1 conflict: a SOP Instance UID once more, with other content" in said.out
    assert lines[-2:] == ["2 files left out:", "  2  skipped  Not a DICOM file."]


def test_the_command_line_names_problems_and_fails_for_broken_files(
    run: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    write(folder, {"cut\n<b>.dcm": bytes(128) + b"DICM", "text": b"text", "good": made()})
    said = run("scan", str(folder), "--problems")
    assert said.code == 1
    assert said.out.splitlines()[-4:] == [
        "2 files left out:",
        f"  failed   {folder}/cut <b>.dcm: The DICOM file is cut off within its header.",
        "           Copy it again from where it came from.",
        f"  skipped  {folder}/text: Not a DICOM file.",
    ]
    data = run("scan", str(folder), "--json").data
    assert data == scan_tree(folder).to_dict()
    assert (data["failed"], data["problem_count"], data["instances"]) == (1, 2, 1)


def test_the_command_line_refuses_what_is_not_there(run: Any, tmp_path: Path) -> None:
    said = run("scan", str(tmp_path / "absent"))
    assert said.code == 2 and "There is no file or folder" in said.err
    assert run("scan").code == 2
    assert run("scan", str(tmp_path / "absent"), "--json").data["exit_code"] == 2


def test_an_empty_folder_is_said_to_be_empty(run: Any, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    said = run("scan", str(tmp_path / "data"))
    assert said.code == 0
    assert said.out.startswith("0 patients, 0 studies, 0 series, 0 instances, 0 B in ")


def test_instances_as_a_scanner_writes_them(tmp_path: Path) -> None:
    paths = write_small_instances(tmp_path / "data", count=20)
    with tarfile.open(tmp_path / "data" / "again.tgz", "w:gz") as archive:
        for path in paths:
            archive.add(path, path.name)
    summary = scan_tree(tmp_path / "data")
    assert (summary.instances, summary.duplicates, summary.problem_count) == (20, 20, 0)
    assert all(row.patient_name and row.modality == "CT" for row in summary.series)
    accounted(summary)
