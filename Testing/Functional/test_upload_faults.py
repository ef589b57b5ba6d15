"""The upload over real sockets, against servers that break in the middle."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Iterator, List

import pytest

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import (
    AuthenticationError,
    CertificateChangedError,
    ConnectionFailedError,
    RequestTimeoutError,
)
from OrthancConnectCore.shared.events import CancelToken, Progress
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from OrthancConnectCore.shared.upload_options import UploadOptions
from OrthancConnectCore.upload.job import upload_job
from OrthancConnectCore.upload.run import upload
from Support.data.certificates import TestCertificate, make_certificate
from Support.data.dicom import write_small_instances
from Support.process.busy_machine import here
from Support.servers.scripted import SYSTEM, Answer, Handler, Request, ScriptedServer
from Support.servers.shelf import Shelf

AT_ONCE = UploadOptions(patience=0)
STORED = Answer.of_json({"ID": "a", "Status": "Success"})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> TestCertificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "own")


def to_instances(handler: Handler) -> Handler:
    """Answer uploads by `handler`, and the rest as an Orthanc that was empty does."""
    shelf = Shelf()

    def handle(request: Request) -> Answer:
        if request.path == "/instances":
            return shelf.before(handler, request)
        if request.path == "/system":
            return Answer.of_json(SYSTEM)
        return shelf.answer(request.path)

    return handle


@pytest.fixture
def server(certificate: TestCertificate) -> Iterator[ScriptedServer]:
    with ScriptedServer(to_instances(lambda _request: STORED), certificate) as running:
        yield running


@pytest.fixture
def client(server: ScriptedServer, certificate: TestCertificate) -> Iterator[OrthancClient]:
    profile = ServerProfile(
        "test",
        server.url,
        user="núria",
        trust=TrustPolicy.pinned(certificate.fingerprint),
        connect_timeout=2,
        read_timeout=5,
        parallel_transfers=2,
    )
    with OrthancClient(profile, Credentials("núria", "contraseña-Ł")) as running:
        yield running


@pytest.fixture
def files(tmp_path: Path) -> List[Path]:
    return write_small_instances(tmp_path / "data", count=12)


def uploads(server: ScriptedServer) -> List[Request]:
    return [request for request in server.requests if request.path == "/instances"]


def test_each_file_goes_out_as_it_is(server, client, files) -> None:
    receipt = upload(client, files[0].parent)
    assert receipt.complete and receipt.stored == 12
    sent = uploads(server)
    assert sorted(request.body for request in sent) == sorted(f.read_bytes() for f in files)
    password = base64.b64encode("núria:contraseña-Ł".encode()).decode()
    for request in sent:
        assert request.method == "POST"
        assert request.headers["content-type"] == "application/dicom"
        assert request.headers["authorization"] == f"Basic {password}"
        assert request.headers["accept-encoding"] == "identity"
        assert "transfer-encoding" not in request.headers and "expect" not in request.headers
    assert len({request.connection for request in sent}) <= 2


def test_a_second_upload_takes_over_the_connections_of_the_first(server, client, files) -> None:
    upload(client, files[0].parent)
    before = server.connections
    for _ in range(5):
        assert upload(client, files[0].parent).complete
    assert server.connections == before <= 2 + 1  # one more was the look at the certificate


def test_a_connection_cut_in_the_answer_is_mended(server, client, files) -> None:
    broken: List[str] = []

    def cut_each_file_once(request: Request) -> Answer:
        name = request.body[-200:].hex()
        if name not in broken:
            broken.append(name)
            return Answer(0) if len(broken) % 2 else Answer(200, b'{"ID": "a"', cut_after=4)
        return STORED

    server.handler = to_instances(cut_each_file_once)
    receipt = upload(client, files[0].parent)
    assert receipt.complete and receipt.stored == 12
    assert len(broken) == 12


def test_a_connection_cut_in_the_body_is_mended(tmp_path: Path, files) -> None:
    large = tmp_path / "large"
    large.write_bytes(files[0].read_bytes() + bytes(6_000_000))
    cuts = iter((100_000, 1, 3_000_000))
    with _RawServer(lambda: next(cuts, None)) as server:
        profile = ServerProfile("t", server.url, allow_insecure_http=True, connect_timeout=2)
        with OrthancClient(profile) as client:
            client.system()
            receipt = upload(client, large)
    assert receipt.complete and receipt.stored == 1
    assert server.bodies[-1] == large.read_bytes()


def test_a_server_that_pauses_in_the_body_is_waited_for(tmp_path: Path, files) -> None:
    # The connect timeout is for connecting: longer pauses than that are borne while sending.
    large = tmp_path / "large"
    large.write_bytes(files[0].read_bytes() + bytes(30_000_000))
    with _RawServer(lambda: None, pause=1.2) as server:
        profile = ServerProfile("t", server.url, allow_insecure_http=True, connect_timeout=0.3)
        with OrthancClient(profile) as client:
            assert upload(client, large).complete
    assert [len(body) for body in server.bodies] == [large.stat().st_size]


def test_a_web_server_that_refuses_large_files_is_understood(tmp_path: Path, files) -> None:
    # It answers before it has read the body, and closes.
    large = tmp_path / "large"
    large.write_bytes(files[0].read_bytes() + bytes(4_000_000))
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with _RawServer(lambda: 50_000, parting=refusal) as server:
        profile = ServerProfile("t", server.url, allow_insecure_http=True, connect_timeout=2)
        with OrthancClient(profile) as client:
            client.system()
            receipt = upload(client, large)
    assert receipt.failed == 1
    (row,) = receipt.problems
    assert "413" in row.reason and "client_max_body_size" in row.hint


def test_cancel_is_seen_while_the_server_stalls(server, client, files) -> None:
    token, cancelled = CancelToken(), []

    def stall(_request: Request) -> Answer:
        if len(uploads(server)) == 2:  # on both connections
            cancelled.append(time.monotonic())
            token.cancel()
        return Answer(200, b"{}", delay=4)

    server.handler = to_instances(stall)
    receipt = upload(client, files[0].parent, token=token)
    assert time.monotonic() - cancelled[0] < here(2)
    assert receipt.cancelled and receipt.stored == 0
    assert receipt.failed == 2 and receipt.missing == receipt.expected - 2


def test_the_password_is_refused(server, client, files) -> None:
    server.handler = lambda _request: Answer(401, b"")
    with pytest.raises(AuthenticationError) as fault:
        upload(client, files[0].parent)
    assert len(uploads(server)) <= 2
    assert fault.value.facts["receipt"]["stored"] == 0
    assert "contraseña" not in json.dumps(fault.value.to_dict(), ensure_ascii=False)


def test_another_certificate_gets_nothing(certificate, client, server, files, tmp_path) -> None:
    other = make_certificate(tmp_path, "other")
    with ScriptedServer(to_instances(lambda _request: STORED), other) as impostor:
        profile = client.profile.replace(rest_url=impostor.url, trust=client.profile.trust)
        with OrthancClient(profile, Credentials("núria", "contraseña-Ł")) as deceived:
            with pytest.raises(CertificateChangedError):
                upload(deceived, files[0].parent)
        assert not impostor.requests and not impostor.plaintext


def test_nobody_at_home(files, certificate) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        profile = ServerProfile(
            "t", f"https://127.0.0.1:{taken.getsockname()[1]}", connect_timeout=1
        )
        with OrthancClient(profile) as client:
            started = time.monotonic()
            with pytest.raises(ConnectionFailedError, match="Nothing listens"):
                upload(client, files[0].parent, options=AT_ONCE)
            assert time.monotonic() - started < here(3)


def test_a_wrong_path_is_not_taken_for_bad_files(server, client, files) -> None:
    for words in ({}, {"OrthancStatus": 17, "Message": "Unknown resource"}):
        answer = Answer.of_json(words, 404)
        server.handler = lambda _request, answer=answer: answer
        with pytest.raises(ConnectionFailedError, match="is not Orthanc"):
            upload(client, files[0].parent)


def test_a_file_without_instance_uid_is_the_only_one_that_fails(server, client, files) -> None:
    unnamed = files[3].read_bytes()
    words = {"OrthancStatus": 21, "Message": "Inexistent tag"}
    server.handler = to_instances(
        lambda request: Answer.of_json(words, 404) if request.body == unnamed else STORED
    )
    receipt = upload(client, files[0].parent)
    assert (receipt.stored, receipt.failed) == (11, 1)
    assert "SOP Instance UID" in receipt.problems[0].reason


def test_a_server_that_falls_silent_is_given_up(server, client, files) -> None:
    profile = client.profile.replace(read_timeout=0.4)
    silent = Answer(200, b"{}", delay=3)

    def silent_after_four(_request: Request) -> Answer:
        return STORED if len(uploads(server)) <= 4 else silent

    usual = to_instances(silent_after_four)
    server.handler = lambda request: usual(request) if len(uploads(server)) <= 4 else silent
    with OrthancClient(profile) as client:
        started = time.monotonic()
        options = UploadOptions(patience=0, compress="never")
        receipt = upload(client, files[0].parent, parallel=1, options=options)
    assert receipt.stored == 4 and receipt.failed == 8
    # One file's tries, and not eight times.
    assert time.monotonic() - started < here(5 * 0.4 + 4.8 + 3)
    assert "did not answer" in receipt.problems[-1].reason


def test_a_server_that_never_answers_at_all(server, client, files) -> None:
    server.handler = lambda _request: Answer(200, b"{}", delay=3)
    with OrthancClient(client.profile.replace(read_timeout=0.3)) as impatient:
        with pytest.raises(RequestTimeoutError):
            upload(impatient, files[0].parent, parallel=1, options=AT_ONCE)


@pytest.mark.parametrize(
    "fault", [Answer(503), Answer(502), Answer(200, b"{}", delay=1), Answer(0), None]
)
def test_an_outage_at_the_first_request_is_waited_for(certificate, files, fault) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    profile = ServerProfile(
        "t",
        f"https://127.0.0.1:{port}",
        trust=TrustPolicy.pinned(certificate.fingerprint),
        read_timeout=0.3,
    )
    usual = to_instances(lambda _request: STORED)
    asked: List[str] = []
    told: List[Any] = []

    def handle(request: Request) -> Answer:
        asked.append(request.path)
        return usual(request) if fault is None or len(asked) > 3 else fault

    with ExitStack() as stack:

        def start() -> None:
            stack.enter_context(ScriptedServer(handle, certificate, port))

        def listen(progress: Progress) -> None:
            if progress.phase == "waiting" and not told:
                told.append(progress.details)
                if fault is None:  # nothing listened until now
                    start()

        if fault is not None:
            start()
        client = stack.enter_context(OrthancClient(profile))
        receipt = upload_job(client, files[0].parent, progress=listen)
    assert receipt.complete and receipt.stored == 12
    assert "goes on by itself" in told[0]["hint"]
    assert asked[0] == "/system" and (fault is None or set(asked[:3]) == {"/system"})


class _RawServer:
    """Plain HTTP that reads bodies its own way: in part, or with a pause before the first byte.

    `cut` is asked at each upload how many bytes to read before `parting` is sent and the
    connection closed; None reads it all and stores it.
    """

    def __init__(self, cut: Any, pause: float = 0.0, parting: bytes = b"") -> None:
        self._cut, self._pause, self._parting = cut, pause, parting
        self.bodies: List[bytes] = []
        self._shelf = Shelf()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> _RawServer:
        self._threads[0].start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _peer = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            while True:
                head = b"".join(iter(stream.readline, b"\r\n")) if stream.peek(1) else b""
                if not head:
                    return
                length = 0
                for line in head.split(b"\r\n"):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                content: Any = SYSTEM
                if head.startswith(b"POST"):
                    time.sleep(self._pause)
                    cut = self._cut()
                    self.bodies.append(stream.read(length if cut is None else cut))
                    if cut is not None:
                        if self._parting:
                            connection.sendall(self._parting)
                        return
                    self._shelf.keep(self.bodies[-1])
                    content = {"ID": "a", "Status": "Success"}
                elif b" /studies/" in head:
                    path = head.split(b" ")[1].decode()
                    content = [{"ID": "s", "Instances": self._shelf.instances(path)}]
                body = json.dumps(content).encode()
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
                connection.sendall(body)
