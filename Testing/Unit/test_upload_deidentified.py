"""Uploads that de-identify: nothing else is sent, and what can't be de-identified is not."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from OrthancConnectCore.files import user_state_directory
from OrthancConnectCore.shared.errors import ConfigurationError, MissingDependencyError, TrustError
from OrthancConnectCore.shared.jobs import job_id_of
from OrthancConnectCore.shared.upload_options import DeidentifyChoice, UploadOptions
from OrthancConnectCore.upload.job import upload_job
from OrthancConnectCore.upload.job_file import jobs_folder, list_jobs
from OrthancConnectCore.upload.run import upload
from OrthancConnectCore.worker.methods import METHODS
from Support.data.identified import (
    NAMES,
    NUMBERS,
    PLACES,
    identified_dataset,
    spellings,
    write_identified,
)
from Support.fakes.client import FakeClient, KeepingClient

DEIDENTIFY = UploadOptions(deidentify=DeidentifyChoice())
WANTED = spellings([*NAMES, *NUMBERS, *PLACES])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    for number in range(12):
        write_identified(folder / f"{number:02d}.dcm", SOPInstanceUID=f"1.2.3.{number}")
    return folder


def add_document(folder: Path) -> Path:
    document = identified_dataset()
    document.EncapsulatedDocument = b"%PDF-1.4 Perez"
    return write_identified(folder / "letter.dcm", document)


def test_nothing_but_pseudonyms_is_sent(data: Path) -> None:
    add_document(data)
    client = FakeClient()
    receipt = upload_job(client, data, options=DEIDENTIFY)
    assert (receipt.stored, receipt.failed, len(client.bodies)) == (12, 1, 12)
    assert [word for word in WANTED for body in client.bodies if word in body] == []
    assert receipt.bytes == sum(map(len, client.bodies))
    (problem,) = receipt.problems
    assert problem.item.endswith("letter.dcm") and "PDF" in problem.reason
    assert "listed in" in receipt.notes[-1] and "Private elements, in 12 files" in str(
        receipt.notes
    )


def test_the_key_stays_until_all_is_stored(data: Path) -> None:
    letter = add_document(data)
    first, again = FakeClient(), FakeClient()
    upload_job(first, data, options=DEIDENTIFY)
    (key,) = jobs_folder().glob("*.key")
    secret = key.read_text().splitlines()[1]
    job = key.with_suffix(".json").read_text()
    assert secret not in job and len(list_jobs()) == 1
    (maps,) = (user_state_directory() / "maps").iterdir()
    rows = maps.read_text()
    letter.unlink()
    receipt = upload_job(again, data, options=DEIDENTIFY)  # this server has nothing
    assert receipt.complete and sorted(again.bodies) == sorted(first.bodies)
    assert not list(jobs_folder().glob("*.key")) and list_jobs() == []
    assert maps.read_text() == rows and len(list(maps.parent.iterdir())) == 1
    last = FakeClient()
    upload_job(last, data, options=DEIDENTIFY)
    assert not set(last.bodies) & set(first.bodies)


def test_jobs_and_keys_that_nobody_resumes_go_after_a_month(data: Path, tmp_path: Path) -> None:
    add_document(data)
    (tmp_path / "other").mkdir()
    write_identified(tmp_path / "other" / "a.dcm")
    day = 24 * 3600

    def age(days: float) -> int:
        then = time.time() - days * day
        for path in jobs_folder().glob("*.*"):
            os.utime(path, (then, then))
        return len(list_jobs()) + len(list(jobs_folder().glob("*.key")))

    upload_job(FakeClient(), data, options=DEIDENTIFY)
    assert age(29) == 2
    upload_job(FakeClient(), tmp_path / "other")
    for days in (31, 32):  # found old, and found so again a day later
        assert age(days) == 2
        upload_job(FakeClient(), tmp_path / "other")
    assert list(jobs_folder().glob("*.*")) == [] and list_jobs() == []
    upload_job(FakeClient(), data, options=DEIDENTIFY)
    assert age(31) == 2
    assert len(METHODS["jobs.list"].run(None, {})["jobs"]) == 1
    assert age(32) == 2
    assert METHODS["jobs.list"].run(None, {}) == {"jobs": []}  # as soon as a panel connects
    assert list(jobs_folder().glob("*.*")) == []


def test_receipts_tell_of_what_is_sent(data: Path, tmp_path: Path) -> None:
    add_document(data)
    server = KeepingClient()
    for number in range(2):
        path = tmp_path / f"{number}.csv"
        receipt = upload_job(server, data, options=DEIDENTIFY, receipt_file=path)
        rows = path.read_text()
        assert (receipt.stored, receipt.already_stored) == ((12, 0), (0, 12))[number]
        assert rows.count("\n") == 14 and "1.2.3." not in rows
    (job,) = jobs_folder().glob("*.json")
    assert "1.2.3." not in job.read_text()


def test_another_key_in_the_file_begins_the_job_anew(data: Path, tmp_path: Path) -> None:
    add_document(data)
    key = tmp_path / "study.key"
    options = UploadOptions(deidentify=DeidentifyChoice(str(key)))
    server = KeepingClient()
    upload_job(server, data, options=options)
    key.unlink()
    first = list(server.bodies)
    receipt = upload_job(server, data, options=options)
    assert (receipt.stored, receipt.already_stored, len(list_jobs())) == (12, 0, 1)
    assert len(server.bodies) == 24 and not set(first) & set(server.bodies[12:])
    assert not any("no longer has" in note for note in receipt.notes)
    maps = sorted((user_state_directory() / "maps").iterdir())
    pseudonyms = [{row.split(",")[2] for row in one.read_text().splitlines()[1:]} for one in maps]
    assert len(maps) == 2 and not pseudonyms[0] & pseudonyms[1]


def test_a_job_with_a_saved_key_has_one_name_for_all_who_ask(data: Path, tmp_path: Path) -> None:
    """Who offers it again knows the key's file, and never the key."""
    add_document(data)
    options = UploadOptions(deidentify=DeidentifyChoice(str(tmp_path / "study.key")))
    client = FakeClient()
    receipt = upload_job(client, data, options=options)
    told = job_id_of(client.profile.rest_url, [str(data)], options)
    assert receipt.job_id == told == list_jobs()[0].job_id


def test_nothing_is_sent_when_it_can_not_be_done(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = FakeClient()
    choice = DeidentifyChoice(map_file=str(tmp_path))
    with pytest.raises(ConfigurationError, match="pseudonyms"):
        upload_job(client, data, options=UploadOptions(deidentify=choice))
    with pytest.raises(ValueError, match="must not be sent"):
        upload(client, data, options=DEIDENTIFY)  # type: ignore[arg-type]
    for name in [name for name in sys.modules if name.partition(".")[0] == "dicognito"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "dicognito", None)
    for key in ("", str(tmp_path / "study.key")):
        with pytest.raises(MissingDependencyError):
            upload_job(client, data, options=UploadOptions(deidentify=DeidentifyChoice(key)))
    assert client.bodies == [] and not (tmp_path / "study.key").exists()
    assert list_jobs() == [] and not list(jobs_folder().glob("*.key"))


def test_a_full_disk_under_the_list_stops_each_file(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from OrthancConnectCore.deidentify.pseudonyms import PseudonymMap

    write = PseudonymMap._write

    def full(self: PseudonymMap, row: tuple[str, ...]) -> None:
        if row != PseudonymMap.HEADING:
            raise OSError(28, "No space left on device")
        write(self, row)

    monkeypatch.setattr(PseudonymMap, "_write", full)
    client = FakeClient()
    receipt = upload_job(client, data, options=DEIDENTIFY)
    assert receipt.failed == 12 and client.bodies == []
    assert "No space left" in receipt.problems[0].reason


def test_the_receipt_of_an_upload_that_fails_names_the_list_too(data: Path) -> None:
    client = FakeClient(lambda _body, number: TrustError("No.", "") if number > 3 else None)
    with pytest.raises(TrustError) as caught:
        upload_job(client, data, options=DEIDENTIFY, parallel=1)
    assert "listed in" in caught.value.facts["receipt"]["notes"][-1]
