"""The worker process against a real Orthanc: every method, several at once, cancel and progress."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Iterator

import pydicom
import pytest

from OrthancConnectCore.shared.disk import write_private
from OrthancConnectCore.shared.query import PatientRecord, keyed_series
from Support.data.dicom import write_small_instances
from Support.process.busy_machine import here
from Support.process.worker import Process
from Support.scenarios.results import record
from Support.servers.orthanc import PrivateOrthanc


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Process]:
    (tmp_path / "worker").mkdir()
    with Process(tmp_path / "worker") as process:
        yield process
        assert process.seconds_to_end() < 2
        assert process.log.read_text() == ""


@pytest.fixture
def server(orthanc: PrivateOrthanc) -> dict[str, Any]:
    """The parameters that name the server, as the panel sends them."""
    profile = {
        "name": "lab",
        "rest_url": orthanc.rest_url,
        "user": orthanc.user,
        "trust": {"mode": "pinned", "fingerprint": orthanc.fingerprint},
        "dicom_port": orthanc.dicom_port,
        "called_ae_title": orthanc.aet,
        "calling_ae_title": orthanc.calling_aet,
        "storage_port": orthanc.storage_port,
    }
    return {"profile": profile, "password": orthanc.password}


def _series_of(files: list[Path]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for file in files:
        dataset = pydicom.dcmread(file, stop_before_pixels=True)
        found.setdefault(str(dataset.SeriesInstanceUID), set()).add(str(dataset.SOPInstanceUID))
    return found


def test_every_method(worker: Process, server: dict[str, Any], tmp_path: Path) -> None:
    profile = {"profile": server["profile"]}
    files = write_small_instances(tmp_path / "data", count=40, patients=2, series=2)
    series = _series_of(files)

    seen = worker.ask(1, "server.certificate", **profile)["result"]
    assert seen["trusted"] is True
    system = worker.ask(2, "server.system", **server)["result"]
    assert system["dicom_aet"] == server["profile"]["called_ae_title"]

    receipt = worker.ask(4, "upload", **server, paths=[str(tmp_path / "data")])["result"]
    assert (receipt["stored"], receipt["complete"]) == (40, True)
    last = [fields for fields in worker.progress if fields["id"] == 4][-1]
    assert (last["phase"], last["done"], last["total"]) == ("upload", 40, 40)

    uids = {"series_instance_uids": [*series, "1.2.3"]}
    counts = worker.ask(5, "series.counts", **server, **uids)["result"]
    assert {uid: count for _study, uid, count in counts} == {
        uid: len(instances) for uid, instances in series.items()
    }
    studies = sorted({study for study, _uid, _count in counts})
    described = worker.ask(51, "studies.describe", **server, study_orthanc_ids=[*studies, "gone"])
    found = [PatientRecord.from_dict(one) for one in described["result"]]
    known = {one.series_instance_uid: one.number_of_instances for _key, one in keyed_series(found)}
    assert known == {uid: len(instances) for uid, instances in series.items()}
    page = worker.ask(52, "query.page", **server, filters={"modalities": ["CT"]}, limit=1)["result"]
    rest = worker.ask(53, "query.page", **server, filters={}, since=page["next"])["result"]
    both = [PatientRecord.from_dict(one) for one in page["patients"] + rest["patients"]]
    assert {study.orthanc_id for one in both for study in one.studies} == set(studies)
    asked = {"study_orthanc_ids": [*studies, "gone"]}
    sizes = worker.ask(54, "query.sizes", **server, **asked)["result"]
    assert sum(sizes.values()) == sum(path.stat().st_size for path in files)
    inventory = worker.ask(6, "series.inventory", **server, **uids)["result"]
    assert {uid: set(instances) for uid, instances in inventory.items()} == series

    first, second = list(series)[:2]
    some = sorted(series[first])[:3]
    got = worker.ask(
        *(8, "retrieve.https"),
        **server,
        series_instance_uids=[first, second],
        only={first: some, second: sorted(series[second])},
        folder=str(tmp_path / "https"),
    )["result"]
    assert got["unverified"] == {}
    got = got["receipt"]
    assert got["stored"] == 13 and got["failed"] == 0
    names = {path.stem for path in (tmp_path / "https").rglob("*.dcm")}
    assert names == {*some, *series[second]}

    row = {"outcome": "arrived", "method": "HTTPS", "verified": True, "series_instance_uid": first}
    groups = [{"row": row, "instances": dict.fromkeys(some, 7)}]
    params = {"path": str(tmp_path / "rows.json"), "receipt": got}
    saved = worker.ask(9, "retrieve.save_receipt", groups=groups, **params)["result"]
    written = json.loads((tmp_path / "rows.json").read_text())
    assert saved == {"rows": 3} and written["receipt"]["stored"] == 13
    assert [one["sop_instance_uid"] for one in written["rows"]] == some
    assert {(one["outcome"], one["bytes"], one["reason"]) for one in written["rows"]} == {
        ("arrived", 7, "")
    }
    for wrong in (
        [1],
        [{"row": {"x": 1}, "instances": {}}],
        [{"row": row, "instances": {"1": "x"}}],
    ):
        error = worker.ask(10, "retrieve.save_receipt", groups=wrong, **params)["error"]
        assert error["code"] == -32602


def test_an_upload_with_options_its_receipt_and_what_it_left(
    worker: Process, server: dict[str, Any], orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    files = write_small_instances(tmp_path / "data", count=8)
    cut = tmp_path / "data" / "cut"
    cut.write_bytes(files[0].read_bytes()[:800])
    params = {**server, "paths": [str(tmp_path / "data")], "options": {"verify": True}}
    receipt = worker.ask(1, "upload", **params)["result"]
    assert (receipt["stored"], receipt["verified"], receipt["failed"]) == (8, 8, 1)
    assert [row["orthanc_id"] for row in receipt["studies"]]
    (job,) = worker.ask(2, "jobs.list")["result"]["jobs"]
    assert job["job_id"] == receipt["job_id"] and job["outcomes"] == {"stored": 8, "failed": 1}
    target = str(tmp_path / "receipt.csv")
    saved = worker.ask(3, "receipt.save", job_id=receipt["job_id"], path=target)
    assert saved["result"] == {"rows": 9}
    assert len((tmp_path / "receipt.csv").read_text(encoding="utf-8-sig").splitlines()) == 10

    cut.unlink()
    again = worker.ask(4, "upload", **params)["result"]
    assert (again["complete"], again["already_stored"], again["verified"]) == (True, 8, 8)
    assert worker.ask(5, "jobs.list")["result"] == {"jobs": []}
    assert worker.ask(6, "jobs.remove", job_id=receipt["job_id"])["result"] == {"removed": False}

    asked = {**server, "paths": [str(tmp_path / "data")], "options": {"verify": 1}}
    assert worker.ask(7, "upload", **asked)["error"]["data"]["kind"] == "ConfigurationError"
    for job_id in ("../../x", "0" * 15, 5):
        error = worker.ask(str(job_id), "receipt.save", job_id=job_id, path=target)["error"]
        assert error["code"] == -32602


def test_a_result_goes_home_and_comes_back(
    worker: Process, server: dict[str, Any], orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    images = write_small_instances(tmp_path / "data", count=2)
    orthanc.store(*images)
    folder = Path(worker.ask(1, "results.new")["result"]["folder"])
    assert worker.ask(2, "results.waiting")["result"] == []
    value = {"name": "length", "value": 10.0, "unit": "mm"}
    item = {"kind": "line", "name": "L", "color": [1, 0, 0], "points": [[0, 0, 0], [10, 0, 0]]}
    told = {**record("measurements", images), "items": [{**item, "values": [value]}]}
    write_private(folder / "result.json", json.dumps(told))
    [one] = worker.ask(3, "results.waiting")["result"]
    assert (one["result_id"], one["kind"], one["fault"]) == (folder.name, "measurements", "")
    ids = {"result_ids": [folder.name], "mark_replaced": True}
    sent = worker.ask(4, "results.send", **server, **ids)["result"]
    assert (sent["receipt"]["verified"], sent["rows"][0]["outcome"]) == (1, "arrived")
    [fate] = sent["results"]
    study = {"study_orthanc_id": fate["study_orthanc_id"]}
    [found] = worker.ask(5, "results.of", **server, **study)["result"]
    assert found["series_instance_uid"] == fate["series_instance_uid"]
    got = worker.ask(6, "results.fetch", **server, result=found)["result"]
    assert got["result"]["items"][0]["points"] == item["points"]
    assert (Path(got["folder"]) / "result.json").is_file()
    error = worker.ask(7, "results.fetch", **server, result={**found, "kind": "x"})["error"]
    assert error["data"]["kind"] == "InputError"
    gone = {**found, "series_orthanc_id": "0" * 8 + "-00000000" * 4}
    error = worker.ask(8, "results.fetch", **server, result=gone)["error"]
    assert "does not have this result any more" in error["data"]["message"]
    begun = Path(worker.ask(9, "results.new")["result"]["folder"]).name
    assert worker.ask(10, "results.remove", result_id=begun)["result"] == {"removed": True}
    again = worker.ask(11, "results.send", **server, **ids)["result"]["results"][0]
    assert "waits here" in again["reason"]


def test_a_short_request_passes_a_long_upload_which_then_is_cancelled(
    worker: Process, server: dict[str, Any], orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    write_small_instances(tmp_path / "data", count=4000)
    slow = {**server, "profile": {**server["profile"], "parallel_transfers": 1}}
    worker.call("long", "upload", **slow, paths=[str(tmp_path / "data")])
    while orthanc.count() == 0:
        time.sleep(0.01)
    waited = []
    for number in range(20):
        began = time.monotonic()
        assert worker.ask(number, "server.system", **server)["id"] == number
        waited.append(time.monotonic() - began)
    assert sorted(waited)[10] < here(0.5)
    assert {fields["id"] for fields in worker.progress} <= {"long"}
    worker.cancel("long")
    began = time.monotonic()
    answer = worker.read()
    assert time.monotonic() - began < here(2)
    assert answer["id"] == "long" and answer["result"]["cancelled"] is True
    assert 0 < answer["result"]["stored"] <= orthanc.count() < 4000


def test_refusals_cross_with_their_class(
    worker: Process, server: dict[str, Any], tmp_path: Path
) -> None:
    data = [str(path) for path in write_small_instances(tmp_path / "data", count=1)]
    wrong = {**server, "password": "wrong"}
    for method, params, kind in (
        ("upload", {**wrong, "paths": data}, "AuthenticationError"),
        ("upload", {**server, "paths": [str(tmp_path / "gone")]}, "InputError"),
        ("series.counts", {**wrong, "series_instance_uids": ["1.2"]}, "AuthenticationError"),
    ):
        error = worker.ask(method, method, **params)["error"]
        assert (error["code"], error["data"]["kind"]) == (-32000, kind), error
        assert error["data"]["hint"]
