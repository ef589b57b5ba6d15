"""Downloads over HTTPS, and all that goes wrong with them."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from OrthancConnectCore.orthanc.client import SystemInfo
from OrthancConnectCore.orthanc.identifiers import instance_orthanc_id
from OrthancConnectCore.retrieve import https as retrieve_https
from OrthancConnectCore.retrieve.plan import inventory_of
from OrthancConnectCore.retrieve.run import SeriesTarget, retrieve
from OrthancConnectCore.shared.disk import PartFile
from OrthancConnectCore.shared.errors import ConnectionFailedError, NotFoundError
from OrthancConnectCore.shared.events import CancelToken, Progress, ProgressMeter, ignore_progress
from Support.fakes.server import (
    CT,
    PROFILE,
    FakeClient,
    cut_connection,
    file_of,
    files_below,
    wanted,
)
from Support.process.busy_machine import here


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("OrthancConnectCore.orthanc.retry.PAUSES", (0.01, 0.011, 0.012, 0.013))


def fetch(client: Any, folder: Path, only: Any = None, **more: Any) -> Any:
    """As the panel does, which knows no study."""
    targets = [SeriesTarget("", "", uid) for uid in only or ["1.1.1"]]
    return retrieve(client.profile, client, targets, folder, method="HTTPS", only=only, **more)


def test_over_https_into_a_folder_and_again(tmp_path: Path) -> None:
    client = FakeClient()
    seen: list[Progress] = []
    receipt = fetch(client, tmp_path, progress=seen.append)
    assert files_below(tmp_path) == [f"1.1.1/1.1.1.{number}.dcm" for number in (1, 2, 3)]
    assert (receipt.expected, receipt.stored, receipt.verified, receipt.bytes) == (3, 3, 3, 900_000)
    assert receipt.complete
    assert (receipt.method, receipt.location) == ("HTTPS", str(tmp_path))
    assert (seen[-1].done, seen[-1].total, seen[-1].bytes_done) == (3, 3, 900_000)
    again = fetch(client, tmp_path)
    assert (again.stored, again.already_stored, again.verified, again.bytes) == (0, 3, 3, 0)
    assert len(client.asked) == 3


def test_only_some_and_what_is_gone_is_a_row(tmp_path: Path) -> None:
    only = {"1.1.1": ["1.1.1.2", "1.1.1.9"], "1.9": ["1.9.1"]}
    receipt = fetch(FakeClient(), tmp_path, only=only)
    assert files_below(tmp_path) == ["1.1.1/1.1.1.2.dcm"]
    assert (receipt.expected, receipt.stored, receipt.failed) == (3, 1, 2)
    assert sorted(row.item for row in receipt.problems) == ["1.1.1.9", "1.9.1"]


def test_a_cut_connection_is_tried_again(tmp_path: Path) -> None:
    client = FakeClient()
    client.faults = {"1.1.1.2": [cut_connection()]}
    receipt = fetch(client, tmp_path)
    assert receipt.complete
    assert receipt.verified == 3
    assert client.asked.count("1.1.1.2") == 2
    assert {path.stat().st_size for path in tmp_path.rglob("*.dcm")} == {300_000}


def test_one_failed_instance_never_ends_the_run(tmp_path: Path) -> None:
    client = FakeClient()
    client.faults = {
        "1.1.1.1": [NotFoundError("gone", "", status_code=404)],
        "1.1.1.2": [cut_connection() for _ in range(9)],
    }
    receipt = fetch(client, tmp_path)
    assert (receipt.stored, receipt.failed, receipt.verified) == (1, 2, 1)
    reasons = {row.item: row.reason for row in receipt.problems}
    assert reasons["1.1.1.1"] == "The server has it no longer (HTTP 404)."
    assert reasons["1.1.1.2"] == "The answer was cut."
    assert files_below(tmp_path) == ["1.1.1/1.1.1.3.dcm"]


def test_a_server_that_went_away_is_not_asked_for_each_of_the_rest(tmp_path: Path) -> None:
    client = FakeClient({("P", "1.1", "1.1.1"): [f"1.1.1.{number}" for number in range(200)]})
    gone = ConnectionFailedError("Nothing listens there.", "Start it.", cause="refused")

    there = iter([client.system()])

    def answer_once() -> SystemInfo:
        for info in there:
            return info
        raise gone

    client.system = answer_once  # type: ignore[method-assign]
    client.faults = {f"1.1.1.{number}": [gone] * 9 for number in range(4, 200)}
    receipt = fetch(client, tmp_path)
    assert receipt.stored == 4
    assert receipt.failed == 196
    assert len(client.asked) < 60
    assert receipt.problems[-1].reason == "Not fetched. Nothing listens there."


def test_a_full_disk_ends_the_downloads_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = FakeClient({("P", "1.1", "1.1.1"): [f"1.1.1.{number}" for number in range(50)]})

    def full(_part: PartFile, _data: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(PartFile, "write", full)
    receipt = fetch(client, tmp_path)
    assert (receipt.stored, receipt.failed) == (0, 50)
    assert receipt.problems[0].reason == "The file can't be written: No space left on device."
    assert receipt.problems[0].hint
    assert len(client.asked) <= 2
    assert files_below(tmp_path) == []


def test_what_no_disk_can_hold_is_not_begun(tmp_path: Path) -> None:
    """Orthanc's ``FileSize`` of one file; the others are none the worse for it."""
    client = FakeClient()
    client.sizes = {"1.1.1.2": 10**18}
    receipt = fetch(client, tmp_path)
    assert (receipt.stored, receipt.failed) == (2, 1) and "1.1.1.2" not in client.asked
    (problem,) = receipt.problems
    assert problem.reason.startswith(
        "The file can't be written: 1,000,000,000,000,000,000 bytes are to come, and "
    )
    assert problem.hint == "Make room, or choose another folder."
    assert len(files_below(tmp_path)) == 2


def test_an_empty_file_is_no_instance(tmp_path: Path) -> None:
    client = FakeClient({("P", "1.1", "1.1.1"): ["1.1.1.1"]})
    client.lies = {"1.1.1.1": b""}
    receipt = fetch(client, tmp_path)
    assert receipt.problems[0].reason == "The server sent an empty file."
    assert files_below(tmp_path) == []


def test_cancel_within_a_file_gives_a_partial_receipt(tmp_path: Path) -> None:
    client = FakeClient()
    client.profile = PROFILE.replace(parallel_transfers=1)
    token = CancelToken()
    client.faults = {"1.1.1.2": [token.cancel]}
    receipt = fetch(client, tmp_path, token=token)
    assert receipt.cancelled
    assert not receipt.complete
    assert (receipt.expected, receipt.stored, receipt.failed, receipt.missing) == (3, 1, 0, 2)
    assert files_below(tmp_path) == ["1.1.1/1.1.1.1.dcm"]


def test_cancel_does_not_wait_for_a_stalled_server(tmp_path: Path) -> None:
    client = FakeClient()
    token = CancelToken()
    release = threading.Event()
    client.faults = {f"1.1.1.{number}": [lambda: release.wait(20)] for number in (1, 2, 3)}
    threading.Timer(0.2, token.cancel).start()
    began = time.monotonic()
    receipt = fetch(client, tmp_path, token=token)
    assert time.monotonic() - began < here(3)
    assert (receipt.cancelled, receipt.stored, receipt.missing) == (True, 0, 3)
    release.set()
    deadline = time.monotonic() + 5
    while files_below(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert files_below(tmp_path) == []


def test_cancelled_before_it_began(tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()
    client = FakeClient()
    receipt = retrieve(PROFILE, client, client.targets(), tmp_path, token=token)  # type: ignore[arg-type]
    assert (receipt.cancelled, receipt.expected, client.asked) == (True, 0, [])


def test_progress_is_told_in_the_calling_thread_and_its_fault_ends_the_run(tmp_path: Path) -> None:
    threads = set()
    fetch(FakeClient(), tmp_path / "a", progress=lambda _: threads.add(threading.current_thread()))
    assert threads == {threading.current_thread()}

    def broken(_progress: Progress) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        fetch(FakeClient(), tmp_path / "b", progress=broken)


def test_downloads_use_no_more_connections_than_files() -> None:
    client: Any = FakeClient()
    for parallel, count, threads in ((4, 2, 2), (2, 5, 2), (32, 99, 32)):
        client.profile = PROFILE.replace(parallel_transfers=parallel)
        files = [wanted(f"1.{number}", "2", CT) for number in range(count)]
        meter = ProgressMeter("retrieve", ignore_progress)
        made = retrieve_https.Download(client, files, meter=meter, token=CancelToken())
        assert made._parallel == threads


# Content ------------------------------------------------------------------------------------------

TRUE = file_of("P", "1.1", "1.1.1", "1.1.1.2", 300_000)
LIES = {
    "The server sent what is no DICOM file.": b"<html>log in</html>",
    "The server sent another instance.": TRUE.replace(b"1.1.1.2", b"1.1.1.3"),
    "The server sent other bytes than the server has stored.": TRUE[:-4] + b"\1\1\1\1",
    "It was cut after 299000 of 300000 bytes.": TRUE[:-1000],
    "The server sent more than its 300000 bytes.": TRUE + bytes(200_000),
}


@pytest.mark.parametrize("reason", LIES)
@pytest.mark.parametrize("tells_md5", [True, False])
def test_what_is_not_the_instance_is_a_row_and_no_file(
    tmp_path: Path, reason: str, tells_md5: bool
) -> None:
    client = FakeClient()
    client.tells_md5 = tells_md5
    client.lies = {"1.1.1.2": LIES[reason]}
    receipt = fetch(client, tmp_path)
    assert (receipt.stored, receipt.verified, receipt.failed) == (2, 2, 1)
    assert [(row.item, row.reason) for row in receipt.problems] == [("1.1.1.2", reason)]
    assert receipt.problems[0].hint
    assert "1.1.1/1.1.1.2.dcm" not in files_below(tmp_path)


def test_where_the_server_notes_no_md5_files_arrive_and_are_not_verified(tmp_path: Path) -> None:
    client = FakeClient()
    client.notes_md5 = False
    for _again in range(2):  # what is there can't be compared, and is fetched again
        receipt = fetch(client, tmp_path)
        assert (receipt.stored, receipt.verified, receipt.complete) == (3, 0, True)
        assert receipt.summary() == "3 of 3 instances arrived"
    client.lies = {"1.1.1.2": LIES["The server sent another instance."]}
    assert fetch(client, tmp_path).failed == 1


@pytest.mark.parametrize(("newer", "only_reading"), [(False, False), (True, False), (True, True)])
def test_what_is_there_is_compared_with_one_request_where_the_server_offers_it(
    tmp_path: Path, newer: bool, only_reading: bool
) -> None:
    client = FakeClient()
    client.tells_attachments, client.only_reading = newer, only_reading
    any_client: Any = client
    for _again in range(2):
        receipt = retrieve(PROFILE, any_client, client.targets(), tmp_path, method="HTTPS")
    assert (receipt.already_stored, receipt.verified) == (3, 3)
    assert client.md5s_asked == (0 if newer and not only_reading else 3)


@pytest.mark.parametrize("change", [bytes(300_000), TRUE[:-1] + b"\1", TRUE[:-2], b"", None])
def test_what_is_there_and_is_not_the_servers_is_fetched_again(tmp_path: Path, change: Any) -> None:
    client = FakeClient()
    fetch(client, tmp_path)
    path = tmp_path / "1.1.1" / "1.1.1.2.dcm"
    path.unlink()
    if change is not None:
        path.write_bytes(change)
    receipt = fetch(client, tmp_path)
    assert (receipt.stored, receipt.already_stored, receipt.verified) == (1, 2, 3)
    assert path.read_bytes() == TRUE


# Two instances of the same UIDs -------------------------------------------------------------------

TWINS = {(patient, "1.1", "1.1.1"): ["1.1.1.1", "1.1.1.2"] for patient in ("A", "B")}


def owners(folder: Path) -> list[str]:
    contents = [path.read_bytes() for path in folder.rglob("*.dcm")]
    return sorted(
        owner for owner in "AB" for one in contents if one.find(owner.encode() + b" ", 300) > 0
    )


def test_of_two_patients_with_the_same_uids_each_has_its_files(tmp_path: Path) -> None:
    client = FakeClient(dict(TWINS))
    of_a, of_b = client.targets()

    def bring(*targets: SeriesTarget) -> Any:
        any_client: Any = client
        return retrieve(PROFILE, any_client, targets, tmp_path, method="HTTPS")

    for targets, stored, there in (([of_a], 2, 0), ([of_b], 2, 0), ([of_a, of_b], 0, 4)):
        receipt = bring(*targets)
        assert (receipt.stored, receipt.already_stored) == (stored, there)
        assert receipt.verified == receipt.expected == stored + there
    assert owners(tmp_path) == ["A", "A", "B", "B"]
    assert len(client.asked) == 4


@pytest.mark.parametrize("owner", ["A", "B"])
def test_a_patient_known_by_name_and_study_is_told_from_another(tmp_path: Path, owner: str) -> None:
    """As the panel asks, which has the answers of a C-FIND."""
    client: Any = FakeClient(dict(TWINS))
    target = SeriesTarget(owner, "1.1", "1.1.1")
    (instances,) = inventory_of(client, [target]).values()
    assert instances["1.1.1.1"] == instance_orthanc_id(owner, "1.1", "1.1.1", "1.1.1.1")
    receipt = retrieve(PROFILE, client, [target], tmp_path, method="HTTPS")
    assert (receipt.expected, owners(tmp_path)) == (2, [owner] * 2)


def test_two_patients_at_once_agree_on_their_places(tmp_path: Path) -> None:
    for name, order in (("one", 1), ("two", -1)):
        client: Any = FakeClient(dict(TWINS))
        receipt = retrieve(PROFILE, client, client.targets()[::order], tmp_path / name)
        assert (receipt.expected, receipt.verified) == (4, 4)
        assert owners(tmp_path / name) == ["A", "A", "B", "B"]
    assert files_below(tmp_path / "one") == files_below(tmp_path / "two")
    plain = [name for name in files_below(tmp_path / "one") if name.count(".") == 8]
    assert len(plain) == 2


def test_one_instance_uid_in_two_series_is_two_instances(tmp_path: Path) -> None:
    client = FakeClient({("P", "1.1", "1.1.1"): ["1.9"], ("P", "1.1", "1.1.2"): ["1.9"]})
    client.lies = {"1.9": b"lie"}
    any_client: Any = client
    receipt = retrieve(PROFILE, any_client, client.targets(), tmp_path, method="HTTPS")
    assert (receipt.expected, receipt.failed) == (2, 2)
    assert len({row.item for row in receipt.problems}) == 2
    client.lies = {}
    receipt = retrieve(PROFILE, any_client, client.targets(), tmp_path, method="HTTPS")
    assert files_below(tmp_path) == ["1.1/1.1.1/1.9.dcm", "1.1/1.1.2/1.9.dcm"]


# Folders ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", ["1.1", "1.1/1.1.1"])
def test_a_folder_that_leads_out_is_refused_by_name(tmp_path: Path, link: str) -> None:
    output, outside = tmp_path / "output", tmp_path / "outside"
    outside.mkdir()
    (output / link).parent.mkdir(parents=True)
    (output / link).symlink_to(outside)
    client: Any = FakeClient()
    receipt = retrieve(PROFILE, client, client.targets(), output, method="HTTPS")
    assert (receipt.expected, receipt.failed, client.asked) == (3, 3, [])
    assert f"{output / link} is a link" in receipt.problems[0].reason
    assert list(outside.iterdir()) == []


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "1.1").symlink_to(tmp_path / "elsewhere")
    client: Any = FakeClient()
    assert retrieve(PROFILE, client, client.targets(), tmp_path, method="HTTPS").verified == 3


def test_four_runs_in_one_folder_end_with_right_sums(tmp_path: Path) -> None:
    content = {("P", "1.1", "1.1.1"): [f"1.1.1.{number}" for number in range(40)]}
    receipts: list[Any] = []

    def bring() -> None:
        client: Any = FakeClient(dict(content))
        client.size = 3000
        receipts.append(retrieve(PROFILE, client, client.targets(), tmp_path, method="HTTPS"))

    threads = [threading.Thread(target=bring) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(here(20))
    assert [(one.verified, one.failed) for one in receipts] == [(40, 0)] * 4
    assert len(files_below(tmp_path)) == 40
