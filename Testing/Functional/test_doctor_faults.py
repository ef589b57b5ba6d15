"""The doctor and the faults of the HTTPS side, each stood up for real on local sockets."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from OrthancConnectCore.doctor.examination import KnownListener
from OrthancConnectCore.doctor.run import run
from OrthancConnectCore.shared.check_lines import DoctorReport, cured_profile
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from Support.data.certificates import TestCertificate, make_certificate
from Support.scenarios.doctor_cases import (
    CANARY,
    QUICK,
    answering_port,
    assert_fault,
    assert_skipped,
    closed_port,
    filtered_port,
    silent_port,
    without_secrets,
)
from Support.servers.scripted import SYSTEM, Answer, Request, ScriptedServer, always

HELLO = always(Answer.of_json(SYSTEM))
HTTPS_SIDE = ("login", "orthanc", "storage", "registered", "https_instance", "compressed")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> TestCertificate:
    return make_certificate(tmp_path_factory.mktemp("own"), "own")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TestCertificate:
    return make_certificate(tmp_path_factory.mktemp("ca"), "authority", authority=True)


@pytest.fixture(scope="module")
def no_dicom() -> Iterator[dict[str, Any]]:
    """DICOM and listener ports where nothing listens: this file looks at the HTTPS side."""
    with closed_port() as dicom_port, closed_port() as storage_port:
        yield {"dicom_port": dicom_port, "storage_port": storage_port, **QUICK}


def examine(address: str, options: dict[str, Any], trust: Any = None, **more: Any) -> DoctorReport:
    """Examine the HTTPS side; DICOM port and listener are down, and these lines are taken out."""
    fields = {"user": "ana", "trust": trust or TrustPolicy(), **options, **more}
    profile = ServerProfile("examined", address, **fields)
    listener = KnownListener("stopped", profile.storage_port)
    report = run(profile, Credentials("ana", CANARY), listener=listener)
    others = ("dicom_port", "listener")
    assert [report.line(name).state for name in others] == ["failed", "warning"]
    lines = tuple(line for line in report.lines if line.id not in others)
    return without_secrets(DoctorReport(**{**report.__dict__, "lines": lines}), CANARY)


def pinned(certificate: TestCertificate) -> TrustPolicy:
    return TrustPolicy.pinned(certificate.fingerprint)


# Before TLS ------------------------------------------------------------------------------------


def test_host_not_found(no_dicom: dict[str, Any]) -> None:
    profile = ServerProfile("examined", "https://no-such-host.invalid:8042", **no_dicom)
    report = run(profile)
    assert_fault(report, "name", "host_not_found", r"no-such-host\.invalid", "spelling.*VPN")
    assert_skipped(report, "name", "tcp", "tls", "certificate", "dicom_port", "echo", *HTTPS_SIDE)


def test_refused(no_dicom: dict[str, Any]) -> None:
    with closed_port() as port:
        report = examine(f"https://127.0.0.1:{port}", no_dicom)
    assert_fault(report, "tcp", "connection_refused", f"Nothing listens on .*:{port}", "address")
    assert_skipped(report, "tcp", "tls", "certificate", *HTTPS_SIDE)


def test_filtered(no_dicom: dict[str, Any]) -> None:
    with filtered_port() as port:
        report = examine(f"https://127.0.0.1:{port}", {**no_dicom, "connect_timeout": 0.5})
    assert_fault(report, "tcp", "filtered", "Nobody answers.*firewall", "let this computer")
    assert report.line("tcp").seconds >= 0.5
    assert_skipped(report, "tcp", "tls", "certificate", *HTTPS_SIDE)


# TLS -------------------------------------------------------------------------------------------


def test_silent(no_dicom: dict[str, Any]) -> None:
    with silent_port() as port:
        report = examine(f"https://127.0.0.1:{port}", {**no_dicom, "connect_timeout": 0.5})
    assert_fault(report, "tls", "tls_silent", "accepts the connection and then", "port")
    assert_skipped(report, "tls", "certificate", *HTTPS_SIDE)


def test_plain_http_on_the_https_port(no_dicom: dict[str, Any]) -> None:
    with ScriptedServer(HELLO) as server:
        report = examine(server.url.replace("http:", "https:"), no_dicom)
    line = assert_fault(report, "tls", "http_port_as_https", "plain HTTP, not HTTPS", "nginx")
    assert "Orthanc itself" in line.cause
    assert b"authorization" not in bytes(server.plaintext).lower()


def test_https_on_the_http_port(no_dicom: dict[str, Any], own: TestCertificate) -> None:
    with ScriptedServer(HELLO, own) as server:
        address = server.url.replace("https:", "http:")
        report = examine(address, no_dicom, allow_insecure_http=True)
        line = assert_fault(
            *(report, "tls", "https_port_as_http", "speaks HTTPS", f"Use {server.url}"),
            action="use_https",
            rest_url=server.url,
        )
        assert server.plaintext == b""
    profile = ServerProfile("examined", address, allow_insecure_http=True)
    assert cured_profile(profile, line).is_secure


def test_plain_http_stays_marked(no_dicom: dict[str, Any]) -> None:
    with ScriptedServer(HELLO) as server:
        report = examine(server.url, no_dicom, allow_insecure_http=True)
    line = report.line("tls")
    assert (line.state, line.fault) == ("warning", "plain_http")
    assert "certificate" not in [one.id for one in report.lines], "there is none"
    assert "password included" in line.cause
    assert report.line("orthanc").state == "passed"


def test_another_service_on_the_port(no_dicom: dict[str, Any]) -> None:
    with answering_port(lambda _first: b"SSH-2.0-OpenSSH_9.2\r\n") as port:
        report = examine(f"https://127.0.0.1:{port}", no_dicom)
    assert_fault(report, "tls", "not_https", "neither HTTPS nor HTTP", "another service")


def test_closes_at_the_handshake_again_and_again(no_dicom: dict[str, Any]) -> None:
    with answering_port(None) as port:
        report = examine(f"https://127.0.0.1:{port}", no_dicom)
    assert_fault(report, "tls", "tls_closed", "closes every connection.*Debian", "nginx")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_only_old_tls(no_dicom: dict[str, Any], own: TestCertificate) -> None:
    with ScriptedServer(HELLO, own, highest_tls=ssl.TLSVersion.TLSv1_1) as server:
        report = examine(server.url, no_dicom, pinned(own))
        assert_fault(report, "tls", "tls_version", "agree on no secure", r"TLS 1\.2")
        assert server.plaintext == b""


# Certificate -----------------------------------------------------------------------------------


def test_untrusted_and_cured_by_the_pin(no_dicom: dict[str, Any], own: TestCertificate) -> None:
    with ScriptedServer(HELLO, own) as server:
        report = examine(server.url, no_dicom)
        line = assert_fault(
            *(report, "certificate", "certificate_untrusted", own.fingerprint, "Compare", "pin"),
            fingerprint=own.fingerprint,
        )
        assert_skipped(report, "certificate", *HTTPS_SIDE)
        assert server.plaintext == b""
        profile = cured_profile(ServerProfile("examined", server.url), line)
        assert examine(server.url, no_dicom, profile.trust).line("orthanc").state == "passed"


def test_changed(no_dicom: dict[str, Any], own: TestCertificate, tmp_path: Path) -> None:
    other = make_certificate(tmp_path, "other")
    with ScriptedServer(HELLO, other) as server:
        report = examine(server.url, no_dicom, pinned(own))
        line = assert_fault(
            *(report, "certificate", "certificate_changed", "another certificate than", "renewed"),
            action="replace_pin",
            pinned=own.fingerprint,
            fingerprint=other.fingerprint,
        )
        assert own.fingerprint in line.cause and other.fingerprint in line.cause
        assert server.plaintext == b""


@pytest.mark.parametrize("year", [2020, 2060])
def test_expired_or_not_yet_valid(no_dicom: dict[str, Any], tmp_path: Path, year: int) -> None:
    begin = datetime.datetime(year, 1, 2, tzinfo=datetime.timezone.utc)
    old = make_certificate(tmp_path, "old", valid_from=begin, valid_days=30)
    with ScriptedServer(HELLO, old) as server:
        report = examine(server.url, no_dicom, pinned(old))
        assert_fault(
            *(report, "certificate", "certificate_expired", f"{year}-01-.. to {year}-", "new one")
        )
        assert server.plaintext == b""


def test_expired_though_the_ca_file_is_right(
    no_dicom: dict[str, Any], authority: TestCertificate, tmp_path: Path
) -> None:
    begin = datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)
    old = make_certificate(tmp_path, "old", valid_from=begin, valid_days=30, issuer=authority)
    with ScriptedServer(HELLO, old) as server:
        report = examine(server.url, no_dicom, TrustPolicy("ca_file", str(authority.certificate)))
        assert_fault(report, "certificate", "certificate_expired", "has expired", "new one")
        assert server.plaintext == b""


def test_an_authority_that_the_ca_file_has_not(
    no_dicom: dict[str, Any], authority: TestCertificate, own: TestCertificate, tmp_path: Path
) -> None:
    issued = make_certificate(tmp_path, "issued", issuer=authority)
    with ScriptedServer(HELLO, issued) as server:
        report = examine(server.url, no_dicom, TrustPolicy("ca_file", str(own.certificate)))
        line = report.line("certificate")
        assert (line.fault, line.cure_action) == ("certificate_untrusted", "pin")
        assert "not trusted" in line.cause and issued.fingerprint in line.cause
        assert server.plaintext == b""


def test_expires_soon(no_dicom: dict[str, Any], tmp_path: Path) -> None:
    brief = make_certificate(tmp_path, "brief", valid_days=5)
    with ScriptedServer(HELLO, brief) as server:
        report = examine(server.url, no_dicom, pinned(brief))
    line = report.line("certificate")
    assert (line.state, line.fault) == ("warning", "certificate_expires")
    assert report.line("orthanc").state == "passed"


def test_for_another_host(
    no_dicom: dict[str, Any], authority: TestCertificate, tmp_path: Path
) -> None:
    wrong = make_certificate(tmp_path, "wrong", hosts=["pacs.example"], issuer=authority)
    with ScriptedServer(HELLO, wrong) as server:
        trust = TrustPolicy("ca_file", str(authority.certificate))
        report = examine(server.url, no_dicom, trust)
        assert_fault(
            *(report, "certificate", "certificate_host", r"pacs\.example, not for 127", "address"),
            action="pin",
            fingerprint=wrong.fingerprint,
        )
        assert server.plaintext == b""


def test_ca_file_that_is_gone(no_dicom: dict[str, Any], own: TestCertificate) -> None:
    with ScriptedServer(HELLO, own) as server:
        report = examine(server.url, no_dicom, TrustPolicy("ca_file", "/no/such/file.pem"))
    assert_fault(report, "certificate", "ca_file", "CA file", "administrator")


# Login and Orthanc -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "line", "fault", "cause", "cure", "action"),
    [
        (Answer(401), "login", "login", "HTTP 401", "RemoteAccessAllowed", "ask_password"),
        (Answer(403), "login", "forbidden", "HTTP 403", "right", ""),
        (
            Answer(302, headers={"Location": "https://elsewhere.example/system"}),
            *("login", "redirect", "redirects to another address", "address", ""),
        ),
        (Answer(502), "login", "orthanc_down", "HTTP 502", "start Orthanc", ""),
        (Answer(0), "login", "http_closed", "closes the connection", "log.*nginx", ""),
        (Answer(404, b"<html>"), "orthanc", "not_orthanc", "is not Orthanc", "host, port", ""),
        (Answer(200, b"<html>"), "orthanc", "not_orthanc", "is not Orthanc", "host, port", ""),
        (Answer.of_json({"Name": 1}), "orthanc", "not_orthanc", "not Orthanc", "host, port", ""),
    ],
    ids=["401", "403", "redirect", "502", "closed", "404", "html", "json"],
)
def test_login_and_orthanc(
    no_dicom: dict[str, Any],
    own: TestCertificate,
    answer: Answer,
    line: str,
    fault: str,
    cause: str,
    cure: str,
    action: str,
) -> None:
    with ScriptedServer(always(answer), own) as server:
        report = examine(server.url, no_dicom, pinned(own))
    assert_fault(report, line, fault, cause, cure, action)
    assert_skipped(report, line, "storage", "registered", "https_instance", "compressed")


def test_takes_the_request_and_does_not_answer(
    no_dicom: dict[str, Any], own: TestCertificate
) -> None:
    with ScriptedServer(always(Answer(delay=30)), own) as server:
        report = examine(server.url, {**no_dicom, "read_timeout": 0.5}, pinned(own))
    assert_fault(report, "login", "http_silent", "does not answer", "Try again")


def test_no_password(no_dicom: dict[str, Any], own: TestCertificate) -> None:
    with ScriptedServer(always(Answer(401)), own) as server:
        report = run(ServerProfile("x", server.url, user="ana", trust=pinned(own), **no_dicom))
    assert report.line("login").fault == "login"
    assert "none was given" in report.line("login").cause


# What newer or older Orthanc versions tell of themselves ------------------------------------------


def orthanc_with(**more: Any) -> Callable[[Request], Answer]:
    """A server that calls itself Orthanc and tells these things."""

    def handle(request: Request) -> Answer:
        path = request.path.partition("?")[0]
        answers: dict[str, Any] = {
            "/system": {**SYSTEM, **more},
            "/plugins": [],
            "/modalities": {},
            "/statistics": {"CountPatients": 10, "TotalDiskSizeMB": 4000},
            "/instances": [],
            "/series": [],
            "/tools/find": [],
        }
        assert request.method == "GET" or path == "/tools/find", f"{request.method} {path}"
        return Answer.of_json(answers[path])

    return handle


@pytest.mark.parametrize(
    ("told", "fault", "state", "cause"),
    [
        ({"ReadOnly": True}, "read_only", "failed", "read-only"),
        ({"MaximumPatientCount": 10}, "storage_recycles", "warning", "deletes its oldest"),
        ({"MaximumStorageSize": 4000}, "storage_recycles", "warning", "deletes its oldest"),
        (
            {"MaximumStorageSize": 4000, "MaximumStorageMode": "Reject"},
            *("storage_full", "failed", "storage is full"),
        ),
    ],
    ids=["read only", "patients", "size", "full"],
)
def test_nothing_is_written_to_a_server_at_its_limit(
    no_dicom: dict[str, Any],
    own: TestCertificate,
    told: dict[str, Any],
    fault: str,
    state: str,
    cause: str,
) -> None:
    with ScriptedServer(orthanc_with(**told), own) as server:
        report = examine(server.url, no_dicom, pinned(own))
        paths = {one.path for one in server.requests if one.method != "GET"}
        assert paths <= {"/tools/find"}, "which only asks"
    line = report.line("storage")
    assert (line.fault, line.state) == (fault, state), report.text()
    assert cause in line.cause
    assert line.cure
    assert report.line("cleanup").cause == "Nothing was stored."


def test_orthanc_without_c_get(no_dicom: dict[str, Any], own: TestCertificate) -> None:
    handler = orthanc_with(Version="1.5.8", ReadOnly=True)
    with ScriptedServer(handler, own) as server:
        report = examine(server.url, no_dicom, pinned(own), retrieve_method="C-GET")
        line = report.line("orthanc")
    assert (line.state, line.fault) == ("warning", "no_c_get")
    assert (line.cure_action, line.cure_values["retrieve_method"]) == ("switch_method", "HTTPS")
