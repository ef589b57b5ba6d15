"""What `server-check` finds in configurations, each with its cure; a sound one stays green."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

import pytest
from cryptography import x509

from OrthancConnectCore.setup.orthanc_json import read_orthanc_json
from OrthancConnectCore.setup.server_check import access
from OrthancConnectCore.setup.server_check.keys import DEFAULTS, OTHERS
from OrthancConnectCore.setup.server_check.run import ServerReport, check_configuration
from OrthancConnectCore.shared.check_lines import FAILED, WARNING, CheckLine
from OrthancConnectCore.shared.errors import ConfigurationError, InputError
from Support.data.certificates import make_certificate, sign_with_sha1
from Support.process.command_line import CORE_PARENT, in_process
from Support.servers.configuration import example_configuration
from Support.servers.small_disk import NoSmallDisk, SmallDisk

RESOURCES = Path(__file__).resolve().parents[2] / "Resources"

SECRET = "canary-Vq7#rT2xKp"
_LONG = "A23456789012345678"


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ServerReport]:
    """Check the shipped example, on this computer, with some keys changed; None takes one out."""
    monkeypatch.setattr(access, "DEBIAN_PACKAGE", tmp_path / "orthanc.list")

    def call(changes: Optional[Dict[str, Any]] = None) -> ServerReport:
        (tmp_path / "db").mkdir(exist_ok=True)
        named = {"StorageDirectory": "db", "IndexDirectory": "db", "Plugins": []}
        config = {**example_configuration(), **named, **(changes or {})}
        config = {key: value for key, value in config.items() if value is not None}
        return check_configuration(written(tmp_path / "orthanc.json", json.dumps(config)))

    return call


def written(path: Path, text: str, mode: int = 0o640) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def faults(report: ServerReport) -> List[str]:
    """Names of what was found; whether this computer's disk is large enough is its own affair."""
    return [line.fault for line in report.lines if line.fault and line.fault != "no_room"]


def the_fault(report: ServerReport, name: str) -> CheckLine:
    [line] = [line for line in report.lines if line.fault == name]
    assert line.state in (FAILED, WARNING) and line.cause and line.cure
    assert SECRET not in report.text() + json.dumps(report.to_dict())
    return line


def entry(*values: Any, **more: Any) -> Dict[str, Any]:
    return {"DicomModalities": {"a": list(values), **more}}


REMOTE = {"RemoteAccessAllowed": True}
SOUND = {"RegisteredUsers": {"ana": SECRET}}
CASES = [
    ({**REMOTE, "AuthenticationEnabled": False, **SOUND}, "no_authentication", "RegisteredUsers"),
    ({**REMOTE, "RegisteredUsers": {}}, "default_account", "RegisteredUsers"),
    ({"RegisteredUsers": {"orthanc": "orthanc"}}, "default_account", "15 characters"),
    ({"RegisteredUsers": None}, "nobody_can_log_in", "RegisteredUsers"),
    ({"AuthenticationEnabled": None, **SOUND}, "users_ignored", "AuthenticationEnabled to true"),
    ({**REMOTE, **SOUND}, "no_tls", "nginx"),
    ({"RegisteredUsers": {"ana": "Ana2026"}}, "weak_password", "15 characters"),
    ({"RegisteredUsers": {"ana": "password123"}}, "weak_password", "15 characters"),
    ({"RegisteredUsers": {"anamariaperez": "AnaMariaPerez"}}, "weak_password", "15 characters"),
    ({"RegisteredUsers": {"ana": "kV7#mQ2z"}}, "short_password", "15 characters"),
    ({"RegisteredUsers": {"a:b": SECRET}}, "user_with_colon", "without a colon"),
    ({"HttpPort": 4242}, "same_port", "8042"),
    ({"HttpPort": 443}, "privileged_port", "1024"),
    ({"DicomPort": 70000}, "no_port", "1024"),
    ({"HttpPort": "8042"}, "wrong_type", "HttpPort as a whole number"),
    ({"KeepAlive": "false"}, "wrong_type", "true or false"),
    ({"StableAge": -1}, "below_zero", "0 or more"),
    ({"HttpThreadsCount": 0}, "no_threads", "HttpThreadsCount out"),
    ({"HttpThreadsCount": 1}, "one_http_thread", "HttpThreadsCount out"),
    ({"MaximumPduLength": 100}, "pdu_length", "MaximumPduLength out"),
    ({"RemoteAcessAllowed": True}, "misspelt_key", "Write RemoteAccessAllowed"),
    ({"DicomAET": "IUIBS"}, "misspelt_key", "Write DicomAet"),
    ({"Zauberwort": 1}, "unknown_key", "plugin"),
    ({"DicomAet": "A" * 17}, "bad_ae_title", "1 to 16"),
    ({"DicomAet": "MÜNCHEN"}, "bad_ae_title", "1 to 16"),
    ({"DicomAet": "ORTHANC"}, "default_ae_title", "unique"),
    ({"DicomModalitiesInDatabase": True}, "entries_hidden", "register"),
    (entry("A", "host", 0), "bad_entry", "11112"),
    (entry("A", "host", "port"), "bad_entry", "11112"),
    (entry("A", "host"), "bad_entry", "11112"),
    (entry("A", "host", 104, "Siemens"), "bad_entry", "11112"),
    ({"DicomModalities": {"ct 1": ["A", "host", 104]}}, "bad_entry", "11112"),
    (entry("A", "host", 104, b=["a", "other", 104]), "same_ae_title", "of its own"),
    (entry(_LONG, "host", 104), "bad_ae_title", "1 to 16"),
    (entry("A", "http://host", 104), "bad_host", "alone"),
    ({"DicomModalities": {"a": {"AET": "A", "Host": "h", "Port": 1, "AllowGett": True}}},)
    + ("unknown_in_entry", "spelled"),
    ({"DicomAlwaysAllowFind": True}, "anyone_may", "DicomAlwaysAllowFind to false"),
    ({"DicomAlwaysAllowMove": True}, "anyone_may", "DicomAlwaysAllowMove to false"),
    ({"DicomCheckCalledAet": True}, "called_ae_title_checked", "DicomAet"),
    ({"DicomTlsEnabled": True}, "dicom_tls_incomplete", "PEM"),
    ({"OrthancPeers": {"p": ["http://peer:8042/", "ana", SECRET]}}, "peer_in_clear", "https://"),
    ({"DefaultEncoding": None}, "encoding", "Utf8"),
    ({"DefaultEncoding": "UTF-8"}, "unknown_encoding", "Utf8"),
    ({"StorageCompression": True}, "storage_compression", "false"),
    ({"OverwriteInstances": True}, "overwrites", "false"),
    ({"StoreDicom": False}, "files_not_kept", "StoreDicom out"),
    ({"StoreMD5ForAttachments": False}, "no_md5", "StoreMD5ForAttachments out"),
    ({"SyncStorageArea": False}, "not_synced", "SyncStorageArea out"),
    ({"KeepAlive": False}, "no_keep_alive", "KeepAlive to true"),
    ({"TcpNoDelay": False}, "delayed_packets", "TcpNoDelay to true"),
    ({"DeidentifyLogs": False}, "names_in_log", "DeidentifyLogs to true"),
    ({"HttpsVerifyPeers": False}, "peers_not_verified", "HttpsVerifyPeers to true"),
    ({"ExecuteLuaEnabled": True}, "lua_over_http", "ExecuteLuaEnabled to false"),
    ({"RestApiWriteToFileSystemEnabled": True}, "writes_files", "to false"),
    ({"WebDavDeleteAllowed": True}, "webdav_deletes", "WebDavDeleteAllowed to false"),
    ({"HttpServerEnabled": False}, "no_http", "HttpServerEnabled to true"),
    ({"DicomServerEnabled": False}, "no_dicom", "DicomServerEnabled to true"),
    ({"JobsHistorySize": 0}, "no_jobs_kept", "JobsHistorySize out"),
    ({"ReadOnly": True}, "read_only", "false"),
    ({"LimitFindResults": 100}, "results_limited", "LimitFindResults to 0"),
    ({"MaximumStorageSize": 1000}, "recycles", "Reject"),
    ({"MaximumPatientCount": 10}, "recycles", "Reject"),
    ({"MaximumStorageMode": "reject"}, "unknown_mode", "Reject"),
    ({"Plugins": ["/nowhere/libX.so"]}, "plugin_missing", "Install"),
    ({"LuaScripts": ["/nowhere/x.lua"]}, "script_missing", "take the line out"),
    ({"TemporaryDirectory": "/nowhere/tmp"}, "path_missing", "Make it"),
    ({"SslEnabled": True, "SslMinimumProtocolVersion": 2}, "old_tls", "to 4"),
    ({"SslEnabled": True}, "no_certificate", "PEM"),
    ({"SslEnabled": True, "SslVerifyPeers": True}, "no_client_authorities", "PEM"),
    ({"MaximumStorageSize": 2**30, "MaximumStorageMode": "Reject"}, "limit_beyond_disk", "less"),
]


@pytest.mark.parametrize(("changes", "fault", "cure"), CASES)
def test_a_fault_is_found_with_its_cure(
    check: Callable[..., ServerReport], changes: Dict[str, Any], fault: str, cure: str
) -> None:
    report = check(changes)
    assert cure in the_fault(report, fault).cure
    others = set(faults(report)) - {fault}
    assert others <= {"no_certificate", "no_tls"}, "one cause, one fault"


def test_there_are_many_kinds() -> None:
    assert len({fault for _changes, fault, _cure in CASES}) > 50


def test_the_shipped_example_is_green(check: Callable[..., ServerReport]) -> None:
    report = check()
    assert faults(report) == [] and report.healthy
    assert faults(check_configuration(RESOURCES / "orthanc.json")) == []


def test_debians_orthanc_can_not_do_tls(check: Callable[..., ServerReport]) -> None:
    tls = {"SslEnabled": True}
    assert "ssl_crashes" not in faults(check(tls))
    access.DEBIAN_PACKAGE.touch()
    found = the_fault(check(tls), "ssl_crashes")
    assert "nginx" in found.cure and found.state == WARNING  # an official build may read it
    # That of another computer, or of an official build that never ran.
    assert faults(check({**tls, "StorageDirectory": "/nowhere/db"})) == []


def test_a_certificate_is_looked_at(check: Callable[..., ServerReport], tmp_path: Path) -> None:
    pem = tmp_path / "certificate.pem"
    long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)

    def check_with(made: Any, mode: int = 0o600) -> ServerReport:
        written(pem, made.certificate.read_text() + made.key.read_text(), mode)
        return check({"SslEnabled": True})

    good = make_certificate(tmp_path / "tls", "good", ["server"])
    assert faults(check_with(good)) == []
    line = the_fault(check_with(good, 0o644), "key_readable")
    assert (line.state, line.cure) == (FAILED, f"chmod 600 {pem}, owned by Orthanc's user.")
    assert the_fault(check_with(good, 0o640), "key_readable").state == WARNING
    old = make_certificate(tmp_path / "tls", "old", ["server"], long_ago, 30)
    assert faults(check_with(old)) == ["certificate_expired"]
    soon = make_certificate(tmp_path / "tls", "soon", ["server"], valid_days=20)
    assert "fingerprint" in the_fault(check_with(soon), "certificate_ends").cure
    sign_with_sha1(good)
    assert faults(check_with(good)) == ["certificate_weak"]
    other = make_certificate(tmp_path / "tls", "other", ["server"])
    written(pem, other.certificate.read_text(), 0o600)
    assert faults(check({"SslEnabled": True})) == ["key_does_not_fit"]


def test_a_certificate_of_the_guide_has_no_names(
    check: Callable[..., ServerReport], tmp_path: Path
) -> None:
    made = make_certificate(tmp_path / "tls", extension=x509.OCSPNoCheck())
    pem = made.certificate.read_text() + made.key.read_text()
    written(tmp_path / "certificate.pem", pem, 0o600)
    found = the_fault(check({"SslEnabled": True}), "certificate_without_names")
    assert "subjectAltName" in found.cure


def test_tls_of_dicom_is_looked_at(check: Callable[..., ServerReport], tmp_path: Path) -> None:
    made = make_certificate(tmp_path / "tls", "scp", ["server"])
    named = {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(made.certificate),
        "DicomTlsPrivateKey": str(made.key),
        "DicomTlsTrustedCertificates": str(made.certificate),
    }
    assert faults(check(named)) == []
    made.key.chmod(0o644)
    report = check({**named, "DicomTlsRemoteCertificateRequired": False})
    assert faults(report) == ["dicom_tls_open", "key_readable"]
    made.key.chmod(0o600)
    assert faults(check({**named, "DicomTlsMinimumProtocolVersion": 3})) == ["dicom_tls_old"]


def test_passwords_in_a_file_for_everybody(
    check: Callable[..., ServerReport], tmp_path: Path
) -> None:
    check(SOUND)
    (tmp_path / "orthanc.json").chmod(0o644)
    report = check_configuration(tmp_path / "orthanc.json")
    assert "chmod 640" in the_fault(report, "secrets_readable").cure


def test_disks_in_memory_apart_and_full(check: Callable[..., ServerReport], tmp_path: Path) -> None:
    try:
        with SmallDisk(tmp_path / "small", 8):
            report = check({"StorageDirectory": "small"})
            assert "disk" in the_fault(report, "memory_disk").cure
            assert "beside" in the_fault(report, "index_apart").cure
            assert the_fault(report, "no_room").state == FAILED
    except NoSmallDisk as reason:
        pytest.skip(str(reason))


def test_a_folder_of_files_is_read_as_orthanc_does(tmp_path: Path) -> None:
    written(tmp_path / "orthanc.json", '{ "DicomAet" : "A", /* x */ "HttpPort" : 8043, }')
    written(tmp_path / "credentials.JSON", '{"RegisteredUsers": {"ana": "ana"}}')
    written(tmp_path / "notes.txt", "{")
    (tmp_path / "sub.json").mkdir()
    written(tmp_path / "sub.json" / "deeper.json", "{")
    report = check_configuration(tmp_path)
    assert faults(report) == ["users_ignored", "weak_password", "encoding"]
    written(tmp_path / "more.json", '{"DicomAet": "B"}')
    written(tmp_path / "broken.json", '{\n"HttpPort": 8042\n"DicomPort": 4242}')
    report = check_configuration(tmp_path)
    assert "orthanc.json" in the_fault(report, "twice_in_folder").cause
    assert "broken.json: Line 3" in the_fault(report, "not_json").cause


def test_what_is_no_configuration_is_said(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.json", Path(os.devnull)):
        with pytest.raises(InputError):
            check_configuration(path)


def test_orthancs_json_is_read() -> None:
    text = """\ufeff// "no" : { key
    { /* a
      "b" */ "url" : "http://x", // "c"
      "path" : "C:\\\\x /* y */ ,]", "list" : [ 1, 2 , ], "tab" : "a\tb", }"""
    values = {"url": "http://x", "path": "C:\\x /* y */ ,]", "list": [1, 2], "tab": "a\tb"}
    assert read_orthanc_json(text) == values


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{\n\n"a" 1}', 3),
        ('{\n"a" : 1,\n\n"a" : 2}', 4),
        ('{\n"a" : {\n"b" : 1, "b" : 2} }', 3),
        ('{"a" :\nNaN}', 2),
        ('{\n/* never closed\n"a" : 1}', 2),
        ("{}\n" + "/*" * 500_000, 2),
        ("{}\n/*/", 2),
        ("# hash\n{}", 1),
        ("[1]", 1),
        ("", 1),
        ('{"a" : 1}\n"b" : 2}', 2),
        ("[" * 100_000, 1),
        ('{"a" : {"x" : 1,\n"x" : 2},\n"b" : {"x" : 3}}', 2),
    ],
)
def test_what_is_not_orthancs_json_is_told_by_line(text: str, line: int) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_orthanc_json(text)
    assert f"Line {line} " in caught.value.message and caught.value.facts["line"] == line


ODD = (
    *(None, "", "\ud800", "a\0b", "x" * 5000, -1, 10**30, 1.5, True, [], [None], {}, {"a": None}),
    *({"a": ["\ud800", "\ud800", "1"]}, {"a": ["A", "h", 10**30]}, {"a": ["A", "h", 1, {}]}),
    *({"a": {"AET": "A", "Host": "h", "Port": True}}, {"a": {"Url": "http://x", "Password": [1]}}),
)


@pytest.mark.parametrize("value", ODD, ids=lambda value: ascii(value)[:40])
def test_an_odd_value_of_any_key_ends_no_check(tmp_path: Path, value: Any) -> None:
    (tmp_path / "db").mkdir()
    named = ("DicomTlsCertificate", "DicomTlsPrivateKey", "DicomTlsTrustedCertificates")
    tls = {"SslEnabled": True, "SslVerifyPeers": True, "DicomTlsEnabled": True}
    base = {"StorageDirectory": "db", **tls, **dict.fromkeys(named, "x.pem")}
    for odd in (dict.fromkeys(DEFAULTS, value), *({key: value} for key in DEFAULTS)):
        text = json.dumps({**base, **odd})
        report = check_configuration(written(tmp_path / "orthanc.json", text))
        assert report.lines and report.text() and json.dumps(report.to_dict())


def test_what_a_user_may_not_see_is_not_judged(
    check: Callable[..., ServerReport], tmp_path: Path
) -> None:
    made = make_certificate(tmp_path / "tls", "good", ["server"])
    written(tmp_path / "certificate.pem", made.certificate.read_text(), 0)
    (tmp_path / "closed" / "db").mkdir(parents=True)
    (tmp_path / "closed").chmod(0)
    tmp_path.chmod(0o755)
    code = (
        "import os; os.geteuid() or os.setuid(65534)\n"
        "from OrthancConnectCore.__main__ import main; main(['server-check', 'orthanc.json'])"
    )

    def as_nobody(**changes: Any) -> str:
        check({"SslEnabled": True, **changes})
        (tmp_path / "orthanc.json").chmod(0o644)
        environment = {**os.environ, "PYTHONPATH": str(CORE_PARENT)}
        options: Any = {"cwd": tmp_path, "env": environment, "capture_output": True, "text": True}
        return str(subprocess.run([sys.executable, "-c", code], **options).stdout)

    assert "This user may not read" in as_nobody()
    assert "not for this user to see" in as_nobody(StorageDirectory="closed/db")
    (tmp_path / "closed").chmod(0o700)


def test_the_commands_answer(check: Any, tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("ORTHANCCONNECT_CONFIG_DIR", str(tmp_path / "settings"))
    run = in_process(capsys)
    check(SOUND)
    said = run("server-check", str(tmp_path / "orthanc.json"))
    assert said.code == 0 and "[ok  ] Who gets in" in said.out
    check({"ExecuteLuaEnabled": True})
    said = run("server-check", str(tmp_path / "orthanc.json"), "--json")
    assert said.code == 1 and said.data["healthy"] is False
    assert "lua_over_http" in [line["fault"] for line in said.data["lines"]]
    assert run("server-check", str(tmp_path / "none.json")).code == 2
    assert "can't be read" in run("server-check", "no/such/folder").err
    assert "no file, folder or profile" in run("server-check", "no-such-profile").err
    assert run("server-check", "http://host:8042").code == 2


def test_every_known_key_is_known_once() -> None:
    assert len(DEFAULTS) > 120 and not set(DEFAULTS) & OTHERS
