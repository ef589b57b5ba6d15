"""HTTP for real over TLS: faults become our errors, kept connections are mended, secrets stay."""

from __future__ import annotations

import io
import ssl
import traceback
from pathlib import Path
from typing import Any, Iterator, List

import pytest

from OrthancConnectCore.network.transport import SizedBody, Transport
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import (
    AuthenticationError,
    BadDicomFileError,
    ConflictError,
    ConnectionFailedError,
    NotFoundError,
    OrthancConnectError,
    OrthancHttpError,
    PermissionDeniedError,
    RedirectRefusedError,
    RequestTimeoutError,
    ServerError,
)
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from Support.data.certificates import TestCertificate, make_certificate
from Support.servers.scripted import SYSTEM, Answer, Request, ScriptedServer, always

CANARY = "canary-Zq8fT2"
CLIENT = "client certificate"
DAY = 86400


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> TestCertificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "own")


@pytest.fixture
def server(certificate: TestCertificate) -> Iterator[ScriptedServer]:
    with ScriptedServer(always(Answer.of_json(SYSTEM)), certificate) as running:
        yield running


@pytest.fixture
def client(server: ScriptedServer, certificate: TestCertificate) -> Iterator[OrthancClient]:
    profile = ServerProfile(
        "test",
        server.url,
        trust=TrustPolicy.pinned(certificate.fingerprint),
        connect_timeout=2,
        read_timeout=0.5,
    )
    with OrthancClient(profile, Credentials("ana", CANARY)) as running:
        yield running


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, OrthancHttpError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (409, ConflictError),
        (418, OrthancHttpError),
        (500, ServerError),
        (503, ServerError),
        (507, ServerError),
    ],
)
def test_each_status_is_its_own_error(server, client, status, kind) -> None:
    words = {"Message": "no", "Details": "<b>because</b>\x1b[31m", "OrthancStatus": 15}
    server.handler = always(Answer.of_json(words, status))
    with pytest.raises(kind) as fault:
        client.get_text("/tools/now")
    assert type(fault.value) is kind
    assert fault.value.status_code == status
    assert fault.value.orthanc_status == 15
    assert "\x1b" not in fault.value.details
    assert fault.value.hint


def test_an_empty_or_huge_error_body_does_no_harm(server, client) -> None:
    for body in (b"", b"<html>" + b"x" * 5_000_000, b"[" * 100_000):
        server.handler = always(Answer(500, body))
        with pytest.raises(ServerError) as fault:
            client.system()
        assert len(str(fault.value)) < 600


@pytest.mark.parametrize(
    ("status", "page", "kind", "words"),
    [
        (400, "400 No required SSL certificate was sent", ConnectionFailedError, CLIENT),
        (400, "400 The SSL certificate error", ConnectionFailedError, CLIENT),
        (403, "403.7 - A client certificate is required", ConnectionFailedError, CLIENT),
        (400, "The plain HTTP request was sent to HTTPS port", ConnectionFailedError, "https://"),
        (400, "400 Request Header Or Cookie Too Large", OrthancHttpError, "web server before"),
        (404, "404 Not Found", NotFoundError, "the address, its path"),
    ],
)
def test_the_page_of_a_web_server_is_no_word_of_orthanc(
    server, client, status: int, page: str, kind: type, words: str
) -> None:
    body = f"<html><center>{page}</center></html>".encode()
    server.handler = always(Answer(status, body, {"Content-Type": "text/html"}))
    paths = ["/tools/now"] if status == 404 else ["/tools/now", "/instances"]
    for path in paths:  # an upload has its own words for 404
        with pytest.raises(kind) as fault:
            client.request("POST", path, body=b"DICM")
        assert type(fault.value) is kind and words in str(fault.value)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_certificate_that_tls_alone_asks_for(
    certificate: TestCertificate, version: ssl.TLSVersion
) -> None:
    trust = TrustPolicy.pinned(certificate.fingerprint)
    handler = always(Answer.of_json(SYSTEM))
    with ScriptedServer(handler, certificate, highest_tls=version, wants=certificate) as server:
        with OrthancClient(ServerProfile("t", server.url, trust=trust)) as client:
            with pytest.raises(ConnectionFailedError) as fault:
                client.system()
    if version == ssl.TLSVersion.TLSv1_3:  # before, OpenSSL calls it a handshake that failed
        assert CLIENT in fault.value.message


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("1000000000", DAY),
        ("9" * 400, DAY),
        ("Fri, 31 Dec 2100 23:59:59 GMT", DAY),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        *((bad, None) for bad in ("-5", "soon", "1e9", "NaN", "٣", "Fri, 99 Dec 2100", "")),
    ],
)
def test_a_pause_that_is_asked_for_is_bounded(server, client, value: str, seconds: Any) -> None:
    fields = {"Retry-After": value.encode().decode("latin-1")}
    server.handler = always(Answer(429, b"", fields))
    with pytest.raises(OrthancHttpError) as fault:
        client.get_text("/tools/now")
    assert fault.value.facts.get("retry_after") == seconds
    assert (f"wait {seconds} s" in fault.value.message) == bool(seconds)


def test_storage_full_says_so(server, client) -> None:
    server.handler = always(Answer.of_json({"Details": "The file storage is full"}, 500))
    with pytest.raises(ServerError, match="storage is full"):
        client.upload_instance(b"x")


def test_something_else_than_orthanc_is_named(server, client) -> None:
    for body in (b"<html>router</html>", b"[]", b'{"Version": "1"}', b'"text"'):
        server.handler = always(Answer(200, body))
        with pytest.raises(ConnectionFailedError, match="is not Orthanc"):
            client.system()


def test_redirects_are_not_followed(server, client, certificate) -> None:
    with ScriptedServer(always(Answer.of_json(SYSTEM)), certificate) as elsewhere:
        for status in (301, 302, 307, 308):
            target = {"Location": elsewhere.url + "/system"}
            server.handler = always(Answer(status, b"", target))
            with pytest.raises(RedirectRefusedError):
                client.system()
        assert elsewhere.connections == 0


def test_a_stalled_answer_is_a_timeout(server, client) -> None:
    server.handler = always(Answer.of_json(SYSTEM, delay=3))
    with pytest.raises(RequestTimeoutError, match="did not answer"):
        client.system()


def test_a_cut_download_is_an_error_not_a_short_file(server, client) -> None:
    server.handler = always(Answer(200, b"x" * 100_000, cut_after=60_000))
    with pytest.raises(ConnectionFailedError):
        b"".join(client.download_instance("abc"))


def test_one_connection_serves_many_requests(server, client) -> None:
    for _ in range(5):
        client.system()
    assert {request.connection for request in server.requests} == {server.requests[0].connection}
    assert all(request.headers["accept-encoding"] == "identity" for request in server.requests)


def test_a_kept_connection_closed_by_the_server_is_mended_once(server, client) -> None:
    client.system()
    seen: List[int] = []

    def drop_the_first(request: Request) -> Answer:
        seen.append(len(request.body))
        return Answer(0) if len(seen) == 1 else Answer.of_json({"ID": "a", "Status": "Success"})

    server.handler = drop_the_first
    body = SizedBody(io.BytesIO(b"d" * 300_000), 300_000)
    assert client.upload_instance(body).orthanc_id == "a"
    assert seen == [300_000, 300_000]


def test_a_server_that_always_drops_is_reported(server, client) -> None:
    server.handler = always(Answer(0))
    with pytest.raises(ConnectionFailedError):
        client.system()
    assert len(server.requests) <= 2


def test_a_bad_file_is_told_by_orthanc_alone(server, client) -> None:
    for body in (b"", b'{"OrthancStatus": 15}'):
        server.handler = always(Answer(400, body))
        with pytest.raises(BadDicomFileError, match="complete DICOM instance"):
            client.upload_instance(b"x")


def test_a_filtered_instance_is_not_called_stored(server, client) -> None:
    for status in ("FilteredOut", None):
        server.handler = always(Answer.of_json({"ID": "a", "Status": status}))
        with pytest.raises(BadDicomFileError, match="did not keep"):
            client.upload_instance(b"x")


def test_the_password_shows_nowhere(server, client, capfd) -> None:
    handlers = [Answer(401, b""), Answer(500, CANARY.encode()[:0]), Answer(0), Answer(302, b"")]
    for answer in handlers:
        server.handler = always(answer)
        with pytest.raises(OrthancConnectError) as fault:
            client.system()
        text = "".join(traceback.format_exception(fault.type, fault.value, fault.tb))
        assert CANARY not in text + repr(fault.value) + str(fault.value.to_dict())
    assert CANARY not in repr(client) + repr(vars(client)) + repr(Credentials("ana", CANARY))
    assert CANARY not in "".join(capfd.readouterr())


def test_netrc_is_not_asked_for_a_password(server, certificate, monkeypatch, tmp_path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login ana password {CANARY}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    profile = ServerProfile(
        "test", server.url, trust=TrustPolicy.pinned(certificate.fingerprint), connect_timeout=2
    )
    with OrthancClient(profile) as anonymous:
        anonymous.system()
    assert "authorization" not in server.requests[-1].headers


def test_plain_http_works_only_where_the_profile_says_so(tmp_path: Path) -> None:
    with ScriptedServer(always(Answer.of_json(SYSTEM))) as plain:
        with OrthancClient(ServerProfile("t", plain.url, allow_insecure_http=True)) as client:
            assert client.system().version == "1.12.0"


def test_the_round_trip_shows_when_connecting(server, certificate: TestCertificate) -> None:
    trust = TrustPolicy.pinned(certificate.fingerprint)
    with Transport(ServerProfile("t", server.url, trust=trust)) as transport:
        assert transport.round_trip == 0
        assert transport.request("GET", "/system")
        assert 0 < transport.round_trip < 5
