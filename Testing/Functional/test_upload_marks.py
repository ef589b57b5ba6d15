"""Labels and metadata of an upload, against a scripted Orthanc of any version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

import pytest

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.shared.events import CancelToken
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from OrthancConnectCore.shared.upload_options import UploadOptions
from OrthancConnectCore.upload.run import upload
from Support.data.certificates import TestCertificate, make_certificate
from Support.data.dicom import write_small_instances
from Support.servers.scripted import SYSTEM, Answer, Request, ScriptedServer
from Support.servers.shelf import Shelf


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> TestCertificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "own")


class LabellingOrthanc:
    """What Orthanc answers to an upload of two studies, and to labels and metadata."""

    def __init__(self, version: str, revisions: bool = True) -> None:
        self.version = version
        self.revisions = revisions
        self.kept: Dict[str, bytes] = {}
        self.puts: List[Tuple[str, bytes]] = []
        self.refuse: Dict[str, int] = {}
        self.shelf = Shelf()
        self._stored = 0

    def answer(self, request: Request) -> Answer:
        if request.path == "/system":
            return Answer.of_json({**SYSTEM, "Version": self.version})
        if request.path == "/instances":
            self._stored += 1
            self.shelf.keep(request.body)
            study = f"study-{self._stored % 2}"
            return Answer.of_json({"ID": "i", "ParentStudy": study, "Status": "Success"})
        if request.path == "/tools/find":
            return Answer.of_json([])
        if request.method == "PUT":
            self.puts.append((request.path, request.body))
            self.kept[request.path] = request.body
            status = next((code for word, code in self.refuse.items() if word in request.path), 200)
            return Answer.of_json({"Details": "no"}, status=status)
        if "/metadata/" in request.path:
            if request.path not in self.kept:
                return Answer.of_json({}, status=404)
            headers = {"ETag": '"0-x"'} if self.revisions else {}
            return Answer(200, self.kept[request.path], headers)
        return self.shelf.answer(request.path)


@pytest.fixture
def server(certificate: TestCertificate) -> Iterator[ScriptedServer]:
    with ScriptedServer(LabellingOrthanc("1.12.7").answer, certificate) as running:
        yield running


@pytest.fixture
def client(server: ScriptedServer, certificate: TestCertificate) -> Iterator[OrthancClient]:
    trust = TrustPolicy.pinned(certificate.fingerprint)
    with OrthancClient(ServerProfile("t", server.url, trust=trust, read_timeout=5)) as running:
        yield running


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_small_instances(tmp_path / "data", count=6)
    return tmp_path / "data"


OPTIONS = UploadOptions(labels=("teaching", "2026"), metadata=(("1024", "Núria's"),))


@pytest.mark.parametrize("version", ["1.12.0", "1.12.7", "2.0.1", "mainline"])
def test_each_study_is_marked_once(server, client, data: Path, version: str) -> None:
    orthanc = LabellingOrthanc(version)
    server.handler = orthanc.answer
    receipt = upload(client, data, options=OPTIONS)
    assert receipt.complete and receipt.stored == 6
    wanted = [
        (f"/studies/study-{number}/{what}", body)
        for number in (0, 1)
        for what, body in (
            ("labels/teaching", b""),
            ("labels/2026", b""),
            ("metadata/1024", "Núria's".encode()),
        )
    ]
    assert sorted(orthanc.puts) == sorted(wanted)
    assert "Labels and metadata put on 2 of 2 studies." in receipt.notes


@pytest.mark.parametrize("version", ["1.10.1", "1.11.3"])
def test_before_orthanc_has_labels_they_go_into_metadata(
    server, client, data: Path, version: str
) -> None:
    orthanc = LabellingOrthanc(version)
    server.handler = orthanc.answer
    assert upload(client, data, options=OPTIONS).complete
    wanted = [(f"/studies/study-{number}/metadata/5101", ["2026", "teaching"]) for number in (0, 1)]
    puts = [(path, json.loads(body)) for path, body in orthanc.puts if path.endswith("5101")]
    assert sorted(puts) == wanted and all("labels" not in path for path, _body in orthanc.puts)


def test_a_server_that_tells_no_revisions_loses_no_labels(server, client, data: Path) -> None:
    orthanc = LabellingOrthanc("1.9.1", revisions=False)
    orthanc.kept["/studies/study-1/metadata/5101"] = b'["old"]'
    server.handler = orthanc.answer
    receipt = upload(client, data, options=UploadOptions(labels=("new",)))
    assert not receipt.complete and "tells no revisions" in receipt.problems[0].reason
    assert orthanc.kept["/studies/study-1/metadata/5101"] == b'["old"]'


def test_a_study_that_stays_without_is_named(server, client, data: Path) -> None:
    orthanc = LabellingOrthanc("1.12.7")
    orthanc.refuse["study-1/labels"] = 403
    server.handler = orthanc.answer
    receipt = upload(client, data, options=OPTIONS)
    assert receipt.stored == 6 and receipt.failed == 0 and not receipt.complete
    (row,) = receipt.problems
    assert row.outcome == "unmarked" and "did not get all of its labels" in row.reason and row.hint
    assert "put on 1 of 2 studies" in receipt.notes[-1]
    orthanc.refuse = {"metadata/1024": 404}
    options = UploadOptions(metadata=(("1024", "x"),), except_series=("1.2.3",))
    receipt = upload(client, data, options=options)
    assert "no metadata named 1024" in receipt.problems[0].reason
    assert "Not in these files, of the series to be left out: 1." in receipt.notes
    assert json.dumps(receipt.to_dict())


def test_an_upload_that_does_not_end_marks_nothing_and_says_so(server, client, data: Path) -> None:
    orthanc = LabellingOrthanc("1.12.7")
    server.handler = orthanc.answer
    token = CancelToken()
    receipt = upload(client, data, options=OPTIONS, token=token, progress=lambda _: token.cancel())
    assert receipt.cancelled and orthanc.puts == []
    assert "were not put on the studies" in receipt.notes[-1]


def test_without_options_nothing_is_put(server, client, data: Path) -> None:
    orthanc = LabellingOrthanc("1.12.7")
    server.handler = orthanc.answer
    assert upload(client, data).complete
    assert orthanc.puts == []
    # Only whether the server is there is asked.
    assert (
        sum(request.path == "/system" for request in server.requests)
        <= client.profile.parallel_transfers
    )
