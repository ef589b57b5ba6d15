"""Each kind of result on its whole way: from the disk to its study on Orthanc, and back."""

from __future__ import annotations

import signal
import subprocess
import threading
from pathlib import Path
from typing import Any, Sequence

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from OrthancConnectCore import audit
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.results import kept, listing, segmentation, tree, volume
from OrthancConnectCore.results.fetch import fetch
from OrthancConnectCore.results.send import send
from OrthancConnectCore.shared.errors import InputError, RequestTimeoutError
from Support.data.drawn import (
    GEOMETRIES,
    drawing_in,
    segment,
    series_of,
    split_in,
    voxels_in_space,
    written,
)
from Support.process.worker import Process
from Support.scenarios.doctor_cases import server_profile
from Support.scenarios.field import WorkingLine
from Support.scenarios.results import (
    ImpatientToken,
    client_of,
    keep,
    keep_line,
    keep_volume,
    listed,
    sent,
)
from Support.servers.lying import LyingServer
from Support.servers.orthanc import PrivateOrthanc
from Support.servers.scripted import Answer, Request

SHAPE = (8, 40, 32)
#: Where each kind names what it replaces, by the standard.
NAMES_BEFORE = {
    "segmentation": "RelatedSeriesSequence",
    "contours": "PredecessorStructureSetSequence",
    "measurements": "PredecessorDocumentsSequence",
    "volume": "RelatedSeriesSequence",
}


def _imaged(
    server: PrivateOrthanc,
    folder: Path,
    geometry: str = "axial",
    shape: tuple[int, int, int] = SHAPE,
) -> list[Dataset]:
    """Make a series, and bring it to a server."""
    images = series_of(folder, geometry, shape)
    server.store(*(image.filename for image in images))
    return images


def _drawing(folder: Path, images: Sequence[Dataset], kind: str, seed: int) -> dict[str, Any]:
    """Write a drawing into a folder."""
    layer = np.random.default_rng(seed).integers(0, 3, SHAPE).astype(np.uint8)
    segments = [segment("肝臓", 1), segment("Bazo", 2)]
    return drawing_in(folder, images, [layer], segments, kind=kind)


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("kind", ["segmentation", "contours"])
def test_a_drawing_comes_back_as_it_went(
    kind: str, geometry: str, client: OrthancClient, usual_server: PrivateOrthanc, tmp_path: Path
) -> None:
    images = _imaged(usual_server, tmp_path / "series", geometry)
    there = tmp_path / "there"
    told = _drawing(there, images, kind, seed=1)
    [fate] = sent(client, keep(told, {"layer-0.raw": there / "layer-0.raw"})).fates
    [found] = listed(client, usual_server)
    assert (found.kind, found.series_instance_uid) == (kind, fate.series_instance_uid)
    back = fetch(client, found, tmp_path / "back")
    noted = audit.read()[0][-1]
    assert (noted["event"], noted["result"]) == ("retrieve", kind)
    assert noted["studies"] == [found.study_orthanc_id]
    assert voxels_in_space(tmp_path / "back", back) == voxels_in_space(there, told)
    for name in ("name", "type", "algorithm_type"):
        assert back["segments"][0][name] == told["segments"][0][name]
    assert (back["title"], back["author"]) == (told["title"], told["author"])
    assert back["source"]["series_instance_uid"] == told["source"]["series_instance_uid"]


@pytest.mark.parametrize("kind", NAMES_BEFORE)
def test_the_second_version_is_sound_and_names_the_first(
    kind: str, client: OrthancClient, usual_server: PrivateOrthanc, tmp_path: Path
) -> None:
    images = series_of(tmp_path / "series", "axial", SHAPE)
    paths = [Path(str(image.filename)) for image in images]
    usual_server.store(*paths)
    fates = []
    for seed in (1, 2):
        if kind == "measurements":
            name = keep_line(paths, name=f"L{seed}")
        elif kind == "volume":
            name = keep_volume(paths[seed:])
        else:
            folder = tmp_path / f"drawing{seed}"
            told = {**_drawing(folder, images, kind, seed), "series_number": None}
            name = keep(told, {"layer-0.raw": folder / "layer-0.raw"})
        fates += sent(client, name).fates
    first, second = listed(client, usual_server)
    assert (fates[1].replaces, second.version) == (first.series_instance_uid, 2)
    fetch(client, second, tmp_path / "back")
    files = sorted((tmp_path / "back").glob("*.dcm"))
    made = pydicom.dcmread(files[0])
    named = str(made[NAMES_BEFORE[kind]].value[0])
    assert first.series_instance_uid in named or kind == "contours"
    if kind == "contours":
        [before] = made.PredecessorStructureSetSequence
        [old] = usual_server.get_json(f"/series/{first.series_orthanc_id}")["Instances"]
        tags = usual_server.get_json(f"/instances/{old}/simplified-tags")
        assert before.ReferencedSOPInstanceUID == tags["SOPInstanceUID"]
    said = subprocess.run(["dciodvfy", str(files[0])], capture_output=True, text=True).stderr
    errors = [line for line in said.splitlines() if line.startswith("Error")]
    assert [line for line in errors if "99ORTHANCCONNECT" not in line] == []


@pytest.mark.parametrize("kind", ["segmentation", "contours"])
def test_it_waits_wherever_it_is_cancelled(
    kind: str, client: OrthancClient, usual_server: PrivateOrthanc, tmp_path: Path
) -> None:
    images = _imaged(usual_server, tmp_path / "series")
    told = _drawing(tmp_path / "there", images, kind, seed=1)
    name = keep(told, {"layer-0.raw": tmp_path / "there" / "layer-0.raw"})
    looks = 1
    while (cut := send(client, [name], token=ImpatientToken(looks))).receipt.cancelled:
        assert cut.receipt.stored == 0 and usual_server.count() == SHAPE[0]
        assert [one.result_id for one in kept.waiting()] == [name]
        looks += 7
    assert looks > 4 * SHAPE[0] and cut.receipt.stored == 1 and kept.waiting() == []


def _wait_until_drawn(process: subprocess.Popen[bytes]) -> None:
    """Wait until a process has a segmentation's voxels before it."""
    while "layer-0.raw" not in Path(f"/proc/{process.pid}/maps").read_text():
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.02)


@pytest.mark.parametrize("face", ["Ctrl-C", "the panel's Cancel"])
def test_a_cancel_ends_a_build(usual_server: PrivateOrthanc, tmp_path: Path, face: str) -> None:
    shape = (40, 512, 512)
    images = _imaged(usual_server, tmp_path / "series", shape=shape)
    layer = np.broadcast_to(np.arange(512) // 52 + 1, shape).astype(np.uint8)
    segments = [segment(f"{value}", value) for value in range(1, 11)]
    told = drawing_in(tmp_path / "drawing", images, [layer], segments)
    name = keep(told, {"layer-0.raw": tmp_path / "drawing" / "layer-0.raw"})
    stopped = threading.Event()

    def hold(request: Request) -> Any:
        if request.method == "POST" and request.path == "/instances":  # it was quicker
            assert stopped.wait(60)
            return Answer(503, b"", close=True)
        return None

    with LyingServer(usual_server, hold) as between:
        address = f"https://127.0.0.1:{between.port}"
        if face == "Ctrl-C":
            line = WorkingLine.of(tmp_path, usual_server, rest_url=address)
            with line.begin("results", "send", "--json") as process:
                _wait_until_drawn(process)
                process.send_signal(signal.SIGINT)
                stopped.set()
                said = line.end(process)
            assert said.code == 130
            receipt = said.data["receipt"]
        else:
            profile = server_profile(usual_server, rest_url=address).to_dict()
            params = {"profile": profile, "password": usual_server.password, "result_ids": [name]}
            with Process(tmp_path) as worker:
                worker.call("send", "results.send", **params)
                _wait_until_drawn(worker.process)
                worker.cancel("send")
                stopped.set()
                receipt = worker.read()["result"]["receipt"]
    assert receipt["cancelled"] is True and receipt["stored"] == 0
    assert [one.result_id for one in kept.waiting()] == [name]


@pytest.mark.parametrize("kind", ["SEG", "map"])
def test_a_result_in_several_files_is_listed_and_read(
    kind: str, client: OrthancClient, usual_server: PrivateOrthanc, tmp_path: Path
) -> None:
    images = _imaged(usual_server, tmp_path / "series")
    folder = tmp_path / "drawing"
    told = _drawing(folder, images, "segmentation", seed=1)
    build: Any = segmentation.build
    if kind == "map":
        np.arange(8 * 40 * 32, dtype="<f4").tofile(folder / "layer-0.raw")
        layer = {**told["layers"][0], "type": "float32", "unit": None, "quantity": None}
        told, build = {**told, "kind": "volume", "layers": [layer], "files": []}, volume.build
    (made,) = build(folder, told, images)
    parts = split_in(made, [slice(0, 3), slice(3, 99)])
    for number, part in enumerate(parts):
        usual_server.store(written(part, tmp_path / f"{number}.dcm"))
    [found] = listed(client, usual_server)
    assert (len(found.instances), found.is_map) == (2, kind == "map")
    back = fetch(client, found, tmp_path / "back")
    sizes = [layer["size"] for layer in back["layers"]]
    assert sizes[0] == [32, 40, 8] and back["notes"] == []


def test_many_results_are_listed_with_few_questions(
    usual_server: PrivateOrthanc, images: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with LyingServer(usual_server, lambda request: None) as between:
        with client_of(usual_server, rest_url=f"https://127.0.0.1:{between.port}") as client:
            sent(client, *(keep_line(images, origin=f"{number}") for number in range(4)))
            sent(client, keep_line(images, name="L2", origin="3"), mark_replaced=True)
            between.requests.clear()
            found = listed(client, usual_server)
            assert [one.replaced for one in found].count(True) == 1 and len(found) == 5
            asked = [one.path for one in between.requests]
            assert len(asked) <= 5 + 2 * len(found) and not any("5101" in path for path in asked)
            monkeypatch.setattr(listing, "MOST_SECONDS", -1.0)
            with pytest.raises(RequestTimeoutError, match="to tell the results of this study"):
                listed(client, usual_server)


def test_a_bottomless_report_asks_for_no_images(
    client: OrthancClient,
    usual_server: PrivateOrthanc,
    images: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tree, "DEEPEST", 6)  # Orthanc itself does not bear 70
    sent(client, keep_line(images))
    fetch(client, listed(client, usual_server)[0], tmp_path / "sound")
    report = pydicom.dcmread(tmp_path / "sound" / "00001.dcm")
    report.SeriesInstanceUID, report.SOPInstanceUID = "1.2.3", "1.2.4"
    for depth in range(8):  # pixels of an image, at the bottom
        node = Dataset()
        node.ValueType, node.ContentSequence = "CONTAINER" if depth else "SCOORD", []
        if depth:
            node.ContentSequence = report.ContentSequence
        report.ContentSequence = [node]
    report.file_meta.MediaStorageSOPInstanceUID = report.SOPInstanceUID
    report.save_as(tmp_path / "deep.dcm")
    usual_server.store(tmp_path / "deep.dcm")
    [deep] = [one for one in listed(client, usual_server) if not one.origin]
    with LyingServer(usual_server, lambda _request: None) as between:
        with client_of(usual_server, rest_url=f"https://127.0.0.1:{between.port}") as client:
            with pytest.raises(InputError, match="deeper than 6 levels"):
                fetch(client, deep, tmp_path / "deep")
    files = [one.path for one in between.requests if one.path.endswith("/file")]
    assert files == [f"/instances/{deep.instances[0]}/file"]
