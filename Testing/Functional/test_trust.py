"""Certificates for real: trusted, unknown, changed, expired, for another host; nothing leaks."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from pathlib import Path
from typing import Any, Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from urllib3.exceptions import SSLError

from OrthancConnectCore.network import certificates, tls
from OrthancConnectCore.network.tls import inspect_certificate
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import (
    CertificateChangedError,
    CertificateExpiredError,
    ConfigurationError,
    ConnectionFailedError,
    HostnameMismatchError,
    RequestTimeoutError,
    UntrustedCertificateError,
)
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from Support.data.certificates import TestCertificate, make_certificate, sign_with_sha1
from Support.process.command_line import in_process
from Support.servers.scripted import SYSTEM, Answer, ScriptedServer, always

CANARY = "canary-Zq8fT2"
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
HELLO = always(Answer.of_json(SYSTEM))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TestCertificate:
    return make_certificate(tmp_path_factory.mktemp("ca"), "authority", authority=True)


@pytest.fixture
def own(tmp_path: Path) -> TestCertificate:
    return make_certificate(tmp_path, "own")


@pytest.fixture
def server(own: TestCertificate) -> Iterator[ScriptedServer]:
    with ScriptedServer(HELLO, own) as running:
        yield running


def profile(server: ScriptedServer, trust: TrustPolicy) -> ServerProfile:
    return ServerProfile(
        "test", server.url, user="ana", trust=trust, connect_timeout=2, read_timeout=2
    )


def read_system(wanted: ServerProfile) -> str:
    with OrthancClient(wanted, Credentials("ana", CANARY)) as client:
        return client.system().dicom_aet


def test_a_pinned_self_signed_certificate_is_trusted(server, own) -> None:
    assert read_system(profile(server, TrustPolicy.pinned(own.fingerprint))) == "TEST"
    assert server.requests[0].headers["authorization"].startswith("Basic ")


def test_a_pinned_certificate_from_an_authority_needs_no_authority(tmp_path, authority) -> None:
    issued = make_certificate(tmp_path, "issued", hosts=["elsewhere.example"], issuer=authority)
    with ScriptedServer(HELLO, issued) as server:
        assert read_system(profile(server, TrustPolicy.pinned(issued.fingerprint))) == "TEST"


def test_a_host_with_letters_beyond_ascii_is_that_of_its_certificate(
    tmp_path, authority, monkeypatch
) -> None:
    encoded, resolve = "xn--mller-kva.example", socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *more, **named: resolve(
            "127.0.0.1" if host == encoded else host, *more, **named
        ),
    )
    trust = TrustPolicy("ca_file", ca_file=str(authority.certificate))
    issued = make_certificate(tmp_path, "issued", hosts=[encoded], issuer=authority)
    with ScriptedServer(HELLO, issued) as server:
        url = f"https://Müller.example:{server.port}"
        assert read_system(ServerProfile("test", url, trust=trust)) == "TEST"
        assert server.requests[0].headers["host"] == f"{encoded}:{server.port}"
        with pytest.raises(HostnameMismatchError) as refused:
            read_system(ServerProfile("test", server.url, trust=trust))
        assert refused.value.message.endswith("is for another host: müller.example.")


def test_an_unknown_certificate_is_refused_and_gets_no_byte(server, own) -> None:
    with pytest.raises(UntrustedCertificateError) as refused:
        read_system(profile(server, TrustPolicy()))
    assert refused.value.fingerprint == own.fingerprint
    assert "fingerprint" in refused.value.hint
    assert server.plaintext == b""


def test_a_changed_certificate_is_refused_and_gets_no_byte(server, own, tmp_path) -> None:
    other = make_certificate(tmp_path, "other")
    with pytest.raises(CertificateChangedError) as refused:
        read_system(profile(server, TrustPolicy.pinned(other.fingerprint)))
    assert other.fingerprint in refused.value.message
    assert own.fingerprint in refused.value.message
    assert server.plaintext == b""


def test_a_certificate_that_changes_while_connected_is_refused(own, tmp_path) -> None:
    other = make_certificate(tmp_path, "other")
    with ScriptedServer(always(Answer.of_json(SYSTEM, close=True)), own) as server:
        port = server.port
        client = OrthancClient(
            profile(server, TrustPolicy.pinned(own.fingerprint)), Credentials("ana", CANARY)
        )
        client.system()
    with client, ScriptedServer(HELLO, other, port=port) as impostor:
        with pytest.raises(CertificateChangedError):
            client.system()
        assert impostor.plaintext == b""


def test_the_certificate_that_was_to_follow_is_trusted_also_while_connected(own, tmp_path) -> None:
    following, third = (make_certificate(tmp_path, name) for name in ("following", "third"))
    both = TrustPolicy.pinned(own.fingerprint, following.fingerprint)
    closing = always(Answer.of_json(SYSTEM, close=True))
    with ScriptedServer(closing, own) as server:
        wanted, port = profile(server, both), server.port
        client = OrthancClient(wanted, Credentials("ana", CANARY))
        client.system()
    with client:
        for certificate in (following, following, own):  # over, to stay, and back once more
            with ScriptedServer(closing, certificate, port=port) as server:
                assert client.system().dicom_aet == read_system(wanted) == "TEST"
                assert inspect_certificate(wanted).trusted
                alone = profile(server, TrustPolicy.pinned(following.fingerprint))
                assert inspect_certificate(alone).trusted is (certificate == following)
        with ScriptedServer(HELLO, third, port=port) as impostor:
            for read in (client.system, lambda: read_system(wanted)):
                with pytest.raises(CertificateChangedError):
                    read()
            assert impostor.plaintext == b""


def test_what_a_pinned_certificate_vouches_for_is_not_pinned(tmp_path, authority) -> None:
    issued = make_certificate(tmp_path, "issued", issuer=authority)
    closing = always(Answer.of_json(SYSTEM, close=True))
    with ScriptedServer(closing, authority) as server:
        pinned = profile(server, TrustPolicy.pinned(authority.fingerprint, "ab" * 32))
        client = OrthancClient(pinned, Credentials("ana", CANARY))
        client.system()
        port = server.port
    with client, ScriptedServer(HELLO, issued, port=port) as impostor:
        with pytest.raises(CertificateChangedError) as refused:
            client.system()
        assert refused.value.presented == issued.fingerprint
        assert impostor.plaintext == b""


def test_an_expired_certificate_is_named_as_such(tmp_path) -> None:
    old = make_certificate(tmp_path, "old", valid_from=LONG_AGO, valid_days=30)
    with ScriptedServer(HELLO, old) as server:
        for trust in (TrustPolicy.pinned(old.fingerprint), _ca_file(old)):
            with pytest.raises(CertificateExpiredError):
                read_system(profile(server, trust))
        assert server.plaintext == b""


def test_a_certificate_for_another_host_is_named_as_such(tmp_path, authority) -> None:
    wrong = make_certificate(tmp_path, "wrong", hosts=["elsewhere.example"], issuer=authority)
    with ScriptedServer(HELLO, wrong) as server:
        with pytest.raises(HostnameMismatchError):
            read_system(profile(server, _ca_file(authority)))
        assert server.plaintext == b""


def test_a_ca_file_trusts_what_it_issued_and_nothing_else(tmp_path, authority, server) -> None:
    issued = make_certificate(tmp_path, "issued", issuer=authority)
    with ScriptedServer(HELLO, issued) as good:
        assert read_system(profile(good, _ca_file(authority))) == "TEST"
    with pytest.raises(UntrustedCertificateError):
        read_system(profile(server, _ca_file(authority)))


def test_the_environment_cannot_widen_trust(monkeypatch, server, own) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own.certificate))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(own.certificate))
    with pytest.raises(UntrustedCertificateError):
        read_system(profile(server, TrustPolicy()))


def test_a_ca_file_that_is_none_is_a_configuration_error(tmp_path, server) -> None:
    (tmp_path / "empty.pem").write_text("nothing here")
    for name in ("empty.pem", "missing.pem"):
        with pytest.raises(ConfigurationError, match="CA file"):
            read_system(profile(server, TrustPolicy("ca_file", str(tmp_path / name))))


def test_inspecting_tells_what_a_person_needs(server, own) -> None:
    unknown = inspect_certificate(profile(server, TrustPolicy()))
    assert (unknown.trusted, unknown.self_signed) == (False, True)
    assert unknown.fingerprint == own.fingerprint
    assert unknown.problem_kind == "UntrustedCertificateError"
    assert unknown.host_names == ("localhost", "127.0.0.1")
    pinned = inspect_certificate(profile(server, TrustPolicy.pinned(own.fingerprint)))
    assert (pinned.trusted, pinned.problem) == (True, "")
    assert server.plaintext == b""


def test_a_certificate_is_looked_at_by_host_name_and_with_patience(server, own) -> None:
    pem = tls.fetch_certificate("localhost", server.port, 2)
    assert certificates.fingerprint_of(ssl.PEM_cert_to_DER_cert(pem)) == own.fingerprint
    assert server.names == ["localhost"]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with pytest.raises(RequestTimeoutError):
            tls.fetch_certificate("127.0.0.1", silent.getsockname()[1], 0.2)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_is_refused(own, version) -> None:
    with ScriptedServer(HELLO, own, highest_tls=version) as server:
        with pytest.raises(ConnectionFailedError, match="secure connection|TLS handshake"):
            read_system(profile(server, TrustPolicy.pinned(own.fingerprint)))
        assert server.plaintext == b""


def test_plain_http_behind_an_https_address_is_named() -> None:
    with ScriptedServer(HELLO) as server:
        address = server.url.replace("http://", "https://")
        for trust in (TrustPolicy(), TrustPolicy.pinned("0" * 64)):
            with pytest.raises(ConnectionFailedError, match="plain HTTP"):
                read_system(ServerProfile("test", address, trust=trust, connect_timeout=2))
        assert CANARY.encode() not in bytes(server.plaintext)


def test_a_silent_port_is_a_timeout() -> None:

    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"https://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(RequestTimeoutError):
            read_system(ServerProfile("test", address, connect_timeout=0.3, read_timeout=0.3))


def test_a_server_that_dies_at_the_handshake_is_named() -> None:
    """Debian's Orthanc with SslEnabled crashes on its first HTTPS request."""

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drop() -> None:
            for _ in range(4):
                try:
                    connection, _peer = listener.accept()
                except OSError:
                    return
                connection.recv(100)
                connection.close()

        thread = threading.Thread(target=drop, daemon=True)
        thread.start()
        address = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(ConnectionFailedError, match="TLS handshake") as fault:
            read_system(ServerProfile("test", address, connect_timeout=2))
        assert "nginx" in fault.value.hint
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


@pytest.mark.parametrize("pinned", [False, True])
def test_a_server_that_is_gone_after_the_first_handshake_is_named(own, pinned) -> None:
    """By the look at an unknown certificate, and by the first request to a pinned one."""
    with ScriptedServer(HELLO, own) as server:
        trust = TrustPolicy.pinned(own.fingerprint) if pinned else TrustPolicy()
        wanted = ServerProfile("test", server.url, trust=trust, connect_timeout=2)
        if pinned:
            tls.ssl_context(wanted)
        else:
            with pytest.raises(UntrustedCertificateError):
                read_system(wanted)
    with pytest.raises(ConnectionFailedError, match="gone after the first HTTPS") as fault:
        (read_system if pinned else inspect_certificate)(wanted)
    assert "SslEnabled" in fault.value.hint


def test_a_server_that_ends_later_is_just_not_there(own) -> None:
    with ScriptedServer(HELLO, own) as server:
        wanted = ServerProfile("test", server.url, trust=TrustPolicy.pinned(own.fingerprint))
        read_system(wanted)
    with pytest.raises(ConnectionFailedError, match="Nothing listens"):
        read_system(wanted)


def test_another_fingerprint_is_told_whatever_went_before() -> None:
    """urllib3 connects anew while it handles the end of a connection that it had kept."""
    with pytest.raises(SSLError) as raised:
        try:
            raise ConnectionResetError("closed")
        except ConnectionResetError:
            raise SSLError("Fingerprints did not match.")  # noqa: B904  # as urllib3 does
    assert tls.beneath(raised.value) is raised.value
    inner = ssl.SSLError("bad")
    assert tls.beneath(SSLError(inner)) is inner


def test_a_closed_port_and_an_unknown_host_are_told_apart() -> None:

    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(ConnectionFailedError, match="Nothing listens"):
        read_system(ServerProfile("test", f"https://127.0.0.1:{port}", connect_timeout=2))
    with pytest.raises(ConnectionFailedError, match="not known"):
        read_system(ServerProfile("test", "https://no-such-host.invalid", connect_timeout=5))


def _ca_file(certificate: TestCertificate) -> TrustPolicy:
    return TrustPolicy("ca_file", str(certificate.certificate))


# Told truly --------------------------------------------------------------------------------------


def test_a_missing_intermediate_is_named(tmp_path: Path, authority: TestCertificate) -> None:
    between = make_certificate(tmp_path, "between", issuer=authority, authority=True)
    leaf = make_certificate(tmp_path, "leaf", issuer=between)
    words = "between test authority.* nor sent by the server"
    with ScriptedServer(HELLO, leaf) as server:
        with pytest.raises(UntrustedCertificateError, match=words) as refused:
            read_system(profile(server, _ca_file(authority)))
        assert "intermediate" in refused.value.hint
        assert server.plaintext == b""


@pytest.mark.parametrize("whose", ["leaf", "authority"])
def test_whose_time_is_over(tmp_path: Path, whose: str) -> None:
    times: Any = {"valid_from": LONG_AGO, "valid_days": 30}
    old = times if whose == "authority" else {}
    issuer = make_certificate(tmp_path, "issuer", authority=True, **old)
    leaf = make_certificate(tmp_path, "leaf", issuer=issuer, **({} if old else times))
    words = "certificate of the authority" if old else "The certificate of 127"
    with ScriptedServer(HELLO, leaf) as server:
        with pytest.raises(CertificateExpiredError, match=f"{words}.* has expired"):
            read_system(profile(server, _ca_file(issuer)))


@pytest.mark.parametrize("expired", [False, True])
def test_the_command_line_tells_why_a_right_ca_file_is_not_enough(
    tmp_path: Path, authority: TestCertificate, capsys: Any, monkeypatch: Any, expired: bool
) -> None:
    monkeypatch.setenv("ORTHANCCONNECT_CONFIG_DIR", str(tmp_path))
    wrong: Any = {"valid_from": LONG_AGO} if expired else {"hosts": ["elsewhere.example"]}
    leaf = make_certificate(tmp_path, "leaf", issuer=authority, **wrong)
    with ScriptedServer(HELLO, leaf) as server:
        run = in_process(capsys)
        said = run("connect", server.url, "--user", "", "--ca-file", str(authority.certificate))
    assert said.code == 3
    assert "does not vouch" not in said.err
    assert ("has expired" if expired else "for another host: elsewhere.example") in said.err


# Weak certificates -------------------------------------------------------------------------------


def test_a_weak_signature_is_named_whoever_is_trusted(
    tmp_path: Path, authority: TestCertificate
) -> None:
    weak = make_certificate(tmp_path, "weak")
    issued = make_certificate(tmp_path, "issued", issuer=authority)
    sign_with_sha1(weak)
    sign_with_sha1(issued, authority)
    with ScriptedServer(HELLO, weak) as server:
        seen = [
            inspect_certificate(profile(server, trust))
            for trust in (TrustPolicy(), TrustPolicy.pinned(weak.fingerprint))
        ]
        assert [one.trusted for one in seen] == [False, True]
        assert all("SHA-1" in one.weakness for one in seen) and "SHA-1" in seen[0].problem
    with ScriptedServer(HELLO, issued, highest_tls=ssl.TLSVersion.TLSv1_3) as server:
        told = inspect_certificate(profile(server, _ca_file(authority)))
        assert "SHA-1" in told.weakness and (told.trusted or "SHA-1" in told.problem)


def test_a_short_key_is_named() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "short")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    builder = builder.public_key(key.public_key()).not_valid_before(LONG_AGO)
    made = builder.not_valid_after(LONG_AGO).sign(key, hashes.SHA256())
    pem = made.public_bytes(serialization.Encoding.PEM).decode()
    assert "only 1024 bits" in certificates.describe_certificate(pem).weakness
