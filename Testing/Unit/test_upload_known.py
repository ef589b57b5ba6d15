"""What the server has is asked once a study, and what it has is not sent."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path
from typing import Any, List

import pytest

from OrthancConnectCore.orthanc.identifiers import instance_orthanc_id, study_orthanc_id
from OrthancConnectCore.orthanc.retry import Patience
from OrthancConnectCore.scan.files import FoundFile, iter_dicom_files
from OrthancConnectCore.scan.header import Identity
from OrthancConnectCore.shared.errors import NotFoundError, PermissionDeniedError, ServerError
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.shared.upload_options import UploadOptions
from OrthancConnectCore.upload import studies as upload_known
from OrthancConnectCore.upload.run import upload
from OrthancConnectCore.upload.studies import Known
from Support.data.dicom import write_small_instances
from Support.fakes.client import FakeClient, check


def identity(study: str, number: int = 1, patient: str = "P") -> Identity:
    return Identity(patient, f"1.2.{study}", f"1.2.{study}.1", f"1.2.{study}.1.{number}")


def orthanc_id(one: Identity) -> str:
    return instance_orthanc_id(one.patient_id or "", *one[1:4])


def known_of(client: FakeClient) -> Known:
    return Known(client, Patience(threading.Event(), client.system, reached=True))  # type: ignore[arg-type]


def holding(*held: Identity) -> FakeClient:
    """A client of a server that has these instances."""
    client = FakeClient()
    for one in held:
        study = study_orthanc_id(one.patient_id or "", one.study_instance_uid)
        client.studies.setdefault(study, []).append(orthanc_id(one))
    return client


def test_one_request_a_study() -> None:
    client = holding(identity("7", 1), identity("7", 2))
    known = known_of(client)
    found = [known.find(identity("7", number)) for number in (1, 2, 3)]
    assert found == [orthanc_id(identity("7", 1)), orthanc_id(identity("7", 2)), ""]
    assert len(client.asked_for) == 1
    assert [known.expect(identity("7", number)) for number in (2, 3)] == [found[1], ""]


def test_the_same_study_uid_of_another_patient_is_another_study() -> None:
    known = known_of(holding(identity("7", patient="A")))
    assert known.find(identity("7", patient="A"))
    assert known.find(identity("7", patient="B")) == ""


def test_many_new_studies_are_one_request(monkeypatch) -> None:
    monkeypatch.setattr(upload_known, "STUDIES_A_REQUEST", 30)
    client = holding(identity("3"), identity("55"))
    known = known_of(client)
    for number in range(60):
        assert not known.expect(identity(str(number)))
    there = [number for number in range(60) if known.find(identity(str(number)))]
    assert there == [3, 55]
    assert client.asked_for == ["/tools/find"] * 2


def test_what_nobody_can_tell_is_left_to_the_server() -> None:
    client = holding(identity("7"))
    known = known_of(client)
    assert known.find(None) == ""
    assert known.find(identity("7")._replace(patient_id=None)) == ""
    for nobody in (None, identity("7")._replace(patient_id=None)):
        assert not known.expect(nobody)
    assert client.asked_for == []


def test_threads_that_meet_a_study_together_ask_once() -> None:
    client = holding(identity("7"))
    asking, answer = threading.Event(), threading.Event()
    plain = client.study_instances

    def slow(name: str) -> List[str]:
        asking.set()
        assert answer.wait(10)
        return plain(name)

    client.study_instances = slow  # type: ignore[method-assign]
    known = known_of(client)
    found: List[Any] = []
    threads = [
        threading.Thread(target=lambda: found.append(known.find(identity("7")))) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    assert asking.wait(10)
    answer.set()
    for thread in threads:
        thread.join(10)
    assert found == [orthanc_id(identity("7"))] * 5 and len(client.asked_for) == 1


def refusing(error: Exception) -> FakeClient:
    client = FakeClient()

    def refuse(_name: str) -> List[str]:
        raise error

    client.study_instances = refuse  # type: ignore[method-assign]
    return client


def test_a_server_that_refuses_to_tell_is_sent_everything(tmp_path: Path) -> None:
    write_small_instances(tmp_path / "data", count=5)
    client = refusing(PermissionDeniedError("No.", "", status_code=403, method="GET", path="/"))
    receipt = check(upload(client, tmp_path / "data"))  # type: ignore[arg-type]
    assert receipt.stored == len(client.bodies) == 5
    assert any("does not tell" in note for note in receipt.notes)


def test_a_fault_of_the_server_is_no_answer() -> None:
    known = known_of(refusing(ServerError("Locked.", "", status_code=500, details="x")))
    with pytest.raises(ServerError):
        known.find(identity("7"))
    gone = known_of(refusing(NotFoundError("No.", "", status_code=404, method="GET", path="/")))
    assert gone.find(identity("7")) == "" and not gone.blind


def found_in(folder: Path) -> List[FoundFile]:
    return [one for one in iter_dicom_files(folder) if isinstance(one, FoundFile)]


def md5_of(file: FoundFile) -> str:
    return hashlib.md5(Path(file.path).read_bytes(), usedforsecurity=False).hexdigest()


def identity_of(file: FoundFile) -> Identity:
    assert file.identity is not None
    return file.identity


def test_what_is_there_is_not_sent(tmp_path: Path) -> None:
    write_small_instances(tmp_path / "data", count=40, patients=2)
    found = found_in(tmp_path / "data")
    client = holding(*(identity_of(one) for one in found[:25]))
    client.md5s = {orthanc_id(identity_of(one)): md5_of(one) for one in found}
    receipt = check(upload(client, tmp_path / "data"))  # type: ignore[arg-type]
    assert (receipt.stored, receipt.already_stored) == (15, 25)
    assert len(client.bodies) == 15 and receipt.bytes == sum(one.size for one in found[25:])
    assert len(client.asked_for) <= 3 + 2
    again = holding(*(identity_of(one) for one in found))
    again.md5s = client.md5s
    receipt = check(upload(again, tmp_path / "data"))  # type: ignore[arg-type]
    assert (receipt.already_stored, receipt.bytes, again.bodies) == (40, 0, [])
    assert [row["study_instance_uid"] for row in receipt.studies] == list(
        dict.fromkeys(identity_of(one).study_instance_uid for one in found)
    )


def test_what_was_not_compared_is_not_told_as_if_it_was(tmp_path: Path) -> None:
    """A correction of the same size and date, within a series, is found only by `verify`."""
    files = write_small_instances(tmp_path / "data", count=6)
    found = found_in(tmp_path / "data")
    client = holding(*(identity_of(one) for one in found))
    client.md5s = {orthanc_id(identity_of(one)): md5_of(one) for one in found}
    date, content = files[3].stat().st_mtime_ns, files[3].read_bytes()
    files[3].write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(files[3], ns=(date, date))
    receipt = check(upload(client, tmp_path / "data"))  # type: ignore[arg-type]
    assert (receipt.already_stored, receipt.by_identity, receipt.verified) == (6, 5, 0)
    assert receipt.summary() == "0 stored, 6 already there (5 by identifiers alone)"
    verify = UploadOptions(verify=True)
    receipt = check(upload(client, tmp_path / "data", options=verify))  # type: ignore[arg-type]
    assert (receipt.different, receipt.by_identity, receipt.complete) == (1, 0, False)
    assert receipt.summary() == "0 stored, 5 already there, 5 verified, 1 there, but different"


def test_series_that_are_left_out_are_told_and_not_sent(tmp_path: Path) -> None:
    write_small_instances(tmp_path / "data", count=40, patients=2, series=2)
    found = found_in(tmp_path / "data")
    without = identity_of(found[0]).series_instance_uid
    kept = [one for one in found if identity_of(one).series_instance_uid != without]
    assert 0 < len(kept) < 40
    client = FakeClient()
    options = UploadOptions(except_series=(without,))
    receipt = check(upload(client, tmp_path / "data", options=options))  # type: ignore[arg-type]
    assert receipt.complete and receipt.expected == receipt.stored == len(kept)
    assert receipt.notes == [f"Left out as chosen: {40 - len(kept)} files of 1 series."]
    everything = tuple({identity_of(one).series_instance_uid for one in found})
    nothing: Receipt = upload(
        FakeClient(),  # type: ignore[arg-type]
        tmp_path / "data",
        options=UploadOptions(except_series=everything),
    )
    assert nothing.complete and nothing.expected == 0
