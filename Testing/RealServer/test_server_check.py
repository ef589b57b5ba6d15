"""What `server-check` says of a configuration is what Orthanc does; a running server's faults."""

from __future__ import annotations

import json
import urllib.error
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Dict

import pytest

from OrthancConnectCore.setup.server_check.run import check_configuration
from OrthancConnectCore.setup.server_check.running import check_server
from OrthancConnectCore.shared.check_lines import FAILED
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from Support.data.certificates import make_certificate
from Support.process.command_line import CommandLine
from Support.servers.configuration import other_debian
from Support.servers.orthanc import OrthancStartError, PrivateOrthanc

MODALITY = {"b": ["SLICER", "192.0.2.1", 104]}


def faults_of_file(server: PrivateOrthanc) -> Dict[str, str]:
    """What is found in the configuration with which a server was started: fault and sentence."""
    report = check_configuration(server.folder / "orthanc.json")
    return {line.fault: line.cause for line in report.lines if line.fault and line.id != "disks"}


@pytest.mark.parametrize(
    ("fault", "changes"),
    [
        ("wrong_type", {"HttpPort": "8042"}),
        ("wrong_type", {"KeepAlive": 1}),
        ("below_zero", {"LimitFindResults": -1}),
        ("no_threads", {"HttpThreadsCount": 0}),
        ("no_threads", {"DicomThreadsCount": 0}),
        ("pdu_length", {"MaximumPduLength": 200_000}),
        ("unknown_encoding", {"DefaultEncoding": "UTF-8"}),
        ("bad_ae_title", {"DicomAet": "A" * 17}),
        ("bad_entry", {"DicomModalities": {"a b": ["A", "host", 104]}}),
        ("bad_entry", {"DicomModalities": {"a": ["A", "host", 65535]}}),
        ("bad_entry", {"DicomModalities": {"a": ["A", "host", 104, "Siemens"]}}),
        ("bad_entry", {"DicomModalities": {"a": {"AET": "A", "Host": "h"}}}),
        ("script_missing", {"LuaScripts": ["/nowhere/x.lua"]}),
        ("dicom_tls_incomplete", {"DicomTlsEnabled": True}),
        ("no_certificate", {"SslEnabled": True, "SslCertificate": "none.pem"}),
    ],
)
def test_orthanc_does_not_start(tmp_path: Path, fault: str, changes: Dict[str, Any]) -> None:
    server = PrivateOrthanc(changes, folder=tmp_path / "server", plugins=False)
    with pytest.raises(OrthancStartError, match="ended with"):
        server.start()
    report = check_configuration(tmp_path / "server" / "orthanc.json")
    assert fault in [line.fault for line in report.lines if line.state == FAILED]


def test_orthanc_starts_and_does_something_else(tmp_path: Path) -> None:
    users = {"AuthenticationEnabled": False, "RegisteredUsers": {"ana": "kV7#mQ2zXw9-Lp"}}
    changes = {
        **users,
        "DicomModalitiesInDatabase": True,
        "RemoteAcessAllowed": True,
    }
    with PrivateOrthanc(changes, folder=tmp_path / "server") as server:
        found = faults_of_file(server)
        server.user = ""
        assert server.get_json("/system")["Name"], "no login is asked for"
        assert server.get_json("/modalities") == [], "the file's entries are hidden"
    assert set(found) == {"users_ignored", "entries_hidden", "misspelt_key"}


def test_a_missing_plugin(tmp_path: Path) -> None:
    server = PrivateOrthanc({"Plugins": ["/nowhere/libX.so"]}, folder=tmp_path / "server")
    is_newer = other_debian() is not None
    with pytest.raises(OrthancStartError, match="ended") if is_newer else nullcontext(), server:
        assert server.get_json("/plugins") == ["explorer.js"]
    report = check_configuration(tmp_path / "server" / "orthanc.json")
    assert "plugin_missing" in [line.fault for line in report.lines]


def test_nobody_can_log_in(tmp_path: Path) -> None:
    with PrivateOrthanc({"RegisteredUsers": {}}, folder=tmp_path / "server") as server:
        assert list(faults_of_file(server)) == ["nobody_can_log_in"]
        with pytest.raises(urllib.error.HTTPError, match="401"):
            server.get_json("/system")


def test_everybody_can_log_in(tmp_path: Path) -> None:
    changes = {"RemoteAccessAllowed": True, "RegisteredUsers": {}}
    with PrivateOrthanc(changes, None, "orthanc", "orthanc", folder=tmp_path / "server") as server:
        assert list(faults_of_file(server)) == ["default_account", "no_tls"]
        assert server.get_json("/system")["IsHttpServerSecure"] is False


def test_the_oldest_patient_is_deleted(tmp_path: Path) -> None:
    with PrivateOrthanc({"MaximumPatientCount": 1}, folder=tmp_path / "server") as server:
        assert list(faults_of_file(server)) == ["recycles"]
        for patient in ("first", "second"):
            server.post_json("/tools/create-dicom", {"Tags": {"PatientID": patient}})
        assert server.count("Patients") == 1


def test_the_tests_and_the_demos_own_configuration_is_green(tmp_path: Path) -> None:
    with PrivateOrthanc(folder=tmp_path / "server") as server:
        assert faults_of_file(server) == {}
        profile = profile_of(server)
        report = check_server(profile, Credentials(server.user, server.password))
        assert report.healthy and [line.fault for line in report.lines if line.fault] == []
        assert "dicom-web" in report.lines[0].detail


def profile_of(server: PrivateOrthanc, **more: Any) -> ServerProfile:
    trust = TrustPolicy.pinned(server.fingerprint)
    return ServerProfile("lab", server.rest_url, server.user, **{"trust": trust, **more})


def weakened(nginx: str) -> str:
    """nginx as it was ten years ago."""
    [protocols] = [line for line in nginx.splitlines() if "ssl_protocols" in line]
    return nginx.replace(protocols, "ssl_protocols TLSv1.1 TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0;")


def test_a_running_servers_faults_are_found(tmp_path: Path) -> None:
    changes = {
        "RegisteredUsers": {"orthanc": "orthanc"},
        "DefaultEncoding": "Latin1",
        "ExecuteLuaEnabled": True,
        "DicomModalities": {"a": ["slicer", "192.0.2.2", 104], **MODALITY},
        "OrthancPeers": {"p": ["http://192.0.2.3:8042/", "ana", "kV7#mQ2zXw9-Lp"]},
        "MaximumStorageSize": 1000,
        "OverwriteInstances": True,
    }
    soon = make_certificate(tmp_path / "tls", valid_days=20)
    options: Any = {"certificate": soon, "edit_nginx": weakened, "aet": "ORTHANC", "verbose": True}
    with PrivateOrthanc(changes, user="orthanc", password="orthanc", **options) as server:
        report = check_server(profile_of(server), Credentials("orthanc", "orthanc"))
        expected = {
            *("certificate_ends", "old_tls", "default_account", "default_ae_title"),
            *("same_ae_title", "peer_in_clear", "encoding", "lua_over_http", "talkative_log"),
        }
        if server.version >= (1, 11, 3):  # which tells more
            expected |= {"overwrites", "recycles"}
        assert {line.fault for line in report.lines if line.fault} == expected
        assert all(line.cure for line in report.lines if line.fault)


def test_strangers_and_clear_text_are_found_by_the_command(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)
    with PrivateOrthanc({"AuthenticationEnabled": False}, plugins=False) as server:
        said = line.run("server-check", server.http_url, "--allow-insecure-http", "--json")
        assert said.code == 1
        found = [one["fault"] for one in said.data["lines"] if one["fault"]]
        assert found == ["no_tls", "no_authentication"]
        server.restart(AuthenticationEnabled=True)
        trust = ("--fingerprint", server.fingerprint)
        asked = ("server-check", server.rest_url, "--user", server.user, "--password-stdin")
        assert line.run(*asked, *trust, stdin=f"{server.password}\n").code == 0
        assert line.run(*asked, *trust, stdin="wrong\n").code == 4
        assert line.run(*asked, stdin=f"{server.password}\n").code == 3
        assert server.password not in line.everything
        json.loads(line.run(*asked, *trust, "--json", stdin=f"{server.password}\n").out)
        server.kill()
        server.stop_nginx()
        assert line.run(*asked, *trust, stdin=f"{server.password}\n").code == 5
