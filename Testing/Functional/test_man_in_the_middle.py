"""Somebody on the line, after a certificate was pinned: they get not one byte of credentials."""

from __future__ import annotations

import base64
import io
import socket
import ssl
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from OrthancConnectCore.network.tls import SecureConnection, ssl_context
from OrthancConnectCore.network.transport import SizedBody
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import (
    CertificateChangedError,
    ConnectionFailedError,
    RedirectRefusedError,
    TransportError,
    TrustError,
    UntrustedCertificateError,
)
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from Support.data.certificates import TestCertificate, make_certificate
from Support.process.command_line import in_process
from Support.servers.scripted import SYSTEM, Answer, Request, ScriptedServer, always
from Support.servers.wiretap import Wiretap, recording_port, without_its_key

PASSWORD = "canary-Gh7sLm2"
BASIC = base64.b64encode(f"ana:{PASSWORD}".encode())
STORED = {"ID": "x", "Status": "Success"}
SECRETS = (PASSWORD.encode(), BASIC, b"Authorization", b"Basic ")


def _answer(request: Request) -> Answer:
    return Answer.of_json(STORED if request.path == "/instances" else SYSTEM)


def _closing(request: Request) -> Answer:
    """As a server that ends each connection after its answer, without a word before."""
    answer = _answer(request)
    answer.close = True
    return answer


@pytest.fixture
def own(tmp_path: Path) -> TestCertificate:
    return make_certificate(tmp_path, "own")


@pytest.fixture
def other(tmp_path: Path) -> TestCertificate:
    """Another certificate with the same public names, also self-signed."""
    return make_certificate(tmp_path, "other")


@pytest.fixture
def genuine(own: TestCertificate) -> Iterator[ScriptedServer]:
    with ScriptedServer(_answer, own) as server:
        yield server


@pytest.fixture
def impostor(other: TestCertificate) -> Iterator[ScriptedServer]:
    with ScriptedServer(_answer, other) as server:
        yield server


@pytest.fixture
def line(genuine: ScriptedServer, impostor: ScriptedServer) -> Iterator[Wiretap]:
    with Wiretap(genuine.port) as tap:
        yield tap


def _profile(url: str, own: TestCertificate, **changes: Any) -> ServerProfile:
    trust = TrustPolicy.pinned(own.fingerprint)
    fields = {"user": "ana", "trust": trust, "connect_timeout": 2, "read_timeout": 2, **changes}
    return ServerProfile("lab", url, **fields)


@pytest.fixture
def client(line: Wiretap, own: TestCertificate) -> Iterator[OrthancClient]:
    """Somebody who has pinned the genuine certificate at the line's address."""
    with OrthancClient(_profile(line.url, own), Credentials("ana", PASSWORD)) as client:
        yield client


def _nothing_leaked(line: Wiretap, impostor: ScriptedServer) -> None:
    assert bytes(impostor.plaintext) == b"" and impostor.requests == []
    for sent in line.sent.values():
        assert not [secret for secret in SECRETS if secret in sent]


# Another server ----------------------------------------------------------------------------------


def test_a_new_connection(line, client, impostor) -> None:
    line.target = impostor.port
    for act in (client.system, lambda: client.upload_instance(b"DICM")):
        with pytest.raises(CertificateChangedError):
            act()
    assert line.sent[impostor.port]  # it was there, and heard the handshake
    _nothing_leaked(line, impostor)


@pytest.mark.parametrize("act", ["system", "upload"])
def test_a_kept_connection_that_is_made_again(line, client, genuine, impostor, act) -> None:
    genuine.handler = _closing
    client.system()
    line.target = impostor.port
    with pytest.raises(CertificateChangedError):
        client.system() if act == "system" else client.upload_instance(b"DICM")
    assert len(genuine.requests) == 1
    _nothing_leaked(line, impostor)


class _Interrupted(SizedBody):
    """A file in the middle of which something happens."""

    def __init__(self, size: int, happens: Callable[[], None]) -> None:
        super().__init__(io.BytesIO(b"secret image " * (size // 13)), size // 13 * 13)
        self._happens = [happens]

    def read(self, size: int = -1) -> bytes:
        if self._happens and self._stream.tell() > len(self) // 2:
            self._happens.pop()()
        return super().read(size)


def _cut_and_lead_to(line: Wiretap, impostor: ScriptedServer) -> Callable[[], None]:
    def happens() -> None:
        line.target = impostor.port
        line.cut()

    return happens


@pytest.mark.parametrize("kept", [False, True])
def test_the_middle_of_an_upload(line, client, genuine, impostor, kept) -> None:
    if kept:
        client.system()
    body = _Interrupted(20_000_000, _cut_and_lead_to(line, impostor))
    with pytest.raises((CertificateChangedError, ConnectionFailedError)):
        client.upload_instance(body)
    with pytest.raises(CertificateChangedError):
        client.upload_instance(b"DICM")
    assert b"secret image" in genuine.plaintext
    _nothing_leaked(line, impostor)
    assert b"secret image" not in b"".join(line.sent.values())


@pytest.mark.parametrize("moment", ["between", "upload"])
def test_a_live_connection_spliced_to_another_server(
    line, client, impostor, genuine, moment
) -> None:
    client.system()
    if moment == "between":
        line.divert(impostor.port)
        act: Callable[[], Any] = client.system
    else:
        body = _Interrupted(20_000_000, lambda: line.divert(impostor.port))
        act = lambda: client.upload_instance(body)  # noqa: E731
    with pytest.raises((TransportError, TrustError)):
        act()
    assert line.sent[impostor.port]  # ciphertext that only the genuine server can read
    _nothing_leaked(line, impostor)
    assert b"secret image" not in b"".join(line.sent.values())


# Other certificates and other handshakes ---------------------------------------------------------


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_pinned_certificate_without_its_key(line, client, own, tmp_path, version) -> None:
    claimed = without_its_key(own, tmp_path)
    with ScriptedServer(_answer, claimed, highest_tls=version) as thief:
        line.target = thief.port
        with pytest.raises(ConnectionFailedError, match="agree on no secure connection"):
            client.system()
        with pytest.raises(ConnectionFailedError):
            client.upload_instance(b"DICM")
        _nothing_leaked(line, thief)


def test_the_pinned_certificate_without_its_key_on_a_kept_connection(
    line, client, genuine, own, tmp_path
) -> None:
    genuine.handler = _closing
    client.system()
    with ScriptedServer(_answer, without_its_key(own, tmp_path)) as thief:
        line.target = thief.port
        with pytest.raises(ConnectionFailedError):
            client.system()
        _nothing_leaked(line, thief)


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_even_with_the_genuine_certificate(line, client, genuine, own, kept) -> None:
    if kept:
        genuine.handler = _closing
        client.system()
    with ScriptedServer(_answer, own, highest_tls=ssl.TLSVersion.TLSv1_1) as old:
        line.target = old.port
        with pytest.raises(ConnectionFailedError):
            client.system()
        _nothing_leaked(line, old)


def test_a_certificate_of_the_same_name_from_an_authority(line, client, tmp_path) -> None:
    authority = make_certificate(tmp_path, "authority", authority=True)
    bought = make_certificate(tmp_path, "bought", issuer=authority)
    with ScriptedServer(_answer, bought) as server:
        line.target = server.port
        with pytest.raises(CertificateChangedError):
            client.system()
        _nothing_leaked(line, server)


@pytest.mark.parametrize("kept", [False, True])
def test_a_certificate_issued_by_the_pinned_one(tmp_path, kept) -> None:
    """Self-signed certificates are often authorities as well: the pin is for one alone."""
    pinned = make_certificate(tmp_path, "pinned", authority=True)
    child = make_certificate(tmp_path, "child", issuer=pinned)
    with ScriptedServer(_closing, pinned) as genuine, ScriptedServer(_answer, child) as server:
        with Wiretap(genuine.port) as line:
            profile = _profile(line.url, pinned)
            with OrthancClient(profile, Credentials("ana", PASSWORD)) as client:
                if kept:
                    client.system()
                line.target = server.port
                with pytest.raises(CertificateChangedError) as refused:
                    client.system()
            assert refused.value.presented == child.fingerprint
            _nothing_leaked(line, server)


def test_no_session_is_resumed_and_none_renegotiated(line, client, genuine, own) -> None:
    genuine.handler = _closing
    for _ in range(3):
        client.system()
    assert genuine.resumed == [False] * genuine.connections
    context = ssl_context(client.profile)
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_plain_http_at_the_pinned_address(line, client, genuine) -> None:
    genuine.handler = _closing
    client.system()
    lure = Answer(301, headers={"Location": "http://127.0.0.1:9/system"})
    with ScriptedServer(always(lure)) as server:
        line.target = server.port
        with pytest.raises(ConnectionFailedError):
            client.system()
        assert not [secret for secret in SECRETS if secret in server.plaintext]
        assert server.requests == []


def test_a_socket_without_tls_carries_no_request(own) -> None:
    with recording_port() as (port, received):
        profile = _profile(f"https://127.0.0.1:{port}", own)
        context = ssl.create_default_context()
        connection = SecureConnection(
            "127.0.0.1", port, timeout=2, profile=profile, ssl_context=context
        )
        with socket.create_connection(("127.0.0.1", port)) as connection.sock:
            with pytest.raises(ssl.SSLError):
                connection.request("GET", "/system", None, {"Authorization": PASSWORD})
        assert bytes(received) == b""


# Redirects and proxies ---------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("place", ["https://127.0.0.1:", "http://127.0.0.1:", "https://localhost:"])
def test_redirects_are_not_followed(line, client, genuine, status, place) -> None:
    with recording_port() as (port, received):
        location = f"{place}{port}/system"
        genuine.handler = always(Answer(status, headers={"Location": location}))
        for act in (client.system, lambda: client.upload_instance(b"DICM")):
            with pytest.raises(RedirectRefusedError):
                act()
        assert bytes(received) == b""
    assert all(request.headers["host"] == line.url[8:] for request in genuine.requests)


@pytest.mark.parametrize("header", ["Refresh", "Content-Location", "Alt-Svc", "Link"])
def test_other_headers_lead_nowhere(client, genuine, header) -> None:
    with recording_port() as (port, received):
        places = {
            "Refresh": f"0; url=http://127.0.0.1:{port}/",
            "Alt-Svc": f'h2="127.0.0.1:{port}"',
        }
        place = places.get(header, f"http://127.0.0.1:{port}/")
        genuine.handler = always(Answer.of_json(SYSTEM, headers={header: place}))
        client.system()
        client.system()
        assert bytes(received) == b""


def test_a_proxy_of_the_environment_is_not_asked(line, own, monkeypatch) -> None:
    with recording_port() as (port, received):
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        with OrthancClient(_profile(line.url, own), Credentials("ana", PASSWORD)) as client:
            client.system()
        assert bytes(received) == b""


# The pin belongs to one host and port ------------------------------------------------------------


def test_another_address_is_not_covered_by_the_pin(line, own, genuine) -> None:
    profile = _profile(line.url, own)
    moved = profile.with_address(genuine.url)  # the same server even: it has to be asked again
    assert moved.trust == TrustPolicy()
    with OrthancClient(moved, Credentials("ana", PASSWORD)) as client:
        with pytest.raises(UntrustedCertificateError):
            client.system()
    assert bytes(genuine.plaintext) == b""


# The faces ---------------------------------------------------------------------------------------


def test_the_command_line_ends_with_3(line, own, impostor, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("ORTHANCCONNECT_CONFIG_DIR", str(tmp_path / "settings"))
    run = in_process(capsys)
    added = run(
        *("profile", "add", "lab", line.url, "--user", "ana", "--fingerprint", own.fingerprint)
    )
    assert added.code == 0
    line.target = impostor.port
    for arguments in (
        ("echo", "--only", "https"),
        ("upload", str(tmp_path)),
        ("retrieve", "--series", "1.2", "--output", str(tmp_path), "--method", "HTTPS"),
        ("doctor",),
        ("register",),
        ("password", "remember"),
        ("connect", line.url, "--user", "ana", "--replace"),
    ):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PASSWORD.encode())))
        said = run(*arguments, "--password-stdin")
        assert said.code in (1, 2, 3), arguments
        assert PASSWORD not in said.out + said.err
    _nothing_leaked(line, impostor)
