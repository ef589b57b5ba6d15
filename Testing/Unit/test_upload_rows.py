"""A row for each file: kept on disk, saved as CSV and JSON, whatever stands in the names."""

from __future__ import annotations

import csv
import json
import os
import stat
from pathlib import Path
from typing import Any, Dict, List

import pytest

from OrthancConnectCore.shared import receipts
from OrthancConnectCore.shared.errors import AuthenticationError, InputError
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.upload import ledger as upload_rows
from OrthancConnectCore.upload.job import upload_job
from OrthancConnectCore.upload.ledger import FileRow, RowFile, rows_path, save_rows
from OrthancConnectCore.upload.run import upload
from Support.data.dicom import hostile_files, write_small_instances
from Support.fakes.client import FakeClient, bad_file, check, only

NAMES = ["plain.dcm", "=HYPERLINK(1)", "+1", "-1", "@x", "a\nb", "<b>x</b>", "\udcff.dcm", 'q",;"']


@pytest.fixture
def rows(tmp_path: Path) -> RowFile:
    return RowFile(rows_path("0123456789abcdef", tmp_path))


def read_csv(path: Path) -> List[Dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_csv_and_json_hold_every_row(rows: RowFile, tmp_path: Path) -> None:
    for number, name in enumerate(NAMES):
        rows.add(FileRow(name, f"1.2.{number}", "stored", bytes=number, verified=True))
    rows.receipt = Receipt("upload", expected=len(NAMES), stored=len(NAMES))
    rows.close()
    assert save_rows(rows.path, tmp_path / "out.csv") == len(NAMES)
    found = read_csv(tmp_path / "out.csv")
    names = "path sop_instance_uid outcome reason orthanc_id bytes md5 attempts verified"
    assert list(found[0]) == names.split()
    assert [row["sop_instance_uid"] for row in found] == [f"1.2.{n}" for n in range(len(NAMES))]
    assert not any(row["path"][0] in "=+-@" for row in found)  # no formula for a spreadsheet
    assert found[5]["path"] == "a\\nb" and found[7]["path"] == "\\udcff.dcm"

    assert save_rows(rows.path, tmp_path / "out.JSON") == len(NAMES)
    content = json.loads((tmp_path / "out.JSON").read_text(encoding="ascii"))
    assert [row["path"] for row in content["rows"]] == NAMES
    assert content["receipt"]["stored"] == len(NAMES) and content["receipt"]["complete"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.JSON", "out.csv", "receipts"]


def test_they_are_for_their_owner_and_replace_the_last_ones_when_whole(
    rows: RowFile, tmp_path: Path
) -> None:
    rows.add(FileRow("one"))
    rows.close()
    assert stat.S_IMODE(rows.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(rows.path.parent.stat().st_mode) == 0o700
    second = RowFile(rows.path)
    second.add(FileRow("two"))
    assert save_rows(rows.path, tmp_path / "out.json") == 1
    assert "one" in (tmp_path / "out.json").read_text()
    second.close()
    second.add(FileRow("too late"))
    save_rows(rows.path, tmp_path / "out.json")
    assert "two" in (tmp_path / "out.json").read_text()
    assert "too late" not in (tmp_path / "out.json").read_text()


def test_old_ones_are_forgotten(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(upload_rows, "_KEPT", 3)
    for number in range(6):
        path = rows_path(f"{number:016x}", tmp_path)
        RowFile(path).close()
        os.utime(path, (number, number))
    RowFile(rows_path("f" * 16, tmp_path)).close()
    names = sorted(path.stem for path in (tmp_path / "receipts").iterdir())
    assert names == [f"{4:016x}", f"{5:016x}", "f" * 16]


def test_what_can_not_be_saved_is_told(rows: RowFile, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no longer kept"):
        save_rows(rows_path("f" * 16, tmp_path), tmp_path / "out.csv")
    rows.close()
    with pytest.raises(InputError, match="can't be written"):
        save_rows(rows.path, tmp_path / "none" / "out.csv")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="can't be written"):
        save_rows(rows.path, tmp_path / "folder")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "receipts"]


def test_an_upload_has_one_row_a_file(tmp_path: Path) -> None:
    kinds = hostile_files(tmp_path / "data")
    bad = next(path for path, kind in kinds.items() if kind == "dicom")
    client = FakeClient(only(bad.read_bytes(), bad_file(b"", 0)))
    target = tmp_path / "receipt.json"
    receipt = check(upload_job(client, tmp_path / "data", receipt_file=target))  # type: ignore[arg-type]
    content = json.loads(target.read_text())
    outcomes = [row["outcome"] for row in content["rows"]]
    assert len(outcomes) == receipt.expected == content["receipt"]["expected"]
    for name in ("stored", "already_stored", "skipped", "failed"):
        assert outcomes.count(name) == getattr(receipt, name), name
    by_path: Dict[str, Any] = {row["path"]: row for row in content["rows"]}
    assert "Bad file format" in by_path[str(bad)]["reason"] and by_path[str(bad)]["attempts"] == 1
    stored = [row for row in content["rows"] if row["outcome"] == "stored"]
    assert stored and all(row["orthanc_id"] and row["attempts"] == 1 for row in stored)
    # The upload did not come to its end, so a later "save" finds the same.
    assert save_rows(rows_path(receipt.job_id), tmp_path / "later.json") == receipt.expected


def test_a_receipt_that_could_not_be_written_is_refused_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    write_small_instances(tmp_path / "data", count=3)
    client = FakeClient()
    for target in (tmp_path / "none" / "x.csv", tmp_path / "data"):
        with pytest.raises(InputError, match="can't be written"):
            upload_job(client, tmp_path / "data", receipt_file=target)  # type: ignore[arg-type]
    assert client.bodies == client.asked_for == []


def test_the_sum_is_told_where_no_disk_takes_a_row(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_small_instances(tmp_path / "data", count=3)

    def full(_path: Path) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(upload_rows, "new_private_file", full)
    assert check(upload_job(FakeClient(), tmp_path / "data")).stored == 3  # type: ignore[arg-type]
    target = tmp_path / "receipt.csv"
    with pytest.raises(InputError, match="could not be kept") as raised:
        upload_job(FakeClient(), tmp_path / "data", receipt_file=target)  # type: ignore[arg-type]
    assert raised.value.facts["receipt"]["stored"] == 3 and not target.exists()


def test_an_upload_that_fails_leaves_its_rows_too(tmp_path: Path) -> None:
    write_small_instances(tmp_path / "data", count=6)
    refused = AuthenticationError("Who?", "Log in.", status_code=401, method="POST", path="/")
    client = FakeClient(lambda _body, number: refused if number > 3 else None)
    target = tmp_path / "receipt.json"
    with pytest.raises(AuthenticationError):
        upload_job(client, tmp_path / "data", receipt_file=target, parallel=1)  # type: ignore[arg-type]
    outcomes = [row["outcome"] for row in json.loads(target.read_text())["rows"]]
    assert outcomes.count("stored") == 3


def test_a_million_problems_are_counted_and_not_kept(monkeypatch, tmp_path: Path) -> None:
    for module in (receipts,):
        monkeypatch.setattr(module, "MOST_PROBLEMS", 10)
    monkeypatch.setattr("OrthancConnectCore.upload.ledger.MOST_PROBLEMS", 10)
    write_small_instances(tmp_path / "data", count=2)
    for number in range(30):
        (tmp_path / "data" / f"note-{number:02}.txt").write_text("a note")
    rows = RowFile(rows_path("0123456789abcdef", tmp_path))
    receipt = upload(FakeClient(), tmp_path / "data", rows=rows)  # type: ignore[arg-type]
    rows.close()
    assert (receipt.skipped, len(receipt.problems), receipt.missing) == (30, 10, 0)
    assert "20 more files" in receipt.notes[-1]
    assert save_rows(rows.path, tmp_path / "all.csv") == 32
