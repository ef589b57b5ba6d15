"""Attacks on a retrieve: a server, a disk and a stranger that give another content than asked for.

Each asserts what is right. What is marked does not hold yet, for the reason that stands there.
"""

from __future__ import annotations

import threading
import time
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

from Support.data.dicom import write_slice
from Support.scenarios.field import WorkingLine, given, kill, wrong_today
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
    return request.path.startswith("/instances/") and request.path.endswith("/file")


def login_page(_truth: Answer) -> Answer:
    return Answer(200, b"<html>log in</html>", {"Content-Type": "text/html"})


def shortened(truth: Answer) -> Answer:
    return Answer(200, truth.body[:-100])


def closed_early(truth: Answer) -> Answer:
    return Answer(raw=[b"HTTP/1.0 200 OK\r\n\r\n" + truth.body[:-100]])


def of_another_patient(truth: Answer) -> Answer:
    return Answer(200, truth.body.replace(PATIENT.encode(), b"OTTO"))


@wrong_today("any body counts as the instance, and as verified")
@pytest.mark.parametrize("lie", [login_page, shortened, closed_early, of_another_patient])
def test_only_the_instance_itself_is_verified(
    orthanc: PrivateOrthanc, sources: List[Path], tmp_path: Path, lie: Callable[[Answer], Answer]
) -> None:
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


# Two patients with the same UIDs ------------------------------------------------------------------


@wrong_today("instances are told apart by SOP Instance UID alone, whosever they are")
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
    assert (said.code, owners, said.data["verified"]) == (0, [PATIENT], 1)


# What is in the folder ----------------------------------------------------------------------------


def place_of(output: Path, source: Path) -> Path:
    """Where a retrieve puts an instance."""
    dataset = pydicom.dcmread(source)
    folder = output / str(dataset.StudyInstanceUID) / str(dataset.SeriesInstanceUID)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{dataset.SOPInstanceUID}.dcm"


@wrong_today("a file that is there counts as verified by its size, not by its content")
def test_a_file_of_zeros_is_not_verified(
    orthanc: PrivateOrthanc, sources: List[Path], tmp_path: Path
) -> None:
    place = place_of(tmp_path / "output", sources[0])
    place.write_bytes(bytes(sources[0].stat().st_size))
    retrieve(WorkingLine.of(tmp_path, orthanc), tmp_path / "output")
    assert place.read_bytes() == sources[0].read_bytes()


@wrong_today("an unfinished file that vanishes while the folder is listed ends the listing")
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


@wrong_today("what a killed run had begun to write stays for a day")
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

    def __init__(self, forged: Path, storage_port: int) -> None:
        self.asked = False
        self._forged, self._storage_port = pydicom.dcmread(forged), storage_port
        entity = AE("IMPOSTOR")
        entity.add_supported_context(PatientRootQueryRetrieveInformationModelMove)
        entity.add_supported_context(StudyRootQueryRetrieveInformationModelMove)
        handlers: Any = [(evt.EVT_C_MOVE, self._on_move)]
        self._server: Any = entity.start_server(("127.0.0.1", 0), False, evt_handlers=handlers)
        self.port: int = self._server.server_address[1]

    def _on_move(self, _event: Any) -> Iterator[Any]:
        self.asked = True
        stranger = AE("STRANGER")
        stranger.add_requested_context(CTImageStorage, ExplicitVRLittleEndian)
        association = stranger.associate("127.0.0.1", self._storage_port, ae_title="WHOEVER")
        if association.is_established:
            association.send_c_store(self._forged)
            association.release()
        yield None, None  # the destination is not known

    def __enter__(self) -> Impostor:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()


@wrong_today("the listener takes instances from any AE title and any address, and verifies them")
def test_a_stranger_can_not_put_an_instance_in_place(
    orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    source = write_slice(tmp_path / "true.dcm", PATIENT, fill=1)
    forged = write_slice(tmp_path / "forged.dcm", PATIENT, fill=2)
    orthanc.store(source)
    with Impostor(forged, orthanc.storage_port) as impostor:
        changes: Dict[str, Any] = {"dicom_port": impostor.port, "called_ae_title": "IMPOSTOR"}
        line = WorkingLine.of(tmp_path, orthanc, **changes)
        retrieve(line, tmp_path / "output", "C-MOVE")
    given(impostor.asked, "there was a C-MOVE")
    (brought,) = [pydicom.dcmread(path) for path in (tmp_path / "output").rglob("*.dcm")]
    assert isinstance(brought, Dataset)
    assert brought.PixelData[:1] == b"\1"
