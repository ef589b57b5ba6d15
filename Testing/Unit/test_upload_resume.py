"""An upload that goes on: the server is asked what it has, the job's file how far it was."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, List

import pytest

from OrthancConnectCore.network.transport import Body
from OrthancConnectCore.orthanc.client import StoreResult
from OrthancConnectCore.shared.errors import ConnectionFailedError, InputError
from OrthancConnectCore.shared.events import CancelToken
from OrthancConnectCore.shared.upload_options import UploadOptions
from OrthancConnectCore.upload.job import upload_job
from OrthancConnectCore.upload.job_file import JobFile, jobs_folder, list_jobs
from Support.data.dicom import write_small_instances
from Support.fakes.client import KeepingClient


@pytest.fixture
def files(tmp_path: Path) -> List[Path]:
    return write_small_instances(tmp_path / "data", count=40)


@pytest.fixture
def data(files: List[Path]) -> Path:
    return files[0].parent


def left_behind(data: Path, files: List[Path]) -> KeepingClient:
    """A server, and a job that waits for one file out of forty."""
    server = KeepingClient()
    server.refused.append(files[7].read_bytes())
    receipt = upload_job(server, data, parallel=1)
    assert (receipt.stored, receipt.failed) == (39, 1)
    server.refused.clear()
    server.asked_for.clear()
    return server


def test_only_what_is_left_is_sent(data: Path, files: List[Path]) -> None:
    server = left_behind(data, files)
    (job,) = list_jobs()
    assert job.outcomes == {"stored": 39, "failed": 1} and job.ended
    receipt = upload_job(server, data)
    assert (receipt.stored, receipt.already_stored, server.posts) == (1, 39, 41)
    assert receipt.complete and receipt.bytes == files[7].stat().st_size
    assert len(server.asked_for) == 2 * len(server.studies)  # before, and what is there then
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
    assert job.ended and job.to_dict()["ended"] and not job.to_dict()["finished"]
    token = CancelToken()

    class Stopping(KeepingClient):
        def upload_instance(self, body: Body) -> StoreResult:
            if self.posts == 5:
                token.cancel()
            return super().upload_instance(body)

    assert upload_job(Stopping(), data, parallel=1, token=token, fresh=True).cancelled
    (job,) = list_jobs()
    assert not job.ended and job.outcomes["stored"] >= 5


def test_what_is_gone_is_sent_again_and_said(data: Path, files: List[Path]) -> None:
    server = left_behind(data, files)
    for names in server.studies.values():
        del names[::10]
    gone = 39 - server.kept
    receipt = upload_job(server, data)
    assert receipt.complete and receipt.already_stored == 39 - gone
    assert receipt.notes[0].startswith("The server no longer has all")
    server.studies.clear()
    assert upload_job(server, data).notes == []  # that job was done: nobody remembers it


def test_files_that_were_removed_here_are_not_missed_there(data: Path, files: List[Path]) -> None:
    server = left_behind(data, files)
    for path in files[:5]:
        path.unlink()
    receipt = upload_job(server, data)
    assert (receipt.stored, receipt.already_stored, receipt.notes) == (1, 34, [])


def test_fresh_forgets_and_cancelled_jobs_stay(data: Path, files: List[Path]) -> None:
    server = left_behind(data, files)
    server.studies.clear()
    receipt = upload_job(server, data, fresh=True)
    assert (receipt.already_stored, receipt.stored, server.posts) == (0, 40, 80)
    assert receipt.notes == []
    token = CancelToken()
    stopping = KeepingClient()
    stopped = upload_job(stopping, data, parallel=1, token=token, progress=lambda _: token.cancel())
    assert stopped.cancelled
    assert upload_job(stopping, data).complete
    assert stopping.posts == 40 and list_jobs() == []


def test_a_second_run_that_is_stopped_early_knows_what_the_first_stored(
    data: Path, files: List[Path]
) -> None:
    server = left_behind(data, files)
    token = CancelToken()
    token.cancel()
    assert upload_job(server, data, token=token).cancelled
    (job,) = list_jobs()
    assert job.outcomes == {"stored": 39, "failed": 1} and not job.ended


def test_how_far_it_is_is_written_while_it_runs(
    monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    monkeypatch.setattr("OrthancConnectCore.upload.job_file.NOTE_INTERVAL", 0.0)
    monkeypatch.setattr("OrthancConnectCore.shared.events.PROGRESS_INTERVAL", 0.0)
    seen: List[int] = []

    def look(_progress: Any) -> None:
        seen.append(list_jobs()[0].outcomes.get("stored", 0))

    assert upload_job(KeepingClient(), data, parallel=1, progress=look).complete
    assert seen == sorted(seen) and 0 < seen[-2] <= 40


def test_one_job_at_a_time_and_nothing_left_where_nothing_was(data: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no DICOM")
    with pytest.raises(InputError, match="can't be uploaded"):
        upload_job(KeepingClient(), tmp_path / "text")
    assert list_jobs() == []
    server = KeepingClient()
    job = JobFile(server.profile.rest_url, [str(data)], UploadOptions())
    with pytest.raises(InputError, match="already in another window"):
        upload_job(server, data)
    job.close(is_over=True)
    assert upload_job(server, data).complete


@pytest.mark.parametrize("fault", ["a file", "full"])
def test_without_room_for_a_journal_it_goes_on(
    monkeypatch, data: Path, tmp_path: Path, fault: str
) -> None:
    if fault == "a file":
        (tmp_path / "file").touch()
        monkeypatch.setenv("ORTHANCCONNECT_STATE_DIR", str(tmp_path / "file"))
    else:

        def full(_handle: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("OrthancConnectCore.upload.job_file.os.fsync", full)
    server, told = KeepingClient(), []
    target = tmp_path / "receipt.csv"
    receipt = upload_job(
        server,
        data,
        receipt_file=target,
        warn=lambda text: told.append((server.posts, text)),
    )
    assert receipt.complete and receipt.stored == 40
    assert "journal" in receipt.notes[0] and "begins anew" in receipt.notes[0]
    assert target.read_text().count("\n") == 41
    ((sent_before, said),) = told
    assert sent_before == 0 and "begins anew" in said and "ORTHANCCONNECT_STATE_DIR" in said


def test_a_state_folder_that_is_removed_meanwhile_stops_nothing(data: Path) -> None:
    seen = []

    def look(_progress: Any) -> None:
        if not seen and jobs_folder().exists():
            shutil.rmtree(jobs_folder().parent)
            seen.append("removed")

    receipt = upload_job(KeepingClient(), data, parallel=1, progress=look)
    assert seen and receipt.complete and receipt.stored == 40
    assert list_jobs() == []


def test_a_server_that_is_away_is_told_as_always(data: Path, files: List[Path]) -> None:
    left_behind(data, files)

    class Away(KeepingClient):
        def study_instances(self, study_orthanc_id: str) -> List[str]:
            raise ConnectionFailedError("Away.", "Wait.", cause="dns")

        def system(self) -> Any:
            raise ConnectionFailedError("Away.", "Wait.", cause="dns")

    away = Away()
    away.answered = False
    with pytest.raises(ConnectionFailedError):
        upload_job(away, data)
    assert [job.outcomes["stored"] for job in list_jobs()] == [39]
