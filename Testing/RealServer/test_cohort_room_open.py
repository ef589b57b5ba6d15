"""A table of 300 rows, references, room on the disk, and viewers, against a real Orthanc."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pydicom
import pytest

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.query.cohort import series_of
from OrthancConnectCore.retrieve import room as rooms
from OrthancConnectCore.retrieve.references import references_of
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from OrthancConnectCore.shared.series import SeriesTarget
from Support.data.dicom import write_ct_series, write_small_instances
from Support.data.referring import write_referring
from Support.process.command_line import CommandLine
from Support.process.worker import Process
from Support.scenarios.doctor_cases import server_profile
from Support.servers.orthanc import PrivateOrthanc


@pytest.fixture
def line(tmp_path: Path, orthanc: PrivateOrthanc) -> CommandLine:
    line = CommandLine(tmp_path)
    login = ("--user", orthanc.user, "--fingerprint", orthanc.fingerprint, "--method", "HTTPS")
    dicom = ("--dicom-port", orthanc.dicom_port, "--called-ae-title", orthanc.aet)
    mine = ("--calling-ae-title", orthanc.calling_aet)
    assert line.run("profile", "add", "lab", orthanc.rest_url, *login, *dicom, *mine).code == 0
    return line


def login_of(orthanc: PrivateOrthanc) -> dict[str, Any]:
    return {"stdin": orthanc.password + "\n"}


def table(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_cohort_of_300_rows(line: CommandLine, orthanc: PrivateOrthanc, tmp_path: Path) -> None:
    orthanc.store(*write_small_instances(tmp_path / "data", count=300, patients=150, series=2))
    rows = [f'{number};="SMALL{number:04d}"' for number in range(148)]
    rows += [f'{number};="SMALL{number:04d}"' for number in range(148)]  # again
    rows += ["x;small0148", "x;NOBODY*", "x;", "x;SMALL0149"]
    source, result = tmp_path / "cohort.csv", tmp_path / "result.csv"
    source.write_text("Nr;Patientennummer\n" + "\n".join(rows) + "\n", encoding="utf-16")
    arguments = ("retrieve", "--from-csv", source, "-o", tmp_path / "out", "--password-stdin")
    (orthanc.folder / "nginx-access.log").write_text("")
    said = line.run(*arguments, "--receipt", result, "--json", **login_of(orthanc))
    assert said.code == 1 and said.data["receipt"]["stored"] == 298
    told = table(result)
    assert [row["line"] for row in told] == [str(number) for number in range(2, 302)]
    good = {"series": "2", "expected": "2", "arrived": "2", "verified": "2", "reason": ""}
    assert all(good.items() <= row.items() for row in [*told[:296], told[299]])
    assert [row["reason"] for row in told[296:299]] == [
        "The server has no patient ID “small0148”.",
        "The server has no patient ID “NOBODY*”.",
        "The cell is empty.",
    ]
    asked = (orthanc.folder / "nginx-access.log").read_text()
    assert asked.count("/attachments/dicom/data ") == 298  # none twice
    assert asked.count("POST /tools/find ") < 20

    again = line.run(*arguments, "--by", "patient-id", "--column", "2", **login_of(orthanc))
    assert "already there  298" in again.out and "line 298  small0148" in again.out


def test_what_series_refer_to(orthanc: PrivateOrthanc, tmp_path: Path) -> None:
    """That of each kind, also of another study, and of each instance of a series."""
    small = {"slices": 1, "rows": 16, "columns": 16}
    images = [
        write_ct_series(tmp_path / name, study=study, series_number=number, **small)[0]
        for name, study, number in (("a", "one", 1), ("b", "one", 2), ("c", "two", 1))
    ]
    first, second, elsewhere = images
    read = {path: pydicom.dcmread(path) for path in images}
    uid_of = {path: str(one.SeriesInstanceUID) for path, one in read.items()}
    written = [
        *((kind, 1, None) for kind in ("SEG", "RTSTRUCT", "PR", "SR")),
        *(("SEG", 2, elsewhere), ("PR", 2, second)),
    ]
    uids = {}
    for kind, number, other in written:
        path = tmp_path / f"{kind}{number}.dcm"
        uids[kind] = write_referring(path, first, kind, number, other)
        orthanc.store(path)
    orthanc.store(first, elsewhere)  # the second is not on the server
    patient, study = str(read[first].PatientID), str(read[first].StudyInstanceUID)
    targets = [SeriesTarget(patient, study, uid) for uid in (*uids.values(), uid_of[first])]
    login = Credentials(orthanc.user, orthanc.password)
    with OrthancClient(server_profile(orthanc), login) as client:
        found = {(row["of"], row["uid"]): row for row in references_of(client, targets)}
    assert set(found) == {
        *((uid, uid_of[first]) for uid in uids.values()),
        (uids["SEG"], uid_of[elsewhere]),
        (uids["PR"], uid_of[second]),
    }
    assert found[uids["PR"], uid_of[second]]["target"] is None
    there = found[uids["SEG"], uid_of[elsewhere]]
    assert there["target"]["study_instance_uid"] == read[elsewhere].StudyInstanceUID
    assert there["series"]["modality"] == "CT"


def test_a_cohort_of_series_by_dicom_and_of_accession_numbers(
    line: CommandLine, orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    orthanc.store(*write_small_instances(tmp_path / "data", count=12, patients=2, series=3))
    series = [orthanc.get_json(f"/series/{one}") for one in orthanc.get_json("/series")]
    uids = [one["MainDicomTags"]["SeriesInstanceUID"] for one in series]
    (tmp_path / "series.csv").write_text("\n".join(uids[:4]))
    (tmp_path / "numbers.csv").write_text("Accession number\nSMALL0001\n")
    common = ("-o", tmp_path / "out", "--password-stdin", "--json", "--from-csv")
    dicom = line.run(
        "retrieve", *common, tmp_path / "series.csv", "--method", "C-GET", **login_of(orthanc)
    )
    assert (dicom.code, dicom.data["receipt"]["method"]) == (0, "C-GET")
    assert [row["arrived"] for row in dicom.data["rows"]] == [2, 2, 2, 2]
    number = line.run("retrieve", *common, tmp_path / "numbers.csv", **login_of(orthanc))
    assert (number.code, number.data["rows"][0]["arrived"]) == (0, 6)
    both = line.run("retrieve", *common, tmp_path / "numbers.csv", "--patient", "x")
    assert both.code == 2 and "stands alone" in both.data["error"]["message"]


def test_a_limit_of_the_server_hides_no_row(tmp_path: Path) -> None:
    with PrivateOrthanc({"LimitFindResults": 3}, plugins=False) as server:
        server.store(*write_small_instances(tmp_path / "data", count=24, patients=12, series=2))
        profile = ServerProfile(
            *("lab", server.rest_url),
            user=server.user,
            trust=TrustPolicy("pinned", fingerprint=server.fingerprint),
        )
        with OrthancClient(profile, Credentials(server.user, server.password)) as client:
            ids = [f"SMALL{number:04d}" for number in range(14)]
            found = series_of(client, "patient-id", ids)
            assert {value: len(series) for value, series in found.items()} == dict.fromkeys(
                ids[:12], 2
            )
            uids = [one.series_instance_uid for series in found.values() for one in series]
            assert len(series_of(client, "series", uids)) == 24


def test_room_refuses_when_one_byte_differs(
    line: CommandLine, orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    files = write_small_instances(tmp_path / "data", count=12, patients=3, series=2)
    orthanc.store(*files)
    out, outside = tmp_path / "out", tmp_path / "outside"
    ids = ("--patient", "SMALL0000", "--patient", "SMALL0001", "--patient", "SMALL0002")
    got = line.run("retrieve", *ids, "-o", out, "--password-stdin", **login_of(orthanc))
    assert got.code == 0
    shown = line.run("room", out, "--quota", "10kB", "--json")
    assert shown.code == 1 and shown.data["bytes"] == sum(one.stat().st_size for one in files)
    assert [one["instances"] for one in shown.data["studies"]] == [4, 4, 4]

    first = sorted(out.rglob("*.dcm"))[0]
    content = bytearray(first.read_bytes())
    content[-1] ^= 1
    first.write_bytes(content)
    note = first.parent / "notes.txt"
    note.write_text("mine")
    outside.mkdir()
    (outside / "beyond.dcm").write_bytes(files[0].read_bytes())
    (out / "link").symlink_to(outside)
    offered = line.run("room", out, "--clean", "--json", "--password-stdin", **login_of(orthanc))
    assert len(offered.data["may_go"]) == 2 and not offered.data["removed"]
    [reason] = offered.data["kept"].values()
    assert reason == f"{first}: The server has it with other content."
    assert len(list(out.rglob("*.dcm"))) == 12
    told = line.run("room", out, "--clean", "--password-stdin", **login_of(orthanc))
    assert told.err.count("may go  ") == 2 and "Pérez, Núria  SMALL0000" in told.err, told.err

    gone = line.run(
        "room", out, "--clean", "--yes", "--json", "--password-stdin", **login_of(orthanc)
    )
    assert gone.code == 0 and gone.data["freed"] == gone.data["bytes"] > 0
    assert len(list(first.parents[1].rglob("*.dcm"))) == 4 and note.exists()
    assert sorted(path.name for path in out.iterdir()) == sorted(["link", first.parents[1].name])
    assert (outside / "beyond.dcm").exists()


def test_a_file_that_was_changed_after_the_look_stays(
    line: CommandLine, orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    files = write_small_instances(tmp_path / "out" / "a", count=2)
    good = [rooms.FileRoom(str(one), 5, True, "", "x", "1.2", "1.3", (0, 0, 0, 0)) for one in files]
    study = rooms.StudyRoom("1.2", good)
    assert rooms.remove(tmp_path / "out", study) == 0 and all(one.exists() for one in files)


def test_room_by_dicom_and_the_workers_methods(
    line: CommandLine, orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    files = write_small_instances(tmp_path / "data", count=6, patients=2)
    orthanc.store(*files)
    got = line.run(
        *("retrieve", "--patient", "SMALL0000", "-o", tmp_path / "out", "--method", "C-GET"),
        "--password-stdin",
        **login_of(orthanc),
    )
    assert got.code == 0
    fetched = sorted(map(str, (tmp_path / "out").rglob("*.dcm")))
    trust = {"mode": "pinned", "fingerprint": orthanc.fingerprint}
    profile = {"name": "lab", "rest_url": orthanc.rest_url, "user": orthanc.user, "trust": trust}
    server = {"profile": profile, "password": orthanc.password}
    (tmp_path / "worker").mkdir()
    with Process(tmp_path / "worker") as worker:
        paths = [*fetched, str(files[0]), str(tmp_path / "none.dcm"), str(Path(__file__))]
        rows = worker.ask(1, "room.check", **server, files=paths)["result"]
        assert [row["may_go"] for row in rows] == [True] * 4 + [False, False]
        assert "can't be read" in rows[4]["reason"] and "no DICOM file" in rows[5]["reason"]
        orthanc.request("DELETE", f"/instances/{rows[0]['orthanc_id']}")
        rows = worker.ask(2, "room.check", **server, files=fetched)["result"]
        assert [row["may_go"] for row in rows] == [False, True, True]
        assert rows[0]["reason"] == "The server does not have it."

        (tmp_path / "c.csv").write_text("patient id\nSMALL0001\n")
        where = {"file": str(tmp_path / "c.csv"), "folder": str(tmp_path / "cohort")}
        cohort = worker.ask(3, "retrieve.cohort", **server, **where)["result"]
        assert cohort["rows"][0]["verified"] == 3

        follow = {"once": True, "since": "beginning", "command": ["true"]}
        where = {"folder": str(tmp_path / "follow"), "filters": {"patient_id": "SMALL0001"}}
        told = worker.ask(4, "follow.run", **server, **where, follow=follow)
        assert told["result"]["stopped"] == "done"
        wrong = worker.ask(5, "follow.run", **server, **where, follow={"since": "then"})
        assert "now or beginning" in str(wrong["error"])

        study = orthanc.get_json("/studies")[0]
        [viewer] = worker.ask(6, "viewers.of", **server, study=study)["result"]
        assert viewer["name"] == "explorer" and viewer["url"].endswith(f"study?uuid={study}")
        [viewer] = worker.ask(7, "viewers.of", **server)["result"]
        assert viewer["url"].endswith("/app/explorer.html#find-studies")
    page = orthanc.request("GET", viewer["url"][len(orthanc.rest_url) :].partition("#")[0])
    assert b"Orthanc Explorer" in page


def test_open_names_a_study_in_either_way(
    line: CommandLine, orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    orthanc.store(*write_small_instances(tmp_path / "data", count=1))
    [study] = orthanc.get_json("/studies")
    uid = orthanc.get_json(f"/studies/{study}")["MainDicomTags"]["StudyInstanceUID"]
    told = [
        line.run("open", "lab", "--study", one, "--password-stdin", **login_of(orthanc))
        for one in (study, uid)
    ]
    address = f"{orthanc.rest_url}/app/explorer.html#study?uuid={study}\n"
    assert [one.out for one in told] == [address, address]
    for more, words in (
        (("--study", "1.2.3"), "no study 1.2.3"),
        (("--with", "ohif"), "it has explorer"),
    ):
        said = line.run(
            "open", "lab", "--study", uid, *more, "--password-stdin", **login_of(orthanc)
        )
        assert said.code == 2 and words in said.err
