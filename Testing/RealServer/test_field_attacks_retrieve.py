"""Attacks on a retrieve: a server, a disk and a stranger that give another content than asked for.

Each asserts what is right.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    PatientRootQueryRetrieveInformationModelMove,
    StudyRootQueryRetrieveInformationModelMove,
)

from OrthancConnectCore.dimse import listener
from OrthancConnectCore.orthanc import records
from Support.data.dicom import write_slice
from Support.scenarios.field import WorkingLine, given, kill
from Support.servers.lies import Liar
from Support.servers.lying import LyingServer
from Support.servers.orthanc import PrivateOrthanc
from Support.servers.scripted import Answer, Request

PATIENT = "ANNA"


def retrieve(line: WorkingLine, output: Path, method: str = "HTTPS") -> Any:
    return line.ask("retrieve", "--patient", PATIENT, "-o", output, "--method", method, "--json")


def contents(folder: Path) -> List[bytes]:
    return [path.read_bytes() for path in folder.rglob("*.dcm")]


@pytest.fixture
def sources(tmp_path: Path, orthanc: PrivateOrthanc) -> List[Path]:
    """Three instances, stored."""
    files = [write_slice(tmp_path / f"{number}.dcm", PATIENT, number) for number in range(3)]
    orthanc.store(*files)
    return files


# A server that lies -------------------------------------------------------------------------------


def is_file(request: Request) -> bool:
    return request.path.startswith("/instances/") and request.path.endswith("/dicom/data")


def login_page(_truth: Answer) -> Answer:
    return Answer(200, b"<html>log in</html>", {"Content-Type": "text/html"})


def shortened(truth: Answer) -> Answer:
    return Answer(200, truth.body[:-100])


def closed_early(truth: Answer) -> Answer:
    return Answer(raw=[b"HTTP/1.0 200 OK\r\n\r\n" + truth.body[:-100]])


def of_another_patient(truth: Answer) -> Answer:
    return Answer(200, truth.body.replace(PATIENT.encode(), b"OTTO"))


@pytest.mark.parametrize("lie", [login_page, shortened, closed_early, of_another_patient])
def test_only_the_instance_itself_is_verified(
    orthanc: PrivateOrthanc,
    sources: List[Path],
    tmp_path: Path,
    lie: Callable[[Answer], Answer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("OrthancConnectCore.orthanc.retry.PAUSES", (0.01,) * 4)

    def answer(request: Request) -> Any:
        return lie(server.truth(request)) if is_file(request) else None

    with LyingServer(orthanc, answer) as server:
        line = WorkingLine.of(tmp_path, orthanc, rest_url=server.url)
        said = retrieve(line, tmp_path / "output")
    given(any(is_file(request) for request in server.requests), "a file was asked for")
    true = {path.read_bytes() for path in sources}
    right = sum(content in true for content in contents(tmp_path / "output"))
    assert said.data.get("verified", 0) == right
    assert (said.code == 0) == (right == len(sources))


@pytest.mark.parametrize("body", ["[1,2]", "[null]", '"x"', "null", "[{}]"])
@pytest.mark.usefixtures("sources")
def test_a_list_of_another_type_is_told(orthanc: PrivateOrthanc, tmp_path: Path, body: str) -> None:
    def answer(request: Request) -> Any:
        if request.path == "/tools/bulk-content":
            return Answer(404)
        return Answer(200, body.encode()) if request.path.startswith("/series/") else None

    with LyingServer(orthanc, answer) as server:
        line = WorkingLine.of(tmp_path, orthanc, rest_url=server.url)
        said = retrieve(line, tmp_path / "output")
    given(said.code != 0, said)
    assert "foresee" not in said.out + said.err


def test_an_instance_that_the_server_only_lists_is_a_row(
    orthanc: PrivateOrthanc, sources: List[Path], tmp_path: Path
) -> None:
    """A whole answer with the bytes of the next instance, as of a confused cache."""

    def answer(request: Request) -> Any:
        if not is_file(request):
            return None
        first = sorted(orthanc.get_json("/instances"))[0]
        return server.truth(replace(request, path=f"/instances/{first}/attachments/dicom/data"))

    with LyingServer(orthanc, answer) as server:
        line = WorkingLine.of(tmp_path, orthanc, rest_url=server.url)
        said = retrieve(line, tmp_path / "output")
    assert (said.code, said.data["verified"], said.data["failed"]) == (1, 1, 2)
    assert {row["reason"] for row in said.data["problems"]} == {"The server sent another instance."}


@pytest.mark.usefixtures("sources")
def test_what_is_listed_twice_is_counted_once(orthanc: PrivateOrthanc, tmp_path: Path) -> None:
    with Liar(orthanc) as server:
        server.tell("POST /tools/bulk-content", "twice")
        line = WorkingLine.of(tmp_path, orthanc, rest_url=server.url)
        said = retrieve(line, tmp_path / "output")
    assert (said.data["expected"], said.data["verified"]) == (3, 3) and said.code == 0


@pytest.mark.parametrize("is_new", [False, True])
def test_a_list_whose_pages_do_not_end(
    orthanc: PrivateOrthanc,
    sources: List[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_new: bool,
) -> None:
    """The same page for ever is the end; new ones are told."""
    monkeypatch.setattr(records, "_MOST_PAGES", 5)

    def answer(request: Request) -> Any:
        if request.path == "/tools/find":
            return Answer(403)
        if not request.path.startswith("/studies?"):
            return None
        records = json.loads(server.truth(replace(request, path="/studies?expand")).body)
        names = {"ID": f"{len(server.requests):08x}" * 5} if is_new else {}
        return Answer.of_json([{**record, **names} for record in records])

    study = str(pydicom.dcmread(sources[0]).StudyInstanceUID)
    with LyingServer(orthanc, answer) as server:
        line = WorkingLine.of(tmp_path, orthanc, rest_url=server.url)
        said = line.ask("retrieve", "--study", study, "-o", tmp_path / "o", "--method", "HTTPS")
    assert (said.code != 0) == is_new == ("does not end: 5 came" in said.err), said


# Two patients with the same UIDs ------------------------------------------------------------------


@pytest.mark.parametrize("method", ["HTTPS", "C-GET", "C-MOVE"])
def test_no_other_patients_instance_is_brought(
    orthanc: PrivateOrthanc, tmp_path: Path, method: str
) -> None:
    uids = {"StudyInstanceUID": "1.2.826.5.1", "SeriesInstanceUID": "1.2.826.5.1.1"}
    for owner in (PATIENT, "BERTA"):
        path = tmp_path / f"{owner}.dcm"
        fill = ord(owner[0])
        orthanc.store(write_slice(path, owner, fill=fill, SOPInstanceUID="1.2.826.5.1.1.1", **uids))
    given(orthanc.count() == 2, "two instances on the server")
    line = WorkingLine.of(tmp_path, orthanc)
    said = retrieve(line, tmp_path / "output", method)
    owners = [str(pydicom.dcmread(p).PatientID) for p in (tmp_path / "output").rglob("*.dcm")]
    assert (said.code, owners, said.data["stored"]) == (0, [PATIENT], 1)
    assert said.data["verified"] == (1 if method == "HTTPS" else 0)


# What is in the folder ----------------------------------------------------------------------------


def place_of(output: Path, source: Path) -> Path:
    """Where a retrieve puts an instance."""
    dataset = pydicom.dcmread(source)
    folder = output / str(dataset.StudyInstanceUID) / str(dataset.SeriesInstanceUID)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{dataset.SOPInstanceUID}.dcm"


def test_a_file_of_zeros_is_not_verified(
    orthanc: PrivateOrthanc, sources: List[Path], tmp_path: Path
) -> None:
    place = place_of(tmp_path / "output", sources[0])
    place.write_bytes(bytes(sources[0].stat().st_size))
    retrieve(WorkingLine.of(tmp_path, orthanc), tmp_path / "output")
    assert place.read_bytes() == sources[0].read_bytes()


def test_another_run_in_the_same_folder_hides_no_file(
    orthanc: PrivateOrthanc, sources: List[Path], tmp_path: Path
) -> None:
    output = tmp_path / "output"
    # What the other run takes away between the listing and the look at it: links to nothing.
    for number in range(20):
        place_of(output, sources[0]).with_name(f"1.2.{number}.1-0.part").symlink_to("gone")
    said = retrieve(WorkingLine.of(tmp_path, orthanc), output)
    given(len(contents(output)) == 3, "all files are there")
    assert (said.code, said.data["verified"], said.data["failed"]) == (0, 3, 0)


def test_nothing_unfinished_is_left_after_a_whole_retrieve(
    orthanc: PrivateOrthanc, sources: List[Path], tmp_path: Path
) -> None:
    output = tmp_path / "output"
    killed = threading.Event()

    def half(truth: Answer) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(truth.body)
        yield truth.body[: len(truth.body) // 2]
        killed.wait(20)

    def answer(request: Request) -> Any:
        return Answer(raw=half(server.truth(request))) if is_file(request) else None

    with LyingServer(orthanc, answer) as server:
        line = WorkingLine.of(tmp_path, orthanc, rest_url=server.url)
        process = line.begin("retrieve", "--patient", PATIENT, "-o", output, "--method", "HTTPS")
        deadline = time.monotonic() + 20
        while not list(output.rglob("*.part")) and time.monotonic() < deadline:
            time.sleep(0.01)
        kill(process)
        killed.set()
    given(bool(list(output.rglob("*.part"))), "the run was killed within a file")
    said = retrieve(WorkingLine.of(tmp_path, orthanc), output)
    given((said.code, len(contents(output))) == (0, len(sources)), said)
    assert list(output.rglob("*.part")) == []


# A stranger at the listener -----------------------------------------------------------------------


class Impostor:
    """A DICOM server that lets a stranger store a forged instance when it is asked for a C-MOVE."""

    def __init__(self, forged: Path, storage_port: int, address: str) -> None:
        self.asked = False
        self.statuses: List[int] = []
        self._address = address
        self._forged, self._storage_port = pydicom.dcmread(forged), storage_port
        entity = AE("IMPOSTOR")
        entity.add_supported_context(PatientRootQueryRetrieveInformationModelMove)
        entity.add_supported_context(StudyRootQueryRetrieveInformationModelMove)
        handlers: Any = [(evt.EVT_C_MOVE, self._on_move)]
        self._server: Any = entity.start_server(("127.0.0.1", 0), False, evt_handlers=handlers)
        self.port: int = self._server.server_address[1]

    def _on_move(self, _event: Any) -> Iterator[Any]:
        self.asked = True
        # One from the right place under another name, one under the right name.
        for title in ("STRANGER", "IMPOSTOR"):
            stranger = AE(title)
            stranger.add_requested_context(CTImageStorage, ExplicitVRLittleEndian)
            address = (self._address, 0)
            association = stranger.associate(
                "127.0.0.1", self._storage_port, ae_title="WHOEVER", bind_address=address
            )
            if association.is_established:
                self.statuses.append(association.send_c_store(self._forged).Status)
                association.release()
        yield None, None  # the destination is not known

    def __enter__(self) -> Impostor:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()


@pytest.mark.parametrize("owner", [PATIENT, "OTTO"])
def test_a_stranger_can_not_put_an_instance_in_place(
    orthanc: PrivateOrthanc, tmp_path: Path, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_slice(tmp_path / "true.dcm", PATIENT, fill=1)
    forged = write_slice(tmp_path / "forged.dcm", owner, fill=2)
    orthanc.store(source)
    # Another address of this computer would be the server's as well.
    monkeypatch.setattr(listener, "_is_ours", lambda _address: False)
    address = "127.0.0.1" if owner == "OTTO" else "127.0.0.2"
    with Impostor(forged, orthanc.storage_port, address) as impostor:
        changes: Dict[str, Any] = {"dicom_port": impostor.port, "called_ae_title": "IMPOSTOR"}
        line = WorkingLine.of(tmp_path, orthanc, **changes)
        said = retrieve(line, tmp_path / "output", "C-MOVE")
    given(impostor.asked, "there was a C-MOVE")
    (brought,) = [pydicom.dcmread(path) for path in (tmp_path / "output").rglob("*.dcm")]
    assert isinstance(brought, Dataset)
    assert brought.PixelData[:1] == b"\1"
    notes = " ".join(said.data["notes"])
    assert f"refused 1 instances from STRANGER at {address}" in notes
    # The server's own name and address do not help another patient's instance.
    assert impostor.statuses == [0x0124, 0xB007 if owner == "OTTO" else 0x0124]
