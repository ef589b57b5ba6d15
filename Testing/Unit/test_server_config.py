"""A server's configuration planned and written: layouts, what is there already, what is refused."""

from __future__ import annotations

import os
import socket
import ssl
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
import yaml

from OrthancConnectCore.network.key_pair import new_pair
from OrthancConnectCore.setup.orthanc_json import read
from OrthancConnectCore.setup.server_config import (
    SLICER,
    Station,
)
from OrthancConnectCore.setup.server_files import write
from OrthancConnectCore.setup.server_plan import ServerPlan, plan_server
from OrthancConnectCore.setup.server_steps import steps
from OrthancConnectCore.shared.errors import ConfigurationError, InvalidProfileError
from OrthancConnectCore.shared.profile import PERSONAL, ProfileSet
from Support.data.certificates import make_certificate
from Support.process.command_line import CommandLine, in_process
from Support.process.ports import release_port, reserve_row

MAC = Station(SLICER, "Mac1", "SlicerMac1", "127.0.0.1", 11112)
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def basic() -> Iterator[dict[str, Any]]:
    """What is named the first time; on free ports, since those in use are refused."""
    counts = {"https": 1, "http": 3, "dicom": 4}  # with those of further servers
    rows = {f"{name}_port": reserve_row(count) for name, count in counts.items()}
    ports = {name: row[0] for name, row in rows.items()}
    yield {"hosts": ("localhost", "127.0.0.1"), "users": ("ana",), **ports}
    for row in rows.values():
        for port in row:
            release_port(port)


def set_up(folder: Path, wanted: dict[str, Any], **more: Any) -> ServerPlan:
    plan = plan_server(folder, wanted, **more)
    write(plan.files)
    return plan


def configuration(folder: Path) -> dict[str, Any]:
    """All that Orthanc would read."""
    values: dict[str, Any] = {}
    for path in sorted(folder.glob("*.json")):
        found = read(path.read_text(encoding="utf-8"), str(path))
        assert not values.keys() & found.keys()
        values.update(found)
    return values


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# The layouts -------------------------------------------------------------------------------------


def test_debians_layout(tmp_path: Path, basic: dict[str, Any]) -> None:
    plan = set_up(tmp_path, {**basic, "stations": (MAC,), "ae_title": "IUIBS"})
    values = configuration(tmp_path / "orthanc")
    assert values["RegisteredUsers"] == dict(plan.passwords) and list(plan.passwords) == ["ana"]
    assert values["DicomModalities"] == {"Mac1": MAC.entry}
    for key, value in (
        *(("HttpServerEnabled", True), ("DicomAet", "IUIBS"), ("DefaultEncoding", "Utf8")),
        *(("AuthenticationEnabled", True), ("SslEnabled", False), ("RemoteAccessAllowed", False)),
        *(("DicomModalitiesInDatabase", False), ("HttpPort", basic["http_port"])),
        *(("DicomPort", basic["dicom_port"]), ("DicomAlwaysAllowFind", False)),
    ):
        assert values[key] == value, key
    assert "RegisteredUsers" in (tmp_path / "orthanc" / "credentials.json").read_text()
    assert "DicomWeb" in (tmp_path / "orthanc" / "dicomweb.json").read_text()
    assert mode(tmp_path / "orthanc" / "credentials.json") == 0o640
    assert mode(tmp_path / "ssl" / "private" / "orthanc.key") == 0o600
    site = (tmp_path / "nginx" / "conf.d" / "orthanc.conf").read_text()
    for part in (
        f"listen {basic['https_port']} ssl;",
        f"server 127.0.0.1:{basic['http_port']};",
        "server_name localhost 127.0.0.1;",
        f"ssl_certificate_key {tmp_path}/ssl/private/orthanc.key;",
    ):
        assert part in site
    told = "\n".join(steps(plan))
    assert told.index("apt install orthanc orthanc-dicomweb nginx") < told.index("systemctl")
    assert plan.profile.trust.fingerprint in told and "Let's Encrypt" in told
    assert plan.passwords["ana"] not in told + repr(plan) + repr(plan.files)


def test_one_file_for_official_builds(tmp_path: Path, basic: dict[str, Any]) -> None:
    plan = set_up(tmp_path, {**basic, "layout": "single", "plugin_folder": "/opt/plugins"})
    values = configuration(tmp_path)
    assert values["SslEnabled"] is values["RemoteAccessAllowed"] is True
    assert values["HttpPort"] == basic["https_port"] and values["Plugins"] == ["/opt/plugins"]
    pem = tmp_path / "certificate.pem"
    assert values["SslCertificate"] == str(pem)
    assert mode(pem) == mode(tmp_path / "orthanc.json") == 0o600
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(pem)
    assert not list(tmp_path.glob("*nginx*"))
    assert not plan_server(tmp_path, {}).overwrites
    prepared = set_up(tmp_path, {}, certificate="renew")
    assert mode(tmp_path / "certificate-next.pem") == 0o600
    switched = set_up(tmp_path, {}, certificate="switch")
    assert plan.profile.trust.pins[0] == prepared.profile.trust.pins[0]
    assert switched.profile.trust.pins == prepared.profile.trust.pins[1:]
    assert not (tmp_path / "certificate-next.pem").exists()


def test_a_compose_file_for_the_official_images(tmp_path: Path, basic: dict[str, Any]) -> None:
    wanted = {**basic, "layout": "compose", "plugins": ("dicomweb", "explorer2"), "image": "x/y:1"}
    set_up(tmp_path, wanted)
    ports = [f"{basic['https_port']}:8042", f"{basic['dicom_port']}:4242"]
    switches = dict.fromkeys(("DICOM_WEB_PLUGIN_ENABLED", "ORTHANC_EXPLORER_2_ENABLED"), "true")
    volumes = ["./orthanc:/etc/orthanc:ro", "orthanc-storage:/var/lib/orthanc/db"]
    service = {"image": "x/y:1", "restart": "unless-stopped", "ports": ports, "volumes": volumes}
    service["environment"] = {"TCP_NODELAY": "1", **switches}
    written = yaml.safe_load((tmp_path / "compose.yaml").read_text())
    assert written == {"services": {"orthanc": service}, "volumes": {"orthanc-storage": None}}
    values = configuration(tmp_path / "orthanc")
    assert values["SslCertificate"] == "/etc/orthanc/certificate.pem"
    assert (values["HttpPort"], values["DicomPort"]) == (8042, 4242)
    assert mode(tmp_path / "orthanc" / "credentials.json") == 0o600
    again = plan_server(tmp_path, {"users": ("eva",)})
    assert [one.path.name for one in again.overwrites] == ["credentials.json"]
    assert again.profile.rest_url == f"https://localhost:{basic['https_port']}"


def test_a_compose_file_says_a_folder_as_it_is(tmp_path: Path, basic: dict[str, Any]) -> None:
    for folder in ("/srv/my images #1", "C:\\data"):
        target = tmp_path / folder[-1]
        set_up(target, {**basic, "layout": "compose", "storage": folder})
        (service,) = yaml.safe_load((target / "compose.yaml").read_text())["services"].values()
        assert service["volumes"][1] == f"{folder}:/var/lib/orthanc/db"
        assert not plan_server(target, {}).overwrites


def test_several_servers_on_one_database(tmp_path: Path, basic: dict[str, Any]) -> None:
    (tmp_path / "orthanc").mkdir()
    mine = tmp_path / "orthanc" / "mine.json"
    mine.write_text('{ "Secret" : 1 }')
    mine.chmod(0o600)
    plan = set_up(tmp_path, {**basic, "database": "/run/postgresql", "servers": 3})
    values = [configuration(tmp_path / f"orthanc{mark}") for mark in ("", "-2", "-3")]
    http, dicom = basic["http_port"], basic["dicom_port"]
    own = ("HttpPort", "DicomPort", "DatabaseServerIdentifier")
    assert [tuple(each[key] for key in own) for each in values] == [
        (http + number, dicom + 1 + number, f"orthanc-{1 + number}") for number in range(3)
    ]
    rest = [{key: value for key, value in each.items() if key not in own} for each in values]
    assert rest[0] == rest[1] == rest[2] and rest[0]["Secret"] == 1
    database = rest[0]["PostgreSQL"]
    assert (database["EnableIndex"], database["EnableStorage"], database["Lock"]) == (
        *(True, False, False),
    )
    assert (database["Host"], database["Password"]) == ("/run/postgresql", "")
    for folder in ("orthanc", "orthanc-2", "orthanc-3"):
        assert mode(tmp_path / folder / "credentials.json") == 0o640
        assert mode(tmp_path / folder / "mine.json") == 0o600
    site = (tmp_path / "nginx" / "conf.d" / "orthanc.conf").read_text()
    assert all(f"server 127.0.0.1:{http + number} max_fails=0;" in site for number in range(3))
    stream = (tmp_path / "nginx" / "modules-enabled" / "90-orthanc-dicom.conf").read_text()
    assert f"listen {dicom};" in stream and f"server 127.0.0.1:{dicom + 3} max_fails=0;" in stream
    told = "\n".join(steps(plan))
    assert told.index("createdb") < told.index("restart orthanc orthanc-2 orthanc-3")
    assert "reaches one of the servers" in " ".join(plan.notes)
    assert not plan_server(tmp_path, {}).overwrites
    eva = set_up(tmp_path, {"users": ("eva",)})
    assert [one.path.parent.name for one in eva.overwrites] == ["orthanc", "orthanc-2", "orthanc-3"]
    one = set_up(tmp_path / "one", {**basic, "database": "/run/postgresql"})
    values = [configuration(tmp_path / "one" / "orthanc")]
    assert values[0]["PostgreSQL"]["Lock"] is True and values[0]["DicomPort"] == dicom
    assert one.profile.dicom_port == plan.profile.dicom_port == dicom


def test_files_for_another_computer(tmp_path: Path, basic: dict[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", basic["dicom_port"])):  # of no interest there
        plan = set_up(tmp_path, basic, installed="/etc")
    site = (tmp_path / "nginx" / "conf.d" / "orthanc.conf").read_text()
    assert "ssl_certificate /etc/ssl/certs/orthanc.crt;" in site
    assert f"  cp -r {tmp_path}/. /etc/" in steps(plan)
    assert f"server-config {tmp_path} --installed-in /etc --renew" in "\n".join(steps(plan))
    assert not plan_server(tmp_path, {}, installed="/etc").overwrites


# What is there already ---------------------------------------------------------------------------


def test_what_is_there_is_kept(tmp_path: Path, basic: dict[str, Any]) -> None:
    folder = tmp_path / "orthanc"
    folder.mkdir()
    (folder / "orthanc.json").write_text(
        '{\n  // ours\n  "Name" : "Old", "StorageDirectory" : "/data/images", "Mine" : [ 1 ],\n'
        '  "DicomModalities" : { "ct" : [ "CT", "h", 1 ] },\n'
        '  "RegisteredUsers" : { "eva" : "old-password" }\n}\n'
    )
    (folder / "orthanc.json").chmod(0o644)
    before = (folder / "orthanc.json").read_bytes()
    plan = set_up(tmp_path, {**basic, "stations": (MAC,)})
    values = configuration(folder)
    assert values["Mine"] == [1] and values["StorageDirectory"] == "/data/images"
    assert values["RegisteredUsers"] == {"eva": "old-password", "ana": plan.passwords["ana"]}
    assert values["DicomModalities"] == {"ct": ["CT", "h", 1], "Mac1": MAC.entry}
    assert "// ours" in (folder / "orthanc.json").read_text()
    assert not (folder / "credentials.json").exists()  # the key stands in the other file
    assert mode(folder / "orthanc.json") == 0o640  # it holds passwords
    (kept,) = folder.glob("*.bak")
    assert kept.read_bytes() == before
    shown = "\n".join(one.diff() for one in plan.overwrites)
    assert '"Name" : "Old"' in shown and '+    "ana" : "***"' in shown
    assert "old-password" not in shown and plan.passwords["ana"] not in shown
    # Later, what an administrator chose since stays, unless an option says otherwise.
    text = (folder / "orthanc.json").read_text().replace('"Utf8"', '"Latin1"')
    (folder / "orthanc.json").write_text(text)
    site = tmp_path / "nginx" / "conf.d" / "orthanc.conf"
    site.write_text(site.read_text() + "# and this\nserver { listen 80; }\n")
    assert not plan_server(tmp_path, {}).overwrites
    later = set_up(tmp_path, {"known_only": True, "users": ("ana", "leo")}, installed="")
    values = configuration(folder)
    assert (values["DefaultEncoding"], values["DicomAlwaysAllowStore"]) == ("Latin1", False)
    assert list(later.passwords) == ["leo"]
    assert values["RegisteredUsers"]["ana"] == plan.passwords["ana"]


def _broken_json(folder: Path) -> None:
    (folder / "orthanc").mkdir()
    (folder / "orthanc" / "orthanc.json").write_text('{ "Name" : "x" "y" }')


def _key_twice(folder: Path) -> None:
    (folder / "orthanc").mkdir()
    for name in ("orthanc.json", "mine.json"):
        (folder / "orthanc" / name).write_text('{ "DicomPort" : 1 }')


def _other_certificate(folder: Path, hosts: tuple[str, ...] = ("elsewhere.example",)) -> None:
    made = make_certificate(folder / "made", "orthanc", hosts)
    for part, kind in ((made.certificate, "certs"), (made.key, "private")):
        (folder / "ssl" / kind).mkdir(parents=True)
        part.rename(folder / "ssl" / kind / part.name)


def _wrong_key(folder: Path) -> None:
    _other_certificate(folder, ("localhost", "127.0.0.1"))
    other = make_certificate(folder / "other", "orthanc", ("localhost",))
    other.key.replace(folder / "ssl" / "private" / "orthanc.key")


def _lone_certificate(folder: Path) -> None:
    _other_certificate(folder)
    (folder / "ssl" / "private" / "orthanc.key").unlink()


def _no_certificate(folder: Path) -> None:
    _other_certificate(folder)
    (folder / "ssl" / "certs" / "orthanc.crt").write_text("hello")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_broken_json, "orthanc.json is broken: line 1"),
        (_key_twice, "DicomPort stands in mine.json and in orthanc.json"),
        (_other_certificate, "is not for localhost, 127.0.0.1"),
        (_wrong_key, "do not belong together"),
        (_lone_certificate, "There is ssl/certs/orthanc.crt .* and no ssl/private/orthanc.key"),
        (_no_certificate, "can't be read"),
    ],
)
def test_what_can_not_be_used_is_one_sentence(
    tmp_path: Path, basic: dict[str, Any], make: Callable[[Path], None], words: str
) -> None:
    make(tmp_path)
    before = everything(tmp_path)
    with pytest.raises(ConfigurationError, match=words) as refused:
        set_up(tmp_path, basic)
    assert "nothing was written" in refused.value.message and refused.value.hint
    assert everything(tmp_path) == before


@pytest.mark.parametrize("deed", ["renew", "switch"])
def test_a_certificate_is_renewed_only_where_one_is(
    tmp_path: Path, basic: dict[str, Any], deed: str
) -> None:
    with pytest.raises(ConfigurationError, match="no certificate yet"):
        plan_server(tmp_path, basic, certificate=deed)
    set_up(tmp_path, basic)
    if deed == "switch":
        with pytest.raises(ConfigurationError, match="No certificate is prepared"):
            plan_server(tmp_path, {}, certificate=deed)
    else:
        first = set_up(tmp_path, {}, certificate=deed)
        assert len(first.profile.trust.pins) == 2
        assert not any(one.changes for one in plan_server(tmp_path, {}, certificate=deed).files)


def test_an_expired_certificate_is_renewed_at_once(tmp_path: Path, basic: dict[str, Any]) -> None:
    set_up(tmp_path, basic)
    old = new_pair(["localhost", "127.0.0.1"], days=-1 / 48)
    (tmp_path / "ssl" / "certs" / "orthanc.crt").write_text(old.certificate)
    (tmp_path / "ssl" / "private" / "orthanc.key").write_text(old.key)
    with pytest.raises(ConfigurationError, match="is valid from"):
        plan_server(tmp_path, {})
    plan = set_up(tmp_path, {}, certificate="renew")
    assert len(plan.profile.trust.pins) == 1 and "import the new profile" in plan.notes[0]
    assert not plan_server(tmp_path, {}).overwrites


def test_an_authoritys_certificate_is_not_pinned(tmp_path: Path, basic: dict[str, Any]) -> None:
    authority = make_certificate(tmp_path / "ca", "authority", authority=True)
    issued = make_certificate(tmp_path / "made", "orthanc", ("localhost",), issuer=authority)
    for part, kind in ((issued.certificate, "certs"), (issued.key, "private")):
        (tmp_path / "ssl" / kind).mkdir(parents=True)
        (tmp_path / "ssl" / kind / part.name).write_bytes(part.read_bytes())
    plan = set_up(tmp_path, {**basic, "hosts": ("localhost",)})
    assert plan.profile.trust.mode == "system"
    with pytest.raises(ConfigurationError, match="was issued by authority test authority"):
        plan_server(tmp_path, {}, certificate="renew")


def test_a_port_in_use_and_an_unknown_host_are_told(tmp_path: Path, basic: dict[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", basic["dicom_port"])):
        with pytest.raises(ConfigurationError, match=f"Port {basic['dicom_port']} is in use by"):
            plan_server(tmp_path, basic)
    with pytest.raises(ConfigurationError, match="no-such-host.invalid is not known"):
        plan_server(tmp_path, {**basic, "hosts": ("no-such-host.invalid",)})
    with pytest.raises(ConfigurationError, match="No user is named"):
        plan_server(tmp_path, {**basic, "users": ()})
    with pytest.raises(InvalidProfileError):
        plan_server(tmp_path, {**basic, "ae_title": "Ñandú"})
    far = replace(MAC, host="no-such-host.invalid")
    plan = plan_server(tmp_path, {**basic, "stations": (far,)})
    assert "no-such-host.invalid of Mac1" in plan.notes[0]
    assert everything(tmp_path) == {}


def test_all_or_nothing_is_written(
    tmp_path: Path, basic: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(tmp_path, basic)
    before = everything(tmp_path)
    plan = plan_server(tmp_path, {"users": ("eva",), "name": "Other"})
    assert len(plan.overwrites) >= 3
    whole = os.replace

    def full(source: Any, target: Any) -> None:
        if str(target).endswith("profile.json") and not str(source).endswith(".bak"):
            raise OSError(28, "No space left on device")
        whole(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ConfigurationError, match="No space left on device; nothing was written"):
        write(plan.files)
    assert everything(tmp_path) == before


# For people --------------------------------------------------------------------------------------


def test_the_profile_is_everybodys(tmp_path: Path, basic: dict[str, Any]) -> None:
    plan = set_up(tmp_path, {**basic, "name": "IUIBS"})
    text = plan.profile_path.read_text(encoding="utf-8")
    assert not any(f'"{field}"' in text for field in PERSONAL)
    mine = ProfileSet.from_json(text, lambda _name: {"user": "eva", "storage_port": 7})
    assert mine.profiles[0].user == "eva" and mine.profiles[0].storage_port == 7
    assert mine.profiles[0].trust == plan.profile.trust
    known = ProfileSet((mine.profiles[0].replace(calling_ae_title="EVA"),))
    again = ProfileSet.from_json(text, lambda name: known.personal_fields(name, "host"))
    assert again.profiles[0] == known.profiles[0]
    assert known.personal_fields("new", "laptop7")["calling_ae_title"] == "SLICER-LAPTOP7"


def test_passwords_are_shown_on_a_terminal_alone(tmp_path: Path, basic: dict[str, Any]) -> None:
    line = CommandLine(tmp_path)
    ports = [
        word
        for name in ("https", "http", "dicom")
        for word in (f"--{name}-port", basic[f"{name}_port"])
    ]
    words = ("server-config", tmp_path / "etc", "--host", "localhost", *ports)
    credentials = tmp_path / "etc" / "orthanc" / "credentials.json"

    def password(user: str) -> str:
        value: str = read(credentials.read_text(), "")["RegisteredUsers"][user]
        return value

    said = line.on_terminal(*words, "--user", "ana")
    assert said.code == 0 and said.out.count(password("ana")) == 1
    quiet = line.run(*words, "--user", "eva", "--yes")
    assert quiet.code == 0 and "passwords of eva stand in" in quiet.out
    told = line.run(*words, "--user", "leo", "--yes", "--json")
    assert told.data["new_users"] == ["leo"]
    for said, user in ((quiet, "eva"), (told, "leo")):
        assert password(user) not in said.out + said.err
    for path in line.settings.rglob("*"):
        assert password("ana").encode() not in (path.read_bytes() if path.is_file() else b"")


def test_nothing_is_overwritten_unasked(tmp_path: Path, basic: dict[str, Any], capsys: Any) -> None:
    set_up(tmp_path, basic)
    before = everything(tmp_path)
    run = in_process(capsys)
    said = run("server-config", str(tmp_path), "--user", "eva")
    assert said.code == 2 and "What is there would change: 1 file; nothing was" in said.err
    assert '+    "eva" : "***"' in said.err
    dry = run("server-config", str(tmp_path), "--user", "eva", "--dry-run")
    assert dry.code == 0 and '+    "eva" : "***"' in dry.out and "What to do" not in dry.out
    assert everything(tmp_path) == before
    stations = tmp_path / "stations.csv"
    assert run("server-config", str(tmp_path), "--stations", str(stations)).code == 2
    stations.write_text("slicer,Mac1,SlicerMac1,127.0.0.1,11112\n")
    said = run("server-config", str(tmp_path), "--stations", str(stations), "--yes", "--json")
    assert said.code == 0
    assert "Mac1" in configuration(tmp_path / "orthanc")["DicomModalities"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_folder_without_rights(tmp_path: Path, basic: dict[str, Any]) -> None:
    line = CommandLine(tmp_path)
    folder = tmp_path / "etc"
    folder.mkdir()
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == 0 and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    words = ("server-config", folder, "--host", "localhost", "--user", "ana")
    ports = (f"--https-port={basic['https_port']}", f"--http-port={basic['http_port']}")
    nobody = ("setpriv", "--reuid", "nobody", "--clear-groups")
    said = line.run(*words, *ports, f"--dicom-port={basic['dicom_port']}", prefix=nobody)
    assert said.code == 2 and "can't be written: Permission denied; nothing was" in said.err
    assert list(folder.iterdir()) == []
