"""Scenes that a real Orthanc keeps with a study, beside its DICOM instances."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.results import kept, scene
from OrthancConnectCore.results.fetch import fetch
from OrthancConnectCore.results.listing import results_of
from OrthancConnectCore.results.send import send
from Support.data.dicom import write_small_instances
from Support.scenarios.results import (
    CREATED,
    SCENE,
    client_of,
    keep,
    keep_scene,
    listed,
    record,
    sent,
    study_of,
)
from Support.servers.lying import LyingServer
from Support.servers.orthanc import PrivateOrthanc
from Support.servers.scripted import Answer, Request


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


def test_a_scene_of_the_year_one_is_loaded(
    client: OrthancClient, usual_server: PrivateOrthanc, images: list[Path], tmp_path: Path
) -> None:
    sent(client, keep_scene(images, SCENE))
    [found] = listed(client, usual_server)
    back = fetch(client, replace(found, time="0001-01-01T00:00:00"), tmp_path / "got")
    assert back["created"].startswith("1970")


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
