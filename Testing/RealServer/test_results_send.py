"""Results go to their study on a real Orthanc: known again there, never twice, never lost."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
from pathlib import Path
from typing import Any, Iterator

import pydicom
import pytest

from OrthancConnectCore import audit
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.results import kept, scene
from OrthancConnectCore.results.fetch import fetch
from OrthancConnectCore.results.listing import results_of
from OrthancConnectCore.results.send import Sending, send
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.events import CancelToken
from OrthancConnectCore.shared.results import StudyResult
from Support.data.dicom import write_small_instances
from Support.scenarios.doctor_cases import server_profile
from Support.scenarios.field import WorkingLine
from Support.scenarios.results import CREATED, keep, keep_line, keep_scene, keep_volume, record
from Support.servers.lying import LyingServer
from Support.servers.orthanc import PrivateOrthanc
from Support.servers.scripted import Answer, Request

SCENE = b"PK" + bytes(range(256)) * 400


@pytest.fixture
def images(usual_server: PrivateOrthanc, tmp_path: Path) -> list[Path]:
    files = write_small_instances(tmp_path / "images", count=4)
    usual_server.store(*files)
    return files


@pytest.fixture
def client(usual_server: PrivateOrthanc) -> Iterator[OrthancClient]:
    with client_of(usual_server) as client:
        yield client


def client_of(server: PrivateOrthanc, **changes: Any) -> OrthancClient:
    profile = server_profile(server, **changes)
    return OrthancClient(profile, Credentials(server.user, server.password))


def study_of(server: PrivateOrthanc) -> str:
    [study] = server.get_json("/studies")
    return str(study)


def sent(client: OrthancClient, *result_ids: str, **options: Any) -> Sending:
    sending = send(client, result_ids, **options)
    assert sending.receipt.failed == 0, sending.receipt.problems
    assert kept.waiting() == []
    return sending


def listed(client: OrthancClient, server: PrivateOrthanc) -> list[StudyResult]:
    return results_of(client, study_of(server))


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


def test_scenes_are_kept_side_by_side_for_any_program(
    client: OrthancClient, usual_server: PrivateOrthanc, images: list[Path], tmp_path: Path
) -> None:
    numbers = [
        sent(client, keep_scene(images, SCENE + bytes([one]))).fates[0].number for one in b"abc"
    ]
    assert len(set(numbers)) == 3
    assert sent(client, keep_scene(images, SCENE + b"a")).fates[0].outcome == "unchanged"

    study = f"/studies/{study_of(usual_server)}"
    entry = usual_server.get_json(f"{study}/metadata/{numbers[1]}")
    data = usual_server.request("GET", f"{study}/attachments/{numbers[1]}/data")
    assert data == SCENE + b"b" and entry["size"] == len(data)
    assert entry["sha256"] == hashlib.sha256(data).hexdigest()
    assert (entry["author"], entry["time"], entry["name"]) == ("Núria Pérez", CREATED, "scene.mrb")

    found = {one.number: one for one in listed(client, usual_server)}
    assert set(found) == set(numbers)
    assert sorted(one.version for one in found.values()) == [1, 2, 3]
    record_of = fetch(client, found[numbers[2]], tmp_path / "got")
    assert (tmp_path / "got" / record_of["file"]).read_bytes() == SCENE + b"c"


def _of_one_number(count: int) -> list[bytes]:
    """Return scenes that begin with the same number."""
    found: dict[int, list[bytes]] = {}
    for nonce in range(200_000):
        content = SCENE[:100] + nonce.to_bytes(4, "big")
        number = int(hashlib.sha256(content).hexdigest()[:8], 16) % scene.COUNT
        same = found.setdefault(number, [])
        same.append(content)
        if len(same) == count:
            return same
    raise AssertionError("no such scenes")


@pytest.mark.parametrize("checks", [False, True])
def test_scenes_sent_at_once_get_numbers_of_their_own(checks: bool, tmp_path: Path) -> None:
    images = write_small_instances(tmp_path / "images", count=1)
    with PrivateOrthanc({"CheckRevisions": checks}, plugins=False) as server:
        server.store(*images)
        contents = _of_one_number(4)
        ids = [keep_scene(images, content, origin=str(n)) for n, content in enumerate(contents)]
        fates: list[Any] = []

        def run(*result_ids: str) -> None:
            with client_of(server) as client:
                fates.extend(send(client, result_ids).fates)

        if checks:
            threads = [threading.Thread(target=run, args=(one,)) for one in ids]
            for one in threads:
                one.start()
            for one in threads:
                one.join()
        else:  # nothing guards the same moment, but what was there before
            run(*ids)
        assert [fate.reason for fate in fates if fate.outcome != "sent"] == []
        study = f"/studies/{study_of(server)}"
        there = {server.request("GET", f"{study}/attachments/{fate.number}/data") for fate in fates}
    assert there == set(contents)


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


def test_a_scene_of_three_gigabytes_is_refused_unread(
    client: OrthancClient, images: list[Path]
) -> None:
    size = 3 * 10**9
    facts = {"file": "scene.mrb", "size": size, "sha256": "0" * 64}
    result_id = keep(record("scene", images, **facts), {"scene.mrb": b""})
    with open(kept.waiting()[0].folder / "scene.mrb", "r+b") as stream:
        stream.truncate(size)
    before = _bytes_read()
    [fate] = send(client, [result_id]).fates
    assert "3.0 GB, and Orthanc keeps attachments of up to 2 GB" in fate.reason
    assert _bytes_read() - before < 10_000_000
    assert [one.result_id for one in kept.waiting()] == [result_id]


def _bytes_read() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(lines[0].split()[1])


def test_the_limit_of_a_web_server_is_named(tmp_path: Path) -> None:
    images = write_small_instances(tmp_path / "images", count=1)

    def limit(text: str) -> str:
        assert "client_max_body_size 0;" in text
        return text.replace("client_max_body_size 0;", "client_max_body_size 50k;")

    with PrivateOrthanc(plugins=False, edit_nginx=limit) as server:
        server.store(*images)
        with client_of(server) as client:
            [fate] = send(client, [keep_scene(images, SCENE)]).fates
            assert results_of(client, study_of(server)) == []
    assert "takes no scene of 0 MB (HTTP 413)" in fate.reason
    assert "client_max_body_size" in fate.hint and len(kept.waiting()) == 1


_LIES = {
    "index without end": ("/metadata?expand", json.dumps({"5200": "x" * 20_000_000}).encode()),
    "index of other things": (
        "/metadata?expand",
        json.dumps(
            {str(one): '{"format": 1, "name": 3}' for one in range(5200, 65200, 60)}
        ).encode(),
    ),
    "scene with other bytes": ("/data", SCENE[::-1]),
    "scene that is longer": ("/data", SCENE * 2),
    "scene that is cut": ("/data", SCENE[:-1]),
}


@pytest.mark.parametrize("name", _LIES)
def test_a_server_that_lies_of_scenes(
    name: str,
    client: OrthancClient,
    usual_server: PrivateOrthanc,
    images: list[Path],
    tmp_path: Path,
) -> None:
    sent(client, keep_scene(images, SCENE))
    [told] = listed(client, usual_server)
    part, body = _LIES[name]

    def lie(request: Request) -> Any:
        return Answer(body=body) if request.path.endswith(part) else None

    with LyingServer(usual_server, lie) as liar:
        with client_of(usual_server, rest_url=f"https://127.0.0.1:{liar.port}") as client:
            if part == "/data":
                with pytest.raises(Exception, match="another content|more than"):
                    fetch(client, told, tmp_path / "got")
                assert list((tmp_path / "got").iterdir()) == []
            elif "end" in name:
                with pytest.raises(Exception, match="more than 16 MB"):
                    listed(client, usual_server)
            else:
                assert listed(client, usual_server) == []
