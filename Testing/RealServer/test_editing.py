"""Deleting and correcting on a real server: what was looked at goes, and nothing by halves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Iterator

import pytest

from OrthancConnectCore.orthanc import editing
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.shared.corrections import ServerThing, checked_correction
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import (
    ConflictError,
    InputError,
    NotFoundError,
    OperationCancelled,
    PermissionDeniedError,
    ServerError,
)
from OrthancConnectCore.shared.events import CancelToken
from Support.data.dicom import write_ct_series, write_small_instances
from Support.process.command_line import CommandLine
from Support.process.worker import Process
from Support.scenarios.doctor_cases import server_profile
from Support.servers.lying import LyingServer
from Support.servers.orthanc import PrivateOrthanc
from Support.servers.scripted import Answer, Request

#: Lets nobody delete or change, as a proxy or a plugin for rights does.
READING = """
function IncomingHttpRequestFilter(method, uri, ip, username, httpHeaders)
  return method == 'GET' or string.find(uri, '/tools/find') ~= nil
end
"""


@pytest.fixture
def client(usual_server: PrivateOrthanc, tmp_path: Path) -> Iterator[OrthancClient]:
    usual_server.store(*write_ct_series(tmp_path / "ct", slices=6, rows=32, columns=32))
    credentials = Credentials(usual_server.user, usual_server.password)
    with OrthancClient(server_profile(usual_server), credentials) as made:
        yield made


def seen(client: OrthancClient, level: str = "Study") -> Any:
    (name,) = client.get_json({"Study": "/studies", "Series": "/series"}[level])
    return editing.look_at(client, level, name)


def studies(client: OrthancClient) -> list[Any]:
    return [editing.look_at(client, "Study", one) for one in client.get_json("/studies")]


def test_a_series_and_a_study_are_deleted(client: OrthancClient) -> None:
    study, series = seen(client), seen(client, "Series")
    assert (study.patient_id, study.modalities, study.instances) == ("PAT0012", ("CT",), 6)
    assert study.bytes == series.bytes > 6 * 32 * 32 and study.confirmation == "PAT0012"
    editing.delete(client, series)
    assert client.get_json("/studies") == []
    with pytest.raises(NotFoundError, match="no longer"):
        editing.delete(client, study)


def test_what_has_grown_meanwhile_stays(
    client: OrthancClient, usual_server: PrivateOrthanc, tmp_path: Path
) -> None:
    before = seen(client)
    usual_server.store(*write_ct_series(tmp_path / "more", slices=7, rows=32, columns=32)[-1:])
    with pytest.raises(ConflictError, match="6 instances then, 7 now; nothing was changed"):
        editing.delete(client, before)
    with pytest.raises(ConflictError, match="6 instances then, 7 now"):
        editing.correct(client, before, {"StudyID": "9"}, replace=True)
    assert [one.instances for one in studies(client)] == [7]


def test_a_study_is_corrected_beside_the_old_one_or_in_its_place(client: OrthancClient) -> None:
    old = seen(client)
    wanted = checked_correction({"StudyDescription": "Tórax", "AccessionNumber": ""})
    steps: list[int] = []
    copy = editing.correct(
        client, old, wanted, replace=False, progress=lambda one: steps.append(one.done)
    )
    assert not copy.replaced and not copy.notes and copy.study.description == "Tórax"
    assert copy.study.instances == 6 and copy.study.uid != old.uid and steps[-1] == 100
    assert {one.orthanc_id for one in studies(client)} == {old.orthanc_id, copy.study.orthanc_id}
    placed = editing.correct(client, old, {"StudyDate": "20260101"}, replace=True)
    assert placed.replaced and not placed.notes and placed.study.study_date == "20260101"
    assert old.orthanc_id not in client.get_json("/studies")


def test_the_patient_is_corrected(client: OrthancClient) -> None:
    old = seen(client)
    with pytest.raises(InputError, match="one patient ID can't have different patients"):
        editing.correct(client, old, {"PatientName": "Ruiz^Ana"}, replace=False)
    named = editing.correct(client, old, {"PatientName": "Ruiz^Ana"}, replace=True)
    assert named.replaced and not named.notes
    assert (named.study.patient_id, named.study.patient_name) == ("PAT0012", "Ruiz^Ana")
    moved = editing.correct(client, named.study, {"PatientID": "P7"}, replace=True)
    assert (moved.study.patient_id, moved.study.patient_name) == ("P7", "Ruiz^Ana")
    (now,) = studies(client)
    assert now == moved.study and now.instances == 6
    (patient,) = client.get_json("/patients?expand")
    assert patient["MainDicomTags"]["PatientName"] == "Ruiz^Ana"


def test_a_study_that_is_another_patients(
    client: OrthancClient, usual_server: PrivateOrthanc, tmp_path: Path
) -> None:
    usual_server.store(*write_small_instances(tmp_path / "small", 2))
    mine, other = sorted(studies(client), key=lambda one: one.patient_id != "PAT0012")
    with pytest.raises(InputError, match="another name, birth date or sex; nothing was changed"):
        other_one = {"PatientID": other.patient_id, "PatientName": "X"}
        editing.correct(client, mine, other_one, replace=True)
    whole = {
        "PatientID": other.patient_id,
        "PatientName": other.patient_name,
        "PatientBirthDate": other.patient_birth_date,
        "PatientSex": other.patient_sex,
    }
    moved = editing.correct(client, mine, whole, replace=True)
    assert moved.study.patient_id == other.patient_id and not moved.notes
    with pytest.raises(InputError, match="other studies on the server"):
        editing.correct(client, moved.study, {"PatientName": "X"}, replace=True)
    assert sorted(one.instances for one in studies(client)) == [2, 6]
    if usual_server.version < (1, 11, 2):
        with pytest.raises(InputError, match="all of a patient's studies or of none"):
            editing.correct(client, moved.study, {"PatientID": "P9"}, replace=True)
    else:
        parted = editing.correct(client, moved.study, {"PatientID": "P9"}, replace=True)
        assert parted.study.patient_id == "P9"


def test_who_may_only_read_changes_nothing(
    client: OrthancClient, usual_server: PrivateOrthanc, tmp_path: Path
) -> None:
    script = tmp_path / "reading.lua"
    script.write_text(READING)
    old = seen(client)
    usual_server.restart(LuaScripts=[str(script)])
    with pytest.raises(PermissionDeniedError):
        editing.delete(client, old)
    with pytest.raises(PermissionDeniedError):
        editing.correct(client, old, {"StudyID": "9"}, replace=True)
    assert studies(client) == [old]


def test_a_job_that_fails_leaves_the_study(
    client: OrthancClient, usual_server: PrivateOrthanc
) -> None:
    old = seen(client)
    for file in (usual_server.folder / "storage").glob("??/??/*"):
        file.unlink()  # from the server's disk
    usual_server.restart()  # it has them in its memory
    with pytest.raises(ServerError, match="did not correct the study") as told:
        editing.correct(client, old, {"StudyID": "9"}, replace=True)
    assert "as it was" in told.value.hint
    assert old.orthanc_id in client.get_json("/studies")
    assert client.get_json(f"/studies/{old.orthanc_id}/statistics")["CountInstances"] == 6


def test_a_cancelled_correction_leaves_the_study(
    client: OrthancClient, usual_server: PrivateOrthanc, tmp_path: Path
) -> None:
    usual_server.store(*write_small_instances(tmp_path / "many", 400))
    (many,) = [one for one in studies(client) if one.instances == 400]
    token = CancelToken()
    with pytest.raises(OperationCancelled):
        stop: Any = {"progress": lambda _: token.cancel(), "token": token}
        editing.correct(client, many, {"StudyID": "9"}, replace=True, **stop)
    assert many in studies(client)
    assert sorted(one.instances for one in studies(client)) == [6, 400]


def test_the_command_line_asks_for_the_patients_id(
    client: OrthancClient, usual_server: PrivateOrthanc, tmp_path: Path
) -> None:
    line = CommandLine(tmp_path / "home")
    login = ("--user", usual_server.user, "--fingerprint", usual_server.fingerprint)
    assert line.run("profile", "add", "lab", usual_server.rest_url, *login).code == 0

    def run(*words: object) -> Any:
        return line.run(*words, "--password-stdin", stdin=usual_server.password + "\n")

    uid = seen(client).uid
    wrong = run("delete", uid, "--confirm", "PAT0013")
    assert wrong.code == 2 and "nothing was deleted" in wrong.err and "6 instances" in wrong.err
    assert run("modify", uid, "--set", "PatientSex=female", "--keep-source").code == 2
    kept = run("modify", uid, "--set", "StudyDescription=Tórax", "--keep-source", "--json")
    assert kept.code == 0 and kept.data["after"]["description"] == "Tórax", kept.out
    assert run("delete", kept.data["after"]["uid"], "--confirm", "PAT0012").code == 0
    name = ("--set", "PatientName=Ruiz^Ana", "--replace-source", "--confirm", "PAT0012", "--json")
    replaced = run("modify", uid, *name)
    assert replaced.code == 0 and replaced.data["replaced"], replaced.err
    series = seen(client, "Series").uid
    typed = {"assword": usual_server.password, "Type PAT0012": "PAT0012"}
    told = line.on_terminal("delete", series, answers=typed)
    assert (told.code, client.get_json("/studies")) == (0, []), told.out
    events = line.run("audit", "--json").data["events"]
    assert [(one["event"], one["outcome"]) for one in events] == [
        *(("modify", "done"), ("delete", "done"), ("modify", "done"), ("delete", "done"))
    ]
    assert events[2]["attributes"] == ["PatientName"] and events[2]["replaced"]
    assert "Ruiz" not in json.dumps(events)


def test_the_worker_looks_deletes_and_corrects(
    client: OrthancClient, usual_server: PrivateOrthanc, tmp_path: Path
) -> None:
    (tmp_path / "worker").mkdir()
    with Process(tmp_path / "worker") as worker:
        server = {"profile": client.profile.to_dict(), "password": usual_server.password}
        study = ["Study", seen(client).orthanc_id]
        thing = worker.ask(1, "editing.look", **server, resource=study)["result"]
        assert ServerThing.from_dict(thing) == seen(client)
        change = {"thing": thing, "attributes": {"StudyID": "9"}, "replace": True}
        said = worker.ask(2, "editing.modify", **server, **change)["result"]
        assert said["replaced"] and said["notes"] == []
        gone = worker.ask(3, "editing.delete", **server, thing=thing)
        assert "no longer" in json.dumps(gone["error"])
        assert worker.ask(4, "editing.delete", **server, thing=said["study"])["result"] == {}
    assert client.get_json("/studies") == []


@pytest.mark.parametrize(("cancels", "state"), [(0, "Running"), (1, "Running"), (0, "x" * 9)])
def test_a_job_that_does_not_go_on_is_given_up(
    client: OrthancClient, usual_server: PrivateOrthanc, monkeypatch: Any, cancels: int, state: str
) -> None:
    """So is one that does not end when it is cancelled."""
    monkeypatch.setattr(editing, "ENDING" if cancels else "STALLED", 0.2)
    token, told = CancelToken(), []

    def lie(request: Request) -> Any:
        told.append(request.path.rpartition("/")[2] if request.method == "POST" else "")
        if request.method == "GET" and request.path.startswith("/jobs/"):
            if cancels:
                token.cancel()
            name = request.path.rpartition("/")[2]
            return Answer.of_json({"ID": name, "State": state, "Progress": 5})
        return None

    before = seen(client)
    kind = OperationCancelled if cancels else ServerError
    with LyingServer(usual_server, lie) as liar:
        profile = server_profile(usual_server, rest_url=liar.url)
        with OrthancClient(profile, Credentials(usual_server.user, usual_server.password)) as his:
            with pytest.raises(kind):
                wanted = checked_correction({"StudyDescription": "x"})
                editing.correct(his, before, wanted, replace=True, token=token)
    assert ("cancel" in told) is (state == "Running")
    assert before.orthanc_id in client.get_json("/studies")
