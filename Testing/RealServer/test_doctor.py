"""The doctor and a real Orthanc: healthy, and with the faults of its HTTPS side and its storage."""

from __future__ import annotations

import json
import re
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Optional

import pytest

from OrthancConnectCore.doctor.checks import storage as doctor_checks_storage
from OrthancConnectCore.doctor.instance import PATIENT_ID, make_instance, read_meta
from OrthancConnectCore.doctor.run import PLAN, run
from OrthancConnectCore.doctor.sockets import bare_exchange, store
from OrthancConnectCore.shared.check_lines import CheckLine
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.events import CancelToken
from Support.data.dicom import write_small_instances
from Support.process.busy_machine import here
from Support.scenarios.doctor_cases import (
    assert_fault,
    assert_skipped,
    examine_server,
    forbid,
    server_profile,
    silent_port,
)
from Support.servers.lying import Flood, LyingServer
from Support.servers.orthanc import PrivateOrthanc
from Support.servers.scripted import Answer, Request


@pytest.fixture
def server(usual_server: PrivateOrthanc) -> PrivateOrthanc:
    (usual_server.folder / "nginx-access.log").write_text("")
    return usual_server


def writes(server: PrivateOrthanc) -> list[str]:
    """What was stored and deleted through nginx since the test began, in order."""
    found = re.findall(
        r'"(POST|PUT|DELETE) (/instances|/studies|/patients)(/[0-9a-f-]+)? ', access_log(server)
    )
    return [f"{method} {path}{'/…' if name else ''}" for method, path, name in found]


def access_log(server: PrivateOrthanc) -> str:
    return (server.folder / "nginx-access.log").read_text(encoding="utf-8")


# Healthy ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["C-GET", "C-MOVE", "HTTPS"])
def test_a_healthy_server(server: PrivateOrthanc, method: str) -> None:
    began = time.monotonic()
    report = examine_server(server, retrieve_method=method)
    assert time.monotonic() - began < here(5)
    assert report.healthy, report.text()
    untested = [line.id for line in report.lines if line.state != "passed"]
    assert untested == ["compressed"], report.text()
    assert "no compressed series" in report.line("compressed").cause
    wanted = [step.id for step in PLAN if step.title and (step.id != "move" or method == "C-MOVE")]
    assert [line.id for line in report.lines] == wanted
    assert "identical over both" in report.line("https_instance").detail
    assert server.count() == 0
    assert writes(server) == ["POST /instances", "DELETE /instances/…"]


def test_lines_come_one_by_one_and_only_once(server: PrivateOrthanc) -> None:
    lines: list[CheckLine] = []
    report = run(
        server_profile(server), Credentials(server.user, server.password), progress=lines.append
    )
    assert sorted(line.id for line in lines) == sorted(line.id for line in report.lines)
    assert lines.index(report.line("login")) < lines.index(report.line("storage"))


def test_without_writing_it_looks_at_what_the_server_has(
    server: PrivateOrthanc, tmp_path: Path
) -> None:
    server.store(*write_small_instances(tmp_path, count=2))
    report = examine_server(server, write=False)
    assert report.healthy, report.text()
    assert report.line("storage").state == "skipped"
    assert "identical over both" in report.line("https_instance").detail
    assert writes(server) == []
    told = report.text() + json.dumps(report.to_dict())
    patient = server.get_json("/patients?expand")[0]["MainDicomTags"]
    assert patient["PatientID"] not in told and patient["PatientName"] not in told


def test_an_empty_server_without_writing(server: PrivateOrthanc) -> None:
    report = examine_server(server, write=False)
    assert report.healthy, report.text()
    assert report.line("find").detail == "allowed; there was no instance to look for"
    assert "no instance" in report.line("get").cause
    assert report.summary().endswith(" 5 not tested."), report.text()


def test_a_cancel_ends_it_and_leaves_nothing(server: PrivateOrthanc) -> None:
    token = CancelToken()

    def stop(line: CheckLine) -> None:
        if line.id == "storage":
            token.cancel()

    with silent_port() as port:  # C-ECHO would wait for its timeout
        profile = server_profile(server, dicom_port=port, connect_timeout=5, dimse_timeout=9)
        began = time.monotonic()
        report = run(profile, Credentials(server.user, server.password), progress=stop, token=token)
    assert time.monotonic() - began < here(2.5)
    assert report.cancelled and not report.healthy
    assert report.line("find").cause == "The run was cancelled before this was known."
    assert server.count() == 0
    assert writes(server) == ["POST /instances", "DELETE /instances/…"]


def test_what_another_computer_s_run_has_left_is_removed_when_it_is_old(
    server: PrivateOrthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what came by C-STORE, for which Orthanc writes a head of its own."""
    left, _sample = make_instance()
    server.request("POST", "/instances", left)
    content, sample = make_instance("40001-another")
    data_set = content[read_meta(content)[1] :]
    request = store(sample.sop_class_uid, sample.sop_instance_uid, data_set)
    bare_exchange("127.0.0.1", server.dicom_port, (server.aet, "SLICER"), 5.0, request)
    like_it = bytearray(make_instance()[0])
    like_it[-1] ^= 1
    server.request("POST", "/instances", bytes(like_it))
    server.store(*write_small_instances(tmp_path, count=2))
    report = examine_server(server)
    assert server.count() == 5, "another run may be using it: it is not old enough"
    assert report.line("cleanup").detail == "the test instance was deleted"
    monkeypatch.setattr(doctor_checks_storage, "FORGOTTEN", -60.0)
    assert examine_server(server, write=False).line("cleanup").state == "skipped"
    assert server.count() == 5, "nothing is to be written"
    report = examine_server(server)
    assert report.healthy, report.text()
    assert "with 2 that earlier check-ups had left" in report.line("cleanup").detail
    assert server.count() == 3
    (stays,) = [
        record["Instances"]
        for record in server.get_json("/series?expand")
        if record["MainDicomTags"]["Modality"] == "OT"
    ]
    assert server.request("GET", f"/instances/{stays[0]}/file") == bytes(like_it)


# HTTPS side ------------------------------------------------------------------------------------


def test_wrong_password(server: PrivateOrthanc) -> None:
    report = run(server_profile(server), Credentials(server.user, "wrong-Zk4"))
    assert_fault(report, "login", "login", "HTTP 401", "RemoteAccessAllowed", action="ask_password")
    assert "wrong-Zk4" not in report.text()
    assert_skipped(report, "login", "orthanc", "storage", "registered", "https_instance")
    assert [report.line(name).state for name in ("echo", "find")] == ["passed", "passed"]


def test_a_user_without_any_right(server: PrivateOrthanc, tmp_path: Path) -> None:
    forbid(server, tmp_path, "uri == '/system'")
    report = examine_server(server)
    assert_fault(report, "login", "forbidden", "HTTP 403", "administrator")


def test_orthanc_is_down_behind_nginx(server: PrivateOrthanc) -> None:
    server.kill()
    try:
        report = examine_server(server)
    finally:
        server.restart()
    assert report.line("login").fault == "orthanc_down", report.text()
    assert "HTTP 502" in report.line("login").cause
    assert report.line("dicom_port").fault == "dicom_port_closed"
    assert_skipped(report, "login", "orthanc", "storage", "registered")


def test_debian_orthanc_dies_on_its_first_https_request() -> None:
    with CrashingOrthanc() as crashing:
        report = run(
            server_profile(
                crashing,
                rest_url=f"https://127.0.0.1:{crashing.http_port}",
                connect_timeout=3.0,
            ),
            Credentials(crashing.user, crashing.password),
        )
    blamed = [line.id for line in report.failures]
    line = report.line(blamed[0])
    assert line.fault == "dies_at_tls", report.text()
    assert "Debian" in line.cause and "SslEnabled" in line.cause
    assert "nginx" in line.cure
    assert line.id in ("tls", "certificate", "login")


class CrashingOrthanc(PrivateOrthanc):
    """Orthanc with TLS of its own, which Debian's package does not survive."""

    def _rest_answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.http_port)) == 0

    @property
    def config(self) -> dict[str, Any]:
        both = self.folder / "both.pem"
        certificate = self._nginx_certificate()
        both.write_bytes(certificate.key.read_bytes() + certificate.certificate.read_bytes())
        return {
            **super().config,
            "SslEnabled": True,
            "SslCertificate": str(both),
            "RemoteAccessAllowed": True,
        }


def test_the_dicom_port_as_https_address(server: PrivateOrthanc) -> None:
    report = examine_server(server, rest_url=f"https://127.0.0.1:{server.dicom_port}")
    assert_fault(report, "tls", "dicom_port_as_https", "is a DICOM port", "HttpPort")


def test_orthanc_itself_instead_of_its_https_front(server: PrivateOrthanc) -> None:
    report = examine_server(server, rest_url=f"https://127.0.0.1:{server.http_port}")
    line = assert_fault(report, "tls", "http_port_as_https", "plain HTTP", "nginx")
    assert "Orthanc itself" in line.cause


# Storage ---------------------------------------------------------------------------------------


def test_storage_that_is_not_writable(server: PrivateOrthanc) -> None:
    storage = server.folder / "storage"
    gone = [path for path in storage.iterdir() if path.is_dir()]
    blocked = [storage / f"{number:02x}" for number in range(256)]
    for path in gone:
        path.rename(server.folder / f"moved-{path.name}")
    for path in blocked:
        path.write_text("in the way")
    try:
        report = examine_server(server)
    finally:
        for path in blocked:
            path.unlink()
        for path in gone:
            (server.folder / f"moved-{path.name}").rename(path)
    assert_fault(report, "storage", "storage", "can't store anything.*HTTP 500", "disk")


def test_upload_that_is_forbidden(server: PrivateOrthanc, tmp_path: Path) -> None:
    forbid(server, tmp_path, "method == 'POST' and uri == '/instances'")
    report = examine_server(server)
    assert_fault(report, "storage", "upload_forbidden", "HTTP 403", "right to upload")


def test_a_web_server_that_takes_small_files_only(server: PrivateOrthanc) -> None:
    """As nginx without client_max_body_size; the rest is looked at with a small instance."""

    def answer(request: Request) -> Optional[Answer]:
        return Answer(413) if len(request.body) > 1 << 20 else None

    with LyingServer(server, answer) as proxy:
        report = examine_server(server, rest_url=proxy.url)
    assert_fault(report, "storage", "body_limit", r"1\.1 MB \(HTTP 413\)", "client_max_body_size")
    assert "identical over both" in report.line("https_instance").detail
    assert server.count() == 0


@pytest.mark.parametrize("status", [429, 503])
def test_a_web_server_that_limits_the_rate(server: PrivateOrthanc, status: int) -> None:
    """Every third request is refused at first, whatever it asks: nothing else is said of it."""
    asked: list[str] = []

    def answer(request: Request) -> Optional[Answer]:
        if request.path in asked:
            return None
        asked.append(request.path)
        fields = {"Content-Type": "text/html", "Retry-After": "1"}
        return None if len(asked) % 3 else Answer(status, b"<html>", fields)

    with LyingServer(server, answer) as proxy:
        report = examine_server(server, rest_url=proxy.url)
    cause = rf"too fast \(HTTP {status}\)"
    assert_fault(report, "pace", "rate_limit", cause, "by themselves", state="warning")
    assert server.count() == 0


def test_a_user_who_may_only_read(server: PrivateOrthanc, tmp_path: Path) -> None:
    """A retrieve finds what to fetch in the server's lists; where it can't, nothing is fetched."""
    server.store(*write_small_instances(tmp_path, count=1))
    forbid(server, tmp_path, "method ~= 'GET'")
    report = examine_server(server, write=False)
    cure = "Nothing to do"
    assert_fault(report, "search", "search_forbidden", "POST /tools/find", cure, state="warning")
    forbid(server, tmp_path, "method ~= 'GET' or uri == '/studies'")
    report = examine_server(server, write=False)
    assert_fault(report, "search", "reading_forbidden", "neither search nor list", "right to read")


def test_a_server_that_ends_each_answer_early(server: PrivateOrthanc, tmp_path: Path) -> None:
    """Orthanc ends C-FIND after LimitFindResults, and since 1.12 a search over HTTPS instead."""
    server.store(*write_small_instances(tmp_path, count=3, patients=3))
    server.restart(LimitFindResults=2)
    report = examine_server(server, write=False)
    server.restart(LimitFindResults=0)
    key = "search" if server.version >= (1, 12) else "find"
    assert_fault(report, key, "search_limited", "after 2 studies", "Narrow", state="warning")

    def answer(request: Request) -> Optional[Answer]:
        wanted = json.loads(request.body) if request.path == "/tools/find" else {}
        return Answer.of_json(["x"]) if wanted.get("Query") == {} else None

    with LyingServer(server, answer) as proxy:
        report = examine_server(server, rest_url=proxy.url, write=False)
    assert_fault(report, "search", "search_limited", "after 1 study", "Narrow", state="warning")


def test_a_server_that_keeps_to_no_limit(server: PrivateOrthanc, tmp_path: Path) -> None:
    """It sends whole lists where some of each is asked for, and a file that does not end."""
    server.store(*write_small_instances(tmp_path, count=30, series=30))
    flood = Flood(b"HTTP/1.1 200 OK\r\n\r\n", b" " * (1 << 20), 100 << 20)

    def answer(request: Request) -> Optional[Answer]:
        if request.path.endswith("/file") and is_flooding:
            return Answer(raw=flood)
        path = re.sub(r"limit=\d+", "limit=1000", request.path)
        return proxy.truth(replace(request, path=path))

    is_flooding = False
    with LyingServer(server, answer) as proxy:
        examine_server(server, rest_url=proxy.url)
        asked = [one for one in proxy.requests if one.path.endswith("/metadata/TransferSyntax")]
        is_flooding = True
        report = examine_server(server, rest_url=proxy.url)
    assert 10 < len(asked) < 20
    line = report.line("https_instance")
    assert (line.state, "more than 2 MB" in line.cause) == ("failed", True), line
    assert flood.sent < 20 << 20


def test_upload_that_a_filter_drops(server: PrivateOrthanc, tmp_path: Path) -> None:
    script = tmp_path / "drop.lua"
    script.write_text("function ReceivedInstanceFilter(dicom, origin)\n  return false\nend\n")
    server.restart(LuaScripts=[str(script)])
    report = examine_server(server)
    assert_fault(report, "storage", "upload_filtered", "does not keep", "filter")


def test_a_test_instance_that_can_not_be_deleted_is_told(
    server: PrivateOrthanc, tmp_path: Path
) -> None:
    forbid(server, tmp_path, "method == 'DELETE' and string.find(uri, '/instances/') == 1")
    report = examine_server(server)
    line = report.line("cleanup")
    assert (line.state, line.fault) == ("warning", "left_behind"), report.text()
    assert PATIENT_ID in line.cure
    assert server.count() == 1
