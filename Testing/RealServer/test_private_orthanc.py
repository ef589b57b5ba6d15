"""The ground that the other tests stand on: the private server and its ways to end."""

from __future__ import annotations

import base64
import datetime
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from Support.data.certificates import make_certificate
from Support.data.dicom import write_small_instances
from Support.process.busy_machine import here
from Support.process.left_behind import child_processes
from Support.process.ports import is_free, release_port, reserve_port
from Support.servers.configuration import example_configuration
from Support.servers.orthanc import OrthancStartError, PrivateOrthanc

TESTING = Path(__file__).resolve().parents[1]
_IMPORTS = "import sys; sys.path.append('../OrthancConnect');"
_IMPORTS += "from Support.servers.orthanc import PrivateOrthanc;"


def over_https(
    server: PrivateOrthanc, path: str, password: str, **request: Any
) -> tuple[int, bytes]:
    """Ask through nginx, trusting its certificate only."""
    secret = base64.b64encode(f"{server.user}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {secret}"}
    context = ssl.create_default_context(cafile=str(server.certificate_path))
    asked = urllib.request.Request(server.rest_url + path, headers=headers, **request)
    with urllib.request.urlopen(asked, context=context, timeout=10) as response:
        return response.status, response.read()


def served_fingerprint(server: PrivateOrthanc) -> str:
    """SHA-256 of the certificate on the wire, read with openssl."""
    pem = ssl.get_server_certificate(("127.0.0.1", server.https_port))
    command = ["openssl", "x509", "-noout", "-fingerprint", "-sha256"]
    shown = subprocess.run(command, input=pem, capture_output=True, text=True, check=True).stdout
    return shown.strip().partition("=")[2]


def alive(pid: int) -> bool:
    """Whether it runs; what has ended and waits for its parent (Z) does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_it_answers_over_https_and_http_and_dicom(orthanc: PrivateOrthanc) -> None:
    status, body = over_https(orthanc, "/system", orthanc.password)
    assert status == 200
    assert b'"DicomAet" : "IUIBS"' in body
    assert orthanc.get_json("/system")["DicomPort"] == orthanc.dicom_port
    with socket.create_connection((orthanc.dicom_host, orthanc.dicom_port), timeout=2):
        pass
    assert "dicom-web" in orthanc.get_json("/plugins")


def test_a_wrong_password_is_refused(orthanc: PrivateOrthanc) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        over_https(orthanc, "/system", "wrong")
    refused.value.close()
    assert refused.value.code == 401


def test_its_fingerprint_is_the_one_on_the_wire(orthanc: PrivateOrthanc) -> None:
    assert served_fingerprint(orthanc) == orthanc.fingerprint


def test_what_is_stored_is_counted_and_reset_forgets_it(
    orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    files = write_small_instances(tmp_path / "data", count=6, patients=2)
    assert len(set(orthanc.store(*files))) == 6
    assert (orthanc.count("Patients"), orthanc.count()) == (2, 6)
    known = orthanc.get_json("/modalities?expand")
    orthanc.know({"slicer": ["SLICER", "192.0.2.1", 11112], "new": ["NEW", "192.0.2.1", 104]})
    orthanc.reset()
    assert orthanc.get_json("/modalities?expand") == known
    assert orthanc.count() == 0
    assert orthanc.get_json("/changes")["Changes"] == []


def test_a_body_larger_than_nginx_takes_by_default_passes(
    orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    (file,) = write_small_instances(tmp_path, count=1, size=1024)
    assert file.stat().st_size > 2_000_000
    status, body = over_https(
        orthanc, "/instances", orthanc.password, data=file.read_bytes(), method="POST"
    )
    assert (status, b'"Success"' in body) == (200, True)


def test_the_configuration_is_the_shipped_example(orthanc: PrivateOrthanc) -> None:
    example = example_configuration()
    assert set(orthanc.config) == set(example) | {"TemporaryDirectory"}
    for key in ("AuthenticationEnabled", "DefaultEncoding", "DicomWeb", "RemoteAccessAllowed"):
        assert orthanc.config[key] == example[key]


def test_the_password_is_readable_for_the_owner_only_and_not_in_a_command_line(
    orthanc: PrivateOrthanc,
) -> None:
    assert (orthanc.folder / "orthanc.json").stat().st_mode & 0o077 == 0
    assert len(orthanc.pids) == 2
    for pid in orthanc.pids:
        for name in ("cmdline", "environ"):
            assert orthanc.password.encode() not in Path(f"/proc/{pid}/{name}").read_bytes()


def test_tcp_nodelay_is_in_the_environment_of_orthanc_unless_unwanted() -> None:
    for wanted in (True, False):
        with PrivateOrthanc(tcp_nodelay=wanted) as server:
            environment = Path(f"/proc/{server.pids[0]}/environ").read_bytes().split(b"\0")
            assert (b"TCP_NODELAY=1" in environment) is wanted


def test_it_starts_and_stops_within_3_seconds_and_leaves_nothing() -> None:
    began = time.monotonic()
    server = PrivateOrthanc(plugins=False).start()
    started = time.monotonic() - began
    pids, folder, port = server.pids, server.folder, server.https_port
    assert server.get_json("/plugins") == ["explorer.js"]
    began = time.monotonic()
    server.stop()
    assert max(started, time.monotonic() - began) < here(3)
    assert not any(alive(pid) for pid in pids)
    assert not folder.exists()
    assert is_free(port)


def test_restart_keeps_ports_and_data_and_takes_other_settings(tmp_path: Path) -> None:
    with PrivateOrthanc(modalities={"lab": ["LAB", "127.0.0.1", 11]}) as server:
        server.store(*write_small_instances(tmp_path, count=2))
        before = (server.rest_url, server.dicom_port, server.fingerprint)
        server.restart(Name="renamed")
        assert (server.rest_url, server.dicom_port, server.fingerprint) == before
        assert server.get_json("/system")["Name"] == "renamed"
        assert server.get_json("/modalities") == ["lab"]
        server.restore()
        pids = server.pids
        server.restore()  # nothing differs any more: it is left running
        assert (server.get_json("/system")["Name"], server.pids) == (server.aet, pids)
        assert server.count() == 2


def test_after_a_kill_nginx_answers_502_until_the_restart() -> None:
    with PrivateOrthanc() as server:
        server.kill()
        with pytest.raises(urllib.error.HTTPError) as bad_gateway:
            over_https(server, "/system", server.password)
        bad_gateway.value.close()
        assert bad_gateway.value.code == 502
        server.restart()
        assert over_https(server, "/system", server.password)[0] == 200


def test_another_certificate_changes_the_fingerprint(tmp_path: Path) -> None:
    long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    expired = make_certificate(tmp_path, "expired", valid_from=long_ago, valid_days=30)
    with PrivateOrthanc() as server:
        first = server.fingerprint
        server.replace_certificate(expired)
        assert server.fingerprint == expired.fingerprint != first
        assert served_fingerprint(server) == expired.fingerprint
        with pytest.raises(urllib.error.URLError, match="certificate has expired"):
            over_https(server, "/system", server.password)


def test_a_certificate_of_an_authority_is_trusted_for_its_host_only(tmp_path: Path) -> None:
    authority = make_certificate(tmp_path, "authority", authority=True)
    right = make_certificate(tmp_path, "right", issuer=authority)
    wrong = make_certificate(tmp_path, "wrong", hosts=["pacs.example.org"], issuer=authority)
    context = ssl.create_default_context(cafile=str(authority.certificate))
    with PrivateOrthanc(certificate=right) as server:
        address = ("127.0.0.1", server.https_port)
        with socket.create_connection(address) as raw:
            with context.wrap_socket(raw, server_hostname="127.0.0.1") as secured:
                assert secured.version() in ("TLSv1.2", "TLSv1.3")
        server.replace_certificate(wrong)
        with socket.create_connection(address) as raw:
            with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
                context.wrap_socket(raw, server_hostname="127.0.0.1")
    assert right.certificate.exists()


def test_a_configuration_that_orthanc_refuses_is_told_with_its_log() -> None:
    server = PrivateOrthanc(configuration={"HttpPort": "8042"})
    with pytest.raises(OrthancStartError, match="Orthanc ended with"):
        server.start()
    assert server.pids == []


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM])
def test_both_end_when_the_process_that_started_them_is_killed(way: signal.Signals) -> None:
    script = (
        f"{_IMPORTS} import time;"
        "s = PrivateOrthanc().start(); print(*s.pids, s.folder, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=TESTING, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        *pids, folder = owner.stdout.readline().split()
        owner.send_signal(way)
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline and (
        any(alive(int(pid)) for pid in pids) or Path(folder).exists()
    ):
        time.sleep(0.02)
    assert [pid for pid in pids if alive(int(pid))] == []
    assert not Path(folder).exists()


def test_a_detached_server_outlives_its_process_and_keeps_its_folder(tmp_path: Path) -> None:
    script = f"{_IMPORTS} print(*PrivateOrthanc(folder=sys.argv[1]).start().detach())"
    shown = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "kept")],
        cwd=TESTING,
        capture_output=True,
        text=True,
        check=True,
    )
    pids = [int(pid) for pid in shown.stdout.split()]
    try:
        time.sleep(0.5)
        assert len(pids) == 2
        assert all(alive(pid) for pid in pids)
        assert (tmp_path / "kept" / "orthanc.json").exists()
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)


def test_a_reserved_port_is_not_given_twice_even_to_another_process() -> None:
    port = reserve_port()
    script = f"from Support.process import ports; print(ports._claim({port}))"
    command = [sys.executable, "-c", script]
    shown = subprocess.run(command, cwd=TESTING, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
    release_port(port)
    shown = subprocess.run(command, cwd=TESTING, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "True"


def test_a_process_left_behind_is_seen() -> None:
    with subprocess.Popen(["sleep", "30"]) as left:
        assert child_processes()[left.pid] == "sleep 30"
        left.kill()
    assert left.pid not in child_processes()
