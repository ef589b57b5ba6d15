"""The journal in the upload: noted before it is counted, asked for once a series."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List

import pytest

from dicom_data import write_small_instances
from fake_client import FakeClient
from OrthancConnectCore import upload_ledger, upload_resume
from OrthancConnectCore.errors import ConnectionFailedError, InputError, NotFoundError
from OrthancConnectCore.events import CancelToken
from OrthancConnectCore.journal import Journal
from OrthancConnectCore.journal_entries import JobIdentity
from OrthancConnectCore.journal_jobs import list_jobs
from OrthancConnectCore.rest import StoreResult
from OrthancConnectCore.transport import Body
from OrthancConnectCore.upload_job import upload_job


class Server(FakeClient):
    """Keeps instances by their content, in series of ten; refuses some; counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: Dict[bytes, str] = {}
        self.kept: List[str] = []
        self.refused: List[bytes] = []
        self.asked: List[str] = []
        self.posts = 0

    def upload_instance(self, body: Body) -> StoreResult:
        assert isinstance(body, bytes)
        with self._lock:
            return self._store(body)

    def _store(self, body: bytes) -> StoreResult:
        self.posts += 1
        if body in self.refused:
            raise InputError("Refused.", "Try another.")
        name = self.ids.setdefault(body, f"id-{len(self.ids)}")
        already = name in self.kept
        self.kept += [] if already else [name]
        return StoreResult(name, already)

    def get_json(self, path: str, params: Any = None) -> Any:
        self.asked.append(path)
        name = path.split("/")[2]
        if name not in self.kept:
            raise NotFoundError("Gone.", "", method="GET", path=path, status_code=404)
        first = int(name[3:]) // 10 * 10
        return {"Instances": [one for one in self.kept if first <= int(one[3:]) < first + 10]}


@pytest.fixture
def files(tmp_path: Path) -> List[Path]:
    return write_small_instances(tmp_path / "data", count=40)


@pytest.fixture
def data(files: List[Path]) -> Path:
    return files[0].parent


def left_behind(data: Path, files: List[Path]) -> Server:
    """A server, and a journal that waits for one file out of forty."""
    server = Server()
    server.refused.append(files[7].read_bytes())
    receipt = upload_job(server, data, parallel=1)
    assert (receipt.stored, receipt.failed) == (39, 1)
    server.refused.clear()
    return server


def test_only_what_is_left_is_sent(data: Path, files: List[Path]) -> None:
    server = left_behind(data, files)
    (job,) = list_jobs()
    assert job.outcomes == {"stored": 39, "failed": 1} and not job.finished
    receipt = upload_job(server, data)
    assert (receipt.stored, receipt.already_stored, server.posts) == (1, 39, 41)
    assert receipt.complete and receipt.bytes == files[7].stat().st_size
    assert len(server.asked) == 4  # series
    assert list_jobs() == [] and receipt.notes == []


def test_an_upload_that_ended_is_told_with_its_receipts_numbers(
    data: Path, files: List[Path]
) -> None:
    server = left_behind(data, files)
    (data / "cut").write_bytes(files[0].read_bytes()[:140])  # the scan's fault: it is never sent
    (data / "text").write_text("no DICOM")
    server.refused.append(files[7].read_bytes())
    receipt = upload_job(server, data)
    (job,) = list_jobs()
    told = {"already_stored": 39, "failed": 2, "skipped": 1}
    assert job.outcomes == receipt.outcomes == told
    assert job.ended and job.to_dict()["ended"] and not job.finished
    token = CancelToken()

    class Stopping(Server):
        def upload_instance(self, body: Body) -> StoreResult:
            if self.posts == 5:
                token.cancel()
            return super().upload_instance(body)

    assert upload_job(Stopping(), data, parallel=1, token=token, fresh=True).cancelled
    (job,) = list_jobs()
    assert not job.ended and job.outcomes["stored"] >= 5


def test_a_changed_file_is_sent_again(data: Path, files: List[Path]) -> None:
    server = left_behind(data, files)
    files[3].write_bytes(files[3].read_bytes() + b"\0\0")
    receipt = upload_job(server, data)
    assert (receipt.stored, receipt.already_stored, server.posts) == (2, 38, 42)


@pytest.mark.parametrize("most", [2, 1000])
def test_what_is_gone_is_sent_again(monkeypatch, data: Path, files, most: int) -> None:
    monkeypatch.setattr(upload_resume, "MOST_ABSENT", most)
    server = left_behind(data, files)
    server.kept = [name for name in server.kept if int(name[3:]) % 10 != 5]
    receipt = upload_job(server, data)
    assert (receipt.stored, receipt.already_stored) == (5, 35)
    assert "4 files" in receipt.notes[0] or most == 2
    server.refused.append(files[0].read_bytes())
    server.kept.clear()
    server.ids.clear()
    upload_job(server, data)
    server.refused.clear()
    server.kept.clear()
    server.asked.clear()
    receipt = upload_job(server, data)
    assert receipt.complete and receipt.stored == 40
    assert len(server.asked) == min(most, 39)
    assert receipt.notes[0].startswith("The server no longer has all")


def test_fresh_forgets_and_cancelled_jobs_stay(data: Path, files: List[Path]) -> None:
    server = left_behind(data, files)
    receipt = upload_job(server, data, fresh=True)
    assert (receipt.already_stored, receipt.stored, server.posts) == (39, 1, 80)
    assert server.asked == []
    token = CancelToken()
    stopping = Server()
    stopped = upload_job(stopping, data, parallel=1, token=token, progress=lambda _: token.cancel())
    assert stopped.cancelled
    assert upload_job(stopping, data).complete
    assert stopping.posts == 40 and list_jobs() == []


def test_it_is_noted_before_it_is_counted(monkeypatch, data: Path) -> None:
    noted: List[str] = []
    counted: List[bool] = []
    record, ended = Journal.record, upload_ledger.Ledger.ended

    def note(self: Any, entry: Any) -> None:
        record(self, entry)
        noted.append(entry.path)

    def count(self: Any, number: int, file: Any, sent: Any, fate: Any) -> None:
        counted.append(file.path in noted)
        ended(self, number, file, sent, fate)

    monkeypatch.setattr(Journal, "record", note)
    monkeypatch.setattr(upload_ledger.Ledger, "ended", count)
    assert upload_job(Server(), data).complete
    assert counted == [True] * 40


def test_one_job_at_a_time_and_nothing_left_where_nothing_was(data: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no DICOM")
    with pytest.raises(InputError, match="can't be uploaded"):
        upload_job(Server(), tmp_path / "text")
    assert list_jobs() == []
    server = Server()
    with Journal(JobIdentity.of(server.profile.rest_url, [str(data)])):
        with pytest.raises(InputError, match="already in another window"):
            upload_job(server, data)


def test_without_room_for_a_journal_it_goes_on(monkeypatch, data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ORTHANCCONNECT_STATE_DIR", str(tmp_path / "file"))
    receipt = upload_job(Server(), data)
    assert receipt.complete and receipt.stored == 40
    assert "journal" in receipt.notes[0] and "begins anew" in receipt.notes[0]


def test_a_server_that_is_away_is_told_as_always(data: Path, files: List[Path]) -> None:
    left_behind(data, files)

    class Away(Server):
        def get_json(self, path: str, params: Any = None) -> Any:
            raise ConnectionFailedError("Away.", "Wait.", cause="dns")

        def system(self) -> Any:
            raise ConnectionFailedError("Away.", "Wait.", cause="dns")

    with pytest.raises(ConnectionFailedError):
        upload_job(Away(), data)
    assert [job.outcomes["stored"] for job in list_jobs()] == [39]
