"""Retrieves in trouble, and each word of their receipts: what a row says is what lies on the disk.

The suite kills the worker three times; with ``ORTHANCCONNECT_ALL_KILLS=1`` twenty times.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
import random
import time
import urllib.error
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List

import pydicom
import pytest

from OrthancConnectCore.dimse.query import query
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.query.https import page
from OrthancConnectCore.retrieve.run import Selection, retrieve, targets_of
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.events import Progress
from OrthancConnectCore.shared.profile import C_GET, C_MOVE, HTTPS
from OrthancConnectCore.shared.query import QueryFilters, keyed_series
from OrthancConnectCore.shared.receipts import InstanceRow, Receipt
from Support.data.dicom import write_small_instances
from Support.process.worker import Process
from Support.scenarios.doctor_cases import server_profile
from Support.scenarios.field import WorkingLine
from Support.servers.orthanc import PrivateOrthanc
from Support.servers.small_disk import NoSmallDisk, SmallDisk
from Support.servers.weak_line import WeakLine

PATIENT = "SMALL0000"
SAMPLES = Path(pydicom.__file__).parent / "data"
KILLS = 20 if "ORTHANCCONNECT_ALL_KILLS" in os.environ else 3


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


class Fetch:
    """A retrieve of one patient, its rows, and what it should have brought."""

    def __init__(self, server: PrivateOrthanc, files: List[Path], **profile: Any) -> None:
        self.server = server
        self.sources = {str(pydicom.dcmread(one).SOPInstanceUID): md5(one) for one in files}
        self._profile = server_profile(server, **profile)

    def run(self, folder: Path, method: str = HTTPS, **more: Any) -> Receipt:
        rows: List[InstanceRow] = more.pop("rows", [])
        login = Credentials(self.server.user, self.server.password)
        with OrthancClient(self._profile, login) as client:
            targets = targets_of(client, Selection(patient_ids=(PATIENT,)))
            way = {"method": method, "rows": rows.append, **more}
            receipt = retrieve(self._profile, client, targets, folder, **way)
        self.check(receipt, rows, folder)
        return receipt

    def check(self, receipt: Receipt, rows: List[InstanceRow], folder: Path) -> None:
        """Compare receipt, rows and disk: each instance once, and each word true."""
        assert sorted(row.sop_instance_uid for row in rows) == sorted(self.sources)
        counts = Counter(row.outcome for row in rows)
        told = receipt.stored, receipt.already_stored, receipt.failed, receipt.missing
        names = ("arrived", "already_there", "failed", "not_reached")
        assert tuple(counts[name] for name in names) == told
        assert receipt.verified == sum(row.verified for row in rows)
        assert receipt.complete == (counts["failed"] + counts["not_reached"] == 0)
        there = {row.path for row in rows if row.path}
        assert there == {str(path) for path in folder.rglob("*") if path.is_file()}
        for row in rows:
            assert bool(row.path) == (row.outcome in names[:2])
            assert bool(row.reason and row.hint) == (row.outcome == "failed")
            if row.path:
                assert row.bytes == Path(row.path).stat().st_size
            if row.verified:
                assert md5(Path(row.path)) == self.sources[row.sop_instance_uid]


class Once:
    """Does something once, as soon as some instances have come."""

    def __init__(self, action: Callable[[], object]) -> None:
        self._actions = [action]

    def __call__(self, moment: Progress) -> None:
        if moment.done >= 5 and self._actions:
            self._actions.pop()()


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("OrthancConnectCore.orthanc.retry.PAUSES", (0.01,) * 4)


@pytest.fixture
def files(tmp_path: Path, orthanc: PrivateOrthanc) -> List[Path]:
    files = write_small_instances(tmp_path / "data", count=60, size=256)
    orthanc.store(*files)
    return files


@pytest.mark.usefixtures("quick_retries")
def test_a_server_that_is_killed_and_comes_back(tmp_path: Path) -> None:
    files = write_small_instances(tmp_path / "data", count=200, size=256)
    with PrivateOrthanc(plugins=False) as server:
        server.store(*files)
        fetch = Fetch(server, files, parallel_transfers=2)
        first = fetch.run(tmp_path / "out", progress=Once(server.kill))
        assert 5 <= first.stored == first.verified < 200 and first.failed == 200 - first.stored
        server.restart()
        second = fetch.run(tmp_path / "out")
    assert second.complete and second.verified == 200
    assert second.already_stored == first.stored


def test_a_line_that_is_cut_within_files(
    orthanc: PrivateOrthanc, files: List[Path], tmp_path: Path
) -> None:
    with WeakLine(orthanc.https_port) as line:
        fetch = Fetch(orthanc, files, rest_url=line.url, parallel_transfers=2)
        receipt = fetch.run(tmp_path / "out", progress=Once(line.cut))
    assert receipt.complete and receipt.verified == 60


def test_an_instance_that_is_deleted_meanwhile(
    orthanc: PrivateOrthanc, files: List[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = Fetch(orthanc, files, parallel_transfers=1)
    seen: List[InstanceRow] = []
    fetch.run(tmp_path / "first", rows=seen)
    (last,) = (row.orthanc_id for row in seen[-1:])  # each run goes through them in this order
    deletions = [partial(orthanc.request, "DELETE", f"/instances/{last}")]
    download = OrthancClient.download

    def download_and_delete(client: OrthancClient, *asked: Any, **more: Any) -> Any:
        if deletions:
            deletions.pop()()
        return download(client, *asked, **more)

    monkeypatch.setattr(OrthancClient, "download", download_and_delete)
    receipt = fetch.run(tmp_path / "out")
    assert (receipt.stored, receipt.failed) == (59, 1)
    assert receipt.problems[0].reason == "The server has it no longer (HTTP 404)."


@pytest.mark.parametrize("method", [HTTPS, C_GET])
def test_a_disk_that_is_full_here(
    orthanc: PrivateOrthanc, files: List[Path], tmp_path: Path, method: str
) -> None:
    fetch = Fetch(orthanc, files)
    try:
        with SmallDisk(tmp_path / "disk", 4) as disk:
            first = fetch.run(disk.folder / "out", method)
            assert 0 < first.stored < 60 and first.failed == 60 - first.stored
            assert all("can't be written" in row.reason for row in first.problems)
            disk.grow(60)
            second = fetch.run(disk.folder / "out", method)
            assert second.complete and second.already_stored == first.stored
    except NoSmallDisk as error:
        pytest.skip(str(error))


def test_a_c_get_that_is_refused(
    orthanc: PrivateOrthanc, files: List[Path], tmp_path: Path
) -> None:
    fetch = Fetch(orthanc, files, calling_ae_title="NOBODY")
    receipt = fetch.run(tmp_path / "out", C_GET)
    assert receipt.complete and receipt.verified == 60
    assert receipt.method == "C-GET + HTTPS" and "C-GET brought 0 of 60" in receipt.notes[0]


# The command line's receipt, and a worker that is killed ------------------------------------------


def test_the_receipt_is_a_table(orthanc: PrivateOrthanc, files: List[Path], tmp_path: Path) -> None:
    line = WorkingLine.of(tmp_path, orthanc)
    command = ("retrieve", "--patient", PATIENT, "--patient", "=NO", "-o", tmp_path / "out")
    table, rows = tmp_path / "receipt.csv", tmp_path / "receipt.json"
    said = line.ask(*command, "--method", "HTTPS", "--json", "--receipt", table)
    with open(table, encoding="utf-8-sig", newline="") as stream:
        found = list(csv.DictReader(stream))
    assert tuple(found[0]) == InstanceRow._fields and said.code == 1
    assert Counter(row["outcome"] for row in found) == {"arrived": 60, "failed": 1}
    for row in found[:60]:
        assert (row["method"], row["verified"]) == ("HTTPS", "True")
        assert Path(row["path"]).stat().st_size == int(row["bytes"])
    line.ask(*command, "--json", "--method", "HTTPS", "--receipt", rows)
    told = json.loads(rows.read_text())
    assert told["receipt"]["already_stored"] == told["receipt"]["verified"] == 60
    assert Counter((row["outcome"], row["verified"]) for row in told["rows"]) == {
        ("already_there", True): 60,
        ("failed", False): 1,
    }
    mine = tmp_path / "mine.csv"
    mine.write_text("mine")
    said = line.ask(*command, "--json", "--receipt", mine)
    assert said.code == 2 and mine.read_text() == "mine"


def test_a_worker_that_is_killed_again_and_again(tmp_path: Path) -> None:
    files = write_small_instances(tmp_path / "data", count=1500, size=128)
    sources = {str(pydicom.dcmread(one).SOPInstanceUID): md5(one) for one in files}
    out = tmp_path / "out"
    chance = random.Random(9)
    with PrivateOrthanc(plugins=False) as server:
        server.store(*files)
        profile = server_profile(server, parallel_transfers=2).to_dict()
        uid = str(pydicom.dcmread(files[0]).SeriesInstanceUID)
        asked: Dict[str, Any] = {"profile": profile, "password": server.password}
        asked.update(series_instance_uids=[uid], folder=str(out))
        killed_within = 0
        for _number in range(KILLS):
            with Process(tmp_path) as worker:
                before = len(list(out.rglob("*.dcm")))
                aim = min(before + chance.randrange(1, 60), len(files) - 1)
                worker.call(1, "retrieve.https", **asked)
                deadline = time.monotonic() + 60
                while len(list(out.rglob("*.dcm"))) < aim:
                    assert time.monotonic() < deadline
                    time.sleep(0.002)
            killed_within += len(list(out.rglob("*.dcm"))) < len(files)
            for path in out.rglob("*.dcm"):  # what has its name is whole
                assert md5(path) == sources[path.stem]
        with Process(tmp_path) as worker:
            answer = worker.ask(1, "retrieve.https", **asked)["result"]
    assert killed_within == KILLS
    receipt = answer["receipt"]
    assert (receipt["complete"], receipt["verified"]) == (True, 1500) and not answer["unverified"]
    assert receipt["already_stored"] > 0
    assert {path.stem: md5(path) for path in out.rglob("*") if path.is_file()} == sources


# Each sample of pydicom ---------------------------------------------------------------------------


def test_each_sample_that_the_server_takes_is_found_and_fetched(
    orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    """By each method, all there after the fallback, and bit for bit over HTTPS."""
    sources: Dict[str, str] = {}  # Orthanc's identifier → MD5 of the file that it has
    samples = [path for path in sorted(SAMPLES.rglob("*")) if path.is_file()]
    for path in samples:
        with contextlib.suppress(urllib.error.HTTPError):
            (orthanc_id,) = orthanc.store(path)
            sources.setdefault(orthanc_id, md5(path))  # a second file of an instance is not kept
    assert len(sources) == orthanc.count() > 100
    profile = server_profile(orthanc)
    table = [f"{len(samples)} files, {len(sources)} instances stored"]
    with OrthancClient(profile, Credentials(orthanc.user, orthanc.password)) as client:
        series = [one["MainDicomTags"] for one in client.get_json("/series?expand")]
        wanted = {one["SeriesInstanceUID"] for one in series}
        for found in (query(profile, QueryFilters()), page(client, QueryFilters(), limit=1000)):
            seen = list(keyed_series(found.patients))
            assert {one.series_instance_uid for _key, one in seen} == wanted
            assert all(one.number_of_instances for _key, one in seen)
        targets = targets_of(client, Selection(series_instance_uids=tuple(wanted)))
        for method in (C_GET, C_MOVE, HTTPS):
            rows: List[InstanceRow] = []
            place: Any = {"method": method, "rows": rows.append}
            receipt = retrieve(profile, client, targets, tmp_path / method, **place)
            brought = {one.orthanc_id: md5(Path(one.path)) for one in rows}
            same = {name for name, digest in brought.items() if digest == sources[name]}
            verified = {one.orthanc_id for one in rows if one.verified}
            came = dict(Counter(one.method for one in rows))
            table.append(f"{method}: {came}, {len(verified)} verified, {len(same)} identical")
            assert receipt.complete and set(brought) == set(sources), table
            assert verified <= same and verified == {
                one.orthanc_id for one in rows if one.method == HTTPS
            }
    print("\n".join(table))
