"""Files that are one instance by their identity, and whose content differs: each one's fate."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, Dict, List

import pytest

from OrthancConnectCore.orthanc.client import StoreResult, SystemInfo
from OrthancConnectCore.scan.files import FoundFile
from OrthancConnectCore.shared.errors import InputError, PermissionDeniedError, ServerError
from OrthancConnectCore.shared.upload_options import UploadOptions
from OrthancConnectCore.upload import rounds
from OrthancConnectCore.upload.job import upload_job
from OrthancConnectCore.upload.ledger import RowFile
from OrthancConnectCore.upload.run import upload
from Support.data.dicom import write_small_instances
from Support.fakes.client import Body, KeepingClient, bad_file, check

OVERWRITE = UploadOptions(overwrite=True)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("OrthancConnectCore.orthanc.retry.PAUSES", (0.002, 0.005, 0.01, 0.02))


@pytest.fixture
def files(tmp_path: Path) -> List[Path]:
    return write_small_instances(tmp_path / "data", count=6)


def changed(path: Path, name: str, mark: int) -> Path:
    """The same instance with other pixels, in a file of its own; of the same size."""
    content = path.read_bytes()
    new = path.with_name(name)
    new.write_bytes(content[:-4] + bytes([mark] * 4))
    return new


def rows_of(client: Any, folder: Path, **more: Any) -> Dict[str, Any]:
    """Upload, and return the rows of the receipt by file name."""
    target = folder.parent / "receipt.json"
    check(upload_job(client, folder, receipt_file=target, **more))
    return {Path(row["path"]).name: row for row in json.loads(target.read_text())["rows"]}


@pytest.mark.parametrize("parallel", [1, 8])
def test_of_conflicting_files_each_fate_is_named(files: List[Path], parallel: int) -> None:
    others = [changed(files[0], f"small-000000.x{mark}", mark) for mark in (1, 2, 3)]
    twin = files[0].with_name("small-000000.twin")
    twin.write_bytes(files[0].read_bytes())
    client = KeepingClient()
    rows = rows_of(client, files[0].parent, parallel=parallel)
    assert Counter(row["outcome"] for row in rows.values()) == {
        "stored": 6,
        "already_stored": 1,
        "different": 3,
    }
    assert rows[files[0].name]["outcome"] == "stored"
    assert rows[twin.name]["reason"] == f"The same content as {files[0]}."
    for path in others:
        reason = rows[path.name]["reason"]
        assert "other content than" in reason and str(files[0]) in reason
    assert client.posts == 6  # nothing is sent that could take another's place
    # Once more: the one that is there is not proven by its identity, and the others still differ.
    again = check(upload(client, files[0].parent, parallel=parallel))  # type: ignore[arg-type]
    assert (again.already_stored, again.different, again.complete) == (7, 3, False)


def test_the_next_one_is_sent_where_the_first_is_refused(files: List[Path]) -> None:
    second = changed(files[0], "small-000000.x", 1)
    third = changed(files[0], "small-000000.y", 2)
    client = KeepingClient()
    client.refused.append(files[0].read_bytes())
    rows = rows_of(client, files[0].parent)
    assert rows[files[0].name]["outcome"] == "failed"
    assert rows[second.name]["outcome"] == "stored"
    assert rows[third.name]["outcome"] == "different" and str(second) in rows[third.name]["reason"]


def test_many_copies_are_looked_at_in_between(
    monkeypatch: pytest.MonkeyPatch, files: List[Path]
) -> None:
    monkeypatch.setattr(rounds, "MOST_WAITING", 4)
    for path in files:
        for number in range(4):
            (path.parent / f"copy-{number}-{path.name}").write_bytes(path.read_bytes())
    receipt = check(upload(KeepingClient(), files[0].parent))  # type: ignore[arg-type]
    assert (receipt.stored, receipt.already_stored, receipt.complete) == (6, 24, True)


class Replacing(KeepingClient):
    """A server whose OverwriteInstances is as it says, or which does not say."""

    def __init__(self, told: Any, does: bool) -> None:
        super().__init__()
        self._told, self._does = told, does

    def system(self) -> Any:
        return SystemInfo("", "1.12.7", "ORTHANC", 4242, self._told)

    def upload_instance(self, body: Body) -> StoreResult:
        assert isinstance(body, bytes)
        result = super().upload_instance(body)
        if result.already_stored and self._does:
            self.md5s.pop(result.orthanc_id)
            for there in self.studies.values():
                if result.orthanc_id in there:
                    there.remove(result.orthanc_id)
            return StoreResult(self.keep(body), False)
        return result


@pytest.mark.parametrize(("told", "does"), [(True, True), (None, True), (None, False)])
def test_what_differs_at_the_server_is_kept_unless_it_is_to_be_replaced(
    files: List[Path], told: Any, does: bool
) -> None:
    client = Replacing(told, does)
    before = files[2].read_bytes()
    check(upload(client, files[0].parent))  # type: ignore[arg-type]
    changed(files[2], files[2].name, 9)
    sent = client.posts
    kept = check(upload(client, files[2]))  # type: ignore[arg-type]
    assert (kept.different, client.posts) == (1, sent) and "--overwrite" in kept.problems[0].hint
    receipt = check(upload(client, files[0].parent, options=OVERWRITE))  # type: ignore[arg-type]
    assert client.posts == sent + 1 and receipt.already_stored == 5
    if does:
        assert (receipt.stored, receipt.complete) == (1, True)
        assert receipt.notes == ["1 instances were replaced at the server."]
    else:
        assert (receipt.different, receipt.complete) == (1, False)
        assert "OverwriteInstances" in receipt.problems[0].hint
    assert before != files[2].read_bytes()


def test_a_server_that_keeps_what_it_has_is_told_before_anything_is_sent(files: List[Path]) -> None:
    client = Replacing(False, False)
    with pytest.raises(InputError, match="nothing can be replaced"):
        upload(client, files[0].parent, options=OVERWRITE)  # type: ignore[arg-type]
    assert client.posts == 0


def test_files_of_one_upload_do_not_replace_each_other(files: List[Path]) -> None:
    changed(files[0], "small-000000.x", 1)
    receipt = check(
        upload(Replacing(True, True), files[0].parent, options=OVERWRITE)  # type: ignore[arg-type]
    )
    assert (receipt.stored, receipt.different) == (6, 1)


def test_a_series_that_was_corrected_is_noticed_though_no_file_is_named(files: List[Path]) -> None:
    client = KeepingClient()
    upload(client, files[0].parent)  # type: ignore[arg-type]
    for path in files:
        changed(path, path.name, 7)
    receipt = check(upload(client, files[0].parent, parallel=1))  # type: ignore[arg-type]
    # The first is compared, and all that come after it is known to differ.
    assert receipt.different >= 1 and not receipt.complete
    options = UploadOptions(verify=True)
    every = check(upload(client, files[0].parent, options=options))  # type: ignore[arg-type]
    assert every.different == 6


# What the server acknowledged ---------------------------------------------------------------------


class Forgetful(KeepingClient):
    """Acknowledges everything, and loses some: for good, or until it comes again."""

    def __init__(self, loses: Any, for_good: bool) -> None:
        super().__init__()
        self._loses, self._for_good = loses, for_good
        self._lost: List[Any] = []

    def upload_instance(self, body: Body) -> StoreResult:
        lost = body in self._loses and (self._for_good or body not in self._lost)
        if not lost:
            return super().upload_instance(body)
        self._lost.append(body)
        self.posts += 1
        return StoreResult("", False)


@pytest.mark.parametrize("for_good", [True, False])
def test_what_is_not_listed_is_sent_once_more_and_else_it_failed(
    files: List[Path], for_good: bool
) -> None:
    client = Forgetful([files[1].read_bytes(), files[4].read_bytes()], for_good)
    receipt = check(upload(client, files[0].parent))  # type: ignore[arg-type]
    assert client.posts == 8
    assert (receipt.stored, receipt.failed) == ((4, 2) if for_good else (6, 0))
    assert receipt.bytes == sum(path.stat().st_size for path in files[: receipt.stored])
    assert all("does not list it" in row.reason for row in receipt.problems)


def test_what_is_there_is_not_called_failed_though_its_answer_was_lost(files: List[Path]) -> None:
    lost = files[3].read_bytes()
    wrong = files[4].read_bytes()

    class Mumbling(KeepingClient):
        def upload_instance(self, body: Body) -> StoreResult:
            if body == wrong:
                raise bad_file(b"", 0)
            result = super().upload_instance(body)
            if body == lost:
                raise ServerError("HTTP 500.", "Look.", status_code=500)
            return result

    receipt = check(upload(Mumbling(), files[0].parent))  # type: ignore[arg-type]
    assert (receipt.stored, receipt.failed) == (5, 1)
    assert [row.item for row in receipt.problems] == [str(files[4])]


@pytest.mark.parametrize("name", ["", "aaaaaaaa-bbbbbbbb-cccccccc-dddddddd-eeeeeeee"])
def test_who_may_not_look_believes_the_right_identifier_alone(files: List[Path], name: str) -> None:
    wrong = files[3].read_bytes()

    class Closed(KeepingClient):
        def study_instances(self, study_orthanc_id: str) -> List[str]:
            raise PermissionDeniedError("No.", "", status_code=403, method="GET", path="/")

        def upload_instance(self, body: Body) -> StoreResult:
            result = super().upload_instance(body)
            return StoreResult(name, False) if body == wrong else result

    receipt = check(upload(Closed(), files[0].parent))  # type: ignore[arg-type]
    assert (receipt.stored, receipt.failed) == (5, 1)
    assert receipt.problems[0].item == str(files[3])
    assert any("does not tell" in note for note in receipt.notes)


def test_the_sums_of_a_receipt_add_up_though_nobody_listens(
    monkeypatch: pytest.MonkeyPatch, files: List[Path]
) -> None:
    monkeypatch.setattr("OrthancConnectCore.shared.events.PROGRESS_INTERVAL", 0.0)
    heard: List[int] = []

    def listen(_progress: Any) -> None:
        heard.append(0)
        if len(heard) > 4:
            raise BrokenPipeError("nobody listens")

    target = files[0].parent.parent / "receipt.json"
    with pytest.raises(BrokenPipeError):
        upload_job(KeepingClient(), files[0].parent, progress=listen, receipt_file=target)  # type: ignore[arg-type]
    content = json.loads(target.read_text())
    told = content["receipt"]  # what was under way may be stored, and is no success
    assert told["expected"] == told["stored"] + told["failed"] + told["missing"]
    assert len(content["rows"]) == told["stored"] + told["failed"]


def test_what_many_files_claim_is_looked_for_in_between(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(rounds, "MOST_WAITING", 5)
    monkeypatch.setattr("OrthancConnectCore.upload.pace._TICK", 0.001)
    files = write_small_instances(tmp_path / "many", count=60, patients=3)
    client = Forgetful([files[1].read_bytes(), files[40].read_bytes()], for_good=False)
    receipt = check(upload(client, tmp_path / "many", parallel=2))  # type: ignore[arg-type]
    assert receipt.complete and (receipt.stored, client.posts) == (60, 62)


def test_a_row_of_what_is_missing_tells_of_what_was_sent(files: List[Path], tmp_path: Path) -> None:
    def hide(found: FoundFile) -> FoundFile:
        assert found.identity is not None
        return found._replace(identity=found.identity._replace(sop_instance_uid="1.2.3"))

    rows = RowFile(tmp_path / "rows")
    client = Forgetful([path.read_bytes() for path in files], for_good=True)
    receipt = check(
        upload(client, files[0], prepare=hide, rows=rows)  # type: ignore[arg-type]
    )
    assert receipt.failed == 1 and rows.find({1})[1].sop_instance_uid == "1.2.3"
    rows.close()
