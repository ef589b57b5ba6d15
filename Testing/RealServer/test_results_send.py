"""Results go to their study on a real Orthanc: known again there, never twice, never lost."""

from __future__ import annotations

import json
import os
import signal
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pydicom
import pytest

from OrthancConnectCore import audit
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.results import kept
from OrthancConnectCore.results.fetch import fetch
from OrthancConnectCore.results.send import Sending, send
from OrthancConnectCore.shared.errors import ConnectionFailedError, InputError
from OrthancConnectCore.shared.events import CancelToken
from OrthancConnectCore.shared.profile import ServerProfile
from Support.data.dicom import write_small_instances
from Support.scenarios.doctor_cases import closed_port
from Support.scenarios.field import WorkingLine
from Support.scenarios.results import (
    CREATED,
    SCENE,
    client_of,
    keep,
    keep_line,
    keep_scene,
    keep_volume,
    listed,
    record,
    sent,
    study_of,
)
from Support.servers.lying import LyingServer
from Support.servers.orthanc import PrivateOrthanc
from Support.servers.scripted import Answer, Request


def test_a_report_goes_home_once_and_a_changed_one_names_it(
    client: OrthancClient, usual_server: PrivateOrthanc, images: list[Path], tmp_path: Path
) -> None:
    sending = sent(client, keep_line(images))
    [fate], [row] = sending.fates, sending.rows
    assert (fate.outcome, fate.replaces) == ("sent", "")
    assert (row.outcome, row.verified) == ("arrived", True)
    assert (sending.receipt.stored, sending.receipt.verified) == (1, 1)

    again = sent(client, keep_line(images, created="2026-11-30T08:00:00+01:00", author="Other"))
    assert (again.fates[0].outcome, again.receipt.stored) == ("unchanged", 0)
    assert "the server has it already; nothing was sent" in again.receipt.notes[0]

    changed = sent(client, keep_line(images, name="L2"), mark_replaced=True)
    assert changed.fates[0].replaces == fate.series_instance_uid
    first, second = listed(client, usual_server)
    assert (first.replaced, second.replaced) == (True, False)
    assert (first.version, second.version, first.origin) == (1, 2, second.origin)
    assert (second.kind, second.title, second.author) == (
        *("measurements", "Lésion 肝", "Núria Pérez"),
    )
    assert second.time == CREATED[:19] and second.size > 1000

    got = fetch(client, second, tmp_path / "got")
    assert got["items"][0]["name"] == "L2" and got["origin"] == second.origin
    report = pydicom.dcmread(tmp_path / "got" / "00001.dcm")
    before = report.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0]
    assert before.SeriesInstanceUID == first.series_instance_uid

    back = sent(client, keep_line(images))  # as it was at first: a third one
    assert back.fates[0].replaces == second.series_instance_uid
    assert len(listed(client, usual_server)) == 3
    assert [event["event"] for event in audit.read()[0]].count("send") == 4


def test_patient_and_study_are_those_of_the_server(
    client: OrthancClient, usual_server: PrivateOrthanc, images: list[Path], tmp_path: Path
) -> None:
    for path in images:  # what is here was changed by somebody
        dataset = pydicom.dcmread(path)
        dataset.PatientName, dataset.StudyDescription = "Somebody^Else", "Typed"
        dataset.save_as(path)
    images[2].unlink()  # and one is not here
    sent(client, keep_line(images))
    [found] = listed(client, usual_server)
    fetch(client, found, tmp_path / "got")
    report = pydicom.dcmread(tmp_path / "got" / "00001.dcm")
    truth = usual_server.get_json(f"/studies/{study_of(usual_server)}")
    assert str(report.PatientName) == truth["PatientMainDicomTags"]["PatientName"]
    assert report.StudyDescription == truth["MainDicomTags"]["StudyDescription"]


def test_what_has_no_home_waits(
    client: OrthancClient, usual_server: PrivateOrthanc, images: list[Path], tmp_path: Path
) -> None:
    strangers = write_small_instances(tmp_path / "strangers", count=1, seed=7)
    more = write_small_instances(tmp_path / "more", count=6)
    segments = {"layers": [], "segments": []}
    cases = {
        keep_line([]): "belongs to no study",
        keep_line(strangers): "The server does not have the study",
        keep_line(more): "The server lacks 2 of the 6 images",
        keep(record("segmentation", images, **segments)): "has no segments",
    }
    sending = send(client, cases)
    assert sending.receipt.failed == len(cases) and sending.receipt.stored == 0
    for fate in sending.fates:
        assert fate.outcome == "failed" and cases[fate.result_id] in fate.reason
    assert {one.result_id for one in kept.waiting()} == set(cases)

    # Deleted after it was listed.
    usual_server.request("DELETE", f"/studies/{study_of(usual_server)}")
    for gone in (keep_line(images), keep_scene(images, SCENE)):
        assert "does not have the study" in send(client, [gone]).fates[0].reason


def test_one_result_is_sent_by_one_process(
    usual_server: PrivateOrthanc, images: list[Path], tmp_path: Path
) -> None:
    result_id = keep_scene(images, SCENE)
    arrived, go_on = threading.Event(), threading.Event()

    def hold(request: Request) -> None:
        if request.method == "PUT" and "/attachments/" in request.path:
            arrived.set()
            assert go_on.wait(30)

    with LyingServer(usual_server, hold) as between:
        outcome: list[Sending] = []
        address = f"https://127.0.0.1:{between.port}"
        with client_of(usual_server, rest_url=address) as first:
            thread = threading.Thread(target=lambda: outcome.append(send(first, [result_id])))
            thread.start()
            assert arrived.wait(30)
            with client_of(usual_server) as second:
                refused = send(second, [result_id]).fates[0]
            assert kept.waiting()[0].busy
            with pytest.raises(InputError, match="being sent"):
                kept.remove(result_id)
            go_on.set()
            thread.join()
    assert "being sent by another" in refused.reason
    assert outcome[0].fates[0].outcome == "sent" and kept.waiting() == []


def test_a_scene_in_dicom_is_a_series(
    client: OrthancClient, usual_server: PrivateOrthanc, images: list[Path], tmp_path: Path
) -> None:
    bundle = pydicom.dcmread(images[0])  # as Slicer's data bundle
    bundle.SOPClassUID = bundle.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    block = bundle.private_block(0xCADB, "3D Slicer Candygram", create=True)
    block.add_new(0x08, "UL", len(SCENE))
    block.add_new(0x10, "OB", SCENE)
    bundle.save_as(tmp_path / "bundle.dcm")
    told = record("scene", images, files=["bundle.dcm"])
    sent(client, keep(told, {"bundle.dcm": tmp_path / "bundle.dcm"}))
    [found] = listed(client, usual_server)
    assert (found.kind, found.number, len(found.instances)) == ("scene", 0, 1)
    got = fetch(client, found, tmp_path / "got")
    back = pydicom.dcmread(tmp_path / "got" / got["files"][0])
    assert back.private_block(0xCADB, "3D Slicer Candygram")[0x10].value == SCENE


@pytest.mark.parametrize("lie", ["dropped", "changed", "scene dropped"])
def test_what_is_acknowledged_is_looked_up(
    lie: str, usual_server: PrivateOrthanc, images: list[Path]
) -> None:
    result_id = keep_scene(images, SCENE) if "scene" in lie else keep_line(images)

    def answer(request: Request) -> Any:
        if lie == "scene dropped" and request.method == "PUT" and "/attach" in request.path:
            return Answer(body=b"{}")
        if lie == "changed" and request.path.endswith("/md5"):
            return Answer(body=b"0" * 32)
        if lie == "dropped" and request.path == "/instances":
            truth = between.truth(request)
            usual_server.request("DELETE", f"/instances/{json.loads(truth.body)['ID']}")
            return truth
        return None

    with LyingServer(usual_server, answer) as between:
        with client_of(usual_server, rest_url=f"https://127.0.0.1:{between.port}") as client:
            sending = send(client, [result_id])
    [fate] = sending.fates
    assert fate.outcome == "failed" and sending.receipt.verified == 0
    said = "other content" if lie == "changed" else "does not have it"
    assert said in fate.reason and [one.result_id for one in kept.waiting()] == [result_id]
    with client_of(usual_server) as client:
        sent(client, result_id)


def test_images_that_no_result_can_name_keep_no_other_result_here(
    client: OrthancClient, usual_server: PrivateOrthanc, images: list[Path], tmp_path: Path
) -> None:
    private = pydicom.dcmread(images[0])  # of a class that is none of the standard's
    private.SOPClassUID = private.file_meta.MediaStorageSOPClassUID = "1.3.12.2.1107.5.9.1"
    private.SeriesInstanceUID, private.SOPInstanceUID = "1.2.3", "1.2.4"
    private.file_meta.MediaStorageSOPInstanceUID = private.SOPInstanceUID
    private.save_as(tmp_path / "private.dcm")
    usual_server.store(tmp_path / "private.dcm")
    results = keep_line([tmp_path / "private.dcm"]), keep_scene(images, SCENE)
    refused, good = send(client, results).fates
    assert "No DICOM can be made of this result" in refused.reason and good.outcome == "sent"


def test_another_patients_file_is_not_taken(
    usual_server: PrivateOrthanc, images: list[Path], tmp_path: Path
) -> None:
    other = pydicom.dcmread(images[0])  # its UIDs, under another patient
    other.PatientID = "OTHER"
    other.save_as(tmp_path / "other.dcm")
    result_id, lies = keep_line(images), ["/file"]
    [image, *_] = usual_server.get_json("/instances")

    def lie(request: Request) -> Any:
        if request.path.endswith("/file") and "/file" in lies:
            return Answer(body=(tmp_path / "other.dcm").read_bytes())
        if request.path in lies:  # the images' record in the place of the result's
            return Answer.of_json({**json.loads(between.truth(request).body), "Instances": [image]})
        return None

    with LyingServer(usual_server, lie) as between:
        with client_of(usual_server, rest_url=f"https://127.0.0.1:{between.port}") as client:
            [fate] = send(client, [result_id], patience=0).fates
            assert "sent another instance" in fate.reason and usual_server.count() == len(images)
            lies.clear()
            sent(client, result_id)
            [found] = listed(client, usual_server)
            lies.append(f"/series/{found.series_orthanc_id}")
            with pytest.raises(ConnectionFailedError, match="sent another instance"):
                fetch(client, found, tmp_path / "got")


def test_an_image_that_is_gone_is_not_the_study(
    usual_server: PrivateOrthanc, images: list[Path]
) -> None:
    def lie(request: Request) -> Any:
        return Answer(404) if request.path.endswith("/file") else None

    with LyingServer(usual_server, lie) as between:
        with client_of(usual_server, rest_url=f"https://127.0.0.1:{between.port}") as client:
            [fate] = send(client, [keep_line(images)], patience=0).fates
    assert fate.outcome == "failed" and "does not have the study" not in fate.reason


def test_a_server_that_never_answers(tmp_path: Path, images: list[Path]) -> None:
    keep_line(images)
    with closed_port() as port:
        profile = ServerProfile("gone", f"https://127.0.0.1:{port}", user="somebody")
        line = WorkingLine(tmp_path, profile, "A-password-7311")
        said = line.ask("results", "send", "--wait", "0", "--json")
    assert said.code == 5 and len(kept.waiting()) == 1
    assert said.data["error"]["facts"]["receipt"]["failed"] == 1


def test_a_server_that_is_away_for_a_moment(
    usual_server: PrivateOrthanc, images: list[Path]
) -> None:
    refused: list[str] = []

    def refuse(request: Request) -> Any:
        name = f"{request.method} {request.path.rpartition('/')[0][-12:]}"
        if request.method in ("PUT", "POST") and refused.count(name) < 2:
            refused.append(name)
            return Answer(503, b"", close=True)
        return None

    with LyingServer(usual_server, refuse) as between:
        with client_of(usual_server, rest_url=f"https://127.0.0.1:{between.port}") as client:
            sending = sent(client, keep_line(images), keep_scene(images, SCENE))
    assert len(set(refused)) == 4 and sending.receipt.verified == 2
    assert [fate.outcome for fate in sending.fates] == ["sent", "sent"]


@pytest.mark.parametrize("keep_one", [keep_line, keep_volume, partial(keep_scene, content=SCENE)])
def test_what_was_stored_while_its_answer_was_lost_was_sent(
    keep_one: Any, usual_server: PrivateOrthanc, images: list[Path]
) -> None:
    lost: list[bytes] = []

    def lose(request: Request) -> Any:
        is_sent = request.path == "/instances" or "/attachments/" in request.path
        if request.method in ("POST", "PUT") and is_sent and request.body not in lost:
            between.truth(request)
            lost.append(request.body)
            return Answer(close=True, cut_after=0)
        return None

    with LyingServer(usual_server, lose) as between:
        with client_of(usual_server, rest_url=f"https://127.0.0.1:{between.port}") as client:
            sending = sent(client, keep_one(images))
            again = sent(client, keep_one(images))
    scenes = [one for one in between.requests if one.body and "/attachments/" in one.path]
    assert len(scenes) <= 1  # two gigabytes are not sent twice
    receipt = sending.receipt
    assert sending.fates[0].outcome == "sent" and receipt.notes == []
    assert receipt.stored == receipt.verified == receipt.expected == len(lost) > 0
    assert receipt.bytes >= sum(map(len, lost))
    assert again.fates[0].outcome == "unchanged" and "nothing was sent" in again.receipt.notes[0]


def test_a_cancelled_sending_waits(usual_server: PrivateOrthanc, images: list[Path]) -> None:
    result_id, token = keep_scene(images, SCENE), CancelToken()

    def cancel(request: Request) -> None:
        if request.method == "PUT" and "/metadata/" in request.path:
            token.cancel()  # so that it ends within the file's bytes

    with LyingServer(usual_server, cancel) as between:
        with client_of(usual_server, rest_url=f"https://127.0.0.1:{between.port}") as client:
            sending = send(client, [result_id, keep_line(images)], token=token)
    assert not any("/attachments/" in one.path and one.body for one in between.requests)
    assert sending.receipt.cancelled and sending.receipt.stored == 0
    assert [fate.result_id for fate in sending.fates] == [result_id]
    assert len(kept.waiting()) == 2
    assert audit.read()[0][-1]["outcome"] == "cancelled"
    with client_of(usual_server) as client:
        sent(client, *(one.result_id for one in kept.waiting()))


def test_a_volume_that_was_cut_goes_on_where_it_was(
    usual_server: PrivateOrthanc, images: list[Path], tmp_path: Path
) -> None:
    result_id = keep_volume(images)
    running: list[int] = []
    stored: list[bytes] = []

    def kill(request: Request) -> Any:
        if request.method != "POST" or request.path != "/instances":
            return None
        stored.append(request.body)
        answer = between.truth(request)
        if len(stored) == 3:
            os.kill(running.pop(), signal.SIGKILL)
        return answer

    with LyingServer(usual_server, kill) as between:
        address = f"https://127.0.0.1:{between.port}"
        line = WorkingLine.of(tmp_path, usual_server, rest_url=address)
        process = line.start("results", "send", "--password-stdin")
        running.append(process.pid)
        process.communicate(usual_server.password.encode() + b"\n", timeout=60)
        assert usual_server.count() == len(images) + 3
        with client_of(usual_server, rest_url=address) as client:
            sending = sent(client, result_id)
            assert len(stored) == len(images)  # none of them twice
            assert (sending.receipt.stored, sending.receipt.already_stored) == (1, 3)
            assert sending.receipt.verified == 4 and usual_server.count() == 8
            assert sent(client, keep_volume(images)).fates[0].outcome == "unchanged"
            [found] = listed(client, usual_server)
    assert (found.kind, len(found.instances)) == ("volume", 4)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("what", ["PUT /attachments/", "PUT /metadata/", "POST /instances"])
def test_killed_in_the_middle_it_waits_and_is_sent_once(
    what: str, after: bool, usual_server: PrivateOrthanc, images: list[Path], tmp_path: Path
) -> None:
    method, part = what.split()
    result_id = keep_line(images) if method == "POST" else keep_scene(images, SCENE)
    running: list[int] = []

    def kill(request: Request) -> Any:
        if request.method == method and part in request.path and running:
            answer = between.truth(request) if after else Answer(close=True, cut_after=0)
            os.kill(running.pop(), signal.SIGKILL)
            return answer
        return None

    with LyingServer(usual_server, kill) as between:
        address = f"https://127.0.0.1:{between.port}"
        line = WorkingLine.of(tmp_path, usual_server, rest_url=address)
        process = line.start("results", "send", "--password-stdin")
        running.append(process.pid)
        process.communicate(usual_server.password.encode() + b"\n", timeout=60)
        assert process.returncode == -signal.SIGKILL
        [one] = kept.waiting()
        assert (one.result_id, one.busy, one.fault) == (result_id, False, "")
        said = line.run("results", "send", "--json", "--password-stdin", stdin=line.password)
    assert said.code == 0, said.err
    was_there = after and part != "/metadata/"
    assert said.data["results"][0]["outcome"] == ("unchanged" if was_there else "sent")
    assert said.data["receipt"]["verified"] == 1 and kept.waiting() == []
    with client_of(usual_server) as client:
        assert len(listed(client, usual_server)) == 1


def test_a_server_without_rights_or_room_says_so_and_the_result_waits(tmp_path: Path) -> None:
    images = write_small_instances(tmp_path / "images", count=2)
    script = tmp_path / "readonly.lua"
    script.write_text(
        "allowed = true\nfunction IncomingHttpRequestFilter(method, uri, ip, username, headers)\n"
        "  return method == 'GET' or uri == '/tools/find' or username == ''\nend\n"
    )
    with PrivateOrthanc({"LuaScripts": [str(script)]}, plugins=False) as server:
        server.restart(LuaScripts=[])
        server.store(*images)
        server.restart(LuaScripts=[str(script)])
        ids = [keep_line(images), keep_scene(images, SCENE)]
        with client_of(server) as client:
            fates = send(client, ids).fates
        assert all("may not do that" in fate.reason for fate in fates), fates
        server.restart(LuaScripts=[], MaximumStorageSize=1, MaximumStorageMode="Reject")
        large = keep_scene(images, os.urandom(2_000_000), origin="large")
        with client_of(server) as client:
            full = send(client, [large]).fates[0]
    assert "storage is full" in full.reason
    assert {one.result_id for one in kept.waiting()} == {*ids, large}
